/* db.c -- SQLite, as the store uses it; see db.h. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"

#define DB_BUSY_MS 10000
#define DB_SCRUB_MEMORY_BYTES (256LL * 1024 * 1024)
#define STATEMENTS_FIRST_ROOM 1024 /* a power of two */

/*
 * Planted, each statement commits alone: tests/scenario/kill-anywhere.sh
 * must find that bug.
 */
#ifdef LINLI_PLANT_NO_TRANSACTIONS
#define SQL_BEGIN "SELECT 'begin'"
#define SQL_COMMIT "SELECT 'commit'"
#define IN_TRANSACTION(handle) ((handle) != NULL)
#else
#define SQL_BEGIN "BEGIN IMMEDIATE"
#define SQL_COMMIT "COMMIT"
#define IN_TRANSACTION(handle) (sqlite3_get_autocommit(handle) == 0)
#endif

struct stmt {
	sqlite3_stmt *handle; /* NULL: ${prepare_code} says why */
	struct db *db;
	int failed; /* first failure of prepare or bind */
	const char *sql;
};

struct db {
	sqlite3 *handle;
	/* By hash of the text, open addressing, at most half full; room is a power of two. */
	struct stmt **statements;
	size_t statement_count, statement_room;
	struct stmt no_memory; /* stands for one that could not be made */
	bool broken; /* a sync failed: nothing may be written any more */
};

/* Set ${err} from SQLite's last failure. */
static bool failed(struct db *db, int code, const char *what, struct err *err)
{
	const char *message = db->handle != NULL ? sqlite3_errmsg(db->handle) :
						   sqlite3_errstr(code);
	int system_errno = db->handle != NULL ? sqlite3_system_errno(db->handle) : 0;
	enum err_code to;

	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
		db->broken = true;
	}
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		to = ERR_BUSY;
		break;
	case SQLITE_FULL:
		to = ERR_DISK_FULL;
		break;
	case SQLITE_NOMEM:
		to = ERR_NOMEM;
		break;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
		to = system_errno == ENOSPC || system_errno == EDQUOT ? ERR_DISK_FULL : ERR_IO;
		break;
	default:
		to = ERR_STORE;
	}
	return err_set(err, to, "%s: %s%s%s", what, message, system_errno != 0 ? ": " : "",
		system_errno != 0 ? strerror(system_errno) : "");
}

bool db_exec(struct db *db, const char *sql, struct err *err)
{
	int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK || failed(db, sqlite3_extended_errcode(db->handle), sql, err);
}

/* An empty file that only its owner may read: a store holds everything. */
static bool create_private(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		return errno == EEXIST ? err_set(err, ERR_EXISTS, "%s", path) :
					 err_errno(err, "creating %s", path);
	}
	close(fd);
	return true;
}

/* ${path} "" is a file that SQLite makes and removes. */
static bool open_path(struct db **out, const char *path, int flags, struct err *err)
{
	struct db *db = calloc(1, sizeof(*db));
	int code;

	*out = NULL;
	if (db == NULL) {
		return err_nomem(err);
	}
	code = sqlite3_open_v2(path, &db->handle,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | flags, NULL);
	if (code != SQLITE_OK) {
		failed(db, code, path, err);
		goto out;
	}
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, DB_BUSY_MS);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
	if (!db_exec(db,
		    "PRAGMA journal_mode=WAL;"
#ifdef LINLI_PLANT_ACKNOWLEDGE_EARLY
		    "PRAGMA synchronous=NORMAL;"
#else
		    "PRAGMA synchronous=FULL;"
#endif
		    "PRAGMA temp_store=MEMORY;"
		    "PRAGMA cache_size=-32768;"
		    "PRAGMA wal_autocheckpoint=10000;"
		    "PRAGMA journal_size_limit=67108864;",
		    err)) {
		err_wrap(err, "opening %s", path);
		goto out;
	}
	/* What undoes a transaction for want of memory should not need any. */
	db_prepare(db, "ROLLBACK");
	db_prepare(db, "ROLLBACK TO part");
	db_prepare(db, "RELEASE part");
	*out = db;
	db = NULL;
out:
	db_close(db);
	return *out != NULL;
}

bool db_open(struct db **out, const char *path, bool create, struct err *err)
{
	*out = NULL;
	if (!create && access(path, F_OK) != 0) {
		return err_set(
			err, ERR_NOT_FOUND, ERR_BOTH("没有记录库", "no store at") " %s", path);
	}
	/* SQLite gives its other files the rights of this one. */
	if (create && !create_private(path, err) && (err == NULL || err->code != ERR_EXISTS)) {
		return false;
	}
	return open_path(out, path, create ? SQLITE_OPEN_CREATE : 0, err);
}

bool db_open_scratch(struct db **out, struct err *err)
{
	return open_path(out, "", SQLITE_OPEN_CREATE, err);
}

void db_close(struct db *db)
{
	size_t i;

	if (db == NULL) {
		return;
	}
	for (i = 0; i < db->statement_room; i++) {
		stmt_free(db->statements[i]);
	}
	free(db->statements);
	sqlite3_close(db->handle);
	free(db);
}

/* A transaction that could not be ended, for want of memory, is ended now. */
static bool begin(struct db *db, const char *sql, struct err *err)
{
	if (db_in_transaction(db)) {
		db_rollback(db);
	}
	return stmt_run(db_prepare(db, sql), err);
}

bool db_begin(struct db *db, struct err *err)
{
	return begin(db, SQL_BEGIN, err);
}

bool db_begin_reading(struct db *db, struct err *err)
{
	return begin(db, "BEGIN", err);
}

bool db_commit(struct db *db, struct err *err)
{
	if (stmt_run(db_prepare(db, SQL_COMMIT), err)) {
		return true;
	}
	db_rollback(db);
	return false;
}

void db_rollback(struct db *db)
{
	struct err ignored;

	if (sqlite3_get_autocommit(db->handle) == 0 &&
		!stmt_run(db_prepare(db, "ROLLBACK"), &ignored)) {
		return; /* SQLite has rolled back by itself */
	}
}

bool db_savepoint(struct db *db, struct err *err)
{
	return stmt_run(db_prepare(db, "SAVEPOINT part"), err);
}

bool db_release(struct db *db, struct err *err)
{
	return stmt_run(db_prepare(db, "RELEASE part"), err);
}

void db_rollback_to_savepoint(struct db *db)
{
	struct err ignored;

	if (sqlite3_get_autocommit(db->handle) == 0 &&
		(!stmt_run(db_prepare(db, "ROLLBACK TO part"), &ignored) ||
			!stmt_run(db_prepare(db, "RELEASE part"), &ignored))) {
		return; /* the whole transaction is gone; its end says so */
	}
}

bool db_in_transaction(struct db *db)
{
#ifdef LINLI_PLANT_NO_TRANSACTIONS
	return db != NULL;
#else
	return IN_TRANSACTION(db->handle);
#endif
}

int64_t db_version(struct db *db)
{
	struct stmt *stmt = db_prepare(db, "PRAGMA data_version");
	struct err ignored;
	int64_t version = -1;
	bool row;

	if (stmt_step(stmt, &row, &ignored) && row) {
		version = stmt_get_int(stmt, 0);
	}
	stmt_reset(stmt);
	return version;
}

/* The one number of ${pragma}; -1 if there is none. */
static int64_t pragma_int(struct db *db, const char *pragma)
{
	struct stmt *stmt = db_prepare(db, pragma);
	struct err ignored;
	int64_t value = -1;
	bool row;

	if (stmt_step(stmt, &row, &ignored) && row) {
		value = stmt_get_int(stmt, 0);
	}
	stmt_reset(stmt);
	return value;
}

bool db_scrub(struct db *db, struct err *err)
{
	bool large = pragma_int(db, "PRAGMA page_count") * pragma_int(db, "PRAGMA page_size") >
		DB_SCRUB_MEMORY_BYTES;
	bool ok;

	/* VACUUM attaches the file that it writes. */
	sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 1);
	ok = (!large || db_exec(db, "PRAGMA temp_store=FILE", err)) && db_exec(db, "VACUUM", err);
	sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
	if (large && !db_exec(db, "PRAGMA temp_store=MEMORY", ok ? err : NULL)) {
		return false;
	}
	/* Its first number: somebody is still reading what was there. */
	return ok && (pragma_int(db, "PRAGMA wal_checkpoint(TRUNCATE)") == 0 ||
			     err_set(err, ERR_BUSY, "the log of the store is being read"));
}

bool db_backup(struct db *db, const char *path, struct err *err)
{
	sqlite3 *to = NULL;
	sqlite3_backup *backup;
	int code;

	if (!create_private(path, err)) {
		return false;
	}
	code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL);
	if (code == SQLITE_OK) {
		backup = sqlite3_backup_init(to, "main", db->handle, "main");
		code = backup != NULL ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(to);
		sqlite3_backup_finish(backup);
		if (code == SQLITE_DONE) {
			code = sqlite3_exec(to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
		}
	}
	if (code != SQLITE_OK) {
		err_set(err, (code & 0xff) == SQLITE_FULL ? ERR_DISK_FULL : ERR_IO,
			"writing the copy %s: %s", path, sqlite3_errmsg(to));
	}
	sqlite3_close(to);
	if (code != SQLITE_OK) {
		unlink(path);
	}
	return code == SQLITE_OK;
}

static void prepare(struct stmt *stmt, struct db *db, const char *sql)
{
	stmt->db = db;
	stmt->sql = sql;
	stmt->failed = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
		&stmt->handle, NULL);
}

/* Where ${sql} is, or an empty place for it: of those alike one that is not in use. */
static size_t statement_place(struct db *db, const char *sql)
{
	size_t hash = 5381, i;
	const char *at;

	for (at = sql; *at != '\0'; at++) {
		hash = hash * 33 + (unsigned char)*at;
	}
	for (i = hash & (db->statement_room - 1); db->statements[i] != NULL;
		i = (i + 1) & (db->statement_room - 1)) {
		if (strcmp(db->statements[i]->sql, sql) == 0 &&
			!sqlite3_stmt_busy(db->statements[i]->handle)) {
			break;
		}
	}
	return i;
}

/* Room for one more statement. */
static bool more_statements(struct db *db)
{
	size_t room = db->statement_room == 0 ? STATEMENTS_FIRST_ROOM : db->statement_room * 2;
	struct stmt **old = db->statements;
	size_t old_room = db->statement_room, i;

	if (2 * (db->statement_count + 1) <= db->statement_room) {
		return true;
	}
	db->statements = calloc(room, sizeof(struct stmt *));
	if (db->statements == NULL) {
		db->statements = old;
		return false;
	}
	db->statement_room = room;
	for (i = 0; i < old_room; i++) {
		if (old[i] != NULL) {
			size_t at = statement_place(db, old[i]->sql);

			while (db->statements[at] != NULL) {
				at = (at + 1) & (room - 1);
			}
			db->statements[at] = old[i];
		}
	}
	free(old);
	return true;
}

struct stmt *db_prepare(struct db *db, const char *sql)
{
	struct stmt *stmt;
	size_t at;

	db->no_memory = (struct stmt){ .db = db, .failed = SQLITE_NOMEM, .sql = "" };
	if (!more_statements(db)) {
		return &db->no_memory;
	}
	at = statement_place(db, sql);
	stmt = db->statements[at];
	if (stmt == NULL) {
		stmt = calloc(1, sizeof(*stmt) + strlen(sql) + 1);
		if (stmt == NULL) {
			return &db->no_memory;
		}
		prepare(stmt, db, strcpy((char *)(stmt + 1), sql));
		db->statements[at] = stmt;
		db->statement_count++;
	} else if (stmt->handle == NULL) {
		prepare(stmt, db, stmt->sql); /* what was wrong may be no longer */
	}
	return stmt;
}

/* What a reading statement may do; the tables it reads go to ${ctx}. */
static int reading_only(void *ctx, int action, const char *a, const char *b, const char *database,
	const char *trigger)
{
	struct buf *tables = ctx;

	(void)b;
	(void)database;
	(void)trigger;
	switch (action) {
	case SQLITE_READ:
		if (tables != NULL && a != NULL) {
			buf_add(tables, a, strlen(a) + 1);
		}
		return SQLITE_OK;
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
	case SQLITE_FUNCTION:
		return SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

bool db_prepare_reading(struct stmt **out, struct db *db, const char *sql, struct buf *tables,
	struct err *err)
{
	struct stmt *stmt = calloc(1, sizeof(*stmt) + strlen(sql) + 1);

	*out = NULL;
	if (stmt == NULL) {
		return err_nomem(err);
	}
	sqlite3_set_authorizer(db->handle, reading_only, tables);
	prepare(stmt, db, strcpy((char *)(stmt + 1), sql));
	sqlite3_set_authorizer(db->handle, NULL, NULL);
	if (stmt->failed != SQLITE_OK || (tables != NULL && !buf_ok(tables, err))) {
		err_set(err, ERR_MODEL, "in the query: %s: %s", sqlite3_errmsg(db->handle), sql);
		stmt_free(stmt);
		return false;
	}
	*out = stmt;
	return true;
}

void stmt_free(struct stmt *stmt)
{
	if (stmt != NULL) {
		sqlite3_finalize(stmt->handle);
		free(stmt);
	}
}

/* Keep the first failure. */
static void keep(struct stmt *stmt, int code)
{
	if (stmt->failed == SQLITE_OK) {
		stmt->failed = code;
	}
}

static int number_of(struct stmt *stmt, const char *name)
{
	return stmt->handle != NULL ? sqlite3_bind_parameter_index(stmt->handle, name) : 0;
}

void stmt_int_at(struct stmt *stmt, int number, int64_t value)
{
	keep(stmt, sqlite3_bind_int64(stmt->handle, number, value));
}

void stmt_text_at(struct stmt *stmt, int number, struct view value)
{
	keep(stmt, sqlite3_bind_text64(stmt->handle, number, value.data != NULL ? value.data : "",
			   value.len, SQLITE_TRANSIENT, SQLITE_UTF8));
}

void stmt_blob_at(struct stmt *stmt, int number, const void *data, size_t len)
{
	keep(stmt, sqlite3_bind_blob64(stmt->handle, number, len != 0 ? data : "", len,
			   SQLITE_TRANSIENT));
}

void stmt_null_at(struct stmt *stmt, int number)
{
	keep(stmt, sqlite3_bind_null(stmt->handle, number));
}

void stmt_int(struct stmt *stmt, const char *name, int64_t value)
{
	stmt_int_at(stmt, number_of(stmt, name), value);
}

void stmt_text(struct stmt *stmt, const char *name, struct view value)
{
	stmt_text_at(stmt, number_of(stmt, name), value);
}

void stmt_blob(struct stmt *stmt, const char *name, const void *data, size_t len)
{
	stmt_blob_at(stmt, number_of(stmt, name), data, len);
}

void stmt_text_if(struct stmt *stmt, const char *name, struct view value)
{
	if (number_of(stmt, name) != 0) {
		stmt_text(stmt, name, value);
	}
}

void stmt_blob_if(struct stmt *stmt, const char *name, const void *data, size_t len)
{
	if (number_of(stmt, name) != 0) {
		stmt_blob(stmt, name, data, len);
	}
}

bool stmt_step(struct stmt *stmt, bool *row, struct err *err)
{
	int code = stmt->failed;

	*row = false;
	if (stmt->db->broken && stmt->handle != NULL && !sqlite3_stmt_readonly(stmt->handle)) {
		stmt_reset(stmt);
		return err_set(err, ERR_IO,
			"an earlier write could not be made durable; start the program again");
	}
	if (code == SQLITE_OK) {
		code = sqlite3_step(stmt->handle);
		if (code == SQLITE_ROW) {
			*row = true;
			return true;
		}
	}
	if (code == SQLITE_DONE) {
		stmt_reset(stmt);
		return true;
	}
	failed(stmt->db, code, stmt->sql, err);
	stmt_reset(stmt);
	return false;
}

bool stmt_run(struct stmt *stmt, struct err *err)
{
	bool row;

	do {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
	} while (row);
	return true;
}

void stmt_reset(struct stmt *stmt)
{
	if (stmt->handle != NULL) {
		sqlite3_reset(stmt->handle);
		sqlite3_clear_bindings(stmt->handle);
		stmt->failed = SQLITE_OK;
	}
}

bool stmt_is_null(struct stmt *stmt, int column)
{
	return sqlite3_column_type(stmt->handle, column) == SQLITE_NULL;
}

bool stmt_is_text(struct stmt *stmt, int column)
{
	return sqlite3_column_type(stmt->handle, column) == SQLITE_TEXT;
}

bool stmt_is_blob(struct stmt *stmt, int column)
{
	return sqlite3_column_type(stmt->handle, column) == SQLITE_BLOB;
}

bool stmt_is_real(struct stmt *stmt, int column)
{
	return sqlite3_column_type(stmt->handle, column) == SQLITE_FLOAT;
}

double stmt_get_real(struct stmt *stmt, int column)
{
	return sqlite3_column_double(stmt->handle, column);
}

int64_t stmt_get_int(struct stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt->handle, column);
}

struct view stmt_get_text(struct stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt->handle, column);

	return (struct view){ text != NULL ? text : "",
		text != NULL ? (size_t)sqlite3_column_bytes(stmt->handle, column) : 0 };
}

struct view stmt_get_blob(struct stmt *stmt, int column)
{
	const char *data = sqlite3_column_blob(stmt->handle, column);

	return (struct view){ data,
		data != NULL ? (size_t)sqlite3_column_bytes(stmt->handle, column) : 0 };
}

int stmt_columns(struct stmt *stmt)
{
	return sqlite3_column_count(stmt->handle);
}

const char *stmt_column_name(struct stmt *stmt, int column)
{
	return sqlite3_column_name(stmt->handle, column);
}

int64_t db_last_rowid(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_changes(struct db *db)
{
	return sqlite3_changes(db->handle);
}

struct sqlite3 *db_handle(struct db *db)
{
	return db->handle;
}
