/* record_report.c -- conflicts and the text for state hashes; see merge.h. */
#include <string.h>

#include "record.h"

/* Conflicts as they are gathered, in the record's arena. */
struct report {
	struct merge_conflict *conflicts;
	size_t count;
};

static int by_origin(const struct merge_candidate *a, const struct merge_candidate *b)
{
	int order = memcmp(a->device.bytes, b->device.bytes, DEVICE_BYTES);

	if (order != 0) {
		return order;
	}
	if (a->incarnation != b->incarnation) {
		return a->incarnation < b->incarnation ? -1 : 1;
	}
	if (a->origin.seq != b->origin.seq) {
		return a->origin.seq < b->origin.seq ? -1 : 1;
	}
	if (a->origin.n != b->origin.n) {
		return a->origin.n < b->origin.n ? -1 : 1;
	}
	/* One place in two chains of a device: what it says, and when. */
	order = value_compare(&a->value, &b->value);
	return order != 0 ? order : (a->t > b->t) - (a->t < b->t);
}

/* Put a candidate among the ${count} that are there already, in order. */
static bool add_candidate(struct merge_candidate *all, size_t count, const struct value *value,
	const struct state_line *line, const struct merge_world *world, struct err *err)
{
	struct merge_candidate next = { .value = *value, .t = line->t,
		.origin = { line->chain, line->seq, line->n, (enum scope_kind)line->scope } };
	struct merge_chain chain;

	if (!world->chain(world->ctx, line->chain, &chain)) {
		return unknown_chain(line->chain, err);
	}
	next.device = chain.device;
	next.incarnation = chain.incarnation;
	while (count > 0 && by_origin(&all[count - 1], &next) > 0) {
		all[count] = all[count - 1];
		count--;
	}
	all[count] = next;
	return true;
}

static bool report_field(struct record *record, size_t first, size_t end,
	const struct merge_world *world, struct report *report, struct err *err)
{
	const struct candidate *all = record->candidates;
	const struct field *field = &record->entity->fields[all[first].field];
	struct merge_candidate *out;
	bool differ = false;
	size_t i;

	for (i = first + 1; i < end; i++) {
		differ |= !value_equal(&all[i].value, &all[first].value);
	}
	if (!differ || field->rule == RULE_MAX || field->rule == RULE_MIN) {
		return true;
	}
	out = arena_alloc(&record->arena, (end - first) * sizeof(*out));
	if (out == NULL) {
		return err_nomem(err);
	}
	for (i = first; i < end; i++) {
		if (!add_candidate(out, i - first, &all[i].value,
			    record_mark(record, all[i].field, all[i].chain), world, err)) {
			return false;
		}
	}
	report->conflicts[report->count++] = (struct merge_conflict){ .field = field,
		.rule = field->rule, .scope = field->scope, .open = field->rule == RULE_REVIEW,
		.shown = record->values[all[first].field], .candidates = out,
		.candidate_count = end - first };
	return true;
}

static bool report_delete(struct record *record, enum scope_kind scope,
	const struct merge_world *world, struct report *report, struct err *err)
{
	struct value value;
	struct merge_candidate *out;
	size_t i, count = 0;

#ifdef LINLI_PLANT_CONFLICT_UNTOLD
	return true;
#endif
	if ((record->deleting >> scope & 1) == 0 ||
		!record_judge(record, scope, world).conflict) {
		return true;
	}
	for (i = 0; i < record->line_count; i++) {
		count += record->lines[i].scope == scope && record->lines[i].judged != 0;
	}
	out = arena_alloc(&record->arena, count * sizeof(*out));
	if (out == NULL) {
		return err_nomem(err);
	}
	for (i = 0, count = 0; i < record->line_count; i++) {
		if (record->lines[i].scope != scope || record->lines[i].judged == 0) {
			continue;
		}
		value = (struct value){ 0 };
		if ((record->lines[i].judged & MAXIMAL) != 0) {
			value.kind = VALUE_BOOL;
			value.integer = record->lines[i].deletion == DELETED;
		}
		if (!add_candidate(out, count++, &value, &record->lines[i], world, err)) {
			return false;
		}
	}
	report->conflicts[report->count++] = (struct merge_conflict){ .rule = RULE_DELETE,
		.scope = scope, .shown = { VALUE_BOOL, 0, { NULL, 0 } }, .candidates = out,
		.candidate_count = count };
	return true;
}

/* Fields with several candidates: no more can be in conflict. */
static size_t count_contested(const struct record *record)
{
	const struct candidate *all = record->candidates;
	size_t i, count = 0;

	for (i = 1; i < record->candidate_count; i++) {
		count += all[i].field == all[i - 1].field &&
			(i == 1 || all[i].field != all[i - 2].field);
	}
	return count;
}

bool record_conflicts(struct record *record, const struct merge_world *world,
	const struct merge_conflict **out, size_t *count, struct err *err)
{
	const struct candidate *all = record->candidates;
	size_t contested = count_contested(record), first, end;
	struct report report = { 0 };
	unsigned scope;

	*out = NULL;
	*count = 0;
	if (contested == 0 && record->deleting == 0) {
		return true;
	}
	report.conflicts = arena_alloc(&record->arena,
		(contested + SCOPE_KINDS) * sizeof(*report.conflicts));
	if (report.conflicts == NULL) {
		return err_nomem(err);
	}
	for (first = 0; first < record->candidate_count; first = end) {
		for (end = first + 1; end < record->candidate_count &&
			all[end].field == all[first].field;) {
			end++;
		}
		if (end - first > 1 && !report_field(record, first, end, world, &report, err)) {
			return false;
		}
	}
	for (scope = 0; scope < SCOPE_KINDS; scope++) {
		if (!report_delete(record, (enum scope_kind)scope, world, &report, err)) {
			return false;
		}
	}
	*out = report.conflicts;
	*count = report.count;
	return true;
}

/*
 *   alive | deleted
 *   <field>=<value>                                    each that is not null
 *   ?<field>, or ? for delete, and its rule's number   each conflict, with
 *   <device>.<incarnation>@<seq>#<n>=<value>           each candidate
 *
 * One line each; values in canonical JSON, so that no line end is in them.
 */
static void hash_conflict(struct buf *out, const struct merge_conflict *conflict)
{
	char device[DEVICE_TEXT_BYTES];
	const struct merge_candidate *candidate;
	size_t i;

	buf_printf(out, "?%s M%d\n", conflict->field != NULL ? conflict->field->name : "",
		(int)conflict->rule + 1);
	for (i = 0; i < conflict->candidate_count; i++) {
		candidate = &conflict->candidates[i];
		device_id_print(device, candidate->device);
		buf_printf(out, "%s.%u@%u#%u=", device, (unsigned)candidate->incarnation,
			(unsigned)candidate->origin.seq, (unsigned)candidate->origin.n);
		value_write(out, &candidate->value);
		buf_byte(out, '\n');
	}
}

bool record_hash_text(struct buf *out, struct record *record, enum scope_kind scope,
	const struct merge_world *world, struct err *err)
{
	const struct merge_conflict *conflicts;
	const struct field *field;
	size_t count, i;

	if ((record->parts >> scope & 1) == 0) {
		return true;
	}
	if (!record_conflicts(record, world, &conflicts, &count, err)) {
		return false;
	}
	buf_text(out, (record->dead >> scope & 1) != 0 ? "deleted\n" : "alive\n");
	for (i = 0; i < record->entity->field_count; i++) {
		field = &record->entity->fields[i];
		if (field->scope == scope && record->values[i].kind != VALUE_NULL) {
			buf_text(out, field->name);
			buf_byte(out, '=');
			value_write(out, &record->values[i]);
			buf_byte(out, '\n');
		}
	}
	for (i = 0; i < count; i++) {
		if (conflicts[i].scope == scope) {
			hash_conflict(out, &conflicts[i]);
		}
	}
	return buf_ok(out, err);
}
