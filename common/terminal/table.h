/*
 * table.h -- rows and columns for a person to read.
 *
 * Columns are aligned by display width, numbers to the right.  Only on a
 * terminal is the header bold and are long texts cut, with an ellipsis, to
 * its width; numbers are never cut, and what goes into a pipe is whole.
 * Cells are escaped (display.h).
 */
#ifndef LINLI_TABLE_H
#define LINLI_TABLE_H

#include "linli/bytes.h"

#define TABLE_MAX_COLUMNS 200

enum table_kind { TABLE_TEXT, TABLE_NUMBER };

struct table_column {
	const char *title; /* in the reader's language */
	enum table_kind kind;
};

struct table;

/*
 * A table without rows.  The titles are copied.  The caller releases *out
 * with table_free().  Fails with ERR_NOMEM.
 */
MUST_CHECK bool table_new(
	struct table **out, const struct table_column *columns, size_t count, struct err *err);
void table_free(struct table *table);

/* Leave out the columns of which every row is empty. */
void table_hide_empty(struct table *table);

/*
 * The next cell: rows are filled from left to right.  Copied.  Where there
 * is no memory nothing happens, and table_render() and table_print() fail.
 */
void table_add(struct table *table, struct view cell);
void table_printf(struct table *table, const char *fmt, ...) PRINTF_LIKE(2, 3);

struct table_style {
	size_t columns; /* cut to this width; 0: not at all */
	bool bold;      /* the header */
};
/* Append the table; an unfinished last row is filled up with empty cells. */
MUST_CHECK bool table_render(
	struct buf *out, const struct table *table, struct table_style style, struct err *err);

/* The style that fits stdout. */
struct table_style table_style_here(void);

/* To stdout, in the style that fits it.  ERR_NOMEM, ERR_IO, ERR_DISK_FULL. */
MUST_CHECK bool table_print(const struct table *table, struct err *err);

#endif
