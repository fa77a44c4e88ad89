/* daybook.c -- see daybook.h. */
#include "daybook.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linli/records.h"
#include "world.h"

#define LOOK_BACK 400
#define BEGINS_BYTES 96
#define TARGET_BYTES (MODEL_NAME_BYTES + RECORD_ID_TEXT_BYTES + 16)

struct entry {
	int machine;
	struct place place;
	uint64_t hash;    /* of the line's text */
	char begins[BEGINS_BYTES]; /* its clock and entity */
	bool not_at_home; /* its own machine was put back from before it */
	bool excused;     /* it may be gone */
	bool erasing;     /* its record is being erased, or was */
	bool forged;      /* with a key that has ended */
	struct buf text;
	/* What its maker held of the line's scope then: of struct head. */
	struct buf heads;
};

/* An erasure that was begun. */
struct erasing {
	char community[SLUG_TEXT_BYTES];
	char record[TARGET_BYTES]; /* as in the line */
};

struct daybook {
	struct entry *entries;
	size_t count, room;
	struct buf erasing; /* of struct erasing */
};

struct daybook *daybook_new(void)
{
	struct daybook *daybook = calloc(1, sizeof(*daybook));

	assert(daybook != NULL);
	return daybook;
}

void daybook_free(struct daybook *daybook)
{
	size_t i;

	if (daybook != NULL) {
		for (i = 0; i < daybook->count; i++) {
			buf_clear(&daybook->entries[i].heads);
			buf_clear(&daybook->entries[i].text);
		}
		buf_clear(&daybook->erasing);
		free(daybook->entries);
		free(daybook);
	}
}

size_t daybook_count(const struct daybook *daybook)
{
	return daybook->count;
}

/* FNV-1a. */
static uint64_t hash_of(struct view text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < text.len; i++) {
		hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
	}
	return hash;
}

static bool same_place(const struct place *a, const struct place *b)
{
	return a->seq == b->seq && a->n == b->n && chain_name_compare(&a->chain, &b->chain) == 0;
}

/* Is it a line of that record in ${community}'s own scope that says something of it? */
static bool is_about(const struct entry *entry, const char *community, const char *record)
{
	return entry->place.chain.scope.kind == SCOPE_COMMUNITY &&
		strcmp(entry->place.chain.scope.community, community) == 0 &&
		strstr(buf_str(&entry->text), record) != NULL &&
		strstr(buf_str(&entry->text), ",\"del\":") == NULL;
}

static bool add_head(void *ctx, const struct head *head, struct err *err)
{
	struct entry *entry = ctx;

	(void)err;
	if (scope_equal(&head->chain.scope, &entry->place.chain.scope)) {
		buf_add(&entry->heads, head, sizeof(*head));
	}
	return true;
}

/* Has somebody begun to erase what ${entry} is about? */
static bool is_erasing(const struct daybook *daybook, const struct entry *entry)
{
	const struct erasing *list = (const struct erasing *)(const void *)daybook->erasing.data;
	size_t i;

	for (i = 0; i < daybook->erasing.len / sizeof(*list); i++) {
		if (is_about(entry, list[i].community, list[i].record)) {
			return true;
		}
	}
	return false;
}

static void add(struct daybook *daybook, struct machine *machine, const struct entry *entry,
	struct view line)
{
	struct entry *added;
	struct err err = { 0 };
	size_t i = daybook->count, stop = i > LOOK_BACK ? i - LOOK_BACK : 0;

	while (i-- > stop) {
		if (daybook->entries[i].hash == entry->hash &&
			same_place(&daybook->entries[i].place, &entry->place)) {
			return;
		}
	}
	if (daybook->count == daybook->room) {
		daybook->room = daybook->room == 0 ? 256 : daybook->room * 2;
		daybook->entries = realloc(daybook->entries,
			daybook->room * sizeof(daybook->entries[0]));
		assert(daybook->entries != NULL);
	}
	added = &daybook->entries[daybook->count];
	*added = *entry;
	buf_view(&added->text, line);
	added->erasing = is_erasing(daybook, added);
	if (!chains_each(machine->node, add_head, added, &err) &&
		!machine_was_hit(machine, &err)) {
		sim_fail(machine->world, "%s: listing chains: %s", machine->volume, err.detail);
	}
	daybook->count++;
}

/* All before its id. */
static void keep_begin(struct entry *entry, struct view line)
{
	struct cursor cursor = cursor_of(line.data, line.len);
	size_t len;

	while (cursor_left(&cursor) != 0 && !view_begins((struct view){ (const char *)cursor.at,
			cursor_left(&cursor) }, ",\"id\":")) {
		cursor_byte(&cursor);
	}
	len = line.len - cursor_left(&cursor);
	assert(len < sizeof(entry->begins));
	memcpy(entry->begins, line.data, len);
}

static void add_line(struct machine *machine, const char *place, struct view line, bool forged)
{
	struct entry entry = { .machine = machine->number, .hash = hash_of(line),
		.forged = forged };

	keep_begin(&entry, line);
	if (place_parse(&entry.place, view_of(place))) {
		add(machine->world->daybook, machine, &entry, line);
	}
}

static bool add_draft(void *ctx, const char *place, struct view line, struct err *err)
{
	(void)err;
	add_line(ctx, place, line, false);
	return true;
}

static bool add_forged(void *ctx, const char *place, struct view line, struct err *err)
{
	(void)err;
	add_line(ctx, place, line, true);
	return true;
}

static bool add_kept(void *ctx, const struct history_line *line, struct err *err)
{
	(void)err;
	add_line(ctx, line->line, line->text, false);
	return true;
}

void daybook_capture(struct machine *machine)
{
	struct err err = { 0 };
	int before = world_enter(machine);

	if (!outbox_each_draft(machine->node, add_draft, machine, &err) &&
		!machine_was_hit(machine, &err)) {
		sim_fail(machine->world, "%s: listing drafts: %s", machine->volume, err.detail);
	}
	world_leave(before);
}

void daybook_forge(struct machine *machine)
{
	struct err err = { 0 };

	if (!outbox_each_draft(machine->node, add_forged, machine, &err)) {
		sim_fail(machine->world, "%s: listing drafts: %s", machine->volume, err.detail);
	}
}

void daybook_keep(struct machine *machine, const struct entity *entity,
	const struct record_id *id)
{
	struct err err = { 0 };
	int before = world_enter(machine);

	if (!records_history(machine->node, entity, id, add_kept, machine, &err) &&
		!machine_was_hit(machine, &err)) {
		sim_fail(machine->world, "%s: listing lines: %s", machine->volume, err.detail);
	}
	world_leave(before);
}

/* "<entity> <id>" as lines have it. */
static void as_in_lines(char out[TARGET_BYTES], const char *target)
{
	const char *space = strchr(target, ' ');

	assert(space != NULL);
	snprintf(out, TARGET_BYTES, "\"e\":\"%.*s\",\"id\":\"%s\"", (int)(space - target), target,
		space + 1);
}

void daybook_erasing(struct world *world, const char *community, const char *target)
{
	struct daybook *daybook = world->daybook;
	struct erasing erasing;
	size_t i;

	snprintf(erasing.community, sizeof(erasing.community), "%s", community);
	as_in_lines(erasing.record, target);
	buf_add(&daybook->erasing, &erasing, sizeof(erasing));
	for (i = 0; i < daybook->count; i++) {
		daybook->entries[i].erasing = is_erasing(daybook, &daybook->entries[i]);
	}
}

/* ---- who holds a line ------------------------------------------------- */

struct search {
	const struct entry *entry;
	struct node *node;
	struct place place; /* where it was found */
	bool found;
};

/* The same change, wherever it stands: a line that is issued again keeps clock and entity. */
static bool same_change(const struct entry *entry, struct view line)
{
	return line.len >= strlen(entry->begins) && view_begins(line, entry->begins);
}

bool daybook_has(const struct world *world, struct device_id device, struct view line)
{
	size_t i;

	for (i = 0; i < world->daybook->count; i++) {
		const struct entry *entry = &world->daybook->entries[i];

		if (device_id_equal(entry->place.chain.device, device) && same_change(entry, line)) {
			return true;
		}
	}
	return false;
}

static bool match_draft(void *ctx, const char *text, struct view line, struct err *err)
{
	struct search *search = ctx;
	struct place place;

	(void)err;
	if (place_parse(&place, view_of(text)) &&
		scope_equal(&place.chain.scope, &search->entry->place.chain.scope) &&
		same_change(search->entry, line)) {
		search->found = true;
	}
	return true;
}

static bool match_line(void *ctx, uint32_t n, struct view text, struct err *err)
{
	struct search *search = ctx;

	(void)err;
	if (!search->found && same_change(search->entry, text)) {
		search->place.n = n;
		search->found = true;
	}
	return true;
}

static bool look_into(void *ctx, const struct bundle_info *info, struct err *err)
{
	struct search *search = ctx;
	const struct chain_name *chain = &search->entry->place.chain;
	struct bundle_info again;

	if (search->found || !device_id_equal(info->place.chain.device, chain->device) ||
		!scope_equal(&info->place.chain.scope, &chain->scope)) {
		return true;
	}
	search->place = info->place;
	return chains_show(search->node, &info->place, &again, match_line, search, err);
}

/* Its place among what ${machine} holds signed: where it was entered, or issued again. */
static bool find_signed(struct machine *machine, const struct entry *entry, struct place *out)
{
	struct search search = { .entry = entry, .node = machine->node };
	struct bundle_info info;
	struct err err;

	if (machine->node == NULL) {
		return false;
	}
	*out = entry->place;
	if (chains_show(machine->node, &entry->place, &info, match_line, &search, &err) &&
		search.found) {
		return true;
	}
	search.found = false;
	if (chains_log(machine->node, 0, look_into, &search, &err) && search.found) {
		*out = search.place;
	}
	return search.found;
}

static bool holds_place(struct machine *machine, const struct place *place)
{
	struct head head;
	struct err err;

	return machine->node != NULL &&
		chains_head(machine->node, &place->chain, &head, &err) && head.seq >= place->seq;
}

/* Can there be two bundles for a place? */
static bool forks(const struct world *world)
{
	return world->done[WITH_REWIND_BIT] + world->done[WITH_CLONE_BIT] +
		world->done[WITH_RESTORE_BIT] != 0;
}

static bool holds_signed(struct machine *machine, const struct entry *entry)
{
	struct place place;

	return forks(machine->world) ? find_signed(machine, entry, &place) :
				       holds_place(machine, &entry->place);
}

static bool holds(struct machine *machine, const struct entry *entry)
{
	struct search search = { .entry = entry };
	struct err err;

	if (holds_signed(machine, entry)) {
		return true;
	}
	return machine->node != NULL && device_id_equal(machine->id, entry->place.chain.device) &&
		outbox_each_draft(machine->node, match_draft, &search, &err) && search.found;
}

/*
 * Is it with somebody from whom it comes back whatever has happened: its own
 * machine, the district, or a device of the community whose own it is?  What only a
 * neighbour holds may be lost when another bundle has taken its place.
 */
static bool is_kept_by(const struct machine *machine, const struct entry *entry)
{
	const struct machine *maker = &machine->world->machines[entry->machine];

	return machine->number == entry->machine || machine->district || maker->district ||
		(entry->place.chain.scope.kind == SCOPE_COMMUNITY &&
			strcmp(machine->community, maker->community) == 0);
}

static bool somebody_holds(struct world *world, const struct entry *entry)
{
	int i;

	for (i = 0; i < world->count; i++) {
		if (!world->machines[i].revoked && is_kept_by(&world->machines[i], entry) &&
			holds(&world->machines[i], entry)) {
			return true;
		}
	}
	return false;
}

static void complain(struct world *world, const struct machine *machine,
	const struct entry *entry, const char *what)
{
	char place[LINE_NAME_TEXT_BYTES];

	place_print(place, &entry->place);
	sim_fail(world, "%s, entered at m%02d: at %s it is not so: %s", place, entry->machine,
		machine->volume, what);
}

void daybook_check_machine(struct machine *machine)
{
	struct daybook *daybook = machine->world->daybook;
	size_t i;

	for (i = 0; i < daybook->count; i++) {
		const struct entry *entry = &daybook->entries[i];

		if (entry->machine == machine->number && !entry->not_at_home && !entry->excused &&
			!entry->erasing && !entry->forged && !holds(machine, entry)) {
			complain(machine->world, machine, entry, "captured before it went down, and here");
		}
	}
}

void daybook_excuse(struct machine *machine)
{
	struct daybook *daybook = machine->world->daybook;
	size_t i;

	for (i = 0; i < daybook->count; i++) {
		struct entry *entry = &daybook->entries[i];

		if (entry->machine == machine->number && !holds(machine, entry)) {
			entry->not_at_home = true;
		}
		if (!entry->excused && !somebody_holds(machine->world, entry)) {
			entry->excused = true;
		}
	}
}

void daybook_revoked(struct machine *machine)
{
	struct daybook *daybook = machine->world->daybook;
	size_t i;

	for (i = 0; i < daybook->count; i++) {
		struct entry *entry = &daybook->entries[i];

		if (entry->machine == machine->number &&
			!holds_signed(world_district(machine->world), entry)) {
			entry->excused = true;
		}
	}
}

/* ---- at rest ---------------------------------------------------------- */

static void check_entry(struct world *world, const struct entry *entry)
{
	struct place place;
	bool found = false;
	int i;

	for (i = 0; i < world->count && !world->failed; i++) {
		struct machine *machine = &world->machines[i];

		if (machine->revoked || machine->node == NULL ||
			!scope_readable(&entry->place.chain.scope, machine->community)) {
			continue;
		}
		if (!found && !find_signed(machine, entry, &place)) {
			complain(world, machine, entry, "the text that was entered is here at rest");
		} else if (!holds_place(machine, &place)) {
			complain(world, machine, entry, "here at rest");
		}
		found = true;
	}
}

static void check_gone(struct machine *machine, const struct entry *entry, const char *what)
{
	struct search search = { .entry = entry };
	struct place place;
	struct err err;

	if (find_signed(machine, entry, &place) ||
		(outbox_each_draft(machine->node, match_draft, &search, &err) && search.found)) {
		complain(machine->world, machine, entry, what);
	}
}

void daybook_check_erased(struct machine *machine, const char *target,
	void (*trace)(void *ctx, struct view line), void *ctx)
{
	struct daybook *daybook = machine->world->daybook;
	char record[TARGET_BYTES];
	size_t i;

	as_in_lines(record, target);
	for (i = 0; i < daybook->count && !machine->world->failed; i++) {
		const struct entry *entry = &daybook->entries[i];

		if (is_about(entry, machine->community, record)) {
			check_gone(machine, entry, "erased at rest");
			trace(ctx, buf_as_view(&entry->text));
		}
	}
}

static void check_forged(struct world *world, const struct entry *entry)
{
	int i;

	for (i = 0; i < world->count && !world->failed; i++) {
		if (!world->machines[i].revoked && world->machines[i].node != NULL) {
			check_gone(&world->machines[i], entry,
				"signed with a key that has ended, refused at rest");
		}
	}
}

void daybook_check_rest(struct world *world)
{
	size_t i;

	for (i = 0; i < world->daybook->count && !world->failed; i++) {
		const struct entry *entry = &world->daybook->entries[i];

		if (entry->forged) {
			check_forged(world, entry);
		} else if (!entry->excused && !entry->erasing) {
			check_entry(world, entry);
		}
	}
}

/* What ${entry}'s maker held of ${other}. */
static uint32_t held_of(const struct entry *entry, const struct chain_name *other)
{
	const struct head *heads = (const struct head *)(const void *)entry->heads.data;
	size_t i;

	for (i = 0; i < entry->heads.len / sizeof(*heads); i++) {
		if (chain_name_compare(&heads[i].chain, other) == 0) {
			return heads[i].seq;
		}
	}
	return 0;
}

void daybook_check_seen(struct world *world, const struct place *place, struct view text,
	const struct head *seen)
{
	size_t i;

	for (i = 0; i < world->daybook->count; i++) {
		const struct entry *entry = &world->daybook->entries[i];

		if (!entry->excused && same_place(&entry->place, place) &&
			hash_of(text) == entry->hash && held_of(entry, &seen->chain) < seen->seq) {
			complain(world, &world->machines[entry->machine], entry,
				"Seen names no more than its maker held");
			return;
		}
	}
}
