/* plan.c -- see plan.h. */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

enum { STREET_SHANGTANG = 6, STREET_WENHUI = 10, STREET_WULIN = 14, STREET_CHAOMING = 16 };
enum purpose { FOR_NAMES = 1, FOR_TOTALS = 2, FOR_SESSIONS = 3 };

#define STICK_SHARED_BY 6 /* communities */

/* The street of the community ${i} of any district. */
static size_t street_of(size_t i)
{
	static const size_t named[] = { STREET_CHAOMING, STREET_WENHUI, STREET_SHANGTANG };

	return i < PART_ORDINARY ? named[i] : i % NAMES_STREETS;
}

static size_t in_chaoming(size_t communities)
{
	size_t i, count = 0;

	for (i = 0; i < communities; i++) {
		count += street_of(i) == STREET_CHAOMING;
	}
	return count;
}

/* ${total} of ${all} places for ${count} of them, to the nearest. */
static size_t share(size_t total, size_t count, size_t all)
{
	return (total * count * 2 + all) / (all * 2);
}

static void name_communities(struct plan *plan)
{
	static const char *const named[][2] = { { "zhizunong", "知足弄社区" },
		{ "jingduyuan", "京都苑社区" }, { "wanglanfu", "望澜府社区" } };
	size_t order[NAMES_PAIRS], count[NAMES_STREETS] = { 0 }, i;
	struct dice dice = dice_of(plan->seed, FOR_NAMES);
	char pair[7];

	for (i = 0; i < NAMES_PAIRS; i++) {
		order[i] = i;
		plan->name_order[i] = i;
	}
	dice_shuffle(&dice, order, NAMES_PAIRS);
	dice_shuffle(&dice, plan->name_order, NAMES_PAIRS);
	for (i = 0; i < plan->community_count; i++) {
		struct community *c = &plan->communities[i];
		const struct street_name *street = &names_streets[street_of(i)];

		c->part = i < PART_ORDINARY ? (enum part)i : PART_ORDINARY;
		c->street = street->name;
		c->chaoming = street_of(i) == STREET_CHAOMING;
		count[street_of(i)]++;
		if (c->part != PART_ORDINARY) {
			snprintf(c->slug, sizeof(c->slug), "%s", named[i][0]);
			snprintf(c->name, sizeof(c->name), "%s", named[i][1]);
			continue;
		}
		names_pair(pair, order[i]);
		snprintf(c->slug, sizeof(c->slug), "%s-%02zu", street->slug,
			count[street_of(i)] % 10000);
		snprintf(c->name, sizeof(c->name), "%s社区", pair);
	}
}

/* One in ten reports by a stick alone, from all over the district; one by both ways. */
static void choose_roads(struct plan *plan)
{
	size_t count = (plan->community_count + 5) / 10, step, k;

	count = count < 2 ? 2 : count;
	step = (plan->community_count - PART_ORDINARY - 1) / count;
	plan->communities[PART_ORDINARY].road = ROAD_BOTH;
	plan->communities[PART_ORDINARY].stick = 1;
	for (k = 0; k < count; k++) {
		struct community *c = &plan->communities[PART_ORDINARY + 1 + k * step + k % step];

		c->road = ROAD_STICK;
		c->stick = 1 + k / STICK_SHARED_BY;
	}
}

/*
 * Share out  among all communities; the first has  of it, where
 * that is not 0.
 */
static void hand_out(size_t *places, const struct plan *plan, struct dice *dice, size_t total,
	size_t own, size_t least, size_t most)
{
	size_t from = own != 0;

	places[0] = own;
	dice_spread(dice, places + from, plan->community_count - from, total - own, least, most);
}

static void share_out(struct plan *plan)
{
	static size_t compounds[PLAN_MAX_COMMUNITIES], clubs[PLAN_MAX_COMMUNITIES],
		service_days[PLAN_MAX_COMMUNITIES], trained[PLAN_MAX_COMMUNITIES],
		teams[PLAN_MAX_COMMUNITIES];
	size_t n = plan->community_count, others = PLAN_ALL_COMMUNITIES - 1;
	size_t chaoming = in_chaoming(n), name = 0, team = 0, i;
	struct dice dice = dice_of(plan->seed, FOR_TOTALS);

	plan->compounds = share(PLAN_COMPOUNDS, n, PLAN_ALL_COMMUNITIES);
	plan->clubs =
		PLAN_ZHIZUNONG_CLUBS + share(PLAN_CLUBS - PLAN_ZHIZUNONG_CLUBS, n - 1, others);
	plan->service_days = PLAN_ZHIZUNONG_SERVICE_DAYS +
		share(PLAN_SERVICE_DAYS - PLAN_ZHIZUNONG_SERVICE_DAYS, n - 1, others);
	plan->trained = share(PLAN_TRAINED, n, PLAN_ALL_COMMUNITIES);
	plan->chaoming_team =
		share(PLAN_CHAOMING_TEAM, chaoming, in_chaoming(PLAN_ALL_COMMUNITIES));
	hand_out(compounds, plan, &dice, plan->compounds, 0, 4, 9);
	hand_out(clubs, plan, &dice, plan->clubs, PLAN_ZHIZUNONG_CLUBS, 6, 24);
	hand_out(service_days, plan, &dice, plan->service_days, PLAN_ZHIZUNONG_SERVICE_DAYS, 0, 8);
	hand_out(trained, plan, &dice, plan->trained, 0, 3, 12);
	dice_spread(&dice, teams, chaoming, plan->chaoming_team, 150, 260);
	for (i = 0; i < n; i++) {
		struct community *c = &plan->communities[i];

		c->compounds = compounds[i];
		c->clubs = clubs[i];
		c->service_days = service_days[i];
		c->trained = trained[i];
		c->team = c->chaoming ? teams[team++] : (size_t)dice_between(&dice, 2, 4);
		c->names_from = name;
		name += c->compounds;
	}
}

static void hold_sessions(struct plan *plan)
{
	struct dice dice = dice_of(plan->seed, FOR_SESSIONS);
	int64_t first = civil_days(VIEW_LITERAL("2024-03-14"));
	int64_t last = civil_days(VIEW_LITERAL(PLAN_LAST_DAY)) - 7;
	size_t i;

	for (i = 0; i < PLAN_SESSIONS; i++) {
		plan->sessions[i].day = first + (last - first) * (int64_t)i / (PLAN_SESSIONS - 1);
		plan->sessions[i].course = i < 2 ? i : dice_throw(&dice, NAMES_COURSES);
	}
}

bool plan_make(struct plan *out, const struct plan_options *options, struct err *err)
{
	memset(out, 0, sizeof(*out));
	if (options->communities < PLAN_MIN_COMMUNITIES ||
		options->communities > PLAN_MAX_COMMUNITIES) {
		return err_set(err, ERR_USAGE, "%zu communities, not %d to %d",
			options->communities, PLAN_MIN_COMMUNITIES, PLAN_MAX_COMMUNITIES);
	}
	if (options->factor < 1 || options->factor > PLAN_MAX_FACTOR) {
		return err_set(err, ERR_USAGE, "factor %zu, not 1 to %d", options->factor,
			PLAN_MAX_FACTOR);
	}
	out->seed = options->seed;
	out->factor = options->factor;
	out->community_count = options->communities;
	out->communities = calloc(options->communities, sizeof(*out->communities));
	if (out->communities == NULL) {
		return err_nomem(err);
	}
	name_communities(out);
	choose_roads(out);
	share_out(out);
	hold_sessions(out);
	return true;
}

void plan_clear(struct plan *plan)
{
	free(plan->communities);
	plan->communities = NULL;
}

void plan_figures(struct buf *out, const struct plan *plan)
{
	const struct {
		const char *key, *relation;
		int64_t report;
		size_t plan;
		bool district; /* of the whole district */
	} rows[] = {
		{ "zhizunong_clubs", "=", 15, PLAN_ZHIZUNONG_CLUBS, false },
		{ "zhizunong_named_clubs", "=", 4, 4, false },
		{ "zhizunong_events", ">", 100, PLAN_ZHIZUNONG_ACTIVITIES + PLAN_ZHIZUNONG_RED_TEA,
			false },
		{ "zhizunong_served", ">", 3500, PLAN_ZHIZUNONG_SERVED, false },
		{ "zhizunong_lifts", "=", 30, PLAN_ZHIZUNONG_LIFTS, false },
		{ "chaoming_team", ">", 2000, plan->chaoming_team, true },
		{ "district_clubs", ">", 2000, plan->clubs, true },
		{ "service_days", "=", 284, plan->service_days, true },
		{ "jinduhuating_lifts", "=", 6, PLAN_JINDUHUATING_LIFTS, false },
		{ "jinduhuating_fen", "=", 70000000, PLAN_JINDUHUATING_FEN, false },
		{ "jinduhuating_shares", "=", 70000000, PLAN_JINDUHUATING_FEN, false },
		{ "ramp_revisions", "=", 5, PLAN_RAMP_REVISIONS, false },
		{ "ramp_passed", "=", 1, 1, false },
		{ "jingduyuan_projects", ">", 40, PLAN_JINGDUYUAN_PROJECTS, false },
		{ "wanglanfu_meetings", ">", 40, PLAN_WANGLANFU_MEETINGS, false },
		{ "wanglanfu_projects", ">", 10, PLAN_WANGLANFU_PROJECTS, false },
		{ "wanglanfu_not_re_elected", "=", 0, 0, false },
		{ "wanglanfu_new_members", "=", 2, PLAN_WANGLANFU_NEW, false },
		{ "training_sessions", ">", 60, PLAN_SESSIONS, false },
		{ "training_persons", ">", 1000, plan->trained, true },
		{ "series_right", "=", 4, 4, false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool other = rows[i].district && plan->community_count != PLAN_ALL_COMMUNITIES;

		buf_printf(out, "%s\t%s\t%lld\t%zu\n", rows[i].key, other ? "-" : rows[i].relation,
			(long long)rows[i].report, rows[i].plan);
	}
}

void plan_roster(struct buf *out, const struct plan *plan)
{
	static const char *const roads[] = { "http", "stick", "both" };
	size_t i;

	for (i = 0; i < plan->community_count; i++) {
		const struct community *c = &plan->communities[i];

		buf_printf(out, "%s\t%s\t%s\t%s\t%zu\n", c->slug, c->name, c->street,
			roads[c->road], c->stick);
	}
}
