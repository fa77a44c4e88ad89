/* library.c -- see library.h. */
#include <openssl/err.h>

#include "library.h"

bool library_failed(struct err *err, enum err_code code, const char *what)
{
	unsigned long last = ERR_peek_last_error();
	char message[160] = "failed";

	if (last != 0) {
		ERR_error_string_n(last, message, sizeof(message));
	}
	if (ERR_GET_REASON(last) == ERR_R_MALLOC_FAILURE) {
		code = ERR_NOMEM;
	}
	ERR_clear_error();
	return err_set(err, code, "%s: %s", what, message);
}

void library_forget(void)
{
	ERR_clear_error();
}
