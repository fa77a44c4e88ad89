/* test_move.c -- records that move between communities; see linli/move.h. */
#include "linli/review.h"
#include "move_private.h"
#include "move_world.h"

/* A club of a's, known everywhere. */
static void make_club(struct world *world, char id[RECORD_ID_TEXT_BYTES])
{
	PUT(world->a, "club", NULL, id, "name=太极拳队", "members=24", "active=true");
	settle_all(world);
}

static void move_club(struct world *world, const char *id)
{
	offer(world->a, "club", id, "wanglanfu");
	take(world->b, "club", id);
	settle_all(world);
}

/* A club moves to another neighbourhood: it goes on there with what was known of it. */
static void test_move__the_new_holder_has_it_with_its_values(void **state)
{
	struct world world;
	char id[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	make_club(&world, id);
	move_club(&world, id);
	assert_string_equal(holder_of(world.a, "club", id), "wanglanfu");
	assert_string_equal(holder_of(world.c, "club", id), "wanglanfu");
	assert_string_equal(value_of(world.b, "club", id, "members"), "24");
	assert_string_equal(value_of(world.b, "club", id, "community"), "wanglanfu");
	assert_string_equal(value_of(world.district, "club", id, "members"), "24");
	PUT(world.b, "club", id, NULL, "members=30", "name=太极队");
	settle_all(&world);
	assert_string_equal(value_of(world.district, "club", id, "members"), "30");
	assert_string_equal(value_of(world.c, "club", id, "name"), "太极队");
	world_close(&world);
}

/* Who has handed it over and knows so cannot go on writing by mistake. */
static void test_move__the_old_holder_is_told_who_holds_it(void **state)
{
	struct world world;
	char id[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	make_club(&world, id);
	move_club(&world, id);
	assert_int_equal(try_put(world.a, "club", id, "name", "旧名"), ERR_SCOPE);
	assert_string_equal(value_of(world.a, "club", id, "name"), "太极拳队");
	assert_true(history_lines(world.a, "club", id) >= 2);
	world_close(&world);
}

/* An edit made before the old holder knew is carried to the new one. */
static void test_move__a_late_edit_is_routed_not_dropped(void **state)
{
	struct world world;
	char id[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	make_club(&world, id);
	offer(world.a, "club", id, "wanglanfu");
	pack(world.a);
	give_all(world.a, world.district);
	take(world.b, "club", id);
	exchange(&world, world.b); /* confirmed; a does not know */
	assert_string_equal(holder_of(world.district, "club", id), "wanglanfu");
	PUT(world.a, "club", id, NULL, "members=26", "category=太极");
	PUT(world.b, "club", id, NULL, "backbone=5");
	settle_all(&world);
	assert_string_equal(value_of(world.b, "club", id, "members"), "26");
	assert_string_equal(value_of(world.b, "club", id, "backbone"), "5");
	assert_string_equal(value_of(world.district, "club", id, "members"), "26");
	assert_string_equal(value_of(world.c, "club", id, "category"), "太极");
	assert_int_equal(count_of(world.b, "move_route"), 1);
	world_close(&world);
}

/* What the new holder has written since is not overwritten by an older edit. */
static void test_move__a_late_edit_yields_to_the_new_holders_own(void **state)
{
	struct world world;
	char id[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	make_club(&world, id);
	offer(world.a, "club", id, "wanglanfu");
	pack(world.a);
	give_all(world.a, world.district);
	take(world.b, "club", id);
	PUT(world.a, "club", id, NULL, "members=26");
	exchange(&world, world.b);
	exchange(&world, world.b);
	PUT(world.b, "club", id, NULL, "members=40");
	exchange(&world, world.b);
	settle_all(&world);
	assert_string_equal(value_of(world.b, "club", id, "members"), "40");
	assert_string_equal(value_of(world.district, "club", id, "members"), "40");
	assert_int_equal(count_of(world.b, "move_route"), 1);
	world_close(&world);
}

/* Totals are handed over once, and what was added late is added once. */
static void test_move__totals_are_neither_lost_nor_doubled(void **state)
{
	struct world world;
	char id[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	PUT(world.a, "activity", NULL, id, "title=义诊", "held_on=2024-05-01", "served=30");
	settle_all(&world);
	offer(world.a, "activity", id, "wanglanfu");
	pack(world.a);
	give_all(world.a, world.district);
	take(world.b, "activity", id);
	exchange(&world, world.b);
	PUT(world.a, "activity", id, NULL, "served+=7");
	settle_all(&world);
	assert_string_equal(value_of(world.b, "activity", id, "served"), "37");
	assert_string_equal(value_of(world.district, "activity", id, "served"), "37");
	PUT(world.b, "activity", id, NULL, "served+=3");
	settle_all(&world);
	assert_string_equal(value_of(world.district, "activity", id, "served"), "40");
	world_close(&world);
}

/* What comes back is what the other community made of it, not that and what it was before. */
static void test_move__back_again_shows_the_same(void **state)
{
	struct world world;
	char id[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	PUT(world.a, "activity", NULL, id, "title=义诊", "held_on=2024-05-01", "served=30",
		"place=初稿");
	settle_all(&world);
	offer(world.a, "activity", id, "wanglanfu");
	settle_all(&world);
	take(world.b, "activity", id);
	settle_all(&world);
	PUT(world.b, "activity", id, NULL, "served+=3", "place=");
	settle_all(&world);
	offer(world.b, "activity", id, "zhizunong");
	settle_all(&world);
	take(world.a, "activity", id);
	settle_all(&world);
	assert_string_equal(holder_of(world.a, "activity", id), "zhizunong");
	assert_string_equal(value_of(world.district, "activity", id, "served"), "33");
	assert_string_equal(value_of(world.a, "activity", id, "served"), "33");
	assert_string_equal(value_of(world.a, "activity", id, "place"), "");
	world_close(&world);
}

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

static struct node *open_district(const char *folder)
{
	struct node_options options = { .env = env_system() };
	struct buf path = { 0 };
	struct node *node = NULL;
	struct err err = { 0 };

	buf_printf(&path, "%s/district", folder);
	options.home = buf_str(&path);
	assert_ok(node_open(&node, &options, &err), &err);
	buf_clear(&path);
	return node;
}

/* A district that was put back from a copy hears of the late edit again: it counts once. */
static void test_move__a_restored_district_adds_nothing_twice(void **state)
{
	struct world world;
	char id[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	PUT(world.a, "activity", NULL, id, "title=义诊", "held_on=2024-05-01", "served=30");
	settle_all(&world);
	offer(world.a, "activity", id, "wanglanfu");
	pack(world.a);
	give_all(world.a, world.district);
	take(world.b, "activity", id);
	exchange(&world, world.b);
	PUT(world.a, "activity", id, NULL, "served+=7");
	pack(world.a);
	node_close(world.district);
	copy_file(world.folder, "district/store.db", "old.db");
	world.district = open_district(world.folder);
	give_all(world.a, world.district);
	pack(world.district); /* routed */
	give_all(world.district, world.b);
	assert_string_equal(value_of(world.b, "activity", id, "served"), "37");
	node_close(world.district);
	copy_file(world.folder, "old.db", "district/store.db");
	world.district = open_district(world.folder);
	exchange(&world, world.a); /* routed again, as b has not come yet */
	settle_all(&world);
	settle_all(&world);
	assert_string_equal(value_of(world.b, "activity", id, "served"), "37");
	assert_string_equal(value_of(world.district, "activity", id, "served"), "37");
	assert_int_equal(count_of(world.district, "move_route"), 1);
	world_close(&world);
}

static bool accept_one(void *ctx, const struct held_bundle *bundle, struct err *err)
{
	(void)err;
	*(struct place *)ctx = bundle->info.place;
	return true;
}

/* What waits for a reviewer is judged before the record goes. */
static void test_move__waits_for_lines_that_wait(void **state)
{
	struct world world;
	struct policy policy = { .entity = "club", .field = "members", .review = true,
		.reviewers = 1 };
	struct judging judging = { .accept = true, .reviewer = "王工" };
	struct judged judged;
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	world_open(&world);
	make_club(&world, id);
	assert_ok(policy_set(world.district, &policy, &err), &err);
	settle_all(&world);
	PUT(world.a, "club", id, NULL, "members=99");
	offer(world.a, "club", id, "wanglanfu");
	take(world.b, "club", id);
	settle_all(&world);
	assert_string_equal(holder_of(world.district, "club", id), "zhizunong");
	assert_ok(review_each(world.district, accept_one, &judging.bundle, &err), &err);
	assert_ok(review_judge(world.district, &judging, &judged, &err), &err);
	assert_int_equal(judged.accepted, 1);
	settle_all(&world);
	assert_string_equal(holder_of(world.district, "club", id), "wanglanfu");
	assert_string_equal(value_of(world.b, "club", id, "members"), "99");
	world_close(&world);
}

static bool remember_bundle(void *ctx, const struct held_bundle *bundle, struct err *err)
{
	(void)err;
	*(struct place *)ctx = bundle->info.place;
	return true;
}

/* Judge the bundle's lines all alike. */
static void judge(struct world *world, const struct place *bundle, bool accept)
{
	static const uint32_t first = 1;
	struct judging judging = { .bundle = *bundle, .accept = accept, .reviewer = "王工",
		.reason = accept ? NULL : "人数不对", .lines = &first, .count = 1 };
	struct judged judged;
	struct err err = { 0 };

	assert_ok(review_judge(world->district, &judging, &judged, &err), &err);
	assert_int_equal(judged.accepted + judged.returned, 1);
}

/* An edit returned before the move and accepted after it is not lost: it goes to the new holder, once. */
static void test_move__a_return_taken_back_after_the_move_is_routed(void **state)
{
	struct world world;
	struct policy policy = { .entity = "club", .field = "members", .review = true,
		.reviewers = 1 };
	struct place bundle = { 0 };
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	world_open(&world);
	make_club(&world, id);
	assert_ok(policy_set(world.district, &policy, &err), &err);
	settle_all(&world);
	PUT(world.a, "club", id, NULL, "members=99");
	settle_all(&world);
	assert_ok(review_each(world.district, remember_bundle, &bundle, &err), &err);
	judge(&world, &bundle, false);
	settle_all(&world);
	move_club(&world, id);
	assert_string_equal(holder_of(world.district, "club", id), "wanglanfu");
	assert_string_equal(value_of(world.b, "club", id, "members"), "24");
	judge(&world, &bundle, true);
	settle_all(&world);
	assert_string_equal(value_of(world.b, "club", id, "members"), "99");
	assert_string_equal(value_of(world.district, "club", id, "members"), "99");
	assert_int_equal(count_of(world.b, "move_route"), 1);
	/* And once more: what was routed stays so. */
	judge(&world, &bundle, false);
	settle_all(&world);
	judge(&world, &bundle, true);
	settle_all(&world);
	assert_int_equal(count_of(world.b, "move_route"), 1);
	world_close(&world);
}

/* What a person returns counts nowhere, also where the district has handed it over; and once if it is accepted again. */
static void test_move__what_is_returned_later_is_taken_off(void **state)
{
	struct world world;
	struct policy policy = { .entity = "activity", .field = "served", .review = true,
		.reviewers = 1 };
	struct place bundle = { 0 };
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	world_open(&world);
	PUT(world.a, "activity", NULL, id, "title=义诊", "held_on=2024-05-01", "served=30");
	settle_all(&world);
	assert_ok(policy_set(world.district, &policy, &err), &err);
	settle_all(&world);
	PUT(world.a, "activity", id, NULL, "served+=7");
	settle_all(&world);
	assert_ok(review_each(world.district, remember_bundle, &bundle, &err), &err);
	judge(&world, &bundle, true);
	settle_all(&world);
	offer(world.a, "activity", id, "wanglanfu");
	settle_all(&world);
	take(world.b, "activity", id);
	settle_all(&world);
	assert_string_equal(value_of(world.b, "activity", id, "served"), "37");
	judge(&world, &bundle, false);
	settle_all(&world);
	assert_string_equal(value_of(world.b, "activity", id, "served"), "30");
	assert_string_equal(value_of(world.district, "activity", id, "served"), "30");
	assert_int_equal(count_of(world.b, "move_route"), 1);
	judge(&world, &bundle, true);
	settle_all(&world);
	assert_string_equal(value_of(world.b, "activity", id, "served"), "37");
	assert_int_equal(count_of(world.b, "move_route"), 0);
	world_close(&world);
}

/* What was handed over with the record is not routed as well when a later return of it is taken back. */
static void test_move__what_was_handed_over_is_not_routed(void **state)
{
	struct world world;
	struct policy policy = { .entity = "club", .field = "members", .review = true,
		.reviewers = 1 };
	struct place bundle = { 0 };
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	world_open(&world);
	make_club(&world, id);
	assert_ok(policy_set(world.district, &policy, &err), &err);
	settle_all(&world);
	PUT(world.a, "club", id, NULL, "members=99");
	settle_all(&world);
	assert_ok(review_each(world.district, remember_bundle, &bundle, &err), &err);
	judge(&world, &bundle, true);
	settle_all(&world);
	move_club(&world, id);
	assert_string_equal(value_of(world.b, "club", id, "members"), "99");
	judge(&world, &bundle, false);
	judge(&world, &bundle, true);
	settle_all(&world);
	assert_string_equal(value_of(world.b, "club", id, "members"), "99");
	assert_int_equal(count_of(world.b, "move_route"), 0);
	world_close(&world);
}

/* Nobody takes what was not offered to them. */
static void test_move__taking_without_an_offer_gives_nothing(void **state)
{
	struct world world;
	char id[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	make_club(&world, id);
	offer(world.a, "club", id, "wanglanfu");
	take(world.c, "club", id);
	settle_all(&world);
	assert_string_equal(holder_of(world.district, "club", id), "zhizunong");
	assert_int_equal(try_put(world.c, "club", id, "name", "抢来的"), ERR_SCOPE);
	world_close(&world);
}

/* Nobody offers what is not theirs; a lie in the chain has no effect either. */
static void test_move__another_communitys_record_cannot_be_offered(void **state)
{
	struct world world;
	struct record_id record, made;
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	world_open(&world);
	make_club(&world, id);
	record = id_of(id);
	assert_false(move_offer(world.c, entity_of(world.c, "club"), &record, "wanglanfu", &err));
	assert_int_equal(err.code, ERR_SCOPE);
	const struct entity *entity = entity_of(world.c, "move_offer");
	const struct assignment lie[] = {
		{ entity_field(entity, view_of("entity")), ASSIGN_SET,
			{ VALUE_TEXT, 0, view_of("club") } },
		{ entity_field(entity, view_of("record")), ASSIGN_SET,
			{ VALUE_TEXT, 0, view_of(id) } },
		{ entity_field(entity, view_of("number")), ASSIGN_SET,
			{ VALUE_INT, 1, { NULL, 0 } } },
		{ entity_field(entity, view_of("taker")), ASSIGN_SET,
			{ VALUE_TEXT, 0, view_of("wanglanfu") } },
	};
	assert_ok(records_put(world.c, entity, NULL, lie, 4, &made, &err), &err);
	take(world.b, "club", id);
	settle_all(&world);
	assert_string_equal(holder_of(world.district, "club", id), "zhizunong");
	world_close(&world);
}

/* An acceptance of the first move does not serve for a later one. */
static void test_move__an_old_acceptance_is_no_new_one(void **state)
{
	struct world world;
	char id[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	make_club(&world, id);
	move_club(&world, id);
	offer(world.b, "club", id, "zhizunong");
	settle_all(&world);
	assert_string_equal(holder_of(world.district, "club", id), "wanglanfu");
	take(world.a, "club", id);
	settle_all(&world);
	assert_string_equal(holder_of(world.district, "club", id), "zhizunong");
	assert_string_equal(holder_of(world.c, "club", id), "zhizunong");
	assert_string_equal(value_of(world.a, "club", id, "members"), "24");
	PUT(world.a, "club", id, NULL, "members=25");
	settle_all(&world);
	assert_string_equal(value_of(world.district, "club", id, "members"), "25");
	assert_int_equal(try_put(world.b, "club", id, "name", "不"), ERR_SCOPE);
	world_close(&world);
}

/* An offer that was withdrawn is none. */
static void test_move__an_offer_can_be_withdrawn(void **state)
{
	struct world world;
	struct record_id record;
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	world_open(&world);
	make_club(&world, id);
	record = id_of(id);
	offer(world.a, "club", id, "wanglanfu");
	assert_false(move_offer(world.a, entity_of(world.a, "club"), &record, "chaoming", &err));
	assert_int_equal(err.code, ERR_EXISTS);
	assert_ok(move_withdraw(world.a, entity_of(world.a, "club"), &record, &err), &err);
	take(world.b, "club", id);
	settle_all(&world);
	assert_string_equal(holder_of(world.district, "club", id), "zhizunong");
	world_close(&world);
}

/* The order in which a neighbour and a second computer learn of it does not matter. */
static void test_move__whatever_the_order_nodes_agree(void **state)
{
	struct world world;
	char id[RECORD_ID_TEXT_BYTES], one[65], other[65];
	struct node *late;

	(void)state;
	world_open(&world);
	make_club(&world, id);
	offer(world.a, "club", id, "wanglanfu");
	pack(world.a);
	give_all(world.a, world.district);
	take(world.b, "club", id);
	exchange(&world, world.b);
	PUT(world.a, "club", id, NULL, "members=26", "name=老名");
	PUT(world.b, "club", id, NULL, "members=27");
	exchange(&world, world.b);
	settle_all(&world);
	/* Computers that get all of it at once, the move before the lines. */
	late = join_community(world.folder, "b2", world.district, "wanglanfu", "望澜府社区");
	settle_all(&world);
	give_all(world.district, late);
	whole_hash(world.b, one);
	whole_hash(late, other);
	assert_string_equal(one, other);
	assert_string_equal(value_of(late, "club", id, "members"), "27");
	assert_sound(late);
	node_close(late);
	late = join_community(world.folder, "a2", world.district, "zhizunong", "知足弄社区");
	settle_all(&world);
	give_all(world.district, late);
	whole_hash(world.a, one);
	whole_hash(late, other);
	assert_string_equal(one, other);
	assert_sound(late);
	node_close(late);
	world_close(&world);
}

/* A holder of before who knows of the move and writes all the same is not listened to. */
static void test_move__a_liars_edits_do_not_count(void **state)
{
	struct world world;
	struct changes changes = { 0 };
	struct record_id record;
	const struct entity *entity;
	char id[RECORD_ID_TEXT_BYTES], one[65], other[65];
	struct value name = { VALUE_TEXT, 0, VIEW_LITERAL("骗来的名字") };
	struct node *late;
	struct err err = { 0 };

	(void)state;
	world_open(&world);
	make_club(&world, id);
	move_club(&world, id);
	record = id_of(id);
	entity = entity_of(world.a, "club");
	assert_ok(changes_add(&changes, entity_field(entity, view_of("name")), LINE_PUT, &name,
			  &err),
		&err);
	assert_ok(node_begin(world.a, &err), &err);
	assert_ok(changes_write(world.a, &changes, entity, &record, "zhizunong", &err), &err);
	assert_ok(node_commit(world.a, &err), &err);
	settle_all(&world);
	assert_string_equal(value_of(world.b, "club", id, "name"), "太极拳队");
	assert_string_equal(value_of(world.c, "club", id, "name"), "太极拳队");
	assert_string_equal(value_of(world.district, "club", id, "name"), "太极拳队");
	late = join_community(world.folder, "c2", world.district, "chaoming", "潮鸣社区");
	settle_all(&world);
	give_all(world.district, late);
	whole_hash(world.c, one);
	whole_hash(late, other);
	assert_string_equal(one, other);
	node_close(late);
	changes_clear(&changes);
	world_close(&world);
}

/* ---- any order ------------------------------------------------------- */

struct chain_list {
	struct chain_name list[64];
	size_t count;
	struct node *to;
};

static bool list_chain(void *ctx, const struct head *head, struct err *err)
{
	struct chain_list *chains = ctx;

	(void)err;
	if (scope_readable(&head->chain.scope, node_community(chains->to)) && chains->count < 64) {
		chains->list[chains->count++] = head->chain;
	}
	return true;
}

/* Give ${to} one bundle at a time, of a chain that ${seed} chooses, until it has all. */
static void give_in_any_order(struct node *from, struct node *to, uint64_t seed)
{
	struct chain_list chains = { .to = to };
	struct received received;
	struct err err = { 0 };
	int tries;

	assert_ok(chains_each(from, list_chain, &chains, &err), &err);
	for (tries = 0; tries < 4000; tries++) {
		struct buf file = { 0 };
		struct range range;
		struct head head;
		struct tally tally;
		bool more;

		seed = seed * 6364136223846793005U + 1442695040888963407U;
		range.chain = chains.list[(seed >> 33) % chains.count];
		assert_ok(chains_head(to, &range.chain, &head, &err), &err);
		range.after = head.seq;
		assert_ok(chains_write(from, &range, 1, 1, &file, &tally, &more, &err), &err);
		if (file.len != 0) {
			memset(&received, 0, sizeof(received));
			assert_ok(receive_bundles(to, buf_as_view(&file), "test", &received, &err),
				&err);
			received_clear(&received);
		}
		buf_clear(&file);
	}
}

/* Bundles come in any order, over whatever carrier: all nodes come to agree. */
static void test_move__any_order_of_bundles_gives_the_same(void **state)
{
	struct world world;
	struct merge_counts counts;
	char id[RECORD_ID_TEXT_BYTES], twice[RECORD_ID_TEXT_BYTES], one[65], other[65], home[16];
	uint64_t seed;

	(void)state;
	world_open(&world);
	make_club(&world, id);
	PUT(world.a, "club", NULL, twice, "name=太极队", "backbone=3");
	merge(world.a, "club", twice, id, &counts);
	offer(world.a, "club", id, "wanglanfu");
	pack(world.a);
	give_all(world.a, world.district);
	take(world.b, "club", id);
	exchange(&world, world.b);
	PUT(world.a, "club", id, NULL, "members=26", "name=老名");
	PUT(world.b, "club", id, NULL, "members=27");
	settle_all(&world);
	offer(world.b, "club", id, "zhizunong");
	take(world.a, "club", id);
	settle_all(&world);
	PUT(world.a, "club", id, NULL, "members=28");
	settle_all(&world);
	for (seed = 1; seed <= 3; seed++) {
		struct node *late;

		snprintf(home, sizeof(home), "late%d", (int)seed);
		late = join_community(world.folder, home, world.district, "wanglanfu", "望澜府社区");
		settle_all(&world);
		give_in_any_order(world.district, late, seed);
		whole_hash(world.b, one);
		whole_hash(late, other);
		assert_string_equal(one, other);
		assert_sound(late);
		node_close(late);
	}
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_move__the_new_holder_has_it_with_its_values),
		cmocka_unit_test(test_move__the_old_holder_is_told_who_holds_it),
		cmocka_unit_test(test_move__a_late_edit_is_routed_not_dropped),
		cmocka_unit_test(test_move__a_late_edit_yields_to_the_new_holders_own),
		cmocka_unit_test(test_move__totals_are_neither_lost_nor_doubled),
		cmocka_unit_test(test_move__back_again_shows_the_same),
		cmocka_unit_test(test_move__a_restored_district_adds_nothing_twice),
		cmocka_unit_test(test_move__waits_for_lines_that_wait),
		cmocka_unit_test(test_move__a_return_taken_back_after_the_move_is_routed),
		cmocka_unit_test(test_move__what_is_returned_later_is_taken_off),
		cmocka_unit_test(test_move__what_was_handed_over_is_not_routed),
		cmocka_unit_test(test_move__taking_without_an_offer_gives_nothing),
		cmocka_unit_test(test_move__another_communitys_record_cannot_be_offered),
		cmocka_unit_test(test_move__an_old_acceptance_is_no_new_one),
		cmocka_unit_test(test_move__an_offer_can_be_withdrawn),
		cmocka_unit_test(test_move__whatever_the_order_nodes_agree),
		cmocka_unit_test(test_move__a_liars_edits_do_not_count),
		cmocka_unit_test(test_move__any_order_of_bundles_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
