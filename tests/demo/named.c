/*
 * named.c -- the communities that the report tells of: 知足弄 and its clubs
 * and lifts, 京都苑 with its ramp and the lifts of 金都华庭, 望澜府 and its
 * owners' committee.  What the report does not say (sizes, dates, people)
 * is invented; what it counts is as in plan.h.  See writer.h.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "law.h"
#include "writer.h"

/* ---- 知足弄 -------------------------------------------------------- */

#define FRIDAYS_MAX 53

static void zhizunong_compounds(struct writer *writer)
{
	writer_compound(writer,
		&(struct compound){ .name = "知足弄小区",
			.kind = "old",
			.company = "悦邻物业",
			.delivered = writer_day("1988-06-30"),
			.households = 1240,
			.buildings = 42,
			.lifts = PLAN_ZHIZUNONG_LIFTS,
			.area = 1240 * INT64_C(614000),
			.eligible = true });
}

/* The Fridays of a year up to the last: at nine the 老姐妹服务队 is there. */
static size_t fridays(int64_t out[FRIDAYS_MAX], int64_t first, int64_t last)
{
	int64_t day = first + (5 - (first + 4) % 7 + 7) % 7;
	size_t count = 0;

	for (; day <= last; day += 7) {
		out[count++] = day;
	}
	return count;
}

/* ${served} more, spread over the Fridays of a year. */
static void write_fridays(struct writer *writer, const int64_t *days, size_t count, size_t served)
{
	size_t places[FRIDAYS_MAX], i;

	dice_spread(&writer->dice, places, count, served, 30, 90);
	for (i = 0; i < count; i++) {
		struct activity a = { .club = "老姐妹服务队",
			.compound = "知足弄小区",
			.kind = "convenience_service",
			.place = "知足弄小区中心花园" };

		a.title = "周五便民服务:量血压、帮配药、复印资料";
		a.day = days[i];
		a.participants = dice_between(&writer->dice, 6, 14);
		a.served = (int64_t)places[i];
		writer_activity(writer, &a);
	}
}

static void write_club_days(struct writer *writer, size_t count, const char *from, const char *to)
{
	static const char *const titles[] = { "排练", "交流赛", "展演", "睦邻茶会", "公益行动" };
	struct dice *dice = &writer->dice;
	size_t i;

	for (i = 0; i < count; i++) {
		/* All but the first, whose days are the Fridays. */
		const char *club = writer->clubs[1 + i % (writer->club_count - 1)];
		struct activity a = { .club = club,
			.compound = "知足弄小区",
			.kind = "sports_culture",
			.place = "“知足一家亲”小区党群驿站" };

		a.title = scribe_text(&writer->scribe, "%s%s", club, titles[dice_throw(dice, 5)]);
		a.day = writer_any_day(writer, from, to);
		a.participants = dice_between(dice, 12, 40);
		a.served = dice_between(dice, 4, 16);
		writer_activity(writer, &a);
	}
}

static void write_red_tea(struct writer *writer, size_t count, const char *from, const char *to)
{
	static const char *const outcomes[] = { "电梯加装分歧化解", "晾衣杆位置商定",
		"停车秩序公约通过", "楼道堆物清理约定", "活动室排期商定" };
	int64_t first = writer_day(from), last = writer_day(to);
	size_t i;

	for (i = 0; i < count; i++) {
		struct meeting m = { .kind = "red_tea",
			.topic = "",
			.compound = "知足弄小区",
			.parties = "community_committee,residents" };

		m.outcome = outcomes[i % 5];
		m.day = first + (last - first) * (int64_t)i / (int64_t)(count - 1);
		m.attendees = dice_between(&writer->dice, 9, 26);
		writer_meeting(writer, &m);
	}
}

/* Thirty lifts added over the years, building by building. */
static void write_lifts(struct writer *writer)
{
	static const int units[] = { 3, 3, 2, 2, 3, 2, 3, 2, 2, 3, 2, 3 };
	size_t i, added = 0;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct deliberation d = { .compound = &writer->compounds[0],
			.category = "设施改造",
			.stage = "done",
			.special = true };
		struct project p = { .compound = "知足弄小区",
			.category = "lift_added",
			.units = units[i],
			.share_method = "" };

		d.title = scribe_text(&writer->scribe, "知足弄小区%zu幢加装电梯", 2 * i + 1);
		d.raised = writer_day("2020-11-16") + 105 * (int64_t)i;
		d.decided = d.raised + 80;
		d.revisions = i % 3;
		writer_deliberation(writer, &d);
		p.topic = d.title;
		p.title = d.title;
		p.self_raised = units[i] * INT64_C(25000000);
		p.special_fund = units[i] * INT64_C(20000000);
		p.started = d.decided + 14;
		p.accepted = p.started + dice_between(&writer->dice, 110, 150);
		writer_project(writer, &p);
		added += (size_t)units[i];
	}
	assert(added == PLAN_ZHIZUNONG_LIFTS);
}

static void zhizunong_story(struct writer *writer)
{
	int64_t days[FRIDAYS_MAX];
	size_t count, this_year = PLAN_ZHIZUNONG_SERVICE_DAYS / 2;

	count = fridays(days, writer_day("2023-01-01"), writer_day("2023-12-31"));
	write_fridays(writer, days, count, count * 52);
	write_club_days(writer, 38, "2023-01-05", "2023-12-28");
	write_red_tea(writer, 20, "2023-01-12", "2023-12-21");

	count = fridays(days, writer_day("2024-01-01"), writer->last_day);
	write_club_days(
		writer, PLAN_ZHIZUNONG_ACTIVITIES - count - this_year, "2024-01-05", PLAN_LAST_DAY);
	write_fridays(writer, days, count, (size_t)(PLAN_ZHIZUNONG_SERVED - writer->served_2024));
	write_red_tea(writer, PLAN_ZHIZUNONG_RED_TEA, "2024-01-11", "2024-12-19");
	write_lifts(writer);
}

/* ---- 京都苑 -------------------------------------------------------- */

/* 金都华庭: three towers of eighteen floors, four flats on each. */
#define TOWERS 3
#define FLOORS 18
#define FLATS 4
#define HOUSEHOLDS (TOWERS * FLOORS * FLATS)

static int64_t flat_area(size_t flat)
{
	static const int64_t areas[FLATS] = { 893000, 1186000, 1021400, 1324500 };

	return areas[flat];
}

/* The ground floor pays least for a lift; hundredths. */
static int64_t floor_coefficient(size_t floor)
{
	return floor == 1 ? 30 : 70 + 3 * (int64_t)floor;
}

static const char *household_name(struct writer *writer, size_t n)
{
	return scribe_text(&writer->scribe, "%zu幢%02zu%02zu室", n / (FLOORS * FLATS) + 1,
		n / FLATS % FLOORS + 1, n % FLATS + 1);
}

static void jingduyuan_compounds(struct writer *writer)
{
	struct scribe *scribe = &writer->scribe;
	int64_t area = 0;
	size_t n;

	writer_compound(writer,
		&(struct compound){ .name = "京都苑",
			.kind = "commodity",
			.company = "美邻物业",
			.delivered = writer_day("1998-11-20"),
			.households = 388,
			.buildings = 4,
			.lifts = 8,
			.area = 388 * INT64_C(824000),
			.eligible = true });
	for (n = 0; n < HOUSEHOLDS; n++) {
		area += flat_area(n % FLATS);
	}
	writer_compound(writer,
		&(struct compound){ .name = "金都华庭",
			.kind = "commodity",
			.company = "恒心物业",
			.delivered = writer_day("2002-05-18"),
			.households = HOUSEHOLDS,
			.buildings = TOWERS,
			.lifts = PLAN_JINDUHUATING_LIFTS,
			.area = area,
			.eligible = true });
	for (n = 0; n < HOUSEHOLDS; n++) {
		size_t floor = n / FLATS % FLOORS + 1;

		SCRIBE(scribe, SHEET_HOUSEHOLD, "金都华庭",
			scribe_text(scribe, "%zu幢", n / (FLOORS * FLATS) + 1),
			household_name(writer, n), scribe_number(scribe, (int64_t)floor),
			scribe_number(scribe, flat_area(n % FLATS)),
			scribe_number(scribe, floor_coefficient(floor)));
	}
}

/* Each household's share of what the owners raised. */
static bool write_shares(struct writer *writer, const char *project, struct err *err)
{
	struct scribe *scribe = &writer->scribe;
	int64_t weights[HOUSEHOLDS], shares[HOUSEHOLDS];
	size_t n;

	for (n = 0; n < HOUSEHOLDS; n++) {
		weights[n] = flat_area(n % FLATS) * floor_coefficient(n / FLATS % FLOORS + 1);
	}
	if (!law_split(shares, PLAN_JINDUHUATING_FEN, weights, HOUSEHOLDS, err)) {
		return false;
	}
	for (n = 0; n < HOUSEHOLDS; n++) {
		const char *share = scribe_number(scribe, shares[n]);

		SCRIBE(scribe, SHEET_CONTRIBUTION, project, household_name(writer, n), share,
			share);
	}
	return true;
}

/* Six lifts, twenty-two years old, replaced with the owners' own money. */
static bool replace_lifts(struct writer *writer, struct err *err)
{
	struct deliberation d = { .compound = &writer->compounds[1],
		.title = "金都华庭6部电梯更换",
		.category = "设施改造",
		.stage = "done",
		.raised = writer_day("2024-01-08"),
		.decided = writer_day("2024-04-20"),
		.revisions = 2,
		.special = true };

	writer_deliberation(writer, &d);
	writer_project(writer,
		&(struct project){ .topic = d.title,
			.compound = d.compound->name,
			.category = "lift_replaced",
			.title = d.title,
			.share_method = "by_area_and_floor",
			.units = PLAN_JINDUHUATING_LIFTS,
			.self_raised = PLAN_JINDUHUATING_FEN,
			.started = writer_day("2024-06-03"),
			.accepted = writer_day("2024-10-25") });
	return write_shares(writer, d.title, err);
}

/* A ramp for four towers, revised five times before the residents agreed. */
static void build_ramp(struct writer *writer)
{
	static const char *const summaries[PLAN_RAMP_REVISIONS] = { "坡道移至大堂西侧,避开消防通道",
		"坡度由1:10放缓至1:12", "加装双层扶手和夜间照明", "减少占用绿地,补种同量绿植",
		"雨棚高度降低,不遮挡一层采光" };
	struct deliberation d = { .compound = &writer->compounds[0],
		.title = "京都苑残疾人坡道改造",
		.category = "设施改造",
		.stage = "done",
		.raised = writer_day("2023-06-12"),
		.decided = writer_day("2023-12-16"),
		.revisions = PLAN_RAMP_REVISIONS,
		.summaries = summaries,
		.special = true };

	d.sponsor = writer_person(writer,
		&(struct person){ .name = "夏女士", .decade = 1960, .roles = "resident,owner" });
	writer_deliberation(writer, &d);
	writer_project(writer,
		&(struct project){ .topic = d.title,
			.compound = d.compound->name,
			.category = "ramp",
			.title = d.title,
			.share_method = "",
			.units = 4,
			.special_fund = 18600000,
			.started = writer_day("2024-01-08"),
			.accepted = writer_day("2024-03-29") });
}

static bool jingduyuan_story(struct writer *writer, struct err *err)
{
	struct dice *dice = &writer->dice;
	size_t i, others = PLAN_JINGDUYUAN_PROJECTS - 2;

	build_ramp(writer);
	for (i = 0; i < others; i++) {
		/* Not of lifts: those are told above. */
		const struct subject *subject = &names_subjects[2 + i % (NAMES_SUBJECTS - 2)];
		const char *compound = writer->compounds[i % writer->compound_count].name;
		int64_t fen = 100000 *
			dice_between(dice, subject->yuan_least / 1000, subject->yuan_most / 1000);
		struct project p = { .topic = "",
			.compound = compound,
			.share_method = "",
			.category = subject->project,
			.units = 1,
			.maintenance_fund = fen / 2,
			.special_fund = fen - fen / 2 };

		p.title = scribe_text(
			&writer->scribe, "%s%s(民生实事第%zu件)", compound, subject->name, i + 1);
		p.started = writer_day("2019-02-20") + 48 * (int64_t)i;
		p.accepted = p.started + dice_between(dice, 30, 90);
		writer_project(writer, &p);
	}
	return replace_lifts(writer, err);
}

/* ---- 望澜府 -------------------------------------------------------- */

static void wanglanfu_compounds(struct writer *writer)
{
	writer_compound(writer,
		&(struct compound){ .name = "望澜府",
			.kind = "commodity",
			.company = "嘉和物业",
			.delivered = writer_day("2019-12-28"),
			.households = 756,
			.buildings = 9,
			.lifts = 18,
			.area = 756 * INT64_C(1127000),
			.eligible = true,
			.own_committee = true });
}

/* Found, selected, vetted; one in three goes no further. */
static void search_widely(struct writer *writer, const char *committee, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct candidacy c = { .committee = committee,
			.origin = "走访寻访",
			.step = "out",
			.lacks_time = i % 2 == 0 };

		c.person = writer_anybody(writer, "owner");
		writer_candidate(writer, &c);
	}
}

static void elect(struct writer *writer, struct seat seat, const char *origin)
{
	struct candidacy c = { .committee = seat.committee,
		.person = seat.person,
		.origin = origin,
		.step = "elected" };

	writer_candidate(writer, &c);
	writer_seat(writer, &seat);
}

static void elect_committees(struct writer *writer)
{
	static const char *const positions[PLAN_WANGLANFU_FIRST_TERM] = { "主任", "副主任", "委员",
		"委员", "委员" };
	int64_t first = writer_day("2020-12-25"), second = writer_day("2023-12-22");
	const char *committees[2];
	size_t i;

	committees[0] = writer_committee(
		writer, &(struct committee){ "望澜府", "expired", 1, first, second });
	committees[1] = writer_committee(writer,
		&(struct committee){ "望澜府", "formed", 2, second, writer_day("2028-12-21") });
	search_widely(writer, committees[0], 4);
	search_widely(writer, committees[1], 3);
	for (i = 0; i < PLAN_WANGLANFU_FIRST_TERM; i++) {
		struct seat seat = { .committee = committees[0],
			.position = positions[i],
			.party_member = i < 2,
			.since = first,
			.until = second };
		struct person person = { .name = i == 0 ? "薛明强" : NULL,
			.decade = 1960 + 10 * (int64_t)(i % 3),
			.party_member = seat.party_member,
			.roles = "owner,committee_member" };

		seat.person = writer_person(writer, &person);
		elect(writer, seat, "社区党组织推荐");
		seat.committee = committees[1];
		seat.re_elected = true;
		seat.since = second;
		seat.until = 0;
		elect(writer, seat, "连任");
	}
	for (i = 0; i < PLAN_WANGLANFU_NEW; i++) {
		struct seat seat = { .committee = committees[1],
			.position = "委员",
			.party_member = true,
			.since = second };
		struct person person = {
			.decade = 1990, .party_member = true, .roles = "owner,committee_member"
		};

		seat.person = writer_person(writer, &person);
		elect(writer, seat, "青年党员");
	}
}

static void hold_meetings(struct writer *writer)
{
	static const char *const outcomes[] = { "商定登高面整改时限", "开发商认领铝扣板维修",
		"垃圾房选址达成一致", "撤桶并点方案公示", "美好家园创建分工" };
	int64_t first = writer_day("2021-01-14"), last = writer_day("2024-12-05");
	size_t i;

	for (i = 0; i < PLAN_WANGLANFU_MEETINGS; i++) {
		bool joint = i % 5 < 2;
		struct meeting m = { .kind = joint ? "joint" : "symposium",
			.topic = "",
			.compound = "望澜府",
			.outcome = outcomes[i % 5] };

		m.parties = joint ? "community_committee,owners_committee,property_company,street"
				  : "owners_committee,property_company,developer,other";
		m.day = first + (last - first) * (int64_t)i / (PLAN_WANGLANFU_MEETINGS - 1);
		m.attendees = dice_between(&writer->dice, 7, 22);
		writer_meeting(writer, &m);
	}
}

static void wanglanfu_story(struct writer *writer)
{
	static const struct {
		const char *title, *category;
	} projects[PLAN_WANGLANFU_PROJECTS] = { { "望澜府消防登高面整改", "fire_access" },
		{ "望澜府垃圾分类撤桶并点", "waste_sorting" },
		{ "望澜府垃圾房改造", "waste_sorting" }, { "望澜府外立面铝扣板加固", "facade" },
		{ "望澜府美好家园小区创建", "other" }, { "望澜府地下车库照明改造", "other" },
		{ "望澜府非机动车充电棚", "other" }, { "望澜府儿童活动场地翻新", "other" },
		{ "望澜府监控补点", "other" }, { "望澜府门禁系统更新", "other" },
		{ "望澜府雨水管网疏通", "other" }, { "望澜府大堂无障碍坡道", "ramp" } };
	size_t i;

	elect_committees(writer);
	hold_meetings(writer);
	for (i = 0; i < PLAN_WANGLANFU_PROJECTS; i++) {
		struct deliberation d = { .compound = &writer->compounds[0],
			.category = "小区改造",
			.title = projects[i].title,
			.stage = "done",
			.revisions = i % 3 };
		struct project p = { .topic = d.title,
			.compound = "望澜府",
			.title = d.title,
			.category = projects[i].category,
			.units = 1,
			.share_method = "" };

		d.raised = writer_day("2021-02-01") + 105 * (int64_t)i;
		d.decided = d.raised + 65;
		writer_deliberation(writer, &d);
		p.maintenance_fund = 100000 * dice_between(&writer->dice, 40, 260);
		p.started = d.decided + 12;
		p.accepted = p.started + dice_between(&writer->dice, 45, 100);
		writer_project(writer, &p);
	}
}

/* ---- which is which ----------------------------------------------- */

void named_compounds(struct writer *writer)
{
	switch (writer->community->part) {
	case PART_ZHIZUNONG:
		zhizunong_compounds(writer);
		break;
	case PART_JINGDUYUAN:
		jingduyuan_compounds(writer);
		break;
	case PART_WANGLANFU:
		wanglanfu_compounds(writer);
		break;
	case PART_ORDINARY:
		break;
	}
}

bool named_stories(struct writer *writer, struct err *err)
{
	switch (writer->community->part) {
	case PART_ZHIZUNONG:
		zhizunong_story(writer);
		break;
	case PART_JINGDUYUAN:
		return jingduyuan_story(writer, err);
	case PART_WANGLANFU:
		wanglanfu_story(writer);
		break;
	case PART_ORDINARY:
		break;
	}
	return true;
}
