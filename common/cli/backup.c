/* backup.c -- a copy of the store, taken while it is in use. */
#include "commands.h"
#include "emit.h"
#include "say.h"

bool cli_backup(struct invocation *invocation, struct err *err)
{
	const struct cli_common *options = cli_common(invocation);
	const char *file = invocation->words[0];
	struct node *node = NULL;
	struct buf out = { 0 };
	bool ok;

	ok = cli_open(&node, invocation, err) &&
		(options->dry_run || node_backup(node, file, err));
	if (ok && options->json) {
		emit_begin(&out);
		emit_member(&out, "file", file);
		emit_member_bool(&out, "dry_run", options->dry_run);
		emit_end(&out);
		ok = cli_write_take(&out, err);
	} else if (ok && options->dry_run) {
		say("将把记录库复制到 %s", "The store would be copied to %s", file);
	} else if (ok) {
		say("记录库已复制到 %s。本机密钥不在其中,可用 key openssh 另行保存。",
			"The store was copied to %s. The device's key is not in it: "
			"keep that with key openssh.",
			file);
	}
	node_close(node);
	return ok;
}
