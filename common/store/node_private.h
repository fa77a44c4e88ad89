/* node_private.h -- what a node is made of; only within common/store. */
#ifndef LINLI_NODE_PRIVATE_H
#define LINLI_NODE_PRIVATE_H

#include "linli/audit.h"
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
	/* The last bundle that drafts are kept for, 0 if none: its lines and bytes. */
	uint32_t draft_seq, draft_lines;
	uint64_t draft_bytes;
};

/* Statements and scratch of one entity. */
struct table {
	const struct entity *entity;
	/* Borrowed from node->db; move gives the record to another community. */
	struct stmt *select_by_id, *insert, *update, *move;
	struct record *record; /* used again for every line */
};

/* Entities x communities that this transaction has changed. */
struct touch {
	char entity[MODEL_NAME_BYTES];
	char community[SLUG_TEXT_BYTES];
};

/* A device and where its key ends. */
struct trusted {
	struct device device;
	char *valid_until; /* see write_until(); NULL: not revoked */
};

struct node {
	const struct env *env;
	char *home;
	struct db *db;
	struct key *key;
	struct model *model;
	struct model **retired; /* those gone over from: callers may hold their entities */
	size_t retired_count;
	struct table *tables; /* by entity->index */
	size_t table_count;

	struct device_id device;
	uint32_t incarnation;
	bool district;
	char community[SLUG_TEXT_BYTES];
	char name[NODE_NAME_BYTES];
	struct federation federation;
	struct device_id federation_id;
	char actor[AUDIT_ACTOR_BYTES]; /* of audit_act_as(); "": the operator */

	/* What was read of the store, while nobody else has written to it. */
	bool cached;
	int64_t db_version;
	struct chain *chains; /* by number - 1 */
	uint32_t *chain_order; /* number - 1 of each, by name */
	size_t chain_count, chain_room;
	struct trusted *devices; /* by id */
	size_t device_count;
	int64_t clock;       /* the highest t used or merged */
	int64_t next_record; /* the number the next new record gets */

	/* Of the transaction that is open. */
	int depth;   /* 0: none */
	int readers; /* of node_read_begin() */
	bool facts_changed; /* clock or next_record */
	struct touch *touches;
	size_t touch_count, touch_room;
	bool model_came; /* a record of entity model was written */
	bool trust_changed; /* a device's record was written */

	struct err world_failure; /* ERR_NONE: what the last fold asked could be told */
	struct arena arena; /* of one line */
	struct buf scratch, blob;
};

struct db *node_db(struct node *node);

/* ---- node.c ------------------------------------------------------- */

/*
 * Within an open transaction they begin and end a part of it: an aborted
 * part leaves the rest as it was, and only the outermost commits.
 */
MUST_CHECK bool node_begin(struct node *node, struct err *err);
MUST_CHECK bool node_commit(struct node *node, struct err *err);
void node_abort(struct node *node);
/*
 * From here to node_read_end() all that is read is one state of the store, and
 * the caches are of that state.  They nest; writing must wait until the end.
 * Within an open transaction it is that one's state.
 */
MUST_CHECK bool node_read_begin(struct node *node, struct err *err);
void node_read_end(struct node *node);
/* Read again what others have changed.  Cheap when they have not. */
MUST_CHECK bool node_refresh(struct node *node, struct err *err);

bool fact_int(struct node *node, const char *name, int64_t *out);
MUST_CHECK bool fact_set_int(struct node *node, const char *name, int64_t value,
	struct err *err);

/* The records of ${entity} of ${community} have changed. */
MUST_CHECK bool node_touch(struct node *node, const char *entity, const char *community,
	struct err *err);

/* A clock value for a new line: past all that were used or merged. */
MUST_CHECK bool clock_next(struct node *node, int64_t *t, struct err *err);
/* Move past a merged ${t}, but never further than a day ahead. */
void clock_merge(struct node *node, int64_t t);
/* Is ${t} more than a day ahead of this node's own clock? */
bool clock_too_far(const struct node *node, int64_t t);

/* ---- incarnation.c ------------------------------------------------ */

#define INCARNATION_FILE "incarnation" /* in the home */

/* Write the incarnation file: this incarnation and own heads. */
MUST_CHECK bool node_write_incarnation(struct node *node, struct err *err);
/*
 * Compare that file with the store.  Where it is ahead the store is an older
 * copy: go on under a new incarnation.
 */
MUST_CHECK bool incarnation_settle(struct node *node, struct err *err);
/* Go on, within a transaction, under the incarnation after ${after}. */
MUST_CHECK bool incarnation_next(struct node *node, uint32_t after, struct err *err);

/* ---- trust.c ------------------------------------------------------ */

/* The district's first records, its own device and its model, within a transaction. */
MUST_CHECK bool trust_found(struct node *node, struct err *err);
MUST_CHECK bool devices_load(struct node *node, struct err *err);
const struct trusted *device_trusted(const struct node *node, struct device_id id); /* or NULL */
void devices_forget(struct node *node);
/* Read them again if a record of one was written. */
MUST_CHECK bool devices_settle(struct node *node, struct err *err);
/*
 * May the holder of ${public_key} add bundle ${seq} to ${chain}, as a device
 * of ${community}?  Fails with ERR_UNKNOWN_DEVICE, ERR_REVOKED, ERR_SCOPE,
 * ERR_SIGNATURE (another key than the enrolled one).
 */
MUST_CHECK bool trust_may_write(struct node *node, const struct chain_name *chain, uint32_t seq,
	const char *community, const uint8_t public_key[NODE_PUBLIC_KEY_BYTES], struct err *err);

/* ---- model_switch.c ----------------------------------------------- */

/* Open the model that the store names, if it is not the one that is open. */
MUST_CHECK bool model_switch_refresh(struct node *node, struct err *err);
/* Keep the open model's document in the store. */
MUST_CHECK bool model_store(struct node *node, struct err *err);
/* A record of entity model came: go over to it if it is newer and here. */
MUST_CHECK bool model_switch_newest(struct node *node, struct err *err);

/* ---- attachments (objects.c) -------------------------------------- */

MUST_CHECK bool file_put(struct node *node, const uint8_t sha256[32], const struct oid *oid,
	struct err *err);
/* Keep ${data} as an attachment; *hex is what a file field holds. */
MUST_CHECK bool file_keep(struct node *node, struct view data, char hex[65], struct err *err);
/* The blob object of an attachment.  ERR_NOT_FOUND. */
MUST_CHECK bool file_find(struct node *node, struct view hex, struct oid *oid, struct err *err);

/* ---- schema.c ----------------------------------------------------- */

/* Create or alter the tables and views of node->model; fill node->tables. */
MUST_CHECK bool schema_create(struct db *db, struct err *err);
MUST_CHECK bool schema_apply_model(struct node *node, struct err *err);
/* Only fill node->tables: the tables are there. */
MUST_CHECK bool schema_open_model(struct node *node, struct err *err);
void schema_forget(struct node *node);

/* ---- chain_table.c ------------------------------------------------ */

/* More than this often no device is put back from a copy: others refuse it. */
#define CHAIN_MAX_INCARNATION 1000

struct chain *chain_by_number(struct node *node, uint32_t number); /* NULL: none */
struct chain *chain_find(struct node *node, const struct chain_name *name); /* NULL: none */
MUST_CHECK bool chain_make(struct node *node, const struct chain_name *name,
	const char *community, struct chain **out, struct err *err);
/* A chain that Seen had named before its device was known. */
MUST_CHECK bool chain_name_community(struct node *node, struct chain *chain,
	const char *community, struct err *err);
MUST_CHECK bool chain_load_all(struct node *node, struct err *err);
/* The node's own chain of ${kind}; of ${community}'s scope for a district. */
MUST_CHECK bool chain_own(struct node *node, const struct scope *scope, struct chain **out,
	struct err *err);
/* The community of ${device}: "" if it is not known. */
const char *device_community(struct node *node, struct device_id device);
/* What the fold asks; it has no way to fail, so world_ok() is asked after it. */
struct merge_world node_world(struct node *node);
MUST_CHECK bool world_ok(const struct node *node, struct err *err);

/* ---- outbox.c ----------------------------------------------------- */

/* Are there drafts that outbox_pack() would sign? */
bool outbox_waits(const struct node *node);

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
/* A record's id as parameter ${number}, and from a column. */
void bind_id(struct stmt *stmt, int number, const struct entity *entity,
	const struct record_id *id);
struct record_id column_id(struct stmt *stmt, int column, const struct entity *entity);
/* The value that column ${column} of ${stmt} holds for ${field}. */
MUST_CHECK bool column_value(struct value *out, struct stmt *stmt, int column,
	const struct field *field, struct arena *arena, struct err *err);

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
