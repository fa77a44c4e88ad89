/*
 * values.h -- what people write for a field, and what they read.
 *
 * For FIELD=VALUE on the command line and for cells of a CSV file.  White
 * space around a value is dropped; digits and punctuation may be
 * full-width.  A value that could mean two things is refused rather than
 * guessed at.  All parsers fail with ERR_VALUE (ERR_TOO_LARGE, ERR_NOMEM
 * for text), the detail in the language of the person, with an example.
 */
#ifndef LINLI_VALUES_H
#define LINLI_VALUES_H

#include "linli/civil.h"

#define VALUE_TEXT_MAX_BYTES (64 * 1024)
#define MONEY_TEXT_BYTES 40
#define AREA_TEXT_BYTES 40

/*
 * Append ${text} in the one form that is kept: Unicode NFC, without white
 * space (or invisible byte order marks) at either end.
 */
MUST_CHECK bool text_tidy(struct buf *out, struct view text, struct err *err);

/* A whole number: 1234, 1,234, -5. */
MUST_CHECK bool integer_parse(int64_t *out, struct view text, struct err *err);

/*
 * Money in fen.  A bare whole number is the machine form: fen.  With a
 * decimal point or a unit it is yuan: 7000.00, 7,000.00, 7000元, ¥7000,
 * 0.7万元, 70万, 1.2亿元; 5角, 70分.  "7,000" without either is refused:
 * nobody could tell fen from yuan.
 */
MUST_CHECK bool money_parse(int64_t *fen, struct view text, struct err *err);
/* "700,000.00 元"; money_parse() takes it back. */
void money_print(char out[MONEY_TEXT_BYTES], int64_t fen);

/*
 * Area in square centimetres.  A bare whole number is the machine form:
 * cm2.  With a decimal point or a unit: 89.50, 89.5㎡, 89.5m2, 89.5平方米,
 * 0.3公顷, 500平方厘米.  Never negative.
 */
MUST_CHECK bool area_parse(int64_t *cm2, struct view text, struct err *err);
/* "89.50 ㎡", with as many decimals as it takes; area_parse() takes it back. */
void area_print(char out[AREA_TEXT_BYTES], int64_t cm2);

/* true false 1 0 yes no y n 是 否 有 无 没有 对 错, in any case. */
MUST_CHECK bool boolean_parse(bool *out, struct view text, struct err *err);

/*
 * A day: 2024-03-05, 2024-3-5, 2024/3/5, 2024.3.5, 2024年3月5日 (号),
 * 20240305; to the form of civil.h.
 */
MUST_CHECK bool date_parse(char out[CIVIL_DATE_BYTES], struct view text, struct err *err);

#endif
