/*
 * statements.h -- published figures: what the district stated of a period,
 * over which bundles, and what has come to differ since.
 *
 * A statement is a record of the district with a document attached: the
 * model's version, the head of every chain that was counted, and all
 * figures with their coverage.  The district's device signs it like any
 * other line.  A statement is never changed; what arrives later makes
 * differences, each with the bundles that caused it.  Whoever holds the
 * bundles up to those heads counts the same figures again.
 * Format: docs/statements.md.
 */
#ifndef LINLI_STATEMENTS_H
#define LINLI_STATEMENTS_H

#include "linli/chains.h"
#include "linli/figures.h"

#define STATEMENT_MAX_BYTES (16 * 1024 * 1024)

struct statement {
	char id[RECORD_ID_TEXT_BYTES];
	const char *period;
	const char *model;     /* "gongshu@1" */
	const char *signed_by; /* whoever published it, as given */
	const char *document;  /* SHA-256 of the document, hex */
	int64_t at_ms;
};

/* From the oldest to the newest.  Borrowed: valid during the callback. */
MUST_CHECK bool statements_each(struct node *node,
	bool (*each)(void *ctx, const struct statement *statement, struct err *err), void *ctx,
	struct err *err);

/* Append the document of statement ${id}.  ERR_NOT_FOUND. */
MUST_CHECK bool statement_document(struct node *node, const char *id, struct buf *out,
	struct err *err);

/*
 * Sign all drafts, then state the figures of ${period}, in the name of
 * ${signed_by}; *id receives the record's, "" if ${dry_run}.  ${document},
 * where not NULL, is appended the document.  Fails with ERR_SCOPE (not the
 * district's node), ERR_TOO_LARGE, and as figures_ask() and the store do.
 */
MUST_CHECK bool statement_publish(struct node *node, const struct period *period,
	const char *signed_by, bool dry_run, char id[RECORD_ID_TEXT_BYTES], struct buf *document,
	struct err *err);

/* A figure that is another now than it was stated. */
struct statement_value {
	bool there; /* it stands among the figures */
	bool known; /* it has a value; else as in struct figure */
	bool suppressed; /* its value is kept back */
	int64_t numerator, denominator;
};
struct statement_difference {
	const char *figure, *place, *breakdown; /* as in struct figure */
	enum place_level level;
	struct statement_value published, now;
	/* Bundles that came, or were judged, since: those that touch what it counts. */
	const char *const *bundles;
	size_t bundle_count;
};
/*
 * What differs between statement ${id} and the figures of its period now.
 * Borrowed: valid during the callback.  ERR_NOT_FOUND, ERR_FORMAT.
 */
MUST_CHECK bool statement_differences(struct node *node, const char *id,
	bool (*each)(void *ctx, const struct statement_difference *difference, struct err *err),
	void *ctx, struct err *err);

/* What differs between two statements; without bundles. */
MUST_CHECK bool statements_compare(struct node *node, const char *before, const char *after,
	bool (*each)(void *ctx, const struct statement_difference *difference, struct err *err),
	void *ctx, struct err *err);

/*
 * Count statement ${id} again from the bundles up to its heads: *same says
 * whether the very same document comes out; where figures differ, ${each} is
 * told.  Fails with ERR_NOT_FOUND (also: a bundle that was counted is not
 * here), ERR_MODEL_NEWER, ERR_FORMAT.
 */
MUST_CHECK bool statement_recount(struct node *node, const char *id, bool *same,
	bool (*each)(void *ctx, const struct statement_difference *difference, struct err *err),
	void *ctx, struct err *err);

#endif
