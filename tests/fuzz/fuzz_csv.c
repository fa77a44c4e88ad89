/*
 * fuzz_csv.c -- what is read, written and read again is the same rows, but
 * for the apostrophe before formulas; lines only grow; all text is UTF-8.
 */
#include <assert.h>

#include "csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void assert_same_row(const struct csv_row *a, const struct csv_row *b)
{
	size_t i;

	assert(a->count == b->count);
	for (i = 0; i < a->count; i++) {
		struct view was = a->cells[i], is = b->cells[i];

		assert(utf8_valid(was));
		if (!view_equal(was, is)) {
			assert(is.len == was.len + 1 && is.data[0] == '\'');
			assert(view_equal(was, (struct view){ is.data + 1, is.len - 1 }));
		}
	}
}

/* Has the header a cell of its own?  Trimming can leave it without any. */
static bool has_content(const struct csv_row *row)
{
	size_t i;

	for (i = 0; i < row->count; i++) {
		if (row->cells[i].len != 0) {
			return true;
		}
	}
	return false;
}

static void assert_round_trip(const struct csv_table *table)
{
	const struct view title = VIEW_LITERAL("h");
	const struct csv_row *rows, *again;
	struct csv_table *copy = NULL;
	struct buf out = { 0 };
	struct err err = { 0 };
	size_t count, copied, i, line = csv_header(table)->line;
	size_t header = has_content(csv_header(table)) ? 1 : 0;

	csv_write_row(&out, &title, 1);
	csv_write_row(&out, csv_header(table)->cells, csv_header(table)->count);
	rows = csv_rows(table, &count);
	for (i = 0; i < count; i++) {
		assert(rows[i].line > line);
		line = rows[i].line;
		csv_write_row(&out, rows[i].cells, rows[i].count);
	}
	/* An apostrophe may be what makes a cell too long. */
	if (!csv_read(&copy, buf_as_view(&out), &err)) {
		assert(err.code == ERR_TOO_LARGE || err.code == ERR_NOMEM);
		buf_clear(&out);
		return;
	}
	assert(csv_delimiter(copy) == ',');
	again = csv_rows(copy, &copied);
	assert(copied == count + header);
	if (header == 1) {
		assert_same_row(csv_header(table), &again[0]);
	}
	for (i = 0; i < count; i++) {
		assert_same_row(&rows[i], &again[i + header]);
	}
	csv_table_free(copy);
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct csv_table *table = NULL;
	struct err err = { 0 };

	if (!csv_read(&table, (struct view){ (const char *)data, len }, &err)) {
		assert(table == NULL && err.code != ERR_NONE && err.detail[0] != '\0');
		return 0;
	}
	assert_round_trip(table);
	csv_table_free(table);
	return 0;
}
