/* table.c -- see table.h. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "display.h"
#include "table.h"
#include "terminal.h"

#define GAP 2           /* spaces between columns */
#define LEAST_COLUMN 6  /* a column of text is not cut below this */
#define HIDDEN SIZE_MAX /* the width of a column that is left out */

struct cell {
	struct view text; /* escaped */
	size_t width;
};

struct table {
	enum table_kind kinds[TABLE_MAX_COLUMNS];
	size_t column_count;
	struct buf cells; /* of struct cell; the first row is the titles */
	struct arena arena;
	bool hide_empty, failed;
};

void table_add(struct table *table, struct view text)
{
	struct buf shown = { 0 };
	struct cell cell;

	display_escape(&shown, text);
	cell.text = arena_copy(&table->arena, buf_as_view(&shown));
	cell.width = display_width(cell.text);
	table->failed = table->failed || shown.failed || cell.text.data == NULL;
	buf_add(&table->cells, &cell, sizeof(cell));
	buf_clear(&shown);
}

void table_hide_empty(struct table *table)
{
	table->hide_empty = true;
}

void table_printf(struct table *table, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0) {
		table->failed = true;
		return;
	}
	table_add(table, (struct view){ text, (size_t)len });
	free(text);
}

bool table_new(
	struct table **out, const struct table_column *columns, size_t count, struct err *err)
{
	struct table *table;
	size_t i;

	assert(count != 0 && count <= TABLE_MAX_COLUMNS);
	*out = NULL;
	table = calloc(1, sizeof(*table));
	if (table == NULL) {
		return err_nomem(err);
	}
	table->column_count = count;
	for (i = 0; i < count; i++) {
		table->kinds[i] = columns[i].kind;
		table_add(table, view_of(columns[i].title));
	}
	*out = table;
	return true;
}

void table_free(struct table *table)
{
	if (table == NULL) {
		return;
	}
	buf_clear(&table->cells);
	arena_clear(&table->arena);
	free(table);
}

/* Take from the widest column of text until the row fits, or none can give. */
static void cut_widths(const struct table *table, size_t *widths, size_t columns)
{
	size_t total = 0, i;

	for (i = 0; i < table->column_count; i++) {
		total += widths[i] == HIDDEN ? 0 : widths[i] + (total != 0 ? GAP : 0);
	}
	for (; total > columns; total--) {
		size_t widest = table->column_count;

		for (i = 0; i < table->column_count; i++) {
			if (table->kinds[i] == TABLE_TEXT && widths[i] != HIDDEN &&
				widths[i] > LEAST_COLUMN &&
				(widest == table->column_count || widths[i] > widths[widest])) {
				widest = i;
			}
		}
		if (widest == table->column_count) {
			return;
		}
		widths[widest]--;
	}
}

static void render_row(struct buf *out, const struct table *table, const struct cell *row,
	size_t count, const size_t *widths)
{
	bool any = false;
	size_t i;

	for (i = 0; i < count; i++) {
		size_t pad = widths[i] > row[i].width ? widths[i] - row[i].width : 0;

		if (widths[i] == HIDDEN) {
			continue;
		}
		display_pad(out, any ? GAP : 0);
		any = true;
		if (table->kinds[i] == TABLE_NUMBER) {
			display_pad(out, pad);
			buf_view(out, row[i].text);
			continue;
		}
		pad = widths[i] - display_fit(out, row[i].text, widths[i]);
		display_pad(out, i + 1 < count ? pad : 0);
	}
}

/* The columns' widths; HIDDEN where nothing but the title is in one. */
static void natural_widths(
	const struct table *table, const struct cell *cells, size_t count, size_t *widths)
{
	bool filled[TABLE_MAX_COLUMNS] = { false };
	size_t i;

	for (i = 0; i < count; i++) {
		size_t column = i % table->column_count, *width = &widths[column];

		*width = cells[i].width > *width ? cells[i].width : *width;
		filled[column] |= i >= table->column_count && cells[i].width != 0;
	}
	for (i = 0; i < table->column_count && table->hide_empty; i++) {
		widths[i] = filled[i] ? widths[i] : HIDDEN;
	}
}

bool table_render(
	struct buf *out, const struct table *table, struct table_style style, struct err *err)
{
	const struct cell *cells = (const struct cell *)(const void *)table->cells.data;
	size_t count = table->cells.len / sizeof(*cells), i, left;
	size_t widths[TABLE_MAX_COLUMNS] = { 0 };

	if (table->failed || table->cells.failed) {
		return err_nomem(err);
	}
	natural_widths(table, cells, count, widths);
	if (style.columns != 0) {
		cut_widths(table, widths, style.columns);
	}
	for (i = 0; i < count; i += table->column_count) {
		left = count - i < table->column_count ? count - i : table->column_count;
		buf_text(out, style.bold && i == 0 ? "\033[1m" : "");
		render_row(out, table, cells + i, left, widths);
		buf_text(out, style.bold && i == 0 ? "\033[0m\n" : "\n");
	}
	return buf_ok(out, err);
}

struct table_style table_style_here(void)
{
	return (struct table_style){ .columns = terminal_columns(STDOUT_FILENO),
		.bold = terminal_bold(STDOUT_FILENO) };
}

bool table_print(const struct table *table, struct err *err)
{
	struct table_style style = table_style_here();
	struct buf out = { 0 };
	bool ok;

	ok = table_render(&out, table, style, err) && terminal_write(buf_as_view(&out), err);
	buf_clear(&out);
	return ok;
}
