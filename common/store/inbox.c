/* inbox.c -- what came back, and sending it again; see linli/review.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "review.h"

/* Returned lines of the own community that nobody has answered, as struct merge_origin. */
static bool all_returned(struct node *node, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT h.chain, h.seq, h.n FROM held h JOIN chain c ON c.number = h.chain "
		"JOIN slot s ON s.chain = h.chain AND s.seq = h.seq "
		"LEFT JOIN correction k ON k.line = c.name || '@' || h.seq || '#' || h.n "
		"WHERE h.state = 2 AND c.community = ?1 AND k.line IS NULL "
		"ORDER BY s.made_s, h.chain, h.seq, h.n");
	bool row;

	stmt_text_at(stmt, 1, view_of(node->community));
	do {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			const struct chain *chain =
				chain_by_number(node, (uint32_t)stmt_get_int(stmt, 0));
			struct merge_origin origin = { (uint32_t)stmt_get_int(stmt, 0),
				(uint32_t)stmt_get_int(stmt, 1), (uint32_t)stmt_get_int(stmt, 2),
				chain != NULL ? chain->name.scope.kind : SCOPE_FEDERATION };

			buf_add(out, &origin, sizeof(origin));
		}
	} while (row);
	return buf_ok(out, err);
}

/* Read line ${origin} into ${arena}; ${slot} is cleared by the caller. */
static bool read_line(struct node *node, struct line_reader *reader,
	const struct merge_origin *origin, struct slot *slot, struct arena *arena,
	struct line *line, struct err *err)
{
	const struct chain *chain = chain_by_number(node, origin->chain);
	struct view text;

	memset(slot, 0, sizeof(*slot));
	if (!slot_read(node, chain, origin->seq, slot, err) ||
		!line_reader_get(reader, origin, &text, err)) {
		return false;
	}
	text = arena_copy(arena, text); /* the reader goes on to other lines */
	return text.data != NULL ? line_parse(line, arena, text, err) : err_nomem(err);
}

struct listing {
	struct node *node;
	struct line_reader reader;
	struct arena arena;
	bool (*each)(void *ctx, const struct inbox_line *line, struct err *err);
	void *ctx;
	uint64_t count;
};

static bool give_line(struct listing *listing, const struct merge_origin *origin,
	const struct slot *slot, const struct line *line, struct err *err)
{
	struct node *node = listing->node;
	const struct chain *chain = chain_by_number(node, origin->chain);
	struct place place = { .chain = chain->name, .seq = origin->seq, .n = origin->n };
	struct table *table = node_table(node, line->entity);
	struct inbox_line out = { .t = line->t,
		.own = device_id_equal(chain->name.device, node->device) };
	struct verdict verdict;
	struct record_id id;
	bool found;

	if (table == NULL || !record_id_parse(&id, line->id, table->entity->slug_ids)) {
		return true;
	}
	place_print(out.line, &place);
	record_id_print(out.id, id.bytes, id.len, table->entity->slug_ids);
	out.entity = table->entity;
	arena_reset(&node->arena);
	if (!verdict_read(node, slot->hash, origin->n, &listing->arena, &verdict, &found, err) ||
		!changes_shown(node, table, &id, line, &listing->arena, &out.changes,
			&out.change_count, err)) {
		return false;
	}
	out.reason = verdict.reason;
	out.reviewer = verdict.reviewer;
	out.returned_ms = verdict.at_ms;
	return listing->each(listing->ctx, &out, err);
}

static bool list_one(struct listing *listing, const struct merge_origin *origin, struct err *err)
{
	struct line line;
	struct slot slot;
	bool ok;

	listing->count++;
	if (listing->each == NULL) {
		return true;
	}
	arena_reset(&listing->arena);
	ok = read_line(listing->node, &listing->reader, origin, &slot, &listing->arena, &line, err) &&
		give_line(listing, origin, &slot, &line, err);
	slot_clear(&slot);
	return ok;
}

static bool list_all(struct listing *listing, struct err *err)
{
	struct buf rows = { 0 };
	struct merge_origin origin;
	bool ok;
	size_t i;

	listing->reader.node = listing->node;
	if (!node_read_begin(listing->node, err)) {
		return false;
	}
	ok = all_returned(listing->node, &rows, err);
	for (i = 0; ok && i < rows.len; i += sizeof(origin)) {
		memcpy(&origin, rows.data + i, sizeof(origin));
		ok = list_one(listing, &origin, err);
	}
	node_read_end(listing->node);
	line_reader_clear(&listing->reader);
	arena_clear(&listing->arena);
	buf_clear(&rows);
	return ok;
}

bool inbox_each(struct node *node,
	bool (*each)(void *ctx, const struct inbox_line *line, struct err *err), void *ctx,
	struct err *err)
{
	struct listing listing = { .node = node, .each = each, .ctx = ctx };

	return list_all(&listing, err);
}

bool inbox_count(struct node *node, uint64_t *out, struct err *err)
{
	struct listing listing = { .node = node };
	bool ok = list_all(&listing, err);

	*out = listing.count;
	return ok;
}

/* ---- sending it again ------------------------------------------------ */

/* The edit that a returned line is part of. */
struct edit {
	struct node *node;
	struct line_reader reader;
	struct arena arena; /* holds the lines */
	const struct entity *entity;
	struct record_id id;
	int64_t t;
	struct device_id device;
	struct buf lines;       /* of struct edit_line: its returned lines */
	struct buf assignments; /* of struct assignment */
};

struct edit_line {
	char name[LINE_NAME_TEXT_BYTES];
};

static void edit_clear(struct edit *edit)
{
	line_reader_clear(&edit->reader);
	arena_clear(&edit->arena);
	buf_clear(&edit->lines);
	buf_clear(&edit->assignments);
}

static bool not_returned(const struct place *place, struct err *err)
{
	char name[LINE_NAME_TEXT_BYTES];

	place_print(name, place);
	return err_set(err, ERR_NOT_FOUND,
		ERR_BOTH("没有退回的改动", "no returned line") " %s", name);
}

/* ${place}'s line is returned and of the own community: begin with it. */
static bool edit_begin(struct edit *edit, const struct place *place, struct err *err)
{
	struct node *node = edit->node;
	const struct chain *chain = chain_find(node, &place->chain);
	enum line_state state = LINE_APPLIED;
	struct merge_origin origin;
	struct held held;
	struct slot slot = { 0 };
	struct line line;
	bool ok;

	edit->reader.node = node;
	if (chain == NULL || strcmp(chain->community, node->community) != 0) {
		return not_returned(place, err);
	}
	origin = (struct merge_origin){ chain->number, place->seq, place->n,
		chain->name.scope.kind };
	if (!hold_get(node, &origin, &state, &held, err)) {
		return false;
	}
	if (state != LINE_RETURNED || held.entity == NULL) {
		return not_returned(place, err);
	}
	ok = read_line(node, &edit->reader, &origin, &slot, &edit->arena, &line, err);
	slot_clear(&slot);
	edit->entity = held.entity;
	edit->id = held.id;
	edit->t = ok ? line.t : 0;
	edit->device = chain->name.device;
	return ok;
}

static void assign(struct buf *assignments, const struct assignment *assignment)
{
	buf_add(assignments, assignment, sizeof(*assignment));
}

/* Is ${field} one of those that are given anew? */
static bool given(const struct assignment *assignments, size_t count, const struct field *field)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (assignments[i].field == field) {
			return true;
		}
	}
	return false;
}

/* What ${line} wanted, but for what is given anew. */
static void assign_line(struct edit *edit, const struct line *line,
	const struct assignment *anew, size_t count)
{
	size_t i;

	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];
		struct assignment assignment = { entity_field(edit->entity, change->field),
			change->op == LINE_PUT ? ASSIGN_SET :
				change->op == LINE_OUT ? ASSIGN_TAKE : ASSIGN_ADD,
			change->value };

		if (assignment.field != NULL && !given(anew, count, assignment.field)) {
			assign(&edit->assignments, &assignment);
		}
	}
}

/* Gather the edit's returned lines. */
static bool edit_gather(struct edit *edit, const struct assignment *anew, size_t count,
	struct err *err)
{
	struct node *node = edit->node;
	struct buf rows = { 0 };
	bool ok = hold_of_record(node, edit->entity, &edit->id, &rows, err);
	size_t i;

	for (i = 0; ok && i < rows.len; i += sizeof(struct held)) {
		const struct chain *chain;
		struct edit_line one;
		struct place place;
		struct slot slot;
		struct line line;
		struct held held;

		memcpy(&held, rows.data + i, sizeof(held));
		chain = chain_by_number(node, held.origin.chain);
		if (held.state != LINE_RETURNED ||
			!device_id_equal(chain->name.device, edit->device)) {
			continue;
		}
		ok = read_line(node, &edit->reader, &held.origin, &slot, &edit->arena, &line, err);
		if (ok && line.t == edit->t) {
			place = (struct place){ .chain = chain->name, .seq = held.origin.seq,
				.n = held.origin.n };
			place_print(one.name, &place);
			buf_add(&edit->lines, &one, sizeof(one));
			assign_line(edit, &line, anew, count);
		}
		slot_clear(&slot);
	}
	for (i = 0; i < count; i++) {
		assign(&edit->assignments, &anew[i]);
	}
	buf_clear(&rows);
	return ok && buf_ok(&edit->lines, err) && buf_ok(&edit->assignments, err);
}

/* Note that each line of the edit has been answered by the one of clock ${t}; 0: put aside. */
static bool answer(struct edit *edit, int64_t t, struct err *err)
{
	struct node *node = edit->node;
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("correction"));
	const struct capture_options options = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < edit->lines.len; i += sizeof(struct edit_line)) {
		struct edit_line one;
		struct record_id made;

		memcpy(&one, edit->lines.data + i, sizeof(one));
		struct assignment assignments[] = {
			{ entity_field(entity, VIEW_LITERAL("line")), ASSIGN_SET,
				{ VALUE_TEXT, 0, view_of(one.name) } },
			{ entity_field(entity, VIEW_LITERAL("at")), ASSIGN_SET,
				{ VALUE_INT, t, { NULL, 0 } } },
		};

		ok = capture_put(node, entity, NULL, &options, assignments, 2, &made, err);
	}
	return ok;
}

/* What was sent in place of ${place}'s line counts already: twice, and sums would grow. */
static bool not_corrected(struct node *node, const struct place *place, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM correction WHERE line = ?1 AND community = ?2 AND at > 0");
	char name[LINE_NAME_TEXT_BYTES];
	bool ok, row;

	place_print(name, place);
	stmt_text_at(stmt, 1, view_of(name));
	stmt_text_at(stmt, 2, view_of(node->community));
	ok = stmt_step(stmt, &row, err);
	stmt_reset(stmt);
	return ok &&
		(!row ||
			err_set(err, ERR_EXISTS,
				ERR_BOTH("%s 已改正过;如还要改,请直接修改这条记录",
					"%s was corrected already; what is still wrong is "
					"changed in the record itself"),
				name, name));
}

static bool fix(struct edit *edit, const struct place *place, const struct assignment *assignments,
	size_t count, struct record_id *out, struct err *err)
{
	const struct capture_options options = { .may_be_new = true };
	const struct assignment *all;

	if (!edit_begin(edit, place, err) || !not_corrected(edit->node, place, err) ||
		!edit_gather(edit, assignments, count, err)) {
		return false;
	}
	all = (const struct assignment *)(const void *)edit->assignments.data;
	return capture_put(edit->node, edit->entity, &edit->id, &options, all,
		       edit->assignments.len / sizeof(*all), out, err) &&
		answer(edit, edit->node->clock, err);
}

bool inbox_fix(struct node *node, const struct place *place, const struct assignment *assignments,
	size_t count, struct record_id *out, struct err *err)
{
	struct edit edit = { .node = node };
	bool ok;

	if (!node_begin(node, err)) {
		return false;
	}
	ok = fix(&edit, place, assignments, count, out, err);
	edit_clear(&edit);
	if (!ok) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

bool inbox_find(struct node *node, const struct place *place, const struct entity **entity,
	struct record_id *id, struct err *err)
{
	struct edit edit = { .node = node };
	bool ok;

	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = edit_begin(&edit, place, err);
	node_read_end(node);
	*entity = edit.entity;
	*id = edit.id;
	edit_clear(&edit);
	return ok;
}

bool inbox_dismiss(struct node *node, const struct place *place, struct err *err)
{
	struct edit edit = { .node = node };
	bool ok;

	if (!node_begin(node, err)) {
		return false;
	}
	ok = edit_begin(&edit, place, err) && edit_gather(&edit, NULL, 0, err) &&
		answer(&edit, 0, err);
	edit_clear(&edit);
	if (!ok) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}
