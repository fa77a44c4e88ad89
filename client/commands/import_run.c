/*
 * import_run.c -- the rows of a table, written; see import.h.
 *
 * First all rows are tried in one transaction, which is kept if nothing is
 * wrong.  A cell that cannot be understood does not end that attempt, so
 * that all such cells are told.  A record that the node refuses does: the
 * rows after it are then tried one by one, and taken back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "terminal.h"

/* ---- notes -------------------------------------------------------- */

static bool note(struct import_notes *notes, const struct import_note *one, struct err *err)
{
	notes->total++;
	if (notes->count == IMPORT_NOTES_MAX) {
		return true;
	}
	if (notes->list == NULL) {
		notes->list = calloc(IMPORT_NOTES_MAX, sizeof(*notes->list));
		if (notes->list == NULL) {
			return err_nomem(err);
		}
	}
	notes->list[notes->count++] = *one;
	return true;
}

/* Is it the row's own fault, and not the node's? */
static bool of_the_row(enum err_code code)
{
	switch (code) {
	case ERR_VALUE:
	case ERR_NOT_FOUND:
	case ERR_TOO_LARGE:
	case ERR_SCOPE:
	case ERR_USAGE:
	case ERR_FORMAT:
		return true;
	default:
		return false;
	}
}

/* Keep ${why} as a mistake of row ${index}; false if it is not the row's. */
static bool mistake(struct import *import, size_t index, const struct column *column,
	const struct err *why, struct err *err)
{
	struct import_note one = {
		.line = import->rows[index].line, .column = column, .code = why->code
	};

	if (!of_the_row(why->code)) {
		*err = *why;
		return false;
	}
	import->bad_count += !import->bad[index];
	import->bad[index] = true;
	memcpy(one.reason, why->detail, sizeof(one.reason));
	return note(&import->mistakes, &one, err);
}

/* ---- one row ------------------------------------------------------ */

/*
 * Without the apostrophe that keeps a spreadsheet program from taking the
 * cell for a formula.
 */
static struct view bare(struct view cell)
{
	static const char *const starts[] = { "=", "+", "-", "@", "\t", "\r", "\n", "=", "+", "-",
		"@" };
	struct view rest = { cell.data + 1, cell.len - 1 };
	size_t i;

	if (cell.len < 2 || cell.data[0] != '\'') {
		return cell;
	}
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (view_begins(rest, starts[i])) {
			return rest;
		}
	}
	return cell;
}

static bool wrong_width(const struct import *import, const struct csv_row *row, struct err *err)
{
	return err_set(err, ERR_VALUE,
		terminal_chinese() ? "这一行有 %zu 格,表头有 %zu 格"
				   : "the row has %zu cells, the header %zu",
		row->count, import->column_count);
}

/* The record that the row names; *named is false if it is a new one. */
static bool find_record(struct import *import, const struct csv_row *row, struct record_id *id,
	bool *named, struct err *err)
{
	struct view text;
	size_t i;

	*named = false;
	for (i = 0; i < import->column_count; i++) {
		text = row->cells[i];
		if (import->columns[i].kind != COLUMN_ID || text.len == 0) {
			continue;
		}
		*named = true;
		if (!record_id_parse(id, text, import->entity->slug_ids)) {
			return err_set(err, ERR_VALUE,
				terminal_chinese() ? "“%.*s”不是记录的编号"
						   : "'%.*s' is not the id of a record",
				(int)(text.len < 60 ? text.len : 60), text.data);
		}
	}
	return true;
}

static bool take_cell(struct import *import, const struct column *column, struct view cell,
	const struct record_id *id, struct err *err)
{
	cell = bare(cell);
	/* An empty cell is nothing to say of a new record, and of a total. */
	if (cell.len == 0 && (id == NULL || column->field->rule == RULE_SUM)) {
		return true;
	}
	return entry_assign(&import->entry, import->node, import->entity, id, column->field,
		ASSIGN_SET, cell, err);
}

static bool note_doubts(struct import *import, size_t index, struct err *err)
{
	struct import_note one = { .line = import->rows[index].line, .code = ERR_NONE };
	struct buf text = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < import->entry.count; i++) {
		buf_reset(&text);
		if (entry_doubtful(&text, &import->entry.list[i])) {
			snprintf(one.reason, sizeof(one.reason), "%s", buf_str(&text));
			ok = note(&import->doubts, &one, err);
		}
	}
	buf_clear(&text);
	return ok;
}

/*
 * Understand row ${index} into import->entry.  Mistakes are noted, and
 * leave import->bad[index] set; false only for a failure of the node.
 */
static bool understand(
	struct import *import, size_t index, struct record_id *id, bool *named, struct err *err)
{
	const struct csv_row *row = &import->rows[index];
	struct err why = { 0 };
	size_t i;

	entry_reset(&import->entry);
	*named = false;
	if (row->count != import->column_count) {
		wrong_width(import, row, &why);
		return mistake(import, index, NULL, &why, err);
	}
	if (!find_record(import, row, id, named, &why)) {
		return mistake(import, index, NULL, &why, err);
	}
	for (i = 0; i < import->column_count; i++) {
		const struct column *column = &import->columns[i];

		if (column->kind == COLUMN_FIELD &&
			!take_cell(import, column, row->cells[i], *named ? id : NULL, &why) &&
			!mistake(import, index, column, &why, err)) {
			return false;
		}
	}
	/* What is missing is told only where nothing else is. */
	return *named || import->bad[index] ||
		entry_complete(&import->entry, import->entity, &why) ||
		mistake(import, index, NULL, &why, err);
}

/* ---- attempts ----------------------------------------------------- */

struct attempt {
	struct import *import;
	size_t from, upto; /* rows */
	bool stopped;      /* the node refused row ${at}, and is to be left alone */
	size_t at;
};

static void show_progress(struct import *import, size_t done)
{
	struct progress_counts counts = { .records = done, .records_total = import->row_count };

	progress_update(&import->progress, &counts);
}

/* Write the row that import->entry holds; *why is about the row. */
static bool write_row(struct import *import, const struct record_id *id, struct err *why)
{
	struct record_id written;
	bool changes = true;

	if (id != NULL &&
		!entry_changes(&import->entry, import->node, import->entity, id, &changes, why)) {
		return false;
	}
	if (changes &&
		!records_put(import->node, import->entity, id, import->entry.list,
			import->entry.count, &written, why)) {
		return false;
	}
	import->created += id == NULL;
	import->updated += id != NULL && changes;
	import->unchanged += !changes;
	return true;
}

/* Rows that are not bad; true if all that was tried went in. */
static bool try_rows(void *ctx, struct err *err)
{
	struct attempt *attempt = ctx;
	struct import *import = attempt->import;
	struct record_id id;
	struct err why = { 0 };
	bool named;

	for (attempt->at = attempt->from; attempt->at < attempt->upto; attempt->at++) {
		if (import->bad[attempt->at]) {
			continue;
		}
		if (!understand(import, attempt->at, &id, &named, err)) {
			return false;
		}
		if (import->bad[attempt->at]) {
			continue;
		}
		if (!write_row(import, named ? &id : NULL, &why)) {
			attempt->stopped = true;
			return mistake(import, attempt->at, NULL, &why, err) &&
				err_set(err, why.code, "%s", why.detail);
		}
		if (!note_doubts(import, attempt->at, err)) {
			return false;
		}
		show_progress(import, attempt->at + 1);
	}
	/* Nothing is kept of a table with mistakes, unless that was asked for. */
	return import->bad_count == 0 || import->keep_good ||
		err_set(err, ERR_VALUE, "rows with mistakes");
}

static void forget_doubts(struct import *import)
{
	import->doubts.count = 0;
	import->doubts.total = 0;
	import->created = import->updated = import->unchanged = 0;
}

/*
 * One transaction over rows from ${from} up to ${upto}.  *stopped_at: the
 * row that the node refused, or ${upto}.
 */
static bool run_attempt(struct import *import, size_t from, size_t upto, bool dry_run, bool *kept,
	size_t *stopped_at, struct err *err)
{
	struct attempt attempt = { .import = import, .from = from, .upto = upto };

	*stopped_at = upto;
	*kept = node_transaction(import->node, try_rows, &attempt, dry_run, err);
	if (*kept) {
		return true;
	}
	*stopped_at = attempt.stopped ? attempt.at : upto;
	return import->bad_count != 0 && of_the_row(err->code);
}

/* Find what else is wrong with the rows after ${from}, one by one. */
static bool try_each(struct import *import, size_t from, struct err *err)
{
	size_t i, stopped;
	bool kept;

	for (i = from; i < import->row_count; i++) {
		if (!import->bad[i] && !run_attempt(import, i, i + 1, true, &kept, &stopped, err)) {
			return false;
		}
	}
	return true;
}

static bool run_all(struct import *import, struct err *err)
{
	size_t stopped;
	bool kept, found_all = false;

	for (;;) {
		forget_doubts(import);
		if (!run_attempt(
			    import, 0, import->row_count, import->dry_run, &kept, &stopped, err)) {
			return false;
		}
		if (!kept && stopped < import->row_count && !found_all) {
			if (!try_each(import, stopped + 1, err)) {
				return false;
			}
			found_all = true;
		}
		/* Every further round leaves out one row more at least. */
		if (kept || !import->keep_good || import->bad_count == import->row_count) {
			break;
		}
	}
	if (!kept) {
		import->created = import->updated = import->unchanged = 0;
	}
	return true;
}

bool import_run(struct import *import, struct err *err)
{
	bool ok;

	import->rows = csv_rows(import->table, &import->row_count);
	import->bad = calloc(import->row_count + 1, sizeof(*import->bad));
	if (import->bad == NULL) {
		return err_nomem(err);
	}
	progress_begin(
		&import->progress, node_env(import->node), (struct phrase){ "导入", "Importing" });
	ok = run_all(import, err);
	progress_end(&import->progress);
	return ok;
}

void import_clear(struct import *import)
{
	free(import->bad);
	free(import->mistakes.list);
	free(import->doubts.list);
	entry_clear(&import->entry);
}
