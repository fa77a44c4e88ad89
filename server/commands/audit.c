/* audit.c -- linlid audit: what was done at the district, and whether the log is whole. */
#include <inttypes.h>
#include <string.h>

#include "district.h"
#include "emit.h"
#include "linli/audit.h"
#include "say.h"
#include "table.h"

struct audit_options {
	struct cli_common common;
	bool verify;
	int64_t limit; /* 0: all */
};

static const struct command_option options[] = {
	{ "--verify", OPTION_FLAG, offsetof(struct audit_options, verify), NULL,
		{ "核对整个日志,而不是列出", "verify the whole log instead of listing it" } },
	{ "--limit", OPTION_COUNT, offsetof(struct audit_options, limit), "N",
		{ "最多列出多少行(默认全部)", "how many rows at most (default: all)" } },
	CLI_OPTION_JSON,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

/* ---- the list ------------------------------------------------------ */

struct listing {
	struct buf out;      /* JSON */
	struct table *table; /* NULL: JSON */
};

static bool add_row(void *ctx, const struct audit_row *row, struct err *err)
{
	struct listing *listing = ctx;
	struct buf *out = &listing->out;

	if (listing->table != NULL) {
		table_printf(listing->table, "%" PRId64, row->number);
		table_add(listing->table, view_of(cli_time(row->at_ms).text));
		table_add(listing->table, row->actor);
		table_add(listing->table, row->event);
		table_add(listing->table, row->detail);
		return true;
	}
	emit_open(out, '{');
	emit_member_integer(out, "number", row->number);
	emit_member_integer(out, "at", row->at_ms);
	emit_key(out, "actor");
	emit_text(out, row->actor);
	emit_key(out, "event");
	emit_text(out, row->event);
	emit_key(out, "detail");
	if (row->detail_sound) {
		emit_raw(out, row->detail);
	} else {
		emit_text(out, row->detail);
	}
	emit_member_hex(out, "hash", row->hash, sizeof(row->hash));
	emit_close(out, '}');
	return emit_flush(out, err);
}

static bool list_json(struct node *node, uint32_t limit, struct err *err)
{
	struct listing listing = { 0 };
	bool ok;

	emit_begin(&listing.out);
	emit_key(&listing.out, "rows");
	emit_open(&listing.out, '[');
	ok = audit_each(node, limit, add_row, &listing, err);
	emit_close(&listing.out, ']');
	emit_end(&listing.out);
	ok = ok && cli_write_take(&listing.out, err);
	buf_clear(&listing.out);
	return ok;
}

static bool list_table(struct node *node, uint32_t limit, struct err *err)
{
	bool zh = terminal_chinese(), ok;
	const struct table_column columns[] = {
		{ zh ? "行" : "Row", TABLE_NUMBER },
		{ zh ? "时间" : "Time", TABLE_TEXT },
		{ zh ? "操作者" : "Actor", TABLE_TEXT },
		{ zh ? "事件" : "Event", TABLE_TEXT },
		{ zh ? "详情" : "Detail", TABLE_TEXT },
	};
	struct listing listing = { 0 };

	if (!table_new(&listing.table, columns, sizeof(columns) / sizeof(columns[0]), err)) {
		return false;
	}
	ok = audit_each(node, limit, add_row, &listing, err) && table_print(listing.table, err);
	table_free(listing.table);
	return ok;
}

/* ---- verifying ----------------------------------------------------- */

struct verdict {
	uint64_t count;
	uint8_t hash[AUDIT_HASH_BYTES];
	char problem[ERR_DETAIL_BYTES]; /* "": none */
};

static void note_problem(void *ctx, const char *text)
{
	struct verdict *verdict = ctx;

	strncpy(verdict->problem, text, sizeof(verdict->problem) - 1);
}

static bool verify_json(
	const struct verdict *verdict, struct invocation *invocation, struct err *err)
{
	bool sound = verdict->problem[0] == '\0';
	struct buf out = { 0 };

	emit_begin(&out);
	emit_member_bool(&out, "ok", sound);
	emit_member_integer(&out, "rows", (int64_t)verdict->count);
	emit_member_hex(&out, "hash", verdict->hash, sizeof(verdict->hash));
	emit_key(&out, "problems");
	emit_open(&out, '[');
	if (!sound) {
		emit_text(&out, view_of(verdict->problem));
	}
	emit_close(&out, ']');
	emit_end(&out);
	invocation->status = sound ? 0 : err_exit_status(ERR_STORE);
	return cli_write_take(&out, err);
}

static bool verify(struct node *node, struct invocation *invocation, struct err *err)
{
	struct verdict verdict = { 0 };
	char hash[2 * AUDIT_HASH_BYTES + 1];

	if (!audit_verify(node, &verdict.count, verdict.hash, note_problem, &verdict, err)) {
		return false;
	}
	if (cli_common(invocation)->json) {
		return verify_json(&verdict, invocation, err);
	}
	if (verdict.problem[0] != '\0') {
		return err_set(err, ERR_STORE, "%s", verdict.problem);
	}
	hex_encode(hash, verdict.hash, sizeof(verdict.hash));
	say_result("审计日志完好,共 %" PRIu64 " 行。", "The audit log is sound: %" PRIu64 " rows.",
		verdict.count);
	say_result("末行校验值:%s", "Hash of the last row: %s", hash);
	return true;
}

/* ---- the command --------------------------------------------------- */

static bool run(struct invocation *invocation, struct err *err)
{
	const struct audit_options *given = (const void *)invocation->options;
	uint32_t limit = given->limit < UINT32_MAX ? (uint32_t)given->limit : 0;
	struct node *node = NULL;
	bool ok;

	if (!district_open(&node, invocation, err)) {
		return false;
	}
	if (given->verify) {
		ok = verify(node, invocation, err);
	} else if (given->common.json) {
		ok = list_json(node, limit, err);
	} else {
		ok = list_table(node, limit, err);
	}
	node_close(node);
	return ok;
}

const struct command audit_command = {
	.name = "audit",
	.summary = { "列出审计日志,或核对它是否完整", "List the audit log, or verify that it is whole" },
	.usage = "[--verify] [--limit N]",
	.options = options,
	.options_bytes = sizeof(struct audit_options),
	.run = run,
};
