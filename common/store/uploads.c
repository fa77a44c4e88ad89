/* uploads.c -- see linli/uploads.h. */
#include "linli/uploads.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node_private.h"

/* The number of ${name}'s row. */
#define NUMBER "(SELECT number FROM upload WHERE name = ?1)"

static int64_t now_ms(const struct node *node)
{
	return node->env->now_ms(node->env->ctx);
}

/* Run ${sql} for the upload ${name}. */
static bool run_for(struct node *node, const char *sql, const char *name, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, sql);

	stmt_text_at(stmt, 1, view_of(name));
	return stmt_run(stmt, err);
}

static bool drop(struct node *node, const char *name, struct err *err)
{
	return run_for(node, "DELETE FROM upload_piece WHERE upload = " NUMBER, name, err) &&
		run_for(node, "DELETE FROM upload WHERE name = ?1", name, err);
}

/* What nobody has added to for long goes. */
static bool sweep(struct node *node, struct err *err)
{
	struct stmt *pieces = db_prepare(node->db,
		"DELETE FROM upload_piece WHERE upload IN "
		"(SELECT number FROM upload WHERE expires_ms <= ?1)");
	struct stmt *stmt =
		db_prepare(node->db, "DELETE FROM upload WHERE expires_ms <= ?1");

	stmt_int_at(pieces, 1, now_ms(node));
	stmt_int_at(stmt, 1, now_ms(node));
	return stmt_run(pieces, err) && stmt_run(stmt, err);
}

/* A device's uploads, or (NULL) all: how many, and how many bytes were announced. */
static bool announced(struct node *node, const char *device, int64_t *count, int64_t *bytes,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT count(*), coalesce(sum(CASE WHEN result IS NULL THEN length ELSE 0 END), 0) "
		"FROM upload WHERE ?1 IS NULL OR device = ?1");
	bool row;

	if (device != NULL) {
		stmt_text_at(stmt, 1, view_of(device));
	} else {
		stmt_null_at(stmt, 1);
	}
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	*count = stmt_get_int(stmt, 0);
	*bytes = stmt_get_int(stmt, 1);
	stmt_reset(stmt);
	return true;
}

static bool drop_oldest(struct node *node, const char *device, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT name FROM upload WHERE device = ?1 ORDER BY number LIMIT 1");
	char name[UPLOAD_NAME_BYTES] = "";
	struct view text;
	bool row;

	stmt_text_at(stmt, 1, view_of(device));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row) {
		text = stmt_get_text(stmt, 0);
		snprintf(name, sizeof(name), "%.*s", (int)text.len, text.data);
	}
	stmt_reset(stmt);
	return drop(node, name, err);
}

static bool make_room(struct node *node, const char *device, uint64_t length, struct err *err)
{
	int64_t count, bytes;

	for (;;) {
		if (!announced(node, device, &count, &bytes, err)) {
			return false;
		}
		if (count < UPLOADS_OF_DEVICE &&
			bytes + (int64_t)length <= UPLOADS_OF_DEVICE_BYTES) {
			break;
		}
		if (!drop_oldest(node, device, err)) {
			return false;
		}
	}
	if (!announced(node, NULL, &count, &bytes, err)) {
		return false;
	}
	return bytes + (int64_t)length <= UPLOADS_BYTES ||
		err_set(err, ERR_BUSY, "no room for more uploads");
}

static bool insert(struct node *node, const struct upload *upload, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO upload (name, device, length, come, expires_ms, metadata) "
		"VALUES (?1, ?2, ?3, 0, ?4, ?5)");
	char device[DEVICE_TEXT_BYTES];

	device_id_print(device, upload->device);
	if (!sweep(node, err) || !make_room(node, device, upload->length, err)) {
		return false;
	}
	stmt_text_at(stmt, 1, view_of(upload->name));
	stmt_text_at(stmt, 2, view_of(device));
	stmt_int_at(stmt, 3, (int64_t)upload->length);
	stmt_int_at(stmt, 4, upload->expires_ms);
	stmt_text_at(stmt, 5, view_of(upload->metadata));
	return stmt_run(stmt, err);
}

bool uploads_begin(struct node *node, struct upload *upload, struct err *err)
{
	if (upload->length > UPLOAD_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "an upload of more than %d bytes",
			UPLOAD_MAX_BYTES);
	}
	upload->come = 0;
	upload->finished = false;
	upload->expires_ms = now_ms(node) + UPLOAD_VALID_MS;
	if (!node_begin(node, err)) {
		return false;
	}
	if (!insert(node, upload, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

bool uploads_find(struct node *node, const char *name, struct device_id device,
	struct upload *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT length, come, expires_ms, metadata, result IS NOT NULL FROM upload "
		"WHERE name = ?1 AND device = ?2 AND expires_ms > ?3");
	char text[DEVICE_TEXT_BYTES];
	struct view metadata;
	bool row;

	device_id_print(text, device);
	stmt_text_at(stmt, 1, view_of(name));
	stmt_text_at(stmt, 2, view_of(text));
	stmt_int_at(stmt, 3, now_ms(node));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row) {
		return err_set(err, ERR_NOT_FOUND, "no such upload");
	}
	*out = (struct upload){ .device = device,
		.length = (uint64_t)stmt_get_int(stmt, 0),
		.come = (uint64_t)stmt_get_int(stmt, 1),
		.expires_ms = stmt_get_int(stmt, 2),
		.finished = stmt_get_int(stmt, 4) != 0 };
	snprintf(out->name, sizeof(out->name), "%s", name);
	metadata = stmt_get_text(stmt, 3);
	snprintf(out->metadata, sizeof(out->metadata), "%.*s", (int)metadata.len, metadata.data);
	stmt_reset(stmt);
	return true;
}

/* Is one more piece allowed? */
static bool has_room(struct node *node, const struct upload *upload, struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "SELECT count(*) FROM upload_piece WHERE upload = " NUMBER);
	int64_t count;
	bool row;

	stmt_text_at(stmt, 1, view_of(upload->name));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	count = stmt_get_int(stmt, 0);
	stmt_reset(stmt);
	return count < UPLOAD_PIECES_MAX ||
		err_set(err, ERR_TOO_LARGE, "an upload in over %d pieces", UPLOAD_PIECES_MAX);
}

static bool append(
	struct node *node, const struct upload *upload, struct view bytes, struct err *err)
{
	struct stmt *piece = db_prepare(node->db,
		"INSERT INTO upload_piece (upload, start, bytes) VALUES (" NUMBER ", ?2, ?3)");
	struct stmt *stmt = db_prepare(node->db,
		"UPDATE upload SET come = ?2, expires_ms = ?3 WHERE name = ?1");

	stmt_text_at(piece, 1, view_of(upload->name));
	stmt_int_at(piece, 2, (int64_t)upload->come);
	stmt_blob_at(piece, 3, bytes.data, bytes.len);
	stmt_text_at(stmt, 1, view_of(upload->name));
	stmt_int_at(stmt, 2, (int64_t)(upload->come + bytes.len));
	stmt_int_at(stmt, 3, now_ms(node) + UPLOAD_VALID_MS);
	return has_room(node, upload, err) && stmt_run(piece, err) && stmt_run(stmt, err);
}

bool uploads_append(
	struct node *node, struct upload *upload, struct view bytes, struct err *err)
{
	assert(!upload->finished && bytes.len <= upload->length - upload->come);
	if (bytes.len == 0) {
		return true;
	}
	if (!node_begin(node, err)) {
		return false;
	}
	if (!append(node, upload, bytes, err)) {
		node_abort(node);
		return false;
	}
	if (!node_commit(node, err)) {
		return false;
	}
	upload->come += bytes.len;
	upload->expires_ms = now_ms(node) + UPLOAD_VALID_MS;
	return true;
}

bool uploads_read(
	struct node *node, const struct upload *upload, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT start, bytes FROM upload_piece WHERE upload = " NUMBER " ORDER BY start");
	size_t begin = out->len;
	bool ok = true, row = true;

	stmt_text_at(stmt, 1, view_of(upload->name));
	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row && stmt_get_int(stmt, 0) != (int64_t)(out->len - begin)) {
			ok = err_set(err, ERR_STORE, "an upload with a gap");
		}
		if (ok && row) {
			buf_view(out, stmt_get_blob(stmt, 1));
		}
	}
	stmt_reset(stmt);
	return ok && buf_ok(out, err);
}

static bool finish(
	struct node *node, const struct upload *upload, struct view result, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"UPDATE upload SET result = ?2, come = length WHERE name = ?1");

	stmt_text_at(stmt, 1, view_of(upload->name));
	stmt_text_at(stmt, 2, result);
	return run_for(node, "DELETE FROM upload_piece WHERE upload = " NUMBER, upload->name,
		       err) &&
		stmt_run(stmt, err);
}

bool uploads_finish(
	struct node *node, struct upload *upload, struct view result, struct err *err)
{
	if (result.len > UPLOAD_RESULT_MAX_BYTES) {
		return uploads_drop(node, upload, err);
	}
	if (!node_begin(node, err)) {
		return false;
	}
	if (!finish(node, upload, result, err)) {
		node_abort(node);
		return false;
	}
	upload->finished = true;
	return node_commit(node, err);
}

bool uploads_result(
	struct node *node, const struct upload *upload, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT result FROM upload WHERE name = ?1");
	bool row;

	stmt_text_at(stmt, 1, view_of(upload->name));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row || stmt_is_null(stmt, 0)) {
		stmt_reset(stmt);
		return err_set(err, ERR_NOT_FOUND, "it has no result");
	}
	buf_view(out, stmt_get_text(stmt, 0));
	stmt_reset(stmt);
	return buf_ok(out, err);
}

bool uploads_drop(struct node *node, const struct upload *upload, struct err *err)
{
	if (!node_begin(node, err)) {
		return false;
	}
	if (!drop(node, upload->name, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

bool uploads_count(struct node *node, uint64_t *uploads, uint64_t *bytes, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT count(*), coalesce((SELECT sum(length(bytes)) FROM upload_piece), 0) "
		"FROM upload");
	bool row;

	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	*uploads = (uint64_t)stmt_get_int(stmt, 0);
	*bytes = (uint64_t)stmt_get_int(stmt, 1);
	stmt_reset(stmt);
	return true;
}
