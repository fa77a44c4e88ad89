/* message.c -- headers and bodies of requests and replies; see linli/message.h. */
#include "linli/message.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct known {
	const char *name;
	unsigned where;
};
static const struct known known[HEADER_COUNT] = {
#define X(id, name, where) [HEADER_##id] = { name, where },
	MESSAGE_HEADERS(X)
#undef X
};

const char *header_name(enum header header)
{
	return known[header].name;
}

unsigned header_where(enum header header)
{
	return known[header].where;
}

bool header_named(enum header *out, struct view name)
{
	size_t i;

	for (i = 0; i < HEADER_COUNT; i++) {
		if (strlen(known[i].name) == name.len &&
			strncasecmp(known[i].name, name.data, name.len) == 0) {
			*out = (enum header)i;
			return true;
		}
	}
	return false;
}

bool header_value_plain(const char *value)
{
	const char *c;

	for (c = value; *c != '\0'; c++) {
		if ((uint8_t)*c < ' ' || *c == 0x7f || c - value >= MESSAGE_HEADER_MAX_BYTES) {
			return false;
		}
	}
	return true;
}

static void close_file(struct reply *reply)
{
	if (reply->file.is_open) {
		close(reply->file.fd);
	}
	reply->file = (struct message_file){ 0 };
}

void reply_reset(struct reply *reply)
{
	close_file(reply);
	buf_reset(&reply->body);
	buf_reset(&reply->headers);
	reply->status = 0;
	reply->content_type = NULL;
}

void reply_clear(struct reply *reply)
{
	close_file(reply);
	buf_clear(&reply->body);
	buf_clear(&reply->headers);
	*reply = (struct reply){ 0 };
}

/* In ${headers} each stands as its number, one byte, and its value with a NUL. */
_Static_assert(HEADER_COUNT < 256, "a header's number is one byte");

bool reply_header_next(
	const struct reply *reply, size_t *at, enum header *header, const char **value)
{
	const struct buf *headers = &reply->headers;

	if (headers->failed || *at >= headers->len) {
		return false;
	}
	*header = (enum header)headers->data[*at];
	*value = (const char *)headers->data + *at + 1;
	*at += 1 + strlen(*value) + 1;
	return true;
}

/* Take ${header} out, where it is. */
static void drop(struct reply *reply, enum header header)
{
	struct buf *headers = &reply->headers;
	size_t at = 0, begin = 0;
	const char *value;
	enum header found;

	while (reply_header_next(reply, &at, &found, &value)) {
		if (found == header) {
			memmove(headers->data + begin, headers->data + at, headers->len - at + 1);
			headers->len -= at - begin;
			return;
		}
		begin = at;
	}
}

void reply_header_set(struct reply *reply, enum header header, const char *fmt, ...)
{
	char value[MESSAGE_HEADER_MAX_BYTES + 1];
	struct buf *headers = &reply->headers;
	va_list args;
	int len;

	assert((known[header].where & HEADER_ANSWERS) != 0);
	va_start(args, fmt);
	len = vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	if ((known[header].where & HEADER_MANY) == 0) {
		drop(reply, header);
	}
	if (len < 0 || (size_t)len >= sizeof(value) || !header_value_plain(value) ||
		headers->len + (size_t)len + 2 > MESSAGE_HEADERS_MAX_BYTES) {
		headers->failed = true;
		return;
	}
	buf_byte(headers, (unsigned)header);
	buf_add(headers, value, (size_t)len + 1);
}

const char *reply_header(const struct reply *reply, enum header header)
{
	size_t at = 0;
	const char *value;
	enum header found;

	while (reply_header_next(reply, &at, &found, &value)) {
		if (found == header) {
			return value;
		}
	}
	return NULL;
}

static bool read_file_body(struct reply *reply, struct err *err)
{
	const struct message_file *file = &reply->file;
	size_t done = 0;
	uint8_t *to;

	if (file->len > MESSAGE_BODY_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "a reply of more than %d bytes",
			MESSAGE_BODY_MAX_BYTES);
	}
	to = buf_grow(&reply->body, (size_t)file->len);
	while (to != NULL && done < file->len) {
		ssize_t got = pread(file->fd, to + done, (size_t)file->len - done,
			(off_t)(file->from + done));

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			return err_set(err, ERR_NETWORK, "a reply's file is cut short");
		}
		done += (size_t)got;
	}
	close_file(reply);
	return buf_ok(&reply->body, err);
}

bool message_deliver(const struct request *request, struct reply *reply, struct err *err)
{
	bool ok;

	if (reply->file.is_open && !read_file_body(reply, err)) {
		return false;
	}
	if (request->take == NULL || (reply->status != 200 && reply->status != 206)) {
		return true;
	}
	ok = reply->body.len == 0 ||
		request->take(request->take_ctx, reply, buf_as_view(&reply->body), err);
	buf_reset(&reply->body);
	return ok;
}
