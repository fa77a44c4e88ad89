/* open.c -- linli open: serves the page to this computer's browser until it is ended. */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clerk.h"
#include "emit.h"
#include "lock.h"
#include "open.h"
#include "page_files.h"
#include "page_records.h"
#include "say.h"

#define PORT_MAX 65535
#define IDLE_MINUTES 30
#define IDLE_MINUTES_MAX (24 * 60)
#define ADDRESS_MAX_BYTES 256
#define HOST_BYTES 32

extern char **environ;

const struct open_options open_defaults = { .idle_minutes = IDLE_MINUTES };
const struct command_option open_options[] = { CLI_OPTION_JSON,
	{ "--port", OPTION_COUNT, offsetof(struct open_options, port), "PORT",
		{ "端口(默认任一空闲端口)", "the port (default: any free one)" } },
	{ "--idle", OPTION_COUNT, offsetof(struct open_options, idle_minutes), "MINUTES",
		{ "多久不用就自动锁定(默认 30 分钟)",
			"after how long without use it locks itself (default 30)" } },
	{ "--no-browser", OPTION_FLAG, offsetof(struct open_options, no_browser), NULL,
		{ "只打印地址,不启动浏览器", "print the address, start no browser" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

struct opening {
	struct clerk clerk;
	struct page_options page;
	char hosts[2][HOST_BYTES];
	const char *host_list[3];
	struct front *front;
	pthread_mutex_t preparing; /* held until all of the above is there */
};

static void answer(void *ctx, struct front_job **jobs, size_t count)
{
	struct opening *opening = ctx;
	size_t i;

	pthread_mutex_lock(&opening->preparing);
	pthread_mutex_unlock(&opening->preparing);
	for (i = 0; i < count; i++) {
		page_answer(&opening->page, jobs[i]);
	}
}

/* ---- the address, and the browser ------------------------------------ */

static bool show_address(const struct open_options *given, const char *address, struct err *err)
{
	static char program[] = "xdg-open";
	char *argv[] = { program, (char *)(uintptr_t)address, NULL };
	struct buf out = { 0 };
	pid_t child;

	if (!given->no_browser && posix_spawnp(&child, program, NULL, NULL, argv, environ) != 0) {
		say("请在浏览器中打开下面的地址。", "Open this address in a browser.");
	}
	if (!given->common.json) {
		say_result("%s", "%s", address);
		return true;
	}
	emit_begin(&out);
	emit_member(&out, "address", address);
	emit_end(&out);
	return cli_write_take(&out, err);
}

/* The page is open already: another window of it. */
static bool open_again(
	const struct open_options *given, const char *home, struct err *err)
{
	struct buf path = { 0 }, address = { 0 };
	bool ok;

	clerk_address_file(&path, home);
	ok = buf_ok(&path, err) && cli_read_file(&address, buf_str(&path), ADDRESS_MAX_BYTES, err) &&
		show_address(given, buf_str(&address), err);
	buf_clear(&path);
	buf_wipe(&address);
	return ok;
}

/* ---- serving --------------------------------------------------------- */

static void prepare(struct opening *opening)
{
	struct clerk *clerk = &opening->clerk;
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(opening->hosts[i], HOST_BYTES, "%s:%u", i == 0 ? "127.0.0.1" : "localhost",
			clerk->port);
		opening->host_list[i] = opening->hosts[i];
	}
	snprintf(clerk->cookie, sizeof(clerk->cookie), "linli-%u", clerk->port);
}

static bool listen_here(struct opening *opening, int64_t port, struct err *err)
{
	char listen[HOST_BYTES];
	struct front_options front = { .listen = listen, .drain_deadline_ms = 2000 };

	snprintf(listen, sizeof(listen), "127.0.0.1:%d", (int)port);
	if (!front_open(&opening->front, &front, answer, opening, err)) {
		return false;
	}
	opening->clerk.port = front_port(opening->front);
	return true;
}

static void await_end(void)
{
	sigset_t ending;
	int number;

	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	sigwait(&ending, &number);
}

static void hold_signals(void)
{
	sigset_t ending;

	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ending, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
}

static bool serve(struct opening *opening, const struct open_options *given, struct err *err)
{
	struct clerk *clerk = &opening->clerk;
	struct buf address = { 0 };
	bool ok;

	opening->page = (struct page_options){ .ctx = clerk,
		.files = page_files,
		.index = "/client.html",
		.routes = { clerk_session_routes, clerk_routes, page_record_routes },
		.hosts = opening->host_list,
		.admit = clerk_admit };
	clerk->used_ms = clerk->env->now_ms(clerk->env->ctx);
	ok = listen_here(opening, given->port, err);
	if (ok) {
		prepare(opening);
		ok = clerk_new_token(clerk, err);
	}
	pthread_mutex_unlock(&opening->preparing);
	if (ok) {
		clerk_address(clerk, &address);
		ok = buf_ok(&address, err) && show_address(given, buf_str(&address), err);
	}
	buf_wipe(&address);
	if (ok) {
		await_end();
	}
	return ok;
}

static void end(struct opening *opening)
{
	struct clerk *clerk = &opening->clerk;

	front_close(opening->front);
	page_task_free(clerk->task);
	node_close(clerk->node);
	home_lock_release(clerk->lock);
	cli_place_clear(&clerk->place);
	buf_wipe(&clerk->passphrase);
}

static bool check_usage(const struct open_options *given, struct err *err)
{
	if (given->port > PORT_MAX) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "--port 应在 0 到 %d 之间" : "--port must be 0 to %d",
			PORT_MAX);
	}
	if (given->idle_minutes < 1 || given->idle_minutes > IDLE_MINUTES_MAX) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "--idle 应在 1 到 %d 之间" : "--idle must be 1 to %d",
			IDLE_MINUTES_MAX);
	}
	if (page_files[0].path == NULL) {
		return err_set(err, ERR_USAGE, "%s",
			terminal_chinese() ? "这个版本的程序没有带页面"
					   : "this program was built without its page");
	}
	return true;
}

bool command_open(struct invocation *invocation, struct err *err)
{
	const struct open_options *given = (const void *)invocation->options;
	struct opening opening = { .clerk = { .env = env_system() },
		.preparing = PTHREAD_MUTEX_INITIALIZER };
	struct clerk *clerk = &opening.clerk;
	const char *home;
	bool ok = false;

	if (!check_usage(given, err) || !cli_place_find(&clerk->place, invocation, err) ||
		!page_task_new(&clerk->task, err)) {
		goto out;
	}
	home = clerk->place.options.home;
	clerk->idle_ms = given->idle_minutes * 60 * 1000;
	clerk_open_node(clerk);
	/* A folder without records stays as it is: it may be joined into. */
	if (clerk->closed != ERR_NOT_INITIALISED &&
		!home_lock_take(&clerk->lock, home, HOME_LOCK_PAGE, err)) {
		ok = err->code == ERR_BUSY && open_again(given, home, err);
		goto out;
	}
	hold_signals();
	pthread_mutex_lock(&opening.preparing);
	ok = serve(&opening, given, err);
out:
	end(&opening);
	return ok;
}
