/*
 * say.h -- sentences for the person, in their language.
 *
 * Whatever is printed in is escaped (display.h), so that a record's text
 * cannot steer the terminal; only newlines stay.
 */
#ifndef LINLI_SAY_H
#define LINLI_SAY_H

#include "linli/bytes.h"

/*
 * A message on stderr, and a newline.  Both formats take the same
 * arguments in the same order; the one of the language is used.
 */
void say(const char *zh, const char *en, ...) PRINTF_LIKE(1, 3) PRINTF_LIKE(2, 3);

/* The same on stdout: what the person asked for, not a message about it. */
void say_result(const char *zh, const char *en, ...) PRINTF_LIKE(1, 3) PRINTF_LIKE(2, 3);

/*
 * ${err} as its sentence on stderr with the detail in parentheses on a
 * second line; with ${json} on stdout as
 * {"schema":1,"error":{"code":"too_large","sentence":"…","detail":"…"}}
 */
void say_error(const struct err *err, bool json);

/* The text of say_error(), appended, in Chinese if ${zh}. */
void say_error_person(struct buf *out, const struct err *err, bool zh);
void say_error_json(struct buf *out, const struct err *err, bool zh);

#endif
