/* terminal.c -- see terminal.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "terminal.h"

#define COLUMNS_UNKNOWN 80
#define COLUMNS_LEAST 20

/* NULL where it is not set or empty. */
static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Is ${locale} of ${language}: "zh", "zh_CN.UTF-8", "zh-Hans", not "zhx"? */
static bool speaks(const char *locale, const char *language)
{
	size_t len = strlen(language);

	return strncmp(locale, language, len) == 0 &&
		strchr("_-.@:", locale[len]) != NULL; /* finds the final NUL as well */
}

/* The first language of the list that we have: 1 Chinese, 0 English, -1 none. */
static int first_language(const char *list)
{
	while (list != NULL) {
		if (speaks(list, "zh")) {
			return 1;
		}
		if (speaks(list, "en") || speaks(list, "C")) {
			return 0;
		}
		list = strchr(list, ':');
		list = list != NULL ? list + 1 : NULL;
	}
	return -1;
}

static _Thread_local enum terminal_language spoken;

void terminal_speak(enum terminal_language language)
{
	spoken = language;
}

static _Thread_local struct buf *captured[2];

void terminal_capture(struct buf *out, struct buf *said)
{
	captured[false] = said;
	captured[true] = out;
}

struct buf *terminal_captured(bool result)
{
	return captured[result];
}

bool terminal_chinese(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *locale = NULL;
	int language;
	size_t i;

	if (spoken != TERMINAL_BY_LOCALE) {
		return spoken == TERMINAL_CHINESE;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]) && locale == NULL; i++) {
		locale = setting(names[i]);
	}
	if (locale != NULL && (speaks(locale, "C") || speaks(locale, "POSIX"))) {
		return false;
	}
	language = first_language(setting("LANGUAGE"));
	if (language >= 0) {
		return language == 1;
	}
	return locale == NULL || speaks(locale, "zh");
}

const char *terminal_phrase(struct phrase phrase)
{
	return terminal_chinese() ? phrase.zh : phrase.en;
}

size_t terminal_columns(int fd)
{
	struct winsize size = { 0 };

	if (captured[true] != NULL || isatty(fd) != 1) {
		return 0;
	}
	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
		return COLUMNS_UNKNOWN;
	}
	return size.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : size.ws_col;
}

bool terminal_bold(int fd)
{
	const char *term = setting("TERM");

	return isatty(fd) == 1 && setting("NO_COLOR") == NULL && term != NULL &&
		strcmp(term, "dumb") != 0;
}

bool terminal_write(struct view text, struct err *err)
{
	size_t written;

	if (captured[true] != NULL) {
		buf_view(captured[true], text);
		return buf_ok(captured[true], err);
	}
	written = text.len != 0 ? fwrite(text.data, 1, text.len, stdout) : 0;
	if (written != text.len || fflush(stdout) != 0) {
		return err_errno(err, "standard output");
	}
	return true;
}
