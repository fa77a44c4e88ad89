/*
 * statement_text.h -- a statement's document: lines of JSON, one content in
 * one form.  Format: docs/statements.md.
 */
#ifndef LINLI_STATEMENT_TEXT_H
#define LINLI_STATEMENT_TEXT_H

#include "linli/statements.h"

#define STATEMENT_MAX_ROWS 500000
#define STATEMENT_MAX_HEADS 100000

/* Texts are in the arena. */
struct statement_row {
	enum place_level level;
	const char *figure, *place, *breakdown; /* breakdown NULL: the whole */
	struct statement_value value;
};
struct statement_cover {
	enum place_level level;
	const char *place;
	uint64_t included, expected, waiting_lines, open_conflicts;
	const char *const *silent; /* slugs */
	size_t silent_count;
};
struct statement_file {
	struct device_id federation;
	struct period period;
	const char *model;        /* "gongshu@1" */
	const char *model_sha256; /* of its document, hex */
	int64_t at_ms;
	struct head *heads;       /* by chain */
	size_t head_count;
	struct statement_cover *covers; /* by level and place */
	size_t cover_count;
	struct statement_row *rows; /* by statement_row_compare() */
	size_t row_count;
};

/* By level, figure, place, breakdown. */
int statement_row_compare(const struct statement_row *a, const struct statement_row *b);

void statement_print(struct buf *out, const struct statement_file *file);

/*
 * Read ${text}, which may be anybody's; what ${out} holds lies in ${arena}.
 * Fails with ERR_FORMAT, ERR_TOO_LARGE, ERR_NOMEM.
 */
MUST_CHECK bool statement_parse(struct statement_file *out, struct arena *arena, struct view text,
	struct err *err);

#endif
