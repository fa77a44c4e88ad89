/*
 * reissue.c -- own lines are taken from their places and written anew; see repair.h.
 *
 * What is issued again must not seem to have known of what came in between:
 * such drafts are sealed.  Their Seen is written down with them, from that
 * of their old places, and they keep their clocks, so that where another had
 * changed the same thing it is decided as if nothing had happened to them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hold.h"
#include "line.h"
#include "repair.h"

/* One bundle of them, well within the caps of a bundle of drafts (capture.c). */
#define SEALED_MAX_LINES 1000
#define SEALED_MAX_BYTES (512 * 1024)
#define SEALED_MAX_SEEN 2000
#define SIGNED_SLACK_S (24 * 3600) /* a clock may be ahead, and be set right before signing */

struct loose_line {
	struct loose_place place; /* first: its own n */
	enum scope_kind scope;
	int64_t t;
	size_t at, len; /* in reissue->text */
};

/* A record that got another id. */
struct renamed {
	const struct entity *entity;
	struct record_id from, to;
};

/* The place whose lines are being written to chain ${target}. */
struct source {
	uint32_t target, chain, seq;
};

void reissue_clear(struct reissue *reissue)
{
	buf_clear(&reissue->text);
	buf_clear(&reissue->lines);
	buf_clear(&reissue->renamed);
	buf_clear(&reissue->sources);
	arena_clear(&reissue->arena);
}

static struct loose_line *lines_of(const struct reissue *reissue, size_t *count)
{
	*count = reissue->lines.len / sizeof(struct loose_line);
	return (struct loose_line *)(void *)reissue->lines.data;
}

static struct view text_of(const struct reissue *reissue, const struct loose_line *loose)
{
	return (struct view){ (const char *)reissue->text.data + loose->at, loose->len };
}

static bool parse(struct reissue *reissue, const struct loose_line *loose, struct line *line,
	struct err *err)
{
	arena_reset(&reissue->arena);
	return line_parse(line, &reissue->arena, text_of(reissue, loose), err);
}

bool reissue_add(struct reissue *reissue, const struct loose_place *place, struct view changes,
	struct err *err)
{
	const struct chain *chain = chain_by_number(reissue->node, place->chain);
	struct cursor cursor = cursor_of(changes.data, changes.len);
	struct loose_line loose = { .place = *place, .scope = chain->name.scope.kind };
	uint8_t leaf[SHA256_BYTES];

	while (cursor_left(&cursor) != 0) {
		struct view text = cursor_until(&cursor, '\n');
		struct line line;

		arena_reset(&reissue->arena);
		if (bundle_line_erased(text, leaf)) {
			loose.place.first++;
			continue;
		}
		if (!line_parse(&line, &reissue->arena, text, err)) {
			return false;
		}
		loose.t = line.t;
		loose.at = reissue->text.len;
		loose.len = text.len;
		buf_view(&reissue->text, text);
		buf_add(&reissue->lines, &loose, sizeof(loose));
		loose.place.first++;
	}
	return buf_ok(&reissue->text, err) && buf_ok(&reissue->lines, err);
}

/* ---- out of their records ------------------------------------------ */

/* Nothing is held, and nothing is waited for, at the line's place any more. */
static bool forget_held(struct node *node, const struct loose_place *place, struct err *err)
{
	struct stmt *held = db_prepare(node->db,
		"DELETE FROM held WHERE chain = ?1 AND seq = ?2 AND n = ?3");
	struct stmt *refers = db_prepare(node->db,
		"DELETE FROM refers WHERE chain = ?1 AND seq = ?2 AND n = ?3");

	stmt_int_at(held, 1, place->chain);
	stmt_int_at(held, 2, place->seq);
	stmt_int_at(held, 3, place->first);
	stmt_int_at(refers, 1, place->chain);
	stmt_int_at(refers, 2, place->seq);
	stmt_int_at(refers, 3, place->first);
	return stmt_run(held, err) && stmt_run(refers, err);
}

static bool unmerge(struct reissue *reissue, const struct loose_line *loose, struct err *err)
{
	struct node *node = reissue->node;
	struct merge_origin origin = { loose->place.chain, loose->place.seq, loose->place.first,
		loose->scope };
	const struct entity *entity;
	struct record_id id;
	struct line line;

	if (!parse(reissue, loose, &line, err) || !forget_held(node, &loose->place, err)) {
		return false;
	}
	entity = model_entity(node->model, line.entity);
	arena_reset(&node->arena);
	return entity == NULL || !record_id_parse(&id, line.id, entity->slug_ids) ||
		unmerge_line(node, &origin, entity, &id, err);
}

bool reissue_unmerge(struct reissue *reissue, struct err *err)
{
	struct loose_line *lines;
	size_t i, count;

	lines = lines_of(reissue, &count);
	/* The last first: the fewest lines are folded again. */
	for (i = count; i > 0; i--) {
		if (!unmerge(reissue, &lines[i - 1], err)) {
			return false;
		}
	}
	return true;
}

/* ---- ids ----------------------------------------------------------- */

static const struct renamed *find_renamed(const struct reissue *reissue,
	const struct entity *entity, const struct record_id *id)
{
	const struct renamed *list = (const struct renamed *)(const void *)reissue->renamed.data;
	size_t i;

	for (i = 0; i < reissue->renamed.len / sizeof(*list); i++) {
		if (list[i].entity == entity && list[i].from.len == id->len &&
			memcmp(list[i].from.bytes, id->bytes, id->len) == 0) {
			return &list[i];
		}
	}
	return NULL;
}

/* Has the loaded record a line older than ${t}? */
static bool is_older(struct node *node, const struct record *record, int64_t t, bool *older,
	struct err *err)
{
	struct line_reader reader = { .node = node };
	struct merge_origin origin;
	struct line line;
	struct view text;
	bool ok = true;
	size_t i;

	*older = false;
	for (i = 0; ok && !*older && i < record_line_count(record); i++) {
		record_line(record, i, &origin);
		ok = line_reader_get(&reader, &origin, &text, err) &&
			line_parse(&line, &node->arena, text, err);
		*older = ok && line.t < t;
	}
	line_reader_clear(&reader);
	return ok;
}

/* Is there anything of record ${id} here, merged or held, older than ${before} if that is not 0? */
static bool is_here(struct node *node, const struct entity *entity, const struct record_id *id,
	int64_t before, bool *here, struct err *err)
{
	struct table *table = node_table(node, view_of(entity->name));
	struct buf held = { 0 };
	struct loaded at;
	bool ok;

	arena_reset(&node->arena);
	ok = table_load(node, table, id, &at, err) &&
		hold_of_record(node, entity, id, &held, err);
	*here = ok && (at.found || held.len != 0);
	if (ok && at.found && before != 0) {
		ok = is_older(node, table->record, before, here, err);
	}
	buf_clear(&held);
	return ok;
}

/* Of a branch of which a part was issued again before: what its records are called now. */
static bool load_renamed(struct reissue *reissue, struct err *err)
{
	struct node *node = reissue->node;
	struct stmt *stmt = db_prepare(node->db,
		"SELECT entity, id, new_id FROM renumbered WHERE fork_t = ?1");
	bool row = reissue->fork_t != 0;

	stmt_int_at(stmt, 1, reissue->fork_t);
	while (row) {
		struct renamed renamed = { 0 };

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			renamed.entity = model_entity(node->model, stmt_get_text(stmt, 0));
		}
		if (renamed.entity != NULL) {
			renamed.from = column_id(stmt, 1, renamed.entity);
			renamed.to = column_id(stmt, 2, renamed.entity);
			buf_add(&reissue->renamed, &renamed, sizeof(renamed));
		}
	}
	return buf_ok(&reissue->renamed, err);
}

static bool keep_renamed(struct reissue *reissue, const struct renamed *renamed, struct err *err)
{
	struct stmt *stmt = db_prepare(reissue->node->db,
		"INSERT INTO renumbered (fork_t, entity, id, new_id) VALUES (?1, ?2, ?3, ?4)");

	reissue->renumbered++;
	buf_add(&reissue->renamed, renamed, sizeof(*renamed));
	if (reissue->fork_t == 0) {
		return buf_ok(&reissue->renamed, err);
	}
	stmt_int_at(stmt, 1, reissue->fork_t);
	stmt_text_at(stmt, 2, view_of(renamed->entity->name));
	stmt_blob_at(stmt, 3, renamed->from.bytes, renamed->from.len);
	stmt_blob_at(stmt, 4, renamed->to.bytes, renamed->to.len);
	return buf_ok(&reissue->renamed, err) && stmt_run(stmt, err);
}

/* May another life of this store have given, or give, the id as well? */
static bool may_be_given_twice(const struct reissue *reissue, const struct record_id *id)
{
	const struct node *node = reissue->node;
	struct device_id device;
	uint32_t incarnation;

	if (!record_id_origin(id->bytes, id->len, &device, &incarnation)) {
		return false;
	}
	return reissue->given_up ?
		device_id_equal(device, reissue->maker) &&
			incarnation == reissue->maker_incarnation :
		device_id_equal(device, node->device) && incarnation != node->incarnation;
}

/* A record that this device made, of which nothing is left, gets another id. */
static bool rename_if_gone(struct reissue *reissue, const struct loose_line *loose,
	struct err *err)
{
	struct node *node = reissue->node;
	struct renamed renamed = { 0 };
	struct line line;
	bool here;

	if (!parse(reissue, loose, &line, err)) {
		return false;
	}
	renamed.entity = model_entity(node->model, line.entity);
	if (renamed.entity == NULL || renamed.entity->slug_ids ||
		!record_id_parse(&renamed.from, line.id, false) ||
		!may_be_given_twice(reissue, &renamed.from) ||
		find_renamed(reissue, renamed.entity, &renamed.from) != NULL) {
		return true;
	}
	if (!is_here(node, renamed.entity, &renamed.from, reissue->beside ? reissue->fork_t : 0,
		    &here, err)) {
		return false;
	}
	if (here) {
		return true;
	}
	do {
		record_id_make(&renamed.to, node->device, node->incarnation,
			(uint64_t)node->next_record++);
		node->facts_changed = true;
		if (!is_here(node, renamed.entity, &renamed.to, 0, &here, err)) {
			return false;
		}
	} while (here);
	return keep_renamed(reissue, &renamed, err);
}

/* The text of the id that the record ${text} of ${entity} goes by now. */
static bool new_id(struct reissue *reissue, const struct entity *entity, struct view *text,
	struct err *err)
{
	char name[RECORD_ID_TEXT_BYTES];
	const struct renamed *renamed;
	struct record_id id;

	if (entity->slug_ids || !record_id_parse(&id, *text, false) ||
		(renamed = find_renamed(reissue, entity, &id)) == NULL) {
		return true;
	}
	record_id_print(name, renamed->to.bytes, renamed->to.len, false);
	*text = arena_copy(&reissue->arena, view_of(name));
	return text->data != NULL || err_nomem(err);
}

/* Elements of one field stand in the order of their texts. */
static void sort_elements(struct line *line)
{
	size_t i, j;

	for (i = 1; i < line->change_count; i++) {
		for (j = i; j > 0; j--) {
			struct change *a = &line->changes[j - 1], *b = &line->changes[j], kept;

			if (a->op != b->op || (a->op != LINE_IN && a->op != LINE_OUT) ||
				!view_equal(a->field, b->field) ||
				view_compare(a->value.text, b->value.text) <= 0) {
				break;
			}
			kept = *a;
			*a = *b;
			*b = kept;
		}
	}
}

static bool rename_in(struct reissue *reissue, const struct entity *entity, struct line *line,
	struct err *err)
{
	size_t i;

	if (!new_id(reissue, entity, &line->id, err)) {
		return false;
	}
	for (i = 0; i < line->change_count; i++) {
		struct change *change = &line->changes[i];
		const struct field *field = entity_field(entity, change->field);

		if (field != NULL && field->type == FIELD_REFERENCE &&
			change->value.kind == VALUE_TEXT &&
			!new_id(reissue, field->reference, &change->value.text, err)) {
			return false;
		}
	}
	sort_elements(line);
	return true;
}

/* ---- sealed drafts ------------------------------------------------- */

static bool add_seen(struct node *node, const struct chain *target, uint32_t other, uint32_t upto,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO seen (chain, other, seq, upto) VALUES (?1, ?2, ?3, ?4)");

	stmt_int_at(stmt, 1, target->number);
	stmt_int_at(stmt, 2, other);
	stmt_int_at(stmt, 3, target->draft_seq);
	stmt_int_at(stmt, 4, upto);
	return stmt_run(stmt, err);
}

/* The drafts of ${target} that begin now had seen what ${place} had, as far as that is still so. */
static bool write_seen(struct node *node, const struct chain *target,
	const struct loose_place *place, struct err *err)
{
	struct merge_world world = node_world(node);
	size_t i, count = 0;

	for (i = 0; i < node->chain_count && count < SEALED_MAX_SEEN; i++) {
		const struct chain *other = &node->chains[i];
		uint32_t upto;

		if (other == target || other->head == 0 ||
			!scope_equal(&other->name.scope, &target->name.scope)) {
			continue;
		}
		upto = other->number == place->chain ?
			place->after :
			world.seen_upto(node, place->chain, place->seen_seq, other->number);
		upto = upto > other->head ? other->head : upto;
		if (upto > world.seen_upto(node, target->number, target->draft_seq, other->number)) {
			count++;
			if (!add_seen(node, target, other->number, upto, err)) {
				return false;
			}
		}
	}
	return world_ok(node, err);
}

/* The next lines that are captured to ${target} are of ${place}. */
static bool begin_sealed(struct reissue *reissue, struct chain *target,
	const struct loose_place *place, struct err *err)
{
	struct node *node = reissue->node;
	struct source *sources = (struct source *)(void *)reissue->sources.data;
	struct source source = { target->number, place->chain, place->seq };
	struct stmt *stmt =
		db_prepare(node->db, "INSERT INTO reissued (chain, seq) VALUES (?1, ?2)");
	bool open = target->draft_seq > target->head && target->draft_seq == target->sealed_seq;
	size_t i, count = reissue->sources.len / sizeof(source);

	for (i = 0; i < count && sources[i].target != target->number; i++) {
	}
	if (i < count && open && sources[i].chain == place->chain &&
		sources[i].seq == place->seq && target->draft_lines < SEALED_MAX_LINES &&
		target->draft_bytes < SEALED_MAX_BYTES) {
		return true;
	}
	if (i < count) {
		sources[i] = source;
	} else {
		buf_add(&reissue->sources, &source, sizeof(source));
	}
	target->draft_seq = (target->draft_seq > target->head ? target->draft_seq :
								 target->head) + 1;
	target->sealed_seq = target->draft_seq;
	target->draft_lines = 0;
	target->draft_bytes = 0;
	stmt_int_at(stmt, 1, target->number);
	stmt_int_at(stmt, 2, target->draft_seq);
	return buf_ok(&reissue->sources, err) && stmt_run(stmt, err) &&
		write_seen(node, target, place, err);
}

/* The line as it was, until its draft, the last of ${target}, is signed. */
static bool keep_original(struct reissue *reissue, const struct loose_line *loose,
	const struct chain *target, struct err *err)
{
	struct stmt *stmt = db_prepare(reissue->node->db,
		"INSERT INTO reissued_line (chain, seq, n, from_chain, from_seq, from_n, seen_seq, "
		"after, fork_t, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");

	stmt_int_at(stmt, 1, target->number);
	stmt_int_at(stmt, 2, target->draft_seq);
	stmt_int_at(stmt, 3, target->draft_lines);
	stmt_int_at(stmt, 4, loose->place.chain);
	stmt_int_at(stmt, 5, loose->place.seq);
	stmt_int_at(stmt, 6, loose->place.first);
	stmt_int_at(stmt, 7, loose->place.seen_seq);
	stmt_int_at(stmt, 8, loose->place.after);
	stmt_int_at(stmt, 9, reissue->fork_t);
	stmt_text_at(stmt, 10, text_of(reissue, loose));
	return stmt_run(stmt, err);
}

static bool write_line(struct reissue *reissue, const struct loose_line *loose,
	struct err *err)
{
	struct node *node = reissue->node;
	struct scope scope = chain_by_number(node, loose->place.chain)->name.scope;
	const struct entity *entity;
	struct chain *target;
	struct line line;

	if (!parse(reissue, loose, &line, err)) {
		return false;
	}
	entity = model_entity(node->model, line.entity);
	if (entity == NULL) {
		return err_set(err, ERR_MODEL, "the model has no such entity any more");
	}
	line.has_salt = false;
	arena_reset(&node->arena);
	return rename_in(reissue, entity, &line, err) && chain_own(node, &scope, &target, err) &&
		begin_sealed(reissue, target, &loose->place, err) &&
		capture_line(node, &line, &scope, err) &&
		chain_own(node, &scope, &target, err) &&
		keep_original(reissue, loose, target, err);
}

/* Did the node fail, so that no other line would fare better? */
static bool own_failure(enum err_code code)
{
	return code == ERR_NOMEM || code == ERR_IO || code == ERR_DISK_FULL || code == ERR_BUSY ||
		code == ERR_STORE || code == ERR_INTERNAL;
}

static bool try_line(struct reissue *reissue, const struct loose_line *loose,
	struct err *err)
{
	struct node *node = reissue->node;
	bool ok;

	if (!node_begin(node, err)) {
		return false;
	}
	node->reissuing = true;
	ok = write_line(reissue, loose, err);
	node->reissuing = false;
	if (ok) {
		reissue->written++;
		return node_commit(node, err);
	}
	node_abort(node);
	reissue->left++;
	reissue->sources.len = 0; /* what was begun has gone with it */
	return !own_failure(err->code) && node_refresh(node, err);
}

/* Of one edit the lines have one clock and stand in the order of their scopes. */
static int in_order(const void *a, const void *b)
{
	const struct loose_line *x = a, *y = b;

	if (x->t != y->t) {
		return x->t < y->t ? -1 : 1;
	}
	if (x->scope != y->scope) {
		return x->scope < y->scope ? -1 : 1;
	}
	if (x->place.chain != y->place.chain) {
		return x->place.chain < y->place.chain ? -1 : 1;
	}
	if (x->place.seq != y->place.seq) {
		return x->place.seq < y->place.seq ? -1 : 1;
	}
	return (x->place.first > y->place.first) - (x->place.first < y->place.first);
}

/* ---- what is here already ------------------------------------------ */

/* A line of an own bundle. */
struct signed_line {
	int64_t t;
	struct merge_origin origin;
};

/* Are the lines those of bundle ${seq} of ${chain} itself? */
static bool not_asked(const struct reissue *reissue, uint32_t chain, uint32_t seq)
{
	const struct loose_line *lines;
	size_t i, count;

	lines = lines_of(reissue, &count);
	for (i = 0; reissue->standing && i < count; i++) {
		if (lines[i].place.chain == chain && lines[i].place.seq == seq) {
			return true;
		}
	}
	return false;
}

static bool gather_bundle(struct node *node, const struct chain *chain, uint32_t seq,
	struct buf *out, struct err *err)
{
	struct signed_line one = { .origin = { chain->number, seq, 0, chain->name.scope.kind } };
	struct buf changes = { 0 };
	uint8_t leaf[SHA256_BYTES];
	struct cursor cursor;
	bool ok = chain_changes(node, chain, seq, &changes, err);

	cursor = cursor_of(changes.data, changes.len);
	while (ok && cursor_left(&cursor) != 0) {
		struct view text = cursor_until(&cursor, '\n');
		struct line line;

		one.origin.n++;
		if (bundle_line_erased(text, leaf)) {
			continue;
		}
		arena_reset(&node->arena);
		ok = line_parse(&line, &node->arena, text, err);
		one.t = line.t;
		buf_add(out, &one, sizeof(one));
	}
	buf_clear(&changes);
	return ok && buf_ok(out, err);
}

/* The own bundles signed at ${since_s} or later. */
static bool own_bundles(struct node *node, int64_t since_s, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT seq FROM slot WHERE chain = ?1 AND made_s >= ?2 ORDER BY seq");
	uint32_t pair[2];
	bool row;
	size_t i;

	for (i = 0; i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];

		if (!device_id_equal(chain->name.device, node->device) || chain->head == 0) {
			continue;
		}
		stmt_int_at(stmt, 1, chain->number);
		stmt_int_at(stmt, 2, since_s);
		do {
			if (!stmt_step(stmt, &row, err)) {
				return false;
			}
			pair[0] = chain->number;
			pair[1] = row ? (uint32_t)stmt_get_int(stmt, 0) : 0;
			if (row) {
				buf_add(out, pair, sizeof(pair));
			}
		} while (row);
	}
	return buf_ok(out, err);
}

static int by_t(const void *a, const void *b)
{
	const struct signed_line *x = a, *y = b;

	return (x->t > y->t) - (x->t < y->t);
}

/* The lines of own bundles that could be those that are to be issued again. */
static bool gather_signed(struct reissue *reissue, struct buf *out, struct err *err)
{
	const struct loose_line *lines;
	int64_t earliest = INT64_MAX;
	struct buf places = { 0 };
	uint32_t pair[2];
	size_t i, count, at;
	bool ok;

	lines = lines_of(reissue, &count);
	for (i = 0; i < count; i++) {
		earliest = lines[i].t < earliest ? lines[i].t : earliest;
	}
	ok = own_bundles(reissue->node, earliest / 1000000 - SIGNED_SLACK_S, &places, err);
	for (at = 0; ok && at < places.len; at += sizeof(pair)) {
		memcpy(pair, places.data + at, sizeof(pair));
		ok = not_asked(reissue, pair[0], pair[1]) ||
			gather_bundle(reissue->node, chain_by_number(reissue->node, pair[0]),
				pair[1], out, err);
	}
	buf_clear(&places);
	if (ok && out->len != 0) {
		qsort(out->data, out->len / sizeof(struct signed_line), sizeof(struct signed_line),
			by_t);
	}
	return ok;
}

/* Do both say the same of a record, by whatever ids they call it and others? */
static bool same_edit(const struct entity *entity, const struct line *a, const struct line *b)
{
	size_t i;

	if (a->t != b->t || !view_equal(a->entity, b->entity) || a->has_del != b->has_del ||
		a->del != b->del || a->change_count != b->change_count) {
		return false;
	}
	for (i = 0; i < a->change_count; i++) {
		const struct change *x = &a->changes[i], *y = &b->changes[i];
		const struct field *field = entity_field(entity, x->field);

		if (x->op != y->op || !view_equal(x->field, y->field) ||
			((field == NULL || field->type != FIELD_REFERENCE) &&
				!value_equal(&x->value, &y->value))) {
			return false;
		}
	}
	return true;
}

/* What ${from} calls its record is called as in ${to} now. */
static bool adopt_id(struct reissue *reissue, const struct entity *entity, const struct line *from,
	const struct line *to, struct err *err)
{
	struct renamed renamed = { .entity = entity };

	if (view_equal(from->id, to->id) || entity->slug_ids ||
		!record_id_parse(&renamed.from, from->id, false) ||
		!record_id_parse(&renamed.to, to->id, false) ||
		find_renamed(reissue, entity, &renamed.from) != NULL) {
		return true;
	}
	reissue->renumbered--; /* it had that id before */
	return keep_renamed(reissue, &renamed, err);
}

/* Is ${loose} among ${list}, of the same scope?  Then *there. */
static bool look_up(struct reissue *reissue, const struct loose_line *loose,
	struct line_reader *reader, const struct buf *list, bool *there, struct err *err)
{
	const struct signed_line key = { .t = loose->t };
	const struct signed_line *first = (const struct signed_line *)(const void *)list->data;
	size_t count = list->len / sizeof(key), low = 0, high = count;
	struct node *node = reissue->node;
	const struct entity *entity;
	struct line ours, theirs;
	struct view text;

	*there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_t(&first[middle], &key) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (low == count || first[low].t != loose->t) {
		return true;
	}
	if (!parse(reissue, loose, &ours, err)) {
		return false;
	}
	entity = model_entity(node->model, ours.entity);
	for (; entity != NULL && !*there && low < count && first[low].t == loose->t; low++) {
		if (!scope_equal(&chain_by_number(node, first[low].origin.chain)->name.scope,
			    &chain_by_number(node, loose->place.chain)->name.scope)) {
			continue;
		}
		arena_reset(&node->arena);
		if (!line_reader_get(reader, &first[low].origin, &text, err) ||
			!line_parse(&theirs, &node->arena, text, err)) {
			return false;
		}
		*there = same_edit(entity, &ours, &theirs);
		if (*there && !adopt_id(reissue, entity, &ours, &theirs, err)) {
			return false;
		}
	}
	return true;
}

/*
 * Another life of this store may have signed, or issued again, what is to be
 * issued again now: by its clock it is known, whatever it is called there.
 */
static bool drop_known(struct reissue *reissue, struct err *err)
{
	struct line_reader reader = { .node = reissue->node };
	struct loose_line *lines;
	struct buf list = { 0 };
	size_t i, count, kept = 0;
	bool ok, there;

	lines = lines_of(reissue, &count);
	ok = count == 0 || gather_signed(reissue, &list, err);
	for (i = 0; ok && list.len != 0 && i < count; i++) {
		ok = look_up(reissue, &lines[i], &reader, &list, &there, err);
		if (ok && !there) {
			lines[kept++] = lines[i];
		}
	}
	if (ok && list.len != 0) {
		reissue->lines.len = kept * sizeof(*lines);
	}
	line_reader_clear(&reader);
	buf_clear(&list);
	return ok;
}

bool reissue_write(struct reissue *reissue, struct err *err)
{
	struct node *node = reissue->node;
	struct loose_line *lines;
	size_t i, count;

	if (!load_renamed(reissue, err) || !drop_known(reissue, err)) {
		return false;
	}
	lines = lines_of(reissue, &count);
	if (count > 1) {
		qsort(lines, count, sizeof(*lines), in_order);
	}
	for (i = 0; i < count; i++) {
		if (!rename_if_gone(reissue, &lines[i], err)) {
			return false;
		}
	}
	for (i = 0; i < count; i++) {
		if (!try_line(reissue, &lines[i], err)) {
			return false;
		}
	}
	node->trust_changed = true; /* records of devices may have come and gone */
	return devices_settle(node, err);
}

/* ---- signing them -------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct seen_head *x = a, *y = b;

	return chain_name_compare(&x->chain, &y->chain);
}

/* Table seen: what chain ?1's bundle ?2 had seen that moved. */
static bool add_head(struct node *node, uint32_t number, uint32_t upto, uint32_t before,
	struct buf *out, struct err *err)
{
	const struct chain *other = chain_by_number(node, number);
	struct seen_head head = { .seq = upto };
	struct slot slot;

	if (other == NULL || upto <= before || upto > other->head ||
		out->len / sizeof(head) >= SEALED_MAX_SEEN) {
		return true;
	}
	if (!slot_read(node, other, upto, &slot, err)) {
		return false;
	}
	head.chain = other->name;
	memcpy(head.hash, slot.hash, sizeof(head.hash));
	slot_clear(&slot);
	buf_add(out, &head, sizeof(head));
	return buf_ok(out, err);
}

bool reissue_seen(struct node *node, const struct chain *chain, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT other, upto FROM seen WHERE chain = ?1 AND seq = ?2");
	struct merge_world world = node_world(node);
	struct buf rows = { 0 };
	uint32_t pair[2];
	bool ok = true, row = true;
	size_t at;

	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, chain->head + 1);
	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			pair[0] = (uint32_t)stmt_get_int(stmt, 0);
			pair[1] = (uint32_t)stmt_get_int(stmt, 1);
			buf_add(&rows, pair, sizeof(pair));
		}
	}
	for (at = 0; ok && at < rows.len; at += sizeof(pair)) {
		memcpy(pair, rows.data + at, sizeof(pair));
		ok = add_head(node, pair[0], pair[1],
			chain->head == 0 ? 0 :
				world.seen_upto(node, chain->number, chain->head, pair[0]),
			out, err);
	}
	if (ok && out->len != 0) {
		qsort(out->data, out->len / sizeof(struct seen_head), sizeof(struct seen_head),
			by_name);
	}
	ok = ok && buf_ok(&rows, err) && world_ok(node, err);
	buf_clear(&rows);
	return ok;
}

static bool forget(struct node *node, const struct chain *chain, uint32_t first, uint32_t last,
	struct err *err)
{
	static const char *const statements[] = {
		"DELETE FROM reissued WHERE chain = ?1 AND seq BETWEEN ?2 AND ?3",
		"DELETE FROM reissued_line WHERE chain = ?1 AND seq BETWEEN ?2 AND ?3",
		"DELETE FROM seen WHERE chain = ?1 AND seq BETWEEN ?2 AND ?3",
	};
	size_t i;

	for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		struct stmt *stmt = db_prepare(node->db, statements[i]);

		stmt_int_at(stmt, 1, chain->number);
		stmt_int_at(stmt, 2, first);
		stmt_int_at(stmt, 3, last);
		if (!stmt_run(stmt, err)) {
			return false;
		}
	}
	return true;
}

bool reissue_unseal(struct node *node, struct chain *chain, uint32_t seq, struct err *err)
{
	return seq > chain->sealed_seq || forget(node, chain, seq, seq, err);
}

bool reissue_drop(struct node *node, struct chain *chain, uint32_t seq, struct err *err)
{
	struct stmt *drafts =
		db_prepare(node->db, "DELETE FROM draft WHERE chain = ?1 AND seq >= ?2");

	stmt_int_at(drafts, 1, chain->number);
	stmt_int_at(drafts, 2, seq);
	chain->draft_seq = chain->draft_lines = chain->sealed_seq = 0;
	chain->draft_bytes = 0;
	return stmt_run(drafts, err) && forget(node, chain, seq, UINT32_MAX, err);
}
