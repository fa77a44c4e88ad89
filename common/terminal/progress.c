/* progress.c -- see progress.h. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "display.h"
#include "progress.h"

#define REDRAW_MS 200
#define SMOOTHING_MS 3000
#define GUESS_AFTER_MS 2000 /* an earlier guess of the time left is noise */
#define LONGEST_GUESS_S (99.0 * 3600)

void progress_begin(struct progress *progress, const struct env *env, struct phrase what)
{
	*progress = (struct progress){
		.env = env, .what = what, .on = terminal_columns(STDERR_FILENO) != 0
	};
}

/* Move ${rate} towards what was done in the last ${elapsed_ms}. */
static double smooth(double rate, uint64_t before, uint64_t now, int64_t elapsed_ms, bool first)
{
	double elapsed = (double)elapsed_ms;
	double current = now > before ? (double)(now - before) * 1000 / elapsed : 0;

	return first ? current : rate + (current - rate) * elapsed / (SMOOTHING_MS + elapsed);
}

/* Is it time to draw again? */
static bool advance(struct progress *progress, const struct progress_counts *counts)
{
	int64_t now = progress->env->now_ms(progress->env->ctx);
	int64_t elapsed = now - progress->last_ms;
	bool first;

	/* A clock set back counts as a new beginning, not as a speed. */
	if (!progress->begun || elapsed < 0) {
		progress->begun = true;
		progress->begun_ms = progress->last_ms = now;
		progress->last = *counts;
		progress->bytes_rate = progress->records_rate = 0;
		return true;
	}
	if (elapsed < REDRAW_MS) {
		return false;
	}
	first = progress->last_ms == progress->begun_ms;
	progress->bytes_rate =
		smooth(progress->bytes_rate, progress->last.bytes, counts->bytes, elapsed, first);
	progress->records_rate = smooth(
		progress->records_rate, progress->last.records, counts->records, elapsed, first);
	progress->last_ms = now;
	progress->last = *counts;
	return true;
}

static void draw(struct progress *progress)
{
	struct buf line = { 0 }, out = { 0 };
	size_t columns = terminal_columns(STDERR_FILENO);

	progress_render(&line, progress, terminal_chinese());
	buf_text(&out, "\r");
	/* One column stays free: a full line would wrap on some terminals. */
	display_fit(&out, buf_as_view(&line), columns > 1 ? columns - 1 : 0);
	buf_text(&out, "\033[K");
	fwrite(buf_str(&out), 1, out.len, stderr);
	fflush(stderr);
	progress->drawn = true;
	buf_clear(&line);
	buf_clear(&out);
}

static _Thread_local struct {
	bool (*watch)(void *ctx, const struct progress *progress);
	void *ctx;
} watcher;

void progress_watch(bool (*watch)(void *ctx, const struct progress *progress), void *ctx)
{
	watcher.watch = watch;
	watcher.ctx = ctx;
}

void progress_update(struct progress *progress, const struct progress_counts *counts)
{
	if (!advance(progress, counts)) {
		return;
	}
	if (progress->on) {
		draw(progress);
	}
	if (watcher.watch != NULL && !watcher.watch(watcher.ctx, progress)) {
		progress->stopped = true;
	}
}

void progress_end(struct progress *progress)
{
	if (progress->drawn) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	progress->drawn = false;
}

double progress_time_left(const struct progress *progress)
{
	const struct progress_counts *last = &progress->last;
	double seconds = -1;

	if (progress->last_ms - progress->begun_ms < GUESS_AFTER_MS) {
		return -1;
	}
	if (last->bytes_total > last->bytes && progress->bytes_rate > 0) {
		seconds = (double)(last->bytes_total - last->bytes) / progress->bytes_rate;
	} else if (last->records_total > last->records && progress->records_rate > 0) {
		seconds = (double)(last->records_total - last->records) / progress->records_rate;
	}
	return seconds > LONGEST_GUESS_S ? -1 : seconds;
}

static void print_bytes(struct buf *out, double bytes)
{
	if (bytes < 1000) {
		buf_printf(out, "%.0f B", bytes);
	} else if (bytes < 1e6) {
		buf_printf(out, "%.0f KB", bytes / 1e3);
	} else if (bytes < 1e9) {
		buf_printf(out, "%.1f MB", bytes / 1e6);
	} else {
		buf_printf(out, "%.2f GB", bytes / 1e9);
	}
}

static void print_time_left(struct buf *out, double seconds, bool zh)
{
	uint64_t s = (uint64_t)(seconds + 0.5);

	if (s < 60) {
		buf_printf(out, zh ? "  剩余约 %" PRIu64 " 秒" : "  about %" PRIu64 " s left", s);
	} else if (s < 3600) {
		buf_printf(out, zh ? "  剩余约 %" PRIu64 " 分钟" : "  about %" PRIu64 " min left",
			(s + 30) / 60);
	} else {
		buf_printf(out,
			zh ? "  剩余约 %" PRIu64 " 小时 %" PRIu64 " 分"
			   : "  about %" PRIu64 " h %" PRIu64 " min left",
			s / 3600, s % 3600 / 60);
	}
}

void progress_render(struct buf *out, const struct progress *progress, bool zh)
{
	const struct progress_counts *last = &progress->last;
	double seconds = progress_time_left(progress);

	buf_text(out, zh ? progress->what.zh : progress->what.en);
	buf_printf(out, "  %" PRIu64, last->records);
	if (last->records_total != 0) {
		buf_printf(out, zh ? "/%" PRIu64 : " of %" PRIu64, last->records_total);
	}
	buf_text(out, zh ? " 条" : " records");
	if (last->bytes != 0 || last->bytes_total != 0) {
		buf_text(out, "  ");
		print_bytes(out, (double)last->bytes);
		if (last->bytes_total != 0) {
			buf_text(out, zh ? "/" : " of ");
			print_bytes(out, (double)last->bytes_total);
		}
		buf_text(out, "  ");
		print_bytes(out, progress->bytes_rate);
		buf_text(out, zh ? "/秒" : "/s");
	}
	if (seconds >= 0) {
		print_time_left(out, seconds, zh);
	}
}
