/* tree.c -- the git trees of a bundle; see tree.h. */
#include <assert.h>
#include <string.h>

#include "tree.h"

/* With their NULs, which git writes too. */
static const char changes_entry[] = "100644 changes.jsonl";
static const char erased_entry[] = "100644 erased.jsonl";
static const char files_entry[] = "40000 files";

#define FILE_MODE "100644 "
#define FILE_NAME_BYTES (2 * SHA256_BYTES)
#define FILE_ENTRY_BYTES (sizeof(FILE_MODE) - 1 + FILE_NAME_BYTES + 1 + OID_BYTES)

static void add_entry(struct buf *out, const char *entry, size_t size, const struct oid *oid)
{
	buf_add(out, entry, size);
	buf_add(out, oid->bytes, OID_BYTES);
}

static bool take_entry(struct cursor *cursor, const char *entry, size_t size, struct oid *oid)
{
	const uint8_t *at = cursor_take(cursor, size + OID_BYTES);

	if (at == NULL || memcmp(at, entry, size) != 0) {
		return false;
	}
	memcpy(oid->bytes, at + size, OID_BYTES);
	return true;
}

void tree_encode(struct buf *out, const struct tree *tree)
{
	if (tree->erased) {
		add_entry(out, erased_entry, sizeof(erased_entry), &tree->changes);
	} else {
		add_entry(out, changes_entry, sizeof(changes_entry), &tree->changes);
	}
	if (tree->has_files) {
		add_entry(out, files_entry, sizeof(files_entry), &tree->files);
	}
}

/* What follows the first entry. */
static bool take_rest(struct tree *out, struct cursor *cursor, struct err *err)
{
	out->has_files = cursor_left(cursor) != 0;
	if (out->has_files &&
		(!take_entry(cursor, files_entry, sizeof(files_entry), &out->files) ||
			cursor_left(cursor) != 0)) {
		return err_set(err, ERR_FORMAT, "tree: more than changes.jsonl and files");
	}
	return true;
}

bool tree_decode(struct tree *out, struct view data, struct err *err)
{
	struct cursor cursor = cursor_of(data.data, data.len);

	memset(out, 0, sizeof(*out));
	if (!take_entry(&cursor, changes_entry, sizeof(changes_entry), &out->changes)) {
		return err_set(err, ERR_FORMAT, "tree: does not begin with changes.jsonl");
	}
	return take_rest(out, &cursor, err);
}

bool tree_decode_erased(struct tree *out, struct view data, struct err *err)
{
	struct cursor cursor = cursor_of(data.data, data.len);

	memset(out, 0, sizeof(*out));
	out->erased = true;
	if (!take_entry(&cursor, erased_entry, sizeof(erased_entry), &out->changes)) {
		return err_set(err, ERR_FORMAT, "tree: does not begin with erased.jsonl");
	}
	return take_rest(out, &cursor, err);
}

void tree_encode_files(struct buf *out, const struct tree_file *files, size_t count)
{
	char name[FILE_NAME_BYTES + 1];
	size_t i;

	assert(count >= 1 && count <= TREE_MAX_FILES);
	for (i = 0; i < count; i++) {
		assert(i == 0 ||
			memcmp(files[i - 1].sha256, files[i].sha256, SHA256_BYTES) < 0);
		hex_encode(name, files[i].sha256, SHA256_BYTES);
		buf_text(out, FILE_MODE);
		buf_add(out, name, sizeof(name));
		buf_add(out, files[i].blob.bytes, OID_BYTES);
	}
}

/* One entry that is ${at}. */
static bool decode_file(struct tree_file *out, const char *at)
{
	const char *name = at + sizeof(FILE_MODE) - 1;

	if (memcmp(at, FILE_MODE, sizeof(FILE_MODE) - 1) != 0 ||
		!hex_decode(out->sha256, SHA256_BYTES, (struct view){ name, FILE_NAME_BYTES }) ||
		name[FILE_NAME_BYTES] != '\0') {
		return false;
	}
	memcpy(out->blob.bytes, name + FILE_NAME_BYTES + 1, OID_BYTES);
	return true;
}

bool tree_decode_files(struct tree_file **out, size_t *count, struct arena *arena,
	struct view data, struct err *err)
{
	size_t n = data.len / FILE_ENTRY_BYTES, i;
	struct tree_file *files;

	if (n == 0 || data.len % FILE_ENTRY_BYTES != 0) {
		return err_set(err, ERR_FORMAT, "tree of files: %zu bytes", data.len);
	}
	if (n > TREE_MAX_FILES) {
		return err_set(err, ERR_TOO_LARGE, "tree of files: %zu of them", n);
	}
	files = arena_alloc(arena, n * sizeof(*files));
	if (files == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < n; i++) {
		if (!decode_file(&files[i], data.data + i * FILE_ENTRY_BYTES)) {
			return err_set(err, ERR_FORMAT, "tree of files: a malformed entry");
		}
		if (i != 0 && memcmp(files[i - 1].sha256, files[i].sha256, SHA256_BYTES) >= 0) {
			return err_set(err, ERR_FORMAT, "tree of files: not in order");
		}
	}
	*out = files;
	*count = n;
	return true;
}
