/* lookup.c -- finding parts of a model by name; see linli/model.h. */
#include "linli/model.h"

const struct entity *model_entity(const struct model *model, struct view name)
{
	size_t i;

	for (i = 0; i < model->entity_count; i++) {
		if (view_is(name, model->entities[i].name)) {
			return &model->entities[i];
		}
	}
	return NULL;
}

const struct field *entity_field(const struct entity *entity, struct view name)
{
	size_t i;

	for (i = 0; i < entity->field_count; i++) {
		if (view_is(name, entity->fields[i].name)) {
			return &entity->fields[i];
		}
	}
	return NULL;
}

const struct field *entity_field_labelled(const struct entity *entity, struct view name)
{
	const struct field *field = entity_field(entity, name);
	size_t i;

	for (i = 0; field == NULL && i < entity->field_count; i++) {
		if (view_is(name, entity->fields[i].label.zh) ||
			view_is(name, entity->fields[i].label.en)) {
			field = &entity->fields[i];
		}
	}
	return field;
}

const struct enum_member *field_member(const struct field *field, struct view name)
{
	size_t i;

	for (i = 0; i < field->member_count; i++) {
		if (view_is(name, field->members[i].name)) {
			return &field->members[i];
		}
	}
	return NULL;
}

const struct measure *model_measure(const struct model *model, struct view name)
{
	size_t i;

	for (i = 0; i < model->measure_count; i++) {
		if (view_is(name, model->measures[i].name)) {
			return &model->measures[i];
		}
	}
	return NULL;
}

const struct indicator *model_indicator(const struct model *model, struct view name)
{
	size_t i;

	for (i = 0; i < model->indicator_count; i++) {
		if (view_is(name, model->indicators[i].name)) {
			return &model->indicators[i];
		}
	}
	return NULL;
}

const struct series *model_series(const struct model *model, struct view name)
{
	size_t i;

	for (i = 0; i < model->series_count; i++) {
		if (view_is(name, model->series[i].name)) {
			return &model->series[i];
		}
	}
	return NULL;
}

/* In the order of enum merge_rule, which is that of docs/merge-rules.md. */
static const struct {
	const char *name, *number;
} rules[RULES] = {
	[RULE_LATEST] = { "latest", "M1" },
	[RULE_FIRST] = { "first", "M2" },
	[RULE_OWNER] = { "owner", "M3" },
	[RULE_FORWARD] = { "forward", "M4" },
	[RULE_MAX] = { "max", "M5" },
	[RULE_MIN] = { "min", "M6" },
	[RULE_SUM] = { "sum", "M7" },
	[RULE_UNION] = { "union", "M8" },
	[RULE_REVIEW] = { "review", "M9" },
	[RULE_DELETE] = { "delete", "M10" },
};

const char *rule_name(enum merge_rule rule)
{
	return (unsigned)rule < RULES ? rules[rule].name : "unknown";
}

const char *rule_number(enum merge_rule rule)
{
	return (unsigned)rule < RULES ? rules[rule].number : "M0";
}
