/* import.c -- the command: a CSV file becomes records. */
#include <inttypes.h>
#include <string.h>

#include "client.h"
#include "emit.h"
#include "import.h"
#include "say.h"
#include "shown.h"

#define DOUBTS_SHOWN 20
#define MISTAKES_SHOWN 100

const struct command_option import_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	{ "--keep-good", OPTION_FLAG, offsetof(struct import_options, keep_good), NULL,
		{ "导入没有错误的行(默认有错就全部不导入)",
			"import the rows without mistakes (default: all or nothing)" } },
	{ "--ignore", OPTION_VALUE, offsetof(struct import_options, ignore), "COLUMNS",
		{ "略过这些列,多个列名用逗号隔开",
			"leave these columns out; commas between them" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

/* ---- for a person ------------------------------------------------- */

static void say_notes(const struct import_notes *notes, size_t shown)
{
	size_t i;

	for (i = 0; i < notes->count && i < shown; i++) {
		const struct import_note *one = &notes->list[i];

		if (one->code == ERR_NONE) {
			say("注意:第 %zu 行,%s", "Warning: line %zu: %s", one->line, one->reason);
		} else {
			say("第 %zu 行:%s", "Line %zu: %s", one->line, one->reason);
		}
	}
	if (notes->total > shown) {
		say("……共 %" PRIu64 " 处", "... %" PRIu64 " in all", notes->total);
	}
}

static void say_columns(const struct import *import)
{
	size_t i;

	for (i = 0; i < import->column_count; i++) {
		const struct column *column = &import->columns[i];
		int len = (int)column->name.len;

		if (column->kind == COLUMN_FIELD) {
			say_result("“%.*s”列 → %s(%s)", "Column '%.*s' -> %s (%s)", len,
				column->name.data, shown_label(&column->field->label),
				column->field->name);
		} else if (column->kind == COLUMN_ID) {
			say_result("“%.*s”列 → 编号(有编号的行修改原有记录)",
				"Column '%.*s' -> id (rows that have one change that record)", len,
				column->name.data);
		} else {
			say_result("“%.*s”列略过", "Column '%.*s' is left out", len,
				column->name.data);
		}
	}
}

static void say_outcome(const struct import *import)
{
	const char *label = shown_label(&import->entity->label);

	if (import->bad_count != 0) {
		say("%" PRIu64 " 行有错误(共 %zu 行)。", "%" PRIu64 " of %zu rows have mistakes.",
			import->bad_count, import->row_count);
	}
	if (import->bad_count != 0 && !import->keep_good) {
		say("没有导入任何内容。请改正后重试,或用 --keep-good 只导入没有错误的行。",
			"Nothing was imported. Correct them, or import the others with "
			"--keep-good.");
	} else if (import->row_count == import->bad_count) {
		say("没有可以导入的行。", "There are no rows to import.");
	} else if (import->dry_run) {
		say_result("可以导入“%s”:新建 %" PRIu64 ",修改 %" PRIu64 ",不变 %" PRIu64 "。",
			"%s: %" PRIu64 " records would be new, %" PRIu64 " changed, %" PRIu64
			" stay as they are.",
			label, import->created, import->updated, import->unchanged);
	} else {
		say_result("已导入“%s”:新建 %" PRIu64 ",修改 %" PRIu64 ",不变 %" PRIu64 "。",
			"%s: %" PRIu64 " records are new, %" PRIu64 " changed, %" PRIu64
			" stayed as they are.",
			label, import->created, import->updated, import->unchanged);
	}
}

/* ---- for a program ------------------------------------------------ */

static void notes_json(struct buf *out, const char *name, const struct import_notes *notes)
{
	size_t i;

	emit_key(out, name);
	emit_open(out, '[');
	for (i = 0; i < notes->count; i++) {
		const struct import_note *one = &notes->list[i];

		emit_open(out, '{');
		emit_member_integer(out, "line", (int64_t)one->line);
		emit_key(out, "column");
		if (one->column != NULL) {
			emit_text(out, one->column->name);
		} else {
			emit_null(out);
		}
		if (one->code != ERR_NONE) {
			emit_member(out, "code", err_name(one->code));
		}
		emit_member(out, "reason", one->reason);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

static void columns_json(struct buf *out, const struct import *import)
{
	size_t i;

	emit_key(out, "columns");
	emit_open(out, '[');
	for (i = 0; i < import->column_count; i++) {
		const struct column *column = &import->columns[i];

		emit_open(out, '{');
		emit_key(out, "column");
		emit_text(out, column->name);
		emit_member(out, "field",
			column->kind == COLUMN_FIELD        ? column->field->name
				: column->kind == COLUMN_ID ? "id"
							    : NULL);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

static bool report_json(const struct import *import, struct err *err)
{
	struct buf out = { 0 };

	emit_begin(&out);
	emit_member(&out, "entity", import->entity->name);
	emit_member_bool(&out, "dry_run", import->dry_run);
	emit_member_integer(&out, "rows", (int64_t)import->row_count);
	emit_member_integer(&out, "created", (int64_t)import->created);
	emit_member_integer(&out, "updated", (int64_t)import->updated);
	emit_member_integer(&out, "unchanged", (int64_t)import->unchanged);
	emit_member_integer(&out, "failed", (int64_t)import->bad_count);
	columns_json(&out, import);
	emit_member_integer(&out, "error_count", (int64_t)import->mistakes.total);
	notes_json(&out, "errors", &import->mistakes);
	emit_member_integer(&out, "warning_count", (int64_t)import->doubts.total);
	notes_json(&out, "warnings", &import->doubts);
	emit_end(&out);
	return cli_write_take(&out, err);
}

/* ---- the command -------------------------------------------------- */

static bool read_table(struct csv_table **out, const char *path, struct err *err)
{
	struct buf bytes = { 0 };
	bool ok = cli_read_file(&bytes, path, CSV_FILE_MAX_BYTES, err);

	if (ok && view_begins(buf_as_view(&bytes), "PK\x03\x04")) {
		ok = err_set(err, ERR_TABLE,
			terminal_chinese()
				? "%s 是 Excel 工作簿;请在 Excel 或 WPS 中另存为 CSV 再导入"
				: "%s is a spreadsheet; save it as CSV and import that",
			path);
	}
	if (ok && !csv_read(out, buf_as_view(&bytes), err)) {
		err->code = err->code == ERR_FORMAT ? ERR_TABLE : err->code;
		ok = err_wrap(err, "%s", path);
	}
	buf_clear(&bytes);
	return ok;
}

static int status_of(const struct import *import)
{
	if (import->bad_count == 0) {
		return 0;
	}
	return err_exit_status(import->created + import->updated + import->unchanged != 0
			? ERR_PARTIAL
			: ERR_VALUE);
}

static bool run(struct import *import, const struct import_options *options, struct err *err)
{
	if (!import_map(import, options->ignore, err) || !import_run(import, err)) {
		return false;
	}
	if (options->common.json) {
		return report_json(import, err);
	}
	say_notes(&import->doubts, DOUBTS_SHOWN);
	say_notes(&import->mistakes, MISTAKES_SHOWN);
	if (import->dry_run) {
		say_columns(import);
	}
	say_outcome(import);
	return true;
}

bool command_import(struct invocation *invocation, struct err *err)
{
	const struct import_options *options = (const void *)invocation->options;
	struct import import = { .keep_good = options->keep_good,
		.dry_run = options->common.dry_run };
	struct csv_table *table = NULL;
	bool ok = false;

	if (!cli_open_writing(&import.node, invocation, err) ||
		!cli_entity(&import.entity, import.node, invocation->words[0], err)) {
		goto out;
	}
	if (import.entity->trust) {
		err_set(err, ERR_SCOPE, "%s", import.entity->name);
		goto out;
	}
	if (!read_table(&table, invocation->words[1], err)) {
		goto out;
	}
	import.table = table;
	ok = run(&import, options, err);
	invocation->status = ok ? status_of(&import) : 0;
out:
	import_clear(&import);
	csv_table_free(table);
	cli_close(import.node);
	return ok;
}
