/* fuzz_proof.c -- a proof that is read is written again as the same bytes. */
#include <assert.h>

#include "proof_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view text = { (const char *)data, len };
	struct arena arena = { 0 };
	struct buf again = { 0 };
	struct err err = { 0 };
	struct proof_file file;
	struct proved proved;

	if (proof_parse(&file, &arena, text, &err)) {
		proof_print(&again, &file);
		assert(view_equal(buf_as_view(&again), text));
		if (proof_verify(&proved, &arena, text, &err)) {
			assert(proved.count != 0);
		}
	} else {
		assert(err.code != ERR_NONE);
		assert(!proof_verify(&proved, &arena, text, &err));
	}
	buf_clear(&again);
	arena_clear(&arena);
	return 0;
}
