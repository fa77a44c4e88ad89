/*
 * bench.c -- lines a second, as a ratio to plain prepared SQLite upserts of
 * the same rows with the same durability, in one run on one machine.
 *
 *   bench [LINES]      default 100000, in bundles of 100
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"
#include "linli/chains.h"
#include "linli/figures.h"
#include "linli/records.h"

#define PER_BUNDLE 100
#define GROUP 10 /* bundles that share a transaction with group commit */

struct bench {
	char folder[64];
	uint32_t lines;
	double plain_insert_s, plain_update_s;
	struct node *district, *client;
	struct buf *files; /* one git bundle file per bundle */
	size_t file_count;
	struct record_id *ids;
	uint64_t wire_bytes;
};

static void fail(const char *what, const struct err *err)
{
	fprintf(stderr, "bench: %s: %s: %s\n", what, err_name(err->code), err->detail);
	exit(1);
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/* A row of the table: what, lines a second, ratio to plain upserts. */
static void report(const char *what, uint64_t lines, double seconds, double plain_s,
	uint64_t plain_lines)
{
	double rate = (double)lines / seconds;

	printf("%-44s %10.0f lines/s", what, rate);
	if (plain_s > 0) {
		printf("   %5.2f of R", rate / ((double)plain_lines / plain_s));
	}
	printf("\n");
	fflush(stdout);
}

/* ---- capture ------------------------------------------------------ */

struct batch {
	struct bench *bench;
	uint32_t first;
	bool update;
};

static bool capture_batch(void *ctx, struct err *err)
{
	struct batch *batch = ctx;
	const struct entity *entity =
		model_entity(node_model(batch->bench->client), VIEW_LITERAL("activity"));
	const struct field *kind = entity_field(entity, VIEW_LITERAL("kind"));
	const struct field *title = entity_field(entity, VIEW_LITERAL("title"));
	const struct field *held_on = entity_field(entity, VIEW_LITERAL("held_on"));
	const struct field *participants = entity_field(entity, VIEW_LITERAL("participants"));
	const struct field *served = entity_field(entity, VIEW_LITERAL("served"));
	uint32_t i;

	for (i = batch->first; i < batch->first + PER_BUNDLE; i++) {
		struct row row;

		row_make(&row, i + (batch->update ? 1000003 : 0));
		struct assignment assignments[] = {
			{ title, ASSIGN_SET, { VALUE_TEXT, 0, view_of(row.title) } },
			{ participants, ASSIGN_SET, { VALUE_INT, row.participants, { NULL, 0 } } },
			{ kind, ASSIGN_SET, { VALUE_TEXT, 0, view_of(row.kind) } },
			{ held_on, ASSIGN_SET, { VALUE_TEXT, 0, view_of(row.held_on) } },
			{ served, ASSIGN_SET, { VALUE_INT, row.served, { NULL, 0 } } },
		};
		size_t count = batch->update ? 1 + i % 2 : 5;
		uint32_t at = batch->update ? row_edited(i, batch->bench->lines) : i;
		struct record_id *id = &batch->bench->ids[at];

		if (!records_put(batch->bench->client, entity, batch->update ? id : NULL,
			    assignments, count, id, err)) {
			return false;
		}
	}
	return true;
}

/* Capture and pack all rows; the bundles' files are kept for the district. */
static void capture_all(struct bench *bench, bool update)
{
	double capture_s = 0, pack_s = 0, start;
	struct batch batch = { .bench = bench, .update = update };
	struct tally tally, written;
	struct range range = { 0 };
	struct err err = { 0 };
	struct head head;
	bool more;

	range.chain.device = node_device(bench->client);
	range.chain.incarnation = 1;
	range.chain.scope.kind = SCOPE_DISTRICT;
	strcpy(range.chain.scope.community, "zhizunong");
	if (!chains_head(bench->client, &range.chain, &head, &err)) {
		fail("head", &err);
	}
	range.after = head.seq;
	bench->wire_bytes = 0;
	bench->file_count = 0;
	for (batch.first = 0; batch.first < bench->lines; batch.first += PER_BUNDLE) {
		struct buf *file = &bench->files[bench->file_count++];

		start = seconds_now();
		if (!node_transaction(bench->client, capture_batch, &batch, false, &err)) {
			fail("capture", &err);
		}
		capture_s += seconds_now() - start;
		start = seconds_now();
		if (!outbox_pack(bench->client, &tally, &err)) {
			fail("pack", &err);
		}
		pack_s += seconds_now() - start;
		buf_reset(file);
		if (!chains_write(bench->client, &range, 1, SIZE_MAX, file, &written, &more, &err)) {
			fail("write", &err);
		}
		bench->wire_bytes += file->len;
	}
	report(update ? "capture on the client, update" : "capture on the client, insert",
		bench->lines, capture_s, update ? bench->plain_update_s : bench->plain_insert_s,
		bench->lines);
	report(update ? "pack and sign, update" : "pack and sign, insert", bench->lines, pack_s, 0,
		0);
	printf("%-44s %10.1f bytes a line\n",
		update ? "on the wire, update" : "on the wire, insert",
		(double)bench->wire_bytes / bench->lines);
}

/* ---- the district ------------------------------------------------- */

struct group {
	struct bench *bench;
	size_t first, count;
};

static bool receive_group(void *ctx, struct err *err)
{
	struct group *group = ctx;
	size_t i;

	(void)err;
	for (i = group->first; i < group->first + group->count; i++) {
		bench_receive(group->bench->district, &group->bench->files[i]);
	}
	return true;
}

/* The first half of the bundles one by one, the second half in groups. */
static void merge_all(struct bench *bench, bool update)
{
	double plain_s = update ? bench->plain_update_s : bench->plain_insert_s;
	size_t i, half = bench->file_count / 2;
	struct err err = { 0 };
	double start = seconds_now();

	for (i = 0; i < half; i++) {
		bench_receive(bench->district, &bench->files[i]);
	}
	report(update ? "verify and merge, update, a commit a bundle" :
			"verify and merge, insert, a commit a bundle",
		half * PER_BUNDLE, seconds_now() - start, plain_s, bench->lines);
	start = seconds_now();
	for (i = half; i < bench->file_count; i += GROUP) {
		struct group group = { bench, i,
			bench->file_count - i < GROUP ? bench->file_count - i : GROUP };

		if (!node_transaction(bench->district, receive_group, &group, false, &err)) {
			fail("merging", &err);
		}
	}
	report(update ? "verify and merge, update, 10 bundles a commit" :
			"verify and merge, insert, 10 bundles a commit",
		(bench->file_count - half) * PER_BUNDLE, seconds_now() - start, plain_s,
		bench->lines);
}

static bool ignore_figure(void *ctx, const struct figure *figure, struct err *err)
{
	(void)err;
	*(uint64_t *)ctx += figure->known ? 1 : 0;
	return true;
}

static void count_figures(struct bench *bench, const char *what)
{
	struct figures_query query = { .level = PLACE_DISTRICT };
	struct err err = { 0 };
	uint64_t known = 0;
	double start;

	if (!period_parse(&query.period, VIEW_LITERAL("2024"), &err)) {
		fail("period", &err);
	}
	start = seconds_now();
	if (!figures_ask(bench->district, &query, ignore_figure, &known, &err)) {
		fail("figures", &err);
	}
	printf("%-44s %10.1f ms, %" PRIu64 " figures\n", what, (seconds_now() - start) * 1e3, known);
}

/* A copy of the client's home as it is now, for catch_up(). */
static void keep_copy(const struct bench *bench)
{
	char command[320];

	snprintf(command, sizeof(command), "cp -r '%s/a' '%s/old'", bench->folder, bench->folder);
	if (system(command) != 0) {
		fprintf(stderr, "bench: %s failed\n", command);
		exit(1);
	}
}

static void catch_up(const struct bench *bench)
{
	struct node *restored = bench_open(bench->folder, "old");

	if (restored == NULL || !catch_up_row(restored, bench->client)) {
		exit(1);
	}
	node_close(restored);
}

int main(int argc, char **argv)
{
	struct bench bench = { .lines = argc > 1 ? (uint32_t)atoi(argv[1]) : 100000 };
	char path[128], command[160];
	size_t i;

	bench.lines = bench.lines / (2 * PER_BUNDLE) * (2 * PER_BUNDLE);
	snprintf(bench.folder, sizeof(bench.folder), "%s/linli-bench-XXXXXX",
		getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	bench.files = calloc(bench.lines / PER_BUNDLE + 1, sizeof(*bench.files));
	bench.ids = calloc(bench.lines + 1, sizeof(*bench.ids));
	if (bench.lines == 0 || bench.files == NULL || bench.ids == NULL ||
		mkdtemp(bench.folder) == NULL) {
		fprintf(stderr, "usage: bench [LINES]\n");
		return 2;
	}
	snprintf(path, sizeof(path), "%s/plain.db", bench.folder);
	if (!plain_upserts(path, bench.lines, PER_BUNDLE, &bench.plain_insert_s,
		    &bench.plain_update_s)) {
		return 1;
	}
	printf("%" PRIu32 " lines, %d a bundle; R = plain prepared upserts, WAL, synchronous=FULL, "
	       "%d rows a transaction\n",
		bench.lines, PER_BUNDLE, PER_BUNDLE);
	report("R, insert", bench.lines, bench.plain_insert_s, 0, 0);
	report("R, update", bench.lines, bench.plain_update_s, 0, 0);
	if (!bench_federation(&bench.district, &bench.client, bench.folder)) {
		return 1;
	}
	keep_copy(&bench);
	capture_all(&bench, false);
	merge_all(&bench, false);
	capture_all(&bench, true);
	merge_all(&bench, true);
	count_figures(&bench, "figures of the district, all stale");
	count_figures(&bench, "figures of the district, nothing stale");
	catch_up(&bench);
	if (!trust_rows(bench.client, bench.district)) {
		return 1;
	}
	printf("%-44s %10ld KiB (all of the above in one process)\n", "peak memory", peak_kib());
	node_close(bench.client);
	node_close(bench.district);
	for (i = 0; i <= bench.lines / PER_BUNDLE; i++) {
		buf_clear(&bench.files[i]);
	}
	free(bench.files);
	free(bench.ids);
	snprintf(command, sizeof(command), "rm -rf '%s'", bench.folder);
	return system(command) == 0 ? 0 : 1;
}
