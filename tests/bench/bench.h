/* bench.h -- the rows that every competitor writes, and the rival that only writes them. */
#ifndef LINLI_BENCH_H
#define LINLI_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One activity, the same for everybody by its number. */
struct row {
	char title[64], held_on[11];
	const char *kind;
	int64_t participants, served;
};
void row_make(struct row *row, uint32_t number);
/*
 * The row that edit number ${edit} of ${count} changes: each once, in no
 * order, as people do.  48271 is prime and divides no round number.
 */
uint32_t row_edited(uint32_t edit, uint32_t count);

/*
 * Insert, then update, ${count} rows with prepared SQLite upserts into a
 * table of the same columns at ${path}: WAL, synchronous=FULL, one
 * transaction per ${per_transaction}.  Seconds for each; false on failure.
 */
bool plain_upserts(const char *path, uint32_t count, uint32_t per_transaction, double *insert_s,
	double *update_s);

double seconds_now(void);

/* ---- trust.c: false after a failure, which is told ------------------- */

struct node;
/* Lines that wait at the district are accepted, then returned. */
bool trust_rows(struct node *client, struct node *district);
/* ${restored}, an old copy of ${from}, gets its bundles back. */
bool catch_up_row(struct node *restored, struct node *from);

#endif
