/* test_table.c -- what a terminal shows: width, escapes, tables. */
#include "test.h"

#include "display.h"
#include "table.h"

static const struct table_column columns[] = {
	{ "名称", TABLE_TEXT },
	{ "人数", TABLE_NUMBER },
	{ "note", TABLE_TEXT },
};

static struct table *sample(void)
{
	struct table *table;
	struct err err = { 0 };

	assert_ok(table_new(&table, columns, 3, &err), &err);
	table_add(table, view_of("太极拳队"));
	table_printf(table, "%d", 1200);
	table_add(table, view_of("Wednesdays at nine in the hall"));
	table_add(table, view_of("caf\x65\xcc\x81")); /* e and a combining accent */
	table_printf(table, "%d", 7);
	table_add(table, view_of(""));
	return table;
}

static void assert_rendered(
	const struct table *table, struct table_style style, const char *expected)
{
	struct buf out = { 0 };
	struct err err = { 0 };

	assert_ok(table_render(&out, table, style, &err), &err);
	assert_string_equal(buf_str(&out), expected);
	buf_clear(&out);
}

static void test_display__width_is_what_is_seen(void **state)
{
	(void)state;
	assert_int_equal(display_width(view_of("abc")), 3);
	assert_int_equal(display_width(view_of("社区")), 4);
	assert_int_equal(display_width(view_of("caf\x65\xcc\x81")), 4);
	assert_int_equal(display_width(view_of("１２")), 4);
	assert_int_equal(display_width(view_of("")), 0);
}

static void assert_escaped(const char *text, size_t len, const char *expected)
{
	struct buf out = { 0 };

	display_escape(&out, (struct view){ text, len });
	assert_string_equal(buf_str(&out), expected);
	assert_true(utf8_valid(buf_as_view(&out)));
	buf_clear(&out);
}

/* A club's name must not clear the screen or read backwards. */
static void test_display__nothing_steers_the_terminal(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *expected;
	} cases[] = {
		{ "\033[2J", 4, "\\x1b[2J" },
		{ "a\nb\r\tc", 6, "a\\nb\\r\\tc" },
		{ "\x7f\b\0", 3, "\\x7f\\x08\\x00" },
		{ "\xc2\x9b"
		  "31m",
			5, "\\x9b31m" },                  /* CSI of C1 */
		{ "\xe2\x80\xae", 3, "\\u202e" },         /* right-to-left override */
		{ "\xe2\x81\xa6", 3, "\\u2066" },         /* isolate */
		{ "\xe2\x80\x8f", 3, "\\u200f" },         /* right-to-left mark */
		{ "\xe2\x80\xa8", 3, "\\u2028" },         /* line separator */
		{ "\xf3\xa0\x81\x81", 4, "\\ue0041" },    /* tag character */
		{ "\xff\xe4\xb8", 3, "\\xff\\xe4\\xb8" }, /* no UTF-8 */
		{ "社区 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8c\xbe", 18,
			"社区 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8c\xbe" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_escaped(cases[i].text, cases[i].len, cases[i].expected);
	}
}

static void assert_fitted(const char *text, size_t room, const char *expected, size_t width)
{
	struct buf out = { 0 };

	assert_int_equal(display_fit(&out, view_of(text), room), width);
	assert_string_equal(buf_str(&out), expected);
	buf_clear(&out);
}

static void test_display__fit_never_takes_more_than_there_is(void **state)
{
	(void)state;
	assert_fitted("abcdef", 6, "abcdef", 6);
	assert_fitted("abcdef", 5, "abcd…", 5);
	assert_fitted("社区居民", 8, "社区居民", 8);
	assert_fitted("社区居民", 7, "社区居…", 7);
	assert_fitted("社区居民", 6, "社区…", 5);
	assert_fitted("社区居民", 1, "…", 1);
	assert_fitted("社区居民", 0, "", 0);
	assert_fitted("caf\x65\xcc\x81s", 5, "caf\x65\xcc\x81s", 5);
	assert_fitted("caf\x65\xcc\x81sx", 5, "caf\x65\xcc\x81…", 5);
}

/* What goes into a pipe is whole and plain. */
static void test_table__aligns_by_width(void **state)
{
	struct table *table = sample();

	(void)state;
	assert_rendered(table, (struct table_style){ 0 },
		"名称      人数  note\n"
		"太极拳队  1200  Wednesdays at nine in the hall\n"
		"caf\x65\xcc\x81         7  \n");
	table_free(table);
}

/* Text gives way on a narrow terminal, numbers never do. */
static void test_table__cuts_text_but_no_number(void **state)
{
	struct table *table = sample();

	(void)state;
	assert_rendered(table, (struct table_style){ .columns = 30, .bold = true },
		"\033[1m名称      人数  note\033[0m\n"
		"太极拳队  1200  Wednesdays at…\n"
		"caf\x65\xcc\x81         7  \n");
	assert_rendered(table, (struct table_style){ .columns = 1 },
		"名称    人数  note\n"
		"太极…   1200  Wedne…\n"
		"caf\x65\xcc\x81       7  \n");
	table_free(table);
}

static void test_table__cells_are_escaped(void **state)
{
	struct table *table;
	struct err err = { 0 };

	(void)state;
	assert_ok(table_new(&table, columns, 3, &err), &err);
	table_add(table, view_of("a\nb\033[1m"));
	assert_rendered(table, (struct table_style){ 0 },
		"名称         人数  note\n"
		"a\\nb\\x1b[1m\n");
	table_free(table);
}

/* A column without anything in it only takes the room of others. */
static void test_table__empty_columns_can_be_left_out(void **state)
{
	struct table *table;
	struct err err = { 0 };

	(void)state;
	assert_ok(table_new(&table, columns, 3, &err), &err);
	table_hide_empty(table);
	table_add(table, view_of("a"));
	table_add(table, view_of(""));
	table_add(table, view_of("x"));
	table_add(table, view_of("b"));
	assert_rendered(table, (struct table_style){ 0 },
		"名称  note\n"
		"a     x\n"
		"b\n");
	assert_rendered(table, (struct table_style){ .columns = 10 },
		"名称  note\n"
		"a     x\n"
		"b\n");
	table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_display__width_is_what_is_seen),
		cmocka_unit_test(test_display__nothing_steers_the_terminal),
		cmocka_unit_test(test_display__fit_never_takes_more_than_there_is),
		cmocka_unit_test(test_table__aligns_by_width),
		cmocka_unit_test(test_table__cuts_text_but_no_number),
		cmocka_unit_test(test_table__cells_are_escaped),
		cmocka_unit_test(test_table__empty_columns_can_be_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
