/* record_union.c -- M8: sets of texts; see record.h. */
#include <string.h>

#include "record.h"

/* M8: is the element of the marks from ${at} to ${end} in the set? */
static bool is_present(const struct record *record, size_t at, size_t end,
	const struct merge_world *world)
{
	const struct element *all = record->elements;
	struct state_line mark = { 0 }, other = { 0 };
	size_t i, j;

	for (i = at; i < end; i++) {
		if (!all[i].in) {
			continue;
		}
		mark.chain = all[i].chain;
		mark.seq = all[i].seq;
		mark.n = all[i].n;
		for (j = at; j < end; j++) {
			other.chain = all[j].chain;
			other.seq = all[j].seq;
			other.n = all[j].n;
			if (j != i && had_seen(world, &other, &mark)) {
				break;
			}
		}
		if (j == end) {
			return true;
		}
	}
	return false;
}

size_t element_run(const struct record *record, size_t at)
{
	const struct element *all = record->elements;
	size_t end = at + 1;

	while (end < record->element_count && all[end].field == all[at].field &&
		view_equal(all[end].text, all[at].text)) {
		end++;
	}
	return end;
}

static int compare_element(const struct element *a, const struct element *b)
{
	int order;

	if (a->field != b->field) {
		return a->field < b->field ? -1 : 1;
	}
	order = view_compare(a->text, b->text);
	return order != 0 ? order : (a->chain > b->chain) - (a->chain < b->chain);
}

/* Where ${element} stands or should stand, by halving. */
static size_t element_place(const struct record *record, const struct element *element)
{
	size_t low = 0, high = record->element_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_element(&record->elements[middle], element) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static bool insert_element(struct record *record, size_t at, const struct element *element,
	struct err *err)
{
	struct element *grow = grown(record->elements, record->element_count,
		&record->element_room, sizeof(*grow));

	if (grow == NULL) {
		return err_nomem(err);
	}
	record->elements = grow;
	memmove(grow + at + 1, grow + at, (record->element_count - at) * sizeof(*grow));
	record->element_count++;
	grow[at] = *element;
	grow[at].text = arena_copy(&record->arena, element->text);
	return grow[at].text.data != NULL || err_nomem(err);
}

bool record_element(struct record *record, const struct state_line *line, size_t field,
	const struct change *change, const struct merge_world *world, struct err *err)
{
	struct element element = { .field = (uint16_t)field, .in = change->op == LINE_IN,
		.chain = line->chain, .seq = line->seq, .n = line->n,
		.text = change->value.text };
	size_t at = element_place(record, &element), i;
	struct element *old;
	bool present;

	if (at < record->element_count &&
		compare_element(&record->elements[at], &element) == 0) {
		old = &record->elements[at];
		if (old->seq > line->seq || (old->seq == line->seq && old->n > line->n)) {
			return true;
		}
		old->in = element.in;
		old->seq = element.seq;
		old->n = element.n;
	} else if (!insert_element(record, at, &element, err)) {
		return false;
	}
	while (at > 0 && record->elements[at - 1].field == field &&
		view_equal(record->elements[at - 1].text, element.text)) {
		at--;
	}
	present = is_present(record, at, element_run(record, at), world);
	for (i = at; i < element_run(record, at); i++) {
		record->elements[i].present = present;
	}
	return true;
}

bool record_show_union(struct record *record, size_t field, struct err *err)
{
	struct value value = { VALUE_NULL, 0, { NULL, 0 } };
	const struct element *all = record->elements;
	struct buf text = { 0 };
	bool ok = false;
	size_t i;

	for (i = 0; i < record->element_count; i = element_run(record, i)) {
		if (all[i].field == field && all[i].present) {
			buf_byte(&text, text.len == 0 ? '[' : ',');
			line_string_write(&text, all[i].text);
		}
	}
	if (text.len != 0) {
		buf_byte(&text, ']');
		value.kind = VALUE_TEXT;
		value.text = buf_as_view(&text);
	}
	if (!buf_ok(&text, err)) {
		goto out;
	}
	if (!value_equal(&value, &record->values[field])) {
		if (!record_keep(record, &value, &value, err)) {
			goto out;
		}
		record_show(record, field, &value);
	}
	ok = true;
out:
	buf_clear(&text);
	return ok;
}
