/* test_store.c -- nodes, records and bundles, without any carrier. */
#include "federation.h"
#include "node_private.h"

static void assert_same_state(struct node *a, struct node *b)
{
	char x[65], y[65];
	struct err err = { 0 };

	assert_ok(chains_state_hash(a, x, &err), &err);
	assert_ok(chains_state_hash(b, y, &err), &err);
	assert_string_equal(x, y);
}

static void pack(struct node *node)
{
	struct tally tally;
	struct err err = { 0 };

	assert_ok(outbox_pack(node, &tally, &err), &err);
}

/* The main job: what a community records, the district holds, but not its people's names. */
static void test_store__records_reach_the_district_by_scope(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	char club[RECORD_ID_TEXT_BYTES], person[RECORD_ID_TEXT_BYTES];

	(void)state;
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳", "members=24", "active=true");
	PUT(a, "activity", NULL, NULL, "kind=convenience_service", "title=量血压",
		"held_on=2024-03-01", "participants=20", "served=30");
	PUT(a, "person", NULL, person, "name=夏女士", "phone=13857112233", "birth_decade=1960");
	pack(a);
	assert_int_equal(give_all(a, district), 2);
	assert_string_equal(value_of(district, "club", club, "name"), "太极拳队");
	assert_string_equal(value_of(district, "club", club, "members"), "24");
	assert_string_equal(value_of(district, "club", club, "community"), "zhizunong");
	assert_string_equal(value_of(district, "person", person, "birth_decade"), "1960");
	assert_string_equal(value_of(district, "person", person, "name"), "");
	assert_int_equal(count_of(district, "activity"), 1);
	assert_int_equal(give_all(a, district), 0);
	assert_sound(a);
	assert_sound(district);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

/* Two devices that edited one record apart agree, and the conflict is seen. */
static bool count_conflict(void *ctx, const struct conflict *conflict, struct err *err)
{
	(void)err;
	assert_int_equal(conflict->value_count, 2);
	(*(size_t *)ctx)++;
	return true;
}

static void test_store__devices_apart_agree(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct node *b = join_community(folder, "b", district, "zhizunong", "知足弄社区");
	char club[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };
	size_t conflicts = 0;

	(void)state;
	give_all(district, a);
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳", "members=24");
	pack(a);
	give_all(a, b);
	PUT(a, "club", club, NULL, "members=26");
	PUT(b, "club", club, NULL, "members=28");
	PUT(b, "club", club, NULL, "category=太极");
	pack(a);
	pack(b);
	give_all(b, a);
	give_all(a, b);
	assert_same_state(a, b);
	/* Made within one millisecond the device decides, otherwise the later. */
	assert_true(strcmp(value_of(a, "club", club, "members"), "28") == 0 ||
		strcmp(value_of(a, "club", club, "members"), "26") == 0);
	assert_string_equal(value_of(a, "club", club, "category"), "太极");
	assert_ok(records_conflicts(a, NULL, NULL, count_conflict, &conflicts, &err), &err);
	assert_int_equal(conflicts, 1);
	PUT(a, "club", club, NULL, "members=27");
	pack(a);
	give_all(a, b);
	conflicts = 0;
	assert_ok(records_conflicts(b, NULL, NULL, count_conflict, &conflicts, &err), &err);
	assert_int_equal(conflicts, 0);
	assert_sound(a);
	assert_sound(b);
	node_close(a);
	node_close(b);
	node_close(district);
	scratch_remove(folder);
}

/* A community cannot write the district's entities, nor another's records. */
static void test_store__scopes_are_enforced(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct node *b = join_community(folder, "b", district, "wanglanfu", "望澜府社区");
	const struct entity *entity = model_entity(node_model(b), VIEW_LITERAL("club"));
	const struct entity *street = model_entity(node_model(b), VIEW_LITERAL("street"));
	struct assignment assignment = { entity_field(entity, VIEW_LITERAL("name")), ASSIGN_SET,
		{ VALUE_TEXT, 0, VIEW_LITERAL("别人的队") } };
	struct assignment street_name = { entity_field(street, VIEW_LITERAL("name")), ASSIGN_SET,
		{ VALUE_TEXT, 0, VIEW_LITERAL("某街道") } };
	char club[RECORD_ID_TEXT_BYTES];
	struct record_id id, made;
	struct err err = { 0 };

	(void)state;
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳");
	pack(a);
	give_all(district, b);
	give_all(a, district);
	give_all(district, b);
	assert_string_equal(value_of(b, "club", club, "name"), "太极拳队");
	assert_true(record_id_parse(&id, view_of(club), false));
	assert_refused(records_put(b, entity, &id, &assignment, 1, &made, &err), &err, ERR_SCOPE);
	assert_string_equal(value_of(b, "club", club, "name"), "太极拳队");
	assert_refused(records_put(b, street, NULL, &street_name, 1, &made, &err), &err, ERR_SCOPE);
	assert_sound(b);
	node_close(a);
	node_close(b);
	node_close(district);
	scratch_remove(folder);
}

/* A node is on disk what it is in memory. */
static void test_store__opens_again(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct buf home = { 0 };
	struct node_options options = { .env = env_system() };
	char club[RECORD_ID_TEXT_BYTES], before[65], after[65];
	struct outbox_counts counts;
	struct err err = { 0 };

	(void)state;
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳");
	assert_ok(chains_state_hash(a, before, &err), &err);
	node_close(a);
	buf_printf(&home, "%s/a", folder);
	options.home = buf_str(&home);
	assert_ok(node_open(&a, &options, &err), &err);
	assert_ok(chains_state_hash(a, after, &err), &err);
	assert_string_equal(before, after);
	assert_ok(outbox_count(a, &counts, &err), &err);
	assert_int_equal(counts.draft_lines, 1);
	PUT(a, "club", club, NULL, "category=太极");
	pack(a);
	give_all(a, district);
	assert_string_equal(value_of(district, "club", club, "category"), "太极");
	assert_sound(a);
	node_close(a);
	options.home = folder;
	assert_refused(node_open(&a, &options, &err), &err, ERR_NOT_INITIALISED);
	buf_clear(&home);
	node_close(district);
	scratch_remove(folder);
}

/* Deleting goes to every scope, and can be taken back. */
static void test_store__delete_and_take_back(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	const struct entity *entity = model_entity(node_model(a), VIEW_LITERAL("club"));
	char club[RECORD_ID_TEXT_BYTES];
	struct record_id id;
	struct err err = { 0 };

	(void)state;
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳", "members=24");
	assert_true(record_id_parse(&id, view_of(club), false));
	assert_ok(records_delete(a, entity, &id, true, &err), &err);
	pack(a);
	give_all(a, district);
	assert_int_equal(count_of(a, "club"), 0);
	assert_int_equal(count_of(district, "club"), 0);
	assert_ok(records_delete(a, entity, &id, false, &err), &err);
	pack(a);
	give_all(a, district);
	assert_int_equal(count_of(district, "club"), 1);
	assert_string_equal(value_of(district, "club", club, "members"), "24");
	assert_sound(a);
	assert_sound(district);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

static struct assignment set_field(const struct entity *entity, const char *field,
	const char *text)
{
	return (struct assignment){ entity_field(entity, view_of(field)), ASSIGN_SET,
		{ text[0] != '\0' ? VALUE_TEXT : VALUE_NULL, 0, view_of(text) } };
}

static bool count_deletion(void *ctx, const struct conflict *conflict, struct err *err)
{
	(void)err;
	*(size_t *)ctx += conflict->rule == RULE_DELETE ? 1 : 0;
	return true;
}

/* An edit made apart, in a scope that the record had nothing in, meets the deletion. */
static void test_store__a_deletion_meets_edits_in_every_scope(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct node *b = join_community(folder, "b", district, "zhizunong", "知足弄社区");
	const struct entity *entity = model_entity(node_model(b), VIEW_LITERAL("club"));
	char club[RECORD_ID_TEXT_BYTES];
	struct record_id id;
	struct err err = { 0 };
	size_t conflicts = 0;

	(void)state;
	give_all(district, a);
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳");
	pack(a);
	give_all(a, b);
	PUT(a, "club", club, NULL, "members=24");
	pack(a);
	assert_true(record_id_parse(&id, view_of(club), false));
	assert_ok(records_delete(b, entity, &id, true, &err), &err);
	pack(b);
	give_all(a, b);
	give_all(b, a);
	assert_same_state(a, b);
	assert_int_equal(count_of(a, "club"), 1);
	assert_ok(records_conflicts(a, NULL, NULL, count_deletion, &conflicts, &err), &err);
	assert_int_equal(conflicts, 1);
	assert_sound(a);
	node_close(a);
	node_close(b);
	node_close(district);
	scratch_remove(folder);
}

/* Bad values change nothing and say which field. */
static void test_store__refuses_bad_values(void **state)
{
	static const struct {
		const char *field, *kind, *held_on, *club;
	} bad[] = {
		{ "kind", "no_such_kind", "2024-01-01", "" },
		{ "held_on", "other", "2024-13-45", "" },
		{ "club", "other", "2024-01-01", "3f9a1c22d0b84e17.1.7" },
		{ "club", "other", "2024-01-01", "nonsense" },
		{ "held_on", "other", "", "" },
	};
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	const struct entity *entity = model_entity(node_model(a), VIEW_LITERAL("activity"));
	struct record_id made;
	struct err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct assignment assignments[] = {
			set_field(entity, "title", "友谊赛"),
			set_field(entity, "kind", bad[i].kind),
			set_field(entity, "held_on", bad[i].held_on),
			set_field(entity, "club", bad[i].club),
		};

		err.code = ERR_NONE;
		assert_false(records_put(a, entity, NULL, assignments, 4, &made, &err));
		assert_true(err.code == ERR_VALUE || err.code == ERR_MODEL_NEWER);
		if (strstr(err.detail, bad[i].field) == NULL) {
			fail_msg("the field is not named: %s", err.detail);
		}
	}
	assert_int_equal(count_of(a, "activity"), 0);
	assert_sound(a);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

struct three_puts {
	struct node *node;
};

static bool put_good_bad_good(void *ctx, struct err *err)
{
	struct three_puts *puts = ctx;
	const struct entity *entity =
		model_entity(node_model(puts->node), VIEW_LITERAL("activity"));
	static const char *const dates[] = { "2024-01-01", "2024-13-45", "2024-01-02" };
	struct record_id made;
	struct err why;
	size_t i;

	(void)err;
	for (i = 0; i < 3; i++) {
		const struct assignment assignments[] = {
			set_field(entity, "title", "友谊赛"),
			set_field(entity, "kind", "other"),
			set_field(entity, "held_on", dates[i]),
		};

		assert_int_equal(records_put(puts->node, entity, NULL, assignments, 3, &made, &why),
			i != 1);
	}
	return true;
}

/* An import that keeps the good rows: a bad one undoes only itself. */
static void test_store__a_failed_part_leaves_the_rest(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct three_puts puts = { a };
	struct err err = { 0 };

	(void)state;
	assert_ok(node_transaction(a, put_good_bad_good, &puts, true, &err), &err);
	assert_int_equal(count_of(a, "activity"), 0);
	assert_ok(node_transaction(a, put_good_bad_good, &puts, false, &err), &err);
	assert_int_equal(count_of(a, "activity"), 2);
	pack(a);
	give_all(a, district);
	assert_int_equal(count_of(district, "activity"), 2);
	assert_sound(a);
	assert_sound(district);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

/* Nothing is taken of a revoked device beyond what was held. */
static void test_store__revocation_ends_a_chain(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct err err = { 0 };

	(void)state;
	PUT(a, "dispute", NULL, NULL, "category=parking", "opened_on=2024-01-01", "outcome=open");
	pack(a);
	assert_int_equal(give_all(a, district), 1);
	assert_ok(node_revoke(district, node_device(a), 0, &err), &err);
	PUT(a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-01-02", "outcome=open");
	pack(a);
	assert_int_equal(give_all(a, district), 0);
	assert_int_equal(count_of(district, "dispute"), 1);
	assert_sound(district);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

/*
 * What a revoked device recorded of persons, which the district cannot hold,
 * stays with the community's others and reaches those that come later; what
 * it alone claims to have signed does not count.
 */
static void test_store__revocation_spares_what_neighbours_hold(void **state)
{
	char *folder = scratch_folder(), person[RECORD_ID_TEXT_BYTES];
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct node *b = join_community(folder, "b", district, "zhizunong", "知足弄社区");
	struct chain_name chain = { .device = node_device(a), .incarnation = 1,
		.scope = { SCOPE_COMMUNITY, "zhizunong" } };
	struct node *c;
	struct head head;
	struct err err = { 0 };

	(void)state;
	give_all(district, a);
	PUT(a, "person", NULL, person, "name=夏女士", "phone=13857112233");
	pack(a);
	give_all(a, b);
	assert_ok(chains_head(b, &chain, &head, &err), &err);
	assert_int_equal(head.seq, 1);
	assert_ok(chains_known_set(district, node_device(b), &head, &err), &err);
	head.seq = 1000;
	assert_ok(chains_known_set(district, node_device(a), &head, &err), &err);
	assert_ok(node_revoke(district, node_device(a), 0, &err), &err);
	pack(district);
	give_all(district, b);
	assert_sound(b);
	c = join_community(folder, "c", district, "zhizunong", "知足弄社区");
	give_all(b, c);
	assert_string_equal(value_of(c, "person", person, "name"), "夏女士");
	PUT(a, "person", person, NULL, "name=别人");
	pack(a);
	give_all(a, c);
	assert_string_equal(value_of(c, "person", person, "name"), "夏女士");
	assert_sound(c);
	node_close(a);
	node_close(b);
	node_close(c);
	node_close(district);
	scratch_remove(folder);
}

/* The built-in model as version 2, with the field colour added to club. */
static void newer_model(struct buf *out)
{
	struct view document = model_builtin();
	const char *version = strstr(document.data, "\"version\": 1");
	const char *field = strstr(document.data, "\"name\": \"active\"");
	const char *end;

	assert_non_null(version);
	assert_non_null(field);
	end = strstr(field, "\"boolean\"}") + strlen("\"boolean\"}");
	buf_add(out, document.data, (size_t)(version - document.data));
	buf_text(out, "\"version\": 2");
	version += strlen("\"version\": 1");
	buf_add(out, version, (size_t)(end - version));
	buf_text(out, ", {\"name\": \"colour\", \"label\": {\"zh\": \"颜色\", "
		      "\"en\": \"Colour\"}, \"type\": \"text\", \"scope\": \"district\"}");
	buf_add(out, end, document.len - (size_t)(end - document.data));
}

/* A field is added while a community is away: tables are altered, nothing is lost. */
static void test_store__a_newer_model_alters_tables(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct node *b = join_community(folder, "b", district, "zhizunong", "知足弄社区");
	char club[RECORD_ID_TEXT_BYTES];
	struct buf document = { 0 };
	struct err err = { 0 };

	(void)state;
	give_all(district, a);
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳", "members=24");
	pack(a);
	give_all(a, b);
	newer_model(&document);
	assert_ok(node_publish_model(district, buf_as_view(&document), &err), &err);
	pack(district);
	assert_refused(node_publish_model(district, model_builtin(), &err), &err, ERR_MODEL);
	give_all(district, a);
	PUT(a, "club", club, NULL, "colour=红");
	pack(a);
	/* b has not heard of the model yet: the bundle waits for it. */
	assert_int_equal(give_all(a, b), 2);
	assert_string_equal(value_of(b, "club", club, "colour"), "红");
	give_all(a, district);
	assert_string_equal(value_of(district, "club", club, "colour"), "红");
	assert_string_equal(value_of(district, "club", club, "members"), "24");
	assert_same_state(a, b);
	assert_sound(a);
	assert_sound(b);
	assert_sound(district);
	node_close(a);
	a = NULL;
	node_close(b);
	node_close(district);
	buf_clear(&document);
	scratch_remove(folder);
}

/* The model's record is signed together with others: they do not wait for each other. */
static void test_store__a_model_comes_with_other_records(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct buf document = { 0 };
	struct err err = { 0 };

	(void)state;
	newer_model(&document);
	assert_ok(node_roster_add(district, "before", "先来社区", "潮鸣街道", &err), &err);
	assert_ok(node_publish_model(district, buf_as_view(&document), &err), &err);
	assert_ok(node_roster_add(district, "after", "后来社区", "潮鸣街道", &err), &err);
	pack(district);
	assert_int_equal(give_all(district, a), 1);
	assert_int_equal(node_model(a)->version, 2);
	assert_int_equal(count_of(a, "community"), 3);
	assert_sound(a);
	node_close(a);
	node_close(district);
	buf_clear(&document);
	scratch_remove(folder);
}

/*
 * A neighbour may hold more of a device than the district did when it ended the
 * key: what is beyond the end counts nowhere, and all agree again.
 */
static void test_store__what_is_beyond_a_keys_end_is_set_aside(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizu", "知足弄社区");
	struct node *b = join_community(folder, "b", district, "cuihu", "翠湖社区");
	struct scope all = { .kind = SCOPE_FEDERATION };
	struct tally packed;
	struct err err = { 0 };
	char x[65], y[65];

	(void)state;
	give_all(district, a);
	PUT(a, "compound", NULL, NULL, "name=望澜府", "kind=commodity");
	assert_ok(outbox_pack(a, &packed, &err), &err);
	give_all(a, district);
	PUT(a, "compound", NULL, NULL, "name=京都苑", "kind=commodity");
	assert_ok(outbox_pack(a, &packed, &err), &err);
	give_all(district, b);
	give_all(a, b);
	assert_int_equal(count_of(b, "compound"), 2);
	assert_ok(node_revoke(district, node_device(a), 0, &err), &err);
	assert_ok(outbox_pack(district, &packed, &err), &err);
	give_all(district, b);
	assert_int_equal(count_of(b, "compound"), 1);
	assert_sound(b);
	assert_ok(chains_scope_hash(b, &all, x, &err), &err);
	assert_ok(chains_scope_hash(district, &all, y, &err), &err);
	assert_string_equal(x, y);
	/* It does not come back. */
	give_all(a, b);
	assert_int_equal(count_of(b, "compound"), 1);
	node_close(b);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

static bool has_drafts(struct node *node)
{
	struct outbox_counts counts;
	struct err err = { 0 };

	assert_ok(outbox_count(node, &counts, &err), &err);
	return counts.draft_lines != 0;
}

/* A total of 0 is an answer, and another one than none; said again it changes nothing. */
static void test_store__a_total_of_zero_is_kept(void **state)
{
	char *folder = scratch_folder(), id[RECORD_ID_TEXT_BYTES];
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizu", "知足弄社区");

	(void)state;
	give_all(district, a);
	PUT(a, "activity", NULL, id, "kind=sports_culture", "title=友谊赛", "held_on=2024-05-01",
		"served=0");
	assert_string_equal(value_of(a, "activity", id, "served"), "0");
	pack(a);
	give_all(a, district);
	assert_string_equal(value_of(district, "activity", id, "served"), "0");
	PUT(a, "activity", id, NULL, "served=0");
	assert_false(has_drafts(a));
	PUT(a, "activity", id, NULL, "served=7");
	assert_string_equal(value_of(a, "activity", id, "served"), "7");
	assert_sound(a);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

/* A model cannot take the names of what the store keeps: whatever table it gets, this finds it. */
static void test_store__its_tables_are_no_entities(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct stmt *stmt = db_prepare(node_db(district),
		"SELECT name FROM sqlite_master WHERE name NOT LIKE 'rec\\_%' ESCAPE '\\' AND name NOT IN "
		"(SELECT substr(name, 5) FROM sqlite_master WHERE name LIKE 'rec\\_%' ESCAPE '\\') "
		"ORDER BY name");
	struct buf small = { 0 }, document = { 0 };
	const struct env *env = env_system();
	size_t count = 0;
	struct err err = { 0 };
	bool row = true;

	(void)state;
	assert_ok(env->read_file(env->ctx, &small, "tests/data/model/smallest.none", 65536, &err),
		&err);
	while (row) {
		struct model *model = NULL;

		assert_ok(stmt_step(stmt, &row, &err), &err);
		if (row) {
			const char *at = strstr(buf_str(&small), "\"name\":\"club\"");

			assert_non_null(at);
			buf_reset(&document);
			buf_printf(&document, "%.*s\"name\":\"%.*s\"%s",
				(int)(at - buf_str(&small)), buf_str(&small),
				(int)stmt_get_text(stmt, 0).len, stmt_get_text(stmt, 0).data,
				at + strlen("\"name\":\"club\""));
			assert_refused(model_parse(&model, buf_as_view(&document), &err), &err,
				ERR_MODEL);
			count++;
		}
	}
	assert_true(count > 40);
	buf_clear(&small);
	buf_clear(&document);
	node_close(district);
	scratch_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store__what_is_beyond_a_keys_end_is_set_aside),
		cmocka_unit_test(test_store__records_reach_the_district_by_scope),
		cmocka_unit_test(test_store__devices_apart_agree),
		cmocka_unit_test(test_store__scopes_are_enforced),
		cmocka_unit_test(test_store__a_total_of_zero_is_kept),
		cmocka_unit_test(test_store__its_tables_are_no_entities),
		cmocka_unit_test(test_store__opens_again),
		cmocka_unit_test(test_store__delete_and_take_back),
		cmocka_unit_test(test_store__a_deletion_meets_edits_in_every_scope),
		cmocka_unit_test(test_store__refuses_bad_values),
		cmocka_unit_test(test_store__a_failed_part_leaves_the_rest),
		cmocka_unit_test(test_store__revocation_ends_a_chain),
		cmocka_unit_test(test_store__revocation_spares_what_neighbours_hold),
		cmocka_unit_test(test_store__a_newer_model_alters_tables),
		cmocka_unit_test(test_store__a_model_comes_with_other_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
