/* test_base.c -- bytes, names and the calendar. */
#include "test.h"

#include "linli/civil.h"
#include "linli/names.h"

/* A varint has one form only, so that no two blobs mean the same. */
static void test_varint__refuses_padding(void **state)
{
	static const uint8_t padded[] = { 0x80, 0x00 };
	struct cursor cursor = cursor_of(padded, sizeof(padded));

	(void)state;
	cursor_varint(&cursor);
	assert_true(cursor.failed);
}

static void test_varint__round_trips(void **state)
{
	static const int64_t values[] = { 0, 1, -1, 127, 128, INT64_MAX, INT64_MIN };
	struct buf buf = { 0 };
	struct cursor cursor;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		buf_zigzag(&buf, values[i]);
	}
	cursor = cursor_of(buf.data, buf.len);
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_int_equal(cursor_zigzag(&cursor), values[i]);
	}
	assert_int_equal(cursor_left(&cursor), 0);
	assert_false(cursor.failed);
	buf_clear(&buf);
}

/* A reader that ran past its end says so, however often it is asked. */
static void test_cursor__stays_failed(void **state)
{
	struct cursor cursor = cursor_of("abc", 3);

	(void)state;
	assert_int_equal(cursor_u32be(&cursor), 0);
	assert_true(cursor.failed);
	assert_int_equal(cursor_byte(&cursor), 0);
}

static void test_base64__one_text_for_one_value(void **state)
{
	struct buf out = { 0 };

	(void)state;
	assert_true(base64_decode(&out, view_of("YWI="), true));
	assert_string_equal(buf_str(&out), "ab");
	buf_reset(&out);
	assert_false(base64_decode(&out, view_of("YWJ="), true));
	assert_false(base64_decode(&out, view_of("YWI"), true));
	assert_false(base64_decode(&out, view_of("Y W="), true));
	buf_clear(&out);
}

static void test_utf8__refuses_what_rfc3629_refuses(void **state)
{
	(void)state;
	assert_true(utf8_valid(view_of("社区 \xf0\x9f\x98\x80")));
	assert_false(utf8_valid(view_of("\xc0\x80")));
	assert_false(utf8_valid(view_of("\xed\xa0\x80")));
	assert_false(utf8_valid(view_of("\xf4\x90\x80\x80")));
	assert_false(utf8_valid(view_of("\xe4\xb8")));
}

static void test_int64__refuses_other_spellings(void **state)
{
	static const char *const bad[] = { "", "-", "-0", "01", "+1", "1 ", "1e3", "0x1",
		"9223372036854775808", "-9223372036854775809" };
	int64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(int64_parse(&n, view_of(bad[i])));
	}
	assert_true(int64_parse(&n, view_of("-9223372036854775808")));
	assert_true(n == INT64_MIN);
}

/* What a name's reader takes is what its writer writes. */
static void test_names__round_trip(void **state)
{
	static const char text[] = "3f9a1c22d0b84e17.2/district/zhizunong@17#3";
	static const char *const bad[] = { "3f9a1c22d0b84e17.0/federation@1",
		"3F9a1c22d0b84e17.1/federation@1", "3f9a1c22d0b84e17.1/federation/x@1",
		"3f9a1c22d0b84e17.1/district/@1", "3f9a1c22d0b84e17.1/district/A@1",
		"3f9a1c22d0b84e17.1/federation@01", "3f9a1c22d0b84e17.1/federation@1#0",
		"3f9a1c22d0b84e17.1/federation@1#1 ", "3f9a1c22d0b84e17.1/federation" };
	char out[LINE_NAME_TEXT_BYTES];
	struct place place;
	size_t i;

	(void)state;
	assert_true(place_parse(&place, view_of(text)));
	place_print(out, &place);
	assert_string_equal(out, text);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(place_parse(&place, view_of(bad[i])));
	}
}

static void test_record_id__bytes_sort_as_created(void **state)
{
	char text[RECORD_ID_TEXT_BYTES];
	struct record_id small, large;
	struct device_id device;

	(void)state;
	assert_true(record_id_parse(&small, view_of("3f9a1c22d0b84e17.1.255"), false));
	assert_true(record_id_parse(&large, view_of("3f9a1c22d0b84e17.1.256"), false));
	record_id_print(text, large.bytes, large.len, false);
	assert_string_equal(text, "3f9a1c22d0b84e17.1.256");
	assert_true(view_compare((struct view){ (char *)small.bytes, small.len },
			    (struct view){ (char *)large.bytes, large.len }) < 0);
	assert_true(device_id_parse(&device, view_of("3f9a1c22d0b84e17")));
	assert_false(record_id_parse(&small, view_of("3f9a1c22d0b84e17.1.0"), false));
	assert_false(record_id_parse(&small, view_of("3f9a1c22d0b84e17.1"), false));
}

static void test_civil__days_and_periods(void **state)
{
	char date[CIVIL_DATE_BYTES];
	struct period period;
	struct err err;

	(void)state;
	assert_true(civil_date_valid(view_of("2024-02-29")));
	assert_false(civil_date_valid(view_of("2023-02-29")));
	assert_false(civil_date_valid(view_of("2024-13-45")));
	assert_int_equal(civil_days(view_of("1970-01-01")), 0);
	assert_int_equal(civil_days(view_of("2026-11-23")), 20780);
	civil_from_days(date, civil_days(view_of("2000-02-29")));
	assert_string_equal(date, "2000-02-29");
	assert_ok(period_parse(&period, view_of("2024-Q1"), &err), &err);
	assert_string_equal(period.to, "2024-04-01");
	assert_string_equal(period.previous, "2023-Q4");
	assert_string_equal(period.year_before, "2023-Q1");
	assert_refused(period_parse(&period, view_of("2024-Q5"), &err), &err, ERR_USAGE);
	assert_refused(period_parse(&period, view_of("2024-00"), &err), &err, ERR_USAGE);
}

/* A detail that is too long still is text, and shows that it was cut. */
static void test_err__long_details_are_cut_between_characters(void **state)
{
	char text[3 * ERR_DETAIL_BYTES] = "";
	struct err err = { 0 };
	size_t i, shift;

	(void)state;
	for (shift = 0; shift < 3; shift++) {
		memset(text, 'a', shift);
		for (i = shift; i + 3 < sizeof(text); i += 3) {
			memcpy(text + i, "评", 3);
		}
		text[i] = '\0';
		assert_false(err_set(&err, ERR_VALUE, "%s", text));
		assert_true(utf8_valid(view_of(err.detail)));
		assert_string_equal(err.detail + strlen(err.detail) - 3, "…");
		assert_false(err_wrap(&err, "评%.*s", (int)shift, "ab"));
		assert_true(utf8_valid(view_of(err.detail)));
		assert_string_equal(err.detail + strlen(err.detail) - 3, "…");
	}
	assert_false(err_set(&err, ERR_VALUE, "short"));
	assert_false(err_wrap(&err, "of %s", "a"));
	assert_string_equal(err.detail, "of a: short");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_varint__refuses_padding),
		cmocka_unit_test(test_varint__round_trips),
		cmocka_unit_test(test_cursor__stays_failed),
		cmocka_unit_test(test_base64__one_text_for_one_value),
		cmocka_unit_test(test_utf8__refuses_what_rfc3629_refuses),
		cmocka_unit_test(test_int64__refuses_other_spellings),
		cmocka_unit_test(test_names__round_trip),
		cmocka_unit_test(test_record_id__bytes_sort_as_created),
		cmocka_unit_test(test_civil__days_and_periods),
		cmocka_unit_test(test_err__long_details_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
