/* test_law.c -- residents' resolutions and the sharing of costs. */
#include "test.h"

#include "law.h"

__extension__ typedef __int128 wide;

static struct law_verdict judge(enum law_matter matter, const struct law_vote *vote)
{
	struct law_verdict verdict;
	struct err err = { 0 };

	assert_ok(law_resolution(&verdict, matter, vote, &err), &err);
	return verdict;
}

/* Article 278 says "two thirds or more": exactly two thirds is enough. */
static void test_resolution__exactly_two_thirds_is_valid(void **state)
{
	const struct law_vote enough = { 300, 3000, 200, 2000, 200, 2000 };
	const struct law_vote few_owners = { 300, 3000, 199, 2000, 199, 2000 };
	const struct law_vote little_area = { 300, 3000, 200, 1999, 200, 1999 };
	struct law_verdict verdict;

	(void)state;
	assert_true(judge(LAW_ORDINARY, &enough).valid);
	verdict = judge(LAW_ORDINARY, &few_owners);
	assert_false(verdict.valid);
	assert_false(verdict.passed);
	assert_int_equal(verdict.owners_voted_missing, 1);
	assert_int_equal(verdict.area_voted_missing, 0);
	verdict = judge(LAW_ORDINARY, &little_area);
	assert_false(verdict.valid);
	assert_int_equal(verdict.area_voted_missing, 1);
}

/* "More than half": exactly half is not enough. */
static void test_resolution__exactly_half_does_not_pass(void **state)
{
	const struct law_vote half = { 100, 1000, 80, 800, 40, 500 };
	const struct law_vote half_area = { 100, 1000, 80, 800, 41, 400 };
	const struct law_vote more = { 100, 1000, 80, 800, 41, 401 };
	struct law_verdict verdict;

	(void)state;
	verdict = judge(LAW_ORDINARY, &half);
	assert_true(verdict.valid);
	assert_false(verdict.passed);
	assert_int_equal(verdict.owners_for_missing, 1);
	assert_int_equal(verdict.area_for_missing, 0);
	assert_int_equal(judge(LAW_ORDINARY, &half_area).area_for_missing, 1);
	assert_true(judge(LAW_ORDINARY, &more).passed);
}

/* "Three quarters or more": exactly three quarters is enough. */
static void test_resolution__exactly_three_quarters_passes_a_special_matter(void **state)
{
	const struct law_vote exact = { 100, 1000, 80, 800, 60, 600 };
	const struct law_vote few = { 100, 1000, 80, 800, 59, 600 };
	const struct law_vote little = { 100, 1000, 80, 800, 60, 599 };

	(void)state;
	assert_true(judge(LAW_SPECIAL, &exact).passed);
	assert_false(judge(LAW_SPECIAL, &few).passed);
	assert_int_equal(judge(LAW_SPECIAL, &few).owners_for_missing, 1);
	assert_false(judge(LAW_SPECIAL, &little).passed);
	assert_true(judge(LAW_ORDINARY, &few).passed);
}

/* An approval by all who came is worth nothing when too few came. */
static void test_resolution__unanimous_but_invalid_does_not_pass(void **state)
{
	const struct law_vote vote = { 100, 1000, 50, 500, 50, 500 };
	const struct law_vote nobody = { 100, 1000, 0, 0, 0, 0 };

	(void)state;
	assert_false(judge(LAW_ORDINARY, &vote).passed);
	assert_false(judge(LAW_SPECIAL, &nobody).passed);
	assert_int_equal(judge(LAW_SPECIAL, &nobody).owners_voted_missing, 67);
	assert_int_equal(judge(LAW_SPECIAL, &nobody).owners_for_missing, 1);
}

static void test_resolution__refuses_impossible_numbers(void **state)
{
	static const struct law_vote bad[] = {
		{ 0, 1000, 0, 0, 0, 0 },
		{ 100, 0, 0, 0, 0, 0 },
		{ -1, 1000, 0, 0, 0, 0 },
		{ 100, 1000, 101, 1000, 0, 0 },
		{ 100, 1000, 100, 1001, 0, 0 },
		{ 100, 1000, -1, 0, 0, 0 },
		{ 100, 1000, 80, 800, 81, 800 },
		{ 100, 1000, 80, 800, 80, 801 },
		{ 100, 1000, 80, 800, -1, 800 },
		{ 100, 1000, 80, 800, 80, INT64_MIN },
	};
	struct law_verdict verdict;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused(law_resolution(&verdict, LAW_ORDINARY, &bad[i], &err), &err,
			ERR_VALUE);
		assert_false(verdict.valid);
	}
}

static void test_law__names(void **state)
{
	const struct law_verdict verdict = { false, false, 1, 2, 3, 4 };
	enum law_matter matter;
	struct err err;
	int64_t n;
	bool valid;

	(void)state;
	assert_true(law_matter_parse(&matter, view_of("special")) && matter == LAW_SPECIAL);
	assert_true(law_matter_parse(&matter, view_of("ordinary")) && matter == LAW_ORDINARY);
	assert_false(law_matter_parse(&matter, view_of("Special")));
	assert_ok(law_missing(&n, &verdict, view_of("owners_voted"), &err), &err);
	assert_int_equal(n, 1);
	assert_ok(law_missing(&n, &verdict, view_of("area_voted"), &err), &err);
	assert_int_equal(n, 2);
	assert_ok(law_missing(&n, &verdict, view_of("owners_for"), &err), &err);
	assert_int_equal(n, 3);
	assert_ok(law_missing(&n, &verdict, view_of("area_for"), &err), &err);
	assert_int_equal(n, 4);
	assert_refused(law_missing(&n, &verdict, view_of("votes"), &err), &err, ERR_VALUE);
	assert_ok(law_turnout(&valid, 3, 3, 2, 2, &err), &err);
	assert_true(valid);
	assert_ok(law_turnout(&valid, 3, 3, 2, 1, &err), &err);
	assert_false(valid);
	assert_refused(law_turnout(&valid, 3, 3, 4, 1, &err), &err, ERR_VALUE);
}

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dU;
}

/* From 0 to ${max}, often near a threshold of it, small as well as huge. */
static int64_t pick(uint64_t *seed, int64_t max)
{
	static const int parts[][2] = { { 2, 3 }, { 1, 2 }, { 3, 4 }, { 0, 1 }, { 1, 1 } };
	uint64_t r = next(seed);
	const int *part = parts[r % 5];
	wide near = (wide)max * part[0] / part[1] + (int)(r >> 8 & 3) - 1;

	if ((r >> 16 & 3) == 0) {
		return (int64_t)(next(seed) % ((uint64_t)max + 1));
	}
	return near < 0 ? 0 : near > max ? max : (int64_t)near;
}

/* The thresholds agree with plain fractions, cross-multiplied in 128 bits. */
static void test_resolution__agrees_with_fractions(void **state)
{
	uint64_t seed = 0x278;
	int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		int64_t most = (int64_t)(INT64_MAX >> (next(&seed) % 63));
		struct law_vote v = { 0 };
		struct law_verdict verdict;
		bool valid, special, ordinary;

		v.owners_total = pick(&seed, most - 1) + 1;
		v.area_total = pick(&seed, most - 1) + 1;
		v.owners_voted = pick(&seed, v.owners_total);
		v.area_voted = pick(&seed, v.area_total);
		v.owners_for = pick(&seed, v.owners_voted);
		v.area_for = pick(&seed, v.area_voted);
		valid = (wide)v.owners_voted * 3 >= (wide)v.owners_total * 2 &&
			(wide)v.area_voted * 3 >= (wide)v.area_total * 2;
		special = (wide)v.owners_for * 4 >= (wide)v.owners_voted * 3 &&
			(wide)v.area_for * 4 >= (wide)v.area_voted * 3;
		ordinary = (wide)v.owners_for * 2 > v.owners_voted &&
			(wide)v.area_for * 2 > v.area_voted;
		verdict = judge(LAW_SPECIAL, &v);
		assert_int_equal(verdict.valid, valid);
		assert_int_equal(verdict.passed, valid && special);
		assert_int_equal(judge(LAW_ORDINARY, &v).passed, valid && ordinary);
	}
}

/* What is said to be missing is the least that makes it enough. */
static void test_resolution__missing_is_the_least_that_helps(void **state)
{
	const struct law_vote short_of_all = { 100, 1000, 50, 400, 20, 100 };
	struct law_vote vote = short_of_all;
	struct law_verdict verdict = judge(LAW_SPECIAL, &vote);

	(void)state;
	vote.owners_voted += verdict.owners_voted_missing;
	vote.area_voted += verdict.area_voted_missing;
	assert_true(judge(LAW_SPECIAL, &vote).valid);
	vote.owners_voted--;
	assert_false(judge(LAW_SPECIAL, &vote).valid);
	vote.owners_voted++;
	verdict = judge(LAW_SPECIAL, &vote);
	vote.owners_for += verdict.owners_for_missing;
	vote.area_for += verdict.area_for_missing;
	assert_true(judge(LAW_SPECIAL, &vote).passed);
	vote.area_for--;
	assert_false(judge(LAW_SPECIAL, &vote).passed);
}

/* 100 fen among three: the odd fen goes to the first household. */
static void test_split__ties_fall_in_household_order(void **state)
{
	static const int64_t equal[] = { 1, 1, 1 };
	int64_t shares[3];
	struct err err;

	(void)state;
	assert_ok(law_split(shares, 100, equal, 3, &err), &err);
	assert_int_equal(shares[0], 34);
	assert_int_equal(shares[1], 33);
	assert_int_equal(shares[2], 33);
	assert_ok(law_split(shares, 101, equal, 3, &err), &err);
	assert_int_equal(shares[1], 34);
	assert_int_equal(shares[2], 33);
}

/* 10 by 1:2:4 is 1.43, 2.86, 5.71: two left over, to .86 and .71. */
static void test_split__largest_remainder_first(void **state)
{
	static const int64_t weights[] = { 1, 2, 4 };
	int64_t shares[3];
	struct err err;

	(void)state;
	assert_ok(law_split(shares, 10, weights, 3, &err), &err);
	assert_int_equal(shares[0], 1);
	assert_int_equal(shares[1], 3);
	assert_int_equal(shares[2], 6);
}

static void test_split__refuses_what_cannot_be_shared(void **state)
{
	static const int64_t negative[] = { 1, -1 }, none[] = { 0, 0 },
		huge[] = { INT64_MAX, 1 }, good[] = { 1, 1 };
	int64_t shares[2];
	struct err err;

	(void)state;
	assert_refused(law_split(shares, 10, negative, 2, &err), &err, ERR_VALUE);
	assert_refused(law_split(shares, 10, none, 2, &err), &err, ERR_VALUE);
	assert_refused(law_split(shares, 10, huge, 2, &err), &err, ERR_VALUE);
	assert_refused(law_split(shares, 10, good, 0, &err), &err, ERR_VALUE);
	assert_refused(law_split(shares, -1, good, 2, &err), &err, ERR_VALUE);
	assert_refused(law_split(shares, 1, good, LAW_MAX_SHARES + 1, &err), &err,
		ERR_TOO_LARGE);
}

/* The slow reference: exact parts in 128 bits, the leftover fen one by one. */
static void reference_split(int64_t *shares, int64_t total, const int64_t *weights, size_t count)
{
	wide sum = 0, rest[16];
	int64_t left = total;
	size_t i, best;

	for (i = 0; i < count; i++) {
		sum += weights[i];
	}
	for (i = 0; i < count; i++) {
		shares[i] = (int64_t)((wide)total * weights[i] / sum);
		rest[i] = (wide)total * weights[i] % sum;
		left -= shares[i];
	}
	for (; left > 0; left--) {
		for (best = 0, i = 1; i < count; i++) {
			best = rest[i] > rest[best] ? i : best;
		}
		shares[best]++;
		rest[best] = -1;
	}
}

static void test_split__agrees_with_the_slow_reference(void **state)
{
	uint64_t seed = 0x700000;
	int64_t weights[16], shares[16], expected[16], sum;
	struct err err;
	size_t i, count;
	int round;

	(void)state;
	for (round = 0; round < 50000; round++) {
		int64_t total = (int64_t)(next(&seed) >> 1 >> (next(&seed) % 63));
		int64_t most = (INT64_MAX / 16) >> (next(&seed) % 59);

		count = 1 + next(&seed) % 16;
		for (i = 0; i < count; i++) {
			weights[i] = (int64_t)(next(&seed) % ((uint64_t)most + 1));
		}
		weights[next(&seed) % count] = most;
		assert_ok(law_split(shares, total, weights, count, &err), &err);
		reference_split(expected, total, weights, count);
		for (sum = 0, i = 0; i < count; i++) {
			assert_int_equal(shares[i], expected[i]);
			sum += shares[i];
		}
		assert_int_equal(sum, total);
	}
}

/* The JSON that a page shows: order kept, labels escaped. */
static void test_shares__json_keeps_order_and_escapes(void **state)
{
	struct law_shares shares = { 0 };
	struct buf out = { 0 };
	struct err err;

	(void)state;
	assert_ok(law_shares_add(&shares, view_of("3幢\"101\""), 1, &err), &err);
	assert_ok(law_shares_add(&shares, view_of("a\\b\n"), 1, &err), &err);
	assert_ok(law_shares_add(&shares, view_of(""), 1, &err), &err);
	assert_ok(law_shares_json(&out, &shares, 200, &err), &err);
	assert_string_equal(buf_str(&out),
		"[[\"3幢\\\"101\\\"\",67],[\"a\\\\b\\u000a\",67],[\"\",66]]");
	assert_refused(law_shares_add(&shares, view_of("x"), -1, &err), &err, ERR_VALUE);
	assert_refused(law_shares_add(&shares, (struct view){ "a\0b", 3 }, 1, &err), &err,
		ERR_VALUE);
	law_shares_clear(&shares);
	assert_refused(law_shares_json(&out, &shares, 200, &err), &err, ERR_VALUE);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolution__exactly_two_thirds_is_valid),
		cmocka_unit_test(test_resolution__exactly_half_does_not_pass),
		cmocka_unit_test(test_resolution__exactly_three_quarters_passes_a_special_matter),
		cmocka_unit_test(test_resolution__unanimous_but_invalid_does_not_pass),
		cmocka_unit_test(test_resolution__refuses_impossible_numbers),
		cmocka_unit_test(test_law__names),
		cmocka_unit_test(test_resolution__agrees_with_fractions),
		cmocka_unit_test(test_resolution__missing_is_the_least_that_helps),
		cmocka_unit_test(test_split__ties_fall_in_household_order),
		cmocka_unit_test(test_split__largest_remainder_first),
		cmocka_unit_test(test_split__refuses_what_cannot_be_shared),
		cmocka_unit_test(test_split__agrees_with_the_slow_reference),
		cmocka_unit_test(test_shares__json_keeps_order_and_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
