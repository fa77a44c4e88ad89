/* test_db.c -- what the store takes for granted of its door to SQLite. */
#include <sys/stat.h>

#include "db.h"
#include "federation.h"

struct fixture {
	char *folder;
	struct buf path;
	struct db *db;
};

static int make_db(void **state)
{
	static struct fixture fixture;
	struct err err = { 0 };

	memset(&fixture, 0, sizeof(fixture));
	fixture.folder = scratch_folder();
	buf_printf(&fixture.path, "%s/store.db", fixture.folder);
	assert_ok(db_open(&fixture.db, buf_str(&fixture.path), true, &err), &err);
	*state = &fixture;
	return 0;
}

static int drop_db(void **state)
{
	struct fixture *fixture = *state;

	db_close(fixture->db);
	buf_clear(&fixture->path);
	scratch_remove(fixture->folder);
	return 0;
}

/* A store holds names and telephone numbers: other users of the computer do not read it. */
static void test_db__a_store_is_its_owners_alone(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct fixture *fixture = *state;
	struct err err = { 0 };
	size_t i;

	assert_ok(db_exec(fixture->db, "CREATE TABLE thing (n INTEGER)", &err), &err);
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		struct buf path = { 0 };
		struct stat st;

		buf_printf(&path, "%s%s", buf_str(&fixture->path), suffixes[i]);
		assert_int_equal(stat(buf_str(&path), &st), 0);
		assert_int_equal(st.st_mode & 077, 0);
		buf_clear(&path);
	}
}

/* A model may have 200 entities with 40 checks each, every one of them a statement. */
static void test_db__holds_any_number_of_statements(void **state)
{
	struct fixture *fixture = *state;
	struct err err = { 0 };
	struct stmt *first = NULL;
	char sql[32];
	bool row;
	int i;

	for (i = 0; i < 5000; i++) {
		struct stmt *stmt;

		snprintf(sql, sizeof(sql), "SELECT %d", i);
		stmt = db_prepare(fixture->db, sql);
		first = i == 0 ? stmt : first;
		assert_ok(stmt_step(stmt, &row, &err), &err);
		assert_true(row);
		assert_int_equal(stmt_get_int(stmt, 0), i);
		stmt_reset(stmt);
	}
	assert_ptr_equal(db_prepare(fixture->db, "SELECT 0"), first);
}

/* What is asked while the same question is being answered has its own answer. */
static void test_db__a_statement_may_be_used_within_itself(void **state)
{
	static const char sql[] = "SELECT n FROM thing ORDER BY n";
	struct fixture *fixture = *state;
	struct err err = { 0 };
	int64_t outer, inner, pairs = 0;
	struct stmt *a, *b;
	bool row;

	assert_ok(db_exec(fixture->db, "CREATE TABLE thing (n INTEGER);"
				       "INSERT INTO thing VALUES (1), (2), (3)", &err), &err);
	a = db_prepare(fixture->db, sql);
	for (outer = 1; outer <= 3; outer++) {
		assert_ok(stmt_step(a, &row, &err), &err);
		assert_int_equal(stmt_get_int(a, 0), outer);
		b = db_prepare(fixture->db, sql);
		for (inner = 1; inner <= 3; inner++, pairs++) {
			assert_ok(stmt_step(b, &row, &err), &err);
			assert_int_equal(stmt_get_int(b, 0), inner);
		}
		stmt_reset(b);
	}
	stmt_reset(a);
	assert_int_equal(pairs, 9);
}

/* A table that comes later, with a newer model, is found by the statement that missed it. */
static void test_db__prepares_again_what_failed(void **state)
{
	struct fixture *fixture = *state;
	struct err err = { 0 };
	bool row;

	assert_refused(stmt_step(db_prepare(fixture->db, "SELECT n FROM thing"), &row, &err), &err,
		ERR_STORE);
	assert_ok(db_exec(fixture->db, "CREATE TABLE thing (n INTEGER)", &err), &err);
	assert_ok(stmt_step(db_prepare(fixture->db, "SELECT n FROM thing"), &row, &err), &err);
	assert_false(row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_db__a_store_is_its_owners_alone, make_db, drop_db),
		cmocka_unit_test_setup_teardown(test_db__holds_any_number_of_statements, make_db,
			drop_db),
		cmocka_unit_test_setup_teardown(test_db__a_statement_may_be_used_within_itself, make_db,
			drop_db),
		cmocka_unit_test_setup_teardown(test_db__prepares_again_what_failed, make_db, drop_db),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
