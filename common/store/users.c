/* users.c -- users of the district's server and their tokens; see linli/users.h. */
#include <string.h>

#include "hmac.h"
#include "linli/audit.h"
#include "linli/users.h"
#include "node_private.h"

#define TOKEN_BYTES 32
#define NOTED_EVERY_MS 60000

_Static_assert(USERS_TOKEN_TEXT_BYTES == 2 * TOKEN_BYTES + 1, "a token is shown in hex");
_Static_assert(AUDIT_ACTOR_BYTES >= sizeof("user:") - 1 + USER_NAME_BYTES, "users may act");

static const char *const role_names[USER_ROLES] = {
	[USER_VIEWER] = "viewer",
	[USER_REVIEWER] = "reviewer",
	[USER_ADMINISTRATOR] = "administrator",
};

const char *users_role_name(enum user_role role)
{
	return role_names[role];
}

bool users_role_parse(enum user_role *out, struct view text)
{
	int role;

	for (role = 0; role < USER_ROLES; role++) {
		if (view_is(text, role_names[role])) {
			*out = (enum user_role)role;
			return true;
		}
	}
	return false;
}

static int64_t now_of(const struct node *node)
{
	return node->env->now_ms(node->env->ctx);
}

/* ---- names --------------------------------------------------------- */

/* The character at ${at} of valid UTF-8; *len: its bytes. */
static uint32_t character(const char *at, size_t *len)
{
	unsigned char first = (unsigned char)*at;
	uint32_t code;
	size_t i;

	*len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	code = *len == 1 ? first : first & (0x7fU >> *len);
	for (i = 1; i < *len; i++) {
		code = code << 6 | ((unsigned char)at[i] & 0x3f);
	}
	return code;
}

/* Controls, line ends, and what turns the direction of writing or is not seen. */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
		(code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
		(code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

static bool check_name(const char *name, struct err *err)
{
	struct view text = view_of(name);
	size_t count = 0, at, len;

	if (!utf8_valid(text)) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("用户名不是 UTF-8 文字", "the name is not UTF-8"));
	}
	for (at = 0; at < text.len; at += len) {
		if (is_control(character(name + at, &len))) {
			return err_set(err, ERR_VALUE,
				ERR_BOTH("用户名含有控制字符",
					"the name holds a control character"));
		}
		count++;
	}
	if (count < 1 || count > USER_NAME_MAX_CHARS) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("用户名应有 1 到 64 个字", "a name has 1 to 64 characters"));
	}
	if (name[0] == ' ' || name[text.len - 1] == ' ') {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("用户名首尾不能是空格",
				"a name neither begins nor ends with a space"));
	}
	return true;
}
_Static_assert(USER_NAME_MAX_CHARS == 64, "as check_name() says");

/* ---- rows ---------------------------------------------------------- */

#define USER_COLUMNS \
	"SELECT u.name, u.role, u.created_ms, u.disabled_ms, " \
	"(SELECT count(*) FROM token t WHERE t.\"user\" = u.name AND t.revoked = 0 " \
	"AND t.expires_ms > :now), " \
	"(SELECT max(t.last_used_ms) FROM token t WHERE t.\"user\" = u.name), u.public_key, " \
	"(SELECT count(*) FROM user_device d WHERE d.\"user\" = u.name) FROM \"user\" u "

static bool read_user(struct user *out, struct stmt *stmt, struct err *err)
{
	struct view name = stmt_get_text(stmt, 0);
	struct view key;

	memset(out, 0, sizeof(*out));
	if (name.len == 0 || name.len >= sizeof(out->name) ||
		!users_role_parse(&out->role, stmt_get_text(stmt, 1))) {
		return err_set(err, ERR_STORE, "a damaged row of table user");
	}
	memcpy(out->name, name.data, name.len);
	out->created_ms = stmt_get_int(stmt, 2);
	out->disabled_ms = stmt_is_null(stmt, 3) ? 0 : stmt_get_int(stmt, 3);
	out->tokens = out->disabled_ms != 0 ? 0 : (uint64_t)stmt_get_int(stmt, 4);
	out->last_used_ms = stmt_is_null(stmt, 5) ? 0 : stmt_get_int(stmt, 5);
	key = stmt_get_blob(stmt, 6);
	out->has_key = key.len == sizeof(out->public_key);
	if (out->has_key) {
		memcpy(out->public_key, key.data, key.len);
	}
	out->devices = (uint64_t)stmt_get_int(stmt, 7);
	return true;
}

static bool is_district(const struct node *node, struct err *err)
{
	return node->district || err_set(err, ERR_SCOPE, "only the district has users");
}

/* *found: there is a user of that name. */
static bool find_user(
	struct node *node, const char *name, struct user *out, bool *found, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, USER_COLUMNS "WHERE u.name = :name");
	bool ok;

	*found = false;
	stmt_int(stmt, ":now", now_of(node));
	stmt_text(stmt, ":name", view_of(name));
	ok = stmt_step(stmt, found, err) && (!*found || read_user(out, stmt, err));
	stmt_reset(stmt);
	return ok;
}

bool users_get(struct node *node, const char *name, struct user *out, struct err *err)
{
	bool found;

	return is_district(node, err) && find_user(node, name, out, &found, err) &&
		(found ||
			err_set(err, ERR_NOT_FOUND, ERR_BOTH("没有用户", "no user") " %s", name));
}

bool users_each(struct node *node,
	bool (*each)(void *ctx, const struct user *user, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, USER_COLUMNS "ORDER BY u.name");
	bool ok = is_district(node, err), row = true;
	struct user user;

	stmt_int(stmt, ":now", now_of(node));
	while (ok && row) {
		ok = stmt_step(stmt, &row, err) &&
			(!row || (read_user(&user, stmt, err) && each(ctx, &user, err)));
	}
	stmt_reset(stmt);
	return ok;
}

/* The end of a part that ${ok} says went well. */
static bool finish(struct node *node, bool ok, struct err *err)
{
	if (!ok) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

/* ---- adding and disabling ------------------------------------------ */

static bool room_for_user(struct node *node, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT count(*) FROM \"user\"");
	int64_t count;
	bool row;

	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	count = stmt_get_int(stmt, 0);
	stmt_reset(stmt);
	return count < USERS_MAX || err_set(err, ERR_TOO_LARGE, "%d users", USERS_MAX);
}

static bool insert_user(struct node *node, const char *name, enum user_role role, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO \"user\" (name, role, created_ms) VALUES (:name, :role, :now)");

	stmt_text(stmt, ":name", view_of(name));
	stmt_text(stmt, ":role", view_of(role_names[role]));
	stmt_int(stmt, ":now", now_of(node));
	return stmt_run(stmt, err);
}

static bool add(struct node *node, const char *name, enum user_role role, struct err *err)
{
	const struct audit_item detail[] = { { "role", role_names[role], 0 }, { "user", name, 0 },
		{ NULL, NULL, 0 } };
	struct user known;
	bool found;

	if (!find_user(node, name, &known, &found, err)) {
		return false;
	}
	if (found) {
		return err_set(err, ERR_EXISTS,
			ERR_BOTH("已有用户", "there is a user") " %s", name);
	}
	return room_for_user(node, err) && insert_user(node, name, role, err) &&
		audit_add(node, NULL, AUDIT_USER_ADDED, detail, err);
}

bool users_add(struct node *node, const char *name, enum user_role role, struct err *err)
{
	return is_district(node, err) && check_name(name, err) && node_begin(node, err) &&
		finish(node, add(node, name, role, err), err);
}

static bool end_user(struct node *node, const char *name, struct err *err)
{
	struct stmt *stmt = db_prepare(
		node->db, "UPDATE \"user\" SET disabled_ms = :now WHERE name = :name");
	struct stmt *tokens =
		db_prepare(node->db, "UPDATE token SET revoked = 1 WHERE \"user\" = :name");

	stmt_int(stmt, ":now", now_of(node));
	stmt_text(stmt, ":name", view_of(name));
	stmt_text(tokens, ":name", view_of(name));
	return stmt_run(stmt, err) && stmt_run(tokens, err);
}

static bool disable(struct node *node, const char *name, struct err *err)
{
	const struct audit_item detail[] = { { "user", name, 0 }, { NULL, NULL, 0 } };
	struct user user;

	if (!users_get(node, name, &user, err)) {
		return false;
	}
	return user.disabled_ms != 0 ||
		(end_user(node, name, err) && signer_end(node, name, err) &&
			audit_add(node, NULL, AUDIT_USER_DISABLED, detail, err));
}

bool users_disable(struct node *node, const char *name, struct err *err)
{
	return is_district(node, err) && node_begin(node, err) &&
		finish(node, disable(node, name, err), err);
}

/* ---- tokens -------------------------------------------------------- */

static bool insert_token(struct node *node, const char *name, const uint8_t hash[SHA256_BYTES],
	int64_t expires_ms, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO token (hash, \"user\", created_ms, expires_ms, revoked) "
		"VALUES (:hash, :user, :now, :expires, 0)");
	const struct audit_item detail[] = { { "expires", NULL, expires_ms }, { "user", name, 0 },
		{ NULL, NULL, 0 } };

	stmt_blob(stmt, ":hash", hash, SHA256_BYTES);
	stmt_text(stmt, ":user", view_of(name));
	stmt_int(stmt, ":now", now_of(node));
	stmt_int(stmt, ":expires", expires_ms);
	return stmt_run(stmt, err) && audit_add(node, NULL, AUDIT_TOKEN_MADE, detail, err);
}

/* May ${name} have one more? */
static bool may_have(struct node *node, const char *name, struct err *err)
{
	struct user user;

	if (!users_get(node, name, &user, err)) {
		return false;
	}
	if (user.disabled_ms != 0) {
		return err_set(err, ERR_SCOPE, ERR_BOTH("用户已停用", "disabled user") ": %s", name);
	}
	return user.tokens < USERS_MAX_TOKENS ||
		err_set(err, ERR_TOO_LARGE,
			ERR_BOTH("有效的令牌已有 %d 个", "the user has %d good tokens"),
			USERS_MAX_TOKENS, USERS_MAX_TOKENS);
}

bool users_token_make(struct node *node, const char *name, int64_t valid_ms,
	char out[USERS_TOKEN_TEXT_BYTES], int64_t *expires_ms, struct err *err)
{
	uint8_t token[TOKEN_BYTES], hash[SHA256_BYTES];
	bool ok = false;

	if (valid_ms < 1 || valid_ms > USERS_TOKEN_MAX_VALID_MS) {
		return err_set(err, ERR_VALUE, "a token cannot be good for that long");
	}
	*expires_ms = now_of(node) + valid_ms;
	if (!is_district(node, err) ||
		!node->env->random(node->env->ctx, token, sizeof(token), err)) {
		goto out;
	}
	sha256(hash, token, sizeof(token));
	ok = node_begin(node, err) &&
		finish(node,
			may_have(node, name, err) &&
				insert_token(node, name, hash, *expires_ms, err),
			err);
	if (ok) {
		hex_encode(out, token, sizeof(token));
	}
out:
	crypto_wipe(token, sizeof(token));
	return ok;
}

/* What is known of a token that somebody showed. */
struct shown {
	char user[USER_NAME_BYTES];
	int64_t expires_ms, last_used_ms;
	bool revoked;
};

static bool read_token(struct shown *out, struct node *node, const uint8_t hash[SHA256_BYTES],
	bool *found, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT \"user\", expires_ms, coalesce(last_used_ms, 0), revoked FROM token "
		"WHERE hash = :hash");
	struct view user;

	memset(out, 0, sizeof(*out));
	stmt_blob(stmt, ":hash", hash, SHA256_BYTES);
	if (!stmt_step(stmt, found, err)) {
		return false;
	}
	if (*found) {
		user = stmt_get_text(stmt, 0);
		memcpy(out->user, user.data, user.len < sizeof(out->user) ? user.len : 0);
		out->expires_ms = stmt_get_int(stmt, 1);
		out->last_used_ms = stmt_get_int(stmt, 2);
		out->revoked = stmt_get_int(stmt, 3) != 0;
	}
	stmt_reset(stmt);
	return true;
}

static bool note_use(struct node *node, const uint8_t hash[SHA256_BYTES], struct err *err)
{
	struct stmt *stmt = db_prepare(
		node->db, "UPDATE token SET last_used_ms = :now WHERE hash = :hash");

	stmt_int(stmt, ":now", now_of(node));
	stmt_blob(stmt, ":hash", hash, SHA256_BYTES);
	return stmt_run(stmt, err);
}

/* Is it good now?  *out: whose it is. */
static bool judge(struct user *out, struct node *node, const struct shown *shown, struct err *err)
{
	bool found;

	if (!find_user(node, shown->user, out, &found, err)) {
		return false;
	}
	if (!found || shown->revoked || out->disabled_ms != 0) {
		return err_set(err, ERR_SESSION, "a revoked token of %s", shown->user);
	}
	return now_of(node) < shown->expires_ms ||
		err_set(err, ERR_SESSION, "an expired token of %s", shown->user);
}

bool users_token_find(struct node *node, struct view token, struct user *out, struct err *err)
{
	uint8_t bytes[TOKEN_BYTES], hash[SHA256_BYTES];
	struct err ignored = { 0 };
	struct shown shown;
	bool found, noted;

	if (!is_district(node, err)) {
		return false;
	}
	if (!hex_decode(bytes, sizeof(bytes), token)) {
		return err_set(err, ERR_SESSION, "not of the form of a token");
	}
	sha256(hash, bytes, sizeof(bytes));
	crypto_wipe(bytes, sizeof(bytes));
	if (!read_token(&shown, node, hash, &found, err)) {
		return false;
	}
	if (!found) {
		return err_set(err, ERR_SESSION, "an unknown token");
	}
	if (!judge(out, node, &shown, err)) {
		return false;
	}
	if (now_of(node) - shown.last_used_ms >= NOTED_EVERY_MS) {
		noted = node_begin(node, &ignored) &&
			finish(node, note_use(node, hash, &ignored), &ignored);
		(void)noted; /* a store that cannot be written must not lock people out */
	}
	return true;
}
