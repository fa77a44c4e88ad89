/*
 * node.h -- one installation: its key, its store, its model.
 *
 * Everything a node holds is in its home folder:
 *   store.db     one SQLite file (docs/architecture.md, "The store")
 *   device.key   the Ed25519 key, PKCS#8
 *   incarnation  the incarnation and the highest heads signed, beside the
 *                store, so that a restored copy of the store shows
 * A node is opened by one thread.  Other programs may have it open too;
 * what they commit is seen at the next call.
 */
#ifndef LINLI_NODE_H
#define LINLI_NODE_H

#include "linli/env.h"
#include "linli/model.h"
#include "linli/names.h"

#define NODE_NAME_BYTES 97 /* of a community or district, UTF-8, with the NUL */
#define NODE_PUBLIC_KEY_BYTES 32

struct node;

struct node_options {
	const struct env *env;
	const char *home;
	const char *passphrase; /* NULL: none is known */
};

/*
 * Make a district's first node in the empty or absent folder: founding
 * key, store, model, and its first trust records.  ${model} NULL: the
 * built-in one.  Fails with ERR_EXISTS, ERR_MODEL, ERR_IO.
 */
MUST_CHECK bool node_found(struct node **out, const struct node_options *options,
	const char *name, struct view model, struct err *err);

/* What a new member must know of its federation, from an invitation. */
struct federation {
	uint8_t key[NODE_PUBLIC_KEY_BYTES]; /* the district's founding key */
	char name[NODE_NAME_BYTES];
	char url[256]; /* "" where there is no server */
	char age_recipient[64];
};

/* Make a community's node, not yet enrolled.  Fails as node_found() does. */
MUST_CHECK bool node_join(struct node **out, const struct node_options *options,
	const struct federation *federation, const char *community, const char *name,
	struct err *err);

/*
 * Make a node that never was enrolled, and in which nothing was recorded, one
 * for another invitation; its key stays.  Fails with ERR_EXISTS where there is anything.
 */
MUST_CHECK bool node_reassign(struct node *node, const struct federation *federation,
	const char *community, const char *name, struct err *err);

/*
 * Open an existing node.  Fails with ERR_NOT_INITIALISED, ERR_PASSPHRASE,
 * ERR_STORE, ERR_MODEL_NEWER.  A store that is an older copy of itself
 * (its incarnation file is ahead) goes on under a new incarnation.
 */
MUST_CHECK bool node_open(struct node **out, const struct node_options *options,
	struct err *err);
void node_close(struct node *node); /* NULL is accepted */

const struct env *node_env(const struct node *node);
const struct model *node_model(const struct node *node);
const char *node_home(const struct node *node);
bool node_is_district(const struct node *node);
struct device_id node_device(const struct node *node);
uint32_t node_incarnation(const struct node *node);
const char *node_community(const struct node *node); /* slug; DISTRICT_SLUG */
const char *node_name(const struct node *node);
/* Of the whole federation; its id is the founding device's. */
const struct federation *node_federation(const struct node *node);
struct device_id node_federation_id(const struct node *node);
void node_public_key(const struct node *node, uint8_t out[NODE_PUBLIC_KEY_BYTES]);
/* Is this device enrolled: does a trust record name it? */
bool node_enrolled(struct node *node);

/* The node's own age recipient ("age1...") as text. */
MUST_CHECK bool node_age_recipient(struct node *node, char out[64], struct err *err);

/* The node's key; borrowed. */
struct key;
const struct key *node_key(const struct node *node);

/* Small facts kept with the store: text by name; false if there is none. */
bool node_get(struct node *node, const char *name, struct buf *out);
MUST_CHECK bool node_set(struct node *node, const char *name, struct view value,
	struct err *err);

/*
 * Run ${body} in one transaction: kept if it returns true, else (or where
 * ${dry_run}) undone.  ${body} makes its changes through records.h: each
 * call is a part of the transaction, and one that fails leaves the others.
 */
MUST_CHECK bool node_transaction(struct node *node, bool (*body)(void *ctx, struct err *err),
	void *ctx, bool dry_run, struct err *err);

/* What is odd about the clock: ERR_NONE, or ERR_CLOCK with the detail. */
bool node_clock_sound(struct node *node, struct err *err);

/* Copy the store while it is in use into ${path}, a new file. */
MUST_CHECK bool node_backup(struct node *node, const char *path, struct err *err);

/* A device of the federation, from its trust record. */
struct device {
	struct device_id id;
	char community[SLUG_TEXT_BYTES];
	char name[NODE_NAME_BYTES];
	uint8_t public_key[NODE_PUBLIC_KEY_BYTES];
	char age_recipient[64];
	bool server; /* one of the district's */
	bool revoked;   /* or ended, when another took its place */
	bool replacing; /* it took the place of ${replaces} */
	struct device_id replaces;
};
/* False if there is none, or the store cannot be read. */
bool node_find_device(struct node *node, struct device_id id, struct device *out);
MUST_CHECK bool node_each_device(struct node *node,
	bool (*each)(void *ctx, const struct device *device, struct err *err), void *ctx,
	struct err *err);

/* District only: enrol, revoke, name communities and streets. */
struct enrolment {
	char community[SLUG_TEXT_BYTES];
	char name[NODE_NAME_BYTES]; /* of the device's community */
	uint8_t public_key[NODE_PUBLIC_KEY_BYTES];
	char age_recipient[64];
};
MUST_CHECK bool node_enrol(struct node *node, const struct enrolment *enrolment,
	struct err *err);
/*
 * From now on nothing of ${id} is taken beyond what is held here or, in its
 * community's own scope, what another device of the community is known to hold
 * (chains_known_set()).  With
 * ${from_seq} not 0 that many are taken in each chain before it; it must
 * lie beyond what is held (ERR_POSITION).
 */
MUST_CHECK bool node_revoke(struct node *node, struct device_id id, uint32_t from_seq,
	struct err *err);
struct head;
/*
 * Enrol a device in the place of ${old}, of the same community.  Of ${old}
 * nothing is taken from now on beyond what is held here, known as for
 * node_revoke(), or named by ${ends}: ${count} heads of its own chains, which may
 * arrive later.  Doing so again for the same two changes nothing.
 * Fails with ERR_UNKNOWN_DEVICE (no device ${old}), ERR_REVOKED (it was ended
 * otherwise; or the new one), ERR_SCOPE (the district's, or of another community),
 * ERR_POSITION (a head of another's chain), and as node_enrol() does.
 */
MUST_CHECK bool node_replace(struct node *node, const struct enrolment *enrolment,
	struct device_id old, const struct head *ends, size_t count, struct err *err);
/*
 * Publish a newer version of the model (model_extends()) as a trust record
 * and go over to it.  Members do so when the record reaches them; until
 * then they refuse newer bundles with ERR_MODEL_NEWER, and get them again.
 */
MUST_CHECK bool node_publish_model(struct node *node, struct view document, struct err *err);
MUST_CHECK bool node_roster_add(struct node *node, const char *community, const char *name,
	const char *street, struct err *err);

#endif
