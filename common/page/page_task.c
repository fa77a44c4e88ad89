/* page_task.c -- see page_task.h. */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "options.h"
#include "page_task.h"
#include "progress.h"

#define WORD_BYTES 1024

struct page_task {
	pthread_mutex_t lock; /* of all that follows but what says so */
	pthread_t thread;
	bool started; /* there is a thread to be joined */
	bool running, stopping;
	const char *kind; /* NULL: none has run */
	int64_t begun_ms, ended_ms;
	struct progress progress; /* as told last */
	bool told;
	bool ok;
	struct err err;
	struct buf result;

	/* The thread's while it runs. */
	const struct env *env;
	struct node_options options;
	struct page_command command;
	unsigned char option_bytes[COMMAND_STRUCT_MAX_BYTES];
	char words[4][WORD_BYTES];
	bool zh;
};

bool page_task_new(struct page_task **out, struct err *err)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL) {
		return err_nomem(err);
	}
	if (pthread_mutex_init(&(*out)->lock, NULL) != 0) {
		free(*out);
		*out = NULL;
		return err_nomem(err);
	}
	return true;
}

static void join(struct page_task *task)
{
	if (task->started) {
		pthread_join(task->thread, NULL);
		task->started = false;
	}
}

void page_task_free(struct page_task *task)
{
	if (task != NULL) {
		page_task_stop(task);
		join(task);
		pthread_mutex_destroy(&task->lock);
		buf_clear(&task->result);
		free(task);
	}
}

/* ---- the thread ------------------------------------------------------ */

static bool watch(void *ctx, const struct progress *progress)
{
	struct page_task *task = ctx;
	bool stopping;

	pthread_mutex_lock(&task->lock);
	task->progress = *progress;
	task->told = true;
	stopping = task->stopping;
	pthread_mutex_unlock(&task->lock);
	return !stopping;
}

static bool work(struct page_task *task, struct buf *out, struct err *err)
{
	struct node *node = NULL;
	bool ok;

	ok = (task->command.home != NULL || node_open(&node, &task->options, err)) &&
		page_command_run(&task->command, node, out, err);
	node_close(node);
	return ok;
}

static void *run(void *ctx)
{
	struct page_task *task = ctx;
	struct err err = { 0 };
	struct buf out = { 0 };
	bool ok;

	terminal_speak(task->zh ? TERMINAL_CHINESE : TERMINAL_ENGLISH);
	progress_watch(watch, task);
	ok = work(task, &out, &err);
	progress_watch(NULL, NULL);
	pthread_mutex_lock(&task->lock);
	task->ok = ok;
	task->err = err;
	buf_clear(&task->result);
	task->result = out;
	task->ended_ms = task->env->now_ms(task->env->ctx);
	task->running = false;
	pthread_mutex_unlock(&task->lock);
	return NULL;
}

/* ---- beginning and stopping ------------------------------------------ */

bool page_task_runs(struct page_task *task)
{
	bool running;

	pthread_mutex_lock(&task->lock);
	running = task->running;
	pthread_mutex_unlock(&task->lock);
	return running;
}

void page_task_stop(struct page_task *task)
{
	pthread_mutex_lock(&task->lock);
	task->stopping = true;
	pthread_mutex_unlock(&task->lock);
}

static bool copy_command(struct page_task *task, const struct page_command *from, struct err *err)
{
	size_t i;

	task->command = (struct page_command){ .run = from->run, .home = from->home,
		.passphrase = from->passphrase };
	if (from->options != NULL) {
		assert(from->options_bytes <= sizeof(task->option_bytes));
		memcpy(task->option_bytes, from->options, from->options_bytes);
		task->command.options = task->option_bytes;
		task->command.options_bytes = from->options_bytes;
	}
	for (i = 0; from->words[i] != NULL; i++) {
		if (i == sizeof(task->words) / sizeof(task->words[0]) ||
			strlen(from->words[i]) >= WORD_BYTES) {
			return err_set(err, ERR_TOO_LARGE, "the words of a task");
		}
		strcpy(task->words[i], from->words[i]);
		task->command.words[i] = task->words[i];
	}
	return true;
}

/* Signals are for the program's own thread. */
static bool start_thread(struct page_task *task)
{
	sigset_t all, before;
	bool ok;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	ok = pthread_create(&task->thread, NULL, run, task) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ok;
}

bool page_task_start(struct page_task *task, const char *kind, const struct page_command *command,
	const struct node_options *options, bool zh, struct err *err)
{
	if (page_task_runs(task)) {
		return err_set(err, ERR_BUSY, "%s is running", task->kind);
	}
	join(task);
	if (!copy_command(task, command, err)) {
		return false;
	}
	task->kind = kind;
	task->options = *options;
	task->env = options->env;
	task->zh = zh;
	task->stopping = task->told = false;
	task->begun_ms = task->env->now_ms(task->env->ctx);
	task->ended_ms = 0;
	task->err = (struct err){ .code = ERR_NONE };
	buf_clear(&task->result);
	task->running = true;
	task->started = start_thread(task);
	task->running = task->started;
	return task->started || err_set(err, ERR_NOMEM, "no more threads");
}

/* ---- telling --------------------------------------------------------- */

static void progress_json(struct buf *out, const struct page_task *task, bool zh)
{
	const struct progress *progress = &task->progress;
	double left = task->told ? progress_time_left(progress) : -1;

	emit_member(out, "stage",
		!task->told ? NULL : zh ? progress->what.zh : progress->what.en);
	emit_member_integer(out, "records", (int64_t)progress->last.records);
	emit_member_integer(out, "records_total", (int64_t)progress->last.records_total);
	emit_member_integer(out, "bytes", (int64_t)progress->last.bytes);
	emit_member_integer(out, "bytes_total", (int64_t)progress->last.bytes_total);
	emit_member_integer(out, "bytes_rate", (int64_t)progress->bytes_rate);
	emit_key(out, "seconds_left");
	if (left >= 0) {
		emit_integer(out, (int64_t)left);
	} else {
		emit_null(out);
	}
}

static void outcome_json(struct buf *out, const struct page_task *task, bool zh)
{
	struct view result = buf_as_view(&task->result);

	while (result.len != 0 && result.data[result.len - 1] == '\n') {
		result.len--;
	}
	emit_key(out, "result");
	if (!task->running && task->ok && result.len != 0) {
		emit_raw(out, result);
	} else {
		emit_null(out);
	}
	emit_key(out, "error");
	if (task->running || task->ok) {
		emit_null(out);
		return;
	}
	emit_open(out, '{');
	emit_member(out, "code", err_name(task->err.code));
	emit_member(out, "sentence", err_sentence(task->err.code, zh));
	emit_member(out, "reason", NULL);
	emit_close(out, '}');
}

void page_task_json(struct buf *out, struct page_task *task, bool zh)
{
	pthread_mutex_lock(&task->lock);
	emit_begin(out);
	emit_key(out, "task");
	if (task->kind == NULL) {
		emit_null(out);
	} else {
		emit_open(out, '{');
		emit_member(out, "kind", task->kind);
		emit_member_bool(out, "running", task->running);
		emit_member_bool(out, "stopping", task->running && task->stopping);
		emit_member_integer(out, "begun", task->begun_ms);
		emit_key(out, "ended");
		if (task->running) {
			emit_null(out);
		} else {
			emit_integer(out, task->ended_ms);
		}
		progress_json(out, task, zh);
		outcome_json(out, task, zh);
		emit_close(out, '}');
	}
	emit_end(out);
	pthread_mutex_unlock(&task->lock);
}
