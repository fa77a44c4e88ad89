/* move.h -- handing a record over, taking one, merging duplicates. */
#ifndef LINLI_CLIENT_MOVE_H
#define LINLI_CLIENT_MOVE_H

#include "cli.h"

struct move_options {
	struct cli_common common;
	const char *to, *file; /* --to, -o */
	bool withdraw;
};
extern const struct command_option move_options[];
MUST_CHECK bool command_move(struct invocation *invocation, struct err *err);
#define CLIENT_MOVE \
	{ \
		.name = "move", \
		.summary = { "把一条记录转给别的社区,或撤回", \
			"Hand a record over to another community" }, \
		.notes = { "对方执行 linli take 接收,区里收到双方的话后自动确认。\n" \
			   "姓名、电话等只在本社区的内容写在 -o 的文件里,密封给对方的设备。", \
			"The other side accepts with linli take; the district confirms once it\n" \
			"has heard both.  What only this community holds (names, phones) goes\n" \
			"into the file of -o, sealed to the other community's devices." }, \
		.usage = "ENTITY ID --to COMMUNITY [-o FILE]", .min_words = 2, .max_words = 2, \
		.options = move_options, .options_bytes = sizeof(struct move_options), \
		.run = command_move \
	}

extern const struct command_option take_options[];
MUST_CHECK bool command_take(struct invocation *invocation, struct err *err);
#define CLIENT_TAKE \
	{ \
		.name = "take", \
		.summary = { "接收别的社区转来的记录", "Accept a record from another community" }, \
		.notes = { "有移交文件的写文件名;没有的写类别和编号(由对方告知)。", \
			"Name the handover file; where there is none, the entity and the id,\n" \
			"which the other side tells." }, \
		.usage = "FILE|ENTITY ID", .min_words = 1, .max_words = 2, \
		.options = take_options, .options_bytes = sizeof(struct cli_common), \
		.run = command_take \
	}

struct merge_options {
	struct cli_common common;
	const char *into; /* --into */
};
extern const struct command_option merge_options[];
MUST_CHECK bool command_merge(struct invocation *invocation, struct err *err);
#define CLIENT_MERGE \
	{ \
		.name = "merge", \
		.summary = { "把重复的记录并入另一条", "Merge a duplicate into another record" }, \
		.notes = { "空着的字段由重复的一条补上,累计数相加,引用改到留下的一条,重复的一条删除。\n" \
			   "先用 --dry-run 查看。两个社区的记录先转到一处(move、take)。", \
			"Empty fields are filled from the duplicate, totals added, references\n" \
			"led to the record that stays, and the duplicate deleted.  See it with\n" \
			"--dry-run first.  Of two communities one record is moved first\n" \
			"(move, take)." }, \
		.usage = "ENTITY ID --into ID2", .min_words = 2, .max_words = 2, \
		.options = merge_options, .options_bytes = sizeof(struct merge_options), \
		.run = command_merge \
	}

#endif
