/* handover_text.c -- a handover's bytes; see handover.h. */
#include <string.h>

#include "commit.h"
#include "handover.h"
#include "line.h"
#include "merkle.h"

static const char first_line[] = "linli handover 1\n";

static void put_text(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	buf_varint(out, len);
	buf_add(out, text, len);
}

static void put_view(struct buf *out, struct view view)
{
	buf_varint(out, view.len);
	buf_view(out, view);
}

void handover_print(struct buf *out, const struct handover_file *file)
{
	size_t i;

	buf_text(out, first_line);
	buf_add(out, file->federation.bytes, DEVICE_BYTES);
	put_text(out, file->giver);
	put_text(out, file->taker);
	put_text(out, file->entity);
	put_text(out, file->id);
	buf_varint(out, (uint64_t)file->number);
	put_view(out, file->summary);
	buf_varint(out, file->commit_count);
	for (i = 0; i < file->commit_count; i++) {
		put_view(out, file->commits[i]);
	}
	buf_varint(out, file->item_count);
	for (i = 0; i < file->item_count; i++) {
		const struct handover_item *item = &file->items[i];

		buf_varint(out, item->commit);
		buf_varint(out, item->n);
		put_view(out, item->text);
		buf_varint(out, item->path.len / SHA256_BYTES);
		buf_view(out, item->path);
	}
}

/* ---- reading ------------------------------------------------------ */

static bool broken(struct err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, "the handover: %s", what);
}

/* ${max} bytes at most, borrowed. */
static bool get_view(struct view *out, struct cursor *cursor, size_t max, struct err *err)
{
	uint64_t len = cursor_varint(cursor);

	if (cursor->failed || len > cursor_left(cursor)) {
		return broken(err, "it is cut short");
	}
	if (len > max) {
		return err_set(err, ERR_TOO_LARGE, "the handover: %zu bytes are too many",
			(size_t)len);
	}
	out->len = (size_t)len;
	out->data = (const char *)cursor_take(cursor, (size_t)len);
	return true;
}

static bool get_text(char *out, size_t room, struct cursor *cursor, struct err *err)
{
	struct view text;

	if (!get_view(&text, cursor, room - 1, err)) {
		return false;
	}
	if (text.len == 0 || memchr(text.data, 0, text.len) != NULL) {
		return broken(err, "a name that is none");
	}
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return true;
}

/* A count of up to ${max}, for which at least so many bytes must follow. */
static bool get_count(size_t *out, struct cursor *cursor, size_t max, struct err *err)
{
	uint64_t count = cursor_varint(cursor);

	if (cursor->failed || count > cursor_left(cursor)) {
		return broken(err, "it is cut short");
	}
	if (count > max) {
		return err_set(err, ERR_TOO_LARGE, "the handover: too many items");
	}
	*out = (size_t)count;
	return true;
}

static bool get_head(struct handover_file *out, struct cursor *cursor, struct err *err)
{
	struct record_id id;
	const uint8_t *federation;
	uint64_t number;

	if (!cursor_skip(cursor, first_line) ||
		(federation = cursor_take(cursor, DEVICE_BYTES)) == NULL) {
		return broken(err, "it is no handover, or of another version");
	}
	memcpy(out->federation.bytes, federation, DEVICE_BYTES);
	if (!get_text(out->giver, sizeof(out->giver), cursor, err) ||
		!get_text(out->taker, sizeof(out->taker), cursor, err) ||
		!get_text(out->entity, sizeof(out->entity), cursor, err) ||
		!get_text(out->id, sizeof(out->id), cursor, err)) {
		return false;
	}
	number = cursor_varint(cursor);
	if (cursor->failed || number < 1 || number > INT64_MAX ||
		!slug_valid(view_of(out->giver)) || !slug_valid(view_of(out->taker)) ||
		!record_id_parse(&id, view_of(out->id), false)) {
		return broken(err, "a name or a number that is none");
	}
	out->number = (int64_t)number;
	return get_view(&out->summary, cursor, LINE_MAX_BYTES, err);
}

static bool get_commits(struct handover_file *out, struct arena *arena, struct cursor *cursor,
	struct err *err)
{
	size_t i;

	if (!get_count(&out->commit_count, cursor, HANDOVER_MAX_COMMITS, err)) {
		return false;
	}
	out->commits = arena_alloc(arena, (out->commit_count + 1) * sizeof(*out->commits));
	if (out->commits == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < out->commit_count; i++) {
		if (!get_view(&out->commits[i], cursor, COMMIT_MAX_BYTES, err)) {
			return false;
		}
	}
	return true;
}

static bool get_item(struct handover_item *out, const struct handover_file *file,
	struct cursor *cursor, struct err *err)
{
	uint64_t commit = cursor_varint(cursor), n = cursor_varint(cursor), hashes;

	if (cursor->failed || commit >= file->commit_count || n < 1 || n > BUNDLE_MAX_LINES) {
		return broken(err, "a line of no bundle");
	}
	out->commit = (uint32_t)commit;
	out->n = (uint32_t)n;
	if (!get_view(&out->text, cursor, LINE_MAX_BYTES, err)) {
		return false;
	}
	hashes = cursor_varint(cursor);
	if (cursor->failed || hashes > MERKLE_MAX_HEIGHT ||
		hashes * SHA256_BYTES > cursor_left(cursor)) {
		return broken(err, "a path that is none");
	}
	out->path.len = (size_t)hashes * SHA256_BYTES;
	out->path.data = (const char *)cursor_take(cursor, out->path.len);
	return true;
}

static bool get_items(struct handover_file *out, struct arena *arena, struct cursor *cursor,
	struct err *err)
{
	size_t i;

	if (!get_count(&out->item_count, cursor, HANDOVER_MAX_LINES, err)) {
		return false;
	}
	out->items = arena_alloc(arena, (out->item_count + 1) * sizeof(*out->items));
	if (out->items == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < out->item_count; i++) {
		struct handover_item *item = &out->items[i], *before = i != 0 ? item - 1 : NULL;

		if (!get_item(item, out, cursor, err)) {
			return false;
		}
		/* In order, and no commit without a line. */
		if (before == NULL ? item->commit != 0 :
			item->commit == before->commit ? item->n <= before->n :
							 item->commit != before->commit + 1) {
			return broken(err, "its lines are not in order");
		}
	}
	return out->commit_count == (i != 0 ? out->items[i - 1].commit + 1U : 0) ||
		broken(err, "a bundle without a line");
}

bool handover_parse(struct handover_file *out, struct arena *arena, struct view plain,
	struct err *err)
{
	struct cursor cursor = cursor_of(plain.data, plain.len);

	memset(out, 0, sizeof(*out));
	if (plain.len > HANDOVER_PLAIN_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "a handover of %zu bytes", plain.len);
	}
	return get_head(out, &cursor, err) && get_commits(out, arena, &cursor, err) &&
		get_items(out, arena, &cursor, err) &&
		(cursor_left(&cursor) == 0 || broken(err, "bytes behind its end"));
}
