/*
 * query.h -- a model's own SQL: measures, checks, derived values.
 *
 * A model comes from outside.  Its SQL can only read, and only the tables
 * and views of the model's entities and the view of bundles; whatever else
 * it names is refused with ERR_MODEL before it runs.  It runs for a bounded
 * time and gives a bounded number of rows (ERR_TOO_LARGE).
 */
#ifndef LINLI_QUERY_H
#define LINLI_QUERY_H

#include "linli/node.h"

#define QUERY_MAX_ROWS 1000000
/* Instructions of SQLite's machine: a second or two. */
#define QUERY_MAX_STEPS 100000000LL
/* What query_reads() calls the view of bundles. */
#define QUERY_BUNDLE "bundle"

enum query_kind { QUERY_NULL, QUERY_INTEGER, QUERY_REAL, QUERY_TEXT, QUERY_BLOB };
struct cell_view {
	enum query_kind kind;
	int64_t integer;  /* QUERY_INTEGER */
	double real;      /* QUERY_REAL */
	struct view text; /* QUERY_TEXT, QUERY_BLOB: borrowed until the callback returns */
};

/* Bound where the SQL has a parameter of that name. */
struct query_parameter {
	const char *name; /* ":community" */
	struct view value;
	bool blob; /* else text */
};

/* A prepared query, for running many times. */
struct query;

/*
 * On success the caller releases *out with query_close() before the node.
 * It keeps its own copy of ${sql}.  ERR_MODEL, ERR_NOMEM.
 */
MUST_CHECK bool query_open(struct query **out, struct node *node, const char *sql,
	struct err *err);
/*
 * The same over the changed records of ${entity} alone (common/store/follow.h), of the
 * community :community: as they are ${now}, or as they were.  Only within cells_follow().
 */
MUST_CHECK bool query_open_changed(struct query **out, struct node *node, const char *sql,
	const struct entity *entity, bool now, struct err *err);
struct field;
struct value;
/*
 * The same over one record of ${entity} alone, as it stands but for ${field} (NULL: none; no
 * reference, no union), which is ${value} instead.  It can be run once.
 */
MUST_CHECK bool query_open_with(struct query **out, struct node *node, const char *sql,
	const struct entity *entity, const struct record_id *id, const struct field *field,
	const struct value *value, struct err *err);
void query_close(struct query *query); /* NULL is accepted */

/*
 * Names of the entities (and QUERY_BUNDLE) that it reads, each ended by a
 * NUL, without repetition.  Borrowed from ${query}.
 */
struct view query_entities(const struct query *query);

MUST_CHECK bool query_each(struct query *query, const struct query_parameter *parameters,
	size_t count,
	bool (*each)(void *ctx, const struct cell_view *cells, int columns, struct err *err),
	void *ctx, struct err *err);

/* Open, run once, close. */
MUST_CHECK bool query_run(struct node *node, const char *sql,
	const struct query_parameter *parameters, size_t count,
	bool (*each)(void *ctx, const struct cell_view *cells, int columns, struct err *err),
	void *ctx, struct err *err);

/* Append what query_entities() says of ${sql}; so is a model's SQL tried out. */
MUST_CHECK bool query_reads(struct node *node, const char *sql, struct buf *entities,
	struct err *err);

#endif
