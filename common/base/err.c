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

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list args;

	if (err == NULL) {
		return false;
	}
	err->code = code;
	va_start(args, fmt);
	vsnprintf(err->detail, sizeof(err->detail), fmt, args);
	va_end(args);
	return false;
}

bool err_wrap(struct err *err, const char *fmt, ...)
{
	char inner[ERR_DETAIL_BYTES];
	va_list args;
	size_t len;

	if (err == NULL) {
		return false;
	}
	memcpy(inner, err->detail, sizeof(inner));
	va_start(args, fmt);
	vsnprintf(err->detail, sizeof(err->detail), fmt, args);
	va_end(args);
	len = strlen(err->detail);
	snprintf(err->detail + len, sizeof(err->detail) - len, "%s%s",
		inner[0] != '\0' ? ": " : "", inner);
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
