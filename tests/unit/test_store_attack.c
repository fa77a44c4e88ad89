/* test_store_attack.c -- full disks, kills, odd requests: nothing of it is lost in silence. */
#include <sys/wait.h>
#include <unistd.h>

#include "federation.h"
#include "node_private.h"

static void pack(struct node *node)
{
	struct tally tally;
	struct err err = { 0 };

	assert_ok(outbox_pack(node, &tally, &err), &err);
}

/* ---- a disk that is full for a while ------------------------------ */

static int64_t page_count(struct db *db)
{
	struct stmt *stmt = db_prepare(db, "PRAGMA page_count");
	struct err err = { 0 };
	int64_t count;
	bool row;

	assert_ok(stmt_step(stmt, &row, &err), &err);
	count = stmt_get_int(stmt, 0);
	stmt_reset(stmt);
	return count;
}

static void limit_pages(struct db *db, int64_t count)
{
	char sql[64];
	struct err err = { 0 };

	snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%lld", (long long)count);
	assert_ok(db_exec(db, sql, &err), &err);
}

static bool put_dispute(struct node *node, struct err *err)
{
	const struct entity *entity = model_entity(node_model(node), VIEW_LITERAL("dispute"));
	const struct assignment assignments[] = {
		{ entity_field(entity, VIEW_LITERAL("category")), ASSIGN_SET,
			{ VALUE_TEXT, 0, VIEW_LITERAL("noise") } },
		{ entity_field(entity, VIEW_LITERAL("opened_on")), ASSIGN_SET,
			{ VALUE_TEXT, 0, VIEW_LITERAL("2024-01-01") } },
		{ entity_field(entity, VIEW_LITERAL("outcome")), ASSIGN_SET,
			{ VALUE_TEXT, 0, VIEW_LITERAL("open") } },
	};
	struct record_id made;

	return records_put(node, entity, NULL, assignments, 3, &made, err);
}

static bool fill_and_go_on(void *ctx, struct err *err)
{
	struct node *node = ctx;
	struct err why = { 0 };
	int i;

	(void)err;
	limit_pages(node_db(node), page_count(node_db(node)) + 2);
	for (i = 0; i < 10000 && put_dispute(node, &why); i++) {
	}
	assert_int_equal(why.code, ERR_DISK_FULL);
	limit_pages(node_db(node), 1 << 30);
	/* Part of what came before is gone: nothing more may go in. */
	if (put_dispute(node, &why)) {
		print_message("a record went in after its transaction was undone\n");
	}
	return true;
}

/* SQLite undoes a transaction on a full disk: the rest of an import must not go in alone. */
static void test_store_attack__a_full_disk_keeps_all_or_nothing(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct err err = { 0 };

	(void)state;
	assert_false(node_transaction(a, fill_and_go_on, a, false, &err));
	assert_int_equal(count_of(a, "dispute"), 0);
	assert_ok(put_dispute(a, &err), &err);
	assert_int_equal(count_of(a, "dispute"), 1);
	assert_sound(a);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

/* ---- killed while the home is being made -------------------------- */

static int writes_left;

static bool write_then_die(void *ctx, const char *path, struct view data, bool secret,
	struct err *err)
{
	bool ok = env_system()->write_file(ctx, path, data, secret, err);

	if (--writes_left == 0) {
		_exit(0);
	}
	return ok;
}

/* Wherever making a district is interrupted, it can be opened or made then. */
static void test_store_attack__an_unfinished_home_is_begun_anew(void **state)
{
	char *folder = scratch_folder();
	struct buf home = { 0 };
	struct env deadly = *env_system();
	struct node_options options = { .home = NULL };
	struct view builtin = { NULL, 0 };
	struct node *node = NULL;
	struct err err = { 0 };
	int writes, status;
	pid_t child;

	(void)state;
	deadly.write_file = write_then_die;
	for (writes = 1; writes <= 2; writes++) {
		buf_reset(&home);
		buf_printf(&home, "%s/%d", folder, writes);
		options.home = buf_str(&home);
		child = fork();
		if (child == 0) {
			writes_left = writes;
			options.env = &deadly;
			_exit(node_found(&node, &options, "拱墅区", builtin, &err) ? 2 : 3);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(WEXITSTATUS(status), 0);
		options.env = env_system();
		err.code = ERR_NONE;
		if (!node_open(&node, &options, &err)) {
			assert_int_equal(err.code, ERR_NOT_INITIALISED);
			assert_ok(node_found(&node, &options, "拱墅区", builtin, &err), &err);
		}
		assert_true(node_enrolled(node));
		pack(node);
		assert_sound(node);
		node_close(node);
		assert_refused(node_found(&node, &options, "拱墅区", builtin, &err), &err,
			ERR_EXISTS);
	}
	buf_clear(&home);
	scratch_remove(folder);
}

/* A key without its store belongs to a device that has signed: it is not made new. */
static void test_store_attack__a_key_without_a_store_is_kept(void **state)
{
	const struct env *env = env_system();
	char *folder = scratch_folder();
	struct node_options options = { .env = env, .home = folder };
	struct buf path = { 0 }, kept = { 0 };
	struct node *node = NULL;
	struct err err = { 0 };

	(void)state;
	buf_printf(&path, "%s/device.key", folder);
	assert_ok(env->write_file(env->ctx, buf_str(&path), VIEW_LITERAL("a key"), true, &err),
		&err);
	assert_refused(node_found(&node, &options, "拱墅区", (struct view){ NULL, 0 }, &err), &err,
		ERR_EXISTS);
	assert_ok(env->read_file(env->ctx, &kept, buf_str(&path), 100, &err), &err);
	assert_string_equal(buf_str(&kept), "a key");
	buf_clear(&path);
	buf_clear(&kept);
	scratch_remove(folder);
}

/* ---- odd requests ------------------------------------------------- */

/* A stranger asks for one chain twice: it is written once, and the server lives. */
static void test_store_attack__a_chain_asked_for_twice(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct chain_name chain = { .device = node_device(district), .incarnation = 1 };
	struct range ranges[] = { { chain, 0, 0 }, { chain, 0, 0 }, { chain, 1, 0 } };
	struct received received = { 0 };
	struct buf file = { 0 };
	struct tally tally;
	struct err err = { 0 };
	bool more;

	(void)state;
	assert_ok(chains_write(district, ranges, 3, SIZE_MAX, &file, &tally, &more, &err), &err);
	assert_int_equal(tally.bundles, 1);
	assert_ok(receive_bundles(district, buf_as_view(&file), "test", &received, &err), &err);
	assert_int_equal(received.duplicates, 1);
	received_clear(&received);
	buf_clear(&file);
	node_close(district);
	scratch_remove(folder);
}

/* An attachment that is not here could never be signed, nor anything after it. */
static void test_store_attack__an_attachment_must_be_here(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	const struct entity *entity = model_entity(node_model(a), VIEW_LITERAL("activity"));
	char activity[RECORD_ID_TEXT_BYTES], hash[65];
	struct assignment assignment = { entity_field(entity, VIEW_LITERAL("photos")), ASSIGN_ADD,
		{ VALUE_TEXT, 0, { hash, 64 } } };
	struct record_id id, made;
	struct err err = { 0 };

	(void)state;
	memset(hash, 'a', 64);
	hash[64] = '\0';
	PUT(a, "activity", NULL, activity, "kind=other", "title=会", "held_on=2024-01-01");
	assert_true(record_id_parse(&id, view_of(activity), false));
	assert_refused(records_put(a, entity, &id, &assignment, 1, &made, &err), &err, ERR_VALUE);
	pack(a);
	assert_sound(a);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

/* A device whose record was deleted is not trusted from that moment on. */
static void test_store_attack__a_deleted_device_is_unknown_at_once(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	const struct entity *entity = model_entity(node_model(district), VIEW_LITERAL("device"));
	char name[DEVICE_TEXT_BYTES];
	struct device device;
	struct record_id id;
	struct err err = { 0 };

	(void)state;
	device_id_print(name, node_device(a));
	assert_true(record_id_parse(&id, view_of(name), true));
	assert_true(node_find_device(district, node_device(a), &device));
	assert_ok(records_delete(district, entity, &id, true, &err), &err);
	assert_false(node_find_device(district, node_device(a), &device));
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

static void count_problem(void *ctx, const char *text)
{
	(void)text;
	(*(size_t *)ctx)++;
}

/* check tells of a bundle that is gone from the store, rather than giving up. */
static void test_store_attack__check_tells_of_a_lost_bundle(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	struct check_report report;
	size_t problems = 0;
	struct err err = { 0 };

	(void)state;
	assert_ok(put_dispute(a, &err), &err);
	pack(a);
	assert_ok(put_dispute(a, &err), &err);
	pack(a);
	assert_sound(a);
	assert_ok(db_exec(node_db(a), "DELETE FROM slot WHERE seq = 1", &err), &err);
	assert_ok(chains_check(a, &report, count_problem, NULL, &problems, &err), &err);
	assert_true(report.problems > 0);
	assert_int_equal(report.problems, problems);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store_attack__a_full_disk_keeps_all_or_nothing),
		cmocka_unit_test(test_store_attack__an_unfinished_home_is_begun_anew),
		cmocka_unit_test(test_store_attack__a_key_without_a_store_is_kept),
		cmocka_unit_test(test_store_attack__a_chain_asked_for_twice),
		cmocka_unit_test(test_store_attack__an_attachment_must_be_here),
		cmocka_unit_test(test_store_attack__a_deleted_device_is_unknown_at_once),
		cmocka_unit_test(test_store_attack__check_tells_of_a_lost_bundle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
