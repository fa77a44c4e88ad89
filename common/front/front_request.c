/*
 * front_request.c -- what a request's first line and headers say, and
 * whether they may be believed.
 *
 * How long the body is must have one reading only, or what follows it
 * could be smuggled past a proxy as a request of its own; so headers that
 * frame the body, name the host or carry credentials may stand once only.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "front_internal.h"

#define BEARER "Bearer "

void front_request_refuse(struct exchange *x, unsigned status, enum err_code code)
{
	if (x->refused == 0) {
		x->refused = status;
		x->refused_as = code;
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Append ${from} with %XX decoded; no control characters, no coded '/'. */
static bool decode_path(struct buf *out, struct view from)
{
	size_t i;

	for (i = 0; i < from.len; i++) {
		unsigned c = (uint8_t)from.data[i];

		if (c == '%') {
			int high = i + 2 < from.len ? hex_value(from.data[i + 1]) : -1;
			int low = high >= 0 ? hex_value(from.data[i + 2]) : -1;

			if (low < 0) {
				return false;
			}
			c = (unsigned)(high * 16 + low);
			i += 2;
			if (c == '/') {
				return false;
			}
		}
		if (c < 0x20 || c == 0x7f) {
			return false;
		}
		buf_byte(out, c);
	}
	return utf8_valid(buf_as_view(out));
}

/* Begins with '/'; no empty, "." or ".." segment before, "/" at, the end. */
static bool segments_plain(struct view path)
{
	struct cursor cursor = cursor_of(path.data, path.len);
	struct view segment;

	if (!cursor_skip(&cursor, "/")) {
		return false;
	}
	while (cursor_left(&cursor) > 0) {
		struct cursor rest = cursor;

		segment = cursor_until(&rest, '/');
		if (rest.failed) {
			segment = (struct view){ (const char *)cursor.at, cursor_left(&cursor) };
			rest = cursor_of(cursor.end, 0);
		}
		if (segment.len == 0 || view_is(segment, ".") || view_is(segment, "..")) {
			return false;
		}
		cursor = rest;
	}
	return true;
}

/* Split ${x}->uri into path and query. */
static bool read_uri(struct exchange *x)
{
	struct view uri = buf_as_view(&x->uri);
	const char *mark = uri.len != 0 ? memchr(uri.data, '?', uri.len) : NULL;
	size_t i, path_len = mark != NULL ? (size_t)(mark - uri.data) : uri.len;

	for (i = 0; i < uri.len; i++) {
		if ((uint8_t)uri.data[i] <= ' ' || (uint8_t)uri.data[i] >= 0x7f ||
			uri.data[i] == '#') {
			return false;
		}
	}
	x->job.request.query = mark != NULL ? mark + 1 : "";
	if (!decode_path(&x->path, (struct view){ uri.data, path_len }) || x->path.failed) {
		return false;
	}
	x->job.request.path = buf_str(&x->path);
	return segments_plain(buf_as_view(&x->path));
}

/* What the headers say, each NULL if not there. */
struct headers {
	const char *host, *authorization, *content_type, *content_length, *transfer_encoding;
	const char *accept_language;
	bool broken; /* a name is none, or one that matters stands twice */
};

static bool is_token(const char *name)
{
	const char *c;

	for (c = name; *c != '\0'; c++) {
		if (*c <= ' ' || *c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", *c) != NULL) {
			return false;
		}
	}
	return c != name;
}

static enum MHD_Result see_header(void *ctx, enum MHD_ValueKind kind, const char *name,
	const char *value)
{
	struct headers *headers = ctx;
	const struct {
		const char *name, **at;
	} wanted[] = {
		{ "Host", &headers->host },
		{ "Authorization", &headers->authorization },
		{ "Content-Type", &headers->content_type },
		{ "Content-Length", &headers->content_length },
		{ "Transfer-Encoding", &headers->transfer_encoding },
	};
	size_t i;

	(void)kind;
	headers->broken = headers->broken || !is_token(name);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (strcasecmp(name, wanted[i].name) == 0) {
			headers->broken = headers->broken || *wanted[i].at != NULL;
			*wanted[i].at = value != NULL ? value : "";
		}
	}
	if (strcasecmp(name, "Accept-Language") == 0) {
		headers->accept_language = value;
	}
	return MHD_YES;
}

/* Digits only; more than fits is UINT64_MAX - 1, which is too large. */
static bool read_length(uint64_t *out, const char *text)
{
	uint64_t n = 0;

	if (*text == '\0') {
		return false;
	}
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9') {
			return false;
		}
		n = n > (UINT64_MAX - 10) / 10 ? UINT64_MAX - 1 :
			n * 10 + (unsigned)(*text - '0');
	}
	*out = n;
	return true;
}

/* How is the body delimited?  False if that has no, or two readings. */
static bool read_framing(const struct headers *headers, const char *version, bool *has_body,
	uint64_t *body_bytes)
{
	*has_body = false;
	*body_bytes = 0;
	if (headers->transfer_encoding != NULL) {
		*has_body = true;
		*body_bytes = UINT64_MAX;
		return headers->content_length == NULL && strcmp(version, "HTTP/1.1") == 0 &&
			strcasecmp(headers->transfer_encoding, "chunked") == 0;
	}
	if (headers->content_length != NULL) {
		if (!read_length(body_bytes, headers->content_length)) {
			*has_body = true;
			return false;
		}
		*has_body = *body_bytes != 0;
	}
	return true;
}

static const char *known_method(const char *method)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(method, known[i]) == 0) {
			return known[i];
		}
	}
	return NULL;
}

static void print_peer(struct exchange *x)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection,
		MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *peer = info != NULL ? info->client_addr : NULL;
	const void *address = NULL;

	if (peer != NULL && peer->sa_family == AF_INET) {
		address = &((const struct sockaddr_in *)(const void *)peer)->sin_addr;
	} else if (peer != NULL && peer->sa_family == AF_INET6) {
		address = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
	}
	if (address == NULL ||
		inet_ntop(peer->sa_family, address, x->job.peer, sizeof(x->job.peer)) == NULL) {
		x->job.peer[0] = '\0';
	}
}

void front_request_read(struct exchange *x, const char *method, const char *version,
	bool *has_body, uint64_t *body_bytes)
{
	struct request *request = &x->job.request;
	struct headers headers = { 0 };

	MHD_get_connection_values(x->connection, MHD_HEADER_KIND, see_header, &headers);
	x->zh = headers.accept_language != NULL &&
		strncasecmp(headers.accept_language, "zh", 2) == 0;
	x->job.host = headers.host;
	request->content_type = headers.content_type;
	if (headers.authorization != NULL &&
		strncasecmp(headers.authorization, BEARER, strlen(BEARER)) == 0) {
		request->authorization = headers.authorization + strlen(BEARER);
	}
	request->method = known_method(method);
	print_peer(x);
	if (!read_framing(&headers, version, has_body, body_bytes) || headers.broken) {
		front_request_refuse(x, MHD_HTTP_BAD_REQUEST, ERR_FORMAT);
	}
	if (request->method == NULL) {
		front_request_refuse(x, MHD_HTTP_METHOD_NOT_ALLOWED, ERR_REFUSED);
	}
	if (!read_uri(x)) {
		front_request_refuse(x, MHD_HTTP_BAD_REQUEST, ERR_FORMAT);
	}
}
