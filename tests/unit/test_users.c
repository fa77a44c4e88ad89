/* test_users.c -- users of the district's server: names, roles, and tokens that end. */
#include "federation.h"
#include "linli/audit.h"
#include "linli/users.h"
#include "node_private.h"
#include "sha256.h"

/* A district whose clock the test moves. */
static struct env clocked;
static int64_t now_ms;

static int64_t test_now(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static struct node *clocked_district(const char *folder)
{
	struct buf home = { 0 };
	struct node_options options = { .env = &clocked };
	struct node *node = NULL;
	struct err err = { 0 };

	clocked = *env_system();
	clocked.now_ms = test_now;
	now_ms = 1795000000000;
	buf_printf(&home, "%s/district", folder);
	options.home = buf_str(&home);
	assert_ok(node_found(&node, &options, "拱墅区", (struct view){ NULL, 0 }, &err), &err);
	buf_clear(&home);
	return node;
}

static void make_token(struct node *node, const char *name, char out[USERS_TOKEN_TEXT_BYTES])
{
	struct err err = { 0 };
	int64_t expires_ms;

	assert_ok(users_token_make(node, name, USERS_TOKEN_VALID_MS, out, &expires_ms, &err), &err);
	assert_int_equal(expires_ms, now_ms + 90LL * 24 * 3600 * 1000);
}

static void assert_log_whole(struct node *node);

struct counted {
	size_t count;
	char names[256];
};

static bool count_user(void *ctx, const struct user *user, struct err *err)
{
	struct counted *counted = ctx;
	size_t len = strlen(counted->names);

	(void)err;
	counted->count++;
	snprintf(counted->names + len, sizeof(counted->names) - len, "%.60s:%s%s ", user->name,
		users_role_name(user->role), user->disabled_ms != 0 ? ":disabled" : "");
	return true;
}

/* Whose a token is decides what may be done with it. */
static void test_users__a_token_is_its_users(void **state)
{
	char *folder = scratch_folder();
	struct node *node = clocked_district(folder);
	char tokens[2][USERS_TOKEN_TEXT_BYTES];
	struct counted counted = { 0 };
	struct err err = { 0 };
	struct user user;

	(void)state;
	assert_ok(users_add(node, "沈洁", USER_REVIEWER, &err), &err);
	assert_ok(users_add(node, "chen", USER_ADMINISTRATOR, &err), &err);
	make_token(node, "沈洁", tokens[0]);
	make_token(node, "chen", tokens[1]);
	assert_string_not_equal(tokens[0], tokens[1]);
	assert_ok(users_token_find(node, view_of(tokens[0]), &user, &err), &err);
	assert_string_equal(user.name, "沈洁");
	assert_int_equal(user.role, USER_REVIEWER);
	assert_int_equal(user.tokens, 1);
	assert_ok(users_token_find(node, view_of(tokens[1]), &user, &err), &err);
	assert_string_equal(user.name, "chen");
	assert_int_equal(user.role, USER_ADMINISTRATOR);
	assert_ok(users_each(node, count_user, &counted, &err), &err);
	assert_string_equal(counted.names, "chen:administrator 沈洁:reviewer ");
	assert_log_whole(node);
	node_close(node);
	scratch_remove(folder);
}

static bool is_there(struct node *node, const char *sql, const void *data, size_t len)
{
	struct stmt *stmt = db_prepare(node->db, sql);
	struct err err = { 0 };
	bool row;

	stmt_blob_at(stmt, 1, data, len);
	assert_ok(stmt_step(stmt, &row, &err), &err);
	stmt_reset(stmt);
	return row;
}

/* Who reads the store, or a backup of it, cannot sign in with what stands there. */
static void test_users__the_store_holds_only_a_tokens_hash(void **state)
{
	char *folder = scratch_folder();
	struct node *node = clocked_district(folder);
	char token[USERS_TOKEN_TEXT_BYTES];
	uint8_t bytes[32], hash[SHA256_BYTES];
	struct buf path = { 0 }, file = { 0 };
	struct err err = { 0 };
	size_t i;

	(void)state;
	assert_ok(users_add(node, "chen", USER_VIEWER, &err), &err);
	make_token(node, "chen", token);
	assert_true(hex_decode(bytes, sizeof(bytes), view_of(token)));
	sha256(hash, bytes, sizeof(bytes));
	assert_true(is_there(node, "SELECT 1 FROM token WHERE hash = ?1", hash, sizeof(hash)));
	buf_printf(&path, "%s/copy.db", folder);
	assert_ok(node_backup(node, buf_str(&path), &err), &err);
	assert_ok(clocked.read_file(clocked.ctx, &file, buf_str(&path), 1 << 28, &err), &err);
	assert_true(file.len > sizeof(bytes));
	for (i = 0; i + 64 <= file.len; i++) {
		assert_false(memcmp(file.data + i, bytes, sizeof(bytes)) == 0);
		assert_false(memcmp(file.data + i, token, 64) == 0);
	}
	buf_clear(&path);
	buf_clear(&file);
	node_close(node);
	scratch_remove(folder);
}

/* What was never a token, or only looks like one, opens nothing. */
static void test_users__other_tokens_are_refused(void **state)
{
	char *folder = scratch_folder();
	struct node *node = clocked_district(folder);
	char token[USERS_TOKEN_TEXT_BYTES], other[USERS_TOKEN_TEXT_BYTES + 1];
	struct err err = { 0 };
	struct user user;
	size_t i;

	(void)state;
	assert_ok(users_add(node, "chen", USER_VIEWER, &err), &err);
	make_token(node, "chen", token);
	for (i = 0; i < 64; i++) {
		memcpy(other, token, sizeof(token));
		other[i] = token[i] == '0' ? '1' : '0';
		assert_refused(
			users_token_find(node, view_of(other), &user, &err), &err, ERR_SESSION);
	}
	assert_refused(users_token_find(node, view_of(""), &user, &err), &err, ERR_SESSION);
	assert_refused(users_token_find(node, (struct view){ token, 63 }, &user, &err), &err,
		ERR_SESSION);
	snprintf(other, sizeof(other), "%s0", token);
	assert_refused(users_token_find(node, view_of(other), &user, &err), &err, ERR_SESSION);
	memset(other, 'A', 64);
	assert_refused(users_token_find(node, view_of(other), &user, &err), &err, ERR_SESSION);
	assert_ok(users_token_find(node, view_of(token), &user, &err), &err);
	node_close(node);
	scratch_remove(folder);
}

static void test_users__a_token_ends_with_its_time(void **state)
{
	char *folder = scratch_folder();
	struct node *node = clocked_district(folder);
	char token[USERS_TOKEN_TEXT_BYTES], unused[USERS_TOKEN_TEXT_BYTES];
	struct err err = { 0 };
	struct user user;
	int64_t expires_ms;

	(void)state;
	assert_ok(users_add(node, "chen", USER_VIEWER, &err), &err);
	assert_ok(users_token_make(node, "chen", 1000, token, &expires_ms, &err), &err);
	assert_int_equal(expires_ms, now_ms + 1000);
	now_ms += 999;
	assert_ok(users_token_find(node, view_of(token), &user, &err), &err);
	now_ms += 1;
	assert_refused(users_token_find(node, view_of(token), &user, &err), &err, ERR_SESSION);
	assert_ok(users_get(node, "chen", &user, &err), &err);
	assert_int_equal(user.tokens, 0);
	assert_refused(users_token_make(node, "chen", 0, unused, &expires_ms, &err), &err,
		ERR_VALUE);
	assert_refused(users_token_make(node, "chen", USERS_TOKEN_MAX_VALID_MS + 1, unused,
			       &expires_ms, &err),
		&err, ERR_VALUE);
	node_close(node);
	scratch_remove(folder);
}

/* Somebody has left: from that moment on nothing of theirs works. */
static void test_users__disabling_ends_all_tokens(void **state)
{
	char *folder = scratch_folder();
	struct node *node = clocked_district(folder);
	char tokens[2][USERS_TOKEN_TEXT_BYTES], other[USERS_TOKEN_TEXT_BYTES];
	struct counted counted = { 0 };
	struct err err = { 0 };
	int64_t expires_ms;
	struct user user;

	(void)state;
	assert_ok(users_add(node, "沈洁", USER_REVIEWER, &err), &err);
	assert_ok(users_add(node, "chen", USER_VIEWER, &err), &err);
	make_token(node, "沈洁", tokens[0]);
	make_token(node, "沈洁", tokens[1]);
	make_token(node, "chen", other);
	now_ms += 5;
	assert_ok(users_disable(node, "沈洁", &err), &err);
	assert_refused(users_token_find(node, view_of(tokens[0]), &user, &err), &err, ERR_SESSION);
	assert_refused(users_token_find(node, view_of(tokens[1]), &user, &err), &err, ERR_SESSION);
	assert_ok(users_token_find(node, view_of(other), &user, &err), &err);
	assert_refused(users_token_make(node, "沈洁", 1000, tokens[0], &expires_ms, &err), &err,
		ERR_SCOPE);
	assert_refused(users_add(node, "沈洁", USER_VIEWER, &err), &err, ERR_EXISTS);
	now_ms += 5;
	assert_ok(users_disable(node, "沈洁", &err), &err); /* once more: nothing */
	assert_ok(users_get(node, "沈洁", &user, &err), &err);
	assert_int_equal(user.disabled_ms, now_ms - 5);
	assert_int_equal(user.tokens, 0);
	assert_ok(users_each(node, count_user, &counted, &err), &err);
	assert_string_equal(counted.names, "chen:viewer 沈洁:reviewer:disabled ");
	assert_refused(users_disable(node, "nobody", &err), &err, ERR_NOT_FOUND);
	assert_refused(users_token_make(node, "nobody", 1000, tokens[0], &expires_ms, &err), &err,
		ERR_NOT_FOUND);
	assert_log_whole(node);
	node_close(node);
	scratch_remove(folder);
}

/* A name is shown to others and stands in the log: it must be what it looks like. */
static void test_users__names_are_plain(void **state)
{
	static const char *const refused[] = { "", " a", "a ", "a\nb", "a\tb", "\x7f", "\xc2\x85",
		"a\xe2\x80\xae" "b", "a\xe2\x80\x8b", "\xef\xbb\xbf" "a", "\xff", "\xe4\xb8" };
	static const char *const taken[] = { "a", "陈 静", "O'Neil", "𠮷野", "a/b\"c", "ñ" };
	char *folder = scratch_folder();
	struct node *node = clocked_district(folder);
	char name[65 * 4 + 1] = "";
	struct err err = { 0 };
	struct user user;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_refused(
			users_add(node, refused[i], USER_VIEWER, &err), &err, ERR_VALUE);
	}
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		assert_ok(users_add(node, taken[i], USER_VIEWER, &err), &err);
		assert_ok(users_get(node, taken[i], &user, &err), &err);
		assert_string_equal(user.name, taken[i]);
		assert_refused(
			users_add(node, taken[i], USER_REVIEWER, &err), &err, ERR_EXISTS);
	}
	for (i = 0; i < 64; i++) {
		strcat(name, "𠮷");
	}
	assert_ok(users_add(node, name, USER_VIEWER, &err), &err);
	strcat(name, "a");
	assert_refused(users_add(node, name, USER_VIEWER, &err), &err, ERR_VALUE);
	assert_log_whole(node);
	node_close(node);
	scratch_remove(folder);
}

static void test_users__a_user_has_so_many_tokens(void **state)
{
	char *folder = scratch_folder();
	struct node *node = clocked_district(folder);
	char token[USERS_TOKEN_TEXT_BYTES];
	struct err err = { 0 };
	int64_t expires_ms;
	int i;

	(void)state;
	assert_ok(users_add(node, "chen", USER_VIEWER, &err), &err);
	for (i = 0; i < USERS_MAX_TOKENS; i++) {
		assert_ok(users_token_make(node, "chen", 1000, token, &expires_ms, &err), &err);
	}
	assert_refused(users_token_make(node, "chen", 1000, token, &expires_ms, &err), &err,
		ERR_TOO_LARGE);
	now_ms += 1000; /* they have ended */
	assert_ok(users_token_make(node, "chen", 1000, token, &expires_ms, &err), &err);
	node_close(node);
	scratch_remove(folder);
}

/* When it was last used is seen, without a write for every request. */
static void test_users__use_is_noted_to_the_minute(void **state)
{
	char *folder = scratch_folder();
	struct node *node = clocked_district(folder);
	char token[USERS_TOKEN_TEXT_BYTES];
	int64_t first;
	struct err err = { 0 };
	struct user user;

	(void)state;
	assert_ok(users_add(node, "chen", USER_VIEWER, &err), &err);
	make_token(node, "chen", token);
	assert_ok(users_get(node, "chen", &user, &err), &err);
	assert_int_equal(user.last_used_ms, 0);
	first = now_ms;
	assert_ok(users_token_find(node, view_of(token), &user, &err), &err);
	now_ms += 59999;
	assert_ok(users_token_find(node, view_of(token), &user, &err), &err);
	assert_ok(users_get(node, "chen", &user, &err), &err);
	assert_int_equal(user.last_used_ms, first);
	now_ms += 1;
	assert_ok(users_token_find(node, view_of(token), &user, &err), &err);
	assert_ok(users_get(node, "chen", &user, &err), &err);
	assert_int_equal(user.last_used_ms, now_ms);
	node_close(node);
	scratch_remove(folder);
}

struct events {
	char text[512]; /* newest first */
};

static bool add_event(void *ctx, const struct audit_row *row, struct err *err)
{
	struct events *events = ctx;
	size_t len = strlen(events->text);

	(void)err;
	snprintf(events->text + len, sizeof(events->text) - len, "%.*s%.*s ", (int)row->event.len,
		row->event.data, (int)row->detail.len, row->detail.data);
	return true;
}

static bool add_chen(void *ctx, struct err *err)
{
	return users_add(ctx, "chen", USER_VIEWER, err);
}

static void test_users__changes_are_in_the_audit_log(void **state)
{
	char *folder = scratch_folder();
	struct node *node = clocked_district(folder);
	char token[USERS_TOKEN_TEXT_BYTES], expected[256];
	struct events events = { 0 };
	struct err err = { 0 };
	int64_t expires_ms;

	(void)state;
	assert_ok(node_transaction(node, add_chen, node, true, &err), &err);
	assert_ok(users_add(node, "chen", USER_VIEWER, &err), &err);
	assert_refused(users_add(node, "chen", USER_VIEWER, &err), &err, ERR_EXISTS);
	assert_ok(users_token_make(node, "chen", 1000, token, &expires_ms, &err), &err);
	assert_ok(users_disable(node, "chen", &err), &err);
	assert_ok(users_disable(node, "chen", &err), &err);
	assert_ok(audit_each(node, 3, add_event, &events, &err), &err);
	snprintf(expected, sizeof(expected),
		"user_disabled{\"user\":\"chen\"} "
		"token_made{\"expires\":%lld,\"user\":\"chen\"} "
		"user_added{\"role\":\"viewer\",\"user\":\"chen\"} ",
		(long long)expires_ms);
	assert_string_equal(events.text, expected);
	assert_log_whole(node);
	node_close(node);
	scratch_remove(folder);
}

static void test_users__a_community_has_none(void **state)
{
	char *folder = scratch_folder();
	struct node *district = found_district(folder);
	struct node *a = join_community(folder, "a", district, "zhizunong", "知足弄社区");
	char token[USERS_TOKEN_TEXT_BYTES] = "";
	struct counted counted = { 0 };
	struct err err = { 0 };
	int64_t expires_ms;
	struct user user;

	(void)state;
	assert_refused(users_add(a, "chen", USER_VIEWER, &err), &err, ERR_SCOPE);
	assert_refused(users_disable(a, "chen", &err), &err, ERR_SCOPE);
	assert_refused(users_each(a, count_user, &counted, &err), &err, ERR_SCOPE);
	assert_refused(users_token_make(a, "chen", 1000, token, &expires_ms, &err), &err,
		ERR_SCOPE);
	assert_refused(users_token_find(a, view_of(token), &user, &err), &err, ERR_SCOPE);
	node_close(a);
	node_close(district);
	scratch_remove(folder);
}

static void test_users__roles_go_by_name(void **state)
{
	enum user_role role;

	(void)state;
	assert_true(users_role_parse(&role, VIEW_LITERAL("administrator")));
	assert_int_equal(role, USER_ADMINISTRATOR);
	assert_true(users_role_parse(&role, VIEW_LITERAL("viewer")));
	assert_int_equal(role, USER_VIEWER);
	assert_false(users_role_parse(&role, VIEW_LITERAL("Viewer")));
	assert_false(users_role_parse(&role, VIEW_LITERAL("")));
	assert_false(users_role_parse(&role, VIEW_LITERAL("admin")));
}

static void fail_on_problem(void *ctx, const char *text)
{
	(void)ctx;
	fail_msg("%s", text);
}

static void assert_log_whole(struct node *node)
{
	uint8_t hash[AUDIT_HASH_BYTES];
	struct err err = { 0 };
	uint64_t count;

	assert_ok(audit_verify(node, &count, hash, fail_on_problem, NULL, &err), &err);
	assert_true(count > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_users__a_token_is_its_users),
		cmocka_unit_test(test_users__the_store_holds_only_a_tokens_hash),
		cmocka_unit_test(test_users__other_tokens_are_refused),
		cmocka_unit_test(test_users__a_token_ends_with_its_time),
		cmocka_unit_test(test_users__disabling_ends_all_tokens),
		cmocka_unit_test(test_users__names_are_plain),
		cmocka_unit_test(test_users__a_user_has_so_many_tokens),
		cmocka_unit_test(test_users__use_is_noted_to_the_minute),
		cmocka_unit_test(test_users__changes_are_in_the_audit_log),
		cmocka_unit_test(test_users__a_community_has_none),
		cmocka_unit_test(test_users__roles_go_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
