/*
 * pinyin.h -- finds Chinese text by what people type: a part of it, or the
 * initials of its readings ("tjq" finds 太极拳队).
 *
 * The readings are those of Unicode's Unihan database (Debian's unicode-data),
 * from which the table is made when the program is built.  A character with
 * several readings is found by each of them.
 */
#ifndef LINLI_PINYIN_H
#define LINLI_PINYIN_H

#include "linli/bytes.h"

/*
 * Does ${text} hold ${word}?  As a part of it, a to z in either case; or,
 * where ${word} consists of letters and digits of ASCII alone, as initials of
 * characters that follow each other, for which its own letters and digits
 * stand for themselves and everything else is passed over.  An empty word is
 * in every text.  ${text} need not be valid UTF-8.
 */
bool pinyin_find(struct view text, struct view word);

/* Is each word of ${query}, set apart by blanks, in one of ${count} ${texts}? */
bool pinyin_find_all(const struct view *texts, size_t count, struct view query);

#endif
