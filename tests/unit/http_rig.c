/* http_rig.c -- see http_rig.h. */
#include "http_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEADERS_END "\r\n\r\n"

static void list_headers(const struct request *request, struct buf *out)
{
	size_t i;

	for (i = 0; i < HEADER_COUNT; i++) {
		if (request->headers[i] != NULL) {
			buf_printf(out, "%s=%s\n", header_name((enum header)i),
				request->headers[i]);
		}
	}
	buf_printf(out, "basic=%s\n", request->basic != NULL ? request->basic : "");
}

static void open_file(struct reply *reply)
{
	FILE *file = tmpfile();
	int i;

	for (i = 0; file != NULL && i < RIG_FILE_BYTES + 10; i++) {
		putc('a' + i % 26, file);
	}
	if (file != NULL && fflush(file) == 0) {
		reply->file = (struct message_file){ true, dup(fileno(file)), 2, RIG_FILE_BYTES };
		fclose(file);
	}
}

static void answer(struct rig *rig, struct front_job *job)
{
	const struct request *request = &job->request;
	struct reply *reply = &job->reply;

	(void)rig;
	reply->status = 200;
	reply->content_type = "text/plain";
	if (strcmp(request->path, "/echo") == 0) {
		reply->content_type = "application/octet-stream";
		buf_view(&reply->body, request->body);
	} else if (strcmp(request->path, "/block") == 0) {
		buf_text(&reply->body, "done");
	} else if (strcmp(request->path, "/big") == 0) {
		buf_grow(&reply->body, RIG_BIG_BYTES);
	} else if (strcmp(request->path, "/status") == 0) {
		reply->status = (unsigned)strtoul(request->query, NULL, 10);
	} else if (strcmp(request->path, "/headers") == 0) {
		list_headers(request, &reply->body);
	} else if (strcmp(request->path, "/answer") == 0) {
		reply_header_set(reply, HEADER_ETAG, "\"wrong\"");
		reply_header_set(reply, HEADER_ETAG, "\"%d\"", 7);
		reply_header_set(reply, HEADER_SET_COOKIE, "a=1");
		reply_header_set(reply, HEADER_SET_COOKIE, "b=2");
	} else if (strcmp(request->path, "/bent") == 0) {
		reply_header_set(reply, HEADER_ETAG, "a\r\nSet-Cookie: b");
	} else if (strcmp(request->path, "/file") == 0) {
		open_file(reply);
	} else {
		buf_printf(&reply->body, "%s %s %s %s %s", request->method, request->path,
			request->query, request->authorization ? request->authorization : "-",
			request->content_type ? request->content_type : "-");
	}
}

static void handle(void *ctx, struct front_job **jobs, size_t count)
{
	struct rig *rig = ctx;
	size_t i;

	pthread_mutex_lock(&rig->lock);
	rig->calls++;
	rig->jobs += count;
	rig->largest = count > rig->largest ? count : rig->largest;
	pthread_cond_broadcast(&rig->changed);
	for (i = 0; i < count; i++) {
		while (strcmp(jobs[i]->request.path, "/block") == 0 && !rig->gate_open) {
			pthread_cond_wait(&rig->changed, &rig->lock);
		}
	}
	for (i = 0; i < count; i++) {
		if (jobs[i]->request.cut) {
			buf_printf(&rig->cut, "%s %s %s ", jobs[i]->request.method,
				jobs[i]->request.path,
				jobs[i]->request.headers[HEADER_UPLOAD_OFFSET]);
			buf_view(&rig->cut, jobs[i]->request.body);
		}
	}
	pthread_mutex_unlock(&rig->lock);
	for (i = 0; i < count; i++) {
		answer(rig, jobs[i]);
	}
}

void rig_open(struct rig *rig, const struct front_options *options)
{
	struct front_options with = options != NULL ? *options : (struct front_options){ 0 };
	struct err err = { 0 };

	memset(rig, 0, sizeof(*rig));
	pthread_mutex_init(&rig->lock, NULL);
	pthread_cond_init(&rig->changed, NULL);
	with.listen = "127.0.0.1:0";
	assert_ok(front_open(&rig->front, &with, handle, rig, &err), &err);
	snprintf(rig->url, sizeof(rig->url), "%s://127.0.0.1:%u",
		with.tls_cert_file != NULL ? "https" : "http", front_port(rig->front));
}

void rig_close(struct rig *rig)
{
	front_close(rig->front);
	pthread_mutex_destroy(&rig->lock);
	pthread_cond_destroy(&rig->changed);
	buf_clear(&rig->cut);
}

void rig_open_gate(struct rig *rig)
{
	pthread_mutex_lock(&rig->lock);
	rig->gate_open = true;
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
}

void rig_await_calls(struct rig *rig, size_t calls)
{
	struct timespec until;
	int waited = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += RIG_PATIENCE_MS / 1000;
	pthread_mutex_lock(&rig->lock);
	while (rig->calls < calls && waited == 0) {
		waited = pthread_cond_timedwait(&rig->changed, &rig->lock, &until);
	}
	pthread_mutex_unlock(&rig->lock);
	assert_int_equal(waited, 0);
}

void rig_settle(struct rig *rig)
{
	struct buf reply = { 0 };
	unsigned i;

	/*
	 * The front's own refusals come from the thread that reads: when a
	 * later one was answered, that thread has seen what was there at the
	 * earlier one.
	 */
	for (i = 0; i < 3; i++) {
		rig_ask(rig, "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", &reply);
		assert_true(rig_contains(&reply, " 405 "));
	}
	buf_clear(&reply);
}

int rig_try_connect(unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { RIG_PATIENCE_MS / 1000, 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int rig_connect(const struct rig *rig)
{
	int fd = rig_try_connect(front_port(rig->front));

	assert_true(fd >= 0);
	return fd;
}

bool rig_send_bytes(int fd, const void *data, size_t len)
{
	const char *from = data;
	ssize_t put;

	while (len > 0) {
		put = send(fd, from, len, MSG_NOSIGNAL);
		if (put <= 0) {
			return false;
		}
		from += put;
		len -= (size_t)put;
	}
	return true;
}

void rig_send(int fd, const char *text)
{
	assert_true(rig_send_bytes(fd, text, strlen(text)));
}

bool rig_contains(const struct buf *buf, const char *text)
{
	return buf->len != 0 && memmem(buf->data, buf->len, text, strlen(text)) != NULL;
}

/* One read, appended; false at the end.  Silence fails the test. */
static bool read_more(int fd, struct buf *out)
{
	char chunk[65536];
	ssize_t got = recv(fd, chunk, sizeof(chunk), 0);

	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		fail_msg("nothing came for %d ms", RIG_PATIENCE_MS);
	}
	buf_add(out, chunk, got > 0 ? (size_t)got : 0);
	return got > 0;
}

void rig_read_all(int fd, struct buf *out)
{
	buf_reset(out);
	while (read_more(fd, out)) {
		continue;
	}
}

/* Where the reply at the start of ${buf} ends, 0 while that is not known. */
static size_t reply_end(const struct buf *buf, bool head)
{
	const char *end = buf->len != 0 ? strstr(buf_str(buf), HEADERS_END) : NULL;
	const char *length = end != NULL ? strcasestr(buf_str(buf), "\r\nContent-Length:") : NULL;

	if (end == NULL) {
		return 0;
	}
	end += strlen(HEADERS_END);
	return (size_t)(end - buf_str(buf)) +
		(length != NULL && !head ?
				strtoul(length + strlen("\r\nContent-Length:"), NULL, 10) :
				0);
}

void rig_read_reply(int fd, struct buf *out)
{
	size_t end;

	buf_reset(out);
	do {
		if (!read_more(fd, out)) {
			return;
		}
		end = reply_end(out, false);
	} while (end == 0 || out->len < end);
}

void rig_ask(const struct rig *rig, const char *text, struct buf *out)
{
	int fd = rig_connect(rig);

	rig_send(fd, text);
	rig_read_reply(fd, out);
	close(fd);
}

void rig_carry(struct rig_sent *sent, const char *url, const struct carrier_options *options,
	const struct request *request)
{
	struct carrier_options with = options != NULL ? *options : (struct carrier_options){ 0 };
	struct carrier *carrier = NULL;
	struct transport transport;

	memset(sent, 0, sizeof(*sent));
	with.url = url;
	sent->ok = carrier_open(&carrier, &with, &sent->err);
	if (sent->ok) {
		transport = carrier_transport(carrier);
		sent->ok = transport.send(transport.ctx, request, &sent->reply, &sent->err);
	}
	carrier_close(carrier);
}

void rig_sent_clear(struct rig_sent *sent)
{
	reply_clear(&sent->reply);
}

static void shake_off(struct rude *rude, int fd)
{
	pthread_mutex_lock(&rude->lock);
	rude->fd = -1;
	close(fd);
	pthread_mutex_unlock(&rude->lock);
}

/* Read up to the end of a request's headers; false when the client is gone. */
static bool hear_request(struct rude *rude, int fd)
{
	struct buf request = { 0 };
	bool complete = false;
	char c;

	while (!complete && recv(fd, &c, 1, 0) == 1) {
		buf_byte(&request, (uint8_t)c);
		complete = request.len >= strlen(HEADERS_END) &&
			memcmp(request.data + request.len - strlen(HEADERS_END), HEADERS_END,
				strlen(HEADERS_END)) == 0;
	}
	pthread_mutex_lock(&rude->lock);
	buf_view(&rude->heard, buf_as_view(&request));
	rude->served += complete;
	pthread_mutex_unlock(&rude->lock);
	buf_clear(&request);
	return complete;
}

static void be_rude(struct rude *rude, int fd)
{
	size_t i, requests = rude->requests != 0 ? rude->requests : 1;
	char c;

	for (i = 0; i < requests && hear_request(rude, fd); i++) {
		if (rude->say != NULL) {
			rig_send_bytes(fd, rude->say, strlen(rude->say));
		}
		while (rude->again != NULL &&
			rig_send_bytes(fd, rude->again, strlen(rude->again))) {
			continue;
		}
	}
	while (rude->hold && recv(fd, &c, 1, 0) == 1) {
		continue;
	}
}

static void *rude_run(void *ctx)
{
	struct rude *rude = ctx;
	bool stop = false;
	int fd;

	while (!stop) {
		fd = accept(rude->listen_fd, NULL, NULL);
		pthread_mutex_lock(&rude->lock);
		stop = rude->stop || fd < 0;
		rude->fd = fd;
		rude->connections += !stop;
		pthread_mutex_unlock(&rude->lock);
		if (!stop) {
			be_rude(rude, fd);
		}
		if (fd >= 0) {
			shake_off(rude, fd);
		}
	}
	return NULL;
}

void rude_open(struct rude *rude)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	rude->fd = -1;
	rude->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(rude->listen_fd >= 0);
	assert_int_equal(bind(rude->listen_fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(rude->listen_fd, 16), 0);
	assert_int_equal(getsockname(rude->listen_fd, (struct sockaddr *)&at, &len), 0);
	snprintf(rude->url, sizeof(rude->url), "http://127.0.0.1:%u", ntohs(at.sin_port));
	pthread_mutex_init(&rude->lock, NULL);
	assert_int_equal(pthread_create(&rude->thread, NULL, rude_run, rude), 0);
}

void rude_close(struct rude *rude)
{
	pthread_mutex_lock(&rude->lock);
	rude->stop = true;
	if (rude->fd >= 0) {
		shutdown(rude->fd, SHUT_RDWR);
	}
	shutdown(rude->listen_fd, SHUT_RDWR); /* which ends accept() */
	pthread_mutex_unlock(&rude->lock);
	pthread_join(rude->thread, NULL);
	close(rude->listen_fd);
	buf_clear(&rude->heard);
	pthread_mutex_destroy(&rude->lock);
}
