/*
 * branch.c -- bundles give way to others of their chain; see repair.h.
 *
 * Which branch stays: of its own chains a node keeps the one that others are
 * known to hold, a district the one that comes back to it; of another's, the
 * one that came first, until whoever decides it names the other.  What gives
 * way is kept in table branch, its objects where they are.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "erasing.h"
#include "repair.h"

static bool is_own(const struct node *node, const struct chain *chain)
{
	return device_id_equal(chain->name.device, node->device);
}

/* ---- which way ----------------------------------------------------- */

bool branch_holds(struct node *node, const struct chain *chain, const uint8_t *hash, size_t len,
	bool *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM branch WHERE chain = ?1 AND substr(hash, 1, ?3) = ?2");
	struct stmt *whole =
		db_prepare(node->db, "SELECT 1 FROM branch WHERE hash = ?2 AND chain = ?1");
	struct stmt *used = len == 32 ? whole : stmt;
	bool ok;

	stmt_int_at(used, 1, chain->number);
	stmt_blob_at(used, 2, hash, len);
	if (used == stmt) {
		stmt_int_at(used, 3, (int64_t)len);
	}
	ok = stmt_step(used, out, err);
	stmt_reset(used);
	return ok;
}

bool branch_of_other(struct node *node, const struct oid *oid, bool *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT 1 FROM branch WHERE oid = ?1 AND own = 0");
	bool ok;

	stmt_blob_at(stmt, 1, oid->bytes, OID_BYTES);
	ok = stmt_step(stmt, out, err);
	stmt_reset(stmt);
	return ok;
}

/*
 * Does somebody whose word counts for ${chain}, an own one, hold ${seq} of it
 * as it is here: the district; for a community's own scope any of its devices?
 */
static bool acknowledged(struct node *node, const struct chain *chain, uint32_t seq, bool *out,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT coalesce(max(seq), 0) FROM known WHERE chain = ?1 AND (?2 OR device IN "
		"(SELECT id FROM device WHERE community = 'district'))");
	bool row;

	*out = false;
	if (node->district) {
		return true;
	}
	stmt_text_at(stmt, 1, view_of(chain->text));
	stmt_int_at(stmt, 2, chain->name.scope.kind == SCOPE_COMMUNITY);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	*out = row && stmt_get_int(stmt, 0) >= (int64_t)seq;
	stmt_reset(stmt);
	return true;
}

/* Does ${bundle} follow what ${chain} holds at the place before? */
static bool follows_held(struct node *node, const struct chain *chain,
	const struct bundle_facts *facts, bool *out, struct err *err)
{
	struct slot slot;

	*out = facts->seq == 1;
	if (facts->seq == 1 || facts->seq > chain->head + 1) {
		return true;
	}
	if (!slot_read(node, chain, facts->seq - 1, &slot, err)) {
		return false;
	}
	*out = memcmp(slot.hash, facts->parent_sha256, sizeof(slot.hash)) == 0;
	slot_clear(&slot);
	return true;
}

bool fork_judge(struct node *node, const struct bundle *bundle, enum fork_way *out, struct err *err)
{
	const struct bundle_facts *facts = &bundle->facts;
	const struct chain *chain = chain_find(node, &facts->chain);
	bool follows, aside = false, stays = true;

	*out = FORK_IS_NONE;
	if (chain == NULL || chain->head == 0) {
		return true;
	}
	if (!follows_held(node, chain, facts, &follows, err) ||
		(facts->seq != 1 && is_own(node, chain) &&
			!branch_holds(node, chain, facts->parent_sha256,
				sizeof(facts->parent_sha256), &aside, err))) {
		return false;
	}
	if (facts->seq > chain->head && (follows || facts->seq > chain->head + 1) && !aside) {
		return true;
	}
	*out = FORK_REFUSED;
	if (is_own(node, chain)) {
		if (follows && !acknowledged(node, chain, facts->seq, &stays, err)) {
			return false;
		}
		if (follows || aside) {
			*out = stays ? FORK_ISSUED_AGAIN : FORK_GIVES_WAY;
		}
		return true;
	}
	if (follows) {
		bool follow;

		if (!fork_follows(node, chain, &follow, err)) {
			return false;
		}
		*out = follow ? FORK_GIVES_WAY : FORK_REFUSED;
	}
	return true;
}

/* ---- gathering lines ----------------------------------------------- */

/* The t of ${text}; ${before} where it is later than that, or cannot be read. */
static int64_t earlier_t(struct node *node, struct view text, int64_t before)
{
	struct err ignored;
	struct line line;

	arena_reset(&node->arena);
	return line_parse(&line, &node->arena, text, &ignored) && line.t < before ? line.t : before;
}

/*
 * The branch of ${bundle} and the one that goes on with ${changes} at that
 * place have parted by then: they may begin with lines that both signed.
 */
static int64_t fork_time(struct node *node, const struct bundle *bundle, struct view changes)
{
	struct cursor cursor = cursor_of(changes.data, changes.len);
	struct view ours = { NULL, 0 };
	int64_t t = INT64_MAX;
	size_t i;

	for (i = 0; cursor_left(&cursor) != 0; i++) {
		ours = cursor_until(&cursor, '\n');
		if (i >= bundle->line_count || !view_equal(ours, bundle->lines[i])) {
			t = earlier_t(node, ours, t);
			break;
		}
	}
	if (i < bundle->line_count) {
		t = earlier_t(node, bundle->lines[i], t);
	}
	/* Nothing but lines of both: what comes after them is later. */
	return t != INT64_MAX ? t : earlier_t(node, ours, t - 1) + 1;
}

/* The lines of ${chain} beyond ${after}: bundles, and the drafts behind them. */
static bool gather(struct reissue *reissue, const struct chain *chain, uint32_t after,
	struct err *err)
{
	struct loose_place place = { .chain = chain->number, .after = after };
	uint32_t last = chain->draft_seq > chain->head ? chain->draft_seq : chain->head;
	struct buf changes = { 0 };
	bool ok = true;

	for (place.seq = after + 1; ok && place.seq <= last; place.seq++) {
		buf_reset(&changes);
		place.seen_seq = place.seq;
		place.first = 1;
		ok = chain_changes(reissue->node, chain, place.seq, &changes, err) &&
			reissue_add(reissue, &place, buf_as_view(&changes), err);
	}
	buf_clear(&changes);
	return ok;
}

/* Up to where anybody is known to hold ${chain}. */
static bool known_of_any(struct node *node, const struct chain *chain, uint32_t *out,
	struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "SELECT coalesce(max(seq), 0) FROM known WHERE chain = ?1");
	int64_t known;
	bool row;

	stmt_text_at(stmt, 1, view_of(chain->text));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	known = stmt_get_int(stmt, 0);
	*out = known > (int64_t)chain->head ? chain->head : (uint32_t)known;
	stmt_reset(stmt);
	return true;
}

/*
 * From where on ${chain}, of the same incarnation as one that forked at
 * ${made_s}, belongs to that branch: bundles made since that nobody is known
 * to hold.  *after: what comes before stays.
 */
static bool sibling_after(struct node *node, const struct chain *chain, int64_t made_s,
	uint32_t *after, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT coalesce(max(seq), 0) FROM slot WHERE chain = ?1 AND made_s < ?2");
	uint32_t known;
	bool row;

	*after = 0;
	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, made_s);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	*after = (uint32_t)stmt_get_int(stmt, 0);
	stmt_reset(stmt);
	if (!known_of_any(node, chain, &known, err)) {
		return false;
	}
	*after = known > *after ? known : *after;
	return true;
}

/* ---- setting aside ------------------------------------------------- */

/* A part of a chain that gives way: all beyond ${after}. */
struct cut {
	uint32_t chain, after;
	bool own; /* its lines are issued again */
};

/* ${fork_t}: no line of either branch is older; 0 for another's chain. */
static bool keep_aside(struct node *node, const struct cut *cut, int64_t fork_t, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO branch (oid, chain, seq, hash, objects, lines, made_s, aside_ms, own, "
		"fork_seq, fork_t) SELECT substr(objects, 1, 20), chain, seq, hash, objects, lines, "
		"made_s, ?3, ?4, ?2 + 1, ?5 FROM slot WHERE chain = ?1 AND seq > ?2");

	stmt_int_at(stmt, 1, cut->chain);
	stmt_int_at(stmt, 2, cut->after);
	stmt_int_at(stmt, 3, node->env->now_ms(node->env->ctx));
	stmt_int_at(stmt, 4, cut->own);
	stmt_int_at(stmt, 5, fork_t);
	return stmt_run(stmt, err);
}

static bool drop_beyond(struct node *node, const struct chain *chain, uint32_t after,
	struct err *err)
{
	static const char *const statements[] = {
		"DELETE FROM slot WHERE chain = ?1 AND seq > ?2",
		"DELETE FROM seen WHERE chain = ?1 AND seq > ?2",
		"DELETE FROM held WHERE chain = ?1 AND seq > ?2",
		"DELETE FROM refers WHERE chain = ?1 AND seq > ?2",
		"DELETE FROM draft WHERE chain = ?1 AND seq > ?2",
		"DELETE FROM reissued WHERE chain = ?1 AND seq > ?2",
		"DELETE FROM reissued_line WHERE chain = ?1 AND seq > ?2",
	};
	struct stmt *known =
		db_prepare(node->db, "DELETE FROM known WHERE chain = ?1 AND seq > ?2");
	size_t i;

	for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		struct stmt *stmt = db_prepare(node->db, statements[i]);

		stmt_int_at(stmt, 1, chain->number);
		stmt_int_at(stmt, 2, after);
		if (!stmt_run(stmt, err)) {
			return false;
		}
	}
	stmt_text_at(known, 1, view_of(chain->text));
	stmt_int_at(known, 2, after);
	return stmt_run(known, err);
}

/* ${chain}'s newest bundle is ${after} from now on. */
static bool move_back(struct node *node, struct chain *chain, uint32_t after, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"UPDATE chain SET head = ?2, hash = ?3, oid = ?4 WHERE number = ?1");
	struct slot slot;

	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, after);
	chain->head = after;
	chain->draft_seq = chain->draft_lines = chain->sealed_seq = 0;
	chain->draft_bytes = 0;
	if (after == 0) {
		stmt_null_at(stmt, 3);
		stmt_null_at(stmt, 4);
	} else {
		if (!slot_read(node, chain, after, &slot, err)) {
			return false;
		}
		memcpy(chain->hash, slot.hash, sizeof(chain->hash));
		chain->oid = slot_object(&slot, RAW_COMMIT);
		slot_clear(&slot);
		stmt_blob_at(stmt, 3, chain->hash, sizeof(chain->hash));
		stmt_blob_at(stmt, 4, chain->oid.bytes, OID_BYTES);
	}
	return stmt_run(stmt, err) && node_touch(node, "bundle", chain->community, err);
}

static bool make_cut(struct node *node, const struct cut *cut, int64_t fork_t, struct err *err)
{
	struct chain *chain = chain_by_number(node, cut->chain);

	return keep_aside(node, cut, fork_t, err) &&
		drop_beyond(node, chain, cut->after, err) && move_back(node, chain, cut->after, err);
}

/* ---- giving way ---------------------------------------------------- */

/* The parts of the node's own chains that belong to the branch of ${chain} beyond ${after}. */
static bool find_cuts(struct node *node, const struct chain *chain, uint32_t after,
	struct buf *cuts, struct err *err)
{
	struct cut cut = { chain->number, after, is_own(node, chain) };
	struct slot slot;
	size_t i;

	buf_add(cuts, &cut, sizeof(cut));
	/* A district's records have names of their own, and others read its chains at any time. */
	if (!is_own(node, chain) || node->district) {
		return buf_ok(cuts, err);
	}
	if (!slot_read(node, chain, after + 1, &slot, err)) {
		return false;
	}
	slot_clear(&slot);
	for (i = 0; i < node->chain_count; i++) {
		const struct chain *other = &node->chains[i];

		if (other == chain || !is_own(node, other) ||
			other->name.incarnation != chain->name.incarnation) {
			continue;
		}
		cut.chain = other->number;
		if (!sibling_after(node, other, slot.made_s, &cut.after, err)) {
			return false;
		}
		if (cut.after < other->head || other->draft_seq > other->head) {
			buf_add(cuts, &cut, sizeof(cut));
		}
	}
	return buf_ok(cuts, err);
}

static bool gather_cuts(struct reissue *reissue, const struct buf *cuts, uint64_t *bundles,
	struct err *err)
{
	struct cut cut;
	size_t at;

	*bundles = 0;
	for (at = 0; at < cuts->len; at += sizeof(cut)) {
		const struct chain *chain;

		memcpy(&cut, cuts->data + at, sizeof(cut));
		chain = chain_by_number(reissue->node, cut.chain);
		*bundles += chain->head - cut.after;
		if (!gather(reissue, chain, cut.after, err)) {
			return false;
		}
	}
	return true;
}

/*
 * The node signs no more under ${incarnation}, and what it issues again has no
 * lines before it in its chains that those who wrote it had not seen.
 */
static bool leave(struct node *node, uint32_t incarnation, struct err *err)
{
	bool fresh = incarnation != node->incarnation;
	size_t i;

	for (i = 0; fresh && i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];

		fresh = !is_own(node, chain) || chain->name.incarnation != node->incarnation ||
			(chain->head == 0 && chain->draft_seq <= chain->sealed_seq);
	}
	return fresh || incarnation_next(node, node->incarnation, err);
}

bool branch_give_way(struct node *node, const struct bundle *bundle, struct err *err)
{
	struct chain *chain = chain_find(node, &bundle->facts.chain);
	struct place place = { .chain = bundle->facts.chain, .seq = bundle->facts.seq };
	struct reissue reissue = { .node = node };
	struct buf cuts = { 0 }, changes = { 0 };
	bool own = is_own(node, chain), ok;
	uint64_t bundles = 0;
	size_t at;

	ok = (!own || leave(node, chain->name.incarnation, err)) &&
		find_cuts(node, chain, place.seq - 1, &cuts, err) &&
		chain_changes(node, chain, place.seq, &changes, err) &&
		gather_cuts(&reissue, &cuts, &bundles, err) && reissue_unmerge(&reissue, err);
	if (ok && own) {
		reissue.fork_t = fork_time(node, bundle, buf_as_view(&changes));
		reissue.standing = true;
		ok = reissue_write(&reissue, err);
	}
	for (at = 0; ok && at < cuts.len; at += sizeof(struct cut)) {
		struct cut cut;

		memcpy(&cut, cuts.data + at, sizeof(cut));
		ok = make_cut(node, &cut, reissue.fork_t, err);
	}
	ok = ok && devices_settle(node, err) &&
		(!own || repair_note(node, &place, bundles, &reissue, err));
	node->own_moved = node->own_moved || own;
	reissue_clear(&reissue);
	buf_clear(&cuts);
	buf_clear(&changes);
	return ok;
}

static bool cut_off(struct node *node, const struct cut *cut, struct err *err)
{
	struct reissue reissue = { .node = node };
	bool ok = gather(&reissue, chain_by_number(node, cut->chain), cut->after, err) &&
		reissue_unmerge(&reissue, err) && make_cut(node, cut, 0, err);

	reissue_clear(&reissue);
	return ok;
}

bool branch_cut_ended(struct node *node, struct err *err)
{
	struct cut cut = { .own = false };
	uint32_t end;

#ifdef LINLI_PLANT_ENDED_KEY_STAYS
	return true;
#endif
	for (cut.chain = 1; cut.chain <= node->chain_count; cut.chain++) {
		const struct chain *chain = chain_by_number(node, cut.chain);

		if (is_own(node, chain) || !trust_end(node, &chain->name, &end) ||
			end >= chain->head) {
			continue;
		}
		cut.after = end;
		if (!cut_off(node, &cut, err)) {
			return false;
		}
	}
	return true;
}

/* ---- a key that is given up ----------------------------------------- */

bool branch_recall(struct reissue *reissue, struct device_id device, bool bundles,
	struct buf *cuts, struct err *err)
{
	struct node *node = reissue->node;
	struct cut cut = { .own = true };

	for (cut.chain = 1; cut.chain <= node->chain_count; cut.chain++) {
		const struct chain *chain = chain_by_number(node, cut.chain);

		if (!device_id_equal(chain->name.device, device)) {
			continue;
		}
		cut.after = chain->head;
		if (bundles && !known_of_any(node, chain, &cut.after, err)) {
			return false;
		}
		if (cut.after < chain->head || chain->draft_seq > chain->head) {
			buf_add(cuts, &cut, sizeof(cut));
			if (!gather(reissue, chain, cut.after, err)) {
				return false;
			}
		}
	}
	return buf_ok(cuts, err);
}

bool branch_let_go(struct node *node, const struct buf *cuts, struct err *err)
{
	struct cut cut;
	size_t at;

	for (at = 0; at < cuts->len; at += sizeof(cut)) {
		memcpy(&cut, cuts->data + at, sizeof(cut));
		if (!make_cut(node, &cut, 0, err)) {
			return false;
		}
	}
	return true;
}

/* ---- a branch that does not stay ----------------------------------- */

/* Where the branch of ${bundle} leaves ${chain}, and when. */
static bool branch_start(struct node *node, const struct chain *chain, const struct bundle *bundle,
	uint32_t *seq, int64_t *t, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT fork_seq, fork_t FROM branch WHERE chain = ?1 AND hash = ?2");
	struct buf changes = { 0 };
	bool row, ok;

	stmt_int_at(stmt, 1, chain->number);
	stmt_blob_at(stmt, 2, bundle->facts.parent_sha256, sizeof(bundle->facts.parent_sha256));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row) {
		*seq = (uint32_t)stmt_get_int(stmt, 0);
		*t = stmt_get_int(stmt, 1);
		stmt_reset(stmt);
		return true;
	}
	*seq = bundle->facts.seq;
	ok = chain_changes(node, chain, *seq, &changes, err);
	if (ok) {
		*t = fork_time(node, bundle, buf_as_view(&changes));
	}
	buf_clear(&changes);
	return ok;
}

static bool insert_branch(struct node *node, const struct chain *chain,
	const struct bundle *bundle, const struct raw_bundle *raw, uint32_t fork_seq,
	int64_t fork_t, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO branch (oid, chain, seq, hash, objects, lines, made_s, aside_ms, own, "
		"fork_seq, fork_t) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?10)");
	struct buf objects = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < raw->count; i++) {
		const struct raw_object *object = &raw->objects[i];

		buf_add(&objects, object->oid.bytes, OID_BYTES);
		ok = object_put(node, &object->oid, object->type, object->len, object->deflated,
			err);
		if (ok && i >= RAW_FIRST_FILE) {
			ok = file_put(node, bundle->files[i - RAW_FIRST_FILE].sha256, &object->oid,
				err);
		}
	}
	stmt_blob_at(stmt, 1, raw->objects[RAW_COMMIT].oid.bytes, OID_BYTES);
	stmt_int_at(stmt, 2, chain->number);
	stmt_int_at(stmt, 3, bundle->facts.seq);
	stmt_blob_at(stmt, 4, bundle->sha256, sizeof(bundle->sha256));
	stmt_blob_at(stmt, 5, objects.data, objects.len);
	stmt_int_at(stmt, 6, bundle->facts.changes_count);
	stmt_int_at(stmt, 7, bundle->facts.made_s);
	stmt_int_at(stmt, 8, node->env->now_ms(node->env->ctx));
	stmt_int_at(stmt, 9, fork_seq);
	stmt_int_at(stmt, 10, fork_t);
	ok = ok && buf_ok(&objects, err) && stmt_run(stmt, err);
	buf_clear(&objects);
	return ok;
}

bool branch_issue_again(struct node *node, const struct bundle *bundle,
	const struct raw_bundle *raw, struct err *err)
{
	struct chain *chain = chain_find(node, &bundle->facts.chain);
	struct place place = { .chain = bundle->facts.chain, .seq = bundle->facts.seq };
	struct reissue reissue = { .node = node };
	struct loose_place loose = { .chain = chain->number, .seq = bundle->facts.seq, .first = 1 };
	struct buf text = { 0 }, kept = { 0 };
	struct cursor cursor;
	uint32_t fork_seq;
	int64_t fork_t;
	bool ok;
	size_t i;

	ok = bundle->facts.seq > chain->head ||
		chain_changes(node, chain, bundle->facts.seq, &kept, err);
	cursor = cursor_of(kept.data, kept.len);
	/* What both branches begin with is here. */
	for (i = 0; i < bundle->line_count && cursor_left(&cursor) != 0 &&
		view_equal(cursor_until(&cursor, '\n'), bundle->lines[i]);
		i++) {
		loose.first++;
	}
	for (; i < bundle->line_count; i++) {
		buf_view(&text, bundle->lines[i]);
		buf_byte(&text, '\n');
	}
	ok = ok && buf_ok(&text, err) && leave(node, chain->name.incarnation, err) &&
		branch_start(node, chain, bundle, &fork_seq, &fork_t, err) &&
		insert_branch(node, chain, bundle, raw, fork_seq, fork_t, err);
	if (ok) {
		loose.after = loose.seen_seq = fork_seq - 1;
		reissue.fork_t = fork_t;
		reissue.beside = true;
		ok = reissue_add(&reissue, &loose, buf_as_view(&text), err) &&
			reissue_write(&reissue, err) && repair_note(node, &place, 1, &reissue, err);
	}
	node->own_moved = true;
	reissue_clear(&reissue);
	buf_clear(&text);
	buf_clear(&kept);
	return ok;
}

/* ---- unsigned changes ---------------------------------------------- */

/* Drafts of a chain from a line on. */
struct tail {
	uint32_t chain, seq, first;
};

static bool add_tail(struct reissue *reissue, const struct tail *tail, struct err *err)
{
	struct node *node = reissue->node;
	const struct chain *chain = chain_by_number(node, tail->chain);
	struct loose_place loose = { .chain = tail->chain, .after = chain->head };
	struct buf drafts = { 0 };
	struct cursor cursor;
	bool ok = true;

	for (loose.seq = tail->seq; ok && loose.seq <= chain->draft_seq; loose.seq++) {
		loose.seen_seq = loose.seq;
		loose.first = 1;
		buf_reset(&drafts);
		ok = chain_changes(node, chain, loose.seq, &drafts, err);
		cursor = cursor_of(drafts.data, drafts.len);
		while (ok && loose.seq == tail->seq && loose.first < tail->first) {
			cursor_until(&cursor, '\n');
			loose.first++;
		}
		ok = ok && reissue_add(reissue, &loose,
				   (struct view){ (const char *)cursor.at, cursor_left(&cursor) },
				   err);
	}
	buf_clear(&drafts);
	return ok;
}

/* The clock of the first of them. */
static bool tail_time(struct node *node, const struct tail *tail, int64_t *t, struct err *err)
{
	struct merge_origin origin = { .chain = tail->chain, .seq = tail->seq, .n = tail->first };
	struct line_reader reader = { .node = node };
	struct view text;
	struct line line;
	bool ok;

	arena_reset(&node->arena);
	ok = line_reader_get(&reader, &origin, &text, err) &&
		line_parse(&line, &node->arena, text, err);
	*t = ok ? line.t : 0;
	line_reader_clear(&reader);
	return ok;
}

/* The drafts of ${chain} that were captured at ${t} or since, if there are any, to ${tails}. */
static bool find_tail(struct node *node, const struct chain *chain, int64_t t, struct buf *tails,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT seq, n FROM draft WHERE chain = ?1 ORDER BY seq, n");
	struct buf places = { 0 };
	struct tail tail = { .chain = chain->number };
	bool ok = true, row = true, found = false;
	int64_t made;
	size_t at;

	stmt_int_at(stmt, 1, chain->number);
	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			tail.seq = (uint32_t)stmt_get_int(stmt, 0);
			tail.first = (uint32_t)stmt_get_int(stmt, 1);
			buf_add(&places, &tail, sizeof(tail));
		}
	}
	for (at = 0; ok && !found && at < places.len; at += sizeof(tail)) {
		memcpy(&tail, places.data + at, sizeof(tail));
		ok = tail_time(node, &tail, &made, err);
		found = ok && made >= t;
	}
	if (found) {
		buf_add(tails, &tail, sizeof(tail));
	}
	ok = ok && buf_ok(&places, err) && buf_ok(tails, err);
	buf_clear(&places);
	return ok;
}

/*
 * What was captured after the first change that is not in the other life is not
 * in it either, whatever its scope: a record's lines stay together.
 */
static bool find_tails(struct node *node, const struct tail *first, struct buf *tails,
	struct err *err)
{
	const struct chain_name name = chain_by_number(node, first->chain)->name;
	int64_t t;
	size_t i;

	if (!tail_time(node, first, &t, err)) {
		return false;
	}
	for (i = 0; i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];

		if (chain->number != first->chain && is_own(node, chain) &&
			chain->name.incarnation == name.incarnation &&
			chain->draft_seq > chain->head &&
			!find_tail(node, chain, t, tails, err)) {
			return false;
		}
	}
	return true;
}

static bool drop_tail(struct node *node, const struct tail *tail, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM draft WHERE chain = ?1 AND seq = ?2 AND n >= ?3");

	stmt_int_at(stmt, 1, tail->chain);
	stmt_int_at(stmt, 2, tail->seq);
	stmt_int_at(stmt, 3, tail->first);
	return stmt_run(stmt, err) &&
		reissue_drop(node, chain_by_number(node, tail->chain),
			tail->first == 1 ? tail->seq : tail->seq + 1, err);
}

/* Those drafts are issued again, and drafts of ${tails}'s first chain at that place go. */
static bool move_tails(struct node *node, const struct buf *tails, struct err *err)
{
	struct reissue reissue = { .node = node };
	struct place place = { .seq = 0 };
	struct tail tail;
	bool ok = true;
	size_t at;

	for (at = 0; ok && at < tails->len; at += sizeof(tail)) {
		memcpy(&tail, tails->data + at, sizeof(tail));
		if (at == 0) {
			place.chain = chain_by_number(node, tail.chain)->name;
			place.seq = tail.seq;
		}
		ok = add_tail(&reissue, &tail, err);
	}
	ok = ok && leave(node, place.chain.incarnation, err) && reissue_unmerge(&reissue, err) &&
		reissue_write(&reissue, err);
	for (at = 0; ok && at < tails->len; at += sizeof(tail)) {
		memcpy(&tail, tails->data + at, sizeof(tail));
		ok = drop_tail(node, &tail, err);
	}
	ok = ok && repair_note(node, &place, 0, &reissue, err);
	reissue_clear(&reissue);
	node->cached = false; /* where drafts end is to be read again */
	return ok && node_refresh(node, err);
}

/* The drafts of ${chain} from line ${first} of ${seq} on, and all since, are issued again. */
static bool part_ways(struct node *node, const struct chain *chain, uint32_t seq, uint32_t first,
	struct err *err)
{
	struct tail tail = { chain->number, seq, first };
	struct stmt *agreed =
		db_prepare(node->db, "DELETE FROM draft WHERE chain = ?1 AND seq = ?2");
	struct buf tails = { 0 };
	bool ok;

	buf_add(&tails, &tail, sizeof(tail));
	ok = buf_ok(&tails, err) && find_tails(node, &tail, &tails, err) &&
		move_tails(node, &tails, err);
	buf_clear(&tails);
	/* What stands before that line is in the bundle. */
	stmt_int_at(agreed, 1, tail.chain);
	stmt_int_at(agreed, 2, seq);
	return ok && stmt_run(agreed, err) &&
		reissue_drop(node, chain_by_number(node, tail.chain), seq, err);
}

bool branch_drafts_agree(struct node *node, const struct bundle *bundle, struct err *err)
{
	struct chain *chain = chain_find(node, &bundle->facts.chain);
	uint32_t number = chain->number, seq = bundle->facts.seq, same = 0;
	struct stmt *drop = db_prepare(node->db, "DELETE FROM draft WHERE chain = ?1 AND seq = ?2");
	struct stmt *unsee = db_prepare(node->db, "DELETE FROM seen WHERE chain = ?1 AND seq = ?2");
	struct buf drafts = { 0 };
	struct cursor cursor;
	bool ok, all;

	if (chain->draft_seq < seq) {
		return true;
	}
	ok = chain_changes(node, chain, seq, &drafts, err);
	cursor = cursor_of(drafts.data, drafts.len);
	for (all = true; ok && all && cursor_left(&cursor) != 0; same += all ? 1 : 0) {
		all = same < bundle->line_count &&
			erase_same_line(cursor_until(&cursor, '\n'), bundle->lines[same]);
	}
	buf_clear(&drafts);
	if (ok && all) {
		stmt_int_at(drop, 1, number);
		stmt_int_at(drop, 2, seq);
		stmt_int_at(unsee, 1, number);
		stmt_int_at(unsee, 2, seq);
		return stmt_run(drop, err) && stmt_run(unsee, err);
	}
	return ok && part_ways(node, chain, seq, same + 1, err);
}

bool branch_release(struct node *node, struct chain *chain, struct err *err)
{
	struct tail tail = { chain->number, chain->head + 1, 1 };
	struct buf tails = { 0 };
	bool ok;

	buf_add(&tails, &tail, sizeof(tail));
	ok = buf_ok(&tails, err) && move_tails(node, &tails, err);
	buf_clear(&tails);
	return ok;
}
