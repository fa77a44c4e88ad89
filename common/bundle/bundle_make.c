/* bundle_make.c -- making a bundle; see bundle.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "bundle_lines.h"
#include "deflate.h"

/* What is being made; contents and streams as they come. */
struct making {
	struct made_bundle made;
	struct deflater *deflater;
	size_t inflated; /* bytes of all contents */
};

/*
 * Name ${data}, deflate it and append it to the objects.  Its views into
 * made.data and made.deflated are set once those grow no more.
 */
static bool add_object(struct making *making, struct raw_object *object, enum git_type type,
	struct view data, struct err *err)
{
	struct buf *deflated = &making->made.deflated;
	size_t start = deflated->len;

	memset(object, 0, sizeof(*object));
	object->type = type;
	object->len = data.len;
	object->data = data;
	making->inflated += data.len;
	if (making->inflated > BUNDLE_INFLATED_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "bundle: over %d bytes",
			BUNDLE_INFLATED_MAX_BYTES);
	}
	if (!git_oid_of(&object->oid, type, data, err) ||
		!deflater_pack(making->deflater, deflated, data, err)) {
		return false;
	}
	if (deflated->len > BUNDLE_PACKED_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "bundle: over %d bytes packed",
			BUNDLE_PACKED_MAX_BYTES);
	}
	object->deflated.len = deflated->len - start;
	return true;
}

/* The same for what was appended to made.data from ${start} on. */
static bool add_own(struct making *making, struct raw_object *object, enum git_type type,
	size_t start, struct err *err)
{
	struct buf *data = &making->made.data;

	return buf_ok(data, err) &&
		add_object(making, object, type,
			(struct view){ (const char *)data->data + start, data->len - start }, err);
}

static int by_hash(const void *a, const void *b)
{
	const struct bundle_file *x = a, *y = b;

	return memcmp(x->sha256, y->sha256, SHA256_BYTES);
}

/* ${files} sorted by hash, the same content once; the caller frees *out. */
static bool sort_files(struct bundle_file **out, size_t *kept, const struct view *files,
	size_t count, struct err *err)
{
	struct bundle_file *sorted;
	size_t i, n = 0;

	*out = NULL;
	*kept = 0;
	if (count > TREE_MAX_FILES) {
		return err_set(err, ERR_TOO_LARGE, "bundle: %zu files", count);
	}
	if (count == 0) {
		return true;
	}
	sorted = calloc(count, sizeof(*sorted));
	if (sorted == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < count; i++) {
		if (files[i].len > BUNDLE_FILE_MAX_BYTES) {
			free(sorted);
			return err_set(err, ERR_TOO_LARGE, "bundle: a file of %zu bytes",
				files[i].len);
		}
		sha256(sorted[i].sha256, files[i].data, files[i].len);
		sorted[i].data = files[i];
	}
	qsort(sorted, count, sizeof(*sorted), by_hash);
	for (i = 0; i < count; i++) {
		if (n == 0 || by_hash(&sorted[n - 1], &sorted[i]) != 0) {
			sorted[n++] = sorted[i];
		}
	}
	*out = sorted;
	*kept = n;
	return true;
}

/* Blobs into ${objects}[RAW_FIRST_FILE...], then their folder. */
static bool add_files(struct making *making, struct raw_object *objects, struct tree *tree,
	const struct bundle_file *files, size_t count, struct err *err)
{
	struct tree_file *names = calloc(count, sizeof(*names));
	size_t start = making->made.data.len, i;
	bool ok = false;

	if (names == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < count; i++) {
		struct raw_object *blob = &objects[RAW_FIRST_FILE + i];

		if (!add_object(making, blob, GIT_TYPE_BLOB, files[i].data, err)) {
			goto out;
		}
		memcpy(names[i].sha256, files[i].sha256, SHA256_BYTES);
		names[i].blob = blob->oid;
	}
	tree_encode_files(&making->made.data, names, count);
	if (!add_own(making, &objects[RAW_FILES], GIT_TYPE_TREE, start, err)) {
		goto out;
	}
	tree->has_files = true;
	tree->files = objects[RAW_FILES].oid;
	ok = true;
out:
	free(names);
	return ok;
}

/* Changes, files, tree, commit: each names the ones before. */
static bool add_all(struct making *making, struct raw_object *objects,
	struct bundle_facts *facts, struct view changes, const struct bundle_file *files,
	size_t count, const struct key *signer, struct err *err)
{
	struct made_bundle *made = &making->made;
	struct tree tree = { 0 };
	size_t start;

	if (!add_object(making, &objects[RAW_CHANGES], GIT_TYPE_BLOB, changes, err) ||
		(count != 0 && !add_files(making, objects, &tree, files, count, err))) {
		return false;
	}
	tree.changes = objects[RAW_CHANGES].oid;
	start = made->data.len;
	tree_encode(&made->data, &tree);
	if (!add_own(making, &objects[RAW_TREE], GIT_TYPE_TREE, start, err)) {
		return false;
	}
	facts->tree = objects[RAW_TREE].oid;
	start = made->data.len;
	if (!commit_encode(&made->data, facts, signer, err)) {
		return false;
	}
	sha256(made->sha256, made->data.data + start, made->data.len - start);
	return add_own(making, &objects[RAW_COMMIT], GIT_TYPE_COMMIT, start, err);
}

/* Streams and own contents lie in the order in which they were added. */
static void point_to_contents(struct made_bundle *made, struct raw_object *objects, size_t count)
{
	const char *deflated = (const char *)made->deflated.data;
	const char *data = (const char *)made->data.data;
	size_t order[3] = { RAW_FILES, RAW_TREE, RAW_COMMIT }, i;

	objects[RAW_CHANGES].deflated.data = deflated;
	deflated += objects[RAW_CHANGES].deflated.len;
	for (i = RAW_FIRST_FILE; i < count; i++) {
		objects[i].deflated.data = deflated;
		deflated += objects[i].deflated.len;
	}
	for (i = count > RAW_FILES ? 0 : 1; i < 3; i++) {
		struct raw_object *object = &objects[order[i]];

		object->deflated.data = deflated;
		deflated += object->deflated.len;
		object->data.data = data;
		data += object->len;
	}
}

/* The reader's complaint about lines is, to whoever makes them, about a value. */
static bool hash_lines(struct bundle_facts *facts, struct view changes, struct err *err)
{
	size_t count;

	if (!bundle_lines_hash(facts->changes_root, &count, NULL, changes, err)) {
		if (err != NULL && err->code == ERR_FORMAT) {
			err->code = ERR_VALUE;
		}
		return false;
	}
	facts->changes_count = (uint32_t)count;
	return true;
}

bool bundle_make(struct made_bundle *out, struct bundle_facts *facts, struct view changes,
	const struct view *files, size_t count, const struct key *signer,
	struct deflater *deflater, struct err *err)
{
	struct making making = { .deflater = deflater };
	struct deflater *own = NULL;
	struct bundle_file *sorted = NULL;
	struct raw_object *objects;
	size_t total;
	bool ok = false;

	if (!hash_lines(facts, changes, err) ||
		!sort_files(&sorted, &count, files, count, err)) {
		goto out;
	}
	if (deflater == NULL) {
		if (!deflater_new(&own, err)) {
			goto out;
		}
		making.deflater = own;
	}
	total = count != 0 ? RAW_FIRST_FILE + count : RAW_FILES;
	objects = (struct raw_object *)(void *)buf_grow(&making.made.objects,
		total * sizeof(*objects));
	if (objects == NULL) {
		err_nomem(err);
		goto out;
	}
	if (!add_all(&making, objects, facts, changes, sorted, count, signer, err)) {
		goto out;
	}
	point_to_contents(&making.made, objects, total);
	making.made.raw = (struct raw_bundle){ facts->chain, objects, total, false };
	*out = making.made;
	memset(&making.made, 0, sizeof(making.made));
	ok = true;
out:
	free(sorted);
	deflater_free(own);
	made_bundle_clear(&making.made);
	return ok || err_wrap(err, "making a bundle");
}

void made_bundle_clear(struct made_bundle *made)
{
	buf_clear(&made->objects);
	buf_clear(&made->data);
	buf_clear(&made->deflated);
	memset(made, 0, sizeof(*made));
}
