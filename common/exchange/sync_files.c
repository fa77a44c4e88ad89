/*
 * sync_files.c -- files over a line that breaks: up by tus, down by range,
 * each going on at the byte that came last; see sync.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sha256.h"
#include "sync.h"
#include "uploads_name.h"

#define TUS_VERSION "1.0.0"
#define TUS_TYPE "application/offset+octet-stream"
#define STEPS_MAX 10000
#define STATUS_CHECKSUM 460

/* ---- up ------------------------------------------------------------ */

enum upload_state { UP_LOOK, UP_CREATE, UP_APPEND, UP_RESULT, UP_DONE };

struct upload_run {
	struct peer *peer;
	struct view file;
	enum upload_state state;
	uint64_t offset, best; /* that the server has; and had at most */
	char path[sizeof("uploads/") + UPLOAD_NAME_BYTES];
	struct buf metadata;
};

static bool read_offset(struct upload_run *up, struct err *err)
{
	const char *text = reply_header(&up->peer->reply, HEADER_UPLOAD_OFFSET);
	int64_t offset;

	if (text == NULL || !int64_parse(&offset, view_of(text)) || offset < 0 ||
		(uint64_t)offset > up->file.len) {
		return err_set(err, ERR_FORMAT, "the server does not say how much has come");
	}
	up->offset = (uint64_t)offset;
	if (up->offset > up->best) {
		up->best = up->offset;
		up->peer->failures = 0;
	}
	up->state = up->offset == up->file.len ? UP_RESULT : UP_APPEND;
	return true;
}

static struct call tus_call(const char *method, const char *path)
{
	struct call call = { .method = method, .path = path };

	call.headers[HEADER_TUS_RESUMABLE] = TUS_VERSION;
	return call;
}

static bool is_gone(const struct peer *peer)
{
	return peer->reply.status == 404 || peer->reply.status == 410;
}

/* The reply is no success: can it be tried again? */
static bool spoilt(struct upload_run *up, struct err *err)
{
	unsigned status = up->peer->reply.status;

	if (status == STATUS_CHECKSUM) {
		return err_set(err, ERR_NETWORK, "the file was damaged on its way");
	}
	/* More or less has come than was thought, or nothing is there any more. */
	if (status == 409 || is_gone(up->peer)) {
		return err_set(err, ERR_NETWORK, "the upload stands elsewhere");
	}
	return peer_refused(up->peer, err);
}

static bool look(struct upload_run *up, struct err *err)
{
	const struct call call = tus_call("HEAD", up->path);

	if (!peer_try(up->peer, &call, err)) {
		return false;
	}
	if (is_gone(up->peer)) {
		up->state = UP_CREATE;
		return true;
	}
	return up->peer->reply.status == 200 ? read_offset(up, err) : peer_refused(up->peer, err);
}

static bool create(struct upload_run *up, struct err *err)
{
	struct call call = tus_call("POST", "uploads");
	char length[24];

	snprintf(length, sizeof(length), "%zu", up->file.len);
	call.content_type = TUS_TYPE;
	call.headers[HEADER_UPLOAD_LENGTH] = length;
	call.headers[HEADER_UPLOAD_METADATA] = buf_str(&up->metadata);
	call.body = up->file;
	if (!peer_try(up->peer, &call, err)) {
		return false;
	}
	if (up->peer->reply.status != 201) {
		return spoilt(up, err);
	}
	if (!read_offset(up, err)) {
		return false;
	}
	if (up->state == UP_RESULT && up->peer->reply.body.len != 0) {
		up->state = UP_DONE;
	}
	return true;
}

static bool append(struct upload_run *up, struct err *err)
{
	struct call call = tus_call("PATCH", up->path);
	char offset[24];

	snprintf(offset, sizeof(offset), "%" PRIu64, up->offset);
	call.content_type = TUS_TYPE;
	call.headers[HEADER_UPLOAD_OFFSET] = offset;
	call.body = (struct view){ up->file.data + up->offset, up->file.len - up->offset };
	if (!peer_try(up->peer, &call, err)) {
		return false;
	}
	return up->peer->reply.status == 204 ? read_offset(up, err) : spoilt(up, err);
}

static bool result(struct upload_run *up, struct err *err)
{
	const struct call call = { .method = "GET", .path = up->path };

	if (!peer_try(up->peer, &call, err)) {
		return false;
	}
	if (up->peer->reply.status != 200) {
		return peer_refused(up->peer, err);
	}
	up->state = UP_DONE;
	return true;
}

static bool step(struct upload_run *up, struct err *err)
{
	switch (up->state) {
	case UP_LOOK:
		return look(up, err);
	case UP_CREATE:
		return create(up, err);
	case UP_APPEND:
		return append(up, err);
	case UP_RESULT:
		return result(up, err);
	case UP_DONE:
		break;
	}
	return true;
}

static void begin_upload(struct upload_run *up, struct sync *sync, struct view file, bool begun)
{
	char sum[SHA256_TEXT_BYTES], name[UPLOAD_NAME_BYTES];

	*up = (struct upload_run){ .peer = &sync->peer, .file = file,
		.state = begun ? UP_LOOK : UP_CREATE };
	sha256_hex(sum, file.data, file.len);
	upload_name(name, node_device(sync->node), sum);
	snprintf(up->path, sizeof(up->path), "uploads/%s", name);
	buf_text(&up->metadata, "sha256 ");
	base64_encode(&up->metadata, sum, strlen(sum), true);
}

bool sync_send_file(struct sync *sync, struct view file, bool begun, struct err *err)
{
	struct upload_run up;
	unsigned steps = 0;
	bool ok;

	begin_upload(&up, sync, file, begun);
	ok = buf_ok(&up.metadata, err);
	while (ok && up.state != UP_DONE) {
		if (++steps > STEPS_MAX) {
			ok = err_set(err, ERR_NETWORK, "the server does not come to an end");
		} else if (!step(&up, err)) {
			ok = peer_again(up.peer, err);
			up.state = UP_LOOK;
		}
	}
	if (ok) {
		sync->peer.failures = 0;
	}
	buf_clear(&up.metadata);
	return ok;
}

/* ---- down ---------------------------------------------------------- */

struct download_run {
	struct sync *sync;
	const char *query; /* NULL: not one that is kept */
	struct rest_download *rest;
	bool begun;    /* the reply that runs has brought something */
	size_t before; /* bytes when the last try began */
	size_t kept;   /* bytes in the home folder */
};

/* The first of a reply's bytes: the whole anew, or what follows? */
static bool begin_reply(struct download_run *down, const struct reply *reply, struct err *err)
{
	const char *etag = reply_header(reply, HEADER_ETAG);
	uint64_t from, last, total;

	down->begun = true;
	if (reply->status == 200) {
		buf_reset(&down->rest->file);
		snprintf(down->rest->etag, sizeof(down->rest->etag), "%s",
			etag != NULL && strlen(etag) < sizeof(down->rest->etag) ? etag : "");
		return true;
	}
	return (content_range_parse(reply_header(reply, HEADER_CONTENT_RANGE), &from, &last,
			&total) &&
		       from == down->rest->file.len) ||
		err_set(err, ERR_FORMAT, "the server sends another part than was asked for");
}

static bool take_piece(void *ctx, const struct reply *reply, struct view piece, struct err *err)
{
	struct download_run *down = ctx;
	struct buf *file = &down->rest->file;

	if (!down->begun && !begin_reply(down, reply, err)) {
		return false;
	}
	if (piece.len > MESSAGE_BODY_MAX_BYTES - file->len) {
		return err_set(err, ERR_TOO_LARGE, "a file of over %d bytes",
			MESSAGE_BODY_MAX_BYTES);
	}
	buf_view(file, piece);
	if (down->query != NULL && file->len >= down->kept + REST_EACH_BYTES) {
		rest_save_download(
			down->sync->node, down->query, down->rest->etag, buf_as_view(file));
		down->kept = file->len;
	}
	return buf_ok(file, err);
}

/* The tag of our own servers is the content's SHA-256: does it fit? */
static bool whole_fits(const struct rest_download *rest)
{
	char sum[SHA256_TEXT_BYTES];

	if (strlen(rest->etag) != SHA256_TEXT_BYTES + 1) {
		return true;
	}
	sha256_hex(sum, rest->file.data, rest->file.len);
	return strncmp(rest->etag + 1, sum, strlen(sum)) == 0;
}

/* The reply has come to its end: is it all there? */
static bool finish_reply(struct download_run *down, bool resumed, struct err *err)
{
	struct peer *peer = &down->sync->peer;
	unsigned status = peer->reply.status;
	uint64_t from, last, total;

	if (status == 416 || (status == 206 && !resumed)) {
		buf_reset(&down->rest->file);
		return err_set(err, ERR_NETWORK, "the file has changed");
	}
	if (status != 200 && status != 206) {
		return peer_refused(peer, err);
	}
	if (!down->begun && status == 200) {
		buf_reset(&down->rest->file);
		return true;
	}
	if (status == 206 &&
		(!content_range_parse(reply_header(&peer->reply, HEADER_CONTENT_RANGE), &from,
			 &last, &total) ||
			total != down->rest->file.len)) {
		return err_set(err, ERR_NETWORK, "the server sent less than it said");
	}
	if (!whole_fits(down->rest)) {
		buf_reset(&down->rest->file);
		return err_set(err, ERR_NETWORK, "the file was damaged on its way");
	}
	return true;
}

static bool ask(struct download_run *down, const char *path, struct err *err)
{
	struct rest_download *rest = down->rest;
	struct call call = { .method = "GET", .path = path, .query = down->rest->query,
		.take = take_piece, .take_ctx = down };
	bool resumed = rest->file.len != 0 && rest->etag[0] != '\0';
	char range[40];

	down->begun = false;
	down->before = rest->file.len;
	if (resumed) {
		snprintf(range, sizeof(range), "bytes=%zu-", rest->file.len);
		call.headers[HEADER_RANGE] = range;
		call.headers[HEADER_IF_RANGE] = rest->etag;
	}
	if (!peer_try(&down->sync->peer, &call, err)) {
		if (rest->etag[0] == '\0') {
			buf_reset(&rest->file); /* it cannot be gone on with */
		}
		return false;
	}
	return finish_reply(down, resumed, err);
}

bool sync_get_file(
	struct sync *sync, const char *path, bool keep, struct rest_download *rest, struct err *err)
{
	struct download_run down = { .sync = sync, .rest = rest, .kept = rest->file.len,
		.query = keep ? rest->query : NULL };

	while (!ask(&down, path, err)) {
		if (rest->file.len > down.before) {
			sync->peer.failures = 0;
		}
		if (!peer_again(&sync->peer, err)) {
			if (keep && rest->etag[0] != '\0' && rest->file.len >= REST_LEAST_BYTES) {
				rest_save_download(
					sync->node, rest->query, rest->etag, buf_as_view(&rest->file));
			}
			return false;
		}
	}
	sync->peer.failures = 0;
	if (keep && down.kept != 0) {
		rest_drop_download(sync->node);
	}
	return true;
}
