/* objects.c -- git objects and attachments in the store; see node_private.h. */
#include <string.h>

#include "deflate.h"
#include "node_private.h"
#include "sha256.h"

#define OBJECT_MAX_BYTES (64 * 1024 * 1024)

bool object_put(struct node *node, const struct oid *oid, enum git_type type, size_t size,
	struct view deflated, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO object (oid, type, size, deflated) VALUES (?1, ?2, ?3, ?4) "
		"ON CONFLICT (oid) DO NOTHING");

	stmt_blob_at(stmt, 1, oid->bytes, sizeof(oid->bytes));
	stmt_int_at(stmt, 2, type);
	stmt_int_at(stmt, 3, (int64_t)size);
	stmt_blob_at(stmt, 4, deflated.data, deflated.len);
	return stmt_run(stmt, err);
}

/* The object's row; the statement must be reset by the caller. */
static bool find_object(struct node *node, const struct oid *oid, struct stmt **out,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT type, size, deflated FROM object WHERE oid = ?1");
	char hex[OID_TEXT_BYTES];
	bool row;

	stmt_blob_at(stmt, 1, oid->bytes, sizeof(oid->bytes));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row) {
		oid_print(hex, oid);
		return err_set(err, ERR_NOT_FOUND, "no object %s", hex);
	}
	*out = stmt;
	return true;
}

bool object_get_deflated(struct node *node, const struct oid *oid, enum git_type *type,
	size_t *size, struct buf *out, struct err *err)
{
	struct stmt *stmt = NULL;

	if (!find_object(node, oid, &stmt, err)) {
		return false;
	}
	*type = (enum git_type)stmt_get_int(stmt, 0);
	*size = (size_t)stmt_get_int(stmt, 1);
	buf_view(out, stmt_get_blob(stmt, 2));
	stmt_reset(stmt);
	return buf_ok(out, err);
}

bool object_get(struct node *node, const struct oid *oid, enum git_type *type, struct buf *out,
	struct err *err)
{
	struct stmt *stmt = NULL;
	int64_t size;
	size_t used;
	bool ok;

	if (!find_object(node, oid, &stmt, err)) {
		return false;
	}
	*type = (enum git_type)stmt_get_int(stmt, 0);
	size = stmt_get_int(stmt, 1);
	ok = size >= 0 && size <= OBJECT_MAX_BYTES ?
		deflate_unpack(out, stmt_get_blob(stmt, 2), &used, (size_t)size, err) :
		err_set(err, ERR_STORE, "an object of impossible size");
	stmt_reset(stmt);
	return ok;
}

bool file_put(struct node *node, const uint8_t sha256[32], const struct oid *oid,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO file (sha256, oid) VALUES (?1, ?2) ON CONFLICT (sha256) DO NOTHING");

	stmt_blob_at(stmt, 1, sha256, 32);
	stmt_blob_at(stmt, 2, oid->bytes, sizeof(oid->bytes));
	return stmt_run(stmt, err);
}

bool file_keep(struct node *node, struct view data, char hex[65], struct err *err)
{
	struct buf deflated = { 0 };
	uint8_t hash[32];
	struct oid oid;
	bool ok;

	sha256(hash, data.data, data.len);
	hex_encode(hex, hash, sizeof(hash));
	ok = git_oid_of(&oid, GIT_TYPE_BLOB, data, err) && deflate_pack(&deflated, data, err) &&
		object_put(node, &oid, GIT_TYPE_BLOB, data.len, buf_as_view(&deflated), err) &&
		file_put(node, hash, &oid, err);
	buf_clear(&deflated);
	return ok;
}

bool file_find(struct node *node, struct view hex, struct oid *oid, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT oid FROM file WHERE sha256 = ?1");
	uint8_t hash[32];
	struct view found;
	bool row;

	if (!hex_decode(hash, sizeof(hash), hex)) {
		return err_set(err, ERR_NOT_FOUND, "no attachment has that name");
	}
	stmt_blob_at(stmt, 1, hash, sizeof(hash));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row) {
		return err_set(err, ERR_NOT_FOUND, "attachment %.*s is not here", (int)hex.len,
			hex.data);
	}
	found = stmt_get_blob(stmt, 0);
	if (found.len == sizeof(oid->bytes)) {
		memcpy(oid->bytes, found.data, sizeof(oid->bytes));
	}
	stmt_reset(stmt);
	return found.len == sizeof(oid->bytes) || err_set(err, ERR_STORE, "a damaged file row");
}
