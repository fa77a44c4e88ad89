/* chance.h -- everything that is drawn by lot in the simulation comes from here. */
#ifndef LINLI_SIM_CHANCE_H
#define LINLI_SIM_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The same seed draws the same numbers on every machine. */
struct chance {
	uint64_t state;
};
struct chance chance_of(uint64_t seed, uint64_t stream);
uint64_t chance_next(struct chance *chance);
/* 0 .. ${limit} - 1; 0 for a ${limit} of 0. */
uint64_t chance_below(struct chance *chance, uint64_t limit);
/* True once in ${n} times. */
bool chance_one_in(struct chance *chance, uint64_t n);
void chance_fill(struct chance *chance, void *out, size_t len);

#endif
