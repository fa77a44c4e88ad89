/* test_past.c -- a node as it was. */
#include "figures_world.h"
#include "linli/chains.h"
#include "linli/past.h"
#include "linli/review.h"
#include "test.h"

enum { DISTRICT, A, B };

static int make_world(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world_init(world, "2024-03-01");
	world_join(world, "zhizunong", "知足弄社区", "潮鸣街道");
	world_join(world, "jingduyuan", "京都苑社区", "文晖街道");
	*state = world;
	return 0;
}

static int end_world(void **state)
{
	world_clear(*state);
	free(*state);
	return 0;
}

static void hold_activity(struct world *world, size_t node, struct record_id *id,
	const char *held_on, const char *served)
{
	char date[32], persons[32];

	snprintf(date, sizeof(date), "held_on=%s", held_on);
	snprintf(persons, sizeof(persons), "served=%s", served);
	world_put(world, node, id, "activity", "title=服务日", date, persons, NULL);
	world_send(world, node, DISTRICT);
}

static bool take_value(void *ctx, const struct figure *figure, struct err *err)
{
	(void)err;
	*(int64_t *)ctx = figure->known ? figure->numerator : -1;
	return true;
}

static int64_t ask(struct node *node, const char *figure, const char *period)
{
	struct figures_query query = { .names = &figure, .name_count = 1 };
	int64_t value = -1;
	struct err err;

	assert_ok(period_parse(&query.period, view_of(period), &err), &err);
	assert_ok(figures_ask(node, &query, take_value, &value, &err), &err);
	return value;
}

static int64_t ask_on(struct node *node, const char *date, const char *figure,
	const char *period)
{
	struct past *past;
	int64_t value;
	struct err err;

	assert_ok(past_open_on(&past, node, date, &err), &err);
	value = ask(past_node(past), figure, period);
	past_close(past);
	return value;
}

/* What was known on a day stays what it was, whatever is reported about it later. */
static void test_past__figures_are_those_of_the_day(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct record_id id;

	world_set_date(world, "2024-03-10");
	hold_activity(world, A, &id, "2024-02-10", "40");
	world_set_date(world, "2024-04-05");
	hold_activity(world, B, NULL, "2024-02-11", "15");
	world_set_date(world, "2024-05-01");
	world_change(world, A, &id, "activity", "served=44", NULL);
	world_send(world, A, DISTRICT);
	assert_int_equal(ask(district, "activity_served", "2024-Q1"), 59);
	assert_int_equal(ask_on(district, "2024-03-09", "activity_served", "2024-Q1"), 0);
	assert_int_equal(ask_on(district, "2024-03-10", "activity_served", "2024-Q1"), 40);
	assert_int_equal(ask_on(district, "2024-04-30", "activity_served", "2024-Q1"), 55);
	assert_int_equal(ask_on(district, "2024-05-01", "activity_served", "2024-Q1"), 59);
	/* A community goes back over what it holds of its own. */
	assert_int_equal(ask_on(world->nodes[A], "2024-04-30", "activity_served", "2024-Q1"), 40);
}

/* A past of everything that is here is the present: the same merged state. */
static void test_past__of_all_that_is_here_is_the_present(void **state)
{
	struct world *world = *state;
	char now[65], then[65];
	struct past *past;
	struct record_id id;
	struct err err;
	size_t i;

	hold_activity(world, A, &id, "2024-02-10", "40");
	world_send(world, DISTRICT, B);
	world_put(world, B, NULL, "club", "name=太极拳队", "members=24", NULL);
	world_put(world, B, NULL, "person", "name=张三", NULL);
	world_send(world, B, DISTRICT);
	world_set_date(world, "2024-04-05");
	world_change(world, A, &id, "activity", "served=41", NULL);
	world_send(world, A, DISTRICT);
	for (i = DISTRICT; i <= B; i++) {
		assert_ok(past_open_on(&past, world->nodes[i], "2024-04-05", &err), &err);
		assert_ok(chains_state_hash(world->nodes[i], now, &err), &err);
		assert_ok(chains_state_hash(past_node(past), then, &err), &err);
		assert_string_equal(now, then);
		past_close(past);
	}
}

static bool find_bundle(void *ctx, const struct held_bundle *bundle, struct err *err)
{
	(void)err;
	*(struct place *)ctx = bundle->info.place;
	return true;
}

/* A line that waited on that day waits in its past, though it was accepted since. */
static void test_past__later_verdicts_are_not_given_yet(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct policy policy = { .entity = "activity", .review = true, .reviewers = 1 };
	struct judging judging = { .accept = true, .reviewer = "王五" };
	struct judged judged;
	struct tally packed;
	struct err err;

	assert_ok(policy_set(district, &policy, &err), &err);
	assert_ok(outbox_pack(district, &packed, &err), &err);
	world_set_date(world, "2024-03-10");
	hold_activity(world, A, NULL, "2024-02-10", "40");
	world_set_date(world, "2024-03-12");
	assert_int_equal(ask(district, "activity_served", "2024-Q1"), 0);
	assert_ok(review_each(district, find_bundle, &judging.bundle, &err), &err);
	assert_ok(review_judge(district, &judging, &judged, &err), &err);
	assert_ok(outbox_pack(district, &packed, &err), &err);
	assert_int_equal(ask(district, "activity_served", "2024-Q1"), 40);
	assert_int_equal(ask_on(district, "2024-03-11", "activity_served", "2024-Q1"), 0);
	assert_int_equal(ask_on(district, "2024-03-12", "activity_served", "2024-Q1"), 40);
}

/* Heads that are not here, or are of another bundle, have no past here. */
static void test_past__unknown_heads_are_refused(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct past *past;
	struct head *heads;
	struct err err;
	size_t count;

	hold_activity(world, A, NULL, "2024-02-10", "40");
	assert_ok(past_heads(district, "2024-03-01", &heads, &count, &err), &err);
	assert_int_equal(count, 2);
	heads[0].hash[0] ^= 1;
	assert_refused(past_open(&past, district, heads, count, 0, &err), &err, ERR_NOT_FOUND);
	assert_null(past);
	heads[0].hash[0] ^= 1;
	heads[0].seq += 7;
	assert_refused(past_open(&past, district, heads, count, 0, &err), &err, ERR_NOT_FOUND);
	free(heads);
	assert_refused(past_open_on(&past, district, "2024-02-30", &err), &err, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_past__figures_are_those_of_the_day, make_world,
			end_world),
		cmocka_unit_test_setup_teardown(test_past__of_all_that_is_here_is_the_present,
			make_world, end_world),
		cmocka_unit_test_setup_teardown(test_past__later_verdicts_are_not_given_yet,
			make_world, end_world),
		cmocka_unit_test_setup_teardown(test_past__unknown_heads_are_refused, make_world,
			end_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
