/* fuzz_heads.c -- a list of heads that is accepted is written again as the same bytes. */
#include <assert.h>
#include <string.h>

#include "heads.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view text = { (const char *)data, len };
	struct heads_text heads;
	struct buf again = { 0 };
	struct err err = { 0 };
	size_t i;

	if (heads_parse(&heads, text, &err)) {
		bool written = heads_print(&again, &heads, &err);

		assert(written && view_equal(buf_as_view(&again), text));
		for (i = 1; i < heads.count; i++) {
			assert(strcmp(heads.entries[i - 1].name, heads.entries[i].name) < 0);
		}
	} else {
		assert(err.code != ERR_NONE);
	}
	heads_text_clear(&heads);
	buf_clear(&again);
	return 0;
}
