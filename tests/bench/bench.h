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

/* ---- federation.c: what fails is told, and ends the program ---------- */

struct node;
struct buf;
/* A district and one community of it, enrolled, in the new folders ${folder}/district and /a. */
bool bench_federation(struct node **district, struct node **client, const char *folder);
struct node *bench_open(const char *folder, const char *name);
void bench_receive(struct node *node, const struct buf *file);
/* All that ${to} lacks of ${from} and may read. */
void bench_carry(struct node *from, struct node *to);

/* ---- trust.c: false after a failure, which is told ------------------- */

/* Lines that wait at the district are accepted, then returned. */
bool trust_rows(struct node *client, struct node *district);
/* ${restored}, an old copy of ${from}, gets its bundles back. */
bool catch_up_row(struct node *restored, struct node *from);

#endif
