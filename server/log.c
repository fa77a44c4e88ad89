/* log.c -- see log.h. */
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "display.h"
#include "log.h"

void log_begin(struct log_line *line, const struct env *env, const char *event)
{
	int64_t now_ms = env->now_ms(env->ctx);
	time_t seconds = (time_t)(now_ms / 1000);
	char text[32] = "";
	struct tm utc;

	line->text = (struct buf){ 0 };
	if (gmtime_r(&seconds, &utc) != NULL) {
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	}
	buf_printf(&line->text, "%s time=%s.%03dZ", event, text, (int)(now_ms % 1000));
}

static bool plain(const struct buf *value)
{
	size_t i;

	for (i = 0; i < value->len; i++) {
		if (value->data[i] <= ' ' || strchr("\"'=\\", value->data[i]) != NULL) {
			return false;
		}
	}
	return value->len > 0;
}

void log_text(struct log_line *line, const char *key, const char *value)
{
	struct buf shown = { 0 };
	size_t len = strnlen(value, LOG_VALUE_BYTES), i;

	display_escape(&shown, (struct view){ value, len });
	if (value[len] != '\0') {
		buf_text(&shown, "...");
	}
	buf_printf(&line->text, " %s=", key);
	if (plain(&shown)) {
		buf_view(&line->text, buf_as_view(&shown));
	} else {
		buf_byte(&line->text, '"');
		for (i = 0; i < shown.len; i++) {
			if (shown.data[i] == '"') {
				buf_byte(&line->text, '\\');
			}
			buf_byte(&line->text, shown.data[i]);
		}
		buf_byte(&line->text, '"');
	}
	buf_clear(&shown);
}

void log_int(struct log_line *line, const char *key, int64_t value)
{
	buf_printf(&line->text, " %s=%" PRId64, key, value);
}

void log_end(struct log_line *line)
{
	ssize_t put;

	buf_byte(&line->text, '\n');
	if (!line->text.failed) {
		/* One call, so that lines of several threads do not mix. */
		put = write(STDERR_FILENO, line->text.data, line->text.len);
		(void)put; /* there is nowhere to say that it failed */
	}
	buf_clear(&line->text);
}

void log_failure(const struct env *env, const char *event, const struct err *err)
{
	struct log_line line;

	log_begin(&line, env, event);
	log_text(&line, "code", err_name(err->code));
	log_text(&line, "detail", err->detail);
	log_end(&line);
}
