/*
 * move_route.c -- edits of a record by somebody who did not know yet that it
 * was handed over, or merged into another: written again where they belong.
 */
#include <stdlib.h>
#include <string.h>

#include "chain_lines.h"
#include "move_private.h"

/* ---- which of a line's changes are written again ------------------- */

/* When each field of a record was last changed, by its lines; 0: never. */
struct last_changes {
	int64_t t[MODEL_MAX_FIELDS];
};

/* The lines of the loaded record, as struct merge_origin. */
static bool origins_of(const struct record *record, struct buf *out, struct err *err)
{
	struct merge_origin origin;
	size_t i;

	for (i = 0; i < record_line_count(record); i++) {
		record_line(record, i, &origin);
		buf_add(out, &origin, sizeof(origin));
	}
	return buf_ok(out, err);
}

/* ${others_only}: what the district itself wrote again does not count. */
static bool last_changes(struct node *node, const struct entity *entity,
	const struct buf *origins, bool others_only, struct last_changes *out, struct err *err)
{
	struct line_reader reader = { .node = node };
	struct arena arena = { 0 };
	struct merge_origin origin;
	bool ok = true;
	size_t i, j;

	memset(out, 0, sizeof(*out));
	for (i = 0; ok && i < origins->len; i += sizeof(origin)) {
		const struct chain *chain;
		struct view text;
		struct line line;

		memcpy(&origin, origins->data + i, sizeof(origin));
		chain = chain_by_number(node, origin.chain);
		if (others_only && strcmp(chain->community, DISTRICT_SLUG) == 0) {
			continue;
		}
		arena_reset(&arena);
		ok = line_reader_get(&reader, &origin, &text, err) &&
			line_parse(&line, &arena, text, err);
		for (j = 0; ok && j < line.change_count; j++) {
			const struct field *field = entity_field(entity, line.changes[j].field);

			if (field != NULL && line.t > out->t[field->index]) {
				out->t[field->index] = line.t;
			}
		}
	}
	line_reader_clear(&reader);
	arena_clear(&arena);
	return ok;
}

/* How far along a field of rule forward is. */
static size_t step_of(const struct field *field, const struct value *value)
{
	size_t i;

	for (i = 0; value->kind == VALUE_TEXT && i < field->member_count; i++) {
		if (view_is(value->text, field->members[i].name)) {
			return 1 + i + (field->members[i].terminal ? field->member_count : 0);
		}
	}
	return 0;
}

/* Does the value that ${t} brings stand against what the field shows? */
static bool prevails(const struct field *field, const struct value *value,
	const struct value *now, int64_t t, int64_t last)
{
	switch (field->rule) {
	case RULE_FIRST:
		return now->kind == VALUE_NULL || last == 0;
	case RULE_FORWARD:
		return last == 0 || step_of(field, value) > step_of(field, now);
	case RULE_MAX:
		return last == 0 || value_compare(value, now) > 0;
	case RULE_MIN:
		return last == 0 || now->kind == VALUE_NULL || value_compare(value, now) < 0;
	default:
		return t > last;
	}
}

/* The changes of ${line} that the loaded record ${record} takes. */
static bool choose(struct changes *out, const struct entity *entity,
	const struct record *record, const struct line *line, const struct last_changes *last,
	struct err *err)
{
	size_t i;

	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];
		const struct field *field = entity_field(entity, change->field);
		bool put = change->op == LINE_PUT;

		/* Which community it is of is for the move to say. */
		if (field == NULL || field == entity->community) {
			continue;
		}
		if (put && (value_equal(&change->value, record_value(record, field)) ||
				   !prevails(field, &change->value, record_value(record, field),
					   line->t, last->t[field->index]))) {
			continue;
		}
		if (!changes_add(out, field, change->op, &change->value, err)) {
			return false;
		}
	}
	return true;
}

/* What ${line} changes in the living record ${id}; *alive. */
static bool chosen(struct node *node, const struct entity *entity, const struct record_id *id,
	const struct line *line, bool others_only, struct changes *out, bool *alive,
	struct err *err)
{
	struct table *table = node_table(node, view_of(entity->name));
	struct buf origins = { 0 };
	struct last_changes last;
	struct loaded at;
	bool ok;

	*alive = false;
	if (table == NULL || !table_load(node, table, id, &at, err)) {
		return table == NULL;
	}
	*alive = at.found && record_alive(table->record);
	if (!*alive) {
		return true;
	}
	ok = origins_of(table->record, &origins, err) &&
		last_changes(node, entity, &origins, others_only, &last, err) &&
		choose(out, entity, table->record, line, &last, err);
	buf_clear(&origins);
	return ok;
}

/* Line ${origin}, kept in ${text}; what *line borrows lies there and in ${arena}. */
static bool read_line(struct node *node, const struct merge_origin *origin, struct buf *text,
	struct arena *arena, struct line *line, struct err *err)
{
	struct line_reader reader = { .node = node };
	struct view view;
	bool ok = line_reader_get(&reader, origin, &view, err);

	if (ok) {
		buf_view(text, view);
		ok = buf_ok(text, err) && line_parse(line, arena, buf_as_view(text), err);
	}
	line_reader_clear(&reader);
	return ok;
}

/* ---- after a move ------------------------------------------------- */

/* The next of the entries of ${cursor}, which single blanks part. */
static struct view next_entry(struct cursor *cursor)
{
	struct view rest = { (const char *)cursor->at, cursor_left(cursor) };

	if (memchr(rest.data, ' ', rest.len) != NULL) {
		return cursor_until(cursor, ' ');
	}
	(void)cursor_take(cursor, rest.len);
	return rest;
}

/* Does ${covers} name ${chain} up to ${seq}, and not line "-${line}" as returned then? */
static bool covered(struct view covers, const char *chain, uint32_t seq, const char *line)
{
	struct cursor cursor = cursor_of(covers.data, covers.len);
	size_t len = strlen(chain);
	bool is = false;
	int64_t upto;

	while (cursor_left(&cursor) != 0) {
		struct view entry = next_entry(&cursor);

		if (entry.len > 1 && entry.data[0] == '-' &&
			view_is((struct view){ entry.data + 1, entry.len - 1 }, line)) {
			return false;
		}
		if (entry.len > len + 1 && memcmp(entry.data, chain, len) == 0 &&
			entry.data[len] == '@') {
			is = int64_parse(&upto, (struct view){ entry.data + len + 1,
							entry.len - len - 1 }) &&
				upto >= seq;
		}
	}
	return is;
}

/* Was the line part of what the last holder before handed over? */
static bool was_covered(struct node *node, const struct move_range *range,
	const struct chain *chain, uint32_t seq, const char *line, bool *is, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT covers FROM moved WHERE id = ?1");
	size_t i;
	bool row;

	*is = false;
	for (i = range->count; i-- > 0 && !*is;) {
		const struct moved *moved = &range->list[i];

		if (strcmp(moved->giver, chain->name.scope.community) != 0) {
			continue;
		}
		stmt_text_at(stmt, 1,
			(struct view){ (const char *)moved->slug.bytes, moved->slug.len });
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			*is = covered(stmt_get_text(stmt, 0), chain->text, seq, line);
			stmt_reset(stmt);
		}
	}
	return true;
}

struct late {
	struct node *node;
	const struct entity *entity;
	struct record_id id;
	char record[RECORD_ID_TEXT_BYTES], line[LINE_NAME_TEXT_BYTES];
	char holder[SLUG_TEXT_BYTES];
};

static bool add_text(struct changes *changes, const struct entity *entity, const char *field,
	struct view text, struct err *err)
{
	struct value value = { VALUE_TEXT, 0, text };

	return text.len > FIELD_TEXT_MAX_BYTES ||
		changes_add(changes, entity_field(entity, view_of(field)), LINE_PUT, &value, err);
}

/* Tell the new holder what came, and what became of it. */
static bool write_route(const struct late *late, struct view text, const char *outcome,
	struct err *err)
{
	struct node *node = late->node;
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("move_route"));
	const struct audit_item detail[] = { { "entity", late->entity->name, 0 },
		{ "line", late->line, 0 }, { "outcome", outcome, 0 },
		{ "record", late->record, 0 }, { "to", late->holder, 0 }, { NULL, NULL, 0 } };
	struct changes changes = { 0 };
	struct record_id id;
	bool ok;

	record_id_make(&id, node->device, node->incarnation, (uint64_t)node->next_record++);
	node->facts_changed = true;
	ok = add_text(&changes, entity, "entity", view_of(late->entity->name), err) &&
		add_text(&changes, entity, "record", view_of(late->record), err) &&
		add_text(&changes, entity, "line", view_of(late->line), err) &&
		add_text(&changes, entity, "change", text, err) &&
		add_text(&changes, entity, "outcome", view_of(outcome), err) &&
		changes_write(node, &changes, entity, &id, late->holder, err) &&
		audit_add(node, NULL, AUDIT_MOVE_ROUTED, detail, err);
	changes_clear(&changes);
	return ok;
}

static bool route(struct late *late, const struct merge_origin *origin, struct err *err)
{
	struct node *node = late->node;
	struct changes changes = { 0 };
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct line line;
	bool alive = false, ok;

	arena_reset(&node->arena);
	ok = read_line(node, origin, &text, &arena, &line, err) &&
		chosen(node, late->entity, &late->id, &line, true, &changes, &alive, err) &&
		(!alive || changes_write(node, &changes, late->entity, &late->id, late->holder,
				   err)) &&
		write_route(late, buf_as_view(&text), changes.count != 0 ? "written" : "kept",
			err);
	changes_clear(&changes);
	arena_clear(&arena);
	buf_clear(&text);
	return ok;
}

/* What the line ${text} added to totals is taken off again, or (${back}) added again. */
static bool take_off(struct node *node, struct view text, bool back, struct err *err)
{
	const struct entity *entity;
	struct changes changes = { 0 };
	struct arena arena = { 0 };
	struct record_id id;
	struct line line;
	bool ok;
	size_t i;

	ok = line_parse(&line, &arena, text, err);
	entity = ok ? model_entity(node->model, line.entity) : NULL;
	for (i = 0; entity != NULL && ok && i < line.change_count; i++) {
		struct value value = line.changes[i].value;
		const struct field *field = entity_field(entity, line.changes[i].field);

		if (line.changes[i].op == LINE_ADD && field != NULL && value.integer != 0 &&
			(back || !__builtin_sub_overflow(0, value.integer, &value.integer))) {
			ok = changes_add(&changes, field, LINE_ADD, &value, err);
		}
	}
	ok = ok && (entity == NULL || changes.count == 0 ||
			   !record_id_parse(&id, line.id, entity->slug_ids) ||
			   changes_write(node, &changes, entity, &id,
				   moves_holder(node, entity, &id), err));
	changes_clear(&changes);
	arena_clear(&arena);
	return ok;
}

/* Undo what a record move_route tells of; the record goes. */
static bool undo_route(struct node *node, const struct record_id *route, struct err *err)
{
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("move_route"));
	struct stmt *stmt = db_prepare(node->db,
		"SELECT change, outcome FROM rec_move_route WHERE id = ?1");
	struct buf text = { 0 };
	bool row, kept = true, returned = false, ok;

	stmt_blob_at(stmt, 1, route->bytes, route->len);
	ok = stmt_step(stmt, &row, err);
	if (ok && row) {
		buf_view(&text, stmt_get_text(stmt, 0));
		kept = view_is(stmt_get_text(stmt, 1), "kept");
		returned = view_is(stmt_get_text(stmt, 1), "returned");
		stmt_reset(stmt);
	}
	ok = ok && buf_ok(&text, err) &&
		(kept || text.len == 0 || take_off(node, buf_as_view(&text), returned, err)) &&
		records_delete(node, entity, route, true, err);
	buf_clear(&text);
	return ok;
}

/* The district's records about a line: what was routed, and what was taken off as returned. */
struct routes {
	size_t routed, returned;
	struct record_id last_routed, last_returned;
};

static bool routes_of(struct node *node, const char *name, struct routes *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT id, outcome FROM rec_move_route WHERE line = ?1 AND alive ORDER BY id");
	bool row = true;

	memset(out, 0, sizeof(*out));
	stmt_text_at(stmt, 1, view_of(name));
	for (;;) {
		struct device_id device;
		struct record_id id = { 0 };
		uint32_t incarnation;
		struct view bytes;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return true;
		}
		bytes = stmt_get_blob(stmt, 0);
		if (bytes.len > RECORD_ID_BYTES ||
			!record_id_origin(bytes.data, bytes.len, &device, &incarnation) ||
			strcmp(device_community(node, device), DISTRICT_SLUG) != 0) {
			continue;
		}
		id.len = (uint8_t)bytes.len;
		memcpy(id.bytes, bytes.data, bytes.len);
		if (view_is(stmt_get_text(stmt, 1), "returned")) {
			out->returned++;
			out->last_returned = id;
		} else {
			out->routed++;
			out->last_routed = id;
		}
	}
}

/* What was handed over, and is returned only now, is taken off at the new holder's. */
static bool route_return(const struct late *late, const struct merge_origin *origin,
	struct err *err)
{
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct line line;
	bool ok = read_line(late->node, origin, &text, &arena, &line, err) &&
		take_off(late->node, buf_as_view(&text), false, err) &&
		write_route(late, buf_as_view(&text), "returned", err);

	arena_clear(&arena);
	buf_clear(&text);
	return ok;
}

static bool stands_apart(const struct late *late, const struct merge_origin *origin, bool *apart,
	struct err *err)
{
	struct stmt *stmt = db_prepare(late->node->db,
		"SELECT 1 FROM apart WHERE chain = ?1 AND seq = ?2 AND n = ?3");
	bool ok;

	stmt_int_at(stmt, 1, origin->chain);
	stmt_int_at(stmt, 2, origin->seq);
	stmt_int_at(stmt, 3, origin->n);
	ok = stmt_step(stmt, apart, err);
	stmt_reset(stmt);
	return ok;
}

/*
 * A line of a former holder is with the new one once, if it is applied: handed over
 * or routed.  It is not there if it is returned; and a district that was put back from
 * a copy may have routed it twice.
 */
static bool settle_line(struct late *late, const struct chain *chain,
	const struct merge_origin *origin, const struct move_range *range, struct err *err)
{
	bool apart = false, handed_over, ok;
	struct routes routes;
	size_t there, wanted;

	if (!stands_apart(late, origin, &apart, err) ||
		!was_covered(late->node, range, chain, origin->seq, late->line, &handed_over, err)) {
		return false;
	}
	do {
		if (!routes_of(late->node, late->line, &routes, err)) {
			return false;
		}
		there = routes.routed + handed_over;
		wanted = routes.returned + apart;
		if (there > wanted && routes.routed != 0) {
			ok = undo_route(late->node, &routes.last_routed, err);
		} else if (there > wanted) {
			ok = route_return(late, origin, err);
		} else if (there < wanted && routes.returned != 0) {
			ok = undo_route(late->node, &routes.last_returned, err);
		} else {
			ok = there == wanted || route(late, origin, err);
		}
	} while (ok && there != wanted);
	return ok;
}

/* Line ${origin} of a record that may have been moved. */
static bool settle_origin(struct node *node, const struct merge_origin *origin, struct err *err)
{
	const struct chain *chain = chain_by_number(node, origin->chain);
	struct place place = { .seq = origin->seq, .n = origin->n };
	struct late late = { .node = node };
	struct move_range range;
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct line line;
	bool ok = true, found;

	/* Another bundle may have taken that place. */
	if (chain == NULL || origin->seq > chain->head ||
		!moves_acts(node, DISTRICT_SLUG, moves_founder(node))) {
		return true;
	}
	ok = read_line(node, origin, &text, &arena, &line, err);
	late.entity = ok ? model_entity(node->model, line.entity) : NULL;
	found = late.entity != NULL && !late.entity->slug_ids &&
		record_id_parse(&late.id, line.id, false);
	arena_clear(&arena);
	buf_clear(&text);
	if (!found) {
		return ok;
	}
	range = moves_of(node, late.entity, &late.id);
	if (range.count == 0 || strcmp(range.list[range.count - 1].taker,
					chain->name.scope.community) == 0) {
		return true;
	}
	strcpy(late.holder, range.list[range.count - 1].taker);
	record_id_print(late.record, late.id.bytes, late.id.len, false);
	place.chain = chain->name;
	place_print(late.line, &place);
	return settle_line(&late, chain, origin, &range, err);
}

bool move_route_late(struct node *node, const struct move_work *work, struct err *err)
{
	const struct chain *chain = chain_by_number(node, work->line.chain);
	struct merge_origin origin = work->line;

	origin.scope = chain != NULL ? chain->name.scope.kind : SCOPE_DISTRICT;
	return settle_origin(node, &origin, err);
}

bool move_route_once(struct node *node, const struct move_work *work, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT line FROM rec_move_route WHERE id = ?1");
	struct merge_origin origin = { .scope = SCOPE_DISTRICT };
	const struct chain *chain = NULL;
	struct place place;
	bool row;

	stmt_blob_at(stmt, 1, work->id.bytes, work->id.len);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row) {
		if (place_parse(&place, stmt_get_text(stmt, 0))) {
			chain = chain_find(node, &place.chain);
			origin.seq = place.seq;
			origin.n = place.n;
		}
		stmt_reset(stmt);
	}
	origin.chain = chain != NULL ? chain->number : 0;
	return chain == NULL || chain->name.scope.kind != SCOPE_DISTRICT ||
		settle_origin(node, &origin, err);
}

/* ---- after a merge of duplicates ------------------------------------ */

/* A line of the duplicate. */
struct dup_line {
	struct merge_origin origin;
	bool deletes, takes_back;
};

static bool had_seen(const struct merge_world *world, const struct merge_origin *a,
	const struct merge_origin *b)
{
	if (a->chain == b->chain) {
		return a->seq > b->seq || (a->seq == b->seq && a->n > b->n);
	}
	return world->seen_upto(world->ctx, a->chain, a->seq, b->chain) >= b->seq;
}

/* The lines of record ${id}, as struct dup_line; *alive. */
static bool dup_lines(struct node *node, struct table *table, const struct record_id *id,
	struct buf *out, bool *alive, struct err *err)
{
	struct line_reader reader = { .node = node };
	struct buf origins = { 0 };
	struct arena arena = { 0 };
	struct dup_line one;
	struct loaded at;
	struct line line;
	struct view text;
	bool ok;
	size_t i;

	ok = table_load(node, table, id, &at, err);
	*alive = ok && at.found && record_alive(table->record);
	ok = ok && origins_of(table->record, &origins, err);
	for (i = 0; ok && i < origins.len; i += sizeof(one.origin)) {
		memset(&one, 0, sizeof(one));
		memcpy(&one.origin, origins.data + i, sizeof(one.origin));
		arena_reset(&arena);
		ok = line_reader_get(&reader, &one.origin, &text, err) &&
			line_parse(&line, &arena, text, err);
		one.deletes = ok && line.has_del && line.del;
		one.takes_back = ok && line.has_del && !line.del;
		buf_add(out, &one, sizeof(one));
	}
	line_reader_clear(&reader);
	arena_clear(&arena);
	buf_clear(&origins);
	return ok && buf_ok(out, err);
}

/* Had no delete of its scope seen ${line}, and it none of them? */
static bool unseen(const struct merge_world *world, const struct dup_line *lines, size_t count,
	const struct dup_line *line)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (lines[i].deletes && lines[i].origin.scope == line->origin.scope &&
			(had_seen(world, &lines[i].origin, &line->origin) ||
				had_seen(world, &line->origin, &lines[i].origin))) {
			return false;
		}
	}
	return true;
}

/* Was the deletion taken back on purpose, by somebody who knew of it? */
static bool restored(const struct merge_world *world, const struct dup_line *lines, size_t count)
{
	size_t i, j;

	for (i = 0; i < count; i++) {
		bool seen = !lines[i].takes_back;

		for (j = 0; j < count && !seen; j++) {
			seen = lines[j].deletes &&
				lines[j].origin.scope == lines[i].origin.scope &&
				had_seen(world, &lines[j].origin, &lines[i].origin);
		}
		if (!seen) {
			return true;
		}
	}
	return false;
}

/* Write the line's changes to ${into}, which must be alive: *written. */
static bool write_to(struct node *node, const struct entity *entity,
	const struct record_id *into, const struct merge_origin *origin, bool *written,
	struct err *err)
{
	struct changes changes = { 0 };
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct line line;
	bool ok;

	arena_reset(&node->arena);
	ok = read_line(node, origin, &text, &arena, &line, err) &&
		chosen(node, entity, into, &line, false, &changes, written, err) &&
		(!*written || changes_write(node, &changes, entity, into, node->community, err));
	changes_clear(&changes);
	arena_clear(&arena);
	buf_clear(&text);
	return ok;
}

static bool route_all(struct node *node, const struct entity *entity,
	const struct record_id *from, const struct record_id *into, const struct buf *list,
	struct err *err)
{
	const struct dup_line *lines = (const void *)list->data;
	size_t i, count = list->len / sizeof(*lines);
	struct merge_world world = node_world(node);
	bool written = true;

	if (restored(&world, lines, count)) {
		return world_ok(node, err);
	}
	for (i = 0; i < count && written; i++) {
		if (!lines[i].deletes && !lines[i].takes_back &&
			unseen(&world, lines, count, &lines[i]) &&
			!write_to(node, entity, into, &lines[i].origin, &written, err)) {
			return false;
		}
	}
	/* Where the target is gone the edit stays where it can be seen. */
	return world_ok(node, err) &&
		(!written || records_delete(node, entity, from, true, err));
}

bool merged_route(struct node *node, const struct move_work *work, struct err *err)
{
	struct table *table = node_table(node, view_of(work->entity));
	const struct merged *merged;
	struct buf lines = { 0 };
	struct record_id into;
	bool alive, ok;

	if (table == NULL) {
		return true;
	}
	merged = merged_find(node, table->entity, &work->id);
	if (merged == NULL || !moves_acts(node, merged->community, merged->device) ||
		!records_merged_into(node, table->entity, &work->id, &into)) {
		return true;
	}
	ok = dup_lines(node, table, &work->id, &lines, &alive, err) &&
		(!alive || route_all(node, table->entity, &work->id, &into, &lines, err));
	buf_clear(&lines);
	return ok;
}
