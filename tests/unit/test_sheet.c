/* test_sheet.c -- tables that are printed or handed on. */
#include "test.h"

#include <zlib.h>

#include "sheet.h"

#define PART_MAX_BYTES (1 << 20)

/* What a table is made of that wants to be more than text, and numbers on either side of exact. */
static const struct sheet_column columns[] = { { "社团 <名称>", false }, { "金额(元)", true } };
static const char *const notes[] = { "单位:元", "已报送 2/3 & 未报送:沉默社区" };
#define CELL(text) { text, sizeof(text) - 1 }
static const struct view cells[] = { CELL("=1+2"), CELL("700000.00"),
	CELL("<script>alert(\"x\")</script>"), CELL("-12.5"), CELL("http://a.example/&"),
	CELL("1234567890123456"), CELL(""), CELL("1e5") };
static const struct sheet sample = { .zh = true, .title = "登记表 & <一>", .notes = notes,
	.note_count = 2, .columns = columns, .column_count = 2, .cells = cells, .row_count = 4,
	.made_ms = 1700000000000 };

static uint32_t little(const uint8_t *at, size_t count)
{
	uint32_t number = 0;

	while (count-- > 0) {
		number = number << 8 | at[count];
	}
	return number;
}

/* Append the part of a workbook that is called ${name}, as a zip file keeps it. */
static void part(struct buf *out, const struct buf *book, const char *name)
{
	size_t at = 0, length = strlen(name);

	while (at + 30 + length < book->len && little(book->data + at, 4) == 0x04034b50) {
		const uint8_t *head = book->data + at;
		size_t names = little(head + 26, 2), body = 30 + names + little(head + 28, 2);
		uint32_t packed = little(head + 18, 4), whole = little(head + 22, 4);

		if (names == length && memcmp(head + 30, name, length) == 0) {
			z_stream stream = { .next_in = (uint8_t *)(uintptr_t)head + body,
				.avail_in = packed, .avail_out = whole };

			assert_true(whole < PART_MAX_BYTES && at + body + packed <= book->len);
			stream.next_out = buf_grow(out, whole);
			assert_non_null(stream.next_out);
			assert_int_equal(inflateInit2(&stream, -15), Z_OK);
			assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
			assert_int_equal(inflateEnd(&stream), Z_OK);
			return;
		}
		at += body + packed;
	}
	fail_msg("the workbook has no part %s", name);
}

static void has(const struct buf *text, const char *wanted)
{
	if (strstr(buf_str(text), wanted) == NULL) {
		fail_msg("%s is not in %s", wanted, buf_str(text));
	}
}

static void has_not(const struct buf *text, const char *unwanted)
{
	if (strstr(buf_str(text), unwanted) != NULL) {
		fail_msg("%s is in %s", unwanted, buf_str(text));
	}
}

/* A clerk opens the workbook and reckons with its sums; what a stranger wrote computes nothing. */
static void test_xlsx__numbers_are_numbers_and_text_is_never_a_formula(void **state)
{
	struct buf book = { 0 }, page = { 0 }, texts = { 0 };
	struct err err;

	(void)state;
	assert_ok(sheet_xlsx(&book, &sample, &err), &err);
	part(&page, &book, "xl/worksheets/sheet1.xml");
	part(&texts, &book, "xl/sharedStrings.xml");
	has(&page, "<v>700000</v>");
	has(&page, "<v>-12.5</v>");
	has_not(&page, "<f>");
	has_not(&page, "<hyperlink");
	has(&texts, "<t>=1+2</t>");
	has(&texts, "<t>http://a.example/&amp;</t>");
	has(&texts, "<t>登记表 &amp; &lt;一&gt;</t>");
	has(&texts, "沉默社区");
	has(&page, "orientation=\"landscape\"");
	/* More digits than a double holds, and no plain decimal: as they stand. */
	has(&texts, "<t>1234567890123456</t>");
	has(&texts, "<t>1e5</t>");
	buf_clear(&book);
	buf_clear(&page);
	buf_clear(&texts);
}

/* Two people who fill the same table can compare their files. */
static void test_xlsx__the_same_sheet_gives_the_same_bytes(void **state)
{
	struct buf one = { 0 }, other = { 0 };
	struct err err;

	(void)state;
	assert_ok(sheet_xlsx(&one, &sample, &err), &err);
	assert_ok(sheet_xlsx(&other, &sample, &err), &err);
	assert_int_equal(one.len, other.len);
	assert_memory_equal(one.data, other.data, one.len);
	buf_clear(&one);
	buf_clear(&other);
}

/* A cell that no workbook takes is told, not cut. */
static void test_xlsx__too_much_is_refused(void **state)
{
	struct buf out = { 0 }, longest = { 0 };
	struct sheet sheet = sample;
	struct view cell[2] = { { 0 } };
	struct err err;

	(void)state;
	memset(buf_grow(&longest, 40000), 'a', 40000);
	cell[0] = buf_as_view(&longest);
	cell[1] = view_of("1");
	sheet.cells = cell;
	sheet.row_count = 1;
	assert_refused(sheet_xlsx(&out, &sheet, &err), &err, ERR_TOO_LARGE);
	assert_int_equal(out.len, 0);
	sheet.row_count = SHEET_MAX_ROWS + 1;
	assert_refused(sheet_xlsx(&out, &sheet, &err), &err, ERR_TOO_LARGE);
	sheet = sample;
	sheet.column_count = SHEET_MAX_COLUMNS + 1;
	assert_refused(sheet_xlsx(&out, &sheet, &err), &err, ERR_TOO_LARGE);
	assert_refused(sheet_csv(&out, &sheet, &err), &err, ERR_TOO_LARGE);
	buf_clear(&longest);
	buf_clear(&out);
}

/* What a community wrote is shown on the district's page, and runs nothing there. */
static void test_html__everything_is_escaped(void **state)
{
	struct buf out = { 0 };
	struct err err;

	(void)state;
	assert_ok(sheet_html(&out, &sample, &err), &err);
	has_not(&out, "<script");
	has(&out, "<td>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</td>");
	has(&out, "<h1>登记表 &amp; &lt;一&gt;</h1>");
	has(&out, "<th scope=\"col\">社团 &lt;名称&gt;</th>");
	has(&out, "<p>已报送 2/3 &amp; 未报送:沉默社区</p>");
	has(&out, "<td class=\"n\">700000.00</td>");
	has(&out, "lang=\"zh-CN\"");
	has(&out, "size: A4");
	buf_clear(&out);
}

/* The same cells as CSV: the mark, the header, and formulas made harmless. */
static void test_csv__formulas_are_made_harmless(void **state)
{
	struct buf out = { 0 };
	struct err err;

	(void)state;
	assert_ok(sheet_csv(&out, &sample, &err), &err);
	assert_string_equal(buf_str(&out),
		"\xef\xbb\xbf社团 <名称>,金额(元)\r\n'=1+2,700000.00\r\n"
		"\"<script>alert(\"\"x\"\")</script>\",-12.5\r\n"
		"http://a.example/&,1234567890123456\r\n,1e5\r\n");
	buf_clear(&out);
}

/* A form to fill in: nothing but what is above the rows. */
static void test_sheet__without_rows(void **state)
{
	struct buf out = { 0 };
	struct sheet sheet = sample;
	struct err err;

	(void)state;
	sheet.row_count = 0;
	assert_ok(sheet_html(&out, &sheet, &err), &err);
	has(&out, "<tbody>\n</tbody>");
	buf_reset(&out);
	assert_ok(sheet_csv(&out, &sheet, &err), &err);
	assert_string_equal(buf_str(&out), "\xef\xbb\xbf社团 <名称>,金额(元)\r\n");
	buf_reset(&out);
	assert_ok(sheet_xlsx(&out, &sheet, &err), &err);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xlsx__numbers_are_numbers_and_text_is_never_a_formula),
		cmocka_unit_test(test_xlsx__the_same_sheet_gives_the_same_bytes),
		cmocka_unit_test(test_xlsx__too_much_is_refused),
		cmocka_unit_test(test_html__everything_is_escaped),
		cmocka_unit_test(test_csv__formulas_are_made_harmless),
		cmocka_unit_test(test_sheet__without_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
