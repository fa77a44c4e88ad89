/* serve_relay.c -- sealed bundles between devices of one community; see serve.h. */
#include <string.h>

#include "lives.h"
#include "serve.h"
#include "sha256.h"

/* In one reply; the rest comes when those are fetched. */
#define RELAYS_TOLD_MAX 1024
#define RELAYS_TOLD_OF_SENDER 64 /* so that one sender's do not hide the others' */
/* From one device for another; the sender sends the rest when those are fetched. */
#define RELAYS_KEPT_OF_PAIR 256
#define RELAYS_DROPPED_AT_ONCE 64

/* A device of the visitor's community that is not revoked; itself, as others may go by its key. */
static bool is_sibling(struct visit *visit, struct device_id id)
{
	struct device device;

	return node_find_device(visit->node, id, &device) && !device.revoked &&
		strcmp(device.community, visit->device.community) == 0;
}

/* ---- POST relay?to=&life=&chain=&first=&last= --------------------- */

static bool query_number(const char *query, const char *name, uint32_t *out, struct err *err)
{
	char value[QUERY_VALUE_BYTES];
	int64_t number;

	if (!query_get(query, name, value, err)) {
		return false;
	}
	if (!int64_parse(&number, view_of(value)) || number < 1 || number > UINT32_MAX) {
		return err_set(err, ERR_FORMAT, "'%s' must be a number from 1", name);
	}
	*out = (uint32_t)number;
	return true;
}

/* "life", which need not be there. */
static bool query_life(const char *query, uint32_t *out, struct err *err)
{
	char name[QUERY_VALUE_BYTES], value[QUERY_VALUE_BYTES];
	struct query members = query_of(query);
	bool bad = false;

	while (query_next(&members, name, value, &bad)) {
		if (strcmp(name, "life") == 0) {
			return query_number(query, "life", out, err);
		}
	}
	return true;
}

static bool read_relay(struct relay *out, struct visit *visit, struct err *err)
{
	const char *query = visit->request->query;
	char to[QUERY_VALUE_BYTES], chain[QUERY_VALUE_BYTES];

	memset(out, 0, sizeof(*out));
	out->from = visit->device.id;
	if (!query_get(query, "to", to, err) || !query_get(query, "chain", chain, err) ||
		!query_life(query, &out->life, err) ||
		!query_number(query, "first", &out->first, err) ||
		!query_number(query, "last", &out->last, err)) {
		return false;
	}
	if (!device_id_parse(&out->to, view_of(to)) ||
		!chain_name_parse(&out->chain, view_of(chain)) || out->last < out->first) {
		return err_set(err, ERR_FORMAT, "no device, chain or range");
	}
	if (out->chain.scope.kind != SCOPE_COMMUNITY ||
		strcmp(out->chain.scope.community, visit->device.community) != 0 ||
		!is_sibling(visit, out->to)) {
		return err_set(err, ERR_SCOPE, "only a community's own, between its own devices");
	}
	return true;
}

/* What is kept already, when ${relay} comes. */
struct room {
	struct node *node;
	const struct relay *relay;
	size_t of_pair;
	char dead[RELAYS_DROPPED_AT_ONCE][sizeof(((struct relay *)0)->name)];
	size_t dead_count; /* relays whose recipient does not come any more */
};

static bool look_at_kept(void *ctx, const struct relay *kept, struct err *err)
{
	struct room *room = ctx;
	struct device device;

	(void)err;
	if (device_id_equal(kept->from, room->relay->from) &&
		device_id_equal(kept->to, room->relay->to) && kept->life == room->relay->life) {
		room->of_pair++;
	} else if (room->dead_count < RELAYS_DROPPED_AT_ONCE &&
		(!node_find_device(room->node, kept->to, &device) || device.revoked)) {
		memcpy(room->dead[room->dead_count++], kept->name, sizeof(kept->name));
	}
	return true;
}

/* Drop what nobody will fetch; then, has the sender a place left? */
static bool make_room(struct visit *visit, const struct relay *relay, struct err *err)
{
	struct room room = { .node = visit->node, .relay = relay };
	size_t i;

	if (!relay_each(visit->node, look_at_kept, &room, err)) {
		return false;
	}
	for (i = 0; i < room.dead_count; i++) {
		if (!relay_drop(visit->node, room.dead[i], err)) {
			return false;
		}
	}
	return room.of_pair < RELAYS_KEPT_OF_PAIR ||
		err_set(err, ERR_TOO_LARGE, "%zu files wait for that device already", room.of_pair);
}

bool serve_relay_post(struct visit *visit, struct err *err)
{
	struct view body = visit->request->body;
	struct relay relay;

	if (body.len == 0 || body.len > RELAY_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "%zu bytes to pass on", body.len);
	}
	if (!read_relay(&relay, visit, err)) {
		return false;
	}
	sha256_hex(relay.name, body.data, body.len);
	return make_room(visit, &relay, err) && relay_keep(visit->node, &relay, body, err) &&
		reply_json_take(
			visit, json_pack("{s:i, s:s}", "schema", 1, "name", relay.name), err);
}

/* ---- GET, DELETE relay/<name> ------------------------------------- */

/* The relay named in the path, if it is for the visitor. */
static bool find(struct visit *visit, struct relay *relay, struct buf *sealed, struct err *err)
{
	uint8_t name[SHA256_BYTES];

	if (!hex_decode(name, sizeof(name), view_of(visit->rest))) {
		return err_set(err, ERR_NOT_FOUND, "no such name");
	}
	if (!relay_get(visit->node, visit->rest, relay, sealed, err)) {
		return false;
	}
	if (!device_id_equal(relay->to, visit->device.id)) {
		buf_reset(sealed);
		return err_set(err, ERR_NOT_FOUND, "not for this device");
	}
	return true;
}

bool serve_relay_get(struct visit *visit, struct err *err)
{
	struct relay relay;

	visit->reply->status = 200;
	visit->reply->content_type = SERVE_SEALED;
	if (!find(visit, &relay, &visit->reply->body, err)) {
		return false;
	}
	reply_tagged(visit);
	return true;
}

bool serve_relay_delete(struct visit *visit, struct err *err)
{
	struct buf sealed = { 0 };
	struct relay relay;
	bool ok;

	ok = find(visit, &relay, &sealed, err) && relay_drop(visit->node, relay.name, err) &&
		reply_json_take(visit, reply_object(), err);
	buf_clear(&sealed);
	return ok;
}

/* ---- for POST heads ------------------------------------------------ */

struct state {
	struct visit *visit;
	json_t *relay;   /* for the visitor: [{name, chain, first, last, from}] */
	json_t *relayed; /* for others: {device.incarnation, or device: {chain: last}} */
	json_t *told;    /* how many of the first are from whom: {device: number}; owned */
};

static bool add_waiting(struct state *state, const struct relay *relay, struct err *err)
{
	char chain[CHAIN_TEXT_BYTES], from[DEVICE_TEXT_BYTES];
	json_int_t of_sender;

	chain_name_print(chain, &relay->chain);
	device_id_print(from, relay->from);
	of_sender = json_integer_value(json_object_get(state->told, from));
	if (json_array_size(state->relay) >= RELAYS_TOLD_MAX ||
		of_sender >= RELAYS_TOLD_OF_SENDER) {
		return true;
	}
	if (json_object_set_new(state->told, from, json_integer(of_sender + 1)) != 0) {
		return err_nomem(err);
	}
	return json_array_append_new(state->relay,
		       json_pack("{s:s, s:s, s:I, s:I, s:s}", "name", relay->name, "chain", chain,
			       "first", (json_int_t)relay->first, "last", (json_int_t)relay->last,
			       "from", from)) == 0 ||
		err_nomem(err);
}

static bool add_kept(struct state *state, const struct relay *relay, struct err *err)
{
	char chain[CHAIN_TEXT_BYTES], to[LIFE_TEXT_BYTES];
	json_t *device;

	chain_name_print(chain, &relay->chain);
	life_print(to, relay->to, relay->life);
	device = json_object_get(state->relayed, to);
	if (device == NULL) {
		device = json_object();
		if (json_object_set_new(state->relayed, to, device) != 0) {
			return err_nomem(err);
		}
	}
	if (json_integer_value(json_object_get(device, chain)) >= (json_int_t)relay->last) {
		return true;
	}
	return json_object_set_new(device, chain, json_integer((json_int_t)relay->last)) == 0 ||
		err_nomem(err);
}

static bool add(void *ctx, const struct relay *relay, struct err *err)
{
	struct state *state = ctx;

	if (device_id_equal(relay->to, state->visit->device.id) &&
		(relay->life == 0 || state->visit->life == 0 ||
			relay->life == state->visit->life)) {
		return add_waiting(state, relay, err);
	}
	/* What a third device says of another's chain keeps nobody from sending it. */
	if (!device_id_equal(relay->from, state->visit->device.id) &&
		!device_id_equal(relay->from, relay->chain.device)) {
		return true;
	}
	return !is_sibling(state->visit, relay->to) || add_kept(state, relay, err);
}

bool relay_state(struct visit *visit, json_t *reply, struct err *err)
{
	struct state state = { visit, json_array(), json_object(), json_object() };
	bool ok = true;

	if (json_object_set_new(reply, "relay", state.relay) != 0) {
		ok = err_nomem(err);
	}
	if (json_object_set_new(reply, "relayed", state.relayed) != 0 || state.told == NULL) {
		ok = err_nomem(err);
	}
	ok = ok && relay_each(visit->node, add, &state, err);
	json_decref(state.told);
	return ok;
}
