/*
 * figures_world.h -- a small federation in one process, for test_figures.c:
 * a district and communities that exchange bundles through memory, under
 * one clock.
 */
#ifndef LINLI_FIGURES_WORLD_H
#define LINLI_FIGURES_WORLD_H

#include "linli/figures.h"
#include "linli/records.h"

#define WORLD_DISTRICT 0
#define WORLD_MAX_NODES 4

struct world {
	struct env env;
	int64_t now_ms;
	char dir[40];
	struct node *nodes[WORLD_MAX_NODES]; /* the district first */
	size_t count;
};

/* A district alone; its clock says noon on ${today}. */
void world_init(struct world *world, const char *today);
void world_clear(struct world *world);
void world_set_date(struct world *world, const char *today);

/* A new community of that street, enrolled; its place in nodes. */
size_t world_join(struct world *world, const char *slug, const char *name, const char *street);

/* Write "field=value" texts, NULL-ended; *id, not NULL: the new record's. */
void world_put(struct world *world, size_t node, struct record_id *id, const char *entity, ...);
/* The same to the record ${id}. */
void world_change(struct world *world, size_t node, const struct record_id *id,
	const char *entity, ...);

/* Sign what ${from} has captured, and bring ${to} all that it may read. */
void world_send(struct world *world, size_t from, size_t to);

#endif
