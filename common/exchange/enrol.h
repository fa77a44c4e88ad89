/* enrol.h -- what invitation.c, request.c and enrol.c share. */
#ifndef LINLI_EXCHANGE_ENROL_H
#define LINLI_EXCHANGE_ENROL_H

#include "linli/enrol.h"

/* A name of a community, district or street: not empty, clean UTF-8. */
MUST_CHECK bool enrol_name_valid(const char *name, const char *what, struct err *err);

/*
 * What is signed and authenticated of a request: its members up to
 * "invitation", on one line.
 */
MUST_CHECK bool request_statement(
	struct buf *out, const struct application *application, struct err *err);

/*
 * Append the answer, sealed to ${to}, that a new device of ${community} gets: all chains that
 * it may read, if they fit, or (${trust_only}) the district's federation chains.
 */
MUST_CHECK bool enrol_answer(struct node *district, const char *community, const char *to,
	bool trust_only, struct buf *answer, struct err *err);

#endif
