/*
 * neighbour.h -- two communities meet without the district: on one network, with
 * one of them serving.
 *
 * Each gives the other what both may read, sealed, and carries on unread what the other
 * has for the district, for its own further devices, and from others; at the next
 * exchange with the district that is handed in, and the answers come home the same
 * way.  Devices of one community give each other everything.  Nothing but sealed
 * files and signed lists travels, so that a network that is listened to learns no
 * more than who finds a stick.  docs/exchange.md, "Neighbours".
 */
#ifndef LINLI_NEIGHBOUR_H
#define LINLI_NEIGHBOUR_H

#include "linli/enrol.h"
#include "linli/exchange.h"

/* Who serves at an address, as far as it says so itself. */
struct neighbour {
	struct device_id device;
	char community[SLUG_TEXT_BYTES];
};
/* Ask.  Fails as the line does; ERR_FEDERATION: another federation's. */
MUST_CHECK bool neighbour_ask(struct neighbour *out, struct node *node,
	const struct transport *transport, struct err *err);

/*
 * Eight digits that both sides show and people compare before the first exchange: they
 * differ if anybody stands between.
 */
void neighbour_code(char out[SHORT_CODE_BYTES], const uint8_t federation_key[NODE_PUBLIC_KEY_BYTES],
	const uint8_t a[NODE_PUBLIC_KEY_BYTES], const uint8_t b[NODE_PUBLIC_KEY_BYTES]);
/* Was the code compared with ${device} before? */
bool neighbour_pinned(struct node *node, const struct device *device);

/* What changed hands. */
struct handed {
	uint64_t parcels, files, bytes;
};
struct meeting_result {
	struct sync_result sync;     /* what went into the stores: "sent" is what was sealed */
	struct handed given, taken; /* parcels, also of others */
};
void meeting_result_clear(struct meeting_result *result);

struct meeting_options {
	void *ctx;
	/*
	 * Before the first exchange with ${server}: has a person compared ${code}?  False with
	 * ${err} set ends it.  NULL: nobody is asked, and only those pinned are met.
	 */
	bool (*compared)(
		void *ctx, const struct device *server, const char *code, struct err *err);
	/* Between messages; false stops with ERR_CANCELLED.  Or NULL. */
	bool (*go_on)(void *ctx);
};
/*
 * Meet the neighbour behind ${transport}.  ${result} is filled also on failure; the
 * caller releases it with meeting_result_clear().  Fails as exchange_sync() does,
 * and with ERR_COMPARE where the code is still to be compared.
 */
MUST_CHECK bool exchange_meet(struct node *node, const struct transport *transport,
	const struct meeting_options *options, struct meeting_result *result, struct err *err);

/*
 * Hand in at the district what is carried for others, and take along what it has for
 * them.  Nothing is asked of the district where nothing is carried.
 */
MUST_CHECK bool exchange_hand_in(struct node *node, const struct transport *transport,
	const struct meeting_options *options, struct meeting_result *result, struct err *err);

#endif
