/*
 * ratio.h -- exact fractions of whole numbers.
 *
 * A ratio is unknown, or numerator / denominator with a denominator > 0.
 * It is not reduced: where a figure is "12 of 15", both numbers are worth
 * showing.  What leaves int64_t fails with ERR_VALUE; nothing is rounded
 * before it is printed.
 */
#ifndef LINLI_RATIO_H
#define LINLI_RATIO_H

#include "linli/bytes.h"

#define RATIO_DIGITS 6 /* after the point, when printed */

struct ratio {
	bool known;
	int64_t numerator, denominator;
};

struct ratio ratio_whole(int64_t number);
struct ratio ratio_unknown(void);

/* *sum += or -= ${term}; unknown if either is. */
MUST_CHECK bool ratio_add(struct ratio *sum, struct ratio term, struct err *err);
MUST_CHECK bool ratio_subtract(struct ratio *sum, struct ratio term, struct err *err);
/* ${top} / ${bottom}; unknown if either is, or if ${bottom} is 0. */
MUST_CHECK bool ratio_divide(struct ratio *out, struct ratio top, struct ratio bottom,
	struct err *err);
/* The same number in a unit ${by} (> 0) times as large. */
MUST_CHECK bool ratio_scale(struct ratio *ratio, int64_t by, struct err *err);
/* Both known: < 0, 0 or > 0 as ${a} is below, equal to or above ${b}. */
int ratio_compare(struct ratio a, struct ratio b);

/*
 * A known ratio in decimal, rounded half away from zero after ${digits}
 * (0 to RATIO_DIGITS), without zeros at the end.
 */
void ratio_print(struct buf *out, struct ratio ratio, unsigned digits);
/* The same times 100, for people. */
void ratio_print_percent(struct buf *out, struct ratio ratio, unsigned digits);

#endif
