/* differ.c -- what two machines that should agree do not agree about; see step.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "linli/chains.h"
#include "linli/records.h"
#include "step.h"

struct other {
	struct machine *machine; /* the one compared with */
	enum scope_kind kind;
	struct world *world;
	uint64_t told;
	const struct record_view *view;
};

static void print_value(struct buf *out, const struct value *value)
{
	if (value->kind == VALUE_TEXT) {
		buf_view(out, value->text);
	} else if (value->kind == VALUE_NULL) {
		buf_text(out, "-");
	} else {
		buf_printf(out, "%" PRId64, value->integer);
	}
}

static bool same(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && a->integer == b->integer && view_equal(a->text, b->text);
}

static bool compare_record(void *ctx, const struct record_view *theirs, struct err *err)
{
	struct other *other = ctx;
	const struct record_view *ours = other->view;
	struct buf text = { 0 };
	size_t i;

	(void)err;
	if (ours->alive != theirs->alive) {
		sim_note(other->world, "  %s %s: alive here %d, there %d", ours->entity->name,
			ours->id, ours->alive, theirs->alive);
		other->told++;
	}
	for (i = 0; i < ours->entity->field_count; i++) {
		if (ours->entity->fields[i].scope != other->kind ||
			same(&ours->values[i], &theirs->values[i])) {
			continue;
		}
		buf_reset(&text);
		buf_printf(&text, "  %s %s.%s: ", ours->entity->name, ours->id,
			ours->entity->fields[i].name);
		print_value(&text, &ours->values[i]);
		buf_text(&text, " | ");
		print_value(&text, &theirs->values[i]);
		sim_note(other->world, "%s", buf_str(&text));
		other->told++;
	}
	buf_clear(&text);
	return true;
}

static bool print_history(void *ctx, const struct history_line *line, struct err *err)
{
	struct other *other = ctx;

	(void)err;
	sim_note(other->world, "    %s%s %.*s", line->line, line->draft ? " (draft)" : "",
		(int)line->text.len, line->text.data);
	return true;
}

static bool look_up(void *ctx, const struct record_view *view, struct err *err)
{
	struct other *other = ctx;
	uint64_t told = other->told;
	struct record_id id;
	struct err why = { 0 };

	(void)err;
	other->view = view;
	if (record_id_parse(&id, view_of(view->id), view->entity->slug_ids) &&
		!records_get(other->machine->node, view->entity, &id, compare_record, other,
			&why)) {
		sim_note(other->world, "  %s %s: there: %s", view->entity->name, view->id,
			err_name(why.code));
		other->told++;
	}
	if (told != other->told && view->entity->slug_ids == false) {
		(void)!records_history(other->machine->node, view->entity, &id, print_history,
			other, &why);
	}
	return true;
}

static bool compare_head(void *ctx, const struct head *ours, struct err *err)
{
	struct other *other = ctx;
	char name[CHAIN_TEXT_BYTES];
	struct head theirs;

	if (ours->chain.scope.kind != other->kind ||
		!chains_head(other->machine->node, &ours->chain, &theirs, err)) {
		return true;
	}
	if (memcmp(ours->hash, theirs.hash, sizeof(ours->hash)) != 0) {
		chain_name_print(name, &ours->chain);
		sim_note(other->world, "  %s: %" PRIu32 " here, %" PRIu32 " there%s", name,
			ours->seq, theirs.seq, ours->seq == theirs.seq ? ", a fork" : "");
	}
	return true;
}

static bool print_draft(void *ctx, const char *place, struct view line, struct err *err)
{
	struct other *other = ctx;

	(void)err;
	sim_note(other->world, "  a draft: %s %.*s", place, (int)line.len, line.data);
	return true;
}

void tell_difference(struct machine *a, struct machine *b, enum scope_kind kind)
{
	struct other other = { .machine = b, .kind = kind, .world = a->world };
	const struct model *model = node_model(a->node);
	struct err err = { 0 };
	size_t i;

	if (a->world->trace && (!chains_each(a->node, compare_head, &other, &err) ||
			!outbox_each_draft(a->node, print_draft, &other, &err))) {
		sim_note(a->world, "  chains: %s", err.detail);
	}
	for (i = 0; a->world->trace && i < model->entity_count; i++) {
		if ((model->entities[i].scopes & (1U << kind)) != 0 &&
			!records_each(a->node, &model->entities[i], NULL, 0, look_up, &other, &err)) {
			sim_note(a->world, "  %s: %s", model->entities[i].name, err.detail);
		}
	}
}
