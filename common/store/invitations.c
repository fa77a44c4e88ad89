/* invitations.c -- see invitations.h. */
#include <string.h>

#include "db.h"
#include "invitations.h"
#include "node_private.h"

bool invitations_add(struct node *node, const struct invitation_row *row, struct err *err)
{
	struct stmt *stmt = db_prepare(node_db(node),
		"INSERT INTO invitation (name, community, secret, expires_ms) "
		"VALUES (:name, :community, :secret, :expires)");

	stmt_text(stmt, ":name", view_of(row->name));
	stmt_text(stmt, ":community", view_of(row->community));
	stmt_blob(stmt, ":secret", row->secret, sizeof(row->secret));
	stmt_int(stmt, ":expires", row->expires_ms);
	return stmt_run(stmt, err);
}

/* False: the row is not one that invitations_add() wrote. */
static bool read_row(struct invitation_row *out, const char *name, struct stmt *stmt)
{
	struct view community = stmt_get_text(stmt, 0), secret = stmt_get_blob(stmt, 1);

	memset(out, 0, sizeof(*out));
	if (strlen(name) >= sizeof(out->name) || community.len >= sizeof(out->community) ||
		secret.len != sizeof(out->secret)) {
		return false;
	}
	memcpy(out->name, name, strlen(name));
	memcpy(out->community, community.data, community.len);
	memcpy(out->secret, secret.data, secret.len);
	out->expires_ms = stmt_get_int(stmt, 2);
	out->used = !stmt_is_null(stmt, 3);
	return !out->used || device_id_parse(&out->used_by, stmt_get_text(stmt, 3));
}

bool invitations_find(
	struct node *node, const char *name, struct invitation_row *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node_db(node),
		"SELECT community, secret, expires_ms, used_by FROM invitation WHERE name = :name");
	bool row, sound;

	stmt_text(stmt, ":name", view_of(name));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row) {
		return err_set(err, ERR_NOT_FOUND, "no invitation %s", name);
	}
	sound = read_row(out, name, stmt);
	stmt_reset(stmt);
	return sound || err_set(err, ERR_STORE, "a damaged row of table invitation");
}

bool invitations_use(struct node *node, const char *name, struct device_id device, struct err *err)
{
	struct stmt *stmt = db_prepare(
		node_db(node), "UPDATE invitation SET used_by = :device WHERE name = :name");
	char text[DEVICE_TEXT_BYTES];

	device_id_print(text, device);
	stmt_text(stmt, ":device", view_of(text));
	stmt_text(stmt, ":name", view_of(name));
	return stmt_run(stmt, err);
}
