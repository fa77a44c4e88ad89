/* review.c -- linlid review: what waits for a person, and judging it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "display.h"
#include "district.h"
#include "emit.h"
#include "line_list.h"
#include "linli/audit.h"
#include "review.h"
#include "say.h"
#include "shown.h"
#include "signing.h"

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

/* ---- review ------------------------------------------------------- */

struct listing {
	struct node *node;
	bool json;
	struct buf out;
	uint64_t bundles, lines; /* that wait */
};

static void list_json_row(struct buf *out, const struct held_bundle *bundle)
{
	const struct bundle_info *info = &bundle->info;
	char name[LINE_NAME_TEXT_BYTES], device[DEVICE_TEXT_BYTES];

	place_print(name, &info->place);
	device_id_print(device, info->place.chain.device);
	emit_open(out, '{');
	emit_member(out, "bundle", name);
	emit_member_hex(out, "hash", info->hash, sizeof(info->hash));
	emit_member(out, "device", device);
	emit_member(out, "community", info->community);
	emit_member_integer(out, "lines", info->lines);
	emit_member_integer(out, "waiting", info->waiting);
	emit_member_integer(out, "returned", info->returned);
	review_reasons_json(out, bundle->reasons);
	emit_member_integer(out, "made", info->made_s * 1000);
	emit_member_integer(out, "received", info->received_ms);
	emit_close(out, '}');
}

/* Two rows a bundle: its name is long, and wanted whole for show. */
static void list_text_row(
	struct buf *out, struct node *node, const struct held_bundle *bundle)
{
	const struct bundle_info *info = &bundle->info;
	char name[LINE_NAME_TEXT_BYTES];
	struct buf text = { 0 };

	place_print(name, &info->place);
	buf_printf(out, "%s  %s\n    ", cli_time(info->received_ms).text, name);
	shown_community(&text, node, info->community);
	buf_printf(&text,
		terminal_chinese() ? ":%" PRIu32 " 行中 %" PRIu32 " 行等待("
				   : ": of %" PRIu32 " lines %" PRIu32 " wait (",
		info->lines, info->waiting);
	if (bundle->reasons != 0) {
		review_reasons(&text, bundle->reasons);
	} else {
		buf_text(&text, in("要等其他改动", "for other lines"));
	}
	buf_text(&text, in(")", ")"));
	display_escape(out, buf_as_view(&text));
	buf_byte(out, '\n');
	out->failed = out->failed || text.failed;
	buf_clear(&text);
}

static bool list_bundle(void *ctx, const struct held_bundle *bundle, struct err *err)
{
	struct listing *listing = ctx;

	listing->bundles++;
	listing->lines += bundle->info.waiting;
	if (listing->json) {
		list_json_row(&listing->out, bundle);
	} else {
		list_text_row(&listing->out, listing->node, bundle);
	}
	return emit_flush(&listing->out, err);
}

static bool list_json(struct listing *listing, struct err *err)
{
	emit_begin(&listing->out);
	emit_key(&listing->out, "bundles");
	emit_open(&listing->out, '[');
	if (!review_each(listing->node, list_bundle, listing, err)) {
		return false;
	}
	emit_close(&listing->out, ']');
	emit_end(&listing->out);
	return cli_write_take(&listing->out, err);
}

static bool list_text(struct listing *listing, struct err *err)
{
	if (!review_each(listing->node, list_bundle, listing, err) ||
		!terminal_write(buf_as_view(&listing->out), err)) {
		return false;
	}
	if (listing->bundles == 0) {
		say("没有等待审核的改动。", "Nothing waits to be reviewed.");
	} else {
		say("共 %" PRIu64 " 个数据包,%" PRIu64 " 行等待。查看:linlid review show 数据包",
			"%" PRIu64 " bundles, %" PRIu64
			" lines wait.  To look at one: linlid review show BUNDLE",
			listing->bundles, listing->lines);
	}
	return true;
}

static bool list(struct invocation *invocation, struct err *err)
{
	struct listing listing = { .json = cli_common(invocation)->json };
	bool ok;

	if (invocation->word_count != 0 && strcmp(invocation->words[0], "list") != 0) {
		return err_set(err, ERR_USAGE,
			terminal_chinese()
				? "review 后面应是 list、show、accept 或 return:%.60s"
				: "review is followed by list, show, accept or return: %.60s",
			invocation->words[0]);
	}
	ok = district_open(&listing.node, invocation, err) &&
		(listing.json ? list_json(&listing, err) : list_text(&listing, err));
	buf_clear(&listing.out);
	node_close(listing.node);
	return ok;
}

const struct command review_command = {
	.name = "review",
	.summary = { "列出等待审核的数据包", "List the bundles that wait to be reviewed" },
	.usage = "[list]",
	.max_words = 1,
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = list,
};

/* ---- review accept, review return ---------------------------------- */

struct judge_options {
	struct cli_common common;
	const char *lines, *reason, *as, *base;
	const char *key, *key_passphrase; /* with which the reviewer signs */
};

#define OPTION_LINES \
	{ \
		"--lines", OPTION_VALUE, offsetof(struct judge_options, lines), "L", \
		{ \
			"哪些行,如 1,4-6", "which lines, as in 1,4-6" \
		} \
	}
#define OPTION_AS \
	{ \
		"--as", OPTION_VALUE, offsetof(struct judge_options, as), "USER", \
		{ \
			"审核人(默认为登录名)", "who judges (default: your login name)" \
		} \
	}
#define OPTION_BASE \
	{ \
		"--base", OPTION_VALUE, offsetof(struct judge_options, base), "HASH", \
		{ \
			"show 所示的审核依据;内容变动后不作判定", \
				"the base that show told; if that has moved nothing is judged" \
		} \
	}
#define OPTION_KEY \
	{ \
		"--key", OPTION_VALUE, offsetof(struct judge_options, key), "FILE", \
		{ \
			"审核人的密钥文件:由他签署结论", "the reviewer's key, which signs the verdict" \
		} \
	}
#define OPTION_KEY_PASSPHRASE \
	{ \
		"--key-passphrase-file", OPTION_VALUE, \
			offsetof(struct judge_options, key_passphrase), "FILE", \
		{ \
			"该密钥的口令文件(默认 $LINLID_KEY_PASSPHRASE)", \
				"that key's passphrase (default $LINLID_KEY_PASSPHRASE)" \
		} \
	}
#define OPTION_REASON(zh, en) \
	{ \
		"--reason", OPTION_VALUE, offsetof(struct judge_options, reason), "TEXT", \
		{ \
			zh, en \
		} \
	}

static const struct command_option accept_options[] = { OPTION_LINES, OPTION_AS, OPTION_BASE,
	OPTION_REASON("附注", "a note"), OPTION_KEY, OPTION_KEY_PASSPHRASE,
	CLI_OPTION_JSON, CLI_OPTION_DRY_RUN, CLI_OPTION_PASSPHRASE, CLI_OPTION_END };
static const struct command_option return_options[] = { OPTION_LINES,
	OPTION_REASON("为什么退回,社区会看到", "why; the community reads it"), OPTION_AS,
	OPTION_BASE, OPTION_KEY, OPTION_KEY_PASSPHRASE, CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

struct judgement {
	struct node *node;
	struct judging judging;
	uint32_t *lines; /* of --lines; NULL: every waiting one */
	const char *line_text;
	struct judged out;
	uint32_t left; /* lines of the bundle that wait then */
};

static bool has_text(const char *text)
{
	return text != NULL && text[strspn(text, " \t\r\n")] != '\0';
}

/* All that can be understood without the records. */
static bool read_judgement(struct judgement *judgement, const struct invocation *invocation,
	bool accept, struct err *err)
{
	const struct judge_options *given = (const void *)invocation->options;
	struct judging *judging = &judgement->judging;
	uint8_t base[32];

	if (!review_bundle_read(&judging->bundle, invocation->words[0], err) ||
		(!accept && !district_required(given->lines, "--lines", err)) ||
		(!accept && !district_required(has_text(given->reason) ? given->reason : NULL,
				     "--reason", err))) {
		return false;
	}
	if (given->base != NULL && !hex_decode(base, sizeof(base), view_of(given->base))) {
		return err_set(err, ERR_USAGE, "%s",
			in("--base 应为 review show 所示的 64 位审核依据",
				"--base is the base of 64 digits that review show tells"));
	}
	if (given->lines != NULL &&
		!line_list_parse(&judgement->lines, &judging->count, given->lines, err)) {
		return false;
	}
	judging->lines = judgement->lines;
	judging->accept = accept;
	judging->reason = given->reason;
	judging->reviewer = given->as != NULL ? given->as : district_login_name();
	judging->base = given->base;
	judgement->line_text = given->lines;
	return true;
}

static bool ignore_line(void *ctx, const struct line_view *line, struct err *err)
{
	(void)ctx;
	(void)line;
	(void)err;
	return true;
}

static bool judge_it(void *ctx, struct err *err)
{
	struct judgement *judgement = ctx;
	struct held_bundle bundle = { .reasons = 0 };
	char base[65];

	if (!review_judge(judgement->node, &judgement->judging, &judgement->out, err) ||
		!review_show(judgement->node, &judgement->judging.bundle, &bundle, base,
			ignore_line, NULL, err)) {
		return false;
	}
	judgement->left = bundle.info.waiting;
	return true;
}

static bool judged_json(const struct judgement *judgement, bool dry_run, struct err *err)
{
	const struct judged *out = &judgement->out;
	char name[LINE_NAME_TEXT_BYTES];
	struct buf text = { 0 };

	place_print(name, &judgement->judging.bundle);
	emit_begin(&text);
	emit_member(&text, "bundle", name);
	emit_member_integer(&text, "accepted", (int64_t)out->accepted);
	emit_member_integer(&text, "returned", (int64_t)out->returned);
	emit_member_integer(&text, "seconded", (int64_t)out->seconded);
	emit_member_integer(&text, "waiting", judgement->left);
	emit_member(&text, "reviewer", judgement->judging.reviewer);
	emit_member_bool(&text, "dry_run", dry_run);
	emit_end(&text);
	return cli_write_take(&text, err);
}

/* The opposite command takes it back. */
static void say_undo(const struct judgement *judgement)
{
	const char *lines = judgement->line_text != NULL ? judgement->line_text : in("行号", "L");
	char name[LINE_NAME_TEXT_BYTES];

	place_print(name, &judgement->judging.bundle);
	if (judgement->judging.accept) {
		say("要撤销:linlid review return %s --lines %s --reason 理由",
			"To take it back: linlid review return %s --lines %s --reason TEXT", name,
			lines);
	} else {
		say("要撤销:linlid review accept %s --lines %s",
			"To take it back: linlid review accept %s --lines %s", name, lines);
	}
}

static void judged_text(const struct judgement *judgement, bool dry_run)
{
	const struct judged *out = &judgement->out;

	if (out->accepted + out->returned + out->seconded == 0) {
		say_result("没有可判定的行,一切照旧。", "There was nothing to judge.");
		return;
	}
	if (out->accepted != 0) {
		say_result(dry_run ? "将接受 %" PRIu64 " 行。" : "已接受 %" PRIu64 " 行。",
			dry_run ? "Would accept %" PRIu64 " lines."
				: "Accepted %" PRIu64 " lines.",
			out->accepted);
	}
	if (out->returned != 0) {
		say_result(dry_run ? "将退回 %" PRIu64 " 行。" : "已退回 %" PRIu64 " 行,社区下次交换时得知。",
			dry_run ? "Would return %" PRIu64 " lines."
				: "Returned %" PRIu64
				  " lines; the community learns of it at the next exchange.",
			out->returned);
	}
	if (out->seconded != 0) {
		say_result("%" PRIu64 " 行按规定须两人同意,还须另一人接受。",
			"%" PRIu64 " lines need two people: another must accept them, too.",
			out->seconded);
	}
	if (judgement->left != 0) {
		say_result("此数据包还有 %" PRIu32 " 行等待。",
			"%" PRIu32 " lines of this bundle wait.", judgement->left);
	}
	if (!dry_run) {
		say_undo(judgement);
	}
}

static bool judge(struct invocation *invocation, bool accept, struct err *err)
{
	const struct cli_common *given = cli_common(invocation);
	const struct judge_options *options = (const void *)invocation->options;
	struct judgement judgement = { .node = NULL };
	struct signing signing = { .node = NULL };
	bool ok;

	ok = read_judgement(&judgement, invocation, accept, err) &&
		district_open_writing(&judgement.node, invocation, err) &&
		(options->key == NULL ||
			signing_open(&signing, judgement.node, &judgement.judging, options->key,
				options->key_passphrase, err)) &&
		node_transaction(judgement.node, judge_it, &judgement, given->dry_run, err);
	if (ok && given->json) {
		ok = judged_json(&judgement, given->dry_run, err);
	} else if (ok) {
		judged_text(&judgement, given->dry_run);
	}
	signing_clear(&signing);
	free(judgement.lines);
	node_close(judgement.node);
	return ok;
}

static bool accept(struct invocation *invocation, struct err *err)
{
	return judge(invocation, true, err);
}

static bool give_back(struct invocation *invocation, struct err *err)
{
	return judge(invocation, false, err);
}

const struct command review_accept_command = {
	.name = "review accept",
	.summary = { "接受等待审核的行(不写 --lines 则为全部)",
		"Accept lines that wait (without --lines: all of them)" },
	.notes = { "被退回的行也可以用它改为接受:写明 --lines。",
		"Returned lines can be accepted after all: name them with --lines." },
	.usage = "BUNDLE",
	.min_words = 1,
	.max_words = 1,
	.options = accept_options,
	.options_bytes = sizeof(struct judge_options),
	.run = accept,
};

const struct command review_return_command = {
	.name = "review return",
	.summary = { "退回若干行,并说明理由", "Return lines, saying why" },
	.notes = { "已生效的行也可以退回;各处会按其余的改动重算这条记录。",
		"Lines that count already can be returned as well; everywhere the record is\n"
		"made up again without them." },
	.usage = "BUNDLE --lines L --reason TEXT",
	.min_words = 1,
	.max_words = 1,
	.options = return_options,
	.options_bytes = sizeof(struct judge_options),
	.run = give_back,
};
