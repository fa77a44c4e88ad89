/* announce.c -- see announce.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "announce.h"

#define SERVICE "_linli._tcp"
#define BROWSE_MAX_BYTES (256 * 1024)
#define FIELDS 10 /* of a resolved service in avahi-browse --parsable */

extern char **environ;

/* Start ${argv} without a terminal's input; its output to ${out_fd}, or nowhere. */
static bool start(pid_t *out, char *const argv[], int out_fd)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int failed;

	*out = 0;
	sigemptyset(&none);
	if (posix_spawn_file_actions_init(&actions) != 0) {
		return false;
	}
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return false;
	}
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (out_fd >= 0) {
		posix_spawn_file_actions_adddup2(&actions, out_fd, 1);
	} else {
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	}
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	failed = posix_spawnp(out, argv[0], &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failed == 0;
}

void announce_begin(pid_t *out, struct node *node, unsigned port)
{
	char program[] = "avahi-publish", option[] = "-s", service[] = SERVICE;
	char device[DEVICE_TEXT_BYTES], federation[DEVICE_TEXT_BYTES], number[16];
	char name[8 + DEVICE_TEXT_BYTES], is[16 + DEVICE_TEXT_BYTES], of[16 + DEVICE_TEXT_BYTES];
	char *argv[] = { program, option, name, service, number, is, of, NULL };

	device_id_print(device, node_device(node));
	device_id_print(federation, node_federation_id(node));
	snprintf(name, sizeof(name), "linli-%s", device);
	snprintf(number, sizeof(number), "%u", port);
	snprintf(is, sizeof(is), "device=%s", device);
	snprintf(of, sizeof(of), "federation=%s", federation);
	if (!start(out, argv, -1)) {
		*out = 0;
	}
}

void announce_end(pid_t announcing)
{
	if (announcing > 0) {
		kill(announcing, SIGTERM);
		waitpid(announcing, NULL, 0);
	}
}

/* ---- looking -------------------------------------------------------- */

/* The next part of ${line} up to a ';'. */
static struct view cut(struct view *line)
{
	struct view part = *line;
	const char *end = line->len != 0 ? memchr(line->data, ';', line->len) : NULL;

	part.len = end != NULL ? (size_t)(end - line->data) : line->len;
	line->data += part.len + (end != NULL ? 1 : 0);
	line->len -= part.len + (end != NULL ? 1 : 0);
	return part;
}

/* The value of ${name} in ${txt}: "device=..." "federation=..." in quotation marks. */
static bool txt_device(struct view txt, const char *name, struct device_id *out)
{
	size_t len = strlen(name), i;

	for (i = 0; i + len + DEVICE_TEXT_BYTES - 1 <= txt.len; i++) {
		if (memcmp(txt.data + i, name, len) == 0) {
			return device_id_parse(out,
				(struct view){ txt.data + i + len, DEVICE_TEXT_BYTES - 1 });
		}
	}
	return false;
}

/* An address in digits, as it stands in a URL. */
static bool write_url(char out[ANNOUNCE_URL_BYTES], struct view address, struct view port)
{
	bool six = address.len != 0 && memchr(address.data, ':', address.len) != NULL;
	int64_t number;
	size_t i;

	if (!int64_parse(&number, port) || number < 1 || number > 65535 || address.len == 0 ||
		address.len > 45 || view_begins(address, "fe80:")) {
		return false; /* a link's own address needs its interface too */
	}
	for (i = 0; i < address.len; i++) {
		if (strchr("0123456789abcdef.:", address.data[i]) == NULL) {
			return false;
		}
	}
	snprintf(out, ANNOUNCE_URL_BYTES, six ? "http://[%.*s]:%d" : "http://%.*s:%d",
		(int)address.len, address.data, (int)number);
	return true;
}

/* =;interface;protocol;name;type;domain;host;address;port;txt */
static bool parse(struct announced *out, struct node *node, struct view line)
{
	struct view fields[FIELDS];
	struct device_id federation;
	size_t i;

	for (i = 0; i + 1 < FIELDS; i++) {
		fields[i] = cut(&line);
	}
	fields[i] = line;
	return view_is(fields[0], "=") && view_is(fields[4], SERVICE) &&
		txt_device(fields[9], "federation=", &federation) &&
		device_id_equal(federation, node_federation_id(node)) &&
		txt_device(fields[9], "device=", &out->device) &&
		!device_id_equal(out->device, node_device(node)) &&
		write_url(out->url, fields[7], fields[8]);
}

static bool read_all(int fd, struct buf *out, struct err *err)
{
	char chunk[4096];
	ssize_t got;

	do {
		got = read(fd, chunk, sizeof(chunk));
		if (got > 0) {
			buf_add(out, chunk, (size_t)got);
		}
	} while ((got > 0 && out->len < BROWSE_MAX_BYTES) || (got < 0 && errno == EINTR));
	return buf_ok(out, err);
}

static bool run_browser(struct buf *out, bool *running, struct err *err)
{
	char program[] = "avahi-browse", options[] = "-rptk", service[] = SERVICE;
	char *argv[] = { program, options, service, NULL };
	int ends[2], status = 0;
	pid_t browsing;
	bool ok;

	*running = false;
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return err_errno(err, "a pipe");
	}
	ok = start(&browsing, argv, ends[1]);
	close(ends[1]);
	if (!ok) {
		close(ends[0]);
		return true; /* it is not installed */
	}
	ok = read_all(ends[0], out, err);
	close(ends[0]);
	if (out->len >= BROWSE_MAX_BYTES) {
		kill(browsing, SIGKILL);
	}
	waitpid(browsing, &status, 0);
	*running = out->len >= BROWSE_MAX_BYTES || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return ok;
}

bool announce_browse(struct node *node, bool *running,
	bool (*each)(void *ctx, const struct announced *announced, struct err *err), void *ctx,
	struct err *err)
{
	struct buf text = { 0 };
	bool ok = run_browser(&text, running, err);
	size_t at = 0;

	while (ok && at < text.len) {
		const char *line = (const char *)text.data + at;
		const char *end = memchr(line, '\n', text.len - at);
		size_t len = end != NULL ? (size_t)(end - line) : text.len - at;
		struct announced announced;

		if (parse(&announced, node, (struct view){ line, len })) {
			ok = each(ctx, &announced, err);
		}
		at += len + 1;
	}
	buf_clear(&text);
	return ok;
}
