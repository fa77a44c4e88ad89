/* serve_query.c -- the part of an address behind '?'; see serve.h. */
#include <string.h>

#include "serve.h"

struct query query_of(const char *text)
{
	return (struct query){ text };
}

static int digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decode up to one of ${stops} or the end into ${out}; false if it cannot be. */
static bool decode(const char **at, const char *stops, char out[QUERY_VALUE_BYTES])
{
	const char *from = *at;
	size_t len = 0;

	while (*from != '\0' && strchr(stops, *from) == NULL) {
		int c = (unsigned char)*from++;

		if (c == '%') {
			int high = digit(from[0]), low = high >= 0 ? digit(from[1]) : -1;

			if (low < 0 || (c = high * 16 + low) == 0) {
				return false;
			}
			from += 2;
		}
		if (len + 1 >= QUERY_VALUE_BYTES) {
			return false;
		}
		out[len++] = (char)c;
	}
	out[len] = '\0';
	*at = from;
	return true;
}

bool query_next(
	struct query *query, char name[QUERY_VALUE_BYTES], char value[QUERY_VALUE_BYTES], bool *bad)
{
	*bad = false;
	if (query->at == NULL || *query->at == '\0') {
		return false;
	}
	if (!decode(&query->at, "=&", name) || *query->at != '=') {
		*bad = true;
		return false;
	}
	query->at++;
	if (!decode(&query->at, "&", value)) {
		*bad = true;
		return false;
	}
	if (*query->at == '&') {
		query->at++;
	}
	return true;
}

bool query_get(const char *text, const char *name, char value[QUERY_VALUE_BYTES], struct err *err)
{
	struct query query = query_of(text);
	char key[QUERY_VALUE_BYTES], found[QUERY_VALUE_BYTES];
	size_t count = 0;
	bool bad;

	while (query_next(&query, key, found, &bad)) {
		if (strcmp(key, name) == 0) {
			strcpy(value, found);
			count++;
		}
	}
	if (bad) {
		return err_set(err, ERR_FORMAT, "the address is not well-formed");
	}
	return count == 1 || err_set(err, ERR_FORMAT, "the address must have one '%s'", name);
}
