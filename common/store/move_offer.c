/* move_offer.c -- offering, withdrawing and taking a record; see linli/move.h. */
#include <inttypes.h>
#include <string.h>

#include "move_private.h"

const char *move_state_name(enum move_state state)
{
	static const char *const names[] = { "offered", "taken", "done" };

	return names[state];
}

/* Only what communities record themselves moves. */
static bool movable(const struct node *node, const struct entity *entity, struct err *err)
{
	if (node->district) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("记录由社区之间转交,区里自动确认",
				"records move between communities; the district confirms"));
	}
	return (!entity->trust && !entity->district_writes && !entity->slug_ids) ||
		err_set(err, ERR_SCOPE,
			ERR_BOTH("“%s”由区里填写,不能转交", "%s is the district's: it does not move"),
			entity->label.zh, entity->name);
}

static bool is_alive(void *ctx, const struct record_view *view, struct err *err)
{
	(void)err;
	*(bool *)ctx = view->alive;
	return true;
}

static bool known_community(const struct node *node, const char *community)
{
	size_t i;

	for (i = 0; i < node->device_count; i++) {
		const struct device *device = &node->devices[i].device;

		if (!device->revoked && strcmp(device->community, community) == 0) {
			return strcmp(community, DISTRICT_SLUG) != 0;
		}
	}
	return false;
}

/* The number of the record's next move, and its holder. */
static bool next_move(struct node *node, const struct entity *entity,
	const struct record_id *id, int64_t *number, const char **holder, struct err *err)
{
	struct move_range range;

	if (!moves_ready(node, err)) {
		return false;
	}
	range = moves_of(node, entity, id);
	*number = range.count != 0 ? range.list[range.count - 1].number + 1 : 1;
	*holder = moves_holder(node, entity, id);
	return true;
}

/* An own open offer, or acceptance, of that move.  *found */
static bool find_said(struct node *node, const char *sql, const struct entity *entity,
	const struct record_id *id, int64_t number, struct record_id *out,
	char taker[SLUG_TEXT_BYTES], bool *found, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, sql);
	char text[RECORD_ID_TEXT_BYTES];
	struct view bytes, name;

	record_id_print(text, id->bytes, id->len, false);
	stmt_text_at(stmt, 1, view_of(text));
	stmt_text_at(stmt, 2, view_of(entity->name));
	stmt_int_at(stmt, 3, number);
	stmt_text_at(stmt, 4, view_of(node->community));
	*found = false;
	if (!stmt_step(stmt, found, err)) {
		return false;
	}
	if (*found) {
		bytes = stmt_get_blob(stmt, 0);
		name = stmt_get_text(stmt, 1);
		out->len = (uint8_t)(bytes.len <= RECORD_ID_BYTES ? bytes.len : 0);
		memcpy(out->bytes, bytes.data, out->len);
		memset(taker, 0, SLUG_TEXT_BYTES);
		memcpy(taker, name.data, name.len < SLUG_TEXT_BYTES ? name.len : 0);
		stmt_reset(stmt);
	}
	return true;
}

static const char offer_sql[] =
	"SELECT id, taker FROM move_offer WHERE record = ?1 AND entity = ?2 AND number = ?3 "
	"AND community = ?4";
static const char accept_sql[] =
	"SELECT id, '' FROM move_accept WHERE record = ?1 AND entity = ?2 AND number = ?3 "
	"AND community = ?4";

/* Write a record of entity ${name} about the move. */
static bool say(struct node *node, const char *name, const struct entity *about,
	const struct record_id *id, int64_t number, const char *taker, struct err *err)
{
	const struct entity *entity = model_entity(node->model, view_of(name));
	char text[RECORD_ID_TEXT_BYTES];
	struct record_id made;
	struct assignment assignments[] = {
		{ entity_field(entity, VIEW_LITERAL("entity")), ASSIGN_SET,
			{ VALUE_TEXT, 0, view_of(about->name) } },
		{ entity_field(entity, VIEW_LITERAL("record")), ASSIGN_SET,
			{ VALUE_TEXT, 0, view_of(text) } },
		{ entity_field(entity, VIEW_LITERAL("number")), ASSIGN_SET,
			{ VALUE_INT, number, { NULL, 0 } } },
		{ entity_field(entity, VIEW_LITERAL("taker")), ASSIGN_SET,
			{ VALUE_TEXT, 0, view_of(taker != NULL ? taker : "") } },
	};

	record_id_print(text, id->bytes, id->len, false);
	assignments[1].value.text = view_of(text);
	return records_put(node, entity, NULL, assignments, taker != NULL ? 4 : 3, &made, err);
}

static bool offer(struct node *node, const struct entity *entity, const struct record_id *id,
	const char *taker, struct err *err)
{
	char before[SLUG_TEXT_BYTES];
	struct record_id said;
	const char *holder;
	int64_t number;
	bool alive = false, found;

	if (!moves_mine(node, entity, id, err) ||
		!next_move(node, entity, id, &number, &holder, err) ||
		!records_get(node, entity, id, is_alive, &alive, err)) {
		return false;
	}
	if (strcmp(holder, node->community) != 0) {
		return err_set(err, ERR_SCOPE, ERR_BOTH("这是社区 %s 的记录", "it is a record of %s"),
			holder, holder);
	}
	if (!alive) {
		return err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("这条记录已删除", "this record was deleted"));
	}
	if (strcmp(taker, node->community) == 0 || !known_community(node, taker)) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("没有这个社区,或就是本社区", "no such community, or our own")
			": %s", taker);
	}
	if (!find_said(node, offer_sql, entity, id, number, &said, before, &found, err)) {
		return false;
	}
	if (found && strcmp(before, taker) == 0) {
		return true; /* once is enough */
	}
	if (found) {
		return err_set(err, ERR_EXISTS,
			ERR_BOTH("已提出转给 %s,请先撤回",
				"it is offered to %s already; withdraw that first"),
			before, before);
	}
	return say(node, "move_offer", entity, id, number, taker, err);
}

bool move_offer(struct node *node, const struct entity *entity, const struct record_id *id,
	const char *taker, struct err *err)
{
	if (!movable(node, entity, err) || !node_begin(node, err)) {
		return false;
	}
	if (!offer(node, entity, id, taker, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

bool move_withdraw(struct node *node, const struct entity *entity, const struct record_id *id,
	struct err *err)
{
	char before[SLUG_TEXT_BYTES];
	struct record_id said;
	const char *holder;
	int64_t number;
	bool found;

	if (!movable(node, entity, err) || !node_begin(node, err)) {
		return false;
	}
	if (!next_move(node, entity, id, &number, &holder, err) ||
		!find_said(node, offer_sql, entity, id, number, &said, before, &found, err)) {
		goto fail;
	}
	if (!found) {
		err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("没有等待接收的转出", "no open offer of this record"));
		goto fail;
	}
	if (!records_delete(node, model_entity(node->model, VIEW_LITERAL("move_offer")), &said,
		    true, err)) {
		goto fail;
	}
	return node_commit(node, err);
fail:
	node_abort(node);
	return false;
}

static bool take(struct node *node, const struct entity *entity, const struct record_id *id,
	int64_t number, struct err *err)
{
	char unused[SLUG_TEXT_BYTES];
	struct record_id said;
	const char *holder;
	int64_t next;
	bool found;

	if (!next_move(node, entity, id, &next, &holder, err)) {
		return false;
	}
	if (strcmp(holder, node->community) == 0) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("这条记录已经是本社区的", "this record is ours already"));
	}
	number = number != 0 ? number : next;
	return find_said(node, accept_sql, entity, id, number, &said, unused, &found, err) &&
		(found || say(node, "move_accept", entity, id, number, NULL, err));
}

bool move_take(struct node *node, const struct entity *entity, const struct record_id *id,
	int64_t number, struct err *err)
{
	if (!movable(node, entity, err) || !node_begin(node, err)) {
		return false;
	}
	if (!take(node, entity, id, number, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

/* ---- listing ------------------------------------------------------ */

struct listing {
	struct node *node;
	bool (*each)(void *ctx, const struct move *move, struct err *err);
	void *ctx;
};

/* Tell of the row: entity, record, number, giver, taker. */
static bool tell(const struct listing *listing, struct stmt *stmt, enum move_state state,
	struct err *err)
{
	struct view record = stmt_get_text(stmt, 1), giver = stmt_get_text(stmt, 3);
	struct view taker = stmt_get_text(stmt, 4);
	struct move move = { .number = stmt_get_int(stmt, 2), .state = state };

	move.entity = model_entity(listing->node->model, stmt_get_text(stmt, 0));
	if (move.entity == NULL || record.len >= sizeof(move.id) ||
		giver.len >= sizeof(move.giver) || taker.len >= sizeof(move.taker)) {
		return true;
	}
	memcpy(move.id, record.data, record.len);
	memcpy(move.giver, giver.data, giver.len);
	memcpy(move.taker, taker.data, taker.len);
	return listing->each(listing->ctx, &move, err);
}

static bool tell_all(const struct listing *listing, const char *sql, enum move_state state,
	struct err *err)
{
	struct stmt *stmt = NULL;
	bool ok = db_prepare_reading(&stmt, listing->node->db, sql, NULL, err), row = true;

	while (ok && row) {
		ok = stmt_step(stmt, &row, err) && (!row || tell(listing, stmt, state, err));
	}
	stmt_free(stmt);
	return ok;
}

bool move_each(struct node *node,
	bool (*each)(void *ctx, const struct move *move, struct err *err), void *ctx,
	struct err *err)
{
	const struct listing listing = { node, each, ctx };

	return node_refresh(node, err) &&
		tell_all(&listing,
			"SELECT entity, record, number, giver, taker FROM moved "
			"ORDER BY entity, record, number",
			MOVE_DONE, err) &&
		tell_all(&listing,
			"SELECT o.entity, o.record, o.number, o.community, o.taker "
			"FROM move_offer o "
			"WHERE NOT EXISTS (SELECT 1 FROM moved m WHERE m.record = o.record AND "
			"m.entity = o.entity AND m.number >= o.number) "
			"ORDER BY o.entity, o.record, o.number",
			MOVE_OFFERED, err) &&
		tell_all(&listing,
			"SELECT a.entity, a.record, a.number, '', a.community FROM move_accept a "
			"WHERE NOT EXISTS (SELECT 1 FROM moved m WHERE m.record = a.record AND "
			"m.entity = a.entity AND m.number >= a.number) "
			"ORDER BY a.entity, a.record, a.number",
			MOVE_TAKEN, err);
}
