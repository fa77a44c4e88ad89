/* message_range.c -- parts of a body, and dates in headers; see linli/message.h. */
#include "linli/message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Digits at ${*at}, moved past them; false if there are none, or too many. */
static bool read_number(const char **at, uint64_t *out)
{
	size_t len = strspn(*at, "0123456789");
	int64_t n;

	if (len == 0 || !int64_parse(&n, (struct view){ *at, len })) {
		return false;
	}
	*at += len;
	*out = (uint64_t)n;
	return true;
}

static bool skip(const char **at, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*at, text, len) != 0) {
		return false;
	}
	*at += len;
	return true;
}

bool content_range_parse(const char *text, uint64_t *from, uint64_t *last, uint64_t *total)
{
	return text != NULL && skip(&text, "bytes ") && read_number(&text, from) &&
		skip(&text, "-") && read_number(&text, last) && skip(&text, "/") &&
		read_number(&text, total) && *text == '\0' && *from <= *last && *last < *total;
}

enum wanted { WANT_ALL, WANT_PART, WANT_NOTHING_THERE };

/* What ${range} asks of ${total} bytes: [*from, *from + *len). */
static enum wanted read_range(const char *range, uint64_t total, uint64_t *from, uint64_t *len)
{
	uint64_t last = 0, suffix;

	if (range == NULL || !skip(&range, "bytes=")) {
		return WANT_ALL;
	}
	if (skip(&range, "-")) {
		if (!read_number(&range, &suffix) || *range != '\0') {
			return WANT_ALL;
		}
		*len = suffix < total ? suffix : total;
		*from = total - *len;
		return *len == 0 ? WANT_NOTHING_THERE : WANT_PART;
	}
	if (!read_number(&range, from) || !skip(&range, "-")) {
		return WANT_ALL;
	}
	if (*range == '\0') {
		last = total != 0 ? total - 1 : 0;
	} else if (!read_number(&range, &last) || *range != '\0' || last < *from) {
		return WANT_ALL;
	}
	if (*from >= total) {
		return WANT_NOTHING_THERE;
	}
	*len = (last < total ? last + 1 : total) - *from;
	return WANT_PART;
}

/* Does a list of entity tags name ${etag}?  Weak ones compare as strong ones. */
static bool lists(const char *list, const char *etag)
{
	const char *at = list;
	size_t len = strlen(etag);

	if (list == NULL || strcmp(list, "*") == 0) {
		return list != NULL;
	}
	while ((at = strstr(at, etag)) != NULL) {
		if (at[len] == '\0' || at[len] == ',' || at[len] == ' ') {
			return true;
		}
		at += len;
	}
	return false;
}

static void drop_body(struct reply *reply, unsigned status)
{
	struct buf headers = reply->headers;

	reply->headers = (struct buf){ 0 };
	reply_clear(reply);
	reply->headers = headers;
	reply->status = status;
}

static void keep_part(struct reply *reply, uint64_t from, uint64_t len)
{
	if (reply->file.is_open) {
		reply->file.from += from;
		reply->file.len = len;
		return;
	}
	memmove(reply->body.data, reply->body.data + from, (size_t)len);
	reply->body.len = (size_t)len;
	reply->body.data[len] = '\0';
}

void reply_ranged(struct reply *reply, const struct request *request, const char *etag)
{
	const char *if_range = request->headers[HEADER_IF_RANGE];
	uint64_t total = reply->file.is_open ? reply->file.len : reply->body.len;
	uint64_t from = 0, len = 0;

	reply_header_set(reply, HEADER_ETAG, "%s", etag);
	reply_header_set(reply, HEADER_ACCEPT_RANGES, "bytes");
	if (lists(request->headers[HEADER_IF_NONE_MATCH], etag)) {
		drop_body(reply, 304);
		return;
	}
	if (if_range != NULL && strcmp(if_range, etag) != 0) {
		return;
	}
	switch (read_range(request->headers[HEADER_RANGE], total, &from, &len)) {
	case WANT_ALL:
		break;
	case WANT_PART:
		keep_part(reply, from, len);
		reply->status = 206;
		reply_header_set(reply, HEADER_CONTENT_RANGE, "bytes %llu-%llu/%llu",
			(unsigned long long)from, (unsigned long long)(from + len - 1),
			(unsigned long long)total);
		break;
	case WANT_NOTHING_THERE:
		drop_body(reply, 416);
		reply_header_set(reply, HEADER_CONTENT_RANGE, "bytes */%llu",
			(unsigned long long)total);
		break;
	}
}

void message_date(struct buf *out, int64_t unix_s)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t when = (time_t)unix_s;
	struct tm tm;

	if (gmtime_r(&when, &tm) != NULL) {
		buf_printf(out, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
			tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
			tm.tm_sec);
	}
}
