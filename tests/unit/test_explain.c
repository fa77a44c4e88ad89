/* test_explain.c -- a figure opened down to the signatures under it. */
#include "test.h"

#include <jansson.h>

#include "explain_json.h"
#include "figures_asked.h"

static json_t *explained(struct node *node, struct explain_query query, const char *period)
{
	struct buf out = { 0 };
	json_t *root;
	struct err err;

	assert_ok(period_parse(&query.period, view_of(period), &err), &err);
	assert_ok(explain_to_json(&out, node, &query, &err), &err);
	root = json_loads(buf_str(&out), JSON_REJECT_DUPLICATES, NULL);
	if (root == NULL) {
		fail_msg("no JSON: %s", buf_str(&out));
	}
	buf_clear(&out);
	return root;
}

static json_t *at(json_t *root, const char *list, size_t index)
{
	json_t *item = json_array_get(json_object_get(root, list), index);

	assert_non_null(item);
	return item;
}

static const char *text_of(json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static size_t count_of(json_t *object, const char *list)
{
	assert_true(json_is_array(json_object_get(object, list)));
	return json_array_size(json_object_get(object, list));
}

static int64_t number_of(json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* Every number opens: communities, records, lines, and the bundle that was signed. */
static void test_explain__reaches_the_signature(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	json_t *root = explained(district, (struct explain_query){ .figure = "activity_served" },
		"2024-Q1");
	json_t *part = at(root, "parts", 0), *community, *record, *line, *bundle;

	assert_int_equal(number_of(at(root, "figures", 0), "value"), 95);
	assert_int_equal(count_of(root, "parts"), 1);
	assert_int_equal(number_of(part, "value"), 95);
	assert_int_equal(count_of(part, "communities"), 2);
	community = at(part, "communities", 1);
	assert_string_equal(text_of(community, "community"), "zhizunong");
	assert_int_equal(number_of(community, "value"), 80);
	assert_int_equal(number_of(community, "rows"), 2);
	assert_int_equal(count_of(community, "records"), 2);
	record = at(community, "records", 0);
	assert_string_equal(text_of(record, "entity"), "activity");
	assert_int_equal(number_of(record, "value"), 40);
	line = at(record, "lines", 0);
	assert_int_equal(count_of(root, "bundles"), 2);
	bundle = at(root, "bundles", 0);
	if (strcmp(text_of(bundle, "bundle"), text_of(line, "bundle")) != 0) {
		bundle = at(root, "bundles", 1);
	}
	assert_string_equal(text_of(bundle, "bundle"), text_of(line, "bundle"));
	assert_string_equal(text_of(bundle, "device"), text_of(line, "device"));
	assert_string_equal(text_of(bundle, "signer"), "知足弄社区");
	assert_int_equal(strlen(text_of(bundle, "hash")), 64);
	assert_memory_equal(text_of(bundle, "signature"), "-----BEGIN SSH SIGNATURE-----\n", 30);
	json_decref(root);
}

/* Place, breakdown and limit narrow what is shown, and say how much there is. */
static void test_explain__is_narrowed(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	json_t *root = explained(district, (struct explain_query){ .figure = "activity_served",
						     .place = "潮鸣街道", .limit = 1 }, "2024");
	json_t *part = at(root, "parts", 0), *community = at(part, "communities", 0);

	assert_int_equal(count_of(part, "communities"), 1);
	assert_int_equal(number_of(community, "value"), 120);
	assert_int_equal(number_of(community, "rows"), 3);
	assert_int_equal(count_of(community, "records"), 1);
	json_decref(root);
	root = explained(district, (struct explain_query){ .figure = "activity_served",
					     .breakdown = "anti_fraud" }, "2024");
	part = at(root, "parts", 0);
	assert_int_equal(count_of(root, "figures"), 1);
	assert_int_equal(number_of(at(root, "figures", 0), "value"), 40);
	assert_int_equal(number_of(part, "value"), 40);
	assert_int_equal(count_of(at(part, "communities", 0), "records"), 1);
	json_decref(root);
	/* A community opens its own; what it has not signed yet has no bundle. */
	activity(world, A, "2024-07-11", "9", "other");
	root = explained(world->nodes[A], (struct explain_query){ .figure = "activity_served" },
		"2024-07");
	part = at(root, "parts", 0);
	assert_int_equal(number_of(part, "value"), 49);
	assert_int_equal(count_of(root, "bundles"), 1);
	assert_true(json_is_null(json_object_get(at(at(at(part, "communities", 0), "records", 1),
							 "lines", 0), "bundle")));
	json_decref(root);
}

/* A ratio opens into both of its sides, a series into each figure that it watches. */
static void test_explain__opens_indicators_and_series(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct record_id compound;
	json_t *root;
	char of[64];

	world_put(world, A, &compound, "compound", "name=望澜府", "eligible=true", NULL);
	record_id_print(of + 9, compound.bytes, compound.len, false);
	memcpy(of, "compound=", 9);
	world_put(world, A, NULL, "owners_committee", of, "term=1", "step=formed",
		"formed_on=2024-02-01", NULL);
	world_send(world, A, DISTRICT);
	root = explained(district, (struct explain_query){ .figure = "committee_coverage" },
		"2024-Q1");
	assert_int_equal(count_of(root, "parts"), 2);
	assert_string_equal(text_of(at(root, "parts", 0), "measure"), "committee_formed");
	assert_string_equal(text_of(at(root, "parts", 0), "role"), "plus");
	assert_string_equal(text_of(at(root, "parts", 1), "measure"), "committee_eligible");
	assert_string_equal(text_of(at(root, "parts", 1), "role"), "over");
	assert_int_equal(number_of(at(root, "parts", 1), "value"), 1);
	json_decref(root);
	root = explained(district, (struct explain_query){ .figure = "three_up_one_down" }, "2024");
	assert_int_equal(count_of(root, "figures"), 4);
	assert_int_equal(count_of(root, "parts"), 6);
	assert_string_equal(text_of(at(root, "parts", 5), "figure"), "disputes_opened");
	assert_int_equal(count_of(at(root, "parts", 5), "communities"), 0);
	json_decref(root);
}

static void test_explain__unknown_names_are_refused(void **state)
{
	struct world *world = *state;
	struct explain_query query = { .figure = "nothing" };
	struct buf out = { 0 };
	struct err err;

	assert_ok(period_parse(&query.period, VIEW_LITERAL("2024"), &err), &err);
	assert_refused(explain_to_json(&out, world->nodes[DISTRICT], &query, &err), &err,
		ERR_NOT_FOUND);
	query = (struct explain_query){ .figure = "club_count", .period = query.period,
		.place = "nowhere" };
	assert_refused(explain_to_json(&out, world->nodes[DISTRICT], &query, &err), &err,
		ERR_NOT_FOUND);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)
		IN_WORLD(test_explain__reaches_the_signature),
		IN_WORLD(test_explain__is_narrowed),
		IN_WORLD(test_explain__opens_indicators_and_series),
		IN_WORLD(test_explain__unknown_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
