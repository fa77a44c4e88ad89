/*
 * import.h -- records from a table: columns, rows, and what is wrong with
 * them.
 *
 * All rows go in with one transaction, or none; with ${keep_good} those
 * without a mistake.  Every mistake is found at one go, and told with the
 * line of the file where it stands.
 */
#ifndef LINLI_CLIENT_IMPORT_H
#define LINLI_CLIENT_IMPORT_H

#include "csv.h"
#include "entry.h"
#include "progress.h"

#define IMPORT_NOTES_MAX 1000 /* kept; more are counted only */

enum column_kind { COLUMN_FIELD, COLUMN_ID, COLUMN_IGNORED };
struct column {
	enum column_kind kind;
	const struct field *field; /* COLUMN_FIELD */
	struct view name;          /* as the file has it; borrowed from the table */
};

/* What is said of one line of the file. */
struct import_note {
	size_t line;
	const struct column *column; /* NULL: the row as a whole */
	enum err_code code;          /* ERR_NONE: a doubt, not a mistake */
	char reason[ERR_DETAIL_BYTES];
};
struct import_notes {
	struct import_note *list;
	size_t count; /* kept */
	uint64_t total;
};

struct import {
	struct node *node;
	const struct entity *entity;
	const struct csv_table *table;
	bool keep_good, dry_run;

	struct column columns[CSV_MAX_COLUMNS];
	size_t column_count;

	const struct csv_row *rows;
	size_t row_count;
	bool *bad; /* of each row */
	uint64_t bad_count;
	struct import_notes mistakes, doubts;
	uint64_t created, updated, unchanged; /* of the rows without mistakes */

	struct entry entry;
	struct progress progress;
};

/*
 * Understand the header of ${import}->table.  Columns named in ${ignore}
 * (commas between them; or NULL) are left out; any other that is no field
 * fails with ERR_VALUE.
 */
MUST_CHECK bool import_map(struct import *import, const char *ignore, struct err *err);

/*
 * Write the rows.  That some have mistakes is no failure: where
 * ${import}->mistakes.total is not 0, nothing was written unless
 * ${import}->keep_good.
 */
MUST_CHECK bool import_run(struct import *import, struct err *err);

/* Releases what import_map() and import_run() took. */
void import_clear(struct import *import);

#endif
