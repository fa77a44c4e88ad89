/*
 * traffic.c -- bundles on their way: over a line, on sticks, from neighbour
 * to neighbour; see step.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "linli/carry.h"
#include "step.h"

#define STASH 8

/* ---- faults ----------------------------------------------------------- */

void plan_crash(struct machine *machine, uint64_t often, uint64_t within)
{
	struct world *world = machine->world;

	if (world->at_rest) {
		return;
	}
	if ((world->with & WITH(CRASH)) != 0 && chance_one_in(&world->chance, often)) {
		disk_kill_after(machine->number, 1 + chance_below(&world->chance, within));
		world->done[WITH_CRASH_BIT]++;
	} else if ((world->with & WITH(FULL)) != 0 && chance_one_in(&world->chance, 3 * often)) {
		disk_fail_after(machine->number, 1 + chance_below(&world->chance, within));
		world->done[WITH_FULL_BIT]++;
	}
}

/* Was it to be expected that this failed? */
static bool expected(const struct machine *machine, enum err_code code)
{
	return disk_is_dead(machine->number) || disk_is_dead(DISTRICT_MACHINE) ||
		code == ERR_DISK_FULL || (code == ERR_IO && !machine->world->at_rest);
}

/* ---- signing ---------------------------------------------------------- */

void step_pack(struct world *world)
{
	struct machine *machine = world_any(world, false);
	struct tally tally;
	struct err err = { 0 };
	int before = world_enter(machine);
	bool ok;

	plan_crash(machine, 6, 24);
	ok = outbox_pack(machine->node, &tally, &err);
	world_leave(before);
	sim_note(world, "%s signs %" PRIu64 ": %s", machine->volume, ok ? tally.bundles : 0,
		ok ? "ok" : err_name(err.code));
	if (!ok && !expected(machine, err.code)) {
		sim_fail(world, "%s: signing: %s: %s", machine->volume, err_name(err.code),
			err.detail);
	}
	machine_settle(machine, &err, !ok);
	check_balance(machine);
}

/* ---- the line --------------------------------------------------------- */

/* A request that is delivered (again) at another time. */
struct late {
	char method[8], path[96], query[512], authorization[128], content_type[64];
	char headers[HEADER_COUNT][128];
	bool has_authorization, has_content_type, has_header[HEADER_COUNT];
	struct buf body;
};

struct line {
	struct machine *machine;
	struct machine *district;
	int cut_at;      /* the message that does not come through; -1: none */
	bool reply_lost; /* of that message only the reply */
	int messages;
};

static struct late stash[STASH];

static void copy_text(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from != NULL ? from : "");
}

static void keep_late(struct late *late, const struct request *request)
{
	size_t i;

	buf_clear(&late->body);
	copy_text(late->method, sizeof(late->method), request->method);
	copy_text(late->path, sizeof(late->path), request->path);
	copy_text(late->query, sizeof(late->query), request->query);
	copy_text(late->authorization, sizeof(late->authorization), request->authorization);
	copy_text(late->content_type, sizeof(late->content_type), request->content_type);
	for (i = 0; i < HEADER_COUNT; i++) {
		copy_text(late->headers[i], sizeof(late->headers[i]), request->headers[i]);
		late->has_header[i] = request->headers[i] != NULL;
	}
	late->has_authorization = request->authorization != NULL;
	late->has_content_type = request->content_type != NULL;
	buf_view(&late->body, request->body);
}

void forget_late(void)
{
	size_t i;

	for (i = 0; i < STASH; i++) {
		buf_clear(&stash[i].body);
	}
	memset(stash, 0, sizeof(stash));
}

static void serve(struct line *line, const struct request *request, struct reply *reply)
{
	int before = world_enter(line->district);

	exchange_serve(line->district->server, request, reply);
	world_leave(before);
}

static void serve_late(struct line *line, const struct late *late)
{
	struct request request = { .method = late->method, .path = late->path,
		.query = late->query,
		.authorization = late->has_authorization ? late->authorization : NULL,
		.content_type = late->has_content_type ? late->content_type : NULL,
		.body = buf_as_view(&late->body) };
	struct reply reply = { 0 };
	size_t i;

	for (i = 0; i < HEADER_COUNT; i++) {
		request.headers[i] = late->has_header[i] ? late->headers[i] : NULL;
	}
	if (late->method[0] != '\0') {
		serve(line, &request, &reply);
		reply_clear(&reply);
	}
}

static bool send_message(void *ctx, const struct request *request, struct reply *reply,
	struct err *err)
{
	struct line *line = ctx;
	struct world *world = line->machine->world;
	struct chance *chance = &world->chance;
	bool cut = line->messages++ == line->cut_at;

	reply_reset(reply);
	if (line->district->server == NULL || disk_is_dead(DISTRICT_MACHINE)) {
		return err_set(err, ERR_NETWORK, "nobody answers");
	}
	if (!world->at_rest && chance_one_in(chance, 30)) {
		serve_late(line, &stash[chance_below(chance, STASH)]);
	}
	if (!world->at_rest && chance_one_in(chance, 20)) {
		keep_late(&stash[chance_below(chance, STASH)], request);
	}
	if (cut && !line->reply_lost) {
		return err_set(err, ERR_NETWORK, "the line was cut");
	}
	serve(line, request, reply);
	if (!world->at_rest && chance_one_in(chance, 25)) {
		serve(line, request, reply); /* sent twice by something on the way */
	}
	if (disk_is_dead(DISTRICT_MACHINE)) {
		return err_set(err, ERR_NETWORK, "the server died");
	}
	return cut ? err_set(err, ERR_NETWORK, "the reply was cut off")
		   : message_deliver(request, reply, err);
}

static void note_refused(struct world *world, const struct machine *machine,
	const struct received *received)
{
	size_t i;

	for (i = 0; i < received->refused_count; i++) {
		sim_note(world, "  %s refuses %s: %s: %s", machine->volume,
			received->refused[i].what, err_name(received->refused[i].code),
			received->refused[i].reason);
	}
}

/* What a line and crashes may do to a sync, and old sessions. */
static bool sync_error(const struct machine *machine, enum err_code code)
{
	if (expected(machine, code)) {
		return true;
	}
	return !machine->world->at_rest &&
		(code == ERR_NETWORK || code == ERR_SESSION || code == ERR_REFUSED ||
			code == ERR_UNKNOWN_DEVICE);
}

static bool run_sync(struct line *line, struct sync_result *result, struct err *err)
{
	const struct transport transport = { line, send_message };
	int before = world_enter(line->machine);
	bool ok = exchange_sync(line->machine->node, &transport, NULL, result, err);

	world_leave(before);
	return ok;
}

/* One that the world is at rest for tells of every failure. */
static bool sync_with(struct machine *machine, int cut_at, bool reply_lost, bool *moved)
{
	struct world *world = machine->world;
	struct line line = { .machine = machine, .district = world_district(world),
		.cut_at = cut_at, .reply_lost = reply_lost };
	struct sync_result result;
	struct err err = { 0 };
	bool ok = run_sync(&line, &result, &err);

	sim_note(world, "%s syncs: sent %" PRIu64 ", received %" PRIu64 ", refused %zu: %s%s%s",
		machine->volume, result.sent.bundles, result.received.taken.bundles,
		result.received.refused_count, ok ? "ok" : err_name(err.code), ok ? "" : ": ",
		ok ? "" : err.detail);
	note_refused(world, machine, &result.received);
	*moved = result.sent.bundles != 0 || result.received.taken.bundles != 0;
	if (!ok && !sync_error(machine, err.code)) {
		sim_fail(world, "%s: syncing: %s: %s", machine->volume, err_name(err.code),
			err.detail);
	}
	sync_result_clear(&result);
	machine_settle(world_district(world), &err, false);
	machine_settle(machine, &err, !ok);
	if (world_district(world)->node != NULL) {
		check_balance(world_district(world));
	}
	check_balance(machine);
	return ok;
}

void sync_somehow(struct machine *machine)
{
	struct world *world = machine->world;
	bool cut = chance_one_in(&world->chance, 4), moved;

	world->done[WITH_SYNC_BIT]++;
	plan_crash(machine, 12, 40);
	plan_crash(world_district(world), 16, 60);
	sync_with(machine, cut ? (int)chance_below(&world->chance, 14) : -1,
		chance_one_in(&world->chance, 2), &moved);
}

void step_sync(struct world *world)
{
	sync_somehow(world_any(world, true));
}

void sync_quietly(struct machine *machine, bool *moved)
{
	*moved = false;
	if (!sync_with(machine, -1, false, moved) && !machine->world->failed) {
		sim_fail(machine->world, "%s: a sync failed at rest", machine->volume);
	}
}

/* ---- sticks ----------------------------------------------------------- */

/* A bit turns over, or the end is cut off. */
static void damage(struct chance *chance, struct inode *inode)
{
	size_t size = disk_size(inode), at;
	uint8_t byte;

	if (size == 0 || chance_one_in(chance, 2)) {
		disk_truncate(inode, chance_below(chance, size + 1));
	} else {
		at = chance_below(chance, size);
		disk_read(inode, &byte, 1, at);
		byte ^= (uint8_t)(1U << chance_below(chance, 8));
		disk_write(inode, &byte, 1, at);
	}
	disk_sync(inode);
}

/* Something happens to a file on the stick. */
static void spoil(struct world *world, struct volume *stick, const char *name)
{
	char path[3 * DISK_NAME_BYTES], **names;
	size_t count = disk_names(stick, &names), i, at = chance_below(&world->chance, count);
	struct inode *inode = NULL;

	if (count != 0) {
		snprintf(path, sizeof(path), DISK_ROOT "%s/%s", name, names[at]);
	}
	if (count != 0 && !disk_is_folder(path) && disk_open(&inode, path, DISK_READ) == 0) {
		damage(&world->chance, inode);
		disk_close(inode);
		sim_note(world, "%s is damaged", names[at]);
	}
	for (i = 0; i < count; i++) {
		free(names[i]);
	}
	free(names);
}

/* Between two hands a stick may be kept, put back as it was, or damaged. */
static void handle(struct world *world, struct volume *stick, const char *name)
{
	char old[WORLD_PATH_BYTES];
	struct volume *kept;

	snprintf(old, sizeof(old), "old-%s", name);
	kept = disk_find_volume(old);
	if (chance_one_in(&world->chance, 8)) {
		disk_copy(disk_volume(old), stick);
	} else if (kept != NULL && chance_one_in(&world->chance, 12)) {
		sim_note(world, "%s is as it was some days ago", name);
		disk_copy(stick, kept);
	} else if (chance_one_in(&world->chance, 10)) {
		spoil(world, stick, name);
	}
}

static void carry(struct machine *machine, const char *name)
{
	struct world *world = machine->world;
	char dir[WORLD_PATH_BYTES];
	struct sync_result result;
	struct err err = { 0 };
	int before = world_enter(machine);
	bool ok;

	snprintf(dir, sizeof(dir), DISK_ROOT "%s", name);
	ok = exchange_carry(machine->node, dir, &result, &err);
	world_leave(before);
	sim_note(world, "%s carries %s: wrote %" PRIu64 ", took %" PRIu64 ", refused %zu: %s%s%s",
		machine->volume, name, result.sent.bundles, result.received.taken.bundles,
		result.received.refused_count, ok ? "ok" : err_name(err.code), ok ? "" : ": ",
		ok ? "" : err.detail);
	note_refused(world, machine, &result.received);
	if (!ok && !expected(machine, err.code) && err.code != ERR_PARTIAL) {
		sim_fail(world, "%s: carrying: %s: %s", machine->volume, err_name(err.code),
			err.detail);
	}
	sync_result_clear(&result);
	if (disk_is_dead(machine->number) && chance_one_in(&world->chance, 2)) {
		disk_lose_power(disk_volume(name), &world->chance);
	}
	machine_settle(machine, &err, !ok);
	check_balance(machine);
}

void step_stick(struct world *world)
{
	struct machine *machine = world_any(world, !chance_one_in(&world->chance, 3));
	char name[WORLD_VOLUME_BYTES];
	struct volume *stick;

	world->done[WITH_STICK_BIT]++;
	snprintf(name, sizeof(name), "stick%d", (int)chance_below(&world->chance, WORLD_STICKS));
	stick = disk_volume(name);
	handle(world, stick, name);
	plan_crash(machine, 10, 40);
	carry(machine, name);
}

/* ---- neighbours ------------------------------------------------------- */

#define GIFT_MAX_CHAINS 512

struct gift {
	struct machine *to;
	struct range ranges[GIFT_MAX_CHAINS];
	size_t count;
	struct chance *chance;
};

static bool add_range(void *ctx, const struct head *head, struct err *err)
{
	struct gift *gift = ctx;
	struct head there = { 0 };

	if (!scope_readable(&head->chain.scope, gift->to->community) ||
		gift->count == GIFT_MAX_CHAINS ||
		!chains_head(gift->to->node, &head->chain, &there, err)) {
		return true;
	}
	if (there.seq < head->seq) {
		/* Now and then with what is there already, or with a gap. */
		uint32_t after = chance_one_in(gift->chance, 5) ?
			(uint32_t)chance_below(gift->chance, head->seq) : there.seq;

		gift->ranges[gift->count++] = (struct range){ head->chain, after, 0 };
	}
	return true;
}

static bool take_gift(struct machine *machine, struct view file, struct err *err)
{
	struct world *world = machine->world;
	struct received received = { 0 };
	int before = world_enter(machine);
	bool ok;

	plan_crash(machine, 10, 30);
	ok = receive_bundles(machine->node, file, "neighbour", &received, err);
	/* The same once more changes nothing. */
	if (ok && chance_one_in(&world->chance, 4)) {
		ok = receive_bundles(machine->node, file, "neighbour", &received, err);
	}
	world_leave(before);
	sim_note(world, "%s takes %" PRIu64 " from a neighbour: %s", machine->volume,
		received.taken.bundles, ok ? "ok" : err_name(err->code));
	note_refused(world, machine, &received);
	received_clear(&received);
	return ok;
}

void give(struct machine *from, struct machine *to)
{
	struct world *world = from->world;
	struct gift gift = { .to = to, .chance = &world->chance };
	struct buf file = { 0 };
	struct tally tally;
	struct err err = { 0 };
	bool more, ok;

	world->done[WITH_NEIGHBOUR_BIT]++;
	ok = chains_each(from->node, add_range, &gift, &err) &&
		chains_write(from->node, gift.ranges, gift.count,
			1000 + chance_below(&world->chance, 100000), &file, &tally, &more, &err);
	if (ok && file.len != 0 && chance_one_in(&world->chance, 10)) {
		file.len = chance_below(&world->chance, file.len) + 1; /* cut off */
	}
	if (!ok) {
		sim_fail(world, "%s: giving: %s", from->volume, err.detail);
	} else if (file.len != 0) {
		ok = take_gift(to, buf_as_view(&file), &err);
		if (!ok && !expected(to, err.code)) {
			sim_fail(world, "%s: taking: %s: %s", to->volume, err_name(err.code),
				err.detail);
		}
		machine_settle(to, &err, !ok);
	}
	buf_clear(&file);
	check_balance(from);
	check_balance(to);
}

void step_neighbour(struct world *world)
{
	struct machine *from = world_any(world, false), *to = world_any(world, false);

	if (from != to) {
		give(from, to);
	}
}
