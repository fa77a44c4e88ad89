/* test_meet.c -- two communities meet without the district; see linli/neighbour.h. */
#include <string.h>

#include "caller.h"
#include "exchange_rig.h"
#include "linli/neighbour.h"
#include "linli/pouch.h"

/* A neighbour that serves. */
struct stall {
	struct exchange_server *server;
	struct transport transport;
	struct env env;
	int visits;
	char code[SHORT_CODE_BYTES];
};

static bool stall_send(void *ctx, const struct request *request, struct reply *reply, struct err *err)
{
	struct stall *stall = ctx;

	exchange_serve(stall->server, request, reply);
	return message_deliver(request, reply, err);
}

static void visited(void *ctx, const struct device *visitor, const char *code)
{
	struct stall *stall = ctx;

	(void)visitor;
	stall->visits++;
	memcpy(stall->code, code, sizeof(stall->code));
}

static void stall_open(struct stall *stall, struct node *node)
{
	struct err err = { 0 };

	memset(stall, 0, sizeof(*stall));
	assert_ok(exchange_server_open(&stall->server, node, &err), &err);
	exchange_server_on_visit(stall->server, visited, stall);
	stall->transport = (struct transport){ stall, stall_send };
}

static void stall_close(struct stall *stall)
{
	exchange_server_close(stall->server);
}

/* A person who compares: yes, and what was shown. */
struct person {
	int asked;
	bool refuses;
	char code[SHORT_CODE_BYTES];
};

static bool compare(void *ctx, const struct device *server, const char *code, struct err *err)
{
	struct person *person = ctx;

	(void)server;
	person->asked++;
	memcpy(person->code, code, sizeof(person->code));
	return !person->refuses || err_set(err, ERR_COMPARE, "they differ");
}

static struct meeting_result meet_with(struct node *node, struct stall *stall, struct person *person)
{
	const struct meeting_options options = { .ctx = person, .compared = compare };
	struct meeting_result result;
	struct err err = { 0 };

	assert_ok(exchange_meet(node, &stall->transport, &options, &result, &err), &err);
	assert_int_equal(result.sync.received.refused_count, 0);
	return result;
}

static struct meeting_result hand_in(struct node *node, struct rig *rig)
{
	struct meeting_result result;
	struct err err = { 0 };

	assert_ok(exchange_hand_in(node, &rig->transport, NULL, &result, &err), &err);
	assert_int_equal(result.sync.received.refused_count, 0);
	return result;
}

struct world {
	struct rig rig;
	struct node *a, *b;
	struct stall stall; /* of b */
	struct person person;
};

static void begin(struct world *world)
{
	memset(world, 0, sizeof(*world));
	rig_open(&world->rig);
	world->a = rig_join(&world->rig, "a", "zhizunong", "知足弄社区");
	world->b = rig_join(&world->rig, "b", "wanglanfu", "望澜府社区");
	/* Each has met the other's trust record once. */
	rig_sync(&world->rig, world->b);
	rig_sync(&world->rig, world->a);
	stall_open(&world->stall, world->b);
}

static void end(struct world *world)
{
	stall_close(&world->stall);
	node_close(world->a);
	node_close(world->b);
	rig_close(&world->rig);
}

/*
 * A community that never reaches the district: its neighbour has its clubs at once, cannot
 * read its persons, hands all in, and brings the receipts home.
 */
static void test_meet__a_neighbour_carries_unread(void **state)
{
	struct meeting_result result;
	struct world world;

	(void)state;
	begin(&world);
	put_club(world.a, "队伍a");
	put_person(world.a, "夏女士");
	put_club(world.b, "队伍b");
	result = meet_with(world.a, &world.stall, &world.person);
	assert_true(result.given.parcels >= 2);
	assert_true(result.taken.parcels >= 1);
	meeting_result_clear(&result);
	assert_int_equal(count_of(world.b, "club"), 2);
	assert_int_equal(count_of(world.a, "club"), 2);
	assert_int_equal(count_of(world.b, "person"), 0);
	assert_true(unsent_of(world.a) > 0);
	/* b goes to the district, with its own and with what it carries. */
	rig_sync(&world.rig, world.b);
	assert_int_equal(count_of(world.rig.district, "person"), 0);
	result = hand_in(world.b, &world.rig);
	assert_true(result.given.parcels >= 1);
	assert_true(result.taken.parcels >= 1);
	meeting_result_clear(&result);
	assert_int_equal(count_of(world.rig.district, "person"), 1);
	assert_int_equal(count_of(world.rig.district, "club"), 2);
	/* And a hears of it at the next meeting. */
	result = meet_with(world.a, &world.stall, &world.person);
	meeting_result_clear(&result);
	assert_int_equal(unsent_of(world.a), 0);
	assert_int_equal(world.person.asked, 1);
	assert_sound(world.a);
	assert_sound(world.b);
	assert_sound(world.rig.district);
	end(&world);
}

static bool count_lines(void *ctx, const struct custody *custody, struct err *err)
{
	(void)err;
	assert_true(strlen(custody->receipt) > 100);
	if (custody->given) {
		*(int64_t *)ctx += custody->lines > 0 ? custody->lines : 0;
	}
	return true;
}

/* Both know what was handed over, and have each other's signature for it. */
static void test_meet__custody_is_listed(void **state)
{
	struct meeting_result result;
	struct world world;
	struct err err = { 0 };
	int64_t given = 0, taken = 0;

	(void)state;
	begin(&world);
	put_person(world.a, "夏女士");
	result = meet_with(world.a, &world.stall, &world.person);
	meeting_result_clear(&result);
	assert_ok(custody_each(world.a, count_lines, &given, &err), &err);
	/* The district's part of the person; its name stays with the community's own devices. */
	assert_int_equal(given, 1);
	assert_ok(custody_each(world.rig.district, count_lines, &taken, &err), &err);
	assert_int_equal(taken, 0);
	end(&world);
}

/* Nothing changes hands before people have compared what both sides show. */
static void test_meet__the_code_comes_first(void **state)
{
	const struct meeting_options nobody = { .ctx = NULL };
	struct meeting_options options;
	struct meeting_result result;
	struct world world;
	struct err err = { 0 };

	(void)state;
	begin(&world);
	put_club(world.a, "队伍a");
	assert_false(exchange_meet(world.a, &world.stall.transport, &nobody, &result, &err));
	assert_int_equal(err.code, ERR_COMPARE);
	meeting_result_clear(&result);
	options = (struct meeting_options){ .ctx = &world.person, .compared = compare };
	world.person.refuses = true;
	assert_false(exchange_meet(world.a, &world.stall.transport, &options, &result, &err));
	meeting_result_clear(&result);
	assert_string_equal(world.person.code, world.stall.code);
	assert_int_equal(count_of(world.b, "club"), 0);
	world.person.refuses = false;
	result = meet_with(world.a, &world.stall, &world.person);
	meeting_result_clear(&result);
	assert_int_equal(count_of(world.b, "club"), 1);
	assert_int_equal(world.person.asked, 2);
	result = meet_with(world.a, &world.stall, &world.person);
	meeting_result_clear(&result);
	assert_int_equal(world.person.asked, 2);
	end(&world);
}

/* Devices of one community give each other all they have, names too. */
static void test_meet__devices_of_one_community_share_everything(void **state)
{
	struct meeting_result result;
	struct person person = { 0 };
	struct node *second;
	struct stall stall;
	struct world world;

	(void)state;
	begin(&world);
	second = rig_join(&world.rig, "second", "zhizunong", "知足弄社区");
	rig_sync(&world.rig, world.a);
	put_person(world.a, "夏女士");
	put_person(second, "李先生");
	stall_open(&stall, second);
	result = meet_with(world.a, &stall, &person);
	meeting_result_clear(&result);
	assert_int_equal(count_of(world.a, "person"), 2);
	assert_int_equal(count_of(second, "person"), 2);
	assert_agree(world.a, second);
	stall_close(&stall);
	node_close(second);
	end(&world);
}

/* Who was enrolled since the other last heard of the district is known by its records. */
static void test_meet__newcomers_are_known(void **state)
{
	struct meeting_result result;
	struct person person = { 0 };
	struct node *newcomer;
	struct stall stall;
	struct world world;

	(void)state;
	begin(&world);
	newcomer = rig_join(&world.rig, "c", "beishan", "北山社区");
	put_club(newcomer, "队伍c");
	/* It visits one that has not heard of it, and is visited by one. */
	result = meet_with(newcomer, &world.stall, &person);
	meeting_result_clear(&result);
	assert_int_equal(count_of(world.b, "club"), 1);
	stall_open(&stall, newcomer);
	result = meet_with(world.a, &stall, &world.person);
	meeting_result_clear(&result);
	assert_int_equal(count_of(world.a, "club"), 1);
	stall_close(&stall);
	node_close(newcomer);
	end(&world);
}

/* A neighbour serves nothing but what is sealed. */
static void test_meet__a_neighbour_gives_nothing_unsealed(void **state)
{
	static const char *const closed[] = { "heads", "bundles", "relay", "enrol", "rotate" };
	struct world world;
	struct reply reply = { 0 };
	struct caller caller = { 0 };
	struct rig of_b;
	char want[128], device[DEVICE_TEXT_BYTES];
	size_t i;

	(void)state;
	begin(&world);
	/* Not even what everybody may read. */
	put_club(world.b, "队伍b");
	pack_all(world.b);
	of_b = world.rig;
	of_b.server = world.stall.server;
	caller_begin(&caller, &of_b, world.a);
	device_id_print(device, node_device(world.b));
	snprintf(want, sizeof(want), "want=%s.1/federation@0", device);
	assert_int_equal(caller_call(&caller, "GET", "/api/v1/bundles", want, view_of("")), 403);
	device_id_print(device, node_federation_id(world.b));
	snprintf(want, sizeof(want), "want=%s.1/federation@0", device);
	assert_int_equal(caller_call(&caller, "GET", "/api/v1/bundles", want, view_of("")), 200);
	caller_end(&caller);
	for (i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		char path[64];
		struct request request = {
			.method = "POST", .path = path, .query = "", .body = view_of("{}")
		};

		snprintf(path, sizeof(path), "/api/v1/%s", closed[i]);
		exchange_serve(world.stall.server, &request, &reply);
		assert_int_equal(reply.status, strcmp(closed[i], "bundles") == 0 ? 405 : 404);
	}
	reply_clear(&reply);
	end(&world);
}

/* What nobody comes for is not kept for ever, nor more than there is room for. */
static void test_pouch__is_bounded(void **state)
{
	struct device_id from = { { 1 } };
	struct buf data = { 0 }, out = { 0 };
	struct world world;
	struct err err = { 0 };
	char name[POUCH_NAME_BYTES];
	int k;

	(void)state;
	begin(&world);
	assert_non_null(buf_grow(&data, 16 << 20));
	memset(data.data, 1, data.len);
	for (k = 1; k <= 3; k++) {
		snprintf(name, sizeof(name), "%032x.%d.bundle.age", 7, k);
		assert_ok(pouch_put(world.a, name, from, buf_as_view(&data), &err), &err);
	}
	snprintf(name, sizeof(name), "%032x.4.bundle.age", 7);
	assert_false(pouch_put(world.a, name, from, buf_as_view(&data), &err));
	assert_int_equal(err.code, ERR_TOO_LARGE);
	snprintf(name, sizeof(name), "%032x.1.bundle.age", 7);
	assert_ok(pouch_get(world.a, name, &out, &err), &err);
	world.rig.weather.clock_ms += POUCH_MAX_AGE_MS + 1000;
	assert_false(pouch_get(world.a, name, &out, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	buf_clear(&data);
	buf_clear(&out);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meet__a_neighbour_carries_unread),
		cmocka_unit_test(test_meet__custody_is_listed),
		cmocka_unit_test(test_meet__the_code_comes_first),
		cmocka_unit_test(test_meet__devices_of_one_community_share_everything),
		cmocka_unit_test(test_meet__newcomers_are_known),
		cmocka_unit_test(test_meet__a_neighbour_gives_nothing_unsealed),
		cmocka_unit_test(test_pouch__is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
