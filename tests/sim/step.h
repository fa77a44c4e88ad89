/* step.h -- what the people of the simulation do, one function for each. */
#ifndef LINLI_SIM_STEP_H
#define LINLI_SIM_STEP_H

#include "linli/records.h"
#include "world.h"

/* ---- edit.c: a clerk makes, changes or deletes a record --------------- */
void step_edit(struct world *world);
/* Two devices change the same record before either hears of it. */
void step_edit_together(struct world *world);

/* Another computer of the community's changes that record of ${name}, if it has it. */
void go_on_elsewhere(struct machine *machine, const char *name, const struct record_id *id);
/* One of the community's own living records by lot; false: there is none. */
bool pick_record(struct machine *machine, const struct entity *entity, struct chance *chance,
	struct record_id *out);

/* ---- traffic.c: bundles on their way ---------------------------------- */
void step_pack(struct world *world);
void step_sync(struct world *world);
void step_stick(struct world *world);
void step_neighbour(struct world *world);
/* ${to} gets what ${from} has signed and ${to} may read, past the district. */
void give(struct machine *from, struct machine *to);
/* ${machine} syncs over a line that may be cut; it and the district may die. */
void sync_somehow(struct machine *machine);
/* ${machine} may die, or its disk be full, within its next ${within} changes: one time in ${often}. */
void plan_crash(struct machine *machine, uint64_t often, uint64_t within);
/* No request of this world comes again in the next. */
void forget_late(void);
/* A sync on which nothing happens; *moved: something went either way. */
void sync_quietly(struct machine *machine, bool *moved);

/* ---- accident.c -------------------------------------------------------- */
/* A copy is made of a machine's home, while it is up or down. */
void step_copy(struct world *world);
void step_restore(struct world *world);
void step_rewind(struct world *world);
void step_clone(struct world *world);
void step_clock(struct world *world);
void step_restart(struct world *world);

/* ---- district.c --------------------------------------------------------- */
void step_revoke(struct world *world);
void step_model(struct world *world);
void step_figures(struct world *world);

/* ---- review.c ----------------------------------------------------------- */
void step_policy(struct world *world);
void step_review(struct world *world);
void step_inbox(struct world *world);
void step_resolve(struct world *world);
/* The reviewers judge all that waits, so that the district can come to rest. */
bool review_everything(struct world *world);

/* ---- erase.c ------------------------------------------------------------ */
void step_erase(struct world *world);
/* At rest: what was erased is gone, and everybody has said so. */
void check_erasures(struct world *world);

/* ---- move.c: records and clubs go to another community, or into another record -- */
void step_move(struct world *world);
void step_merge(struct world *world);
/* Files on their way are no more. */
void forget_handovers(struct world *world);

/* ---- rotate.c: other keys --------------------------------------------------- */
void step_rotate(struct world *world);
/* Somebody goes on with a key that has ended. */
void step_thief(struct world *world);
/* At rest: nobody waits for an answer. */
void check_rotations(struct world *world);

/* ---- rest.c -------------------------------------------------------------- */
/* The balance at ${machine}: sent = applied + waiting + returned, per chain. */
void check_balance(struct machine *machine);
/* Everyone honest syncs until nothing moves; then all is compared. */
void come_to_rest(struct world *world);

/* ---- differ.c ---------------------------------------------------------------- */
/* Into the trace: which living records of ${a} ${b} shows otherwise, in fields of ${kind}. */
void tell_difference(struct machine *a, struct machine *b, enum scope_kind kind);

/* ---- reference.c ----------------------------------------------------------- */
/* Learn from the district which lines were returned; before check_reference(). */
void gather_returned(struct world *world);
/* Every record of ${machine} against the reference implementation of the merge. */
void check_reference(struct machine *machine);
/* No change of what it holds stands there twice. */
void check_doubles(struct machine *machine);
/*
 * A copy of ${machine} is used beside it: what is unsigned there both may sign
 * before they hear of each other, and only that may stand twice.
 */
void note_unsigned(struct machine *machine);

#endif
