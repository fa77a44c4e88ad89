/* test_settle.c -- figures that are kept: always what a count from scratch gives. */
#include "test.h"

#include "cells.h"
#include "db.h"
#include "figures_asked.h"
#include "linli/review.h"
#include "node_private.h"

/* ---- what is kept ------------------------------------------------- */

struct versions {
	const char *measure, *community;
	int64_t version;
};

static bool find_version(void *ctx, const struct cell *cell, struct err *err)
{
	struct versions *wanted = ctx;

	(void)err;
	if (strcmp(cell->measure, wanted->measure) == 0 &&
		strcmp(cell->community, wanted->community) == 0) {
		wanted->version = cell->version;
	}
	return true;
}

static int64_t version_of(struct node *node, const char *measure, const char *community)
{
	struct versions wanted = { measure, community, -1 };
	struct err err;

	assert_ok(cells_each(node, "2024", NULL, find_version, &wanted, &err), &err);
	return wanted.version;
}

/*
 * The cost of a refresh follows the change: cells that count each record by itself are
 * not counted again at all, others only for their own community.
 */
static void test_cells__only_what_was_touched_is_counted_again(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct figures_query all = ask_for(NULL, "2024");
	int64_t served, decided, elsewhere;
	struct buf out = { 0 };
	struct err err;

	all.name_count = 0;
	assert_ok(figures_ask(district, &all, print_figure, &out, &err), &err);
	served = version_of(district, "activity_served", "zhizunong");
	decided = version_of(district, "topics_decided", "zhizunong");
	elsewhere = version_of(district, "topics_decided", "jingduyuan");
	assert_true(served > 0 && decided > 0 && elsewhere > 0);
	activity(world, A, "2024-06-01", "3", "other");
	world_put(world, A, NULL, "topic", "title=加装电梯", "raised_on=2024-03-01",
		"stage=decided", "decided_on=2024-05-01", NULL);
	world_send(world, A, DISTRICT);
	assert_ok(figures_ask(district, &all, print_figure, &out, &err), &err);
	assert_int_equal(version_of(district, "activity_served", "zhizunong"), served);
	assert_figure(district, "activity_served", "2024", PLACE_DISTRICT, "district=138 ");
	assert_true(version_of(district, "topics_decided", "zhizunong") > decided);
	assert_int_equal(version_of(district, "topics_decided", "jingduyuan"), elsewhere);
	assert_recounts(district);
	buf_clear(&out);
}

static bool count_kept(void *ctx, const struct cell *cell, struct err *err)
{
	(void)err;
	*(size_t *)ctx += strcmp(cell->measure, "club_count") == 0;
	return true;
}

/* A state of the running year is kept by the day: yesterday's goes, a quarter's end stays. */
static void test_cells__of_past_days_are_swept(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	size_t kept = 0;
	struct err err;

	assert_figure(district, "club_count", "2024-Q1", PLACE_DISTRICT, "district=0 ");
	assert_figure(district, "club_count", "2024", PLACE_DISTRICT, "district=0 ");
	world_set_date(world, "2024-08-16");
	assert_figure(district, "club_count", "2024", PLACE_DISTRICT, "district=0 ");
	assert_ok(cells_each(district, "2024-08-16", NULL, count_kept, &kept, &err), &err);
	assert_int_equal(kept, 0);
	assert_ok(cells_each(district, NULL, NULL, count_kept, &kept, &err), &err);
	assert_int_equal(kept, 8);
}

static bool find_bundle(void *ctx, const struct held_bundle *bundle, struct err *err)
{
	(void)err;
	*(struct place *)ctx = bundle->info.place;
	return true;
}

/* A record that goes, and another that takes its place in the table, are two. */
static void test_cells__follow_records_that_go(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct policy policy = { .entity = "activity", .review = true, .reviewers = 1 };
	struct judging judging = { .accept = true, .reviewer = "王五" };
	const uint32_t first = 1;
	struct judged judged;
	struct err err;

	assert_ok(policy_set(district, &policy, &err), &err);
	activity(world, A, "2024-06-01", "3", "other");
	world_send(world, A, DISTRICT);
	assert_ok(review_each(district, find_bundle, &judging.bundle, &err), &err);
	assert_ok(review_judge(district, &judging, &judged, &err), &err);
	assert_figure(district, "activity_served", "2024", PLACE_DISTRICT, "district=138 ");
	judging = (struct judging){ .bundle = judging.bundle, .lines = &first, .count = 1,
		.reason = "重复", .reviewer = "王五" };
	assert_ok(review_judge(district, &judging, &judged, &err), &err);
	policy.review = false;
	assert_ok(policy_set(district, &policy, &err), &err);
	activity(world, B, "2024-06-01", "7", "other");
	world_send(world, B, DISTRICT);
	assert_figure(district, "activity_served", "2024", PLACE_COMMUNITY,
		"jingduyuan=22 silent=0 zhizunong=120 ");
	judging.accept = true;
	judging.reason = NULL;
	assert_ok(review_judge(district, &judging, &judged, &err), &err);
	assert_figure(district, "activity_served", "2024", PLACE_COMMUNITY,
		"jingduyuan=22 silent=0 zhizunong=123 ");
	assert_recounts(district);
}

struct in_transaction {
	struct world *world;
	struct node *other;
};

static bool ask_meanwhile(void *ctx, struct err *err)
{
	struct in_transaction *during = ctx;

	(void)err;
	/* Another program, which does not see what is not committed ... */
	activity(during->world, DISTRICT, "2024-12-01", "1000", "other");
	assert_figure(during->other, "activity_served", "2024", PLACE_DISTRICT, "district=135 ");
	/* ... while the writer itself does. */
	assert_figure(during->world->nodes[DISTRICT], "activity_served", "2024", PLACE_DISTRICT,
		"district=1135 ");
	activity(during->world, DISTRICT, "2024-12-01", "1000", "other");
	assert_figure(during->world->nodes[DISTRICT], "activity_served", "2024", PLACE_DISTRICT,
		"district=2135 ");
	/* Nor is what was kept before taken for what is there now. */
	world_put(during->world, DISTRICT, NULL, "dispute", "opened_on=2024-12-01", NULL);
	assert_figure(during->world->nodes[DISTRICT], "disputes_opened", "2024", PLACE_DISTRICT,
		"district=1 ");
	return true;
}

/* Asking never waits for a writer, and keeps nothing that may be undone. */
static void test_cells__asking_while_another_writes(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct node_options options = { .env = &world->env, .home = node_home(district) };
	struct in_transaction during = { .world = world };
	struct err err;

	assert_ok(node_open(&during.other, &options, &err), &err);
	assert_figure(district, "disputes_opened", "2024", PLACE_DISTRICT, "district=0 ");
	assert_ok(node_transaction(district, ask_meanwhile, &during, true, &err), &err);
	assert_int_equal(assert_recounts(district), 4);
	assert_figure(during.other, "activity_served", "2024", PLACE_DISTRICT, "district=135 ");
	assert_figure(district, "activity_served", "2024", PLACE_DISTRICT, "district=135 ");
	assert_int_not_equal(assert_recounts(during.other), 0);
	node_close(during.other);
}

/* A check that finds nothing wrong must be able to find something. */
static void test_check__finds_a_cell_that_was_altered(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	unsigned problems = 0;
	uint64_t cells;
	struct err err;

	assert_figure(district, "activity_served", "2024", PLACE_DISTRICT, "district=135 ");
	assert_ok(db_exec(node_db(district),
			  "UPDATE cell_value SET total = total + 1 WHERE total = 15", &err), &err);
	assert_ok(figures_check(district, &cells, count_problem, &problems, &err), &err);
	assert_int_equal(problems, 1);
	assert_ok(db_exec(node_db(district), "DELETE FROM cell_value", &err), &err);
	problems = 0;
	assert_ok(figures_check(district, &cells, count_problem, &problems, &err), &err);
	assert_int_equal(problems, 2);
}

/* ---- incremental equals recount ----------------------------------- */

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

#define KNOWN_MAX 200

struct known {
	size_t node;
	const char *entity;
	struct record_id id;
	bool deleted;
};

static void random_new(struct world *world, struct known *known)
{
	static const char *const kinds[] = { "kind=anti_fraud", "kind=clean_up", "kind=other" };
	char day[32], number[32];

	known->node = A + next_random(3);
	snprintf(day, sizeof(day), "held_on=2024-%02u-%02u", next_random(12) + 1,
		next_random(28) + 1);
	snprintf(number, sizeof(number), "served=%u", next_random(50));
	switch (next_random(4)) {
	case 0:
		known->entity = "club";
		world_put(world, known->node, &known->id, "club", "name=太极拳队",
			next_random(2) ? "category=体育" : "category=文艺", "members=20", NULL);
		break;
	case 1:
		known->entity = "compound";
		world_put(world, known->node, &known->id, "compound", "name=小区",
			"eligible=true", "households=100", NULL);
		break;
	case 2:
		known->entity = "dispute";
		memcpy(day, "opened_on", 7);
		snprintf(day, sizeof(day), "opened_on=2024-%02u-01", next_random(12) + 1);
		world_put(world, known->node, &known->id, "dispute", day, NULL);
		break;
	default:
		known->entity = "activity";
		world_put(world, known->node, &known->id, "activity", "title=活动", day, number,
			kinds[next_random(3)], NULL);
	}
}

static void random_change(struct world *world, struct known *known)
{
	const struct entity *entity = model_entity(node_model(world->nodes[0]),
		view_of(known->entity));
	char text[32];
	struct err err;

	if (known->deleted || next_random(4) == 0) {
		known->deleted = !known->deleted;
		assert_ok(records_delete(world->nodes[known->node], entity, &known->id,
				  known->deleted, &err), &err);
	} else if (strcmp(known->entity, "activity") == 0) {
		snprintf(text, sizeof(text), "held_on=2024-%02u-05", next_random(12) + 1);
		world_change(world, known->node, &known->id, "activity", text, NULL);
	} else if (strcmp(known->entity, "club") == 0) {
		snprintf(text, sizeof(text), "members=%u", next_random(90) + 1);
		world_change(world, known->node, &known->id, "club", text, NULL);
	} else if (strcmp(known->entity, "dispute") == 0) {
		world_change(world, known->node, &known->id, "dispute", "closed_on=2024-12-12",
			"outcome=settled", NULL);
	} else {
		world_change(world, known->node, &known->id, "compound",
			next_random(2) ? "eligible=true" : "eligible=false", NULL);
	}
}

/* All figures of ${period} at every level, as text. */
static void describe(struct node *node, const char *period, struct buf *out)
{
	struct figures_query query = ask_for(NULL, period);
	struct err err;
	unsigned level;

	query.name_count = 0;
	for (level = PLACE_DISTRICT; level <= PLACE_COMMUNITY; level++) {
		query.level = (enum place_level)level;
		query.by_breakdown = level == PLACE_COMMUNITY;
		assert_ok(figures_ask(node, &query, print_figure, out, &err), &err);
	}
}

/*
 * Promise 5: whatever changed, and whatever was asked in between, the kept
 * figures equal a count from scratch.
 */
static void test_figures__incremental_equals_recount(void **state)
{
	static const char *const periods[] = { "2024", "2024-Q2", "2024-11", "2023" };
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct known known[KNOWN_MAX];
	struct buf kept = { 0 }, counted = { 0 };
	size_t count = 0, round, i;
	struct err err;

	random_state = 20240815;
	for (round = 0; round < 25; round++) {
		for (i = next_random(8); i > 0; i--) {
			if (count < KNOWN_MAX && (count == 0 || next_random(2) == 0)) {
				known[count].deleted = false;
				random_new(world, &known[count++]);
			} else {
				random_change(world, &known[next_random((uint32_t)count)]);
			}
		}
		world_send(world, A + next_random(3), DISTRICT);
		buf_reset(&kept);
		describe(district, periods[next_random(4)], &kept);
		assert_int_not_equal(assert_recounts(district), 0);
	}
	buf_reset(&kept);
	describe(district, "2024", &kept);
	assert_ok(db_exec(node_db(district), "DELETE FROM cell_value; DELETE FROM cell; DELETE FROM followed", &err),
		&err);
	describe(district, "2024", &counted);
	assert_string_equal(buf_str(&kept), buf_str(&counted));
	buf_clear(&kept);
	buf_clear(&counted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)
		IN_WORLD(test_cells__only_what_was_touched_is_counted_again),
		IN_WORLD(test_cells__of_past_days_are_swept),
		IN_WORLD(test_cells__follow_records_that_go),
		IN_WORLD(test_cells__asking_while_another_writes),
		IN_WORLD(test_check__finds_a_cell_that_was_altered),
		IN_WORLD(test_figures__incremental_equals_recount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
