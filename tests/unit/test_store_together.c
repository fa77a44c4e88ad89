/* test_store_together.c -- two programs on one store: neither stops or misleads the other. */
#include "federation.h"

static void pack(struct node *node)
{
	struct tally tally;
	struct err err = { 0 };

	assert_ok(outbox_pack(node, &tally, &err), &err);
}

static struct node *open_home(const char *folder, const char *name, const struct env *env)
{
	struct buf home = { 0 };
	struct node_options options = { .env = env };
	struct node *node = NULL;
	struct err err = { 0 };

	buf_printf(&home, "%s/%s", folder, name);
	options.home = buf_str(&home);
	assert_ok(node_open(&node, &options, &err), &err);
	buf_clear(&home);
	return node;
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

/* ---- a change captured between signing and receiving -------------- */

static const char *hooked_folder, *hooked_club;

static bool write_and_edit(void *ctx, const char *path, struct view data, bool secret,
	struct err *err)
{
	const char *folder = hooked_folder;
	struct node *other;

	if (folder != NULL) {
		hooked_folder = NULL;
		other = open_home(folder, "a", env_system());
		PUT(other, "club", hooked_club, NULL, "members=28");
		node_close(other);
	}
	return env_system()->write_file(ctx, path, data, secret, err);
}

/*
 * "linli put" while "linli sync" runs: the edit has not seen what the sync
 * brings, so it must not win over it in silence.
 */
static void test_store_together__an_edit_during_a_sync_is_a_conflict(void **state)
{
	char *folder = scratch_folder(), club[RECORD_ID_TEXT_BYTES];
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct node *b = join_community(folder, "b", district, "zhizunong", "知足弄社区");
	struct env hooked = *env_system();

	(void)state;
	give_all(district, a);
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳", "members=24");
	pack(a);
	give_all(a, b);
	PUT(b, "club", club, NULL, "members=30");
	pack(b);
	node_close(a);
	hooked.write_file = write_and_edit;
	a = open_home(folder, "a", &hooked);
	/* Something to sign, so that the incarnation file is written just before receiving. */
	PUT(a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-01-01", "outcome=open");
	hooked_folder = folder;
	hooked_club = club;
	give_all(b, a);
	pack(a);
	give_all(a, b);
	assert_int_equal(conflicts_of(a), 1);
	assert_int_equal(conflicts_of(b), 1);
	assert_sound(a);
	assert_sound(b);
	node_close(a);
	node_close(b);
	node_close(district);
	scratch_remove(folder);
}

/* ---- check while the server works --------------------------------- */

static void edit_meanwhile(void *ctx, uint64_t done, uint64_t total)
{
	(void)total;
	if (done == 1) {
		PUT(ctx, "dispute", NULL, NULL, "category=noise", "opened_on=2024-01-01",
			"outcome=open");
		pack(ctx);
	}
}

/* A long check does not keep the server from taking in bundles, nor is it led astray by them. */
static void test_store_together__check_lets_others_write(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct node *other = open_home(folder, "a", env_system());
	char before[65];
	struct check_report report;
	struct err err = { 0 };

	(void)state;
	assert_ok(chains_state_hash(a, before, &err), &err);
	assert_ok(chains_check(a, &report, NULL, edit_meanwhile, other, &err), &err);
	assert_int_equal(report.problems, 0);
	assert_string_equal(report.state_hash, before);
	assert_int_equal(count_of(a, "dispute"), 1);
	assert_sound(a);
	node_close(other);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store_together__an_edit_during_a_sync_is_a_conflict),
		cmocka_unit_test(test_store_together__check_lets_others_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
