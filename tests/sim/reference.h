/*
 * reference.h -- a machine's signed bundles as a stranger reads them, and
 * what the rules make of them; only for reference.c and the files beside it.
 */
#ifndef LINLI_SIM_REFERENCE_H
#define LINLI_SIM_REFERENCE_H

#include "bundle.h"
#include "merge_reference.h"
#include "step.h"

#define REFERENCE_MAX_CHAINS 512

struct seen_entry {
	uint32_t chain, seq, other, upto;
};
struct book_line {
	struct merge_origin origin;
	struct line line;
	struct view text;
};
struct book {
	struct machine *machine;
	struct arena arena;
	struct chain_name names[REFERENCE_MAX_CHAINS];
	struct merge_chain chains[REFERENCE_MAX_CHAINS];
	size_t chain_count;
	struct buf seen;   /* of struct seen_entry */
	struct buf lines;  /* of struct book_line, in order of records */
	struct buf moves;  /* of struct book_move */
	struct buf erased; /* of struct view: "<entity> <id>" */
	struct buf merged; /* of struct view: "<entity> <from> <into>" */
};

/* A confirmed move, by the district's lines about it. */
struct book_move {
	struct view entity, id, giver, taker, covers;
	int64_t number;
	size_t first, last; /* lines of the book */
};

/* Up to where bundle (${chain}, ${seq}) had seen ${other}; ${ctx}: struct book. */
uint32_t book_seen(void *ctx, uint32_t chain, uint32_t seq, uint32_t other);
struct merge_world book_world(struct book *book);
/* Was it returned, as the district has it? */
bool book_returned(const struct book *book, const struct merge_origin *origin);

/* ---- reference_counts.c: which lines count ------------------------------ */

/* Find moves and erasures among the lines. */
void book_learn(struct book *book);
/* Does the line count for its record: not returned, not erased, not of a former holder? */
bool book_counts(struct book *book, const struct book_line *line);
/* Was the record of ${line} moved? */
bool book_was_moved(const struct book *book, const struct book_line *line);
/*
 * At the district: each late edit of the moved record ${id} of ${lines} was told
 * of to its new holder, and its totals are what people ever added.
 */
void book_check_moved(struct book *book, const struct book_line *lines, size_t count,
	const struct record_id *id);

/* ---- reference_compare.c ------------------------------------------------- */

/* What the machine shows of a record against the fold of ${set}. */
void book_compare(struct book *book, const struct reference_set *set, const struct record_id *id);

#endif
