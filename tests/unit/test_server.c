/* The server's own parts: its log, its lock, the files of a restore. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "lock.h"
#include "log.h"
#include "test.h"

static int64_t fixed_now_ms(void *ctx)
{
	(void)ctx;
	return 1764000000123; /* 2025-11-24T16:00:00.123Z */
}

static const struct env fixed = { .now_ms = fixed_now_ms };

/* A line as it is written, without printing it. */
static void same_line(const char *key, const char *value, const char *expected)
{
	struct log_line line;

	log_begin(&line, &fixed, "event");
	log_text(&line, key, value);
	assert_string_equal(buf_str(&line.text), expected);
	buf_clear(&line.text);
}

/* Logs are read by programs: the event comes first, its time and values after. */
static void test_log__one_line_of_key_and_value(void **state)
{
	struct log_line line;

	(void)state;
	log_begin(&line, &fixed, "request");
	log_text(&line, "method", "GET");
	log_int(&line, "status", 200);
	assert_string_equal(
		buf_str(&line.text), "request time=2025-11-24T16:00:00.123Z method=GET status=200");
	buf_clear(&line.text);
}

/* What a stranger sends can neither end the line nor pass for another value. */
static void test_log__a_strangers_text_stays_one_value(void **state)
{
	(void)state;
	same_line("path", "", "event time=2025-11-24T16:00:00.123Z path=\"\"");
	same_line("path", "/a b", "event time=2025-11-24T16:00:00.123Z path=\"/a b\"");
	same_line("path", "/a\nevent x=1",
		"event time=2025-11-24T16:00:00.123Z path=\"/a\\nevent x=1\"");
	same_line("path", "\" status=200 \"",
		"event time=2025-11-24T16:00:00.123Z path=\"\\\" status=200 \\\"\"");
	same_line("path", "\x1b[31m", "event time=2025-11-24T16:00:00.123Z path=\"\\x1b[31m\"");
}

/* Nor fill the disk with one request. */
static void test_log__long_text_is_cut(void **state)
{
	char text[10 * LOG_VALUE_BYTES];
	struct log_line line;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_begin(&line, &fixed, "event");
	log_text(&line, "path", text);
	assert_in_range(line.text.len, LOG_VALUE_BYTES, LOG_VALUE_BYTES + 60);
	assert_string_equal(buf_str(&line.text) + line.text.len - 3, "...");
	buf_clear(&line.text);
}

struct scratch {
	char home[64], other[64], path[128];
};

static void scratch_make(struct scratch *scratch)
{
	strcpy(scratch->home, "/tmp/linli-server-XXXXXX");
	strcpy(scratch->other, "/tmp/linli-server-XXXXXX");
	assert_non_null(mkdtemp(scratch->home));
	assert_non_null(mkdtemp(scratch->other));
}

static const char *in(struct scratch *scratch, const char *folder, const char *name)
{
	snprintf(scratch->path, sizeof(scratch->path), "%s/%s", folder, name);
	return scratch->path;
}

static void scratch_remove(struct scratch *scratch)
{
	static const char *const names[] = { "serve.lock", "a", "b", "pipe" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unlink(in(scratch, scratch->home, names[i]));
		unlink(in(scratch, scratch->other, names[i]));
	}
	assert_int_equal(rmdir(scratch->home), 0);
	assert_int_equal(rmdir(scratch->other), 0);
}

/* Two servers over one store, or a restore under a running one, would be a disaster. */
static void test_lock__one_at_a_time(void **state)
{
	struct home_lock *first, *second;
	struct scratch scratch;
	struct err err = { 0 };

	(void)state;
	scratch_make(&scratch);
	assert_ok(home_lock_take(&first, scratch.home, HOME_LOCK_SERVE, &err), &err);
	assert_refused(home_lock_take(&second, scratch.home, HOME_LOCK_SERVE, &err), &err,
		ERR_BUSY);
	assert_null(second);
	home_lock_release(first);
	assert_ok(home_lock_take(&second, scratch.home, HOME_LOCK_SERVE, &err), &err);
	home_lock_release(second);
	assert_refused(
		home_lock_take(&first, "/nonexistent/linli", HOME_LOCK_SERVE, &err), &err,
		ERR_NOT_INITIALISED);
	scratch_remove(&scratch);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
}

/* A copy of a store or key is nobody else's to read, and replaces nothing. */
static void test_folder__copies_privately_and_never_over(void **state)
{
	struct scratch scratch;
	struct err err = { 0 };
	struct stat st;
	char from[128];

	(void)state;
	scratch_make(&scratch);
	strcpy(from, in(&scratch, scratch.home, "a"));
	write_text(from, "bytes");
	assert_true(folder_copy_in(scratch.other, "b", from, &err));
	assert_int_equal(stat(in(&scratch, scratch.other, "b"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 5);
	assert_refused(folder_copy_in(scratch.other, "b", from, &err), &err, ERR_EXISTS);
	assert_refused(folder_copy_in(scratch.other, "a", "/nonexistent/linli", &err), &err,
		ERR_NO_FILE);
	assert_false(folder_has(scratch.other, "a"));
	scratch_remove(&scratch);
}

/* A pipe in the place of a backup must not hang the restore. */
static void test_folder__refuses_a_pipe(void **state)
{
	struct scratch scratch;
	struct err err = { 0 };
	char from[128];

	(void)state;
	scratch_make(&scratch);
	strcpy(from, in(&scratch, scratch.home, "pipe"));
	assert_int_equal(mkfifo(from, 0600), 0);
	assert_refused(folder_copy_in(scratch.other, "b", from, &err), &err, ERR_FORMAT);
	scratch_remove(&scratch);
}

/* What is not there need not be moved; what is there is moved whole. */
static void test_folder__moves_what_is_there(void **state)
{
	struct scratch scratch;
	struct err err = { 0 };

	(void)state;
	scratch_make(&scratch);
	write_text(in(&scratch, scratch.home, "a"), "bytes");
	assert_true(folder_move(scratch.home, scratch.other, "a", &err));
	assert_true(folder_move(scratch.home, scratch.other, "b", &err));
	assert_true(folder_sync(scratch.other, &err));
	assert_false(folder_has(scratch.home, "a"));
	assert_true(folder_has(scratch.other, "a"));
	assert_refused(folder_move(scratch.other, "/nonexistent/linli", "a", &err), &err, ERR_IO);
	assert_true(folder_has(scratch.other, "a"));
	scratch_remove(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log__one_line_of_key_and_value),
		cmocka_unit_test(test_log__a_strangers_text_stays_one_value),
		cmocka_unit_test(test_log__long_text_is_cut),
		cmocka_unit_test(test_lock__one_at_a_time),
		cmocka_unit_test(test_folder__copies_privately_and_never_over),
		cmocka_unit_test(test_folder__refuses_a_pipe),
		cmocka_unit_test(test_folder__moves_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
