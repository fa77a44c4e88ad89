/*
 * forks_hear.c -- learning that there are forks, and that this store is an old
 * copy of itself; see linli/forks.h.
 *
 * Whose word counts: that this store is an old copy, anybody's who is
 * enrolled, but not again from somebody whose last such word has not come
 * true, as every time costs an incarnation; that another branch is to be
 * merged, the chain's own device once it has begun a later incarnation, and
 * for communities' chains at a community the district.
 */
#include <stdio.h>
#include <string.h>

#include "repair.h"

#define CLAIM_HASH_BYTES 8 /* of a hash in Seen */

/* ---- claims -------------------------------------------------------- */

/* Has ${by} said so before, and it has not come true? */
static bool believed(struct node *node, const char *by, bool *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM fork WHERE named_by = ?1 AND settled_ms IS NULL AND "
		"substr(chain, 1, 16) = ?2");
	char own[DEVICE_TEXT_BYTES];
	bool lied, ok;

	device_id_print(own, node->device);
	stmt_text_at(stmt, 1, view_of(by));
	stmt_text_at(stmt, 2, view_of(own));
	ok = stmt_step(stmt, &lied, err);
	stmt_reset(stmt);
	*out = !lied;
	return ok;
}

/* ${by} names of own chain ${name} what is not held here. */
static bool take_claim(struct node *node, const struct chain_name *name, struct fork_noted *noted,
	struct err *err)
{
	const struct chain *chain = chain_find(node, name);
	char text[CHAIN_TEXT_BYTES];
	struct slot slot = { 0 };
	bool believe, ok;

	chain_name_print(text, name);
	noted->chain = text;
	if (name->incarnation == node->incarnation &&
		(!believed(node, noted->by, &believe, err) ||
			(believe && !incarnation_next(node, node->incarnation, err)))) {
		return false;
	}
	if (chain != NULL && noted->seq <= chain->head) {
		if (!slot_read(node, chain, noted->seq, &slot, err)) {
			return false;
		}
		noted->held = slot.hash;
	}
	ok = fork_put(node, noted, err);
	slot_clear(&slot);
	return ok;
}

/* A head of which the first bytes of the hash are known. */
static bool claim_head(struct node *node, const char *by, const struct chain_name *name,
	uint32_t seq, const uint8_t hash[COMMIT_HASH_BYTES], struct err *err)
{
	struct fork_noted noted = { .by = by, .seq = seq, .other = hash,
		.other_len = CLAIM_HASH_BYTES };
	bool known;

	if (!own_name(node, name) || name->incarnation != node->incarnation) {
		return true;
	}
	return fork_accounted(node, chain_find(node, name), seq, hash, CLAIM_HASH_BYTES, &known, err) &&
		(known || take_claim(node, name, &noted, err));
}

bool fork_claims(struct node *node, const struct bundle *bundle, struct err *err)
{
	const struct bundle_facts *facts = &bundle->facts;
	char by[DEVICE_TEXT_BYTES];
	size_t i;

	if (own_name(node, &facts->chain)) {
		return true;
	}
	device_id_print(by, facts->chain.device);
	for (i = 0; i < facts->seen_count; i++) {
		const struct seen_head *head = &facts->seen[i];

		if (!claim_head(node, by, &head->chain, head->seq, head->hash, err)) {
			return false;
		}
	}
	return !facts->has_receipt ||
		claim_head(node, by, &facts->receipt_chain, facts->receipt_seq,
			facts->receipt_hash, err);
}

/* ---- lists of heads ------------------------------------------------ */

struct hearing {
	struct node *node;
	const struct said *said;
	char by[DEVICE_TEXT_BYTES];
	bool server;   /* of the district's */
	char community[SLUG_TEXT_BYTES];
	bool any_open; /* forks */
};

/* Are there unsigned changes of an earlier incarnation in ${chain}? */
static bool left_drafts(const struct node *node, const struct chain *chain)
{
	return chain != NULL && own_name(node, &chain->name) &&
		chain->name.incarnation < node->incarnation && chain->draft_seq > chain->head;
}

static bool has_siblings(const struct node *node)
{
	size_t i;

	for (i = 0; i < node->device_count; i++) {
		const struct device *device = &node->devices[i].device;

		if (!device->revoked && !device_id_equal(device->id, node->device) &&
			strcmp(device->community, node->community) == 0) {
			return true;
		}
	}
	return false;
}

/* Would who speaks know of a bundle that was signed in ${scope}, and is it new enough? */
static bool would_know(const struct hearing *hearing, const struct scope *scope)
{
	const struct node *node = hearing->node;
	int64_t since = 0;

	fact_int(hearing->node, INCARNATION_SINCE, &since);
	if (!hearing->said->current && hearing->said->at_ms <= since) {
		return false;
	}
	if (node->district) {
		/* What is the district's alone only its other devices would know of. */
		return scope->kind == SCOPE_FEDERATION ||
			strcmp(scope->community, hearing->community) == 0 ||
			(strcmp(scope->community, node->community) == 0 && !has_siblings(node));
	}
	if (scope->kind == SCOPE_COMMUNITY) {
		return strcmp(hearing->community, node->community) == 0 || !has_siblings(node);
	}
	return hearing->server;
}

/* Is the other branch of somebody else's ${chain} to be merged, if who speaks names it? */
static bool decides(const struct hearing *hearing, const struct chain_name *name)
{
	const struct said *said = hearing->said;
	const struct trusted *maker = device_trusted(hearing->node, name->device);
	bool district = device_id_equal(name->device, hearing->node->federation_id) ||
		(maker != NULL && maker->device.server);

	if (device_id_equal(said->by, name->device)) {
		return said->incarnation > name->incarnation;
	}
	return hearing->server && !hearing->node->district && !district &&
		name->scope.kind != SCOPE_COMMUNITY;
}

/* Is it somebody whose word about ${chain} is worth a row? */
static bool concerns(const struct hearing *hearing, const struct chain *chain)
{
	return hearing->server || device_id_equal(hearing->said->by, chain->name.device) ||
		strcmp(hearing->community, chain->community) == 0;
}

/* What is to be done about one of their heads. */
enum news { NEWS_NONE, NEWS_CLAIM, NEWS_LATER, NEWS_FORK, NEWS_SETTLED };

static bool news_of(const struct hearing *hearing, const struct head *theirs, enum news *out,
	struct err *err)
{
	struct node *node = hearing->node;
	const struct chain *chain = chain_find(node, &theirs->chain);
	bool known;

	*out = NEWS_NONE;
	if (theirs->seq == 0) {
		return true;
	}
	if (!fork_accounted(node, chain, theirs->seq, theirs->hash, sizeof(theirs->hash), &known, err)) {
		return false;
	}
	if (known) {
		*out = hearing->any_open ? NEWS_SETTLED : NEWS_NONE;
	} else if (own_name(node, &theirs->chain)) {
		/* A later life of this store, or a stranger: what is unsigned here may come back. */
		*out = theirs->chain.incarnation <= node->incarnation ? NEWS_CLAIM :
			outbox_unsealed(node)			      ? NEWS_LATER :
									NEWS_NONE;
	} else if (chain != NULL && concerns(hearing, chain)) {
		bool fork = theirs->seq <= chain->head;

		/* Who decides may be further, on either branch: they find out where they part. */
		if (!fork && decides(hearing, &theirs->chain) &&
			!fork_is_open(node, chain, &fork, err)) {
			return false;
		}
		*out = fork ? NEWS_FORK : NEWS_NONE;
	}
	return true;
}

static bool note_fork(const struct hearing *hearing, const struct head *theirs, struct err *err)
{
	struct node *node = hearing->node;
	const struct chain *chain = chain_find(node, &theirs->chain);
	struct fork_noted noted = { .chain = chain->text, .by = hearing->by, .seq = theirs->seq,
		.other = theirs->hash, .other_len = sizeof(theirs->hash),
		.follow = decides(hearing, &theirs->chain) };
	struct slot slot = { 0 };
	bool ok;

	if (theirs->seq <= chain->head) {
		if (!slot_read(node, chain, theirs->seq, &slot, err)) {
			return false;
		}
		noted.held = slot.hash;
	}
	ok = fork_put(node, &noted, err);
	slot_clear(&slot);
	return ok;
}

static bool hear_one(const struct hearing *hearing, const struct head *theirs, struct err *err)
{
	struct fork_noted claim = { .by = hearing->by, .seq = theirs->seq, .other = theirs->hash,
		.other_len = sizeof(theirs->hash) };
	char text[CHAIN_TEXT_BYTES];
	enum news news;

	if (!news_of(hearing, theirs, &news, err)) {
		return false;
	}
	switch (news) {
	case NEWS_CLAIM:
		return take_claim(hearing->node, &theirs->chain, &claim, err);
	case NEWS_LATER:
		return reissue_seal(hearing->node, err);
	case NEWS_FORK:
		return note_fork(hearing, theirs, err);
	case NEWS_SETTLED:
		chain_name_print(text, &theirs->chain);
		return fork_settle_row(hearing->node, text, hearing->by, err);
	default:
		return true;
	}
}

/* Something to write down? */
static bool anything(const struct hearing *hearing, bool *out, struct err *err)
{
	size_t i;

	*out = false;
	for (i = 0; !*out && i < hearing->said->count; i++) {
		enum news news;

		if (!news_of(hearing, &hearing->said->heads[i], &news, err)) {
			return false;
		}
		*out = news != NEWS_NONE;
	}
	return true;
}

static bool hear_all(const struct hearing *hearing, struct err *err)
{
	struct node *node = hearing->node;
	uint32_t incarnation = node->incarnation;
	size_t i;

	if (!node_begin(node, err)) {
		return false;
	}
	for (i = 0; i < hearing->said->count; i++) {
		if (!hear_one(hearing, &hearing->said->heads[i], err)) {
			node_abort(node);
			return false;
		}
	}
	return node_commit(node, err) &&
		(node->incarnation == incarnation || node_write_incarnation(node, err));
}

/* ---- changes that were left unsigned ------------------------------- */

bool forks_each_left(struct node *node,
	bool (*each)(void *ctx, const struct chain_name *chain, struct err *err), void *ctx,
	struct err *err)
{
	size_t i;

	if (!node_refresh(node, err)) {
		return false;
	}
	for (i = 0; i < node->chain_count; i++) {
		struct chain_name name = node->chains[i].name;

		if (left_drafts(node, &node->chains[i]) && !each(ctx, &name, err)) {
			return false;
		}
	}
	return true;
}

/* Will the drafts of ${theirs}'s chain not come back signed, for all that is known? */
static bool is_free(const struct hearing *hearing, const struct head *theirs, bool *out,
	struct err *err)
{
	struct node *node = hearing->node;
	const struct chain *chain = chain_find(node, &theirs->chain);

	*out = false;
	if (!left_drafts(node, chain) || !would_know(hearing, &chain->name.scope)) {
		return true;
	}
	*out = theirs->seq == 0;
	return *out || fork_holds(node, chain, theirs->seq, theirs->hash, sizeof(theirs->hash), out, err);
}

static bool release_all(const struct hearing *hearing, struct err *err)
{
	struct node *node = hearing->node;
	size_t i;
	bool freed;

	for (i = 0; i < hearing->said->count; i++) {
		const struct head *theirs = &hearing->said->heads[i];

		if (!is_free(hearing, theirs, &freed, err) ||
			(freed && !branch_release(node, chain_find(node, &theirs->chain), err))) {
			return false;
		}
	}
	return true;
}

static bool release(const struct hearing *hearing, struct err *err)
{
	struct node *node = hearing->node;
	uint32_t incarnation;
	struct tally packed;
	bool any = false;
	size_t i;

	for (i = 0; !any && i < hearing->said->count; i++) {
		if (!is_free(hearing, &hearing->said->heads[i], &any, err)) {
			return false;
		}
	}
	if (!any) {
		return true;
	}
	/* What was captured since is signed first: it had seen all that is merged. */
	if (!outbox_pack_drafts(node, &packed, err)) {
		return false;
	}
	incarnation = node->incarnation;
	if (!node_begin(node, err)) {
		return false;
	}
	if (!release_all(hearing, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err) &&
		(node->incarnation == incarnation || node_write_incarnation(node, err));
}

bool forks_hear(struct node *node, const struct said *said, struct err *err)
{
	struct hearing hearing = { .node = node, .said = said };
	struct device by;
	bool any;

	if (device_id_equal(said->by, node->device) || !node_refresh(node, err)) {
		return device_id_equal(said->by, node->device);
	}
	device_id_print(hearing.by, said->by);
	if (node_find_device(node, said->by, &by)) {
		hearing.server = by.server;
		memcpy(hearing.community, by.community, sizeof(hearing.community));
	}
	return fork_found(node, "SELECT 1 FROM fork WHERE settled_ms IS NULL AND named_by = ?1 LIMIT 1",
		       hearing.by, &hearing.any_open, err) &&
		anything(&hearing, &any, err) && (!any || hear_all(&hearing, err)) &&
		release(&hearing, err);
}
