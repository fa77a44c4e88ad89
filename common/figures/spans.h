/*
 * spans.h -- what open conflicts could still make of figures.
 *
 * While a conflict is open its field shows one of several values.  A measure
 * that adds up what each record gives by itself (rows_follow()) is counted for
 * the record with each of them, so that the least and the most that it can come
 * to are known.  Of other measures, and of fields that refer to records, it is
 * only known that they may change.
 */
#ifndef LINLI_SPANS_H
#define LINLI_SPANS_H

#include "evaluate.h"

/* More records with open conflicts than this are not gone through: nothing is known. */
#define SPANS_MAX_RECORDS 500

/* How far below and above what is shown a measure of one community can come. */
struct span {
	bool unknown;
	int64_t below, above; /* <= 0, >= 0; in the unit that is stored */
};

struct spans {
	size_t communities;
	struct span *spans; /* [measure][community, then district]; NULL: no conflict is open */
};

/* On success (else *out is empty) the caller releases *out with spans_clear(). */
MUST_CHECK bool spans_load(struct spans *out, struct counter *counter,
	const struct counts_wanted *wanted, struct err *err);
void spans_clear(struct spans *spans);

/*
 * The least and the most that the figure at ${evaluation}'s target can come to, ${now}
 * being what is shown; *ranged false: that is not known.
 */
MUST_CHECK bool spans_measure(const struct spans *spans, const struct evaluation *evaluation,
	const struct measure *measure, struct ratio now, struct ratio range[2], bool *ranged,
	struct err *err);
MUST_CHECK bool spans_indicator(const struct spans *spans, struct evaluation *evaluation,
	const struct indicator *indicator, struct ratio now, struct ratio range[2], bool *ranged,
	struct err *err);

#endif
