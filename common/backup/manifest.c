/* manifest.c -- see manifest.h. */
#include <inttypes.h>
#include <string.h>

#include "manifest.h"
#include "ustar.h"

#define FIRST_LINE "linli backup 1"
#define KEY_FILE_MAX 65536

static const struct {
	const char *name;
	uint64_t max;
} files[MANIFEST_FILES] = {
	[MANIFEST_STORE] = { "store.db", (uint64_t)USTAR_MEMBER_MAX_BYTES },
	[MANIFEST_KEY] = { "device.key", KEY_FILE_MAX },
};

const char *manifest_file_name(enum manifest_file file)
{
	return files[file].name;
}

uint64_t manifest_file_max(enum manifest_file file)
{
	return files[file].max;
}

void manifest_print(struct buf *out, const struct manifest *manifest)
{
	char federation[DEVICE_TEXT_BYTES], device[DEVICE_TEXT_BYTES], hash[SHA256_TEXT_BYTES];
	size_t i;

	device_id_print(federation, manifest->federation);
	device_id_print(device, manifest->device);
	buf_printf(out,
		FIRST_LINE "\nfederation %s\ncommunity %s\ndevice %s\nincarnation %" PRIu32
			   "\nmade %" PRId64 "\n",
		federation, manifest->community, device, manifest->incarnation, manifest->made_ms);
	for (i = 0; i < MANIFEST_FILES; i++) {
		hex_encode(hash, manifest->files[i].sha256, SHA256_BYTES);
		buf_printf(out, "file %s %" PRIu64 " %s\n", files[i].name, manifest->files[i].bytes,
			hash);
	}
}

/* The rest of the line that begins with ${word}; the cursor fails where there is none. */
static struct view line_of(struct cursor *cursor, const char *word)
{
	if (!cursor_skip(cursor, word)) {
		cursor->failed = true;
	}
	return cursor_until(cursor, '\n');
}

static bool read_number(int64_t *out, struct view text, int64_t least, int64_t most)
{
	return int64_parse(out, text) && *out >= least && *out <= most;
}

static bool read_file_line(struct manifest *out, size_t i, struct cursor *cursor)
{
	struct view line = line_of(cursor, "file "), name;
	struct cursor words = cursor_of(line.data, line.len);
	int64_t bytes;

	name = cursor_until(&words, ' ');
	if (!view_is(name, files[i].name) ||
		!read_number(&bytes, cursor_until(&words, ' '), 1, (int64_t)files[i].max)) {
		return false;
	}
	out->files[i].bytes = (uint64_t)bytes;
	return hex_decode(out->files[i].sha256, SHA256_BYTES,
		(struct view){ (const char *)words.at, cursor_left(&words) });
}

static bool read_lines(struct manifest *out, struct cursor *cursor)
{
	int64_t incarnation = 0;
	struct view community;
	size_t i;

	if (line_of(cursor, FIRST_LINE).len != 0 ||
		!device_id_parse(&out->federation, line_of(cursor, "federation "))) {
		return false;
	}
	community = line_of(cursor, "community ");
	if (!slug_valid(community) || community.len >= sizeof(out->community)) {
		return false;
	}
	memcpy(out->community, community.data, community.len);
	if (!device_id_parse(&out->device, line_of(cursor, "device ")) ||
		!read_number(&incarnation, line_of(cursor, "incarnation "), 1, UINT32_MAX) ||
		!read_number(&out->made_ms, line_of(cursor, "made "), 0, INT64_MAX)) {
		return false;
	}
	out->incarnation = (uint32_t)incarnation;
	for (i = 0; i < MANIFEST_FILES; i++) {
		if (!read_file_line(out, i, cursor)) {
			return false;
		}
	}
	return !cursor->failed && cursor_left(cursor) == 0;
}

bool manifest_parse(struct manifest *out, struct view text, struct err *err)
{
	struct cursor cursor = cursor_of(text.data, text.len);
	struct buf again = { 0 };
	bool ok = false;

	memset(out, 0, sizeof(*out));
	if (text.len > MANIFEST_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "a manifest of %zu bytes", text.len);
	}
	if (!read_lines(out, &cursor)) {
		err_set(err, ERR_FORMAT, "not the manifest of a backup");
		goto out;
	}
	manifest_print(&again, out);
	ok = buf_ok(&again, err) &&
		(view_equal(buf_as_view(&again), text) ||
			err_set(err, ERR_FORMAT, "the manifest is not in the one form"));
out:
	buf_clear(&again);
	return ok;
}
