/* oidmap.h -- a number for each of many git objects; only within common/bundle. */
#ifndef LINLI_OIDMAP_H
#define LINLI_OIDMAP_H

#include "git.h"

/* All zeros is an empty map. */
struct oidmap {
	struct oidmap_slot *slots;
	size_t count, room; /* room is 0 or a power of two */
};
void oidmap_clear(struct oidmap *map);

/* The number of ${oid}, or NULL.  Borrowed until the next oidmap_put(). */
const size_t *oidmap_find(const struct oidmap *map, const struct oid *oid);

/* Note ${oid}, which is not in the map yet.  Fails with ERR_NOMEM. */
MUST_CHECK bool oidmap_put(struct oidmap *map, const struct oid *oid, size_t value,
	struct err *err);

#endif
