/*
 * value.h -- the value of one field.
 *
 * Text: dates, enum members, references (record ids as text), hashes; of
 * a union field, where it is shown whole, the JSON array of its elements.
 */
#ifndef LINLI_VALUE_H
#define LINLI_VALUE_H

#include "linli/bytes.h"

enum value_kind { VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_TEXT };

struct value {
	enum value_kind kind;
	int64_t integer;  /* VALUE_INT; VALUE_BOOL: 0 or 1; else 0 */
	struct view text; /* VALUE_TEXT, borrowed; else empty */
};

#endif
