/* dice.c -- see dice.h. */
#include "dice.h"

#include <assert.h>

static uint64_t next(struct dice *dice)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct dice dice_of(uint64_t seed, uint64_t what)
{
	struct dice dice = { seed };

	dice.state = next(&dice) ^ (what * 0xd1342543de82ef95u);
	next(&dice);
	return dice;
}

/* The remainder's bias, 2^-50 for what is thrown here, harms nobody. */
size_t dice_throw(struct dice *dice, size_t sides)
{
	assert(sides != 0);
	return (size_t)(next(dice) % sides);
}

int64_t dice_between(struct dice *dice, int64_t least, int64_t most)
{
	assert(least <= most);
	return least + (int64_t)dice_throw(dice, (size_t)(most - least) + 1);
}

bool dice_chance(struct dice *dice, unsigned percent)
{
	return dice_throw(dice, 100) < percent;
}

void dice_shuffle(struct dice *dice, size_t *numbers, size_t count)
{
	size_t i, j, kept;

	for (i = count; i > 1; i--) {
		j = dice_throw(dice, i);
		kept = numbers[i - 1];
		numbers[i - 1] = numbers[j];
		numbers[j] = kept;
	}
}

void dice_spread(
	struct dice *dice, size_t *places, size_t count, size_t total, size_t least, size_t most)
{
	size_t i, left = total - count * least;

	assert(total >= count * least && total <= count * most);
	for (i = 0; i < count; i++) {
		places[i] = least;
	}
	while (left != 0) {
		i = dice_throw(dice, count);
		if (places[i] < most) {
			places[i]++;
			left--;
		}
	}
}
