/*
 * stage.h -- a folder within a home where a copy of the node lies while it
 * is looked at, before it counts as anything.
 *
 * What an interrupted program left there is removed before the next use, so
 * that it never takes more room than one store.
 */
#ifndef LINLI_BACKUP_STAGE_H
#define LINLI_BACKUP_STAGE_H

#include "archive.h"

#define STAGE_STORE "store.db"
#define STAGE_KEY "device.key"
#define STAGE_INCARNATION "incarnation"
#define STAGE_KEY_MAX_BYTES 65536

/* What of a node may lie in its folder, ended by NULL. */
extern const char *const stage_node_files[];

/* "${home}/${name}" in ${stage}, empty and its owner's alone. */
MUST_CHECK bool stage_make(struct buf *stage, const char *home, const char *name, struct err *err);
/* Empty it, or remove it.  What is not there is no error. */
void stage_remove(const struct buf *stage);

/*
 * Open the node in ${stage}, as ${options} but for the home, and look at all of
 * it: every signature, chain and record.  The caller ends it with node_close().
 * Fails with ERR_STORE where there is a problem, naming the first.
 */
MUST_CHECK bool stage_verify(struct node **out, struct check_report *report,
	const struct buf *stage, const struct node_options *options,
	const struct archive_watch *watch, struct err *err);

#endif
