/* values.c -- see values.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "display.h"
#include "terminal.h"
#include "values.h"

#define SHORT_VALUE_MAX_BYTES 200 /* of numbers, dates and the like */
#define SHOWN_COLUMNS 40

static bool normalise(struct buf *out, struct view text, utf8proc_option_t form, struct err *err)
{
	utf8proc_uint8_t *normal = NULL;
	utf8proc_ssize_t len;

	len = utf8proc_map((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.len, &normal,
		UTF8PROC_STABLE | UTF8PROC_COMPOSE | form);
	if (len < 0) {
		return len == UTF8PROC_ERROR_NOMEM
			? err_nomem(err)
			: err_set(err, ERR_VALUE, "%s", utf8proc_errmsg(len));
	}
	buf_add(out, normal, (size_t)len);
	free(normal);
	return buf_ok(out, err);
}

static bool white(utf8proc_int32_t point)
{
	utf8proc_category_t category = utf8proc_category(point);

	return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
		category == UTF8PROC_CATEGORY_ZP || (point >= '\t' && point <= '\r') ||
		point == 0x85 || point == 0xfeff;
}

/* The character at the front of valid UTF-8. */
static utf8proc_int32_t front(struct view text, size_t *len)
{
	utf8proc_int32_t point = 0;

	*len = (size_t)utf8proc_iterate(
		(const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.len, &point);
	return point;
}

static struct view trim(struct view text)
{
	size_t len, at, end = 0;

	while (text.len != 0 && white(front(text, &len))) {
		text.data += len;
		text.len -= len;
	}
	for (at = 0; at < text.len; at += len) {
		if (!white(front((struct view){ text.data + at, text.len - at }, &len))) {
			end = at + len;
		}
	}
	return (struct view){ text.data, end };
}

bool text_tidy(struct buf *out, struct view text, struct err *err)
{
	if (text.len > VALUE_TEXT_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "a text of %zu bytes, at most %d", text.len,
			VALUE_TEXT_MAX_BYTES);
	}
	if (!utf8_valid(text)) {
		return err_set(err, ERR_VALUE,
			terminal_chinese() ? "不是 UTF-8 编码的文字" : "not text in UTF-8");
	}
	text = trim(text);
	return text.len == 0 || normalise(out, text, 0, err);
}

/* ERR_VALUE: ${text} is not ${what}. */
static bool refuse(struct err *err, struct view text, struct phrase what)
{
	struct buf escaped = { 0 }, shown = { 0 };

	display_escape(&escaped, text);
	display_fit(&shown, buf_as_view(&escaped), SHOWN_COLUMNS);
	err_set(err, ERR_VALUE, "\"%s\" %s", buf_str(&shown), terminal_phrase(what));
	buf_clear(&escaped);
	buf_clear(&shown);
	return false;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Would compatibility forms change the value?  A raised or a circled digit
 * becomes a plain one, so that 10² would read 102; only m² may.
 */
static bool other_number(struct view text)
{
	utf8proc_int32_t point, before = 0;
	size_t at, len;

	for (at = 0; at < text.len; at += len, before = point) {
		point = front((struct view){ text.data + at, text.len - at }, &len);
		if (utf8proc_category(point) == UTF8PROC_CATEGORY_NO &&
			!(point == 0xb2 && (before == 'm' || before == 'M' || before == 0xff4d))) {
			return true;
		}
	}
	return false;
}

/* Drop white space but between two digits; the minus sign becomes "-". */
static void squeeze(struct buf *out, struct view text)
{
	bool gap = false;
	size_t at, len;

	for (at = 0; at < text.len; at += len) {
		utf8proc_int32_t point =
			front((struct view){ text.data + at, text.len - at }, &len);
		char c = text.data[at];

		if (white(point)) {
			gap = true;
			continue;
		}
		if (gap && out->len != 0 && digit(c) && digit((char)out->data[out->len - 1])) {
			buf_byte(out, ' ');
		}
		gap = false;
		if (point == 0x2212) {
			buf_byte(out, '-');
		} else if (c >= 'A' && c <= 'Z') {
			buf_byte(out, (uint8_t)(c + ('a' - 'A')));
		} else {
			buf_add(out, text.data + at, len);
		}
	}
}

/* A short value as half-width lower-case text; ERR_VALUE with ${what}. */
static bool fold(struct buf *out, struct view text, struct phrase what, struct err *err)
{
	struct buf normal = { 0 };
	bool ok = false;

	if (text.len > SHORT_VALUE_MAX_BYTES || !utf8_valid(text) || other_number(text)) {
		return refuse(err, text, what);
	}
	if (!normalise(&normal, text, UTF8PROC_COMPAT, err)) {
		goto out;
	}
	squeeze(out, buf_as_view(&normal));
	if (out->len == 0) {
		refuse(err, text, what);
		goto out;
	}
	ok = buf_ok(out, err);
out:
	buf_clear(&normal);
	return ok;
}

struct decimal {
	bool negative;
	bool point, commas;
	char digits[SHORT_VALUE_MAX_BYTES]; /* without commas and point */
	size_t digit_count, decimals;
};

/* Digits, in groups of three if there are commas, and decimals. */
static bool read_decimal(struct decimal *out, struct view text)
{
	size_t i, whole = 0, group = 0;

	for (i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (digit(c) && out->digit_count < sizeof(out->digits)) {
			out->digits[out->digit_count++] = c;
			out->decimals += out->point;
			whole += !out->point;
			group++;
		} else if (c == ',' && !out->point && whole != 0 &&
			(out->commas ? group == 3 : group <= 3)) {
			out->commas = true;
			group = 0;
		} else if (c == '.' && !out->point && whole != 0 && (!out->commas || group == 3)) {
			out->point = true;
		} else {
			return false;
		}
	}
	return whole != 0 && (!out->point ? !out->commas || group == 3 : out->decimals != 0);
}

/* ${in} times 10^${scale}, exactly. */
static bool scale_decimal(int64_t *out, const struct decimal *in, size_t scale)
{
	uint64_t limit = (uint64_t)INT64_MAX + in->negative, n = 0;
	size_t i, count = in->digit_count + scale - in->decimals;

	if (in->decimals > scale) {
		return false;
	}
	for (i = 0; i < count; i++) {
		unsigned next = i < in->digit_count ? (unsigned)(in->digits[i] - '0') : 0;

		if (n > (limit - next) / 10) {
			return false;
		}
		n = n * 10 + next;
	}
	*out = in->negative ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

struct unit {
	const char *name; /* longer names before those they end with */
	size_t scale;     /* how many digits it shifts */
};

/* Take the unit off the end of ${text}; NULL if it has none. */
static const struct unit *take_unit(struct view *text, const struct unit *units)
{
	for (; units->name != NULL; units++) {
		size_t len = strlen(units->name);

		if (text->len > len &&
			memcmp(text->data + text->len - len, units->name, len) == 0) {
			text->len -= len;
			return units;
		}
	}
	return NULL;
}

static bool take(struct view *text, const char *prefix)
{
	if (!view_begins(*text, prefix)) {
		return false;
	}
	text->data += strlen(prefix);
	text->len -= strlen(prefix);
	return true;
}

/*
 * A bare whole number counts the smallest unit; with a point it counts the
 * usual one (${usual} digits more); with a unit, that unit.
 */
static bool quantity_parse(
	int64_t *out, struct view text, const struct unit *units, size_t usual, bool currency)
{
	struct decimal decimal = { 0 };
	const struct unit *unit = take_unit(&text, units);
	bool has_sign = take(&text, "-"), marked = false;

	if (currency) {
		marked = take(&text, "¥") || take(&text, "rmb") || take(&text, "cny");
		has_sign = has_sign || (marked && take(&text, "-"));
	}
	decimal.negative = has_sign;
	if (!read_decimal(&decimal, text)) {
		return false;
	}
	if (unit != NULL) {
		return scale_decimal(out, &decimal, unit->scale);
	}
	if (decimal.point || marked) {
		return scale_decimal(out, &decimal, usual);
	}
	return !decimal.commas && scale_decimal(out, &decimal, 0);
}

bool integer_parse(int64_t *out, struct view text, struct err *err)
{
	static const struct phrase what = { "不是整数(例: 1234)",
		"is not a whole number (as in 1234)" };
	struct decimal decimal = { 0 };
	struct buf folded = { 0 };
	struct view rest;
	bool ok = false;

	if (!fold(&folded, text, what, err)) {
		goto out;
	}
	rest = buf_as_view(&folded);
	decimal.negative = take(&rest, "-");
	ok = (read_decimal(&decimal, rest) && scale_decimal(out, &decimal, 0)) ||
		refuse(err, text, what);
out:
	buf_clear(&folded);
	return ok;
}

bool money_parse(int64_t *fen, struct view text, struct err *err)
{
	static const struct phrase what = {
		"不是明确的金额(例: 7000.00 或 7000元;不带小数点和单位的整数按“分”计)",
		"is not a clear amount of money (write 7000.00 or 7000元; "
		"a bare whole number is in fen)",
	};
	static const struct unit units[] = { { "亿元", 10 }, { "万元", 6 }, { "亿", 10 },
		{ "万", 6 }, { "元", 2 }, { "yuan", 2 }, { "角", 1 }, { "分", 0 }, { "fen", 0 },
		{ NULL, 0 } };
	struct buf folded = { 0 };
	bool ok;

	ok = fold(&folded, text, what, err) &&
		(quantity_parse(fen, buf_as_view(&folded), units, 2, true) ||
			refuse(err, text, what));
	buf_clear(&folded);
	return ok;
}

bool area_parse(int64_t *cm2, struct view text, struct err *err)
{
	static const struct phrase what = {
		"不是明确的面积(例: 89.50 或 89.5平方米;不带小数点和单位的整数按平方厘米计)",
		"is not a clear area (write 89.50 or 89.5m2; "
		"a bare whole number is in square centimetres)",
	};
	static const struct unit units[] = { { "万平方米", 8 }, { "公顷", 8 }, { "平方厘米", 0 },
		{ "cm2", 0 }, { "平方米", 4 }, { "平米", 4 }, { "m2", 4 }, { NULL, 0 } };
	struct buf folded = { 0 };
	bool ok;

	ok = fold(&folded, text, what, err) &&
		((quantity_parse(cm2, buf_as_view(&folded), units, 4, false) && *cm2 >= 0) ||
			refuse(err, text, what));
	buf_clear(&folded);
	return ok;
}

/* 1234567 as "1,234,567". */
static size_t print_grouped(char *out, size_t room, uint64_t n)
{
	char plain[24];
	size_t len = (size_t)snprintf(plain, sizeof(plain), "%" PRIu64, n), i, at = 0;

	for (i = 0; i < len && at + 2 < room; i++) {
		if (i != 0 && (len - i) % 3 == 0) {
			out[at++] = ',';
		}
		out[at++] = plain[i];
	}
	out[at] = '\0';
	return at;
}

void money_print(char out[MONEY_TEXT_BYTES], int64_t fen)
{
	uint64_t n = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
	size_t at = fen < 0 ? 1 : 0;

	out[0] = '-';
	at += print_grouped(out + at, MONEY_TEXT_BYTES - at, n / 100);
	snprintf(out + at, MONEY_TEXT_BYTES - at, ".%02u 元", (unsigned)(n % 100));
}

void area_print(char out[AREA_TEXT_BYTES], int64_t cm2)
{
	uint64_t n = cm2 < 0 ? 0 - (uint64_t)cm2 : (uint64_t)cm2;
	size_t at = cm2 < 0 ? 1 : 0;
	unsigned rest = (unsigned)(n % 10000);

	out[0] = '-';
	at += print_grouped(out + at, AREA_TEXT_BYTES - at, n / 10000);
	if (rest % 100 == 0) {
		snprintf(out + at, AREA_TEXT_BYTES - at, ".%02u ㎡", rest / 100);
	} else if (rest % 10 == 0) {
		snprintf(out + at, AREA_TEXT_BYTES - at, ".%03u ㎡", rest / 10);
	} else {
		snprintf(out + at, AREA_TEXT_BYTES - at, ".%04u ㎡", rest);
	}
}

bool boolean_parse(bool *out, struct view text, struct err *err)
{
	static const struct phrase what = { "不是“是”或“否”", "is not yes or no" };
	static const char *const yes[] = { "true", "1", "yes", "y", "是", "有", "对" };
	static const char *const no[] = { "false", "0", "no", "n", "否", "无", "没有", "错" };
	struct buf folded = { 0 };
	bool ok = false;
	size_t i;

	if (!fold(&folded, text, what, err)) {
		goto out;
	}
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]) && !ok; i++) {
		ok = view_is(buf_as_view(&folded), yes[i]);
	}
	*out = ok;
	for (i = 0; i < sizeof(no) / sizeof(no[0]) && !ok; i++) {
		ok = view_is(buf_as_view(&folded), no[i]);
	}
	if (!ok) {
		refuse(err, text, what);
	}
out:
	buf_clear(&folded);
	return ok;
}

/* ${least} to ${most} digits off the front of ${text}. */
static bool take_digits(unsigned *out, struct view *text, size_t least, size_t most)
{
	size_t len = 0;

	for (*out = 0; len < text->len && len < most && digit(text->data[len]); len++) {
		*out = *out * 10 + (unsigned)(text->data[len] - '0');
	}
	text->data += len;
	text->len -= len;
	return len >= least;
}

static bool read_date(char out[CIVIL_DATE_BYTES], struct view text)
{
	/* What follows year, month and day; the last is all eight digits. */
	static const char *const forms[][3] = { { "-", "-", "" }, { "/", "/", "" },
		{ ".", ".", "" }, { "年", "月", "日" }, { "年", "月", "号" }, { "", "", "" } };
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct view rest = text;
		size_t least = forms[i][0][0] == '\0' ? 2 : 1;
		unsigned year, month, day;

		if (take_digits(&year, &rest, 4, 4) && take(&rest, forms[i][0]) &&
			take_digits(&month, &rest, least, 2) && take(&rest, forms[i][1]) &&
			take_digits(&day, &rest, least, 2) && take(&rest, forms[i][2]) &&
			rest.len == 0) {
			snprintf(out, CIVIL_DATE_BYTES, "%04u-%02u-%02u", year % 10000, month % 100,
				day % 100);
			return civil_date_valid(view_of(out));
		}
	}
	return false;
}

bool date_parse(char out[CIVIL_DATE_BYTES], struct view text, struct err *err)
{
	static const struct phrase what = { "不是日期(例: 2024-03-05)",
		"is not a date (as in 2024-03-05)" };
	struct buf folded = { 0 };
	bool ok;

	ok = fold(&folded, text, what, err) &&
		(read_date(out, buf_as_view(&folded)) || refuse(err, text, what));
	buf_clear(&folded);
	return ok;
}
