/* carry_read.c -- taking in what lies on a stick; see stick.h. */
#include <stdlib.h>
#include <string.h>

#include "linli/rekey.h"
#include "linli/forks.h"
#include "pouch.h"
#include "stick.h"

/* Of what goes wrong with a file: is it this node that failed? */
static bool own_failure(const struct err *why)
{
	return why->code == ERR_NOMEM;
}

/* The file is as if it were not there: gone, or nothing to us. */
static bool passed_over(const struct err *why)
{
	return why->code == ERR_NOT_FOUND || why->code == ERR_SEALED;
}

bool stick_read_file(struct carry *carry, const struct stick_file *file, size_t cap,
	struct buf *out, struct err *err)
{
	const struct env *env = carry->env;
	struct buf path = { 0 };
	bool ok;

	ok = stick_path(&path, carry, file->name, err) &&
		env->read_file(env->ctx, out, buf_str(&path), cap, err);
	buf_clear(&path);
	return ok;
}

bool stick_refuse(
	struct carry *carry, const struct stick_file *file, const struct err *why, struct err *err)
{
	if (own_failure(why)) {
		return err_set(err, why->code, "%s", why->detail);
	}
	if (!passed_over(why)) {
		refusals_add(&carry->result->received, file->name, why->code, why->detail);
	}
	return true;
}

/* ---- bundles -------------------------------------------------------- */

/* Take in one file.  *took: something went in. */
static bool read_bundles(
	struct carry *carry, struct stick_file *file, bool again, bool *took, struct err *err)
{
	struct buf sealed = { 0 }, plain = { 0 };
	struct err why = { 0 };
	bool ok;

	file->done = true;
	received_clear(&file->received);
	if (!stick_read_file(carry, file, CARRY_BUNDLES_MAX_BYTES, &sealed, &why) ||
		!node_open_sealed(carry->node, &plain, buf_as_view(&sealed),
			CARRY_BUNDLES_MAX_BYTES, &why)) {
		carry->not_for_us = carry->not_for_us || (file->first && why.code == ERR_SEALED);
		ok = stick_refuse(carry, file, &why, err);
		goto out;
	}
	carry->opened = carry->opened || file->first;
	ok = take_in(carry->node, buf_as_view(&plain), file->name, &file->received, err);
	*took = *took || file->received.taken.bundles > 0;
	file->done = !received_may_pass(&file->received);
	if (again) {
		file->received.duplicates = 0; /* counted the first time */
	}
out:
	buf_clear(&sealed);
	buf_clear(&plain);
	return ok;
}

/* What went in counts at once; what was refused only after the last attempt. */
static bool count_taken(struct carry *carry, struct stick_file *file, struct err *err)
{
	struct received taken = file->received;
	bool ok = true;

	taken.refused = NULL;
	taken.refused_count = 0;
	received_take(&carry->result->received, &taken);
	if (carry->pouch != NULL && file->received.taken.lines != 0) {
		ok = custody_count(carry->node, file->token, file->received.taken.lines,
			err);
	}
	file->received.taken = (struct tally){ 0 };
	file->received.duplicates = 0;
	return ok;
}

/* One pass over the files that may still give something. */
static bool read_pass(struct carry *carry, bool again, bool *took, struct err *err)
{
	size_t i;

	*took = false;
	for (i = 0; i < carry->file_count; i++) {
		struct stick_file *file = &carry->files[i];

		if (file->kind != STICK_BUNDLES || file->own || file->done) {
			continue;
		}
		if (!read_bundles(carry, file, again, took, err)) {
			return err_wrap(err, "%s", file->name);
		}
		if (!count_taken(carry, file, err)) {
			return false;
		}
	}
	return true;
}

static bool read_all_bundles(struct carry *carry, struct err *err)
{
	bool again = false, took;
	size_t i;

	do {
		if (!read_pass(carry, again, &took, err)) {
			return false;
		}
		again = true;
	} while (took);
	for (i = 0; i < carry->file_count; i++) {
		received_take(&carry->result->received, &carry->files[i].received);
	}
	return true;
}

/* ---- heads ---------------------------------------------------------- */

/* Does ${heads} name another bundle than the one held here? */
static bool look_for_forks(struct carry *carry, const struct heads *heads, struct err *err)
{
	char device[DEVICE_TEXT_BYTES];
	enum fork_step step;
	struct held held;
	struct head theirs;
	bool ok = true;
	size_t i;

	if (!held_read(&held, carry->node, err)) {
		return false;
	}
	device_id_print(device, heads_device(heads)->id);
	for (i = 0; ok && i < held.count; i++) {
		heads_lookup(heads, carry->node, &held.heads[i].chain, &theirs);
		ok = forks_step(carry->node, &theirs, heads_device(heads)->id, &step, err);
		if (ok && step == FORK_TOLD) {
			refusals_add_fork(&carry->result->received, &theirs, device);
		}
	}
	held_clear(&held);
	return ok;
}

static bool keep_heads(struct carry *carry, struct heads *heads, struct err *err)
{
	struct heads **list =
		realloc(carry->heads, (carry->heads_count + 1) * sizeof(struct heads *));

	if (list == NULL) {
		heads_free(heads);
		return err_nomem(err);
	}
	carry->heads = list;
	list[carry->heads_count++] = heads;
	return heads_note(heads, carry->node, false, err) && look_for_forks(carry, heads, err);
}

/*
 * Has ${file} the name that its signer would give it?  Else somebody has kept
 * an old list under another name: it must not speak beside the new one.
 */
static bool named_by_signer(
	const struct carry *carry, const struct stick_file *file, const struct heads *heads)
{
	const struct device *device = heads_device(heads);
	const char *const audiences[] = { DISTRICT_SLUG, device->community,
		node_community(carry->node) };
	char token[TOKEN_TEXT_BYTES];
	size_t i;

	for (i = 0; i < sizeof(audiences) / sizeof(audiences[0]); i++) {
		stick_token(token, carry->node, device->id, audiences[i]);
		if (strcmp(token, file->token) == 0) {
			return true;
		}
	}
	return false; /* or it is for a community that this node is not of */
}

static bool read_heads(struct carry *carry, const struct stick_file *file, struct err *err)
{
	struct heads *heads = NULL;
	struct buf text = { 0 };
	struct err why = { 0 };
	bool read;

	read = stick_read_file(carry, file, HEADS_MAX_BYTES, &text, &why) &&
		heads_read(&heads, carry->node, buf_as_view(&text), &why);
	buf_clear(&text);
	if (read && named_by_signer(carry, file, heads)) {
		return keep_heads(carry, heads, err);
	}
	if (read) {
		heads_free(heads);
		return true;
	}
	/* Of a device this node does not know of (yet), or no longer trusts. */
	if (why.code == ERR_UNKNOWN_DEVICE || why.code == ERR_REVOKED) {
		return true;
	}
	return stick_refuse(carry, file, &why, err);
}

/* What one list says of this node, if it can be read at all: the rest is told later. */
static bool hear(struct carry *carry, const struct stick_file *file, struct err *err)
{
	struct heads *heads = NULL;
	struct buf text = { 0 };
	struct err why = { 0 };
	bool ok = true;

	if (stick_read_file(carry, file, HEADS_MAX_BYTES, &text, &why) &&
		heads_read(&heads, carry->node, buf_as_view(&text), &why) &&
		named_by_signer(carry, file, heads)) {
		ok = heads_note(heads, carry->node, false, err);
	}
	heads_free(heads);
	buf_clear(&text);
	return ok;
}

bool stick_hear(struct carry *carry, struct err *err)
{
	size_t i;

	for (i = 0; i < carry->file_count; i++) {
		if (carry->files[i].kind == STICK_HEADS && !carry->files[i].own &&
			!hear(carry, &carry->files[i], err)) {
			return false;
		}
	}
	return true;
}

bool stick_read(struct carry *carry, struct err *err)
{
	size_t i;

	if (!read_all_bundles(carry, err)) {
		return false;
	}
	for (i = 0; i < carry->file_count; i++) {
		if (carry->files[i].kind == STICK_HEADS && !carry->files[i].own &&
			!read_heads(carry, &carry->files[i], err)) {
			return false;
		}
	}
	return carry->pouch != NULL || node_is_district(carry->node) ||
		pouch_from_stick(carry, err);
}
