/*
 * odb.h -- a store of ours as an object database of libgit2.
 *
 * The store hands in callbacks; libgit2 reads objects through them as if
 * they lay in a repository.  Nothing is copied beforehand.
 */
#ifndef LINLI_ODB_H
#define LINLI_ODB_H

#include "git.h"

/*
 * Where objects come from, and where they go.  Each callback gets ${ctx}
 * and fails with an error of its own; the first one is what the caller of
 * this module sees.
 */
struct object_source {
	void *ctx;

	/* Append the object's content to ${data}; ERR_NOT_FOUND if none. */
	bool (*read)(void *ctx, const struct oid *oid, enum git_type *type, struct buf *data,
		struct err *err);

	/* Set *found. */
	bool (*exists)(void *ctx, const struct oid *oid, bool *found, struct err *err);

	/* Keep an object; NULL where nothing may be written. */
	bool (*write)(void *ctx, const struct oid *oid, enum git_type type, struct view data,
		struct err *err);
};

/* libgit2's own, only for common/git. */
struct git_odb;

/* The first failure of a callback since odb_attach(); ERR_NONE if none. */
struct odb_failure {
	struct err err;
};

/*
 * Let ${odb} also look for objects in ${source}, after its own; nothing is
 * written there.  ${source} and ${failure} are borrowed until ${odb} is
 * freed.  Fails with ERR_NOMEM, ERR_INTERNAL.
 */
MUST_CHECK bool odb_attach(struct git_odb *odb, const struct object_source *source,
	struct odb_failure *failure, struct err *err);

/*
 * Say why libgit2 gave ${result}: the store's own reason if it had one.
 * Always false.
 */
bool odb_failed(struct err *err, const struct odb_failure *failure, int result,
	const char *doing);

/*
 * Read one object through libgit2, which compares its content with its
 * name.  Appends to ${data}.  Fails with ERR_NOT_FOUND, ERR_HASH, or as
 * ${source} does.
 */
MUST_CHECK bool odb_read(const struct object_source *source, const struct oid *oid,
	enum git_type *type, struct buf *data, struct err *err);

/*
 * Name and write one object through libgit2.  It is no error that it is
 * there already.  Fails as ${source} does.
 */
MUST_CHECK bool odb_write(const struct object_source *source, struct oid *oid,
	enum git_type type, struct view data, struct err *err);

#endif
