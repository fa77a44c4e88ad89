/*
 * sheet.h -- a table that is printed or handed on: a title, what is to be
 * known about it, columns, rows; as a workbook, a page to print, or CSV.
 *
 * The only door to libxlsxwriter.  A sheet only borrows what it shows.  Text
 * stays text everywhere: in a workbook no cell is a formula or a link, on
 * the page nothing is markup, and for CSV see csv_write_row().  The same
 * sheet gives the same bytes.
 */
#ifndef LINLI_SHEET_H
#define LINLI_SHEET_H

#include "linli/bytes.h"

#define SHEET_MAX_COLUMNS 200
#define SHEET_MAX_ROWS 1000000
#define SHEET_FILE_MAX_BYTES (256 * 1024 * 1024)
#define SHEET_EXACT_DIGITS 15 /* what a number of a workbook holds */

struct sheet_column {
	const char *title;
	bool number; /* to the right; in a workbook numbers with which one can reckon */
};

struct sheet {
	bool zh; /* the language that the page says it is in */
	const char *title;
	const char *const *notes; /* lines: the date, units, the coverage */
	size_t note_count;
	const struct sheet_column *columns;
	size_t column_count;
	const struct view *cells; /* UTF-8, row after row: row_count * column_count */
	size_t row_count;
	int64_t made_ms; /* what a workbook says of when it was made */
};

/*
 * Append a workbook (XLSX) of one sheet, for A4 paper: title, notes, an
 * empty row, the header, which every page repeats, the rows.  In a column of
 * numbers what is a plain decimal of at most SHEET_EXACT_DIGITS digits is a
 * number, anything else is text.  Fails with ERR_TOO_LARGE (the caps above,
 * or a cell of more characters than a workbook takes), ERR_IO, ERR_NOMEM.
 */
MUST_CHECK bool sheet_xlsx(struct buf *out, const struct sheet *sheet, struct err *err);

/* Append a page (HTML) that needs nothing else and is printed on A4.  ERR_NOMEM. */
MUST_CHECK bool sheet_html(struct buf *out, const struct sheet *sheet, struct err *err);

/* Append CSV as UTF-8 with the mark: the header and the rows.  ERR_TOO_LARGE, ERR_NOMEM. */
MUST_CHECK bool sheet_csv(struct buf *out, const struct sheet *sheet, struct err *err);

#endif
