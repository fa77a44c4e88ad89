/*
 * record_blob.c -- a record's state as bytes, beside its shown values.
 *
 *   byte     0x10 | scopes that are deleted (bits 0 to 2)
 *   varint   chains; for each, by rising number:
 *     varint   (number - the one before, of the first its number) << 2 | scope
 *     varint   lines; for each, by rising seq and n:
 *       varint   (seq - the one before) << 3 | deletion << 1 | has marks
 *       varint   n, within one seq less the one before
 *       zigzag   t less the last t written, if it has marks or deletes
 *       varint   marks, if it has any: bit i for field i of the entity
 *   for each field with marks of several lines, in order, for each mark:
 *     byte     0 superseded, 1 the shown value, else a value: 2 null,
 *              3 false, 4 true, 5 an integer (zigzag), 6 a text (varint, bytes)
 *   for each field of rule sum shown as the least or greatest int64, in order:
 *     u64be    upper, u64be lower half of the total
 *   for each field of rule union, in order:
 *     varint   elements; for each, by rising text:
 *       varint   0 the next one that is shown, else 1 + length and the text
 *       varint   marks; for each, by rising chain:
 *         varint   the line's place among all of the above << 1 | in
 *
 * A record of one line takes about 20 bytes.  Equal states (in one node's
 * numbers) have equal blobs.
 */
#include <string.h>

#include "record.h"

#define FORMAT 0x10
#define MARK_SUPERSEDED 0
#define MARK_SHOWN 1
#define MARK_NULL 2
#define MARK_FALSE 3
#define MARK_TRUE 4
#define MARK_INT 5
#define MARK_TEXT 6

/* Fields with a mark; and of these, with more than one. */
static uint64_t marked_fields(const struct record *record, uint64_t *several)
{
	uint64_t any = 0;
	size_t i;

	*several = 0;
	for (i = 0; i < record->line_count; i++) {
		*several |= any & record->lines[i].marks;
		any |= record->lines[i].marks;
	}
	return any;
}

static bool has_t(const struct state_line *line)
{
	return line->marks != 0 || line->deletion != NOT_A_DELETE;
}

/* --- writing --- */

static void save_lines(const struct record *record, struct buf *out)
{
	const struct state_line *all = record->lines, *line;
	uint32_t chain = 0, seq = 0, n = 0;
	size_t i, end, count = 0;
	int64_t t = 0;

	for (i = 0; i < record->line_count; i++) {
		count += i == 0 || all[i].chain != all[i - 1].chain;
	}
	buf_varint(out, count);
	for (i = 0; i < record->line_count; i++) {
		line = &all[i];
		if (i == 0 || line->chain != chain) {
			for (end = i; end < record->line_count && all[end].chain == line->chain;) {
				end++;
			}
			buf_varint(out, (uint64_t)(line->chain - chain) << 2 | line->scope);
			buf_varint(out, end - i);
			chain = line->chain;
			seq = n = 0;
		}
		buf_varint(out, (uint64_t)(line->seq - seq) << 3 |
			(unsigned)line->deletion << 1 | (line->marks != 0 ? 1U : 0U));
		buf_varint(out, line->seq == seq ? line->n - n : line->n);
		seq = line->seq;
		n = line->n;
		if (has_t(line)) {
			buf_zigzag(out, line->t - t);
			t = line->t;
		}
		if (line->marks != 0) {
			buf_varint(out, line->marks);
		}
	}
}

static void save_value(const struct value *value, const struct value *shown, struct buf *out)
{
	if (value_equal(value, shown)) {
		buf_byte(out, MARK_SHOWN);
		return;
	}
	switch (value->kind) {
	case VALUE_NULL:
		buf_byte(out, MARK_NULL);
		break;
	case VALUE_BOOL:
		buf_byte(out, value->integer != 0 ? MARK_TRUE : MARK_FALSE);
		break;
	case VALUE_INT:
		buf_byte(out, MARK_INT);
		buf_zigzag(out, value->integer);
		break;
	case VALUE_TEXT:
		buf_byte(out, MARK_TEXT);
		buf_varint(out, value->text.len);
		buf_view(out, value->text);
		break;
	}
}

/* The marks of a field that several lines put: which values are candidates. */
static void save_marks(const struct record *record, size_t field, struct buf *out)
{
	const struct candidate *all = record->candidates;
	size_t i, at = 0;

	while (at < record->candidate_count && all[at].field < field) {
		at++;
	}
	for (i = 0; i < record->line_count; i++) {
		if ((record->lines[i].marks >> field & 1) == 0) {
			continue;
		}
		if (at < record->candidate_count && all[at].field == field &&
			all[at].chain == record->lines[i].chain) {
			save_value(&all[at].value, &record->values[field], out);
			at++;
		} else {
			buf_byte(out, MARK_SUPERSEDED);
		}
	}
}

static void save_total(const struct record *record, size_t field, struct buf *out)
{
	wide_int total = record->totals[field];

	buf_u64be(out, (uint64_t)(total >> 64));
	buf_u64be(out, (uint64_t)total);
}

static bool at_limit(const struct value *value)
{
	return value->kind == VALUE_INT &&
		(value->integer == INT64_MAX || value->integer == INT64_MIN);
}

static size_t place_of(const struct record *record, const struct element *element)
{
	const struct state_line *line = record->lines;

	while (line->chain != element->chain || line->seq != element->seq ||
		line->n != element->n) {
		line++;
	}
	return (size_t)(line - record->lines);
}

static void save_union(const struct record *record, size_t field, struct buf *out)
{
	const struct element *all = record->elements;
	size_t first = 0, i, j, end, count = 0;

	while (first < record->element_count && all[first].field < field) {
		first++;
	}
	for (i = first; i < record->element_count && all[i].field == field; count++) {
		i = element_run(record, i);
	}
	buf_varint(out, count);
	for (i = first; count > 0; count--, i = end) {
		end = element_run(record, i);
		buf_varint(out, all[i].present ? 0 : 1 + all[i].text.len);
		if (!all[i].present) {
			buf_view(out, all[i].text);
		}
		buf_varint(out, end - i);
		for (j = i; j < end; j++) {
			buf_varint(out, (uint64_t)place_of(record, &all[j]) << 1 |
				(all[j].in ? 1U : 0U));
		}
	}
}

void record_save(const struct record *record, struct buf *out)
{
	const struct field *fields = record->entity->fields;
	uint64_t several;
	size_t i;

	buf_byte(out, FORMAT | record->dead);
	save_lines(record, out);
	marked_fields(record, &several);
	for (i = 0; several >> i != 0; i++) {
		if ((several >> i & 1) != 0) {
			save_marks(record, i, out);
		}
	}
	for (i = 0; i < record->entity->field_count; i++) {
		if (fields[i].rule == RULE_SUM && at_limit(&record->values[i])) {
			save_total(record, i, out);
		}
	}
	for (i = 0; i < record->entity->field_count; i++) {
		if (fields[i].rule == RULE_UNION) {
			save_union(record, i, out);
		}
	}
}

/* --- reading --- */

static bool damaged(struct err *err, const char *what)
{
	return err_set(err, ERR_STORE, "the merge state of a record: %s", what);
}

/* Fields that a line of ${scope} may mark. */
static uint64_t markable(const struct entity *entity, unsigned scope)
{
	uint64_t fields = 0;
	size_t i;

	for (i = 0; i < entity->field_count; i++) {
		if (is_put_rule(entity->fields[i].rule) && entity->fields[i].scope == scope) {
			fields |= (uint64_t)1 << i;
		}
	}
	return fields;
}

/* What the lines of one chain share, and the line before. */
struct chain_state {
	uint32_t chain, seq, n;
	unsigned scope;
	uint64_t markable, marked;
};

static bool load_line(struct record *record, struct cursor *cursor, struct chain_state *state,
	int64_t *t, struct err *err)
{
	uint64_t head = cursor_varint(cursor), n = cursor_varint(cursor), seq = head >> 3;
	struct state_line *line;
	struct state_line *grow = grown(record->lines, record->line_count, &record->line_room,
		sizeof(*grow));

	if (grow == NULL) {
		return err_nomem(err);
	}
	record->lines = grow;
	if (cursor->failed || seq > UINT32_MAX - state->seq ||
		n > UINT32_MAX - (seq == 0 ? state->n : 0) || n == 0 || seq + state->seq == 0 ||
		(head >> 1 & 3) > DELETED || ((head & 1) != 0 && (head >> 1 & 3) != 0)) {
		return damaged(err, "a line");
	}
	line = &record->lines[record->line_count++];
	*line = (struct state_line){ .chain = state->chain, .seq = state->seq + (uint32_t)seq,
		.n = (uint32_t)n + (seq == 0 ? state->n : 0), .scope = (uint8_t)state->scope,
		.deletion = (uint8_t)(head >> 1 & 3) };
	state->seq = line->seq;
	state->n = line->n;
	if ((head & 7) != 0) {
		int64_t step = cursor_zigzag(cursor);

		if (step > LINE_MAX_T - *t || step < 1 - *t) {
			return damaged(err, "a time");
		}
		*t += step;
		line->t = *t;
	}
	if ((head & 1) != 0) {
		line->marks = cursor_varint(cursor);
		if (line->marks == 0 || (line->marks & ~state->markable) != 0 ||
			(line->marks & state->marked) != 0) {
			return damaged(err, "marks");
		}
		state->marked |= line->marks;
	}
	record->parts |= 1U << state->scope;
	record->deleting |= line->deletion != NOT_A_DELETE ? 1U << state->scope : 0;
	return true;
}

static bool load_lines(struct record *record, struct cursor *cursor, struct err *err)
{
	uint64_t chains = cursor_varint(cursor), lines, head, i, j;
	struct chain_state state = { 0 };
	int64_t t = 0;

	if (chains == 0 || chains > cursor_left(cursor)) {
		return damaged(err, "its chains");
	}
	for (i = 0; i < chains; i++) {
		head = cursor_varint(cursor);
		lines = cursor_varint(cursor);
		if (cursor->failed || (head & 3) >= SCOPE_KINDS || (i > 0 && head >> 2 == 0) ||
			head >> 2 > UINT32_MAX - state.chain || lines == 0 ||
			lines > cursor_left(cursor)) {
			return damaged(err, "a chain");
		}
		state = (struct chain_state){ .chain = state.chain + (uint32_t)(head >> 2),
			.scope = head & 3, .markable = markable(record->entity, head & 3) };
		for (j = 0; j < lines; j++) {
			if (!load_line(record, cursor, &state, &t, err)) {
				return false;
			}
		}
	}
	return true;
}

/* False also for a mark that has no value, with ${value} then without meaning. */
static bool load_value(struct cursor *cursor, const struct value *shown, struct value *value,
	bool *superseded)
{
	unsigned kind = cursor_byte(cursor);
	uint64_t len;

	*value = (struct value){ 0 };
	*superseded = kind == MARK_SUPERSEDED;
	switch (kind) {
	case MARK_SHOWN:
		*value = *shown;
		break;
	case MARK_FALSE:
	case MARK_TRUE:
		value->kind = VALUE_BOOL;
		value->integer = kind == MARK_TRUE;
		break;
	case MARK_INT:
		value->kind = VALUE_INT;
		value->integer = cursor_zigzag(cursor);
		break;
	case MARK_TEXT:
		value->kind = VALUE_TEXT;
		len = cursor_varint(cursor);
		if (len > FIELD_TEXT_MAX_BYTES) {
			return false;
		}
		value->text = (struct view){ (const char *)cursor_take(cursor, (size_t)len),
			(size_t)len };
		break;
	default:
		break;
	}
	/* What is the shown value is always written as that. */
	return !cursor->failed && kind <= MARK_TEXT &&
		(*superseded || (kind == MARK_SHOWN) == value_equal(value, shown));
}

static bool load_marks(struct record *record, size_t field, bool several, struct cursor *cursor,
	struct err *err)
{
	const struct value *shown = &record->values[field];
	struct candidate *grow, next;
	bool superseded = false;
	size_t i;

	for (i = 0; i < record->line_count; i++) {
		if ((record->lines[i].marks >> field & 1) == 0) {
			continue;
		}
		next = (struct candidate){ record->lines[i].chain, (uint16_t)field, *shown };
		if (several && !load_value(cursor, shown, &next.value, &superseded)) {
			return damaged(err, "a value");
		}
		if (superseded) {
			continue;
		}
		grow = grown(record->candidates, record->candidate_count,
			&record->candidate_room, sizeof(*grow));
		if (grow == NULL) {
			return err_nomem(err);
		}
		record->candidates = grow;
		grow[record->candidate_count++] = next;
	}
	return true;
}

static bool load_total(struct record *record, size_t field, struct cursor *cursor,
	struct err *err)
{
	const struct value *shown = &record->values[field];
	uint64_t high, low;

	if (shown->kind != VALUE_INT && shown->kind != VALUE_NULL) {
		return damaged(err, "a sum that is no integer");
	}
	record->totals[field] = shown->integer;
	if (at_limit(shown)) {
		high = cursor_u64be(cursor);
		low = cursor_u64be(cursor);
		record->totals[field] = (wide_int)(int64_t)high * ((wide_int)1 << 64) + low;
		if (cursor->failed || clamped(record->totals[field]) != shown->integer) {
			return damaged(err, "a sum");
		}
	}
	return true;
}

/* The next element of the shown array ${rest}, past "[" or ",". */
static bool next_shown(struct record *record, struct view *rest, struct view *out)
{
	if (rest->len < 2) {
		return false;
	}
	rest->data++;
	rest->len--;
	return line_string_read(out, &record->arena, rest);
}

static bool load_element(struct record *record, struct element *element, struct cursor *cursor,
	struct err *err)
{
	uint64_t marks = cursor_varint(cursor), mark, i;
	size_t first = record->element_count;
	const struct state_line *line;
	struct element *grow;

	if (cursor->failed || marks == 0 || marks > cursor_left(cursor)) {
		return damaged(err, "an element");
	}
	for (i = 0; i < marks; i++) {
		mark = cursor_varint(cursor);
		if (cursor->failed || mark >> 1 >= record->line_count) {
			return damaged(err, "an element's line");
		}
		line = &record->lines[mark >> 1];
		if (line->deletion != NOT_A_DELETE ||
			line->scope != record->entity->fields[element->field].scope ||
			(i > 0 && line->chain <= record->elements[first + i - 1].chain)) {
			return damaged(err, "an element's lines");
		}
		element->in = (mark & 1) != 0;
		element->chain = line->chain;
		element->seq = line->seq;
		element->n = line->n;
		grow = grown(record->elements, record->element_count, &record->element_room,
			sizeof(*grow));
		if (grow == NULL) {
			return err_nomem(err);
		}
		record->elements = grow;
		grow[record->element_count++] = *element;
	}
	return true;
}

static bool load_union(struct record *record, size_t field, struct cursor *cursor,
	struct err *err)
{
	const struct value *shown = &record->values[field];
	uint64_t count = cursor_varint(cursor), len, i;
	struct view rest = shown->text, before = { NULL, 0 };
	struct element element = { .field = (uint16_t)field };

	if (shown->kind != VALUE_TEXT && shown->kind != VALUE_NULL) {
		return damaged(err, "a union that is no text");
	}
	for (i = 0; i < count; i++) {
		len = cursor_varint(cursor);
		element.present = len == 0;
		if (len > FIELD_TEXT_MAX_BYTES + 1 ||
			(len == 0 && !next_shown(record, &rest, &element.text))) {
			return damaged(err, "a union");
		}
		if (len != 0) {
			element.text.data = (const char *)cursor_take(cursor, (size_t)len - 1);
			element.text.len = (size_t)len - 1;
		}
		if (cursor->failed || (i > 0 && view_compare(before, element.text) >= 0)) {
			return damaged(err, "the elements of a union");
		}
		if (!load_element(record, &element, cursor, err)) {
			return false;
		}
		before = element.text;
	}
	return rest.len == (shown->kind == VALUE_TEXT ? 1 : 0) ||
		damaged(err, "a union shows more than it holds");
}

static bool load_fields(struct record *record, struct cursor *cursor, struct err *err)
{
	const struct entity *entity = record->entity;
	uint64_t several, any = marked_fields(record, &several);
	size_t i;

	for (i = 0; any >> i != 0; i++) {
		if ((any >> i & 1) != 0 &&
			!load_marks(record, i, (several >> i & 1) != 0, cursor, err)) {
			return false;
		}
	}
	for (i = 0; i < entity->field_count; i++) {
		if (entity->fields[i].rule == RULE_SUM && !load_total(record, i, cursor, err)) {
			return false;
		}
	}
	for (i = 0; i < entity->field_count; i++) {
		if (entity->fields[i].rule == RULE_UNION && !load_union(record, i, cursor, err)) {
			return false;
		}
	}
	return true;
}

bool record_load(struct record *record, const struct entity *entity, struct view blob,
	const struct value *columns, struct err *err)
{
	struct cursor cursor = cursor_of(blob.data, blob.len);
	unsigned head;

	record_reset(record, entity);
	memcpy(record->values, columns, entity->field_count * sizeof(columns[0]));
	head = cursor_byte(&cursor);
	if ((head & ~7U) != FORMAT) {
		return damaged(err, "another format");
	}
	record->dead = head & 7;
	if (!load_lines(record, &cursor, err) || !load_fields(record, &cursor, err)) {
		return false;
	}
	if (cursor_left(&cursor) != 0 || cursor.failed ||
		(record->dead & ~record->deleting) != 0) {
		return damaged(err, "its end");
	}
	return true;
}
