/* reference_compare.c -- a record as a machine shows it, against the reference; see reference.h. */
#include <string.h>

#include "linli/records.h"
#include "reference.h"

struct comparison {
	struct book *book;
	struct reference_set set;
	struct reference_state *state;
	size_t conflicts; /* met so far */
	char id[RECORD_ID_TEXT_BYTES];
};

static void differ(const struct comparison *comparison, const char *field, const char *what)
{
	sim_fail(comparison->book->machine->world, "%s: %s %s%s%s: %s",
		comparison->book->machine->volume, comparison->set.entity->name, comparison->id,
		field[0] != '\0' ? "." : "", field, what);
}

static bool same_value(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && a->integer == b->integer && view_equal(a->text, b->text);
}

static bool compare_values(void *ctx, const struct record_view *view, struct err *err)
{
	struct comparison *comparison = ctx;
	struct reference_state *state = comparison->state;
	struct merge_world world = book_world(comparison->book);
	size_t i;

	(void)err;
	world.community = view->community;
	comparison->set.world = &world;
	reference_fold(state, &comparison->set);
	if ((state->alive != 0) != view->alive) {
		differ(comparison, "", view->alive ? "alive, by the reference it is not" :
						     "deleted, by the reference it is not");
	}
	for (i = 0; i < view->entity->field_count; i++) {
		if (!same_value(&state->values[i], &view->values[i])) {
			differ(comparison, view->entity->fields[i].name,
				"the value is not what the reference says");
		}
	}
	return true;
}

/* ---- conflicts -------------------------------------------------------- */

/* Of a deletion: true, of one taken back: false, of an edit: nothing. */
static struct value del_value(const struct line *line)
{
	return line->has_del ? (struct value){ VALUE_BOOL, line->del, { NULL, 0 } } :
			       (struct value){ VALUE_NULL, 0, { NULL, 0 } };
}

static void compare_side(const struct comparison *comparison,
	const struct reference_conflict *expected, const struct conflict *conflict, size_t at)
{
	const struct conflict_value *side = &conflict->values[at];
	const struct reference_line *line = &comparison->set.lines[expected->lines[at]];
	const struct book *book = comparison->book;
	struct value value = expected->field == NULL ? del_value(line->line) :
		*reference_put(&comparison->set, expected->lines[at], expected->field);
	const char *field = expected->field != NULL ? expected->field->name : "";
	const struct chain_name *chain = &book->names[line->origin.chain];
	struct place place = { *chain, line->origin.seq, line->origin.n };
	char name[LINE_NAME_TEXT_BYTES];

	place_print(name, &place);
	if (!same_value(&side->value, &value)) {
		differ(comparison, field, "a conflict is about another value");
	} else if (strcmp(side->line, name) != 0 || (side->t != 0 && side->t != line->line->t) ||
		!device_id_equal(side->device, chain->device)) {
		differ(comparison, field, "a conflict names another line");
	}
}

static bool compare_conflict(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct comparison *comparison = ctx;
	const struct reference_state *state = comparison->state;
	size_t at = comparison->conflicts++, i;
	const struct reference_conflict *expected = &state->conflicts[at];
	const char *field = conflict->field != NULL ? conflict->field->name : "";

	(void)err;
	if (at >= state->conflict_count || expected->field != conflict->field) {
		differ(comparison, field, "in conflict, by the reference it is not");
	} else if (conflict->rule != (expected->field != NULL ? expected->field->rule :
								RULE_DELETE) ||
		conflict->open != expected->open) {
		differ(comparison, field, "a conflict of another rule");
	} else if (conflict->value_count != expected->count) {
		differ(comparison, field, "a conflict between others than the reference says");
	} else if (expected->field != NULL &&
		!same_value(&conflict->shown, &state->values[expected->field->index])) {
		differ(comparison, field, "a conflict shows another value");
	}
	for (i = 0; i < conflict->value_count && !comparison->book->machine->world->failed; i++) {
		compare_side(comparison, expected, conflict, i);
	}
	return true;
}

void book_compare(struct book *book, const struct reference_set *set, const struct record_id *id)
{
	static struct reference_state state;
	struct comparison comparison = { .book = book, .set = *set, .state = &state };
	struct machine *machine = book->machine;
	struct err err = { 0 };

	record_id_print(comparison.id, id->bytes, id->len, set->entity->slug_ids);
	if (!records_get(machine->node, set->entity, id, compare_values, &comparison, &err)) {
		/* Of which no line counts, it need not be there at all. */
		if (set->count != 0 || err.code != ERR_NOT_FOUND) {
			differ(&comparison, "", err.detail);
		}
		return;
	}
	if (machine->world->failed) {
		return;
	}
	if (!records_conflicts(machine->node, set->entity, id, compare_conflict, &comparison,
		    &err)) {
		differ(&comparison, "", err.detail);
	} else if (comparison.conflicts < state.conflict_count) {
		differ(&comparison, state.conflicts[comparison.conflicts].field != NULL ?
			state.conflicts[comparison.conflicts].field->name : "",
			"not in conflict, by the reference it is");
	}
}
