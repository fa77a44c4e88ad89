/* test_wanted.c -- what a line wants to change, as it is shown to whoever judges it. */
#include <stdlib.h>

#include "emit.h"
#include "test.h"
#include "wanted.h"

static const struct field served = { .name = "served", .label = { "服务人次", "Served" },
	.type = FIELD_INTEGER, .rule = RULE_SUM, .unit = "" };
static const struct field members = { .name = "members", .label = { "成员人数", "Members" },
	.type = FIELD_INTEGER, .rule = RULE_LATEST, .unit = "" };
static const struct field tags = { .name = "tags", .label = { "标签", "Tags" },
	.type = FIELD_TEXT, .rule = RULE_UNION, .unit = "" };

static struct value number(int64_t integer)
{
	return (struct value){ VALUE_INT, integer, { NULL, 0 } };
}

static struct value text(const char *words)
{
	return (struct value){ VALUE_TEXT, 0, view_of(words) };
}

static const struct value nothing = { VALUE_NULL, 0, { NULL, 0 } };

static const char *json(const struct line_change *changes, size_t count, enum wanted_side side)
{
	static struct buf out;

	buf_reset(&out);
	wanted_json(&out, "x", changes, count, side);
	return buf_str(&out);
}

static const char *shown(const struct line_change *change, bool applied)
{
	static struct buf out;

	buf_reset(&out);
	wanted_show(&out, NULL, change, 1, (struct wanted_style){ 0, applied });
	return buf_str(&out);
}

/* A reviewer decides about what it comes to, not about the difference alone. */
static void test_wanted__a_sum_is_added_up(void **state)
{
	const struct line_change more = { &served, ASSIGN_ADD, number(30), number(5) };
	const struct line_change much = { &served, ASSIGN_ADD, number(INT64_MAX - 1), number(5) };
	const struct line_change first = { &served, ASSIGN_ADD, nothing, number(5) };

	(void)state;
	assert_string_equal(json(&more, 1, WANTED_NOW), "\"x\":{\"served\":30}");
	assert_string_equal(json(&more, 1, WANTED_AFTER), "\"x\":{\"served\":35}");
	assert_string_equal(json(&much, 1, WANTED_AFTER), "\"x\":{\"served\":9223372036854775807}");
	assert_string_equal(json(&first, 1, WANTED_AFTER), "\"x\":{\"served\":5}");
	assert_string_equal(shown(&more, false), "Served  30 → 35 (+5)\n");
	assert_string_equal(shown(&first, false), "Served  – → 5 (+5)\n");
}

/* What counts already is in the sum: it must not be shown as added once more. */
static void test_wanted__what_is_applied_is_not_added_again(void **state)
{
	const struct line_change more = { &served, ASSIGN_ADD, number(35), number(5) };
	const struct line_change same = { &members, ASSIGN_SET, number(12), number(12) };
	const struct line_change past = { &members, ASSIGN_SET, number(14), number(12) };

	(void)state;
	assert_string_equal(json(&more, 1, WANTED_APPLIED), "\"x\":{\"served\":35}");
	assert_string_equal(json(&past, 1, WANTED_APPLIED), "\"x\":{\"members\":12}");
	assert_string_equal(shown(&more, true), "Served  +5\n");
	assert_string_equal(shown(&same, true), "Members  12\n");
	assert_string_equal(shown(&past, true), "Members  12 (now 14)\n");
}

/* Of a set what is in it then, each once, in an order that does not change. */
static void test_wanted__a_set_after_what_goes_in_and_out(void **state)
{
	const struct line_change changes[] = {
		{ &tags, ASSIGN_ADD, text("[\"b\",\"d\"]"), text("a") },
		{ &tags, ASSIGN_ADD, text("[\"b\",\"d\"]"), text("b") },
		{ &tags, ASSIGN_TAKE, text("[\"b\",\"d\"]"), text("d") },
	};

	(void)state;
	assert_string_equal(json(changes, 3, WANTED_NOW), "\"x\":{\"tags\":[\"b\",\"d\"]}");
	assert_string_equal(json(changes, 3, WANTED_AFTER), "\"x\":{\"tags\":[\"a\",\"b\"]}");
}

/* What would act upon a reviewer's terminal is written out. */
static void test_wanted__nothing_reaches_the_terminal_as_it_is(void **state)
{
	const struct field name = { .name = "name", .label = { "名称", "Name" },
		.type = FIELD_TEXT, .rule = RULE_LATEST, .unit = "" };
	const struct line_change change = { &name, ASSIGN_SET, text("a\x1b[2J"), text("b\nc") };

	(void)state;
	assert_string_equal(shown(&change, false), "Name  a\\x1b[2J → b\\nc\n");
}

/* A deletion is no field, and must not be overlooked. */
static void test_wanted__a_deletion_is_said(void **state)
{
	const struct line_change gone = { NULL, ASSIGN_SET, { VALUE_BOOL, 0, { NULL, 0 } },
		{ VALUE_BOOL, 1, { NULL, 0 } } };
	struct buf out = { 0 };

	(void)state;
	wanted_json_deletes(&out, &gone, 1);
	assert_string_equal(buf_str(&out), "\"deletes\":true");
	buf_clear(&out);
	assert_string_equal(json(&gone, 1, WANTED_AFTER), "\"x\":{}");
	assert_string_equal(shown(&gone, false), "Deletion  the record is deleted\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted__a_sum_is_added_up),
		cmocka_unit_test(test_wanted__what_is_applied_is_not_added_again),
		cmocka_unit_test(test_wanted__a_set_after_what_goes_in_and_out),
		cmocka_unit_test(test_wanted__nothing_reaches_the_terminal_as_it_is),
		cmocka_unit_test(test_wanted__a_deletion_is_said),
	};

	setenv("LC_ALL", "C.UTF-8", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
