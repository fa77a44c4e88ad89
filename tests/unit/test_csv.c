/* test_csv.c -- tables from spreadsheet programs, and back to them. */
#include "test.h"

#include "csv.h"
#include "linli/env.h"

#define HOSTILE "tests/data/csv"
#define REAL "tests/data/csv-real"

static struct csv_table *read_text(const char *text)
{
	struct csv_table *table;
	struct err err = { 0 };

	assert_ok(csv_read(&table, view_of(text), &err), &err);
	return table;
}

static void read_sample(struct buf *out, const char *folder, const char *name)
{
	const struct env *env = env_system();
	struct buf path = { 0 };
	struct err err = { 0 };

	buf_reset(out);
	buf_printf(&path, "%s/%s", folder, name);
	assert_ok(env->read_file(env->ctx, out, buf_str(&path), 1 << 20, &err), &err);
	buf_clear(&path);
}

static void assert_cell(const struct csv_row *row, size_t column, const char *expected)
{
	assert_true(column < row->count);
	if (!view_is(row->cells[column], expected)) {
		fail_msg("cell %zu is '%.*s', not '%s'", column, (int)row->cells[column].len,
			row->cells[column].data, expected);
	}
}

/* Every hostile file is refused with the code in its name, and says why. */
static void test_csv__hostile_files_are_refused(void **state)
{
	const struct env *env = env_system();
	struct buf names = { 0 }, bytes = { 0 };
	struct csv_table *table;
	struct err err = { 0 };
	size_t at, count = 0;

	(void)state;
	assert_ok(env->list_dir(env->ctx, &names, HOSTILE, &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1) {
		const char *name = (char *)names.data + at;

		read_sample(&bytes, HOSTILE, name);
		memset(&err, 0, sizeof(err));
		if (csv_read(&table, buf_as_view(&bytes), &err)) {
			fail_msg("%s was read", name);
		}
		assert_null(table);
		if (strcmp(strrchr(name, '.') + 1, err_name(err.code)) != 0) {
			fail_msg("%s: %s: %s", name, err_name(err.code), err.detail);
		}
		assert_true(err.detail[0] != '\0');
		count++;
	}
	assert_true(count >= 25);
	buf_clear(&names);
	buf_clear(&bytes);
}

/* One table saved nine ways is nine times the same table. */
static void test_csv__encodings_and_line_ends_are_one_table(void **state)
{
	const struct env *env = env_system();
	struct buf names = { 0 }, bytes = { 0 };
	struct csv_table *table;
	const struct csv_row *rows;
	struct err err = { 0 };
	size_t at, count, files = 0;

	(void)state;
	assert_ok(env->list_dir(env->ctx, &names, REAL, &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1, files++) {
		const char *name = (char *)names.data + at;

		read_sample(&bytes, REAL, name);
		assert_ok(csv_read(&table, buf_as_view(&bytes), &err), &err);
		assert_int_equal(csv_header(table)->count, 3);
		assert_cell(csv_header(table), 0, "名称");
		assert_cell(csv_header(table), 1, "类别");
		assert_cell(csv_header(table), 2, "说明");
		rows = csv_rows(table, &count);
		assert_int_equal(count, 2);
		assert_cell(&rows[0], 1, "文体");
		assert_cell(&rows[1], 0, "老姐妹服务队");
		assert_cell(&rows[1], 2, "称为\"老姐妹\"");
		assert_int_equal(rows[1].line - rows[0].line, 2);
		assert_int_equal(csv_encoding(table),
			strstr(name, "gb18030") != NULL        ? CSV_GB18030
				: strstr(name, "mark") != NULL ? CSV_UTF8_BOM
							       : CSV_UTF8);
		csv_table_free(table);
	}
	assert_int_equal(files, 9);
	buf_clear(&names);
	buf_clear(&bytes);
}

/* A person goes to the line we name in the editor they have. */
static void test_csv__rows_know_their_line(void **state)
{
	struct csv_table *table =
		read_text("\r\na,b\r\n1,\"x\r\ny\r\n\r\nz\"\r\n\r\n2,3\r4,5\n6,\"\n\"\n7,8");
	static const size_t lines[] = { 3, 8, 9, 10, 12 };
	const struct csv_row *rows;
	size_t count, i;

	(void)state;
	assert_int_equal(csv_header(table)->line, 2);
	rows = csv_rows(table, &count);
	assert_int_equal(count, sizeof(lines) / sizeof(lines[0]));
	for (i = 0; i < count; i++) {
		assert_int_equal(rows[i].line, lines[i]);
	}
	assert_cell(&rows[0], 1, "x\r\ny\r\n\r\nz");
	csv_table_free(table);
}

static void assert_detail(const char *text, size_t len, const char *part)
{
	struct csv_table *table;
	struct err err = { 0 };

	assert_refused(csv_read(&table, (struct view){ text, len }, &err), &err, ERR_FORMAT);
	if (strstr(err.detail, part) == NULL) {
		fail_msg("'%s' is not in '%s'", part, err.detail);
	}
}

static void test_csv__mistakes_name_their_line(void **state)
{
	static const char wide[] = "a\r\nb\r\n\xff\r\n";
	static const char nul[] = "a\nb\n\n\0\n";
	static const char stray[] = "a,b\n1,2\n3,4\"\n";
	static const char open[] = "a,b\n1,2\n3,\"4\n5,6\n";
	static const char later[] = "a,b\n1,\"2\n3\"4\n";
	static const char utf16[] = "\xff\xfe"
				    "a\0";

	(void)state;
	assert_detail(wide, sizeof(wide) - 1, "line 3");
	assert_detail(nul, sizeof(nul) - 1, "line 4");
	assert_detail(stray, sizeof(stray) - 1, "line 3");
	assert_detail(open, sizeof(open) - 1, "line 3");
	assert_detail(later, sizeof(later) - 1, "line 3");
	assert_detail(later, sizeof(later) - 1, "begins in line 2");
	assert_detail(utf16, sizeof(utf16) - 1, "CSV UTF-8");
}

/* One bad byte must not turn a file in UTF-8 into other Chinese words. */
static void test_csv__damaged_utf8_is_not_taken_for_gb18030(void **state)
{
	/* Taken as GB18030, these bytes are valid: 知 with its last byte twice wrong. */
	static const char text[] = "名称,类别\n太极拳队,文体\n\xe7\x9f\xc1\xc1,公益社区\n";

	(void)state;
	assert_detail(text, sizeof(text) - 1, "line 3 is not in UTF-8");
}

/* Short and long rows are the caller's to report; they do not stop the rest. */
static void test_csv__short_and_long_rows_are_kept(void **state)
{
	struct csv_table *table = read_text("a,b\n1\n1,2\n1,2,3\n1,\n");
	const struct csv_row *rows;
	size_t count;

	(void)state;
	rows = csv_rows(table, &count);
	assert_int_equal(count, 4);
	assert_int_equal(rows[0].count, 1);
	assert_int_equal(rows[1].count, 2);
	assert_int_equal(rows[2].count, 3);
	assert_int_equal(rows[3].count, 2);
	csv_table_free(table);
}

static void test_csv__delimiter_is_that_of_the_header(void **state)
{
	struct csv_table *table = read_text("\n\"a,b,c\";d\n1;2,3,4\n");
	const struct csv_row *rows;
	size_t count;

	(void)state;
	assert_int_equal(csv_delimiter(table), ';');
	assert_cell(csv_header(table), 0, "a,b,c");
	rows = csv_rows(table, &count);
	assert_cell(&rows[0], 1, "2,3,4");
	csv_table_free(table);
	table = read_text("name\n1;2\t3\n");
	assert_int_equal(csv_delimiter(table), ',');
	csv_table_free(table);
}

static void assert_too_large(struct buf *text, const char *part)
{
	struct csv_table *table;
	struct err err = { 0 };

	assert_refused(csv_read(&table, buf_as_view(text), &err), &err, ERR_TOO_LARGE);
	if (strstr(err.detail, part) == NULL) {
		fail_msg("'%s' is not in '%s'", part, err.detail);
	}
	buf_reset(text);
}

static void fill(struct buf *text, const char *with, size_t times)
{
	while (times-- != 0) {
		buf_text(text, with);
	}
}

/* The caps hold at their edge: so much is read, and no more. */
static void test_csv__caps(void **state)
{
	struct buf text = { 0 };
	struct csv_table *table;
	struct err err = { 0 };
	size_t count;

	(void)state;
	buf_text(&text, "a,b\n1,\"");
	fill(&text, "x", CSV_CELL_MAX_BYTES);
	buf_text(&text, "\"\n");
	assert_ok(csv_read(&table, buf_as_view(&text), &err), &err);
	csv_table_free(table);
	buf_reset(&text);
	buf_text(&text, "a,b\n1,\"");
	fill(&text, "x", CSV_CELL_MAX_BYTES + 1);
	buf_text(&text, "\"\n");
	assert_too_large(&text, "line 2: more than 65536 bytes");

	buf_text(&text, "a,b\n1,");
	fill(&text, "x", CSV_CELL_MAX_BYTES + 1);
	assert_too_large(&text, "line 2: more than 65536 bytes");

	/* The file's own size is not what an unclosed quote may take. */
	buf_text(&text, "a,b\n1,\"");
	fill(&text, "x,y\n", 1000000);
	assert_too_large(&text, "line 2: more than 65536 bytes");

	buf_text(&text, "a\n");
	fill(&text, "1\n", CSV_MAX_ROWS);
	assert_ok(csv_read(&table, buf_as_view(&text), &err), &err);
	csv_rows(table, &count);
	assert_int_equal(count, CSV_MAX_ROWS);
	csv_table_free(table);
	buf_text(&text, "1\n");
	assert_too_large(&text, "more than 1000000 rows");

	assert_non_null(buf_grow(&text, CSV_FILE_MAX_BYTES + 1));
	assert_too_large(&text, "at most 67108864");
	buf_clear(&text);
}

static void assert_written(struct view cell, const char *expected)
{
	struct buf out = { 0 };

	csv_write_row(&out, &cell, 1);
	if (strcmp(buf_str(&out), expected) != 0) {
		fail_msg("'%s' is written '%s'", cell.data, buf_str(&out));
	}
	buf_clear(&out);
}

/* A club called "=cmd|…" must not run on the district's computer. */
static void test_csv__formulas_are_neutralised(void **state)
{
	(void)state;
	assert_written(view_of("=1+1"), "'=1+1\r\n");
	assert_written(view_of("+8613800000000x"), "'+8613800000000x\r\n");
	assert_written(view_of("-1-1"), "'-1-1\r\n");
	assert_written(view_of("@SUM(A1)"), "'@SUM(A1)\r\n");
	assert_written(view_of("\t=1"), "\"'\t=1\"\r\n");
	assert_written(view_of("\r=1"), "\"'\r=1\"\r\n");
	assert_written(view_of("=1,\"a\""), "\"'=1,\"\"a\"\"\"\r\n");
	assert_written(view_of("＝1+1"), "'＝1+1\r\n");
	assert_written(view_of("-"), "'-\r\n");
	assert_written(view_of("-12"), "-12\r\n");
	assert_written(view_of("+3.50"), "+3.50\r\n");
	assert_written(view_of("-1.2.3"), "'-1.2.3\r\n");
	assert_written(view_of("-1e9"), "'-1e9\r\n");
	assert_written(view_of("a=b"), "a=b\r\n");
}

static void test_csv__writes_rfc_4180(void **state)
{
	const struct view cells[] = { view_of("a"), view_of(""), view_of("x,y"),
		view_of("say \"no\""), view_of("two\nlines"), view_of(" padded ") };
	struct buf out = { 0 };

	(void)state;
	csv_write_bom(&out);
	csv_write_row(&out, cells, sizeof(cells) / sizeof(cells[0]));
	assert_string_equal(buf_str(&out),
		"\xef\xbb\xbf"
		"a,,\"x,y\",\"say \"\"no\"\"\",\"two\nlines\",\" padded \"\r\n");
	buf_clear(&out);
	assert_written(view_of(""), "\"\"\r\n");
}

/* What is exported for an old spreadsheet program comes back unchanged. */
static void test_csv__gb18030_round_trips(void **state)
{
	static const char text[] = "\xef\xbb\xbf名称,备注\r\n知足弄㙎𠀀😀,é\r\n";
	struct csv_table *table;
	const struct csv_row *rows;
	struct buf out = { 0 };
	struct err err = { 0 };
	size_t count;

	(void)state;
	assert_ok(csv_encode_gb18030(&out, view_of(text), &err), &err);
	assert_false(utf8_valid(buf_as_view(&out)));
	assert_ok(csv_read(&table, buf_as_view(&out), &err), &err);
	assert_int_equal(csv_encoding(table), CSV_GB18030);
	rows = csv_rows(table, &count);
	assert_cell(&rows[0], 0, "知足弄㙎𠀀😀");
	assert_cell(&rows[0], 1, "é");
	csv_table_free(table);
	assert_refused(csv_encode_gb18030(&out, view_of("a\n\xff"), &err), &err, ERR_FORMAT);
	assert_non_null(strstr(err.detail, "line 2"));
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv__hostile_files_are_refused),
		cmocka_unit_test(test_csv__encodings_and_line_ends_are_one_table),
		cmocka_unit_test(test_csv__rows_know_their_line),
		cmocka_unit_test(test_csv__mistakes_name_their_line),
		cmocka_unit_test(test_csv__damaged_utf8_is_not_taken_for_gb18030),
		cmocka_unit_test(test_csv__short_and_long_rows_are_kept),
		cmocka_unit_test(test_csv__delimiter_is_that_of_the_header),
		cmocka_unit_test(test_csv__caps),
		cmocka_unit_test(test_csv__formulas_are_neutralised),
		cmocka_unit_test(test_csv__writes_rfc_4180),
		cmocka_unit_test(test_csv__gb18030_round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
