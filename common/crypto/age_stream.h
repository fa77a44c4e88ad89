/*
 * age_stream.h -- sealing and opening files of age (age.h) as they come,
 * for what does not fit into memory.
 *
 * The bytes are the same as those of age_seal() and age_open().  What an
 * opener gives out is authentic, but only age_opener_end() says that it was
 * all: until then nothing may be done with it that cannot be undone.
 */
#ifndef LINLI_AGE_STREAM_H
#define LINLI_AGE_STREAM_H

#include "age.h"

struct age_sealer;

/*
 * Begin a file for ${count} recipients; its header is appended to
 * ${sealed}.  The caller ends it with age_sealer_free().  Fails as
 * age_seal() does.
 */
MUST_CHECK bool age_sealer_new(struct age_sealer **out, struct buf *sealed,
	const struct age_recipient *to, size_t count, const struct env *env, struct err *err);
/* Seal more; whole chunks are appended to ${sealed}. */
MUST_CHECK bool age_sealer_add(
	struct age_sealer *sealer, struct buf *sealed, struct view plain, struct err *err);
/* That was all: append the last chunk. */
MUST_CHECK bool age_sealer_end(struct age_sealer *sealer, struct buf *sealed, struct err *err);
void age_sealer_free(struct age_sealer *sealer); /* NULL is accepted */

struct age_opener;

/*
 * Begin to open a file as one of ${count} identities, which are copied.  The
 * caller ends it with age_opener_free().
 */
MUST_CHECK bool age_opener_new(struct age_opener **out, const struct age_identity *identities,
	size_t count, struct err *err);
/*
 * More untrusted bytes of the file; what they hold is appended to ${plain}.
 * Fails as age_open() does.
 */
MUST_CHECK bool age_opener_add(
	struct age_opener *opener, struct buf *plain, struct view sealed, struct err *err);
/* The file ends here: append the rest.  ERR_HASH, ERR_FORMAT where it was cut short. */
MUST_CHECK bool age_opener_end(struct age_opener *opener, struct buf *plain, struct err *err);
void age_opener_free(struct age_opener *opener); /* NULL is accepted */

#endif
