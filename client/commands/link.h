/*
 * link.h -- the way to the district's server, with its progress on the
 * terminal.  An interrupt (Ctrl-C) ends what is under way with
 * ERR_CANCELLED; a second one ends the program.
 */
#ifndef LINLI_CLIENT_LINK_H
#define LINLI_CLIENT_LINK_H

#include "linli/exchange.h"
#include "progress.h"

struct carrier;

struct link_options {
	const char *url;     /* NULL: the federation's own */
	const char *ca_file; /* NULL: the one given last, else the system's authorities */
	uint64_t limit_rate; /* bytes a second; 0: unlimited */
	bool once;           /* where the line breaks nothing is tried again */
};

struct link {
	struct carrier *carrier;
	struct transport transport;
	struct sync_options options; /* for exchange_sync() */
	struct progress progress;
	enum sync_stage stage;
	struct progress_counts counts;
	uint64_t request_bytes; /* of the request that is under way */
};

/*
 * Does not connect yet.  ${out} must stay where it is until link_close(),
 * which is called also after a failure.  Fails with ERR_USAGE (no address,
 * or none that can be used), ERR_IO, ERR_NOMEM.
 */
MUST_CHECK bool link_open(
	struct link *out, struct node *node, const struct link_options *options, struct err *err);
void link_close(struct link *link);

/* Trust the authorities in ${ca_file} from now on (NULL: as before). */
MUST_CHECK bool link_trust(struct node *node, const char *ca_file, struct err *err);

#endif
