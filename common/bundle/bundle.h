/*
 * bundle.h -- one signed package of changes.
 *
 * A bundle is made here or verified here; there is no unverified state to
 * hold by mistake.  Verified means: the commit is in its one form and signed
 * by the device it names, trees and objects are the ones it names, lines and
 * attachments are the ones that were signed (SHA-256).  Whether that device
 * may write there, whether the place in its chain is the next one, and what
 * the lines mean is for the caller.  Format: docs/format.md.
 */
#ifndef LINLI_BUNDLE_H
#define LINLI_BUNDLE_H

#include "commit.h"
#include "gitbundle.h"
#include "tree.h"

#define BUNDLE_LINE_MAX_BYTES (64 * 1024) /* without its '\n' */
#define BUNDLE_FILE_MAX_BYTES (16 * 1024 * 1024)
#define BUNDLE_ERASED_LINE_BYTES (1 + 2 * SHA256_BYTES) /* '-' and the leaf hash in hex */

struct bundle_file {
	uint8_t sha256[SHA256_BYTES];
	struct view data;
};

/* ---- reading ---- */

/*
 * Why lines of an erased bundle are gone: a line of another bundle of the
 * same scope, with proof that it was signed there.  What it says, and whether
 * that device may say it, is for the caller.
 */
struct bundle_order {
	struct bundle_facts facts;         /* of the bundle that the line is of */
	uint8_t signer[KEY_PUBLIC_BYTES];
	uint32_t n;                        /* which line of it, from 1 */
	struct view line;
};

/*
 * A bundle of a community's own scope may be erased: in place of some of its
 * lines stand their leaf hashes, with which the signed Merkle root still
 * comes out, and the attachments that only those named are gone.
 */
struct bundle {
	struct bundle_facts facts;
	uint8_t sha256[SHA256_BYTES];      /* of the commit's bytes */
	uint8_t signer[KEY_PUBLIC_BYTES];
	const struct view *lines;          /* each without its '\n' */
	size_t line_count;
	const struct bundle_file *files;   /* in the order of their hashes */
	size_t file_count;
	bool erased;                       /* some of ${lines} are erased lines */
	size_t erased_count;               /* how many */
	const struct bundle_order *orders; /* one at least in an erased bundle */
	size_t order_count;
};

/* Is ${line}, of an erased bundle, an erased line?  ${leaf} gets its leaf hash. */
bool bundle_line_erased(struct view line, uint8_t leaf[SHA256_BYTES]);
/* The part of a bundle's erased.jsonl that stands for its changes.jsonl. */
struct view bundle_erased_changes(struct view erased);

/*
 * Verify ${raw}.  Arrays lie in ${arena}; lines and files point into ${raw}.
 * Fails with what commit_decode() fails with and
 * ERR_POSITION   the commit names another chain than ${raw}->chain,
 * ERR_HASH       lines, a file or an object are not the ones named,
 * ERR_FORMAT     a line without end, an empty line, another Changes-Count;
 *                of an erased bundle also: another scope than a community's own,
 *                a malformed order, a file that no line names,
 * ERR_TOO_LARGE  BUNDLE_MAX_LINES, BUNDLE_LINE_MAX_BYTES, BUNDLE_FILE_MAX_BYTES,
 * ERR_NOMEM.
 */
MUST_CHECK bool bundle_verify(struct bundle *out, const struct raw_bundle *raw,
	struct arena *arena, struct err *err);

/* ---- making ---- */

/* All zeros is none; released with made_bundle_clear(). */
struct made_bundle {
	struct raw_bundle raw;         /* contents and streams of all objects */
	uint8_t sha256[SHA256_BYTES];  /* of the commit's bytes */
	struct buf objects;            /* of struct raw_object */
	struct buf data;               /* contents of commit and trees */
	struct buf deflated;           /* streams */
};

struct deflater;

/*
 * Make the bundle of ${changes} (each line ended by '\n') and the ${count}
 * attachments ${files}, in any order, and sign it.  ${facts} are complete but
 * for tree, changes_root and changes_count, which are set here.  ${deflater}
 * may be NULL; whoever makes many bundles keeps one.  ${out}, which is empty
 * before, borrows ${changes} and ${files}.
 * Fails with ERR_VALUE (facts, or lines, that no bundle may have),
 * ERR_SIGNATURE (${signer} is not the chain's device), ERR_TOO_LARGE (every
 * cap that a reader has), ERR_NOMEM; then ${out} is empty.
 */
MUST_CHECK bool bundle_make(struct made_bundle *out, struct bundle_facts *facts,
	struct view changes, const struct view *files, size_t count, const struct key *signer,
	struct deflater *deflater, struct err *err);
void made_bundle_clear(struct made_bundle *made);

/* ---- erasing ---- */

/* A line that names what is erased, as the store has it. */
struct order_source {
	struct view commit;  /* of its bundle */
	struct view changes; /* its bundle's changes.jsonl, or what stands for it */
	uint32_t n;          /* from 1 */
};

/* An erased bundle; all zeros is none; released with erased_bundle_clear(). */
struct erased_bundle {
	struct raw_bundle raw; /* commit and files borrowed from the bundle it was made of */
	struct buf objects;    /* of struct raw_object */
	struct buf changes, folder, tree;   /* contents */
	struct buf deflated[3];             /* their streams */
	size_t line_count;     /* erased now that were not before */
};

/*
 * Erase lines ${lines} (from 1, rising, ${count} of them) of the verified ${raw},
 * which may be erased already.  ${orders} are added to those it has.  ${out}, which is
 * empty before, borrows the contents of ${raw}.  Fails with ERR_VALUE (no such line),
 * ERR_TOO_LARGE, ERR_NOMEM; then ${out} is empty.
 */
MUST_CHECK bool bundle_erase(struct erased_bundle *out, const struct raw_bundle *raw,
	const uint32_t *lines, size_t count, const struct order_source *orders,
	size_t order_count, struct err *err);
void erased_bundle_clear(struct erased_bundle *erased);

#endif
