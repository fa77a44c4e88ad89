/*
 * test_merge_property.c -- random sets of lines, folded in any order, with
 * repeats and with the state saved and loaded in between, against the
 * reference implementation.
 *
 * LINLI_CASES: how many sets (default 1,000,000); LINLI_SEED: where to begin.
 * Case i of seed s is case 0 of seed s + i.  Built with LINLI_PLANTED the
 * merge has a planted bug, and the program succeeds when it finds it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "merge_reference.h"

#define MAX_CHAINS 4
#define MAX_SEQ 3
#define MAX_N 2
#define MAX_LINES 8
#define MAX_CHANGES 4
#define DEFAULT_CASES 1000000
#define PLANTED_CASES 200000

static const struct enum_member step_members[] = { { .name = "none" }, { .name = "open" },
	{ .name = "withdrawn", .terminal = true }, { .name = "done" } };

#define FIELD(place, its_name, its_rule, its_scope) \
	[place] = { .name = its_name, .rule = its_rule, .scope = its_scope, .index = place }
static const struct field fields[] = {
	FIELD(0, "note", RULE_LATEST, SCOPE_DISTRICT),
	FIELD(1, "opened", RULE_FIRST, SCOPE_DISTRICT),
	FIELD(2, "points", RULE_OWNER, SCOPE_DISTRICT),
	{ .name = "step", .rule = RULE_FORWARD, .scope = SCOPE_DISTRICT, .index = 3,
		.members = step_members, .member_count = 4 },
	FIELD(4, "most", RULE_MAX, SCOPE_DISTRICT),
	FIELD(5, "least", RULE_MIN, SCOPE_DISTRICT),
	FIELD(6, "served", RULE_SUM, SCOPE_DISTRICT),
	FIELD(7, "roles", RULE_UNION, SCOPE_DISTRICT),
	FIELD(8, "area", RULE_REVIEW, SCOPE_DISTRICT),
	FIELD(9, "name", RULE_LATEST, SCOPE_FEDERATION),
	FIELD(10, "paid", RULE_SUM, SCOPE_FEDERATION),
	FIELD(11, "tags", RULE_UNION, SCOPE_COMMUNITY),
	FIELD(12, "phone", RULE_REVIEW, SCOPE_COMMUNITY),
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))
static const struct entity entity = { .name = "thing", .fields = fields,
	.field_count = FIELDS, .scopes = 7 };

struct thing { /* one case: a set of lines and what their authors had seen */
	struct merge_chain chains[MAX_CHAINS];
	enum scope_kind scopes[MAX_CHAINS];
	size_t chain_count;
	uint32_t seen[MAX_CHAINS][MAX_SEQ + 1][MAX_CHAINS];
	struct line lines[MAX_LINES];
	struct change changes[MAX_LINES][MAX_CHANGES];
	struct reference_line set[MAX_LINES];
	size_t count;
	const char *community;
	uint32_t first; /* chain i has the number first + i * stride; the last, if reversed, i = 0 */
	bool reversed;
};

static uint64_t rng;

static uint32_t below(uint32_t n)
{
	uint64_t z = rng += 0x9e3779b97f4a7c15U;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

static const char *const communities[] = { "east", "west", DISTRICT_SLUG };

/* --- the world of a case --- */

static uint32_t number_of(const struct thing *thing, size_t chain)
{
	size_t place = thing->reversed ? thing->chain_count - 1 - chain : chain;

	return thing->first + (uint32_t)place * 3;
}

static size_t chain_of(const struct thing *thing, uint32_t number)
{
	size_t place = (number - thing->first) / 3;

	return thing->reversed ? thing->chain_count - 1 - place : place;
}

static uint32_t seen_upto(void *ctx, uint32_t chain, uint32_t seq, uint32_t other)
{
	const struct thing *thing = ctx;

	return thing->seen[chain_of(thing, chain)][seq][chain_of(thing, other)];
}

static bool chain_info(void *ctx, uint32_t chain, struct merge_chain *out)
{
	const struct thing *thing = ctx;

	*out = thing->chains[chain_of(thing, chain)];
	return true;
}

static void make_chains(struct thing *thing)
{
	unsigned focus = below(4);
	size_t i;

	thing->chain_count = 2 + below(MAX_CHAINS - 1);
	for (i = 0; i < thing->chain_count; i++) {
		struct merge_chain *chain = &thing->chains[i];

		memset(chain, 0, sizeof(*chain));
		chain->device.bytes[7] = (uint8_t)below(3);
		chain->incarnation = 1 + below(2);
		snprintf(chain->community, sizeof(chain->community), "%s", communities[below(3)]);
		thing->scopes[i] = below(6) == 0 ? (enum scope_kind)below(SCOPE_KINDS) :
			focus == 3 ? SCOPE_DISTRICT : (enum scope_kind)focus;
	}
}

/*
 * What authors had seen.  Mostly as it can come about: bundles are made one
 * after the other, and each author has, of each chain, any part of what
 * there is.  Sometimes as liars would have it: anything that does not fall.
 */
static void make_seen(struct thing *thing)
{
	uint32_t made[MAX_CHAINS] = { 0 }, before, most;
	size_t left = thing->chain_count * MAX_SEQ, chain, other;
	bool liars = below(4) == 0;

	memset(thing->seen, 0, sizeof(thing->seen));
	while (left > 0) {
		chain = below((uint32_t)thing->chain_count);
		if (made[chain] == MAX_SEQ) {
			continue;
		}
		made[chain]++;
		left--;
		for (other = 0; other < thing->chain_count; other++) {
			before = thing->seen[chain][made[chain] - 1][other];
			most = liars ? MAX_SEQ : made[other];
			thing->seen[chain][made[chain]][other] =
				other == chain ? 0 : before + below(most - before + 1);
		}
	}
}

static struct value small_value(const struct field *field)
{
	static const char *const texts[] = { "a", "b", "a\"c" };
	struct value value = { VALUE_NULL, 0, { NULL, 0 } };
	const char *text = field->rule == RULE_FORWARD ? step_members[below(4)].name :
							 texts[below(3)];

	if (below(6) == 0) {
		return value;
	}
	if (field->rule == RULE_MAX || field->rule == RULE_MIN || field->rule == RULE_REVIEW) {
		value.kind = VALUE_INT;
		value.integer = (int64_t)below(3) - 1;
	} else if (field->rule == RULE_OWNER) {
		value.kind = VALUE_BOOL;
		value.integer = below(2);
	} else {
		value.kind = VALUE_TEXT;
		value.text = view_of(text);
	}
	return value;
}

static void add_change(struct line *line, enum line_op op, const struct field *field,
	struct value value)
{
	line->changes[line->change_count++] = (struct change){ op, view_of(field->name), value };
}

static struct value text_value(const char *text)
{
	return (struct value){ VALUE_TEXT, 0, view_of(text) };
}

static void change_union(struct line *line, const struct field *field)
{
	static const char *const elements[] = { "", "p", "q\"" };
	uint32_t which = below(3);

	if (below(3) == 0) { /* one in, one out */
		add_change(line, LINE_IN, field, text_value(elements[which]));
		add_change(line, LINE_OUT, field, text_value(elements[(which + 1) % 3]));
	} else {
		add_change(line, below(2) ? LINE_IN : LINE_OUT, field,
			text_value(elements[which]));
	}
}

static void change_field(struct line *line, const struct field *field)
{
	struct value n = { VALUE_INT, 1 + below(3), { NULL, 0 } };

	if (field->rule == RULE_SUM) {
		n.integer = below(4) != 0 ? n.integer : below(2) ? INT64_MAX : INT64_MIN;
		add_change(line, LINE_ADD, field, n);
	} else if (field->rule == RULE_UNION) {
		change_union(line, field);
	} else {
		add_change(line, LINE_PUT, field, small_value(field));
	}
}

/*
 * Changes of one or two fields of the scope, taken from the few of this case so
 * that lines meet.  The order of operations does not matter to the fold.
 */
static void make_line(struct thing *thing, size_t at, enum scope_kind scope, uint32_t focus,
	uint32_t deletes)
{
	struct line *line = &thing->lines[at];
	const struct field *of_scope[FIELDS];
	uint32_t count = 0, first, i;

	*line = (struct line){ .t = 1 + below(3), .changes = thing->changes[at] };
	if (below(10) < deletes) {
		line->has_del = true;
		line->del = below(3) != 0;
		return;
	}
	for (i = 0; i < FIELDS; i++) {
		if (fields[i].scope == scope) {
			of_scope[count++] = &fields[i];
		}
	}
	first = (focus + below(2)) % count;
	change_field(line, of_scope[first]);
	if (below(3) == 0) {
		change_field(line, of_scope[(first + 1) % count]);
	}
}

static bool is_free(const struct thing *thing, size_t chain, uint32_t seq, uint32_t n)
{
	size_t i;

	for (i = 0; i < thing->count; i++) {
		if (thing->set[i].origin.chain == chain && thing->set[i].origin.seq == seq &&
			thing->set[i].origin.n == n) {
			return false;
		}
	}
	return true;
}

static void make_case(struct thing *thing, uint64_t seed)
{
	static const uint32_t deletes_of_ten[] = { 0, 2, 6 };
	uint32_t seq, n, focus, deletes;
	size_t wanted, chain;

	rng = seed * 0xd1342543de82ef95U;
	make_chains(thing);
	make_seen(thing);
	thing->community = below(5) == 0 ? NULL : communities[below(3)];
	thing->count = 0;
	focus = below(64);
	deletes = deletes_of_ten[below(3)];
	wanted = 2 + below(MAX_LINES - 1);
	while (thing->count < wanted) {
		chain = below((uint32_t)thing->chain_count);
		seq = 1 + below(MAX_SEQ);
		n = 1 + below(MAX_N);
		if (!is_free(thing, chain, seq, n)) {
			if (below(8) == 0) {
				break;
			}
			continue;
		}
		make_line(thing, thing->count, thing->scopes[chain], focus, deletes);
		thing->set[thing->count] = (struct reference_line){
			{ (uint32_t)chain, seq, n, thing->scopes[chain] },
			&thing->lines[thing->count] };
		thing->count++;
	}
}

/* Chains get the numbers that another node might have given them. */
static void renumber(struct thing *thing, bool reversed)
{
	size_t old[MAX_LINES], i;

	for (i = 0; i < thing->count; i++) {
		old[i] = chain_of(thing, thing->set[i].origin.chain);
	}
	thing->first = below(2) ? 0 : 1000;
	thing->reversed = reversed;
	for (i = 0; i < thing->count; i++) {
		thing->set[i].origin.chain = number_of(thing, old[i]);
	}
}

static struct merge_world world_of(struct thing *thing)
{
	return (struct merge_world){ thing, seen_upto, chain_info, thing->community };
}

/* --- folding --- */

struct folder {
	struct record *record;
	struct arena arenas[2]; /* what the record was loaded from lies in one of them */
	unsigned turn;
	struct value columns[FIELDS];
	struct buf blob, text;
};

static void die(const char *what, const struct err *err)
{
	fprintf(stderr, "%s: %s\n", what, err->detail);
	exit(2);
}

/* As if the record had been stored and read again. */
static void through_store(struct folder *folder)
{
	struct arena *arena = &folder->arenas[folder->turn ^= 1];
	struct err err = { 0 };
	struct view blob;
	size_t i;

	arena_reset(arena);
	buf_reset(&folder->blob);
	record_save(folder->record, &folder->blob);
	blob = arena_copy(arena, buf_as_view(&folder->blob));
	for (i = 0; i < FIELDS; i++) {
		folder->columns[i] = *record_value(folder->record, &fields[i]);
		if (folder->columns[i].kind == VALUE_TEXT) {
			folder->columns[i].text = arena_copy(arena, folder->columns[i].text);
		}
	}
	if (!record_load(folder->record, &entity, blob, folder->columns, &err)) {
		die("record_load", &err);
	}
}

enum fold_how { PLAINLY, WITH_DETOURS };

static void fold(struct folder *folder, struct thing *thing, enum fold_how how)
{
	struct merge_world world = world_of(thing);
	size_t order[2 * MAX_LINES], count = 0, i, swap, with;
	bool fresh[MAX_LINES];
	struct err err = { 0 };

	for (i = 0; i < thing->count; i++) {
		order[count++] = i;
		if (below(4) == 0) {
			order[count++] = i;
		}
		fresh[i] = true;
	}
	for (i = count; i > 1; i--) {
		with = below((uint32_t)i);
		swap = order[i - 1];
		order[i - 1] = order[with];
		order[with] = swap;
	}
	record_reset(folder->record, &entity);
	for (i = 0; i < count; i++) {
		const struct reference_line *line = &thing->set[order[i]];

		if (how == WITH_DETOURS && i > 0 && below(3) == 0) {
			through_store(folder);
		}
		world.community = how == WITH_DETOURS && below(4) == 0 ? communities[below(3)] :
									  thing->community;
		if (!record_apply(folder->record, &line->origin, line->line, &world, &err)) {
			die("record_apply", &err);
		}
		if (record_changed(folder->record) != fresh[order[i]]) {
			die("a line that is not as new as it was", &err);
		}
		fresh[order[i]] = false;
	}
	world.community = thing->community;
	if (!record_settle(folder->record, &world, &err)) {
		die("record_settle", &err);
	}
}

/* --- comparing --- */

static bool same_conflict(const struct thing *thing, const struct reference_set *set,
	const struct reference_conflict *a, const struct merge_conflict *b)
{
	size_t i;

	(void)thing;
	if (a->field != b->field || a->scope != b->scope || a->open != b->open ||
		a->count != b->candidate_count ||
		b->rule != (a->field != NULL ? a->field->rule : RULE_DELETE)) {
		return false;
	}
	for (i = 0; i < a->count; i++) {
		const struct merge_candidate *candidate = &b->candidates[i];
		const struct reference_line *line = &set->lines[a->lines[i]];
		struct value value = { VALUE_NULL, 0, { NULL, 0 } };

		if (a->field != NULL) {
			value = *reference_put(set, a->lines[i], a->field);
		} else if (line->line->has_del) {
			value.kind = VALUE_BOOL;
			value.integer = line->line->del;
		}
		if (candidate->origin.seq != line->origin.seq ||
			candidate->origin.n != line->origin.n ||
			!value_equal(&candidate->value, &value) ||
			(a->field != NULL && candidate->t != line->line->t)) {
			return false;
		}
	}
	return true;
}

/* NULL if the record is as the reference says, else what differs. */
static const char *difference(struct folder *folder, struct thing *thing,
	const struct reference_set *set, const struct reference_state *expected)
{
	struct merge_world world = world_of(thing);
	const struct merge_conflict *conflicts;
	struct err err = { 0 };
	size_t count, i;

	for (i = 0; i < FIELDS; i++) {
		if (!value_equal(record_value(folder->record, &fields[i]),
			    &expected->values[i])) {
			return fields[i].name;
		}
	}
	if (record_parts(folder->record) != expected->parts ||
		record_alive_parts(folder->record) != expected->alive) {
		return "what is alive";
	}
	if (record_line_count(folder->record) != thing->count) {
		return "the lines";
	}
	if (!record_conflicts(folder->record, &world, &conflicts, &count, &err)) {
		die("record_conflicts", &err);
	}
	for (i = 0; i < count && i < expected->conflict_count; i++) {
		if (!same_conflict(thing, set, &expected->conflicts[i], &conflicts[i])) {
			break;
		}
	}
	return i == count && count == expected->conflict_count ? NULL : "conflicts";
}

static void hash_text(struct folder *folder, struct thing *thing)
{
	struct merge_world world = world_of(thing);
	struct err err = { 0 };
	unsigned scope;

	buf_reset(&folder->text);
	for (scope = 0; scope < SCOPE_KINDS; scope++) {
		if (!record_hash_text(&folder->text, folder->record, (enum scope_kind)scope, &world,
			    &err)) {
			die("record_hash_text", &err);
		}
	}
}

static bool same_blob(struct folder *a, struct folder *b)
{
	buf_reset(&a->blob);
	buf_reset(&b->blob);
	record_save(a->record, &a->blob);
	record_save(b->record, &b->blob);
	return view_equal(buf_as_view(&a->blob), buf_as_view(&b->blob));
}

/* NULL, or how this case goes wrong. */
static const char *run_case(struct folder folders[2], struct thing *thing,
	struct reference_state *expected)
{
	struct merge_world world = world_of(thing);
	struct reference_set set = { &entity, thing->set, thing->count, &world };
	bool other_node = below(2) == 0;
	const char *wrong;

	renumber(thing, false);
	reference_fold(expected, &set);
	fold(&folders[0], thing, WITH_DETOURS);
	wrong = difference(&folders[0], thing, &set, expected);
	if (wrong != NULL) {
		return wrong;
	}
	hash_text(&folders[0], thing);
	if (other_node) {
		renumber(thing, true);
	}
	fold(&folders[1], thing, PLAINLY);
	wrong = difference(&folders[1], thing, &set, expected);
	if (wrong != NULL) {
		return wrong;
	}
	hash_text(&folders[1], thing);
	if (!view_equal(buf_as_view(&folders[0].text), buf_as_view(&folders[1].text))) {
		return "the texts for the state hash";
	}
	return other_node || same_blob(&folders[0], &folders[1]) ? NULL : "the saved states";
}

static void print_case(const struct thing *thing)
{
	struct buf text = { 0 };
	size_t i, chain, other;
	uint32_t seq;

	for (chain = 0; chain < thing->chain_count; chain++) {
		fprintf(stderr, "chain %" PRIu32 " scope %d device %d.%" PRIu32 " of %s saw",
			number_of(thing, chain), (int)thing->scopes[chain],
			thing->chains[chain].device.bytes[7], thing->chains[chain].incarnation,
			thing->chains[chain].community);
		for (seq = 1; seq <= MAX_SEQ; seq++) {
			fprintf(stderr, " @%" PRIu32 ":", seq);
			for (other = 0; other < thing->chain_count; other++) {
				fprintf(stderr, " %" PRIu32, thing->seen[chain][seq][other]);
			}
		}
		fputc('\n', stderr);
	}
	for (i = 0; i < thing->count; i++) {
		struct line line = thing->lines[i];
		size_t j;

		buf_reset(&text);
		for (j = 0; j < line.change_count; j++) {
			buf_printf(&text, " %d:%.*s=", (int)line.changes[j].op,
				(int)line.changes[j].field.len, line.changes[j].field.data);
			value_write(&text, &line.changes[j].value);
		}
		fprintf(stderr, "%" PRIu32 "@%" PRIu32 "#%" PRIu32 " t %" PRId64 "%s%s\n",
			thing->set[i].origin.chain, thing->set[i].origin.seq,
			thing->set[i].origin.n, line.t,
			line.has_del ? (line.del ? " del" : " del back") : "", buf_str(&text));
	}
	buf_clear(&text);
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* Cases that would show nothing are no cases: how many had a conflict, how many a death. */
struct tally {
	uint64_t cases, conflicts, dead;
};

static const char *run_cases(struct folder folders[2], uint64_t seed, uint64_t cases,
	struct tally *tally)
{
	static struct reference_state expected;
	static struct thing thing;
	const char *wrong;

	while (tally->cases < cases) {
		thing.first = 0;
		thing.reversed = false;
		make_case(&thing, seed + tally->cases);
		/* Chains are indexes until they are numbered. */
		for (size_t i = 0; i < thing.count; i++) {
			thing.set[i].origin.chain = number_of(&thing, thing.set[i].origin.chain);
		}
		wrong = run_case(folders, &thing, &expected);
		tally->cases++;
		tally->conflicts += expected.conflict_count != 0;
		tally->dead += expected.alive != expected.parts;
		if (wrong != NULL) {
			fprintf(stderr, "LINLI_SEED=%" PRIu64 " LINLI_CASES=1: %s differ\n",
				seed + tally->cases - 1, wrong);
			print_case(&thing);
			return wrong;
		}
	}
	return NULL;
}

int main(void)
{
	struct folder folders[2] = { { .record = record_new() }, { .record = record_new() } };
#ifdef LINLI_PLANTED
	uint64_t cases = number_from("LINLI_CASES", PLANTED_CASES);
#else
	uint64_t cases = number_from("LINLI_CASES", DEFAULT_CASES);
#endif
	struct tally tally = { 0 };
	bool found = folders[0].record == NULL || folders[1].record == NULL ||
		run_cases(folders, number_from("LINLI_SEED", 1), cases, &tally) != NULL;
	size_t i;

	printf("%" PRIu64 " cases, %" PRIu64 " with conflicts, %" PRIu64 " with a deleted part\n",
		tally.cases, tally.conflicts, tally.dead);
	for (i = 0; i < 2; i++) {
		record_free(folders[i].record);
		arena_clear(&folders[i].arenas[0]);
		arena_clear(&folders[i].arenas[1]);
		buf_clear(&folders[i].blob);
		buf_clear(&folders[i].text);
	}
#ifdef LINLI_PLANTED
	return found ? EXIT_SUCCESS : EXIT_FAILURE;
#else
	return found || (cases > 1000 && (tally.conflicts < cases / 20 || tally.dead == 0)) ?
		EXIT_FAILURE : EXIT_SUCCESS;
#endif
}
