/* entities.c -- entities, fields, checks, derived values and places. */
#include <string.h>

#include "sections.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const type_words[] = { "text", "integer", "boolean", "date", "money", "area",
	"enum", "reference", "file" };
static const char *const rule_words[] = { "latest", "first", "owner", "forward", "max", "min",
	"sum", "union", "review" };
static const char *const scope_words[] = { "federation", "district", "community" };
static const char *const key_words[] = { "generated", "slug" };

const struct reader_words entities_types = { "type", type_words, COUNT(type_words) };
static const struct reader_words rules = { "rule", rule_words, COUNT(rule_words) };
static const struct reader_words scopes = { "scope", scope_words, COUNT(scope_words) };
static const struct reader_words keys = { "key", key_words, COUNT(key_words) };

/* Names that the store's own tables, views and indexes have (common/store/schema.sql). */
static const char *const reserved[] = {
	"apart", "audit", "branch", "branch_hash", "bundle", "cell", "cell_value",
	"cell_measure", "chain", "conflict", "conflict_open", "draft", "erase_due", "erased", "erased_line", "fact",
	"file", "followed", "fork", "gap", "handover", "handover_line", "held", "held_record",
	"invitation", "known", "move_accept_record", "move_offer_record",
	"move_route_line", "move_work", "moved_record", "object", "quarantine",
	"refers", "reissued", "reissued_line", "relay", "renumbered", "repair", "seen",
	"slot", "slot_hash", "slot_untold", "slot_waiting", "token", "touched", "user", "user_device",
};
/* With what names of others of its tables begin. */
static const char *const reserved_prefixes[] = { "rec_", "sqlite_", "was_" };
/* Columns that every entity's table has besides its fields. */
static const char *const reserved_fields[] = { "id", "rid", "alive", "merge", "side" };

#define TYPE(type) (1U << FIELD_##type)
#define NUMBERS (TYPE(INTEGER) | TYPE(MONEY) | TYPE(AREA))
#define ALL_TYPES ((1U << FIELD_TYPES) - 1)

/* The types a rule may have values of. */
static const unsigned rule_types[] = {
	[RULE_LATEST] = ALL_TYPES,
	[RULE_FIRST] = ALL_TYPES,
	[RULE_OWNER] = ALL_TYPES,
	[RULE_FORWARD] = TYPE(ENUM),
	[RULE_MAX] = NUMBERS | TYPE(DATE) | TYPE(BOOLEAN),
	[RULE_MIN] = NUMBERS | TYPE(DATE) | TYPE(BOOLEAN),
	[RULE_SUM] = NUMBERS,
	[RULE_UNION] = TYPE(TEXT) | TYPE(ENUM) | TYPE(REFERENCE) | TYPE(FILE),
	[RULE_REVIEW] = ALL_TYPES,
};

bool entities_read_members(struct reader *r, json_t *object, const char *member, bool terminal,
	const struct enum_member **out, size_t *count)
{
	static const char *const known[] = { "name", "label", "terminal", NULL };
	struct enum_member *members;
	json_t *list;
	size_t i, j;

	if (!reader_list(r, object, member, 1, MODEL_MAX_MEMBERS, &list, count)) {
		return false;
	}
	members = reader_array(r, *count, sizeof(*members));
	for (i = 0; members != NULL && i < *count; i++) {
		json_t *value = json_array_get(list, i);

		reader_enter(r, member, i);
		if (!reader_object(r, value, known) ||
			!reader_name(r, value, "name", &members[i].name)) {
			return false;
		}
		reader_called(r, members[i].name);
		for (j = 0; j < i; j++) {
			if (strcmp(members[j].name, members[i].name) == 0) {
				return reader_fail(r, ERR_MODEL, "there are two of that name");
			}
		}
		if (!reader_label(r, value, "label", &members[i].label) ||
			!reader_flag(r, value, "terminal", &members[i].terminal)) {
			return false;
		}
		if (members[i].terminal && !terminal) {
			return reader_fail(r, ERR_MODEL,
				"only a field of rule forward has terminal states");
		}
		reader_leave(r);
	}
	*out = members;
	return members != NULL;
}

/* "members" for an enum, "reference" for a reference, neither for others. */
static bool read_target(struct reader *r, const struct model *model, json_t *value,
	struct field *field)
{
	char shown[READER_SHOWN_BYTES];
	const char *name;

	if (field->type != FIELD_ENUM && json_object_get(value, "members") != NULL) {
		return reader_fail(r, ERR_MODEL, "only an enum has members");
	}
	if (field->type != FIELD_REFERENCE && json_object_get(value, "reference") != NULL) {
		return reader_fail(r, ERR_MODEL, "only a reference has member 'reference'");
	}
	if (field->type == FIELD_ENUM) {
		return entities_read_members(r, value, "members", field->rule == RULE_FORWARD,
			&field->members, &field->member_count);
	}
	if (field->type != FIELD_REFERENCE) {
		return true;
	}
	if (!reader_name(r, value, "reference", &name)) {
		return false;
	}
	field->reference = model_entity(model, view_of(name));
	return field->reference != NULL ? true :
		reader_fail(r, ERR_MODEL, "refers to an unknown entity '%s'",
			reader_shown(shown, name));
}

static bool read_range(struct reader *r, json_t *value, struct field *field)
{
	field->has_min = json_object_get(value, "min") != NULL;
	field->has_max = json_object_get(value, "max") != NULL;
	if ((field->has_min || field->has_max) && (1U << field->type & NUMBERS) == 0) {
		return reader_fail(r, ERR_MODEL, "only integer, money and area have a range");
	}
	if ((field->has_min &&
		!reader_integer(r, value, "min", INT64_MIN, INT64_MAX, &field->min)) ||
		(field->has_max &&
			!reader_integer(r, value, "max", INT64_MIN, INT64_MAX, &field->max))) {
		return false;
	}
	if (field->has_min && field->has_max && field->min > field->max) {
		return reader_fail(r, ERR_MODEL, "min is greater than max");
	}
	return true;
}

/* People's headers name a field by name or label, so these must not clash. */
static bool distinct_from(struct reader *r, const struct field *field, const struct field *other)
{
	if (strcmp(field->name, other->name) == 0) {
		return reader_fail(r, ERR_MODEL, "there are two of that name");
	}
	if (strcmp(field->label.zh, other->label.zh) == 0 ||
		strcmp(field->label.en, other->label.en) == 0 ||
		strcmp(field->label.en, other->name) == 0 ||
		strcmp(field->label.zh, other->name) == 0 ||
		strcmp(field->name, other->label.en) == 0 ||
		strcmp(field->name, other->label.zh) == 0) {
		return reader_fail(r, ERR_MODEL, "its label is also that of '%s'", other->name);
	}
	return true;
}

static bool is_listed(const char *const *list, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(list[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_reserved(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(reserved_prefixes); i++) {
		if (strncmp(name, reserved_prefixes[i], strlen(reserved_prefixes[i])) == 0) {
			return true;
		}
	}
	return is_listed(reserved, COUNT(reserved), name);
}

static bool read_field(struct reader *r, const struct model *model, json_t *value,
	enum scope_kind scope, enum merge_rule rule, struct field *field)
{
	static const char *const known[] = { "name", "label", "type", "scope", "rule", "required",
		"min", "max", "reference", "members", "unit", NULL };
	size_t type_word, rule_word, scope_word;

	if (!reader_object(r, value, known) || !reader_name(r, value, "name", &field->name)) {
		return false;
	}
	reader_called(r, field->name);
	if (is_listed(reserved_fields, COUNT(reserved_fields), field->name)) {
		return reader_fail(r, ERR_MODEL, "the name '%s' is every record's own", field->name);
	}
	if (!reader_label(r, value, "label", &field->label) ||
		!reader_word(r, value, "type", &entities_types, SIZE_MAX, &type_word) ||
		!reader_word(r, value, "rule", &rules, (size_t)rule, &rule_word) ||
		!reader_word(r, value, "scope", &scopes, (size_t)scope, &scope_word) ||
		!reader_flag(r, value, "required", &field->required) ||
		!reader_optional_text(r, value, "unit", &field->unit)) {
		return false;
	}
	field->type = (enum field_type)type_word;
	field->rule = (enum merge_rule)rule_word;
	field->scope = (enum scope_kind)scope_word;
	if ((rule_types[field->rule] & 1U << field->type) == 0) {
		return reader_fail(r, ERR_MODEL, "rule %s does not go with type %s",
			rule_words[rule_word], type_words[type_word]);
	}
	return read_range(r, value, field) && read_target(r, model, value, field);
}

static bool read_fields(struct reader *r, const struct model *model, json_t *value,
	enum scope_kind scope, enum merge_rule rule, struct entity *entity)
{
	struct field *fields;
	json_t *list;
	size_t i, j;

	if (!reader_list(r, value, "fields", 1, MODEL_MAX_FIELDS, &list, &entity->field_count)) {
		return false;
	}
	fields = reader_array(r, entity->field_count, sizeof(*fields));
	for (i = 0; fields != NULL && i < entity->field_count; i++) {
		reader_enter(r, "fields", i);
		if (!read_field(r, model, json_array_get(list, i), scope, rule, &fields[i])) {
			return false;
		}
		fields[i].index = i;
		entity->scopes |= 1U << fields[i].scope;
		for (j = 0; j < i; j++) {
			if (!distinct_from(r, &fields[i], &fields[j])) {
				return false;
			}
		}
		if (entity->district_writes && fields[i].scope == SCOPE_COMMUNITY) {
			return reader_fail(r, ERR_MODEL,
				"what the district writes cannot be of scope community");
		}
		reader_leave(r);
	}
	entity->fields = fields;
	return fields != NULL;
}

static bool read_checks(struct reader *r, json_t *value, struct entity *entity)
{
	static const char *const known[] = { "name", "sentence", "sql", NULL };
	struct check *checks;
	json_t *list;
	size_t i, j;

	if (!reader_list(r, value, "checks", 0, MODEL_MAX_CHECKS, &list, &entity->check_count)) {
		return false;
	}
	checks = reader_array(r, entity->check_count, sizeof(*checks));
	for (i = 0; checks != NULL && i < entity->check_count; i++) {
		json_t *check = json_array_get(list, i);

		reader_enter(r, "checks", i);
		if (!reader_object(r, check, known) ||
			!reader_name(r, check, "name", &checks[i].name)) {
			return false;
		}
		reader_called(r, checks[i].name);
		for (j = 0; j < i; j++) {
			if (strcmp(checks[j].name, checks[i].name) == 0) {
				return reader_fail(r, ERR_MODEL, "there are two of that name");
			}
		}
		if (!reader_label(r, check, "sentence", &checks[i].sentence) ||
			!reader_sql(r, check, "sql", &checks[i].sql)) {
			return false;
		}
		reader_leave(r);
	}
	entity->checks = checks;
	return checks != NULL;
}

static bool read_one_derived(struct reader *r, json_t *value, struct derived *derived)
{
	static const char *const known[] = { "name", "label", "type", "sql", NULL };
	size_t type;

	if (!reader_object(r, value, known) || !reader_name(r, value, "name", &derived->name)) {
		return false;
	}
	reader_called(r, derived->name);
	if (!reader_label(r, value, "label", &derived->label) ||
		!reader_word(r, value, "type", &entities_types, FIELD_TEXT, &type) ||
		!reader_sql(r, value, "sql", &derived->sql)) {
		return false;
	}
	derived->type = (enum field_type)type;
	if (type > FIELD_AREA) {
		return reader_fail(r, ERR_MODEL, "a derived value is no %s", type_words[type]);
	}
	if (strstr(derived->sql, ":id") == NULL) {
		return reader_fail(r, ERR_MODEL, "its SQL does not ask for :id");
	}
	return true;
}

static bool read_derived(struct reader *r, json_t *value, struct entity *entity)
{
	struct derived *derived;
	json_t *list;
	size_t i, j;

	if (!reader_list(r, value, "derived", 0, MODEL_MAX_DERIVED, &list,
		    &entity->derived_count)) {
		return false;
	}
	derived = reader_array(r, entity->derived_count, sizeof(*derived));
	for (i = 0; derived != NULL && i < entity->derived_count; i++) {
		reader_enter(r, "derived", i);
		if (!read_one_derived(r, json_array_get(list, i), &derived[i])) {
			return false;
		}
		for (j = 0; j < i; j++) {
			if (strcmp(derived[j].name, derived[i].name) == 0) {
				return reader_fail(r, ERR_MODEL, "there are two of that name");
			}
		}
		reader_leave(r);
	}
	entity->derived = derived;
	return derived != NULL;
}

/* The field that ${value}'s ${member} names; NULL where it is absent. */
static bool read_own_field(struct reader *r, json_t *value, const char *member,
	const struct entity *entity, const struct field **out)
{
	char shown[READER_SHOWN_BYTES];
	const char *name;

	*out = NULL;
	if (!reader_optional_name(r, value, member, &name)) {
		return false;
	}
	if (name == NULL) {
		return true;
	}
	*out = entity_field(entity, view_of(name));
	return *out != NULL ? true :
		reader_fail(r, ERR_MODEL, "member '%s' names no field: '%s'", member,
			reader_shown(shown, name));
}

static bool read_entity(struct reader *r, const struct model *model, json_t *value,
	struct entity *entity)
{
	size_t key, scope, rule;

	if (!reader_label(r, value, "label", &entity->label) ||
		!reader_word(r, value, "key", &keys, 0, &key) ||
		!reader_flag(r, value, "district_writes", &entity->district_writes) ||
		!reader_flag(r, value, "always_reviewed", &entity->always_reviewed) ||
		!reader_word(r, value, "scope", &scopes, SIZE_MAX, &scope) ||
		!reader_word(r, value, "rule", &rules, RULE_LATEST, &rule)) {
		return false;
	}
	entity->slug_ids = key != 0;
	if (entity->slug_ids && !entity->district_writes) {
		/* Two communities apart could choose the same slug. */
		return reader_fail(r, ERR_MODEL, "only the district's own entities have slugs");
	}
	if (!read_fields(r, model, value, (enum scope_kind)scope, (enum merge_rule)rule, entity) ||
		!read_checks(r, value, entity) || !read_derived(r, value, entity) ||
		!read_own_field(r, value, "title", entity, &entity->title) ||
		!read_own_field(r, value, "community", entity, &entity->community)) {
		return false;
	}
	if (entity->title != NULL &&
		(entity->title->type != FIELD_TEXT || entity->title->rule == RULE_UNION)) {
		return reader_fail(r, ERR_MODEL, "its title must be a single text");
	}
	/* Who holds a record stands in column community, or, where a field has that name, in owner. */
	if (entity_field(entity, VIEW_LITERAL("community")) != NULL &&
		entity_field(entity, VIEW_LITERAL("owner")) != NULL) {
		return reader_fail(r, ERR_MODEL, "with a field 'community' none can be called 'owner'");
	}
	return true;
}

/* Names first, so that a reference may point forward. */
static bool read_names(struct reader *r, json_t *list, bool trust, struct model *model,
	struct entity *entities)
{
	static const char *const known[] = { "name", "label", "key", "district_writes",
		"always_reviewed", "scope", "rule", "title", "community", "fields", "checks",
		"derived", NULL };
	size_t i, j;

	for (i = 0; i < json_array_size(list); i++) {
		json_t *value = json_array_get(list, i);
		struct entity *entity = &entities[model->entity_count];

		reader_enter(r, "entities", i);
		if (!reader_object(r, value, known) ||
			!reader_name(r, value, "name", &entity->name)) {
			return false;
		}
		reader_called(r, entity->name);
		for (j = 0; j < model->entity_count; j++) {
			if (strcmp(entities[j].name, entity->name) == 0) {
				return reader_fail(r, ERR_MODEL, entities[j].trust ?
					"the name is reserved" : "there are two of that name");
			}
		}
		if (is_reserved(entity->name)) {
			return reader_fail(r, ERR_MODEL, "the name is reserved");
		}
		entity->trust = trust;
		entity->index = model->entity_count++;
		reader_leave(r);
	}
	return true;
}

static bool read_all(struct reader *r, json_t *list, const struct model *model,
	struct entity *entities)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		reader_enter(r, "entities", i);
		reader_called(r, entities[i].name);
		if (!read_entity(r, model, json_array_get(list, i), &entities[i])) {
			return false;
		}
		reader_leave(r);
	}
	return true;
}

bool entities_read(struct reader *r, struct model *model, json_t *trust, json_t *root)
{
	json_t *trust_list, *list;
	size_t trust_count, count;
	struct entity *entities;

	if (!reader_list(r, trust, "entities", 1, MODEL_MAX_ENTITIES, &trust_list, &trust_count) ||
		!reader_list(r, root, "entities", 1, MODEL_MAX_ENTITIES - trust_count, &list,
			&count)) {
		return false;
	}
	entities = reader_array(r, trust_count + count, sizeof(*entities));
	if (entities == NULL) {
		return false;
	}
	model->entities = entities;
	return read_names(r, trust_list, true, model, entities) &&
		read_names(r, list, false, model, entities) &&
		read_all(r, trust_list, model, entities) &&
		read_all(r, list, model, entities + trust_count);
}

static bool read_place_entity(struct reader *r, json_t *places, const char *member,
	const struct model *model, const struct entity **out)
{
	char shown[READER_SHOWN_BYTES];
	const char *name;

	if (!reader_name(r, places, member, &name)) {
		return false;
	}
	*out = model_entity(model, view_of(name));
	if (*out == NULL || (*out)->trust) {
		return reader_fail(r, ERR_MODEL, "member '%s' names no entity: '%s'", member,
			reader_shown(shown, name));
	}
	if (!(*out)->district_writes || (*out)->scopes != 1U << SCOPE_FEDERATION) {
		return reader_fail(r, ERR_MODEL,
			"'%s' must be written by the district, for the federation", name);
	}
	return true;
}

static bool read_place_field(struct reader *r, json_t *places, const char *member,
	const struct entity *entity, const struct entity *reference, const struct field **out)
{
	if (!read_own_field(r, places, member, entity, out)) {
		return false;
	}
	if (*out == NULL) {
		return reader_fail(r, ERR_MODEL, "member '%s' is missing", member);
	}
	if (reference != NULL ? (*out)->reference != reference : (*out)->type != FIELD_TEXT) {
		return reader_fail(r, ERR_MODEL, "'%s' must be a %s%s", (*out)->name,
			reference != NULL ? "reference to " : "text",
			reference != NULL ? reference->name : "");
	}
	return (*out)->rule != RULE_UNION ? true :
		reader_fail(r, ERR_MODEL, "'%s' must have a single value", (*out)->name);
}

/*
 * Every view has a column community: the field that the entity declares,
 * or the community that wrote the record.  So no other field may have the
 * name, and the declared one must refer to the district's communities.
 * (The trust entities know no model and name a community by its slug.)
 */
static bool check_communities(struct reader *r, const struct model *model, size_t trust_count)
{
	size_t i;

	for (i = trust_count; i < model->entity_count; i++) {
		const struct entity *entity = &model->entities[i];
		const struct field *field = entity->community;

		reader_enter(r, "entities", i - trust_count);
		reader_called(r, entity->name);
		if (field != NULL &&
			(field->reference != model->community_entity || field->rule == RULE_UNION)) {
			return reader_fail(r, ERR_MODEL, "its community must be a reference to %s",
				model->community_entity->name);
		}
		if (entity_field(entity, VIEW_LITERAL("community")) != NULL &&
			(field == NULL || strcmp(field->name, "community") != 0)) {
			return reader_fail(r, ERR_MODEL,
				"field 'community' must be declared as its community");
		}
		reader_leave(r);
	}
	return true;
}

bool entities_read_places(struct reader *r, struct model *model, json_t *root)
{
	static const char *const known[] = { "community", "community_name", "community_street",
		"street", "street_name", NULL };
	json_t *places = json_object_get(root, "places");
	size_t trust_count = 0;

	reader_enter(r, "places", READER_NO_INDEX);
	if (!reader_object(r, places, known) ||
		!read_place_entity(r, places, "community", model, &model->community_entity) ||
		!read_place_entity(r, places, "street", model, &model->street_entity) ||
		!read_place_field(r, places, "community_name", model->community_entity, NULL,
			&model->community_name) ||
		!read_place_field(r, places, "community_street", model->community_entity,
			model->street_entity, &model->community_street) ||
		!read_place_field(r, places, "street_name", model->street_entity, NULL,
			&model->street_name)) {
		return false;
	}
	if (!model->community_entity->slug_ids) {
		return reader_fail(r, ERR_MODEL, "'%s' must have slugs for ids",
			model->community_entity->name);
	}
	reader_leave(r);
	while (trust_count < model->entity_count && model->entities[trust_count].trust) {
		trust_count++;
	}
	return check_communities(r, model, trust_count);
}
