/* test_line.c -- lines of canonical JSON. */
#include "test.h"

#include "line.h"
#include "linli/env.h"
#include "linli/model.h"

static const char head[] = "{\"t\":1,\"e\":\"a\",\"id\":\"b\"";

/* ${text} is taken, and written again as it was. */
static void assert_round_trip(const char *text)
{
	struct arena arena = { 0 };
	struct buf back = { 0 };
	struct err err = { 0 };
	struct line line;

	assert_ok(line_parse(&line, &arena, view_of(text), &err), &err);
	line_write(&back, &line);
	assert_string_equal(buf_str(&back), text);
	buf_clear(&back);
	arena_clear(&arena);
}

static void test_line__reads_every_part(void **state)
{
	static const char text[] = "{\"t\":1764000000000123,\"e\":\"club\","
				   "\"id\":\"3f9a1c22d0b84e17.1.7\","
				   "\"put\":{\"name\":\"太极拳队\",\"members\":24,\"gone\":null},"
				   "\"add\":{\"served\":-30},\"in\":{\"roles\":[\"a\",\"b\"]},"
				   "\"out\":{\"roles\":[\"c\"]},\"n\":\"AQIDBAUGBwg=\"}";
	static const uint8_t salt[LINE_SALT_BYTES] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct arena arena = { 0 };
	struct err err = { 0 };
	struct line line;

	(void)state;
	assert_ok(line_parse(&line, &arena, view_of(text), &err), &err);
	assert_true(line.t == 1764000000000123);
	assert_true(view_is(line.entity, "club"));
	assert_true(view_is(line.id, "3f9a1c22d0b84e17.1.7"));
	assert_false(line.has_del);
	assert_int_equal(line.change_count, 7);
	assert_int_equal(line.changes[0].op, LINE_PUT);
	assert_true(view_is(line.changes[0].value.text, "太极拳队"));
	assert_int_equal(line.changes[1].value.kind, VALUE_INT);
	assert_true(line.changes[1].value.integer == 24);
	assert_int_equal(line.changes[2].value.kind, VALUE_NULL);
	assert_int_equal(line.changes[3].op, LINE_ADD);
	assert_true(line.changes[3].value.integer == -30);
	assert_int_equal(line.changes[5].op, LINE_IN);
	assert_true(view_is(line.changes[5].field, "roles"));
	assert_true(view_is(line.changes[5].value.text, "b"));
	assert_int_equal(line.changes[6].op, LINE_OUT);
	assert_true(line.has_salt);
	assert_memory_equal(line.salt, salt, sizeof(salt));
	assert_round_trip(text);
	arena_clear(&arena);
}

/* A text without escapes is not copied: lines are read by the million. */
static void test_line__borrows_plain_text(void **state)
{
	static const char text[] = "{\"t\":1,\"e\":\"a\",\"id\":\"b\",\"put\":{\"c\":\"plain\"}}";
	struct arena arena = { 0 };
	struct err err = { 0 };
	struct line line;
	const char *at;

	(void)state;
	assert_ok(line_parse(&line, &arena, view_of(text), &err), &err);
	at = line.changes[0].value.text.data;
	assert_true(at > text && at < text + sizeof(text));
	arena_clear(&arena);
}

static void test_line__every_control_character_has_one_escape(void **state)
{
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct view rest, out;
	unsigned c;

	(void)state;
	for (c = 1; c < 0x80; c++) {
		char raw = (char)c;

		buf_reset(&text);
		line_string_write(&text, (struct view){ &raw, 1 });
		rest = buf_as_view(&text);
		assert_true(line_string_read(&out, &arena, &rest));
		assert_int_equal(rest.len, 0);
		assert_int_equal(out.len, 1);
		assert_int_equal(out.data[0], raw);
	}
	assert_round_trip("{\"t\":1,\"e\":\"a\",\"id\":\"b\",\"put\":"
			  "{\"c\":\"\\\"\\\\\\n\\r\\t\\u0001\\u001f/\x7f\"}}");
	buf_clear(&text);
	arena_clear(&arena);
}

static void test_line__integers_at_their_limits(void **state)
{
	(void)state;
	assert_round_trip("{\"t\":9007199254740991,\"e\":\"a\",\"id\":\"b\",\"put\":"
			  "{\"c\":9223372036854775807,\"d\":-9223372036854775808,\"e\":0}}");
}

static void test_line__deletes_and_takes_back(void **state)
{
	(void)state;
	assert_round_trip("{\"t\":1,\"e\":\"a\",\"id\":\"b\",\"del\":true}");
	assert_round_trip("{\"t\":1,\"e\":\"a\",\"id\":\"b\",\"del\":false,\"n\":\"/+/+/+/+/+8=\"}");
}

/* Exactly the cap is taken; one more is refused, and by the right code. */
static void test_line__caps(void **state)
{
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct err err = { 0 };
	struct line line;
	unsigned i, count;

	(void)state;
	for (count = LINE_MAX_FIELDS; count <= LINE_MAX_FIELDS + 1; count++) {
		buf_reset(&text);
		buf_printf(&text, "%s,\"put\":{", head);
		for (i = 0; i < count; i++) {
			buf_printf(&text, "%s\"f%u\":%u", i > 0 ? "," : "", i, i);
		}
		buf_text(&text, "}}");
		assert_int_equal(line_parse(&line, &arena, buf_as_view(&text), &err),
			count == LINE_MAX_FIELDS);
	}
	assert_int_equal(err.code, ERR_TOO_LARGE);
	for (count = LINE_MAX_ELEMENTS; count <= LINE_MAX_ELEMENTS + 1; count++) {
		buf_reset(&text);
		buf_printf(&text, "%s,\"in\":{\"x\":[", head);
		for (i = 0; i < count; i++) {
			buf_printf(&text, "%s\"%03u\"", i > 0 ? "," : "", i);
		}
		buf_text(&text, "]}}");
		err.code = ERR_NONE;
		assert_int_equal(line_parse(&line, &arena, buf_as_view(&text), &err),
			count == LINE_MAX_ELEMENTS);
	}
	assert_int_equal(err.code, ERR_TOO_LARGE);
	for (count = FIELD_TEXT_MAX_BYTES; count <= FIELD_TEXT_MAX_BYTES + 1; count++) {
		buf_reset(&text);
		buf_printf(&text, "%s,\"put\":{\"x\":\"%0*u\"}}", head, (int)count, 0U);
		err.code = ERR_NONE;
		assert_int_equal(line_parse(&line, &arena, buf_as_view(&text), &err),
			count == FIELD_TEXT_MAX_BYTES);
	}
	assert_int_equal(err.code, ERR_TOO_LARGE);
	buf_clear(&text);
	arena_clear(&arena);
}

/* A line of the greatest length is taken, one byte more is not. */
static void test_line__cap_of_the_line(void **state)
{
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct err err = { 0 };
	struct line line;
	size_t full;
	unsigned i;
	int last;

	(void)state;
	buf_printf(&text, "%s,\"put\":{\"f\":1", head);
	for (i = 0; i < 7; i++) {
		buf_printf(&text, ",\"f%u\":\"%0*u\"", i, FIELD_TEXT_MAX_BYTES, 0U);
	}
	last = (int)(LINE_MAX_BYTES - text.len - strlen(",\"g\":\"\"}}"));
	assert_true(last > 0 && last < FIELD_TEXT_MAX_BYTES);
	full = text.len;
	for (i = 0; i < 2; i++) {
		text.len = full;
		buf_printf(&text, ",\"g\":\"%0*u\"}}", last + (int)i, 0U);
		assert_int_equal(text.len, LINE_MAX_BYTES + i);
		assert_int_equal(line_parse(&line, &arena, buf_as_view(&text), &err), i == 0);
	}
	assert_int_equal(err.code, ERR_TOO_LARGE);
	buf_clear(&text);
	arena_clear(&arena);
}

/* The operator is told where. */
static void test_line__detail_names_the_byte(void **state)
{
	struct arena arena = { 0 };
	struct err err = { 0 };
	struct line line;

	(void)state;
	assert_refused(line_parse(&line, &arena, view_of("{\"t\":1,\"x\":1}"), &err), &err,
		ERR_FORMAT);
	assert_true(view_begins(view_of(err.detail), "at byte 6: "));
	arena_clear(&arena);
}

/* No line that is cut short anywhere is a line. */
static void test_line__every_cut_is_refused(void **state)
{
	static const char text[] = "{\"t\":12,\"e\":\"a\",\"id\":\"b\","
				   "\"put\":{\"c\":\"\\u0001é\",\"d\":-1},"
				   "\"add\":{\"e\":5},\"in\":{\"f\":[\"x\",\"y\"]},\"n\":\"AAAAAAAAAAA=\"}";
	struct arena arena = { 0 };
	struct err err;
	struct line line;
	size_t len;

	(void)state;
	assert_round_trip(text);
	for (len = 0; len < sizeof(text) - 1; len++) {
		char *copy = malloc(len != 0 ? len : 1);

		assert_non_null(copy);
		memcpy(copy, text, len);
		assert_refused(line_parse(&line, &arena, (struct view){ copy, len }, &err), &err,
			ERR_FORMAT);
		free(copy);
	}
	arena_clear(&arena);
}

static void test_value__order_and_equality(void **state)
{
	static const struct value values[] = { { VALUE_NULL, 0, { NULL, 0 } },
		{ VALUE_BOOL, 0, { NULL, 0 } }, { VALUE_BOOL, 1, { NULL, 0 } },
		{ VALUE_INT, INT64_MIN, { NULL, 0 } }, { VALUE_INT, 0, { NULL, 0 } },
		{ VALUE_TEXT, 0, { "", 0 } }, { VALUE_TEXT, 0, { "a", 1 } } };
	size_t count = sizeof(values) / sizeof(values[0]), i, j;

	(void)state;
	for (i = 0; i < count; i++) {
		for (j = 0; j < count; j++) {
			int order = value_compare(&values[i], &values[j]);

			assert_int_equal(order < 0, i < j);
			assert_int_equal(order > 0, i > j);
			assert_int_equal(value_equal(&values[i], &values[j]), i == j);
		}
	}
}

/* Each file of tests/data/line is refused with the code that its name ends in. */
static void test_line__hostile_samples(void **state)
{
	const struct env *env = env_system();
	struct buf names = { 0 }, path = { 0 }, text = { 0 };
	struct arena arena = { 0 };
	struct err err = { 0 };
	struct line line;
	size_t at, count = 0;

	(void)state;
	assert_ok(env->list_dir(env->ctx, &names, "tests/data/line", &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1) {
		const char *name = (char *)names.data + at, *code = strrchr(name, '.');

		assert_non_null(code);
		buf_reset(&path);
		buf_reset(&text);
		arena_reset(&arena);
		buf_printf(&path, "tests/data/line/%s", name);
		assert_ok(env->read_file(env->ctx, &text, buf_str(&path), 1 << 20, &err), &err);
		err.code = ERR_NONE;
		if (line_parse(&line, &arena, buf_as_view(&text), &err) ||
			strcmp(err_name(err.code), code + 1) != 0) {
			fail_msg("%s: %s %s", name, err_name(err.code), err.detail);
		}
		count++;
	}
	assert_true(count >= 100);
	buf_clear(&names);
	buf_clear(&path);
	buf_clear(&text);
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line__reads_every_part),
		cmocka_unit_test(test_line__borrows_plain_text),
		cmocka_unit_test(test_line__every_control_character_has_one_escape),
		cmocka_unit_test(test_line__integers_at_their_limits),
		cmocka_unit_test(test_line__deletes_and_takes_back),
		cmocka_unit_test(test_line__caps),
		cmocka_unit_test(test_line__cap_of_the_line),
		cmocka_unit_test(test_line__detail_names_the_byte),
		cmocka_unit_test(test_line__every_cut_is_refused),
		cmocka_unit_test(test_value__order_and_equality),
		cmocka_unit_test(test_line__hostile_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
