/* test_exchange.c -- exchange between nodes, without HTTP; see linli/exchange.h. */
#include "exchange_rig.h"

#include "caller.h"
#include "heads.h"
#include "session.h"
#include "sshsig.h"

/* ---- syncing -------------------------------------------------------- */

/* The main job over a transport: sent once, acknowledged, and names stay at home. */
static void test_exchange__sync_sends_and_brings(void **state)
{
	struct sync_result result;
	struct node *a, *b;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "wanglanfu", "望澜府社区");
	put_club(a, "太极拳队");
	put_person(a, "夏女士");
	result = rig_sync(&rig, a);
	/* Federation, and district scope; the community's own stays. */
	assert_int_equal(result.sent.bundles, 2);
	assert_int_equal(result.sent.lines, 3);
	assert_true(result.sent.bytes > 0);
	assert_int_equal(unsent_of(a), 0);
	result = rig_sync(&rig, a);
	assert_int_equal(result.sent.bundles, 0);
	assert_int_equal(result.sent.lines, 0);
	assert_int_equal(result.received.taken.bundles, 0);
	assert_int_equal(count_of(rig.district, "club"), 1);
	result = rig_sync(&rig, b);
	assert_int_equal(result.received.taken.bundles, 1);
	assert_int_equal(count_of(b, "club"), 1);
	assert_int_equal(count_of(b, "person"), 0);
	assert_sound(a);
	assert_sound(b);
	assert_sound(rig.district);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* What the district records reaches a community that asks. */
static void test_exchange__district_records_come_down(void **state)
{
	struct err err = { 0 };
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	assert_ok(node_roster_add(rig.district, "new", "新社区", "上塘街道", &err), &err);
	rig_sync(&rig, a);
	assert_int_equal(count_of(a, "street"), count_of(rig.district, "street"));
	assert_int_equal(count_of(a, "community"), count_of(rig.district, "community"));
	node_close(a);
	rig_close(&rig);
}

/* Two devices of one community share its own scope; the district carries it unread. */
static bool no_relay(void *ctx, const struct relay *relay, struct err *err)
{
	(void)relay;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

static void test_exchange__devices_of_a_community_agree_through_the_relay(void **state)
{
	size_t relays = 0, i;
	struct err err = { 0 };
	struct node *a, *b;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	put_person(a, "夏女士");
	put_person(b, "王先生");
	for (i = 0; i < 2; i++) {
		rig_sync(&rig, a);
		rig_sync(&rig, b);
	}
	rig_sync(&rig, a);
	assert_agree(a, b);
	assert_int_equal(count_of(a, "person"), 2);
	assert_int_equal(count_of(b, "person"), 2);
	/* Nothing waits any more, and nothing is sent once more. */
	assert_ok(relay_each(rig.district, no_relay, &relays, &err), &err);
	assert_int_equal(relays, 0);
	rig_sync(&rig, b);
	assert_ok(relay_each(rig.district, no_relay, &relays, &err), &err);
	assert_int_equal(relays, 0);
	assert_sound(a);
	assert_sound(b);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* A computer put back from a copy gets its own bundles again, by itself. */
static void test_exchange__own_lost_bundles_come_back(void **state)
{
	struct sync_result result;
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	rig_sync(&rig, a);
	node_close(a);
	rig_copy(&rig, "a", "a.old");
	a = rig_put_back(&rig, NULL, "a", "a.old");
	put_club(a, "太极拳队");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "a.old");
	assert_int_equal(count_of(a, "club"), 0);
	result = rig_sync(&rig, a);
	assert_int_equal(result.received.taken.bundles, 3); /* and the receipts for them */
	assert_int_equal(count_of(a, "club"), 1);
	put_club(a, "舞蹈队");
	rig_sync(&rig, a);
	assert_int_equal(count_of(rig.district, "club"), 2);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* A district put back from a copy gets everything again from those who hold it. */
static void test_exchange__a_restored_district_is_filled_again(void **state)
{
	struct sync_result result;
	struct err err = { 0 };
	struct node *a, *b;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	rig_copy(&rig, "district", "district.old");
	put_club(a, "太极拳队");
	rig_sync(&rig, a);
	b = rig_join(&rig, "b", "wanglanfu", "望澜府社区");
	put_club(b, "舞蹈队");
	rig_sync(&rig, b);
	rig_sync(&rig, a);
	exchange_server_close(rig.server);
	rig.district = rig_put_back(&rig, rig.district, "district", "district.old");
	assert_ok(exchange_server_open(&rig.server, rig.district, &err), &err);
	assert_int_equal(count_of(rig.district, "club"), 0);
	/* b is not known there until a brings back the trust records. */
	result = rig_sync(&rig, a);
	assert_true(result.sent.bundles >= 2);
	assert_int_equal(count_of(rig.district, "club"), 2);
	assert_int_equal(unsent_of(a), 0);
	rig_sync(&rig, b);
	assert_int_equal(unsent_of(b), 0);
	assert_sound(rig.district);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* The same where the only one who holds it was enrolled after the copy was made. */
static void test_exchange__a_restored_district_learns_whom_it_enrolled(void **state)
{
	struct err err = { 0 };
	struct device device;
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	rig_copy(&rig, "district", "district.old");
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_club(a, "太极拳队");
	rig_sync(&rig, a);
	exchange_server_close(rig.server);
	rig.district = rig_put_back(&rig, rig.district, "district", "district.old");
	assert_ok(exchange_server_open(&rig.server, rig.district, &err), &err);
	assert_false(node_find_device(rig.district, node_device(a), &device));
	assert_int_equal(rig_sync(&rig, a).sent.bundles, 3); /* and the district's lost receipts */
	assert_true(node_find_device(rig.district, node_device(a), &device));
	assert_int_equal(count_of(rig.district, "club"), 1);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* Whatever message the line is cut at, nothing is lost and nothing comes twice. */
static void test_exchange__a_cut_line_loses_nothing(void **state)
{
	struct sync_result result;
	struct err err = { 0 };
	bool done = false;
	struct node *a, *b;
	struct rig rig;
	int cut;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	put_person(b, "王先生");
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	put_club(a, "太极拳队");
	put_person(a, "夏女士");
	for (cut = 0; !done && cut < 40; cut++) {
		rig.weather.messages = 0;
		rig.weather.cut_after = cut;
		done = exchange_sync(a, &rig.transport, NULL, &result, &err);
		assert_int_equal(result.received.refused_count, 0);
		assert_true(done || err.code == ERR_NETWORK);
		sync_result_clear(&result);
	}
	assert_true(done);
	assert_true(cut > 5);
	rig.weather.cut_after = -1;
	rig_sync(&rig, b);
	rig_sync(&rig, a);
	assert_agree(a, b);
	assert_int_equal(count_of(rig.district, "club"), 1);
	assert_int_equal(count_of(rig.district, "person"), 2);
	assert_sound(rig.district);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* tangerine#2623: a server that says "taken" but does not hold it acknowledges nothing. */
static void test_exchange__only_signed_heads_count_as_sent(void **state)
{
	struct sync_result result;
	struct err err = { 0 };
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_club(a, "太极拳队");
	rig.weather.swallow = true;
	assert_ok(exchange_sync(a, &rig.transport, NULL, &result, &err), &err);
	assert_int_equal(result.sent.bundles, 0);
	assert_int_equal(result.sent.lines, 0);
	assert_true(rig.weather.uploads < 40);
	assert_int_equal(unsent_of(a), 2);
	sync_result_clear(&result);
	rig.weather.swallow = false;
	assert_int_equal(rig_sync(&rig, a).sent.bundles, 2);
	assert_int_equal(unsent_of(a), 0);
	node_close(a);
	rig_close(&rig);
}

/* Bundles of the same place that differ are put right by who signed them, in one exchange. */
static void test_exchange__a_fork_is_put_right(void **state)
{
	struct sync_result result;
	struct err err = { 0 };
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "a.old");
	put_club(a, "太极拳队");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "a.old");
	put_club(a, "舞蹈队");
	pack_all(a);
	assert_ok(exchange_sync(a, &rig.transport, NULL, &result, &err), &err);
	assert_int_equal(result.received.refused_count, 0);
	assert_int_equal(count_of(rig.district, "club"), 2);
	assert_int_equal(count_of(a, "club"), 2);
	sync_result_clear(&result);
	node_close(a);
	rig_close(&rig);
}

static bool stop_at_once(void *ctx, const struct sync_progress *progress)
{
	(*(int *)ctx)++;
	return progress->stage != SYNC_SEND;
}

/* Cancel means cancel; what was acknowledged by then stays. */
static void test_exchange__can_be_stopped(void **state)
{
	int told = 0;
	const struct sync_options options = { &told, stop_at_once, NULL };
	struct sync_result result;
	struct err err = { 0 };
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_club(a, "太极拳队");
	assert_refused(
		exchange_sync(a, &rig.transport, &options, &result, &err), &err, ERR_CANCELLED);
	assert_true(told >= 2);
	sync_result_clear(&result);
	/* It had arrived, so nothing needs to be sent again. */
	assert_int_equal(rig_sync(&rig, a).sent.bundles, 0);
	assert_int_equal(unsent_of(a), 0);
	node_close(a);
	rig_close(&rig);
}

/* The user is told when a clock is off. */
static void test_exchange__clocks_are_compared(void **state)
{
	struct sync_result result;
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	result = rig_sync(&rig, a);
	assert_true(result.clock_known);
	assert_false(sync_clock_off(&result));
	rig.weather.server_ms = 3600 * 1000;
	result = rig_sync(&rig, a);
	assert_true(sync_clock_off(&result));
	assert_true(result.clock_ahead_ms > 3590 * 1000 && result.clock_ahead_ms < 3610 * 1000);
	node_close(a);
	rig_close(&rig);
}

/* A revoked device is turned away, at once and with the reason. */
static void test_exchange__a_revoked_device_is_turned_away(void **state)
{
	struct sync_result result;
	struct err err = { 0 };
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	rig_sync(&rig, a);
	assert_ok(node_revoke(rig.district, node_device(a), 0, &err), &err);
	assert_refused(exchange_sync(a, &rig.transport, NULL, &result, &err), &err, ERR_REVOKED);
	sync_result_clear(&result);
	node_close(a);
	rig_close(&rig);
}

/* ---- the server, request by request --------------------------------- */

/* Anybody may ask who serves; nobody learns more without a session. */
static void test_serve__what_strangers_learn(void **state)
{
	struct caller stranger = { 0 };
	struct rig rig;

	(void)state;
	rig_open(&rig);
	stranger.rig = &rig;
	assert_int_equal(caller_call(&stranger, "GET", "/api/v1/federation", "", view_of("")), 200);
	assert_non_null(strstr(buf_str(&stranger.reply.body), "拱墅区"));
	assert_int_equal(caller_call(&stranger, "POST", "/api/v1/heads", "", view_of("{}")), 401);
	assert_non_null(strstr(buf_str(&stranger.reply.body), "\"sentence_en\""));
	assert_int_equal(caller_call(&stranger, "GET", "/api/v1/bundles", "", view_of("")), 401);
	assert_int_equal(caller_call(&stranger, "PUT", "/api/v1/bundles", "", view_of("")), 405);
	assert_int_equal(caller_call(&stranger, "GET", "/api/v1/nothing", "", view_of("")), 404);
	assert_int_equal(caller_call(&stranger, "GET", "/api/v1/relay/x", "", view_of("")), 401);
	assert_int_equal(caller_call(&stranger, "POST", "/api/v1/enrol", "", view_of("{}")), 400);
	assert_null(strstr(buf_str(&stranger.reply.body), "detail"));
	assert_true(exchange_serves("/api/v1/relay/x"));
	assert_false(exchange_serves("/api/v1/figures"));
	caller_end(&stranger);
	rig_close(&rig);
}

/* A nonce is good once and not for long; a signature is good for its device only. */
static void test_serve__sessions_are_proven(void **state)
{
	struct caller caller = { 0 };
	char nonce[NONCE_TEXT_BYTES];
	struct buf body = { 0 };
	struct node *a, *stranger;
	struct node_options options = { 0 };
	struct err err = { 0 };
	struct rig rig;
	struct buf home = { 0 };

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	caller.rig = &rig;
	/* The same nonce twice. */
	assert_int_equal(caller_call(&caller, "POST", "/api/v1/nonce", "", view_of("")), 200);
	caller_member(&caller, "nonce", nonce, sizeof(nonce));
	caller_write_session(a, nonce, &body);
	assert_int_equal(caller_call(&caller, "POST", "/api/v1/session", "", buf_as_view(&body)), 200);
	assert_int_equal(caller_call(&caller, "POST", "/api/v1/session", "", buf_as_view(&body)), 401);
	/* One that was never given out. */
	buf_reset(&body);
	nonce[3] = nonce[3] == '0' ? '1' : '0';
	caller_write_session(a, nonce, &body);
	assert_int_equal(caller_call(&caller, "POST", "/api/v1/session", "", buf_as_view(&body)), 401);
	/* An old one. */
	assert_int_equal(caller_call(&caller, "POST", "/api/v1/nonce", "", view_of("")), 200);
	caller_member(&caller, "nonce", nonce, sizeof(nonce));
	rig.weather.clock_ms = NONCE_VALID_MS;
	buf_reset(&body);
	caller_write_session(a, nonce, &body);
	assert_int_equal(caller_call(&caller, "POST", "/api/v1/session", "", buf_as_view(&body)), 401);
	/* A device that nobody enrolled. */
	buf_printf(&home, "%s/stranger", rig.folder);
	options = (struct node_options){ .env = &rig.env, .home = buf_str(&home) };
	assert_ok(node_join(&stranger, &options, node_federation(rig.district), "zhizunong",
			  "知足弄社区", &err),
		&err);
	assert_int_equal(caller_call(&caller, "POST", "/api/v1/nonce", "", view_of("")), 200);
	caller_member(&caller, "nonce", nonce, sizeof(nonce));
	buf_reset(&body);
	caller_write_session(stranger, nonce, &body);
	assert_int_equal(caller_call(&caller, "POST", "/api/v1/session", "", buf_as_view(&body)), 401);
	assert_non_null(strstr(buf_str(&caller.reply.body), "unknown_device"));
	node_close(stranger);
	node_close(a);
	buf_clear(&body);
	buf_clear(&home);
	caller_end(&caller);
	rig_close(&rig);
}

/* One device that opens sessions without end keeps no other from opening one. */
static void test_serve__sessions_are_shared_out(void **state)
{
	struct caller greedy = { 0 }, other;
	char nonce[NONCE_TEXT_BYTES];
	struct buf body = { 0 };
	struct node *a, *b;
	struct rig rig;
	int i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "wanglanfu", "望澜府社区");
	for (i = 0; i < NONCE_USED_OF_DEVICE; i++) {
		caller_begin(&greedy, &rig, a);
		caller_end(&greedy);
	}
	greedy = (struct caller){ .rig = &rig, .node = a };
	assert_int_equal(caller_call(&greedy, "POST", "/api/v1/nonce", "", view_of("")), 200);
	caller_member(&greedy, "nonce", nonce, sizeof(nonce));
	caller_write_session(a, nonce, &body);
	assert_int_equal(caller_call(&greedy, "POST", "/api/v1/session", "", buf_as_view(&body)), 503);
	caller_begin(&other, &rig, b);
	caller_end(&greedy);
	caller_end(&other);
	buf_clear(&body);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* A token ends by itself, and at once when its device is revoked. */
static void test_serve__sessions_end(void **state)
{
	struct caller caller;
	struct err err = { 0 };
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	caller_begin(&caller, &rig, a);
	assert_int_equal(caller_call(&caller, "GET", "/api/v1/bundles", "", view_of("")), 200);
	rig.weather.clock_ms = SESSION_VALID_MS;
	assert_int_equal(caller_call(&caller, "GET", "/api/v1/bundles", "", view_of("")), 401);
	caller_end(&caller);
	caller_begin(&caller, &rig, a);
	assert_ok(node_revoke(rig.district, node_device(a), 0, &err), &err);
	assert_int_equal(caller_call(&caller, "GET", "/api/v1/bundles", "", view_of("")), 403);
	caller_end(&caller);
	node_close(a);
	rig_close(&rig);
}

/* A community reads only what is meant for it. */
static void test_serve__scopes_hold(void **state)
{
	struct caller caller;
	struct buf query = { 0 };
	char chain[DEVICE_TEXT_BYTES];
	struct node *a, *b;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "wanglanfu", "望澜府社区");
	put_club(b, "太极拳队");
	rig_sync(&rig, b);
	device_id_print(chain, node_device(b));
	caller_begin(&caller, &rig, a);
	buf_printf(&query, "want=%s.1/federation@0", chain);
	assert_int_equal(
		caller_call(&caller, "GET", "/api/v1/bundles", buf_str(&query), view_of("")), 200);
	assert_true(caller.reply.body.len > 0);
	buf_reset(&query);
	buf_printf(&query, "want=%s.1%%2Ffederation%%400", chain);
	assert_int_equal(
		caller_call(&caller, "GET", "/api/v1/bundles", buf_str(&query), view_of("")), 200);
	assert_true(caller.reply.body.len > 0);
	buf_reset(&query);
	buf_printf(&query, "want=%s.1/district/wanglanfu@0", chain);
	assert_int_equal(
		caller_call(&caller, "GET", "/api/v1/bundles", buf_str(&query), view_of("")), 403);
	assert_non_null(strstr(buf_str(&caller.reply.body), "\"code\":\"scope\""));
	buf_reset(&query);
	buf_printf(&query, "want=%s.1/federation@7", chain);
	assert_int_equal(
		caller_call(&caller, "GET", "/api/v1/bundles", buf_str(&query), view_of("")), 200);
	assert_int_equal(caller.reply.body.len, 0);
	assert_int_equal(
		caller_call(&caller, "GET", "/api/v1/bundles", "want=nonsense", view_of("")), 400);
	assert_int_equal(caller_call(&caller, "GET", "/api/v1/bundles", "want=%0", view_of("")), 400);
	assert_int_equal(caller_call(&caller, "GET", "/api/v1/bundles", "want", view_of("")), 400);
	assert_int_equal(caller_call(&caller, "GET", "/api/v1/bundles", "other=1", view_of("")), 400);
	buf_clear(&query);
	caller_end(&caller);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* What is sealed for one device is neither read nor removed by another. */
static void test_serve__relays_are_their_recipients(void **state)
{
	struct caller a, b, other;
	char to[DEVICE_TEXT_BYTES], name[65], path[96];
	struct node *node_a, *node_b, *node_c;
	struct buf query = { 0 };
	struct rig rig;

	(void)state;
	rig_open(&rig);
	node_a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	node_b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	node_c = rig_join(&rig, "c", "wanglanfu", "望澜府社区");
	caller_begin(&a, &rig, node_a);
	caller_begin(&b, &rig, node_b);
	caller_begin(&other, &rig, node_c);
	device_id_print(to, node_device(node_b));
	buf_printf(&query, "to=%s&chain=%s.1/community/zhizunong&first=1&last=3", to, to);
	assert_int_equal(
		caller_call(&a, "POST", "/api/v1/relay", buf_str(&query), view_of("sealed")), 200);
	caller_member(&a, "name", name, sizeof(name));
	snprintf(path, sizeof(path), "/api/v1/relay/%s", name);
	assert_int_equal(caller_call(&other, "POST", "/api/v1/relay", buf_str(&query), view_of("x")), 403);
	assert_int_equal(caller_call(&a, "GET", path, "", view_of("")), 404);
	assert_int_equal(caller_call(&other, "GET", path, "", view_of("")), 404);
	assert_int_equal(caller_call(&other, "DELETE", path, "", view_of("")), 404);
	assert_int_equal(caller_call(&b, "GET", path, "", view_of("")), 200);
	assert_string_equal(buf_str(&b.reply.body), "sealed");
	assert_int_equal(caller_call(&b, "DELETE", path, "", view_of("")), 200);
	assert_int_equal(caller_call(&b, "GET", path, "", view_of("")), 404);
	buf_reset(&query);
	buf_printf(&query, "to=%s&chain=%s.1/federation&first=1&last=3", to, to);
	assert_int_equal(caller_call(&a, "POST", "/api/v1/relay", buf_str(&query), view_of("x")), 403);
	buf_reset(&query);
	buf_printf(&query, "to=%s&chain=%s.1/community/zhizunong&first=3&last=1", to, to);
	assert_int_equal(caller_call(&a, "POST", "/api/v1/relay", buf_str(&query), view_of("x")), 400);
	assert_int_equal(caller_call(&b, "GET", "/api/v1/relay/../x", "", view_of("")), 404);
	buf_clear(&query);
	caller_end(&a);
	caller_end(&b);
	caller_end(&other);
	node_close(node_a);
	node_close(node_b);
	node_close(node_c);
	rig_close(&rig);
}

/* ${from} leaves ${sealed} for ${to}, said to be of ${of}'s own chain up to ${last}. */
static unsigned leave(struct caller *from, const struct node *to, const struct node *of,
	uint32_t last, struct view sealed)
{
	char to_name[DEVICE_TEXT_BYTES], of_name[DEVICE_TEXT_BYTES];
	struct buf query = { 0 };
	unsigned status;

	device_id_print(to_name, node_device(to));
	device_id_print(of_name, node_device(of));
	buf_printf(&query, "to=%s&chain=%s.1/community/zhizunong&first=1&last=%u", to_name, of_name,
		last);
	status = caller_call(from, "POST", "/api/v1/relay", buf_str(&query), sealed);
	buf_clear(&query);
	return status;
}

/* Ask for heads, and count ${text} in the reply. */
static size_t heads_say(struct caller *caller, const char *text)
{
	char binding[SESSION_BINDING_TEXT_BYTES];
	const struct heads_options options = {
		.reader = DISTRICT_SLUG, .names = HEADS_PLAIN, .nonce = binding
	};
	struct buf body = { 0 };
	struct err err = { 0 };
	const char *at;
	size_t count = 0;

	session_binding(binding, caller->token);
	buf_text(&body, "{\"heads\":");
	assert_ok(heads_write(caller->node, &options, &body, &err), &err);
	buf_text(&body, ",\"nonce\":\"00112233445566778899aabbccddeeff\"}");
	assert_int_equal(caller_call(caller, "POST", "/api/v1/heads", "", buf_as_view(&body)), 200);
	for (at = buf_str(&caller->reply.body); (at = strstr(at, text)) != NULL; at++) {
		count++;
	}
	buf_clear(&body);
	return count;
}

/*
 * A device that says falsely that it has passed on another's bundles does
 * not keep that other one from sending them.
 */
static void test_serve__a_false_relay_stops_nobody(void **state)
{
	struct chain_name chain = { .incarnation = 1 };
	struct sync_result result;
	struct head head;
	struct node *a, *b, *liar;
	struct caller caller;
	struct err err = { 0 };
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	liar = rig_join(&rig, "liar", "zhizunong", "知足弄社区");
	caller_begin(&caller, &rig, liar);
	assert_int_equal(leave(&caller, b, a, UINT32_MAX, view_of("nothing")), 200);
	put_person(a, "夏女士");
	rig_sync(&rig, a);
	assert_ok(exchange_sync(b, &rig.transport, NULL, &result, &err), &err);
	assert_int_equal(result.received.refused_count, 1);
	sync_result_clear(&result);
	assert_true(scope_parse(&chain.scope, VIEW_LITERAL("community/zhizunong")));
	chain.device = node_device(a);
	assert_ok(chains_head(b, &chain, &head, &err), &err);
	assert_int_equal(head.seq, 1);
	caller_end(&caller);
	node_close(a);
	node_close(b);
	node_close(liar);
	rig_close(&rig);
}

#define TOLD_OF_SENDER 64
#define KEPT_OF_PAIR 256

/* One device's heap of sealed files neither hides another's nor grows without end. */
static void test_serve__a_heap_of_relays_is_bounded(void **state)
{
	char from_heaper[40], from_a[40], device[DEVICE_TEXT_BYTES], sealed[16];
	struct caller heaper, sender, reader;
	struct sync_result result;
	struct node *a, *b, *c;
	struct err err = { 0 };
	struct rig rig;
	size_t left = 0;
	uint32_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	c = rig_join(&rig, "c", "zhizunong", "知足弄社区");
	caller_begin(&heaper, &rig, c);
	caller_begin(&sender, &rig, a);
	caller_begin(&reader, &rig, b);
	for (i = 1; i <= KEPT_OF_PAIR; i++) {
		snprintf(sealed, sizeof(sealed), "%u", i);
		assert_int_equal(leave(&heaper, b, b, i, view_of(sealed)), 200);
	}
	assert_int_equal(leave(&heaper, b, b, i, view_of("one more")), 413);
	/* That is told, and all else goes on. */
	put_person(c, "夏女士");
	assert_ok(exchange_sync(c, &rig.transport, NULL, &result, &err), &err);
	assert_int_equal(result.received.refused_count, 1);
	assert_int_equal(result.received.refused[0].code, ERR_TOO_LARGE);
	assert_int_equal(count_of(rig.district, "person"), 1);
	sync_result_clear(&result);
	assert_int_equal(leave(&heaper, a, c, i, view_of("for another")), 200);
	assert_int_equal(leave(&sender, b, a, 1, view_of("of a")), 200);
	device_id_print(device, node_device(c));
	snprintf(from_heaper, sizeof(from_heaper), "\"from\":\"%s\"", device);
	device_id_print(device, node_device(a));
	snprintf(from_a, sizeof(from_a), "\"from\":\"%s\"", device);
	assert_int_equal(heads_say(&reader, from_heaper), TOLD_OF_SENDER);
	assert_int_equal(heads_say(&reader, from_a), 1);
	/* What waits for a device that has been revoked makes room. */
	assert_ok(node_revoke(rig.district, node_device(b), 0, &err), &err);
	for (i = 0; i < 20; i++) {
		snprintf(sealed, sizeof(sealed), "again %u", i);
		assert_int_equal(leave(&heaper, a, c, 1, view_of(sealed)), 200);
	}
	assert_ok(relay_each(rig.district, no_relay, &left, &err), &err);
	assert_int_equal(left, 1 + 1 + 20); /* "for another", the person */
	caller_end(&heaper);
	caller_end(&sender);
	caller_end(&reader);
	node_close(a);
	node_close(b);
	node_close(c);
	rig_close(&rig);
}

/* A whole chain of ${node} as a git bundle file. */
static void write_chain(struct node *node, const char *scope, struct buf *file)
{
	struct range range = { .chain = { .device = node_device(node), .incarnation = 1 } };
	struct tally tally;
	struct err err = { 0 };
	bool more;

	assert_true(scope_parse(&range.chain.scope, view_of(scope)));
	assert_ok(chains_write(node, &range, 1, SIZE_MAX, file, &tally, &more, &err), &err);
	assert_true(file->len > 0);
}

/* A community's own scope does not get into the district, even if a device offers it. */
static void test_serve__own_scopes_stay_out_of_the_district(void **state)
{
	struct caller caller;
	struct buf file = { 0 };
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_person(a, "夏女士");
	pack_all(a);
	write_chain(a, "community/zhizunong", &file);
	caller_begin(&caller, &rig, a);
	assert_int_equal(caller_call(&caller, "POST", "/api/v1/bundles", "", buf_as_view(&file)), 200);
	assert_non_null(strstr(buf_str(&caller.reply.body), "\"code\":\"scope\""));
	assert_non_null(strstr(buf_str(&caller.reply.body), "\"taken\":{\"bundles\":0"));
	assert_int_equal(count_of(rig.district, "person"), 0);
	buf_clear(&file);
	caller_end(&caller);
	node_close(a);
	rig_close(&rig);
}

/* Anybody may bring the district's own records back, but nothing else. */
static void test_serve__strangers_bring_only_the_districts_own(void **state)
{
	struct caller stranger = { 0 };
	struct buf file = { 0 };
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_club(a, "太极拳队");
	pack_all(a);
	stranger.rig = &rig;
	write_chain(a, "federation", &file);
	assert_int_equal(caller_call(&stranger, "POST", "/api/v1/trust", "", buf_as_view(&file)), 403);
	assert_int_equal(count_of(rig.district, "club"), 0);
	buf_reset(&file);
	write_chain(rig.district, "federation", &file);
	assert_int_equal(caller_call(&stranger, "POST", "/api/v1/trust", "", buf_as_view(&file)), 200);
	assert_non_null(strstr(buf_str(&stranger.reply.body), "\"taken\":{\"bundles\":0"));
	/* What is here already is not looked into again. */
	assert_non_null(strstr(buf_str(&stranger.reply.body), "\"duplicates\":1"));
	file.data[file.len / 2] ^= 1;
	assert_int_equal(caller_call(&stranger, "POST", "/api/v1/trust", "", buf_as_view(&file)), 400);
	assert_int_equal(caller_call(&stranger, "POST", "/api/v1/trust", "", view_of("")), 400);
	buf_clear(&file);
	caller_end(&stranger);
	node_close(a);
	rig_close(&rig);
}

/* Uploads share a transaction; a bad one among them spoils none of the others. */
static void test_serve__uploads_are_taken_together(void **state)
{
	enum { SENDERS = 3 };
	static const char *const slugs[SENDERS] = { "one", "two", "three" };
	struct caller callers[SENDERS];
	struct node *nodes[SENDERS];
	struct buf files[SENDERS] = { { 0 } };
	struct request requests[SENDERS + 2];
	struct reply replies[SENDERS + 2];
	const struct request *request_list[SENDERS + 2];
	struct reply *reply_list[SENDERS + 2];
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig);
	memset(replies, 0, sizeof(replies));
	for (i = 0; i < SENDERS; i++) {
		nodes[i] = rig_join(&rig, slugs[i], slugs[i], slugs[i]);
		put_club(nodes[i], "太极拳队");
		pack_all(nodes[i]);
		write_chain(nodes[i], "federation", &files[i]);
		caller_begin(&callers[i], &rig, nodes[i]);
		requests[i] = (struct request){ .method = "POST", .path = "/api/v1/bundles",
			.query = "", .authorization = callers[i].token,
			.body = buf_as_view(&files[i]) };
	}
	requests[SENDERS] = requests[0];
	requests[SENDERS].body = VIEW_LITERAL("not a bundle");
	requests[SENDERS + 1] = (struct request){
		.method = "GET", .path = "/api/v1/federation", .query = "" };
	for (i = 0; i < SENDERS + 2; i++) {
		request_list[i] = &requests[i];
		reply_list[i] = &replies[i];
	}
	exchange_serve_batch(rig.server, request_list, reply_list, SENDERS + 2);
	for (i = 0; i < SENDERS + 2; i++) {
		assert_int_equal(replies[i].status, 200);
		if (i < SENDERS) {
			assert_non_null(
				strstr(buf_str(&replies[i].body), "\"taken\":{\"bundles\":1"));
		}
	}
	assert_non_null(strstr(buf_str(&replies[SENDERS].body), "\"code\":\"format\""));
	assert_int_equal(count_of(rig.district, "club"), SENDERS);
	for (i = 0; i < SENDERS; i++) {
		node_close(nodes[i]);
		buf_clear(&files[i]);
		caller_end(&callers[i]);
	}
	for (i = 0; i < SENDERS + 2; i++) {
		reply_clear(&replies[i]);
	}
	assert_sound(rig.district);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchange__sync_sends_and_brings),
		cmocka_unit_test(test_exchange__district_records_come_down),
		cmocka_unit_test(test_exchange__devices_of_a_community_agree_through_the_relay),
		cmocka_unit_test(test_exchange__own_lost_bundles_come_back),
		cmocka_unit_test(test_exchange__a_restored_district_is_filled_again),
		cmocka_unit_test(test_exchange__a_restored_district_learns_whom_it_enrolled),
		cmocka_unit_test(test_exchange__a_cut_line_loses_nothing),
		cmocka_unit_test(test_exchange__only_signed_heads_count_as_sent),
		cmocka_unit_test(test_exchange__a_fork_is_put_right),
		cmocka_unit_test(test_exchange__can_be_stopped),
		cmocka_unit_test(test_exchange__clocks_are_compared),
		cmocka_unit_test(test_exchange__a_revoked_device_is_turned_away),
		cmocka_unit_test(test_serve__what_strangers_learn),
		cmocka_unit_test(test_serve__sessions_are_proven),
		cmocka_unit_test(test_serve__sessions_are_shared_out),
		cmocka_unit_test(test_serve__sessions_end),
		cmocka_unit_test(test_serve__scopes_hold),
		cmocka_unit_test(test_serve__relays_are_their_recipients),
		cmocka_unit_test(test_serve__a_false_relay_stops_nobody),
		cmocka_unit_test(test_serve__a_heap_of_relays_is_bounded),
		cmocka_unit_test(test_serve__own_scopes_stay_out_of_the_district),
		cmocka_unit_test(test_serve__strangers_bring_only_the_districts_own),
		cmocka_unit_test(test_serve__uploads_are_taken_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
