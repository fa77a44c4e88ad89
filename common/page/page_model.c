/* page_model.c -- the model as a page needs it; see page_command.h. */
#include <string.h>

#include "emit.h"
#include "page_command.h"

static const char *const type_names[FIELD_TYPES] = { "text", "integer", "boolean", "date", "money",
	"area", "enum", "reference", "file" };
static const char *const scope_names[] = { [SCOPE_FEDERATION] = "federation",
	[SCOPE_DISTRICT] = "district", [SCOPE_COMMUNITY] = "community" };

static void label_json(struct buf *out, const char *name, const struct label *label)
{
	emit_key(out, name);
	emit_open(out, '{');
	emit_member(out, "zh", label->zh);
	emit_member(out, "en", label->en);
	emit_close(out, '}');
}

static void members_json(struct buf *out, const struct enum_member *members, size_t count)
{
	size_t i;

	emit_key(out, "members");
	emit_open(out, '[');
	for (i = 0; i < count; i++) {
		emit_open(out, '{');
		emit_member(out, "name", members[i].name);
		label_json(out, "label", &members[i].label);
		emit_member_bool(out, "terminal", members[i].terminal);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

static void bound_json(struct buf *out, const char *name, bool has, int64_t bound)
{
	emit_key(out, name);
	if (has) {
		emit_integer(out, bound);
	} else {
		emit_null(out);
	}
}

static void field_json(struct buf *out, const struct field *field)
{
	emit_open(out, '{');
	emit_member(out, "name", field->name);
	label_json(out, "label", &field->label);
	emit_member(out, "type", type_names[field->type]);
	emit_member(out, "rule", rule_name(field->rule));
	emit_member(out, "scope", scope_names[field->scope]);
	emit_member_bool(out, "required", field->required);
	bound_json(out, "min", field->has_min, field->min);
	bound_json(out, "max", field->has_max, field->max);
	emit_member(out, "reference", field->reference != NULL ? field->reference->name : NULL);
	emit_member(out, "unit", field->unit);
	members_json(out, field->members, field->member_count);
	emit_close(out, '}');
}

static void entity_json(struct buf *out, const struct entity *entity)
{
	size_t i;

	emit_open(out, '{');
	emit_member(out, "name", entity->name);
	label_json(out, "label", &entity->label);
	emit_member_bool(out, "district_writes", entity->district_writes);
	emit_member_bool(out, "always_reviewed", entity->always_reviewed);
	emit_member(out, "title", entity->title != NULL ? entity->title->name : NULL);
	emit_member(out, "community", entity->community != NULL ? entity->community->name : NULL);
	emit_key(out, "fields");
	emit_open(out, '[');
	for (i = 0; i < entity->field_count; i++) {
		field_json(out, &entity->fields[i]);
	}
	emit_close(out, ']');
	emit_close(out, '}');
}

static void measure_json(struct buf *out, const struct measure *measure)
{
	emit_open(out, '{');
	emit_member(out, "name", measure->name);
	label_json(out, "label", &measure->label);
	label_json(out, "unit", &measure->unit);
	emit_member(out, "type", type_names[measure->type]);
	emit_member(out, "records", measure->records != NULL ? measure->records->name : NULL);
	label_json(out, "breakdown", &measure->breakdown);
	members_json(out, measure->breakdown_members, measure->breakdown_member_count);
	emit_member_bool(out, "as_of", measure->as_of);
	emit_close(out, '}');
}

static void figures_json(struct buf *out, const struct model *model)
{
	size_t i;

	emit_key(out, "measures");
	emit_open(out, '[');
	for (i = 0; i < model->measure_count; i++) {
		measure_json(out, &model->measures[i]);
	}
	emit_close(out, ']');
	emit_key(out, "indicators");
	emit_open(out, '[');
	for (i = 0; i < model->indicator_count; i++) {
		emit_open(out, '{');
		emit_member(out, "name", model->indicators[i].name);
		label_json(out, "label", &model->indicators[i].label);
		label_json(out, "unit", &model->indicators[i].unit);
		emit_member_bool(out, "percent", model->indicators[i].percent);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

void page_model_json(struct buf *out, const struct model *model)
{
	size_t i;

	emit_begin(out);
	emit_member(out, "name", model->name);
	emit_member_integer(out, "version", model->version);
	label_json(out, "label", &model->label);
	emit_key(out, "entities");
	emit_open(out, '[');
	for (i = 0; i < model->entity_count; i++) {
		if (!model->entities[i].trust) {
			entity_json(out, &model->entities[i]);
		}
	}
	emit_close(out, ']');
	figures_json(out, model);
	emit_end(out);
}
