/* test_twins.c -- two computers that work with one key, as a home was copied. */
#include "fork_rig.h"

/* A copied folder is used beside its original: they part, and nothing is lost. */
static void test_twins__part_and_lose_nothing(void **state)
{
	struct rig rig;
	struct node *a, *twin;
	uint32_t stranger;
	struct err err = { 0 };
	size_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	twin = open_copy(&rig, "copy");
	for (i = 0; i < 3; i++) {
		char word[CAPTION_BYTES];

		snprintf(word, sizeof(word), "a-%zu", i);
		put_dispute(a, word);
		pack_all(a);
		snprintf(word, sizeof(word), "twin-%zu", i);
		put_dispute(twin, word);
		pack_all(twin);
		meet(&rig, a);
		meet(&rig, twin);
	}
	meet(&rig, a);
	meet(&rig, twin);
	meet(&rig, a);
	assert_int_not_equal(node_incarnation(a), node_incarnation(twin));
	assert_int_equal(count_of(a, "dispute"), 7);
	assert_int_equal(count_of(twin, "dispute"), 7);
	assert_int_equal(count_of(rig.district, "dispute"), 7);
	assert_agree(a, rig.district);
	assert_agree(twin, rig.district);
	assert_ok(forks_stranger(a, &stranger, &err), &err);
	assert_int_not_equal(stranger, 0);
	assert_sound(a);
	assert_sound(twin);
	assert_sound(rig.district);
	node_close(a);
	node_close(twin);
	rig_close(&rig);
}

/*
 * Somebody else sees two branches: the first stays, the second is kept and
 * told, and what else the same computer wrote goes in.
 */
static void test_twins__third_parties_keep_the_first_branch(void **state)
{
	struct rig rig;
	struct node *a, *twin;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	twin = open_copy(&rig, "copy");
	put_dispute(a, "first");
	rig_sync(&rig, a);
	put_dispute(twin, "second");
	put_club(twin, "太极拳队"); /* also of another scope, where there is nothing yet */
	pack_all(twin);
	assert_int_equal(give(twin, rig.district), 1);
	assert_int_equal(disputes(rig.district, "first"), 1);
	assert_int_equal(disputes(rig.district, "second"), 0);
	assert_int_equal(open_forks(rig.district), 1);
	assert_sound(rig.district);
	/* The computer itself puts it right. */
	meet(&rig, twin);
	meet(&rig, twin);
	assert_int_equal(disputes(rig.district, "second"), 1);
	assert_int_equal(count_of(rig.district, "club"), 1);
	meet(&rig, a);
	assert_agree(a, rig.district);
	assert_sound(twin);
	assert_sound(rig.district);
	node_close(a);
	node_close(twin);
	rig_close(&rig);
}

static bool count_relay(void *ctx, const struct relay *relay, struct err *err)
{
	(void)relay;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

static size_t relays_of(struct node *district)
{
	size_t count = 0;
	struct err err = { 0 };

	assert_ok(relay_each(district, count_relay, &count, &err), &err);
	return count;
}

/*
 * What is sealed for a key only one of two computers fetches: the other gets it too, though
 * neither writes anything, and then nobody has anything more to say.
 */
static void test_twins__both_get_the_communitys_own(void **state)
{
	struct rig rig;
	struct node *a, *b, *twin;
	uint32_t stranger;
	struct err err = { 0 };
	int i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	rig_copy(&rig, "a", "copy");
	twin = open_copy(&rig, "copy");
	put_person(b, "夏女士");
	rig_sync(&rig, b);
	for (i = 0; i < 3; i++) {
		rig_sync(&rig, a);
		rig_sync(&rig, b);
		rig_sync(&rig, twin);
	}
	assert_int_not_equal(node_incarnation(a), node_incarnation(twin));
	assert_agree(a, b);
	assert_agree(twin, b);
	/* And what either writes reaches the other. */
	put_person(a, "王五");
	put_person(twin, "赵六");
	for (i = 0; i < 3; i++) {
		rig_sync(&rig, a);
		rig_sync(&rig, twin);
		rig_sync(&rig, b);
	}
	assert_int_equal(showing(twin, "person", "name", "王五"), 1);
	assert_int_equal(showing(a, "person", "name", "赵六"), 1);
	assert_agree(a, b);
	assert_agree(twin, b);
	assert_ok(forks_stranger(a, &stranger, &err), &err);
	assert_int_not_equal(stranger, 0);
	assert_int_equal(relays_of(rig.district), 0);
	assert_int_equal(rig_sync(&rig, a).received.taken.bundles, 0);
	assert_int_equal(rig_sync(&rig, twin).received.taken.bundles, 0);
	assert_sound(a);
	assert_sound(twin);
	node_close(a);
	node_close(b);
	node_close(twin);
	rig_close(&rig);
}

/* One that has heard of the other's branch issues nothing again that the other did. */
static void one_is_issued_again(bool author_first)
{
	struct rig rig;
	struct node *a, *b, *twin;
	int i;

	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	rig_copy(&rig, "a", "copy");
	twin = open_copy(&rig, "copy");
	put_dispute(a, "first");
	pack_all(a);
	assert_int_equal(give(a, b), 0);
	put_dispute(twin, "second");
	rig_sync(&rig, twin);
	/* The first branch is at b alone, and its author lives. */
	give(b, twin);
	pack_all(twin);
	assert_int_equal(drafts_of(twin), 1); /* not signed before others were asked */
	assert_int_equal(disputes(twin, "first"), 1);
	for (i = 0; i < 2; i++) {
		meet(&rig, author_first ? a : twin);
		meet(&rig, author_first ? twin : a);
		meet(&rig, b);
	}
	meet(&rig, a);
	meet(&rig, twin);
	assert_int_equal(disputes(rig.district, "first"), 1);
	assert_int_equal(disputes(rig.district, "second"), 1);
	assert_int_equal(count_of(rig.district, "dispute"), 3);
	assert_int_equal(drafts_of(a) + drafts_of(twin), 0);
	assert_agree(a, rig.district);
	assert_agree(twin, rig.district);
	assert_agree(b, rig.district);
	assert_int_equal(open_forks(b), 0);
	assert_sound(a);
	assert_sound(b);
	assert_sound(twin);
	assert_sound(rig.district);
	node_close(a);
	node_close(b);
	node_close(twin);
	rig_close(&rig);
}

/* A branch that only a neighbour holds, while its author lives, counts once. */
static void test_twins__a_branch_at_a_neighbours_is_issued_once(void **state)
{
	(void)state;
	one_is_issued_again(true);
	one_is_issued_again(false);
}

/* Who holds the branch that did not stay follows the district also where that is further on. */
static void test_twins__the_longer_branch_is_followed(void **state)
{
	struct rig rig;
	struct node *a, *b, *twin;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	rig_copy(&rig, "a", "copy");
	twin = open_copy(&rig, "copy");
	put_dispute(a, "first");
	pack_all(a);
	assert_int_equal(give(a, b), 0);
	put_dispute(twin, "second");
	pack_all(twin);
	assert_int_equal(give(twin, b), 1);
	put_dispute(twin, "third");
	rig_sync(&rig, twin);
	meet(&rig, b);
	assert_int_equal(disputes(b, "third"), 1);
	assert_int_equal(open_forks(b), 0);
	assert_agree(b, rig.district);
	meet(&rig, a);
	meet(&rig, b);
	assert_int_equal(disputes(b, "first"), 1);
	assert_agree(b, rig.district);
	assert_sound(b);
	node_close(a);
	node_close(b);
	node_close(twin);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twins__part_and_lose_nothing),
		cmocka_unit_test(test_twins__third_parties_keep_the_first_branch),
		cmocka_unit_test(test_twins__both_get_the_communitys_own),
		cmocka_unit_test(test_twins__a_branch_at_a_neighbours_is_issued_once),
		cmocka_unit_test(test_twins__the_longer_branch_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
