/*
 * reference_counts.c -- which lines count for a record, by the letter of
 * docs/erasure.md and docs/moves.md; see reference.h.
 */
#include <string.h>

#include "daybook.h"
#include "linli/records.h"
#include "reference.h"

static const struct book_line *lines_of(const struct book *book, size_t *count)
{
	*count = book->lines.len / sizeof(struct book_line);
	return (const struct book_line *)(const void *)book->lines.data;
}

static const struct book_move *moves_of(const struct book *book, size_t *count)
{
	*count = book->moves.len / sizeof(struct book_move);
	return (const struct book_move *)(const void *)book->moves.data;
}

static bool view_among(const struct buf *list, struct view text)
{
	const struct view *views = (const struct view *)(const void *)list->data;
	size_t i;

	for (i = 0; i < list->len / sizeof(*views); i++) {
		if (view_equal(views[i], text)) {
			return true;
		}
	}
	return false;
}

/* What the line puts into ${field}; empty if it is no text. */
static struct view text_put(const struct line *line, const char *field)
{
	size_t i;

	for (i = 0; i < line->change_count; i++) {
		if (line->changes[i].op == LINE_PUT && view_is(line->changes[i].field, field)) {
			return line->changes[i].value.text;
		}
	}
	return (struct view){ NULL, 0 };
}

/* ---- learning --------------------------------------------------------- */

/* One record of a move: its lines are first to last. */
static void learn_move(struct book *book, const struct book_line *lines, size_t first,
	size_t last)
{
	static struct reference_state state;
	struct reference_line list[REFERENCE_MAX_LINES];
	struct merge_world world = book_world(book);
	struct reference_set set = { .lines = list, .world = &world,
		.entity = model_entity(node_model(book->machine->node), view_of("moved")) };
	struct book_move move = { .first = first, .last = last };
	const struct value *values = state.values;
	size_t i;

	for (i = first; i < last && set.count < REFERENCE_MAX_LINES; i++) {
		list[set.count++] = (struct reference_line){ lines[i].origin, &lines[i].line };
	}
	reference_fold(&state, &set);
	move.entity = values[entity_field(set.entity, view_of("entity"))->index].text;
	move.id = values[entity_field(set.entity, view_of("record"))->index].text;
	move.giver = values[entity_field(set.entity, view_of("giver"))->index].text;
	move.taker = values[entity_field(set.entity, view_of("taker"))->index].text;
	move.covers = values[entity_field(set.entity, view_of("covers"))->index].text;
	move.number = values[entity_field(set.entity, view_of("number"))->index].integer;
	buf_add(&book->moves, &move, sizeof(move));
}

void book_learn(struct book *book)
{
	size_t count, i, next;
	const struct book_line *lines = lines_of(book, &count);

	for (i = 0; i < count; i = next) {
		const struct line *line = &lines[i].line;
		struct view target = text_put(line, "target"), merged = text_put(line, "public");

		next = i + 1;
		if (view_is(line->entity, "moved")) {
			while (next < count && view_is(lines[next].line.entity, "moved") &&
				view_equal(lines[next].line.id, line->id)) {
				next++;
			}
			learn_move(book, lines, i, next);
		} else if ((view_is(line->entity, "erasure") ||
				   view_is(line->entity, "erasure_done")) && target.len != 0) {
			buf_add(&book->erased, &target, sizeof(target));
		} else if (view_is(line->entity, "merged")) {
			merged = merged.len != 0 ? merged : text_put(line, "reported");
			buf_add(&book->merged, &merged, sizeof(merged));
		}
	}
}

/* ---- counting --------------------------------------------------------- */

static bool is_of(const struct book_move *move, const struct book_line *line)
{
	return view_equal(move->entity, line->line.entity) && view_equal(move->id, line->line.id);
}

/* The last move of the line's record that ${community} took part in (NULL: anybody) below ${number}. */
static const struct book_move *last_move(const struct book *book, const struct book_line *line,
	const char *community, int64_t number)
{
	const struct book_move *found = NULL;
	size_t count, i;
	const struct book_move *moves = moves_of(book, &count);

	for (i = 0; i < count; i++) {
		if (is_of(&moves[i], line) && moves[i].number < number &&
			(community == NULL || view_is(moves[i].giver, community) ||
				view_is(moves[i].taker, community)) &&
			(found == NULL || moves[i].number > found->number)) {
			found = &moves[i];
		}
	}
	return found;
}

bool book_was_moved(const struct book *book, const struct book_line *line)
{
	return last_move(book, line, NULL, INT64_MAX) != NULL;
}

static bool knew(const struct book *book, const struct book_line *line,
	const struct book_move *move)
{
	size_t count, i;
	const struct book_line *lines = lines_of(book, &count);

	for (i = move->first; i < move->last; i++) {
		if (book_seen((void *)(uintptr_t)book, line->origin.chain, line->origin.seq,
			    lines[i].origin.chain) >= lines[i].origin.seq) {
			return true;
		}
	}
	return false;
}

/* docs/moves.md, 2. */
static bool of_a_holder(const struct book *book, const struct book_line *line)
{
	const struct book_move *move = last_move(book, line, NULL, INT64_MAX);
	const struct scope *scope = &book->names[line->origin.chain].scope;
	const char *writer = book->chains[line->origin.chain].community;

	if (move == NULL) {
		return true;
	}
	if (scope->kind != SCOPE_FEDERATION) {
		return view_is(move->taker, scope->community);
	}
	if (strcmp(writer, DISTRICT_SLUG) == 0) {
		return true;
	}
	for (move = last_move(book, line, writer, INT64_MAX); move != NULL;
		move = last_move(book, line, writer, move->number)) {
		if (knew(book, line, move)) {
			return view_is(move->taker, writer);
		}
	}
	return true;
}

/* docs/erasure.md: of an erased record nothing but deletions is left in the community's scope. */
static bool is_erased(struct book *book, const struct book_line *line)
{
	struct buf target = { 0 };
	bool erased;

	if (line->origin.scope != SCOPE_COMMUNITY || line->line.has_del ||
		book->erased.len == 0) {
		return false;
	}
	buf_view(&target, line->line.entity);
	buf_byte(&target, ' ');
	buf_view(&target, line->line.id);
	erased = view_among(&book->erased, buf_as_view(&target));
	if (erased) {
		sim_fail(book->machine->world, "%s: %s was erased, and here is what was said of it",
			book->machine->volume, buf_str(&target));
	}
	buf_clear(&target);
	return erased;
}

bool book_counts(struct book *book, const struct book_line *line)
{
	return !book_returned(book, &line->origin) && !is_erased(book, line) &&
		of_a_holder(book, line);
}

/* ---- what became of late edits ------------------------------------------- */

static void print_line(char out[LINE_NAME_TEXT_BYTES], const struct book *book,
	const struct book_line *line)
{
	struct place place = { book->names[line->origin.chain], line->origin.seq, line->origin.n };

	place_print(out, &place);
}

/* Does ${entry}, "<chain>@<seq>", name the line's bundle? */
static bool covers_bundle(struct view entry, const struct book *book,
	const struct book_line *line)
{
	const char *at = memchr(entry.data, '@', entry.len);
	char name[CHAIN_TEXT_BYTES];
	int64_t upto;

	chain_name_print(name, &book->names[line->origin.chain]);
	return at != NULL &&
		view_is((struct view){ entry.data, (size_t)(at - entry.data) }, name) &&
		int64_parse(&upto, (struct view){ at + 1,
			entry.len - (size_t)(at + 1 - entry.data) }) &&
		upto >= line->origin.seq;
}

/* Do ${covers} name the line's bundle, and not the line as returned then ("-<line>")? */
static bool covers_line(struct view covers, const struct book *book, const struct book_line *line)
{
	struct cursor cursor = cursor_of(covers.data, covers.len);
	char name[LINE_NAME_TEXT_BYTES];
	bool covered = false;

	print_line(name, book, line);
	while (cursor_left(&cursor) != 0) {
		struct view rest = { (const char *)cursor.at, cursor_left(&cursor) };
		struct view one = cursor_until(&cursor, ' ');

		if (cursor.failed) {
			one = rest;
			cursor = cursor_of("", 0);
		}
		if (one.len > 1 && one.data[0] == '-' &&
			view_is((struct view){ one.data + 1, one.len - 1 }, name)) {
			return false;
		}
		covered = covered || covers_bundle(one, book, line);
	}
	return covered;
}

static bool was_handed_over(const struct book *book, const struct book_line *line)
{
	const char *community = book->names[line->origin.chain].scope.community;
	size_t count, i;
	const struct book_move *moves = moves_of(book, &count);

	for (i = 0; i < count; i++) {
		if (is_of(&moves[i], line) && view_is(moves[i].giver, community) &&
			covers_line(moves[i].covers, book, line)) {
			return true;
		}
	}
	return false;
}

/* Has the district told the new holder of the line? */
static bool was_told_of(const struct book *book, const struct book_line *line)
{
	char name[LINE_NAME_TEXT_BYTES];
	size_t count, i;
	const struct book_line *lines = lines_of(book, &count);

	print_line(name, book, line);
	for (i = 0; i < count; i++) {
		if (view_is(lines[i].line.entity, "move_route") &&
			view_is(text_put(&lines[i].line, "line"), name)) {
			return true;
		}
	}
	return false;
}

/* ---- totals ---------------------------------------------------------------- */

/* Is ${word} one of those of ${text}, which single spaces part? */
static bool has_word(struct view text, struct view word)
{
	struct cursor cursor = cursor_of(text.data, text.len);

	while (cursor_left(&cursor) != 0) {
		struct view rest = { (const char *)cursor.at, cursor_left(&cursor) };
		struct view one = cursor_until(&cursor, ' ');

		if (view_equal(cursor.failed ? rest : one, word)) {
			return true;
		}
		if (cursor.failed) {
			break;
		}
	}
	return false;
}

static bool was_merged(const struct book *book, const struct book_line *line)
{
	const struct view *list = (const struct view *)(const void *)book->merged.data;
	size_t i;

	for (i = 0; i < book->merged.len / sizeof(*list); i++) {
		if (has_word(list[i], line->line.id)) {
			return true;
		}
	}
	return false;
}

/* Did somebody enter it? */
static bool was_entered(const struct book *book, const struct book_line *line)
{
	return daybook_has(book->machine->world, book->names[line->origin.chain].device, line->text);
}

static int64_t added(const struct line *line, const struct field *field)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < line->change_count; i++) {
		if (line->changes[i].op == LINE_ADD &&
			view_is(line->changes[i].field, field->name)) {
			sum += line->changes[i].value.integer;
		}
	}
	return sum;
}

struct totals {
	struct book *book;
	const struct book_line *lines;
	size_t count;
};

/* What people added, but for what was returned; the district writes totals by itself, too. */
static bool check_totals(void *ctx, const struct record_view *view, struct err *err)
{
	const struct totals *totals = ctx;
	struct book *book = totals->book;
	size_t i, j;

	(void)err;
	for (i = 0; view->alive && i < view->entity->field_count; i++) {
		const struct field *field = &view->entity->fields[i];
		int64_t sum = 0;

		for (j = 0; j < totals->count; j++) {
			const struct book_line *line = &totals->lines[j];

			if (!book_returned(book, &line->origin) && was_entered(book, line)) {
				sum += added(&line->line, field);
			}
		}
		if (field->rule == RULE_SUM && view->values[i].integer != sum) {
			sim_fail(book->machine->world,
				"%s %s was moved: %s is %lld, and %lld were added",
				view->entity->name, view->id, field->name,
				(long long)view->values[i].integer, (long long)sum);
		}
	}
	return true;
}

/* Has the district gone on from a copy?  What it did before is not known to it in time. */
static bool was_put_back(const struct book *book)
{
	size_t i;

	for (i = 0; i < book->chain_count; i++) {
		if (book->chains[i].incarnation > 1 &&
			device_id_equal(book->chains[i].device, book->machine->id)) {
			return true;
		}
	}
	return false;
}

/* Into the trace: the lines of the record, and what is thought of each. */
static void tell_lines(const struct totals *totals)
{
	char name[LINE_NAME_TEXT_BYTES];
	size_t i;

	for (i = 0; i < totals->count; i++) {
		const struct book_line *line = &totals->lines[i];

		print_line(name, totals->book, line);
		sim_note(totals->book->machine->world, "    %s %.*s%s%s%s", name,
			(int)line->text.len, line->text.data,
			book_returned(totals->book, &line->origin) ? " (returned)" : "",
			of_a_holder(totals->book, line) ? "" : " (apart)",
			was_entered(totals->book, line) ? "" : " (by itself)");
	}
}

void book_check_moved(struct book *book, const struct book_line *lines, size_t count,
	const struct record_id *id)
{
	struct totals totals = { book, lines, count };
	struct machine *machine = book->machine;
	char name[LINE_NAME_TEXT_BYTES];
	struct err err;
	size_t i;

	for (i = 0; i < count; i++) {
		if (lines[i].origin.scope == SCOPE_DISTRICT && !lines[i].line.has_del &&
			!book_returned(book, &lines[i].origin) && !of_a_holder(book, &lines[i]) &&
			!was_handed_over(book, &lines[i]) && !was_told_of(book, &lines[i])) {
			print_line(name, book, &lines[i]);
			sim_fail(machine->world,
				"%s came after its record was moved, and was dropped", name);
		}
	}
	if (!was_merged(book, lines) && !was_put_back(book)) {
		(void)!records_get(machine->node,
			model_entity(node_model(machine->node), lines[0].line.entity), id,
			check_totals, &totals, &err);
	}
	if (machine->world->failed) {
		tell_lines(&totals);
	}
}
