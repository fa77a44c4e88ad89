/* test_options.c -- what a person typed, understood or put right. */
#include "test.h"

#include "command.h"
#include "guess.h"

struct put_options {
	bool dry_run, json;
	const char *reason;
	int64_t rate;
	struct option_list to;
};

static struct {
	int calls;
	struct invocation seen;
	int status;
	bool fail;
} ran;

static bool run_it(struct invocation *invocation, struct err *err)
{
	ran.calls++;
	ran.seen = *invocation;
	invocation->status = ran.status;
	return ran.fail ? err_set(err, ERR_NETWORK, "no route") : true;
}

static const struct put_options put_defaults = { .rate = -1 };
static const struct command_option put_options[] = {
	{ "--dry-run", OPTION_FLAG, offsetof(struct put_options, dry_run), NULL,
		{ "只演示,不写入", "show what would happen" } },
	{ "--json", OPTION_FLAG, offsetof(struct put_options, json), NULL,
		{ "以 JSON 输出", "print JSON" } },
	{ "-r", OPTION_VALUE, offsetof(struct put_options, reason), "TEXT", { "理由", "why" } },
	{ "--limit-rate", OPTION_COUNT, offsetof(struct put_options, rate), "BYTES",
		{ "每秒字节数上限", "bytes a second at most" } },
	{ "--to", OPTION_LIST, offsetof(struct put_options, to), "WHOM", { "收件人", "to whom" } },
	{ NULL, OPTION_FLAG, 0, NULL, { NULL, NULL } },
};
static const struct command commands[] = {
	{ "put", { "新增或修改一条记录", "create or change a record" }, "ENTITY [ID] FIELD=VALUE…",
		2, COMMAND_ANY_WORDS, put_options, sizeof(struct put_options), &put_defaults,
		run_it, { NULL, NULL } },
	{ "list", { "列出记录", "list records" }, "ENTITY", 1, 1, NULL, 0, NULL, run_it, { NULL, NULL } },
	{ "communities", { "列出社区", "list communities" }, "", 0, 0, NULL, 0, NULL, run_it, { NULL, NULL } },
	{ "review", { "列出待审核的数据包", "list what waits for review" }, "", 0, 0, NULL, 0, NULL,
		run_it, { NULL, NULL } },
	{ "review accept", { "通过", "accept lines" }, "BUNDLE", 1, 1, put_options,
		sizeof(struct put_options), &put_defaults, run_it, { NULL, NULL } },
	{ "user add", { "新增用户", "add a user" }, "NAME", 1, 1, NULL, 0, NULL, run_it, { NULL, NULL } },
	{ "user disable", { "停用用户", "disable a user" }, "NAME", 1, 1, NULL, 0, NULL, run_it, { NULL, NULL } },
	{ NULL, { NULL, NULL }, NULL, 0, 0, NULL, 0, NULL, NULL, { NULL, NULL } },
};
static const struct program program = { "linli", "0.1", { "邻里", "neighbours" }, commands };

/* Splits ${line} at single spaces in place. */
static bool parse(struct invocation *out, const char *line, struct err *err)
{
	static char text[400];
	static char *argv[64];
	int argc = 0;
	char *word;

	snprintf(text, sizeof(text), "linli %s", line);
	for (word = strtok(text, " "); word != NULL && argc < 63; word = strtok(NULL, " ")) {
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	return options_parse(out, &program, argc, argv, err);
}

static const struct put_options *understood(struct invocation *out, const char *line)
{
	struct err err = { 0 };

	assert_ok(parse(out, line, &err), &err);
	assert_int_equal(out->kind, INVOCATION_RUN);
	return (const struct put_options *)(const void *)out->options;
}

static void assert_mistake(const char *line, const char *part)
{
	struct invocation out;
	struct err err = { 0 };

	assert_refused(parse(&out, line, &err), &err, ERR_USAGE);
	if (strstr(err.detail, part) == NULL) {
		fail_msg("%s: '%s' is not in '%s'", line, part, err.detail);
	}
}

/* Wherever an option stands, it means the same. */
static void test_options__may_stand_anywhere(void **state)
{
	static const char *const lines[] = {
		"put club name=x --home /h --dry-run -r why --limit-rate 5",
		"--home /h put --dry-run club -r why name=x --limit-rate 5",
		"--home=/h -r why --dry-run --limit-rate=5 put club name=x",
		"put club --limit-rate 5 --home=/h -r=why --dry-run -- name=x",
	};
	struct invocation out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct put_options *options = understood(&out, lines[i]);

		assert_string_equal(out.command->name, "put");
		assert_string_equal(out.home, "/h");
		assert_true(options->dry_run);
		assert_false(options->json);
		assert_string_equal(options->reason, "why");
		assert_int_equal(options->rate, 5);
		assert_int_equal(out.word_count, 2);
		assert_string_equal(out.words[0], "club");
		assert_string_equal(out.words[1], "name=x");
	}
}

static void test_options__defaults_hold_where_nothing_was_given(void **state)
{
	struct invocation out;
	const struct put_options *options = understood(&out, "put club a=-5 -");

	(void)state;
	assert_int_equal(options->rate, -1);
	assert_null(options->reason);
	assert_null(out.home);
	assert_string_equal(out.words[1], "a=-5");
	assert_string_equal(out.words[2], "-");
}

/* A name that begins with "-" can still be given. */
static void test_options__two_dashes_end_options(void **state)
{
	struct invocation out;

	(void)state;
	understood(&out, "put -- club --json -x=1 --");
	assert_int_equal(out.word_count, 4);
	assert_string_equal(out.words[1], "--json");
	assert_string_equal(out.words[3], "--");
	assert_false(out.json);
}

static void test_options__two_word_commands(void **state)
{
	struct invocation out;

	(void)state;
	understood(&out, "review");
	assert_string_equal(out.command->name, "review");
	understood(&out, "review -r accept --home x accept b@1");
	assert_string_equal(out.command->name, "review accept");
	assert_string_equal(out.words[0], "b@1");
	understood(&out, "user add add");
	assert_string_equal(out.command->name, "user add");
	assert_string_equal(out.words[0], "add");
	assert_mistake("user", "add, disable");
	assert_mistake("user remove x", "add, disable");
	assert_mistake("review acept b", "acept");
	/* A word after "--" is no command. */
	assert_mistake("review -- accept", "accept");
}

static void test_options__mistakes_are_explained(void **state)
{
	(void)state;
	assert_mistake("pit club a=b", "did you mean put?");
	assert_mistake("lsit club", "did you mean list?");
	assert_mistake("comm", "did you mean communities?");
	assert_mistake("hepl", "did you mean help?");
	assert_mistake("frobnicate", "no such command: frobnicate");
	assert_mistake("put club a=b --jsno", "did you mean --json?");
	assert_mistake("put club a=b --dryrun", "did you mean --dry-run?");
	assert_mistake("put club a=b --hoem x", "did you mean --home?");
	assert_mistake("list club --dry-run", "no such option: --dry-run");
	assert_mistake("put club", "ENTITY [ID] FIELD=VALUE…");
	assert_mistake("list a b", "b is one word too many");
	assert_mistake("put club a=b -r", "-r wants TEXT");
	assert_mistake("put club a=b -r=", "-r wants TEXT");
	assert_mistake("put club a=b -r --json", "-r=--json");
	assert_mistake("put club a=b --home --json", "--home=--json");
	assert_mistake("put club a=b -r x -r y", "once");
	assert_mistake("--home a put club a=b --home b", "once");
	assert_mistake("put club a=b --json=1", "takes no value");
	assert_mistake("put club a=b --limit-rate -1", "0 or more");
	assert_mistake("put club a=b --limit-rate 1k", "0 or more");
	assert_mistake("put club a=b --limit-rate 9223372036854775808", "0 or more");
	assert_mistake("--dry-run", "help");
	assert_mistake("put club a=\xff", "UTF-8");
	/* What was typed cannot steer the terminal. */
	assert_mistake("put club a=b --\033[2J", "\\x1b[2J");
}

/* A program that asked for JSON gets its error in JSON, whatever was wrong. */
static void test_options__json_is_known_even_on_failure(void **state)
{
	struct invocation out;
	struct err err = { 0 };

	(void)state;
	assert_false(parse(&out, "pit --json", &err));
	assert_true(out.json);
	assert_false(parse(&out, "pit -- --json", &err));
	assert_false(out.json);
}

static void test_options__too_many_words_are_refused(void **state)
{
	static char *argv[COMMAND_MAX_WORDS + 4];
	struct invocation out;
	struct err err = { 0 };
	int i, argc = COMMAND_MAX_WORDS + 2;

	(void)state;
	for (i = 0; i < argc + 1; i++) {
		argv[i] = (char *)(uintptr_t)(i == 1 ? "put" : "x");
	}
	assert_ok(options_parse(&out, &program, argc, argv, &err), &err);
	assert_int_equal(out.word_count, COMMAND_MAX_WORDS);
	assert_refused(options_parse(&out, &program, argc + 1, argv, &err), &err, ERR_USAGE);
}

static void assert_help(const char *line, const char *command)
{
	struct invocation out;
	struct err err = { 0 };

	assert_ok(parse(&out, line, &err), &err);
	assert_int_equal(out.kind, INVOCATION_HELP);
	if (command == NULL) {
		assert_null(out.command);
	} else {
		assert_string_equal(out.command->name, command);
	}
}

/* Help is there in every way people ask for it, also half-way through a command. */
static void test_help__is_found(void **state)
{
	struct invocation out;
	struct err err = { 0 };

	(void)state;
	assert_help("help", NULL);
	assert_help("--help", NULL);
	assert_help("-h", NULL);
	assert_help("help put", "put");
	assert_help("put --help", "put");
	assert_help("put -h club", "put");
	assert_help("--help put --version", "put");
	assert_help("help review accept", "review accept");
	assert_help("help review", "review");
	assert_mistake("help pit", "did you mean put?");
	assert_ok(parse(&out, "--version", &err), &err);
	assert_int_equal(out.kind, INVOCATION_VERSION);
}

static void test_help__names_all_in_both_languages(void **state)
{
	struct buf out = { 0 };

	(void)state;
	command_help(&out, &program, NULL);
	assert_non_null(strstr(buf_str(&out), "\n  put            create or change a record\n"));
	assert_non_null(strstr(buf_str(&out), "\n  review accept  accept lines\n"));
	buf_reset(&out);
	command_help(&out, &program, &commands[0]);
	assert_non_null(strstr(buf_str(&out), "Usage: linli put ENTITY [ID] FIELD=VALUE…\n"));
	assert_non_null(strstr(buf_str(&out), "\n  --limit-rate BYTES  bytes a second at most\n"));
	assert_non_null(strstr(buf_str(&out), "\n  --home DIR          "));
	buf_reset(&out);
	setenv("LC_ALL", "zh_CN.UTF-8", 1);
	command_help(&out, &program, &commands[0]);
	setenv("LC_ALL", "C.UTF-8", 1);
	assert_non_null(strstr(buf_str(&out), "用法:linli put ENTITY"));
	assert_non_null(strstr(buf_str(&out), "\n  --limit-rate BYTES  每秒字节数上限\n"));
	buf_clear(&out);
}

static int main_of(char *a, char *b)
{
	char name[] = "linli";
	char *argv[] = { name, a, b, NULL };

	return command_main(&program, a == NULL ? 1 : b == NULL ? 2 : 3, argv);
}

/* Scripts branch on the exit status. */
static void test_command_main__exit_status(void **state)
{
	char list[] = "list", club[] = "club", nonsense[] = "nonsense";

	(void)state;
	memset(&ran, 0, sizeof(ran));
	assert_int_equal(main_of(list, club), 0);
	assert_int_equal(ran.calls, 1);
	assert_string_equal(ran.seen.words[0], "club");
	ran.status = 3;
	assert_int_equal(main_of(list, club), 3);
	ran.fail = true;
	assert_int_equal(main_of(list, club), 6);
	assert_int_equal(main_of(nonsense, NULL), 2);
	assert_int_equal(main_of(list, NULL), 2);
	assert_int_equal(main_of(NULL, NULL), 2);
	assert_int_equal(ran.calls, 3);
}

/* What was meant is found by a slip of the pen, by a beginning, by a part in Chinese. */
static void test_guess__finds_what_was_meant(void **state)
{
	static const struct {
		const char *typed, *meant;
	} typed[] = { { "clbu", "club" }, { "com", "communities" }, { "社团", "群众性社团" },
		{ "x", NULL }, { "nothing", NULL } };
	static const char *const names[] = { "club", "communities", "群众性社团" };
	struct guess guess;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		guess = (struct guess){ NULL, 0 };
		for (k = 0; k < 3; k++) {
			guess_consider(&guess, typed[i].typed, names[k]);
		}
		if (typed[i].meant == NULL) {
			assert_null(guess.name);
		} else {
			assert_non_null(guess.name);
			assert_string_equal(guess.name, typed[i].meant);
		}
	}
}

/* A list takes each in its order, and has an end. */
static void test_options__a_list_may_be_given_often(void **state)
{
	struct invocation out;
	const struct put_options *options;
	struct buf line = { 0 };
	size_t i;

	(void)state;
	options = understood(&out, "put club name=x --to one --to=two");
	assert_int_equal(options->to.count, 2);
	assert_string_equal(options->to.values[0], "one");
	assert_string_equal(options->to.values[1], "two");
	assert_int_equal(options->rate, -1);
	buf_text(&line, "put club name=x");
	for (i = 0; i <= OPTION_LIST_MAX; i++) {
		buf_text(&line, " --to who");
	}
	assert_mistake(buf_str(&line), "16 times");
	assert_mistake("put club name=x --to", "--to");
	buf_clear(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options__a_list_may_be_given_often),
		cmocka_unit_test(test_options__may_stand_anywhere),
		cmocka_unit_test(test_options__defaults_hold_where_nothing_was_given),
		cmocka_unit_test(test_options__two_dashes_end_options),
		cmocka_unit_test(test_options__two_word_commands),
		cmocka_unit_test(test_options__mistakes_are_explained),
		cmocka_unit_test(test_options__json_is_known_even_on_failure),
		cmocka_unit_test(test_options__too_many_words_are_refused),
		cmocka_unit_test(test_guess__finds_what_was_meant),
		cmocka_unit_test(test_help__is_found),
		cmocka_unit_test(test_help__names_all_in_both_languages),
		cmocka_unit_test(test_command_main__exit_status),
	};

	setenv("LC_ALL", "C.UTF-8", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
