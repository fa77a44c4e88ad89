/* held.c -- see held.h. */
#include <stdlib.h>
#include <string.h>

#include "held.h"

/* Room for one more element of ${size} in ${*list}. */
static bool grow(void **list, size_t count, size_t *room, size_t size, struct err *err)
{
	size_t wanted = *room < 16 ? 16 : *room * 2;
	void *larger;

	if (count < *room) {
		return true;
	}
	larger = wanted > SIZE_MAX / size ? NULL : realloc(*list, wanted * size);
	if (larger == NULL) {
		return err_nomem(err);
	}
	*list = larger;
	*room = wanted;
	return true;
}

static bool add(void *ctx, const struct head *head, struct err *err)
{
	struct held *held = ctx;
	void *list = held->heads;

	if (head->seq == 0) {
		return true;
	}
	if (!grow(&list, held->count, &held->room, sizeof(*head), err)) {
		return false;
	}
	held->heads = list;
	held->heads[held->count++] = *head;
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct head *x = a, *y = b;

	return chain_name_compare(&x->chain, &y->chain);
}

bool held_read(struct held *out, struct node *node, struct err *err)
{
	memset(out, 0, sizeof(*out));
	if (!chains_each(node, add, out, err)) {
		held_clear(out);
		return false;
	}
	if (out->count > 1) {
		qsort(out->heads, out->count, sizeof(*out->heads), by_name);
	}
	return true;
}

void held_clear(struct held *held)
{
	free(held->heads);
	memset(held, 0, sizeof(*held));
}

const struct head *held_find(const struct held *held, const struct chain_name *chain)
{
	struct head wanted = { .chain = *chain };

	return held->count == 0
		? NULL
		: bsearch(&wanted, held->heads, held->count, sizeof(wanted), by_name);
}

bool ranges_add(
	struct ranges *ranges, const struct chain_name *chain, uint32_t after, struct err *err)
{
	void *list = ranges->list;

	if (!grow(&list, ranges->count, &ranges->room, sizeof(*ranges->list), err)) {
		return false;
	}
	ranges->list = list;
	ranges->list[ranges->count++] = (struct range){ .chain = *chain, .after = after };
	return true;
}

void ranges_clear(struct ranges *ranges)
{
	free(ranges->list);
	memset(ranges, 0, sizeof(*ranges));
}

bool chain_of_trust(struct node *node, const struct chain_name *chain)
{
	struct device device;

	return chain->scope.kind == SCOPE_FEDERATION &&
		(device_id_equal(chain->device, node_federation_id(node)) ||
			(node_find_device(node, chain->device, &device) && device.server));
}

static int by_range(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return chain_name_compare(&x->chain, &y->chain);
}

void ranges_sort(struct ranges *ranges, struct node *node)
{
	size_t i, trusted = 0;

	/* The trusted to the front, then each part by name. */
	for (i = 0; i < ranges->count; i++) {
		struct range range = ranges->list[i];

		if (chain_of_trust(node, &range.chain)) {
			ranges->list[i] = ranges->list[trusted];
			ranges->list[trusted++] = range;
		}
	}
	if (trusted > 1) {
		qsort(ranges->list, trusted, sizeof(*ranges->list), by_range);
	}
	if (ranges->count - trusted > 1) {
		qsort(ranges->list + trusted, ranges->count - trusted, sizeof(*ranges->list),
			by_range);
	}
}
