/* merkle.c -- see merkle.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "merkle.h"

/* ${out} may be ${left} or ${right}. */
static void join(uint8_t out[SHA256_BYTES], const uint8_t *left, const uint8_t *right)
{
	uint8_t bytes[1 + 2 * SHA256_BYTES] = { 0x01 };

	memcpy(bytes + 1, left, SHA256_BYTES);
	memcpy(bytes + 1 + SHA256_BYTES, right, SHA256_BYTES);
	sha256(out, bytes, sizeof(bytes));
}

void merkle_leaf_hash(uint8_t out[SHA256_BYTES], const void *line, size_t len)
{
	struct sha256 hash;

	sha256_init(&hash);
	sha256_add(&hash, "\x00", 1);
	sha256_add(&hash, line, len);
	sha256_done(out, &hash);
}

void merkle_init(struct merkle *merkle)
{
	memset(merkle, 0, sizeof(*merkle));
}

void merkle_add_leaf(struct merkle *merkle, const void *line, size_t len)
{
	uint8_t leaf[SHA256_BYTES];

	merkle_leaf_hash(leaf, line, len);
	merkle_add_hash(merkle, leaf);
}

void merkle_add_hash(struct merkle *merkle, const uint8_t leaf[SHA256_BYTES])
{
	uint8_t node[SHA256_BYTES];
	unsigned height;

	memcpy(node, leaf, SHA256_BYTES);
	/* Carry, as when one is added to a binary number. */
	for (height = 0; merkle->count >> height & 1; height++) {
		join(node, merkle->nodes[height], node);
	}
	memcpy(merkle->nodes[height], node, SHA256_BYTES);
	merkle->count++;
}

void merkle_root(uint8_t out[SHA256_BYTES], const struct merkle *merkle)
{
	bool begun = false;
	unsigned height;

	if (merkle->count == 0) {
		sha256(out, NULL, 0);
		return;
	}
	for (height = 0; height < MERKLE_MAX_HEIGHT; height++) {
		if ((merkle->count >> height & 1) == 0) {
			continue;
		}
		if (begun) {
			join(out, merkle->nodes[height], out);
		} else {
			memcpy(out, merkle->nodes[height], SHA256_BYTES);
			begun = true;
		}
	}
}

bool merkle_path(
	struct buf *out, const uint8_t *leaves, size_t count, size_t index, struct err *err)
{
	uint8_t *level;
	size_t i;

	assert(index < count);
	if (count > SIZE_MAX / SHA256_BYTES || (level = malloc(count * SHA256_BYTES)) == NULL) {
		return err_nomem(err);
	}
	memcpy(level, leaves, count * SHA256_BYTES);
	/* Each level in place of the one below; an odd last node moves up. */
	for (; count > 1; count = (count + 1) / 2, index /= 2) {
		if ((index ^ 1) < count) {
			buf_add(out, level + (index ^ 1) * SHA256_BYTES, SHA256_BYTES);
		}
		for (i = 0; i < count; i += 2) {
			uint8_t *left = level + i * SHA256_BYTES;
			uint8_t *to = level + i / 2 * SHA256_BYTES;

			if (i + 1 < count) {
				join(to, left, left + SHA256_BYTES);
			} else {
				memmove(to, left, SHA256_BYTES);
			}
		}
	}
	free(level);
	return buf_ok(out, err);
}

bool merkle_path_verify(const uint8_t root[SHA256_BYTES], const uint8_t leaf[SHA256_BYTES],
	uint64_t index, uint64_t count, struct view path, struct err *err)
{
	struct cursor cursor = cursor_of(path.data, path.len);
	uint64_t last = count - 1;
	uint8_t node[SHA256_BYTES];
	const uint8_t *sibling;

	if (index >= count) {
		return err_set(err, ERR_FORMAT, "leaf number beyond the leaves");
	}
	memcpy(node, leaf, SHA256_BYTES);
	for (; last != 0; index >>= 1, last >>= 1) {
		if ((index & 1) == 0 && index == last) {
			continue; /* an odd last node: moves up as it is */
		}
		sibling = cursor_take(&cursor, SHA256_BYTES);
		if (sibling == NULL) {
			return err_set(err, ERR_FORMAT, "audit path too short");
		}
		if (index & 1) {
			join(node, sibling, node);
		} else {
			join(node, node, sibling);
		}
	}
	if (cursor_left(&cursor) != 0) {
		return err_set(err, ERR_FORMAT, "audit path too long");
	}
	if (memcmp(node, root, SHA256_BYTES) != 0) {
		return err_set(err, ERR_HASH, "audit path leads to another root");
	}
	return true;
}
