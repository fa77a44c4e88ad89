/* import_map.c -- which column of a table is which field; see import.h. */
#include <string.h>
#include <strings.h>

#include "import.h"
#include "shown.h"
#include "terminal.h"

/* Is ${name} one of the names in ${list}, which commas part? */
static bool listed(const char *list, struct view name)
{
	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, ",");

		if (len == name.len && memcmp(list, name.data, len) == 0) {
			return true;
		}
		list += len;
		list += *list == ',';
	}
	return false;
}

/* The header of the column that holds ids, as export writes it. */
static bool names_id(struct view name)
{
	return view_is(name, "编号") || (name.len == 2 && strncasecmp(name.data, "id", 2) == 0);
}

static const struct column *mapped_to(
	const struct import *import, enum column_kind kind, const struct field *field)
{
	size_t i;

	for (i = 0; i < import->column_count; i++) {
		if (import->columns[i].kind == kind && import->columns[i].field == field) {
			return &import->columns[i];
		}
	}
	return NULL;
}

static bool twice(const struct column *column, const struct column *before, struct err *err)
{
	return err_set(err, ERR_VALUE,
		terminal_chinese() ? "“%.*s”和“%.*s”两列是同一个字段"
				   : "the columns '%.*s' and '%.*s' are the same field",
		(int)before->name.len, before->name.data, (int)column->name.len, column->name.data);
}

static bool no_such_columns(const struct import *import, const struct buf *unknown, struct err *err)
{
	const struct entity *entity = import->entity;
	bool zh = terminal_chinese();
	struct buf fields = { 0 };
	size_t i;

	for (i = 0; i < entity->field_count; i++) {
		buf_printf(&fields, "%s%s", i != 0 ? ", " : "",
			zh ? entity->fields[i].label.zh : entity->fields[i].name);
	}
	err_set(err, ERR_VALUE,
		zh ? "这些列不是“%s”的字段: %s。请改列名,或用 --ignore %s 略过。可用的字段: %s"
		   : "these columns are no fields of %s: %s; rename them, or leave them out with "
		     "--ignore %s. Fields: %s",
		zh ? entity->label.zh : entity->name, buf_str(unknown), buf_str(unknown),
		buf_str(&fields));
	buf_clear(&fields);
	return false;
}

/* Is every name of ${ignore} a column?  A slip of the pen would hide another. */
static bool all_there(const struct import *import, const char *ignore, struct err *err)
{
	size_t i;

	while (ignore != NULL && *ignore != '\0') {
		size_t len = strcspn(ignore, ",");
		bool found = len == 0;

		for (i = 0; i < import->column_count && !found; i++) {
			found = import->columns[i].name.len == len &&
				memcmp(import->columns[i].name.data, ignore, len) == 0;
		}
		if (!found) {
			return err_set(err, ERR_USAGE,
				terminal_chinese() ? "要略过的列“%.*s”不在文件中"
						   : "--ignore: the file has no column '%.*s'",
				(int)len, ignore);
		}
		ignore += len;
		ignore += *ignore == ',';
	}
	return true;
}

static bool map_one(struct import *import, struct view name, const char *ignore,
	struct buf *unknown, struct err *err)
{
	struct column column = { .kind = COLUMN_FIELD, .name = name };
	const struct column *before = NULL;
	struct err ignored;

	if (listed(ignore, name)) {
		column.kind = COLUMN_IGNORED;
	} else if (entry_field(&column.field, import->entity, name, &ignored)) {
		before = mapped_to(import, COLUMN_FIELD, column.field);
	} else if (names_id(name)) {
		column.kind = COLUMN_ID;
		before = mapped_to(import, COLUMN_ID, NULL);
	} else {
		buf_text(unknown, unknown->len != 0 ? "," : "");
		buf_view(unknown, name);
	}
	if (before != NULL) {
		return twice(&column, before, err);
	}
	import->columns[import->column_count++] = column;
	return true;
}

bool import_map(struct import *import, const char *ignore, struct err *err)
{
	const struct csv_row *header = csv_header(import->table);
	struct buf unknown = { 0 };
	bool ok = true, any = false;
	size_t i;

	for (i = 0; ok && i < header->count; i++) {
		ok = map_one(import, header->cells[i], ignore, &unknown, err);
		any = any || (ok && import->columns[i].kind == COLUMN_FIELD);
	}
	if (ok && (unknown.len != 0 || unknown.failed)) {
		ok = no_such_columns(import, &unknown, err);
	}
	ok = ok && all_there(import, ignore, err);
	if (ok && !any) {
		ok = err_set(err, ERR_VALUE,
			terminal_chinese() ? "文件中没有一列是“%s”的字段"
					   : "no column is a field of %s",
			terminal_chinese() ? import->entity->label.zh : import->entity->name);
	}
	buf_clear(&unknown);
	return ok;
}
