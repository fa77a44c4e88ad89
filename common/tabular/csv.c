/*
 * csv.c -- reading tables; see csv.h.
 *
 * libcsv does not count lines, so it is fed one line at a time.  It reports
 * every line end outside quotes (CSV_REPALL_NL): a line without such a
 * report ended within a quoted cell, and its row goes on.
 */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "encoding.h"

#define PARSER_BLOCK_BYTES 4096

struct csv_table {
	enum csv_encoding encoding;
	char delimiter;
	struct csv_row header; /* no cells: not yet read */
	struct buf rows;       /* of struct csv_row */
	size_t cell_count;
	struct arena arena; /* cells and their text */
};

struct reader {
	struct csv_table *table;
	struct csv_parser parser;
	struct buf text;              /* of the cells of the row being read, end to end */
	size_t ends[CSV_MAX_COLUMNS]; /* where each cell ends in ${text} */
	size_t count;                 /* cells of the row being read */
	size_t line;                  /* the line being read, from 1 */
	size_t row_line;              /* where the row being read began */
	bool closed;                  /* a row ended in this line */
	bool failed;
	struct err *err;
};

/* An unclosed quote must not collect the rest of the file. */
static void *capped_realloc(void *old, size_t len)
{
	return len > CSV_CELL_MAX_BYTES + PARSER_BLOCK_BYTES ? NULL : realloc(old, len);
}

static void fail(struct reader *reader, enum err_code code, const char *what, size_t limit)
{
	if (!reader->failed) {
		err_set(reader->err, code,
			ERR_BOTH("第 %zu 行超出上限", "line %zu: more than %zu %s"),
			reader->row_line, reader->row_line, limit, what);
	}
	reader->failed = true;
}

static void take_cell(void *data, size_t len, void *ctx)
{
	struct reader *reader = ctx;

	if (reader->failed) {
		return;
	}
	if (reader->count == CSV_MAX_COLUMNS) {
		fail(reader, ERR_TOO_LARGE, "columns", CSV_MAX_COLUMNS);
	} else if (len > CSV_CELL_MAX_BYTES) {
		fail(reader, ERR_TOO_LARGE, "bytes in one cell", CSV_CELL_MAX_BYTES);
	} else {
		buf_add(&reader->text, data, len);
		reader->ends[reader->count++] = reader->text.len;
	}
}

/* Bytes of the white space at the front of ${text}, or at its end; else 0. */
static size_t space_at(struct view text, bool at_end)
{
	/* Space, tab, line ends, no-break space, ideographic space. */
	static const char *const spaces[] = { " ", "\t", "\r", "\n", "\xc2\xa0", "\xe3\x80\x80" };
	size_t i, len;

	for (i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		len = strlen(spaces[i]);
		if (text.len >= len &&
			memcmp(text.data + (at_end ? text.len - len : 0), spaces[i], len) == 0) {
			return len;
		}
	}
	return 0;
}

static struct view trim(struct view text)
{
	size_t len;

	while ((len = space_at(text, false)) != 0) {
		text.data += len;
		text.len -= len;
	}
	while ((len = space_at(text, true)) != 0) {
		text.len -= len;
	}
	return text;
}

static bool check_header(const struct csv_row *header, struct err *err)
{
	size_t i, k;

	for (i = 0; i < header->count; i++) {
		for (k = 0; k < i && header->cells[i].len != 0; k++) {
			if (view_equal(header->cells[i], header->cells[k])) {
				return err_set(err, ERR_FORMAT,
					ERR_BOTH("第 %zu 列和第 %zu 列同名",
						"line %zu: columns %zu and %zu have the same name"),
					k + 1, i + 1, header->line, k + 1, i + 1);
			}
		}
	}
	return true;
}

static bool keep_row(struct reader *reader)
{
	struct csv_table *table = reader->table;
	size_t i, begin, views = reader->count * sizeof(struct view);
	bool header = table->header.count == 0;
	struct view *cells;
	struct csv_row row;
	char *text;

	cells = arena_alloc(&table->arena, views + reader->text.len);
	if (cells == NULL || reader->text.failed) {
		return err_nomem(reader->err);
	}
	text = (char *)cells + views;
	memcpy(text, reader->text.data, reader->text.len);
	for (i = 0, begin = 0; i < reader->count; begin = reader->ends[i++]) {
		cells[i] = (struct view){ text + begin, reader->ends[i] - begin };
		cells[i] = header ? trim(cells[i]) : cells[i];
	}
	row = (struct csv_row){ reader->row_line, reader->count, cells };
	if (header) {
		table->header = row;
		return check_header(&row, reader->err);
	}
	table->cell_count += reader->count;
	buf_add(&table->rows, &row, sizeof(row));
	return buf_ok(&table->rows, reader->err);
}

static void take_row(int end, void *ctx)
{
	struct reader *reader = ctx;
	struct csv_table *table = reader->table;

	(void)end;
	reader->closed = true;
	/* A row that holds nothing is no row: spreadsheet programs leave them. */
	if (!reader->failed && reader->text.len != 0) {
		if (table->rows.len / sizeof(struct csv_row) == CSV_MAX_ROWS) {
			fail(reader, ERR_TOO_LARGE, "rows", CSV_MAX_ROWS);
		} else if (table->cell_count + reader->count > CSV_MAX_CELLS) {
			fail(reader, ERR_TOO_LARGE, "cells", CSV_MAX_CELLS);
		} else {
			reader->failed = !keep_row(reader);
		}
	}
	reader->count = 0;
	buf_reset(&reader->text);
}

/* libcsv's own words, with our place. */
static bool parser_failed(struct reader *reader)
{
	int code = csv_error(&reader->parser);

	if (code == CSV_ENOMEM && reader->parser.entry_size >= CSV_CELL_MAX_BYTES) {
		fail(reader, ERR_TOO_LARGE, "bytes in one cell (is a quote not closed?)",
			CSV_CELL_MAX_BYTES);
		return false;
	}
	if (code == CSV_ENOMEM) {
		return err_nomem(reader->err);
	}
	if (reader->line != reader->row_line) {
		return err_set(reader->err, ERR_FORMAT,
			ERR_BOTH("第 %zu 行有多余的引号",
				"line %zu: a stray quote in the row that begins in line %zu "
				"(%s)"),
			reader->line, reader->line, reader->row_line, csv_strerror(code));
	}
	return err_set(reader->err, ERR_FORMAT,
		ERR_BOTH("第 %zu 行有多余的引号",
			"line %zu: a stray quote; a cell with quotes is written "
			"\"a \"\"b\"\"\" (%s)"),
		reader->line, reader->line, csv_strerror(code));
}

static size_t line_bytes(struct view text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '\n') {
			return i + 1;
		}
		if (text.data[i] == '\r') {
			return i + 1 < text.len && text.data[i + 1] == '\n' ? i + 2 : i + 1;
		}
	}
	return text.len;
}

static bool parse(struct reader *reader, struct view text)
{
	size_t len;

	for (; text.len != 0; text.data += len, text.len -= len) {
		len = line_bytes(text);
		reader->line++;
		reader->row_line = reader->closed ? reader->line : reader->row_line;
		reader->closed = false;
		if (csv_parse(&reader->parser, text.data, len, take_cell, take_row, reader) !=
			len) {
			return parser_failed(reader);
		}
		if (reader->failed) {
			return false;
		}
	}
	if (csv_fini(&reader->parser, take_cell, take_row, reader) != 0) {
		return err_set(reader->err, ERR_FORMAT,
			ERR_BOTH("从第 %zu 行开始的一行,引号没有闭合",
				"line %zu: in the row that begins here a quote is not closed"),
			reader->row_line, reader->row_line);
	}
	return !reader->failed;
}

/* The separator that the header row has most of, outside quotes. */
static char find_delimiter(struct view text)
{
	static const char candidates[] = { ',', '\t', ';' };
	size_t counts[sizeof(candidates)] = { 0 }, best = 0, i, k;
	bool quoted = false, content = false;

	for (i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!quoted && content && (c == '\n' || c == '\r')) {
			break;
		}
		quoted = c == '"' ? !quoted : quoted;
		content = content || strchr(" \t\r\n,;\"", c) == NULL;
		for (k = 0; k < sizeof(candidates); k++) {
			counts[k] += !quoted && c == candidates[k];
		}
	}
	for (k = 1; k < sizeof(candidates); k++) {
		best = counts[k] > counts[best] ? k : best;
	}
	return candidates[best];
}

static bool read_text(struct csv_table *table, struct view text, struct err *err)
{
	struct reader reader = { .table = table, .closed = true, .err = err };
	bool ok = false;

	if (csv_init(&reader.parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
		return err_nomem(err);
	}
	csv_set_realloc_func(&reader.parser, capped_realloc);
	csv_set_blk_size(&reader.parser, PARSER_BLOCK_BYTES);
	table->delimiter = find_delimiter(text);
	csv_set_delim(&reader.parser, (unsigned char)table->delimiter);
	if (!parse(&reader, text)) {
		goto out;
	}
	if (table->header.count == 0) {
		err_set(err, ERR_FORMAT,
			ERR_BOTH("文件是空的,没有表头", "the file is empty, without a header row"));
		goto out;
	}
	ok = true;
out:
	csv_free(&reader.parser);
	buf_clear(&reader.text);
	return ok;
}

bool csv_read(struct csv_table **out, struct view bytes, struct err *err)
{
	struct csv_table *table = NULL;
	struct buf converted = { 0 };
	struct view text;
	bool ok = false;

	*out = NULL;
	if (bytes.len > CSV_FILE_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE,

			ERR_BOTH("文件太大", "the file has %zu bytes, at most %d are read"),
			bytes.len, CSV_FILE_MAX_BYTES);
	}
	table = calloc(1, sizeof(*table));
	if (table == NULL) {
		return err_nomem(err);
	}
	if (!encoding_detect(&table->encoding, &text, &converted, bytes, err) ||
		!read_text(table, text, err)) {
		goto out;
	}
	*out = table;
	table = NULL;
	ok = true;
out:
	csv_table_free(table);
	buf_clear(&converted);
	return ok;
}

void csv_table_free(struct csv_table *table)
{
	if (table == NULL) {
		return;
	}
	buf_clear(&table->rows);
	arena_clear(&table->arena);
	free(table);
}

const struct csv_row *csv_header(const struct csv_table *table)
{
	return &table->header;
}

const struct csv_row *csv_rows(const struct csv_table *table, size_t *count)
{
	*count = table->rows.len / sizeof(struct csv_row);
	return (const struct csv_row *)(const void *)table->rows.data;
}

enum csv_encoding csv_encoding(const struct csv_table *table)
{
	return table->encoding;
}

char csv_delimiter(const struct csv_table *table)
{
	return table->delimiter;
}
