/* test_restore.c -- a store that was put back from a copy loses nothing and signs no place twice. */
#include "federation.h"

static void copy_file(const char *folder, const char *from, const char *to)
{
	const struct env *env = env_system();
	struct buf source = { 0 }, target = { 0 }, data = { 0 };
	struct err err = { 0 };

	buf_printf(&source, "%s/%s", folder, from);
	buf_printf(&target, "%s/%s", folder, to);
	assert_ok(env->read_file(env->ctx, &data, buf_str(&source), 1 << 28, &err), &err);
	assert_ok(env->write_file(env->ctx, buf_str(&target), buf_as_view(&data), false, &err),
		&err);
	buf_clear(&source);
	buf_clear(&target);
	buf_clear(&data);
}

static struct node *open_again(const char *folder, const char *home)
{
	struct buf path = { 0 };
	struct node_options options = { .env = env_system() };
	struct node *node = NULL;
	struct err err = { 0 };

	buf_printf(&path, "%s/%s", folder, home);
	options.home = buf_str(&path);
	assert_ok(node_open(&node, &options, &err), &err);
	buf_clear(&path);
	return node;
}

static void record_dispute(struct node *node, const char *day)
{
	char word[32];

	snprintf(word, sizeof(word), "opened_on=%s", day);
	PUT(node, "dispute", NULL, NULL, "category=noise", word, "outcome=open");
}

static void pack(struct node *node)
{
	struct tally tally;
	struct err err = { 0 };

	assert_ok(outbox_pack(node, &tally, &err), &err);
}

/* The clerk's computer is put back from last week's copy; then work goes on. */
static void test_restore__goes_on_under_a_new_incarnation(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");

	(void)state;
	record_dispute(a, "2024-01-01");
	pack(a);
	give_all(a, district);
	node_close(a);
	copy_file(folder, "a/store.db", "old.db");
	a = open_again(folder, "a");
	record_dispute(a, "2024-01-02");
	record_dispute(a, "2024-01-03");
	pack(a);
	give_all(a, district);
	node_close(a);
	copy_file(folder, "old.db", "a/store.db");

	a = open_again(folder, "a");
	assert_int_equal(node_incarnation(a), 2);
	assert_int_equal(count_of(a, "dispute"), 1);
	record_dispute(a, "2024-01-04");
	pack(a);
	assert_int_equal(give_all(district, a), 1);
	assert_int_equal(count_of(a, "dispute"), 4);
	give_all(a, district);
	assert_int_equal(count_of(district, "dispute"), 4);
	assert_sound(a);
	assert_sound(district);
	node_close(a);
	a = open_again(folder, "a");
	assert_int_equal(node_incarnation(a), 2);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

/* Changes that the copy held unsigned come back as the lines they became, once. */
static void test_restore__drafts_in_the_copy_are_not_doubled(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	char activity[RECORD_ID_TEXT_BYTES];
	struct outbox_counts counts;
	struct err err = { 0 };

	(void)state;
	PUT(a, "activity", NULL, activity, "kind=other", "title=会", "held_on=2024-01-01",
		"served=30");
	node_close(a);
	copy_file(folder, "a/store.db", "old.db");
	a = open_again(folder, "a");
	PUT(a, "activity", activity, NULL, "served+=5");
	pack(a);
	give_all(a, district);
	node_close(a);
	copy_file(folder, "old.db", "a/store.db");

	a = open_again(folder, "a");
	assert_int_equal(node_incarnation(a), 2);
	assert_string_equal(value_of(a, "activity", activity, "served"), "30");
	give_all(district, a);
	assert_string_equal(value_of(a, "activity", activity, "served"), "35");
	assert_ok(outbox_count(a, &counts, &err), &err);
	assert_int_equal(counts.draft_lines, 0);
	assert_sound(a);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

/* The whole folder is put back: only the bundles that come back tell. */
static void test_restore__a_whole_folder_put_back(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	char lost[RECORD_ID_TEXT_BYTES], later[RECORD_ID_TEXT_BYTES];

	(void)state;
	record_dispute(a, "2024-01-01");
	pack(a);
	give_all(a, district);
	node_close(a);
	copy_file(folder, "a/store.db", "old.db");
	copy_file(folder, "a/incarnation", "old-incarnation");
	a = open_again(folder, "a");
	PUT(a, "club", NULL, lost, "name=太极拳队", "category=太极拳");
	pack(a);
	give_all(a, district);
	node_close(a);
	copy_file(folder, "old.db", "a/store.db");
	copy_file(folder, "old-incarnation", "a/incarnation");

	a = open_again(folder, "a");
	assert_int_equal(node_incarnation(a), 1);
	give_all(district, a);
	assert_int_equal(node_incarnation(a), 2);
	PUT(a, "club", NULL, later, "name=舞蹈队", "category=舞蹈");
	assert_string_not_equal(lost, later);
	pack(a);
	give_all(a, district);
	assert_string_equal(value_of(district, "club", lost, "name"), "太极拳队");
	assert_string_equal(value_of(district, "club", later, "name"), "舞蹈队");
	assert_sound(a);
	assert_sound(district);
	node_close(a);
	a = open_again(folder, "a");
	assert_int_equal(node_incarnation(a), 2);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

/* A kill between signing and noting it leaves the file behind: that is no copy. */
static void test_restore__a_file_that_lags_is_no_copy(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");

	(void)state;
	record_dispute(a, "2024-01-01");
	pack(a);
	copy_file(folder, "a/incarnation", "old-incarnation");
	record_dispute(a, "2024-01-02");
	pack(a);
	node_close(a);
	copy_file(folder, "old-incarnation", "a/incarnation");
	a = open_again(folder, "a");
	assert_int_equal(node_incarnation(a), 1);
	record_dispute(a, "2024-01-03");
	pack(a);
	give_all(a, district);
	assert_int_equal(count_of(district, "dispute"), 3);
	assert_sound(a);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

/* A district put back from a copy gets its bundles, its own too, from a client. */
static void test_restore__a_district_is_made_whole_by_its_clients(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct err err = { 0 };

	(void)state;
	record_dispute(a, "2024-01-01");
	pack(a);
	give_all(a, district);
	node_close(district);
	copy_file(folder, "district/store.db", "old.db");
	district = open_again(folder, "district");
	record_dispute(a, "2024-01-02");
	pack(a);
	assert_ok(node_roster_add(district, "later", "后来社区", "潮鸣街道", &err), &err);
	pack(district);
	give_all(a, district);
	give_all(district, a);
	node_close(district);
	copy_file(folder, "old.db", "district/store.db");

	district = open_again(folder, "district");
	assert_int_equal(node_incarnation(district), 2);
	assert_int_equal(count_of(district, "community"), 1);
	/* Of its own: what it wrote, and the receipt that went with it. */
	assert_int_equal(give_all(a, district), 3);
	assert_int_equal(count_of(district, "dispute"), 2);
	assert_int_equal(count_of(district, "community"), 2);
	assert_sound(district);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

static bool count_conflict(void *ctx, const struct conflict *conflict, struct err *err)
{
	(void)conflict;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

static size_t conflicts_of(struct node *node)
{
	size_t count = 0;
	struct err err = { 0 };

	assert_ok(records_conflicts(node, NULL, NULL, count_conflict, &count, &err), &err);
	return count;
}

/*
 * A draft in the copy had seen what the copy held, not what came after: when
 * its bundle comes back, everybody folds the same.
 */
static void test_restore__drafts_have_not_seen_what_comes_after(void **state)
{
	char *folder = scratch_folder(), club[RECORD_ID_TEXT_BYTES], x[65], y[65];
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct node *b = join_community(folder, "b", district, "zhizunong", "知足弄社区");
	struct err err = { 0 };

	(void)state;
	give_all(district, a);
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳", "members=24");
	pack(a);
	give_all(a, b);
	PUT(b, "club", club, NULL, "members=30");
	pack(b);
	PUT(a, "club", club, NULL, "members=28");
	node_close(a);
	copy_file(folder, "a/store.db", "old.db");
	a = open_again(folder, "a");
	pack(a);
	give_all(a, district);
	node_close(a);
	copy_file(folder, "old.db", "a/store.db");

	a = open_again(folder, "a");
	assert_int_equal(node_incarnation(a), 2);
	/* First the neighbour's edit, then the own lost bundle. */
	give_all(b, a);
	assert_int_equal(conflicts_of(a), 1);
	give_all(district, a);
	give_all(a, b);
	give_all(b, a);
	assert_int_equal(conflicts_of(a), 1);
	assert_int_equal(conflicts_of(b), 1);
	assert_ok(chains_state_hash(a, x, &err), &err);
	assert_ok(chains_state_hash(b, y, &err), &err);
	assert_string_equal(x, y);
	assert_sound(a);
	assert_sound(b);
	node_close(a);
	node_close(b);
	node_close(district);
	scratch_remove(folder);
}

/* A backup put on a new computer has no incarnation file beside it: it is a copy all the same. */
static void test_restore__a_store_without_its_file_is_a_copy(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct buf path = { 0 };
	struct err err = { 0 };

	(void)state;
	record_dispute(a, "2024-01-01");
	pack(a);
	give_all(a, district);
	node_close(a);
	copy_file(folder, "a/store.db", "old.db");
	a = open_again(folder, "a");
	record_dispute(a, "2024-01-02");
	pack(a);
	give_all(a, district);
	node_close(a);
	copy_file(folder, "old.db", "a/store.db");
	buf_printf(&path, "%s/a/incarnation", folder);
	assert_ok(env_system()->remove_file(NULL, buf_str(&path), &err), &err);
	buf_clear(&path);

	a = open_again(folder, "a");
	assert_int_equal(node_incarnation(a), 2);
	record_dispute(a, "2024-01-03");
	pack(a);
	give_all(a, district);
	give_all(district, a);
	assert_int_equal(count_of(district, "dispute"), 3);
	assert_int_equal(count_of(a, "dispute"), 3);
	assert_sound(a);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restore__drafts_have_not_seen_what_comes_after),
		cmocka_unit_test(test_restore__a_store_without_its_file_is_a_copy),
		cmocka_unit_test(test_restore__goes_on_under_a_new_incarnation),
		cmocka_unit_test(test_restore__drafts_in_the_copy_are_not_doubled),
		cmocka_unit_test(test_restore__a_whole_folder_put_back),
		cmocka_unit_test(test_restore__a_file_that_lags_is_no_copy),
		cmocka_unit_test(test_restore__a_district_is_made_whole_by_its_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
