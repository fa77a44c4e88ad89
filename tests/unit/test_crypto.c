/* test_crypto.c -- hashes, MACs and Merkle trees. */
#include "test.h"

#include "hmac.h"
#include "merkle.h"

static struct view bytes(const void *data, size_t len)
{
	return (struct view){ data, len };
}

static void assert_hex(const uint8_t *hash, const char *expected)
{
	char hex[SHA256_TEXT_BYTES];

	hex_encode(hex, hash, SHA256_BYTES);
	assert_string_equal(hex, expected);
}

/* The examples of FIPS 180-4. */
static void test_sha256__known_answers(void **state)
{
	char hex[SHA256_TEXT_BYTES];

	(void)state;
	sha256_hex(hex, NULL, 0);
	assert_string_equal(
		hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_hex(hex, "abc", 3);
	assert_string_equal(
		hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_hex(hex, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56);
	assert_string_equal(
		hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* However the bytes come, the hash is theirs. */
static void test_sha256__pieces_are_the_whole(void **state)
{
	uint8_t data[300], whole[SHA256_BYTES], pieces[SHA256_BYTES];
	size_t cut, i;

	(void)state;
	for (i = 0; i < sizeof(data); i++) {
		data[i] = (uint8_t)(i * 7);
	}
	sha256(whole, data, sizeof(data));
	for (cut = 0; cut <= sizeof(data); cut++) {
		struct sha256 hash;

		sha256_init(&hash);
		sha256_add(&hash, data, cut);
		sha256_add(&hash, data + cut, sizeof(data) - cut);
		sha256_done(pieces, &hash);
		assert_memory_equal(whole, pieces, sizeof(whole));
	}
}

/* RFC 4231, cases 1, 2, 6 (a key longer than a block). */
static void test_hmac__known_answers(void **state)
{
	uint8_t out[SHA256_BYTES], key[131];

	(void)state;
	memset(key, 0x0b, 20);
	hmac_sha256(out, bytes(key, 20), view_of("Hi There"));
	assert_hex(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	hmac_sha256(out, view_of("Jefe"), view_of("what do ya want for nothing?"));
	assert_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	hmac_sha256(out, bytes(key, sizeof(key)),
		view_of("Test Using Larger Than Block-Size Key - Hash Key First"));
	assert_hex(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 5869, cases 1 and 3: their first 32 bytes. */
static void test_hkdf__known_answers(void **state)
{
	uint8_t out[SHA256_BYTES], secret[22], salt[13];
	size_t i;

	(void)state;
	memset(secret, 0x0b, sizeof(secret));
	for (i = 0; i < sizeof(salt); i++) {
		salt[i] = (uint8_t)i;
	}
	hkdf_sha256(out, bytes(secret, sizeof(secret)), bytes(salt, sizeof(salt)),
		view_of("\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9"));
	assert_hex(out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
	hkdf_sha256(out, bytes(secret, sizeof(secret)), view_of(""), view_of(""));
	assert_hex(out, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

static void test_crypto_equal__sees_one_bit(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };
	unsigned bit;

	(void)state;
	assert_true(crypto_equal(a, b, sizeof(a)));
	for (bit = 0; bit < 8 * sizeof(b); bit++) {
		b[bit / 8] = (uint8_t)(1U << bit % 8);
		assert_false(crypto_equal(a, b, sizeof(a)));
		b[bit / 8] = 0;
	}
	memset(a, 0xff, sizeof(a));
	crypto_wipe(a, sizeof(a));
	assert_true(crypto_equal(a, b, sizeof(a)));
}

/* Roots that Certificate Transparency logs are tested with, 0 to 8 leaves. */
static void test_merkle__known_answers(void **state)
{
	static const struct view leaves[] = {
		{ "", 0 },
		{ "\x00", 1 },
		{ "\x10", 1 },
		{ "\x20\x21", 2 },
		{ "\x30\x31", 2 },
		{ "\x40\x41\x42\x43", 4 },
		{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
		{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
	};
	static const char *const roots[] = {
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	};
	struct merkle merkle;
	uint8_t root[SHA256_BYTES];
	size_t i;

	(void)state;
	merkle_init(&merkle);
	for (i = 0; i <= 8; i++) {
		merkle_root(root, &merkle);
		assert_hex(root, roots[i]);
		if (i < 8) {
			merkle_add_leaf(&merkle, leaves[i].data, leaves[i].len);
		}
	}
}

/* RFC 6962, 2.1, word for word: MTH over the leaf hashes [from, from + n). */
static void defined_root(uint8_t out[SHA256_BYTES], const uint8_t *leaves, size_t n)
{
	uint8_t node[1 + 2 * SHA256_BYTES] = { 1 };
	size_t k = 1;

	if (n == 1) {
		memcpy(out, leaves, SHA256_BYTES);
		return;
	}
	while (k * 2 < n) {
		k *= 2;
	}
	defined_root(node + 1, leaves, k);
	defined_root(node + 1 + SHA256_BYTES, leaves + k * SHA256_BYTES, n - k);
	sha256(out, node, sizeof(node));
}

/* RFC 6962, 2.1.1, word for word. */
static void defined_path(struct buf *out, const uint8_t *leaves, size_t n, size_t m)
{
	uint8_t other[SHA256_BYTES];
	size_t k = 1;

	if (n == 1) {
		return;
	}
	while (k * 2 < n) {
		k *= 2;
	}
	if (m < k) {
		defined_path(out, leaves, k, m);
		defined_root(other, leaves + k * SHA256_BYTES, n - k);
	} else {
		defined_path(out, leaves + k * SHA256_BYTES, n - k, m - k);
		defined_root(other, leaves, k);
	}
	buf_add(out, other, sizeof(other));
}

#define MOST 70

static void make_leaves(uint8_t leaves[MOST * SHA256_BYTES])
{
	uint8_t i;

	for (i = 0; i < MOST; i++) {
		merkle_leaf_hash(leaves + i * SHA256_BYTES, &i, 1);
	}
}

/* Kept incrementally or defined recursively, it is the same tree. */
static void test_merkle__agrees_with_its_definition(void **state)
{
	uint8_t leaves[MOST * SHA256_BYTES], expected[SHA256_BYTES], root[SHA256_BYTES];
	struct merkle merkle = { 0 };
	uint8_t i;

	(void)state;
	make_leaves(leaves);
	for (i = 0; i < MOST; i++) {
		merkle_add_leaf(&merkle, &i, 1);
		merkle_root(root, &merkle);
		defined_root(expected, leaves, i + 1U);
		assert_memory_equal(root, expected, sizeof(root));
	}
}

/* A line may be erased: its leaf hash keeps the root, and so the signature. */
static void test_merkle__an_erased_line_keeps_the_root(void **state)
{
	struct merkle whole = { 0 }, erased = { 0 };
	uint8_t a[SHA256_BYTES], b[SHA256_BYTES], leaf[SHA256_BYTES];

	(void)state;
	merkle_add_leaf(&whole, "one", 3);
	merkle_add_leaf(&whole, "two", 3);
	merkle_add_leaf(&whole, "three", 5);
	merkle_add_leaf(&erased, "one", 3);
	merkle_leaf_hash(leaf, "two", 3);
	merkle_add_hash(&erased, leaf);
	merkle_add_leaf(&erased, "three", 5);
	merkle_root(a, &whole);
	merkle_root(b, &erased);
	assert_memory_equal(a, b, sizeof(a));
}

/* Every leaf of every small tree is proved, and at no other place. */
static void test_merkle_path__proves_one_place(void **state)
{
	uint8_t leaves[MOST * SHA256_BYTES], root[SHA256_BYTES];
	struct buf path = { 0 }, expected = { 0 };
	struct err err = { 0 };
	size_t n, m, at;

	(void)state;
	make_leaves(leaves);
	for (n = 1; n <= MOST; n += n < 20 ? 1 : 7) {
		defined_root(root, leaves, n);
		for (m = 0; m < n; m++) {
			buf_reset(&path);
			buf_reset(&expected);
			assert_ok(merkle_path(&path, leaves, n, m, &err), &err);
			defined_path(&expected, leaves, n, m);
			assert_true(view_equal(buf_as_view(&path), buf_as_view(&expected)));
			for (at = 0; at < n; at++) {
				bool ok = merkle_path_verify(root, leaves + m * SHA256_BYTES, at, n,
					buf_as_view(&path), &err);

				assert_int_equal(ok, at == m);
			}
		}
	}
	buf_clear(&path);
	buf_clear(&expected);
}

static void test_merkle_path__refuses_what_was_altered(void **state)
{
	uint8_t leaves[MOST * SHA256_BYTES], root[SHA256_BYTES];
	const uint8_t *leaf = leaves + 5 * SHA256_BYTES;
	struct buf path = { 0 };
	struct err err = { 0 };
	struct view view;
	size_t i;

	(void)state;
	make_leaves(leaves);
	defined_root(root, leaves, 13);
	assert_ok(merkle_path(&path, leaves, 13, 5, &err), &err);
	for (i = 0; i < path.len; i += 5) {
		path.data[i] ^= 1;
		assert_refused(merkle_path_verify(root, leaf, 5, 13, buf_as_view(&path), &err),
			&err, ERR_HASH);
		path.data[i] ^= 1;
	}
	assert_refused(
		merkle_path_verify(root, leaves, 5, 13, buf_as_view(&path), &err), &err, ERR_HASH);
	for (i = 1; i <= SHA256_BYTES; i += 31) {
		view = (struct view){ (char *)path.data, path.len - i };
		assert_refused(merkle_path_verify(root, leaf, 5, 13, view, &err), &err, ERR_FORMAT);
	}
	buf_byte(&path, 0);
	assert_refused(
		merkle_path_verify(root, leaf, 5, 13, buf_as_view(&path), &err), &err, ERR_FORMAT);
	assert_refused(merkle_path_verify(root, leaf, 13, 13, view_of(""), &err), &err, ERR_FORMAT);
	assert_refused(merkle_path_verify(root, leaf, 0, 0, view_of(""), &err), &err, ERR_FORMAT);
	assert_refused(
		merkle_path_verify(root, leaf, 0, UINT64_MAX, view_of(""), &err), &err, ERR_FORMAT);
	buf_clear(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256__known_answers),
		cmocka_unit_test(test_sha256__pieces_are_the_whole),
		cmocka_unit_test(test_hmac__known_answers),
		cmocka_unit_test(test_hkdf__known_answers),
		cmocka_unit_test(test_crypto_equal__sees_one_bit),
		cmocka_unit_test(test_merkle__known_answers),
		cmocka_unit_test(test_merkle__agrees_with_its_definition),
		cmocka_unit_test(test_merkle__an_erased_line_keeps_the_root),
		cmocka_unit_test(test_merkle_path__proves_one_place),
		cmocka_unit_test(test_merkle_path__refuses_what_was_altered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
