/*
 * incarnation.c -- knowing that a store is an older copy of itself.
 *
 * Beside the store lies a file that says what was last signed here:
 *   incarnation <n>
 *   <chain> <seq> <sha256>      for each of the node's own chains
 * It is written after every signing.  A store whose file is ahead was put
 * back from a copy: signing on from there would make two bundles for one
 * place, so the node goes on under a new incarnation.
 */
#include <inttypes.h>
#include <string.h>

#include "node_private.h"

#define INCARNATION_FILE_MAX_BYTES (1024 * 1024)

static bool file_path(const struct node *node, struct buf *path, struct err *err)
{
	buf_printf(path, "%s/incarnation", node->home);
	return buf_ok(path, err);
}

static bool own_chain(const struct node *node, const struct chain *chain)
{
	return device_id_equal(chain->name.device, node->device) && chain->head != 0;
}

bool node_write_incarnation(struct node *node, struct err *err)
{
	struct buf text = { 0 }, path = { 0 };
	char hash[65];
	bool ok;
	size_t i;

	buf_printf(&text, "incarnation %" PRIu32 "\n", node->incarnation);
	for (i = 0; i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];

		if (own_chain(node, chain)) {
			hex_encode(hash, chain->hash, sizeof(chain->hash));
			buf_printf(&text, "%s %" PRIu32 " %s\n", chain->text, chain->head, hash);
		}
	}
	ok = buf_ok(&text, err) && file_path(node, &path, err) &&
		node->env->write_file(node->env->ctx, buf_str(&path), buf_as_view(&text), false,
			err);
	buf_clear(&text);
	buf_clear(&path);
	return ok;
}

/* Is the file, read line by line, ahead of the store?  *incarnation: the file's. */
static bool file_ahead(struct node *node, struct buf *text, uint32_t *incarnation)
{
	struct cursor cursor = cursor_of(text->data, text->len);
	bool ahead = false;
	int64_t n = 0;

	if (!cursor_skip(&cursor, "incarnation ") ||
		!int64_parse(&n, cursor_until(&cursor, '\n')) || n < 1 || n > UINT32_MAX) {
		return false; /* an unreadable file says nothing */
	}
	*incarnation = (uint32_t)n;
	while (cursor_left(&cursor) != 0 && !cursor.failed) {
		struct view line = cursor_until(&cursor, '\n');
		struct cursor words = cursor_of(line.data, line.len);
		struct view name = cursor_until(&words, ' '), seq = cursor_until(&words, ' ');
		struct chain_name chain;
		const struct chain *have;

		if (!chain_name_parse(&chain, name) || !int64_parse(&n, seq)) {
			continue;
		}
		have = chain_find(node, &chain);
		ahead = ahead || n > (have != NULL ? (int64_t)have->head : 0);
	}
	return ahead || *incarnation > node->incarnation;
}

bool incarnation_next(struct node *node, uint32_t after, struct err *err)
{
	if (after == UINT32_MAX) {
		return err_set(err, ERR_STORE, "no incarnation is left");
	}
	node->incarnation = after + 1;
	node->next_record = 1;
	node->facts_changed = true;
	return fact_set_int(node, "incarnation", node->incarnation, err);
}

bool incarnation_settle(struct node *node, struct err *err)
{
	struct buf text = { 0 }, path = { 0 };
	uint32_t incarnation = node->incarnation;
	struct err absent = { 0 };
	bool ok = false;

	if (!file_path(node, &path, err)) {
		goto out;
	}
	if (!node->env->read_file(node->env->ctx, &text, buf_str(&path),
		    INCARNATION_FILE_MAX_BYTES, &absent)) {
		ok = true;
		goto out;
	}
	/* Another program may have signed since this node was opened: look again. */
	if (!node_refresh(node, err)) {
		goto out;
	}
	if (!file_ahead(node, &text, &incarnation)) {
		ok = true;
		goto out;
	}
	if (incarnation < node->incarnation) {
		incarnation = node->incarnation;
	}
	if (!node_begin(node, err)) {
		goto out;
	}
	if (!incarnation_next(node, incarnation, err)) {
		node_abort(node);
		goto out;
	}
	ok = node_commit(node, err) && node_write_incarnation(node, err);
out:
	buf_clear(&text);
	buf_clear(&path);
	return ok;
}
