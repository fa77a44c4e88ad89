/* serve_reply.c -- replies and errors as JSON; see serve.h. */
#include <stdio.h>

#include "serve.h"
#include "sha256.h"

json_t *reply_object(void)
{
	return json_pack("{s:i}", "schema", 1);
}

bool reply_json_take(struct visit *visit, json_t *value, struct err *err)
{
	visit->reply->status = 200;
	visit->reply->content_type = SERVE_JSON;
	return json_write_take(&visit->reply->body, value, false, err);
}

void reply_tagged(struct visit *visit)
{
	const struct buf *body = &visit->reply->body;
	char sum[SHA256_TEXT_BYTES], etag[SHA256_TEXT_BYTES + 2];

	sha256_hex(sum, body->data, body->len);
	snprintf(etag, sizeof(etag), "\"%s\"", sum);
	reply_ranged(visit->reply, visit->request, etag);
}

static unsigned status_of(enum err_code code)
{
	switch (code) {
	case ERR_FORMAT:
	case ERR_USAGE:
	case ERR_VALUE:
	case ERR_HASH:
		return 400;
	case ERR_UNKNOWN_DEVICE:
	case ERR_SIGNATURE:
	case ERR_SESSION:
		return 401;
	case ERR_SCOPE:
	case ERR_REVOKED:
	case ERR_INVITATION:
	case ERR_FEDERATION:
	case ERR_KEY:
		return 403;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_EXISTS:
	case ERR_POSITION:
	case ERR_FORK:
		return 409;
	case ERR_TOO_LARGE:
		return 413;
	case ERR_BUSY:
	case ERR_NOMEM:
		return 503;
	case ERR_DISK_FULL:
		return 507;
	default:
		return 500;
	}
}

void reply_error(struct reply *reply, const struct err *err, unsigned status, bool show_detail)
{
	json_t *error = json_pack("{s:s, s:s, s:s}", "code", err_name(err->code), "sentence",
		err_sentence(err->code, true), "sentence_en", err_sentence(err->code, false));
	struct err ignored;

	reply_reset(reply);
	reply->status = status != 0 ? status : status_of(err->code);
	reply->content_type = SERVE_JSON;
	/* A detail cut in the middle of a character is left out. */
	if (error != NULL && show_detail &&
		json_object_set_new(error, "detail", json_string(err->detail)) != 0) {
		json_object_del(error, "detail");
	}
	if (!json_write_take(&reply->body, json_pack("{s:i, s:o}", "schema", 1, "error", error),
		    false, &ignored)) {
		buf_reset(&reply->body); /* the status says it all */
	}
}
