/*
 * front_keeper.c -- accepts connections, cuts off what is past its
 * deadline, and closes politely what was refused in the middle.
 *
 * libmicrohttpd is not given the listening socket: its own stop to
 * accepting (MHD_quiesce_daemon) races with its own thread, and its limits
 * know no IPv6 prefixes.  Its timeout knows only silence, so a client that
 * sends one byte now and then would never be cut off: deadlines are kept
 * here, per link.
 *
 * A descriptor can be shut down safely from here because a link is taken
 * off the list, under the lock, before libmicrohttpd closes it.  A link
 * that is only LINK_ACCEPTED gives no such guarantee (libmicrohttpd may
 * drop it for want of memory without a word) and is never touched.
 *
 * Polite closing: to close a socket with unread bytes sends a reset, which
 * can overtake the refusal.  A duplicate of the descriptor keeps it open
 * and is read until the client has stopped, for a bounded time.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "front_internal.h"

#define ACCEPTED_MAX_MS 10000
#define ACCEPT_PAUSE_MS 100 /* without descriptors or memory */
#define ACCEPTS_A_ROUND 64
#define LINGER_MS 3000
#define LINGER_MAX_BYTES (64 * 1024 * 1024)

int64_t front_keeper_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void front_keeper_wake(struct front *front)
{
	uint64_t one = 1;
	ssize_t put = write(front->wake_fd, &one, sizeof(one));

	/* It fails only when the counter is full: then it is awake. */
	(void)put;
}

static int64_t later(int64_t now_ms, int64_t ms)
{
	return ms > FRONT_DEADLINE_NONE - now_ms ? FRONT_DEADLINE_NONE : now_ms + ms;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void cut(struct link *link)
{
	if (!link->cut && link->state != LINK_ACCEPTED) {
		shutdown(link->fd, SHUT_RDWR);
		link->cut = true;
		link->deadline_ms = FRONT_DEADLINE_NONE;
	}
}

void front_keeper_cut_all(struct front *front, enum link_state state)
{
	struct link *link;

	for (link = front->links; link != NULL; link = link->next) {
		if (link->state == state) {
			cut(link);
		}
	}
}

void front_keeper_enter(struct front *front, struct link *link, enum link_state state)
{
	const struct front_options *options = &front->options;
	int64_t now_ms = front_keeper_now_ms();

	if (link == NULL || link->cut) {
		return;
	}
	switch (state) {
	case LINK_ACCEPTED:
		link->deadline_ms = later(now_ms, ACCEPTED_MAX_MS);
		break;
	case LINK_WAITING:
		/* After a reply: the first byte of the next request is not seen. */
		link->deadline_ms = later(now_ms, options->request_deadline_ms);
		if (link->state != LINK_ACCEPTED) {
			link->deadline_ms = later(link->deadline_ms, options->idle_timeout_ms);
		}
		break;
	case LINK_RECEIVING:
		link->deadline_ms = sooner(link->deadline_ms,
			later(now_ms, options->request_deadline_ms));
		break;
	case LINK_WORKING:
		link->deadline_ms = FRONT_DEADLINE_NONE;
		break;
	case LINK_ANSWERING:
		link->deadline_ms = later(now_ms, options->reply_deadline_ms);
		break;
	}
	link->state = state;
	if (front->draining && state == LINK_WAITING) {
		cut(link);
	}
	if (link->deadline_ms < front->keeper_wakes_ms) {
		front_keeper_wake(front);
	}
}

static void insert(struct front *front, struct link *link)
{
	link->next = front->links;
	if (link->next != NULL) {
		link->next->prev = link;
	}
	front->links = link;
	front->link_count++;
}

static void remove_link(struct front *front, struct link *link)
{
	if (link->next != NULL) {
		link->next->prev = link->prev;
	}
	if (link->prev != NULL) {
		link->prev->next = link->next;
	} else {
		front->links = link->next;
	}
	if (front->link_count-- == front->options.max_connections) {
		front_keeper_wake(front); /* which had stopped accepting */
	}
	free(link);
}

/* Keep the socket of ${link}, about to be closed, open for a while. */
static void begin_linger(struct front *front, const struct link *link)
{
	struct lingering *linger = &front->lingers[front->linger_count];
	int fd;

	if (front->linger_count == FRONT_LINGERS_MAX || link->cut) {
		return;
	}
	fd = fcntl(link->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0) {
		return;
	}
	shutdown(fd, SHUT_WR);
	*linger = (struct lingering){ fd, later(front_keeper_now_ms(), LINGER_MS), 0 };
	front->linger_count++;
	front_keeper_wake(front);
}

/* The accepted link with this descriptor, or a new one; NULL without memory. */
static struct link *link_for(struct front *front, int fd)
{
	struct link *link = front->links;

	while (link != NULL && (link->state != LINK_ACCEPTED || link->fd != fd)) {
		link = link->next;
	}
	if (link == NULL) {
		link = calloc(1, sizeof(*link));
		if (link != NULL) {
			link->fd = fd;
			insert(front, link);
		}
	}
	return link;
}

void front_keeper_notify(void *ctx, struct MHD_Connection *connection, void **socket_context,
	enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	struct front *front = ctx;
	struct link *link;

	pthread_mutex_lock(&front->lock);
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		link = link_for(front, info->connect_fd);
		front_keeper_enter(front, link, LINK_WAITING);
		*socket_context = link;
	} else if ((link = *socket_context) != NULL) {
		if (link->linger) {
			begin_linger(front, link);
		}
		remove_link(front, link);
		*socket_context = NULL;
	}
	pthread_mutex_unlock(&front->lock);
}

/* What counts as one client: an IPv4 address, or the /64 of an IPv6 one. */
static size_t client_prefix(const uint8_t **bytes, const struct sockaddr_storage *peer)
{
	const struct in6_addr *six = &((const struct sockaddr_in6 *)peer)->sin6_addr;

	if (peer->ss_family == AF_INET) {
		*bytes = (const uint8_t *)&((const struct sockaddr_in *)peer)->sin_addr;
		return 4;
	}
	if (peer->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(six)) {
		*bytes = six->s6_addr + 12;
		return 4;
	}
	*bytes = six->s6_addr;
	return peer->ss_family == AF_INET6 ? 8 : 0;
}

static size_t links_of(const struct front *front, const struct sockaddr_storage *peer)
{
	const uint8_t *wanted, *have;
	size_t wanted_len = client_prefix(&wanted, peer), count = 0;
	const struct link *link;

	for (link = front->links; link != NULL; link = link->next) {
		count += client_prefix(&have, &link->peer) == wanted_len &&
			memcmp(have, wanted, wanted_len) == 0;
	}
	return count;
}

/* List ${fd}; NULL if its client has too many, or without memory. */
static struct link *admit(struct front *front, int fd, const struct sockaddr_storage *peer)
{
	struct link *link = calloc(1, sizeof(*link));

	pthread_mutex_lock(&front->lock);
	if (link != NULL && links_of(front, peer) >= front->options.max_connections_per_ip) {
		free(link);
		link = NULL;
	}
	if (link != NULL) {
		link->fd = fd;
		link->peer = *peer;
		insert(front, link);
		front_keeper_enter(front, link, LINK_ACCEPTED);
	}
	pthread_mutex_unlock(&front->lock);
	return link;
}

/* Accept one connection.  False: there is none, or no room for it. */
static bool accept_one(struct front *front)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t peer_len = sizeof(peer);
	struct link *link;
	int fd = accept4(front->listen_fd, (struct sockaddr *)&peer, &peer_len,
		SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) {
		return true;
	}
	if (fd < 0) {
		if (errno != EAGAIN) {
			front->accept_again_ms = front_keeper_now_ms() + ACCEPT_PAUSE_MS;
		}
		return false;
	}
	link = admit(front, fd, &peer);
	if (link == NULL) {
		close(fd);
		return true;
	}
	if (MHD_add_connection(front->daemon, fd, (struct sockaddr *)&peer, peer_len) != MHD_YES) {
		/* It closed ${fd}, and never tells of it: ${link} is still ours. */
		pthread_mutex_lock(&front->lock);
		remove_link(front, link);
		pthread_mutex_unlock(&front->lock);
	}
	return true;
}

static bool has_room(struct front *front)
{
	bool room;

	pthread_mutex_lock(&front->lock);
	room = !front->draining && front->link_count < front->options.max_connections;
	pthread_mutex_unlock(&front->lock);
	return room;
}

static void accept_some(struct front *front)
{
	unsigned i;

	/* Bounded, so that a flood keeps nobody's deadline waiting. */
	for (i = 0; i < ACCEPTS_A_ROUND && has_room(front) && accept_one(front); i++) {
		continue;
	}
}

/* Under lock.  Returns when the next deadline is due. */
static int64_t enforce_deadlines(struct front *front, int64_t now_ms)
{
	int64_t next_ms = FRONT_DEADLINE_NONE;
	struct link *link, *next;
	size_t i;

	for (link = front->links; link != NULL; link = next) {
		next = link->next;
		if (link->deadline_ms <= now_ms && link->state == LINK_ACCEPTED) {
			remove_link(front, link);
			continue;
		}
		if (link->deadline_ms <= now_ms) {
			cut(link);
		}
		next_ms = sooner(next_ms, link->deadline_ms);
	}
	for (i = 0; i < front->linger_count; i++) {
		next_ms = sooner(next_ms, front->lingers[i].deadline_ms);
	}
	return next_ms;
}

/* Read what came; false when it is time to close. */
static bool keep_lingering(struct lingering *linger, int64_t now_ms)
{
	char scratch[16384];
	ssize_t got = 1;
	unsigned rounds;

	if (now_ms >= linger->deadline_ms || linger->read_bytes >= LINGER_MAX_BYTES) {
		return false;
	}
	for (rounds = 0; got > 0 && rounds < 16; rounds++) {
		got = recv(linger->fd, scratch, sizeof(scratch), MSG_DONTWAIT);
		linger->read_bytes += got > 0 ? (size_t)got : 0;
	}
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Under lock. */
static void serve_lingers(struct front *front, int64_t now_ms)
{
	size_t i = 0;

	while (i < front->linger_count) {
		if (keep_lingering(&front->lingers[i], now_ms)) {
			i++;
		} else {
			close(front->lingers[i].fd);
			front->lingers[i] = front->lingers[--front->linger_count];
		}
	}
}

/*
 * Do what is due; fill ${fds} with what to wait for.  *stop when told to.
 * Returns when to look again.
 */
static int64_t look_around(struct front *front, struct pollfd *fds, nfds_t *count, bool *stop)
{
	int64_t now_ms = front_keeper_now_ms(), next_ms;
	bool listening;
	size_t i;

	pthread_mutex_lock(&front->lock);
	*stop = front->keeper_stops;
	if (front->draining && front->listen_fd >= 0) {
		close(front->listen_fd);
		front->listen_fd = -1;
	}
	serve_lingers(front, now_ms);
	next_ms = enforce_deadlines(front, now_ms);
	fds[0] = (struct pollfd){ front->wake_fd, POLLIN, 0 };
	listening = front->listen_fd >= 0 && front->link_count < front->options.max_connections;
	if (listening && now_ms < front->accept_again_ms) {
		next_ms = sooner(next_ms, front->accept_again_ms);
		listening = false;
	}
	fds[1] = (struct pollfd){ listening ? front->listen_fd : -1, POLLIN, 0 };
	for (i = 0; i < front->linger_count; i++) {
		fds[2 + i] = (struct pollfd){ front->lingers[i].fd, POLLIN, 0 };
	}
	*count = 2 + (nfds_t)front->linger_count;
	front->keeper_wakes_ms = next_ms;
	pthread_mutex_unlock(&front->lock);
	return next_ms;
}

static int wait_ms(int64_t until_ms)
{
	int64_t left_ms = until_ms - front_keeper_now_ms();

	if (until_ms == FRONT_DEADLINE_NONE) {
		return -1;
	}
	return left_ms <= 0 ? 0 : left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}

void *front_keeper_run(void *ctx)
{
	struct pollfd fds[2 + FRONT_LINGERS_MAX];
	struct front *front = ctx;
	uint64_t woken;
	ssize_t got;
	nfds_t count;
	bool stop;

	for (;;) {
		int64_t until_ms = look_around(front, fds, &count, &stop);

		if (stop) {
			return NULL;
		}
		if (poll(fds, count, wait_ms(until_ms)) < 0) {
			continue; /* EINTR: look around again */
		}
		if (fds[0].revents != 0) {
			got = read(front->wake_fd, &woken, sizeof(woken));
			(void)got; /* EAGAIN: somebody else's wake was read with it */
		}
		if (fds[1].revents != 0) {
			accept_some(front);
		}
	}
}

void front_keeper_clear(struct front *front)
{
	while (front->linger_count > 0) {
		close(front->lingers[--front->linger_count].fd);
	}
	while (front->links != NULL) {
		/* Only those of which libmicrohttpd never told. */
		assert(front->links->state == LINK_ACCEPTED);
		remove_link(front, front->links);
	}
	if (front->listen_fd >= 0) {
		close(front->listen_fd);
	}
}
