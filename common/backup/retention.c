/* retention.c -- names of backups in a folder, and which of them stay. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "folder.h"
#include "retention.h"

#define STAMP_BYTES 15 /* YYYYMMDD-HHMMSS */
#define CHINA_S (8 * 3600)
#define NOTE_FILE "backing-up.path" /* in the home: what is being written */

/* What the names of ${node}'s backups begin with. */
static void name_prefix(struct node *node, char out[BACKUP_NAME_BYTES])
{
	char device[DEVICE_TEXT_BYTES];

	device_id_print(device, node_device(node));
	snprintf(out, BACKUP_NAME_BYTES, "linli-%s-%s-", node_community(node), device);
}

void backup_name(struct node *node, char out[BACKUP_NAME_BYTES])
{
	const struct env *env = node_env(node);
	time_t now = (time_t)(env->now_ms(env->ctx) / 1000 + CHINA_S);
	char stamp[32] = "00000000-000000";
	size_t len;
	struct tm tm;

	name_prefix(node, out);
	if (gmtime_r(&now, &tm) != NULL) {
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	}
	len = strlen(out);
	snprintf(out + len, BACKUP_NAME_BYTES - len, "%s" BACKUP_SUFFIX, stamp);
}

/* Is ${name} ${prefix}, a stamp and ${suffix}? */
static bool is_name(const char *name, const char *prefix, const char *suffix)
{
	size_t len = strlen(prefix);
	const char *stamp = name + len;

	return strncmp(name, prefix, len) == 0 && strspn(stamp, "0123456789") == 8 &&
		stamp[8] == '-' && strspn(stamp + 9, "0123456789") == STAMP_BYTES - 9 &&
		strcmp(stamp + STAMP_BYTES, suffix) == 0;
}

/* "${note}" in the home says what ${path}, which need not be there yet, is in full. */
static bool write_note(struct node *node, const char *note, const char *path, struct err *err)
{
	const struct env *env = node_env(node);
	const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	struct buf folder = { 0 }, text = { 0 };
	char *full = NULL;
	bool ok = false;

	disk_folder_of(&folder, path);
	if (!buf_ok(&folder, err)) {
		goto out;
	}
	full = realpath(buf_str(&folder), NULL);
	if (full == NULL) {
		err_errno(err, "%s", buf_str(&folder));
		goto out;
	}
	buf_printf(&text, "%s/%s", full, name);
	ok = buf_ok(&text, err) &&
		env->write_file(env->ctx, note, buf_as_view(&text), true, err);
out:
	free(full);
	buf_clear(&folder);
	buf_clear(&text);
	return ok;
}

bool retention_note(struct node *node, const char *part, struct err *err)
{
	const struct env *env = node_env(node);
	struct buf note = { 0 };
	bool ok = folder_path(&note, node_home(node), NOTE_FILE, err) &&
		(part != NULL ? write_note(node, buf_str(&note), part, err)
			      : env->remove_file(env->ctx, buf_str(&note), err));

	buf_clear(&note);
	return ok;
}

/* A file of ours that was begun and not finished: it may lie anywhere. */
static bool sweep_noted(struct node *node, struct err *err)
{
	static const char suffix[] = ENV_TEMPORARY_SUFFIX;
	const struct env *env = node_env(node);
	const size_t len = sizeof(suffix) - 1;
	struct buf note = { 0 }, path = { 0 };
	struct err none;
	struct stat st;
	bool ok = folder_path(&note, node_home(node), NOTE_FILE, err);

	if (ok && env->read_file(env->ctx, &path, buf_str(&note), PATH_MAX, &none) &&
		path.len > len && strcmp(buf_str(&path) + path.len - len, suffix) == 0 &&
		lstat(buf_str(&path), &st) == 0 && S_ISREG(st.st_mode)) {
		unlink(buf_str(&path)); /* the folder may be read-only by now */
	}
	ok = ok && retention_note(node, NULL, err);
	buf_clear(&note);
	buf_clear(&path);
	return ok;
}

bool retention_sweep(struct node *node, const char *path, struct err *err)
{
	const struct env *env = node_env(node);
	struct buf folder = { 0 }, names = { 0 };
	char prefix[BACKUP_NAME_BYTES];
	const char *name;
	bool ok;

	name_prefix(node, prefix);
	disk_folder_of(&folder, path);
	ok = buf_ok(&folder, err) && sweep_noted(node, err) &&
		env->list_dir(env->ctx, &names, buf_str(&folder), err);
	for (name = buf_str(&names); ok && name < buf_str(&names) + names.len;
		name += strlen(name) + 1) {
		ok = !is_name(name, prefix, BACKUP_SUFFIX ENV_TEMPORARY_SUFFIX) ||
			folder_remove(buf_str(&folder), name, err);
	}
	buf_clear(&folder);
	buf_clear(&names);
	return ok;
}

/* Which of ${names} are backups of ${prefix} that may go: all but ${made}. */
static const char *next_old(
	const struct buf *names, const char *after, const char *prefix, const char *made)
{
	const char *end = buf_str(names) + names->len;
	const char *name = after == NULL ? buf_str(names) : after + strlen(after) + 1;

	while (name < end && (!is_name(name, prefix, BACKUP_SUFFIX) || strcmp(name, made) == 0)) {
		name += strlen(name) + 1;
	}
	return name < end ? name : NULL;
}

bool backup_prune(struct node *node, const char *folder, const char *made, uint32_t keep,
	bool (*removed)(void *ctx, const char *name, struct err *err), void *ctx, struct err *err)
{
	const struct env *env = node_env(node);
	char prefix[BACKUP_NAME_BYTES];
	struct buf names = { 0 };
	const char *name;
	size_t old = 0;
	bool ok;

	if (keep < 1) {
		return err_set(
			err, ERR_USAGE, ERR_BOTH("至少要保留 1 份", "at least 1 has to be kept"));
	}
	name_prefix(node, prefix);
	/* Sorted bytewise, which of these names is by time. */
	ok = env->list_dir(env->ctx, &names, folder, err);
	for (name = NULL; ok && (name = next_old(&names, name, prefix, made)) != NULL;) {
		old++;
	}
	for (name = NULL;
		ok && old > keep - 1 && (name = next_old(&names, name, prefix, made)) != NULL;
		old--) {
		ok = folder_remove(folder, name, err) && removed(ctx, name, err);
	}
	ok = ok && folder_sync(folder, err);
	buf_clear(&names);
	return ok;
}
