/* figures_asked.c -- see figures_asked.h. */
#include "test.h"

#include "figures_asked.h"

/* ---- asking ------------------------------------------------------- */

struct figures_query ask_for(const char *const *name, const char *period)
{
	struct figures_query query = { .names = name, .name_count = 1,
		.level = PLACE_DISTRICT };
	struct err err;

	assert_ok(period_parse(&query.period, view_of(period), &err), &err);
	return query;
}

/* "place[/breakdown]=n[/d] " for each figure; "?" where it is unknown. */
bool print_figure(void *ctx, const struct figure *figure, struct err *err)
{
	struct buf *out = ctx;

	(void)err;
	buf_text(out, figure->place);
	if (figure->breakdown != NULL) {
		buf_printf(out, "/%s", figure->breakdown);
	}
	if (!figure->known) {
		buf_text(out, "=? ");
	} else if (figure->denominator == 1) {
		buf_printf(out, "=%lld ", (long long)figure->numerator);
	} else {
		buf_printf(out, "=%lld/%lld ", (long long)figure->numerator,
			(long long)figure->denominator);
	}
	return true;
}

void assert_query(struct node *node, const struct figures_query *query,
	const char *expected)
{
	struct buf out = { 0 };
	struct err err;

	assert_ok(figures_ask(node, query, print_figure, &out, &err), &err);
	assert_string_equal(buf_str(&out), expected);
	buf_clear(&out);
}

void assert_figure(struct node *node, const char *name, const char *period,
	enum place_level level, const char *expected)
{
	struct figures_query query = ask_for(&name, period);

	query.level = level;
	assert_query(node, &query, expected);
}

void count_problem(void *ctx, const char *text)
{
	print_message("%s\n", text);
	++*(unsigned *)ctx;
}

/* Kept cells that are still true equal a recount; how many there are. */
uint64_t assert_recounts(struct node *node)
{
	unsigned problems = 0;
	uint64_t cells;
	struct err err;

	assert_ok(figures_check(node, &cells, count_problem, &problems, &err), &err);
	assert_int_equal(problems, 0);
	return cells;
}

/* ---- the world of most tests -------------------------------------- */

void activity(struct world *world, size_t node, const char *day, const char *served,
	const char *kind)
{
	char held_on[32], persons[32], kind_is[48];

	snprintf(held_on, sizeof(held_on), "held_on=%s", day);
	snprintf(persons, sizeof(persons), "served=%s", served);
	snprintf(kind_is, sizeof(kind_is), "kind=%s", kind);
	world_put(world, node, NULL, "activity", "title=服务日", held_on, persons, kind_is,
		"service_day=true", NULL);
}

int make_world(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world_init(world, "2024-08-15");
	world_join(world, "zhizunong", "知足弄社区", "潮鸣街道");
	world_join(world, "jingduyuan", "京都苑社区", "文晖街道");
	world_join(world, "silent", "沉默社区", "文晖街道");
	activity(world, A, "2024-01-10", "40", "convenience_service");
	activity(world, A, "2024-02-10", "40", "anti_fraud");
	activity(world, A, "2024-07-10", "40", "convenience_service");
	activity(world, B, "2024-02-11", "15", "convenience_service");
	world_send(world, A, DISTRICT);
	world_send(world, B, DISTRICT);
	*state = world;
	return 0;
}

int end_world(void **state)
{
	world_clear(*state);
	free(*state);
	return 0;
}
