/* world.c -- see world.h. */
#include "world.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "daybook.h"
#include "linli/enrol.h"
#include "model_text.h"
#include "step.h"
#include "vfs.h"

#define FIRST_DAY_MS INT64_C(1795478400000) /* 2026-11-24 */
#define TEMPLATE_SEED UINT64_C(0x6c696e6c69)
#define TEMPLATE "template-"
#define START_TRIES 4

static const char *const with_names[] = {
#define WITH_TEXT(name, text) text,
	WITH_LIST(WITH_TEXT)
#undef WITH_TEXT
};

const char *with_name(enum with_bit bit)
{
	return with_names[bit];
}

/* ---- telling -------------------------------------------------------- */

void sim_fail(struct world *world, const char *fmt, ...)
{
	va_list args;

	if (world->failed) {
		return;
	}
	world->failed = true;
	va_start(args, fmt);
	vsnprintf(world->failure, sizeof(world->failure), fmt, args);
	va_end(args);
}

void sim_note(struct world *world, const char *fmt, ...)
{
	va_list args;

	if (!world->trace) {
		return;
	}
	printf("%3d.%05" PRIu64 " ", world->day, world->step);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

/* ---- a machine's surroundings --------------------------------------- */

static int64_t machine_now(void *ctx)
{
	const struct machine *machine = ctx;
	int64_t since = machine->world->now_ms - FIRST_DAY_MS;

	return machine->world->now_ms + machine->offset_ms +
		since / 1000000 * machine->drift_ppm;
}

static bool machine_random(void *ctx, void *out, size_t len, struct err *err)
{
	struct machine *machine = ctx;

	(void)err;
	chance_fill(&machine->chance, out, len);
	return true;
}

static void machine_init(struct world *world, struct machine *machine, int number)
{
	memset(machine, 0, sizeof(*machine));
	machine->number = number;
	machine->world = world;
	machine->district = number == DISTRICT_MACHINE;
	snprintf(machine->volume, sizeof(machine->volume), "m%02d", number);
	snprintf(machine->home, sizeof(machine->home), DISK_ROOT "%s", machine->volume);
	machine->chance = chance_of(world->seed, 1000 + (uint64_t)number);
	machine->env = *env_system();
	machine->env.ctx = machine;
	machine->env.now_ms = machine_now;
	machine->env.random = machine_random;
	disk_revive(number);
	disk_volume(machine->volume);
}

int world_enter(struct machine *machine)
{
	int before = disk_actor();

	disk_act_as(machine->number);
	return before;
}

void world_leave(int before)
{
	disk_act_as(before);
}

/* ---- up and down ---------------------------------------------------- */

static bool start_once(struct machine *machine, struct err *err)
{
	struct node_options options = { .env = &machine->env, .home = machine->home };
	int before = world_enter(machine);
	bool ok = node_open(&machine->node, &options, err);

	if (ok && machine->district) {
		ok = exchange_server_open(&machine->server, machine->node, err);
	}
	world_leave(before);
	return ok;
}

void machine_stop(struct machine *machine)
{
	int before = world_enter(machine);

	exchange_server_close(machine->server);
	machine->server = NULL;
	node_close(machine->node);
	machine->node = NULL;
	world_leave(before);
}

static void lose_power(struct machine *machine)
{
	disk_lose_power(disk_volume(machine->volume), &machine->world->chance);
}

void machine_start(struct machine *machine)
{
	struct world *world = machine->world;
	struct err err = { 0 };
	int tries;

	for (tries = 0; tries < START_TRIES; tries++) {
		disk_revive(machine->number);
		/* It may die again while it recovers. */
		if (!world->at_rest && (world->with & WITH(CRASH)) != 0 && tries < 2 &&
			chance_one_in(&world->chance, 8)) {
			disk_kill_after(machine->number, 1 + chance_below(&world->chance, 12));
		}
		if (start_once(machine, &err)) {
			/* It may have died while it went over to another key. */
			machine->id = node_device(machine->node);
			disk_kill_after(machine->number, 0);
			return;
		}
		machine_stop(machine);
		if (!disk_is_dead(machine->number)) {
			break;
		}
		lose_power(machine);
	}
	sim_fail(world, "%s does not start: %s: %s", machine->volume, err_name(err.code),
		err.detail);
}

bool machine_was_hit(const struct machine *machine, const struct err *err)
{
	(void)err;
	return disk_is_dead(machine->number);
}

void machine_settle(struct machine *machine, const struct err *err, bool failed)
{
	struct world *world = machine->world;
	bool dead = disk_is_dead(machine->number);
	/* A program whose disk failed may write no more; it is started again. */
	bool stuck = disk_has_failed(machine->number) ||
		(failed && (err->code == ERR_IO || err->code == ERR_DISK_FULL));

	disk_kill_after(machine->number, 0);
	disk_fail_after(machine->number, 0);
	if (!dead && !stuck) {
		return;
	}
	machine_stop(machine);
	if (dead && chance_one_in(&world->chance, 2)) {
		sim_note(world, "%s lost its power", machine->volume);
		lose_power(machine);
	} else {
		sim_note(world, "%s is started again", machine->volume);
	}
	machine_start(machine);
	if (!world->failed) {
		daybook_check_machine(machine);
	}
}

/* ---- making the federation ------------------------------------------ */

const char *world_community_name(int number, char out[SLUG_TEXT_BYTES])
{
	/* One name begins like another, so that nobody compares beginnings. */
	static const char *const names[WORLD_COMMUNITIES] = { "ab", "abc", "chaoming", "desheng",
		"ab-c", "zhizunong" };

	strcpy(out, names[number % WORLD_COMMUNITIES]);
	return out;
}

struct view world_model(int version)
{
	static struct buf texts[8];
	struct buf *text = &texts[version];
	struct cursor lines = cursor_of(model_json, model_json_bytes);

	if (text->len != 0) {
		return buf_as_view(text);
	}
	while (cursor_left(&lines) != 0) {
		struct view line = cursor_until(&lines, '\n');

		if (line.len > 3 && line.data[0] == '@' && line.data[2] == '@') {
			if (line.data[1] - '0' > version) {
				continue;
			}
			line.data += 3;
			line.len -= 3;
		}
		if (view_begins(line, "\t\"version\"")) {
			buf_printf(text, "\t\"version\": %d,\n", version);
			continue;
		}
		buf_view(text, line);
		buf_byte(text, '\n');
	}
	return buf_as_view(text);
}

static bool found(struct machine *district, struct err *err)
{
	struct node_options options = { .env = &district->env, .home = district->home };

	strcpy(district->community, DISTRICT_SLUG);
	strcpy(district->name, "拱墅区");
	return node_found(&district->node, &options, district->name, world_model(1), err) &&
		exchange_server_open(&district->server, district->node, err);
}

/* The district's part: an invitation, later the answer to a request. */
static bool invite(struct machine *district, const struct machine *machine,
	struct invitation *out, struct err *err)
{
	const struct invitation_terms terms = { machine->community, machine->name, "潮鸣街道", "" };
	struct buf file = { 0 };
	int before = world_enter(district);
	bool ok = invitation_make(district->node, &terms, &file, err) &&
		invitation_read(out, buf_as_view(&file), err);

	world_leave(before);
	buf_clear(&file);
	return ok;
}

static bool answer(struct machine *district, struct view request, struct buf *out,
	struct err *err)
{
	int before = world_enter(district);
	bool ok = request_accept(district->node, request, out, NULL, err);

	world_leave(before);
	return ok;
}

/* Join; the machine may die on the way. */
static bool join(struct machine *machine, struct err *err)
{
	struct node_options options = { .env = &machine->env, .home = machine->home };
	struct machine *district = world_district(machine->world);
	struct buf request = { 0 }, sealed = { 0 };
	struct received received = { 0 };
	struct invitation invitation;
	int before = world_enter(machine);
	bool ok;

	ok = invite(district, machine, &invitation, err) &&
		node_join(&machine->node, &options, &invitation.federation, machine->community,
			machine->name, err) &&
		request_make(machine->node, &invitation, &request, err) &&
		answer(district, buf_as_view(&request), &sealed, err) &&
		answer_accept(machine->node, buf_as_view(&sealed), &received, err);
	world_leave(before);
	if (ok) {
		machine->id = node_device(machine->node);
	}
	received_clear(&received);
	buf_clear(&request);
	buf_clear(&sealed);
	return ok;
}

struct machine *world_join(struct world *world, const char *community, const char *name)
{
	struct machine *machine = &world->machines[world->count];
	struct err err = { 0 };

	assert(world->count < WORLD_MAX_MACHINES);
	machine_init(world, machine, world->count++);
	strcpy(machine->community, community);
	strcpy(machine->name, name);
	if (!join(machine, &err)) {
		sim_fail(world, "%s cannot join: %s: %s", machine->volume, err_name(err.code),
			err.detail);
	}
	return machine;
}

struct machine *world_twin(struct machine *machine)
{
	struct world *world = machine->world;
	struct machine *twin = &world->machines[world->count];

	assert(world->count < WORLD_MAX_MACHINES);
	machine_init(world, twin, world->count++);
	strcpy(twin->community, machine->community);
	strcpy(twin->name, machine->name);
	twin->id = machine->id;
	disk_copy(disk_volume(twin->volume), disk_volume(machine->volume));
	machine_start(twin);
	return twin;
}

/* ---- the template --------------------------------------------------- */

/*
 * All seeds begin with the same federation, which is made once in a process:
 * its volumes are kept under names of their own and copied.
 */
static struct template {
	bool made;
	int count;
	int64_t now_ms;
	struct machine machines[WORLD_FIRST_MACHINES];
} template;

static void keep_template(struct world *world)
{
	char name[2 * WORLD_PATH_BYTES];
	int i;

	for (i = 0; i < world->count; i++) {
		struct machine *machine = &world->machines[i];

		machine_stop(machine);
		snprintf(name, sizeof(name), TEMPLATE "%s", machine->volume);
		disk_copy(disk_volume(name), disk_volume(machine->volume));
		disk_drop(disk_volume(machine->volume));
		template.machines[i] = *machine;
	}
	template.count = world->count;
	template.now_ms = world->now_ms;
	template.made = true;
}

static void make_template(void)
{
	struct world world = { .seed = TEMPLATE_SEED, .now_ms = FIRST_DAY_MS, .at_rest = true };
	char slug[SLUG_TEXT_BYTES], name[NODE_NAME_BYTES];
	struct err err = { 0 };
	int i;

	world.chance = chance_of(world.seed, 0);
	machine_init(&world, &world.machines[world.count++], 0);
	if (!found(&world.machines[0], &err)) {
		printf("the district cannot be founded: %s: %s\n", err_name(err.code), err.detail);
		exit(1);
	}
	world.machines[0].id = node_device(world.machines[0].node);
	for (i = 1; i < WORLD_FIRST_MACHINES && !world.failed; i++) {
		world.now_ms += 60000;
		world_community_name(i - 1, slug);
		snprintf(name, sizeof(name), "%s社区", slug);
		world_join(&world, slug, name);
	}
	if (world.failed) {
		printf("the federation cannot be made: %s\n", world.failure);
		exit(1);
	}
	keep_template(&world);
}

void world_begin(struct world *world, uint64_t seed, unsigned with, bool trace)
{
	char name[2 * WORLD_PATH_BYTES];
	int i;

	vfs_begin(TEMPLATE_SEED);
	if (!template.made) {
		make_template();
	}
	memset(world, 0, sizeof(*world));
	world->seed = seed;
	world->with = with;
	world->trace = trace;
	world->now_ms = template.now_ms;
	world->chance = chance_of(seed, 0);
	world->model_version = 1;
	world->count = template.count;
	world->daybook = daybook_new();
	world->at_rest = true;
	vfs_begin(seed);
	for (i = 0; i < world->count && !world->failed; i++) {
		struct machine *machine = &world->machines[i];

		machine_init(world, machine, i);
		strcpy(machine->community, template.machines[i].community);
		strcpy(machine->name, template.machines[i].name);
		machine->id = template.machines[i].id;
		snprintf(name, sizeof(name), TEMPLATE "%s", machine->volume);
		disk_copy(disk_volume(machine->volume), disk_volume(name));
		machine_start(machine);
	}
	world->at_rest = false;
}

void world_end(struct world *world)
{
	char name[WORLD_PATH_BYTES];
	int i;

	for (i = 0; i < world->count; i++) {
		size_t copy;

		machine_stop(&world->machines[i]);
		disk_drop(disk_volume(world->machines[i].volume));
		for (copy = 0; copy < WORLD_COPIES; copy++) {
			if (world->machines[i].copies[copy].volume[0] != '\0') {
				disk_drop(disk_volume(world->machines[i].copies[copy].volume));
			}
		}
		disk_revive(i);
	}
	for (i = 0; i < 2 * WORLD_STICKS; i++) {
		snprintf(name, sizeof(name), i < WORLD_STICKS ? "stick%d" : "old-stick%d",
			i % WORLD_STICKS);
		if (disk_find_volume(name) != NULL) {
			disk_drop(disk_volume(name));
		}
	}
	daybook_free(world->daybook);
	world->daybook = NULL;
	buf_clear(&world->merged);
	forget_handovers(world);
	forget_late();
	buf_clear(&world->returned);
	buf_clear(&world->unsigned_twice);
	disk_act_as(-1);
}

/* ---- choosing ------------------------------------------------------- */

struct machine *world_district(struct world *world)
{
	return &world->machines[DISTRICT_MACHINE];
}

/* Most is done in two communities, so that people meet in the same records. */
static bool is_busy(const struct world *world, const struct machine *machine)
{
	char slug[SLUG_TEXT_BYTES];
	int i, first = (int)(world->seed % WORLD_COMMUNITIES);

	for (i = 0; i < 2; i++) {
		world_community_name(first + i, slug);
		if (machine->district || strcmp(machine->community, slug) == 0) {
			return true;
		}
	}
	return false;
}

struct machine *world_any(struct world *world, bool member)
{
	int first = member ? 1 : 0, tries;
	bool busy = !chance_one_in(&world->chance, 4);

	for (tries = 0; tries < 200; tries++) {
		struct machine *machine = &world->machines[first +
			(int)chance_below(&world->chance, (uint64_t)(world->count - first))];

		if (machine->node != NULL && !machine->revoked &&
			(!busy || is_busy(world, machine))) {
			return machine;
		}
	}
	return world_district(world);
}

struct machine *world_sibling(struct world *world, const struct machine *machine)
{
	int at = (int)chance_below(&world->chance, (uint64_t)world->count), i;

	for (i = 0; i < world->count; i++) {
		struct machine *other = &world->machines[(at + i) % world->count];

		if (other != machine && other->node != NULL && !other->revoked &&
			strcmp(other->community, machine->community) == 0) {
			return other;
		}
	}
	return NULL;
}
