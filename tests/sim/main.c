/*
 * main.c -- plays federations by lot, seed after seed; docs/simulation.md.
 *
 *   sim [--seeds N] [--first S] [--days D] [--seed-file FILE]
 *       [--only LIST] [--with LIST] [--without LIST] [--trace] [--keep-going]
 *
 * Ends with 1 at the first seed that fails, which it names with its step;
 * with --keep-going after the last one.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "posix.h"
#include "step.h"
#include "vfs.h"

#define DAYS 60
#define REST_EVERY_DAYS 80 /* about, besides the last day */

struct play {
	uint64_t first, seeds;
	const char *seed_file;
	unsigned with;
	int days;
	bool trace;
	bool keep_going;
};

/* What is done how often, of a thousand steps. */
static const struct kind {
	unsigned with;
	unsigned weight;
	void (*step)(struct world *world);
} kinds[] = {
	{ WITH(EDITS), 257, step_edit },
	{ WITH(EDITS), 110, step_edit_together },
	{ WITH(EDITS), 30, step_pack },
	{ WITH(SYNC), 180, step_sync },
	{ WITH(STICK), 90, step_stick },
	{ WITH(NEIGHBOUR), 60, step_neighbour },
	{ WITH(CRASH), 20, step_restart },
	{ WITH(RESTORE) | WITH(REWIND), 20, step_copy },
	{ WITH(RESTORE), 10, step_restore },
	{ WITH(REWIND), 10, step_rewind },
	{ WITH(CLONE), 3, step_clone },
	{ WITH(CLOCK), 15, step_clock },
	{ WITH(REVOKE), 4, step_revoke },
	{ WITH(MODEL), 5, step_model },
	{ WITH(POLICY), 15, step_policy },
	{ WITH(REVIEW), 70, step_review },
	{ WITH(REVIEW), 30, step_inbox },
	{ WITH(RESOLVE), 15, step_resolve },
	{ WITH(FIGURES), 6, step_figures },
	{ WITH(ERASE), 8, step_erase },
	{ WITH(MOVE), 28, step_move },
	{ WITH(MOVE), 4, step_merge },
	{ WITH(ROTATE), 6, step_rotate },
	{ WITH(ROTATE), 4, step_thief },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Steps are drawn without regard to the others, so that --without keeps most of a seed. */
static void take_step(struct world *world)
{
	uint64_t drawn = chance_below(&world->chance, 1000);
	size_t i;

	world->step++;
	world->now_ms += (int64_t)chance_below(&world->chance, 1000 * 1000);
	for (i = 0; i < KINDS && drawn >= kinds[i].weight; i++) {
		drawn -= kinds[i].weight;
	}
	if (i < KINDS && (world->with & kinds[i].with) != 0) {
		kinds[i].step(world);
	}
	if (!world->failed && posix_open_count() != 0) {
		sim_fail(world, "%d files were left open", posix_open_count());
	}
}

static void live(struct world *world, int days)
{
	for (world->day = 1; world->day <= days && !world->failed; world->day++) {
		int64_t midnight = world->now_ms + DAY_MS;
		uint64_t steps = chance_below(&world->chance, 6);

		while (steps-- > 0 && !world->failed) {
			take_step(world);
		}
		world->now_ms = midnight;
		if (!world->failed &&
			(world->day == days || chance_one_in(&world->chance, REST_EVERY_DAYS))) {
			come_to_rest(world);
		}
	}
}

/* Did all go well? */
static bool play_seed(const struct play *play, uint64_t seed, uint64_t done[WITH_BITS])
{
	static struct world world;
	bool ok;
	int i;

	world_begin(&world, seed, play->with, play->trace);
	live(&world, play->days);
	ok = !world.failed;
	if (!ok) {
		printf("seed %" PRIu64 " fails on day %d, step %" PRIu64 ": %s\n", seed, world.day,
			world.step, world.failure);
		fflush(stdout);
	}
	for (i = 0; i < (int)WITH_BITS; i++) {
		done[i] += world.done[i];
	}
	world_end(&world);
	return ok;
}

/* The seeds that once failed; a '#' begins a remark. */
static bool play_file(const struct play *play, uint64_t done[WITH_BITS])
{
	FILE *file = fopen(play->seed_file, "r");
	char line[256];
	bool ok = true;

	if (file == NULL) {
		printf("there is no file %s\n", play->seed_file);
		return false;
	}
	while ((ok || play->keep_going) && fgets(line, sizeof(line), file) != NULL) {
		if (line[0] != '#' && line[0] != '\n') {
			ok = play_seed(play, strtoull(line, NULL, 10), done) && ok;
		}
	}
	fclose(file);
	return ok;
}

static bool play_all(const struct play *play)
{
	uint64_t done[WITH_BITS] = { 0 }, seed;
	bool ok = play->seed_file == NULL || play_file(play, done);
	int i;

	for (seed = play->first; (ok || play->keep_going) && seed < play->first + play->seeds;
		seed++) {
		ok = play_seed(play, seed, done) && ok;
	}
	if (ok) {
		printf("%" PRIu64 " seeds of %d days:", play->seeds, play->days);
		for (i = 0; i < (int)WITH_BITS; i++) {
			printf(" %s %" PRIu64, with_name((enum with_bit)i), done[i]);
		}
		printf("\n");
	}
	return ok;
}

/* ---- the command line -------------------------------------------------- */

static unsigned read_with(const char *list)
{
	unsigned with = 0;
	struct cursor words = cursor_of(list, strlen(list));
	int i;

	while (cursor_left(&words) != 0) {
		struct cursor rest = words;
		struct view word = cursor_until(&words, ',');
		unsigned found = 0;

		if (words.failed) {
			word = (struct view){ (const char *)rest.at, cursor_left(&rest) };
			words = cursor_of("", 0);
		}
		for (i = 0; i < (int)WITH_BITS; i++) {
			if (view_is(word, with_name((enum with_bit)i))) {
				found = 1U << i;
			}
		}
		if (found == 0) {
			fprintf(stderr, "nothing is called %.*s\n", (int)word.len, word.data);
			exit(2);
		}
		with |= found;
	}
	return with;
}

static void usage(void)
{
	int i;

	fprintf(stderr, "usage: sim [--seeds N] [--first S] [--days D] [--seed-file FILE]\n"
		"           [--only LIST] [--with LIST] [--without LIST] [--trace]"
		" [--keep-going]\nLIST of:");
	for (i = 0; i < (int)WITH_BITS; i++) {
		fprintf(stderr, " %s", with_name((enum with_bit)i));
	}
	fprintf(stderr, "\n");
	exit(2);
}

static void read_options(struct play *play, int argc, char **argv)
{
	static const struct option options[] = {
		{ "seeds", required_argument, NULL, 'n' },
		{ "first", required_argument, NULL, 's' },
		{ "days", required_argument, NULL, 'd' },
		{ "seed-file", required_argument, NULL, 'f' },
		{ "only", required_argument, NULL, 'o' },
		{ "with", required_argument, NULL, 'a' },
		{ "without", required_argument, NULL, 'w' },
		{ "trace", no_argument, NULL, 't' },
		{ "keep-going", no_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'n':
			play->seeds = strtoull(optarg, NULL, 10);
			break;
		case 's':
			play->first = strtoull(optarg, NULL, 10);
			break;
		case 'd':
			play->days = atoi(optarg);
			break;
		case 'f':
			play->seed_file = optarg;
			break;
		case 'o':
			play->with = read_with(optarg);
			break;
		case 'a':
			play->with |= read_with(optarg);
			break;
		case 'w':
			play->with &= ~read_with(optarg);
			break;
		case 'k':
			play->keep_going = true;
			break;
		case 't':
			play->trace = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || play->days < 1) {
		usage();
	}
}

int main(int argc, char **argv)
{
	struct play play = { .first = 1, .seeds = 1, .days = DAYS };
	bool ok;

	play.with = (1U << WITH_BITS) - 1;
	/* These only where they are asked for: docs/simulation.md. */
	play.with &= ~(WITH(REWIND) | WITH(CLONE));
	read_options(&play, argc, argv);
	vfs_register();
	ok = play_all(&play);
	disk_drop_all();
	return ok ? 0 : 1;
}
