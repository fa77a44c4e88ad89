/*
 * ordinary.c -- what every community has, see writer.h.
 *
 * Each throw of the dice is a statement of its own: C leaves open which of
 * two in one expression comes first, and every compiler must make the same
 * district.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "writer.h"

#define FORMED_BEFORE 3 /* the first compounds whose committee was formed before 2024 */
#define SEATS 5         /* of an ordinary committee */
#define YEARS_OF_TERM 5

/* ---- places ------------------------------------------------------- */

static const char *compound_name(struct writer *writer, size_t n, const char *kind)
{
	static const char *const old[] = { "新村", "小区", "里" };
	static const char *const resettled[] = { "家园", "嘉苑", "人家" };
	static const char *const bought[] = { "花园", "公寓", "华庭", "名邸" };
	size_t at = writer->community->names_from + n;
	const char *ending;
	char pair[7];

	if (strcmp(kind, "old") == 0) {
		ending = old[dice_throw(&writer->dice, 3)];
	} else if (strcmp(kind, "resettlement") == 0) {
		ending = resettled[dice_throw(&writer->dice, 3)];
	} else {
		ending = bought[dice_throw(&writer->dice, 4)];
	}
	names_pair(pair, writer->plan->name_order[at % NAMES_PAIRS]);
	return at < NAMES_PAIRS
		? scribe_text(&writer->scribe, "%s%s", pair, ending)
		: scribe_text(&writer->scribe, "%s%s%zu期", pair, ending, at / NAMES_PAIRS + 1);
}

static const char *compound_kind(struct writer *writer, size_t n)
{
	size_t thrown = dice_throw(&writer->dice, 100);

	if (n == 0 || (n != 2 && thrown < 38)) {
		return "old";
	}
	if (thrown < (n == 1 ? 45u : 55u)) {
		return "resettlement";
	}
	return thrown < 97 ? "commodity" : "other";
}

void ordinary_compounds(struct writer *writer)
{
	struct dice *dice = &writer->dice;

	while (writer->compound_count < writer->community->compounds) {
		size_t n = writer->compound_count;
		struct compound c = { .kind = compound_kind(writer, n) };
		bool old = strcmp(c.kind, "old") == 0;

		c.name = compound_name(writer, n, c.kind);
		c.company = names_companies[dice_throw(dice, NAMES_COMPANIES)];
		c.delivered = old ? writer_any_day(writer, "1982-01-01", "1999-12-31")
				  : writer_any_day(writer, "2001-01-01", "2018-12-31");
		c.households = dice_between(dice, 120, 900);
		c.buildings = c.households / 60 + 1;
		c.area = c.households * dice_between(dice, 620000, 1100000);
		c.lifts = old ? dice_between(dice, 0, 4) : c.buildings * 2;
		c.eligible = n < FORMED_BEFORE + 1 || dice_chance(dice, 85);
		writer_compound(writer, &c);
	}
}

void ordinary_branches(struct writer *writer)
{
	struct scribe *scribe = &writer->scribe;
	size_t i;

	for (i = 0; i < writer->compound_count; i++) {
		const char *compound = writer->compounds[i].name;
		int64_t founded = writer_any_day(writer, "2017-07-01", "2024-06-30");
		int64_t members = dice_between(&writer->dice, 8, 60);

		if (i >= FORMED_BEFORE && !dice_chance(&writer->dice, 50)) {
			continue;
		}
		SCRIBE(scribe, SHEET_PARTY_BRANCH, compound, "compound",
			scribe_number(scribe, members), scribe_day(scribe, founded),
			scribe_text(scribe, "%s党支部", compound));
		if (i < 2) {
			SCRIBE(scribe, SHEET_PARTY_BRANCH, compound, "stairwell",
				scribe_number(scribe, members / 3 + 1), scribe_day(scribe, founded),
				scribe_text(scribe, "%s1幢楼道党支部", compound));
		}
	}
}

/* ---- clubs and what they do --------------------------------------- */

static const struct compound *any_compound(struct writer *writer)
{
	return &writer->compounds[dice_throw(&writer->dice, writer->compound_count)];
}

/* Two clubs that the report names live somewhere in the district, too. */
static const struct club_name *of_the_report(const struct writer *writer)
{
	static const struct club_name clubs[2] = { { "武林大妈", "平安建设" },
		{ "春燕服务队", "志愿服务" } };

	switch (writer->community - writer->plan->communities) {
	case PART_ORDINARY:
		return &clubs[0];
	case PART_ORDINARY + 1:
		return &clubs[1];
	default:
		return NULL;
	}
}

void ordinary_clubs(struct writer *writer)
{
	const struct club_name *known = of_the_report(writer);
	size_t order[NAMES_CLUBS], i;

	if (writer->community->part == PART_ZHIZUNONG) {
		for (i = 0; i < NAMES_ZHIZUNONG_CLUBS; i++) {
			writer_club(writer, &names_zhizunong_clubs[i],
				i == 0 ? writer_day("2003-05-09")
				       : writer_any_day(writer, "2005-01-01", "2022-12-31"));
		}
		return;
	}
	for (i = 0; i < NAMES_CLUBS; i++) {
		order[i] = i;
	}
	dice_shuffle(&writer->dice, order, NAMES_CLUBS);
	for (i = 0; i < writer->community->clubs; i++) {
		writer_club(writer, i == 0 && known != NULL ? known : &names_clubs[order[i]],
			writer_any_day(writer, "2006-01-01", "2024-09-30"));
	}
}

void ordinary_service_days(struct writer *writer)
{
	static const char *const kinds[][2] = { { "convenience_service", "便民服务进小区" },
		{ "themed_evening", "纳凉主题晚会" }, { "good_neighbour", "睦邻节" },
		{ "clean_up", "楼道大清扫" }, { "anti_fraud", "反诈宣传" } };
	struct dice *dice = &writer->dice;
	size_t first = dice_throw(dice, 2), i;

	/* One year and the other in turn: of an even number half. */
	for (i = 0; i < writer->community->service_days; i++) {
		size_t kind = dice_throw(dice, sizeof(kinds) / sizeof(kinds[0]));
		struct activity a = { .kind = kinds[kind][0], .service_day = true };

		a.club = writer->clubs[dice_throw(dice, writer->club_count)];
		a.compound = any_compound(writer)->name;
		a.title = scribe_text(&writer->scribe, "小区服务日:%s", kinds[kind][1]);
		a.place = "小区中心广场";
		a.day = (first + i) % 2 == 0 ? writer_any_day(writer, "2023-03-01", "2023-12-24")
				   : writer_any_day(writer, "2024-01-06", "2024-12-14");
		a.participants = dice_between(dice, 12, 60);
		a.served = 20 + dice_between(dice, 0, 25);
		writer_activity(writer, &a);
	}
}

void ordinary_activities(struct writer *writer)
{
	static const char *const titles[] = { "排练", "友谊赛", "作品展", "公益演出", "交流活动",
		"教学课" };
	struct dice *dice = &writer->dice;
	size_t i, count;

	if (writer->community->part == PART_ZHIZUNONG) {
		return;
	}
	count = writer->plan->factor * (size_t)dice_between(dice, 6, 13);
	for (i = 0; i < count; i++) {
		const char *club = writer->clubs[dice_throw(dice, writer->club_count)];
		struct activity a = { .club = club, .compound = "", .kind = "sports_culture" };

		a.title = scribe_text(&writer->scribe, "%s%s", club, titles[dice_throw(dice, 6)]);
		a.place = "社区文化家园";
		a.day = i % 2 == 0 ? writer_any_day(writer, "2023-01-05", "2023-12-28")
				   : writer_any_day(writer, "2024-01-05", PLAN_LAST_DAY);
		a.participants = dice_between(dice, 10, 45);
		a.served = dice_between(dice, 0, 30);
		writer_activity(writer, &a);
	}
}

/* ---- committees --------------------------------------------------- */

static int64_t years_later(int64_t day, int64_t years)
{
	return day + years * 365 + years / 4;
}

/* A committee in office, perhaps after an earlier one. */
static const char *form(
	struct writer *writer, const struct compound *c, int64_t formed, bool second)
{
	if (second) {
		(void)writer_committee(writer,
			&(struct committee){ c->name, "expired", 1,
				years_later(formed, -YEARS_OF_TERM), formed });
	}
	return writer_committee(writer,
		&(struct committee){ c->name, "formed", second ? 2 : 1, formed,
			years_later(formed, YEARS_OF_TERM) });
}

/* Members for a committee just formed, as many as are still wanted. */
static void seat_members(
	struct writer *writer, const char *committee, int64_t formed, bool second, size_t *wanted)
{
	static const char *const positions[SEATS] = { "主任", "副主任", "委员", "委员", "委员" };
	size_t i;

	for (i = 0; i < SEATS && *wanted != 0; i++, --*wanted) {
		struct person person = { .roles = "owner,committee_member" };
		struct seat seat = {
			.committee = committee, .position = positions[i], .since = formed
		};

		person.decade = 1950 + 10 * dice_between(&writer->dice, 0, 4);
		person.party_member = dice_chance(&writer->dice, 55);
		seat.person = writer_person(writer, &person);
		seat.party_member = person.party_member;
		seat.re_elected = second && dice_chance(&writer->dice, 60);
		writer_seat(writer, &seat);
	}
}

/* One that is still on its way. */
static void begin(struct writer *writer, const struct compound *c)
{
	static const char *const steps[] = { "none", "searching", "selecting", "vetting" };
	size_t step = dice_throw(&writer->dice, 4), i;
	const char *committee =
		writer_committee(writer, &(struct committee){ c->name, steps[step], 1, 0, 0 });

	for (i = 0; i < 4 && step >= 2; i++) {
		struct candidacy candidacy = { .committee = committee,
			.origin = "居民推荐",
			.step = step == 2 ? "found" : "selected" };

		candidacy.person = writer_anybody(writer, "owner");
		candidacy.lacks_time = dice_chance(&writer->dice, 20);
		writer_candidate(writer, &candidacy);
	}
}

void ordinary_committees(struct writer *writer)
{
	struct dice *dice = &writer->dice;
	size_t reach = writer->community->trained + (size_t)dice_between(dice, 1, 3), i;
	size_t wanted = reach > writer->member_count ? reach - writer->member_count : 0;

	for (i = 0; i < writer->compound_count; i++) {
		const struct compound *c = &writer->compounds[i];
		bool second = dice_chance(dice, 12), before = dice_chance(dice, 75);
		bool this_year = dice_chance(dice, i == FORMED_BEFORE ? 45 : 12);
		int64_t formed;

		if (c->own_committee || !c->eligible) {
			continue;
		}
		if (i == FORMED_BEFORE && writer->community->part == PART_ZHIZUNONG) {
			this_year = true;
		}
		before = i < FORMED_BEFORE || (before && i > FORMED_BEFORE);
		if (!before && !this_year) {
			begin(writer, c);
			continue;
		}
		formed = before ? writer_any_day(writer, "2020-01-10", "2023-11-30")
				: writer_any_day(writer, "2024-01-10", "2024-11-30");
		second = second && before;
		seat_members(writer, form(writer, c, formed, second), formed, second, &wanted);
	}
	assert(wanted == 0);
}

void ordinary_team(struct writer *writer)
{
	struct scribe *scribe = &writer->scribe;
	size_t i;

	for (i = 0; i < writer->community->team; i++) {
		bool club = i % 2 == 0;
		const char *person, *origin = "committee";
		int64_t since = writer_any_day(writer, "2021-03-01", "2024-10-31");

		if (i < writer->member_count) {
			person = writer->members[i].person;
		} else {
			person = writer_anybody(writer, club ? "backbone" : "capable_resident");
			origin = club ? "club" : "capable_resident";
		}
		SCRIBE(scribe, SHEET_TEAM_MEMBER, person, origin,
			scribe_text(
				scribe, "第%zu网格", i % ((writer->compound_count + 1) / 2) + 1),
			scribe_day(scribe, since));
	}
}

/* ---- deliberation and what comes of it ---------------------------- */

static void build(
	struct writer *writer, const struct subject *subject, const struct deliberation *d)
{
	struct dice *dice = &writer->dice;
	int64_t units = strncmp(subject->project, "lift", 4) == 0 ? dice_between(dice, 1, 3) : 1;
	int64_t fen = units * 100000 *
		dice_between(dice, subject->yuan_least / 1000, subject->yuan_most / 1000);
	struct project p = { .topic = d->title,
		.compound = d->compound->name,
		.category = subject->project,
		.title = d->title,
		.share_method = "",
		.units = units };
	int64_t days = dice_between(dice, 40, 160);

	p.started = d->decided + 14;
	if (p.started > writer->last_day) {
		return;
	}
	p.accepted = p.started + days <= writer->last_day ? p.started + days : 0;
	p.self_raised = dice_chance(dice, 40) ? fen / 4 : 0;
	p.special_fund = dice_chance(dice, 60) ? fen / 2 : 0;
	p.maintenance_fund = fen - p.self_raised - p.special_fund;
	writer_project(writer, &p);
}

void ordinary_topics(struct writer *writer)
{
	static const char *const open[] = { "raised", "party_first", "tripartite", "residents" };
	struct dice *dice = &writer->dice;
	size_t order[NAMES_SUBJECTS], count, i;

	if (writer->community->part != PART_ORDINARY) {
		return;
	}
	for (i = 0; i < NAMES_SUBJECTS; i++) {
		order[i] = i;
	}
	dice_shuffle(dice, order, NAMES_SUBJECTS);
	count = 2 + dice_throw(dice, 2);
	for (i = 0; i < count; i++) {
		const struct subject *subject = &names_subjects[order[i]];
		struct deliberation d = { .compound = any_compound(writer),
			.category = subject->category };

		d.title = scribe_text(&writer->scribe, "%s%s", d.compound->name, subject->name);
		d.raised = writer_any_day(writer, "2022-11-01", "2024-08-31");
		d.revisions = dice_throw(dice, 4);
		d.special = subject->yuan_most >= 100000;
		d.decided = d.raised + dice_between(dice, 50, 150);
		d.rejected = dice_chance(dice, 5);
		if (d.decided > writer->last_day || dice_chance(dice, 15)) {
			d.decided = 0;
			d.rejected = false;
		}
		d.stage = d.decided == 0 ? open[dice_throw(dice, 4)]
			: d.rejected     ? "withdrawn"
					 : "implementing";
		writer_deliberation(writer, &d);
		if (d.decided != 0 && !d.rejected) {
			build(writer, subject, &d);
		}
	}
}

void ordinary_meetings(struct writer *writer)
{
	static const char *const kinds[] = { "red_tea", "grid_day", "joint" };
	struct dice *dice = &writer->dice;
	size_t i, count;

	if (writer->community->part != PART_ORDINARY) {
		return;
	}
	count = writer->plan->factor * (size_t)dice_between(dice, 2, 5);
	for (i = 0; i < count; i++) {
		struct meeting m = { .kind = kinds[i % 3],
			.topic = "",
			.outcome = "形成共识",
			.parties = "community_committee,owners_committee,property_company" };

		m.compound = any_compound(writer)->name;
		m.day = writer_any_day(writer, "2023-02-01", PLAN_LAST_DAY);
		m.attendees = dice_between(dice, 6, 40);
		writer_meeting(writer, &m);
	}
}

/* ---- disputes, scores, training ----------------------------------- */

static void write_disputes(struct writer *writer, size_t count, const char *from, const char *to)
{
	static const char *const outcomes[] = { "mediated", "mediated", "settled", "litigated" };
	struct scribe *scribe = &writer->scribe;
	struct dice *dice = &writer->dice;
	size_t i;

	for (i = 0; i < count; i++) {
		const char *compound = any_compound(writer)->name;
		const char *category = names_disputes[dice_throw(dice, NAMES_DISPUTES)];
		const char *outcome = outcomes[dice_throw(dice, 4)];
		int64_t opened = writer_any_day(writer, from, to);
		int64_t closed = opened + dice_between(dice, 3, 90);
		bool open = closed > writer->last_day;

		SCRIBE(scribe, SHEET_DISPUTE, compound, category, scribe_day(scribe, opened),
			open ? "" : scribe_day(scribe, closed), open ? "open" : outcome);
	}
}

/* A fifth fewer than the year before, at least. */
void ordinary_disputes(struct writer *writer)
{
	size_t before = writer->plan->factor * (size_t)dice_between(&writer->dice, 3, 7);

	write_disputes(writer, before, "2023-01-03", "2023-12-29");
	write_disputes(writer, before * 4 / 5, "2024-01-03", PLAN_LAST_DAY);
}

void ordinary_scores(struct writer *writer)
{
	struct scribe *scribe = &writer->scribe;
	size_t i;

	for (i = 0; i < writer->compound_count; i++) {
		const struct compound *c = &writer->compounds[i];
		bool old = strcmp(c->kind, "old") == 0;
		const char *kind = old ? "property_service" : "management";
		int64_t points = dice_between(&writer->dice, 68, 88);

		if (!old && strcmp(c->kind, "resettlement") != 0) {
			continue;
		}
		SCRIBE(scribe, SHEET_SCORE, c->name, kind, "2023", scribe_number(scribe, points));
		points += dice_between(&writer->dice, 1, 6);
		SCRIBE(scribe, SHEET_SCORE, c->name, kind, "2024", scribe_number(scribe, points));
	}
}

/* A session of one kind of course: the next after a random one. */
static size_t any_session(struct writer *writer, const char *kind)
{
	size_t at = dice_throw(&writer->dice, PLAN_SESSIONS);

	while (strcmp(names_courses[writer->plan->sessions[at].course].kind, kind) != 0) {
		at = (at + 1) % PLAN_SESSIONS;
	}
	return at;
}

static void attend(struct writer *writer, const struct member *member, const char *kind)
{
	struct scribe *scribe = &writer->scribe;
	size_t session = any_session(writer, kind);
	bool completed = !dice_chance(&writer->dice, 4);

	SCRIBE(scribe, SHEET_ATTENDANCE, scribe_text(scribe, "#training_session/%zu", session + 1),
		member->person, scribe_text(scribe, "业委会%s", member->position),
		scribe_flag(completed));
}

void ordinary_training(struct writer *writer)
{
	size_t i;

	assert(writer->community->trained <= writer->member_count);
	for (i = 0; i < writer->community->trained; i++) {
		attend(writer, &writer->members[i], "induction");
		if (dice_chance(&writer->dice, 40)) {
			attend(writer, &writer->members[i], "advanced");
		}
	}
}
