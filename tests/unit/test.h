/* test.h -- what every unit test includes: cmocka, and a line of help. */
#ifndef LINLI_TEST_H
#define LINLI_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "linli/bytes.h"

/* Fails the test with the error's code and detail when ${ok} is false. */
#define assert_ok(ok, err)                                                     \
	do {                                                                   \
		if (!(ok)) {                                                   \
			fail_msg("%s: %s", err_name((err)->code), (err)->detail); \
		}                                                              \
	} while (0)

/* ${call} must fail with ${expected}. */
#define assert_refused(call, err, expected)                                    \
	do {                                                                   \
		(err)->code = ERR_NONE;                                        \
		(err)->detail[0] = '\0';                                       \
		assert_false(call);                                            \
		if ((err)->code != (expected)) {                               \
			fail_msg("expected %s, got %s: %s", err_name(expected), \
				err_name((err)->code), (err)->detail);         \
		}                                                              \
	} while (0)

#endif
