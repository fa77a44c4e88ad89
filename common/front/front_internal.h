/*
 * front_internal.h -- what the parts of the front share.
 *
 *   front_listen    address to listening socket
 *   front_tls       certificate and key, checked
 *   front_keeper    thread: accepts, enforces deadlines, closes politely
 *   front_receive   libmicrohttpd's callbacks, in its thread: headers, body
 *   front_request   is the request well-formed; what it says
 *   front_worker    thread: calls the handler with batches
 *   front_reply     headers and bodies of replies, own refusals
 *
 * A connection is a ${link} from accept() to close, a request and its reply
 * an ${exchange}.  ${front->lock} guards what is marked with it; it may be
 * held while calling MHD_suspend_connection(), and in no other call into
 * libmicrohttpd.
 */
#ifndef LINLI_FRONT_INTERNAL_H
#define LINLI_FRONT_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <sys/socket.h>

#include "front.h"

#define FRONT_LINGERS_MAX 32
#define FRONT_DEADLINE_NONE INT64_MAX
#define FRONT_TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

enum link_state {
	LINK_ACCEPTED,  /* handed to libmicrohttpd, which may yet drop it silently */
	LINK_WAITING,   /* for the first line of a request */
	LINK_RECEIVING, /* a request's headers and body */
	LINK_WORKING,   /* suspended: the request is with the worker */
	LINK_ANSWERING
};

struct link {
	struct link *next, *prev;
	int fd; /* libmicrohttpd's; open as long as the link is listed and not LINK_ACCEPTED */
	enum link_state state;
	bool cut;    /* was shut down */
	bool linger; /* refused in mid-request: close politely */
	int64_t deadline_ms;
	struct sockaddr_storage peer;
};

/* A connection that was answered before all was read; see front_keeper.c. */
struct lingering {
	int fd;
	int64_t deadline_ms;
	size_t read_bytes;
};

enum exchange_state { EXCHANGE_NEW, EXCHANGE_RECEIVING, EXCHANGE_HANDED_OVER, EXCHANGE_ANSWERED };

struct exchange {
	struct front_job job; /* must be first: jobs are cast back */
	struct front *front;
	struct link *link;
	struct MHD_Connection *connection;
	enum exchange_state state;
	struct exchange *next;    /* in the queue */
	bool orphan;              /* its connection is gone: ${job.request.cut} */
	struct arena kept;        /* an orphan's headers */
	struct buf uri, path;     /* as sent; decoded */
	struct buf body;          /* of the request */
	size_t body_charged;      /* to front->bodies_bytes */
	size_t reply_charged;     /* to front->replies_bytes */
	unsigned refused;         /* status; 0: not refused */
	enum err_code refused_as;
	bool zh;                  /* language of refusals */
	bool close;               /* after the reply */
};

struct front {
	/* Fixed once open. */
	struct front_options options; /* its strings are not kept */
	front_handler *handle;
	void *ctx;
	struct MHD_Daemon *daemon;
	struct buf tls_cert, tls_key;
	unsigned port;
	int wake_fd; /* eventfd: the keeper looks around */
	pthread_t keeper, worker;
	bool have_lock, have_keeper, have_worker;
	struct front_job **batch; /* max_connections pointers, the worker's */
	struct err *opening;      /* libmicrohttpd's complaints go here during front_open() */
	pthread_t opener;

	/* The keeper's own once it runs. */
	int listen_fd;
	int64_t accept_again_ms;

	pthread_mutex_t lock;
	pthread_cond_t work;  /* queue or stopping changed */
	pthread_cond_t quiet; /* exchanges became 0 */
	/* Guarded by lock. */
	struct link *links;
	size_t link_count;
	struct lingering lingers[FRONT_LINGERS_MAX];
	size_t linger_count;
	int64_t keeper_wakes_ms;
	struct exchange *queue, **queue_end;
	size_t exchanges; /* requests begun and not yet answered to the end */
	size_t bodies_bytes, replies_bytes;
	bool draining; /* nothing new is begun */
	bool stopping; /* nothing is handed to the worker */
	bool keeper_stops;
};

/* front_listen */
MUST_CHECK bool front_listen(int *fd, unsigned *port, const char *where, struct err *err);

/* front_tls: the two files' contents, which fit each other. */
MUST_CHECK bool front_tls_load(struct buf *cert, struct buf *key, const char *cert_file,
	const char *key_file, struct err *err);
/* Best effort, without waiting, from libmicrohttpd's thread. */
void front_tls_send(struct MHD_Connection *connection, const void *data, size_t len);

/* front_keeper */
int64_t front_keeper_now_ms(void);
void *front_keeper_run(void *front);
void front_keeper_wake(struct front *front);
void front_keeper_notify(void *front, struct MHD_Connection *connection, void **socket_context,
	enum MHD_ConnectionNotificationCode code);
/* Under lock.  ${link} may be NULL. */
void front_keeper_enter(struct front *front, struct link *link, enum link_state state);
/* Under lock: shut down what is in ${state}. */
void front_keeper_cut_all(struct front *front, enum link_state state);
void front_keeper_clear(struct front *front);

/* front_receive: libmicrohttpd's callbacks. */
void *front_receive_begin(void *front, const char *uri, struct MHD_Connection *connection);
/* ${x} is over: its share is given back, and it is released. */
void front_receive_end(struct exchange *x);
enum MHD_Result front_receive(void *front, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *len, void **exchange);
void front_receive_completed(void *front, struct MHD_Connection *connection, void **exchange,
	enum MHD_RequestTerminationCode why);

/*
 * front_request: read the headers into ${x}->job.  *has_body and *body_bytes
 * (UINT64_MAX: not announced) say what follows; sets ${x}->refused.
 */
void front_request_read(struct exchange *x, const char *method, const char *version,
	bool *has_body, uint64_t *body_bytes);
/* Copy what ${x}'s request says out of the connection's memory; false without memory. */
bool front_request_keep(struct exchange *x);
void front_request_refuse(struct exchange *x, unsigned status, enum err_code code);

/* front_worker */
void *front_worker_run(void *front);
/* Suspends the connection, if there is one; false if the worker takes nothing any more. */
bool front_worker_take(struct front *front, struct exchange *x);

/* front_reply */
/* Make ${x}'s reply the error page that ${x}->refused says. */
void front_reply_error(struct exchange *x);
/* Queue ${x}'s reply, whose body moves out. */
enum MHD_Result front_reply_send(struct exchange *x);
/* The refusal of ${x} straight to the socket, where libmicrohttpd cannot. */
void front_reply_raw(struct exchange *x);

#endif
