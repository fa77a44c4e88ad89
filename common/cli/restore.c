/* restore.c -- a home folder from a backup; the work is common/backup's. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "emit.h"
#include "linli/backup.h"
#include "say.h"
#include "stages.h"

const struct command_option cli_restore_options[] = {
	{ "--identity", OPTION_VALUE, offsetof(struct cli_restore, identity), "FILE",
		{ "能打开备份的私钥文件:key age 所显示的,或 device.key(默认用文件夹里的 "
		  "device.key)",
			"what opens the backup: the output of key age, or a device.key (default: "
			"the home's)" } },
	{ "-i", OPTION_VALUE, offsetof(struct cli_restore, short_identity), "FILE",
		{ "同 --identity", "the same as --identity" } },
	{ "--key", OPTION_VALUE, offsetof(struct cli_restore, key), "FILE",
		{ "从未加密的副本恢复时所用的 device.key(默认用文件夹里现有的)",
			"device.key for a plain copy of a store (default: the one in the home)" } },
	{ "--replace", OPTION_FLAG, offsetof(struct cli_restore, replace), NULL,
		{ "替换现有的记录;原有的另存一旁",
			"in place of the records that are there; these are kept aside" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct run {
	const struct cli_restore *given;
	const char *file, *home;
	bool district;
	struct restored restored;
	struct stages stages;
};

static void emit_names(struct buf *out, const char *key, const struct buf *names)
{
	const char *name = buf_str(names), *end = name + names->len;

	emit_key(out, key);
	emit_open(out, '[');
	for (; name < end; name += strlen(name) + 1) {
		emit_text(out, view_of(name));
	}
	emit_close(out, ']');
}

static bool show_json(const struct run *run, struct err *err)
{
	const struct restored *restored = &run->restored;
	struct buf out = { 0 };

	emit_begin(&out);
	emit_member(&out, "file", run->file);
	emit_member(&out, "home", run->home);
	emit_member_bool(&out, "sealed", restored->sealed);
	if (restored->made_ms != 0) {
		emit_member_integer(&out, "made", restored->made_ms);
	} else {
		emit_member_null(&out, "made");
	}
	emit_member_integer(&out, "bundles", (int64_t)restored->report.bundles);
	emit_member_integer(&out, "lines", (int64_t)restored->report.sent);
	emit_member_integer(&out, "records", (int64_t)restored->report.records);
	emit_member(&out, "state_hash", restored->report.state_hash);
	emit_member_integer(&out, "incarnation", restored->incarnation);
	emit_member(
		&out, "kept_aside", restored->aside.len != 0 ? buf_str(&restored->aside) : NULL);
	if (restored->compared) {
		emit_key(&out, "active_again");
		emit_open(&out, '{');
		emit_names(&out, "users", &restored->users);
		emit_names(&out, "devices", &restored->devices);
		emit_close(&out, '}');
	} else {
		emit_member_null(&out, "active_again");
	}
	emit_member_bool(&out, "older_key", restored->older_key);
	emit_member_bool(&out, "dry_run", run->given->common.dry_run);
	emit_end(&out);
	return cli_write_take(&out, err);
}

/* Who had been shut out after the backup is let in again by it. */
static void warn(const struct run *run)
{
	const struct restored *restored = &run->restored;
	const char *name = buf_str(&restored->users), *end = name + restored->users.len;

	for (; name < end; name += strlen(name) + 1) {
		say("注意:用户 %s 在备份之后被停用,现在又有效了。请再次执行:linlid user disable %s",
			"WARNING: user %s was disabled after the backup and is active again. Do "
			"again: "
			"linlid user disable %s",
			name, name);
	}
	if (restored->older_key) {
		say("注意:这份备份是换密钥之前做的,其中的旧密钥区里已经不认。恢复后请向区里要一份新的"
		    "邀请,然后运行:linli join 邀请文件 --keep",
			"WARNING: this backup was made before the key was changed; the district takes "
			"the old key in it no more. After restoring, ask for a new invitation, then "
			"run: linli join INVITATION --keep");
	}
	name = buf_str(&restored->devices);
	end = name + restored->devices.len;
	for (; name < end; name += strlen(name) + 1) {
		say("注意:设备 %s 在备份之后被吊销,在各社区送回吊销记录之前又有效了。",
			"WARNING: device %s was revoked after the backup and is trusted again, "
			"until a "
			"community brings the revocation back.",
			name);
	}
	if (!restored->compared && run->district) {
		say("注意:备份之后停用的用户、吊销的设备现在又有效了。请查看 linlid user list 和 "
		    "linlid devices。",
			"WARNING: users that were disabled and devices that were revoked after the "
			"backup are active again. Look at: linlid user list, linlid devices.");
	}
}

static void show_text(const struct run *run)
{
	const struct restored *restored = &run->restored;
	const struct check_report *report = &restored->report;

	say_result("备份完好:%" PRIu64 " 个数据包,%" PRIu64 " 条记录,签名全部验证无误。",
		"The copy is sound: %" PRIu64 " bundles, %" PRIu64
		" records, every signature verified.",
		report->bundles, report->records);
	if (restored->made_ms != 0) {
		say_result("备份时间:%s", "It was made at %s", cli_time(restored->made_ms).text);
	}
	if (!run->given->common.dry_run) {
		say_result("已恢复到 %s,从第 %" PRIu32 " 代继续。",
			"Restored into %s, which goes on as incarnation %" PRIu32 ".", run->home,
			restored->incarnation);
		if (restored->aside.len != 0) {
			say_result("原有的记录另存在 %s", "What was there before is kept in %s",
				buf_str(&restored->aside));
		}
		if (run->district) {
			say("备份之后的数据包,各社区下次联系时会自动补回。",
				"Bundles made since the copy come back from the communities at "
				"their "
				"next contact.");
		} else {
			say("备份之后已送到区里的数据包,下次与区里联系时会自动补回。",
				"Bundles that were sent since the copy come back from the district "
				"at "
				"the next contact.");
		}
	}
	warn(run);
}

static bool restore(struct invocation *invocation, bool district, struct err *err)
{
	struct run run = { .given = (const void *)invocation->options,
		.file = invocation->words[0],
		.district = district };
	struct cli_place place = { 0 };
	struct restore_request request = { .file = run.file,
		.identity = run.given->identity != NULL ? run.given->identity
							: run.given->short_identity,
		.key = run.given->key,
		.options = &place.options,
		.district = district,
		.replace = run.given->replace,
		.dry_run = run.given->common.dry_run,
		.progress = stages_update,
		.ctx = &run.stages };
	bool ok;

	if (!cli_place_find(&place, invocation, err)) {
		cli_place_clear(&place);
		return false;
	}
	run.home = place.options.home;
	stages_begin(&run.stages, env_system());
	ok = restore_run(&run.restored, &request, err);
	stages_end(&run.stages);
	if (ok && run.given->common.json) {
		ok = show_json(&run, err);
	} else if (ok) {
		show_text(&run);
	}
	restored_clear(&run.restored);
	cli_place_clear(&place);
	return ok;
}

bool cli_restore_district(struct invocation *invocation, struct err *err)
{
	return restore(invocation, true, err);
}

bool cli_restore_community(struct invocation *invocation, struct err *err)
{
	return restore(invocation, false, err);
}
