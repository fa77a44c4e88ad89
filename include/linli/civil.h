/*
 * civil.h -- dates and periods of the proleptic Gregorian calendar.
 *
 * A date is text "YYYY-MM-DD", years 0001 to 9999, so that text order is
 * date order.  A period is "YYYY", "YYYY-Qn" or "YYYY-MM", half open:
 * from its first day up to, not including, the first day after it.
 */
#ifndef LINLI_CIVIL_H
#define LINLI_CIVIL_H

#include "linli/bytes.h"

#define CIVIL_DATE_BYTES 11 /* with the NUL */

struct period {
	char name[12];                    /* as it was given */
	char from[CIVIL_DATE_BYTES];      /* first day */
	char to[CIVIL_DATE_BYTES];        /* first day after */
	char previous[12];                /* the period before, same length */
	char year_before[12];             /* the same period a year earlier */
};

bool civil_date_valid(struct view text);
/* Days since 1970-01-01 of a valid date. */
int64_t civil_days(struct view date);
void civil_from_days(char out[CIVIL_DATE_BYTES], int64_t days);
/* "YYYY-MM-DD" in China (UTC+8) at ${unix_ms}. */
void civil_date_at(char out[CIVIL_DATE_BYTES], int64_t unix_ms);
/* "YYYY-MM-DD HH:MM" in China (UTC+8) at ${unix_ms}; out has 17 chars. */
void civil_time_at(char out[17], int64_t unix_ms);
MUST_CHECK bool period_parse(struct period *out, struct view text, struct err *err);

#endif
