/* fuzz_rotation.c -- a rotation that is accepted is written again as the same bytes. */
#include <assert.h>

#include "linli/rekey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view text = { (const char *)data, len };
	struct rotation rotation;
	struct buf again = { 0 };
	struct err err = { 0 };

	if (rotation_parse(&rotation, text, &err)) {
		bool written = rotation_print(&again, &rotation, &err);

		assert(written && view_equal(buf_as_view(&again), text));
		assert(rotation_is(text) && slug_valid(view_of(rotation.community)));
		assert(rotation.head_count <= ROTATION_MAX_HEADS);
	} else {
		assert(err.code != ERR_NONE);
	}
	buf_clear(&again);
	return 0;
}
