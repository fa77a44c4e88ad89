/* test_deflate.c -- zlib streams of a known length. */
#include "test.h"

#include "deflate.h"

static void pack_zeros(struct buf *out, size_t len)
{
	struct buf zeros = { 0 };
	struct err err;

	assert_non_null(buf_grow(&zeros, len));
	assert_ok(deflate_pack(out, buf_as_view(&zeros), &err), &err);
	buf_clear(&zeros);
}

static void test_deflate__round_trips(void **state)
{
	static const char *const texts[] = { "", "a", "{\"t\":1}\n{\"t\":2}\n" };
	struct buf packed = { 0 }, out = { 0 };
	struct err err;
	size_t i, used;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_reset(&packed);
		buf_reset(&out);
		assert_ok(deflate_pack(&packed, view_of(texts[i]), &err), &err);
		assert_ok(deflate_unpack(&out, buf_as_view(&packed), &used, strlen(texts[i]), &err),
			&err);
		assert_string_equal(buf_str(&out), texts[i]);
		assert_int_equal(used, packed.len);
	}
	buf_clear(&packed);
	buf_clear(&out);
}

/* Streams stand one after the other in a pack; each says where it ends. */
static void test_deflate__stops_at_the_end_of_the_stream(void **state)
{
	struct buf packed = { 0 }, out = { 0 };
	struct inflater *inflater;
	struct err err;
	size_t used, first;
	struct view rest;

	(void)state;
	assert_ok(deflate_pack(&packed, view_of("one"), &err), &err);
	first = packed.len;
	assert_ok(deflate_pack(&packed, view_of("three"), &err), &err);
	assert_ok(inflater_new(&inflater, &err), &err);
	rest = buf_as_view(&packed);
	assert_ok(inflater_unpack(inflater, &out, rest, &used, 3, &err), &err);
	assert_int_equal(used, first);
	rest.data += used;
	rest.len -= used;
	assert_ok(inflater_unpack(inflater, &out, rest, &used, 5, &err), &err);
	assert_int_equal(used, rest.len);
	assert_string_equal(buf_str(&out), "onethree");
	inflater_free(inflater);
	buf_clear(&packed);
	buf_clear(&out);
}

/* A bomb: 8 MB from 8 KB.  No more is ever held than was announced. */
static void test_deflate__never_exceeds_the_announced_length(void **state)
{
	struct buf packed = { 0 }, out = { 0 };
	struct err err;
	size_t used;

	(void)state;
	pack_zeros(&packed, 8 * 1024 * 1024);
	assert_true(packed.len < 16 * 1024);
	assert_refused(deflate_unpack(&out, buf_as_view(&packed), &used, 1000, &err), &err,
		ERR_FORMAT);
	assert_int_equal(out.len, 0);
	assert_true(out.room <= 2048);
	/* And nothing at all for what so few bytes cannot be. */
	assert_refused(deflate_unpack(&out, (struct view){ (const char *)packed.data, 40 }, &used,
			       8 * 1024 * 1024, &err), &err, ERR_FORMAT);
	assert_true(out.room <= 2048);
	buf_clear(&packed);
	buf_clear(&out);
}

static void test_deflate__refuses_any_other_length(void **state)
{
	struct buf packed = { 0 }, out = { 0 };
	struct err err;
	size_t used;

	(void)state;
	buf_text(&out, "kept");
	pack_zeros(&packed, 100);
	assert_refused(deflate_unpack(&out, buf_as_view(&packed), &used, 99, &err), &err, ERR_FORMAT);
	assert_refused(deflate_unpack(&out, buf_as_view(&packed), &used, 101, &err), &err, ERR_FORMAT);
	assert_refused(deflate_unpack(&out, buf_as_view(&packed), &used, 0, &err), &err, ERR_FORMAT);
	assert_string_equal(buf_str(&out), "kept");
	buf_clear(&packed);
	buf_clear(&out);
}

/*
 * Cut anywhere it is refused; with any one bit changed it is refused or, where
 * the bit only fills up a byte, gives the same content.
 */
static void test_deflate__never_gives_other_content(void **state)
{
	struct buf packed = { 0 }, out = { 0 };
	struct inflater *inflater;
	struct err err;
	size_t used, i, accepted = 0;

	(void)state;
	assert_ok(inflater_new(&inflater, &err), &err);
	assert_ok(deflate_pack(&packed, view_of("twelve bytes"), &err), &err);
	for (i = 0; i < packed.len; i++) {
		struct view part = { (const char *)packed.data, i };

		assert_refused(inflater_unpack(inflater, &out, part, &used, 12, &err), &err,
			ERR_FORMAT);
	}
	for (i = 0; i < packed.len * 8; i++) {
		packed.data[i / 8] ^= (uint8_t)(1 << i % 8);
		buf_reset(&out);
		if (inflater_unpack(inflater, &out, buf_as_view(&packed), &used, 12, &err)) {
			assert_string_equal(buf_str(&out), "twelve bytes");
			accepted++;
		} else {
			assert_int_equal(err.code, ERR_FORMAT);
			assert_int_equal(out.len, 0);
		}
		packed.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(accepted < 8);
	inflater_free(inflater);
	buf_clear(&packed);
	buf_clear(&out);
}

/* The same content gives the same stream, whatever was packed before. */
static void test_deflater__keeps_nothing_from_before(void **state)
{
	struct buf once = { 0 }, again = { 0 };
	struct deflater *deflater;
	struct err err;

	(void)state;
	assert_ok(deflater_new(&deflater, &err), &err);
	assert_ok(deflater_pack(deflater, &once, view_of("aaaa bbbb"), &err), &err);
	buf_reset(&once);
	assert_ok(deflater_pack(deflater, &once, view_of("bbbb aaaa"), &err), &err);
	assert_ok(deflate_pack(&again, view_of("bbbb aaaa"), &err), &err);
	assert_true(view_equal(buf_as_view(&once), buf_as_view(&again)));
	deflater_free(deflater);
	buf_clear(&once);
	buf_clear(&again);
}

/* An HTTP body comes so: taken whole, never beyond what is allowed, nothing behind it. */
static void test_gzip__is_unpacked_within_bounds(void **state)
{
	/* printf hello | gzip -n */
	static const unsigned char file[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48,
		0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0, 0 };
	struct view whole = { (const char *)file, sizeof(file) - 1 };
	struct buf out = { 0 };
	struct err err;
	size_t i;

	(void)state;
	assert_ok(gzip_unpack(&out, whole, 5, &err), &err);
	assert_string_equal(buf_str(&out), "hello");
	assert_refused(gzip_unpack(&out, whole, 4, &err), &err, ERR_TOO_LARGE);
	assert_refused(gzip_unpack(&out, (struct view){ (const char *)file, sizeof(file) }, 5, &err),
		&err, ERR_FORMAT);
	for (i = 0; i < whole.len; i++) {
		struct view part = { whole.data, i };

		assert_refused(gzip_unpack(&out, part, 5, &err), &err, ERR_FORMAT);
	}
	assert_string_equal(buf_str(&out), "hello");
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deflate__round_trips),
		cmocka_unit_test(test_deflate__stops_at_the_end_of_the_stream),
		cmocka_unit_test(test_deflate__never_exceeds_the_announced_length),
		cmocka_unit_test(test_deflate__refuses_any_other_length),
		cmocka_unit_test(test_deflate__never_gives_other_content),
		cmocka_unit_test(test_deflater__keeps_nothing_from_before),
		cmocka_unit_test(test_gzip__is_unpacked_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
