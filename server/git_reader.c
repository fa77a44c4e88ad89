/* git_reader.c -- see git_reader.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "deflate.h"
#include "git_reader.h"
#include "linli/audit.h"
#include "linli/clone.h"
#include "log.h"
#include "pktline.h"
#include "rate.h"
#include "spool.h"
#include "uploadpack.h"

#define AGENT "linli/" LINLI_VERSION
#define ADVERTISEMENT "application/x-git-upload-pack-advertisement"
#define REQUEST "application/x-git-upload-pack-request"
#define RESULT "application/x-git-upload-pack-result"
#define TEXT "text/plain; charset=utf-8"

/* Packs that one user may ask for at once, and after how long one more; large ones count as several. */
static const struct rate_limit pack_limit = { 60, 5000 };
#define PACK_BYTES (16 * 1024 * 1024)

struct git_reader {
	struct node *node;
	struct access *access;
	struct spool *spool;
	struct rate *packs; /* by user */
};

/* A request on its way to its reply. */
struct visit {
	struct git_reader *reader;
	struct front_job *job;
	struct reply *reply;
	struct user user;
};

bool git_reader_open(struct git_reader **out, struct node *node, struct access *access,
	struct err *err)
{
	struct git_reader *reader = calloc(1, sizeof(*reader));

	*out = NULL;
	if (reader == NULL) {
		return err_nomem(err);
	}
	reader->node = node;
	reader->access = access;
	if (!spool_open(&reader->spool, node_home(node), err) ||
		!rate_new(&reader->packs, &pack_limit, err)) {
		git_reader_close(reader);
		return false;
	}
	*out = reader;
	return true;
}

void git_reader_close(struct git_reader *reader)
{
	if (reader != NULL) {
		spool_close(reader->spool);
		rate_free(reader->packs);
		free(reader);
	}
}

bool git_reader_serves(const char *path)
{
	return strncmp(path, GIT_READER_PREFIX, strlen(GIT_READER_PREFIX)) == 0;
}

/* ---- what git shows its person -------------------------------------- */

/* Over HTTP, before the protocol is spoken: git shows text, with "remote: " before it. */
static void say(struct visit *visit, unsigned status, const char *zh, const char *en)
{
	reply_reset(visit->reply);
	visit->reply->status = status;
	visit->reply->content_type = TEXT;
	buf_printf(&visit->reply->body, "%s\n%s\n", zh, en);
}

static void say_failure(struct visit *visit, const struct err *err)
{
	const char *zh = err_sentence(err->code, true), *en = err_sentence(err->code, false);

	switch (err->code) {
	case ERR_FORMAT:
	case ERR_HASH:
		say(visit, 400, zh, en);
		break;
	case ERR_TOO_LARGE:
		say(visit, 413, zh, en);
		break;
	case ERR_BUSY:
		say(visit, 503, zh, en);
		reply_header_set(visit->reply, HEADER_RETRY_AFTER, "30");
		break;
	default:
		say(visit, 500, zh, en);
		access_refuse(visit->reply, err);
		break;
	}
}

/* Within the protocol, where git asked for what there is not. */
static void refuse(struct visit *visit, const struct err *err)
{
	char text[1024];

	if (err->code == ERR_NOT_FOUND) {
		snprintf(text, sizeof(text), "upload-pack: %.200s", err->detail);
	} else {
		snprintf(text, sizeof(text), "%s / %s", err_sentence(err->code, true),
			err_sentence(err->code, false));
	}
	reply_reset(visit->reply);
	visit->reply->status = 200;
	visit->reply->content_type = RESULT;
	upload_refuse(&visit->reply->body, text);
}

/* ---- references ----------------------------------------------------- */

/* One of the words that ':' divides in the header says "version=2". */
static bool speaks_version_2(const struct request *request)
{
	const char *at = request->headers[HEADER_GIT_PROTOCOL];

	while (at != NULL) {
		size_t len = strcspn(at, ":");

		if (len == strlen("version=2") && strncmp(at, "version=2", len) == 0) {
			return true;
		}
		at = at[len] == ':' ? at + len + 1 : NULL;
	}
	return false;
}

/* GET info/refs */
static bool serve_refs(struct visit *visit, struct err *err)
{
	const struct request *request = &visit->job->request;
	struct clone *clone = NULL;

	if (strcmp(request->query, "service=git-upload-pack") != 0) {
		say(visit, 403, "账本只能用 git clone 和 git fetch 读取。",
			"The ledger can only be read, with git clone and git fetch.");
		return true;
	}
	if (!clone_open(&clone, visit->reader->node, err)) {
		return false;
	}
	visit->reply->status = 200;
	visit->reply->content_type = ADVERTISEMENT;
	upload_advertise(&visit->reply->body, clone_refs(clone), AGENT,
		speaks_version_2(request));
	clone_close(clone);
	return true;
}

/* ---- packs ----------------------------------------------------------- */

/* Say which of ${request}'s haves are here; they go to ${common}. */
static bool negotiate(struct clone *clone, const struct upload_request *request,
	struct buf *common, struct err *err)
{
	size_t i;
	bool known;

	for (i = 0; i < request->want_count; i++) {
		if (!clone_want(clone, &request->wants[i], err)) {
			return false;
		}
	}
	for (i = 0; i < request->have_count; i++) {
		if (!clone_have(clone, &request->haves[i], &known, err)) {
			return false;
		}
		if (known) {
			buf_add(common, &request->haves[i], sizeof(request->haves[i]));
		}
	}
	return buf_ok(common, err);
}

static bool write_pack(struct clone *clone, const struct upload_request *request,
	struct spooled *spooled, struct tally *tally, struct err *err)
{
	struct band_writer band = { .write = spooled_write, .ctx = spooled,
		.line_max = request->band_bytes };
	struct buf end = { 0 };
	bool ok;

	upload_finish(&end, request);
	ok = clone_write(clone, band_write, &band, tally, err) && band_end(&band, err) &&
		buf_ok(&end, err) && spooled_write(spooled, buf_as_view(&end), err);
	band_clear(&band);
	buf_clear(&end);
	return ok;
}

/* Whoever took away a copy is written down, before they have it. */
static bool note(struct visit *visit, const struct tally *tally, struct err *err)
{
	char actor[AUDIT_ACTOR_BYTES];
	const struct audit_item detail[] = { { "bundles", NULL, (int64_t)tally->bundles },
		{ "bytes", NULL, (int64_t)tally->bytes }, { "peer", visit->job->peer, 0 },
		{ NULL, NULL, 0 } };

	snprintf(actor, sizeof(actor), "user:%s", visit->user.name);
	return audit_add(visit->reader->node, actor, AUDIT_LEDGER_FETCHED, detail, err);
}

static int64_t now_ms(const struct visit *visit)
{
	const struct env *env = node_env(visit->reader->node);

	return env->now_ms(env->ctx);
}

static bool take_pack(struct visit *visit, struct err *err)
{
	return rate_take(visit->reader->packs, visit->user.name, now_ms(visit)) ||
		err_set(err, ERR_TOO_OFTEN, "packs for user %s", visit->user.name);
}

/* The reply to a fetch goes to ${spooled}; *packed: with a pack of ${tally}. */
static bool fetch(struct visit *visit, struct clone *clone, const struct upload_request *request,
	struct spooled *spooled, struct tally *tally, bool *packed, struct err *err)
{
	struct buf common = { 0 }, head = { 0 };
	uint64_t size = PACK_BYTES;
	bool ok = false;

	*packed = false;
	if (!negotiate(clone, request, &common, err)) {
		goto out;
	}
	upload_acknowledge(&head, request, (const struct oid *)(const void *)common.data,
		common.len / sizeof(struct oid), clone_ready(clone), packed);
	if (*packed && !take_pack(visit, err)) {
		goto out;
	}
	ok = buf_ok(&head, err) && spooled_write(spooled, buf_as_view(&head), err) &&
		(!*packed || write_pack(clone, request, spooled, tally, err));
	for (; ok && *packed && size <= tally->bytes; size += PACK_BYTES) {
		rate_take(visit->reader->packs, visit->user.name, now_ms(visit));
	}
out:
	buf_clear(&common);
	buf_clear(&head);
	return ok;
}

static bool serve_fetch(struct visit *visit, const struct upload_request *request,
	struct err *err)
{
	struct spooled spooled = { .spool = visit->reader->spool };
	struct clone *clone = NULL;
	struct tally tally = { 0 };
	bool packed, ok = false;

	if (!clone_open(&clone, visit->reader->node, err)) {
		return false;
	}
	ok = fetch(visit, clone, request, &spooled, &tally, &packed, err);
	clone_close(clone);
	ok = ok && (!packed || note(visit, &tally, err)) &&
		spooled_take(&spooled, visit->reply, err);
	spooled_clear(&spooled);
	return ok;
}

static bool serve_list(struct visit *visit, const struct upload_request *request,
	struct err *err)
{
	struct clone *clone = NULL;

	if (!clone_open(&clone, visit->reader->node, err)) {
		return false;
	}
	upload_list(&visit->reply->body, clone_refs(clone), request);
	clone_close(clone);
	return true;
}

static bool serve_request(struct visit *visit, const struct upload_request *request,
	struct err *err)
{
	visit->reply->status = 200;
	visit->reply->content_type = RESULT;
	switch (request->command) {
	case UPLOAD_LS_REFS:
		return serve_list(visit, request, err);
	case UPLOAD_FETCH:
		return serve_fetch(visit, request, err);
	default:
		return true;
	}
}

/* The body as git wrote it: from 1 KiB on it comes packed. */
static bool read_body(const struct request *request, struct buf *unpacked, struct view *body,
	struct err *err)
{
	const char *coding = request->headers[HEADER_CONTENT_ENCODING];

	*body = request->body;
	if (coding == NULL) {
		return true;
	}
	if (strcasecmp(coding, "gzip") != 0 && strcasecmp(coding, "x-gzip") != 0) {
		return err_set(err, ERR_FORMAT, "packed otherwise than by gzip");
	}
	if (!gzip_unpack(unpacked, request->body, UPLOAD_BODY_MAX_BYTES, err)) {
		return false;
	}
	*body = buf_as_view(unpacked);
	return true;
}

/* POST git-upload-pack */
static bool serve_upload(struct visit *visit, struct err *err)
{
	const struct request *request = &visit->job->request;
	struct upload_request asked;
	struct arena arena = { 0 };
	struct buf unpacked = { 0 };
	struct view body;
	bool ok = false;

	if (request->content_type == NULL || strcasecmp(request->content_type, REQUEST) != 0) {
		say(visit, 415, "这里只接受 git 的请求。", "Only git's requests are taken here.");
		return true;
	}
	ok = read_body(request, &unpacked, &body, err) &&
		upload_parse(&asked, &arena, body, err);
	if (ok && !serve_request(visit, &asked, err)) {
		refuse(visit, err);
	}
	buf_clear(&unpacked);
	arena_clear(&arena);
	return ok;
}

static bool serve_push(struct visit *visit, struct err *err)
{
	(void)err;
	say(visit, 403, "账本只能读取,不能推送。",
		"The ledger can only be read; nothing is pushed to it.");
	return true;
}

/* ---- routes ---------------------------------------------------------- */

static const struct route {
	const char *method, *path; /* behind the prefix */
	bool (*serve)(struct visit *visit, struct err *err);
} routes[] = {
	{ "GET", "info/refs", serve_refs },
	{ "POST", "git-upload-pack", serve_upload },
	{ "POST", "git-receive-pack", serve_push },
};

static const struct route *find_route(const struct request *request, unsigned *status)
{
	const char *path = request->path + strlen(GIT_READER_PREFIX);
	size_t i;

	*status = 404;
	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(path, routes[i].path) == 0) {
			if (strcmp(request->method, routes[i].method) == 0) {
				return &routes[i];
			}
			*status = 405;
		}
	}
	return NULL;
}

static void log_refusal(struct visit *visit, const struct err *err)
{
	struct log_line line;

	log_begin(&line, node_env(visit->reader->node), "git_refused");
	log_text(&line, "peer", visit->job->peer);
	log_text(&line, "user", visit->user.name);
	log_text(&line, "code", err_name(err->code));
	log_text(&line, "detail", err->detail);
	log_end(&line);
}

void git_reader_answer(struct git_reader *reader, struct front_job *job)
{
	struct visit visit = { .reader = reader, .job = job, .reply = &job->reply };
	const struct route *route;
	struct err err = { 0 };
	unsigned status;

	if (!access_user(reader->access, job, USER_VIEWER, &visit.user, &err)) {
		say_failure(&visit, &err);
	} else if ((route = find_route(&job->request, &status)) == NULL) {
		say(&visit, status, "这里没有这个地址。", "There is nothing at this address.");
	} else if (!route->serve(&visit, &err)) {
		say_failure(&visit, &err);
	}
	if (err.code != ERR_NONE) {
		log_refusal(&visit, &err);
	}
}
