/* erase.c -- erasing a record at a community's node, and who has confirmed it. */
#include "linli/erase.h"

#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "display.h"
#include "emit.h"
#include "say.h"
#include "shown.h"

const struct command_option cli_erase_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	{ "--order", OPTION_VALUE, offsetof(struct cli_erase, order), "TEXT",
		{ "依据:何人何事(只存于本社区)",
			"by whose order, and why (stays in the community)" } },
	{ "--tell-district", OPTION_VALUE, offsetof(struct cli_erase, tell), "TEXT",
		{ "让区里看到的依据,勿写姓名", "what the district may read of that; no names" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

/* ---- what would go ------------------------------------------------ */

struct planning {
	struct node *node;
	struct buf lines, devices;
	uint64_t count;
	bool json;
};

static bool plan_line(void *ctx, const struct history_line *line, struct err *err)
{
	struct planning *planning = ctx;
	struct buf *out = &planning->lines;

	planning->count++;
	if (planning->json) {
		shown_line_json(out, line);
	} else {
		buf_printf(out, "%s  %s\n    ", cli_time(line->t / 1000).text, line->line);
		shown_change(out, planning->node, line->text);
		buf_byte(out, '\n');
	}
	return buf_ok(out, err);
}

static void device_json(struct buf *out, struct node *node, const struct device *device)
{
	char text[DEVICE_TEXT_BYTES];

	device_id_print(text, device->id);
	emit_open(out, '{');
	emit_member(out, "device", text);
	emit_member_bool(out, "own", device_id_equal(device->id, node_device(node)));
}

static bool plan_device(void *ctx, const struct erase_device *device, struct err *err)
{
	struct planning *planning = ctx;
	struct buf *out = &planning->devices, name = { 0 };

	if (planning->json) {
		device_json(out, planning->node, &device->device);
		emit_member_integer(out, "lines", (int64_t)device->lines);
		emit_close(out, '}');
		return buf_ok(out, err);
	}
	shown_device(&name, planning->node, device->device.id);
	buf_text(out, "  ");
	display_escape(out, buf_as_view(&name));
	buf_printf(out, "%s%" PRIu64 "%s\n", in(":已知存有其中 ", ": known to hold "),
		device->lines, in(" 行", " of them"));
	out->failed = out->failed || name.failed;
	buf_clear(&name);
	return buf_ok(out, err);
}

static bool plan_json(struct planning *planning, const struct entity *entity, const char *id,
	struct err *err)
{
	struct buf out = { 0 };

	emit_begin(&out);
	emit_member_bool(&out, "dry_run", true);
	emit_member(&out, "entity", entity->name);
	emit_member(&out, "id", id);
	emit_key(&out, "lines");
	emit_open(&out, '[');
	buf_view(&out, buf_as_view(&planning->lines));
	emit_close(&out, ']');
	emit_key(&out, "devices");
	emit_open(&out, '[');
	buf_view(&out, buf_as_view(&planning->devices));
	emit_close(&out, ']');
	emit_end(&out);
	return cli_write_take(&out, err);
}

static bool plan_text(struct planning *planning, const struct entity *entity, const char *id,
	struct err *err)
{
	struct buf out = { 0 };

	buf_printf(&out, "%s%s %s%s%" PRIu64 "%s\n", in("将抹除 ", "Of "),
		shown_label(&entity->label), id, in(" 的 ", " would be erased: "),
		planning->count, in(" 行:", " lines"));
	buf_view(&out, buf_as_view(&planning->lines));
	buf_printf(&out, "%s\n", in("本社区的设备会各自抹除并确认:",
		"The community's devices each erase them, and confirm it:"));
	buf_view(&out, buf_as_view(&planning->devices));
	buf_text(&out,
		in("以下副本本程序抹除不了:备份文件、导出的表格、下次交换前的 U 盘、区里密封转存而未取走的"
		   "数据包。\n记录本身在各范围内删除;区里能看到的内容不含个人信息,只删除,不抹除。",
			"Out of reach are: backups, exported tables, sticks until the next exchange, "
			"and sealed\nbundles at the district that a device has not fetched yet.\n"
			"The record is deleted everywhere; what the district can read names nobody, and "
			"is deleted,\nnot erased."));
	return cli_write_take(&out, err);
}

static bool plan(struct node *node, const struct entity *entity, const struct record_id *id,
	bool json, struct err *err)
{
	struct planning planning = { .node = node, .json = json };
	char text[RECORD_ID_TEXT_BYTES];
	bool ok;

	record_id_print(text, id->bytes, id->len, entity->slug_ids);
	ok = erase_plan(node, entity, id, plan_line, plan_device, &planning, err) &&
		(json ? plan_json(&planning, entity, text, err) :
			plan_text(&planning, entity, text, err));
	buf_clear(&planning.lines);
	buf_clear(&planning.devices);
	return ok;
}

/* ---- erase -------------------------------------------------------- */

static bool report(const struct entity *entity, const struct record_id *id,
	const struct erase_result *result, bool json, struct err *err)
{
	char text[RECORD_ID_TEXT_BYTES];
	struct buf out = { 0 };

	record_id_print(text, id->bytes, id->len, entity->slug_ids);
	if (!json) {
		say_result("已抹除:%s %s(%" PRIu64 " 行)。其他设备在下次交换时抹除,见 linli erasures。",
			"Erased: %s %s (%" PRIu64 " lines).  The other devices follow at their next "
			"exchange: see linli erasures.",
			shown_label(&entity->label), text, result->lines);
		return true;
	}
	emit_begin(&out);
	emit_member(&out, "entity", entity->name);
	emit_member(&out, "id", text);
	emit_member(&out, "erasure", result->id);
	emit_member_integer(&out, "lines", (int64_t)result->lines);
	emit_end(&out);
	return cli_write_take(&out, err);
}

bool cli_erase(struct invocation *invocation, struct err *err)
{
	const struct cli_erase *options = (const void *)invocation->options;
	struct erase_order order = { .text = options->order, .tell = options->tell };
	const struct entity *entity;
	struct erase_result result;
	struct node *node = NULL;
	struct record_id id;
	bool ok = false;

	if (options->order == NULL) {
		return err_set(err, ERR_USAGE,
			ERR_BOTH("请用 --order 写明依据", "give the order with --order"));
	}
	if (!cli_open_writing(&node, invocation, err) ||
		!cli_entity(&entity, node, invocation->words[0], err) ||
		!cli_record(&id, node, entity, invocation->words[1], err)) {
		goto out;
	}
	if (options->common.dry_run) {
		ok = plan(node, entity, &id, options->common.json, err);
	} else {
		ok = erase_record(node, entity, &id, &order, &result, err) &&
			report(entity, &id, &result, options->common.json, err);
	}
out:
	cli_close(node);
	return ok;
}

/* ---- erasures ----------------------------------------------------- */

struct listing {
	struct node *node;
	struct buf out;
	uint64_t count;
};

static void member_view(struct buf *out, const char *name, struct view text)
{
	emit_key(out, name);
	if (text.len != 0) {
		emit_text(out, text);
	} else {
		emit_null(out);
	}
}

static bool each_json(void *ctx, const struct erasure *erasure, struct err *err)
{
	struct listing *listing = ctx;
	struct buf *out = &listing->out;
	char by[DEVICE_TEXT_BYTES];
	size_t i;

	device_id_print(by, erasure->by);
	emit_open(out, '{');
	emit_member(out, "id", erasure->id);
	emit_member(out, "community", erasure->community);
	emit_member(out, "entity", erasure->entity);
	emit_member(out, "record", erasure->record);
	member_view(out, "order", erasure->order);
	member_view(out, "told", erasure->told);
	emit_member_integer(out, "at", erasure->at_ms);
	emit_member_integer(out, "lines", (int64_t)erasure->lines);
	emit_member(out, "by", by);
	emit_key(out, "devices");
	emit_open(out, '[');
	for (i = 0; i < erasure->device_count; i++) {
		const struct erase_device *device = &erasure->devices[i];

		device_json(out, listing->node, &device->device);
		emit_member_bool(out, "revoked", device->device.revoked);
		emit_member_bool(out, "confirmed", device->confirmed);
		emit_key(out, "at");
		if (device->confirmed) {
			emit_integer(out, device->confirmed_ms);
		} else {
			emit_null(out);
		}
		emit_close(out, '}');
	}
	emit_close(out, ']');
	emit_close(out, '}');
	return emit_flush(out, err);
}

struct seeking {
	struct device_id of;
	bool found;
};

static bool takes_its_place(void *ctx, const struct device *device, struct err *err)
{
	struct seeking *seeking = ctx;

	(void)err;
	seeking->found = seeking->found ||
		(device->replacing && device_id_equal(device->replaces, seeking->of));
	return true;
}

/* Why a device will not confirm: its home may go on under another key. */
static const char *ended(struct node *node, struct device_id id)
{
	struct seeking seeking = { id, false };
	struct err ignored;

	return node_each_device(node, takes_its_place, &seeking, &ignored) && seeking.found
		? in(":已换密钥,由换上的密钥确认", ": its key was changed; the new one confirms")
		: in(":已吊销,未确认", ": revoked, has not confirmed");
}

static void device_text(struct listing *listing, const struct erasure *erasure,
	const struct erase_device *device)
{
	struct buf *out = &listing->out, name = { 0 };

	shown_device(&name, listing->node, device->device.id);
	buf_text(out, "    ");
	display_escape(out, buf_as_view(&name));
	if (device->confirmed) {
		buf_printf(out, "%s%s", in(":已确认抹除,", ": confirmed, "),
			cli_time(device->confirmed_ms).text);
	} else if (device->device.revoked) {
		buf_text(out, ended(listing->node, device->device.id));
	} else {
		buf_printf(out, "%s%s", in(":尚未确认,抹除始于 ", ": has not confirmed, since "),
			cli_time(erasure->at_ms).text);
	}
	buf_byte(out, '\n');
	out->failed = out->failed || name.failed;
	buf_clear(&name);
}

static bool each_text(void *ctx, const struct erasure *erasure, struct err *err)
{
	struct listing *listing = ctx;
	const struct entity *entity =
		model_entity(node_model(listing->node), view_of(erasure->entity));
	struct view order = erasure->order.len != 0 ? erasure->order : erasure->told;
	struct buf *out = &listing->out, community = { 0 };
	size_t i;

	listing->count++;
	shown_community(&community, listing->node, erasure->community);
	buf_printf(out, "%s  ", cli_time(erasure->at_ms).text);
	display_escape(out, buf_as_view(&community));
	buf_text(out, "  ");
	display_escape(out, view_of(entity != NULL ? shown_label(&entity->label) : erasure->entity));
	buf_byte(out, ' ');
	display_escape(out, view_of(erasure->record));
	buf_printf(out, "%s%" PRIu64 "%s", in("(", " ("), erasure->lines, in(" 行)", " lines)"));
	if (order.len != 0) {
		buf_text(out, in("  依据:", "  by order: "));
		display_escape(out, order);
	}
	buf_byte(out, '\n');
	for (i = 0; i < erasure->device_count; i++) {
		device_text(listing, erasure, &erasure->devices[i]);
	}
	out->failed = out->failed || community.failed;
	buf_clear(&community);
	return emit_flush(out, err);
}

bool cli_erasures(struct invocation *invocation, struct err *err)
{
	struct listing listing = { .count = 0 };
	bool ok = false;

	if (!cli_open(&listing.node, invocation, err)) {
		return false;
	}
	if (cli_common(invocation)->json) {
		emit_begin(&listing.out);
		emit_key(&listing.out, "erasures");
		emit_open(&listing.out, '[');
		ok = erasures_each(listing.node, each_json, &listing, err);
		emit_close(&listing.out, ']');
		emit_end(&listing.out);
		ok = ok && cli_write_take(&listing.out, err);
	} else {
		ok = erasures_each(listing.node, each_text, &listing, err) &&
			terminal_write(buf_as_view(&listing.out), err);
		if (ok && listing.count == 0) {
			say("没有抹除过记录。", "Nothing was erased.");
		}
	}
	buf_clear(&listing.out);
	cli_close(listing.node);
	return ok;
}
