/* fuzz_sshsig.c -- nothing but one text is accepted as the key's signature. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sshsig.h"

#define MESSAGE VIEW_LITERAL("tree 0000\n\nhello\n")

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "not so: %s\n", what);
		abort();
	}
}

/* The key of the seed 00 01 ... 1f, and its signature of MESSAGE. */
static void expected(struct key **key, struct buf *armour)
{
	uint8_t seed[KEY_SEED_BYTES];
	struct err err = { 0 };
	unsigned i;

	for (i = 0; i < sizeof(seed); i++) {
		seed[i] = (uint8_t)i;
	}
	must(key_from_seed(key, seed, &err), "a seed is a key");
	must(sshsig_sign(armour, *key, "git", MESSAGE, &err), "a key signs");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view input = { (const char *)data, len };
	uint8_t public[KEY_PUBLIC_BYTES];
	struct buf armour = { 0 };
	struct err err = { 0 };
	struct key *key;

	if (!sshsig_verify(public, input, "git", MESSAGE, &err)) {
		must(err.code == ERR_FORMAT || err.code == ERR_KEY || err.code == ERR_SIGNATURE,
			"the codes are those of the header");
		return 0;
	}
	expected(&key, &armour);
	if (memcmp(public, key_public(key), sizeof(public)) == 0) {
		must(view_equal(input, buf_as_view(&armour)), "one text for one signature");
	}
	key_free(key);
	buf_clear(&armour);
	return 0;
}
