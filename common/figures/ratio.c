/* ratio.c -- exact fractions; see ratio.h. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "ratio.h"

static bool too_large(struct err *err)
{
	return err_set(err, ERR_VALUE, "a figure leaves the range of whole numbers");
}

static bool multiply(int64_t *out, int64_t a, int64_t b, struct err *err)
{
	return __builtin_mul_overflow(a, b, out) ? too_large(err) : true;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

struct ratio ratio_whole(int64_t number)
{
	return (struct ratio){ true, number, 1 };
}

struct ratio ratio_unknown(void)
{
	return (struct ratio){ false, 0, 1 };
}

bool ratio_add(struct ratio *sum, struct ratio term, struct err *err)
{
	int64_t common, left, right, numerator, denominator;

	if (!sum->known || !term.known) {
		*sum = ratio_unknown();
		return true;
	}
	common = common_divisor(sum->denominator, term.denominator);
	if (!multiply(&left, sum->numerator, term.denominator / common, err) ||
		!multiply(&right, term.numerator, sum->denominator / common, err) ||
		!multiply(&denominator, sum->denominator, term.denominator / common, err)) {
		return false;
	}
	if (__builtin_add_overflow(left, right, &numerator)) {
		return too_large(err);
	}
	*sum = (struct ratio){ true, numerator, denominator };
	return true;
}

bool ratio_subtract(struct ratio *sum, struct ratio term, struct err *err)
{
	if (term.known && term.numerator == INT64_MIN) {
		return too_large(err);
	}
	term.numerator = -term.numerator;
	return ratio_add(sum, term, err);
}

bool ratio_divide(struct ratio *out, struct ratio top, struct ratio bottom, struct err *err)
{
	int64_t common, numerator, denominator;

	*out = ratio_unknown();
	if (!top.known || !bottom.known || bottom.numerator == 0) {
		return true;
	}
	if (bottom.numerator < 0) {
		if (bottom.numerator == INT64_MIN || top.numerator == INT64_MIN) {
			return too_large(err);
		}
		bottom.numerator = -bottom.numerator;
		top.numerator = -top.numerator;
	}
	common = common_divisor(top.denominator, bottom.denominator);
	if (!multiply(&numerator, top.numerator, bottom.denominator / common, err) ||
		!multiply(&denominator, bottom.numerator, top.denominator / common, err)) {
		return false;
	}
	*out = (struct ratio){ true, numerator, denominator };
	return true;
}

bool ratio_scale(struct ratio *ratio, int64_t by, struct err *err)
{
	assert(by > 0);
	return !ratio->known || multiply(&ratio->denominator, ratio->denominator, by, err);
}

/* Rounded down; *rest is in [0, denominator). */
static int64_t floor_divide(int64_t numerator, int64_t denominator, int64_t *rest)
{
	int64_t quotient = numerator / denominator;

	*rest = numerator % denominator;
	if (*rest < 0) {
		*rest += denominator;
		quotient--;
	}
	return quotient;
}

/*
 * By continued fractions, as a cross product would overflow: while the
 * whole parts are equal, compare the remainders the other way up.
 */
int ratio_compare(struct ratio a, struct ratio b)
{
	int64_t whole_a, whole_b, rest_a, rest_b;
	int sign = 1;

	assert(a.known && b.known);
	for (;;) {
		whole_a = floor_divide(a.numerator, a.denominator, &rest_a);
		whole_b = floor_divide(b.numerator, b.denominator, &rest_b);
		if (whole_a != whole_b) {
			return whole_a < whole_b ? -sign : sign;
		}
		if (rest_a == 0 || rest_b == 0) {
			return rest_a == rest_b ? 0 : rest_a == 0 ? -sign : sign;
		}
		a = (struct ratio){ true, a.denominator, rest_a };
		b = (struct ratio){ true, b.denominator, rest_b };
		sign = -sign;
	}
}

/* 10 * *rest / ${denominator}, the rest staying in *rest; *rest < denominator < 2^63. */
static unsigned next_digit(uint64_t *rest, uint64_t denominator)
{
	uint64_t sum = 0;
	unsigned digit = 0, i;

	for (i = 0; i < 10; i++) {
		sum += *rest;
		if (sum >= denominator) {
			sum -= denominator;
			digit++;
		}
	}
	*rest = sum;
	return digit;
}

/* Add one to the last of ${len} decimal digits; the first is a 0 to carry into. */
static void increment(char *digits, size_t len)
{
	while (digits[len - 1] == '9') {
		digits[--len] = '0';
	}
	digits[len - 1]++;
}

/* As ratio_print(), with the point ${shift} digits further to the right. */
static void print(struct buf *out, struct ratio ratio, unsigned digits, unsigned shift)
{
	char text[2 + 20 + 2 + RATIO_DIGITS]; /* a 0, the whole, shifted and further digits */
	uint64_t size, rest, denominator = (uint64_t)ratio.denominator;
	size_t len, point, begin = 0, i;

	assert(ratio.known && ratio.denominator > 0 && digits <= RATIO_DIGITS && shift <= 2);
	size = ratio.numerator < 0 ? 0 - (uint64_t)ratio.numerator : (uint64_t)ratio.numerator;
	rest = size % denominator;
	len = (size_t)snprintf(text, sizeof(text), "0%" PRIu64, size / denominator);
	point = len + shift;
	for (i = 0; i < shift + digits; i++) {
		text[len++] = (char)('0' + next_digit(&rest, denominator));
	}
	if (rest >= denominator - rest) {
		increment(text, len);
	}
	while (len > point && text[len - 1] == '0') {
		len--;
	}
	while (begin < point - 1 && text[begin] == '0') {
		begin++;
	}
	/* No minus before a zero. */
	if (ratio.numerator < 0 && (len > point || point - begin > 1 || text[begin] != '0')) {
		buf_byte(out, '-');
	}
	buf_add(out, text + begin, point - begin);
	if (len > point) {
		buf_byte(out, '.');
		buf_add(out, text + point, len - point);
	}
}

void ratio_print(struct buf *out, struct ratio ratio, unsigned digits)
{
	print(out, ratio, digits, 0);
}

void ratio_print_percent(struct buf *out, struct ratio ratio, unsigned digits)
{
	print(out, ratio, digits, 2);
}
