/*
 * judge_again.c -- lines looked at again after something that they depend on
 * has changed, and after verdicts; see judge.h.
 */
#include <stdlib.h>

#include "judge_private.h"

/* Read a line that stands in its bundle, and whose it is. */
static bool read_held(struct judge *judge, const struct merge_origin *origin, struct line *line,
	struct admitted *admitted, struct err *err)
{
	struct node *node = judge->node;
	const struct chain *chain = chain_by_number(node, origin->chain);
	struct view text;

	judge->reader.node = node;
	arena_reset(&node->arena);
	return line_reader_get(&judge->reader, origin, &text, err) &&
		line_parse(line, &node->arena, text, err) &&
		line_admit(node, chain, line, admitted, err);
}

/* A waiting line, or one that is not returned any more: may it be applied now? */
static bool consider(struct judge *judge, const struct held *held, bool accepted, struct err *err)
{
	struct candidate candidate = { .held = *held, .from = held->state, .accepted = accepted };
	struct node *node = judge->node;
	const struct chain *chain = chain_by_number(node, held->origin.chain);
	struct admitted admitted;
	struct line line;

	if (!read_held(judge, &held->origin, &line, &admitted, err)) {
		return false;
	}
	judge->any = true;
	if (node->district) {
		return judge_apply_or_wait(judge, chain, &line, &admitted, &candidate, err);
	}
	candidate.held.state = LINE_APPLIED;
	return apply_admitted(node, chain, held->origin.seq, held->origin.n, &line, &admitted, err) &&
		hold_move(node, candidate.from, &candidate.held, err);
}

/* An applied line must wait, or is returned. */
static bool take_out(struct judge *judge, const struct held *held, struct err *err)
{
	arena_reset(&judge->node->arena);
	return unmerge_line(judge->node, &held->origin, held->entity, &held->id, err) &&
		judge_hold(judge, LINE_APPLIED, held, FEWER, err);
}

/* Must applied line ${origin} of the record wait now? */
static bool reconsider(struct judge *judge, const struct merge_origin *origin,
	const struct entity *entity, const struct record_id *id, struct err *err)
{
	struct held held = { .origin = *origin, .state = LINE_WAITING, .entity = entity, .id = *id };
	struct dependent dependent = { .origin = *origin };
	struct node *node = judge->node;
	const struct chain *chain = chain_by_number(node, origin->chain);
	struct buf waits = { 0 };
	struct line_verdict verdict;
	struct admitted admitted;
	struct line line;
	bool ok;

	if (!of_community(chain) || origin->seq > chain->head) {
		return true;
	}
	if (!verdict_of(node, origin, &verdict, err) ||
		!read_held(judge, origin, &line, &admitted, err)) {
		return false;
	}
	dependent.t = held.t = line.t;
	dependent.accepted = verdict.accepted;
	ok = judge_waits_in_record(judge, &dependent, entity, id, &waits, err);
	if (ok && waits.len == 0) {
		ok = judge_waits_for_references(judge, origin, entity, &line, false, &waits, err);
		if (ok && waits.len != 0) {
			held.reasons = WAITS_FOR_REFERENCE;
			ok = judge_waits_for_references(
				judge, origin, entity, &line, true, &waits, err);
		}
	}
	if (ok && waits.len != 0) {
		ok = take_out(judge, &held, err);
	}
	buf_clear(&waits);
	return ok;
}

/* Each applied line of the record. */
static bool reconsider_record(struct judge *judge, const struct entity *entity,
	const struct record_id *id, struct err *err)
{
	struct table *table = &judge->node->tables[entity->index];
	struct buf origins = { 0 };
	struct merge_origin origin;
	struct loaded at;
	bool ok;
	size_t i;

	arena_reset(&judge->node->arena);
	ok = table_load(judge->node, table, id, &at, err);
	for (i = 0; ok && i < record_line_count(table->record); i++) {
		record_line(table->record, i, &origin);
		buf_add(&origins, &origin, sizeof(origin));
	}
	ok = ok && buf_ok(&origins, err);
	for (i = 0; ok && i < origins.len; i += sizeof(origin)) {
		memcpy(&origin, origins.data + i, sizeof(origin));
		ok = reconsider(judge, &origin, entity, id, err);
	}
	buf_clear(&origins);
	return ok;
}

/* Look again at the record's own held lines. */
static bool settle_record(struct judge *judge, const struct changed *changed, struct err *err)
{
	struct node *node = judge->node;
	struct buf rows = { 0 };
	bool ok = hold_of_record(node, changed->entity, &changed->id, &rows, err);
	bool reconsidered = false;
	size_t i;

	for (i = 0; ok && i < rows.len; i += sizeof(struct held)) {
		struct line_verdict verdict;
		struct held held;

		memcpy(&held, rows.data + i, sizeof(held));
		if (held.state == LINE_WAITING && (held.reasons & ~WAITS_FOR_REFERENCE) == 0) {
			ok = verdict_of(node, &held.origin, &verdict, err) &&
				consider(judge, &held, verdict.accepted, err);
		}
		if (ok && changed->how != MORE && !reconsidered) {
			reconsidered = true;
			ok = reconsider_record(judge, changed->entity, &changed->id, err);
		}
	}
	buf_clear(&rows);
	return ok;
}

/* The lines that are noted as referring to the record. */
static bool settle_referrals(struct judge *judge, const struct changed *changed, struct err *err)
{
	struct node *node = judge->node;
	struct buf rows = { 0 };
	bool here = false, ok;
	size_t i;

	ok = refer_to(node, changed->entity, &changed->id, &rows, err);
	if (rows.len == 0 || !ok) {
		buf_clear(&rows);
		return ok;
	}
	ok = judge_record_here(node, changed->entity, &changed->id, &here, err);
	for (i = 0; ok && i < rows.len; i += sizeof(struct referral)) {
		struct referral referral;
		struct line_verdict verdict;
		enum line_state state;
		struct admitted admitted;
		struct line line;
		struct held held;

		memcpy(&referral, rows.data + i, sizeof(referral));
		ok = hold_get(node, &referral.origin, &state, &held, err) &&
			(!here || refer_forget(node, referral.entity, &referral.id,
					  &referral.origin, err));
		if (ok && here && state == LINE_WAITING) {
			ok = verdict_of(node, &referral.origin, &verdict, err) &&
				consider(judge, &held, verdict.accepted, err);
		} else if (ok && !here && state == LINE_APPLIED) {
			ok = read_held(judge, &referral.origin, &line, &admitted, err) &&
				reconsider(judge, &referral.origin, admitted.table->entity,
					&admitted.id, err);
		}
	}
	buf_clear(&rows);
	return ok;
}

static int by_record(const void *a, const void *b)
{
	const struct changed *x = a, *y = b;

	if (x->entity != y->entity) {
		return x->entity->index < y->entity->index ? -1 : 1;
	}
	return view_compare((struct view){ (const char *)x->id.bytes, x->id.len },
		(struct view){ (const char *)y->id.bytes, y->id.len });
}

/* Append, as struct changed, the records that refer by ${field} of ${entity} to one of ${gone}. */
static bool referring(struct node *node, const struct entity *entity, const struct field *field,
	const struct buf *gone, struct buf *out, struct err *err)
{
	struct changed changed = { .entity = entity }, key = { .entity = field->reference };
	struct buf sql = { 0 };
	struct stmt *stmt;
	bool row = true, ok;

	buf_printf(&sql,
		field->rule == RULE_UNION ?
			"SELECT r.id, j.value FROM \"rec_%s\" r, json_each(r.\"%s\") j" :
			"SELECT id, \"%s\" FROM \"rec_%s\" WHERE \"%s\" IS NOT NULL",
		field->rule == RULE_UNION ? entity->name : field->name,
		field->rule == RULE_UNION ? field->name : entity->name, field->name);
	ok = buf_ok(&sql, err);
	stmt = db_prepare(node->db, buf_str(&sql));
	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (!ok || !row) {
			break;
		}
		if (field->rule == RULE_UNION) {
			row = record_id_parse(&key.id, stmt_get_text(stmt, 1),
				      field->reference->slug_ids) ||
				row;
		} else {
			key.id = column_id(stmt, 1, field->reference);
		}
		if (bsearch(&key, gone->data, gone->len / sizeof(key), sizeof(key), by_record) !=
			NULL) {
			changed.id = column_id(stmt, 0, entity);
			buf_add(out, &changed, sizeof(changed));
		}
	}
	buf_clear(&sql);
	return ok && buf_ok(out, err);
}

static bool refers_to_any(const struct field *field, const struct buf *gone)
{
	struct changed one;
	size_t i;

	for (i = 0; field->reference != NULL && i < gone->len; i += sizeof(one)) {
		memcpy(&one, gone->data + i, sizeof(one));
		if (one.entity == field->reference) {
			return true;
		}
	}
	return false;
}

/* Records that were here are not any more: what refers to them must wait. */
static bool settle_gone(struct judge *judge, struct err *err)
{
	struct node *node = judge->node;
	struct buf gone = judge->gone, records = { 0 };
	struct changed one;
	bool ok = true;
	size_t i, j;

	judge->gone = (struct buf){ 0 };
	qsort(gone.data, gone.len / sizeof(one), sizeof(one), by_record);
	for (i = 0; ok && i < node->model->entity_count; i++) {
		const struct entity *entity = &node->model->entities[i];

		for (j = 0; ok && j < entity->field_count; j++) {
			ok = !refers_to_any(&entity->fields[j], &gone) ||
				referring(node, entity, &entity->fields[j], &gone, &records, err);
		}
	}
	for (i = 0; ok && i < records.len; i += sizeof(one)) {
		memcpy(&one, records.data + i, sizeof(one));
		ok = reconsider_record(judge, one.entity, &one.id, err);
	}
	buf_clear(&records);
	buf_clear(&gone);
	return ok;
}

/* A line was taken out of the record: is it still here? */
static bool note_gone(struct judge *judge, const struct changed *changed, struct err *err)
{
	bool here;

	if (!judge_record_here(judge->node, changed->entity, &changed->id, &here, err)) {
		return false;
	}
	if (!here) {
		buf_add(&judge->gone, changed, sizeof(*changed));
	}
	return buf_ok(&judge->gone, err);
}

/* ---- verdicts ------------------------------------------------------ */

/* Bring the line that verdict ${id} is of into the state that it says. */
static bool act_on(struct judge *judge, const struct record_id *id, struct err *err)
{
	struct node *node = judge->node;
	struct line_verdict verdict;
	struct merge_origin origin;
	struct admitted admitted;
	enum line_state state;
	struct held held;
	struct line line;
	bool found;

	if (!verdict_place(node, id, &origin, &found, err) || !found) {
		return !found;
	}
	/* Nobody judges the district, nor what only a community itself can read. */
	if (!of_community(chain_by_number(node, origin.chain)) ||
		origin.scope == SCOPE_COMMUNITY) {
		return true;
	}
	if (!verdict_of(node, &origin, &verdict, err) ||
		!hold_get(node, &origin, &state, &held, err)) {
		return false;
	}
	if (verdict.returned && state == LINE_APPLIED) {
		if (!read_held(judge, &origin, &line, &admitted, err)) {
			return false;
		}
		held = (struct held){ .origin = origin, .state = LINE_RETURNED,
			.entity = admitted.table->entity, .id = admitted.id, .t = line.t };
		return take_out(judge, &held, err);
	}
	if (verdict.returned && state == LINE_WAITING) {
		held.state = LINE_RETURNED;
		held.reasons = 0;
		return judge_hold(judge, LINE_WAITING, &held, MORE, err);
	}
	if (verdict.accepted && state == LINE_WAITING) {
		held.reasons = 0;
		return hold_move(node, LINE_WAITING, &held, err) &&
			consider(judge, &held, true, err);
	}
	if (!verdict.returned && state == LINE_RETURNED) {
		held.reasons = node->district && !verdict.accepted ? HOLD_POLICY : 0;
		return consider(judge, &held, verdict.accepted, err);
	}
	return true;
}

/* Receipt ${id} came: where it says that nothing of its bundle waits, that was decided. */
static bool act_on_receipt(struct judge *judge, const struct record_id *id, struct err *err)
{
	struct node *node = judge->node;
	struct merge_origin origin;
	const struct chain *chain;
	struct buf rows = { 0 };
	struct slot slot;
	bool found, settled, ok;
	size_t i;

	if (!slot_by_hash(node, (struct view){ (const char *)id->bytes, id->len }, &origin, &found,
		    err) ||
		!found) {
		return !found;
	}
	chain = chain_by_number(node, origin.chain);
	if (!slot_read(node, chain, origin.seq, &slot, err)) {
		return false;
	}
	ok = receipt_settled(node, slot.hash, &settled, err) &&
		(!settled || hold_of_bundle(node, chain, origin.seq, &rows, err));
	slot_clear(&slot);
	for (i = 0; ok && i < rows.len; i += sizeof(struct held)) {
		struct held held;

		memcpy(&held, rows.data + i, sizeof(held));
		if (held.state == LINE_WAITING && (held.reasons & ~WAITS_FOR_REFERENCE) != 0) {
			held.reasons = 0;
			ok = hold_move(node, LINE_WAITING, &held, err) &&
				consider(judge, &held, true, err);
		}
	}
	buf_clear(&rows);
	return ok;
}

/* Look at what ${changed} may have changed besides. */
static bool settle_changed(struct judge *judge, const struct changed *changed, struct err *err)
{
	return !judge->node->district ||
		(settle_record(judge, changed, err) && settle_referrals(judge, changed, err) &&
			(changed->how != FEWER || note_gone(judge, changed, err)));
}

bool judge_settle(struct judge *judge, struct err *err)
{
	struct node *node = judge->node;
	struct changed changed;
	struct record_id id;
	bool ok = true;

	while (ok) {
		if (node->verdicts.len != 0) {
			node->verdicts.len -= sizeof(id);
			memcpy(&id, node->verdicts.data + node->verdicts.len, sizeof(id));
			ok = act_on(judge, &id, err);
		} else if (node->receipts.len != 0) {
			node->receipts.len -= sizeof(id);
			memcpy(&id, node->receipts.data + node->receipts.len, sizeof(id));
			ok = act_on_receipt(judge, &id, err);
		} else if (judge->changed.len != 0) {
			judge->changed.len -= sizeof(changed);
			memcpy(&changed, judge->changed.data + judge->changed.len,
				sizeof(changed));
			ok = settle_changed(judge, &changed, err);
		} else if (judge->gone.len != 0) {
			ok = settle_gone(judge, err);
		} else {
			break;
		}
	}
	return ok;
}

bool verdicts_settle(struct node *node, struct err *err)
{
	struct judge judge = { .node = node };
	bool ok = (node->verdicts.len == 0 && node->receipts.len == 0) ||
		judge_settle(&judge, err);

	judge_end(&judge);
	return ok;
}

/* Does ${origin}, a held line, wait for another one of its own record? */
static bool waits_in_record(struct judge *judge, const struct merge_origin *origin, bool *waits,
	struct err *err)
{
	struct dependent dependent = { .origin = *origin };
	struct line_verdict verdict;
	enum line_state state;
	struct held held = { 0 };
	struct buf others = { 0 };
	bool ok;

	ok = hold_get(judge->node, origin, &state, &held, err) &&
		verdict_of(judge->node, origin, &verdict, err);
	if (ok) {
		dependent.t = held.t;
		dependent.accepted = verdict.accepted;
		ok = judge_waits_in_record(judge, &dependent, held.entity, &held.id, &others, err);
	}
	*waits = others.len != 0;
	buf_clear(&others);
	return ok;
}

/*
 * ${from} on ${out} holds all held lines of records that are missing.  Leave
 * those that bring a record here: the others wait for these themselves.
 */
static bool keep_founding(struct judge *judge, struct buf *out, size_t from, struct err *err)
{
	struct buf kept = { 0 };
	struct merge_origin origin;
	bool ok = true, waits;
	size_t i;

	for (i = from; ok && i < out->len; i += sizeof(origin)) {
		memcpy(&origin, out->data + i, sizeof(origin));
		ok = waits_in_record(judge, &origin, &waits, err);
		if (ok && !waits) {
			buf_add(&kept, &origin, sizeof(origin));
		}
	}
	ok = ok && buf_ok(&kept, err);
	if (ok && kept.len != 0) {
		memcpy(out->data + from, kept.data, kept.len);
		out->len = from + kept.len;
	}
	buf_clear(&kept);
	return ok;
}

bool judge_waits_for(struct judge *judge, const struct held *held, struct buf *out,
	struct err *err)
{
	struct dependent dependent = { .origin = held->origin, .t = held->t };
	struct line_verdict verdict;
	struct admitted admitted;
	struct line line;
	size_t in_record;

	if (!verdict_of(judge->node, &held->origin, &verdict, err)) {
		return false;
	}
	dependent.accepted = verdict.accepted;
	if (!judge_waits_in_record(judge, &dependent, held->entity, &held->id, out, err)) {
		return false;
	}
	in_record = out->len;
	return read_held(judge, &held->origin, &line, &admitted, err) &&
		judge_waits_for_references(judge, &held->origin, held->entity, &line, false, out,
			err) &&
		keep_founding(judge, out, in_record, err);
}
