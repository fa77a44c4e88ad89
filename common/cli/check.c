/* check.c -- everything verified, folded and counted again. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "emit.h"
#include "linli/audit.h"
#include "linli/chains.h"
#include "linli/figures.h"
#include "progress.h"
#include "say.h"

#define PROBLEMS_SHOWN 200

struct checking {
	struct progress progress;
	struct buf problems; /* texts, each ended by a NUL */
	uint64_t count;
	bool district;
	uint64_t audit_rows; /* that fit, at a district */
};

static void note_problem(void *ctx, const char *text)
{
	struct checking *checking = ctx;

	if (++checking->count <= PROBLEMS_SHOWN) {
		buf_add(&checking->problems, text, strlen(text) + 1);
	}
}

static void note_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct checking *checking = ctx;
	struct progress_counts counts = { .records = done, .records_total = total };

	progress_update(&checking->progress, &counts);
}

static bool report_json(const struct checking *checking, const struct check_report *report,
	uint64_t cells, struct err *err)
{
	struct buf out = { 0 };
	size_t at;

	emit_begin(&out);
	emit_member_bool(&out, "ok", checking->count == 0);
	emit_member_integer(&out, "bundles", (int64_t)report->bundles);
	emit_key(&out, "lines");
	emit_open(&out, '{');
	emit_member_integer(&out, "sent", (int64_t)report->sent);
	emit_member_integer(&out, "applied", (int64_t)report->applied);
	emit_member_integer(&out, "waiting", (int64_t)report->waiting);
	emit_member_integer(&out, "returned", (int64_t)report->returned);
	emit_close(&out, '}');
	emit_member_integer(&out, "erased", (int64_t)report->erased);
	emit_member_integer(&out, "records", (int64_t)report->records);
	emit_member_integer(&out, "figures", (int64_t)cells);
	if (checking->district) {
		emit_member_integer(&out, "audit_rows", (int64_t)checking->audit_rows);
	}
	emit_member(&out, "state_hash", report->state_hash);
	emit_member_integer(&out, "problem_count", (int64_t)checking->count);
	emit_key(&out, "problems");
	emit_open(&out, '[');
	for (at = 0; at < checking->problems.len;
		at += strlen(buf_str(&checking->problems) + at) + 1) {
		emit_text(&out, view_of(buf_str(&checking->problems) + at));
	}
	emit_close(&out, ']');
	emit_end(&out);
	return cli_write_take(&out, err);
}

/* Every line is in exactly one state. */
static void say_balance(const struct check_report *report)
{
	bool even = report->sent == report->applied + report->waiting + report->returned;

	say_result("共 %" PRIu64 " 行 %s 已生效 %" PRIu64 " + 待审核 %" PRIu64 " + 被退回 %" PRIu64,
		"%" PRIu64 " lines %s %" PRIu64 " applied + %" PRIu64 " waiting + %" PRIu64
		" returned",
		report->sent, even ? "=" : "≠", report->applied, report->waiting,
		report->returned);
}

static void report_text(
	const struct checking *checking, const struct check_report *report, uint64_t cells)
{
	size_t at;

	for (at = 0; at < checking->problems.len;
		at += strlen(buf_str(&checking->problems) + at) + 1) {
		say("问题:%s", "Problem: %s", buf_str(&checking->problems) + at);
	}
	if (checking->count > PROBLEMS_SHOWN) {
		say("……共 %" PRIu64 " 个问题", "... %" PRIu64 " problems in all", checking->count);
	}
	say_result("已验证 %" PRIu64 " 个数据包,重算 %" PRIu64 " 条记录、%" PRIu64 " 个统计值。",
		"Verified %" PRIu64 " bundles; folded %" PRIu64 " records and counted %" PRIu64
		" figures again.",
		report->bundles, report->records, cells);
	say_balance(report);
	if (report->erased != 0) {
		say_result("其中 %" PRIu64 " 行已抹除,签名仍然有效。",
			"%" PRIu64 " of the lines are erased; their signatures still hold.",
			report->erased);
	}
	if (checking->district) {
		say_result("审计日志 %" PRIu64 " 行前后衔接。",
			"%" PRIu64 " rows of the audit log follow on each other.",
			checking->audit_rows);
	}
	say_result("状态校验值:%s", "State hash: %s", report->state_hash);
	if (checking->count == 0) {
		say_result("一切正常。", "All is well.");
	}
}

/* The district's log of who did what. */
static bool check_audit(struct checking *checking, struct node *node, struct err *err)
{
	uint8_t hash[AUDIT_HASH_BYTES];

	checking->district = node_is_district(node);
	return !checking->district ||
		audit_verify(node, &checking->audit_rows, hash, note_problem, checking, err);
}

bool cli_check(struct invocation *invocation, struct err *err)
{
	struct checking checking = { .count = 0 };
	struct check_report report = { 0 };
	struct node *node = NULL;
	uint64_t cells = 0;
	bool ok = false;

	if (!cli_open(&node, invocation, err)) {
		return false;
	}
	progress_begin(&checking.progress, node_env(node), (struct phrase){ "验证", "Checking" });
	ok = chains_check(node, &report, note_problem, note_progress, &checking, err) &&
		figures_check(node, &cells, note_problem, &checking, err) &&
		check_audit(&checking, node, err);
	progress_end(&checking.progress);
	ok = ok && buf_ok(&checking.problems, err);
	if (ok && cli_common(invocation)->json) {
		ok = report_json(&checking, &report, cells, err);
	} else if (ok) {
		report_text(&checking, &report, cells);
	}
	if (ok && checking.count != 0) {
		invocation->status = err_exit_status(ERR_STORE);
	}
	buf_clear(&checking.problems);
	cli_close(node);
	return ok;
}
