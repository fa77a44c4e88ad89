/* oidmap.c -- a hash table with open addressing, at most half full; see oidmap.h. */
#include <stdlib.h>
#include <string.h>

#include "oidmap.h"

#define OIDMAP_MIN_ROOM 64

struct oidmap_slot {
	struct oid oid;
	bool used;
	size_t value;
};

void oidmap_clear(struct oidmap *map)
{
	free(map->slots);
	memset(map, 0, sizeof(*map));
}

/* The slot of ${oid}, or the free one where it belongs. */
static struct oidmap_slot *locate(struct oidmap_slot *slots, size_t room, const struct oid *oid)
{
	uint64_t hash;
	size_t i;

	/* An object's name is a hash already. */
	memcpy(&hash, oid->bytes, sizeof(hash));
	i = (size_t)hash & (room - 1);
	while (slots[i].used && !oid_equal(&slots[i].oid, oid)) {
		i = (i + 1) & (room - 1);
	}
	return &slots[i];
}

static bool grow(struct oidmap *map, struct err *err)
{
	size_t room = map->room != 0 ? map->room * 2 : OIDMAP_MIN_ROOM, i;
	struct oidmap_slot *slots = calloc(room, sizeof(*slots));

	if (slots == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < map->room; i++) {
		if (map->slots[i].used) {
			*locate(slots, room, &map->slots[i].oid) = map->slots[i];
		}
	}
	free(map->slots);
	map->slots = slots;
	map->room = room;
	return true;
}

const size_t *oidmap_find(const struct oidmap *map, const struct oid *oid)
{
	const struct oidmap_slot *slot;

	if (map->room == 0) {
		return NULL;
	}
	slot = locate(map->slots, map->room, oid);
	return slot->used ? &slot->value : NULL;
}

bool oidmap_put(struct oidmap *map, const struct oid *oid, size_t value, struct err *err)
{
	if (map->count >= map->room / 2 && !grow(map, err)) {
		return false;
	}
	*locate(map->slots, map->room, oid) = (struct oidmap_slot){ *oid, true, value };
	map->count++;
	return true;
}
