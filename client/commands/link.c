/* link.c -- see link.h. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "carrier.h"
#include "link.h"

/* The fact (node_get()) that names the file of trusted authorities. */
#define CA_FILE "ca_file"
#define WAIT_STEP_MS 100

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static void catch_interrupts(void)
{
	struct sigaction action = { .sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void draw(struct link *link)
{
	struct progress_counts counts = link->counts;

	counts.bytes += link->request_bytes;
	progress_update(&link->progress, &counts);
}

/* Several times a second, with the bytes of one request. */
static bool bytes_moved(
	void *ctx, uint64_t sent, uint64_t to_send, uint64_t received, uint64_t to_receive)
{
	struct link *link = ctx;

	(void)to_send;
	(void)to_receive;
	link->request_bytes = sent + received;
	draw(link);
	return !interrupted && !link->progress.stopped;
}

static struct phrase stage_name(enum sync_stage stage)
{
	switch (stage) {
	case SYNC_SEND:
		return (struct phrase){ "发送", "Sending" };
	case SYNC_RECEIVE:
		return (struct phrase){ "接收", "Receiving" };
	case SYNC_RELAY:
		return (struct phrase){ "转交", "Passing on" };
	case SYNC_CONNECT:
	case SYNC_DONE:
		break;
	}
	return (struct phrase){ "交换", "Exchanging" };
}

/* After every message. */
static bool stage_moved(void *ctx, const struct sync_progress *progress)
{
	struct link *link = ctx;

	if (progress->stage != link->stage) {
		link->stage = progress->stage;
		progress_end(&link->progress);
		progress_begin(&link->progress, link->progress.env, stage_name(link->stage));
	}
	link->counts.records = progress->done;
	link->counts.records_total = progress->total;
	link->counts.bytes = progress->sent.bytes + progress->received.bytes;
	link->request_bytes = 0;
	draw(link);
	return !interrupted && !link->progress.stopped;
}

/* Before it is tried again; Ctrl-C does not wait. */
static bool wait_a_while(void *ctx, int64_t ms)
{
	struct link *link = ctx;
	int64_t left;

	progress_end(&link->progress);
	progress_begin(&link->progress, link->progress.env,
		(struct phrase){ "线路中断,稍后重试", "The line broke, trying again soon" });
	link->request_bytes = 0;
	draw(link);
	for (left = ms; left > 0 && !interrupted; left -= WAIT_STEP_MS) {
		struct timespec step = { 0,
			(left < WAIT_STEP_MS ? left : WAIT_STEP_MS) * 1000000L };

		nanosleep(&step, NULL);
	}
	progress_end(&link->progress);
	progress_begin(&link->progress, link->progress.env, stage_name(link->stage));
	return !interrupted;
}

bool link_open(
	struct link *out, struct node *node, const struct link_options *options, struct err *err)
{
	const char *url = options->url != NULL ? options->url : node_federation(node)->url;
	struct carrier_options carrier = { .url = url,
		.ca_file = options->ca_file,
		.limit_rate = options->limit_rate,
		.progress = bytes_moved,
		.progress_ctx = out };
	struct buf known = { 0 };
	bool ok;

	memset(out, 0, sizeof(*out));
	if (url[0] == '\0') {
		return err_set(err, ERR_USAGE,
			terminal_chinese()
				? "不知道服务器的地址:请写明地址,或用 carry 通过 U 盘交换"
				: "no server is known: name its address, or exchange "
				  "through a stick with carry");
	}
	if (options->ca_file == NULL && node_get(node, CA_FILE, &known)) {
		carrier.ca_file = buf_str(&known);
	}
	ok = carrier_open(&out->carrier, &carrier, err);
	buf_clear(&known);
	if (!ok) {
		return false;
	}
	catch_interrupts();
	out->transport = carrier_transport(out->carrier);
	out->options = (struct sync_options){ out, stage_moved,
		options->once ? NULL : wait_a_while };
	progress_begin(&out->progress, node_env(node), stage_name(SYNC_CONNECT));
	return true;
}

void link_close(struct link *link)
{
	if (link->carrier != NULL) {
		progress_end(&link->progress);
		carrier_close(link->carrier);
		link->carrier = NULL;
	}
}

bool link_trust(struct node *node, const char *ca_file, struct err *err)
{
	char *whole;
	bool ok;

	if (ca_file == NULL) {
		return true;
	}
	whole = realpath(ca_file, NULL);
	ok = whole != NULL ? node_set(node, CA_FILE, view_of(whole), err)
			   : err_errno(err, "%s", ca_file);
	free(whole);
	return ok;
}
