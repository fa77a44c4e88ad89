/* model.c -- reading a model whole; see linli/model.h. */
#include <stdlib.h>
#include <string.h>

#include "documents.h"
#include "sections.h"
#include "sha256.h"

#define FORMAT 1

/* Refuses duplicate members and whatever else is not strict JSON. */
static json_t *load(struct view json, struct err *err)
{
	json_error_t problem;
	json_t *root = json_loadb(json.data, json.len, JSON_REJECT_DUPLICATES, &problem);

	if (root == NULL && json_error_code(&problem) == json_error_out_of_memory) {
		err_nomem(err);
	} else if (root == NULL) {
		err_set(err, ERR_MODEL, "line %d, column %d: %s", problem.line, problem.column,
			problem.text);
	}
	return root;
}

static bool read_format(struct reader *r, json_t *root)
{
	json_t *format = json_object_get(root, "format");

	if (json_is_integer(format) && json_integer_value(format) > FORMAT) {
		return reader_fail(r, ERR_MODEL_NEWER,
			"format %lld is newer than this program's %d",
			(long long)json_integer_value(format), FORMAT);
	}
	if (!json_is_integer(format) || json_integer_value(format) != FORMAT) {
		return reader_fail(r, ERR_MODEL, "member 'format' must be %d", FORMAT);
	}
	return true;
}

static bool read_head(struct reader *r, struct model *model, json_t *root)
{
	json_t *name = json_object_get(root, "name");
	struct view slug;

	if (!json_is_string(name) || !slug_valid(view_of(json_string_value(name)))) {
		return reader_fail(r, ERR_MODEL, "member 'name' must be 1 to 32 of a-z 0-9 -");
	}
	slug = arena_copy(r->arena, view_of(json_string_value(name)));
	if (slug.data == NULL) {
		return err_nomem(r->err);
	}
	model->name = slug.data;
	return reader_integer(r, root, "version", 1, INT32_MAX, &model->version) &&
		reader_label(r, root, "label", &model->label);
}

static bool read_document(struct reader *r, struct model *model, json_t *trust, json_t *root)
{
	static const char *const known[] = { "format", "name", "version", "label", "places",
		"entities", "measures", "indicators", "series", NULL };

	/* The format comes first: a newer one may well have other members. */
	if (json_is_object(root) && !read_format(r, root)) {
		return false;
	}
	return reader_object(r, root, known) && read_head(r, model, root) &&
		entities_read(r, model, trust, root) && entities_read_places(r, model, root) &&
		measures_read(r, model, root);
}

static bool keep_document(struct model *model, struct view json, struct err *err)
{
	uint8_t hash[32];

	model->document = arena_copy(&model->arena, json);
	if (model->document.data == NULL) {
		return err_nomem(err);
	}
	sha256(hash, json.data, json.len);
	hex_encode(model->sha256, hash, sizeof(hash));
	return true;
}

bool model_parse(struct model **out, struct view json, struct err *err)
{
	struct view trust_json = { document_trust, document_trust_bytes };
	struct model *model = NULL;
	json_t *trust = NULL, *root = NULL;
	struct reader r = { .err = err };
	bool ok = false;

	*out = NULL;
	if (json.len > MODEL_MAX_BYTES) {
		err_set(err, ERR_TOO_LARGE, "a model of %zu bytes, more than %d", json.len,
			MODEL_MAX_BYTES);
		goto out;
	}
	model = calloc(1, sizeof(*model));
	if (model == NULL) {
		err_nomem(err);
		goto out;
	}
	r.arena = &model->arena;
	trust = load(trust_json, err);
	if (trust == NULL || (root = load(json, err)) == NULL || !keep_document(model, json, err) ||
		!read_document(&r, model, trust, root)) {
		goto out;
	}
	*out = model;
	model = NULL;
	ok = true;
out:
	json_decref(trust);
	json_decref(root);
	model_free(model);
	return ok;
}

void model_free(struct model *model)
{
	struct arena arena;

	if (model == NULL) {
		return;
	}
	arena = model->arena;
	free(model);
	arena_clear(&arena);
}

struct view model_builtin(void)
{
	return (struct view){ document_builtin, document_builtin_bytes };
}
