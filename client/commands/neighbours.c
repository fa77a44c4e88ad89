/* neighbours.c -- linli neighbours: who of the federation is on this network. */
#include "announce.h"
#include "client.h"
#include "emit.h"
#include "linli/neighbour.h"
#include "say.h"

struct listing {
	struct node *node;
	struct buf out;
	bool json;
	size_t count;
};

static bool list_one(void *ctx, const struct announced *announced, struct err *err)
{
	struct listing *listing = ctx;
	char device[DEVICE_TEXT_BYTES];
	struct device known;
	bool is_known = node_find_device(listing->node, announced->device, &known);

	device_id_print(device, announced->device);
	listing->count++;
	if (!listing->json) {
		say_result("%s  %s(设备 %s)", "%s  %s (device %s)", announced->url,
			is_known                 ? known.name
				: terminal_chinese() ? "本机还不认识"
						 : "not known here yet",
			device);
		return true;
	}
	emit_open(&listing->out, '{');
	emit_member(&listing->out, "url", announced->url);
	emit_member(&listing->out, "device", device);
	emit_member(&listing->out, "community", is_known ? known.community : NULL);
	emit_member(&listing->out, "name", is_known ? known.name : NULL);
	emit_member_bool(&listing->out, "compared", is_known && neighbour_pinned(listing->node, &known));
	emit_close(&listing->out, '}');
	return buf_ok(&listing->out, err);
}

static bool list_all(struct listing *listing, struct err *err)
{
	bool running;

	emit_begin(&listing->out);
	emit_key(&listing->out, "neighbours");
	emit_open(&listing->out, '[');
	if (!announce_browse(listing->node, &running, list_one, listing, err)) {
		return false;
	}
	emit_close(&listing->out, ']');
	emit_member_bool(&listing->out, "avahi", running);
	emit_end(&listing->out);
	if (listing->json) {
		return cli_write_take(&listing->out, err);
	}
	if (!running) {
		say("这里没有运行 avahi,无法自动发现邻居。请用对方的地址:linli sync http://地址:端口",
			"avahi does not run here, so neighbours cannot be found by themselves. Use the "
			"other's address: linli sync http://ADDRESS:PORT");
	} else if (listing->count == 0) {
		say("没有发现邻居。对方要先运行 linli serve --lan;不在同一网段时请用地址。",
			"No neighbour was found. The other has to run linli serve --lan first; on "
			"another network segment use the address.");
	}
	return true;
}

bool command_neighbours(struct invocation *invocation, struct err *err)
{
	struct listing listing = { .json = cli_common(invocation)->json };
	bool ok;

	ok = cli_open(&listing.node, invocation, err) && list_all(&listing, err);
	buf_clear(&listing.out);
	cli_close(listing.node);
	return ok;
}
