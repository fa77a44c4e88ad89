/* main.c -- linli, the community's program: its commands. */
#include "client.h"
#include "command.h"
#include "commands.h"

#define COMMON_ONLY .options_bytes = sizeof(struct cli_common)

static const struct command commands[] = {
	{ .name = "join", .summary = { "用邀请或答复加入联盟", "Join a federation with an invitation or an answer" },
		.usage = "INVITATION|ANSWER", .min_words = 1, .max_words = 1, .options = join_options,
		.options_bytes = sizeof(struct join_options), .run = command_join },
	{ .name = "put", .summary = { "新建或修改一条记录", "Write a new record or change one" },
		.usage = "ENTITY [ID] FIELD=VALUE…", .min_words = 2, .max_words = COMMAND_ANY_WORDS,
		.options = cli_write_options, COMMON_ONLY, .run = command_put },
	CLI_GET,
	CLI_LIST,
	{ .name = "delete", .summary = { "删除一条记录,或撤销删除", "Delete a record, or take that back" },
		.usage = "ENTITY ID", .min_words = 2, .max_words = 2, .options = delete_options,
		.options_bytes = sizeof(struct delete_options), .run = command_delete },
	CLI_HISTORY,
	{ .name = "import", .summary = { "从 CSV 表格导入记录", "Import records from a CSV file" },
		.usage = "ENTITY FILE.csv", .min_words = 2, .max_words = 2, .options = import_options,
		.options_bytes = sizeof(struct import_options), .run = command_import },
	CLI_EXPORT,
	{ .name = "status", .summary = { "显示本机的记录和交换情况", "Show where this computer stands" },
		.usage = "", .options = cli_read_options, COMMON_ONLY, .run = command_status },
	{ .name = "pack", .summary = { "签署尚未签署的改动", "Sign the changes that are not signed yet" },
		.usage = "", .options = cli_write_options, COMMON_ONLY, .run = command_pack },
	CLI_LOG,
	CLI_SHOW,
	{ .name = "sync", .summary = { "与区服务器交换", "Exchange with the district's server" },
		.usage = "[URL]", .max_words = 1, .options = transfer_options,
		.options_bytes = sizeof(struct transfer_options), .run = command_sync },
	CLI_CARRY,
	CLI_CONFLICTS,
	CLI_STATS,
	CLI_KEY,
	CLI_CHECK,
	CLI_BACKUP,
	{ .name = NULL },
};

int main(int argc, char **argv)
{
	static const struct program program = { .name = "linli", .version = LINLI_VERSION,
		.summary = { "邻里:社区的记录,存在自己的电脑上",
			"a community's records, on its own computer" },
		.commands = commands };

	return command_main(&program, argc, argv);
}
