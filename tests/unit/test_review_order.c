/*
 * test_review_order.c -- whatever the order in which bundles, policies and
 * verdicts reach a district's node, the same lines wait and the same count.
 *
 * A district is copied at some moment and lives on; the copy is then given
 * all that the others hold, in another order.
 */
#include "federation.h"
#include "linli/review.h"
#include "test.h"

#define COMMUNITIES 3
#define RECORDS 40

struct world {
	char *folder;
	struct node *district, *nodes[COMMUNITIES];
	struct place returned;
	uint64_t dice;
	char compounds[RECORDS][RECORD_ID_TEXT_BYTES], disputes[RECORDS][RECORD_ID_TEXT_BYTES];
	int compound_of[RECORDS], dispute_of[RECORDS];
	int compound_count, dispute_count;
};

static uint32_t roll(struct world *world, uint32_t sides)
{
	world->dice = world->dice * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(world->dice >> 33) % sides;
}

static struct node *open_at(const char *folder, const char *name)
{
	struct node_options options = { .env = env_system() };
	struct node *node = NULL;
	struct err err = { 0 };
	struct buf home = { 0 };

	buf_printf(&home, "%s/%s", folder, name);
	options.home = buf_str(&home);
	assert_ok(node_open(&node, &options, &err), &err);
	buf_clear(&home);
	return node;
}

static void carry(struct node *from, struct node *to)
{
	struct tally packed;
	struct err err = { 0 };

	assert_ok(outbox_pack(from, &packed, &err), &err);
	give_all(from, to);
}

static void edit(struct world *world)
{
	int who = (int)roll(world, COMMUNITIES);
	struct node *node = world->nodes[who];
	char words[64], ref[64];
	int i;

	switch (roll(world, 5)) {
	case 0:
		if (world->compound_count < RECORDS) {
			world->compound_of[world->compound_count] = who;
			PUT(node, "compound", NULL, world->compounds[world->compound_count++],
				"name=小区", "kind=old");
		}
		break;
	case 1:
		i = (int)roll(world, (uint32_t)world->compound_count + 1);
		if (i < world->compound_count && world->compound_of[i] == who) {
			snprintf(words, sizeof(words), "lifts=%u", roll(world, 9));
			struct record_id id;
			struct assignment lifts = {
				entity_field(model_entity(node_model(node),
						     VIEW_LITERAL("compound")),
					VIEW_LITERAL("lifts")),
				ASSIGN_SET, { VALUE_INT, roll(world, 9), { NULL, 0 } }
			};
			struct err err = { 0 };
			struct record_id made;

			assert_true(record_id_parse(&id, view_of(world->compounds[i]), false));
			/* It may have been returned meanwhile. */
			if (!records_put(node, lifts.field == NULL ? NULL :
					model_entity(node_model(node), VIEW_LITERAL("compound")),
				    &id, &lifts, 1, &made, &err)) {
				assert_int_equal(err.code, ERR_NOT_FOUND);
			}
		}
		break;
	case 2:
		i = (int)roll(world, (uint32_t)world->compound_count + 1);
		if (world->dispute_count == RECORDS) {
			break;
		}
		world->dispute_of[world->dispute_count] = who;
		if (i < world->compound_count && world->compound_of[i] == who) {
			struct record_id id;
			struct err err = { 0 };
			const struct entity *entity =
				model_entity(node_model(node), VIEW_LITERAL("dispute"));
			struct assignment set[] = {
				{ entity_field(entity, VIEW_LITERAL("category")), ASSIGN_SET,
					{ VALUE_TEXT, 0, VIEW_LITERAL("noise") } },
				{ entity_field(entity, VIEW_LITERAL("compound")), ASSIGN_SET,
					{ VALUE_TEXT, 0, view_of(world->compounds[i]) } },
			};

			if (records_put(node, entity, NULL, set, 2, &id, &err)) {
				record_id_print(world->disputes[world->dispute_count++], id.bytes,
					id.len, false);
			}
		} else {
			PUT(node, "dispute", NULL, world->disputes[world->dispute_count++],
				"category=noise", "opened_on=2024-05-02");
		}
		break;
	default:
		i = (int)roll(world, (uint32_t)world->dispute_count + 1);
		if (i < world->dispute_count && world->dispute_of[i] == who) {
			struct record_id id, made;
			struct err err = { 0 };
			const struct entity *entity =
				model_entity(node_model(node), VIEW_LITERAL("dispute"));
			struct assignment set = { entity_field(entity, VIEW_LITERAL("category")),
				ASSIGN_SET, { VALUE_TEXT, 0, view_of(ref) } };

			snprintf(ref, sizeof(ref), "kind%u", roll(world, 5));
			set.value.text = view_of(ref);
			assert_true(record_id_parse(&id, view_of(world->disputes[i]), false));
			if (!records_put(node, entity, &id, &set, 1, &made, &err)) {
				assert_int_equal(err.code, ERR_NOT_FOUND);
			}
		}
	}
}

static void set_policy(struct world *world)
{
	static const char *const entities[] = { "compound", "dispute" };
	struct policy policy = { .review = roll(world, 3) != 0, .reviewers = 1 };
	struct err err = { 0 };

	strcpy(policy.entity, entities[roll(world, 2)]);
	assert_ok(policy_set(world->district, &policy, &err), &err);
}

struct pick {
	struct place places[256];
	size_t count;
};

static bool pick_bundle(void *ctx, const struct held_bundle *bundle, struct err *err)
{
	struct pick *pick = ctx;

	(void)err;
	if (pick->count < 256) {
		pick->places[pick->count++] = bundle->info.place;
	}
	return true;
}

/* Accept or return what waits in one bundle; how many there were. */
static size_t judge(struct world *world, bool accept)
{
	struct pick pick = { 0 };
	struct judging judging = { .accept = accept, .reason = accept ? NULL : "不符",
		.reviewer = "审核员" };
	struct judged judged;
	struct err err = { 0 };

	assert_ok(review_each(world->district, pick_bundle, &pick, &err), &err);
	if (pick.count != 0) {
		judging.bundle = pick.places[roll(world, (uint32_t)pick.count)];
		assert_ok(review_judge(world->district, &judging, &judged, &err), &err);
	}
	return pick.count;
}

static bool any_letter(void *ctx, const struct inbox_line *line, struct err *err)
{
	struct world *world = ctx;

	(void)err;
	assert_true(place_parse(&world->returned, view_of(line->line)));
	return true;
}

/* Correct the last returned line of a community. */
static void correct(struct world *world)
{
	struct node *node = world->nodes[roll(world, COMMUNITIES)];
	struct record_id made;
	struct err err = { 0 };

	memset(&world->returned, 0, sizeof(world->returned));
	assert_ok(inbox_each(node, any_letter, world, &err), &err);
	if (world->returned.seq != 0 &&
		!inbox_fix(node, &world->returned, NULL, 0, &made, &err)) {
		/* What it refers to may be out as well. */
		assert_true(err.code == ERR_VALUE || err.code == ERR_NOT_FOUND);
	}
}

static void step(struct world *world)
{
	struct node *one = world->nodes[roll(world, COMMUNITIES)];

	switch (roll(world, 10)) {
	case 0:
		set_policy(world);
		break;
	case 1:
		judge(world, roll(world, 3) != 0);
		break;
	case 2:
		correct(world);
		break;
	case 3:
	case 4:
		carry(one, world->district);
		break;
	case 5:
		carry(world->district, one);
		break;
	default:
		edit(world);
	}
}

static void compare(struct world *world, struct node *other)
{
	static const char *const slugs[COMMUNITIES] = { "zhizu", "cuihu", "tianshui" };
	struct balance a, b;
	struct scope scope = { .kind = SCOPE_FEDERATION };
	char x[65], y[65];
	struct err err = { 0 };
	int i;

	assert_ok(chains_balance(world->district, &a, &err), &err);
	assert_ok(chains_balance(other, &b, &err), &err);
	assert_int_equal(a.sent, b.sent);
	assert_int_equal(a.returned, b.returned);
	assert_int_equal(a.waiting, b.waiting);
	for (i = -1; i < COMMUNITIES; i++) {
		if (i >= 0) {
			scope.kind = SCOPE_DISTRICT;
			strcpy(scope.community, slugs[i]);
		}
		assert_ok(chains_scope_hash(world->district, &scope, x, &err), &err);
		assert_ok(chains_scope_hash(other, &scope, y, &err), &err);
		assert_string_equal(x, y);
	}
	assert_sound(other);
}

static void play(uint64_t seed)
{
	static const char *const slugs[COMMUNITIES] = { "zhizu", "cuihu", "tianshui" };
	static const char *const names[COMMUNITIES] = { "知足弄社区", "翠湖社区", "天水社区" };
	struct world world = { .dice = seed };
	struct node *copy;
	struct tally packed;
	struct err err = { 0 };
	char command[512];
	int i, round;

	world.folder = scratch_folder();
	world.district = found_district(world.folder);
	for (i = 0; i < COMMUNITIES; i++) {
		world.nodes[i] = join_community(world.folder, slugs[i], world.district, slugs[i],
			names[i]);
	}
	for (i = 0; i < 30; i++) {
		step(&world);
	}
	assert_ok(outbox_pack(world.district, &packed, &err), &err);
	node_close(world.district);
	snprintf(command, sizeof(command), "cp -r '%s/district' '%s/copy'", world.folder,
		world.folder);
	assert_int_equal(system(command), 0);
	world.district = open_at(world.folder, "district");
	for (i = 0; i < 60; i++) {
		step(&world);
	}
	if (seed % 2 == 0) {
		while (judge(&world, roll(&world, 4) != 0) != 0) {
		}
	}
	for (round = 0; round < 3; round++) {
		for (i = 0; i < COMMUNITIES; i++) {
			carry(world.nodes[i], world.district);
			carry(world.district, world.nodes[i]);
		}
	}
	/* What waits may differ only by policies that came later; then judge all. */
	while (judge(&world, true) != 0) {
		for (i = 0; i < COMMUNITIES; i++) {
			carry(world.district, world.nodes[i]);
			carry(world.nodes[i], world.district);
		}
	}
	for (i = 0; i < COMMUNITIES; i++) {
		carry(world.district, world.nodes[i]);
		carry(world.nodes[i], world.district);
		assert_sound(world.nodes[i]);
	}
	copy = open_at(world.folder, "copy");
	for (i = 0; i < 8; i++) {
		uint32_t who = roll(&world, COMMUNITIES + 1);

		give_all(who < COMMUNITIES ? world.nodes[who] : world.district, copy);
	}
	for (i = 0; i < COMMUNITIES; i++) {
		give_all(world.nodes[i], copy);
	}
	give_all(world.district, copy);
	compare(&world, copy);
	node_close(copy);
	for (i = 0; i < COMMUNITIES; i++) {
		node_close(world.nodes[i]);
	}
	node_close(world.district);
	scratch_remove(world.folder);
}

static void test_review_order__does_not_matter(void **state)
{
	const char *first = getenv("LINLI_SEED"), *rounds = getenv("LINLI_ROUNDS");
	uint64_t seed = first != NULL ? strtoull(first, NULL, 10) : 1;
	uint64_t last = seed + (rounds != NULL ? strtoull(rounds, NULL, 10) : 40);

	(void)state;
	for (; seed < last; seed++) {
		if (first != NULL) {
			printf("seed %llu\n", (unsigned long long)seed);
		}
		play(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_review_order__does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
