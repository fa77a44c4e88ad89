/*
 * test_fork.c -- a computer put back from a copy and used before anybody
 * noticed: no line is lost, none counts twice, and everybody agrees again.
 */
#include "fork_rig.h"

/* ---- a client ------------------------------------------------------ */

/* The whole folder is put back, and a change signed at once: both lives are there in the end. */
static void test_fork__both_lives_of_a_client_stay(void **state)
{
	struct rig rig;
	struct node *a;
	struct repairs repairs;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	put_dispute(a, "lost-1");
	rig_sync(&rig, a);
	put_dispute(a, "lost-2");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "copy");
	put_dispute(a, "after");
	pack_all(a);
	assert_int_equal(node_incarnation(a), 1);
	meet(&rig, a);
	assert_int_equal(node_incarnation(a), 2);
	assert_int_equal(count_of(a, "dispute"), 4);
	assert_int_equal(count_of(rig.district, "dispute"), 4);
	assert_int_equal(disputes(rig.district, "lost-1"), 1);
	assert_int_equal(disputes(rig.district, "after"), 1);
	assert_int_equal(drafts_of(a), 0);
	assert_int_equal(unsent_of(a), 0);
	repairs = repairs_of(a);
	assert_int_equal(repairs.count, 1);
	assert_int_equal(repairs.last.lines, 1);
	assert_int_equal(repairs.last.renumbered, 1);
	assert_int_equal(repairs.last.left, 0);
	assert_int_equal(repairs.last.incarnation, 2);
	assert_int_equal(set_aside(a), 1);
	assert_int_equal(open_forks(a), 0);
	rig_sync(&rig, a);
	assert_agree(a, rig.district);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* A change that is not signed yet when the old copy meets the district never makes a fork. */
static void test_fork__unsigned_changes_make_none(void **state)
{
	struct rig rig;
	struct node *a;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	put_dispute(a, "lost");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "copy");
	put_dispute(a, "after");
	rig_sync(&rig, a); /* nothing is refused */
	assert_int_equal(node_incarnation(a), 2);
	assert_int_equal(set_aside(a), 0);
	assert_int_equal(count_of(a, "dispute"), 3);
	assert_int_equal(count_of(rig.district, "dispute"), 3);
	assert_int_equal(drafts_of(a), 0);
	rig_sync(&rig, a);
	assert_agree(a, rig.district);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* What was captured before the copy and never signed elsewhere is not left lying about. */
static void test_fork__drafts_of_an_old_incarnation_go_out(void **state)
{
	struct rig rig;
	struct node *a;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	put_dispute(a, "draft");
	PUT(a, "person", NULL, NULL, "name=张三", "phone=13857112233", "birth_decade=1960");
	rig_copy(&rig, "a", "copy");
	/* The other life signs something else under the old incarnation, in one scope only. */
	a = rig_put_back(&rig, a, "a", "copy");
	{
		struct buf path = { 0 };
		struct err err = { 0 };

		node_close(a);
		buf_printf(&path, "%s/a/incarnation", rig.folder);
		assert_ok(env_system()->remove_file(NULL, buf_str(&path), &err), &err);
		buf_clear(&path);
		a = open_copy(&rig, "a");
	}
	assert_int_equal(node_incarnation(a), 2);
	assert_int_not_equal(drafts_of(a), 0);
	pack_all(a);
	assert_int_not_equal(drafts_of(a), 0); /* they may come back signed */
	rig_sync(&rig, a);
	assert_int_equal(drafts_of(a), 0);
	assert_int_equal(disputes(rig.district, "draft"), 1);
	assert_int_equal(disputes(a, "draft"), 1);
	assert_int_equal(showing(a, "person", "name", "张三"), 1);
	rig_sync(&rig, a);
	assert_agree(a, a);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* Totals are added to on both sides of the copy: each number counts once. */
static void test_fork__sums_count_each_number_once(void **state)
{
	struct rig rig;
	struct node *a;
	char activity[RECORD_ID_TEXT_BYTES];

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	PUT(a, "activity", NULL, activity, "kind=other", "title=会", "held_on=2024-01-01",
		"served=30");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	PUT(a, "activity", activity, NULL, "served+=5");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "copy");
	PUT(a, "activity", activity, NULL, "served+=7");
	pack_all(a);
	PUT(a, "activity", activity, NULL, "served+=100");
	meet(&rig, a);
	rig_sync(&rig, a);
	assert_string_equal(value_of(a, "activity", activity, "served"), "142");
	assert_string_equal(value_of(rig.district, "activity", activity, "served"), "142");
	assert_agree(a, rig.district);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

static bool count_conflict(void *ctx, const struct conflict *conflict, struct err *err)
{
	(void)conflict;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

/* One field changed in both lives: neither overrules the other in silence. */
static void test_fork__two_edits_of_one_field_are_a_conflict(void **state)
{
	struct rig rig;
	struct node *a;
	char club[RECORD_ID_TEXT_BYTES];
	size_t conflicts = 0;
	struct err err = { 0 };

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳", "members=24");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	PUT(a, "club", club, NULL, "members=30");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "copy");
	PUT(a, "club", club, NULL, "members=28");
	pack_all(a);
	meet(&rig, a);
	rig_sync(&rig, a);
	assert_ok(records_conflicts(a, NULL, NULL, count_conflict, &conflicts, &err), &err);
	assert_int_equal(conflicts, 1);
	assert_string_equal(value_of(a, "club", club, "members"), "28"); /* made later */
	assert_agree(a, rig.district);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* Records of both lives have the same numbers: they stay apart, and references hold. */
static void test_fork__references_follow_their_records(void **state)
{
	struct rig rig;
	struct node *a;
	char lost[RECORD_ID_TEXT_BYTES], mine[RECORD_ID_TEXT_BYTES];
	char activity[RECORD_ID_TEXT_BYTES], word[80];

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	PUT(a, "club", NULL, lost, "name=太极拳队", "category=太极拳", "members=24");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "copy");
	PUT(a, "club", NULL, mine, "name=合唱团", "category=合唱", "members=9");
	assert_string_equal(lost, mine);
	snprintf(word, sizeof(word), "club=%s", mine);
	PUT(a, "activity", NULL, activity, "kind=other", "title=会", "held_on=2024-01-01", word);
	pack_all(a);
	meet(&rig, a);
	rig_sync(&rig, a);
	assert_string_equal(value_of(a, "club", lost, "name"), "太极拳队");
	assert_int_equal(showing(a, "club", "name", "合唱团"), 1);
	assert_int_equal(showing(rig.district, "club", "name", "合唱团"), 1);
	assert_int_equal(count_of(rig.district, "activity"), 1);
	/* The activity is the choir's. */
	assert_int_equal(showing(a, "activity", "club", lost), 0);
	assert_int_equal(repairs_of(a).last.renumbered, 2);
	assert_agree(a, rig.district);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* The same on a stick, there and back. */
static void test_fork__on_a_stick(void **state)
{
	struct rig rig;
	struct node *a;
	size_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	carry(&rig, a);
	carry(&rig, rig.district);
	carry(&rig, a);
	rig_copy(&rig, "a", "copy");
	put_dispute(a, "lost");
	carry(&rig, a);
	carry(&rig, rig.district);
	a = rig_put_back(&rig, a, "a", "copy");
	put_dispute(a, "after");
	pack_all(a);
	for (i = 0; i < 4; i++) {
		carry(&rig, a);
		carry(&rig, rig.district);
	}
	carry(&rig, a);
	assert_true(node_incarnation(a) >= 2);
	assert_int_equal(count_of(a, "dispute"), 3);
	assert_int_equal(count_of(rig.district, "dispute"), 3);
	assert_agree(a, rig.district);
	assert_int_equal(open_forks(a), 0);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* ---- the district --------------------------------------------------- */

/* A district put back from a copy of its folder, and used before its clients come. */
static void test_fork__both_lives_of_a_district_stay(void **state)
{
	struct rig rig;
	struct node *a, *b, *c;
	struct err err = { 0 };
	size_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "wanglanfu", "望澜府社区");
	put_dispute(a, "first");
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	rig_copy(&rig, "district", "copy");
	assert_ok(node_roster_add(rig.district, "lost", "丢失社区", "潮鸣街道", &err), &err);
	put_dispute(a, "second");
	rig_sync(&rig, a);
	put_district_back(&rig, "copy");
	assert_ok(node_roster_add(rig.district, "after", "后来社区", "潮鸣街道", &err), &err);
	c = rig_join(&rig, "c", "jindu", "京都苑社区");
	pack_all(rig.district);
	assert_int_equal(node_incarnation(rig.district), 1);
	/* b comes first: it takes the branch that the district is on. */
	meet(&rig, b);
	assert_int_equal(count_of(b, "community"), count_of(rig.district, "community"));
	for (i = 0; i < 3; i++) {
		meet(&rig, a);
		meet(&rig, b);
		meet(&rig, c);
	}
	assert_true(node_incarnation(rig.district) >= 2);
	assert_int_equal(showing(rig.district, "community", "name", "丢失社区"), 1);
	assert_int_equal(showing(rig.district, "community", "name", "后来社区"), 1);
	assert_int_equal(count_of(rig.district, "dispute"), 2);
	assert_int_equal(showing(a, "community", "name", "后来社区"), 1);
	assert_int_equal(showing(b, "community", "name", "丢失社区"), 1);
	assert_int_equal(showing(b, "community", "name", "后来社区"), 1);
	assert_int_equal(showing(c, "community", "name", "丢失社区"), 1);
	/* c, enrolled in the second life, is one of them. */
	put_dispute(c, "third");
	rig_sync(&rig, c);
	assert_int_equal(count_of(rig.district, "dispute"), 3);
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	assert_int_equal(open_forks(rig.district), 0);
	assert_int_equal(open_forks(b), 0);
	assert_sound(a);
	assert_sound(b);
	assert_sound(c);
	assert_sound(rig.district);
	node_close(a);
	node_close(b);
	node_close(c);
	rig_close(&rig);
}

/* A lie about the district's own chain costs it one incarnation, not one each time. */
static void test_fork__a_lie_is_believed_once(void **state)
{
	struct rig rig;
	struct node *a;
	struct said said = { .current = true, .incarnation = 1 };
	struct head head = { 0 };
	struct err err = { 0 };
	uint32_t before;
	size_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	rig_sync(&rig, a);
	said.by = node_device(a);
	said.heads = &head;
	said.count = 1;
	before = node_incarnation(rig.district);
	for (i = 0; i < 5; i++) {
		head.chain = (struct chain_name){ .device = node_device(rig.district),
			.incarnation = node_incarnation(rig.district),
			.scope = { .kind = SCOPE_FEDERATION } };
		head.seq = 1000 + (uint32_t)i;
		memset(head.hash, (int)i + 1, sizeof(head.hash));
		assert_ok(forks_hear(rig.district, &said, &err), &err);
	}
	assert_int_equal(node_incarnation(rig.district), before + 1);
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	assert_int_equal(count_of(rig.district, "dispute"), 1);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork__both_lives_of_a_client_stay),
		cmocka_unit_test(test_fork__unsigned_changes_make_none),
		cmocka_unit_test(test_fork__drafts_of_an_old_incarnation_go_out),
		cmocka_unit_test(test_fork__sums_count_each_number_once),
		cmocka_unit_test(test_fork__two_edits_of_one_field_are_a_conflict),
		cmocka_unit_test(test_fork__references_follow_their_records),
		cmocka_unit_test(test_fork__on_a_stick),
		cmocka_unit_test(test_fork__both_lives_of_a_district_stay),
		cmocka_unit_test(test_fork__a_lie_is_believed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
