/*
 * demo_records.c -- the records of the demo district, as CSV files.
 *
 *   demo_records [--seed N] [--communities N] [--factor N] FOLDER
 *
 * FOLDER/<slug>/NN-<entity>.csv    what each community records
 * FOLDER/district/NN-<entity>.csv  what the district records itself
 * FOLDER/roster.tsv                the communities, see plan_roster()
 * FOLDER/figures.tsv               what has to come out, see plan_figures()
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linli/env.h"
#include "writer.h"

#define DEFAULT_SEED 2024

static bool write_text(const char *folder, const char *name, struct buf *text, struct err *err)
{
	const struct env *env = env_system();
	struct buf path = { 0 };
	bool ok;

	buf_printf(&path, "%s/%s", folder, name);
	ok = buf_ok(&path, err) && buf_ok(text, err) &&
		env->write_file(env->ctx, buf_str(&path), buf_as_view(text), false, err);
	buf_clear(&path);
	buf_clear(text);
	return ok;
}

static bool write_district(const struct plan *plan, const char *folder, struct err *err)
{
	struct buf path = { 0 }, roster = { 0 }, figures = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < plan->community_count; i++) {
		buf_reset(&path);
		buf_printf(&path, "%s/%s", folder, plan->communities[i].slug);
		ok = buf_ok(&path, err) &&
			writer_run(plan, &plan->communities[i], buf_str(&path), err);
	}
	buf_reset(&path);
	buf_printf(&path, "%s/%s", folder, DISTRICT_SLUG);
	ok = ok && buf_ok(&path, err) && writer_run_district(plan, buf_str(&path), err);
	plan_roster(&roster, plan);
	plan_figures(&figures, plan);
	ok = ok && write_text(folder, "roster.tsv", &roster, err);
	ok = ok && write_text(folder, "figures.tsv", &figures, err);
	buf_clear(&path);
	buf_clear(&roster);
	buf_clear(&figures);
	return ok;
}

/* A whole number without a sign. */
static bool number(size_t *out, const char *text, struct err *err)
{
	int64_t n;

	if (!int64_parse(&n, view_of(text)) || n < 0) {
		return err_set(err, ERR_USAGE, "'%s' is not a whole number", text);
	}
	*out = (size_t)n;
	return true;
}

static bool understand(struct plan_options *options, int argc, char **argv, struct err *err)
{
	static const struct option known[] = { { "seed", required_argument, NULL, 's' },
		{ "communities", required_argument, NULL, 'c' },
		{ "factor", required_argument, NULL, 'f' }, { NULL, 0, NULL, 0 } };
	size_t n = 0;
	int which;

	while ((which = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (which == '?') {
			return err_set(err, ERR_USAGE, "unknown option");
		}
		if (!number(&n, optarg, err)) {
			return false;
		}
		if (which == 's') {
			options->seed = n;
		} else if (which == 'c') {
			options->communities = n;
		} else {
			options->factor = n;
		}
	}
	return optind + 1 == argc ||
		err_set(err, ERR_USAGE,
			"usage: %s [--seed N] [--communities N] [--factor N] FOLDER", argv[0]);
}

int main(int argc, char **argv)
{
	struct plan_options options = { DEFAULT_SEED, PLAN_ALL_COMMUNITIES, 1 };
	struct plan plan = { 0 };
	struct err err = { 0 };
	bool ok;

	ok = understand(&options, argc, argv, &err) && plan_make(&plan, &options, &err) &&
		write_district(&plan, argv[optind], &err);
	plan_clear(&plan);
	if (!ok) {
		fprintf(stderr, "demo_records: %s\n", err.detail);
		return err_exit_status(err.code);
	}
	return 0;
}
