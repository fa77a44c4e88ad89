/*
 * desk.c -- what lies on the clerk's desk: forms that were begun, and how
 * they like their lists.  Kept with the records, since names stand in it.
 */
#include <string.h>

#include "clerk.h"
#include "emit.h"
#include "linli/node.h"

#define DRAFTS "page.drafts"           /* facts of the node: {"club/new": {...}, ...} */
#define PREFERENCES "page.preferences" /* and what the page makes of it */
#define DESK_MAX_BYTES ((size_t)512 * 1024)
#define DRAFT_KEY_BYTES 128

/* The object kept under ${name}; an empty one where there is none. */
static json_t *kept(struct node *node, const char *name)
{
	struct buf text = { 0 };
	json_t *object = NULL;

	if (node_get(node, name, &text)) {
		object = json_loadb(buf_str(&text), text.len, JSON_REJECT_DUPLICATES, NULL);
	}
	buf_clear(&text);
	if (!json_is_object(object)) {
		json_decref(object);
		object = json_object();
	}
	return object;
}

/* Takes ${object}. */
static bool keep(struct node *node, const char *name, json_t *object, struct err *err)
{
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
	bool ok;

	json_decref(object);
	if (text == NULL) {
		return err_nomem(err);
	}
	ok = strlen(text) <= DESK_MAX_BYTES ? node_set(node, name, view_of(text), err)
					    : err_set(err, ERR_TOO_LARGE, "%s", name);
	free(text);
	return ok;
}

static bool answer(struct page_call *call, const char *member, const char *name, struct err *err)
{
	struct buf *out = &call->reply->body;
	json_t *object = kept(call->node, name);
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

	emit_begin(out);
	emit_key(out, member);
	emit_raw(out, view_of(text != NULL ? text : "{}"));
	emit_end(out);
	free(text);
	json_decref(object);
	return buf_ok(out, err);
}

static bool done(struct page_call *call, struct err *err)
{
	emit_begin(&call->reply->body);
	emit_end(&call->reply->body);
	return buf_ok(&call->reply->body, err);
}

bool desk_drafts(struct page_call *call, struct err *err)
{
	return answer(call, "drafts", DRAFTS, err);
}

/* "club/new", or with the id of a record. */
static void draft_key(const struct page_call *call, char out[DRAFT_KEY_BYTES])
{
	snprintf(out, DRAFT_KEY_BYTES, "%.32s/%.64s", call->params[0], call->params[1]);
}

bool desk_draft_keep(struct page_call *call, struct err *err)
{
	json_t *drafts = kept(call->node, DRAFTS), *draft = json_object();
	json_t *values = json_object_get(call->body, "values");
	char key[DRAFT_KEY_BYTES];

	draft_key(call, key);
	if (!json_is_object(values) || !json_is_object(drafts) ||
		json_object_set(draft, "values", values) != 0 ||
		json_object_set_new(draft, "at",
			json_integer(node_env(call->node)->now_ms(node_env(call->node)->ctx))) !=
			0 ||
		json_object_set(drafts, key, draft) != 0) {
		json_decref(draft);
		json_decref(drafts);
		return err_set(err, ERR_FORMAT, "no values to keep");
	}
	json_decref(draft);
	return keep(call->node, DRAFTS, drafts, err) && done(call, err);
}

bool desk_draft_drop(struct page_call *call, struct err *err)
{
	json_t *drafts = kept(call->node, DRAFTS);
	char key[DRAFT_KEY_BYTES];

	draft_key(call, key);
	if (json_object_del(drafts, key) != 0) {
		json_decref(drafts);
		return done(call, err);
	}
	return keep(call->node, DRAFTS, drafts, err) && done(call, err);
}

bool desk_preferences(struct page_call *call, struct err *err)
{
	return answer(call, "preferences", PREFERENCES, err);
}

bool desk_preferences_keep(struct page_call *call, struct err *err)
{
	json_t *preferences = json_object_get(call->body, "preferences");

	if (!json_is_object(preferences)) {
		return err_set(err, ERR_FORMAT, "no preferences");
	}
	return keep(call->node, PREFERENCES, json_incref(preferences), err) && done(call, err);
}
