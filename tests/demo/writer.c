/* writer.c -- see writer.h. */
#include "writer.h"

#include <assert.h>
#include <string.h>

int64_t writer_day(const char *date)
{
	return civil_days(view_of(date));
}

int64_t writer_any_day(struct writer *writer, const char *from, const char *to)
{
	return dice_between(&writer->dice, writer_day(from), writer_day(to));
}

/* "" for no day, no money. */
static const char *day_or_none(struct writer *writer, int64_t day)
{
	return day == 0 ? "" : scribe_day(&writer->scribe, day);
}

static const char *fen_or_none(struct writer *writer, int64_t fen)
{
	return fen == 0 ? "" : scribe_number(&writer->scribe, fen);
}

const struct compound *writer_compound(struct writer *writer, const struct compound *compound)
{
	struct scribe *scribe = &writer->scribe;
	size_t n = writer->compound_count++;

	assert(n < WRITER_MAX_COMPOUNDS);
	writer->compounds[n] = *compound;
	SCRIBE(scribe, SHEET_COMPOUND, compound->name, compound->kind,
		scribe_day(scribe, compound->delivered), scribe_number(scribe, compound->buildings),
		scribe_number(scribe, compound->households), scribe_number(scribe, compound->area),
		scribe_number(scribe, compound->lifts), compound->company,
		scribe_flag(compound->eligible), scribe_text(scribe, "第%zu网格", n / 2 + 1));
	return &writer->compounds[n];
}

const char *writer_person(struct writer *writer, const struct person *person)
{
	struct scribe *scribe = &writer->scribe;
	char invented[NAMES_PERSON_BYTES];
	const char *name = person->name;

	if (name == NULL) {
		names_person(invented, writer->person_count++, writer->community->names_from);
		name = scribe_text(scribe, "%s", invented);
	}
	SCRIBE(scribe, SHEET_PERSON, name, scribe_number(scribe, person->decade),
		scribe_flag(person->party_member), person->roles);
	return name;
}

/* One throw an expression: C does not say which of two comes first. */
const char *writer_anybody(struct writer *writer, const char *roles)
{
	struct person person = { .roles = roles };

	person.decade = 1940 + 10 * dice_between(&writer->dice, 0, 5);
	person.party_member = dice_chance(&writer->dice, 35);
	return writer_person(writer, &person);
}

void writer_club(struct writer *writer, const struct club_name *club, int64_t founded)
{
	struct scribe *scribe = &writer->scribe;
	int64_t members = dice_between(&writer->dice, 12, 48);

	assert(writer->club_count < WRITER_MAX_CLUBS);
	writer->clubs[writer->club_count++] = club->name;
	SCRIBE(scribe, SHEET_CLUB, club->name, club->category, scribe_day(scribe, founded),
		scribe_number(scribe, members), scribe_number(scribe, 2 + members / 10),
		scribe_flag(!dice_chance(&writer->dice, 4)));
}

void writer_activity(struct writer *writer, const struct activity *activity)
{
	struct scribe *scribe = &writer->scribe;

	if (activity->day >= writer_day("2024-01-01") && activity->day < writer_day("2025-01-01")) {
		writer->served_2024 += activity->served;
	}
	SCRIBE(scribe, SHEET_ACTIVITY, activity->club, activity->compound, activity->kind,
		scribe_flag(activity->service_day), activity->title,
		scribe_day(scribe, activity->day), activity->place,
		scribe_number(scribe, activity->participants),
		scribe_number(scribe, activity->served));
}

const char *writer_committee(struct writer *writer, const struct committee *committee)
{
	struct scribe *scribe = &writer->scribe;

	SCRIBE(scribe, SHEET_OWNERS_COMMITTEE, committee->compound,
		scribe_number(scribe, committee->term), committee->step,
		day_or_none(writer, committee->formed), day_or_none(writer, committee->ends));
	return scribe_text(scribe, "#owners_committee/%zu", scribe->rows[SHEET_OWNERS_COMMITTEE]);
}

void writer_seat(struct writer *writer, const struct seat *seat)
{
	SCRIBE(&writer->scribe, SHEET_COMMITTEE_MEMBER, seat->committee, seat->person,
		seat->position, scribe_flag(seat->party_member), scribe_flag(seat->re_elected),
		scribe_day(&writer->scribe, seat->since), day_or_none(writer, seat->until),
		seat->reserve ? "true" : "");
	if (seat->until == 0 && !seat->reserve) {
		assert(writer->member_count < WRITER_MAX_MEMBERS);
		writer->members[writer->member_count++] =
			(struct member){ seat->person, seat->position };
	}
}

void writer_candidate(struct writer *writer, const struct candidacy *candidacy)
{
	SCRIBE(&writer->scribe, SHEET_CANDIDATE, candidacy->committee, candidacy->person,
		candidacy->origin, "true", "true", "true", scribe_flag(!candidacy->lacks_time),
		candidacy->step);
}

void writer_meeting(struct writer *writer, const struct meeting *meeting)
{
	struct scribe *scribe = &writer->scribe;

	SCRIBE(scribe, SHEET_MEETING, meeting->kind, meeting->topic, meeting->compound,
		scribe_day(scribe, meeting->day), scribe_number(scribe, meeting->attendees),
		meeting->outcome, meeting->parties);
}

/* ---- the three deliberations -------------------------------------- */

/* Votes by which the residents decide, clearly either way. */
static void write_resolution(struct writer *writer, const struct deliberation *d)
{
	struct scribe *scribe = &writer->scribe;
	int64_t turnout = dice_between(&writer->dice, 72, 93);
	int64_t in_favour = d->rejected ? dice_between(&writer->dice, 30, 45)
					: dice_between(&writer->dice, 84, 97);
	int64_t owners = d->compound->households * turnout / 100;
	int64_t area = d->compound->area / 100 * (turnout + dice_between(&writer->dice, -2, 2));

	SCRIBE(scribe, SHEET_RESOLUTION, d->title, d->special ? "special" : "ordinary",
		scribe_number(scribe, d->compound->households),
		scribe_number(scribe, d->compound->area), scribe_number(scribe, owners),
		scribe_number(scribe, area), scribe_number(scribe, owners * in_favour / 100),
		scribe_number(
			scribe, area / 100 * (in_favour + dice_between(&writer->dice, -3, 3))),
		scribe_day(scribe, d->decided));
}

/* The plan is revised between the tripartite meeting and the vote. */
static void write_revisions(
	struct writer *writer, const struct deliberation *d, int64_t from, int64_t to)
{
	struct scribe *scribe = &writer->scribe;
	size_t i;

	for (i = 1; i <= d->revisions; i++) {
		int64_t day = from + (to - from) * (int64_t)i / (int64_t)(d->revisions + 1);
		const char *summary = d->summaries != NULL
			? d->summaries[i - 1]
			: scribe_text(scribe, "%s:根据居民意见第%zu次修改方案", d->title, i);

		SCRIBE(scribe, SHEET_PLAN_REVISION, d->title, scribe_number(scribe, (int64_t)i),
			summary, scribe_day(scribe, day));
	}
}

void writer_deliberation(struct writer *writer, const struct deliberation *d)
{
	struct scribe *scribe = &writer->scribe;
	int64_t first = d->raised + 6, second = d->raised + 20;
	int64_t vote = d->decided != 0 ? d->decided : writer->last_day;

	SCRIBE(scribe, SHEET_TOPIC, d->compound->name, d->title, d->category,
		scribe_day(scribe, d->raised), d->stage, d->sponsor == NULL ? "" : d->sponsor,
		day_or_none(writer, d->rejected ? 0 : d->decided));
	if (first >= vote || strcmp(d->stage, "raised") == 0) {
		return;
	}
	writer_meeting(writer,
		&(struct meeting){ "party_first", d->title, d->compound->name, "党组织达成共识",
			"community_committee,residents", first,
			dice_between(&writer->dice, 8, 20) });
	if (second >= vote || strcmp(d->stage, "party_first") == 0) {
		return;
	}
	writer_meeting(writer,
		&(struct meeting){ "tripartite", d->title, d->compound->name, "三方商定实施方案",
			"community_committee,owners_committee,property_company", second,
			dice_between(&writer->dice, 6, 16) });
	write_revisions(writer, d, second, vote);
	if (d->decided == 0) {
		return;
	}
	writer_meeting(writer,
		&(struct meeting){ "residents", d->title, d->compound->name,
			d->rejected ? "表决未通过" : "表决通过", "owners_committee,residents",
			d->decided, d->compound->households / 3 });
	write_resolution(writer, d);
}

void writer_project(struct writer *writer, const struct project *p)
{
	struct scribe *scribe = &writer->scribe;
	int64_t budget = p->self_raised + p->maintenance_fund + p->special_fund + p->other_fund;

	SCRIBE(scribe, SHEET_PROJECT, p->topic, p->compound, p->category, p->title,
		scribe_number(scribe, p->units), p->accepted != 0 ? "in_use" : "under_construction",
		scribe_number(scribe, budget), fen_or_none(writer, p->self_raised),
		fen_or_none(writer, p->maintenance_fund), fen_or_none(writer, p->special_fund),
		fen_or_none(writer, p->other_fund), scribe_day(scribe, p->started),
		day_or_none(writer, p->accepted), p->share_method);
}

/* ---- whole folders ------------------------------------------------ */

bool writer_run(const struct plan *plan, const struct community *community, const char *folder,
	struct err *err)
{
	struct writer writer = { .plan = plan, .community = community };
	bool ok;

	writer.dice = dice_of(plan->seed, 1000 + (uint64_t)(community - plan->communities));
	writer.last_day = writer_day(PLAN_LAST_DAY);
	named_compounds(&writer);
	ordinary_compounds(&writer);
	ordinary_branches(&writer);
	ordinary_clubs(&writer);
	ordinary_service_days(&writer);
	ok = named_stories(&writer, err);
	ordinary_activities(&writer);
	ordinary_committees(&writer);
	ordinary_team(&writer);
	ordinary_topics(&writer);
	ordinary_meetings(&writer);
	ordinary_disputes(&writer);
	ordinary_scores(&writer);
	ordinary_training(&writer);
	return scribe_end(&writer.scribe, folder, err) && ok;
}

bool writer_run_district(const struct plan *plan, const char *folder, struct err *err)
{
	struct scribe scribe = { 0 };
	size_t i;

	for (i = 0; i < NAMES_COURSES; i++) {
		SCRIBE(&scribe, SHEET_COURSE, names_courses[i].kind, names_courses[i].title,
			scribe_number(&scribe, names_courses[i].hours));
	}
	for (i = 0; i < PLAN_SESSIONS; i++) {
		SCRIBE(&scribe, SHEET_TRAINING_SESSION,
			names_courses[plan->sessions[i].course].title,
			scribe_day(&scribe, plan->sessions[i].day),
			"“三方学院”实训基地(上塘蔡马党群服务中心三楼)", "60");
	}
	return scribe_end(&scribe, folder, err);
}
