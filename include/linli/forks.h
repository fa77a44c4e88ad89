/*
 * forks.h -- two bundles for one place of a chain, how a node learns of it,
 * and what was done about it.
 *
 * Who signs on from an old copy of its own store makes a second bundle for a
 * place: a fork.  One branch stays; bundles of the other are set aside, kept
 * whole, and their lines merged no more.  Of its own chains a node issues
 * those lines again, as changes of its present incarnation: that is a repair.
 * Rules: docs/exchange.md, "Forks".
 */
#ifndef LINLI_FORKS_H
#define LINLI_FORKS_H

#include "linli/chains.h"

/* What another device has signed that it holds, of the chains that matter here. */
struct said {
	struct device_id by;
	uint32_t incarnation; /* of that device, then */
	int64_t at_ms;        /* by its clock */
	bool current;         /* asked for just now */
	/* Its heads of every chain held here, and more; seq 0: it names none. */
	const struct head *heads;
	size_t count;
};
/*
 * Learn from it, outside a transaction: where it names of one of this node's
 * own chains what is not held here, this store is an old copy, and the node
 * goes on under a new incarnation; where it names another bundle than the
 * one held, that is a fork.  Changes that an earlier incarnation left
 * unsigned go over to the present one once it is known that they will not
 * come back signed.
 */
MUST_CHECK bool forks_hear(struct node *node, const struct said *said, struct err *err);

/* This node's own chains in which an earlier incarnation left unsigned changes. */
MUST_CHECK bool forks_each_left(struct node *node,
	bool (*each)(void *ctx, const struct chain_name *chain, struct err *err), void *ctx,
	struct err *err);

/*
 * What to do about ${theirs}, a head of another node that is not held here.
 * FORK_FETCH: their branch is to be merged here; ask for it from the last
 * place that is equal.  FORK_OFFER: they should merge the one that is here.
 * FORK_TOLD: neither; people are told.
 */
enum fork_step { FORK_NONE, FORK_FETCH, FORK_OFFER, FORK_TOLD };
MUST_CHECK bool forks_step(struct node *node, const struct head *theirs, struct device_id whose,
	enum fork_step *out, struct err *err);

/* Is another branch of ${chain} known of, and is that not settled? */
MUST_CHECK bool forks_open(struct node *node, const struct chain_name *chain, bool *out,
	struct err *err);

/*
 * Is ${chain} one of this node's own, of an incarnation that forked, and is that not
 * put right yet?  Bundles of it that nobody holds may have to be issued again,
 * and must not be given to anybody until then.
 */
MUST_CHECK bool forks_hold_back(struct node *node, const struct chain_name *chain, bool *out,
	struct err *err);

/*
 * Unsigned changes that may come back signed by another life of this store,
 * or issued again by it, are signed only when what others hold has come: who has
 * exchanged with them allows it for these kinds of scope, 1 << kind each, or asks
 * first, and ends with forks_allow_as_ever(): a district asks nobody whose visits
 * it cannot foresee, a community's device always asks.
 */
void forks_allow(struct node *node, unsigned scopes);
void forks_allow_as_ever(struct node *node);
#define FORKS_ALL_SCOPES ((1U << SCOPE_KINDS) - 1)
/* Are there such? */
bool forks_may_come_back(struct node *node);
/* Is ${theirs}, which somebody holds, of this node's key and neither here nor set aside here? */
MUST_CHECK bool forks_lacks(struct node *node, const struct head *theirs, bool *out,
	struct err *err);

/* A place with two bundles. */
struct fork {
	struct place place;
	char by[DEVICE_TEXT_BYTES]; /* who named the other one; "": it came itself */
	uint8_t held[32];           /* the bundle held here; zeros if there was none */
	uint8_t other[32];          /* the other one; where less is known of it, it ends in zeros */
	int64_t found_ms, settled_ms; /* settled_ms 0: still open */
};
/* The newest first. */
MUST_CHECK bool forks_each(struct node *node,
	bool (*each)(void *ctx, const struct fork *fork, struct err *err), void *ctx,
	struct err *err);

/* One repair of this node's own chains. */
struct repair {
	int64_t at_ms;
	struct place place;   /* the first place whose bundle gave way */
	uint64_t bundles;     /* set aside */
	uint64_t lines;       /* issued again */
	uint64_t renumbered;  /* records with new ids */
	uint64_t left;        /* lines that could not be issued again */
	uint32_t incarnation; /* under which */
};
/* The newest first. */
MUST_CHECK bool repairs_each(struct node *node,
	bool (*each)(void *ctx, const struct repair *repair, struct err *err), void *ctx,
	struct err *err);

/* A bundle that was set aside. */
struct branch_bundle {
	struct place place;
	uint8_t hash[32];
	uint32_t lines;
	int64_t made_s, aside_ms;
	bool own; /* its lines were issued again */
};
MUST_CHECK bool branches_each(struct node *node,
	bool (*each)(void *ctx, const struct branch_bundle *bundle, struct err *err), void *ctx,
	struct err *err);

/*
 * Has somebody signed with this device's key under ${*incarnation}, which
 * this store never had, or after it had left it?  Another computer uses the
 * key, or did.  0: nobody has.
 */
MUST_CHECK bool forks_stranger(struct node *node, uint32_t *incarnation, struct err *err);
/*
 * Another computer with this key, or another copy of this store, goes by the present
 * incarnation: the node goes on under the next, outside a transaction.
 */
MUST_CHECK bool forks_other_life(struct node *node, struct err *err);

#endif
