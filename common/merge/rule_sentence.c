/* rule_sentence.c -- the sentences of docs/merge-rules.md, which a test compares. */
#include "merge.h"

static const struct label sentences[RULES] = {
	[RULE_LATEST] = { "几个人互不知情地改了这一项时,显示时间最晚的一次;其余的都留着,可以改选。",
		"When people changed this without knowing of each other, the change with the "
		"latest time is shown; the others are kept and can be chosen instead." },
	[RULE_FIRST] = { "几个人互不知情地填了这一项时,显示时间最早的一次;其余的都留着,可以改选。",
		"When people filled this in without knowing of each other, the entry with the "
		"earliest time is shown; the others are kept and can be chosen instead." },
	[RULE_OWNER] = { "几个人互不知情地改了这一项时,以记录所属社区自己的修改为准,"
		"再看时间最晚的;其余的都留着,可以改选。",
		"When people changed this without knowing of each other, the record's own "
		"community comes before others, then the latest time; the others are kept and "
		"can be chosen instead." },
	[RULE_FORWARD] = { "几个人互不知情地推进了这一项时,显示走得最远的一步,"
		"终结状态优先;其余的都留着,可以改选。",
		"When people moved this on without knowing of each other, the step that is "
		"furthest along is shown, a final one before all others; the others are kept and "
		"can be chosen instead." },
	[RULE_MAX] = { "几个人互不知情地填了这一项时,取最大的数;这不算冲突。",
		"When people filled this in without knowing of each other, the largest number "
		"counts; that is no conflict." },
	[RULE_MIN] = { "几个人互不知情地填了这一项时,取最小的数;这不算冲突。",
		"When people filled this in without knowing of each other, the smallest number "
		"counts; that is no conflict." },
	[RULE_SUM] = { "每个人加上的数都算进总数,各算一次;这不算冲突。",
		"What each person added counts in the total, once each; that is no conflict." },
	[RULE_UNION] = { "一个人加进来、另一个人不知情地去掉的,保留;这不算冲突。",
		"What one person put in stays when another took it out without knowing of that; "
		"that is no conflict." },
	[RULE_REVIEW] = { "几个人互不知情地填了不同的内容时,全部保留,先显示时间最晚的,"
		"等人来选定。",
		"When people entered different things without knowing of each other, all are "
		"kept and the latest is shown until a person chooses." },
	[RULE_DELETE] = { "一个人删除了记录、另一个人不知情地改了它时,记录保留,并提示核对。",
		"When one person deleted the record and another changed it without knowing of "
		"that, the record stays, and both are told." },
};

const char *rule_sentence(enum merge_rule rule, bool zh)
{
	return zh ? sentences[rule].zh : sentences[rule].en;
}
