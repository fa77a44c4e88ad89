/*
 * move_work.c -- what moves and merged duplicates have as a consequence:
 * lines of this node's own, noted when their cause is merged and written
 * outside of any intake, so that every bundle's Seen stays exact.
 */
#include <string.h>

#include "move_private.h"

#define SETTLE_MAX 1000 /* at once; the rest the next time */

bool move_work_add(struct node *node, const struct move_work *work, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO move_work (kind, entity, id, chain, seq, n) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
		"ON CONFLICT (kind, entity, id, chain, seq, n) DO NOTHING");

	stmt_int_at(stmt, 1, work->kind);
	stmt_text_at(stmt, 2, view_of(work->entity));
	stmt_blob_at(stmt, 3, work->id.bytes, work->id.len);
	stmt_int_at(stmt, 4, work->line.chain);
	stmt_int_at(stmt, 5, work->line.seq);
	stmt_int_at(stmt, 6, work->line.n);
	return stmt_run(stmt, err);
}

static bool work_drop(struct node *node, const struct move_work *work, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM move_work WHERE kind = ?1 AND entity = ?2 AND id = ?3 AND chain = ?4 "
		"AND seq = ?5 AND n = ?6");

	stmt_int_at(stmt, 1, work->kind);
	stmt_text_at(stmt, 2, view_of(work->entity));
	stmt_blob_at(stmt, 3, work->id.bytes, work->id.len);
	stmt_int_at(stmt, 4, work->line.chain);
	stmt_int_at(stmt, 5, work->line.seq);
	stmt_int_at(stmt, 6, work->line.n);
	return stmt_run(stmt, err);
}

static bool work_read(struct node *node, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT kind, entity, id, chain, seq, n FROM move_work "
		"ORDER BY kind, chain, seq, n, entity, id LIMIT ?1");
	bool row;

	stmt_int_at(stmt, 1, SETTLE_MAX);
	for (;;) {
		struct move_work work = { 0 };
		struct view entity, id;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return buf_ok(out, err);
		}
		entity = stmt_get_text(stmt, 1);
		id = stmt_get_blob(stmt, 2);
		work.kind = (enum move_work_kind)stmt_get_int(stmt, 0);
		memcpy(work.entity, entity.data, entity.len < MODEL_NAME_BYTES ? entity.len : 0);
		work.id.len = (uint8_t)(id.len <= RECORD_ID_BYTES ? id.len : 0);
		memcpy(work.id.bytes, id.data, work.id.len);
		work.line.chain = (uint32_t)stmt_get_int(stmt, 3);
		work.line.seq = (uint32_t)stmt_get_int(stmt, 4);
		work.line.n = (uint32_t)stmt_get_int(stmt, 5);
		buf_add(out, &work, sizeof(work));
	}
}

static bool perform(struct node *node, const struct move_work *work, bool *later,
	struct err *err)
{
	*later = false;
	switch (work->kind) {
	case WORK_CONFIRM:
		return move_confirm(node, work, later, err);
	case WORK_LATE:
		return move_route_late(node, work, err);
	case WORK_VALUES:
		return handover_write_values(node, work, err);
	case WORK_DUPLICATE:
		return merged_route(node, work, err);
	case WORK_TWICE:
		return move_route_once(node, work, err);
	}
	return true;
}

/* Did the node itself fail, rather than what was to be written? */
static bool own_failure(enum err_code code)
{
	return code == ERR_NOMEM || code == ERR_IO || code == ERR_DISK_FULL ||
		code == ERR_BUSY || code == ERR_STORE || code == ERR_INTERNAL;
}

/* It cannot be done, and would fail the next time as well: say so, once. */
static bool give_up(struct node *node, const struct move_work *work, const struct err *why,
	struct err *err)
{
	char id[RECORD_ID_TEXT_BYTES];
	const struct audit_item detail[] = { { "entity", work->entity, 0 },
		{ "reason", why->detail, 0 }, { "record", id, 0 }, { NULL, NULL, 0 } };

	record_id_print(id, work->id.bytes, work->id.len, false);
	return audit_add(node, NULL, AUDIT_MOVE_FAILED, detail, err) && work_drop(node, work, err);
}

static bool settle_one(struct node *node, const struct move_work *work, struct err *err)
{
	struct err why = { 0 };
	bool later;

	if (!node_begin(node, err)) {
		return false;
	}
	if (moves_ready(node, &why) && perform(node, work, &later, &why)) {
		if (later || work_drop(node, work, err)) {
			return node_commit(node, err);
		}
		node_abort(node);
		return false;
	}
	node_abort(node);
	if (own_failure(why.code)) {
		return err_set(err, why.code, "%s", why.detail);
	}
	if (!node_begin(node, err)) {
		return false;
	}
	if (!give_up(node, work, &why, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

bool moves_settle(struct node *node, struct err *err)
{
	struct stmt *any = db_prepare(node->db, "SELECT 1 FROM move_work LIMIT 1");
	struct buf list = { 0 };
	struct move_work work;
	bool ok, row;
	size_t i;

	if (node->depth != 0 || node->readers != 0) {
		return true; /* another time */
	}
	if (!stmt_step(any, &row, err)) {
		return false;
	}
	stmt_reset(any);
	if (!row) {
		return true;
	}
	if (!node_begin(node, err)) {
		return false;
	}
	ok = work_read(node, &list, err);
	for (i = 0; ok && i < list.len; i += sizeof(work)) {
		memcpy(&work, list.data + i, sizeof(work));
		ok = settle_one(node, &work, err);
	}
	buf_clear(&list);
	if (!ok) {
		node_abort(node);
		return err_wrap(err, "moves");
	}
	return node_commit(node, err);
}

/* ---- who writes it ------------------------------------------------ */

bool moves_acts(const struct node *node, const char *community, struct device_id preferred)
{
	const struct trusted *trusted = device_trusted(node, preferred);
	size_t i;

	if (strcmp(node->community, community) != 0) {
		return false;
	}
	if (trusted != NULL && !trusted->device.revoked &&
		strcmp(trusted->device.community, community) == 0) {
		return device_id_equal(node->device, preferred);
	}
	for (i = 0; i < node->device_count; i++) {
		const struct device *device = &node->devices[i].device;

		if (!device->revoked && strcmp(device->community, community) == 0) {
			return device_id_equal(node->device, device->id);
		}
	}
	return true; /* none is enrolled yet but this one */
}

struct device_id moves_founder(const struct node *node)
{
	return node->federation_id;
}
