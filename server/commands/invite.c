/* invite.c -- linlid invite, enrol: how communities come in. */
#include <string.h>

#include "district.h"
#include "emit.h"
#include "hmac.h"
#include "key.h"
#include "linli/enrol.h"
#include "linli/rekey.h"
#include "say.h"

#define MS_PER_DAY (24LL * 60 * 60 * 1000)

/* ---- invite -------------------------------------------------------- */

struct invite_options {
	struct cli_common common;
	const char *name, *street, *file, *url;
};

static const struct command_option invite_options[] = {
	{ "--name", OPTION_VALUE, offsetof(struct invite_options, name), "NAME",
		{ "社区名称", "name of the community" } },
	{ "--street", OPTION_VALUE, offsetof(struct invite_options, street), "STREET",
		{ "所属街道", "its street" } },
	{ "-o", OPTION_VALUE, offsetof(struct invite_options, file), "FILE",
		{ "邀请文件写到哪里", "where to write the invitation" } },
	{ "--url", OPTION_VALUE, offsetof(struct invite_options, url), "URL",
		{ "服务器地址(默认为 init 时的地址)",
			"address of the server (default: that of init)" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct inviting {
	struct node *node;
	struct invitation_terms terms;
	struct buf *file;
};

static bool make(void *ctx, struct err *err)
{
	const struct inviting *inviting = ctx;

	return invitation_make(inviting->node, &inviting->terms, inviting->file, err);
}

static bool invite_json(
	const struct invitation *invitation, const struct invite_options *given, struct err *err)
{
	struct buf out = { 0 };

	emit_begin(&out);
	emit_member(&out, "community", invitation->community);
	emit_member(&out, "name", invitation->name);
	emit_member(&out, "street", invitation->street);
	emit_member(&out, "url", invitation->federation.url);
	emit_member_integer(&out, "expires", invitation->expires_ms);
	emit_member(&out, "file", given->common.dry_run ? NULL : given->file);
	emit_member_bool(&out, "dry_run", given->common.dry_run);
	emit_end(&out);
	return cli_write_take(&out, err);
}

static void invite_show(const struct invitation *invitation, const struct invite_options *given)
{
	struct cli_time until = cli_time(invitation->expires_ms);
	int days = (int)(INVITATION_VALID_MS / MS_PER_DAY);

	if (given->common.dry_run) {
		say_result("将邀请 %s(%s,%s)。", "Would invite %s (%s, %s).", invitation->name,
			invitation->community, invitation->street);
		return;
	}
	say_result("已写好给 %s(%s,%s)的邀请:%s", "The invitation for %s (%s, %s) is in %s",
		invitation->name, invitation->community, invitation->street, given->file);
	say_result("有效期 %d 天,至 %s,可登记一台电脑。",
		"Good for %d days, until %s, for one computer.", days, until.text);
	say("邀请中有一次性密码:请只交给该社区。",
		"It holds a secret: give it to that community only.");
	if (invitation->federation.url[0] != '\0') {
		say("在社区的电脑上:linli join 邀请文件(经 %s 登记)",
			"On the community's computer: linli join FILE (enrols at %s)",
			invitation->federation.url);
	}
	say("没有网络时:linli join 邀请文件 --offline,再用 U 盘往来(两边都用 carry);\n"
	    "或加 -o 申请文件,拿回后在这里运行:linlid enrol 申请文件 -o 答复文件",
		"Without a network: linli join FILE --offline there, then a stick (carry on both "
		"sides);\nor with -o REQUEST, and then here: linlid enrol REQUEST -o ANSWER");
}

static bool invite(struct invocation *invocation, struct err *err)
{
	const struct invite_options *given = (const void *)invocation->options;
	const struct env *env = env_system();
	struct invitation invitation;
	struct buf file = { 0 };
	struct node *node = NULL;
	struct inviting inviting;
	bool ok = false;

	if (!district_required(given->name, "--name", err) ||
		!district_required(given->street, "--street", err) ||
		(!given->common.dry_run && !district_required(given->file, "-o", err)) ||
		!district_open_writing(&node, invocation, err)) {
		goto out;
	}
	/* It may be the only copy of another community's secret. */
	if (!given->common.dry_run && !district_name_free(env, given->file, err)) {
		goto out;
	}
	inviting = (struct inviting){ node,
		{ invocation->words[0], given->name, given->street, given->url }, &file };
	if (!node_transaction(node, make, &inviting, given->common.dry_run, err) ||
		!invitation_read(&invitation, buf_as_view(&file), err)) {
		goto out;
	}
	if (!given->common.dry_run &&
		!env->write_file(env->ctx, given->file, buf_as_view(&file), true, err)) {
		goto out;
	}
	ok = true;
	if (given->common.json) {
		ok = invite_json(&invitation, given, err);
	} else {
		invite_show(&invitation, given);
	}
out:
	crypto_wipe(&invitation, sizeof(invitation));
	buf_wipe(&file);
	node_close(node);
	return ok;
}

const struct command invite_command = {
	.name = "invite",
	.summary = { "邀请一个社区(或它的另一台电脑)",
		"Invite a community, or another computer of one" },
	.usage = "COMMUNITY --name NAME --street STREET -o FILE [--url URL]",
	.min_words = 1,
	.max_words = 1,
	.options = invite_options,
	.options_bytes = sizeof(struct invite_options),
	.run = invite,
};

/* ---- enrol --------------------------------------------------------- */

struct enrol_options {
	struct cli_common common;
	const char *file;
};

static const struct command_option enrol_options[] = {
	{ "-o", OPTION_VALUE, offsetof(struct enrol_options, file), "FILE",
		{ "答复文件写到哪里", "where to write the answer" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

/* What was asked for, by a new device or by one with a new key. */
struct enrolling {
	struct node *node;
	const struct enrol_options *given;
	struct buf request, answer;
	struct application application; /* of a rotation: what is like it */
	bool rotates;
	char device[DEVICE_TEXT_BYTES], before[DEVICE_TEXT_BYTES]; /* of a rotation: its old one */
};

static bool enrol_json(struct enrolling *enrolling, struct err *err)
{
	const struct application *application = &enrolling->application;
	bool dry_run = enrolling->given->common.dry_run;
	struct buf out = { 0 };

	emit_begin(&out);
	emit_member(&out, "device", enrolling->device);
	emit_member(&out, "community", application->community);
	emit_member(&out, "name", application->name);
	emit_member(&out, "replaces", enrolling->rotates ? enrolling->before : NULL);
	emit_member(
		&out, "code", district_code(enrolling->node, application->public_key).text);
	emit_member(&out, "file", dry_run ? NULL : enrolling->given->file);
	emit_member_bool(&out, "dry_run", dry_run);
	emit_end(&out);
	return cli_write_take(&out, err);
}

static void enrol_show(struct enrolling *enrolling)
{
	const struct application *application = &enrolling->application;
	const char *device = enrolling->device, *before = enrolling->before;
	const char *file = enrolling->given->file;
	bool dry_run = enrolling->given->common.dry_run;

	if (enrolling->rotates && dry_run) {
		say_result("申请来自 %s(%s):设备 %s 换了新密钥,今后是 %s。",
			"The request is from %s (%s): device %s has a new key, and is %s then.",
			application->name, application->community, before, device);
	} else if (enrolling->rotates) {
		say_result("已登记 %s(%s)的新密钥:设备 %s 接替 %s;答复写在 %s",
			"Enrolled the new key of %s (%s): device %s takes the place of %s; the "
			"answer is in %s",
			application->name, application->community, device, before, file);
	} else if (dry_run) {
		say_result("申请来自 %s(%s),设备 %s。邀请是否有效,登记时才核对。",
			"The request is from %s (%s), device %s. Whether its invitation is good "
			"is found when it is enrolled.",
			application->name, application->community, device);
	} else {
		say_result("已登记 %s(%s)的设备 %s,答复写在 %s",
			"Enrolled %s (%s), device %s; the answer is in %s", application->name,
			application->community, device, file);
	}
	say_result("核对码:%s", "Code: %s",
		district_code(enrolling->node, application->public_key).text);
	say("请在电话中与对方核对这八位数字:不一致说明途中被人换过,请立即吊销该设备。",
		"Compare it with what the other side sees, over the phone: if it differs, somebody "
		"came in between, and the device must be revoked.");
	if (!dry_run) {
		say("把答复文件交回该社区:linli join 答复文件",
			"Take the answer back to the community: linli join ANSWER");
	}
}

static bool of_federation(
	const struct enrolling *enrolling, struct device_id federation, struct err *err)
{
	return device_id_equal(federation, node_federation_id(enrolling->node)) ||
		err_set(err, ERR_FEDERATION, ERR_BOTH("申请", "the request"));
}

static bool enrol_rotation(struct enrolling *enrolling, struct err *err)
{
	struct application *application = &enrolling->application;
	struct view request = buf_as_view(&enrolling->request);
	struct rotation rotation;
	struct device before;
	bool ok;

	ok = enrolling->given->common.dry_run
		? rotation_parse(&rotation, request, err) &&
			of_federation(enrolling, rotation.federation, err)
		: rotation_accept(enrolling->node, request, &enrolling->answer, &rotation, err);
	if (!ok) {
		return false;
	}
	device_id_print(enrolling->before, public_key_device(rotation.old_key));
	memcpy(application->public_key, rotation.public_key, sizeof(application->public_key));
	strcpy(application->community, rotation.community);
	if (node_find_device(enrolling->node, public_key_device(rotation.old_key), &before)) {
		strcpy(application->name, before.name);
	}
	return true;
}

static bool enrol_device(struct enrolling *enrolling, struct err *err)
{
	struct application *application = &enrolling->application;
	struct view request = buf_as_view(&enrolling->request);

	return enrolling->given->common.dry_run
		? request_parse(application, request, err) &&
			of_federation(enrolling, application->federation, err)
		: request_accept(enrolling->node, request, &enrolling->answer, application, err);
}

static bool enrol(struct invocation *invocation, struct err *err)
{
	const struct enrol_options *given = (const void *)invocation->options;
	struct enrolling enrolling = { .given = given };
	const struct env *env = env_system();
	bool ok = false;

	if ((!given->common.dry_run && !district_required(given->file, "-o", err)) ||
		!cli_read_file(&enrolling.request, invocation->words[0], ROTATION_MAX_BYTES,
			err) ||
		!district_open_writing(&enrolling.node, invocation, err)) {
		goto out;
	}
	enrolling.rotates = rotation_is(buf_as_view(&enrolling.request));
	if (!(enrolling.rotates ? enrol_rotation(&enrolling, err)
				: enrol_device(&enrolling, err)) ||
		(!given->common.dry_run &&
			!env->write_file(env->ctx, given->file, buf_as_view(&enrolling.answer),
				false, err))) {
		goto out;
	}
	device_id_print(enrolling.device, public_key_device(enrolling.application.public_key));
	ok = true;
	if (given->common.json) {
		ok = enrol_json(&enrolling, err);
	} else {
		enrol_show(&enrolling);
	}
out:
	buf_clear(&enrolling.request);
	buf_clear(&enrolling.answer);
	node_close(enrolling.node);
	return ok;
}

const struct command enrol_command = {
	.name = "enrol",
	.summary = { "登记一台设备:核对申请,写出答复",
		"Enrol a device: check its request, write the answer" },
	.usage = "REQUEST -o ANSWER",
	.min_words = 1,
	.max_words = 1,
	.options = enrol_options,
	.options_bytes = sizeof(struct enrol_options),
	.run = enrol,
};
