/* ustar.c -- see ustar.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ustar.h"

/* Where the fields of a header stand, and how long they are. */
#define NAME_AT 0
#define MODE_AT 100
#define UID_AT 108
#define GID_AT 116
#define SIZE_AT 124
#define MTIME_AT 136
#define SUM_AT 148
#define SUM_BYTES 8
#define TYPE_AT 156
#define MAGIC_AT 257
#define NUMBER_BYTES 12 /* size and time, with the NUL */
#define OCTAL_MAX INT64_C(077777777777)

static bool name_valid(const char *name)
{
	size_t len =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return len != 0 && name[len] == '\0' && name[0] != '.';
}

/* Eleven octal digits; or, marked by the highest bit, eleven bytes. */
static void put_number(uint8_t *to, uint64_t n)
{
	char text[NUMBER_BYTES + 16];
	unsigned i;

	if (n <= (uint64_t)OCTAL_MAX) {
		snprintf(text, sizeof(text), "%011" PRIo64, n);
		memcpy(to, text, NUMBER_BYTES);
		return;
	}
	to[0] = 0x80;
	for (i = 0; i < 8; i++) {
		to[NUMBER_BYTES - 1 - i] = (uint8_t)(n >> 8 * i);
	}
}

/* The same back; whether it was in that form, comparing shows. */
static uint64_t get_number(const uint8_t *from)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < NUMBER_BYTES - 1; i++) {
		n = (from[0] & 0x80) != 0 ? n << 8 | from[i + 1] : n << 3 | ((unsigned)from[i] & 7);
	}
	return n;
}

bool ustar_header(
	uint8_t out[USTAR_BLOCK_BYTES], const struct ustar_member *member, struct err *err)
{
	unsigned sum = 0;
	char text[SUM_BYTES + 8];
	size_t i;

	if (!name_valid(member->name) || member->mtime_s < 0 || member->mtime_s > OCTAL_MAX) {
		return err_set(err, ERR_VALUE, "a member's name or time");
	}
	if (member->size > (uint64_t)USTAR_MEMBER_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "%s has %" PRIu64 " bytes, %" PRId64 " allowed",
			member->name, member->size, USTAR_MEMBER_MAX_BYTES);
	}
	memset(out, 0, USTAR_BLOCK_BYTES);
	memcpy(out + NAME_AT, member->name, strlen(member->name));
	memcpy(out + MODE_AT, "0000600", 8);
	memcpy(out + UID_AT, "0000000", 8);
	memcpy(out + GID_AT, "0000000", 8);
	put_number(out + SIZE_AT, member->size);
	put_number(out + MTIME_AT, (uint64_t)member->mtime_s);
	memset(out + SUM_AT, ' ', SUM_BYTES);
	out[TYPE_AT] = '0';
	memcpy(out + MAGIC_AT,
		"ustar\0"
		"00",
		8);
	for (i = 0; i < USTAR_BLOCK_BYTES; i++) {
		sum += out[i];
	}
	snprintf(text, sizeof(text), "%06o", sum);
	memcpy(out + SUM_AT, text, 7); /* the space behind stays */
	return true;
}

size_t ustar_padding(uint64_t size)
{
	return (size_t)((USTAR_BLOCK_BYTES - size % USTAR_BLOCK_BYTES) % USTAR_BLOCK_BYTES);
}

/* ---- reading ------------------------------------------------------- */

void ustar_reader_init(struct ustar_reader *reader, const struct ustar_visitor *visitor, void *ctx)
{
	memset(reader, 0, sizeof(*reader));
	reader->visitor = visitor;
	reader->ctx = ctx;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len && bytes[i] == 0; i++) {
	}
	return i == len;
}

/* A header is what the writer would have written, or none. */
static bool read_header(struct ustar_member *out, const uint8_t *block, struct err *err)
{
	uint8_t again[USTAR_BLOCK_BYTES];
	uint64_t mtime = get_number(block + MTIME_AT);
	size_t len = strnlen((const char *)block, USTAR_NAME_BYTES);

	memset(out, 0, sizeof(*out));
	if (len == USTAR_NAME_BYTES || mtime > (uint64_t)OCTAL_MAX) {
		return err_set(err, ERR_FORMAT, "a member that no backup has");
	}
	memcpy(out->name, block, len);
	out->mtime_s = (int64_t)mtime;
	out->size = get_number(block + SIZE_AT);
	if (!name_valid(out->name)) {
		return err_set(err, ERR_FORMAT, "a member that no backup has");
	}
	if (!ustar_header(again, out, err)) {
		return false;
	}
	return memcmp(again, block, sizeof(again)) == 0 ||
		err_set(err, ERR_FORMAT, "the header of %s is not in the one form", out->name);
}

static bool end_member(struct ustar_reader *reader, struct err *err)
{
	if (reader->inside && reader->left == 0 && reader->padding == 0) {
		reader->inside = false;
		return reader->visitor->end(reader->ctx, err);
	}
	return true;
}

/* A whole block between members. */
static bool take_block(struct ustar_reader *reader, struct err *err)
{
	struct ustar_member member;

	reader->have = 0;
	if (all_zero(reader->block, sizeof(reader->block))) {
		reader->zero_blocks++;
		return true;
	}
	if (reader->zero_blocks != 0) {
		return err_set(err, ERR_FORMAT, "something behind the end of the archive");
	}
	if (!read_header(&member, reader->block, err) ||
		!reader->visitor->begin(reader->ctx, &member, err)) {
		return false;
	}
	reader->inside = true;
	reader->left = member.size;
	reader->padding = ustar_padding(member.size);
	return end_member(reader, err);
}

/* Some of ${bytes}, which is not empty; *taken says how many. */
static bool take_some(
	struct ustar_reader *reader, struct view bytes, size_t *taken, struct err *err)
{
	size_t len = bytes.len;

	if (!reader->inside) {
		if (reader->zero_blocks == 2) {
			return err_set(err, ERR_FORMAT, "something behind the end of the archive");
		}
		len = USTAR_BLOCK_BYTES - reader->have;
		len = len < bytes.len ? len : bytes.len;
		memcpy(reader->block + reader->have, bytes.data, len);
		reader->have += len;
		*taken = len;
		return reader->have < USTAR_BLOCK_BYTES || take_block(reader, err);
	}
	if (reader->left != 0) {
		len = reader->left < bytes.len ? (size_t)reader->left : bytes.len;
		*taken = len;
		reader->left -= len;
		return reader->visitor->data(reader->ctx, (struct view){ bytes.data, len }, err) &&
			end_member(reader, err);
	}
	len = reader->padding < bytes.len ? reader->padding : bytes.len;
	if (!all_zero((const uint8_t *)bytes.data, len)) {
		return err_set(err, ERR_FORMAT, "something between two members");
	}
	*taken = len;
	reader->padding -= len;
	return end_member(reader, err);
}

bool ustar_reader_add(struct ustar_reader *reader, struct view bytes, struct err *err)
{
	size_t taken = 0;

	while (bytes.len != 0) {
		if (!take_some(reader, bytes, &taken, err)) {
			return false;
		}
		bytes.data += taken;
		bytes.len -= taken;
	}
	return true;
}

bool ustar_reader_end(struct ustar_reader *reader, struct err *err)
{
	return (reader->zero_blocks == 2 && reader->have == 0) ||
		err_set(err, ERR_FORMAT, "the archive is cut short");
}
