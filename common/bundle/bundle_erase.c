/* bundle_erase.c -- erasing lines of a bundle; see bundle.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_erased.h"
#include "bundle_lines.h"
#include "deflate.h"
#include "merkle.h"

/* The new objects, in the order of erased_bundle.deflated. */
enum { NEW_CHANGES, NEW_FOLDER, NEW_TREE };

struct erasing {
	struct erased_bundle made;
	const struct raw_bundle *from;
	struct buf lines;               /* of struct view: those that stay, as they are */
	struct raw_object *objects;     /* in made.objects */
	size_t count;
};

/* What changes.jsonl is, or stands for it. */
static struct view changes_of(const struct raw_bundle *raw)
{
	struct view data = raw->objects[RAW_CHANGES].data;

	return raw->erased ? bundle_erased_changes(data) : data;
}

static void add_erased_line(struct buf *out, struct view line)
{
	uint8_t leaf[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];

	merkle_leaf_hash(leaf, line.data, line.len);
	hex_encode(hex, leaf, sizeof(leaf));
	buf_printf(out, "-%s\n", hex);
}

/* The lines, those at ${numbers} as their leaf hashes. */
static bool write_lines(struct erasing *erasing, const uint32_t *numbers, size_t count,
	struct err *err)
{
	struct view changes = changes_of(erasing->from);
	struct cursor cursor = cursor_of(changes.data, changes.len);
	struct buf *out = &erasing->made.changes;
	uint8_t leaf[SHA256_BYTES];
	size_t next = 0;
	uint32_t n;

	for (n = 1; cursor_left(&cursor) != 0; n++) {
		struct view line = cursor_until(&cursor, '\n');
		bool named = next < count && numbers[next] == n;
		bool before = erasing->from->erased && bundle_line_erased(line, leaf);

		next += named;
		if (named && !before) {
			add_erased_line(out, line);
			erasing->made.line_count++;
			continue;
		}
		buf_view(out, line);
		buf_byte(out, '\n');
		if (!before) {
			buf_add(&erasing->lines, &line, sizeof(line));
		}
	}
	if (next != count) {
		return err_set(err, ERR_VALUE, "erasing: no line %" PRIu32, numbers[next]);
	}
	return buf_ok(out, err) && buf_ok(&erasing->lines, err);
}

/* The orders that it had, then the new ones, then the lines. */
static bool write_changes(struct erasing *erasing, const uint32_t *numbers, size_t count,
	const struct order_source *orders, size_t order_count, struct err *err)
{
	struct view before = erasing->from->objects[RAW_CHANGES].data;
	size_t i;

	if (erasing->from->erased) {
		buf_add(&erasing->made.changes, before.data,
			before.len - bundle_erased_changes(before).len);
	}
	for (i = 0; i < order_count; i++) {
		if (!bundle_order_write(&erasing->made.changes, &orders[i], err)) {
			return false;
		}
	}
	return write_lines(erasing, numbers, count, err);
}

static struct raw_object *add_object(struct erasing *erasing, const struct raw_object *object)
{
	erasing->objects[erasing->count] = *object;
	return &erasing->objects[erasing->count++];
}

/* Name and deflate ${data} as object ${place}. */
static bool make_object(struct erasing *erasing, size_t place, enum git_type type,
	const struct buf *data, struct buf *deflated, struct err *err)
{
	struct raw_object *object = &erasing->objects[place];

	*object = (struct raw_object){ .type = type, .len = data->len, .data = buf_as_view(data) };
	if (!git_oid_of(&object->oid, type, object->data, err) ||
		!deflate_pack(deflated, object->data, err)) {
		return false;
	}
	object->deflated = buf_as_view(deflated);
	return true;
}

/* The attachments that lines still name, behind the objects that there are. */
static bool keep_files(struct erasing *erasing, struct tree *tree, struct err *err)
{
	const struct raw_bundle *from = erasing->from;
	const struct view *lines = (const struct view *)(const void *)erasing->lines.data;
	size_t line_count = erasing->lines.len / sizeof(*lines);
	struct tree_file *kept = calloc(TREE_MAX_FILES, sizeof(*kept));
	struct arena arena = { 0 };
	struct tree_file *names;
	size_t count, i, n = 0;
	bool ok = false;

	if (kept == NULL) {
		return err_nomem(err);
	}
	if (!tree_decode_files(&names, &count, &arena, from->objects[RAW_FILES].data, err)) {
		goto out;
	}
	erasing->count = RAW_FIRST_FILE;
	for (i = 0; i < count && RAW_FIRST_FILE + i < from->count; i++) {
		if (bundle_names_file(lines, line_count, names[i].sha256)) {
			kept[n++] = names[i];
			add_object(erasing, &from->objects[RAW_FIRST_FILE + i]);
		}
	}
	tree->has_files = n != 0;
	if (n == 0) {
		erasing->count = RAW_FILES;
		ok = true;
		goto out;
	}
	tree_encode_files(&erasing->made.folder, kept, n);
	ok = buf_ok(&erasing->made.folder, err) &&
		make_object(erasing, RAW_FILES, GIT_TYPE_TREE, &erasing->made.folder,
			&erasing->made.deflated[NEW_FOLDER], err);
	tree->files = erasing->objects[RAW_FILES].oid;
out:
	arena_clear(&arena);
	free(kept);
	return ok;
}

static bool within_caps(const struct erasing *erasing, struct err *err)
{
	size_t i, packed = 0, inflated = 0;

	for (i = 0; i < erasing->count; i++) {
		packed += erasing->objects[i].deflated.len;
		inflated += erasing->objects[i].len;
	}
	return (packed <= BUNDLE_PACKED_MAX_BYTES && inflated <= BUNDLE_INFLATED_MAX_BYTES) ||
		err_set(err, ERR_TOO_LARGE, "erasing: the bundle would have %zu bytes", inflated);
}

static bool make_objects(struct erasing *erasing, struct err *err)
{
	struct tree tree = { .erased = true };
	struct erased_bundle *made = &erasing->made;

	erasing->count = RAW_FILES;
	erasing->objects[RAW_COMMIT] = erasing->from->objects[RAW_COMMIT];
	if (!make_object(erasing, RAW_CHANGES, GIT_TYPE_BLOB, &made->changes,
		    &made->deflated[NEW_CHANGES], err) ||
		(erasing->from->count > RAW_FILES && !keep_files(erasing, &tree, err))) {
		return false;
	}
	tree.changes = erasing->objects[RAW_CHANGES].oid;
	tree_encode(&made->tree, &tree);
	return buf_ok(&made->tree, err) &&
		make_object(erasing, RAW_TREE, GIT_TYPE_TREE, &made->tree,
			&made->deflated[NEW_TREE], err) &&
		within_caps(erasing, err);
}

bool bundle_erase(struct erased_bundle *out, const struct raw_bundle *raw, const uint32_t *lines,
	size_t count, const struct order_source *orders, size_t order_count, struct err *err)
{
	struct erasing erasing = { .from = raw };
	bool ok = false;

	if (!write_changes(&erasing, lines, count, orders, order_count, err)) {
		goto out;
	}
	erasing.objects = (struct raw_object *)(void *)buf_grow(&erasing.made.objects,
		raw->count * sizeof(*erasing.objects));
	if (erasing.objects == NULL) {
		err_nomem(err);
		goto out;
	}
	if (!make_objects(&erasing, err)) {
		goto out;
	}
	erasing.made.raw = (struct raw_bundle){ raw->chain, erasing.objects, erasing.count, true };
	*out = erasing.made;
	memset(&erasing.made, 0, sizeof(erasing.made));
	ok = true;
out:
	buf_clear(&erasing.lines);
	erased_bundle_clear(&erasing.made);
	return ok || err_wrap(err, "erasing lines of a bundle");
}

void erased_bundle_clear(struct erased_bundle *erased)
{
	size_t i;

	buf_clear(&erased->objects);
	buf_clear(&erased->changes);
	buf_clear(&erased->folder);
	buf_clear(&erased->tree);
	for (i = 0; i < sizeof(erased->deflated) / sizeof(erased->deflated[0]); i++) {
		buf_clear(&erased->deflated[i]);
	}
	memset(erased, 0, sizeof(*erased));
}
