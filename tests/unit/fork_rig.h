/* fork_rig.h -- copies of homes that are put back, or used beside the original; see exchange_rig.h. */
#ifndef LINLI_TEST_FORK_RIG_H
#define LINLI_TEST_FORK_RIG_H

#include "exchange_rig.h"
#include "linli/forks.h"

#define CAPTION_BYTES 48

void put_dispute(struct node *node, const char *category);
/* How many living records of ${entity} show this. */
size_t showing(struct node *node, const char *entity, const char *field, const char *value);
size_t disputes(struct node *node, const char *category);

/* An exchange in which something may be refused on the way. */
void meet(struct rig *rig, struct node *node);
void carry(struct rig *rig, struct node *node);
/* ${to} gets all that ${from} holds, but of communities' own scopes; how many were forks? */
size_t give(struct node *from, struct node *to);

/* A second computer with a copy of ${copy}'s home. */
struct node *open_copy(struct rig *rig, const char *copy);
void put_district_back(struct rig *rig, const char *copy);

struct repairs {
	size_t count;
	struct repair last;
};
struct repairs repairs_of(struct node *node);
size_t open_forks(struct node *node);
size_t set_aside(struct node *node);
uint64_t drafts_of(struct node *node);

#endif
