/* statements.c -- what the district has published. */
#include <inttypes.h>

#include "commands.h"
#include "emit.h"
#include "linli/statements.h"
#include "say.h"
#include "table.h"

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

static bool list_json(void *ctx, const struct statement *statement, struct err *err)
{
	struct buf *out = ctx;

	emit_open(out, '{');
	emit_member(out, "id", statement->id);
	emit_member(out, "period", statement->period);
	emit_member(out, "signed_by", statement->signed_by);
	emit_member_integer(out, "at", statement->at_ms);
	emit_member(out, "model", statement->model);
	emit_member(out, "document", statement->document);
	emit_close(out, '}');
	return emit_flush(out, err);
}

static bool list_row(void *ctx, const struct statement *statement, struct err *err)
{
	struct table *table = ctx;

	(void)err;
	table_add(table, view_of(statement->period));
	table_add(table, view_of(cli_time(statement->at_ms).text));
	table_add(table, view_of(statement->signed_by));
	table_add(table, view_of(statement->model));
	table_add(table, view_of(statement->id));
	return true;
}

static bool list_table(struct node *node, struct err *err)
{
	const struct table_column columns[] = {
		{ in("时期", "Period"), TABLE_TEXT },
		{ in("发布时间", "Published"), TABLE_TEXT },
		{ in("发布人", "By"), TABLE_TEXT },
		{ in("数据模型", "Model"), TABLE_TEXT },
		{ in("编号", "Id"), TABLE_TEXT },
	};
	struct table *table;
	bool ok;

	if (!table_new(&table, columns, sizeof(columns) / sizeof(columns[0]), err)) {
		return false;
	}
	ok = statements_each(node, list_row, table, err) && table_print(table, err);
	table_free(table);
	return ok;
}

static bool list(struct node *node, bool json, struct err *err)
{
	struct buf out = { 0 };

	if (!json) {
		return list_table(node, err);
	}
	emit_begin(&out);
	emit_key(&out, "statements");
	emit_open(&out, '[');
	if (!statements_each(node, list_json, &out, err)) {
		buf_clear(&out);
		return false;
	}
	emit_close(&out, ']');
	emit_end(&out);
	return cli_write_take(&out, err);
}

/* The document as it was published; it ends with a newline of its own. */
static bool document(struct node *node, const char *id, struct err *err)
{
	struct buf out = { 0 };
	bool ok = statement_document(node, id, &out, err) &&
		terminal_write(buf_as_view(&out), err);

	buf_clear(&out);
	return ok;
}

bool cli_statements(struct invocation *invocation, struct err *err)
{
	struct node *node = NULL;
	bool ok;

	ok = cli_open(&node, invocation, err) &&
		(invocation->word_count == 1
				? document(node, invocation->words[0], err)
				: list(node, cli_common(invocation)->json, err));
	cli_close(node);
	return ok;
}
