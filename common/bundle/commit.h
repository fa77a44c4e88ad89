/*
 * commit.h -- what a bundle says of itself: a signed git commit.
 *
 * A commit has one form only.  What is decoded has been parsed strictly,
 * written again and compared byte for byte, and its signature verified:
 * there are no unverified facts.  Format: docs/format.md, "Commit".
 */
#ifndef LINLI_COMMIT_H
#define LINLI_COMMIT_H

#include "git.h"
#include "key.h"
#include "sha256.h"

#define COMMIT_MAX_BYTES (256 * 1024)
#define COMMIT_MAX_SEEN 4096
#define COMMIT_AUTHOR_BYTES 97   /* with the NUL, as the next two */
#define COMMIT_SUBJECT_BYTES 201
#define COMMIT_MODEL_BYTES 64
#define COMMIT_HASH_BYTES 8      /* of a bundle's SHA-256, in Seen and Receipt */
#define COMMIT_MAX_TIME_S 253402300799 /* the end of the year 9999 */
#define BUNDLE_MAX_LINES 10000
#define FEDERATION_BYTES 8

/* The head of a chain as somebody saw it. */
struct seen_head {
	struct chain_name chain;
	uint32_t seq; /* from 1 */
	uint8_t hash[COMMIT_HASH_BYTES]; /* that bundle's SHA-256 begins with these */
};

struct bundle_facts {
	uint8_t federation[FEDERATION_BYTES];
	char community[SLUG_TEXT_BYTES];
	struct chain_name chain;
	uint32_t seq;                         /* from 1 */
	uint8_t parent_sha256[SHA256_BYTES];  /* of the parent commit's bytes; zeros for seq 1 */
	struct oid parent;                    /* zeros for seq 1 */
	struct oid tree;
	uint8_t changes_root[SHA256_BYTES];   /* Merkle tree hash over the lines */
	uint32_t changes_count;               /* 1 .. BUNDLE_MAX_LINES */
	char model[COMMIT_MODEL_BYTES];       /* "name@version" */
	/*
	 * Heads merged before these changes were made that moved since the
	 * previous bundle: sorted by chain_name_compare(), each chain once, of
	 * this chain's scope and never this chain itself.
	 */
	const struct seen_head *seen;
	size_t seen_count;
	/* The highest receipt held; receipt_chain is only looked at if there is one. */
	bool has_receipt;
	struct chain_name receipt_chain;
	uint32_t receipt_seq;
	uint8_t receipt_hash[COMMIT_HASH_BYTES];
	char author[COMMIT_AUTHOR_BYTES];     /* shown name, see commit_clean_author() */
	int64_t made_s;                       /* Unix seconds, 0 .. COMMIT_MAX_TIME_S */
	char subject[COMMIT_SUBJECT_BYTES];   /* one readable line */
};

/*
 * Append the commit that says ${facts}, signed by ${signer}, to ${out}.  The
 * same facts and key give the same bytes.  Fails with ERR_VALUE (facts that
 * no commit may state), ERR_SIGNATURE (${signer} is not the chain's device),
 * ERR_TOO_LARGE, ERR_NOMEM; then ${out} is as long as it was.
 */
MUST_CHECK bool commit_encode(struct buf *out, const struct bundle_facts *facts,
	const struct key *signer, struct err *err);

/*
 * Read and verify the untrusted ${commit}.  ${out}->seen lies in ${arena};
 * nothing points into ${commit}.  Whether that device may write in that place
 * of that federation is for the caller to judge.
 * Fails with ERR_TOO_LARGE, ERR_FORMAT (not what commit_encode() writes),
 * ERR_KEY, ERR_SIGNATURE (also: signed by another device than it names),
 * ERR_NOMEM.
 */
MUST_CHECK bool commit_decode(struct bundle_facts *out, struct arena *arena, struct view commit,
	uint8_t signer[KEY_PUBLIC_BYTES], struct err *err);

/* Append the armoured signature of a commit that commit_decode() has taken. */
MUST_CHECK bool commit_signature(struct buf *out, struct view commit, struct err *err);

/*
 * Make ${name} fit for a commit's author: without control characters, '<'
 * and '>', without what git strips from the ends of a name, cut to fit at a
 * character's end.  "linli" where nothing is left.
 */
void commit_clean_author(char out[COMMIT_AUTHOR_BYTES], struct view name);

/* The same for a subject: one line, no control characters, cut to fit. */
void commit_clean_subject(char out[COMMIT_SUBJECT_BYTES], struct view text);

#endif
