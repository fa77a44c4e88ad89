/* erasing.c -- erased records and the lines that name what is erased; see erasing.h. */
#include "erasing.h"
#include "move_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "merkle.h"

/* ---- erased records ----------------------------------------------- */

bool erase_is(struct node *node, struct view entity, struct view id, bool *erased,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM erased WHERE entity = ?1 AND id = ?2");
	bool ok;

	stmt_text_at(stmt, 1, entity);
	stmt_text_at(stmt, 2, id);
	ok = stmt_step(stmt, erased, err);
	stmt_reset(stmt);
	return ok;
}

/* A deletion says nothing about anybody, and keeps the record deleted. */
static bool goes(const struct line *line)
{
	return !line->has_del;
}

bool erase_permits(struct node *node, const struct line *line, const struct scope *scope,
	struct err *err)
{
	bool erased;

	if (scope->kind != SCOPE_COMMUNITY || (line->has_del && line->del)) {
		return true;
	}
	if (!erase_is(node, line->entity, line->id, &erased, err)) {
		return false;
	}
	return !erased || err_set(err, ERR_VALUE,
				  ERR_BOTH("这条记录已按规定抹除,不能再填写或恢复",
					  "this record was erased; it can be neither changed nor restored"));
}

static bool add_due(struct node *node, const struct merge_origin *at, const char *entity,
	struct view id, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO erase_due (chain, seq, n, entity, id) VALUES (?1, ?2, ?3, ?4, ?5) "
		"ON CONFLICT (chain, seq, n) DO NOTHING");

	stmt_int_at(stmt, 1, at->chain);
	stmt_int_at(stmt, 2, at->seq);
	stmt_int_at(stmt, 3, at->n);
	stmt_text_at(stmt, 4, view_of(entity));
	stmt_text_at(stmt, 5, id);
	return stmt_run(stmt, err);
}

bool erase_meets(struct node *node, const struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, bool *skip, struct err *err)
{
	struct merge_origin at = { chain->number, seq, n, SCOPE_COMMUNITY };
	struct table *table = node_table(node, line->entity);
	const char *entity = table != NULL ? table->entity->name : "";

	*skip = false;
	if (chain->name.scope.kind != SCOPE_COMMUNITY || !goes(line)) {
		return true;
	}
	if (!erase_is(node, line->entity, line->id, skip, err)) {
		return false;
	}
#ifdef LINLI_PLANT_LATE_BODY_KEPT
	return true;
#endif
	return !*skip || add_due(node, &at, entity, line->id, err);
}

/* ---- what lines say is erased ------------------------------------- */

/* What a line of the entities erasure and erasure_done puts; empty if it does not. */
struct naming {
	struct view target, lines;
};

static bool is_naming(const struct line *line)
{
	return view_is(line->entity, ERASURE) || view_is(line->entity, ERASURE_DONE);
}

static bool read_naming(struct naming *out, const struct line *line, struct err *err)
{
	struct view entity, id;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];

		if (change->op == LINE_PUT && change->value.kind == VALUE_TEXT) {
			if (view_is(change->field, "target")) {
				out->target = change->value.text;
			} else if (view_is(change->field, "lines")) {
				out->lines = change->value.text;
			}
		}
	}
	if (out->target.len == 0) {
		return out->lines.len == 0 ||
			err_set(err, ERR_VALUE, "names of erased lines, but of no record");
	}
	return erase_target_split(out->target, &entity, &id) ||
		err_set(err, ERR_VALUE, "not a record to be erased");
}

static bool add_erased(struct node *node, struct view target, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO erased (entity, id, unmerged) VALUES (?1, ?2, 0) "
		"ON CONFLICT (entity, id) DO NOTHING");
	struct view entity, id;

	if (!erase_target_split(target, &entity, &id)) {
		return err_set(err, ERR_VALUE, "not a record to be erased");
	}
	stmt_text_at(stmt, 1, entity);
	stmt_text_at(stmt, 2, id);
	return stmt_run(stmt, err);
}

/* Where a naming line stands. */
struct naming_at {
	struct node *node;
	uint32_t chain, seq, n;
};

static bool add_named(void *ctx, const uint8_t hash[32], uint32_t n, struct err *err)
{
	const struct naming_at *at = ctx;
	struct stmt *stmt = db_prepare(at->node->db,
		"INSERT INTO erased_line (bundle, n, chain, seq, line) VALUES (?1, ?2, ?3, ?4, ?5) "
		"ON CONFLICT (bundle, n) DO NOTHING");

	stmt_blob_at(stmt, 1, hash, 32);
	stmt_int_at(stmt, 2, n);
	stmt_int_at(stmt, 3, at->chain);
	stmt_int_at(stmt, 4, at->seq);
	stmt_int_at(stmt, 5, at->n);
	return stmt_run(stmt, err);
}

bool erase_note(struct node *node, const struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, struct err *err)
{
	struct naming_at at = { node, chain->number, seq, n };
	struct naming naming;

	if (chain->name.scope.kind != SCOPE_COMMUNITY || !is_naming(line)) {
		return true;
	}
	if (!read_naming(&naming, line, err)) {
		return false;
	}
	return naming.target.len == 0 ||
		(add_erased(node, naming.target, err) &&
			(naming.lines.len == 0 ||
				erase_names_each(naming.lines, add_named, &at, err)));
}

/* ---- erased bundles ----------------------------------------------- */

/* Which lines of a bundle its orders name. */
struct covering {
	const struct bundle *bundle;
	bool *covered; /* by line */
	size_t added, total;
};

static bool cover(void *ctx, const uint8_t hash[32], uint32_t n, struct err *err)
{
	struct covering *covering = ctx;
	const struct bundle *bundle = covering->bundle;
	uint8_t leaf[32];

	(void)err;
	if (memcmp(hash, bundle->sha256, sizeof(bundle->sha256)) == 0 && n <= bundle->line_count &&
		!covering->covered[n - 1] && bundle_line_erased(bundle->lines[n - 1], leaf)) {
		covering->covered[n - 1] = true;
		covering->added++;
		covering->total++;
	}
	return true;
}

/* Does ${order} name lines, by a device that may? */
static bool read_order(struct node *node, const struct bundle_order *order, struct arena *arena,
	struct naming *naming, struct err *err)
{
	const struct bundle_facts *facts = &order->facts;
	bool own = memcmp(order->signer, key_public(node->key), sizeof(order->signer)) == 0;
	struct line line;

	if (!own &&
		!trust_may_write(node, &facts->chain, facts->seq, facts->community, order->signer,
			err)) {
		return err_wrap(err, "who ordered it");
	}
	if (!line_parse(&line, arena, order->line, err)) {
		return err_wrap(err, "what was ordered");
	}
	return (is_naming(&line) && read_naming(naming, &line, err) && naming->target.len != 0 &&
		       naming->lines.len != 0) ||
		err_set(err, ERR_FORMAT, "an order that names nothing");
}

/* Is the attachment here, or among those of ${bundle}? */
static bool file_came(struct node *node, const struct bundle *bundle, struct view hex)
{
	struct err ignored;
	uint8_t hash[32];
	struct oid oid;
	size_t i;

	for (i = 0; hex_decode(hash, sizeof(hash), hex) && i < bundle->file_count; i++) {
		if (memcmp(bundle->files[i].sha256, hash, sizeof(hash)) == 0) {
			return true;
		}
	}
	return file_find(node, hex, &oid, &ignored);
}

/* Whoever passes an erased bundle on may leave out no other attachment. */
static bool files_complete(struct node *node, const struct bundle *bundle, struct arena *arena,
	struct err *err)
{
	size_t i, k;

	for (i = 0; i < bundle->line_count; i++) {
		const struct entity *entity;
		uint8_t leaf[32];
		struct line line;

		if (bundle_line_erased(bundle->lines[i], leaf)) {
			continue;
		}
		if (!line_parse(&line, arena, bundle->lines[i], err)) {
			return err_wrap(err, "line %zu", i + 1);
		}
		entity = model_entity(node->model, line.entity);
		for (k = 0; entity != NULL && k < line.change_count; k++) {
			const struct change *change = &line.changes[k];
			const struct field *field = entity_field(entity, change->field);

			if (field != NULL && field->type == FIELD_FILE && change->op != LINE_OUT &&
				change->value.kind == VALUE_TEXT &&
				!file_came(node, bundle, change->value.text)) {
				return err_set(err, ERR_HASH, "line %zu: an attachment is missing",
					i + 1);
			}
		}
	}
	return true;
}

/* Every order names an erased line that those before did not; ${note}: and notes its record. */
static bool read_orders(struct node *node, struct covering *covering, bool note,
	struct arena *arena, struct err *err)
{
	const struct bundle *bundle = covering->bundle;
	struct naming naming;
	size_t i;

	for (i = 0; i < bundle->order_count; i++) {
		covering->added = 0;
		if (!read_order(node, &bundle->orders[i], arena, &naming, err) ||
			!erase_names_each(naming.lines, cover, covering, err) ||
			(note && !add_erased(node, naming.target, err))) {
			return false;
		}
		if (covering->added == 0) {
			return err_set(err, ERR_FORMAT, "an order for no line of the bundle");
		}
	}
	return true;
}

static bool orders_hold(struct node *node, const struct bundle *bundle, bool note,
	struct err *err)
{
	struct covering covering = { .bundle = bundle };
	struct arena arena = { 0 };
	bool ok;

	covering.covered = calloc(bundle->line_count, sizeof(*covering.covered));
	if (covering.covered == NULL) {
		return err_nomem(err);
	}
	ok = read_orders(node, &covering, note, &arena, err) &&
		(covering.total == bundle->erased_count ||
			err_set(err, ERR_SCOPE, "%zu lines are gone and nobody has ordered it",
				bundle->erased_count - covering.total)) &&
		files_complete(node, bundle, &arena, err);
	free(covering.covered);
	arena_clear(&arena);
	return ok;
}

bool erase_orders_hold(struct node *node, const struct bundle *bundle, struct err *err)
{
	return !bundle->erased || orders_hold(node, bundle, false, err);
}

bool erase_same_line(struct view a, struct view b)
{
	uint8_t x[SHA256_BYTES], y[SHA256_BYTES];

	if (view_equal(a, b)) {
		return true;
	}
	if (!bundle_line_erased(a, x)) {
		merkle_leaf_hash(x, a.data, a.len);
	}
	if (!bundle_line_erased(b, y)) {
		merkle_leaf_hash(y, b.data, b.len);
	}
	return memcmp(x, y, sizeof(x)) == 0;
}

/* An erased line comes to the place of draft ${kept}, which was merged. */
static bool draft_came(struct node *node, const struct merge_origin *at, struct view kept,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM erase_due WHERE chain = ?1 AND seq = ?2 AND n = ?3");
	uint8_t leaf[SHA256_BYTES];

	if (bundle_line_erased(kept, leaf)) {
		return true;
	}
	stmt_int_at(stmt, 1, at->chain);
	stmt_int_at(stmt, 2, at->seq);
	stmt_int_at(stmt, 3, at->n);
	return stmt_run(stmt, err) &&
		(db_changes(node->db) != 0 ||
			err_set(err, ERR_FORK, "a change that is here is erased as another's"));
}

/* Drafts at the place of ${bundle}: what is erased of them is due no more, it is gone. */
static bool drafts_came(struct node *node, uint32_t number, const struct bundle *bundle,
	struct err *err)
{
	const struct chain *chain = chain_by_number(node, number);
	struct merge_origin at = { number, bundle->facts.seq, 1, SCOPE_COMMUNITY };
	struct buf drafts = { 0 };
	uint8_t leaf[SHA256_BYTES];
	struct cursor cursor;
	bool ok;

	if (bundle->facts.seq <= chain->head) {
		return true;
	}
	ok = chain_changes(node, chain, bundle->facts.seq, &drafts, err);
	cursor = cursor_of(drafts.data, drafts.len);
	for (; ok && cursor_left(&cursor) != 0 && at.n <= bundle->line_count; at.n++) {
		struct view kept = cursor_until(&cursor, '\n'), line = bundle->lines[at.n - 1];

		ok = !bundle_line_erased(line, leaf) || !erase_same_line(kept, line) ||
			draft_came(node, &at, kept, err);
	}
	buf_clear(&drafts);
	return ok;
}

bool erase_accept(struct node *node, uint32_t chain, const struct bundle *bundle, struct err *err)
{
	return !bundle->erased ||
		(orders_hold(node, bundle, true, err) && erase_unmerge(node, err) &&
			drafts_came(node, chain, bundle, err));
}

/* ---- out of their records ----------------------------------------- */

/* Where the lines of the loaded record stand in the community's own scope. */
static bool own_scope_lines(const struct table *table, struct buf *out, struct err *err)
{
	struct merge_origin origin;
	size_t i;

	for (i = 0; i < record_line_count(table->record); i++) {
		record_line(table->record, i, &origin);
		if (origin.scope == SCOPE_COMMUNITY) {
			buf_add(out, &origin, sizeof(origin));
		}
	}
	return buf_ok(out, err);
}

/* Take the lines at ${origins} that are to go out of record ${id}. */
static bool unmerge_lines(struct node *node, const struct table *table, const struct record_id *id,
	const struct buf *origins, struct err *err)
{
	const struct entity *entity = table->entity;
	struct line_reader reader = { .node = node };
	struct arena arena = { 0 };
	struct merge_origin origin;
	bool ok = true;
	size_t at;

	for (at = 0; ok && at < origins->len; at += sizeof(origin)) {
		struct view text;
		struct line line;

		memcpy(&origin, origins->data + at, sizeof(origin));
		arena_reset(&arena);
		ok = line_reader_get(&reader, &origin, &text, err) &&
			line_parse(&line, &arena, text, err);
		if (ok && goes(&line)) {
			ok = unmerge_line(node, &origin, entity, id, err) &&
				add_due(node, &origin, entity->name, line.id, err);
		}
	}
	line_reader_clear(&reader);
	arena_clear(&arena);
	return ok;
}

static bool unmerge_record(struct node *node, struct view entity, struct view id, struct err *err)
{
	struct table *table = node_table(node, entity);
	struct buf origins = { 0 };
	struct record_id record;
	struct loaded at;
	bool ok;

	if (table == NULL || !record_id_parse(&record, id, table->entity->slug_ids)) {
		return true; /* no such record can be here */
	}
	arena_reset(&node->arena);
	ok = table_load(node, table, &record, &at, err) && own_scope_lines(table, &origins, err) &&
		moves_apart_own(node, table->entity, &record, &origins, err) &&
		handover_forget(node, table->entity, &record, err) &&
		unmerge_lines(node, table, &record, &origins, err);
	buf_clear(&origins);
	return ok;
}

/* Copy one record that is not looked at yet: "<entity>" and "<id>", each with its NUL. */
static bool next_noted(struct node *node, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT entity, id FROM erased WHERE unmerged = 0 LIMIT 1");
	bool row;

	buf_reset(out);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row) {
		buf_view(out, stmt_get_text(stmt, 0));
		buf_byte(out, '\0');
		buf_view(out, stmt_get_text(stmt, 1));
		buf_byte(out, '\0');
	}
	stmt_reset(stmt);
	return buf_ok(out, err);
}

bool erase_unmerge(struct node *node, struct err *err)
{
	struct stmt *done = db_prepare(node->db,
		"UPDATE erased SET unmerged = 1 WHERE entity = ?1 AND id = ?2");
	struct buf noted = { 0 };
	bool ok = true;

	do {
		ok = next_noted(node, &noted, err);
		if (ok && noted.len != 0) {
			struct view entity = view_of(buf_str(&noted));
			struct view id = view_of(buf_str(&noted) + entity.len + 1);

			ok = unmerge_record(node, entity, id, err);
			stmt_text_at(done, 1, entity);
			stmt_text_at(done, 2, id);
			ok = ok && stmt_run(done, err) &&
				fact_set_int(node, ERASE_CONFIRM_FACT, 1, err);
		}
	} while (ok && noted.len != 0);
	buf_clear(&noted);
	return ok;
}

bool erase_due_count(struct node *node, uint64_t *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT count(*) FROM erase_due d JOIN chain c ON c.number = d.chain "
		"WHERE d.seq <= c.head");
	bool row;

	*out = 0;
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	*out = row ? (uint64_t)stmt_get_int(stmt, 0) : 0;
	stmt_reset(stmt);
	return true;
}
