/* err.c -- codes, details and sentences; see linli/err.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "linli/err.h"

struct row {
	const char *name; /* as in the enum */
	int exit_status;
	const char *en, *zh;
};

#define ERR_ROW(code, exit_status, en, zh) { #code, exit_status, en, zh },
static const struct row rows[] = { ERR_LIST(ERR_ROW) };
#undef ERR_ROW

/* A detail that was too long ends in an ellipsis, never within a character. */
static void mark_cut(char *detail)
{
	size_t at = ERR_DETAIL_BYTES - 1 - strlen("…");

	while (at != 0 && ((unsigned char)detail[at] & 0xc0) == 0x80) {
		at--;
	}
	strcpy(detail + at, "…");
}

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list args;
	int len;

	if (err == NULL) {
		return false;
	}
	err->code = code;
	va_start(args, fmt);
	len = vsnprintf(err->detail, sizeof(err->detail), fmt, args);
	va_end(args);
	if (len >= ERR_DETAIL_BYTES) {
		mark_cut(err->detail);
	}
	return false;
}

bool err_wrap(struct err *err, const char *fmt, ...)
{
	char inner[ERR_DETAIL_BYTES];
	va_list args;
	size_t len, inner_len;

	if (err == NULL) {
		return false;
	}
	memcpy(inner, err->detail, sizeof(inner));
	va_start(args, fmt);
	vsnprintf(err->detail, sizeof(err->detail), fmt, args);
	va_end(args);
	len = strlen(err->detail);
	inner_len = strlen(inner);
	snprintf(err->detail + len, sizeof(err->detail) - len, "%s%s",
		inner_len != 0 ? ": " : "", inner);
	if (inner_len != 0 && len + strlen(": ") + inner_len >= sizeof(err->detail)) {
		mark_cut(err->detail);
	}
	return false;
}

bool err_nomem(struct err *err)
{
	return err_set(err, ERR_NOMEM, "out of memory");
}

bool err_errno(struct err *err, const char *fmt, ...)
{
	int saved = errno;
	char what[ERR_DETAIL_BYTES / 2];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return err_set(err, saved == ENOSPC || saved == EDQUOT ? ERR_DISK_FULL : ERR_IO,
		"%s: %s", what, strerror(saved));
}

const char *err_name(enum err_code code)
{
	static char names[ERR_CODES][32];
	char *name;
	const char *from;
	size_t i;

	if ((unsigned)code >= ERR_CODES) {
		return "internal";
	}
	name = names[code];
	from = rows[code].name + strlen("ERR_");
	for (i = 0; from[i] != '\0' && i < sizeof(names[0]) - 1; i++) {
		name[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] + 32 : from[i]);
	}
	return name;
}

const char *err_sentence(enum err_code code, bool zh)
{
	if ((unsigned)code >= ERR_CODES) {
		code = ERR_INTERNAL;
	}
	return zh ? rows[code].zh : rows[code].en;
}

int err_exit_status(enum err_code code)
{
	return (unsigned)code < ERR_CODES ? rows[code].exit_status : 1;
}
