/*
 * emit.h -- JSON for the programs' --json, appended to a buffer.
 *
 * The comma before a member or an element is put where it is needed: the
 * last byte tells.  The caller closes what it opens, in order.
 */
#ifndef LINLI_EMIT_H
#define LINLI_EMIT_H

#include "linli/value.h"

/* {"schema":1 -- what every object that a command writes begins with. */
void emit_begin(struct buf *out);
/* The end of that object. */
void emit_end(struct buf *out);

void emit_open(struct buf *out, char bracket);  /* '{' or '[' */
void emit_close(struct buf *out, char bracket); /* '}' or ']' */
void emit_key(struct buf *out, const char *name);

void emit_text(struct buf *out, struct view text);
void emit_integer(struct buf *out, int64_t number);
void emit_bool(struct buf *out, bool value);
void emit_null(struct buf *out);
/* ${json} is JSON already. */
void emit_raw(struct buf *out, struct view json);

/* A key and its value; NULL text is null. */
void emit_member(struct buf *out, const char *name, const char *text);
void emit_member_integer(struct buf *out, const char *name, int64_t number);
void emit_member_bool(struct buf *out, const char *name, bool value);
void emit_member_null(struct buf *out, const char *name);
void emit_member_hex(struct buf *out, const char *name, const void *data, size_t len);

/*
 * Write what is there to stdout if it has grown large.  So a list of any
 * length is written in bounded memory.
 */
MUST_CHECK bool emit_flush(struct buf *out, struct err *err);

#endif
