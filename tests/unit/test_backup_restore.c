/* test_backup_restore.c -- a home from a backup is whole, or what it was. */
#include "age.h"
#include "backup_world.h"
#include "linli/users.h"

/* One bit anywhere in the file: nothing is restored, and nothing is left of the attempt. */
static void test_restore__of_an_altered_backup_is_none(void **state)
{
	struct world world;
	struct buf file = { 0 };
	struct restored restored;
	struct err err = { 0 };
	size_t at;

	(void)state;
	world_make(&world);
	write_identity(world.a, path_in(&world, "id"));
	back_up(world.a, path_in(&world, "a.age"));
	read_whole(&file, path_in(&world, "a.age"));
	for (at = 25; at < file.len; at += file.len / 12) {
		file.data[at] ^= 4;
		write_whole(path_in(&world, "bad.age"), file.data, file.len);
		file.data[at] ^= 4;
		assert_false(restore_into(path_in(&world, "new"), path_in(&world, "bad.age"),
			path_in(&world, "id"), &restored, &err));
		assert_true(err.code == ERR_HASH || err.code == ERR_FORMAT ||
			err.code == ERR_SEALED || err.code == ERR_TOO_LARGE);
		assert_no_node(path_in(&world, "new"));
	}
	buf_clear(&file);
	world_end(&world);
}

/* A copy from a stick that was pulled too early is told from a whole one. */
static void test_restore__of_a_cut_backup_is_none(void **state)
{
	struct world world;
	struct buf file = { 0 };
	struct restored restored;
	struct err err = { 0 };
	size_t payload, cuts[6], i;

	(void)state;
	world_make(&world);
	write_identity(world.a, path_in(&world, "id"));
	back_up(world.a, path_in(&world, "a.age"));
	read_whole(&file, path_in(&world, "a.age"));
	payload = file.len % 65552; /* where the last chunk would begin, counted from the end */
	cuts[0] = 0;
	cuts[1] = 22;
	cuts[2] = file.len / 2;
	cuts[3] = file.len - payload;
	cuts[4] = file.len - 65552;
	cuts[5] = file.len - 1;
	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		write_whole(path_in(&world, "cut.age"), file.data, cuts[i]);
		assert_false(restore_into(path_in(&world, "new"), path_in(&world, "cut.age"),
			path_in(&world, "id"), &restored, &err));
		assert_no_node(path_in(&world, "new"));
	}
	buf_add(&file, "x", 1);
	write_whole(path_in(&world, "long.age"), file.data, file.len);
	assert_refused(restore_into(path_in(&world, "new"), path_in(&world, "long.age"),
			       path_in(&world, "id"), &restored, &err),
		&err, ERR_HASH);
	assert_no_node(path_in(&world, "new"));
	buf_clear(&file);
	world_end(&world);
}

/* Who can seal to the device may send it anything: only a backup of a sound node is one. */
static void test_restore__of_a_forged_archive_is_none(void **state)
{
	static const char *const forged[] = { "", "not a tar at all", "../../etc/passwd" };
	struct age_recipient recipient;
	struct world world;
	struct buf sealed = { 0 };
	struct restored restored;
	struct err err = { 0 };
	size_t i;

	(void)state;
	world_make(&world);
	write_identity(world.a, path_in(&world, "id"));
	assert_ok(age_recipient_of(&recipient, node_key(world.a), &err), &err);
	for (i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		buf_reset(&sealed);
		assert_ok(age_seal(&sealed, &recipient, 1, view_of(forged[i]), env_system(), &err),
			&err);
		write_whole(path_in(&world, "bad.age"), sealed.data, sealed.len);
		assert_refused(restore_into(path_in(&world, "new"), path_in(&world, "bad.age"),
				       path_in(&world, "id"), &restored, &err),
			&err, ERR_FORMAT);
		assert_no_node(path_in(&world, "new"));
	}
	buf_clear(&sealed);
	world_end(&world);
}

/* "forged.age": the contents of the backup ${from}, with ${before} changed to ${after}. */
static void forge(struct world *world, const char *from, const char *before, const char *after)
{
	struct buf sealed = { 0 }, plain = { 0 };
	struct age_recipient recipient;
	struct err err = { 0 };
	uint8_t *at;

	read_whole(&sealed, from);
	assert_ok(age_open(&plain, node_key(world->a), buf_as_view(&sealed), 1 << 28, &err), &err);
	at = memmem(plain.data, plain.len, before, strlen(before));
	assert_non_null(at);
	memcpy(at, after, strlen(after));
	buf_reset(&sealed);
	assert_ok(age_recipient_of(&recipient, node_key(world->a), &err), &err);
	assert_ok(age_seal(&sealed, &recipient, 1, buf_as_view(&plain), env_system(), &err), &err);
	write_whole(path_in(world, "forged.age"), sealed.data, sealed.len);
	buf_clear(&sealed);
	buf_clear(&plain);
}

/* Sealed is not signed: files that do not fit each other are told apart from a backup. */
static void test_restore__of_files_that_do_not_fit_is_none(void **state)
{
	struct world world;
	struct restored restored;
	struct err err = { 0 };

	(void)state;
	world_make(&world);
	write_identity(world.a, path_in(&world, "id"));
	back_up(world.a, path_in(&world, "a.age"));
	forge(&world, path_in(&world, "a.age"), "SQLite format 3", "SQLite Format 3");
	assert_refused(restore_into(path_in(&world, "new"), path_in(&world, "forged.age"),
			       path_in(&world, "id"), &restored, &err),
		&err, ERR_HASH);
	assert_no_node(path_in(&world, "new"));
	forge(&world, path_in(&world, "a.age"), "community zhizunong", "community zhizunonh");
	assert_refused(restore_into(path_in(&world, "new"), path_in(&world, "forged.age"),
			       path_in(&world, "id"), &restored, &err),
		&err, ERR_FORMAT);
	assert_no_node(path_in(&world, "new"));
	forge(&world, path_in(&world, "a.age"), "file store.db ", "file otheer.db");
	assert_refused(restore_into(path_in(&world, "new"), path_in(&world, "forged.age"),
			       path_in(&world, "id"), &restored, &err),
		&err, ERR_FORMAT);
	assert_no_node(path_in(&world, "new"));
	world_end(&world);
}

/* A community's records must not take the place of the district's, nor the other way round. */
static void test_restore__knows_whose_backup_it_is(void **state)
{
	struct world world;
	struct restored restored;
	struct err err = { 0 };

	(void)state;
	world_make(&world);
	write_identity(world.a, path_in(&world, "a.id"));
	write_identity(world.district, path_in(&world, "d.id"));
	back_up(world.a, path_in(&world, "a.age"));
	back_up(world.district, path_in(&world, "d.age"));
	assert_refused(restore_as((struct restore_request){ .file = path_in(&world, "a.age"),
					  .identity = path_in(&world, "a.id"),
					  .district = true },
			       path_in(&world, "new"), NULL, &restored, &err),
		&err, ERR_SCOPE);
	assert_no_node(path_in(&world, "new"));
	assert_refused(restore_into(path_in(&world, "new"), path_in(&world, "d.age"),
			       path_in(&world, "d.id"), &restored, &err),
		&err, ERR_SCOPE);
	assert_no_node(path_in(&world, "new"));
	world_end(&world);
}

/* Records of one federation, or device, are not replaced by another's by mistake. */
static void test_restore__replaces_only_its_own(void **state)
{
	struct world world, other;
	struct node *b;
	struct restored restored;
	struct err err = { 0 };
	char before[65], after[65];

	(void)state;
	world_make(&world);
	world_make(&other);
	b = join_community(world.folder, "b", world.district, "wulin", "武林社区");
	assert_ok(chains_state_hash(world.a, before, &err), &err);
	back_up(b, path_in(&world, "b.age"));
	back_up(other.a, path_in(&world, "other.age"));
	write_identity(b, path_in(&world, "b.id"));
	write_identity(other.a, path_in(&world, "other.id"));
	assert_refused(restore_as((struct restore_request){ .file = path_in(&world, "b.age"),
					  .identity = path_in(&world, "b.id"),
					  .replace = true },
			       path_in(&world, "a"), NULL, &restored, &err),
		&err, ERR_KEY);
	assert_refused(restore_as((struct restore_request){ .file = path_in(&world, "other.age"),
					  .identity = path_in(&world, "other.id"),
					  .replace = true },
			       path_in(&world, "a"), NULL, &restored, &err),
		&err, ERR_FEDERATION);
	node_close(world.a);
	world.a = open_home(path_in(&world, "a"));
	assert_ok(chains_state_hash(world.a, after, &err), &err);
	assert_string_equal(before, after);
	assert_int_equal(entries(path_in(&world, "a"), "before-restore"), 0);
	node_close(b);
	world_end(&world);
	world_end(&other);
}

/* Nothing in a home is overwritten unless it is said, and then it is kept. */
static void test_restore__keeps_what_it_replaces(void **state)
{
	struct world world;
	struct restored restored;
	struct err err = { 0 };
	struct node *node;

	(void)state;
	world_make(&world);
	back_up(world.a, path_in(&world, "a.age"));
	record_dispute(world.a, "2024-01-05");
	pack(world.a);
	node_close(world.a);
	world.a = NULL;
	/* Its own key is at hand: no identity is needed. */
	assert_refused(
		restore_into(path_in(&world, "a"), path_in(&world, "a.age"), NULL, &restored, &err),
		&err, ERR_EXISTS);
	assert_ok(restore_as((struct restore_request){ .file = path_in(&world, "a.age"),
				     .replace = true,
				     .dry_run = true },
			  path_in(&world, "a"), NULL, &restored, &err),
		&err);
	restored_clear(&restored);
	node = open_home(path_in(&world, "a"));
	assert_int_equal(count_of(node, "dispute"), 2);
	node_close(node);
	assert_ok(restore_as((struct restore_request){ .file = path_in(&world, "a.age"),
				     .replace = true },
			  path_in(&world, "a"), NULL, &restored, &err),
		&err);
	assert_int_equal(restored.incarnation, 2);
	node = open_home(path_in(&world, "a"));
	assert_int_equal(count_of(node, "dispute"), 1);
	node_close(node);
	node = open_home(buf_str(&restored.aside));
	assert_int_equal(count_of(node, "dispute"), 2);
	node_close(node);
	restored_clear(&restored);
	world_end(&world);
}

/* A plain copy of the store, from before backups were sealed, is good still. */
static void test_restore__takes_a_plain_copy(void **state)
{
	struct world world;
	struct restored restored;
	struct err err = { 0 };

	(void)state;
	world_make(&world);
	assert_ok(node_backup(world.a, path_in(&world, "plain.db"), &err), &err);
	assert_refused(restore_into(path_in(&world, "new"), path_in(&world, "plain.db"), NULL,
			       &restored, &err),
		&err, ERR_KEY);
	assert_ok(restore_as((struct restore_request){ .file = path_in(&world, "plain.db"),
				     .key = path_in(&world, "a/device.key") },
			  path_in(&world, "new"), NULL, &restored, &err),
		&err);
	assert_false(restored.sealed);
	assert_int_equal(restored.incarnation, 2);
	restored_clear(&restored);
	world_end(&world);
}

/* The forms in which an identity lies on a stick; anything else is not guessed at. */
static void test_restore__reads_identities_as_age_does(void **state)
{
	struct world world;
	struct restored restored;
	struct buf text = { 0 }, id = { 0 };
	struct err err = { 0 };

	(void)state;
	world_make(&world);
	back_up(world.a, path_in(&world, "a.age"));
	write_identity(world.a, path_in(&world, "id"));
	read_whole(&id, path_in(&world, "id"));
	buf_printf(&text, "# created: today\r\n\r\n%s\r\n", buf_str(&id));
	write_whole(path_in(&world, "windows.id"), text.data, text.len);
	assert_ok(restore_into(path_in(&world, "new"), path_in(&world, "a.age"),
			  path_in(&world, "windows.id"), &restored, &err),
		&err);
	restored_clear(&restored);
	/* The device's own key says the same. */
	assert_ok(restore_into(path_in(&world, "new2"), path_in(&world, "a.age"),
			  path_in(&world, "a/device.key"), &restored, &err),
		&err);
	restored_clear(&restored);
	id.data[20] = 'b';
	write_whole(path_in(&world, "slip.id"), id.data, id.len);
	assert_refused(restore_into(path_in(&world, "new3"), path_in(&world, "a.age"),
			       path_in(&world, "slip.id"), &restored, &err),
		&err, ERR_FORMAT);
	assert_null(strstr(err.detail, "AGE-SECRET"));
	assert_refused(restore_into(path_in(&world, "new3"), path_in(&world, "a.age"),
			       path_in(&world, "none"), &restored, &err),
		&err, ERR_NO_FILE);
	assert_refused(restore_into(path_in(&world, "new3"), path_in(&world, "a.age"), NULL,
			       &restored, &err),
		&err, ERR_KEY);
	buf_clear(&text);
	buf_clear(&id);
	world_end(&world);
}

/* Who was shut out after the backup is let in again by it: a person must be told. */
static void test_restore__tells_who_is_active_again(void **state)
{
	struct world world;
	struct restored restored;
	struct err err = { 0 };
	char device[DEVICE_TEXT_BYTES];

	(void)state;
	world_make(&world);
	assert_ok(users_add(world.district, "gone before", USER_VIEWER, &err), &err);
	assert_ok(users_disable(world.district, "gone before", &err), &err);
	assert_ok(users_add(world.district, "王芳", USER_REVIEWER, &err), &err);
	assert_ok(users_add(world.district, "stays", USER_VIEWER, &err), &err);
	back_up(world.district, path_in(&world, "d.age"));
	assert_ok(users_disable(world.district, "王芳", &err), &err);
	assert_ok(node_revoke(world.district, node_device(world.a), 0, &err), &err);
	write_identity(world.district, path_in(&world, "id"));
	node_close(world.district);
	world.district = NULL;
	assert_ok(restore_as((struct restore_request){ .file = path_in(&world, "d.age"),
				     .identity = path_in(&world, "id"),
				     .district = true,
				     .replace = true },
			  path_in(&world, "district"), NULL, &restored, &err),
		&err);
	assert_true(restored.compared);
	assert_int_equal(restored.users.len, strlen("王芳") + 1);
	assert_string_equal(buf_str(&restored.users), "王芳");
	device_id_print(device, node_device(world.a));
	assert_int_equal(restored.devices.len, sizeof(device));
	assert_string_equal(buf_str(&restored.devices), device);
	restored_clear(&restored);
	assert_ok(restore_as((struct restore_request){ .file = path_in(&world, "d.age"),
				     .identity = path_in(&world, "id"),
				     .district = true },
			  path_in(&world, "elsewhere"), NULL, &restored, &err),
		&err);
	assert_false(restored.compared);
	restored_clear(&restored);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restore__of_an_altered_backup_is_none),
		cmocka_unit_test(test_restore__of_a_cut_backup_is_none),
		cmocka_unit_test(test_restore__of_a_forged_archive_is_none),
		cmocka_unit_test(test_restore__of_files_that_do_not_fit_is_none),
		cmocka_unit_test(test_restore__knows_whose_backup_it_is),
		cmocka_unit_test(test_restore__replaces_only_its_own),
		cmocka_unit_test(test_restore__keeps_what_it_replaces),
		cmocka_unit_test(test_restore__takes_a_plain_copy),
		cmocka_unit_test(test_restore__reads_identities_as_age_does),
		cmocka_unit_test(test_restore__tells_who_is_active_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
