/*
 * join.c -- how this computer becomes a device of the federation: with an
 * invitation over the network, or with files alone.
 *
 * A home that was made for an invitation but is not enrolled yet goes on
 * where it stopped, with the same key.
 */
#include <string.h>

#include "client.h"
#include "commands.h"
#include "emit.h"
#include "linli/enrol.h"
#include "linli/rekey.h"
#include "link.h"
#include "say.h"

const struct command_option join_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	{ "--offline", OPTION_FLAG, offsetof(struct join_options, offline), NULL,
		{ "不联网:由 U 盘(carry)或申请文件带到区里", "without a network: by stick, or by a request file" } },
	{ "--keep", OPTION_FLAG, offsetof(struct join_options, keep), NULL,
		{ "密钥丢失或已失效时:保留本机的记录,用新密钥重新登记",
			"the key is lost or not taken any more: keep the records here and enrol "
			"with a new one" } },
	{ "-o", OPTION_VALUE, offsetof(struct join_options, request), "REQUEST",
		{ "申请文件写到哪里", "where the request file goes" } },
	{ "--ca-file", OPTION_VALUE, offsetof(struct join_options, ca_file), "FILE",
		{ "只信任该 PEM 文件中的证书颁发机构,以后照此",
			"trust only the authorities in this PEM file; remembered" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

struct joining {
	struct invocation *invocation;
	const struct join_options *options;
	struct cli_place place;
	struct node *node;
	struct invitation invitation;
	struct buf file; /* the word: an invitation or an answer */
	char code[SHORT_CODE_BYTES];
};

/* ---- what is shown ------------------------------------------------ */

static void code_of(struct joining *joining)
{
	uint8_t public_key[NODE_PUBLIC_KEY_BYTES];

	node_public_key(joining->node, public_key);
	short_code(joining->code, node_federation(joining->node)->key, public_key);
}

static bool report_json(
	struct joining *joining, bool enrolled, const char *request, struct err *err)
{
	struct node *node = joining->node;
	char device[DEVICE_TEXT_BYTES];
	struct buf out = { 0 };

	code_of(joining);
	device_id_print(device, node_device(node));
	emit_begin(&out);
	emit_member(&out, "community", node_community(node));
	emit_member(&out, "name", node_name(node));
	emit_member(&out, "federation", node_federation(node)->name);
	emit_member(&out, "device", device);
	emit_member(&out, "short_code", joining->code);
	emit_member_bool(&out, "enrolled", enrolled);
	if (request != NULL) {
		emit_member(&out, "request", request);
	}
	emit_end(&out);
	return cli_write_take(&out, err);
}

static bool report_joined(struct joining *joining, struct err *err)
{
	struct node *node = joining->node;
	char device[DEVICE_TEXT_BYTES];

	if (joining->options->common.json) {
		return report_json(joining, true, NULL, err);
	}
	code_of(joining);
	device_id_print(device, node_device(node));
	say_result("%s 已加入%s,本机是设备 %s。", "%s has joined %s; this computer is device %s.",
		node_name(node), node_federation(node)->name, device);
	say_result("核对码:%s(请与区里电话核对)",
		"Short code: %s (compare it with the district's over the phone)", joining->code);
	return true;
}

/* ---- the home ----------------------------------------------------- */

static bool is_taken(struct joining *joining, struct err *err)
{
	struct node *node = joining->node;
	const struct invitation *invitation = &joining->invitation;
	bool zh = terminal_chinese();

	if (node_is_district(node)) {
		return err_set(err, ERR_EXISTS, zh ? "%s 是区服务器的文件夹" : "%s is a district's",
			joining->place.options.home);
	}
	if (node_enrolled(node) && joining->options->keep) {
		return err_set(err, ERR_EXISTS,
			zh ? "密钥还在:可用 linli key rotate 更换"
			   : "its key is here: linli key rotate replaces it");
	}
	if (node_enrolled(node)) {
		return err_set(err, ERR_EXISTS,
			zh ? "本机已作为“%s”的设备加入" : "this computer is a device of %s already",
			node_name(node));
	}
	if (memcmp(node_federation(node)->key, invitation->federation.key, NODE_PUBLIC_KEY_BYTES) !=
			0 ||
		strcmp(node_community(node), invitation->community) != 0) {
		/* What never became a device, and has nothing in it, may be one of another. */
		return node_reassign(node, &invitation->federation, invitation->community,
			       invitation->name, err) ||
			(err->code == ERR_EXISTS &&
				err_set(err, ERR_EXISTS,
					zh ? "%s 里已有准备以“%s”加入的记录;请用 --home 另选一个文件夹"
					   : "there are records in %s that are to join as %s; choose "
					     "another folder with --home",
					joining->place.options.home, node_name(node)));
	}
	return true;
}

/* Why a home with records could not be opened: for want of its key? */
static bool key_is_lost(enum err_code code)
{
	return code == ERR_PASSPHRASE || code == ERR_KEY || code == ERR_FORMAT ||
		code == ERR_TOO_LARGE;
}

/* Open the home, or make it for the invitation. */
static bool settle_home(struct joining *joining, struct err *err)
{
	const struct invitation *invitation = &joining->invitation;
	bool shut_out = false;

	if (node_open(&joining->node, &joining->place.options, err)) {
		shut_out = joining->options->keep && !node_is_district(joining->node) &&
			rekey_shut_out(joining->node);
		if (!shut_out) {
			return is_taken(joining, err);
		}
		node_close(joining->node);
		joining->node = NULL;
	}
	if (joining->options->keep) {
		return (shut_out || key_is_lost(err->code)) &&
			rekey_lost(&joining->node, &joining->place.options,
				&invitation->federation, invitation->community, err);
	}
	if (err->code != ERR_NOT_INITIALISED) {
		return false;
	}
	return node_join(&joining->node, &joining->place.options, &invitation->federation,
		invitation->community, invitation->name, err);
}

/* ---- with an invitation ------------------------------------------- */

static bool say_plan(struct joining *joining, struct err *err)
{
	const struct invitation *invitation = &joining->invitation;
	const char *url = invitation->federation.url;
	struct buf out = { 0 };

	if (joining->options->common.json) {
		emit_begin(&out);
		emit_member_bool(&out, "dry_run", true);
		emit_member(&out, "community", invitation->community);
		emit_member(&out, "name", invitation->name);
		emit_member(&out, "street", invitation->street);
		emit_member(&out, "federation", invitation->federation.name);
		emit_member(&out, "url", url);
		emit_member_integer(&out, "expires", invitation->expires_ms);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	say_result("将以“%s”(%s,%s)的设备加入%s",
		"As a device of %s (%s, %s) this computer would join %s", invitation->name,
		invitation->community, invitation->street, invitation->federation.name);
	say_result("文件夹:%s", "Folder: %s", joining->place.options.home);
	if (joining->options->offline) {
		say_result("申请文件:%s", "Request file: %s",
			joining->options->request != NULL ? joining->options->request : "carry");
	} else {
		say_result("服务器:%s", "Server: %s", url[0] != '\0' ? url : "–");
	}
	say_result("邀请有效期至 %s", "The invitation is good until %s",
		cli_time(invitation->expires_ms).text);
	return true;
}

static bool apply_offline(struct joining *joining, struct view request, struct err *err)
{
	const struct env *env = joining->place.options.env;
	const char *path = joining->options->request;

	if (path != NULL && !env->write_file(env->ctx, path, request, false, err)) {
		return false;
	}
	if (joining->options->common.json) {
		return report_json(joining, false, path, err);
	}
	code_of(joining);
	if (path != NULL) {
		say_result("申请已写到 %s。请把它带到区里,再用带回的答复执行 join。",
			"The request is in %s. Take it to the district, then join with the answer.",
			path);
	} else {
		say_result("申请已备好:carry 会把它写到 U 盘上,答复也由 U 盘带回。",
			"The request is ready: carry writes it to a stick, which brings the answer "
			"home too.");
	}
	say_result("核对码:%s(请与区里电话核对)",
		"Short code: %s (compare it with the district's over the phone)", joining->code);
	return true;
}

/*
 * The first exchange brings what the answer had no room for.  Where it
 * fails the computer has joined all the same.
 */
static void first_exchange(struct joining *joining, struct link *link)
{
	struct sync_result result = { 0 };
	struct err err = { 0 };

	if (!exchange_sync(joining->node, &link->transport, &link->options, &result, &err)) {
		link_close(link);
		say("已加入,但首次交换没有完成,稍后可用 sync 再试:%s(%s)",
			"Joined, but the first exchange was not finished; sync tries again: %s "
			"(%s)",
			err_sentence(err.code, terminal_chinese()), err.detail);
	} else if (!cli_exchange_note(joining->node, &err)) {
		say("%s(%s)", "%s (%s)", err_sentence(err.code, terminal_chinese()), err.detail);
	}
	sync_result_clear(&result);
}

static bool apply_online(struct joining *joining, struct view request, struct err *err)
{
	struct link_options how = { .url = joining->invitation.federation.url,
		.ca_file = joining->options->ca_file };
	struct received received = { .refused = NULL };
	struct link link = { .carrier = NULL };
	struct tally packed;
	bool ok;

	ok = link_open(&link, joining->node, &how, err) &&
		exchange_enrol(joining->node, &link.transport, request, &received, err) &&
		link_trust(joining->node, how.ca_file, err) &&
		outbox_pack(joining->node, &packed, err);
	if (ok) {
		first_exchange(joining, &link);
	}
	link_close(&link);
	received_clear(&received);
	return ok && report_joined(joining, err);
}

static bool join_invitation(struct joining *joining, struct err *err)
{
	const struct join_options *options = joining->options;
	struct buf request = { 0 };
	bool ok;

	if (!invitation_read(&joining->invitation, buf_as_view(&joining->file), err)) {
		return err_wrap(err,
			terminal_chinese() ? "%s 不是邀请文件,也不是答复文件"
					   : "%s is neither an invitation nor an answer",
			joining->invocation->words[0]);
	}
	if (!options->offline && options->request != NULL) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "-o 申请文件要和 --offline 一起使用"
					   : "-o REQUEST goes with --offline");
	}
	if (!options->offline && joining->invitation.federation.url[0] == '\0') {
		return err_set(err, ERR_USAGE,
			terminal_chinese()
				? "邀请中没有服务器地址:请用 --offline"
				: "the invitation names no server: use --offline");
	}
	if (options->common.dry_run) {
		return say_plan(joining, err);
	}
	if (!settle_home(joining, err)) {
		return false;
	}
	cli_warn_clock(joining->node);
	ok = request_make(joining->node, &joining->invitation, &request, err) &&
		(options->offline ? apply_offline(joining, buf_as_view(&request), err)
				  : apply_online(joining, buf_as_view(&request), err));
	buf_clear(&request);
	return ok;
}

/* ---- with an answer ----------------------------------------------- */

static bool join_answer(struct joining *joining, struct err *err)
{
	struct received received = { .refused = NULL };
	struct tally packed;
	bool ok;

	if (!node_open(&joining->node, &joining->place.options, err)) {
		return false;
	}
	if (joining->options->common.dry_run && joining->options->common.json) {
		return report_json(joining, node_enrolled(joining->node), NULL, err);
	}
	if (joining->options->common.dry_run) {
		say_result("将用这份答复完成“%s”加入%s的手续",
			"Would complete the joining of %s to %s with this answer",
			node_name(joining->node), node_federation(joining->node)->name);
		return true;
	}
	cli_warn_clock(joining->node);
	ok = answer_accept(joining->node, buf_as_view(&joining->file), &received, err) &&
		outbox_pack(joining->node, &packed, err) && report_joined(joining, err);
	received_clear(&received);
	return ok;
}

bool command_join(struct invocation *invocation, struct err *err)
{
	struct joining joining = { .invocation = invocation,
		.options = (const void *)invocation->options };
	bool ok = false;

	if (!cli_read_file(&joining.file, invocation->words[0], ANSWER_MAX_BYTES, err) ||
		!cli_place_find(&joining.place, invocation, err)) {
		goto out;
	}
	if (view_begins(buf_as_view(&joining.file), "age-encryption.org/")) {
		ok = join_answer(&joining, err);
	} else {
		ok = join_invitation(&joining, err);
	}
out:
	node_close(joining.node);
	cli_place_clear(&joining.place);
	buf_wipe(&joining.file);
	explicit_bzero(&joining.invitation, sizeof(joining.invitation));
	return ok;
}
