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
	/* Drafts up to here were issued again: what they had seen is settled. */
	uint32_t sealed_seq;
};

#define FOLLOWED_NONE INT64_C(-1)

/* Statements and scratch of one entity. */
struct table {
	const struct entity *entity;
	/* Borrowed from node->db; move gives the record to another community. */
	struct stmt *select_by_id, *insert, *update, *move, *drop;
	struct stmt *keep;     /* keeps a row as it was: follow.h; NULL: never */
	int64_t followed_rid;  /* rows up to here are counted in kept cells; FOLLOWED_NONE */
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
	unsigned allowed; /* kinds of scope whose sealed drafts may be signed: forks_allow() */
	char actor[AUDIT_ACTOR_BYTES]; /* of audit_act_as(); "": the operator */

	/* What was read of the store, while nobody else has written to it. */
	bool cached;
	int64_t db_version;
	struct chain *chains; /* by number - 1 */
	uint32_t *chain_order; /* number - 1 of each, by name */
	size_t chain_count, chain_room;
	struct trusted *devices; /* by id */
	size_t device_count;
	struct policy *policies;
	size_t policy_count;
	int64_t clock;       /* the highest t used or merged */
	int64_t next_record; /* the number the next new record gets */

	/* Of the transaction that is open. */
	int depth;   /* 0: none */
	int readers; /* of node_read_begin() */
	bool facts_changed; /* clock or next_record */
	bool reissuing; /* lines that are captured are sealed */
	bool own_moved; /* a chain of its own holds other bundles than it signed here */
	struct touch *touches;
	size_t touch_count, touch_room;
	bool model_came; /* a record of entity model was written */
	bool trust_changed; /* a device's or a policy's record was written */
	/* Of struct record_id: those that were written and not acted on yet. */
	struct buf verdicts, receipts;

	struct moves *moves; /* move.c: known moves and duplicates; NULL: none read */

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

/* ---- home.c ------------------------------------------------------- */

#define KEY_FILE "device.key"         /* in the home */
#define KEY_NEW_FILE "device.key.new" /* on its way to be that; linli/rekey.h */

/* Make ${path} that of file ${name} in the home. */
MUST_CHECK bool home_path(const struct node *node, const char *name, struct buf *path,
	struct err *err);
/* node_open() of a home whose key cannot be had: without one, and nothing is settled. */
MUST_CHECK bool node_open_keyless(struct node **out, const struct node_options *options,
	struct err *err);

/*
 * A node of the same place as ${like}, of no device and without a key, over a store
 * of its own that begins empty and is gone when it is closed.
 */
MUST_CHECK bool node_open_scratch(struct node **out, const struct node *like,
	const struct env *env, struct err *err);

/* ---- rekey.c ------------------------------------------------------ */

/*
 * Is the key in KEY_NEW_FILE that of the device that the store names?  Then *key, which
 * the caller releases, and the file's content; else *key is NULL.
 */
MUST_CHECK bool rekey_find(struct node *node, const char *passphrase, struct key **key,
	struct buf *pem, struct err *err);
/* Put that file, if it still holds ${pem}, in the key file's place. */
MUST_CHECK bool rekey_finish(struct node *node, struct view pem, struct err *err);

/* ---- signers.c ---------------------------------------------------- */

/* The key of user ${name}, if they have one, is good until now. */
MUST_CHECK bool signer_end(struct node *node, const char *name, struct err *err);

/* ---- capture.c ---------------------------------------------------- */

struct line;
/* Write a line of this node's own to its chain of ${scope} as a draft, and merge it. */
MUST_CHECK bool capture_line(struct node *node, struct line *line, const struct scope *scope,
	struct err *err);

/* ---- incarnation.c ------------------------------------------------ */

#define INCARNATION_FILE "incarnation" /* in the home */

/* Write the incarnation file: this incarnation and own heads. */
MUST_CHECK bool node_write_incarnation(struct node *node, struct err *err);
/*
 * Compare that file with the store.  Where it is ahead the store is an older
 * copy: go on under a new incarnation.
 */
MUST_CHECK bool incarnation_settle(struct node *node, struct err *err);
/*
 * Drafts of ${chain} were captured before all that is merged from now on: what
 * they had seen is written down, as they may come back signed.
 */
MUST_CHECK bool incarnation_keep_seen(struct node *node, const struct chain *chain,
	struct err *err);
/* The fact that says when the present incarnation began, Unix ms. */
#define INCARNATION_SINCE "incarnation_since"
/*
 * Go on, within a transaction, under the incarnation after ${after} and after
 * all that are known of this device.
 */
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
/* Has the device's key ended?  Then *seq is the last bundle of ${chain} that is good, 0 for none. */
bool trust_end(const struct node *node, const struct chain_name *chain, uint32_t *seq);
/* Is bundle ${hash} the one with which its device's key ends, if it is the last of them?  ERR_REVOKED. */
MUST_CHECK bool trust_end_fits(struct node *node, const struct chain_name *chain, uint32_t seq,
	const uint8_t hash[32], struct err *err);

/* ---- policy.c ----------------------------------------------------- */

struct policy;
MUST_CHECK bool policies_load(struct node *node, struct err *err);
void policies_forget(struct node *node);
/* ${field} "": of the whole entity.  NULL if none was ever set.  Borrowed. */
const struct policy *policy_of(const struct node *node, const char *entity, const char *field);

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
const char *schema_column_type(const struct field *field);
/* Is the column community the engine's?  Else the entity declares a field of that name. */
bool schema_own_column(const struct entity *entity);
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

/* ---- capture.c ---------------------------------------------------- */

struct assignment;
struct capture_options {
	const char *into; /* of a district: the community whose scope it goes to; NULL: the record's */
	bool repeat;      /* write also what a field shows already */
	bool may_be_new;  /* ${id} need not lead to a record */
};
/* records_put() with these. */
MUST_CHECK bool capture_put(struct node *node, const struct entity *entity,
	const struct record_id *id, const struct capture_options *options,
	const struct assignment *assignments, size_t count, struct record_id *out,
	struct err *err);

/* ---- gaps.c ------------------------------------------------------- */

/* Bundle ${seq} of ${chain} must come before one that was offered. */
MUST_CHECK bool gap_note(struct node *node, const struct chain_name *chain, uint32_t seq,
	struct err *err);

/* ---- receipts.c --------------------------------------------------- */

struct bundle_facts;
/* A district's drafts of what it has to answer, within a transaction. */
MUST_CHECK bool receipts_write(struct node *node, struct err *err);
bool receipts_due(struct node *node);
struct merge_origin;
/*
 * Has the district merged applied line ${line}?  Its receipt says so, or a bundle
 * of its own that had seen it.  Its own lines, and those of a community's own
 * scope, need no confirming.
 */
MUST_CHECK bool receipts_confirmed(struct node *node, const struct merge_origin *line,
	bool *confirmed, struct err *err);
/* Does a receipt of bundle ${hash} say that none of its lines waits? */
MUST_CHECK bool receipt_settled(struct node *node, const uint8_t hash[32], bool *settled,
	struct err *err);
/* Name in ${facts}, of the node's next bundle, the highest receipt that it holds. */
MUST_CHECK bool receipt_held(struct node *node, struct bundle_facts *facts, struct err *err);

/* ---- outbox.c ----------------------------------------------------- */

/* Are there drafts that outbox_pack() would sign? */
bool outbox_waits(const struct node *node);
/* Are some drafts not sealed, so that nothing may be merged before they are? */
bool outbox_unsealed(const struct node *node);
/* outbox_pack(), but only of what was captured: no receipts are written. */
struct tally;
MUST_CHECK bool outbox_pack_drafts(struct node *node, struct tally *out, struct err *err);

/* ---- apply.c ------------------------------------------------------ */

struct line;

/* A record as loaded for folding. */
struct loaded {
	bool found;
	bool fewer_lines; /* than its row was written for */
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
/* A line that may be merged: which record it is of, and whose that is. */
struct admitted {
	struct table *table;
	struct record_id id;
	const char *home; /* community */
};
/* The first half of apply_line(), and the second. */
MUST_CHECK bool line_admit(struct node *node, const struct chain *chain, const struct line *line,
	struct admitted *out, struct err *err);
MUST_CHECK bool apply_admitted(struct node *node, const struct chain *chain, uint32_t seq,
	uint32_t n, const struct line *line, const struct admitted *admitted, struct err *err);
/*
 * Take line ${origin} out of its record again, as if it had never come; a
 * record of which no line is left has no row any more.  Nothing happens if
 * the line is not in it.  The line must still be readable where it stands.
 */
MUST_CHECK bool unmerge_line(struct node *node, const struct merge_origin *origin,
	const struct entity *entity, const struct record_id *id, struct err *err);
struct table *node_table(struct node *node, struct view entity); /* NULL: none */
/* A record's id as parameter ${number}, and from a column. */
void bind_id(struct stmt *stmt, int number, const struct entity *entity,
	const struct record_id *id);
struct record_id column_id(struct stmt *stmt, int column, const struct entity *entity);
/* The value that column ${column} of ${stmt} holds for ${field}. */
MUST_CHECK bool column_value(struct value *out, struct stmt *stmt, int column,
	const struct field *field, struct arena *arena, struct err *err);

/* ---- records.c ---------------------------------------------------- */

/* SELECT id, alive, community, fields ... from the table of ${entity}. */
void records_select(struct buf *sql, const struct entity *entity);
struct record_view;
/* Tell ${each} of the row of records_select() that ${stmt} stands on. */
MUST_CHECK bool records_give(const struct entity *entity, struct stmt *stmt,
	bool (*each)(void *ctx, const struct record_view *view, struct err *err), void *ctx,
	struct err *err);

/* ---- row.c -------------------------------------------------------- */

/* The community that the loaded record shows as its own; "" if it shows none. */
void row_named_community(const struct table *table, char out[SLUG_TEXT_BYTES]);
/*
 * Write the table's record to its row, with its conflicts; without lines, drop
 * the row.  Figures are stale of ${before}, the community that it showed, of the one
 * that it shows now, and of ${owner}, whose it is.
 */
MUST_CHECK bool row_write(struct node *node, struct table *table, struct loaded *at,
	const char *before, const char *owner, struct err *err);

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
