/* user.c -- linlid user add, key, token, list, disable: who may use the server. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "district.h"
#include "emit.h"
#include "hmac.h"
#include "key.h"
#include "linli/chains.h"
#include "linli/users.h"
#include "say.h"
#include "signing.h"
#include "table.h"

#define MS_PER_DAY (24LL * 60 * 60 * 1000)

static const char *role_word(enum user_role role, bool zh)
{
	static const char *const words[USER_ROLES] = {
		[USER_VIEWER] = "查看",
		[USER_REVIEWER] = "审核",
		[USER_ADMINISTRATOR] = "管理",
	};

	return zh ? words[role] : users_role_name(role);
}

/* ---- user add ------------------------------------------------------ */

struct add_options {
	struct cli_common common;
	const char *role, *key;
	struct option_list devices;
};

static const struct command_option add_options[] = {
	{ "--role", OPTION_VALUE, offsetof(struct add_options, role), "ROLE",
		{ "角色:viewer(查看)、reviewer(审核)或 administrator(管理)",
			"viewer, reviewer or administrator" } },
	{ "--key", OPTION_VALUE, offsetof(struct add_options, key), "FILE.pub",
		{ "他签署结论所用的公钥文件(ssh-ed25519)",
			"the public key with which they sign verdicts (ssh-ed25519)" } },
	{ "--device", OPTION_LIST, offsetof(struct add_options, devices), "DEVICE",
		{ "他自己的设备,不审核其改动;可写多次",
			"a device of their own, whose lines they do not judge; may be repeated" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct adding {
	struct node *node;
	const char *name;
	enum user_role role;
	const struct add_options *given;
	uint8_t key[NODE_PUBLIC_KEY_BYTES]; /* of --key */
	struct device_id devices[OPTION_LIST_MAX];
};

static bool add_it(void *ctx, struct err *err)
{
	const struct adding *adding = ctx;
	size_t i;

	if (!users_add(adding->node, adding->name, adding->role, err) ||
		(adding->given->key != NULL &&
			!users_key_set(adding->node, adding->name, adding->key, err))) {
		return false;
	}
	for (i = 0; i < adding->given->devices.count; i++) {
		if (!users_give_device(adding->node, adding->name, adding->devices[i], err)) {
			return false;
		}
	}
	return true;
}

/* Its words that name keys and devices. */
static bool add_read(struct adding *adding, struct err *err)
{
	const struct option_list *devices = &adding->given->devices;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		if (!district_device_read(&adding->devices[i], devices->values[i], err)) {
			return false;
		}
	}
	return adding->given->key == NULL ||
		signing_read_public(adding->key, adding->given->key, err);
}

static void add_json(struct buf *out, const struct adding *adding)
{
	const struct option_list *devices = &adding->given->devices;
	char key[DEVICE_TEXT_BYTES];
	size_t i;

	device_id_print(key, public_key_device(adding->key));
	emit_member(out, "key", adding->given->key != NULL ? key : NULL);
	emit_key(out, "devices");
	emit_open(out, '[');
	for (i = 0; i < devices->count; i++) {
		emit_text(out, view_of(devices->values[i]));
	}
	emit_close(out, ']');
}

static bool add_show(const struct adding *adding, const struct cli_common *given, struct err *err)
{
	const char *role = role_word(adding->role, terminal_chinese());
	struct buf out = { 0 };

	if (given->json) {
		emit_begin(&out);
		emit_member(&out, "user", adding->name);
		emit_member(&out, "role", users_role_name(adding->role));
		add_json(&out, adding);
		emit_member_bool(&out, "dry_run", given->dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (given->dry_run) {
		say_result("将添加用户 %s,角色:%s。", "Would add the user %s, role: %s.",
			adding->name, role);
		return true;
	}
	say_result("已添加用户 %s,角色:%s。", "Added the user %s, role: %s.", adding->name, role);
	say("给他一个令牌:linlid user token '%s'", "To give them a token: linlid user token '%s'",
		adding->name);
	return true;
}

static bool add(struct invocation *invocation, struct err *err)
{
	const struct add_options *given = (const void *)invocation->options;
	struct adding adding = { .name = invocation->words[0], .given = given };
	struct tally packed;
	bool ok = false;

	if (!district_required(given->role, "--role", err)) {
		return false;
	}
	if (!users_role_parse(&adding.role, view_of(given->role))) {
		return err_set(err, ERR_USAGE,
			terminal_chinese()
				? "--role 应为 viewer、reviewer 或 administrator:%.40s"
				: "--role must be viewer, reviewer or administrator: %.40s",
			given->role);
	}
	ok = add_read(&adding, err) && district_open_writing(&adding.node, invocation, err) &&
		node_transaction(adding.node, add_it, &adding, given->common.dry_run, err) &&
		(given->common.dry_run || given->key == NULL ||
			outbox_pack(adding.node, &packed, err)) &&
		add_show(&adding, &given->common, err);
	node_close(adding.node);
	return ok;
}

const struct command user_add_command = {
	.name = "user add",
	.summary = { "添加一名服务器用户", "Add a user of the server" },
	.usage = "NAME --role ROLE [--key FILE.pub] [--device DEVICE]…",
	.min_words = 1,
	.max_words = 1,
	.options = add_options,
	.options_bytes = sizeof(struct add_options),
	.run = add,
};

/* ---- user token ---------------------------------------------------- */

struct token_options {
	struct cli_common common;
	int64_t days;
};

static const struct token_options token_defaults = { .days = USERS_TOKEN_VALID_MS / MS_PER_DAY };

static const struct command_option token_options[] = {
	{ "--days", OPTION_COUNT, offsetof(struct token_options, days), "N",
		{ "多少天内有效(默认 90)", "for how many days it is good (default 90)" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct making {
	struct node *node;
	const char *name;
	int64_t valid_ms, expires_ms;
	char token[USERS_TOKEN_TEXT_BYTES];
};

static bool make_it(void *ctx, struct err *err)
{
	struct making *making = ctx;

	return users_token_make(making->node, making->name, making->valid_ms, making->token,
		&making->expires_ms, err);
}

static bool token_json(const struct making *making, bool dry_run, struct err *err)
{
	struct buf out = { 0 };
	bool ok;

	emit_begin(&out);
	emit_member(&out, "user", making->name);
	emit_member(&out, "token", dry_run ? NULL : making->token);
	emit_member_integer(&out, "expires", making->expires_ms);
	emit_member_bool(&out, "dry_run", dry_run);
	emit_end(&out);
	buf_byte(&out, '\n');
	ok = buf_ok(&out, err) && terminal_write(buf_as_view(&out), err);
	buf_wipe(&out);
	return ok;
}

/* The token alone on stdout, for scripts; all else on stderr. */
static bool token_show(const struct making *making, bool dry_run, struct err *err)
{
	struct cli_time until = cli_time(making->expires_ms);
	struct buf out = { 0 };
	bool ok;

	if (dry_run) {
		say_result("将为 %s 生成一个令牌,有效期至 %s。",
			"Would make a token of %s, good until %s.", making->name, until.text);
		return true;
	}
	say("%s 的令牌,有效期至 %s。只显示这一次,请只交给本人:",
		"A token of %s, good until %s. It is shown only now; give it to them only:",
		making->name, until.text);
	buf_text(&out, making->token);
	buf_byte(&out, '\n');
	ok = buf_ok(&out, err) && terminal_write(buf_as_view(&out), err);
	buf_wipe(&out);
	return ok;
}

static bool token(struct invocation *invocation, struct err *err)
{
	const struct token_options *given = (const void *)invocation->options;
	struct making making = { .name = invocation->words[0] };
	bool ok = false, dry_run = given->common.dry_run;

	if (given->days < 1 || given->days > USERS_TOKEN_MAX_VALID_MS / MS_PER_DAY) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "--days 应在 1 到 %d 之间" : "--days must be 1 to %d",
			(int)(USERS_TOKEN_MAX_VALID_MS / MS_PER_DAY));
	}
	making.valid_ms = given->days * MS_PER_DAY;
	ok = district_open_writing(&making.node, invocation, err) &&
		node_transaction(making.node, make_it, &making, dry_run, err) &&
		(given->common.json ? token_json(&making, dry_run, err)
				    : token_show(&making, dry_run, err));
	crypto_wipe(making.token, sizeof(making.token));
	node_close(making.node);
	return ok;
}

const struct command user_token_command = {
	.name = "user token",
	.summary = { "为用户生成令牌,只显示一次", "Make a token for a user, shown once" },
	.usage = "NAME [--days N]",
	.min_words = 1,
	.max_words = 1,
	.options = token_options,
	.options_bytes = sizeof(struct token_options),
	.defaults = &token_defaults,
	.run = token,
};

/* ---- user list ----------------------------------------------------- */

struct listing {
	struct buf out;      /* JSON */
	struct table *table; /* NULL: JSON */
	size_t count;
	bool zh;
};

/* The name of the key with which they sign; false: they have none. */
static bool key_name(const struct user *user, char out[DEVICE_TEXT_BYTES])
{
	device_id_print(out, public_key_device(user->public_key));
	return user->has_key;
}

static void add_table_row(struct listing *listing, const struct user *user)
{
	char key[DEVICE_TEXT_BYTES];

	table_add(listing->table, view_of(user->name));
	table_add(listing->table, view_of(role_word(user->role, listing->zh)));
	table_add(listing->table, view_of(cli_time(user->created_ms).text));
	table_printf(listing->table, "%" PRIu64, user->tokens);
	table_add(listing->table, view_of(key_name(user, key) ? key : "–"));
	table_printf(listing->table, "%" PRIu64, user->devices);
	table_add(listing->table, view_of(cli_time(user->last_used_ms).text));
	if (user->disabled_ms != 0) {
		table_add(listing->table, view_of(listing->zh ? "已停用" : "disabled"));
	} else {
		table_add(listing->table, view_of(listing->zh ? "有效" : "valid"));
	}
}

static void add_time(struct buf *out, const char *name, int64_t time_ms)
{
	if (time_ms != 0) {
		emit_member_integer(out, name, time_ms);
	} else {
		emit_member_null(out, name);
	}
}

static bool add_row(void *ctx, const struct user *user, struct err *err)
{
	struct listing *listing = ctx;
	struct buf *out = &listing->out;
	char key[DEVICE_TEXT_BYTES];

	listing->count++;
	if (listing->table != NULL) {
		add_table_row(listing, user);
		return true;
	}
	emit_open(out, '{');
	emit_member(out, "user", user->name);
	emit_member(out, "role", users_role_name(user->role));
	emit_member_integer(out, "created", user->created_ms);
	add_time(out, "disabled", user->disabled_ms);
	emit_member_integer(out, "tokens", (int64_t)user->tokens);
	add_time(out, "last_used", user->last_used_ms);
	emit_member(out, "key", key_name(user, key) ? key : NULL);
	emit_member_integer(out, "devices", (int64_t)user->devices);
	emit_close(out, '}');
	return emit_flush(out, err);
}

static bool list_json(struct node *node, struct err *err)
{
	struct listing listing = { 0 };
	bool ok;

	emit_begin(&listing.out);
	emit_key(&listing.out, "users");
	emit_open(&listing.out, '[');
	ok = users_each(node, add_row, &listing, err);
	emit_close(&listing.out, ']');
	emit_end(&listing.out);
	ok = ok && cli_write_take(&listing.out, err);
	buf_clear(&listing.out);
	return ok;
}

static bool list_table(struct node *node, struct err *err)
{
	bool zh = terminal_chinese(), ok;
	const struct table_column columns[] = {
		{ zh ? "用户" : "User", TABLE_TEXT },
		{ zh ? "角色" : "Role", TABLE_TEXT },
		{ zh ? "添加时间" : "Added", TABLE_TEXT },
		{ zh ? "有效令牌" : "Tokens", TABLE_NUMBER },
		{ zh ? "签署密钥" : "Key", TABLE_TEXT },
		{ zh ? "自己的设备" : "Devices", TABLE_NUMBER },
		{ zh ? "最近使用" : "Last used", TABLE_TEXT },
		{ zh ? "状态" : "State", TABLE_TEXT },
	};
	struct listing listing = { .zh = zh };

	if (!table_new(&listing.table, columns, sizeof(columns) / sizeof(columns[0]), err)) {
		return false;
	}
	ok = users_each(node, add_row, &listing, err);
	if (ok && listing.count == 0) {
		say("还没有用户。", "There are no users yet.");
	} else if (ok) {
		ok = table_print(listing.table, err);
	}
	table_free(listing.table);
	return ok;
}

static bool list(struct invocation *invocation, struct err *err)
{
	struct node *node = NULL;
	bool ok;

	if (!district_open(&node, invocation, err)) {
		return false;
	}
	ok = cli_common(invocation)->json ? list_json(node, err) : list_table(node, err);
	node_close(node);
	return ok;
}

const struct command user_list_command = {
	.name = "user list",
	.summary = { "列出服务器用户", "List the users of the server" },
	.usage = "",
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = list,
};

/* ---- user disable -------------------------------------------------- */

struct disabling {
	struct node *node;
	const char *name;
	struct user before;
};

static bool disable_it(void *ctx, struct err *err)
{
	struct disabling *disabling = ctx;

	return users_get(disabling->node, disabling->name, &disabling->before, err) &&
		users_disable(disabling->node, disabling->name, err);
}

static bool disable_show(
	const struct disabling *disabling, const struct cli_common *given, struct err *err)
{
	unsigned long long tokens = disabling->before.tokens;
	struct buf out = { 0 };

	if (given->json) {
		emit_begin(&out);
		emit_member(&out, "user", disabling->name);
		emit_member_integer(&out, "tokens", (int64_t)tokens);
		emit_member_bool(&out, "changed", disabling->before.disabled_ms == 0);
		emit_member_bool(&out, "dry_run", given->dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (disabling->before.disabled_ms != 0) {
		say_result("用户 %s 早已停用。", "The user %s was disabled already.",
			disabling->name);
	} else if (given->dry_run) {
		say_result("将停用用户 %s 及其 %llu 个令牌。",
			"Would disable the user %s and their %llu tokens.", disabling->name,
			tokens);
	} else {
		say_result("已停用用户 %s 及其 %llu 个令牌。",
			"Disabled the user %s and their %llu tokens.", disabling->name, tokens);
	}
	return true;
}

static bool disable(struct invocation *invocation, struct err *err)
{
	const struct cli_common *given = cli_common(invocation);
	struct disabling disabling = { .name = invocation->words[0] };
	bool ok;

	ok = district_open_writing(&disabling.node, invocation, err) &&
		node_transaction(disabling.node, disable_it, &disabling, given->dry_run, err) &&
		disable_show(&disabling, given, err);
	node_close(disabling.node);
	return ok;
}

const struct command user_disable_command = {
	.name = "user disable",
	.summary = { "停用一名用户,其令牌随即失效", "Disable a user, and their tokens at once" },
	.usage = "NAME",
	.min_words = 1,
	.max_words = 1,
	.options = cli_write_options,
	.options_bytes = sizeof(struct cli_common),
	.run = disable,
};
