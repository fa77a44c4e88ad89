/*
 * check.c -- everything again from the signatures up; see linli/chains.h.
 *
 * Every bundle is verified from its stored objects, every chain for gaps and
 * links, every record folded afresh from its lines and compared with its
 * row, and every line of every bundle looked for in a record.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain_lines.h"
#include "hold.h"
#include "erasing.h"
#include "sha256.h"
#include "move_private.h"

struct checking {
	struct node *node;
	struct check_report *report;
	void (*problem)(void *ctx, const char *text);
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
	uint64_t done, total;
	uint64_t folded_lines, draft_lines;
	struct line_reader reader; /* records are made in the order of bundles */
	struct arena arena;
};

static void complain(struct checking *check, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void complain(struct checking *check, const char *fmt, ...)
{
	char text[ERR_DETAIL_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	check->report->problems++;
	if (check->problem != NULL) {
		check->problem(check->ctx, text);
	}
}

static void complain_of(void *ctx, const char *text)
{
	complain(ctx, "%s", text);
}

static void advance(struct checking *check)
{
	check->done++;
	if (check->progress != NULL) {
		check->progress(check->ctx, check->done, check->total);
	}
}

/* ---- bundles ------------------------------------------------------ */

static bool verify_stored(struct checking *check, const struct chain *chain,
	const struct slot *slot, struct bundle *bundle, struct buf *data, struct buf *deflated,
	struct err *err)
{
	struct raw_object *objects = arena_alloc(&check->arena,
		SLOT_MAX_OBJECTS * sizeof(*objects));
	struct raw_bundle raw = { .chain = chain->name, .objects = objects,
		.count = slot_object_count(slot) };
	struct tree tree;
	struct oid oid;
	size_t i;

	if (objects == NULL) {
		return err_nomem(err);
	}
	if (!slot_load(check->node, slot, objects, SLOT_MAX_OBJECTS, data, deflated, err)) {
		return false;
	}
	for (i = 0; i < raw.count; i++) {
		if (!git_oid_of(&oid, objects[i].type, objects[i].data, err)) {
			return false;
		}
		if (!oid_equal(&oid, &objects[i].oid)) {
			return err_set(err, ERR_HASH, "an object is not the one that its name says");
		}
	}
	raw.erased = tree_decode_erased(&tree, objects[RAW_TREE].data, NULL);
	if (!bundle_verify(bundle, &raw, &check->arena, err) ||
		!erase_orders_hold(check->node, bundle, err)) {
		return false;
	}
	check->report->erased += bundle->erased_count;
	return true;
}

static bool check_bundle(struct checking *check, const struct chain *chain, uint32_t seq,
	uint8_t parent[32], struct err *err)
{
	struct buf data = { 0 }, deflated = { 0 };
	struct err why = { 0 };
	struct bundle bundle;
	struct slot slot;

	arena_reset(&check->arena);
	if (!slot_read(check->node, chain, seq, &slot, &why)) {
		complain(check, "%s@%" PRIu32 ": %s: %s", chain->text, seq, err_name(why.code),
			why.detail);
		return why.code == ERR_NOT_FOUND || why.code == ERR_STORE ||
			err_set(err, why.code, "%s", why.detail);
	}
	check->report->bundles++;
	check->report->sent += slot.lines;
	check->report->applied += slot.applied;
	check->report->waiting += slot.waiting;
	check->report->returned += slot.returned;
	if (!hold_balances(check->node, chain, seq, &why)) {
		complain(check, "%s", why.detail);
	}
	if (!verify_stored(check, chain, &slot, &bundle, &data, &deflated, &why)) {
		complain(check, "%s@%" PRIu32 ": %s: %s", chain->text, seq, err_name(why.code),
			why.detail);
	} else if (bundle.facts.seq != seq ||
		memcmp(bundle.sha256, slot.hash, sizeof(slot.hash)) != 0 ||
		memcmp(bundle.facts.parent_sha256, parent, sizeof(slot.hash)) != 0 ||
		bundle.line_count != slot.lines) {
		complain(check, "%s@%" PRIu32 ": stands at another place than it says", chain->text,
			seq);
	} else if (!device_id_equal(chain->name.device, check->node->device) &&
		!trust_may_write(check->node, &chain->name, seq, bundle.facts.community,
			bundle.signer, &why)) {
		complain(check, "%s@%" PRIu32 ": %s: %s", chain->text, seq, err_name(why.code),
			why.detail);
	}
	memcpy(parent, slot.hash, sizeof(slot.hash));
	buf_clear(&data);
	buf_clear(&deflated);
	slot_clear(&slot);
	advance(check);
	return true;
}

static bool check_chains(struct checking *check, struct err *err)
{
	uint32_t number, seq;

	for (number = 1; number <= check->node->chain_count; number++) {
		const struct chain *chain = chain_by_number(check->node, number);
		uint8_t parent[32] = { 0 };

		for (seq = 1; seq <= chain->head; seq++) {
			if (!check_bundle(check, chain, seq, parent, err)) {
				return false;
			}
		}
		if (chain->head != 0 && memcmp(parent, chain->hash, sizeof(parent)) != 0) {
			complain(check, "%s: the head is not its last bundle", chain->text);
		}
	}
	return true;
}

bool chains_balance(struct node *node, struct balance *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT coalesce(sum(lines), 0), coalesce(sum(applied), 0), "
		"coalesce(sum(waiting), 0), coalesce(sum(returned), 0), "
		"coalesce(sum(lines <> applied + waiting + returned), 0), "
		"(SELECT count(*) FROM held WHERE state = 1), "
		"(SELECT count(*) FROM held WHERE state = 2) FROM slot");
	bool row, sound;

	memset(out, 0, sizeof(*out));
	if (!node_refresh(node, err) || !stmt_step(stmt, &row, err)) {
		return false;
	}
	out->sent = (uint64_t)stmt_get_int(stmt, 0);
	out->applied = (uint64_t)stmt_get_int(stmt, 1);
	out->waiting = (uint64_t)stmt_get_int(stmt, 2);
	out->returned = (uint64_t)stmt_get_int(stmt, 3);
	sound = stmt_get_int(stmt, 4) == 0 && (uint64_t)stmt_get_int(stmt, 5) == out->waiting &&
		(uint64_t)stmt_get_int(stmt, 6) == out->returned;
	stmt_reset(stmt);
	return sound ||
		err_set(err, ERR_STORE,
			"lines do not balance: %" PRIu64 " sent, %" PRIu64 " applied, %" PRIu64
			" waiting, %" PRIu64 " returned",
			out->sent, out->applied, out->waiting, out->returned);
}

/* ---- records ------------------------------------------------------ */

/* Fold ${kept}'s lines afresh into ${fresh}. */
static bool refold(struct checking *check, struct record *fresh, const struct record *kept,
	const struct entity *entity, const char *community, const char *id, struct err *err)
{
	struct merge_world world = node_world(check->node);
	struct merge_origin origin;
	size_t i;

	world.community = community;
	record_reset(fresh, entity);
	for (i = 0; i < record_line_count(kept); i++) {
		const struct chain *chain;
		struct view text;
		struct line line;

		record_line(kept, i, &origin);
		if (!line_reader_get(&check->reader, &origin, &text, err) ||
			!line_parse(&line, &check->arena, text, err)) {
			return false;
		}
		if (!view_is(line.entity, entity->name) || !view_is(line.id, id)) {
			return err_set(err, ERR_STORE, "a line of another record");
		}
		if (!record_apply(fresh, &origin, &line, &world, err)) {
			return false;
		}
		chain = chain_by_number(check->node, origin.chain);
		if (origin.seq > chain->head) {
			check->draft_lines++;
		} else {
			check->folded_lines++;
		}
	}
	return world_ok(check->node, err);
}

static bool same_state(struct record *a, struct record *b, const struct merge_world *world,
	bool *same, struct err *err)
{
	struct buf x = { 0 }, y = { 0 };
	enum scope_kind kind;
	bool ok = true;

	for (kind = SCOPE_FEDERATION; ok && kind < SCOPE_KINDS; kind++) {
		ok = record_hash_text(&x, a, kind, world, err) &&
			record_hash_text(&y, b, kind, world, err);
	}
	ok = ok && buf_ok(&x, err) && buf_ok(&y, err);
	*same = view_equal(buf_as_view(&x), buf_as_view(&y));
	buf_clear(&x);
	buf_clear(&y);
	return ok;
}

static bool check_record(struct checking *check, struct table *table, struct record *fresh,
	const struct record_id *id, struct err *err)
{
	struct merge_world world = node_world(check->node);
	char text[RECORD_ID_TEXT_BYTES];
	struct err why = { 0 };
	struct loaded at;
	bool same;

	arena_reset(&check->node->arena);
	arena_reset(&check->arena);
	record_id_print(text, id->bytes, id->len, table->entity->slug_ids);
	if (!table_load(check->node, table, id, &at, &why) ||
		!refold(check, fresh, table->record, table->entity, at.community, text, &why)) {
		complain(check, "%s %s: %s: %s", table->entity->name, text, err_name(why.code),
			why.detail);
		return true;
	}
	world.community = at.community;
	if (!same_state(fresh, table->record, &world, &same, err) ||
		!world_ok(check->node, err)) {
		return false;
	}
	if (!same) {
		complain(check, "%s %s: the row is not what its lines add up to",
			table->entity->name, text);
	}
	check->report->records++;
	advance(check);
	return true;
}

/* Ids of all rows, in the order in which they were made. */
static bool all_ids(struct node *node, const struct entity *entity, struct buf *ids,
	struct err *err)
{
	struct buf sql = { 0 };
	struct stmt *stmt = NULL;
	bool ok, row = true;

	buf_printf(&sql, "SELECT id FROM \"rec_%s\" ORDER BY rid", entity->name);
	ok = buf_ok(&sql, err) && db_prepare_reading(&stmt, node->db, buf_str(&sql), NULL, err);
	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			struct record_id id = column_id(stmt, 0, entity);

			buf_add(ids, &id, sizeof(id));
		}
	}
	stmt_free(stmt);
	buf_clear(&sql);
	return ok && buf_ok(ids, err);
}

static bool check_records(struct checking *check, struct err *err)
{
	struct record *fresh = record_new();
	struct buf ids = { 0 };
	bool ok = fresh != NULL || err_nomem(err);
	uint64_t due = 0, apart = 0;
	size_t i, at;

	for (i = 0; ok && i < check->node->model->entity_count; i++) {
		struct table *table = &check->node->tables[i];

		buf_reset(&ids);
		ok = all_ids(check->node, table->entity, &ids, err);
		for (at = 0; ok && at < ids.len; at += sizeof(struct record_id)) {
			struct record_id id;

			memcpy(&id, ids.data + at, sizeof(id));
			ok = check_record(check, table, fresh, &id, err);
		}
	}
	buf_clear(&ids);
	record_free(fresh);
	/* Erased ones count as applied; those that are about to be are in no record either. */
	ok = ok && erase_due_count(check->node, &due, err) &&
		moves_check(check->node, &apart, complain_of, check, err);
	due += apart + check->report->erased + check->folded_lines;
	if (ok && due != check->report->applied) {
		complain(check, "%" PRIu64 " lines are applied, %" PRIu64 " are in records",
			check->report->applied, due);
	}
	return ok;
}

static bool count_work(struct checking *check, struct err *err)
{
	struct buf sql = { 0 };
	bool ok = true, row;
	size_t i;

	for (i = 0; i < check->node->chain_count; i++) {
		check->total += check->node->chains[i].head;
	}
	for (i = 0; ok && i < check->node->model->entity_count; i++) {
		struct stmt *stmt;

		buf_reset(&sql);
		buf_printf(&sql, "SELECT count(*) FROM \"rec_%s\"",
			check->node->model->entities[i].name);
		stmt = db_prepare(check->node->db, buf_str(&sql));
		ok = stmt_step(stmt, &row, err);
		check->total += ok ? (uint64_t)stmt_get_int(stmt, 0) : 0;
		stmt_reset(stmt);
	}
	buf_clear(&sql);
	return ok;
}

bool chains_check(struct node *node, struct check_report *out,
	void (*problem)(void *ctx, const char *text),
	void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct err *err)
{
	struct checking check = { .node = node, .report = out, .problem = problem,
		.progress = progress, .ctx = ctx, .reader = { .node = node } };
	bool ok;

	memset(out, 0, sizeof(*out));
	/* What is compared must belong together; others may write meanwhile. */
	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = count_work(&check, err) && check_chains(&check, err) && check_records(&check, err) &&
		chains_state_hash(node, out->state_hash, err);
	node_read_end(node);
	arena_clear(&check.arena);
	line_reader_clear(&check.reader);
	return ok;
}

/* ---- state hash --------------------------------------------------- */

/* Of ${scope}'s part alone, where one is given. */
static bool hash_record(struct node *node, struct table *table, const struct record_id *id,
	const struct scope *scope, struct sha256 *hash, struct buf *text, struct err *err)
{
	struct merge_world world = node_world(node);
	char name[RECORD_ID_TEXT_BYTES];
	enum scope_kind kind;
	struct loaded at;
	size_t named;

	arena_reset(&node->arena);
	if (!table_load(node, table, id, &at, err)) {
		return false;
	}
	world.community = at.community;
	buf_reset(text);
	record_id_print(name, id->bytes, id->len, table->entity->slug_ids);
	buf_printf(text, "%s %s\n", table->entity->name, name);
	named = text->len;
	if (scope != NULL && scope->kind != SCOPE_FEDERATION &&
		strcmp(at.community, scope->community) != 0) {
		return true;
	}
	for (kind = SCOPE_FEDERATION; kind < SCOPE_KINDS; kind++) {
		if ((scope == NULL || scope->kind == kind) &&
			!record_hash_text(text, table->record, kind, &world, err)) {
			return false;
		}
	}
	if (scope == NULL || text->len > named) {
		sha256_add(hash, text->data, text->len);
	}
	return world_ok(node, err) && buf_ok(text, err);
}

static int by_bytes(const void *a, const void *b)
{
	const struct record_id *x = a, *y = b;

	return view_compare((struct view){ (const char *)x->bytes, x->len },
		(struct view){ (const char *)y->bytes, y->len });
}

/* The hash of before, if nothing has been merged since. */
static bool kept_hash(struct node *node, int64_t version, char out[65])
{
	struct buf kept = { 0 };
	struct cursor cursor;
	int64_t of = -1;
	bool ok = false;

	if (node_get(node, "state_hash", &kept)) {
		cursor = cursor_of(kept.data, kept.len);
		if (int64_parse(&of, cursor_until(&cursor, ' ')) && of == version &&
			cursor_left(&cursor) == 64) {
			memcpy(out, cursor.at, 65);
			ok = true;
		}
	}
	buf_clear(&kept);
	return ok;
}

/* Keep it; that it cannot be kept is no failure. */
static void keep_hash(struct node *node, int64_t version, const char *hash)
{
	struct buf text = { 0 };
	struct err ignored;

	buf_printf(&text, "%" PRId64 " %s", version, hash);
	if (!buf_ok(&text, &ignored) ||
		!node_set(node, "state_hash", buf_as_view(&text), &ignored)) {
		buf_reset(&text);
	}
	buf_clear(&text);
}

/*
 * Receipts say what became of bundles, whose names hang on when they were
 * signed; they are no part of what people have recorded.
 */
static bool is_state(const struct entity *entity)
{
	return !entity->trust || (strcmp(entity->name, "receipt") != 0 &&
					 strcmp(entity->name, "safekeeping") != 0);
}

static bool hash_all(struct node *node, const struct scope *scope, char out[65], struct err *err)
{
	struct buf ids = { 0 }, text = { 0 };
	struct sha256 hash;
	uint8_t digest[32];
	bool ok = true;
	size_t i, at;

	sha256_init(&hash);
	for (i = 0; ok && i < node->model->entity_count; i++) {
		struct table *table = &node->tables[i];

		if (!is_state(table->entity)) {
			continue;
		}
		buf_reset(&ids);
		ok = all_ids(node, table->entity, &ids, err);
		if (ok && ids.len != 0) {
			qsort(ids.data, ids.len / sizeof(struct record_id),
				sizeof(struct record_id), by_bytes);
		}
		for (at = 0; ok && at < ids.len; at += sizeof(struct record_id)) {
			struct record_id id;

			memcpy(&id, ids.data + at, sizeof(id));
			ok = hash_record(node, table, &id, scope, &hash, &text, err);
		}
	}
	sha256_done(digest, &hash);
	hex_encode(out, digest, sizeof(digest));
	buf_clear(&ids);
	buf_clear(&text);
	return ok;
}

bool chains_state_hash(struct node *node, char out[65], struct err *err)
{
	int64_t version = 0;
	bool ok, kept;

	if (!node_read_begin(node, err)) {
		return false;
	}
	fact_int(node, "version", &version);
	/* An open transaction gets its number only in the end. */
	kept = node->depth == 0 && kept_hash(node, version, out);
	ok = kept || hash_all(node, NULL, out, err);
	node_read_end(node);
	if (ok && !kept && node->depth == 0 && node->readers == 0) {
		keep_hash(node, version, out);
	}
	return ok;
}

bool chains_scope_hash(struct node *node, const struct scope *scope, char out[65],
	struct err *err)
{
	bool ok;

	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = hash_all(node, scope, out, err);
	node_read_end(node);
	return ok;
}
