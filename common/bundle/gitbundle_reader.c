/* gitbundle_reader.c -- reading git bundle files; see gitbundle.h. */
#include <stdlib.h>
#include <string.h>

#include "gitbundle.h"
#include "gitbundle_text.h"
#include "oidmap.h"
#include "tree.h"

struct gitbundle_reader {
	struct pack_reader pack;
	struct oidmap known;         /* where each object of the file begins */
	struct buf refs;             /* of struct gitbundle_ref */
	struct buf prerequisites;    /* of struct oid, one per range with a parent */
	size_t ref;                  /* the one being read */
	size_t prerequisite;         /* the next one to be met */
	bool inside;                 /* of a range: ${last} is its latest commit */
	struct oid last;
	/* The bundle that was given last. */
	struct buf data;             /* the contents of its objects */
	struct buf objects;          /* of struct raw_object */
	size_t packed;               /* bytes of its streams */
	bool erased;
	struct arena arena;
};

static bool malformed(struct err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, "git bundle: %s", what);
}

static bool take_prerequisites(struct gitbundle_reader *reader, struct cursor *cursor,
	struct err *err)
{
	struct oid oid;
	const uint8_t *hex;

	while (cursor_skip(cursor, "-")) {
		hex = cursor_take(cursor, 2 * OID_BYTES);
		if (hex == NULL ||
			!oid_parse(&oid, (struct view){ (const char *)hex, 2 * OID_BYTES }) ||
			!cursor_skip(cursor, GITBUNDLE_PREREQUISITE_END)) {
			return malformed(err, "a malformed prerequisite");
		}
		buf_add(&reader->prerequisites, &oid, sizeof(oid));
	}
	return buf_ok(&reader->prerequisites, err);
}

static bool take_refs(struct gitbundle_reader *reader, struct cursor *cursor, struct err *err)
{
	struct gitbundle_ref ref, before;
	const uint8_t *hex;

	while (!cursor_skip(cursor, "\n")) {
		memset(&ref, 0, sizeof(ref));
		hex = cursor_take(cursor, 2 * OID_BYTES);
		if (hex == NULL ||
			!oid_parse(&ref.tip, (struct view){ (const char *)hex, 2 * OID_BYTES }) ||
			!cursor_skip(cursor, GITBUNDLE_REF_PREFIX) ||
			!chain_name_parse(&ref.chain, cursor_until(cursor, '\n'))) {
			return malformed(err, "a malformed reference");
		}
		if (reader->refs.len != 0) {
			memcpy(&before, reader->refs.data + reader->refs.len - sizeof(before),
				sizeof(before));
			if (chain_name_compare(&before.chain, &ref.chain) >= 0) {
				return malformed(err, "references not in order");
			}
		}
		buf_add(&reader->refs, &ref, sizeof(ref));
	}
	return reader->refs.len != 0 ? buf_ok(&reader->refs, err) :
				       malformed(err, "no reference");
}

/* Everything before the pack, whose place in ${file} is *pack_at. */
static bool read_header(struct gitbundle_reader *reader, size_t *pack_at, struct view file,
	struct err *err)
{
	size_t room = file.len < GITBUNDLE_HEADER_MAX_BYTES ? file.len : GITBUNDLE_HEADER_MAX_BYTES;
	struct cursor cursor = cursor_of(file.data, room);

	if (!cursor_skip(&cursor, GITBUNDLE_SIGNATURE)) {
		return malformed(err, "not of version 2");
	}
	if (!take_prerequisites(reader, &cursor, err) || !take_refs(reader, &cursor, err)) {
		/* Cut off by the cap? */
		if (err != NULL && err->code == ERR_FORMAT && room < file.len &&
			cursor_left(&cursor) <= CHAIN_TEXT_BYTES + OID_TEXT_BYTES) {
			return err_set(err, ERR_TOO_LARGE, "git bundle: header over %d bytes",
				GITBUNDLE_HEADER_MAX_BYTES);
		}
		return false;
	}
	if (reader->prerequisites.len / sizeof(struct oid) >
		reader->refs.len / sizeof(struct gitbundle_ref)) {
		return malformed(err, "more prerequisites than references");
	}
	*pack_at = room - cursor_left(&cursor);
	return true;
}

bool gitbundle_open(struct gitbundle_reader **out, struct view file, struct err *err)
{
	struct gitbundle_reader *reader = calloc(1, sizeof(*reader));
	size_t pack_at = 0;

	*out = NULL;
	if (reader == NULL) {
		return err_nomem(err);
	}
	if (!read_header(reader, &pack_at, file, err) ||
		!pack_open(&reader->pack,
			(struct view){ file.data + pack_at, file.len - pack_at }, err)) {
		gitbundle_close(reader);
		return false;
	}
	*out = reader;
	return true;
}

void gitbundle_close(struct gitbundle_reader *reader)
{
	if (reader != NULL) {
		pack_close(&reader->pack);
		oidmap_clear(&reader->known);
		buf_clear(&reader->refs);
		buf_clear(&reader->prerequisites);
		buf_clear(&reader->data);
		buf_clear(&reader->objects);
		arena_clear(&reader->arena);
		free(reader);
	}
}

const struct gitbundle_ref *gitbundle_refs(const struct gitbundle_reader *reader, size_t *count)
{
	*count = reader->refs.len / sizeof(struct gitbundle_ref);
	return (const struct gitbundle_ref *)(const void *)reader->refs.data;
}

/* The content of the object read last, until the next one is read. */
static struct view latest(const struct gitbundle_reader *reader, const struct raw_object *object)
{
	const char *data = reader->data.data != NULL ? (const char *)reader->data.data : "";

	return (struct view){ data + reader->data.len - object->len, object->len };
}

/* Count an object to the bundle. */
static bool keep(struct gitbundle_reader *reader, struct raw_object *object, struct err *err)
{
	buf_add(&reader->objects, object, sizeof(*object));
	reader->packed += object->deflated.len;
	if (reader->packed > BUNDLE_PACKED_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "git bundle: a bundle over %d bytes packed",
			BUNDLE_PACKED_MAX_BYTES);
	}
	return buf_ok(&reader->objects, err);
}

/* The next object of the pack, named. */
static bool read_next(struct gitbundle_reader *reader, struct raw_object *object, size_t *at,
	struct err *err)
{
	size_t cap = BUNDLE_INFLATED_MAX_BYTES - reader->data.len;

	*at = reader->pack.at;
	return pack_next(&reader->pack, object, &reader->data, cap, err) &&
		git_oid_of(&object->oid, object->type, latest(reader, object), err);
}

/* The commit that comes next; nothing says its name beforehand. */
static bool read_commit(struct gitbundle_reader *reader, struct raw_object *out, struct err *err)
{
	size_t at;

	if (!read_next(reader, out, &at, err)) {
		return false;
	}
	if (out->type != GIT_TYPE_COMMIT) {
		return malformed(err, "an object where a commit should be");
	}
	if (oidmap_find(&reader->known, &out->oid) != NULL) {
		return malformed(err, "a commit twice");
	}
	return oidmap_put(&reader->known, &out->oid, at, err) && keep(reader, out, err);
}

/* The object ${oid}: from earlier in the file if it was there, else the next one. */
static bool read_named(struct gitbundle_reader *reader, struct raw_object *out,
	const struct oid *oid, enum git_type type, struct err *err)
{
	const size_t *earlier = oidmap_find(&reader->known, oid);
	size_t cap = BUNDLE_INFLATED_MAX_BYTES - reader->data.len, at;

	if (earlier != NULL) {
		if (!pack_again(&reader->pack, *earlier, out, &reader->data, cap, err)) {
			return false;
		}
		out->oid = *oid;
	} else if (!read_next(reader, out, &at, err)) {
		return false;
	}
	if (out->type != type) {
		return err_set(err, ERR_FORMAT, "git bundle: a %s where a %s should be",
			git_type_name(out->type), git_type_name(type));
	}
	if (!oid_equal(&out->oid, oid)) {
		return err_set(err, ERR_HASH, "git bundle: a %s that is not the one named",
			git_type_name(type));
	}
	if (earlier == NULL && !oidmap_put(&reader->known, oid, at, err)) {
		return false;
	}
	return keep(reader, out, err);
}

/* Tree and parent; everything else is for commit_decode(). */
static bool parse_commit(struct view commit, struct oid *tree, struct oid *parent,
	struct err *err)
{
	struct cursor cursor = cursor_of(commit.data, commit.len);

	memset(parent, 0, sizeof(*parent));
	if (!cursor_skip(&cursor, "tree ") || !oid_parse(tree, cursor_until(&cursor, '\n'))) {
		return malformed(err, "a commit without a tree");
	}
	if (cursor_skip(&cursor, "parent ") &&
		(!oid_parse(parent, cursor_until(&cursor, '\n')) || oid_is_zero(parent))) {
		return malformed(err, "a commit with a malformed parent");
	}
	return true;
}

/* Does a commit with ${parent} belong here? */
static bool check_parent(struct gitbundle_reader *reader, const struct oid *parent,
	struct err *err)
{
	struct oid expected;

	if (reader->inside) {
		return oid_equal(parent, &reader->last) ||
			malformed(err, "a commit that does not follow the one before it");
	}
	if (oid_is_zero(parent)) {
		return true;
	}
	if (reader->prerequisite >= reader->prerequisites.len / sizeof(expected)) {
		return malformed(err, "a first commit whose parent is no prerequisite");
	}
	memcpy(&expected, reader->prerequisites.data + reader->prerequisite * sizeof(expected),
		sizeof(expected));
	reader->prerequisite++;
	return oid_equal(parent, &expected) ||
		malformed(err, "a first commit whose parent is not the prerequisite");
}

static bool read_files(struct gitbundle_reader *reader, const struct oid *oid, struct err *err)
{
	struct raw_object object;
	struct tree_file *files;
	size_t count, i;

	if (!read_named(reader, &object, oid, GIT_TYPE_TREE, err) ||
		!tree_decode_files(&files, &count, &reader->arena, latest(reader, &object), err)) {
		return false;
	}
	for (i = 0; i < count; i++) {
		if (!read_named(reader, &object, &files[i].blob, GIT_TYPE_BLOB, err)) {
			return false;
		}
	}
	return true;
}

/*
 * The tree ${named}, or what stands in its place in an erased bundle: the
 * writer puts that right after the commit, so it has never come before.
 */
static bool read_tree(struct gitbundle_reader *reader, const struct oid *named,
	struct tree *tree, struct err *err)
{
	struct raw_object object;
	size_t at;

	if (oidmap_find(&reader->known, named) != NULL) {
		return read_named(reader, &object, named, GIT_TYPE_TREE, err) &&
			tree_decode(tree, latest(reader, &object), err);
	}
	if (!read_next(reader, &object, &at, err)) {
		return false;
	}
	if (object.type != GIT_TYPE_TREE) {
		return err_set(err, ERR_FORMAT, "git bundle: a %s where a tree should be",
			git_type_name(object.type));
	}
	reader->erased = !oid_equal(&object.oid, named);
	if (reader->erased && (oidmap_find(&reader->known, &object.oid) != NULL ||
				      !tree_decode_erased(tree, latest(reader, &object), NULL))) {
		return err_set(err, ERR_HASH, "git bundle: a tree that is not the one named");
	}
	return oidmap_put(&reader->known, &object.oid, at, err) && keep(reader, &object, err) &&
		(reader->erased || tree_decode(tree, latest(reader, &object), err));
}

static bool read_bundle(struct gitbundle_reader *reader, struct err *err)
{
	struct raw_object object;
	struct oid oid, parent;
	struct tree tree;

	if (!read_commit(reader, &object, err) ||
		!parse_commit(latest(reader, &object), &oid, &parent, err) ||
		!check_parent(reader, &parent, err)) {
		return false;
	}
	reader->last = object.oid;
	return read_tree(reader, &oid, &tree, err) &&
		read_named(reader, &object, &tree.changes, GIT_TYPE_BLOB, err) &&
		(!tree.has_files || read_files(reader, &tree.files, err));
}

/* The contents lie one after the other in ${data}, which grows no more. */
static void point_to_contents(struct gitbundle_reader *reader, struct raw_bundle *out)
{
	struct raw_object *objects = (struct raw_object *)(void *)reader->objects.data;
	const char *at = reader->data.data != NULL ? (const char *)reader->data.data : "";
	size_t i;

	out->objects = objects;
	out->count = reader->objects.len / sizeof(*objects);
	for (i = 0; i < out->count; i++) {
		objects[i].data = (struct view){ at, objects[i].len };
		at += objects[i].len;
	}
}

bool gitbundle_next(struct gitbundle_reader *reader, struct raw_bundle *out, bool *done,
	struct err *err)
{
	size_t count;
	const struct gitbundle_ref *refs = gitbundle_refs(reader, &count);

	memset(out, 0, sizeof(*out));
	*done = reader->ref == count;
	if (*done) {
		if (reader->prerequisite != reader->prerequisites.len / sizeof(struct oid)) {
			return malformed(err, "a prerequisite of nothing");
		}
		return pack_finish(&reader->pack, err);
	}
	buf_reset(&reader->data);
	buf_reset(&reader->objects);
	arena_reset(&reader->arena);
	reader->packed = 0;
	reader->erased = false;
	if (!read_bundle(reader, err)) {
		return err_wrap(err, "reading a bundle");
	}
	out->chain = refs[reader->ref].chain;
	out->erased = reader->erased;
	point_to_contents(reader, out);
	reader->inside = !oid_equal(&reader->last, &refs[reader->ref].tip);
	reader->ref += !reader->inside;
	return true;
}
