/*
 * erasing.h -- what erasure asks of the store; only within common/store.
 *
 * Which records are erased, and which line names which lines as erased, are
 * sets that only grow (tables erased, erased_line), taken from every line of
 * the entities erasure and erasure_done whatever became of those records
 * since: so the order in which lines come does not matter.
 *
 * Within a transaction lines of erased records are not merged, or are taken out
 * of their records again, and wait in table erase_due.  After it the bodies go
 * of those that a signed line names (erase_settle()), and when the node next
 * exchanges, those of the others (erase_finish()).  Rules: docs/erasure.md.
 */
#ifndef LINLI_ERASING_H
#define LINLI_ERASING_H

#include "chain_lines.h"
#include "line.h"

#define ERASURE "erasure"           /* entities of trust.json */
#define ERASURE_DONE "erasure_done"
#define ERASE_NAMES_BYTES 7000      /* of a field "lines", within FIELD_TEXT_MAX_BYTES */
#define ERASE_MAX_NAMED BUNDLE_MAX_LINES /* lines that one field names */
#define ERASE_CONFIRM_FACT "erase_confirm" /* 1: this device has something to confirm */
/* "<entity> <id>" */
#define ERASE_TARGET_BYTES (MODEL_NAME_BYTES + RECORD_ID_TEXT_BYTES)

/* ---- names of lines (erase_names.c) ------------------------------- */

/*
 * Lines of bundles: "<64 hex>:1,4-6" separated by single spaces, the hex being
 * a bundle's SHA-256, numbers rising and runs written as such.
 */
struct erase_names {
	struct buf text;
	uint8_t hash[32]; /* of the bundle named last */
	uint32_t first, last; /* the run that is not written yet; 0: none */
	size_t count;
};
/* Add line ${n}, rising within a bundle.  False: the text is full. */
bool erase_names_add(struct erase_names *names, const uint8_t hash[32], uint32_t n);
/* The whole text; nothing can be added any more. */
struct view erase_names_end(struct erase_names *names);
/* Tell ${each} of every line that ${text} names.  Fails with ERR_VALUE, and as ${each} does. */
MUST_CHECK bool erase_names_each(struct view text,
	bool (*each)(void *ctx, const uint8_t hash[32], uint32_t n, struct err *err), void *ctx,
	struct err *err);
/* Split "<entity> <id>".  False: it is no such text. */
bool erase_target_split(struct view target, struct view *entity, struct view *id);

/* ---- within a transaction (erasing.c) ----------------------------- */

MUST_CHECK bool erase_is(struct node *node, struct view entity, struct view id, bool *erased,
	struct err *err);
/* Refuse what would write to an erased record here: ERR_VALUE. */
MUST_CHECK bool erase_permits(struct node *node, const struct line *line,
	const struct scope *scope, struct err *err);
/*
 * ${line} of ${chain} is about to be merged.  *skip: it is one of an erased record,
 * and waits to be erased instead.
 */
MUST_CHECK bool erase_meets(struct node *node, const struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, bool *skip, struct err *err);
/* ${line} has been merged: note what it says is erased.  Fails with ERR_VALUE. */
MUST_CHECK bool erase_note(struct node *node, const struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, struct err *err);
/*
 * Are the erased lines of ${bundle} named by its orders, which devices of the
 * community, or this one, have signed?  Fails with ERR_SCOPE, ERR_FORMAT,
 * ERR_HASH (an attachment is missing) and as trust_may_write() does.
 */
MUST_CHECK bool erase_orders_hold(struct node *node, const struct bundle *bundle, struct err *err);
/*
 * The same, of a bundle of ${chain} that comes: its records are erased from now on.
 * Of drafts at its place those that are erased in it must be of such records
 * (ERR_FORK).
 */
MUST_CHECK bool erase_accept(struct node *node, uint32_t chain, const struct bundle *bundle,
	struct err *err);
/* Are these the same line, of which each may be erased? */
bool erase_same_line(struct view a, struct view b);
/* Take the lines of records that were noted since out of them. */
MUST_CHECK bool erase_unmerge(struct node *node, struct err *err);

/* Lines whose bodies are still to go, of signed bundles. */
MUST_CHECK bool erase_due_count(struct node *node, uint64_t *out, struct err *err);

/* ---- beside the records (erase_copies.c) -------------------------- */

/* An object that a bundle had and has no more. */
struct erase_dropped {
	struct oid oid;
	bool used; /* by another bundle */
};
/* Delete those of ${list}, of struct erase_dropped, that nothing has any more. */
MUST_CHECK bool erase_drop_objects(struct node *node, const struct buf *list, struct err *err);
/*
 * Of bundles that were set aside and tell of erased records leave the commits; the
 * other objects are added to ${dropped}.  *changed: there were some.
 */
MUST_CHECK bool erase_aside(struct node *node, struct buf *dropped, bool *changed,
	struct err *err);
/* *any: something was handed over of erased records; ${drop}: and goes. */
MUST_CHECK bool erase_handovers(struct node *node, bool drop, bool *any, struct err *err);
/*
 * Figures, which are counted again, and the bytes of what was refused, which
 * may be bundles of this scope.
 */
MUST_CHECK bool erase_drop_caches(struct node *node, struct err *err);

/* ---- outside one (erase_bodies.c) --------------------------------- */

/*
 * Let the bodies go of lines that are due and named by a signed line, from the
 * store's files too.  Signs nothing.  Goes on where it was interrupted;
 * nothing happens where nothing is due, or within a transaction.
 */
MUST_CHECK bool erase_settle(struct node *node, struct err *err);

#endif
