/* scribe.c -- see scribe.h. */
#include "scribe.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "csv.h"
#include "linli/env.h"

#define MAX_COLUMNS 16
#define TEXT_BYTES 512

static const char *const columns[SHEETS][MAX_COLUMNS + 2] = {
	[SHEET_COURSE] = { "course", "kind", "title", "hours" },
	[SHEET_TRAINING_SESSION] = { "training_session", "course", "held_on", "place", "capacity" },
	[SHEET_COMPOUND] = { "compound", "name", "kind", "delivered_on", "buildings", "households",
		"floor_area", "lifts", "property_company", "eligible", "grid" },
	[SHEET_HOUSEHOLD] = { "household", "compound", "building", "unit", "floor", "area",
		"floor_coefficient" },
	[SHEET_PERSON] = { "person", "name", "birth_decade", "party_member", "roles" },
	[SHEET_PARTY_BRANCH] = { "party_branch", "compound", "kind", "members", "founded_on",
		"name" },
	[SHEET_CLUB] = { "club", "name", "category", "founded_on", "members", "backbone",
		"active" },
	[SHEET_ACTIVITY] = { "activity", "club", "compound", "kind", "service_day", "title",
		"held_on", "place", "participants", "served" },
	[SHEET_OWNERS_COMMITTEE] = { "owners_committee", "compound", "term", "step", "formed_on",
		"term_ends_on" },
	[SHEET_CANDIDATE] = { "candidate", "committee", "person", "origin", "public_spirit",
		"ability", "responsibility", "time", "step" },
	[SHEET_COMMITTEE_MEMBER] = { "committee_member", "committee", "person", "position",
		"party_member", "re_elected", "since", "until", "reserve" },
	[SHEET_TEAM_MEMBER] = { "team_member", "person", "origin", "grid", "since" },
	[SHEET_TOPIC] = { "topic", "compound", "title", "category", "raised_on", "stage", "sponsor",
		"decided_on" },
	[SHEET_PLAN_REVISION] = { "plan_revision", "topic", "number", "summary", "revised_on" },
	[SHEET_MEETING] = { "meeting", "kind", "topic", "compound", "held_on", "attendees",
		"outcome", "parties" },
	[SHEET_RESOLUTION] = { "resolution", "topic", "matter", "owners_total", "area_total",
		"owners_voted", "area_voted", "owners_for", "area_for", "decided_on" },
	[SHEET_PROJECT] = { "project", "topic", "compound", "category", "title", "units", "status",
		"budget", "self_raised", "maintenance_fund", "special_fund", "other_fund",
		"started_on", "accepted_on", "share_method" },
	[SHEET_CONTRIBUTION] = { "contribution", "project", "household", "due", "paid" },
	[SHEET_DISPUTE] = { "dispute", "compound", "category", "opened_on", "closed_on",
		"outcome" },
	[SHEET_SCORE] = { "score", "compound", "kind", "period", "points" },
	[SHEET_ATTENDANCE] = { "attendance", "session", "person", "role", "completed" },
};

const char *const *scribe_columns(enum sheet sheet)
{
	return columns[sheet];
}

static void write_row(struct buf *out, const char *const *cells)
{
	struct view views[MAX_COLUMNS];
	size_t count;

	for (count = 0; cells[count] != NULL; count++) {
		assert(count < MAX_COLUMNS);
		views[count] = view_of(cells[count]);
	}
	csv_write_row(out, views, count);
}

void scribe_row(struct scribe *scribe, enum sheet sheet, const char *const *cells)
{
	size_t count = 0;

	while (cells[count] != NULL) {
		count++;
		assert(columns[sheet][count] != NULL);
	}
	assert(columns[sheet][count + 1] == NULL);
	if (scribe->rows[sheet]++ == 0) {
		write_row(&scribe->sheets[sheet], columns[sheet] + 1);
	}
	write_row(&scribe->sheets[sheet], cells);
}

const char *scribe_text(struct scribe *scribe, const char *fmt, ...)
{
	char text[TEXT_BYTES];
	struct view kept;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	assert(len >= 0 && (size_t)len < sizeof(text));
	kept = arena_copy(&scribe->arena, (struct view){ text, (size_t)len });
	if (kept.data == NULL) {
		scribe->failed = true;
		return "";
	}
	return kept.data;
}

const char *scribe_number(struct scribe *scribe, int64_t number)
{
	return scribe_text(scribe, "%" PRId64, number);
}

const char *scribe_day(struct scribe *scribe, int64_t day)
{
	char text[CIVIL_DATE_BYTES];

	civil_from_days(text, day);
	return scribe_text(scribe, "%s", text);
}

const char *scribe_flag(bool flag)
{
	return flag ? "true" : "false";
}

/* Not synced: a demo that is cut short is begun afresh. */
static bool write_sheet(
	struct scribe *scribe, enum sheet sheet, const char *folder, struct err *err)
{
	const struct buf *text = &scribe->sheets[sheet];
	struct buf path = { 0 };
	FILE *file = NULL;
	bool ok = false;

	if (scribe->rows[sheet] == 0) {
		return true;
	}
	buf_printf(&path, "%s/%02d-%s.csv", folder, (int)sheet + 1, columns[sheet][0]);
	if (!buf_ok(&path, err) || !buf_ok(text, err)) {
		goto out;
	}
	file = fopen(buf_str(&path), "wb");
	if (file == NULL || fwrite(text->data, 1, text->len, file) != text->len) {
		err_errno(err, "%s", buf_str(&path));
		goto out;
	}
	ok = true;
out:
	if (file != NULL && fclose(file) != 0 && ok) {
		ok = err_errno(err, "%s", buf_str(&path));
	}
	buf_clear(&path);
	return ok;
}

bool scribe_end(struct scribe *scribe, const char *folder, struct err *err)
{
	const struct env *env = env_system();
	bool ok = scribe->failed ? err_nomem(err) : env->make_dir(env->ctx, folder, err);
	int sheet;

	for (sheet = 0; sheet < SHEETS; sheet++) {
		ok = ok && write_sheet(scribe, (enum sheet)sheet, folder, err);
		buf_clear(&scribe->sheets[sheet]);
	}
	arena_clear(&scribe->arena);
	memset(scribe, 0, sizeof(*scribe));
	return ok;
}
