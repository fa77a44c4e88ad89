/* doubles.c -- no change counts twice, whoever has issued it again; see step.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "step.h"

/* A line, by what stays the same when it is issued again. */
struct seen_line {
	struct device_id device;
	struct scope scope;
	uint64_t hash; /* of the text without ids of records and salt */
	struct place place;
};

struct gathering {
	struct node *node;
	struct world *world;
	struct buf lines; /* of struct seen_line */
	struct seen_line next;
};

/* How long is the id of a record that begins at ${text}, within quotation marks?  0: none does. */
static size_t id_at(struct view text)
{
	size_t len = 0, dots = 0;

	while (len < text.len && (isxdigit((unsigned char)text.data[len]) || text.data[len] == '.')) {
		dots += text.data[len] == '.' ? 1 : 0;
		len++;
	}
	return dots == 2 && len > 18 && text.data[16] == '.' ? len : 0;
}

static uint64_t hash_without_ids(struct view text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i = 0, salt;

	for (salt = text.len; salt > 0 && !view_begins((struct view){ text.data + salt - 1,
		text.len - salt + 1 }, ",\"n\":\""); salt--) {
	}
	if (salt > 0) {
		text.len = salt - 1;
	}
	while (i < text.len) {
		i += id_at((struct view){ text.data + i, text.len - i });
		if (i < text.len) {
			hash = (hash ^ (unsigned char)text.data[i++]) * UINT64_C(0x100000001b3);
		}
	}
	return hash;
}

static bool add_unsigned(void *ctx, const char *place, struct view line, struct err *err)
{
	struct world *world = ctx;
	uint64_t hash = hash_without_ids(line);

	(void)place;
	buf_add(&world->unsigned_twice, &hash, sizeof(hash));
	return buf_ok(&world->unsigned_twice, err);
}

void note_unsigned(struct machine *machine)
{
	struct err err = { 0 };
	int before = world_enter(machine);

	if (!outbox_each_draft(machine->node, add_unsigned, machine->world, &err)) {
		sim_fail(machine->world, "%s: listing drafts: %s", machine->volume, err.detail);
	}
	world_leave(before);
}

static bool was_unsigned(const struct world *world, uint64_t hash)
{
	const uint64_t *hashes = (const uint64_t *)(const void *)world->unsigned_twice.data;
	size_t i;

	for (i = 0; i < world->unsigned_twice.len / sizeof(hash); i++) {
		if (hashes[i] == hash) {
			return true;
		}
	}
	return false;
}

static bool add_line(void *ctx, uint32_t n, struct view text, struct err *err)
{
	struct gathering *gathering = ctx;

	gathering->next.place.n = n;
	gathering->next.hash = hash_without_ids(text);
	buf_add(&gathering->lines, &gathering->next, sizeof(gathering->next));
	return buf_ok(&gathering->lines, err);
}

static bool add_bundle(void *ctx, const struct bundle_info *info, struct err *err)
{
	struct gathering *gathering = ctx;
	struct bundle_info again;

	if (device_id_equal(info->place.chain.device, node_federation_id(gathering->node))) {
		return true; /* the district's: docs/simulation.md */
	}
	gathering->next = (struct seen_line){ .device = info->place.chain.device,
		.scope = info->place.chain.scope, .place = info->place };
	return chains_show(gathering->node, &info->place, &again, add_line, gathering, err);
}

/* Into the trace: what stands at ${ctx}'s next place. */
static bool tell_bundle_line(void *ctx, uint32_t n, struct view text, struct err *err)
{
	struct gathering *gathering = ctx;

	(void)err;
	if (n == gathering->next.place.n) {
		sim_note(gathering->world, "    %.*s", (int)text.len, text.data);
	}
	return true;
}

static void tell_line(struct machine *machine, const struct seen_line *line)
{
	struct gathering gathering = { .world = machine->world, .next = *line };
	struct bundle_info info;
	struct err ignored;

	(void)!chains_show(machine->node, &line->place, &info, tell_bundle_line, &gathering,
		&ignored);
}

static int in_order(const void *a, const void *b)
{
	const struct seen_line *x = a, *y = b;
	int order = memcmp(x->device.bytes, y->device.bytes, sizeof(x->device.bytes));

	if (order == 0 && x->scope.kind != y->scope.kind) {
		order = x->scope.kind < y->scope.kind ? -1 : 1;
	}
	if (order == 0) {
		order = strcmp(x->scope.community, y->scope.community);
	}
	return order != 0 ? order : (x->hash > y->hash) - (x->hash < y->hash);
}

static void compare(struct machine *machine, struct buf *lines)
{
	struct seen_line *list = (struct seen_line *)(void *)lines->data;
	char first[LINE_NAME_TEXT_BYTES], second[LINE_NAME_TEXT_BYTES];
	size_t i, count = lines->len / sizeof(*list);

	qsort(list, count, sizeof(*list), in_order);
	for (i = 1; i < count && !machine->world->failed; i++) {
		if (in_order(&list[i - 1], &list[i]) == 0 &&
			!was_unsigned(machine->world, list[i].hash)) {
			tell_line(machine, &list[i - 1]);
			tell_line(machine, &list[i]);
			place_print(first, &list[i - 1].place);
			place_print(second, &list[i].place);
			sim_fail(machine->world, "%s: one change is both %s and %s", machine->volume,
				first, second);
		}
	}
}

void check_doubles(struct machine *machine)
{
	struct gathering gathering = { .node = machine->node };
	struct err err = { 0 };

	if (!chains_log(machine->node, 0, add_bundle, &gathering, &err)) {
		sim_fail(machine->world, "%s: listing bundles: %s", machine->volume, err.detail);
	} else if (gathering.lines.len != 0) {
		compare(machine, &gathering.lines);
	}
	buf_clear(&gathering.lines);
}
