/* test_simulated.c -- what the simulation has found, each by itself (docs/simulation.md). */
#include "exchange_rig.h"
#include "linli/review.h"

static const struct entity *entity_of(struct node *node, const char *name)
{
	return model_entity(node_model(node), view_of(name));
}

static struct assignment set_text(const struct entity *entity, const char *field, const char *text)
{
	return (struct assignment){ entity_field(entity, view_of(field)), ASSIGN_SET,
		{ VALUE_TEXT, 0, view_of(text) } };
}

/* Nobody takes such a chain from the district: the change would be shown there for ever, alone. */
static void test_simulated__the_district_writes_no_communitys_own(void **state)
{
	struct rig rig;
	struct node *node;
	const struct entity *person;
	struct assignment phone;
	struct record_id id, made;
	char text[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	rig_open(&rig);
	node = rig_join(&rig, "a", "zhizu", "知足弄社区");
	PUT(node, "person", NULL, text, "name=王五", "birth_decade=1960");
	rig_sync(&rig, node);
	person = entity_of(rig.district, "person");
	phone = set_text(person, "phone", "13857112233");
	assert_true(record_id_parse(&id, view_of(text), false));
	assert_false(records_put(rig.district, person, &id, &phone, 1, &made, &err));
	assert_int_equal(err.code, ERR_SCOPE);
	node_close(node);
	rig_close(&rig);
}

/* A club that the district enters for a community is the community's to read, all of it. */
static void test_simulated__what_the_district_enters_reaches_the_community(void **state)
{
	struct rig rig;
	struct node *node;
	char text[RECORD_ID_TEXT_BYTES];

	(void)state;
	rig_open(&rig);
	node = rig_join(&rig, "a", "zhizu", "知足弄社区");
	PUT(rig.district, "club", NULL, text, "name=太极拳队", "community=zhizu", "members=24");
	rig_sync(&rig, node);
	assert_string_equal(value_of(node, "club", text, "members"), "24");
	node_close(node);
	rig_close(&rig);
}

/* ---- a request that is delivered twice ---------------------------------- */

static bool send_twice(void *ctx, const struct request *request, struct reply *reply,
	struct err *err)
{
	struct rig *rig = ctx;

	exchange_serve(rig->server, request, reply);
	if (strcmp(request->method, "DELETE") == 0) {
		exchange_serve(rig->server, request, reply);
	}
	return message_deliver(request, reply, err);
}

/* It would keep the community from ever syncing while such a line is all that it has. */
static void test_simulated__a_sealed_file_may_be_dropped_twice(void **state)
{
	struct rig rig;
	struct node *a, *b;
	struct transport twice;
	struct sync_result result;
	char text[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizu", "知足弄社区");
	b = rig_join(&rig, "b", "zhizu", "知足弄社区");
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	PUT(a, "person", NULL, text, "name=王五", "birth_decade=1960");
	rig_sync(&rig, a);
	twice = (struct transport){ &rig, send_twice };
	assert_ok(exchange_sync(b, &twice, NULL, &result, &err), &err);
	sync_result_clear(&result);
	assert_string_equal(value_of(b, "person", text, "name"), "王五");
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* ---- a verdict on what a copy has as a draft ------------------------------- */

static bool keep_place(void *ctx, const struct bundle_info *info, struct err *err)
{
	struct place *place = ctx;

	(void)err;
	if (info->place.chain.scope.kind == SCOPE_DISTRICT &&
		strcmp(info->community, DISTRICT_SLUG) != 0) {
		*place = info->place;
	}
	return true;
}

/* Put back from a copy that holds it as a draft, a store would count what everybody else does not. */
static void test_simulated__a_returned_draft_of_a_copy_is_out(void **state)
{
	struct rig rig;
	struct node *node;
	struct judging judging = { .reason = "不符", .reviewer = "审核员" };
	struct judged judged;
	char text[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	rig_open(&rig);
	node = rig_join(&rig, "a", "zhizu", "知足弄社区");
	rig_sync(&rig, node);
	PUT(node, "dispute", NULL, text, "category=noise", "opened_on=2024-05-02");
	node_close(node);
	rig_copy(&rig, "a", "copy");
	node = rig_put_back(&rig, NULL, "a", "copy");
	rig_sync(&rig, node);
	assert_ok(chains_log(rig.district, 0, keep_place, &judging.bundle, &err), &err);
	judging.bundle.n = 0;
	judging.lines = (const uint32_t[]){ 1 };
	judging.count = 1;
	assert_ok(review_judge(rig.district, &judging, &judged, &err), &err);
	assert_int_equal(judged.returned, 1);
	rig_sync(&rig, node);
	node = rig_put_back(&rig, node, "a", "copy");
	rig_sync(&rig, node);
	rig_sync(&rig, node);
	assert_sound(node);
	assert_int_equal(count_of(node, "dispute"), 0);
	node_close(node);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simulated__the_district_writes_no_communitys_own),
		cmocka_unit_test(test_simulated__what_the_district_enters_reaches_the_community),
		cmocka_unit_test(test_simulated__a_sealed_file_may_be_dropped_twice),
		cmocka_unit_test(test_simulated__a_returned_draft_of_a_copy_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
