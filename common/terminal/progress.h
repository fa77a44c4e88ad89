/*
 * progress.h -- one line on stderr that says how far a long task is:
 * records first, then bytes, speed and time left.
 *
 * Only on a terminal; redrawn a few times a second at most, and wiped at
 * the end, so that what stays on the screen is the result.
 */
#ifndef LINLI_PROGRESS_H
#define LINLI_PROGRESS_H

#include "linli/env.h"
#include "terminal.h"

struct progress_counts {
	uint64_t records, records_total; /* a total of 0 is not known */
	uint64_t bytes, bytes_total;
};

struct progress {
	const struct env *env;
	struct phrase what; /* "Sending" */
	bool on;            /* stderr is a terminal */
	bool drawn;         /* there is a line to wipe */
	bool stopped;       /* who watches wants it to end */
	bool begun;         /* a first count has come */
	int64_t begun_ms, last_ms;
	struct progress_counts last;
	double bytes_rate, records_rate; /* a second, smoothed */
};

/* The task ${zh}/${en} begins.  ${env} and the texts are borrowed. */
void progress_begin(struct progress *progress, const struct env *env, struct phrase what);

/* So much is done, from the start of the task; cheap to call often. */
void progress_update(struct progress *progress, const struct progress_counts *counts);

/*
 * For this thread from now on: ${watch} is told of every update that would be
 * drawn on a terminal, and of the first; once it returns false ${stopped} is set.
 * NULL undoes that.
 */
void progress_watch(bool (*watch)(void *ctx, const struct progress *progress), void *ctx);

/* Seconds to go; negative where nobody can tell yet. */
double progress_time_left(const struct progress *progress);

/* Wipe the line. */
void progress_end(struct progress *progress);

/* What progress_update() would draw now: one line without its end. */
void progress_render(struct buf *out, const struct progress *progress, bool zh);

#endif
