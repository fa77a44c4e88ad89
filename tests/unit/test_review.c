/* test_review.c -- lines held, judged, returned and sent again; linli/review.h. */
#include "federation.h"
#include "linli/review.h"
#include "node_private.h"
#include "test.h"
#include "verdict.h"

struct world {
	char *folder;
	struct node *district, *a, *b;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->folder = scratch_folder();
	world->district = found_district(world->folder);
	world->a = join_community(world->folder, "a", world->district, "zhizu", "知足弄社区");
	world->b = join_community(world->folder, "b", world->district, "cuihu", "翠湖社区");
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	node_close(world->a);
	node_close(world->b);
	node_close(world->district);
	scratch_remove(world->folder);
	free(world);
	return 0;
}

/* Sign what ${from} has and give it to ${to}. */
static void carry(struct node *from, struct node *to)
{
	struct tally packed;
	struct err err = { 0 };

	assert_ok(outbox_pack(from, &packed, &err), &err);
	give_all(from, to);
}

/* Until nobody has anything new. */
static void quiet(struct world *world)
{
	struct balance balance;
	struct err err = { 0 };
	int i;

	for (i = 0; i < 3; i++) {
		carry(world->a, world->district);
		carry(world->b, world->district);
		carry(world->district, world->a);
		carry(world->district, world->b);
	}
	assert_ok(chains_balance(world->district, &balance, &err), &err);
	assert_ok(chains_balance(world->a, &balance, &err), &err);
	assert_ok(chains_balance(world->b, &balance, &err), &err);
}

static void policy(struct node *district, const char *entity, const char *field, bool review,
	uint32_t reviewers)
{
	struct policy policy = { .review = review, .reviewers = reviewers };
	struct err err = { 0 };

	strcpy(policy.entity, entity);
	strcpy(policy.field, field);
	assert_ok(policy_set(district, &policy, &err), &err);
}

/* Bundles with waiting lines, and what they hold. */
struct queue {
	size_t bundles;
	uint64_t waiting;
	unsigned reasons;
	struct place places[64];
};

static bool count_bundle(void *ctx, const struct held_bundle *bundle, struct err *err)
{
	struct queue *queue = ctx;

	(void)err;
	queue->places[queue->bundles++ % 64] = bundle->info.place;
	queue->waiting += bundle->info.waiting;
	queue->reasons |= bundle->reasons;
	return true;
}

static struct queue queue_of(struct node *district)
{
	struct queue queue = { 0 };
	struct err err = { 0 };

	assert_ok(review_each(district, count_bundle, &queue, &err), &err);
	return queue;
}

/* Lines of one bundle that are of ${entity} (NULL: any) and in ${state}. */
struct finding {
	const char *entity;
	enum line_state state;
	uint32_t lines[64];
	size_t count;
	char waits_for[512];
	size_t waits_for_count; /* of the last one */
};

static bool find_line(void *ctx, const struct line_view *line, struct err *err)
{
	struct finding *finding = ctx;

	(void)err;
	if (line->state == finding->state && line->entity != NULL &&
		(finding->entity == NULL || strcmp(line->entity->name, finding->entity) == 0)) {
		finding->lines[finding->count++] = line->n;
		if (line->waits_for_count != 0) {
			strcpy(finding->waits_for, line->waits_for);
			finding->waits_for_count = line->waits_for_count;
		}
	}
	return true;
}

static struct finding find_lines(struct node *node, const struct place *place, const char *entity,
	enum line_state state, char base[65])
{
	struct finding finding = { .entity = entity, .state = state };
	struct held_bundle bundle;
	struct err err = { 0 };

	assert_ok(review_show(node, place, &bundle, base, find_line, &finding, &err), &err);
	return finding;
}

static struct judged judge_as(struct node *district, const struct place *place,
	const uint32_t *lines, size_t count, const char *reason, const char *reviewer)
{
	struct judging judging = { .bundle = *place, .lines = lines, .count = count,
		.accept = reason == NULL, .reason = reason, .reviewer = reviewer };
	struct judged judged;
	struct err err = { 0 };

	assert_ok(review_judge(district, &judging, &judged, &err), &err);
	return judged;
}

/* Judge every waiting line of ${entity}; how many. */
static size_t judge_all(struct node *district, const char *entity, const char *reason)
{
	struct queue queue = queue_of(district);
	size_t i, count = 0;
	char base[65];

	for (i = 0; i < queue.bundles; i++) {
		struct finding found =
			find_lines(district, &queue.places[i], entity, LINE_WAITING, base);

		if (found.count != 0) {
			judge_as(district, &queue.places[i], found.lines, found.count, reason,
				"审核员");
			count += found.count;
		}
	}
	return count;
}

struct box {
	size_t count;
	struct place line;
	char reason[128], id[RECORD_ID_TEXT_BYTES], entity[32];
	char line_text[LINE_NAME_TEXT_BYTES];
};

static bool open_letter(void *ctx, const struct inbox_line *line, struct err *err)
{
	struct box *box = ctx;

	(void)err;
	box->count++;
	assert_true(place_parse(&box->line, view_of(line->line)));
	strcpy(box->line_text, line->line);
	snprintf(box->reason, sizeof(box->reason), "%.*s", (int)line->reason.len,
		line->reason.data);
	strcpy(box->id, line->id);
	strcpy(box->entity, line->entity->name);
	return true;
}

static struct box inbox_of(struct node *node)
{
	struct box box = { 0 };
	struct err err = { 0 };
	uint64_t count;

	assert_ok(inbox_each(node, open_letter, &box, &err), &err);
	assert_ok(inbox_count(node, &count, &err), &err);
	assert_int_equal(count, box.count);
	return box;
}

static void same_hash(struct node *a, struct node *b)
{
	char x[65], y[65];
	struct err err = { 0 };

	assert_ok(chains_scope_hash(a, &(struct scope){ .kind = SCOPE_FEDERATION }, x, &err), &err);
	assert_ok(chains_scope_hash(b, &(struct scope){ .kind = SCOPE_FEDERATION }, y, &err), &err);
	assert_string_equal(x, y);
}

static void all_sound(struct world *world)
{
	assert_sound(world->district);
	assert_sound(world->a);
	assert_sound(world->b);
	same_hash(world->district, world->a);
	same_hash(world->district, world->b);
}

/* A district that asks for nothing must not slow anybody down. */
static void test_review__without_a_policy_everything_is_accepted_at_once(void **state)
{
	struct world *world = *state;
	struct balance balance;
	struct err err = { 0 };

	PUT(world->a, "club", NULL, NULL, "name=太极拳队", "category=太极", "members=24");
	PUT(world->a, "dispute", NULL, NULL, "category=parking", "opened_on=2024-03-01");
	quiet(world);
	assert_int_equal(queue_of(world->district).bundles, 0);
	assert_int_equal(count_of(world->district, "club"), 1);
	assert_ok(chains_balance(world->district, &balance, &err), &err);
	assert_int_equal(balance.applied, balance.sent);
	all_sound(world);
}

/* The sentence that administrators will be held to: only what depends on it waits. */
static void test_review__a_held_line_holds_what_depends_on_it_and_nothing_else(void **state)
{
	struct world *world = *state;
	char club[RECORD_ID_TEXT_BYTES], words[128];
	struct queue queue;
	struct finding found;
	char base[65];

	policy(world->district, "club", "", true, 1);
	PUT(world->a, "club", NULL, club, "name=乒乓球队", "category=乒乓", "members=12");
	snprintf(words, sizeof(words), "club=%s", club);
	PUT(world->a, "activity", NULL, NULL, words, "kind=sports_culture", "title=友谊赛",
		"held_on=2024-05-01");
	PUT(world->a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-05-02");
	carry(world->a, world->district);
	queue = queue_of(world->district);
	assert_int_equal(queue.waiting, 3); /* both lines of the club, the activity */
	assert_int_equal(queue.reasons, HOLD_POLICY);
	assert_int_equal(count_of(world->district, "dispute"), 1);
	assert_int_equal(count_of(world->district, "club"), 0);
	assert_int_equal(count_of(world->district, "activity"), 0);
	found = find_lines(world->district, &queue.places[0], "activity", LINE_WAITING, base);
	if (found.count == 0) {
		found = find_lines(world->district, &queue.places[1], "activity", LINE_WAITING,
			base);
	}
	assert_int_equal(found.count, 1);
	assert_non_null(strstr(found.waits_for, "#"));
	assert_sound(world->district);
	/* At home it counts at once. */
	assert_int_equal(count_of(world->a, "club"), 1);
	assert_int_equal(judge_all(world->district, "club", NULL), 2);
	assert_int_equal(queue_of(world->district).bundles, 0);
	assert_int_equal(count_of(world->district, "club"), 1);
	assert_int_equal(count_of(world->district, "activity"), 1);
	quiet(world);
	all_sound(world);
}

/* Who is told what a line waits for can do it: the line that brings the record, not all that change it. */
static void test_review__what_it_waits_for_is_what_is_needed(void **state)
{
	struct world *world = *state;
	char compound[RECORD_ID_TEXT_BYTES], words[128], base[65];
	struct finding found = { .count = 0 };
	struct queue queue;
	size_t i;

	policy(world->district, "compound", "", true, 1);
	PUT(world->a, "compound", NULL, compound, "name=望澜府", "kind=commodity");
	carry(world->a, world->district);
	PUT(world->a, "compound", compound, NULL, "name=望澜苑");
	carry(world->a, world->district);
	PUT(world->a, "compound", compound, NULL, "name=望澜里");
	snprintf(words, sizeof(words), "compound=%s", compound);
	PUT(world->a, "dispute", NULL, NULL, words, "category=noise", "opened_on=2024-05-02");
	carry(world->a, world->district);
	queue = queue_of(world->district);
	assert_int_equal(queue.waiting, 4);
	for (i = 0; i < queue.bundles && found.count == 0; i++) {
		found = find_lines(world->district, &queue.places[i], "dispute", LINE_WAITING,
			base);
	}
	assert_int_equal(found.count, 1);
	assert_int_equal(found.waits_for_count, 1);
	assert_non_null(strstr(found.waits_for, "/federation@1#1"));
	judge_all(world->district, "compound", NULL);
	assert_int_equal(queue_of(world->district).waiting, 0);
	quiet(world);
	all_sound(world);
}

/* Chains come in any order: what refers to a record may come before the record is held. */
static void test_review__the_order_of_chains_makes_no_difference(void **state)
{
	struct world *world = *state;
	char compound[RECORD_ID_TEXT_BYTES], words[128];

	policy(world->district, "compound", "", true, 1);
	PUT(world->a, "compound", NULL, compound, "name=望澜府", "kind=commodity");
	snprintf(words, sizeof(words), "compound=%s", compound);
	/* Of district scope: stands before the federation's in every file. */
	PUT(world->a, "dispute", NULL, NULL, words, "category=noise", "opened_on=2024-05-02");
	carry(world->a, world->district);
	assert_int_equal(count_of(world->district, "compound"), 0);
	assert_int_equal(count_of(world->district, "dispute"), 0);
	assert_int_equal(queue_of(world->district).waiting, 2);
	judge_all(world->district, "compound", NULL);
	assert_int_equal(count_of(world->district, "dispute"), 1);
	quiet(world);
	all_sound(world);
}

/* The whole loop: returned with a reason, corrected, accepted; what waited counts too. */
static void test_review__a_returned_line_comes_home_and_is_corrected(void **state)
{
	struct world *world = *state;
	const struct entity *entity;
	struct assignment anew;
	char club[RECORD_ID_TEXT_BYTES], words[128];
	struct record_id made;
	struct err err = { 0 };
	struct box box;

	policy(world->district, "club", "", true, 1);
	PUT(world->a, "club", NULL, club, "name=乒乓球队", "category=乒乓", "members=12");
	snprintf(words, sizeof(words), "club=%s", club);
	PUT(world->a, "activity", NULL, NULL, words, "kind=sports_culture", "title=友谊赛",
		"held_on=2024-05-01");
	quiet(world);
	assert_int_equal(count_of(world->b, "club"), 1); /* a neighbour's counts at once too */
	assert_int_equal(judge_all(world->district, "club", "社团名称与备案不符"), 2);
	quiet(world);
	/* Un-merged everywhere. */
	assert_int_equal(count_of(world->a, "club"), 0);
	assert_int_equal(count_of(world->b, "club"), 0);
	all_sound(world);
	box = inbox_of(world->a);
	assert_int_equal(box.count, 2);
	assert_string_equal(box.reason, "社团名称与备案不符");
	assert_string_equal(box.entity, "club");
	assert_int_equal(inbox_of(world->b).count, 0);
	assert_int_equal(queue_of(world->district).waiting, 1); /* the activity */

	entity = model_entity(node_model(world->a), VIEW_LITERAL("club"));
	anew = (struct assignment){ entity_field(entity, VIEW_LITERAL("name")), ASSIGN_SET,
		{ VALUE_TEXT, 0, VIEW_LITERAL("知足乒乓球队") } };
	assert_ok(inbox_fix(world->a, &box.line, &anew, 1, &made, &err), &err);
	assert_int_equal(inbox_of(world->a).count, 0);
	assert_string_equal(value_of(world->a, "club", club, "name"), "知足乒乓球队");
	assert_string_equal(value_of(world->a, "club", club, "members"), "12");
	quiet(world);
	judge_all(world->district, NULL, NULL);
	assert_int_equal(queue_of(world->district).bundles, 0);
	assert_int_equal(count_of(world->district, "club"), 1);
	assert_int_equal(count_of(world->district, "activity"), 1);
	quiet(world);
	assert_string_equal(value_of(world->b, "club", club, "name"), "知足乒乓球队");
	all_sound(world);
}

/* Where nothing is held by a policy a correction must not wait for what it corrects. */
static void test_review__a_correction_does_not_wait_for_what_it_corrects(void **state)
{
	struct world *world = *state;
	char dispute[RECORD_ID_TEXT_BYTES];
	struct place place = { 0 };
	struct bundle_info info;
	struct err err = { 0 };
	struct record_id made;
	struct box box;
	uint32_t one = 1;

	PUT(world->a, "dispute", NULL, dispute, "category=parking", "opened_on=2024-03-01");
	carry(world->a, world->district);
	assert_int_equal(count_of(world->district, "dispute"), 1);
	place.chain.device = node_device(world->a);
	place.chain.incarnation = 1;
	place.chain.scope.kind = SCOPE_DISTRICT;
	strcpy(place.chain.scope.community, "zhizu");
	place.seq = 1;
	assert_ok(chains_show(world->district, &place, &info, NULL, NULL, &err), &err);
	/* A reversal: it had been accepted at once. */
	judge_as(world->district, &place, &one, 1, "登记重复", "审核员");
	assert_int_equal(count_of(world->district, "dispute"), 0);
	/* Made before the news came: it waits, and is released by nobody but a person. */
	PUT(world->a, "dispute", dispute, NULL, "category=noise");
	carry(world->a, world->district);
	assert_int_equal(queue_of(world->district).waiting, 1);
	quiet(world);
	box = inbox_of(world->a);
	assert_int_equal(box.count, 1);
	assert_ok(inbox_fix(world->a, &box.line, NULL, 0, &made, &err), &err);
	quiet(world);
	assert_int_equal(count_of(world->district, "dispute"), 1);
	assert_int_equal(queue_of(world->district).waiting, 0);
	assert_string_equal(value_of(world->district, "dispute", dispute, "category"),
		value_of(world->a, "dispute", dispute, "category"));
	all_sound(world);
}

/* People change their minds; what was un-merged comes back as it was. */
static void test_review__a_verdict_can_be_reversed(void **state)
{
	struct world *world = *state;
	char compound[RECORD_ID_TEXT_BYTES], words[128];
	struct queue queue;

	policy(world->district, "compound", "", true, 1);
	PUT(world->a, "compound", NULL, compound, "name=望澜府", "kind=commodity");
	snprintf(words, sizeof(words), "compound=%s", compound);
	PUT(world->a, "dispute", NULL, NULL, words, "category=noise", "opened_on=2024-05-02");
	quiet(world);
	queue = queue_of(world->district);
	assert_int_equal(judge_all(world->district, "compound", "查无此小区"), 1);
	quiet(world);
	assert_int_equal(count_of(world->a, "compound"), 0);
	assert_int_equal(count_of(world->b, "compound"), 0);
	/* At home it counts on, though what it refers to is gone: the district waits. */
	assert_int_equal(count_of(world->a, "dispute"), 1);
	assert_int_equal(count_of(world->district, "dispute"), 0);
	{
		size_t i;
		uint32_t one = 1;

		for (i = 0; i < queue.bundles; i++) {
			if (queue.places[i].chain.scope.kind == SCOPE_FEDERATION) {
				judge_as(world->district, &queue.places[i], &one, 1, NULL, "主任");
			}
		}
	}
	quiet(world);
	assert_int_equal(count_of(world->a, "compound"), 1);
	assert_int_equal(count_of(world->b, "compound"), 1);
	assert_int_equal(count_of(world->district, "dispute"), 1);
	assert_int_equal(inbox_of(world->a).count, 0);
	all_sound(world);
}

/* An accepted record that is returned later takes with it what refers to it. */
static void test_review__a_return_takes_out_what_depended_on_it(void **state)
{
	struct world *world = *state;
	char compound[RECORD_ID_TEXT_BYTES], words[128];
	struct place place = { 0 };
	uint32_t one = 1;

	PUT(world->a, "compound", NULL, compound, "name=望澜府", "kind=commodity");
	snprintf(words, sizeof(words), "compound=%s", compound);
	PUT(world->a, "dispute", NULL, NULL, words, "category=noise", "opened_on=2024-05-02");
	PUT(world->a, "dispute", NULL, NULL, "category=parking", "opened_on=2024-05-02");
	quiet(world);
	assert_int_equal(count_of(world->district, "dispute"), 2);
	PUT(world->a, "compound", compound, NULL, "lifts=6");
	quiet(world);
	place.chain.device = node_device(world->a);
	place.chain.incarnation = 1;
	place.seq = 1;
	judge_as(world->district, &place, &one, 1, "查无此小区", "审核员");
	assert_int_equal(count_of(world->district, "compound"), 0);
	assert_int_equal(count_of(world->district, "dispute"), 1);
	assert_int_equal(queue_of(world->district).waiting, 2);
	assert_sound(world->district);
	judge_as(world->district, &place, &one, 1, NULL, "审核员");
	assert_int_equal(queue_of(world->district).waiting, 0);
	assert_int_equal(count_of(world->district, "dispute"), 2);
	assert_string_equal(value_of(world->district, "compound", compound, "lifts"), "6");
	quiet(world);
	all_sound(world);
}

/* What is improbable is looked at, and only that. */
static void test_review__implausible_values_wait(void **state)
{
	struct world *world = *state;
	char id[RECORD_ID_TEXT_BYTES];
	struct queue queue;

	PUT(world->a, "club", NULL, id, "name=合唱队", "category=合唱");
	PUT(world->a, "club", id, NULL, "members=999999");
	PUT(world->a, "club", NULL, NULL, "name=书法班", "category=书法", "members=9");
	carry(world->a, world->district);
	queue = queue_of(world->district);
	assert_int_equal(queue.waiting, 1);
	assert_int_equal(queue.reasons, HOLD_RANGE);
	assert_int_equal(count_of(world->district, "club"), 2);
	assert_sound(world->district);
}

/* An accident with the delete key must not empty a community's tables at the district. */
static void test_review__many_deletions_wait(void **state)
{
	struct world *world = *state;
	const struct entity *entity = model_entity(node_model(world->a), VIEW_LITERAL("dispute"));
	char ids[30][RECORD_ID_TEXT_BYTES];
	struct record_id id;
	struct err err = { 0 };
	int i;

	for (i = 0; i < 30; i++) {
		PUT(world->a, "dispute", NULL, ids[i], "category=noise", "opened_on=2024-05-02");
	}
	carry(world->a, world->district);
	for (i = 0; i < 4; i++) {
		assert_true(record_id_parse(&id, view_of(ids[i]), false));
		assert_ok(records_delete(world->a, entity, &id, true, &err), &err);
	}
	carry(world->a, world->district);
	assert_int_equal(count_of(world->district, "dispute"), 26);
	for (; i < 10; i++) {
		assert_true(record_id_parse(&id, view_of(ids[i]), false));
		assert_ok(records_delete(world->a, entity, &id, true, &err), &err);
	}
	carry(world->a, world->district);
	assert_int_equal(count_of(world->district, "dispute"), 26);
	assert_int_equal(queue_of(world->district).reasons, HOLD_DELETIONS);
	assert_int_equal(queue_of(world->district).waiting, 6);
	judge_all(world->district, NULL, NULL);
	assert_int_equal(count_of(world->district, "dispute"), 20);
	quiet(world);
	all_sound(world);
}

/* A reviewer decides about what they saw, not about what came in between. */
static void test_review__a_moved_base_is_refused(void **state)
{
	struct world *world = *state;
	char club[RECORD_ID_TEXT_BYTES], base[65];
	struct judging judging = { .accept = true, .reviewer = "审核员", .base = base };
	struct judged judged;
	struct queue queue;
	struct err err = { 0 };

	policy(world->district, "club", "members", true, 1);
	PUT(world->a, "club", NULL, club, "name=合唱队", "category=合唱");
	quiet(world);
	PUT(world->a, "club", club, NULL, "members=20");
	carry(world->a, world->district);
	queue = queue_of(world->district);
	assert_int_equal(queue.waiting, 1);
	find_lines(world->district, &queue.places[0], NULL, LINE_WAITING, base);
	judging.bundle = queue.places[0];
	PUT(world->a, "club", club, NULL, "name=大合唱队");
	carry(world->a, world->district);
	assert_refused(review_judge(world->district, &judging, &judged, &err), &err, ERR_MOVED);
	find_lines(world->district, &queue.places[0], NULL, LINE_WAITING, base);
	assert_ok(review_judge(world->district, &judging, &judged, &err), &err);
	assert_int_equal(judged.accepted, 1);
	assert_sound(world->district);
}

static void test_review__a_return_needs_a_reason(void **state)
{
	struct world *world = *state;
	struct judging judging = { .reviewer = "审核员", .reason = "" };
	struct judged judged;
	struct err err = { 0 };

	policy(world->district, "dispute", "", true, 1);
	PUT(world->a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-05-02");
	carry(world->a, world->district);
	judging.bundle = queue_of(world->district).places[0];
	assert_refused(review_judge(world->district, &judging, &judged, &err), &err, ERR_VALUE);
	assert_int_equal(queue_of(world->district).waiting, 1);
	judging.accept = true;
	assert_refused(review_judge(world->a, &judging, &judged, &err), &err, ERR_SCOPE);
}

static void test_review__four_eyes_are_two_people(void **state)
{
	struct world *world = *state;
	struct judging judging = { .accept = true, .reviewer = "甲" };
	struct judged judged;
	struct err err = { 0 };

	policy(world->district, "dispute", "", true, 2);
	PUT(world->a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-05-02");
	carry(world->a, world->district);
	judging.bundle = queue_of(world->district).places[0];
	assert_ok(review_judge(world->district, &judging, &judged, &err), &err);
	assert_int_equal(judged.seconded, 1);
	assert_int_equal(count_of(world->district, "dispute"), 0);
	assert_refused(review_judge(world->district, &judging, &judged, &err), &err, ERR_SCOPE);
	judging.reviewer = "乙";
	assert_ok(review_judge(world->district, &judging, &judged, &err), &err);
	assert_int_equal(judged.accepted, 1);
	assert_int_equal(count_of(world->district, "dispute"), 1);
	quiet(world);
	all_sound(world);
}

/* What the district says of a bundle reaches whoever sent it. */
static void test_review__receipts_come_home(void **state)
{
	struct world *world = *state;
	struct place place = { 0 };
	struct receipt receipt;
	struct err err = { 0 };

	policy(world->district, "dispute", "", true, 1);
	PUT(world->a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-05-02");
	quiet(world);
	place.chain.device = node_device(world->a);
	place.chain.incarnation = 1;
	place.chain.scope.kind = SCOPE_DISTRICT;
	strcpy(place.chain.scope.community, "zhizu");
	place.seq = 1;
	assert_ok(receipt_of(world->a, &place, &receipt, &err), &err);
	assert_true(receipt.present);
	assert_int_equal(receipt.lines, 1);
	assert_int_equal(receipt.waiting, 1);
	assert_false(receipt.backed_up);
	judge_all(world->district, NULL, NULL);
	quiet(world);
	assert_ok(receipt_of(world->a, &place, &receipt, &err), &err);
	assert_int_equal(receipt.waiting, 0);
	assert_int_equal(receipt.applied, 1);
	all_sound(world);
}

/* A verdict that comes before the bundle it is about. */
static void test_review__a_line_returned_before_it_came_is_never_applied(void **state)
{
	struct world *world = *state;
	struct node *late;
	struct tally packed;
	struct err err = { 0 };

	policy(world->district, "compound", "", true, 1);
	PUT(world->a, "compound", NULL, NULL, "name=望澜府", "kind=commodity");
	carry(world->a, world->district);
	judge_all(world->district, NULL, "查无此小区");
	assert_ok(outbox_pack(world->district, &packed, &err), &err);
	late = join_community(world->folder, "c", world->district, "late", "新来社区");
	carry(world->district, late);
	assert_int_equal(count_of(late, "compound"), 0);
	assert_sound(late);
	same_hash(late, world->district);
	node_close(late);
}

/* A correction that is sent twice would add what it adds twice. */
static void test_review__a_returned_line_is_corrected_once(void **state)
{
	struct world *world = *state;
	char activity[RECORD_ID_TEXT_BYTES];
	struct record_id made;
	struct err err = { 0 };
	struct box box;

	PUT(world->a, "activity", NULL, activity, "kind=clean_up", "title=全年",
		"held_on=2024-01-01", "served=100");
	quiet(world);
	policy(world->district, "activity", "served", true, 1);
	PUT(world->a, "activity", activity, NULL, "served+=7");
	quiet(world);
	judge_all(world->district, NULL, "人数不符");
	quiet(world);
	assert_string_equal(value_of(world->a, "activity", activity, "served"), "100");
	box = inbox_of(world->a);
	assert_int_equal(box.count, 1);
	assert_ok(inbox_fix(world->a, &box.line, NULL, 0, &made, &err), &err);
	assert_refused(inbox_fix(world->a, &box.line, NULL, 0, &made, &err), &err, ERR_EXISTS);
	assert_string_equal(value_of(world->a, "activity", activity, "served"), "107");
	quiet(world);
	judge_all(world->district, NULL, NULL);
	quiet(world);
	all_sound(world);
}

/* What only the community can read is not the district's to take out, whenever its word comes. */
static void test_review__no_verdict_reaches_a_communitys_own_scope(void **state)
{
	struct world *world = *state;
	struct capture_options options = { .into = "zhizu" };
	const struct entity *entity;
	struct assignment assignment;
	struct head head;
	struct chain_name chain = { .device = node_device(world->a), .incarnation = 1,
		.scope = { .kind = SCOPE_COMMUNITY, .community = "zhizu" } };
	char person[RECORD_ID_TEXT_BYTES];
	struct record_id id, made;
	struct tally packed;
	struct err err = { 0 };

	PUT(world->a, "person", NULL, person, "name=夏女士", "phone=13857112233",
		"birth_decade=1960");
	assert_ok(outbox_pack(world->a, &packed, &err), &err);
	assert_ok(chains_head(world->a, &chain, &head, &err), &err);
	assert_int_equal(head.seq, 1);
	quiet(world);
	id = verdict_id(head.hash, 1);
	entity = model_entity(node_model(world->district), VIEW_LITERAL("verdict"));
	assignment = (struct assignment){ entity_field(entity, VIEW_LITERAL("state")), ASSIGN_SET,
		{ VALUE_TEXT, 0, VIEW_LITERAL("returned") } };
	assert_ok(capture_put(world->district, entity, &id, &options, &assignment, 1, &made, &err),
		&err);
	quiet(world);
	assert_string_equal(value_of(world->a, "person", person, "name"), "夏女士");
	assert_int_equal(inbox_of(world->a).count, 0);
	all_sound(world);
}

/* A clerk who finds the return right puts it aside. */
static void test_review__a_returned_line_can_be_put_aside(void **state)
{
	struct world *world = *state;
	struct err err = { 0 };
	struct box box;

	policy(world->district, "dispute", "", true, 1);
	PUT(world->a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-05-02");
	quiet(world);
	judge_all(world->district, NULL, "登记重复");
	quiet(world);
	box = inbox_of(world->a);
	assert_int_equal(box.count, 1);
	assert_ok(inbox_dismiss(world->a, &box.line, &err), &err);
	assert_int_equal(inbox_of(world->a).count, 0);
	quiet(world);
	all_sound(world);
}

static void test_review__a_policy_counts_from_its_own_line_on(void **state)
{
	struct world *world = *state;

	PUT(world->a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-05-02");
	carry(world->a, world->district);
	policy(world->district, "dispute", "", true, 1);
	assert_int_equal(count_of(world->district, "dispute"), 1);
	PUT(world->a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-05-03");
	carry(world->a, world->district);
	assert_int_equal(count_of(world->district, "dispute"), 1);
	policy(world->district, "dispute", "", false, 1);
	assert_int_equal(queue_of(world->district).waiting, 1); /* what waits goes on waiting */
	PUT(world->a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-05-04");
	carry(world->a, world->district);
	assert_int_equal(count_of(world->district, "dispute"), 2);
}

/* The same clerk on two computers: the second has seen what the first did. */
static void test_review__edits_of_another_device_wait_for_what_it_had_seen(void **state)
{
	struct world *world = *state;
	struct node *second =
		join_community(world->folder, "a2", world->district, "zhizu", "知足弄社区");
	char id[RECORD_ID_TEXT_BYTES];

	carry(world->district, world->a);
	policy(world->district, "dispute", "category", true, 1);
	PUT(world->a, "dispute", NULL, id, "category=noise", "opened_on=2024-05-02");
	carry(world->a, second);
	PUT(second, "dispute", id, NULL, "opened_on=2024-05-03");
	/* The later edit comes first. */
	carry(second, world->district);
	quiet(world);
	assert_int_equal(count_of(world->district, "dispute"), 0);
	assert_int_equal(queue_of(world->district).waiting, 2);
	judge_all(world->district, NULL, NULL);
	assert_string_equal(value_of(world->district, "dispute", id, "opened_on"),
		value_of(second, "dispute", id, "opened_on"));
	assert_sound(world->district);
	node_close(second);
}

/* Where the district wants to see how a new device writes before it counts. */
static void test_review__the_first_bundle_of_a_device_waits_where_the_policy_says_so(void **state)
{
	struct world *world = *state;
	struct queue queue;

	policy(world->district, POLICY_FIRST_BUNDLE, "", true, 1);
	PUT(world->a, "dispute", NULL, NULL, "category=noise", "opened_on=2024-05-02");
	carry(world->a, world->district);
	PUT(world->a, "dispute", NULL, NULL, "category=parking", "opened_on=2024-05-02");
	carry(world->a, world->district);
	queue = queue_of(world->district);
	assert_int_equal(queue.waiting, 1);
	assert_int_equal(queue.reasons, HOLD_FIRST_BUNDLE);
	assert_int_equal(count_of(world->district, "dispute"), 1);
	judge_all(world->district, NULL, NULL);
	assert_int_equal(count_of(world->district, "dispute"), 2);
	quiet(world);
	all_sound(world);
}

/* The model says of some records that a person must always look. */
static void test_review__what_the_model_always_reviews_waits_without_a_policy(void **state)
{
	struct world *world = *state;
	char compound[RECORD_ID_TEXT_BYTES], committee[RECORD_ID_TEXT_BYTES], words[128];

	PUT(world->a, "compound", NULL, compound, "name=望澜府", "kind=commodity");
	snprintf(words, sizeof(words), "compound=%s", compound);
	PUT(world->a, "owners_committee", NULL, committee, words, "term=1", "step=formed");
	snprintf(words, sizeof(words), "committee=%s", committee);
	PUT(world->a, "committee_member", NULL, NULL, words, "position=chair");
	carry(world->a, world->district);
	assert_int_equal(queue_of(world->district).reasons, HOLD_ALWAYS);
	assert_int_equal(queue_of(world->district).waiting, 1);
	assert_int_equal(count_of(world->district, "owners_committee"), 1);
	assert_int_equal(count_of(world->district, "committee_member"), 0);
	judge_all(world->district, NULL, NULL);
	assert_int_equal(count_of(world->district, "committee_member"), 1);
	quiet(world);
	all_sound(world);
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_review__without_a_policy_everything_is_accepted_at_once),
		WORLD(test_review__a_held_line_holds_what_depends_on_it_and_nothing_else),
		WORLD(test_review__what_it_waits_for_is_what_is_needed),
		WORLD(test_review__the_order_of_chains_makes_no_difference),
		WORLD(test_review__a_returned_line_comes_home_and_is_corrected),
		WORLD(test_review__a_correction_does_not_wait_for_what_it_corrects),
		WORLD(test_review__a_verdict_can_be_reversed),
		WORLD(test_review__a_return_takes_out_what_depended_on_it),
		WORLD(test_review__implausible_values_wait),
		WORLD(test_review__many_deletions_wait),
		WORLD(test_review__a_moved_base_is_refused),
		WORLD(test_review__a_return_needs_a_reason),
		WORLD(test_review__four_eyes_are_two_people),
		WORLD(test_review__receipts_come_home),
		WORLD(test_review__a_line_returned_before_it_came_is_never_applied),
		WORLD(test_review__a_returned_line_is_corrected_once),
		WORLD(test_review__no_verdict_reaches_a_communitys_own_scope),
		WORLD(test_review__a_returned_line_can_be_put_aside),
		WORLD(test_review__a_policy_counts_from_its_own_line_on),
		WORLD(test_review__the_first_bundle_of_a_device_waits_where_the_policy_says_so),
		WORLD(test_review__what_the_model_always_reviews_waits_without_a_policy),
		WORLD(test_review__edits_of_another_device_wait_for_what_it_had_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
