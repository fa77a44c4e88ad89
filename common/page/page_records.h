/*
 * page_records.h -- records for a page to read: the model, lists with search,
 * filters and counts, one record with its history, conflicts, figures.
 */
#ifndef LINLI_PAGE_RECORDS_H
#define LINLI_PAGE_RECORDS_H

#include "linli/model.h"
#include "page.h"

#define PAGE_RECORDS_MAX 500 /* in one answer */

/* Ended by a NULL method. */
extern const struct page_route page_record_routes[];

/* The entity that the first parameter names.  ERR_NOT_FOUND. */
MUST_CHECK bool page_entity(
	const struct page_call *call, const struct entity **out, struct err *err);
/* And the record that the second one names.  ERR_NOT_FOUND for what is no id. */
MUST_CHECK bool page_record(const struct page_call *call, const struct entity **entity,
	struct record_id *id, struct err *err);

#endif
