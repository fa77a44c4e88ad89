/* keys.c -- the device's key, in the forms of stock tools. */
#include <stdlib.h>
#include <string.h>

#include "age.h"
#include "commands.h"
#include "emit.h"
#include "key.h"
#include "linli/enrol.h"
#include "linli/rekey.h"
#include "say.h"

/* What "key" and "key public" tell: nothing secret. */
struct facts {
	char device[DEVICE_TEXT_BYTES], age[64], code[SHORT_CODE_BYTES];
	struct buf public_key;
};

static bool gather(struct facts *facts, struct node *node, struct err *err)
{
	uint8_t public_key[NODE_PUBLIC_KEY_BYTES];

	device_id_print(facts->device, node_device(node));
	node_public_key(node, public_key);
	short_code(facts->code, node_federation(node)->key, public_key);
	return node_age_recipient(node, facts->age, err) &&
		key_openssh_public(&facts->public_key, public_key, facts->device, err);
}

static bool show_public(const struct facts *facts, bool json, bool only, struct err *err)
{
	struct buf out = { 0 };

	if (json) {
		emit_begin(&out);
		emit_member(&out, "device", facts->device);
		emit_member(&out, "public", buf_str(&facts->public_key));
		emit_member(&out, "age_recipient", facts->age);
		emit_member(&out, "short_code", facts->code);
		emit_end(&out);
	} else if (only) {
		buf_view(&out, buf_as_view(&facts->public_key));
	} else {
		buf_printf(&out,
			terminal_chinese() ? "设备:%s\n核对码:%s\n公钥:%s\n密封收件地址:%s"
					   : "Device: %s\nShort code: %s\nPublic key: %s\n"
					     "Sealing recipient: %s",
			facts->device, facts->code, buf_str(&facts->public_key), facts->age);
	}
	return cli_write_take(&out, err);
}

/* A secret, to stdout; ${name} is its member of --json. */
static bool show_secret(struct buf *secret, const char *name, bool json, struct err *err)
{
	struct buf out = { 0 };
	bool ok;

	if (json) {
		emit_begin(&out);
		emit_member(&out, name, buf_str(secret));
		emit_end(&out);
	} else {
		buf_view(&out, buf_as_view(secret));
	}
	if (out.len != 0 && out.data[out.len - 1] != '\n') {
		buf_byte(&out, '\n');
	}
	say("请妥善保管:有了它就能冒充这台设备。",
		"Keep this safe: whoever has it can act as this device.");
	ok = buf_ok(&out, err) && terminal_write(buf_as_view(&out), err);
	buf_wipe(&out);
	return ok;
}

static bool show_openssh(struct node *node, const struct facts *facts, bool json, struct err *err)
{
	struct buf secret = { 0 };
	bool ok =
		key_openssh_private(&secret, node_key(node), facts->device, node_env(node), err) &&
		show_secret(&secret, "openssh", json, err);

	buf_wipe(&secret);
	return ok;
}

static bool show_age(struct node *node, bool json, struct err *err)
{
	struct age_identity identity;
	char text[AGE_IDENTITY_TEXT_BYTES];
	struct buf secret = { 0 };
	bool ok;

	age_identity_of(&identity, node_key(node));
	age_identity_print(text, &identity);
	buf_text(&secret, text);
	ok = buf_ok(&secret, err) && show_secret(&secret, "age", json, err);
	buf_wipe(&secret);
	age_identity_wipe(&identity);
	explicit_bzero(text, sizeof(text));
	return ok;
}

bool cli_key(struct invocation *invocation, struct err *err)
{
	const char *form = invocation->word_count != 0 ? invocation->words[0] : "";
	bool json = cli_common(invocation)->json, ok = false;
	struct facts facts = { .public_key = { 0 } };
	struct node *node = NULL;

	if (!cli_open(&node, invocation, err) || !gather(&facts, node, err)) {
		goto out;
	}
	if (form[0] == '\0' || strcmp(form, "public") == 0) {
		ok = show_public(&facts, json, form[0] != '\0', err);
	} else if (strcmp(form, "openssh") == 0) {
		ok = show_openssh(node, &facts, json, err);
	} else if (strcmp(form, "age") == 0) {
		ok = show_age(node, json, err);
	} else {
		err_set(err, ERR_USAGE,
			terminal_chinese() ? "key 后面应是其中之一: public, openssh, age"
					   : "key is followed by one of: public, openssh, age");
	}
out:
	buf_clear(&facts.public_key);
	cli_close(node);
	return ok;
}

/* ---- key passphrase -------------------------------------------------- */

const struct command_option cli_key_passphrase_options[] = {
	{ "--new-passphrase-file", OPTION_VALUE, offsetof(struct cli_key_passphrase, file), "FILE",
		{ "从文件读取新口令(默认 $LINLI_NEW_PASSPHRASE)",
			"read the new passphrase from FILE (default $LINLI_NEW_PASSPHRASE)" } },
	{ "--no-passphrase", OPTION_FLAG, offsetof(struct cli_key_passphrase, none), NULL,
		{ "取消口令", "keep the key without a passphrase" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

/* *passphrase: the new one, in ${file} or the environment; NULL: none is wanted. */
static bool find_new(const struct cli_key_passphrase *given, struct buf *file,
	const char **passphrase, struct err *err)
{
	const char *variable = getenv("LINLI_NEW_PASSPHRASE");

	*passphrase = NULL;
	if (given->none && given->file != NULL) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "--no-passphrase 和 --new-passphrase-file 只能用一个"
					   : "--no-passphrase or --new-passphrase-file, not both");
	}
	if (given->none) {
		return true;
	}
	if (given->file != NULL) {
		if (!cli_read_passphrase(file, given->file, err)) {
			return false;
		}
		*passphrase = buf_str(file);
		return true;
	}
	if (variable == NULL || variable[0] == '\0') {
		return err_set(err, ERR_USAGE,
			terminal_chinese()
				? "请用 --new-passphrase-file 给出新口令,或用 --no-passphrase 取消"
				: "give the new one with --new-passphrase-file, or say "
				  "--no-passphrase");
	}
	*passphrase = variable;
	return true;
}

static bool passphrase_show(struct node *node, const struct cli_key_passphrase *given,
	bool has, struct err *err)
{
	char device[DEVICE_TEXT_BYTES];
	struct buf out = { 0 };

	device_id_print(device, node_device(node));
	if (given->common.json) {
		emit_begin(&out);
		emit_member(&out, "device", device);
		emit_member_bool(&out, "passphrase", has);
		emit_member_bool(&out, "dry_run", given->common.dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (given->common.dry_run) {
		say_result(has ? "将给设备 %s 的密钥换上新口令。" : "将取消设备 %s 密钥的口令。",
			has ? "Would put the key of device %s under the new passphrase."
			    : "Would keep the key of device %s without a passphrase.",
			device);
		return true;
	}
	say_result(has ? "设备 %s 的密钥已换上新口令。" : "设备 %s 的密钥不再有口令。",
		has ? "The key of device %s is under the new passphrase."
		    : "The key of device %s has no passphrase any more.",
		device);
	if (has) {
		say("请记住新口令:没有人能找回它。先前另存的 device.key 仍用旧口令。",
			"Remember it: nobody can bring it back.  Copies of device.key made before "
			"keep the old one.");
	}
	return true;
}

bool cli_key_passphrase(struct invocation *invocation, struct err *err)
{
	const struct cli_key_passphrase *given = (const void *)invocation->options;
	struct node *node = NULL;
	struct buf file = { 0 };
	const char *passphrase;
	bool ok;

	ok = find_new(given, &file, &passphrase, err) && cli_open(&node, invocation, err) &&
		(given->common.dry_run || rekey_passphrase(node, passphrase, err)) &&
		passphrase_show(node, given, passphrase != NULL, err);
	cli_close(node);
	buf_wipe(&file);
	return ok;
}
