/*
 * cells.h -- counted figures kept in the store, and what tells whether they
 * are still true.
 *
 * A cell holds what one measure gives for one community and one period.
 * Every writing transaction has a number, and leaves it with each (entity,
 * community) that it touched; a cell holds the number of the state it was
 * counted from.  Cells of another model than the node's own do not exist.
 *
 * A cell of a measure that counts each record by itself can follow the
 * entity of its records: it is not counted again when they change, but brought
 * up to date by what the changed ones were and are (cells_follow()).
 */
#ifndef LINLI_CELLS_H
#define LINLI_CELLS_H

#include "linli/node.h"

#define CELL_MAX_VALUES 1000000
/* Of more changed records of an entity everything is counted again. */
#define CELLS_MAX_CHANGED 20000

/* Rows of a measure that are alike. */
struct cell_value {
	const char *breakdown; /* NULL: none */
	int64_t number;        /* where ${key}.data is NULL; of a sum their total */
	struct view key;       /* of a distinct measure: what is told apart */
	int64_t rows;          /* how many there are */
};

struct cell {
	const char *measure, *community, *period;
	const char *follows; /* cells_put(): the entity that it follows; NULL: none */
	bool totals;         /* cells_put(): of a sum: one value for each breakdown */
	int64_t version; /* of the state it was counted from */
	const struct cell_value *values;
	size_t count;
};

/*
 * From here to cells_end() all that is read is one state of the store; its
 * number is *version.  Inside node_transaction(): that transaction's.
 */
MUST_CHECK bool cells_begin(struct node *node, int64_t *version, struct err *err);
void cells_end(struct node *node);

/* Every kept cell of ${period} and ${measure}; NULL: of all. */
MUST_CHECK bool cells_each(struct node *node, const char *period, const char *measure,
	bool (*each)(void *ctx, const struct cell *cell, struct err *err), void *ctx,
	struct err *err);

/*
 * Keep ${cells}, unless newer ones are there.  *kept is false, and nothing
 * was written, where another program is writing or a transaction is open:
 * they can be counted again.
 */
MUST_CHECK bool cells_put(struct node *node, const struct cell *cells, size_t count, bool *kept,
	struct err *err);

/*
 * Where entities that cells follow have changed, and nobody else is writing just now:
 * call ${each}, within a transaction, with each of them and each community of its
 * changed records; it is to cells_add() to each kept cell (cells_kept()) what changed.
 * After that they are of the present state.
 */
MUST_CHECK bool cells_follow(struct node *node,
	bool (*each)(void *ctx, const struct entity *entity, const char *community,
		struct err *err),
	void *ctx, struct err *err);
/* A kept cell of ${measure} and ${community}; ${version} as in struct cell. */
MUST_CHECK bool cells_kept(struct node *node, const char *measure, const char *community,
	bool (*each)(void *ctx, int64_t number, const char *period, int64_t version,
		struct err *err),
	void *ctx, struct err *err);
/*
 * Add ${values} (rows below 0: take off) to cell ${number}.  A cell that they cannot
 * belong to is dropped, and so counted again.
 */
MUST_CHECK bool cells_add(struct node *node, int64_t number, bool totals,
	const struct cell_value *values, size_t count, struct err *err);
MUST_CHECK bool cells_drop(struct node *node, int64_t number, struct err *err);
/* The state of which the cells that follow ${entity} are, each by itself; none: not called. */
MUST_CHECK bool cells_followed(struct node *node,
	bool (*each)(void *ctx, const char *entity, int64_t version, struct err *err), void *ctx,
	struct err *err);

/*
 * Records with an open conflict, ${limit} at most, with the community whose they are.
 * Borrowed: valid during the call.
 */
MUST_CHECK bool cells_open_conflicts(struct node *node, size_t limit,
	bool (*each)(void *ctx, const char *entity, const char *id, const char *community,
		struct err *err),
	void *ctx, struct err *err);

/* The number of the last transaction that touched each (entity, community). */
MUST_CHECK bool cells_touched(struct node *node,
	bool (*each)(void *ctx, const char *entity, const char *community, int64_t version,
		struct err *err),
	void *ctx, struct err *err);

/* What is known of a community's reporting, one fact a call; 0 is left out. */
enum reporting_fact {
	REPORTING_LAST_S,         /* Unix time of its newest bundle in a data scope */
	REPORTING_WAITING_LINES,  /* of all its bundles */
	REPORTING_OPEN_CONFLICTS, /* of its records */
};
MUST_CHECK bool cells_reporting(struct node *node,
	bool (*each)(void *ctx, const char *community, enum reporting_fact fact, int64_t value,
		struct err *err),
	void *ctx, struct err *err);

#endif
