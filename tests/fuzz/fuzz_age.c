/*
 * fuzz_age.c -- what opens is whole: with a byte more, a byte less or a bit
 * changed it does not; and one text for one recipient.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "age.h"
#include "key.h"

#define CAP 100000

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "not so: %s\n", what);
		abort();
	}
}

/* The identity of the key of the seed 00 01 ... 1f. */
static void our_identity(struct age_identity *out)
{
	uint8_t seed[KEY_SEED_BYTES];
	struct err err = { 0 };
	struct key *key;
	unsigned i;

	for (i = 0; i < sizeof(seed); i++) {
		seed[i] = (uint8_t)i;
	}
	must(key_from_seed(&key, seed, &err), "a seed is a key");
	age_identity_of(out, key);
	key_free(key);
}

static void check_recipient(struct view input)
{
	char text[AGE_RECIPIENT_TEXT_BYTES];
	struct age_recipient recipient;
	struct err err = { 0 };

	if (age_recipient_parse(&recipient, input, &err)) {
		age_recipient_print(text, &recipient);
		must(view_is(input, text), "one text for one recipient");
	}
}

static void check_refused(const struct age_identity *identity, const struct buf *changed)
{
	struct buf out = { 0 };
	struct err err = { 0 };

	must(!age_open_as(&out, identity, buf_as_view(changed), CAP, &err), "it is whole");
	must(out.len == 0, "nothing is given of what does not open");
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view input = { (const char *)data, len };
	struct age_identity identity;
	struct buf out = { 0 }, changed = { 0 };
	struct err err = { 0 };

	our_identity(&identity);
	check_recipient(input);
	if (!age_open_as(&out, &identity, input, CAP, &err)) {
		must(out.len == 0, "nothing is given of what does not open");
		must(err.code == ERR_FORMAT || err.code == ERR_SEALED || err.code == ERR_HASH ||
				err.code == ERR_TOO_LARGE,
			"the codes are those of the header");
		buf_clear(&out);
		return 0;
	}
	must(out.len < len && out.len <= CAP, "it is no longer than its file");
	buf_view(&changed, input);
	buf_byte(&changed, 0);
	check_refused(&identity, &changed);
	changed.len -= 2;
	check_refused(&identity, &changed);
	changed.len++;
	changed.data[(len * 7 + data[len - 1]) % len] ^= 0x20;
	check_refused(&identity, &changed);
	buf_clear(&changed);
	buf_clear(&out);
	return 0;
}
