/* carrier_url.c -- which URLs a carrier goes to, and how paths are written. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "carrier_internal.h"

/* Is there such a part, even an empty one? */
static bool has_part(CURLU *parts, CURLUPart which)
{
	char *text = NULL;
	bool has = curl_url_get(parts, which, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

/* localhost, 127.0.0.0/8 and ::1, as libcurl has normalised them. */
static bool is_loopback(const char *host)
{
	struct in_addr four;
	struct in6_addr six;
	char bare[INET6_ADDRSTRLEN];
	size_t len = strlen(host);

	if (strcasecmp(host, "localhost") == 0) {
		return true;
	}
	if (inet_pton(AF_INET, host, &four) == 1) {
		return ntohl(four.s_addr) >> 24 == 127;
	}
	if (len < 2 || host[0] != '[' || len - 2 >= sizeof(bare)) {
		return false;
	}
	memcpy(bare, host + 1, len - 2);
	bare[len - 2] = '\0';
	return inet_pton(AF_INET6, bare, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static bool check_parts(CURLU *parts, const char *url, struct err *err)
{
	char *scheme = NULL;
	bool ok = false;

	if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) {
		return err_set(err, ERR_USAGE,
			ERR_BOTH("地址应以 http:// 或 https:// 开头",
				"the server's URL has no scheme"));
	}
	if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) {
		err_set(err, ERR_USAGE,
			ERR_BOTH("地址应以 http:// 或 https:// 开头",
				"the server's URL is neither http:// nor https://"));
	} else if (has_part(parts, CURLUPART_USER) || has_part(parts, CURLUPART_PASSWORD)) {
		/* Not shown: it holds a password. */
		err_set(err, ERR_USAGE,
			ERR_BOTH("地址中不能写用户名或密码",
				"the server's URL must not name a user or password"));
	} else if (strchr(url, '#') != NULL || strchr(url, '?') != NULL) {
		err_set(err, ERR_USAGE,
			ERR_BOTH("地址中不能有 ? 或 #",
				"the server's URL must not have a query or fragment"));
	} else {
		ok = true;
	}
	curl_free(scheme);
	return ok;
}

bool carrier_url_base(struct buf *base, bool *loopback, const char *url, struct err *err)
{
	CURLU *parts = curl_url();
	char *host = NULL, *whole = NULL;
	CURLUcode failed;
	bool ok = false;

	if (parts == NULL) {
		return err_nomem(err);
	}
	if (url == NULL || strlen(url) > CARRIER_URL_MAX_BYTES) {
		err_set(err, ERR_USAGE,
			ERR_BOTH("没有服务器地址,或地址太长",
				"no URL of a server, or too long a one"));
		goto out;
	}
	failed = curl_url_set(parts, CURLUPART_URL, url, 0);
	if (failed != CURLUE_OK) {
		err_set(err, ERR_USAGE,
			ERR_BOTH("这不是服务器地址", "not the URL of a server") ": %s",
			curl_url_strerror(failed));
		goto out;
	}
	if (!check_parts(parts, url, err)) {
		goto out;
	}
	if (curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
		curl_url_get(parts, CURLUPART_URL, &whole, 0) != CURLUE_OK) {
		err_set(err, ERR_USAGE,
			ERR_BOTH("地址中没有主机名", "the server's URL names no host"));
		goto out;
	}
	*loopback = is_loopback(host);
	buf_text(base, whole);
	while (base->len > 0 && base->data[base->len - 1] == '/') {
		base->data[--base->len] = '\0';
	}
	ok = buf_ok(base, err);
out:
	curl_free(host);
	curl_free(whole);
	curl_url_cleanup(parts);
	return ok;
}

/* May ${c} stand in a path as it is (RFC 3986 pchar, and '/')? */
static bool plain_in_path(unsigned c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != 0 && c < 0x80 && strchr("-._~!$&'()*+,;=:@/", (int)c) != NULL);
}

bool carrier_url_add(struct buf *url, const struct request *request, struct err *err)
{
	const char *query = request->query != NULL ? request->query : "";
	const char *c;

	if (request->path == NULL || request->path[0] != '/') {
		return err_set(err, ERR_USAGE, "a path must begin with /");
	}
	for (c = request->path; *c != '\0'; c++) {
		if (plain_in_path((uint8_t)*c)) {
			buf_byte(url, (uint8_t)*c);
		} else {
			buf_printf(url, "%%%02X", (unsigned)(uint8_t)*c);
		}
	}
	for (c = query; *c != '\0'; c++) {
		if (*c <= ' ' || *c >= 0x7f || *c == '#') {
			return err_set(err, ERR_USAGE, "a query that is not encoded");
		}
	}
	if (*query != '\0') {
		buf_byte(url, '?');
		buf_text(url, query);
	}
	return buf_ok(url, err);
}
