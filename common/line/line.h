/*
 * line.h -- one change of one record, as a line of canonical JSON.
 *
 *   {"t":1764000000000123,"e":"club","id":"3f9a1c22d0b84e17.1.7",
 *    "put":{"name":"太极拳队","members":24},"add":{"served":30},
 *    "in":{"roles":["volunteer"]},"out":{"roles":["leader"]},"n":"AAAAAAAAAAA="}
 *   {"t":1764000000000123,"e":"club","id":"3f9a1c22d0b84e17.1.7","del":true}
 *
 * One change has one text: no white space, keys in this order, strings in
 * their shortest escape, elements sorted.  The reader takes only what the
 * writer writes, so that reading and writing again gives the same bytes.
 * Whether fields exist, and stand in the model's order, is asked by
 * merge_line_check().  Format: docs/format.md.
 */
#ifndef LINLI_LINE_H
#define LINLI_LINE_H

#include "linli/bytes.h"
#include "linli/value.h"

#define LINE_MAX_BYTES (64 * 1024)   /* without the newline */
#define LINE_MAX_FIELDS 64           /* named in one line, over all of its operations */
#define LINE_MAX_ELEMENTS 256        /* put in and taken out by one line, over all fields */
#define LINE_MAX_T 9007199254740991  /* 2^53 - 1 */
#define LINE_SALT_BYTES 8

/* Kind and content. */
bool value_equal(const struct value *a, const struct value *b);
/* Null, false, true, integers by number, texts bytewise, in this order. */
int value_compare(const struct value *a, const struct value *b);
/* In canonical JSON. */
void value_write(struct buf *out, const struct value *value);

enum line_op { LINE_PUT, LINE_ADD, LINE_IN, LINE_OUT };

/* Of LINE_IN and LINE_OUT: one per element, its text in ${value}. */
struct change {
	enum line_op op;
	struct view field;
	struct value value; /* LINE_PUT: any; LINE_ADD: integer, not 0; else text */
};

struct line {
	int64_t t; /* hybrid logical clock, 1 to LINE_MAX_T */
	struct view entity, id;
	bool has_del, del; /* has_del: nothing is changed; del false takes a deletion back */
	struct change *changes; /* grouped by op and, within an op, by field */
	size_t change_count;
	bool has_salt;
	uint8_t salt[LINE_SALT_BYTES];
};

/*
 * Read ${text}, one line without its newline, from a stranger.  What *out
 * borrows lies in ${text} and in ${arena}, which the caller resets when
 * done with the line.  Fails with ERR_FORMAT, ERR_TOO_LARGE (the detail
 * says at which byte), ERR_NOMEM; *out is then undefined.
 */
MUST_CHECK bool line_parse(struct line *out, struct arena *arena, struct view text,
	struct err *err);

/*
 * Append ${line} in canonical form, without a newline.  Its content is
 * the caller's promise: what line_parse() would refuse must not be in it.
 */
void line_write(struct buf *out, const struct line *line);

/*
 * Read the canonical JSON string that ${rest} begins with and move past
 * it.  False: there is none, or there is no memory.
 */
MUST_CHECK bool line_string_read(struct view *out, struct arena *arena, struct view *rest);
void line_string_write(struct buf *out, struct view text);

#endif
