/* statement.c -- linlid publish, restate, recount: figures that are stated, and what came after. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "district.h"
#include "emit.h"
#include "linli/statements.h"
#include "ratio.h"
#include "say.h"
#include "shown.h"
#include "table.h"

#define BUNDLES_SHOWN 3 /* in a row of a table */

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

/* ---- publish -------------------------------------------------------- */

struct publish_options {
	struct cli_common common;
	const char *as;
};
static const struct command_option publish_options[] = {
	{ "--as", OPTION_VALUE, offsetof(struct publish_options, as), "USER",
		{ "发布人(默认为登录名)", "who publishes (default: your login name)" } },
	CLI_OPTION_JSON, CLI_OPTION_DRY_RUN, CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

static bool read_period(struct period *out, const char *typed, struct err *err)
{
	return period_parse(out, view_of(typed), err) ||
		err_set(err, ERR_USAGE,
			terminal_chinese() ? "时期应写成 2024、2024-Q1 或 2024-01,而不是:%.40s"
					   : "a period is 2024, 2024-Q1 or 2024-01, not: %.40s",
			typed);
}

static bool publish_show(const struct publish_options *given, const struct period *period,
	const char *id, struct view document, struct err *err)
{
	struct buf out = { 0 };

	if (given->common.json) {
		emit_begin(&out);
		emit_member(&out, "id", given->common.dry_run ? NULL : id);
		emit_member(&out, "period", period->name);
		emit_member_integer(&out, "bytes", (int64_t)document.len);
		emit_member_bool(&out, "dry_run", given->common.dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (given->common.dry_run) {
		/* What would be stated, line by line. */
		return terminal_write(document, err);
	}
	say_result("已发布 %s 的统计,编号 %s。", "Published the figures of %s as %s.",
		period->name, id);
	say("今后到达的改动不会改变它;有出入的地方见:linlid restate",
		"What arrives from now on does not change it; linlid restate shows where it "
		"differs.");
	return true;
}

static bool publish_run(struct invocation *invocation, struct err *err)
{
	const struct publish_options *given = (const void *)invocation->options;
	const char *by = given->as != NULL ? given->as : district_login_name();
	char id[RECORD_ID_TEXT_BYTES];
	struct node *node = NULL;
	struct buf document = { 0 };
	struct period period;
	bool ok;

	ok = read_period(&period, invocation->words[0], err) &&
		district_open_writing(&node, invocation, err) &&
		statement_publish(node, &period, by, given->common.dry_run, id, &document, err) &&
		publish_show(given, &period, id, buf_as_view(&document), err);
	buf_clear(&document);
	node_close(node);
	return ok;
}

const struct command publish_command = {
	.name = "publish",
	.summary = { "发布一个时期的统计,并签名", "State the figures of a period, signed" },
	.notes = { "写明数据模型、各链的位置和全部指标;以后到达的改动不会悄悄改变它。\n"
		   "--dry-run 显示将要发布的内容。",
		"Holds the model, the head of every chain and all figures; what arrives later\n"
		"never changes it quietly.  --dry-run shows what would be stated." },
	.usage = "PERIOD",
	.min_words = 1,
	.max_words = 1,
	.options = publish_options,
	.options_bytes = sizeof(struct publish_options),
	.run = publish_run,
};

/* ---- differences ----------------------------------------------------- */

struct showing {
	struct node *node;
	struct buf out;      /* JSON */
	struct table *table; /* NULL: JSON */
	uint64_t count;
};

static void value_json(struct buf *out, const char *name, const struct statement_value *value)
{
	struct ratio ratio = { value->there && value->known && !value->suppressed,
		value->numerator, value->denominator };

	emit_key(out, name);
	if (ratio.known) {
		struct buf text = { 0 };

		ratio_print(&text, ratio, RATIO_DIGITS);
		emit_raw(out, buf_as_view(&text));
		buf_clear(&text);
	} else {
		emit_null(out);
	}
}

static bool difference_json(void *ctx, const struct statement_difference *difference,
	struct err *err)
{
	struct showing *showing = ctx;
	struct buf *out = &showing->out;
	size_t i;

	showing->count++;
	emit_open(out, '{');
	emit_member(out, "figure", difference->figure);
	emit_member(out, "place", difference->place);
	emit_member(out, "breakdown", difference->breakdown);
	value_json(out, "published", &difference->published);
	value_json(out, "now", &difference->now);
	emit_key(out, "bundles");
	emit_open(out, '[');
	for (i = 0; i < difference->bundle_count; i++) {
		emit_text(out, view_of(difference->bundles[i]));
	}
	emit_close(out, ']');
	emit_close(out, '}');
	return emit_flush(out, err);
}

static const char *figure_label(const struct model *model, const char *name)
{
	const struct measure *measure = model_measure(model, view_of(name));
	const struct indicator *indicator = model_indicator(model, view_of(name));
	const struct series *series = model_series(model, view_of(name));

	return measure != NULL ? shown_label(&measure->label) :
		indicator != NULL ? shown_label(&indicator->label) :
		series != NULL ? shown_label(&series->label) : name;
}

static void add_value(struct table *table, const struct statement_value *value)
{
	struct buf text = { 0 };

	if (!value->there || !value->known) {
		buf_text(&text, value->suppressed ? in("不公开", "kept back") : "–");
	} else {
		ratio_print(&text, (struct ratio){ true, value->numerator, value->denominator }, 2);
	}
	table_add(table, buf_as_view(&text));
	buf_clear(&text);
}

static bool difference_row(void *ctx, const struct statement_difference *difference,
	struct err *err)
{
	struct showing *showing = ctx;
	struct table *table = showing->table;
	struct buf text = { 0 };
	size_t i;

	(void)err;
	showing->count++;
	table_add(table, view_of(figure_label(node_model(showing->node), difference->figure)));
	if (difference->level == PLACE_COMMUNITY) {
		shown_community(&text, showing->node, difference->place);
	} else {
		buf_text(&text, difference->level == PLACE_DISTRICT ? in("全区", "district") :
								      difference->place);
	}
	table_add(table, buf_as_view(&text));
	table_add(table, view_of(difference->breakdown));
	add_value(table, &difference->published);
	add_value(table, &difference->now);
	buf_reset(&text);
	for (i = 0; i < difference->bundle_count && i < BUNDLES_SHOWN; i++) {
		buf_printf(&text, "%s%s", i != 0 ? " " : "", difference->bundles[i]);
	}
	if (difference->bundle_count > BUNDLES_SHOWN) {
		buf_printf(&text, terminal_chinese() ? ",另有 %zu 个" : " and %zu more",
			difference->bundle_count - BUNDLES_SHOWN);
	}
	table_add(table, buf_as_view(&text));
	buf_clear(&text);
	return true;
}

static bool new_table(struct showing *showing, const char *before, const char *after,
	struct err *err)
{
	const struct table_column columns[] = {
		{ in("指标", "Figure"), TABLE_TEXT },
		{ in("地点", "Place"), TABLE_TEXT },
		{ in("其中", "Of which"), TABLE_TEXT },
		{ before, TABLE_NUMBER },
		{ after, TABLE_NUMBER },
		{ in("数据包", "Bundles"), TABLE_TEXT },
	};

	if (!table_new(&showing->table, columns, sizeof(columns) / sizeof(columns[0]), err)) {
		return false;
	}
	table_hide_empty(showing->table);
	return true;
}

/* ---- restate ---------------------------------------------------------- */

struct restating {
	struct node *node;
	bool json;
	const char *only; /* a statement; NULL: all */
	struct showing showing;
	uint64_t statements;
};

static bool restate_json(struct restating *restating, const struct statement *statement,
	struct err *err)
{
	struct buf *out = &restating->showing.out;

	emit_open(out, '{');
	emit_member(out, "id", statement->id);
	emit_member(out, "period", statement->period);
	emit_member(out, "signed_by", statement->signed_by);
	emit_member_integer(out, "at", statement->at_ms);
	emit_key(out, "differences");
	emit_open(out, '[');
	if (!statement_differences(restating->node, statement->id, difference_json,
		    &restating->showing, err)) {
		return false;
	}
	emit_close(out, ']');
	emit_close(out, '}');
	return true;
}

static bool restate_table(struct restating *restating, const struct statement *statement,
	struct err *err)
{
	struct showing *showing = &restating->showing;
	bool ok;

	showing->count = 0;
	if (!new_table(showing, in("发布时", "Published"), in("现在", "Now"), err)) {
		return false;
	}
	ok = statement_differences(restating->node, statement->id, difference_row, showing, err);
	if (ok && showing->count == 0) {
		say_result("%s(%s 由 %s 发布,%s):没有出入。",
			"%s (published %s by %s, %s): nothing differs.", statement->period,
			cli_time(statement->at_ms).text, statement->signed_by, statement->id);
	} else if (ok) {
		say_result("%s(%s 由 %s 发布,%s):%" PRIu64 " 处有出入",
			"%s (published %s by %s, %s): %" PRIu64 " figures differ",
			statement->period, cli_time(statement->at_ms).text,
			statement->signed_by, statement->id, showing->count);
		ok = table_print(showing->table, err);
	}
	table_free(showing->table);
	showing->table = NULL;
	return ok;
}

static bool restate_one(void *ctx, const struct statement *statement, struct err *err)
{
	struct restating *restating = ctx;

	if (restating->only != NULL && strcmp(restating->only, statement->id) != 0) {
		return true;
	}
	restating->statements++;
	return restating->json ? restate_json(restating, statement, err)
			       : restate_table(restating, statement, err);
}

static bool restate(struct restating *restating, struct err *err)
{
	struct buf *out = &restating->showing.out;

	if (restating->json) {
		emit_begin(out);
		emit_key(out, "statements");
		emit_open(out, '[');
	}
	if (!statements_each(restating->node, restate_one, restating, err)) {
		return false;
	}
	if (restating->only != NULL && restating->statements == 0) {
		return err_set(err, ERR_NOT_FOUND, "%s",
			in("没有这份发布", "there is no such statement"));
	}
	if (restating->json) {
		emit_close(out, ']');
		emit_end(out);
		return cli_write_take(out, err);
	}
	if (restating->statements == 0) {
		say("还没有发布过统计。", "Nothing was published yet.");
	}
	return true;
}

static bool restate_run(struct invocation *invocation, struct err *err)
{
	struct restating restating = { .json = cli_common(invocation)->json,
		.only = invocation->word_count == 1 ? invocation->words[0] : NULL };
	bool ok;

	ok = district_open(&restating.node, invocation, err);
	restating.showing.node = restating.node;
	ok = ok && restate(&restating, err);
	buf_clear(&restating.showing.out);
	node_close(restating.node);
	return ok;
}

const struct command restate_command = {
	.name = "restate",
	.summary = { "列出发布之后有出入的指标,以及由哪些数据包引起",
		"List figures that differ from what was published, and the bundles that "
		"caused it" },
	.usage = "[STATEMENT]",
	.max_words = 1,
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = restate_run,
};

/* ---- recount, statements compare --------------------------------------- */

/* What both end with: a table or a list of differences. */
static bool show_differences(struct showing *showing, bool json, const char *heading,
	bool same, bool *told, struct err *err)
{
	if (json) {
		emit_close(&showing->out, ']');
		emit_member_bool(&showing->out, "same", same);
		emit_end(&showing->out);
		*told = true;
		return cli_write_take(&showing->out, err);
	}
	*told = showing->count != 0;
	if (!*told) {
		return true;
	}
	say_result("%s", "%s", heading);
	return table_print(showing->table, err);
}

static bool showing_begin(struct showing *showing, struct node *node, bool json,
	const char *before, const char *after, struct err *err)
{
	showing->node = node;
	if (!json) {
		return new_table(showing, before, after, err);
	}
	emit_begin(&showing->out);
	emit_key(&showing->out, "differences");
	emit_open(&showing->out, '[');
	return true;
}

static bool recount_run(struct invocation *invocation, struct err *err)
{
	const char *id = invocation->words[0];
	bool json = cli_common(invocation)->json, same = false, told, ok = false;
	struct showing showing = { 0 };
	struct node *node = NULL;

	if (!cli_open(&node, invocation, err) ||
		!showing_begin(&showing, node, json, in("发布时", "Published"),
			in("重新计算", "Recounted"), err) ||
		!statement_recount(node, id, &same, json ? difference_json : difference_row,
			&showing, err) ||
		!show_differences(&showing, json,
			in("重新计算的结果与发布的不同:",
				"What was counted again differs from what was published:"),
			same, &told, err)) {
		goto out;
	}
	ok = same || err_set(err, ERR_HASH, "%s",
			     in("按同样的数据包重新计算,得不到发布的内容",
				     "the same bundles do not give what was published"));
	if (ok && !json) {
		say_result("按发布时的数据包重新计算,结果逐字相同。",
			"Counted again from the same bundles: the same, byte for byte.");
	}
	if (!ok && json) {
		/* It was said already, as an object of its own. */
		invocation->status = err_exit_status(ERR_HASH);
		ok = true;
	}
out:
	table_free(showing.table);
	buf_clear(&showing.out);
	node_close(node);
	return ok;
}

const struct command recount_command = {
	.name = "recount",
	.summary = { "按发布时的数据包重新计算一份发布,逐字比较",
		"Count a statement again from the bundles it names, and compare" },
	.usage = "STATEMENT",
	.min_words = 1,
	.max_words = 1,
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = recount_run,
};

static bool compare_run(struct invocation *invocation, struct err *err)
{
	bool json = cli_common(invocation)->json, told, ok;
	struct showing showing = { 0 };
	struct node *node = NULL;

	ok = district_open(&node, invocation, err) &&
		showing_begin(&showing, node, json, in("前一份", "First"),
			in("后一份", "Second"), err) &&
		statements_compare(node, invocation->words[0], invocation->words[1],
			json ? difference_json : difference_row, &showing, err) &&
		show_differences(&showing, json, in("两份发布不同之处:", "Where they differ:"),
			showing.count == 0, &told, err);
	if (ok && !told) {
		say_result("两份发布的指标相同。", "The figures of both are the same.");
	}
	table_free(showing.table);
	buf_clear(&showing.out);
	node_close(node);
	return ok;
}

const struct command statements_compare_command = {
	.name = "statements compare",
	.summary = { "比较两份发布", "Compare two statements" },
	.usage = "STATEMENT STATEMENT",
	.min_words = 2,
	.max_words = 2,
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = compare_run,
};
