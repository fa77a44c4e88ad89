/*
 * csv.h -- tables as text (RFC 4180): read what a spreadsheet program or a
 * person saved, write what a spreadsheet program opens.
 *
 * The only door to libcsv and to iconv.  A table is read whole, is not
 * changed afterwards, and is UTF-8 whatever the file was in.  Every row
 * knows the line of the file in which it began, so that a mistake can be
 * shown to the person where their editor shows it.
 */
#ifndef LINLI_CSV_H
#define LINLI_CSV_H

#include "linli/bytes.h"

#define CSV_FILE_MAX_BYTES (64 * 1024 * 1024)
#define CSV_CELL_MAX_BYTES (64 * 1024)
#define CSV_MAX_COLUMNS 200
#define CSV_MAX_ROWS 1000000
#define CSV_MAX_CELLS 10000000 /* in all rows together */

enum csv_encoding { CSV_UTF8, CSV_UTF8_BOM, CSV_GB18030 };

struct csv_row {
	size_t line; /* of the file, from 1, where the row began */
	size_t count;
	const struct view *cells; /* UTF-8, no NUL bytes inside */
};

struct csv_table;

/*
 * Read ${bytes}: UTF-8 with or without a byte order mark, or else GB18030;
 * cells parted by comma, tab or semicolon, whichever the header row has
 * most of.  Lines end with LF, CR LF or CR; a quoted cell may hold them.
 * White space around an unquoted cell and around the names of the header
 * is dropped.  Rows without any content are skipped.
 *
 * A row may have fewer or more cells than the header: that is for the
 * caller to compare and to report, row by row.
 *
 * On success the caller releases *out with csv_table_free(); it keeps no
 * pointer into ${bytes}.  On failure *out is NULL.
 * Fails with ERR_FORMAT (encoding, stray or unclosed quote, NUL bytes, no
 * header row, the same column twice; the detail names the line),
 * ERR_TOO_LARGE for the caps above, ERR_NOMEM.
 */
MUST_CHECK bool csv_read(struct csv_table **out, struct view bytes, struct err *err);
void csv_table_free(struct csv_table *table);

/* Borrowed, as all below: valid until csv_table_free(). */
const struct csv_row *csv_header(const struct csv_table *table);
const struct csv_row *csv_rows(const struct csv_table *table, size_t *count);
enum csv_encoding csv_encoding(const struct csv_table *table);
char csv_delimiter(const struct csv_table *table); /* ',', '\t' or ';' */

/* Begin a file with the mark by which Excel knows UTF-8. */
void csv_write_bom(struct buf *out);

/*
 * Append one row, ended by CR LF, with commas.  A cell that a spreadsheet
 * program would take for a formula (it begins with = + - @, TAB, CR, LF or
 * a full-width = + - @, and is no plain number) gets an apostrophe in
 * front.  csv_read() leaves that apostrophe where it is.
 */
void csv_write_row(struct buf *out, const struct view *cells, size_t count);

/*
 * Append ${text} in GB18030, for programs that know nothing else; a byte
 * order mark is left out.  ERR_FORMAT if it is not UTF-8, ERR_NOMEM.
 */
MUST_CHECK bool csv_encode_gb18030(struct buf *out, struct view text, struct err *err);

#endif
