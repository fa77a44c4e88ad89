/* sync.c -- the client's side of an exchange; see linli/exchange.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "linli/erase.h"
#include "linli/rekey.h"
#include "lives.h"
#include "sync.h"

/* Each round needs something to have moved; a server that only says so ends here. */
#define SYNC_MAX_ROUNDS 12
#define SYNC_MAX_OTHERS 64

void sync_result_clear(struct sync_result *result)
{
	received_clear(&result->received);
	memset(result, 0, sizeof(*result));
}

bool sync_clock_off(const struct sync_result *result)
{
	return result->clock_known &&
		(result->clock_ahead_ms > EXCHANGE_CLOCK_TOLERANCE_MS ||
			result->clock_ahead_ms < -EXCHANGE_CLOCK_TOLERANCE_MS);
}

bool sync_report(
	struct sync *sync, enum sync_stage stage, uint64_t done, uint64_t total, struct err *err)
{
	struct sync_progress *progress = &sync->progress;

	progress->stage = stage;
	progress->done = done;
	progress->total = total;
	progress->received = sync->result->received.taken;
	if (sync->options == NULL || sync->options->progress == NULL ||
		sync->options->progress(sync->options->ctx, progress)) {
		return true;
	}
	return err_set(err, ERR_CANCELLED, "between two messages");
}

void sync_adapt(struct sync *sync, int64_t took_ms)
{
	if (took_ms < SYNC_FAST_MS && sync->file_bytes < EXCHANGE_FILE_BYTES) {
		sync->file_bytes *= 2;
	} else if (took_ms > SYNC_SLOW_MS && sync->file_bytes > SYNC_LEAST_FILE_BYTES) {
		sync->file_bytes /= 2;
	}
}

/* ---- exchanging heads ---------------------------------------------- */

static void forget_heads(struct sync *sync)
{
	size_t i;

	for (i = 0; i < sync->other_count; i++) {
		heads_free(sync->others[i]);
	}
	free(sync->others);
	sync->others = NULL;
	sync->other_count = 0;
	heads_free(sync->theirs);
	sync->theirs = NULL;
	json_decref(sync->reply);
	sync->reply = NULL;
}

/*
 * {"heads": what the district may know, "own": what is for the community's devices,
 * "nonce": what its own list is to be made for}
 */
static bool write_heads(struct sync *sync, struct buf *out, struct err *err)
{
	char binding[SESSION_BINDING_TEXT_BYTES];
	struct heads_options district = {
		.reader = DISTRICT_SLUG, .names = HEADS_PLAIN, .nonce = binding
	};
	struct heads_options own = { .reader = node_community(sync->node),
		.own_scope = true,
		.names = HEADS_PLAIN,
		.nonce = binding };
	size_t at;

	session_binding(binding, sync->peer.token);
	buf_text(out, "{\"heads\":");
	if (!heads_write(sync->node, &district, out, err)) {
		return false;
	}
	buf_text(out, ",\"own\":");
	at = out->len;
	if (!heads_write(sync->node, &own, out, err) ||
		!lives_remember(sync->node,
			(struct view){ (const char *)out->data + at, out->len - at }, err)) {
		return false;
	}
	buf_printf(out, ",\"nonce\":\"%s\"}", sync->nonce);
	return buf_ok(out, err);
}

static bool new_nonce(struct sync *sync, struct err *err)
{
	const struct env *env = node_env(sync->node);
	uint8_t chance[(HEADS_NONCE_TEXT_BYTES - 1) / 2];

	if (!env->random(env->ctx, chance, sizeof(chance), err)) {
		return false;
	}
	hex_encode(sync->nonce, chance, sizeof(chance));
	return true;
}

static bool post_heads(struct sync *sync, struct err *err)
{
	struct call call = {
		.method = "POST", .path = "heads", .content_type = "application/json"
	};
	struct buf body = { 0 };
	bool ok;

	ok = new_nonce(sync, err) && write_heads(sync, &body, err);
	if (ok) {
		call.body = buf_as_view(&body);
		ok = peer_call(&sync->peer, &call, err) &&
			peer_json(&sync->peer, &sync->reply, err);
	}
	buf_clear(&body);
	return ok;
}

/* The list is made for one session: where that has ended, for the next one. */
static bool send_heads(struct sync *sync, struct err *err)
{
	if (post_heads(sync, err)) {
		return true;
	}
	return err->code == ERR_SESSION && peer_open(&sync->peer, err) && post_heads(sync, err);
}

/* ${envelope} is of this node's key and incarnation: another computer's? */
static bool meet_own(struct sync *sync, json_t *envelope, struct err *err)
{
	bool remembered;

	if (!lives_remembered(sync->node, envelope, &remembered, err)) {
		return false;
	}
	sync->moved = sync->moved || !remembered; /* the district is to hear of it */
	return remembered || forks_other_life(sync->node, err);
}

/*
 * What a sibling said, or another computer with this key, passed on by the server.
 * What is no such thing is left out.
 */
static bool read_other(struct sync *sync, json_t *envelope, struct err *err)
{
	struct heads *heads;
	struct err ignored;
	bool own;

	if (!heads_read_json(&heads, sync->node, envelope, &ignored)) {
		return true;
	}
	if (strcmp(heads_device(heads)->community, node_community(sync->node)) != 0) {
		heads_free(heads);
		return true;
	}
	own = device_id_equal(heads_device(heads)->id, node_device(sync->node));
	if (own && heads_incarnation(heads) == node_incarnation(sync->node)) {
		bool ok = meet_own(sync, envelope, err);

		heads_free(heads);
		return ok;
	}
	sync->others[sync->other_count++] = heads;
	return own || heads_note(heads, sync->node, true, err);
}

static bool read_others(struct sync *sync, json_t *peers, struct err *err)
{
	size_t i;

	sync->others = calloc(json_array_size(peers) + 1, sizeof(*sync->others));
	if (sync->others == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < json_array_size(peers); i++) {
		if (!read_other(sync, json_array_get(peers, i), err)) {
			return false;
		}
	}
	return true;
}

static bool read_reply(struct sync *sync, struct err *err)
{
	struct members m = members_of(sync->reply, "the server's heads", err);
	json_t *heads = members_object(&m, "heads", 2);
	json_t *peers = members_array(&m, "peers", SYNC_MAX_OTHERS);

	members_rest(&m);
	if (!members_done(&m) || !heads_read_json(&sync->theirs, sync->node, heads, err)) {
		return false;
	}
	if (!heads_device(sync->theirs)->server) {
		return err_set(err, ERR_SIGNATURE,
			"the heads are signed by a device that is not the district's");
	}
	if (!heads_is_for(sync->theirs, sync->nonce)) {
		return err_set(err, ERR_SIGNATURE, "the server's heads are an old list");
	}
	return heads_note(sync->theirs, sync->node, true, err) && read_others(sync, peers, err);
}

static bool exchange_heads(struct sync *sync, struct err *err)
{
	forget_heads(sync);
	if (!send_heads(sync, err)) {
		return err_wrap(err, "exchanging heads");
	}
	if (read_reply(sync, err)) {
		return sync_count_sent(sync, false, err);
	}
	if (err->code != ERR_UNKNOWN_DEVICE) {
		return err_wrap(err, "exchanging heads");
	}
	/* Perhaps a new device of the district, whose trust record is still there. */
	if (!sync_fetch_trust(sync, err)) {
		return false;
	}
	forget_heads(sync);
	return (send_heads(sync, err) && read_reply(sync, err) &&
		       sync_count_sent(sync, false, err)) ||
		err_wrap(err, "exchanging heads");
}

/* ---- the whole ----------------------------------------------------- */

/* Does ${text}, as text, name a chain of this node's key, of which it lacks some of up to ${last}? */
static bool lacks_relayed(struct sync *sync, const char *text, json_int_t last, bool *out,
	struct err *err)
{
	struct chain_name chain;
	struct head ours;

	*out = false;
	if (!chain_name_parse(&chain, view_of(text)) ||
		!device_id_equal(chain.device, node_device(sync->node))) {
		return true;
	}
	if (!chains_head(sync->node, &chain, &ours, err)) {
		return false;
	}
	*out = last > (json_int_t)ours.seq;
	return true;
}

/* What another life has left at the server for others of the community will be heard of. */
static bool heard_relays(struct sync *sync, unsigned *scopes, struct err *err)
{
	json_t *relayed = json_object_get(sync->reply, "relayed"), *chains, *last;
	const char *life, *chain;
	bool lacks;

	json_object_foreach(relayed, life, chains) {
		json_object_foreach(chains, chain, last) {
			if (!lacks_relayed(sync, chain, json_integer_value(last), &lacks, err)) {
				return false;
			}
			*scopes &= lacks ? ~(1U << SCOPE_COMMUNITY) : FORKS_ALL_SCOPES;
		}
	}
	return true;
}

/* What may come back is signed where nobody is known to hold more of this node's key. */
static bool allow_known(struct sync *sync, struct err *err)
{
	unsigned scopes = FORKS_ALL_SCOPES;
	size_t i;

	if (!forks_may_come_back(sync->node)) {
		return true;
	}
	if (!lives_heard(sync->node, sync->theirs, &scopes, err) ||
		!heard_relays(sync, &scopes, err)) {
		return false;
	}
	for (i = 0; i < sync->other_count; i++) {
		if (!lives_heard(sync->node, sync->others[i], &scopes, err)) {
			return false;
		}
	}
	forks_allow(sync->node, scopes);
	return true;
}

static bool one_round(struct sync *sync, bool again, struct err *err)
{
	struct tally packed;

	sync->moved = false;
	/*
	 * What was changed here is signed before anything is merged, so that "Seen"
	 * is exact; but not before it is known whether this is an old copy, and
	 * what may come back signed only after what has come in the first round.
	 */
	if (!exchange_heads(sync, err) || (again && !allow_known(sync, err)) ||
		!erase_finish(sync->node, err) || !outbox_pack(sync->node, &packed, err)) {
		return false;
	}
	sync->result->clock_known = true;
	sync->result->clock_ahead_ms = sync->peer.clock_ahead_ms;
	return sync_upload(sync, err) && sync_download(sync, err) && sync_relay_fetch(sync, err) &&
		sync_relay_send(sync, err);
}

static bool note_time(struct node *node, struct err *err)
{
	const struct env *env = node_env(node);
	struct buf text = { 0 };
	bool ok;

	buf_printf(&text, "%" PRId64, env->now_ms(env->ctx));
	ok = buf_ok(&text, err) && node_set(node, "last_exchange", buf_as_view(&text), err);
	buf_clear(&text);
	return ok;
}

/* The district has not heard yet of the key that this device goes by now. */
static bool rotate(struct sync *sync, struct err *err)
{
	struct received *received = &sync->result->received;
	struct err why = { 0 };
	bool brought;

	if (exchange_rotate(sync->node, sync->peer.transport, received, &why)) {
		return true;
	}
	/* Nor of the old one: it was put back from a copy. */
	if (why.code == ERR_UNKNOWN_DEVICE) {
		if (!sync_bring_trust(sync, &brought, err)) {
			return false;
		}
		if (brought) {
			return exchange_rotate(sync->node, sync->peer.transport, received, err);
		}
	}
	return err_set(err, why.code, "%s", why.detail);
}

/* Be known to the district, even to one that was put back from a copy. */
static bool introduce(struct sync *sync, struct err *err)
{
	struct err why = { 0 };
	bool brought;

	if (rekey_waits(sync->node, NULL)) {
		return rotate(sync, err) && peer_open(&sync->peer, err);
	}
	if (peer_open(&sync->peer, &why)) {
		return true;
	}
	if (why.code == ERR_UNKNOWN_DEVICE && node_enrolled(sync->node)) {
		if (!sync_bring_trust(sync, &brought, err)) {
			return false;
		}
		if (brought) {
			return peer_open(&sync->peer, err);
		}
	}
	return err_set(err, why.code, "%s", why.detail);
}

static bool run(struct sync *sync, struct err *err)
{
	int round = 0;

	if (!sync_report(sync, SYNC_CONNECT, 0, 0, err) || !introduce(sync, err)) {
		return false;
	}
	do {
		if (!one_round(sync, round > 0, err)) {
			return false;
		}
	} while ((sync->moved || (round == 0 && forks_may_come_back(sync->node))) &&
		++round < SYNC_MAX_ROUNDS);
	return sync_count_sent(sync, true, err) && note_time(sync->node, err) &&
		sync_report(sync, SYNC_DONE, 0, 0, err);
}

/* It failed; where the district has said that it does not take this key, remember so. */
static bool note_shut_out(struct node *node, struct err *err)
{
	struct err why = { 0 };

	if (err->code == ERR_REVOKED && !rekey_shut_out_set(node, true, &why)) {
		err_wrap(err, "%s", why.detail);
	}
	return false;
}

bool exchange_sync(struct node *node, const struct transport *transport,
	const struct sync_options *options, struct sync_result *result, struct err *err)
{
	struct sync sync = { .node = node,
		.options = options,
		.result = result,
		.file_bytes = SYNC_FIRST_FILE_BYTES };
	struct balance balance;
	bool ok;

	memset(result, 0, sizeof(*result));
	peer_init(&sync.peer, node, transport);
	sync.peer.patience = options;
	ok = (run(&sync, err) || note_shut_out(node, err)) &&
		rekey_shut_out_set(node, false, err) && refusals_drop_passed(&result->received, node, err) &&
		chains_balance(node, &balance, err);
	forks_allow_as_ever(node);
	forget_heads(&sync);
	sync_files_clear(&sync);
	peer_clear(&sync.peer);
	return ok;
}
