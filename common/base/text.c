/* text.c -- hex, base64, UTF-8 and decimal numbers; see linli/bytes.h. */
#include <string.h>

#include "linli/bytes.h"

void hex_encode(char *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = data;
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[from[i] >> 4];
		out[2 * i + 1] = digits[from[i] & 15];
	}
	out[2 * len] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(void *out, size_t len, struct view text)
{
	uint8_t *to = out;
	size_t i;

	if (text.len != 2 * len) {
		return false;
	}
	for (i = 0; i < len; i++) {
		int high = hex_digit(text.data[2 * i]), low = hex_digit(text.data[2 * i + 1]);

		if (high < 0 || low < 0) {
			return false;
		}
		to[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, const void *data, size_t len, bool padding)
{
	const uint8_t *from = data;
	size_t i, have;

	for (i = 0; i < len; i += 3) {
		uint32_t three = (uint32_t)from[i] << 16;

		have = len - i < 3 ? len - i : 3;
		three |= have > 1 ? (uint32_t)from[i + 1] << 8 : 0;
		three |= have > 2 ? from[i + 2] : 0;
		buf_byte(out, (uint8_t)base64_digits[three >> 18]);
		buf_byte(out, (uint8_t)base64_digits[three >> 12 & 63]);
		if (have > 1) {
			buf_byte(out, (uint8_t)base64_digits[three >> 6 & 63]);
		}
		if (have > 2) {
			buf_byte(out, (uint8_t)base64_digits[three & 63]);
		}
		if (padding && have < 3) {
			buf_text(out, have == 1 ? "==" : "=");
		}
	}
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return c - '0' + 52;
	}
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct buf *out, struct view text, bool padding)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t i, len = text.len;

	if (padding) {
		if (len % 4 != 0) {
			return false;
		}
		if (len != 0 && text.data[len - 1] == '=') {
			len -= text.data[len - 2] == '=' ? 2 : 1;
		}
	}
	if (len % 4 == 1) {
		return false;
	}
	for (i = 0; i < len; i++) {
		int digit = base64_digit(text.data[i]);

		if (digit < 0) {
			return false;
		}
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_byte(out, bits >> have & 0xff);
		}
	}
	/* Bits left over must be zero: one text for one value. */
	return (bits & ((1U << have) - 1)) == 0;
}

bool utf8_valid(struct view text)
{
	const uint8_t *p = (const uint8_t *)text.data;
	size_t i = 0, len = text.len;

	while (i < len) {
		uint8_t c = p[i];
		uint8_t low = 0x80, high = 0xbf;
		size_t more, k;

		if (c < 0x80) {
			i++;
			continue;
		}
		if (c >= 0xc2 && c <= 0xdf) {
			more = 1;
		} else if (c >= 0xe0 && c <= 0xef) {
			more = 2;
			low = c == 0xe0 ? 0xa0 : low;
			high = c == 0xed ? 0x9f : high;
		} else if (c >= 0xf0 && c <= 0xf4) {
			more = 3;
			low = c == 0xf0 ? 0x90 : low;
			high = c == 0xf4 ? 0x8f : high;
		} else {
			return false;
		}
		if (len - i <= more || p[i + 1] < low || p[i + 1] > high) {
			return false;
		}
		for (k = 2; k <= more; k++) {
			if ((p[i + k] & 0xc0) != 0x80) {
				return false;
			}
		}
		i += more + 1;
	}
	return true;
}

bool int64_parse(int64_t *out, struct view text)
{
	size_t i = 0;
	bool negative = text.len != 0 && text.data[0] == '-';
	uint64_t n = 0, limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);

	i = negative ? 1 : 0;
	if (text.len == i || (text.data[i] == '0' && (text.len > i + 1 || negative))) {
		return false;
	}
	for (; i < text.len; i++) {
		unsigned digit = (unsigned)(text.data[i] - '0');

		if (digit > 9 || n > (limit - digit) / 10) {
			return false;
		}
		n = n * 10 + digit;
	}
	*out = negative ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}
