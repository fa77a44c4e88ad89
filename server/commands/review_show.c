/* review_show.c -- linlid review show: a bundle, line by line, for whoever judges it. */
#include <inttypes.h>
#include <string.h>

#include "district.h"
#include "display.h"
#include "emit.h"
#include "linli/users.h"
#include "review.h"
#include "say.h"
#include "shown.h"
#include "wanted.h"

#define WAITS_SHOWN 5 /* names of lines that one waits for */
#define NOTE_INDENT 4

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

/* Append "a;b" for each bit of ${reasons}. */
void review_reasons(struct buf *out, unsigned reasons)
{
	unsigned bit;
	bool any = false;

	for (bit = 1; bit < 1U << HOLD_REASONS; bit <<= 1) {
		if ((reasons & bit) != 0) {
			buf_text(out, any ? in(";", "; ") : "");
			buf_text(out,
				hold_reason_sentence((enum hold_reason)bit, terminal_chinese()));
			any = true;
		}
	}
}

void review_reasons_json(struct buf *out, unsigned reasons)
{
	unsigned bit;

	emit_key(out, "reasons");
	emit_open(out, '[');
	for (bit = 1; bit < 1U << HOLD_REASONS; bit <<= 1) {
		if ((reasons & bit) != 0) {
			emit_text(out, view_of(hold_reason_name((enum hold_reason)bit)));
		}
	}
	emit_close(out, ']');
}

struct showing {
	struct node *node;
	struct place place;
	struct held_bundle bundle;
	bool all; /* also lines that were applied at once */
	struct buf out;
	uint32_t shown, hidden;
	const struct entity *entity; /* of the line before */
	char id[RECORD_ID_TEXT_BYTES];
	struct buf waiting; /* "1,4-6": the lines that wait */
	uint32_t run_first, run_last; /* of those, not in ${waiting} yet; 0: none */
};

/* Is the verdict's signature its reviewer's?  Append to ${text} what it is of, or NULL. */
static bool signature_good(struct showing *showing, const struct line_view *line, struct buf *text)
{
	struct place place = showing->place;
	struct err ignored;

	place.n = line->n;
	return users_verify_signed(showing->node, &place, showing->bundle.info.hash,
		&line->verdict, text, &ignored);
}

/* ---- JSON --------------------------------------------------------- */

static void waits_json(struct buf *out, const struct line_view *line)
{
	const char *name = line->waits_for;
	size_t i;

	emit_key(out, "waits_for");
	emit_open(out, '[');
	for (i = 0; i < line->waits_for_count; i++) {
		emit_text(out, view_of(name));
		name += strlen(name) + 1;
	}
	emit_close(out, ']');
}

/* ${text}, or null where there is none. */
static void member_or_null(struct buf *out, const char *name, struct view text)
{
	emit_key(out, name);
	if (text.len != 0) {
		emit_text(out, text);
	} else {
		emit_null(out);
	}
}

/* The signature, what it is of, and whether it is the reviewer's. */
static void signature_json(struct showing *showing, const struct line_view *line)
{
	struct buf *out = &showing->out;
	struct buf text = { 0 };
	bool given = line->verdict.signature.len != 0, good;

	good = given && signature_good(showing, line, &text);
	member_or_null(out, "signature", line->verdict.signature);
	member_or_null(out, "signed_text", buf_as_view(&text));
	emit_member_bool(out, "signature_good", good);
	out->failed = out->failed || text.failed;
	buf_clear(&text);
}

static void verdict_json(struct showing *showing, const struct line_view *line)
{
	struct buf *out = &showing->out;
	const struct verdict *verdict = &line->verdict;

	emit_key(out, "verdict");
	if (!line->has_verdict) {
		emit_null(out);
		return;
	}
	emit_open(out, '{');
	emit_member(out, "state",
		verdict->state == LINE_APPLIED            ? "accepted"
			: verdict->state == LINE_RETURNED ? "returned"
							  : "seconded");
	member_or_null(out, "reason", verdict->reason);
	member_or_null(out, "reviewer", verdict->reviewer);
	member_or_null(out, "second", verdict->second);
	emit_member_integer(out, "at", verdict->at_ms);
	signature_json(showing, line);
	emit_close(out, '}');
}

static bool line_json(void *ctx, const struct line_view *line, struct err *err)
{
	struct showing *showing = ctx;
	struct buf *out = &showing->out;
	bool has_reason = line->has_verdict && line->verdict.reason.len != 0;

	emit_open(out, '{');
	emit_member_integer(out, "n", line->n);
	emit_member(out, "entity", line->entity != NULL ? line->entity->name : NULL);
	emit_member(out, "id", line->id);
	emit_member_integer(out, "t", line->t);
	emit_member(out, "state", line_state_name(line->state));
	review_reasons_json(out, line->reasons);
	waits_json(out, line);
	wanted_json(out, "before", line->changes, line->change_count, WANTED_NOW);
	wanted_json(out, "after", line->changes, line->change_count,
		line->state == LINE_APPLIED ? WANTED_APPLIED : WANTED_AFTER);
	wanted_json_deletes(out, line->changes, line->change_count);
	member_or_null(out, "reason",
		has_reason ? line->verdict.reason : (struct view){ NULL, 0 });
	verdict_json(showing, line);
	member_or_null(out, "corrects", view_of(line->corrects));
	if (line->erased) {
		emit_key(out, "erased");
		emit_text(out, line->text);
	} else {
		emit_key(out, "change");
		emit_raw(out, line->text);
	}
	emit_close(out, '}');
	return buf_ok(out, err);
}

static void bundle_json(struct buf *out, const struct held_bundle *bundle, const char *base)
{
	const struct bundle_info *info = &bundle->info;
	char name[LINE_NAME_TEXT_BYTES], device[DEVICE_TEXT_BYTES];

	place_print(name, &info->place);
	device_id_print(device, info->place.chain.device);
	emit_member(out, "bundle", name);
	emit_member_hex(out, "hash", info->hash, sizeof(info->hash));
	emit_member(out, "device", device);
	emit_member(out, "community", info->community);
	emit_member(out, "base", base);
	emit_member_integer(out, "made", info->made_s * 1000);
	emit_member_integer(out, "received", info->received_ms);
	emit_member_integer(out, "line_count", info->lines);
	emit_member_integer(out, "applied", info->applied);
	emit_member_integer(out, "waiting", info->waiting);
	emit_member_integer(out, "returned", info->returned);
	review_reasons_json(out, bundle->reasons);
}

static bool show_json(struct showing *showing, struct err *err)
{
	struct buf out = { 0 };
	char base[65];

	buf_byte(&showing->out, '[');
	if (!review_show(showing->node, &showing->place, &showing->bundle, base, line_json,
		    showing, err)) {
		return false;
	}
	emit_close(&showing->out, ']');
	if (!buf_ok(&showing->out, err)) {
		return false;
	}
	emit_begin(&out);
	bundle_json(&out, &showing->bundle, base);
	emit_key(&out, "lines");
	emit_raw(&out, buf_as_view(&showing->out));
	emit_end(&out);
	return cli_write_take(&out, err);
}

/* ---- for a person ------------------------------------------------- */

/* "    label: text", escaped. */
static void note(struct buf *out, const char *label, struct view text)
{
	display_pad(out, NOTE_INDENT);
	buf_printf(out, "%s%s", label, in(":", ": "));
	display_escape(out, text);
	buf_byte(out, '\n');
}

/* The lines it waits for; those of this bundle by their number alone. */
static void waits_text(const struct showing *showing, struct buf *out,
	const struct line_view *line)
{
	const char *name = line->waits_for;
	struct buf text = { 0 };
	struct place place;
	size_t i;

	for (i = 0; i < line->waits_for_count && i < WAITS_SHOWN; i++) {
		buf_text(&text, i != 0 ? in("、", ", ") : "");
		if (place_parse(&place, view_of(name)) && place.seq == showing->place.seq &&
			chain_name_compare(&place.chain, &showing->place.chain) == 0) {
			buf_printf(&text, terminal_chinese() ? "第 %" PRIu32 " 行" : "line %" PRIu32,
				place.n);
		} else {
			buf_text(&text, name);
		}
		name += strlen(name) + 1;
	}
	if (i < line->waits_for_count) {
		buf_printf(&text, terminal_chinese() ? "等 %zu 行" : " and others, %zu in all",
			line->waits_for_count);
	}
	if (text.len != 0) {
		note(out, in("要等", "Waits for"), buf_as_view(&text));
	}
	out->failed = out->failed || text.failed;
	buf_clear(&text);
}

/* What was decided, by whom and when. */
static void verdict_text(struct showing *showing, const struct line_view *line)
{
	struct buf *out = &showing->out;
	const struct verdict *verdict = &line->verdict;
	const char *label = verdict->state == LINE_APPLIED  ? in("已接受", "Accepted")
		: verdict->state == LINE_RETURNED           ? in("已退回", "Returned")
				: in("一人已同意,还须另一人", "Accepted by one, another must, too");
	struct buf text = { 0 };

	buf_view(&text, verdict->reason);
	buf_text(&text, verdict->reason.len != 0 ? in(" — ", " - ") : "");
	buf_view(&text, verdict->reviewer);
	if (verdict->second.len != 0) {
		buf_text(&text, in("、", ", "));
		buf_view(&text, verdict->second);
	}
	buf_printf(&text, "%s%s", text.len != 0 ? in(",", ", ") : "",
		cli_time(verdict->at_ms).text);
	if (verdict->signature.len != 0) {
		buf_text(&text, signature_good(showing, line, NULL)
				? in(",已签署", ", signed")
				: in(",签名无效!", ", BAD SIGNATURE"));
	}
	note(out, label, buf_as_view(&text));
	out->failed = out->failed || text.failed;
	buf_clear(&text);
}

/* Does it wait for a person, and not for other lines alone? */
static bool needs_verdict(const struct line_view *line)
{
	return line->state == LINE_WAITING && line->reasons != 0 &&
		!(line->has_verdict && line->verdict.state == LINE_APPLIED);
}

static const char *state_word(const struct line_view *line)
{
	switch (line->state) {
	case LINE_WAITING:
		return !needs_verdict(line)
			? in("等待其他改动", "waits for other lines")
			: in("等待审核", "waits to be reviewed");
	case LINE_RETURNED:
		return in("已退回", "returned");
	case LINE_APPLIED:
		break;
	}
	return in("已生效", "applied");
}

/* The run of waiting lines that has ended, into "1,4-6". */
static void end_run(struct showing *showing)
{
	struct buf *out = &showing->waiting;

	if (showing->run_first != 0) {
		buf_printf(out, "%s%" PRIu32, out->len != 0 ? "," : "", showing->run_first);
		if (showing->run_last != showing->run_first) {
			buf_printf(out, "-%" PRIu32, showing->run_last);
		}
	}
	showing->run_first = 0;
}

static void note_waiting(struct showing *showing, uint32_t n)
{
	if (showing->run_first == 0 || n != showing->run_last + 1) {
		end_run(showing);
		showing->run_first = n;
	}
	showing->run_last = n;
}

/* A heading where another record begins. */
static void heading(struct showing *showing, const struct line_view *line)
{
	if (showing->entity == line->entity && strcmp(showing->id, line->id) == 0) {
		return;
	}
	showing->entity = line->entity;
	memcpy(showing->id, line->id, sizeof(showing->id));
	buf_byte(&showing->out, '\n');
	wanted_record(&showing->out, showing->node, line->entity, line->id, line->changes,
		line->change_count);
	buf_byte(&showing->out, '\n');
}

static bool line_text(void *ctx, const struct line_view *line, struct err *err)
{
	struct showing *showing = ctx;
	struct buf *out = &showing->out;
	struct buf why = { 0 };

	if (needs_verdict(line)) {
		note_waiting(showing, line->n);
	}
	if (line->state == LINE_APPLIED && !line->has_verdict && !showing->all) {
		showing->hidden++;
		return true;
	}
	showing->shown++;
	if (line->erased) {
		buf_printf(out, terminal_chinese() ? "\n  第 %" PRIu32 " 行  (已抹除)\n" :
						     "\n  line %" PRIu32 "  (erased)\n", line->n);
		return buf_ok(out, err);
	}
	heading(showing, line);
	buf_printf(out,
		terminal_chinese() ? "  第 %" PRIu32 " 行  %s  %s\n" :
				     "  line %" PRIu32 "  %s  %s\n",
		line->n, state_word(line), cli_time(line->t / 1000).text);
	if (line->entity != NULL) {
		wanted_show(out, showing->node, line->changes, line->change_count,
			(struct wanted_style){ NOTE_INDENT, line->state == LINE_APPLIED });
	} else {
		display_pad(out, NOTE_INDENT);
		shown_change(out, showing->node, line->text);
		buf_byte(out, '\n');
	}
	if (line->reasons != 0) {
		review_reasons(&why, line->reasons);
		note(out, in("须审核", "Held"), buf_as_view(&why));
	}
	waits_text(showing, out, line);
	if (line->has_verdict) {
		verdict_text(showing, line);
	}
	if (line->corrects[0] != '\0') {
		note(out, in("更正了", "Corrects"), view_of(line->corrects));
	}
	out->failed = out->failed || why.failed;
	buf_clear(&why);
	return buf_ok(out, err);
}

static void fact(struct buf *out, const char *label, const char *text)
{
	buf_printf(out, "%s%s", label, in(":", ": "));
	display_escape(out, view_of(text));
	buf_byte(out, '\n');
}

/* What stands above the lines. */
static void bundle_text(struct showing *showing, struct buf *out, const struct held_bundle *bundle,
	const char *base)
{
	const struct bundle_info *info = &bundle->info;
	char name[LINE_NAME_TEXT_BYTES];
	struct buf device = { 0 };

	place_print(name, &info->place);
	shown_device(&device, showing->node, info->place.chain.device);
	fact(out, in("数据包", "Bundle"), name);
	fact(out, in("设备", "Device"), buf_str(&device));
	fact(out, in("签署", "Made"), cli_time(info->made_s * 1000).text);
	fact(out, in("收到", "Received"), cli_time(info->received_ms).text);
	buf_printf(out,
		terminal_chinese() ? "共 %" PRIu32 " 行:已生效 %" PRIu32 ",等待 %" PRIu32
				     ",已退回 %" PRIu32 "\n"
				   : "%" PRIu32 " lines: %" PRIu32 " applied, %" PRIu32
				     " waiting, %" PRIu32 " returned\n",
		info->lines, info->applied, info->waiting, info->returned);
	fact(out, in("审核依据", "Base"), base);
	out->failed = out->failed || device.failed;
	buf_clear(&device);
}

/* How to go on, on stderr. */
static void hints(struct showing *showing, const struct held_bundle *bundle)
{
	char name[LINE_NAME_TEXT_BYTES];

	place_print(name, &showing->place);
	end_run(showing);
	if (showing->hidden != 0) {
		say("另有 %" PRIu32 " 行已直接生效;加 --all 一并列出。",
			"%" PRIu32 " more lines were applied at once; --all lists them too.",
			showing->hidden);
	}
	if (bundle->info.waiting != 0 && showing->waiting.len == 0) {
		say("等待的行不必再审核,只等其他改动。",
			"The lines that wait need no verdict; they wait for others.");
	} else if (bundle->info.waiting != 0) {
		say("接受:linlid review accept %s --lines %s",
			"To accept: linlid review accept %s --lines %s", name,
			buf_str(&showing->waiting));
		say("退回:linlid review return %s --lines 行号 --reason 理由",
			"To return: linlid review return %s --lines L --reason TEXT", name);
	}
}

static bool show_text(struct showing *showing, struct err *err)
{
	struct buf out = { 0 };
	char base[65];
	bool ok;

	if (!review_show(showing->node, &showing->place, &showing->bundle, base, line_text,
		    showing, err)) {
		return false;
	}
	bundle_text(showing, &out, &showing->bundle, base);
	buf_view(&out, buf_as_view(&showing->out));
	ok = buf_ok(&out, err) && buf_ok(&showing->out, err) &&
		terminal_write(buf_as_view(&out), err);
	if (ok) {
		hints(showing, &showing->bundle);
	}
	buf_clear(&out);
	return ok;
}

/* ---- the command -------------------------------------------------- */

bool review_bundle_read(struct place *out, const char *word, struct err *err)
{
	if (place_parse(out, view_of(word)) && out->n == 0) {
		return true;
	}
	return err_set(err, ERR_USAGE,
		terminal_chinese() ? "数据包应写成 review 所列的样子:<链>@<序号>,而不是:%.100s"
				   : "name a bundle as review lists it: <chain>@<seq>, not: %.100s",
		word);
}

struct show_options {
	struct cli_common common;
	bool all;
};

static const struct command_option options[] = {
	{ "--all", OPTION_FLAG, offsetof(struct show_options, all), NULL,
		{ "也列出直接生效的行", "also the lines that were applied at once" } },
	CLI_OPTION_JSON,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

static bool run(struct invocation *invocation, struct err *err)
{
	const struct show_options *given = (const void *)invocation->options;
	struct showing showing = { .all = given->all };
	bool ok;

	ok = review_bundle_read(&showing.place, invocation->words[0], err) &&
		district_open(&showing.node, invocation, err) &&
		(given->common.json ? show_json(&showing, err) : show_text(&showing, err));
	buf_clear(&showing.out);
	buf_clear(&showing.waiting);
	node_close(showing.node);
	return ok;
}

const struct command review_show_command = {
	.name = "review show",
	.summary = { "逐行显示一个数据包,供审核", "Show a bundle line by line, to judge it" },
	.usage = "BUNDLE",
	.min_words = 1,
	.max_words = 1,
	.options = options,
	.options_bytes = sizeof(struct show_options),
	.run = run,
};
