/*
 * judge.c -- applied, waiting or returned; see judge.h.
 *
 * A line waits for reasons of its own until a verdict lifts them; and, while
 * they wait or are returned, for
 *   - lines of its record that its maker had seen (of those that are returned,
 *     only where the maker did not know of it);
 *   - where no earlier line of its record is applied, earlier ones that wait for
 *     reasons of their own or are returned: the record would not be here
 *     without them (another scope's lines are not seen in Seen);
 *   - lines without which a record does not exist to which it refers.
 * When a line changes state, its record is looked at again, and so is what
 * refers to it: judge_settle() goes on until nothing changes any more.
 */
#include <stdlib.h>

#include "judge_private.h"

void judge_end(struct judge *judge)
{
	line_reader_clear(&judge->reader);
	buf_clear(&judge->changed);
	buf_clear(&judge->gone);
	buf_clear(&judge->deletions);
	buf_clear(&judge->verdicts);
}

bool judge_has_changed(struct judge *judge, const struct entity *entity,
	const struct record_id *id, enum how how, struct err *err)
{
	struct changed changed = { entity, *id, how };

	buf_add(&judge->changed, &changed, sizeof(changed));
	return buf_ok(&judge->changed, err);
}

/* ---- reasons of a line's own -------------------------------------- */

/* Which entities have unusually many deletions in the bundle? */
static bool count_deletions(struct judge *judge, const struct chain *chain,
	const struct bundle *bundle, struct err *err)
{
	static const char del[] = "\"del\":true}";
	struct node *node = judge->node;
	size_t entities = node->model->entity_count, i, total = 0;
	uint32_t *counts = calloc(entities + 1, sizeof(*counts));
	bool ok = counts != NULL || err_nomem(err);

	buf_reset(&judge->deletions);
	for (i = 0; ok && i < bundle->line_count; i++) {
		struct view text = bundle->lines[i];
		const struct entity *entity;
		struct line line;

		if (text.len < sizeof(del) ||
			memcmp(text.data + text.len - (sizeof(del) - 1), del, sizeof(del) - 1) != 0) {
			continue;
		}
		arena_reset(&node->arena);
		ok = line_parse(&line, &node->arena, text, err);
		entity = ok && line.has_del ? model_entity(node->model, line.entity) : NULL;
		if (entity != NULL) {
			counts[entity->index]++;
			total++;
		}
	}
	for (i = 0; ok && total != 0 && i < entities; i++) {
		bool many = counts[i] > BULK_DELETIONS;

		if (!many && counts[i] >= BULK_DELETIONS_LEAST) {
			struct buf sql = { 0 };
			struct stmt *stmt;
			bool row;

			buf_printf(&sql, "SELECT count(*) FROM \"%s\" WHERE community = ?1",
				node->model->entities[i].name);
			stmt = db_prepare(node->db, buf_str(&sql));
			stmt_text_at(stmt, 1, view_of(chain->community));
			ok = buf_ok(&sql, err) && stmt_step(stmt, &row, err);
			many = ok && row && (int64_t)counts[i] * 100 >
				stmt_get_int(stmt, 0) * BULK_DELETIONS_PERCENT;
			stmt_reset(stmt);
			buf_clear(&sql);
		}
		buf_byte(&judge->deletions, many);
	}
	free(counts);
	return ok && buf_ok(&judge->deletions, err);
}

/* Is bundle ${seq} of ${chain} the first of its device in that scope, in whatever incarnation? */
static bool is_first(const struct node *node, const struct chain *chain, uint32_t seq)
{
	size_t i;

	for (i = 0; seq == 1 && i < node->chain_count; i++) {
		const struct chain *other = &node->chains[i];

		if (other->number != chain->number && other->head != 0 &&
			device_id_equal(other->name.device, chain->name.device) &&
			scope_equal(&other->name.scope, &chain->name.scope)) {
			return false;
		}
	}
	return seq == 1;
}

bool judge_bundle(struct judge *judge, const struct chain *chain, const struct bundle *bundle,
	struct err *err)
{
	struct node *node = judge->node;
	const struct policy *policy;

	judge->judged = node->district && of_community(chain);
	judge->reasons = 0;
	judge->any = judge->judged && hold_any(node);
	judge->refers = judge->judged && refer_any(node);
	buf_reset(&judge->verdicts);
	buf_reset(&judge->deletions);
	if (of_community(chain) && chain->name.scope.kind != SCOPE_COMMUNITY &&
		!verdicts_of(node, chain->name.scope.kind, bundle->sha256, &judge->verdicts, err)) {
		return false;
	}
	if (!judge->judged) {
		return true;
	}
	/* The district has looked at it before: on another device, or before a restore. */
	if (!receipt_settled(node, bundle->sha256, &judge->settled, err)) {
		return false;
	}
	policy = policy_of(node, POLICY_FIRST_BUNDLE, "");
	if (policy != NULL && policy->review && is_first(node, chain, bundle->facts.seq)) {
		judge->reasons = HOLD_FIRST_BUNDLE;
	}
	return count_deletions(judge, chain, bundle, err);
}

/* Does the change lie outside what is plausible for its field? */
static bool implausible(const struct field *field, const struct change *change)
{
	return change->value.kind == VALUE_INT &&
		((field->has_min && change->op == LINE_PUT && change->value.integer < field->min) ||
			(field->has_max && change->value.integer > field->max));
}

static unsigned own_reasons(const struct judge *judge, const struct entity *entity,
	const struct line *line)
{
	const struct node *node = judge->node;
	const struct policy *policy = policy_of(node, entity->name, "");
	unsigned reasons = judge->reasons;
	bool review = policy != NULL && policy->review;
	size_t i;

	for (i = 0; i < line->change_count; i++) {
		const struct field *field = entity_field(entity, line->changes[i].field);
		const struct policy *one = field != NULL ?
			policy_of(node, entity->name, field->name) : NULL;

		review = review || (one != NULL && one->review);
		if (field != NULL && implausible(field, &line->changes[i])) {
			reasons |= HOLD_RANGE;
		}
	}
	reasons |= review ? HOLD_POLICY : 0;
	reasons |= entity->always_reviewed ? HOLD_ALWAYS : 0;
	reasons |= line->has_del && line->del && judge->deletions.len > entity->index &&
			judge->deletions.data[entity->index] != 0 ?
		HOLD_DELETIONS : 0;
	reasons |= clock_too_far(node, line->t) ? HOLD_CLOCK : 0;
	return entity->trust ? 0 : reasons;
}

/* ---- what a line depends on --------------------------------------- */

bool judge_record_here(struct node *node, const struct entity *entity, const struct record_id *id,
	bool *here, struct err *err)
{
	struct stmt *stmt = node->tables[entity->index].select_by_id;
	bool ok;

	bind_id(stmt, 1, entity, id);
	ok = stmt_step(stmt, here, err);
	stmt_reset(stmt);
	return ok;
}

static bool same_line(const struct merge_origin *a, const struct merge_origin *b)
{
	return a->chain == b->chain && a->seq == b->seq && a->n == b->n;
}

static bool had_seen(struct node *node, const struct merge_origin *a, const struct merge_origin *b)
{
	struct merge_world world = node_world(node);

	if (a->chain == b->chain) {
		return a->seq != b->seq ? a->seq > b->seq : a->n > b->n;
	}
	return world.seen_upto(node, a->chain, a->seq, b->chain) >= b->seq;
}

/* The earliest clock of the applied lines of the record; INT64_MAX if there are none. */
static bool earliest_applied(struct judge *judge, const struct entity *entity,
	const struct record_id *id, int64_t *t, struct err *err)
{
	struct node *node = judge->node;
	struct table *table = &node->tables[entity->index];
	struct line_reader reader = { .node = node };
	struct arena arena = { 0 };
	struct merge_origin origin;
	struct loaded at;
	bool ok = table_load(node, table, id, &at, err);
	size_t i;

	*t = INT64_MAX;
	for (i = 0; ok && i < record_line_count(table->record); i++) {
		struct view text;
		struct line line;

		record_line(table->record, i, &origin);
		arena_reset(&arena);
		ok = line_reader_get(&reader, &origin, &text, err) &&
			line_parse(&line, &arena, text, err);
		*t = ok && line.t < *t ? line.t : *t;
	}
	line_reader_clear(&reader);
	arena_clear(&arena);
	return ok;
}

/* Has the community sent something in place of returned line ${origin}? */
static bool corrected(struct node *node, const struct merge_origin *origin, bool *yes,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM correction WHERE line = ?1 AND community = ?2 AND at > 0");
	const struct chain *chain = chain_by_number(node, origin->chain);
	struct place place = { .chain = chain->name, .seq = origin->seq, .n = origin->n };
	char name[LINE_NAME_TEXT_BYTES];
	bool ok;

	place_print(name, &place);
	stmt_text_at(stmt, 1, view_of(name));
	stmt_text_at(stmt, 2, view_of(chain->community));
	ok = stmt_step(stmt, yes, err);
	stmt_reset(stmt);
	return ok;
}

/* Must ${line} wait while ${other}, of the same record, is held? */
static bool waits_for(struct node *node, const struct dependent *line, const struct held *other,
	bool *waits, struct err *err)
{
	bool seen = had_seen(node, &line->origin, &other->origin), known = false;
	bool founds = !line->founded && other->t < line->t;

	*waits = false;
	if (!world_ok(node, err)) {
		return false;
	}
	if (other->state == LINE_WAITING) {
		*waits = seen || (founds && other->reasons != 0);
		return true;
	}
	if (line->accepted || (!seen && !founds)) {
		return true;
	}
	if (!verdict_known(node, &line->origin, &other->origin, &known, err) ||
		(!known && !corrected(node, &other->origin, &known, err))) {
		return false;
	}
	*waits = !known;
	return true;
}

/* The held lines of record ${id} for which ${line} must wait: struct merge_origin. */
bool judge_waits_in_record(struct judge *judge, struct dependent *line,
	const struct entity *entity, const struct record_id *id, struct buf *out, struct err *err)
{
	struct buf rows = { 0 };
	int64_t earliest = INT64_MAX;
	bool ok;
	size_t i;

	ok = hold_of_record(judge->node, entity, id, &rows, err) &&
		(rows.len == 0 || earliest_applied(judge, entity, id, &earliest, err));
	line->founded = earliest < line->t;
	for (i = 0; ok && i < rows.len; i += sizeof(struct held)) {
		struct held other;
		bool waits;

		memcpy(&other, rows.data + i, sizeof(other));
		if (same_line(&other.origin, &line->origin)) {
			continue;
		}
		ok = waits_for(judge->node, line, &other, &waits, err);
		if (ok && waits) {
			buf_add(out, &other.origin, sizeof(other.origin));
		}
	}
	buf_clear(&rows);
	return ok && buf_ok(out, err);
}

/* The record that ${change} refers to; false if it refers to none. */
static bool referred(const struct entity *entity, const struct change *change,
	const struct entity **to, struct record_id *id)
{
	const struct field *field = entity_field(entity, change->field);

	*to = field != NULL && field->type == FIELD_REFERENCE && change->op != LINE_OUT &&
			change->value.kind == VALUE_TEXT ?
		field->reference : NULL;
	return *to != NULL && record_id_parse(id, change->value.text, (*to)->slug_ids);
}

/*
 * Of the records that ${line} refers to, those that are not here: note that it
 * does; and the held lines for want of which they are not.
 */
bool judge_waits_for_references(struct judge *judge, const struct merge_origin *origin,
	const struct entity *entity, const struct line *line, bool note, struct buf *out,
	struct err *err)
{
	struct node *node = judge->node;
	struct record_id id;
	bool here;
	size_t i, at, before;

	for (i = 0; i < line->change_count; i++) {
		struct referral referral = { .origin = *origin };
		struct buf rows = { 0 };
		bool ok;

		if (!referred(entity, &line->changes[i], &referral.entity, &id) ||
			(referral.entity->scopes & ~(1U << SCOPE_COMMUNITY)) == 0) {
			continue;
		}
		if (!judge_record_here(node, referral.entity, &id, &here, err)) {
			return false;
		}
		if (here) {
			continue;
		}
		referral.id = id;
		before = out->len;
		ok = hold_of_record(node, referral.entity, &id, &rows, err);
		for (at = 0; ok && at < rows.len; at += sizeof(struct held)) {
			struct held held;

			memcpy(&held, rows.data + at, sizeof(held));
			if (!same_line(&held.origin, origin)) {
				buf_add(out, &held.origin, sizeof(held.origin));
			}
		}
		buf_clear(&rows);
		referral.waits = out->len > before;
		judge->refers = judge->refers || note;
		if (!ok || !buf_ok(out, err) || (note && !refer_add(node, &referral, err))) {
			return false;
		}
	}
	return true;
}

/* ---- states -------------------------------------------------------- */

/* Hold a line that was ${from}. */
bool judge_hold(struct judge *judge, enum line_state from, const struct held *held,
	enum how how, struct err *err)
{
	judge->any = true;
	return hold_move(judge->node, from, held, err) &&
		judge_has_changed(judge, held->entity, &held->id, how, err);
}

/* Do the model's sentences hold for the record? */
static bool checks_hold(struct node *node, const struct entity *entity, const struct record_id *id,
	bool *hold, struct err *err)
{
	struct buf sql = { 0 };
	bool ok = true, row;
	size_t i;

	*hold = true;
	for (i = 0; ok && *hold && i < entity->check_count; i++) {
		struct stmt *stmt;

		buf_reset(&sql);
		buf_printf(&sql, "SELECT coalesce((%s), 1) FROM \"%s\" WHERE id = ?1",
			entity->checks[i].sql, entity->name);
		stmt = db_prepare(node->db, buf_str(&sql));
		bind_id(stmt, 1, entity, id);
		ok = buf_ok(&sql, err) && stmt_step(stmt, &row, err);
		*hold = ok && (!row || stmt_get_int(stmt, 0) != 0);
		stmt_reset(stmt);
	}
	buf_clear(&sql);
	return ok;
}

/* Apply a line; one after which a sentence of the model is not true waits instead. */
static bool apply_checked(struct judge *judge, const struct chain *chain, const struct line *line,
	const struct admitted *admitted, struct candidate *candidate, bool *holds,
	struct err *err)
{
	struct held *held = &candidate->held;
	const struct entity *entity = admitted->table->entity;

	if (!apply_admitted(judge->node, chain, held->origin.seq, held->origin.n, line, admitted,
		    err)) {
		return false;
	}
	*holds = true;
	if (candidate->accepted || entity->check_count == 0) {
		return true;
	}
	if (!checks_hold(judge->node, entity, &admitted->id, holds, err)) {
		return false;
	}
	if (*holds) {
		return true;
	}
	held->state = LINE_WAITING;
	held->reasons = HOLD_CHECK;
	return unmerge_line(judge->node, &held->origin, entity, &admitted->id, err);
}

/* Apply a line that nothing holds, or let it wait. */
bool judge_apply_or_wait(struct judge *judge, const struct chain *chain, const struct line *line,
	const struct admitted *admitted, struct candidate *candidate, struct err *err)
{
	struct held *held = &candidate->held;
	const struct entity *entity = admitted->table->entity;
	struct dependent dependent = { .origin = held->origin, .t = held->t,
		.accepted = candidate->accepted };
	struct buf waits = { 0 };
	size_t in_record;
	bool ok, holds, was_here = true;

	ok = !judge->any ||
		judge_waits_in_record(judge, &dependent, entity, &admitted->id, &waits, err);
	in_record = waits.len;
	ok = ok && judge_waits_for_references(judge, &held->origin, entity, line, true, &waits, err);
	held->reasons &= ~WAITS_FOR_REFERENCE;
	held->reasons |= waits.len > in_record ? WAITS_FOR_REFERENCE : 0;
	held->state = held->reasons == 0 && waits.len == 0 ? LINE_APPLIED : LINE_WAITING;
	buf_clear(&waits);
	if (ok && held->state == LINE_APPLIED) {
		ok = (!judge->refers ||
			     judge_record_here(judge->node, entity, &admitted->id, &was_here, err)) &&
			apply_checked(judge, chain, line, admitted, candidate, &holds, err);
	}
	if (!ok) {
		return false;
	}
	if (held->state == LINE_WAITING) {
		return candidate->from == LINE_WAITING ?
			hold_move(judge->node, candidate->from, held, err) :
			judge_hold(judge, candidate->from, held, candidate->fresh ? HELD : MORE, err);
	}
	/* Of a new line there is no row that would go. */
	if (!candidate->fresh && !hold_move(judge->node, candidate->from, held, err)) {
		return false;
	}
	return (was_here && (candidate->fresh || !judge->any)) ||
		judge_has_changed(judge, entity, &admitted->id, MORE, err);
}

/* A correction came: what waits for the returned line that it answers need not any more. */
static bool note_correction(struct judge *judge, const struct line *line, struct err *err)
{
	struct node *node = judge->node;
	enum line_state state;
	struct place place;
	struct held held;
	size_t i;

	for (i = 0; i < line->change_count; i++) {
		const struct chain *chain;

		if (!view_is(line->changes[i].field, "line") ||
			!place_parse(&place, line->changes[i].value.text) ||
			(chain = chain_find(node, &place.chain)) == NULL) {
			continue;
		}
		struct merge_origin origin = { chain->number, place.seq, place.n,
			place.chain.scope.kind };

		if (!hold_get(node, &origin, &state, &held, err)) {
			return false;
		}
		if (state == LINE_RETURNED && held.entity != NULL) {
			return judge_has_changed(judge, held.entity, &held.id, MORE, err);
		}
	}
	return true;
}

bool judge_line(struct judge *judge, const struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, struct err *err)
{
	struct candidate candidate = { .fresh = true, .from = LINE_APPLIED };
	struct line_verdict key = { .n = n };
	const struct line_verdict *verdict = NULL;
	struct admitted admitted;

	if (!line_admit(judge->node, chain, line, &admitted, err)) {
		return false;
	}
	if (judge->verdicts.len != 0) {
		verdict = bsearch(&key, judge->verdicts.data, judge->verdicts.len / sizeof(key),
			sizeof(key), line_verdict_by_n);
	}
	candidate.held = (struct held){ .origin = { chain->number, seq, n, chain->name.scope.kind },
		.entity = admitted.table->entity, .id = admitted.id, .t = line->t };
	if (verdict != NULL && verdict->returned) {
		candidate.held.state = LINE_RETURNED;
		/* In a store that was put back from a copy it may count as the draft it was. */
		return (!device_id_equal(chain->name.device, judge->node->device) ||
			       unmerge_line(judge->node, &candidate.held.origin,
				       admitted.table->entity, &admitted.id, err)) &&
			judge_hold(judge, LINE_APPLIED, &candidate.held, HELD, err);
	}
	if (!judge->judged) {
		return apply_admitted(judge->node, chain, seq, n, line, &admitted, err);
	}
	candidate.accepted = judge->settled || (verdict != NULL && verdict->accepted);
	candidate.held.reasons = candidate.accepted ? 0 :
		own_reasons(judge, admitted.table->entity, line);
	return judge_apply_or_wait(judge, chain, line, &admitted, &candidate, err) &&
		(!admitted.table->entity->trust || !view_is(line->entity, "correction") ||
			note_correction(judge, line, err));
}
