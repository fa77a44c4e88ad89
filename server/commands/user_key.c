/* user_key.c -- linlid user key, user device: with what a reviewer signs, and whose lines not. */
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

/* ---- user key ------------------------------------------------------ */

struct key_options {
	struct cli_common common;
	const char *file;       /* -o: where a new key goes */
	const char *public_key; /* --key: the public half of one that they have */
	const char *passphrase_file;
};

static const struct command_option key_options[] = {
	{ "-o", OPTION_VALUE, offsetof(struct key_options, file), "KEYFILE",
		{ "生成一把新密钥,写到这里", "make a new key and write it here" } },
	{ "--key", OPTION_VALUE, offsetof(struct key_options, public_key), "FILE.pub",
		{ "他自己已有密钥的公钥文件(ssh-ed25519)",
			"the public half of a key that they have (ssh-ed25519)" } },
	{ "--new-passphrase-file", OPTION_VALUE, offsetof(struct key_options, passphrase_file),
		"FILE",
		{ "从文件读取新密钥的口令", "read the new key's passphrase from FILE" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct keying {
	struct node *node;
	const char *name;
	const struct key_options *given;
	const char *passphrase; /* of a new key; NULL: none */
	uint8_t public_key[NODE_PUBLIC_KEY_BYTES];
	bool written; /* the file is there */
};

static bool make_key(struct keying *keying, struct err *err)
{
	const struct env *env = node_env(keying->node);
	const char *path = keying->given->file;
	struct buf pem = { 0 };
	struct key *key = NULL;
	bool ok;

	ok = district_name_free(env, path, err) &&
		users_key_make(keying->node, keying->name, keying->passphrase, &pem, err) &&
		key_read(&key, buf_as_view(&pem), keying->passphrase, err);
	if (ok) {
		memcpy(keying->public_key, key_public(key), sizeof(keying->public_key));
	}
	if (ok && !keying->given->common.dry_run) {
		ok = env->write_file(env->ctx, path, buf_as_view(&pem), true, err);
		keying->written = ok;
	}
	key_free(key);
	buf_wipe(&pem);
	return ok;
}

/* The file is written before the key is published: a published key that nobody has is no use. */
static bool key_it(void *ctx, struct err *err)
{
	struct keying *keying = ctx;

	return keying->given->file != NULL
		? make_key(keying, err)
		: users_key_set(keying->node, keying->name, keying->public_key, err);
}

static bool key_show(const struct keying *keying, struct err *err)
{
	const struct key_options *given = keying->given;
	char id[DEVICE_TEXT_BYTES];
	struct buf public_key = { 0 }, out = { 0 };
	bool made = given->file != NULL && given->common.dry_run, ok;

	device_id_print(id, public_key_device(keying->public_key));
	ok = key_openssh_public(&public_key, keying->public_key, id, err);
	if (ok && given->common.json) {
		emit_begin(&out);
		emit_member(&out, "user", keying->name);
		/* A rehearsal's key is thrown away. */
		emit_member(&out, "key", made ? NULL : id);
		emit_member(&out, "public", made ? NULL : buf_str(&public_key));
		emit_member(&out, "file", given->common.dry_run ? NULL : given->file);
		emit_member_bool(&out, "dry_run", given->common.dry_run);
		emit_end(&out);
		ok = cli_write_take(&out, err);
	} else if (ok && given->common.dry_run) {
		say_result("将给 %s 一把签署用的密钥。", "Would give %s a key to sign with.",
			keying->name);
	} else if (ok) {
		say_result("%s 今后用密钥 %s 签署。", "%s signs with the key %s from now on.",
			keying->name, id);
		say_result("%s", "%s", buf_str(&public_key));
	}
	if (ok && !given->common.json && keying->written) {
		say("密钥在 %s:请只交给本人。签署:linlid review accept … --key %s",
			"The key is in %s; give it to them only. To sign: "
			"linlid review accept … --key %s",
			given->file, given->file);
	}
	buf_clear(&public_key);
	return ok;
}

static bool key_words(const struct key_options *given, struct err *err)
{
	if ((given->file != NULL) == (given->public_key != NULL)) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "-o 生成新密钥,--key 登记已有的:请写其中一个"
					   : "-o makes a new key, --key takes one they have: "
					     "give one of them");
	}
	return given->passphrase_file == NULL || given->file != NULL ||
		err_set(err, ERR_USAGE,
			terminal_chinese() ? "--new-passphrase-file 只用于新密钥"
					   : "--new-passphrase-file is for a new key");
}

static bool key_run(struct invocation *invocation, struct err *err)
{
	const struct key_options *given = (const void *)invocation->options;
	struct keying keying = { .name = invocation->words[0], .given = given };
	struct buf passphrase = { 0 };
	struct tally packed;
	bool ok, dry_run = given->common.dry_run;

	ok = key_words(given, err) &&
		(given->passphrase_file == NULL ||
			cli_read_passphrase(&passphrase, given->passphrase_file, err)) &&
		(given->public_key == NULL ||
			signing_read_public(keying.public_key, given->public_key, err));
	if (ok && passphrase.len != 0) {
		keying.passphrase = buf_str(&passphrase);
	}
	ok = ok && district_open_writing(&keying.node, invocation, err);
	if (ok && !node_transaction(keying.node, key_it, &keying, dry_run, err)) {
		struct err ignored;

		ok = false;
		if (keying.written &&
			!node_env(keying.node)->remove_file(
				node_env(keying.node)->ctx, given->file, &ignored)) {
			say("文件 %s 无用,可以删除。", "The file %s is of no use: delete it.",
				given->file);
		}
	}
	ok = ok && (dry_run || outbox_pack(keying.node, &packed, err)) && key_show(&keying, err);
	node_close(keying.node);
	buf_wipe(&passphrase);
	return ok;
}

const struct command user_key_command = {
	.name = "user key",
	.summary = { "给审核人一把签署用的密钥", "Give a reviewer a key to sign verdicts with" },
	.notes = { "公钥会发布给各社区,谁都能验证他签署的结论。再给一把即换掉先前的。",
		"Its public half is published, so that everybody can verify what they sign.\n"
		"Another one takes the place of the one before." },
	.usage = "NAME -o KEYFILE | --key FILE.pub",
	.min_words = 1,
	.max_words = 1,
	.options = key_options,
	.options_bytes = sizeof(struct key_options),
	.run = key_run,
};

/* ---- user device --------------------------------------------------- */

struct giving {
	struct node *node;
	const char *name, *word;
	struct device_id device;
};

static bool give_it(void *ctx, struct err *err)
{
	const struct giving *giving = ctx;

	return users_give_device(giving->node, giving->name, giving->device, err);
}

static bool give_show(const struct giving *giving, const struct cli_common *given, struct err *err)
{
	struct buf out = { 0 };

	if (given->json) {
		emit_begin(&out);
		emit_member(&out, "user", giving->name);
		emit_member(&out, "device", giving->word);
		emit_member_bool(&out, "dry_run", given->dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	say_result(given->dry_run ? "将记下 %s 是 %s 自己的设备。" : "已记下 %s 是 %s 自己的设备。",
		given->dry_run ? "Would note that %s is %s's own device."
			       : "Noted that %s is %s's own device.",
		giving->word, giving->name);
	return true;
}

static bool device_run(struct invocation *invocation, struct err *err)
{
	const struct cli_common *given = cli_common(invocation);
	struct giving giving = { .name = invocation->words[0], .word = invocation->words[1] };
	bool ok;

	ok = district_device_read(&giving.device, giving.word, err) &&
		district_open_writing(&giving.node, invocation, err) &&
		node_transaction(giving.node, give_it, &giving, given->dry_run, err) &&
		give_show(&giving, given, err);
	node_close(giving.node);
	return ok;
}

const struct command user_device_command = {
	.name = "user device",
	.summary = { "记下某用户自己的设备,他不审核其改动",
		"Note a user's own device, whose lines they do not judge" },
	.usage = "NAME DEVICE",
	.min_words = 2,
	.max_words = 2,
	.options = cli_write_options,
	.options_bytes = sizeof(struct cli_common),
	.run = device_run,
};
