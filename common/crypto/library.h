/* library.h -- what went wrong inside OpenSSL; for this module only. */
#ifndef LINLI_CRYPTO_LIBRARY_H
#define LINLI_CRYPTO_LIBRARY_H

#include "linli/err.h"

/*
 * Set ${err} to ${code} (ERR_NOMEM if memory was what it lacked) and
 * "${what}: the library's message", and empty the library's queue.
 * Always false.
 */
bool library_failed(struct err *err, enum err_code code, const char *what);

/* Forget messages about a failure that is no error to us. */
void library_forget(void);

#endif
