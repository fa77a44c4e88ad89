/* page_records.c -- see page_records.h. */
#include <string.h>

#include "commands.h"
#include "emit.h"
#include "linli/browse.h"
#include "page_command.h"
#include "page_records.h"
#include "shown.h"

bool page_entity(const struct page_call *call, const struct entity **out, struct err *err)
{
	*out = model_entity(node_model(call->node), view_of(call->params[0]));
	if (*out == NULL || (*out)->trust) {
		return err_set(err, ERR_NOT_FOUND, "no entity %s", call->params[0]);
	}
	return true;
}

bool page_record(const struct page_call *call, const struct entity **entity, struct record_id *id,
	struct err *err)
{
	return page_entity(call, entity, err) &&
		(record_id_parse(id, view_of(call->params[1]), (*entity)->slug_ids) ||
			err_set(err, ERR_NOT_FOUND, "%s is no id", call->params[1]));
}

/* ---- what is asked for ---------------------------------------------- */

struct asked {
	const struct page_call *call;
	struct browse browse;
	struct browse_filter filters[BROWSE_MAX_FILTERS];
	struct arena arena;
	char search[256], community[SLUG_TEXT_BYTES], sort[MODEL_NAME_BYTES];
	struct buf *out;
};

/* "f.kind=old" narrows by the field kind. */
static bool take_filter(void *ctx, struct view name, struct view value, struct err *err)
{
	struct asked *asked = ctx;
	struct browse *browse = &asked->browse;
	struct browse_filter *filter = &asked->filters[browse->filter_count];

	if (!view_begins(name, "f.")) {
		return true;
	}
	if (browse->filter_count == BROWSE_MAX_FILTERS) {
		return err_set(err, ERR_VALUE, "more than %d filters", BROWSE_MAX_FILTERS);
	}
	filter->field =
		entity_field(browse->entity, (struct view){ name.data + 2, name.len - 2 });
	filter->value = arena_copy(&asked->arena, value);
	if (filter->field == NULL) {
		return err_set(err, ERR_FORMAT, "no such field");
	}
	browse->filter_count++;
	return filter->value.data != NULL || err_nomem(err);
}

static bool take_query(struct asked *asked, const struct page_call *call, struct err *err)
{
	struct browse *browse = &asked->browse;
	char text[8];

	asked->call = call;
	asked->out = &call->reply->body;
	browse->filters = asked->filters;
	if (!page_entity(call, &browse->entity, err) ||
		!page_query_each(call, take_filter, asked, err)) {
		return false;
	}
	if (page_query(call, "q", 0, asked->search, sizeof(asked->search))) {
		browse->search = view_of(asked->search);
	}
	if (page_query(call, "community", 0, asked->community, sizeof(asked->community)) &&
		asked->community[0] != '\0') {
		browse->community = asked->community;
	}
	if (page_query(call, "sort", 0, asked->sort, sizeof(asked->sort))) {
		browse->sort = entity_field(browse->entity, view_of(asked->sort));
	}
	browse->descending = page_query(call, "desc", 0, text, sizeof(text));
	browse->deleted = page_query(call, "deleted", 0, text, sizeof(text));
	browse->offset = page_query_number(call, "offset", INT64_MAX, 0);
	browse->limit = page_query_number(call, "limit", PAGE_RECORDS_MAX, 100);
	return true;
}

/* ---- lists ---------------------------------------------------------- */

/* The titles of what a record refers to, by field. */
static void titles_json(struct buf *out, struct node *node, const struct record_view *view)
{
	const struct entity *entity = view->entity;
	struct buf title = { 0 };
	size_t i;

	emit_key(out, "titles");
	emit_open(out, '{');
	for (i = 0; i < entity->field_count; i++) {
		const struct field *field = &entity->fields[i];

		if (field->type == FIELD_REFERENCE && view->values[i].kind == VALUE_TEXT) {
			buf_reset(&title);
			shown_value(&title, node, field, &view->values[i]);
			emit_key(out, field->name);
			emit_text(out, buf_as_view(&title));
		}
	}
	emit_close(out, '}');
	out->failed = out->failed || title.failed;
	buf_clear(&title);
}

static bool record_json(void *ctx, const struct record_view *view, struct err *err)
{
	struct asked *asked = ctx;
	struct buf *out = asked->out;

	emit_open(out, '{');
	emit_member(out, "id", view->id);
	emit_member(out, "community", view->community);
	emit_key(out, "values");
	shown_values_json(out, view);
	titles_json(out, asked->call->node, view);
	emit_close(out, '}');
	return buf_ok(out, err);
}

static bool list_records(struct page_call *call, struct err *err)
{
	struct asked asked = { .out = NULL };
	uint64_t total = 0;
	bool ok = false;

	if (!take_query(&asked, call, err)) {
		goto out;
	}
	emit_begin(asked.out);
	emit_member(asked.out, "entity", asked.browse.entity->name);
	emit_member_integer(asked.out, "offset", (int64_t)asked.browse.offset);
	emit_key(asked.out, "records");
	emit_open(asked.out, '[');
	if (!browse_records(call->node, &asked.browse, &total, record_json, &asked, err)) {
		goto out;
	}
	emit_close(asked.out, ']');
	emit_member_integer(asked.out, "total", (int64_t)total);
	emit_end(asked.out);
	ok = true;
out:
	arena_clear(&asked.arena);
	return ok;
}

/* ---- counts --------------------------------------------------------- */

struct faceting {
	struct asked asked;
	const struct field *field;
};

static bool facet_json(void *ctx, struct view value, uint64_t count, struct err *err)
{
	struct faceting *faceting = ctx;
	struct buf *out = faceting->asked.out;
	struct buf title = { 0 };

	emit_open(out, '{');
	emit_key(out, "value");
	emit_text(out, value);
	emit_key(out, "title");
	if (faceting->field->type == FIELD_REFERENCE && value.len != 0) {
		shown_title(&title, faceting->asked.call->node, faceting->field->reference, value);
		emit_text(out, buf_as_view(&title));
	} else {
		emit_null(out);
	}
	emit_member_integer(out, "count", (int64_t)count);
	emit_close(out, '}');
	out->failed = out->failed || title.failed;
	buf_clear(&title);
	return buf_ok(out, err);
}

/* By which fields can one narrow at a glance? */
static bool has_facet(const struct field *field)
{
	return field->type == FIELD_ENUM || field->type == FIELD_BOOLEAN ||
		field->type == FIELD_DATE || field->type == FIELD_REFERENCE;
}

static bool list_facets(struct page_call *call, struct err *err)
{
	struct faceting faceting = { .field = NULL };
	struct asked *asked = &faceting.asked;
	bool ok = false;
	size_t i;

	if (!take_query(asked, call, err)) {
		goto out;
	}
	emit_begin(asked->out);
	emit_member(asked->out, "entity", asked->browse.entity->name);
	emit_key(asked->out, "facets");
	emit_open(asked->out, '[');
	for (i = 0; i < asked->browse.entity->field_count; i++) {
		faceting.field = &asked->browse.entity->fields[i];
		if (!has_facet(faceting.field)) {
			continue;
		}
		emit_open(asked->out, '{');
		emit_member(asked->out, "field", faceting.field->name);
		emit_key(asked->out, "values");
		emit_open(asked->out, '[');
		if (!browse_facet(call->node, &asked->browse, faceting.field, facet_json, &faceting,
			    err)) {
			goto out;
		}
		emit_close(asked->out, ']');
		emit_close(asked->out, '}');
	}
	emit_close(asked->out, ']');
	emit_end(asked->out);
	ok = true;
out:
	arena_clear(&asked->arena);
	return ok;
}

/* How many records of each entity there are, for the overview. */
static bool count_entities(struct page_call *call, struct err *err)
{
	const struct model *model = node_model(call->node);
	struct buf *out = &call->reply->body;
	char community[SLUG_TEXT_BYTES];
	uint64_t total;
	size_t i;
	bool one = page_query(call, "community", 0, community, sizeof(community));

	emit_begin(out);
	emit_key(out, "counts");
	emit_open(out, '{');
	for (i = 0; i < model->entity_count; i++) {
		const struct entity *entity = &model->entities[i];
		struct browse browse = { .entity = entity,
			.community = one && !entity->district_writes ? community : NULL };

		if (entity->trust) {
			continue;
		}
		if (!browse_records(call->node, &browse, &total, NULL, NULL, err)) {
			return false;
		}
		emit_member_integer(out, entity->name, (int64_t)total);
	}
	emit_close(out, '}');
	emit_end(out);
	return true;
}

/* ---- one record, and what the commands tell ------------------------- */

static bool show_model(struct page_call *call, struct err *err)
{
	page_model_json(&call->reply->body, node_model(call->node));
	return buf_ok(&call->reply->body, err);
}

struct showing {
	const struct page_call *call;
	struct buf *out;
};

static bool own_titles(void *ctx, const struct record_view *view, struct err *err)
{
	struct showing *showing = ctx;

	emit_member(showing->out, "community", view->community);
	titles_json(showing->out, showing->call->node, view);
	return buf_ok(showing->out, err);
}

/* ?id=…&id=…: what each of them is called, by id. */
static bool show_titles(struct page_call *call, struct err *err)
{
	struct buf *out = &call->reply->body, title = { 0 };
	const struct entity *entity;
	char id[RECORD_ID_TEXT_BYTES];
	size_t i;

	if (!page_entity(call, &entity, err)) {
		return false;
	}
	emit_begin(out);
	emit_key(out, "titles");
	emit_open(out, '{');
	for (i = 0; i < PAGE_RECORDS_MAX && page_query(call, "id", i, id, sizeof(id)); i++) {
		buf_reset(&title);
		shown_title(&title, call->node, entity, view_of(id));
		emit_key(out, id);
		emit_text(out, buf_as_view(&title));
	}
	emit_close(out, '}');
	emit_end(out);
	buf_clear(&title);
	return buf_ok(out, err);
}

/* As "get" tells it, with the titles of what it refers to. */
static bool show_record(struct page_call *call, struct err *err)
{
	struct page_command get = { .run = cli_get, .words = { call->params[0], call->params[1] } };
	struct showing showing = { call, &call->reply->body };
	const struct entity *entity;
	struct record_id id;

	if (!page_record(call, &entity, &id, err) ||
		!page_command_answer(call, call->node, &get, err)) {
		return false;
	}
	/* Into the object that the command has written. */
	while (showing.out->len != 0 && showing.out->data[showing.out->len - 1] != '}') {
		showing.out->len--;
	}
	showing.out->len -= showing.out->len != 0;
	if (!records_get(call->node, entity, &id, own_titles, &showing, err)) {
		return false;
	}
	emit_end(showing.out);
	return true;
}

static bool list_conflicts(struct page_call *call, struct err *err)
{
	char text[8];
	struct cli_conflicts options = { .open = page_query(call, "open", 0, text, sizeof(text)) };
	struct page_command command = { .run = cli_conflicts, .options = &options,
		.options_bytes = sizeof(options) };

	return page_command_answer(call, call->node, &command, err);
}

static bool show_figures(struct page_call *call, struct err *err)
{
	char period[16] = "", by[MODEL_NAME_BYTES] = "", place[100] = "";
	char names[PAGE_COMMAND_WORDS - 1][MODEL_NAME_BYTES];
	struct cli_stats options = { .period = NULL };
	struct page_command command = { .run = cli_stats, .options = &options,
		.options_bytes = sizeof(options) };
	size_t i;

	options.period = page_query(call, "period", 0, period, sizeof(period)) ? period : NULL;
	options.by = page_query(call, "by", 0, by, sizeof(by)) ? by : NULL;
	options.place = page_query(call, "place", 0, place, sizeof(place)) ? place : NULL;
	for (i = 0; i < PAGE_COMMAND_WORDS - 1 &&
		page_query(call, "figure", i, names[i], sizeof(names[i]));
		i++) {
		command.words[i] = names[i];
	}
	return page_command_answer(call, call->node, &command, err);
}

static bool show_log(struct page_call *call, struct err *err)
{
	struct cli_log options = { .limit = (int64_t)page_query_number(call, "limit", 1000, 50) };
	struct page_command command = { .run = cli_log, .options = &options,
		.options_bytes = sizeof(options) };

	return page_command_answer(call, call->node, &command, err);
}

static bool show_forks(struct page_call *call, struct err *err)
{
	struct page_command command = { .run = cli_forks };

	return page_command_answer(call, call->node, &command, err);
}

const struct page_route page_record_routes[] = {
	{ "GET", "/model", show_model, PAGE_ROUTE_GUARDED },
	{ "GET", "/counts", count_entities, PAGE_ROUTE_GUARDED },
	{ "GET", "/records/{entity}", list_records, PAGE_ROUTE_GUARDED },
	{ "GET", "/facets/{entity}", list_facets, PAGE_ROUTE_GUARDED },
	{ "GET", "/titles/{entity}", show_titles, PAGE_ROUTE_GUARDED },
	{ "GET", "/records/{entity}/{id}", show_record, PAGE_ROUTE_GUARDED },
	{ "GET", "/conflicts", list_conflicts, PAGE_ROUTE_GUARDED },
	{ "GET", "/figures", show_figures, PAGE_ROUTE_GUARDED },
	{ "GET", "/bundles", show_log, PAGE_ROUTE_GUARDED },
	{ "GET", "/forks", show_forks, PAGE_ROUTE_GUARDED },
	{ NULL, NULL, NULL, PAGE_ROUTE_GUARDED },
};
