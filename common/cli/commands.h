/*
 * commands.h -- the commands that both programs have, as initialisers for
 * their tables: { CLI_GET, CLI_LIST, ... }.  What they write: docs/commands.md.
 */
#ifndef LINLI_CLI_COMMANDS_H
#define LINLI_CLI_COMMANDS_H

#include "cli.h"
#include "linli/exchange.h"

extern const struct command_option cli_read_options[];  /* --json, --passphrase-file */
extern const struct command_option cli_write_options[]; /* those and --dry-run */

MUST_CHECK bool cli_fields(struct invocation *invocation, struct err *err);
#define CLI_FIELDS \
	{ \
		.name = "fields", \
		.summary = { "列出能记录什么,或某类记录的字段", \
			"List what can be recorded, or the fields of one entity" }, \
		.usage = "[ENTITY]", .min_words = 0, .max_words = 1, .options = cli_read_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_fields \
	}

MUST_CHECK bool cli_get(struct invocation *invocation, struct err *err);
#define CLI_GET \
	{ \
		.name = "get", .summary = { "显示一条记录", "Show a record" }, \
		.usage = "ENTITY ID", .min_words = 2, .max_words = 2, .options = cli_read_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_get \
	}

MUST_CHECK bool cli_history(struct invocation *invocation, struct err *err);
#define CLI_HISTORY \
	{ \
		.name = "history", \
		.summary = { "显示一条记录的全部改动", "Show every change of a record" }, \
		.usage = "ENTITY ID", .min_words = 2, .max_words = 2, .options = cli_read_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_history \
	}

MUST_CHECK bool cli_list(struct invocation *invocation, struct err *err);
#define CLI_LIST \
	{ \
		.name = "list", .summary = { "列出某类记录", "List the records of an entity" }, \
		.notes = { "例:linli list 群众性社团\n    linli list 群众性社团 社团类别=合唱", \
			"As in: linli list club\n       linli list club category=合唱" }, \
		.usage = "ENTITY [FIELD=VALUE…]", .min_words = 1, .max_words = COMMAND_ANY_WORDS, \
		.options = cli_read_options, .options_bytes = sizeof(struct cli_common), \
		.run = cli_list \
	}

struct cli_export {
	struct cli_common common;
	const char *file; /* -o */
	bool gb18030, names;
};
extern const struct command_option cli_export_options[];
MUST_CHECK bool cli_export(struct invocation *invocation, struct err *err);
#define CLI_EXPORT \
	{ \
		.name = "export", \
		.summary = { "把某类记录写成 CSV 表格", "Write the records of an entity as CSV" }, \
		.notes = { "表格可用 Excel 或 WPS 打开、修改,再用 import 导回;有编号的行修改原有记录。", \
			"A spreadsheet program opens the table; import takes it back, where rows with " \
			"an\nid change their record." }, \
		.usage = "ENTITY [FILE.csv] [FIELD=VALUE…]", .min_words = 1, \
		.max_words = COMMAND_ANY_WORDS, .options = cli_export_options, \
		.options_bytes = sizeof(struct cli_export), .run = cli_export \
	}

struct cli_conflicts {
	struct cli_common common;
	bool open;
};
extern const struct command_option cli_conflicts_options[];
MUST_CHECK bool cli_conflicts(struct invocation *invocation, struct err *err);
#define CLI_CONFLICTS \
	{ \
		.name = "conflicts", .summary = { "列出冲突", "List conflicts" }, \
		.usage = "[ENTITY [ID]]", .min_words = 0, .max_words = 2, \
		.options = cli_conflicts_options, .options_bytes = sizeof(struct cli_conflicts), \
		.run = cli_conflicts \
	}

struct cli_stats {
	struct cli_common common;
	const char *period, *by, *place;
};
extern const struct command_option cli_stats_options[];
MUST_CHECK bool cli_stats(struct invocation *invocation, struct err *err);
#define CLI_STATS \
	{ \
		.name = "stats", .summary = { "显示统计指标", "Show figures" }, \
		.notes = { "FIGURE 是指标的英文名或中文名;不写则显示全部。", \
			"FIGURE is the name or label of one; without any, all are shown." }, \
		.usage = "[FIGURE…]", .min_words = 0, .max_words = COMMAND_ANY_WORDS, \
		.options = cli_stats_options, .options_bytes = sizeof(struct cli_stats), \
		.run = cli_stats \
	}

MUST_CHECK bool cli_check(struct invocation *invocation, struct err *err);
#define CLI_CHECK \
	{ \
		.name = "check", \
		.summary = { "重新验证全部签名、记录和指标", \
			"Verify all signatures, records and figures again" }, \
		.usage = "", .min_words = 0, .max_words = 0, .options = cli_read_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_check \
	}

struct cli_log {
	struct cli_common common;
	int64_t limit;
};
extern const struct command_option cli_log_options[];
MUST_CHECK bool cli_log(struct invocation *invocation, struct err *err);
#define CLI_LOG \
	{ \
		.name = "log", \
		.summary = { "列出数据包,最新的在前", "List the bundles, newest first" }, \
		.usage = "", .min_words = 0, .max_words = 0, .options = cli_log_options, \
		.options_bytes = sizeof(struct cli_log), .run = cli_log \
	}

MUST_CHECK bool cli_show(struct invocation *invocation, struct err *err);
#define CLI_SHOW \
	{ \
		.name = "show", \
		.summary = { "显示一个数据包及其内容", "Show a bundle and its lines" }, \
		.usage = "BUNDLE", .min_words = 1, .max_words = 1, .options = cli_read_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_show \
	}

MUST_CHECK bool cli_key(struct invocation *invocation, struct err *err);
#define CLI_KEY \
	{ \
		.name = "key", \
		.summary = { "显示本机密钥;openssh 和 age 会显示私钥", \
			"Show this device's key; openssh and age show the secret" }, \
		.usage = "[public|openssh|age]", .min_words = 0, .max_words = 1, \
		.options = cli_read_options, .options_bytes = sizeof(struct cli_common), \
		.run = cli_key \
	}

MUST_CHECK bool cli_backup(struct invocation *invocation, struct err *err);
#define CLI_BACKUP \
	{ \
		.name = "backup", \
		.summary = { "把记录库复制到一个新文件", "Copy the store into a new file" }, \
		.usage = "FILE", .min_words = 1, .max_words = 1, .options = cli_write_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_backup \
	}

MUST_CHECK bool cli_carry(struct invocation *invocation, struct err *err);
#define CLI_CARRY \
	{ \
		.name = "carry", \
		.summary = { "通过文件夹或 U 盘双向交换", \
			"Exchange through a folder or USB stick, both ways" }, \
		.usage = "DIR", .min_words = 1, .max_words = 1, .options = cli_write_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_carry \
	}

/* ---- exchanges, as carry and sync show them ------------------------ */

/* The fact (node_get()) that holds the time of the last exchange, Unix ms. */
#define CLI_LAST_EXCHANGE "last_exchange"

/*
 * Show what an exchange came to, and note its time where it was no
 * failure; ${failed} is its failure or NULL.  Sets ${invocation}->status: of the
 * failure, or 3 if something was refused, or 4 if all there was, for
 * signature or permission.
 */
MUST_CHECK bool cli_exchanged(struct invocation *invocation, struct node *node,
	const struct sync_result *result, const struct err *failed, struct err *err);

/* Note that there was an exchange just now. */
MUST_CHECK bool cli_exchange_note(struct node *node, struct err *err);

/* For --dry-run: what would be signed and sent. */
MUST_CHECK bool cli_exchange_dry_run(
	struct invocation *invocation, struct node *node, struct err *err);

#endif
