/* test_serve_bounds.c -- what a server grants to those who ask too much; see linli/exchange.h. */
#include <stdio.h>
#include <string.h>

#include "caller.h"
#include "heads.h"

static bool count_relay(void *ctx, const struct relay *relay, struct err *err)
{
	(void)relay;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

static void keep_relay(struct rig *rig, const struct relay *relay, char first, size_t len,
	enum err_code expected)
{
	struct relay named = *relay;
	struct buf sealed = { 0 };
	struct err err = { 0 };

	assert_non_null(buf_grow(&sealed, len));
	memset(sealed.data, 0, len);
	sealed.data[0] = (uint8_t)first;
	snprintf(named.name, sizeof(named.name), "%064d", first);
	assert_int_equal(relay_keep(rig->district, &named, buf_as_view(&sealed), &err),
		expected == ERR_NONE);
	assert_int_equal(err.code, expected);
	buf_clear(&sealed);
}

/* What waits is bounded in bytes for each sender, and goes when nobody has come for it. */
static void test_serve__relays_have_a_share_and_an_age(void **state)
{
	struct relay relay = { .first = 1, .last = 1 };
	struct err err = { 0 };
	size_t left = 0;
	struct rig rig;
	int i;

	(void)state;
	rig_open(&rig);
	relay.chain.incarnation = 1;
	assert_true(scope_parse(&relay.chain.scope, VIEW_LITERAL("community/zhizunong")));
	relay.from.bytes[0] = 1;
	for (i = 1; i <= RELAY_SENDER_MAX_BYTES / RELAY_MAX_BYTES; i++) {
		keep_relay(&rig, &relay, (char)i, RELAY_MAX_BYTES, ERR_NONE);
	}
	keep_relay(&rig, &relay, 100, RELAY_MAX_BYTES, ERR_TOO_LARGE);
	relay.from.bytes[0] = 2;
	keep_relay(&rig, &relay, 101, RELAY_MAX_BYTES, ERR_NONE);
	rig.weather.clock_ms += RELAY_MAX_AGE_MS + 1000;
	keep_relay(&rig, &relay, 102, 10, ERR_NONE);
	assert_ok(relay_each(rig.district, count_relay, &left, &err), &err);
	assert_int_equal(left, 1);
	rig_close(&rig);
}

/* What a device said it holds, at another time, cannot be told again by who overheard it. */
static void test_serve__old_heads_are_not_told_again(void **state)
{
	char binding[SESSION_BINDING_TEXT_BYTES];
	struct heads_options options = {
		.reader = DISTRICT_SLUG, .names = HEADS_PLAIN, .nonce = binding
	};
	struct caller before, after;
	struct buf body = { 0 };
	struct err err = { 0 };
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	caller_begin(&before, &rig, a);
	caller_begin(&after, &rig, a);
	session_binding(binding, before.token);
	buf_text(&body, "{\"heads\":");
	assert_ok(heads_write(a, &options, &body, &err), &err);
	buf_text(&body, ",\"nonce\":\"00112233445566778899aabbccddeeff\"}");
	assert_int_equal(caller_call(&after, "POST", "/api/v1/heads", "", buf_as_view(&body)), 401);
	assert_int_equal(caller_call(&before, "POST", "/api/v1/heads", "", buf_as_view(&body)), 200);
	/* What the server answers is made for what was asked. */
	assert_non_null(strstr(buf_str(&before.reply.body), "00112233445566778899aabbccddeeff"));
	buf_clear(&body);
	caller_end(&before);
	caller_end(&after);
	node_close(a);
	rig_close(&rig);
}

/* Who sends again what he overheard is answered now and then, at little cost. */
static void test_serve__repeated_requests_are_answered_seldom(void **state)
{
	const struct invitation_terms terms = { "zhizunong", "知足弄社区", "潮鸣街道", NULL };
	struct buf invitation = { 0 }, request = { 0 }, home = { 0 };
	struct caller stranger = { 0 };
	struct node_options options;
	struct invitation read;
	struct err err = { 0 };
	struct node *a;
	struct rig rig;
	int i;

	(void)state;
	rig_open(&rig);
	stranger.rig = &rig;
	assert_ok(invitation_make(rig.district, &terms, &invitation, &err), &err);
	assert_ok(invitation_read(&read, buf_as_view(&invitation), &err), &err);
	buf_printf(&home, "%s/a", rig.folder);
	options = (struct node_options){ .env = &rig.env, .home = buf_str(&home) };
	assert_ok(node_join(&a, &options, &read.federation, read.community, read.name, &err), &err);
	assert_ok(request_make(a, &read, &request, &err), &err);
	for (i = 0; i < 5; i++) {
		assert_int_equal(caller_call(&stranger, "POST", "/api/v1/enrol", "",
					 buf_as_view(&request)), 200);
	}
	assert_int_equal(
		caller_call(&stranger, "POST", "/api/v1/enrol", "", buf_as_view(&request)), 503);
	assert_non_null(strstr(buf_str(&stranger.reply.body), "\"code\":\"busy\""));
	rig.weather.clock_ms += 60 * 1000;
	assert_int_equal(
		caller_call(&stranger, "POST", "/api/v1/enrol", "", buf_as_view(&request)), 200);
	buf_clear(&invitation);
	buf_clear(&request);
	buf_clear(&home);
	caller_end(&stranger);
	node_close(a);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serve__relays_have_a_share_and_an_age),
		cmocka_unit_test(test_serve__old_heads_are_not_told_again),
		cmocka_unit_test(test_serve__repeated_requests_are_answered_seldom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
