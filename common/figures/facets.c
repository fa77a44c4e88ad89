/* facets.c -- see facets.h. */
#include <inttypes.h>

#include "line.h"
#include "facets.h"

void facets_text(struct buf *out, const char *text)
{
	if (text == NULL) {
		buf_text(out, "null");
	} else {
		line_string_write(out, view_of(text));
	}
}

void facets_add(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ",\"%s\":", name);
	facets_text(out, text);
}

void facets_label(struct buf *out, const char *name, const struct label *label)
{
	buf_printf(out, ",\"%s\":", name);
	if (label == NULL || label->zh == NULL || label->zh[0] == '\0') {
		buf_text(out, "null");
		return;
	}
	buf_text(out, "{\"zh\":");
	facets_text(out, label->zh);
	buf_text(out, ",\"en\":");
	facets_text(out, label->en);
	buf_byte(out, '}');
}

void facets_ratio(struct buf *out, const char *name, struct ratio ratio)
{
	buf_printf(out, ",\"%s\":", name);
	if (ratio.known) {
		ratio_print(out, ratio, RATIO_DIGITS);
	} else {
		buf_text(out, "null");
	}
}

struct ratio facets_ratio_of(struct figure_value value)
{
	return (struct ratio){ value.known, value.numerator, value.denominator };
}
