/*
 * test_http_carrier.c -- the client's HTTP end: against servers that lie,
 * stall and vanish; and TLS between both ends.
 */
#include "http_rig.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "linli/env.h"

static const struct request a_get = { .method = "GET", .path = "/a" };

static int64_t now_ms(void)
{
	return env_system()->now_ms(env_system()->ctx);
}

/* Only what one server at a known place can be is a URL here. */
static void test_carrier__refuses_other_urls(void **state)
{
	static const char *const bad[] = { "", "x", "ftp://x/", "file:///etc/passwd", "//x",
		"http://", "http://user@x/", "http://user:hunter2@x/", "http://:hunter2@x/", "http://x/#a",
		"http://x/#", "http://x/?a", "http://x:99999/", "http://x y/", "javascript:1",
		"localhost:8080" };
	struct carrier_options options = { 0 };
	struct carrier *carrier = NULL;
	struct err err = { 0 };
	size_t i;

	(void)state;
	assert_refused(carrier_open(&carrier, &options, &err), &err, ERR_USAGE);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		options.url = bad[i];
		if (carrier_open(&carrier, &options, &err)) {
			fail_msg("%s was taken", bad[i]);
		}
		assert_int_equal(err.code, ERR_USAGE);
		assert_null(strstr(err.detail, "hunter2"));
		assert_null(carrier);
	}
	options = (struct carrier_options){ .url = "https://x", .ca_file = "/no/such/ca" };
	assert_refused(carrier_open(&carrier, &options, &err), &err, ERR_IO);
}

/* A token or path must not become a header or request of its own. */
static void test_carrier__refuses_what_would_break_out(void **state)
{
	static const struct request bad[] = {
		{ .method = "GET", .path = "/a", .authorization = "t\r\nX: y" },
		{ .method = "POST", .path = "/a", .content_type = "a\nb" },
		{ .method = "GET", .path = "/a", .query = "a b" },
		{ .method = "GET", .path = "/a", .query = "a\r\n" },
		{ .method = "GET", .path = "/a", .query = "a#b" },
		{ .method = "GET", .path = "a" },
		{ .method = "GET / HTTP/1.1\r\nX:", .path = "/a" },
	};
	struct rude rude = { .say = "HTTP/1.1 204 No\r\n\r\n" };
	struct rig_sent sent;
	size_t i;

	(void)state;
	rude_open(&rude);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig_carry(&sent, rude.url, NULL, &bad[i]);
		assert_false(sent.ok);
		assert_int_equal(sent.err.code, ERR_USAGE);
		rig_sent_clear(&sent);
	}
	rude_close(&rude);
	assert_int_equal(rude.connections, 0);
}

/* What is sent: our name, no wait for permission, the path encoded. */
static void test_carrier__says_who_it_is_and_does_not_hesitate(void **state)
{
	struct rude rude = { .say = "HTTP/1.1 200 OK\r\nContent-Type: application/json; "
				    "charset=utf-8\r\nContent-Length: 2\r\n\r\n{}" };
	struct request request = { .method = "PATCH", .path = "/a b/太?#%/..", .query = "q=1",
		.authorization = "secret", .content_type = "text/plain" };
	struct buf body = { 0 };
	struct rig_sent sent;
	char url[96];

	(void)state;
	/* More than libcurl would ask permission for. */
	assert_non_null(buf_grow(&body, (size_t)2 * 1024 * 1024));
	request.body = buf_as_view(&body);
	rude_open(&rude);
	rude.hold = true;
	snprintf(url, sizeof(url), "%s/base/", rude.url);
	rig_carry(&sent, url, NULL, &request);
	assert_ok(sent.ok, &sent.err);
	assert_string_equal(sent.reply.content_type, "application/json");
	assert_string_equal(buf_str(&sent.reply.body), "{}");
	assert_true(rig_contains(&rude.heard,
		"PATCH /base/a%20b/%E5%A4%AA%3F%23%25/..?q=1 HTTP/1.1\r\n"));
	assert_true(rig_contains(&rude.heard, "\r\nUser-Agent: linli/"));
	assert_true(rig_contains(&rude.heard, "\r\nAuthorization: Bearer secret\r\n"));
	assert_true(rig_contains(&rude.heard, "\r\nContent-Type: text/plain\r\n"));
	assert_true(rig_contains(&rude.heard, "\r\nContent-Length: 2097152\r\n"));
	assert_false(rig_contains(&rude.heard, "\r\nExpect:"));
	rig_sent_clear(&sent);
	buf_clear(&body);
	rude_close(&rude);
}

/* Each method arrives as itself, with a body or without. */
static void test_carrier__speaks_all_methods(void **state)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
	struct request request = { .path = "/describe" };
	struct rig_sent sent;
	struct rig rig;
	size_t i, len;

	(void)state;
	rig_open(&rig, NULL);
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		for (len = 0; len < 2; len++) {
			request.method = methods[i];
			request.body = (struct view){ "x", len };
			rig_carry(&sent, rig.url, NULL, &request);
			assert_ok(sent.ok, &sent.err);
			assert_true(strncmp(buf_str(&sent.reply.body), methods[i],
				strlen(methods[i])) == 0);
			assert_true(rig_contains(&sent.reply.body, " /describe  - -"));
			rig_sent_clear(&sent);
		}
	}
	request.method = "HEAD";
	request.path = "/big";
	rig_carry(&sent, rig.url, NULL, &request);
	assert_ok(sent.ok, &sent.err);
	assert_int_equal(sent.reply.status, 200);
	assert_int_equal(sent.reply.body.len, 0);
	rig_sent_clear(&sent);
	rig_close(&rig);
}

static void test_carrier__reuses_its_connection(void **state)
{
	struct rude rude = { .requests = 3, .say = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" };
	struct carrier_options options = { 0 };
	struct reply reply = { 0 };
	struct carrier *carrier = NULL;
	struct transport transport;
	struct err err = { 0 };
	int i;

	(void)state;
	rude_open(&rude);
	options.url = rude.url;
	assert_ok(carrier_open(&carrier, &options, &err), &err);
	transport = carrier_transport(carrier);
	for (i = 0; i < 3; i++) {
		assert_ok(transport.send(transport.ctx, &a_get, &reply, &err), &err);
		assert_string_equal(buf_str(&reply.body), "ok");
	}
	carrier_close(carrier);
	rude_close(&rude);
	assert_int_equal(rude.connections, 1);
	assert_int_equal(rude.served, 3);
	reply_clear(&reply);
}

/* The server may not send a client elsewhere: the redirect is the reply. */
static void test_carrier__does_not_follow_redirects(void **state)
{
	struct rude rude = { .say = "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n" };
	struct rig_sent sent;

	(void)state;
	rude_open(&rude);
	rig_carry(&sent, rude.url, NULL, &a_get);
	assert_ok(sent.ok, &sent.err);
	assert_int_equal(sent.reply.status, 302);
	rig_sent_clear(&sent);
	rude_close(&rude);
	assert_int_equal(rude.served, 1);
}

/* Less than the whole reply is no reply, and what is no HTTP is none. */
static void test_carrier__refuses_truncated_replies(void **state)
{
	static const char *const said[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort",
		"HTTP/1.1 200 OK\r\n\r\nwithout an end",
		"HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Le",
		"HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx",
		"hello",
		"",
	};
	struct rig_sent sent;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct rude rude = { .say = said[i] };

		rude_open(&rude);
		rig_carry(&sent, rude.url, NULL, &a_get);
		if (sent.ok) {
			fail_msg("taken for a reply: %s", said[i]);
		}
		assert_int_equal(sent.err.code, ERR_NETWORK);
		assert_int_equal(sent.reply.body.len, 0);
		assert_non_null(strstr(sent.err.detail, rude.url));
		rig_sent_clear(&sent);
		rude_close(&rude);
	}
}

/* A server cannot fill a client's memory. */
static void test_carrier__refuses_replies_too_large(void **state)
{
	static const char chunk[] =
		"100\r\n"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"\r\n";
	struct rude rudes[] = {
		{ .say = "HTTP/1.1 200 OK\r\nContent-Length: 20971521\r\n\r\n", .hold = true },
		{ .say = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .again = chunk },
		{ .say = "HTTP/1.1 200 OK\r\n", .again = "X-More: and more\r\n" },
		{ .say = "HTTP/1.1 100 Continue\r\n\r\n",
			.again = "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" },
	};
	struct rig_sent sent;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rudes) / sizeof(rudes[0]); i++) {
		rude_open(&rudes[i]);
		rig_carry(&sent, rudes[i].url, NULL, &a_get);
		assert_false(sent.ok);
		assert_int_equal(sent.err.code, ERR_TOO_LARGE);
		assert_int_equal(sent.reply.body.len, 0);
		rig_sent_clear(&sent);
		rude_close(&rudes[i]);
	}
}

/* Neither silence nor a trickle keeps a client waiting for ever. */
static void test_carrier__does_not_wait_for_ever(void **state)
{
	const struct carrier_options by_timeout = { .request_timeout_ms = 300 };
	const struct carrier_options by_stall = { .stall_seconds = 1, .stall_bytes_per_s = 100 };
	struct rude rude = { .hold = true };
	struct rig_sent sent;

	(void)state;
	rude_open(&rude);
	rig_carry(&sent, rude.url, &by_timeout, &a_get);
	assert_false(sent.ok);
	assert_int_equal(sent.err.code, ERR_NETWORK);
	rig_carry(&sent, rude.url, &by_stall, &a_get);
	assert_false(sent.ok);
	assert_int_equal(sent.err.code, ERR_NETWORK);
	rude_close(&rude);
}

static void test_carrier__says_that_nobody_is_there(void **state)
{
	struct rude rude = { 0 };
	struct rig_sent sent;

	(void)state;
	rude_open(&rude);
	rude_close(&rude);
	rig_carry(&sent, rude.url, NULL, &a_get);
	assert_false(sent.ok);
	assert_int_equal(sent.err.code, ERR_NETWORK);
	assert_non_null(strstr(sent.err.detail, "127.0.0.1"));
}

struct watch {
	bool go_on;
	size_t calls;
	uint64_t sent, to_send, received, to_receive;
};

static bool watch(void *ctx, uint64_t sent, uint64_t to_send, uint64_t received,
	uint64_t to_receive)
{
	struct watch *seen = ctx;

	seen->calls++;
	/* Never backwards, never more than there is. */
	assert_true(sent >= seen->sent && received >= seen->received);
	assert_true(to_send == 0 || sent <= to_send);
	*seen = (struct watch){ seen->go_on, seen->calls, sent, to_send, received, to_receive };
	return seen->go_on;
}

/* A person who presses stop is heard at once, though the server says nothing. */
static void test_carrier__progress_cancels(void **state)
{
	struct watch seen = { .go_on = false };
	const struct carrier_options options = { .progress = watch, .progress_ctx = &seen };
	struct rude rude = { .hold = true };
	struct rig_sent sent;

	(void)state;
	rude_open(&rude);
	rig_carry(&sent, rude.url, &options, &a_get);
	assert_false(sent.ok);
	assert_int_equal(sent.err.code, ERR_CANCELLED);
	assert_int_equal(seen.calls, 1);
	rude_close(&rude);
}

static void test_carrier__progress_counts_all_bytes(void **state)
{
	struct watch seen = { .go_on = true };
	const struct carrier_options options = { .progress = watch, .progress_ctx = &seen };
	struct request request = { .method = "POST", .path = "/echo" };
	struct buf body = { 0 };
	struct rig_sent sent;
	struct rig rig;

	(void)state;
	assert_non_null(buf_grow(&body, 3000000));
	request.body = buf_as_view(&body);
	rig_open(&rig, NULL);
	rig_carry(&sent, rig.url, &options, &request);
	assert_ok(sent.ok, &sent.err);
	assert_int_equal(seen.sent, 3000000);
	assert_int_equal(seen.to_send, 3000000);
	assert_int_equal(seen.received, 3000000);
	assert_int_equal(seen.to_receive, 3000000);
	rig_sent_clear(&sent);
	buf_clear(&body);
	rig_close(&rig);
}

/* On a metered line the others in the house want to use it too. */
static void test_carrier__limits_its_rate(void **state)
{
	const struct carrier_options options = { .limit_rate = 400000 };
	struct request request = { .method = "POST", .path = "/echo" };
	struct buf body = { 0 };
	struct rig_sent sent;
	int64_t began_ms;
	struct rig rig;

	(void)state;
	assert_non_null(buf_grow(&body, 400000));
	request.body = buf_as_view(&body);
	rig_open(&rig, NULL);
	began_ms = now_ms();
	rig_carry(&sent, rig.url, &options, &request);
	assert_ok(sent.ok, &sent.err);
	/* A second there and a second back, less what libcurl lets through first. */
	assert_in_range(now_ms() - began_ms, 1000, RIG_PATIENCE_MS);
	rig_sent_clear(&sent);
	buf_clear(&body);
	rig_close(&rig);
}

/* A page on this computer is not asked for at the office's proxy. */
static void test_carrier__no_proxy_for_this_computer(void **state)
{
	struct rude proxy = { .say = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy" };
	struct rude rude = { .say = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect" };
	struct rig_sent sent;

	(void)state;
	rude_open(&proxy);
	rude_open(&rude);
	setenv("http_proxy", proxy.url, 1);
	unsetenv("no_proxy");
	unsetenv("NO_PROXY");
	rig_carry(&sent, rude.url, NULL, &a_get);
	assert_ok(sent.ok, &sent.err);
	assert_string_equal(buf_str(&sent.reply.body), "direct");
	rig_sent_clear(&sent);
	rig_carry(&sent, "http://district.invalid", NULL, &a_get);
	assert_ok(sent.ok, &sent.err);
	assert_string_equal(buf_str(&sent.reply.body), "proxy");
	rig_sent_clear(&sent);
	unsetenv("http_proxy");
	rude_close(&rude);
	rude_close(&proxy);
}

/* Certificates for the tests of TLS, in a folder of their own. */
struct papers {
	char dir[64];
	char cert[96], key[96], ca[96], other_ca[96], other_key[96], locked_key[96], link[96];
};

static bool run(const char *fmt, ...) PRINTF_LIKE(1, 2);
static bool run(const char *fmt, ...)
{
	char command[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	return system(command) == 0;
}

static void papers_make(struct papers *papers)
{
	snprintf(papers->dir, sizeof(papers->dir), "/tmp/linli-tls-XXXXXX");
	if (!run("command -v openssl >/dev/null")) {
		print_message("openssl is not installed: TLS is not tested\n");
		skip();
	}
	assert_non_null(mkdtemp(papers->dir));
	snprintf(papers->cert, sizeof(papers->cert), "%s/cert.pem", papers->dir);
	snprintf(papers->key, sizeof(papers->key), "%s/key.pem", papers->dir);
	snprintf(papers->ca, sizeof(papers->ca), "%s/ca.pem", papers->dir);
	snprintf(papers->other_ca, sizeof(papers->other_ca), "%s/other-ca.pem", papers->dir);
	snprintf(papers->other_key, sizeof(papers->other_key), "%s/other-ca.key", papers->dir);
	snprintf(papers->locked_key, sizeof(papers->locked_key), "%s/locked.key", papers->dir);
	snprintf(papers->link, sizeof(papers->link), "%s/link.pem", papers->dir);
	assert_true(run("cd %s && exec 2>/dev/null && for n in ca other-ca; do "
			"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
			"-days 2 -subj /CN=$n -keyout $n.key -out $n.pem || exit 1; done && "
			"openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
			"-subj /CN=server -keyout key.pem -out server.csr && "
			"echo subjectAltName=IP:127.0.0.1 >san && "
			"openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial "
			"-days 2 -extfile san -out cert.pem && "
			"openssl pkey -in key.pem -aes128 -passout pass:x -out locked.key && "
			"ln -s cert.pem link.pem",
		papers->dir));
}

static void papers_clear(struct papers *papers)
{
	assert_true(run("rm -r %s", papers->dir));
}

/* What goes over TLS arrives, and only with the right authority. */
static void test_tls__round_trip_and_wrong_authority(void **state)
{
	struct request request = { .method = "POST", .path = "/echo" };
	struct front_options options = { 0 };
	struct carrier_options trust = { 0 };
	struct papers papers;
	struct buf body = { 0 };
	struct rig_sent sent;
	struct rig rig;

	(void)state;
	papers_make(&papers);
	options.tls_cert_file = papers.link; /* kept as a link, as certbot does */
	options.tls_key_file = papers.key;
	rig_open(&rig, &options);
	assert_non_null(buf_grow(&body, 1000000));
	request.body = buf_as_view(&body);
	trust.ca_file = papers.ca;
	rig_carry(&sent, rig.url, &trust, &request);
	assert_ok(sent.ok, &sent.err);
	assert_true(view_equal(buf_as_view(&sent.reply.body), request.body));
	rig_sent_clear(&sent);
	trust.ca_file = papers.other_ca;
	rig_carry(&sent, rig.url, &trust, &request);
	assert_false(sent.ok);
	assert_int_equal(sent.err.code, ERR_NETWORK);
	assert_non_null(strstr(sent.err.detail, "certificate"));
	trust.ca_file = NULL;
	rig_carry(&sent, rig.url, &trust, &request);
	assert_false(sent.ok);
	assert_int_equal(sent.err.code, ERR_NETWORK);
	assert_int_equal(rig.jobs, 1);
	buf_clear(&body);
	rig_close(&rig);
	papers_clear(&papers);
}

/* Refusals in the middle of a body reach the client over TLS too. */
static void test_tls__grown_too_large_is_413(void **state)
{
	struct front_options options = { .max_body_bytes = 1000 };
	struct papers papers;
	struct rig rig;

	(void)state;
	papers_make(&papers);
	options.tls_cert_file = papers.cert;
	options.tls_key_file = papers.key;
	rig_open(&rig, &options);
	assert_true(run("(printf 'POST /echo HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked"
			"\\r\\n\\r\\n2710\\r\\n'; head -c 10000 /dev/zero) | "
			"openssl s_client -quiet -connect 127.0.0.1:%u 2>/dev/null | "
			"grep -q '^HTTP/1.1 413 '",
		front_port(rig.front)));
	assert_int_equal(rig.jobs, 0);
	rig_close(&rig);
	papers_clear(&papers);
}

/* Not even a handshake may take for ever. */
static void test_tls__silent_handshake_is_cut_off(void **state)
{
	struct front_options options = { .request_deadline_ms = 200 };
	struct buf heard = { 0 };
	struct papers papers;
	struct rig rig;
	int fd;

	(void)state;
	papers_make(&papers);
	options.tls_cert_file = papers.cert;
	options.tls_key_file = papers.key;
	rig_open(&rig, &options);
	fd = rig_connect(&rig);
	rig_send(fd, "\x16\x03");
	rig_read_all(fd, &heard);
	close(fd);
	buf_clear(&heard);
	rig_close(&rig);
	papers_clear(&papers);
}

/* A server that cannot be trusted by anybody does not start, and says why. */
static void test_tls__checks_certificate_and_key(void **state)
{
	struct front_options options = { .listen = "127.0.0.1:0" };
	struct front *front = NULL;
	struct papers papers;
	struct err err = { 0 };

	(void)state;
	papers_make(&papers);
	options.tls_cert_file = papers.cert;
	options.tls_key_file = papers.other_key;
	assert_refused(front_open(&front, &options, NULL, NULL, &err), &err, ERR_KEY);
	assert_non_null(strstr(err.detail, papers.other_key));
	options.tls_key_file = papers.cert;
	assert_refused(front_open(&front, &options, NULL, NULL, &err), &err, ERR_KEY);
	options.tls_key_file = papers.locked_key;
	assert_refused(front_open(&front, &options, NULL, NULL, &err), &err, ERR_KEY);
	options.tls_key_file = papers.key;
	options.tls_cert_file = papers.key;
	assert_refused(front_open(&front, &options, NULL, NULL, &err), &err, ERR_FORMAT);
	assert_non_null(strstr(err.detail, papers.key));
	papers_clear(&papers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_carrier__refuses_other_urls),
		cmocka_unit_test(test_carrier__refuses_what_would_break_out),
		cmocka_unit_test(test_carrier__says_who_it_is_and_does_not_hesitate),
		cmocka_unit_test(test_carrier__speaks_all_methods),
		cmocka_unit_test(test_carrier__reuses_its_connection),
		cmocka_unit_test(test_carrier__does_not_follow_redirects),
		cmocka_unit_test(test_carrier__refuses_truncated_replies),
		cmocka_unit_test(test_carrier__refuses_replies_too_large),
		cmocka_unit_test(test_carrier__does_not_wait_for_ever),
		cmocka_unit_test(test_carrier__says_that_nobody_is_there),
		cmocka_unit_test(test_carrier__progress_cancels),
		cmocka_unit_test(test_carrier__progress_counts_all_bytes),
		cmocka_unit_test(test_carrier__limits_its_rate),
		cmocka_unit_test(test_carrier__no_proxy_for_this_computer),
		cmocka_unit_test(test_tls__round_trip_and_wrong_authority),
		cmocka_unit_test(test_tls__grown_too_large_is_413),
		cmocka_unit_test(test_tls__silent_handshake_is_cut_off),
		cmocka_unit_test(test_tls__checks_certificate_and_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
