/* step.h -- what the people of the simulation do, one function for each. */
#ifndef LINLI_SIM_STEP_H
#define LINLI_SIM_STEP_H

#include "world.h"

/* ---- edit.c: a clerk makes, changes or deletes a record --------------- */
void step_edit(struct world *world);
/* Two devices change the same record before either hears of it. */
void step_edit_together(struct world *world);

/* ---- traffic.c: bundles on their way ---------------------------------- */
void step_pack(struct world *world);
void step_sync(struct world *world);
void step_stick(struct world *world);
void step_neighbour(struct world *world);
/* ${to} gets what ${from} has signed and ${to} may read, past the district. */
void give(struct machine *from, struct machine *to);
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

#endif
