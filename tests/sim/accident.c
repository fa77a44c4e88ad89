/*
 * accident.c -- what befalls machines: copies that are put back, two with
 * one key, clocks, programs that are started again; see step.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "daybook.h"
#include "step.h"

#define YEAR_MS (365 * DAY_MS)
#define HOUR_MS (60LL * 60 * 1000)

/* ---- copies ----------------------------------------------------------- */

/* The store's own files: what is put back where only the store is. */
static const char *const store_files[] = { "store.db", "store.db-wal", "store.db-journal" };
#define STORE_FILES (sizeof(store_files) / sizeof(store_files[0]))

void step_copy(struct world *world)
{
	struct machine *machine = world_any(world, false);
	struct copy *copy = &machine->copies[chance_below(&world->chance, WORLD_COPIES)];

	snprintf(copy->volume, sizeof(copy->volume), "%s-copy%d", machine->volume,
		(int)(copy - machine->copies));
	disk_copy(disk_volume(copy->volume), disk_volume(machine->volume));
	sim_note(world, "%s is copied to %s", machine->volume, copy->volume);
}

/* One of all copies by lot, and whose it is; NULL if there is none. */
static struct machine *copied(struct world *world, struct copy **out)
{
	struct machine *drawn = NULL;
	uint64_t seen = 0;
	int i, j;

	for (i = 0; i < world->count; i++) {
		for (j = 0; j < WORLD_COPIES && !world->machines[i].revoked; j++) {
			struct copy *copy = &world->machines[i].copies[j];

			if (copy->volume[0] != '\0' &&
				chance_below(&world->chance, ++seen) == 0) {
				drawn = &world->machines[i];
				*out = copy;
			}
		}
	}
	return drawn;
}

/* Up again from what was put in its place, it may lack what nobody else has. */
static void after_copy(struct machine *machine)
{
	machine_start(machine);
	if (machine->world->failed) {
		return;
	}
	daybook_excuse(machine);
	check_balance(machine);
}

/* The store alone is put back: the incarnation file beside it tells. */
void step_restore(struct world *world)
{
	struct copy *copy;
	struct machine *machine = copied(world, &copy);
	size_t i;

	if (machine == NULL) {
		return;
	}
	world->done[WITH_RESTORE_BIT]++;
	sim_note(world, "%s: the store is put back from %s", machine->volume, copy->volume);
	machine_stop(machine);
	for (i = 0; i < STORE_FILES; i++) {
		disk_copy_file(disk_volume(machine->volume), disk_volume(copy->volume),
			store_files[i]);
	}
	/* Whoever puts a store back does it with care. */
	disk_sync_all(disk_volume(machine->volume));
	after_copy(machine);
}

/* All of the home is: nothing on the machine tells. */
void step_rewind(struct world *world)
{
	struct copy *copy;
	struct machine *machine = copied(world, &copy);

	if (machine == NULL) {
		return;
	}
	world->done[WITH_REWIND_BIT]++;
	sim_note(world, "%s: the home is put back from %s", machine->volume, copy->volume);
	machine_stop(machine);
	disk_copy(disk_volume(machine->volume), disk_volume(copy->volume));
	after_copy(machine);
}

/* A home is copied to a second computer, and people work on both. */
void step_clone(struct world *world)
{
	struct machine *machine = world_any(world, true), *twin;

	if (world->count == WORLD_MAX_MACHINES || machine->district ||
		world->done[WITH_CLONE_BIT] != 0) {
		return;
	}
	world->done[WITH_CLONE_BIT]++;
	note_unsigned(machine);
	twin = world_twin(machine);
	sim_note(world, "%s is cloned to %s", machine->volume, twin->volume);
}

/* ---- clocks ----------------------------------------------------------- */

void step_clock(struct world *world)
{
	struct machine *machine = world_any(world, false);
	struct chance *chance = &world->chance;

	world->done[WITH_CLOCK_BIT]++;
	switch (chance_below(chance, 5)) {
	case 0: /* set right */
		machine->offset_ms = 0;
		break;
	case 1: /* the battery was empty */
		machine->offset_ms = -YEAR_MS * (int64_t)(1 + chance_below(chance, 20));
		break;
	case 2:
		machine->drift_ppm = (int64_t)chance_below(chance, 400) - 200;
		break;
	case 3:
		machine->offset_ms += HOUR_MS * ((int64_t)chance_below(chance, 47) - 23);
		break;
	default:
		machine->offset_ms = (world->with & WITH(AHEAD)) != 0 ?
			YEAR_MS * (int64_t)(1 + chance_below(chance, 20)) :
			HOUR_MS * (int64_t)chance_below(chance, 12);
	}
	sim_note(world, "%s: clock %+lld h, drift %" PRId64 " ppm", machine->volume,
		(long long)(machine->offset_ms / HOUR_MS), machine->drift_ppm);
}

/* ---- the program ends and is started again ---------------------------- */

void step_restart(struct world *world)
{
	struct machine *machine = world_any(world, false);

	sim_note(world, "%s is restarted", machine->volume);
	machine_stop(machine);
	if (chance_one_in(&world->chance, 2)) {
		disk_lose_power(disk_volume(machine->volume), &world->chance);
	}
	machine_start(machine);
	if (!world->failed) {
		daybook_check_machine(machine);
		check_balance(machine);
	}
}
