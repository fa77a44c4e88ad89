/*
 * fuzz_pack.c -- whatever is accepted as a pack is what its objects are
 * written as; nothing over the cap is ever unpacked.  The checksum is set
 * right first: with it alone nearly every change would be found.
 */
#include <assert.h>
#include <string.h>

#include "pack.h"
#include "sha1.h"

#define CAP (64 * 1024)

static void check(struct view pack)
{
	struct pack_reader reader;
	struct pack_writer writer;
	struct raw_object object;
	struct buf data = { 0 }, again = { 0 };
	bool ok = true;

	if (!pack_open(&reader, pack, NULL)) {
		return;
	}
	pack_begin(&writer, &again);
	while (ok && reader.left != 0) {
		buf_reset(&data);
		ok = pack_next(&reader, &object, &data, CAP, NULL);
		assert(data.len <= CAP && (!ok || data.len == object.len));
		if (ok) {
			pack_add_deflated(&writer, object.type, object.len, object.deflated);
		}
	}
	if (ok && pack_finish(&reader, NULL)) {
		ok = pack_end(&writer, NULL);
		assert(ok && view_equal(buf_as_view(&again), pack));
	}
	pack_close(&reader);
	buf_clear(&data);
	buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf copy = { 0 };

	check((struct view){ (const char *)data, len });
	buf_add(&copy, data, len);
	if (len >= SHA1_BYTES && buf_ok(&copy, NULL)) {
		sha1(copy.data + len - SHA1_BYTES, copy.data, len - SHA1_BYTES);
		check(buf_as_view(&copy));
	}
	buf_clear(&copy);
	return 0;
}
