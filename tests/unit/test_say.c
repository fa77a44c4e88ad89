/* test_say.c -- language, errors and progress as people see them. */
#include "test.h"

#include <unistd.h>

#include "progress.h"
#include "say.h"
#include "terminal.h"

static const char *const variables[] = { "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG" };

static void assert_language(const char *const values[4], bool chinese)
{
	size_t i;

	for (i = 0; i < 4; i++) {
		if (values[i] != NULL) {
			setenv(variables[i], values[i], 1);
		} else {
			unsetenv(variables[i]);
		}
	}
	if (terminal_chinese() != chinese) {
		fail_msg("LANGUAGE=%s LC_ALL=%s LC_MESSAGES=%s LANG=%s", values[0], values[1],
			values[2], values[3]);
	}
}

static void test_language__precedence(void **state)
{
	static const struct {
		const char *values[4]; /* LANGUAGE, LC_ALL, LC_MESSAGES, LANG */
		bool chinese;
	} cases[] = {
		{ { NULL, NULL, NULL, NULL }, true },
		{ { "", "", "", "" }, true },
		{ { NULL, NULL, NULL, "zh_CN.UTF-8" }, true },
		{ { NULL, NULL, NULL, "zh_TW" }, true },
		{ { NULL, NULL, NULL, "zh" }, true },
		{ { NULL, NULL, NULL, "en_GB.UTF-8" }, false },
		{ { NULL, NULL, NULL, "de_DE.UTF-8" }, false },
		{ { NULL, NULL, NULL, "zhx_CN" }, false },
		{ { NULL, NULL, NULL, "C" }, false },
		{ { NULL, NULL, NULL, "C.UTF-8" }, false },
		{ { NULL, NULL, NULL, "POSIX" }, false },
		{ { NULL, NULL, "en_US.UTF-8", "zh_CN.UTF-8" }, false },
		{ { NULL, "zh_CN.UTF-8", "en_US.UTF-8", "en_US.UTF-8" }, true },
		{ { NULL, "C", NULL, "zh_CN.UTF-8" }, false },
		{ { NULL, "", NULL, "zh_CN.UTF-8" }, true },
		{ { "zh_CN:en", NULL, NULL, "en_US.UTF-8" }, true },
		{ { "en:zh_CN", NULL, NULL, "zh_CN.UTF-8" }, false },
		{ { "de:zh", NULL, NULL, "de_DE.UTF-8" }, true },
		{ { "zh_CN", "C.UTF-8", NULL, NULL }, false },
		{ { "de", NULL, NULL, "zh_CN.UTF-8" }, true },
		{ { "en", NULL, NULL, NULL }, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_language(cases[i].values, cases[i].chinese);
	}
}

/* Run ${speak} with file descriptor ${fd} caught in ${out}. */
static void catch (struct buf *out, int fd, void (*speak)(void))
{
	char chunk[4096];
	int ends[2], kept = dup(fd);
	ssize_t got;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	assert_true(dup2(ends[1], fd) >= 0);
	speak();
	fflush(NULL);
	assert_true(dup2(kept, fd) >= 0);
	close(ends[1]);
	close(kept);
	while ((got = read(ends[0], chunk, sizeof(chunk))) > 0) {
		buf_add(out, chunk, (size_t)got);
	}
	close(ends[0]);
}

static void speak_message(void)
{
	say("收到 %d 条,来自 %s", "received %d records from %s", 3, "a\033[2Jb\nc");
}

static void test_say__language_and_escapes(void **state)
{
	struct buf out = { 0 };

	(void)state;
	assert_language((const char *const[4]){ NULL, NULL, NULL, "en_US.UTF-8" }, false);
	catch (&out, STDERR_FILENO, speak_message);
	assert_string_equal(buf_str(&out), "received 3 records from a\\x1b[2Jb\nc\n");
	buf_reset(&out);
	assert_language((const char *const[4]){ NULL, NULL, NULL, "zh_CN.UTF-8" }, true);
	catch (&out, STDERR_FILENO, speak_message);
	assert_string_equal(buf_str(&out), "收到 3 条,来自 a\\x1b[2Jb\nc\n");
	buf_clear(&out);
}

static const struct err trouble = { ERR_TOO_LARGE, "file \"a\\b\"\n\033[31m\xe4\xb8" };

static void speak_json(void)
{
	say_error(&trouble, true);
}

static void speak_error(void)
{
	say_error(&trouble, false);
}

/* JSON goes where a program reads it, and is JSON whatever the detail holds. */
static void test_say_error__for_programs_and_people(void **state)
{
	struct buf out = { 0 };

	(void)state;
	assert_language((const char *const[4]){ NULL, NULL, NULL, "en_US.UTF-8" }, false);
	catch (&out, STDOUT_FILENO, speak_json);
	assert_string_equal(buf_str(&out),
		"{\"schema\":1,\"error\":{\"code\":\"too_large\","
		"\"sentence\":\"This is larger than linli allows.\","
		"\"detail\":\"file \\\"a\\\\b\\\"\\\\n\\\\x1b[31m\\\\xe4\\\\xb8\"}}\n");
	buf_reset(&out);
	catch (&out, STDERR_FILENO, speak_error);
	assert_string_equal(buf_str(&out),
		"This is larger than linli allows.\n"
		"(file \"a\\b\"\n\\x1b[31m\\xe4\\xb8)\n");
	buf_reset(&out);
	say_error_person(&out, &(struct err){ ERR_NETWORK, "" }, true);
	assert_string_equal(
		buf_str(&out), "无法连接服务器。您的记录安全地保存在本机,请稍后再试。\n");
	buf_clear(&out);
}

static int64_t fake_now;

static int64_t now(void *ctx)
{
	(void)ctx;
	return fake_now;
}

static const struct env fake_env = { .now_ms = now };

static void step(struct progress *progress, int64_t at_ms, uint64_t records, uint64_t bytes)
{
	struct progress_counts counts = { records, 400, bytes, 10000000 };

	fake_now = 1700000000000 + at_ms;
	progress_update(progress, &counts);
}

static void assert_progress(const struct progress *progress, const char *en, const char *zh)
{
	struct buf out = { 0 };

	progress_render(&out, progress, false);
	assert_string_equal(buf_str(&out), en);
	buf_reset(&out);
	progress_render(&out, progress, true);
	assert_string_equal(buf_str(&out), zh);
	buf_clear(&out);
}

/* Records first; no guess before there is something to guess from. */
static void test_progress__says_records_bytes_speed_and_time_left(void **state)
{
	struct progress progress;

	(void)state;
	progress_begin(&progress, &fake_env, (struct phrase){ "正在发送", "Sending" });
	step(&progress, 0, 100, 1000000);
	assert_progress(&progress, "Sending  100 of 400 records  1.0 MB of 10.0 MB  0 B/s",
		"正在发送  100/400 条  1.0 MB/10.0 MB  0 B/秒");
	/* What an earlier attempt has brought over does not count as speed. */
	step(&progress, 1000, 110, 1500000);
	assert_progress(&progress, "Sending  110 of 400 records  1.5 MB of 10.0 MB  500 KB/s",
		"正在发送  110/400 条  1.5 MB/10.0 MB  500 KB/秒");
	step(&progress, 2000, 120, 2000000);
	assert_progress(&progress,
		"Sending  120 of 400 records  2.0 MB of 10.0 MB  500 KB/s  about 16 s left",
		"正在发送  120/400 条  2.0 MB/10.0 MB  500 KB/秒  剩余约 16 秒");
	/* One slow second moves the guess by a quarter, not to "for ever". */
	step(&progress, 3000, 120, 2000000);
	assert_progress(&progress,
		"Sending  120 of 400 records  2.0 MB of 10.0 MB  375 KB/s  about 21 s left",
		"正在发送  120/400 条  2.0 MB/10.0 MB  375 KB/秒  剩余约 21 秒");
	/* Too soon: neither drawn nor measured. */
	step(&progress, 3100, 130, 2500000);
	assert_int_equal(progress.last.records, 120);
	/* A clock set back is no speed. */
	step(&progress, -5000, 130, 2500000);
	assert_true(progress.bytes_rate >= 0 && progress.bytes_rate < 1);
	progress_end(&progress);
}

static void run_progress(void)
{
	struct progress progress;

	progress_begin(&progress, &fake_env, (struct phrase){ "正在发送", "Sending" });
	step(&progress, 0, 1, 1);
	step(&progress, 1000, 2, 2);
	progress_end(&progress);
}

/* A log file or a pipe gets no carriage returns. */
static void test_progress__is_silent_without_a_terminal(void **state)
{
	struct buf out = { 0 };

	(void)state;
	catch (&out, STDERR_FILENO, run_progress);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_language__precedence),
		cmocka_unit_test(test_say__language_and_escapes),
		cmocka_unit_test(test_say_error__for_programs_and_people),
		cmocka_unit_test(test_progress__says_records_bytes_speed_and_time_left),
		cmocka_unit_test(test_progress__is_silent_without_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
