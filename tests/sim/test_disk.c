/*
 * test_disk.c -- the disks of the simulation forget what they should, and
 * what env_system() has written lasts on them, wherever the power fails.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "linli/env.h"

#define HOME DISK_ROOT "home"
#define FILE_PATH HOME "/file"
#define MACHINE 1
#define ROUNDS 400
#define OLD "what was there before"

static void write_text(const char *text)
{
	struct err err = { 0 };

	assert_true(env_system()->write_file(NULL, FILE_PATH, view_of(text), false, &err));
}

static void read_text(struct buf *out)
{
	struct err err = { 0 };

	buf_reset(out);
	assert_true(env_system()->read_file(NULL, out, FILE_PATH, 1 << 20, &err));
}

/* Of what was never synced nothing need be there. */
static void test_disk__forgets_what_was_not_synced(void **state)
{
	struct chance chance = chance_of(1, 0);
	int round, lost = 0;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		struct inode *inode = NULL;

		disk_volume("home");
		assert_int_equal(disk_open(&inode, FILE_PATH, DISK_CREATE), 0);
		assert_int_equal(disk_write(inode, "new", 3, 0), 0);
		disk_close(inode);
		disk_lose_power(disk_volume("home"), &chance);
		lost += disk_exists(FILE_PATH) ? 0 : 1;
		disk_drop_all();
	}
	assert_in_range(lost, ROUNDS / 10, ROUNDS * 9 / 10);
}

/* An incarnation file that goes back lets two bundles be made for one place. */
static void test_disk__what_was_written_lasts(void **state)
{
	struct chance chance = chance_of(2, 0);
	struct buf text = { 0 };
	char words[32];
	int round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		disk_volume("home");
		snprintf(words, sizeof(words), "round %d", round);
		write_text(OLD);
		write_text(words);
		disk_lose_power(disk_volume("home"), &chance);
		read_text(&text);
		assert_string_equal(buf_str(&text), words);
		disk_drop_all();
	}
	buf_clear(&text);
}

/* Half a file is worse than an old one: after a failure it is one or the other. */
static void test_disk__a_file_is_old_or_new(void **state)
{
	struct chance chance = chance_of(3, 0);
	struct buf text = { 0 };
	struct err err = { 0 };
	int round, kept = 0;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		disk_volume("home");
		write_text(OLD);
		disk_act_as(MACHINE);
		disk_kill_after(MACHINE, 1 + chance_below(&chance, 6));
		if (!env_system()->write_file(NULL, FILE_PATH, view_of("new"), false, &err)) {
			disk_lose_power(disk_volume("home"), &chance);
		}
		disk_act_as(-1);
		disk_revive(MACHINE);
		read_text(&text);
		kept += strcmp(buf_str(&text), OLD) == 0 ? 1 : 0;
		assert_true(strcmp(buf_str(&text), OLD) == 0 || strcmp(buf_str(&text), "new") == 0);
		disk_drop_all();
	}
	assert_in_range(kept, ROUNDS / 10, ROUNDS * 9 / 10);
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disk__forgets_what_was_not_synced),
		cmocka_unit_test(test_disk__what_was_written_lasts),
		cmocka_unit_test(test_disk__a_file_is_old_or_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
