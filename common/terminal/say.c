/* say.c -- see say.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "display.h"
#include "say.h"
#include "terminal.h"

/* To stdout, or to stderr. */
static void print(bool result, char *text, int len)
{
	struct buf *captured = terminal_captured(result);
	FILE *to = result ? stdout : stderr;
	struct buf out = { 0 };

	if (len >= 0) {
		display_escape_lines(&out, (struct view){ text, (size_t)len });
		buf_byte(&out, '\n');
		if (captured != NULL) {
			buf_view(captured, buf_as_view(&out));
		} else {
			fwrite(buf_str(&out), 1, out.len, to);
			fflush(to);
		}
		free(text);
	}
	buf_clear(&out);
}

void say(const char *zh, const char *en, ...)
{
	char *text = NULL;
	va_list args;
	int len;

	va_start(args, en);
	len = vasprintf(&text, terminal_chinese() ? zh : en, args);
	va_end(args);
	print(false, text, len);
}

void say_result(const char *zh, const char *en, ...)
{
	char *text = NULL;
	va_list args;
	int len;

	va_start(args, en);
	len = vasprintf(&text, terminal_chinese() ? zh : en, args);
	va_end(args);
	print(true, text, len);
}

void say_error_person(struct buf *out, const struct err *err, bool zh)
{
	buf_text(out, err_sentence(err->code, zh));
	buf_byte(out, '\n');
	if (err->detail[0] != '\0') {
		buf_byte(out, '(');
		display_escape_lines(out, view_of(err->detail));
		buf_text(out, ")\n");
	}
}

/*
 * A JSON string.  display_escape() has left valid UTF-8 without control
 * characters, so that only quotes and backslashes remain.
 */
static void json_string(struct buf *out, const char *text)
{
	struct buf shown = { 0 };
	size_t i;

	display_escape(&shown, view_of(text));
	buf_byte(out, '"');
	for (i = 0; i < shown.len; i++) {
		if (shown.data[i] == '"' || shown.data[i] == '\\') {
			buf_byte(out, '\\');
		}
		buf_byte(out, shown.data[i]);
	}
	buf_byte(out, '"');
	out->failed = out->failed || shown.failed;
	buf_clear(&shown);
}

void say_error_json(struct buf *out, const struct err *err, bool zh)
{
	buf_printf(
		out, "{\"schema\":1,\"error\":{\"code\":\"%s\",\"sentence\":", err_name(err->code));
	json_string(out, err_sentence(err->code, zh));
	buf_text(out, ",\"detail\":");
	json_string(out, err->detail);
	buf_text(out, "}}\n");
}

void say_error(const struct err *err, bool json)
{
	struct buf out = { 0 };
	FILE *to = json ? stdout : stderr;

	if (json) {
		say_error_json(&out, err, terminal_chinese());
	} else {
		say_error_person(&out, err, terminal_chinese());
	}
	fwrite(buf_str(&out), 1, out.len, to);
	fflush(to);
	buf_clear(&out);
}
