/*
 * serve_trust.c -- POST trust: a district's own records brought back to it.
 *
 * A district that was put back from a copy may not know a device that it
 * enrolled later, and so would not talk to it; but that device holds the
 * district's own signed record of it.  So anybody may bring bundles of the
 * district's federation chains, and only those: each must be signed by a
 * device of the district before any of them is handed to the store.
 */
#include <string.h>

#include "bundle.h"
#include "held.h"
#include "refusals.h"
#include "serve.h"

#define TRUST_CHAINS_MAX 64

/* Is ${bundle} signed by the district's device that its chain names? */
static bool signed_by_district(struct node *node, const struct bundle *bundle, struct err *err)
{
	const struct chain_name *chain = &bundle->facts.chain;
	struct device_id signer = public_key_device(bundle->signer);

	return (chain_of_trust(node, chain) && device_id_equal(signer, chain->device)) ||
		err_set(err, ERR_SCOPE, "not of a chain of the district's");
}

static bool verify_all(struct node *node, struct gitbundle_reader *reader, struct err *err)
{
	struct arena arena = { 0 };
	struct raw_bundle raw;
	struct bundle bundle;
	bool done = false, ok = true;

	while (ok && !done) {
		arena_reset(&arena);
		ok = gitbundle_next(reader, &raw, &done, err) &&
			(done ||
				(bundle_verify(&bundle, &raw, &arena, err) &&
					signed_by_district(node, &bundle, err)));
	}
	arena_clear(&arena);
	return ok;
}

/* Nothing in ${file} but what the district has signed itself? */
static bool only_trust(struct node *node, struct view file, struct err *err)
{
	struct gitbundle_reader *reader = NULL;
	const struct gitbundle_ref *refs;
	size_t i, count;
	bool ok;

	if (!gitbundle_open(&reader, file, err)) {
		return false;
	}
	refs = gitbundle_refs(reader, &count);
	ok = count <= TRUST_CHAINS_MAX || err_set(err, ERR_TOO_LARGE, "%zu chains", count);
	/* By their names first: that costs nothing. */
	for (i = 0; ok && i < count; i++) {
		ok = chain_of_trust(node, &refs[i].chain) ||
			err_set(err, ERR_SCOPE, "not of a chain of the district's");
	}
	ok = ok && verify_all(node, reader, err);
	gitbundle_close(reader);
	return ok;
}

/* *known: all that ${file} names is here, so that it need not be looked into. */
static bool nothing_new(struct node *node, struct view file, bool *known, size_t *refs,
	struct err *err)
{
	struct gitbundle_reader *reader = NULL;
	const struct gitbundle_ref *list;
	bool ok = true;
	size_t i;

	if (!gitbundle_open(&reader, file, err)) {
		return false;
	}
	list = gitbundle_refs(reader, refs);
	*known = true;
	for (i = 0; ok && *known && i < *refs; i++) {
		ok = chains_have_commit(node, list[i].tip.bytes, known, err);
	}
	gitbundle_close(reader);
	return ok;
}

bool serve_trust(struct visit *visit, struct err *err)
{
	struct received received = { 0 };
	size_t refs;
	bool known, ok;

	if (!nothing_new(visit->node, visit->request->body, &known, &refs, err)) {
		return false;
	}
	if (known) {
		received.duplicates = refs;
		return bundles_reply(visit, &received, err);
	}
	ok = only_trust(visit->node, visit->request->body, err) &&
		take_in(visit->node, visit->request->body, "trust", &received, err) &&
		bundles_reply(visit, &received, err);
	received_clear(&received);
	return ok;
}

bool trust_heads(struct visit *visit, json_t *reply, struct err *err)
{
	json_t *trust = json_object();
	struct held held = { 0 };
	size_t i;
	bool ok;

	ok = (json_object_set_new(reply, "trust", trust) == 0 || err_nomem(err)) &&
		held_read(&held, visit->node, err);
	for (i = 0; ok && i < held.count; i++) {
		char chain[CHAIN_TEXT_BYTES], hash[2 * sizeof(held.heads[i].hash) + 1];

		if (!chain_of_trust(visit->node, &held.heads[i].chain)) {
			continue;
		}
		chain_name_print(chain, &held.heads[i].chain);
		hex_encode(hash, held.heads[i].hash, sizeof(held.heads[i].hash));
		ok = json_object_set_new(trust, chain,
			     json_pack("[I, s]", (json_int_t)held.heads[i].seq, hash)) == 0 ||
			err_nomem(err);
	}
	held_clear(&held);
	return ok;
}
