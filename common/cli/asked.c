/* asked.c -- see asked.h. */
#include <strings.h>

#include "asked.h"
#include "guess.h"
#include "terminal.h"

static bool is(const char *typed, const char *name)
{
	return name != NULL && name[0] != '\0' && strcasecmp(typed, name) == 0;
}

/* Looking for the figure called ${typed}: its name, or its label in either language. */
struct search {
	const char *typed, *found;
	struct guess guess;
};

static void look_at(struct search *search, const char *name, const struct label *label)
{
	const char *typed = search->typed;

	if (is(typed, name) || is(typed, label->zh) || is(typed, label->en)) {
		search->found = name;
	}
	guess_consider(&search->guess, typed, name);
	guess_consider(&search->guess, typed, label->zh);
	guess_consider(&search->guess, typed, label->en);
}

bool cli_figure(
	const char **out, const struct model *model, const char *typed, struct err *err)
{
	struct search search = { .typed = typed };
	bool zh = terminal_chinese();
	size_t i;

	for (i = 0; i < model->measure_count; i++) {
		look_at(&search, model->measures[i].name, &model->measures[i].label);
	}
	for (i = 0; i < model->indicator_count; i++) {
		look_at(&search, model->indicators[i].name, &model->indicators[i].label);
	}
	for (i = 0; i < model->series_count; i++) {
		look_at(&search, model->series[i].name, &model->series[i].label);
	}
	*out = search.found;
	if (search.found != NULL) {
		return true;
	}
	if (search.guess.name != NULL) {
		return err_set(err, ERR_USAGE,
			zh ? "没有指标“%.60s”;您要的是不是“%s”?"
			   : "there is no figure '%.60s'; did you mean '%s'?",
			typed, search.guess.name);
	}
	return err_set(err, ERR_USAGE,
		zh ? "没有指标“%.60s”;全部指标见:stats"
		   : "there is no figure '%.60s'; stats alone shows all",
		typed);
}

bool cli_period(
	struct period *out, struct node *node, const char *typed, struct err *err)
{
	const struct env *env = node_env(node);
	char today[CIVIL_DATE_BYTES];

	if (typed != NULL) {
		return period_parse(out, view_of(typed), err) ||
			err_set(err, ERR_USAGE,
				terminal_chinese()
					? "时期应写成 2024、2024-Q1 或 2024-01,而不是:%.40s"
					: "a period is 2024, 2024-Q1 or 2024-01, not: %.40s",
				typed);
	}
	civil_date_at(today, env->now_ms(env->ctx));
	return period_parse(out, (struct view){ today, 4 }, err);
}
