/*
 * page_command.h -- a command of the command line as the answer to a page: the
 * same function, the same JSON, so that they cannot drift apart.
 */
#ifndef LINLI_PAGE_COMMAND_H
#define LINLI_PAGE_COMMAND_H

#include "linli/node.h"
#include "options.h"
#include "page.h"

#define PAGE_COMMAND_WORDS 80

/* One to be run: its function, its options (struct cli_common first), its words. */
struct page_command {
	bool (*run)(struct invocation *invocation, struct err *err);
	const void *options; /* NULL: struct cli_common alone, all zeros */
	size_t options_bytes;
	const char *words[PAGE_COMMAND_WORDS]; /* up to the first NULL */
	/* Where it makes or opens a node itself: the folder, and the key's passphrase or NULL. */
	const char *home, *passphrase;
};

/*
 * Run ${command} on ${node} with --json, and append what it writes to ${out};
 * messages for the person, such as warnings, become its member "said", a list
 * of lines.  What the command fails with, it fails with.
 */
MUST_CHECK bool page_command_run(const struct page_command *command, struct node *node,
	struct buf *out, struct err *err);

/* The same as the answer to ${call}. */
MUST_CHECK bool page_command_answer(struct page_call *call, struct node *node,
	const struct page_command *command, struct err *err);

/* Append the model for forms and lists: entities, fields, labels in both languages. */
void page_model_json(struct buf *out, const struct model *model);

#endif
