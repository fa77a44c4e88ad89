/*
 * armour.h -- bytes as "-----BEGIN label-----", lines of base64, "-----END
 * label-----"; for this module only.
 */
#ifndef LINLI_CRYPTO_ARMOUR_H
#define LINLI_CRYPTO_ARMOUR_H

#include "linli/bytes.h"

/* Append the armour of ${bytes} with lines of ${columns} to ${out}. */
void armour_write(struct buf *out, const char *label, struct view bytes, size_t columns);

/*
 * Append the bytes within ${text} to ${out}.  ERR_FORMAT unless armour_write()
 * would have written exactly ${text}; then ${out} is as it was.
 */
MUST_CHECK bool armour_read(
	struct buf *out, const char *label, struct view text, size_t columns, struct err *err);

/* Make room for ${len} more bytes, so that no copy of a secret is left behind. */
void armour_reserve(struct buf *buf, size_t len);

#endif
