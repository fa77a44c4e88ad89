/* shares.c -- splitting a cost; see law.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "law.h"

struct part {
	uint64_t remainder; /* of the exact share, in units of 1 / sum of weights */
	size_t at;
};

/*
 * floor(a * b / c) for b <= c, c > 0, all below 2^63: Horner's rule over the
 * bits of ${a}, so that no intermediate is wider than 64 bits.
 */
static uint64_t multiply_divide(uint64_t a, uint64_t b, uint64_t c, uint64_t *remainder)
{
	uint64_t quotient = 0, rest = 0;
	int bit;

	for (bit = 62; bit >= 0; bit--) {
		quotient *= 2;
		rest *= 2;
		if (rest >= c) {
			rest -= c;
			quotient++;
		}
		if (a >> bit & 1) {
			rest += b;
			if (rest >= c) {
				rest -= c;
				quotient++;
			}
		}
	}
	*remainder = rest;
	return quotient;
}

/* Largest remainder first, then the order of the households. */
static int compare_parts(const void *left, const void *right)
{
	const struct part *a = left, *b = right;

	if (a->remainder != b->remainder) {
		return a->remainder > b->remainder ? -1 : 1;
	}
	return a->at < b->at ? -1 : 1;
}

static bool add_up(int64_t *sum, const int64_t *weights, size_t count, struct err *err)
{
	size_t i;

	*sum = 0;
	for (i = 0; i < count; i++) {
		if (weights[i] < 0) {
			return err_set(err, ERR_VALUE, "weight %zu is negative", i);
		}
		if (weights[i] > INT64_MAX - *sum) {
			return err_set(err, ERR_VALUE, "the weights add up to too much");
		}
		*sum += weights[i];
	}
	return *sum > 0 ? true : err_set(err, ERR_VALUE, "there is nobody to share the cost");
}

bool law_split(int64_t *shares, int64_t total_fen, const int64_t *weights, size_t count,
	struct err *err)
{
	struct part *parts;
	int64_t sum, left = total_fen;
	size_t i;

	if (total_fen < 0) {
		return err_set(err, ERR_VALUE, "a cost of %" PRId64 " fen", total_fen);
	}
	if (count > LAW_MAX_SHARES) {
		return err_set(err, ERR_TOO_LARGE, "%zu shares, more than %d", count,
			LAW_MAX_SHARES);
	}
	if (!add_up(&sum, weights, count, err)) {
		return false;
	}
	parts = calloc(count, sizeof(*parts));
	if (parts == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < count; i++) {
		parts[i].at = i;
		shares[i] = (int64_t)multiply_divide((uint64_t)total_fen, (uint64_t)weights[i],
			(uint64_t)sum, &parts[i].remainder);
		left -= shares[i];
	}
	/* The remainders add up to left * sum and each is less than sum. */
	qsort(parts, count, sizeof(*parts), compare_parts);
	for (i = 0; left > 0; i++, left--) {
		shares[parts[i].at]++;
	}
	free(parts);
	return true;
}

void law_shares_clear(struct law_shares *shares)
{
	buf_clear(&shares->labels);
	buf_clear(&shares->weights);
	shares->count = 0;
}

bool law_shares_add(struct law_shares *shares, struct view label, int64_t weight,
	struct err *err)
{
	if (shares->count >= LAW_MAX_SHARES) {
		return err_set(err, ERR_TOO_LARGE, "more than %d shares", LAW_MAX_SHARES);
	}
	if (weight < 0) {
		return err_set(err, ERR_VALUE, "a weight of %" PRId64, weight);
	}
	if (label.len != 0 && memchr(label.data, '\0', label.len) != NULL) {
		return err_set(err, ERR_VALUE, "a label with a NUL");
	}
	buf_view(&shares->labels, label);
	buf_byte(&shares->labels, 0);
	buf_add(&shares->weights, &weight, sizeof(weight));
	shares->count++;
	return buf_ok(&shares->labels, err) && buf_ok(&shares->weights, err);
}

static void add_json_text(struct buf *out, const char *text)
{
	buf_byte(out, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\') {
			buf_byte(out, '\\');
			buf_byte(out, c);
		} else if (c < 0x20) {
			buf_printf(out, "\\u%04x", (unsigned)c);
		} else {
			buf_byte(out, c);
		}
	}
	buf_byte(out, '"');
}

bool law_shares_json(struct buf *out, const struct law_shares *shares, int64_t total_fen,
	struct err *err)
{
	const char *label = buf_str(&shares->labels);
	int64_t *weights, *parts;
	bool ok = false;
	size_t i;

	weights = calloc(shares->count + 1, sizeof(*weights));
	parts = calloc(shares->count + 1, sizeof(*parts));
	if (weights == NULL || parts == NULL) {
		err_nomem(err);
		goto out;
	}
	if (shares->count != 0) {
		memcpy(weights, shares->weights.data, shares->weights.len);
	}
	if (!law_split(parts, total_fen, weights, shares->count, err)) {
		goto out;
	}
	buf_byte(out, '[');
	for (i = 0; i < shares->count; i++) {
		buf_text(out, i != 0 ? ",[" : "[");
		add_json_text(out, label);
		buf_printf(out, ",%" PRId64 "]", parts[i]);
		label += strlen(label) + 1;
	}
	buf_byte(out, ']');
	ok = buf_ok(out, err);
out:
	free(weights);
	free(parts);
	return ok;
}
