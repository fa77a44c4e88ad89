/* gaps.c -- bundles that must come before others; see linli/review.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chain_lines.h"
#include "linli/review.h"

#define GAPS_MAX 20 /* of one device, so that nobody fills the list for others */

/* Those of ${chain}'s device whose bundle has come. */
static bool forget_closed(struct node *node, const char *chain, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM gap WHERE substr(chain, 1, 16) = substr(?1, 1, 16) AND "
		"seq <= (SELECT head FROM chain c WHERE c.name = gap.chain)");

	stmt_text_at(stmt, 1, view_of(chain));
	return stmt_run(stmt, err);
}

bool gap_note(struct node *node, const struct chain_name *chain, uint32_t seq, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO gap (chain, seq, since_ms) SELECT ?1, ?2, ?3 "
		"WHERE (SELECT count(*) FROM gap WHERE chain <> ?1 AND "
		"substr(chain, 1, 16) = substr(?1, 1, 16)) < ?4 "
		"ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq");
	char name[CHAIN_TEXT_BYTES];

	chain_name_print(name, chain);
	if (!forget_closed(node, name, err)) {
		return false;
	}
	stmt_text_at(stmt, 1, view_of(name));
	stmt_int_at(stmt, 2, seq);
	stmt_int_at(stmt, 3, node->env->now_ms(node->env->ctx));
	stmt_int_at(stmt, 4, GAPS_MAX);
	return stmt_run(stmt, err);
}

/* A gap whose bundle has come is none any more. */
bool gaps_each(struct node *node,
	bool (*each)(void *ctx, const char *bundle, int64_t since_ms, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt;
	char bundle[LINE_NAME_TEXT_BYTES];
	bool row = true, ok = node_refresh(node, err);

	stmt = db_prepare(node->db,
		"SELECT g.chain, g.seq, g.since_ms FROM gap g LEFT JOIN chain c ON c.name = g.chain "
		"WHERE coalesce(c.head, 0) < g.seq ORDER BY g.chain");
	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			struct view name = stmt_get_text(stmt, 0);

			snprintf(bundle, sizeof(bundle), "%.*s@%" PRIi64, (int)name.len, name.data,
				stmt_get_int(stmt, 1));
			ok = each(ctx, bundle, stmt_get_int(stmt, 2), err);
		}
	}
	stmt_reset(stmt);
	return ok;
}
