/*
 * exchange.h -- two nodes exchange what the other lacks, over whatever
 * carries requests and replies: HTTP, or a function call in tests.
 *
 * Both sides sign what they hold; each gives what the other lacks and may
 * read, everything is verified again where it arrives, and only what the
 * other has signed counts as sent.  Routes and messages: docs/exchange.md.
 */
#ifndef LINLI_EXCHANGE_H
#define LINLI_EXCHANGE_H

#include "linli/chains.h"
#include "linli/message.h"

#define EXCHANGE_FILE_BYTES (4 * 1024 * 1024) /* of bundles in one message, about */
#define EXCHANGE_CLOCK_TOLERANCE_MS (10 * 60 * 1000)

/* ---- serving ------------------------------------------------------- */

/* Sessions in memory and the node they are about. */
struct exchange_server;
/*
 * Serve for ${node}, which is borrowed until exchange_server_close(*out).
 * Used by one thread, the node's.  Fails with ERR_NOMEM, ERR_IO.
 */
MUST_CHECK bool exchange_server_open(
	struct exchange_server **out, struct node *node, struct err *err);
void exchange_server_close(struct exchange_server *server);

struct device;
/* Call ${visited} when a neighbour has come, with the code that both sides show. */
void exchange_server_on_visit(struct exchange_server *server,
	void (*visited)(void *ctx, const struct device *visitor, const char *code), void *ctx);

/* Is ${path} one of the exchange's (whatever the method)? */
bool exchange_serves(const char *path);

/* What front_options' keep_cut() asks for: uploads.  Of any thread. */
bool exchange_keeps_cut(const struct request *request);

/*
 * Answer ${request}.  ${reply} is reset first and stays the caller's; what goes wrong becomes a reply with an error's status and
 * {"schema":1,"error":{"code","sentence","sentence_en","detail"}}, the
 * detail only for a device that has shown who it is.
 */
void exchange_serve(
	struct exchange_server *server, const struct request *request, struct reply *reply);

/*
 * The same for ${count} requests in order, except that uploads of bundles
 * share one transaction (group commit), in which they come first.
 */
void exchange_serve_batch(struct exchange_server *server, const struct request *const *requests,
	struct reply *const *replies, size_t count);

/* ---- syncing ------------------------------------------------------- */

/* What an exchange over a transport or a folder has come to. */
struct sync_result {
	/*
	 * Sync: what the district has acknowledged since it began.  Carry:
	 * what was written for others, once for each audience.
	 */
	struct tally sent;
	struct received received; /* and what either side refused */
	bool clock_known;
	int64_t clock_ahead_ms; /* the server's clock less this node's */
	/* Carry: of this node's requests for another key and to be enrolled. */
	enum key_request {
		KEY_REQUEST_NONE,
		KEY_REQUEST_CARRIED,
		KEY_REQUEST_CONFIRMED
	} key_request, enrolment;
	/* Carry at the district: requests of both kinds that it granted. */
	size_t keys_replaced, devices_enrolled;
	bool shut_out; /* carry: the district's files there are not for this node's key */
};
void sync_result_clear(struct sync_result *result);
/* Is the clock further off than EXCHANGE_CLOCK_TOLERANCE_MS? */
bool sync_clock_off(const struct sync_result *result);

enum sync_stage { SYNC_CONNECT, SYNC_SEND, SYNC_RECEIVE, SYNC_RELAY, SYNC_DONE };
struct sync_progress {
	enum sync_stage stage;
	uint64_t done, total;        /* bundles of this stage; total 0: not known */
	struct tally sent, received; /* so far, not yet acknowledged */
};
struct sync_options {
	void *ctx;
	/* Told after every message; false stops with ERR_CANCELLED.  Or NULL. */
	bool (*progress)(void *ctx, const struct sync_progress *progress);
	/*
	 * Wait ${ms} before trying again, where the line broke or the server is
	 * busy; false stops with ERR_CANCELLED.  NULL: nothing is tried again.
	 */
	bool (*wait)(void *ctx, int64_t ms);
};

/*
 * Sign ${node}'s drafts and exchange with the district behind ${transport}
 * until neither lacks anything of the other.  Where the line breaks files
 * go on at the byte that came last; what was under way when it is given up
 * is kept in the home folder, and goes on next time.  ${result} is filled also on
 * failure, with what was done until then; the caller releases it with
 * sync_result_clear().  That something was refused is no failure.
 * Fails with ERR_NETWORK, ERR_CANCELLED, ERR_UNKNOWN_DEVICE (not
 * enrolled), ERR_REVOKED, ERR_REFUSED, ERR_SIGNATURE (the other side's),
 * or as the node does.
 */
MUST_CHECK bool exchange_sync(struct node *node, const struct transport *transport,
	const struct sync_options *options, struct sync_result *result, struct err *err);

/*
 * Send a request file and take in the answer, added to ${received}.  Fails
 * as answer_accept() does, or with the code of the server's refusal.
 */
MUST_CHECK bool exchange_enrol(struct node *node, const struct transport *transport,
	struct view request, struct received *received, struct err *err);

#endif
