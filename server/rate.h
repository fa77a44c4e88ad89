/*
 * rate.h -- how often somebody may do something.
 *
 * Each key (an address, a user) has a bucket of ${burst} drops; each use
 * takes one, and one comes back every ${refill_ms}.  Memory is fixed: of very
 * many keys those that were quiet longest are forgotten.
 */
#ifndef LINLID_RATE_H
#define LINLID_RATE_H

#include "linli/bytes.h"

#define RATE_KEYS 1024

struct rate_limit {
	unsigned burst;
	int64_t refill_ms;
};

struct rate;

/* On success the caller releases *out.  Fails with ERR_NOMEM. */
MUST_CHECK bool rate_new(struct rate **out, const struct rate_limit *limit, struct err *err);
void rate_free(struct rate *rate);

/* Is a drop left for ${key}? */
bool rate_has(const struct rate *rate, const char *key, int64_t now_ms);
/* Take one, if there is one. */
bool rate_take(struct rate *rate, const char *key, int64_t now_ms);

/* What an address is counted by: itself, or the /64 of one of IPv6. */
#define RATE_PEER_BYTES 64
void rate_peer(char out[RATE_PEER_BYTES], const char *peer);

#endif
