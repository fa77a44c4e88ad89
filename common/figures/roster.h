/*
 * roster.h -- the places that figures are counted for, and how far each of
 * them has reported.
 *
 * The district's node counts over the communities of the district's
 * roster, its trust records; a community that is not in it does not appear,
 * whatever records name it.  A community's node holds only parts of what
 * others record, so it counts itself alone: its roster is itself, in its
 * street if the district has named one.  Records that the district keeps
 * itself (training sessions) count at the level of the district, beside
 * the communities'.
 */
#ifndef LINLI_ROSTER_H
#define LINLI_ROSTER_H

#include "linli/figures.h"

#define ROSTER_MAX_PLACES 100000
#define ROSTER_NONE SIZE_MAX

struct community {
	const char *slug, *name;
	size_t street;   /* in roster->streets, or ROSTER_NONE */
	int64_t last_ms; /* when its newest bundle was made; 0: none yet */
	uint64_t waiting_lines, open_conflicts;
};

struct street {
	struct view id; /* of its record */
	const char *name;
};

struct roster {
	const char *district_name;
	struct community *communities; /* by slug */
	size_t count;
	struct street *streets; /* by name */
	size_t street_count;
	struct arena arena; /* holds all of the above */
};

/* On success (else *out is empty) the caller releases *out with roster_clear(). */
MUST_CHECK bool roster_load(struct roster *out, struct node *node, struct err *err);
void roster_clear(struct roster *roster);

/* The place of ${slug} in communities; roster->count for the district itself. */
size_t roster_find(const struct roster *roster, const char *slug);

/* A place: the district (index 0), a street or a community by its index. */
struct target {
	enum place_level level;
	size_t index;
};

/*
 * The places of ${level} within ${place}, which is named by slug or name
 * ("district" or its name, a street, a community), or that place itself
 * where it is no larger; ${place} NULL: within the district.  In *out, an
 * array in ${arena}.  Fails with ERR_NOT_FOUND, ERR_NOMEM.
 */
MUST_CHECK bool roster_targets(const struct roster *roster, enum place_level level,
	const char *place, struct arena *arena, struct target **out, size_t *count,
	struct err *err);
const char *roster_slug(const struct roster *roster, struct target target);
const char *roster_name(const struct roster *roster, struct target target);

/* Do the records of community ${index} (roster->count: the district's) count for ${target}? */
bool roster_within(const struct roster *roster, struct target target, size_t index);

/*
 * How far ${target} has reported for ${period}, seen on the day ${today}:
 * a community is included when it has made a bundle since the period was
 * over, or, while it still runs, since it began.  Arrays are in ${arena}.
 */
MUST_CHECK bool roster_coverage(struct coverage *out, const struct roster *roster,
	struct target target, const struct period *period, const char *today,
	struct arena *arena, struct err *err);

#endif
