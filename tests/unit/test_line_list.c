/* test_line_list.c -- which lines of a bundle a reviewer names. */
#include "line_list.h"
#include "test.h"

/* "1,4-6" as "1 4 5 6"; "!" where it is refused, with nothing handed out. */
static const char *parsed(const char *text)
{
	static struct buf shown;
	uint32_t *numbers = NULL;
	size_t count = 0, i;
	struct err err = { 0 };

	buf_reset(&shown);
	if (!line_list_parse(&numbers, &count, text, &err)) {
		assert_int_equal(err.code, ERR_USAGE);
		assert_non_null(strstr(err.detail, "--lines"));
		assert_null(numbers);
		assert_int_equal(count, 0);
		return "!";
	}
	for (i = 0; i < count; i++) {
		buf_printf(&shown, "%s%u", i != 0 ? " " : "", (unsigned)numbers[i]);
	}
	free(numbers);
	return buf_str(&shown);
}

/* What a reviewer reads off the list of lines is what they write. */
static void test_lines__numbers_and_ranges(void **state)
{
	(void)state;
	assert_string_equal(parsed("1"), "1");
	assert_string_equal(parsed("1,4-6"), "1 4 5 6");
	assert_string_equal(parsed("2-2,3"), "2 3");
	assert_string_equal(parsed("9999-10000"), "9999 10000");
}

/* A slip of the finger must not judge a line that was not meant. */
static void test_lines__what_is_not_clear_is_refused(void **state)
{
	static const char *const slips[] = { "", ",", "1,", ",1", "1,,2", "1-", "-3", "1--3", "a",
		"1 2", "1, 2", " 1", "+1", "01", "1-03", "0", "0-2", "1;2", "1,4-6x", "1\xef\xbc\x8c"
		"2", "\xff", "all", "1.5", "0x1" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		assert_string_equal(parsed(slips[i]), "!");
	}
}

/* Lines that fall, or come twice, are more likely a mistake than meant. */
static void test_lines__they_rise_and_come_once(void **state)
{
	(void)state;
	assert_string_equal(parsed("2,1"), "!");
	assert_string_equal(parsed("1,1"), "!");
	assert_string_equal(parsed("1-3,3"), "!");
	assert_string_equal(parsed("3-1"), "!");
	assert_string_equal(parsed("1-3,2-5"), "!");
}

/* No number that fits no bundle, and none that wraps around, gets through. */
static void test_lines__no_more_than_a_bundle_has(void **state)
{
	struct buf longest = { 0 };
	uint32_t *numbers = NULL;
	size_t count = 0;
	struct err err = { 0 };
	unsigned i;

	(void)state;
	assert_string_equal(parsed("10001"), "!");
	assert_string_equal(parsed("1-10001"), "!");
	assert_string_equal(parsed("4294967297"), "!");
	assert_string_equal(parsed("18446744073709551617"), "!");
	assert_ok(line_list_parse(&numbers, &count, "1-10000", &err), &err);
	assert_int_equal(count, LINE_LIST_MAX);
	assert_int_equal(numbers[LINE_LIST_MAX - 1], LINE_LIST_MAX);
	free(numbers);
	for (i = 1; i <= LINE_LIST_MAX; i++) {
		buf_printf(&longest, "%s%u", i != 1 ? "," : "", i);
	}
	assert_ok(line_list_parse(&numbers, &count, buf_str(&longest), &err), &err);
	assert_int_equal(count, LINE_LIST_MAX);
	free(numbers);
	buf_text(&longest, ",10000");
	assert_string_equal(parsed(buf_str(&longest)), "!");
	buf_clear(&longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines__numbers_and_ranges),
		cmocka_unit_test(test_lines__what_is_not_clear_is_refused),
		cmocka_unit_test(test_lines__they_rise_and_come_once),
		cmocka_unit_test(test_lines__no_more_than_a_bundle_has),
	};

	setenv("LC_ALL", "C.UTF-8", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
