/*
 * reference.c -- every record of a machine, from its signed bundles alone,
 * folded by the reference implementation of the merge; see step.h.
 *
 * Bundles are read as a stranger would read the file that the machine
 * writes; of the store nothing is asked but what it shows.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daybook.h"
#include "linli/records.h"
#include "linli/review.h"
#include "reference.h"

#define FILE_MAX_BYTES (64U * 1024 * 1024)

/* ---- reading ---------------------------------------------------------- */

/* Its number; a new one for a chain that has none. */
static uint32_t number_of(struct book *book, const struct chain_name *name)
{
	size_t i;

	for (i = 0; i < book->chain_count; i++) {
		if (chain_name_compare(&book->names[i], name) == 0) {
			return (uint32_t)i;
		}
	}
	assert(book->chain_count < REFERENCE_MAX_CHAINS);
	book->names[i] = *name;
	book->chains[i] = (struct merge_chain){ .device = name->device,
		.incarnation = name->incarnation };
	book->chain_count++;
	return (uint32_t)i;
}

static void read_line(struct book *book, const struct merge_origin *origin, struct view text)
{
	struct book_line line = { .origin = *origin, .text = arena_copy(&book->arena, text) };
	struct err err = { 0 };

	if (!line_parse(&line.line, &book->arena, line.text, &err)) {
		sim_fail(book->machine->world, "reference: a line that nobody can read: %s",
			err.detail);
		return;
	}
	buf_add(&book->lines, &line, sizeof(line));
}

static void read_bundle(struct book *book, const struct bundle *bundle)
{
	const struct bundle_facts *facts = &bundle->facts;
	uint32_t chain = number_of(book, &facts->chain);
	struct merge_origin origin = { chain, facts->seq, 0, facts->chain.scope.kind };
	const struct place first = { facts->chain, facts->seq, 1 };
	uint8_t leaf[SHA256_BYTES];
	size_t i;

	strcpy(book->chains[chain].community, facts->community);
	for (i = 0; i < facts->seen_count; i++) {
		struct seen_entry entry = { chain, facts->seq,
			number_of(book, &facts->seen[i].chain), facts->seen[i].seq };
		struct head head = { .chain = facts->seen[i].chain, .seq = facts->seen[i].seq };

		daybook_check_seen(book->machine->world, &first, bundle->lines[0], &head);
		buf_add(&book->seen, &entry, sizeof(entry));
	}
	for (i = 0; i < bundle->line_count; i++) {
		origin.n = (uint32_t)i + 1;
		if (!bundle->erased || !bundle_line_erased(bundle->lines[i], leaf)) {
			read_line(book, &origin, bundle->lines[i]);
		}
	}
}

static bool read_file(struct book *book, struct view file, struct err *err)
{
	struct gitbundle_reader *reader = NULL;
	struct arena arena = { 0 };
	bool done = false, ok = gitbundle_open(&reader, file, err);

	while (ok) {
		struct raw_bundle raw;
		struct bundle bundle;

		ok = gitbundle_next(reader, &raw, &done, err);
		if (done) {
			break;
		}
		ok = ok && bundle_verify(&bundle, &raw, &arena, err);
		if (ok) {
			read_bundle(book, &bundle);
			arena_reset(&arena);
		}
	}
	gitbundle_close(reader);
	arena_clear(&arena);
	return ok;
}

struct ranges {
	struct range list[REFERENCE_MAX_CHAINS];
	size_t count;
};

static bool add_range(void *ctx, const struct head *head, struct err *err)
{
	struct ranges *ranges = ctx;

	(void)err;
	assert(ranges->count < REFERENCE_MAX_CHAINS);
	ranges->list[ranges->count++] = (struct range){ head->chain, 0, 0 };
	return true;
}

static bool read_chains(struct book *book, struct err *err)
{
	struct ranges ranges = { .count = 0 };
	struct node *node = book->machine->node;
	struct buf file = { 0 };
	struct tally tally;
	bool more = false;
	bool ok = chains_each(node, add_range, &ranges, err) &&
		chains_write(node, ranges.list, ranges.count, FILE_MAX_BYTES, &file, &tally, &more,
			err) &&
		!more && read_file(book, buf_as_view(&file), err);

	buf_clear(&file);
	return ok;
}

/* ---- what was returned, as the district has it -------------------------- */

struct returning {
	struct world *world;
	const struct bundle_info *info;
};

static bool add_returned(void *ctx, const struct line_view *line, struct err *err)
{
	struct returning *returning = ctx;
	struct place place = returning->info->place;

	(void)err;
	place.n = line->n;
	if (line->state == LINE_RETURNED) {
		buf_add(&returning->world->returned, &place, sizeof(place));
	}
	return true;
}

static bool look_into(void *ctx, const struct bundle_info *info, struct err *err)
{
	struct returning returning = { ctx, info };
	struct held_bundle bundle;
	char base[65];

	return info->returned == 0 ||
		review_show(world_district(returning.world)->node, &info->place, &bundle, base,
			add_returned, &returning, err);
}

void gather_returned(struct world *world)
{
	struct machine *district = world_district(world);
	struct err err = { 0 };
	int before = world_enter(district);

	buf_reset(&world->returned);
	if (!chains_log(district->node, 0, look_into, world, &err)) {
		sim_fail(world, "listing what was returned: %s: %s", err_name(err.code),
			err.detail);
	}
	world_leave(before);
}

bool book_returned(const struct book *book, const struct merge_origin *origin)
{
	const struct buf *returned = &book->machine->world->returned;
	const struct place *list = (const struct place *)(const void *)returned->data;
	size_t i, count = returned->len / sizeof(*list);

	for (i = 0; i < count; i++) {
		if (list[i].seq == origin->seq && list[i].n == origin->n &&
			chain_name_compare(&list[i].chain, &book->names[origin->chain]) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- folding ------------------------------------------------------------ */

uint32_t book_seen(void *ctx, uint32_t chain, uint32_t seq, uint32_t other)
{
	const struct book *book = ctx;
	const struct seen_entry *list = (const struct seen_entry *)(void *)book->seen.data;
	size_t i, count = book->seen.len / sizeof(*list);
	uint32_t upto = 0;

	for (i = 0; i < count; i++) {
		if (list[i].chain == chain && list[i].other == other && list[i].seq <= seq &&
			list[i].upto > upto) {
			upto = list[i].upto;
		}
	}
	return upto;
}

static bool chain_of(void *ctx, uint32_t chain, struct merge_chain *out)
{
	const struct book *book = ctx;

	*out = book->chains[chain];
	return chain < book->chain_count;
}

struct merge_world book_world(struct book *book)
{
	return (struct merge_world){ .ctx = book, .seen_upto = book_seen, .chain = chain_of };
}

/* The record of ${lines}, which are its own. */
static void check_record(struct book *book, const struct book_line *lines, size_t count)
{
	struct reference_line list[REFERENCE_MAX_LINES];
	struct machine *machine = book->machine;
	const struct entity *entity = model_entity(node_model(machine->node),
		lines[0].line.entity);
	struct reference_set set = { .entity = entity, .lines = list };
	struct record_id id;
	size_t i;

	if (entity == NULL || entity->trust || count > REFERENCE_MAX_LINES ||
		!record_id_parse(&id, lines[0].line.id, entity->slug_ids)) {
		return;
	}
	for (i = 0; i < count; i++) {
		if (book_counts(book, &lines[i])) {
			list[set.count++] =
				(struct reference_line){ lines[i].origin, &lines[i].line };
		}
	}
	book_compare(book, &set, &id);
	if (machine->district && book_was_moved(book, lines)) {
		book_check_moved(book, lines, count, &id);
	}
}

static int by_record(const void *a, const void *b)
{
	const struct book_line *x = a, *y = b;
	int order = view_compare(x->line.entity, y->line.entity);

	if (order == 0) {
		order = view_compare(x->line.id, y->line.id);
	}
	if (order == 0 && x->origin.chain != y->origin.chain) {
		order = x->origin.chain < y->origin.chain ? -1 : 1;
	}
	if (order == 0 && x->origin.seq != y->origin.seq) {
		order = x->origin.seq < y->origin.seq ? -1 : 1;
	}
	return order != 0 ? order : (x->origin.n > y->origin.n) - (x->origin.n < y->origin.n);
}

static void check_records(struct book *book)
{
	struct book_line *lines = (struct book_line *)(void *)book->lines.data;
	size_t count = book->lines.len / sizeof(*lines), from, to;

	if (count != 0) {
		qsort(lines, count, sizeof(*lines), by_record);
	}
	book_learn(book);
	for (from = 0; from < count && !book->machine->world->failed; from = to) {
		for (to = from + 1; to < count &&
			view_equal(lines[from].line.entity, lines[to].line.entity) &&
			view_equal(lines[from].line.id, lines[to].line.id); to++) {
		}
		check_record(book, &lines[from], to - from);
	}
}

void check_reference(struct machine *machine)
{
	struct book *book = calloc(1, sizeof(*book));
	struct err err = { 0 };

	assert(book != NULL);
	book->machine = machine;
	if (!read_chains(book, &err)) {
		sim_fail(machine->world, "%s: reading its bundles: %s: %s", machine->volume,
			err_name(err.code), err.detail);
	} else {
		check_records(book);
	}
	arena_clear(&book->arena);
	buf_clear(&book->seen);
	buf_clear(&book->lines);
	buf_clear(&book->moves);
	buf_clear(&book->erased);
	buf_clear(&book->merged);
	free(book);
}
