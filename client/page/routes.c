/* routes.c -- what the community's page can ask for, beside reading records; see docs/page-api.yaml. */
#include <string.h>

#include "client.h"
#include "clerk.h"
#include "commands.h"
#include "emit.h"

/* ---- as the commands do ---------------------------------------------- */

static bool plain(struct page_call *call, bool (*run)(struct invocation *, struct err *),
	struct err *err)
{
	struct page_command command = { .run = run };

	return page_command_answer(call, call->node, &command, err);
}

static bool show_status(struct page_call *call, struct err *err)
{
	return plain(call, command_status, err);
}

static bool sign(struct page_call *call, struct err *err)
{
	return plain(call, command_pack, err);
}

static bool show_inbox(struct page_call *call, struct err *err)
{
	struct inbox_options options = { .done = NULL };
	struct page_command command = { .run = command_inbox, .options = &options,
		.options_bytes = sizeof(options) };

	return page_command_answer(call, call->node, &command, err);
}

static bool dismiss(struct page_call *call, struct err *err)
{
	struct inbox_options options = { .done = NULL };
	struct page_command command = { .run = command_inbox, .options = &options,
		.options_bytes = sizeof(options) };

	return page_text(call, "line", &options.done, err) &&
		page_command_answer(call, call->node, &command, err);
}

/* {"entity","id","field" or null, and one of "line", "value", "keep":true, "delete":true} */
static bool resolve(struct page_call *call, struct err *err)
{
	const char *field = page_text_or(call, "field", NULL), *value;
	struct cli_resolve options = { .take = page_text_or(call, "line", NULL),
		.keep = page_flag(call, "keep"), .remove = page_flag(call, "delete") };
	struct page_command command = { .run = cli_resolve, .options = &options,
		.options_bytes = sizeof(options) };
	struct buf word = { 0 };
	bool ok;

	ok = page_text(call, "entity", &command.words[0], err) &&
		page_text(call, "id", &command.words[1], err);
	if (ok && field != NULL) {
		value = page_text_or(call, "value", NULL);
		buf_printf(&word, "%s%s%s", field, value != NULL ? "=" : "",
			value != NULL ? value : "");
		command.words[2] = buf_str(&word);
	}
	ok = ok && buf_ok(&word, err) && page_command_answer(call, call->node, &command, err);
	buf_clear(&word);
	return ok;
}

static bool show_key(struct page_call *call, struct err *err)
{
	return plain(call, cli_key, err);
}

static bool show_moves(struct page_call *call, struct err *err)
{
	return plain(call, cli_moves, err);
}

/* ---- the computers of the community ---------------------------------- */

static bool device_json(void *ctx, const struct device *device, struct err *err)
{
	struct page_call *call = ctx;
	struct buf *out = &call->reply->body;
	char id[DEVICE_TEXT_BYTES];

	if (strcmp(device->community, node_community(call->node)) != 0) {
		return true;
	}
	device_id_print(id, device->id);
	emit_open(out, '{');
	emit_member(out, "device", id);
	emit_member_bool(out, "own", device_id_equal(device->id, node_device(call->node)));
	emit_member_bool(out, "revoked", device->revoked);
	emit_close(out, '}');
	return buf_ok(out, err);
}

static bool show_devices(struct page_call *call, struct err *err)
{
	struct buf *out = &call->reply->body;

	emit_begin(out);
	emit_member(out, "home", node_home(call->node));
	emit_key(out, "devices");
	emit_open(out, '[');
	if (!node_each_device(call->node, device_json, call, err)) {
		return false;
	}
	emit_close(out, ']');
	emit_end(out);
	return buf_ok(out, err);
}

/* ---- work beside the page -------------------------------------------- */

static bool show_task(struct page_call *call, struct err *err)
{
	struct clerk *clerk = call->ctx;

	page_task_json(&call->reply->body, clerk->task, call->zh);
	return buf_ok(&call->reply->body, err);
}

static bool stop_task(struct page_call *call, struct err *err)
{
	struct clerk *clerk = call->ctx;

	page_task_stop(clerk->task);
	return show_task(call, err);
}

/* {"kind": "sync"|"carry"|"backup"|"check", "folder" for carry and backup} */
static bool start_task(struct page_call *call, struct err *err)
{
	static const struct transfer_options sync = { .limit_rate = 0 };
	static const struct {
		const char *kind;
		bool (*run)(struct invocation *invocation, struct err *err);
		const void *options;
		size_t options_bytes;
		bool folder;
	} kinds[] = {
		{ "sync", command_sync, &sync, sizeof(sync), false },
		{ "carry", cli_carry, NULL, 0, true },
		{ "backup", cli_backup, &cli_backup_defaults, sizeof(cli_backup_defaults), true },
		{ "check", cli_check, NULL, 0, false },
	};
	struct clerk *clerk = call->ctx;
	struct node_options how = clerk_node_options(clerk);
	const char *kind;
	size_t i;

	if (!page_text(call, "kind", &kind, err)) {
		return false;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct page_command command = { .run = kinds[i].run, .options = kinds[i].options,
			.options_bytes = kinds[i].options_bytes };

		if (strcmp(kind, kinds[i].kind) != 0) {
			continue;
		}
		if (kinds[i].folder && !page_text(call, "folder", &command.words[0], err)) {
			return false;
		}
		return page_task_start(
			       clerk->task, kinds[i].kind, &command, &how, call->zh, err) &&
			show_task(call, err);
	}
	return err_set(err, ERR_FORMAT, "no work of that kind");
}

const struct page_route clerk_routes[] = {
	{ "GET", "/status", show_status, PAGE_ROUTE_GUARDED },
	{ "POST", "/check/{entity}", edit_check_new, PAGE_ROUTE_GUARDED },
	{ "POST", "/check/{entity}/{id}", edit_check, PAGE_ROUTE_GUARDED },
	{ "POST", "/records/{entity}", edit_create, PAGE_ROUTE_GUARDED },
	{ "POST", "/records/{entity}/{id}", edit_change, PAGE_ROUTE_GUARDED },
	{ "DELETE", "/records/{entity}/{id}", edit_delete, PAGE_ROUTE_GUARDED },
	{ "POST", "/records/{entity}/{id}/restore", edit_restore, PAGE_ROUTE_GUARDED },
	{ "GET", "/drafts", desk_drafts, PAGE_ROUTE_GUARDED },
	{ "PUT", "/drafts/{entity}/{id}", desk_draft_keep, PAGE_ROUTE_GUARDED },
	{ "DELETE", "/drafts/{entity}/{id}", desk_draft_drop, PAGE_ROUTE_GUARDED },
	{ "GET", "/preferences", desk_preferences, PAGE_ROUTE_GUARDED },
	{ "PUT", "/preferences", desk_preferences_keep, PAGE_ROUTE_GUARDED },
	{ "GET", "/outbox", sending_outbox, PAGE_ROUTE_GUARDED },
	{ "POST", "/outbox", sign, PAGE_ROUTE_GUARDED },
	{ "GET", "/sticks", sending_sticks, PAGE_ROUTE_SESSION },
	{ "GET", "/task", show_task, PAGE_ROUTE_SESSION },
	{ "POST", "/task", start_task, PAGE_ROUTE_GUARDED },
	{ "DELETE", "/task", stop_task, PAGE_ROUTE_SESSION },
	{ "GET", "/inbox", show_inbox, PAGE_ROUTE_GUARDED },
	{ "POST", "/inbox/fix", edit_fix, PAGE_ROUTE_GUARDED },
	{ "POST", "/inbox/dismiss", dismiss, PAGE_ROUTE_GUARDED },
	{ "POST", "/conflicts/resolve", resolve, PAGE_ROUTE_GUARDED },
	{ "GET", "/key", show_key, PAGE_ROUTE_GUARDED },
	{ "GET", "/devices", show_devices, PAGE_ROUTE_GUARDED },
	{ "GET", "/moves", show_moves, PAGE_ROUTE_GUARDED },
	{ NULL, NULL, NULL, PAGE_ROUTE_GUARDED },
};
