/*
 * backup.c -- making a backup; see linli/backup.h.
 *
 * A copy of the store is taken into a folder of the home, sealed from there
 * to "<name>.part" and removed; the sealed file is read back from the disk,
 * opened into the same folder and looked at as a node; then it gets its name.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "folder.h"
#include "key.h"
#include "linli/audit.h"
#include "linli/review.h"
#include "lock.h"
#include "retention.h"
#include "stage.h"

#define STAGE_NAME "backing-up"
#define ROOM_TO_SPARE (16 * 1024 * 1024) /* for the other programs of the home */

struct making {
	struct node *node;
	const struct backup_request *request;
	struct backup_made *made;
	struct archive_watch watch;
	struct age_recipient to[1 + BACKUP_MAX_RECIPIENTS]; /* the device first */
	struct manifest manifest;
	struct buf stage, part;
	struct home_lock *lock;
};

void backup_made_clear(struct backup_made *made)
{
	free(made->heads);
	memset(made, 0, sizeof(*made));
}

/* ---- before --------------------------------------------------------- */

static bool find_recipients(struct making *making, struct err *err)
{
	const struct backup_request *request = making->request;
	size_t i;

	if (request->to_count > BACKUP_MAX_RECIPIENTS) {
		return err_set(err, ERR_TOO_LARGE,
			ERR_BOTH("收件地址最多 %d 个", "recipients at most: %d"),
			BACKUP_MAX_RECIPIENTS, BACKUP_MAX_RECIPIENTS);
	}
	if (!age_recipient_of(&making->to[0], node_key(making->node), err)) {
		return false;
	}
	for (i = 0; i < request->to_count; i++) {
		if (!age_recipient_parse(&making->to[i + 1], view_of(request->to[i]), err)) {
			return err_wrap(err,
				ERR_BOTH(
					"不是收件地址(age1…):%.80s", "no recipient (age1…): %.80s"),
				request->to[i], request->to[i]);
		}
	}
	making->made->recipients = 1 + request->to_count;
	return true;
}

/* Bytes of the store as it lies there, with what waits in its log. */
static bool store_bytes(uint64_t *out, const char *home, struct err *err)
{
	static const char *const names[] = { STAGE_STORE, STAGE_STORE "-wal" };
	struct buf path = { 0 };
	uint64_t bytes;
	bool ok = true;
	size_t i;
	int fd;

	*out = 0;
	for (i = 0; ok && i < sizeof(names) / sizeof(names[0]); i++) {
		if (!folder_has(home, names[i])) {
			continue;
		}
		ok = folder_path(&path, home, names[i], err) &&
			(fd = disk_open(buf_str(&path), &bytes, err)) >= 0;
		if (ok) {
			*out += bytes;
			close(fd);
		}
	}
	buf_clear(&path);
	return ok;
}

static bool prepare(struct making *making, struct err *err)
{
	const char *home = node_home(making->node), *path = making->request->path;
	uint64_t bytes = 0;
	struct buf folder = { 0 };
	bool ok = false;

	disk_folder_of(&folder, path);
	buf_printf(&making->part, "%s" ENV_TEMPORARY_SUFFIX, path);
	if (!buf_ok(&folder, err) || !buf_ok(&making->part, err) || !find_recipients(making, err)) {
		goto out;
	}
	if (disk_has(path)) {
		err_set(err, ERR_EXISTS, "%s", path);
		goto out;
	}
	if (!disk_is_folder(buf_str(&folder))) {
		err_set(err, ERR_NO_FILE, "%s", buf_str(&folder));
		goto out;
	}
	/* The copy and the sealed file are there at the same time. */
	ok = store_bytes(&bytes, home, err) &&
		disk_room(home,
			bytes + ROOM_TO_SPARE + (disk_same(home, buf_str(&folder)) ? bytes : 0),
			err) &&
		disk_room(buf_str(&folder), bytes, err);
	making->made->store_bytes = bytes;
out:
	buf_clear(&folder);
	return ok;
}

/* ---- the copy, sealed ------------------------------------------------ */

static void describe(struct making *making)
{
	const struct env *env = node_env(making->node);
	struct manifest *manifest = &making->manifest;

	manifest->federation = node_federation_id(making->node);
	manifest->device = node_device(making->node);
	manifest->incarnation = node_incarnation(making->node);
	manifest->made_ms = env->now_ms(env->ctx);
	memcpy(manifest->community, node_community(making->node),
		strlen(node_community(making->node)) + 1);
}

static bool copy_and_seal(struct making *making, struct err *err)
{
	const struct archive_readers readers = { making->to, making->made->recipients };
	struct buf store = { 0 }, key = { 0 };
	struct tally packed;
	bool ok;

	/* Signed first: what a copy holds unsigned may be signed twice, here and there. */
	ok = outbox_pack(making->node, &packed, err) &&
		stage_make(&making->stage, node_home(making->node), STAGE_NAME, err) &&
		folder_path(&store, buf_str(&making->stage), STAGE_STORE, err) &&
		node_backup(making->node, buf_str(&store), err) &&
		folder_path(&key, node_home(making->node), STAGE_KEY, err) &&
		folder_copy_in(buf_str(&making->stage), STAGE_KEY, buf_str(&key), err);
	describe(making);
	ok = ok &&
		archive_write(buf_str(&making->part), buf_str(&making->stage), &making->manifest,
			&readers, node_env(making->node), &making->watch, err);
	stage_remove(&making->stage);
	buf_clear(&store);
	buf_clear(&key);
	return ok;
}

/* ---- the trial ------------------------------------------------------- */

static bool is_ours(void *ctx, const struct manifest *manifest, struct err *err)
{
	const struct making *making = ctx;
	struct buf ours = { 0 }, theirs = { 0 };
	bool ok;

	manifest_print(&ours, &making->manifest);
	manifest_print(&theirs, manifest);
	ok = buf_ok(&ours, err) && buf_ok(&theirs, err) &&
		(view_equal(buf_as_view(&ours), buf_as_view(&theirs)) ||
			err_set(err, ERR_HASH, "the backup reads back as another"));
	buf_clear(&ours);
	buf_clear(&theirs);
	return ok;
}

static bool add_head(void *ctx, const struct head *head, struct err *err)
{
	struct backup_made *made = ctx;
	struct head *more;

	/* Twice the room whenever it is full, which is when the count is a power of two. */
	if ((made->head_count & (made->head_count - 1)) == 0) {
		more = realloc(made->heads,
			(made->head_count == 0 ? 1 : made->head_count * 2) * sizeof(*more));
		if (more == NULL) {
			return err_nomem(err);
		}
		made->heads = more;
	}
	made->heads[made->head_count++] = *head;
	return true;
}

/* What is in the backup is what the trial finds in it, not what is here by now. */
static bool try_restore(struct making *making, struct err *err)
{
	const struct node_options options = { .env = node_env(making->node),
		.passphrase = making->request->passphrase };
	struct backup_made *made = making->made;
	struct age_identity identity;
	struct archive_found found;
	struct node *copy = NULL;
	bool ok;

	age_identity_of(&identity, node_key(making->node));
	ok = stage_make(&making->stage, node_home(making->node), STAGE_NAME, err) &&
		archive_read(&found, buf_str(&making->part), buf_str(&making->stage), &identity, 1,
			is_ours, making, &making->watch, err) &&
		stage_verify(&copy, &made->report, &making->stage, &options, &making->watch, err) &&
		chains_each(copy, add_head, made, err);
	if (ok) {
		made->bytes = found.bytes;
		made->store_bytes = found.manifest.files[MANIFEST_STORE].bytes;
		memcpy(made->sha256, found.sha256, sizeof(made->sha256));
	}
	node_close(copy);
	stage_remove(&making->stage);
	age_identity_wipe(&identity);
	return ok || err_wrap(err, ERR_BOTH("试恢复", "trial restore"));
}

/* ---- afterwards ------------------------------------------------------ */

static bool note(void *ctx, struct err *err)
{
	const struct making *making = ctx;
	const struct audit_item detail[] = { { "file", making->request->path, 0 },
		{ "sha256", making->made->sha256, 0 }, { NULL, NULL, 0 } };

	return audit_add(making->node, NULL, AUDIT_BACKED_UP, detail, err) &&
		(!node_is_district(making->node) ||
			receipts_backed_up(
				making->node, making->made->heads, making->made->head_count, err));
}

static bool make(struct making *making, struct err *err)
{
	const char *part;
	struct err ignored;
	bool ok;

	if (!home_lock_take(&making->lock, node_home(making->node), HOME_LOCK_BACKUP, err) ||
		!prepare(making, err) ||
		!retention_sweep(making->node, making->request->path, err)) {
		return false;
	}
	part = buf_str(&making->part);
	unlink(part); /* of one that was interrupted */
	if (!retention_note(making->node, part, err)) {
		return false;
	}
	ok = copy_and_seal(making, err) && try_restore(making, err) &&
		disk_publish(part, making->request->path, err);
	if (!ok) {
		unlink(part);
		if (!retention_note(making->node, NULL, &ignored)) {
			err_wrap(err, "%s", ignored.detail);
		}
		return false;
	}
	return (retention_note(making->node, NULL, err) &&
		       node_transaction(making->node, note, making, false, err)) ||
		err_wrap(err,
			ERR_BOTH("备份已写好,但未能记录", "the backup is made, but not noted"));
}

static void end(struct making *making)
{
	home_lock_release(making->lock);
	buf_clear(&making->stage);
	buf_clear(&making->part);
}

bool backup_make(struct node *node, const struct backup_request *request, struct backup_made *out,
	struct err *err)
{
	struct making making = { .node = node,
		.request = request,
		.made = out,
		.watch = { request->progress, request->ctx } };
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = make(&making, err);
	end(&making);
	if (!ok) {
		backup_made_clear(out);
	}
	return ok;
}

bool backup_rehearse(struct node *node, const struct backup_request *request,
	struct backup_made *out, struct err *err)
{
	struct making making = { .node = node, .request = request, .made = out };
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = prepare(&making, err);
	end(&making);
	return ok;
}
