/* carrier.c -- one HTTP request after the other; see carrier.h. */
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "carrier_internal.h"

struct carrier {
	CURL *curl;
	struct buf base; /* the URL before every path */
	struct buf ca_file;
	bool loopback;
	struct carrier_options options; /* its strings are not kept */

	/* Of the request that runs. */
	const struct request *request;
	struct reply *reply;
	struct err taking; /* how take() failed */
	size_t header_bytes;
	bool headers_end; /* the empty line after them has come */
	bool delimited;   /* the reply says where it ends */
	bool too_large, no_memory, cancelled, bad_header;
	char message[CURL_ERROR_SIZE];
};

static CURLcode global_code;

static void init_libcurl(void)
{
	global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int64_t number_or(int64_t given, int64_t otherwise)
{
	return given != 0 ? given : otherwise;
}

static bool take_options(struct carrier *carrier, const struct carrier_options *from,
	struct err *err)
{
	struct carrier_options *to = &carrier->options;

	*to = *from;
	to->url = to->ca_file = NULL;
	to->connect_timeout_ms = number_or(from->connect_timeout_ms, 15000);
	to->stall_bytes_per_s = number_or(from->stall_bytes_per_s, 10);
	to->stall_seconds = number_or(from->stall_seconds, 60);
	if (to->connect_timeout_ms < 0 || to->connect_timeout_ms > INT32_MAX ||
		to->request_timeout_ms < 0 || to->request_timeout_ms > INT32_MAX ||
		to->stall_bytes_per_s < 0 || to->stall_bytes_per_s > INT32_MAX ||
		to->stall_seconds < 0 || to->stall_seconds > INT32_MAX ||
		to->limit_rate > INT64_MAX) {
		return err_set(err, ERR_USAGE, "a limit of the HTTP carrier is out of range");
	}
	/* What is slow because it was asked to be is no stall. */
	if (to->limit_rate != 0 && (uint64_t)to->stall_bytes_per_s > to->limit_rate / 2) {
		to->stall_bytes_per_s = (int64_t)(to->limit_rate / 2);
	}
	if (from->ca_file != NULL) {
		buf_text(&carrier->ca_file, from->ca_file);
		if (access(from->ca_file, R_OK) != 0) {
			return err_errno(err, "reading the CA file %s", from->ca_file);
		}
	}
	return buf_ok(&carrier->ca_file, err);
}

bool carrier_open(struct carrier **out, const struct carrier_options *options, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct carrier *carrier = NULL;

	*out = NULL;
	pthread_once(&once, init_libcurl);
	if (global_code != CURLE_OK) {
		return err_set(err, ERR_INTERNAL, "libcurl: %s", curl_easy_strerror(global_code));
	}
	carrier = calloc(1, sizeof(*carrier));
	if (carrier == NULL) {
		return err_nomem(err);
	}
	carrier->curl = curl_easy_init();
	if (carrier->curl == NULL) {
		carrier_close(carrier);
		return err_nomem(err);
	}
	if (!carrier_url_base(&carrier->base, &carrier->loopback, options->url, err) ||
		!take_options(carrier, options, err)) {
		carrier_close(carrier);
		return false;
	}
	*out = carrier;
	return true;
}

void carrier_close(struct carrier *carrier)
{
	if (carrier == NULL) {
		return;
	}
	curl_easy_cleanup(carrier->curl);
	buf_clear(&carrier->base);
	buf_clear(&carrier->ca_file);
	free(carrier);
}

/* Does the request's own take() get the body, as the status has it? */
static bool is_taken(struct carrier *carrier)
{
	long status = 0;

	if (carrier->request->take == NULL ||
		curl_easy_getinfo(carrier->curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK) {
		return false;
	}
	carrier->reply->status = (unsigned)status;
	return status == 200 || status == 206;
}

static size_t take_body(char *data, size_t size, size_t count, void *ctx)
{
	struct carrier *carrier = ctx;
	struct buf *body = &carrier->reply->body;
	size_t len = size * count;

	if (is_taken(carrier)) {
		return carrier->request->take(carrier->request->take_ctx, carrier->reply,
			       (struct view){ data, len }, &carrier->taking)
			? len
			: CURL_WRITEFUNC_ERROR;
	}
	if (len > MESSAGE_BODY_MAX_BYTES - body->len) {
		carrier->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_add(body, data, len);
	carrier->no_memory = body->failed;
	return body->failed ? CURL_WRITEFUNC_ERROR : len;
}

static bool begins_caseless(struct view line, const char *with)
{
	size_t len = strlen(with);

	return line.len >= len && strncasecmp(line.data, with, len) == 0;
}

/* Keep "Name: value" if it is one that we know. */
static void keep_header(struct carrier *carrier, struct view line)
{
	const char *colon = memchr(line.data, ':', line.len);
	struct reply *reply = carrier->reply;
	struct view value;
	enum header header;

	if (colon == NULL ||
		!header_named(&header, (struct view){ line.data, (size_t)(colon - line.data) }) ||
		(header_where(header) & HEADER_ANSWERS) == 0) {
		return;
	}
	value = (struct view){ colon + 1, line.len - (size_t)(colon + 1 - line.data) };
	while (value.len > 0 && (*value.data == ' ' || *value.data == '\t')) {
		value = (struct view){ value.data + 1, value.len - 1 };
	}
	while (value.len > 0 && strchr(" \t\r\n", value.data[value.len - 1]) != NULL) {
		value.len--;
	}
	if (((header_where(header) & HEADER_MANY) == 0 && reply_header(reply, header) != NULL) ||
		memchr(value.data, '\0', value.len) != NULL ||
		value.len > MESSAGE_HEADER_MAX_BYTES) {
		carrier->bad_header = true;
		return;
	}
	reply_header_set(reply, header, "%.*s", (int)value.len, value.data);
	carrier->bad_header = carrier->bad_header || reply->headers.failed;
}

/* Each line of the headers, of interim replies too. */
static size_t take_header(char *data, size_t size, size_t count, void *ctx)
{
	struct view line = { data, size * count };
	struct carrier *carrier = ctx;

	if (line.len > CARRIER_HEADERS_MAX_BYTES - carrier->header_bytes) {
		carrier->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	carrier->header_bytes += line.len;
	if (begins_caseless(line, "HTTP/")) {
		carrier->headers_end = carrier->delimited = false;
		buf_reset(&carrier->reply->headers);
	} else if (view_is(line, "\r\n") || view_is(line, "\n")) {
		carrier->headers_end = true;
	} else if (begins_caseless(line, "Content-Length:") ||
		begins_caseless(line, "Transfer-Encoding:")) {
		carrier->delimited = true;
	} else {
		keep_header(carrier, line);
	}
	return carrier->bad_header ? CURL_WRITEFUNC_ERROR : line.len;
}

static uint64_t positive(curl_off_t n)
{
	return n > 0 ? (uint64_t)n : 0;
}

static int report_progress(void *ctx, curl_off_t to_receive, curl_off_t received,
	curl_off_t to_send, curl_off_t sent)
{
	struct carrier *carrier = ctx;
	const struct carrier_options *options = &carrier->options;

	if (options->progress != NULL &&
		!options->progress(options->progress_ctx, positive(sent), positive(to_send),
			positive(received), positive(to_receive))) {
		carrier->cancelled = true;
	}
	return carrier->cancelled;
}

/* Add "name: value"; a value must not end its line early. */
static bool add_header(struct curl_slist **list, const char *name, const char *value,
	struct err *err)
{
	struct buf line = { 0 };
	struct curl_slist *longer = NULL;
	bool ok = false;

	if (!header_value_plain(value)) {
		return err_set(err, ERR_USAGE, "a %s header that cannot be sent", name);
	}
	buf_printf(&line, *value != '\0' ? "%s: %s" : "%s:", name, value);
	if (buf_ok(&line, err)) {
		longer = curl_slist_append(*list, buf_str(&line));
		ok = longer != NULL || err_nomem(err);
	}
	if (longer != NULL) {
		*list = longer;
	}
	/* It may hold a token. */
	buf_wipe(&line);
	return ok;
}

static bool make_headers(struct curl_slist **list, const struct request *request,
	struct err *err)
{
	struct buf bearer = { 0 };
	size_t i;
	bool ok;

	/* An empty value keeps libcurl from sending its own. */
	ok = add_header(list, "Expect", "", err) &&
		add_header(list, "Content-Type",
			request->content_type != NULL ? request->content_type : "", err);
	for (i = 0; ok && i < HEADER_COUNT; i++) {
		ok = request->headers[i] == NULL || (header_where((enum header)i) & HEADER_ASKS) == 0 ||
			add_header(list, header_name((enum header)i), request->headers[i], err);
	}
	if (ok && (request->authorization != NULL || request->basic != NULL)) {
		buf_printf(&bearer, "%s %s", request->authorization != NULL ? "Bearer" : "Basic",
			request->authorization != NULL ? request->authorization : request->basic);
		ok = buf_ok(&bearer, err) &&
			add_header(list, "Authorization", buf_str(&bearer), err);
	}
	buf_wipe(&bearer);
	return ok;
}

/* Remembers the first option that was refused. */
struct setter {
	CURL *curl;
	CURLcode failed;
};

static void set_long(struct setter *to, CURLoption option, long value)
{
	CURLcode code = curl_easy_setopt(to->curl, option, value);

	to->failed = to->failed != CURLE_OK ? to->failed : code;
}

static void set_large(struct setter *to, CURLoption option, curl_off_t value)
{
	CURLcode code = curl_easy_setopt(to->curl, option, value);

	to->failed = to->failed != CURLE_OK ? to->failed : code;
}

static void set_pointer(struct setter *to, CURLoption option, const void *value)
{
	CURLcode code = curl_easy_setopt(to->curl, option, value);

	to->failed = to->failed != CURLE_OK ? to->failed : code;
}

/* What is the same for all requests. */
static void set_carrier(struct setter *to, struct carrier *carrier)
{
	const struct carrier_options *options = &carrier->options;
	CURLcode code;

	set_long(to, CURLOPT_NOSIGNAL, 1);
	set_pointer(to, CURLOPT_PROTOCOLS_STR, "http,https");
	set_long(to, CURLOPT_FOLLOWLOCATION, 0);
	set_long(to, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	set_long(to, CURLOPT_PATH_AS_IS, 1);
	set_long(to, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	set_pointer(to, CURLOPT_USERAGENT, "linli/" LINLI_VERSION);
	if (carrier->ca_file.len != 0) {
		/* Without the second the system's authorities would count too. */
		set_pointer(to, CURLOPT_CAINFO, buf_str(&carrier->ca_file));
		set_pointer(to, CURLOPT_CAPATH, NULL);
	}
	if (carrier->loopback) {
		set_pointer(to, CURLOPT_PROXY, "");
	}
	set_long(to, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
	set_long(to, CURLOPT_TIMEOUT_MS, (long)options->request_timeout_ms);
	set_long(to, CURLOPT_LOW_SPEED_LIMIT, (long)options->stall_bytes_per_s);
	set_long(to, CURLOPT_LOW_SPEED_TIME, (long)options->stall_seconds);
	set_large(to, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)options->limit_rate);
	set_large(to, CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)options->limit_rate);
	if (carrier->request->take == NULL) {
		set_large(to, CURLOPT_MAXFILESIZE_LARGE, MESSAGE_BODY_MAX_BYTES);
	}
	set_pointer(to, CURLOPT_ERRORBUFFER, carrier->message);
	set_pointer(to, CURLOPT_WRITEDATA, carrier);
	set_pointer(to, CURLOPT_HEADERDATA, carrier);
	set_pointer(to, CURLOPT_XFERINFODATA, carrier);
	set_long(to, CURLOPT_NOPROGRESS, 0);
	code = curl_easy_setopt(to->curl, CURLOPT_WRITEFUNCTION, take_body);
	to->failed = to->failed != CURLE_OK ? to->failed : code;
	code = curl_easy_setopt(to->curl, CURLOPT_HEADERFUNCTION, take_header);
	to->failed = to->failed != CURLE_OK ? to->failed : code;
	code = curl_easy_setopt(to->curl, CURLOPT_XFERINFOFUNCTION, report_progress);
	to->failed = to->failed != CURLE_OK ? to->failed : code;
}

static bool method_known(const char *method)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE",
		"OPTIONS" };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(method, known[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* Method and body; the body is borrowed until the request is over. */
static void set_request(struct setter *to, const struct request *request)
{
	bool bodiless = request->body.len == 0 &&
		(strcmp(request->method, "GET") == 0 || strcmp(request->method, "DELETE") == 0 ||
			strcmp(request->method, "OPTIONS") == 0);

	if (strcmp(request->method, "HEAD") == 0) {
		set_long(to, CURLOPT_NOBODY, 1);
		return;
	}
	if (bodiless) {
		set_long(to, CURLOPT_HTTPGET, 1);
	} else {
		set_long(to, CURLOPT_POST, 1);
		set_large(to, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
		set_pointer(to, CURLOPT_POSTFIELDS,
			request->body.len != 0 ? request->body.data : "");
	}
	set_pointer(to, CURLOPT_CUSTOMREQUEST, request->method);
}

/* OpenSSL writes to a socket that the server has closed: no SIGPIPE for it. */
static CURLcode perform_without_sigpipe(CURL *curl)
{
	const struct timespec at_once = { 0, 0 };
	sigset_t pipe_only, before, pending;
	bool was_pending;
	CURLcode code;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigpending(&pending);
	was_pending = sigismember(&pending, SIGPIPE) == 1;
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	code = curl_easy_perform(curl);
	if (!was_pending) {
		while (sigtimedwait(&pipe_only, NULL, &at_once) < 0 && errno == EINTR) {
			continue;
		}
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}

static bool explain(const struct carrier *carrier, CURLcode code, struct err *err)
{
	const char *message = carrier->message[0] != '\0' ? carrier->message :
		curl_easy_strerror(code);

	if (carrier->taking.code != ERR_NONE) {
		return err_set(err, carrier->taking.code, "%s", carrier->taking.detail);
	}
	if (carrier->bad_header) {
		return err_set(err, ERR_NETWORK, "the server's reply has a header that is not well-formed");
	}
	if (carrier->cancelled) {
		return err_set(err, ERR_CANCELLED, "the request was stopped");
	}
	if (carrier->too_large || code == CURLE_FILESIZE_EXCEEDED) {
		return err_set(err, ERR_TOO_LARGE, "the server's reply is over %d bytes",
			carrier->too_large && carrier->reply->body.len == 0 ?
				CARRIER_HEADERS_MAX_BYTES :
				MESSAGE_BODY_MAX_BYTES);
	}
	if (carrier->no_memory || code == CURLE_OUT_OF_MEMORY) {
		return err_nomem(err);
	}
	return err_set(err, ERR_NETWORK, "%s", message);
}

/* A static name for the media type that the server says. */
static const char *known_type(const char *type)
{
	static const char *const known[] = { "application/json", "application/octet-stream",
		"application/x-git-bundle", "application/problem+json", "text/plain", "text/csv",
		"text/html" };
	size_t i, len = type != NULL ? strcspn(type, "; \t") : 0;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i]) == len && strncasecmp(type, known[i], len) == 0) {
			return known[i];
		}
	}
	return len != 0 ? "application/octet-stream" : NULL;
}

/* Read off what libcurl knows of the reply that has come.  ${bodiless}: to HEAD. */
static bool finish_reply(struct carrier *carrier, bool bodiless, struct err *err)
{
	const char *type = NULL;
	long status = 0;

	if (curl_easy_getinfo(carrier->curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
		curl_easy_getinfo(carrier->curl, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK ||
		status < 200 || status > 599) {
		return err_set(err, ERR_NETWORK, "the server's reply has status %ld", status);
	}
	if (!carrier->headers_end) {
		return err_set(err, ERR_NETWORK, "the server's reply ends in its headers");
	}
	if (!carrier->delimited && !bodiless && status != 204 && status != 304) {
		return err_set(err, ERR_NETWORK, "the server's reply does not say where it ends");
	}
	carrier->reply->status = (unsigned)status;
	carrier->reply->content_type = known_type(type);
	return true;
}

static bool carry(void *ctx, const struct request *request, struct reply *reply, struct err *err)
{
	struct carrier *carrier = ctx;
	struct setter to = { carrier->curl, CURLE_OK };
	struct curl_slist *headers = NULL;
	struct buf url = { 0 };
	CURLcode code;
	bool ok = false;

	reply_reset(reply);
	carrier->request = request;
	carrier->reply = reply;
	carrier->taking = (struct err){ 0 };
	carrier->header_bytes = 0;
	carrier->message[0] = '\0';
	carrier->headers_end = carrier->delimited = carrier->too_large = false;
	carrier->no_memory = carrier->cancelled = carrier->bad_header = false;
	if (!method_known(request->method) || request->body.len > MESSAGE_BODY_MAX_BYTES) {
		err_set(err, ERR_USAGE, "a %s of %zu bytes cannot be sent", request->method,
			request->body.len);
		goto out;
	}
	buf_view(&url, buf_as_view(&carrier->base));
	if (!carrier_url_add(&url, request, err) || !make_headers(&headers, request, err)) {
		goto out;
	}
	/* Keeps connections, names and TLS sessions. */
	curl_easy_reset(carrier->curl);
	set_carrier(&to, carrier);
	set_request(&to, request);
	set_pointer(&to, CURLOPT_URL, buf_str(&url));
	set_pointer(&to, CURLOPT_HTTPHEADER, headers);
	code = to.failed != CURLE_OK ? to.failed : perform_without_sigpipe(carrier->curl);
	if (code != CURLE_OK) {
		explain(carrier, code, err);
		goto out;
	}
	ok = finish_reply(carrier, strcmp(request->method, "HEAD") == 0, err);
out:
	if (!ok) {
		reply_reset(reply);
	}
	/* Nothing that was borrowed stays behind. */
	curl_easy_reset(carrier->curl);
	carrier->reply = NULL;
	carrier->request = NULL;
	curl_slist_free_all(headers);
	buf_clear(&url);
	return ok || err_wrap(err, "%s", buf_str(&carrier->base));
}

struct transport carrier_transport(struct carrier *carrier)
{
	return (struct transport){ carrier, carry };
}
