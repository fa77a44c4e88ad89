/* test_statement.c -- a statement's document has one form; see statement_text.h. */
#include "test.h"

#include "linli/env.h"
#include "statement_text.h"

#define SAMPLE "tests/fuzz/corpus/statement/quarter"

static void read_sample(struct buf *out)
{
	const struct env *env = env_system();
	struct err err = { 0 };

	assert_ok(env->read_file(env->ctx, out, SAMPLE, STATEMENT_MAX_BYTES, &err), &err);
}

static enum err_code parse(struct view text)
{
	struct statement_file file;
	struct arena arena = { 0 };
	struct err err = { 0 };
	bool ok = statement_parse(&file, &arena, text, &err);

	arena_clear(&arena);
	assert_true(ok == (err.code == ERR_NONE));
	return err.code;
}

/* What is published is read as it was written. */
static void test_statement__is_read_as_written(void **state)
{
	struct buf text = { 0 };
	struct statement_file file;
	struct arena arena = { 0 };
	struct err err = { 0 };

	(void)state;
	read_sample(&text);
	assert_ok(statement_parse(&file, &arena, buf_as_view(&text), &err), &err);
	assert_string_equal(file.period.name, "2024-Q1");
	assert_true(file.head_count > 2);
	assert_true(file.row_count > 10);
	assert_int_equal(file.covers[0].level, PLACE_DISTRICT);
	arena_clear(&arena);
	buf_clear(&text);
}

/* Cut anywhere, it is none: nobody reads half a statement as a whole one. */
static void test_statement__cut_short_is_refused(void **state)
{
	struct buf text = { 0 };
	size_t len;

	(void)state;
	read_sample(&text);
	for (len = 0; len < text.len; len += 97) {
		assert_int_not_equal(parse((struct view){ (char *)text.data, len }), ERR_NONE);
	}
	buf_byte(&text, '\n');
	assert_int_not_equal(parse(buf_as_view(&text)), ERR_NONE);
	buf_clear(&text);
}

/* Replace ${what} by ${with} in the sample, and read that. */
static enum err_code altered(const char *what, const char *with)
{
	struct buf text = { 0 }, other = { 0 };
	const char *at;
	enum err_code code;

	read_sample(&text);
	at = strstr(buf_str(&text), what);
	assert_non_null(at);
	buf_add(&other, text.data, (size_t)(at - buf_str(&text)));
	buf_text(&other, with);
	buf_text(&other, at + strlen(what));
	code = parse(buf_as_view(&other));
	buf_clear(&text);
	buf_clear(&other);
	return code;
}

/* Other spellings of the same, and what cannot be, are refused. */
static void test_statement__has_one_form(void **state)
{
	(void)state;
	assert_int_equal(altered("\"period\":\"2024-Q1\"", "\"period\": \"2024-Q1\""), ERR_FORMAT);
	assert_int_equal(altered("\"period\":\"2024-Q1\"", "\"period\":\"2024-Q9\""), ERR_FORMAT);
	assert_int_equal(altered("\"linli\":\"statement 1\"", "\"linli\":\"statement 2\""),
		ERR_FORMAT);
	assert_int_equal(altered("\"heads\":", "\"heads\":9"), ERR_FORMAT);
	assert_int_equal(altered("\"figures\":", "\"figures\":400000000000000"), ERR_FORMAT);
	assert_int_equal(altered("\"level\":\"street\"", "\"level\":\"town\""), ERR_FORMAT);
	assert_int_equal(altered(",1]}", ",0]}"), ERR_FORMAT);
	assert_int_equal(altered(",1]}", ",1,1]}"), ERR_FORMAT);
	assert_int_equal(altered("\"breakdown\":null", "\"breakdown\":5"), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statement__is_read_as_written),
		cmocka_unit_test(test_statement__cut_short_is_refused),
		cmocka_unit_test(test_statement__has_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
