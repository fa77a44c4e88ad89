/* forks.c -- places with two bundles, and what was done about them; see forked.h. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "emit.h"
#include "forked.h"
#include "linli/forks.h"
#include "say.h"

#define HASH_SHOWN_BYTES 8

/* ---- JSON --------------------------------------------------------- */

static void member_place(struct buf *out, const struct place *place)
{
	char name[LINE_NAME_TEXT_BYTES];

	place_print(name, place);
	emit_member(out, "bundle", name);
}

static void member_time(struct buf *out, const char *name, int64_t at_ms)
{
	if (at_ms != 0) {
		emit_member_integer(out, name, at_ms);
	} else {
		emit_member_null(out, name);
	}
}

static void member_hash(struct buf *out, const char *name, const uint8_t hash[32])
{
	static const uint8_t none[32];

	if (memcmp(hash, none, sizeof(none)) != 0) {
		emit_member_hex(out, name, hash, 32);
	} else {
		emit_member_null(out, name);
	}
}

static bool fork_json(void *ctx, const struct fork *fork, struct err *err)
{
	struct buf *out = ctx;

	emit_open(out, '{');
	member_place(out, &fork->place);
	member_hash(out, "held", fork->held);
	/* Of some no more is known than how they begin. */
	emit_member_hex(out, "other_begins", fork->other, HASH_SHOWN_BYTES);
	emit_member(out, "named_by", fork->by[0] != '\0' ? fork->by : NULL);
	emit_member_integer(out, "found", fork->found_ms);
	member_time(out, "settled", fork->settled_ms);
	emit_close(out, '}');
	return emit_flush(out, err);
}

static bool repair_json(void *ctx, const struct repair *repair, struct err *err)
{
	struct buf *out = ctx;

	emit_open(out, '{');
	emit_member_integer(out, "at", repair->at_ms);
	member_place(out, &repair->place);
	emit_member_integer(out, "bundles", (int64_t)repair->bundles);
	emit_member_integer(out, "lines", (int64_t)repair->lines);
	emit_member_integer(out, "renumbered", (int64_t)repair->renumbered);
	emit_member_integer(out, "left", (int64_t)repair->left);
	emit_member_integer(out, "incarnation", repair->incarnation);
	emit_close(out, '}');
	return buf_ok(out, err);
}

static bool branch_json(void *ctx, const struct branch_bundle *bundle, struct err *err)
{
	struct buf *out = ctx;

	emit_open(out, '{');
	member_place(out, &bundle->place);
	emit_member_hex(out, "hash", bundle->hash, sizeof(bundle->hash));
	emit_member_integer(out, "line_count", bundle->lines);
	emit_member_integer(out, "made", bundle->made_s * 1000);
	emit_member_integer(out, "set_aside", bundle->aside_ms);
	emit_member_bool(out, "issued_again", bundle->own);
	emit_close(out, '}');
	return emit_flush(out, err);
}

/* "repairs" and "key_used_elsewhere". */
static bool mended_json(struct buf *out, struct node *node, struct err *err)
{
	uint32_t incarnation;

	emit_key(out, "repairs");
	emit_open(out, '[');
	if (!repairs_each(node, repair_json, out, err) ||
		!forks_stranger(node, &incarnation, err)) {
		return false;
	}
	emit_close(out, ']');
	emit_key(out, "key_used_elsewhere");
	if (incarnation != 0) {
		emit_integer(out, incarnation);
	} else {
		emit_null(out);
	}
	return buf_ok(out, err);
}

static bool count_open(void *ctx, const struct fork *fork, struct err *err)
{
	(void)err;
	*(int64_t *)ctx += fork->settled_ms == 0 ? 1 : 0;
	return true;
}

bool forked_json(struct buf *out, struct node *node, struct err *err)
{
	int64_t open = 0;

	if (!forks_each(node, count_open, &open, err)) {
		return false;
	}
	emit_member_integer(out, "open_forks", open);
	return mended_json(out, node, err);
}

static bool list_json(struct node *node, struct err *err)
{
	struct buf out = { 0 };
	bool ok;

	emit_begin(&out);
	emit_key(&out, "forks");
	emit_open(&out, '[');
	ok = forks_each(node, fork_json, &out, err);
	emit_close(&out, ']');
	ok = ok && mended_json(&out, node, err);
	emit_key(&out, "set_aside");
	emit_open(&out, '[');
	ok = ok && branches_each(node, branch_json, &out, err);
	emit_close(&out, ']');
	emit_end(&out);
	ok = ok && cli_write_take(&out, err);
	buf_clear(&out);
	return ok;
}

/* ---- for people --------------------------------------------------- */

/* What is told, and what of it comes to a sum. */
struct telling {
	struct node *node;
	size_t told;
	uint64_t bundles, lines, left;
	int64_t last_ms;
	uint32_t incarnation;
	int64_t open;
};

static const char *whose(struct node *node, const char *device)
{
	struct device_id id;
	struct device found;

	if (device_id_parse(&id, view_of(device)) && device_id_equal(id, node_device(node))) {
		return terminal_chinese() ? "本机" : "this computer";
	}
	if (device_id_parse(&id, view_of(device)) && node_find_device(node, id, &found) &&
		found.server) {
		return terminal_chinese() ? "区里" : "the district";
	}
	return device;
}

static bool fork_text(void *ctx, const struct fork *fork, struct err *err)
{
	struct telling *telling = ctx;
	char name[LINE_NAME_TEXT_BYTES], other[2 * HASH_SHOWN_BYTES + 1];

	(void)err;
	telling->told++;
	place_print(name, &fork->place);
	hex_encode(other, fork->other, HASH_SHOWN_BYTES);
	if (fork->settled_ms != 0) {
		say_result("✓ %s  %s 有两个数据包(另一个是 %s…);已处理好。",
			"✓ %s  %s: two bundles (the other one is %s…); settled.",
			cli_time(fork->found_ms).text, name, other);
	} else {
		say_result("✗ %s  %s 有两个数据包(另一个是 %s…);这里保留先到的一个。",
			"✗ %s  %s: two bundles (the other one is %s…); the first one stays here.",
			cli_time(fork->found_ms).text, name, other);
	}
	if (fork->by[0] != '\0') {
		say_result("    由 %s 指出", "    named by %s", whose(telling->node, fork->by));
	} else {
		say_result("    原件在被拒收的内容里",
			"    its bytes are among what was refused");
	}
	return true;
}

static bool repair_text(void *ctx, const struct repair *repair, struct err *err)
{
	struct telling *telling = ctx;
	char name[LINE_NAME_TEXT_BYTES];

	(void)err;
	telling->told++;
	place_print(name, &repair->place);
	say_result("✓ %s  从 %s 起修复:%" PRIu64 " 个数据包让位,%" PRIu64
		   " 处改动以第 %" PRIu32 " 代重新写出,%" PRIu64 " 条记录换了编号。",
		"✓ %s  Repaired from %s: %" PRIu64 " bundles gave way, %" PRIu64
		" changes were written again as incarnation %" PRIu32 ", %" PRIu64
		" records got new ids.",
		cli_time(repair->at_ms).text, name, repair->bundles, repair->lines,
		repair->incarnation, repair->renumbered);
	if (repair->left != 0) {
		say_result("✗   %" PRIu64 " 处没能重新写出,请核对。",
			"✗   %" PRIu64 " could not be written again: please look them over.",
			repair->left);
	}
	return true;
}

static bool branch_text(void *ctx, const struct branch_bundle *bundle, struct err *err)
{
	struct telling *telling = ctx;
	char name[LINE_NAME_TEXT_BYTES], hash[2 * HASH_SHOWN_BYTES + 1];

	(void)err;
	telling->told++;
	place_print(name, &bundle->place);
	hex_encode(hash, bundle->hash, HASH_SHOWN_BYTES);
	say_result("  %s  放在一边的 %s(%s…,%" PRIu32 " 处改动)%s",
		"  %s  set aside: %s (%s…, %" PRIu32 " changes)%s",
		cli_time(bundle->aside_ms).text, name, hash, bundle->lines,
		!bundle->own	       ? "" :
		terminal_chinese() ? ",已重新写出" :
				     ", written again");
	return true;
}

static bool stranger_say(struct node *node, size_t *told, struct err *err)
{
	uint32_t incarnation;

	if (!forks_stranger(node, &incarnation, err)) {
		return false;
	}
	if (incarnation != 0) {
		++*told;
		say_result("✗ 另一台电脑在使用(或使用过)本机的密钥(第 %" PRIu32
			   " 代)。同一密钥请只在一台电脑上使用;若不是您自己,请告知区里。",
			"✗ Another computer uses (or did use) this device's key (incarnation %" PRIu32
			"). Use one key on one computer only; if it was not you, tell the district.",
			incarnation);
	}
	return true;
}

static bool sum_repair(void *ctx, const struct repair *repair, struct err *err)
{
	struct telling *sum = ctx;

	(void)err;
	sum->told++;
	sum->bundles += repair->bundles;
	sum->lines += repair->lines;
	sum->left += repair->left;
	if (repair->at_ms >= sum->last_ms) {
		sum->last_ms = repair->at_ms;
		sum->incarnation = repair->incarnation;
	}
	return true;
}

bool forked_say(struct node *node, struct err *err)
{
	struct telling sum = { .node = node };
	size_t told = 0;

	if (!forks_each(node, count_open, &sum.open, err) ||
		!repairs_each(node, sum_repair, &sum, err) || !stranger_say(node, &told, err)) {
		return false;
	}
	if (sum.open != 0) {
		say_result("✗ 有 %" PRId64 " 处出现了两个数据包:%s forks",
			"✗ In %" PRId64 " places there are two bundles: %s forks", sum.open,
			node_is_district(node) ? "linlid" : "linli");
	}
	if (sum.told != 0) {
		say_result("  记录库曾从旧副本恢复:%" PRIu64 " 处改动已重新写出(最近 %s,第 %" PRIu32
			   " 代),没有丢失。",
			"  The records were put back from an old copy: %" PRIu64
			" changes were written again (last %s, incarnation %" PRIu32
			"); none is lost.",
			sum.lines, cli_time(sum.last_ms).text, sum.incarnation);
	}
	if (sum.left != 0) {
		say_result("✗ 其中 %" PRIu64 " 处没能重新写出,请核对:%s forks",
			"✗ %" PRIu64 " of them could not be; please look them over: %s forks",
			sum.left, node_is_district(node) ? "linlid" : "linli");
	}
	return true;
}

static bool list_text(struct node *node, struct err *err)
{
	struct telling telling = { .node = node };

	if (!stranger_say(node, &telling.told, err) ||
		!forks_each(node, fork_text, &telling, err) ||
		!repairs_each(node, repair_text, &telling, err) ||
		!branches_each(node, branch_text, &telling, err)) {
		return false;
	}
	if (telling.told == 0) {
		say("没有分叉。", "There are no forks.");
	}
	return true;
}

bool cli_forks(struct invocation *invocation, struct err *err)
{
	struct node *node = NULL;
	bool ok = false;

	if (!cli_open(&node, invocation, err)) {
		return false;
	}
	ok = cli_common(invocation)->json ? list_json(node, err) : list_text(node, err);
	cli_close(node);
	return ok;
}
