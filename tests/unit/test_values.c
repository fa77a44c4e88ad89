/* test_values.c -- what people write for a field, and read. */
#include "test.h"

#include "values.h"

struct amount {
	const char *text;
	int64_t value;
};

typedef bool parse_amount(int64_t *out, struct view text, struct err *err);

static void assert_amounts(parse_amount *parse, const struct amount *amounts, size_t count)
{
	struct err err = { 0 };
	int64_t value;
	size_t i;

	for (i = 0; i < count; i++) {
		value = -77;
		if (!parse(&value, view_of(amounts[i].text), &err)) {
			fail_msg("'%s': %s", amounts[i].text, err.detail);
		}
		if (value != amounts[i].value) {
			fail_msg("'%s' is read as %lld", amounts[i].text, (long long)value);
		}
	}
}

static void assert_none(parse_amount *parse, const char *const *texts, size_t count)
{
	struct err err = { 0 };
	int64_t value;
	size_t i;

	for (i = 0; i < count; i++) {
		if (parse(&value, view_of(texts[i]), &err)) {
			fail_msg("'%s' is read as %lld", texts[i], (long long)value);
		}
		assert_int_equal(err.code, ERR_VALUE);
		assert_true(utf8_valid(view_of(err.detail)));
		err.code = ERR_NONE;
	}
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* A person writes yuan, a program fen; neither may be taken for the other. */
static void test_money__yuan_and_fen(void **state)
{
	static const struct amount good[] = {
		{ "700000", 700000 },
		{ "0", 0 },
		{ "-5", -5 },
		{ "007", 7 },
		{ "7000.00", 700000 },
		{ "7000.5", 700050 },
		{ "700,000.00", 70000000 },
		{ "7000元", 700000 },
		{ "7000.5元", 700050 },
		{ "700,000元", 70000000 },
		{ "¥7000", 700000 },
		{ "￥7000", 700000 },
		{ "¥-7000", -700000 },
		{ "-¥7,000.00", -700000 },
		{ "RMB 7000", 700000 },
		{ "7000 yuan", 700000 },
		{ "70万", 70000000 },
		{ "70万元", 70000000 },
		{ "0.7万元", 700000 },
		{ "70.123456万元", 70123456 },
		{ "1.2亿元", 12000000000 },
		{ "1亿", 10000000000 },
		{ "5角", 50 },
		{ "70分", 70 },
		{ "70 fen", 70 },
		{ "  7000 元 ", 700000 },
		{ "\xe3\x80\x80"
		  "7000元",
			700000 },
		{ "７，０００．５０元", 700050 },
		{ "-5.00", -500 },
		{ "−5.00", -500 },
		{ "92233720368547758.07", INT64_MAX },
		{ "-92233720368547758.08", INT64_MIN },
		{ "0.01", 1 },
		{ "-0.00", 0 },
	};
	static const char *const bad[] = { "", " ", "元", "¥", "-", "7,000", "700,000", "7000.",
		".50", "7000.005", "700.000", "7.000.000", "1,2,3.00", "70,00.00", ",700.00",
		"7 000", "7000元元", "--5.00", "¥¥5", "+5.00", "1e3", "0x10", "七百元", "7000美元",
		"5元3角", "½元", "10²", "①00元", "5.005角", "0.5分", "92233720368547758.08",
		"99999999999999999999", "1000000000亿元", "7000\xff", "12:30", "5%",
		"0000000000000000000000000000000000000000000000000000000000000000000000000000000000"
		"0"
		"0000000000000000000000000000000000000000000000000000000000000000000000000000000000"
		"0"
		"000000000000000000000000000000000000000000000000000000000000001" };

	(void)state;
	assert_amounts(money_parse, good, COUNT(good));
	assert_none(money_parse, bad, COUNT(bad));
}

static void test_money__what_is_shown_is_read_back(void **state)
{
	static const int64_t values[] = { 0, 1, 99, 100, -1, -100, 99999, 100000, 70000000,
		-123456789, INT64_MAX, INT64_MIN };
	char text[MONEY_TEXT_BYTES];
	struct err err = { 0 };
	int64_t again;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(values); i++) {
		money_print(text, values[i]);
		assert_ok(money_parse(&again, view_of(text), &err), &err);
		assert_true(again == values[i]);
	}
	money_print(text, 70000000);
	assert_string_equal(text, "700,000.00 元");
	money_print(text, -5);
	assert_string_equal(text, "-0.05 元");
	money_print(text, INT64_MIN);
	assert_string_equal(text, "-92,233,720,368,547,758.08 元");
}

static void test_area__square_metres_and_centimetres(void **state)
{
	static const struct amount good[] = { { "895000", 895000 }, { "89.50", 895000 },
		{ "89.5㎡", 895000 }, { "89.5 m2", 895000 }, { "89.5m²", 895000 },
		{ "89.5M²", 895000 }, { "89平方米", 890000 }, { "89.5平米", 895000 },
		{ "８９．５㎡", 895000 }, { "1,234.5678", 12345678 }, { "0.3公顷", 30000000 },
		{ "1.2万平方米", 120000000 }, { "500平方厘米", 500 }, { "500㎠", 500 },
		{ "500cm²", 500 }, { "0", 0 } };
	static const char *const bad[] = { "", "-1", "-1㎡", "89,500", "89.50001", "89.5²",
		"89.5亩", "89.5㎥", "m2", "¥5.00", "89.5m²²" };

	(void)state;
	assert_amounts(area_parse, good, COUNT(good));
	assert_none(area_parse, bad, COUNT(bad));
}

/* No square centimetre is lost between the screen and the record. */
static void test_area__what_is_shown_is_read_back(void **state)
{
	static const int64_t values[] = { 0, 1, 10, 100, 9999, 10000, 895000, 895001, 895010,
		123456789012, INT64_MAX };
	char text[AREA_TEXT_BYTES];
	struct err err = { 0 };
	int64_t again;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(values); i++) {
		area_print(text, values[i]);
		assert_ok(area_parse(&again, view_of(text), &err), &err);
		assert_true(again == values[i]);
	}
	area_print(text, 895000);
	assert_string_equal(text, "89.50 ㎡");
	area_print(text, 12345678);
	assert_string_equal(text, "1,234.5678 ㎡");
	area_print(text, 895010);
	assert_string_equal(text, "89.501 ㎡");
}

static void test_integer__whole_numbers_only(void **state)
{
	static const struct amount good[] = { { "1234", 1234 }, { "1,234", 1234 },
		{ "１，２３４", 1234 }, { "-5", -5 }, { "−5", -5 }, { " 0 ", 0 },
		{ "9223372036854775807", INT64_MAX } };
	static const char *const bad[] = { "", "1.5", "1.0", "12人", "1 2", "12,34", "1,2345",
		"9223372036854775808", "x", "²", "-" };

	(void)state;
	assert_amounts(integer_parse, good, COUNT(good));
	assert_none(integer_parse, bad, COUNT(bad));
}

static void test_boolean__words_of_both_languages(void **state)
{
	static const char *const yes[] = { "true", "TRUE", "1", "１", "yes", "Y", "是", " 有 ",
		"对" };
	static const char *const no[] = { "false", "0", "No", "n", "否", "无", "没有", "错" };
	static const char *const bad[] = { "", "2", "maybe", "是否", "x", "truee" };
	struct err err = { 0 };
	bool value;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(yes); i++) {
		value = false;
		assert_ok(boolean_parse(&value, view_of(yes[i]), &err), &err);
		assert_true(value);
	}
	for (i = 0; i < COUNT(no); i++) {
		value = true;
		assert_ok(boolean_parse(&value, view_of(no[i]), &err), &err);
		assert_false(value);
	}
	for (i = 0; i < COUNT(bad); i++) {
		assert_refused(boolean_parse(&value, view_of(bad[i]), &err), &err, ERR_VALUE);
	}
}

static void test_date__the_ways_people_write_one_day(void **state)
{
	static const char *const same[] = { "2024-03-05", "2024-3-5", "2024/3/5", "2024/03/05",
		"2024.3.5", "2024年3月5日", "2024年03月05号", "2024 年 3 月 5 日", "20240305",
		"２０２４０３０５", "２０２４／３／５", "\t2024-03-05\n" };
	static const char *const bad[] = { "", "2024-02-30", "2024-13-01", "2024-3/5", "2024年3月",
		"24-3-5", "3/5/2024", "2024305", "202403051", "2024-003-05", "2024-3-5 10:00",
		"2024-03-0 5", "0000-01-01", "2024年3月5", "20240230", "２０２４", "2024-3-5日" };
	char date[CIVIL_DATE_BYTES];
	struct err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(same); i++) {
		assert_ok(date_parse(date, view_of(same[i]), &err), &err);
		assert_string_equal(date, "2024-03-05");
	}
	for (i = 0; i < COUNT(bad); i++) {
		if (date_parse(date, view_of(bad[i]), &err)) {
			fail_msg("'%s' is read as %s", bad[i], date);
		}
		assert_int_equal(err.code, ERR_VALUE);
	}
}

/* Two keyboards, one name: equal text has equal bytes. */
static void test_text__one_form(void **state)
{
	struct buf out = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(text_tidy(&out, view_of("\xe3\x80\x80 caf\x65\xcc\x81 队 \r\n\xc2\xa0"), &err),
		&err);
	assert_string_equal(buf_str(&out), "caf\xc3\xa9 队");
	buf_reset(&out);
	/* Full-width text is the writer's choice and stays. */
	assert_ok(text_tidy(&out, view_of("\xef\xbb\xbf３号楼（东）"), &err), &err);
	assert_string_equal(buf_str(&out), "３号楼（东）");
	buf_reset(&out);
	assert_ok(text_tidy(&out, view_of(" \xe3\x80\x80\t"), &err), &err);
	assert_int_equal(out.len, 0);
	assert_refused(text_tidy(&out, view_of("\xff"), &err), &err, ERR_VALUE);
	assert_non_null(buf_grow(&out, VALUE_TEXT_MAX_BYTES + 1));
	assert_refused(text_tidy(&out, buf_as_view(&out), &err), &err, ERR_TOO_LARGE);
	buf_clear(&out);
}

static void test_values__refusals_speak_both_languages(void **state)
{
	struct err err = { 0 };
	int64_t value;

	(void)state;
	assert_refused(money_parse(&value, view_of("7,000\033"), &err), &err, ERR_VALUE);
	assert_string_equal(err.detail,
		"\"7,000\\x1b\" is not a clear amount of money (write "
		"7000.00 or 7000元; a bare whole number is in fen)");
	setenv("LC_ALL", "zh_CN.UTF-8", 1);
	assert_refused(
		date_parse((char[CIVIL_DATE_BYTES]){ "" }, view_of("昨天"), &err), &err, ERR_VALUE);
	setenv("LC_ALL", "C.UTF-8", 1);
	assert_string_equal(err.detail, "\"昨天\" 不是日期(例: 2024-03-05)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_money__yuan_and_fen),
		cmocka_unit_test(test_money__what_is_shown_is_read_back),
		cmocka_unit_test(test_area__square_metres_and_centimetres),
		cmocka_unit_test(test_area__what_is_shown_is_read_back),
		cmocka_unit_test(test_integer__whole_numbers_only),
		cmocka_unit_test(test_boolean__words_of_both_languages),
		cmocka_unit_test(test_date__the_ways_people_write_one_day),
		cmocka_unit_test(test_text__one_form),
		cmocka_unit_test(test_values__refusals_speak_both_languages),
	};

	setenv("LC_ALL", "C.UTF-8", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
