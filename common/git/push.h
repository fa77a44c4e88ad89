/*
 * push.h -- the ledger to another git server, as a copy off site.
 *
 * Objects are read from the store as they are sent; nothing is written on
 * this computer.  Only what the other side lacks goes out, and nothing there
 * is taken away: references of ours are set, others stay.
 */
#ifndef LINLI_PUSH_H
#define LINLI_PUSH_H

#include "ledger.h"

/* How to get in; each NULL where there is none.  None of it is kept or logged. */
struct push_options {
	const char *user;    /* for HTTP; NULL: "token" */
	const char *token;   /* for HTTP, as the password */
	const char *ssh_key; /* file of a private key without passphrase; NULL: the agent */
	const char *ca_file; /* PEM: whom to trust instead of the system's */
};

struct pushed {
	size_t refs;    /* that were new or moved */
	size_t refused; /* by the other side */
	char first_refused[256]; /* "<reference>: <reason>"; "" */
};

/* Is ${url} one that may be pushed to?  ERR_USAGE: no address, or a password in it. */
MUST_CHECK bool push_url_check(const char *url, struct err *err);

/*
 * Push ${refs} to ${url}: a path, file:, http:, https: or ssh: address, or
 * "user@host:path".  With ${dry_run} only what would be set is counted.
 * Fails with ERR_USAGE, ERR_NETWORK, ERR_NO_FILE (no repository in that folder),
 * ERR_TOKEN (not let in), or as ${source} does.
 */
MUST_CHECK bool ledger_push(struct pushed *out, const char *url,
	const struct push_options *options, const struct object_source *source,
	const struct ledger_refs *refs, bool dry_run, struct err *err);

#endif
