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

#endif
