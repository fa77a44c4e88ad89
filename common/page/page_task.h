/*
 * page_task.h -- one long piece of work at a time, beside the page: an
 * exchange, a backup.  It runs a command on a node of its own in a thread of
 * its own, tells how far it is, can be stopped, and its result stays until the
 * next one begins.
 */
#ifndef LINLI_PAGE_TASK_H
#define LINLI_PAGE_TASK_H

#include "page_command.h"

struct page_task;

MUST_CHECK bool page_task_new(struct page_task **out, struct err *err);
/* Stops what runs and waits for it.  NULL is accepted. */
void page_task_free(struct page_task *task);

/*
 * Begin ${command}, called ${kind} ("sync") for the page, on a node opened by
 * ${options}, or where it has a home of its own on none.  Both must stay until it has ended, but the words and options of
 * ${command} are copied.  ERR_BUSY if one is running.
 */
MUST_CHECK bool page_task_start(struct page_task *task, const char *kind,
	const struct page_command *command, const struct node_options *options, bool zh,
	struct err *err);
/* Ask it to stop; nothing happens if none runs. */
void page_task_stop(struct page_task *task);
/* Does one run now? */
bool page_task_runs(struct page_task *task);

/*
 * Append {"schema":1,"task":null or {"kind","running","stopping","begun":ms,
 * "ended":ms or null,"stage","records","records_total","bytes","bytes_total",
 * "bytes_rate","seconds_left" or null,"result": the command's object or null,
 * "error": {"code","sentence","reason"} or null}}.
 */
void page_task_json(struct buf *out, struct page_task *task, bool zh);

#endif
