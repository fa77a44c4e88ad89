/*
 * receipts.c -- what the district answers to each bundle; see linli/review.h.
 *
 * A receipt is a record of the entity receipt, in the district's chain to the
 * bundle's community; its id is the first 32 hex digits of the bundle's
 * SHA-256.  slot.told says which bundles have changed since.  Receipts are
 * written only right before drafts are signed, so that no draft of them lies
 * about while other bundles are merged.
 */
#include <string.h>

#include "commit.h"
#include "judge.h"
#include "linli/records.h"
#include "sha256.h"

struct due {
	uint32_t chain, seq;
	uint8_t hash[SHA256_BYTES];
	int64_t lines, applied, waiting, returned;
};

bool receipts_due(struct node *node)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT 1 FROM slot WHERE told = 0 LIMIT 1");
	struct err ignored;
	bool row = true;

	if (!node->district || !stmt_step(stmt, &row, &ignored)) {
		return node->district;
	}
	stmt_reset(stmt);
	return row;
}

static struct record_id receipt_id(const uint8_t hash[SHA256_BYTES])
{
	char text[SLUG_TEXT_BYTES];
	struct record_id id = { 0 };

	hex_encode(text, hash, (SLUG_TEXT_BYTES - 1) / 2);
	id.len = SLUG_TEXT_BYTES - 1;
	memcpy(id.bytes, text, id.len);
	return id;
}

bool receipt_settled(struct node *node, const uint8_t hash[SHA256_BYTES], bool *settled,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM rec_receipt WHERE id = ?1 AND waiting = 0");
	struct record_id id = receipt_id(hash);
	bool ok;

	stmt_text_at(stmt, 1, (struct view){ (const char *)id.bytes, id.len });
	ok = stmt_step(stmt, settled, err);
	stmt_reset(stmt);
	return ok;
}

static bool all_due(struct node *node, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT chain, seq, hash, lines, applied, waiting, returned FROM slot WHERE told = 0 "
		"ORDER BY chain, seq");
	bool row;

	do {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row && stmt_get_blob(stmt, 2).len == SHA256_BYTES) {
			struct due due = { .chain = (uint32_t)stmt_get_int(stmt, 0),
				.seq = (uint32_t)stmt_get_int(stmt, 1),
				.lines = stmt_get_int(stmt, 3), .applied = stmt_get_int(stmt, 4),
				.waiting = stmt_get_int(stmt, 5),
				.returned = stmt_get_int(stmt, 6) };

			memcpy(due.hash, stmt_get_blob(stmt, 2).data, sizeof(due.hash));
			buf_add(out, &due, sizeof(due));
		}
	} while (row);
	return buf_ok(out, err);
}

/* Has the community any conflict at all? */
static bool community_conflicts(struct node *node, const char *community, bool *any, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM conflict WHERE community = ?1 LIMIT 1");
	bool ok;

	stmt_text_at(stmt, 1, view_of(community));
	ok = stmt_step(stmt, any, err);
	stmt_reset(stmt);
	return ok;
}

/* Is the record of ${line} in conflict? */
static bool in_conflict(struct node *node, const struct line *line, bool *conflict, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM conflict WHERE entity = ?1 AND rid = ?2 LIMIT 1");
	struct table *table = node_table(node, line->entity);
	struct record_id id;
	int64_t rid;
	bool ok, row;

	*conflict = false;
	if (table == NULL || !record_id_parse(&id, line->id, table->entity->slug_ids)) {
		return true;
	}
	bind_id(table->select_by_id, 1, table->entity, &id);
	if (!stmt_step(table->select_by_id, &row, err) || !row) {
		return !row;
	}
	rid = stmt_get_int(table->select_by_id, 0);
	stmt_reset(table->select_by_id);
	stmt_text_at(stmt, 1, view_of(table->entity->name));
	stmt_int_at(stmt, 2, rid);
	ok = stmt_step(stmt, conflict, err);
	stmt_reset(stmt);
	return ok;
}

static bool count_conflicts(struct node *node, const struct chain *chain, const struct due *due,
	int64_t *count, struct err *err)
{
	struct line_reader reader = { .node = node };
	bool any, ok = community_conflicts(node, chain->community, &any, err);
	uint32_t n;

	*count = 0;
	for (n = 1; ok && any && n <= due->lines; n++) {
		struct merge_origin origin = { due->chain, due->seq, n, chain->name.scope.kind };
		struct view text;
		struct line line;
		bool conflict;

		arena_reset(&node->arena);
		ok = line_reader_get(&reader, &origin, &text, err) &&
			line_parse(&line, &node->arena, text, err) &&
			in_conflict(node, &line, &conflict, err);
		*count += ok && conflict ? 1 : 0;
	}
	line_reader_clear(&reader);
	return ok;
}

static bool tell(struct node *node, const struct due *due, struct err *err)
{
	struct stmt *told = db_prepare(node->db,
		"UPDATE slot SET told = 1 WHERE chain = ?1 AND seq = ?2");
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("receipt"));
	const struct chain *chain = chain_by_number(node, due->chain);
	struct place place = { .chain = chain->name, .seq = due->seq };
	struct capture_options options = { .into = chain->community };
	struct record_id id = receipt_id(due->hash), made;
	char name[LINE_NAME_TEXT_BYTES], community[SLUG_TEXT_BYTES];
	int64_t conflicts;
	size_t i;

	if (!count_conflicts(node, chain, due, &conflicts, err)) {
		return false;
	}
	place_print(name, &place);
	strcpy(community, chain->community); /* the chain may move while drafts get theirs */
	options.into = community;
	const struct {
		const char *field;
		int64_t value;
	} numbers[] = { { "lines", due->lines }, { "applied", due->applied },
		{ "waiting", due->waiting }, { "returned", due->returned },
		{ "conflicts", conflicts } };
	struct assignment assignments[6] = { { entity_field(entity, VIEW_LITERAL("bundle")),
		ASSIGN_SET, { VALUE_TEXT, 0, view_of(name) } } };

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assignments[i + 1] = (struct assignment){
			entity_field(entity, view_of(numbers[i].field)), ASSIGN_SET,
			{ VALUE_INT, numbers[i].value, { NULL, 0 } } };
	}
	stmt_int_at(told, 1, due->chain);
	stmt_int_at(told, 2, due->seq);
	return capture_put(node, entity, &id, &options, assignments, 6, &made, err) &&
		stmt_run(told, err);
}

bool receipts_write(struct node *node, struct err *err)
{
	struct buf dues = { 0 };
	bool ok = !node->district || all_due(node, &dues, err);
	struct due due;
	size_t i;

	for (i = 0; ok && i < dues.len; i += sizeof(due)) {
		memcpy(&due, dues.data + i, sizeof(due));
		ok = tell(node, &due, err);
	}
	buf_clear(&dues);
	return ok || err_wrap(err, "writing receipts");
}

bool receipt_held(struct node *node, struct bundle_facts *facts, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT c.number FROM chain c JOIN slot s ON s.chain = c.number AND s.seq = c.head "
		"WHERE c.community = 'district' AND c.name LIKE '%/district/' || ?1 "
		"ORDER BY s.received_ms DESC, c.name DESC LIMIT 1");
	const struct chain *chain;
	bool row;

	facts->has_receipt = false;
	if (node->district) {
		return true;
	}
	stmt_text_at(stmt, 1, view_of(node->community));
	if (!stmt_step(stmt, &row, err) || !row) {
		return !row;
	}
	chain = chain_by_number(node, (uint32_t)stmt_get_int(stmt, 0));
	stmt_reset(stmt);
	if (chain != NULL) {
		facts->has_receipt = true;
		facts->receipt_chain = chain->name;
		facts->receipt_seq = chain->head;
		memcpy(facts->receipt_hash, chain->hash, sizeof(facts->receipt_hash));
	}
	return true;
}

/* Is ${seq} of the chain called ${name} in a backup of the district's? */
static bool is_safe(struct node *node, const char *name, uint32_t seq, bool *safe, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM safekeeping WHERE chain = ?1 AND upto >= ?2");
	bool ok;

	stmt_text_at(stmt, 1, view_of(name));
	stmt_int_at(stmt, 2, seq);
	ok = stmt_step(stmt, safe, err);
	stmt_reset(stmt);
	return ok;
}

bool receipt_of(struct node *node, const struct place *place, struct receipt *out, struct err *err)
{
	struct stmt *stmt;
	const struct chain *chain;
	struct record_id id;
	struct slot slot;
	bool row;

	memset(out, 0, sizeof(*out));
	if (!node_refresh(node, err)) {
		return false;
	}
	stmt = db_prepare(node->db,
		"SELECT lines, applied, waiting, returned, conflicts FROM receipt WHERE id = ?1");
	chain = chain_find(node, &place->chain);
	if (chain == NULL || place->seq > chain->head) {
		return true;
	}
	if (!slot_read(node, chain, place->seq, &slot, err)) {
		return false;
	}
	id = receipt_id(slot.hash);
	slot_clear(&slot);
	stmt_text_at(stmt, 1, (struct view){ (const char *)id.bytes, id.len });
	if (!stmt_step(stmt, &row, err) || !row) {
		return !row;
	}
	out->present = true;
	out->lines = (uint32_t)stmt_get_int(stmt, 0);
	out->applied = (uint32_t)stmt_get_int(stmt, 1);
	out->waiting = (uint32_t)stmt_get_int(stmt, 2);
	out->returned = (uint32_t)stmt_get_int(stmt, 3);
	out->conflicts = (uint32_t)stmt_get_int(stmt, 4);
	stmt_reset(stmt);
	return is_safe(node, chain->text, place->seq, &out->backed_up, err);
}

/* Had a bundle of the district's seen bundle ${line}->seq of its chain? */
static bool seen_by_district(struct node *node, const struct merge_origin *line, bool *seen,
	struct err *err)
{
	struct merge_world world = node_world(node);
	const struct chain *chain = chain_by_number(node, line->chain);
	size_t i;

	*seen = false;
	for (i = 0; !*seen && i < node->chain_count; i++) {
		const struct chain *other = &node->chains[i];

		*seen = other->head != 0 && strcmp(other->community, DISTRICT_SLUG) == 0 &&
			scope_equal(&other->name.scope, &chain->name.scope) &&
			world.seen_upto(node, other->number, other->head, line->chain) >= line->seq;
	}
	return world_ok(node, err);
}

bool receipts_confirmed(struct node *node, const struct merge_origin *line, bool *confirmed,
	struct err *err)
{
	const struct chain *chain = chain_by_number(node, line->chain);
	struct receipt receipt;
	struct place place;

	*confirmed = node->district || line->scope == SCOPE_COMMUNITY ||
		strcmp(chain->community, DISTRICT_SLUG) == 0;
	if (*confirmed || line->seq > chain->head) {
		return true;
	}
	place = (struct place){ .chain = chain->name, .seq = line->seq };
	if (!receipt_of(node, &place, &receipt, err)) {
		return false;
	}
	*confirmed = receipt.present && receipt.waiting == 0;
	return receipt.present || seen_by_district(node, line, confirmed, err);
}
