/* functions.c -- see functions.h. */
#include <sqlite3.h>
#include <stdlib.h>

#include "functions.h"
#include "law.h"
#include "linli/civil.h"
#include "pinyin.h"

#define VOTE_NUMBERS 6

static struct view text_of(sqlite3_value *value)
{
	const char *text = (const char *)sqlite3_value_text(value);

	return (struct view){ text != NULL ? text : "", (size_t)sqlite3_value_bytes(value) };
}

/* ${count} whole numbers; false if one of them is something else. */
static bool take_integers(int64_t *out, sqlite3_value **values, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (sqlite3_value_type(values[i]) != SQLITE_INTEGER) {
			return false;
		}
		out[i] = sqlite3_value_int64(values[i]);
	}
	return true;
}

static void resolution_valid(sqlite3_context *sql, int count, sqlite3_value **values)
{
	int64_t n[4];
	struct err ignored;
	bool valid;

	(void)count;
	if (take_integers(n, values, 4) &&
		law_turnout(&valid, n[0], n[1], n[2], n[3], &ignored)) {
		sqlite3_result_int(sql, valid);
	}
}

/* From (matter, and six numbers). */
static bool take_verdict(struct law_verdict *out, sqlite3_value **values)
{
	enum law_matter matter;
	int64_t n[VOTE_NUMBERS];
	struct law_vote vote;
	struct err ignored;

	if (sqlite3_value_type(values[0]) != SQLITE_TEXT ||
		!law_matter_parse(&matter, text_of(values[0])) ||
		!take_integers(n, values + 1, VOTE_NUMBERS)) {
		return false;
	}
	vote = (struct law_vote){ .owners_total = n[0],
		.area_total = n[1],
		.owners_voted = n[2],
		.area_voted = n[3],
		.owners_for = n[4],
		.area_for = n[5] };
	return law_resolution(out, matter, &vote, &ignored);
}

static void resolution_passed(sqlite3_context *sql, int count, sqlite3_value **values)
{
	struct law_verdict verdict;

	(void)count;
	if (take_verdict(&verdict, values)) {
		sqlite3_result_int(sql, verdict.passed);
	}
}

static void resolution_missing(sqlite3_context *sql, int count, sqlite3_value **values)
{
	struct law_verdict verdict;
	struct err ignored;
	int64_t missing;

	(void)count;
	if (sqlite3_value_type(values[0]) == SQLITE_TEXT && take_verdict(&verdict, values + 1) &&
		law_missing(&missing, &verdict, text_of(values[0]), &ignored)) {
		sqlite3_result_int64(sql, missing);
	}
}

/* What cost_shares() has gathered. */
struct cost {
	bool refused;
	int64_t total; /* of the first row */
	struct law_shares *shares;
};

static void cost_shares_step(sqlite3_context *sql, int count, sqlite3_value **values)
{
	struct cost *cost = sqlite3_aggregate_context(sql, sizeof(*cost));
	struct err ignored;
	int64_t total, weight;

	(void)count;
	if (cost == NULL || cost->refused) {
		return;
	}
	if (!take_integers(&total, values, 1) || !take_integers(&weight, values + 2, 1) ||
		sqlite3_value_type(values[1]) == SQLITE_NULL ||
		(cost->shares != NULL && total != cost->total)) {
		cost->refused = true;
		return;
	}
	if (cost->shares == NULL) {
		cost->shares = calloc(1, sizeof(*cost->shares));
		cost->total = total;
	}
	cost->refused = cost->shares == NULL ||
		!law_shares_add(cost->shares, text_of(values[1]), weight, &ignored);
}

static void cost_shares_final(sqlite3_context *sql)
{
	struct cost *cost = sqlite3_aggregate_context(sql, 0);
	struct buf json = { 0 };
	struct err ignored;

	if (cost == NULL) {
		return; /* no rows */
	}
	if (!cost->refused && cost->shares != NULL &&
		law_shares_json(&json, cost->shares, cost->total, &ignored)) {
		sqlite3_result_text64(sql, buf_str(&json), json.len, SQLITE_TRANSIENT, SQLITE_UTF8);
	}
	buf_clear(&json);
	if (cost->shares != NULL) {
		law_shares_clear(cost->shares);
		free(cost->shares);
		cost->shares = NULL;
	}
}

static void days_between(sqlite3_context *sql, int count, sqlite3_value **values)
{
	struct view from = text_of(values[0]), to = text_of(values[1]);

	(void)count;
	if (civil_date_valid(from) && civil_date_valid(to)) {
		sqlite3_result_int64(sql, civil_days(to) - civil_days(from));
	}
}

#define FIND_TEXTS 64

/* finds(query, text, ...): the search of browse.c. */
static void finds(sqlite3_context *sql, int count, sqlite3_value **values)
{
	struct view texts[FIND_TEXTS];
	size_t i, given = 0;

	for (i = 1; i < (size_t)count && given < FIND_TEXTS; i++) {
		if (sqlite3_value_type(values[i]) != SQLITE_NULL) {
			texts[given++] = text_of(values[i]);
		}
	}
	sqlite3_result_int(sql, count > 0 && pinyin_find_all(texts, given, text_of(values[0])));
}

static const struct {
	const char *name;
	int arguments;
	void (*call)(sqlite3_context *sql, int count, sqlite3_value **values); /* or NULL: */
	void (*step)(sqlite3_context *sql, int count, sqlite3_value **values);
	void (*final)(sqlite3_context *sql);
} functions[] = {
	{ "resolution_valid", 4, resolution_valid, NULL, NULL },
	{ "resolution_passed", 1 + VOTE_NUMBERS, resolution_passed, NULL, NULL },
	{ "resolution_missing", 2 + VOTE_NUMBERS, resolution_missing, NULL, NULL },
	{ "cost_shares", 3, NULL, cost_shares_step, cost_shares_final },
	{ "days_between", 2, days_between, NULL, NULL },
	{ "finds", -1, finds, NULL, NULL },
};

/*
 * SQLite makes its own table-valued functions when they are first named, by
 * a declaration that db_prepare_reading() would refuse: so name them here.
 */
static bool make_table_functions(struct db *db, struct err *err)
{
	return db_exec(db, "SELECT 1 FROM json_each('[]'), json_tree('[]')", err);
}

bool functions_register(struct db *db, struct err *err)
{
	size_t i;

	if (!make_table_functions(db, err)) {
		return false;
	}
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		int code = sqlite3_create_function(db_handle(db), functions[i].name,
			functions[i].arguments,
			SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
			functions[i].call, functions[i].step, functions[i].final);

		if (code != SQLITE_OK) {
			return err_set(err, code == SQLITE_NOMEM ? ERR_NOMEM : ERR_STORE,
				"function %s: %s", functions[i].name, sqlite3_errstr(code));
		}
	}
	return true;
}
