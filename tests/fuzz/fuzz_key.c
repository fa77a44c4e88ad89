/* fuzz_key.c -- what is read as a key file is written again as the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "linli/env.h"

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "not so: %s\n", what);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view input = { (const char *)data, len };
	struct buf pem = { 0 };
	struct err err = { 0 };
	struct key *key, *same;

	if (!key_read(&key, input, NULL, &err)) {
		must(key == NULL, "no key where none was read");
		must(err.code == ERR_FORMAT || err.code == ERR_KEY || err.code == ERR_PASSPHRASE ||
				err.code == ERR_TOO_LARGE,
			"the codes are those of the header");
	} else {
		must(key_write(&pem, key, NULL, env_system(), &err), "it can be written");
		must(view_equal(input, buf_as_view(&pem)), "one text for one key");
		key_free(key);
		buf_wipe(&pem);
		return 0;
	}
	if (err.code == ERR_PASSPHRASE && key_read(&key, input, "linli", &err)) {
		must(key_write(&pem, key, NULL, env_system(), &err), "it can be written");
		must(key_read(&same, buf_as_view(&pem), NULL, &err), "it can be read");
		must(memcmp(key_public(key), key_public(same), KEY_PUBLIC_BYTES) == 0,
			"it is the same key");
		key_free(same);
		key_free(key);
	}
	buf_wipe(&pem);
	return 0;
}
