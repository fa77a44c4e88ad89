/*
 * restore.c -- a home folder from a backup; see linli/backup.h.
 *
 * The copy is made beside, in "restoring", opened and checked there from
 * its signatures up, and only then put in the place of what is there now,
 * which is kept in "before-restore-<time>".  As nobody can know what was
 * signed after the backup, the restored node begins a new incarnation: it
 * finds no incarnation file beside its store (docs/architecture.md), or one
 * that is ahead of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "before.h"
#include "disk.h"
#include "folder.h"
#include "identity.h"
#include "linli/audit.h"
#include "lock.h"
#include "stage.h"

#define STAGE_NAME "restoring"
#define INCARNATION_MAX_BYTES (1024 * 1024)
#define ASIDE_MAX_OF_A_SECOND 100
#define LISTED_BYTES 2000 /* of names in the audit log */

struct restoring {
	const struct restore_request *request;
	const struct env *env;
	const char *home;
	struct restored *out;
	struct archive_watch watch;
	struct buf stage;
	struct manifest manifest; /* of a backup */
	struct before before;     /* what the home held */
};

void restored_clear(struct restored *restored)
{
	buf_clear(&restored->aside);
	buf_clear(&restored->users);
	buf_clear(&restored->devices);
	memset(restored, 0, sizeof(*restored));
}

/* ---- beside -------------------------------------------------------- */

static bool is_sealed(bool *out, const char *path, struct err *err)
{
	char magic[sizeof(ARCHIVE_MAGIC) - 1];
	size_t got = 0;
	bool ok;
	int fd = disk_open(path, NULL, err);

	if (fd < 0) {
		return false;
	}
	ok = disk_read(fd, magic, sizeof(magic), &got, path, err);
	*out = ok && got == sizeof(magic) && memcmp(magic, ARCHIVE_MAGIC, got) == 0;
	close(fd);
	return ok;
}

static bool right_kind(const struct restoring *restoring, bool district, struct err *err)
{
	if (restoring->request->district == district) {
		return true;
	}
	return err_set(err, ERR_SCOPE,
		district ? ERR_BOTH("%s 是区的备份,请使用 linlid", "a district's, use linlid: %s")
			 : ERR_BOTH("%s 是社区的备份,请使用 linli", "a community's, use linli: %s"),
		restoring->request->file, restoring->request->file);
}

/* By its manifest, before anything large is written. */
static bool accept(void *ctx, const struct manifest *manifest, struct err *err)
{
	const struct restoring *restoring = ctx;

	return right_kind(restoring, strcmp(manifest->community, DISTRICT_SLUG) == 0, err) &&
		before_agrees(&restoring->before, manifest->federation, manifest->device,
			&restoring->out->older_key, err);
}

static bool fill_from_backup(struct restoring *restoring, struct err *err)
{
	const struct restore_request *request = restoring->request;
	struct age_identity identities[BACKUP_MAX_IDENTITIES];
	struct archive_found found = { .bytes = 0 };
	struct buf key = { 0 };
	size_t count = 0;
	bool ok = false;

	if (request->identity == NULL && request->key == NULL &&
		!folder_has(restoring->home, STAGE_KEY)) {
		err_set(err, ERR_KEY,
			ERR_BOTH("请用 -i 给出能打开备份的私钥文件(key age 所显示的)",
				"give with -i the file with the identity that opens it (what key "
				"age shows)"));
		goto out;
	}
	if (!folder_path(&key, restoring->home, STAGE_KEY, err) ||
		!identity_read(identities, &count,
			request->identity != NULL      ? request->identity
				: request->key != NULL ? request->key
						       : buf_str(&key),
			request->options->passphrase, restoring->env, err)) {
		goto out;
	}
	ok = archive_read(&found, request->file, buf_str(&restoring->stage), identities, count,
		accept, restoring, &restoring->watch, err);
	restoring->manifest = found.manifest;
	restoring->out->made_ms = ok ? found.manifest.made_ms : 0;
out:
	identity_wipe(identities, count);
	buf_clear(&key);
	return ok;
}

static bool fill_from_copy(struct restoring *restoring, struct err *err)
{
	const char *given = restoring->request->key;
	struct buf key = { 0 };
	bool ok = false;

	if (given == NULL && !folder_has(restoring->home, STAGE_KEY)) {
		err_set(err, ERR_KEY,
			ERR_BOTH("这里没有 device.key:请用 --key 给出它的备份",
				"there is no device.key here: give a copy of it with --key"));
		goto out;
	}
	ok = folder_path(&key, restoring->home, STAGE_KEY, err) &&
		folder_copy_in(
			buf_str(&restoring->stage), STAGE_STORE, restoring->request->file, err) &&
		folder_copy_in(buf_str(&restoring->stage), STAGE_KEY,
			given != NULL ? given : buf_str(&key), err);
out:
	buf_clear(&key);
	return ok;
}

static bool fill_stage(struct restoring *restoring, struct err *err)
{
	struct restored *out = restoring->out;

	return is_sealed(&out->sealed, restoring->request->file, err) &&
		stage_make(&restoring->stage, restoring->home, STAGE_NAME, err) &&
		(out->sealed ? fill_from_backup(restoring, err) : fill_from_copy(restoring, err));
}

/* The incarnation that the file in the home names; 0: none. */
static uint32_t incarnation_before(struct restoring *restoring)
{
	struct buf path = { 0 }, text = { 0 };
	struct cursor cursor;
	struct err ignored;
	int64_t n = 0;

	if (folder_path(&path, restoring->home, STAGE_INCARNATION, &ignored) &&
		restoring->env->read_file(restoring->env->ctx, &text, buf_str(&path),
			INCARNATION_MAX_BYTES, &ignored)) {
		cursor = cursor_of(text.data, text.len);
		if (!cursor_skip(&cursor, "incarnation ") ||
			!int64_parse(&n, cursor_until(&cursor, '\n')) || n < 1 || n > UINT32_MAX) {
			n = 0;
		}
	}
	buf_clear(&path);
	buf_clear(&text);
	return (uint32_t)n;
}

/*
 * ${node} has begun a new incarnation when it was opened without its file.
 * Where the home had gone further, a file that is ahead of that, too.
 */
static bool write_ahead(struct restoring *restoring, struct node *node, struct err *err)
{
	struct chain_name chain = { .device = node_device(node),
		.incarnation = node_incarnation(node),
		.scope = { .kind = SCOPE_FEDERATION } };
	uint32_t before = incarnation_before(restoring);
	struct buf text = { 0 }, path = { 0 };
	char name[CHAIN_TEXT_BYTES];
	struct head head;
	bool ok = false;

	if (before < chain.incarnation) {
		return true;
	}
	chain.incarnation = before;
	if (!chains_head(node, &chain, &head, err)) {
		goto out;
	}
	chain_name_print(name, &chain);
	buf_printf(&text, "incarnation %" PRIu32 "\n%s %" PRIu32 " %064d\n", chain.incarnation,
		name, head.seq + 1, 0);
	ok = buf_ok(&text, err) &&
		folder_path(&path, buf_str(&restoring->stage), STAGE_INCARNATION, err) &&
		restoring->env->write_file(
			restoring->env->ctx, buf_str(&path), buf_as_view(&text), false, err);
out:
	buf_clear(&text);
	buf_clear(&path);
	return ok;
}

/* A manifest speaks for the store that came with it. */
static bool is_named(const struct restoring *restoring, const struct node *node, struct err *err)
{
	const struct manifest *manifest = &restoring->manifest;

	return !restoring->out->sealed ||
		(device_id_equal(manifest->federation, node_federation_id(node)) &&
			device_id_equal(manifest->device, node_device(node)) &&
			strcmp(manifest->community, node_community(node)) == 0) ||
		err_set(err, ERR_FORMAT, "the manifest is of another node than the store");
}

/* Open the copy where it lies, and look at all of it. */
static bool verify(struct restoring *restoring, struct err *err)
{
	struct restored *out = restoring->out;
	struct node *node = NULL;
	bool ok;

	ok = stage_verify(&node, &out->report, &restoring->stage, restoring->request->options,
		     &restoring->watch, err) &&
		right_kind(restoring, node_is_district(node), err) &&
		is_named(restoring, node, err) &&
		before_agrees(
			&restoring->before, node_federation_id(node), node_device(node),
			&out->older_key, err) &&
		before_compare(&restoring->before, node, out, err) &&
		write_ahead(restoring, node, err);
	node_close(node);
	return ok;
}

/* ---- in place ------------------------------------------------------ */

/* A new folder in the home for what is there now. */
static bool make_aside(struct restoring *restoring, struct err *err)
{
	time_t now = (time_t)(restoring->env->now_ms(restoring->env->ctx) / 1000);
	char when[32] = "", name[64];
	unsigned attempt;
	struct tm utc;

	if (gmtime_r(&now, &utc) != NULL) {
		strftime(when, sizeof(when), "-%Y%m%dT%H%M%SZ", &utc);
	}
	/* Another restore may have been cut off within the same second. */
	for (attempt = 1; attempt <= ASIDE_MAX_OF_A_SECOND; attempt++) {
		snprintf(name, sizeof(name),
			attempt == 1 ? "before-restore%s" : "before-restore%s-%u", when, attempt);
		if (!folder_path(&restoring->out->aside, restoring->home, name, err)) {
			return false;
		}
		if (mkdir(buf_str(&restoring->out->aside), 0700) == 0) {
			return true;
		}
		if (errno != EEXIST) {
			break;
		}
	}
	return err_errno(err, "creating %s", buf_str(&restoring->out->aside));
}

/*
 * The old files are kept, and stay in place until new ones take it: when this
 * is cut off, the home has its key and its incarnation still.
 */
static bool keep_aside(struct restoring *restoring, struct err *err)
{
	const char *const *name;
	const char *aside;

	if (!make_aside(restoring, err)) {
		return false;
	}
	aside = buf_str(&restoring->out->aside);
	for (name = stage_node_files; *name != NULL; name++) {
		if (!folder_share(restoring->home, aside, *name, err)) {
			return false;
		}
	}
	return folder_sync(aside, err) && folder_sync(restoring->home, err);
}

/* The key and the incarnation come before the store: without it there is no node. */
static bool move_in(struct restoring *restoring, struct err *err)
{
	const char *stage = buf_str(&restoring->stage), *home = restoring->home;

	/* The old store's log must not be taken for the new one's. */
	return folder_move(stage, home, STAGE_KEY, err) &&
		folder_move(stage, home, STAGE_INCARNATION, err) &&
		folder_remove(home, STAGE_STORE "-wal", err) &&
		folder_remove(home, STAGE_STORE "-shm", err) &&
		folder_move(stage, home, STAGE_STORE, err) && folder_sync(home, err);
}

/* The names in ${list}, each ended by a NUL, with commas between them, as far as a row has room. */
static const char *listed(struct buf *out, const struct buf *list)
{
	size_t at, len;

	for (at = 0; at < list->len && out->len < LISTED_BYTES; at += len + 1) {
		len = strlen((const char *)list->data + at);
		buf_printf(out, "%s%s", at != 0 ? "," : "", (const char *)list->data + at);
	}
	if (at < list->len) {
		buf_text(out, ",...");
	}
	return buf_str(out);
}

/* Who is let in again by it, as far as that could be compared. */
static bool note_restored(struct restoring *restoring, struct node *node, struct err *err)
{
	const struct restored *out = restoring->out;
	struct buf devices = { 0 }, users = { 0 };
	const char *unknown = "not compared";
	bool ok;

	const struct audit_item detail[] = {
		{ "devices_again", out->compared ? listed(&devices, &out->devices) : unknown, 0 },
		{ "file", restoring->request->file, 0 },
		{ "incarnation", NULL, node_incarnation(node) },
		{ "state_hash", out->report.state_hash, 0 },
		{ "users_again", out->compared ? listed(&users, &out->users) : unknown, 0 },
		{ NULL, NULL, 0 } };

	ok = buf_ok(&devices, err) && buf_ok(&users, err) &&
		audit_add(node, NULL, AUDIT_RESTORED, detail, err);
	buf_clear(&devices);
	buf_clear(&users);
	return ok;
}

static bool put_in_place(struct restoring *restoring, struct err *err)
{
	struct node *node = NULL;
	bool ok;

	if ((folder_has(restoring->home, STAGE_STORE) || folder_has(restoring->home, STAGE_KEY)) &&
		!keep_aside(restoring, err)) {
		return err_wrap(err, "keeping the old records aside");
	}
	if (!move_in(restoring, err) || !node_open(&node, restoring->request->options, err)) {
		return err_wrap(err, "putting the copy in place (the old records: %s)",
			restoring->out->aside.len != 0 ? buf_str(&restoring->out->aside) : "none");
	}
	restoring->out->incarnation = node_incarnation(node);
	ok = note_restored(restoring, node, err);
	node_close(node);
	return ok;
}

/* ---- the whole ------------------------------------------------------ */

static bool restore(struct restoring *restoring, struct err *err)
{
	const struct restore_request *request = restoring->request;
	bool ok;

	if (folder_has(restoring->home, STAGE_STORE) && !request->replace && !request->dry_run) {
		return err_set(err, ERR_EXISTS,
			ERR_BOTH("%s 里已有记录;要替换请加 --replace,原有的会另存一旁",
				"there are records in %s; with --replace they are kept aside"),
			restoring->home, restoring->home);
	}
	if (!before_look(&restoring->before, request->options, err)) {
		return false;
	}
	ok = fill_stage(restoring, err) && verify(restoring, err) &&
		(request->dry_run || put_in_place(restoring, err));
	stage_remove(&restoring->stage);
	return ok;
}

bool restore_run(struct restored *out, const struct restore_request *request, struct err *err)
{
	struct restoring restoring = { .request = request,
		.env = request->options->env,
		.home = request->options->home,
		.out = out,
		.watch = { request->progress, request->ctx } };
	struct home_lock *serving = NULL, *backing_up = NULL;
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = restoring.env->make_dir(restoring.env->ctx, restoring.home, err) &&
		home_lock_take(&serving, restoring.home, HOME_LOCK_SERVE, err) &&
		home_lock_take(&backing_up, restoring.home, HOME_LOCK_BACKUP, err) &&
		restore(&restoring, err);
	home_lock_release(backing_up);
	home_lock_release(serving);
	before_clear(&restoring.before);
	buf_clear(&restoring.stage);
	if (!ok) {
		restored_clear(out);
	}
	return ok;
}
