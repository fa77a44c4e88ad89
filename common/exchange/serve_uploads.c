/*
 * serve_uploads.c -- files of bundles by the tus protocol, version 1.0.0:
 * core, creation, creation-with-upload, checksum, expiration, termination;
 * see docs/exchange.md, "Uploads".
 *
 * What comes whole in one request is taken in as it is, and never stored as
 * an upload.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "linli/uploads.h"
#include "serve.h"
#include "sha1.h"
#include "sha256.h"
#include "uploads_name.h"

#define TUS_VERSION "1.0.0"
#define TUS_TYPE "application/offset+octet-stream"
#define STATUS_CHECKSUM 460

static bool refuse(struct visit *visit, unsigned status, struct err *err, enum err_code code,
	const char *why)
{
	visit->status = status;
	return err_set(err, code, "%s", why);
}

/* ---- what a request says ------------------------------------------- */

static bool check_version(struct visit *visit, struct err *err)
{
	const char *version = visit->request->headers[HEADER_TUS_RESUMABLE];

	return (version != NULL && strcmp(version, TUS_VERSION) == 0) ||
		refuse(visit, 412, err, ERR_FORMAT, "Tus-Resumable must be " TUS_VERSION);
}

static bool check_type(struct visit *visit, struct err *err)
{
	const char *type = visit->request->content_type;

	return (type != NULL && strcasecmp(type, TUS_TYPE) == 0) ||
		refuse(visit, 415, err, ERR_FORMAT, "a body must be " TUS_TYPE);
}

/* The number in ${header}, which must be there. */
static bool read_number(
	const struct visit *visit, enum header header, uint64_t *out, struct err *err)
{
	const char *text = visit->request->headers[header];
	int64_t n;

	if (text == NULL || !int64_parse(&n, view_of(text)) || n < 0) {
		return err_set(err, ERR_FORMAT, "%s must be a number", header_name(header));
	}
	*out = (uint64_t)n;
	return true;
}

/* Is ${want}, in base64, the hash ${have}? */
static bool sum_is(const char *want, const void *have, size_t len)
{
	struct buf text = { 0 };
	bool same;

	base64_encode(&text, have, len, true);
	same = !text.failed && strcmp(buf_str(&text), want) == 0;
	buf_clear(&text);
	return same;
}

/* Upload-Checksum, if it is there: "sha1 <base64>" or "sha256 <base64>" of the body. */
static bool check_sum(struct visit *visit, struct err *err)
{
	const char *text = visit->request->headers[HEADER_UPLOAD_CHECKSUM];
	struct view body = visit->request->body;
	uint8_t sum[SHA256_BYTES];
	bool same;

	if (text == NULL) {
		return true;
	}
	if (strncmp(text, "sha1 ", 5) == 0) {
		sha1(sum, body.data, body.len);
		same = sum_is(text + 5, sum, SHA1_BYTES);
	} else if (strncmp(text, "sha256 ", 7) == 0) {
		sha256(sum, body.data, body.len);
		same = sum_is(text + 7, sum, SHA256_BYTES);
	} else {
		return err_set(err, ERR_FORMAT, "Upload-Checksum must be sha1 or sha256");
	}
	return same ||
		refuse(visit, STATUS_CHECKSUM, err, ERR_HASH, "the bytes are not those of Upload-Checksum");
}

/*
 * Upload-Metadata: "key base64,key base64".  Of "sha256", the hash in hex of
 * the whole, *sum is set.
 */
static bool read_metadata(const struct visit *visit, struct upload *upload,
	char sum[SHA256_TEXT_BYTES], struct err *err)
{
	const char *text = visit->request->headers[HEADER_UPLOAD_METADATA];
	const char *at = text != NULL ? text : "";
	struct buf value = { 0 };
	bool ok = true;

	sum[0] = upload->metadata[0] = '\0';
	if (strlen(at) >= sizeof(upload->metadata)) {
		return err_set(err, ERR_TOO_LARGE, "too long an Upload-Metadata");
	}
	strcpy(upload->metadata, at);
	while (ok && *at != '\0') {
		size_t len = strcspn(at, ","), key = strcspn(at, " ,");
		uint8_t hash[SHA256_BYTES];

		buf_reset(&value);
		if (key == 6 && strncmp(at, "sha256", key) == 0 && len > key) {
			ok = base64_decode(&value, (struct view){ at + key + 1, len - key - 1 }, true) &&
				hex_decode(hash, sizeof(hash), buf_as_view(&value));
			if (ok) {
				memcpy(sum, value.data, SHA256_TEXT_BYTES);
			}
		}
		at += len + (at[len] == ',' ? 1 : 0);
	}
	buf_clear(&value);
	return ok || err_set(err, ERR_FORMAT, "sha256 in Upload-Metadata must be 64 hex digits");
}

void upload_name(char out[UPLOAD_NAME_BYTES], struct device_id device, const char *sum)
{
	char text[SHA256_TEXT_BYTES], of[DEVICE_TEXT_BYTES];
	struct buf both = { 0 };

	device_id_print(of, device);
	buf_printf(&both, "%s\n%s\n", of, sum);
	sha256_hex(text, both.data, both.len);
	buf_clear(&both);
	memcpy(out, text, UPLOAD_NAME_BYTES - 1);
	out[UPLOAD_NAME_BYTES - 1] = '\0';
}

/* By what it holds, so that who never heard where it is finds it again; else by chance. */
static bool name_upload(const struct visit *visit, struct upload *upload,
	const char sum[SHA256_TEXT_BYTES], struct err *err)
{
	const struct env *env = node_env(visit->node);
	uint8_t chance[(UPLOAD_NAME_BYTES - 1) / 2];

	upload->device = visit->device.id;
	if (sum[0] != '\0') {
		upload_name(upload->name, upload->device, sum);
		return true;
	}
	if (!env->random(env->ctx, chance, sizeof(chance), err)) {
		return false;
	}
	hex_encode(upload->name, chance, sizeof(chance));
	return true;
}

/* Is the whole what its metadata say? */
static bool check_whole(
	struct visit *visit, struct view whole, const char sum[SHA256_TEXT_BYTES], struct err *err)
{
	char have[SHA256_TEXT_BYTES];

	if (sum[0] == '\0') {
		return true;
	}
	sha256_hex(have, whole.data, whole.len);
	return strcmp(have, sum) == 0 ||
		refuse(visit, STATUS_CHECKSUM, err, ERR_HASH, "the whole is not what its metadata say");
}

/* ---- replies ------------------------------------------------------- */

void uploads_adorn(const struct request *request, struct reply *reply)
{
	if (strncmp(request->path, "/api/v1/uploads", strlen("/api/v1/uploads")) == 0) {
		reply_header_set(reply, HEADER_TUS_RESUMABLE, TUS_VERSION);
		if (reply->status == 412) {
			reply_header_set(reply, HEADER_TUS_VERSION, TUS_VERSION);
		}
	}
}

static void say_where(struct visit *visit, const struct upload *upload, unsigned status)
{
	struct buf date = { 0 };

	visit->reply->status = status;
	reply_header_set(visit->reply, HEADER_UPLOAD_OFFSET, "%" PRIu64, upload->come);
	if (!upload->finished) {
		message_date(&date, upload->expires_ms / 1000);
		reply_header_set(visit->reply, HEADER_UPLOAD_EXPIRES, "%s", buf_str(&date));
		buf_clear(&date);
	}
	uploads_adorn(visit->request, visit->reply);
}

static void say_created(struct visit *visit, const struct upload *upload)
{
	reply_header_set(visit->reply, HEADER_LOCATION, "/api/v1/uploads/%s", upload->name);
	say_where(visit, upload, 201);
}

bool serve_uploads_options(struct visit *visit, struct err *err)
{
	struct reply *reply = visit->reply;

	(void)err;
	reply->status = 204;
	reply_header_set(reply, HEADER_TUS_VERSION, TUS_VERSION);
	reply_header_set(reply, HEADER_TUS_EXTENSION,
		"creation,creation-with-upload,checksum,expiration,termination");
	reply_header_set(reply, HEADER_TUS_MAX_SIZE, "%d", UPLOAD_MAX_BYTES);
	reply_header_set(reply, HEADER_TUS_CHECKSUM_ALGORITHM, "sha1,sha256");
	uploads_adorn(visit->request, reply);
	return true;
}

/* ---- creation ------------------------------------------------------ */

/* What a creation says; its body, if there is one, is sound. */
static bool read_creation(struct visit *visit, struct upload *upload,
	char sum[SHA256_TEXT_BYTES], struct err *err)
{
	struct view body = visit->request->body;

	*upload = (struct upload){ 0 };
	if (!check_version(visit, err) ||
		!read_number(visit, HEADER_UPLOAD_LENGTH, &upload->length, err) ||
		(body.len != 0 && !check_type(visit, err))) {
		return false;
	}
	if (upload->length > UPLOAD_MAX_BYTES || body.len > upload->length) {
		return err_set(err, ERR_TOO_LARGE, "%" PRIu64 " bytes to upload", upload->length);
	}
	return (visit->request->cut || check_sum(visit, err)) &&
		read_metadata(visit, upload, sum, err) && name_upload(visit, upload, sum, err);
}

bool uploads_whole(struct visit *visit)
{
	char sum[SHA256_TEXT_BYTES];
	struct upload upload;
	struct err ignored;
	unsigned status = visit->status;
	bool whole = !visit->request->cut && visit->request->body.len != 0 &&
		visit->request->headers[HEADER_UPLOAD_LENGTH] != NULL &&
		read_creation(visit, &upload, sum, &ignored) &&
		upload.length == visit->request->body.len &&
		check_whole(visit, visit->request->body, sum, &ignored);

	visit->status = status;
	return whole;
}

bool uploads_whole_reply(struct visit *visit, const struct received *received, struct err *err)
{
	char sum[SHA256_TEXT_BYTES];
	struct upload upload;
	struct err ignored;

	if (!read_creation(visit, &upload, sum, err) || !bundles_reply(visit, received, err)) {
		return false;
	}
	/* What had come of it before is of no use any more. */
	if (sum[0] != '\0' &&
		uploads_find(visit->node, upload.name, upload.device, &upload, &ignored) &&
		!uploads_drop(visit->node, &upload, err)) {
		return false;
	}
	upload.come = upload.length;
	upload.finished = true;
	say_created(visit, &upload);
	return true;
}

static bool take_whole(struct visit *visit, struct err *err)
{
	struct received received = { 0 };
	bool ok = bundles_take(visit, visit->request->body, &received, err) &&
		uploads_whole_reply(visit, &received, err);

	received_clear(&received);
	return ok;
}

/* One that holds the same may have begun already: then it goes on. */
static bool begin_upload(
	struct visit *visit, struct upload *upload, bool named, bool *found, struct err *err)
{
	struct upload before;
	struct err why = { 0 };

	*found = named &&
		uploads_find(visit->node, upload->name, upload->device, &before, &why);
	if (*found && before.length == upload->length) {
		*upload = before;
		return true;
	}
	if (*found && !uploads_drop(visit->node, &before, err)) {
		return false;
	}
	*found = false;
	if (named && why.code != ERR_NONE && why.code != ERR_NOT_FOUND) {
		return err_set(err, why.code, "%s", why.detail);
	}
	return uploads_begin(visit->node, upload, err);
}

bool serve_uploads_post(struct visit *visit, struct err *err)
{
	struct view body = visit->request->body;
	char sum[SHA256_TEXT_BYTES];
	struct upload upload;
	bool found;

	if (!read_creation(visit, &upload, sum, err)) {
		return false;
	}
	if (!visit->request->cut && body.len != 0 && body.len == upload.length) {
		return check_whole(visit, body, sum, err) && take_whole(visit, err);
	}
	/* The sum of a body that was cut is not known to be right. */
	if (visit->request->cut && visit->request->headers[HEADER_UPLOAD_CHECKSUM] != NULL) {
		body.len = 0;
	}
	if (!begin_upload(visit, &upload, sum[0] != '\0', &found, err) ||
		(upload.come == 0 && !uploads_append(visit->node, &upload, body, err))) {
		return false;
	}
	if (upload.finished) {
		visit->reply->content_type = SERVE_JSON;
		if (!uploads_result(visit->node, &upload, &visit->reply->body, err)) {
			return false;
		}
	}
	say_created(visit, &upload);
	return true;
}

/* ---- one upload ---------------------------------------------------- */

static bool find(struct visit *visit, struct upload *upload, struct err *err)
{
	uint8_t name[(UPLOAD_NAME_BYTES - 1) / 2];

	if (!hex_decode(name, sizeof(name), view_of(visit->rest))) {
		return err_set(err, ERR_NOT_FOUND, "no such name");
	}
	return uploads_find(visit->node, visit->rest, visit->device.id, upload, err);
}

/* All of it is here: take it in, and keep what became of it. */
static bool complete(struct visit *visit, struct upload *upload, struct err *err)
{
	struct received received = { 0 };
	struct buf whole = { 0 };
	char sum[SHA256_TEXT_BYTES];
	struct upload again = *upload;
	struct request request = *visit->request;
	struct visit stored = *visit;
	bool ok;

	request.headers[HEADER_UPLOAD_METADATA] = upload->metadata;
	stored.request = &request;
	ok = uploads_read(visit->node, upload, &whole, err) &&
		read_metadata(&stored, &again, sum, err);
	if (ok && !check_whole(visit, buf_as_view(&whole), sum, err)) {
		struct err ignored;

		ok = false;
		(void)!uploads_drop(visit->node, upload, &ignored);
	}
	ok = ok && bundles_take(visit, buf_as_view(&whole), &received, err) &&
		bundles_reply(visit, &received, err) &&
		uploads_finish(visit->node, upload, buf_as_view(&visit->reply->body), err);
	received_clear(&received);
	buf_clear(&whole);
	return ok;
}

static bool append(struct visit *visit, struct upload *upload, struct err *err)
{
	struct view body = visit->request->body;
	uint64_t offset;

	if (!check_type(visit, err) || !read_number(visit, HEADER_UPLOAD_OFFSET, &offset, err)) {
		return false;
	}
	if (offset != upload->come || (upload->finished && body.len != 0)) {
		return refuse(visit, 409, err, ERR_POSITION, "it stands elsewhere");
	}
	if (upload->finished) {
		return true;
	}
	if (body.len > upload->length - upload->come) {
		return err_set(err, ERR_TOO_LARGE, "more than was announced");
	}
	if (visit->request->cut) {
		/* The sum of a body that was cut is not known to be right. */
		return visit->request->headers[HEADER_UPLOAD_CHECKSUM] != NULL ||
			uploads_append(visit->node, upload, body, err);
	}
	return check_sum(visit, err) && uploads_append(visit->node, upload, body, err) &&
		(upload->come < upload->length || complete(visit, upload, err));
}

bool serve_upload_patch(struct visit *visit, struct err *err)
{
	struct upload upload;

	if (!check_version(visit, err) || !find(visit, &upload, err) ||
		!append(visit, &upload, err)) {
		return false;
	}
	reply_reset(visit->reply);
	say_where(visit, &upload, 204);
	return true;
}

bool serve_upload_head(struct visit *visit, struct err *err)
{
	struct upload upload;

	if (!check_version(visit, err) || !find(visit, &upload, err)) {
		return false;
	}
	reply_header_set(visit->reply, HEADER_UPLOAD_LENGTH, "%" PRIu64, upload.length);
	if (upload.metadata[0] != '\0') {
		reply_header_set(visit->reply, HEADER_UPLOAD_METADATA, "%s", upload.metadata);
	}
	say_where(visit, &upload, 200);
	return true;
}

/* What became of it. */
bool serve_upload_get(struct visit *visit, struct err *err)
{
	struct upload upload;

	if (!find(visit, &upload, err)) {
		return false;
	}
	visit->reply->status = 200;
	visit->reply->content_type = SERVE_JSON;
	if (upload.finished) {
		return uploads_result(visit->node, &upload, &visit->reply->body, err);
	}
	/* The server was stopped between the last byte and this. */
	if (upload.come == upload.length) {
		return complete(visit, &upload, err);
	}
	return reply_json_take(visit,
		json_pack("{s:i, s:I, s:I}", "schema", 1, "offset", (json_int_t)upload.come,
			"length", (json_int_t)upload.length),
		err);
}

bool serve_upload_delete(struct visit *visit, struct err *err)
{
	struct upload upload;

	if (!check_version(visit, err) || !find(visit, &upload, err) ||
		!uploads_drop(visit->node, &upload, err)) {
		return false;
	}
	visit->reply->status = 204;
	uploads_adorn(visit->request, visit->reply);
	return true;
}

/* POST with X-HTTP-Method-Override, for clients that cannot PATCH or DELETE. */
bool serve_upload_post(struct visit *visit, struct err *err)
{
	const char *method = visit->request->headers[HEADER_METHOD_OVERRIDE];

	if (method != NULL && strcmp(method, "PATCH") == 0) {
		return serve_upload_patch(visit, err);
	}
	if (method != NULL && strcmp(method, "DELETE") == 0) {
		return serve_upload_delete(visit, err);
	}
	return refuse(visit, 405, err, ERR_USAGE, "PATCH or DELETE");
}

bool exchange_keeps_cut(const struct request *request)
{
	return strcmp(request->method, "PATCH") == 0 || strcmp(request->method, "POST") == 0
		? strncmp(request->path, "/api/v1/uploads", strlen("/api/v1/uploads")) == 0
		: false;
}
