/*
 * guess.h -- which of the names there are was probably meant.
 */
#ifndef LINLI_GUESS_H
#define LINLI_GUESS_H

#include <stddef.h>

struct guess {
	const char *name; /* NULL: nothing is near */
	size_t distance;
};

/* ${name}, which is borrowed, if it is nearer to ${typed} than what was. */
void guess_consider(struct guess *guess, const char *typed, const char *name);

#endif
