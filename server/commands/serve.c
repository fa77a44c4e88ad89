/* serve.c -- linlid serve: run the server until it is told to stop. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "district.h"
#include "linli/audit.h"
#include "lock.h"
#include "log.h"
#include "service.h"

#define LISTEN_PLAIN "127.0.0.1:8080"
#define LISTEN_TLS "[::]:8443"
#define SECONDS_MAX (24 * 3600)
/*
 * All that is on its way at once, so that the whole server stays well below
 * 64 MiB: the store's cache takes half of them.
 */
#define BODIES_MAX_BYTES ((size_t)20 * 1024 * 1024)
#define REPLIES_MAX_BYTES ((size_t)8 * 1024 * 1024)

struct serve_options {
	struct cli_common common;
	const char *listen, *cert, *key;
	int64_t connections, connections_per_address;
	int64_t request_s, reply_s, idle_s, stop_s;
	bool verbose;
};

static const struct serve_options defaults = {
	.connections = 200,
	.connections_per_address = 50,
	.request_s = 120,
	.reply_s = 600,
	.idle_s = 30,
	.stop_s = 10,
};

static const struct command_option options[] = {
	{ "--listen", OPTION_VALUE, offsetof(struct serve_options, listen), "ADDR:PORT",
		{ "监听地址(默认 127.0.0.1:8080,有证书时 [::]:8443)",
			"where to listen (default 127.0.0.1:8080, with a certificate "
			"[::]:8443)" } },
	{ "--tls-cert", OPTION_VALUE, offsetof(struct serve_options, cert), "FILE",
		{ "PEM 证书链,服务器自己的在前", "certificates in PEM, the server's own first" } },
	{ "--tls-key", OPTION_VALUE, offsetof(struct serve_options, key), "FILE",
		{ "证书的 PEM 私钥", "the certificate's key in PEM" } },
	{ "--connections", OPTION_COUNT, offsetof(struct serve_options, connections), "N",
		{ "同时最多多少个连接(默认 200)", "connections at once (default 200)" } },
	{ "--connections-per-address", OPTION_COUNT,
		offsetof(struct serve_options, connections_per_address), "N",
		{ "其中来自同一地址的(默认 50)", "of these from one address (default 50)" } },
	{ "--request-deadline", OPTION_COUNT, offsetof(struct serve_options, request_s), "SECONDS",
		{ "一个请求最多用多久送完(默认 120)",
			"by when a request must have come in whole (default 120)" } },
	{ "--reply-deadline", OPTION_COUNT, offsetof(struct serve_options, reply_s), "SECONDS",
		{ "一个答复最多用多久送完(默认 600)",
			"by when a reply must have been taken (default 600)" } },
	{ "--idle-timeout", OPTION_COUNT, offsetof(struct serve_options, idle_s), "SECONDS",
		{ "多久没有数据就断开(默认 30)",
			"after how long without a byte a connection ends (default 30)" } },
	{ "--stop-deadline", OPTION_COUNT, offsetof(struct serve_options, stop_s), "SECONDS",
		{ "停止时给进行中的请求多久(默认 10)",
			"what requests under way get when it stops (default 10)" } },
	{ "--verbose", OPTION_FLAG, offsetof(struct serve_options, verbose), NULL,
		{ "记录每一个请求,而不只是写入和出错的",
			"log every request, not only those that write or fail" } },
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

static bool within(int64_t value, int64_t max, const char *name, struct err *err)
{
	return (value >= 1 && value <= max) ||
		err_set(err, ERR_USAGE,
			terminal_chinese() ? "%s 应在 1 到 %d 之间" : "%s must be 1 to %d", name,
			(int)max);
}

static bool take_options(
	struct service_options *out, const struct serve_options *given, struct err *err)
{
	if (!within(given->connections, FRONT_MAX_CONNECTIONS, "--connections", err) ||
		!within(given->connections_per_address, FRONT_MAX_CONNECTIONS,
			"--connections-per-address", err) ||
		!within(given->request_s, SECONDS_MAX, "--request-deadline", err) ||
		!within(given->reply_s, SECONDS_MAX, "--reply-deadline", err) ||
		!within(given->idle_s, SECONDS_MAX, "--idle-timeout", err) ||
		!within(given->stop_s, SECONDS_MAX, "--stop-deadline", err)) {
		return false;
	}
	if ((given->cert == NULL) != (given->key == NULL)) {
		return err_set(err, ERR_USAGE, "%s",
			terminal_chinese() ? "--tls-cert 和 --tls-key 要一起给出"
					   : "--tls-cert and --tls-key go together");
	}
	*out = (struct service_options){
		.front = {
			.listen = given->listen != NULL ? given->listen :
				given->cert != NULL     ? LISTEN_TLS :
							  LISTEN_PLAIN,
			.tls_cert_file = given->cert,
			.tls_key_file = given->key,
			.max_connections = (size_t)given->connections,
			.max_connections_per_ip = (size_t)given->connections_per_address,
			.max_bodies_bytes = BODIES_MAX_BYTES,
			.max_replies_bytes = REPLIES_MAX_BYTES,
			.request_deadline_ms = given->request_s * 1000,
			.reply_deadline_ms = given->reply_s * 1000,
			.idle_timeout_ms = given->idle_s * 1000,
			.drain_deadline_ms = given->stop_s * 1000,
		},
		.verbose = given->verbose,
	};
	return true;
}

/* Those that end the server are waited for, in all threads; nothing else may take them. */
static void hold_signals(sigset_t *stopping)
{
	sigemptyset(stopping);
	sigaddset(stopping, SIGTERM);
	sigaddset(stopping, SIGINT);
	sigaddset(stopping, SIGHUP);
	pthread_sigmask(SIG_BLOCK, stopping, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static bool on_loopback(const char *listen)
{
	return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]", 5) == 0 ||
		strncmp(listen, "localhost:", 10) == 0;
}

static void log_listening(
	struct node *node, const struct service *service, const struct service_options *given)
{
	const struct front_options *front = &given->front;
	char federation[DEVICE_TEXT_BYTES];
	struct log_line line;

	device_id_print(federation, node_federation_id(node));
	log_begin(&line, node_env(node), "listening");
	log_text(&line, "address", front->listen);
	log_int(&line, "port", service_port(service));
	log_text(&line, "tls", front->tls_cert_file != NULL ? "yes" : "no");
	log_text(&line, "federation", federation);
	log_text(&line, "version", LINLI_VERSION);
	log_end(&line);
	if (front->tls_cert_file == NULL && !on_loopback(front->listen)) {
		log_begin(&line, node_env(node), "no_tls");
		log_text(&line, "advice", "use --tls-cert, or a proxy that ends TLS before it");
		log_end(&line);
	}
}

static void log_stop(const struct env *env, const char *event, int number)
{
	struct log_line line;

	log_begin(&line, env, event);
	if (number != 0) {
		log_text(&line, "signal",
			number == SIGTERM          ? "TERM"
				: number == SIGINT ? "INT"
						   : "HUP");
	}
	log_end(&line);
}

/* What follows is done by the server itself, for whoever asks it to. */
static bool note_serving(struct node *node, const struct service_options *given, struct err *err)
{
	const struct audit_item detail[] = { { "listen", given->front.listen, 0 },
		{ "tls", given->front.tls_cert_file != NULL ? "yes" : "no", 0 },
		{ "version", LINLI_VERSION, 0 }, { NULL, NULL, 0 } };
	char device[DEVICE_TEXT_BYTES], actor[sizeof("device:") + DEVICE_TEXT_BYTES];

	if (!audit_add(node, NULL, AUDIT_SERVED, detail, err)) {
		return false;
	}
	device_id_print(device, node_device(node));
	snprintf(actor, sizeof(actor), "device:%s", device);
	audit_act_as(node, actor);
	return true;
}

static bool serve(struct node *node, const struct service_options *given, struct err *err)
{
	const struct env *env = node_env(node);
	struct service *service = NULL;
	struct err clock = { 0 };
	sigset_t stopping;
	int number = 0;

	hold_signals(&stopping);
	if (!node_clock_sound(node, &clock)) {
		log_failure(env, "clock", &clock);
	}
	if (!service_open(&service, node, given, err)) {
		return false;
	}
	log_listening(node, service, given);
	sigwait(&stopping, &number);
	log_stop(env, "stopping", number);
	service_close(service);
	log_stop(env, "stopped", 0);
	return true;
}

static bool run(struct invocation *invocation, struct err *err)
{
	struct service_options given;
	struct home_lock *lock = NULL;
	struct node *node = NULL;
	bool ok;

	ok = take_options(&given, (const void *)invocation->options, err) &&
		district_open(&node, invocation, err) &&
		home_lock_take(&lock, node_home(node), HOME_LOCK_SERVE, err) &&
		note_serving(node, &given, err) && serve(node, &given, err);
	node_close(node);
	home_lock_release(lock);
	return ok;
}

const struct command serve_command = {
	.name = "serve",
	.summary = { "运行服务器,直到被停止", "Run the server until it is stopped" },
	.usage = "[--listen ADDR:PORT] [--tls-cert FILE --tls-key FILE]",
	.options = options,
	.options_bytes = sizeof(struct serve_options),
	.defaults = &defaults,
	.run = run,
};
