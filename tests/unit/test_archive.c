/* test_archive.c -- the parts of a backup file: tar in one form, and its manifest. */
#include "test.h"

#include "manifest.h"
#include "ustar.h"

/* What a reader was told: "begin NAME SIZE;bytes;end;" */
static bool tell_begin(void *ctx, const struct ustar_member *member, struct err *err)
{
	buf_printf(ctx, "<%s %u>", member->name, (unsigned)member->size);
	return buf_ok(ctx, err);
}

static bool tell_data(void *ctx, struct view bytes, struct err *err)
{
	buf_view(ctx, bytes);
	return buf_ok(ctx, err);
}

static bool tell_end(void *ctx, struct err *err)
{
	buf_text(ctx, "</>");
	return buf_ok(ctx, err);
}

static const struct ustar_visitor teller = { tell_begin, tell_data, tell_end };

static bool read_it(struct buf *told, const struct buf *archive, size_t piece, struct err *err)
{
	struct ustar_reader reader;
	size_t at, len;

	buf_reset(told);
	ustar_reader_init(&reader, &teller, told);
	for (at = 0; at < archive->len; at += len) {
		len = archive->len - at < piece ? archive->len - at : piece;
		if (!ustar_reader_add(
			    &reader, (struct view){ (const char *)archive->data + at, len }, err)) {
			return false;
		}
	}
	return ustar_reader_end(&reader, err);
}

static void add_member(struct buf *archive, const char *name, const char *text)
{
	struct ustar_member member = { .size = strlen(text), .mtime_s = 1764000000 };
	uint8_t block[USTAR_BLOCK_BYTES];
	struct err err = { 0 };

	strcpy(member.name, name);
	assert_ok(ustar_header(block, &member, &err), &err);
	buf_add(archive, block, sizeof(block));
	buf_text(archive, text);
	if (ustar_padding(member.size) != 0) {
		assert_non_null(buf_grow(archive, ustar_padding(member.size)));
	}
}

static void sample(struct buf *archive)
{
	buf_reset(archive);
	add_member(archive, "manifest", "first");
	add_member(archive, "empty", "");
	add_member(archive, "store.db", "second");
	assert_non_null(buf_grow(archive, USTAR_END_BYTES));
}

/* However the bytes arrive, the same members are in them. */
static void test_ustar__reads_what_it_writes(void **state)
{
	static const size_t pieces[] = { 1, 7, 511, 512, 513, 100000 };
	struct buf archive = { 0 }, told = { 0 };
	struct err err = { 0 };
	size_t i;

	(void)state;
	sample(&archive);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		assert_ok(read_it(&told, &archive, pieces[i], &err), &err);
		assert_string_equal(
			buf_str(&told), "<manifest 5>first</><empty 0></><store.db 6>second</>");
	}
	buf_clear(&archive);
	buf_clear(&told);
}

/* One archive for one content: whatever else a byte says, it is refused. */
static void test_ustar__every_other_byte_of_a_header_is_refused(void **state)
{
	struct buf archive = { 0 }, told = { 0 };
	struct err err = { 0 };
	size_t at;

	(void)state;
	sample(&archive);
	for (at = 0; at < USTAR_BLOCK_BYTES; at++) {
		archive.data[at] ^= 1;
		assert_false(read_it(&told, &archive, 512, &err));
		archive.data[at] ^= 1;
	}
	/* Padding, and the blocks of the end. */
	for (at = USTAR_BLOCK_BYTES + 5; at < 2 * USTAR_BLOCK_BYTES; at += 50) {
		archive.data[at] ^= 1;
		assert_refused(read_it(&told, &archive, 512, &err), &err, ERR_FORMAT);
		archive.data[at] ^= 1;
	}
	archive.data[archive.len - 1] = 1;
	assert_refused(read_it(&told, &archive, 512, &err), &err, ERR_FORMAT);
	buf_clear(&archive);
	buf_clear(&told);
}

/* An archive ends where it ends. */
static void test_ustar__cut_or_lengthened_is_refused(void **state)
{
	struct buf archive = { 0 }, told = { 0 };
	struct err err = { 0 };
	size_t whole;

	(void)state;
	sample(&archive);
	whole = archive.len;
	for (archive.len = 0; archive.len < whole; archive.len += 64) {
		assert_refused(read_it(&told, &archive, 512, &err), &err, ERR_FORMAT);
	}
	archive.len = whole;
	buf_byte(&archive, 0);
	assert_refused(read_it(&told, &archive, 512, &err), &err, ERR_FORMAT);
	buf_clear(&archive);
	buf_clear(&told);
}

/* The file system of whoever restores is not the archive's to name. */
static void test_ustar__names_are_plain(void **state)
{
	static const char *const names[] = { "", "../x", "/x", "a/b", ".hidden", "a b", "a\n" };
	struct ustar_member member = { .size = 1 };
	uint8_t block[USTAR_BLOCK_BYTES];
	struct err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		strcpy(member.name, names[i]);
		assert_refused(ustar_header(block, &member, &err), &err, ERR_VALUE);
	}
}

/* A district's store may outgrow eleven octal digits. */
static void test_ustar__sizes_beyond_8_gib(void **state)
{
	struct ustar_member member = { .name = "store.db" };
	struct buf archive = { 0 }, told = { 0 };
	uint8_t block[USTAR_BLOCK_BYTES];
	struct ustar_reader reader;
	struct err err = { 0 };

	(void)state;
	member.size = UINT64_C(8) << 30;
	assert_ok(ustar_header(block, &member, &err), &err);
	assert_int_equal(block[124], 0x80);
	ustar_reader_init(&reader, &teller, &told);
	assert_ok(ustar_reader_add(
			  &reader, (struct view){ (const char *)block, sizeof(block) }, &err),
		&err);
	assert_true(reader.left == member.size);
	member.size--;
	assert_ok(ustar_header(block, &member, &err), &err);
	assert_memory_equal(block + 124, "77777777777", 12);
	member.size = (uint64_t)USTAR_MEMBER_MAX_BYTES + 1;
	assert_refused(ustar_header(block, &member, &err), &err, ERR_TOO_LARGE);
	buf_clear(&archive);
	buf_clear(&told);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MANIFEST(first, community, incarnation, made, store, key) \
	first "federation 64af539c61ea82da\ncommunity " community \
	      "\ndevice 3f9a1c22d0b84e17\nincarnation " incarnation "\nmade " made "\n" store key
#define STORE_LINE "file store.db 4096 " HASH "\n"
#define KEY_LINE "file device.key 119 " HASH "\n"
#define FIRST "linli backup 1\n"

/* The manifest decides what is compared with what: it has one form. */
static void test_manifest__one_text_for_one_value(void **state)
{
	static const char *const refused[] = {
		"",
		MANIFEST("linli backup 2\n", "a", "1", "5", STORE_LINE, KEY_LINE),
		MANIFEST(FIRST, "A", "1", "5", STORE_LINE, KEY_LINE),
		MANIFEST(FIRST, "a", "0", "5", STORE_LINE, KEY_LINE),
		MANIFEST(FIRST, "a", "01", "5", STORE_LINE, KEY_LINE),
		MANIFEST(FIRST, "a", "4294967296", "5", STORE_LINE, KEY_LINE),
		MANIFEST(FIRST, "a", "1", "-5", STORE_LINE, KEY_LINE),
		MANIFEST(FIRST, "a", "1", "5", KEY_LINE, STORE_LINE),
		MANIFEST(FIRST, "a", "1", "5", STORE_LINE, ""),
		MANIFEST(FIRST, "a", "1", "5", STORE_LINE, KEY_LINE KEY_LINE),
		MANIFEST(FIRST, "a", "1", "5", STORE_LINE, KEY_LINE "\n"),
		MANIFEST(FIRST, "a", "1", "5", "file store.db 0 " HASH "\n", KEY_LINE),
		MANIFEST(FIRST, "a", "1", "5", "file store.db 1099511627777 " HASH "\n", KEY_LINE),
		MANIFEST(FIRST, "a", "1", "5", STORE_LINE, "file device.key 65537 " HASH "\n"),
		MANIFEST(FIRST, "a", "1", "5", STORE_LINE, "file ../device.key 119 " HASH "\n"),
	};
	static const char good[] =
		MANIFEST(FIRST, "a-1", "2", "1764000000000", STORE_LINE, KEY_LINE);
	struct manifest manifest;
	struct buf text = { 0 };
	struct err err = { 0 };
	size_t i;

	(void)state;
	assert_ok(manifest_parse(&manifest, view_of(good), &err), &err);
	assert_string_equal(manifest.community, "a-1");
	assert_int_equal(manifest.incarnation, 2);
	assert_true(manifest.made_ms == 1764000000000);
	assert_true(manifest.files[MANIFEST_STORE].bytes == 4096);
	manifest_print(&text, &manifest);
	assert_string_equal(buf_str(&text), good);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_refused(
			manifest_parse(&manifest, view_of(refused[i]), &err), &err, ERR_FORMAT);
	}
	for (i = 0; i < strlen(good); i++) {
		buf_reset(&text);
		buf_add(&text, good, i);
		assert_refused(
			manifest_parse(&manifest, buf_as_view(&text), &err), &err, ERR_FORMAT);
	}
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ustar__reads_what_it_writes),
		cmocka_unit_test(test_ustar__every_other_byte_of_a_header_is_refused),
		cmocka_unit_test(test_ustar__cut_or_lengthened_is_refused),
		cmocka_unit_test(test_ustar__names_are_plain),
		cmocka_unit_test(test_ustar__sizes_beyond_8_gib),
		cmocka_unit_test(test_manifest__one_text_for_one_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
