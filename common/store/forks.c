/*
 * forks.c -- what is known of forks, and learning of them; see linli/forks.h.
 *
 * Whose word counts: that this store is an old copy, anybody's who is
 * enrolled, but not again from somebody whose last such word has not come
 * true, as every time costs an incarnation; that another branch is to be
 * merged, the chain's own device once it has begun a later incarnation, and
 * for communities' chains at a community the district.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "repair.h"

#define STRANGER_FACT "stranger"           /* "<incarnation> <Unix ms>" */
#define STRANGER_SHOWN_MS (30LL * 24 * 60 * 60 * 1000)
#define CLAIM_HASH_BYTES 8                 /* of a hash in Seen */

static int64_t now_ms(const struct node *node)
{
	return node->env->now_ms(node->env->ctx);
}

static bool is_own(const struct node *node, const struct chain_name *name)
{
	return device_id_equal(name->device, node->device);
}

/* ---- the table ----------------------------------------------------- */

/* What is to be noted of a fork. */
struct noted {
	const char *chain; /* its text */
	const char *by;    /* "": the bundle came itself */
	uint32_t seq;
	const uint8_t *held;  /* NULL: nothing is held there */
	const uint8_t *other;
	size_t other_len;
	bool follow;
};

static bool put_fork(struct node *node, const struct noted *noted, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO fork (chain, named_by, seq, held, other, follow, found_ms, settled_ms) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL) ON CONFLICT (chain, named_by) DO UPDATE "
		"SET seq = excluded.seq, held = excluded.held, other = excluded.other, "
		"follow = excluded.follow, found_ms = CASE WHEN fork.other = excluded.other "
		"THEN fork.found_ms ELSE excluded.found_ms END, settled_ms = NULL "
		"WHERE fork.settled_ms IS NOT NULL OR fork.other <> excluded.other "
		"OR fork.seq <> excluded.seq OR fork.follow <> excluded.follow");

	stmt_text_at(stmt, 1, view_of(noted->chain));
	stmt_text_at(stmt, 2, view_of(noted->by));
	stmt_int_at(stmt, 3, noted->seq);
	if (noted->held != NULL) {
		stmt_blob_at(stmt, 4, noted->held, 32);
	} else {
		stmt_null_at(stmt, 4);
	}
	stmt_blob_at(stmt, 5, noted->other, noted->other_len);
	stmt_int_at(stmt, 6, noted->follow);
	stmt_int_at(stmt, 7, now_ms(node));
	return stmt_run(stmt, err);
}

static bool settle_row(struct node *node, const char *chain, const char *by, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"UPDATE fork SET settled_ms = ?3 WHERE chain = ?1 AND named_by = ?2 "
		"AND settled_ms IS NULL");

	stmt_text_at(stmt, 1, view_of(chain));
	stmt_text_at(stmt, 2, view_of(by));
	stmt_int_at(stmt, 3, now_ms(node));
	return stmt_run(stmt, err);
}

/* Is a row there that ${sql} finds for ${text}? */
static bool found(struct node *node, const char *sql, const char *text, bool *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, sql);
	bool ok;

	stmt_text_at(stmt, 1, view_of(text));
	ok = stmt_step(stmt, out, err);
	stmt_reset(stmt);
	return ok;
}

bool fork_follows(struct node *node, const struct chain *chain, bool *out, struct err *err)
{
	return found(node,
		"SELECT 1 FROM fork WHERE chain = ?1 AND follow = 1 AND settled_ms IS NULL",
		chain->text, out, err);
}

static bool is_open(struct node *node, const struct chain *chain, bool *out, struct err *err)
{
	return found(node, "SELECT 1 FROM fork WHERE chain = ?1 AND settled_ms IS NULL",
		chain->text, out, err);
}

/* ---- what is held -------------------------------------------------- */

/* Does ${chain} hold, at ${seq}, the bundle whose hash begins with these bytes? */
static bool holds(struct node *node, const struct chain *chain, uint32_t seq, const uint8_t *hash,
	size_t len, bool *out, struct err *err)
{
	struct slot slot;

	*out = false;
	if (chain == NULL || seq == 0 || seq > chain->head) {
		return true;
	}
	if (seq == chain->head) {
		*out = memcmp(chain->hash, hash, len) == 0;
		return true;
	}
	if (!slot_read(node, chain, seq, &slot, err)) {
		return false;
	}
	*out = memcmp(slot.hash, hash, len) == 0;
	slot_clear(&slot);
	return true;
}

/* The same, also where it is an own one that was set aside: its lines were issued again. */
static bool accounted(struct node *node, const struct chain *chain, uint32_t seq,
	const uint8_t *hash, size_t len, bool *out, struct err *err)
{
	return holds(node, chain, seq, hash, len, out, err) &&
		(*out || chain == NULL || !is_own(node, &chain->name) ||
			branch_holds(node, chain, hash, len, out, err));
}

static void copy_hash(uint8_t out[32], struct view hash)
{
	memset(out, 0, 32);
	if (hash.len != 0 && hash.len <= 32) {
		memcpy(out, hash.data, hash.len);
	}
}

struct open_row {
	char by[DEVICE_TEXT_BYTES];
	uint32_t seq;
	uint8_t other[32];
	size_t len;
};

static bool open_rows(struct node *node, const struct chain *chain, struct buf *out,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT named_by, seq, other FROM fork WHERE chain = ?1 AND settled_ms IS NULL");
	bool row;

	stmt_text_at(stmt, 1, view_of(chain->text));
	do {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			struct open_row open = { .seq = (uint32_t)stmt_get_int(stmt, 1) };
			struct view by = stmt_get_text(stmt, 0), other = stmt_get_blob(stmt, 2);

			copy_hash(open.other, other);
			open.len = other.len <= sizeof(open.other) ? other.len : 0;
			snprintf(open.by, sizeof(open.by), "%.*s", (int)by.len, by.data);
			buf_add(out, &open, sizeof(open));
		}
	} while (row);
	return buf_ok(out, err);
}

bool forks_settle(struct node *node, const struct chain *chain, struct err *err)
{
	struct stmt *back = db_prepare(node->db, "DELETE FROM branch WHERE oid = ?1 AND own = 0");
	struct buf rows = { 0 };
	struct open_row row;
	bool ok, done;
	size_t at;

	/* Should the newest bundle have been set aside before, it is back. */
	stmt_blob_at(back, 1, chain->oid.bytes, OID_BYTES);
	ok = stmt_run(back, err) && open_rows(node, chain, &rows, err);
	for (at = 0; ok && at < rows.len; at += sizeof(row)) {
		memcpy(&row, rows.data + at, sizeof(row));
		ok = accounted(node, chain, row.seq, row.other, row.len, &done, err) &&
			(!done || settle_row(node, chain->text, row.by, err));
	}
	buf_clear(&rows);
	return ok;
}

bool fork_wants_back(struct node *node, const struct chain_name *name, bool *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM fork f JOIN branch b ON b.hash = f.other "
		"WHERE f.chain = ?1 AND f.follow = 1 AND f.settled_ms IS NULL");
	char text[CHAIN_TEXT_BYTES];
	bool ok;

	chain_name_print(text, name);
	stmt_text_at(stmt, 1, view_of(text));
	ok = stmt_step(stmt, out, err);
	stmt_reset(stmt);
	return ok;
}

bool fork_note_bundle(struct node *node, const struct bundle *bundle, struct err *err)
{
	const struct bundle_facts *facts = &bundle->facts;
	const struct chain *chain = chain_find(node, &facts->chain);
	struct noted noted = { .by = "", .seq = facts->seq, .other = bundle->sha256,
		.other_len = sizeof(bundle->sha256) };
	struct slot slot;
	bool ok;

	if (chain == NULL || facts->seq > chain->head + 1) {
		return true;
	}
	if (facts->seq == chain->head + 1) {
		/* It follows another bundle than the newest one here. */
		noted.seq = chain->head;
		noted.other = facts->parent_sha256;
	}
	if (noted.seq == 0 || !slot_read(node, chain, noted.seq, &slot, err)) {
		return noted.seq == 0;
	}
	noted.chain = chain->text;
	noted.held = slot.hash;
	ok = put_fork(node, &noted, err);
	slot_clear(&slot);
	return ok;
}

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
static bool take_claim(struct node *node, const struct chain_name *name, struct noted *noted,
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
	ok = put_fork(node, noted, err);
	slot_clear(&slot);
	return ok;
}

/* A head of which the first bytes of the hash are known. */
static bool claim_head(struct node *node, const char *by, const struct chain_name *name,
	uint32_t seq, const uint8_t hash[COMMIT_HASH_BYTES], struct err *err)
{
	struct noted noted = { .by = by, .seq = seq, .other = hash,
		.other_len = CLAIM_HASH_BYTES };
	bool known;

	if (!is_own(node, name) || name->incarnation != node->incarnation) {
		return true;
	}
	return accounted(node, chain_find(node, name), seq, hash, CLAIM_HASH_BYTES, &known, err) &&
		(known || take_claim(node, name, &noted, err));
}

bool fork_claims(struct node *node, const struct bundle *bundle, struct err *err)
{
	const struct bundle_facts *facts = &bundle->facts;
	char by[DEVICE_TEXT_BYTES];
	size_t i;

	if (is_own(node, &facts->chain)) {
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
	return chain != NULL && is_own(node, &chain->name) &&
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
		return scope->kind == SCOPE_FEDERATION ||
			strcmp(scope->community, hearing->community) == 0;
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
	if (!accounted(node, chain, theirs->seq, theirs->hash, sizeof(theirs->hash), &known, err)) {
		return false;
	}
	if (known) {
		*out = hearing->any_open ? NEWS_SETTLED : NEWS_NONE;
	} else if (is_own(node, &theirs->chain)) {
		/* A later life of this store, or a stranger: what is unsigned here may come back. */
		*out = theirs->chain.incarnation <= node->incarnation ? NEWS_CLAIM :
			outbox_unsealed(node)			      ? NEWS_LATER :
									NEWS_NONE;
	} else if (chain != NULL && theirs->seq <= chain->head && concerns(hearing, chain)) {
		*out = NEWS_FORK;
	}
	return true;
}

static bool note_fork(const struct hearing *hearing, const struct head *theirs, struct err *err)
{
	struct node *node = hearing->node;
	const struct chain *chain = chain_find(node, &theirs->chain);
	struct noted noted = { .chain = chain->text, .by = hearing->by, .seq = theirs->seq,
		.other = theirs->hash, .other_len = sizeof(theirs->hash),
		.follow = decides(hearing, &theirs->chain) };
	struct slot slot;
	bool ok;

	if (!slot_read(node, chain, theirs->seq, &slot, err)) {
		return false;
	}
	noted.held = slot.hash;
	ok = put_fork(node, &noted, err);
	slot_clear(&slot);
	return ok;
}

static bool hear_one(const struct hearing *hearing, const struct head *theirs, struct err *err)
{
	struct noted claim = { .by = hearing->by, .seq = theirs->seq, .other = theirs->hash,
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
		return settle_row(hearing->node, text, hearing->by, err);
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
	return *out || holds(node, chain, theirs->seq, theirs->hash, sizeof(theirs->hash), out, err);
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
	return found(node, "SELECT 1 FROM fork WHERE settled_ms IS NULL AND named_by = ?1 LIMIT 1",
		       hearing.by, &hearing.any_open, err) &&
		anything(&hearing, &any, err) && (!any || hear_all(&hearing, err)) &&
		release(&hearing, err);
}

bool forks_step(struct node *node, const struct head *theirs, struct device_id whose,
	enum fork_step *out, struct err *err)
{
	const struct chain *chain;
	bool known, open, follow;

	*out = FORK_NONE;
	if (!node_refresh(node, err)) {
		return false;
	}
	chain = chain_find(node, &theirs->chain);
	if (chain == NULL || chain->head == 0 || theirs->seq == 0) {
		return true;
	}
	if (!holds(node, chain, theirs->seq, theirs->hash, sizeof(theirs->hash), &known, err) ||
		!is_open(node, chain, &open, err) || !fork_follows(node, chain, &follow, err)) {
		return false;
	}
	if (known || (theirs->seq > chain->head && !open)) {
		return true;
	}
	if (is_own(node, &chain->name)) {
		if (!accounted(node, chain, theirs->seq, theirs->hash, sizeof(theirs->hash), &known,
			    err)) {
			return false;
		}
		*out = known ? FORK_OFFER : FORK_FETCH;
	} else if (follow) {
		*out = FORK_FETCH;
	} else {
		*out = node->district || device_id_equal(whose, chain->name.device) ? FORK_OFFER :
										      FORK_TOLD;
	}
	return true;
}

bool forks_open(struct node *node, const struct chain_name *name, bool *out, struct err *err)
{
	const struct chain *chain;

	*out = false;
	if (!node_refresh(node, err)) {
		return false;
	}
	chain = chain_find(node, name);
	return chain == NULL || is_open(node, chain, out, err);
}

bool forks_hold_back(struct node *node, const struct chain_name *name, bool *out, struct err *err)
{
	/* What only another device of the community names may take long to come. */
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM fork WHERE settled_ms IS NULL AND chain LIKE ?1 || '/%' AND "
		"(named_by = '' OR named_by IN (SELECT id FROM device WHERE community = "
		"'district'))");
	char text[CHAIN_TEXT_BYTES];
	bool ok;

	*out = false;
	if (!is_own(node, name) || node->district) {
		return true;
	}
	chain_name_print(text, name);
	*strchr(text, '/') = '\0';
	stmt_text_at(stmt, 1, view_of(text));
	ok = stmt_step(stmt, out, err);
	stmt_reset(stmt);
	return ok;
}

bool forks_may_sign(struct node *node)
{
	struct err ignored;

	return !node_refresh(node, &ignored) || !outbox_waits(node) || outbox_unsealed(node);
}

/* ---- strangers ----------------------------------------------------- */

bool fork_stranger_note(struct node *node, const struct bundle *bundle, struct err *err)
{
	const struct bundle_facts *facts = &bundle->facts;
	struct buf text = { 0 };
	int64_t since = 0;
	bool ok;

	if (!is_own(node, &facts->chain)) {
		return true;
	}
	fact_int(node, INCARNATION_SINCE, &since);
	if (facts->chain.incarnation <= node->incarnation &&
		(facts->chain.incarnation == node->incarnation || since == 0 ||
			facts->made_s <= since / 1000)) {
		return true;
	}
	buf_printf(&text, "%" PRIu32 " %" PRId64, facts->chain.incarnation, now_ms(node));
	ok = buf_ok(&text, err) && node_set(node, STRANGER_FACT, buf_as_view(&text), err);
	buf_clear(&text);
	return ok;
}

bool forks_stranger(struct node *node, uint32_t *incarnation, struct err *err)
{
	struct buf text = { 0 };
	struct cursor cursor;
	int64_t number, at;

	*incarnation = 0;
	if (!node_refresh(node, err)) {
		return false;
	}
	if (node_get(node, STRANGER_FACT, &text)) {
		cursor = cursor_of(text.data, text.len);
		if (int64_parse(&number, cursor_until(&cursor, ' ')) &&
			int64_parse(&at, (struct view){ (const char *)cursor.at,
						 cursor_left(&cursor) }) &&
			now_ms(node) - at < STRANGER_SHOWN_MS) {
			*incarnation = (uint32_t)number;
		}
	}
	buf_clear(&text);
	return true;
}

/* ---- listing ------------------------------------------------------- */

bool repair_note(struct node *node, const struct place *place, uint64_t bundles,
	const struct reissue *reissue, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO repair (at_ms, chain, seq, bundles, lines, renumbered, lines_left, "
		"incarnation) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
	char text[CHAIN_TEXT_BYTES], name[LINE_NAME_TEXT_BYTES];
	const struct audit_item detail[] = { { "bundle", name, 0 },
		{ "bundles", NULL, (int64_t)bundles }, { "lines", NULL, (int64_t)reissue->written },
		{ NULL, NULL, 0 } };

	chain_name_print(text, &place->chain);
	place_print(name, place);
	stmt_int_at(stmt, 1, now_ms(node));
	stmt_text_at(stmt, 2, view_of(text));
	stmt_int_at(stmt, 3, place->seq);
	stmt_int_at(stmt, 4, (int64_t)bundles);
	stmt_int_at(stmt, 5, (int64_t)reissue->written);
	stmt_int_at(stmt, 6, (int64_t)reissue->renumbered);
	stmt_int_at(stmt, 7, (int64_t)reissue->left);
	stmt_int_at(stmt, 8, node->incarnation);
	return stmt_run(stmt, err) &&
		(!node->district || audit_add(node, NULL, AUDIT_REPAIRED, detail, err));
}

/* The rows are copied out first: ${each} may ask the store other things. */
static bool give_all(const struct buf *rows, size_t size,
	bool (*give)(const void *row, void *ctx, struct err *err), void *ctx, struct err *err)
{
	size_t at;

	for (at = 0; at < rows->len; at += size) {
		if (!give(rows->data + at, ctx, err)) {
			return false;
		}
	}
	return true;
}

struct fork_ctx {
	bool (*each)(void *ctx, const struct fork *fork, struct err *err);
	void *ctx;
};

static bool give_fork(const void *row, void *ctx, struct err *err)
{
	struct fork_ctx *to = ctx;
	struct fork fork;

	memcpy(&fork, row, sizeof(fork));
	return to->each(to->ctx, &fork, err);
}

bool forks_each(struct node *node,
	bool (*each)(void *ctx, const struct fork *fork, struct err *err), void *ctx,
	struct err *err)
{
	struct fork_ctx to = { each, ctx };
	struct buf rows = { 0 };
	struct stmt *stmt;
	bool row = true, ok = node_refresh(node, err);

	stmt = db_prepare(node->db,
		"SELECT chain, named_by, seq, held, other, found_ms, coalesce(settled_ms, 0) "
		"FROM fork ORDER BY found_ms DESC, chain, named_by");
	while (ok && row) {
		struct fork fork = { 0 };
		struct view by;

		ok = stmt_step(stmt, &row, err);
		if (!ok || !row) {
			break;
		}
		if (!chain_name_parse(&fork.place.chain, stmt_get_text(stmt, 0))) {
			continue;
		}
		by = stmt_get_text(stmt, 1);
		snprintf(fork.by, sizeof(fork.by), "%.*s", (int)by.len, by.data);
		fork.place.seq = (uint32_t)stmt_get_int(stmt, 2);
		copy_hash(fork.held, stmt_get_blob(stmt, 3));
		copy_hash(fork.other, stmt_get_blob(stmt, 4));
		fork.found_ms = stmt_get_int(stmt, 5);
		fork.settled_ms = stmt_get_int(stmt, 6);
		buf_add(&rows, &fork, sizeof(fork));
	}
	stmt_reset(stmt);
	ok = ok && buf_ok(&rows, err) && give_all(&rows, sizeof(struct fork), give_fork, &to, err);
	buf_clear(&rows);
	return ok;
}

struct repair_ctx {
	bool (*each)(void *ctx, const struct repair *repair, struct err *err);
	void *ctx;
};

static bool give_repair(const void *row, void *ctx, struct err *err)
{
	struct repair_ctx *to = ctx;
	struct repair repair;

	memcpy(&repair, row, sizeof(repair));
	return to->each(to->ctx, &repair, err);
}

bool repairs_each(struct node *node,
	bool (*each)(void *ctx, const struct repair *repair, struct err *err), void *ctx,
	struct err *err)
{
	struct repair_ctx to = { each, ctx };
	struct buf rows = { 0 };
	struct stmt *stmt;
	bool row = true, ok = node_refresh(node, err);

	stmt = db_prepare(node->db,
		"SELECT at_ms, chain, seq, bundles, lines, renumbered, lines_left, incarnation "
		"FROM repair ORDER BY number DESC");
	while (ok && row) {
		struct repair repair = { 0 };

		ok = stmt_step(stmt, &row, err);
		if (!ok || !row) {
			break;
		}
		if (!chain_name_parse(&repair.place.chain, stmt_get_text(stmt, 1))) {
			continue;
		}
		repair.at_ms = stmt_get_int(stmt, 0);
		repair.place.seq = (uint32_t)stmt_get_int(stmt, 2);
		repair.bundles = (uint64_t)stmt_get_int(stmt, 3);
		repair.lines = (uint64_t)stmt_get_int(stmt, 4);
		repair.renumbered = (uint64_t)stmt_get_int(stmt, 5);
		repair.left = (uint64_t)stmt_get_int(stmt, 6);
		repair.incarnation = (uint32_t)stmt_get_int(stmt, 7);
		buf_add(&rows, &repair, sizeof(repair));
	}
	stmt_reset(stmt);
	ok = ok && buf_ok(&rows, err) &&
		give_all(&rows, sizeof(struct repair), give_repair, &to, err);
	buf_clear(&rows);
	return ok;
}

struct branch_ctx {
	bool (*each)(void *ctx, const struct branch_bundle *bundle, struct err *err);
	void *ctx;
};

static bool give_branch(const void *row, void *ctx, struct err *err)
{
	struct branch_ctx *to = ctx;
	struct branch_bundle bundle;

	memcpy(&bundle, row, sizeof(bundle));
	return to->each(to->ctx, &bundle, err);
}

bool branches_each(struct node *node,
	bool (*each)(void *ctx, const struct branch_bundle *bundle, struct err *err), void *ctx,
	struct err *err)
{
	struct branch_ctx to = { each, ctx };
	struct buf rows = { 0 };
	struct stmt *stmt;
	bool row = true, ok = node_refresh(node, err);

	stmt = db_prepare(node->db,
		"SELECT chain, seq, hash, lines, made_s, aside_ms, own FROM branch "
		"ORDER BY chain, fork_seq, aside_ms, seq, hash");
	while (ok && row) {
		struct branch_bundle bundle = { 0 };
		const struct chain *chain;

		ok = stmt_step(stmt, &row, err);
		chain = ok && row ? chain_by_number(node, (uint32_t)stmt_get_int(stmt, 0)) : NULL;
		if (chain == NULL) {
			continue;
		}
		bundle.place = (struct place){ chain->name, (uint32_t)stmt_get_int(stmt, 1), 0 };
		copy_hash(bundle.hash, stmt_get_blob(stmt, 2));
		bundle.lines = (uint32_t)stmt_get_int(stmt, 3);
		bundle.made_s = stmt_get_int(stmt, 4);
		bundle.aside_ms = stmt_get_int(stmt, 5);
		bundle.own = stmt_get_int(stmt, 6) != 0;
		buf_add(&rows, &bundle, sizeof(bundle));
	}
	stmt_reset(stmt);
	ok = ok && buf_ok(&rows, err) &&
		give_all(&rows, sizeof(struct branch_bundle), give_branch, &to, err);
	buf_clear(&rows);
	return ok;
}
