/* node_private.h -- what a node is made of; only within common/store. */
#ifndef LINLI_NODE_PRIVATE_H
#define LINLI_NODE_PRIVATE_H

#include "linli/node.h"
#include "linli/value.h"

#include "db.h"
#include "git.h"
#include "key.h"
#include "merge.h"

/* A chain as table chain has it. */
struct chain {
	uint32_t number; /* local */
	struct chain_name name;
	char text[CHAIN_TEXT_BYTES];
	char community[SLUG_TEXT_BYTES]; /* of its device */
	uint32_t head;
	uint8_t hash[32];
	struct oid oid;
};

/* Statements and scratch of one entity. */
struct table {
	const struct entity *entity;
	char *select_by_id, *insert, *update; /* SQL, made from the model */
	struct stmt *select_stmt, *insert_stmt, *update_stmt;
	struct record *record; /* used again for every line */
	bool union_fields;
};

/* Entities x communities that this transaction has changed. */
struct touch {
	const char *entity;
	char community[SLUG_TEXT_BYTES];
};

struct node {
	const struct env *env;
	char *home;
	struct db *db;
	struct key *key;
	struct model *model;
	struct table *tables; /* by entity->index */

	struct device_id device;
	uint32_t incarnation;
	bool district;
	char community[SLUG_TEXT_BYTES];
	char name[NODE_NAME_BYTES];
	struct federation federation;
	struct device_id federation_id;

	/* What was read of the store, while nobody else has written to it. */
	bool cached;
	int64_t db_version;
	struct chain *chains; /* by number - 1 */
	size_t chain_count, chain_room;
	struct device *devices;
	size_t device_count;
	int64_t clock; /* the highest t used or merged */

	/* Of the transaction that is open. */
	int depth; /* 0: none */
	struct touch *touches;
	size_t touch_count;
	int64_t clock_written;
	bool model_changed; /* a newer model came: open it at the end */

	struct arena arena; /* of one line */
	struct buf scratch, blob;
};

struct db *node_db(struct node *node);

/* ---- node.c ------------------------------------------------------- */

/*
 * Transactions join the one that is open: only the outermost commits.
 * After node_fail() the outermost must not be committed.
 */
MUST_CHECK bool node_begin(struct node *node, struct err *err);
MUST_CHECK bool node_commit(struct node *node, struct err *err);
void node_abort(struct node *node);
/* Read again what others have changed.  Cheap when they have not. */
MUST_CHECK bool node_refresh(struct node *node, struct err *err);

bool fact_int(struct node *node, const char *name, int64_t *out);
MUST_CHECK bool fact_set_int(struct node *node, const char *name, int64_t value,
	struct err *err);

/* The records of ${entity} of ${community} have changed. */
MUST_CHECK bool node_touch(struct node *node, const char *entity, const char *community,
	struct err *err);

/* Write the incarnation file: this incarnation and own heads. */
MUST_CHECK bool node_write_incarnation(struct node *node, struct err *err);

/* ---- schema.c ----------------------------------------------------- */

/* Create or alter the tables and views of node->model; fill node->tables. */
MUST_CHECK bool schema_create(struct db *db, struct err *err);
MUST_CHECK bool schema_apply_model(struct node *node, struct err *err);
void schema_forget(struct node *node);

/* ---- chain_table.c ------------------------------------------------ */

struct chain *chain_by_number(struct node *node, uint32_t number); /* NULL: none */
struct chain *chain_find(struct node *node, const struct chain_name *name); /* NULL: none */
MUST_CHECK bool chain_make(struct node *node, const struct chain_name *name,
	const char *community, struct chain **out, struct err *err);
MUST_CHECK bool chain_load_all(struct node *node, struct err *err);
/* The node's own chain of ${kind}; of ${community}'s scope for a district. */
MUST_CHECK bool chain_own(struct node *node, const struct scope *scope, struct chain **out,
	struct err *err);
/* The community of ${device}: "" if it is not known. */
const char *device_community(struct node *node, struct device_id device);
struct merge_world node_world(struct node *node);

/* ---- apply.c ------------------------------------------------------ */

struct line;

/* A record as loaded for folding. */
struct loaded {
	bool found;
	int64_t rid;
	struct record_id id;
	char community[SLUG_TEXT_BYTES];
};

/* Load (or begin) the record ${id} into its table's scratch record. */
MUST_CHECK bool table_load(struct node *node, struct table *table, const struct record_id *id,
	struct loaded *out, struct err *err);
/*
 * Merge ${line}, which is bundle ${seq}'s line ${n} of ${chain}, and write
 * the record.  Fails as merge_line_check() does, or with ERR_SCOPE.
 */
MUST_CHECK bool apply_line(struct node *node, struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, struct err *err);
struct table *node_table(struct node *node, struct view entity); /* NULL: none */
/* The value that column ${column} of ${stmt} holds for ${field}. */
void column_value(struct value *out, struct stmt *stmt, int column,
	const struct field *field, struct arena *arena);

/* ---- objects.c ---------------------------------------------------- */

MUST_CHECK bool object_put(struct node *node, const struct oid *oid, enum git_type type,
	size_t size, struct view deflated, struct err *err);
/* Append the object's inflated content. */
MUST_CHECK bool object_get(struct node *node, const struct oid *oid, enum git_type *type,
	struct buf *out, struct err *err);
/* Append the deflate stream as stored. */
MUST_CHECK bool object_get_deflated(struct node *node, const struct oid *oid,
	enum git_type *type, size_t *size, struct buf *out, struct err *err);

#endif
