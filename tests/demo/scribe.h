/*
 * scribe.h -- writes one community's records down as CSV files, one for
 * each entity, numbered in the order in which they can be imported.
 *
 * A cell that refers to a record holds its title.  Records of entities
 * that have no title are meant by "#entity/n": the n-th, from 1, in the
 * order in which they were made.
 */
#ifndef LINLI_DEMO_SCRIBE_H
#define LINLI_DEMO_SCRIBE_H

#include "plan.h"

enum sheet {
	SHEET_COURSE,
	SHEET_TRAINING_SESSION,
	SHEET_COMPOUND,
	SHEET_HOUSEHOLD,
	SHEET_PERSON,
	SHEET_PARTY_BRANCH,
	SHEET_CLUB,
	SHEET_ACTIVITY,
	SHEET_OWNERS_COMMITTEE,
	SHEET_CANDIDATE,
	SHEET_COMMITTEE_MEMBER,
	SHEET_TEAM_MEMBER,
	SHEET_TOPIC,
	SHEET_PLAN_REVISION,
	SHEET_MEETING,
	SHEET_RESOLUTION,
	SHEET_PROJECT,
	SHEET_CONTRIBUTION,
	SHEET_DISPUTE,
	SHEET_SCORE,
	SHEET_ATTENDANCE,
	SHEETS
};

struct scribe {
	struct arena arena; /* of the texts in cells */
	struct buf sheets[SHEETS];
	size_t rows[SHEETS];
	bool failed; /* no memory */
};

/* "entity" and the columns of a sheet, ended by NULL. */
const char *const *scribe_columns(enum sheet sheet);

/*
 * Add a row: a cell for each column, then NULL.  "" is an empty cell.
 * Use as SCRIBE(scribe, SHEET_CLUB, name, category, ...).
 */
void scribe_row(struct scribe *scribe, enum sheet sheet, const char *const *cells);
#define SCRIBE(scribe, sheet, ...) \
	scribe_row((scribe), (sheet), (const char *const[]){ __VA_ARGS__, NULL })

/* Texts for cells, valid until scribe_end(). */
const char *scribe_text(struct scribe *scribe, const char *fmt, ...) PRINTF_LIKE(2, 3);
const char *scribe_number(struct scribe *scribe, int64_t number);
const char *scribe_day(struct scribe *scribe, int64_t day);
const char *scribe_flag(bool flag);

/* Write what has been written into ${folder}, and be empty again, even on failure. */
MUST_CHECK bool scribe_end(struct scribe *scribe, const char *folder, struct err *err);

#endif
