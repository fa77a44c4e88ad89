/* front.c -- opening and closing; see front.h. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "front_internal.h"

#define CONNECTION_MEMORY_BYTES ((size_t)64 * 1024)
#define CONNECTION_STEP_BYTES ((size_t)16 * 1024)
#define FLUSH_MS 2000 /* for replies to what was running when time was up */

static size_t size_or(size_t given, size_t otherwise)
{
	return given != 0 ? given : otherwise;
}

static int64_t ms_or(int64_t given, int64_t otherwise)
{
	return given != 0 ? given : otherwise;
}

static bool take_options(struct front_options *to, const struct front_options *from,
	struct err *err)
{
	*to = *from;
	to->max_connections = size_or(from->max_connections, 200);
	to->max_connections_per_ip = size_or(from->max_connections_per_ip, 50);
	to->max_body_bytes = size_or(from->max_body_bytes, MESSAGE_BODY_MAX_BYTES);
	to->max_bodies_bytes = size_or(from->max_bodies_bytes, (size_t)48 * 1024 * 1024);
	to->max_replies_bytes = size_or(from->max_replies_bytes, (size_t)64 * 1024 * 1024);
	to->request_deadline_ms = ms_or(from->request_deadline_ms, 120000);
	to->reply_deadline_ms = ms_or(from->reply_deadline_ms, 600000);
	to->idle_timeout_ms = ms_or(from->idle_timeout_ms, 30000);
	to->drain_deadline_ms = ms_or(from->drain_deadline_ms, 10000);
	to->listen = to->tls_cert_file = to->tls_key_file = NULL;
	if (from->listen == NULL) {
		return err_set(err, ERR_USAGE, "no address to listen at");
	}
	if ((from->tls_cert_file == NULL) != (from->tls_key_file == NULL)) {
		return err_set(err, ERR_USAGE, "TLS needs both a certificate and its key");
	}
	if (to->max_connections > FRONT_MAX_CONNECTIONS) {
		return err_set(err, ERR_USAGE, "more than %d connections", FRONT_MAX_CONNECTIONS);
	}
	if (to->max_body_bytes > MESSAGE_BODY_MAX_BYTES || to->request_deadline_ms < 0 ||
		to->reply_deadline_ms < 0 || to->idle_timeout_ms < 0 || to->drain_deadline_ms < 0 ||
		to->idle_timeout_ms > INT32_MAX) {
		return err_set(err, ERR_USAGE, "a limit of the HTTP front is out of range");
	}
	return true;
}

/* What libmicrohttpd says while it is started; nothing after. */
static void hear_complaint(void *ctx, const char *fmt, va_list args) PRINTF_LIKE(2, 0);
static void hear_complaint(void *ctx, const char *fmt, va_list args)
{
	struct front *front = ctx;
	char text[ERR_DETAIL_BYTES / 2];

	if (pthread_equal(pthread_self(), front->opener) && front->opening != NULL) {
		vsnprintf(text, sizeof(text), fmt, args);
		text[strcspn(text, "\n")] = '\0';
		err_set(front->opening, ERR_IO, "%s", text);
	}
}

/* The front's threads leave signals to the program's own. */
static void block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, before);
}

static bool start_daemon(struct front *front, struct err *err)
{
	unsigned flags = MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD |
		MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)front->tls_cert.data },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)front->tls_key.data },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)FRONT_TLS_PRIORITIES },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem no_tls[] = { { MHD_OPTION_END, 0, NULL } };
	bool with_tls = front->tls_cert.len != 0;

	flags |= with_tls ? MHD_USE_TLS : 0U;
	front->opener = pthread_self();
	front->opening = err;
	err_set(err, ERR_IO, "libmicrohttpd did not start");
	/* Its own connection limit must stay out of reach; see front_keeper.c. */
	front->daemon = MHD_start_daemon(flags, 0, NULL, NULL, front_receive, front,
		MHD_OPTION_EXTERNAL_LOGGER, hear_complaint, front,
		MHD_OPTION_ARRAY, with_tls ? tls : no_tls,
		MHD_OPTION_CONNECTION_LIMIT, 4U * FRONT_MAX_CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)((front->options.idle_timeout_ms + 999) / 1000),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES,
		MHD_OPTION_CONNECTION_MEMORY_INCREMENT, CONNECTION_STEP_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_NOTIFY_CONNECTION, front_keeper_notify, front,
		MHD_OPTION_URI_LOG_CALLBACK, front_receive_begin, front,
		MHD_OPTION_NOTIFY_COMPLETED, front_receive_completed, front,
		MHD_OPTION_END);
	front->opening = NULL;
	return front->daemon != NULL;
}

static bool init_lock(struct front *front, struct err *err)
{
	pthread_condattr_t attr;
	bool ok = false;

	if (pthread_condattr_init(&attr) != 0) {
		return err_nomem(err);
	}
	if (pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
		pthread_mutex_init(&front->lock, NULL) == 0) {
		/* These two fail for bad attributes only, which these are not. */
		ok = pthread_cond_init(&front->work, &attr) == 0 &&
			pthread_cond_init(&front->quiet, &attr) == 0;
		front->have_lock = true;
	}
	pthread_condattr_destroy(&attr);
	return ok || err_nomem(err);
}

static bool start_threads(struct front *front, struct err *err)
{
	sigset_t before;
	bool ok;

	block_signals(&before);
	ok = start_daemon(front, err);
	if (ok) {
		front->have_worker =
			pthread_create(&front->worker, NULL, front_worker_run, front) == 0;
		front->have_keeper = front->have_worker &&
			pthread_create(&front->keeper, NULL, front_keeper_run, front) == 0;
		ok = front->have_keeper || err_set(err, ERR_NOMEM, "no more threads");
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ok;
}

bool front_open(struct front **out, const struct front_options *options, front_handler *handle,
	void *ctx, struct err *err)
{
	struct front *front = calloc(1, sizeof(*front));
	struct err problem = { 0 };
	bool ok = false;

	*out = NULL;
	if (front == NULL) {
		return err_nomem(err);
	}
	front->handle = handle;
	front->ctx = ctx;
	front->listen_fd = front->wake_fd = -1;
	front->queue_end = &front->queue;
	front->keeper_wakes_ms = FRONT_DEADLINE_NONE;
	if (!take_options(&front->options, options, &problem) ||
		!init_lock(front, &problem) ||
		!front_listen(&front->listen_fd, &front->port, options->listen, &problem)) {
		goto out;
	}
	if (options->tls_cert_file != NULL &&
		!front_tls_load(&front->tls_cert, &front->tls_key, options->tls_cert_file,
			options->tls_key_file, &problem)) {
		goto out;
	}
	front->batch = calloc(front->options.max_connections, sizeof(struct front_job *));
	if (front->batch == NULL) {
		err_nomem(&problem);
		goto out;
	}
	front->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (front->wake_fd < 0) {
		err_errno(&problem, "eventfd");
		goto out;
	}
	if (!start_threads(front, &problem)) {
		goto out;
	}
	*out = front;
	front = NULL;
	ok = true;
out:
	front_close(front);
	return ok || err_set(err, problem.code, "HTTP front: %s", problem.detail);
}

unsigned front_port(const struct front *front)
{
	return front->port;
}

/* Under lock: until no request is under way, or for ${ms}. */
static void await_quiet(struct front *front, int64_t ms)
{
	int64_t until_ms = front_keeper_now_ms() + ms;
	struct timespec until = { until_ms / 1000, until_ms % 1000 * 1000000 };
	int waited = 0;

	while (front->exchanges != 0 && waited != ETIMEDOUT) {
		waited = pthread_cond_timedwait(&front->quiet, &front->lock, &until);
	}
}

/* Let what has begun come to its end, until the deadline. */
static void drain(struct front *front)
{
	pthread_mutex_lock(&front->lock);
	front->draining = true;
	front_keeper_cut_all(front, LINK_WAITING);
	front_keeper_wake(front);
	await_quiet(front, front->options.drain_deadline_ms);
	front_keeper_cut_all(front, LINK_RECEIVING);
	front_keeper_cut_all(front, LINK_ANSWERING);
	if (front->options.keep_cut != NULL) {
		await_quiet(front, FLUSH_MS); /* what came of uploads is kept */
	}
	front->stopping = true;
	pthread_cond_broadcast(&front->work);
	pthread_mutex_unlock(&front->lock);
	if (front->have_worker) {
		pthread_join(front->worker, NULL);
	}
	/* What was done in the last batch is worth saying. */
	pthread_mutex_lock(&front->lock);
	await_quiet(front, FLUSH_MS);
	pthread_mutex_unlock(&front->lock);
}

static void stop_keeper(struct front *front)
{
	pthread_mutex_lock(&front->lock);
	front->keeper_stops = true;
	front_keeper_wake(front);
	pthread_mutex_unlock(&front->lock);
	pthread_join(front->keeper, NULL);
}

void front_close(struct front *front)
{
	if (front == NULL) {
		return;
	}
	/* libmicrohttpd must be the last: nothing may be suspended or added. */
	if (front->daemon != NULL) {
		drain(front);
	}
	if (front->have_keeper) {
		stop_keeper(front);
	}
	if (front->daemon != NULL) {
		MHD_stop_daemon(front->daemon);
	}
	front_keeper_clear(front);
	if (front->wake_fd >= 0) {
		close(front->wake_fd);
	}
	if (front->have_lock) {
		pthread_mutex_destroy(&front->lock);
		pthread_cond_destroy(&front->work);
		pthread_cond_destroy(&front->quiet);
	}
	buf_clear(&front->tls_cert);
	buf_wipe(&front->tls_key);
	free(front->batch);
	free(front);
}
