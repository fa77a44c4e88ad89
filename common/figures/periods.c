/* periods.c -- see periods.h. */
#include <string.h>

#include "periods.h"

/* The state on the eve of ${to}. */
static void period_as_of(struct period *out, const char *to)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->name, to, CIVIL_DATE_BYTES);
	memcpy(out->from, "0001-01-01", CIVIL_DATE_BYTES);
	memcpy(out->to, to, CIVIL_DATE_BYTES);
}

void period_of_measure(struct period *out, const struct measure *measure,
	const struct period *asked, const char *tomorrow)
{
	if (measure->as_of) {
		period_as_of(out, strcmp(asked->to, tomorrow) < 0 ? asked->to : tomorrow);
	} else {
		*out = *asked;
	}
}

bool period_of_cell(struct period *out, const char *name)
{
	struct err ignored;

	if (civil_date_valid(view_of(name))) {
		period_as_of(out, name);
		return true;
	}
	return period_parse(out, view_of(name), &ignored);
}
