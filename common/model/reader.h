/*
 * reader.h -- taking a model's JSON apart, member by member.
 *
 * Every function that fails leaves in the reader's err a detail that begins
 * with the place reached by reader_enter(), and returns false:
 * "entities[3] (club) .fields[2] (founded_on): unknown rule 'newest'".
 * What is handed out lies in the reader's arena.
 */
#ifndef LINLI_MODEL_READER_H
#define LINLI_MODEL_READER_H

#include <jansson.h>

#include "linli/model.h"

#define READER_DEPTH 4
#define READER_LABEL_MAX_BYTES 240
#define READER_SQL_MAX_BYTES 16384
#define READER_NO_INDEX SIZE_MAX

struct reader_step {
	const char *member;
	size_t index;     /* READER_NO_INDEX: not in a list */
	const char *name; /* NULL until it is known */
};

struct reader {
	struct arena *arena;
	struct err *err;
	struct reader_step steps[READER_DEPTH];
	size_t depth;
};

/* Words that a member may be, the place in the list being the value. */
struct reader_words {
	const char *what; /* "rule": for "unknown rule 'newest'" */
	const char *const *words;
	size_t count;
};

void reader_enter(struct reader *r, const char *member, size_t index);
void reader_leave(struct reader *r);
/* From now on places show the innermost step with ${name}. */
void reader_called(struct reader *r, const char *name);

/* Always false. */
bool reader_fail(struct reader *r, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* An array of ${count} zeroed elements, or NULL with ERR_NOMEM. */
void *reader_array(struct reader *r, size_t count, size_t size);

/* ${value} must be an object without members other than ${known}, NULL-ended. */
MUST_CHECK bool reader_object(struct reader *r, json_t *value, const char *const *known);

/* [a-z][a-z0-9_]*, shorter than MODEL_NAME_BYTES. */
MUST_CHECK bool reader_name(struct reader *r, json_t *object, const char *member,
	const char **out);
/* The same, or NULL where the member is absent. */
MUST_CHECK bool reader_optional_name(struct reader *r, json_t *object, const char *member,
	const char **out);
/* "" where it is absent. */
MUST_CHECK bool reader_optional_text(struct reader *r, json_t *object, const char *member,
	const char **out);
/* {"zh": text, "en": text}, neither empty. */
MUST_CHECK bool reader_label(struct reader *r, json_t *object, const char *member,
	struct label *out);
/* Both "" where it is absent. */
MUST_CHECK bool reader_optional_label(struct reader *r, json_t *object, const char *member,
	struct label *out);
/* A text, or a list of texts, which are joined by newlines. */
MUST_CHECK bool reader_sql(struct reader *r, json_t *object, const char *member,
	const char **out);
/* A whole number from ${min} to ${max}. */
MUST_CHECK bool reader_integer(struct reader *r, json_t *object, const char *member,
	int64_t min, int64_t max, int64_t *out);
/* false where it is absent. */
MUST_CHECK bool reader_flag(struct reader *r, json_t *object, const char *member, bool *out);
/* ${absent} where it is absent; required where ${absent} is SIZE_MAX. */
MUST_CHECK bool reader_word(struct reader *r, json_t *object, const char *member,
	const struct reader_words *words, size_t absent, size_t *out);
/* From ${min} to ${max} elements; absent is empty where ${min} is 0. */
MUST_CHECK bool reader_list(struct reader *r, json_t *object, const char *member, size_t min,
	size_t max, json_t **list, size_t *count);

/* ${text} as an error may show it: cut to 40 bytes, no control characters. */
#define READER_SHOWN_BYTES 48
const char *reader_shown(char out[READER_SHOWN_BYTES], const char *text);

#endif
