/* roster.c -- linlid communities, devices, revoke: who belongs to the federation. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "district.h"
#include "emit.h"
#include "linli/chains.h"
#include "missing.h"
#include "roster.h"
#include "say.h"
#include "table.h"

/* ---- devices, with what is held of each ---------------------------- */

struct member {
	struct device device;
	uint32_t incarnation; /* the highest seen; 0: no chain of it is held */
	uint64_t bundles;     /* of all its chains */
};
struct members_seen {
	struct node *node;
	struct buf list; /* struct member */
};

static struct member *member_at(const struct members_seen *seen, size_t index)
{
	return (struct member *)(void *)seen->list.data + index;
}

static size_t member_count(const struct members_seen *seen)
{
	return seen->list.len / sizeof(struct member);
}

static bool add_device(void *ctx, const struct device *device, struct err *err)
{
	struct members_seen *seen = ctx;
	struct member member = { .device = *device };

	buf_add(&seen->list, &member, sizeof(member));
	return buf_ok(&seen->list, err);
}

static bool add_head(void *ctx, const struct head *head, struct err *err)
{
	const struct members_seen *seen = ctx;
	size_t i;

	(void)err;
	for (i = 0; i < member_count(seen); i++) {
		struct member *member = member_at(seen, i);

		if (device_id_equal(member->device.id, head->chain.device)) {
			member->bundles += head->seq;
			if (head->chain.incarnation > member->incarnation) {
				member->incarnation = head->chain.incarnation;
			}
		}
	}
	return true;
}

static bool load_devices(struct members_seen *seen, struct node *node, struct err *err)
{
	*seen = (struct members_seen){ .node = node };
	return node_each_device(node, add_device, seen, err) &&
		chains_each(node, add_head, seen, err);
}

/* The device that took the place of ${device}, or NULL. */
static const struct device *successor_of(
	const struct members_seen *seen, const struct device *device)
{
	size_t i;

	for (i = 0; i < member_count(seen); i++) {
		const struct device *other = &member_at(seen, i)->device;

		if (other->replacing && device_id_equal(other->replaces, device->id)) {
			return other;
		}
	}
	return NULL;
}

static const char *state_of(
	const struct members_seen *seen, const struct device *device, bool zh)
{
	if (device->revoked && successor_of(seen, device) != NULL) {
		return zh ? "已换密钥" : "replaced";
	}
	if (device->revoked) {
		return zh ? "已吊销" : "revoked";
	}
	if (device->server) {
		return zh ? "区服务器" : "district server";
	}
	return zh ? "有效" : "valid";
}

static void emit_device(struct buf *out, const char *name, const struct device_id *device)
{
	char text[DEVICE_TEXT_BYTES];

	if (device != NULL) {
		device_id_print(text, *device);
	}
	emit_member(out, name, device != NULL ? text : NULL);
}

static void emit_successor(
	struct buf *out, const struct members_seen *seen, const struct device *device)
{
	const struct device *after = successor_of(seen, device);

	emit_device(out, "replaces", device->replacing ? &device->replaces : NULL);
	emit_device(out, "replaced_by", after != NULL ? &after->id : NULL);
}

static bool devices_json(const struct members_seen *seen, struct err *err)
{
	struct buf out = { 0 };
	size_t i;

	emit_begin(&out);
	emit_key(&out, "devices");
	emit_open(&out, '[');
	for (i = 0; i < member_count(seen); i++) {
		const struct member *member = member_at(seen, i);
		const struct device *device = &member->device;
		char id[DEVICE_TEXT_BYTES];

		device_id_print(id, device->id);
		emit_open(&out, '{');
		emit_member(&out, "device", id);
		emit_member(&out, "community", device->community);
		emit_member(&out, "name", device->name);
		emit_member(&out, "role", device->server ? "server" : "community");
		emit_member_bool(&out, "revoked", device->revoked);
		emit_successor(&out, seen, device);
		emit_member(&out, "code", district_code(seen->node, device->public_key).text);
		emit_member_hex(&out, "public_key", device->public_key, sizeof(device->public_key));
		emit_member(&out, "age_recipient", device->age_recipient);
		emit_member_integer(&out, "incarnation", member->incarnation);
		emit_member_integer(&out, "bundles", (int64_t)member->bundles);
		emit_close(&out, '}');
	}
	emit_close(&out, ']');
	emit_end(&out);
	return cli_write_take(&out, err);
}

static bool devices_table(const struct members_seen *seen, struct err *err)
{
	bool zh = terminal_chinese(), ok;
	const struct table_column columns[] = {
		{ zh ? "设备" : "Device", TABLE_TEXT },
		{ zh ? "社区" : "Community", TABLE_TEXT },
		{ zh ? "名称" : "Name", TABLE_TEXT },
		{ zh ? "核对码" : "Code", TABLE_TEXT },
		{ zh ? "数据包" : "Bundles", TABLE_NUMBER },
		{ zh ? "状态" : "State", TABLE_TEXT },
	};
	struct table *table = NULL;
	size_t i;

	if (!table_new(&table, columns, sizeof(columns) / sizeof(columns[0]), err)) {
		return false;
	}
	for (i = 0; i < member_count(seen); i++) {
		const struct member *member = member_at(seen, i);
		char id[DEVICE_TEXT_BYTES];

		device_id_print(id, member->device.id);
		table_add(table, view_of(id));
		table_add(table, view_of(member->device.community));
		table_add(table, view_of(member->device.name));
		table_add(
			table, view_of(district_code(seen->node, member->device.public_key).text));
		table_printf(table, "%llu", (unsigned long long)member->bundles);
		table_add(table, view_of(state_of(seen, &member->device, zh)));
	}
	ok = table_print(table, err);
	table_free(table);
	return ok;
}

static bool devices(struct invocation *invocation, struct err *err)
{
	struct members_seen seen = { 0 };
	struct node *node = NULL;
	bool ok = false;

	if (!district_open(&node, invocation, err) || !load_devices(&seen, node, err)) {
		goto out;
	}
	ok = cli_common(invocation)->json ? devices_json(&seen, err) : devices_table(&seen, err);
out:
	buf_clear(&seen.list);
	node_close(node);
	return ok;
}

const struct command devices_command = {
	.name = "devices",
	.summary = { "列出全部设备及其核对码", "List the devices and their codes" },
	.usage = "",
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = devices,
};

/* ---- communities --------------------------------------------------- */

static size_t devices_of(const struct members_seen *seen, const char *community)
{
	size_t count = 0, i;

	for (i = 0; i < member_count(seen); i++) {
		const struct device *device = &member_at(seen, i)->device;

		count += !device->revoked && strcmp(device->community, community) == 0 ? 1 : 0;
	}
	return count;
}

static const char *street_of(const struct roster *roster, const struct community *community)
{
	return community->street == ROSTER_NONE ? "" : roster->streets[community->street].name;
}

static bool communities_json(
	const struct roster *roster, const struct members_seen *seen, struct err *err)
{
	struct buf out = { 0 };
	size_t i;

	emit_begin(&out);
	emit_key(&out, "communities");
	emit_open(&out, '[');
	for (i = 0; i < roster->count; i++) {
		const struct community *community = &roster->communities[i];

		emit_open(&out, '{');
		emit_member(&out, "community", community->slug);
		emit_member(&out, "name", community->name);
		emit_member(&out, "street", street_of(roster, community));
		emit_member_integer(&out, "devices", (int64_t)devices_of(seen, community->slug));
		emit_key(&out, "last_bundle");
		if (community->last_ms != 0) {
			emit_integer(&out, community->last_ms);
		} else {
			emit_null(&out);
		}
		emit_member_integer(&out, "waiting_lines", (int64_t)community->waiting_lines);
		emit_member_integer(&out, "open_conflicts", (int64_t)community->open_conflicts);
		emit_close(&out, '}');
	}
	emit_close(&out, ']');
	if (!missing_json(&out, seen->node, err)) {
		buf_clear(&out);
		return false;
	}
	emit_end(&out);
	return cli_write_take(&out, err);
}

static bool communities_table(
	const struct roster *roster, const struct members_seen *seen, struct err *err)
{
	bool zh = terminal_chinese(), ok;
	const struct table_column columns[] = {
		{ zh ? "社区" : "Id", TABLE_TEXT },
		{ zh ? "名称" : "Name", TABLE_TEXT },
		{ zh ? "街道" : "Street", TABLE_TEXT },
		{ zh ? "设备" : "Devices", TABLE_NUMBER },
		{ zh ? "最近数据包" : "Last bundle", TABLE_NUMBER },
		{ zh ? "待处理行" : "Waiting", TABLE_NUMBER },
		{ zh ? "待定冲突" : "Conflicts", TABLE_NUMBER },
	};
	struct table *table = NULL;
	size_t i;

	if (roster->count == 0) {
		say("还没有社区。用 linlid invite 邀请。",
			"No communities yet: linlid invite asks them in.");
		return true;
	}
	if (!table_new(&table, columns, sizeof(columns) / sizeof(columns[0]), err)) {
		return false;
	}
	for (i = 0; i < roster->count; i++) {
		const struct community *community = &roster->communities[i];

		table_add(table, view_of(community->slug));
		table_add(table, view_of(community->name));
		table_add(table, view_of(street_of(roster, community)));
		table_printf(table, "%zu", devices_of(seen, community->slug));
		table_add(table, view_of(cli_time(community->last_ms).text));
		table_printf(table, "%llu", (unsigned long long)community->waiting_lines);
		table_printf(table, "%llu", (unsigned long long)community->open_conflicts);
	}
	ok = table_print(table, err) && missing_say(seen->node, err);
	table_free(table);
	return ok;
}

static bool communities(struct invocation *invocation, struct err *err)
{
	struct members_seen seen = { 0 };
	struct roster roster = { 0 };
	struct node *node = NULL;
	bool ok = false;

	if (!district_open(&node, invocation, err) || !load_devices(&seen, node, err) ||
		!roster_load(&roster, node, err)) {
		goto out;
	}
	ok = cli_common(invocation)->json ? communities_json(&roster, &seen, err)
					  : communities_table(&roster, &seen, err);
out:
	roster_clear(&roster);
	buf_clear(&seen.list);
	node_close(node);
	return ok;
}

const struct command communities_command = {
	.name = "communities",
	.summary = { "列出各社区及其上报情况", "List the communities and how they report" },
	.usage = "",
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = communities,
};

/* ---- revoke -------------------------------------------------------- */

struct revoke_options {
	struct cli_common common;
	int64_t from; /* 0: not given */
};

static const struct command_option revoke_options[] = {
	{ "--from", OPTION_COUNT, offsetof(struct revoke_options, from), "SEQ",
		{ "每条链上从这个编号起不再接受(默认:从尚未收到的起)",
			"of each chain, from which number on nothing is taken (default: from what "
			"has not come yet)" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct revoking {
	struct node *node;
	struct device_id id;
	uint32_t from;
};

static bool revoke_it(void *ctx, struct err *err)
{
	const struct revoking *revoking = ctx;

	return node_revoke(revoking->node, revoking->id, revoking->from, err);
}

/* Revoking a key is not revoking the one that took its place: by then it may be the thief's. */
static void say_successor(const struct members_seen *seen, const struct device *device)
{
	const struct device *after = successor_of(seen, device);
	char name[DEVICE_TEXT_BYTES];

	if (after != NULL && !after->revoked) {
		device_id_print(name, after->id);
		say("它已由设备 %s 接替,后者仍然有效。要吊销:linlid revoke %s",
			"Device %s has taken its place and is still valid. To revoke that: "
			"linlid revoke %s",
			name, name);
	}
}

static bool find_member(struct member *out, struct node *node, const char *word, struct err *err)
{
	struct members_seen seen = { 0 };
	struct device_id id;
	bool found = false;
	size_t i;

	if (!district_device_read(&id, word, err)) {
		return false;
	}
	if (!load_devices(&seen, node, err)) {
		goto out;
	}
	for (i = 0; i < member_count(&seen) && !found; i++) {
		found = device_id_equal(member_at(&seen, i)->device.id, id);
		*out = *member_at(&seen, i);
	}
	if (!found) {
		err_set(err, ERR_NOT_FOUND, terminal_chinese() ? "没有设备 %s" : "no device %s",
			word);
	} else {
		say_successor(&seen, &out->device);
	}
out:
	buf_clear(&seen.list);
	return found;
}

static bool revoke_show(const struct member *member, const struct revoke_options *given,
	const char *word, struct err *err)
{
	struct buf out = { 0 };

	if (given->common.json) {
		emit_begin(&out);
		emit_member(&out, "device", word);
		emit_member(&out, "community", member->device.community);
		emit_member_integer(&out, "bundles", (int64_t)member->bundles);
		emit_member_bool(&out, "dry_run", given->common.dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (given->common.dry_run) {
		say_result("将吊销 %s(%s)的设备 %s。", "Would revoke %s (%s), device %s.",
			member->device.name, member->device.community, word);
		return true;
	}
	say_result("已吊销 %s(%s)的设备 %s。", "Revoked %s (%s), device %s.", member->device.name,
		member->device.community, word);
	say("已收到的 %llu 个数据包保留;此后它签名的数据包一律不接受。",
		"Its %llu bundles held here stay; what it signs beyond them is refused.",
		(unsigned long long)member->bundles);
	return true;
}

static bool revoke(struct invocation *invocation, struct err *err)
{
	const struct revoke_options *given = (const void *)invocation->options;
	const char *word = invocation->words[0];
	struct revoking revoking = { 0 };
	struct member member;
	struct tally packed;
	bool ok = false;

	if (given->from > UINT32_MAX) {
		return err_set(err, ERR_USAGE, "--from: %lld", (long long)given->from);
	}
	revoking.from = (uint32_t)given->from;
	if (!district_open_writing(&revoking.node, invocation, err) ||
		!find_member(&member, revoking.node, word, err)) {
		goto out;
	}
	revoking.id = member.device.id;
	if (member.device.revoked && given->from == 0) {
		say("%s(%s)的设备 %s 早已吊销。", "%s (%s), device %s, was revoked already.",
			member.device.name, member.device.community, word);
		ok = !given->common.json || revoke_show(&member, given, word, err);
		goto out;
	}
	if (!node_transaction(revoking.node, revoke_it, &revoking, given->common.dry_run, err) ||
		(!given->common.dry_run && !outbox_pack(revoking.node, &packed, err))) {
		goto out;
	}
	ok = revoke_show(&member, given, word, err);
out:
	node_close(revoking.node);
	return ok;
}

const struct command revoke_command = {
	.name = "revoke",
	.summary = { "吊销一台设备的密钥", "Revoke a device's key" },
	.usage = "DEVICE [--from SEQ]",
	.min_words = 1,
	.max_words = 1,
	.options = revoke_options,
	.options_bytes = sizeof(struct revoke_options),
	.run = revoke,
};
