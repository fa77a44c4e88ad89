/* status.c -- where this computer stands; and signing what was captured. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "client.h"
#include "display.h"
#include "emit.h"
#include "forked.h"
#include "linli/rekey.h"
#include "linli/review.h"
#include "missing.h"
#include "say.h"
#include "shown.h"

#define MS_PER_DAY (24LL * 60 * 60 * 1000)

/* ---- status ------------------------------------------------------- */

struct standing {
	struct node *node;
	struct outbox_counts outbox;
	uint64_t bundles, received, backed_up; /* own ones that go to the district */
	uint64_t waiting_lines;                /* of those, at the district */
	uint64_t returned_lines, conflicts, open_conflicts;
	int64_t last_exchange; /* Unix ms; 0: never */
	char state_hash[65];
};
static bool count_conflict(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct standing *standing = ctx;

	(void)err;
	standing->conflicts++;
	standing->open_conflicts += conflict->open;
	return true;
}

/* What the district has said of each own bundle. */
static bool count_bundle(void *ctx, const struct bundle_info *info, struct err *err)
{
	struct standing *standing = ctx;
	struct receipt receipt;

	if (!device_id_equal(info->place.chain.device, node_device(standing->node)) ||
		info->place.chain.scope.kind == SCOPE_COMMUNITY) {
		return true;
	}
	if (!receipt_of(standing->node, &info->place, &receipt, err)) {
		return false;
	}
	standing->bundles++;
	standing->received += receipt.present;
	standing->backed_up += receipt.present && receipt.backed_up;
	standing->waiting_lines += receipt.waiting;
	return true;
}

static bool gather(struct standing *standing, struct err *err)
{
	struct node *node = standing->node;
	struct buf text = { 0 };

	if (node_get(node, CLI_LAST_EXCHANGE, &text) &&
		!int64_parse(&standing->last_exchange, buf_as_view(&text))) {
		standing->last_exchange = 0;
	}
	buf_clear(&text);
	return outbox_count(node, &standing->outbox, err) &&
		chains_log(node, 0, count_bundle, standing, err) &&
		inbox_count(node, &standing->returned_lines, err) &&
		records_conflicts(node, NULL, NULL, count_conflict, standing, err) &&
		chains_state_hash(node, standing->state_hash, err);
}

static bool head_json(void *ctx, const struct head *head, struct err *err)
{
	struct buf *out = ctx;
	char chain[CHAIN_TEXT_BYTES], hash[65];

	chain_name_print(chain, &head->chain);
	hex_encode(hash, head->hash, sizeof(head->hash));
	emit_key(out, chain);
	emit_open(out, '[');
	emit_integer(out, head->seq);
	emit_text(out, view_of(hash));
	emit_close(out, ']');
	return buf_ok(out, err);
}

static void receipts_json(struct buf *out, const struct standing *standing)
{
	emit_key(out, "receipts");
	emit_open(out, '{');
	emit_member_integer(out, "bundles", (int64_t)standing->bundles);
	emit_member_integer(out, "received", (int64_t)standing->received);
	emit_member_integer(out, "backed_up", (int64_t)standing->backed_up);
	emit_close(out, '}');
}

static bool status_json(const struct standing *standing, struct err *err)
{
	struct node *node = standing->node;
	char device[DEVICE_TEXT_BYTES];
	struct buf out = { 0 };

	device_id_print(device, node_device(node));
	emit_begin(&out);
	emit_member(&out, "community", node_community(node));
	emit_member(&out, "name", node_name(node));
	emit_member(&out, "device", device);
	emit_member_integer(&out, "incarnation", node_incarnation(node));
	emit_member_bool(&out, "enrolled", node_enrolled(node));
	emit_member_bool(&out, "shut_out", rekey_shut_out(node));
	emit_member_integer(&out, "pending_lines", (int64_t)standing->outbox.draft_lines);
	emit_member_integer(&out, "unsent_bundles", (int64_t)standing->outbox.unsent_bundles);
	emit_member_integer(&out, "unsent_lines", (int64_t)standing->outbox.unsent_lines);
	emit_member_integer(&out, "waiting_lines", (int64_t)standing->waiting_lines);
	emit_member_integer(&out, "returned_lines", (int64_t)standing->returned_lines);
	emit_member_integer(&out, "conflicts", (int64_t)standing->conflicts);
	emit_member_integer(&out, "open_conflicts", (int64_t)standing->open_conflicts);
	receipts_json(&out, standing);
	emit_key(&out, "last_exchange");
	if (standing->last_exchange != 0) {
		emit_integer(&out, standing->last_exchange);
	} else {
		emit_null(&out);
	}
	emit_key(&out, "heads");
	emit_open(&out, '{');
	if (!chains_each(node, head_json, &out, err)) {
		buf_clear(&out);
		return false;
	}
	emit_close(&out, '}');
	if (!missing_json(&out, node, err) || !forked_json(&out, node, err)) {
		buf_clear(&out);
		return false;
	}
	emit_member(&out, "state_hash", standing->state_hash);
	emit_end(&out);
	return cli_write_take(&out, err);
}

/* Is everything sent?  If not, how it gets there. */
static void say_sent(const struct standing *standing)
{
	const struct outbox_counts *outbox = &standing->outbox;

	if (outbox->draft_lines == 0 && outbox->unsent_bundles == 0) {
		say_result("✓ 全部改动都已送达区里。", "✓ All changes have reached the district.");
		return;
	}
	say_result("✗ 还有 %" PRIu64 " 处改动没有送达区里(%" PRIu64 " 处尚未签署,%" PRIu64
		   " 处已签署,在 %" PRIu64 " 个数据包中)。",
		"✗ %" PRIu64 " changes have not reached the district yet (%" PRIu64
		" not signed, %" PRIu64 " signed, in %" PRIu64 " bundles).",
		outbox->draft_lines + outbox->unsent_lines, outbox->draft_lines,
		outbox->unsent_lines, outbox->unsent_bundles);
	if (node_federation(standing->node)->url[0] != '\0') {
		say_result("  联网时请运行 linli sync,用 U 盘时请运行 linli carry 文件夹。",
			"  With a network run linli sync, with a stick linli carry DIR.");
	} else {
		say_result("  请运行 linli carry 文件夹。", "  Run linli carry DIR.");
	}
}

static void say_last_exchange(const struct standing *standing)
{
	const struct env *env = node_env(standing->node);
	int64_t days = (env->now_ms(env->ctx) - standing->last_exchange) / MS_PER_DAY;
	const char *when = cli_time(standing->last_exchange).text;

	if (standing->last_exchange == 0) {
		say_result(
			"✗ 还没有与区里交换过。", "✗ There was no exchange with the district yet.");
	} else if (days < 1) {
		say_result("  最近一次交换:%s", "  Last exchange: %s", when);
	} else {
		say_result("  最近一次交换:%s(%" PRId64 " 天前)",
			"  Last exchange: %s (%" PRId64 " days ago)", when, days);
	}
}

/* What the district has answered. */
static void say_receipts(const struct standing *standing)
{
	if (standing->received != 0) {
		say_result("  区里已收存 %" PRIu64 " 个数据包中的 %" PRIu64 " 个,其中 %" PRIu64
			   " 个已有备份。",
			"  Of %" PRIu64 " bundles the district keeps %" PRIu64 "; %" PRIu64
			" are in a backup there.",
			standing->bundles, standing->received, standing->backed_up);
	}
	if (standing->waiting_lines != 0) {
		say_result("  %" PRIu64 " 处改动等区里审核。",
			"  %" PRIu64 " changes wait to be reviewed by the district.",
			standing->waiting_lines);
	}
}

/* What waits for the person in front of the computer, or for the district. */
static void say_tasks(const struct standing *standing)
{
	if (standing->returned_lines != 0) {
		say_result("✗ 区里退回了 %" PRIu64 " 处改动,请改正:linli inbox",
			"✗ The district returned %" PRIu64
			" changes; to see why and correct them: linli inbox",
			standing->returned_lines);
	}
	if (standing->open_conflicts != 0) {
		say_result("✗ 有 %" PRIu64 " 处冲突等您选定:linli conflicts --open",
			"✗ %" PRIu64 " conflicts wait for you: linli conflicts --open",
			standing->open_conflicts);
	}
	if (standing->returned_lines == 0 && standing->open_conflicts == 0) {
		say_result("✓ 没有等您处理的事。", "✓ Nothing waits for you.");
	}
	if (standing->conflicts != standing->open_conflicts) {
		say_result("  %" PRIu64 " 处冲突已按规则决定,可以核对:linli conflicts",
			"  %" PRIu64
			" conflicts were decided by rule; to look them over: linli conflicts",
			standing->conflicts - standing->open_conflicts);
	}
}

/* May this device still send? */
static void say_membership(const struct standing *standing)
{
	struct node *node = standing->node;

	if (rekey_shut_out(node)) {
		say_result("✗ 区里不认本机的密钥(已被吊销,或在恢复旧备份之前换过密钥),改动送不到区里。\n"
			   "  记录都还在。请向区里要一份新的邀请,然后运行 linli join 邀请文件 --keep。",
			"✗ The district does not take this computer's key (revoked, or changed before an "
			"old\n  backup was restored). All records are here still: ask for a new "
			"invitation, then run\n  linli join INVITATION --keep.");
	} else if (!node_enrolled(node)) {
		say_result("✗ 本机尚未登记:请把申请文件带到区里,再用答复文件运行 linli join。",
			"✗ This computer is not enrolled yet: take the request to the district, "
			"then run linli join with the answer.");
	}
}

static bool status_text(const struct standing *standing, struct err *err)
{
	struct node *node = standing->node;
	char device[DEVICE_TEXT_BYTES];

	device_id_print(device, node_device(node));
	say_result("%s(%s)", "%s (%s)", node_name(node), node_federation(node)->name);
	say_membership(standing);
	say_sent(standing);
	say_last_exchange(standing);
	say_receipts(standing);
	if (!missing_say(node, err) || !forked_say(node, err)) {
		return false;
	}
	say_tasks(standing);
	say_result("\n设备 %s,第 %" PRIu32 " 代,社区编号 %s",
		"\nDevice %s, incarnation %" PRIu32 ", community %s", device,
		node_incarnation(node), node_community(node));
	say_result("状态校验值 %s", "State hash %s", standing->state_hash);
	return true;
}

bool command_status(struct invocation *invocation, struct err *err)
{
	struct standing standing = { .last_exchange = 0 };
	bool ok;

	ok = cli_open(&standing.node, invocation, err) && gather(&standing, err);
	if (ok && cli_common(invocation)->json) {
		ok = status_json(&standing, err);
	} else if (ok) {
		ok = status_text(&standing, err);
	}
	cli_close(standing.node);
	return ok;
}

/* ---- pack --------------------------------------------------------- */

struct packing {
	struct node *node;
	bool json;
	struct buf out;
};

static bool each_draft(void *ctx, const char *place, struct view line, struct err *err)
{
	struct packing *packing = ctx;
	struct buf *out = &packing->out;

	if (packing->json) {
		emit_open(out, '{');
		emit_member(out, "line", place);
		emit_key(out, "change");
		emit_raw(out, line);
		emit_close(out, '}');
		return emit_flush(out, err);
	}
	shown_subject(out, packing->node, line);
	shown_change(out, packing->node, line);
	buf_printf(out, "  [%s]\n", place);
	return buf_ok(out, err);
}

static bool pack_dry(struct packing *packing, struct err *err)
{
	struct buf *out = &packing->out;

	if (!packing->json) {
		if (!outbox_each_draft(packing->node, each_draft, packing, err)) {
			return false;
		}
		if (out->len == 0) {
			say("没有要签署的改动。", "There is nothing to sign.");
		}
		return terminal_write(buf_as_view(out), err);
	}
	emit_begin(out);
	emit_member_bool(out, "dry_run", true);
	emit_key(out, "drafts");
	emit_open(out, '[');
	if (!outbox_each_draft(packing->node, each_draft, packing, err)) {
		return false;
	}
	emit_close(out, ']');
	emit_end(out);
	return cli_write_take(out, err);
}

static bool pack(struct packing *packing, struct err *err)
{
	struct tally tally;

	if (!outbox_pack(packing->node, &tally, err)) {
		return false;
	}
	if (!packing->json) {
		say_result("已签署 %" PRIu64 " 处改动,成 %" PRIu64 " 个数据包。",
			"Signed %" PRIu64 " changes in %" PRIu64 " bundles.", tally.lines,
			tally.bundles);
		return true;
	}
	emit_begin(&packing->out);
	emit_member_bool(&packing->out, "dry_run", false);
	emit_member_integer(&packing->out, "bundles", (int64_t)tally.bundles);
	emit_member_integer(&packing->out, "lines", (int64_t)tally.lines);
	emit_member_integer(&packing->out, "bytes", (int64_t)tally.bytes);
	emit_end(&packing->out);
	return cli_write_take(&packing->out, err);
}

bool command_pack(struct invocation *invocation, struct err *err)
{
	struct packing packing = { .json = cli_common(invocation)->json };
	bool ok;

	ok = cli_open_writing(&packing.node, invocation, err) &&
		(cli_common(invocation)->dry_run ? pack_dry(&packing, err) : pack(&packing, err));
	buf_clear(&packing.out);
	cli_close(packing.node);
	return ok;
}
