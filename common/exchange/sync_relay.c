/* sync_relay.c -- a community's own scope, sealed from device to device; see sync.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "age.h"
#include "linli/rekey.h"
#include "lives.h"
#include "sync.h"

#define RELAYS_MAX 4096 /* listed in one reply */

/* ---- the community's other devices --------------------------------- */

struct siblings {
	struct node *node;
	struct device *list; /* owned */
	size_t count;
};

static bool add_sibling(void *ctx, const struct device *device, struct err *err)
{
	struct siblings *siblings = ctx;
	struct device *list;

	if (device->revoked || device_id_equal(device->id, node_device(siblings->node)) ||
		strcmp(device->community, node_community(siblings->node)) != 0) {
		return true;
	}
	list = realloc(siblings->list, (siblings->count + 1) * sizeof(*list));
	if (list == NULL) {
		return err_nomem(err);
	}
	siblings->list = list;
	list[siblings->count++] = *device;
	return true;
}

static bool find_siblings(struct siblings *out, struct node *node, struct err *err)
{
	*out = (struct siblings){ .node = node };
	/* The district's devices have no scope of their own. */
	return node_is_district(node) || node_each_device(node, add_sibling, out, err);
}

/* ---- sending -------------------------------------------------------- */

/* A computer to pass on to: what it said it holds, or a device that has said nothing. */
struct target {
	const struct device *device;
	const struct heads *heads; /* NULL: it has said nothing */
};

static bool has_spoken(const struct sync *sync, struct device_id device)
{
	size_t i;

	for (i = 0; i < sync->other_count; i++) {
		if (device_id_equal(heads_device(sync->others[i])->id, device)) {
			return true;
		}
	}
	return false;
}

static uint32_t life_of(const struct target *target)
{
	return target->heads != NULL ? heads_incarnation(target->heads) : 0;
}

/* Up to where ${target} holds ${ours}'s chain, or has it waiting at the server. */
static bool known_upto(struct sync *sync, const struct target *target, const struct head *ours,
	uint32_t *out, struct err *err)
{
	const struct heads *heads = target->heads;
	const struct device *device = target->device;
	char name[LIFE_TEXT_BYTES], chain[CHAIN_TEXT_BYTES];
	enum fork_step step;
	json_int_t waiting;
	struct head theirs;

	life_print(name, device->id, life_of(target));
	chain_name_print(chain, &ours->chain);
	if (heads != NULL) {
		heads_lookup(heads, sync->node, &ours->chain, &theirs);
		if (!forks_step(sync->node, &theirs, device->id, &step, err)) {
			return false;
		}
		if (step == FORK_OFFER ||
			(step == FORK_FETCH && device_id_equal(device->id, ours->chain.device))) {
			theirs.seq = 0; /* where they part is not known: all of it */
		} else if (step != FORK_NONE) {
			/* What there is of an own chain they will send, once they see our list. */
			if (step == FORK_TOLD) {
				refusals_add_fork(&sync->result->received, &theirs, name);
			}
			theirs.seq = ours->seq;
		}
		*out = theirs.seq;
	} else if (device_id_equal(device->id, ours->chain.device)) {
		*out = ours->seq; /* it has said nothing: its own chain it will have */
	} else if (!chains_known(sync->node, device->id, &ours->chain, out, err)) {
		return false;
	}
	waiting = json_integer_value(json_object_get(
		json_object_get(json_object_get(sync->reply, "relayed"), name), chain));
	if (waiting > (json_int_t)*out && waiting <= UINT32_MAX) {
		*out = (uint32_t)waiting;
	}
	return true;
}

static bool post_relay(struct sync *sync, const struct target *target, const struct range *range,
	uint32_t first, struct view sealed, struct err *err)
{
	struct call call = { .method = "POST",
		.path = "relay",
		.content_type = "application/octet-stream",
		.body = sealed };
	char to[DEVICE_TEXT_BYTES], chain[CHAIN_TEXT_BYTES];
	struct buf query = { 0 };
	bool ok;

	device_id_print(to, target->device->id);
	chain_name_print(chain, &range->chain);
	buf_printf(&query, "to=%s&chain=%s&first=%" PRIu32 "&last=%" PRIu32, to, chain, first,
		range->after);
	if (life_of(target) != 0) {
		buf_printf(&query, "&life=%" PRIu32, life_of(target));
	}
	call.query = buf_str(&query);
	ok = buf_ok(&query, err) && peer_call(&sync->peer, &call, err);
	buf_clear(&query);
	return ok;
}

/* Seal and send one file of ${range}, which moves on. */
static bool relay_once(struct sync *sync, const struct target *target, struct range *range,
	bool *more, struct err *err)
{
	struct buf plain = { 0 }, sealed = { 0 };
	struct age_recipient recipient;
	uint32_t first = range->after + 1;
	struct tally tally;
	bool ok = false;

	*more = false;
	if (!chains_write(sync->node, range, 1, EXCHANGE_FILE_BYTES, &plain, &tally, more, err)) {
		goto out;
	}
	ok = plain.len == 0 ||
		(age_recipient_parse(&recipient, view_of(target->device->age_recipient),
				err) &&
			age_seal(&sealed, &recipient, 1, buf_as_view(&plain), node_env(sync->node),
				err) &&
			post_relay(sync, target, range, first, buf_as_view(&sealed), err));
	sync->moved = sync->moved || (ok && plain.len != 0);
out:
	buf_clear(&plain);
	buf_clear(&sealed);
	return ok && sync_report(sync, SYNC_RELAY, 0, 0, err);
}

/*
 * The server keeps no more for ${target} now, or does not know it, as it was put back
 * from a copy: told, and tried again at the next sync.
 */
static bool relay_later(
	struct sync *sync, const struct target *target, const struct head *ours, struct err *err)
{
	char name[DEVICE_TEXT_BYTES], chain[CHAIN_TEXT_BYTES], what[LINE_NAME_TEXT_BYTES];

	if (err->code != ERR_TOO_LARGE && err->code != ERR_SCOPE) {
		return false;
	}
	device_id_print(name, target->device->id);
	chain_name_print(chain, &ours->chain);
	snprintf(what, sizeof(what), "%s > %s", chain, name);
	refusals_add(&sync->result->received, what, err->code, err->detail);
	return true;
}

static bool relay_chain(
	struct sync *sync, const struct target *target, const struct head *ours, struct err *err)
{
	struct range range = { .chain = ours->chain };
	bool more, held_back;

	if (!known_upto(sync, target, ours, &range.after, err) ||
		!forks_hold_back(sync->node, &ours->chain, &held_back, err)) {
		return false;
	}
	more = range.after < ours->seq && !held_back;
	while (more) {
		if (!relay_once(sync, target, &range, &more, err)) {
			return relay_later(sync, target, ours, err);
		}
	}
	return true;
}

static bool relay_to(struct sync *sync, const struct target *target, const struct held *held,
	struct err *err)
{
	size_t i;

	for (i = 0; i < held->count; i++) {
		if (held->heads[i].chain.scope.kind == SCOPE_COMMUNITY &&
			!relay_chain(sync, target, &held->heads[i], err)) {
			return false;
		}
	}
	return true;
}

bool sync_relay_send(struct sync *sync, struct err *err)
{
	struct siblings siblings = { 0 };
	struct held held = { 0 };
	size_t i;
	bool ok;

	ok = find_siblings(&siblings, sync->node, err) && held_read(&held, sync->node, err);
	for (i = 0; ok && i < sync->other_count; i++) {
		struct target target = { heads_device(sync->others[i]), sync->others[i] };
		struct device now;

		/* That it was revoked may have come since it was heard. */
		ok = !node_find_device(sync->node, target.device->id, &now) || now.revoked ||
			relay_to(sync, &target, &held, err);
	}
	for (i = 0; ok && i < siblings.count; i++) {
		struct target target = { &siblings.list[i], NULL };

		ok = has_spoken(sync, target.device->id) || relay_to(sync, &target, &held, err);
	}
	free(siblings.list);
	held_clear(&held);
	return ok || err_wrap(err, "passing on to the community's other devices");
}

/* ---- receiving ------------------------------------------------------ */

static bool read_relay(struct relay *out, json_t *item, struct err *err)
{
	struct members m = members_of(item, "the list of what waits", err);
	uint8_t name[32];
	int64_t first, last;

	memset(out, 0, sizeof(*out));
	members_hex(&m, "name", name, sizeof(name));
	members_chain(&m, "chain", &out->chain);
	members_integer(&m, "first", 1, UINT32_MAX, &first);
	members_integer(&m, "last", 1, UINT32_MAX, &last);
	members_device(&m, "from", &out->from);
	members_rest(&m);
	if (!members_done(&m)) {
		return false;
	}
	hex_encode(out->name, name, sizeof(name));
	out->first = (uint32_t)first;
	out->last = (uint32_t)last;
	return true;
}

/* Take in the last reply; *finished: it need not come again. */
/*
 * Should it be kept, as it goes in when something of others has come?  Not where
 * earlier bundles of its own chain lack, which its sender believes to be here:
 * this store was put back from a copy, and all of it is sent again.
 */
static bool waits_for_others(const struct received *received)
{
	size_t i;

	for (i = 0; i < received->refused_count; i++) {
		if (received->refused[i].code != ERR_GAP &&
			refusal_may_pass(received->refused[i].code)) {
			return true;
		}
	}
	return false;
}

static bool open_relay(struct sync *sync, const struct relay *relay, struct view sealed,
	bool *finished, struct err *err)
{
	struct received received = { 0 };
	struct buf plain = { 0 };
	struct err why = { 0 };
	bool ok = true;

	*finished = true;
	if (!node_open_sealed(sync->node, &plain, sealed, RELAY_MAX_BYTES, &why)) {
		*finished = why.code != ERR_NOMEM;
		refusals_add(&sync->result->received, relay->name, why.code, why.detail);
	} else {
		ok = take_in(sync->node, buf_as_view(&plain), "relay", &received, err);
		*finished = !waits_for_others(&received);
		sync->moved = sync->moved || received.taken.bundles > 0;
		received_take(&sync->result->received, &received);
	}
	buf_clear(&plain);
	return ok;
}

/* Did a call fail only because the server keeps that no more? */
static bool is_gone(const struct err *err)
{
	return err->code == ERR_NOT_FOUND;
}

static bool fetch_relay(struct sync *sync, const struct relay *relay, struct err *err)
{
	char path[80] = "relay/";
	struct call drop = { .method = "DELETE", .path = path };
	struct rest_download got = { .etag = "" };
	bool finished = true, forked, ok;
	struct head ours;

	memcpy(path + strlen(path), relay->name, sizeof(relay->name));
	if (!chains_head(sync->node, &relay->chain, &ours, err) ||
		!forks_open(sync->node, &relay->chain, &forked, err)) {
		return false;
	}
	/*
	 * What came another way meanwhile is not fetched again, but for another
	 * branch; nor what has no place here, as this node or the server was put
	 * back from a copy: the sender sees in this node's list what is missing,
	 * and sends all of it.
	 */
	if ((ours.seq < relay->last && relay->first <= (uint64_t)ours.seq + 1) || forked) {
		if (!sync_get_file(sync, path, false, &got, err)) {
			rest_download_clear(&got);
			return is_gone(err);
		}
		ok = open_relay(sync, relay, buf_as_view(&got.file), &finished, err);
		rest_download_clear(&got);
		if (!ok) {
			return false;
		}
	}
	/* Something on the way may have delivered the same request before. */
	return (!finished || peer_call(&sync->peer, &drop, err) || is_gone(err)) &&
		sync_report(sync, SYNC_RELAY, 0, 0, err);
}

bool sync_relay_fetch(struct sync *sync, struct err *err)
{
	struct members m = members_of(sync->reply, "the server's heads", err);
	json_t *list = members_array(&m, "relay", RELAYS_MAX);
	struct relay relay;
	size_t i;

	members_rest(&m);
	if (!members_done(&m)) {
		return false;
	}
	for (i = 0; i < json_array_size(list); i++) {
		if (!read_relay(&relay, json_array_get(list, i), err) ||
			!fetch_relay(sync, &relay, err)) {
			return err_wrap(err, "fetching what waits for this device");
		}
	}
	return true;
}
