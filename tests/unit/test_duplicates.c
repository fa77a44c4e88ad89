/* test_duplicates.c -- merged duplicates; see linli/move.h. */
#include "move_world.h"

/* One choir was entered twice. */
static void test_duplicates__completes_adds_up_and_leads_references_on(void **state)
{
	struct world world;
	struct merge_counts counts;
	struct record_id from, into;
	char keep[RECORD_ID_TEXT_BYTES], twice[RECORD_ID_TEXT_BYTES], act[RECORD_ID_TEXT_BYTES];
	char word[80], text[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	PUT(world.a, "club", NULL, keep, "name=合唱团", "members=30");
	PUT(world.a, "club", NULL, twice, "name=合唱队", "members=31", "backbone=4");
	snprintf(word, sizeof(word), "club=%s", twice);
	PUT(world.a, "activity", NULL, act, "title=排练", "held_on=2024-05-01", word);
	settle_all(&world);
	merge(world.a, "club", twice, keep, &counts);
	assert_int_equal(counts.filled, 1);
	assert_int_equal(counts.different, 2);
	assert_int_equal(counts.references, 1);
	settle_all(&world);
	assert_string_equal(value_of(world.district, "club", keep, "backbone"), "4");
	assert_string_equal(value_of(world.district, "club", keep, "members"), "30");
	assert_string_equal(value_of(world.district, "activity", act, "club"), keep);
	assert_false(alive(world.c, "club", twice));
	from = id_of(twice);
	assert_true(records_merged_into(world.c, entity_of(world.c, "club"), &from, &into));
	record_id_print(text, into.bytes, into.len, false);
	assert_string_equal(text, keep);
	world_close(&world);
}

/* Totals of both are the total of one. */
static void test_duplicates__totals_are_added(void **state)
{
	struct world world;
	struct merge_counts counts;
	char keep[RECORD_ID_TEXT_BYTES], twice[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	PUT(world.a, "activity", NULL, keep, "title=义诊", "held_on=2024-05-01", "served=30");
	PUT(world.a, "activity", NULL, twice, "title=义诊", "held_on=2024-05-01", "served=12");
	merge(world.a, "activity", twice, keep, &counts);
	settle_all(&world);
	assert_string_equal(value_of(world.district, "activity", keep, "served"), "42");
	world_close(&world);
}

/* A colleague who was offline goes on with the duplicate: it lands in what stays. */
static void test_duplicates__a_late_edit_goes_to_the_record_that_stays(void **state)
{
	struct world world;
	struct merge_counts counts;
	char keep[RECORD_ID_TEXT_BYTES], twice[RECORD_ID_TEXT_BYTES];
	struct node *second;

	(void)state;
	world_open(&world);
	second = join_community(world.folder, "a2", world.district, "zhizunong", "知足弄社区");
	PUT(world.a, "activity", NULL, keep, "title=义诊", "held_on=2024-05-01", "served=30");
	PUT(world.a, "activity", NULL, twice, "title=义诊", "held_on=2024-05-01", "served=12");
	settle_all(&world);
	give_all(world.district, second);
	merge(world.a, "activity", twice, keep, &counts);
	exchange(&world, world.a);
	PUT(second, "activity", twice, NULL, "served+=5", "place=广场");
	exchange(&world, second);
	settle_all(&world);
	exchange(&world, second);
	settle_all(&world);
	assert_string_equal(value_of(world.district, "activity", keep, "served"), "47");
	assert_string_equal(value_of(world.a, "activity", keep, "place"), "广场");
	assert_false(alive(world.a, "activity", twice));
	assert_false(alive(second, "activity", twice));
	assert_string_equal(value_of(second, "activity", keep, "served"), "47");
	assert_sound(second);
	node_close(second);
	world_close(&world);
}

/* A record that was taken back on purpose is a record again. */
static void test_duplicates__can_be_taken_back(void **state)
{
	struct world world;
	struct merge_counts counts;
	struct record_id from;
	char keep[RECORD_ID_TEXT_BYTES], twice[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	world_open(&world);
	PUT(world.a, "club", NULL, keep, "name=合唱团", "members=30");
	PUT(world.a, "club", NULL, twice, "name=合唱队", "members=31");
	merge(world.a, "club", twice, keep, &counts);
	settle_all(&world);
	from = id_of(twice);
	assert_ok(records_delete(world.a, entity_of(world.a, "club"), &from, false, &err), &err);
	PUT(world.a, "club", twice, NULL, "members=32");
	settle_all(&world);
	assert_true(alive(world.district, "club", twice));
	assert_string_equal(value_of(world.a, "club", keep, "members"), "30");
	world_close(&world);
}

/* Records of two communities are not merged behind the other's back. */
static void test_duplicates__only_own_records(void **state)
{
	struct world world;
	struct record_id from, into;
	struct merge_counts counts;
	char mine[RECORD_ID_TEXT_BYTES], theirs[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	(void)state;
	world_open(&world);
	PUT(world.a, "club", NULL, theirs, "name=合唱团");
	PUT(world.b, "club", NULL, mine, "name=合唱团");
	settle_all(&world);
	from = id_of(theirs);
	into = id_of(mine);
	assert_refused(records_merge(world.b, entity_of(world.b, "club"), &from, &into, &counts,
			       &err),
		&err, ERR_SCOPE);
	assert_refused(records_merge(world.b, entity_of(world.b, "club"), &into, &into, &counts,
			       &err),
		&err, ERR_VALUE);
	assert_true(alive(world.b, "club", theirs));
	world_close(&world);
}

/* What a stranger says about the merging of others' records is not listened to. */
static void test_duplicates__a_stranger_cannot_say_it(void **state)
{
	struct world world;
	struct record_id from, made, into;
	char keep[RECORD_ID_TEXT_BYTES], other[RECORD_ID_TEXT_BYTES], text[160];
	struct err err = { 0 };

	(void)state;
	world_open(&world);
	PUT(world.a, "club", NULL, keep, "name=合唱团");
	PUT(world.a, "club", NULL, other, "name=太极拳队");
	settle_all(&world);
	snprintf(text, sizeof(text), "club %s %s", other, keep);
	const struct entity *entity = entity_of(world.c, "merged");
	const struct assignment lie = { entity_field(entity, view_of("public")), ASSIGN_SET,
		{ VALUE_TEXT, 0, view_of(text) } };
	assert_ok(records_put(world.c, entity, NULL, &lie, 1, &made, &err), &err);
	settle_all(&world);
	PUT(world.a, "club", other, NULL, "members=9");
	settle_all(&world);
	from = id_of(other);
	assert_false(records_merged_into(world.a, entity_of(world.a, "club"), &from, &into));
	assert_true(alive(world.a, "club", other));
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_duplicates__completes_adds_up_and_leads_references_on),
		cmocka_unit_test(test_duplicates__totals_are_added),
		cmocka_unit_test(test_duplicates__a_late_edit_goes_to_the_record_that_stays),
		cmocka_unit_test(test_duplicates__can_be_taken_back),
		cmocka_unit_test(test_duplicates__only_own_records),
		cmocka_unit_test(test_duplicates__a_stranger_cannot_say_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
