/* stats.c -- figures, by community, street or district. */
#include <string.h>
#include <strings.h>

#include "asked.h"
#include "commands.h"
#include "figures_json.h"
#include "figures_show.h"
#include "linli/figures.h"
#include "linli/past.h"

const struct command_option cli_stats_options[] = { CLI_OPTION_JSON,
	{ "--period", OPTION_VALUE, offsetof(struct cli_stats, period), "P",
		{ "时期:2024、2024-Q1 或 2024-03(默认今年)",
			"2024, 2024-Q1 or 2024-03 (default: this year)" } },
	{ "--by", OPTION_VALUE, offsetof(struct cli_stats, by), "HOW",
		{ "按 street(街道)、community(社区)或指标自身的分类拆开",
			"by street, community, or the figures' own breakdown" } },
	{ "--place", OPTION_VALUE, offsetof(struct cli_stats, place), "NAME",
		{ "只看某个街道或社区", "only this street or community" } },
	{ "--as-of", OPTION_VALUE, offsetof(struct cli_stats, as_of), "DATE",
		{ "按当日收到的数据统计,如 2024-03-31", "as it was known on that day: 2024-03-31" } },
	{ "--trends", OPTION_FLAG, offsetof(struct cli_stats, trends), NULL,
		{ "同时显示上期和上年同期", "beside the period before, and the year before" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

static bool is(const char *typed, const char *name)
{
	return name != NULL && name[0] != '\0' && strcasecmp(typed, name) == 0;
}

/* Is ${typed} what ${measure} is broken down by: its label, or the field's name? */
static bool breaks_down(const struct measure *measure, const char *typed)
{
	const char *members = measure->breakdown_enum;
	const char *dot = members != NULL ? strchr(members, '.') : NULL;

	return is(typed, measure->breakdown.zh) || is(typed, measure->breakdown.en) ||
		is(typed, members) || (dot != NULL && is(typed, dot + 1));
}

/* ERR_USAGE, listing what ${typed} could have been. */
static bool no_breakdown(const struct model *model, const char *typed, struct err *err)
{
	bool zh = terminal_chinese();
	struct buf list = { 0 };
	size_t i, j;

	for (i = 0; i < model->measure_count; i++) {
		const struct label *label = &model->measures[i].breakdown;
		const char *name = zh ? label->zh : label->en;
		bool listed = name == NULL || name[0] == '\0';

		for (j = 0; j < i && !listed; j++) {
			listed = is(name,
				zh ? model->measures[j].breakdown.zh
				   : model->measures[j].breakdown.en);
		}
		if (!listed) {
			buf_printf(&list, ", %s", name);
		}
	}
	err_set(err, ERR_USAGE,
		zh ? "不能按“%.60s”拆开;可用的有: street, community, breakdown%s"
		   : "nothing is broken down by '%.60s'; there are: street, community, breakdown%s",
		typed, buf_str(&list));
	buf_clear(&list);
	return false;
}

/* Split by the places of ${level}; of one place alone where that was asked for. */
static void split_by(
	struct figures_query *query, enum place_level level, const struct cli_stats *options)
{
	query->level = level;
	query->place = options->place;
}

static bool understand_by(struct figures_query *query, const struct model *model,
	const struct cli_stats *options, struct err *err)
{
	static const struct {
		const char *zh, *en;
		enum place_level level;
	} levels[] = { { "区", "district", PLACE_DISTRICT }, { "街道", "street", PLACE_STREET },
		{ "社区", "community", PLACE_COMMUNITY } };
	const char *by = options->by;
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (is(by, levels[i].zh) || is(by, levels[i].en)) {
			split_by(query, levels[i].level, options);
			return true;
		}
	}
	query->by_breakdown = is(by, "breakdown") || is(by, "分类");
	for (i = 0; i < model->measure_count && !query->by_breakdown; i++) {
		query->by_breakdown = breaks_down(&model->measures[i], by);
	}
	return query->by_breakdown || no_breakdown(model, by, err);
}

/* The level on which ${place} is found: a community's slug or name, or a street. */
static enum place_level level_of(struct node *node, const char *place)
{
	const struct entity *communities = node_model(node)->community_entity;
	struct record_id id;
	struct err ignored;

	if (is(place, DISTRICT_SLUG)) {
		return PLACE_DISTRICT;
	}
	return communities != NULL && cli_record(&id, node, communities, place, &ignored)
		? PLACE_COMMUNITY
		: PLACE_STREET;
}

static bool understand_figures(struct figures_query *query, const char **names,
	const struct model *model, const struct invocation *invocation, struct err *err)
{
	for (; query->name_count < invocation->word_count; query->name_count++) {
		if (!cli_figure(&names[query->name_count], model,
			    invocation->words[query->name_count], err)) {
			return false;
		}
	}
	query->names = names;
	return true;
}

/* ${names}: room for as many as there are words. */
static bool understand(struct figures_query *query, const char **names, struct node *node,
	const struct invocation *invocation, struct err *err)
{
	const struct cli_stats *options = (const void *)invocation->options;

	query->place = options->place;
	query->level = PLACE_DISTRICT;
	if (options->place != NULL) {
		query->level = level_of(node, options->place);
	} else if (!node_is_district(node)) {
		/* What a community holds of itself is all there is of it. */
		query->level = PLACE_COMMUNITY;
		query->place = node_community(node);
	}
	return understand_figures(query, names, node_model(node), invocation, err) &&
		cli_period(&query->period, node, options->period, err) &&
		(options->by == NULL || understand_by(query, node_model(node), options, err));
}

bool cli_stats(struct invocation *invocation, struct err *err)
{
	const char *names[COMMAND_MAX_WORDS];
	const struct cli_stats *options = (const void *)invocation->options;
	struct figures_query query = { .trends = options->trends, .as_of = options->as_of };
	struct node *home = NULL, *node;
	struct past *past = NULL;
	struct buf out = { 0 };
	bool ok = false;

	if (!cli_open(&home, invocation, err) ||
		(options->as_of != NULL && !past_open_on(&past, home, options->as_of, err))) {
		goto out;
	}
	node = past != NULL ? past_node(past) : home;
	if (!understand(&query, names, node, invocation, err)) {
		goto out;
	}
	if (cli_common(invocation)->json) {
		ok = figures_to_json(&out, node, &query, err) && cli_write_take(&out, err);
	} else {
		ok = figures_print(node, &query, err);
	}
out:
	buf_clear(&out);
	past_close(past);
	cli_close(home);
	return ok;
}
