/*
 * evaluate.h -- the value of a measure or an indicator at one place, from
 * the counts of its communities.
 *
 * Values are in the unit that people read: of money yuan, of areas square
 * metres.  An indicator is sum over sum: plus - minus, over the sum of
 * over, never a mean of the communities' own ratios.
 */
#ifndef LINLI_EVALUATE_H
#define LINLI_EVALUATE_H

#include "counts.h"
#include "ratio.h"

/* How many of what is stored make one of what people read: fen a yuan, cm² a m². */
int64_t evaluate_unit(enum field_type type);

struct evaluation {
	const struct model *model;
	const struct roster *roster;
	const struct counts *counts;
	struct target target;
	struct buf scratch; /* struct cell_value; released by its owner */
};

MUST_CHECK bool evaluate_measure(struct evaluation *evaluation, const struct measure *measure,
	struct ratio *out, struct err *err);
MUST_CHECK bool evaluate_indicator(struct evaluation *evaluation,
	const struct indicator *indicator, struct ratio *out, struct err *err);
/* One part of a figure that is broken down. */
struct part {
	const char *breakdown; /* NULL: the records name none */
	struct ratio ratio;
};
/*
 * Append the parts (struct part) of a measure, or of an indicator that is
 * broken down, in the order of ${measure}'s (its first measure's) breakdown
 * members, then of text; the part without a breakdown comes last.
 * Their texts are borrowed from the counts.
 */
MUST_CHECK bool evaluate_measure_parts(struct evaluation *evaluation,
	const struct measure *measure, struct buf *parts, struct err *err);
MUST_CHECK bool evaluate_indicator_parts(struct evaluation *evaluation,
	const struct indicator *indicator, struct buf *parts, struct err *err);

/* Is the measure broken down at all? */
bool evaluate_has_parts(const struct measure *measure);

#endif
