/* front_reply.c -- replies on their way out, and the front's own refusals. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "front_internal.h"

#define API_POLICY "default-src 'none'; frame-ancestors 'none'"
#define JSON_TYPE "application/json"
#define RETRY_AFTER_SECONDS "5"
#define ALLOWED "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
#define HEADERS_MAX 10

struct own_header {
	const char *name, *value;
};

void front_reply_error(struct exchange *x)
{
	struct reply *reply = &x->job.reply;

	reply_clear(reply);
	reply->status = x->refused;
	reply->content_type = JSON_TYPE;
	x->job.security_policy = NULL;
	x->job.cache_control = NULL;
	x->close = true;
	/* Sentences are our own text, without what JSON would escape. */
	buf_printf(&reply->body, "{\"schema\":1,\"error\":{\"code\":\"%s\",\"sentence\":\"%s\"}}\n",
		err_name(x->refused_as), err_sentence(x->refused_as, x->zh));
}

/* The front's own headers of this reply besides length and date, unless the handler set them. */
static size_t headers_of(struct own_header out[HEADERS_MAX], const struct exchange *x)
{
	const struct front_job *job = &x->job;
	const struct reply *reply = &job->reply;
	size_t count = 0;

	out[count++] = (struct own_header){ "X-Content-Type-Options", "nosniff" };
	out[count++] = (struct own_header){ "Referrer-Policy", "no-referrer" };
	out[count++] = (struct own_header){ "Cache-Control",
		job->cache_control != NULL ? job->cache_control : "no-store" };
	out[count++] = (struct own_header){ "Content-Security-Policy",
		job->security_policy != NULL ? job->security_policy : API_POLICY };
	if (reply->content_type != NULL) {
		out[count++] = (struct own_header){ "Content-Type", reply->content_type };
	}
	if (reply->status == MHD_HTTP_UNAUTHORIZED &&
		reply_header(reply, HEADER_WWW_AUTHENTICATE) == NULL) {
		out[count++] = (struct own_header){ "WWW-Authenticate", "Bearer" };
	}
	if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED && x->refused != 0) {
		out[count++] = (struct own_header){ "Allow", ALLOWED };
	}
	if (reply->status == MHD_HTTP_SERVICE_UNAVAILABLE &&
		reply_header(reply, HEADER_RETRY_AFTER) == NULL) {
		out[count++] = (struct own_header){ "Retry-After", RETRY_AFTER_SECONDS };
	}
	if (x->close) {
		out[count++] = (struct own_header){ "Connection", "close" };
	}
	return count;
}

static bool add_headers(struct MHD_Response *response, const struct exchange *x)
{
	struct own_header own[HEADERS_MAX];
	size_t i, at = 0, count = headers_of(own, x);
	const char *value;
	enum header header;
	bool ok = true;

	for (i = 0; ok && i < count; i++) {
		ok = MHD_add_response_header(response, own[i].name, own[i].value) == MHD_YES;
	}
	while (ok && reply_header_next(&x->job.reply, &at, &header, &value)) {
		/* libmicrohttpd refuses empty values, which say nothing. */
		ok = *value == '\0' ||
			MHD_add_response_header(response, header_name(header), value) == MHD_YES;
	}
	return ok;
}

/* A response that owns the reply's body; NULL without memory. */
static struct MHD_Response *response_of(struct exchange *x)
{
	struct message_file *file = &x->job.reply.file;
	struct buf *body = &x->job.reply.body;
	struct MHD_Response *response;

	if (body->failed) {
		return NULL;
	}
	if (file->is_open) {
		response = MHD_create_response_from_fd_at_offset64(file->len, file->fd, file->from);
		if (response != NULL) {
			*file = (struct message_file){ 0 };
		}
	} else if (body->len == 0) {
		response = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "",
			MHD_RESPMEM_PERSISTENT);
	} else {
		response = MHD_create_response_from_buffer_with_free_callback(body->len,
			body->data, free);
		if (response != NULL) {
			*body = (struct buf){ 0 };
		}
	}
	if (response != NULL && !add_headers(response, x)) {
		MHD_destroy_response(response);
		response = NULL;
	}
	return response;
}

enum MHD_Result front_reply_send(struct exchange *x)
{
	struct MHD_Response *response;
	enum MHD_Result queued;

	pthread_mutex_lock(&x->front->lock);
	x->close = x->close || x->front->draining;
	x->link->linger = x->link->linger || x->refused != 0;
	front_keeper_enter(x->front, x->link, LINK_ANSWERING);
	pthread_mutex_unlock(&x->front->lock);
	response = response_of(x);
	if (response == NULL) {
		return MHD_NO;
	}
	queued = MHD_queue_response(x->connection, x->job.reply.status, response);
	MHD_destroy_response(response);
	return queued;
}

static const char *reason_of(unsigned status)
{
	return status == MHD_HTTP_CONTENT_TOO_LARGE ? "Content Too Large" : "Service Unavailable";
}

void front_reply_raw(struct exchange *x)
{
	struct own_header headers[HEADERS_MAX];
	const struct reply *reply = &x->job.reply;
	size_t i, count = headers_of(headers, x);
	struct buf out = { 0 };

	buf_printf(&out, "HTTP/1.1 %u %s\r\n", reply->status, reason_of(reply->status));
	buf_text(&out, "Date: ");
	message_date(&out, (int64_t)time(NULL));
	buf_text(&out, "\r\n");
	for (i = 0; i < count; i++) {
		buf_printf(&out, "%s: %s\r\n", headers[i].name, headers[i].value);
	}
	buf_printf(&out, "Content-Length: %zu\r\n\r\n", reply->body.len);
	buf_view(&out, buf_as_view(&reply->body));
	if (!out.failed && !reply->body.failed) {
		pthread_mutex_lock(&x->front->lock);
		x->link->linger = true;
		pthread_mutex_unlock(&x->front->lock);
		if (x->front->tls_cert.len != 0) {
			front_tls_send(x->connection, out.data, out.len);
		} else {
			/* It fits the empty send buffer, or the client gets no answer. */
			send(x->link->fd, out.data, out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		}
	}
	buf_clear(&out);
}
