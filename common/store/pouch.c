/* pouch.c -- what is kept to be handed on, and the list of what was; see linli/pouch.h. */
#include "linli/pouch.h"

#include <stdio.h>
#include <string.h>

#include "node_private.h"

static int64_t oldest_ms(const struct node *node)
{
	return node->env->now_ms(node->env->ctx) - POUCH_MAX_AGE_MS;
}

/* Run a statement in a transaction. */
static bool run(struct node *node, struct stmt *stmt, struct err *err)
{
	if (!node_begin(node, err)) {
		stmt_reset(stmt);
		return false;
	}
	if (!stmt_run(stmt, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

bool pouch_each(struct node *node,
	bool (*each)(void *ctx, const struct pouch_file *file, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT name, sender, received_ms, length(data) FROM pouch "
		"WHERE received_ms >= ?1 ORDER BY name");
	bool ok = true, row = true;

	stmt_int_at(stmt, 1, oldest_ms(node));
	while (ok && row) {
		struct pouch_file file = { .name = "" };
		struct view name;

		ok = stmt_step(stmt, &row, err);
		if (!ok || !row) {
			break;
		}
		name = stmt_get_text(stmt, 0);
		snprintf(file.name, sizeof(file.name), "%.*s", (int)name.len, name.data);
		file.received_ms = stmt_get_int(stmt, 2);
		file.bytes = (uint64_t)stmt_get_int(stmt, 3);
		ok = device_id_parse(&file.from, stmt_get_text(stmt, 1))
			? each(ctx, &file, err)
			: err_set(err, ERR_STORE, "a damaged row of table pouch");
	}
	stmt_reset(stmt);
	return ok;
}

bool pouch_get(struct node *node, const char *name, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT data FROM pouch WHERE name = ?1 AND received_ms >= ?2");
	bool row, ok;

	stmt_text_at(stmt, 1, view_of(name));
	stmt_int_at(stmt, 2, oldest_ms(node));
	ok = stmt_step(stmt, &row, err) &&
		(row || err_set(err, ERR_NOT_FOUND, "no file of that name is kept"));
	if (ok) {
		buf_view(out, stmt_get_blob(stmt, 0));
	}
	stmt_reset(stmt);
	return ok && buf_ok(out, err);
}

bool pouch_from(struct node *node, const char *name, struct device_id *out)
{
	struct stmt *stmt =
		db_prepare(node->db, "SELECT sender FROM pouch WHERE name = ?1 AND received_ms >= ?2");
	struct err ignored;
	bool row, ok;

	stmt_text_at(stmt, 1, view_of(name));
	stmt_int_at(stmt, 2, oldest_ms(node));
	ok = stmt_step(stmt, &row, &ignored) && row &&
		device_id_parse(out, stmt_get_text(stmt, 0));
	stmt_reset(stmt);
	return ok;
}

/* Is there room for ${len} bytes under ${name}, in place of what is there? */
static bool room_for(struct node *node, const char *name, size_t len, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT count(*), coalesce(sum(length(data)), 0), "
		"coalesce(sum(CASE WHEN substr(name, 1, 32) = substr(?1, 1, 32) "
		"THEN length(data) ELSE 0 END), 0) FROM pouch WHERE name <> ?1");
	int64_t files, all, parcel;
	bool row;

	stmt_text_at(stmt, 1, view_of(name));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	files = stmt_get_int(stmt, 0);
	all = stmt_get_int(stmt, 1);
	parcel = stmt_get_int(stmt, 2);
	stmt_reset(stmt);
	return (files < POUCH_MAX_FILES && all + (int64_t)len <= POUCH_MAX_BYTES &&
		       parcel + (int64_t)len <= POUCH_PARCEL_MAX_BYTES) ||
		err_set(err, ERR_TOO_LARGE,
			ERR_BOTH("代为转交的地方已满", "no room is left for what is to be handed on"));
}

static bool put(struct node *node, const char *name, struct device_id from, struct view data,
	struct err *err)
{
	struct stmt *aged = db_prepare(node->db, "DELETE FROM pouch WHERE received_ms < ?1");
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO pouch (name, sender, received_ms, lines, digest, data) "
		"VALUES (?1, ?2, ?3, 0, NULL, ?4) ON CONFLICT (name) DO UPDATE SET "
		"sender = excluded.sender, received_ms = excluded.received_ms, "
		"lines = 0, digest = NULL, data = excluded.data");
	char device[DEVICE_TEXT_BYTES];

	stmt_int_at(aged, 1, oldest_ms(node));
	if (!stmt_run(aged, err) || !room_for(node, name, data.len, err)) {
		return false;
	}
	device_id_print(device, from);
	stmt_text_at(stmt, 1, view_of(name));
	stmt_text_at(stmt, 2, view_of(device));
	stmt_int_at(stmt, 3, node->env->now_ms(node->env->ctx));
	stmt_blob_at(stmt, 4, data.data, data.len);
	return stmt_run(stmt, err);
}

bool pouch_put(struct node *node, const char *name, struct device_id from, struct view data,
	struct err *err)
{
	if (!node_begin(node, err)) {
		return false;
	}
	if (!put(node, name, from, data, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

bool pouch_drop(struct node *node, const char *name, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "DELETE FROM pouch WHERE name = ?1");

	stmt_text_at(stmt, 1, view_of(name));
	return run(node, stmt, err);
}

bool pouch_note(struct node *node, const char *token, uint64_t lines, const uint8_t digest[32],
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"UPDATE pouch SET lines = ?2, digest = ?3 WHERE name = ?1 || '.heads'");

	stmt_text_at(stmt, 1, view_of(token));
	stmt_int_at(stmt, 2, (int64_t)lines);
	stmt_blob_at(stmt, 3, digest, 32);
	return run(node, stmt, err);
}

bool pouch_noted(struct node *node, const char *token, uint64_t *lines, uint8_t digest[32])
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT lines, digest FROM pouch WHERE name = ?1 || '.heads' AND received_ms >= ?2");
	struct err ignored;
	struct view kept;
	bool row, ok;

	stmt_text_at(stmt, 1, view_of(token));
	stmt_int_at(stmt, 2, oldest_ms(node));
	ok = stmt_step(stmt, &row, &ignored) && row;
	if (ok) {
		kept = stmt_get_blob(stmt, 1);
		ok = kept.len == 32;
		*lines = (uint64_t)stmt_get_int(stmt, 0);
		if (ok) {
			memcpy(digest, kept.data, 32);
		}
	}
	stmt_reset(stmt);
	return ok;
}

/* ---- custody --------------------------------------------------------- */

static bool add(struct node *node, const struct custody *custody, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO custody (at_ms, given, peer, writer, audience, token, files, bytes, "
		"lines, receipt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
	struct stmt *cut = db_prepare(node->db,
		"DELETE FROM custody WHERE number <= (SELECT max(number) FROM custody) - ?1");
	char peer[DEVICE_TEXT_BYTES], writer[DEVICE_TEXT_BYTES];

	device_id_print(peer, custody->peer);
	device_id_print(writer, custody->writer);
	stmt_int_at(stmt, 1, custody->at_ms);
	stmt_int_at(stmt, 2, custody->given ? 1 : 0);
	stmt_text_at(stmt, 3, view_of(peer));
	stmt_text_at(stmt, 4, view_of(writer));
	stmt_text_at(stmt, 5, view_of(custody->audience));
	stmt_text_at(stmt, 6, view_of(custody->token));
	stmt_int_at(stmt, 7, custody->files);
	stmt_int_at(stmt, 8, custody->bytes);
	stmt_int_at(stmt, 9, custody->lines);
	stmt_text_at(stmt, 10, view_of(custody->receipt));
	stmt_int_at(cut, 1, CUSTODY_MAX_ROWS);
	return stmt_run(stmt, err) && stmt_run(cut, err);
}

bool custody_add(struct node *node, const struct custody *custody, struct err *err)
{
	if (!node_begin(node, err)) {
		return false;
	}
	if (!add(node, custody, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

bool custody_count(struct node *node, const char *token, uint64_t lines, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"UPDATE custody SET lines = CASE WHEN lines < 0 THEN 0 ELSE lines END + ?2 "
		"WHERE number = "
		"(SELECT max(number) FROM custody WHERE token = ?1 AND given = 0)");

	stmt_text_at(stmt, 1, view_of(token));
	stmt_int_at(stmt, 2, (int64_t)lines);
	return run(node, stmt, err);
}

static bool read_custody(struct custody *out, struct buf *receipt, struct stmt *stmt, struct err *err)
{
	struct view audience = stmt_get_text(stmt, 4), token = stmt_get_text(stmt, 5);

	memset(out, 0, sizeof(*out));
	out->at_ms = stmt_get_int(stmt, 0);
	out->given = stmt_get_int(stmt, 1) != 0;
	snprintf(out->audience, sizeof(out->audience), "%.*s", (int)audience.len, audience.data);
	snprintf(out->token, sizeof(out->token), "%.*s", (int)token.len, token.data);
	out->files = stmt_get_int(stmt, 6);
	out->bytes = stmt_get_int(stmt, 7);
	out->lines = stmt_get_int(stmt, 8);
	buf_reset(receipt);
	buf_view(receipt, stmt_get_text(stmt, 9));
	out->receipt = buf_str(receipt);
	return (device_id_parse(&out->peer, stmt_get_text(stmt, 2)) &&
		       device_id_parse(&out->writer, stmt_get_text(stmt, 3))) ||
		err_set(err, ERR_STORE, "a damaged row of table custody");
}

bool custody_each(struct node *node,
	bool (*each)(void *ctx, const struct custody *custody, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT at_ms, given, peer, writer, audience, token, files, bytes, lines, receipt "
		"FROM custody ORDER BY number DESC");
	struct buf receipt = { 0 };
	struct custody custody;
	bool ok = true, row = true;

	while (ok && row) {
		ok = stmt_step(stmt, &row, err) &&
			(!row || (read_custody(&custody, &receipt, stmt, err) &&
					 each(ctx, &custody, err)));
	}
	stmt_reset(stmt);
	buf_clear(&receipt);
	return ok;
}
