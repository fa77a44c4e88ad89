/*
 * db.h -- SQLite, as the store uses it.  The only door to SQLite.
 *
 * A statement is prepared once and found again by its text, unless it stands
 * on a row: then another of that text is.  Binding needs no check: the first
 * failure is kept and reported by the next step.  A column's text or blob is
 * borrowed until the statement moves.  One connection, one thread.
 *
 * After a sync has failed nothing is written any more (ERR_IO).
 */
#ifndef LINLI_DB_H
#define LINLI_DB_H

#include "linli/bytes.h"

struct db;
struct stmt;

/*
 * Open the file at ${path}, creating it, its owner's alone, if ${create}:
 * WAL, synchronous=FULL.  Waits up to 10 s for other programs.
 * Fails with ERR_NOT_FOUND, ERR_STORE, ERR_BUSY, ERR_IO.
 */
MUST_CHECK bool db_open(struct db **out, const char *path, bool create, struct err *err);
/* An empty one of its own, in a file that SQLite removes when it is closed. */
MUST_CHECK bool db_open_scratch(struct db **out, struct err *err);
void db_close(struct db *db);

/* Run a script without results. */
MUST_CHECK bool db_exec(struct db *db, const char *sql, struct err *err);
MUST_CHECK bool db_begin(struct db *db, struct err *err); /* takes the write lock */
/* All that is read until db_rollback() is of one state. */
MUST_CHECK bool db_begin_reading(struct db *db, struct err *err);
MUST_CHECK bool db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db);
MUST_CHECK bool db_savepoint(struct db *db, struct err *err);
MUST_CHECK bool db_release(struct db *db, struct err *err);
void db_rollback_to_savepoint(struct db *db);
/* False also where SQLite has undone it by itself, as on a full disk. */
bool db_in_transaction(struct db *db);
/* Changes whenever another connection has committed. */
int64_t db_version(struct db *db);
/*
 * Copy the whole database to ${path} while it is in use: a new file
 * (ERR_EXISTS), its owner's alone.
 */
MUST_CHECK bool db_backup(struct db *db, const char *path, struct err *err);

/*
 * Rewrite the whole file, outside a transaction, so that nothing that was
 * deleted is left in it or in its log.  Takes as much memory as the file has
 * bytes, up to a limit; beyond that a temporary file.  Fails with ERR_BUSY
 * if another program is reading just now.
 */
MUST_CHECK bool db_scrub(struct db *db, struct err *err);

/* Never NULL; what was wrong with ${sql} is reported by the first step. */
struct stmt *db_prepare(struct db *db, const char *sql);

/*
 * Prepare ${sql} such that it can only read; ${tables}, if not NULL,
 * receives the names of the tables it reads, each ended by a NUL.  The
 * caller releases it with stmt_free().
 */
MUST_CHECK bool db_prepare_reading(struct stmt **out, struct db *db, const char *sql,
	struct buf *tables, struct err *err);
void stmt_free(struct stmt *stmt);

/* Parameters by name (":seq"), or by number from 1 in generated SQL. */
void stmt_int(struct stmt *stmt, const char *name, int64_t value);
void stmt_text(struct stmt *stmt, const char *name, struct view value);
void stmt_blob(struct stmt *stmt, const char *name, const void *data, size_t len);
void stmt_int_at(struct stmt *stmt, int number, int64_t value);
void stmt_text_at(struct stmt *stmt, int number, struct view value);
void stmt_blob_at(struct stmt *stmt, int number, const void *data, size_t len);
void stmt_null_at(struct stmt *stmt, int number);
/* Bind ${name} if the statement has it. */
void stmt_text_if(struct stmt *stmt, const char *name, struct view value);
void stmt_blob_if(struct stmt *stmt, const char *name, const void *data, size_t len);

/* The next row; *row is false at the end, and the statement is reset. */
MUST_CHECK bool stmt_step(struct stmt *stmt, bool *row, struct err *err);
/* Run a writing statement to its end. */
MUST_CHECK bool stmt_run(struct stmt *stmt, struct err *err);
/* Give up a reading statement before its end. */
void stmt_reset(struct stmt *stmt);

bool stmt_is_null(struct stmt *stmt, int column);
bool stmt_is_text(struct stmt *stmt, int column);
bool stmt_is_blob(struct stmt *stmt, int column);
bool stmt_is_real(struct stmt *stmt, int column);
double stmt_get_real(struct stmt *stmt, int column);
int64_t stmt_get_int(struct stmt *stmt, int column);
struct view stmt_get_text(struct stmt *stmt, int column);
struct view stmt_get_blob(struct stmt *stmt, int column);
int stmt_columns(struct stmt *stmt);
const char *stmt_column_name(struct stmt *stmt, int column);

int64_t db_last_rowid(struct db *db);
/* Rows changed by the last writing statement. */
int64_t db_changes(struct db *db);

/* The connection itself, for functions of SQL (functions.c). */
struct sqlite3;
struct sqlite3 *db_handle(struct db *db);

#endif
