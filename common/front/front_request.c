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
#define BASIC "Basic "

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
	const char *authorization, *content_type, *content_length, *transfer_encoding;
	const char **passed; /* HEADER_COUNT of them: of the request */
	bool broken;         /* a name is none, a value is not plain, one stands twice */
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
		{ "Authorization", &headers->authorization },
		{ "Content-Type", &headers->content_type },
		{ "Content-Length", &headers->content_length },
		{ "Transfer-Encoding", &headers->transfer_encoding },
	};
	const char **at = NULL;
	enum header known;
	size_t i;

	(void)kind;
	value = value != NULL ? value : "";
	headers->broken = headers->broken || !is_token(name);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (strcasecmp(name, wanted[i].name) == 0) {
			at = wanted[i].at;
		}
	}
	if (header_named(&known, view_of(name)) && (header_where(known) & HEADER_ASKS) != 0) {
		at = &headers->passed[known];
	}
	if (at != NULL) {
		headers->broken = headers->broken || *at != NULL || !header_value_plain(value);
		*at = value;
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
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE",
		"OPTIONS" };
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

/* What follows ${scheme} in ${authorization}; NULL if it is another. */
static const char *credentials(const char *authorization, const char *scheme)
{
	return authorization != NULL && strncasecmp(authorization, scheme, strlen(scheme)) == 0
		? authorization + strlen(scheme)
		: NULL;
}

static bool keep(struct arena *arena, const char **text)
{
	if (*text != NULL) {
		*text = arena_copy(arena, view_of(*text)).data;
		return *text != NULL;
	}
	return true;
}

bool front_request_keep(struct exchange *x)
{
	struct request *request = &x->job.request;
	bool ok = keep(&x->kept, &request->authorization) && keep(&x->kept, &request->basic) &&
		keep(&x->kept, &request->content_type);
	size_t i;

	for (i = 0; ok && i < HEADER_COUNT; i++) {
		ok = keep(&x->kept, &request->headers[i]);
	}
	return ok;
}

void front_request_read(struct exchange *x, const char *method, const char *version,
	bool *has_body, uint64_t *body_bytes)
{
	struct request *request = &x->job.request;
	struct headers headers = { .passed = request->headers };
	const char *language;

	MHD_get_connection_values(x->connection, MHD_HEADER_KIND, see_header, &headers);
	language = request->headers[HEADER_ACCEPT_LANGUAGE];
	x->zh = language != NULL && strncasecmp(language, "zh", 2) == 0;
	request->content_type = headers.content_type;
	request->authorization = credentials(headers.authorization, BEARER);
	request->basic = credentials(headers.authorization, BASIC);
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
