/* test_query.c -- a model's SQL may read the model's tables, and nothing else. */
#include "test.h"

#include <ftw.h>
#include <unistd.h>

#include "linli/records.h"
#include "query.h"

struct fixture {
	char home[32];
	struct node *node;
};

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
	(void)info;
	(void)kind;
	(void)where;
	return remove(path);
}

static int make_node(void **state)
{
	static struct fixture fixture;
	struct node_options options = { .env = env_system(), .home = fixture.home };
	struct err err;

	strcpy(fixture.home, "/tmp/linli-query-XXXXXX");
	if (mkdtemp(fixture.home) == NULL) {
		return -1;
	}
	if (!node_found(&fixture.node, &options, "拱墅区", (struct view){ NULL, 0 }, &err)) {
		print_error("%s: %s\n", err_name(err.code), err.detail);
		return -1;
	}
	*state = &fixture;
	return 0;
}

static int close_node(void **state)
{
	struct fixture *fixture = *state;

	node_close(fixture->node);
	return nftw(fixture->home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The rows of a query, as text: "1|x|NULL;". */
static bool print_row(void *ctx, const struct cell_view *cells, int columns, struct err *err)
{
	struct buf *out = ctx;
	int i;

	(void)err;
	for (i = 0; i < columns; i++) {
		buf_text(out, i != 0 ? "|" : "");
		switch (cells[i].kind) {
		case QUERY_NULL:
			buf_text(out, "NULL");
			break;
		case QUERY_INTEGER:
			buf_printf(out, "%lld", (long long)cells[i].integer);
			break;
		case QUERY_REAL:
			buf_printf(out, "%.3f", cells[i].real);
			break;
		case QUERY_TEXT:
			buf_view(out, cells[i].text);
			break;
		case QUERY_BLOB:
			buf_printf(out, "blob of %zu", cells[i].text.len);
			break;
		}
	}
	buf_text(out, ";");
	return true;
}

static void assert_gives(struct fixture *fixture, const char *sql, const char *expected)
{
	struct buf out = { 0 };
	struct err err;

	assert_ok(query_run(fixture->node, sql, NULL, 0, print_row, &out, &err), &err);
	assert_string_equal(buf_str(&out), expected);
	buf_clear(&out);
}

static void assert_reads(struct fixture *fixture, const char *sql, const char *expected)
{
	struct buf entities = { 0 };
	struct err err;
	size_t i;

	assert_ok(query_reads(fixture->node, sql, &entities, &err), &err);
	for (i = 0; i < entities.len; i++) {
		if (entities.data[i] == '\0') {
			entities.data[i] = ' ';
		}
	}
	assert_string_equal(buf_str(&entities), expected);
	buf_clear(&entities);
}

static void assert_sql_refused(struct fixture *fixture, const char *sql)
{
	struct buf out = { 0 };
	struct err err;

	assert_refused(query_run(fixture->node, sql, NULL, 0, print_row, &out, &err), &err,
		ERR_MODEL);
	assert_string_equal(buf_str(&out), "");
	buf_clear(&out);
}

/* What a figure depends on decides when it is counted again. */
static void test_query__names_the_entities_it_reads(void **state)
{
	assert_reads(*state, "SELECT 1", "");
	assert_reads(*state, "SELECT category, 1 FROM club WHERE community = :community", "club ");
	assert_reads(*state,
		"SELECT k.kind, 1 FROM training_session t JOIN course k ON k.id = t.course "
		"WHERE t.id IN (SELECT session FROM attendance)",
		"training_session course attendance ");
	assert_reads(*state, "SELECT count(*) FROM club", "club ");
	assert_reads(*state, "SELECT NULL, 1 FROM bundle WHERE waiting > 0", "bundle ");
	assert_reads(*state,
		"WITH fresh AS (SELECT id FROM topic) SELECT count(*) FROM fresh", "topic ");
	assert_reads(*state, "SELECT value FROM person, json_each(person.roles)", "person ");
}

/* A model from outside must neither write nor see keys' neighbours and others' bundles. */
static void test_query__refuses_all_but_reading_the_model(void **state)
{
	assert_sql_refused(*state, "INSERT INTO rec_club (id) VALUES (1)");
	assert_sql_refused(*state, "DELETE FROM cell");
	assert_sql_refused(*state, "UPDATE fact SET value = ''");
	assert_sql_refused(*state, "DROP TABLE rec_club");
	assert_sql_refused(*state, "PRAGMA journal_mode = DELETE");
	assert_sql_refused(*state, "ATTACH '/tmp/x' AS x");
	assert_sql_refused(*state, "BEGIN");
	assert_sql_refused(*state, "SELECT value FROM fact");
	assert_sql_refused(*state, "SELECT 1 FROM FACT");
	assert_sql_refused(*state, "SELECT deflated FROM object");
	assert_sql_refused(*state, "SELECT line FROM draft");
	assert_sql_refused(*state, "SELECT secret FROM invitation");
	assert_sql_refused(*state, "SELECT sql FROM sqlite_master");
	assert_sql_refused(*state, "SELECT name FROM pragma_table_info('fact')");
	assert_sql_refused(*state, "SELECT (SELECT count(*) FROM relay) FROM club");
	assert_sql_refused(*state, "SELECT nothing FROM club");
	assert_sql_refused(*state, "SELECT");
	assert_sql_refused(*state, "");
}

/* A model cannot make a node hang, or eat its memory. */
static void test_query__comes_to_an_end(void **state)
{
	struct fixture *fixture = *state;
	struct buf out = { 0 };
	struct err err;

	assert_refused(query_run(fixture->node,
			       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
			       "SELECT i FROM n WHERE i < 0",
			       NULL, 0, print_row, &out, &err), &err, ERR_TOO_LARGE);
	assert_refused(query_run(fixture->node,
			       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
			       "SELECT NULL FROM n",
			       NULL, 0, print_row, &out, &err), &err, ERR_TOO_LARGE);
	buf_clear(&out);
	assert_gives(fixture, "SELECT 1", "1;");
}

static void test_query__binds_what_the_sql_asks_for(void **state)
{
	struct fixture *fixture = *state;
	const struct query_parameter parameters[] = {
		{ ":community", VIEW_LITERAL("zhizunong"), false },
		{ ":id", { "\x01\x02", 2 }, true },
		{ ":from", VIEW_LITERAL("2024-01-01"), false },
	};
	struct buf out = { 0 };
	struct query *query;
	struct err err;

	assert_ok(query_open(&query, fixture->node, "SELECT :id, :community, :idx", &err), &err);
	assert_ok(query_each(query, parameters, 3, print_row, &out, &err), &err);
	assert_ok(query_each(query, parameters, 1, print_row, &out, &err), &err);
	assert_string_equal(buf_str(&out), "blob of 2|zhizunong|NULL;NULL|zhizunong|NULL;");
	query_close(query);
	buf_clear(&out);
}

/* A callback that fails ends the query, and the query can be run again. */
static bool stop_at_once(void *ctx, const struct cell_view *cells, int columns, struct err *err)
{
	(void)ctx;
	(void)cells;
	(void)columns;
	return err_set(err, ERR_CANCELLED, "stop");
}

static void test_query__stops_when_told(void **state)
{
	struct fixture *fixture = *state;
	struct buf out = { 0 };
	struct query *query;
	struct err err;

	assert_ok(query_open(&query, fixture->node, "SELECT 1 UNION ALL SELECT 2", &err), &err);
	assert_refused(query_each(query, NULL, 0, stop_at_once, NULL, &err), &err, ERR_CANCELLED);
	assert_ok(query_each(query, NULL, 0, print_row, &out, &err), &err);
	assert_string_equal(buf_str(&out), "1;2;");
	query_close(query);
	buf_clear(&out);
}

/* Article 278 as the model's SQL sees it. */
static void test_functions__law(void **state)
{
	assert_gives(*state, "SELECT resolution_valid(300, 900, 200, 600)", "1;");
	assert_gives(*state, "SELECT resolution_valid(300, 900, 199, 600)", "0;");
	assert_gives(*state, "SELECT resolution_valid(300, 900, NULL, 600)", "NULL;");
	assert_gives(*state, "SELECT resolution_valid(0, 900, 0, 600)", "NULL;");
	assert_gives(*state,
		"SELECT resolution_passed('ordinary', 300, 900, 200, 600, 101, 301), "
		"resolution_passed('ordinary', 300, 900, 200, 600, 100, 301), "
		"resolution_passed('special', 300, 900, 200, 600, 150, 450), "
		"resolution_passed('special', 300, 900, 200, 600, 149, 450)",
		"1|0|1|0;");
	assert_gives(*state,
		"SELECT resolution_passed('other', 300, 900, 200, 600, 101, 301), "
		"resolution_passed(NULL, 300, 900, 200, 600, 101, 301), "
		"resolution_passed('ordinary', 300, 900, 200, 600, 101, '301')",
		"NULL|NULL|NULL;");
	assert_gives(*state,
		"SELECT resolution_missing('owners_for', 'special', 300, 900, 200, 600, 149, 450), "
		"resolution_missing('nothing', 'special', 300, 900, 200, 600, 149, 450)",
		"1|NULL;");
}

/* The shares of a cost add up to it to the fen, whoever asks. */
static void test_functions__cost_shares(void **state)
{
	assert_gives(*state,
		"SELECT cost_shares(100, label, weight) FROM (SELECT 'a' AS label, 1 AS weight "
		"UNION ALL SELECT 'b', 1 UNION ALL SELECT 'c', 1)",
		"[[\"a\",34],[\"b\",33],[\"c\",33]];");
	assert_gives(*state,
		"SELECT g, cost_shares(10, g || w, w) FROM (SELECT 'x' AS g, 1 AS w UNION ALL "
		"SELECT 'y', 2 UNION ALL SELECT 'y', 3) GROUP BY g ORDER BY g",
		"x|[[\"x1\",10]];y|[[\"y2\",4],[\"y3\",6]];");
	assert_gives(*state, "SELECT cost_shares(1, 'a', 1) WHERE 0", "NULL;");
	assert_gives(*state, "SELECT cost_shares(1, 'a', NULL)", "NULL;");
	assert_gives(*state, "SELECT cost_shares(1, 'a', -1)", "NULL;");
	assert_gives(*state, "SELECT cost_shares(-1, 'a', 1)", "NULL;");
}

static void test_functions__days_between(void **state)
{
	assert_gives(*state, "SELECT days_between('2024-02-28', '2024-03-01')", "2;");
	assert_gives(*state, "SELECT days_between('2024-03-01', '2023-03-01')", "-366;");
	assert_gives(*state, "SELECT days_between('2023-02-29', '2024-03-01')", "NULL;");
	assert_gives(*state, "SELECT days_between(NULL, '2024-03-01')", "NULL;");
}

/* Every query of the built-in model can be prepared and run. */
static void test_query__takes_the_built_in_model(void **state)
{
	struct fixture *fixture = *state;
	const struct model *model = node_model(fixture->node);
	const struct query_parameter parameters[] = {
		{ ":community", VIEW_LITERAL("zhizunong"), false },
		{ ":from", VIEW_LITERAL("2024-01-01"), false },
		{ ":to", VIEW_LITERAL("2025-01-01"), false },
	};
	struct err err;
	size_t i, j;

	for (i = 0; i < model->measure_count; i++) {
		struct buf out = { 0 };

		assert_ok(query_run(fixture->node, model->measures[i].sql, parameters, 3,
				  print_row, &out, &err), &err);
		assert_string_equal(buf_str(&out), "");
	}
	for (i = 0; i < model->entity_count; i++) {
		for (j = 0; j < model->entities[i].derived_count; j++) {
			struct buf entities = { 0 };

			assert_ok(query_reads(fixture->node, model->entities[i].derived[j].sql,
					  &entities, &err), &err);
			buf_clear(&entities);
		}
	}
	assert_true(model->measure_count > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query__names_the_entities_it_reads),
		cmocka_unit_test(test_query__refuses_all_but_reading_the_model),
		cmocka_unit_test(test_query__comes_to_an_end),
		cmocka_unit_test(test_query__binds_what_the_sql_asks_for),
		cmocka_unit_test(test_query__stops_when_told),
		cmocka_unit_test(test_functions__law),
		cmocka_unit_test(test_functions__cost_shares),
		cmocka_unit_test(test_functions__days_between),
		cmocka_unit_test(test_query__takes_the_built_in_model),
	};

	return cmocka_run_group_tests(tests, make_node, close_node);
}
