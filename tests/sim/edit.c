/* edit.c -- clerks at work; see step.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "daybook.h"
#include "linli/records.h"
#include "step.h"

#define EDIT_MAX_ASSIGNMENTS 6
#define TEXT_ROOM 64

/* One edit: its values live here. */
struct edit {
	struct machine *machine;
	struct chance *chance;
	const struct entity *entity;
	struct record_id id;
	bool existing;
	int twist; /* makes other values of the same lots */
	struct assignment assignments[EDIT_MAX_ASSIGNMENTS];
	char texts[EDIT_MAX_ASSIGNMENTS][TEXT_ROOM];
	size_t count;
};

static const struct entity *entity_named(const struct machine *machine, const char *name)
{
	return model_entity(node_model(machine->node), view_of(name));
}

/* What is written how often; a district's clerks write little of their own. */
static const struct entity *choose_entity(struct machine *machine, struct chance *chance)
{
	static const char *const members[] = { "activity", "activity", "activity", "activity",
		"person", "person", "club", "club", "petition", "visit" };
	static const char *const district[] = { "notice", "activity", "club", "community" };
	const struct entity *entity = entity_named(machine,
		machine->district ? district[chance_below(chance, 4)] :
				    members[chance_below(chance, 10)]);

	return entity != NULL ? entity : entity_named(machine, "activity");
}

/* ---- finding a record ------------------------------------------------- */

struct lot {
	struct chance *chance;
	const struct entity *entity;
	const struct machine *machine;
	struct record_id id;
	size_t seen;
};

static bool draw(void *ctx, const struct record_view *view, struct err *err)
{
	struct lot *lot = ctx;
	struct record_id id;

	(void)err;
	if (!lot->machine->district && view->community[0] != '\0' &&
		strcmp(view->community, lot->machine->community) != 0) {
		return true; /* not ours to change */
	}
	if (record_id_parse(&id, view_of(view->id), lot->entity->slug_ids) &&
		chance_below(lot->chance, ++lot->seen) == 0) {
		lot->id = id;
	}
	return true;
}

/* A record that is there already; the latest are changed no more often than others. */
bool pick_record(struct machine *machine, const struct entity *entity, struct chance *chance,
	struct record_id *out)
{
	struct lot lot = { .chance = chance, .entity = entity, .machine = machine };
	struct err err = { 0 };

	if (!records_each(machine->node, entity, NULL, 0, draw, &lot, &err)) {
		if (!machine_was_hit(machine, &err)) {
			sim_fail(machine->world, "%s: listing %s: %s", machine->volume,
				entity->name, err.detail);
		}
		return false;
	}
	*out = lot.id;
	return lot.seen != 0;
}

/* ---- values ----------------------------------------------------------- */

static void assign(struct edit *edit, const char *name, enum assign_op op, struct value value)
{
	const struct field *field = entity_field(edit->entity, view_of(name));

	if (field != NULL && edit->count < EDIT_MAX_ASSIGNMENTS) {
		edit->assignments[edit->count++] =
			(struct assignment){ field, op, value };
	}
}

static void assign_text(struct edit *edit, const char *name, enum assign_op op, const char *text)
{
	char *kept;

	if (edit->count < EDIT_MAX_ASSIGNMENTS) {
		kept = edit->texts[edit->count];
		snprintf(kept, TEXT_ROOM, "%s", text);
		assign(edit, name, op, (struct value){ VALUE_TEXT, 0, view_of(kept) });
	}
}

static void assign_mark(struct edit *edit, const char *name)
{
	char text[TEXT_ROOM];

	/* No other change ever writes the same. */
	snprintf(text, sizeof(text), "记%" PRIu64 ".%" PRIu64 ".%zu", chance_below(edit->chance,
		1000000) + (uint64_t)edit->twist, edit->machine->world->step, edit->count);
	assign_text(edit, name, ASSIGN_SET, text);
}

static void assign_number(struct edit *edit, const char *name, enum assign_op op, int64_t n)
{
	assign(edit, name, op, (struct value){ VALUE_INT, n + edit->twist, { NULL, 0 } });
}

static void assign_day(struct edit *edit, const char *name)
{
	char text[TEXT_ROOM];

	snprintf(text, sizeof(text), "2026-%02d-%02d", 1 + (int)chance_below(edit->chance, 12),
		1 + (int)chance_below(edit->chance, 28));
	assign_text(edit, name, ASSIGN_SET, text);
}

static void assign_reference(struct edit *edit, const char *name, const char *entity_name)
{
	const struct entity *entity = entity_named(edit->machine, entity_name);
	char text[RECORD_ID_TEXT_BYTES];
	struct record_id id;

	if (entity != NULL && pick_record(edit->machine, entity, edit->chance, &id)) {
		record_id_print(text, id.bytes, id.len, entity->slug_ids);
		assign_text(edit, name, ASSIGN_SET, text);
	}
}

static const char *choose(struct chance *chance, const char *const *list, size_t count)
{
	return list[chance_below(chance, count)];
}

static void fill_club(struct edit *edit)
{
	static const char *const stages[] = { "idea", "trial", "running", "closed" };
	char community[SLUG_TEXT_BYTES];

	if (edit->machine->district && !edit->existing) {
		assign_text(edit, "community", ASSIGN_SET,
			world_community_name((int)chance_below(edit->chance, WORLD_COMMUNITIES),
				community));
	}
	if (!edit->existing || chance_one_in(edit->chance, 4)) {
		assign_mark(edit, "name");
	}
	switch (chance_below(edit->chance, 5)) {
	case 0:
		assign_mark(edit, "motto");
		break;
	case 1:
		assign_text(edit, "stage", ASSIGN_SET, choose(edit->chance, stages, 4));
		break;
	case 2:
		assign_number(edit, "members", ASSIGN_SET,
			(int64_t)chance_below(edit->chance, 1000));
		break;
	case 3:
		assign_day(edit, "founded_on");
		break;
	default:
		if (!edit->machine->district) {
			assign_mark(edit, "note");
		}
		break;
	}
}

static void fill_activity(struct edit *edit)
{
	static const char *const tags[] = { "a", "b", "c", "\"d\"", "戊" };

	if (!edit->existing || chance_one_in(edit->chance, 6)) {
		assign_mark(edit, "title");
	}
	switch (chance_below(edit->chance, 6)) {
	case 0:
		assign_reference(edit, "club", "club");
		break;
	case 1:
		assign_number(edit, "best", ASSIGN_SET, (int64_t)chance_below(edit->chance, 100));
		break;
	case 2:
		assign_number(edit, "least", ASSIGN_SET, (int64_t)chance_below(edit->chance, 20));
		break;
	case 3:
		assign_text(edit, "tags",
			chance_one_in(edit->chance, 3) ? ASSIGN_TAKE : ASSIGN_ADD,
			choose(edit->chance, tags, 5));
		break;
	case 4:
		assign_mark(edit, "report");
		break;
	default:
		assign_day(edit, "held_on");
		break;
	}
	assign_number(edit, "served", ASSIGN_ADD, 1 + (int64_t)chance_below(edit->chance, 40));
}

static void fill_person(struct edit *edit)
{
	static const char *const roles[] = { "owner", "volunteer", "leader" };

	if (!edit->existing) {
		assign_mark(edit, "name");
	} else if (chance_one_in(edit->chance, 2)) {
		assign_mark(edit, "phone");
	}
	if (chance_one_in(edit->chance, 2)) {
		assign_number(edit, "decade", ASSIGN_SET,
			1900 + 10 * (int64_t)chance_below(edit->chance, 15));
	} else {
		assign_text(edit, "roles",
			chance_one_in(edit->chance, 3) ? ASSIGN_TAKE : ASSIGN_ADD,
			choose(edit->chance, roles, 3));
	}
}

static void fill(struct edit *edit)
{
	const char *name = edit->entity->name;

	if (strcmp(name, "club") == 0) {
		fill_club(edit);
	} else if (strcmp(name, "activity") == 0) {
		fill_activity(edit);
	} else if (strcmp(name, "person") == 0) {
		fill_person(edit);
	} else if (strcmp(name, "petition") == 0) {
		assign_mark(edit, "what");
		assign_reference(edit, "activity", "activity");
	} else if (strcmp(name, "visit") == 0) {
		assign_mark(edit, "remark");
		assign_reference(edit, "person", "person");
	} else if (strcmp(name, "notice") == 0) {
		assign_mark(edit, "text");
	} else if (strcmp(name, "community") == 0) {
		assign_mark(edit, "contact");
	}
}

/* ---- writing ---------------------------------------------------------- */

/* What may be refused to a clerk without anything being wrong; a sync may fail, too. */
static bool clerk_error(const struct world *world, enum err_code code)
{
	return code == ERR_VALUE || code == ERR_NOT_FOUND || code == ERR_SCOPE ||
		code == ERR_DISK_FULL || (code == ERR_IO && (world->with & WITH(FULL)) != 0);
}

static void finish(struct edit *edit, bool ok, const struct err *err, const char *what)
{
	struct machine *machine = edit->machine;
	char id[RECORD_ID_TEXT_BYTES];

	record_id_print(id, edit->id.bytes, edit->id.len, edit->entity->slug_ids);
	sim_note(machine->world, "%s %s %s %s: %s", machine->volume, what, edit->entity->name, id,
		ok ? "ok" : err_name(err->code));
	if (ok) {
		daybook_capture(machine);
	} else if (!machine_was_hit(machine, err) && !clerk_error(machine->world, err->code)) {
		sim_fail(machine->world, "%s: %s %s %s: %s: %s", machine->volume, what,
			edit->entity->name, id, err_name(err->code), err->detail);
	}
	machine_settle(machine, err, !ok);
	check_balance(machine);
}

/* Faults before a change: it dies, or the disk is full for once. */
static void plan_fault(struct machine *machine)
{
	struct world *world = machine->world;

	if ((world->with & WITH(CRASH)) != 0 && chance_one_in(&world->chance, 25)) {
		disk_kill_after(machine->number, 1 + chance_below(&world->chance, 12));
		world->done[WITH_CRASH_BIT]++;
	} else if ((world->with & WITH(FULL)) != 0 && chance_one_in(&world->chance, 60)) {
		disk_fail_after(machine->number, 1 + chance_below(&world->chance, 8));
		world->done[WITH_FULL_BIT]++;
	}
}

static void put(struct edit *edit)
{
	struct machine *machine = edit->machine;
	struct err err = { 0 };
	int before = world_enter(machine);
	bool ok;

	plan_fault(machine);
	ok = records_put(machine->node, edit->entity, edit->existing ? &edit->id : NULL,
		edit->assignments, edit->count, &edit->id, &err);
	world_leave(before);
	finish(edit, ok, &err, edit->existing ? "changes" : "makes");
}

static void delete(struct edit *edit)
{
	struct machine *machine = edit->machine;
	struct err err = { 0 };
	int before = world_enter(machine);
	bool ok;

	plan_fault(machine);
	ok = records_delete(machine->node, edit->entity, &edit->id, true, &err);
	/* Now and then somebody thinks better of it. */
	if (ok && chance_one_in(edit->chance, 4)) {
		ok = records_delete(machine->node, edit->entity, &edit->id, false, &err);
	}
	world_leave(before);
	finish(edit, ok, &err, "deletes");
}

static struct edit edit_by(struct machine *machine)
{
	struct chance *chance = &machine->world->chance;
	struct edit edit = { .machine = machine, .chance = chance };

	edit.entity = choose_entity(machine, chance);
	edit.existing = edit.entity->slug_ids || !chance_one_in(chance, 3);
	if (edit.existing && !pick_record(machine, edit.entity, chance, &edit.id)) {
		edit.existing = false;
	}
	return edit;
}

static void edit_record(struct machine *machine, const struct entity *entity,
	const struct record_id *id)
{
	struct edit edit = { .machine = machine, .chance = &machine->world->chance, .id = *id,
		.entity = entity_named(machine, entity->name), .existing = true };

	machine->world->done[WITH_EDITS_BIT]++;
	fill(&edit);
	put(&edit);
}

static bool is_there(void *ctx, const struct record_view *view, struct err *err)
{
	(void)err;
	*(bool *)ctx = view->alive;
	return true;
}

void go_on_elsewhere(struct machine *machine, const char *name, const struct record_id *id)
{
	struct machine *other = world_sibling(machine->world, machine);
	const struct entity *entity = other != NULL ? entity_named(other, name) : NULL;
	bool there = false;
	struct err err;

	if (entity != NULL && !other->district &&
		records_get(other->node, entity, id, is_there, &there, &err) && there) {
		edit_record(other, entity, id);
	}
}

void step_edit(struct world *world)
{
	struct machine *machine = world_any(world, !chance_one_in(&world->chance, 12));
	struct edit edit = edit_by(machine);

	world->done[WITH_EDITS_BIT]++;
	if (edit.existing && !edit.entity->slug_ids && chance_one_in(&world->chance, 14)) {
		delete(&edit);
	} else {
		fill(&edit);
		put(&edit);
	}
}

/* What one of them signs reaches the other while its own change is a draft. */
static void meet(struct machine *one, struct machine *other)
{
	struct world *world = one->world;
	struct tally tally;
	struct err err = { 0 };
	int before;
	bool ok;

	if ((world->with & WITH(NEIGHBOUR)) == 0 || chance_one_in(&world->chance, 2)) {
		return;
	}
	before = world_enter(one);
	ok = outbox_pack(one->node, &tally, &err);
	world_leave(before);
	if (!ok) {
		sim_fail(world, "%s: signing: %s: %s", one->volume, err_name(err.code), err.detail);
		return;
	}
	give(one, other);
}

void step_edit_together(struct world *world)
{
	struct machine *one = world_any(world, true), *other;
	struct edit edit = edit_by(one), second;
	struct chance lots;
	struct err err;
	bool there = false;

	other = chance_one_in(&world->chance, 4) ? world_district(world) : world_sibling(world, one);
	if (other == NULL || !edit.existing) {
		step_edit(world);
		return;
	}
	second = edit;
	second.machine = other;
	second.entity = entity_named(other, edit.entity->name);
	world->done[WITH_EDITS_BIT] += 2;
	lots = world->chance;
	if (!edit.entity->slug_ids && chance_one_in(&world->chance, 6)) {
		delete(&edit);
	} else {
		fill(&edit);
		put(&edit);
	}
	if (second.entity != NULL &&
		records_get(other->node, second.entity, &second.id, is_there, &there, &err) && there) {
		/* Often it is the same fields that they change. */
		if (chance_one_in(&world->chance, 2)) {
			second.chance = &lots;
			second.twist = 1;
		}
		fill(&second);
		put(&second);
		meet(one, other);
	}
}
