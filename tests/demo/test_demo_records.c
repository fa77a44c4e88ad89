/*
 * test_demo_records.c -- the demo's records are records of the model, and
 * the report's figures can be counted from them.
 *
 * The CSV files are read back and put into plain tables, where the model's
 * own checks and a query for each figure are asked.
 */
#include "test.h"

#include <ftw.h>
#include <inttypes.h>
#include <sqlite3.h>

#include "csv.h"
#include "linli/env.h"
#include "linli/model.h"
#include "values.h"
#include "writer.h"

struct district {
	char *folder;
	struct plan plan;
	struct model *model;
	sqlite3 *db;
};

/* ---- tables ------------------------------------------------------- */

static void run_sql(sqlite3 *db, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
		fail_msg("%s: %s", sql, why);
	}
}

static int64_t ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t n;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK ||
		sqlite3_step(stmt) != SQLITE_ROW) {
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	}
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static bool numeric(const struct field *field)
{
	return field->type == FIELD_INTEGER || field->type == FIELD_MONEY ||
		field->type == FIELD_AREA || field->type == FIELD_BOOLEAN;
}

static void make_tables(sqlite3 *db, const struct model *model)
{
	struct buf sql = { 0 };
	size_t i, j;

	for (i = 0; i < model->entity_count; i++) {
		const struct entity *entity = &model->entities[i];

		buf_reset(&sql);
		buf_printf(&sql, "CREATE TABLE \"%s\" (owner TEXT, n INTEGER", entity->name);
		for (j = 0; j < entity->field_count; j++) {
			buf_printf(&sql, ", \"%s\" %s", entity->fields[j].name,
				numeric(&entity->fields[j]) ? "INTEGER" : "TEXT");
		}
		buf_text(&sql, ")");
		run_sql(db, buf_str(&sql));
		buf_reset(&sql);
		buf_printf(&sql, "CREATE INDEX \"by_%s\" ON \"%s\" (owner)", entity->name,
			entity->name);
		run_sql(db, buf_str(&sql));
	}
	buf_clear(&sql);
}

/* ---- cells -------------------------------------------------------- */

/* Is there exactly one record that ${cell} can mean? */
static bool found(
	struct district *d, const char *owner, const struct field *field, const char *cell)
{
	const struct entity *to = field->reference;
	const char *whose = to->district_writes ? DISTRICT_SLUG : owner;
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	int64_t n = 0;
	bool ok;

	if (cell[0] == '#') {
		const char *slash = strchr(cell, '/');

		assert_non_null(slash);
		assert_null(to->title);
		assert_true(int64_parse(&n, view_of(slash + 1)));
		assert_true(
			view_is((struct view){ cell + 1, (size_t)(slash - cell - 1) }, to->name));
		buf_printf(
			&sql, "SELECT count(*) FROM \"%s\" WHERE owner = ?1 AND n = ?2", to->name);
	} else {
		assert_non_null(to->title);
		buf_printf(&sql, "SELECT count(*) FROM \"%s\" WHERE owner = ?1 AND \"%s\" = ?3",
			to->name, to->title->name);
	}
	assert_int_equal(sqlite3_prepare_v2(d->db, buf_str(&sql), -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_text(stmt, 1, whose, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, n);
	sqlite3_bind_text(stmt, 3, cell, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	ok = sqlite3_column_int(stmt, 0) == 1;
	sqlite3_finalize(stmt);
	buf_clear(&sql);
	return ok;
}

static bool number_fits(const struct field *field, int64_t n)
{
	return (!field->has_min || n >= field->min) && (!field->has_max || n <= field->max);
}

/* A member; of a union, members parted by commas. */
static bool members_fit(const struct field *field, const char *cell)
{
	struct cursor cursor = cursor_of(cell, strlen(cell));

	if (field->rule != RULE_UNION) {
		return field_member(field, view_of(cell)) != NULL;
	}
	while (memchr(cursor.at, ',', cursor_left(&cursor)) != NULL) {
		if (field_member(field, cursor_until(&cursor, ',')) == NULL) {
			return false;
		}
	}
	return field_member(field,
		       (struct view){ (const char *)cursor.at, cursor_left(&cursor) }) != NULL;
}

static bool cell_fits(
	struct district *d, const char *owner, const struct field *field, const char *cell)
{
	char date[CIVIL_DATE_BYTES];
	struct err err = { 0 };
	bool flag;
	int64_t n;

	switch (field->type) {
	case FIELD_TEXT:
		return strlen(cell) <= FIELD_TEXT_MAX_BYTES;
	case FIELD_INTEGER:
		return integer_parse(&n, view_of(cell), &err) && number_fits(field, n);
	case FIELD_MONEY:
		return money_parse(&n, view_of(cell), &err) && number_fits(field, n);
	case FIELD_AREA:
		return area_parse(&n, view_of(cell), &err) && number_fits(field, n);
	case FIELD_BOOLEAN:
		return boolean_parse(&flag, view_of(cell), &err);
	case FIELD_DATE:
		return date_parse(date, view_of(cell), &err) && strcmp(date, cell) == 0 &&
			(strcmp(cell, PLAN_LAST_DAY) <= 0 ||
				strcmp(field->name, "term_ends_on") == 0);
	case FIELD_ENUM:
		return members_fit(field, cell);
	case FIELD_REFERENCE:
		return found(d, owner, field, cell);
	default:
		return false;
	}
}

/* ---- files -------------------------------------------------------- */

static void insert_row(struct district *d, const struct entity *entity,
	const struct csv_row *header, const struct csv_row *row, size_t n, const char *owner)
{
	struct buf sql = { 0 }, cell = { 0 };
	sqlite3_stmt *stmt = NULL;
	size_t i;

	buf_printf(&sql, "INSERT INTO \"%s\" (owner, n", entity->name);
	for (i = 0; i < header->count; i++) {
		buf_printf(&sql, ", \"%.*s\"", (int)header->cells[i].len, header->cells[i].data);
	}
	buf_text(&sql, ") VALUES (?1, ?2");
	for (i = 0; i < header->count; i++) {
		buf_printf(&sql, ", nullif(?%zu, '')", i + 3);
	}
	buf_text(&sql, ")");
	assert_int_equal(sqlite3_prepare_v2(d->db, buf_str(&sql), -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_text(stmt, 1, owner, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, (int64_t)n);
	for (i = 0; i < header->count; i++) {
		const struct field *field = entity_field(entity, header->cells[i]);

		buf_reset(&cell);
		buf_view(&cell, row->cells[i]);
		if (cell.len != 0 && !cell_fits(d, owner, field, buf_str(&cell))) {
			fail_msg("%s: %s %zu: %s is '%s'", owner, entity->name, n, field->name,
				buf_str(&cell));
		}
		if (cell.len == 0 && field->required) {
			fail_msg("%s: %s %zu: no %s", owner, entity->name, n, field->name);
		}
		if (field->type == FIELD_BOOLEAN && cell.len != 0) {
			sqlite3_bind_int(stmt, (int)i + 3, view_is(row->cells[i], "true"));
		} else {
			sqlite3_bind_text(stmt, (int)i + 3, buf_str(&cell), -1, SQLITE_TRANSIENT);
		}
	}
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
	buf_clear(&sql);
	buf_clear(&cell);
}

static void load_file(
	struct district *d, const char *path, const struct entity *entity, const char *owner)
{
	const struct env *env = env_system();
	struct csv_table *table = NULL;
	const struct csv_row *header, *rows;
	struct buf bytes = { 0 };
	struct err err = { 0 };
	size_t count, i;

	assert_ok(env->read_file(env->ctx, &bytes, path, CSV_FILE_MAX_BYTES, &err), &err);
	assert_ok(csv_read(&table, buf_as_view(&bytes), &err), &err);
	header = csv_header(table);
	for (i = 0; i < header->count; i++) {
		assert_non_null(entity_field(entity, header->cells[i]));
	}
	rows = csv_rows(table, &count);
	for (i = 0; i < count; i++) {
		assert_int_equal(rows[i].count, header->count);
		insert_row(d, entity, header, &rows[i], i + 1, owner);
	}
	csv_table_free(table);
	buf_clear(&bytes);
}

/* Load ${owner}'s folder in the order of its files' numbers. */
static void load_folder(struct district *d, const char *owner)
{
	const struct env *env = env_system();
	struct buf folder = { 0 }, names = { 0 }, path = { 0 };
	struct err err = { 0 };
	struct cursor cursor;

	buf_printf(&folder, "%s/%s", d->folder, owner);
	assert_ok(env->list_dir(env->ctx, &names, buf_str(&folder), &err), &err);
	cursor = cursor_of(names.data, names.len);
	while (cursor_left(&cursor) != 0) {
		struct view name = cursor_until(&cursor, '\0');
		const struct entity *entity =
			model_entity(d->model, (struct view){ name.data + 3, name.len - 7 });

		assert_non_null(entity);
		assert_int_equal(entity->district_writes, strcmp(owner, DISTRICT_SLUG) == 0);
		buf_reset(&path);
		buf_printf(&path, "%s/%s", buf_str(&folder), name.data);
		load_file(d, buf_str(&path), entity, owner);
	}
	buf_clear(&folder);
	buf_clear(&names);
	buf_clear(&path);
}

/* ---- a whole district --------------------------------------------- */

static void write_folders(struct district *d)
{
	struct buf path = { 0 };
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < d->plan.community_count; i++) {
		buf_reset(&path);
		buf_printf(&path, "%s/%s", d->folder, d->plan.communities[i].slug);
		assert_ok(
			writer_run(&d->plan, &d->plan.communities[i], buf_str(&path), &err), &err);
	}
	buf_reset(&path);
	buf_printf(&path, "%s/%s", d->folder, DISTRICT_SLUG);
	assert_ok(writer_run_district(&d->plan, buf_str(&path), &err), &err);
	buf_clear(&path);
}

static void district_open(struct district *d, size_t communities, uint64_t seed)
{
	const char *base = getenv("TMPDIR");
	struct buf path = { 0 };
	struct err err = { 0 };
	size_t i;

	memset(d, 0, sizeof(*d));
	buf_printf(&path, "%s/linli-demo-XXXXXX", base != NULL ? base : "/tmp");
	assert_non_null(mkdtemp((char *)path.data));
	d->folder = (char *)path.data;
	assert_ok(plan_make(&d->plan, &(struct plan_options){ seed, communities, 1 }, &err), &err);
	assert_ok(model_parse(&d->model, model_builtin(), &err), &err);
	assert_int_equal(sqlite3_open(":memory:", &d->db), SQLITE_OK);
	make_tables(d->db, d->model);
	write_folders(d);
	load_folder(d, DISTRICT_SLUG);
	for (i = 0; i < d->plan.community_count; i++) {
		load_folder(d, d->plan.communities[i].slug);
	}
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void district_close(struct district *d)
{
	assert_int_equal(nftw(d->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(d->folder);
	sqlite3_close(d->db);
	model_free(d->model);
	plan_clear(&d->plan);
}

/* ---- what must hold ----------------------------------------------- */

static void checks_hold(struct district *d)
{
	struct buf sql = { 0 };
	size_t i, j;

	for (i = 0; i < d->model->entity_count; i++) {
		const struct entity *entity = &d->model->entities[i];

		for (j = 0; j < entity->check_count; j++) {
			buf_reset(&sql);
			buf_printf(&sql, "SELECT count(*) FROM \"%s\" WHERE NOT (%s)", entity->name,
				entity->checks[j].sql);
			if (ask(d->db, buf_str(&sql)) != 0) {
				fail_msg("%s: %s", entity->name, entity->checks[j].name);
			}
		}
	}
	buf_clear(&sql);
}

/* How each figure of figures.tsv is counted, in plain SQL. */
static const struct {
	const char *key, *sql;
} counts[] = {
	{ "zhizunong_clubs", "SELECT count(*) FROM club WHERE owner = 'zhizunong'" },
	{ "zhizunong_named_clubs",
		"SELECT count(*) FROM club WHERE owner = 'zhizunong' AND name IN "
		"('舞蹈队', '乒乓球队', '太极拳队', '老姐妹服务队')" },
	{ "zhizunong_events",
		"SELECT (SELECT count(*) FROM activity WHERE owner = 'zhizunong' AND held_on LIKE "
		"'2024%') + (SELECT count(*) FROM meeting WHERE owner = 'zhizunong' AND held_on "
		"LIKE "
		"'2024%' AND kind = 'red_tea')" },
	{ "zhizunong_served",
		"SELECT sum(served) FROM activity WHERE owner = 'zhizunong' AND held_on LIKE "
		"'2024%'" },
	{ "zhizunong_lifts",
		"SELECT sum(units) FROM project WHERE owner = 'zhizunong' AND category = "
		"'lift_added' "
		"AND accepted_on IS NOT NULL" },
	{ "chaoming_team",
		"SELECT count(*) FROM team_member WHERE owner = 'zhizunong' OR owner LIKE "
		"'chaoming-%'" },
	{ "district_clubs", "SELECT count(*) FROM club" },
	{ "service_days", "SELECT count(*) FROM activity WHERE service_day AND held_on >= '2023'" },
	{ "jinduhuating_lifts",
		"SELECT sum(units) FROM project WHERE owner = 'jingduyuan' AND compound = "
		"'金都华庭' "
		"AND category = 'lift_replaced' AND accepted_on LIKE '2024%'" },
	{ "jinduhuating_fen",
		"SELECT sum(self_raised) FROM project WHERE owner = 'jingduyuan' AND compound = "
		"'金都华庭'" },
	{ "jinduhuating_shares", "SELECT sum(due) FROM contribution WHERE paid = due" },
	{ "ramp_revisions",
		"SELECT count(*) FROM plan_revision WHERE topic = '京都苑残疾人坡道改造'" },
	/* Civil Code, article 278: two thirds took part, three quarters of them agreed. */
	{ "ramp_passed",
		"SELECT count(*) FROM resolution WHERE topic = '京都苑残疾人坡道改造' AND matter = "
		"'special' AND decided_on LIKE '2023-12%' AND 3 * owners_voted >= 2 * owners_total "
		"AND 3 * area_voted >= 2 * area_total AND 4 * owners_for >= 3 * owners_voted "
		"AND 4 * area_for >= 3 * area_voted" },
	{ "jingduyuan_projects",
		"SELECT count(*) FROM project WHERE owner = 'jingduyuan' AND accepted_on IS NOT "
		"NULL" },
	{ "wanglanfu_meetings",
		"SELECT count(*) FROM meeting WHERE compound = '望澜府' AND kind IN ('joint', "
		"'symposium')" },
	{ "wanglanfu_projects",
		"SELECT count(*) FROM project WHERE compound = '望澜府' AND accepted_on IS NOT "
		"NULL" },
	{ "wanglanfu_not_re_elected",
		"SELECT count(*) FROM committee_member m WHERE owner = 'wanglanfu' AND until = "
		"'2023-12-22' AND NOT EXISTS (SELECT 1 FROM committee_member n WHERE n.owner = "
		"m.owner "
		"AND n.person = m.person AND n.re_elected AND n.since = '2023-12-22')" },
	{ "wanglanfu_new_members",
		"SELECT count(*) FROM committee_member m JOIN person p ON p.owner = m.owner AND "
		"p.name = "
		"m.person WHERE m.owner = 'wanglanfu' AND since = '2023-12-22' AND NOT re_elected "
		"AND "
		"m.party_member AND birth_decade >= 1990" },
	{ "training_sessions", "SELECT count(*) FROM training_session" },
	{ "training_persons", "SELECT count(DISTINCT owner || ' ' || person) FROM attendance" },
	{ "series_right",
		"SELECT (SELECT sum(held_24 > held_23) FROM (SELECT "
		"(SELECT count(*) FROM owners_committee WHERE step = 'formed' AND formed_on < "
		"'2025') AS "
		"held_24, (SELECT count(*) FROM owners_committee WHERE step = 'formed' AND "
		"formed_on < "
		"'2024') AS held_23)) + (SELECT count(*) FROM (SELECT kind FROM score GROUP BY "
		"kind "
		"HAVING sum(CASE period WHEN '2024' THEN points ELSE -points END) > 0)) + (SELECT "
		"sum(CASE WHEN opened_on >= '2024' THEN 1 ELSE -1 END) < 0 FROM dispute)" },
};

static int64_t count_of(struct district *d, struct view key)
{
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (view_is(key, counts[i].key)) {
			return ask(d->db, counts[i].sql);
		}
	}
	fail_msg("no count for '%.*s'", (int)key.len, key.data);
	return -1;
}

static void figures_come_out(struct district *d, bool whole)
{
	struct buf text = { 0 };
	struct cursor cursor;
	size_t rows = 0;

	plan_figures(&text, &d->plan);
	cursor = cursor_of(text.data, text.len);
	while (cursor_left(&cursor) != 0) {
		struct view key = cursor_until(&cursor, '\t');
		struct view relation = cursor_until(&cursor, '\t');
		int64_t report, plan, counted;

		assert_true(int64_parse(&report, cursor_until(&cursor, '\t')));
		assert_true(int64_parse(&plan, cursor_until(&cursor, '\n')));
		counted = count_of(d, key);
		if (counted != plan) {
			fail_msg("%.*s: planned %" PRId64 ", counted %" PRId64, (int)key.len,
				key.data, plan, counted);
		}
		if (view_is(relation, ">")) {
			assert_true(counted > report);
		} else if (view_is(relation, "=")) {
			assert_int_equal(counted, report);
		} else {
			assert_false(whole);
		}
		rows++;
	}
	assert_int_equal(rows, sizeof(counts) / sizeof(counts[0]));
	buf_clear(&text);
}

/* A demo that the program refuses, or that counts to something else, shows nothing. */
static void test_demo__whole_district_counts_to_the_report(void **state)
{
	struct district d;

	(void)state;
	district_open(&d, PLAN_ALL_COMMUNITIES, 2024);
	checks_hold(&d);
	figures_come_out(&d, true);
	assert_int_equal(ask(d.db, "SELECT count(*) FROM compound"), PLAN_COMPOUNDS);
	assert_int_equal(ask(d.db, "SELECT count(DISTINCT name) FROM compound"), PLAN_COMPOUNDS);
	district_close(&d);
}

/* The test suite runs a small one; the named communities are the same in it. */
static void test_demo__small_district_keeps_the_named_communities(void **state)
{
	static const size_t sizes[] = { PLAN_MIN_COMMUNITIES, 12, 30 };
	struct district d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		district_open(&d, sizes[i], 7 + i);
		checks_hold(&d);
		figures_come_out(&d, false);
		district_close(&d);
	}
}

/* The same seed is the same district, another is another. */
static void test_demo__seed_decides(void **state)
{
	const struct env *env = env_system();
	struct buf text[3] = { 0 }, path = { 0 };
	struct err err = { 0 };
	struct district d;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		district_open(&d, 8, i < 2 ? 5 : 6);
		buf_reset(&path);
		buf_printf(&path, "%s/zhizunong/08-activity.csv", d.folder);
		assert_ok(env->read_file(
				  env->ctx, &text[i], buf_str(&path), CSV_FILE_MAX_BYTES, &err),
			&err);
		district_close(&d);
	}
	assert_true(view_equal(buf_as_view(&text[0]), buf_as_view(&text[1])));
	assert_false(view_equal(buf_as_view(&text[0]), buf_as_view(&text[2])));
	for (i = 0; i < 3; i++) {
		buf_clear(&text[i]);
	}
	buf_clear(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_demo__whole_district_counts_to_the_report),
		cmocka_unit_test(test_demo__small_district_keeps_the_named_communities),
		cmocka_unit_test(test_demo__seed_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
