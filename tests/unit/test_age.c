/* test_age.c -- sealed files, against the age program and hostile ones. */
#include "crypto_test.h"

#include "age_internal.h"
#include "hmac.h"

#define CAP 4096
#define CHUNK 65536
#define SEALED_CHUNK (CHUNK + 16)

static bool open_sample(struct view sample, struct err *err)
{
	struct key *key = sample_key();
	struct buf out = { 0 };
	bool ok;

	buf_text(&out, "before");
	ok = age_open(&out, key, sample, CAP, err);
	if (ok) {
		assert_true(strcmp(buf_str(&out), "beforeage") == 0 ||
			strcmp(buf_str(&out), "before") == 0);
	} else {
		assert_string_equal(buf_str(&out), "before");
	}
	buf_clear(&out);
	key_free(key);
	return ok;
}

/* Whatever a found stick holds: the right code, and nothing written. */
static void test_age__samples(void **state)
{
	(void)state;
	check_samples("tests/data/age", 35, open_sample);
}

static void fill(struct buf *out, size_t len)
{
	uint32_t n = 1;
	size_t i;

	buf_reset(out);
	if (len != 0) {
		assert_non_null(buf_grow(out, len));
	}
	for (i = 0; i < len; i++) {
		n = n * 1664525 + 1013904223;
		out->data[i] = (uint8_t)(n >> 24);
	}
}

/* Seals ${plain} to ${key}. */
static void seal_to(struct buf *out, const struct key *key, const struct buf *plain)
{
	struct age_recipient recipient;
	struct err err = { 0 };

	buf_reset(out);
	assert_ok(age_recipient_of(&recipient, key, &err), &err);
	assert_ok(age_seal(out, &recipient, 1, buf_as_view(plain), env_system(), &err), &err);
}

/* Each recipient opens it, nobody else does, at every edge of a chunk. */
static void test_age__opens_for_its_recipients_only(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK,
		2 * CHUNK + 1, 3 * CHUNK + 77 };
	struct key *keys[4];
	struct age_recipient to[3];
	struct buf plain = { 0 }, sealed = { 0 }, out = { 0 };
	struct err err = { 0 };
	size_t i, k;

	(void)state;
	for (k = 0; k < 4; k++) {
		assert_ok(key_generate(&keys[k], env_system(), &err), &err);
	}
	for (k = 0; k < 3; k++) {
		assert_ok(age_recipient_of(&to[k], keys[k], &err), &err);
	}
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill(&plain, sizes[i]);
		buf_reset(&sealed);
		assert_ok(age_seal(&sealed, to, 3, buf_as_view(&plain), env_system(), &err), &err);
		for (k = 0; k < 3; k++) {
			buf_reset(&out);
			assert_ok(age_open(&out, keys[k], buf_as_view(&sealed), sizes[i], &err),
				&err);
			assert_true(view_equal(buf_as_view(&out), buf_as_view(&plain)));
		}
		buf_reset(&out);
		assert_refused(age_open(&out, keys[3], buf_as_view(&sealed), SIZE_MAX, &err), &err,
			ERR_SEALED);
		if (sizes[i] != 0) {
			assert_refused(
				age_open(&out, keys[0], buf_as_view(&sealed), sizes[i] - 1, &err),
				&err, ERR_TOO_LARGE);
		}
		assert_int_equal(out.len, 0);
	}
	for (k = 0; k < 4; k++) {
		key_free(keys[k]);
	}
	buf_clear(&plain);
	buf_clear(&sealed);
	buf_clear(&out);
}

static void test_age__no_bit_is_free(void **state)
{
	struct key *key = sample_key();
	struct buf plain = { 0 }, sealed = { 0 }, out = { 0 };
	struct err err = { 0 };
	size_t i;

	(void)state;
	fill(&plain, 20);
	seal_to(&sealed, key, &plain);
	for (i = 0; i < sealed.len * 8; i++) {
		sealed.data[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_false(age_open(&out, key, buf_as_view(&sealed), CAP, &err));
		assert_int_equal(out.len, 0);
		sealed.data[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	for (i = 0; i < sealed.len; i++) {
		assert_false(
			age_open(&out, key, (struct view){ (char *)sealed.data, i }, CAP, &err));
	}
	assert_ok(age_open(&out, key, buf_as_view(&sealed), CAP, &err), &err);
	buf_clear(&plain);
	buf_clear(&sealed);
	buf_clear(&out);
	key_free(key);
}

/* Expects ERR_HASH for ${sealed}'s header and then the chunks named in ${order}. */
static void refuse_chunks(
	const struct key *key, const struct buf *sealed, size_t header, const char *order)
{
	const uint8_t *chunks = sealed->data + header;
	size_t total = sealed->len - header;
	struct buf file = { 0 }, out = { 0 };
	struct err err = { 0 };

	buf_add(&file, sealed->data, header);
	for (; *order != '\0'; order++) {
		size_t at = (size_t)(*order - '0') * SEALED_CHUNK;

		buf_add(&file, chunks + at, total - at < SEALED_CHUNK ? total - at : SEALED_CHUNK);
	}
	assert_refused(age_open(&out, key, buf_as_view(&file), SIZE_MAX, &err), &err, ERR_HASH);
	assert_int_equal(out.len, 0);
	buf_clear(&file);
	buf_clear(&out);
}

/*
 * Chunks cannot be cut off, doubled, swapped or added (mirrors the cases of
 * several chunks in CCTV: stream_no_final_two_chunks, stream_two_final_chunks,
 * stream_last_chunk_empty, stream_short_second_chunk, ...).
 */
static void test_age__chunks_keep_their_places(void **state)
{
	static const size_t sizes[] = { 3 * CHUNK, 2 * CHUNK + 5 };
	struct key *key = sample_key();
	struct buf plain = { 0 }, sealed = { 0 }, out = { 0 };
	struct err err = { 0 };
	size_t i, cut, header;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill(&plain, sizes[i]);
		seal_to(&sealed, key, &plain);
		header = sealed.len - sizes[i] - 3 * 16;
		refuse_chunks(key, &sealed, header, "");
		refuse_chunks(key, &sealed, header, "0");
		refuse_chunks(key, &sealed, header, "01");
		refuse_chunks(key, &sealed, header, "2");
		refuse_chunks(key, &sealed, header, "02");
		refuse_chunks(key, &sealed, header, "102");
		refuse_chunks(key, &sealed, header, "0112");
		refuse_chunks(key, &sealed, header, "0122");
		refuse_chunks(key, &sealed, header, "0121");
		/* Cut within the last chunk, in its text and in its tag. */
		for (cut = 1; sealed.len - cut > header + 2 * SEALED_CHUNK; cut += cut / 2 + 1) {
			struct view file = { (char *)sealed.data, sealed.len - cut };

			assert_refused(age_open(&out, key, file, SIZE_MAX, &err), &err, ERR_HASH);
		}
	}
	buf_clear(&plain);
	buf_clear(&sealed);
	buf_clear(&out);
	key_free(key);
}

/*
 * A file whose author sealed its last chunk empty, after a full one: whatever
 * is behind the tag, the same contents would have two forms.
 */
static void test_age__no_empty_chunk_after_others(void **state)
{
	static const uint8_t file_key[AGE_FILE_KEY_BYTES] = { 7 }, salt[16] = { 9 };
	uint8_t key_bytes[SHA256_BYTES], chunk[SEALED_CHUNK], nonce[AGE_NONCE_BYTES] = { 0 };
	struct key *key = sample_key();
	struct age_recipient to;
	struct age_aead *aead;
	struct buf plain = { 0 }, file = { 0 }, out = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(age_recipient_of(&to, key, &err), &err);
	assert_ok(age_header_write(&file, &to, 1, file_key, env_system(), &err), &err);
	buf_add(&file, salt, sizeof(salt));
	hkdf_sha256(key_bytes, (struct view){ (const char *)file_key, sizeof(file_key) },
		(struct view){ (const char *)salt, sizeof(salt) }, VIEW_LITERAL("payload"));
	assert_ok(age_aead_new(&aead, key_bytes, &err), &err);
	fill(&plain, CHUNK);
	assert_ok(age_aead_seal(aead, chunk, nonce, plain.data, CHUNK, &err), &err);
	buf_add(&file, chunk, SEALED_CHUNK);
	nonce[10] = 1;
	nonce[11] = 1;
	/* With one byte in the last chunk it is well-formed, ... */
	assert_ok(age_aead_seal(aead, chunk, nonce, (const uint8_t *)"x", 1, &err), &err);
	buf_add(&file, chunk, 17);
	assert_ok(age_open(&out, key, buf_as_view(&file), SIZE_MAX, &err), &err);
	assert_int_equal(out.len, CHUNK + 1);
	/* ... with none it is not. */
	file.len -= 17;
	assert_ok(age_aead_seal(aead, chunk, nonce, (const uint8_t *)"", 0, &err), &err);
	buf_add(&file, chunk, 16);
	assert_refused(age_open(&out, key, buf_as_view(&file), SIZE_MAX, &err), &err, ERR_HASH);
	age_aead_free(aead);
	buf_clear(&plain);
	buf_clear(&file);
	buf_clear(&out);
	key_free(key);
}

/* A header costs a bounded amount of work, whoever wrote it. */
static void test_age__header_has_caps(void **state)
{
	struct key *key = sample_key();
	struct buf file = { 0 }, out = { 0 };
	struct err err = { 0 };
	size_t i;

	(void)state;
	buf_text(&file, "age-encryption.org/v1\n");
	for (i = 0; i < AGE_MAX_RECIPIENTS; i++) {
		buf_text(&file, "-> x\n\n");
	}
	assert_refused(age_open(&out, key, buf_as_view(&file), CAP, &err), &err, ERR_FORMAT);
	buf_text(&file, "-> x\n\n");
	assert_refused(age_open(&out, key, buf_as_view(&file), CAP, &err), &err, ERR_TOO_LARGE);
	buf_reset(&file);
	buf_text(&file, "age-encryption.org/v1\n-> x\n");
	while (file.len <= AGE_MAX_HEADER_BYTES) {
		buf_text(&file,
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
	}
	assert_refused(age_open(&out, key, buf_as_view(&file), CAP, &err), &err, ERR_TOO_LARGE);
	buf_reset(&file);
	buf_text(&file, "age-encryption.org/v1\n-> ");
	while (file.len <= AGE_MAX_HEADER_BYTES) {
		buf_text(&file,
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	}
	assert_refused(age_open(&out, key, buf_as_view(&file), CAP, &err), &err, ERR_TOO_LARGE);
	buf_clear(&file);
	buf_clear(&out);
	key_free(key);
}

/* As many recipients as are allowed fit under the cap of the header. */
static void test_age__a_full_house_opens(void **state)
{
	struct age_recipient *to = calloc(AGE_MAX_RECIPIENTS, sizeof(*to));
	struct key *key = sample_key();
	struct buf sealed = { 0 }, out = { 0 };
	struct err err = { 0 };
	size_t i;

	(void)state;
	assert_non_null(to);
	for (i = 0; i < AGE_MAX_RECIPIENTS; i++) {
		to[i].bytes[0] = 9; /* the base point */
	}
	assert_ok(age_recipient_of(&to[AGE_MAX_RECIPIENTS - 1], key, &err), &err);
	assert_ok(
		age_seal(&sealed, to, AGE_MAX_RECIPIENTS, view_of("x"), env_system(), &err), &err);
	assert_ok(age_open(&out, key, buf_as_view(&sealed), 1, &err), &err);
	assert_string_equal(buf_str(&out), "x");
	assert_refused(
		age_seal(&sealed, to, AGE_MAX_RECIPIENTS + 1, view_of("x"), env_system(), &err),
		&err, ERR_TOO_LARGE);
	free(to);
	buf_clear(&sealed);
	buf_clear(&out);
	key_free(key);
}

/* What cannot be sealed leaves nothing behind that looks as if it were. */
static void test_age_seal__all_or_nothing(void **state)
{
	struct key *key = sample_key();
	struct age_recipient to[2] = { { { 0 } }, { { 0 } } };
	struct chance chance;
	struct buf out = { 0 };
	struct err err = { 0 };
	const struct env *env;
	uint64_t call;

	(void)state;
	assert_ok(age_recipient_of(&to[0], key, &err), &err);
	to[1] = to[0];
	buf_text(&out, "before");
	for (call = 1;; call++) {
		env = chance_init(&chance, call);
		if (age_seal(&out, to, 2, view_of("x"), env, &err)) {
			break;
		}
		assert_int_equal(err.code, ERR_IO);
		assert_string_equal(buf_str(&out), "before");
	}
	assert_int_equal(call, 5); /* file key, nonce, two shares */
	buf_clear(&out);
	env = chance_init(&chance, 0);
	assert_refused(age_seal(&out, to, 0, view_of("x"), env, &err), &err, ERR_USAGE);
	memset(to[1].bytes, 0, sizeof(to[1].bytes));
	assert_refused(age_seal(&out, to, 2, view_of("x"), env, &err), &err, ERR_KEY);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
	key_free(key);
}

/* The example of the specification. */
static void test_age_text__known_answer(void **state)
{
	static const char identity_text[] =
		"AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
	static const char recipient_text[] =
		"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
	char text[AGE_IDENTITY_TEXT_BYTES];
	struct age_recipient recipient;
	struct age_identity identity;
	struct err err = { 0 };

	(void)state;
	assert_ok(age_identity_parse(&identity, view_of(identity_text), &err), &err);
	age_identity_print(text, &identity);
	assert_string_equal(text, identity_text);
	assert_ok(age_identity_recipient(&recipient, &identity, &err), &err);
	age_recipient_print(text, &recipient);
	assert_string_equal(text, recipient_text);
	age_identity_wipe(&identity);
	assert_int_equal(identity.bytes[0], 0);
}

/* Read out and typed in: a slip of one character never names somebody else. */
static void test_age_text__is_strict(void **state)
{
	struct key *key = sample_key();
	char good[AGE_RECIPIENT_TEXT_BYTES], text[AGE_IDENTITY_TEXT_BYTES + 1];
	struct age_recipient recipient, again;
	struct age_identity identity;
	struct err err = { 0 };
	size_t i;
	int c;

	(void)state;
	assert_ok(age_recipient_of(&recipient, key, &err), &err);
	age_recipient_print(good, &recipient);
	assert_ok(age_recipient_parse(&again, view_of(good), &err), &err);
	assert_memory_equal(&again, &recipient, sizeof(again));
	for (i = 0; i < sizeof(good) - 1; i++) {
		for (c = 0; c < 256; c++) {
			memcpy(text, good, sizeof(good));
			text[i] = (char)c;
			if (text[i] != good[i]) {
				assert_refused(
					age_recipient_parse(&again,
						(struct view){ text, sizeof(good) - 1 }, &err),
					&err, ERR_FORMAT);
			}
		}
		assert_refused(age_recipient_parse(&again, (struct view){ good, i }, &err), &err,
			ERR_FORMAT);
	}
	snprintf(text, sizeof(text), "%sq", good);
	assert_refused(age_recipient_parse(&again, view_of(text), &err), &err, ERR_FORMAT);
	for (i = 0; good[i] != '\0'; i++) {
		text[i] = good[i] >= 'a' && good[i] <= 'z' ? (char)(good[i] - 32) : good[i];
	}
	assert_refused(
		age_recipient_parse(&again, (struct view){ text, i }, &err), &err, ERR_FORMAT);
	age_identity_of(&identity, key);
	age_identity_print(text, &identity);
	text[20] = text[20] == 'Q' ? 'P' : 'Q';
	assert_refused(age_identity_parse(&identity, view_of(text), &err), &err, ERR_FORMAT);
	assert_refused(age_identity_parse(&identity, view_of(good), &err), &err, ERR_FORMAT);
	key_free(key);
}

/* Points with which anyone could read what is sealed, and second spellings. */
static void test_age_recipient__refuses_weak_points(void **state)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0900000000000000000000000000000000000000000000000000000000000080",
	};
	struct age_recipient recipient, again;
	char text[AGE_RECIPIENT_TEXT_BYTES];
	struct err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		assert_true(hex_decode(recipient.bytes, AGE_KEY_BYTES, view_of(points[i])));
		age_recipient_print(text, &recipient);
		assert_refused(age_recipient_parse(&again, view_of(text), &err), &err, ERR_KEY);
	}
}

/*
 * Sealed by us, opened by age, also where the last chunk is full or empty, and
 * where the counter of chunks needs a second byte.
 */
static void test_age__the_program_opens_ours(void **state)
{
	static const size_t sizes[] = { 0, 1, CHUNK, CHUNK + 1, 2 * CHUNK, 257 * CHUNK };
	struct key *key = sample_key();
	struct age_identity identity;
	char folder[32], text[AGE_IDENTITY_TEXT_BYTES];
	struct buf plain = { 0 }, sealed = { 0 }, out = { 0 };
	size_t i;

	(void)state;
	skip_without("age");
	folder_make(folder);
	age_identity_of(&identity, key);
	age_identity_print(text, &identity);
	folder_write(folder, "identity", view_of(text));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill(&plain, sizes[i]);
		seal_to(&sealed, key, &plain);
		folder_write(folder, "sealed", buf_as_view(&sealed));
		assert_int_equal(folder_run(folder, "age -d -i identity sealed"), 0);
		buf_reset(&out);
		folder_read(&out, folder, "out");
		assert_true(view_equal(buf_as_view(&out), buf_as_view(&plain)));
	}
	folder_remove(folder);
	buf_clear(&plain);
	buf_clear(&sealed);
	buf_clear(&out);
	key_free(key);
}

/* Sealed by age to a key of age-keygen's and to ours, opened by us. */
static void test_age__opens_the_programs(void **state)
{
	static const size_t sizes[] = { 0, 1, CHUNK, CHUNK + 1, 2 * CHUNK };
	struct key *key = sample_key();
	struct age_recipient recipient;
	struct age_identity identity;
	char folder[32], command[200], text[AGE_RECIPIENT_TEXT_BYTES],
		other[AGE_RECIPIENT_TEXT_BYTES];
	struct buf plain = { 0 }, sealed = { 0 }, out = { 0 };
	struct err err = { 0 };
	size_t i;

	(void)state;
	skip_without("age");
	skip_without("age-keygen");
	folder_make(folder);
	/* Their key: our reading of it must give their recipient. */
	assert_int_equal(folder_run(folder, "age-keygen | grep -v '^#' | tr -d '\\n'"), 0);
	folder_read(&out, folder, "out");
	assert_ok(age_identity_parse(&identity, buf_as_view(&out), &err), &err);
	assert_ok(age_identity_recipient(&recipient, &identity, &err), &err);
	age_recipient_print(other, &recipient);
	folder_write(folder, "theirs", buf_as_view(&out));
	assert_int_equal(folder_run(folder, "age-keygen -y theirs"), 0);
	buf_reset(&out);
	folder_read(&out, folder, "out");
	assert_memory_equal(buf_str(&out), other, strlen(other));
	assert_ok(age_recipient_of(&recipient, key, &err), &err);
	age_recipient_print(text, &recipient);
	snprintf(command, sizeof(command), "age -r %s -r %s plain", other, text);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill(&plain, sizes[i]);
		folder_write(folder, "plain", buf_as_view(&plain));
		assert_int_equal(folder_run(folder, command), 0);
		buf_reset(&sealed);
		folder_read(&sealed, folder, "out");
		buf_reset(&out);
		assert_ok(age_open(&out, key, buf_as_view(&sealed), sizes[i], &err), &err);
		assert_true(view_equal(buf_as_view(&out), buf_as_view(&plain)));
		buf_reset(&out);
		assert_ok(age_open_as(&out, &identity, buf_as_view(&sealed), sizes[i], &err), &err);
		assert_true(view_equal(buf_as_view(&out), buf_as_view(&plain)));
	}
	/* A passphrase is no recipient of ours; ASCII armour is not read. */
	snprintf(command, sizeof(command), "age -a -r %s plain", text);
	assert_int_equal(folder_run(folder, command), 0);
	buf_reset(&sealed);
	folder_read(&sealed, folder, "out");
	assert_refused(age_open(&out, key, buf_as_view(&sealed), SIZE_MAX, &err), &err, ERR_FORMAT);
	folder_remove(folder);
	buf_clear(&plain);
	buf_clear(&sealed);
	buf_clear(&out);
	key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_age__samples),
		cmocka_unit_test(test_age__opens_for_its_recipients_only),
		cmocka_unit_test(test_age__no_bit_is_free),
		cmocka_unit_test(test_age__chunks_keep_their_places),
		cmocka_unit_test(test_age__no_empty_chunk_after_others),
		cmocka_unit_test(test_age__header_has_caps),
		cmocka_unit_test(test_age__a_full_house_opens),
		cmocka_unit_test(test_age_seal__all_or_nothing),
		cmocka_unit_test(test_age_text__known_answer),
		cmocka_unit_test(test_age_text__is_strict),
		cmocka_unit_test(test_age_recipient__refuses_weak_points),
		cmocka_unit_test(test_age__the_program_opens_ours),
		cmocka_unit_test(test_age__opens_the_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
