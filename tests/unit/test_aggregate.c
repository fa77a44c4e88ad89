/* test_aggregate.c -- exact fractions, and what the rows of a measure come to. */
#include "test.h"

#include "aggregate.h"

/* ---- ratios ------------------------------------------------------- */

static void assert_printed(struct ratio ratio, unsigned digits, const char *expected)
{
	struct buf text = { 0 };

	ratio_print(&text, ratio, digits);
	assert_string_equal(buf_str(&text), expected);
	buf_clear(&text);
}

/* A published figure must read the same on every machine: no floating point. */
static void test_ratio__prints_exact_decimals(void **state)
{
	struct buf text = { 0 };

	(void)state;
	assert_printed(ratio_whole(0), 6, "0");
	assert_printed(ratio_whole(-7), 6, "-7");
	assert_printed(ratio_whole(INT64_MIN), 6, "-9223372036854775808");
	assert_printed((struct ratio){ true, 15, 15 }, 6, "1");
	assert_printed((struct ratio){ true, 1, 2 }, 6, "0.5");
	assert_printed((struct ratio){ true, 1, 3 }, 6, "0.333333");
	assert_printed((struct ratio){ true, 2, 3 }, 6, "0.666667");
	assert_printed((struct ratio){ true, -2, 3 }, 2, "-0.67");
	assert_printed((struct ratio){ true, 12345, 100 }, 6, "123.45");
	assert_printed((struct ratio){ true, 1, 8 }, 2, "0.13");
	assert_printed((struct ratio){ true, 5, 2 }, 0, "3");
	assert_printed((struct ratio){ true, 999999999, 1000000000 }, 6, "1");
	assert_printed((struct ratio){ true, 199999, 20000 }, 2, "10");
	assert_printed((struct ratio){ true, -1, 10000000 }, 6, "0");
	assert_printed((struct ratio){ true, INT64_MAX - 1, INT64_MAX }, 6, "1");
	assert_printed((struct ratio){ true, 1, INT64_MAX }, 6, "0");
	ratio_print_percent(&text, (struct ratio){ true, 2, 3 }, 1);
	assert_string_equal(buf_str(&text), "66.7");
	buf_reset(&text);
	ratio_print_percent(&text, (struct ratio){ true, 1, 1 }, 1);
	assert_string_equal(buf_str(&text), "100");
	buf_reset(&text);
	ratio_print_percent(&text, ratio_whole(INT64_MAX), 0);
	assert_string_equal(buf_str(&text), "922337203685477580700");
	buf_clear(&text);
}

/* Better or worse than last year is decided where a product would overflow. */
static void test_ratio__compares_without_overflow(void **state)
{
	const struct ratio a = { true, INT64_MAX, INT64_MAX - 1 };
	const struct ratio b = { true, INT64_MAX - 1, INT64_MAX - 2 };
	const struct ratio half = { true, 1, 2 }, also_half = { true, 50, 100 };
	const struct ratio less = { true, -1, 2 };

	(void)state;
	assert_true(ratio_compare(a, b) < 0);
	assert_true(ratio_compare(b, a) > 0);
	assert_int_equal(ratio_compare(half, also_half), 0);
	assert_true(ratio_compare(less, half) < 0);
	assert_true(ratio_compare(less, ratio_whole(-1)) > 0);
	assert_true(ratio_compare((struct ratio){ true, 1, 3 }, (struct ratio){ true, 2, 5 }) < 0);
	assert_true(ratio_compare(ratio_whole(INT64_MIN), ratio_whole(INT64_MAX)) < 0);
}

/* What is too large is said, never wrapped round. */
static void test_ratio__overflow_is_an_error(void **state)
{
	struct ratio sum = ratio_whole(INT64_MAX);
	struct err err;

	(void)state;
	assert_refused(ratio_add(&sum, ratio_whole(1), &err), &err, ERR_VALUE);
	sum = ratio_whole(0);
	assert_refused(ratio_subtract(&sum, ratio_whole(INT64_MIN), &err), &err, ERR_VALUE);
	sum = (struct ratio){ true, INT64_MAX, 3 };
	assert_refused(ratio_add(&sum, (struct ratio){ true, 1, 2 }, &err), &err, ERR_VALUE);
	sum = (struct ratio){ true, 1, INT64_MAX };
	assert_refused(ratio_scale(&sum, 2, &err), &err, ERR_VALUE);
}

/* Nothing to divide by is "unknown", not 0 and not 100 %. */
static void test_ratio__unknown_stays_unknown(void **state)
{
	struct ratio out, sum = ratio_whole(3);
	struct err err;

	(void)state;
	assert_ok(ratio_divide(&out, ratio_whole(3), ratio_whole(0), &err), &err);
	assert_false(out.known);
	assert_ok(ratio_divide(&out, ratio_unknown(), ratio_whole(2), &err), &err);
	assert_false(out.known);
	assert_ok(ratio_add(&sum, ratio_unknown(), &err), &err);
	assert_false(sum.known);
}

/* "12 of 15" is shown as it is, not as 4 of 5. */
static void test_ratio__is_not_reduced(void **state)
{
	struct ratio out;
	struct err err;

	(void)state;
	assert_ok(ratio_divide(&out, ratio_whole(12), ratio_whole(15), &err), &err);
	assert_int_equal(out.numerator, 12);
	assert_int_equal(out.denominator, 15);
	assert_ok(ratio_divide(&out, ratio_whole(3), ratio_whole(-4), &err), &err);
	assert_int_equal(out.numerator, -3);
	assert_int_equal(out.denominator, 4);
	assert_ok(ratio_divide(&out, (struct ratio){ true, 1, 2 }, (struct ratio){ true, 3, 2 },
			  &err), &err);
	assert_int_equal(out.numerator, 1);
	assert_int_equal(out.denominator, 3);
}

/* ---- aggregates --------------------------------------------------- */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct cell_value number(const char *breakdown, int64_t n)
{
	return (struct cell_value){ .breakdown = breakdown, .number = n, .rows = 1 };
}

static struct cell_value key(const char *breakdown, const char *text)
{
	return (struct cell_value){ .breakdown = breakdown, .key = view_of(text), .rows = 1 };
}

static void assert_whole(enum aggregate aggregate, struct cell_value *values, size_t count,
	int64_t numerator, int64_t denominator)
{
	struct ratio ratio;
	struct err err;

	assert_ok(aggregate_whole(aggregate, values, count, &ratio, &err), &err);
	assert_true(ratio.known);
	assert_int_equal(ratio.numerator, numerator);
	assert_int_equal(ratio.denominator, denominator);
}

static void test_aggregate__no_rows(void **state)
{
	struct cell_value none = { 0 };
	struct ratio ratio;
	struct err err;

	(void)state;
	assert_whole(AGGREGATE_SUM, &none, 0, 0, 1);
	assert_whole(AGGREGATE_DISTINCT, &none, 0, 0, 1);
	assert_ok(aggregate_whole(AGGREGATE_MEDIAN, &none, 0, &ratio, &err), &err);
	assert_false(ratio.known);
	assert_ok(aggregate_whole(AGGREGATE_MAX, &none, 0, &ratio, &err), &err);
	assert_false(ratio.known);
}

/* A person trained in two communities, or in two kinds of course, is one person. */
static void test_aggregate__distinct_merges_across_cells_and_breakdowns(void **state)
{
	struct cell_value values[] = { key("induction", "tp1"), key("advanced", "tp1"),
		key("induction", "tp2"), key("induction", "tp1"), key(NULL, "bp1") };

	(void)state;
	assert_whole(AGGREGATE_DISTINCT, values, COUNT(values), 3, 1);
}

static void test_aggregate__median_of_an_even_count_is_the_mean_of_the_middle(void **state)
{
	struct cell_value four[] = { number(NULL, 9), number("a", 1), number(NULL, 4),
		number("b", 7) };
	struct cell_value three[] = { number(NULL, 9), number(NULL, 1), number(NULL, 4) };
	struct cell_value same[] = { number(NULL, 5), number(NULL, 5) };
	struct cell_value large[] = { number(NULL, INT64_MAX), number(NULL, INT64_MAX - 1) };
	struct ratio ratio;
	struct err err;

	(void)state;
	assert_whole(AGGREGATE_MEDIAN, four, COUNT(four), 11, 2);
	assert_whole(AGGREGATE_MEDIAN, three, COUNT(three), 4, 1);
	assert_whole(AGGREGATE_MEDIAN, same, COUNT(same), 5, 1);
	assert_refused(aggregate_whole(AGGREGATE_MEDIAN, large, COUNT(large), &ratio, &err), &err,
		ERR_VALUE);
}

static void test_aggregate__max(void **state)
{
	struct cell_value values[] = { number(NULL, -9), number("a", -1), number(NULL, -4) };

	(void)state;
	assert_whole(AGGREGATE_MAX, values, COUNT(values), -1, 1);
}

static void test_aggregate__sum_overflow_is_an_error(void **state)
{
	struct cell_value values[] = { number(NULL, INT64_MAX), number(NULL, 1) };
	size_t count = COUNT(values);
	struct ratio ratio;
	struct err err;

	(void)state;
	assert_refused(aggregate_whole(AGGREGATE_SUM, values, count, &ratio, &err), &err,
		ERR_VALUE);
	assert_refused(aggregate_reduce(AGGREGATE_SUM, values, &count, &err), &err, ERR_VALUE);
}

/* The parts of a breakdown, as text: "a=1 b=2/3 ". */
static bool print_part(void *ctx, const char *breakdown, struct ratio ratio, struct err *err)
{
	struct buf *out = ctx;

	(void)err;
	buf_printf(out, "%s=%lld", breakdown != NULL ? breakdown : "-",
		(long long)ratio.numerator);
	if (ratio.denominator != 1) {
		buf_printf(out, "/%lld", (long long)ratio.denominator);
	}
	buf_byte(out, ' ');
	return true;
}

static void assert_parts(enum aggregate aggregate, struct cell_value *values, size_t count,
	const char *expected)
{
	struct buf text = { 0 };
	struct err err;

	assert_ok(aggregate_each(aggregate, values, count, print_part, &text, &err), &err);
	assert_string_equal(buf_str(&text), expected);
	buf_clear(&text);
}

static void test_aggregate__each_breakdown_by_itself(void **state)
{
	struct cell_value sums[] = { number("b", 2), number("a", 1), number(NULL, 9),
		number("b", -5) };
	struct cell_value medians[] = { number("b", 2), number("a", 1), number("b", 5) };
	struct cell_value keys[] = { key("b", "x"), key("a", "x"), key("b", "x"), key("b", "y") };

	(void)state;
	assert_parts(AGGREGATE_SUM, sums, COUNT(sums), "-=9 a=1 b=-3 ");
	assert_parts(AGGREGATE_MEDIAN, medians, COUNT(medians), "a=1 b=7/2 ");
	assert_parts(AGGREGATE_DISTINCT, keys, COUNT(keys), "a=1 b=2 ");
}

/* ---- properties --------------------------------------------------- */

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

static struct cell_value random_value(enum aggregate aggregate)
{
	static const char *const breakdowns[] = { NULL, "a", "b", "c" };
	static const char *const keys[] = { "tp1", "tp2", "tp3", "tp4", "tp5", "bp1" };
	const char *breakdown = breakdowns[next_random(COUNT(breakdowns))];

	return aggregate == AGGREGATE_DISTINCT ?
		key(breakdown, keys[next_random(COUNT(keys))]) :
		number(breakdown, (int64_t)next_random(20) - 10);
}

static void shuffle(struct cell_value *values, size_t count)
{
	size_t i;

	for (i = count; i > 1; i--) {
		size_t j = next_random((uint32_t)i);
		struct cell_value swap = values[i - 1];

		values[i - 1] = values[j];
		values[j] = swap;
	}
}

#define ROWS 40

/* Whole and parts of ${values}, as text. */
static void describe(struct buf *out, enum aggregate aggregate, struct cell_value *values,
	size_t count)
{
	struct ratio ratio;
	struct err err;

	assert_ok(aggregate_whole(aggregate, values, count, &ratio, &err), &err);
	buf_printf(out, "%d %lld/%lld: ", ratio.known, (long long)ratio.numerator,
		(long long)ratio.denominator);
	assert_ok(aggregate_each(aggregate, values, count, print_part, out, &err), &err);
}

/*
 * A district's figure made of its communities' cells is the figure of all
 * its records, however they are spread over communities.
 */
static void test_aggregate__cells_come_to_the_same_as_all_rows(void **state)
{
	struct cell_value rows[ROWS], cells[ROWS];
	struct buf direct = { 0 }, by_cells = { 0 };
	size_t count, from, to, len, filled, round;
	struct err err;
	int aggregate;

	(void)state;
	random_state = 20240101;
	for (round = 0; round < 2000; round++) {
		aggregate = (int)next_random(AGGREGATES);
		count = next_random(ROWS + 1);
		for (from = 0; from < count; from++) {
			rows[from] = random_value((enum aggregate)aggregate);
		}
		filled = 0;
		for (from = 0; from < count; from = to) {
			to = from + 1 + next_random((uint32_t)(count - from));
			len = to - from;
			memcpy(cells + filled, rows + from, len * sizeof(*cells));
			assert_ok(aggregate_reduce((enum aggregate)aggregate, cells + filled, &len,
					  &err), &err);
			filled += len;
		}
		buf_reset(&direct);
		buf_reset(&by_cells);
		describe(&direct, (enum aggregate)aggregate, rows, count);
		describe(&by_cells, (enum aggregate)aggregate, cells, filled);
		assert_string_equal(buf_str(&direct), buf_str(&by_cells));
	}
	buf_clear(&direct);
	buf_clear(&by_cells);
}

/* SQLite promises no order of rows: the kept cell must not depend on it. */
static void test_aggregate__reduced_cells_do_not_depend_on_order(void **state)
{
	struct cell_value a[ROWS], b[ROWS];
	size_t count, a_count, b_count, i, round;
	struct err err;
	int aggregate;

	(void)state;
	random_state = 7;
	for (round = 0; round < 1000; round++) {
		aggregate = (int)next_random(AGGREGATES);
		count = next_random(ROWS + 1);
		for (i = 0; i < count; i++) {
			a[i] = b[i] = random_value((enum aggregate)aggregate);
		}
		shuffle(b, count);
		a_count = b_count = count;
		assert_ok(aggregate_reduce((enum aggregate)aggregate, a, &a_count, &err), &err);
		assert_ok(aggregate_reduce((enum aggregate)aggregate, b, &b_count, &err), &err);
		assert_true(aggregate_same(a, a_count, b, b_count));
		if (a_count > 0) {
			a[next_random((uint32_t)a_count)].number++;
			assert_false(aggregate_same(a, a_count, b, b_count));
		}
	}
}

/* A copy owes nothing to what it was made from. */
static void test_aggregate__copies_are_whole(void **state)
{
	char breakdown[] = "kind", name[] = "tkey";
	struct cell_value values[] = { number(breakdown, 3), key(NULL, name), number(NULL, 0) };
	struct arena arena = { 0 };
	struct cell_value *copies;
	struct err err;

	(void)state;
	assert_ok(aggregate_copy(&copies, values, COUNT(values), &arena, &err), &err);
	assert_true(aggregate_same(copies, COUNT(values), values, COUNT(values)));
	breakdown[0] = name[0] = 'x';
	assert_string_equal(copies[0].breakdown, "kind");
	assert_true(view_is(copies[1].key, "tkey"));
	assert_null(copies[2].breakdown);
	assert_null(copies[2].key.data);
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ratio__prints_exact_decimals),
		cmocka_unit_test(test_ratio__compares_without_overflow),
		cmocka_unit_test(test_ratio__overflow_is_an_error),
		cmocka_unit_test(test_ratio__unknown_stays_unknown),
		cmocka_unit_test(test_ratio__is_not_reduced),
		cmocka_unit_test(test_aggregate__no_rows),
		cmocka_unit_test(test_aggregate__distinct_merges_across_cells_and_breakdowns),
		cmocka_unit_test(test_aggregate__median_of_an_even_count_is_the_mean_of_the_middle),
		cmocka_unit_test(test_aggregate__max),
		cmocka_unit_test(test_aggregate__sum_overflow_is_an_error),
		cmocka_unit_test(test_aggregate__each_breakdown_by_itself),
		cmocka_unit_test(test_aggregate__cells_come_to_the_same_as_all_rows),
		cmocka_unit_test(test_aggregate__reduced_cells_do_not_depend_on_order),
		cmocka_unit_test(test_aggregate__copies_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
