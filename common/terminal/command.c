/* command.c -- see command.h. */
#include <stdio.h>

#include "command.h"
#include "display.h"
#include "say.h"

#define INDENT 2
#define GAP 2

/* "  name   text": the text begins in one column for all. */
static void entry(struct buf *out, const char *name, const char *text, size_t name_columns)
{
	size_t width = display_width(view_of(name));

	display_pad(out, INDENT);
	buf_text(out, name);
	display_pad(out, name_columns > width ? name_columns - width + GAP : GAP);
	buf_printf(out, "%s\n", text);
}

static void option_title(struct buf *out, const struct command_option *option)
{
	buf_reset(out);
	buf_text(out, option->name);
	if (option->kind != OPTION_FLAG) {
		buf_printf(out, " %s", option->value);
	}
}

static void options_help(struct buf *out, const struct command_option *options)
{
	static const struct command_option builtin_help[] = {
		{ "--home", OPTION_VALUE, 0, "DIR",
			{ "记录所在的文件夹(默认 $LINLI_HOME)",
				"folder of the records (default $LINLI_HOME)" } },
		{ "--help", OPTION_FLAG, 0, NULL, { "显示本帮助", "show this help" } },
		{ NULL, OPTION_FLAG, 0, NULL, { NULL, NULL } },
	};
	const struct command_option *const lists[] = { options, builtin_help };
	const struct command_option *option;
	struct buf title = { 0 };
	size_t columns = 0, i;

	for (i = 0; i < 2; i++) {
		for (option = lists[i]; option != NULL && option->name != NULL; option++) {
			option_title(&title, option);
			columns = title.len > columns ? title.len : columns;
		}
	}
	buf_text(out, terminal_chinese() ? "\n选项:\n" : "\nOptions:\n");
	for (i = 0; i < 2; i++) {
		for (option = lists[i]; option != NULL && option->name != NULL; option++) {
			option_title(&title, option);
			entry(out, buf_str(&title), terminal_phrase(option->help), columns);
		}
	}
	buf_clear(&title);
}

static void program_help(struct buf *out, const struct program *program)
{
	bool zh = terminal_chinese();
	const struct command *command;
	size_t columns = 0, width;

	buf_printf(out, "%s %s: %s\n\n", program->name, program->version,
		terminal_phrase(program->summary));
	buf_printf(out, zh ? "用法:%s 命令 …\n\n命令:\n" : "Usage: %s COMMAND …\n\nCommands:\n",
		program->name);
	for (command = program->commands; command->name != NULL; command++) {
		width = display_width(view_of(command->name));
		columns = width > columns ? width : columns;
	}
	for (command = program->commands; command->name != NULL; command++) {
		entry(out, command->name, terminal_phrase(command->summary), columns);
	}
	buf_printf(out,
		zh ? "\n%s help 命令:查看该命令的用法和选项。\n"
		   : "\n%s help COMMAND explains a command and its options.\n",
		program->name);
}

void command_help(struct buf *out, const struct program *program, const struct command *command)
{
	if (command == NULL) {
		program_help(out, program);
		return;
	}
	buf_printf(out,
		terminal_chinese() ? "用法:%s %s%s%s\n\n%s。\n" : "Usage: %s %s%s%s\n\n%s.\n",
		program->name, command->name, command->usage[0] != '\0' ? " " : "", command->usage,
		terminal_phrase(command->summary));
	if (command->notes.zh != NULL) {
		buf_printf(out, "\n%s\n", terminal_phrase(command->notes));
	}
	options_help(out, command->options);
}

static bool show_help(const struct program *program, const struct command *command, struct err *err)
{
	struct buf out = { 0 };
	bool ok;

	command_help(&out, program, command);
	ok = buf_ok(&out, err) && terminal_write(buf_as_view(&out), err);
	buf_clear(&out);
	return ok;
}

static bool show_version(const struct program *program, struct err *err)
{
	struct buf out = { 0 };
	bool ok;

	buf_printf(&out, "%s %s\n", program->name, program->version);
	ok = buf_ok(&out, err) && terminal_write(buf_as_view(&out), err);
	buf_clear(&out);
	return ok;
}

static bool run(struct invocation *invocation, const struct program *program, struct err *err)
{
	switch (invocation->kind) {
	case INVOCATION_HELP:
		return show_help(program, invocation->command, err);
	case INVOCATION_VERSION:
		return show_version(program, err);
	case INVOCATION_RUN:
		break;
	}
	return invocation->command->run(invocation, err);
}

int command_main(const struct program *program, int argc, char **argv)
{
	struct invocation invocation;
	struct buf help = { 0 };
	struct err err = { 0 };

	if (argc <= 1) {
		command_help(&help, program, NULL);
		fputs(buf_str(&help), stderr);
		buf_clear(&help);
		return err_exit_status(ERR_USAGE);
	}
	if (options_parse(&invocation, program, argc, argv, &err) &&
		run(&invocation, program, &err)) {
		return invocation.status;
	}
	say_error(&err, invocation.json);
	return err_exit_status(err.code);
}
