/*
 * daybook.h -- the simulation's own book of what each clerk entered.
 *
 * A line is written here once its capture has returned.  From then on it
 * has to be somewhere, until a machine is put back from a copy older than
 * the line while nobody else has it; and at rest it has to be at every node
 * that may read it.
 */
#ifndef LINLI_SIM_DAYBOOK_H
#define LINLI_SIM_DAYBOOK_H

#include "linli/chains.h"

struct entity;
struct machine;
struct world;
struct daybook;

struct daybook *daybook_new(void);
void daybook_free(struct daybook *daybook);
size_t daybook_count(const struct daybook *daybook);

/* Write down the drafts of ${machine} that are not in the book yet. */
void daybook_capture(struct machine *machine);
/* ${machine} was started again: it holds what it had captured. */
void daybook_check_machine(struct machine *machine);
/* ${machine} was put back from a copy: what nobody holds any more is excused. */
void daybook_excuse(struct machine *machine);
/* ${machine} was revoked: what the district does not hold is excused. */
void daybook_revoked(struct machine *machine);
/* Somebody entered ${line} at ${device}, or what is issued again in it: no program wrote it by itself. */
bool daybook_has(const struct world *world, struct device_id device, struct view line);

/*
 * ${target}, "<entity> <id>", is being erased in ${community}: what the book has of
 * its lines there may be gone from now on.
 */
void daybook_erasing(struct world *world, const char *community, const char *target);
/* The lines of the record of an erasure, which is not to be lost. */
void daybook_keep(struct machine *machine, const struct entity *entity,
	const struct record_id *id);
/*
 * At rest: ${target} was erased in the community of ${machine}, which has
 * nothing of it; ${trace} is told every line that there was of it.
 */
void daybook_check_erased(struct machine *machine, const char *target,
	void (*trace)(void *ctx, struct view line), void *ctx);

/* Whoever has ${machine} has no right to: its drafts are to be nowhere at rest. */
void daybook_forge(struct machine *machine);
/* The bundle of line ${text} says that it had seen ${seen}: so had its maker when it was entered. */
void daybook_check_seen(struct world *world, const struct place *place, struct view text,
	const struct head *seen);
/* Every line is at every node that may read it, and says what was entered. */
void daybook_check_rest(struct world *world);

#endif
