/*
 * test_http.c -- the server's HTTP end over real sockets: what it answers,
 * what it refuses, whom it cuts off, and how it stops.
 */
#include "http_rig.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "linli/env.h"

#define CLIENTS 50
#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST(path, length) \
	"POST " path " HTTP/1.1\r\nHost: x\r\nContent-Length: " length "\r\n\r\n"

static int64_t now_ms(void)
{
	return env_system()->now_ms(env_system()->ctx);
}

/* The handler sees what the caller put in, whatever is between them. */
static void test_front__round_trip(void **state)
{
	static const char body[] = "{\"a\":1}";
	const struct request request = { .method = "PUT", .path = "/describe/太极 50%/a+b",
		.query = "want=a&want=%E5%A4%AA", .authorization = "to.ken-1",
		.content_type = "application/json", .body = VIEW_LITERAL(body) };
	struct rig_sent sent;
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_carry(&sent, rig.url, NULL, &request);
	assert_ok(sent.ok, &sent.err);
	assert_int_equal(sent.reply.status, 200);
	assert_string_equal(sent.reply.content_type, "text/plain");
	assert_string_equal(buf_str(&sent.reply.body),
		"PUT /describe/太极 50%/a+b want=a&want=%E5%A4%AA to.ken-1 application/json");
	rig_sent_clear(&sent);
	rig_close(&rig);
}

/* As much as a message may hold goes both ways, unchanged. */
static void test_front__largest_body_both_ways(void **state)
{
	struct request request = { .method = "POST", .path = "/echo" };
	struct buf body = { 0 };
	struct rig_sent sent;
	struct rig rig;
	uint8_t *at;
	size_t i;

	(void)state;
	rig_open(&rig, NULL);
	at = buf_grow(&body, MESSAGE_BODY_MAX_BYTES);
	assert_non_null(at);
	for (i = 0; i < body.len; i++) {
		at[i] = (uint8_t)(i * 2654435761U >> 13);
	}
	request.body = buf_as_view(&body);
	rig_carry(&sent, rig.url, NULL, &request);
	assert_ok(sent.ok, &sent.err);
	assert_int_equal(sent.reply.status, 200);
	assert_true(view_equal(buf_as_view(&sent.reply.body), request.body));
	rig_sent_clear(&sent);
	buf_clear(&body);
	rig_close(&rig);
}

/* Browsers are told to be careful, and nobody is told what program this is. */
static void test_front__headers_of_every_reply(void **state)
{
	static const char *const asked[] = { GET("/describe"), GET("/.."),
		"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", POST("/echo", "99999999999") };
	struct buf reply = { 0 };
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig, NULL);
	for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		rig_ask(&rig, asked[i], &reply);
		assert_true(rig_contains(&reply, "X-Content-Type-Options: nosniff\r\n"));
		assert_true(rig_contains(&reply, "Cache-Control: no-store\r\n"));
		assert_true(rig_contains(&reply, "Referrer-Policy: no-referrer\r\n"));
		assert_true(rig_contains(&reply, "Content-Security-Policy: default-src 'none'"));
		assert_true(rig_contains(&reply, "\r\nDate: "));
		assert_false(rig_contains(&reply, "\r\nServer:"));
	}
	buf_clear(&reply);
	rig_close(&rig);
}

static void test_front__head_has_length_but_no_body(void **state)
{
	struct buf reply = { 0 };
	struct rig rig;
	int fd;

	(void)state;
	rig_open(&rig, NULL);
	fd = rig_connect(&rig);
	rig_send(fd, "HEAD /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	rig_read_all(fd, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
	assert_true(rig_contains(&reply, "\r\nContent-Length: 16777216\r\n"));
	assert_memory_equal(reply.data + reply.len - 4, "\r\n\r\n", 4);
	close(fd);
	buf_clear(&reply);
	rig_close(&rig);
}

/* One connection serves many requests, also such as came at once. */
static void test_front__keeps_alive_and_pipelines(void **state)
{
	struct buf reply = { 0 };
	struct rig rig;
	int fd;

	(void)state;
	rig_open(&rig, NULL);
	fd = rig_connect(&rig);
	rig_send(fd, GET("/describe/1"));
	rig_read_reply(fd, &reply);
	assert_true(rig_contains(&reply, "GET /describe/1 "));
	rig_send(fd, GET("/describe/2") "GET /describe/3 HTTP/1.1\r\nHost: x\r\n"
		"Connection: close\r\n\r\n");
	rig_read_all(fd, &reply);
	assert_true(rig_contains(&reply, "GET /describe/2 "));
	assert_true(rig_contains(&reply, "GET /describe/3 "));
	close(fd);
	buf_clear(&reply);
	rig_close(&rig);
}

/* What has two readings, or is no path, is refused with a code, and closed. */
static void test_front__refuses_what_is_not_well_formed(void **state)
{
	static const char *const bad[] = { GET("/a/%2e%2e/b"), GET("/a%2Fb"), GET("/a%00"),
		GET("/a%0ab"), GET("/%ff"), GET("/a%2"), GET("/a/./b"), GET("//a"),
		GET("http://x/a"), GET("/a#b"), GET("/\xe5\xa4\xaa"),
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\nabcd",
		"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabcd",
		"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\n"
		"Authorization: Bearer b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nCookie: a\r\ncookie: b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-\r\nRange: bytes=1-\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nOrigin: a\x01b\r\n\r\n" };
	struct buf reply = { 0 };
	struct rig rig;
	size_t i;
	int fd;

	(void)state;
	rig_open(&rig, NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fd = rig_connect(&rig);
		rig_send(fd, bad[i]);
		rig_read_all(fd, &reply);
		if (!rig_contains(&reply, "HTTP/1.1 400 ") ||
			!rig_contains(&reply, "{\"schema\":1,\"error\":{\"code\":\"format\",")) {
			fail_msg("%s was answered: %s", bad[i], buf_str(&reply));
		}
		close(fd);
	}
	assert_int_equal(rig.jobs, 0);
	buf_clear(&reply);
	rig_close(&rig);
}

/* Headers that somebody acts on pass, and no others: what is asked for stands in one table. */
static void test_front__passes_the_headers_of_the_table(void **state)
{
	struct request request = { .method = "OPTIONS", .path = "/headers", .basic = "YTpi" };
	struct rig_sent sent;
	struct rig rig;

	(void)state;
	request.headers[HEADER_COOKIE] = "s=1; t=2";
	request.headers[HEADER_UPLOAD_OFFSET] = "12";
	request.headers[HEADER_GIT_PROTOCOL] = "version=2";
	request.headers[HEADER_ETAG] = "\"no header of requests\"";
	rig_open(&rig, NULL);
	rig_carry(&sent, rig.url, NULL, &request);
	assert_ok(sent.ok, &sent.err);
	assert_non_null(strstr(buf_str(&sent.reply.body), "\nCookie=s=1; t=2\n"));
	assert_non_null(strstr(buf_str(&sent.reply.body), "\nUpload-Offset=12\n"));
	assert_non_null(strstr(buf_str(&sent.reply.body), "\nGit-Protocol=version=2\n"));
	assert_non_null(strstr(buf_str(&sent.reply.body), "\nbasic=YTpi\n"));
	assert_null(strstr(buf_str(&sent.reply.body), "ETag"));
	assert_null(strstr(buf_str(&sent.reply.body), "linli/"));
	rig_sent_clear(&sent);
	rig_close(&rig);
}

static void test_front__sets_the_headers_of_a_reply(void **state)
{
	const struct request request = { .method = "GET", .path = "/answer" };
	struct buf reply = { 0 };
	struct rig_sent sent;
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_carry(&sent, rig.url, NULL, &request);
	assert_ok(sent.ok, &sent.err);
	assert_string_equal(reply_header(&sent.reply, HEADER_ETAG), "\"7\"");
	assert_null(reply_header(&sent.reply, HEADER_LOCATION));
	rig_sent_clear(&sent);
	rig_ask(&rig, GET("/answer"), &reply);
	assert_true(rig_contains(&reply, "\r\nSet-Cookie: a=1\r\n"));
	assert_true(rig_contains(&reply, "\r\nSet-Cookie: b=2\r\n"));
	assert_false(rig_contains(&reply, "wrong"));
	buf_clear(&reply);
	rig_close(&rig);
}

/* No value from elsewhere becomes a header of its own. */
static void test_front__bent_header_is_500(void **state)
{
	struct buf reply = { 0 };
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_ask(&rig, GET("/bent"), &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 500 "));
	assert_false(rig_contains(&reply, "Set-Cookie"));
	buf_clear(&reply);
	rig_close(&rig);
}

static bool take_piece(void *ctx, const struct reply *reply, struct view piece, struct err *err)
{
	(void)err;
	assert_int_equal(reply->status, 200);
	buf_view(ctx, piece);
	return true;
}

/* A large thing is sent from its file, and taken as it comes. */
static void test_front__sends_a_file(void **state)
{
	struct buf taken = { 0 };
	const struct request request = { .method = "GET", .path = "/file", .take = take_piece,
		.take_ctx = &taken };
	struct rig_sent sent;
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_carry(&sent, rig.url, NULL, &request);
	assert_ok(sent.ok, &sent.err);
	assert_int_equal(sent.reply.body.len, 0);
	assert_int_equal(taken.len, RIG_FILE_BYTES);
	assert_memory_equal(taken.data, "cdef", 4);
	rig_sent_clear(&sent);
	buf_clear(&taken);
	rig_close(&rig);
}

static bool keep_puts(const struct request *request)
{
	return strcmp(request->method, "PUT") == 0;
}

/* What came of an upload before the line broke is not lost; of anything else it is. */
static void test_front__hands_over_what_came_before_the_cut(void **state)
{
	const struct front_options options = { .keep_cut = keep_puts };
	struct rig rig;
	int fd;

	(void)state;
	rig_open(&rig, &options);
	fd = rig_connect(&rig);
	rig_send(fd, "POST /describe HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabcd");
	close(fd);
	fd = rig_connect(&rig);
	rig_send(fd, "PUT /describe HTTP/1.1\r\nHost: x\r\nUpload-Offset: 7\r\n"
		"Content-Length: 9\r\n\r\nabcd");
	close(fd);
	rig_await_calls(&rig, 1);
	rig_close(&rig);
	assert_int_equal(rig.jobs, 1);
}

/* Nor when the server is stopped in the middle of it. */
static void test_front__stop_hands_over_what_came(void **state)
{
	const struct front_options options = { .keep_cut = keep_puts, .drain_deadline_ms = 1 };
	struct rig rig;
	int fd;

	(void)state;
	rig_open(&rig, &options);
	fd = rig_connect(&rig);
	rig_send(fd, "PUT /describe HTTP/1.1\r\nHost: x\r\nUpload-Offset: 7\r\n"
		"Content-Length: 9\r\n\r\nabcd");
	rig_settle(&rig);
	front_close(rig.front);
	rig.front = NULL;
	assert_string_equal(buf_str(&rig.cut), "PUT /describe 7 abcd");
	close(fd);
	rig_close(&rig);
}

static void test_front__refuses_other_methods(void **state)
{
	struct buf reply = { 0 };
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_ask(&rig, "PROPFIND / HTTP/1.1\r\nHost: x\r\nAccept-Language: zh-CN\r\n\r\n", &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 405 "));
	assert_true(rig_contains(&reply, "\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"));
	assert_true(rig_contains(&reply, "对方拒绝了请求"));
	buf_clear(&reply);
	rig_close(&rig);
}

/* A handler that sets no status does not leave its client without an answer. */
static void test_front__unsound_reply_is_500(void **state)
{
	struct buf reply = { 0 };
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	rig_ask(&rig, GET("/status?0"), &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 500 "));
	assert_true(rig_contains(&reply, "\"code\":\"internal\""));
	rig_ask(&rig, GET("/status?401"), &reply);
	assert_true(rig_contains(&reply, "\r\nWWW-Authenticate: Bearer\r\n"));
	buf_clear(&reply);
	rig_close(&rig);
}

/* The answer comes before the body does, and survives a client that goes on. */
static void test_front__announced_too_large_is_413(void **state)
{
	struct buf reply = { 0 }, more = { 0 };
	struct rig rig;
	int fd;

	(void)state;
	rig_open(&rig, NULL);
	fd = rig_connect(&rig);
	rig_send(fd, POST("/echo", "20971521"));
	rig_read_reply(fd, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 413 "));
	assert_true(rig_contains(&reply, "\"code\":\"too_large\""));
	close(fd);
	fd = rig_connect(&rig);
	rig_send(fd, POST("/echo", "20971521"));
	assert_non_null(buf_grow(&more, (size_t)4 * 1024 * 1024));
	assert_true(rig_send_bytes(fd, more.data, more.len));
	rig_read_all(fd, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 413 "));
	close(fd);
	assert_int_equal(rig.jobs, 0);
	buf_clear(&more);
	buf_clear(&reply);
	rig_close(&rig);
}

/* A body that announces no length is stopped when it has grown too large. */
static void test_front__grown_too_large_is_413(void **state)
{
	const struct front_options options = { .max_body_bytes = 100000 };
	struct buf reply = { 0 }, chunk = { 0 };
	struct rig rig;
	size_t i;
	int fd;

	(void)state;
	rig_open(&rig, &options);
	buf_text(&chunk, "2710\r\n");
	memset(buf_grow(&chunk, 10000), 'a', 10000);
	buf_text(&chunk, "\r\n");
	fd = rig_connect(&rig);
	rig_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (i = 0; i < 10; i++) {
		assert_true(rig_send_bytes(fd, chunk.data, chunk.len));
	}
	rig_send(fd, "0\r\n\r\n");
	rig_read_reply(fd, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
	rig_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (i = 0; i < 11; i++) {
		assert_true(rig_send_bytes(fd, chunk.data, chunk.len));
	}
	rig_read_all(fd, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 413 Content Too Large\r\n"));
	assert_true(rig_contains(&reply, "\"code\":\"too_large\""));
	close(fd);
	buf_clear(&chunk);
	buf_clear(&reply);
	rig_close(&rig);
}

/* Bodies of all requests together are bounded, and room comes back. */
static void test_front__all_bodies_together_are_bounded(void **state)
{
	const struct front_options options = { .max_bodies_bytes = 60000 };
	struct buf reply = { 0 }, piece = { 0 };
	struct rig rig;
	int first, second;

	(void)state;
	rig_open(&rig, &options);
	assert_non_null(buf_grow(&piece, 40000));
	first = rig_connect(&rig);
	rig_send(first, POST("/echo", "40001"));
	assert_true(rig_send_bytes(first, piece.data, piece.len));
	rig_settle(&rig);
	rig_ask(&rig, POST("/echo", "40000"), &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 503 "));
	assert_true(rig_contains(&reply, "\r\nRetry-After: "));
	/* Unannounced, in the middle. */
	second = rig_connect(&rig);
	rig_send(second, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
		"9c40\r\n");
	assert_true(rig_send_bytes(second, piece.data, piece.len));
	rig_read_all(second, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 503 "));
	close(second);
	assert_true(rig_send_bytes(first, piece.data, 1));
	rig_read_reply(first, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
	second = rig_connect(&rig);
	rig_send(second, POST("/echo", "40000"));
	assert_true(rig_send_bytes(second, piece.data, piece.len));
	rig_read_reply(second, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
	close(first);
	close(second);
	buf_clear(&piece);
	buf_clear(&reply);
	rig_close(&rig);
}

/*
 * Who holds all the room with a body that never ends keeps nobody from
 * opening a session or asking for heads: small bodies always get in.
 */
static void test_front__small_bodies_always_get_in(void **state)
{
	const struct front_options options = { .max_bodies_bytes = 60000 };
	struct buf reply = { 0 }, piece = { 0 };
	struct rig rig;
	int hoarder, other;

	(void)state;
	rig_open(&rig, &options);
	assert_non_null(buf_grow(&piece, 59999));
	memset(piece.data, 'x', piece.len);
	hoarder = rig_connect(&rig);
	rig_send(hoarder, POST("/echo", "60000"));
	assert_true(rig_send_bytes(hoarder, piece.data, 59999));
	rig_settle(&rig);
	rig_ask(&rig, POST("/echo", "20000"), &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 503 "));
	other = rig_connect(&rig);
	rig_send(other, POST("/echo", "16384"));
	assert_true(rig_send_bytes(other, piece.data, 16384));
	rig_read_reply(other, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
	close(hoarder);
	close(other);
	buf_clear(&piece);
	buf_clear(&reply);
	rig_close(&rig);
}

struct caller {
	pthread_t thread;
	const char *url, *path;
	struct rig_sent sent;
};

static void *call(void *ctx)
{
	struct caller *caller = ctx;
	char body[64];
	struct request request = { .method = "POST", .path = caller->path };

	snprintf(body, sizeof(body), "body of %p", (void *)caller);
	request.body = view_of(body);
	rig_carry(&caller->sent, caller->url, NULL, &request);
	if (caller->sent.ok && strcmp(caller->path, "/echo") == 0) {
		caller->sent.ok = view_is(buf_as_view(&caller->sent.reply.body), body);
	}
	return NULL;
}

/* Each of many at once gets its own answer. */
static void test_front__many_at_once(void **state)
{
	static struct caller callers[CLIENTS];
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig, NULL);
	for (i = 0; i < CLIENTS; i++) {
		callers[i] = (struct caller){ .url = rig.url, .path = "/echo" };
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	for (i = 0; i < CLIENTS; i++) {
		pthread_join(callers[i].thread, NULL);
	}
	for (i = 0; i < CLIENTS; i++) {
		assert_ok(callers[i].sent.ok, &callers[i].sent.err);
		rig_sent_clear(&callers[i].sent);
	}
	assert_int_equal(rig.jobs, CLIENTS);
	rig_close(&rig);
}

/* What comes in while the handler is at work is handled in one call. */
static void test_front__requests_are_batched(void **state)
{
	const struct front_options options = { .max_connections_per_ip = 2 * CLIENTS };
	struct buf reply = { 0 };
	int fds[CLIENTS];
	struct rig rig;
	size_t i;

	(void)state;
	rig_open(&rig, &options);
	fds[0] = rig_connect(&rig);
	rig_send(fds[0], GET("/block"));
	rig_await_calls(&rig, 1);
	for (i = 1; i < CLIENTS; i++) {
		fds[i] = rig_connect(&rig);
		rig_send(fds[i], GET("/describe"));
	}
	rig_settle(&rig);
	rig_open_gate(&rig);
	for (i = 0; i < CLIENTS; i++) {
		rig_read_reply(fds[i], &reply);
		assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
		close(fds[i]);
	}
	assert_int_equal(rig.calls, 2);
	assert_int_equal(rig.largest, CLIENTS - 1);
	buf_clear(&reply);
	rig_close(&rig);
}

/* Send ${drip} again and again, slowly, until the other side has had enough. */
static void drip_until_cut(int fd, const char *drip)
{
	int64_t until_ms = now_ms() + RIG_PATIENCE_MS;
	struct pollfd in = { fd, POLLIN, 0 };

	while (rig_send_bytes(fd, drip, strlen(drip)) && poll(&in, 1, 20) == 0) {
		if (now_ms() > until_ms) {
			fail_msg("not cut off");
		}
	}
}

/* Slow loris: each byte comes in time, the request never does. */
static void test_front__trickling_requests_are_cut_off(void **state)
{
	const struct front_options options = { .request_deadline_ms = 300,
		.idle_timeout_ms = 1000 };
	struct buf reply = { 0 };
	struct rig rig;
	int fd;

	(void)state;
	rig_open(&rig, &options);
	/* Headers that never end. */
	fd = rig_connect(&rig);
	rig_send(fd, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
	drip_until_cut(fd, "a");
	close(fd);
	/* Not even a first line. */
	fd = rig_connect(&rig);
	drip_until_cut(fd, "G");
	close(fd);
	/* A body that never ends. */
	fd = rig_connect(&rig);
	rig_send(fd, POST("/echo", "1000000"));
	drip_until_cut(fd, "a");
	close(fd);
	/* The second request of a connection. */
	fd = rig_connect(&rig);
	rig_send(fd, GET("/describe"));
	rig_read_reply(fd, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
	drip_until_cut(fd, "G");
	close(fd);
	assert_int_equal(rig.jobs, 1);
	buf_clear(&reply);
	rig_close(&rig);
}

/* A client that does not read its reply gives its place back. */
static void test_front__unread_replies_are_cut_off(void **state)
{
	const struct front_options options = { .reply_deadline_ms = 200, .max_connections = 1 };
	struct buf reply = { 0 };
	struct rig rig;
	int first;

	(void)state;
	rig_open(&rig, &options);
	first = rig_connect(&rig);
	rig_send(first, GET("/big"));
	rig_await_calls(&rig, 1);
	rig_ask(&rig, GET("/describe"), &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
	rig_read_all(first, &reply);
	assert_true(reply.len < RIG_BIG_BYTES);
	close(first);
	buf_clear(&reply);
	rig_close(&rig);
}

/* Replies that nobody reads are bounded too. */
static void test_front__unread_replies_are_bounded(void **state)
{
	const struct front_options options = { .max_replies_bytes = 1024 };
	struct buf reply = { 0 };
	struct rig rig;
	int first;

	(void)state;
	rig_open(&rig, &options);
	first = rig_connect(&rig);
	rig_send(first, GET("/big"));
	/* Its headers are there: the rest is more than sockets hold. */
	assert_int_equal(recv(first, &(char){ 0 }, 1, 0), 1);
	rig_ask(&rig, GET("/describe"), &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 503 "));
	rig_read_reply(first, &reply);
	assert_true(reply.len > RIG_BIG_BYTES);
	close(first);
	rig_settle(&rig);
	rig_ask(&rig, GET("/describe"), &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
	buf_clear(&reply);
	rig_close(&rig);
}

/* A connection over the limit waits for its turn. */
static void test_front__connections_are_capped(void **state)
{
	const struct front_options options = { .max_connections = 2 };
	struct buf reply = { 0 };
	struct pollfd in = { -1, POLLIN, 0 };
	int first, second, third;
	struct rig rig;

	(void)state;
	rig_open(&rig, &options);
	first = rig_connect(&rig);
	second = rig_connect(&rig);
	rig_send(first, GET("/describe"));
	rig_read_reply(first, &reply);
	rig_send(second, GET("/describe"));
	rig_read_reply(second, &reply);
	third = rig_connect(&rig);
	rig_send(third, GET("/describe/3"));
	in.fd = third;
	assert_int_equal(poll(&in, 1, 200), 0);
	close(first);
	rig_read_reply(third, &reply);
	assert_true(rig_contains(&reply, "GET /describe/3 "));
	close(second);
	close(third);
	buf_clear(&reply);
	rig_close(&rig);
}

static void test_front__connections_of_one_address_are_capped(void **state)
{
	const struct front_options options = { .max_connections_per_ip = 2 };
	struct buf reply = { 0 };
	int first, second, third;
	struct rig rig;

	(void)state;
	rig_open(&rig, &options);
	first = rig_connect(&rig);
	second = rig_connect(&rig);
	third = rig_connect(&rig);
	rig_read_all(third, &reply);
	assert_int_equal(reply.len, 0);
	rig_send(second, GET("/describe"));
	rig_read_reply(second, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
	close(first);
	close(second);
	close(third);
	buf_clear(&reply);
	rig_close(&rig);
}

static void *close_front(void *ctx)
{
	struct rig *rig = ctx;

	front_close(rig->front);
	return NULL;
}

/* A stop refuses the new, closes the idle, and lets the running finish. */
static void test_front__stops_gracefully(void **state)
{
	const struct front_options options = { .drain_deadline_ms = RIG_PATIENCE_MS };
	struct buf reply = { 0 };
	struct caller caller = { .path = "/block" };
	int64_t until_ms = now_ms() + RIG_PATIENCE_MS;
	pthread_t closer;
	struct rig rig;
	unsigned port;
	int idle, fd;

	(void)state;
	rig_open(&rig, &options);
	port = front_port(rig.front);
	idle = rig_connect(&rig);
	rig_send(idle, GET("/describe"));
	rig_read_reply(idle, &reply);
	caller.url = rig.url;
	assert_int_equal(pthread_create(&caller.thread, NULL, call, &caller), 0);
	rig_await_calls(&rig, 2);
	assert_int_equal(pthread_create(&closer, NULL, close_front, &rig), 0);
	rig_read_all(idle, &reply);
	assert_int_equal(reply.len, 0);
	close(idle);
	while ((fd = rig_try_connect(port)) >= 0) {
		close(fd);
		assert_true(now_ms() < until_ms);
	}
	rig_open_gate(&rig);
	pthread_join(closer, NULL);
	pthread_join(caller.thread, NULL);
	assert_ok(caller.sent.ok, &caller.sent.err);
	assert_string_equal(buf_str(&caller.sent.reply.body), "done");
	rig_sent_clear(&caller.sent);
	buf_clear(&reply);
	rig.front = NULL;
	rig_close(&rig);
}

/* A request that never ends does not hold up a stop for ever. */
static void test_front__stop_cuts_off_what_does_not_end(void **state)
{
	const struct front_options options = { .drain_deadline_ms = 200 };
	struct buf reply = { 0 };
	int64_t began_ms;
	struct rig rig;
	int fd;

	(void)state;
	rig_open(&rig, &options);
	fd = rig_connect(&rig);
	rig_send(fd, POST("/echo", "100") "half");
	rig_settle(&rig);
	began_ms = now_ms();
	rig_close(&rig);
	assert_in_range(now_ms() - began_ms, 150, RIG_PATIENCE_MS);
	rig_read_all(fd, &reply);
	assert_int_equal(reply.len, 0);
	assert_int_equal(rig.jobs, 0);
	close(fd);
	buf_clear(&reply);
}

/* What is queued when time is up is told so, not left waiting. */
static void test_front__stop_answers_what_is_queued(void **state)
{
	const struct front_options options = { .drain_deadline_ms = 1 };
	struct buf reply = { 0 };
	pthread_t closer;
	struct rig rig;
	int running, queued, unfinished;

	(void)state;
	rig_open(&rig, &options);
	running = rig_connect(&rig);
	rig_send(running, GET("/block"));
	rig_await_calls(&rig, 1);
	queued = rig_connect(&rig);
	rig_send(queued, GET("/describe"));
	unfinished = rig_connect(&rig);
	rig_send(unfinished, POST("/echo", "100") "half");
	rig_settle(&rig);
	assert_int_equal(pthread_create(&closer, NULL, close_front, &rig), 0);
	/* It is cut off when time is up. */
	rig_read_all(unfinished, &reply);
	rig_open_gate(&rig);
	pthread_join(closer, NULL);
	rig_read_all(running, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 200 "));
	rig_read_all(queued, &reply);
	assert_true(rig_contains(&reply, "HTTP/1.1 503 "));
	assert_int_equal(rig.jobs, 1);
	close(running);
	close(queued);
	close(unfinished);
	buf_clear(&reply);
	rig.front = NULL;
	rig_close(&rig);
}

static void test_front__refuses_bad_options(void **state)
{
	const struct {
		struct front_options options;
		enum err_code expected;
	} bad[] = {
		{ { .listen = NULL }, ERR_USAGE },
		{ { .listen = "127.0.0.1" }, ERR_USAGE },
		{ { .listen = "127.0.0.1:65536" }, ERR_USAGE },
		{ { .listen = ":8080" }, ERR_USAGE },
		{ { .listen = "::1:8080" }, ERR_USAGE },
		{ { .listen = "127.0.0.1:0", .tls_cert_file = "x" }, ERR_USAGE },
		{ { .listen = "127.0.0.1:0", .max_connections = FRONT_MAX_CONNECTIONS + 1 },
			ERR_USAGE },
		{ { .listen = "127.0.0.1:0", .tls_cert_file = "/no", .tls_key_file = "/no" },
			ERR_NO_FILE },
		{ { .listen = "127.0.0.1:0", .tls_cert_file = "CMakeLists.txt",
			  .tls_key_file = "CMakeLists.txt" },
			ERR_FORMAT },
	};
	struct front *front = NULL;
	struct err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused(front_open(&front, &bad[i].options, NULL, NULL, &err), &err,
			bad[i].expected);
		assert_null(front);
	}
}

/* Two servers at one port would each get half of the requests. */
static void test_front__refuses_a_port_in_use(void **state)
{
	struct front_options options = { 0 };
	struct front *front = NULL;
	struct err err = { 0 };
	char where[32];
	struct rig rig;

	(void)state;
	rig_open(&rig, NULL);
	snprintf(where, sizeof(where), "127.0.0.1:%u", front_port(rig.front));
	options.listen = where;
	assert_refused(front_open(&front, &options, NULL, NULL, &err), &err, ERR_IO);
	assert_non_null(strstr(err.detail, where));
	rig_close(&rig);
}

/* IPv6 is written in brackets. */
static void test_front__listens_at_ipv6(void **state)
{
	const struct front_options options = { .listen = "[::1]:0" };
	/* Refused before the (missing) handler: enough to see who answers. */
	const struct request request = { .method = "GET", .path = "/a//b" };
	struct front *front = NULL;
	struct err err = { 0 };
	struct rig_sent sent;
	char url[64];

	(void)state;
	if (!front_open(&front, &options, NULL, NULL, &err)) {
		print_message("no IPv6 on this computer: %s\n", err.detail);
		skip();
	}
	snprintf(url, sizeof(url), "http://[::1]:%u", front_port(front));
	rig_carry(&sent, url, NULL, &request);
	assert_ok(sent.ok, &sent.err);
	assert_int_equal(sent.reply.status, 400);
	rig_sent_clear(&sent);
	front_close(front);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_front__round_trip),
		cmocka_unit_test(test_front__largest_body_both_ways),
		cmocka_unit_test(test_front__headers_of_every_reply),
		cmocka_unit_test(test_front__head_has_length_but_no_body),
		cmocka_unit_test(test_front__keeps_alive_and_pipelines),
		cmocka_unit_test(test_front__refuses_what_is_not_well_formed),
		cmocka_unit_test(test_front__passes_the_headers_of_the_table),
		cmocka_unit_test(test_front__sets_the_headers_of_a_reply),
		cmocka_unit_test(test_front__bent_header_is_500),
		cmocka_unit_test(test_front__sends_a_file),
		cmocka_unit_test(test_front__hands_over_what_came_before_the_cut),
		cmocka_unit_test(test_front__stop_hands_over_what_came),
		cmocka_unit_test(test_front__refuses_other_methods),
		cmocka_unit_test(test_front__unsound_reply_is_500),
		cmocka_unit_test(test_front__announced_too_large_is_413),
		cmocka_unit_test(test_front__grown_too_large_is_413),
		cmocka_unit_test(test_front__all_bodies_together_are_bounded),
		cmocka_unit_test(test_front__small_bodies_always_get_in),
		cmocka_unit_test(test_front__many_at_once),
		cmocka_unit_test(test_front__requests_are_batched),
		cmocka_unit_test(test_front__trickling_requests_are_cut_off),
		cmocka_unit_test(test_front__unread_replies_are_cut_off),
		cmocka_unit_test(test_front__unread_replies_are_bounded),
		cmocka_unit_test(test_front__connections_are_capped),
		cmocka_unit_test(test_front__connections_of_one_address_are_capped),
		cmocka_unit_test(test_front__stops_gracefully),
		cmocka_unit_test(test_front__stop_cuts_off_what_does_not_end),
		cmocka_unit_test(test_front__stop_answers_what_is_queued),
		cmocka_unit_test(test_front__refuses_bad_options),
		cmocka_unit_test(test_front__refuses_a_port_in_use),
		cmocka_unit_test(test_front__listens_at_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
