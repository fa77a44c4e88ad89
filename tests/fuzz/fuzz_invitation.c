/* fuzz_invitation.c -- an invitation that is accepted is written again as the same bytes. */
#include <assert.h>

#include "linli/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view text = { (const char *)data, len };
	struct invitation invitation;
	struct buf again = { 0 };
	struct err err = { 0 };

	if (invitation_read(&invitation, text, &err)) {
		bool written = invitation_write(&again, &invitation, &err);

		assert(written && view_equal(buf_as_view(&again), text));
		assert(slug_valid(view_of(invitation.community)));
	} else {
		assert(err.code != ERR_NONE);
	}
	buf_clear(&again);
	return 0;
}
