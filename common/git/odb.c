/* odb.c -- a store of ours behind libgit2's git_odb_backend; see odb.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <git2.h>
#include <git2/sys/odb_backend.h>

#include "fail.h"
#include "odb.h"

struct backend {
	git_odb_backend parent; /* first: libgit2 hands this address back */
	const struct object_source *source;
	struct odb_failure *failure;
};

/* Keep the first error and answer as libgit2 expects. */
static int keep(struct backend *backend, const struct err *err)
{
	if (err->code == ERR_NOT_FOUND) {
		return GIT_ENOTFOUND;
	}
	if (backend->failure->err.code == ERR_NONE) {
		backend->failure->err = *err;
	}
	return err->code == ERR_NOMEM ? GIT_ERROR : GIT_EUSER;
}

static int backend_read(void **data, size_t *len, git_object_t *type, git_odb_backend *parent,
	const git_oid *id)
{
	struct backend *backend = (struct backend *)parent;
	struct buf content = { 0 };
	struct err err = { 0 };
	enum git_type kind;
	struct oid oid;
	int result = GIT_ERROR;
	void *copy;

	memcpy(oid.bytes, id->id, OID_BYTES);
	if (!backend->source->read(backend->source->ctx, &oid, &kind, &content, &err)) {
		result = keep(backend, &err);
		goto out;
	}
	/* libgit2 frees this with its own allocator, and asks for one byte at least. */
	copy = git_odb_backend_data_alloc(parent, content.len + 1);
	if (copy == NULL) {
		goto out;
	}
	memcpy(copy, buf_str(&content), content.len + 1);
	*data = copy;
	*len = content.len;
	*type = (git_object_t)kind;
	result = 0;
out:
	buf_clear(&content);
	return result;
}

static int backend_read_header(size_t *len, git_object_t *type, git_odb_backend *parent,
	const git_oid *id)
{
	void *data = NULL;
	int result = backend_read(&data, len, type, parent, id);

	if (result == 0) {
		git_odb_backend_data_free(parent, data);
	}
	return result;
}

static int backend_exists(git_odb_backend *parent, const git_oid *id)
{
	struct backend *backend = (struct backend *)parent;
	struct err err = { 0 };
	struct oid oid;
	bool found = false;

	memcpy(oid.bytes, id->id, OID_BYTES);
	if (!backend->source->exists(backend->source->ctx, &oid, &found, &err)) {
		keep(backend, &err);
		return 0;
	}
	return found;
}

static int backend_write(git_odb_backend *parent, const git_oid *id, const void *data, size_t len,
	git_object_t type)
{
	struct backend *backend = (struct backend *)parent;
	struct view content = { data, len };
	struct err err = { 0 };
	struct oid oid;

	memcpy(oid.bytes, id->id, OID_BYTES);
	if (!backend->source->write(backend->source->ctx, &oid, (enum git_type)type, content,
		    &err)) {
		return keep(backend, &err);
	}
	return 0;
}

static void backend_free(git_odb_backend *parent)
{
	free(parent);
}

static bool attach(git_odb *odb, const struct object_source *source,
	struct odb_failure *failure, bool alternate, struct err *err)
{
	struct backend *backend = calloc(1, sizeof(*backend));
	int result;

	if (backend == NULL) {
		return err_nomem(err);
	}
	memset(failure, 0, sizeof(*failure));
	backend->source = source;
	backend->failure = failure;
	result = git_odb_init_backend(&backend->parent, GIT_ODB_BACKEND_VERSION);
	if (result == 0) {
		backend->parent.read = backend_read;
		backend->parent.read_header = backend_read_header;
		backend->parent.exists = backend_exists;
		backend->parent.write = source->write != NULL ? backend_write : NULL;
		backend->parent.free = backend_free;
		result = alternate ? git_odb_add_alternate(odb, &backend->parent, 1) :
				     git_odb_add_backend(odb, &backend->parent, 1);
	}
	if (result != 0) {
		free(backend);
		return git_failed(err, result, ERR_INTERNAL, "attaching the store");
	}
	return true;
}

bool odb_attach(struct git_odb *odb, const struct object_source *source,
	struct odb_failure *failure, struct err *err)
{
	return attach(odb, source, failure, true, err);
}

bool odb_failed(struct err *err, const struct odb_failure *failure, int result,
	const char *doing)
{
	if (failure->err.code != ERR_NONE) {
		if (err != NULL) {
			*err = failure->err;
		}
		return err_wrap(err, "%s", doing);
	}
	return git_failed(err, result, ERR_HASH, doing);
}

/* An object database of nothing but ${source}. */
static bool open_alone(git_odb **out, const struct object_source *source,
	struct odb_failure *failure, struct err *err)
{
	int result;

	*out = NULL;
	if (!git_open(err)) {
		return false;
	}
	result = git_odb_new(out);
	if (result != 0) {
		return git_failed(err, result, ERR_INTERNAL, "opening an object database");
	}
	if (!attach(*out, source, failure, false, err)) {
		git_odb_free(*out);
		*out = NULL;
		return false;
	}
	return true;
}

bool odb_read(const struct object_source *source, const struct oid *oid, enum git_type *type,
	struct buf *data, struct err *err)
{
	struct odb_failure failure = { 0 };
	git_odb *odb = NULL;
	git_odb_object *object = NULL;
	bool ok = false;
	git_oid id;
	int result;

	if (!open_alone(&odb, source, &failure, err)) {
		return false;
	}
	memcpy(id.id, oid->bytes, OID_BYTES);
	result = git_odb_read(&object, odb, &id);
	if (result != 0) {
		odb_failed(err, &failure, result, "reading an object");
		goto out;
	}
	*type = (enum git_type)git_odb_object_type(object);
	buf_add(data, git_odb_object_data(object), git_odb_object_size(object));
	ok = buf_ok(data, err);
out:
	git_odb_object_free(object);
	git_odb_free(odb);
	return ok;
}

bool odb_write(const struct object_source *source, struct oid *oid, enum git_type type,
	struct view data, struct err *err)
{
	struct odb_failure failure = { 0 };
	git_odb *odb = NULL;
	bool ok = false;
	git_oid id;
	int result;

	assert(source->write != NULL);
	if (!open_alone(&odb, source, &failure, err)) {
		return false;
	}
	result = git_odb_write(&id, odb, data.len != 0 ? data.data : "", data.len,
		(git_object_t)type);
	if (result != 0) {
		odb_failed(err, &failure, result, "writing an object");
		goto out;
	}
	memcpy(oid->bytes, id.id, OID_BYTES);
	ok = true;
out:
	git_odb_free(odb);
	return ok;
}
