/*
 * figures.c -- what figures cost in a district of many records: a count of all of
 * them beside plain SQL over the same tables, and the refresh after one bundle of
 * 100 lines, which must not depend on how many records there are.
 *
 *   bench_figures [RECORDS]...      default 100000 1000000
 *
 * What is there already is laid into the store's tables directly; the bundles come
 * from a client of one of the communities, signed, as all would.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cells.h"
#include "db.h"
#include "functions.h"
#include "linli/chains.h"
#include "linli/figures.h"
#include "linli/records.h"
#include "node_private.h"

#define COMMUNITIES 175
#define LINES 100
#define ROUNDS 7
#define FLAT 1.5 /* from the first size to the last */

struct place_of {
	struct node *district, *client;
	char folder[64];
};

static void fail(const char *what, const struct err *err)
{
	fprintf(stderr, "bench_figures: %s: %s: %s\n", what, err_name(err->code), err->detail);
	exit(1);
}

/* ---- the district -------------------------------------------------- */

/* Of ${N} records: how many in a thousand are of what, and how they are made from their number i. */
struct filler {
	const char *entity;
	unsigned in_1000;
	uint32_t always; /* instead: so many, whatever N is */
	const char *columns, *values;
};

#define DAY "date('2022-01-01', '+' || (i * 7919 % 1096) || ' days')"
#define LATER "date('2022-01-01', '+' || (i * 7919 % 1096 + 40) || ' days')"
#define ID(letter, number) "CAST('" letter "' || printf('%011d', " number ") AS BLOB)"

static const struct filler fillers[] = {
	{ "activity", 760, 0, "kind, service_day, title, held_on, participants, served",
		"CASE i % 3 WHEN 0 THEN 'convenience_service' WHEN 1 THEN 'clean_up' ELSE 'other' END, "
		"i % 2, '活动' || i, " DAY ", i % 60, i % 90" },
	{ "meeting", 80, 0, "kind, held_on, attendees",
		"CASE i % 2 WHEN 0 THEN 'red_tea' ELSE 'grid_day' END, " DAY ", i % 40" },
	{ "dispute", 80, 0, "category, opened_on, closed_on, outcome",
		"'噪音', " DAY ", CASE i % 4 WHEN 0 THEN NULL ELSE " LATER " END, "
		"CASE i % 4 WHEN 0 THEN 'open' ELSE 'mediated' END" },
	{ "attendance", 0, 20000, "session, person, completed",
		ID("T", "i % 60") ", " ID("P", "i % 40000") ", 1" },
	{ "team_member", 40, 0, "origin, since", "'committee', " DAY },
	{ "club", 20, 0, "name, category, founded_on, members, backbone, active",
		"'社团' || i, CASE i % 2 WHEN 0 THEN '体育' ELSE '文艺' END, " DAY ", i % 80, i % 9, 1" },
	{ "topic", 10, 0, "title, raised_on, stage, decided_on",
		"'议题' || i, " DAY ", CASE i % 2 WHEN 0 THEN 'decided' ELSE 'raised' END, "
		"CASE i % 2 WHEN 0 THEN " LATER " ELSE NULL END" },
	{ "project", 10, 0, "category, title, units, self_raised, accepted_on",
		"'lift_added', '项目' || i, 1, i * 100, " DAY },
	{ "compound", 0, 1000, "name, kind, households, eligible",
		"'小区' || i, CASE i % 2 WHEN 0 THEN 'old' ELSE 'resettlement' END, 400, 1" },
	{ "owners_committee", 0, 1000, "compound, term, step, formed_on, term_ends_on",
		ID("c", "i") ", 1, 'formed', " DAY ", '2026-06-30'" },
	{ "committee_member", 0, 7000, "committee, person, position, party_member",
		ID("o", "(i / 7) + 1") ", " ID("P", "i") ", 'member', i % 2" },
	{ "score", 0, 8000, "compound, kind, period, points",
		ID("c", "i % 1000 + 1") ", CASE i % 2 WHEN 0 THEN 'property_service' ELSE 'management' END, "
		"CASE i / 1000 % 4 WHEN 0 THEN '2023-Q1' WHEN 1 THEN '2023' WHEN 2 THEN '2024-Q2' "
		"ELSE '2024' END, i % 100" },
};
/* By the first letter of ID() where other records refer to them. */
static const char letters[] = { 'a', 'm', 'd', 'A', 't', 'C', 'I', 'p', 'c', 'o', 'M', 's' };

static void fill(struct db *db, const struct filler *filler, char letter, uint64_t records)
{
	uint64_t count = filler->always != 0 ? filler->always : records * filler->in_1000 / 1000;
	/* Where a field of its own names the community, the engine's column is the owner. */
	bool named = strcmp(filler->entity, "club") == 0 || strcmp(filler->entity, "compound") == 0;
	struct buf sql = { 0 };
	struct err err = { 0 };

	buf_printf(&sql,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %" PRIu64
		"), r(i, community) AS (SELECT i, CASE i %% %d WHEN 0 THEN 'zhizunong' ELSE "
		"printf('c%%03d', i %% %d) END FROM n) "
		"INSERT INTO \"rec_%s\" (id, community, %s alive, merge, %s) SELECT "
		"CAST('%c' || printf('%%011d', i) AS BLOB), community, %s 1, x'', %s FROM r",
		count, COMMUNITIES, COMMUNITIES, filler->entity, named ? "owner," : "", filler->columns,
		letter, named ? "community," : "", filler->values);
	if (count != 0 && (!buf_ok(&sql, &err) || !db_exec(db, buf_str(&sql), &err))) {
		fail(filler->entity, &err);
	}
	buf_clear(&sql);
}

/* A chain of each community, with a bundle for every 100 of its records. */
static void fill_bundles(struct db *db, uint64_t records)
{
	struct buf sql = { 0 };
	struct err err = { 0 };

	buf_printf(&sql,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d), "
		"r(i, community) AS (SELECT i, CASE i WHEN %d THEN 'zhizunong' ELSE "
		"printf('c%%03d', i) END FROM n) "
		"INSERT INTO chain (number, name, community, head, hash, oid) SELECT "
		"(SELECT max(number) FROM chain) + i, printf('%%016x.1/district/', i) || community, "
		"community, %" PRIu64 ", zeroblob(32), zeroblob(20) FROM r; "
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %" PRIu64 ") "
		"INSERT INTO slot (chain, seq, hash, objects, bytes, lines, applied, waiting, returned, "
		"made_s, received_ms, told) SELECT c.number, i, zeroblob(32), x'', 0, 100, 100, 0, 0, "
		"1704067200 + i * 3600, (1704067200 + i * 3600) * 1000, 1 FROM chain c, n "
		"WHERE c.name LIKE '00000000%%'",
		COMMUNITIES, COMMUNITIES, records / 100 / COMMUNITIES + 1, records / 100 / COMMUNITIES + 1);
	if (!buf_ok(&sql, &err) || !db_exec(db, buf_str(&sql), &err)) {
		fail("bundles", &err);
	}
	buf_clear(&sql);
}

static void name_communities(struct node *district)
{
	struct err err = { 0 };
	struct tally packed;
	unsigned i;

	for (i = 1; i < COMMUNITIES; i++) {
		char slug[16], name[32], street[32];

		snprintf(slug, sizeof(slug), "c%03u", i);
		snprintf(name, sizeof(name), "第%u社区", i);
		snprintf(street, sizeof(street), "第%u街道", i % 18 + 1);
		if (!node_roster_add(district, slug, name, street, &err)) {
			fail("roster", &err);
		}
	}
	if (!outbox_pack(district, &packed, &err)) {
		fail("packing", &err);
	}
}

static void train(struct node *district)
{
	struct err err = { 0 };

	if (!db_exec(node_db(district),
		    "INSERT INTO rec_course (id, community, alive, merge, kind, title) VALUES "
		    "(CAST('K00000000001' AS BLOB), 'district', 1, x'', 'induction', '岗前'); "
		    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59) "
		    "INSERT INTO rec_training_session (id, community, alive, merge, course, held_on) "
		    "SELECT " ID("T", "i") ", 'district', 1, x'', CAST('K00000000001' AS BLOB), "
		    "date('2023-01-01', '+' || (i * 11) || ' days') FROM n", &err)) {
		fail("training", &err);
	}
}

static void make_district(struct place_of *at, uint64_t records)
{
	struct err err = { 0 };
	struct db *db;
	size_t i;

	snprintf(at->folder, sizeof(at->folder), "%s/linli-figures-XXXXXX",
		getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	if (mkdtemp(at->folder) == NULL || !bench_federation(&at->district, &at->client, at->folder)) {
		exit(1);
	}
	name_communities(at->district);
	db = node_db(at->district);
	if (!db_exec(db, "PRAGMA synchronous=OFF; BEGIN", &err)) {
		fail("begin", &err);
	}
	for (i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		fill(db, &fillers[i], letters[i], records);
	}
	fill_bundles(db, records);
	train(at->district);
	if (!db_exec(db, "COMMIT; PRAGMA synchronous=FULL; PRAGMA wal_checkpoint(TRUNCATE)", &err)) {
		fail("commit", &err);
	}
	node_close(at->district);
	at->district = bench_open(at->folder, "district");
}

static void remove_district(struct place_of *at)
{
	char command[160];

	node_close(at->district);
	node_close(at->client);
	snprintf(command, sizeof(command), "rm -rf '%s'", at->folder);
	if (system(command) != 0) {
		fprintf(stderr, "bench_figures: %s failed\n", command);
	}
}

/* ---- one bundle ---------------------------------------------------- */

struct captured {
	struct node *client;
	struct record_id *ids; /* of the activities so far */
	size_t *count;
	unsigned round;
};

static bool put(struct node *node, const char *entity_name, struct record_id *id, bool is_new,
	const char *const *names, const struct value *values, size_t count, struct err *err)
{
	const struct entity *entity = model_entity(node_model(node), view_of(entity_name));
	struct assignment assignments[8];
	size_t i;

	for (i = 0; i < count; i++) {
		assignments[i] = (struct assignment){ entity_field(entity, view_of(names[i])),
			ASSIGN_SET, values[i] };
	}
	return records_put(node, entity, is_new ? NULL : id, assignments, count, id, err);
}

static struct value text(const char *text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = view_of(text) };
}

static struct value number(int64_t number)
{
	return (struct value){ .kind = VALUE_INT, .integer = number };
}

/* 70 new activities, 18 edits, 5 disputes, 4 meetings, 2 clubs, 1 topic. */
static bool capture_lines(void *ctx, struct err *err)
{
	static const char *const activity[] = { "title", "kind", "held_on", "participants", "served" };
	static const char *const dispute[] = { "category", "opened_on" };
	static const char *const meeting[] = { "kind", "held_on", "attendees" };
	static const char *const club[] = { "name", "category", "members" };
	static const char *const topic[] = { "title", "raised_on", "stage", "decided_on" };
	static const char *const served[] = { "served" };
	struct captured *captured = ctx;
	struct record_id id;
	unsigned i;

	for (i = 0; i < LINES; i++) {
		struct row row;
		struct node *client = captured->client;
		bool ok;

		row_make(&row, captured->round * LINES + i);
		const struct value values[] = { text(row.title), text(row.kind), text(row.held_on),
			number(row.participants), number(row.served) };
		const struct value opened[] = { text("噪音"), text(row.held_on) };
		const struct value met[] = { text("red_tea"), text(row.held_on), number(12) };
		const struct value founded[] = { text(row.title), text("体育"), number(20) };
		const struct value decided[] = { text(row.title), text("2023-12-01"), text("decided"),
			text(row.held_on) };
		const struct value changed[] = { number((int64_t)captured->round * 1000 + i) };

		if (i < 70) {
			ok = put(client, "activity", &captured->ids[*captured->count], true, activity,
				values, 5, err);
			*captured->count += 1;
		} else if (i < 88) {
			ok = put(client, "activity", &captured->ids[row_edited(i, (uint32_t)*captured->count)],
				false, served, changed, 1, err);
		} else if (i < 93) {
			ok = put(client, "dispute", &id, true, dispute, opened, 2, err);
		} else if (i < 97) {
			ok = put(client, "meeting", &id, true, meeting, met, 3, err);
		} else if (i < 99) {
			ok = put(client, "club", &id, true, club, founded, 3, err);
		} else {
			ok = put(client, "topic", &id, true, topic, decided, 4, err);
		}
		if (!ok) {
			return false;
		}
	}
	return true;
}

static void send_bundle(const struct place_of *at, struct captured *captured)
{
	struct err err = { 0 };
	struct tally tally;

	if (!node_transaction(at->client, capture_lines, captured, false, &err) ||
		!outbox_pack(at->client, &tally, &err)) {
		fail("capturing", &err);
	}
	bench_carry(at->client, at->district);
	captured->round++;
}

/* ---- asking --------------------------------------------------------- */

static bool count_figure(void *ctx, const struct figure *figure, struct err *err)
{
	(void)err;
	*(uint64_t *)ctx += figure->known ? 1 : 0;
	return true;
}

/* Seconds to ask for every figure of 2024; *known: how many there were. */
static double ask(struct node *district, enum place_level level, uint64_t *known)
{
	struct figures_query query = { .level = level };
	struct err err = { 0 };
	double start;

	*known = 0;
	if (!period_parse(&query.period, VIEW_LITERAL("2024"), &err)) {
		fail("period", &err);
	}
	start = seconds_now();
	if (!figures_ask(district, &query, count_figure, known, &err)) {
		fail("figures", &err);
	}
	return seconds_now() - start;
}

/* Every measure's own SQL for every community, stepped through and nothing else. */
static double plain_sql(struct node *district)
{
	const struct model *model = node_model(district);
	struct db *db = node_db(district);
	struct err err = { 0 };
	double start = seconds_now();
	size_t i;
	unsigned c;

	for (i = 0; i < model->measure_count; i++) {
		struct stmt *stmt = db_prepare(db, model->measures[i].sql);

		for (c = 0; c <= COMMUNITIES; c++) {
			char slug[16];
			bool row = true;

			snprintf(slug, sizeof(slug), "c%03u", c);
			stmt_text_if(stmt, ":community", view_of(c == 0 ? "zhizunong" :
				c == COMMUNITIES ? "district" : slug));
			stmt_text_if(stmt, ":from", view_of("2024-01-01"));
			stmt_text_if(stmt, ":to", view_of("2025-01-01"));
			while (row) {
				if (!stmt_step(stmt, &row, &err)) {
					fail(model->measures[i].name, &err);
				}
			}
		}
	}
	return seconds_now() - start;
}

static int by_seconds(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Medians of ROUNDS: the asking after a bundle, and with nothing new; what is between them. */
static double refresh(const struct place_of *at)
{
	struct record_id *ids = calloc((ROUNDS + 2) * LINES, sizeof(*ids));
	double after[ROUNDS], quiet[ROUNDS];
	size_t count = 0;
	struct captured captured = { .client = at->client, .ids = ids, .count = &count };
	uint64_t known;
	unsigned i;

	if (ids == NULL) {
		exit(1);
	}
	send_bundle(at, &captured);
	ask(at->district, PLACE_DISTRICT, &known);
	for (i = 0; i < ROUNDS; i++) {
		send_bundle(at, &captured);
		after[i] = ask(at->district, PLACE_DISTRICT, &known);
		quiet[i] = ask(at->district, PLACE_DISTRICT, &known);
	}
	free(ids);
	qsort(after, ROUNDS, sizeof(after[0]), by_seconds);
	qsort(quiet, ROUNDS, sizeof(quiet[0]), by_seconds);
	printf("  %-52s %10.1f ms\n", "all figures of the district, nothing new",
		quiet[ROUNDS / 2] * 1e3);
	printf("  %-52s %10.1f ms\n", "the same after a bundle of 100 lines",
		after[ROUNDS / 2] * 1e3);
	printf("  %-52s %10.1f ms\n", "so the refresh", (after[ROUNDS / 2] - quiet[ROUNDS / 2]) * 1e3);
	return after[ROUNDS / 2];
}

static double measure(uint64_t records)
{
	struct place_of at = { .district = NULL };
	double plain_s, count_s, after_s;
	uint64_t known;

	make_district(&at, records);
	printf("%" PRIu64 " records of %d communities\n", records, COMMUNITIES);
	plain_sql(at.district); /* into the caches */
	plain_s = plain_sql(at.district);
	count_s = ask(at.district, PLACE_DISTRICT, &known);
	printf("  %-52s %10.1f ms\n", "every measure's SQL by itself, plainly", plain_s * 1e3);
	printf("  %-52s %10.1f ms   %5.2f of that, %" PRIu64 " figures\n",
		"all figures of the district, counted and kept", count_s * 1e3, count_s / plain_s, known);
	after_s = refresh(&at);
	printf("  %-52s %10.1f ms\n", "all figures of each street", ask(at.district, PLACE_STREET,
		&known) * 1e3);
	printf("  %-52s %10.1f ms\n", "all figures of each community", ask(at.district,
		PLACE_COMMUNITY, &known) * 1e3);
	fflush(stdout);
	remove_district(&at);
	return after_s;
}

int main(int argc, char **argv)
{
	double first, last;
	int i;

	if (argc < 2) {
		first = measure(100000);
		last = measure(1000000);
	} else {
		first = last = measure(strtoull(argv[1], NULL, 10));
		for (i = 2; i < argc; i++) {
			last = measure(strtoull(argv[i], NULL, 10));
		}
	}
	printf("after a bundle, from the first size to the last: %.2f times as long (at most %.1f)\n",
		last / first, FLAT);
	return last / first <= FLAT ? 0 : 1;
}
