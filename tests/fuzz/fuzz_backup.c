/*
 * fuzz_backup.c -- what is inside a backup: an archive that is taken is what
 * the writer writes, byte for byte, however it arrives; and so is a manifest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "ustar.h"

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "not so: %s\n", what);
		abort();
	}
}

/* Write again what is told. */
struct again {
	struct buf out;
	uint64_t left;
	size_t padding;
};

static bool begin(void *ctx, const struct ustar_member *member, struct err *err)
{
	struct again *again = ctx;
	uint8_t block[USTAR_BLOCK_BYTES];

	must(again->left == 0, "a member ends before the next begins");
	again->left = member->size;
	again->padding = ustar_padding(member->size);
	must(ustar_header(block, member, err), "what is told can be written");
	buf_add(&again->out, block, sizeof(block));
	return buf_ok(&again->out, err);
}

static bool data(void *ctx, struct view bytes, struct err *err)
{
	struct again *again = ctx;

	must(bytes.len <= again->left, "no more than the member has");
	again->left -= bytes.len;
	buf_view(&again->out, bytes);
	return buf_ok(&again->out, err);
}

static bool end(void *ctx, struct err *err)
{
	struct again *again = ctx;

	must(again->left == 0, "no less than the member has");
	if (again->padding != 0 && buf_grow(&again->out, again->padding) == NULL) {
		return err_nomem(err);
	}
	return buf_ok(&again->out, err);
}

static const struct ustar_visitor visitor = { begin, data, end };

static bool read_archive(struct again *again, struct view input, size_t piece, struct err *err)
{
	struct ustar_reader reader;
	size_t len;

	memset(again, 0, sizeof(*again));
	ustar_reader_init(&reader, &visitor, again);
	while (input.len != 0) {
		len = input.len < piece ? input.len : piece;
		if (!ustar_reader_add(&reader, (struct view){ input.data, len }, err)) {
			return false;
		}
		input.data += len;
		input.len -= len;
	}
	return ustar_reader_end(&reader, err);
}

static void check_manifest(struct view input)
{
	struct manifest manifest;
	struct buf text = { 0 };
	struct err err = { 0 };

	if (manifest_parse(&manifest, input, &err)) {
		manifest_print(&text, &manifest);
		must(view_equal(buf_as_view(&text), input), "one text for one manifest");
	}
	buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct view input = { (const char *)bytes, len };
	struct again whole, pieces;
	struct err err = { 0 };
	bool taken = read_archive(&whole, input, len != 0 ? len : 1, &err);

	must(read_archive(&pieces, input, 7, &err) == taken, "it does not matter how it arrives");
	if (taken) {
		must(whole.out.len + USTAR_END_BYTES == len &&
				(whole.out.len == 0 ||
					memcmp(whole.out.data, bytes, whole.out.len) == 0),
			"one form for one archive");
	}
	check_manifest(input);
	buf_clear(&whole.out);
	buf_clear(&pieces.out);
	return 0;
}
