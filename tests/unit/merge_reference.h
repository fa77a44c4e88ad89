/*
 * merge_reference.h -- the rules of docs/merge-rules.md once more, slow and
 * by the letter, over the plain set of a record's lines.  Shares no code
 * with common/merge; tests compare the two.
 */
#ifndef LINLI_MERGE_REFERENCE_H
#define LINLI_MERGE_REFERENCE_H

#include "merge.h"

#define REFERENCE_MAX_LINES 16
#define REFERENCE_MAX_CONFLICTS 24
#define REFERENCE_TEXT_BYTES 256

struct reference_line {
	struct merge_origin origin;
	const struct line *line;
};

struct reference_set {
	const struct entity *entity;
	const struct reference_line *lines; /* no place twice */
	size_t count;
	const struct merge_world *world;
};

struct reference_conflict {
	const struct field *field; /* NULL: delete */
	enum scope_kind scope;
	bool open;
	size_t lines[REFERENCE_MAX_LINES]; /* into the set; by device, incarnation, seq, n */
	size_t count;
};

struct reference_state {
	struct value values[MODEL_MAX_FIELDS];
	char texts[MODEL_MAX_FIELDS][REFERENCE_TEXT_BYTES]; /* of unions */
	unsigned parts, alive;
	struct reference_conflict conflicts[REFERENCE_MAX_CONFLICTS];
	size_t conflict_count;
};

void reference_fold(struct reference_state *out, const struct reference_set *set);
/* The value that line ${at} puts into ${field}; NULL if it does not. */
const struct value *reference_put(const struct reference_set *set, size_t at,
	const struct field *field);

#endif
