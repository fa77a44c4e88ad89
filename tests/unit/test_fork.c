/*
 * test_fork.c -- a computer put back from a copy and used before anybody
 * noticed: no line is lost, none counts twice, and everybody agrees again.
 */
#include "exchange_rig.h"
#include "linli/forks.h"

#define CAPTION_BYTES 48

/* ---- helpers ------------------------------------------------------- */

static void put_dispute(struct node *node, const char *category)
{
	char word[CAPTION_BYTES + 16];

	snprintf(word, sizeof(word), "category=%s", category);
	PUT(node, "dispute", NULL, NULL, word, "opened_on=2024-03-01", "outcome=open");
}

struct search {
	const char *field, *value;
	size_t found;
};

static bool look(void *ctx, const struct record_view *view, struct err *err)
{
	struct search *search = ctx;
	const struct field *field = entity_field(view->entity, view_of(search->field));
	const struct value *value = &view->values[field->index];

	(void)err;
	search->found += value->kind == VALUE_TEXT && view_is(value->text, search->value) ? 1 : 0;
	return true;
}

/* How many living records of ${entity} show this. */
static size_t showing(struct node *node, const char *entity, const char *field, const char *value)
{
	struct search search = { field, value, 0 };
	struct err err = { 0 };

	assert_ok(records_each(node, model_entity(node_model(node), view_of(entity)), NULL, 0,
			  look, &search, &err),
		&err);
	return search.found;
}

static size_t disputes(struct node *node, const char *category)
{
	return showing(node, "dispute", "category", category);
}

/* An exchange in which something may be refused on the way. */
static void meet(struct rig *rig, struct node *node)
{
	struct sync_result result;
	struct err err = { 0 };

	assert_ok(exchange_sync(node, &rig->transport, NULL, &result, &err), &err);
	sync_result_clear(&result);
}

static void carry(struct rig *rig, struct node *node)
{
	struct sync_result result;
	struct buf stick = { 0 };
	struct err err = { 0 };

	buf_printf(&stick, "%s/stick", rig->folder);
	assert_ok(env_system()->make_dir(NULL, buf_str(&stick), &err), &err);
	assert_ok(exchange_carry(node, buf_str(&stick), &result, &err), &err);
	sync_result_clear(&result);
	buf_clear(&stick);
}

struct repairs {
	size_t count;
	struct repair last;
};

static bool count_repair(void *ctx, const struct repair *repair, struct err *err)
{
	struct repairs *repairs = ctx;

	(void)err;
	if (repairs->count++ == 0) {
		repairs->last = *repair;
	}
	return true;
}

static struct repairs repairs_of(struct node *node)
{
	struct repairs repairs = { 0 };
	struct err err = { 0 };

	assert_ok(repairs_each(node, count_repair, &repairs, &err), &err);
	return repairs;
}

static bool count_open(void *ctx, const struct fork *fork, struct err *err)
{
	(void)err;
	*(size_t *)ctx += fork->settled_ms == 0 ? 1 : 0;
	return true;
}

static size_t open_forks(struct node *node)
{
	size_t count = 0;
	struct err err = { 0 };

	assert_ok(forks_each(node, count_open, &count, &err), &err);
	return count;
}

static bool count_branch(void *ctx, const struct branch_bundle *bundle, struct err *err)
{
	(void)bundle;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

static size_t set_aside(struct node *node)
{
	size_t count = 0;
	struct err err = { 0 };

	assert_ok(branches_each(node, count_branch, &count, &err), &err);
	return count;
}

static uint64_t drafts_of(struct node *node)
{
	struct outbox_counts counts;
	struct err err = { 0 };

	assert_ok(outbox_count(node, &counts, &err), &err);
	return counts.draft_lines;
}

/* A second computer with a copy of ${copy}'s home. */
static struct node *open_copy(struct rig *rig, const char *copy)
{
	struct node_options options = { .env = &rig->env };
	struct buf home = { 0 };
	struct node *node = NULL;
	struct err err = { 0 };

	buf_printf(&home, "%s/%s", rig->folder, copy);
	options.home = buf_str(&home);
	assert_ok(node_open(&node, &options, &err), &err);
	buf_clear(&home);
	return node;
}

static void put_district_back(struct rig *rig, const char *copy)
{
	struct err err = { 0 };

	exchange_server_close(rig->server);
	rig->district = rig_put_back(rig, rig->district, "district", copy);
	assert_ok(exchange_server_open(&rig->server, rig->district, &err), &err);
}

/* ---- a client ------------------------------------------------------ */

/* The whole folder is put back, and a change signed at once: both lives are there in the end. */
static void test_fork__both_lives_of_a_client_stay(void **state)
{
	struct rig rig;
	struct node *a;
	struct repairs repairs;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	put_dispute(a, "lost-1");
	rig_sync(&rig, a);
	put_dispute(a, "lost-2");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "copy");
	put_dispute(a, "after");
	pack_all(a);
	assert_int_equal(node_incarnation(a), 1);
	meet(&rig, a);
	assert_int_equal(node_incarnation(a), 2);
	assert_int_equal(count_of(a, "dispute"), 4);
	assert_int_equal(count_of(rig.district, "dispute"), 4);
	assert_int_equal(disputes(rig.district, "lost-1"), 1);
	assert_int_equal(disputes(rig.district, "after"), 1);
	assert_int_equal(drafts_of(a), 0);
	assert_int_equal(unsent_of(a), 0);
	repairs = repairs_of(a);
	assert_int_equal(repairs.count, 1);
	assert_int_equal(repairs.last.lines, 1);
	assert_int_equal(repairs.last.renumbered, 1);
	assert_int_equal(repairs.last.left, 0);
	assert_int_equal(repairs.last.incarnation, 2);
	assert_int_equal(set_aside(a), 1);
	assert_int_equal(open_forks(a), 0);
	rig_sync(&rig, a);
	assert_agree(a, rig.district);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* A change that is not signed yet when the old copy meets the district never makes a fork. */
static void test_fork__unsigned_changes_make_none(void **state)
{
	struct rig rig;
	struct node *a;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	put_dispute(a, "lost");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "copy");
	put_dispute(a, "after");
	rig_sync(&rig, a); /* nothing is refused */
	assert_int_equal(node_incarnation(a), 2);
	assert_int_equal(set_aside(a), 0);
	assert_int_equal(count_of(a, "dispute"), 3);
	assert_int_equal(count_of(rig.district, "dispute"), 3);
	assert_int_equal(drafts_of(a), 0);
	rig_sync(&rig, a);
	assert_agree(a, rig.district);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* What was captured before the copy and never signed elsewhere is not left lying about. */
static void test_fork__drafts_of_an_old_incarnation_go_out(void **state)
{
	struct rig rig;
	struct node *a;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	put_dispute(a, "draft");
	PUT(a, "person", NULL, NULL, "name=张三", "phone=13857112233", "birth_decade=1960");
	rig_copy(&rig, "a", "copy");
	/* The other life signs something else under the old incarnation, in one scope only. */
	a = rig_put_back(&rig, a, "a", "copy");
	{
		struct buf path = { 0 };
		struct err err = { 0 };

		node_close(a);
		buf_printf(&path, "%s/a/incarnation", rig.folder);
		assert_ok(env_system()->remove_file(NULL, buf_str(&path), &err), &err);
		buf_clear(&path);
		a = open_copy(&rig, "a");
	}
	assert_int_equal(node_incarnation(a), 2);
	assert_int_not_equal(drafts_of(a), 0);
	pack_all(a);
	assert_int_not_equal(drafts_of(a), 0); /* they may come back signed */
	rig_sync(&rig, a);
	assert_int_equal(drafts_of(a), 0);
	assert_int_equal(disputes(rig.district, "draft"), 1);
	assert_int_equal(disputes(a, "draft"), 1);
	assert_int_equal(showing(a, "person", "name", "张三"), 1);
	rig_sync(&rig, a);
	assert_agree(a, a);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* Totals are added to on both sides of the copy: each number counts once. */
static void test_fork__sums_count_each_number_once(void **state)
{
	struct rig rig;
	struct node *a;
	char activity[RECORD_ID_TEXT_BYTES];

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	PUT(a, "activity", NULL, activity, "kind=other", "title=会", "held_on=2024-01-01",
		"served=30");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	PUT(a, "activity", activity, NULL, "served+=5");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "copy");
	PUT(a, "activity", activity, NULL, "served+=7");
	pack_all(a);
	PUT(a, "activity", activity, NULL, "served+=100");
	meet(&rig, a);
	rig_sync(&rig, a);
	assert_string_equal(value_of(a, "activity", activity, "served"), "142");
	assert_string_equal(value_of(rig.district, "activity", activity, "served"), "142");
	assert_agree(a, rig.district);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

static bool count_conflict(void *ctx, const struct conflict *conflict, struct err *err)
{
	(void)conflict;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

/* One field changed in both lives: neither overrules the other in silence. */
static void test_fork__two_edits_of_one_field_are_a_conflict(void **state)
{
	struct rig rig;
	struct node *a;
	char club[RECORD_ID_TEXT_BYTES];
	size_t conflicts = 0;
	struct err err = { 0 };

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	PUT(a, "club", NULL, club, "name=太极拳队", "category=太极拳", "members=24");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	PUT(a, "club", club, NULL, "members=30");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "copy");
	PUT(a, "club", club, NULL, "members=28");
	pack_all(a);
	meet(&rig, a);
	rig_sync(&rig, a);
	assert_ok(records_conflicts(a, NULL, NULL, count_conflict, &conflicts, &err), &err);
	assert_int_equal(conflicts, 1);
	assert_string_equal(value_of(a, "club", club, "members"), "28"); /* made later */
	assert_agree(a, rig.district);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* Records of both lives have the same numbers: they stay apart, and references hold. */
static void test_fork__references_follow_their_records(void **state)
{
	struct rig rig;
	struct node *a;
	char lost[RECORD_ID_TEXT_BYTES], mine[RECORD_ID_TEXT_BYTES];
	char activity[RECORD_ID_TEXT_BYTES], word[80];

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	PUT(a, "club", NULL, lost, "name=太极拳队", "category=太极拳", "members=24");
	rig_sync(&rig, a);
	a = rig_put_back(&rig, a, "a", "copy");
	PUT(a, "club", NULL, mine, "name=合唱团", "category=合唱", "members=9");
	assert_string_equal(lost, mine);
	snprintf(word, sizeof(word), "club=%s", mine);
	PUT(a, "activity", NULL, activity, "kind=other", "title=会", "held_on=2024-01-01", word);
	pack_all(a);
	meet(&rig, a);
	rig_sync(&rig, a);
	assert_string_equal(value_of(a, "club", lost, "name"), "太极拳队");
	assert_int_equal(showing(a, "club", "name", "合唱团"), 1);
	assert_int_equal(showing(rig.district, "club", "name", "合唱团"), 1);
	assert_int_equal(count_of(rig.district, "activity"), 1);
	/* The activity is the choir's. */
	assert_int_equal(showing(a, "activity", "club", lost), 0);
	assert_int_equal(repairs_of(a).last.renumbered, 2);
	assert_agree(a, rig.district);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* The same on a stick, there and back. */
static void test_fork__on_a_stick(void **state)
{
	struct rig rig;
	struct node *a;
	size_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	carry(&rig, a);
	carry(&rig, rig.district);
	carry(&rig, a);
	rig_copy(&rig, "a", "copy");
	put_dispute(a, "lost");
	carry(&rig, a);
	carry(&rig, rig.district);
	a = rig_put_back(&rig, a, "a", "copy");
	put_dispute(a, "after");
	pack_all(a);
	for (i = 0; i < 4; i++) {
		carry(&rig, a);
		carry(&rig, rig.district);
	}
	carry(&rig, a);
	assert_true(node_incarnation(a) >= 2);
	assert_int_equal(count_of(a, "dispute"), 3);
	assert_int_equal(count_of(rig.district, "dispute"), 3);
	assert_agree(a, rig.district);
	assert_int_equal(open_forks(a), 0);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* ---- two live computers with one key -------------------------------- */

/* A copied folder is used beside its original: they part, and nothing is lost. */
static void test_fork__two_computers_with_one_key(void **state)
{
	struct rig rig;
	struct node *a, *twin;
	uint32_t stranger;
	struct err err = { 0 };
	size_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	twin = open_copy(&rig, "copy");
	for (i = 0; i < 3; i++) {
		char word[CAPTION_BYTES];

		snprintf(word, sizeof(word), "a-%zu", i);
		put_dispute(a, word);
		pack_all(a);
		snprintf(word, sizeof(word), "twin-%zu", i);
		put_dispute(twin, word);
		pack_all(twin);
		meet(&rig, a);
		meet(&rig, twin);
	}
	meet(&rig, a);
	meet(&rig, twin);
	meet(&rig, a);
	assert_int_not_equal(node_incarnation(a), node_incarnation(twin));
	assert_int_equal(count_of(a, "dispute"), 7);
	assert_int_equal(count_of(twin, "dispute"), 7);
	assert_int_equal(count_of(rig.district, "dispute"), 7);
	assert_agree(a, rig.district);
	assert_agree(twin, rig.district);
	assert_ok(forks_stranger(a, &stranger, &err), &err);
	assert_int_not_equal(stranger, 0);
	assert_sound(a);
	assert_sound(twin);
	assert_sound(rig.district);
	node_close(a);
	node_close(twin);
	rig_close(&rig);
}

struct gift {
	struct range ranges[16];
	size_t count;
};

static bool add_own_chain(void *ctx, const struct head *head, struct err *err)
{
	struct gift *gift = ctx;

	(void)err;
	if (head->chain.scope.kind != SCOPE_COMMUNITY && gift->count < 16) {
		gift->ranges[gift->count++] = (struct range){ head->chain, 0 };
	}
	return true;
}

/*
 * Somebody else sees two branches: the first stays, the second is kept and
 * told, and what else the same computer wrote goes in.
 */
static void test_fork__third_parties_keep_the_first_branch(void **state)
{
	struct received received = { 0 };
	struct gift gift = { .count = 0 };
	struct buf file = { 0 };
	struct tally tally;
	struct rig rig;
	struct node *a, *twin;
	struct err err = { 0 };
	size_t i, forks = 0;
	bool more;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	rig_copy(&rig, "a", "copy");
	twin = open_copy(&rig, "copy");
	put_dispute(a, "first");
	rig_sync(&rig, a);
	put_dispute(twin, "second");
	put_club(twin, "太极拳队"); /* also of another scope, where there is nothing yet */
	pack_all(twin);
	assert_ok(chains_each(twin, add_own_chain, &gift, &err), &err);
	assert_ok(chains_write(twin, gift.ranges, gift.count, SIZE_MAX, &file, &tally, &more, &err),
		&err);
	assert_ok(receive_bundles(rig.district, buf_as_view(&file), "test", &received, &err), &err);
	for (i = 0; i < received.refused_count; i++) {
		forks += received.refused[i].code == ERR_FORK ? 1 : 0;
	}
	assert_int_equal(forks, 1);
	assert_int_equal(received.taken.bundles, 1); /* of the federation's scope */
	assert_int_equal(disputes(rig.district, "first"), 1);
	assert_int_equal(disputes(rig.district, "second"), 0);
	assert_int_equal(open_forks(rig.district), 1);
	assert_sound(rig.district);
	/* The computer itself puts it right. */
	meet(&rig, twin);
	meet(&rig, twin);
	assert_int_equal(disputes(rig.district, "second"), 1);
	assert_int_equal(count_of(rig.district, "club"), 1);
	meet(&rig, a);
	assert_agree(a, rig.district);
	assert_sound(twin);
	assert_sound(rig.district);
	received_clear(&received);
	buf_clear(&file);
	node_close(a);
	node_close(twin);
	rig_close(&rig);
}

/* ---- the district --------------------------------------------------- */

/* A district put back from a copy of its folder, and used before its clients come. */
static void test_fork__both_lives_of_a_district_stay(void **state)
{
	struct rig rig;
	struct node *a, *b, *c;
	struct err err = { 0 };
	size_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "wanglanfu", "望澜府社区");
	put_dispute(a, "first");
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	rig_copy(&rig, "district", "copy");
	assert_ok(node_roster_add(rig.district, "lost", "丢失社区", "潮鸣街道", &err), &err);
	put_dispute(a, "second");
	rig_sync(&rig, a);
	put_district_back(&rig, "copy");
	assert_ok(node_roster_add(rig.district, "after", "后来社区", "潮鸣街道", &err), &err);
	c = rig_join(&rig, "c", "jindu", "京都苑社区");
	pack_all(rig.district);
	assert_int_equal(node_incarnation(rig.district), 1);
	/* b comes first: it takes the branch that the district is on. */
	meet(&rig, b);
	assert_int_equal(count_of(b, "community"), count_of(rig.district, "community"));
	for (i = 0; i < 3; i++) {
		meet(&rig, a);
		meet(&rig, b);
		meet(&rig, c);
	}
	assert_true(node_incarnation(rig.district) >= 2);
	assert_int_equal(showing(rig.district, "community", "name", "丢失社区"), 1);
	assert_int_equal(showing(rig.district, "community", "name", "后来社区"), 1);
	assert_int_equal(count_of(rig.district, "dispute"), 2);
	assert_int_equal(showing(a, "community", "name", "后来社区"), 1);
	assert_int_equal(showing(b, "community", "name", "丢失社区"), 1);
	assert_int_equal(showing(b, "community", "name", "后来社区"), 1);
	assert_int_equal(showing(c, "community", "name", "丢失社区"), 1);
	/* c, enrolled in the second life, is one of them. */
	put_dispute(c, "third");
	rig_sync(&rig, c);
	assert_int_equal(count_of(rig.district, "dispute"), 3);
	rig_sync(&rig, a);
	rig_sync(&rig, b);
	assert_int_equal(open_forks(rig.district), 0);
	assert_int_equal(open_forks(b), 0);
	assert_sound(a);
	assert_sound(b);
	assert_sound(c);
	assert_sound(rig.district);
	node_close(a);
	node_close(b);
	node_close(c);
	rig_close(&rig);
}

/* A lie about the district's own chain costs it one incarnation, not one each time. */
static void test_fork__a_lie_is_believed_once(void **state)
{
	struct rig rig;
	struct node *a;
	struct said said = { .current = true, .incarnation = 1 };
	struct head head = { 0 };
	struct err err = { 0 };
	uint32_t before;
	size_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	rig_sync(&rig, a);
	said.by = node_device(a);
	said.heads = &head;
	said.count = 1;
	before = node_incarnation(rig.district);
	for (i = 0; i < 5; i++) {
		head.chain = (struct chain_name){ .device = node_device(rig.district),
			.incarnation = node_incarnation(rig.district),
			.scope = { .kind = SCOPE_FEDERATION } };
		head.seq = 1000 + (uint32_t)i;
		memset(head.hash, (int)i + 1, sizeof(head.hash));
		assert_ok(forks_hear(rig.district, &said, &err), &err);
	}
	assert_int_equal(node_incarnation(rig.district), before + 1);
	put_dispute(a, "parking");
	rig_sync(&rig, a);
	assert_int_equal(count_of(rig.district, "dispute"), 1);
	assert_sound(a);
	assert_sound(rig.district);
	node_close(a);
	rig_close(&rig);
}

/* ---- by chance ------------------------------------------------------ */

#define PLAYERS 4
#define STEPS 48
#define SEEDS 6

struct player {
	struct node *node;
	char home[16];
	char copy[32]; /* "": none yet */
	char activity[RECORD_ID_TEXT_BYTES];
	int64_t served;
};
struct game {
	struct rig rig;
	struct player players[PLAYERS]; /* the last two are of one community */
	char district_copy[32];
	uint32_t chance;
	unsigned disputes, clubs, persons, communities, copies;
};

static unsigned roll(struct game *game, unsigned sides)
{
	game->chance = game->chance * 1664525u + 1013904223u;
	return (game->chance >> 16) % sides;
}

static void capture(struct game *game, struct player *player)
{
	char word[CAPTION_BYTES], club[RECORD_ID_TEXT_BYTES], reference[RECORD_ID_TEXT_BYTES + 8];

	switch (roll(game, 4)) {
	case 0:
		snprintf(word, sizeof(word), "name=club-%u", game->clubs++);
		PUT(player->node, "club", NULL, club, word, "category=合唱", "members=9");
		snprintf(reference, sizeof(reference), "club=%s", club);
		snprintf(word, sizeof(word), "title=club-%u", game->clubs - 1);
		PUT(player->node, "activity", NULL, NULL, "kind=other", word,
			"held_on=2024-01-01", reference);
		break;
	case 1:
		snprintf(word, sizeof(word), "name=person-%u", game->persons++);
		PUT(player->node, "person", NULL, NULL, word, "phone=13857112233",
			"birth_decade=1960");
		break;
	case 2:
		PUT(player->node, "activity", player->activity, NULL, "served+=1");
		player->served++;
		break;
	default:
		snprintf(word, sizeof(word), "play-%u", game->disputes++);
		put_dispute(player->node, word);
		break;
	}
}

/* What a life has captured reaches the others before it ends, else it is gone with it. */
static void end_life(struct game *game)
{
	size_t i;

	for (i = 0; i < 2 * PLAYERS; i++) {
		meet(&game->rig, game->players[i % PLAYERS].node);
	}
}

static void play_district(struct game *game)
{
	char word[CAPTION_BYTES], name[CAPTION_BYTES];
	struct err err = { 0 };

	switch (roll(game, 4)) {
	case 0:
		snprintf(game->district_copy, sizeof(game->district_copy), "copy-%u",
			++game->copies);
		rig_copy(&game->rig, "district", game->district_copy);
		break;
	case 1:
		if (game->district_copy[0] != '\0') {
			end_life(game);
			put_district_back(&game->rig, game->district_copy);
		}
		break;
	case 2:
		pack_all(game->rig.district);
		break;
	default:
		snprintf(word, sizeof(word), "added-%u", game->communities);
		snprintf(name, sizeof(name), "社区-%u", game->communities++);
		assert_ok(node_roster_add(game->rig.district, word, name, "潮鸣街道", &err), &err);
		break;
	}
}

static void play(struct game *game)
{
	struct player *player = &game->players[roll(game, PLAYERS)];

	switch (roll(game, 9)) {
	case 0:
		snprintf(player->copy, sizeof(player->copy), "copy-%u", ++game->copies);
		rig_copy(&game->rig, player->home, player->copy);
		break;
	case 1:
		if (player->copy[0] != '\0') {
			end_life(game);
			player->node = rig_put_back(
				&game->rig, player->node, player->home, player->copy);
		}
		break;
	case 2:
	case 3:
		meet(&game->rig, player->node);
		break;
	case 4:
		pack_all(player->node);
		break;
	case 5:
		play_district(game);
		break;
	default:
		capture(game, player);
		break;
	}
}

/* Each of ${count} texts "<prefix><n>" is shown by one record. */
static void assert_each_once(struct node *node, const char *entity, const char *field,
	const char *prefix, unsigned count)
{
	char word[CAPTION_BYTES];
	unsigned n;
	size_t there;

	for (n = 0; n < count; n++) {
		snprintf(word, sizeof(word), "%s%u", prefix, n);
		there = showing(node, entity, field, word);
		if (there != 1) {
			printf("%s is there %zu times\n", word, there);
		}
		assert_int_equal(there, 1);
	}
}

/* The activity of a club is still that club's. */
static bool club_fits(void *ctx, const struct record_view *view, struct err *err)
{
	struct node *node = ctx;
	const struct field *title = entity_field(view->entity, view_of("title"));
	const struct field *club = entity_field(view->entity, view_of("club"));
	struct buf id = { 0 };

	(void)err;
	if (view->values[club->index].kind == VALUE_TEXT) {
		buf_view(&id, view->values[club->index].text);
		assert_true(view_is(view->values[title->index].text,
			value_of(node, "club", buf_str(&id), "name")));
	}
	buf_clear(&id);
	return true;
}

static void end_game(struct game *game)
{
	struct node *district = game->rig.district;
	struct err err = { 0 };
	char served[32];
	size_t i;

	end_life(game);
	end_life(game);
	assert_each_once(district, "dispute", "category", "play-", game->disputes);
	assert_each_once(district, "club", "name", "club-", game->clubs);
	assert_each_once(district, "activity", "title", "club-", game->clubs);
	assert_each_once(district, "community", "name", "社区-", game->communities);
	for (i = 0; i < PLAYERS; i++) {
		struct player *player = &game->players[i];

		assert_int_equal(drafts_of(player->node), 0);
		assert_int_equal(unsent_of(player->node), 0);
		assert_each_once(player->node, "community", "name", "社区-", game->communities);
		assert_ok(records_each(player->node,
				  model_entity(node_model(player->node), view_of("activity")), NULL,
				  0, club_fits, player->node, &err),
			&err);
		snprintf(served, sizeof(served), "%lld", (long long)player->served);
		assert_string_equal(
			value_of(district, "activity", player->activity, "served"), served);
		assert_sound(player->node);
	}
	assert_agree(game->players[PLAYERS - 2].node, game->players[PLAYERS - 1].node);
	assert_sound(district);
}

static void play_game(uint32_t seed)
{
	static const char *const homes[PLAYERS] = { "a", "b", "c", "d" };
	static const char *const slugs[PLAYERS] = { "zhizunong", "wanglanfu", "jindu", "jindu" };
	struct game game = { .chance = seed };
	size_t i;

	rig_open(&game.rig);
	for (i = 0; i < PLAYERS; i++) {
		struct player *player = &game.players[i];

		strcpy(player->home, homes[i]);
		player->node = rig_join(&game.rig, homes[i], slugs[i], "社区");
		PUT(player->node, "activity", NULL, player->activity, "kind=other", "title=会",
			"held_on=2024-01-01", "served=1", "participants=3");
		player->served = 1;
	}
	end_life(&game);
	for (i = 0; i < STEPS; i++) {
		play(&game);
	}
	end_game(&game);
	for (i = 0; i < PLAYERS; i++) {
		node_close(game.players[i].node);
	}
	rig_close(&game.rig);
}

/*
 * Copies of clients and of the district made and put back at any moment, again
 * and again: each change is there once, everywhere.  LINLI_SEEDS plays more.
 */
static void test_fork__by_chance(void **state)
{
	const char *wanted = getenv("LINLI_SEEDS");
	uint32_t seeds = wanted != NULL ? (uint32_t)strtoul(wanted, NULL, 10) : SEEDS;
	uint32_t first = getenv("LINLI_SEED") != NULL ?
		(uint32_t)strtoul(getenv("LINLI_SEED"), NULL, 10) : 1;
	uint32_t seed;

	(void)state;
	for (seed = first; seed < first + seeds; seed++) {
		printf("seed %u\n", seed);
		play_game(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork__both_lives_of_a_client_stay),
		cmocka_unit_test(test_fork__unsigned_changes_make_none),
		cmocka_unit_test(test_fork__drafts_of_an_old_incarnation_go_out),
		cmocka_unit_test(test_fork__sums_count_each_number_once),
		cmocka_unit_test(test_fork__two_edits_of_one_field_are_a_conflict),
		cmocka_unit_test(test_fork__references_follow_their_records),
		cmocka_unit_test(test_fork__on_a_stick),
		cmocka_unit_test(test_fork__two_computers_with_one_key),
		cmocka_unit_test(test_fork__third_parties_keep_the_first_branch),
		cmocka_unit_test(test_fork__both_lives_of_a_district_stay),
		cmocka_unit_test(test_fork__a_lie_is_believed_once),
		cmocka_unit_test(test_fork__by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
