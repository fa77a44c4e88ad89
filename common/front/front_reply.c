/* front_reply.c -- replies on their way out, and the front's own refusals. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "front_internal.h"

#define API_POLICY "default-src 'none'; frame-ancestors 'none'"
#define JSON_TYPE "application/json"
#define RETRY_AFTER_SECONDS "5"
#define ALLOWED "GET, HEAD, POST, PUT, PATCH, DELETE"
#define HEADERS_MAX 10

struct header {
	const char *name, *value;
};

void front_reply_error(struct exchange *x)
{
	struct reply *reply = &x->job.reply;

	reply->status = x->refused;
	reply->content_type = JSON_TYPE;
	x->job.security_policy = NULL;
	x->job.cache_control = NULL;
	x->close = true;
	buf_clear(&reply->body);
	/* Sentences are our own text, without what JSON would escape. */
	buf_printf(&reply->body, "{\"schema\":1,\"error\":{\"code\":\"%s\",\"sentence\":\"%s\"}}\n",
		err_name(x->refused_as), err_sentence(x->refused_as, x->zh));
}

/* The headers that this reply carries besides length and date. */
static size_t headers_of(struct header out[HEADERS_MAX], const struct exchange *x)
{
	const struct front_job *job = &x->job;
	size_t count = 0;

	out[count++] = (struct header){ "X-Content-Type-Options", "nosniff" };
	out[count++] = (struct header){ "Referrer-Policy", "no-referrer" };
	out[count++] = (struct header){ "Cache-Control",
		job->cache_control != NULL ? job->cache_control : "no-store" };
	out[count++] = (struct header){ "Content-Security-Policy",
		job->security_policy != NULL ? job->security_policy : API_POLICY };
	if (job->reply.content_type != NULL) {
		out[count++] = (struct header){ "Content-Type", job->reply.content_type };
	}
	if (job->reply.status == MHD_HTTP_UNAUTHORIZED) {
		out[count++] = (struct header){ "WWW-Authenticate", "Bearer" };
	}
	if (job->reply.status == MHD_HTTP_METHOD_NOT_ALLOWED && x->refused != 0) {
		out[count++] = (struct header){ "Allow", ALLOWED };
	}
	if (job->reply.status == MHD_HTTP_SERVICE_UNAVAILABLE) {
		out[count++] = (struct header){ "Retry-After", RETRY_AFTER_SECONDS };
	}
	if (x->close) {
		out[count++] = (struct header){ "Connection", "close" };
	}
	return count;
}

/* A response that owns the reply's body; NULL without memory. */
static struct MHD_Response *response_of(struct exchange *x)
{
	struct buf *body = &x->job.reply.body;
	struct header headers[HEADERS_MAX];
	struct MHD_Response *response;
	size_t i, count = headers_of(headers, x);

	if (body->failed) {
		return NULL;
	}
	if (body->len == 0) {
		response = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "",
			MHD_RESPMEM_PERSISTENT);
	} else {
		response = MHD_create_response_from_buffer_with_free_callback(body->len,
			body->data, free);
		if (response != NULL) {
			*body = (struct buf){ 0 };
		}
	}
	for (i = 0; response != NULL && i < count; i++) {
		if (MHD_add_response_header(response, headers[i].name, headers[i].value) ==
			MHD_NO) {
			MHD_destroy_response(response);
			response = NULL;
		}
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

/* RFC 9110's date, whatever the locale. */
static void add_date(struct buf *out)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL) {
		buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[tm.tm_wday],
			tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
			tm.tm_sec);
	}
}

void front_reply_raw(struct exchange *x)
{
	struct header headers[HEADERS_MAX];
	const struct reply *reply = &x->job.reply;
	size_t i, count = headers_of(headers, x);
	struct buf out = { 0 };

	buf_printf(&out, "HTTP/1.1 %u %s\r\n", reply->status, reason_of(reply->status));
	add_date(&out);
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
