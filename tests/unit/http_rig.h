/*
 * http_rig.h -- what the tests of both HTTP ends share: a front with a
 * handler that can be held up, bare sockets, and a server without manners.
 */
#ifndef LINLI_HTTP_RIG_H
#define LINLI_HTTP_RIG_H

#include <pthread.h>

#include "test.h"

#include "carrier.h"
#include "front.h"

#define RIG_PATIENCE_MS 60000 /* a wait for a condition fails the test after that */

/*
 * A front whose handler answers by path:
 *   /echo      the request's body
 *   /describe  "METHOD path query authorization content-type"
 *   /block     "done", once the gate is open
 *   /big       RIG_BIG_BYTES bytes
 *   /status    the status that the query says
 *   /headers   each known header of the request, a line each; Basic too
 *   /answer    headers of replies: ETag, two cookies
 *   /bent      a header's value with a line break in it
 *   /file      RIG_FILE_BYTES of a file's, from its third on
 */
#define RIG_FILE_BYTES 1000
#define RIG_BIG_BYTES (16 * 1024 * 1024)
struct rig {
	struct front *front;
	char url[64];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Guarded by lock. */
	bool gate_open;
	struct buf cut; /* "METHOD path upload-offset body" of each that was cut */
	size_t calls, jobs, largest; /* of the handler; requests in all; at once at most */
};
/* ${options}: all but listen, which becomes "127.0.0.1:0"; or NULL. */
void rig_open(struct rig *rig, const struct front_options *options);
void rig_close(struct rig *rig);
void rig_open_gate(struct rig *rig);
/* Until the handler has been called ${calls} times. */
void rig_await_calls(struct rig *rig, size_t calls);
/* Until all that was sent before this call has been taken in by the front. */
void rig_settle(struct rig *rig);

/* A connection to ${port} of 127.0.0.1; -1 if it is refused. */
int rig_try_connect(unsigned port);
int rig_connect(const struct rig *rig);
void rig_send(int fd, const char *text);
/* False once the other side is gone. */
bool rig_send_bytes(int fd, const void *data, size_t len);
/* Read one reply (headers, and a body of Content-Length) into ${out}. */
void rig_read_reply(int fd, struct buf *out);
/* Read until the other side closes. */
void rig_read_all(int fd, struct buf *out);
/* Send ${text} on a connection of its own; the first reply. */
void rig_ask(const struct rig *rig, const char *text, struct buf *out);
bool rig_contains(const struct buf *buf, const char *text);

/* A carrier of ${options} (all but url, or NULL) sends one request. */
struct rig_sent {
	bool ok;
	struct reply reply;
	struct err err;
};
void rig_carry(struct rig_sent *sent, const char *url, const struct carrier_options *options,
	const struct request *request);
void rig_sent_clear(struct rig_sent *sent);

/* A server that writes ${say} to whoever has sent it a request's headers. */
struct rude {
	const char *say;   /* text, or NULL: nothing */
	const char *again; /* written after it until it fails; or NULL */
	bool hold;         /* do not close until rude_close() */
	size_t requests;   /* that it answers on one connection; 0: 1 */
	int listen_fd;
	char url[64];
	pthread_t thread;
	pthread_mutex_t lock;
	/* Guarded by lock. */
	bool stop;
	int fd; /* of the connection */
	size_t connections, served;
	struct buf heard; /* all that it was sent */
};
void rude_open(struct rude *rude);
void rude_close(struct rude *rude); /* and clears all but counts */

#endif
