/*
 * plan.h -- what the demo district is to contain, before a single record
 * is written: its communities, the road by which each reports, and how the
 * numbers of the report are shared out among them.
 *
 * With all 175 communities the district's totals are those of the report;
 * with another number of communities they shrink or grow with it.  What
 * the report says of single communities is the same at every size, and so
 * at every factor.
 */
#ifndef LINLI_DEMO_PLAN_H
#define LINLI_DEMO_PLAN_H

#include "dice.h"
#include "linli/civil.h"
#include "linli/names.h"

#define PLAN_ALL_COMMUNITIES 175
#define PLAN_MIN_COMMUNITIES 6
#define PLAN_MAX_COMMUNITIES 1600
#define PLAN_MAX_FACTOR 100
#define PLAN_SESSIONS 63
#define PLAN_LAST_DAY "2024-12-20" /* the report is written the day after */

/* Totals of the whole district at full size. */
#define PLAN_COMPOUNDS 1012
#define PLAN_CLUBS 2036
#define PLAN_SERVICE_DAYS 284
#define PLAN_CHAOMING_TEAM 2012
#define PLAN_TRAINED 1038

/* What is fixed for the communities that the report names. */
#define PLAN_ZHIZUNONG_CLUBS 15
#define PLAN_ZHIZUNONG_SERVICE_DAYS 6
#define PLAN_ZHIZUNONG_ACTIVITIES 96 /* of 2024 */
#define PLAN_ZHIZUNONG_RED_TEA 24    /* of 2024 */
#define PLAN_ZHIZUNONG_SERVED 3560   /* of 2024 */
#define PLAN_ZHIZUNONG_LIFTS 30
#define PLAN_JINGDUYUAN_PROJECTS 43
#define PLAN_JINDUHUATING_LIFTS 6
#define PLAN_JINDUHUATING_FEN 70000000
#define PLAN_RAMP_REVISIONS 5
#define PLAN_WANGLANFU_MEETINGS 43
#define PLAN_WANGLANFU_PROJECTS 12
#define PLAN_WANGLANFU_FIRST_TERM 5
#define PLAN_WANGLANFU_NEW 2

/* Those that the report names come first, in this order. */
enum part { PART_ZHIZUNONG, PART_JINGDUYUAN, PART_WANGLANFU, PART_ORDINARY };
enum road { ROAD_HTTP, ROAD_STICK, ROAD_BOTH };

struct community {
	enum part part;
	enum road road;
	size_t stick; /* ROAD_STICK, ROAD_BOTH: which one, from 1; else 0 */
	char slug[SLUG_TEXT_BYTES];
	char name[32];
	const char *street;
	bool chaoming;
	size_t names_from; /* its compounds' first name */
	size_t compounds;
	size_t clubs;
	size_t service_days; /* activities of 2023 and 2024 */
	size_t team;         /* deliberation team members */
	size_t trained;      /* persons who took part in training */
};

struct session {
	int64_t day;
	size_t course;
};

struct plan {
	uint64_t seed;
	size_t factor;
	size_t community_count;
	struct community *communities;
	struct session sessions[PLAN_SESSIONS];
	/* The district's totals at this size. */
	size_t compounds, clubs, service_days, chaoming_team, trained;
	size_t name_order[1600]; /* of compounds */
};

struct plan_options {
	uint64_t seed;
	size_t communities, factor;
};

/*
 * On success the caller releases ${out} with plan_clear().
 * Fails with ERR_USAGE (numbers out of range), ERR_NOMEM.
 */
MUST_CHECK bool plan_make(struct plan *out, const struct plan_options *options, struct err *err);
void plan_clear(struct plan *plan);

/*
 * Append what the report says beside what the plan holds, a line each:
 * key, relation (">" or "="; "-": the report speaks of a district of
 * another size), the report's number, the plan's, parted by tabs.
 */
void plan_figures(struct buf *out, const struct plan *plan);

/* Append the communities, a line each: slug, name, street, road, stick. */
void plan_roster(struct buf *out, const struct plan *plan);

#endif
