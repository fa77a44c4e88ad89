/* list.c -- the records of an entity; and the same as a CSV file. */
#include <string.h>

#include "commands.h"
#include "csv.h"
#include "emit.h"
#include "entry.h"
#include "say.h"
#include "shown.h"
#include "table.h"

/* Which records, and what is done with each. */
struct listing {
	struct node *node;
	const struct entity *entity;
	struct filter *filters;
	size_t filter_count;
	const char *community; /* only records of this one; or NULL */
	struct arena arena;    /* of filters */

	struct buf out;
	struct table *table;
	bool used[MODEL_MAX_FIELDS]; /* which columns have a value */
	bool names, community_column;
	uint64_t count;
};

static void listing_clear(struct listing *listing)
{
	table_free(listing->table);
	buf_clear(&listing->out);
	arena_clear(&listing->arena);
	cli_close(listing->node);
}

static bool wanted(const struct listing *listing, const struct record_view *view)
{
	return listing->community == NULL || strcmp(listing->community, view->community) == 0;
}

/* Words from ${first} on are filters. */
static bool read_filters(
	struct listing *listing, const struct invocation *invocation, size_t first, struct err *err)
{
	size_t i;

	listing->filters =
		arena_alloc(&listing->arena, (invocation->word_count + 1) * sizeof(struct filter));
	if (listing->filters == NULL) {
		return err_nomem(err);
	}
	for (i = first; i < invocation->word_count; i++) {
		struct filter *filter = &listing->filters[listing->filter_count];

		if (!entry_filter(filter, &listing->community, &listing->arena, listing->node,
			    listing->entity, invocation->words[i], err)) {
			return false;
		}
		listing->filter_count += filter->field != NULL;
	}
	return true;
}

static bool each(struct listing *listing,
	bool (*with)(void *ctx, const struct record_view *view, struct err *err), struct err *err)
{
	return records_each(listing->node, listing->entity, listing->filters, listing->filter_count,
		with, listing, err);
}

static bool open_listing(
	struct listing *listing, const struct invocation *invocation, struct err *err)
{
	return cli_open(&listing->node, invocation, err) &&
		cli_entity(&listing->entity, listing->node, invocation->words[0], err);
}

/* ---- list --------------------------------------------------------- */

static bool record_json(void *ctx, const struct record_view *view, struct err *err)
{
	struct listing *listing = ctx;

	if (!wanted(listing, view)) {
		return true;
	}
	emit_open(&listing->out, '{');
	emit_member(&listing->out, "id", view->id);
	emit_key(&listing->out, "values");
	shown_values_json(&listing->out, view);
	emit_close(&listing->out, '}');
	return emit_flush(&listing->out, err);
}

static bool list_json(struct listing *listing, struct err *err)
{
	emit_begin(&listing->out);
	emit_member(&listing->out, "entity", listing->entity->name);
	emit_key(&listing->out, "records");
	emit_open(&listing->out, '[');
	if (!each(listing, record_json, err)) {
		return false;
	}
	emit_close(&listing->out, ']');
	emit_end(&listing->out);
	return cli_write_take(&listing->out, err);
}

/* Does ${value} tell anything?  Not that a community's record is its own. */
static bool tells(const struct listing *listing, size_t index, const struct value *value)
{
	const struct field *field = &listing->entity->fields[index];

	if (field == listing->entity->community && !node_is_district(listing->node)) {
		return value->kind == VALUE_TEXT &&
			!view_is(value->text, node_community(listing->node));
	}
	return value->kind != VALUE_NULL;
}

static bool note_columns(void *ctx, const struct record_view *view, struct err *err)
{
	struct listing *listing = ctx;
	size_t i;

	(void)err;
	if (!wanted(listing, view)) {
		return true;
	}
	listing->count++;
	for (i = 0; i < listing->entity->field_count; i++) {
		listing->used[i] |= tells(listing, i, &view->values[i]);
	}
	return true;
}

static bool begin_table(struct listing *listing, struct err *err)
{
	struct table_column columns[MODEL_MAX_FIELDS + 2];
	size_t count = 0, i;

	/* Ids and dates are wanted whole, and numbers are never cut. */
	columns[count++] =
		(struct table_column){ terminal_chinese() ? "编号" : "Id", TABLE_NUMBER };
	if (listing->community_column) {
		columns[count++] = (struct table_column){ terminal_chinese() ? "社区" : "Community",
			TABLE_TEXT };
	}
	for (i = 0; i < listing->entity->field_count; i++) {
		const struct field *field = &listing->entity->fields[i];
		bool number = field->type == FIELD_INTEGER || field->type == FIELD_MONEY ||
			field->type == FIELD_AREA || field->type == FIELD_DATE;

		if (listing->used[i]) {
			columns[count++] = (struct table_column){ shown_label(&field->label),
				number && field->rule != RULE_UNION ? TABLE_NUMBER : TABLE_TEXT };
		}
	}
	return table_new(&listing->table, columns, count, err);
}

static bool record_row(void *ctx, const struct record_view *view, struct err *err)
{
	struct listing *listing = ctx;
	struct buf cell = { 0 };
	bool ok;
	size_t i;

	if (!wanted(listing, view)) {
		return true;
	}
	table_add(listing->table, view_of(view->id));
	if (listing->community_column) {
		shown_community(&cell, listing->node, view->community);
		table_add(listing->table, buf_as_view(&cell));
	}
	for (i = 0; i < listing->entity->field_count; i++) {
		if (listing->used[i]) {
			buf_reset(&cell);
			shown_value(&cell, listing->node, &listing->entity->fields[i],
				&view->values[i]);
			table_add(listing->table, buf_as_view(&cell));
		}
	}
	ok = buf_ok(&cell, err);
	buf_clear(&cell);
	return ok;
}

static bool list_table(struct listing *listing, struct err *err)
{
	if (!each(listing, note_columns, err)) {
		return false;
	}
	if (listing->count == 0) {
		say("没有符合条件的“%s”记录。", "There are no such records of %s.",
			shown_label(&listing->entity->label));
		return true;
	}
	listing->community_column = node_is_district(listing->node) &&
		entity_field(listing->entity, VIEW_LITERAL("community")) == NULL &&
		!listing->entity->district_writes;
	return begin_table(listing, err) && each(listing, record_row, err) &&
		table_print(listing->table, err);
}

bool cli_list(struct invocation *invocation, struct err *err)
{
	struct listing listing = { 0 };
	bool ok;

	ok = open_listing(&listing, invocation, err) &&
		read_filters(&listing, invocation, 1, err) &&
		(cli_common(invocation)->json ? list_json(&listing, err)
					      : list_table(&listing, err));
	listing_clear(&listing);
	return ok;
}

/* ---- export ------------------------------------------------------- */

const struct command_option cli_export_options[] = { CLI_OPTION_JSON,
	{ "-o", OPTION_VALUE, offsetof(struct cli_export, file), "FILE",
		{ "写到文件(默认写到标准输出)", "write to FILE (default: standard output)" } },
	{ "--gb18030", OPTION_FLAG, offsetof(struct cli_export, gb18030), NULL,
		{ "用 GB18030 编码(默认 UTF-8)", "in GB18030 (default UTF-8)" } },
	{ "--names", OPTION_FLAG, offsetof(struct cli_export, names), NULL,
		{ "用字段名、选项名和编号,不用中文标签",
			"with names and ids instead of labels and titles" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

static bool header_row(struct listing *listing, struct err *err)
{
	const struct entity *entity = listing->entity;
	struct view cells[MODEL_MAX_FIELDS + 2];
	bool zh = terminal_chinese() && !listing->names;
	size_t count = 0, i;

	cells[count++] = view_of(zh ? "编号" : "id");
	if (listing->community_column) {
		cells[count++] = view_of(zh ? "社区" : "community");
	}
	for (i = 0; i < entity->field_count; i++) {
		cells[count++] = view_of(listing->names ? entity->fields[i].name
							: shown_label(&entity->fields[i].label));
	}
	csv_write_bom(&listing->out);
	csv_write_row(&listing->out, cells, count);
	return buf_ok(&listing->out, err);
}

static bool csv_row_of(void *ctx, const struct record_view *view, struct err *err)
{
	struct listing *listing = ctx;
	struct view cells[MODEL_MAX_FIELDS + 2];
	size_t ends[MODEL_MAX_FIELDS + 2], count = 0, i, at = 0;
	struct buf text = { 0 };
	bool ok;

	if (!wanted(listing, view)) {
		return true;
	}
	buf_text(&text, view->id);
	ends[count++] = text.len;
	if (listing->community_column) {
		buf_text(&text, view->community);
		ends[count++] = text.len;
	}
	for (i = 0; i < listing->entity->field_count; i++) {
		shown_cell(&text, listing->node, &listing->entity->fields[i], &view->values[i],
			listing->names);
		ends[count++] = text.len;
	}
	for (i = 0; i < count; i++) {
		cells[i] = (struct view){ buf_str(&text) + at, ends[i] - at };
		at = ends[i];
	}
	ok = buf_ok(&text, err);
	if (ok) {
		csv_write_row(&listing->out, cells, count);
		listing->count++;
		ok = buf_ok(&listing->out, err);
	}
	buf_clear(&text);
	return ok;
}

/* Where the table goes: -o FILE, or the second word; NULL is stdout. */
static bool find_file(const char **out, size_t *first, const struct invocation *invocation,
	const struct cli_export *options, struct err *err)
{
	bool word = invocation->word_count > 1 && !entry_is_word(invocation->words[1]);

	*first = word ? 2 : 1;
	*out = word ? invocation->words[1] : options->file;
	if (word && options->file != NULL) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "写出的文件只能给一个" : "name one file only");
	}
	if (*out != NULL && strcmp(*out, "-") == 0) {
		*out = NULL;
	}
	if (*out != NULL && strlen(*out) > 5 && strcmp(*out + strlen(*out) - 5, ".xlsx") == 0) {
		return err_set(err, ERR_USAGE,
			terminal_chinese()
				? "写出的是 CSV;Excel 和 WPS 都能打开,请把文件名改为 .csv"
				: "what is written is CSV, which Excel opens, too: name it .csv");
	}
	if (*out == NULL && options->common.json) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "--json 需要同时用 -o 写明文件"
					   : "--json wants -o FILE");
	}
	return true;
}

static bool report_export(struct listing *listing, const char *file, bool json, struct err *err)
{
	buf_reset(&listing->out);
	if (!json) {
		say("已把 %llu 条“%s”记录写到 %s", "Wrote %llu records of %s to %s",
			(unsigned long long)listing->count, shown_label(&listing->entity->label),
			file);
		return true;
	}
	emit_begin(&listing->out);
	emit_member(&listing->out, "entity", listing->entity->name);
	emit_member_integer(&listing->out, "records", (int64_t)listing->count);
	emit_member(&listing->out, "file", file);
	emit_end(&listing->out);
	return cli_write_take(&listing->out, err);
}

static bool deliver(struct listing *listing, const struct cli_export *options, const char *file,
	struct err *err)
{
	const struct env *env = node_env(listing->node);
	struct buf encoded = { 0 };
	struct view bytes;
	bool ok = true;

	if (options->gb18030) {
		ok = csv_encode_gb18030(&encoded, buf_as_view(&listing->out), err);
	}
	bytes = buf_as_view(options->gb18030 ? &encoded : &listing->out);
	if (ok && file == NULL) {
		ok = terminal_write(bytes, err);
	} else if (ok) {
		ok = env->write_file(env->ctx, file, bytes, false, err) &&
			report_export(listing, file, options->common.json, err);
	}
	buf_clear(&encoded);
	return ok;
}

bool cli_export(struct invocation *invocation, struct err *err)
{
	const struct cli_export *options = (const void *)invocation->options;
	struct listing listing = { .names = options->names };
	const char *file;
	size_t first;
	bool ok = false;

	if (!find_file(&file, &first, invocation, options, err) ||
		!open_listing(&listing, invocation, err) ||
		!read_filters(&listing, invocation, first, err)) {
		goto out;
	}
	listing.community_column = node_is_district(listing.node) &&
		entity_field(listing.entity, VIEW_LITERAL("community")) == NULL &&
		!listing.entity->district_writes;
	ok = header_row(&listing, err) && each(&listing, csv_row_of, err) &&
		deliver(&listing, options, file, err);
out:
	listing_clear(&listing);
	return ok;
}
