/* serve_heads.c -- POST heads: who holds what; see serve.h. */
#include <string.h>

#include "heads.h"
#include "refusals.h"
#include "serve.h"

/* An "own" list is kept only up to this size: it goes to each other device. */
#define OWN_HEADS_MAX_BYTES (64 * 1024)
#define PEERS_MAX 32

static const char what[] = "the message";

/* Read ${envelope}; it must be signed by who is asking, in this session. */
static bool read_own_envelope(
	struct heads **out, struct visit *visit, json_t *envelope, struct err *err)
{
	char binding[SESSION_BINDING_TEXT_BYTES];

	if (!heads_read_json(out, visit->node, envelope, err)) {
		return false;
	}
	if (!device_id_equal(heads_device(*out)->id, visit->device.id)) {
		heads_free(*out);
		*out = NULL;
		return err_set(err, ERR_SIGNATURE, "the list of heads is another device's");
	}
	session_binding(binding, visit->request->authorization);
	if (!heads_is_for(*out, binding)) {
		heads_free(*out);
		*out = NULL;
		visit->status = 401;
		return err_set(err, ERR_SESSION, "the list of heads was made for another session");
	}
	return true;
}

/* What the visitor holds becomes known. */
static bool note_heads(struct visit *visit, json_t *envelope, struct err *err)
{
	struct heads *heads;
	bool ok;

	if (!read_own_envelope(&heads, visit, envelope, err)) {
		return false;
	}
	ok = heads_note(heads, visit->node, true, err);
	heads_free(heads);
	return ok;
}

/* Is it a chain that another device wrote in the scope of the visitor's community? */
static bool chain_own_scope_of(const struct visit *visit, const struct chain_name *chain)
{
	return chain->scope.kind == SCOPE_COMMUNITY &&
		strcmp(chain->scope.community, visit->device.community) == 0 &&
		!device_id_equal(chain->device, visit->device.id);
}

/* Should the device of this chain be revoked, what others hold of it stays. */
static bool note_own_head(void *ctx, const struct head *head, struct err *err)
{
	const struct visit *visit = ctx;
	struct device maker;
	uint32_t known;

	if (!chain_own_scope_of(visit, &head->chain) ||
		!node_find_device(visit->node, head->chain.device, &maker) ||
		strcmp(maker.community, visit->device.community) != 0) {
		return true;
	}
	return chains_known(visit->node, visit->device.id, &head->chain, &known, err) &&
		(known == head->seq ||
			chains_known_set(visit->node, visit->device.id, head, err));
}

/*
 * Keep what the visitor says of its community's own chains for the
 * community's other devices: they verify it, the district cannot.
 * *before: what the same incarnation said last.
 */
static bool keep_own_heads(struct visit *visit, json_t *envelope, struct buf *before,
	struct err *err)
{
	struct own_list list = { .device = visit->device.id };
	struct buf text = { 0 };
	struct heads *heads = NULL;
	bool ok = false;

	if (!read_own_envelope(&heads, visit, envelope, err) ||
		!json_write_take(&text, json_incref(envelope), false, err)) {
		goto out;
	}
	list.incarnation = visit->life = heads_incarnation(heads);
	list.text = buf_as_view(&text);
	ok = text.len > OWN_HEADS_MAX_BYTES
		? err_set(err, ERR_TOO_LARGE, "the list of own heads")
		: own_list_keep(visit->node, &list, before, err) &&
			heads_each(heads, note_own_head, visit, err);
out:
	heads_free(heads);
	buf_clear(&text);
	return ok;
}

/* ---- the reply ----------------------------------------------------- */

struct peers {
	struct visit *visit;
	json_t *list;
};

static bool add_list(struct peers *peers, struct view text, struct err *err)
{
	json_t *envelope;

	return json_read(&envelope, text, OWN_HEADS_MAX_BYTES, "kept heads", err) &&
		(json_array_append_new(peers->list, envelope) == 0 || err_nomem(err));
}

static bool add_peer(void *ctx, const struct own_list *list, struct err *err)
{
	struct peers *peers = ctx;
	const struct visit *visit = peers->visit;
	struct device device;
	bool own = device_id_equal(list->device, visit->device.id);

	/* A list that the visitor has just replaced was added before. */
	if ((own && (visit->life == 0 || list->incarnation == visit->life)) ||
		!node_find_device(visit->node, list->device, &device) || device.revoked ||
		strcmp(device.community, visit->device.community) != 0 ||
		json_array_size(peers->list) >= PEERS_MAX) {
		return true;
	}
	return add_list(peers, list->text, err);
}

/*
 * "peers": what the community's other devices last said, and whoever else goes by the
 * visitor's key; ${before}: under its incarnation, so that it can tell whether it was
 * itself.
 */
static bool add_peers(struct visit *visit, const struct buf *before, json_t *reply,
	struct err *err)
{
	struct peers peers = { visit, json_array() };

	if (json_object_set_new(reply, "peers", peers.list) != 0) {
		return err_nomem(err);
	}
	return (before->len == 0 || add_list(&peers, buf_as_view(before), err)) &&
		own_lists_each(visit->node, add_peer, &peers, err);
}

/* "heads": this node's own, of what the visitor may read. */
static bool add_heads(struct visit *visit, const char *nonce, json_t *reply, struct err *err)
{
	struct heads_options options = {
		.reader = visit->device.community, .names = HEADS_PLAIN, .nonce = nonce
	};
	struct buf text = { 0 };
	json_t *envelope = NULL;
	bool ok;

	ok = heads_write(visit->node, &options, &text, err) &&
		json_read(&envelope, buf_as_view(&text), HEADS_MAX_BYTES, "own heads", err) &&
		(json_object_set_new(reply, "heads", envelope) == 0 || err_nomem(err));
	buf_clear(&text);
	return ok;
}

static bool write_reply(struct visit *visit, const struct buf *before, const char *nonce,
	struct err *err)
{
	const struct env *env = node_env(visit->node);
	json_t *reply = reply_object();

	if (reply == NULL ||
		json_object_set_new(reply, "at", json_integer(env->now_ms(env->ctx))) != 0) {
		json_decref(reply);
		return err_nomem(err);
	}
	if (!add_heads(visit, nonce, reply, err) || !relay_state(visit, reply, err) ||
		!add_peers(visit, before, reply, err)) {
		json_decref(reply);
		return false;
	}
	return reply_json_take(visit, reply, err);
}

bool serve_heads(struct visit *visit, struct err *err)
{
	uint8_t chance[(HEADS_NONCE_TEXT_BYTES - 1) / 2];
	char nonce[HEADS_NONCE_TEXT_BYTES];
	struct members m;
	struct tally packed;
	json_t *root, *heads, *own = NULL;
	struct buf before = { 0 };
	bool ok;

	if (!json_read(&root, visit->request->body, 2 * HEADS_MAX_BYTES, what, err)) {
		return false;
	}
	m = members_of(root, what, err);
	heads = members_object(&m, "heads", 2);
	if (members_has(&m, "own")) {
		own = members_object(&m, "own", 2);
	}
	members_hex(&m, "nonce", chance, sizeof(chance));
	hex_encode(nonce, chance, sizeof(chance));
	ok = members_done(&m) && note_heads(visit, heads, err) &&
		(own == NULL || keep_own_heads(visit, own, &before, err)) &&
		outbox_pack(visit->node, &packed, err) && write_reply(visit, &before, nonce, err);
	buf_clear(&before);
	json_decref(root);
	return ok;
}
