/*
 * dice.h -- chance that is the same every time.
 *
 * SplitMix64 (Steele, Lea, Flood 2014).  Everything the demo invents is
 * thrown with dice that were seeded from --seed, so that the same seed
 * gives the same district to the byte, on any machine.
 */
#ifndef LINLI_DEMO_DICE_H
#define LINLI_DEMO_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

/* Dice of their own for ${what} (a place, a purpose) under ${seed}. */
struct dice dice_of(uint64_t seed, uint64_t what);

/* 0 to ${sides} - 1; ${sides} at least 1. */
size_t dice_throw(struct dice *dice, size_t sides);

/* ${least} to ${most}, both included. */
int64_t dice_between(struct dice *dice, int64_t least, int64_t most);

/* True ${percent} times in a hundred. */
bool dice_chance(struct dice *dice, unsigned percent);

/* Put ${count} numbers in another order. */
void dice_shuffle(struct dice *dice, size_t *numbers, size_t count);

/*
 * Hand ${total} out to ${count} places, each between ${least} and ${most},
 * as evenly as chance does.  ${total} must fit.
 */
void dice_spread(
	struct dice *dice, size_t *places, size_t count, size_t total, size_t least, size_t most);

#endif
