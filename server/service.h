/*
 * service.h -- what the server answers: the HTTP front's requests handed to
 * the exchange, GET /healthz, and a line of log for what matters.
 *
 * From service_open() to service_close() the node belongs to the front's
 * worker: nobody else may call it.
 */
#ifndef LINLID_SERVICE_H
#define LINLID_SERVICE_H

#include "front.h"
#include "linli/node.h"

struct service_options {
	struct front_options front;
	bool verbose; /* log every request, not only what writes or fails */
};

struct service;

/*
 * Serve ${node}, which is borrowed until service_close(*out).  Fails as
 * front_open() and exchange_server_open() do.
 */
MUST_CHECK bool service_open(struct service **out, struct node *node,
	const struct service_options *options, struct err *err);
unsigned service_port(const struct service *service);
/* Let requests under way come to their end, then stop.  NULL is accepted. */
void service_close(struct service *service);

#endif
