/* plain.c -- plain prepared SQLite upserts: what writing the rows costs at least. */
#include <sqlite3.h>
#include <stdio.h>
#include <time.h>

#include "bench.h"

double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* xorshift64*: titles differ as people's do, and are the same in every run. */
static uint64_t scatter(uint64_t n)
{
	n = (n + 1) * 0x9e3779b97f4a7c15U;
	n ^= n >> 29;
	n *= 0xbf58476d1ce4e5b9U;
	return n ^ n >> 32;
}

void row_make(struct row *row, uint32_t number)
{
	static const char *const kinds[] = { "sports_culture", "themed_evening",
		"convenience_service", "good_neighbour", "clean_up", "anti_fraud", "other" };
	static const char *const titles[] = { "量血压", "太极拳晨练", "楼道大清扫", "反诈宣传",
		"睦邻节", "主题晚会", "修伞磨刀", "乒乓球友谊赛", "书法课", "合唱排练" };
	uint64_t r = scatter(number);

	snprintf(row->title, sizeof(row->title), "%s第%u次", titles[r % 10], number % 400 + 1);
	snprintf(row->held_on, sizeof(row->held_on), "2024-%02u-%02u",
		(unsigned)(r >> 8 & 0xffff) % 12 + 1, (unsigned)(r >> 24 & 0xffff) % 28 + 1);
	row->kind = kinds[(r >> 40) % 7];
	row->participants = (int64_t)((r >> 16) % 60);
	row->served = (int64_t)((r >> 32) % 90);
}

uint32_t row_edited(uint32_t edit, uint32_t count)
{
	return (uint32_t)((uint64_t)edit * 48271 % count);
}

static bool run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool upsert(sqlite3_stmt *stmt, uint32_t number, int64_t more)
{
	struct row row;
	char id[32];
	int len;

	row_make(&row, number);
	len = snprintf(id, sizeof(id), "0123456701%04u%08u", 1U, number);
	sqlite3_bind_blob(stmt, 1, id, len, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, "zhizunong", -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, row.kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 4, row.title, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 5, row.held_on, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 6, row.participants + more);
	sqlite3_bind_int64(stmt, 7, row.served);
	return sqlite3_step(stmt) == SQLITE_DONE && sqlite3_reset(stmt) == SQLITE_OK;
}

static bool pass(sqlite3 *db, sqlite3_stmt *stmt, uint32_t count, uint32_t per_transaction,
	int64_t more)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if ((i % per_transaction == 0 && !run(db, "BEGIN IMMEDIATE")) ||
			!upsert(stmt, more != 0 ? row_edited(i, count) : i, more) ||
			((i + 1) % per_transaction == 0 && !run(db, "COMMIT"))) {
			fprintf(stderr, "plain upserts: %s\n", sqlite3_errmsg(db));
			return false;
		}
	}
	return true;
}

bool plain_upserts(const char *path, uint32_t count, uint32_t per_transaction, double *insert_s,
	double *update_s)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	double start;
	bool ok;

	ok = sqlite3_open(path, &db) == SQLITE_OK &&
		run(db,
			"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;"
			"PRAGMA wal_autocheckpoint=10000;"
			"CREATE TABLE activity (rid INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, "
			"community TEXT NOT NULL, kind TEXT, title TEXT, held_on TEXT, "
			"participants INTEGER, served INTEGER)") &&
		sqlite3_prepare_v2(db,
			"INSERT INTO activity (id, community, kind, title, held_on, participants, "
			"served) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET "
			"kind = excluded.kind, title = excluded.title, held_on = excluded.held_on, "
			"participants = excluded.participants, served = excluded.served",
			-1, &stmt, NULL) == SQLITE_OK;
	start = seconds_now();
	ok = ok && pass(db, stmt, count, per_transaction, 0);
	*insert_s = seconds_now() - start;
	start = seconds_now();
	ok = ok && pass(db, stmt, count, per_transaction, 1);
	*update_s = seconds_now() - start;
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return ok;
}
