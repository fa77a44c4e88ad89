/* merge_reference.c -- see merge_reference.h. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "merge_reference.h"

static const struct reference_line *line_at(const struct reference_set *set, size_t at)
{
	return &set->lines[at];
}

/* Had the bundle of line ${a} seen line ${b}? */
static bool saw(const struct reference_set *set, size_t a, size_t b)
{
	struct merge_origin x = line_at(set, a)->origin, y = line_at(set, b)->origin;

	if (x.chain == y.chain) {
		return x.seq > y.seq || (x.seq == y.seq && x.n > y.n);
	}
	return set->world->seen_upto(set->world->ctx, x.chain, x.seq, y.chain) >= y.seq;
}

static bool same_text(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool named(struct view text, const char *name)
{
	return text.len == strlen(name) && memcmp(text.data, name, text.len) == 0;
}

static int text_order(struct view a, struct view b)
{
	size_t i;

	for (i = 0; i < a.len && i < b.len; i++) {
		if (a.data[i] != b.data[i]) {
			return (unsigned char)a.data[i] < (unsigned char)b.data[i] ? -1 : 1;
		}
	}
	return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

static bool same_value(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind) {
		return false;
	}
	switch (a->kind) {
	case VALUE_NULL:
		return true;
	case VALUE_TEXT:
		return same_text(a->text, b->text);
	default:
		return a->integer == b->integer;
	}
}

const struct value *reference_put(const struct reference_set *set, size_t at,
	const struct field *field)
{
	const struct line *line = line_at(set, at)->line;
	size_t i;

	for (i = 0; i < line->change_count; i++) {
		if (line->changes[i].op == LINE_PUT && named(line->changes[i].field, field->name)) {
			return &line->changes[i].value;
		}
	}
	return NULL;
}

static struct merge_chain chain_of(const struct reference_set *set, size_t at)
{
	struct merge_chain chain;
	bool known = set->world->chain(set->world->ctx, line_at(set, at)->origin.chain, &chain);

	assert(known);
	(void)known;
	return chain;
}

/* Device, incarnation, seq, n. */
static int place_order(const struct reference_set *set, size_t a, size_t b)
{
	struct merge_chain x = chain_of(set, a), y = chain_of(set, b);
	struct merge_origin p = line_at(set, a)->origin, q = line_at(set, b)->origin;
	int order = memcmp(x.device.bytes, y.device.bytes, DEVICE_BYTES);

	if (order != 0) {
		return order;
	}
	if (x.incarnation != y.incarnation) {
		return x.incarnation < y.incarnation ? -1 : 1;
	}
	if (p.seq != q.seq) {
		return p.seq < q.seq ? -1 : 1;
	}
	return p.n == q.n ? 0 : p.n < q.n ? -1 : 1;
}

/* For lines of one place in two chains of a device. */
static int value_order(const struct value *a, const struct value *b)
{
	if (a == NULL || b == NULL) {
		return 0;
	}
	if (a->kind != b->kind) {
		return a->kind < b->kind ? -1 : 1;
	}
	if (a->kind == VALUE_TEXT) {
		return text_order(a->text, b->text);
	}
	return a->integer == b->integer ? 0 : a->integer < b->integer ? -1 : 1;
}

static bool later(const struct reference_set *set, const struct field *field, size_t a, size_t b)
{
	int64_t t = line_at(set, a)->line->t, u = line_at(set, b)->line->t;
	int order;

	if (t != u) {
		return t > u;
	}
	order = place_order(set, a, b);
	if (order == 0) {
		order = value_order(reference_put(set, a, field), reference_put(set, b, field));
	}
	return order > 0;
}

static bool own(const struct reference_set *set, size_t at)
{
	const char *community = set->world->community;

	return community != NULL && community[0] != '\0' &&
		strcmp(chain_of(set, at).community, community) == 0;
}

/* 0 for null, then 1, 2, ... along the states, and 100 more for a final one. */
static int steps(const struct field *field, const struct value *value)
{
	int i, count = (int)field->member_count;

	for (i = 0; i < count; i++) {
		if (value->kind == VALUE_TEXT && named(value->text, field->members[i].name)) {
			return i + 1 + (field->members[i].terminal ? 100 : 0);
		}
	}
	return 0;
}

static bool wins(const struct reference_set *set, const struct field *field, size_t a, size_t b)
{
	const struct value *x = reference_put(set, a, field), *y = reference_put(set, b, field);

	switch (field->rule) {
	case RULE_FIRST:
		return !later(set, field, a, b);
	case RULE_OWNER:
		return own(set, a) != own(set, b) ? own(set, a) : later(set, field, a, b);
	case RULE_FORWARD:
		return steps(field, x) != steps(field, y) ? steps(field, x) > steps(field, y) :
							   later(set, field, a, b);
	case RULE_MAX:
	case RULE_MIN:
		if (x->kind == VALUE_NULL || y->kind == VALUE_NULL) {
			return y->kind == VALUE_NULL;
		}
		return field->rule == RULE_MAX ? x->integer > y->integer : x->integer < y->integer;
	default:
		return later(set, field, a, b);
	}
}

/* Edits, then deletes taken back, then deletes. */
static int delete_order(const struct line *a, const struct line *b)
{
	return (a->has_del ? 1 + a->del : 0) - (b->has_del ? 1 + b->del : 0);
}

/* What stands at one place in two chains of a device is sorted by what it says. */
static void sort_lines(const struct reference_set *set, const struct field *field,
	size_t *lines, size_t count)
{
	size_t i, j, swap;
	int order;

	for (i = 0; i < count; i++) {
		for (j = i + 1; j < count; j++) {
			order = place_order(set, lines[i], lines[j]);
			if (order == 0 && field != NULL) {
				order = value_order(reference_put(set, lines[i], field),
					reference_put(set, lines[j], field));
			} else if (order == 0) {
				order = delete_order(line_at(set, lines[i])->line,
					line_at(set, lines[j])->line);
			}
			if (order == 0 && field != NULL) {
				order = line_at(set, lines[i])->line->t >
					line_at(set, lines[j])->line->t;
			}
			if (order > 0) {
				swap = lines[i];
				lines[i] = lines[j];
				lines[j] = swap;
			}
		}
	}
}

static void add_conflict(struct reference_state *out, const struct reference_set *set,
	const struct field *field, enum scope_kind scope, const size_t *lines, size_t count)
{
	struct reference_conflict *conflict = &out->conflicts[out->conflict_count++];

	assert(out->conflict_count <= REFERENCE_MAX_CONFLICTS);
	conflict->field = field;
	conflict->scope = scope;
	conflict->open = field != NULL && field->rule == RULE_REVIEW;
	memcpy(conflict->lines, lines, count * sizeof(*lines));
	conflict->count = count;
	sort_lines(set, field, conflict->lines, count);
}

static void fold_put(struct reference_state *out, const struct reference_set *set,
	const struct field *field)
{
	size_t candidates[REFERENCE_MAX_LINES], count = 0, i, j, best;
	bool superseded, differ = false;

	for (i = 0; i < set->count; i++) {
		superseded = reference_put(set, i, field) == NULL;
		for (j = 0; j < set->count && !superseded; j++) {
			superseded = j != i && reference_put(set, j, field) != NULL &&
				saw(set, j, i);
		}
		if (!superseded) {
			candidates[count++] = i;
		}
	}
	if (count == 0) {
		return;
	}
	best = candidates[0];
	for (i = 1; i < count; i++) {
		best = wins(set, field, candidates[i], best) ? candidates[i] : best;
		differ |= !same_value(reference_put(set, candidates[i], field),
			reference_put(set, candidates[0], field));
	}
	out->values[field->index] = *reference_put(set, best, field);
	if (differ && field->rule != RULE_MAX && field->rule != RULE_MIN) {
		add_conflict(out, set, field, field->scope, candidates, count);
	}
}

static void fold_sum(struct reference_state *out, const struct reference_set *set,
	const struct field *field)
{
	__extension__ __int128 total = 0;
	bool touched = false;
	size_t i, j;

	for (i = 0; i < set->count; i++) {
		const struct line *line = line_at(set, i)->line;

		for (j = 0; j < line->change_count; j++) {
			if (line->changes[j].op == LINE_ADD &&
				named(line->changes[j].field, field->name)) {
				total += line->changes[j].value.integer;
				touched = true;
			}
		}
	}
	if (touched) {
		total = total > INT64_MAX ? INT64_MAX : total < INT64_MIN ? INT64_MIN : total;
		out->values[field->index] = (struct value){ VALUE_INT, (int64_t)total,
			{ NULL, 0 } };
	}
}

/* 1: line ${at} puts the element in; -1: takes it out; 0: neither. */
static int touches(const struct reference_set *set, size_t at, const struct field *field,
	struct view element)
{
	const struct line *line = line_at(set, at)->line;
	size_t i;

	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];

		if ((change->op == LINE_IN || change->op == LINE_OUT) &&
			named(change->field, field->name) &&
			same_text(change->value.text, element)) {
			return change->op == LINE_IN ? 1 : -1;
		}
	}
	return 0;
}

static bool element_in(const struct reference_set *set, const struct field *field,
	struct view element)
{
	bool superseded;
	size_t i, j;

	for (i = 0; i < set->count; i++) {
		superseded = touches(set, i, field, element) != 1;
		for (j = 0; j < set->count && !superseded; j++) {
			superseded = j != i && touches(set, j, field, element) != 0 &&
				saw(set, j, i);
		}
		if (!superseded) {
			return true;
		}
	}
	return false;
}

/* The least element of ${field} that is greater than ${than}, if any. */
static bool next_element(const struct reference_set *set, const struct field *field,
	const struct view *than, struct view *next)
{
	bool found = false;
	size_t i, j;

	for (i = 0; i < set->count; i++) {
		const struct line *line = line_at(set, i)->line;

		for (j = 0; j < line->change_count; j++) {
			struct view text = line->changes[j].value.text;

			if (line->changes[j].op >= LINE_IN &&
				named(line->changes[j].field, field->name) &&
				(than == NULL || text_order(text, *than) > 0) &&
				(!found || text_order(text, *next) < 0)) {
				*next = text;
				found = true;
			}
		}
	}
	return found;
}

static void fold_union(struct reference_state *out, const struct reference_set *set,
	const struct field *field)
{
	char *text = out->texts[field->index];
	struct view element, before;
	size_t len = 0, i;
	bool more;

	for (more = next_element(set, field, NULL, &element); more;
		before = element, more = next_element(set, field, &before, &element)) {
		if (!element_in(set, field, element)) {
			continue;
		}
		text[len] = len == 0 ? '[' : ',';
		len++;
		text[len++] = '"';
		for (i = 0; i < element.len; i++) {
			if (element.data[i] == '"') {
				text[len++] = '\\';
			}
			text[len++] = element.data[i];
		}
		text[len++] = '"';
		assert(len < REFERENCE_TEXT_BYTES - 16);
	}
	if (len != 0) {
		text[len++] = ']';
		out->values[field->index] = (struct value){ VALUE_TEXT, 0, { text, len } };
	}
}

static bool is_edit(const struct reference_set *set, size_t at, enum scope_kind scope)
{
	return line_at(set, at)->origin.scope == scope && !line_at(set, at)->line->has_del;
}

static bool is_del(const struct reference_set *set, size_t at, enum scope_kind scope, bool del)
{
	return line_at(set, at)->origin.scope == scope && line_at(set, at)->line->has_del &&
		line_at(set, at)->line->del == del;
}

static bool is_maximal(const struct reference_set *set, size_t at, enum scope_kind scope)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		if (i != at && line_at(set, i)->origin.scope == scope &&
			line_at(set, i)->line->has_del && saw(set, i, at)) {
			return false;
		}
	}
	return true;
}

/* Does the edit ${at} keep its part alive though it is deleted? */
static bool keeps(const struct reference_set *set, size_t at, enum scope_kind scope)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		if (is_del(set, i, scope, true) &&
			(saw(set, i, at) || (is_maximal(set, i, scope) && saw(set, at, i)))) {
			return false;
		}
	}
	return is_edit(set, at, scope);
}

static bool first_of_chain(const struct reference_set *set, size_t at, const size_t *lines,
	size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (line_at(set, lines[i])->origin.chain == line_at(set, at)->origin.chain &&
			saw(set, at, lines[i])) {
			return false;
		}
	}
	return true;
}

static void fold_delete(struct reference_state *out, const struct reference_set *set,
	enum scope_kind scope)
{
	size_t maximal[REFERENCE_MAX_LINES], keepers[REFERENCE_MAX_LINES];
	size_t maximal_count = 0, keeper_count = 0, i;
	bool deleted = false, taken_back = false;

	for (i = 0; i < set->count; i++) {
		if (line_at(set, i)->origin.scope != scope) {
			continue;
		}
		out->parts |= 1U << scope;
		if (line_at(set, i)->line->has_del && is_maximal(set, i, scope)) {
			maximal[maximal_count++] = i;
			deleted |= line_at(set, i)->line->del;
			taken_back |= !line_at(set, i)->line->del;
		}
		if (keeps(set, i, scope)) {
			keepers[keeper_count++] = i;
		}
	}
	if (!deleted || taken_back || keeper_count != 0) {
		out->alive |= out->parts & 1U << scope;
	}
	if (deleted && taken_back) {
		add_conflict(out, set, NULL, scope, maximal, maximal_count);
	} else if (deleted && keeper_count != 0) {
		for (i = 0; i < keeper_count; i++) {
			if (first_of_chain(set, keepers[i], keepers, keeper_count)) {
				maximal[maximal_count++] = keepers[i];
			}
		}
		add_conflict(out, set, NULL, scope, maximal, maximal_count);
	}
}

void reference_fold(struct reference_state *out, const struct reference_set *set)
{
	const struct field *field;
	unsigned scope;
	size_t i;

	assert(set->count <= REFERENCE_MAX_LINES);
	memset(out->values, 0, sizeof(out->values));
	out->parts = out->alive = 0;
	out->conflict_count = 0;
	for (i = 0; i < set->entity->field_count; i++) {
		field = &set->entity->fields[i];
		if (field->rule == RULE_SUM) {
			fold_sum(out, set, field);
		} else if (field->rule == RULE_UNION) {
			fold_union(out, set, field);
		} else {
			fold_put(out, set, field);
		}
	}
	for (scope = 0; scope < SCOPE_KINDS; scope++) {
		fold_delete(out, set, (enum scope_kind)scope);
	}
}
