/*
 * options.c -- see options.h.
 *
 * Options may stand before the command that knows them, so the command is
 * found first (find_command), and then everything is read strictly.
 */
#include <assert.h>
#include <string.h>

#include "display.h"
#include "guess.h"
#include "options.h"

#define LONGEST_NAME 40
#define SHOWN_COLUMNS 60 /* of what was typed, in a message */

struct parse {
	const struct program *program;
	int argc;
	char **argv;
	struct invocation *out;
	/* Where "help" and the command's words are in argv; 0: nowhere. */
	int help, first, second;
	uint32_t given; /* a bit for each option of the command */
	struct err *err;
};

static const struct command_option builtin_options[] = {
	{ "--home", OPTION_VALUE, 0, "DIR", { "", "" } },
	{ "--help", OPTION_FLAG, 0, NULL, { "", "" } },
	{ "-h", OPTION_FLAG, 0, NULL, { "", "" } },
	{ "--version", OPTION_FLAG, 0, NULL, { "", "" } },
	{ NULL, OPTION_FLAG, 0, NULL, { "", "" } },
};

/* What was typed, fit for a message. */
struct shown {
	char text[SHOWN_COLUMNS * 4 + 4];
};

static struct shown show(const char *typed)
{
	struct buf escaped = { 0 }, fitted = { 0 };
	struct shown shown = { "" };

	display_escape(&escaped, view_of(typed));
	display_fit(&fitted, buf_as_view(&escaped), SHOWN_COLUMNS);
	if (fitted.len < sizeof(shown.text)) {
		memcpy(shown.text, buf_str(&fitted), fitted.len);
	}
	buf_clear(&escaped);
	buf_clear(&fitted);
	return shown;
}

/* ERR_USAGE with a sentence about ${typed}, and the nearest name if any. */
static bool unknown(struct err *err, struct phrase what, const char *typed, struct guess guess)
{
	bool zh = terminal_chinese();

	if (guess.name == NULL) {
		return err_set(err, ERR_USAGE, "%s: %s", terminal_phrase(what), show(typed).text);
	}
	return err_set(err, ERR_USAGE,
		zh ? "%s: %s。您要输入的是不是 %s?" : "%s: %s; did you mean %s?",
		terminal_phrase(what), show(typed).text, guess.name);
}

/* Is ${arg} an option, and not a word? */
static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0';
}

/* Is "--name" or "--name=value" typed as ${arg}? */
static bool named(const char *arg, const char *name)
{
	size_t len = strlen(name);

	return strncmp(arg, name, len) == 0 && (arg[len] == '\0' || arg[len] == '=');
}

static const struct command_option *find_option(
	const struct command_option *options, const char *arg)
{
	for (; options != NULL && options->name != NULL; options++) {
		if (named(arg, options->name)) {
			return options;
		}
	}
	return NULL;
}

/* Is ${word} the first of the words of ${command}? */
static bool begins_with_word(const struct command *command, const char *word)
{
	size_t len = strlen(word);

	return len != 0 && strncmp(command->name, word, len) == 0 &&
		(command->name[len] == '\0' || command->name[len] == ' ');
}

/* The command of these words; ${second} may be NULL. */
static const struct command *command_named(
	const struct program *program, const char *first, const char *second)
{
	const struct command *command;

	for (command = program->commands; command->name != NULL; command++) {
		const char *space = strchr(command->name, ' ');

		if (begins_with_word(command, first) && (space != NULL) == (second != NULL) &&
			(space == NULL || strcmp(space + 1, second) == 0)) {
			return command;
		}
	}
	return NULL;
}

/*
 * Does a value follow ${arg} as an argument of its own?  Asked before the
 * command is known, so of all commands that begin with ${first} (or all).
 */
static bool takes_next(const struct program *program, const char *first, const char *arg)
{
	const struct command_option *option = find_option(builtin_options, arg);
	const struct command *command = program->commands;

	for (; option == NULL && command->name != NULL; command++) {
		if (first == NULL || begins_with_word(command, first)) {
			option = find_option(command->options, arg);
		}
	}
	return option != NULL && option->kind != OPTION_FLAG && strchr(arg, '=') == NULL;
}

/* Where the next word is from ${at} on; 0 if there is none. */
static int next_word(const struct parse *parse, int at, const char *first)
{
	for (; at < parse->argc; at++) {
		const char *arg = parse->argv[at];

		if (strcmp(arg, "--") == 0) {
			return 0;
		}
		if (!is_option(arg)) {
			return at;
		}
		at += takes_next(parse->program, first, arg);
	}
	return 0;
}

/* The second words of the commands that begin with ${first}. */
static void list_group(struct buf *out, const struct program *program, const char *first)
{
	const struct command *command;

	for (command = program->commands; command->name != NULL; command++) {
		if (begins_with_word(command, first)) {
			buf_printf(out, "%s%s", out->len != 0 ? ", " : "",
				command->name + strlen(first) + 1);
		}
	}
}

static bool no_such_command(const struct parse *parse, const char *first)
{
	static const struct phrase no_command = { "没有这个命令", "there is no such command" };
	const struct command *command;
	struct guess guess = { NULL, 0 };
	struct buf group = { 0 };

	list_group(&group, parse->program, first);
	if (group.len != 0) {
		err_set(parse->err, ERR_USAGE,
			terminal_chinese() ? "%s 后面应是其中之一: %s"
					   : "%s is followed by one of: %s",
			first, buf_str(&group));
		buf_clear(&group);
		return false;
	}
	for (command = parse->program->commands; command->name != NULL; command++) {
		guess_consider(&guess, first, command->name);
	}
	guess_consider(&guess, first, "help");
	return unknown(parse->err, no_command, first, guess);
}

/* Sets first, second and the command; no word at all leaves it NULL. */
static bool find_command(struct parse *parse)
{
	struct invocation *out = parse->out;
	const char *first, *second;

	parse->first = next_word(parse, 1, NULL);
	if (parse->first != 0 && strcmp(parse->argv[parse->first], "help") == 0) {
		parse->help = parse->first;
		out->kind = INVOCATION_HELP;
		parse->first = next_word(parse, parse->help + 1, NULL);
	}
	if (parse->first == 0) {
		return true;
	}
	first = parse->argv[parse->first];
	parse->second = next_word(parse, parse->first + 1, first);
	second = parse->second != 0 ? parse->argv[parse->second] : NULL;
	out->command = second != NULL ? command_named(parse->program, first, second) : NULL;
	if (out->command == NULL) {
		parse->second = 0;
		out->command = command_named(parse->program, first, NULL);
	}
	return out->command != NULL || no_such_command(parse, first);
}

static bool add_to_list(struct parse *parse, const struct command_option *option, const char *value)
{
	void *target = parse->out->options + option->target;
	struct option_list list;

	memcpy(&list, target, sizeof(list));
	if (list.count == OPTION_LIST_MAX) {
		return err_set(parse->err, ERR_USAGE,
			terminal_chinese() ? "选项 %s 最多写 %d 次"
					   : "%s may be given %d times at most",
			option->name, OPTION_LIST_MAX);
	}
	list.values[list.count++] = value;
	memcpy(target, &list, sizeof(list));
	return true;
}

static bool take_value(struct parse *parse, const struct command_option *option, const char *value)
{
	void *target = parse->out->options + option->target;
	bool zh = terminal_chinese();
	int64_t n;

	if (option->kind == OPTION_COUNT) {
		if (!int64_parse(&n, view_of(value)) || n < 0) {
			return err_set(parse->err, ERR_USAGE,
				zh ? "%s 后面应是不小于 0 的整数,而不是:%s"
				   : "%s wants a whole number of 0 or more, not: %s",
				option->name, show(value).text);
		}
		memcpy(target, &n, sizeof(n));
		return true;
	}
	if (option->kind == OPTION_LIST) {
		return add_to_list(parse, option, value);
	}
	memcpy(target, &value, sizeof(value));
	return true;
}

/* The text after "=" or the next argument; NULL with ${err} set. */
static const char *value_of(struct parse *parse, const struct command_option *option, int *at)
{
	const char *equals = strchr(parse->argv[*at], '=');
	const char *value = equals != NULL ? equals + 1 : NULL;
	bool zh = terminal_chinese();

	if (equals == NULL && *at + 1 < parse->argc) {
		value = parse->argv[++*at];
		if (strncmp(value, "--", 2) == 0) {
			/* An option was forgotten a value, rather than meant as one. */
			err_set(parse->err, ERR_USAGE,
				zh ? "%s 后面缺少 %s(若确实是 %s,请写成 %s=%s)"
				   : "%s wants %s (if that is %s, write %s=%s)",
				option->name, option->value, show(value).text, option->name,
				show(value).text);
			return NULL;
		}
	}
	if (value == NULL || value[0] == '\0') {
		err_set(parse->err, ERR_USAGE, zh ? "%s 后面缺少 %s" : "%s wants %s", option->name,
			option->value);
		return NULL;
	}
	return value;
}

static bool unknown_option(struct parse *parse, const char *arg)
{
	static const struct phrase no_option = { "没有这个选项", "there is no such option" };
	const struct command *command = parse->out->command;
	const struct command_option *option;
	struct guess guess = { NULL, 0 };
	char name[LONGEST_NAME + 1] = "";
	size_t len = strcspn(arg, "=");

	if (len <= LONGEST_NAME) {
		memcpy(name, arg, len);
	}
	for (option = builtin_options; option->name != NULL; option++) {
		guess_consider(&guess, name, option->name);
	}
	option = command != NULL ? command->options : NULL;
	for (; option != NULL && option->name != NULL; option++) {
		guess_consider(&guess, name, option->name);
	}
	return unknown(parse->err, no_option, arg, guess);
}

static bool repeated(struct parse *parse, const char *name)
{
	return err_set(parse->err, ERR_USAGE,
		terminal_chinese() ? "选项 %s 只能写一次" : "%s may be given once only", name);
}

static bool take_builtin(struct parse *parse, const struct command_option *option, int *at)
{
	struct invocation *out = parse->out;

	if (option->kind == OPTION_VALUE) {
		if (out->home != NULL) {
			return repeated(parse, option->name);
		}
		out->home = value_of(parse, option, at);
		return out->home != NULL;
	}
	/* Help is the wish that wins. */
	if (strcmp(option->name, "--version") != 0) {
		out->kind = INVOCATION_HELP;
	} else if (out->kind == INVOCATION_RUN) {
		out->kind = INVOCATION_VERSION;
	}
	return true;
}

static bool known_somewhere(const struct program *program, const char *arg)
{
	const struct command *command = program->commands;

	while (command->name != NULL && find_option(command->options, arg) == NULL) {
		command++;
	}
	return command->name != NULL;
}

static bool take_option(struct parse *parse, int *at)
{
	const char *arg = parse->argv[*at], *value;
	const struct command *command = parse->out->command;
	const struct command_option *option = find_option(builtin_options, arg);
	bool builtin = option != NULL;
	size_t index;

	if (!builtin && command != NULL) {
		option = find_option(command->options, arg);
	}
	if (option == NULL && command == NULL && known_somewhere(parse->program, arg)) {
		/* The command is what is missing: check_words() says so. */
		*at += takes_next(parse->program, NULL, arg);
		return true;
	}
	if (option == NULL) {
		return unknown_option(parse, arg);
	}
	if (option->kind == OPTION_FLAG && strchr(arg, '=') != NULL) {
		return err_set(parse->err, ERR_USAGE,
			terminal_chinese() ? "选项 %s 后面不能带值" : "%s takes no value",
			option->name);
	}
	if (builtin) {
		return take_builtin(parse, option, at);
	}
	if (option->kind == OPTION_FLAG) {
		parse->out->options[option->target] = true;
		return true;
	}
	index = (size_t)(option - command->options);
	if (option->kind != OPTION_LIST && (parse->given >> index & 1) != 0) {
		return repeated(parse, option->name);
	}
	parse->given |= (uint32_t)1 << index;
	value = value_of(parse, option, at);
	return value != NULL && take_value(parse, option, value);
}

static bool take_all(struct parse *parse)
{
	struct invocation *out = parse->out;
	bool words_only = false;
	int at;

	for (at = 1; at < parse->argc; at++) {
		const char *arg = parse->argv[at];

		if (at == parse->help || at == parse->first || at == parse->second) {
			continue;
		}
		if (!words_only && strcmp(arg, "--") == 0) {
			words_only = true;
		} else if (!words_only && is_option(arg)) {
			if (!take_option(parse, &at)) {
				return false;
			}
		} else if (out->word_count == COMMAND_MAX_WORDS) {
			return err_set(parse->err, ERR_USAGE,
				terminal_chinese() ? "参数超过 %d 个" : "more than %d words",
				COMMAND_MAX_WORDS);
		} else {
			out->words[out->word_count++] = arg;
		}
	}
	return true;
}

static bool check_words(const struct parse *parse)
{
	const struct invocation *out = parse->out;
	const struct command *command = out->command;
	const char *program = parse->program->name;
	bool zh = terminal_chinese();

	if (out->kind != INVOCATION_RUN) {
		return true;
	}
	if (command == NULL) {
		return err_set(parse->err, ERR_USAGE,
			zh ? "请写明要执行的命令;%s help 列出全部命令"
			   : "say which command to run; %s help lists them",
			program);
	}
	if (out->word_count < command->min_words) {
		return err_set(parse->err, ERR_USAGE,
			zh ? "参数不够。用法:%s %s %s" : "something is missing; usage: %s %s %s",
			program, command->name, command->usage);
	}
	if (out->word_count > command->max_words) {
		return err_set(parse->err, ERR_USAGE,
			zh ? "多出了参数 %s。用法:%s %s %s"
			   : "%s is one word too many; usage: %s %s %s",
			show(out->words[command->max_words]).text, program, command->name,
			command->usage);
	}
	return true;
}

/* Sniffed before all else: also a mistake is reported as JSON where asked. */
static bool find_json(int argc, char **argv)
{
	int at;

	for (at = 1; at < argc && strcmp(argv[at], "--") != 0; at++) {
		if (strcmp(argv[at], "--json") == 0) {
			return true;
		}
	}
	return false;
}

static void prepare(struct invocation *out)
{
	const struct command *command = out->command;
	const struct command_option *option;

	assert(command->options_bytes <= COMMAND_STRUCT_MAX_BYTES);
	if (command->defaults != NULL) {
		memcpy(out->options, command->defaults, command->options_bytes);
	}
	for (option = command->options; option != NULL && option->name != NULL; option++) {
		assert(option->target < command->options_bytes);
		assert(option - command->options < COMMAND_MAX_OPTIONS);
		assert(option->kind == OPTION_FLAG || option->value != NULL);
	}
}

bool options_parse(struct invocation *out, const struct program *program, int argc, char **argv,
	struct err *err)
{
	struct parse parse = {
		.program = program, .argc = argc, .argv = argv, .out = out, .err = err
	};
	int at;

	memset(out, 0, sizeof(*out));
	out->json = find_json(argc, argv);
	for (at = 1; at < argc; at++) {
		if (!utf8_valid(view_of(argv[at]))) {
			return err_set(err, ERR_USAGE,
				terminal_chinese() ? "第 %d 个参数不是 UTF-8"
						   : "argument %d is not in UTF-8",
				at);
		}
	}
	if (!find_command(&parse)) {
		return false;
	}
	if (out->command != NULL) {
		prepare(out);
	}
	return take_all(&parse) && check_words(&parse);
}
