/* review.c -- bundles with lines that wait, as people are shown them; see linli/review.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "line.h"
#include "review.h"
#include "sha256.h"

static const struct {
	const char *name, *zh, *en;
} reasons[HOLD_REASONS] = {
	{ "policy", "按审核规定须先审核", "the policy asks for a look at it first" },
	{ "always", "这类记录一律须审核", "records of this kind are always reviewed" },
	{ "first_bundle", "这台设备的第一个数据包", "it is in the first bundle of this device" },
	{ "deletions", "一次删除过多", "unusually many records are deleted at once" },
	{ "range", "数值超出常理", "a value lies outside what is plausible" },
	{ "check", "不符合核对规则", "it does not pass a check of the model" },
	{ "clock", "改动时间比现在晚一天以上", "it was made more than a day ahead of this clock" },
};

static size_t reason_index(enum hold_reason reason)
{
	size_t i = 0;

	while (i + 1 < HOLD_REASONS && (1U << i) != (unsigned)reason) {
		i++;
	}
	return i;
}

const char *hold_reason_name(enum hold_reason reason)
{
	return reasons[reason_index(reason)].name;
}

const char *hold_reason_sentence(enum hold_reason reason, bool zh)
{
	return zh ? reasons[reason_index(reason)].zh : reasons[reason_index(reason)].en;
}

bool bundle_find(struct node *node, const struct place *place, const struct chain **chain,
	struct slot *slot, struct err *err)
{
	const struct chain *found = chain_find(node, &place->chain);
	char name[LINE_NAME_TEXT_BYTES];

	memset(slot, 0, sizeof(*slot));
	if (found == NULL || place->seq < 1 || place->seq > found->head) {
		place_print(name, place);
		return err_set(err, ERR_NOT_FOUND, ERR_BOTH("没有数据包", "no bundle") " %s", name);
	}
	*chain = found;
	return slot_read(node, found, place->seq, slot, err);
}

/* ---- the list ------------------------------------------------------ */

struct reviewing {
	struct node *node;
	bool (*each)(void *ctx, const struct held_bundle *bundle, struct err *err);
	void *ctx;
};

struct waiting {
	uint32_t chain, seq;
	unsigned reasons;
};

static bool all_waiting(struct node *node, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT h.chain, h.seq, h.reasons FROM held h JOIN slot s "
		"ON s.chain = h.chain AND s.seq = h.seq WHERE h.state = 1 "
		"ORDER BY s.received_ms, h.chain, h.seq");
	struct waiting last = { 0 };
	bool row;

	do {
		struct waiting one;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		one = row ? (struct waiting){ (uint32_t)stmt_get_int(stmt, 0),
				    (uint32_t)stmt_get_int(stmt, 1),
				    (unsigned)stmt_get_int(stmt, 2) } :
			    (struct waiting){ 0 };
		if (last.chain != 0 && (one.chain != last.chain || one.seq != last.seq)) {
			buf_add(out, &last, sizeof(last));
			last.reasons = 0;
		}
		one.reasons |= last.reasons;
		last = one;
	} while (row);
	return buf_ok(out, err);
}

bool review_each(struct node *node,
	bool (*each)(void *ctx, const struct held_bundle *bundle, struct err *err), void *ctx,
	struct err *err)
{
	struct buf rows = { 0 };
	struct waiting one;
	bool ok;
	size_t i;

	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = all_waiting(node, &rows, err);
	for (i = 0; ok && i < rows.len; i += sizeof(one)) {
		struct held_bundle bundle = { 0 };
		struct place place = { 0 };

		memcpy(&one, rows.data + i, sizeof(one));
		place.chain = chain_by_number(node, one.chain)->name;
		place.seq = one.seq;
		bundle.reasons = one.reasons & ((1U << HOLD_REASONS) - 1);
		ok = chains_show(node, &place, &bundle.info, NULL, NULL, err) &&
			each(ctx, &bundle, err);
	}
	node_read_end(node);
	buf_clear(&rows);
	return ok;
}

/* ---- one bundle ---------------------------------------------------- */

bool changes_shown(struct node *node, struct table *table, const struct record_id *id,
	const struct line *line, struct arena *arena, const struct line_change **out,
	size_t *count, struct err *err)
{
	static const enum assign_op ops[] = { [LINE_PUT] = ASSIGN_SET, [LINE_ADD] = ASSIGN_ADD,
		[LINE_IN] = ASSIGN_ADD, [LINE_OUT] = ASSIGN_TAKE };
	struct line_change *changes = arena_alloc(arena,
		(line->change_count + 1) * sizeof(*changes));
	struct loaded at;
	size_t i;

	*count = 0;
	if (changes == NULL) {
		return err_nomem(err);
	}
	if (!table_load(node, table, id, &at, err)) {
		return false;
	}
	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];
		struct line_change *shown = &changes[*count];

		shown->field = entity_field(table->entity, change->field);
		if (shown->field == NULL) {
			continue;
		}
		shown->op = ops[change->op];
		shown->before = *record_value(table->record, shown->field);
		shown->after = change->value;
		if (shown->before.kind == VALUE_TEXT) {
			shown->before.text = arena_copy(arena, shown->before.text);
		}
		(*count)++;
	}
	if (line->has_del) {
		changes[(*count)++] = (struct line_change){ NULL, ASSIGN_SET,
			{ VALUE_BOOL, at.found && !record_alive(table->record), { NULL, 0 } },
			{ VALUE_BOOL, line->del, { NULL, 0 } } };
	}
	*out = changes;
	return true;
}

bool verdict_read(struct node *node, const uint8_t hash[32], uint32_t n, struct arena *arena,
	struct verdict *out, bool *found, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT state, reason, reviewer, second, at, signature FROM verdict WHERE id = ?1");
	struct record_id id = verdict_id(hash, n);
	struct view state;

	memset(out, 0, sizeof(*out));
	stmt_text_at(stmt, 1, (struct view){ (const char *)id.bytes, id.len });
	if (!stmt_step(stmt, found, err) || !*found) {
		return !*found;
	}
	state = stmt_get_text(stmt, 0);
	out->state = view_is(state, "returned") ? LINE_RETURNED :
		view_is(state, "seconded") ? LINE_WAITING : LINE_APPLIED;
	out->reason = arena_copy(arena, stmt_get_text(stmt, 1));
	out->reviewer = arena_copy(arena, stmt_get_text(stmt, 2));
	out->second = arena_copy(arena, stmt_get_text(stmt, 3));
	out->at_ms = stmt_get_int(stmt, 4);
	out->signature = arena_copy(arena, stmt_get_text(stmt, 5));
	stmt_reset(stmt);
	return (out->reason.data != NULL && out->reviewer.data != NULL &&
		       out->second.data != NULL && out->signature.data != NULL) ||
		err_nomem(err);
}

/* Append the state of line ${n}'s record, and the line's own, for the base. */
static bool base_of_line(struct judge *judge, const struct merge_origin *origin, struct buf *text,
	struct err *err)
{
	struct node *node = judge->node;
	struct merge_world world = node_world(node);
	enum scope_kind kind;
	enum line_state state;
	struct table *table;
	struct record_id id;
	struct loaded at;
	struct held held = { 0 };
	uint8_t leaf[SHA256_BYTES];
	struct view raw;
	struct line line;

	arena_reset(&node->arena);
	if (!hold_get(node, origin, &state, &held, err) ||
		!line_reader_get(&judge->reader, origin, &raw, err)) {
		return false;
	}
	buf_printf(text, "%" PRIu32 " %s %u\n", origin->n, line_state_name(state), held.reasons);
	if (bundle_line_erased(raw, leaf)) {
		return buf_ok(text, err);
	}
	if (!line_parse(&line, &node->arena, raw, err)) {
		return false;
	}
	table = node_table(node, line.entity);
	if (table == NULL || !record_id_parse(&id, line.id, table->entity->slug_ids)) {
		return buf_ok(text, err);
	}
	if (!table_load(node, table, &id, &at, err)) {
		return false;
	}
	world.community = at.community;
	for (kind = SCOPE_FEDERATION; at.found && kind < SCOPE_KINDS; kind++) {
		if (!record_hash_text(text, table->record, kind, &world, err)) {
			return false;
		}
	}
	return world_ok(node, err) && buf_ok(text, err);
}

bool review_base(struct node *node, const struct chain *chain, const struct slot *slot,
	char out[65], struct err *err)
{
	struct judge judge = { .node = node, .reader = { .node = node } };
	struct merge_origin origin = { chain->number, slot->seq, 1, chain->name.scope.kind };
	struct buf text = { 0 };
	struct sha256 hash;
	uint8_t digest[SHA256_BYTES];
	bool ok = true;

	sha256_init(&hash);
	sha256_add(&hash, slot->hash, sizeof(slot->hash));
	for (; ok && origin.n <= slot->lines; origin.n++) {
		buf_reset(&text);
		ok = base_of_line(&judge, &origin, &text, err);
		sha256_add(&hash, text.data, text.len);
	}
	sha256_done(digest, &hash);
	hex_encode(out, digest, sizeof(digest));
	buf_clear(&text);
	judge_end(&judge);
	return ok;
}

/* The names of the lines that ${held} waits for, each ended by a NUL. */
static bool waits_named(struct judge *judge, const struct held *held, struct buf *names,
	size_t *count, struct err *err)
{
	struct buf origins = { 0 };
	struct merge_origin origin;
	bool ok = judge_waits_for(judge, held, &origins, err);
	size_t i;

	for (i = 0; ok && i < origins.len; i += sizeof(origin)) {
		char name[LINE_NAME_TEXT_BYTES];
		struct place place;

		memcpy(&origin, origins.data + i, sizeof(origin));
		place = (struct place){ .chain = chain_by_number(judge->node, origin.chain)->name,
			.seq = origin.seq, .n = origin.n };
		place_print(name, &place);
		buf_add(names, name, strlen(name) + 1);
		(*count)++;
	}
	buf_clear(&origins);
	return ok && buf_ok(names, err);
}

/* The returned line that the edit of (record, t) was made to correct; "" if none. */
static bool corrected_by(struct node *node, const struct line *line, const struct chain *chain,
	char out[LINE_NAME_TEXT_BYTES], struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT line FROM correction WHERE at = ?1 AND line LIKE ?2 || '.%' "
		"ORDER BY line LIMIT 1");
	char device[DEVICE_TEXT_BYTES];
	struct view name;
	bool row;

	out[0] = '\0';
	device_id_print(device, chain->name.device);
	stmt_int_at(stmt, 1, line->t);
	stmt_text_at(stmt, 2, view_of(device));
	if (!stmt_step(stmt, &row, err) || !row) {
		return !row;
	}
	name = stmt_get_text(stmt, 0);
	snprintf(out, LINE_NAME_TEXT_BYTES, "%.*s", (int)name.len, name.data);
	stmt_reset(stmt);
	return true;
}

struct showing {
	struct judge judge;
	const struct chain *chain;
	struct slot slot;
	struct arena arena;
	bool (*each)(void *ctx, const struct line_view *line, struct err *err);
	void *ctx;
};

static bool show_line(struct showing *showing, uint32_t n, struct err *err)
{
	struct node *node = showing->judge.node;
	struct merge_origin origin = { showing->chain->number, showing->slot.seq, n,
		showing->chain->name.scope.kind };
	struct line_view view = { .n = n };
	struct buf names = { 0 };
	struct table *table;
	struct record_id id;
	struct held held = { 0 };
	uint8_t leaf[SHA256_BYTES];
	struct view raw;
	struct line line;
	bool ok;

	arena_reset(&node->arena);
	arena_reset(&showing->arena);
	if (!hold_get(node, &origin, &view.state, &held, err) ||
		!verdict_read(node, showing->slot.hash, n, &showing->arena, &view.verdict,
			&view.has_verdict, err)) {
		return false;
	}
	view.reasons = held.reasons & ((1U << HOLD_REASONS) - 1);
	ok = line_reader_get(&showing->judge.reader, &origin, &raw, err);
	view.erased = ok && bundle_line_erased(raw, leaf);
	if (ok && view.erased) {
		view.text = (struct view){ raw.data + 1, raw.len - 1 };
		return showing->each(showing->ctx, &view, err);
	}
	ok = ok && (view.state != LINE_WAITING ||
			   waits_named(&showing->judge, &held, &names, &view.waits_for_count, err));
	ok = ok && line_reader_get(&showing->judge.reader, &origin, &raw, err) &&
		line_parse(&line, &showing->arena, raw, err);
	if (!ok) {
		goto out;
	}
	view.waits_for = buf_str(&names);
	view.text = raw;
	view.t = line.t;
	snprintf(view.id, sizeof(view.id), "%.*s", (int)line.id.len, line.id.data);
	table = node_table(node, line.entity);
	view.entity = table != NULL ? table->entity : NULL;
	ok = table == NULL || !record_id_parse(&id, line.id, table->entity->slug_ids) ||
		changes_shown(node, table, &id, &line, &showing->arena, &view.changes,
			&view.change_count, err);
	ok = ok && corrected_by(node, &line, showing->chain, view.corrects, err) &&
		showing->each(showing->ctx, &view, err);
out:
	buf_clear(&names);
	return ok;
}

bool review_show(struct node *node, const struct place *place, struct held_bundle *bundle,
	char base[65],
	bool (*each)(void *ctx, const struct line_view *line, struct err *err), void *ctx,
	struct err *err)
{
	struct showing showing = { .judge = { .node = node, .reader = { .node = node } },
		.each = each, .ctx = ctx };
	struct buf rows = { 0 };
	bool ok = false;
	uint32_t n;
	size_t i;

	memset(bundle, 0, sizeof(*bundle));
	if (!node_read_begin(node, err)) {
		return false;
	}
	if (!bundle_find(node, place, &showing.chain, &showing.slot, err) ||
		!chains_show(node, place, &bundle->info, NULL, NULL, err) ||
		!review_base(node, showing.chain, &showing.slot, base, err) ||
		!hold_of_bundle(node, showing.chain, place->seq, &rows, err)) {
		goto out;
	}
	for (i = 0; i < rows.len; i += sizeof(struct held)) {
		struct held held;

		memcpy(&held, rows.data + i, sizeof(held));
		bundle->reasons |= held.state == LINE_WAITING ?
			held.reasons & ((1U << HOLD_REASONS) - 1) : 0;
	}
	ok = true;
	for (n = 1; ok && n <= showing.slot.lines; n++) {
		ok = show_line(&showing, n, err);
	}
out:
	node_read_end(node);
	buf_clear(&rows);
	slot_clear(&showing.slot);
	arena_clear(&showing.arena);
	judge_end(&showing.judge);
	return ok;
}
