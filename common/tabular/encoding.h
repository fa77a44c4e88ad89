/*
 * encoding.h -- which encoding a file is in, and the way to UTF-8.
 */
#ifndef LINLI_TABULAR_ENCODING_H
#define LINLI_TABULAR_ENCODING_H

#include "csv.h"

/*
 * Find out what ${bytes} are in.  *text is UTF-8 without a mark: a part
 * of ${bytes} or, if they had to be converted, the content of ${converted}.
 * ERR_FORMAT for everything but UTF-8 and GB18030, ERR_NOMEM.
 */
MUST_CHECK bool encoding_detect(enum csv_encoding *out, struct view *text, struct buf *converted,
	struct view bytes, struct err *err);

/* How many lines end before ${at} bytes of ${text}. */
size_t encoding_lines(struct view text, size_t at);

#endif
