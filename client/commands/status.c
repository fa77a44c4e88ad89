/* status.c -- where this computer stands; and signing what was captured. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "client.h"
#include "display.h"
#include "emit.h"
#include "linli/chains.h"
#include "say.h"
#include "shown.h"

/* ---- status ------------------------------------------------------- */

struct standing {
	struct node *node;
	struct outbox_counts outbox;
	uint64_t waiting_lines, returned_lines, conflicts, open_conflicts;
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

static bool count_bundle(void *ctx, const struct bundle_info *info, struct err *err)
{
	struct standing *standing = ctx;

	(void)err;
	if (device_id_equal(info->place.chain.device, node_device(standing->node))) {
		standing->waiting_lines += info->waiting;
		standing->returned_lines += info->returned;
	}
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
	emit_member_integer(&out, "pending_lines", (int64_t)standing->outbox.draft_lines);
	emit_member_integer(&out, "unsent_bundles", (int64_t)standing->outbox.unsent_bundles);
	emit_member_integer(&out, "unsent_lines", (int64_t)standing->outbox.unsent_lines);
	emit_member_integer(&out, "waiting_lines", (int64_t)standing->waiting_lines);
	emit_member_integer(&out, "returned_lines", (int64_t)standing->returned_lines);
	emit_member_integer(&out, "conflicts", (int64_t)standing->conflicts);
	emit_member_integer(&out, "open_conflicts", (int64_t)standing->open_conflicts);
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
	emit_member(&out, "state_hash", standing->state_hash);
	emit_end(&out);
	return cli_write_take(&out, err);
}

static void status_text(const struct standing *standing)
{
	struct node *node = standing->node;
	char device[DEVICE_TEXT_BYTES];

	device_id_print(device, node_device(node));
	say_result("%s(%s),属于%s", "%s (%s), of %s", node_name(node), node_community(node),
		node_federation(node)->name);
	say_result("设备 %s,第 %" PRIu32 " 代%s", "Device %s, incarnation %" PRIu32 "%s", device,
		node_incarnation(node),
		node_enrolled(node)          ? ""
			: terminal_chinese() ? ",尚未登记"
					     : ", not enrolled yet");
	if (standing->outbox.draft_lines == 0 && standing->outbox.unsent_bundles == 0) {
		say_result("全部改动都已送达区里。", "All changes have reached the district.");
	} else {
		say_result("未送达:%" PRIu64 " 处改动尚未签署,%" PRIu64 " 个数据包(%" PRIu64
			   " 处改动)已签署",
			"Not sent yet: %" PRIu64 " changes not signed, %" PRIu64
			" bundles (%" PRIu64 " changes) signed",
			standing->outbox.draft_lines, standing->outbox.unsent_bundles,
			standing->outbox.unsent_lines);
	}
	say_result("待审核 %" PRIu64 " 处,被退回 %" PRIu64 " 处,冲突 %" PRIu64 " 处(其中 %" PRIu64
		   " 处等人选定)",
		"%" PRIu64 " waiting, %" PRIu64 " returned, %" PRIu64 " conflicts (%" PRIu64
		" of them for a person to choose)",
		standing->waiting_lines, standing->returned_lines, standing->conflicts,
		standing->open_conflicts);
	if (standing->last_exchange != 0) {
		say_result("最近一次交换:%s", "Last exchange: %s",
			cli_time(standing->last_exchange).text);
	} else {
		say_result("还没有交换过。", "There was no exchange yet.");
	}
	say_result("状态校验值:%s", "State hash: %s", standing->state_hash);
}

bool command_status(struct invocation *invocation, struct err *err)
{
	struct standing standing = { .last_exchange = 0 };
	bool ok;

	ok = cli_open(&standing.node, invocation, err) && gather(&standing, err);
	if (ok && cli_common(invocation)->json) {
		ok = status_json(&standing, err);
	} else if (ok) {
		status_text(&standing);
	}
	node_close(standing.node);
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
	node_close(packing.node);
	return ok;
}
