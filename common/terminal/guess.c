/* guess.c -- see guess.h. */
#include <string.h>

#include "guess.h"

#define LONGEST_NAME 40

/* Edits from ${a} to ${b}: insert, delete, replace, swap two neighbours. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST_NAME + 1] = { { 0 } };
	size_t a_len = strlen(a), b_len = strlen(b), i, k;

	if (a_len > LONGEST_NAME || b_len > LONGEST_NAME) {
		return LONGEST_NAME;
	}
	for (k = 0; k <= b_len; k++) {
		rows[0][k] = k;
	}
	for (i = 1; i <= a_len; i++) {
		size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		now[0] = i;
		for (k = 1; k <= b_len; k++) {
			size_t best = last[k - 1] + (a[i - 1] != b[k - 1]);

			best = last[k] + 1 < best ? last[k] + 1 : best;
			best = now[k - 1] + 1 < best ? now[k - 1] + 1 : best;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
				before[k - 2] + 1 < best) {
				best = before[k - 2] + 1;
			}
			now[k] = best;
		}
	}
	return rows[a_len % 3][b_len];
}

void guess_consider(struct guess *guess, const char *typed, const char *name)
{
	size_t far = distance(typed, name), len = strlen(typed);

	/* "com" is the beginning of "communities", "社团" a part of "群众性社团". */
	if (len >= 3 &&
		(strncmp(typed, name, len) == 0 ||
			((unsigned char)typed[0] >= 0x80 && strstr(name, typed) != NULL))) {
		far = 1;
	}
	if (far <= 2 && far * 2 < strlen(name) && (guess->name == NULL || far < guess->distance)) {
		*guess = (struct guess){ name, far };
	}
}
