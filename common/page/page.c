/* page.c -- guarding, files, routes; see page.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "emit.h"
#include "page.h"
#include "terminal.h"

#define JSON "application/json; charset=utf-8"
#define POLICY \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " \
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'none'; " \
	"base-uri 'none'; frame-ancestors 'none'"
#define KEEP_FOREVER "private, max-age=31536000, immutable"
#define ASK_AGAIN "private, no-cache"

bool page_serves(const char *path)
{
	return strncmp(path, "/api/", 5) != 0 && strncmp(path, "/git/", 5) != 0 &&
		strcmp(path, "/healthz") != 0 && strcmp(path, "/metrics") != 0;
}

static const char *header(const struct front_job *job, enum header which)
{
	return job->request.headers[which];
}

static bool is_method(const struct front_job *job, const char *method)
{
	return strcmp(job->request.method, method) == 0;
}

/* ---- errors --------------------------------------------------------- */

static unsigned status_of(enum err_code code)
{
	switch (code) {
	case ERR_SESSION:
		return 401;
	case ERR_SCOPE:
	case ERR_PASSPHRASE:
	case ERR_REFUSED:
		return 403;
	case ERR_NOT_FOUND:
	case ERR_NO_FILE:
		return 404;
	case ERR_MOVED:
	case ERR_EXISTS:
	case ERR_NOT_INITIALISED:
		return 409;
	case ERR_TOO_LARGE:
		return 413;
	case ERR_VALUE:
	case ERR_AMBIGUOUS:
	case ERR_TABLE:
	case ERR_USAGE:
	case ERR_FORMAT:
	case ERR_INVITATION:
		return 422;
	case ERR_BUSY:
		return 503;
	case ERR_NETWORK:
		return 502;
	default:
		return 500;
	}
}

/* Is the detail of such a failure a sentence for the person who made it? */
static bool detail_is_for_people(enum err_code code)
{
	return code == ERR_VALUE || code == ERR_AMBIGUOUS || code == ERR_TABLE ||
		code == ERR_USAGE;
}

static void answer_error(struct front_job *job, unsigned status, const struct err *err, bool zh)
{
	struct buf *out = &job->reply.body;

	reply_reset(&job->reply);
	job->reply.status = status;
	job->reply.content_type = JSON;
	job->cache_control = NULL;
	emit_begin(out);
	emit_key(out, "error");
	emit_open(out, '{');
	emit_member(out, "code", err_name(err->code));
	emit_member(out, "sentence", err_sentence(err->code, zh));
	emit_member(out, "reason", detail_is_for_people(err->code) ? err->detail : NULL);
	emit_close(out, '}');
	emit_end(out);
}

static void refuse(struct front_job *job, unsigned status, enum err_code code, bool zh)
{
	struct err err = { .code = code };

	answer_error(job, status, &err, zh);
}

/* ---- who asks ------------------------------------------------------- */

/* Chinese, unless English comes first. */
static bool reads_chinese(const struct front_job *job)
{
	const char *languages = header(job, HEADER_ACCEPT_LANGUAGE);

	return languages == NULL || strncasecmp(languages, "en", 2) != 0;
}

static bool host_known(const struct page_options *options, const struct front_job *job)
{
	const char *host = header(job, HEADER_HOST);
	size_t i;

	for (i = 0; host != NULL && options->hosts[i] != NULL; i++) {
		if (strcasecmp(host, options->hosts[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* Does the page itself ask, as far as the browser says? */
static bool comes_from_page(const struct page_options *options, const struct front_job *job)
{
	const char *origin = header(job, HEADER_ORIGIN), *site = header(job, HEADER_SEC_FETCH_SITE);
	const char *scheme = options->tls ? "https://" : "http://";
	bool reads = is_method(job, "GET") || is_method(job, "HEAD");

	if (site != NULL && strcmp(site, "same-origin") != 0) {
		return false;
	}
	if (origin == NULL) {
		return reads;
	}
	return strncmp(origin, scheme, strlen(scheme)) == 0 &&
		strcasecmp(origin + strlen(scheme), header(job, HEADER_HOST)) == 0;
}

bool page_cookie(const struct request *request, const char *name, char *out, size_t size)
{
	const char *at = request->headers[HEADER_COOKIE];
	size_t len = strlen(name), value;

	while (at != NULL && *at != '\0') {
		at += strspn(at, "; ");
		value = strcspn(at, ";");
		if (strncmp(at, name, len) == 0 && at[len] == '=' && value - len - 1 < size) {
			memcpy(out, at + len + 1, value - len - 1);
			out[value - len - 1] = '\0';
			return true;
		}
		at += value;
	}
	return false;
}

/* ---- files ---------------------------------------------------------- */

static const struct page_file *file_at(const struct page_options *options, const char *path)
{
	const struct page_file *file;

	for (file = options->files; file != NULL && file->path != NULL; file++) {
		if (strcmp(file->path, path) == 0) {
			return file;
		}
	}
	return NULL;
}

/* The file for ${path}: itself, or for addresses within the page the index. */
static const struct page_file *file_for(const struct page_options *options, const char *path)
{
	const struct page_file *file = file_at(options, path);

	return file == NULL && strncmp(path, "/assets/", 8) != 0 ? file_at(options, options->index)
								 : file;
}

static void answer_file(const struct page_options *options, struct front_job *job, bool zh)
{
	const struct page_file *file = file_for(options, job->request.path);
	const char *known = header(job, HEADER_IF_NONE_MATCH);

	if (!is_method(job, "GET") && !is_method(job, "HEAD")) {
		refuse(job, 405, ERR_REFUSED, zh);
		reply_header_set(&job->reply, HEADER_ALLOW, "GET, HEAD");
		return;
	}
	if (file == NULL) {
		refuse(job, 404, ERR_NOT_FOUND, zh);
		return;
	}
	job->security_policy = POLICY;
	job->cache_control = file->immutable ? KEEP_FOREVER : ASK_AGAIN;
	reply_header_set(&job->reply, HEADER_ETAG, "%s", file->etag);
	if (known != NULL && strcmp(known, file->etag) == 0) {
		job->reply.status = 304;
		return;
	}
	job->reply.status = 200;
	job->reply.content_type = file->type;
	reply_header_set(&job->reply, HEADER_CONTENT_ENCODING, "gzip");
	buf_add(&job->reply.body, file->data, file->len);
}

/* ---- routes --------------------------------------------------------- */

/* Does ${path} fit ${pattern}?  What stands for {name} goes to ${params}. */
static bool fits(
	char params[PAGE_PARAMS_MAX][PAGE_PARAM_BYTES], const char *pattern, const char *path)
{
	size_t count = 0, len;

	while (*pattern != '\0') {
		if (*pattern != '{') {
			if (*pattern++ != *path++) {
				return false;
			}
			continue;
		}
		len = strcspn(path, "/");
		if (len == 0 || len >= PAGE_PARAM_BYTES || count == PAGE_PARAMS_MAX) {
			return false;
		}
		memcpy(params[count], path, len);
		params[count++][len] = '\0';
		path += len;
		pattern += strcspn(pattern, "}") + 1;
	}
	return *path == '\0';
}

/* The route; *status 404 or 405 where there is none. */
static const struct page_route *find_route(const struct page_options *options,
	struct page_call *call, const char *method, const char *path, unsigned *status)
{
	const struct page_route *route;
	size_t i;

	*status = 404;
	for (i = 0; i < PAGE_ROUTE_TABLES && options->routes[i] != NULL; i++) {
		for (route = options->routes[i]; route->method != NULL; route++) {
			if (!fits(call->params, route->path, path)) {
				continue;
			}
			if (strcmp(route->method, method) == 0) {
				return route;
			}
			*status = 405;
		}
	}
	return NULL;
}

static bool read_body(struct page_call *call, struct err *err)
{
	const struct request *request = call->request;
	const char *type = request->content_type;
	json_error_t problem;

	if (request->body.len == 0 || type == NULL ||
		strncmp(type, "application/json", strlen("application/json")) != 0) {
		return true;
	}
	if (request->body.len > PAGE_JSON_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "a request of %zu bytes", request->body.len);
	}
	call->body = json_loadb(
		request->body.data, request->body.len, JSON_REJECT_DUPLICATES, &problem);
	if (!json_is_object(call->body)) {
		return err_set(err, ERR_FORMAT, "the request is no JSON object: %s", problem.text);
	}
	return true;
}

static bool has_records(
	const struct page_call *call, const struct page_route *route, struct err *err)
{
	return call->node != NULL || route->kind != PAGE_ROUTE_GUARDED ||
		err_set(err, ERR_NOT_INITIALISED, "no records are open");
}

/*
 * A form of another site can send text, but neither JSON nor bytes of this
 * type, without being asked first whether it may.
 */
static bool type_is_ours(const struct request *request)
{
	const char *type = request->content_type;

	return request->body.len == 0 ||
		(type != NULL &&
			(strncmp(type, "application/json", strlen("application/json")) == 0 ||
				strcmp(type, "application/octet-stream") == 0));
}

static void answer_route(const struct page_options *options, struct front_job *job, bool zh)
{
	struct page_call call = { .ctx = options->ctx, .request = &job->request, .zh = zh,
		.reply = &job->reply };
	const char *method = is_method(job, "HEAD") ? "GET" : job->request.method;
	const struct page_route *route;
	struct err err = { 0 };
	unsigned status;

	route = find_route(
		options, &call, method, job->request.path + strlen(PAGE_API), &status);
	if (route == NULL) {
		refuse(job, status, ERR_NOT_FOUND, zh);
		return;
	}
	if (!type_is_ours(&job->request)) {
		refuse(job, 415, ERR_FORMAT, zh);
		return;
	}
	job->reply.status = 200;
	terminal_speak(zh ? TERMINAL_CHINESE : TERMINAL_ENGLISH);
	if (options->admit(&call, route, &err) && has_records(&call, route, &err) &&
		read_body(&call, &err) && route->handle(&call, &err) &&
		buf_ok(&job->reply.body, &err)) {
		job->reply.content_type = call.content_type != NULL ? call.content_type : JSON;
	} else {
		answer_error(job, status_of(err.code), &err, zh);
	}
	terminal_speak(TERMINAL_BY_LOCALE);
	json_decref(call.body);
}

void page_answer(const struct page_options *options, struct front_job *job)
{
	bool zh = reads_chinese(job);
	size_t prefix = strlen(PAGE_API);

	if (!host_known(options, job)) {
		refuse(job, 421, ERR_REFUSED, zh);
	} else if (strncmp(job->request.path, PAGE_API "/", prefix + 1) != 0) {
		answer_file(options, job, zh);
	} else if (!comes_from_page(options, job)) {
		refuse(job, 403, ERR_REFUSED, zh);
	} else {
		answer_route(options, job, zh);
	}
}
