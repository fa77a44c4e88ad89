/*
 * merge.h -- the state of a record as the fold of the set of its lines.
 *
 * The fold is a pure function of that set: lines may come in any order, as
 * often as they like, with the state saved and loaded in between.  What
 * supersedes what is told by what each line's bundle had seen, never by a
 * device's clock.  To take a line out again, reset the record and apply all
 * lines but that one.  Rules: docs/merge-rules.md.
 *
 * A line A had seen a line B if both are of one chain and A stands later,
 * or if the Seen of A's bundle reaches B's bundle.  That is not transitive.
 * A line is superseded, for a field, by every line that changed the same
 * field and had seen it; the lines that are not superseded are the field's
 * candidates, among which its rule chooses.  Where dishonest lines claim to
 * have seen each other there may be no candidate; the field is then null.
 */
#ifndef LINLI_MERGE_H
#define LINLI_MERGE_H

#include "line.h"
#include "linli/model.h"

/* Where a line stands.  Chains are numbered by the node, as it likes. */
struct merge_origin {
	uint32_t chain;
	uint32_t seq; /* from 1 */
	uint32_t n;   /* from 1 */
	enum scope_kind scope; /* of the chain */
};

struct merge_chain {
	struct device_id device;
	uint32_t incarnation;
	char community[SLUG_TEXT_BYTES]; /* the device's; DISTRICT_SLUG for the district's */
};

/* What the fold asks about the record's surroundings. */
struct merge_world {
	void *ctx;
	/*
	 * Up to which seq of chain ${other} had bundle (${chain}, ${seq}) seen;
	 * 0 for nothing.  Never falls as ${seq} grows.  ${other} != ${chain}.
	 */
	uint32_t (*seen_upto)(void *ctx, uint32_t chain, uint32_t seq, uint32_t other);
	/* False if there is no such chain. */
	bool (*chain)(void *ctx, uint32_t chain, struct merge_chain *out);
	/* The record's own community, for rule owner; NULL or "" if not known. */
	const char *community;
};

/*
 * Is ${line}, of a chain of ${scope}, one that may be applied to a record of
 * ${entity} (the one it names): fields, operations, values, order, id, salt?
 * Plausible ranges are not asked.  Fails with ERR_MODEL_NEWER (a field or a
 * member of an enumeration is unknown), ERR_SCOPE, ERR_VALUE, ERR_FORMAT.
 */
MUST_CHECK bool merge_line_check(const struct entity *entity, const struct line *line,
	enum scope_kind scope, struct err *err);

/* What the rule does, in a sentence for a person.  Static. */
const char *rule_sentence(enum merge_rule rule, bool zh);

/*
 * One record, reused for many.  record_new() returns NULL without memory.
 * After a function that changes a record has failed, only record_reset(),
 * record_load() and record_free() may be called on it.
 */
struct record;
struct record *record_new(void);
void record_free(struct record *record);
/* A record of ${entity} (borrowed) without lines. */
void record_reset(struct record *record, const struct entity *entity);

/*
 * The record that record_save() wrote as ${blob}, with ${columns}: the
 * record_value() of each field of ${entity} as it was then.  Both stay
 * borrowed until the record is reset or loaded again.  Fails with ERR_STORE
 * on what record_save() has not written, ERR_NOMEM.
 */
MUST_CHECK bool record_load(struct record *record, const struct entity *entity, struct view blob,
	const struct value *columns, struct err *err);
/* Append the blob; ${out} remembers if memory ran out. */
void record_save(const struct record *record, struct buf *out);

/*
 * Add ${line} at ${origin}, which merge_line_check() has passed; a copy is
 * kept of what is needed.  A line that is already in the record changes
 * nothing.  Fails with ERR_STORE if ${world} does not know a chain of the
 * record, ERR_NOMEM.
 */
MUST_CHECK bool record_apply(struct record *record, const struct merge_origin *origin,
	const struct line *line, const struct merge_world *world, struct err *err);

/*
 * Decide again after world->community has changed, as it may when the field
 * that names the record's community does.  record_apply() also does so for
 * the community that it is given.
 */
MUST_CHECK bool record_settle(struct record *record, const struct merge_world *world,
	struct err *err);

/* Was the line of the last record_apply() new to the record? */
bool record_changed(const struct record *record);
/* Did the last record_apply() or record_settle() change what ${field} shows? */
bool record_field_changed(const struct record *record, const struct field *field);

/*
 * What ${field} shows: never NULL, VALUE_NULL where nothing is known.  Rule
 * union: a canonical JSON array of texts, VALUE_NULL when it is empty.
 * Borrowed until the record changes.
 */
const struct value *record_value(const struct record *record, const struct field *field);

/* A bit 1 << scope_kind for each scope that has a line; and of these, not deleted. */
unsigned record_parts(const struct record *record);
unsigned record_alive_parts(const struct record *record);
/* Is any part alive? */
bool record_alive(const struct record *record);

/* The lines of the record, ordered by chain number, seq, n. */
size_t record_line_count(const struct record *record);
void record_line(const struct record *record, size_t index, struct merge_origin *out);

/* One of the lines that a conflict is between. */
struct merge_candidate {
	struct value value; /* of rule delete: del as a boolean, VALUE_NULL for an edit */
	struct merge_origin origin;
	struct device_id device;
	uint32_t incarnation;
	int64_t t; /* 0: not kept, ask the line itself */
};

struct merge_conflict {
	const struct field *field; /* NULL: rule delete, of the part of ${scope} */
	enum merge_rule rule;
	enum scope_kind scope;
	bool open; /* waits for a person; otherwise decided, and told */
	struct value shown; /* of rule delete: false, as the part is kept alive */
	const struct merge_candidate *candidates; /* by device, incarnation, seq, n */
	size_t candidate_count;
};

/*
 * The conflicts of the record: of fields in the entity's order, then of
 * deletes by scope.  Parts that are deleted have theirs too.  *out lives
 * until the record is reset or loaded.  Fails as record_apply() does.
 */
MUST_CHECK bool record_conflicts(struct record *record, const struct merge_world *world,
	const struct merge_conflict **out, size_t *count, struct err *err);

/*
 * Append a text of the part of ${scope} that is the same on every node with
 * the same merged state and on no other: whether it is alive, its values,
 * its conflicts.  Nothing if the part has no line.  For state hashes.
 */
MUST_CHECK bool record_hash_text(struct buf *out, struct record *record, enum scope_kind scope,
	const struct merge_world *world, struct err *err);

#endif
