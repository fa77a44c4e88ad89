/* roster.c -- places and their reporting; see roster.h. */
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "query.h"
#include "roster.h"

/* What a query has given so far, of elements in an array that grows. */
struct loading {
	struct roster *roster;
	struct buf streets;     /* struct street */
	struct buf communities; /* struct community */
	const char *only;       /* this slug; NULL: all */
};

static bool copy_text(struct roster *roster, const char **out, struct view text,
	struct err *err)
{
	*out = arena_copy(&roster->arena, text).data;
	return *out != NULL ? true : err_nomem(err);
}

static bool has_room(const struct buf *places, size_t size, struct err *err)
{
	return places->len / size < ROSTER_MAX_PLACES ? true :
		err_set(err, ERR_TOO_LARGE, "over %d places", ROSTER_MAX_PLACES);
}

/* id, name */
static bool add_street(void *ctx, const struct cell_view *cells, int columns, struct err *err)
{
	struct loading *loading = ctx;
	struct street street;

	(void)columns;
	street.id = arena_copy(&loading->roster->arena, cells[0].text);
	if (street.id.data == NULL) {
		return err_nomem(err);
	}
	if (!copy_text(loading->roster, &street.name, cells[1].text, err) ||
		!has_room(&loading->streets, sizeof(street), err)) {
		return false;
	}
	buf_add(&loading->streets, &street, sizeof(street));
	return true;
}

/* id, name, street */
static bool add_community(void *ctx, const struct cell_view *cells, int columns,
	struct err *err)
{
	struct loading *loading = ctx;
	struct roster *roster = loading->roster;
	struct community community = { .street = ROSTER_NONE };
	size_t i;

	(void)columns;
	if (!slug_valid(cells[0].text) || view_is(cells[0].text, DISTRICT_SLUG) ||
		(loading->only != NULL && !view_is(cells[0].text, loading->only))) {
		return true;
	}
	if (!copy_text(roster, &community.slug, cells[0].text, err) ||
		!copy_text(roster, &community.name, cells[1].text, err) ||
		!has_room(&loading->communities, sizeof(community), err)) {
		return false;
	}
	for (i = 0; cells[2].kind != QUERY_NULL && i < roster->street_count; i++) {
		if (view_equal(roster->streets[i].id, cells[2].text)) {
			community.street = i;
		}
	}
	buf_add(&loading->communities, &community, sizeof(community));
	return true;
}

static int compare_communities(const void *left, const void *right)
{
	const struct community *a = left, *b = right;

	return strcmp(a->slug, b->slug);
}

static int compare_streets(const void *left, const void *right)
{
	const struct street *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : view_compare(a->id, b->id);
}

/* An aligned, sorted copy of what was gathered. */
static bool settle(struct roster *roster, const struct buf *from, size_t size,
	int (*compare)(const void *left, const void *right), void **out, size_t *count,
	struct err *err)
{
	if (!buf_ok(from, err)) {
		return false;
	}
	*count = from->len / size;
	*out = arena_alloc(&roster->arena, from->len + 1);
	if (*out == NULL) {
		return err_nomem(err);
	}
	if (*count != 0) {
		memcpy(*out, from->data, from->len);
		qsort(*out, *count, size, compare);
	}
	return true;
}

static bool load_streets(struct loading *loading, struct node *node, struct err *err)
{
	const struct model *model = node_model(node);
	struct buf sql = { 0 };
	void *streets;
	bool ok = true;

	if (model->street_entity != NULL) {
		buf_printf(&sql, "SELECT id, \"%s\" FROM \"%s\"", model->street_name->name,
			model->street_entity->name);
		ok = buf_ok(&sql, err) &&
			query_run(node, buf_str(&sql), NULL, 0, add_street, loading, err);
	}
	if (ok && settle(loading->roster, &loading->streets, sizeof(struct street),
			  compare_streets, &streets, &loading->roster->street_count, err)) {
		loading->roster->streets = streets;
	} else {
		ok = false;
	}
	buf_clear(&sql);
	return ok;
}

/* A community's node that the district has not named yet still counts itself. */
static bool add_itself(struct loading *loading, struct node *node, struct err *err)
{
	struct community self = { .street = ROSTER_NONE };

	if (loading->only == NULL || loading->communities.len != 0) {
		return true;
	}
	if (!copy_text(loading->roster, &self.slug, view_of(loading->only), err) ||
		!copy_text(loading->roster, &self.name, view_of(node_name(node)), err)) {
		return false;
	}
	buf_add(&loading->communities, &self, sizeof(self));
	return true;
}

static bool load_communities(struct loading *loading, struct node *node, struct err *err)
{
	const struct model *model = node_model(node);
	struct buf sql = { 0 };
	void *communities;
	bool ok = true;

	if (model->community_entity != NULL) {
		buf_printf(&sql, "SELECT id, \"%s\", ", model->community_name->name);
		buf_printf(&sql, model->community_street != NULL ? "\"%s\"" : "NULL",
			model->community_street != NULL ? model->community_street->name : "");
		buf_printf(&sql, " FROM \"%s\"", model->community_entity->name);
		ok = buf_ok(&sql, err) &&
			query_run(node, buf_str(&sql), NULL, 0, add_community, loading, err);
	}
	if (ok && add_itself(loading, node, err) &&
		settle(loading->roster, &loading->communities, sizeof(struct community),
			compare_communities, &communities, &loading->roster->count, err)) {
		loading->roster->communities = communities;
	} else {
		ok = false;
	}
	buf_clear(&sql);
	return ok;
}

static bool take_reporting(void *ctx, const char *slug, enum reporting_fact fact, int64_t value,
	struct err *err)
{
	struct roster *roster = ctx;
	size_t index = roster_find(roster, slug);
	struct community *community;

	(void)err;
	if (index >= roster->count) {
		return true;
	}
	community = &roster->communities[index];
	switch (fact) {
	case REPORTING_LAST_S:
		community->last_ms = value * 1000;
		break;
	case REPORTING_WAITING_LINES:
		community->waiting_lines = (uint64_t)value;
		break;
	case REPORTING_OPEN_CONFLICTS:
		community->open_conflicts = (uint64_t)value;
		break;
	}
	return true;
}

bool roster_load(struct roster *out, struct node *node, struct err *err)
{
	struct loading loading = { .roster = out };
	bool ok;

	*out = (struct roster){ 0 };
	if (!node_is_district(node)) {
		loading.only = node_community(node);
	}
	ok = copy_text(out, &out->district_name, view_of(node_federation(node)->name), err) &&
		load_streets(&loading, node, err) && load_communities(&loading, node, err) &&
		cells_reporting(node, take_reporting, out, err);
	buf_clear(&loading.streets);
	buf_clear(&loading.communities);
	if (!ok) {
		roster_clear(out);
	}
	return ok;
}

void roster_clear(struct roster *roster)
{
	arena_clear(&roster->arena);
	*roster = (struct roster){ 0 };
}

size_t roster_find(const struct roster *roster, const char *slug)
{
	struct community key = { .slug = slug };
	const struct community *found;

	if (strcmp(slug, DISTRICT_SLUG) == 0) {
		return roster->count;
	}
	found = roster->count == 0 ? NULL :
		bsearch(&key, roster->communities, roster->count, sizeof(key), compare_communities);
	return found != NULL ? (size_t)(found - roster->communities) : ROSTER_NONE;
}

/* ---- places ------------------------------------------------------- */

static size_t level_count(const struct roster *roster, enum place_level level)
{
	switch (level) {
	case PLACE_STREET:
		return roster->street_count;
	case PLACE_COMMUNITY:
		return roster->count;
	case PLACE_DISTRICT:
		break;
	}
	return 1;
}

const char *roster_slug(const struct roster *roster, struct target target)
{
	switch (target.level) {
	case PLACE_STREET:
		return roster->streets[target.index].name;
	case PLACE_COMMUNITY:
		return roster->communities[target.index].slug;
	case PLACE_DISTRICT:
		break;
	}
	return DISTRICT_SLUG;
}

const char *roster_name(const struct roster *roster, struct target target)
{
	switch (target.level) {
	case PLACE_STREET:
		return roster->streets[target.index].name;
	case PLACE_COMMUNITY:
		return roster->communities[target.index].name;
	case PLACE_DISTRICT:
		break;
	}
	return roster->district_name;
}

static bool is_called(const struct roster *roster, struct target target, const char *place)
{
	return strcmp(place, roster_slug(roster, target)) == 0 ||
		strcmp(place, roster_name(roster, target)) == 0 ||
		(target.level == PLACE_STREET &&
			view_is(roster->streets[target.index].id, place));
}

/* A place by slug or name: of ${level} rather than of another. */
static bool find_place(const struct roster *roster, enum place_level level, const char *place,
	struct target *out)
{
	const enum place_level levels[] = { level, PLACE_DISTRICT, PLACE_STREET,
		PLACE_COMMUNITY };
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		out->level = levels[i];
		for (out->index = 0; out->index < level_count(roster, levels[i]); out->index++) {
			if (is_called(roster, *out, place)) {
				return true;
			}
		}
	}
	return false;
}

/* Does ${outer} contain ${inner}, which is of a smaller level? */
static bool contains(const struct roster *roster, struct target outer, struct target inner)
{
	return outer.level == PLACE_DISTRICT ||
		roster->communities[inner.index].street == outer.index;
}

bool roster_targets(const struct roster *roster, enum place_level level, const char *place,
	struct arena *arena, struct target **out, size_t *count, struct err *err)
{
	struct target within = { PLACE_DISTRICT, 0 }, target = { level, 0 };

	*count = 0;
	if (place != NULL && !find_place(roster, level, place, &within)) {
		return err_set(err, ERR_NOT_FOUND, ERR_BOTH("没有这个街道或社区", "no such place") ": %s", place);
	}
	*out = arena_alloc(arena, (level_count(roster, level) + 1) * sizeof(**out));
	if (*out == NULL) {
		return err_nomem(err);
	}
	if (within.level >= level) {
		(*out)[(*count)++] = within;
		return true;
	}
	for (; target.index < level_count(roster, level); target.index++) {
		if (contains(roster, within, target)) {
			(*out)[(*count)++] = target;
		}
	}
	return true;
}

bool roster_within(const struct roster *roster, struct target target, size_t index)
{
	if (target.level == PLACE_DISTRICT) {
		return true;
	}
	if (index >= roster->count) {
		return false;
	}
	return target.level == PLACE_STREET ?
		roster->communities[index].street == target.index :
		index == target.index;
}

bool roster_coverage(struct coverage *out, const struct roster *roster, struct target target,
	const struct period *period, const char *today, struct arena *arena, struct err *err)
{
	const char *since = strcmp(today, period->to) >= 0 ? period->to : period->from;
	const char **silent = arena_alloc(arena, (roster->count + 1) * sizeof(*silent));
	int64_t *silent_since = arena_alloc(arena, (roster->count + 1) * sizeof(*silent_since));
	char last[CIVIL_DATE_BYTES];
	size_t i;

	*out = (struct coverage){ .silent = silent, .silent_since = silent_since };
	if (silent == NULL || silent_since == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < roster->count; i++) {
		const struct community *community = &roster->communities[i];

		if (!roster_within(roster, target, i)) {
			continue;
		}
		out->expected++;
		out->waiting_lines += community->waiting_lines;
		out->open_conflicts += community->open_conflicts;
		civil_date_at(last, community->last_ms);
		if (community->last_ms > 0 && strcmp(last, since) >= 0) {
			out->included++;
			continue;
		}
		silent[out->silent_count] = community->slug;
		silent_since[out->silent_count++] = community->last_ms;
	}
	return true;
}
