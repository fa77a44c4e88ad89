/* merge_entity.h -- an entity with a field of every rule and scope, for tests. */
#ifndef LINLI_MERGE_ENTITY_H
#define LINLI_MERGE_ENTITY_H

#include "linli/model.h"

static const struct enum_member steps[] = { { .name = "raised" },
	{ .name = "withdrawn", .terminal = true }, { .name = "decided" }, { .name = "done" } };
static const struct enum_member origins[] = { { .name = "club" }, { .name = "committee" } };
static const struct entity course = { .name = "course", .slug_ids = true, .scopes = 1 };

enum { TITLE, OPENED, POINTS, STEP, ATTENDEES, LEAST, SERVED, ROLES, AREA, NAME, PHONE, DONE,
	ORIGIN, COURSE, PHOTO, FIELD_COUNT };
#define DISTRICT_FIELD(place, its_name, its_type, its_rule) \
	[place] = { .name = its_name, .type = its_type, .rule = its_rule, \
		.scope = SCOPE_DISTRICT, .index = place }
static const struct field fields[FIELD_COUNT] = {
	[TITLE] = { .name = "title", .scope = SCOPE_DISTRICT, .required = true, .index = TITLE },
	DISTRICT_FIELD(OPENED, "opened", FIELD_DATE, RULE_FIRST),
	DISTRICT_FIELD(POINTS, "points", FIELD_INTEGER, RULE_OWNER),
	[STEP] = { .name = "step", .type = FIELD_ENUM, .rule = RULE_FORWARD,
		.scope = SCOPE_DISTRICT, .index = STEP, .members = steps, .member_count = 4 },
	DISTRICT_FIELD(ATTENDEES, "attendees", FIELD_INTEGER, RULE_MAX),
	DISTRICT_FIELD(LEAST, "least", FIELD_INTEGER, RULE_MIN),
	DISTRICT_FIELD(SERVED, "served", FIELD_INTEGER, RULE_SUM),
	DISTRICT_FIELD(ROLES, "roles", FIELD_TEXT, RULE_UNION),
	DISTRICT_FIELD(AREA, "area", FIELD_AREA, RULE_REVIEW),
	[NAME] = { .name = "name", .scope = SCOPE_FEDERATION, .index = NAME },
	[PHONE] = { .name = "phone", .scope = SCOPE_COMMUNITY, .index = PHONE },
	DISTRICT_FIELD(DONE, "done", FIELD_BOOLEAN, RULE_MAX),
	[ORIGIN] = { .name = "origin", .type = FIELD_ENUM, .scope = SCOPE_DISTRICT,
		.index = ORIGIN, .members = origins, .member_count = 2 },
	[COURSE] = { .name = "course", .type = FIELD_REFERENCE, .reference = &course,
		.scope = SCOPE_DISTRICT, .index = COURSE },
	[PHOTO] = { .name = "photo", .type = FIELD_FILE, .scope = SCOPE_DISTRICT, .index = PHOTO },
};
static const struct entity topic = { .name = "topic", .fields = fields,
	.field_count = FIELD_COUNT, .scopes = 7 };
/* The id of a record of it. */
#define ID "3f9a1c22d0b84e17.1.7"

#endif
