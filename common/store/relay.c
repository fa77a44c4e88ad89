/* relay.c -- sealed bundles of communities' own scopes, passed on unread; see linli/chains.h. */
#include <stdio.h>
#include <string.h>

#include "linli/chains.h"
#include "node_private.h"

/* What nobody has fetched for so long is not waited for; its sender sends it again if it may. */
static bool drop_aged(struct node *node, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "DELETE FROM relay WHERE received_ms < ?1");

	stmt_int_at(stmt, 1, node->env->now_ms(node->env->ctx) - RELAY_MAX_AGE_MS);
	return stmt_run(stmt, err);
}

static bool room_for(struct node *node, const char *sender, size_t len, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT coalesce(sum(length(sealed)), 0), "
		"coalesce(sum(CASE WHEN sender = ?1 THEN length(sealed) ELSE 0 END), 0) FROM relay");
	int64_t all, of_sender;
	bool row;

	stmt_text_at(stmt, 1, view_of(sender));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	all = stmt_get_int(stmt, 0);
	of_sender = stmt_get_int(stmt, 1);
	stmt_reset(stmt);
	if (len > RELAY_MAX_BYTES || all + (int64_t)len > RELAY_TOTAL_MAX_BYTES ||
		of_sender + (int64_t)len > RELAY_SENDER_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "no room for %zu sealed bytes", len);
	}
	return true;
}

bool relay_keep(struct node *node, const struct relay *relay, struct view sealed,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO relay (name, sender, recipient, chain, first, last, received_ms, sealed, "
		"life) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (name) DO NOTHING");
	char from[DEVICE_TEXT_BYTES], to[DEVICE_TEXT_BYTES], chain[CHAIN_TEXT_BYTES];

	if (!node_begin(node, err)) {
		return false;
	}
	device_id_print(from, relay->from);
	device_id_print(to, relay->to);
	chain_name_print(chain, &relay->chain);
	stmt_text_at(stmt, 1, view_of(relay->name));
	stmt_text_at(stmt, 2, view_of(from));
	stmt_text_at(stmt, 3, view_of(to));
	stmt_text_at(stmt, 4, view_of(chain));
	stmt_int_at(stmt, 5, relay->first);
	stmt_int_at(stmt, 6, relay->last);
	stmt_int_at(stmt, 7, node->env->now_ms(node->env->ctx));
	stmt_blob_at(stmt, 8, sealed.data, sealed.len);
	stmt_int_at(stmt, 9, relay->life);
	if (!drop_aged(node, err) || !room_for(node, from, sealed.len, err) ||
		!stmt_run(stmt, err)) {
		stmt_reset(stmt);
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

static bool read_relay(struct relay *out, struct stmt *stmt, struct err *err)
{
	struct view name = stmt_get_text(stmt, 0);

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%.*s", (int)name.len, name.data);
	out->first = (uint32_t)stmt_get_int(stmt, 4);
	out->last = (uint32_t)stmt_get_int(stmt, 5);
	out->life = (uint32_t)stmt_get_int(stmt, 6);
	return (device_id_parse(&out->from, stmt_get_text(stmt, 1)) &&
		       device_id_parse(&out->to, stmt_get_text(stmt, 2)) &&
		       chain_name_parse(&out->chain, stmt_get_text(stmt, 3))) ||
		err_set(err, ERR_STORE, "a damaged row of table relay");
}

bool relay_each(struct node *node,
	bool (*each)(void *ctx, const struct relay *relay, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT name, sender, recipient, chain, first, last, life FROM relay ORDER BY number");
	struct relay relay;
	bool ok = true, row = true;

	while (ok && row) {
		ok = stmt_step(stmt, &row, err) &&
			(!row || (read_relay(&relay, stmt, err) && each(ctx, &relay, err)));
	}
	stmt_reset(stmt);
	return ok;
}

bool relay_get(struct node *node, const char *name, struct relay *relay, struct buf *sealed,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT name, sender, recipient, chain, first, last, life, sealed FROM relay "
		"WHERE name = ?1");
	bool row, ok;

	stmt_text_at(stmt, 1, view_of(name));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row) {
		return err_set(err, ERR_NOT_FOUND, "nothing is kept under that name");
	}
	ok = read_relay(relay, stmt, err);
	buf_view(sealed, stmt_get_blob(stmt, 7));
	stmt_reset(stmt);
	return ok && buf_ok(sealed, err);
}

bool relay_drop(struct node *node, const char *name, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "DELETE FROM relay WHERE name = ?1");

	if (!node_begin(node, err)) {
		return false;
	}
	stmt_text_at(stmt, 1, view_of(name));
	if (!stmt_run(stmt, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}
