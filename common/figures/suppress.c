/*
 * suppress.c -- see suppress.h.
 *
 * Sum by sum first: one unknown alone is known.  Then all sums together: an
 * unknown is known if the equations determine it, which Gauss-Jordan
 * elimination shows, in whole numbers modulo a prime.
 */
#include "suppress.h"

#include <stdlib.h>
#include <string.h>

#define PRIME 2147483647U /* 2^31 - 1: products fit into 64 bits */
#define NONE SIZE_MAX

struct suppressing {
	struct suppress_cell *cells;
	size_t count;
	const struct suppress_sum *sums;
	size_t sum_count;
	int64_t below;

	size_t *part;    /* by cell: which connected part it is of, by its first cell */
	size_t *column;  /* by cell: its unknown's number within the part at hand */
	bool changed;
};

static bool is_small(const struct suppressing *all, size_t cell)
{
	int64_t value = all->cells[cell].value;

	return value > 0 && value < all->below;
}

/* The place of number ${i} of a sum: its members, then its total. */
static size_t place(const struct suppress_sum *sum, size_t i)
{
	return i < sum->count ? sum->members[i] : sum->total;
}

static void keep_back(struct suppressing *all, size_t cell)
{
	all->cells[cell].kept_back = true;
	all->changed = true;
}

/* Keep back one more of ${sum}: the least that is not 0, or the first of those. */
static bool keep_another(struct suppressing *all, const struct suppress_sum *sum)
{
	size_t i, best = NONE;

	for (i = 0; i <= sum->count; i++) {
		size_t cell = place(sum, i);
		int64_t value = all->cells[cell].value;

		if (!all->cells[cell].kept_back &&
			(best == NONE || (all->cells[best].value == 0 && value != 0) ||
				(value != 0 && value < all->cells[best].value))) {
			best = cell;
		}
	}
	if (best == NONE) {
		return false;
	}
	keep_back(all, best);
	return true;
}

/*
 * Can the unknowns of ${sum} be told from it alone?  One can; so can several
 * that together are nothing; and so can several small ones that together are
 * as little, or as much, as small ones can be.
 */
static bool is_open(const struct suppressing *all, const struct suppress_sum *sum)
{
	int64_t together = 0, number = 0;
	bool small = true;
	size_t i;

	for (i = 0; i <= sum->count; i++) {
		size_t cell = place(sum, i);

		if (all->cells[cell].kept_back) {
			number++;
			together += all->cells[cell].value;
			small = small && is_small(all, cell);
		}
	}
	if (number < 2) {
		return number == 1;
	}
	if (all->cells[sum->total].kept_back) {
		return false;
	}
	return together == 0 ||
		(small && (together == number || together == number * (all->below - 1)));
}

static void close_sums(struct suppressing *all)
{
	bool more = true;
	size_t i;

	while (more) {
		more = false;
		for (i = 0; i < all->sum_count; i++) {
			more |= is_open(all, &all->sums[i]) && keep_another(all, &all->sums[i]);
		}
	}
}

/* ---- all sums together ---------------------------------------------- */

static size_t root(size_t *part, size_t cell)
{
	while (part[cell] != cell) {
		part[cell] = part[part[cell]];
		cell = part[cell];
	}
	return cell;
}

/* Unknowns that stand in one sum are of one part. */
static void connect(struct suppressing *all)
{
	size_t i, j, first;

	for (i = 0; i < all->count; i++) {
		all->part[i] = i;
	}
	for (i = 0; i < all->sum_count; i++) {
		first = NONE;
		for (j = 0; j <= all->sums[i].count; j++) {
			size_t cell = place(&all->sums[i], j);

			if (!all->cells[cell].kept_back) {
				continue;
			}
			if (first != NONE) {
				all->part[root(all->part, cell)] = root(all->part, first);
			}
			first = cell;
		}
	}
	for (i = 0; i < all->count; i++) {
		all->part[i] = root(all->part, i);
	}
}

/* Number the unknowns of ${part}. */
static size_t number_unknowns(struct suppressing *all, size_t part)
{
	size_t i, unknowns = 0;

	for (i = 0; i < all->count; i++) {
		all->column[i] = all->cells[i].kept_back && all->part[i] == part ? unknowns++ :
										    NONE;
	}
	return unknowns;
}

static uint64_t inverse(uint64_t of)
{
	uint64_t power = of, result = 1;
	unsigned exponent;

	for (exponent = PRIME - 2; exponent != 0; exponent >>= 1) {
		if (exponent & 1) {
			result = result * power % PRIME;
		}
		power = power * power % PRIME;
	}
	return result;
}

/* ${row} -= ${pivot} * ${by} */
static void subtract(uint32_t *row, const uint32_t *pivot, uint64_t by, size_t columns)
{
	size_t i;

	for (i = 0; i < columns; i++) {
		row[i] = (uint32_t)((row[i] + (PRIME - by) * pivot[i]) % PRIME);
	}
}

/* Gauss-Jordan: afterwards each pivot stands alone in its column. */
static void reduce(uint32_t *matrix, size_t rows, size_t columns)
{
	size_t column, row, pivot, done = 0;
	uint32_t *top, swap;
	size_t i;

	for (column = 0; column < columns && done < rows; column++) {
		for (pivot = done; pivot < rows && matrix[pivot * columns + column] == 0; pivot++) {
		}
		if (pivot == rows) {
			continue;
		}
		top = matrix + done * columns;
		for (i = 0; i < columns; i++) {
			swap = top[i];
			top[i] = matrix[pivot * columns + i];
			matrix[pivot * columns + i] = swap;
		}
		subtract(top, top, (PRIME + 1 - inverse(top[column])) % PRIME, columns);
		for (row = 0; row < rows; row++) {
			if (row != done && matrix[row * columns + column] != 0) {
				subtract(matrix + row * columns, top,
					matrix[row * columns + column], columns);
			}
		}
		done++;
	}
}

/* The sums of the part at hand, a row each; *rows is how many. */
static uint32_t *build(const struct suppressing *all, size_t columns, size_t *rows)
{
	uint32_t *matrix;
	size_t i, j, count = 0;

	for (i = 0; i < all->sum_count; i++) {
		for (j = 0; j <= all->sums[i].count; j++) {
			if (all->column[place(&all->sums[i], j)] != NONE) {
				count++;
				break;
			}
		}
	}
	*rows = count;
	matrix = calloc(count + 1, columns * sizeof(*matrix));
	for (i = 0, count = 0; matrix != NULL && i < all->sum_count; i++) {
		bool any = false;

		for (j = 0; j <= all->sums[i].count; j++) {
			size_t column = all->column[place(&all->sums[i], j)];

			if (column != NONE) {
				matrix[count * columns + column] =
					j < all->sums[i].count ? 1 : PRIME - 1;
				any = true;
			}
		}
		count += any;
	}
	return matrix;
}

/* Keep back one more of the first sum that ${cell} stands in and that has one. */
static void protect(struct suppressing *all, size_t cell)
{
	size_t i, j;

	for (i = 0; i < all->sum_count; i++) {
		for (j = 0; j <= all->sums[i].count; j++) {
			if (place(&all->sums[i], j) == cell &&
				keep_another(all, &all->sums[i])) {
				return;
			}
		}
	}
}

/* A row with one unknown determines it. */
static void protect_determined(struct suppressing *all, const uint32_t *matrix, size_t rows,
	size_t columns)
{
	size_t row, i, alone, number, cell;

	for (row = 0; row < rows; row++) {
		number = 0;
		alone = 0;
		for (i = 0; i < columns; i++) {
			if (matrix[row * columns + i] != 0) {
				alone = i;
				number++;
			}
		}
		for (cell = 0; number == 1 && cell < all->count; cell++) {
			if (all->column[cell] == alone) {
				protect(all, cell);
			}
		}
	}
}

static void keep_part(struct suppressing *all, size_t part)
{
	size_t i, j;

	for (i = 0; i < all->sum_count; i++) {
		for (j = 0; j <= all->sums[i].count; j++) {
			size_t cell = place(&all->sums[i], j);

			if (all->cells[cell].kept_back && all->part[cell] == part) {
				while (keep_another(all, &all->sums[i])) {
				}
				break;
			}
		}
	}
}

static bool solve_part(struct suppressing *all, size_t part, struct err *err)
{
	size_t rows, columns = number_unknowns(all, part);
	uint32_t *matrix;

	if (columns > SUPPRESS_MAX_UNKNOWNS) {
		keep_part(all, part);
		return true;
	}
	matrix = build(all, columns, &rows);
	if (matrix == NULL) {
		return err_nomem(err);
	}
	reduce(matrix, rows, columns);
	protect_determined(all, matrix, rows, columns);
	free(matrix);
	return true;
}

/* Each part once, as long as that keeps anything more back. */
static bool close_parts(struct suppressing *all, struct err *err)
{
	size_t i;

	all->changed = false;
	connect(all);
	for (i = 0; i < all->count; i++) {
		if (all->cells[i].kept_back && all->part[i] == i && !solve_part(all, i, err)) {
			return false;
		}
	}
	return true;
}

bool suppress_small(struct suppress_cell *cells, size_t count, const struct suppress_sum *sums,
	size_t sum_count, int64_t below, struct err *err)
{
	struct suppressing all = { .cells = cells, .count = count, .sums = sums,
		.sum_count = sum_count, .below = below };
	bool ok = false;
	size_t i;

	for (i = 0; i < count; i++) {
		cells[i].kept_back = cells[i].kept_back || is_small(&all, i);
	}
	all.part = calloc(count + 1, sizeof(*all.part));
	all.column = calloc(count + 1, sizeof(*all.column));
	if (all.part == NULL || all.column == NULL) {
		err_nomem(err);
		goto out;
	}
	do {
		close_sums(&all);
		if (!close_parts(&all, err)) {
			goto out;
		}
	} while (all.changed);
	ok = true;
out:
	free(all.part);
	free(all.column);
	return ok;
}
