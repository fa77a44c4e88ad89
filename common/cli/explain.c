/* explain.c -- a figure opened down to the signatures under it. */
#include <stdio.h>
#include <string.h>

#include "asked.h"
#include "commands.h"
#include "explain_json.h"
#include "figures_show.h"
#include "ratio.h"
#include "say.h"

#define EXPLAIN_LIMIT 100 /* records of each measure and community, unless asked otherwise */

const struct cli_explain cli_explain_defaults = { .limit = EXPLAIN_LIMIT };
const struct command_option cli_explain_options[] = { CLI_OPTION_JSON,
	{ "--period", OPTION_VALUE, offsetof(struct cli_explain, period), "P",
		{ "时期:2024、2024-Q1 或 2024-03(默认今年)",
			"2024, 2024-Q1 or 2024-03 (default: this year)" } },
	{ "--place", OPTION_VALUE, offsetof(struct cli_explain, place), "NAME",
		{ "某个街道或社区(默认全区)", "a street or community (default: the district)" } },
	{ "--breakdown", OPTION_VALUE, offsetof(struct cli_explain, breakdown), "VALUE",
		{ "只看分类中的这一项", "only this value of the figure's breakdown" } },
	{ "--limit", OPTION_COUNT, offsetof(struct cli_explain, limit), "N",
		{ "每个社区最多列 N 条记录(默认 100,0 为全部)",
			"at most N records of each community (default: 100; 0: all)" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

struct showing {
	bool zh;
	bool bundles; /* their heading was said */
	size_t given; /* of the community at hand */
	size_t rows;
};

static const char *label_in(const struct showing *showing, const struct label *label)
{
	return showing->zh ? label->zh : label->en;
}

static void print_value(char *out, size_t room, struct figure_value value)
{
	struct ratio ratio = { value.known, value.numerator, value.denominator };
	struct buf text = { 0 };

	out[0] = '\0';
	if (value.known) {
		ratio_print(&text, ratio, 2);
		snprintf(out, room, "%s", buf_str(&text));
	}
	buf_clear(&text);
}

/* What --limit has left out of the community before. */
static void say_more(struct showing *showing)
{
	if (showing->rows > showing->given && showing->given != 0) {
		say_result("    ……还有 %zu 条", "    ... and %zu more", showing->rows - showing->given);
	}
	showing->rows = showing->given = 0;
}

static bool show_part(void *ctx, const struct explain_part *part, struct err *err)
{
	static const char *const roles_zh[] = { "加", "减", "除以" };
	static const char *const roles_en[] = { "plus", "minus", "over" };
	struct showing *showing = ctx;
	char value[64];

	(void)err;
	say_more(showing);
	print_value(value, sizeof(value), part->value);
	say_result("\n%s(%s):%s %s", "\n%s (%s): %s %s",
		label_in(showing, &part->measure->label),
		showing->zh ? roles_zh[part->role] : roles_en[part->role],
		value[0] != '\0' ? value : "–",
		part->measure->unit.zh != NULL ? label_in(showing, &part->measure->unit) : "");
	return true;
}

static bool show_community(void *ctx, const struct explain_community *community,
	struct err *err)
{
	struct showing *showing = ctx;
	char value[64];

	(void)err;
	say_more(showing);
	showing->rows = community->rows;
	print_value(value, sizeof(value), community->value);
	say_result("  %s(%s):%s", "  %s (%s): %s", community->name, community->slug,
		value[0] != '\0' ? value : "–");
	return true;
}

static bool show_record(void *ctx, const struct explain_record *record, struct err *err)
{
	struct showing *showing = ctx;
	char value[64], device[DEVICE_TEXT_BYTES], at[17];
	size_t i;

	(void)err;
	showing->given++;
	print_value(value, sizeof(value), record->value);
	say_result("    %s %s %s %s%s%s", "    %s %s %s %s%s%s",
		label_in(showing, &record->entity->label), record->id, record->title,
		record->breakdown != NULL ? record->breakdown : "", value[0] != '\0' ? " = " : "",
		value);
	for (i = 0; i < record->line_count; i++) {
		const struct explain_line *line = &record->lines[i];

		device_id_print(device, line->device);
		civil_time_at(at, line->t / 1000);
		say_result("      %s  %s  设备 %s%s", "      %s  %s  device %s%s", line->line, at,
			device, line->draft ? (showing->zh ? "(未签名)" : " (not signed yet)") : "");
	}
	return true;
}

static bool show_bundle(void *ctx, const struct explain_bundle *bundle, struct err *err)
{
	struct showing *showing = ctx;
	char name[LINE_NAME_TEXT_BYTES], hash[65];

	(void)err;
	say_more(showing);
	if (!showing->bundles) {
		say_result("\n签名的数据包:", "\nSigned bundles:");
		showing->bundles = true;
	}
	place_print(name, &bundle->info.place);
	hex_encode(hash, bundle->info.hash, sizeof(bundle->info.hash));
	say_result("  %s  %s  提交 %s  SHA-256 %s", "  %s  %s  commit %s  SHA-256 %s", name,
		bundle->signer, bundle->info.commit, hash);
	return true;
}

static bool show(struct node *node, const struct explain_query *query, struct err *err)
{
	struct showing showing = { .zh = terminal_chinese() };
	const struct explain_sink sink = { show_part, show_community, show_record, show_bundle,
		&showing };
	struct figures_query figures = { .names = &query->figure, .name_count = 1,
		.period = query->period, .place = query->place,
		.by_breakdown = query->breakdown != NULL };

	if (figures.place == NULL && !node_is_district(node)) {
		figures.place = node_community(node);
	}
	if (!figures_print(node, &figures, err) || !explain(node, query, &sink, err)) {
		return false;
	}
	say_more(&showing);
	return true;
}

bool cli_explain(struct invocation *invocation, struct err *err)
{
	const struct cli_explain *options = (const void *)invocation->options;
	struct explain_query query = { .place = options->place, .breakdown = options->breakdown,
		.limit = (size_t)options->limit };
	struct node *node = NULL;
	struct buf out = { 0 };
	bool ok;

	ok = cli_open(&node, invocation, err) &&
		cli_figure(&query.figure, node_model(node), invocation->words[0], err) &&
		cli_period(&query.period, node, options->period, err);
	if (ok && cli_common(invocation)->json) {
		ok = explain_to_json(&out, node, &query, err) && cli_write_take(&out, err);
	} else if (ok) {
		ok = show(node, &query, err);
	}
	buf_clear(&out);
	cli_close(node);
	return ok;
}
