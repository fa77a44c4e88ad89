/* test_model.c -- reading models, and telling where they are wrong. */
#include "test.h"

#include "linli/env.h"
#include "linli/model.h"

#define SAMPLES "tests/data/model"

static void read_sample(struct buf *out, const char *name)
{
	const struct env *env = env_system();
	char path[256];
	struct err err;

	buf_reset(out);
	snprintf(path, sizeof(path), "%s/%s", SAMPLES, name);
	assert_ok(env->read_file(env->ctx, out, path, MODEL_MAX_BYTES, &err), &err);
}

/* The smallest good model with the first ${find} replaced by ${put}. */
static void edited(struct buf *out, const char *find, const char *put)
{
	struct buf whole = { 0 };
	const char *at;

	read_sample(&whole, "smallest.none");
	at = strstr(buf_str(&whole), find);
	if (at == NULL) {
		fail_msg("the sample has no %s", find);
		return;
	}
	buf_reset(out);
	buf_add(out, whole.data, (size_t)(at - buf_str(&whole)));
	buf_text(out, put);
	buf_text(out, at + strlen(find));
	buf_clear(&whole);
}

static struct model *parse(const struct buf *json)
{
	struct model *model = NULL;
	struct err err;

	assert_ok(model_parse(&model, buf_as_view(json), &err), &err);
	return model;
}

static struct model *parse_edited(const char *find, const char *put)
{
	struct buf json = { 0 };
	struct model *model;

	edited(&json, find, put);
	model = parse(&json);
	buf_clear(&json);
	return model;
}

static void test_parse__reads_what_it_says(void **state)
{
	struct model *model = parse_edited("\"small\"", "\"small\"");
	const struct entity *club = model_entity(model, view_of("club"));
	const struct field *state_field = entity_field(club, view_of("state"));
	const struct field *members = entity_field(club, view_of("members"));
	const struct measure *clubs = model_measure(model, view_of("clubs"));

	(void)state;
	assert_string_equal(model->name, "small");
	assert_int_equal(model->version, 1);
	assert_string_equal(model->label.zh, "small中");
	assert_int_equal(club->field_count, 7);
	assert_ptr_equal(club->title, entity_field(club, view_of("name")));
	assert_ptr_equal(club->community, entity_field(club, view_of("community")));
	assert_int_equal(club->scopes, 1U << SCOPE_FEDERATION | 1U << SCOPE_DISTRICT);
	assert_int_equal(entity_field(club, view_of("founded_on"))->rule, RULE_FIRST);
	assert_int_equal(state_field->member_count, 3);
	assert_ptr_equal(field_member(state_field, view_of("ended")), &state_field->members[2]);
	assert_null(field_member(state_field, view_of("gone")));
	assert_true(members->has_min && members->has_max);
	assert_int_equal(members->max, 100);
	assert_ptr_equal(entity_field_labelled(club, view_of("members中")), members);
	assert_ptr_equal(entity_field_labelled(club, view_of("Members")), members);
	assert_ptr_equal(entity_field_labelled(club, view_of("members")), members);
	assert_null(entity_field_labelled(club, view_of("Leader")));
	assert_ptr_equal(clubs->records, club);
	assert_ptr_equal(clubs->breakdown_members, state_field->members);
	assert_string_equal(clubs->sql, "SELECT state AS breakdown, 1 AS value, id AS record"
		" FROM club\nWHERE community = :community");
	assert_int_equal(model_measure(model, view_of("size"))->aggregate, AGGREGATE_MEDIAN);
	assert_ptr_equal(model_indicator(model, view_of("share"))->over[0], clubs);
	assert_true(model_series(model, view_of("growth"))->items[0].up_is_good);
	assert_ptr_equal(model->community_entity, model_entity(model, view_of("community")));
	assert_string_equal(model->community_street->name, "street");
	assert_int_equal(strlen(model->sha256), 64);
	model_free(model);
}

/* The trust entities come first in every model, so that their place is fixed. */
static void test_parse__trust_comes_first(void **state)
{
	struct model *model = parse_edited("\"small\"", "\"small\"");
	const struct entity *device = &model->entities[0];
	size_t trust = 0, i;

	(void)state;
	assert_string_equal(device->name, "device");
	assert_true(device->trust && device->slug_ids && device->district_writes);
	assert_int_equal(device->scopes, 1U << SCOPE_FEDERATION);
	assert_string_equal(device->community->name, "community");
	while (model->entities[trust].trust) {
		trust++;
	}
	assert_true(model_entity(model, VIEW_LITERAL("verdict"))->index < trust);
	assert_string_equal(model->entities[trust].name, "street");
	for (i = trust; i < model->entity_count; i++) {
		assert_false(model->entities[i].trust);
	}
	model_free(model);
}

/* A newer state may be terminal; it is read with the state. */
static void test_parse__terminal_states(void **state)
{
	struct model *model = parse_edited("{\"name\":\"ended\",",
		"{\"terminal\":true,\"name\":\"ended\",");
	const struct entity *club = model_entity(model, view_of("club"));

	(void)state;
	assert_true(entity_field(club, view_of("state"))->members[2].terminal);
	assert_false(entity_field(club, view_of("state"))->members[1].terminal);
	model_free(model);
}

static void test_parse__refuses_each_hostile_sample(void **state)
{
	const struct env *env = env_system();
	struct buf names = { 0 }, json = { 0 };
	size_t at, count = 0;
	struct err err;

	(void)state;
	assert_ok(env->list_dir(env->ctx, &names, SAMPLES, &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1) {
		const char *name = (const char *)names.data + at;
		const char *expected = strrchr(name, '.') + 1;
		struct model *model = NULL;
		bool ok;

		err = (struct err){ 0 };
		read_sample(&json, name);
		ok = model_parse(&model, buf_as_view(&json), &err);
		if (strcmp(err_name(err.code), expected) != 0 || ok != (err.code == ERR_NONE)) {
			fail_msg("%s: %s, %s", name, err_name(err.code), err.detail);
		}
		assert_true((model != NULL) == ok);
		model_free(model);
		count++;
	}
	assert_true(count > 40);
	buf_clear(&names);
	buf_clear(&json);
}

/* Whoever writes a model is told where to look. */
static void test_parse__every_error_names_its_place(void **state)
{
	static const struct {
		const char *find, *put, *detail;
	} cases[] = {
		{ "\"rule\":\"first\"", "\"rule\":\"newest\"",
			"entities[2] (club) .fields[2] (founded_on): unknown rule 'newest'" },
		{ "\"format\":1", "\"format\":0", "member 'format' must be 1" },
		{ "\"version\":1", "\"version\":-1",
			"member 'version' must be from 1 to 2147483647" },
		{ "\"version\":1,", "", "member 'version' is missing" },
		{ "\"name\":\"small\"", "\"name\":\"小\"",
			"member 'name' must be 1 to 32 of a-z 0-9 -" },
		{ "\"zh\":\"small中\"", "\"zh\":7", "label: member 'zh' must be a text" },
		{ "\"street_name\":\"name\"", "\"street_name\":\"nom\"",
			"places: member 'street_name' names no field: 'nom'" },
		{ "\"zh\":\"founded_on中\"", "\"zh\":\"\"",
			"entities[2] (club) .fields[2] (founded_on) .label: member 'zh' is empty" },
		{ "\"name\":\"club\"", "\"name\":\"model\"",
			"entities[2] (model): the name is reserved" },
		{ "\"name\":\"club\"", "\"name\":\"Club\"",
			"entities[2]: 'Club' is no name: a small letter, then up to 31 of a-z 0-9 _" },
		{ "\"name\":\"club\"", "\"nom\":\"club\"", "entities[2]: unknown member 'nom'" },
		{ "\"title\":\"name\",\"community\"", "\"title\":\"visits\",\"community\"",
			"entities[2] (club): its title must be a single text" },
		{ "\"max\":100", "\"max\":-100",
			"entities[2] (club) .fields[3] (members): min is greater than max" },
		{ "\"max\":100", "\"max\":1.5",
			"entities[2] (club) .fields[3] (members): member 'max' must be a whole number" },
		{ "{\"name\":\"ended\",", "{\"name\":\"new\",",
			"entities[2] (club) .fields[4] (state) .members[2] (new): "
			"there are two of that name" },
		{ "\"name\":\"visits\"", "\"name\":\"members\"",
			"entities[2] (club) .fields[5] (members): there are two of that name" },
		{ "\"rule\":\"sum\"", "\"rule\":\"union\"",
			"entities[2] (club) .fields[5] (visits): rule union does not go with type integer" },
		{ "\"sentence\"", "\"sentance\"",
			"entities[2] (club) .checks[0]: unknown member 'sentance'" },
		{ "WHERE id = :id", "",
			"entities[2] (club) .derived[0] (twice): its SQL does not ask for :id" },
		{ "\"as_of\":true", "\"as_of\":false",
			"measures[0] (clubs): its SQL does not ask for :from and :to, and it is not as_of" },
		{ "\"breakdown_enum\":\"club.state\"", "\"breakdown_enum\":\"club.stat\"",
			"measures[0] (clubs): member 'breakdown_enum' must be entity.field of an enum" },
		{ "\"aggregate\":\"median\"", "\"aggregate\":\"average\"",
			"measures[1] (size): unknown aggregate 'average'" },
		{ "\"over\":[\"clubs\"]", "\"over\":[\"clubs\",\"size\"]",
			"indicators[0] (share) .over[1]: 'size' is a median, no count" },
		{ "\"plus\":[\"clubs\"]", "\"plus\":[\"club\"]",
			"indicators[0] (share) .plus[0]: unknown measure 'club'" },
		{ "\"good\":\"up\"", "\"good\":\"high\"",
			"series[0] (growth) .items[0] (clubs): unknown direction 'high'" },
		{ "\"name\":\"growth\"", "\"name\":\"share\"",
			"series[0] (share): there are two of that name" },
		/* What is quoted is cut short between characters and tamed. */
		{ "\"type\":\"integer\",\"min\"",
			"\"type\":\"整数整数整数整数整数整数整数整数整数\",\"min\"",
			"entities[2] (club) .fields[3] (members): "
			"unknown type '整数整数整数整数整数整数整...'" },
		{ "\"format\":1", "\"format\":1,\"a\\u001b[31m\":0", "unknown member 'a?[31m'" },
	};
	struct model *model = NULL;
	struct buf json = { 0 };
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		edited(&json, cases[i].find, cases[i].put);
		assert_refused(model_parse(&model, buf_as_view(&json), &err), &err, ERR_MODEL);
		assert_string_equal(err.detail, cases[i].detail);
	}
	buf_clear(&json);
}

/* Not strict JSON: the line is named. */
static void test_parse__syntax_errors_name_line_and_column(void **state)
{
	struct model *model = NULL;
	struct err err;

	(void)state;
	assert_refused(model_parse(&model, view_of("{\n\"format\": 01}"), &err), &err, ERR_MODEL);
	assert_non_null(strstr(err.detail, "line 2"));
}

static void test_parse__too_large_is_refused_before_it_is_read(void **state)
{
	struct model *model = NULL;
	struct buf json = { 0 };
	struct err err;

	(void)state;
	assert_non_null(buf_grow(&json, MODEL_MAX_BYTES + 1));
	assert_refused(model_parse(&model, buf_as_view(&json), &err), &err, ERR_TOO_LARGE);
	buf_clear(&json);
}

/* What a federation has gathered under version 1 still reads under version 2. */
static void test_extends__takes_what_only_appends(void **state)
{
	static const struct {
		const char *find, *put;
	} changes[] = {
		{ "\"version\":1", "\"version\":2" },
		/* labels, ranges and checks are free to change */
		{ "\"version\":1,\"label\":{\"zh\":\"small中\"",
			"\"version\":2,\"label\":{\"zh\":\"小模型\"" },
		{ "\"version\":1", "\"version\":7" },
	};
	struct model *older = parse_edited("\"small\"", "\"small\""), *newer;
	struct buf json = { 0 }, more = { 0 };
	struct err err;
	const char *at;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		newer = parse_edited(changes[i].find, changes[i].put);
		assert_ok(model_extends(newer, older, &err), &err);
		model_free(newer);
	}
	/* A field at the end, and a state between others. */
	edited(&json, "\"version\":1", "\"version\":2");
	at = strstr(buf_str(&json), "{\"name\":\"photos\"");
	assert_non_null(at);
	buf_add(&more, json.data, (size_t)(at - buf_str(&json)));
	at = strchr(at, '}') + 1; /* the label's end */
	buf_text(&more, "{\"name\":\"photos\",\"label\":{\"zh\":\"照片\",\"en\":\"Pictures\"}");
	buf_text(&more, ",\"type\":\"file\",\"rule\":\"union\"},{\"name\":\"leader\",");
	buf_text(&more, "\"label\":{\"zh\":\"负责人\",\"en\":\"Leader\"},\"type\":\"text\"");
	at = strchr(at, '}');
	buf_text(&more, at);
	newer = parse(&more);
	assert_int_equal(model_entity(newer, view_of("club"))->field_count, 8);
	assert_ok(model_extends(newer, older, &err), &err);
	assert_refused(model_extends(older, newer, &err), &err, ERR_MODEL);
	model_free(newer);
	model_free(older);
	buf_clear(&json);
	buf_clear(&more);
}

static void test_extends__names_the_first_difference(void **state)
{
	static const struct {
		const char *find, *put, *detail;
	} cases[] = {
		{ "\"name\":\"small\"", "\"name\":\"large\"", "it is called 'large', not 'small'" },
		{ "\"name\":\"founded_on\"", "\"name\":\"began_on\"",
			"entities[2] (club): fields[2] (founded_on): 'began_on' stands there now" },
		{ "\"type\":\"date\"", "\"type\":\"text\"",
			"entities[2] (club): fields[2] (founded_on): its type changed" },
		{ "\"rule\":\"first\"", "\"rule\":\"latest\"",
			"entities[2] (club): fields[2] (founded_on): "
			"its rule changed from first to latest" },
		{ "\"scope\":\"district\"", "\"scope\":\"federation\"",
			"entities[2] (club): fields[2] (founded_on): its scope changed" },
		{ "{\"name\":\"running\",", "{\"name\":\"going\",",
			"entities[2] (club): fields[4] (state): member 'running' is gone or was moved" },
		{ "{\"name\":\"ended\",", "{\"terminal\":true,\"name\":\"ended\",",
			"entities[2] (club): fields[4] (state): member 'ended' changed its terminal" },
		{ "\"name\":\"club\"", "\"name\":\"team\"",
			"entities[2] (club): 'team' stands there now" },
	};
	struct model *older = parse_edited("\"small\"", "\"small\""), *newer;
	struct buf json = { 0 };
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *at;

		edited(&json, cases[i].find, cases[i].put);
		at = strstr((char *)json.data, "\"version\":1");
		at[strlen("\"version\":")] = '2';
		/* What only this one entity is called elsewhere in the sample. */
		if (strcmp(cases[i].put, "\"name\":\"team\"") == 0) {
			at = strstr((char *)json.data, "\"measures\":");
			at[0] = '\0';
			json.len = strlen((char *)json.data) - 1;
			buf_text(&json, "}");
		}
		newer = parse(&json);
		assert_refused(model_extends(newer, older, &err), &err, ERR_MODEL);
		assert_string_equal(err.detail, cases[i].detail);
		model_free(newer);
	}
	newer = parse_edited("\"small\"", "\"small\"");
	assert_refused(model_extends(newer, older, &err), &err, ERR_MODEL);
	assert_string_equal(err.detail, "version 1 does not follow version 1");
	model_free(newer);
	model_free(older);
	buf_clear(&json);
}

static void test_rules__have_names_and_numbers(void **state)
{
	(void)state;
	assert_string_equal(rule_name(RULE_LATEST), "latest");
	assert_string_equal(rule_name(RULE_REVIEW), "review");
	assert_string_equal(rule_name(RULE_DELETE), "delete");
	assert_string_equal(rule_number(RULE_LATEST), "M1");
	assert_string_equal(rule_number(RULE_DELETE), "M10");
}

static void test_builtin__parses(void **state)
{
	struct model *model = NULL;
	struct err err;

	(void)state;
	assert_ok(model_parse(&model, model_builtin(), &err), &err);
	assert_string_equal(model->name, "gongshu");
	assert_non_null(model_entity(model, view_of("club")));
	assert_true(view_equal(model->document, model_builtin()));
	model_free(model);
	model_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse__reads_what_it_says),
		cmocka_unit_test(test_parse__trust_comes_first),
		cmocka_unit_test(test_parse__terminal_states),
		cmocka_unit_test(test_parse__refuses_each_hostile_sample),
		cmocka_unit_test(test_parse__every_error_names_its_place),
		cmocka_unit_test(test_parse__syntax_errors_name_line_and_column),
		cmocka_unit_test(test_parse__too_large_is_refused_before_it_is_read),
		cmocka_unit_test(test_extends__takes_what_only_appends),
		cmocka_unit_test(test_extends__names_the_first_difference),
		cmocka_unit_test(test_rules__have_names_and_numbers),
		cmocka_unit_test(test_builtin__parses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
