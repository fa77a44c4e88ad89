/* erase_copies.c -- what else of an erased record lies in the store; see erasing.h. */
#include <string.h>

#include "erasing.h"
#include "follow.h"

/* ---- what is held by nothing any more ----------------------------- */

static bool mark_used(struct node *node, struct erase_dropped *dropped, size_t count, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT objects FROM slot UNION ALL SELECT objects FROM branch");
	bool row = true;
	size_t i, at;

	while (row) {
		struct view objects;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		objects = row ? stmt_get_blob(stmt, 0) : (struct view){ NULL, 0 };
		for (at = 0; at + OID_BYTES <= objects.len; at += OID_BYTES) {
			for (i = 0; i < count; i++) {
				dropped[i].used = dropped[i].used ||
					memcmp(dropped[i].oid.bytes, objects.data + at,
						OID_BYTES) == 0;
			}
		}
	}
	return true;
}

/* The attachment that object ${oid} is, if a draft still names it: then it stays. */
static bool draft_names(struct node *node, const struct oid *oid, bool *named, struct err *err)
{
	struct stmt *find = db_prepare(node->db, "SELECT sha256 FROM file WHERE oid = ?1");
	struct stmt *look = db_prepare(node->db, "SELECT 1 FROM draft WHERE line LIKE ?1");
	char pattern[2 * SHA256_BYTES + 3] = { '%' };
	bool row;

	*named = false;
	stmt_blob_at(find, 1, oid->bytes, OID_BYTES);
	if (!stmt_step(find, &row, err)) {
		return false;
	}
	if (!row || stmt_get_blob(find, 0).len != SHA256_BYTES) {
		stmt_reset(find);
		return true;
	}
	hex_encode(pattern + 1, stmt_get_blob(find, 0).data, SHA256_BYTES);
	pattern[sizeof(pattern) - 2] = '%';
	stmt_reset(find);
	stmt_text_at(look, 1, view_of(pattern));
	if (!stmt_step(look, named, err)) {
		return false;
	}
	stmt_reset(look);
	return true;
}

bool erase_drop_objects(struct node *node, const struct buf *list, struct err *err)
{
	struct erase_dropped *dropped = (struct erase_dropped *)(void *)list->data;
	size_t count = list->len / sizeof(*dropped), i;
	struct stmt *object = db_prepare(node->db, "DELETE FROM object WHERE oid = ?1");
	struct stmt *file = db_prepare(node->db, "DELETE FROM file WHERE oid = ?1");
	bool ok = count == 0 || mark_used(node, dropped, count, err);

	for (i = 0; ok && i < count; i++) {
		bool named = false;

		if (dropped[i].used || !draft_names(node, &dropped[i].oid, &named, err) || named) {
			ok = dropped[i].used || named;
			continue;
		}
		stmt_blob_at(file, 1, dropped[i].oid.bytes, OID_BYTES);
		stmt_blob_at(object, 1, dropped[i].oid.bytes, OID_BYTES);
		ok = stmt_run(file, err) && stmt_run(object, err);
	}
	return ok;
}

bool erase_drop_caches(struct node *node, struct err *err)
{
	static const char *const script[] = { "DELETE FROM reissued_line",
		"UPDATE quarantine SET data = '', size = 0" };
	size_t i;

	for (i = 0; i < sizeof(script) / sizeof(script[0]); i++) {
		if (!stmt_run(db_prepare(node->db, script[i]), err)) {
			return false;
		}
	}
	return follow_forget(node, err);
}

/* ---- bundles that were set aside ---------------------------------- */

/* A row of table branch. */
struct aside {
	struct oid commit, tree, changes;
};

static bool list_aside(struct node *node, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT b.objects FROM branch b JOIN chain c ON c.number = b.chain "
		"WHERE c.name LIKE '%/community/%'");
	bool row = true;

	while (row) {
		struct view objects;
		struct aside aside;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		objects = row ? stmt_get_blob(stmt, 0) : (struct view){ NULL, 0 };
		if (objects.len >= sizeof(aside)) {
			memcpy(&aside, objects.data, sizeof(aside));
			buf_add(out, &aside, sizeof(aside));
		}
	}
	return buf_ok(out, err);
}

/* Is the record erased, under this id or the one that it was issued again with? */
static bool erased_since(struct node *node, const struct line *line, bool *erased,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT new_id FROM renumbered WHERE entity = ?1 AND id = ?2");
	const struct entity *entity = model_entity(node->model, line->entity);
	char text[RECORD_ID_TEXT_BYTES];
	struct record_id id;
	bool row;

	if (!erase_is(node, line->entity, line->id, erased, err)) {
		return false;
	}
	if (*erased || entity == NULL || !record_id_parse(&id, line->id, entity->slug_ids)) {
		return true;
	}
	stmt_text_at(stmt, 1, line->entity);
	bind_id(stmt, 2, entity, &id);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row) {
		return true;
	}
	id = column_id(stmt, 0, entity);
	stmt_reset(stmt);
	record_id_print(text, id.bytes, id.len, entity->slug_ids);
	return erase_is(node, line->entity, view_of(text), erased, err);
}

/* Does one of ${changes} say anything of an erased record? */
static bool tells(struct node *node, struct view changes, bool *out, struct err *err)
{
	struct cursor cursor = cursor_of(changes.data, changes.len);
	struct arena arena = { 0 };
	struct err ignored;
	struct line line;
	bool ok = true;

	for (*out = false; ok && !*out && cursor_left(&cursor) != 0; arena_reset(&arena)) {
		ok = !line_parse(&line, &arena, cursor_until(&cursor, '\n'), &ignored) ||
			line.has_del || erased_since(node, &line, out, err);
	}
	arena_clear(&arena);
	return ok;
}

/* Of a bundle that was set aside and tells of an erased record only the commit is kept. */
static bool empty_aside(struct node *node, const struct aside *aside, struct buf *dropped,
	bool *changed, struct err *err)
{
	struct stmt *cut = db_prepare(node->db, "UPDATE branch SET objects = ?2 WHERE oid = ?1");
	struct erase_dropped tree = { .oid = aside->tree }, changes = { .oid = aside->changes };
	struct buf text = { 0 };
	enum git_type type;
	bool told = false;
	bool ok = object_get(node, &aside->changes, &type, &text, err) &&
		tells(node, buf_as_view(&text), &told, err);

	buf_clear(&text);
	if (!ok || !told) {
		return ok;
	}
	*changed = true;
	buf_add(dropped, &tree, sizeof(tree));
	buf_add(dropped, &changes, sizeof(changes));
	stmt_blob_at(cut, 1, aside->commit.bytes, OID_BYTES);
	stmt_blob_at(cut, 2, aside->commit.bytes, OID_BYTES);
	return buf_ok(dropped, err) && stmt_run(cut, err);
}

bool erase_aside(struct node *node, struct buf *dropped, bool *changed, struct err *err)
{
	struct buf list = { 0 };
	struct aside aside;
	bool ok = list_aside(node, &list, err);
	size_t at;

	for (at = 0; ok && at < list.len; at += sizeof(aside)) {
		memcpy(&aside, list.data + at, sizeof(aside));
		ok = empty_aside(node, &aside, dropped, changed, err);
	}
	buf_clear(&list);
	return ok;
}

/* ---- what came in handovers --------------------------------------- */

/* An erased record. */
struct target {
	const struct entity *entity;
	struct record_id id;
};

/* Erased records of entities that the model has, as struct target. */
static bool list_targets(struct node *node, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT entity, id FROM erased");
	bool row = true;

	while (row) {
		struct target target;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		target.entity = row ? model_entity(node->model, stmt_get_text(stmt, 0)) : NULL;
		if (target.entity != NULL && record_id_parse(&target.id, stmt_get_text(stmt, 1),
						     target.entity->slug_ids)) {
			buf_add(out, &target, sizeof(target));
		}
	}
	return buf_ok(out, err);
}

/* Is there anything of ${target} in what was handed over? */
static bool handed_over(struct node *node, const struct target *target, bool *out,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM handover WHERE entity = ?1 AND id = ?2 AND summary <> '' UNION ALL "
		"SELECT 1 FROM handover_line WHERE entity = ?1 AND id = ?2");
	bool ok;

	stmt_text_at(stmt, 1, view_of(target->entity->name));
	stmt_blob_at(stmt, 2, target->id.bytes, target->id.len);
	ok = stmt_step(stmt, out, err);
	stmt_reset(stmt);
	return ok;
}

static bool drop_handover(struct node *node, const struct target *target, struct err *err)
{
	struct stmt *empty = db_prepare(node->db,
		"UPDATE handover SET summary = '' WHERE entity = ?1 AND id = ?2");
	struct stmt *drop =
		db_prepare(node->db, "DELETE FROM handover_line WHERE entity = ?1 AND id = ?2");

	stmt_text_at(empty, 1, view_of(target->entity->name));
	stmt_blob_at(empty, 2, target->id.bytes, target->id.len);
	stmt_text_at(drop, 1, view_of(target->entity->name));
	stmt_blob_at(drop, 2, target->id.bytes, target->id.len);
	return stmt_run(empty, err) && stmt_run(drop, err);
}

bool erase_handovers(struct node *node, bool drop, bool *any, struct err *err)
{
	struct buf list = { 0 };
	bool ok = list_targets(node, &list, err), here;
	size_t at;

	for (at = 0, *any = false; ok && at < list.len; at += sizeof(struct target)) {
		struct target target;

		memcpy(&target, list.data + at, sizeof(target));
		ok = handed_over(node, &target, &here, err) &&
			(!here || !drop || drop_handover(node, &target, err));
		*any = *any || (ok && here);
	}
	buf_clear(&list);
	return ok;
}
