/* rotate.c -- devices that go over to another key, and who goes on with an old one; see step.h. */
#include "linli/rekey.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daybook.h"
#include "disk.h"
#include "linli/enrol.h"
#include "step.h"

/* ---- another key --------------------------------------------------------- */

/* Copies of before go with the key of that time: nobody puts them back. */
static void drop_copies(struct machine *machine)
{
	size_t i;

	for (i = 0; i < WORLD_COPIES; i++) {
		if (machine->copies[i].volume[0] != '\0') {
			disk_drop(disk_volume(machine->copies[i].volume));
			machine->copies[i].volume[0] = '\0';
		}
	}
}

/* The request goes by a file to the district, and the answer back. */
static bool ask_by_files(struct machine *machine, struct err *err)
{
	struct machine *district = world_district(machine->world);
	struct buf request = { 0 }, answer = { 0 };
	struct received received = { 0 };
	int before;
	bool ok = true;

	if (rekey_waits(machine->node, &request)) {
		before = world_enter(district);
		ok = rotation_accept(district->node, buf_as_view(&request), &answer, NULL, err);
		world_leave(before);
		ok = ok && answer_accept(machine->node, buf_as_view(&answer), &received, err);
	}
	received_clear(&received);
	buf_clear(&request);
	buf_clear(&answer);
	return ok;
}

static bool rotate_error(const struct machine *machine, enum err_code code)
{
	return code == ERR_FORK || code == ERR_SCOPE || code == ERR_DISK_FULL || code == ERR_IO ||
		code == ERR_BUSY || disk_is_dead(machine->number) ||
		/* A district that was put back from a copy. */
		code == ERR_UNKNOWN_DEVICE || code == ERR_REVOKED;
}

/* All other computers with that key: it ends. */
static void end_twins(struct machine *machine, struct device_id old)
{
	struct world *world = machine->world;
	int i;

	for (i = 0; i < world->count; i++) {
		struct machine *other = &world->machines[i];

		if (other != machine && !other->revoked && device_id_equal(other->id, old)) {
			other->revoked = true;
			daybook_revoked(other);
		}
	}
}

/* Somebody has the old key, with all that was signed until now; NULL: there is no room. */
static struct machine *steal(struct machine *machine)
{
	struct world *world = machine->world;
	struct machine *twin;
	struct tally tally;
	struct err err = { 0 };
	int before;
	bool ok;

	if (world->count == WORLD_MAX_MACHINES) {
		return NULL;
	}
	before = world_enter(machine);
	ok = outbox_pack(machine->node, &tally, &err);
	world_leave(before);
	if (!ok) {
		sim_fail(world, "%s: signing: %s: %s", machine->volume, err_name(err.code),
			err.detail);
		return NULL;
	}
	twin = world_twin(machine);
	twin->revoked = true;
	twin->successor = machine->number;
	return twin;
}

void check_rotations(struct world *world)
{
	int i;

	for (i = 1; i < world->count && !world->failed; i++) {
		struct machine *machine = &world->machines[i];

		if (!machine->revoked && machine->node != NULL &&
			(rekey_waits(machine->node, NULL) || !node_enrolled(machine->node))) {
			sim_fail(world, "%s: its key is not known at rest", machine->volume);
		}
	}
}

/* ---- an old key --------------------------------------------------------------- */

/* Does the district know that the key is good no more, or should it? */
static bool has_ended(struct world *world, const struct machine *machine)
{
	struct machine *district = world_district(world);
	const struct machine *successor = &world->machines[machine->successor];
	struct device device;

	if (!machine->revoked || machine->node == NULL) {
		return false;
	}
	if (machine->successor != 0) {
		return !device_id_equal(successor->id, machine->id) &&
			node_find_device(district->node, successor->id, &device);
	}
	return node_find_device(district->node, machine->id, &device) && device.revoked;
}

static struct machine *find_thief(struct world *world)
{
	int at = (int)chance_below(&world->chance, (uint64_t)world->count), i;

	for (i = 0; i < world->count; i++) {
		struct machine *machine = &world->machines[(at + i) % world->count];

		if (has_ended(world, machine)) {
			return machine;
		}
	}
	return NULL;
}

/* Something is entered and signed there that nobody is to believe. */
static bool forge(struct machine *thief)
{
	const struct entity *entity = model_entity(node_model(thief->node), view_of("activity"));
	const struct assignment assignments[] = {
		{ entity_field(entity, view_of("title")), ASSIGN_SET,
			{ VALUE_TEXT, 0, view_of("盗用") } },
		{ entity_field(entity, view_of("served")), ASSIGN_ADD, { VALUE_INT, 500, { NULL, 0 } } },
	};
	struct record_id id, made;
	struct tally tally;
	struct err err = { 0 };
	int before = world_enter(thief);
	bool existing = pick_record(thief, entity, &thief->world->chance, &id);
	bool ok = records_put(thief->node, entity, existing ? &id : NULL, assignments, 2, &made,
		&err);

	if (ok) {
		daybook_forge(thief);
		ok = outbox_pack(thief->node, &tally, &err);
	}
	world_leave(before);
	sim_note(thief->world, "%s, whose key has ended, signs: %s", thief->volume,
		ok ? "ok" : err_name(err.code));
	return ok;
}

static void go_on_with(struct machine *thief)
{
	struct world *world = thief->world;
	struct machine *to;
	int tries;

	/* A home put back from a copy might sign other bundles at places that are good. */
	if (world->done[WITH_REWIND_BIT] + world->done[WITH_CLONE_BIT] != 0 || !forge(thief)) {
		return;
	}
	for (tries = 0; tries < 3 && !world->failed; tries++) {
		to = chance_one_in(&world->chance, 3) ? world_district(world) :
			tries == 0 ? world_sibling(world, thief) : world_any(world, true);
		if (to != NULL) {
			give(thief, to);
		}
	}
	machine_settle(thief, &(struct err){ 0 }, false);
}

void step_thief(struct world *world)
{
	struct machine *thief = find_thief(world);

	if (thief != NULL) {
		go_on_with(thief);
	}
}

/* ---- the two together -------------------------------------------------------- */

void step_rotate(struct world *world)
{
	struct machine *machine = world_any(world, true);
	struct device_id old = machine->id;
	bool files = chance_one_in(&world->chance, 2), ok;
	struct machine *twin = NULL;
	struct err err = { 0 };
	int before;

	if (machine->district) {
		return;
	}
	world->done[WITH_ROTATE_BIT]++;
	if (chance_one_in(&world->chance, 2) && node_enrolled(machine->node) &&
		!rekey_waits(machine->node, NULL)) {
		twin = steal(machine);
	}
	plan_crash(machine, 4, 40);
	before = world_enter(machine);
	ok = rotation_begin(machine->node, NULL, &err) &&
		(!files || ask_by_files(machine, &err));
	world_leave(before);
	sim_note(world, "%s has another key: %s%s%s", machine->volume,
		ok ? "ok" : err_name(err.code), ok ? "" : ": ", ok ? "" : err.detail);
	if (!ok && !rotate_error(machine, err.code)) {
		sim_fail(world, "%s: another key: %s: %s", machine->volume, err_name(err.code),
			err.detail);
	}
	machine_settle(machine, &err, !ok);
	if (world->failed) {
		return;
	}
	machine->id = node_device(machine->node);
	if (!device_id_equal(machine->id, old)) {
		drop_copies(machine);
		end_twins(machine, old);
	}
	check_balance(machine);
	check_balance(world_district(world));
	if (twin != NULL && has_ended(world, twin) && chance_one_in(&world->chance, 2)) {
		go_on_with(twin);
	}
}
