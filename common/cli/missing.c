/* missing.c -- see missing.h. */
#include "cli.h"
#include "emit.h"
#include "linli/review.h"
#include "missing.h"
#include "say.h"

#define SHOWN 5

static bool each_json(void *ctx, const char *bundle, int64_t since_ms, struct err *err)
{
	struct buf *out = ctx;

	emit_open(out, '{');
	emit_member(out, "bundle", bundle);
	emit_member_integer(out, "since", since_ms);
	emit_close(out, '}');
	return buf_ok(out, err);
}

bool missing_json(struct buf *out, struct node *node, struct err *err)
{
	emit_key(out, "gaps");
	emit_open(out, '[');
	if (!gaps_each(node, each_json, out, err)) {
		return false;
	}
	emit_close(out, ']');
	return true;
}

static bool each_text(void *ctx, const char *bundle, int64_t since_ms, struct err *err)
{
	size_t *count = ctx;

	(void)err;
	if ((*count)++ < SHOWN) {
		say_result("✗ 缺少 %s(%s 起),其后的数据包在等它。",
			"✗ %s is missing (since %s): what follows it waits.", bundle,
			cli_time(since_ms).text);
	}
	return true;
}

bool missing_say(struct node *node, struct err *err)
{
	size_t count = 0;

	if (!gaps_each(node, each_text, &count, err)) {
		return false;
	}
	if (count > SHOWN) {
		say_result("✗ 共缺少 %zu 处。", "✗ %zu are missing in all.", count);
	}
	return true;
}
