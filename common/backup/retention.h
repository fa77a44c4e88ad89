/* retention.h -- what an interrupted backup left beside others; for this module only. */
#ifndef LINLI_BACKUP_RETENTION_H
#define LINLI_BACKUP_RETENTION_H

#include "linli/backup.h"

/*
 * Remove what was never finished: in the folder of ${path}, of the names that
 * backup_name() gives for ${node}.  The backup lock is held.
 */
MUST_CHECK bool retention_sweep(struct node *node, const char *path, struct err *err);

/*
 * Remember in the home that ${part} is being written, so that the next
 * retention_sweep() removes it wherever it is; NULL: it is there no more.
 */
MUST_CHECK bool retention_note(struct node *node, const char *part, struct err *err);

#endif
