/* move.c -- residents and clubs move between communities, duplicates are merged; see step.h. */
#include "linli/move.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daybook.h"
#include "disk.h"
#include "step.h"

#define HANDED_MAX 8

/* A file that one community's clerk gave to another's. */
struct handover {
	char taker[SLUG_TEXT_BYTES];
	struct buf sealed;
};

/* One of the machine's own records that may move; false: there is none. */
static bool pick(struct machine *machine, const struct entity **entity, struct record_id *id)
{
	static const char *const names[] = { "person", "person", "club", "activity", "activity" };
	struct chance *chance = &machine->world->chance;
	int tries;

	for (tries = 0; tries < 4 && !machine->world->failed; tries++) {
		*entity = model_entity(node_model(machine->node),
			view_of(names[chance_below(chance, 5)]));
		if (pick_record(machine, *entity, chance, id)) {
			return true;
		}
	}
	return false;
}

/* What may be refused: it is gone, another's by now, offered already, of a revoked key. */
static bool move_error(const struct machine *machine, enum err_code code)
{
	return code == ERR_VALUE || code == ERR_NOT_FOUND || code == ERR_EXISTS ||
		code == ERR_SCOPE || code == ERR_REVOKED || code == ERR_UNKNOWN_DEVICE ||
		code == ERR_SEALED || code == ERR_FORK ||
		code == ERR_DISK_FULL || code == ERR_IO || disk_is_dead(machine->number);
}

/* What follows each of these: it is told, written down, and whoever died is started again. */
static void finish(struct machine *machine, const char *what, const char *target, bool ok,
	const struct err *err)
{
	sim_note(machine->world, "%s %s %s: %s%s%s", machine->volume, what, target,
		ok ? "ok" : err_name(err->code), ok ? "" : ": ", ok ? "" : err->detail);
	if (ok) {
		daybook_capture(machine);
	} else if (!move_error(machine, err->code)) {
		sim_fail(machine->world, "%s: %s %s: %s: %s", machine->volume, what, target,
			err_name(err->code), err->detail);
	}
	machine_settle(machine, err, !ok);
	check_balance(machine);
}

static void print_target(char out[MODEL_NAME_BYTES + RECORD_ID_TEXT_BYTES],
	const struct entity *entity, const struct record_id *id)
{
	char text[RECORD_ID_TEXT_BYTES];

	record_id_print(text, id->bytes, id->len, false);
	snprintf(out, MODEL_NAME_BYTES + RECORD_ID_TEXT_BYTES, "%s %s", entity->name, text);
}

/* ---- files on their way -------------------------------------------------- */

static struct handover *handovers(struct world *world, size_t *count)
{
	*count = world->handed.len / sizeof(struct handover);
	return (struct handover *)(void *)world->handed.data;
}

void forget_handovers(struct world *world)
{
	size_t count, i;
	struct handover *list = handovers(world, &count);

	for (i = 0; i < count; i++) {
		buf_clear(&list[i].sealed);
	}
	buf_clear(&world->handed);
}

static void keep_handover(struct world *world, struct handover *handover)
{
	size_t count;
	struct handover *list = handovers(world, &count);

	if (count == HANDED_MAX) {
		list = &list[chance_below(&world->chance, count)];
		buf_clear(&list->sealed);
		*list = *handover;
	} else {
		buf_add(&world->handed, handover, sizeof(*handover));
	}
}

/* A file for the machine's community; it stays, so that it may come again. */
static const struct handover *find_handover(struct machine *machine)
{
	size_t count, at, i;
	const struct handover *list = handovers(machine->world, &count);

	at = count != 0 ? chance_below(&machine->world->chance, count) : 0;
	for (i = 0; i < count; i++) {
		if (strcmp(list[(at + i) % count].taker, machine->community) == 0) {
			return &list[(at + i) % count];
		}
	}
	return NULL;
}

/* ---- giving --------------------------------------------------------------- */

/* Another community, mostly one in which much happens. */
static void choose_taker(const struct machine *giver, char out[SLUG_TEXT_BYTES])
{
	struct world *world = giver->world;
	int first = (int)(world->seed % WORLD_COMMUNITIES);

	do {
		world_community_name(first + (int)chance_below(&world->chance,
				chance_one_in(&world->chance, 5) ? WORLD_COMMUNITIES : 2), out);
	} while (strcmp(out, giver->community) == 0);
}

static bool write_handover(struct machine *machine, const struct entity *entity,
	const struct record_id *id, const char *taker, struct err *err)
{
	struct handover handover = { .taker = "" };
	struct tally tally;
	size_t lines;

	strcpy(handover.taker, taker);
	if (!outbox_pack(machine->node, &tally, err) ||
		!handover_write(machine->node, entity, id, taker, &handover.sealed, &lines, err)) {
		buf_clear(&handover.sealed);
		return false;
	}
	keep_handover(machine->world, &handover);
	return true;
}

/* What is done by the giver's clerk; false: nothing was offered. */
static bool give_away(struct machine *machine, const struct entity *entity,
	const struct record_id *id, const char *taker)
{
	struct world *world = machine->world;
	char target[MODEL_NAME_BYTES + RECORD_ID_TEXT_BYTES], what[80];
	bool withdraw = chance_one_in(&world->chance, 16), ok;
	bool file = chance_one_in(&world->chance, 2);
	struct err err = { 0 };
	int before;

	print_target(target, entity, id);
	snprintf(what, sizeof(what), withdraw ? "keeps" : "offers to %s", taker);
	plan_crash(machine, 16, 16);
	before = world_enter(machine);
	ok = withdraw ? move_withdraw(machine->node, entity, id, &err) :
			move_offer(machine->node, entity, id, taker, &err);
	if (ok) {
		daybook_capture(machine);
	}
	if (ok && !withdraw && file) {
		ok = write_handover(machine, entity, id, taker, &err);
	}
	world_leave(before);
	finish(machine, what, target, ok, &err);
	return ok && !withdraw;
}

/* ---- taking ---------------------------------------------------------------- */

struct offer {
	struct machine *machine;
	const struct entity *entity;
	struct record_id id;
	uint64_t seen;
};

static bool draw_offer(void *ctx, const struct move *move, struct err *err)
{
	struct offer *offer = ctx;
	struct record_id id;

	(void)err;
	if (move->state == MOVE_OFFERED && strcmp(move->taker, offer->machine->community) == 0 &&
		record_id_parse(&id, view_of(move->id), false) &&
		chance_below(&offer->machine->world->chance, ++offer->seen) == 0) {
		offer->entity = move->entity;
		offer->id = id;
	}
	return true;
}

/* Offers are in the giver's own scope: the taker hears of them by telephone. */
static bool find_offer(struct machine *machine, struct offer *offer, struct err *err)
{
	struct machine *district = world_district(machine->world);
	int before = world_enter(district);
	bool ok = move_each(district->node, draw_offer, offer, err);

	world_leave(before);
	return ok && offer->seen != 0;
}

static void take_over(struct machine *machine)
{
	struct world *world = machine->world;
	const struct handover *handover = find_handover(machine);
	struct offer offer = { .machine = machine };
	char target[MODEL_NAME_BYTES + RECORD_ID_TEXT_BYTES] = "a file";
	struct handed handed = { .entity = NULL };
	struct err err = { 0 };
	int before;
	bool ok;

	if (handover != NULL && chance_one_in(&world->chance, 2)) {
		plan_crash(machine, 16, 16);
		before = world_enter(machine);
		ok = handover_take(machine->node, buf_as_view(&handover->sealed), &handed, &err);
		world_leave(before);
	} else if (find_offer(machine, &offer, &err)) {
		print_target(target, offer.entity, &offer.id);
		plan_crash(machine, 16, 16);
		before = world_enter(machine);
		ok = model_entity(node_model(machine->node), view_of(offer.entity->name)) != NULL &&
			move_take(machine->node, model_entity(node_model(machine->node),
				view_of(offer.entity->name)), &offer.id, 0, &err);
		world_leave(before);
	} else {
		return;
	}
	finish(machine, "takes over", target, ok, &err);
}

static struct machine *machine_of(struct world *world, const char *community)
{
	int at = (int)chance_below(&world->chance, (uint64_t)world->count), i;

	for (i = 0; i < world->count; i++) {
		struct machine *machine = &world->machines[(at + i) % world->count];

		if (machine->node != NULL && !machine->revoked &&
			strcmp(machine->community, community) == 0) {
			return machine;
		}
	}
	return NULL;
}

/* Both ends have to reach the district before anything comes of it. */
static void reach(struct machine *machine)
{
	if (!machine->world->failed && (machine->world->with & WITH(SYNC)) != 0 &&
		!chance_one_in(&machine->world->chance, 4)) {
		sync_somehow(machine);
	}
}

void step_move(struct world *world)
{
	struct machine *giver, *taker = NULL;
	const struct entity *entity;
	char community[SLUG_TEXT_BYTES], name[MODEL_NAME_BYTES];
	struct record_id id;
	int tries;

	for (tries = 0; tries < 8 && !world->failed; tries++) {
		giver = world_any(world, true);
		if (!giver->district && pick(giver, &entity, &id)) {
			break;
		}
		giver = NULL;
	}
	if (giver == NULL || world->failed) {
		return;
	}
	world->done[WITH_MOVE_BIT]++;
	choose_taker(giver, community);
	/* Whoever is started again has the model anew. */
	snprintf(name, sizeof(name), "%s", entity->name);
	if (give_away(giver, entity, &id, community) && !chance_one_in(&world->chance, 6)) {
		reach(giver);
		taker = machine_of(world, community);
	}
	if (!world->failed && (world->with & WITH(EDITS)) != 0 && chance_one_in(&world->chance, 3)) {
		go_on_elsewhere(giver, name, &id);
	}
	taker = taker != NULL ? taker : world_any(world, true);
	if (!world->failed && !taker->district) {
		take_over(taker);
		reach(taker);
	}
}

/* ---- duplicates -------------------------------------------------------------- */

void step_merge(struct world *world)
{
	struct machine *machine = world_any(world, true);
	const struct entity *entity;
	char target[MODEL_NAME_BYTES + RECORD_ID_TEXT_BYTES];
	struct record_id from, into = { 0 };
	struct merge_counts counts;
	struct err err = { 0 };
	int before, tries;
	bool ok;

	if (machine->district || !pick(machine, &entity, &from)) {
		return;
	}
	/* Now and then with itself, which is refused. */
	for (tries = 0; tries < 4; tries++) {
		if (!pick_record(machine, entity, &world->chance, &into) ||
			memcmp(&into, &from, sizeof(into)) != 0) {
			break;
		}
	}
	world->done[WITH_MOVE_BIT]++;
	/* Late edits of the one are written to the other. */
	print_target(target, entity, &into);
	buf_printf(&world->merged, "%s ", target);
	print_target(target, entity, &from);
	buf_printf(&world->merged, "%s ", target);
	plan_crash(machine, 16, 16);
	before = world_enter(machine);
	ok = records_merge(machine->node, entity, &from, &into, &counts, &err);
	world_leave(before);
	finish(machine, "merges", target, ok, &err);
}
