/* chain_table.c -- the chains that a node holds, kept in memory by number. */
#include <stdlib.h>
#include <string.h>

#include "node_private.h"

struct chain *chain_by_number(struct node *node, uint32_t number)
{
	return number >= 1 && number <= node->chain_count ? &node->chains[number - 1] : NULL;
}

struct chain *chain_find(struct node *node, const struct chain_name *name)
{
	size_t i;

	for (i = 0; i < node->chain_count; i++) {
		const struct chain_name *have = &node->chains[i].name;

		if (device_id_equal(have->device, name->device) &&
			have->incarnation == name->incarnation &&
			scope_equal(&have->scope, &name->scope)) {
			return &node->chains[i];
		}
	}
	return NULL;
}

/* Room for one more. */
static bool grow(struct node *node, struct err *err)
{
	size_t room = node->chain_room == 0 ? 64 : node->chain_room * 2;
	struct chain *chains;

	if (node->chain_count < node->chain_room) {
		return true;
	}
	chains = realloc(node->chains, room * sizeof(*chains));
	if (chains == NULL) {
		return err_nomem(err);
	}
	node->chains = chains;
	node->chain_room = room;
	return true;
}

static bool read_chain(struct chain *chain, struct stmt *stmt)
{
	struct view name = stmt_get_text(stmt, 1), community = stmt_get_text(stmt, 2);
	struct view hash = stmt_get_blob(stmt, 4), oid = stmt_get_blob(stmt, 5);

	memset(chain, 0, sizeof(*chain));
	chain->number = (uint32_t)stmt_get_int(stmt, 0);
	chain->head = (uint32_t)stmt_get_int(stmt, 3);
	if (!chain_name_parse(&chain->name, name) || community.len >= SLUG_TEXT_BYTES) {
		return false;
	}
	chain_name_print(chain->text, &chain->name);
	memcpy(chain->community, community.data, community.len);
	if (chain->head != 0) {
		if (hash.len != sizeof(chain->hash) || oid.len != sizeof(chain->oid.bytes)) {
			return false;
		}
		memcpy(chain->hash, hash.data, hash.len);
		memcpy(chain->oid.bytes, oid.data, oid.len);
	}
	return true;
}

/* Where the drafts of each chain end. */
static bool load_drafts(struct node *node, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT chain, seq, max(n), sum(length(CAST(line AS BLOB))) FROM draft "
		"GROUP BY chain, seq ORDER BY chain, seq");
	struct chain *chain;
	bool row;

	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return true;
		}
		chain = chain_by_number(node, (uint32_t)stmt_get_int(stmt, 0));
		if (chain != NULL) {
			chain->draft_seq = (uint32_t)stmt_get_int(stmt, 1);
			chain->draft_lines = (uint32_t)stmt_get_int(stmt, 2);
			chain->draft_bytes = (uint64_t)stmt_get_int(stmt, 3);
		}
	}
}

bool chain_load_all(struct node *node, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT number, name, community, head, hash, oid FROM chain ORDER BY number");
	bool row;

	node->chain_count = 0;
	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return load_drafts(node, err);
		}
		if (!grow(node, err)) {
			stmt_reset(stmt);
			return false;
		}
		if (!read_chain(&node->chains[node->chain_count], stmt) ||
			node->chains[node->chain_count].number != node->chain_count + 1) {
			stmt_reset(stmt);
			return err_set(err, ERR_STORE, "a damaged row of table chain");
		}
		node->chain_count++;
	}
}

bool chain_make(struct node *node, const struct chain_name *name, const char *community,
	struct chain **out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO chain (number, name, community, head) VALUES (?1, ?2, ?3, 0)");
	struct chain *chain;

	if (!grow(node, err)) {
		return false;
	}
	chain = &node->chains[node->chain_count];
	memset(chain, 0, sizeof(*chain));
	chain->number = (uint32_t)node->chain_count + 1;
	chain->name = *name;
	chain_name_print(chain->text, name);
	memcpy(chain->community, community, strlen(community) + 1);
	stmt_int_at(stmt, 1, chain->number);
	stmt_text_at(stmt, 2, view_of(chain->text));
	stmt_text_at(stmt, 3, view_of(community));
	if (!stmt_run(stmt, err)) {
		return false;
	}
	node->chain_count++;
	*out = chain;
	return true;
}

bool chain_name_community(struct node *node, struct chain *chain, const char *community,
	struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "UPDATE chain SET community = ?2 WHERE number = ?1");

	stmt_int_at(stmt, 1, chain->number);
	stmt_text_at(stmt, 2, view_of(community));
	memcpy(chain->community, community, strlen(community) + 1);
	return stmt_run(stmt, err);
}

bool chain_own(struct node *node, const struct scope *scope, struct chain **out,
	struct err *err)
{
	struct chain_name name = { .device = node->device, .incarnation = node->incarnation,
		.scope = *scope };

	*out = chain_find(node, &name);
	return *out != NULL || chain_make(node, &name, node->community, out, err);
}

const char *device_community(struct node *node, struct device_id device)
{
	const struct trusted *trusted;

	if (device_id_equal(device, node->device)) {
		return node->community;
	}
	if (device_id_equal(device, node->federation_id)) {
		return DISTRICT_SLUG;
	}
	trusted = device_trusted(node, device);
	return trusted != NULL ? trusted->device.community : "";
}

/* ---- what the fold asks ------------------------------------------- */

static uint32_t world_seen_upto(void *ctx, uint32_t number, uint32_t seq, uint32_t other)
{
	struct node *node = ctx;
	const struct chain *chain = chain_by_number(node, number);
	const struct chain *seen = chain_by_number(node, other);
	struct stmt *stmt;
	struct err ignored;
	uint32_t upto = 0;
	bool row;

	if (chain == NULL || seen == NULL) {
		return 0;
	}
	/* A draft has seen all that is merged: it will be signed before anything else is. */
	if (seq > chain->head && device_id_equal(chain->name.device, node->device)) {
		return scope_equal(&chain->name.scope, &seen->name.scope) ? seen->head : 0;
	}
	stmt = db_prepare(node->db,
		"SELECT upto FROM seen WHERE chain = ?1 AND other = ?2 AND seq <= ?3 "
		"ORDER BY seq DESC LIMIT 1");
	stmt_int_at(stmt, 1, number);
	stmt_int_at(stmt, 2, other);
	stmt_int_at(stmt, 3, seq);
	if (stmt_step(stmt, &row, &ignored) && row) {
		upto = (uint32_t)stmt_get_int(stmt, 0);
		stmt_reset(stmt);
	}
	return upto;
}

static bool world_chain(void *ctx, uint32_t number, struct merge_chain *out)
{
	const struct chain *chain = chain_by_number(ctx, number);

	if (chain == NULL) {
		return false;
	}
	out->device = chain->name.device;
	out->incarnation = chain->name.incarnation;
	memcpy(out->community, chain->community, sizeof(out->community));
	return true;
}

struct merge_world node_world(struct node *node)
{
	return (struct merge_world){ .ctx = node, .seen_upto = world_seen_upto,
		.chain = world_chain };
}
