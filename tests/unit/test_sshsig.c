/* test_sshsig.c -- SSH signatures, against ssh-keygen's and hostile ones. */
#include "crypto_test.h"

#include "sshsig.h"

#define SAMPLE_MESSAGE "tree 0000\n\nhello\n"

static bool verify_sample(struct view sample, struct err *err)
{
	struct key *key = sample_key();
	uint8_t public[KEY_PUBLIC_BYTES] = { 0 };
	bool ok = sshsig_verify(public, sample, "git", view_of(SAMPLE_MESSAGE), err);

	if (ok) {
		assert_memory_equal(public, key_public(key), sizeof(public));
	}
	key_free(key);
	return ok;
}

/*
 * Stock git takes re-wrapped armour and text around it; each such spelling
 * would be the same bundle under another commit id, a fork made by anyone.
 */
static void test_sshsig__samples(void **state)
{
	(void)state;
	check_samples("tests/data/sshsig", 25, verify_sample);
}

/* One text for one signature: no byte of it can be changed, cut or doubled. */
static void test_sshsig__no_byte_is_free(void **state)
{
	struct key *key = sample_key();
	uint8_t public[KEY_PUBLIC_BYTES];
	struct buf armour = { 0 }, longer = { 0 };
	struct err err = { 0 };
	size_t i, bit;

	(void)state;
	assert_ok(sshsig_sign(&armour, key, "git", view_of("hello"), &err), &err);
	for (i = 0; i < armour.len; i++) {
		struct view head = { (char *)armour.data, i };
		struct view tail = { (char *)armour.data + i, armour.len - i };

		for (bit = 0; bit < 8; bit++) {
			armour.data[i] ^= (uint8_t)(1U << bit);
			assert_false(sshsig_verify(
				public, buf_as_view(&armour), "git", view_of("hello"), &err));
			armour.data[i] ^= (uint8_t)(1U << bit);
		}
		assert_refused(sshsig_verify(public, head, "git", view_of("hello"), &err), &err,
			ERR_FORMAT);
		buf_reset(&longer);
		buf_view(&longer, head);
		buf_byte(&longer, '\n');
		buf_view(&longer, tail);
		assert_refused(
			sshsig_verify(public, buf_as_view(&longer), "git", view_of("hello"), &err),
			&err, ERR_FORMAT);
	}
	assert_ok(sshsig_verify(public, buf_as_view(&armour), "git", view_of("hello"), &err), &err);
	buf_clear(&armour);
	buf_clear(&longer);
	key_free(key);
}

/* What is signed for one purpose says nothing for another. */
static void test_sshsig__is_bound_to_its_namespace(void **state)
{
	struct key *key = sample_key();
	uint8_t public[KEY_PUBLIC_BYTES];
	struct buf armour = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(sshsig_sign(&armour, key, "linli-session", view_of("nonce"), &err), &err);
	assert_ok(sshsig_verify(
			  public, buf_as_view(&armour), "linli-session", view_of("nonce"), &err),
		&err);
	assert_refused(sshsig_verify(public, buf_as_view(&armour), "git", view_of("nonce"), &err),
		&err, ERR_FORMAT);
	buf_clear(&armour);
	key_free(key);
}

/* Namespaces of every length: also where the last line of base64 is full. */
static void test_sshsig__is_what_ssh_keygen_writes(void **state)
{
	static const size_t lengths[] = { 1, 3, 13, 37, 38, 39, 40, 41, 64 };
	const struct env *env = env_system();
	struct key *key = sample_key();
	uint8_t public[KEY_PUBLIC_BYTES];
	struct buf private = { 0 }, ours = { 0 }, theirs = { 0 };
	struct err err = { 0 };
	char folder[32], namespace[65], command[160];
	size_t i;

	(void)state;
	skip_without("ssh-keygen");
	folder_make(folder);
	assert_ok(key_openssh_private(&private, key, "test", env, &err), &err);
	folder_write(folder, "id", buf_as_view(&private));
	folder_write(folder, "message", view_of(SAMPLE_MESSAGE));
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memset(namespace, 'n', sizeof(namespace));
		namespace[lengths[i]] = '\0';
		buf_reset(&ours);
		buf_reset(&theirs);
		assert_ok(sshsig_sign(&ours, key, namespace, view_of(SAMPLE_MESSAGE), &err), &err);
		snprintf(command, sizeof(command),
			"rm -f message.sig; "
			"ssh-keygen -Y sign -f id -n %s message",
			namespace);
		assert_int_equal(folder_run(folder, command), 0);
		folder_read(&theirs, folder, "message.sig");
		assert_string_equal(buf_str(&theirs), buf_str(&ours));
		assert_ok(sshsig_verify(public, buf_as_view(&theirs), namespace,
				  view_of(SAMPLE_MESSAGE), &err),
			&err);
		assert_memory_equal(public, key_public(key), sizeof(public));
		folder_write(folder, "ours.sig", buf_as_view(&ours));
		snprintf(command, sizeof(command),
			"ssh-keygen -Y check-novalidate -n %s -s ours.sig <message", namespace);
		assert_int_equal(folder_run(folder, command), 0);
	}
	folder_remove(folder);
	buf_wipe(&private);
	buf_clear(&ours);
	buf_clear(&theirs);
	key_free(key);
}

/* A key that ssh-keygen made, and its signature of an empty message. */
static void test_sshsig__verifies_a_stock_key(void **state)
{
	uint8_t public[KEY_PUBLIC_BYTES];
	struct buf armour = { 0 }, line = { 0 }, expected = { 0 };
	struct err err = { 0 };
	char folder[32];

	(void)state;
	skip_without("ssh-keygen");
	folder_make(folder);
	assert_int_equal(folder_run(folder,
				 "ssh-keygen -q -t ed25519 -N '' -C c -f id && "
				 ": >message && ssh-keygen -Y sign -f id -n git message"),
		0);
	folder_read(&armour, folder, "message.sig");
	folder_read(&expected, folder, "id.pub");
	assert_ok(sshsig_verify(public, buf_as_view(&armour), "git", view_of(""), &err), &err);
	assert_ok(key_openssh_public(&line, public, "c", &err), &err);
	buf_byte(&line, '\n');
	assert_string_equal(buf_str(&line), buf_str(&expected));
	assert_refused(sshsig_verify(public, buf_as_view(&armour), "git", view_of("x"), &err), &err,
		ERR_SIGNATURE);
	folder_remove(folder);
	buf_clear(&armour);
	buf_clear(&line);
	buf_clear(&expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sshsig__samples),
		cmocka_unit_test(test_sshsig__no_byte_is_free),
		cmocka_unit_test(test_sshsig__is_bound_to_its_namespace),
		cmocka_unit_test(test_sshsig__is_what_ssh_keygen_writes),
		cmocka_unit_test(test_sshsig__verifies_a_stock_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
