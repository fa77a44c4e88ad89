/* schema_sql.h -- schema.sql as text, made by embed.cmake. */
#ifndef LINLI_SCHEMA_SQL_H
#define LINLI_SCHEMA_SQL_H

extern const char schema_sql[];

#endif
