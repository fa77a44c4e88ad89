/* erase.c -- people who ask to be forgotten; see step.h. */
#include "linli/erase.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daybook.h"
#include "disk.h"
#include "step.h"

/* ---- the order --------------------------------------------------------- */

/* What may be refused, or be done later only. */
static bool erase_error(const struct machine *machine, enum err_code code)
{
	return code == ERR_VALUE || code == ERR_NOT_FOUND || code == ERR_EXISTS ||
		code == ERR_SCOPE || code == ERR_DISK_FULL || code == ERR_IO ||
		disk_is_dead(machine->number);
}

/* Somebody by lot, at a computer where they are known; NULL: nobody was found. */
static struct machine *choose(struct world *world, const struct entity **entity,
	struct record_id *id)
{
	int tries;

	for (tries = 0; tries < 12 && !world->failed; tries++) {
		struct machine *machine = world_any(world, true);

		*entity = model_entity(node_model(machine->node),
			view_of(chance_one_in(&world->chance, 4) ? "club" : "person"));
		if (!machine->district && pick_record(machine, *entity, &world->chance, id)) {
			return machine;
		}
	}
	return NULL;
}

void step_erase(struct world *world)
{
	struct chance *chance = &world->chance;
	const struct erase_order order = { .text = "街道办 2026-17 号",
		.tell = chance_one_in(chance, 2) ? "2026-17" : NULL };
	const struct entity *entity;
	char text[RECORD_ID_TEXT_BYTES], target[MODEL_NAME_BYTES + RECORD_ID_TEXT_BYTES];
	struct erase_result result = { .lines = 0 };
	struct record_id id, made;
	struct machine *machine = choose(world, &entity, &id);
	struct err err = { 0 };
	int before;
	bool ok;

	if (machine == NULL) {
		return;
	}
	world->done[WITH_ERASE_BIT]++;
	record_id_print(text, id.bytes, id.len, false);
	snprintf(target, sizeof(target), "%s %s", entity->name, text);
	if ((world->with & WITH(EDITS)) != 0 && chance_one_in(chance, 2)) {
		go_on_elsewhere(machine, entity->name, &id);
	}
	daybook_erasing(world, machine->community, target);
	plan_crash(machine, 8, 60);
	before = world_enter(machine);
	ok = erase_record(machine->node, entity, &id, &order, &result, &err);
	world_leave(before);
	sim_note(world, "%s erases %s, %" PRIu64 " lines: %s%s%s", machine->volume, target,
		result.lines, ok ? "ok" : err_name(err.code), ok ? "" : ": ",
		ok ? "" : err.detail);
	if (ok && record_id_parse(&made, view_of(result.id), false)) {
		daybook_keep(machine, model_entity(node_model(machine->node), view_of("erasure")),
			&made);
	} else if (!ok && !erase_error(machine, err.code)) {
		sim_fail(world, "%s: erasing %s: %s: %s", machine->volume, target,
			err_name(err.code), err.detail);
	}
	machine_settle(machine, &err, !ok);
	check_balance(machine);
}

/* ---- at rest ------------------------------------------------------------ */

/* One of the community's machines, and what is on its disk. */
struct search {
	struct machine *machine;
	char target[MODEL_NAME_BYTES + RECORD_ID_TEXT_BYTES]; /* "<entity> <id>" */
	struct buf disk; /* all its files; empty: not read yet */
};

static bool machine_with(struct world *world, struct device_id id, const char *community)
{
	int i;

	for (i = 0; i < world->count; i++) {
		const struct machine *machine = &world->machines[i];

		if (!machine->revoked && machine->node != NULL &&
			device_id_equal(machine->id, id) &&
			strcmp(machine->community, community) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_bare(void *ctx, const struct record_view *view, struct err *err)
{
	struct search *search = ctx;
	size_t i;

	(void)err;
	for (i = 0; i < view->entity->field_count; i++) {
		if (view->entity->fields[i].scope == SCOPE_COMMUNITY &&
			view->values[i].kind != VALUE_NULL) {
			sim_fail(search->machine->world, "%s: %s was erased, and shows its %s",
				search->machine->volume, search->target,
				view->entity->fields[i].name);
		}
	}
	return true;
}

static void read_disk(struct search *search)
{
	char path[3 * DISK_NAME_BYTES], **names;
	size_t count = disk_names(disk_volume(search->machine->volume), &names), i;

	for (i = 0; i < count; i++) {
		struct inode *inode;
		size_t size;
		char *to;

		snprintf(path, sizeof(path), "%s/%s", search->machine->home, names[i]);
		if (!disk_is_folder(path) && disk_open(&inode, path, DISK_READ) == 0) {
			size = disk_size(inode);
			to = calloc(1, size + 1);
			disk_read(inode, to, size, 0);
			buf_add(&search->disk, to, size + 1);
			free(to);
			disk_close(inode);
		}
		free(names[i]);
	}
	free(names);
}

/* What follows ${name} in a line, up to the next quote, is nowhere on the disk. */
static void look_for(struct search *search, struct view line, const char *name)
{
	const char *at = memmem(line.data, line.len, name, strlen(name)), *end;
	size_t left;

	if (at == NULL || search->machine->world->failed) {
		return;
	}
	at += strlen(name);
	left = line.len - (size_t)(at - line.data);
	end = memchr(at, '"', left);
	if (end == NULL || end == at) {
		return;
	}
	if (search->disk.len == 0) {
		read_disk(search);
	}
	if (memmem(search->disk.data, search->disk.len, at, (size_t)(end - at)) != NULL) {
		sim_fail(search->machine->world, "%s: %s was erased, and its disk shows %.*s",
			search->machine->volume, search->target, (int)(end - at), at);
	}
}

/* Salt and values, which are no other line's; those of a duplicate may be in the other record. */
static void trace_line(void *ctx, struct view line)
{
	struct search *search = ctx;
	const struct buf *merged = &search->machine->world->merged;

	look_for(search, line, "\"n\":\"");
	if (merged->len == 0 || strstr(buf_str(merged), search->target) == NULL) {
		look_for(search, line, "\"name\":\"");
		look_for(search, line, "\"phone\":\"");
		look_for(search, line, "\"note\":\"");
	}
}

static void check_confirmed(struct search *search, const struct erasure *erasure)
{
	struct machine *machine = search->machine;
	char name[DEVICE_TEXT_BYTES];
	size_t i;

	for (i = 0; i < erasure->device_count; i++) {
		const struct erase_device *device = &erasure->devices[i];

		if (!device->confirmed && machine_with(machine->world, device->device.id,
						  machine->community)) {
			device_id_print(name, device->device.id);
			sim_fail(machine->world, "%s: that %s is erased was not confirmed by %s",
				machine->volume, search->target, name);
		}
	}
}

/* One erasure, at one of the community's machines. */
static bool check_erasure(void *ctx, const struct erasure *erasure, struct err *err)
{
	struct search *search = ctx;
	struct machine *machine = search->machine;
	const struct entity *entity = model_entity(node_model(machine->node),
		view_of(erasure->entity));
	struct record_id id;
	struct err none;

	(void)err;
	/* Of one by a device whose key ended before anybody had it only the district's part is known. */
	if (erasure->order.len == 0) {
		return true;
	}
	snprintf(search->target, sizeof(search->target), "%s %s", erasure->entity,
		erasure->record);
	check_confirmed(search, erasure);
	if (entity != NULL && record_id_parse(&id, view_of(erasure->record), false)) {
		(void)!records_get(machine->node, entity, &id, is_bare, search, &none);
	}
	daybook_check_erased(machine, search->target, trace_line, search);
	return true;
}

void check_erasures(struct world *world)
{
	struct err err = { 0 };
	int i;

	for (i = 1; i < world->count && !world->failed; i++) {
		struct search search = { .machine = &world->machines[i] };

		if (!search.machine->revoked && search.machine->node != NULL &&
			!erasures_each(search.machine->node, check_erasure, &search, &err)) {
			sim_fail(world, "%s: listing erasures: %s", search.machine->volume,
				err.detail);
		}
		buf_clear(&search.disk);
	}
}
