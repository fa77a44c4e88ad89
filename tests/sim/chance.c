/* chance.c -- splitmix64; see chance.h. */
#include "chance.h"

#include <string.h>

struct chance chance_of(uint64_t seed, uint64_t stream)
{
	struct chance chance = { seed * UINT64_C(0x9e3779b97f4a7c15) ^ stream << 32 };

	chance_next(&chance);
	return chance;
}

uint64_t chance_next(struct chance *chance)
{
	uint64_t z = chance->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t chance_below(struct chance *chance, uint64_t limit)
{
	return limit == 0 ? 0 : chance_next(chance) % limit;
}

bool chance_one_in(struct chance *chance, uint64_t n)
{
	return chance_below(chance, n) == 0;
}

void chance_fill(struct chance *chance, void *out, size_t len)
{
	uint8_t *to = out;
	uint64_t word;
	size_t part;

	for (; len > 0; to += part, len -= part) {
		word = chance_next(chance);
		part = len < sizeof(word) ? len : sizeof(word);
		memcpy(to, &word, part);
	}
}
