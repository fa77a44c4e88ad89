/* keys.c -- the device's key, in the forms of stock tools. */
#include <string.h>

#include "age.h"
#include "commands.h"
#include "emit.h"
#include "key.h"
#include "linli/enrol.h"
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
	node_close(node);
	return ok;
}
