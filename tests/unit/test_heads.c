/* test_heads.c -- signed lists of heads; see heads.h. */
#include "exchange_rig.h"

#include "heads.h"

static struct heads *written(
	struct node *by, struct node *read_by, const char *reader, enum heads_names names)
{
	const struct heads_options options = { .reader = reader, .names = names };
	struct heads *heads = NULL;
	struct buf text = { 0 };
	struct err err = { 0 };

	assert_ok(heads_write(by, &options, &text, &err), &err);
	assert_ok(heads_read(&heads, read_by, buf_as_view(&text), &err), &err);
	buf_clear(&text);
	return heads;
}

static bool count_head(void *ctx, const struct head *head, struct err *err)
{
	(void)head;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

/* Whoever reads it finds the same heads, by name or by token. */
static void test_heads__say_what_is_held(void **state)
{
	static const enum heads_names kinds[] = { HEADS_PLAIN, HEADS_HMAC };
	struct head ours, theirs;
	struct err err = { 0 };
	struct heads *heads;
	struct node *a;
	struct rig rig;
	size_t i, count;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_person(a, "夏女士");
	pack_all(a);
	for (i = 0; i < 2; i++) {
		struct chain_name chain = { .device = node_device(a),
			.incarnation = 1,
			.scope = { SCOPE_DISTRICT, "zhizunong" } };

		heads = written(a, rig.district, DISTRICT_SLUG, kinds[i]);
		assert_true(device_id_equal(heads_device(heads)->id, node_device(a)));
		heads_lookup(heads, rig.district, &chain, &theirs);
		assert_ok(chains_head(a, &chain, &ours, &err), &err);
		assert_int_equal(theirs.seq, 1);
		assert_memory_equal(theirs.hash, ours.hash, sizeof(ours.hash));
		/* The community's own scope is none of the district's business. */
		chain.scope.kind = SCOPE_COMMUNITY;
		heads_lookup(heads, rig.district, &chain, &theirs);
		assert_int_equal(theirs.seq, 0);
		count = 0;
		assert_ok(heads_each(heads, count_head, &count, &err), &err);
		assert_int_equal(count, kinds[i] == HEADS_PLAIN ? 2 : 0);
		heads_free(heads);
	}
	node_close(a);
	rig_close(&rig);
}

/* Known is what somebody signed with the hash that is held here, and no more. */
static void test_heads__only_equal_hashes_are_known(void **state)
{
	struct chain_name chain;
	struct err err = { 0 };
	struct heads *before, *after;
	struct node *a;
	struct rig rig;
	uint32_t known;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_club(a, "太极拳队");
	before = written(rig.district, a, "zhizunong", HEADS_PLAIN);
	rig_sync(&rig, a);
	after = written(rig.district, a, "zhizunong", HEADS_PLAIN);
	chain = (struct chain_name){
		.device = node_device(a), .incarnation = 1, .scope = { SCOPE_FEDERATION, "" }
	};
	assert_ok(heads_note(after, a, false, &err), &err);
	assert_ok(chains_known(a, node_device(rig.district), &chain, &known, &err), &err);
	assert_int_equal(known, 1);
	/* An older list that lay somewhere takes nothing back. */
	assert_ok(heads_note(before, a, false, &err), &err);
	assert_ok(chains_known(a, node_device(rig.district), &chain, &known, &err), &err);
	assert_int_equal(known, 1);
	heads_free(before);
	heads_free(after);
	/* A list that names bundles this node does not hold says nothing to it. */
	put_club(a, "舞蹈队");
	rig_sync(&rig, a);
	after = written(a, rig.district, DISTRICT_SLUG, HEADS_PLAIN);
	assert_ok(heads_note(after, rig.district, true, &err), &err);
	assert_ok(chains_known(rig.district, node_device(a), &chain, &known, &err), &err);
	assert_int_equal(known, 2);
	heads_free(after);
	put_club(a, "合唱团");
	pack_all(a);
	after = written(a, rig.district, DISTRICT_SLUG, HEADS_PLAIN);
	assert_ok(heads_note(after, rig.district, true, &err), &err);
	assert_ok(chains_known(rig.district, node_device(a), &chain, &known, &err), &err);
	assert_int_equal(known, 2);
	heads_free(after);
	node_close(a);
	rig_close(&rig);
}

/* A list counts only while its signer is a device of the federation. */
static void test_heads__of_strangers_are_refused(void **state)
{
	const struct heads_options options = { .reader = DISTRICT_SLUG, .names = HEADS_HMAC };
	struct buf text = { 0 };
	struct err err = { 0 };
	struct heads *heads;
	struct rig rig, other;
	struct node *a, *b;

	(void)state;
	rig_open(&rig);
	rig_open(&other);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&other, "b", "zhizunong", "知足弄社区");
	assert_ok(heads_write(b, &options, &text, &err), &err);
	assert_refused(heads_read(&heads, rig.district, buf_as_view(&text), &err), &err,
		ERR_UNKNOWN_DEVICE);
	assert_null(heads);
	buf_reset(&text);
	assert_ok(heads_write(a, &options, &text, &err), &err);
	assert_ok(node_revoke(rig.district, node_device(a), 0, &err), &err);
	assert_refused(
		heads_read(&heads, rig.district, buf_as_view(&text), &err), &err, ERR_REVOKED);
	buf_clear(&text);
	node_close(a);
	node_close(b);
	rig_close(&rig);
	rig_close(&other);
}

/* Each sample under tests/data/heads is refused for its reason. */
static void test_heads__hostile_samples(void **state)
{
	const struct env *env = env_system();
	struct buf names = { 0 }, path = { 0 }, text = { 0 };
	struct err err = { 0 };
	struct rig rig;
	size_t at, count = 0;

	(void)state;
	rig_open(&rig);
	assert_ok(env->list_dir(env->ctx, &names, "tests/data/heads", &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1) {
		const char *name = (char *)names.data + at;
		struct heads_text parsed = { 0 };
		struct heads *heads = NULL;
		bool envelope = strncmp(name, "envelope", 8) == 0, ok;

		buf_reset(&path);
		buf_reset(&text);
		buf_printf(&path, "tests/data/heads/%s", name);
		assert_ok(env->read_file(env->ctx, &text, buf_str(&path), 4 << 20, &err), &err);
		err.code = ERR_NONE;
		ok = envelope ? heads_read(&heads, rig.district, buf_as_view(&text), &err)
			      : heads_parse(&parsed, buf_as_view(&text), &err);
		if (strcmp(err_name(err.code), strrchr(name, '.') + 1) != 0) {
			fail_msg("%s: %s: %s", name, err_name(err.code), err.detail);
		}
		assert_int_equal(ok, err.code == ERR_NONE);
		heads_text_clear(&parsed);
		heads_free(heads);
		count++;
	}
	assert_true(count >= 40);
	buf_clear(&names);
	buf_clear(&path);
	buf_clear(&text);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads__say_what_is_held),
		cmocka_unit_test(test_heads__only_equal_hashes_are_known),
		cmocka_unit_test(test_heads__of_strangers_are_refused),
		cmocka_unit_test(test_heads__hostile_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
