/*
 * display.h -- text as a terminal shows it: its width, and what must not
 * reach a terminal as it is.
 *
 * A record's text comes from strangers.  Escape sequences in it would be
 * obeyed, marks of writing direction would make a line read as another.
 */
#ifndef LINLI_DISPLAY_H
#define LINLI_DISPLAY_H

#include "linli/bytes.h"

/* Columns of ${text}: 2 for a Chinese character, 0 for a combining mark. */
size_t display_width(struct view text);

/*
 * Append ${text} with control and format characters (but for the joiners
 * within emoji and Indic words), line and paragraph separators, and bytes
 * that are no UTF-8 written out: \n, \x1b, \u202e.
 */
void display_escape(struct buf *out, struct view text);

/* The same, line by line: newlines stay. */
void display_escape_lines(struct buf *out, struct view text);

/*
 * Append ${text}, escaped already, in at most ${columns}; where it is
 * longer, its beginning and an ellipsis.  Returns the columns taken.
 */
size_t display_fit(struct buf *out, struct view text, size_t columns);

/* Append ${count} spaces. */
void display_pad(struct buf *out, size_t count);

#endif
