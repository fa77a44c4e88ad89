/*
 * key.c -- linli key rotate: a new key for this computer.
 *
 * Over the network it exchanges first, so that the district holds everything
 * that the old key has signed before it hears of the new one; and where the
 * server cannot be reached nothing is changed.
 */
#include "client.h"
#include "commands.h"
#include "emit.h"
#include "linli/enrol.h"
#include "linli/rekey.h"
#include "link.h"
#include "say.h"

const struct command_option key_rotate_options[] = {
	{ "-o", OPTION_VALUE, offsetof(struct key_rotate_options, request), "REQUEST",
		{ "不联网:把申请写到文件,由人带到区里",
			"without a network: write the request to a file" } },
	{ "--ca-file", OPTION_VALUE, offsetof(struct key_rotate_options, ca_file), "FILE",
		{ "只信任该 PEM 文件中的证书颁发机构,以后照此",
			"trust only the authorities in this PEM file; remembered" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct rotating {
	const struct key_rotate_options *options;
	struct cli_place place;
	struct node *node;
	char before[DEVICE_TEXT_BYTES]; /* the device whose place this one took */
};

static bool note_before(void *ctx, struct device_id device, struct err *err)
{
	struct rotating *rotating = ctx;

	(void)err;
	device_id_print(rotating->before, device);
	return true;
}

static bool report_json(const struct rotating *rotating, const char *device, const char *code,
	bool enrolled, struct err *err)
{
	const struct key_rotate_options *options = rotating->options;
	struct buf out = { 0 };

	emit_begin(&out);
	emit_member(&out, "device", options->common.dry_run ? NULL : device);
	emit_member(&out, "replaces", options->common.dry_run ? device : rotating->before);
	emit_member(&out, "short_code", options->common.dry_run ? NULL : code);
	emit_member_bool(&out, "enrolled", enrolled);
	emit_member(&out, "request", options->request);
	emit_member_bool(&out, "dry_run", options->common.dry_run);
	emit_end(&out);
	return cli_write_take(&out, err);
}

static bool report(struct rotating *rotating, struct err *err)
{
	struct node *node = rotating->node;
	const char *path = rotating->options->request;
	char device[DEVICE_TEXT_BYTES], code[SHORT_CODE_BYTES];
	uint8_t public_key[NODE_PUBLIC_KEY_BYTES];
	bool enrolled = node_enrolled(node);

	if (!rekey_each_former(node, note_before, rotating, err)) {
		return false;
	}
	device_id_print(device, node_device(node));
	node_public_key(node, public_key);
	short_code(code, node_federation(node)->key, public_key);
	if (rotating->options->common.json) {
		return report_json(rotating, device, code, enrolled, err);
	}
	if (rotating->options->common.dry_run) {
		say_result("将给本机(设备 %s)换一把新密钥。",
			"Would give this computer, device %s, a new key.", device);
		return true;
	}
	say_result("已换上新密钥:设备 %s 接替 %s。",
		"The new key is in use: device %s takes the place of %s.", device,
		rotating->before);
	if (path != NULL) {
		say_result("申请已写到 %s。请把它带到区里(linlid enrol),再用带回的答复执行 join;"
			   "用 carry 往来时,申请和答复会自动随行。",
			"The request is in %s. Take it to the district (linlid enrol), then join "
			"with the answer; where you carry a stick, both travel on it by themselves.",
			path);
	}
	say_result("核对码:%s(请与区里电话核对)",
		"Short code: %s (compare it with the district's over the phone)", code);
	say("以前的备份是旧密钥的:请现在另做一份备份。",
		"Backups made before are of the old key: make one now.");
	return true;
}

static bool by_file(struct rotating *rotating, struct err *err)
{
	const struct env *env = rotating->place.options.env;
	struct node *node = rotating->node;
	struct buf request = { 0 };
	bool ok;

	ok = rotation_begin(node, rotating->place.options.passphrase, err) &&
		(rekey_waits(node, &request) ||
			err_set(err, ERR_INTERNAL, "the request is not there")) &&
		buf_ok(&request, err) &&
		env->write_file(env->ctx, rotating->options->request, buf_as_view(&request), false,
			err);
	buf_clear(&request);
	return ok;
}

/* One exchange; what is refused in it is for sync to tell. */
static bool exchange(struct rotating *rotating, struct link *link, struct err *err)
{
	struct sync_result result = { 0 };
	bool ok = exchange_sync(rotating->node, &link->transport, &link->options, &result, err);

	sync_result_clear(&result);
	return ok;
}

static bool by_network(struct rotating *rotating, struct err *err)
{
	const char *ca_file = rotating->options->ca_file;
	struct link_options how = { .ca_file = ca_file };
	struct node *node = rotating->node;
	struct link link = { .carrier = NULL };
	bool ok;

	ok = link_open(&link, node, &how, err) &&
		(rekey_waits(node, NULL) || exchange(rotating, &link, err)) &&
		rotation_begin(node, rotating->place.options.passphrase, err) &&
		exchange(rotating, &link, err) && link_trust(node, ca_file, err) &&
		cli_exchange_note(node, err);
	link_close(&link);
	return ok;
}

bool command_key_rotate(struct invocation *invocation, struct err *err)
{
	struct rotating rotating = { .options = (const void *)invocation->options };
	bool ok = false;

	if (!cli_place_find(&rotating.place, invocation, err) ||
		!node_open(&rotating.node, &rotating.place.options, err)) {
		goto out;
	}
	cli_warn_clock(rotating.node);
	ok = rotating.options->common.dry_run ||
		(rotating.options->request != NULL ? by_file(&rotating, err)
						   : by_network(&rotating, err));
	ok = ok && report(&rotating, err);
out:
	node_close(rotating.node);
	cli_place_clear(&rotating.place);
	return ok;
}
