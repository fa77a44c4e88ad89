/* fail.h -- libgit2's errors as ours; only within common/git. */
#ifndef LINLI_GIT_FAIL_H
#define LINLI_GIT_FAIL_H

#include "linli/err.h"

/*
 * Put libgit2's return value ${result} and its message under "${doing}: "
 * into ${err}, as ERR_NOT_FOUND, ERR_EXISTS, ERR_NOMEM or, for all others,
 * ${otherwise}.  Always false.
 */
bool git_failed(struct err *err, int result, enum err_code otherwise, const char *doing);

#endif
