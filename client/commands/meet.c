/* meet.c -- see meet.h. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "emit.h"
#include "meet.h"
#include "say.h"

bool meet_is_neighbour(struct node *node, const struct link *link)
{
	struct neighbour who;
	struct err ignored;

	/* Whatever goes wrong, the exchange itself says so. */
	return neighbour_ask(&who, node, &link->transport, &ignored) &&
		strcmp(who.community, DISTRICT_SLUG) != 0;
}

/* ---- the code ---------------------------------------------------------- */

struct comparing {
	const char *code; /* as the person gave it; or NULL */
	bool asks;        /* there is somebody to ask */
	struct device met;
};

/* The same digits, whatever stands between them? */
static bool same_code(const char *a, const char *b)
{
	for (;;) {
		while (*a != '\0' && !isdigit((unsigned char)*a)) {
			a++;
		}
		while (*b != '\0' && !isdigit((unsigned char)*b)) {
			b++;
		}
		if (*a != *b || *a == '\0') {
			return *a == *b;
		}
		a++;
		b++;
	}
}

static bool ask(const struct device *server, const char *code)
{
	char answer[16];

	say("对方是 %s。核对码:%s", "The other side is %s. Short code: %s", server->name, code);
	say("对方屏幕上是同样的数字吗?是:输入 y 回车", "Does the other side show the same? y: yes");
	return fgets(answer, sizeof(answer), stdin) != NULL &&
		(answer[0] == 'y' || answer[0] == 'Y');
}

static bool compared(void *ctx, const struct device *server, const char *code, struct err *err)
{
	struct comparing *comparing = ctx;

	if (comparing->code != NULL) {
		return same_code(comparing->code, code) ||
			err_set(err, ERR_SIGNATURE,
				ERR_BOTH("核对码不同:中间可能有人", "the codes differ: somebody may "
									"stand between")
				": %s",
				code);
	}
	if (comparing->asks && ask(server, code)) {
		return true;
	}
	return err_set(err, ERR_COMPARE,
		ERR_BOTH("核对码 %s;与对方所见相同时执行 linli sync 地址 --code \"%s\"",
			"short code %s; if the other side shows the same: linli sync URL --code "
			"\"%s\""),
		code, code, code, code);
}

static bool go_on(void *ctx)
{
	(void)ctx;
	return true;
}

/* ---- what came of it ---------------------------------------------------- */

static void handed_json(struct buf *out, const char *name, const struct handed *handed)
{
	emit_key(out, name);
	emit_open(out, '{');
	emit_member_integer(out, "parcels", (int64_t)handed->parcels);
	emit_member_integer(out, "files", (int64_t)handed->files);
	emit_member_integer(out, "bytes", (int64_t)handed->bytes);
	emit_close(out, '}');
}

static void more_json(struct buf *out, const void *ctx)
{
	const struct meeting_result *result = ctx;

	handed_json(out, "given", &result->given);
	handed_json(out, "taken", &result->taken);
}

static void handed_text(const struct meeting_result *result)
{
	say_result("交出 %" PRIu64 " 份密封件(%" PRIu64 " 字节),收到 %" PRIu64 " 份(%" PRIu64
		   " 字节);见 custody。",
		"Handed over %" PRIu64 " sealed parcels (%" PRIu64 " bytes), took %" PRIu64
		" (%" PRIu64 " bytes); see custody.",
		result->given.parcels, result->given.bytes, result->taken.parcels,
		result->taken.bytes);
}

bool meet_neighbour(struct invocation *invocation, struct node *node, struct link *link,
	const char *code, struct err *err)
{
	bool json = cli_common(invocation)->json;
	struct comparing comparing = {
		.code = code, .asks = !json && isatty(STDIN_FILENO) && isatty(STDERR_FILENO)
	};
	const struct meeting_options options = { &comparing, compared, go_on };
	struct meeting_result result;
	struct err failure = { 0 };
	bool done, ok;

	done = exchange_meet(node, &link->transport, &options, &result, &failure);
	link_close(link);
	if (!json && (done || result.given.parcels + result.taken.parcels != 0)) {
		handed_text(&result);
	}
	ok = cli_exchanged_with(invocation, node, &result.sync, done ? NULL : &failure,
		more_json, &result, err);
	meeting_result_clear(&result);
	return ok;
}

void meet_hand_in(struct node *node, const struct link *link)
{
	struct meeting_result result;
	struct err err = { 0 };

	if (!exchange_hand_in(node, &link->transport, NULL, &result, &err)) {
		say("代邻居转交没有完成,下次交换时再试:%s(%s)",
			"Handing in what is carried for others was not finished; the next exchange "
			"tries again: %s (%s)",
			err_sentence(err.code, terminal_chinese()), err.detail);
	} else if (result.given.parcels + result.taken.parcels != 0) {
		say("代邻居交给区里 %" PRIu64 " 份密封件,带回 %" PRIu64 " 份。",
			"Handed in %" PRIu64 " sealed parcels for others, and took %" PRIu64
			" along for them.",
			result.given.parcels, result.taken.parcels);
	}
	meeting_result_clear(&result);
}
