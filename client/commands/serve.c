/*
 * serve.c -- linli serve --lan: let neighbours exchange with this computer.
 *
 * Nothing but sealed files and signed lists is given out, so plain HTTP on a
 * local network shows no more than a stick that is found.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "announce.h"
#include "client.h"
#include "emit.h"
#include "front.h"
#include "linli/exchange.h"
#include "linli/neighbour.h"
#include "lock.h"
#include "say.h"

#define LISTEN_DEFAULT "[::]:8090"
#define BATCH_REQUESTS 16
#define MAX_CONNECTIONS 32
#define SHOWN_AGAIN_MS (60 * 1000)
#define BODIES_MAX_BYTES ((size_t)40 * 1024 * 1024)

const struct command_option serve_options[] = {
	{ "--lan", OPTION_FLAG, offsetof(struct serve_options, lan), NULL,
		{ "让同一网络上的邻居与本机交换", "let neighbours on the network exchange" } },
	{ "--listen", OPTION_VALUE, offsetof(struct serve_options, listen), "ADDR:PORT",
		{ "监听地址(默认 [::]:8090)", "where to listen (default [::]:8090)" } },
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct serving {
	struct node *node;
	struct exchange_server *exchange;
	struct front *front;
	struct device_id shown; /* who came last, and when that was shown */
	int64_t shown_ms;
	pid_t announcing;
};

/* ---- requests -------------------------------------------------------- */

static void answer_other(struct front_job *job)
{
	bool health = strcmp(job->request.path, "/healthz") == 0;

	job->reply.status = health ? 200 : 404;
	job->reply.content_type = "application/json";
	if (health) {
		buf_text(&job->reply.body, "{\"status\":\"ok\"}");
	} else {
		buf_printf(&job->reply.body,
			"{\"schema\":1,\"error\":{\"code\":\"%s\",\"sentence\":\"%s\","
			"\"sentence_en\":\"%s\",\"detail\":\"\"}}",
			err_name(ERR_NOT_FOUND), err_sentence(ERR_NOT_FOUND, true),
			err_sentence(ERR_NOT_FOUND, false));
	}
}

static void answer(void *ctx, struct front_job **jobs, size_t count)
{
	struct serving *serving = ctx;
	size_t i;

	for (i = 0; i < count; i++) {
		if (exchange_serves(jobs[i]->request.path)) {
			exchange_serve(serving->exchange, &jobs[i]->request, &jobs[i]->reply);
		} else {
			answer_other(jobs[i]);
		}
	}
}

/* Both sides show the code; people compare it before the first exchange. */
static void visited(void *ctx, const struct device *visitor, const char *code)
{
	struct serving *serving = ctx;
	const struct env *env = node_env(serving->node);
	int64_t now_ms = env->now_ms(env->ctx);
	char device[DEVICE_TEXT_BYTES];

	/* A meeting has several rounds. */
	if (device_id_equal(serving->shown, visitor->id) &&
		now_ms - serving->shown_ms < SHOWN_AGAIN_MS) {
		return;
	}
	serving->shown = visitor->id;
	serving->shown_ms = now_ms;
	device_id_print(device, visitor->id);
	say_result("%s(设备 %s)来交换,核对码 %s", "%s (device %s) has come, short code %s",
		visitor->name, device, code);
	fflush(stdout);
}

/* ---- the whole -------------------------------------------------------- */

static void hold_signals(sigset_t *awaited)
{
	sigemptyset(awaited);
	sigaddset(awaited, SIGTERM);
	sigaddset(awaited, SIGINT);
	sigaddset(awaited, SIGHUP);
	sigaddset(awaited, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, awaited, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void say_by_address(void)
{
	say("这里没有运行 avahi:邻居要用本机的地址来交换。",
		"avahi does not run here: neighbours need this computer's address.");
}

/* Until it is told to stop; should avahi end, that is said. */
static void wait_for_end(struct serving *serving, const sigset_t *awaited)
{
	int number = 0;

	do {
		sigwait(awaited, &number);
		if (number == SIGCHLD && serving->announcing > 0 &&
			waitpid(serving->announcing, NULL, WNOHANG) == serving->announcing) {
			serving->announcing = 0;
			say_by_address();
		}
	} while (number == SIGCHLD);
}

static bool serve(struct serving *serving, const char *listen, struct err *err)
{
	const struct front_options options = { .listen = listen,
		.max_connections = MAX_CONNECTIONS,
		.max_bodies_bytes = BODIES_MAX_BYTES };
	sigset_t awaited;

	hold_signals(&awaited);
	if (!exchange_server_open(&serving->exchange, serving->node, err)) {
		return false;
	}
	exchange_server_on_visit(serving->exchange, visited, serving);
	if (!front_open(&serving->front, &options, answer, serving, err)) {
		return false;
	}
	say_result("正在监听 %s,端口 %u。按 Ctrl-C 停止。", "listening at %s, port %u. Ctrl-C stops it.",
		listen, front_port(serving->front));
	fflush(stdout);
	announce_begin(&serving->announcing, serving->node, front_port(serving->front));
	if (serving->announcing == 0) {
		say_by_address();
	}
	wait_for_end(serving, &awaited);
	return true;
}

bool command_serve(struct invocation *invocation, struct err *err)
{
	const struct serve_options *options = (const void *)invocation->options;
	const char *listen = options->listen != NULL ? options->listen : LISTEN_DEFAULT;
	struct serving serving = { .node = NULL };
	struct home_lock *lock = NULL;
	bool ok;

	if (!options->lan) {
		return err_set(err, ERR_USAGE, "%s",
			terminal_chinese() ? "请写明 --lan:供同一网络上的邻居交换"
					   : "say --lan: for neighbours on the network");
	}
	ok = cli_open_writing(&serving.node, invocation, err) &&
		(node_enrolled(serving.node) ||
			err_set(err, ERR_UNKNOWN_DEVICE,
				ERR_BOTH("本机还没有登记", "this computer is not enrolled yet"))) &&
		home_lock_take(&lock, node_home(serving.node), HOME_LOCK_SERVE, err) &&
		serve(&serving, listen, err);
	announce_end(serving.announcing);
	front_close(serving.front);
	exchange_server_close(serving.exchange);
	cli_close(serving.node);
	home_lock_release(lock);
	return ok;
}
