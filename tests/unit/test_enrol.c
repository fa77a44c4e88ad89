/* test_enrol.c -- invitations, requests, answers; see linli/enrol.h. */
#include "exchange_rig.h"

#include "age.h"

static const struct invitation_terms terms = { "zhizunong", "知足弄社区", "潮鸣街道",
	"https://linli.example.cn:8443" };

static void invite(struct rig *rig, struct invitation *out, struct buf *file)
{
	struct err err = { 0 };

	buf_reset(file);
	assert_ok(invitation_make(rig->district, &terms, file, &err), &err);
	assert_ok(invitation_read(out, buf_as_view(file), &err), &err);
}

/* A node that has been invited, but has not asked yet. */
static struct node *newcomer(
	struct rig *rig, const struct invitation *invitation, const char *home_name)
{
	struct buf home = { 0 };
	struct node_options options;
	struct node *node = NULL;
	struct err err = { 0 };

	buf_printf(&home, "%s/%s", rig->folder, home_name);
	options = (struct node_options){ .env = &rig->env, .home = buf_str(&home) };
	assert_ok(node_join(&node, &options, &invitation->federation, invitation->community,
			  invitation->name, &err),
		&err);
	buf_clear(&home);
	return node;
}

/* Three files, carried in any way, and both sides can read out the same code. */
static void test_enrol__works_by_files_alone(void **state)
{
	struct buf file = { 0 }, request = { 0 }, answer = { 0 };
	char here[SHORT_CODE_BYTES], there[SHORT_CODE_BYTES];
	uint8_t key[NODE_PUBLIC_KEY_BYTES];
	struct received received = { 0 };
	struct invitation invitation;
	struct application enrolled;
	struct device device;
	struct err err = { 0 };
	struct node *node;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	invite(&rig, &invitation, &file);
	assert_string_equal(invitation.community, "zhizunong");
	assert_string_equal(invitation.federation.url, "https://linli.example.cn:8443");
	node = newcomer(&rig, &invitation, "a");
	assert_false(node_enrolled(node));
	assert_ok(request_make(node, &invitation, &request, &err), &err);
	assert_ok(request_accept(rig.district, buf_as_view(&request), &answer, &enrolled, &err),
		&err);
	assert_ok(answer_accept(node, buf_as_view(&answer), &received, &err), &err);
	assert_int_equal(received.refused_count, 0);
	assert_true(node_enrolled(node));
	assert_true(node_find_device(rig.district, node_device(node), &device));
	assert_string_equal(device.community, "zhizunong");
	assert_string_equal(device.name, "知足弄社区");
	node_public_key(node, key);
	short_code(here, node_federation(node)->key, key);
	short_code(there, node_federation(rig.district)->key, enrolled.public_key);
	assert_string_equal(here, there);
	assert_int_equal(strlen(here), 9);
	assert_int_equal(here[4], ' ');
	key[0] ^= 1;
	short_code(there, node_federation(node)->key, key);
	assert_string_not_equal(here, there);
	received_clear(&received);
	buf_clear(&file);
	buf_clear(&request);
	buf_clear(&answer);
	node_close(node);
	rig_close(&rig);
}

/* An invitation is good for one device; that one may ask again when an answer was lost. */
static void test_enrol__an_invitation_serves_one_device(void **state)
{
	struct buf file = { 0 }, request = { 0 }, answer = { 0 };
	struct received received = { 0 };
	struct invitation invitation;
	struct err err = { 0 };
	struct node *first, *second;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	invite(&rig, &invitation, &file);
	first = newcomer(&rig, &invitation, "a");
	second = newcomer(&rig, &invitation, "b");
	assert_ok(request_make(first, &invitation, &request, &err), &err);
	assert_ok(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err), &err);
	buf_reset(&answer);
	rig.weather.clock_ms = INVITATION_VALID_MS + 1000;
	assert_ok(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err), &err);
	rig.weather.clock_ms = 0;
	assert_ok(answer_accept(first, buf_as_view(&answer), &received, &err), &err);
	buf_reset(&request);
	buf_reset(&answer);
	assert_ok(request_make(second, &invitation, &request, &err), &err);
	assert_refused(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err),
		&err, ERR_INVITATION);
	assert_non_null(strstr(err.detail, "used already"));
	assert_int_equal(answer.len, 0);
	/* The other one's answer is of no use to it either. */
	buf_reset(&request);
	assert_ok(request_make(first, &invitation, &request, &err), &err);
	assert_ok(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err), &err);
	assert_refused(
		answer_accept(second, buf_as_view(&answer), &received, &err), &err, ERR_SEALED);
	received_clear(&received);
	buf_clear(&file);
	buf_clear(&request);
	buf_clear(&answer);
	node_close(first);
	node_close(second);
	rig_close(&rig);
}

static uint32_t trust_length(const struct rig *rig)
{
	const struct chain_name chain = { .device = node_device(rig->district),
		.incarnation = 1,
		.scope = { .kind = SCOPE_FEDERATION } };
	struct err err = { 0 };
	struct head head;

	assert_ok(chains_head(rig->district, &chain, &head, &err), &err);
	return head.seq;
}

/* Whoever has seen a request go by can send it again: nothing grows by that. */
static void test_enrol__a_request_sent_again_adds_nothing(void **state)
{
	struct buf file = { 0 }, request = { 0 }, answer = { 0 };
	struct invitation invitation;
	struct err err = { 0 };
	struct node *node;
	struct rig rig;
	uint32_t before;

	(void)state;
	rig_open(&rig);
	invite(&rig, &invitation, &file);
	node = newcomer(&rig, &invitation, "a");
	assert_ok(request_make(node, &invitation, &request, &err), &err);
	assert_ok(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err), &err);
	before = trust_length(&rig);
	buf_reset(&answer);
	assert_ok(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err), &err);
	assert_true(answer.len > 0);
	assert_int_equal(trust_length(&rig), before);
	buf_clear(&file);
	buf_clear(&request);
	buf_clear(&answer);
	node_close(node);
	rig_close(&rig);
}

/* Another program of the district's, which accepts ${request} meanwhile. */
static struct race {
	struct rig *rig;
	struct view request; /* empty: nothing happens */
	bool accepted;
} race;

static int64_t racing_now(void *ctx)
{
	struct view request = race.request;
	struct buf home = { 0 }, answer = { 0 };
	struct node_options options;
	struct node *other = NULL;
	struct err err = { 0 };

	race.request = (struct view){ 0 };
	if (request.len != 0) {
		buf_printf(&home, "%s/district", race.rig->folder);
		options = (struct node_options){ .env = &race.rig->env, .home = buf_str(&home) };
		assert_ok(node_open(&other, &options, &err), &err);
		assert_ok(request_accept(other, request, &answer, NULL, &err), &err);
		race.accepted = true;
		node_close(other);
		buf_clear(&home);
		buf_clear(&answer);
	}
	return race.rig->env.now_ms(ctx);
}

/* Also of two requests at once that come by two programs, one is accepted. */
static void test_enrol__an_invitation_is_not_used_twice_at_once(void **state)
{
	struct buf file = { 0 }, one = { 0 }, two = { 0 }, answer = { 0 };
	struct invitation invitation;
	struct device device;
	struct err err = { 0 };
	struct node *a, *b;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	invite(&rig, &invitation, &file);
	a = newcomer(&rig, &invitation, "a");
	b = newcomer(&rig, &invitation, "b");
	assert_ok(request_make(a, &invitation, &one, &err), &err);
	assert_ok(request_make(b, &invitation, &two, &err), &err);
	race = (struct race){ &rig, buf_as_view(&two), false };
	rig.server_env.now_ms = racing_now;
	assert_refused(request_accept(rig.district, buf_as_view(&one), &answer, NULL, &err), &err,
		ERR_INVITATION);
	assert_true(race.accepted);
	assert_false(node_find_device(rig.district, node_device(a), &device));
	assert_true(node_find_device(rig.district, node_device(b), &device));
	buf_clear(&file);
	buf_clear(&one);
	buf_clear(&two);
	buf_clear(&answer);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* Old, forged, altered, misdirected: refused, each with its reason, and nobody is enrolled. */
static void test_enrol__bad_requests_are_refused(void **state)
{
	struct buf file = { 0 }, request = { 0 }, answer = { 0 };
	struct invitation invitation, forged;
	struct application application;
	struct device device;
	struct err err = { 0 };
	struct node *node, *other;
	struct rig rig, elsewhere;

	(void)state;
	rig_open(&rig);
	rig_open(&elsewhere);
	invite(&rig, &invitation, &file);
	node = newcomer(&rig, &invitation, "a");
	/* Too late. */
	assert_ok(request_make(node, &invitation, &request, &err), &err);
	rig.weather.clock_ms = INVITATION_VALID_MS + 1000;
	assert_refused(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err),
		&err, ERR_INVITATION);
	assert_refused(request_make(node, &invitation, &answer, &err), &err, ERR_INVITATION);
	rig.weather.clock_ms = 0;
	/* Somebody who knows the invitation's name, but not its secret. */
	assert_ok(request_parse(&application, buf_as_view(&request), &err), &err);
	application.mac[0] ^= 1;
	buf_reset(&request);
	assert_ok(request_print(&request, &application, &err), &err);
	assert_refused(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err),
		&err, ERR_INVITATION);
	/* An invitation that the district never wrote. */
	forged = invitation;
	forged.secret[0] ^= 1;
	buf_reset(&request);
	assert_ok(request_make(node, &forged, &request, &err), &err);
	assert_refused(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err),
		&err, ERR_INVITATION);
	/* For another community than the invited one. */
	forged = invitation;
	strcpy(forged.community, "wanglanfu");
	other = newcomer(&rig, &forged, "other");
	buf_reset(&request);
	assert_refused(request_make(node, &forged, &request, &err), &err, ERR_INVITATION);
	assert_ok(request_make(other, &forged, &request, &err), &err);
	assert_refused(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err),
		&err, ERR_INVITATION);
	/* For another federation, and at a node that is no district. */
	buf_reset(&request);
	assert_ok(request_make(node, &invitation, &request, &err), &err);
	assert_refused(
		request_accept(elsewhere.district, buf_as_view(&request), &answer, NULL, &err),
		&err, ERR_FEDERATION);
	assert_refused(
		request_accept(node, buf_as_view(&request), &answer, NULL, &err), &err, ERR_SCOPE);
	assert_int_equal(answer.len, 0);
	assert_false(node_find_device(rig.district, node_device(node), &device));
	assert_false(node_find_device(rig.district, node_device(other), &device));
	node_close(node);
	node_close(other);
	buf_clear(&file);
	buf_clear(&request);
	buf_clear(&answer);
	rig_close(&rig);
	rig_close(&elsewhere);
}

/* Somebody who saw the secret cannot put a key into another's request: it is signed. */
static void test_enrol__a_request_is_signed_by_its_key(void **state)
{
	struct buf file = { 0 }, mine = { 0 }, theirs = { 0 }, mixed = { 0 };
	struct application application, other;
	struct invitation invitation;
	struct err err = { 0 };
	struct node *a, *b;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	invite(&rig, &invitation, &file);
	a = newcomer(&rig, &invitation, "a");
	b = newcomer(&rig, &invitation, "b");
	assert_ok(request_make(a, &invitation, &mine, &err), &err);
	assert_ok(request_make(b, &invitation, &theirs, &err), &err);
	assert_ok(request_parse(&application, buf_as_view(&mine), &err), &err);
	assert_ok(request_parse(&other, buf_as_view(&theirs), &err), &err);
	memcpy(application.signature, other.signature, sizeof(other.signature));
	assert_ok(request_print(&mixed, &application, &err), &err);
	assert_refused(request_accept(rig.district, buf_as_view(&mixed), &file, NULL, &err), &err,
		ERR_SIGNATURE);
	buf_clear(&file);
	buf_clear(&mine);
	buf_clear(&theirs);
	buf_clear(&mixed);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* A revoked key does not come in again by a new invitation. */
static void test_enrol__a_revoked_key_stays_out(void **state)
{
	struct buf file = { 0 }, request = { 0 }, answer = { 0 };
	struct invitation invitation;
	struct err err = { 0 };
	struct node *node;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	node = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	assert_ok(node_revoke(rig.district, node_device(node), 0, &err), &err);
	invite(&rig, &invitation, &file);
	assert_ok(request_make(node, &invitation, &request, &err), &err);
	assert_refused(request_accept(rig.district, buf_as_view(&request), &answer, NULL, &err),
		&err, ERR_REVOKED);
	buf_clear(&file);
	buf_clear(&request);
	buf_clear(&answer);
	node_close(node);
	rig_close(&rig);
}

/* Bad terms are refused before anything is written. */
static void test_enrol__bad_terms_are_refused(void **state)
{
	static const struct invitation_terms bad[] = {
		{ "district", "名", "街", NULL },
		{ "Upper", "名", "街", NULL },
		{ "", "名", "街", NULL },
		{ "a", "", "街", NULL },
		{ "a", "名\n", "街", NULL },
		{ "a", "名", "\xff", NULL },
		{ "a", "名", "街", "ftp://x" },
	};
	struct buf file = { 0 };
	struct err err = { 0 };
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused(
			invitation_make(rig.district, &bad[i], &file, &err), &err, ERR_VALUE);
	}
	assert_int_equal(file.len, 0);
	assert_int_equal(count_of(rig.district, "community"), 0);
	rig_close(&rig);
}

static bool read_invitation(struct view text, struct err *err)
{
	struct invitation invitation;

	return invitation_read(&invitation, text, err);
}

static bool read_request(struct view text, struct err *err)
{
	struct application application;

	return request_parse(&application, text, err);
}

/* Each sample is refused for its reason. */
static size_t walk(const char *folder, bool (*read)(struct view text, struct err *err))
{
	const struct env *env = env_system();
	struct buf names = { 0 }, path = { 0 }, text = { 0 };
	struct err err = { 0 };
	size_t at, count = 0;

	assert_ok(env->list_dir(env->ctx, &names, folder, &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1) {
		const char *name = (char *)names.data + at;
		bool ok;

		buf_reset(&path);
		buf_reset(&text);
		buf_printf(&path, "%s/%s", folder, name);
		assert_ok(env->read_file(env->ctx, &text, buf_str(&path), 4 << 20, &err), &err);
		err.code = ERR_NONE;
		ok = read(buf_as_view(&text), &err);
		if (strcmp(err_name(err.code), strrchr(name, '.') + 1) != 0) {
			fail_msg("%s: %s: %s", name, err_name(err.code), err.detail);
		}
		assert_int_equal(ok, err.code == ERR_NONE);
		count++;
	}
	buf_clear(&names);
	buf_clear(&path);
	buf_clear(&text);
	return count;
}

static void test_enrol__hostile_samples(void **state)
{
	(void)state;
	assert_true(walk("tests/data/invitation", read_invitation) >= 30);
	assert_true(walk("tests/data/request", read_request) >= 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enrol__works_by_files_alone),
		cmocka_unit_test(test_enrol__an_invitation_serves_one_device),
		cmocka_unit_test(test_enrol__a_request_sent_again_adds_nothing),
		cmocka_unit_test(test_enrol__an_invitation_is_not_used_twice_at_once),
		cmocka_unit_test(test_enrol__bad_requests_are_refused),
		cmocka_unit_test(test_enrol__a_request_is_signed_by_its_key),
		cmocka_unit_test(test_enrol__a_revoked_key_stays_out),
		cmocka_unit_test(test_enrol__bad_terms_are_refused),
		cmocka_unit_test(test_enrol__hostile_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
