/* civil.c -- dates and periods; see linli/civil.h. */
#include <stdio.h>
#include <string.h>

#include "linli/civil.h"

#define CHINA_OFFSET_MS (8 * 3600 * 1000LL)
#define DAY_MS (86400 * 1000LL)

static bool digits(struct view text, size_t at, size_t count, int *out)
{
	size_t i;

	*out = 0;
	for (i = at; i < at + count; i++) {
		if (i >= text.len || text.data[i] < '0' || text.data[i] > '9') {
			return false;
		}
		*out = *out * 10 + (text.data[i] - '0');
	}
	return true;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

bool civil_date_valid(struct view text)
{
	int year, month, day;

	return text.len == 10 && text.data[4] == '-' && text.data[7] == '-' &&
		digits(text, 0, 4, &year) && digits(text, 5, 2, &month) &&
		digits(text, 8, 2, &day) && year >= 1 && month >= 1 && month <= 12 &&
		day >= 1 && day <= month_days(year, month);
}

/* Howard Hinnant's days_from_civil: eras of 400 years from March 1st. */
static int64_t days_from(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

int64_t civil_days(struct view date)
{
	int year = 1970, month = 1, day = 1;

	digits(date, 0, 4, &year);
	digits(date, 5, 2, &month);
	digits(date, 8, 2, &day);
	return days_from(year, month, day);
}

void civil_from_days(char out[CIVIL_DATE_BYTES], int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	unsigned day = (unsigned)(doy - (153 * mp + 2) / 5 + 1) % 100;
	unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9) % 100;
	unsigned year = (unsigned)(yoe + era * 400 + (month <= 2)) % 10000;

	snprintf(out, CIVIL_DATE_BYTES, "%04u-%02u-%02u", year, month, day);
}

void civil_date_at(char out[CIVIL_DATE_BYTES], int64_t unix_ms)
{
	int64_t ms = unix_ms + CHINA_OFFSET_MS;

	civil_from_days(out, (ms >= 0 ? ms : ms - DAY_MS + 1) / DAY_MS);
}

void civil_time_at(char out[17], int64_t unix_ms)
{
	char date[CIVIL_DATE_BYTES];
	int64_t ms = unix_ms + CHINA_OFFSET_MS, minute = (ms % DAY_MS + DAY_MS) % DAY_MS / 60000;

	civil_date_at(date, unix_ms);
	snprintf(out, 17, "%s %02d:%02d", date, (int)(minute / 60), (int)(minute % 60));
}

/* The period of ${months} that begins ${shift} months from ${year}-${month}. */
static void name_period(char *out, size_t room, int year, int month, int months, int shift)
{
	unsigned count = (unsigned)(year * 12 + month - 1 + shift);
	unsigned y = count / 12 % 10000, m = count % 12 + 1;

	if (months == 12) {
		snprintf(out, room, "%04u", y);
	} else if (months == 3) {
		snprintf(out, room, "%04u-Q%u", y, (m - 1) / 3 + 1);
	} else {
		snprintf(out, room, "%04u-%02u", y, m);
	}
}

static void first_day(char *out, int year, int month, int shift)
{
	unsigned count = (unsigned)(year * 12 + month - 1 + shift);

	snprintf(out, CIVIL_DATE_BYTES, "%04u-%02u-01", count / 12 % 10000, count % 12 + 1);
}

bool period_parse(struct period *out, struct view text, struct err *err)
{
	int year, month = 1, months = 12;
	bool ok = digits(text, 0, 4, &year) && year >= 2 && year <= 9998;

	if (ok && text.len == 7 && text.data[4] == '-' && text.data[5] == 'Q') {
		ok = text.data[6] >= '1' && text.data[6] <= '4';
		month = (text.data[6] - '1') * 3 + 1;
		months = 3;
	} else if (ok && text.len == 7 && text.data[4] == '-') {
		ok = digits(text, 5, 2, &month) && month >= 1 && month <= 12;
		months = 1;
	} else if (text.len != 4) {
		ok = false;
	}
	if (!ok) {
		return err_set(err, ERR_USAGE, "a period is 2024, 2024-Q1 or 2024-01, not '%.*s'",
			(int)(text.len < 40 ? text.len : 40), text.data);
	}
	memcpy(out->name, text.data, text.len);
	out->name[text.len] = '\0';
	first_day(out->from, year, month, 0);
	first_day(out->to, year, month, months);
	name_period(out->previous, sizeof(out->previous), year, month, months, -months);
	name_period(out->year_before, sizeof(out->year_before), year, month, months, -12);
	return true;
}
