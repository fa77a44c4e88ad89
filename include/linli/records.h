/*
 * records.h -- capture and look up records.
 *
 * A change is merged into the node's state at once and kept as a draft
 * line, to be signed by the next outbox_pack().  One change that touches
 * fields of several scopes becomes one line in each scope's chain.
 */
#ifndef LINLI_RECORDS_H
#define LINLI_RECORDS_H

#include "linli/node.h"
#include "linli/value.h"

enum assign_op {
	ASSIGN_SET,  /* the new value; of a sum field what it shall come to */
	ASSIGN_ADD,  /* sum: this much more.  union: this element in */
	ASSIGN_TAKE, /* union: this element out */
};
struct assignment {
	const struct field *field;
	enum assign_op op;
	struct value value;
};

/*
 * Write ${assignments} to the record ${id} of ${entity}, a new one where
 * ${id} is NULL (*out receives its id; for slug ids ${id} is needed).
 * Assigning what a field holds already writes nothing.
 * Fails with ERR_VALUE (the detail names field and reason: type,
 * reference to no record, failed check, missing required field),
 * ERR_NOT_FOUND, ERR_SCOPE (not this node's to write), ERR_TOO_LARGE.
 */
MUST_CHECK bool records_put(struct node *node, const struct entity *entity,
	const struct record_id *id, const struct assignment *assignments, size_t count,
	struct record_id *out, struct err *err);

/* Delete a record, or take its deletion back. */
MUST_CHECK bool records_delete(struct node *node, const struct entity *entity,
	const struct record_id *id, bool deleted, struct err *err);

/* One record as it stands.  Borrowed: valid during the callback. */
struct record_view {
	const struct entity *entity;
	char id[RECORD_ID_TEXT_BYTES];
	const char *community;            /* its own, "" if unknown */
	bool alive;
	const struct value *values; /* of entity->fields, in order */
};

/* Narrow a list to records whose field is (or holds, for a union) this. */
struct filter {
	const struct field *field;
	struct value value;
};

/* Call ${each} for every living record, in order of creation. */
MUST_CHECK bool records_each(struct node *node, const struct entity *entity,
	const struct filter *filters, size_t count,
	bool (*each)(void *ctx, const struct record_view *view, struct err *err), void *ctx,
	struct err *err);
/* The same for one record, deleted or not.  ERR_NOT_FOUND. */
MUST_CHECK bool records_get(struct node *node, const struct entity *entity,
	const struct record_id *id,
	bool (*each)(void *ctx, const struct record_view *view, struct err *err), void *ctx,
	struct err *err);

/*
 * The one living record of ${entity} in the node's own community (or the
 * federation's, for entities that the district writes) whose title is
 * ${title}.  ERR_NOT_FOUND; ERR_VALUE if there are several.
 */
MUST_CHECK bool records_find(struct node *node, const struct entity *entity,
	struct view title, struct record_id *out, struct err *err);
/* The title of a record by its id as text; "" if it has none here. */
bool records_title(struct node *node, const struct entity *entity, struct view id,
	struct buf *out);

/* Values shown beside a record (model "derived"): label and text. */
MUST_CHECK bool records_derived(struct node *node, const struct entity *entity,
	const struct record_id *id,
	bool (*each)(void *ctx, const struct derived *derived, struct view label,
		struct view value, struct err *err),
	void *ctx, struct err *err);

/* One value of those between which a rule decided, or a person should. */
struct conflict_value {
	struct value value;
	char line[LINE_NAME_TEXT_BYTES]; /* <chain>@<seq>#<n> */
	struct device_id device;
	int64_t t; /* hybrid clock: Unix ms * 1000 + counter */
};
struct conflict {
	const struct entity *entity;
	char id[RECORD_ID_TEXT_BYTES];
	const struct field *field; /* NULL: the deletion */
	enum merge_rule rule;
	bool open; /* waits for a person */
	struct value shown;
	const struct conflict_value *values;
	size_t value_count;
};
/* Conflicts of one record, or of all (${id} NULL; ${entity} NULL: of all entities). */
MUST_CHECK bool records_conflicts(struct node *node, const struct entity *entity,
	const struct record_id *id,
	bool (*each)(void *ctx, const struct conflict *conflict, struct err *err), void *ctx,
	struct err *err);

/* One line that touched a record, in the order of their clocks. */
struct history_line {
	char line[LINE_NAME_TEXT_BYTES];
	struct device_id device;
	bool draft; /* not signed yet */
	/* The district has merged it, as far as is known here; what it need not see counts as that. */
	bool confirmed;
	int64_t t;
	struct view text; /* the canonical line */
};
MUST_CHECK bool records_history(struct node *node, const struct entity *entity,
	const struct record_id *id,
	bool (*each)(void *ctx, const struct history_line *line, struct err *err), void *ctx,
	struct err *err);

#endif
