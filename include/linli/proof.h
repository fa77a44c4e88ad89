/*
 * proof.h -- a record's signed lines in one small file, to be checked
 * without the ledger.
 *
 * For each line the file holds the signed commit of its bundle and the
 * line's audit path in that commit's Merkle tree; and, proved the same way,
 * the district's records of the devices that signed, back to its founding
 * key.  What a proof cannot show is that there are no other lines.
 * Format, and how to check it with stock tools: docs/proofs.md.
 */
#ifndef LINLI_PROOF_H
#define LINLI_PROOF_H

#include "linli/model.h"
#include "linli/names.h"

#define PROOF_MAX_BYTES (64 * 1024 * 1024)
#define PROOF_MAX_LINES 20000

/* A line of the record, proved. */
struct proved_line {
	struct place place;
	struct view text;   /* the canonical line, in the file */
	int64_t t;          /* its clock: Unix ms * 1000 + counter */
	int64_t made_s;     /* of its bundle: Unix seconds, by its maker's clock */
	const char *community; /* of the device, as the district enrolled it */
	const char *device_name;
};
struct proved {
	char federation[DEVICE_TEXT_BYTES]; /* to be compared with the one that is known */
	char entity[MODEL_NAME_BYTES], id[RECORD_ID_TEXT_BYTES];
	const struct proved_line *lines; /* by place */
	size_t count;
	size_t trust_lines; /* proved besides, about devices */
};

/*
 * Verify the untrusted ${file}, from which ${out} borrows; the rest lies in
 * ${arena}.  Every line stands under a signature by a device that the
 * district's founding key, or a server it enrolled, has enrolled, before the
 * end of its key; everything is of the federation named.
 * Fails with ERR_FORMAT (not what records_prove() writes), ERR_TOO_LARGE,
 * ERR_HASH (a line is not the one signed), ERR_SIGNATURE, ERR_KEY,
 * ERR_FEDERATION, ERR_UNKNOWN_DEVICE, ERR_REVOKED, ERR_SCOPE, ERR_NOMEM.
 */
MUST_CHECK bool proof_verify(struct proved *out, struct arena *arena, struct view file,
	struct err *err);

struct node;

/* What records_prove() has written. */
struct prove_report {
	size_t lines;
	size_t unsigned_lines, erased_lines; /* left out: drafts; bodies that are gone */
};

/*
 * Append the proof of the lines that count for record ${id} of ${entity}.
 * Fails with ERR_NOT_FOUND, ERR_VALUE (no line of it is signed yet),
 * ERR_TOO_LARGE, and as the store does.
 */
MUST_CHECK bool records_prove(struct node *node, const struct entity *entity,
	const struct record_id *id, struct buf *out, struct prove_report *report,
	struct err *err);

#endif
