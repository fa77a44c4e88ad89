/*
 * restore.c -- linlid restore: a home folder from a backup of its store.
 *
 * The copy is made beside, in "restoring", opened and checked there from
 * its signatures up, and only then put in the place of what is there now,
 * which is kept in "before-restore-<time>".  As nobody can know what was
 * signed after the backup, the restored node begins a new incarnation: it
 * finds no incarnation file beside its store (docs/architecture.md), or one
 * that is ahead of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "district.h"
#include "emit.h"
#include "folder.h"
#include "linli/audit.h"
#include "linli/chains.h"
#include "lock.h"
#include "progress.h"
#include "say.h"

#define STORE "store.db"
#define KEY "device.key"
#define INCARNATION "incarnation"
#define INCARNATION_MAX_BYTES (1024 * 1024)
#define ASIDE_MAX_OF_A_SECOND 100

struct restore_options {
	struct cli_common common;
	const char *key;
	bool force;
};

static const struct command_option options[] = {
	{ "--key", OPTION_VALUE, offsetof(struct restore_options, key), "FILE",
		{ "设备密钥 device.key 的备份(默认用文件夹里现有的)",
			"copy of device.key (default: the one in the home)" } },
	{ "--force", OPTION_FLAG, offsetof(struct restore_options, force), NULL,
		{ "替换现有的记录;原有的另存一旁",
			"in place of the records that are there; these are kept aside" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct restoring {
	const struct restore_options *given;
	const struct env *env;
	const char *file;            /* the backup */
	struct node_options options; /* of the home */
	struct buf stage, aside;     /* folders; aside is empty where nothing was replaced */
	struct check_report report;
	struct progress progress;
	char first_problem[ERR_DETAIL_BYTES];
	uint32_t incarnation; /* in the end */
};

/* ---- beside -------------------------------------------------------- */

/* What of a node may lie in a folder. */
static const char *const node_files[] = { STORE, STORE "-wal", STORE "-shm", KEY, INCARNATION };
#define NODE_FILES (sizeof(node_files) / sizeof(node_files[0]))

static void remove_stage(struct restoring *restoring)
{
	const char *stage = buf_str(&restoring->stage);
	struct buf path = { 0 };
	struct err ignored;
	size_t i;

	for (i = 0; i < NODE_FILES; i++) {
		if (folder_path(&path, stage, node_files[i], &ignored)) {
			unlink(buf_str(&path));
		}
	}
	rmdir(stage);
	buf_clear(&path);
}

static bool fill_stage(struct restoring *restoring, struct err *err)
{
	const char *stage = buf_str(&restoring->stage), *home = restoring->options.home;
	struct buf key = { 0 };
	bool ok = false;

	remove_stage(restoring); /* of one that was interrupted */
	if (!restoring->env->make_dir(restoring->env->ctx, stage, err) ||
		!folder_copy_in(stage, STORE, restoring->file, err)) {
		goto out;
	}
	if (restoring->given->key == NULL && !folder_has(home, KEY)) {
		err_set(err, ERR_KEY, "%s",
			terminal_chinese()
				? "这里没有 device.key:请用 --key 给出它的备份"
				: "there is no device.key here: give a copy of it with --key");
		goto out;
	}
	if (restoring->given->key == NULL && !folder_path(&key, home, KEY, err)) {
		goto out;
	}
	ok = folder_copy_in(stage, KEY,
		restoring->given->key != NULL ? restoring->given->key : buf_str(&key), err);
out:
	buf_clear(&key);
	return ok;
}

static void note_problem(void *ctx, const char *text)
{
	struct restoring *restoring = ctx;

	if (restoring->first_problem[0] == '\0') {
		strncpy(restoring->first_problem, text, sizeof(restoring->first_problem) - 1);
	}
}

static void note_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct restoring *restoring = ctx;
	struct progress_counts counts = { .records = done, .records_total = total };

	progress_update(&restoring->progress, &counts);
}

static bool check(struct restoring *restoring, struct node *node, struct err *err)
{
	bool ok;

	progress_begin(&restoring->progress, restoring->env,
		(struct phrase){ "正在验证备份", "Checking the copy" });
	ok = chains_check(node, &restoring->report, note_problem, note_progress, restoring, err);
	progress_end(&restoring->progress);
	if (ok && restoring->report.problems != 0) {
		ok = err_set(err, ERR_STORE,
			terminal_chinese() ? "备份有 %" PRIu64 " 处问题,第一处:%s"
					   : "the copy has %" PRIu64 " problems, the first: %s",
			restoring->report.problems, restoring->first_problem);
	}
	return ok;
}

/* The incarnation that the file in the home names; 0: none. */
static uint32_t incarnation_before(struct restoring *restoring)
{
	struct buf path = { 0 }, text = { 0 };
	struct cursor cursor;
	struct err ignored;
	int64_t n = 0;

	if (folder_path(&path, restoring->options.home, INCARNATION, &ignored) &&
		restoring->env->read_file(restoring->env->ctx, &text, buf_str(&path),
			INCARNATION_MAX_BYTES, &ignored)) {
		cursor = cursor_of(text.data, text.len);
		if (!cursor_skip(&cursor, "incarnation ") ||
			!int64_parse(&n, cursor_until(&cursor, '\n')) || n < 1 || n > UINT32_MAX) {
			n = 0;
		}
	}
	buf_clear(&path);
	buf_clear(&text);
	return (uint32_t)n;
}

/*
 * ${node} has begun a new incarnation when it was opened without its file.
 * Where the home had gone further, a file that is ahead of that, too.
 */
static bool write_ahead(struct restoring *restoring, struct node *node, struct err *err)
{
	struct chain_name chain = { .device = node_device(node),
		.incarnation = node_incarnation(node),
		.scope = { .kind = SCOPE_FEDERATION } };
	uint32_t before = incarnation_before(restoring);
	struct buf text = { 0 }, path = { 0 };
	char name[CHAIN_TEXT_BYTES];
	struct head head;
	bool ok = false;

	if (before < chain.incarnation) {
		return true;
	}
	chain.incarnation = before;
	if (!chains_head(node, &chain, &head, err)) {
		goto out;
	}
	chain_name_print(name, &chain);
	buf_printf(&text, "incarnation %" PRIu32 "\n%s %" PRIu32 " %064d\n", chain.incarnation,
		name, head.seq + 1, 0);
	ok = buf_ok(&text, err) &&
		folder_path(&path, buf_str(&restoring->stage), INCARNATION, err) &&
		restoring->env->write_file(
			restoring->env->ctx, buf_str(&path), buf_as_view(&text), false, err);
out:
	buf_clear(&text);
	buf_clear(&path);
	return ok;
}

/* Open the copy where it lies, and look at all of it. */
static bool verify_stage(struct restoring *restoring, struct err *err)
{
	struct node_options beside = restoring->options;
	struct node *node = NULL;
	bool ok = false;

	beside.home = buf_str(&restoring->stage);
	if (!node_open(&node, &beside, err)) {
		goto out;
	}
	if (!node_is_district(node)) {
		err_set(err, ERR_SCOPE,
			terminal_chinese() ? "%s 是社区的备份,请使用 linli"
					   : "%s is a community's: use linli",
			restoring->file);
		goto out;
	}
	ok = check(restoring, node, err) && write_ahead(restoring, node, err);
out:
	node_close(node);
	return ok;
}

/* ---- in place ------------------------------------------------------ */

/* A new folder in the home for what is there now. */
static bool make_aside(struct restoring *restoring, struct err *err)
{
	time_t now = (time_t)(restoring->env->now_ms(restoring->env->ctx) / 1000);
	char when[32] = "", name[64];
	unsigned attempt;
	struct tm utc;

	if (gmtime_r(&now, &utc) != NULL) {
		strftime(when, sizeof(when), "-%Y%m%dT%H%M%SZ", &utc);
	}
	/* Another restore may have been cut off within the same second. */
	for (attempt = 1; attempt <= ASIDE_MAX_OF_A_SECOND; attempt++) {
		snprintf(name, sizeof(name), attempt == 1 ? "before-restore%s" : "before-restore%s-%u",
			when, attempt);
		if (!folder_path(&restoring->aside, restoring->options.home, name, err)) {
			return false;
		}
		if (mkdir(buf_str(&restoring->aside), 0700) == 0) {
			return true;
		}
		if (errno != EEXIST) {
			break;
		}
	}
	return err_errno(err, "creating %s", buf_str(&restoring->aside));
}

/*
 * The old files are kept, and stay in place until new ones take it: when this
 * is cut off, the home has its key and its incarnation still.
 */
static bool keep_aside(struct restoring *restoring, struct err *err)
{
	const char *home = restoring->options.home;
	size_t i;

	if (!make_aside(restoring, err)) {
		return false;
	}
	for (i = 0; i < NODE_FILES; i++) {
		if (!folder_share(home, buf_str(&restoring->aside), node_files[i], err)) {
			return false;
		}
	}
	return folder_sync(buf_str(&restoring->aside), err) && folder_sync(home, err);
}

/* The key and the incarnation come before the store: without it there is no node. */
static bool move_in(struct restoring *restoring, struct err *err)
{
	const char *stage = buf_str(&restoring->stage), *home = restoring->options.home;

	/* The old store's log must not be taken for the new one's. */
	return folder_move(stage, home, KEY, err) && folder_move(stage, home, INCARNATION, err) &&
		folder_remove(home, STORE "-wal", err) &&
		folder_remove(home, STORE "-shm", err) && folder_move(stage, home, STORE, err) &&
		folder_sync(home, err);
}

static bool note_restored(struct restoring *restoring, struct node *node, struct err *err)
{
	const struct audit_item detail[] = { { "file", restoring->file, 0 },
		{ "incarnation", NULL, node_incarnation(node) },
		{ "state_hash", restoring->report.state_hash, 0 }, { NULL, NULL, 0 } };

	return audit_add(node, NULL, AUDIT_RESTORED, detail, err);
}

static bool put_in_place(struct restoring *restoring, struct err *err)
{
	const char *home = restoring->options.home;
	struct node *node = NULL;
	bool ok;

	if ((folder_has(home, STORE) || folder_has(home, KEY)) && !keep_aside(restoring, err)) {
		return err_wrap(err, "keeping the old records aside");
	}
	if (!move_in(restoring, err) || !node_open(&node, &restoring->options, err)) {
		return err_wrap(err, "putting the copy in place (the old records: %s)",
			restoring->aside.len != 0 ? buf_str(&restoring->aside) : "none");
	}
	restoring->incarnation = node_incarnation(node);
	ok = note_restored(restoring, node, err);
	node_close(node);
	return ok;
}

/* ---- the command --------------------------------------------------- */

static bool show(const struct restoring *restoring, struct err *err)
{
	const struct check_report *report = &restoring->report;
	bool dry_run = restoring->given->common.dry_run;
	const char *aside = restoring->aside.len != 0 ? buf_str(&restoring->aside) : NULL;
	struct buf out = { 0 };

	if (restoring->given->common.json) {
		emit_begin(&out);
		emit_member(&out, "file", restoring->file);
		emit_member(&out, "home", restoring->options.home);
		emit_member_integer(&out, "bundles", (int64_t)report->bundles);
		emit_member_integer(&out, "records", (int64_t)report->records);
		emit_member(&out, "state_hash", report->state_hash);
		emit_member_integer(&out, "incarnation", restoring->incarnation);
		emit_member(&out, "kept_aside", aside);
		emit_member_bool(&out, "dry_run", dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	say_result("备份完好:%" PRIu64 " 个数据包,%" PRIu64 " 条记录,签名全部验证无误。",
		"The copy is sound: %" PRIu64 " bundles, %" PRIu64
		" records, every signature verified.",
		report->bundles, report->records);
	if (dry_run) {
		return true;
	}
	say_result("已恢复到 %s,从第 %" PRIu32 " 代继续。",
		"Restored into %s, which goes on as incarnation %" PRIu32 ".",
		restoring->options.home, restoring->incarnation);
	if (aside != NULL) {
		say_result("原有的记录另存在 %s", "What was there before is kept in %s", aside);
	}
	say("备份之后的数据包,各社区下次联系时会自动补回。",
		"Bundles made since the copy come back from the communities at their next "
		"contact.");
	return true;
}

static bool restore(struct restoring *restoring, struct err *err)
{
	const char *home = restoring->options.home;
	struct home_lock *lock = NULL;
	bool ok = false;

	if (folder_has(home, STORE) && !restoring->given->force &&
		!restoring->given->common.dry_run) {
		return err_set(err, ERR_EXISTS,
			terminal_chinese() ? "%s 里已有记录;要替换请加 --force,原有的会另存一旁"
					   : "there are records in %s; with --force they are "
					     "replaced and kept aside",
			home);
	}
	if (!restoring->env->make_dir(restoring->env->ctx, home, err) ||
		!home_lock_take(&lock, home, err) ||
		!folder_path(&restoring->stage, home, "restoring", err)) {
		goto out;
	}
	ok = fill_stage(restoring, err) && verify_stage(restoring, err);
	if (ok && !restoring->given->common.dry_run) {
		ok = put_in_place(restoring, err);
	}
	remove_stage(restoring);
out:
	home_lock_release(lock);
	return ok;
}

static bool run(struct invocation *invocation, struct err *err)
{
	struct restoring restoring = { .given = (const void *)invocation->options,
		.env = env_system(),
		.file = invocation->words[0] };
	struct cli_place place = { 0 };
	bool ok = false;

	if (!cli_place_find(&place, invocation, err)) {
		goto out;
	}
	restoring.options = place.options;
	ok = restore(&restoring, err) && show(&restoring, err);
out:
	buf_clear(&restoring.stage);
	buf_clear(&restoring.aside);
	cli_place_clear(&place);
	return ok;
}

const struct command restore_command = {
	.name = "restore",
	.summary = { "从备份恢复记录,先验证,再替换",
		"Restore the records from a backup, once it is verified" },
	.usage = "FILE [--key FILE] [--force]",
	.min_words = 1,
	.max_words = 1,
	.options = options,
	.options_bytes = sizeof(struct restore_options),
	.run = run,
};
