/* custody.c -- what was handed to whom, and when. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "emit.h"
#include "linli/pouch.h"
#include "say.h"

struct listing {
	struct node *node;
	struct buf out;
	bool json;
	size_t count;
};

/* What ${device}'s community is called here, or the device's id. */
struct called {
	char text[NODE_NAME_BYTES];
};
static struct called name_of(const struct listing *listing, struct device_id id)
{
	struct called called;
	struct device device;

	if (node_find_device(listing->node, id, &device)) {
		memcpy(called.text, device.name, sizeof(called.text));
	} else {
		device_id_print(called.text, id);
	}
	return called;
}

static void member_device(struct buf *out, const char *name, struct device_id id)
{
	char text[DEVICE_TEXT_BYTES];

	device_id_print(text, id);
	emit_member(out, name, text);
}

static void custody_json(const struct listing *listing, struct buf *out, const struct custody *row)
{
	emit_open(out, '{');
	emit_member_integer(out, "at", row->at_ms);
	emit_member(out, "direction", row->given ? "given" : "taken");
	member_device(out, "peer", row->peer);
	emit_member(out, "name", name_of(listing, row->peer).text);
	member_device(out, "writer", row->writer);
	emit_member(out, "writer_name", name_of(listing, row->writer).text);
	emit_member(out, "audience", row->audience);
	if (row->lines == CUSTODY_UNKNOWN) {
		emit_member_null(out, "changes");
	} else {
		emit_member_integer(out, "changes", row->lines);
	}
	emit_member_integer(out, "files", row->files);
	emit_member_integer(out, "bytes", row->bytes);
	emit_member(out, "receipt", row->receipt);
	emit_close(out, '}');
}

/* "3 May: 17 changes of ... handed to ..." */
static void custody_text(const struct listing *listing, const struct custody *row)
{
	struct called peer = name_of(listing, row->peer), writer = name_of(listing, row->writer);
	struct cli_time at = cli_time(row->at_ms);

	if (row->lines == CUSTODY_UNKNOWN && row->given) {
		say_result("%s 代 %s 交给 %s:密封件 %" PRId64 " 个文件(%" PRId64 " 字节),给 %s",
			"%s handed on for %s to %s: %" PRId64 " sealed files (%" PRId64
			" bytes), for %s",
			at.text, writer.text, peer.text, row->files, row->bytes, row->audience);
	} else if (row->lines == CUSTODY_UNKNOWN) {
		say_result("%s 代 %s 收自 %s:密封件 %" PRId64 " 个文件(%" PRId64 " 字节),给 %s",
			"%s taken on behalf of %s from %s: %" PRId64 " sealed files (%" PRId64
			" bytes), for %s",
			at.text, writer.text, peer.text, row->files, row->bytes, row->audience);
	} else if (row->given) {
		say_result("%s %" PRId64 " 处改动交给 %s,给 %s", "%s %" PRId64
			" handed to %s, for %s", at.text, row->lines, peer.text, row->audience);
	} else {
		say_result("%s 收到 %s 的 %" PRId64 " 处改动,由 %s 带来",
			"%s taken of %s: %" PRId64 " changes, brought by %s", at.text, writer.text,
			row->lines, peer.text);
	}
}

static bool list_one(void *ctx, const struct custody *row, struct err *err)
{
	struct listing *listing = ctx;

	listing->count++;
	if (listing->json) {
		custody_json(listing, &listing->out, row);
	} else {
		custody_text(listing, row);
	}
	return buf_ok(&listing->out, err);
}

static bool list_all(struct listing *listing, struct err *err)
{
	emit_begin(&listing->out);
	emit_key(&listing->out, "custody");
	emit_open(&listing->out, '[');
	if (!custody_each(listing->node, list_one, listing, err)) {
		return false;
	}
	emit_close(&listing->out, ']');
	emit_end(&listing->out);
	if (listing->json) {
		return cli_write_take(&listing->out, err);
	}
	if (listing->count == 0) {
		say("没有交接记录。", "Nothing has changed hands.");
	}
	return true;
}

bool cli_custody(struct invocation *invocation, struct err *err)
{
	struct listing listing = { .json = cli_common(invocation)->json };
	bool ok;

	ok = cli_open(&listing.node, invocation, err) && list_all(&listing, err);
	buf_clear(&listing.out);
	cli_close(listing.node);
	return ok;
}
