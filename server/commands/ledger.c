/* ledger.c -- linlid ledger export, push, allowed-signers: for stock git and ssh-keygen. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "district.h"
#include "emit.h"
#include "key.h"
#include "linli/audit.h"
#include "linli/chains.h"
#include "linli/clone.h"
#include "linli/users.h"
#include "push.h"
#include "say.h"

/* ---- export -------------------------------------------------------- */

static bool count_head(void *ctx, const struct head *head, struct err *err)
{
	struct tally *tally = ctx;

	(void)err;
	tally->bundles += head->seq;
	return true;
}

static bool export_show(
	const struct invocation *invocation, const struct tally *tally, struct err *err)
{
	const struct cli_common *given = cli_common(invocation);
	const char *dir = invocation->words[0];
	unsigned long long bundles = tally->bundles;
	struct buf out = { 0 };

	if (given->json) {
		emit_begin(&out);
		emit_member(&out, "dir", dir);
		emit_member_integer(&out, "bundles", (int64_t)tally->bundles);
		emit_member_bool(&out, "dry_run", given->dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (given->dry_run) {
		say_result("账本共有 %llu 个数据包,将写入 %s。",
			"The ledger has %llu bundles; they would be written to %s.", bundles, dir);
		return true;
	}
	say_result("已把 %llu 个数据包写入 git 仓库 %s。",
		"Wrote %llu bundles to the git repository %s.", bundles, dir);
	say("验证:linlid ledger allowed-signers > signers,\n"
	    "git -C %s -c gpg.ssh.allowedSignersFile=$PWD/signers verify-commit 提交编号",
		"To verify: linlid ledger allowed-signers > signers,\n"
		"git -C %s -c gpg.ssh.allowedSignersFile=$PWD/signers verify-commit COMMIT",
		dir);
	return true;
}

static bool export_noted(
	struct node *node, const char *dir, struct tally *tally, struct err *err)
{
	struct audit_item detail[] = { { "bundles", NULL, 0 }, { "dir", dir, 0 },
		{ NULL, NULL, 0 } };

	if (!chains_export(node, dir, tally, err)) {
		return false;
	}
	detail[0].number = (int64_t)tally->bundles;
	return audit_add(node, NULL, AUDIT_LEDGER_EXPORTED, detail, err);
}

static bool export_run(struct invocation *invocation, struct err *err)
{
	struct tally tally = { 0 };
	struct node *node = NULL;
	bool ok = false;

	if (!district_open(&node, invocation, err)) {
		return false;
	}
	ok = cli_common(invocation)->dry_run
		? chains_each(node, count_head, &tally, err)
		: export_noted(node, invocation->words[0], &tally, err);
	ok = ok && export_show(invocation, &tally, err);
	node_close(node);
	return ok;
}

const struct command ledger_export_command = {
	.name = "ledger export",
	.summary = { "把账本写成 git 仓库,或更新它",
		"Write the ledger as a git repository, or bring one up to date" },
	.usage = "DIR",
	.min_words = 1,
	.max_words = 1,
	.options = cli_write_options,
	.options_bytes = sizeof(struct cli_common),
	.run = export_run,
};

/* ---- push ---------------------------------------------------------- */

struct ledger_push_options {
	struct cli_common common;
	const char *user, *ssh_key, *ca_file;
};

static const struct command_option push_options[] = {
	{ "--user", OPTION_VALUE, offsetof(struct ledger_push_options, user), "NAME",
		{ "用户名;令牌在 $LINLID_PUSH_TOKEN 中",
			"user name; the token is in $LINLID_PUSH_TOKEN" } },
	{ "--ssh-key", OPTION_VALUE, offsetof(struct ledger_push_options, ssh_key), "FILE",
		{ "SSH 私钥文件(默认用 ssh-agent 中的)",
			"file of the private key for SSH (default: those in ssh-agent)" } },
	{ "--ca-file", OPTION_VALUE, offsetof(struct ledger_push_options, ca_file), "FILE",
		{ "只信任此 PEM 文件中的证书机构", "trust only the authorities in this PEM file" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

static bool push_show(const struct invocation *invocation, const struct pushed *pushed,
	uint64_t bundles, struct err *err)
{
	const struct cli_common *given = cli_common(invocation);
	const char *url = invocation->words[0];
	struct buf out = { 0 };

	if (given->json) {
		emit_begin(&out);
		emit_member(&out, "url", url);
		emit_member_integer(&out, "bundles", (int64_t)bundles);
		emit_member_integer(&out, "references", (int64_t)pushed->refs);
		emit_member_integer(&out, "refused", (int64_t)pushed->refused);
		emit_member(&out, "first_refused",
			pushed->refused != 0 ? pushed->first_refused : NULL);
		emit_member_bool(&out, "dry_run", given->dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (pushed->refs == 0 && pushed->refused == 0) {
		say_result("%s 已是最新(账本共 %llu 个数据包)。",
			"%s is up to date (%llu bundles in the ledger).", url,
			(unsigned long long)bundles);
	} else if (given->dry_run) {
		say_result("将更新 %zu 个引用:%s。", "Would set %zu references at %s.",
			pushed->refs, url);
	} else {
		say_result("已更新 %zu 个引用:%s(账本共 %llu 个数据包)。",
			"Set %zu references at %s (%llu bundles in the ledger).", pushed->refs,
			url, (unsigned long long)bundles);
	}
	return true;
}

static bool push_noted(struct node *node, const struct invocation *invocation,
	struct pushed *pushed, uint64_t *bundles, struct err *err)
{
	const struct ledger_push_options *given = (const void *)invocation->options;
	const struct push_options options = { .user = given->user,
		.token = getenv("LINLID_PUSH_TOKEN"), .ssh_key = given->ssh_key,
		.ca_file = given->ca_file };
	const char *url = invocation->words[0];
	struct audit_item detail[] = { { "bundles", NULL, 0 }, { "references", NULL, 0 },
		{ "url", url, 0 }, { NULL, NULL, 0 } };

	if (!clone_push(node, url, &options, given->common.dry_run, pushed, bundles, err)) {
		return false;
	}
	detail[0].number = (int64_t)*bundles;
	detail[1].number = (int64_t)pushed->refs;
	return given->common.dry_run || pushed->refs == 0 ||
		audit_add(node, NULL, AUDIT_LEDGER_PUSHED, detail, err);
}

static bool push_run(struct invocation *invocation, struct err *err)
{
	struct pushed pushed = { 0 };
	struct node *node = NULL;
	uint64_t bundles;
	bool ok;

	if (!push_url_check(invocation->words[0], err) ||
		!district_open(&node, invocation, err)) {
		return false;
	}
	ok = push_noted(node, invocation, &pushed, &bundles, err) &&
		push_show(invocation, &pushed, bundles, err);
	if (ok && pushed.refused != 0) {
		ok = err_set(err, pushed.refs != 0 ? ERR_PARTIAL : ERR_REFUSED, "%s",
			pushed.first_refused);
	}
	node_close(node);
	return ok;
}

const struct command ledger_push_command = {
	.name = "ledger push",
	.summary = { "把账本推送到别的 git 服务器,作为异地副本",
		"Push the ledger to another git server, as a copy off site" },
	.usage = "URL",
	.min_words = 1,
	.max_words = 1,
	.options = push_options,
	.options_bytes = sizeof(struct ledger_push_options),
	.run = push_run,
};

/* ---- allowed-signers ----------------------------------------------- */

struct signers {
	struct node *node;
	struct buf out;
	bool json;
};

#define MOMENT_BYTES 16 /* "20261124003000Z" */

/* The second after ${made_s} as ssh-keygen reads it. */
static void moment_after(char out[MOMENT_BYTES], int64_t made_s)
{
	time_t at = (time_t)(made_s + 1);
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL ||
		strftime(out, MOMENT_BYTES, "%Y%m%d%H%M%SZ", &tm) == 0) {
		strcpy(out, "");
	}
}

/* "2026-11-24T00:30:00Z" as ssh-keygen reads it. */
static void moment_of(char out[MOMENT_BYTES], const char *text)
{
	size_t len = 0;

	for (; *text != '\0' && len + 1 < MOMENT_BYTES; text++) {
		if (strchr("-:T", *text) == NULL) {
			out[len++] = *text;
		}
	}
	out[len] = '\0';
}

/* cli_write_take() ends the last line. */
static void add_line(struct signers *signers, const char *id, const char *namespaces,
	const char *before, const struct buf *key)
{
	buf_printf(&signers->out, "%s%s@linli namespaces=\"%s\"%s%s%s %s",
		signers->out.len != 0 ? "\n" : "", id, namespaces,
		before[0] != '\0' ? ",valid-before=\"" : "", before,
		before[0] != '\0' ? "\"" : "", buf_str(key));
}

/* Those that ended, too: what they signed before stays valid, and no more than that. */
static bool add_signer(void *ctx, const struct device *device, struct err *err)
{
	struct signers *signers = ctx;
	char id[DEVICE_TEXT_BYTES], before[MOMENT_BYTES] = "";
	struct buf key = { 0 };
	int64_t made_s;
	bool ok;

	device_id_print(id, device->id);
	if (!chains_last_made(signers->node, device->id, &made_s, err)) {
		return false;
	}
	if (device->revoked) {
		moment_after(before, made_s);
	}
	ok = key_openssh_public(&key, device->public_key, device->community, err);
	if (ok && signers->json) {
		emit_open(&signers->out, '{');
		emit_member(&signers->out, "device", id);
		emit_member(&signers->out, "community", device->community);
		emit_member(&signers->out, "valid_before", before[0] != '\0' ? before : NULL);
		emit_member(&signers->out, "public_key", buf_str(&key));
		emit_close(&signers->out, '}');
	} else if (ok) {
		add_line(signers, id, "git", before, &key);
	}
	buf_clear(&key);
	return ok;
}

/* People: with the name of their key, and for verdicts alone. */
static bool add_person(void *ctx, const struct signer *signer, struct err *err)
{
	struct signers *signers = ctx;
	char id[DEVICE_TEXT_BYTES], before[MOMENT_BYTES];
	struct buf key = { 0 };
	bool ok;

	device_id_print(id, signer->id);
	moment_of(before, signer->valid_until);
	ok = key_openssh_public(&key, signer->public_key, signer->name, err);
	if (ok && signers->json) {
		emit_open(&signers->out, '{');
		emit_member(&signers->out, "key", id);
		emit_member(&signers->out, "user", signer->name);
		emit_member(&signers->out, "role", users_role_name(signer->role));
		emit_member(&signers->out, "valid_until",
			signer->valid_until[0] != '\0' ? signer->valid_until : NULL);
		emit_member(&signers->out, "public_key", buf_str(&key));
		emit_close(&signers->out, '}');
	} else if (ok) {
		add_line(signers, id, SIGNER_NAMESPACE, before, &key);
	}
	buf_clear(&key);
	return ok;
}

static bool signers_run(struct invocation *invocation, struct err *err)
{
	struct signers signers = { .json = cli_common(invocation)->json };
	struct node *node = NULL;
	bool ok = false;

	if (!district_open(&node, invocation, err)) {
		return false;
	}
	signers.node = node;
	if (signers.json) {
		emit_begin(&signers.out);
		emit_key(&signers.out, "signers");
		emit_open(&signers.out, '[');
	}
	if (!node_each_device(node, add_signer, &signers, err)) {
		goto out;
	}
	if (signers.json) {
		emit_close(&signers.out, ']');
		emit_key(&signers.out, "reviewers");
		emit_open(&signers.out, '[');
	}
	if (!signers_each(node, add_person, &signers, err)) {
		goto out;
	}
	if (signers.json) {
		emit_close(&signers.out, ']');
		emit_end(&signers.out);
	}
	ok = cli_write_take(&signers.out, err);
out:
	buf_clear(&signers.out);
	node_close(node);
	return ok;
}

const struct command ledger_signers_command = {
	.name = "ledger allowed-signers",
	.summary = { "列出设备和审核人的公钥,供 git 和 ssh-keygen 验证",
		"List devices' and reviewers' keys for git and ssh-keygen" },
	.usage = "",
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = signers_run,
};
