/* test_backup.c -- a backup is what was verified, or there is none. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "age.h"
#include "backup_world.h"
#include "db.h"
#include "linli/review.h"
#include "lock.h"
#include "node_private.h"

/* A lost computer comes back from the file and the identity on paper, whole, under a new incarnation. */
static void test_backup__a_lost_computer_comes_back(void **state)
{
	struct world world;
	struct restored restored;
	struct err err = { 0 };
	struct node *again;
	char before[65], after[65];
	const char *home;

	(void)state;
	world_make(&world);
	record_dispute(world.a, "2024-01-02"); /* not signed yet: the backup signs it */
	write_identity(world.a, path_in(&world, "id"));
	back_up(world.a, path_in(&world, "a.age"));
	assert_ok(chains_state_hash(world.a, before, &err), &err);
	home = path_in(&world, "new");
	assert_ok(restore_into(
			  home, path_in(&world, "a.age"), path_in(&world, "id"), &restored, &err),
		&err);
	assert_true(restored.sealed);
	assert_true(restored.made_ms > 0);
	assert_int_equal(restored.incarnation, 2);
	assert_string_equal(restored.report.state_hash, before);
	assert_int_equal(restored.aside.len, 0);
	restored_clear(&restored);
	again = open_home(path_in(&world, "new"));
	assert_int_equal(node_incarnation(again), 2);
	assert_true(device_id_equal(node_device(again), node_device(world.a)));
	assert_ok(chains_state_hash(again, after, &err), &err);
	assert_string_equal(before, after);
	record_dispute(again, "2024-01-03");
	pack(again);
	give_all(again, world.district);
	assert_int_equal(count_of(world.district, "dispute"), 3);
	assert_sound(again);
	assert_sound(world.district);
	node_close(again);
	world_end(&world);
}

/* What counts as backed up is what was in the copy, to the last bundle and no further. */
static void test_backup__names_the_heads_that_are_in_it(void **state)
{
	const struct backup_request request = { .path = "x" };
	struct backup_request real = request;
	struct backup_made made;
	struct world world;
	struct err err = { 0 };
	struct head head;
	size_t i, found = 0;

	(void)state;
	world_make(&world);
	real.path = path_in(&world, "d.age");
	assert_ok(backup_make(world.district, &real, &made, &err), &err);
	assert_true(made.head_count >= 2);
	for (i = 0; i < made.head_count; i++) {
		assert_ok(chains_head(world.district, &made.heads[i].chain, &head, &err), &err);
		assert_true(made.heads[i].seq <= head.seq);
		assert_true(made.heads[i].seq != head.seq ||
			memcmp(made.heads[i].hash, head.hash, sizeof(head.hash)) == 0);
		found += device_id_equal(made.heads[i].chain.device, node_device(world.a));
	}
	assert_int_not_equal(found, 0);
	backup_made_clear(&made);
	world_end(&world);
}

/* What the district says of the newest bundle of ${node}'s own district chain. */
static struct receipt newest_receipt(struct world *world, struct node *node)
{
	struct place place = { .chain = { .device = node_device(node),
				       .incarnation = node_incarnation(node),
				       .scope = { .kind = SCOPE_DISTRICT } } };
	struct receipt receipt;
	struct head head;
	struct err err = { 0 };

	strcpy(place.chain.scope.community, node_community(node));
	give_all(node, world->district);
	pack(world->district);
	give_all(world->district, node);
	assert_ok(chains_head(node, &place.chain, &head, &err), &err);
	assert_int_not_equal(head.seq, 0);
	place.seq = head.seq;
	assert_ok(receipt_of(node, &place, &receipt, &err), &err);
	assert_true(receipt.present);
	return receipt;
}

/* "Backed-up" is a promise: it is said of what lies in a verified backup, and of nothing else. */
static void test_backup__receipts_say_what_is_in_it(void **state)
{
	struct world world;
	struct head early;
	struct err err = { 0 };

	(void)state;
	world_make(&world);
	assert_false(newest_receipt(&world, world.a).backed_up);
	back_up(world.district, path_in(&world, "d1.age"));
	assert_true(newest_receipt(&world, world.a).backed_up);
	record_dispute(world.a, "2024-02-01");
	pack(world.a);
	assert_false(newest_receipt(&world, world.a).backed_up);
	back_up(world.a, path_in(&world, "a.age")); /* a community's own promises nothing */
	assert_false(newest_receipt(&world, world.a).backed_up);
	back_up(world.district, path_in(&world, "d2.age"));
	assert_true(newest_receipt(&world, world.a).backed_up);
	/* An older backup that is noted late takes nothing back. */
	early = (struct head){
		.chain = { .device = node_device(world.a),
			.incarnation = 1,
			.scope = { .kind = SCOPE_DISTRICT, .community = "zhizunong" } },
		.seq = 1
	};
	assert_ok(receipts_backed_up(world.district, &early, 1, &err), &err);
	assert_true(newest_receipt(&world, world.a).backed_up);
	assert_refused(receipts_backed_up(world.a, &early, 1, &err), &err, ERR_SCOPE);
	assert_sound(world.a);
	assert_sound(world.district);
	world_end(&world);
}

/* A backup is its owner's alone, and the room taken on the way is given back. */
static void test_backup__leaves_only_the_file(void **state)
{
	struct world world;
	struct stat st;

	(void)state;
	world_make(&world);
	back_up(world.a, path_in(&world, "a.age"));
	assert_int_equal(stat(path_in(&world, "a.age"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(entries(path_in(&world, "a"), "backing-up"), 0);
	assert_int_equal(entries(world.folder, "a.age"), 1);
	world_end(&world);
}

/* Whom --to names opens it, and who is not named does not. */
static void test_backup__opens_for_those_who_are_named(void **state)
{
	struct world world;
	struct age_identity identity = { { 7 } };
	struct age_recipient recipient;
	char named[AGE_RECIPIENT_TEXT_BYTES], text[AGE_IDENTITY_TEXT_BYTES];
	const char *to[] = { named };
	struct backup_request request = { .to = to, .to_count = 1 };
	struct backup_made made;
	struct restored restored;
	struct err err = { 0 };

	(void)state;
	world_make(&world);
	assert_ok(age_identity_recipient(&recipient, &identity, &err), &err);
	age_recipient_print(named, &recipient);
	age_identity_print(text, &identity);
	write_whole(path_in(&world, "safe.id"), text, strlen(text));
	request.path = path_in(&world, "a.age");
	assert_ok(backup_make(world.a, &request, &made, &err), &err);
	assert_int_equal(made.recipients, 2);
	backup_made_clear(&made);
	assert_ok(restore_into(path_in(&world, "new"), path_in(&world, "a.age"),
			  path_in(&world, "safe.id"), &restored, &err),
		&err);
	restored_clear(&restored);
	write_identity(world.district, path_in(&world, "other.id"));
	assert_refused(restore_into(path_in(&world, "new2"), path_in(&world, "a.age"),
			       path_in(&world, "other.id"), &restored, &err),
		&err, ERR_SEALED);
	assert_no_node(path_in(&world, "new2"));
	world_end(&world);
}

/* A recipient with a slip must not leave a backup that nobody can open. */
static void test_backup__refuses_what_is_no_recipient(void **state)
{
	const char *to[] = { "age1xyz" };
	struct backup_request request = { .to = to, .to_count = 1 };
	struct backup_made made;
	struct world world;
	struct err err = { 0 };

	(void)state;
	world_make(&world);
	request.path = path_in(&world, "a.age");
	assert_refused(backup_make(world.a, &request, &made, &err), &err, ERR_FORMAT);
	assert_int_equal(entries(world.folder, "a.age"), 0);
	world_end(&world);
}

/* Yesterday's backup is not overwritten by today's. */
static void test_backup__takes_no_place_of_another_file(void **state)
{
	struct backup_request request = { .path = NULL };
	struct backup_made made;
	struct world world;
	struct buf text = { 0 };
	struct err err = { 0 };

	(void)state;
	world_make(&world);
	request.path = path_in(&world, "a.age");
	write_whole(request.path, "mine", 4);
	assert_refused(backup_make(world.a, &request, &made, &err), &err, ERR_EXISTS);
	assert_refused(backup_rehearse(world.a, &request, &made, &err), &err, ERR_EXISTS);
	read_whole(&text, request.path);
	assert_string_equal(buf_str(&text), "mine");
	request.path = path_in(&world, "nowhere/a.age");
	assert_refused(backup_make(world.a, &request, &made, &err), &err, ERR_NO_FILE);
	buf_clear(&text);
	world_end(&world);
}

/* Two backups at a time would take the same folder: the second waits for a person. */
static void test_backup__one_at_a_time(void **state)
{
	struct backup_request request = { .path = NULL };
	struct backup_made made;
	struct home_lock *lock;
	struct world world;
	struct err err = { 0 };

	(void)state;
	world_make(&world);
	request.path = path_in(&world, "a.age");
	assert_ok(home_lock_take(&lock, path_in(&world, "a"), HOME_LOCK_BACKUP, &err), &err);
	assert_refused(backup_make(world.a, &request, &made, &err), &err, ERR_BUSY);
	home_lock_release(lock);
	back_up(world.a, request.path);
	world_end(&world);
}

/* A store that does not verify is no backup: it fails on the day it is made. */
static void test_backup__of_a_damaged_store_is_none(void **state)
{
	struct backup_request request = { .path = NULL };
	struct backup_made made;
	struct world world;
	struct err err = { 0 };

	(void)state;
	world_make(&world);
	request.path = path_in(&world, "a.age");
	assert_ok(db_exec(node_db(world.a), "UPDATE slot SET hash = zeroblob(32) WHERE seq = 1",
			  &err),
		&err);
	assert_refused(backup_make(world.a, &request, &made, &err), &err, ERR_STORE);
	assert_int_equal(entries(world.folder, "a.age"), 0);
	assert_int_equal(entries(path_in(&world, "a"), "backing-up"), 0);
	world_end(&world);
}

/* The disk may fill up at any byte: there is a verified backup, or no file at all. */
static void test_backup__of_a_full_disk_is_none(void **state)
{
	struct rlimit limit, whole;
	struct backup_request request = { .path = NULL };
	struct backup_made made;
	struct world world;
	struct err err = { 0 };
	rlim_t bytes;
	int refused = 0;

	(void)state;
	world_make(&world);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
	signal(SIGXFSZ, SIG_IGN);
	request.path = path_in(&world, "a.age");
	for (bytes = 1000; bytes < 1000000; bytes += 45000) {
		limit = whole;
		limit.rlim_cur = bytes;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		if (backup_make(world.a, &request, &made, &err)) {
			backup_made_clear(&made);
			break;
		}
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
		refused++;
		assert_int_equal(entries(world.folder, "a.age"), 0);
		assert_int_equal(entries(path_in(&world, "a"), "backing-up"), 0);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
	assert_true(refused > 3);
	if (!exists(request.path)) {
		back_up(world.a, request.path);
	}
	assert_sound(world.a);
	world_end(&world);
}

/* What a killed backup left takes no room for ever, and stands in nobody's way. */
static void test_backup__sweeps_what_was_cut_off(void **state)
{
	struct world world;
	char name[BACKUP_NAME_BYTES], path[300];

	(void)state;
	world_make(&world);
	assert_int_equal(mkdir(path_in(&world, "a/backing-up"), 0700), 0);
	write_whole(path_in(&world, "a/backing-up/store.db"), "half", 4);
	write_whole(path_in(&world, "a/backing-up/device.key"), "half", 4);
	write_whole(path_in(&world, "a/backing-up/store.db-journal"), "half", 4);
	assert_int_equal(mkdir(path_in(&world, "backups"), 0700), 0);
	backup_name(world.a, name);
	snprintf(path, sizeof(path), "%s/backups/%s.part", world.folder, name);
	write_whole(path, "half", 4);
	write_whole(path_in(&world, "backups/somebody-else.age.part"), "half", 4);
	write_whole(path_in(&world, "backups/mine.age.part"), "half", 4);
	back_up(world.a, path_in(&world, "backups/mine.age"));
	assert_int_equal(entries(path_in(&world, "a"), "backing-up"), 0);
	assert_false(exists(path));
	assert_int_equal(entries(path_in(&world, "backups"), "mine.age"), 1);
	assert_int_equal(entries(path_in(&world, "backups"), "somebody-else"), 1);
	world_end(&world);
}

/* One that was killed leaves its file wherever the person had it put: the next one, elsewhere, removes it. */
static void test_backup__sweeps_a_file_of_another_name(void **state)
{
	struct world world;
	char part[300];

	(void)state;
	world_make(&world);
	assert_int_equal(mkdir(path_in(&world, "stick"), 0700), 0);
	assert_int_equal(mkdir(path_in(&world, "backups"), 0700), 0);
	snprintf(part, sizeof(part), "%s/stick/mine.age.part", world.folder);
	write_whole(part, "half", 4);
	write_whole(path_in(&world, "stick/other.age.part"), "half", 4);
	write_whole(path_in(&world, "a/backing-up.path"), part, strlen(part));
	back_up(world.a, path_in(&world, "backups/new.age"));
	assert_false(exists(part));
	assert_int_equal(entries(path_in(&world, "stick"), "other"), 1);
	assert_int_equal(entries(path_in(&world, "a"), "backing-up"), 0);
	/* What is noted and is no such file stays. */
	write_whole(path_in(&world, "a/backing-up.path"), path_in(&world, "backups/new.age"),
		strlen(path_in(&world, "backups/new.age")));
	back_up(world.a, path_in(&world, "backups/newer.age"));
	assert_int_equal(entries(path_in(&world, "backups"), "new.age"), 1);
	world_end(&world);
}

/* The passphrase of the key holds in the backup as well. */
static void test_backup__keeps_the_passphrase(void **state)
{
	struct node_options options = { .env = env_system(), .passphrase = "秘密" };
	struct backup_request request = { .passphrase = "秘密" };
	char *folder = scratch_folder(), home[256], file[256], id[256], again[256];
	struct backup_made made;
	struct restored restored;
	struct node *node;
	struct err err = { 0 };

	(void)state;
	snprintf(home, sizeof(home), "%s/district", folder);
	snprintf(file, sizeof(file), "%s/d.age", folder);
	snprintf(id, sizeof(id), "%s/id", folder);
	snprintf(again, sizeof(again), "%s/again", folder);
	options.home = home;
	assert_ok(node_found(&node, &options, "拱墅区", (struct view){ NULL, 0 }, &err), &err);
	write_identity(node, id);
	request.path = file;
	request.passphrase = "else";
	assert_refused(backup_make(node, &request, &made, &err), &err, ERR_PASSPHRASE);
	assert_int_equal(entries(folder, "d.age"), 0);
	request.passphrase = "秘密";
	assert_ok(backup_make(node, &request, &made, &err), &err);
	backup_made_clear(&made);
	node_close(node);
	assert_refused(
		restore_as(
			(struct restore_request){ .file = file, .identity = id, .district = true },
			again, NULL, &restored, &err),
		&err, ERR_PASSPHRASE);
	assert_no_node(again);
	assert_ok(
		restore_as(
			(struct restore_request){ .file = file, .identity = id, .district = true },
			again, "秘密", &restored, &err),
		&err);
	restored_clear(&restored);
	scratch_remove(folder);
}

static bool count_removed(void *ctx, const char *name, struct err *err)
{
	(void)name;
	(void)err;
	(*(int *)ctx)++;
	return true;
}

/* Old backups make room for new ones; other people's, and the one just made, stay. */
static void test_backup__keeps_the_newest(void **state)
{
	static const char *const stamps[] = { "20240101-000000", "20240102-000000",
		"20240103-000000", "20990101-000000" };
	struct world world;
	char name[BACKUP_NAME_BYTES + 16], mine[BACKUP_NAME_BYTES], path[300],
		device[DEVICE_TEXT_BYTES];
	struct err err = { 0 };
	int removed = 0;
	size_t i;

	(void)state;
	world_make(&world);
	assert_int_equal(mkdir(path_in(&world, "backups"), 0700), 0);
	device_id_print(device, node_device(world.a));
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/backups/linli-zhizunong-%s-%s.age", world.folder,
			device, stamps[i]);
		write_whole(path, "x", 1);
	}
	snprintf(path, sizeof(path), "%s/backups/linli-zhizunong-0123456789abcdef-%s.age",
		world.folder, stamps[0]);
	write_whole(path, "x", 1);
	write_whole(path_in(&world, "backups/holiday.jpg"), "x", 1);
	/* By its name the oldest: the clock was put back. */
	snprintf(mine, sizeof(mine), "linli-zhizunong-%s-20230101-000000.age", device);
	snprintf(name, sizeof(name), "backups/%s", mine);
	write_whole(path_in(&world, name), "x", 1);
	assert_refused(backup_prune(world.a, path_in(&world, "backups"), mine, 0, count_removed,
			       &removed, &err),
		&err, ERR_USAGE);
	assert_ok(backup_prune(world.a, path_in(&world, "backups"), mine, 3, count_removed,
			  &removed, &err),
		&err);
	assert_int_equal(removed, 2);
	assert_true(exists(path_in(&world, name)));
	assert_true(exists(path));
	assert_true(exists(path_in(&world, "backups/holiday.jpg")));
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/backups/linli-zhizunong-%s-%s.age", world.folder,
			device, stamps[i]);
		assert_int_equal(exists(path), i >= 2);
	}
	assert_ok(backup_prune(world.a, path_in(&world, "backups"), mine, 1, count_removed,
			  &removed, &err),
		&err);
	assert_true(exists(path_in(&world, name)));
	assert_int_equal(removed, 4);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backup__a_lost_computer_comes_back),
		cmocka_unit_test(test_backup__names_the_heads_that_are_in_it),
		cmocka_unit_test(test_backup__receipts_say_what_is_in_it),
		cmocka_unit_test(test_backup__leaves_only_the_file),
		cmocka_unit_test(test_backup__opens_for_those_who_are_named),
		cmocka_unit_test(test_backup__refuses_what_is_no_recipient),
		cmocka_unit_test(test_backup__takes_no_place_of_another_file),
		cmocka_unit_test(test_backup__one_at_a_time),
		cmocka_unit_test(test_backup__of_a_damaged_store_is_none),
		cmocka_unit_test(test_backup__of_a_full_disk_is_none),
		cmocka_unit_test(test_backup__sweeps_what_was_cut_off),
		cmocka_unit_test(test_backup__sweeps_a_file_of_another_name),
		cmocka_unit_test(test_backup__keeps_the_passphrase),
		cmocka_unit_test(test_backup__keeps_the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
