/*
 * terminal.h -- what the programs know about the person in front of them:
 * the language they read, and whether they sit at a terminal.
 *
 * This module is the one part of common/ that prints, for both command
 * line programs, and the only door to utf8proc.  All output is UTF-8.
 */
#ifndef LINLI_TERMINAL_H
#define LINLI_TERMINAL_H

#include "linli/bytes.h"

/* One text in the two languages of the programs. */
struct phrase {
	const char *zh, *en;
};

/*
 * Chinese, or else English?  The first of LC_ALL, LC_MESSAGES and LANG that
 * is set and not empty is the locale; LANGUAGE, a list, goes before it
 * unless the locale is C or POSIX (also as "C.UTF-8").  zh* is Chinese,
 * every other language English; where nothing at all is set, Chinese.
 */
bool terminal_chinese(void);

/*
 * For this thread from now on: the language of whoever it answers, in place
 * of the locale's; TERMINAL_BY_LOCALE undoes that.
 */
enum terminal_language { TERMINAL_BY_LOCALE, TERMINAL_CHINESE, TERMINAL_ENGLISH };
void terminal_speak(enum terminal_language language);

/* The text of ${phrase} in that language. */
const char *terminal_phrase(struct phrase phrase);

/*
 * For this thread from now on: what would be printed is appended to ${out}
 * (results) and ${said} (messages), and nobody sits at a terminal.  NULL, NULL
 * undoes that.
 */
void terminal_capture(struct buf *out, struct buf *said);
/* The buffer for results, or for messages; NULL: print. */
struct buf *terminal_captured(bool result);

/* Columns of the terminal on file descriptor ${fd}; 0 if it is none. */
size_t terminal_columns(int fd);

/* May ${fd} be sent bold text?  A terminal, not "dumb", and no NO_COLOR. */
bool terminal_bold(int fd);

/*
 * Write all of ${text} to stdout at once, as it is.
 * ERR_IO, ERR_DISK_FULL: a table cut short must not look whole.
 */
MUST_CHECK bool terminal_write(struct view text, struct err *err);

#endif
