/*
 * fuzz_model.c -- a model that is taken is whole: everything in it is found
 * by its name, points into it, and is there again when it is read again.
 */
#include <assert.h>
#include <string.h>

#include "linli/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_entity(const struct model *model, const struct entity *entity)
{
	size_t i;

	assert(model_entity(model, view_of(entity->name)) == entity);
	assert(entity->field_count > 0 && entity->field_count <= MODEL_MAX_FIELDS);
	for (i = 0; i < entity->field_count; i++) {
		const struct field *field = &entity->fields[i];

		assert(entity_field(entity, view_of(field->name)) == field);
		assert(entity_field_labelled(entity, view_of(field->label.zh)) == field);
		assert(field->index == i && field->rule < RULE_DELETE);
		assert((field->type == FIELD_ENUM) == (field->member_count != 0));
		assert((field->type == FIELD_REFERENCE) == (field->reference != NULL));
		assert(field->reference == NULL ||
			model_entity(model, view_of(field->reference->name)) == field->reference);
		assert(entity->scopes & 1U << field->scope);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct model *model = NULL, *again = NULL;
	struct err err = { 0 };
	size_t i;

	if (!model_parse(&model, (struct view){ (const char *)data, len }, &err)) {
		assert(model == NULL && err.code != ERR_NONE && err.detail[0] != '\0');
		return 0;
	}
	assert(model->entity_count <= MODEL_MAX_ENTITIES);
	for (i = 0; i < model->entity_count; i++) {
		assert(model->entities[i].index == i);
		check_entity(model, &model->entities[i]);
	}
	assert(model->community_entity->slug_ids && model->community_entity->district_writes);
	for (i = 0; i < model->measure_count; i++) {
		assert(strstr(model->measures[i].sql, ":community") != NULL);
	}
	assert(!model_extends(model, model, &err));
	assert(model_parse(&again, model->document, &err));
	assert(strcmp(again->sha256, model->sha256) == 0);
	assert(again->entity_count == model->entity_count);
	model_free(again);
	model_free(model);
	return 0;
}
