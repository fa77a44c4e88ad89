/*
 * move_private.h -- moves and merged duplicates; for common/store, and for
 * handovers in common/exchange.
 *
 * Whether a line counts for a record that was moved is a function of the
 * line's place, of the district's records of moves and of what the line's
 * bundle had seen: never of the order in which they came.  Lines that do not
 * count are rows of table apart.
 */
#ifndef LINLI_MOVE_PRIVATE_H
#define LINLI_MOVE_PRIVATE_H

#include "line.h"
#include "line_proof.h"
#include "linli/move.h"
#include "node_private.h"

/* One confirmed move; sorted by entity, id, number. */
struct moved {
	char entity[MODEL_NAME_BYTES];
	struct record_id id;
	int64_t number;
	char giver[SLUG_TEXT_BYTES], taker[SLUG_TEXT_BYTES];
	struct record_id slug; /* of the district's record */
};
/* A duplicate; sorted by entity, from. */
struct merged {
	char entity[MODEL_NAME_BYTES];
	struct record_id from, into;
	char community[SLUG_TEXT_BYTES]; /* whose device said so */
	struct device_id device;
};

/* The moves of one record, by number. */
struct move_range {
	const struct moved *list;
	size_t count;
};

/* ---- move.c: what is known ----------------------------------------- */

void moves_forget(struct node *node);
MUST_CHECK bool moves_load(struct node *node, struct err *err);
/* Load, and forget what was noted in a transaction that was given up. */
MUST_CHECK bool moves_refresh(struct node *node, struct err *err);
/* Load again what has changed within this transaction. */
MUST_CHECK bool moves_ready(struct node *node, struct err *err);
struct move_range moves_of(const struct node *node, const struct entity *entity,
	const struct record_id *id);
/* The holder after the last move; NULL if there was none. */
const char *moves_home(const struct node *node, const struct entity *entity,
	const struct record_id *id);
/* The holder, moved or not; "" if the device that made the id is not known. */
const char *moves_holder(struct node *node, const struct entity *entity,
	const struct record_id *id);
/* Is ${chain} one in which a former or the present holder may write the record? */
bool moves_former(const struct node *node, const struct entity *entity,
	const struct record_id *id, const struct chain *chain);
/* Does an own edit have to be refused?  ERR_SCOPE, saying who holds the record now. */
MUST_CHECK bool moves_mine(struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err);
/* NULL if it was not merged away, by its own community or the district. */
const struct merged *merged_find(struct node *node, const struct entity *entity,
	const struct record_id *id);

/* Call ${each} once for every record that was moved. */
MUST_CHECK bool moves_each_moved(struct node *node,
	bool (*each)(struct node *node, const struct moved *moved,
		void (*problem)(void *ctx, const char *text), void *ctx, struct err *err),
	void (*problem)(void *ctx, const char *text), void *ctx, struct err *err);

/* ---- move_apart.c: which lines count ------------------------------- */

/* Does line ${origin} of ${chain} count for a record with these moves? */
MUST_CHECK bool move_counts(struct node *node, const struct move_range *range,
	const struct chain *chain, uint32_t seq, bool *counts, struct err *err);
/* A trust record was written: note what has to follow. */
MUST_CHECK bool moves_note(struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err);
/* The next record of a move that was noted; false: none is left. */
bool moves_next_noted(struct node *node, struct record_id *out);
/* Fold again the records whose moves were noted. */
MUST_CHECK bool moves_arrived(struct node *node, struct err *err);
/* *apart: the line does not count, and was put apart. */
MUST_CHECK bool moves_take_apart(struct node *node, const struct chain *chain, uint32_t seq,
	uint32_t n, const struct line *line, const struct admitted *admitted, bool *apart,
	struct err *err);
/* The record was written: was it merged away? */
MUST_CHECK bool moves_applied(struct node *node, const struct admitted *admitted,
	struct err *err);
/* A line that is taken out again may stand apart. */
MUST_CHECK bool moves_drop_apart(struct node *node, const struct merge_origin *origin,
	const struct entity *entity, const struct record_id *id, struct err *err);
/* Append the lines of the record that stand apart, as struct merge_origin. */
MUST_CHECK bool moves_apart(struct node *node, const struct entity *entity,
	const struct record_id *id, struct buf *out, struct err *err);
/* The same of those in a community's own scope alone. */
MUST_CHECK bool moves_apart_own(struct node *node, const struct entity *entity,
	const struct record_id *id, struct buf *out, struct err *err);
/* For chains_check(): *lines counts the signed lines that stand apart. */
MUST_CHECK bool moves_check(struct node *node, uint64_t *lines,
	void (*problem)(void *ctx, const char *text), void *ctx, struct err *err);

/* ---- move_work.c: what follows, written when nothing else is open ---- */

enum move_work_kind { WORK_CONFIRM = 1, WORK_LATE, WORK_VALUES, WORK_DUPLICATE, WORK_TWICE };
struct move_work {
	enum move_work_kind kind;
	char entity[MODEL_NAME_BYTES];
	/* WORK_CONFIRM, WORK_TWICE: of the trust record, whose entity it names. */
	struct record_id id;
	struct merge_origin line;
};
MUST_CHECK bool move_work_add(struct node *node, const struct move_work *work, struct err *err);
/* Do what can be done.  Outside a transaction. */
MUST_CHECK bool moves_settle(struct node *node, struct err *err);

/* move_confirm.c.  *later: it has to wait. */
MUST_CHECK bool move_confirm(struct node *node, const struct move_work *work, bool *later,
	struct err *err);
/* move_route.c */
MUST_CHECK bool move_route_late(struct node *node, const struct move_work *work,
	struct err *err);
/* A line that was routed before and after the district was put back from a copy. */
MUST_CHECK bool move_route_once(struct node *node, const struct move_work *work,
	struct err *err);
MUST_CHECK bool merged_route(struct node *node, const struct move_work *work, struct err *err);
/* handover_keep.c */
MUST_CHECK bool handover_write_values(struct node *node, const struct move_work *work,
	struct err *err);

/* Is it this node that writes what follows for ${community}, among all of its devices? */
bool moves_acts(const struct node *node, const char *community, struct device_id preferred);
/* The device that preferably acts for the district. */
struct device_id moves_founder(const struct node *node);

/* ---- writing ------------------------------------------------------- */

/* Changes of a record, with their values; all zeros is none. */
struct field_change {
	const struct field *field;
	struct change change;
};
struct changes {
	struct field_change *list;
	size_t count, room;
	struct arena arena; /* of the values */
};
void changes_clear(struct changes *changes);
/* ${value} is copied. */
MUST_CHECK bool changes_add(struct changes *changes, const struct field *field,
	enum line_op op, const struct value *value, struct err *err);
/* All that ${field} shows, so that it shows it again in an empty record. */
MUST_CHECK bool changes_add_shown(struct changes *changes, const struct field *field,
	const struct value *value, struct err *err);
/* The same of all fields of a record of the scopes in ${scopes} (bits); *found: it lives here. */
MUST_CHECK bool changes_of_record(struct node *node, struct changes *out,
	const struct entity *entity, const struct record_id *id, unsigned scopes, bool *found,
	struct err *err);
/*
 * Write them as own lines of record ${id}, each in its field's scope of
 * ${owner}, whether or not the record is here.  Nothing is checked.
 */
MUST_CHECK bool changes_write(struct node *node, const struct changes *changes,
	const struct entity *entity, const struct record_id *id, const char *owner,
	struct err *err);

/* ---- handovers (move_proof.c, handover_keep.c) ----------------------- */

/* Lines of the record in the own community's own scope, by chain and place. */
MUST_CHECK bool moves_each_proof(struct node *node, const struct entity *entity,
	const struct record_id *id,
	bool (*each)(void *ctx, const struct line_proof *proof, struct err *err), void *ctx,
	struct err *err);
struct handover_line {
	char name[LINE_NAME_TEXT_BYTES];
	struct view text;
};
/* What was handed over of the record is erased. */
MUST_CHECK bool handover_forget(struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err);
/* Keep a verified handover, within the transaction; ${summary} may be empty. */
MUST_CHECK bool handover_keep(struct node *node, const struct handed *handed,
	const struct handover_line *lines, struct view summary, struct err *err);

#endif
