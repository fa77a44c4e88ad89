/* join.c -- joining on the page: as "linli join" does, with what was pasted or picked. */
#include <string.h>

#include "client.h"
#include "clerk.h"
#include "emit.h"
#include "linli/enrol.h"

/* What the page was given, as a file beside the folder of the records. */
static bool keep_file(struct clerk *clerk, const char *ending, struct view text, struct buf *path,
	struct err *err)
{
	const char *home = clerk->place.options.home, *slash = strrchr(home, '/');
	struct buf above = { 0 };
	bool ok = true;

	if (slash != NULL && slash != home) {
		buf_add(&above, home, (size_t)(slash - home));
		ok = buf_ok(&above, err) &&
			clerk->env->make_dir(clerk->env->ctx, buf_str(&above), err);
	}
	buf_printf(path, "%s.%s", home, ending);
	ok = ok && buf_ok(path, err) &&
		clerk->env->write_file(clerk->env->ctx, buf_str(path), text, true, err);
	buf_clear(&above);
	return ok;
}

bool join_read(struct page_call *call, struct err *err)
{
	struct buf *out = &call->reply->body;
	struct invitation invitation;
	const char *text;

	if (!page_text(call, "invitation", &text, err) ||
		!invitation_read(&invitation, view_of(text), err)) {
		return err->code == ERR_FORMAT ? err_set(err, ERR_INVITATION, "not an invitation")
					       : false;
	}
	emit_begin(out);
	emit_member(out, "community", invitation.community);
	emit_member(out, "name", invitation.name);
	emit_member(out, "street", invitation.street);
	emit_member(out, "federation", invitation.federation.name);
	emit_member(out, "url", invitation.federation.url);
	emit_member_integer(out, "expires", invitation.expires_ms);
	emit_end(out);
	explicit_bzero(&invitation, sizeof(invitation));
	return buf_ok(out, err);
}

/* The invitation as a file, and the new key's passphrase, if one was given. */
static bool prepare(struct page_call *call, struct buf *path, struct err *err)
{
	struct clerk *clerk = call->ctx;
	const char *passphrase = page_text_or(call, "passphrase", "");
	const char *text;

	if (clerk->node != NULL) {
		return err_set(err, ERR_EXISTS, "joined already");
	}
	if (page_task_runs(clerk->task)) {
		return err_set(err, ERR_BUSY, "joining");
	}
	if (!page_text(call, "invitation", &text, err) ||
		!keep_file(clerk, "invitation", view_of(text), path, err)) {
		return false;
	}
	buf_wipe(&clerk->passphrase);
	buf_text(&clerk->passphrase, passphrase);
	return buf_ok(&clerk->passphrase, err);
}

bool join_online(struct page_call *call, struct err *err)
{
	struct clerk *clerk = call->ctx;
	struct join_options options = { .offline = false };
	struct page_command join = { .run = command_join, .options = &options,
		.options_bytes = sizeof(options), .home = clerk->place.options.home };
	struct node_options how;
	struct buf path = { 0 };
	bool ok = prepare(call, &path, err);

	if (ok) {
		how = clerk_node_options(clerk);
		join.words[0] = buf_str(&path);
		join.passphrase = how.passphrase;
		ok = page_task_start(clerk->task, "join", &join, &how, call->zh, err);
	}
	if (ok) {
		page_task_json(&call->reply->body, clerk->task, call->zh);
	}
	buf_clear(&path);
	return ok;
}

bool join_offline(struct page_call *call, struct err *err)
{
	struct clerk *clerk = call->ctx;
	struct join_options options = { .offline = true };
	struct page_command join = { .run = command_join, .options = &options,
		.options_bytes = sizeof(options), .home = clerk->place.options.home };
	struct buf path = { 0 }, request = { 0 };
	const char *folder;
	bool ok;

	ok = page_text(call, "folder", &folder, err) && prepare(call, &path, err);
	if (ok) {
		buf_printf(&request, "%s/linli.request", folder);
		options.request = buf_str(&request);
		join.words[0] = buf_str(&path);
		join.passphrase = clerk_node_options(clerk).passphrase;
		ok = buf_ok(&request, err) && page_command_answer(call, NULL, &join, err);
	}
	clerk_open_node(clerk);
	buf_clear(&path);
	buf_clear(&request);
	return ok;
}

/* The answer comes as it is, a binary file. */
bool join_answer(struct page_call *call, struct err *err)
{
	struct clerk *clerk = call->ctx;
	struct join_options options = { .offline = false };
	struct page_command join = { .run = command_join, .options = &options,
		.options_bytes = sizeof(options), .home = clerk->place.options.home };
	struct buf path = { 0 };
	bool ok;

	join.passphrase = clerk_node_options(clerk).passphrase;
	ok = keep_file(clerk, "answer", call->request->body, &path, err);
	if (ok) {
		join.words[0] = buf_str(&path);
		ok = page_command_answer(call, NULL, &join, err);
	}
	buf_clear(&path);
	return ok;
}
