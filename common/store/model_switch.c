/*
 * model_switch.c -- the model that a node works by, and going over to a
 * newer one that the district has published as a trust record.
 *
 * The document is kept in the store.  A node that has just joined works by
 * the built-in one until the district's first bundle names its own.
 */
#include <stdlib.h>
#include <string.h>

#include "node_private.h"

bool model_store(struct node *node, struct err *err)
{
	return node_set(node, "model", node->model->document, err) &&
		node_set(node, "model_sha256", view_of(node->model->sha256), err);
}

/* Work by ${model} from now on; takes it, even on failure. */
static bool take_model(struct node *node, struct model *model, struct err *err)
{
	struct model **retired;

	if (node->model != NULL) {
		retired = realloc(node->retired, (node->retired_count + 1) * sizeof(*retired));
		if (retired == NULL) {
			model_free(model);
			return err_nomem(err);
		}
		node->retired = retired;
		node->retired[node->retired_count++] = node->model;
	}
	schema_forget(node);
	node->model = model;
	return true;
}

bool model_switch_refresh(struct node *node, struct err *err)
{
	struct buf sha256 = { 0 }, document = { 0 };
	struct model *model = NULL;
	bool ok = false;

	node_get(node, "model_sha256", &sha256);
	if (node->model != NULL && strcmp(node->model->sha256, buf_str(&sha256)) == 0) {
		/* Without tables: there was no memory for them the last time. */
		ok = node->tables != NULL || schema_open_model(node, err);
		goto out;
	}
	if (!node_get(node, "model", &document)) {
		err_set(err, ERR_STORE, "the store has no model");
		goto out;
	}
	if (!model_parse(&model, buf_as_view(&document), err)) {
		err_wrap(err, "the model in the store");
		goto out;
	}
	ok = take_model(node, model, err) && schema_open_model(node, err);
out:
	buf_clear(&sha256);
	buf_clear(&document);
	return ok;
}

/* The newest model's document, as the trust records name it; false if none. */
static bool newest_document(struct node *node, struct buf *document)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT document FROM model ORDER BY version DESC LIMIT 1");
	struct err ignored;
	enum git_type type;
	struct oid oid;
	bool row, found = false;

	if (stmt_step(stmt, &row, &ignored) && row) {
		found = file_find(node, stmt_get_text(stmt, 0), &oid, &ignored) &&
			object_get(node, &oid, &type, document, &ignored);
		stmt_reset(stmt);
	}
	return found;
}

/* Has this node records of other entities than trust records? */
static bool holds_records(struct node *node)
{
	struct buf sql = { 0 };
	struct err ignored;
	bool row = false;
	size_t i;

	for (i = 0; i < node->model->entity_count && !row; i++) {
		struct stmt *stmt;

		if (node->model->entities[i].trust) {
			continue;
		}
		buf_reset(&sql);
		buf_printf(&sql, "SELECT 1 FROM \"rec_%s\" LIMIT 1",
			node->model->entities[i].name);
		stmt = db_prepare(node->db, buf_str(&sql));
		if (stmt_step(stmt, &row, &ignored) && row) {
			stmt_reset(stmt);
		}
	}
	buf_clear(&sql);
	return row;
}

/* Drop the empty tables of a model that turned out to be another. */
static bool drop_tables(struct node *node, struct err *err)
{
	struct buf sql = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < node->model->entity_count; i++) {
		const struct entity *entity = &node->model->entities[i];

		if (!entity->trust) {
			buf_reset(&sql);
			buf_printf(&sql, "DROP VIEW \"%s\"; DROP TABLE \"rec_%s\"", entity->name,
				entity->name);
			ok = buf_ok(&sql, err) && db_exec(node->db, buf_str(&sql), err);
		}
	}
	buf_clear(&sql);
	return ok;
}

bool model_switch_newest(struct node *node, struct err *err)
{
	struct buf document = { 0 };
	struct model *model = NULL;
	struct err why;
	bool ok = true;

	node->model_came = false;
	if (!newest_document(node, &document) ||
		!model_parse(&model, buf_as_view(&document), &why) ||
		strcmp(model->sha256, node->model->sha256) == 0) {
		goto out; /* what needs a newer model says so itself */
	}
	if (!model_extends(model, node->model, &why)) {
		if (holds_records(node)) {
			goto out;
		}
		ok = drop_tables(node, err);
	}
	if (ok) {
		ok = take_model(node, model, err) && model_store(node, err) &&
			schema_apply_model(node, err);
		model = NULL;
	}
out:
	model_free(model);
	buf_clear(&document);
	return ok;
}
