/* test_suppress.c -- small cells cannot be computed from what is published; see suppress.h. */
#include "test.h"

#include <stdlib.h>

#include "suppress.h"

#define BELOW 3
#define STREETS 2
#define EACH 3   /* communities of a street */
#define PARTS 3  /* of the breakdown; column 0 is the whole */
#define ROWS (1 + STREETS + STREETS * EACH)
#define COLUMNS (1 + PARTS)
#define CELLS (ROWS * COLUMNS)
#define SUMS (ROWS + COLUMNS * (1 + STREETS))

/* A district of streets of communities, broken down: every sum there is. */
struct world {
	struct suppress_cell cells[CELLS];
	struct suppress_sum sums[SUMS];
	size_t members[SUMS][EACH + STREETS + PARTS];
	size_t sum_count;
};

static size_t at(size_t row, size_t column)
{
	return row * COLUMNS + column;
}

static void add_sum(struct world *world, size_t total, const size_t *members, size_t count)
{
	struct suppress_sum *sum = &world->sums[world->sum_count];

	memcpy(world->members[world->sum_count], members, count * sizeof(*members));
	*sum = (struct suppress_sum){ total, world->members[world->sum_count], count };
	world->sum_count++;
}

static void add_sums(struct world *world)
{
	size_t members[EACH + STREETS + PARTS], row, column, s, i;

	for (row = 0; row < ROWS; row++) {
		for (i = 0; i < PARTS; i++) {
			members[i] = at(row, i + 1);
		}
		add_sum(world, at(row, 0), members, PARTS);
	}
	for (column = 0; column < COLUMNS; column++) {
		for (s = 0; s < STREETS; s++) {
			members[s] = at(1 + s, column);
		}
		add_sum(world, at(0, column), members, STREETS);
		for (s = 0; s < STREETS; s++) {
			for (i = 0; i < EACH; i++) {
				members[i] = at(1 + STREETS + s * EACH + i, column);
			}
			add_sum(world, at(1 + s, column), members, EACH);
		}
	}
}

/* Leaves by lot, then every sum. */
static void fill(struct world *world, unsigned seed, int64_t most)
{
	size_t row, column, s, i;

	memset(world, 0, sizeof(*world));
	srand(seed);
	for (row = 1 + STREETS; row < ROWS; row++) {
		for (column = 1; column < COLUMNS; column++) {
			int64_t value = rand() % 3 == 0 ? 0 : rand() % (most + 1);

			s = 1 + (row - 1 - STREETS) / EACH;
			world->cells[at(row, column)].value = value;
			world->cells[at(row, 0)].value += value;
			world->cells[at(s, column)].value += value;
			world->cells[at(s, 0)].value += value;
			world->cells[at(0, column)].value += value;
			world->cells[at(0, 0)].value += value;
		}
	}
	add_sums(world);
	i = world->sum_count;
	assert_int_equal(i, SUMS);
}

/*
 * An attacker: narrows each unknown to [low, high] by every sum, over and
 * over, knowing that nothing is negative.  False: somewhere one value is left.
 */
struct range {
	int64_t low, high;
};

static bool narrow_sum(struct range *ranges, const struct suppress_sum *sum)
{
	int64_t low = 0, high = 0;
	struct range *total = &ranges[sum->total];
	bool changed = false;
	size_t i;

	for (i = 0; i < sum->count; i++) {
		low += ranges[sum->members[i]].low;
		high += ranges[sum->members[i]].high;
	}
	if (low > total->low) {
		total->low = low;
		changed = true;
	}
	if (high < total->high) {
		total->high = high;
		changed = true;
	}
	for (i = 0; i < sum->count; i++) {
		struct range *one = &ranges[sum->members[i]];
		int64_t least = total->low - (high - one->high);
		int64_t most = total->high - (low - one->low);

		if (least > one->low) {
			one->low = least;
			return true;
		}
		if (most < one->high) {
			one->high = most;
			return true;
		}
	}
	return changed;
}

static void narrow(struct range *ranges, const struct world *world)
{
	bool more = true;
	size_t i;

	for (i = 0; i < CELLS; i++) {
		ranges[i] = world->cells[i].kept_back ?
			(struct range){ 0, 1000 } :
			(struct range){ world->cells[i].value, world->cells[i].value };
	}
	while (more) {
		more = false;
		for (i = 0; i < world->sum_count; i++) {
			more |= narrow_sum(ranges, &world->sums[i]);
		}
	}
}

/*
 * Another attacker: looks for a second solution in which ${cell} is another.
 * Moves along circles of unknowns that leave every sum as it is, by search.
 */
struct search {
	const struct world *world;
	int64_t value[CELLS];
	size_t steps;
};

static bool fits(const struct search *search, size_t *broken, int64_t *by)
{
	size_t i, j;

	for (i = 0; i < search->world->sum_count; i++) {
		const struct suppress_sum *sum = &search->world->sums[i];
		int64_t left = search->value[sum->total];

		for (j = 0; j < sum->count; j++) {
			left -= search->value[sum->members[j]];
		}
		if (left != 0) {
			*broken = i;
			*by = left;
			return false;
		}
	}
	return true;
}

/* Mend the first broken sum by changing one unknown that was not changed yet. */
static bool mend(struct search *search, bool *changed)
{
	const struct suppress_sum *sum;
	size_t broken, i;
	int64_t by;

	if (fits(search, &broken, &by)) {
		return true;
	}
	if (++search->steps > 200000) {
		return false;
	}
	sum = &search->world->sums[broken];
	for (i = 0; i <= sum->count; i++) {
		size_t cell = i < sum->count ? sum->members[i] : sum->total;
		int64_t step = i < sum->count ? by : -by;

		if (!search->world->cells[cell].kept_back || changed[cell] ||
			search->value[cell] + step < 0) {
			continue;
		}
		changed[cell] = true;
		search->value[cell] += step;
		if (mend(search, changed)) {
			return true;
		}
		search->value[cell] -= step;
		changed[cell] = false;
	}
	return false;
}

/* Is there another table, with the same published cells, where ${cell} differs? */
static bool has_another(const struct world *world, size_t cell)
{
	int64_t step;
	size_t i;

	for (step = -3; step <= 3; step++) {
		struct search search = { .world = world };
		bool changed[CELLS] = { false };

		if (step == 0 || world->cells[cell].value + step < 0) {
			continue;
		}
		for (i = 0; i < CELLS; i++) {
			search.value[i] = world->cells[i].value;
		}
		search.value[cell] += step;
		changed[cell] = true;
		if (mend(&search, changed)) {
			return true;
		}
	}
	return false;
}

static void suppress(struct world *world)
{
	struct err err = { 0 };

	assert_ok(suppress_small(world->cells, CELLS, world->sums, world->sum_count, BELOW, &err),
		&err);
}

/* Whoever has all that is published cannot tell a single cell that is kept back. */
static void test_suppress__no_cell_can_be_recovered(void **state)
{
	struct range ranges[CELLS];
	struct world world;
	unsigned seed;
	size_t i, kept = 0, published = 0;

	(void)state;
	for (seed = 1; seed <= 400; seed++) {
		fill(&world, seed, seed % 2 == 0 ? 8 : 40);
		suppress(&world);
		narrow(ranges, &world);
		for (i = 0; i < CELLS; i++) {
			if (!world.cells[i].kept_back) {
				assert_false(world.cells[i].value > 0 &&
					world.cells[i].value < BELOW);
				published++;
				continue;
			}
			kept++;
			if (ranges[i].low == ranges[i].high || !has_another(&world, i)) {
				fail_msg("seed %u: cell %zu (%d) can only be one value", seed, i,
					(int)world.cells[i].value);
			}
		}
	}
	/* It must have something to do, and must not keep everything back. */
	assert_true(kept > 1000 && published > 10000);
}

/* The attackers find what hiding the small cells alone leaves open. */
static void test_suppress__small_cells_alone_would_be_recovered(void **state)
{
	struct range ranges[CELLS];
	struct world world;
	unsigned seed, recovered = 0;
	size_t i;

	(void)state;
	for (seed = 1; seed <= 50; seed++) {
		fill(&world, seed, 40);
		for (i = 0; i < CELLS; i++) {
			world.cells[i].kept_back =
				world.cells[i].value > 0 && world.cells[i].value < BELOW;
		}
		narrow(ranges, &world);
		for (i = 0; i < CELLS; i++) {
			recovered += world.cells[i].kept_back && ranges[i].low == ranges[i].high;
		}
	}
	assert_true(recovered > 20);
}

/* A table without small cells is published whole. */
static void test_suppress__keeps_nothing_back_without_need(void **state)
{
	struct world world;
	size_t i;

	(void)state;
	fill(&world, 7, 8);
	for (i = 0; i < CELLS; i++) {
		world.cells[i].value *= BELOW;
	}
	suppress(&world);
	for (i = 0; i < CELLS; i++) {
		assert_false(world.cells[i].kept_back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suppress__no_cell_can_be_recovered),
		cmocka_unit_test(test_suppress__small_cells_alone_would_be_recovered),
		cmocka_unit_test(test_suppress__keeps_nothing_back_without_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
