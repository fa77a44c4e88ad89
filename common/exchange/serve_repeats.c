/* serve_repeats.c -- requests that strangers send again and again; see serve.h. */
#include <stdlib.h>
#include <string.h>

#include "serve.h"
#include "sha256.h"

#define REPEATS_KEPT 256 /* bodies; the one longest ago goes first */
#define REPEATS_WITHIN_MS (60 * 1000)
#define REPEATS_MAX 5

struct repeat {
	uint8_t body[SHA256_BYTES];
	int64_t first_ms; /* 0: free */
	unsigned count;
};
struct repeats {
	const struct env *env;
	struct repeat list[REPEATS_KEPT];
};

bool repeats_open(struct repeats **out, const struct env *env, struct err *err)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL) {
		return err_nomem(err);
	}
	(*out)->env = env;
	return true;
}

void repeats_close(struct repeats *repeats)
{
	free(repeats);
}

/* The entry of ${body}, or the one to be used for it. */
static struct repeat *find(struct repeats *repeats, const uint8_t body[SHA256_BYTES])
{
	struct repeat *oldest = &repeats->list[0];
	size_t i;

	for (i = 0; i < REPEATS_KEPT; i++) {
		struct repeat *repeat = &repeats->list[i];

		if (repeat->first_ms != 0 && memcmp(repeat->body, body, SHA256_BYTES) == 0) {
			return repeat;
		}
		if (repeat->first_ms < oldest->first_ms) {
			oldest = repeat;
		}
	}
	oldest->first_ms = 0;
	memcpy(oldest->body, body, SHA256_BYTES);
	return oldest;
}

bool repeats_allow(struct repeats *repeats, struct view body, struct err *err)
{
	int64_t now_ms = repeats->env->now_ms(repeats->env->ctx);
	uint8_t hash[SHA256_BYTES];
	struct repeat *repeat;

	sha256(hash, body.data, body.len);
	repeat = find(repeats, hash);
	if (repeat->first_ms == 0 || now_ms < repeat->first_ms ||
		now_ms - repeat->first_ms >= REPEATS_WITHIN_MS) {
		repeat->first_ms = now_ms;
		repeat->count = 0;
	}
	return ++repeat->count <= REPEATS_MAX ||
		err_set(err, ERR_BUSY, "the same request was answered a moment ago");
}
