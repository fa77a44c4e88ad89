/* backup.c -- a sealed copy of the store and the key, verified by a trial restore. */
#include "linli/backup.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "emit.h"
#include "progress.h"
#include "say.h"
#include "stages.h"

const struct cli_backup cli_backup_defaults = { .keep = -1 };
const struct command_option cli_backup_options[] = {
	{ "--to", OPTION_LIST, offsetof(struct cli_backup, to), "RECIPIENT",
		{ "还有谁能打开它(age1…),可写多次",
			"who else can open it (age1…); may be repeated" } },
	{ "--keep", OPTION_COUNT, offsetof(struct cli_backup, keep), "N",
		{ "备份到文件夹时,只保留本机最新的 N 份",
			"in a folder, keep only this device's newest N" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct run {
	struct invocation *invocation;
	const struct cli_backup *given;
	struct node *node;
	const char *word; /* FILE|DIR */
	bool folder;      /* it is a folder */
	char name[BACKUP_NAME_BYTES];
	struct buf path;
	struct backup_made made;
	struct buf removed; /* names, each ended by a NUL */
	struct stages stages;
};

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool find_path(struct run *run, struct err *err)
{
	bool zh = terminal_chinese();

	run->folder = is_folder(run->word);
	if (run->given->keep == 0 || run->given->keep > BACKUP_MAX_KEEP) {
		return err_set(err, ERR_USAGE,
			zh ? "--keep 应在 1 到 %d 之间" : "--keep wants 1 to %d", BACKUP_MAX_KEEP);
	}
	if (run->given->keep > 0 && !run->folder) {
		return err_set(err, ERR_USAGE,
			zh ? "--keep 只用于备份到文件夹;没有文件夹 %s"
			   : "--keep is for backups into a folder; there is no folder %s",
			run->word);
	}
	if (run->folder) {
		backup_name(run->node, run->name);
		buf_printf(&run->path, "%s/%s", run->word, run->name);
	} else {
		buf_text(&run->path, run->word);
	}
	return buf_ok(&run->path, err);
}

static bool note_removed(void *ctx, const char *name, struct err *err)
{
	struct run *run = ctx;

	buf_add(&run->removed, name, strlen(name) + 1);
	return buf_ok(&run->removed, err);
}

static bool make(struct run *run, struct err *err)
{
	const struct cli_backup *given = run->given;
	struct backup_request request = { .path = buf_str(&run->path),
		.to = given->to.values,
		.to_count = given->to.count,
		.progress = stages_update,
		.ctx = &run->stages };
	struct cli_place place = { 0 };
	bool ok = cli_place_find(&place, run->invocation, err);

	request.passphrase = place.options.passphrase;
	if (ok && given->common.dry_run) {
		ok = backup_rehearse(run->node, &request, &run->made, err);
	} else if (ok) {
		stages_begin(&run->stages, node_env(run->node));
		ok = backup_make(run->node, &request, &run->made, err);
		stages_end(&run->stages);
		if (ok && given->keep > 0) {
			ok = backup_prune(run->node, run->word, run->name, (uint32_t)given->keep,
				note_removed, run, err);
		}
	}
	cli_place_clear(&place);
	return ok;
}

static bool show_json(const struct run *run, struct err *err)
{
	const struct check_report *report = &run->made.report;
	bool dry_run = run->given->common.dry_run;
	const char *name = buf_str(&run->removed), *end = name + run->removed.len;
	struct buf out = { 0 };

	emit_begin(&out);
	emit_member(&out, "file", buf_str(&run->path));
	emit_member_integer(&out, "recipients", (int64_t)run->made.recipients);
	emit_member_integer(&out, "store_bytes", (int64_t)run->made.store_bytes);
	emit_member_bool(&out, "verified", !dry_run);
	if (!dry_run) {
		emit_member_integer(&out, "bytes", (int64_t)run->made.bytes);
		emit_member(&out, "sha256", run->made.sha256);
		emit_member_integer(&out, "bundles", (int64_t)report->bundles);
		emit_member_integer(&out, "lines", (int64_t)report->sent);
		emit_member_integer(&out, "records", (int64_t)report->records);
		emit_member(&out, "state_hash", report->state_hash);
	}
	emit_key(&out, "removed");
	emit_open(&out, '[');
	for (; name < end; name += strlen(name) + 1) {
		emit_text(&out, view_of(name));
	}
	emit_close(&out, ']');
	emit_member_bool(&out, "dry_run", dry_run);
	emit_end(&out);
	return cli_write_take(&out, err);
}

static void show_text(const struct run *run)
{
	const struct check_report *report = &run->made.report;
	const char *program = node_is_district(run->node) ? "linlid" : "linli";
	const char *name = buf_str(&run->removed), *end = name + run->removed.len;

	if (run->given->common.dry_run) {
		say("将把记录库(%" PRIu64 " 字节)和本机密钥加密备份到 %s,能打开的有 %zu 个密钥",
			"The store (%" PRIu64
			" bytes) and the device's key would be sealed into %s, "
			"for %zu keys",
			run->made.store_bytes, buf_str(&run->path), run->made.recipients);
		return;
	}
	say_result("已备份到 %s(%" PRIu64 " 字节),并从中试恢复成功。",
		"Backed up into %s (%" PRIu64 " bytes), and restored from it on trial.",
		buf_str(&run->path), run->made.bytes);
	say_result("已验证 %" PRIu64 " 个数据包、%" PRIu64 " 行、%" PRIu64 " 条记录;状态校验值 %s",
		"Verified %" PRIu64 " bundles with %" PRIu64 " lines, and %" PRIu64
		" records; state hash %s",
		report->bundles, report->sent, report->records, report->state_hash);
	for (; name < end; name += strlen(name) + 1) {
		say_result("已删除旧备份 %s", "Removed the older %s", name);
	}
	say("电脑丢失后,要有 %s key age 显示的私钥才能打开备份:请抄在纸上,不要与电脑放在一起。"
	    "备份里有本机密钥,能打开它的人就能冒充这台设备。",
		"If this computer is lost, the identity that \"%s key age\" shows opens the "
		"backup: "
		"keep it on paper, away from the computer. The device's key is in the backup: who "
		"can open it can act as this device.",
		program);
}

bool cli_backup(struct invocation *invocation, struct err *err)
{
	struct run run = { .invocation = invocation,
		.given = (const void *)invocation->options,
		.word = invocation->words[0] };
	bool ok;

	ok = cli_open(&run.node, invocation, err) && find_path(&run, err) && make(&run, err);
	if (ok && run.given->common.json) {
		ok = show_json(&run, err);
	} else if (ok) {
		show_text(&run);
	}
	backup_made_clear(&run.made);
	buf_clear(&run.path);
	buf_clear(&run.removed);
	cli_close(run.node);
	return ok;
}
