/*
 * record.h -- inside a record; for the files of common/merge only.
 *
 * Of each chain only the last line that changed a field is kept as a mark,
 * since it has seen all that the chain's earlier ones had.  A mark stays
 * when it is superseded, as it may still supersede others: what a line had
 * seen is not transitive.  Only its value is dropped.
 */
#ifndef LINLI_RECORD_H
#define LINLI_RECORD_H

#include "merge.h"

__extension__ typedef __int128 wide_int; /* no sum of int64 in a record overflows it */

enum deletion { NOT_A_DELETE, TAKEN_BACK, DELETED };

/* What record_judge() finds out about a line; see there. */
enum judged { MAXIMAL = 1, KEEPER = 2 };

struct state_line {
	uint32_t chain, seq, n;
	uint8_t scope;    /* enum scope_kind */
	uint8_t deletion; /* enum deletion */
	uint8_t judged;   /* bits of enum judged */
	int64_t t;        /* 0: not kept */
	uint64_t marks;   /* 1 << field index: the chain's last line that put it */
};

/* The value of a mark that is not superseded. */
struct candidate {
	uint32_t chain;
	uint16_t field;
	struct value value;
};

/* The chain's last line that put an element into a union or took it out. */
struct element {
	uint16_t field;
	bool in;
	bool present; /* of the element as a whole: the same in all of its marks */
	uint32_t chain, seq, n;
	struct view text;
};

struct record {
	const struct entity *entity;
	struct arena arena;
	struct state_line *lines; /* by chain, seq, n */
	size_t line_count, line_room;
	struct candidate *candidates; /* by field, chain */
	size_t candidate_count, candidate_room;
	struct element *elements; /* by field, text, chain */
	size_t element_count, element_room;
	struct value values[MODEL_MAX_FIELDS]; /* what is shown */
	wide_int totals[MODEL_MAX_FIELDS];     /* rule sum, where the value is not null */
	unsigned parts, deleting;              /* scopes with a line, with a delete */
	unsigned dead;                         /* scopes whose part is deleted */
	uint64_t shown_changed;                /* fields, by the last apply or settle */
	bool changed;
};

/*
 * A larger array in place of ${array} for one more than ${count} items of
 * ${size}; the pointer as it was when there is room.  NULL without memory.
 */
void *grown(void *array, size_t count, size_t *room, size_t size);

static inline bool is_put_rule(enum merge_rule rule)
{
	return rule != RULE_SUM && rule != RULE_UNION;
}

/* Does ${a} stand after ${b}?  Both are of one chain. */
bool stands_later(const struct state_line *a, const struct state_line *b);
/* Had the bundle of (chain, seq, n) seen the other line? */
bool had_seen(const struct merge_world *world, const struct state_line *a,
	const struct state_line *b);

/* Show ${value} from now on. */
void record_show(struct record *record, size_t field, const struct value *value);
/* ${value} with its text, if any, in the record's arena. */
MUST_CHECK bool record_keep(struct record *record, const struct value *value, struct value *out,
	struct err *err);

/* ${line} puts the element of ${change} into ${field} or takes it out. */
MUST_CHECK bool record_element(struct record *record, const struct state_line *line, size_t field,
	const struct change *change, const struct merge_world *world, struct err *err);
/* Show the elements of ${field} that are present. */
MUST_CHECK bool record_show_union(struct record *record, size_t field, struct err *err);

/* The sum as it is shown: at the limits of int64 where it is beyond. */
int64_t clamped(wide_int total);
/* The mark of ${chain} for ${field}; NULL if there is none. */
const struct state_line *record_mark(const struct record *record, size_t field, uint32_t chain);
/* The elements from ${at} on that are of the same field and text: end of the run. */
size_t element_run(const struct record *record, size_t at);

/*
 * Judge the deletes of the part of ${scope}: is it deleted, and are there
 * lines that keep it alive against a delete?  Leaves in judged: MAXIMAL, of
 * each delete that no other had seen; KEEPER, of each chain's first edit
 * that keeps the part alive though no maximal delete has been taken back.
 */
struct judgement {
	bool dead, conflict;
};
struct judgement record_judge(struct record *record, enum scope_kind scope,
	const struct merge_world *world);

/* ERR_STORE.  Always false. */
bool unknown_chain(uint32_t chain, struct err *err);

#endif
