/*
 * browse.h -- records as a page lists them: searched, narrowed, sorted, a
 * window at a time, with counts by the values of a field.
 */
#ifndef LINLI_BROWSE_H
#define LINLI_BROWSE_H

#include "linli/records.h"

#define BROWSE_MAX_FILTERS 64
#define BROWSE_FACET_VALUES 60 /* the most frequent ones */

/*
 * The field holds this: an enum's or union's member, a reference's id, a
 * text, a number, "true" or "false"; of a date a period ("2024", "2024-Q1",
 * "2024-03") or a day; "" is nothing.
 */
struct browse_filter {
	const struct field *field;
	struct view value;
};

struct browse {
	const struct entity *entity;
	const char *community; /* whose records; NULL: everybody's */
	bool deleted;          /* those that were deleted, instead of the living */
	/* Words, each in a text of the record or the title of one it refers to; pinyin.h. */
	struct view search;
	/* Those of one field are alternatives; all fields must hold. */
	const struct browse_filter *filters;
	size_t filter_count;
	const struct field *sort; /* NULL: by age */
	bool descending;
	uint64_t offset, limit; /* limit 0: none are told */
};

/*
 * Tell ${each} of the records of the window, in order, and *total of all that
 * fit; both of one state.  Records without a value come last.
 * Fails with ERR_VALUE (a value that the field of a filter cannot hold; too
 * many filters), ERR_STORE.
 */
MUST_CHECK bool browse_records(struct node *node, const struct browse *browse, uint64_t *total,
	bool (*each)(void *ctx, const struct record_view *view, struct err *err), void *ctx,
	struct err *err);

/*
 * How many of the records that fit have which value of ${field} ("" for
 * none; of a date the years), the filters of that field itself left out.
 */
MUST_CHECK bool browse_facet(struct node *node, const struct browse *browse,
	const struct field *field,
	bool (*each)(void *ctx, struct view value, uint64_t count, struct err *err), void *ctx,
	struct err *err);

#endif
