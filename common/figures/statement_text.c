/* statement_text.c -- see statement_text.h. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "line.h"
#include "statement_text.h"

static const char *const level_names[] = { [PLACE_DISTRICT] = "district",
	[PLACE_STREET] = "street", [PLACE_COMMUNITY] = "community" };

static int compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL) {
		return (a != NULL) - (b != NULL);
	}
	return strcmp(a, b);
}

int statement_row_compare(const struct statement_row *a, const struct statement_row *b)
{
	int order = (int)a->level - (int)b->level;

	order = order != 0 ? order : strcmp(a->figure, b->figure);
	order = order != 0 ? order : strcmp(a->place, b->place);
	return order != 0 ? order : compare_texts(a->breakdown, b->breakdown);
}

static int compare_covers(const struct statement_cover *a, const struct statement_cover *b)
{
	int order = (int)a->level - (int)b->level;

	return order != 0 ? order : strcmp(a->place, b->place);
}

/* ---- writing ------------------------------------------------------ */

static void add_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "\"%s\":", name);
	if (text == NULL) {
		buf_text(out, "null");
	} else {
		line_string_write(out, view_of(text));
	}
}

static void print_head(struct buf *out, const struct head *head)
{
	char chain[CHAIN_TEXT_BYTES], hash[65];

	chain_name_print(chain, &head->chain);
	hex_encode(hash, head->hash, sizeof(head->hash));
	buf_printf(out, "{\"chain\":\"%s\",\"seq\":%" PRIu32 ",\"sha256\":\"%s\"}\n", chain,
		head->seq, hash);
}

static void print_cover(struct buf *out, const struct statement_cover *cover)
{
	size_t i;

	buf_printf(out, "{\"level\":\"%s\",", level_names[cover->level]);
	add_text(out, "place", cover->place);
	buf_printf(out, ",\"included\":%" PRIu64 ",\"expected\":%" PRIu64 ",\"silent\":[",
		cover->included, cover->expected);
	for (i = 0; i < cover->silent_count; i++) {
		buf_text(out, i != 0 ? "," : "");
		line_string_write(out, view_of(cover->silent[i]));
	}
	buf_printf(out, "],\"waiting_lines\":%" PRIu64 ",\"open_conflicts\":%" PRIu64 "}\n",
		cover->waiting_lines, cover->open_conflicts);
}

static void print_row(struct buf *out, const struct statement_row *row)
{
	const struct statement_value *value = &row->value;

	buf_printf(out, "{\"level\":\"%s\",", level_names[row->level]);
	add_text(out, "figure", row->figure);
	buf_byte(out, ',');
	add_text(out, "place", row->place);
	buf_byte(out, ',');
	add_text(out, "breakdown", row->breakdown);
	if (value->suppressed) {
		buf_text(out, ",\"suppressed\":true}\n");
	} else if (!value->known) {
		buf_text(out, ",\"value\":null}\n");
	} else {
		buf_printf(out, ",\"value\":[%" PRId64 ",%" PRId64 "]}\n", value->numerator,
			value->denominator);
	}
}

void statement_print(struct buf *out, const struct statement_file *file)
{
	char federation[DEVICE_TEXT_BYTES];
	size_t i;

	device_id_print(federation, file->federation);
	buf_printf(out, "{\"linli\":\"statement 1\",\"federation\":\"%s\",\"period\":\"%s\",",
		federation, file->period.name);
	add_text(out, "model", file->model);
	buf_byte(out, ',');
	add_text(out, "model_sha256", file->model_sha256);
	buf_printf(out, ",\"at\":%" PRId64 ",\"heads\":%zu,\"places\":%zu,\"figures\":%zu}\n",
		file->at_ms, file->head_count, file->cover_count, file->row_count);
	for (i = 0; i < file->head_count; i++) {
		print_head(out, &file->heads[i]);
	}
	for (i = 0; i < file->cover_count; i++) {
		print_cover(out, &file->covers[i]);
	}
	for (i = 0; i < file->row_count; i++) {
		print_row(out, &file->rows[i]);
	}
}

/* ---- reading ------------------------------------------------------ */

struct reading {
	struct cursor cursor;
	struct arena *arena;
	json_t *line;
	size_t number; /* of the line */
};

static bool broken(const struct reading *reading, struct err *err)
{
	return err_set(err, ERR_FORMAT, "the statement, line %zu: not what is written there",
		reading->number);
}

static bool next(struct reading *reading, struct err *err)
{
	struct view text = cursor_until(&reading->cursor, '\n');

	json_decref(reading->line);
	reading->number++;
	reading->line = reading->cursor.failed ? NULL :
		json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	return json_is_object(reading->line) || broken(reading, err);
}

/* NULL: no text, or no memory. */
static const char *text_of(const struct reading *reading, const char *name)
{
	const json_t *value = json_object_get(reading->line, name);

	return json_is_string(value) ?
		arena_copy(reading->arena, (struct view){ json_string_value(value),
			json_string_length(value) }).data : NULL;
}

static bool number_of(const json_t *value, int64_t least, int64_t most, int64_t *out)
{
	*out = json_integer_value(value);
	return json_is_integer(value) && *out >= least && *out <= most;
}

static bool member(const struct reading *reading, const char *name, int64_t most, int64_t *out)
{
	return number_of(json_object_get(reading->line, name), 0, most, out);
}

static bool level_of(const struct reading *reading, enum place_level *out)
{
	const char *name = json_string_value(json_object_get(reading->line, "level"));
	size_t i;

	for (i = 0; name != NULL && i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*out = (enum place_level)i;
			return true;
		}
	}
	return false;
}

static bool read_first(struct statement_file *out, struct reading *reading, struct err *err)
{
	int64_t heads, covers, rows;
	const char *federation, *period;

	if (!next(reading, err)) {
		return false;
	}
	federation = text_of(reading, "federation");
	period = text_of(reading, "period");
	out->model = text_of(reading, "model");
	out->model_sha256 = text_of(reading, "model_sha256");
	if (federation == NULL || period == NULL || out->model == NULL ||
		out->model_sha256 == NULL ||
		!device_id_parse(&out->federation, view_of(federation)) ||
		!period_parse(&out->period, view_of(period), err) ||
		!member(reading, "at", INT64_MAX, &out->at_ms) ||
		!member(reading, "heads", STATEMENT_MAX_HEADS, &heads) ||
		!member(reading, "places", STATEMENT_MAX_ROWS, &covers) ||
		!member(reading, "figures", STATEMENT_MAX_ROWS, &rows)) {
		return broken(reading, err);
	}
	out->head_count = (size_t)heads;
	out->cover_count = (size_t)covers;
	out->row_count = (size_t)rows;
	/* Each takes a line of some bytes, so that nobody can ask for more than they send. */
	if (out->head_count + out->cover_count + out->row_count >
		cursor_left(&reading->cursor) / 16) {
		return broken(reading, err);
	}
	out->heads = arena_alloc(reading->arena, (out->head_count + 1) * sizeof(*out->heads));
	out->covers = arena_alloc(reading->arena, (out->cover_count + 1) * sizeof(*out->covers));
	out->rows = arena_alloc(reading->arena, (out->row_count + 1) * sizeof(*out->rows));
	return (out->heads != NULL && out->covers != NULL && out->rows != NULL) ||
		err_nomem(err);
}

static bool read_head(struct head *out, struct reading *reading, struct err *err)
{
	const char *chain, *hash;
	int64_t seq;

	if (!next(reading, err)) {
		return false;
	}
	chain = text_of(reading, "chain");
	hash = text_of(reading, "sha256");
	if (chain == NULL || hash == NULL || !chain_name_parse(&out->chain, view_of(chain)) ||
		!hex_decode(out->hash, sizeof(out->hash), view_of(hash)) ||
		!member(reading, "seq", UINT32_MAX, &seq)) {
		return broken(reading, err);
	}
	out->seq = (uint32_t)seq;
	return true;
}

static bool read_silent(struct statement_cover *out, struct reading *reading)
{
	const json_t *list = json_object_get(reading->line, "silent");
	const char **silent;
	size_t i;

	out->silent_count = json_array_size(list);
	out->silent = silent = arena_alloc(reading->arena,
		(out->silent_count + 1) * sizeof(*silent));
	for (i = 0; silent != NULL && i < out->silent_count; i++) {
		const char *slug = json_string_value(json_array_get(list, i));

		silent[i] = slug != NULL ? arena_copy(reading->arena, view_of(slug)).data : NULL;
		if (silent[i] == NULL) {
			return false;
		}
	}
	return silent != NULL && json_is_array(list);
}

static bool read_cover(struct statement_cover *out, struct reading *reading, struct err *err)
{
	int64_t included, expected, waiting, conflicts;

	if (!next(reading, err)) {
		return false;
	}
	out->place = text_of(reading, "place");
	if (out->place == NULL || !level_of(reading, &out->level) ||
		!member(reading, "included", INT64_MAX, &included) ||
		!member(reading, "expected", INT64_MAX, &expected) ||
		!member(reading, "waiting_lines", INT64_MAX, &waiting) ||
		!member(reading, "open_conflicts", INT64_MAX, &conflicts) ||
		!read_silent(out, reading)) {
		return broken(reading, err);
	}
	out->included = (uint64_t)included;
	out->expected = (uint64_t)expected;
	out->waiting_lines = (uint64_t)waiting;
	out->open_conflicts = (uint64_t)conflicts;
	return true;
}

static bool read_value(struct statement_value *out, const struct reading *reading)
{
	const json_t *value = json_object_get(reading->line, "value");

	*out = (struct statement_value){ .there = true, .denominator = 1 };
	if (value == NULL) {
		out->suppressed = true;
		return json_is_true(json_object_get(reading->line, "suppressed"));
	}
	out->known = !json_is_null(value);
	return !out->known ||
		(json_array_size(value) == 2 &&
			number_of(json_array_get(value, 0), INT64_MIN, INT64_MAX,
				&out->numerator) &&
			number_of(json_array_get(value, 1), 1, INT64_MAX, &out->denominator));
}

static bool read_row(struct statement_row *out, struct reading *reading, struct err *err)
{
	if (!next(reading, err)) {
		return false;
	}
	out->figure = text_of(reading, "figure");
	out->place = text_of(reading, "place");
	out->breakdown = text_of(reading, "breakdown");
	return (out->figure != NULL && out->place != NULL && level_of(reading, &out->level) &&
		       read_value(&out->value, reading)) ||
		broken(reading, err);
}

static bool read_all(struct statement_file *out, struct reading *reading, struct err *err)
{
	size_t i;

	if (!read_first(out, reading, err)) {
		return false;
	}
	for (i = 0; i < out->head_count; i++) {
		if (!read_head(&out->heads[i], reading, err) ||
			(i != 0 && chain_name_compare(&out->heads[i - 1].chain,
					   &out->heads[i].chain) >= 0 &&
				!broken(reading, err))) {
			return false;
		}
	}
	for (i = 0; i < out->cover_count; i++) {
		if (!read_cover(&out->covers[i], reading, err) ||
			(i != 0 && compare_covers(&out->covers[i - 1], &out->covers[i]) >= 0 &&
				!broken(reading, err))) {
			return false;
		}
	}
	for (i = 0; i < out->row_count; i++) {
		if (!read_row(&out->rows[i], reading, err) ||
			(i != 0 && statement_row_compare(&out->rows[i - 1], &out->rows[i]) >= 0 &&
				!broken(reading, err))) {
			return false;
		}
	}
	return true;
}

bool statement_parse(struct statement_file *out, struct arena *arena, struct view text,
	struct err *err)
{
	struct reading reading = { .cursor = cursor_of(text.data, text.len), .arena = arena };
	struct buf again = { 0 };
	bool ok;

	memset(out, 0, sizeof(*out));
	if (text.len > STATEMENT_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "a statement of %zu bytes", text.len);
	}
	ok = read_all(out, &reading, err);
	json_decref(reading.line);
	/* One content, one form: what is more, or other, is refused. */
	if (ok) {
		statement_print(&again, out);
		ok = buf_ok(&again, err) && (view_equal(buf_as_view(&again), text) ||
			err_set(err, ERR_FORMAT, "the statement is not in its one form"));
	}
	buf_clear(&again);
	return ok;
}
