/*
 * move_world.h -- a small federation in which records move, for tests.
 */
#ifndef LINLI_TEST_MOVE_WORLD_H
#define LINLI_TEST_MOVE_WORLD_H

#include "federation.h"
#include "linli/move.h"

/* A district, two communities that move things, a neighbour that looks on. */
struct world {
	char *folder;
	struct node *district, *a, *b, *c;
};

void world_open(struct world *world);
/* Everybody's store is checked first. */
void world_close(struct world *world);
/* Sign the drafts, and what follows of moves. */
void pack(struct node *node);
/* To the district and back, with all that follows. */
void exchange(struct world *world, struct node *node);
/* All of them, until nothing moves any more. */
void settle_all(struct world *world);
const struct entity *entity_of(struct node *node, const char *name);
struct record_id id_of(const char *text);
/* These fail the test if they fail. */
void offer(struct node *node, const char *entity, const char *text, const char *to);
void take(struct node *node, const char *entity, const char *text);
/* Borrowed until the next call. */
const char *holder_of(struct node *node, const char *entity, const char *text);
/* What records_put() fails with. */
enum err_code try_put(struct node *node, const char *entity_name, const char *text,
	const char *field, const char *value);
/* Is the record here, and not deleted? */
bool alive(struct node *node, const char *entity_name, const char *text);
/* How many lines its history has. */
size_t history_lines(struct node *node, const char *entity, const char *text);
/* chains_state_hash() */
void whole_hash(struct node *node, char out[65]);
void merge(struct node *node, const char *entity, const char *from_text,
	const char *into_text, struct merge_counts *counts);

#endif
