/* carrier_internal.h -- what URLs may be, for carrier.c. */
#ifndef LINLI_CARRIER_INTERNAL_H
#define LINLI_CARRIER_INTERNAL_H

#include "carrier.h"

/*
 * Check ${url} and append it, as libcurl writes it and without a trailing
 * '/', to ${base}.  *loopback: is the host this computer?
 */
MUST_CHECK bool carrier_url_base(struct buf *base, bool *loopback, const char *url,
	struct err *err);

/* Append path and query of ${request} to ${url}. */
MUST_CHECK bool carrier_url_add(struct buf *url, const struct request *request, struct err *err);

#endif
