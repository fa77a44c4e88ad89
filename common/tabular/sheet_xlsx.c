/*
 * sheet_xlsx.c -- a table as a workbook; see sheet.h.
 *
 * libxlsxwriter writes to a path: that of a file in memory, so that nothing
 * of what is shown lies about on a disk.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xlsxwriter.h>

#include "plain.h"
#include "sheet.h"

#define PAPER_A4 9
#define WIDTH_MIN 8.0
#define WIDTH_MAX 40.0

struct writing {
	const struct sheet *sheet;
	lxw_workbook *book;
	lxw_worksheet *page;
	lxw_format *title, *header, *text, *number;
	struct buf scratch; /* one cell, ended by NUL */
};

/* What went wrong, in the library's words. */
static bool fail(struct err *err, lxw_error problem)
{
	enum err_code code = problem == LXW_ERROR_MEMORY_MALLOC_FAILED ? ERR_NOMEM :
		problem == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED ? ERR_TOO_LARGE : ERR_IO;

	return err_set(err, code, "writing a workbook: %s", lxw_strerror(problem));
}

static bool write_cell(struct writing *writing, lxw_row_t row, size_t column, struct view cell,
	struct err *err)
{
	size_t digits = writing->sheet->columns[column].number ? plain_digits(cell) : 0;
	lxw_error problem;
	const char *text;

	if (cell.len == 0) {
		problem = worksheet_write_blank(
			writing->page, row, (lxw_col_t)column, writing->text);
		return problem == LXW_NO_ERROR ? true : fail(err, problem);
	}
	buf_reset(&writing->scratch);
	buf_view(&writing->scratch, cell);
	text = buf_str(&writing->scratch);
	if (!buf_ok(&writing->scratch, err)) {
		return false;
	}
	if (digits != 0 && digits <= SHEET_EXACT_DIGITS) {
		problem = worksheet_write_number(writing->page, row, (lxw_col_t)column,
			strtod(text, NULL), writing->number);
	} else {
		problem = worksheet_write_string(
			writing->page, row, (lxw_col_t)column, text, writing->text);
	}
	return problem == LXW_NO_ERROR ? true : fail(err, problem);
}

static bool write_line(struct writing *writing, lxw_row_t row, size_t column, const char *text,
	lxw_format *format, struct err *err)
{
	lxw_error problem =
		worksheet_write_string(writing->page, row, (lxw_col_t)column, text, format);

	return problem == LXW_NO_ERROR ? true : fail(err, problem);
}

static bool begin(struct writing *writing, const char *path, struct err *err)
{
	lxw_doc_properties properties = { .title = (char *)(uintptr_t)writing->sheet->title,
		.created = (time_t)(writing->sheet->made_ms / 1000) };

	writing->book = workbook_new(path);
	writing->page = writing->book != NULL ? workbook_add_worksheet(writing->book, NULL) : NULL;
	if (writing->page == NULL) {
		return err_nomem(err);
	}
	writing->title = workbook_add_format(writing->book);
	writing->header = workbook_add_format(writing->book);
	writing->text = workbook_add_format(writing->book);
	writing->number = workbook_add_format(writing->book);
	if (writing->title == NULL || writing->header == NULL || writing->text == NULL ||
		writing->number == NULL) {
		return err_nomem(err);
	}
	format_set_bold(writing->title);
	format_set_font_size(writing->title, 16);
	format_set_bold(writing->header);
	format_set_text_wrap(writing->header);
	format_set_text_wrap(writing->text);
	format_set_border(writing->header, LXW_BORDER_THIN);
	format_set_border(writing->text, LXW_BORDER_THIN);
	format_set_border(writing->number, LXW_BORDER_THIN);
	return workbook_set_properties(writing->book, &properties) == LXW_NO_ERROR ||
		err_nomem(err);
}

/* Wide enough for the longest cell, within bounds; a Chinese character takes two columns. */
static double width(const struct sheet *sheet, size_t column)
{
	size_t row, longest = strlen(sheet->columns[column].title);
	double wide;

	for (row = 0; row < sheet->row_count; row++) {
		size_t len = sheet->cells[row * sheet->column_count + column].len;

		longest = len > longest ? len : longest;
	}
	wide = (double)longest * 2 / 3 + 2;
	return wide < WIDTH_MIN ? WIDTH_MIN : wide > WIDTH_MAX ? WIDTH_MAX : wide;
}

static bool set_page(struct writing *writing, lxw_row_t header, struct err *err)
{
	const struct sheet *sheet = writing->sheet;
	lxw_error problem = worksheet_repeat_rows(writing->page, header, header);
	size_t i;

	worksheet_set_paper(writing->page, PAPER_A4);
	worksheet_set_landscape(writing->page);
	worksheet_fit_to_pages(writing->page, 1, 0);
	worksheet_freeze_panes(writing->page, header + 1, 0);
	for (i = 0; i < sheet->column_count && problem == LXW_NO_ERROR; i++) {
		problem = worksheet_set_column(writing->page, (lxw_col_t)i, (lxw_col_t)i,
			width(sheet, i), NULL);
	}
	return problem == LXW_NO_ERROR ? true : fail(err, problem);
}

static bool fill(struct writing *writing, struct err *err)
{
	const struct sheet *sheet = writing->sheet;
	lxw_row_t at = 0;
	size_t row, column;

	if (!write_line(writing, at++, 0, sheet->title, writing->title, err)) {
		return false;
	}
	for (row = 0; row < sheet->note_count; row++) {
		if (!write_line(writing, at++, 0, sheet->notes[row], NULL, err)) {
			return false;
		}
	}
	at++;
	if (!set_page(writing, at, err)) {
		return false;
	}
	for (column = 0; column < sheet->column_count; column++) {
		if (!write_line(writing, at, column, sheet->columns[column].title, writing->header,
			    err)) {
			return false;
		}
	}
	for (row = 0; row < sheet->row_count; row++) {
		at++;
		for (column = 0; column < sheet->column_count; column++) {
			if (!write_cell(writing, at, column,
				    sheet->cells[row * sheet->column_count + column], err)) {
				return false;
			}
		}
	}
	return true;
}

/* Append what is in the file ${fd}. */
static bool read_back(struct buf *out, int fd, struct err *err)
{
	off_t len = lseek(fd, 0, SEEK_END);
	size_t done = 0;
	uint8_t *room;

	if (len <= 0) {
		return err_set(err, ERR_IO, "reading a workbook back: %s", strerror(errno));
	}
	if (len > SHEET_FILE_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "a workbook of %lld bytes", (long long)len);
	}
	room = buf_grow(out, (size_t)len);
	if (room == NULL) {
		return err_nomem(err);
	}
	while (done < (size_t)len) {
		ssize_t got = pread(fd, room + done, (size_t)len - done, (off_t)done);

		if (got <= 0) {
			return err_set(err, ERR_IO, "reading a workbook back: %s", strerror(errno));
		}
		done += (size_t)got;
	}
	return true;
}

bool sheet_xlsx(struct buf *out, const struct sheet *sheet, struct err *err)
{
	struct writing writing = { .sheet = sheet };
	char path[40];
	lxw_error problem;
	bool ok = false;
	int fd;

	if (sheet->column_count > SHEET_MAX_COLUMNS || sheet->row_count > SHEET_MAX_ROWS) {
		return err_set(err, ERR_TOO_LARGE, "%zu columns, %zu rows", sheet->column_count,
			sheet->row_count);
	}
	fd = memfd_create("workbook", MFD_CLOEXEC);
	if (fd < 0) {
		return err_set(err, ERR_IO, "a file in memory: %s", strerror(errno));
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ok = begin(&writing, path, err) && fill(&writing, err);
	/* Closing is what writes, and what releases everything. */
	problem = writing.book != NULL ? workbook_close(writing.book) : LXW_NO_ERROR;
	if (ok && problem != LXW_NO_ERROR) {
		ok = fail(err, problem);
	}
	ok = ok && read_back(out, fd, err);
	buf_clear(&writing.scratch);
	close(fd);
	return ok;
}
