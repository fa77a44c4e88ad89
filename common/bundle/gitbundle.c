/* gitbundle.c -- writing git bundle files; see gitbundle.h. */
#include <assert.h>
#include <stdlib.h>

#include "gitbundle.h"
#include "gitbundle_text.h"
#include "oidmap.h"

struct gitbundle_writer {
	struct pack_writer pack;
	struct oidmap written;
	const struct gitbundle_range *ranges; /* borrowed */
	size_t count, at;                     /* ranges; those that are complete */
};

/* Prerequisites, then references, each in the order of the ranges. */
static void add_header(struct buf *file, const struct gitbundle_range *ranges, size_t count)
{
	char hex[OID_TEXT_BYTES], chain[CHAIN_TEXT_BYTES];
	size_t i;

	buf_text(file, GITBUNDLE_SIGNATURE);
	for (i = 0; i < count; i++) {
		if (!oid_is_zero(&ranges[i].parent)) {
			oid_print(hex, &ranges[i].parent);
			buf_text(file, "-");
			buf_text(file, hex);
			buf_text(file, GITBUNDLE_PREREQUISITE_END);
		}
	}
	for (i = 0; i < count; i++) {
		oid_print(hex, &ranges[i].tip);
		chain_name_print(chain, &ranges[i].chain);
		buf_text(file, hex);
		buf_text(file, GITBUNDLE_REF_PREFIX);
		buf_text(file, chain);
		buf_byte(file, '\n');
	}
	buf_byte(file, '\n');
}

bool gitbundle_begin(struct gitbundle_writer **out, struct buf *file,
	const struct gitbundle_range *ranges, size_t count, struct err *err)
{
	struct gitbundle_writer *writer;
	size_t start = file->len, i;

	*out = NULL;
	assert(count >= 1);
	for (i = 1; i < count; i++) {
		assert(chain_name_compare(&ranges[i - 1].chain, &ranges[i].chain) < 0);
	}
	add_header(file, ranges, count);
	if (!buf_ok(file, err)) {
		return false;
	}
	if (file->len - start > GITBUNDLE_HEADER_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "git bundle: a header of %zu bytes",
			file->len - start);
	}
	writer = calloc(1, sizeof(*writer));
	if (writer == NULL) {
		return err_nomem(err);
	}
	writer->ranges = ranges;
	writer->count = count;
	pack_begin(&writer->pack, file);
	*out = writer;
	return true;
}

bool gitbundle_add(struct gitbundle_writer *writer, const struct raw_object *objects,
	size_t count, struct err *err)
{
	size_t i;

	if (writer->at >= writer->count) {
		return err_set(err, ERR_INTERNAL, "git bundle: a bundle beyond the ranges");
	}
	for (i = 0; i < count; i++) {
		const struct raw_object *object = &objects[i];

		if (oidmap_find(&writer->written, &object->oid) != NULL) {
			continue;
		}
		if (!oidmap_put(&writer->written, &object->oid, 0, err)) {
			return false;
		}
		pack_add_deflated(&writer->pack, object->type, object->len, object->deflated);
	}
	if (oid_equal(&objects[RAW_COMMIT].oid, &writer->ranges[writer->at].tip)) {
		writer->at++;
	}
	return buf_ok(writer->pack.out, err);
}

bool gitbundle_finish(struct gitbundle_writer *writer, struct err *err)
{
	if (writer->at != writer->count) {
		return err_set(err, ERR_INTERNAL, "git bundle: a range without its last bundle");
	}
	return pack_end(&writer->pack, err);
}

void gitbundle_writer_free(struct gitbundle_writer *writer)
{
	if (writer != NULL) {
		oidmap_clear(&writer->written);
		free(writer);
	}
}
