/* page_command.c -- see page_command.h. */
#include <assert.h>
#include <string.h>

#include "cli.h"
#include "emit.h"
#include "page_command.h"

/* Put the lines of ${said} into the object that ${out} ends with. */
static void add_said(struct buf *out, const struct buf *said)
{
	struct cursor cursor = cursor_of(said->data, said->len);

	while (out->len != 0 && (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == ' ')) {
		out->len--;
	}
	if (out->len == 0 || out->data[out->len - 1] != '}') {
		return;
	}
	out->len--;
	emit_key(out, "said");
	emit_open(out, '[');
	while (cursor_left(&cursor) != 0) {
		struct view line = cursor_until(&cursor, '\n');

		if (line.len != 0) {
			emit_text(out, line);
		}
	}
	emit_close(out, ']');
	emit_close(out, '}');
}

bool page_command_run(const struct page_command *command, struct node *node, struct buf *out,
	struct err *err)
{
	struct invocation invocation = { .kind = INVOCATION_RUN, .json = true,
		.home = command->home };
	struct cli_common *common = (struct cli_common *)(void *)invocation.options;
	struct buf said = { 0 };
	bool ok;

	assert(command->options_bytes <= sizeof(invocation.options));
	if (command->options != NULL) {
		memcpy(invocation.options, command->options, command->options_bytes);
	}
	common->json = true;
	while (invocation.word_count < PAGE_COMMAND_WORDS &&
		command->words[invocation.word_count] != NULL) {
		invocation.words[invocation.word_count] = command->words[invocation.word_count];
		invocation.word_count++;
	}
	terminal_capture(out, &said);
	cli_lend(node);
	cli_lend_passphrase(command->passphrase);
	ok = command->run(&invocation, err);
	cli_lend_passphrase(NULL);
	cli_lend(NULL);
	terminal_capture(NULL, NULL);
	if (ok && said.len != 0) {
		add_said(out, &said);
	}
	buf_clear(&said);
	return ok && buf_ok(out, err);
}

bool page_command_answer(struct page_call *call, struct node *node,
	const struct page_command *command, struct err *err)
{
	return page_command_run(command, node, &call->reply->body, err);
}
