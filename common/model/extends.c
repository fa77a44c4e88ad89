/* extends.c -- may one version of a model replace another? */
#include <string.h>

#include "linli/model.h"

/* Two names, either of which may be NULL. */
static bool same_name(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *entity_name(const struct entity *entity)
{
	return entity != NULL ? entity->name : NULL;
}

static const char *field_name(const struct field *field)
{
	return field != NULL ? field->name : NULL;
}

/*
 * Every member of ${older} is still there, in the same order and as
 * terminal as it was: the order of states decides merges (rule forward).
 * New members may stand anywhere.
 */
static bool members_extend(const struct field *newer, const struct field *older,
	struct err *err)
{
	size_t i, at = 0;

	for (i = 0; i < older->member_count; i++) {
		const struct enum_member *member = &older->members[i];

		while (at < newer->member_count &&
			strcmp(newer->members[at].name, member->name) != 0) {
			at++;
		}
		if (at == newer->member_count) {
			return err_set(err, ERR_MODEL, "member '%s' is gone or was moved",
				member->name);
		}
		if (newer->members[at].terminal != member->terminal) {
			return err_set(err, ERR_MODEL, "member '%s' changed its terminal",
				member->name);
		}
		at++;
	}
	return true;
}

static bool field_extends(const struct field *newer, const struct field *older, struct err *err)
{
	if (strcmp(newer->name, older->name) != 0) {
		return err_set(err, ERR_MODEL, "'%s' stands there now", newer->name);
	}
	if (newer->type != older->type) {
		return err_set(err, ERR_MODEL, "its type changed");
	}
	if (newer->rule != older->rule) {
		return err_set(err, ERR_MODEL, "its rule changed from %s to %s",
			rule_name(older->rule), rule_name(newer->rule));
	}
	if (newer->scope != older->scope) {
		return err_set(err, ERR_MODEL, "its scope changed");
	}
	if (!same_name(entity_name(newer->reference), entity_name(older->reference))) {
		return err_set(err, ERR_MODEL, "it refers to another entity");
	}
	return members_extend(newer, older, err);
}

static bool entity_extends(const struct entity *newer, const struct entity *older,
	struct err *err)
{
	size_t i;

	if (strcmp(newer->name, older->name) != 0) {
		return err_set(err, ERR_MODEL, "'%s' stands there now", newer->name);
	}
	if (newer->slug_ids != older->slug_ids) {
		return err_set(err, ERR_MODEL, "its key changed");
	}
	if (newer->district_writes != older->district_writes) {
		return err_set(err, ERR_MODEL, "its district_writes changed");
	}
	if (!same_name(field_name(newer->community), field_name(older->community))) {
		return err_set(err, ERR_MODEL, "its community is another field");
	}
	for (i = 0; i < older->field_count; i++) {
		if (i >= newer->field_count) {
			return err_set(err, ERR_MODEL, "fields[%zu] (%s): is gone", i,
				older->fields[i].name);
		}
		if (!field_extends(&newer->fields[i], &older->fields[i], err)) {
			return err_wrap(err, "fields[%zu] (%s)", i, older->fields[i].name);
		}
	}
	return true;
}

static size_t trust_count(const struct model *model)
{
	size_t count = 0;

	while (count < model->entity_count && model->entities[count].trust) {
		count++;
	}
	return count;
}

bool model_extends(const struct model *newer, const struct model *older, struct err *err)
{
	size_t i, trust = trust_count(older);

	if (strcmp(newer->name, older->name) != 0) {
		return err_set(err, ERR_MODEL, "it is called '%s', not '%s'", newer->name,
			older->name);
	}
	if (newer->version <= older->version) {
		return err_set(err, ERR_MODEL, "version %lld does not follow version %lld",
			(long long)newer->version, (long long)older->version);
	}
	/* The trust entities are this program's own on both sides. */
	for (i = trust; i < older->entity_count; i++) {
		const char *name = older->entities[i].name;

		if (i >= newer->entity_count) {
			return err_set(err, ERR_MODEL, "entities[%zu] (%s): is gone", i - trust,
				name);
		}
		if (!entity_extends(&newer->entities[i], &older->entities[i], err)) {
			return err_wrap(err, "entities[%zu] (%s)", i - trust, name);
		}
	}
	if (!same_name(newer->community_entity->name, older->community_entity->name) ||
		!same_name(newer->street_entity->name, older->street_entity->name)) {
		return err_set(err, ERR_MODEL, "places: other entities are named");
	}
	return true;
}
