/* test_clone.c -- the ledger as git sees it. */
#include "federation.h"

#include "ledger.h"
#include "linli/clone.h"
#include "pack.h"

static char *folder;

static int set_up(void **state)
{
	(void)state;
	folder = scratch_folder();
	return folder == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_remove(folder);
	return 0;
}

static bool gather(void *ctx, struct view piece, struct err *err)
{
	buf_view(ctx, piece);
	return buf_ok(ctx, err);
}

static struct oid commit_of(struct node *node, const struct head *head)
{
	struct place place = { head->chain, head->seq, 0 };
	struct bundle_info info;
	struct oid oid;
	struct err err;

	assert_ok(chains_show(node, &place, &info, NULL, NULL, &err), &err);
	assert_true(oid_parse(&oid, view_of(info.commit)));
	return oid;
}

/* What ${node} shows of its chains, and what of them may not be asked for. */
struct shown {
	struct node *node;
	struct clone *clone;
	size_t shown, hidden;
};

static bool look(void *ctx, const struct head *head, struct err *err)
{
	struct shown *shown = ctx;
	const struct ledger_refs *refs = clone_refs(shown->clone);
	struct oid oid = commit_of(shown->node, head);
	char chain[CHAIN_TEXT_BYTES];
	bool common;
	size_t i, named = 0;

	chain_name_print(chain, &head->chain);
	for (i = 0; i < refs->count; i++) {
		named += strstr(refs->refs[i].name, chain) != NULL ? 1 : 0;
		assert_true(i == 0 || strcmp(refs->refs[i - 1].name, refs->refs[i].name) < 0);
	}
	if (head->chain.scope.kind != SCOPE_COMMUNITY) {
		assert_int_equal(named, 2);
		assert_ok(clone_want(shown->clone, &oid, err), err);
		shown->shown++;
		return true;
	}
	assert_int_equal(named, 0);
	assert_refused(clone_want(shown->clone, &oid, err), err, ERR_NOT_FOUND);
	assert_ok(clone_have(shown->clone, &oid, &common, err), err);
	assert_false(common);
	shown->hidden++;
	return true;
}

/* Even where it lies in the same store, nobody gets what is the community's own. */
static void test_clone__never_shows_a_communitys_own_scope(void **state)
{
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizu", "知足弄社区");
	struct shown shown = { .node = a };
	struct tally tally;
	struct err err;

	(void)state;
	PUT(a, "person", NULL, NULL, "name=夏云");
	PUT(a, "club", NULL, NULL, "name=太极拳队", "category=taiji", "members=9");
	assert_ok(outbox_pack(a, &tally, &err), &err);
	assert_ok(clone_open(&shown.clone, a, &err), &err);
	assert_ok(chains_each(a, look, &shown, &err), &err);
	assert_true(shown.shown >= 2);
	assert_true(shown.hidden >= 1);
	clone_close(shown.clone);
	node_close(a);
	node_close(district);
}

/* How many objects and what pack ${clone} gives; the pack is sound. */
static size_t write_pack(struct clone *clone, struct buf *pack)
{
	struct pack_reader reader;
	struct raw_object object;
	struct tally tally;
	struct buf data = { 0 };
	size_t objects = 0;
	struct err err;

	buf_reset(pack);
	assert_ok(clone_write(clone, gather, pack, &tally, &err), &err);
	assert_ok(pack_open(&reader, buf_as_view(pack), &err), &err);
	for (; reader.left != 0; objects++) {
		assert_ok(pack_next(&reader, &object, &data, 1 << 20, &err), &err);
	}
	assert_ok(pack_finish(&reader, &err), &err);
	pack_close(&reader);
	buf_clear(&data);
	return objects;
}

/* What is had is not sent again; what was cut off is sent again in the same bytes. */
static void test_clone__sends_what_is_lacking_and_no_more(void **state)
{
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "b", district, "zhizu", "知足弄社区");
	struct buf whole = { 0 }, again = { 0 };
	const struct ledger_refs *refs;
	struct clone *clone;
	struct oid had, tip;
	struct tally tally;
	struct err err;
	size_t i, all;
	bool common;

	(void)state;
	for (i = 0; i < 3; i++) {
		PUT(a, "club", NULL, NULL, "name=太极拳队", "category=taiji");
		assert_ok(outbox_pack(a, &tally, &err), &err);
	}
	assert_int_equal(give_all(a, district), 3);
	assert_ok(clone_open(&clone, district, &err), &err);
	refs = clone_refs(clone);
	assert_non_null(refs->head);
	for (i = 0; i < refs->count; i++) {
		assert_ok(clone_want(clone, &refs->refs[i].oid, &err), &err);
		if (strncmp(refs->refs[i].name, "refs/heads/zhizu/", 17) == 0) {
			tip = refs->refs[i].oid;
		}
	}
	assert_false(clone_ready(clone));
	all = write_pack(clone, &whole);
	assert_true(all >= 3 * clone_bundles(clone));
	assert_int_equal(write_pack(clone, &again), all);
	assert_true(view_equal(buf_as_view(&whole), buf_as_view(&again)));
	clone_close(clone);

	/* The parent of the tip is had, and something that is not here. */
	assert_ok(clone_open(&clone, district, &err), &err);
	assert_ok(clone_want(clone, &tip, &err), &err);
	memset(&had, 7, sizeof(had));
	assert_ok(clone_have(clone, &had, &common, &err), &err);
	assert_false(common);
	assert_false(clone_ready(clone));
	assert_refused(clone_want(clone, &had, &err), &err, ERR_NOT_FOUND);
	assert_ok(clone_have(clone, &tip, &common, &err), &err);
	assert_true(common);
	assert_true(clone_ready(clone));
	assert_int_equal(write_pack(clone, &again), 0);
	clone_close(clone);
	buf_clear(&whole);
	buf_clear(&again);
	node_close(a);
	node_close(district);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_clone__never_shows_a_communitys_own_scope, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_clone__sends_what_is_lacking_and_no_more, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
