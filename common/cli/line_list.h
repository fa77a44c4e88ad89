/*
 * line_list.h -- "1,4-6": the lines of a bundle that a person names.
 *
 * Numbers and ranges from 1, rising, each line once.  What is written
 * otherwise is refused rather than guessed at: a line that was not meant
 * must not be judged.
 */
#ifndef LINLI_LINE_LIST_H
#define LINLI_LINE_LIST_H

#include "linli/bytes.h"

#define LINE_LIST_MAX 10000 /* the lines of the longest bundle */

/*
 * *out, of *count numbers, is released by the caller with free(); NULL on
 * failure.  Fails with ERR_USAGE, the detail in the language of the person,
 * with an example; ERR_NOMEM.
 */
MUST_CHECK bool line_list_parse(
	uint32_t **out, size_t *count, const char *text, struct err *err);

#endif
