/*
 * test_convergence.c -- whole nodes that edit apart and hear of each other in
 * any order end in the same state.  The rules themselves are compared with a
 * reference in test_merge_property; here it is the store around them.
 *
 *   LINLI_SEED=n  begin with that seed;  LINLI_ROUNDS=n  that many
 */
#include "federation.h"

#define DEVICES 3
#define STEPS 40

static uint64_t next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dU >> 16;
}

static size_t below(uint64_t *state, size_t limit)
{
	return (size_t)(next(state) % limit);
}

struct world {
	char *folder;
	struct node *district, *devices[DEVICES];
	char clubs[STEPS][RECORD_ID_TEXT_BYTES], people[STEPS][RECORD_ID_TEXT_BYTES];
	char activities[STEPS][RECORD_ID_TEXT_BYTES];
	size_t club_count, person_count, activity_count;
};

/* Is the record here, and alive? */
static bool keep_alive(void *ctx, const struct record_view *view, struct err *err)
{
	(void)err;
	*(bool *)ctx = view->alive;
	return true;
}

static bool here(struct node *node, const char *entity, const char *id)
{
	struct record_id record;
	struct err err = { 0 };
	bool alive = false;

	assert_true(record_id_parse(&record, view_of(id), false));
	return records_get(node, model_entity(node_model(node), view_of(entity)), &record,
		       keep_alive, &alive, &err) &&
		alive;
}

static void edit_club(struct world *world, struct node *node, uint64_t *random)
{
	char word[64];
	const char *id = world->clubs[below(random, world->club_count)];

	if (!here(node, "club", id)) {
		return;
	}
	if (below(random, 6) == 0) {
		struct record_id record;
		struct err err = { 0 };

		assert_true(record_id_parse(&record, view_of(id), false));
		assert_ok(records_delete(node,
				  model_entity(node_model(node), VIEW_LITERAL("club")), &record,
				  true, &err),
			&err);
		return;
	}
	snprintf(word, sizeof(word), "%s=%u", below(random, 2) ? "members" : "backbone",
		(unsigned)below(random, 5));
	PUT(node, "club", id, NULL, word);
	snprintf(word, sizeof(word), "category=种类%u", (unsigned)below(random, 3));
	PUT(node, "club", id, NULL, word);
}

static void edit_person(struct world *world, struct node *node, uint64_t *random)
{
	static const char *const roles[] = { "roles+=volunteer", "roles-=volunteer",
		"roles+=leader", "roles-=leader", "phone=1", "phone=2" };
	const char *id = world->people[below(random, world->person_count)];

	if (here(node, "person", id)) {
		PUT(node, "person", id, NULL, roles[below(random, 6)]);
	}
}

static void edit_activity(struct world *world, struct node *node, uint64_t *random)
{
	const char *id = world->activities[below(random, world->activity_count)];

	if (here(node, "activity", id)) {
		PUT(node, "activity", id, NULL,
			below(random, 2) ? "served+=3" : "participants+=1");
	}
}

static void step(struct world *world, uint64_t *random)
{
	struct node *node = world->devices[below(random, DEVICES)];
	struct node *other = world->devices[below(random, DEVICES)];
	struct tally tally;
	struct err err = { 0 };

	switch (below(random, 8)) {
	case 0:
		PUT(node, "club", NULL, world->clubs[world->club_count++], "name=队",
			"category=种类0", "members=1");
		break;
	case 1:
		PUT(node, "person", NULL, world->people[world->person_count++], "name=夏女士",
			"roles+=resident");
		break;
	case 2:
		PUT(node, "activity", NULL, world->activities[world->activity_count++],
			"kind=other", "title=会", "held_on=2024-01-01", "served=5");
		break;
	case 3:
	case 4:
		assert_ok(outbox_pack(node, &tally, &err), &err);
		if (node != other) {
			give_all(node, other);
		}
		break;
	case 5:
		if (world->club_count != 0) {
			edit_club(world, node, random);
		}
		break;
	case 6:
		if (world->person_count != 0) {
			edit_person(world, node, random);
		}
		break;
	default:
		if (world->activity_count != 0) {
			edit_activity(world, node, random);
		}
	}
}

/* Everybody hears everything, in an order of chance. */
static void settle(struct world *world, uint64_t *random)
{
	struct tally tally;
	struct err err = { 0 };
	size_t i, j, round;

	for (i = 0; i < DEVICES; i++) {
		assert_ok(outbox_pack(world->devices[i], &tally, &err), &err);
	}
	for (round = 0; round < DEVICES; round++) {
		size_t first = below(random, DEVICES);

		for (i = 0; i < DEVICES; i++) {
			for (j = 0; j < DEVICES; j++) {
				if (i != j) {
					give_all(world->devices[(first + i) % DEVICES],
						world->devices[j]);
				}
			}
			give_all(world->devices[i], world->district);
		}
	}
}

static void run_world(uint64_t seed)
{
	static const char *const homes[] = { "a", "b", "c" };
	uint64_t random = seed * 0x9e3779b97f4a7c15U + 1;
	struct world world = { .folder = scratch_folder() };
	char first[65], other[65];
	struct node *fresh;
	struct err err = { 0 };
	size_t i;

	world.district = found_district(world.folder);
	for (i = 0; i < DEVICES; i++) {
		world.devices[i] = join_community(world.folder, homes[i], world.district,
			"zhizunong", "知足弄社区");
	}
	for (i = 0; i < DEVICES; i++) {
		give_all(world.district, world.devices[i]);
	}
	for (i = 0; i < STEPS; i++) {
		step(&world, &random);
	}
	settle(&world, &random);
	fresh = join_community(world.folder, "fresh", world.district, "zhizunong",
		"知足弄社区");
	for (i = 0; i < DEVICES; i++) {
		give_all(world.district, world.devices[i]);
	}
	/* A device that joins now hears all of it in one order of its own. */
	give_all(world.devices[DEVICES - 1], fresh);
	assert_ok(chains_state_hash(fresh, first, &err), &err);
	for (i = 0; i < DEVICES; i++) {
		assert_ok(chains_state_hash(world.devices[i], other, &err), &err);
		assert_string_equal(first, other);
		assert_sound(world.devices[i]);
		node_close(world.devices[i]);
	}
	assert_sound(fresh);
	assert_sound(world.district);
	node_close(fresh);
	node_close(world.district);
	scratch_remove(world.folder);
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* Order does not matter: promise 2 of the design. */
static void test_convergence__any_order_ends_the_same(void **state)
{
	uint64_t seed = from_environment("LINLI_SEED", 1);
	uint64_t rounds = from_environment("LINLI_ROUNDS", 25), i;

	(void)state;
	for (i = 0; i < rounds; i++) {
		printf("seed %llu\n", (unsigned long long)(seed + i));
		fflush(stdout);
		run_world(seed + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_convergence__any_order_ends_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
