/* fuzz_request.c -- a request that is accepted is written again as the same bytes. */
#include <assert.h>

#include "linli/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view text = { (const char *)data, len };
	struct application application;
	struct buf again = { 0 };
	struct err err = { 0 };

	if (request_parse(&application, text, &err)) {
		bool written = request_print(&again, &application, &err);

		assert(written && view_equal(buf_as_view(&again), text));
		assert(slug_valid(view_of(application.community)));
	} else {
		assert(err.code != ERR_NONE);
	}
	buf_clear(&again);
	return 0;
}
