/* said.c -- what a signed list of heads says to the store; see said.h. */
#include <stdlib.h>
#include <string.h>

#include "said.h"

struct gathering {
	const struct heads *heads;
	struct node *node;
	const struct held *held;
	struct head *list; /* owned */
	size_t count, room;
};

static bool add(struct gathering *gathering, const struct head *head, struct err *err)
{
	struct head *list = gathering->list;

	if (gathering->count == gathering->room) {
		gathering->room = gathering->room == 0 ? 64 : gathering->room * 2;
		list = realloc(list, gathering->room * sizeof(*list));
		if (list == NULL) {
			return err_nomem(err);
		}
		gathering->list = list;
	}
	list[gathering->count++] = *head;
	return true;
}

/* A later life of this store will hardly have begun more incarnations than this. */
#define LATER_INCARNATIONS 8

/* Chains of this node's present incarnation and later ones that are not held: are they named? */
static bool add_own(struct gathering *gathering, const struct scope *scope, struct err *err)
{
	uint32_t present = node_incarnation(gathering->node), later;

	for (later = 0; later <= LATER_INCARNATIONS; later++) {
		struct chain_name chain = { .device = node_device(gathering->node),
			.incarnation = present + later, .scope = *scope };
		struct head theirs;

		if (held_find(gathering->held, &chain) != NULL) {
			continue;
		}
		heads_lookup(gathering->heads, gathering->node, &chain, &theirs);
		if (theirs.seq != 0 && !add(gathering, &theirs, err)) {
			return false;
		}
	}
	return true;
}

static bool add_device(void *ctx, const struct device *device, struct err *err)
{
	struct gathering *gathering = ctx;
	struct scope scope = { .kind = SCOPE_DISTRICT };

	if (device->server) {
		return true;
	}
	memcpy(scope.community, device->community, sizeof(scope.community));
	return add_own(gathering, &scope, err);
}

/* A node's own chains: one of the federation's scope, and of its community's or communities'. */
static bool add_own_chains(struct gathering *gathering, struct err *err)
{
	const struct heads *heads = gathering->heads;
	struct node *node = gathering->node;
	struct scope scope = { .kind = SCOPE_FEDERATION };

	if (!add_own(gathering, &scope, err)) {
		return false;
	}
	if (node_is_district(node)) {
		return heads_device(heads)->server ?
			node_each_device(node, add_device, gathering, err) :
			add_device(gathering, heads_device(heads), err);
	}
	memcpy(scope.community, node_community(node), strlen(node_community(node)) + 1);
	for (scope.kind = SCOPE_DISTRICT; scope.kind < SCOPE_KINDS; scope.kind++) {
		if (!add_own(gathering, &scope, err)) {
			return false;
		}
	}
	return true;
}

/*
 * Chains of its own that hold nothing but changes which an earlier incarnation
 * left unsigned stand in no list; the store knows them.
 */
static bool add_left(void *ctx, const struct chain_name *chain, struct err *err)
{
	struct gathering *gathering = ctx;
	struct head theirs;

	if (held_find(gathering->held, chain) != NULL) {
		return true;
	}
	heads_lookup(gathering->heads, gathering->node, chain, &theirs);
	return add(gathering, &theirs, err);
}

bool said_hear(const struct heads *heads, struct node *node, const struct held *held, bool current,
	struct err *err)
{
	struct gathering gathering = { .heads = heads, .node = node, .held = held };
	struct said said = { .by = heads_device(heads)->id,
		.incarnation = heads_incarnation(heads), .at_ms = heads_at_ms(heads),
		.current = current };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < held->count; i++) {
		struct head theirs;

		heads_lookup(heads, node, &held->heads[i].chain, &theirs);
		ok = add(&gathering, &theirs, err);
	}
	ok = ok && add_own_chains(&gathering, err) &&
		forks_each_left(node, add_left, &gathering, err);
	said.heads = gathering.list;
	said.count = gathering.count;
	ok = ok && forks_hear(node, &said, err);
	free(gathering.list);
	return ok;
}
