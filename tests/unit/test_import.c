/* test_import.c -- records from a table; see client/commands/import.h. */
#include "federation.h"

#include "import.h"

struct world {
	char *folder;
	struct node *district, *node;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	char id[RECORD_ID_TEXT_BYTES];

	setenv("LC_ALL", "C.UTF-8", 1);
	world->folder = scratch_folder();
	world->district = found_district(world->folder);
	world->node =
		join_community(world->folder, "a", world->district, "zhizunong", "知足弄社区");
	PUT(world->node, "club", NULL, id, "name=太极拳队");
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

/* Import ${text}; import_clear() and csv_table_free() are the caller's. */
static bool run(struct import *import, struct csv_table **table, struct world *world,
	const char *entity, const char *text, const char *ignore, struct err *err)
{
	import->node = world->node;
	import->entity = model_entity(node_model(world->node), view_of(entity));
	assert_non_null(import->entity);
	assert_ok(csv_read(table, view_of(text), err), err);
	import->table = *table;
	return import_map(import, ignore, err) && import_run(import, err);
}

static void done(struct import *import, struct csv_table *table)
{
	import_clear(import);
	csv_table_free(table);
}

/* Columns go by name or by label in either language, cells as people write. */
static void test_import__labels_and_titles(void **state)
{
	struct world *world = *state;
	struct import import = { .created = 0 };
	struct csv_table *table = NULL;
	struct err err = { 0 };

	assert_ok(run(&import, &table, world, "activity",
			  "主办社团,Kind,title,活动日期,served\n"
			  "太极拳队,便民服务,量血压,2024年3月5日,30\n"
			  ",sports_culture,\"友谊赛,决赛\",2024-05-01,\n",
			  NULL, &err),
		&err);
	assert_int_equal(import.mistakes.total, 0);
	assert_int_equal(import.created, 2);
	assert_int_equal(count_of(world->node, "activity"), 2);
	done(&import, table);
}

static const char mixed[] = "club,kind,title,held_on,participants\n"
			    "太极拳队,便民服务,好,2024-1-5,5\n"
			    "没有的队,no_such_kind,x,2024-13-45,1\n"
			    ",,\"two\nlines\",,\n"
			    "太极拳队,便民服务,短\n"
			    "太极拳队,便民服务,也好,2024-1-6,5\n"
			    ",便民服务,坏,2024-01-07,many\n";

/* With a mistake anywhere nothing goes in, and every mistake is named. */
static void test_import__all_or_nothing(void **state)
{
	static const size_t lines[] = { 3, 3, 3, 4, 6, 8 };
	struct world *world = *state;
	struct import import = { .created = 0 };
	struct csv_table *table = NULL;
	struct err err = { 0 };
	size_t i;

	assert_ok(run(&import, &table, world, "activity", mixed, NULL, &err), &err);
	assert_int_equal(import.bad_count, 4);
	assert_int_equal(import.mistakes.total, sizeof(lines) / sizeof(lines[0]));
	for (i = 0; i < import.mistakes.count; i++) {
		assert_int_equal(import.mistakes.list[i].line, lines[i]);
		assert_true(import.mistakes.list[i].reason[0] != '\0');
	}
	assert_int_equal(import.created, 0);
	assert_int_equal(count_of(world->node, "activity"), 0);
	done(&import, table);
}

static void test_import__keep_good(void **state)
{
	struct world *world = *state;
	struct import import = { .keep_good = true };
	struct csv_table *table = NULL;
	struct err err = { 0 };

	assert_ok(run(&import, &table, world, "activity", mixed, NULL, &err), &err);
	assert_int_equal(import.bad_count, 4);
	assert_int_equal(import.created, 2);
	assert_int_equal(count_of(world->node, "activity"), 2);
	done(&import, table);
}

/* What only the node finds out, such as a check of the model, is told with all the rest. */
static void test_import__refusals_of_the_node(void **state)
{
	static const char text[] = "topic,number,summary,revised_on\n"
				   "议题,1,好,2024-01-01\n"
				   "议题,0,不从零算起,2024-01-02\n"
				   "议题,x,不是数,2024-01-03\n"
				   "议题,-1,更不对,2024-01-04\n"
				   "议题,2,也好,2024-01-05\n";
	struct world *world = *state;
	struct import import = { .created = 0 }, again = { .keep_good = true };
	struct csv_table *table = NULL;
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	PUT(world->node, "topic", NULL, id, "title=议题");
	assert_ok(run(&import, &table, world, "plan_revision", text, NULL, &err), &err);
	assert_int_equal(import.mistakes.total, 3);
	assert_int_equal(import.mistakes.list[0].line, 3);
	assert_int_equal(count_of(world->node, "plan_revision"), 0);
	done(&import, table);
	assert_ok(run(&again, &table, world, "plan_revision", text, NULL, &err), &err);
	assert_int_equal(again.mistakes.total, 3);
	assert_int_equal(again.created, 2);
	assert_int_equal(count_of(world->node, "plan_revision"), 2);
	done(&again, table);
	assert_sound(world->node);
}

static void test_import__dry_run_writes_nothing(void **state)
{
	struct world *world = *state;
	struct import import = { .dry_run = true };
	struct csv_table *table = NULL;
	struct err err = { 0 };

	assert_ok(run(&import, &table, world, "club", "name\n一队\n二队\n", NULL, &err), &err);
	assert_int_equal(import.created, 2);
	assert_int_equal(count_of(world->node, "club"), 1);
	done(&import, table);
}

/* A column that is no field is not dropped in silence; only by name. */
static void test_import__columns_must_be_known(void **state)
{
	static const char text[] = "name,电话,memo\n一队,1,2\n";
	struct world *world = *state;
	struct import import;
	struct csv_table *table = NULL;
	struct err err = { 0 };
	static const struct {
		const char *text, *ignore;
		enum err_code expected;
	} refused[] = { { text, NULL, ERR_VALUE }, { text, "电话", ERR_VALUE },
		{ text, "电话,memo,none", ERR_USAGE }, { text, "name,电话,memo", ERR_VALUE },
		{ "name,社团名称\na,b\n", NULL, ERR_VALUE }, { "id\nx\n", NULL, ERR_VALUE } };
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		memset(&import, 0, sizeof(import));
		assert_refused(run(&import, &table, world, "club", refused[i].text,
				       refused[i].ignore, &err),
			&err, refused[i].expected);
		done(&import, table);
	}
	memset(&import, 0, sizeof(import));
	assert_ok(run(&import, &table, world, "club", text, "电话,memo", &err), &err);
	assert_int_equal(import.created, 1);
	assert_int_equal(count_of(world->node, "club"), 2);
	done(&import, table);
}

/* Rows with an id change that record; what they leave empty is emptied. */
static void test_import__rows_with_an_id_change_it(void **state)
{
	struct world *world = *state;
	struct import import = { .created = 0 };
	struct csv_table *table = NULL;
	char a[RECORD_ID_TEXT_BYTES], b[RECORD_ID_TEXT_BYTES];
	struct buf text = { 0 };
	struct err err = { 0 };

	PUT(world->node, "club", NULL, a, "name=一队", "members=5");
	PUT(world->node, "club", NULL, b, "name=二队", "members=5");
	buf_printf(&text, "编号,name,members\n%s,一队,\n%s,二队,5\n,三队,1\n", a, b);
	assert_ok(run(&import, &table, world, "club", buf_str(&text), NULL, &err), &err);
	assert_int_equal(import.mistakes.total, 0);
	assert_int_equal(import.created, 1);
	assert_int_equal(import.updated, 1);
	assert_int_equal(import.unchanged, 1);
	assert_string_equal(value_of(world->node, "club", a, "members"), "");
	assert_string_equal(value_of(world->node, "club", b, "members"), "5");
	done(&import, table);
	buf_clear(&text);
}

/* The apostrophe that an exported formula got is taken off, no other. */
static void test_import__formula_mark(void **state)
{
	struct world *world = *state;
	struct import import = { .created = 0 };
	struct csv_table *table = NULL;
	char id[RECORD_ID_TEXT_BYTES];
	struct buf text = { 0 };
	struct err err = { 0 };

	PUT(world->node, "club", NULL, id, "name=x");
	buf_printf(&text, "id,name,category\n%s,'=1+1,'tis\n", id);
	assert_ok(run(&import, &table, world, "club", buf_str(&text), NULL, &err), &err);
	assert_string_equal(value_of(world->node, "club", id, "name"), "=1+1");
	assert_string_equal(value_of(world->node, "club", id, "category"), "'tis");
	done(&import, table);
	buf_clear(&text);
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_import__labels_and_titles),
		WITH_WORLD(test_import__all_or_nothing),
		WITH_WORLD(test_import__keep_good),
		WITH_WORLD(test_import__refusals_of_the_node),
		WITH_WORLD(test_import__dry_run_writes_nothing),
		WITH_WORLD(test_import__columns_must_be_known),
		WITH_WORLD(test_import__rows_with_an_id_change_it),
		WITH_WORLD(test_import__formula_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
