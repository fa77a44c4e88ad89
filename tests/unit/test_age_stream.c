/* test_age_stream.c -- sealed files that come piece by piece are the same files. */
#include "crypto_test.h"

#include "age_stream.h"

#define CHUNK 65536
#define SEALED_CHUNK (CHUNK + 16)

static const size_t sizes[] = { 0, 1, 512, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))
static const size_t pieces[] = { 1000, 1, CHUNK, 3 * CHUNK, 65537 };
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static void fill(struct buf *out, size_t len)
{
	size_t i;

	buf_reset(out);
	assert_true(len == 0 || buf_grow(out, len) != NULL);
	for (i = 0; i < len; i++) {
		out->data[i] = (uint8_t)(i * 7 + i / 251);
	}
}

/* Seal ${plain} in pieces of ${piece} bytes. */
static void seal(struct buf *out, const struct key *key, const struct buf *plain, size_t piece)
{
	struct age_recipient recipient;
	struct age_sealer *sealer;
	struct err err = { 0 };
	size_t at, len;

	buf_reset(out);
	assert_ok(age_recipient_of(&recipient, key, &err), &err);
	assert_ok(age_sealer_new(&sealer, out, &recipient, 1, env_system(), &err), &err);
	for (at = 0; at < plain->len; at += len) {
		len = plain->len - at < piece ? plain->len - at : piece;
		assert_ok(age_sealer_add(sealer, out,
				  (struct view){ (const char *)plain->data + at, len }, &err),
			&err);
	}
	assert_ok(age_sealer_end(sealer, out, &err), &err);
	age_sealer_free(sealer);
}

/* Open the first ${len} bytes of ${sealed} in pieces of ${piece} bytes. */
static bool open_as(struct buf *out, const struct age_identity *identities, size_t count,
	const struct buf *sealed, size_t len, size_t piece, struct err *err)
{
	struct age_opener *opener;
	size_t at = 0, part;
	bool ok = true;

	buf_reset(out);
	assert_ok(age_opener_new(&opener, identities, count, err), err);
	for (; ok && at < len; at += part) {
		part = len - at < piece ? len - at : piece;
		ok = age_opener_add(
			opener, out, (struct view){ (const char *)sealed->data + at, part }, err);
	}
	ok = ok && age_opener_end(opener, out, err);
	age_opener_free(opener);
	return ok;
}

/* What is written as it comes, every age opens; and what it wrote is read as it comes. */
static void test_stream__both_ways_are_one_format(void **state)
{
	struct key *key = sample_key();
	struct buf plain = { 0 }, sealed = { 0 }, out = { 0 };
	struct age_recipient recipient;
	struct age_identity identity;
	struct err err = { 0 };
	size_t i, j;

	(void)state;
	age_identity_of(&identity, key);
	assert_ok(age_recipient_of(&recipient, key, &err), &err);
	for (i = 0; i < SIZES; i++) {
		fill(&plain, sizes[i]);
		for (j = 0; j < PIECES; j++) {
			seal(&sealed, key, &plain, pieces[j]);
			buf_reset(&out);
			assert_ok(age_open(&out, key, buf_as_view(&sealed), 1 << 20, &err), &err);
			assert_true(view_equal(buf_as_view(&out), buf_as_view(&plain)));
			buf_reset(&sealed);
			assert_ok(age_seal(&sealed, &recipient, 1, buf_as_view(&plain),
					  env_system(), &err),
				&err);
			assert_ok(open_as(&out, &identity, 1, &sealed, sealed.len, pieces[j], &err),
				&err);
			assert_true(view_equal(buf_as_view(&out), buf_as_view(&plain)));
		}
	}
	buf_clear(&plain);
	buf_clear(&sealed);
	buf_clear(&out);
	key_free(key);
}

/* A backup that was cut short must not pass for a shorter one, wherever it was cut. */
static void test_stream__cut_or_lengthened_is_refused(void **state)
{
	struct key *key = sample_key();
	struct buf plain = { 0 }, sealed = { 0 }, out = { 0 };
	struct age_identity identity;
	size_t i, payload, cuts[8];
	struct err err = { 0 };

	(void)state;
	age_identity_of(&identity, key);
	fill(&plain, 2 * CHUNK);
	seal(&sealed, key, &plain, 5000);
	payload = sealed.len - 2 * SEALED_CHUNK;
	cuts[0] = 0;
	cuts[1] = 10;
	cuts[2] = payload - 16;
	cuts[3] = payload;
	cuts[4] = payload + 15;
	cuts[5] = payload + SEALED_CHUNK;
	cuts[6] = payload + SEALED_CHUNK + 16;
	cuts[7] = sealed.len - 1;
	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		assert_false(open_as(&out, &identity, 1, &sealed, cuts[i], 4096, &err));
		assert_true(err.code == ERR_HASH || err.code == ERR_FORMAT);
	}
	buf_byte(&sealed, 0);
	assert_refused(
		open_as(&out, &identity, 1, &sealed, sealed.len, 4096, &err), &err, ERR_HASH);
	buf_clear(&plain);
	buf_clear(&sealed);
	buf_clear(&out);
	key_free(key);
}

/* One bit anywhere: nothing of the chunk that it is in is given out. */
static void test_stream__altered_is_refused(void **state)
{
	struct key *key = sample_key();
	struct buf plain = { 0 }, sealed = { 0 }, out = { 0 };
	struct age_identity identity;
	struct err err = { 0 };
	size_t at;

	(void)state;
	age_identity_of(&identity, key);
	fill(&plain, CHUNK + 100);
	seal(&sealed, key, &plain, CHUNK);
	for (at = 0; at < sealed.len; at += at < 400 ? 1 : 6007) {
		sealed.data[at] ^= 1;
		assert_false(open_as(&out, &identity, 1, &sealed, sealed.len, 3000, &err));
		assert_true(out.len == 0 || out.len == CHUNK);
		sealed.data[at] ^= 1;
	}
	buf_clear(&plain);
	buf_clear(&sealed);
	buf_clear(&out);
	key_free(key);
}

/* A drawer of old identities opens what any of them opens, and nothing else. */
static void test_stream__any_of_the_identities_opens(void **state)
{
	uint8_t seed[KEY_SEED_BYTES] = { 9 };
	struct key *key = sample_key(), *other;
	struct buf plain = { 0 }, sealed = { 0 }, out = { 0 };
	struct age_identity identities[2];
	struct err err = { 0 };

	(void)state;
	assert_ok(key_from_seed(&other, seed, &err), &err);
	age_identity_of(&identities[0], other);
	age_identity_of(&identities[1], key);
	fill(&plain, 3000);
	seal(&sealed, key, &plain, 100);
	assert_ok(open_as(&out, identities, 2, &sealed, sealed.len, 100, &err), &err);
	assert_true(view_equal(buf_as_view(&out), buf_as_view(&plain)));
	assert_refused(
		open_as(&out, identities, 1, &sealed, sealed.len, 100, &err), &err, ERR_SEALED);
	assert_refused(
		open_as(&out, identities, 0, &sealed, sealed.len, 100, &err), &err, ERR_SEALED);
	buf_clear(&plain);
	buf_clear(&sealed);
	buf_clear(&out);
	key_free(key);
	key_free(other);
}

/* A large file that is no age file is not read into memory to find that out. */
static void test_stream__a_header_has_its_cap(void **state)
{
	struct key *key = sample_key();
	struct buf endless = { 0 }, out = { 0 };
	struct age_identity identity;
	struct err err = { 0 };

	(void)state;
	age_identity_of(&identity, key);
	buf_text(&endless, "age-encryption.org/v1\n-> ");
	while (endless.len < AGE_MAX_HEADER_BYTES + CHUNK) {
		buf_byte(&endless, 'x');
	}
	assert_refused(open_as(&out, &identity, 1, &endless, endless.len, CHUNK, &err), &err,
		ERR_TOO_LARGE);
	buf_reset(&endless);
	while (endless.len < AGE_MAX_HEADER_BYTES + CHUNK) {
		buf_byte(&endless, 'x');
	}
	assert_refused(
		open_as(&out, &identity, 1, &endless, endless.len, CHUNK, &err), &err, ERR_FORMAT);
	buf_clear(&endless);
	buf_clear(&out);
	key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream__both_ways_are_one_format),
		cmocka_unit_test(test_stream__cut_or_lengthened_is_refused),
		cmocka_unit_test(test_stream__altered_is_refused),
		cmocka_unit_test(test_stream__any_of_the_identities_opens),
		cmocka_unit_test(test_stream__a_header_has_its_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
