/* measures.c -- measures, indicators and series. */
#include <string.h>

#include "sections.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const aggregate_words[] = { "sum", "distinct", "median", "max" };
static const struct reader_words aggregates = { "aggregate", aggregate_words,
	COUNT(aggregate_words) };

/* Measures, indicators and series are asked for by name in one place. */
static bool name_is_free(struct reader *r, const struct model *model, const char *name)
{
	struct view view = view_of(name);

	if (model_measure(model, view) != NULL || model_indicator(model, view) != NULL ||
		model_series(model, view) != NULL) {
		return reader_fail(r, ERR_MODEL, "there are two of that name");
	}
	return true;
}

/* "activity.kind" */
static bool read_breakdown_enum(struct reader *r, const struct model *model, json_t *value,
	struct measure *measure)
{
	json_t *member = json_object_get(value, "breakdown_enum");
	const char *text = json_string_value(member), *dot;
	const struct entity *entity;
	const struct field *field = NULL;
	struct view copy;

	if (member == NULL) {
		return true;
	}
	dot = text != NULL ? strchr(text, '.') : NULL;
	if (dot != NULL) {
		entity = model_entity(model, (struct view){ text, (size_t)(dot - text) });
		field = entity != NULL ? entity_field(entity, view_of(dot + 1)) : NULL;
	}
	if (field == NULL || field->type != FIELD_ENUM) {
		return reader_fail(r, ERR_MODEL,
			"member 'breakdown_enum' must be entity.field of an enum");
	}
	copy = arena_copy(r->arena, view_of(text));
	if (copy.data == NULL) {
		return err_nomem(r->err);
	}
	measure->breakdown_enum = copy.data;
	measure->breakdown_members = field->members;
	measure->breakdown_member_count = field->member_count;
	return true;
}

static bool read_breakdown(struct reader *r, const struct model *model, json_t *value,
	struct measure *measure)
{
	bool by_enum = json_object_get(value, "breakdown_enum") != NULL;
	bool own = json_object_get(value, "breakdown_members") != NULL;

	if (!reader_optional_label(r, value, "breakdown", &measure->breakdown)) {
		return false;
	}
	if ((by_enum || own) && measure->breakdown.zh[0] == '\0') {
		return reader_fail(r, ERR_MODEL, "member 'breakdown' is missing");
	}
	if (by_enum && own) {
		return reader_fail(r, ERR_MODEL,
			"has both 'breakdown_enum' and 'breakdown_members'");
	}
	if (own) {
		return entities_read_members(r, value, "breakdown_members", false,
			&measure->breakdown_members, &measure->breakdown_member_count);
	}
	return read_breakdown_enum(r, model, value, measure);
}

static bool read_records(struct reader *r, const struct model *model, json_t *value,
	struct measure *measure)
{
	char shown[READER_SHOWN_BYTES];
	const char *name;

	if (!reader_optional_name(r, value, "records", &name)) {
		return false;
	}
	if (name == NULL) {
		return true;
	}
	measure->records = model_entity(model, view_of(name));
	return measure->records != NULL ? true :
		reader_fail(r, ERR_MODEL, "member 'records' names no entity: '%s'",
			reader_shown(shown, name));
}

static bool read_measure(struct reader *r, const struct model *model, json_t *value,
	struct measure *measure)
{
	static const char *const known[] = { "name", "label", "aggregate", "type", "records",
		"breakdown", "breakdown_enum", "breakdown_members", "unit", "as_of", "per_record",
		"small_below", "sql", NULL };
	size_t aggregate, type;

	if (!reader_object(r, value, known) || !reader_name(r, value, "name", &measure->name)) {
		return false;
	}
	reader_called(r, measure->name);
	if (!name_is_free(r, model, measure->name) ||
		!reader_label(r, value, "label", &measure->label) ||
		!reader_word(r, value, "aggregate", &aggregates, AGGREGATE_SUM, &aggregate) ||
		!reader_word(r, value, "type", &entities_types, FIELD_INTEGER, &type) ||
		!reader_optional_label(r, value, "unit", &measure->unit) ||
		!reader_flag(r, value, "as_of", &measure->as_of) ||
		!reader_flag(r, value, "per_record", &measure->per_record) ||
		(json_object_get(value, "small_below") != NULL &&
			!reader_integer(r, value, "small_below", 2, MEASURE_SMALL_MAX,
				&measure->small_below)) ||
		!reader_sql(r, value, "sql", &measure->sql) ||
		!read_records(r, model, value, measure) ||
		!read_breakdown(r, model, value, measure)) {
		return false;
	}
	measure->aggregate = (enum aggregate)aggregate;
	measure->type = (enum field_type)type;
	if (type != FIELD_INTEGER && type != FIELD_MONEY && type != FIELD_AREA) {
		return reader_fail(r, ERR_MODEL, "a measure counts integer, money or area");
	}
	if (measure->per_record && measure->records == NULL) {
		return reader_fail(r, ERR_MODEL, "is 'per_record' and names no 'records'");
	}
	if (strstr(measure->sql, ":community") == NULL) {
		return reader_fail(r, ERR_MODEL, "its SQL does not ask for :community");
	}
	if (!measure->as_of && (strstr(measure->sql, ":from") == NULL ||
				       strstr(measure->sql, ":to") == NULL)) {
		return reader_fail(r, ERR_MODEL,
			"its SQL does not ask for :from and :to, and it is not as_of");
	}
	return true;
}

static bool read_measures(struct reader *r, struct model *model, json_t *root)
{
	struct measure *measures;
	json_t *list;
	size_t i, count;

	if (!reader_list(r, root, "measures", 0, MODEL_MAX_MEASURES, &list, &count) ||
		(measures = reader_array(r, count, sizeof(*measures))) == NULL) {
		return false;
	}
	model->measures = measures;
	for (i = 0; i < count; i++) {
		reader_enter(r, "measures", i);
		if (!read_measure(r, model, json_array_get(list, i), &measures[i])) {
			return false;
		}
		model->measure_count = i + 1;
		reader_leave(r);
	}
	return true;
}

/* A list of measures that may be added up. */
static bool read_terms(struct reader *r, const struct model *model, json_t *value,
	const char *member, size_t min, const struct measure *const **out, size_t *count)
{
	char shown[READER_SHOWN_BYTES];
	const struct measure **terms;
	json_t *list;
	size_t i;

	if (!reader_list(r, value, member, min, MODEL_MAX_TERMS, &list, count) ||
		(terms = reader_array(r, *count, sizeof(*terms))) == NULL) {
		return false;
	}
	*out = terms;
	for (i = 0; i < *count; i++) {
		json_t *name = json_array_get(list, i);

		reader_enter(r, member, i);
		if (!json_is_string(name)) {
			return reader_fail(r, ERR_MODEL, "must be a text");
		}
		terms[i] = model_measure(model, view_of(json_string_value(name)));
		if (terms[i] == NULL) {
			return reader_fail(r, ERR_MODEL, "unknown measure '%s'",
				reader_shown(shown, json_string_value(name)));
		}
		if (terms[i]->aggregate != AGGREGATE_SUM &&
			terms[i]->aggregate != AGGREGATE_DISTINCT) {
			return reader_fail(r, ERR_MODEL, "'%s' is a %s, no count", terms[i]->name,
				aggregate_words[terms[i]->aggregate]);
		}
		reader_leave(r);
	}
	return true;
}

/* Broken down, every part of the expression must have the same parts. */
static bool check_breakdowns(struct reader *r, const struct indicator *indicator)
{
	const struct label *first = &indicator->plus[0]->breakdown;
	const struct measure *const *lists[] = { indicator->plus, indicator->minus,
		indicator->over };
	const size_t counts[] = { indicator->plus_count, indicator->minus_count,
		indicator->over_count };
	size_t i, j;

	for (i = 0; indicator->by_breakdown && i < COUNT(lists); i++) {
		for (j = 0; j < counts[i]; j++) {
			const struct measure *measure = lists[i][j];

			if (measure->breakdown.zh[0] == '\0' ||
				strcmp(measure->breakdown.zh, first->zh) != 0) {
				return reader_fail(r, ERR_MODEL,
					"by_breakdown, but '%s' is not broken down alike",
					measure->name);
			}
		}
	}
	return true;
}

static bool read_indicator(struct reader *r, const struct model *model, json_t *value,
	struct indicator *indicator)
{
	static const char *const known[] = { "name", "label", "plus", "minus", "over",
		"by_breakdown", "percent", "unit", NULL };

	if (!reader_object(r, value, known) ||
		!reader_name(r, value, "name", &indicator->name)) {
		return false;
	}
	reader_called(r, indicator->name);
	if (!name_is_free(r, model, indicator->name) ||
		!reader_label(r, value, "label", &indicator->label) ||
		!read_terms(r, model, value, "plus", 1, &indicator->plus,
			&indicator->plus_count) ||
		!read_terms(r, model, value, "minus", 0, &indicator->minus,
			&indicator->minus_count) ||
		!read_terms(r, model, value, "over", 0, &indicator->over,
			&indicator->over_count) ||
		!reader_flag(r, value, "by_breakdown", &indicator->by_breakdown) ||
		!reader_flag(r, value, "percent", &indicator->percent) ||
		!reader_optional_label(r, value, "unit", &indicator->unit)) {
		return false;
	}
	if (indicator->percent && indicator->over_count == 0) {
		return reader_fail(r, ERR_MODEL, "percent, but member 'over' is missing");
	}
	return check_breakdowns(r, indicator);
}

static bool read_indicators(struct reader *r, struct model *model, json_t *root)
{
	struct indicator *indicators;
	json_t *list;
	size_t i, count;

	if (!reader_list(r, root, "indicators", 0, MODEL_MAX_INDICATORS, &list, &count) ||
		(indicators = reader_array(r, count, sizeof(*indicators))) == NULL) {
		return false;
	}
	model->indicators = indicators;
	for (i = 0; i < count; i++) {
		reader_enter(r, "indicators", i);
		if (!read_indicator(r, model, json_array_get(list, i), &indicators[i])) {
			return false;
		}
		model->indicator_count = i + 1;
		reader_leave(r);
	}
	return true;
}

static bool read_item(struct reader *r, const struct model *model, json_t *value,
	struct series_item *item)
{
	static const char *const known[] = { "figure", "good", "label", NULL };
	static const char *const direction_words[] = { "down", "up" };
	static const struct reader_words directions = { "direction", direction_words, 2 };
	char shown[READER_SHOWN_BYTES];
	size_t up;

	if (!reader_object(r, value, known) || !reader_name(r, value, "figure", &item->figure)) {
		return false;
	}
	reader_called(r, item->figure);
	if (model_measure(model, view_of(item->figure)) == NULL &&
		model_indicator(model, view_of(item->figure)) == NULL) {
		return reader_fail(r, ERR_MODEL, "unknown figure '%s'",
			reader_shown(shown, item->figure));
	}
	if (!reader_word(r, value, "good", &directions, SIZE_MAX, &up) ||
		!reader_label(r, value, "label", &item->label)) {
		return false;
	}
	item->up_is_good = up != 0;
	return true;
}

static bool read_one_series(struct reader *r, const struct model *model, json_t *value,
	struct series *series)
{
	static const char *const known[] = { "name", "label", "items", NULL };
	struct series_item *items;
	json_t *list;
	size_t i;

	if (!reader_object(r, value, known) || !reader_name(r, value, "name", &series->name)) {
		return false;
	}
	reader_called(r, series->name);
	if (!name_is_free(r, model, series->name) ||
		!reader_label(r, value, "label", &series->label) ||
		!reader_list(r, value, "items", 1, MODEL_MAX_SERIES_ITEMS, &list,
			&series->item_count) ||
		(items = reader_array(r, series->item_count, sizeof(*items))) == NULL) {
		return false;
	}
	for (i = 0; i < series->item_count; i++) {
		reader_enter(r, "items", i);
		if (!read_item(r, model, json_array_get(list, i), &items[i])) {
			return false;
		}
		reader_leave(r);
	}
	series->items = items;
	return true;
}

static bool read_series(struct reader *r, struct model *model, json_t *root)
{
	struct series *series;
	json_t *list;
	size_t i, count;

	if (!reader_list(r, root, "series", 0, MODEL_MAX_SERIES, &list, &count) ||
		(series = reader_array(r, count, sizeof(*series))) == NULL) {
		return false;
	}
	model->series = series;
	for (i = 0; i < count; i++) {
		reader_enter(r, "series", i);
		if (!read_one_series(r, model, json_array_get(list, i), &series[i])) {
			return false;
		}
		model->series_count = i + 1;
		reader_leave(r);
	}
	return true;
}

bool measures_read(struct reader *r, struct model *model, json_t *root)
{
	return read_measures(r, model, root) && read_indicators(r, model, root) &&
		read_series(r, model, root);
}
