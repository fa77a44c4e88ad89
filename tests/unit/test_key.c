/* test_key.c -- device keys, their files, and what is refused as a key. */
#include "crypto_test.h"

/* RFC 8032, 7.1: tests 1, 2, 3 and SHA(abc). */
static const struct {
	const char *seed, *public, *message, *signature;
} rfc8032[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc6"
		"1e3970"
		"1cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e45"
		"8f3613"
		"d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae"
		"67f760"
		"984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	{ "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
		"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836"
		"ba3c23"
		"a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		"dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfd"
		"fbc7c6"
		"6431e0303dca179c138ac17ad9bef1177331a704" },
};

static void from_hex(void *out, size_t len, const char *text)
{
	assert_true(hex_decode(out, len, view_of(text)));
}

static void test_key__signs_as_rfc8032(void **state)
{
	uint8_t seed[32], public[32], message[64], signature[64], expected[64];
	struct err err = { 0 };
	struct key *key;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(rfc8032) / sizeof(rfc8032[0]); i++) {
		len = strlen(rfc8032[i].message) / 2;
		from_hex(seed, sizeof(seed), rfc8032[i].seed);
		from_hex(public, sizeof(public), rfc8032[i].public);
		from_hex(message, len, rfc8032[i].message);
		from_hex(expected, sizeof(expected), rfc8032[i].signature);
		assert_ok(key_from_seed(&key, seed, &err), &err);
		assert_memory_equal(key_public(key), public, sizeof(public));
		assert_ok(key_sign(signature, key, message, len, &err), &err);
		assert_memory_equal(signature, expected, sizeof(signature));
		assert_ok(ed25519_verify(public, signature, message, len, &err), &err);
		signature[i * 9] ^= 4;
		assert_refused(
			ed25519_verify(public, signature, message, len, &err), &err, ERR_SIGNATURE);
		key_free(key);
	}
}

/* The id is what people read out: the first 16 digits of the key's hash. */
static void test_key__device_is_the_hash_of_the_public_key(void **state)
{
	char hex[SHA256_TEXT_BYTES], device[DEVICE_TEXT_BYTES];
	struct key *key = sample_key();

	(void)state;
	sha256_hex(hex, key_public(key), KEY_PUBLIC_BYTES);
	device_id_print(device, key_device(key));
	hex[16] = '\0';
	assert_string_equal(device, hex);
	assert_true(device_id_equal(key_device(key), public_key_device(key_public(key))));
	key_free(key);
}

static void test_key_generate__takes_what_chance_gives(void **state)
{
	struct chance chance;
	const struct env *env = chance_init(&chance, 0);
	struct err err = { 0 };
	struct key *a, *b;

	(void)state;
	assert_ok(key_generate(&a, env, &err), &err);
	assert_ok(key_generate(&b, env, &err), &err);
	assert_memory_not_equal(key_public(a), key_public(b), KEY_PUBLIC_BYTES);
	key_free(a);
	key_free(b);
	env = chance_init(&chance, 1);
	assert_refused(key_generate(&a, env, &err), &err, ERR_IO);
	assert_null(a);
	key_free(NULL);
}

/*
 * All encodings of the points whose order divides 8: five y, either sign of x,
 * and y = p, p + 1 instead of 0, 1.
 */
static const char *const torsion[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

/* With such a key a device could disown everything it signs. */
static void test_public_key__refuses_small_order(void **state)
{
	uint8_t public[32], signature[64] = { 1 };
	struct err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(torsion) / sizeof(torsion[0]); i++) {
		from_hex(public, sizeof(public), torsion[i]);
		assert_refused(public_key_valid(public, &err), &err, ERR_KEY);
		assert_refused(ed25519_verify(public, signature, "any", 3, &err), &err, ERR_KEY);
	}
}

/* p to 2^255 - 1, each with both signs; p - 2 and those after are canonical. */
static void test_public_key__refuses_unreduced_y(void **state)
{
	uint8_t public[32];
	struct err err = { 0 };
	unsigned low, i;

	(void)state;
	memset(public, 0xff, sizeof(public));
	for (low = 0xed; low <= 0xff; low++) {
		public[0] = (uint8_t)low;
		public[31] = 0x7f;
		assert_refused(public_key_valid(public, &err), &err, ERR_KEY);
		public[31] = 0xff;
		assert_refused(public_key_valid(public, &err), &err, ERR_KEY);
	}
	public[0] = 0xeb;
	assert_ok(public_key_valid(public, &err), &err);
	public[0] = 0xff;
	for (i = 1; i < 32; i++) {
		public[i] ^= 1;
		assert_ok(public_key_valid(public, &err), &err);
		public[i] ^= 1;
	}
}

static void test_public_key__accepts_real_ones(void **state)
{
	uint8_t public[32];
	struct err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rfc8032) / sizeof(rfc8032[0]); i++) {
		from_hex(public, sizeof(public), rfc8032[i].public);
		assert_ok(public_key_valid(public, &err), &err);
	}
}

/* Else anyone could make a second signature of a bundle, and so a fork. */
static void test_ed25519__refuses_s_above_the_order(void **state)
{
	uint8_t order[32], signature[64];
	struct key *key = sample_key();
	struct err err = { 0 };
	unsigned carry = 0, i;

	(void)state;
	from_hex(order, sizeof(order),
		"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
	assert_ok(key_sign(signature, key, "hello", 5, &err), &err);
	for (i = 0; i < 32; i++) {
		carry += (unsigned)signature[32 + i] + order[i];
		signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_refused(
		ed25519_verify(key_public(key), signature, "hello", 5, &err), &err, ERR_SIGNATURE);
	key_free(key);
}

static void test_key_file__round_trips(void **state)
{
	struct chance chance;
	const struct env *env = chance_init(&chance, 0);
	struct key *key = sample_key(), *again;
	struct buf pem = { 0 }, second = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(key_write(&pem, key, NULL, env, &err), &err);
	assert_ok(key_read(&again, buf_as_view(&pem), NULL, &err), &err);
	assert_memory_equal(key_public(key), key_public(again), KEY_PUBLIC_BYTES);
	key_free(again);
	assert_ok(key_read(&again, buf_as_view(&pem), "needs none", &err), &err);
	assert_ok(key_write(&second, again, NULL, env, &err), &err);
	assert_true(view_equal(buf_as_view(&pem), buf_as_view(&second)));
	key_free(again);
	buf_wipe(&pem);
	buf_wipe(&second);
	key_free(key);
}

static void test_key_file__opens_with_its_passphrase_only(void **state)
{
	struct chance chance;
	const struct env *env = chance_init(&chance, 0);
	struct key *key = sample_key(), *again;
	char long_one[KEY_PASSPHRASE_MAX_BYTES + 2];
	struct buf pem = { 0 };
	struct err err = { 0 };

	(void)state;
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	assert_refused(key_write(&pem, key, "", env, &err), &err, ERR_PASSPHRASE);
	assert_refused(key_write(&pem, key, long_one, env, &err), &err, ERR_PASSPHRASE);
	assert_int_equal(pem.len, 0);
	assert_ok(key_write(&pem, key, "邻里 correct", env, &err), &err);
	assert_refused(key_read(&again, buf_as_view(&pem), NULL, &err), &err, ERR_PASSPHRASE);
	assert_null(again);
	assert_refused(key_read(&again, buf_as_view(&pem), "", &err), &err, ERR_PASSPHRASE);
	assert_refused(key_read(&again, buf_as_view(&pem), long_one, &err), &err, ERR_PASSPHRASE);
	assert_refused(key_read(&again, buf_as_view(&pem), "wrong", &err), &err, ERR_PASSPHRASE);
	assert_null(again);
	assert_ok(key_read(&again, buf_as_view(&pem), "邻里 correct", &err), &err);
	assert_memory_equal(key_public(key), key_public(again), KEY_PUBLIC_BYTES);
	key_free(again);
	buf_wipe(&pem);
	env = chance_init(&chance, 1);
	assert_refused(key_write(&pem, key, "x", env, &err), &err, ERR_IO);
	assert_int_equal(pem.len, 0);
	buf_wipe(&pem);
	key_free(key);
}

static bool read_sample(struct view sample, struct err *err)
{
	struct key *expected = sample_key(), *key;
	bool ok = key_read(&key, sample, "linli", err);

	if (ok) {
		assert_memory_equal(key_public(key), key_public(expected), KEY_PUBLIC_BYTES);
	} else {
		assert_null(key);
	}
	key_free(key);
	key_free(expected);
	return ok;
}

/* A key file may be somebody else's trap: no cost, no crash, the right code. */
static void test_key_file__samples(void **state)
{
	(void)state;
	check_samples("tests/data/key", 30, read_sample);
}

/* The owner of a key is never locked into this program. */
static void test_key_file__openssl_reads_it(void **state)
{
	const struct env *env = env_system();
	struct key *key = sample_key(), *theirs;
	struct buf pem = { 0 }, out = { 0 };
	struct err err = { 0 };
	char folder[32];

	(void)state;
	skip_without("openssl");
	folder_make(folder);
	assert_ok(key_write(&pem, key, "secret", env, &err), &err);
	folder_write(folder, "key.pem", buf_as_view(&pem));
	assert_int_equal(folder_run(folder, "openssl pkey -in key.pem -passin pass:secret"), 0);
	folder_read(&out, folder, "out");
	assert_ok(key_read(&theirs, buf_as_view(&out), NULL, &err), &err);
	assert_memory_equal(key_public(key), key_public(theirs), KEY_PUBLIC_BYTES);
	key_free(theirs);
	assert_int_equal(folder_run(folder, "openssl genpkey -algorithm ed25519"), 0);
	buf_reset(&out);
	folder_read(&out, folder, "out");
	assert_ok(key_read(&theirs, buf_as_view(&out), NULL, &err), &err);
	key_free(theirs);
	folder_remove(folder);
	buf_wipe(&pem);
	buf_wipe(&out);
	key_free(key);
}

static void test_key_openssh__ssh_keygen_reads_it(void **state)
{
	static const char *const comments[] = { "", "a", "device 3f9a", "邻里 1234567",
		"12345678" };
	const struct env *env = env_system();
	struct key *key = sample_key();
	struct buf private = { 0 }, public = { 0 }, out = { 0 };
	struct err err = { 0 };
	char folder[32];
	size_t i;

	(void)state;
	skip_without("ssh-keygen");
	folder_make(folder);
	for (i = 0; i < sizeof(comments) / sizeof(comments[0]); i++) {
		buf_reset(&private);
		buf_reset(&public);
		buf_reset(&out);
		assert_ok(key_openssh_private(&private, key, comments[i], env, &err), &err);
		assert_ok(key_openssh_public(&public, key_public(key), comments[i], &err), &err);
		folder_write(folder, "id", buf_as_view(&private));
		assert_int_equal(folder_run(folder, "ssh-keygen -y -P '' -f id"), 0);
		folder_read(&out, folder, "out");
		buf_byte(&public, '\n');
		assert_string_equal(buf_str(&out), buf_str(&public));
	}
	folder_remove(folder);
	buf_wipe(&private);
	buf_clear(&public);
	buf_clear(&out);
	key_free(key);
}

/* A comment with a line break would be a second line of an allowed-signers file. */
static void test_key_openssh__comment_is_one_line(void **state)
{
	struct key *key = sample_key();
	char long_one[KEY_COMMENT_MAX_BYTES + 2];
	struct buf out = { 0 };
	struct err err = { 0 };

	(void)state;
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	assert_refused(key_openssh_public(&out, key_public(key), "a\nb", &err), &err, ERR_VALUE);
	assert_refused(key_openssh_public(&out, key_public(key), long_one, &err), &err, ERR_VALUE);
	assert_refused(key_openssh_private(&out, key, "a\nb", env_system(), &err), &err, ERR_VALUE);
	assert_int_equal(out.len, 0);
	long_one[KEY_COMMENT_MAX_BYTES] = '\0';
	assert_ok(key_openssh_public(&out, key_public(key), long_one, &err), &err);
	buf_clear(&out);
	key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key__signs_as_rfc8032),
		cmocka_unit_test(test_key__device_is_the_hash_of_the_public_key),
		cmocka_unit_test(test_key_generate__takes_what_chance_gives),
		cmocka_unit_test(test_public_key__refuses_small_order),
		cmocka_unit_test(test_public_key__refuses_unreduced_y),
		cmocka_unit_test(test_public_key__accepts_real_ones),
		cmocka_unit_test(test_ed25519__refuses_s_above_the_order),
		cmocka_unit_test(test_key_file__round_trips),
		cmocka_unit_test(test_key_file__opens_with_its_passphrase_only),
		cmocka_unit_test(test_key_file__samples),
		cmocka_unit_test(test_key_file__openssl_reads_it),
		cmocka_unit_test(test_key_openssh__ssh_keygen_reads_it),
		cmocka_unit_test(test_key_openssh__comment_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
