/*
 * law_sql.h -- the SQL functions of law.h on a bare SQLite connection, for
 * tests of a model's SQL that need no store.
 */
#ifndef LINLI_TEST_LAW_SQL_H
#define LINLI_TEST_LAW_SQL_H

#include <sqlite3.h>

/* 0, or SQLite's error code. */
int law_sql_register(sqlite3 *db);

#endif
