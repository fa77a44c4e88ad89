/* test_figures.c -- figures over a small federation, and their coverage. */
#include "periods.h"
#include "ratio.h"
#include "test.h"

#include <jansson.h>

#include "figures_json.h"
#include "figures_show.h"
#include "figures_asked.h"
#include "node_private.h"
#include "table.h"

static void test_figures__add_up_by_period_and_place(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];

	assert_figure(district, "activity_served", "2024-Q1", PLACE_DISTRICT, "district=95 ");
	assert_figure(district, "activity_served", "2024-07", PLACE_DISTRICT, "district=40 ");
	assert_figure(district, "activity_served", "2024", PLACE_DISTRICT, "district=135 ");
	assert_figure(district, "activity_served", "2023", PLACE_DISTRICT, "district=0 ");
	assert_figure(district, "activity_served", "2024", PLACE_STREET,
		"文晖街道=15 潮鸣街道=120 ");
	assert_figure(district, "activity_served", "2024", PLACE_COMMUNITY,
		"jingduyuan=15 silent=0 zhizunong=120 ");
	assert_int_not_equal(assert_recounts(district), 0);
}

/* A place is found by whatever it is called, and narrows what is given. */
static void test_figures__of_one_place(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	const char *name = "activity_served";
	struct figures_query query = ask_for(&name, "2024");
	struct buf out = { 0 };
	struct err err;

	query.place = "文晖街道";
	assert_query(district, &query, "文晖街道=15 ");
	query.level = PLACE_COMMUNITY;
	assert_query(district, &query, "jingduyuan=15 silent=0 ");
	query.place = "知足弄社区";
	assert_query(district, &query, "zhizunong=120 ");
	query.place = "zhizunong";
	query.level = PLACE_STREET;
	assert_query(district, &query, "zhizunong=120 ");
	query.place = "district";
	query.level = PLACE_DISTRICT;
	assert_query(district, &query, "district=135 ");
	query.place = "拱墅区";
	assert_query(district, &query, "district=135 ");
	query.place = "西湖区";
	assert_refused(figures_ask(district, &query, print_figure, &out, &err), &err,
		ERR_NOT_FOUND);
	name = "happiness";
	query.place = NULL;
	assert_refused(figures_ask(district, &query, print_figure, &out, &err), &err,
		ERR_NOT_FOUND);
	buf_clear(&out);
}

/* Broken down there are the parts only: adding up what is shown stays right. */
static void test_figures__by_breakdown(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	const char *name = "activity_served";
	struct figures_query query = ask_for(&name, "2024");

	query.by_breakdown = true;
	assert_query(district, &query,
		"district/convenience_service=95 district/anti_fraud=40 ");
	query.level = PLACE_STREET;
	assert_query(district, &query,
		"文晖街道/convenience_service=15 潮鸣街道/convenience_service=80 "
		"潮鸣街道/anti_fraud=40 ");
	name = "disputes_open";
	query.level = PLACE_DISTRICT;
	assert_query(district, &query, "district=0 ");
	/* A record that names no kind is a part of its own, the last. */
	name = "activity_count";
	world_put(world, A, NULL, "activity", "title=无类别", "held_on=2024-03-03", NULL);
	world_send(world, A, DISTRICT);
	assert_query(district, &query,
		"district/convenience_service=3 district/anti_fraud=1 district/=1 ");
}

/* ---- coverage ----------------------------------------------------- */

static bool print_coverage(void *ctx, const struct figure *figure, struct err *err)
{
	const struct coverage *coverage = &figure->coverage;
	struct buf *out = ctx;
	size_t i;

	(void)err;
	buf_printf(out, "%s %llu/%llu", figure->place, (unsigned long long)coverage->included,
		(unsigned long long)coverage->expected);
	for (i = 0; i < coverage->silent_count; i++) {
		char since[CIVIL_DATE_BYTES] = "never";

		if (coverage->silent_since[i] != 0) {
			civil_date_at(since, coverage->silent_since[i]);
		}
		buf_printf(out, " %s:%s", coverage->silent[i], since);
	}
	buf_text(out, "; ");
	return true;
}

static void assert_coverage(struct node *node, const char *period, enum place_level level,
	const char *expected)
{
	const char *name = "activity_served";
	struct figures_query query = ask_for(&name, period);
	struct buf out = { 0 };
	struct err err;

	query.level = level;
	assert_ok(figures_ask(node, &query, print_coverage, &out, &err), &err);
	assert_string_equal(buf_str(&out), expected);
	buf_clear(&out);
}

/* Who reported is seen from signed bundles, not from a box that is ticked. */
static void test_coverage__names_the_silent_and_since_when(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];

	/* Over by mid-August: bundles of that month say that all of it was there. */
	assert_coverage(district, "2024-Q1", PLACE_DISTRICT, "district 2/3 silent:never; ");
	assert_coverage(district, "2024-Q1", PLACE_STREET,
		"文晖街道 1/2 silent:never; 潮鸣街道 1/1; ");
	assert_coverage(district, "2024-Q1", PLACE_COMMUNITY,
		"jingduyuan 1/1; silent 0/1 silent:never; zhizunong 1/1; ");
	/* Still running: a bundle since its beginning. */
	assert_coverage(district, "2024-08", PLACE_DISTRICT, "district 2/3 silent:never; ");
	/* In September nobody has reported, and August was not complete. */
	world_set_date(world, "2024-09-02");
	assert_coverage(district, "2024-08", PLACE_DISTRICT,
		"district 0/3 jingduyuan:2024-08-15 silent:never zhizunong:2024-08-15; ");
	assert_coverage(district, "2024", PLACE_DISTRICT, "district 2/3 silent:never; ");
	activity(world, B, "2024-08-20", "1", "other");
	world_send(world, B, DISTRICT);
	assert_coverage(district, "2024-08", PLACE_DISTRICT,
		"district 1/3 silent:never zhizunong:2024-08-15; ");
	/* Not begun. */
	assert_coverage(district, "2025", PLACE_COMMUNITY,
		"jingduyuan 0/1 jingduyuan:2024-09-02; silent 0/1 silent:never; "
		"zhizunong 0/1 zhizunong:2024-08-15; ");
}

/* A community's node holds only parts of others' records: it counts itself. */
static void test_coverage__a_community_counts_itself(void **state)
{
	struct world *world = *state;
	const char *name = "activity_served";
	struct figures_query query = ask_for(&name, "2024");
	struct buf out = { 0 };
	struct err err;

	assert_figure(world->nodes[A], "activity_served", "2024", PLACE_DISTRICT,
		"district=120 ");
	assert_coverage(world->nodes[A], "2024-Q1", PLACE_DISTRICT, "district 1/1; ");
	query.place = "jingduyuan";
	assert_refused(figures_ask(world->nodes[A], &query, print_figure, &out, &err), &err,
		ERR_NOT_FOUND);
	buf_clear(&out);
	/* Drafts that are not signed yet count at once. */
	activity(world, A, "2024-05-01", "7", "other");
	assert_figure(world->nodes[A], "activity_served", "2024", PLACE_COMMUNITY,
		"zhizunong=127 ");
	assert_int_not_equal(assert_recounts(world->nodes[A]), 0);
}

/* ---- indicators, medians, distinct, series ------------------------ */

static void compound(struct world *world, size_t node, struct record_id *id, const char *name)
{
	char named[64];

	snprintf(named, sizeof(named), "name=%s", name);
	world_put(world, node, id, "compound", named, "eligible=true", NULL);
}

static void committee(struct world *world, size_t node, const struct record_id *compound_id,
	const char *formed_on)
{
	char reference[64] = "compound=", formed[32];

	record_id_print(reference + strlen(reference), compound_id->bytes, compound_id->len,
		false);
	snprintf(formed, sizeof(formed), "formed_on=%s", formed_on);
	world_put(world, node, NULL, "owners_committee", reference, "term=1", "step=formed",
		formed, NULL);
}

/* 1 of 1 and 0 of 3 is 1 of 4, not the mean of 100 % and 0 %. */
static void test_indicator__is_sum_over_sum(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct record_id id;

	assert_figure(district, "committee_coverage", "2024", PLACE_DISTRICT, "district=? ");
	compound(world, A, &id, "望澜府");
	committee(world, A, &id, "2024-03-01");
	compound(world, B, &id, "金都华庭");
	compound(world, B, &id, "京都苑");
	compound(world, B, &id, "和睦新村");
	world_send(world, A, DISTRICT);
	world_send(world, B, DISTRICT);
	assert_figure(district, "committee_coverage", "2024", PLACE_DISTRICT, "district=1/4 ");
	assert_figure(district, "committee_coverage", "2024", PLACE_COMMUNITY,
		"jingduyuan=0/3 silent=? zhizunong=1 ");
}

static void dispute(struct world *world, size_t node, const char *opened_on,
	const char *closed_on)
{
	char opened[32], closed[32];

	snprintf(opened, sizeof(opened), "opened_on=%s", opened_on);
	snprintf(closed, sizeof(closed), "closed_on=%s", closed_on);
	world_put(world, node, NULL, "dispute", "category=停车", opened, closed,
		"outcome=mediated", NULL);
}

/* The district's median is that of all disputes, not of the communities' medians. */
static void test_figures__medians_are_of_all_rows(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];

	assert_figure(district, "dispute_days", "2024", PLACE_DISTRICT, "district=? ");
	dispute(world, A, "2024-01-01", "2024-01-02");
	dispute(world, A, "2024-01-01", "2024-01-03");
	dispute(world, A, "2024-01-01", "2024-01-04");
	dispute(world, B, "2024-01-01", "2024-01-31");
	world_send(world, A, DISTRICT);
	world_send(world, B, DISTRICT);
	assert_figure(district, "dispute_days", "2024", PLACE_DISTRICT, "district=5/2 ");
	assert_figure(district, "dispute_days", "2024", PLACE_COMMUNITY,
		"jingduyuan=30 silent=? zhizunong=2 ");
}

static void attend(struct world *world, size_t node, const struct record_id *session)
{
	char reference[64] = "session=";

	record_id_print(reference + strlen(reference), session->bytes, session->len, false);
	world_put(world, node, NULL, "attendance", reference, "completed=true", NULL);
}

/*
 * One session attended by two communities is one session; and what the
 * district changes in its own record makes the communities' cells stale.
 */
static void test_figures__distinct_counts_are_counted_at_each_level(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	const char *name = "training_sessions";
	struct figures_query query = ask_for(&name, "2024");
	struct record_id course, session;
	char reference[64] = "course=";

	world_put(world, DISTRICT, &course, "course", "title=岗前培训", "kind=induction", NULL);
	record_id_print(reference + strlen(reference), course.bytes, course.len, false);
	world_put(world, DISTRICT, &session, "training_session", reference, "held_on=2024-04-01",
		NULL);
	world_put(world, DISTRICT, NULL, "training_session", reference, "held_on=2024-04-02",
		NULL);
	world_send(world, DISTRICT, A);
	world_send(world, DISTRICT, B);
	attend(world, A, &session);
	attend(world, B, &session);
	world_send(world, A, DISTRICT);
	world_send(world, B, DISTRICT);
	assert_query(district, &query, "district=2 ");
	query.level = PLACE_COMMUNITY;
	assert_query(district, &query, "jingduyuan=1 silent=0 zhizunong=1 ");
	query.by_breakdown = true;
	assert_query(district, &query, "jingduyuan/induction=1 zhizunong/induction=1 ");
	world_change(world, DISTRICT, &course, "course", "kind=advanced", NULL);
	assert_query(district, &query, "jingduyuan/advanced=1 zhizunong/advanced=1 ");
	assert_recounts(district);
}

/* Money is kept in fen and read in yuan; a share of it has no unit. */
static void test_figures__units_are_those_that_people_read(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	const char *name = "funds";
	struct figures_query query = ask_for(&name, "2024");

	world_put(world, A, NULL, "project", "title=电梯", "category=lift_replaced",
		"self_raised=70000050", "special_fund=30000000", "accepted_on=2024-06-01", NULL);
	world_send(world, A, DISTRICT);
	assert_query(district, &query, "district=100000050/100 ");
	query.by_breakdown = true;
	assert_query(district, &query,
		"district/self_raised=70000050/100 district/special_fund=30000000/100 ");
	assert_figure(district, "self_raised_share", "2024", PLACE_DISTRICT,
		"district=70000050/100000050 ");
}

static bool print_series(void *ctx, const struct figure *figure, struct err *err)
{
	struct buf *out = ctx;

	(void)err;
	assert_true(figure->has_previous);
	buf_printf(out, "%s %s %lld<-%lld %s; ", figure->name, figure->breakdown,
		figure->known ? (long long)figure->numerator : -1,
		figure->previous_known ? (long long)figure->previous_numerator : -1,
		figure->good == 0 ? "-" : figure->good > 0 ? "good" : "bad");
	return true;
}

/* Three up, one down: fewer disputes are good, more committees are good. */
static void test_series__judges_the_direction(void **state)
{
	struct world *world = *state;
	const char *name = "three_up_one_down";
	struct figures_query query = ask_for(&name, "2024");
	struct buf out = { 0 };
	struct record_id id;
	struct err err;

	dispute(world, A, "2023-01-01", "2023-01-02");
	dispute(world, A, "2023-01-01", "2023-01-02");
	dispute(world, A, "2024-01-01", "2024-01-02");
	compound(world, A, &id, "望澜府");
	committee(world, A, &id, "2024-03-01");
	world_send(world, A, DISTRICT);
	assert_ok(figures_ask(world->nodes[DISTRICT], &query, print_series, &out, &err), &err);
	assert_string_equal(buf_str(&out),
		"three_up_one_down committee_formed 1<-0 good; "
		"three_up_one_down score_property_old -1<--1 -; "
		"three_up_one_down score_management_resettlement -1<--1 -; "
		"three_up_one_down disputes_opened 1<-2 good; ");
	dispute(world, B, "2024-01-01", "2024-01-02");
	dispute(world, B, "2024-01-01", "2024-01-02");
	world_send(world, B, DISTRICT);
	buf_reset(&out);
	assert_ok(figures_ask(world->nodes[DISTRICT], &query, print_series, &out, &err), &err);
	assert_non_null(strstr(buf_str(&out), "disputes_opened 3<-2 bad"));
	buf_clear(&out);
}

#define MEASURES_MAX 100

/* Adds up, by measure; each figure is to carry its coverage. */
struct year {
	const struct model *model;
	struct ratio sums[MEASURES_MAX];
};

static bool add_figure(void *ctx, const struct figure *figure, struct err *err)
{
	struct year *year = ctx;
	const struct measure *measure = model_measure(year->model, view_of(figure->name));
	struct ratio *sum;

	assert_int_equal(figure->coverage.expected, 3);
	assert_int_equal(figure->coverage.included + figure->coverage.silent_count, 3);
	if (measure == NULL || !figure->known) {
		return true;
	}
	sum = &year->sums[measure - year->model->measures];
	return ratio_add(sum, (struct ratio){ true, figure->numerator, figure->denominator }, err);
}

static void ask_year(struct node *node, const char *const *periods, size_t count,
	struct year *year)
{
	struct figures_query query;
	struct err err;
	size_t i;

	year->model = node_model(node);
	assert_true(year->model->measure_count <= MEASURES_MAX);
	for (i = 0; i < MEASURES_MAX; i++) {
		year->sums[i] = ratio_whole(0);
	}
	for (i = 0; i < count; i++) {
		query = ask_for(NULL, periods[i]);
		query.name_count = 0;
		assert_ok(figures_ask(node, &query, add_figure, year, &err), &err);
	}
}

/* Whatever is counted one by one when it happens: nothing falls between two periods. */
static void test_periods__months_and_quarters_make_the_year(void **state)
{
	static const char *const whole[] = { "2024" };
	static const char *const quarters[] = { "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4" };
	static const char *const months[] = { "2024-01", "2024-02", "2024-03", "2024-04",
		"2024-05", "2024-06", "2024-07", "2024-08", "2024-09", "2024-10", "2024-11",
		"2024-12" };
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct year of_whole, of_quarters, of_months;
	size_t i, some = 0;

	activity(world, A, "2023-12-31", "1000", "other");
	activity(world, A, "2024-01-01", "1", "other");
	activity(world, A, "2024-03-31", "2", "other");
	activity(world, A, "2024-04-01", "4", "other");
	activity(world, B, "2024-12-31", "8", "other");
	activity(world, B, "2025-01-01", "1000", "other");
	world_put(world, A, NULL, "dispute", "opened_on=2024-02-29", "closed_on=2024-06-30",
		"outcome=settled", NULL);
	world_put(world, A, NULL, "meeting", "kind=red_tea", "held_on=2024-09-30", "attendees=12",
		NULL);
	world_put(world, B, NULL, "project", "category=lift_added", "title=加装电梯", "units=6",
		"accepted_on=2024-10-01", "self_raised=70000000", NULL);
	world_send(world, A, DISTRICT);
	world_send(world, B, DISTRICT);
	ask_year(district, whole, 1, &of_whole);
	ask_year(district, quarters, 4, &of_quarters);
	ask_year(district, months, 12, &of_months);
	for (i = 0; i < of_whole.model->measure_count; i++) {
		const struct measure *measure = &of_whole.model->measures[i];

		if (measure->as_of || !measure->per_record || measure->aggregate != AGGREGATE_SUM) {
			continue;
		}
		if (ratio_compare(of_whole.sums[i], of_quarters.sums[i]) != 0 ||
			ratio_compare(of_whole.sums[i], of_months.sums[i]) != 0) {
			fail_msg("the parts of %s do not make the whole", measure->name);
		}
		some += of_whole.sums[i].numerator != 0;
	}
	assert_int_equal(some, 11);
}

/* In decimal. */
static void print_value(struct buf *out, int64_t numerator, int64_t denominator)
{
	ratio_print(out, (struct ratio){ true, numerator, denominator }, 3);
}

/* "name=value[low,high] ", "name=value[?] " where it is not ranged. */
static bool print_range(void *ctx, const struct figure *figure, struct err *err)
{
	struct buf *out = ctx;

	(void)err;
	buf_printf(out, "%s=", figure->name);
	print_value(out, figure->numerator, figure->denominator);
	if (figure->ranged) {
		buf_text(out, "[");
		print_value(out, figure->low.numerator, figure->low.denominator);
		buf_text(out, ",");
		print_value(out, figure->high.numerator, figure->high.denominator);
		buf_text(out, "] ");
	} else {
		buf_text(out, "[?] ");
	}
	return true;
}

static void assert_range(struct node *node, const char *name, enum place_level level,
	const char *place, const char *expected)
{
	struct figures_query query = ask_for(&name, "2024");
	struct buf out = { 0 };
	struct err err;

	query.level = level;
	query.place = place;
	assert_ok(figures_ask(node, &query, print_range, &out, &err), &err);
	assert_string_equal(buf_str(&out), expected);
	buf_clear(&out);
}

/*
 * While nobody has decided between two values, the figure says how far it can
 * still go: from what is counted, not from a tick box.
 */
static void test_coverage__says_what_open_conflicts_span(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct record_id project;

	world_put(world, A, &project, "project", "title=加装电梯", "category=lift_added",
		"accepted_on=2024-05-01", "self_raised=10000", "special_fund=50000", NULL);
	world_put(world, A, NULL, "project", "title=坡道", "category=ramp",
		"accepted_on=2024-06-01", "self_raised=20000", NULL);
	world_send(world, A, DISTRICT);
	assert_range(district, "funds_self_raised", PLACE_DISTRICT, NULL,
		"funds_self_raised=300[300,300] ");
	world_change(world, A, &project, "project", "self_raised=40000", NULL);
	world->now_ms += 1000;
	world_change(world, DISTRICT, &project, "project", "self_raised=30000", NULL);
	world_send(world, A, DISTRICT);
	assert_range(district, "funds_self_raised", PLACE_DISTRICT, NULL,
		"funds_self_raised=500[500,600] ");
	assert_range(district, "funds", PLACE_STREET, "潮鸣街道", "funds=1000[1000,1100] ");
	/* No conflict there; and none that touches that. */
	assert_range(district, "funds", PLACE_STREET, "文晖街道", "funds=0[0,0] ");
	assert_range(district, "activity_served", PLACE_DISTRICT, NULL,
		"activity_served=135[135,135] ");
	/* Between 500/1100 and 600/1000. */
	assert_range(district, "self_raised_share", PLACE_DISTRICT, NULL,
		"self_raised_share=0.5[0.455,0.6] ");
	/* Decided: nothing is open any more. */
	world_change(world, DISTRICT, &project, "project", "self_raised=40000", NULL);
	assert_range(district, "funds_self_raised", PLACE_DISTRICT, NULL,
		"funds_self_raised=600[600,600] ");
}

/* "name[/breakdown]=now,last,year before" for each figure. */
static bool print_trend(void *ctx, const struct figure *figure, struct err *err)
{
	const struct figure_value values[] = {
		{ figure->known, figure->numerator, figure->denominator }, figure->last,
		figure->year_before };
	struct buf out = { 0 };
	size_t i;

	(void)err;
	assert_true(figure->has_trends);
	buf_printf(&out, "%s%s%s", figure->name, figure->breakdown != NULL ? "/" : "",
		figure->breakdown != NULL ? figure->breakdown : "");
	for (i = 0; i < 3; i++) {
		buf_printf(&out, "%c", i == 0 ? '=' : ',');
		if (!values[i].known) {
			buf_text(&out, "?");
		} else {
			buf_printf(&out, "%lld", (long long)values[i].numerator);
			assert_int_equal(values[i].denominator, 1);
		}
	}
	buf_text(&out, " ");
	buf_view(ctx, buf_as_view(&out));
	buf_clear(&out);
	return true;
}

/* A number says little without the one before: of a quarter the last, and last year's. */
static void test_trends__stand_beside_the_figure(void **state)
{
	struct world *world = *state;
	const char *const names[] = { "activity_served", "dispute_days" };
	struct figures_query query = ask_for(names, "2024-Q1");
	struct buf out = { 0 };
	struct err err;

	activity(world, A, "2023-02-10", "7", "anti_fraud");
	activity(world, A, "2023-12-31", "2", "other");
	world_put(world, A, NULL, "dispute", "opened_on=2023-12-01", "closed_on=2023-12-04",
		"outcome=settled", NULL);
	world_send(world, A, DISTRICT);
	query.trends = true;
	query.name_count = 2;
	assert_ok(figures_ask(world->nodes[DISTRICT], &query, print_trend, &out, &err), &err);
	assert_string_equal(buf_str(&out), "activity_served=95,2,7 dispute_days=?,3,? ");
	buf_reset(&out);
	query.name_count = 1;
	query.by_breakdown = true;
	assert_ok(figures_ask(world->nodes[DISTRICT], &query, print_trend, &out, &err), &err);
	assert_string_equal(buf_str(&out), "activity_served/convenience_service=55,?,? "
		"activity_served/anti_fraud=40,?,7 ");
	buf_clear(&out);
}

/*
 * A compound is seen by all, so any community can name it in records of its
 * own: they are that community's, and leave the compound's figures alone.
 */
static void test_figures__nobody_changes_another_communitys_figures(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	char reference[64] = "compound=";
	struct record_id id;

	compound(world, A, &id, "望澜府");
	committee(world, A, &id, "2024-03-01");
	world_send(world, A, DISTRICT);
	world_send(world, DISTRICT, B);
	assert_figure(district, "committee_formed", "2024", PLACE_COMMUNITY,
		"jingduyuan=0 silent=0 zhizunong=1 ");
	record_id_print(reference + strlen(reference), id.bytes, id.len, false);
	world_put(world, B, NULL, "owners_committee", reference, "term=9", "step=formed",
		"formed_on=2024-04-01", NULL);
	world_send(world, B, DISTRICT);
	assert_figure(district, "committee_formed", "2024", PLACE_COMMUNITY,
		"jingduyuan=1 silent=0 zhizunong=1 ");
	assert_recounts(district);
}

/* What the district gives to another community leaves the figures of the first. */
static void test_figures__follow_a_record_that_moves(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct record_id id;

	compound(world, A, &id, "望澜府");
	world_send(world, A, DISTRICT);
	assert_figure(district, "committee_eligible", "2024", PLACE_COMMUNITY,
		"jingduyuan=0 silent=0 zhizunong=1 ");
	world_change(world, DISTRICT, &id, "compound", "community=jingduyuan", NULL);
	assert_figure(district, "committee_eligible", "2024", PLACE_COMMUNITY,
		"jingduyuan=1 silent=0 zhizunong=0 ");
	world_change(world, DISTRICT, &id, "compound", "community=silent", NULL);
	assert_figure(district, "committee_eligible", "2024", PLACE_COMMUNITY,
		"jingduyuan=0 silent=1 zhizunong=0 ");
	assert_recounts(district);
}

/* ---- JSON --------------------------------------------------------- */

/* What programs build on: one schema, exact values, never null for []. */
static void test_json__has_the_promised_shape(void **state)
{
	struct world *world = *state;
	const char *name = "activity_served";
	struct figures_query query = ask_for(&name, "2024-Q1");
	struct buf out = { 0 };
	json_t *root, *figure, *coverage;
	json_error_t why;
	struct err err;

	assert_ok(figures_to_json(&out, world->nodes[DISTRICT], &query, &err), &err);
	root = json_loadb(buf_str(&out), out.len, JSON_REJECT_DUPLICATES, &why);
	assert_non_null(root);
	assert_int_equal(json_integer_value(json_object_get(root, "schema")), 1);
	assert_int_equal(json_array_size(json_object_get(root, "figures")), 1);
	figure = json_array_get(json_object_get(root, "figures"), 0);
	assert_string_equal(json_string_value(json_object_get(figure, "figure")), name);
	assert_string_equal(json_string_value(json_object_get(figure, "period")), "2024-Q1");
	assert_string_equal(json_string_value(json_object_get(figure, "place")), "district");
	assert_true(json_is_null(json_object_get(figure, "breakdown")));
	assert_true(json_is_integer(json_object_get(figure, "value")));
	assert_int_equal(json_integer_value(json_object_get(figure, "value")), 95);
	coverage = json_object_get(figure, "coverage");
	assert_int_equal(json_integer_value(json_object_get(coverage, "included")), 2);
	assert_int_equal(json_integer_value(json_object_get(coverage, "expected")), 3);
	assert_string_equal(json_string_value(json_array_get(json_object_get(coverage, "silent"),
				    0)), "silent");
	assert_int_equal(json_integer_value(json_object_get(coverage, "waiting_lines")), 0);
	json_decref(root);
	buf_reset(&out);
	query.name_count = 0;
	assert_ok(figures_to_json(&out, world->nodes[DISTRICT], &query, &err), &err);
	root = json_loadb(buf_str(&out), out.len, JSON_REJECT_DUPLICATES, &why);
	assert_non_null(root);
	json_decref(root);
	buf_clear(&out);
}

/* Unknown is null; a fraction is decimal. */
static void test_json__values(void **state)
{
	static const struct label label = { "率", "Rate" };
	struct figure figure = { .name = "rate", .label = &label, .period = "2024",
		.place = "district", .place_name = "拱\"墅", .denominator = 3, .numerator = 2,
		.known = true, .percent = true, .has_previous = true, .previous_known = true,
		.previous_numerator = 1, .previous_denominator = 2, .good = -1 };
	struct buf out = { 0 };

	(void)state;
	figures_json_one(&out, &figure);
	assert_non_null(strstr(buf_str(&out), "\"value\":0.666667,\"numerator\":2,"));
	assert_non_null(strstr(buf_str(&out), "\"place_name\":\"拱\\\"墅\""));
	assert_non_null(strstr(buf_str(&out),
		"\"previous\":0.5,\"change\":0.166667,\"good\":false"));
	assert_non_null(strstr(buf_str(&out), "\"silent\":[]"));
	buf_reset(&out);
	figure.known = false;
	figures_json_one(&out, &figure);
	assert_non_null(strstr(buf_str(&out), "\"value\":null,\"numerator\":null,"));
	assert_non_null(strstr(buf_str(&out), "\"change\":null"));
	buf_clear(&out);
}

/* ---- for people --------------------------------------------------- */

/* The figures as a pipe gets them, then the notes. */
static void show(struct node *node, const struct figures_query *query, bool zh,
	struct buf *out)
{
	struct err err;

	assert_ok(figures_to_text(out, node, query, zh, (struct table_style){ 0 }, &err), &err);
}

/* A number without its coverage is half the truth: both stand in the table. */
static void test_table__shows_value_unit_and_coverage(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	const char *name = "activity_served";
	struct figures_query query = ask_for(&name, "2024-Q1");
	struct buf out = { 0 };

	show(district, &query, true, &out);
	assert_non_null(strstr(buf_str(&out), "活动服务人次"));
	assert_non_null(strstr(buf_str(&out), "95"));
	assert_non_null(strstr(buf_str(&out), "2/3"));
	assert_non_null(strstr(buf_str(&out), "未报送:沉默社区(从未)。"));
	buf_reset(&out);
	show(district, &query, false, &out);
	assert_non_null(strstr(buf_str(&out), "Silent: 沉默社区 (never)."));
	/* Of several places each that lacks somebody says whom. */
	buf_reset(&out);
	query.level = PLACE_STREET;
	show(district, &query, false, &out);
	assert_non_null(strstr(buf_str(&out), "文晖街道"));
	assert_non_null(strstr(buf_str(&out), "Silent: 沉默社区 (never)."));
	/* Of communities the table itself says it. */
	buf_reset(&out);
	query.level = PLACE_COMMUNITY;
	show(district, &query, false, &out);
	assert_non_null(strstr(buf_str(&out), "0/1"));
	assert_null(strstr(buf_str(&out), "Silent"));
	buf_clear(&out);
}

/* All figures at once: percentages, unknown values, and the series' judgement. */
static void test_table__shows_all_kinds(void **state)
{
	struct world *world = *state;
	struct node *district = world->nodes[DISTRICT];
	struct figures_query query = ask_for(NULL, "2024");
	struct buf out = { 0 };
	struct record_id id;

	query.name_count = 0;
	compound(world, A, &id, "望澜府");
	committee(world, A, &id, "2024-03-01");
	dispute(world, A, "2024-01-01", "2024-01-02");
	compound(world, B, &id, "金都华庭");
	compound(world, B, &id, "和睦新村");
	world_send(world, A, DISTRICT);
	world_send(world, B, DISTRICT);
	show(district, &query, false, &out);
	assert_non_null(strstr(buf_str(&out), "33.3  %"));
	assert_non_null(strstr(buf_str(&out), "better"));
	assert_non_null(strstr(buf_str(&out), "worse"));
	assert_non_null(strstr(buf_str(&out), "not comparable"));
	assert_non_null(strstr(buf_str(&out), "+1"));
	buf_clear(&out);
}

/* A state of the running year is today's: nobody knows the one of New Year's Eve. */
static void test_period__states_go_by_the_day(void **state)
{
	static const char tomorrow[] = "2026-11-25";
	const struct measure flow = { .as_of = false }, as_of = { .as_of = true };
	struct period asked, period, again;
	struct err err;

	(void)state;
	assert_ok(period_parse(&asked, VIEW_LITERAL("2026"), &err), &err);
	period_of_measure(&period, &flow, &asked, tomorrow);
	assert_string_equal(period.name, "2026");
	period_of_measure(&period, &as_of, &asked, tomorrow);
	assert_string_equal(period.name, "2026-11-25");
	assert_string_equal(period.to, "2026-11-25");
	assert_ok(period_parse(&asked, VIEW_LITERAL("2024-Q1"), &err), &err);
	period_of_measure(&period, &as_of, &asked, tomorrow);
	assert_string_equal(period.to, "2024-04-01");
	assert_true(period_of_cell(&again, period.name));
	assert_string_equal(again.to, period.to);
	assert_true(period_of_cell(&again, "2024-Q1"));
	assert_false(period_of_cell(&again, "2024-02-30"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)
		IN_WORLD(test_figures__add_up_by_period_and_place),
		IN_WORLD(test_figures__of_one_place),
		IN_WORLD(test_figures__by_breakdown),
		IN_WORLD(test_coverage__names_the_silent_and_since_when),
		IN_WORLD(test_coverage__a_community_counts_itself),
		IN_WORLD(test_indicator__is_sum_over_sum),
		IN_WORLD(test_figures__medians_are_of_all_rows),
		IN_WORLD(test_figures__distinct_counts_are_counted_at_each_level),
		IN_WORLD(test_figures__units_are_those_that_people_read),
		IN_WORLD(test_series__judges_the_direction),
		IN_WORLD(test_periods__months_and_quarters_make_the_year),
		IN_WORLD(test_coverage__says_what_open_conflicts_span),
		IN_WORLD(test_trends__stand_beside_the_figure),
		IN_WORLD(test_figures__nobody_changes_another_communitys_figures),
		IN_WORLD(test_figures__follow_a_record_that_moves),
		IN_WORLD(test_json__has_the_promised_shape),
		cmocka_unit_test(test_period__states_go_by_the_day),
		cmocka_unit_test(test_json__values),
		IN_WORLD(test_table__shows_value_unit_and_coverage),
		IN_WORLD(test_table__shows_all_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
