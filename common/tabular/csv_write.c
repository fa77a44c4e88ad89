/* csv_write.c -- rows for a spreadsheet program; see csv.h. */
#include <string.h>

#include "csv.h"
#include "plain.h"

/* Would a spreadsheet program compute it?  (OWASP, "CSV Injection") */
static bool formula(struct view cell)
{
	static const char *const beginnings[] = { "=", "+", "-", "@", "\t", "\r", "\n",
		"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0" };
	size_t i;

	for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		if (view_begins(cell, beginnings[i])) {
			return plain_digits(cell) == 0;
		}
	}
	return false;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A reader drops blanks around an unquoted cell, so those are quoted, too. */
static bool needs_quotes(struct view cell)
{
	size_t i;

	if (cell.len == 0) {
		return false;
	}
	for (i = 0; i < cell.len; i++) {
		if (strchr("\",;\t\r\n", cell.data[i]) != NULL) {
			return true;
		}
	}
	return blank(cell.data[0]) || blank(cell.data[cell.len - 1]);
}

static void write_cell(struct buf *out, struct view cell)
{
	bool quotes = needs_quotes(cell);
	size_t i;

	if (quotes) {
		buf_byte(out, '"');
	}
	if (formula(cell)) {
		buf_byte(out, '\'');
	}
	for (i = 0; i < cell.len; i++) {
		if (cell.data[i] == '"') {
			buf_byte(out, '"');
		}
		buf_byte(out, (uint8_t)cell.data[i]);
	}
	if (quotes) {
		buf_byte(out, '"');
	}
}

void csv_write_bom(struct buf *out)
{
	buf_text(out, "\xef\xbb\xbf");
}

void csv_write_row(struct buf *out, const struct view *cells, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		buf_text(out, i != 0 ? "," : "");
		write_cell(out, cells[i]);
	}
	/* An empty line would be no row at all. */
	if (count == 1 && cells[0].len == 0) {
		buf_text(out, "\"\"");
	}
	buf_text(out, "\r\n");
}
