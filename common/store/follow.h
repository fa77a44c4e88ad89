/*
 * follow.h -- what has changed of records that kept figures follow; only
 * within common/store, for cells.h.
 *
 * A measure whose rows depend on one record each (model: "per_record") need
 * not be counted again when records change: what the changed ones gave is
 * taken off, and what they give now is added.  For that, a record that is
 * about to change leaves the row that it had when the figures were last
 * brought up to date in the table was_<entity>, once.  Records that are newer
 * than that are known by their rid, which rises.  An entity of which no cell
 * is kept is not followed, and leaves nothing.
 */
#ifndef LINLI_FOLLOW_H
#define LINLI_FOLLOW_H

#include "node_private.h"

#define FOLLOW_WAIT_MS 200 /* for another program that is writing */

/* Take the write lock if it is free within ${wait_ms}; else *begun is false. */
MUST_CHECK bool cells_lock(struct node *node, int wait_ms, bool *begun, struct err *err);

/* Does the model count records of ${entity} one by one? */
bool follow_can(const struct model *model, const struct entity *entity);
/* The SQL that makes table was_<entity>, anew. */
void follow_table_sql(struct buf *sql, const struct entity *entity);

/* Read which entities are followed, and up to where, into node->tables. */
MUST_CHECK bool follow_load(struct node *node, struct err *err);
/* Before row ${rid} of ${table} is written or dropped. */
MUST_CHECK bool follow_keep(struct node *node, struct table *table, int64_t rid,
	struct err *err);
/* Forget what records were, and follow none; with the cells that follow them. */
MUST_CHECK bool follow_forget(struct node *node, struct err *err);
/*
 * Within a transaction: may a cell that follows ${entity} for ${community}, counted
 * from ${version}, be kept?  If so the entity is followed from now on.
 */
MUST_CHECK bool follow_begin(struct node *node, const char *entity, const char *community,
	int64_t version, bool *may, struct err *err);

#endif
