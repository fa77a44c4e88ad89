/*
 * front_receive.c -- requests as libmicrohttpd delivers them: a first line,
 * headers, pieces of body, the end; all in its thread.
 *
 * libmicrohttpd takes a reply before the body or after it, but not in its
 * middle: there a refusal goes straight to the socket.
 */
#include <stdlib.h>
#include <string.h>

#include "front_internal.h"

/*
 * Bodies up to this size are taken whatever room the large ones have left,
 * so that nobody who holds all of that keeps others from opening sessions.
 * Together they come to no more than this for each connection.
 */
#define SMALL_BODY_BYTES ((size_t)16 * 1024)

/* The first line is there, before libmicrohttpd decodes it in place. */
void *front_receive_begin(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *x = calloc(1, sizeof(*x));
	struct front *front = ctx;

	if (x == NULL) {
		return NULL;
	}
	x->front = front;
	x->connection = connection;
	x->link = info != NULL ? info->socket_context : NULL;
	/* At most what libmicrohttpd holds in a connection's memory. */
	buf_text(&x->uri, uri != NULL ? uri : "");
	pthread_mutex_lock(&front->lock);
	front->exchanges++;
	if (front->draining) {
		front_request_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE, ERR_BUSY);
	}
	front_keeper_enter(front, x->link, LINK_RECEIVING);
	pthread_mutex_unlock(&front->lock);
	return x;
}

void front_receive_end(struct exchange *x)
{
	struct front *front = x->front;

	pthread_mutex_lock(&front->lock);
	front->bodies_bytes -= x->body_charged;
	front->replies_bytes -= x->reply_charged;
	if (--front->exchanges == 0) {
		pthread_cond_broadcast(&front->quiet);
	}
	pthread_mutex_unlock(&front->lock);
	buf_clear(&x->uri);
	buf_clear(&x->path);
	buf_clear(&x->body);
	reply_clear(&x->job.reply);
	arena_clear(&x->kept);
	free(x);
}

/* The line broke in the body: is what came handed over all the same? */
static bool orphaned(struct exchange *x)
{
	const struct front_options *options = &x->front->options;

	if (options->keep_cut == NULL || x->state != EXCHANGE_RECEIVING || x->refused != 0 ||
		x->body.len == 0 || x->body.failed || !options->keep_cut(&x->job.request) ||
		!front_request_keep(x)) {
		return false;
	}
	x->orphan = true;
	x->link = NULL;
	x->connection = NULL;
	x->job.request.body = buf_as_view(&x->body);
	x->job.request.cut = true;
	return front_worker_take(x->front, x);
}

void front_receive_completed(void *ctx, struct MHD_Connection *connection, void **exchange,
	enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *exchange;

	(void)ctx;
	(void)connection;
	(void)why;
	*exchange = NULL;
	if (x == NULL) {
		return;
	}
	if (x->link != NULL) {
		pthread_mutex_lock(&x->front->lock);
		front_keeper_enter(x->front, x->link, LINK_WAITING);
		pthread_mutex_unlock(&x->front->lock);
	}
	if (!orphaned(x)) {
		front_receive_end(x);
	}
}

/* Is there room for a body of ${bytes}, and for a reply? */
static void check_room(struct exchange *x, uint64_t bytes)
{
	struct front *front = x->front;
	const struct front_options *options = &front->options;

	if (bytes != UINT64_MAX && bytes > options->max_body_bytes) {
		front_request_refuse(x, MHD_HTTP_CONTENT_TOO_LARGE, ERR_TOO_LARGE);
		return;
	}
	pthread_mutex_lock(&front->lock);
	if (front->replies_bytes > options->max_replies_bytes ||
		(bytes != UINT64_MAX && bytes > SMALL_BODY_BYTES &&
			front->bodies_bytes + bytes > options->max_bodies_bytes)) {
		front_request_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE, ERR_BUSY);
	}
	pthread_mutex_unlock(&front->lock);
}

/* The headers are there. */
static enum MHD_Result begin(struct exchange *x, const char *method, const char *version)
{
	uint64_t body_bytes;
	bool has_body;

	x->state = EXCHANGE_RECEIVING;
	if (x->uri.failed) {
		return MHD_NO;
	}
	front_request_read(x, method, version, &has_body, &body_bytes);
	check_room(x, body_bytes);
	if (x->refused == 0 || !has_body) {
		return MHD_YES; /* a refusal waits for the end, which is next */
	}
	front_reply_error(x);
	return front_reply_send(x);
}

/* Refuse in the middle of the body. */
static enum MHD_Result break_off(struct exchange *x, unsigned status, enum err_code code)
{
	front_request_refuse(x, status, code);
	front_reply_error(x);
	front_reply_raw(x);
	return MHD_NO;
}

static enum MHD_Result take_piece(struct exchange *x, const char *data, size_t len)
{
	struct front *front = x->front;
	bool room;

	if (len > front->options.max_body_bytes - x->body.len) {
		return break_off(x, MHD_HTTP_CONTENT_TOO_LARGE, ERR_TOO_LARGE);
	}
	pthread_mutex_lock(&front->lock);
	room = x->body.len + len <= SMALL_BODY_BYTES ||
		front->bodies_bytes + len <= front->options.max_bodies_bytes;
	if (room) {
		front->bodies_bytes += len;
		x->body_charged += len;
	}
	pthread_mutex_unlock(&front->lock);
	if (!room) {
		return break_off(x, MHD_HTTP_SERVICE_UNAVAILABLE, ERR_BUSY);
	}
	buf_add(&x->body, data, len);
	if (x->body.failed) {
		return break_off(x, MHD_HTTP_SERVICE_UNAVAILABLE, ERR_NOMEM);
	}
	return MHD_YES;
}

/* The request is complete. */
static enum MHD_Result hand_over(struct exchange *x)
{
	x->job.request.body = buf_as_view(&x->body);
	if (x->refused == 0 && front_worker_take(x->front, x)) {
		return MHD_YES; /* ${x} is the worker's already */
	}
	front_request_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE, ERR_BUSY);
	front_reply_error(x);
	return front_reply_send(x);
}

enum MHD_Result front_receive(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *len, void **exchange)
{
	struct exchange *x = *exchange;
	enum MHD_Result result = MHD_NO;

	(void)ctx;
	(void)connection;
	(void)url;
	if (x == NULL || x->link == NULL) {
		return MHD_NO; /* no memory */
	}
	switch (x->state) {
	case EXCHANGE_NEW:
		result = begin(x, method, version);
		break;
	case EXCHANGE_RECEIVING:
		if (*len != 0) {
			result = take_piece(x, data, *len);
			*len = 0;
		} else {
			result = hand_over(x);
		}
		break;
	case EXCHANGE_HANDED_OVER:
		result = MHD_YES; /* woken by something else than the worker */
		break;
	case EXCHANGE_ANSWERED:
		result = front_reply_send(x);
		break;
	}
	return result;
}
