/* test_rekey_together.c -- another key, and what else goes on: other programs, other nodes. */
#include "exchange_rig.h"

#include "linli/rekey.h"

static struct node *reopen(const struct rig *rig, const char *home_name)
{
	struct node_options options = { .env = &rig->env };
	struct buf home = { 0 };
	struct node *node = NULL;
	struct err err = { 0 };

	buf_printf(&home, "%s/%s", rig->folder, home_name);
	options.home = buf_str(&home);
	assert_ok(node_open(&node, &options, &err), &err);
	buf_clear(&home);
	return node;
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

/* An answer may be lost: the request is kept, asking again adds nothing, and it brings nobody back. */
static void test_rekey_together__asking_again_is_harmless(void **state)
{
	struct buf first = { 0 }, again = { 0 }, answer = { 0 };
	struct sync_result result;
	struct device_id device;
	struct err err = { 0 };
	struct node *a;
	struct rig rig;
	uint32_t length;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	assert_ok(rotation_begin(a, NULL, &err), &err);
	device = node_device(a);
	assert_true(rekey_waits(a, &first));
	assert_ok(rotation_begin(a, NULL, &err), &err);
	assert_true(rekey_waits(a, &again));
	assert_true(first.len > 0 && view_equal(buf_as_view(&first), buf_as_view(&again)));
	assert_true(device_id_equal(node_device(a), device));
	assert_ok(rotation_accept(rig.district, buf_as_view(&first), &answer, NULL, &err), &err);
	length = trust_length(&rig);
	assert_ok(rotation_accept(rig.district, buf_as_view(&first), &answer, NULL, &err), &err);
	assert_int_equal(trust_length(&rig), length);
	/* The line is cut after the server has taken the request: the next sync goes on. */
	rig.weather.cut_after = rig.weather.messages + 1;
	assert_refused(
		exchange_sync(a, &rig.transport, NULL, &result, &err), &err, ERR_NETWORK);
	sync_result_clear(&result);
	rig.weather.cut_after = -1;
	rig_sync(&rig, a);
	assert_true(node_enrolled(a));
	assert_false(rekey_waits(a, NULL));
	assert_ok(rotation_begin(a, NULL, &err), &err);
	rig_sync(&rig, a);
	assert_true(node_enrolled(a));
	assert_refused(rotation_accept(rig.district, buf_as_view(&first), &answer, NULL, &err), &err,
		ERR_REVOKED);
	assert_sound(a);
	assert_sound(rig.district);
	buf_clear(&first);
	buf_clear(&again);
	buf_clear(&answer);
	node_close(a);
	rig_close(&rig);
}

/* A district that was put back from before it knew the device is told of both keys. */
static void test_rekey_together__a_restored_district_hears_of_both_keys(void **state)
{
	struct err err = { 0 };
	struct node *a;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	rig_copy(&rig, "district", "copy");
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_club(a, "甲");
	rig_sync(&rig, a);
	exchange_server_close(rig.server);
	rig.district = rig_put_back(&rig, rig.district, "district", "copy");
	assert_ok(exchange_server_open(&rig.server, rig.district, &err), &err);
	assert_ok(rotation_begin(a, NULL, &err), &err);
	rig_sync(&rig, a);
	assert_true(node_enrolled(a));
	assert_int_equal(count_of(rig.district, "club"), 1);
	assert_sound(rig.district);
	assert_sound(a);
	node_close(a);
	rig_close(&rig);
}

/* What another program still does with the old key in memory must not be signed with it. */
static void test_rekey_together__another_program_notices(void **state)
{
	struct err err = { 0 };
	struct tally packed;
	struct node *a, *same;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	same = reopen(&rig, "a");
	put_club(same, "甲");
	assert_ok(rotation_begin(a, NULL, &err), &err);
	assert_refused(outbox_pack(same, &packed, &err), &err, ERR_BUSY);
	node_close(same);
	same = reopen(&rig, "a");
	put_club(same, "乙");
	rig_sync(&rig, same);
	assert_int_equal(count_of(rig.district, "club"), 2);
	assert_sound(same);
	node_close(a);
	node_close(same);
	rig_close(&rig);
}

/* The community's other computer follows, also in the scope that the district cannot read. */
static void test_rekey_together__the_other_computer_follows(void **state)
{
	struct err err = { 0 };
	struct node *a, *b;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	put_person(a, "夏女士");
	rig_sync(&rig, a);
	put_person(a, "秋先生"); /* not passed on yet when the key changes */
	assert_ok(rotation_begin(a, NULL, &err), &err);
	put_person(a, "冬女士");
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	assert_int_equal(count_of(b, "person"), 3);
	assert_agree(a, b);
	assert_sound(a);
	assert_sound(b);
	assert_sound(rig.district);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* Each sample is refused for its reason. */
static void test_rekey_together__hostile_samples(void **state)
{
	static const char folder[] = "tests/data/rotation";
	const struct env *env = env_system();
	struct buf names = { 0 }, path = { 0 }, text = { 0 };
	struct rotation rotation;
	struct err err = { 0 };
	size_t at, count = 0;

	(void)state;
	assert_ok(env->list_dir(env->ctx, &names, folder, &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1) {
		const char *name = (char *)names.data + at;
		bool ok;

		buf_reset(&path);
		buf_reset(&text);
		buf_printf(&path, "%s/%s", folder, name);
		assert_ok(env->read_file(env->ctx, &text, buf_str(&path), 4 << 20, &err), &err);
		err.code = ERR_NONE;
		ok = rotation_parse(&rotation, buf_as_view(&text), &err);
		if (strcmp(err_name(err.code), strrchr(name, '.') + 1) != 0) {
			fail_msg("%s: %s: %s", name, err_name(err.code), err.detail);
		}
		assert_int_equal(ok, err.code == ERR_NONE);
		count++;
	}
	assert_true(count >= 40);
	buf_clear(&names);
	buf_clear(&path);
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rekey_together__asking_again_is_harmless),
		cmocka_unit_test(test_rekey_together__a_restored_district_hears_of_both_keys),
		cmocka_unit_test(test_rekey_together__another_program_notices),
		cmocka_unit_test(test_rekey_together__the_other_computer_follows),
		cmocka_unit_test(test_rekey_together__hostile_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
