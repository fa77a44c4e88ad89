/* pinyin.c -- see pinyin.h. */
#include <string.h>

#include "pinyin.h"
#include "pinyin_table.h"

#define LETTERS_MAX 2048 /* of a text; what follows is found by itself only */

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool letter_or_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool find_part(struct view text, struct view word)
{
	size_t at, i;

	for (at = 0; word.len <= text.len && at <= text.len - word.len; at++) {
		for (i = 0; i < word.len; i++) {
			if (lower((uint8_t)text.data[at + i]) != lower((uint8_t)word.data[i])) {
				break;
			}
		}
		if (i == word.len) {
			return true;
		}
	}
	return false;
}

/* A digit is none of the 26 letters: it has bits of its own above them. */
static uint32_t ascii_bits(uint8_t c)
{
	return c >= 'a' ? 1U << (c - 'a') : (uint32_t)(c - '0' + 1) << 26;
}

static bool fits(uint32_t bits, uint8_t c)
{
	return c >= 'a' ? (bits & ascii_bits(c)) != 0 : bits == ascii_bits(c);
}

/* The character of three bytes at ${at}, or 0. */
static uint32_t three_bytes(const uint8_t *at, size_t left)
{
	if (left < 3 || (at[0] & 0xf0) != 0xe0 || (at[1] & 0xc0) != 0x80 || (at[2] & 0xc0) != 0x80) {
		return 0;
	}
	return (uint32_t)(at[0] & 0x0f) << 12 | (uint32_t)(at[1] & 0x3f) << 6 | (at[2] & 0x3f);
}

/* What may stand for each character of ${text} that has a sound. */
static size_t sounds(uint32_t out[LETTERS_MAX], struct view text)
{
	const uint8_t *bytes = (const uint8_t *)text.data;
	size_t at = 0, count = 0;

	while (at < text.len && count < LETTERS_MAX) {
		uint32_t code = three_bytes(bytes + at, text.len - at);

		if (code != 0) {
			if (code >= PINYIN_FIRST && code <= PINYIN_LAST &&
				pinyin_table[code - PINYIN_FIRST] != 0) {
				out[count++] = pinyin_table[code - PINYIN_FIRST];
			}
			at += 3;
		} else {
			if (letter_or_digit(lower(bytes[at]))) {
				out[count++] = ascii_bits(lower(bytes[at]));
			}
			at++;
		}
	}
	return count;
}

static bool find_initials(struct view text, struct view word)
{
	uint32_t bits[LETTERS_MAX];
	size_t count, at, i;

	for (i = 0; i < word.len; i++) {
		if (!letter_or_digit(lower((uint8_t)word.data[i]))) {
			return false;
		}
	}
	count = sounds(bits, text);
	for (at = 0; word.len <= count && at <= count - word.len; at++) {
		for (i = 0; i < word.len && fits(bits[at + i], lower((uint8_t)word.data[i])); i++) {
		}
		if (i == word.len) {
			return true;
		}
	}
	return false;
}

bool pinyin_find(struct view text, struct view word)
{
	return find_part(text, word) || find_initials(text, word);
}

/* The next word of ${rest}; U+3000 is a blank, too. */
static bool next_word(struct view *rest, struct view *word)
{
	static const char wide[] = "\xe3\x80\x80";
	size_t at = 0, begin;

	while (at < rest->len) {
		if (rest->data[at] == ' ') {
			at++;
		} else if (rest->len - at >= 3 && memcmp(rest->data + at, wide, 3) == 0) {
			at += 3;
		} else {
			break;
		}
	}
	begin = at;
	while (at < rest->len && rest->data[at] != ' ' &&
		!(rest->len - at >= 3 && memcmp(rest->data + at, wide, 3) == 0)) {
		at++;
	}
	*word = (struct view){ rest->data + begin, at - begin };
	*rest = (struct view){ rest->data + at, rest->len - at };
	return word->len != 0;
}

bool pinyin_find_all(const struct view *texts, size_t count, struct view query)
{
	struct view word;
	size_t i;

	while (next_word(&query, &word)) {
		for (i = 0; i < count && !pinyin_find(texts[i], word); i++) {
		}
		if (i == count) {
			return false;
		}
	}
	return true;
}
