/* bundles.c -- what was signed: all of it in short, and one bundle in full. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "display.h"
#include "emit.h"
#include "linli/review.h"
#include "say.h"
#include "shown.h"

const struct command_option cli_log_options[] = { CLI_OPTION_JSON,
	{ "--limit", OPTION_COUNT, offsetof(struct cli_log, limit), "N",
		{ "只列最新的 N 个(默认全部)", "only the newest N (default: all)" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

/* A bundle that this community's device has to send. */
static bool own(struct node *node, const struct bundle_info *info)
{
	return device_id_equal(info->place.chain.device, node_device(node)) &&
		!node_is_district(node);
}

/* "3 club, 9 activity)" with labels; what is no such list as it stands. */
static void counts_text(struct buf *out, struct node *node, const char *list)
{
	while (*list != '\0') {
		size_t digits = strspn(list, "0123456789"), skip = list[digits] == ' ' ? 1 : 0;
		const char *name = list + digits + skip;
		struct view word = { name, strcspn(name, ",)") };
		const struct entity *entity = model_entity(node_model(node), word);

		buf_view(out, entity != NULL ? view_of(entity->label.zh) : word);
		buf_printf(out, " %.*s", (int)digits, list);
		list = word.data + word.len;
		list += strspn(list, ",) ");
		buf_text(out, *list != '\0' ? "、" : "");
	}
}

/*
 * What a bundle says of itself: "知足弄社区: 2 changes (2 club)", in Chinese
 * where it was written by linli.
 */
static void subject_text(struct buf *out, struct node *node, const struct bundle_info *info)
{
	const char *open = strstr(info->subject, " (");
	const char *colon = strstr(info->subject, ": ");
	struct buf text = { 0 };

	if (!terminal_chinese() || open == NULL || colon == NULL || colon > open ||
		strstr(colon, " change") == NULL || strstr(open, "...") != NULL) {
		display_escape(out, view_of(info->subject));
		return;
	}
	buf_add(&text, info->subject, (size_t)(colon - info->subject));
	buf_printf(&text, ":%" PRIu32 " 处改动(", info->lines);
	counts_text(&text, node, open + 2);
	buf_text(&text, ")");
	display_escape(out, buf_as_view(&text));
	out->failed = out->failed || text.failed;
	buf_clear(&text);
}

static void receipt_json(struct buf *out, const struct receipt *receipt)
{
	emit_key(out, "receipt");
	if (!receipt->present) {
		emit_null(out);
		return;
	}
	emit_open(out, '{');
	emit_member(out, "state", receipt->backed_up ? "backed-up" : "kept");
	emit_member_integer(out, "applied", receipt->applied);
	emit_member_integer(out, "waiting", receipt->waiting);
	emit_member_integer(out, "returned", receipt->returned);
	emit_member_integer(out, "conflicts", receipt->conflicts);
	emit_close(out, '}');
}

/* The members of ${info}, within an open object. */
static bool info_json(
	struct buf *out, struct node *node, const struct bundle_info *info, struct err *err)
{
	char name[LINE_NAME_TEXT_BYTES], device[DEVICE_TEXT_BYTES];
	struct receipt receipt;

	if (!receipt_of(node, &info->place, &receipt, err)) {
		return false;
	}
	place_print(name, &info->place);
	device_id_print(device, info->place.chain.device);
	emit_member(out, "bundle", name);
	emit_member_hex(out, "hash", info->hash, sizeof(info->hash));
	emit_member(out, "commit", info->commit);
	emit_member(out, "device", device);
	emit_member(out, "community", info->community);
	emit_member(out, "subject", info->subject);
	emit_member_integer(out, "made", info->made_s * 1000);
	emit_member_integer(out, "received", info->received_ms);
	emit_member_integer(out, "line_count", info->lines);
	emit_member_integer(out, "applied", info->applied);
	emit_member_integer(out, "waiting", info->waiting);
	emit_member_integer(out, "returned", info->returned);
	if (own(node, info) && info->place.chain.scope.kind != SCOPE_COMMUNITY) {
		emit_member_bool(out, "sent", info->sent);
	}
	receipt_json(out, &receipt);
	return true;
}

static void add_count(struct buf *out, uint32_t count, const char *zh, const char *en)
{
	if (count != 0) {
		buf_printf(out, "%s%" PRIu32 " %s", out->len != 0 ? in(",", ", ") : "", count,
			in(zh, en));
	}
}

/* How far the district has answered for it; "" where it has nothing to answer. */
static const char *answer_of(
	struct node *node, const struct bundle_info *info, const struct receipt *receipt)
{
	bool ours = !node_is_district(node) && strcmp(info->community, node_community(node)) == 0;

	if (ours && info->place.chain.scope.kind == SCOPE_COMMUNITY) {
		return in("仅限本社区", "for this community only");
	}
	if (node_is_district(node)) {
		return receipt->backed_up ? in("已备份", "backed up") : "";
	}
	if (receipt->present) {
		return receipt->backed_up ? in("区里已收存并备份", "kept and backed up")
					  : in("区里已收存", "kept by the district");
	}
	if (!own(node, info)) {
		return "";
	}
	return info->sent ? in("已送达", "sent") : in("未送达", "not sent yet");
}

/* How its lines fare, in words. */
static bool info_state(
	struct buf *out, struct node *node, const struct bundle_info *info, struct err *err)
{
	struct receipt receipt;
	const char *answer;

	if (!receipt_of(node, &info->place, &receipt, err)) {
		return false;
	}
	add_count(out, info->waiting != 0 ? info->waiting : receipt.waiting, "行待审核",
		"waiting");
	add_count(out, info->returned, "行被退回", "returned");
	answer = answer_of(node, info, &receipt);
	if (answer[0] != '\0') {
		buf_printf(out, "%s%s", out->len != 0 ? in(",", ", ") : "", answer);
	}
	return true;
}

/* ---- log ---------------------------------------------------------- */

struct logging {
	struct node *node;
	struct buf out;
};

static bool log_json(void *ctx, const struct bundle_info *info, struct err *err)
{
	struct logging *logging = ctx;

	emit_open(&logging->out, '{');
	if (!info_json(&logging->out, logging->node, info, err)) {
		return false;
	}
	emit_close(&logging->out, '}');
	return emit_flush(&logging->out, err);
}

/* Two rows a bundle: its name is long, and wanted whole for show. */
static bool log_text(void *ctx, const struct bundle_info *info, struct err *err)
{
	struct logging *logging = ctx;
	char name[LINE_NAME_TEXT_BYTES];
	struct buf *out = &logging->out;
	struct buf state = { 0 };

	place_print(name, &info->place);
	if (!info_state(&state, logging->node, info, err)) {
		return false;
	}
	buf_printf(out, "%s  %s\n    ", cli_time(info->made_s * 1000).text, name);
	subject_text(out, logging->node, info);
	if (state.len != 0) {
		buf_printf(out, terminal_chinese() ? "(%s)" : " (%s)", buf_str(&state));
	}
	buf_byte(out, '\n');
	out->failed = out->failed || state.failed;
	buf_clear(&state);
	return emit_flush(out, err);
}

static bool log_all(struct logging *logging, uint32_t limit, bool json, struct err *err)
{
	if (!json) {
		return chains_log(logging->node, limit, log_text, logging, err) &&
			terminal_write(buf_as_view(&logging->out), err);
	}
	emit_begin(&logging->out);
	emit_key(&logging->out, "bundles");
	emit_open(&logging->out, '[');
	if (!chains_log(logging->node, limit, log_json, logging, err)) {
		return false;
	}
	emit_close(&logging->out, ']');
	emit_end(&logging->out);
	return cli_write_take(&logging->out, err);
}

bool cli_log(struct invocation *invocation, struct err *err)
{
	const struct cli_log *options = (const void *)invocation->options;
	uint32_t limit = options->limit < UINT32_MAX ? (uint32_t)options->limit : 0;
	struct logging logging = { 0 };
	bool ok;

	ok = cli_open(&logging.node, invocation, err) &&
		log_all(&logging, limit, options->common.json, err);
	buf_clear(&logging.out);
	cli_close(logging.node);
	return ok;
}

/* ---- show --------------------------------------------------------- */

/* A line that waits or was returned. */
struct odd_line {
	uint32_t n;
	enum line_state state;
	size_t reason; /* of a return: where its text begins in ${reasons} */
};
struct unfolding {
	struct node *node;
	uint32_t only; /* the line asked for; 0: all */
	bool json;
	struct buf lines;
	struct buf odd;     /* struct odd_line, rising; */
	size_t odd_at;      /* those below have been shown */
	struct buf reasons; /* texts, each ended by a NUL */
};

static bool note_odd(void *ctx, const struct line_view *line, struct err *err)
{
	struct unfolding *unfolding = ctx;
	struct odd_line odd = { line->n, line->state, unfolding->reasons.len };

	if (line->state != LINE_APPLIED) {
		if (line->state == LINE_RETURNED) {
			buf_view(&unfolding->reasons, line->verdict.reason);
		}
		buf_byte(&unfolding->reasons, '\0');
		buf_add(&unfolding->odd, &odd, sizeof(odd));
	}
	return buf_ok(&unfolding->odd, err) && buf_ok(&unfolding->reasons, err);
}

/* Which lines of the bundle are not applied; in most there is none. */
static bool find_odd(struct unfolding *unfolding, const struct place *place, struct err *err)
{
	struct bundle_info info = { 0 };
	struct held_bundle bundle;
	char base[65];

	return chains_show(unfolding->node, place, &info, NULL, NULL, err) &&
		(info.waiting + info.returned == 0 ||
			review_show(unfolding->node, place, &bundle, base, note_odd, unfolding,
				err));
}

/* Line ${n}'s state, and why it was returned ("": it was not); lines are asked for rising. */
static enum line_state state_of(struct unfolding *unfolding, uint32_t n, const char **reason)
{
	struct odd_line odd;

	*reason = "";
	while (unfolding->odd_at < unfolding->odd.len) {
		memcpy(&odd, unfolding->odd.data + unfolding->odd_at, sizeof(odd));
		if (odd.n > n) {
			break;
		}
		unfolding->odd_at += sizeof(odd);
		if (odd.n == n) {
			*reason = (const char *)unfolding->reasons.data + odd.reason;
			return odd.state;
		}
	}
	return LINE_APPLIED;
}

static void state_text(struct buf *out, enum line_state state, const char *reason)
{
	if (state == LINE_WAITING) {
		buf_printf(out, "\n       %s", in("等待审核", "waits to be reviewed"));
	} else if (state == LINE_RETURNED) {
		buf_printf(out, "\n       %s", in("已退回:", "returned: "));
		display_escape(out, view_of(reason));
	}
}

static bool each_line(void *ctx, uint32_t n, struct view text, struct err *err)
{
	struct unfolding *unfolding = ctx;
	struct buf *out = &unfolding->lines;
	const char *reason;
	enum line_state state = state_of(unfolding, n, &reason);

	if (unfolding->only != 0 && unfolding->only != n) {
		return true;
	}
	if (unfolding->json) {
		emit_open(out, '{');
		emit_member_integer(out, "n", n);
		emit_member(out, "state", line_state_name(state));
		if (state == LINE_RETURNED) {
			emit_member(out, "reason", reason);
		}
		if (text.data[0] == '-') {
			emit_key(out, "erased");
			emit_text(out, (struct view){ text.data + 1, text.len - 1 });
		} else {
			emit_key(out, "change");
			emit_raw(out, text);
		}
		emit_close(out, '}');
	} else if (text.data[0] == '-') {
		buf_printf(out, "%5" PRIu32 "  %s\n", n, in("(已抹除)", "(erased)"));
	} else {
		buf_printf(out, "%5" PRIu32 "  ", n);
		shown_subject(out, unfolding->node, text);
		shown_change(out, unfolding->node, text);
		state_text(out, state, reason);
		buf_byte(out, '\n');
	}
	return buf_ok(out, err);
}

static bool show_json(struct unfolding *unfolding, const struct bundle_info *info, struct err *err)
{
	struct buf out = { 0 };

	emit_begin(&out);
	if (!info_json(&out, unfolding->node, info, err)) {
		buf_clear(&out);
		return false;
	}
	emit_key(&out, "lines");
	buf_byte(&out, '[');
	buf_view(&out, buf_as_view(&unfolding->lines));
	emit_close(&out, ']');
	emit_end(&out);
	return cli_write_take(&out, err);
}

/* A line about the bundle, if there is anything to say. */
static void fact(struct buf *out, const char *label, const char *text)
{
	if (text[0] != '\0') {
		buf_printf(out, "%s%s", label, in(":", ": "));
		display_escape(out, view_of(text));
		buf_byte(out, '\n');
	}
}

static bool show_text(struct unfolding *unfolding, const struct bundle_info *info, struct err *err)
{
	struct buf out = { 0 }, device = { 0 }, state = { 0 };
	char name[LINE_NAME_TEXT_BYTES], hash[65];

	place_print(name, &info->place);
	hex_encode(hash, info->hash, sizeof(info->hash));
	shown_device(&device, unfolding->node, info->place.chain.device);
	if (!info_state(&state, unfolding->node, info, err)) {
		return false;
	}
	subject_text(&out, unfolding->node, info);
	buf_byte(&out, '\n');
	fact(&out, in("数据包", "Bundle"), name);
	fact(&out, "SHA-256", hash);
	fact(&out, in("Git 提交", "Git commit"), info->commit);
	fact(&out, in("设备", "Device"), buf_str(&device));
	fact(&out, in("签署", "Made"), cli_time(info->made_s * 1000).text);
	fact(&out, in("收到", "Received"), cli_time(info->received_ms).text);
	fact(&out, in("状态", "State"), buf_str(&state));
	buf_byte(&out, '\n');
	buf_view(&out, buf_as_view(&unfolding->lines));
	buf_clear(&device);
	buf_clear(&state);
	out.len -= out.len != 0 && out.data != NULL; /* cli_write_take() ends the last line */
	return cli_write_take(&out, err);
}

bool cli_show(struct invocation *invocation, struct err *err)
{
	struct unfolding unfolding = { .json = cli_common(invocation)->json };
	struct bundle_info info = { 0 };
	struct place place;
	bool ok = false;

	if (!place_parse(&place, view_of(invocation->words[0]))) {
		return err_set(err, ERR_USAGE, "%s",
			in("数据包应写成 log 所列的样子:<链>@<序号>",
				"name a bundle as log does: <chain>@<seq>"));
	}
	unfolding.only = place.n;
	place.n = 0;
	if (!cli_open(&unfolding.node, invocation, err) || !find_odd(&unfolding, &place, err) ||
		!chains_show(unfolding.node, &place, &info, each_line, &unfolding, err)) {
		goto out;
	}
	if (unfolding.lines.len == 0 && unfolding.only != 0) {
		err_set(err, ERR_NOT_FOUND, "%s", invocation->words[0]);
		goto out;
	}
	ok = unfolding.json ? show_json(&unfolding, &info, err) : show_text(&unfolding, &info, err);
out:
	buf_clear(&unfolding.lines);
	buf_clear(&unfolding.odd);
	buf_clear(&unfolding.reasons);
	cli_close(unfolding.node);
	return ok;
}
