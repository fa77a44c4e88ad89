/* quarantine.c -- see quarantine.h. */
#include "quarantine.h"

#include <stdio.h>
#include <string.h>

#include "node_private.h"

/* Drop ${source}'s oldest beyond its share. */
static bool make_share(struct node *node, const char *source, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM quarantine WHERE source = ?1 AND number <= "
		"(SELECT coalesce(max(number), 0) FROM "
		"(SELECT number, sum(size) OVER (ORDER BY number DESC) AS bytes, "
		"row_number() OVER (ORDER BY number DESC) AS place FROM quarantine "
		"WHERE source = ?1) AS own WHERE bytes > ?2 OR place > ?3)");

	stmt_text_at(stmt, 1, view_of(source));
	stmt_int_at(stmt, 2, QUARANTINE_SOURCE_MAX_BYTES);
	stmt_int_at(stmt, 3, QUARANTINE_SOURCE_MAX_ROWS);
	return stmt_run(stmt, err);
}

/* Drop the oldest until there is room. */
static bool make_room(struct node *node, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM quarantine WHERE number <= (SELECT coalesce(max(number), 0) FROM "
		"(SELECT number, sum(size) OVER (ORDER BY number DESC) AS bytes, "
		"row_number() OVER (ORDER BY number DESC) AS place FROM quarantine) "
		"WHERE bytes > ?1 OR place > ?2)");

	stmt_int_at(stmt, 1, QUARANTINE_MAX_BYTES);
	stmt_int_at(stmt, 2, QUARANTINE_MAX_ROWS);
	return stmt_run(stmt, err);
}

bool quarantine_add(struct node *node, const char *source, const char *what,
	const struct err *why, struct view data, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO quarantine (received_ms, source, what, code, reason, size, data) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
	struct view kept = data.len <= QUARANTINE_SOURCE_MAX_BYTES ? data : (struct view){ "", 0 };

	stmt_int_at(stmt, 1, node->env->now_ms(node->env->ctx));
	stmt_text_at(stmt, 2, view_of(source));
	stmt_text_at(stmt, 3, view_of(what));
	stmt_text_at(stmt, 4, view_of(err_name(why->code)));
	stmt_text_at(stmt, 5, view_of(why->detail));
	stmt_int_at(stmt, 6, (int64_t)kept.len);
	stmt_blob_at(stmt, 7, kept.data, kept.len);
	return stmt_run(stmt, err) && make_share(node, source, err) && make_room(node, err);
}

static enum err_code code_named(struct view name)
{
	int code;

	for (code = 0; code < ERR_CODES; code++) {
		if (view_is(name, err_name((enum err_code)code))) {
			return (enum err_code)code;
		}
	}
	return ERR_INTERNAL;
}

static void copy(char *out, size_t room, struct view text)
{
	snprintf(out, room, "%.*s", (int)text.len, text.data);
}

bool quarantine_each(struct node *node,
	bool (*each)(void *ctx, int64_t received_ms, const char *source,
		const struct refusal *refusal, uint64_t bytes, struct err *err),
	void *ctx, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT received_ms, source, what, code, reason, size FROM quarantine "
		"ORDER BY number DESC");
	bool ok = true, row = true;

	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			struct refusal refusal = { .code = code_named(stmt_get_text(stmt, 3)) };
			char source[256];

			copy(source, sizeof(source), stmt_get_text(stmt, 1));
			copy(refusal.what, sizeof(refusal.what), stmt_get_text(stmt, 2));
			copy(refusal.reason, sizeof(refusal.reason), stmt_get_text(stmt, 4));
			ok = each(ctx, stmt_get_int(stmt, 0), source, &refusal,
				(uint64_t)stmt_get_int(stmt, 5), err);
		}
	}
	stmt_reset(stmt);
	return ok;
}
