/* test_line_check.c -- which lines fit a model; merge_line_check(). */
#include "test.h"

#include "merge.h"
#include "merge_entity.h"

static void check(const char *rest, enum scope_kind scope, enum err_code expected)
{
	struct buf text = { 0 };
	struct arena arena = { 0 };
	struct err err = { 0 };
	struct line line;

	buf_printf(&text, "{\"t\":1,\"e\":\"topic\",\"id\":%s}", rest);
	assert_ok(line_parse(&line, &arena, buf_as_view(&text), &err), &err);
	err.code = ERR_NONE;
	if (merge_line_check(&topic, &line, scope, &err) != (expected == ERR_NONE) ||
		err.code != expected) {
		fail_msg("%s: %s %s", rest, err_name(err.code), err.detail);
	}
	buf_clear(&text);
	arena_clear(&arena);
}

static void test_check__values_fit_their_fields(void **state)
{
	static const struct {
		const char *change;
		enum err_code expected;
	} cases[] = {
		{ "\"put\":{\"title\":\"a\\n\\tb\"}", ERR_NONE },
		{ "\"put\":{\"title\":\"a\\r\"}", ERR_VALUE },
		{ "\"put\":{\"title\":\"a\\u001b[2J\"}", ERR_VALUE },
		{ "\"put\":{\"title\":\"a\x7f\"}", ERR_VALUE },
		{ "\"put\":{\"title\":\"a\xc2\x9b\"}", ERR_VALUE },
		{ "\"put\":{\"title\":\"a\xc2\xa0\"}", ERR_NONE },
		{ "\"put\":{\"title\":5}", ERR_VALUE },
		{ "\"put\":{\"title\":null}", ERR_VALUE },
		{ "\"put\":{\"opened\":null}", ERR_NONE },
		{ "\"put\":{\"opened\":\"2024-02-29\"}", ERR_NONE },
		{ "\"put\":{\"opened\":\"2023-02-29\"}", ERR_VALUE },
		{ "\"put\":{\"points\":\"5\"}", ERR_VALUE },
		{ "\"put\":{\"points\":true}", ERR_VALUE },
		{ "\"put\":{\"done\":true}", ERR_NONE },
		{ "\"put\":{\"done\":1}", ERR_VALUE },
		{ "\"put\":{\"step\":\"done\"}", ERR_NONE },
		{ "\"put\":{\"step\":\"paused\"}", ERR_MODEL_NEWER },
		{ "\"put\":{\"course\":\"induction-1\"}", ERR_NONE },
		{ "\"put\":{\"course\":\"Induction\"}", ERR_VALUE },
		{ "\"put\":{\"photo\":\"abc\"}", ERR_VALUE },
		{ "\"put\":{\"photo\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		  "7852b855\"}", ERR_NONE },
		{ "\"in\":{\"roles\":[\"a\"]}", ERR_NONE },
		{ "\"in\":{\"roles\":[\"a\",\"a\x7f\"]}", ERR_VALUE },
		{ "\"put\":{\"unheard_of\":1}", ERR_MODEL_NEWER },
	};
	struct buf text = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&text);
		buf_printf(&text, "\"" ID "\",%s", cases[i].change);
		check(buf_str(&text), SCOPE_DISTRICT, cases[i].expected);
	}
	buf_clear(&text);
}

static void test_check__operations_fit_the_rule(void **state)
{
	(void)state;
	check("\"" ID "\",\"add\":{\"served\":1}", SCOPE_DISTRICT, ERR_NONE);
	check("\"" ID "\",\"put\":{\"served\":1}", SCOPE_DISTRICT, ERR_FORMAT);
	check("\"" ID "\",\"add\":{\"points\":1}", SCOPE_DISTRICT, ERR_FORMAT);
	check("\"" ID "\",\"put\":{\"roles\":\"a\"}", SCOPE_DISTRICT, ERR_FORMAT);
	check("\"" ID "\",\"in\":{\"title\":[\"a\"]}", SCOPE_DISTRICT, ERR_FORMAT);
	check("\"" ID "\",\"out\":{\"served\":[\"a\"]}", SCOPE_DISTRICT, ERR_FORMAT);
}

static void test_check__fields_stand_in_the_models_order(void **state)
{
	(void)state;
	check("\"" ID "\",\"put\":{\"title\":\"a\",\"area\":1}", SCOPE_DISTRICT, ERR_NONE);
	check("\"" ID "\",\"put\":{\"area\":1,\"title\":\"a\"}", SCOPE_DISTRICT, ERR_FORMAT);
	/* Each operation begins anew. */
	check("\"" ID "\",\"put\":{\"area\":1},\"add\":{\"served\":1}", SCOPE_DISTRICT, ERR_NONE);
	check("\"" ID "\",\"in\":{\"roles\":[\"a\",\"b\"]},\"out\":{\"roles\":[\"c\"]}",
		SCOPE_DISTRICT, ERR_NONE);
}

/* A community's field in a chain that the district reads would tell it a name. */
static void test_check__scope_of_the_chain_is_the_fields(void **state)
{
	(void)state;
	check("\"" ID "\",\"put\":{\"phone\":\"1\"}", SCOPE_DISTRICT, ERR_SCOPE);
	check("\"" ID "\",\"put\":{\"title\":\"a\"}", SCOPE_FEDERATION, ERR_SCOPE);
	check("\"" ID "\",\"put\":{\"name\":\"a\"}", SCOPE_FEDERATION, ERR_NONE);
	check("\"" ID "\",\"put\":{\"phone\":\"1\"},\"n\":\"AAAAAAAAAAA=\"", SCOPE_COMMUNITY,
		ERR_NONE);
	check("\"" ID "\",\"del\":true", SCOPE_DISTRICT, ERR_NONE);
}

/* Without a salt, what was erased could be guessed from its hash. */
static void test_check__salt_exactly_in_community_chains(void **state)
{
	(void)state;
	check("\"" ID "\",\"put\":{\"phone\":\"1\"}", SCOPE_COMMUNITY, ERR_FORMAT);
	check("\"" ID "\",\"del\":true", SCOPE_COMMUNITY, ERR_FORMAT);
	check("\"" ID "\",\"del\":true,\"n\":\"AAAAAAAAAAA=\"", SCOPE_COMMUNITY, ERR_NONE);
	check("\"" ID "\",\"del\":true,\"n\":\"AAAAAAAAAAA=\"", SCOPE_DISTRICT, ERR_FORMAT);
}

static void test_check__id_is_of_the_entitys_kind(void **state)
{
	(void)state;
	check("\"a-slug\",\"del\":true", SCOPE_DISTRICT, ERR_FORMAT);
	check("\"3f9a1c22d0b84e17.1.0\",\"del\":true", SCOPE_DISTRICT, ERR_FORMAT);
	check("\"3f9a1c22d0b84e17.01.1\",\"del\":true", SCOPE_DISTRICT, ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check__values_fit_their_fields),
		cmocka_unit_test(test_check__operations_fit_the_rule),
		cmocka_unit_test(test_check__fields_stand_in_the_models_order),
		cmocka_unit_test(test_check__scope_of_the_chain_is_the_fields),
		cmocka_unit_test(test_check__salt_exactly_in_community_chains),
		cmocka_unit_test(test_check__id_is_of_the_entitys_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
