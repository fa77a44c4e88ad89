/* ledger.c -- linlid ledger export, allowed-signers: for stock git and ssh-keygen. */
#include "commands.h"
#include "district.h"
#include "emit.h"
#include "key.h"
#include "linli/audit.h"
#include "linli/chains.h"
#include "linli/users.h"
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

/* ---- allowed-signers ----------------------------------------------- */

struct signers {
	struct buf out;
	bool json;
};

/* Revoked ones too: what they signed before stays valid. */
static bool add_signer(void *ctx, const struct device *device, struct err *err)
{
	struct signers *signers = ctx;
	char id[DEVICE_TEXT_BYTES];
	struct buf key = { 0 };
	bool ok;

	device_id_print(id, device->id);
	ok = key_openssh_public(&key, device->public_key, device->community, err);
	if (ok && signers->json) {
		emit_open(&signers->out, '{');
		emit_member(&signers->out, "device", id);
		emit_member(&signers->out, "community", device->community);
		emit_member(&signers->out, "public_key", buf_str(&key));
		emit_close(&signers->out, '}');
	} else if (ok) {
		/* cli_write_take() ends the last line. */
		buf_printf(&signers->out, "%s%s@linli namespaces=\"git\" %s",
			signers->out.len != 0 ? "\n" : "", id, buf_str(&key));
	}
	buf_clear(&key);
	return ok;
}

/* People: with the name of their key, and for verdicts alone. */
static bool add_person(void *ctx, const struct signer *signer, struct err *err)
{
	struct signers *signers = ctx;
	char id[DEVICE_TEXT_BYTES];
	struct buf key = { 0 };
	bool ok;

	device_id_print(id, signer->id);
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
		buf_printf(&signers->out, "%s%s@linli namespaces=\"" SIGNER_NAMESPACE "\" %s",
			signers->out.len != 0 ? "\n" : "", id, buf_str(&key));
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
