/* fuzz_handover.c -- a handover that is read is written again as the same bytes. */
#include <assert.h>

#include "handover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view plain = { (const char *)data, len };
	struct handover_file file;
	struct arena arena = { 0 };
	struct buf again = { 0 };
	struct err err = { 0 };

	if (handover_parse(&file, &arena, plain, &err)) {
		handover_print(&again, &file);
		assert(view_equal(buf_as_view(&again), plain));
		assert(slug_valid(view_of(file.giver)));
	} else {
		assert(err.code != ERR_NONE);
	}
	buf_clear(&again);
	arena_clear(&arena);
	return 0;
}
