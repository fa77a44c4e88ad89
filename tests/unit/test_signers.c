/* test_signers.c -- reviewers' devices and keys, and what they sign; see linli/users.h. */
#include "federation.h"
#include "key.h"
#include "linli/review.h"
#include "linli/users.h"
#include "sshsig.h"

#define DAY_MS (24LL * 3600 * 1000)

/* A district whose clock the test moves, and a community whose clubs are reviewed. */
struct world {
	char *folder;
	struct env env;
	int64_t ahead_ms;
	struct node *district, *a;
};

static int64_t moved_now(void *ctx)
{
	const struct world *world = ctx;

	return env_system()->now_ms(NULL) + world->ahead_ms;
}

static int set_up(void **state)
{
	struct policy policy = { .entity = "club", .review = true, .reviewers = 1 };
	struct world *world = calloc(1, sizeof(*world));
	struct node_options options = { .env = &world->env };
	struct buf home = { 0 };
	struct err err = { 0 };

	world->folder = scratch_folder();
	world->env = *env_system();
	world->env.ctx = world;
	world->env.now_ms = moved_now;
	buf_printf(&home, "%s/district", world->folder);
	options.home = buf_str(&home);
	assert_ok(node_found(&world->district, &options, "拱墅区", (struct view){ NULL, 0 }, &err),
		&err);
	buf_clear(&home);
	world->a = join_community(world->folder, "a", world->district, "zhizu", "知足弄社区");
	assert_ok(policy_set(world->district, &policy, &err), &err);
	assert_ok(users_add(world->district, "陈审核", USER_REVIEWER, &err), &err);
	assert_ok(users_add(world->district, "林审核", USER_ADMINISTRATOR, &err), &err);
	assert_ok(users_add(world->district, "看客", USER_VIEWER, &err), &err);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	node_close(world->a);
	node_close(world->district);
	scratch_remove(world->folder);
	free(world);
	return 0;
}

static void give(struct node *from, struct node *to)
{
	struct tally packed;
	struct err err = { 0 };

	assert_ok(outbox_pack(from, &packed, &err), &err);
	give_all(from, to);
}

/* A reviewer at work: what review_judge() is given, and what signs it. */
struct desk {
	struct world *world;
	struct buf pem;
	struct judging judging;
};

static bool sign_line(void *ctx, const struct place *line, const uint8_t hash[32],
	struct buf *signature, struct err *err)
{
	struct desk *desk = ctx;
	struct buf text = { 0 };
	const char *reason = desk->judging.reason;
	bool ok;

	ok = users_verdict_text(&text, desk->world->district, line, hash, desk->judging.accept,
		     view_of(reason != NULL ? reason : ""), err) &&
		users_sign_verdict(desk->world->district, desk->judging.reviewer,
			buf_as_view(&desk->pem), NULL, buf_as_view(&text), signature, err);
	buf_clear(&text);
	return ok;
}

static void desk_open(struct desk *desk, struct world *world, const char *name)
{
	struct err err = { 0 };

	*desk = (struct desk){ .world = world };
	desk->judging.reviewer = name;
	desk->judging.sign = sign_line;
	desk->judging.sign_ctx = desk;
	assert_ok(users_key_make(world->district, name, NULL, &desk->pem, &err), &err);
}

static bool keep_place(void *ctx, const struct held_bundle *bundle, struct err *err)
{
	(void)err;
	*(struct place *)ctx = bundle->info.place;
	return true;
}

/* A club arrives and waits. */
static void club_arrives(struct world *world, const char *name, struct place *bundle)
{
	char words[96];
	struct err err = { 0 };

	snprintf(words, sizeof(words), "name=%s", name);
	PUT(world->a, "club", NULL, NULL, words, "members=24");
	give(world->a, world->district);
	memset(bundle, 0, sizeof(*bundle));
	assert_ok(review_each(world->district, keep_place, bundle, &err), &err);
	assert_int_not_equal(bundle->seq, 0);
}

static void judge(struct desk *desk, const struct place *bundle, bool accept, const char *reason)
{
	struct judged judged;
	struct err err = { 0 };

	desk->judging.bundle = *bundle;
	desk->judging.accept = accept;
	desk->judging.reason = reason;
	assert_ok(review_judge(desk->world->district, &desk->judging, &judged, &err), &err);
	assert_true(judged.accepted + judged.returned + judged.seconded > 0);
}

/* How many verdicts of a bundle there are at ${node}, and how many verify there. */
struct verified {
	struct node *node;
	struct held_bundle bundle;
	size_t verdicts, good;
	char text[512]; /* signed, of the last */
};

static bool verify_line(void *ctx, const struct line_view *line, struct err *err)
{
	struct verified *verified = ctx;
	struct place place = verified->bundle.info.place;
	struct buf text = { 0 };
	struct err why = { 0 };

	(void)err;
	place.n = line->n;
	if (line->has_verdict) {
		verified->verdicts++;
		verified->good += users_verify_signed(verified->node, &place,
			verified->bundle.info.hash, &line->verdict, &text, &why);
		snprintf(verified->text, sizeof(verified->text), "%s", buf_str(&text));
	}
	buf_clear(&text);
	return true;
}

static struct verified verify(struct node *node, const struct place *bundle)
{
	struct verified verified = { .node = node };
	char base[65];
	struct err err = { 0 };

	assert_ok(review_show(node, bundle, &verified.bundle, base, verify_line, &verified, &err),
		&err);
	return verified;
}

/* ---- whose devices are whose ---------------------------------------- */

/* Nobody judges what they wrote themselves, and a new key makes no other person of them. */
static void test_signers__a_device_stays_its_users(void **state)
{
	struct world *world = *state;
	struct device_id device = node_device(world->a), unknown = device;
	struct enrolment enrolment = { .community = "zhizu", .name = "知足弄社区" };
	struct key *key = NULL;
	struct judging judging = { .accept = true, .reviewer = "陈审核" };
	struct judged judged;
	struct err err = { 0 };

	unknown.bytes[0] ^= 1;
	assert_false(users_owns_device(world->district, "陈审核", device));
	assert_ok(users_give_device(world->district, "陈审核", device, &err), &err);
	assert_ok(users_give_device(world->district, "陈审核", device, &err), &err);
	assert_true(users_owns_device(world->district, "陈审核", device));
	assert_false(users_owns_device(world->district, "林审核", device));
	assert_refused(users_give_device(world->district, "陈审核", unknown, &err), &err,
		ERR_NOT_FOUND);
	assert_refused(users_give_device(world->district, "无名氏", device, &err), &err,
		ERR_NOT_FOUND);
	assert_refused(users_give_device(world->a, "陈审核", device, &err), &err, ERR_SCOPE);
	club_arrives(world, "太极拳队", &judging.bundle);
	assert_refused(review_judge(world->district, &judging, &judged, &err), &err, ERR_SCOPE);
	/* Another key takes its place. */
	assert_ok(key_generate(&key, &world->env, &err), &err);
	memcpy(enrolment.public_key, key_public(key), sizeof(enrolment.public_key));
	assert_ok(node_age_recipient(world->a, enrolment.age_recipient, &err), &err);
	assert_ok(node_replace(world->district, &enrolment, device, NULL, 0, &err), &err);
	assert_true(users_owns_device(world->district, "陈审核", key_device(key)));
	assert_false(users_owns_device(world->district, "林审核", key_device(key)));
	/* Whoever has the device only now made its earlier changes, too. */
	assert_ok(users_give_device(world->district, "林审核", key_device(key), &err), &err);
	assert_true(users_owns_device(world->district, "林审核", device));
	assert_false(users_owns_device(world->district, "林审核", unknown));
	key_free(key);
}

/* The operator vouches for names that are no users; viewers and former users may not judge. */
static void test_signers__viewers_and_former_users_do_not_judge(void **state)
{
	struct world *world = *state;
	struct buf pem = { 0 };
	struct err err = { 0 };

	assert_ok(users_may_judge(world->district, "路人", &err), &err);
	assert_ok(users_may_judge(world->district, "陈审核", &err), &err);
	assert_refused(users_may_judge(world->district, "看客", &err), &err, ERR_SCOPE);
	assert_refused(users_key_make(world->district, "看客", NULL, &pem, &err), &err, ERR_SCOPE);
	assert_ok(users_disable(world->district, "陈审核", &err), &err);
	assert_refused(users_may_judge(world->district, "陈审核", &err), &err, ERR_SCOPE);
	buf_reset(&pem);
	assert_refused(
		users_key_make(world->district, "陈审核", NULL, &pem, &err), &err, ERR_SCOPE);
	buf_wipe(&pem);
}

/* ---- keys ------------------------------------------------------------ */

/* A key is one person's, for good. */
static void test_signers__a_key_is_one_persons(void **state)
{
	struct world *world = *state;
	struct key *one = NULL, *two = NULL;
	struct err err = { 0 };
	uint8_t device[NODE_PUBLIC_KEY_BYTES];
	static const uint8_t low_order[NODE_PUBLIC_KEY_BYTES] = { 1 };

	assert_ok(key_generate(&one, &world->env, &err), &err);
	assert_ok(key_generate(&two, &world->env, &err), &err);
	assert_ok(users_key_set(world->district, "陈审核", key_public(one), &err), &err);
	assert_ok(users_key_set(world->district, "陈审核", key_public(one), &err), &err);
	assert_refused(users_key_set(world->district, "林审核", key_public(one), &err), &err,
		ERR_EXISTS);
	assert_ok(users_key_set(world->district, "陈审核", key_public(two), &err), &err);
	/* Ended, it does not come back. */
	assert_refused(users_key_set(world->district, "陈审核", key_public(one), &err), &err,
		ERR_EXISTS);
	assert_refused(users_key_set(world->district, "林审核", key_public(one), &err), &err,
		ERR_EXISTS);
	/* A computer's key is not a person's. */
	node_public_key(world->a, device);
	assert_refused(
		users_key_set(world->district, "林审核", device, &err), &err, ERR_EXISTS);
	assert_refused(
		users_key_set(world->district, "林审核", low_order, &err), &err, ERR_KEY);
	assert_refused(users_key_set(world->district, "无名氏", key_public(one), &err), &err,
		ERR_NOT_FOUND);
	assert_refused(
		users_key_set(world->a, "陈审核", key_public(one), &err), &err, ERR_SCOPE);
	key_free(one);
	key_free(two);
}

/* Only the district says whose keys are whose. */
static void test_signers__a_community_publishes_none(void **state)
{
	struct world *world = *state;
	const struct entity *entity =
		model_entity(node_model(world->a), VIEW_LITERAL("signer"));
	struct assignment assignment = { entity_field(entity, VIEW_LITERAL("name")), ASSIGN_SET,
		{ VALUE_TEXT, 0, VIEW_LITERAL("冒名") } };
	struct record_id id, made;
	struct err err = { 0 };

	assert_true(record_id_parse(&id, VIEW_LITERAL("0123456789abcdef"), true));
	assert_refused(
		records_put(world->a, entity, &id, &assignment, 1, &made, &err), &err, ERR_SCOPE);
}

/* People hand in all kinds of files. */
static void test_signers__reads_openssh_public_keys(void **state)
{
	static const char good[] = "ssh-ed25519 "
		"AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
	static const char *const bad[] = {
		"",
		"ssh-ed25519",
		"ssh-ed25519 ",
		"ssh-ed25519 AAAA",
		"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
		" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
		/* another length within; a longer key */
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1EaAAAA",
		"-----BEGIN OPENSSH PRIVATE KEY-----\n",
		"\xff\xfe",
	};
	static const char *const ends[] = { "", "\n", "\r\n", " 陈审核\n", " a b c" };
	uint8_t key[NODE_PUBLIC_KEY_BYTES];
	struct buf text = { 0 };
	struct err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		buf_reset(&text);
		buf_printf(&text, "%s%s", good, ends[i]);
		assert_ok(signer_key_parse(key, buf_as_view(&text), &err), &err);
		assert_int_equal(key[0], 0xd7);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused(
			signer_key_parse(key, view_of(bad[i]), &err), &err, ERR_FORMAT);
	}
	buf_clear(&text);
}

/* ---- verdicts --------------------------------------------------------- */

/* Whoever holds the federation's records can tell who decided, and what. */
static void test_signers__verdicts_verify_at_every_node(void **state)
{
	struct world *world = *state;
	const uint32_t line = 1;
	struct verified here, there;
	struct place first, second;
	struct desk chen, lin;

	desk_open(&chen, world, "陈审核");
	desk_open(&lin, world, "林审核");
	club_arrives(world, "太极拳队", &first);
	judge(&chen, &first, true, NULL);
	club_arrives(world, "合唱团", &second);
	judge(&lin, &second, false, "名称与备案\n不符");
	here = verify(world->district, &first);
	assert_true(here.verdicts >= 1);
	assert_int_equal(here.good, here.verdicts);
	assert_non_null(strstr(here.text, " accepted "));
	give(world->district, world->a);
	there = verify(world->a, &first);
	assert_int_equal(there.verdicts, here.verdicts);
	assert_int_equal(there.good, there.verdicts);
	there = verify(world->a, &second);
	assert_true(there.verdicts >= 1);
	assert_int_equal(there.good, there.verdicts);
	assert_non_null(strstr(there.text, " returned "));
	/* Reversed by another person, it is that one's signature. */
	chen.judging.lines = &line;
	chen.judging.count = 1;
	judge(&chen, &second, true, NULL);
	here = verify(world->district, &second);
	assert_true(here.good >= 1);
	/* A verdict that nobody signed is just that. */
	chen.judging.sign = NULL;
	judge(&chen, &second, false, "再看");
	assert_true(verify(world->district, &second).good < here.good);
	buf_wipe(&chen.pem);
	buf_wipe(&lin.pem);
}

/* Where two must accept, the one who completes it signs as well as the first. */
static void test_signers__both_of_two_reviewers_sign(void **state)
{
	struct policy policy = { .entity = "club", .review = true, .reviewers = 2 };
	struct world *world = *state;
	struct verified verified;
	struct desk chen, lin;
	struct place bundle;
	struct err err = { 0 };

	assert_ok(policy_set(world->district, &policy, &err), &err);
	desk_open(&chen, world, "陈审核");
	desk_open(&lin, world, "林审核");
	club_arrives(world, "太极拳队", &bundle);
	judge(&chen, &bundle, true, "属实");
	verified = verify(world->district, &bundle);
	assert_true(verified.verdicts >= 1);
	assert_int_equal(verified.good, verified.verdicts);
	judge(&lin, &bundle, true, NULL);
	verified = verify(world->district, &bundle);
	assert_int_equal(verified.good, verified.verdicts);
	buf_wipe(&chen.pem);
	buf_wipe(&lin.pem);
}

/* One signature is good for one decision about one line by one person. */
static void test_signers__a_signature_fits_nothing_else(void **state)
{
	struct world *world = *state;
	struct node *district = world->district;
	struct view text = VIEW_LITERAL("linli verdict 0 x 0 accepted 0\n");
	struct view other = VIEW_LITERAL("linli verdict 0 x 0 returned 0\n");
	struct buf signature = { 0 }, foreign = { 0 };
	struct key *key = NULL;
	struct desk chen, lin;
	struct err err = { 0 };

	desk_open(&chen, world, "陈审核");
	desk_open(&lin, world, "林审核");
	assert_ok(users_sign_verdict(district, "陈审核", buf_as_view(&chen.pem), NULL, text,
			  &signature, &err),
		&err);
	assert_ok(users_verify_verdict(district, "陈审核", text, buf_as_view(&signature), 0, &err),
		&err);
	assert_refused(
		users_verify_verdict(district, "陈审核", other, buf_as_view(&signature), 0, &err),
		&err, ERR_SIGNATURE);
	assert_refused(
		users_verify_verdict(district, "林审核", text, buf_as_view(&signature), 0, &err),
		&err, ERR_SIGNATURE);
	assert_refused(users_verify_verdict(district, "陈审核", text, VIEW_LITERAL(""), 0, &err),
		&err, ERR_FORMAT);
	/* With another's key, or none that was published, nobody signs. */
	assert_refused(users_sign_verdict(district, "陈审核", buf_as_view(&lin.pem), NULL, text,
			       &foreign, &err),
		&err, ERR_KEY);
	assert_refused(users_sign_verdict(district, "路人", buf_as_view(&lin.pem), NULL, text,
			       &foreign, &err),
		&err, ERR_NOT_FOUND);
	assert_refused(users_sign_verdict(district, "看客", buf_as_view(&lin.pem), NULL, text,
			       &foreign, &err),
		&err, ERR_SCOPE);
	/* What the same key signed for another purpose is no verdict. */
	assert_ok(key_read(&key, buf_as_view(&chen.pem), NULL, &err), &err);
	assert_ok(sshsig_sign(&foreign, key, "git", text, &err), &err);
	assert_false(
		users_verify_verdict(district, "陈审核", text, buf_as_view(&foreign), 0, &err));
	key_free(key);
	key = NULL;
	buf_reset(&foreign);
	assert_ok(key_generate(&key, &world->env, &err), &err);
	assert_ok(sshsig_sign(&foreign, key, SIGNER_NAMESPACE, text, &err), &err);
	assert_refused(
		users_verify_verdict(district, "陈审核", text, buf_as_view(&foreign), 0, &err),
		&err, ERR_SIGNATURE);
	key_free(key);
	buf_wipe(&chen.pem);
	buf_wipe(&lin.pem);
	buf_clear(&signature);
	buf_clear(&foreign);
}

/* What somebody signed stays good when they leave; what is dated later does not. */
static void test_signers__an_ended_key_is_good_for_its_time(void **state)
{
	struct world *world = *state;
	struct node *district = world->district;
	struct view text = VIEW_LITERAL("linli verdict 0 x 0 accepted 0\n");
	struct buf signature = { 0 };
	int64_t now = env_system()->now_ms(NULL);
	struct desk chen;
	struct err err = { 0 };

	desk_open(&chen, world, "陈审核");
	assert_ok(users_sign_verdict(district, "陈审核", buf_as_view(&chen.pem), NULL, text,
			  &signature, &err),
		&err);
	world->ahead_ms = 10 * DAY_MS;
	assert_ok(users_disable(district, "陈审核", &err), &err);
	assert_ok(users_verify_verdict(
			  district, "陈审核", text, buf_as_view(&signature), now, &err),
		&err);
	assert_ok(users_verify_verdict(district, "陈审核", text, buf_as_view(&signature),
			  now + 9 * DAY_MS, &err),
		&err);
	assert_refused(users_verify_verdict(district, "陈审核", text, buf_as_view(&signature),
			       now + 11 * DAY_MS, &err),
		&err, ERR_REVOKED);
	assert_refused(users_verify_verdict(district, "陈审核", text, buf_as_view(&signature),
			       INT64_MAX, &err),
		&err, ERR_REVOKED);
	assert_ok(users_verify_verdict(
			  district, "陈审核", text, buf_as_view(&signature), INT64_MIN, &err),
		&err);
	buf_wipe(&chen.pem);
	buf_clear(&signature);
}

/* Of two who accepted a line both must be allowed to when it takes effect. */
static void test_signers__a_former_user_is_not_the_first_of_two(void **state)
{
	struct policy policy = { .entity = "club", .review = true, .reviewers = 2 };
	struct world *world = *state;
	struct judging judging = { .accept = true, .reviewer = "陈审核" };
	struct judged judged;
	struct err err = { 0 };

	assert_ok(policy_set(world->district, &policy, &err), &err);
	club_arrives(world, "太极拳队", &judging.bundle);
	assert_ok(review_judge(world->district, &judging, &judged, &err), &err);
	assert_int_equal(judged.seconded, 1);
	assert_ok(users_disable(world->district, "陈审核", &err), &err);
	judging.reviewer = "林审核";
	assert_ok(review_judge(world->district, &judging, &judged, &err), &err);
	assert_int_equal(judged.seconded, 1); /* the first now */
	assert_int_equal(count_of(world->district, "club"), 0);
	judging.reviewer = "路人";
	assert_ok(review_judge(world->district, &judging, &judged, &err), &err);
	assert_int_equal(judged.accepted, 1);
	assert_int_equal(count_of(world->district, "club"), 1);
	assert_sound(world->district);
}

#define SIGNED(name) cmocka_unit_test_setup_teardown(test_signers__##name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIGNED(a_device_stays_its_users),
		SIGNED(viewers_and_former_users_do_not_judge),
		SIGNED(a_former_user_is_not_the_first_of_two),
		SIGNED(a_key_is_one_persons),
		SIGNED(a_community_publishes_none),
		cmocka_unit_test(test_signers__reads_openssh_public_keys),
		SIGNED(verdicts_verify_at_every_node),
		SIGNED(both_of_two_reviewers_sign),
		SIGNED(a_signature_fits_nothing_else),
		SIGNED(an_ended_key_is_good_for_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
