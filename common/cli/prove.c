/* prove.c -- a record's lines as a file that proves them, and checking such a file. */
#include <string.h>

#include "commands.h"
#include "display.h"
#include "emit.h"
#include "linli/proof.h"
#include "say.h"

const struct command_option cli_prove_options[] = {
	{ "-o", OPTION_VALUE, offsetof(struct cli_prove, file), "FILE",
		{ "写入的文件", "the file to write" } },
	CLI_OPTION_JSON, CLI_OPTION_DRY_RUN, CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

const struct command_option cli_verify_options[] = {
	{ "--federation", OPTION_VALUE, offsetof(struct cli_verify, federation), "ID",
		{ "必须出自这个联盟(16 位编号)", "it must be of this federation (16 digits)" } },
	CLI_OPTION_JSON, CLI_OPTION_END };

/* ---- prove ---------------------------------------------------------- */

static bool prove_show(const struct cli_prove *given, const struct buf *file,
	const struct prove_report *report, struct err *err)
{
	struct buf out = { 0 };

	if (given->common.json) {
		emit_begin(&out);
		emit_member(&out, "file", given->file);
		emit_member_integer(&out, "lines", (int64_t)report->lines);
		emit_member_integer(&out, "unsigned_lines", (int64_t)report->unsigned_lines);
		emit_member_integer(&out, "erased_lines", (int64_t)report->erased_lines);
		emit_member_integer(&out, "bytes", (int64_t)file->len);
		emit_member_bool(&out, "dry_run", given->common.dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (report->unsigned_lines != 0) {
		say("另有 %zu 处改动尚未签名,不在其中。",
			"%zu changes are not signed yet and are not in it.", report->unsigned_lines);
	}
	if (report->erased_lines != 0) {
		say("另有 %zu 处改动的内容已按要求抹除,不在其中。",
			"%zu changes were erased and are not in it.", report->erased_lines);
	}
	if (given->common.dry_run) {
		say_result("将写出 %zu 行,%zu 字节。", "%zu lines, %zu bytes would be written.",
			report->lines, file->len);
		return true;
	}
	say_result("已把 %zu 行及其签名写入 %s。", "Wrote %zu lines and their signatures to %s.",
		report->lines, given->file);
	say("任何人都可以检查:linli verify %s", "Anybody can check it: linli verify %s",
		given->file);
	return true;
}

bool cli_prove(struct invocation *invocation, struct err *err)
{
	const struct cli_prove *given = (const void *)invocation->options;
	const struct entity *entity;
	struct prove_report report;
	struct node *node = NULL;
	struct record_id id;
	struct buf file = { 0 };
	bool ok = false;

	if (given->file == NULL && !given->common.dry_run) {
		return err_set(err, ERR_USAGE, ERR_BOTH("缺少 -o FILE", "-o FILE is missing"));
	}
	if (!cli_open(&node, invocation, err) ||
		!cli_entity(&entity, node, invocation->words[0], err) ||
		!cli_record(&id, node, entity, invocation->words[1], err) ||
		!records_prove(node, entity, &id, &file, &report, err)) {
		goto out;
	}
	if (!given->common.dry_run) {
		const struct env *env = node_env(node);

		if (!env->write_file(env->ctx, given->file, buf_as_view(&file), false, err)) {
			goto out;
		}
	}
	ok = prove_show(given, &file, &report, err);
out:
	buf_clear(&file);
	cli_close(node);
	return ok;
}

/* ---- verify --------------------------------------------------------- */

static void verify_json(struct buf *out, const struct proved *proved)
{
	char text[LINE_NAME_TEXT_BYTES];
	size_t i;

	emit_begin(out);
	emit_member_bool(out, "ok", true);
	emit_member(out, "federation", proved->federation);
	emit_member(out, "entity", proved->entity);
	emit_member(out, "id", proved->id);
	emit_member_integer(out, "trust_lines", (int64_t)proved->trust_lines);
	emit_key(out, "lines");
	emit_open(out, '[');
	for (i = 0; i < proved->count; i++) {
		const struct proved_line *line = &proved->lines[i];

		emit_open(out, '{');
		place_print(text, &line->place);
		emit_member(out, "line", text);
		device_id_print(text, line->place.chain.device);
		emit_member(out, "device", text);
		emit_member(out, "community", line->community);
		emit_member(out, "device_name", line->device_name);
		emit_member_integer(out, "t", line->t);
		emit_member_integer(out, "signed_at", line->made_s);
		emit_key(out, "change");
		emit_raw(out, line->text);
		emit_close(out, '}');
	}
	emit_close(out, ']');
	emit_end(out);
}

static void verify_text(struct buf *out, const struct proved *proved)
{
	char device[DEVICE_TEXT_BYTES], place[LINE_NAME_TEXT_BYTES];
	size_t i;

	for (i = 0; i < proved->count; i++) {
		const struct proved_line *line = &proved->lines[i];

		device_id_print(device, line->place.chain.device);
		place_print(place, &line->place);
		buf_printf(out, "%s  %s %s ", cli_time(line->t / 1000).text, line->community,
			device);
		display_escape(out, view_of(line->device_name));
		buf_printf(out, "\n    %s\n    ", place);
		display_escape(out, line->text);
		buf_byte(out, '\n');
	}
	if (out->len != 0) {
		out->data[--out->len] = '\0'; /* cli_write_take() ends the last line */
	}
}

static bool verify_show(const struct cli_verify *given, const struct proved *proved,
	struct err *err)
{
	struct buf out = { 0 };

	if (given->common.json) {
		verify_json(&out, proved);
		return cli_write_take(&out, err);
	}
	verify_text(&out, proved);
	if (!cli_write_take(&out, err)) {
		return false;
	}
	say("以上 %zu 行签名有效,内容未被改动;签名设备由联盟 %s 的区服务器登记。",
		"Verified: %zu. Each line is as it was signed, by a device that the district of\n"
		"federation %s enrolled.",
		proved->count, proved->federation);
	if (given->federation == NULL) {
		say("请与区里公布的联盟编号核对,或用 --federation 写明。这份证明不能说明没有别的改动。",
			"Compare that number with the one the district states, or give it by "
			"--federation.\nA proof cannot show that there are no other changes.");
	}
	return true;
}

bool cli_verify(struct invocation *invocation, struct err *err)
{
	const struct cli_verify *given = (const void *)invocation->options;
	struct arena arena = { 0 };
	struct buf file = { 0 };
	struct proved proved;
	bool ok = false;

	if (!cli_read_file(&file, invocation->words[0], PROOF_MAX_BYTES, err) ||
		!proof_verify(&proved, &arena, buf_as_view(&file), err)) {
		goto out;
	}
	if (given->federation != NULL && strcmp(given->federation, proved.federation) != 0) {
		err_set(err, ERR_FEDERATION,
			ERR_BOTH("它出自联盟 %s", "it is of federation %s"), proved.federation,
			proved.federation);
		goto out;
	}
	ok = verify_show(given, &proved, err);
out:
	arena_clear(&arena);
	buf_clear(&file);
	return ok;
}
