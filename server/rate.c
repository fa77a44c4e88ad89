/* rate.c -- see rate.h. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "rate.h"
#include "sha256.h"

#define WAYS 8 /* places where a key may stand */
#define SETS (RATE_KEYS / WAYS)

struct bucket {
	uint64_t key; /* of its hash; 0: free */
	unsigned left;
	int64_t at_ms; /* when ${left} was reckoned */
};

struct rate {
	struct rate_limit limit;
	struct bucket sets[SETS][WAYS];
};

bool rate_new(struct rate **out, const struct rate_limit *limit, struct err *err)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL) {
		return err_nomem(err);
	}
	(*out)->limit = *limit;
	return true;
}

void rate_free(struct rate *rate)
{
	free(rate);
}

static uint64_t hash_of(const char *key)
{
	uint8_t hash[SHA256_BYTES];
	uint64_t out;

	sha256(hash, key, strlen(key));
	memcpy(&out, hash, sizeof(out));
	return out != 0 ? out : 1;
}

/* What would be left in ${bucket} now; one of nobody is full. */
static struct bucket reckon(const struct rate *rate, const struct bucket *bucket, int64_t now_ms)
{
	struct bucket now = *bucket;
	int64_t drops;

	if (now.key == 0 || now_ms < now.at_ms) {
		now.left = now.key == 0 ? rate->limit.burst : now.left;
		now.at_ms = now_ms;
		return now;
	}
	drops = (now_ms - now.at_ms) / rate->limit.refill_ms;
	if (drops >= (int64_t)(rate->limit.burst - now.left)) {
		now.left = rate->limit.burst;
		now.at_ms = now_ms;
	} else {
		now.left += (unsigned)drops;
		now.at_ms += drops * rate->limit.refill_ms;
	}
	return now;
}

static const struct bucket *find(const struct rate *rate, uint64_t key)
{
	const struct bucket *set = rate->sets[key % SETS];
	static const struct bucket none;
	size_t i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].key == key) {
			return &set[i];
		}
	}
	return &none;
}

bool rate_has(const struct rate *rate, const char *key, int64_t now_ms)
{
	return reckon(rate, find(rate, hash_of(key)), now_ms).left != 0;
}

bool rate_take(struct rate *rate, const char *key, int64_t now_ms)
{
	uint64_t hash = hash_of(key);
	struct bucket *set = rate->sets[hash % SETS], *at = &set[0];
	size_t i;

	for (i = 0; i < WAYS && at->key != hash; i++) {
		if (set[i].key == hash || set[i].at_ms < at->at_ms) {
			at = &set[i];
		}
	}
	if (at->key != hash) {
		*at = (struct bucket){ 0 };
	}
	*at = reckon(rate, at, now_ms);
	at->key = hash;
	if (at->left == 0) {
		return false;
	}
	at->left--;
	return true;
}

void rate_peer(char out[RATE_PEER_BYTES], const char *peer)
{
	uint8_t address[16];
	size_t len = strlen(peer);

	if (inet_pton(AF_INET6, peer, address) == 1) {
		hex_encode(out, address, sizeof(address) / 2);
		return;
	}
	len = len < RATE_PEER_BYTES ? len : RATE_PEER_BYTES - 1;
	memcpy(out, peer, len);
	out[len] = '\0';
}
