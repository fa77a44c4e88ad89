/* law_sql.c -- see law_sql.h. */
#include "law.h"
#include "law_sql.h"

static struct view text_of(sqlite3_value *value)
{
	const char *text = (const char *)sqlite3_value_text(value);

	return (struct view){ text, text != NULL ? (size_t)sqlite3_value_bytes(value) : 0 };
}

static bool integers(int64_t *out, int count, sqlite3_value **args)
{
	int i;

	for (i = 0; i < count; i++) {
		if (sqlite3_value_type(args[i]) != SQLITE_INTEGER) {
			return false;
		}
		out[i] = sqlite3_value_int64(args[i]);
	}
	return true;
}

/* matter and six numbers; false: the answer is NULL. */
static bool judge(struct law_verdict *verdict, sqlite3_value **args)
{
	enum law_matter matter;
	struct law_vote vote;
	int64_t n[6];

	if (!law_matter_parse(&matter, text_of(args[0])) || !integers(n, 6, args + 1)) {
		return false;
	}
	vote = (struct law_vote){ n[0], n[1], n[2], n[3], n[4], n[5] };
	return law_resolution(verdict, matter, &vote, NULL);
}

static void sql_valid(sqlite3_context *ctx, int count, sqlite3_value **args)
{
	int64_t n[4];
	bool valid;

	(void)count;
	if (integers(n, 4, args) && law_turnout(&valid, n[0], n[1], n[2], n[3], NULL)) {
		sqlite3_result_int(ctx, valid);
	}
}

static void sql_passed(sqlite3_context *ctx, int count, sqlite3_value **args)
{
	struct law_verdict verdict;

	(void)count;
	if (judge(&verdict, args)) {
		sqlite3_result_int(ctx, verdict.passed);
	}
}

static void sql_missing(sqlite3_context *ctx, int count, sqlite3_value **args)
{
	struct law_verdict verdict;
	int64_t n;

	(void)count;
	if (judge(&verdict, args + 1) && law_missing(&n, &verdict, text_of(args[0]), NULL)) {
		sqlite3_result_int64(ctx, n);
	}
}

struct split {
	struct law_shares shares;
	int64_t total;
	bool refused;
};

static void split_step(sqlite3_context *ctx, int count, sqlite3_value **args)
{
	struct split *split = sqlite3_aggregate_context(ctx, sizeof(*split));
	int64_t weight;

	(void)count;
	if (split == NULL) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	if (!integers(&split->total, 1, args) || !integers(&weight, 1, args + 2) ||
		!law_shares_add(&split->shares, text_of(args[1]), weight, NULL)) {
		split->refused = true;
	}
}

static void split_final(sqlite3_context *ctx)
{
	struct split *split = sqlite3_aggregate_context(ctx, 0);
	struct buf json = { 0 };

	if (split == NULL) {
		return;
	}
	if (!split->refused && law_shares_json(&json, &split->shares, split->total, NULL)) {
		sqlite3_result_text(ctx, buf_str(&json), -1, SQLITE_TRANSIENT);
	}
	buf_clear(&json);
	law_shares_clear(&split->shares);
}

int law_sql_register(sqlite3 *db)
{
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
	int status = sqlite3_create_function(db, "resolution_valid", 4, flags, NULL, sql_valid,
		NULL, NULL);

	if (status == SQLITE_OK) {
		status = sqlite3_create_function(db, "resolution_passed", 7, flags, NULL,
			sql_passed, NULL, NULL);
	}
	if (status == SQLITE_OK) {
		status = sqlite3_create_function(db, "resolution_missing", 8, flags, NULL,
			sql_missing, NULL, NULL);
	}
	if (status == SQLITE_OK) {
		status = sqlite3_create_function(db, "cost_shares", 3, flags, NULL, NULL,
			split_step, split_final);
	}
	return status;
}
