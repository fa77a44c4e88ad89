/* forks_list.c -- forks, their repairs and bundles that were set aside, as people see them. */
#include <stdio.h>
#include <string.h>

#include "repair.h"

void hash_copy(uint8_t out[32], struct view hash)
{
	memset(out, 0, 32);
	if (hash.len != 0 && hash.len <= 32) {
		memcpy(out, hash.data, hash.len);
	}
}

bool repair_note(struct node *node, const struct place *place, uint64_t bundles,
	const struct reissue *reissue, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO repair (at_ms, chain, seq, bundles, lines, renumbered, lines_left, "
		"incarnation) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
	char text[CHAIN_TEXT_BYTES], name[LINE_NAME_TEXT_BYTES];
	const struct audit_item detail[] = { { "bundle", name, 0 },
		{ "bundles", NULL, (int64_t)bundles }, { "lines", NULL, (int64_t)reissue->written },
		{ NULL, NULL, 0 } };

	chain_name_print(text, &place->chain);
	place_print(name, place);
	stmt_int_at(stmt, 1, repair_now_ms(node));
	stmt_text_at(stmt, 2, view_of(text));
	stmt_int_at(stmt, 3, place->seq);
	stmt_int_at(stmt, 4, (int64_t)bundles);
	stmt_int_at(stmt, 5, (int64_t)reissue->written);
	stmt_int_at(stmt, 6, (int64_t)reissue->renumbered);
	stmt_int_at(stmt, 7, (int64_t)reissue->left);
	stmt_int_at(stmt, 8, node->incarnation);
	return stmt_run(stmt, err) &&
		(!node->district || audit_add(node, NULL, AUDIT_REPAIRED, detail, err));
}

/*
 * Of each row of ${stmt} what ${read} makes of it, to ${rows}: they are copied out
 * first, as whom they are given to may ask the store other things.
 */
static bool gather(struct node *node, struct stmt *stmt,
	void (*read)(struct node *node, struct stmt *stmt, struct buf *rows), struct buf *rows,
	struct err *err)
{
	bool row = true, ok = true;

	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			read(node, stmt, rows);
		}
	}
	stmt_reset(stmt);
	return ok && buf_ok(rows, err);
}

static void read_fork(struct node *node, struct stmt *stmt, struct buf *rows)
{
	struct fork fork = { .place.seq = (uint32_t)stmt_get_int(stmt, 2),
		.found_ms = stmt_get_int(stmt, 5),
		.settled_ms = stmt_get_int(stmt, 6) };
	struct view by = stmt_get_text(stmt, 1);

	(void)node;
	snprintf(fork.by, sizeof(fork.by), "%.*s", (int)by.len, by.data);
	hash_copy(fork.held, stmt_get_blob(stmt, 3));
	hash_copy(fork.other, stmt_get_blob(stmt, 4));
	if (chain_name_parse(&fork.place.chain, stmt_get_text(stmt, 0))) {
		buf_add(rows, &fork, sizeof(fork));
	}
}

bool forks_each(struct node *node,
	bool (*each)(void *ctx, const struct fork *fork, struct err *err), void *ctx,
	struct err *err)
{
	struct buf rows = { 0 };
	struct fork fork;
	size_t at;
	bool ok = node_refresh(node, err) &&
		gather(node,
			db_prepare(node->db,
				"SELECT chain, named_by, seq, held, other, found_ms, "
				"coalesce(settled_ms, 0) FROM fork "
				"ORDER BY found_ms DESC, chain, named_by"),
			read_fork, &rows, err);

	for (at = 0; ok && at < rows.len; at += sizeof(fork)) {
		memcpy(&fork, rows.data + at, sizeof(fork));
		ok = each(ctx, &fork, err);
	}
	buf_clear(&rows);
	return ok;
}

static void read_repair(struct node *node, struct stmt *stmt, struct buf *rows)
{
	struct repair repair = { .at_ms = stmt_get_int(stmt, 0),
		.place.seq = (uint32_t)stmt_get_int(stmt, 2),
		.bundles = (uint64_t)stmt_get_int(stmt, 3),
		.lines = (uint64_t)stmt_get_int(stmt, 4),
		.renumbered = (uint64_t)stmt_get_int(stmt, 5),
		.left = (uint64_t)stmt_get_int(stmt, 6),
		.incarnation = (uint32_t)stmt_get_int(stmt, 7) };

	(void)node;
	if (chain_name_parse(&repair.place.chain, stmt_get_text(stmt, 1))) {
		buf_add(rows, &repair, sizeof(repair));
	}
}

bool repairs_each(struct node *node,
	bool (*each)(void *ctx, const struct repair *repair, struct err *err), void *ctx,
	struct err *err)
{
	struct buf rows = { 0 };
	struct repair repair;
	size_t at;
	bool ok = node_refresh(node, err) &&
		gather(node,
			db_prepare(node->db,
				"SELECT at_ms, chain, seq, bundles, lines, renumbered, lines_left, "
				"incarnation FROM repair ORDER BY number DESC"),
			read_repair, &rows, err);

	for (at = 0; ok && at < rows.len; at += sizeof(repair)) {
		memcpy(&repair, rows.data + at, sizeof(repair));
		ok = each(ctx, &repair, err);
	}
	buf_clear(&rows);
	return ok;
}

static void read_branch(struct node *node, struct stmt *stmt, struct buf *rows)
{
	const struct chain *chain = chain_by_number(node, (uint32_t)stmt_get_int(stmt, 0));
	struct branch_bundle bundle = { .lines = (uint32_t)stmt_get_int(stmt, 3),
		.made_s = stmt_get_int(stmt, 4),
		.aside_ms = stmt_get_int(stmt, 5),
		.own = stmt_get_int(stmt, 6) != 0 };

	hash_copy(bundle.hash, stmt_get_blob(stmt, 2));
	if (chain != NULL) {
		bundle.place = (struct place){ chain->name, (uint32_t)stmt_get_int(stmt, 1), 0 };
		buf_add(rows, &bundle, sizeof(bundle));
	}
}

bool branches_each(struct node *node,
	bool (*each)(void *ctx, const struct branch_bundle *bundle, struct err *err), void *ctx,
	struct err *err)
{
	struct branch_bundle bundle;
	struct buf rows = { 0 };
	size_t at;
	bool ok = node_refresh(node, err) &&
		gather(node,
			db_prepare(node->db,
				"SELECT chain, seq, hash, lines, made_s, aside_ms, own FROM branch "
				"ORDER BY chain, fork_seq, aside_ms, seq, hash"),
			read_branch, &rows, err);

	for (at = 0; ok && at < rows.len; at += sizeof(bundle)) {
		memcpy(&bundle, rows.data + at, sizeof(bundle));
		ok = each(ctx, &bundle, err);
	}
	buf_clear(&rows);
	return ok;
}
