/*
 * writer.h -- one community as it is being written: its compounds, clubs
 * and committee members, and the kinds of entry that all communities have.
 */
#ifndef LINLI_DEMO_WRITER_H
#define LINLI_DEMO_WRITER_H

#include "names.h"
#include "scribe.h"

#define WRITER_MAX_COMPOUNDS 16
#define WRITER_MAX_CLUBS 32
#define WRITER_MAX_MEMBERS 32

struct compound {
	const char *name, *kind, *company;
	int64_t delivered; /* a day */
	int64_t households, buildings, lifts;
	int64_t area; /* cm2 */
	bool eligible;
	bool own_committee; /* it tells the story of its committee itself */
};

struct member {
	const char *person, *position;
};

struct writer {
	const struct plan *plan;
	const struct community *community;
	struct dice dice;
	struct scribe scribe;
	struct compound compounds[WRITER_MAX_COMPOUNDS];
	size_t compound_count;
	const char *clubs[WRITER_MAX_CLUBS]; /* their names */
	size_t club_count;
	struct member members[WRITER_MAX_MEMBERS]; /* in office */
	size_t member_count;
	size_t person_count;
	int64_t served_2024; /* by all activities of 2024 so far */
	int64_t last_day;
};

/* Days since 1970 of "YYYY-MM-DD". */
int64_t writer_day(const char *date);
/* A day of ${from} to ${to}, both included. */
int64_t writer_any_day(struct writer *writer, const char *from, const char *to);

/* Keep and write a compound; borrowed until another is written. */
const struct compound *writer_compound(struct writer *writer, const struct compound *compound);

/* Write a person and return the name; ${name} NULL: a new one. */
struct person {
	const char *name;
	int64_t decade;
	bool party_member;
	const char *roles;
};
const char *writer_person(struct writer *writer, const struct person *person);
/* One of a random age, with those roles. */
const char *writer_anybody(struct writer *writer, const char *roles);

/* Write a club and keep its name. */
void writer_club(struct writer *writer, const struct club_name *club, int64_t founded);

struct activity {
	const char *club, *compound, *kind, *title, *place; /* "" where there is none */
	bool service_day;
	int64_t day, participants, served;
};
void writer_activity(struct writer *writer, const struct activity *activity);

/* Write a committee; what to refer to it by. */
struct committee {
	const char *compound, *step;
	int64_t term;
	int64_t formed, ends; /* days; 0: not yet */
};
const char *writer_committee(struct writer *writer, const struct committee *committee);

struct seat {
	const char *committee, *person, *position;
	bool party_member, re_elected, reserve;
	int64_t since, until; /* until 0: still */
};
/* Write a member's seat; who sits still is kept among the members. */
void writer_seat(struct writer *writer, const struct seat *seat);

struct candidacy {
	const char *committee, *person, *origin, *step;
	bool lacks_time; /* the other three qualities they all have */
};
void writer_candidate(struct writer *writer, const struct candidacy *candidacy);

struct meeting {
	const char *kind, *topic, *compound, *outcome, *parties;
	int64_t day, attendees;
};
void writer_meeting(struct writer *writer, const struct meeting *meeting);

/*
 * A topic's way through the three deliberations: the topic, its meetings,
 * its plan's revisions, the residents' resolution.
 */
struct deliberation {
	const struct compound *compound;
	const char *title, *category, *sponsor;
	const char *stage;       /* where it stands */
	int64_t raised, decided; /* days; decided 0: not yet */
	size_t revisions;
	const char *const *summaries; /* one for each revision, or NULL */
	bool special;                 /* matter: three quarters */
	bool rejected;                /* the residents said no */
};
void writer_deliberation(struct writer *writer, const struct deliberation *deliberation);

struct project {
	const char *topic, *compound, *category, *title, *share_method;
	int64_t units;
	int64_t self_raised, maintenance_fund, special_fund, other_fund; /* fen; 0: none */
	int64_t started, accepted; /* days; accepted 0: not yet */
};
void writer_project(struct writer *writer, const struct project *project);

/* ---- ordinary.c: what every community has ------------------------- */

/* Invented compounds, until there are as many as planned. */
void ordinary_compounds(struct writer *writer);
void ordinary_branches(struct writer *writer);
void ordinary_clubs(struct writer *writer);
void ordinary_service_days(struct writer *writer);
void ordinary_activities(struct writer *writer);
void ordinary_committees(struct writer *writer);
void ordinary_team(struct writer *writer);
void ordinary_topics(struct writer *writer);
void ordinary_meetings(struct writer *writer);
void ordinary_disputes(struct writer *writer);
void ordinary_scores(struct writer *writer);
void ordinary_training(struct writer *writer);

/* ---- named.c: what the report tells of three of them ---------------- */

/* First their compounds, then all else; nothing for an ordinary one. */
void named_compounds(struct writer *writer);
MUST_CHECK bool named_stories(struct writer *writer, struct err *err);

/* Write all of ${community} into ${folder}. */
MUST_CHECK bool writer_run(const struct plan *plan, const struct community *community,
	const char *folder, struct err *err);
/* Write the district's own courses and sessions. */
MUST_CHECK bool writer_run_district(const struct plan *plan, const char *folder, struct err *err);

#endif
