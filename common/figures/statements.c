/* statements.c -- see linli/statements.h. */
#include "linli/statements.h"

#include <stdlib.h>
#include <string.h>

#include "linli/audit.h"
#include "linli/files.h"
#include "linli/past.h"
#include "linli/records.h"
#include "ratio.h"
#include "statement_causes.h"
#include "statement_make.h"

#define ENTITY "statement"

/* Fields of the entity, in the order of statement_fields. */
enum { FIELD_PERIOD, FIELD_MODEL, FIELD_AT, FIELD_SIGNED_BY, FIELD_DOCUMENT, STATEMENT_FIELDS };
static const char *const statement_fields[STATEMENT_FIELDS] = { "period", "model", "at",
	"signed_by", "document" };

static const struct entity *statement_entity(struct node *node)
{
	return model_entity(node_model(node), VIEW_LITERAL(ENTITY));
}

/* ---- looking -------------------------------------------------------- */

struct listing {
	struct node *node;
	struct arena arena;
	struct buf list; /* of struct statement */
};

static const char *text_of(struct listing *listing, const struct record_view *view, int which)
{
	const struct field *field = entity_field(view->entity, view_of(statement_fields[which]));
	const struct value *value = &view->values[field->index];

	return arena_copy(&listing->arena,
		value->kind == VALUE_TEXT ? value->text : VIEW_LITERAL("")).data;
}

static bool note(void *ctx, const struct record_view *view, struct err *err)
{
	struct listing *listing = ctx;
	const struct field *at = entity_field(view->entity, view_of(statement_fields[FIELD_AT]));
	struct statement statement = {
		.period = text_of(listing, view, FIELD_PERIOD),
		.model = text_of(listing, view, FIELD_MODEL),
		.signed_by = text_of(listing, view, FIELD_SIGNED_BY),
		.document = text_of(listing, view, FIELD_DOCUMENT),
		.at_ms = view->values[at->index].integer,
	};

	memcpy(statement.id, view->id, sizeof(statement.id));
	if (statement.period == NULL || statement.model == NULL ||
		statement.signed_by == NULL || statement.document == NULL) {
		return err_nomem(err);
	}
	buf_add(&listing->list, &statement, sizeof(statement));
	return buf_ok(&listing->list, err);
}

static int by_time(const void *a, const void *b)
{
	const struct statement *x = a, *y = b;

	return x->at_ms != y->at_ms ? (x->at_ms < y->at_ms ? -1 : 1) : strcmp(x->id, y->id);
}

bool statements_each(struct node *node,
	bool (*each)(void *ctx, const struct statement *statement, struct err *err), void *ctx,
	struct err *err)
{
	struct listing listing = { .node = node };
	const struct statement *list;
	size_t i, count;
	bool ok = records_each(node, statement_entity(node), NULL, 0, note, &listing, err);

	count = listing.list.len / sizeof(*list);
	if (ok && count != 0) {
		qsort(listing.list.data, count, sizeof(*list), by_time);
	}
	list = (const struct statement *)(const void *)listing.list.data;
	for (i = 0; ok && i < count; i++) {
		ok = each(ctx, &list[i], err);
	}
	buf_clear(&listing.list);
	arena_clear(&listing.arena);
	return ok;
}

static bool take_document(void *ctx, const struct record_view *view, struct err *err)
{
	struct buf *hex = ctx;
	const struct field *field =
		entity_field(view->entity, view_of(statement_fields[FIELD_DOCUMENT]));

	if (view->values[field->index].kind == VALUE_TEXT) {
		buf_view(hex, view->values[field->index].text);
	}
	return buf_ok(hex, err);
}

bool statement_document(struct node *node, const char *id, struct buf *out, struct err *err)
{
	struct record_id record;
	struct buf hex = { 0 };
	bool ok;

	ok = (record_id_parse(&record, view_of(id), false) ||
		err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("没有这份发布", "there is no such statement"))) &&
		records_get(node, statement_entity(node), &record, take_document, &hex, err) &&
		files_get(node, buf_as_view(&hex), out, err);
	buf_clear(&hex);
	return ok;
}

/* ---- publishing ------------------------------------------------------ */

struct publishing {
	struct node *node;
	const struct statement_file *file;
	struct view document;
	const char *signed_by;
	struct record_id id;
};

static struct assignment set(struct node *node, int which, struct value value)
{
	return (struct assignment){
		entity_field(statement_entity(node), view_of(statement_fields[which])),
		ASSIGN_SET, value };
}

static struct value text_value(const char *text)
{
	return (struct value){ VALUE_TEXT, 0, view_of(text) };
}

static bool write_record(void *ctx, struct err *err)
{
	struct publishing *publishing = ctx;
	struct node *node = publishing->node;
	const struct statement_file *file = publishing->file;
	const struct audit_item detail[] = { { "by", publishing->signed_by, 0 },
		{ "period", file->period.name, 0 }, { NULL, NULL, 0 } };
	char hex[65];

	if (!files_keep(node, publishing->document, hex, err)) {
		return false;
	}
	struct assignment assignments[STATEMENT_FIELDS] = {
		set(node, FIELD_PERIOD, text_value(file->period.name)),
		set(node, FIELD_MODEL, text_value(file->model)),
		set(node, FIELD_AT, (struct value){ VALUE_INT, file->at_ms, { NULL, 0 } }),
		set(node, FIELD_SIGNED_BY, text_value(publishing->signed_by)),
		set(node, FIELD_DOCUMENT, text_value(hex)),
	};

	return records_put(node, statement_entity(node), NULL, assignments, STATEMENT_FIELDS,
		       &publishing->id, err) &&
		audit_add(node, NULL, AUDIT_PUBLISHED, detail, err);
}

bool statement_publish(struct node *node, const struct period *period, const char *signed_by,
	bool dry_run, char id[RECORD_ID_TEXT_BYTES], struct buf *document, struct err *err)
{
	const struct env *env = node_env(node);
	struct publishing publishing = { .node = node, .signed_by = signed_by };
	struct statement_file file;
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct tally packed;
	bool ok = false;

	id[0] = '\0';
	if (!node_is_district(node)) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("只有区里能发布", "only the district publishes"));
	}
	if ((!dry_run && !outbox_pack(node, &packed, err)) ||
		!statement_make(&file, &arena, node, period, env->now_ms(env->ctx), err)) {
		goto out;
	}
	statement_print(&text, &file);
	if (!buf_ok(&text, err)) {
		goto out;
	}
	publishing.file = &file;
	publishing.document = buf_as_view(&text);
	ok = dry_run || (node_transaction(node, write_record, &publishing, false, err) &&
		outbox_pack(node, &packed, err));
	if (ok && !dry_run) {
		record_id_print(id, publishing.id.bytes, publishing.id.len, false);
	}
	if (ok && document != NULL) {
		buf_view(document, buf_as_view(&text));
		ok = buf_ok(document, err);
	}
out:
	arena_clear(&arena);
	buf_clear(&text);
	return ok;
}

/* ---- comparing ------------------------------------------------------- */

struct comparing {
	struct causes *causes; /* NULL: none are wanted */
	bool (*each)(void *ctx, const struct statement_difference *difference, struct err *err);
	void *ctx;
};

static bool same_value(const struct statement_value *a, const struct statement_value *b)
{
	struct ratio before = { a->known, a->numerator, a->denominator };
	struct ratio now = { b->known, b->numerator, b->denominator };

	return a->there == b->there && a->known == b->known && a->suppressed == b->suppressed &&
		(!a->known || ratio_compare(before, now) == 0);
}

static bool tell(struct comparing *comparing, const struct statement_row *before,
	const struct statement_row *after, struct err *err)
{
	const struct statement_row *row = before != NULL ? before : after;
	struct statement_difference difference = { .figure = row->figure, .place = row->place,
		.breakdown = row->breakdown, .level = row->level };

	if (before != NULL) {
		difference.published = before->value;
	}
	if (after != NULL) {
		difference.now = after->value;
	}
	if (same_value(&difference.published, &difference.now)) {
		return true;
	}
	return (comparing->causes == NULL ||
		       causes_of(comparing->causes, row, &difference.bundles,
			       &difference.bundle_count, err)) &&
		comparing->each(comparing->ctx, &difference, err);
}

/* Both are sorted: walk them side by side. */
static bool compare(struct comparing *comparing, const struct statement_file *before,
	const struct statement_file *after, struct err *err)
{
	size_t i = 0, j = 0;

	while (i < before->row_count || j < after->row_count) {
		const struct statement_row *x = i < before->row_count ? &before->rows[i] : NULL;
		const struct statement_row *y = j < after->row_count ? &after->rows[j] : NULL;
		int order = x == NULL ? 1 : y == NULL ? -1 : statement_row_compare(x, y);

		if (!tell(comparing, order <= 0 ? x : NULL, order >= 0 ? y : NULL, err)) {
			return false;
		}
		i += order <= 0;
		j += order >= 0;
	}
	return true;
}

static bool load(struct statement_file *out, struct arena *arena, struct buf *text,
	struct node *node, const char *id, struct err *err)
{
	return statement_document(node, id, text, err) &&
		statement_parse(out, arena, buf_as_view(text), err);
}

bool statement_differences(struct node *node, const char *id,
	bool (*each)(void *ctx, const struct statement_difference *difference, struct err *err),
	void *ctx, struct err *err)
{
	const struct env *env = node_env(node);
	struct comparing comparing = { .each = each, .ctx = ctx };
	struct statement_file before, now;
	struct arena arena = { 0 };
	struct buf text = { 0 };
	bool ok;

	ok = load(&before, &arena, &text, node, id, err) &&
		statement_make(&now, &arena, node, &before.period, env->now_ms(env->ctx), err) &&
		causes_read(&comparing.causes, node, &before, err) &&
		compare(&comparing, &before, &now, err);
	causes_free(comparing.causes);
	arena_clear(&arena);
	buf_clear(&text);
	return ok;
}

bool statements_compare(struct node *node, const char *before, const char *after,
	bool (*each)(void *ctx, const struct statement_difference *difference, struct err *err),
	void *ctx, struct err *err)
{
	struct comparing comparing = { .each = each, .ctx = ctx };
	struct statement_file first, second;
	struct arena arena = { 0 };
	struct buf text = { 0 };
	bool ok;

	ok = load(&first, &arena, &text, node, before, err);
	buf_reset(&text);
	ok = ok && load(&second, &arena, &text, node, after, err) &&
		compare(&comparing, &first, &second, err);
	arena_clear(&arena);
	buf_clear(&text);
	return ok;
}

bool statement_recount(struct node *node, const char *id, bool *same,
	bool (*each)(void *ctx, const struct statement_difference *difference, struct err *err),
	void *ctx, struct err *err)
{
	struct comparing comparing = { .each = each, .ctx = ctx };
	struct statement_file stated, counted;
	struct arena arena = { 0 };
	struct buf text = { 0 }, again = { 0 };
	struct past *past = NULL;
	bool ok = false;

	*same = false;
	if (!load(&stated, &arena, &text, node, id, err) ||
		!past_open(&past, node, stated.heads, stated.head_count, stated.at_ms, err) ||
		!statement_make(&counted, &arena, past_node(past), &stated.period, stated.at_ms,
			err)) {
		goto out;
	}
	statement_print(&again, &counted);
	*same = view_equal(buf_as_view(&again), buf_as_view(&text));
	ok = buf_ok(&again, err) && compare(&comparing, &stated, &counted, err);
out:
	past_close(past);
	arena_clear(&arena);
	buf_clear(&text);
	buf_clear(&again);
	return ok;
}
