/* rest.c -- what must be true after every step, and when all have come to rest; see step.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daybook.h"
#include "linli/figures.h"
#include "step.h"

#define ROUNDS_MAX 24

void check_balance(struct machine *machine)
{
	struct balance balance;
	struct err err = { 0 };
	int before;

	if (machine->world->failed || machine->node == NULL) {
		return;
	}
	before = world_enter(machine);
	if (!chains_balance(machine->node, &balance, &err)) {
		sim_fail(machine->world, "%s: the balance: %s", machine->volume, err.detail);
	} else if (balance.sent != balance.applied + balance.waiting + balance.returned ||
		(!machine->district && balance.waiting != 0)) {
		sim_fail(machine->world, "%s: sent %" PRIu64 ", applied %" PRIu64 ", waiting %"
			PRIu64 ", returned %" PRIu64, machine->volume, balance.sent,
			balance.applied, balance.waiting, balance.returned);
	}
	world_leave(before);
}

/* ---- coming to rest --------------------------------------------------- */

static bool works(const struct machine *machine)
{
	return machine->node != NULL && !machine->revoked;
}

static uint64_t mix(uint64_t mark, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < len; i++) {
		mark = (mark ^ bytes[i]) * UINT64_C(0x100000001b3);
	}
	return mark;
}

static bool mix_head(void *ctx, const struct head *head, struct err *err)
{
	uint64_t *mark = ctx;

	(void)err;
	*mark = mix(*mark, head->hash, sizeof(head->hash));
	return true;
}

static bool mix_relay(void *ctx, const struct relay *relay, struct err *err)
{
	uint64_t *mark = ctx;

	(void)err;
	*mark = mix(*mark, relay->name, sizeof(relay->name));
	return true;
}

/* Stands for all that lies at the district for others. */
static uint64_t district_mark(struct world *world)
{
	struct machine *district = world_district(world);
	uint64_t mark = UINT64_C(0xcbf29ce484222325);
	struct err err = { 0 };
	int before = world_enter(district);

	if (!chains_each(district->node, mix_head, &mark, &err) ||
		!relay_each(district->node, mix_relay, &mark, &err)) {
		sim_fail(world, "listing what the district holds: %s", err.detail);
	}
	world_leave(before);
	return mark;
}

/* What was issued again may be signed at the next sync only. */
static bool has_drafts(struct machine *machine)
{
	struct outbox_counts counts = { 0 };
	struct err err = { 0 };
	int before = world_enter(machine);

	if (!outbox_count(machine->node, &counts, &err)) {
		sim_fail(machine->world, "%s: counting drafts: %s", machine->volume, err.detail);
	}
	world_leave(before);
	return counts.draft_lines != 0;
}

/* Who has not seen what lies at the district syncs; had anybody? */
static bool round_of_syncs(struct world *world, uint64_t seen[WORLD_MAX_MACHINES])
{
	bool any = false, moved;
	int i;

	for (i = 1; i < world->count && !world->failed; i++) {
		if (works(&world->machines[i]) && seen[i] != district_mark(world)) {
			sync_quietly(&world->machines[i], &moved);
			seen[i] = has_drafts(&world->machines[i]) ? 0 : district_mark(world);
			any = true;
		}
	}
	return any;
}

static void become_quiet(struct world *world)
{
	uint64_t seen[WORLD_MAX_MACHINES] = { 0 };
	bool judged, synced;
	int round;

	for (round = 0; round < ROUNDS_MAX && !world->failed; round++) {
		world->now_ms += 60000;
		judged = review_everything(world);
		synced = round_of_syncs(world, seen);
		/* Who was put back from a copy has said only now what it lacks of its community's. */
		if (round == 0 && world->done[WITH_RESTORE_BIT] + world->done[WITH_REWIND_BIT] +
				world->done[WITH_CLONE_BIT] != 0) {
			memset(seen, 0, sizeof(seen));
		}
		if (!judged && !synced) {
			return;
		}
	}
	sim_fail(world, "after %d rounds of syncs there is still something to say", ROUNDS_MAX);
}

/* ---- comparing -------------------------------------------------------- */

static void compare_scope(struct machine *a, struct machine *b,
	const struct scope *scope)
{
	char x[65], y[65], text[SCOPE_TEXT_BYTES];
	struct err err = { 0 };

	if (!chains_scope_hash(a->node, scope, x, &err) ||
		!chains_scope_hash(b->node, scope, y, &err)) {
		sim_fail(a->world, "hashing the state: %s", err.detail);
	} else if (strcmp(x, y) != 0) {
		tell_difference(a, b, scope->kind);
		tell_difference(b, a, scope->kind);
		scope_print(text, scope);
		sim_fail(a->world, "%s and %s do not agree in %s", a->volume, b->volume, text);
	}
}

/* Whom ${machine} is compared with in its community's own scope: the first there. */
static struct machine *first_of(struct world *world, const struct machine *machine)
{
	int i;

	for (i = 1; i < world->count; i++) {
		if (works(&world->machines[i]) &&
			strcmp(world->machines[i].community, machine->community) == 0) {
			return &world->machines[i];
		}
	}
	return NULL;
}

static void compare_machine(struct world *world, struct machine *machine)
{
	static const struct scope federation = { .kind = SCOPE_FEDERATION };
	struct scope scope = { .kind = SCOPE_DISTRICT };
	struct machine *first = first_of(world, machine);

	strcpy(scope.community, machine->community);
	compare_scope(world_district(world), machine, &federation);
	compare_scope(world_district(world), machine, &scope);
	if (first != NULL && first != machine) {
		scope.kind = SCOPE_COMMUNITY;
		compare_scope(first, machine, &scope);
	}
}

/* By the letter of docs/exchange.md, not by the engine's own function. */
static bool may_hold(void *ctx, const struct head *head, struct err *err)
{
	struct machine *machine = ctx;
	const struct scope *scope = &head->chain.scope;
	char name[CHAIN_TEXT_BYTES];

	(void)err;
	if (scope->kind != SCOPE_FEDERATION && strcmp(scope->community, machine->community) != 0 &&
		!(scope->kind == SCOPE_DISTRICT && machine->district)) {
		chain_name_print(name, &head->chain);
		sim_fail(machine->world, "%s holds %s, which is not for %s", machine->volume, name,
			machine->community);
	}
	return true;
}

static void tell_problem(void *ctx, const char *text)
{
	struct machine *machine = ctx;

	sim_fail(machine->world, "%s: %s", machine->volume, text);
}

static void check_machine(struct machine *machine)
{
	struct check_report report = { 0 };
	uint64_t cells;
	struct err err = { 0 };

	if (!chains_check(machine->node, &report, tell_problem, NULL, machine, &err) ||
		!figures_check(machine->node, &cells, tell_problem, machine, &err)) {
		sim_fail(machine->world, "%s: check: %s: %s", machine->volume, err_name(err.code),
			err.detail);
	} else if (report.waiting != 0) {
		sim_fail(machine->world, "%s: %" PRIu64 " lines wait at rest", machine->volume,
			report.waiting);
	}
}

static void check_held(struct machine *machine)
{
	struct err err = { 0 };

	if (!chains_each(machine->node, may_hold, machine, &err)) {
		sim_fail(machine->world, "%s: listing chains: %s", machine->volume, err.detail);
	}
}

static void compare_all(struct world *world)
{
	int i;

	gather_returned(world);
	for (i = 0; i < world->count && !world->failed; i++) {
		struct machine *machine = &world->machines[i];
		int before;

		if (!works(machine)) {
			continue;
		}
		before = world_enter(machine);
		check_balance(machine);
		check_held(machine);
		if (!machine->district) {
			compare_machine(world, machine);
		}
		/* The full check costs most: everybody's turn comes, by lot. */
		if (machine->district || chance_one_in(&world->chance, 4)) {
			check_machine(machine);
			check_reference(machine);
			if ((world->with & WITH(CLONE)) != 0) {
				check_doubles(machine);
			}
		}
		world_leave(before);
	}
}

void come_to_rest(struct world *world)
{
	world->at_rest = true;
	become_quiet(world);
	if (!world->failed) {
		compare_all(world);
	}
	if (!world->failed) {
		check_erasures(world);
		check_rotations(world);
		daybook_check_rest(world);
	}
	world->at_rest = false;
}
