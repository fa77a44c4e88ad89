/*
 * rekey.h -- another key for a device: rotation, a lost key, a changed
 * passphrase.
 *
 * A device is its key, so a new key is a new device, which takes the old
 * one's place in the same home: the same community, the same store.  From the
 * moment it is made everything is signed with the new key; the old one signs a last
 * time, the request that names its successor and its own last bundles, and is
 * then destroyed.  The request is kept in the store until the district's answer
 * (a trust record) has come; until then the home stands as one that has
 * joined and waits for its answer.  Rules and files: docs/exchange.md, "Keys".
 *
 * The order on disk: device.key.new, then the store's transaction, which is the
 * moment, then device.key and the incarnation file, then device.key.new goes.
 * Whatever is interrupted after the moment is finished by node_open().
 */
#ifndef LINLI_REKEY_H
#define LINLI_REKEY_H

#include "linli/chains.h"
#include "linli/message.h"

#define ROTATION_MAX_BYTES (64 * 1024)
#define ROTATION_MAX_HEADS 256
#define ROTATION_SIGNATURE_BYTES 1024
#define REKEY_MAX_FORMER 64 /* devices that a home remembers to have been */

/* ---- the home (common/store) --------------------------------------- */

/*
 * Write the request that ${old} signs for ${fresh}, within the transaction in
 * which the home goes over.
 */
typedef bool rekey_request_writer(void *ctx, const struct key *old, const struct key *fresh,
	struct buf *out, struct err *err);

/*
 * Go over to a new key, kept under ${passphrase} (NULL: none).  Drafts are
 * signed with the old one first.  Fails with ERR_SCOPE (a district's, or a
 * device that is not enrolled), ERR_FORK (changes of before a restore are not
 * signed yet: exchange first), ERR_PASSPHRASE (empty), and as files and the store do; the
 * home is then as it was, or, where the files after the moment could not be
 * written, is finished by the next node_open().
 */
MUST_CHECK bool rekey_switch(struct node *node, const char *passphrase,
	rekey_request_writer *write_request, void *ctx, struct err *err);

/*
 * Does the district no longer take this home's key: revoked, or replaced before
 * the home was put back from an older copy?  Noted when an exchange tells.
 */
bool rekey_shut_out(struct node *node);
MUST_CHECK bool rekey_shut_out_set(struct node *node, bool shut_out, struct err *err);

/*
 * Open a home whose key is lost (device.key is gone, damaged, or its passphrase
 * forgotten) or shut out, and go over to a new key.  Drafts are issued again under it; where the
 * key is shut out so are bundles that nobody is known to hold, as nobody would
 * take them.  An old device.key is kept aside as device.key.lost.  The device must then
 * enrol with an invitation.  Fails with ERR_NOT_INITIALISED, ERR_INVITATION (the home
 * is of another federation or community), ERR_SCOPE (a district's), ERR_EXISTS (the key
 * can be opened, and is not shut out), ERR_UNKNOWN_DEVICE (it never was enrolled), and as rekey_switch() does.
 */
MUST_CHECK bool rekey_lost(struct node **out, const struct node_options *options,
	const struct federation *federation, const char *community, struct err *err);

/* Keep the key under another passphrase (NULL: none). */
MUST_CHECK bool rekey_passphrase(struct node *node, const char *passphrase, struct err *err);

/*
 * Is the request of a rotation still without its answer?  Then append it to ${out} (or
 * NULL).
 */
bool rekey_waits(struct node *node, struct buf *out);

/* The devices that this home has been: called with each, latest last. */
MUST_CHECK bool rekey_each_former(struct node *node,
	bool (*each)(void *ctx, struct device_id device, struct err *err), void *ctx,
	struct err *err);

/* age_open() with the node's key, or with what it had before. */
MUST_CHECK bool node_open_sealed(struct node *node, struct buf *out, struct view sealed,
	size_t cap, struct err *err);

/* ---- the request (common/exchange) ---------------------------------- */

/* What the old key and the new one state and sign. */
struct rotation {
	struct device_id federation;
	char community[SLUG_TEXT_BYTES];
	uint8_t old_key[NODE_PUBLIC_KEY_BYTES], public_key[NODE_PUBLIC_KEY_BYTES];
	char age_recipient[64];                /* of the new key */
	struct head heads[ROTATION_MAX_HEADS]; /* the last bundles of the old key's chains */
	size_t head_count;
	char old_signature[ROTATION_SIGNATURE_BYTES]; /* SSHSIG, namespace linli-request */
	char signature[ROTATION_SIGNATURE_BYTES];
};
/* Does ${file} say that it is such a request? */
bool rotation_is(struct view file);
/*
 * Take apart a request from a stranger; nothing is verified yet.  ERR_FORMAT,
 * ERR_TOO_LARGE, ERR_KEY.
 */
MUST_CHECK bool rotation_parse(struct rotation *out, struct view file, struct err *err);
MUST_CHECK bool rotation_print(struct buf *out, const struct rotation *rotation, struct err *err);

/*
 * Community: go over to a new key as rekey_switch() does, and keep the request.  Where
 * one waits for its answer already nothing is done.
 */
MUST_CHECK bool rotation_begin(struct node *node, const char *passphrase, struct err *err);

/*
 * District: verify a request, put the new device in the old one's place and append the
 * sealed answer (the district's federation chains) to ${answer}.  Asking again gives
 * an answer again.  ${accepted} or NULL: what was asked.  Fails as rotation_parse()
 * and node_replace() do, with ERR_SIGNATURE, ERR_FEDERATION, ERR_SCOPE (not the district).
 */
MUST_CHECK bool rotation_accept(struct node *district, struct view request, struct buf *answer,
	struct rotation *accepted, struct err *err);

/*
 * Community: send the request that waits and take in the answer, added to ${received}.
 * Fails with ERR_NOT_FOUND (none waits) and as exchange_enrol() does.
 */
MUST_CHECK bool exchange_rotate(struct node *node, const struct transport *transport,
	struct received *received, struct err *err);

#endif
