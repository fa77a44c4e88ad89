/*
 * erase.h -- erasing what a community has recorded of a person.
 *
 * Of a record the bodies of its lines in the community's own scope go, at every
 * device of the community; what stays is each line's leaf hash, with which all
 * signatures still verify.  In all scopes the record is deleted.  An erasure
 * is a signed record of that scope, and so is each device's confirmation.
 * What is erased, and what is not: docs/erasure.md.
 */
#ifndef LINLI_ERASE_H
#define LINLI_ERASE_H

#include "linli/chains.h"
#include "linli/records.h"

#define ERASE_ORDER_MAX_BYTES 2000

/* A device of the own community, and what it has of an erased record. */
struct erase_device {
	struct device device;
	uint64_t lines;       /* of erase_plan(): those that it is known to hold */
	bool confirmed;       /* of erasures_each(): it has said that they are gone */
	int64_t confirmed_ms; /* when, by its clock */
};

/*
 * What erase_record() would do: ${line} is told every line whose body would go,
 * ${device} every device of the community that is not revoked.  Fails with
 * ERR_SCOPE (the district's node), ERR_VALUE (nothing of such a record is in the
 * community's own scope, so that deleting is enough), ERR_NOT_FOUND.
 */
MUST_CHECK bool erase_plan(struct node *node, const struct entity *entity,
	const struct record_id *id,
	bool (*line)(void *ctx, const struct history_line *line, struct err *err),
	bool (*device)(void *ctx, const struct erase_device *device, struct err *err), void *ctx,
	struct err *err);

struct erase_order {
	const char *text;  /* by whose order and why: for the own community alone */
	const char *tell;  /* NULL, or what the district may read of that */
};
struct erase_result {
	char id[RECORD_ID_TEXT_BYTES]; /* of the erasure's record */
	uint64_t lines;
};
/*
 * Erase a record and confirm it for this device, outside a transaction.
 * Fails as erase_plan() does, with ERR_EXISTS (erased already), and where the
 * bodies cannot be let go just now (ERR_BUSY, ERR_DISK_FULL, ...): then it is
 * recorded, and goes on by erase_finish().
 */
MUST_CHECK bool erase_record(struct node *node, const struct entity *entity,
	const struct record_id *id, const struct erase_order *order, struct erase_result *out,
	struct err *err);

/*
 * Do what is still to be done of the erasures known here, ordered by whomever:
 * let bodies go and confirm it.  Done when a node is opened, and to be done
 * before it exchanges with others.  Nothing happens where nothing is due.
 */
MUST_CHECK bool erase_finish(struct node *node, struct err *err);

/* Borrowed: valid during the callback.  Texts are "" where they are not known here. */
struct erasure {
	char id[RECORD_ID_TEXT_BYTES];
	const char *community;
	char entity[MODEL_NAME_BYTES];
	char record[RECORD_ID_TEXT_BYTES];
	struct view order, told;
	int64_t at_ms;        /* 0: not known here */
	uint64_t lines;       /* when it was ordered */
	struct device_id by;
	const struct erase_device *devices; /* of the own community; at the district none */
	size_t device_count;
};
/* Every erasure that may be read here, oldest first. */
MUST_CHECK bool erasures_each(struct node *node,
	bool (*each)(void *ctx, const struct erasure *erasure, struct err *err), void *ctx,
	struct err *err);

#endif
