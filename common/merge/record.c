/* record.c -- the fold of lines into a record; see merge.h and record.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

#define FIRST_ROOM 16

struct record *record_new(void)
{
	return calloc(1, sizeof(struct record));
}

void record_free(struct record *record)
{
	if (record != NULL) {
		free(record->lines);
		free(record->candidates);
		free(record->elements);
		arena_clear(&record->arena);
		free(record);
	}
}

void record_reset(struct record *record, const struct entity *entity)
{
	assert(entity->field_count <= MODEL_MAX_FIELDS);
	record->entity = entity;
	arena_reset(&record->arena);
	record->line_count = record->candidate_count = record->element_count = 0;
	record->parts = record->deleting = record->dead = 0;
	record->shown_changed = 0;
	record->changed = false;
	memset(record->values, 0, entity->field_count * sizeof(record->values[0]));
}

void *grown(void *array, size_t count, size_t *room, size_t size)
{
	size_t more = *room == 0 ? FIRST_ROOM : *room * 2;
	void *larger;

	if (count < *room) {
		return array;
	}
	larger = more <= SIZE_MAX / size ? realloc(array, more * size) : NULL;
	*room = larger != NULL ? more : *room;
	return larger;
}

bool unknown_chain(uint32_t chain, struct err *err)
{
	return err_set(err, ERR_STORE, "a record has a line of chain %u, which is not known",
		(unsigned)chain);
}

bool stands_later(const struct state_line *a, const struct state_line *b)
{
	return a->seq != b->seq ? a->seq > b->seq : a->n > b->n;
}

bool had_seen(const struct merge_world *world, const struct state_line *a,
	const struct state_line *b)
{
	if (a->chain == b->chain) {
		return stands_later(a, b);
	}
	return world->seen_upto(world->ctx, a->chain, a->seq, b->chain) >= b->seq;
}

int64_t clamped(wide_int total)
{
	return total > INT64_MAX ? INT64_MAX : total < INT64_MIN ? INT64_MIN : (int64_t)total;
}

const struct state_line *record_mark(const struct record *record, size_t field, uint32_t chain)
{
	size_t i;

	for (i = 0; i < record->line_count; i++) {
		if (record->lines[i].chain == chain && (record->lines[i].marks >> field & 1) != 0) {
			return &record->lines[i];
		}
	}
	return NULL;
}

void record_show(struct record *record, size_t field, const struct value *value)
{
	if (!value_equal(&record->values[field], value)) {
		record->values[field] = *value;
		record->shown_changed |= (uint64_t)1 << field;
	}
}

/* --- the rules of fields that are put --- */

struct contender {
	const struct candidate *candidate;
	const struct state_line *line;
	struct merge_chain chain;
};

static int by_time(const struct contender *a, const struct contender *b)
{
	int order;

	if (a->line->t != b->line->t) {
		return a->line->t < b->line->t ? -1 : 1;
	}
#ifndef LINLI_PLANT_TIE_WITHOUT_DEVICE
	order = memcmp(a->chain.device.bytes, b->chain.device.bytes, DEVICE_BYTES);
	if (order != 0) {
		return order;
	}
	if (a->chain.incarnation != b->chain.incarnation) {
		return a->chain.incarnation < b->chain.incarnation ? -1 : 1;
	}
#endif
	if (a->line->seq != b->line->seq) {
		return a->line->seq < b->line->seq ? -1 : 1;
	}
	if (a->line->n != b->line->n) {
		return a->line->n < b->line->n ? -1 : 1;
	}
	/* One place in two chains of a device: only the value can tell. */
	order = value_compare(&a->candidate->value, &b->candidate->value);
	return order;
}

/* How far along the model's order of states; unknown ones come first. */
static size_t progress(const struct field *field, const struct value *value)
{
	size_t i;

	for (i = 0; value->kind == VALUE_TEXT && i < field->member_count; i++) {
		if (view_is(value->text, field->members[i].name)) {
			return 1 + i + (field->members[i].terminal ? field->member_count : 0);
		}
	}
	return 0;
}

/* Positive: ${a} is to be shown rather than ${b}. */
static int by_rule(const struct field *field, const struct contender *a,
	const struct contender *b, const struct merge_world *world)
{
	const struct value *of_a = &a->candidate->value, *of_b = &b->candidate->value;
	size_t far_a, far_b;
	int own;

	switch (field->rule) {
	case RULE_FIRST: /* M2 */
		return -by_time(a, b);
	case RULE_OWNER: /* M3 */
		own = 0;
		if (world->community != NULL && world->community[0] != '\0') {
			own = (strcmp(a->chain.community, world->community) == 0) -
				(strcmp(b->chain.community, world->community) == 0);
		}
		return own != 0 ? own : by_time(a, b);
	case RULE_FORWARD: /* M4 */
		far_a = progress(field, of_a);
		far_b = progress(field, of_b);
		return far_a != far_b ? (far_a > far_b ? 1 : -1) : by_time(a, b);
	case RULE_MAX: /* M5; null comes first in the order of values */
		return value_compare(of_a, of_b);
	case RULE_MIN: /* M6 */
		if (of_a->kind == VALUE_NULL || of_b->kind == VALUE_NULL) {
			return value_compare(of_a, of_b);
		}
		return -value_compare(of_a, of_b);
	default: /* M1, M9 */
		return by_time(a, b);
	}
}

/* The candidates of ${field}: from *first, as many as are returned. */
static size_t candidates_of(const struct record *record, size_t field, size_t *first)
{
	size_t at = 0, end;

	while (at < record->candidate_count && record->candidates[at].field < field) {
		at++;
	}
	for (end = at; end < record->candidate_count && record->candidates[end].field == field;) {
		end++;
	}
	*first = at;
	return end - at;
}

static bool settle_field(struct record *record, size_t field, const struct merge_world *world,
	struct err *err)
{
	static const struct value nothing = { VALUE_NULL, 0, { NULL, 0 } };
	struct contender best = { 0 }, next;
	size_t first, count = candidates_of(record, field, &first), i;

	if (count <= 1) {
		record_show(record, field, count == 0 ? &nothing : &record->candidates[first].value);
		return true;
	}
	for (i = first; i < first + count; i++) {
		next.candidate = &record->candidates[i];
		next.line = record_mark(record, field, next.candidate->chain);
		if (!world->chain(world->ctx, next.candidate->chain, &next.chain)) {
			return unknown_chain(next.candidate->chain, err);
		}
		if (i == first || by_rule(&record->entity->fields[field], &next, &best, world) > 0) {
			best = next;
		}
	}
	record_show(record, field, &best.candidate->value);
	return true;
}

/* Fields of rule owner with more than one candidate: they ask for the community. */
static bool settle_owned(struct record *record, const struct merge_world *world, struct err *err)
{
	const struct candidate *candidates = record->candidates;
	size_t i;

	for (i = 1; i < record->candidate_count; i++) {
		if (candidates[i].field == candidates[i - 1].field &&
			record->entity->fields[candidates[i].field].rule == RULE_OWNER &&
			!settle_field(record, candidates[i].field, world, err)) {
			return false;
		}
	}
	return true;
}

bool record_settle(struct record *record, const struct merge_world *world, struct err *err)
{
	record->shown_changed = 0;
	return settle_owned(record, world, err);
}

bool record_keep(struct record *record, const struct value *value, struct value *out,
	struct err *err)
{
	*out = *value;
	if (value->kind == VALUE_TEXT) {
		out->text = arena_copy(&record->arena, value->text);
		if (out->text.data == NULL) {
			return err_nomem(err);
		}
	}
	return true;
}

static bool add_candidate(struct record *record, size_t field, uint32_t chain,
	const struct value *value, struct err *err)
{
	size_t at = record->candidate_count;
	struct candidate *grow = grown(record->candidates, at, &record->candidate_room,
		sizeof(*grow));

	if (grow == NULL) {
		return err_nomem(err);
	}
	record->candidates = grow;
	while (at > 0 && (grow[at - 1].field > field ||
				 (grow[at - 1].field == field && grow[at - 1].chain > chain))) {
		at--;
	}
	memmove(grow + at + 1, grow + at, (record->candidate_count - at) * sizeof(*grow));
	record->candidate_count++;
	grow[at].field = (uint16_t)field;
	grow[at].chain = chain;
	return record_keep(record, value, &grow[at].value, err);
}

static void drop_candidate(struct record *record, size_t field, uint32_t chain)
{
	struct candidate *all = record->candidates;
	size_t i;

	for (i = 0; i < record->candidate_count; i++) {
		if (all[i].field == field && all[i].chain == chain) {
			record->candidate_count--;
			memmove(all + i, all + i + 1, (record->candidate_count - i) * sizeof(*all));
			return;
		}
	}
}

/* The line at ${at} puts ${value} into ${field}. */
static bool apply_put(struct record *record, size_t at, size_t field, const struct value *value,
	const struct merge_world *world, struct err *err)
{
	uint64_t bit = (uint64_t)1 << field;
	struct state_line *line = &record->lines[at], *other, *own = NULL;
	bool superseded = false;
	size_t i;

	for (i = 0; i < record->line_count; i++) {
		other = &record->lines[i];
		if ((other->marks & bit) != 0 && other->chain == line->chain) {
			own = other;
		}
	}
	if (own != NULL && stands_later(own, line)) {
		return true;
	}
	if (own != NULL) {
		own->marks &= ~bit;
		drop_candidate(record, field, own->chain);
	}
	for (i = 0; i < record->line_count; i++) {
		other = &record->lines[i];
		if ((other->marks & bit) == 0) {
			continue;
		}
		superseded |= had_seen(world, other, line);
		if (had_seen(world, line, other)) {
			drop_candidate(record, field, other->chain);
#ifdef LINLI_PLANT_TRANSITIVE_SEEN
			other->marks &= ~bit;
#endif
		}
	}
	line->marks |= bit;
	if (!superseded && !add_candidate(record, field, line->chain, value, err)) {
		return false;
	}
	return settle_field(record, field, world, err);
}

static void apply_add(struct record *record, size_t field, int64_t n)
{
	struct value value = { VALUE_INT, 0, { NULL, 0 } };

	if (record->values[field].kind == VALUE_NULL) {
		record->totals[field] = 0;
	}
	record->totals[field] += n;
	value.integer = clamped(record->totals[field]);
	record_show(record, field, &value);
}

/* --- a line --- */

/* The field that ${name} names, looked for from *at on as they are in order. */
static bool find_field(const struct entity *entity, struct view name, size_t *at)
{
	size_t i;

	for (i = 0; i < entity->field_count; i++) {
		*at = *at < entity->field_count ? *at : 0;
		if (view_is(name, entity->fields[*at].name)) {
			return true;
		}
		++*at;
	}
	return false;
}

static bool apply_changes(struct record *record, size_t at, const struct line *line,
	const struct merge_world *world, struct err *err)
{
	const struct change *change;
	uint64_t unions = 0;
	size_t i, field = 0;

	for (i = 0; i < line->change_count; i++) {
		change = &line->changes[i];
		if (!find_field(record->entity, change->field, &field)) {
			return err_set(err, ERR_MODEL_NEWER, "a line with an unknown field");
		}
		if (change->op == LINE_PUT) {
			if (!apply_put(record, at, field, &change->value, world, err)) {
				return false;
			}
		} else if (change->op == LINE_ADD) {
			apply_add(record, field, change->value.integer);
		} else {
			unions |= (uint64_t)1 << field;
			if (!record_element(record, &record->lines[at], field, change, world, err)) {
				return false;
			}
		}
	}
	for (field = 0; unions >> field != 0; field++) {
		if ((unions >> field & 1) != 0 && !record_show_union(record, field, err)) {
			return false;
		}
	}
	return settle_owned(record, world, err);
}

static int compare_line(const struct state_line *line, const struct merge_origin *origin)
{
	if (line->chain != origin->chain) {
		return line->chain < origin->chain ? -1 : 1;
	}
	if (line->seq != origin->seq) {
		return line->seq < origin->seq ? -1 : 1;
	}
	return (line->n > origin->n) - (line->n < origin->n);
}

/* Where a line of ${origin} stands or should stand, by halving. */
static size_t line_place(const struct record *record, const struct merge_origin *origin)
{
	size_t low = 0, high = record->line_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_line(&record->lines[middle], origin) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static bool insert_line(struct record *record, size_t at, const struct merge_origin *origin,
	const struct line *line, struct err *err)
{
	struct state_line *grow = grown(record->lines, record->line_count, &record->line_room,
		sizeof(*grow));

	if (grow == NULL) {
		return err_nomem(err);
	}
	record->lines = grow;
	memmove(grow + at + 1, grow + at, (record->line_count - at) * sizeof(*grow));
	record->line_count++;
	grow[at] = (struct state_line){ .chain = origin->chain, .seq = origin->seq,
		.n = origin->n, .scope = (uint8_t)origin->scope, .t = line->t };
	record->parts |= 1U << origin->scope;
	if (line->has_del) {
		grow[at].deletion = line->del ? DELETED : TAKEN_BACK;
		record->deleting |= 1U << origin->scope;
	}
	return true;
}

bool record_apply(struct record *record, const struct merge_origin *origin,
	const struct line *line, const struct merge_world *world, struct err *err)
{
	size_t at = line_place(record, origin);
	unsigned bit = 1U << origin->scope;

	assert(origin->seq >= 1 && origin->n >= 1 && line->t >= 1);
	record->shown_changed = 0;
	record->changed = at == record->line_count ||
		compare_line(&record->lines[at], origin) != 0;
	if (!record->changed) {
		return settle_owned(record, world, err);
	}
	if (!insert_line(record, at, origin, line, err) ||
		!apply_changes(record, at, line, world, err)) {
		return false;
	}
	if ((record->deleting & bit) != 0) {
		record->dead &= ~bit;
		record->dead |= record_judge(record, origin->scope, world).dead ? bit : 0;
	}
	return true;
}

/* --- what a record is --- */

bool record_changed(const struct record *record)
{
	return record->changed;
}

bool record_field_changed(const struct record *record, const struct field *field)
{
	return (record->shown_changed >> field->index & 1) != 0;
}

const struct value *record_value(const struct record *record, const struct field *field)
{
	return &record->values[field->index];
}

unsigned record_parts(const struct record *record)
{
	return record->parts;
}

unsigned record_alive_parts(const struct record *record)
{
	return record->parts & ~record->dead;
}

bool record_alive(const struct record *record)
{
	return record_alive_parts(record) != 0;
}

size_t record_line_count(const struct record *record)
{
	return record->line_count;
}

void record_line(const struct record *record, size_t index, struct merge_origin *out)
{
	const struct state_line *line = &record->lines[index];

	*out = (struct merge_origin){ line->chain, line->seq, line->n,
		(enum scope_kind)line->scope };
}
