/*
 * reissue_meet.c -- own bundles come back with lines that were issued again;
 * see repair.h.
 *
 * A copy may hold changes that were not signed yet.  All lives that begin
 * with it sign them, each in bundles of its own.  So what was issued again is
 * kept as it was until it is signed; where a line of that clock comes back, all
 * of it is issued once more: what is here already is left out then
 * (reissue_write()), and the rest goes by the ids that its records have here.
 */
#include <stdlib.h>
#include <string.h>

#include "repair.h"

/* A line that was issued again, from table reissued_line. */
struct original {
	struct loose_place place; /* first: its n there */
	uint32_t chain, seq;      /* the draft */
	int64_t fork_t;
	size_t at, len;
	bool issued; /* once more */
};
struct meeting {
	struct node *node;
	struct buf text, originals; /* the latter of struct original */
	int64_t *clocks;            /* of the bundle's lines; owned */
	size_t count, met, written;
};

static void meeting_clear(struct meeting *meeting)
{
	buf_clear(&meeting->text);
	buf_clear(&meeting->originals);
	free(meeting->clocks);
}

static struct original *originals_of(const struct meeting *meeting)
{
	return (struct original *)(void *)meeting->originals.data;
}

static struct view text_of(const struct meeting *meeting, const struct original *original)
{
	return (struct view){ (const char *)meeting->text.data + original->at, original->len };
}

static bool load(struct meeting *meeting, struct err *err)
{
	struct stmt *stmt = db_prepare(meeting->node->db,
		"SELECT chain, seq, from_chain, from_seq, from_n, seen_seq, after, fork_t, text "
		"FROM reissued_line ORDER BY chain, seq, n");
	bool row;

	do {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			struct view text = stmt_get_text(stmt, 8);
			struct original original = { .chain = (uint32_t)stmt_get_int(stmt, 0),
				.seq = (uint32_t)stmt_get_int(stmt, 1),
				.place = { .chain = (uint32_t)stmt_get_int(stmt, 2),
					.seq = (uint32_t)stmt_get_int(stmt, 3),
					.first = (uint32_t)stmt_get_int(stmt, 4),
					.seen_seq = (uint32_t)stmt_get_int(stmt, 5),
					.after = (uint32_t)stmt_get_int(stmt, 6) },
				.fork_t = stmt_get_int(stmt, 7),
				.at = meeting->text.len,
				.len = text.len };

			buf_view(&meeting->text, text);
			buf_byte(&meeting->text, '\n');
			buf_add(&meeting->originals, &original, sizeof(original));
			meeting->count++;
		}
	} while (row);
	return buf_ok(&meeting->text, err) && buf_ok(&meeting->originals, err);
}

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Which of them may be lines of ${bundle}, by their clocks? */
static bool match(struct meeting *meeting, const struct bundle *bundle, struct err *err)
{
	struct original *originals = originals_of(meeting);
	uint8_t leaf[SHA256_BYTES];
	struct line line;
	size_t i, count = 0;

	meeting->clocks = calloc(bundle->line_count + 1, sizeof(*meeting->clocks));
	if (meeting->clocks == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < bundle->line_count; i++) {
		if (bundle_line_erased(bundle->lines[i], leaf)) {
			continue;
		}
		arena_reset(&meeting->node->arena);
		if (!line_parse(&line, &meeting->node->arena, bundle->lines[i], err)) {
			return false;
		}
		meeting->clocks[count++] = line.t;
	}
	qsort(meeting->clocks, count, sizeof(*meeting->clocks), by_number);
	for (i = 0; i < meeting->count; i++) {
		arena_reset(&meeting->node->arena);
		if (!line_parse(&line, &meeting->node->arena, text_of(meeting, &originals[i]), err)) {
			return false;
		}
		meeting->met += bsearch(&line.t, meeting->clocks, count, sizeof(*meeting->clocks),
					by_number) != NULL ? 1 : 0;
	}
	return true;
}

/* Are these all the sealed drafts that there are? */
static bool complete(struct meeting *meeting, bool *out, struct err *err)
{
	struct stmt *stmt = db_prepare(meeting->node->db,
		"SELECT count(*) FROM draft d JOIN reissued r ON r.chain = d.chain AND "
		"r.seq = d.seq");
	bool row;

	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	*out = row && stmt_get_int(stmt, 0) == (int64_t)meeting->count;
	stmt_reset(stmt);
	return true;
}

/* Out of their records with the drafts that they became, and those out of the store. */
static bool take_back(struct meeting *meeting, struct err *err)
{
	const struct original *originals = originals_of(meeting);
	struct reissue drafts = { .node = meeting->node };
	struct buf changes = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < meeting->count; i++) {
		struct loose_place place = { .chain = originals[i].chain,
			.seq = originals[i].seq, .first = 1 };

		if (i > 0 && originals[i - 1].chain == place.chain &&
			originals[i - 1].seq == place.seq) {
			continue;
		}
		buf_reset(&changes);
		ok = chain_changes(meeting->node, chain_by_number(meeting->node, place.chain),
			     place.seq, &changes, err) &&
			reissue_add(&drafts, &place, buf_as_view(&changes), err);
	}
	ok = ok && reissue_unmerge(&drafts, err);
	for (i = 0; ok && i < meeting->count; i++) {
		struct chain *chain = chain_by_number(meeting->node, originals[i].chain);

		ok = chain->draft_seq <= chain->head ||
			reissue_drop(meeting->node, chain, chain->head + 1, err);
	}
	reissue_clear(&drafts);
	buf_clear(&changes);
	return ok;
}

/* Those of one fork, as if they had not been issued yet: what is here now is left out. */
static bool issue(struct meeting *meeting, int64_t fork_t, struct err *err)
{
	struct stmt *forget =
		db_prepare(meeting->node->db, "DELETE FROM renumbered WHERE fork_t = ?1");
	struct reissue reissue = { .node = meeting->node, .fork_t = fork_t, .beside = fork_t != 0 };
	struct original *originals = originals_of(meeting);
	bool ok;
	size_t i;

	stmt_int_at(forget, 1, fork_t);
	ok = stmt_run(forget, err);
	for (i = 0; ok && i < meeting->count; i++) {
		if (!originals[i].issued && originals[i].fork_t == fork_t) {
			originals[i].issued = true;
			ok = reissue_add(&reissue, &originals[i].place,
				(struct view){ (const char *)meeting->text.data + originals[i].at,
					originals[i].len + 1 },
				err);
		}
	}
	ok = ok && reissue_write(&reissue, err);
	meeting->written += reissue.written;
	reissue_clear(&reissue);
	return ok;
}

static bool issue_rest(struct meeting *meeting, struct err *err)
{
	const struct original *originals = originals_of(meeting);
	struct stmt *fewer = db_prepare(meeting->node->db,
		"UPDATE repair SET lines = max(lines - ?1, 0) WHERE number = "
		"(SELECT max(number) FROM repair)");
	size_t i;

	for (i = 0; i < meeting->count; i++) {
		if (!originals[i].issued && !issue(meeting, originals[i].fork_t, err)) {
			return false;
		}
	}
	stmt_int_at(fewer, 1, (int64_t)(meeting->count - meeting->written));
	return stmt_run(fewer, err);
}

bool reissue_meet(struct node *node, const struct bundle *bundle, struct err *err)
{
	struct meeting meeting = { .node = node };
	bool all = false, ok;

	ok = load(&meeting, err);
	if (ok && meeting.count != 0) {
		ok = match(&meeting, bundle, err) &&
			(meeting.met == 0 || complete(&meeting, &all, err)) &&
			(!all || (take_back(&meeting, err) && issue_rest(&meeting, err)));
	}
	meeting_clear(&meeting);
	return ok;
}
