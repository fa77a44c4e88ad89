/*
 * proof_text.h -- the bytes of a proof; nothing here is verified but the
 * form.  One content has one form.  Format: docs/proofs.md.
 */
#ifndef LINLI_PROOF_TEXT_H
#define LINLI_PROOF_TEXT_H

#include "key.h"
#include "linli/proof.h"

struct proof_line {
	size_t commit;    /* which of the commits */
	uint32_t n;       /* which line of its bundle, from 1 */
	struct view path; /* audit path in binary, SHA256_BYTES each */
	struct view text;
};
/* Views are borrowed from the file, or lie in the arena. */
struct proof_file {
	uint8_t founder[KEY_PUBLIC_BYTES];
	struct device_id federation;
	char entity[MODEL_NAME_BYTES], id[RECORD_ID_TEXT_BYTES];
	const struct view *commits;
	size_t commit_count;
	const struct proof_line *lines; /* by commit and n; every commit has one at least */
	size_t line_count;
};

void proof_print(struct buf *out, const struct proof_file *file);

/* Fails with ERR_FORMAT, ERR_TOO_LARGE, ERR_NOMEM. */
MUST_CHECK bool proof_parse(struct proof_file *out, struct arena *arena, struct view text,
	struct err *err);

#endif
