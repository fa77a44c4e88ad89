/*
 * fuzz_commit.c -- whatever is accepted as a commit is what its facts are
 * written as.  So that a change gets past the signature, the input is also
 * tried with a signature of our own over it put in its place.
 */
#include <assert.h>
#include <string.h>

#include "commit.h"
#include "sshsig.h"

static const uint8_t seed[KEY_SEED_BYTES] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };

/* Ed25519 signs the same message the same way, so even the signature must come back. */
static void check(struct view commit, const struct key *key)
{
	struct arena arena = { 0 };
	struct buf again = { 0 };
	struct bundle_facts facts;
	uint8_t signer[KEY_PUBLIC_BYTES];
	bool same_key;

	if (commit_decode(&facts, &arena, commit, signer, NULL)) {
		same_key = memcmp(signer, key_public(key), sizeof(signer)) == 0;
		if (same_key) {
			bool encoded = commit_encode(&again, &facts, key, NULL);

			assert(encoded && view_equal(buf_as_view(&again), commit));
		}
	}
	arena_clear(&arena);
	buf_clear(&again);
}

/* The end of the headers that stand before gpgsig, or before the message. */
static size_t headers_end(struct view commit, size_t *message)
{
	const char *gpgsig = memmem(commit.data, commit.len, "\ngpgsig ", 8);
	const char *blank = memmem(commit.data, commit.len, "\n\n", 2);

	if (blank == NULL) {
		return 0;
	}
	*message = (size_t)(blank - commit.data) + 1;
	return gpgsig != NULL && gpgsig < blank ? (size_t)(gpgsig - commit.data) + 1 : *message;
}

static void check_signed(struct view commit, const struct key *key)
{
	struct buf payload = { 0 }, armour = { 0 }, whole = { 0 };
	size_t message = 0, head = headers_end(commit, &message), i;
	bool ok;

	if (head == 0) {
		return;
	}
	buf_add(&payload, commit.data, head);
	buf_add(&payload, commit.data + message, commit.len - message);
	ok = sshsig_sign(&armour, key, "git", buf_as_view(&payload), NULL);
	assert(ok);
	buf_add(&whole, commit.data, head);
	buf_text(&whole, "gpgsig ");
	for (i = 0; i < armour.len; i++) {
		buf_byte(&whole, armour.data[i]);
		if (armour.data[i] == '\n' && i + 1 < armour.len) {
			buf_byte(&whole, ' ');
		}
	}
	buf_add(&whole, commit.data + message, commit.len - message);
	check(buf_as_view(&whole), key);
	buf_clear(&payload);
	buf_clear(&armour);
	buf_clear(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view commit = { (const char *)data, len };
	struct key *key;
	bool ok = key_from_seed(&key, seed, NULL);

	assert(ok);
	check(commit, key);
	if (len != 0) {
		check_signed(commit, key);
	}
	key_free(key);
	return 0;
}
