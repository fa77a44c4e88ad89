/* main.c -- linli, the community's program: its commands. */
#include "client.h"
#include "command.h"
#include "commands.h"
#include "move.h"
#include "open.h"

#define COMMON_ONLY .options_bytes = sizeof(struct cli_common)

static const struct command commands[] = {
	{ .name = "join",
		.summary = { "用邀请或答复加入联盟",
			"Join a federation with an invitation or an answer" },
		.usage = "INVITATION|ANSWER",
		.min_words = 1,
		.max_words = 1,
		.options = join_options,
		.options_bytes = sizeof(struct join_options),
		.run = command_join },
	{ .name = "put",
		.summary = { "新建或修改一条记录", "Write a new record or change one" },
		.notes = { "ENTITY 是记录的种类,FIELD 是字段,中英文名都可以(见 linli fields)。\n"
			   "ID 是记录的编号或名称;不写则新建一条。\n"
			   "例:linli put 群众性社团 社团名称=合唱团 成员人数=30\n"
			   "    linli put 群众性社团 合唱团 成员人数=31\n"
			   "FIELD= 清空;累计数和多选可用 FIELD+=VALUE、FIELD-=VALUE。",
			"ENTITY is what is recorded, FIELD one of its fields, by name or label (linli\n"
			"fields lists them).  ID is the record's id or name; without one it is new.\n"
			"As in: linli put club name=合唱团 members=30\n"
			"       linli put club 合唱团 members=31\n"
			"FIELD= empties it; totals and sets take FIELD+=VALUE and FIELD-=VALUE." },
		.usage = "ENTITY [ID] FIELD=VALUE…",
		.min_words = 2,
		.max_words = COMMAND_ANY_WORDS,
		.options = cli_write_options,
		COMMON_ONLY,
		.run = command_put },
	CLI_FIELDS,
	CLI_GET,
	CLI_LIST,
	{ .name = "delete",
		.summary = { "删除一条记录,或撤销删除", "Delete a record, or take that back" },
		.usage = "ENTITY ID",
		.min_words = 2,
		.max_words = 2,
		.options = delete_options,
		.options_bytes = sizeof(struct delete_options),
		.run = command_delete },
	CLI_HISTORY,
	CLI_PROVE,
	CLI_VERIFY,
	CLIENT_MOVE,
	CLIENT_TAKE,
	CLI_MOVES,
	CLIENT_MERGE,
	{ .name = "import",
		.summary = { "从 CSV 表格导入记录", "Import records from a CSV file" },
		.notes = { "第一行是表头:字段的中文名或英文名。“编号”一列有编号的行修改原有记录。\n"
			   "linli export 写出的表格(没有记录时只有表头)可以直接填写。\n"
			   "UTF-8 和 GB18030 编码、逗号、分号和制表符分隔都可以。",
			"The first row names the fields.  Rows with an id, in the column \"id\", change\n"
			"their record.  What linli export writes (a header alone where there are no\n"
			"records) can be filled in.  UTF-8 or GB18030; comma, semicolon or tab." },
		.usage = "ENTITY FILE.csv",
		.min_words = 2,
		.max_words = 2,
		.options = import_options,
		.options_bytes = sizeof(struct import_options),
		.run = command_import },
	CLI_EXPORT,
	{ .name = "status",
		.summary = { "显示本机的记录和交换情况", "Show where this computer stands" },
		.usage = "",
		.options = cli_read_options,
		COMMON_ONLY,
		.run = command_status },
	{ .name = "pack",
		.summary = { "签署尚未签署的改动", "Sign the changes that are not signed yet" },
		.usage = "",
		.options = cli_write_options,
		COMMON_ONLY,
		.run = command_pack },
	CLI_LOG,
	CLI_FORKS,
	CLI_SHOW,
	{ .name = "sync",
		.summary = { "与区服务器或邻居交换", "Exchange with the district's server, or a neighbour" },
		.usage = "[URL]",
		.max_words = 1,
		.options = transfer_options,
		.options_bytes = sizeof(struct transfer_options),
		.run = command_sync },
	{ .name = "serve",
		.summary = { "让同一网络上的邻居与本机交换,直到被停止",
			"Let neighbours on the network exchange, until it is stopped" },
		.usage = "--lan [--listen ADDR:PORT]",
		.options = serve_options,
		.options_bytes = sizeof(struct serve_options),
		.run = command_serve },
	{ .name = "neighbours",
		.summary = { "列出同一网络上的邻居", "List the neighbours on this network" },
		.usage = "",
		.options = cli_read_options,
		COMMON_ONLY,
		.run = command_neighbours },
	CLI_CUSTODY,
	CLI_CARRY,
	CLIENT_OPEN,
	CLI_ERASE,
	CLI_ERASURES,
	{ .name = "inbox",
		.summary = { "列出被区里退回的改动", "List what the district returned" },
		.usage = "",
		.options = inbox_options,
		.options_bytes = sizeof(struct inbox_options),
		.run = command_inbox },
	{ .name = "fix",
		.summary = { "改正一处被退回的改动,重新发送",
			"Correct a change that was returned, and send it again" },
		.notes = { "LINE 是 inbox 所列的行。没有写明的字段照原来的改动发送。\n"
			   "例:linli fix 3f9a1c22d0b84e17.1/district/zhizunong@4#1 社团名称=知足乒乓球队",
			"LINE is a line as inbox lists it.  Fields that are not named are sent as they\n"
			"were.  As in: linli fix 3f9a1c22d0b84e17.1/district/zhizunong@4#1 name=合唱团" },
		.usage = "LINE FIELD=VALUE…",
		.min_words = 2,
		.max_words = COMMAND_ANY_WORDS,
		.options = cli_write_options,
		COMMON_ONLY,
		.run = command_fix },
	CLI_CONFLICTS,
	CLI_RESOLVE,
	CLI_STATS,
	CLI_STATEMENTS,
	CLI_EXPLAIN,
	CLI_KEY,
	{ .name = "key rotate",
		.summary = { "给本机换一把新密钥", "Give this computer a new key" },
		.notes = { "从这一刻起用新密钥签名,旧密钥随即销毁;以前签的仍然有效。\n"
			   "没有网络时用 -o 写出申请,由区里 linlid enrol 答复,再用答复执行 join。",
			"From that moment on everything is signed with the new key, and the old one is\n"
			"destroyed; what it signed stays valid.  Without a network write the request\n"
			"with -o, have it answered by linlid enrol, and join with the answer." },
		.usage = "",
		.options = key_rotate_options,
		.options_bytes = sizeof(struct key_rotate_options),
		.run = command_key_rotate },
	CLI_KEY_PASSPHRASE,
	CLI_CHECK,
	CLI_BACKUP,
	CLI_RESTORE(cli_restore_community),
	{ .name = NULL },
};

int main(int argc, char **argv)
{
	static const struct program program = { .name = "linli",
		.version = LINLI_VERSION,
		.summary = { "邻里:社区的记录,存在自己的电脑上",
			"a community's records, on its own computer" },
		.commands = commands };

	return command_main(&program, argc, argv);
}
