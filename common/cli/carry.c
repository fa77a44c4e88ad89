/* carry.c -- exchange through a folder, and what an exchange came to. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "emit.h"
#include "linli/carry.h"
#include "say.h"

/* ---- what it came to ---------------------------------------------- */

static void tally_json(struct buf *out, const char *name, const struct tally *tally)
{
	emit_key(out, name);
	emit_open(out, '{');
	emit_member_integer(out, "bundles", (int64_t)tally->bundles);
	emit_member_integer(out, "lines", (int64_t)tally->lines);
	emit_member_integer(out, "bytes", (int64_t)tally->bytes);
	emit_close(out, '}');
}

static void result_json(struct buf *out, const struct sync_result *result)
{
	const struct received *received = &result->received;
	size_t i;

	tally_json(out, "sent", &result->sent);
	tally_json(out, "received", &received->taken);
	emit_key(out, "refused");
	emit_open(out, '[');
	for (i = 0; i < received->refused_count; i++) {
		emit_open(out, '{');
		emit_member(out, "what", received->refused[i].what);
		emit_member(out, "code", err_name(received->refused[i].code));
		emit_member(out, "reason", received->refused[i].reason);
		emit_close(out, '}');
	}
	emit_close(out, ']');
	if (result->clock_known) {
		emit_member_integer(out, "clock_ahead_ms", result->clock_ahead_ms);
	}
	if (result->key_request != KEY_REQUEST_NONE) {
		emit_member(out, "key_request",
			result->key_request == KEY_REQUEST_CARRIED ? "carried" : "confirmed");
	}
	if (result->enrolment != KEY_REQUEST_NONE) {
		emit_member(out, "enrolment",
			result->enrolment == KEY_REQUEST_CARRIED ? "carried" : "confirmed");
	}
	if (result->shut_out) {
		emit_member_bool(out, "shut_out", true);
	}
	if (result->keys_replaced != 0) {
		emit_member_integer(out, "keys_replaced", (int64_t)result->keys_replaced);
	}
	if (result->devices_enrolled != 0) {
		emit_member_integer(out, "devices_enrolled", (int64_t)result->devices_enrolled);
	}
}

/* The district does not take this computer's key: why that may be, and what to do. */
static void say_shut_out(void)
{
	say("可能是本机的密钥已被吊销,也可能是换过密钥之后,又恢复了换密钥之前的备份。"
	    "本机的记录都还在,可以照常填写。请向区里要一份新的邀请,然后运行:"
	    "linli join 邀请文件 --keep",
		"Either this computer's key was revoked, or a backup was restored that was made "
		"before the key was changed. All records are here still, and work can go on. Ask "
		"the district for a new invitation, then run: linli join INVITATION --keep");
}

/* What became of requests to be enrolled and for other keys. */
static void keys_text(const struct sync_result *result)
{
	if (result->shut_out) {
		say("盘上区里给本社区的文件,用本机的密钥打不开。如果本机刚刚登记,请区里再 carry 一次。",
			"The district's files for this community cannot be opened with this "
			"computer's key. If it was enrolled just now, let the district carry once "
			"more.");
		say_shut_out();
	}
	if (result->keys_replaced != 0) {
		say("换密钥的申请已办理 %zu 份(核对码见 linlid devices),答复随本次写出的数据带回。",
			"Granted %zu requests for another key (codes: linlid devices); the answers go "
			"home with what was written here.",
			result->keys_replaced);
	}
	if (result->devices_enrolled != 0) {
		say("新登记设备 %zu 台(核对码见 linlid devices),答复随本次写出的数据带回。",
			"Enrolled %zu devices (codes: linlid devices); the answers go home with what "
			"was written here.",
			result->devices_enrolled);
	}
	if (result->enrolment == KEY_REQUEST_CARRIED) {
		say("加入的申请已一并写出;区里 carry 之后,再带回来 carry 一次即办妥。",
			"The request to be enrolled was written as well; when the district has "
			"carried, carry once more here.");
	} else if (result->enrolment == KEY_REQUEST_CONFIRMED) {
		say("区里已登记本机。", "The district has enrolled this computer.");
	}
	if (result->key_request == KEY_REQUEST_CARRIED) {
		say("换密钥的申请已一并写出;区里 carry 之后,再带回来 carry 一次即办妥。",
			"The request for another key was written as well; when the district has "
			"carried, carry once more here.");
	} else if (result->key_request == KEY_REQUEST_CONFIRMED) {
		say("区里已登记本机的新密钥。", "The district has entered this computer's new key.");
	}
}

static void failure_json(struct buf *out, const struct err *failed)
{
	emit_key(out, "error");
	emit_open(out, '{');
	emit_member(out, "code", err_name(failed->code));
	emit_member(out, "sentence", err_sentence(failed->code, terminal_chinese()));
	emit_member(out, "detail", failed->detail);
	emit_close(out, '}');
}

static void result_text(const struct sync_result *result)
{
	const struct received *received = &result->received;
	const struct tally *sent = &result->sent, *taken = &received->taken;
	size_t i;

	for (i = 0; i < received->refused_count; i++) {
		const struct refusal *refusal = &received->refused[i];

		say("未接收 %s:%s(%s)", "Refused %s: %s (%s)", refusal->what,
			err_sentence(refusal->code, terminal_chinese()), refusal->reason);
	}
	say_result("送出 %" PRIu64 " 个数据包(%" PRIu64 " 处改动),收到 %" PRIu64 " 个(%" PRIu64
		   " 处改动)。",
		"Sent %" PRIu64 " bundles (%" PRIu64 " changes), received %" PRIu64 " (%" PRIu64
		" changes).",
		sent->bundles, sent->lines, taken->bundles, taken->lines);
}

/* The status of an exchange that did not fail as a whole. */
static int refused_status(const struct sync_result *result)
{
	const struct received *received = &result->received;
	size_t i;

	if (received->refused_count == 0) {
		return 0;
	}
	if (received->taken.bundles != 0 || result->sent.bundles != 0) {
		return err_exit_status(ERR_PARTIAL);
	}
	for (i = 0; i < received->refused_count; i++) {
		if (err_exit_status(received->refused[i].code) != err_exit_status(ERR_SIGNATURE)) {
			return err_exit_status(ERR_PARTIAL);
		}
	}
	return err_exit_status(ERR_SIGNATURE);
}

/* Does the district have everything, as it has signed? */
static bool say_confirmed(struct node *node, struct err *err)
{
	struct outbox_counts counts;

	if (!outbox_count(node, &counts, err)) {
		return false;
	}
	if (counts.unsent_bundles == 0 && counts.draft_lines == 0) {
		say("全部改动都已送达区里。", "All changes have reached the district.");
	}
	if (counts.unsent_bundles != 0) {
		say("有 %" PRIu64 " 个数据包区里尚未确认收到,下次交换时得知。",
			"Of %" PRIu64
			" bundles the district has not confirmed the receipt yet; the "
			"next exchange tells.",
			counts.unsent_bundles);
	}
	/* Only where somebody else may have signed with this key does anything stay a draft. */
	if (counts.draft_lines != 0) {
		say("有 %" PRIu64 " 处改动还没有签名:区里或本社区的其他电脑可能还有本机签过的数据包,"
		    "要先取回。取回后的下一次交换就会签名。",
			"%" PRIu64 " changes are not signed yet: the district or another computer of "
			"the\ncommunity may hold what this one has signed. The exchange after that "
			"has come\nback signs them.",
			counts.draft_lines);
	}
	return true;
}

bool cli_exchange_note(struct node *node, struct err *err)
{
	const struct env *env = node_env(node);
	struct buf now = { 0 };
	bool ok;

	buf_printf(&now, "%" PRId64, env->now_ms(env->ctx));
	ok = buf_ok(&now, err) && node_set(node, CLI_LAST_EXCHANGE, buf_as_view(&now), err);
	buf_clear(&now);
	return ok;
}

bool cli_exchanged(struct invocation *invocation, struct node *node,
	const struct sync_result *result, const struct err *failed, struct err *err)
{
	return cli_exchanged_with(invocation, node, result, failed, NULL, NULL, err);
}

bool cli_exchanged_with(struct invocation *invocation, struct node *node,
	const struct sync_result *result, const struct err *failed,
	void (*more)(struct buf *out, const void *ctx), const void *ctx, struct err *err)
{
	bool json = cli_common(invocation)->json;
	struct buf out = { 0 };

	if (sync_clock_off(result)) {
		say("注意:本机时钟与服务器相差约 %" PRId64 " 分钟,请检查日期和时间。",
			"Warning: this computer's clock and the server's are about %" PRId64
			" minutes apart; please check date and time.",
			(result->clock_ahead_ms < 0 ? -result->clock_ahead_ms
						    : result->clock_ahead_ms) /
				60000);
	}
	invocation->status =
		failed != NULL ? err_exit_status(failed->code) : refused_status(result);
	if (failed == NULL && !cli_exchange_note(node, err)) {
		return false;
	}
	if (json) {
		emit_begin(&out);
		result_json(&out, result);
		if (more != NULL) {
			more(&out, ctx);
		}
		if (failed != NULL) {
			failure_json(&out, failed);
		}
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (failed == NULL || result->sent.bundles != 0 || result->received.taken.bundles != 0 ||
		result->received.refused_count != 0) {
		result_text(result);
	}
	if (failed != NULL) {
		say_error(failed, false);
		if (failed->code == ERR_REVOKED) {
			say_shut_out();
		}
		if (failed->code == ERR_CANCELLED) {
			say("已经送达和收到的都已保留;再次交换时从中断处继续。",
				"What has arrived on either side is kept; the next exchange goes on "
				"where this one was stopped.");
		}
		return true;
	}
	keys_text(result);
	return node_is_district(node) || say_confirmed(node, err);
}

bool cli_exchange_dry_run(struct invocation *invocation, struct node *node,
	const struct buf *found, struct err *err)
{
	struct sync_result nothing = { 0 };
	struct outbox_counts counts;
	struct buf out = { 0 };

	if (!outbox_count(node, &counts, err)) {
		return false;
	}
	if (!cli_common(invocation)->json) {
		say_result("将签署 %" PRIu64 " 处新改动;另有 %" PRIu64 " 个数据包(%" PRIu64
			   " 处改动)尚未送达。",
			"Would sign %" PRIu64 " new changes; besides them %" PRIu64
			" bundles (%" PRIu64 " changes) are not known to be there.",
			counts.draft_lines, counts.unsent_bundles, counts.unsent_lines);
		return true;
	}
	emit_begin(&out);
	emit_member_bool(&out, "dry_run", true);
	emit_key(&out, "would_send");
	emit_open(&out, '{');
	emit_member_integer(&out, "drafts", (int64_t)counts.draft_lines);
	emit_member_integer(&out, "bundles", (int64_t)counts.unsent_bundles);
	emit_member_integer(&out, "lines", (int64_t)counts.unsent_lines);
	emit_close(&out, '}');
	if (found != NULL) {
		emit_key(&out, "found");
		buf_view(&out, buf_as_view(found));
	}
	result_json(&out, &nothing);
	emit_end(&out);
	return cli_write_take(&out, err);
}

/* ---- carry -------------------------------------------------------- */

struct finding {
	struct buf json; /* a list */
	bool shows;      /* for people */
	bool any;
};

static void found_json(struct finding *finding, const struct carry_found *found)
{
	struct buf *out = &finding->json;
	char device[DEVICE_TEXT_BYTES];

	device_id_print(device, found->device);
	emit_open(out, '{');
	emit_member(out, "community", found->community);
	emit_member(out, "name", found->known ? found->name : NULL);
	emit_member(out, "device", device);
	emit_member_integer(out, "bundles", (int64_t)found->bundles);
	emit_member_integer(out, "lines", (int64_t)found->lines);
	emit_member_integer(out, "first", found->first_s);
	emit_member_integer(out, "last", found->last_s);
	emit_close(out, '}');
}

static bool add_found(void *ctx, const struct carry_found *found, struct err *err)
{
	struct finding *finding = ctx;
	char device[DEVICE_TEXT_BYTES];

	found_json(finding, found);
	if (finding->shows && !finding->any) {
		say("里面有这里还没有的内容:", "There lies what is not here yet:");
	}
	finding->any = true;
	device_id_print(device, found->device);
	if (finding->shows) {
		say("  %s(设备 %s%s)签署:%" PRIu64 " 处改动,%" PRIu64 " 个数据包,%s 至 %s",
			"  signed by %s (device %s%s): %" PRIu64 " changes in %" PRIu64
			" bundles, %s to %s",
			found->known ? found->name : found->community, device,
			found->known             ? ""
				: terminal_chinese() ? ",尚未登记"
						 : ", not enrolled as far as is known here",
			found->lines, found->bundles, cli_time(found->first_s * 1000).text,
			cli_time(found->last_s * 1000).text);
	}
	return buf_ok(&finding->json, err);
}

/* Say who signed what lies there, before anything of it is taken in. */
static bool look(struct finding *finding, struct node *node, const char *dir, struct err *err)
{
	emit_open(&finding->json, '[');
	if (!exchange_carry_look(node, dir, add_found, finding, err)) {
		return err->code == ERR_NOT_FOUND ? err_set(err, ERR_NO_FILE, "%s", dir) : false;
	}
	emit_close(&finding->json, ']');
	return buf_ok(&finding->json, err);
}

bool cli_carry(struct invocation *invocation, struct err *err)
{
	struct finding finding = { .shows = !cli_common(invocation)->json };
	const char *dir = invocation->words[0];
	struct sync_result result = { 0 };
	struct err failure = { 0 };
	struct node *node = NULL;
	bool ok;

	if (!cli_open_writing(&node, invocation, err)) {
		return false;
	}
	if (!look(&finding, node, dir, &failure)) {
		ok = cli_exchanged(invocation, node, &result, &failure, err);
	} else if (cli_common(invocation)->dry_run) {
		ok = cli_exchange_dry_run(invocation, node, &finding.json, err);
	} else {
		ok = exchange_carry(node, dir, &result, &failure);
		if (!ok && failure.code == ERR_NOT_FOUND) {
			err_set(&failure, ERR_NO_FILE, "%s", dir);
		}
		ok = cli_exchanged(invocation, node, &result, ok ? NULL : &failure, err);
	}
	buf_clear(&finding.json);
	sync_result_clear(&result);
	cli_close(node);
	return ok;
}
