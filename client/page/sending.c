/* sending.c -- what will be sent, and the drives over which it can go. */
#include <mntent.h>
#include <string.h>
#include <sys/statvfs.h>

#include "clerk.h"
#include "emit.h"
#include "line.h"
#include "linli/chains.h"
#include "shown.h"

struct listing {
	struct node *node;
	struct buf *out;
};

static void scope_json(struct buf *out, const char *place)
{
	struct place at;

	emit_member(out, "scope",
		!place_parse(&at, view_of(place))              ? NULL :
			at.chain.scope.kind == SCOPE_FEDERATION ? "federation" :
			at.chain.scope.kind == SCOPE_DISTRICT   ? "district" :
								  "community");
}

static bool draft_json(void *ctx, const char *place, struct view text, struct err *err)
{
	struct listing *listing = ctx;
	struct buf *out = listing->out, title = { 0 };
	struct arena arena = { 0 };
	const struct entity *entity = NULL;
	struct line line;
	bool ok = line_parse(&line, &arena, text, err);

	if (ok) {
		entity = model_entity(node_model(listing->node), line.entity);
		if (entity != NULL) {
			shown_title(&title, listing->node, entity, line.id);
		}
		emit_open(out, '{');
		emit_member(out, "line", place);
		scope_json(out, place);
		emit_key(out, "entity");
		emit_text(out, line.entity);
		emit_key(out, "id");
		emit_text(out, line.id);
		emit_key(out, "title");
		emit_text(out, title.len != 0 ? buf_as_view(&title) : line.id);
		emit_key(out, "change");
		emit_raw(out, text);
		emit_close(out, '}');
		ok = buf_ok(&title, err) && buf_ok(out, err);
	}
	buf_clear(&title);
	arena_clear(&arena);
	return ok;
}

bool sending_outbox(struct page_call *call, struct err *err)
{
	struct buf *out = &call->reply->body;
	struct listing listing = { call->node, out };
	struct outbox_counts counts;

	if (!outbox_count(call->node, &counts, err)) {
		return false;
	}
	emit_begin(out);
	emit_member_integer(out, "draft_lines", (int64_t)counts.draft_lines);
	emit_member_integer(out, "unsent_bundles", (int64_t)counts.unsent_bundles);
	emit_member_integer(out, "unsent_lines", (int64_t)counts.unsent_lines);
	emit_key(out, "drafts");
	emit_open(out, '[');
	if (!outbox_each_draft(call->node, draft_json, &listing, err)) {
		return false;
	}
	emit_close(out, ']');
	emit_end(out);
	return buf_ok(out, err);
}

/* ---- drives ---------------------------------------------------------- */

/* Where desktops mount what people plug in. */
static bool is_removable(const char *dir)
{
	return strncmp(dir, "/media/", 7) == 0 || strncmp(dir, "/run/media/", 11) == 0;
}

bool sending_sticks(struct page_call *call, struct err *err)
{
	struct buf *out = &call->reply->body;
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *mount;
	struct statvfs space;

	emit_begin(out);
	emit_key(out, "sticks");
	emit_open(out, '[');
	while (mounts != NULL && (mount = getmntent(mounts)) != NULL) {
		if (!is_removable(mount->mnt_dir) || statvfs(mount->mnt_dir, &space) != 0) {
			continue;
		}
		emit_open(out, '{');
		emit_member(out, "folder", mount->mnt_dir);
		emit_member_integer(out, "free_bytes",
			(int64_t)((uint64_t)space.f_bavail * (uint64_t)space.f_frsize));
		emit_member_bool(out, "read_only", (space.f_flag & ST_RDONLY) != 0);
		emit_close(out, '}');
	}
	if (mounts != NULL) {
		endmntent(mounts);
	}
	emit_close(out, ']');
	emit_end(out);
	return buf_ok(out, err);
}
