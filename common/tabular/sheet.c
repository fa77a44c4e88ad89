/* sheet.c -- a table as a page to print, and as CSV; see sheet.h. */
#include "csv.h"
#include "sheet.h"

static void escape(struct buf *out, struct view text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		switch (text.data[i]) {
		case '&':
			buf_text(out, "&amp;");
			break;
		case '<':
			buf_text(out, "&lt;");
			break;
		case '>':
			buf_text(out, "&gt;");
			break;
		case '"':
			buf_text(out, "&quot;");
			break;
		default:
			buf_byte(out, (uint8_t)text.data[i]);
		}
	}
}

/* <${tag}>${text}</${name}>, where ${tag} is ${name} and its attributes. */
static void element(struct buf *out, const char *tag, const char *name, struct view text)
{
	buf_printf(out, "<%s>", tag);
	escape(out, text);
	buf_printf(out, "</%s>", name);
}

static void table_html(struct buf *out, const struct sheet *sheet)
{
	size_t row, column;

	buf_text(out, "<table>\n<thead><tr>");
	for (column = 0; column < sheet->column_count; column++) {
		element(out, "th scope=\"col\"", "th", view_of(sheet->columns[column].title));
	}
	buf_text(out, "</tr></thead>\n<tbody>\n");
	for (row = 0; row < sheet->row_count; row++) {
		buf_text(out, "<tr>");
		for (column = 0; column < sheet->column_count; column++) {
			element(out, sheet->columns[column].number ? "td class=\"n\"" : "td", "td",
				sheet->cells[row * sheet->column_count + column]);
		}
		buf_text(out, "</tr>\n");
	}
	buf_text(out, "</tbody>\n</table>\n");
}

bool sheet_html(struct buf *out, const struct sheet *sheet, struct err *err)
{
	size_t i;

	buf_printf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
		sheet->zh ? "zh-CN" : "en");
	element(out, "title", "title", view_of(sheet->title));
	buf_text(out, "\n<style>\n"
		"@page { size: A4 landscape; margin: 15mm; }\n"
		"body { font-family: \"Noto Sans CJK SC\", \"Microsoft YaHei\", sans-serif; }\n"
		"h1 { text-align: center; font-size: 16pt; }\n"
		"p { margin: 0 0 2pt; font-size: 10pt; }\n"
		"table { border-collapse: collapse; width: 100%; font-size: 10pt; margin-top: 6pt; }\n"
		"th, td { border: 1px solid #000; padding: 2pt 4pt; text-align: left; }\n"
		"td.n { text-align: right; }\n"
		"thead { display: table-header-group; }\n"
		"tr { break-inside: avoid; }\n"
		"</style>\n</head>\n<body>\n");
	element(out, "h1", "h1", view_of(sheet->title));
	buf_text(out, "\n");
	for (i = 0; i < sheet->note_count; i++) {
		element(out, "p", "p", view_of(sheet->notes[i]));
		buf_text(out, "\n");
	}
	table_html(out, sheet);
	buf_text(out, "</body>\n</html>\n");
	return buf_ok(out, err);
}

bool sheet_csv(struct buf *out, const struct sheet *sheet, struct err *err)
{
	struct view titles[SHEET_MAX_COLUMNS];
	size_t i;

	if (sheet->column_count > SHEET_MAX_COLUMNS) {
		return err_set(err, ERR_TOO_LARGE, "%zu columns", sheet->column_count);
	}
	for (i = 0; i < sheet->column_count; i++) {
		titles[i] = view_of(sheet->columns[i].title);
	}
	csv_write_bom(out);
	csv_write_row(out, titles, sheet->column_count);
	for (i = 0; i < sheet->row_count; i++) {
		csv_write_row(out, &sheet->cells[i * sheet->column_count], sheet->column_count);
	}
	return buf_ok(out, err);
}
