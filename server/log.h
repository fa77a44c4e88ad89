/*
 * log.h -- the server's log: one line on stderr for each event.
 *
 *   listening time=2026-09-22T06:10:11.123Z address=127.0.0.1:8080
 *
 * The event's name comes first and never changes, then key=value.  Values
 * with spaces, quotes or '=' stand in double quotes; what came from a
 * stranger is escaped (display.h) and cut to LOG_VALUE_BYTES.  Nothing
 * secret and no personal data is logged.
 */
#ifndef LINLID_LOG_H
#define LINLID_LOG_H

#include "linli/env.h"

#define LOG_VALUE_BYTES 400

struct log_line {
	struct buf text;
};

/* ${event} and keys are words of our own: [a-z_-]. */
void log_begin(struct log_line *line, const struct env *env, const char *event);
void log_text(struct log_line *line, const char *key, const char *value);
void log_int(struct log_line *line, const char *key, int64_t value);
/* Write the line at once, and release it. */
void log_end(struct log_line *line);

/* The line "${event} code=... detail=...". */
void log_failure(const struct env *env, const char *event, const struct err *err);

#endif
