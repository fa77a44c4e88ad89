/* fuzz_statement.c -- a statement that is read is written again as the same bytes. */
#include <assert.h>

#include "statement_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view text = { (const char *)data, len };
	struct statement_file file;
	struct arena arena = { 0 };
	struct buf again = { 0 };
	struct err err = { 0 };

	if (statement_parse(&file, &arena, text, &err)) {
		statement_print(&again, &file);
		assert(view_equal(buf_as_view(&again), text));
	} else {
		assert(err.code != ERR_NONE);
	}
	buf_clear(&again);
	arena_clear(&arena);
	return 0;
}
