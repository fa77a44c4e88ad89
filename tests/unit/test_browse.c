/* test_browse.c -- records as a page lists them: browse.h, pinyin.h. */
#include "federation.h"
#include "linli/browse.h"
#include "pinyin.h"

static struct view view(const char *text)
{
	return view_of(text);
}

/* A clerk types two characters, or the first letters, and expects the same record. */
static void test_pinyin__finds_parts_and_initials(void **state)
{
	(void)state;
	assert_true(pinyin_find(view("太极拳队"), view("极拳")));
	assert_true(pinyin_find(view("太极拳队"), view("tjqd")));
	assert_true(pinyin_find(view("太极拳队"), view("JQ")));
	assert_true(pinyin_find(view("望澜府(3幢)"), view("wlf3z")));
	assert_true(pinyin_find(view("Lift 2 改造"), view("lift2gz")));
	assert_true(pinyin_find(view("anything"), view("")));
	assert_false(pinyin_find(view("太极拳队"), view("tq")));
	assert_false(pinyin_find(view("太极拳队"), view("太拳")));
	assert_false(pinyin_find(view(""), view("a")));
	assert_false(pinyin_find(view("3幢"), view("13")));
}

/* 重 is chóng in 重阳 and zhòng in 重点: either must find it. */
static void test_pinyin__each_reading_counts(void **state)
{
	(void)state;
	assert_true(pinyin_find(view("重阳节"), view("cyj")));
	assert_true(pinyin_find(view("重点"), view("zd")));
	assert_true(pinyin_find(view("银行"), view("yh")));
	assert_true(pinyin_find(view("行走"), view("xz")));
}

/* Bytes that are not UTF-8 are passed over and never read beyond. */
static void test_pinyin__broken_text_is_harmless(void **state)
{
	(void)state;
	assert_false(pinyin_find((struct view){ "\xe5\xa4", 2 }, view("t")));
	assert_true(pinyin_find((struct view){ "\xff\xe5\xa4\xaa", 4 }, view("t")));
}

/* ---- lists --------------------------------------------------------- */

struct seen {
	char names[1024];
	size_t count;
};

static bool see(void *ctx, const struct record_view *record, struct err *err)
{
	struct seen *seen = ctx;
	const struct value *title = &record->values[record->entity->title->index];

	(void)err;
	snprintf(seen->names + strlen(seen->names), sizeof(seen->names) - strlen(seen->names),
		"%s%.*s", seen->count++ != 0 ? " " : "", (int)title->text.len, title->text.data);
	return true;
}

static void same_names(struct node *node, const struct browse *browse, const char *expected,
	uint64_t total)
{
	struct seen seen = { .count = 0 };
	struct err err = { 0 };
	uint64_t found;

	assert_ok(browse_records(node, browse, &found, see, &seen, &err), &err);
	assert_string_equal(seen.names, expected);
	assert_int_equal(found, total);
}

static const struct field *field_of(const struct entity *entity, const char *name)
{
	return entity_field(entity, view_of(name));
}

struct world {
	char *folder;
	struct node *district, *node;
	const struct entity *compound, *club, *activity, *person;
	char old[RECORD_ID_TEXT_BYTES];
};

static void make_world(struct world *world)
{
	const struct model *model;

	world->folder = scratch_folder();
	world->district = found_district(world->folder);
	world->node = join_community(world->folder, "a", world->district, "zhizunong", "知足弄社区");
	model = node_model(world->node);
	world->compound = model_entity(model, view_of("compound"));
	world->club = model_entity(model, view_of("club"));
	world->activity = model_entity(model, view_of("activity"));
	world->person = model_entity(model, view_of("person"));
	PUT(world->node, "compound", NULL, world->old, "name=望澜府", "kind=old");
	PUT(world->node, "compound", NULL, NULL, "name=京都苑", "kind=commodity");
	PUT(world->node, "club", NULL, NULL, "name=太极拳队", "members=24", "active=true");
	PUT(world->node, "club", NULL, NULL, "name=合唱团", "members=9", "active=true");
	PUT(world->node, "club", NULL, NULL, "name=书法社", "active=false");
	PUT(world->node, "activity", NULL, NULL, "title=睦邻晚会", "held_on=2024-03-01", "kind=good_neighbour");
	PUT(world->node, "person", NULL, NULL, "name=夏女士", "roles+=volunteer");
	PUT(world->node, "person", NULL, NULL, "name=林先生", "roles+=leader");
}

static void end_world(struct world *world)
{
	node_close(world->node);
	node_close(world->district);
	scratch_remove(world->folder);
}

/* FTS indexes find nothing for two characters; this list must. */
static void test_browse__searches_texts_and_titles_referred_to(void **state)
{
	struct world world;
	struct browse browse = { .limit = 10 };
	char word[128];

	(void)state;
	make_world(&world);
	browse.entity = world.club;
	browse.search = view_of("极拳");
	same_names(world.node, &browse, "太极拳队", 1);
	browse.search = view_of("hct");
	same_names(world.node, &browse, "合唱团", 1);
	browse.search = view_of("无此");
	same_names(world.node, &browse, "", 0);
	snprintf(word, sizeof(word), "compound=%s", world.old);
	PUT(world.node, "activity", NULL, NULL, "title=清扫", "held_on=2024-05-01", "kind=clean_up", word);
	browse.entity = world.activity;
	browse.search = view_of("wlf qs");
	same_names(world.node, &browse, "清扫", 1);
	end_world(&world);
}

/* What has no value comes last, whichever way is sorted; members by the model's order. */
static void test_browse__sorts_and_pages(void **state)
{
	struct world world;
	struct browse browse = { .limit = 10 };

	(void)state;
	make_world(&world);
	browse.entity = world.club;
	browse.sort = field_of(world.club, "members");
	same_names(world.node, &browse, "合唱团 太极拳队 书法社", 3);
	browse.descending = true;
	same_names(world.node, &browse, "太极拳队 合唱团 书法社", 3);
	browse.limit = 1;
	browse.offset = 1;
	same_names(world.node, &browse, "合唱团", 3);
	browse = (struct browse){ .entity = world.compound, .limit = 10,
		.sort = field_of(world.compound, "kind") };
	same_names(world.node, &browse, "京都苑 望澜府", 2);
	browse = (struct browse){ .entity = world.compound, .descending = true, .limit = 10 };
	same_names(world.node, &browse, "京都苑 望澜府", 2);
	end_world(&world);
}

/* Chips of one field are alternatives; those of several must all hold. */
static void test_browse__filters_by_every_type(void **state)
{
	struct world world;
	struct browse_filter filters[2];
	struct browse browse = { .limit = 10, .filters = filters, .filter_count = 2 };
	struct err err = { 0 };
	uint64_t total;

	(void)state;
	make_world(&world);
	browse.entity = world.compound;
	filters[0] = (struct browse_filter){ field_of(world.compound, "kind"), view_of("old") };
	filters[1] = (struct browse_filter){ field_of(world.compound, "kind"), view_of("commodity") };
	same_names(world.node, &browse, "望澜府 京都苑", 2);
	browse.filter_count = 1;
	same_names(world.node, &browse, "望澜府", 1);
	browse.entity = world.club;
	filters[0] = (struct browse_filter){ field_of(world.club, "active"), view_of("false") };
	same_names(world.node, &browse, "书法社", 1);
	filters[0] = (struct browse_filter){ field_of(world.club, "members"), view_of("") };
	same_names(world.node, &browse, "书法社", 1);
	browse.entity = world.activity;
	filters[0] = (struct browse_filter){ field_of(world.activity, "held_on"), view_of("2024-Q1") };
	same_names(world.node, &browse, "睦邻晚会", 1);
	filters[0].value = view_of("2023");
	same_names(world.node, &browse, "", 0);
	filters[0].value = view_of("yesterday");
	assert_false(browse_records(world.node, &browse, &total, see, NULL, &err));
	assert_int_equal(err.code, ERR_VALUE);
	browse.entity = world.person;
	filters[0] = (struct browse_filter){ field_of(world.person, "roles"), view_of("leader") };
	same_names(world.node, &browse, "林先生", 1);
	end_world(&world);
}

static bool see_value(void *ctx, struct view value, uint64_t count, struct err *err)
{
	struct seen *seen = ctx;

	(void)err;
	snprintf(seen->names + strlen(seen->names), sizeof(seen->names) - strlen(seen->names),
		"%s%.*s=%d", seen->count++ != 0 ? " " : "", (int)value.len, value.data, (int)count);
	return true;
}

static void same_facet(struct node *node, const struct browse *browse, const char *field,
	const char *expected)
{
	struct seen seen = { .count = 0 };
	struct err err = { 0 };

	assert_ok(browse_facet(node, browse, field_of(browse->entity, field), see_value, &seen, &err),
		&err);
	assert_string_equal(seen.names, expected);
}

/* A chip says how many records it would show. */
static void test_browse__counts_by_value(void **state)
{
	struct world world;
	struct browse_filter filter;
	struct browse browse = { .filters = &filter };
	char expected[128];

	(void)state;
	make_world(&world);
	browse.entity = world.club;
	same_facet(world.node, &browse, "active", "true=2 false=1");
	filter = (struct browse_filter){ field_of(world.club, "active"), view_of("true") };
	browse.filter_count = 1;
	same_facet(world.node, &browse, "active", "true=2 false=1");
	same_facet(world.node, &browse, "members", "9=1 24=1");
	browse = (struct browse){ .entity = world.activity };
	same_facet(world.node, &browse, "held_on", "2024=1");
	same_facet(world.node, &browse, "compound", "=1");
	snprintf(expected, sizeof(expected), "compound=%s", world.old);
	PUT(world.node, "activity", NULL, NULL, "title=清扫", "held_on=2024-05-01", "kind=clean_up", expected);
	snprintf(expected, sizeof(expected), "=1 %s=1", world.old);
	same_facet(world.node, &browse, "compound", expected);
	browse = (struct browse){ .entity = world.person };
	same_facet(world.node, &browse, "roles", "leader=1 volunteer=1");
	end_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pinyin__finds_parts_and_initials),
		cmocka_unit_test(test_pinyin__each_reading_counts),
		cmocka_unit_test(test_pinyin__broken_text_is_harmless),
		cmocka_unit_test(test_browse__searches_texts_and_titles_referred_to),
		cmocka_unit_test(test_browse__sorts_and_pages),
		cmocka_unit_test(test_browse__filters_by_every_type),
		cmocka_unit_test(test_browse__counts_by_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
