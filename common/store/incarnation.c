/*
 * incarnation.c -- knowing that a store is an older copy of itself.
 *
 * Beside the store lies a file that says what was last signed here:
 *   incarnation <n>
 *   <chain> <seq> <sha256>      for each of the node's own chains
 * It is written after every signing.  A store whose file is ahead was put
 * back from a copy: signing on from there would make two bundles for one
 * place, so the node goes on under a new incarnation.  So does a store that
 * has signed and has no such file, or one that cannot be read.
 */
#include <inttypes.h>
#include <string.h>

#include "node_private.h"

#define INCARNATION_FILE_MAX_BYTES (1024 * 1024)

static bool file_path(const struct node *node, struct buf *path, struct err *err)
{
	buf_printf(path, "%s/" INCARNATION_FILE, node->home);
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

/* Does a line of the file, "<chain> <seq> <sha256>", name more than the store holds? */
static bool line_ahead(struct node *node, struct view line)
{
	struct cursor words = cursor_of(line.data, line.len);
	struct view name = cursor_until(&words, ' '), seq = cursor_until(&words, ' ');
	const struct chain *have;
	struct chain_name chain;
	uint8_t hash[32];
	int64_t n;

	if (!chain_name_parse(&chain, name) || !int64_parse(&n, seq)) {
		return false;
	}
	have = chain_find(node, &chain);
	if (n != (have != NULL ? (int64_t)have->head : 0)) {
		return have == NULL || n > (int64_t)have->head;
	}
	/* The same place, signed otherwise: in the life of another copy. */
	return have != NULL &&
		hex_decode(hash, sizeof(hash),
			(struct view){ (const char *)words.at, cursor_left(&words) }) &&
		memcmp(hash, have->hash, sizeof(hash)) != 0;
}

static bool has_signed(const struct node *node)
{
	size_t i;

	for (i = 0; i < node->chain_count; i++) {
		if (own_chain(node, &node->chains[i])) {
			return true;
		}
	}
	return false;
}

/* Is the file, read line by line, ahead of the store?  *incarnation: the file's, if it tells. */
static bool file_ahead(struct node *node, const struct buf *text, uint32_t *incarnation)
{
	struct cursor cursor = cursor_of(text->data, text->len);
	bool ahead = false;
	int64_t n = 0;

#ifdef LINLI_PLANT_INCARNATION_IGNORED
	*incarnation = node->incarnation;
	return false;
#endif
	if (!cursor_skip(&cursor, "incarnation ") ||
		!int64_parse(&n, cursor_until(&cursor, '\n')) || n < 1 || n > UINT32_MAX) {
		return has_signed(node);
	}
	*incarnation = (uint32_t)n;
	while (cursor_left(&cursor) != 0 && !cursor.failed) {
		ahead = line_ahead(node, cursor_until(&cursor, '\n')) || ahead;
	}
	return ahead || *incarnation > node->incarnation;
}

bool incarnation_keep_seen(struct node *node, const struct chain *chain, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO seen (chain, other, seq, upto) VALUES (?1, ?2, ?3, ?4)");
	/* Of those that are sealed it is written down already. */
	uint32_t first = (chain->sealed_seq > chain->head ? chain->sealed_seq : chain->head) + 1;
	size_t i;

	for (i = 0; first <= chain->draft_seq && i < node->chain_count; i++) {
		const struct chain *other = &node->chains[i];

		if (other == chain || other->head == 0 ||
			!scope_equal(&other->name.scope, &chain->name.scope)) {
			continue;
		}
		stmt_int_at(stmt, 1, chain->number);
		stmt_int_at(stmt, 2, other->number);
		stmt_int_at(stmt, 3, first);
		stmt_int_at(stmt, 4, other->head);
		if (!stmt_run(stmt, err)) {
			return false;
		}
	}
	return true;
}

bool incarnation_next(struct node *node, uint32_t after, struct err *err)
{
	size_t i;

	for (i = 0; i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];

		if (device_id_equal(chain->name.device, node->device) && chain->head != 0 &&
			chain->name.incarnation > after) {
			after = chain->name.incarnation;
		}
	}
	if (after >= CHAIN_MAX_INCARNATION) {
		return err_set(err, ERR_STORE, "no incarnation is left");
	}
	for (i = 0; i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];

		if (device_id_equal(chain->name.device, node->device) &&
			chain->name.incarnation == node->incarnation &&
			chain->draft_seq > chain->head && !incarnation_keep_seen(node, chain, err)) {
			return false;
		}
	}
	node->incarnation = after + 1;
	node->next_record = 1;
	node->facts_changed = true;
	return fact_set_int(node, "incarnation", node->incarnation, err) &&
		fact_set_int(node, INCARNATION_SINCE, node->env->now_ms(node->env->ctx), err);
}

/* ${text} says what was signed here: settle it within a transaction. */
static bool settle(struct node *node, const struct buf *text, struct err *err)
{
	uint32_t incarnation = node->incarnation;
	bool ahead;

	if (!node_begin(node, err)) {
		return false;
	}
	/* Another program may have signed since, or have settled it: look again. */
	ahead = file_ahead(node, text, &incarnation);
	if (incarnation < node->incarnation) {
		incarnation = node->incarnation;
	}
	if (ahead && !incarnation_next(node, incarnation, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err) && (!ahead || node_write_incarnation(node, err));
}

bool incarnation_settle(struct node *node, struct err *err)
{
	struct buf text = { 0 }, path = { 0 };
	uint32_t incarnation;
	struct err why = { 0 };
	bool ok = false;

	if (!file_path(node, &path, err)) {
		goto out;
	}
	if (!node->env->read_file(node->env->ctx, &text, buf_str(&path),
		    INCARNATION_FILE_MAX_BYTES, &why) &&
		why.code != ERR_NOT_FOUND) {
		err_set(err, why.code, "%s", why.detail);
		goto out;
	}
	ok = node_refresh(node, err) &&
		(!file_ahead(node, &text, &incarnation) || settle(node, &text, err));
out:
	buf_clear(&text);
	buf_clear(&path);
	return ok;
}
