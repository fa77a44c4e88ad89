/* fuzz_line.c -- what the reader of lines takes, the writer writes, byte for byte. */
#include <stdlib.h>
#include <string.h>

#include "line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* A copy without a byte to spare, so that reading past the end is seen. */
	char *copy = malloc(len != 0 ? len : 1);
	struct view text = { copy, len };
	struct arena arena = { 0 };
	struct buf back = { 0 };
	struct err err = { 0 };
	struct line line;

	if (copy == NULL) {
		abort();
	}
	if (len != 0) {
		memcpy(copy, data, len);
	}
	if (line_parse(&line, &arena, text, &err)) {
		line_write(&back, &line);
		if (!view_equal(buf_as_view(&back), text)) {
			abort();
		}
	} else if (err.code != ERR_FORMAT && err.code != ERR_TOO_LARGE) {
		abort();
	}
	buf_clear(&back);
	arena_clear(&arena);
	free(copy);
	return 0;
}
