/* front_listen.c -- from "127.0.0.1:8080" to a listening socket. */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "front_internal.h"

#define BACKLOG 511
#define HOST_MAX_BYTES 256

/* Split "host:port" or "[host]:port". */
static bool split(char host[HOST_MAX_BYTES], int64_t *port, const char *where, struct err *err)
{
	struct view all = view_of(where), name;
	const char *colon = strrchr(all.len != 0 ? where : "", ':');

	if (colon == NULL ||
		!int64_parse(port, (struct view){ colon + 1, strlen(colon + 1) }) || *port < 0 ||
		*port > 65535) {
		return err_set(err, ERR_USAGE, "\"%s\" is not ADDRESS:PORT", where ? where : "");
	}
	name = (struct view){ where, (size_t)(colon - where) };
	if (name.len >= 2 && name.data[0] == '[' && name.data[name.len - 1] == ']') {
		name = (struct view){ name.data + 1, name.len - 2 };
	} else if (memchr(name.data, ':', name.len) != NULL) {
		return err_set(err, ERR_USAGE, "\"%s\": write an IPv6 address as [ADDRESS]:PORT",
			where);
	}
	if (name.len == 0 || name.len >= HOST_MAX_BYTES) {
		return err_set(err, ERR_USAGE, "\"%s\" is not ADDRESS:PORT", where);
	}
	memcpy(host, name.data, name.len);
	host[name.len] = '\0';
	return true;
}

static unsigned port_of(const struct sockaddr_storage *address)
{
	return ntohs(address->ss_family == AF_INET6 ?
			((const struct sockaddr_in6 *)address)->sin6_port :
			((const struct sockaddr_in *)address)->sin_port);
}

bool front_listen(int *fd, unsigned *port, const char *where, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *found = NULL;
	struct sockaddr_storage bound;
	socklen_t bound_len = sizeof(bound);
	char host[HOST_MAX_BYTES], service[8];
	int64_t wanted;
	int sock = -1, failed, on = 1;
	bool ok = false;

	if (!split(host, &wanted, where, err)) {
		return false;
	}
	snprintf(service, sizeof(service), "%d", (int)wanted);
	failed = getaddrinfo(host, service, &hints, &found);
	if (failed != 0) {
		err_set(err, ERR_USAGE, "no address %s to listen at: %s", host,
			gai_strerror(failed));
		goto out;
	}
	sock = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0) {
		err_errno(err, "opening a socket for %s", where);
		goto out;
	}
	/* A server that restarts must not wait for its old connections. */
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(sock, found->ai_addr, found->ai_addrlen) != 0 || listen(sock, BACKLOG) != 0) {
		err_errno(err, "listening at %s", where);
		goto out;
	}
	if (getsockname(sock, (struct sockaddr *)&bound, &bound_len) != 0) {
		err_errno(err, "looking up the port of %s", where);
		goto out;
	}
	*port = port_of(&bound);
	*fd = sock;
	sock = -1;
	ok = true;
out:
	if (sock >= 0) {
		close(sock);
	}
	if (found != NULL) {
		freeaddrinfo(found);
	}
	return ok;
}
