/*
 * announce.h -- neighbours on the same network, found through avahi's own programs
 * where they run: avahi-publish tells of this computer, avahi-browse lists others.
 *
 * Told are the federation's id, the device's and a port; names come from the trust
 * records here.  What others tell is a stranger's text: it is parsed strictly, and
 * proves nothing.
 */
#ifndef LINLI_CLIENT_ANNOUNCE_H
#define LINLI_CLIENT_ANNOUNCE_H

#include <sys/types.h>

#include "linli/node.h"

#define ANNOUNCE_URL_BYTES 96

/*
 * Begin to tell.  ${*out}: the process, to be ended with announce_end(); 0: avahi's program is
 * not installed.
 */
void announce_begin(pid_t *out, struct node *node, unsigned port);
void announce_end(pid_t announcing);

struct announced {
	struct device_id device;
	char url[ANNOUNCE_URL_BYTES]; /* "http://192.168.1.7:8090" */
};
/*
 * Tell ${each} who of the federation is on the network, but for this device.  *running
 * false: avahi is not there.  Fails as ${each} does, and with ERR_IO.
 */
MUST_CHECK bool announce_browse(struct node *node, bool *running,
	bool (*each)(void *ctx, const struct announced *announced, struct err *err), void *ctx,
	struct err *err);

#endif
