/* chain_table.c -- the chains that a node holds, kept in memory by number. */
#include <stdlib.h>
#include <string.h>

#include "node_private.h"

struct chain *chain_by_number(struct node *node, uint32_t number)
{
	return number >= 1 && number <= node->chain_count ? &node->chains[number - 1] : NULL;
}

/* The order of node->chain_order: any that can be told quickly. */
static int name_order(const struct chain_name *a, const struct chain_name *b)
{
	int order = memcmp(a->device.bytes, b->device.bytes, DEVICE_BYTES);

	if (order != 0) {
		return order;
	}
	if (a->incarnation != b->incarnation) {
		return a->incarnation < b->incarnation ? -1 : 1;
	}
	if (a->scope.kind != b->scope.kind) {
		return a->scope.kind < b->scope.kind ? -1 : 1;
	}
	return a->scope.kind != SCOPE_FEDERATION ? strcmp(a->scope.community, b->scope.community) :
						   0;
}

/* Where ${name} stands, or should, in node->chain_order. */
static size_t order_place(const struct node *node, const struct chain_name *name, bool *found)
{
	size_t low = 0, high = node->chain_count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = name_order(&node->chains[node->chain_order[middle]].name, name);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

struct chain *chain_find(struct node *node, const struct chain_name *name)
{
	bool found;
	size_t place = order_place(node, name, &found);

	return found ? &node->chains[node->chain_order[place]] : NULL;
}

/* Room for one more. */
static bool grow(struct node *node, struct err *err)
{
	size_t room = node->chain_room == 0 ? 64 : node->chain_room * 2;
	struct chain *chains;
	uint32_t *order;

	if (node->chain_count < node->chain_room) {
		return true;
	}
	chains = realloc(node->chains, room * sizeof(*chains));
	if (chains == NULL) {
		return err_nomem(err);
	}
	node->chains = chains;
	order = realloc(node->chain_order, room * sizeof(*order));
	if (order == NULL) {
		return err_nomem(err);
	}
	node->chain_order = order;
	node->chain_room = room;
	return true;
}

/* node->chains[chain_count], for which grow() made room, is complete: count it. */
static void count_chain(struct node *node)
{
	size_t count = node->chain_count, place;
	bool found;

	place = order_place(node, &node->chains[count].name, &found);
	memmove(node->chain_order + place + 1, node->chain_order + place,
		(count - place) * sizeof(*node->chain_order));
	node->chain_order[place] = (uint32_t)count;
	node->chain_count++;
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

/* Up to where the drafts of each chain are sealed. */
static bool load_sealed(struct node *node, struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "SELECT chain, max(seq) FROM reissued GROUP BY chain");
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
			chain->sealed_seq = (uint32_t)stmt_get_int(stmt, 1);
		}
	}
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
			return load_drafts(node, err) && load_sealed(node, err);
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
		count_chain(node);
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
	count_chain(node);
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
	struct err why = { 0 };
	uint32_t upto = 0;
	bool row;

	if (chain == NULL || seen == NULL) {
		return 0;
	}
	/*
	 * A draft has seen all that is merged: it will be signed before anything
	 * else is.  For those of an earlier incarnation see incarnation_next(), for
	 * those that were issued again reissue_write().
	 */
	if (seq > chain->head && seq > chain->sealed_seq && device_id_equal(chain->name.device, node->device) &&
		chain->name.incarnation == node->incarnation) {
		return scope_equal(&chain->name.scope, &seen->name.scope) ? seen->head : 0;
	}
	stmt = db_prepare(node->db,
		"SELECT upto FROM seen WHERE chain = ?1 AND other = ?2 AND seq <= ?3 "
		"ORDER BY seq DESC LIMIT 1");
	stmt_int_at(stmt, 1, number);
	stmt_int_at(stmt, 2, other);
	stmt_int_at(stmt, 3, seq);
	if (!stmt_step(stmt, &row, &why)) {
		node->world_failure = why;
		return 0;
	}
	if (row) {
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

bool world_ok(const struct node *node, struct err *err)
{
	return node->world_failure.code == ERR_NONE ||
		err_set(err, node->world_failure.code, "%s", node->world_failure.detail);
}

struct merge_world node_world(struct node *node)
{
	node->world_failure.code = ERR_NONE;
	return (struct merge_world){ .ctx = node, .seen_upto = world_seen_upto,
		.chain = world_chain };
}
