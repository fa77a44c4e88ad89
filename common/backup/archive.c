/* archive.c -- see archive.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "age_stream.h"
#include "archive.h"
#include "disk.h"
#include "folder.h"
#include "hmac.h"
#include "linli/env.h"
#include "ustar.h"

static void tell(
	const struct archive_watch *watch, enum backup_stage stage, uint64_t done, uint64_t total)
{
	if (watch != NULL && watch->progress != NULL) {
		watch->progress(watch->ctx, stage, done, total);
	}
}

/* ---- writing ------------------------------------------------------- */

struct writing {
	const char *path;
	const char *folder;
	const struct manifest *manifest;
	const struct archive_watch *watch;
	struct age_sealer *sealer;
	struct buf sealed; /* not written yet */
	int fd;
	uint64_t done, total;
};

static bool flush(struct writing *writing, struct err *err)
{
	bool ok = disk_write(writing->fd, buf_as_view(&writing->sealed), writing->path, err);

	buf_reset(&writing->sealed);
	return ok;
}

static bool put(struct writing *writing, const void *data, size_t len, struct err *err)
{
	return age_sealer_add(writing->sealer, &writing->sealed, (struct view){ data, len }, err) &&
		flush(writing, err);
}

static bool put_zeros(struct writing *writing, size_t len, struct err *err)
{
	static const uint8_t zeros[USTAR_END_BYTES];

	return put(writing, zeros, len, err);
}

static bool put_header(struct writing *writing, const char *name, uint64_t bytes, struct err *err)
{
	struct ustar_member member = { .size = bytes,
		.mtime_s = writing->manifest->made_ms / 1000 };
	uint8_t block[USTAR_BLOCK_BYTES];

	memcpy(member.name, name, strlen(name) + 1);
	return ustar_header(block, &member, err) && put(writing, block, sizeof(block), err);
}

static bool put_manifest(struct writing *writing, struct err *err)
{
	struct buf text = { 0 };
	bool ok;

	manifest_print(&text, writing->manifest);
	ok = buf_ok(&text, err) && put_header(writing, MANIFEST_NAME, text.len, err) &&
		put(writing, text.data, text.len, err) &&
		put_zeros(writing, ustar_padding(text.len), err);
	buf_clear(&text);
	return ok;
}

/* A file is what it was when its hash was taken, or the writing fails. */
static bool put_file(struct writing *writing, enum manifest_file file, struct err *err)
{
	const uint64_t expected = writing->manifest->files[file].bytes;
	uint8_t piece[DISK_PIECE_BYTES];
	uint64_t done = 0;
	struct buf path = { 0 };
	size_t got = 1;
	bool ok = false;
	int fd = -1;

	if (!folder_path(&path, writing->folder, manifest_file_name(file), err) ||
		!put_header(writing, manifest_file_name(file), expected, err) ||
		(fd = disk_open(buf_str(&path), NULL, err)) < 0) {
		goto out;
	}
	while (done < expected) {
		if (!disk_read(fd, piece, sizeof(piece), &got, buf_str(&path), err)) {
			goto out;
		}
		if (got == 0 || got > expected - done) {
			err_set(err, ERR_IO, "%s has changed meanwhile", buf_str(&path));
			goto out;
		}
		if (!put(writing, piece, got, err)) {
			goto out;
		}
		done += got;
		writing->done += got;
		tell(writing->watch, BACKUP_SEALING, writing->done, writing->total);
	}
	ok = put_zeros(writing, ustar_padding(expected), err);
out:
	crypto_wipe(piece, sizeof(piece));
	if (fd >= 0) {
		close(fd);
	}
	buf_clear(&path);
	return ok;
}

/* The hash and size of ${folder}'s ${file}, for the manifest. */
static bool measure(struct manifest *manifest, const char *folder, enum manifest_file file,
	const struct archive_watch *watch, struct err *err)
{
	uint8_t piece[DISK_PIECE_BYTES];
	struct buf path = { 0 };
	struct sha256 hash;
	uint64_t bytes, done = 0;
	size_t got;
	bool ok = false;
	int fd = -1;

	if (!folder_path(&path, folder, manifest_file_name(file), err) ||
		(fd = disk_open(buf_str(&path), &bytes, err)) < 0) {
		goto out;
	}
	if (bytes == 0 || bytes > manifest_file_max(file)) {
		err_set(err, ERR_TOO_LARGE,
			ERR_BOTH("%s 有 %" PRIu64 " 字节,最多 %" PRIu64,
				"bytes, and allowed: %" PRIu64 ", %" PRIu64),
			buf_str(&path), bytes, manifest_file_max(file), bytes,
			manifest_file_max(file));
		goto out;
	}
	sha256_init(&hash);
	do {
		if (!disk_read(fd, piece, sizeof(piece), &got, buf_str(&path), err)) {
			goto out;
		}
		sha256_add(&hash, piece, got);
		done += got;
		tell(watch, BACKUP_COPYING, done, bytes);
	} while (got != 0);
	sha256_done(manifest->files[file].sha256, &hash);
	manifest->files[file].bytes = done;
	ok = done == bytes || err_set(err, ERR_IO, "%s has changed meanwhile", buf_str(&path));
out:
	crypto_wipe(piece, sizeof(piece));
	if (fd >= 0) {
		close(fd);
	}
	buf_clear(&path);
	return ok;
}

static bool put_all(struct writing *writing, struct err *err)
{
	return put_manifest(writing, err) && put_file(writing, MANIFEST_STORE, err) &&
		put_file(writing, MANIFEST_KEY, err) && put_zeros(writing, USTAR_END_BYTES, err) &&
		age_sealer_end(writing->sealer, &writing->sealed, err) && flush(writing, err) &&
		disk_sync(writing->fd, writing->path, err);
}

bool archive_write(const char *path, const char *folder, struct manifest *manifest,
	const struct archive_readers *readers, const struct env *env,
	const struct archive_watch *watch, struct err *err)
{
	struct writing writing = {
		.path = path, .folder = folder, .manifest = manifest, .watch = watch, .fd = -1
	};
	bool ok = false;

	if (!measure(manifest, folder, MANIFEST_STORE, watch, err) ||
		!measure(manifest, folder, MANIFEST_KEY, NULL, err)) {
		goto out;
	}
	writing.total = manifest->files[MANIFEST_STORE].bytes + manifest->files[MANIFEST_KEY].bytes;
	writing.fd = disk_create(path, err);
	if (writing.fd < 0) {
		goto out;
	}
	ok = age_sealer_new(
		     &writing.sealer, &writing.sealed, readers->to, readers->count, env, err) &&
		put_all(&writing, err);
out:
	age_sealer_free(writing.sealer);
	buf_clear(&writing.sealed);
	if (writing.fd >= 0) {
		if (close(writing.fd) != 0 && ok) {
			ok = err_errno(err, "closing %s", path);
		}
		if (!ok) {
			unlink(path);
		}
	}
	return ok;
}

/* ---- reading ------------------------------------------------------- */

struct reading {
	struct archive_found *found;
	const char *folder;
	bool (*accept)(void *ctx, const struct manifest *manifest, struct err *err);
	void *ctx;
	struct buf text;  /* of the manifest */
	unsigned members; /* begun: 1 for the manifest, then the files */
	struct buf path;  /* of the file at hand */
	int fd;
	struct sha256 hash;
	int64_t mtime_s;
};

static bool begin_file(struct reading *reading, const struct ustar_member *member,
	enum manifest_file file, struct err *err)
{
	if (strcmp(member->name, manifest_file_name(file)) != 0 ||
		member->size != reading->found->manifest.files[file].bytes) {
		return err_set(err, ERR_FORMAT, "%s is not what the manifest says", member->name);
	}
	sha256_init(&reading->hash);
	/* The folder is ours: the name is one of two that we know. */
	return folder_path(&reading->path, reading->folder, manifest_file_name(file), err) &&
		(reading->fd = disk_create(buf_str(&reading->path), err)) >= 0;
}

static bool begin_member(void *ctx, const struct ustar_member *member, struct err *err)
{
	struct reading *reading = ctx;
	unsigned number = reading->members++;

	if (number != 0 && member->mtime_s != reading->found->manifest.made_ms / 1000) {
		return err_set(err, ERR_FORMAT, "%s is of another time", member->name);
	}
	if (number > MANIFEST_FILES) {
		return err_set(err, ERR_FORMAT, "%s is not of a backup", member->name);
	}
	if (number != 0) {
		return begin_file(reading, member, (enum manifest_file)(number - 1), err);
	}
	reading->mtime_s = member->mtime_s;
	if (strcmp(member->name, MANIFEST_NAME) != 0) {
		return err_set(err, ERR_FORMAT, "it does not begin with a manifest");
	}
	return member->size <= MANIFEST_MAX_BYTES ||
		err_set(err, ERR_TOO_LARGE, "a manifest of %" PRIu64 " bytes", member->size);
}

static bool take_data(void *ctx, struct view bytes, struct err *err)
{
	struct reading *reading = ctx;

	if (reading->members == 1) {
		buf_view(&reading->text, bytes);
		return buf_ok(&reading->text, err);
	}
	sha256_add(&reading->hash, bytes.data, bytes.len);
	return disk_write(reading->fd, bytes, buf_str(&reading->path), err);
}

static bool end_file(struct reading *reading, enum manifest_file file, struct err *err)
{
	uint8_t hash[SHA256_BYTES];
	int fd = reading->fd;

	reading->fd = -1;
	sha256_done(hash, &reading->hash);
	if (!disk_sync(fd, buf_str(&reading->path), err)) {
		close(fd);
		return false;
	}
	if (close(fd) != 0) {
		return err_errno(err, "closing %s", buf_str(&reading->path));
	}
	return memcmp(hash, reading->found->manifest.files[file].sha256, sizeof(hash)) == 0 ||
		err_set(err, ERR_HASH, "%s is not the one of the manifest",
			manifest_file_name(file));
}

static bool end_member(void *ctx, struct err *err)
{
	struct reading *reading = ctx;
	const struct manifest *manifest = &reading->found->manifest;

	if (reading->members > 1) {
		return end_file(reading, (enum manifest_file)(reading->members - 2), err);
	}
	if (!manifest_parse(&reading->found->manifest, buf_as_view(&reading->text), err)) {
		return false;
	}
	if (reading->mtime_s != manifest->made_ms / 1000) {
		return err_set(err, ERR_FORMAT, "the manifest is of another time");
	}
	return reading->accept == NULL || reading->accept(reading->ctx, manifest, err);
}

static const struct ustar_visitor visitor = { begin_member, take_data, end_member };

/* The whole file through all three: hash, age, tar. */
static bool read_through(struct reading *reading, int fd, const char *path, uint64_t total,
	struct age_opener *opener, const struct archive_watch *watch, struct err *err)
{
	uint8_t piece[DISK_PIECE_BYTES], hash[SHA256_BYTES];
	struct archive_found *found = reading->found;
	struct ustar_reader tar;
	struct buf plain = { 0 };
	struct sha256 whole;
	size_t got;
	bool ok = false;

	ustar_reader_init(&tar, &visitor, reading);
	sha256_init(&whole);
	do {
		if (!disk_read(fd, piece, sizeof(piece), &got, path, err)) {
			goto out;
		}
		sha256_add(&whole, piece, got);
		found->bytes += got;
		buf_reset(&plain);
		if (!(got != 0 ? age_opener_add(opener, &plain,
					 (struct view){ (const char *)piece, got }, err)
			       : age_opener_end(opener, &plain, err)) ||
			!ustar_reader_add(&tar, buf_as_view(&plain), err)) {
			goto out;
		}
		tell(watch, BACKUP_OPENING, found->bytes, total);
	} while (got != 0);
	if (!ustar_reader_end(&tar, err)) {
		goto out;
	}
	if (reading->members != 1 + MANIFEST_FILES) {
		err_set(err, ERR_FORMAT, "a file of the backup is missing");
		goto out;
	}
	sha256_done(hash, &whole);
	hex_encode(found->sha256, hash, sizeof(hash));
	ok = true;
out:
	buf_wipe(&plain);
	return ok;
}

bool archive_read(struct archive_found *out, const char *path, const char *folder,
	const struct age_identity *identities, size_t count,
	bool (*accept)(void *ctx, const struct manifest *manifest, struct err *err), void *ctx,
	const struct archive_watch *watch, struct err *err)
{
	struct reading reading = {
		.found = out, .folder = folder, .accept = accept, .ctx = ctx, .fd = -1
	};
	struct age_opener *opener = NULL;
	uint64_t total = 0;
	bool ok = false;
	int fd;

	memset(out, 0, sizeof(*out));
	fd = disk_open(path, &total, err);
	if (fd < 0) {
		return false;
	}
	ok = age_opener_new(&opener, identities, count, err) &&
		read_through(&reading, fd, path, total, opener, watch, err);
	age_opener_free(opener);
	if (reading.fd >= 0) {
		close(reading.fd);
	}
	buf_clear(&reading.text);
	buf_clear(&reading.path);
	close(fd);
	return ok;
}
