/*
 * chains.h -- signed bundles: packing one's own, taking in others',
 * giving out ranges, checking all of it.
 */
#ifndef LINLI_CHAINS_H
#define LINLI_CHAINS_H

#include "linli/node.h"

/* A chain's newest bundle here. */
struct head {
	struct chain_name chain;
	uint32_t seq;
	uint8_t hash[32]; /* SHA-256 of the commit's bytes */
};

struct tally {
	uint64_t bundles, lines, bytes;
};

/* ---- one's own ---------------------------------------------------- */

struct outbox_counts {
	uint64_t draft_lines;     /* captured, not signed yet */
	uint64_t unsent_bundles;  /* signed, not known to be held by the district */
	uint64_t unsent_lines;
};
MUST_CHECK bool outbox_count(struct node *node, struct outbox_counts *out, struct err *err);

/* Sign all drafts into bundles, outside a transaction.  *out: how many were made. */
MUST_CHECK bool outbox_pack(struct node *node, struct tally *out, struct err *err);
/* What outbox_pack() would sign, line by line. */
MUST_CHECK bool outbox_each_draft(struct node *node,
	bool (*each)(void *ctx, const char *place, struct view line, struct err *err), void *ctx,
	struct err *err);

/* ---- others' ------------------------------------------------------ */

struct refusal {
	char what[LINE_NAME_TEXT_BYTES]; /* a bundle's name, or a file's */
	enum err_code code;
	char reason[ERR_DETAIL_BYTES];
};
struct received {
	struct tally taken;      /* new here and now durable */
	uint64_t duplicates;     /* bundles that were here already */
	struct refusal *refused; /* released by received_clear(); the last may stand for others */
	size_t refused_count;
};
#define RECEIVED_MAX_REFUSED 500
void received_clear(struct received *received);
/*
 * Add one; for carriers that refuse a whole file.  After RECEIVED_MAX_REFUSED one
 * more says, under the name RECEIVED_MORE, that there were others.
 */
#define RECEIVED_MORE "…"
void received_refuse(struct received *received, const char *what, const struct err *why);

/*
 * Take in the git bundle file ${data}, from ${source} (shown in the
 * quarantine): every bundle is verified in memory, then all that are
 * valid are stored and merged in one transaction.  What is invalid is
 * kept in the quarantine and listed in ${out}, which is added to.  False
 * only when the node itself fails; then nothing was taken.
 * Drafts are packed first.  Inside node_transaction() it joins that one
 * (group commit); then no drafts may be there.
 */
MUST_CHECK bool receive_bundles(struct node *node, struct view data, const char *source,
	struct received *out, struct err *err);

/* ---- heads and ranges --------------------------------------------- */

/* Every chain held here, by name. */
MUST_CHECK bool chains_each(struct node *node,
	bool (*each)(void *ctx, const struct head *head, struct err *err), void *ctx,
	struct err *err);
/* seq 0 if there is none. */
MUST_CHECK bool chains_head(struct node *node, const struct chain_name *chain,
	struct head *out, struct err *err);
/* Does this node hold bundle ${head->seq} with exactly that hash? */
bool chains_holds(struct node *node, const struct head *head);

/* Is the bundle with the git commit ${oid} (20 bytes) here? */
MUST_CHECK bool chains_have_commit(
	struct node *node, const uint8_t *oid, bool *have, struct err *err);

/* ${chain} beyond ${after}, up to ${last}; 0: as far as there is. */
struct range {
	struct chain_name chain;
	uint32_t after, last;
};
/*
 * Append a git bundle file with ${ranges}, of about ${max_bytes} at most
 * but at least one bundle; ${ranges} move past what was written.  *out
 * counts it; *more says whether anything is left.  Of a chain that stands in
 * several ranges one is written.  A bundle that does not fit, as those with
 * photos, waits until nothing else is left, and then goes alone, the
 * smallest first: so it delays no lines but those behind it in its chain.
 * The same ranges and ${max_bytes} come to the same file.
 */
MUST_CHECK bool chains_write(struct node *node, struct range *ranges, size_t count,
	size_t max_bytes, struct buf *file, struct tally *out, bool *more, struct err *err);

/* What ${device} is known to hold, from what it signed. */
MUST_CHECK bool chains_known_set(struct node *node, struct device_id device,
	const struct head *head, struct err *err);
/* 0 if unknown. */
MUST_CHECK bool chains_known(struct node *node, struct device_id device,
	const struct chain_name *chain, uint32_t *seq, struct err *err);

/* ---- looking ------------------------------------------------------ */

/* When ${device}, by its own clock, signed last of what is held here; 0: nothing is. */
MUST_CHECK bool chains_last_made(
	struct node *node, struct device_id device, int64_t *made_s, struct err *err);

struct bundle_info {
	struct place place;
	uint8_t hash[32];
	char commit[41]; /* git object id */
	char community[SLUG_TEXT_BYTES];
	char subject[256];
	int64_t made_s;      /* by its maker's clock */
	int64_t received_ms; /* by this node's */
	uint32_t lines, applied, waiting, returned;
	bool sent; /* own: known to be held by the district */
};
/* Newest first; ${limit} 0: all. */
MUST_CHECK bool chains_log(struct node *node, uint32_t limit,
	bool (*each)(void *ctx, const struct bundle_info *info, struct err *err), void *ctx,
	struct err *err);
/* A bundle, and, appended to ${signature}, the armoured signature of its commit.  ERR_NOT_FOUND. */
MUST_CHECK bool chains_signed(struct node *node, const struct place *place,
	struct bundle_info *info, struct buf *signature, struct err *err);
/* A bundle and its lines.  ERR_NOT_FOUND. */
MUST_CHECK bool chains_show(struct node *node, const struct place *place,
	struct bundle_info *info,
	bool (*line)(void *ctx, uint32_t n, struct view text, struct err *err), void *ctx,
	struct err *err);

/* SHA-256 over the merged state of all scopes held here, but for receipts, in hex. */
MUST_CHECK bool chains_state_hash(struct node *node, char out[65], struct err *err);

/* The same over one scope's part: equal at all who may read it, once they hold the same. */
MUST_CHECK bool chains_scope_hash(struct node *node, const struct scope *scope, char out[65],
	struct err *err);

/* Lines of all bundles held: sent = applied + waiting + returned. */
struct balance {
	uint64_t sent, applied, waiting, returned;
};
/* ERR_STORE if they do not balance, bundle by bundle.  Cheap: no signature is verified. */
MUST_CHECK bool chains_balance(struct node *node, struct balance *out, struct err *err);

struct check_report {
	uint64_t bundles;
	uint64_t sent, applied, waiting, returned; /* lines */
	uint64_t erased; /* of the applied: nobody can read them any more (linli/erase.h) */
	uint64_t records;
	char state_hash[65];
	uint64_t problems;
};
/*
 * Verify every signature and chain again and fold every record afresh.
 * ${problem} is told each thing that is wrong, ${progress} (or NULL) how
 * many bundles and records are done.
 */
MUST_CHECK bool chains_check(struct node *node, struct check_report *out,
	void (*problem)(void *ctx, const char *text),
	void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct err *err);

/* ---- sealed bundles of communities' own scopes, passed on unread --- */

struct relay {
	char name[65];            /* SHA-256 of the sealed bytes, hex */
	struct device_id from;
	struct device_id to;
	uint32_t life;            /* for that incarnation of it; 0: whichever comes */
	struct chain_name chain;  /* of a community/ scope */
	uint32_t first, last;     /* the range sealed inside, as its sender says */
};
#define RELAY_MAX_BYTES (18 * 1024 * 1024)
#define RELAY_TOTAL_MAX_BYTES (1024LL * 1024 * 1024)
#define RELAY_SENDER_MAX_BYTES (128LL * 1024 * 1024) /* from one device */
#define RELAY_MAX_AGE_MS (60LL * 24 * 60 * 60 * 1000)
/* Older ones than RELAY_MAX_AGE_MS make room.  ERR_TOO_LARGE: over one of the caps. */
MUST_CHECK bool relay_keep(struct node *node, const struct relay *relay, struct view sealed,
	struct err *err);
MUST_CHECK bool relay_each(struct node *node,
	bool (*each)(void *ctx, const struct relay *relay, struct err *err), void *ctx,
	struct err *err);
MUST_CHECK bool relay_get(struct node *node, const char *name, struct relay *relay,
	struct buf *sealed, struct err *err);
MUST_CHECK bool relay_drop(struct node *node, const char *name, struct err *err);

/*
 * What a device signed that it holds of its community's own scope, for its
 * community's other devices.  Two computers may go by one key: each incarnation
 * that is still heard of has a list.  A new one ends the others; one that is
 * heard of again after that is the life of another computer, and stays beside it.
 */
struct own_list {
	struct device_id device;
	uint32_t incarnation;
	struct view text;
};
/* Keep ${list}.  *before: what the same incarnation said last, if it did. */
MUST_CHECK bool own_list_keep(struct node *node, const struct own_list *list, struct buf *before,
	struct err *err);
/* Those heard of last come first.  Borrowed. */
MUST_CHECK bool own_lists_each(struct node *node,
	bool (*each)(void *ctx, const struct own_list *list, struct err *err), void *ctx,
	struct err *err);

/* Write the whole ledger as a bare git repository, or bring one up to date. */
MUST_CHECK bool chains_export(struct node *node, const char *dir, struct tally *out,
	struct err *err);

/* What was refused lately: bytes kept for whoever looks into it. */
MUST_CHECK bool quarantine_each(struct node *node,
	bool (*each)(void *ctx, int64_t received_ms, const char *source,
		const struct refusal *refusal, uint64_t bytes, struct err *err),
	void *ctx, struct err *err);

#endif
