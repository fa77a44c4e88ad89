/*
 * explain.h -- what a figure is made of: its measures, the communities that
 * they were counted for, the records behind each, the lines that made those,
 * and the bundles in which they were signed.
 */
#ifndef LINLI_EXPLAIN_H
#define LINLI_EXPLAIN_H

#include "linli/chains.h"
#include "linli/figures.h"

struct explain_query {
	const char *figure;    /* measure, indicator or series */
	struct period period;
	const char *place;     /* slug or name; NULL: the district, or the node's own community */
	const char *breakdown; /* these rows alone ("": without one); NULL: all */
	size_t limit;          /* records of each measure and community; 0: all */
};

enum explain_role { EXPLAIN_PLUS, EXPLAIN_MINUS, EXPLAIN_OVER };

/* A measure that the figure is made of, at the place. */
struct explain_part {
	const char *figure; /* of a series the figure that is watched, else the one asked for */
	enum explain_role role;
	const struct measure *measure;
	struct figure_value value; /* in the unit that people read */
};

/* What it gave for one community; those for which there is nothing are left out. */
struct explain_community {
	const char *slug, *name; /* DISTRICT_SLUG for the district's own records */
	struct figure_value value;
	size_t rows; /* that count, of which ${limit} are given */
};

/* A line of a record, and where it is signed. */
struct explain_line {
	char line[LINE_NAME_TEXT_BYTES]; /* <chain>@<seq>#<n> */
	struct place bundle;             /* its n is 0 */
	struct device_id device;
	int64_t t;                       /* hybrid clock */
	bool draft;                      /* not signed yet */
};

struct explain_record {
	const struct entity *entity;
	char id[RECORD_ID_TEXT_BYTES];
	const char *title;         /* "" where it has none here */
	const char *breakdown;     /* NULL: none */
	struct figure_value value; /* unknown where rows are told apart, not added up */
	const struct explain_line *lines;
	size_t line_count;
};

struct explain_bundle {
	struct bundle_info info;
	const char *signer;    /* name of the device's community, or the district's */
	const char *signature; /* armoured SSH signature of the commit, namespace git */
};

/*
 * Called from the outside in: a part, its communities, the records of each.
 * At the end each bundle that a line named, once.  Borrowed: valid during the call.
 */
struct explain_sink {
	bool (*part)(void *ctx, const struct explain_part *part, struct err *err);
	bool (*community)(void *ctx, const struct explain_community *community, struct err *err);
	bool (*record)(void *ctx, const struct explain_record *record, struct err *err);
	bool (*bundle)(void *ctx, const struct explain_bundle *bundle, struct err *err);
	void *ctx;
};

/* Fails with ERR_NOT_FOUND for a figure or place that does not exist. */
MUST_CHECK bool explain(struct node *node, const struct explain_query *query,
	const struct explain_sink *sink, struct err *err);

#endif
