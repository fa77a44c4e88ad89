/*
 * functions.h -- functions that a model's SQL may call beside SQLite's own:
 * those of law.h by the names given there, and
 *   days_between(from, to)  whole days from one date to the other; NULL
 *                           where either is no date
 *   finds(query, text, ...) is each word of the query in one of the texts, or
 *                           its pinyin initials (pinyin.h)?
 * All are functions of their arguments alone.  json_each() and json_tree()
 * can be used in queries that only read, too.
 */
#ifndef LINLI_FUNCTIONS_H
#define LINLI_FUNCTIONS_H

#include "db.h"

/* Fails with ERR_STORE, ERR_NOMEM. */
MUST_CHECK bool functions_register(struct db *db, struct err *err);

#endif
