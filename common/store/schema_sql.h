/* schema_sql.h -- the text of schema.sql, built in. */
#ifndef LINLI_SCHEMA_SQL_H
#define LINLI_SCHEMA_SQL_H

#include <stddef.h>

extern const char schema_sql[];
extern const size_t schema_sql_bytes;

#endif
