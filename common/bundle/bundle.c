/* bundle.c -- verifying a bundle; see bundle.h. */
#include <string.h>

#include "bundle.h"
#include "bundle_erased.h"
#include "bundle_lines.h"

static bool altered(struct err *err, const char *what)
{
	return err_set(err, ERR_HASH, "%s", what);
}

/* Are these ${raw}->count objects of the right types for a bundle? */
static bool check_shape(const struct raw_bundle *raw, struct err *err)
{
	size_t i;
	bool ok = raw->count == RAW_FILES || raw->count > RAW_FIRST_FILE;

	for (i = 0; ok && i < raw->count; i++) {
		enum git_type type = i == RAW_COMMIT ? GIT_TYPE_COMMIT :
			i == RAW_TREE || i == RAW_FILES ? GIT_TYPE_TREE : GIT_TYPE_BLOB;

		ok = raw->objects[i].type == type;
	}
	return ok || err_set(err, ERR_FORMAT, "bundle: not the objects of a bundle");
}

static bool verify_files(struct bundle *out, const struct raw_bundle *raw, struct arena *arena,
	struct err *err)
{
	const struct raw_object *blobs = raw->objects + RAW_FIRST_FILE;
	struct bundle_file *files;
	struct tree_file *names;
	uint8_t hash[SHA256_BYTES];
	size_t count, i;

	if (!tree_decode_files(&names, &count, arena, raw->objects[RAW_FILES].data, err)) {
		return false;
	}
	if (count != raw->count - RAW_FIRST_FILE) {
		return altered(err, "bundle: another number of files than named");
	}
	files = arena_alloc(arena, count * sizeof(*files));
	if (files == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < count; i++) {
		if (blobs[i].data.len > BUNDLE_FILE_MAX_BYTES) {
			return err_set(err, ERR_TOO_LARGE, "bundle: a file of %zu bytes",
				blobs[i].data.len);
		}
		sha256(hash, blobs[i].data.data, blobs[i].data.len);
		if (memcmp(hash, names[i].sha256, sizeof(hash)) != 0 ||
			!oid_equal(&names[i].blob, &blobs[i].oid)) {
			return altered(err, "bundle: a file is not the one named");
		}
		memcpy(files[i].sha256, hash, sizeof(hash));
		files[i].data = blobs[i].data;
	}
	out->files = files;
	out->file_count = count;
	return true;
}

static bool verify_trees(struct bundle *out, const struct raw_bundle *raw, struct arena *arena,
	struct err *err)
{
	const struct raw_object *objects = raw->objects;
	struct tree tree;

	if (raw->erased == oid_equal(&out->facts.tree, &objects[RAW_TREE].oid)) {
		return altered(err, "bundle: not the tree named");
	}
	if (raw->erased ? !tree_decode_erased(&tree, objects[RAW_TREE].data, err) :
			  !tree_decode(&tree, objects[RAW_TREE].data, err)) {
		return false;
	}
	if (!oid_equal(&tree.changes, &objects[RAW_CHANGES].oid) ||
		tree.has_files != (raw->count > RAW_FILES) ||
		(tree.has_files && !oid_equal(&tree.files, &objects[RAW_FILES].oid))) {
		return altered(err, "bundle: not the changes and files named");
	}
	return !tree.has_files || verify_files(out, raw, arena, err);
}

static bool verify_lines(struct bundle *out, struct view changes, struct arena *arena,
	struct err *err)
{
	uint8_t root[SHA256_BYTES];
	struct view *lines;
	size_t count;

	if (!bundle_lines_hash(root, &count, out->erased ? &out->erased_count : NULL, changes,
		    err)) {
		return false;
	}
	if (memcmp(root, out->facts.changes_root, sizeof(root)) != 0) {
		return altered(err, "bundle: the lines are not the ones signed");
	}
	if (count != out->facts.changes_count) {
		return err_set(err, ERR_FORMAT, "bundle: %zu lines, Changes-Count says %lu", count,
			(unsigned long)out->facts.changes_count);
	}
	lines = arena_alloc(arena, count * sizeof(*lines));
	if (lines == NULL) {
		return err_nomem(err);
	}
	bundle_lines_split(lines, count, changes);
	out->lines = lines;
	out->line_count = count;
	return true;
}

/* Lines, files and orders of an erased bundle. */
static bool verify_erased(struct bundle *out, struct view erased, struct arena *arena,
	struct err *err)
{
	size_t i;

	if (out->facts.chain.scope.kind != SCOPE_COMMUNITY) {
		return err_set(err, ERR_FORMAT, "erased bundle: not of a community's own scope");
	}
	if (!verify_lines(out, bundle_erased_changes(erased), arena, err)) {
		return false;
	}
	if (out->erased_count == 0) {
		return err_set(err, ERR_FORMAT, "erased bundle: no line is erased");
	}
	for (i = 0; i < out->file_count; i++) {
		if (!bundle_names_file(out->lines, out->line_count, out->files[i].sha256)) {
			return err_set(err, ERR_FORMAT, "erased bundle: a file that no line names");
		}
	}
	return bundle_orders_verify(out, erased, arena, err);
}

bool bundle_verify(struct bundle *out, const struct raw_bundle *raw, struct arena *arena,
	struct err *err)
{
	struct bundle bundle;
	struct view commit, changes;

	memset(&bundle, 0, sizeof(bundle));
	if (!check_shape(raw, err)) {
		return false;
	}
	commit = raw->objects[RAW_COMMIT].data;
	if (!commit_decode(&bundle.facts, arena, commit, bundle.signer, err)) {
		return false;
	}
	if (chain_name_compare(&bundle.facts.chain, &raw->chain) != 0) {
		return err_set(err, ERR_POSITION, "bundle: of another chain than its reference");
	}
	bundle.erased = raw->erased;
	changes = raw->objects[RAW_CHANGES].data;
	if (!verify_trees(&bundle, raw, arena, err) ||
		(raw->erased ? !verify_erased(&bundle, changes, arena, err) :
			       !verify_lines(&bundle, changes, arena, err))) {
		return false;
	}
	sha256(bundle.sha256, commit.data, commit.len);
	*out = bundle;
	return true;
}
