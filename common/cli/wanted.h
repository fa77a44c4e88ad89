/*
 * wanted.h -- what a line of a bundle wants to change, beside what the
 * record shows now: for people and as JSON.
 */
#ifndef LINLI_WANTED_H
#define LINLI_WANTED_H

#include "linli/review.h"

/* Longer than this, what was and what shall be stand on lines of their own. */
#define WANTED_COLUMNS 100

/*
 * Append a row for each change, indented by ${indent} columns, escaped:
 * "社团名称  – → 乒乓球队".  Nothing is cut: who judges must see it all.  Of
 * a line that counts already (${applied}) what it says, and what is shown
 * now where that is something else.
 */
struct wanted_style {
	size_t indent;
	bool applied;
};
void wanted_show(struct buf *out, struct node *node, const struct line_change *changes,
	size_t count, struct wanted_style style);

/*
 * Append a member ${name} with the values of the fields: as they are now,
 * null where there is none; or as the line wants them: of a sum what it
 * comes to, of a union its elements, which WANTED_APPLIED has reached
 * already.  Deletions are left out.
 */
enum wanted_side { WANTED_NOW, WANTED_AFTER, WANTED_APPLIED };
void wanted_json(struct buf *out, const char *name, const struct line_change *changes,
	size_t count, enum wanted_side side);

/* Append a member "deletes": true, false (a deletion taken back), or null. */
void wanted_json_deletes(
	struct buf *out, const struct line_change *changes, size_t count);

/*
 * Append which record it is about: "社团 乒乓球队 (0685….1.9)"; what it is
 * called by the line itself where the record is not there yet.  Escaped.
 */
void wanted_record(struct buf *out, struct node *node, const struct entity *entity,
	const char *id, const struct line_change *changes, size_t count);

#endif
