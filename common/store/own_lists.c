/* own_lists.c -- who holds what of communities' own scopes, as they say; see linli/chains.h. */
#include "linli/chains.h"
#include "node_private.h"

/* A computer that has been silent so long, beside another with its key, is out of use. */
#define SILENT_MS (60LL * 24 * 60 * 60 * 1000)

static void name_list(struct stmt *stmt, const struct own_list *list, char device[DEVICE_TEXT_BYTES])
{
	device_id_print(device, list->device);
	stmt_text_at(stmt, 1, view_of(device));
	stmt_int_at(stmt, 2, list->incarnation);
}

static bool read_before(struct node *node, const struct own_list *list, struct buf *before,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT list FROM own_list WHERE device = ?1 AND incarnation = ?2");
	char device[DEVICE_TEXT_BYTES];
	bool row;

	name_list(stmt, list, device);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row) {
		buf_view(before, stmt_get_text(stmt, 0));
	}
	stmt_reset(stmt);
	return buf_ok(before, err);
}

/* All earlier ones, if none is later: whoever of them lives on will be heard of again. */
static bool end_others(struct node *node, const struct own_list *list, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM own_list WHERE device = ?1 AND incarnation <> ?2 AND (heard_ms < ?3 OR "
		"NOT EXISTS (SELECT 1 FROM own_list WHERE device = ?1 AND incarnation >= ?2))");
	char device[DEVICE_TEXT_BYTES];

	name_list(stmt, list, device);
	stmt_int_at(stmt, 3, node->env->now_ms(node->env->ctx) - SILENT_MS);
	return stmt_run(stmt, err);
}

static bool put_list(struct node *node, const struct own_list *list, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO own_list (device, incarnation, heard_ms, list) VALUES (?1, ?2, ?3, ?4) "
		"ON CONFLICT (device, incarnation) DO UPDATE SET heard_ms = excluded.heard_ms, "
		"list = excluded.list");
	char device[DEVICE_TEXT_BYTES];

	name_list(stmt, list, device);
	stmt_int_at(stmt, 3, node->env->now_ms(node->env->ctx));
	stmt_text_at(stmt, 4, list->text);
	return stmt_run(stmt, err);
}

/* What waits for an incarnation that is not heard of any more is for this one. */
static bool inherit_relays(struct node *node, const struct own_list *list, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"UPDATE relay SET life = ?2 WHERE recipient = ?1 AND life <> 0 AND life NOT IN "
		"(SELECT incarnation FROM own_list WHERE device = ?1)");
	char device[DEVICE_TEXT_BYTES];

	name_list(stmt, list, device);
	return stmt_run(stmt, err);
}

bool own_list_keep(struct node *node, const struct own_list *list, struct buf *before,
	struct err *err)
{
	if (!node_begin(node, err)) {
		return false;
	}
	if (!read_before(node, list, before, err) || !end_others(node, list, err) ||
		!put_list(node, list, err) || !inherit_relays(node, list, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

bool own_lists_each(struct node *node,
	bool (*each)(void *ctx, const struct own_list *list, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT device, incarnation, list FROM own_list "
		"ORDER BY heard_ms DESC, device, incarnation");
	bool ok = true, row = true;

	while (ok && row) {
		struct own_list list = { .incarnation = 0 };

		ok = stmt_step(stmt, &row, err);
		if (!ok || !row) {
			break;
		}
		list.incarnation = (uint32_t)stmt_get_int(stmt, 1);
		list.text = stmt_get_text(stmt, 2);
		ok = (device_id_parse(&list.device, stmt_get_text(stmt, 0)) ||
			     err_set(err, ERR_STORE, "a damaged row of table own_list")) &&
			each(ctx, &list, err);
	}
	stmt_reset(stmt);
	return ok;
}
