/* district.c -- the district's office: keys, models, figures; see step.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "daybook.h"
#include "linli/figures.h"
#include "step.h"

#define LAST_MODEL 2

static struct machine *find_sibling(struct world *world, const struct machine *machine)
{
	int i;

	for (i = 0; i < world->count; i++) {
		struct machine *other = &world->machines[i];

		if (other != machine && !other->revoked &&
			strcmp(other->community, machine->community) == 0) {
			return other;
		}
	}
	return NULL;
}

/* Everybody who has that key. */
static void end_all(struct world *world, struct device_id id)
{
	int i;

	for (i = 0; i < world->count; i++) {
		if (device_id_equal(world->machines[i].id, id)) {
			world->machines[i].revoked = true;
			daybook_revoked(&world->machines[i]);
		}
	}
}

/* A computer is lost: its key is revoked, another computer takes its place. */
void step_revoke(struct world *world)
{
	struct machine *machine = world_any(world, true), *district = world_district(world);
	char community[SLUG_TEXT_BYTES], name[NODE_NAME_BYTES];
	struct device known;
	struct err err = { 0 };
	int before;
	bool ok;

	/* A new key that the district has not heard of yet it cannot revoke. */
	if (machine->district || world->count == WORLD_MAX_MACHINES ||
		find_sibling(world, machine) == NULL ||
		!node_find_device(district->node, machine->id, &known)) {
		return;
	}
	world->done[WITH_REVOKE_BIT]++;
	strcpy(community, machine->community);
	strcpy(name, machine->name);
	/* Invitations end by this clock: it is looked at. */
	district->offset_ms = district->drift_ppm = 0;
	before = world_enter(district);
	ok = node_revoke(district->node, machine->id, 0, &err);
	world_leave(before);
	sim_note(world, "%s is revoked: %s", machine->volume, ok ? "ok" : err.detail);
	/* A district that was put back may have lost the machine's newest key until it hears of it. */
	if (!ok && err.code == ERR_NOT_FOUND) {
		return;
	}
	if (!ok) {
		sim_fail(world, "revoking %s: %s", machine->volume, err.detail);
		return;
	}
	end_all(world, machine->id);
	world_join(world, community, name);
	check_balance(district);
}

void step_model(struct world *world)
{
	struct machine *district = world_district(world);
	struct err err = { 0 };
	int before;

	if (world->model_version == LAST_MODEL) {
		return;
	}
	world->done[WITH_MODEL_BIT]++;
	before = world_enter(district);
	if (!node_publish_model(district->node, world_model(++world->model_version), &err)) {
		sim_fail(world, "publishing the model: %s: %s", err_name(err.code), err.detail);
	}
	world_leave(before);
	sim_note(world, "model %d is published", world->model_version);
	check_balance(district);
}

/* ---- figures ---------------------------------------------------------- */

static bool read_figure(void *ctx, const struct figure *figure, struct err *err)
{
	(void)ctx;
	(void)figure;
	(void)err;
	return true;
}

/* Asked now and then, so that cells are kept that later changes make stale. */
void step_figures(struct world *world)
{
	struct machine *machine = world_any(world, chance_one_in(&world->chance, 2));
	struct figures_query query = {
		.level = (enum place_level)chance_below(&world->chance, 3),
		.by_breakdown = chance_one_in(&world->chance, 2),
	};
	struct err err = { 0 };
	int before = world_enter(machine);

	world->done[WITH_FIGURES_BIT]++;
	if (!period_parse(&query.period, view_of(chance_one_in(&world->chance, 2) ? "2026" :
				"2026-Q2"), &err) ||
		!figures_ask(machine->node, &query, read_figure, NULL, &err)) {
		sim_fail(world, "%s: figures: %s: %s", machine->volume, err_name(err.code),
			err.detail);
	}
	world_leave(before);
}
