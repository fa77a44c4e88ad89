/* key_end.c -- see key_end.h. */
#include <stdlib.h>
#include <string.h>

#include "key_end.h"

const char *key_end_of(const char *until, const struct chain_name *chain)
{
	char text[CHAIN_TEXT_BYTES], *name = text + DEVICE_TEXT_BYTES;
	size_t len;
	const char *at;

	chain_name_print(text, chain);
	len = strlen(name);
	for (at = until; at != NULL && *at != '\0';
		at = strchr(at, ' ') != NULL ? strchr(at, ' ') + 1 : NULL) {
		if (strncmp(at, name, len) == 0 && at[len] == '@') {
			return at + len + 1;
		}
	}
	return NULL;
}

bool key_end_within(const char *until, const struct chain_name *chain, uint32_t seq)
{
	const char *end = key_end_of(until, chain);

	return end != NULL && seq <= strtoul(end, NULL, 10);
}
