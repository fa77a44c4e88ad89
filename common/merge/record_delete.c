/*
 * record_delete.c -- M10: when a delete holds; see record.h.
 *
 * The lines are sorted by chain, so each chain is one block of them.  Of a
 * chain's deletes the last stands for all: it has seen what they had seen.
 */
#include "record.h"

static bool is_delete(const struct state_line *line, enum scope_kind scope)
{
	return line->deletion != NOT_A_DELETE && line->scope == scope;
}

/* Is line ${at} its chain's last that is ${deletion}, or any delete for NOT_A_DELETE? */
static bool is_last(const struct record *record, size_t at, enum deletion deletion)
{
	const struct state_line *line = &record->lines[at], *later;
	size_t i;

	for (i = at + 1; i < record->line_count; i++) {
		later = &record->lines[i];
		if (later->chain != line->chain) {
			return true;
		}
		if (later->deletion != NOT_A_DELETE &&
			(deletion == NOT_A_DELETE || later->deletion == deletion)) {
			return false;
		}
	}
	return true;
}

static bool is_maximal(const struct record *record, size_t at, const struct merge_world *world)
{
	const struct state_line *line = &record->lines[at], *other;
	size_t i;

	if (!is_last(record, at, NOT_A_DELETE)) {
		return false;
	}
	for (i = 0; i < record->line_count; i++) {
		other = &record->lines[i];
		if (is_delete(other, (enum scope_kind)line->scope) && other->chain != line->chain &&
			is_last(record, i, NOT_A_DELETE) && had_seen(world, other, line)) {
			return false;
		}
	}
	return true;
}

/* Had any delete, taken back since or not, seen ${edit}? */
static bool seen_by_delete(const struct record *record, const struct state_line *edit,
	const struct merge_world *world)
{
	const struct state_line *line;
	size_t i;

	for (i = 0; i < record->line_count; i++) {
		line = &record->lines[i];
#ifdef LINLI_PLANT_DELETE_FORGOTTEN
		if ((line->judged & MAXIMAL) == 0) {
			continue;
		}
#endif
		if (line->deletion == DELETED && line->scope == edit->scope &&
			is_last(record, i, DELETED) && had_seen(world, line, edit)) {
			return true;
		}
	}
	return false;
}

static bool has_seen_maximal(const struct record *record, const struct state_line *edit,
	const struct merge_world *world)
{
	const struct state_line *line;
	size_t i;

	for (i = 0; i < record->line_count; i++) {
		line = &record->lines[i];
		if ((line->judged & MAXIMAL) != 0 && line->scope == edit->scope &&
			had_seen(world, edit, line)) {
			return true;
		}
	}
	return false;
}

/*
 * Mark each chain's first edit that no delete had seen, if it has seen no
 * maximal delete; when the first has seen one, so have all after it.
 */
static bool find_keepers(struct record *record, enum scope_kind scope,
	const struct merge_world *world)
{
	struct state_line *line;
	uint32_t done_chain = 0;
	bool done = false, found = false;
	size_t i;

	for (i = 0; i < record->line_count; i++) {
		line = &record->lines[i];
		if (line->scope != scope || line->deletion != NOT_A_DELETE ||
			(done && line->chain == done_chain) ||
			seen_by_delete(record, line, world)) {
			continue;
		}
		done = true;
		done_chain = line->chain;
		if (!has_seen_maximal(record, line, world)) {
			line->judged |= KEEPER;
			found = true;
		}
	}
	return found;
}

struct judgement record_judge(struct record *record, enum scope_kind scope,
	const struct merge_world *world)
{
	bool deleted = false, taken_back = false, kept;
	struct state_line *line;
	size_t i;

	for (i = 0; i < record->line_count; i++) {
		line = &record->lines[i];
		if (line->scope != scope) {
			continue;
		}
		line->judged = 0;
		if (line->deletion != NOT_A_DELETE && is_maximal(record, i, world)) {
			line->judged = MAXIMAL;
			deleted |= line->deletion == DELETED;
			taken_back |= line->deletion == TAKEN_BACK;
		}
	}
	if (!deleted || taken_back) {
		return (struct judgement){ .dead = false, .conflict = deleted && taken_back };
	}
	kept = find_keepers(record, scope, world);
	return (struct judgement){ .dead = !kept, .conflict = kept };
}
