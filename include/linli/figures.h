/*
 * figures.h -- what the records add up to, by community, street and
 * district, each with its coverage.  Only what a merge has made stale
 * since a figure was last asked for is counted again.
 */
#ifndef LINLI_FIGURES_H
#define LINLI_FIGURES_H

#include "linli/civil.h"
#include "linli/node.h"

enum place_level { PLACE_DISTRICT, PLACE_STREET, PLACE_COMMUNITY };

struct figures_query {
	const char *const *names; /* measures, indicators, series; none: all */
	size_t name_count;
	struct period period;
	enum place_level level;   /* one figure for each place of this level */
	const char *place;        /* only this one (name or slug), or NULL */
	bool by_breakdown;        /* split by each measure's own breakdown */
	const char *as_of;        /* the day, where the node is of the past (past.h): only shown */
	bool trends;              /* beside each figure the period before, and the year before */
};

struct coverage {
	uint64_t included, expected; /* communities */
	const char *const *silent;   /* slugs of those not included */
	const int64_t *silent_since; /* ms of their last bundle; 0 never */
	size_t silent_count;
	uint64_t waiting_lines, open_conflicts;
};

/* numerator / denominator (> 0), or unknown: nothing to divide by, or no values. */
struct figure_value {
	bool known;
	int64_t numerator, denominator;
};

struct figure {
	const char *name;
	const struct label *label;
	const char *period;
	const char *place;          /* "district", a street's name, a community's slug */
	const char *place_name;     /* for people */
	const char *breakdown;      /* NULL: the whole */
	const struct label *breakdown_label; /* NULL: as it stands */
	const struct label *unit;
	bool known;                 /* false: nothing to divide by, or no values */
	int64_t numerator, denominator; /* value = numerator / denominator (> 0) */
	bool percent;
	bool has_previous;          /* series: the year before */
	int64_t previous_numerator, previous_denominator;
	bool previous_known;
	int good;                   /* series: 1 the right way, -1 the wrong way, 0 same/unknown */
	bool has_trends;            /* where they were asked for */
	const char *last_period, *year_before_period;
	struct figure_value last, year_before;
	/*
	 * What open conflicts could still make of it, at least and at most: the figure
	 * itself where none touches it; not ranged where that cannot be told, and for parts.
	 */
	bool ranged;
	struct figure_value low, high;
	struct coverage coverage;
};

/* Fails with ERR_NOT_FOUND for a figure or place that does not exist. */
MUST_CHECK bool figures_ask(struct node *node, const struct figures_query *query,
	bool (*each)(void *ctx, const struct figure *figure, struct err *err), void *ctx,
	struct err *err);

/* Count every kept cell afresh and compare; ${problem} is told what differs. */
MUST_CHECK bool figures_check(struct node *node, uint64_t *cells,
	void (*problem)(void *ctx, const char *text), void *ctx, struct err *err);

#endif
