/* report.c -- linlid report: published figures to an upper server. */
#include "commands.h"
#include "district.h"
#include "emit.h"
#include "linli/report.h"
#include "say.h"

static bool show(const struct invocation *invocation, const struct node *upper,
	const struct reported *done, struct err *err)
{
	const struct cli_common *given = cli_common(invocation);
	const char *home = invocation->words[0];
	struct buf out = { 0 };

	if (given->json) {
		emit_begin(&out);
		emit_member(&out, "federation", node_federation(upper)->name);
		emit_member(&out, "community", node_community(upper));
		emit_member_integer(&out, "statements", (int64_t)done->statements);
		emit_member_integer(&out, "written", (int64_t)done->written);
		emit_member_integer(&out, "unchanged", (int64_t)done->unchanged);
		emit_member_integer(&out, "withdrawn", (int64_t)done->withdrawn);
		emit_member_integer(&out, "kept_back", (int64_t)done->kept_back);
		emit_member_bool(&out, "dry_run", given->dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (done->written + done->withdrawn == 0) {
		say_result("%s 已有 %llu 份发布的全部数值,没有新的。",
			"%s has all that %llu statements say; nothing is new.",
			node_federation(upper)->name, (unsigned long long)done->statements);
		return true;
	}
	if (given->dry_run) {
		say_result("将向%s写入 %llu 个数值,撤下 %llu 个。",
			"Would tell %s %llu figures and withdraw %llu.",
			node_federation(upper)->name, (unsigned long long)done->written,
			(unsigned long long)done->withdrawn);
		return true;
	}
	say_result("为%s写入了 %llu 个数值,撤下 %llu 个。",
		"For %s, wrote %llu figures and withdrew %llu.", node_federation(upper)->name,
		(unsigned long long)done->written, (unsigned long long)done->withdrawn);
	say("送出:linli sync --home %s(或 linli carry)",
		"To send them: linli sync --home %s (or linli carry)", home);
	return true;
}

/* The community's home that was made for the upper server. */
static bool open_upper(struct node **out, const struct invocation *invocation, struct err *err)
{
	struct cli_place place;
	bool ok;

	if (!cli_place_find(&place, invocation, err)) {
		return false;
	}
	place.options.home = invocation->words[0];
	ok = node_open(out, &place.options, err);
	cli_place_clear(&place);
	return ok || err_wrap(err, "%s", invocation->words[0]);
}

static bool run(struct invocation *invocation, struct err *err)
{
	struct node *district = NULL, *upper = NULL;
	struct reported done;
	bool ok;

	ok = district_open(&district, invocation, err) && open_upper(&upper, invocation, err) &&
		report_statements(
			district, upper, cli_common(invocation)->dry_run, &done, err) &&
		show(invocation, upper, &done, err);
	node_close(upper);
	node_close(district);
	return ok;
}

const struct command report_command = {
	.name = "report",
	.summary = { "把已发布的指标报给上级(市)", "Tell an upper server (a city's) the published figures" },
	.notes = { "上级把本区当作一个社区:先用 linli join --home 文件夹 加入它的联盟。\n"
		   "只报各时期最近一次发布的全区数值,不含任何个人信息;随后用 linli sync 送出。",
		"The district is a community there: join first, with linli join --home FOLDER.\n"
		"Only the district's own values of each period's latest statement are told, and\n"
		"nothing about any person; linli sync sends them." },
	.usage = "FOLDER",
	.min_words = 1,
	.max_words = 1,
	.options = cli_write_options,
	.options_bytes = sizeof(struct cli_common),
	.run = run,
};
