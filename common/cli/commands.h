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

struct cli_resolve {
	struct cli_common common;
	const char *take; /* a line of the conflict */
	bool keep, remove;
};
extern const struct command_option cli_resolve_options[];
MUST_CHECK bool cli_resolve(struct invocation *invocation, struct err *err);
#define CLI_RESOLVE \
	{ \
		.name = "resolve", \
		.summary = { "选定冲突中的一个值", "Settle a conflict by choosing a value" }, \
		.notes = { "FIELD=VALUE 写明内容;FIELD --take LINE 选 conflicts 所列的一行;\n" \
			   "删除的冲突用 --keep 保留或 --delete 删除。", \
			"FIELD=VALUE says what it shall be; FIELD --take LINE chooses one of the\n" \
			"lines that conflicts lists; of a deletion, --keep or --delete." }, \
		.usage = "ENTITY ID [FIELD=VALUE|FIELD]", .min_words = 2, .max_words = 3, \
		.options = cli_resolve_options, .options_bytes = sizeof(struct cli_resolve), \
		.run = cli_resolve \
	}

struct cli_stats {
	struct cli_common common;
	const char *period, *by, *place, *as_of;
	bool trends;
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

MUST_CHECK bool cli_statements(struct invocation *invocation, struct err *err);
#define CLI_STATEMENTS \
	{ \
		.name = "statements", \
		.summary = { "列出区里发布的统计,或显示一份的全文", \
			"List what the district published, or show one in full" }, \
		.usage = "[STATEMENT]", .min_words = 0, .max_words = 1, \
		.options = cli_read_options, .options_bytes = sizeof(struct cli_common), \
		.run = cli_statements \
	}

struct cli_explain {
	struct cli_common common;
	const char *period, *place, *breakdown;
	int64_t limit;
};
extern const struct cli_explain cli_explain_defaults;
extern const struct command_option cli_explain_options[];
MUST_CHECK bool cli_explain(struct invocation *invocation, struct err *err);
#define CLI_EXPLAIN \
	{ \
		.name = "explain", \
		.summary = { "展开一个指标:社区、记录、改动、数据包和签名", \
			"Open a figure: communities, records, lines, bundles, signatures" }, \
		.notes = { "例:linlid explain 活动服务人次 --place 文晖街道 --period 2024-Q1", \
			"As in: linlid explain activity_served --place 文晖街道 --period 2024-Q1" }, \
		.usage = "FIGURE", .min_words = 1, .max_words = 1, \
		.options = cli_explain_options, .options_bytes = sizeof(struct cli_explain), \
		.defaults = &cli_explain_defaults, .run = cli_explain \
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

struct cli_erase {
	struct cli_common common;
	const char *order; /* --order */
	const char *tell;  /* --tell-district */
};
extern const struct command_option cli_erase_options[];
MUST_CHECK bool cli_erase(struct invocation *invocation, struct err *err);
#define CLI_ERASE \
	{ \
		.name = "erase", \
		.summary = { "在本社区各设备上抹除一条记录的内容", \
			"Erase what a record says, at all devices of the community" }, \
		.notes = { "只抹除本社区自有范围内的内容(姓名、电话等),不能恢复;先用 --dry-run 查看。", \
			"What is kept in the community alone (names, phones) goes for good; look at it " \
			"with\n--dry-run first." }, \
		.usage = "ENTITY ID --order TEXT", .min_words = 2, .max_words = 2, \
		.options = cli_erase_options, .options_bytes = sizeof(struct cli_erase), \
		.run = cli_erase \
	}

MUST_CHECK bool cli_erasures(struct invocation *invocation, struct err *err);
#define CLI_ERASURES \
	{ \
		.name = "erasures", \
		.summary = { "列出抹除和各设备的确认", \
			"List erasures, and which devices have confirmed them" }, \
		.usage = "", .min_words = 0, .max_words = 0, .options = cli_read_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_erasures \
	}

struct cli_prove {
	struct cli_common common;
	const char *file; /* -o */
};
extern const struct command_option cli_prove_options[];
MUST_CHECK bool cli_prove(struct invocation *invocation, struct err *err);
#define CLI_PROVE \
	{ \
		.name = "prove", \
		.summary = { "把一条记录的全部改动连同签名写成文件,供人核验", \
			"Write a record's changes and their signatures, for others to check" }, \
		.notes = { "文件不需要账本就能用 linli verify 或 git、ssh-keygen 检查。", \
			"linli verify, or git and ssh-keygen, check the file without the ledger." }, \
		.usage = "ENTITY ID -o FILE", .min_words = 2, .max_words = 2, \
		.options = cli_prove_options, .options_bytes = sizeof(struct cli_prove), \
		.run = cli_prove \
	}

struct cli_verify {
	struct cli_common common;
	const char *federation;
};
extern const struct command_option cli_verify_options[];
MUST_CHECK bool cli_verify(struct invocation *invocation, struct err *err);
#define CLI_VERIFY \
	{ \
		.name = "verify", \
		.summary = { "检查 prove 写出的文件", "Check a file that prove wrote" }, \
		.usage = "FILE", .min_words = 1, .max_words = 1, \
		.options = cli_verify_options, .options_bytes = sizeof(struct cli_verify), \
		.run = cli_verify \
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

struct cli_backup {
	struct cli_common common;
	struct option_list to;
	int64_t keep; /* -1: all */
};
extern const struct cli_backup cli_backup_defaults;
extern const struct command_option cli_backup_options[];
struct cli_key_passphrase {
	struct cli_common common;
	const char *file; /* of the new one */
	bool none;
};
extern const struct command_option cli_key_passphrase_options[];
MUST_CHECK bool cli_key_passphrase(struct invocation *invocation, struct err *err);
#define CLI_KEY_PASSPHRASE \
	{ \
		.name = "key passphrase", \
		.summary = { "设定、更换或取消密钥的口令", \
			"Set, change or remove the key's passphrase" }, \
		.notes = { "旧口令用 --passphrase-file 或 $LINLI_PASSPHRASE 给出,\n" \
			   "新口令用 --new-passphrase-file 或 $LINLI_NEW_PASSPHRASE。", \
			"The present one comes from --passphrase-file or $LINLI_PASSPHRASE, the new " \
			"one\nfrom --new-passphrase-file or $LINLI_NEW_PASSPHRASE." }, \
		.usage = "", .min_words = 0, .max_words = 0, \
		.options = cli_key_passphrase_options, \
		.options_bytes = sizeof(struct cli_key_passphrase), .run = cli_key_passphrase \
	}

MUST_CHECK bool cli_backup(struct invocation *invocation, struct err *err);
#define CLI_BACKUP \
	{ \
		.name = "backup", \
		.summary = { "把记录库和密钥加密备份,并试恢复一次", \
			"Seal the store and the key into a backup, and verify it" }, \
		.notes = { "写到文件夹时,文件名为 linli-<社区>-<设备>-<日期>-<时间>.age。\n" \
			   "能打开它的有本机密钥和 --to 写明的收件地址。", \
			"In a folder the file is linli-<community>-<device>-<date>-<time>.age.\n" \
			"The device's key opens it, and whomever --to names." }, \
		.usage = "FILE|DIR", .min_words = 1, .max_words = 1, \
		.options = cli_backup_options, .options_bytes = sizeof(struct cli_backup), \
		.defaults = &cli_backup_defaults, .run = cli_backup \
	}

struct cli_restore {
	struct cli_common common;
	const char *identity, *short_identity, *key;
	bool replace;
};
extern const struct command_option cli_restore_options[];
MUST_CHECK bool cli_restore_community(struct invocation *invocation, struct err *err);
MUST_CHECK bool cli_restore_district(struct invocation *invocation, struct err *err);
#define CLI_RESTORE(function) \
	{ \
		.name = "restore", \
		.summary = { "从备份恢复记录,先验证,再替换", \
			"Restore the records from a backup, once it is verified" }, \
		.usage = "FILE [-i FILE] [--replace]", .min_words = 1, .max_words = 1, \
		.options = cli_restore_options, .options_bytes = sizeof(struct cli_restore), \
		.run = function \
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

MUST_CHECK bool cli_custody(struct invocation *invocation, struct err *err);
#define CLI_CUSTODY \
	{ \
		.name = "custody", \
		.summary = { "列出什么时候把什么交给了谁", "List what was handed to whom, and when" }, \
		.usage = "", .min_words = 0, .max_words = 0, .options = cli_read_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_custody \
	}

MUST_CHECK bool cli_moves(struct invocation *invocation, struct err *err);
#define CLI_MOVES \
	{ \
		.name = "moves", \
		.summary = { "列出社区之间转交的记录", \
			"List records that move between communities" }, \
		.usage = "", .min_words = 0, .max_words = 0, .options = cli_read_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_moves \
	}

MUST_CHECK bool cli_forks(struct invocation *invocation, struct err *err);
#define CLI_FORKS \
	{ \
		.name = "forks", \
		.summary = { "列出分叉(同一位置的两个数据包)和修复", \
			"List forks (two bundles for one place) and repairs" }, \
		.usage = "", .min_words = 0, .max_words = 0, .options = cli_read_options, \
		.options_bytes = sizeof(struct cli_common), .run = cli_forks \
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

/* The same; ${more} adds members to the JSON. */
MUST_CHECK bool cli_exchanged_with(struct invocation *invocation, struct node *node,
	const struct sync_result *result, const struct err *failed,
	void (*more)(struct buf *out, const void *ctx), const void *ctx, struct err *err);

/* Note that there was an exchange just now. */
MUST_CHECK bool cli_exchange_note(struct node *node, struct err *err);

/* For --dry-run: what would be signed and sent.  ${found}: a JSON list of what lies there; or NULL. */
MUST_CHECK bool cli_exchange_dry_run(struct invocation *invocation, struct node *node,
	const struct buf *found, struct err *err);

#endif
