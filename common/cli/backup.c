/* backup.c -- a copy of the store, taken while it is in use. */
#include "commands.h"
#include "emit.h"
#include "linli/audit.h"
#include "say.h"

bool cli_backup(struct invocation *invocation, struct err *err)
{
	const struct cli_common *options = cli_common(invocation);
	const char *file = invocation->words[0];
	const struct audit_item detail[] = { { "file", file, 0 }, { NULL, NULL, 0 } };
	struct node *node = NULL;
	struct buf out = { 0 };
	struct tally packed;
	bool ok;

	/* Signed first: what a copy holds unsigned may be signed twice, here and there. */
	ok = cli_open(&node, invocation, err) &&
		(options->dry_run ||
			(outbox_pack(node, &packed, err) && node_backup(node, file, err) &&
				audit_add(node, NULL, AUDIT_BACKED_UP, detail, err)));
	if (ok && options->json) {
		emit_begin(&out);
		emit_member(&out, "file", file);
		emit_member_bool(&out, "dry_run", options->dry_run);
		emit_end(&out);
		ok = cli_write_take(&out, err);
	} else if (ok && options->dry_run) {
		say("将把记录库复制到 %s", "The store would be copied to %s", file);
	} else if (ok) {
		say("记录库已复制到 %s。本机密钥不在其中:请另存一份 %s/device.key,"
		    "换电脑恢复时要用到它。",
			"The store was copied to %s. The device's key is not in it: keep a copy of "
			"%s/device.key too, to restore on another computer.",
			file, node_home(node));
	}
	node_close(node);
	return ok;
}
