/*
 * receive.c -- taking in others' bundles; see linli/chains.h.
 *
 * A bundle is verified in memory before anything of it is stored.  What is
 * refused leaves no trace but a row in the quarantine; what follows it in
 * the same chain would have a gap before it and is not looked at.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "erasing.h"
#include "judge.h"
#include "quarantine.h"
#include "repair.h"

#define RECEIVE_MAX_TRIES 100

void received_clear(struct received *received)
{
	free(received->refused);
	memset(received, 0, sizeof(*received));
}

void received_refuse(struct received *received, const char *what, const struct err *why)
{
	struct refusal *refused;
	bool more = received->refused_count == RECEIVED_MAX_REFUSED;

	if (received->refused_count > RECEIVED_MAX_REFUSED) {
		return; /* the last one says that there were more */
	}
	refused = realloc(received->refused, (received->refused_count + 1) * sizeof(*refused));
	if (refused == NULL) {
		return; /* the exit code still says that something was refused */
	}
	received->refused = refused;
	refused += received->refused_count++;
	snprintf(refused->what, sizeof(refused->what), "%s", more ? RECEIVED_MORE : what);
	refused->code = why->code;
	snprintf(refused->reason, sizeof(refused->reason), "%s",
		more ? ERR_BOTH("还有其他未接收的", "others were refused as well") : why->detail);
}

/* ---- one bundle --------------------------------------------------- */

bool chains_have_commit(struct node *node, const uint8_t *oid, bool *have, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT 1 FROM object WHERE oid = ?1");
	bool ok;

	stmt_blob_at(stmt, 1, oid, OID_BYTES);
	ok = stmt_step(stmt, have, err);
	stmt_reset(stmt);
	return ok;
}

/*
 * Is the commit here already?  It is stored only with its whole bundle.  One
 * that was set aside is known as well, unless its branch is wanted back.
 */
static bool known_commit(struct node *node, const struct raw_bundle *raw, bool *known,
	struct err *err)
{
	const struct oid *oid = &raw->objects[RAW_COMMIT].oid;
	bool aside, wanted = false, ok;

	ok = chains_have_commit(node, oid->bytes, known, err);
	if (ok && *known) {
		ok = branch_of_other(node, oid, &aside, err) &&
			(!aside || fork_wants_back(node, &raw->chain, &wanted, err));
		*known = !wanted;
	}
	return ok;
}

/* Is the bundle's place the next of its chain? */
static bool is_next(const struct bundle_facts *facts, const struct chain *chain, struct err *err)
{
	uint32_t head = chain != NULL ? chain->head : 0;
	struct place missing = { .chain = facts->chain, .seq = head + 1 };
	char name[LINE_NAME_TEXT_BYTES];

	if (facts->seq <= head) {
		return err_set(err, ERR_FORK, "bundle %" PRIu32 " is here with another content",
			facts->seq);
	}
	if (facts->seq > head + 1) {
		place_print(name, &missing);
		return err_set(err, ERR_GAP, ERR_BOTH("在等 %s", "waiting for %s"), name, name);
	}
#ifdef LINLI_PLANT_PARENT_FORGOTTEN
	return true;
#endif
	if (head != 0 && (memcmp(facts->parent_sha256, chain->hash, sizeof(chain->hash)) != 0 ||
				 !oid_equal(&facts->parent, &chain->oid))) {
		return err_set(err, ERR_FORK, "it does not follow bundle %" PRIu32 " as it is here",
			head);
	}
	return true;
}

/* May this bundle be taken, and how? */
static bool in_place(struct node *node, const struct bundle *bundle, enum fork_way *way,
	struct err *err)
{
	const struct bundle_facts *facts = &bundle->facts;

	if (memcmp(facts->federation, node->federation_id.bytes, FEDERATION_BYTES) != 0) {
		return err_set(err, ERR_FEDERATION, "made for another federation");
	}
	if (!scope_readable(&facts->chain.scope, node->community)) {
		return err_set(err, ERR_SCOPE, "of a scope that %s may not read", node->community);
	}
	if (facts->chain.incarnation > CHAIN_MAX_INCARNATION) {
		return err_set(err, ERR_TOO_LARGE, "incarnation %" PRIu32, facts->chain.incarnation);
	}
	/* What nobody may write makes no fork either. */
	return trust_may_write(node, &facts->chain, facts->seq, facts->community, bundle->signer,
		       err) &&
		trust_end_fits(node, &facts->chain, facts->seq, bundle->sha256, err) &&
		fork_judge(node, bundle, way, err) &&
		(*way == FORK_GIVES_WAY || *way == FORK_ISSUED_AGAIN ||
			is_next(facts, chain_find(node, &facts->chain), err));
}

/* The model that the bundle was made by, if newer than ours, must come first. */
static bool model_known(struct node *node, const struct bundle *bundle, struct err *err)
{
	const char *at = strrchr(bundle->facts.model, '@');
	int64_t version;

	if (at != NULL && int64_parse(&version, view_of(at + 1)) &&
		strlen(node->model->name) == (size_t)(at - bundle->facts.model) &&
		strncmp(bundle->facts.model, node->model->name, (size_t)(at - bundle->facts.model)) == 0 &&
		version > node->model->version) {
		return err_set(err, ERR_MODEL_NEWER, "made by %s; version %" PRId64 " is here",
			bundle->facts.model, node->model->version);
	}
	return true;
}

enum part { PART_ALL, PART_TRUST, PART_OTHERS };

/* Is a line of ${entity}, NULL for an unknown one, one of ${part}? */
static bool is_of(enum part part, const struct entity *entity)
{
	return part == PART_ALL || (entity != NULL && entity->trust) == (part == PART_TRUST);
}

static bool judge_lines(struct judge *judge, uint32_t chain, const struct bundle *bundle,
	enum part part, struct err *err)
{
	struct node *node = judge->node;
	uint8_t leaf[SHA256_BYTES];
	struct err why;
	size_t i;

	for (i = 0; i < bundle->line_count; i++) {
		const struct entity *entity;
		struct line line;

		if (bundle->erased && bundle_line_erased(bundle->lines[i], leaf)) {
			continue;
		}
		arena_reset(&node->arena);
		if (!line_parse(&line, &node->arena, bundle->lines[i], err)) {
			return err_wrap(err, "line %zu", i + 1);
		}
		entity = model_entity(node->model, line.entity);
		if (!is_of(part, entity)) {
			continue;
		}
		if (entity != NULL && !entity->trust && !model_known(node, bundle, &why)) {
			return err_set(err, why.code, "%s", why.detail);
		}
		if (!judge_line(judge, chain_by_number(node, chain), bundle->facts.seq,
			    (uint32_t)i + 1, &line, err)) {
			return err_wrap(err, "line %zu", i + 1);
		}
	}
	return true;
}

static bool merge_lines(struct judge *judge, uint32_t chain, const struct bundle *bundle,
	struct err *err)
{
	struct node *node = judge->node;

	/* Trust records are taken from here alone. */
	if (bundle->facts.chain.scope.kind != SCOPE_FEDERATION ||
		strcmp(bundle->facts.community, DISTRICT_SLUG) != 0) {
		return judge_lines(judge, chain, bundle, PART_ALL, err);
	}
	/* A model that comes in it is the model of its other lines. */
	return judge_lines(judge, chain, bundle, PART_TRUST, err) && devices_settle(node, err) &&
		branch_cut_ended(node, err) && (!node->model_came || model_switch_newest(node, err)) &&
		judge_lines(judge, chain, bundle, PART_OTHERS, err);
}

/* Each line becomes applied, waiting or returned, and all that depends on it. */
static bool judge_all(struct node *node, uint32_t chain, const struct bundle *bundle,
	struct err *err)
{
	struct judge judge = { .node = node };
	bool ok = judge_bundle(&judge, chain_by_number(node, chain), bundle, err) &&
		merge_lines(&judge, chain, bundle, err) && judge_settle(&judge, err) &&
		hold_balances(node, chain_by_number(node, chain), bundle->facts.seq, err);

	judge_end(&judge);
	return ok;
}

/* Store and merge one verified bundle. */
static bool take(struct node *node, const struct bundle *bundle, const struct raw_bundle *raw,
	enum fork_way way, struct err *err)
{
	struct chain *chain = chain_find(node, &bundle->facts.chain);
	bool own = device_id_equal(bundle->facts.chain.device, node->device);
	uint32_t number;

	if (chain == NULL &&
		!chain_make(node, &bundle->facts.chain, bundle->facts.community, &chain, err)) {
		return false;
	}
	if (chain->community[0] == '\0' && !chain_name_community(node, chain,
						    bundle->facts.community, err)) {
		return false;
	}
	number = chain->number;
	/* Before drafts go that may be erased lines: they are to be known by what they say. */
	if (!erase_accept(node, number, bundle, err) || !fork_stranger_note(node, bundle, err)) {
		return false;
	}
	if (way == FORK_ISSUED_AGAIN) {
		return branch_issue_again(node, bundle, raw, err) &&
			forks_settle(node, chain_by_number(node, number), err);
	}
	if (way == FORK_GIVES_WAY ? !branch_give_way(node, bundle, err) :
				    own && !branch_drafts_agree(node, bundle, err)) {
		return false;
	}
	if (!slot_add(node, chain_by_number(node, number), &bundle->facts, bundle->sha256, raw,
		    err) ||
		!judge_all(node, number, bundle, err) ||
		(own && !reissue_meet(node, bundle, err)) ||
		!forks_settle(node, chain_by_number(node, number), err) ||
		!fork_claims(node, bundle, err)) {
		return false;
	}
	/*
	 * What this device signed under this incarnation and does not hold, it
	 * signed after the copy that the whole folder was put back from.
	 */
	return !own || bundle->facts.chain.incarnation != node->incarnation ||
		incarnation_next(node, node->incarnation, err);
}

/* Did the node itself fail, rather than the bundle? */
static bool own_failure(enum err_code code)
{
	return code == ERR_NOMEM || code == ERR_IO || code == ERR_DISK_FULL ||
		code == ERR_BUSY || code == ERR_STORE || code == ERR_INTERNAL;
}

/* *refused: ${err} says why the bundle was not taken.  False: the node failed. */
static bool take_guarded(struct node *node, const struct bundle *bundle,
	const struct raw_bundle *raw, enum fork_way way, bool *refused, struct err *err)
{
	*refused = false;
	if (!node_begin(node, err)) {
		return false;
	}
	if (take(node, bundle, raw, way, err)) {
		return node_commit(node, err);
	}
	node_abort(node);
	*refused = !own_failure(err->code);
	return *refused;
}

/* ---- one file ----------------------------------------------------- */

struct intake {
	struct node *node;
	struct received *out;
	const char *source;
	struct view data;
	struct chain_name refused; /* the chain whose rest is not looked at */
	bool has_refused;
	bool kept; /* the file is in the quarantine */
	struct arena arena;
};

static bool refuse(struct intake *intake, const char *what, const struct err *why,
	struct err *err)
{
	received_refuse(intake->out, what, why);
	if (why->code == ERR_GAP || why->code == ERR_MODEL_NEWER) {
		return true; /* nothing wrong with it: it comes again */
	}
	if (intake->kept) {
		return quarantine_add(intake->node, intake->source, what, why,
			(struct view){ NULL, 0 }, err);
	}
	intake->kept = true;
	return quarantine_add(intake->node, intake->source, what, why, intake->data, err);
}

static bool refuse_bundle(struct intake *intake, const struct raw_bundle *raw, uint32_t seq,
	const struct err *why, struct err *err)
{
	struct place place = { .chain = raw->chain, .seq = seq };
	char what[LINE_NAME_TEXT_BYTES];

	if (seq != 0) {
		place_print(what, &place);
	} else {
		chain_name_print(what, &raw->chain);
	}
	intake->refused = raw->chain;
	intake->has_refused = true;
	if (why->code == ERR_GAP) {
		const struct chain *chain = chain_find(intake->node, &raw->chain);
		uint32_t missing = chain != NULL ? chain->head + 1 : 1;

		if (!gap_note(intake->node, &raw->chain, missing, err)) {
			return false;
		}
	}
	return refuse(intake, what, why, err);
}

static bool take_raw(struct intake *intake, const struct raw_bundle *raw, struct err *err)
{
	struct node *node = intake->node;
	struct bundle bundle;
	enum fork_way way = FORK_IS_NONE;
	bool known, refused;
	size_t i;

	if (intake->has_refused && chain_name_compare(&intake->refused, &raw->chain) == 0) {
		return true;
	}
	if (!known_commit(node, raw, &known, err)) {
		return false;
	}
	if (known) {
		intake->out->duplicates++;
		return true;
	}
	arena_reset(&intake->arena);
	if (!bundle_verify(&bundle, raw, &intake->arena, err)) {
		return !own_failure(err->code) && refuse_bundle(intake, raw, 0, err, err);
	}
	if (!in_place(node, &bundle, &way, err)) {
		struct err why = *err;

		return !own_failure(why.code) &&
			(why.code != ERR_FORK || fork_note_bundle(node, &bundle, err)) &&
			refuse_bundle(intake, raw, bundle.facts.seq, &why, err);
	}
	if (!take_guarded(node, &bundle, raw, way, &refused, err)) {
		return false;
	}
	if (refused) {
		return refuse_bundle(intake, raw, bundle.facts.seq, err, err);
	}
	intake->out->taken.bundles++;
	intake->out->taken.lines += bundle.line_count;
	for (i = 0; i < raw->count; i++) {
		intake->out->taken.bytes += raw->objects[i].deflated.len;
	}
	return true;
}

static bool take_file(struct intake *intake, struct gitbundle_reader *reader, struct err *err)
{
	struct raw_bundle raw;
	bool done = false;

	while (!done) {
		if (!gitbundle_next(reader, &raw, &done, err)) {
			return !own_failure(err->code) &&
				refuse(intake, intake->source, err, err);
		}
		if (!done && !take_raw(intake, &raw, err)) {
			return false;
		}
	}
	return true;
}

/*
 * Begin with every draft signed, as Seen must say what had been merged when
 * the drafts were made.  Another program may capture one in between.
 */
static bool begin_without_drafts(struct node *node, struct err *err)
{
	struct tally packed;
	int tries;

#ifdef LINLI_PLANT_SEEN_GENEROUS
	return node_refresh(node, err) && node_begin(node, err);
#endif
	for (tries = 0; tries < RECEIVE_MAX_TRIES; tries++) {
		/* What was issued again has its Seen: it may wait for what comes. */
		if (!node_refresh(node, err) ||
			(outbox_unsealed(node) && !outbox_pack_drafts(node, &packed, err)) ||
			!node_begin(node, err)) {
			return false;
		}
		if (!outbox_unsealed(node)) {
			return true;
		}
		node_abort(node);
	}
	return err_set(err, ERR_BUSY, "another program goes on writing");
}

bool receive_bundles(struct node *node, struct view data, const char *source,
	struct received *out, struct err *err)
{
	struct intake intake = { .node = node, .out = out, .source = source, .data = data };
	struct gitbundle_reader *reader = NULL;
	struct err local = { 0 };
	uint32_t incarnation;
	bool opened, ok;

	err = err != NULL ? err : &local;
	if (!begin_without_drafts(node, err)) {
		return false;
	}
	incarnation = node->incarnation;
	node->own_moved = false;
	opened = gitbundle_open(&reader, data, err);
	if (opened) {
		ok = take_file(&intake, reader, err);
	} else {
		ok = !own_failure(err->code) && refuse(&intake, source, err, err);
	}
	gitbundle_close(reader);
	arena_clear(&intake.arena);
	if (!ok || !erase_unmerge(node, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err) &&
		(node->depth != 0 || (node->incarnation == incarnation && !node->own_moved) ||
			node_write_incarnation(node, err)) &&
		erase_settle(node, err);
}
