/* test_rate.c -- how often somebody may do something. */
#include "test.h"

#include "rate.h"

static const struct rate_limit limit = { .burst = 3, .refill_ms = 1000 };

/* Who guesses has to wait; nobody else, and not for ever. */
static void test_rate__is_used_up_and_comes_back(void **state)
{
	struct rate *rate;
	struct err err;
	int i;

	(void)state;
	assert_ok(rate_new(&rate, &limit, &err), &err);
	for (i = 0; i < 3; i++) {
		assert_true(rate_has(rate, "a", 5000));
		assert_true(rate_take(rate, "a", 5000));
	}
	assert_false(rate_has(rate, "a", 5999));
	assert_false(rate_take(rate, "a", 5999));
	assert_true(rate_take(rate, "b", 5999));
	assert_true(rate_take(rate, "a", 6000));
	assert_false(rate_take(rate, "a", 6999));
	for (i = 0; i < 3; i++) {
		assert_true(rate_take(rate, "a", 60000));
	}
	assert_false(rate_take(rate, "a", 60000));
	rate_free(rate);
}

/* A clock that is put back locks nobody out, and gives nothing away. */
static void test_rate__bears_a_clock_that_is_put_back(void **state)
{
	struct rate *rate;
	struct err err;
	int i;

	(void)state;
	assert_ok(rate_new(&rate, &limit, &err), &err);
	for (i = 0; i < 3; i++) {
		assert_true(rate_take(rate, "a", 1000000));
	}
	assert_false(rate_take(rate, "a", 5000));
	assert_true(rate_take(rate, "a", 6000));
	assert_false(rate_take(rate, "a", 6000));
	rate_free(rate);
}

/* A hundred thousand addresses take no more memory than a thousand, and do not lock it. */
static void test_rate__forgets_who_was_quiet_longest(void **state)
{
	struct rate *rate;
	char key[32];
	struct err err;
	int i;

	(void)state;
	assert_ok(rate_new(&rate, &limit, &err), &err);
	for (i = 0; i < 100000; i++) {
		snprintf(key, sizeof(key), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		assert_true(rate_take(rate, key, i));
	}
	rate_free(rate);
}

static void test_rate__counts_ipv6_by_network(void **state)
{
	char a[RATE_PEER_BYTES], b[RATE_PEER_BYTES];

	(void)state;
	rate_peer(a, "2001:db8::7");
	rate_peer(b, "2001:db8:0:0:ffff::1");
	assert_string_equal(a, b);
	rate_peer(b, "2001:db8:0:1::7");
	assert_string_not_equal(a, b);
	rate_peer(a, "192.0.2.7");
	assert_string_equal(a, "192.0.2.7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate__is_used_up_and_comes_back),
		cmocka_unit_test(test_rate__bears_a_clock_that_is_put_back),
		cmocka_unit_test(test_rate__forgets_who_was_quiet_longest),
		cmocka_unit_test(test_rate__counts_ipv6_by_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
