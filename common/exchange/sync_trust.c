/*
 * sync_trust.c -- bringing a district's own records back to it.
 *
 * Where the district does not know this device although this device holds
 * the record of its enrolment, the district was put back from a copy: see
 * serve_trust.c.
 */
#include <string.h>

#include "sync.h"

#define TRUST_FILE_BYTES (512 * 1024)
#define TRUST_CHAINS_MAX 64

/* Up to where the district holds ${ours}'s chain as it is here; false: that cannot be told. */
static bool read_trust_head(
	struct node *node, json_t *trust, const struct head *ours, uint32_t *after)
{
	struct head theirs = { .chain = ours->chain };
	char chain[CHAIN_TEXT_BYTES];
	json_t *value, *hash;
	json_int_t seq;

	chain_name_print(chain, &ours->chain);
	value = json_object_get(trust, chain);
	seq = json_integer_value(json_array_get(value, 0));
	hash = json_array_get(value, 1);
	*after = 0;
	if (value == NULL) {
		return true;
	}
	if (seq < 1 || seq > (json_int_t)ours->seq ||
		!hex_decode(theirs.hash, sizeof(theirs.hash),
			(struct view){ json_string_value(hash), json_string_length(hash) })) {
		return false;
	}
	theirs.seq = *after = (uint32_t)seq;
	if (!chains_holds(node, &theirs)) {
		*after = 0; /* it has signed on from an old copy: all of it, as it was */
	}
	return true;
}

/* The chains of trust that are longer here than there. */
static bool find_lost(struct sync *sync, json_t *trust, struct ranges *out, struct err *err)
{
	struct held held;
	uint32_t after;
	bool ok = true;
	size_t i;

	if (!held_read(&held, sync->node, err)) {
		return false;
	}
	for (i = 0; ok && i < held.count; i++) {
		const struct head *ours = &held.heads[i];

		if (chain_of_trust(sync->node, &ours->chain) &&
			read_trust_head(sync->node, trust, ours, &after) && after < ours->seq) {
			ok = ranges_add(out, &ours->chain, after, err);
		}
	}
	held_clear(&held);
	return ok;
}

static bool ask_trust(struct sync *sync, struct ranges *lost, struct err *err)
{
	const struct call call = { .method = "GET", .path = "federation" };
	struct members m;
	json_t *root, *trust;
	bool ok;

	if (!peer_ask(&sync->peer, &call, err) || !peer_json(&sync->peer, &root, err)) {
		return false;
	}
	m = members_of(root, "the federation", err);
	trust = members_object(&m, "trust", TRUST_CHAINS_MAX);
	members_rest(&m);
	ok = members_done(&m) && find_lost(sync, trust, lost, err);
	json_decref(root);
	return ok;
}

bool sync_bring_trust(struct sync *sync, bool *brought, struct err *err)
{
	struct ranges lost = { 0 };
	struct buf file = { 0 };
	struct tally tally;
	bool more, ok;

	*brought = false;
	ok = ask_trust(sync, &lost, err);
	more = ok && lost.count > 0;
	while (ok && more) {
		struct call call = { .method = "POST",
			.path = "trust",
			.content_type = "application/x-git-bundle" };

		buf_reset(&file);
		ok = chains_write(sync->node, lost.list, lost.count, TRUST_FILE_BYTES, &file,
			&tally, &more, err);
		call.body = buf_as_view(&file);
		ok = ok && file.len != 0 && peer_ask(&sync->peer, &call, err);
		*brought = *brought || ok;
	}
	ranges_clear(&lost);
	buf_clear(&file);
	return ok;
}
