/*
 * test_gongshu.c -- the built-in model: every measure, check and derived
 * value run on the small district of tests/data/gongshu.sql.
 *
 * The tables stand for the store's views, with the columns that
 * docs/model.md promises.
 */
#include "test.h"

#include <sqlite3.h>

#include "law_sql.h"
#include "linli/env.h"
#include "linli/model.h"

#define SQL_FILE "tests/data/gongshu.sql"

struct fixture {
	struct model *model;
	sqlite3 *db;
};

static void run(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		fail_msg("%s: %s", sqlite3_errmsg(db), sql);
	}
}

/* The rows of ${sql}, cells joined by '=', rows by ';'. */
static const char *rows(struct buf *out, sqlite3 *db, const char *sql, const char *const *binds)
{
	sqlite3_stmt *stmt = NULL;
	const char *tail;
	int i, status;

	buf_reset(out);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, &tail) != SQLITE_OK) {
		fail_msg("%s: %s", sqlite3_errmsg(db), sql);
	}
	assert_int_equal(strspn(tail, " \n;"), strlen(tail));
	for (; binds != NULL && binds[0] != NULL; binds += 2) {
		i = sqlite3_bind_parameter_index(stmt, binds[0]);
		if (i != 0) {
			sqlite3_bind_text(stmt, i, binds[1], -1, SQLITE_TRANSIENT);
		}
	}
	while ((status = sqlite3_step(stmt)) == SQLITE_ROW) {
		buf_text(out, out->len != 0 ? ";" : "");
		for (i = 0; i < sqlite3_column_count(stmt); i++) {
			const char *cell = (const char *)sqlite3_column_text(stmt, i);

			buf_printf(out, "%s%s", i != 0 ? "=" : "", cell != NULL ? cell : "NULL");
		}
	}
	if (status != SQLITE_DONE) {
		fail_msg("%s: %s", sqlite3_errmsg(db), sql);
	}
	sqlite3_finalize(stmt);
	return buf_str(out);
}

static const char *column_type(const struct field *field)
{
	if (field->rule == RULE_UNION) {
		return "TEXT";
	}
	switch (field->type) {
	case FIELD_INTEGER:
	case FIELD_BOOLEAN:
	case FIELD_MONEY:
	case FIELD_AREA:
		return "INTEGER";
	case FIELD_REFERENCE:
		return field->reference->slug_ids ? "TEXT" : "BLOB";
	default:
		return "TEXT";
	}
}

static void create_tables(sqlite3 *db, const struct model *model)
{
	struct buf sql = { 0 };
	size_t i, j;

	for (i = 0; i < model->entity_count; i++) {
		const struct entity *entity = &model->entities[i];

		buf_reset(&sql);
		buf_printf(&sql, "CREATE TABLE \"%s\" (id %s PRIMARY KEY, community TEXT NOT NULL",
			entity->name, entity->slug_ids ? "TEXT" : "BLOB");
		for (j = 0; j < entity->field_count; j++) {
			if (&entity->fields[j] != entity->community) {
				buf_printf(&sql, ", \"%s\" %s", entity->fields[j].name,
					column_type(&entity->fields[j]));
			}
		}
		buf_text(&sql, ")");
		run(db, buf_str(&sql));
	}
	buf_clear(&sql);
	run(db, "CREATE TABLE bundle (community TEXT, device TEXT, scope TEXT, seq INTEGER,"
		" lines INTEGER, waiting INTEGER, made_on TEXT, received_on TEXT)");
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const struct env *env = env_system();
	struct buf sql = { 0 };
	struct err err = { 0 };

	assert_non_null(fixture);
	assert_ok(model_parse(&fixture->model, model_builtin(), &err), &err);
	assert_int_equal(sqlite3_open(":memory:", &fixture->db), SQLITE_OK);
	assert_int_equal(law_sql_register(fixture->db), SQLITE_OK);
	create_tables(fixture->db, fixture->model);
	assert_ok(env->read_file(env->ctx, &sql, SQL_FILE, 65536, &err), &err);
	run(fixture->db, buf_str(&sql));
	buf_clear(&sql);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	sqlite3_close(fixture->db);
	model_free(fixture->model);
	free(fixture);
	return 0;
}

static const char *const folds[AGGREGATES] = {
	[AGGREGATE_SUM] = "sum(value)",
	[AGGREGATE_DISTINCT] = "count(DISTINCT value)",
	[AGGREGATE_MEDIAN] = "group_concat(value, ',')",
	[AGGREGATE_MAX] = "max(value)",
};

struct expectation {
	const char *measure, *community, *from, *to;
	const char *rows; /* "breakdown=value;..." */
};

/* What the figures of 2024 are, worked out by hand from the rows. */
static const struct expectation of_2024[] = {
	{ "club_count", "zz", "2024-01-01", "2025-01-01", "NULL=1;太极=2" },
	{ "club_active", "zz", "2024-01-01", "2025-01-01", "NULL=1;太极=1" },
	{ "club_members", "zz", "2024-01-01", "2025-01-01", "NULL=10;太极=24" },
	{ "club_backbone", "zz", "2024-01-01", "2025-01-01", "太极=3" },
	{ "party_branches", "zz", "2024-01-01", "2025-01-01", "compound=1;stairwell=1" },
	{ "activity_count", "zz", "2024-01-01", "2025-01-01",
		"clean_up=1;convenience_service=2" },
	{ "activity_participants", "zz", "2024-01-01", "2025-01-01",
		"convenience_service=15" },
	{ "activity_served", "zz", "2024-01-01", "2025-01-01", "convenience_service=55" },
	{ "service_day_count", "zz", "2024-01-01", "2025-01-01",
		"clean_up=1;convenience_service=1" },
	{ "committee_eligible", "zz", "2024-01-01", "2025-01-01", "NULL=4" },
	{ "committee_formed", "zz", "2024-01-01", "2025-01-01", "NULL=3" },
	{ "committee_expiring", "zz", "2024-01-01", "2025-01-01", "NULL=1" },
	{ "committee_overdue", "zz", "2024-01-01", "2025-01-01", "NULL=1" },
	{ "members_outgoing", "zz", "2023-01-01", "2024-01-01", "NULL=3" },
	{ "members_re_elected", "zz", "2023-01-01", "2024-01-01", "NULL=3" },
	{ "members_in_office", "zz", "2024-01-01", "2025-01-01", "NULL=7" },
	{ "members_party", "zz", "2024-01-01", "2025-01-01", "NULL=3" },
	{ "reserve_members", "zz", "2024-01-01", "2025-01-01", "NULL=1" },
	{ "members_trained", "zz", "2024-01-01", "2025-01-01", "NULL=1" },
	{ "training_sessions", "zz", "2024-01-01", "2025-01-01", "advanced=1;induction=1" },
	{ "training_person_times", "zz", "2024-01-01", "2025-01-01",
		"advanced=2;induction=3" },
	{ "training_persons", "zz", "2024-01-01", "2025-01-01", "advanced=2;induction=2" },
	{ "topics_open", "zz", "2024-01-01", "2025-01-01", "NULL=1;decided=1;tripartite=1" },
	{ "topics_decided", "zz", "2024-01-01", "2025-01-01", "NULL=2" },
	{ "topic_days", "zz", "2024-01-01", "2025-01-01", "NULL=10,153" },
	{ "topic_revisions", "zz", "2024-01-01", "2025-01-01", "NULL=5" },
	{ "resolutions", "zz", "2024-01-01", "2025-01-01", "ordinary=2;special=2" },
	{ "resolutions_valid", "zz", "2024-01-01", "2025-01-01", "special=2" },
	{ "resolutions_passed", "zz", "2024-01-01", "2025-01-01", "special=1" },
	{ "resolution_voters", "zz", "2024-01-01", "2025-01-01", "ordinary=60;special=140" },
	{ "resolution_approvals", "zz", "2024-01-01", "2025-01-01",
		"ordinary=60;special=110" },
	{ "meetings", "zz", "2024-01-01", "2025-01-01", "joint=1;red_tea=2" },
	{ "meeting_attendees", "zz", "2024-01-01", "2025-01-01", "joint=12;red_tea=30" },
	{ "team_members", "zz", "2024-01-01", "2025-01-01", "club=2" },
	{ "projects_done", "zz", "2024-01-01", "2025-01-01", "lift_added=1;lift_replaced=1" },
	{ "lifts_added", "zz", "2024-01-01", "2025-01-01", "NULL=1" },
	{ "lifts_replaced", "zz", "2024-01-01", "2025-01-01", "NULL=6" },
	{ "funds", "zz", "2024-01-01", "2025-01-01", "self_raised=70000000;special_fund=1000" },
	{ "funds_self_raised", "zz", "2024-01-01", "2025-01-01", "NULL=70000000" },
	{ "disputes_opened", "zz", "2024-01-01", "2025-01-01", "NULL=4" },
	{ "disputes_closed", "zz", "2024-01-01", "2025-01-01", "mediated=1;settled=1" },
	{ "disputes_open", "zz", "2024-01-01", "2025-01-01", "NULL=2" },
	{ "dispute_days", "zz", "2024-01-01", "2025-01-01", "NULL=10,62" },
	{ "score_property_points", "zz", "2024-01-01", "2025-01-01", "NULL=35000" },
	{ "score_property_households", "zz", "2024-01-01", "2025-01-01", "NULL=400" },
	{ "score_management_points", "zz", "2024-01-01", "2025-01-01",
		"NULL=15000" },
	{ "score_management_households", "zz", "2024-01-01", "2025-01-01",
		"NULL=200" },
	{ "communities_expected", "zz", "2024-01-01", "2025-01-01", "NULL=1" },
	{ "communities_reported", "zz", "2024-01-01", "2025-01-01", "NULL=1" },
	{ "communities_never_reported", "wl", "2024-01-01", "2025-01-01", "NULL=1" },
	{ "oldest_unreported", "zz", "2024-01-01", "2025-01-01", "NULL=41" },
	{ "bundles_awaiting_review", "zz", "2024-01-01", "2025-01-01", "NULL=1" },
};

/* The same at other times and places, where that is what could go wrong. */
static const struct expectation elsewhere[] = {
	/* A term that ended later was running then. */
	{ "committee_formed", "zz", "2023-11-01", "2023-12-01", "NULL=3" },
	{ "committee_formed", "zz", "2019-01-01", "2020-01-01", "NULL=1" },
	{ "committee_expiring", "zz", "2023-11-01", "2023-12-01", "NULL=2" },
	/* No election, nobody re-elected. */
	{ "members_outgoing", "zz", "2024-01-01", "2025-01-01", "" },
	{ "members_re_elected", "zz", "2024-01-01", "2025-01-01", "" },
	/* Those of the old term until the new one is there. */
	{ "members_in_office", "zz", "2023-11-01", "2023-12-01", "NULL=6" },
	{ "members_trained", "zz", "2025-01-01", "2026-01-01", "NULL=2" },
	/* The district held three in 2024, whoever came; no one is counted twice. */
	{ "training_sessions", "district", "2024-01-01", "2025-01-01",
		"advanced=1;induction=2" },
	{ "training_sessions", "wl", "2024-01-01", "2025-01-01", "induction=1" },
	/* A quarter knows its own scores, not the year's. */
	{ "score_property_points", "zz", "2024-01-01", "2024-04-01", "NULL=21000" },
	{ "score_property_households", "zz", "2024-01-01", "2024-04-01", "NULL=300" },
	{ "score_management_points", "zz", "2024-06-01", "2024-07-01",
		"NULL=15000" },
	{ "communities_reported", "wl", "2024-01-01", "2025-01-01", "" },
	{ "communities_expected", "wl", "2024-01-01", "2025-01-01", "NULL=1" },
	{ "communities_expected", "district", "2024-01-01", "2025-01-01", "" },
	{ "communities_never_reported", "zz", "2024-01-01", "2025-01-01", "" },
	{ "communities_never_reported", "zz", "2024-01-01", "2024-03-01", "NULL=1" },
	{ "oldest_unreported", "wl", "2024-01-01", "2025-01-01", "" },
	{ "bundles_awaiting_review", "zz", "2024-01-01", "2026-01-01", "NULL=2" },
	{ "disputes_open", "zz", "2023-01-01", "2024-01-01", "NULL=1" },
	{ "activity_count", "zz", "2025-01-01", "2026-01-01", "clean_up=1" },
};

static void check_figure(const struct fixture *fixture, const struct expectation *expected)
{
	const struct measure *measure = model_measure(fixture->model, view_of(expected->measure));
	const char *const binds[] = { ":community", expected->community, ":from", expected->from,
		":to", expected->to, NULL };
	struct buf sql = { 0 }, out = { 0 };

	if (measure == NULL) {
		fail_msg("no measure %s", expected->measure);
	}
	buf_printf(&sql, "SELECT breakdown, %s FROM (SELECT * FROM (%s) ORDER BY value)"
		" GROUP BY breakdown ORDER BY breakdown", folds[measure->aggregate],
		measure->sql);
	rows(&out, fixture->db, buf_str(&sql), binds);
	if (strcmp(buf_str(&out), expected->rows) != 0) {
		fail_msg("%s of %s before %s: expected '%s', got '%s'", measure->name,
			expected->community, expected->to, expected->rows, buf_str(&out));
	}
	/* Every row names a record that is there; and a value, never NULL. */
	buf_reset(&sql);
	if (measure->records != NULL) {
		buf_printf(&sql, "SELECT count(*) FROM (%s) WHERE value IS NULL OR record IS NULL"
			" OR record NOT IN (SELECT id FROM \"%s\")", measure->sql,
			measure->records->name);
	} else {
		buf_printf(&sql, "SELECT count(*) FROM (%s) WHERE value IS NULL OR record IS NOT NULL",
			measure->sql);
	}
	if (strcmp(rows(&out, fixture->db, buf_str(&sql), binds), "0") != 0) {
		fail_msg("%s: rows without a record or a value", measure->name);
	}
	buf_clear(&sql);
	buf_clear(&out);
}

/* A figure that nobody worked out by hand is a figure that nobody knows. */
static void test_measures__every_one_gives_what_was_worked_out(void **state)
{
	const struct fixture *fixture = *state;
	size_t i, j;

	for (i = 0; i < sizeof(of_2024) / sizeof(of_2024[0]); i++) {
		check_figure(fixture, &of_2024[i]);
	}
	for (i = 0; i < fixture->model->measure_count; i++) {
		const char *name = fixture->model->measures[i].name;

		for (j = 0; j < sizeof(of_2024) / sizeof(of_2024[0]); j++) {
			if (strcmp(of_2024[j].measure, name) == 0 && of_2024[j].rows[0] != '\0') {
				break;
			}
		}
		if (j == sizeof(of_2024) / sizeof(of_2024[0])) {
			fail_msg("%s is not worked out", name);
		}
	}
}

static void test_measures__other_periods_and_places(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		check_figure(*state, &elsewhere[i]);
	}
}

/* Nobody's records count for a community that has none. */
static void test_measures__an_empty_community_has_nothing(void **state)
{
	const struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < fixture->model->measure_count; i++) {
		const struct expectation none = { fixture->model->measures[i].name, "nowhere",
			"2000-01-01", "2030-01-01", "" };

		check_figure(fixture, &none);
	}
}

/* Values in a breakdown are those that the model has labels for. */
static void test_measures__breakdowns_have_labels(void **state)
{
	const struct fixture *fixture = *state;
	size_t i, j;

	for (i = 0; i < fixture->model->measure_count; i++) {
		const struct measure *measure = &fixture->model->measures[i];
		const char *const binds[] = { ":community", "zz", ":from", "2024-01-01", ":to",
			"2025-01-01", NULL };
		struct buf sql = { 0 }, out = { 0 };

		buf_printf(&sql, "SELECT DISTINCT breakdown FROM (%s) WHERE breakdown IS NOT NULL",
			measure->sql);
		rows(&out, fixture->db, buf_str(&sql), binds);
		assert_true(out.len == 0 || measure->breakdown.zh[0] != '\0');
		for (j = 0; j < measure->breakdown_member_count; j++) {
			assert_non_null(measure->breakdown_members[j].label.zh);
		}
		if (measure->breakdown_members != NULL && out.len != 0) {
			char *part, *rest = NULL;

			for (part = strtok_r((char *)out.data, ";", &rest); part != NULL;
				part = strtok_r(NULL, ";", &rest)) {
				for (j = 0; j < measure->breakdown_member_count; j++) {
					if (strcmp(measure->breakdown_members[j].name, part) == 0) {
						break;
					}
				}
				assert_true(j < measure->breakdown_member_count);
			}
		}
		buf_clear(&sql);
		buf_clear(&out);
	}
}

static const struct {
	const char *entity, *derived, *id, *rows;
} derived_values[] = {
	{ "topic", "revisions", "81", "NULL=5" },
	{ "topic", "meetings", "81", "NULL=2" },
	{ "resolution", "valid", "91", "NULL=1" },
	{ "resolution", "valid", "92", "NULL=0" },
	{ "resolution", "valid", "94", "NULL=NULL" },
	{ "resolution", "passed", "91", "NULL=1" },
	{ "resolution", "passed", "92", "NULL=0" },
	{ "resolution", "passed", "93", "NULL=0" },
	{ "resolution", "passed", "94", "NULL=NULL" },
	{ "resolution", "owners_missing", "91", "" },
	{ "resolution", "owners_missing", "92", "参与表决 / took part=7" },
	{ "resolution", "owners_missing", "93", "同意 / in favour=3" },
	{ "resolution", "owners_missing", "94", "" },
	{ "resolution", "area_missing", "93", "" },
	{ "project", "unfunded", "B5", "NULL=10000000" },
	{ "project", "unfunded", "B6", "NULL=0" },
	{ "project", "unfunded", "B7", "" },
	/* 1000 by three equal areas; the odd fen to the first in household order. */
	{ "project", "household_shares", "B9", "1-101=334;1-102=333;2-101=333" },
	{ "project", "household_shares", "BA", "1-101=250;1-102=500;2-101=250" },
	/* Only those who have a contribution share it. */
	{ "project", "household_shares", "BB", "1-101=50;2-101=50" },
	/* No method, no money, or an area that is not known: nothing is made up. */
	{ "project", "household_shares", "B5", "" },
	{ "project", "household_shares", "B6", "" },
	{ "project", "household_shares", "BC", "" },
	{ "project", "households_without_area", "BC", "NULL=1" },
	{ "project", "households_without_area", "B9", "" },
	{ "contribution", "outstanding", "47", "NULL=40" },
	{ "contribution", "outstanding", "48", "NULL=40" },
};

static void test_derived__every_one_gives_what_was_worked_out(void **state)
{
	const struct fixture *fixture = *state;
	struct buf out = { 0 }, sql = { 0 };
	size_t i, j, k, seen;

	for (i = 0; i < fixture->model->entity_count; i++) {
		const struct entity *entity = &fixture->model->entities[i];

		for (j = 0; j < entity->derived_count; j++) {
			seen = 0;
			for (k = 0; k < sizeof(derived_values) / sizeof(derived_values[0]); k++) {
				const char *at;

				if (strcmp(derived_values[k].entity, entity->name) != 0 ||
					strcmp(derived_values[k].derived, entity->derived[j].name) != 0) {
					continue;
				}
				/* :id is a blob; stand a literal in for it. */
				buf_reset(&sql);
				buf_text(&sql, entity->derived[j].sql);
				at = strstr(buf_str(&sql), ":id");
				assert_non_null(at);
				buf_reset(&sql);
				buf_add(&sql, entity->derived[j].sql,
					(size_t)(strstr(entity->derived[j].sql, ":id") -
						entity->derived[j].sql));
				buf_printf(&sql, "x'%s'%s", derived_values[k].id,
					strstr(entity->derived[j].sql, ":id") + 3);
				assert_null(strstr(buf_str(&sql), ":id"));
				assert_string_equal(rows(&out, fixture->db, buf_str(&sql), NULL),
					derived_values[k].rows);
				seen++;
			}
			if (seen == 0) {
				fail_msg("%s.%s is not worked out", entity->name,
					entity->derived[j].name);
			}
		}
	}
	buf_clear(&out);
	buf_clear(&sql);
}

/* One record for each check that must not hold for it. */
static const struct {
	const char *entity, *check, *columns, *values;
} violations[] = {
	{ "household", "area_not_negative", "area", "-1" },
	{ "household", "coefficient_not_negative", "floor_coefficient", "-1" },
	{ "owners_committee", "term_positive", "term", "0" },
	{ "owners_committee", "ends_after_formed", "formed_on, term_ends_on",
		"'2024-01-02', '2024-01-01'" },
	{ "committee_member", "until_after_since", "since, until", "'2024-01-02', '2024-01-01'" },
	{ "team_member", "until_after_since", "since, until", "'2024-01-02', '2024-01-01'" },
	{ "topic", "decided_after_raised", "raised_on, decided_on", "'2024-01-02', '2024-01-01'" },
	{ "plan_revision", "number_positive", "number", "0" },
	{ "resolution", "owners_add_up", "owners_total, owners_voted", "10, 11" },
	{ "resolution", "owners_add_up", "owners_total, owners_for", "10, 11" },
	{ "resolution", "owners_add_up", "owners_voted, owners_for", "10, 11" },
	{ "resolution", "areas_add_up", "area_total, area_voted", "10, 11" },
	{ "resolution", "areas_add_up", "area_voted, area_for", "10, 11" },
	{ "project", "accepted_after_started", "started_on, accepted_on",
		"'2024-01-02', '2024-01-01'" },
	{ "project", "money_not_negative", "special_fund", "-1" },
	{ "project", "units_not_negative", "units", "-1" },
	{ "contribution", "due_not_negative", "due", "-1" },
	{ "dispute", "closed_after_opened", "opened_on, closed_on", "'2024-01-02', '2024-01-01'" },
	{ "score", "period_form", "period", "'2024-Q5'" },
	{ "score", "period_form", "period", "'2024-13'" },
	{ "score", "period_form", "period", "'24'" },
	{ "score", "period_form", "period", "'2a24'" },
	{ "score", "period_form", "period", "'2024年'" },
};

static size_t count_violated(sqlite3 *db, const struct entity *entity, const struct check *check)
{
	struct buf sql = { 0 }, out = { 0 };
	size_t count;

	buf_printf(&sql, "SELECT count(*) FROM \"%s\" WHERE NOT (%s)", entity->name, check->sql);
	count = (size_t)strtoul(rows(&out, db, buf_str(&sql), NULL), NULL, 10);
	buf_clear(&sql);
	buf_clear(&out);
	return count;
}

/* A check that holds for everything, or for nothing, is no check. */
static void test_checks__each_catches_its_violation_and_no_sound_record(void **state)
{
	const struct fixture *fixture = *state;
	size_t i, j, k, seen;
	struct buf sql = { 0 };

	for (i = 0; i < fixture->model->entity_count; i++) {
		const struct entity *entity = &fixture->model->entities[i];

		buf_reset(&sql);
		buf_printf(&sql, "INSERT INTO \"%s\" (id, community) VALUES ('empty', 'zz')",
			entity->name);
		run(fixture->db, buf_str(&sql));
		for (j = 0; j < entity->check_count; j++) {
			const struct check *check = &entity->checks[j];

			if (count_violated(fixture->db, entity, check) != 0) {
				fail_msg("%s.%s fails for a sound record", entity->name, check->name);
			}
			for (seen = 0, k = 0; k < sizeof(violations) / sizeof(violations[0]); k++) {
				if (strcmp(violations[k].entity, entity->name) != 0 ||
					strcmp(violations[k].check, check->name) != 0) {
					continue;
				}
				buf_reset(&sql);
				buf_printf(&sql,
					"SAVEPOINT one; INSERT INTO \"%s\" (id, community, %s)"
					" VALUES ('bad', 'zz', %s)", entity->name,
					violations[k].columns, violations[k].values);
				run(fixture->db, buf_str(&sql));
				if (count_violated(fixture->db, entity, check) != 1) {
					fail_msg("%s.%s misses %s", entity->name, check->name,
						violations[k].values);
				}
				run(fixture->db, "ROLLBACK TO one; RELEASE one");
				seen++;
			}
			if (seen == 0) {
				fail_msg("%s.%s: no violation is tried", entity->name, check->name);
			}
		}
	}
	buf_clear(&sql);
}

/* Reports and other programs ask for figures by these names. */
static void test_figures__go_by_their_names(void **state)
{
	static const char *const names[] = { "club_count", "club_active", "club_members",
		"club_backbone", "activity_count", "activity_participants", "activity_served",
		"service_day_count", "committee_eligible", "committee_formed",
		"committee_coverage", "committee_expiring", "re_election_rate",
		"party_member_share", "reserve_members", "members_in_office", "members_trained",
		"training_coverage", "training_sessions", "training_person_times",
		"training_persons", "topics_open", "topics_decided", "topic_days",
		"revisions_per_topic", "resolutions_valid", "resolutions_passed",
		"approval_share", "meetings", "team_members", "projects_done", "lifts_added",
		"lifts_replaced", "funds", "self_raised_share", "disputes_opened",
		"disputes_closed", "disputes_open", "dispute_days", "score_property_old",
		"score_management_resettlement", "three_up_one_down", "reporting",
		"oldest_unreported", "bundles_awaiting_review" };
	const struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct view name = view_of(names[i]);

		if (model_measure(fixture->model, name) == NULL &&
			model_indicator(fixture->model, name) == NULL &&
			model_series(fixture->model, name) == NULL) {
			fail_msg("no figure %s", names[i]);
		}
	}
}

/* A person's name, phone and note never leave the community. */
static void test_scopes__names_stay_in_the_community(void **state)
{
	static const char *const private_fields[] = { "name", "phone", "note" };
	const struct fixture *fixture = *state;
	const struct entity *person = model_entity(fixture->model, view_of("person"));
	const struct entity *club = model_entity(fixture->model, view_of("club"));
	size_t i;

	for (i = 0; i < 3; i++) {
		const struct field *field = entity_field(person, view_of(private_fields[i]));

		assert_int_equal(field->scope, SCOPE_COMMUNITY);
	}
	assert_int_equal(entity_field(person, view_of("birth_decade"))->scope, SCOPE_DISTRICT);
	assert_int_equal(entity_field(club, view_of("name"))->scope, SCOPE_FEDERATION);
	assert_int_equal(entity_field(club, view_of("members"))->scope, SCOPE_DISTRICT);
	assert_int_equal(club->scopes, 1U << SCOPE_FEDERATION | 1U << SCOPE_DISTRICT);
	assert_int_equal(model_entity(fixture->model, view_of("household"))->scopes,
		1U << SCOPE_COMMUNITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measures__every_one_gives_what_was_worked_out),
		cmocka_unit_test(test_measures__other_periods_and_places),
		cmocka_unit_test(test_measures__an_empty_community_has_nothing),
		cmocka_unit_test(test_measures__breakdowns_have_labels),
		cmocka_unit_test(test_derived__every_one_gives_what_was_worked_out),
		cmocka_unit_test(test_figures__go_by_their_names),
		cmocka_unit_test(test_scopes__names_stay_in_the_community),
		/* Last: it adds empty records. */
		cmocka_unit_test(test_checks__each_catches_its_violation_and_no_sound_record),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
