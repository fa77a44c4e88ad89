/* proof_text.c -- see proof_text.h. */
#include <inttypes.h>
#include <string.h>

#include "commit.h"
#include "line.h"
#include "merkle.h"
#include "proof_text.h"

#define FIRST_LINE "linli proof 1\n"
#define END_LINE "end\n"

/* ---- writing ------------------------------------------------------ */

static void print_path(struct buf *out, struct view path)
{
	uint8_t hash[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];
	size_t at;

	if (path.len == 0) {
		buf_byte(out, '-');
	}
	for (at = 0; at + sizeof(hash) <= path.len; at += sizeof(hash)) {
		memcpy(hash, path.data + at, sizeof(hash));
		hex_encode(hex, hash, sizeof(hash));
		buf_text(out, hex);
	}
}

void proof_print(struct buf *out, const struct proof_file *file)
{
	char federation[DEVICE_TEXT_BYTES], founder[2 * KEY_PUBLIC_BYTES + 1];
	size_t i, next = 0;

	device_id_print(federation, file->federation);
	hex_encode(founder, file->founder, sizeof(file->founder));
	buf_printf(out, FIRST_LINE "federation %s\nfounder %s\nrecord %s %s\n", federation,
		founder, file->entity, file->id);
	for (i = 0; i < file->line_count; i++) {
		const struct proof_line *line = &file->lines[i];

		if (line->commit == next) {
			buf_printf(out, "commit %zu\n", file->commits[next].len);
			buf_view(out, file->commits[next++]);
		}
		buf_printf(out, "line %" PRIu32 " ", line->n);
		print_path(out, line->path);
		buf_byte(out, '\n');
		buf_view(out, line->text);
		buf_byte(out, '\n');
	}
	buf_text(out, END_LINE);
}

/* ---- reading ------------------------------------------------------ */

struct reading {
	struct cursor cursor;
	struct arena *arena;
	struct buf commits; /* of struct view */
	struct buf lines;   /* of struct proof_line */
};

static bool broken(struct err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, "the proof: %s", what);
}

/* The rest of a line that begins with ${word}. */
static bool get_word(struct view *out, struct cursor *cursor, const char *word, struct err *err)
{
	if (!cursor_skip(cursor, word)) {
		return err_set(err, ERR_FORMAT, "the proof: no line \"%s\"", word);
	}
	*out = cursor_until(cursor, '\n');
	return !cursor->failed || broken(err, "it is cut short");
}

static bool get_number(uint64_t *out, struct view text, uint64_t max, struct err *err)
{
	int64_t number;

	if (!int64_parse(&number, text) || number < 1) {
		return broken(err, "a number that is none");
	}
	*out = (uint64_t)number;
	return *out <= max || err_set(err, ERR_TOO_LARGE, "the proof: %" PRIu64, *out);
}

static bool copy_name(char *out, size_t room, struct view name)
{
	if (name.len == 0 || name.len >= room || memchr(name.data, 0, name.len) != NULL) {
		return false;
	}
	memcpy(out, name.data, name.len);
	out[name.len] = '\0';
	return true;
}

static bool get_head(struct proof_file *out, struct cursor *cursor, struct err *err)
{
	struct view federation, founder, record, entity;
	struct cursor words;

	if (!cursor_skip(cursor, FIRST_LINE)) {
		return broken(err, "it is none, or of another version");
	}
	if (!get_word(&federation, cursor, "federation ", err) ||
		!get_word(&founder, cursor, "founder ", err) ||
		!get_word(&record, cursor, "record ", err)) {
		return false;
	}
	words = cursor_of(record.data, record.len);
	entity = cursor_until(&words, ' ');
	if (words.failed || !device_id_parse(&out->federation, federation) ||
		!hex_decode(out->founder, sizeof(out->founder), founder) ||
		!copy_name(out->entity, sizeof(out->entity), entity) ||
		!copy_name(out->id, sizeof(out->id),
			(struct view){ (const char *)words.at, cursor_left(&words) })) {
		return broken(err, "its head");
	}
	return true;
}

static bool get_commit(struct reading *reading, struct err *err)
{
	struct view text, commit;
	uint64_t len;

	if (!get_word(&text, &reading->cursor, "commit ", err) ||
		!get_number(&len, text, COMMIT_MAX_BYTES, err)) {
		return false;
	}
	commit.len = (size_t)len;
	commit.data = (const char *)cursor_take(&reading->cursor, commit.len);
	if (commit.data == NULL) {
		return broken(err, "it is cut short");
	}
	buf_add(&reading->commits, &commit, sizeof(commit));
	return buf_ok(&reading->commits, err);
}

static bool get_path(struct proof_line *out, struct arena *arena, struct view hex,
	struct err *err)
{
	char *path;

	if (view_is(hex, "-")) {
		out->path = VIEW_LITERAL("");
		return true;
	}
	if (hex.len == 0 || hex.len % (2 * (size_t)SHA256_BYTES) != 0 ||
		hex.len > 2 * (size_t)SHA256_BYTES * MERKLE_MAX_HEIGHT) {
		return broken(err, "a path that is none");
	}
	path = arena_alloc(arena, hex.len / 2);
	if (path == NULL) {
		return err_nomem(err);
	}
	out->path = (struct view){ path, hex.len / 2 };
	return hex_decode(path, hex.len / 2, hex) || broken(err, "a path that is none");
}

static bool get_line(struct reading *reading, struct err *err)
{
	size_t commits = reading->commits.len / sizeof(struct view);
	struct proof_line line = { .commit = commits - 1 };
	struct cursor words;
	struct view text, number;
	uint64_t n;

	if (!get_word(&text, &reading->cursor, "line ", err)) {
		return false;
	}
	if (reading->lines.len / sizeof(line) == PROOF_MAX_LINES) {
		return err_set(err, ERR_TOO_LARGE, "the proof: more than %d lines", PROOF_MAX_LINES);
	}
	words = cursor_of(text.data, text.len);
	number = cursor_until(&words, ' ');
	if (words.failed) {
		return broken(err, "a line without path");
	}
	if (!get_number(&n, number, BUNDLE_MAX_LINES, err) ||
		!get_path(&line, reading->arena,
			(struct view){ (const char *)words.at, cursor_left(&words) }, err)) {
		return false;
	}
	line.n = (uint32_t)n;
	line.text = cursor_until(&reading->cursor, '\n');
	if (reading->cursor.failed || line.text.len > LINE_MAX_BYTES) {
		return broken(err, "a line without end, or too long");
	}
	buf_add(&reading->lines, &line, sizeof(line));
	return buf_ok(&reading->lines, err);
}

static bool next_is(const struct reading *reading, const char *word)
{
	struct cursor ahead = reading->cursor;

	return cursor_skip(&ahead, word);
}

/* A commit and its lines, in their order. */
static bool get_bundle(struct reading *reading, struct err *err)
{
	uint32_t before = 0;

	if (!get_commit(reading, err)) {
		return false;
	}
	do {
		const struct proof_line *last;

		if (!get_line(reading, err)) {
			return false;
		}
		last = (const struct proof_line *)(const void *)(reading->lines.data +
			reading->lines.len - sizeof(*last));
		if (last->n <= before) {
			return broken(err, "its lines are not in order");
		}
		before = last->n;
	} while (next_is(reading, "line "));
	return true;
}

static void *keep(struct arena *arena, const struct buf *from)
{
	void *copy = arena_alloc(arena, from->len + 1);

	if (copy != NULL && from->len != 0) {
		memcpy(copy, from->data, from->len);
	}
	return copy;
}

bool proof_parse(struct proof_file *out, struct arena *arena, struct view text, struct err *err)
{
	struct reading reading = { .cursor = cursor_of(text.data, text.len), .arena = arena };
	bool ok = false;

	memset(out, 0, sizeof(*out));
	if (text.len > PROOF_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "a proof of %zu bytes", text.len);
	}
	if (!get_head(out, &reading.cursor, err)) {
		return false;
	}
	do {
		if (!get_bundle(&reading, err)) {
			goto out;
		}
	} while (next_is(&reading, "commit "));
	if (!cursor_skip(&reading.cursor, END_LINE) || cursor_left(&reading.cursor) != 0) {
		broken(err, "it does not end where it says");
		goto out;
	}
	out->commits = keep(arena, &reading.commits);
	out->commit_count = reading.commits.len / sizeof(*out->commits);
	out->lines = keep(arena, &reading.lines);
	out->line_count = reading.lines.len / sizeof(*out->lines);
	ok = (out->commits != NULL && out->lines != NULL) || err_nomem(err);
out:
	buf_clear(&reading.commits);
	buf_clear(&reading.lines);
	return ok;
}
