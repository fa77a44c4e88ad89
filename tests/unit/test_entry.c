/* test_entry.c -- what people write for a record, and what is shown of it. */
#include "federation.h"

#include "cli.h"
#include "emit.h"
#include "entry.h"
#include "shown.h"

struct world {
	char *folder;
	struct node *district, *node;
	char compound[RECORD_ID_TEXT_BYTES], club[RECORD_ID_TEXT_BYTES];
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	setenv("LC_ALL", "C.UTF-8", 1);
	world->folder = scratch_folder();
	world->district = found_district(world->folder);
	world->node =
		join_community(world->folder, "a", world->district, "zhizunong", "知足弄社区");
	PUT(world->node, "compound", NULL, world->compound, "name=知足弄小区");
	PUT(world->node, "club", NULL, world->club, "name=太极拳队");
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	node_close(world->node);
	node_close(world->district);
	scratch_remove(world->folder);
	free(world);
	return 0;
}

static const struct entity *entity_of(struct world *world, const char *name)
{
	const struct entity *entity = model_entity(node_model(world->node), view_of(name));

	assert_non_null(entity);
	return entity;
}

/* The value that ${text} is for a field, in JSON; "!code" if it is refused. */
static const char *read_value(
	struct world *world, const char *entity, const char *field, const char *text)
{
	static struct buf out;
	const struct field *of = entity_field(entity_of(world, entity), view_of(field));
	struct arena arena = { 0 };
	struct err err = { 0 };
	struct value value;

	assert_non_null(of);
	buf_reset(&out);
	if (entry_value(&value, &arena, world->node, of, view_of(text), &err)) {
		shown_json(&out, of, &value);
	} else {
		assert_true(utf8_valid(view_of(err.detail)));
		assert_non_null(strstr(err.detail, field));
		buf_printf(&out, "!%s", err_name(err.code));
	}
	arena_clear(&arena);
	return buf_str(&out);
}

/* Write words to a record (a new one for NULL) as put does; its id in ${out}. */
static bool write_words(struct world *world, const char *entity, const char *id,
	char out[RECORD_ID_TEXT_BYTES], const char *const *words, struct err *err)
{
	const struct entity *of = entity_of(world, entity);
	struct record_id record, written;
	struct entry entry = { .count = 0 };
	bool ok = true;

	assert_true(id == NULL || record_id_parse(&record, view_of(id), of->slug_ids));
	for (; ok && *words != NULL; words++) {
		ok = entry_word(&entry, world->node, of, id != NULL ? &record : NULL, *words, err);
	}
	ok = ok && (id != NULL || entry_complete(&entry, of, err)) &&
		records_put(world->node, of, id != NULL ? &record : NULL, entry.list, entry.count,
			&written, err);
	if (ok) {
		record_id_print(out, written.bytes, written.len, of->slug_ids);
	}
	entry_clear(&entry);
	return ok;
}
#define WRITE(world, entity, id, out, err, ...) \
	write_words(world, entity, id, out, (const char *const[]){ __VA_ARGS__, NULL }, err)

/* ---- one value ---------------------------------------------------- */

/* A clerk writes as on paper: labels, Chinese dates, yuan, yes and no. */
static void test_value__people_write_as_on_paper(void **state)
{
	struct world *world = *state;

	assert_string_equal(read_value(world, "compound", "kind", "老旧小区"), "\"old\"");
	assert_string_equal(read_value(world, "compound", "kind", "OLD"), "\"old\"");
	assert_string_equal(read_value(world, "compound", "kind", "Old compound"), "\"old\"");
	assert_string_equal(read_value(world, "compound", "households", "820"), "820");
	assert_string_equal(read_value(world, "compound", "floor_area", "89.5㎡"), "895000");
	assert_string_equal(read_value(world, "project", "budget", "70万元"), "70000000");
	assert_string_equal(read_value(world, "club", "active", "是"), "true");
	assert_string_equal(read_value(world, "club", "active", "no"), "false");
	assert_string_equal(
		read_value(world, "club", "founded_on", "2004年5月1日"), "\"2004-05-01\"");
	assert_string_equal(read_value(world, "club", "name", "  太极拳队 "), "\"太极拳队\"");
}

/* Nothing written is no value, of whatever type; so is white space. */
static void test_value__empty_is_null(void **state)
{
	struct world *world = *state;

	assert_string_equal(read_value(world, "club", "name", ""), "null");
	assert_string_equal(read_value(world, "club", "members", " "), "null");
	assert_string_equal(read_value(world, "club", "active", ""), "null");
	assert_string_equal(read_value(world, "compound", "kind", " "), "null");
	assert_string_equal(read_value(world, "activity", "club", ""), "null");
}

/* What does not fit is refused by name, never guessed at. */
static void test_value__misfits_name_their_field(void **state)
{
	struct world *world = *state;
	char *long_text = malloc(FIELD_TEXT_MAX_BYTES + 2);

	assert_non_null(long_text);
	memset(long_text, 'x', FIELD_TEXT_MAX_BYTES + 1);
	long_text[FIELD_TEXT_MAX_BYTES + 1] = '\0';
	assert_string_equal(read_value(world, "compound", "kind", "nothing"), "!value");
	assert_string_equal(read_value(world, "compound", "households", "many"), "!value");
	assert_string_equal(read_value(world, "club", "founded_on", "2024-13-45"), "!value");
	assert_string_equal(read_value(world, "club", "active", "maybe"), "!value");
	assert_string_equal(read_value(world, "project", "budget", "7,000"), "!value");
	assert_string_equal(read_value(world, "club", "name", "\xff"), "!value");
	assert_string_equal(read_value(world, "club", "name", long_text), "!too_large");
	long_text[FIELD_TEXT_MAX_BYTES] = '\0';
	assert_int_equal(
		strlen(read_value(world, "club", "name", long_text)), FIELD_TEXT_MAX_BYTES + 2);
	free(long_text);
}

/* A record goes by its id or by a title that only one record has. */
static void test_value__references_by_id_or_title(void **state)
{
	struct world *world = *state;
	char id[RECORD_ID_TEXT_BYTES], quoted[RECORD_ID_TEXT_BYTES + 2];

	snprintf(quoted, sizeof(quoted), "\"%s\"", world->club);
	assert_string_equal(read_value(world, "activity", "club", world->club), quoted);
	assert_string_equal(read_value(world, "activity", "club", "太极拳队"), quoted);
	assert_string_equal(read_value(world, "activity", "club", " 太极拳队 "), quoted);
	assert_string_equal(read_value(world, "activity", "club", "没有的队"), "!value");
	/* Entities that the district names: by slug, or by name. */
	assert_string_equal(read_value(world, "club", "community", "zhizunong"), "\"zhizunong\"");
	assert_string_equal(read_value(world, "club", "community", "知足弄社区"), "\"zhizunong\"");
	PUT(world->node, "club", NULL, id, "name=太极拳队");
	assert_string_equal(read_value(world, "activity", "club", "太极拳队"), "!value");
	assert_string_equal(read_value(world, "activity", "club", world->club), quoted);
}

/* ---- assignments -------------------------------------------------- */

/* Of a union "=" says what it holds: the missing go in, the others out. */
static void test_word__union(void **state)
{
	struct world *world = *state;
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	assert_ok(
		WRITE(world, "person", NULL, id, &err, "name=夏女士", "roles=志愿者,leader"), &err);
	assert_string_equal(
		value_of(world->node, "person", id, "roles"), "[\"leader\",\"volunteer\"]");
	assert_ok(WRITE(world, "person", id, id, &err, "roles+=owner"), &err);
	assert_ok(WRITE(world, "person", id, id, &err, "身份-=leader"), &err);
	assert_string_equal(
		value_of(world->node, "person", id, "roles"), "[\"owner\",\"volunteer\"]");
	assert_ok(WRITE(world, "person", id, id, &err, "roles=业主、居民"), &err);
	assert_string_equal(
		value_of(world->node, "person", id, "roles"), "[\"owner\",\"resident\"]");
	/* Of one element put in and taken out, the last word counts. */
	assert_ok(WRITE(world, "person", id, id, &err, "roles+=leader", "roles-=leader"), &err);
	assert_string_equal(
		value_of(world->node, "person", id, "roles"), "[\"owner\",\"resident\"]");
	assert_ok(WRITE(world, "person", id, id, &err, "roles="), &err);
	assert_string_equal(value_of(world->node, "person", id, "roles"), "");
	assert_refused(WRITE(world, "person", id, id, &err, "roles+=nobody"), &err, ERR_VALUE);
}

/* Of a sum "=" is what it shall come to, "+=" and "-=" what is added. */
static void test_word__sum(void **state)
{
	struct world *world = *state;
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	assert_ok(WRITE(world, "activity", NULL, id, &err, "kind=便民服务", "title=量血压",
			  "held_on=2024-3-5", "served=30"),
		&err);
	assert_ok(WRITE(world, "activity", id, id, &err, "served+=5"), &err);
	assert_ok(WRITE(world, "activity", id, id, &err, "served-=2"), &err);
	assert_string_equal(value_of(world->node, "activity", id, "served"), "33");
	assert_ok(WRITE(world, "activity", id, id, &err, "served=40"), &err);
	assert_string_equal(value_of(world->node, "activity", id, "served"), "40");
	assert_refused(WRITE(world, "activity", id, id, &err, "served+="), &err, ERR_VALUE);
	assert_refused(WRITE(world, "activity", id, id, &err, "served="), &err, ERR_VALUE);
	assert_refused(WRITE(world, "activity", id, id, &err, "title+=x"), &err, ERR_VALUE);
}

/* A name of a file is no file: nothing could be packed or shown of it. */
static void test_word__attachments_need_their_bytes(void **state)
{
	struct world *world = *state;
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	assert_refused(WRITE(world, "activity", NULL, id, &err, "kind=便民服务", "title=x",
			       "held_on=2024-03-05", "photos+=@/etc/passwd"),
		&err, ERR_VALUE);
	assert_refused(
		WRITE(world, "activity", NULL, id, &err, "kind=便民服务", "title=x",
			"held_on=2024-03-05",
			"photos=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
		&err, ERR_VALUE);
}

/* A slip in a field's name is told with the names that there are. */
static void test_word__unknown_field(void **state)
{
	struct world *world = *state;
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	assert_refused(WRITE(world, "club", NULL, id, &err, "nosuch=1"), &err, ERR_USAGE);
	assert_non_null(strstr(err.detail, "founded_on"));
	assert_refused(WRITE(world, "club", NULL, id, &err, "name"), &err, ERR_USAGE);
	assert_refused(WRITE(world, "club", NULL, id, &err, "=1"), &err, ERR_USAGE);
}

/* All that is missing is told at one go, by label. */
static void test_complete__names_what_is_missing(void **state)
{
	struct world *world = *state;
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	assert_refused(WRITE(world, "activity", NULL, id, &err, "title=x"), &err, ERR_VALUE);
	assert_non_null(strstr(err.detail, "held_on"));
	assert_null(strstr(err.detail, "title"));
}

static void test_changes__equal_values_are_none(void **state)
{
	struct world *world = *state;
	const struct entity *club = entity_of(world, "club");
	struct entry entry = { .count = 0 };
	struct err err = { 0 };
	struct record_id id;
	bool changes = true;

	assert_true(record_id_parse(&id, view_of(world->club), false));
	assert_ok(entry_word(&entry, world->node, club, &id, "name=太极拳队", &err), &err);
	assert_ok(entry_changes(&entry, world->node, club, &id, &changes, &err), &err);
	assert_false(changes);
	assert_ok(entry_word(&entry, world->node, club, &id, "members=3", &err), &err);
	assert_ok(entry_changes(&entry, world->node, club, &id, &changes, &err), &err);
	assert_true(changes);
	entry_clear(&entry);
}

/* A value outside the plausible range is asked about, and accepted. */
static void test_doubtful__asked_not_refused(void **state)
{
	struct world *world = *state;
	const struct entity *compound = entity_of(world, "compound");
	struct entry entry = { .count = 0 };
	struct buf text = { 0 };
	struct err err = { 0 };

	assert_ok(entry_word(&entry, world->node, compound, NULL, "households=20000", &err), &err);
	assert_ok(entry_word(&entry, world->node, compound, NULL, "buildings=501", &err), &err);
	assert_ok(entry_word(&entry, world->node, compound, NULL, "lifts=-1", &err), &err);
	assert_false(entry_doubtful(&text, &entry.list[0]));
	assert_int_equal(text.len, 0);
	assert_true(entry_doubtful(&text, &entry.list[1]));
	assert_non_null(strstr(buf_str(&text), "501"));
	assert_true(entry_doubtful(&text, &entry.list[2]));
	buf_clear(&text);
	entry_clear(&entry);
}

/* ---- filters ------------------------------------------------------ */

static bool count_one(void *ctx, const struct record_view *view, struct err *err)
{
	size_t *count = ctx;

	(void)view;
	(void)err;
	(*count)++;
	return true;
}

static size_t matching(struct world *world, const char *entity, const char *word)
{
	const struct entity *of = entity_of(world, entity);
	struct arena arena = { 0 };
	const char *community = NULL;
	struct err err = { 0 };
	struct filter filter;
	size_t count = 0;

	assert_ok(entry_filter(&filter, &community, &arena, world->node, of, word, &err), &err);
	assert_null(community);
	assert_ok(records_each(world->node, of, &filter, 1, count_one, &count, &err), &err);
	arena_clear(&arena);
	return count;
}

/* A list is narrowed in the words in which records are written. */
static void test_filter__finds_by_any_type(void **state)
{
	struct world *world = *state;
	char id[RECORD_ID_TEXT_BYTES];
	const char *community = NULL;
	struct arena arena = { 0 };
	struct err err = { 0 };
	struct filter filter;

	assert_ok(WRITE(world, "person", NULL, id, &err, "name=夏女士", "roles=volunteer"), &err);
	assert_ok(WRITE(world, "activity", NULL, id, &err, "kind=便民服务", "title=量血压",
			  "held_on=2024-03-05", "club=太极拳队"),
		&err);
	assert_int_equal(matching(world, "person", "roles=志愿者"), 1);
	assert_int_equal(matching(world, "person", "roles=leader"), 0);
	assert_int_equal(matching(world, "activity", "club=太极拳队"), 1);
	assert_int_equal(matching(world, "activity", "held_on=2024年3月5日"), 1);
	assert_int_equal(matching(world, "activity", "place="), 1);
	assert_int_equal(matching(world, "club", "community=知足弄社区"), 1);
	assert_refused(entry_filter(&filter, &community, &arena, world->node,
			       entity_of(world, "club"), "members+=1", &err),
		&err, ERR_USAGE);
	/* Every record has a community, also where it is no field. */
	assert_ok(entry_filter(&filter, &community, &arena, world->node, entity_of(world, "person"),
			  "community=zhizunong", &err),
		&err);
	assert_string_equal(community, "zhizunong");
	assert_null(filter.field);
	arena_clear(&arena);
}

/* ---- cells -------------------------------------------------------- */

struct round_trip {
	struct world *world;
	bool names;
	size_t values;
};

static bool back_again(void *ctx, const struct record_view *view, struct err *err)
{
	struct round_trip *trip = ctx;
	size_t i;

	for (i = 0; i < view->entity->field_count; i++) {
		const struct field *field = &view->entity->fields[i];
		struct buf cell = { 0 }, before = { 0 }, after = { 0 };
		struct arena arena = { 0 };
		struct value value;

		if (view->values[i].kind == VALUE_NULL || field->rule == RULE_UNION) {
			continue;
		}
		shown_cell(&cell, trip->world->node, field, &view->values[i], trip->names);
		assert_ok(entry_value(&value, &arena, trip->world->node, field, buf_as_view(&cell),
				  err),
			err);
		shown_json(&before, field, &view->values[i]);
		shown_json(&after, field, &value);
		assert_string_equal(buf_str(&before), buf_str(&after));
		trip->values++;
		buf_clear(&cell);
		buf_clear(&before);
		buf_clear(&after);
		arena_clear(&arena);
	}
	return true;
}

/* What is exported can be corrected in a spreadsheet and imported again. */
static void test_cell__reads_back_as_the_same_value(void **state)
{
	struct world *world = *state;
	struct round_trip trip = { .world = world };
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	assert_ok(WRITE(world, "compound", NULL, id, &err, "name=大院", "kind=老旧小区",
			  "households=820", "floor_area=1234.5678㎡", "eligible=是",
			  "delivered_on=1998-05-01"),
		&err);
	assert_ok(WRITE(world, "project", NULL, id, &err, "title=加装电梯", "compound=大院",
			  "budget=700000.05元", "self_raised=70万元", "maintenance_fund=3"),
		&err);
	/* Two of one name: only their ids tell them apart. */
	assert_ok(WRITE(world, "compound", NULL, id, &err, "name=同名"), &err);
	assert_ok(WRITE(world, "project", NULL, id, &err, "title=坡道", "compound=同名"), &err);
	assert_ok(WRITE(world, "compound", NULL, id, &err, "name=同名"), &err);
	assert_ok(records_each(world->node, entity_of(world, "compound"), NULL, 0, back_again,
			  &trip, &err),
		&err);
	assert_ok(records_each(world->node, entity_of(world, "project"), NULL, 0, back_again, &trip,
			  &err),
		&err);
	assert_true(trip.values >= 20);
	trip.names = true;
	assert_ok(records_each(world->node, entity_of(world, "project"), NULL, 0, back_again, &trip,
			  &err),
		&err);
}

/* Amounts near nothing and below it keep sign and digits. */
static void test_cell__amounts(void **state)
{
	static const struct {
		const char *entity, *field, *cell;
		int64_t number;
	} cases[] = {
		{ "project", "budget", "-0.03", -3 },
		{ "project", "budget", "0.00", 0 },
		{ "project", "budget", "-12.50", -1250 },
		{ "household", "area", "89.50", 895000 },
		{ "household", "area", "0.0001", 1 },
		{ "household", "area", "7.05", 70500 },
		{ "household", "area", "7.0512", 70512 },
	};
	struct world *world = *state;
	struct buf cell = { 0 };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct value value = { VALUE_INT, cases[i].number, { NULL, 0 } };
		const struct field *field =
			entity_field(entity_of(world, cases[i].entity), view_of(cases[i].field));

		buf_reset(&cell);
		shown_cell(&cell, world->node, field, &value, false);
		assert_string_equal(buf_str(&cell), cases[i].cell);
	}
	buf_clear(&cell);
}

/* ---- JSON --------------------------------------------------------- */

/* Commas stand where they belong, however members and arrays nest. */
static void test_emit__commas(void **state)
{
	struct buf out = { 0 };

	(void)state;
	emit_begin(&out);
	emit_key(&out, "list");
	emit_open(&out, '[');
	emit_integer(&out, -1);
	emit_open(&out, '{');
	emit_member(&out, "a\"", "[");
	emit_member(&out, "b", NULL);
	emit_close(&out, '}');
	emit_text(&out, view_of("{"));
	emit_bool(&out, true);
	emit_open(&out, '[');
	emit_close(&out, ']');
	emit_close(&out, ']');
	emit_member_hex(&out, "h", "\x0f\xff", 2);
	emit_end(&out);
	assert_string_equal(buf_str(&out),
		"{\"schema\":1,\"list\":[-1,{\"a\\\"\":\"[\",\"b\":null},\"{\",true,[]],"
		"\"h\":\"0fff\"}");
	buf_clear(&out);
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_value__people_write_as_on_paper),
		WITH_WORLD(test_value__empty_is_null),
		WITH_WORLD(test_value__misfits_name_their_field),
		WITH_WORLD(test_value__references_by_id_or_title),
		WITH_WORLD(test_word__union),
		WITH_WORLD(test_word__sum),
		WITH_WORLD(test_word__attachments_need_their_bytes),
		WITH_WORLD(test_word__unknown_field),
		WITH_WORLD(test_complete__names_what_is_missing),
		WITH_WORLD(test_changes__equal_values_are_none),
		WITH_WORLD(test_doubtful__asked_not_refused),
		WITH_WORLD(test_filter__finds_by_any_type),
		WITH_WORLD(test_cell__reads_back_as_the_same_value),
		WITH_WORLD(test_cell__amounts),
		cmocka_unit_test(test_emit__commas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
