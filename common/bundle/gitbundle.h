/*
 * gitbundle.h -- ranges of chains as one git bundle file (version 2).
 *
 * What travels by HTTPS and, sealed, on sticks.  One reference per chain,
 * sorted by chain_name_compare(); for each, its bundles from the oldest to
 * the newest: commit, tree, changes and, with attachments, the folder and
 * the files in its order; an object that is in the file already is not
 * repeated.  A file has one form only: the same ranges with the same
 * deflated streams give the same bytes, and a reader takes no others.
 * Stock git verifies and clones it, unless it holds an erased bundle: in
 * place of the tree that its commit names stands one with "erased.jsonl".
 * Format: docs/format.md.
 */
#ifndef LINLI_GITBUNDLE_H
#define LINLI_GITBUNDLE_H

#include "linli/names.h"
#include "pack.h"

#define GITBUNDLE_HEADER_MAX_BYTES (1024 * 1024)
#define BUNDLE_PACKED_MAX_BYTES (16 * 1024 * 1024)   /* all its streams */
#define BUNDLE_INFLATED_MAX_BYTES (64 * 1024 * 1024) /* all its contents */

/* Places in raw_bundle.objects. */
enum { RAW_COMMIT, RAW_TREE, RAW_CHANGES, RAW_FILES, RAW_FIRST_FILE };

/* A bundle as git objects: their names fit together, nothing else is known. */
struct raw_bundle {
	struct chain_name chain;
	const struct raw_object *objects; /* 3, or 5 and more with attachments */
	size_t count;
	/* RAW_TREE is not the tree that the commit names but that of an erased bundle. */
	bool erased;
};

/* ---- writing ---- */

/* A range of a chain. */
struct gitbundle_range {
	struct chain_name chain;
	struct oid tip;    /* its last commit */
	struct oid parent; /* of its first commit; zeros if that has none */
};

struct gitbundle_writer;

/*
 * Begin a file at the end of ${file}, which nobody else writes to meanwhile,
 * with ${ranges} (borrowed until the end, one at least), sorted, each chain
 * once.  On success the caller ends with gitbundle_finish() and releases
 * *out with gitbundle_writer_free().  Fails with ERR_TOO_LARGE (header),
 * ERR_NOMEM.
 */
MUST_CHECK bool gitbundle_begin(struct gitbundle_writer **out, struct buf *file,
	const struct gitbundle_range *ranges, size_t count, struct err *err);

/*
 * The next bundle of the ranges: its ${objects} in raw_bundle's order; of
 * each only type, oid, len and deflated are used.  Fails with ERR_NOMEM,
 * ERR_INTERNAL (more bundles than the ranges have).
 */
MUST_CHECK bool gitbundle_add(struct gitbundle_writer *writer, const struct raw_object *objects,
	size_t count, struct err *err);

/* Fails with ERR_NOMEM, ERR_INTERNAL (bundles of the ranges are missing). */
MUST_CHECK bool gitbundle_finish(struct gitbundle_writer *writer, struct err *err);
void gitbundle_writer_free(struct gitbundle_writer *writer);

/* ---- reading ---- */

struct gitbundle_ref {
	struct chain_name chain;
	struct oid tip;
};

struct gitbundle_reader;

/*
 * Begin to read the untrusted ${file}, borrowed until gitbundle_close(): the
 * checksum and the header are checked, no object is looked at yet.
 * Fails with ERR_HASH, ERR_FORMAT, ERR_TOO_LARGE (header), ERR_NOMEM.
 */
MUST_CHECK bool gitbundle_open(struct gitbundle_reader **out, struct view file, struct err *err);
void gitbundle_close(struct gitbundle_reader *reader);

/* The chains in it, in their order.  Borrowed: valid until gitbundle_close(). */
const struct gitbundle_ref *gitbundle_refs(const struct gitbundle_reader *reader, size_t *count);

/*
 * The next bundle, or *done once the file has ended as it should.  Checked:
 * every object is the one that its commit and its trees name (of an erased
 * bundle the tree is the one that follows the commit), commits follow
 * each other by their parents from the stated prerequisite to the stated tip,
 * nothing is superfluous.  ${out} is borrowed until the next call or
 * gitbundle_close(), the deflated streams as long as ${file}.
 * After a failure the reader can only be closed.  Fails with ERR_FORMAT,
 * ERR_HASH (an object that is not the one named), ERR_TOO_LARGE (the caps
 * above), ERR_NOMEM.
 */
MUST_CHECK bool gitbundle_next(struct gitbundle_reader *reader, struct raw_bundle *out,
	bool *done, struct err *err);

#endif
