/* test_proof.c -- what a proof may and may not say; see linli/proof.h. */
#include "bundle_test.h"

#include "line.h"
#include "merkle.h"
#include "proof_text.h"

#define RECORD "0011223344556677.1.7"
#define MAX_COMMITS 8

/* A proof under construction: bundles of one line each, in order of their chains. */
struct world {
	struct key *founder, *server, *device, *stranger;
	struct buf commits[MAX_COMMITS], texts[MAX_COMMITS];
	struct view views[MAX_COMMITS];
	struct proof_line lines[MAX_COMMITS];
	struct chain_name chains[MAX_COMMITS];
	size_t count;
	struct proof_file file;
	struct arena arena;
	struct proved proved;
};

static void open_world(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->founder = test_key(1);
	world->server = test_key(50);
	world->device = test_key(100);
	world->stranger = test_key(150);
	memcpy(world->file.founder, key_public(world->founder), KEY_PUBLIC_BYTES);
	world->file.federation = key_device(world->founder);
	snprintf(world->file.entity, sizeof(world->file.entity), "club");
	snprintf(world->file.id, sizeof(world->file.id), RECORD);
}

static void close_world(struct world *world)
{
	size_t i;

	for (i = 0; i < world->count; i++) {
		buf_clear(&world->commits[i]);
		buf_clear(&world->texts[i]);
	}
	arena_clear(&world->arena);
	key_free(world->founder);
	key_free(world->server);
	key_free(world->device);
	key_free(world->stranger);
}

/* A bundle ${seq} of ${key}, in the name of ${community}, with the line ${text}. */
static void add(struct world *world, const struct key *key, const char *community,
	const char *scope, uint32_t seq, const char *text)
{
	struct bundle_facts facts = test_facts(key, scope);
	size_t i = world->count++;
	struct merkle merkle;
	struct err err;

	assert_true(i < MAX_COMMITS);
	memcpy(facts.federation, world->file.federation.bytes, FEDERATION_BYTES);
	snprintf(facts.community, sizeof(facts.community), "%s", community);
	facts.seq = seq;
	if (seq > 1) {
		memset(facts.parent_sha256, 7, sizeof(facts.parent_sha256));
		memset(facts.parent.bytes, 7, sizeof(facts.parent.bytes));
	}
	buf_text(&world->texts[i], text);
	merkle_init(&merkle);
	merkle_add_leaf(&merkle, world->texts[i].data, world->texts[i].len);
	merkle_root(facts.changes_root, &merkle);
	assert_ok(commit_encode(&world->commits[i], &facts, key, &err), &err);
	world->chains[i] = facts.chain;
	world->lines[i] = (struct proof_line){ 0, 1, VIEW_LITERAL(""),
		buf_as_view(&world->texts[i]) };
}

static void add_device(struct world *world, const struct key *by, uint32_t seq,
	const struct key *device, const char *community, const char *until)
{
	char id[DEVICE_TEXT_BYTES], text[512];

	device_id_print(id, key_device(device));
	snprintf(text, sizeof(text),
		"{\"t\":%d,\"e\":\"device\",\"id\":\"%s\",\"put\":{\"community\":\"%s\","
		"\"name\":\"办公室\",\"valid_until\":\"%s\"}}",
		1000 + (int)seq, id, community, until);
	add(world, by, DISTRICT_SLUG, "federation", seq, text);
}

static void add_change(struct world *world, const struct key *by)
{
	add(world, by, "zhizu", "district/zhizu", 3,
		"{\"t\":2000,\"e\":\"club\",\"id\":\"" RECORD "\",\"put\":{\"members\":24}}");
}

/* Print it, each bundle in its place, and verify. */
static bool verify(struct world *world, struct err *err)
{
	struct buf text = { 0 };
	struct view kept;
	struct proof_line sorted[MAX_COMMITS];
	size_t i, j, order[MAX_COMMITS];

	for (i = 0; i < world->count; i++) {
		order[i] = i;
		for (j = i; j > 0 && chain_name_compare(&world->chains[order[j - 1]],
				&world->chains[order[j]]) > 0; j--) {
			size_t swap = order[j];

			order[j] = order[j - 1];
			order[j - 1] = swap;
		}
	}
	for (i = 0; i < world->count; i++) {
		world->views[i] = buf_as_view(&world->commits[order[i]]);
		sorted[i] = world->lines[order[i]];
		sorted[i].commit = i;
	}
	world->file.commits = world->views;
	world->file.commit_count = world->count;
	world->file.lines = sorted;
	world->file.line_count = world->count;
	proof_print(&text, &world->file);
	kept = arena_copy(&world->arena, buf_as_view(&text));
	buf_clear(&text);
	assert_non_null(kept.data);
	return proof_verify(&world->proved, &world->arena, kept, err);
}

static enum err_code refusal(struct world *world)
{
	struct err err = { 0 };

	assert_false(verify(world, &err));
	return err.code;
}

/* The plain case: the founding key enrolled the device that signed. */
static void test_proof__shows_who_signed(void **state)
{
	struct world world;
	struct err err = { 0 };

	(void)state;
	open_world(&world);
	add_device(&world, world.founder, 1, world.device, "zhizu", "");
	add_change(&world, world.device);
	assert_ok(verify(&world, &err), &err);
	assert_int_equal(world.proved.count, 1);
	assert_int_equal(world.proved.trust_lines, 1);
	assert_string_equal(world.proved.lines[0].community, "zhizu");
	assert_string_equal(world.proved.lines[0].device_name, "办公室");
	close_world(&world);
}

/* A server that the founding key enrolled enrols others, as after a rotation. */
static void test_proof__follows_servers_from_the_founding_key(void **state)
{
	struct world world;
	struct err err = { 0 };

	(void)state;
	open_world(&world);
	add_device(&world, world.founder, 1, world.server, DISTRICT_SLUG, "");
	add_device(&world, world.server, 1, world.device, "zhizu", "");
	add_change(&world, world.device);
	assert_ok(verify(&world, &err), &err);
	assert_int_equal(world.proved.trust_lines, 2);
	close_world(&world);
}

/* Whoever makes keys cannot enrol them: nothing leads back to the founding key. */
static void test_proof__refuses_devices_that_enrol_themselves(void **state)
{
	struct world world;

	(void)state;
	open_world(&world);
	add_change(&world, world.device);
	assert_int_equal(refusal(&world), ERR_UNKNOWN_DEVICE);
	/* In the district's name, by a key of no one. */
	add_device(&world, world.stranger, 1, world.device, "zhizu", "");
	assert_int_equal(refusal(&world), ERR_UNKNOWN_DEVICE);
	/* Two that vouch for each other. */
	add_device(&world, world.server, 1, world.stranger, DISTRICT_SLUG, "");
	add_device(&world, world.stranger, 2, world.server, DISTRICT_SLUG, "");
	assert_int_equal(refusal(&world), ERR_UNKNOWN_DEVICE);
	close_world(&world);
}

/* A community's device is not one of the district's servers. */
static void test_proof__refuses_what_a_community_says_of_devices(void **state)
{
	struct world world;

	(void)state;
	open_world(&world);
	add_device(&world, world.founder, 1, world.stranger, "zhizu", "");
	add_device(&world, world.stranger, 1, world.device, "zhizu", "");
	add_change(&world, world.device);
	assert_int_not_equal(refusal(&world), ERR_NONE);
	close_world(&world);
}

/* Devices speak for their own community alone. */
static void test_proof__refuses_a_device_of_another_community(void **state)
{
	struct world world;

	(void)state;
	open_world(&world);
	add_device(&world, world.founder, 1, world.device, "wanglanfu", "");
	add_change(&world, world.device);
	assert_int_equal(refusal(&world), ERR_SCOPE);
	close_world(&world);
}

/* What was signed with a key after its end is not shown as signed. */
static void test_proof__knows_where_a_key_ended(void **state)
{
	struct world world;
	struct err err = { 0 };

	(void)state;
	open_world(&world);
	add_device(&world, world.founder, 1, world.device, "zhizu", "");
	add_device(&world, world.founder, 2, world.device, "zhizu",
		"1/district/zhizu@3:00000000");
	add_change(&world, world.device);
	assert_ok(verify(&world, &err), &err);
	close_world(&world);
	open_world(&world);
	add_device(&world, world.founder, 1, world.device, "zhizu", "");
	add_device(&world, world.founder, 2, world.device, "zhizu",
		"1/district/zhizu@2:00000000");
	add_change(&world, world.device);
	assert_int_equal(refusal(&world), ERR_REVOKED);
	close_world(&world);
}

/* The federation's name is its founding key's: another key cannot take it. */
static void test_proof__binds_the_founding_key(void **state)
{
	struct world world;

	(void)state;
	open_world(&world);
	add_device(&world, world.founder, 1, world.device, "zhizu", "");
	add_change(&world, world.device);
	memcpy(world.file.founder, key_public(world.stranger), KEY_PUBLIC_BYTES);
	assert_int_equal(refusal(&world), ERR_FEDERATION);
	/* Nor do bundles of another federation count in this one. */
	world.file.federation = key_device(world.stranger);
	assert_int_equal(refusal(&world), ERR_FEDERATION);
	close_world(&world);
}

static void test_proof__refuses_other_records_and_altered_lines(void **state)
{
	struct world world;
	struct err err = { 0 };

	(void)state;
	open_world(&world);
	add_device(&world, world.founder, 1, world.device, "zhizu", "");
	add_change(&world, world.device);
	snprintf(world.file.id, sizeof(world.file.id), "0011223344556677.1.8");
	assert_int_equal(refusal(&world), ERR_FORMAT);
	snprintf(world.file.id, sizeof(world.file.id), RECORD);
	assert_ok(verify(&world, &err), &err);
	world.texts[1].data[world.texts[1].len - 4] = '5';
	assert_int_equal(refusal(&world), ERR_HASH);
	close_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proof__shows_who_signed),
		cmocka_unit_test(test_proof__follows_servers_from_the_founding_key),
		cmocka_unit_test(test_proof__refuses_devices_that_enrol_themselves),
		cmocka_unit_test(test_proof__refuses_what_a_community_says_of_devices),
		cmocka_unit_test(test_proof__refuses_a_device_of_another_community),
		cmocka_unit_test(test_proof__knows_where_a_key_ended),
		cmocka_unit_test(test_proof__binds_the_founding_key),
		cmocka_unit_test(test_proof__refuses_other_records_and_altered_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
