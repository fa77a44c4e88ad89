/* quarantine.c -- linlid quarantine: what was refused lately, and why. */
#include "commands.h"
#include "district.h"
#include "emit.h"
#include "linli/chains.h"
#include "say.h"

struct listing {
	struct buf out; /* JSON */
	bool json;
	size_t count;
};

static bool add(void *ctx, int64_t received_ms, const char *source, const struct refusal *refusal,
	uint64_t bytes, struct err *err)
{
	struct listing *listing = ctx;
	struct buf *out = &listing->out;

	listing->count++;
	if (!listing->json) {
		say_result("%s  %s  %s(%llu 字节)\n    %s\n    (%s)",
			"%s  %s  %s (%llu bytes)\n    %s\n    (%s)", cli_time(received_ms).text,
			source, refusal->what, (unsigned long long)bytes,
			err_sentence(refusal->code, terminal_chinese()), refusal->reason);
		return true;
	}
	emit_open(out, '{');
	emit_member_integer(out, "received", received_ms);
	emit_member(out, "source", source);
	emit_member(out, "what", refusal->what);
	emit_member_integer(out, "bytes", (int64_t)bytes);
	emit_member(out, "code", err_name(refusal->code));
	emit_member(out, "reason", refusal->reason);
	emit_close(out, '}');
	return emit_flush(out, err);
}

static bool list_json(struct node *node, struct err *err)
{
	struct listing listing = { .json = true };
	bool ok;

	emit_begin(&listing.out);
	emit_key(&listing.out, "quarantine");
	emit_open(&listing.out, '[');
	ok = quarantine_each(node, add, &listing, err);
	emit_close(&listing.out, ']');
	emit_end(&listing.out);
	ok = ok && cli_write_take(&listing.out, err);
	buf_clear(&listing.out);
	return ok;
}

static bool list_text(struct node *node, struct err *err)
{
	struct listing listing = { .json = false };
	bool ok = quarantine_each(node, add, &listing, err);

	if (ok && listing.count == 0) {
		say("没有被拒收的内容。", "Nothing was refused.");
	}
	return ok;
}

static bool run(struct invocation *invocation, struct err *err)
{
	struct node *node = NULL;
	bool ok = false;

	if (!district_open(&node, invocation, err)) {
		return false;
	}
	ok = cli_common(invocation)->json ? list_json(node, err) : list_text(node, err);
	node_close(node);
	return ok;
}

const struct command quarantine_command = {
	.name = "quarantine",
	.summary = { "列出被拒收的内容和原因", "List what was refused, and why" },
	.usage = "",
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = run,
};
