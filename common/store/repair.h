/* repair.h -- forks and their repair; only within common/store.  See linli/forks.h. */
#ifndef LINLI_REPAIR_H
#define LINLI_REPAIR_H

#include "chain_lines.h"
#include "linli/forks.h"

/* ---- reissue.c: lines are taken from their places and written anew --- */

/*
 * Lines of own chains, to be issued again under the present incarnation as
 * drafts that had seen what they had seen at their old places, and nothing
 * since.  Begins as { .node = node }; reissue_clear() ends it.
 */
struct reissue {
	struct node *node;
	struct buf text;    /* the lines themselves */
	struct buf lines;   /* of struct loose_line */
	struct buf renamed; /* of struct renamed */
	struct buf sources; /* of struct source: what is being written to each chain */
	struct arena arena; /* of one line */
	int64_t fork_t; /* of the branch they are of, as in table branch; 0: of none */
	bool beside;    /* the other branch is merged already */
	bool standing;  /* bundles stand at their places still, which are their own */
	/* Of a key that was given up: who made them, in which incarnation.  Another copy may go on so. */
	bool given_up;
	struct device_id maker;
	uint32_t maker_incarnation;
	uint64_t written, renumbered, left;
};
/* Where a run of lines stood. */
struct loose_place {
	uint32_t chain, seq;
	uint32_t first;    /* n of the first of them */
	uint32_t seen_seq; /* whose Seen of that chain they had */
	uint32_t after;    /* of their own chain they had seen what it keeps: so much */
};
/* Add ${changes}, each line ended by '\n'. */
MUST_CHECK bool reissue_add(struct reissue *reissue, const struct loose_place *place,
	struct view changes, struct err *err);
/* Take the lines out of their records, while they can be read at their places. */
MUST_CHECK bool reissue_unmerge(struct reissue *reissue, struct err *err);
/*
 * Write them, in the order of their clocks.  Records that do not exist
 * without them get new ids.  Those that cannot be written are counted.
 */
MUST_CHECK bool reissue_write(struct reissue *reissue, struct err *err);
void reissue_clear(struct reissue *reissue);

/* ---- reissue_seal.c ------------------------------------------------- */

/*
 * Unsigned changes of the present incarnation may come back, signed by a later life
 * of this store: they are kept where they stand like ones that were issued again.
 */
MUST_CHECK bool reissue_seal(struct node *node, struct err *err);

/* The heads that the sealed drafts of ${chain}'s next place had seen, as struct seen_head. */
MUST_CHECK bool reissue_seen(struct node *node, const struct chain *chain, struct buf *out,
	struct err *err);
/* The drafts of ${chain}@${seq} are being signed, or gone: they are sealed no more. */
MUST_CHECK bool reissue_unseal(struct node *node, struct chain *chain, uint32_t seq,
	struct err *err);

/* The drafts of ${chain} from ${seq} on go, which must be all, with what they had seen. */
MUST_CHECK bool reissue_drop(struct node *node, struct chain *chain, uint32_t seq,
	struct err *err);

/* ---- reissue_meet.c -------------------------------------------------- */

/* Own bundle ${bundle} was merged: lines of it that were issued again are those. */
MUST_CHECK bool reissue_meet(struct node *node, const struct bundle *bundle, struct err *err);

/* ---- branch.c: bundles give way to others --------------------------- */

enum fork_way {
	FORK_IS_NONE,      /* the bundle is not of another branch */
	FORK_REFUSED,      /* the branch that is here stays */
	FORK_GIVES_WAY,    /* what is here from that place on is set aside */
	FORK_ISSUED_AGAIN, /* own: what is here stays, the lines are issued again */
};
/* What to do about ${bundle}, verified. */
MUST_CHECK bool fork_judge(struct node *node, const struct bundle *bundle, enum fork_way *out,
	struct err *err);
/* Within the transaction in which ${bundle} is taken; it is the next of its chain then. */
MUST_CHECK bool branch_give_way(struct node *node, const struct bundle *bundle, struct err *err);
/* Keep ${bundle} aside, and its lines as drafts. */
MUST_CHECK bool branch_issue_again(struct node *node, const struct bundle *bundle,
	const struct raw_bundle *raw, struct err *err);
/* Is the commit that of a bundle of somebody else's that was set aside? */
MUST_CHECK bool branch_of_other(struct node *node, const struct oid *oid, bool *out,
	struct err *err);
MUST_CHECK bool branch_holds(struct node *node, const struct chain *chain,
	const uint8_t *hash, size_t len, bool *out, struct err *err);
/*
 * An own bundle comes to the place of unsigned changes: those that are its
 * lines are, the others are issued again.
 */
MUST_CHECK bool branch_drafts_agree(struct node *node, const struct bundle *bundle,
	struct err *err);
/*
 * Bundles of others' keys that came before it was known that the key had ended
 * earlier are set aside, within a transaction.
 */
MUST_CHECK bool branch_cut_ended(struct node *node, struct err *err);
/*
 * Of the chains of ${device}, which is given up: gather what nobody takes from it any
 * more, which is the drafts, with ${bundles} also those that nobody is known to hold.
 * ${cuts} is for branch_let_go(), once all is written anew.
 */
MUST_CHECK bool branch_recall(struct reissue *reissue, struct device_id device, bool bundles,
	struct buf *cuts, struct err *err);
MUST_CHECK bool branch_let_go(struct node *node, const struct buf *cuts, struct err *err);
/* The drafts that an earlier incarnation left in ${chain} are issued again. */
MUST_CHECK bool branch_release(struct node *node, struct chain *chain, struct err *err);

/* ---- forks.c: what is known of them --------------------------------- */

static inline int64_t repair_now_ms(const struct node *node)
{
	return node->env->now_ms(node->env->ctx);
}

static inline bool own_name(const struct node *node, const struct chain_name *name)
{
	return device_id_equal(name->device, node->device);
}

/* What is to be noted of a fork. */
struct fork_noted {
	const char *chain; /* its text */
	const char *by;    /* "": the bundle came itself */
	uint32_t seq;
	const uint8_t *held;  /* NULL: nothing is held there */
	const uint8_t *other;
	size_t other_len;
	bool follow;
};
MUST_CHECK bool fork_put(struct node *node, const struct fork_noted *noted, struct err *err);
/* What ${by} named of ${chain} is settled. */
MUST_CHECK bool fork_settle_row(struct node *node, const char *chain, const char *by,
	struct err *err);
/* Is a row there that ${sql} finds for ${text}? */
MUST_CHECK bool fork_found(struct node *node, const char *sql, const char *text, bool *out,
	struct err *err);
MUST_CHECK bool fork_is_open(struct node *node, const struct chain *chain, bool *out,
	struct err *err);
/* Does ${chain} hold, at ${seq}, the bundle whose hash begins with these bytes? */
MUST_CHECK bool fork_holds(struct node *node, const struct chain *chain, uint32_t seq,
	const uint8_t *hash, size_t len, bool *out, struct err *err);
/* The same, also where it is an own one that was set aside: its lines were issued again. */
MUST_CHECK bool fork_accounted(struct node *node, const struct chain *chain, uint32_t seq,
	const uint8_t *hash, size_t len, bool *out, struct err *err);


/* Another bundle than the one here, as ${bundle} itself or its parent shows. */
MUST_CHECK bool fork_note_bundle(struct node *node, const struct bundle *bundle, struct err *err);
/* Is ${chain}'s other branch to be followed here? */
MUST_CHECK bool fork_follows(struct node *node, const struct chain *chain, bool *out,
	struct err *err);
/* Is it a branch that was set aside here which is to be followed now? */
MUST_CHECK bool fork_wants_back(struct node *node, const struct chain_name *name, bool *out,
	struct err *err);
/* What is known of forks of ${chain} that is held or set aside now is settled. */
MUST_CHECK bool forks_settle(struct node *node, const struct chain *chain, struct err *err);
/* An own bundle came that this store has not signed. */
MUST_CHECK bool fork_stranger_note(struct node *node, const struct bundle *bundle,
	struct err *err);

/* ---- forks_hear.c --------------------------------------------------- */

/* What ${bundle}, another's, says of this node's own chains in Seen and Receipt. */
MUST_CHECK bool fork_claims(struct node *node, const struct bundle *bundle, struct err *err);

/* ---- forks_list.c --------------------------------------------------- */

MUST_CHECK bool repair_note(struct node *node, const struct place *place, uint64_t bundles,
	const struct reissue *reissue, struct err *err);
/* A hash, or as much of one as ${hash} is; zeros behind it. */
void hash_copy(uint8_t out[32], struct view hash);

#endif
