/*
 * fuzz_gitbundle.c -- whatever is accepted as a git bundle is what its ranges
 * and bundles are written as.  The pack's checksum is set right first.
 */
#include <assert.h>
#include <string.h>

#include "bundle.h"
#include "sha1.h"

/* The parent in a commit that the reader has accepted; zeros if none. */
static struct oid parent_of(const struct raw_bundle *raw)
{
	struct view data = raw->objects[RAW_COMMIT].data;
	struct cursor cursor = cursor_of(data.data, data.len);
	struct oid parent = { { 0 } };
	bool ok;

	cursor_until(&cursor, '\n');
	if (cursor_skip(&cursor, "parent ")) {
		ok = oid_parse(&parent, cursor_until(&cursor, '\n'));
		assert(ok);
	}
	return parent;
}

/* Read ${file}; collect its ranges, or write its bundles to ${writer}. */
static bool pass(struct view file, struct buf *ranges, struct gitbundle_writer *writer)
{
	struct gitbundle_reader *reader;
	const struct gitbundle_ref *refs;
	struct gitbundle_range range;
	struct arena arena = { 0 };
	struct bundle bundle;
	struct raw_bundle raw;
	bool done = false, ok = true, first = true, written;
	size_t count, ref = 0;

	if (!gitbundle_open(&reader, file, NULL)) {
		return false;
	}
	refs = gitbundle_refs(reader, &count);
	while ((ok = gitbundle_next(reader, &raw, &done, NULL)) && !done) {
		if (writer != NULL) {
			written = gitbundle_add(writer, raw.objects, raw.count, NULL);
			assert(written);
		} else if (first) {
			range = (struct gitbundle_range){ refs[ref].chain, refs[ref].tip,
				parent_of(&raw) };
			buf_add(ranges, &range, sizeof(range));
		}
		first = oid_equal(&raw.objects[RAW_COMMIT].oid, &refs[ref].tip);
		ref += first;
		/* Of no consequence here, but it must not fall over either. */
		if (bundle_verify(&bundle, &raw, &arena, NULL)) {
			assert(bundle.line_count == bundle.facts.changes_count);
		}
		arena_reset(&arena);
	}
	assert(!ok || ref == count);
	gitbundle_close(reader);
	arena_clear(&arena);
	return ok;
}

static void check(struct view file)
{
	struct gitbundle_writer *writer;
	struct buf ranges = { 0 }, again = { 0 };
	bool ok;

	if (pass(file, &ranges, NULL)) {
		ok = gitbundle_begin(&writer, &again, (struct gitbundle_range *)(void *)ranges.data,
			     ranges.len / sizeof(struct gitbundle_range), NULL) &&
			pass(file, NULL, writer) && gitbundle_finish(writer, NULL);
		assert(ok && view_equal(buf_as_view(&again), file));
		gitbundle_writer_free(writer);
	}
	buf_clear(&ranges);
	buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf copy = { 0 };
	uint8_t *pack;

	check((struct view){ (const char *)data, len });
	buf_add(&copy, data, len);
	pack = len != 0 ? memmem(copy.data, len, "\n\nPACK", 6) : NULL;
	if (pack != NULL) {
		uint8_t *end = copy.data + len - SHA1_BYTES;

		pack += 2;
		if (end > pack) {
			sha1(end, pack, (size_t)(end - pack));
			check(buf_as_view(&copy));
		}
	}
	buf_clear(&copy);
	return 0;
}
