/* test_handover.c -- what goes along with a record that moves; see linli/move.h. */
#include "age.h"
#include "handover.h"
#include "linli/erase.h"
#include "move_private.h"
#include "move_world.h"

static void handover(struct world *world, const char *id, struct buf *sealed)
{
	struct record_id record = id_of(id);
	struct err err = { 0 };
	size_t lines;

	offer(world->a, "person", id, "wanglanfu");
	pack(world->a);
	assert_ok(handover_write(world->a, entity_of(world->a, "person"), &record, "wanglanfu",
			  sealed, &lines, &err),
		&err);
	assert_int_not_equal(lines, 0);
}

static void make_person(struct world *world, char id[RECORD_ID_TEXT_BYTES])
{
	PUT(world->a, "person", NULL, id, "name=夏女士", "phone=13857112233", "birth_decade=1960");
	settle_all(world);
	PUT(world->a, "person", id, NULL, "phone=13900000001");
	settle_all(world);
}

static bool count_handed(void *ctx, const struct handed_line *line, struct err *err)
{
	(void)err;
	assert_string_equal(line->giver, "zhizunong");
	(*(size_t *)ctx)++;
	return true;
}

/* A resident moves house: name and phone go with them, and never to the district. */
static void test_handover__carries_what_only_the_community_holds(void **state)
{
	struct world world;
	struct record_id record;
	struct handed handed;
	struct buf sealed = { 0 };
	struct err err = { 0 };
	char id[RECORD_ID_TEXT_BYTES];
	size_t count = 0;

	(void)state;
	world_open(&world);
	make_person(&world, id);
	handover(&world, id, &sealed);
	assert_ok(handover_take(world.b, buf_as_view(&sealed), &handed, &err), &err);
	settle_all(&world);
	assert_string_equal(value_of(world.b, "person", id, "name"), "夏女士");
	assert_string_equal(value_of(world.b, "person", id, "phone"), "13900000001");
	assert_string_equal(value_of(world.b, "person", id, "birth_decade"), "1960");
	assert_string_equal(value_of(world.district, "person", id, "name"), "");
	assert_string_equal(value_of(world.district, "person", id, "birth_decade"), "1960");
	assert_false(alive(world.a, "person", id));
	assert_true(history_lines(world.a, "person", id) >= 3);
	record = id_of(id);
	assert_ok(handover_each(world.b, handed.entity, &record, count_handed, &count, &err),
		&err);
	assert_int_equal(count, handed.lines);
	/* Again: nothing changes, and what b has written since stays. */
	PUT(world.b, "person", id, NULL, "phone=13700000000");
	assert_ok(handover_take(world.b, buf_as_view(&sealed), &handed, &err), &err);
	settle_all(&world);
	assert_string_equal(value_of(world.b, "person", id, "phone"), "13700000000");
	buf_clear(&sealed);
	world_close(&world);
}

/* Who has erased a resident and takes the handover once more has nothing to write, which is no failure. */
static void test_handover__of_an_erased_record_nothing_is_written(void **state)
{
	struct erase_order order = { .text = "街道办 2026-17 号" };
	struct erase_result result;
	struct world world;
	struct record_id record;
	struct handed handed;
	struct buf sealed = { 0 };
	struct stmt *left;
	struct err err = { 0 };
	char id[RECORD_ID_TEXT_BYTES];
	bool row;

	(void)state;
	world_open(&world);
	make_person(&world, id);
	handover(&world, id, &sealed);
	assert_ok(handover_take(world.b, buf_as_view(&sealed), &handed, &err), &err);
	settle_all(&world);
	record = id_of(id);
	assert_ok(erase_record(world.b, handed.entity, &record, &order, &result, &err), &err);
	assert_ok(handover_take(world.b, buf_as_view(&sealed), &handed, &err), &err);
	assert_ok(moves_settle(world.b, &err), &err);
	left = db_prepare(node_db(world.b), "SELECT count(*) FROM handover WHERE written = 0");
	assert_ok(stmt_step(left, &row, &err), &err);
	assert_int_equal(stmt_get_int(left, 0), 0);
	stmt_reset(left);
	settle_all(&world);
	assert_false(alive(world.b, "person", id));
	buf_clear(&sealed);
	world_close(&world);
}

/* What is not signed yet could not be shown to be true: the taker would refuse the whole file. */
static void test_handover__has_to_wait_for_signatures(void **state)
{
	struct world world;
	struct record_id record;
	struct buf sealed = { 0 };
	struct err err = { 0 };
	char id[RECORD_ID_TEXT_BYTES];
	size_t lines;

	(void)state;
	world_open(&world);
	make_person(&world, id);
	offer(world.a, "person", id, "wanglanfu");
	PUT(world.a, "person", id, NULL, "name=夏老师");
	record = id_of(id);
	assert_refused(handover_write(world.a, entity_of(world.a, "person"), &record, "wanglanfu",
			       &sealed, &lines, &err),
		&err, ERR_FORK);
	assert_int_equal(sealed.len, 0);
	pack(world.a);
	assert_ok(handover_write(world.a, entity_of(world.a, "person"), &record, "wanglanfu",
			  &sealed, &lines, &err),
		&err);
	buf_clear(&sealed);
	world_close(&world);
}

/* It is for one community; and what is altered on its way is not taken. */
static void test_handover__is_sealed_and_cannot_be_altered(void **state)
{
	struct world world;
	struct handed handed;
	struct buf sealed = { 0 };
	struct err err = { 0 };
	char id[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	make_person(&world, id);
	handover(&world, id, &sealed);
	assert_false(handover_take(world.c, buf_as_view(&sealed), &handed, &err));
	assert_int_equal(err.code, ERR_SEALED);
	sealed.data[sealed.len / 2] ^= 1;
	assert_false(handover_take(world.b, buf_as_view(&sealed), &handed, &err));
	assert_int_not_equal(err.code, ERR_NONE);
	buf_clear(&sealed);
	world_close(&world);
}

/* Seal ${plain} to ${node} alone, as a stranger could. */
static void seal_to(struct node *node, struct view plain, struct buf *out)
{
	struct age_recipient to;
	struct err err = { 0 };

	assert_ok(age_recipient_of(&to, node_key(node), &err), &err);
	assert_ok(age_seal(out, &to, 1, plain, env_system(), &err), &err);
}

static enum err_code take_altered(struct node *node, const struct handover_file *file)
{
	struct buf plain = { 0 }, sealed = { 0 };
	struct handed handed;
	struct err err = { 0 };

	handover_print(&plain, file);
	seal_to(node, buf_as_view(&plain), &sealed);
	if (handover_take(node, buf_as_view(&sealed), &handed, &err)) {
		err.code = ERR_NONE;
	}
	buf_clear(&plain);
	buf_clear(&sealed);
	return err.code;
}

/* ${text} with the first ${from} replaced by ${to} of the same length. */
static struct view replaced(struct arena *arena, struct view text, const char *from,
	const char *to)
{
	struct view copy = arena_copy(arena, text);
	char *at = strstr(copy.data, from);

	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
	return copy;
}

/* Whoever can seal to us can write a handover; only what the giver signed is believed. */
static void test_handover__a_forged_one_is_refused(void **state)
{
	struct world world;
	struct handover_file file, forged;
	struct handover_item item;
	struct arena arena = { 0 };
	struct buf sealed = { 0 }, plain = { 0 };
	struct err err = { 0 };
	char id[RECORD_ID_TEXT_BYTES], other[RECORD_ID_TEXT_BYTES];

	(void)state;
	world_open(&world);
	make_person(&world, id);
	PUT(world.a, "person", NULL, other, "name=高先生");
	settle_all(&world);
	handover(&world, id, &sealed);
	assert_ok(age_open(&plain, node_key(world.b), buf_as_view(&sealed),
			  HANDOVER_PLAIN_MAX_BYTES, &err),
		&err);
	assert_ok(handover_parse(&file, &arena, buf_as_view(&plain), &err), &err);

	forged = file; /* a value that nobody signed */
	forged.summary = replaced(&arena, file.summary, "13900000001", "13900000002");
	assert_int_equal(take_altered(world.b, &forged), ERR_SIGNATURE);
	forged = file; /* a line that nobody signed */
	item = file.items[0];
	item.text = replaced(&arena, file.items[0].text, "13857112233", "13857112234");
	forged.items = &item;
	forged.item_count = 1;
	forged.commit_count = 1;
	forged.summary = (struct view){ NULL, 0 };
	assert_int_equal(take_altered(world.b, &forged), ERR_HASH);
	forged = file; /* the lines of another record */
	strcpy(forged.id, other);
	assert_int_equal(take_altered(world.b, &forged), ERR_SCOPE);
	forged = file; /* in another's name */
	strcpy(forged.giver, "chaoming");
	assert_int_equal(take_altered(world.b, &forged), ERR_SCOPE);
	forged = file; /* for somebody else */
	strcpy(forged.taker, "chaoming");
	assert_int_equal(take_altered(world.b, &forged), ERR_SCOPE);
	forged = file; /* of another time */
	forged.number = 2;
	assert_int_equal(take_altered(world.b, &forged), ERR_SCOPE);
	forged = file; /* what is an entity of the district's */
	strcpy(forged.entity, "device");
	assert_int_equal(take_altered(world.b, &forged), ERR_SCOPE);
	assert_int_equal(take_altered(world.b, &file), ERR_NONE);
	arena_clear(&arena);
	buf_clear(&plain);
	buf_clear(&sealed);
	world_close(&world);
}

/* A handover of the first move, sent again after the record has gone back, is refused. */
static void test_handover__an_old_one_cannot_be_sent_again(void **state)
{
	struct world world;
	struct record_id record;
	struct handed handed;
	struct buf sealed = { 0 }, back = { 0 };
	struct err err = { 0 };
	char id[RECORD_ID_TEXT_BYTES];
	size_t lines;

	(void)state;
	world_open(&world);
	make_person(&world, id);
	handover(&world, id, &sealed);
	assert_ok(handover_take(world.b, buf_as_view(&sealed), &handed, &err), &err);
	settle_all(&world);
	record = id_of(id);
	offer(world.b, "person", id, "zhizunong");
	pack(world.b);
	assert_ok(handover_write(world.b, handed.entity, &record, "zhizunong", &back, &lines, &err),
		&err);
	assert_ok(handover_take(world.a, buf_as_view(&back), &handed, &err), &err);
	settle_all(&world);
	assert_string_equal(value_of(world.a, "person", id, "phone"), "13900000001");
	assert_false(alive(world.b, "person", id));
	assert_false(handover_take(world.b, buf_as_view(&sealed), &handed, &err));
	assert_int_equal(err.code, ERR_SCOPE);
	buf_clear(&sealed);
	buf_clear(&back);
	world_close(&world);
}

/* Whatever the bytes, reading them ends with the right refusal. */
static void test_handover__hostile_samples(void **state)
{
	const struct env *env = env_system();
	struct buf names = { 0 }, path = { 0 }, bytes = { 0 };
	struct handover_file file;
	struct err err = { 0 };
	size_t at, count = 0;

	(void)state;
	assert_ok(env->list_dir(env->ctx, &names, "tests/data/handover", &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1) {
		const char *name = (char *)names.data + at;
		struct arena arena = { 0 };
		bool ok;

		buf_reset(&path);
		buf_reset(&bytes);
		buf_printf(&path, "tests/data/handover/%s", name);
		assert_ok(env->read_file(env->ctx, &bytes, buf_str(&path), 4 << 20, &err), &err);
		err.code = ERR_NONE;
		ok = handover_parse(&file, &arena, buf_as_view(&bytes), &err);
		if (strcmp(err_name(err.code), strrchr(name, '.') + 1) != 0) {
			fail_msg("%s: %s: %s", name, err_name(err.code), err.detail);
		}
		assert_int_equal(ok, err.code == ERR_NONE);
		arena_clear(&arena);
		count++;
	}
	assert_true(count >= 29);
	buf_clear(&names);
	buf_clear(&path);
	buf_clear(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handover__carries_what_only_the_community_holds),
		cmocka_unit_test(test_handover__of_an_erased_record_nothing_is_written),
		cmocka_unit_test(test_handover__has_to_wait_for_signatures),
		cmocka_unit_test(test_handover__is_sealed_and_cannot_be_altered),
		cmocka_unit_test(test_handover__a_forged_one_is_refused),
		cmocka_unit_test(test_handover__an_old_one_cannot_be_sent_again),
		cmocka_unit_test(test_handover__hostile_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
