/* meet.c -- the visitor's side of a meeting of neighbours; see linli/neighbour.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linli/rekey.h"
#include "peer.h"
#include "pouch.h"
#include "refusals.h"
#include "sshsig.h"
#include "sync.h"

/* Lists of heads first, then what they ask for, then what says that it has come. */
#define MEETING_MAX_ROUNDS 6

struct meeting {
	struct node *node;
	const struct meeting_options *options; /* may be NULL */
	struct meeting_result *result;
	struct peer peer;
	struct device server;
	bool hands_in;  /* at the district: nothing of one's own */
	json_t *theirs; /* their parcels */
	bool moved;
};

void meeting_result_clear(struct meeting_result *result)
{
	sync_result_clear(&result->sync);
	memset(result, 0, sizeof(*result));
}

static bool go_on(const struct meeting *meeting, struct err *err)
{
	return meeting->options == NULL || meeting->options->go_on == NULL ||
		meeting->options->go_on(meeting->options->ctx) ||
		err_set(err, ERR_CANCELLED, "what has changed hands by now is kept");
}

/* ---- who it is ---------------------------------------------------------- */

static bool read_neighbour(
	struct neighbour *out, struct node *node, json_t *root, struct err *err)
{
	struct members m = members_of(root, "the federation", err);
	struct device_id federation;

	members_device(&m, "federation", &federation);
	members_device(&m, "device", &out->device);
	members_slug(&m, "community", out->community);
	members_rest(&m);
	return members_done(&m) &&
		(device_id_equal(federation, node_federation_id(node)) ||
			err_set(err, ERR_FEDERATION, "what answers at this address"));
}

bool neighbour_ask(struct neighbour *out, struct node *node, const struct transport *transport,
	struct err *err)
{
	const struct call call = { .method = "GET", .path = "federation" };
	struct peer peer;
	json_t *root = NULL;
	bool ok;

	memset(out, 0, sizeof(*out));
	peer_init(&peer, node, transport);
	ok = peer_ask(&peer, &call, err) && peer_json(&peer, &root, err) &&
		read_neighbour(out, node, root, err);
	json_decref(root);
	peer_clear(&peer);
	return ok;
}

static void pin_name(char out[40], struct device_id device)
{
	char name[DEVICE_TEXT_BYTES];

	device_id_print(name, device);
	snprintf(out, 40, "neighbour.%s", name);
}

bool neighbour_pinned(struct node *node, const struct device *device)
{
	struct buf value = { 0 };
	char name[40];
	bool pinned;

	pin_name(name, device->id);
	pinned = node_get(node, name, &value) && value.len != 0;
	buf_clear(&value);
	return pinned;
}

static bool compare_code(struct meeting *meeting, struct err *err)
{
	const struct meeting_options *options = meeting->options;
	struct node *node = meeting->node;
	uint8_t own[NODE_PUBLIC_KEY_BYTES];
	char code[SHORT_CODE_BYTES], name[40];

	if (meeting->hands_in || neighbour_pinned(node, &meeting->server)) {
		return true;
	}
	node_public_key(node, own);
	neighbour_code(code, node_federation(node)->key, own, meeting->server.public_key);
	if (options == NULL || options->compared == NULL) {
		return err_set(err, ERR_COMPARE, "%s", code);
	}
	pin_name(name, meeting->server.id);
	return options->compared(options->ctx, &meeting->server, code, err) &&
		node_set(node, name, view_of(code), err);
}

/* Has ${meeting}->server signed ${proof} for ${challenge} just now? */
static bool verify_proof(struct meeting *meeting, const uint8_t challenge[CHALLENGE_BYTES],
	struct view proof, struct err *err)
{
	uint8_t key[KEY_PUBLIC_BYTES];
	struct buf text = { 0 };
	bool ok;

	neighbour_statement(&text, node_federation_id(meeting->node), meeting->server.id,
		node_device(meeting->node), challenge);
	ok = buf_ok(&text, err) &&
		sshsig_verify(key, proof, NEIGHBOUR_NAMESPACE, buf_as_view(&text), err);
	buf_clear(&text);
	return ok &&
		(memcmp(key, meeting->server.public_key, sizeof(key)) == 0 ||
			err_set(err, ERR_SIGNATURE,
				ERR_BOTH("对方不是它自称的设备",
					"the other side is not the device that it says it is")));
}

/* What the other side has; and that it is who it says. */
static bool hello(struct meeting *meeting, struct err *err)
{
	const struct env *env = node_env(meeting->node);
	struct call call = {
		.method = "POST", .path = "pouch", .content_type = "application/json"
	};
	uint8_t challenge[CHALLENGE_BYTES];
	char hex[2 * CHALLENGE_BYTES + 1], body[2 * CHALLENGE_BYTES + 32];
	struct view proof;
	struct members m;

	json_decref(meeting->theirs);
	meeting->theirs = NULL;
	if (!env->random(env->ctx, challenge, sizeof(challenge), err)) {
		return false;
	}
	hex_encode(hex, challenge, sizeof(challenge));
	snprintf(body, sizeof(body), "{\"challenge\":\"%s\"}", hex);
	call.body = view_of(body);
	if (!peer_call(&meeting->peer, &call, err) ||
		!peer_json(&meeting->peer, &meeting->theirs, err)) {
		return false;
	}
	m = members_of(meeting->theirs, "the neighbour's reply", err);
	proof = members_view(&m, "proof", SSHSIG_MAX_BYTES);
	members_array(&m, "parcels", PARCELS_MAX);
	members_rest(&m);
	return members_done(&m) && verify_proof(meeting, challenge, proof, err);
}

/* ---- taking -------------------------------------------------------------- */

/* GET a file of theirs. */
static bool fetch(struct meeting *meeting, const char *name, struct err *err)
{
	char path[16 + STICK_NAME_BYTES];
	struct call call = { .method = "GET", .path = path };

	snprintf(path, sizeof(path), "pouch/%s", name);
	return go_on(meeting, err) && peer_call(&meeting->peer, &call, err);
}

/* *wanted: it is newer than what is here, and for somebody this node carries for. */
static bool begin_taking(struct meeting *meeting, const char *token, int64_t made_ms,
	struct parcel *parcel, bool *wanted, struct err *err)
{
	struct view text;
	char name[STICK_NAME_BYTES];
	struct parcel here;
	struct err why = { 0 };

	*wanted = false;
	if (parcel_here(&here, meeting->node, token, &why) && here.made_ms >= made_ms) {
		return true;
	}
	stick_name_print(name, token, STICK_HEADS, 0);
	if (!fetch(meeting, name, err)) {
		return err->code == ERR_NOT_FOUND;
	}
	text = buf_as_view(&meeting->peer.reply.body);
	if (!parcel_of(parcel, meeting->node, token, text, &why) ||
		device_id_equal(parcel->writer, node_device(meeting->node))) {
		return true; /* of nobody that is known here */
	}
	if (meeting->hands_in) {
		if (!pouch_carries_for(meeting->node, parcel->audience, wanted, err)) {
			return false;
		}
		if (!*wanted) {
			return true;
		}
	}
	*wanted = parcel_begin(meeting->node, meeting->server.id, token, text, parcel, &why);
	if (!*wanted && why.code != ERR_POSITION) {
		refusals_add(&meeting->result->sync.received, token, why.code, why.detail);
	}
	return true;
}

/* Sign for it, here and there. */
static bool acknowledge(struct meeting *meeting, const char *token, struct err *err)
{
	char path[16 + TOKEN_TEXT_BYTES];
	struct call call = {
		.method = "POST", .path = path, .content_type = "application/json"
	};
	struct handed *taken = &meeting->result->taken;
	struct buf receipt = { 0 };
	struct parcel parcel;
	bool ok;

	snprintf(path, sizeof(path), "receipt/%s", token);
	ok = parcel_here(&parcel, meeting->node, token, err) &&
		receipt_write(meeting->node, meeting->server.id, &parcel, &receipt, err) &&
		receipt_note(meeting->node, false, meeting->server.id, &parcel, buf_str(&receipt),
			err);
	call.body = buf_as_view(&receipt);
	if (ok) {
		taken->parcels++;
		taken->files += (uint64_t)parcel.files;
		taken->bytes += (uint64_t)parcel.bytes;
		/* It may have changed there meanwhile: then the next round brings it. */
		ok = peer_call(&meeting->peer, &call, err) || err->code == ERR_POSITION ||
			err->code == ERR_NOT_FOUND;
	}
	buf_clear(&receipt);
	return ok;
}

static bool take_files(struct meeting *meeting, json_t *files, struct err *err)
{
	size_t i;

	for (i = 0; i < json_array_size(files); i++) {
		const char *name = json_string_value(json_array_get(json_array_get(files, i), 0));
		struct stick_file file;
		struct err why = { 0 };

		if (name == NULL || !stick_name_parse(&file, view_of(name)) ||
			file.kind != STICK_BUNDLES) {
			continue;
		}
		if (!fetch(meeting, file.name, err)) {
			if (err->code == ERR_NOT_FOUND) {
				continue;
			}
			return false;
		}
		if (!parcel_add(meeting->node, meeting->server.id, file.name,
			    buf_as_view(&meeting->peer.reply.body), &why)) {
			refusals_add(&meeting->result->sync.received, file.name, why.code,
				why.detail);
		}
	}
	return true;
}

static bool take_parcel(struct meeting *meeting, json_t *told, struct err *err)
{
	struct members m = members_of(told, "a parcel", err);
	uint8_t token[(TOKEN_TEXT_BYTES - 1) / 2];
	char name[TOKEN_TEXT_BYTES];
	struct parcel parcel;
	int64_t made_ms;
	json_t *files;
	bool wanted;

	members_hex(&m, "token", token, sizeof(token));
	members_integer(&m, "made", 0, INT64_MAX, &made_ms);
	files = members_array(&m, "files", PARCEL_MAX_FILES);
	members_rest(&m);
	hex_encode(name, token, sizeof(token));
	if (!members_done(&m) ||
		!begin_taking(meeting, name, made_ms, &parcel, &wanted, err)) {
		return false;
	}
	if (!wanted) {
		return true;
	}
	meeting->moved = true;
	return take_files(meeting, files, err) && acknowledge(meeting, name, err);
}

static bool take(struct meeting *meeting, struct err *err)
{
	json_t *parcels = json_object_get(meeting->theirs, "parcels");
	size_t i;

	for (i = 0; i < json_array_size(parcels); i++) {
		if (!take_parcel(meeting, json_array_get(parcels, i), err)) {
			return err_wrap(err, "taking what the neighbour has");
		}
	}
	return true;
}

/* ---- giving --------------------------------------------------------------- */

/* Copied out of the store before anything is sent. */
struct giving {
	struct meeting *meeting;
	struct parcel *list; /* owned */
	size_t count;
};

/* When theirs was made; -1: they have none. */
static int64_t theirs_made(const struct meeting *meeting, const char *token)
{
	json_t *parcels = json_object_get(meeting->theirs, "parcels");
	size_t i;

	for (i = 0; i < json_array_size(parcels); i++) {
		json_t *told = json_array_get(parcels, i);
		const char *name = json_string_value(json_object_get(told, "token"));

		if (name != NULL && strcmp(name, token) == 0) {
			return (int64_t)json_integer_value(json_object_get(told, "made"));
		}
	}
	return -1;
}

/* Is ${parcel} of use to whom we meet, or to those whom they may meet? */
static bool of_use(const struct meeting *meeting, const struct parcel *parcel)
{
	bool own = device_id_equal(parcel->writer, node_device(meeting->node));
	bool same = strcmp(parcel->audience, meeting->server.community) == 0;

	if (meeting->hands_in) {
		return !own && same; /* one's own goes by the exchange itself */
	}
	if (strcmp(parcel->audience, node_community(meeting->node)) == 0) {
		return own || same; /* what others made for us has arrived */
	}
	/* Of what was made here for neighbours, what was made for this one. */
	return !own || same || strcmp(parcel->audience, DISTRICT_SLUG) == 0;
}

static bool add_parcel(void *ctx, const struct parcel *parcel, struct err *err)
{
	struct giving *giving = ctx;
	struct meeting *meeting = giving->meeting;
	struct parcel *list;

	if (device_id_equal(parcel->writer, meeting->server.id) ||
		theirs_made(meeting, parcel->token) >= parcel->made_ms ||
		!of_use(meeting, parcel)) {
		return true;
	}
	list = realloc(giving->list, (giving->count + 1) * sizeof(*list));
	if (list == NULL) {
		return err_nomem(err);
	}
	giving->list = list;
	list[giving->count++] = *parcel;
	return true;
}

static bool give_file(struct meeting *meeting, const char *name, struct err *err)
{
	char path[16 + STICK_NAME_BYTES];
	struct call call = {
		.method = "POST", .path = path, .content_type = "application/octet-stream"
	};
	struct buf data = { 0 };
	bool ok;

	snprintf(path, sizeof(path), "pouch/%s", name);
	ok = go_on(meeting, err) && pouch_get(meeting->node, name, &data, err);
	call.body = buf_as_view(&data);
	ok = ok && peer_call(&meeting->peer, &call, err);
	buf_clear(&data);
	return ok;
}

struct names {
	const char *token;
	struct buf list; /* each ended by a NUL */
};

static bool add_name(void *ctx, const struct pouch_file *file, struct err *err)
{
	struct names *names = ctx;

	if (strncmp(file->name, names->token, POUCH_TOKEN_CHARS) == 0 &&
		strstr(file->name, ".bundle.age") != NULL) {
		buf_add(&names->list, file->name, strlen(file->name) + 1);
	}
	return buf_ok(&names->list, err);
}

static bool give_files(struct meeting *meeting, const struct parcel *parcel, struct err *err)
{
	struct names names = { .token = parcel->token };
	char heads[STICK_NAME_BYTES];
	size_t at = 0;
	bool ok;

	stick_name_print(heads, parcel->token, STICK_HEADS, 0);
	ok = give_file(meeting, heads, err) && pouch_each(meeting->node, add_name, &names, err);
	while (ok && at < names.list.len) {
		const char *name = (const char *)names.list.data + at;

		ok = give_file(meeting, name, err);
		at += strlen(name) + 1;
	}
	buf_clear(&names.list);
	return ok;
}

/* Their signature for it is kept. */
static bool ask_receipt(struct meeting *meeting, const struct parcel *parcel, struct err *err)
{
	char body[TOKEN_TEXT_BYTES + 16];
	struct call call = {
		.method = "POST", .path = "custody", .content_type = "application/json"
	};
	json_t *envelope;
	bool ok;

	snprintf(body, sizeof(body), "{\"token\":\"%s\"}", parcel->token);
	call.body = view_of(body);
	if (!peer_call(&meeting->peer, &call, err) ||
		!peer_json(&meeting->peer, &envelope, err)) {
		return false;
	}
	ok = receipt_verify(meeting->node, &meeting->server, parcel, envelope, err) &&
		receipt_note(meeting->node, true, meeting->server.id, parcel,
			buf_str(&meeting->peer.reply.body), err);
	json_decref(envelope);
	return ok;
}

/* What the other side refuses is told; the rest goes on. */
static bool refused_there(const struct err *err)
{
	return err->code != ERR_NETWORK && err->code != ERR_CANCELLED && err->code != ERR_NOMEM &&
		err->code != ERR_STORE && err->code != ERR_IO && err->code != ERR_DISK_FULL &&
		err->code != ERR_SESSION;
}

static bool give(struct meeting *meeting, struct err *err)
{
	struct giving giving = { .meeting = meeting };
	struct handed *given = &meeting->result->given;
	bool ok = parcels_each(meeting->node, add_parcel, &giving, err);
	size_t i;

	for (i = 0; ok && i < giving.count; i++) {
		const struct parcel *parcel = &giving.list[i];
		struct err why = { 0 };

		if (give_files(meeting, parcel, &why) && ask_receipt(meeting, parcel, &why)) {
			meeting->moved = true;
			given->parcels++;
			given->files += (uint64_t)parcel->files;
			given->bytes += (uint64_t)parcel->bytes;
		} else if (refused_there(&why)) {
			refusals_add(&meeting->result->sync.received, parcel->token, why.code,
				why.detail);
		} else {
			ok = err_set(err, why.code, "%s", why.detail);
		}
	}
	free(giving.list);
	return ok || err_wrap(err, "handing over");
}

/* ---- the whole ------------------------------------------------------------- */

/* Seal what is here for them, take in what has come. */
static bool carry(struct meeting *meeting, struct err *err)
{
	struct sync_result result = { 0 }, *sum = &meeting->result->sync;
	bool ok;

	if (meeting->hands_in) {
		return true;
	}
	ok = pouch_carry(meeting->node, meeting->server.community, &result, err);
	sum->sent.bundles += result.sent.bundles;
	sum->sent.lines += result.sent.lines;
	sum->sent.bytes += result.sent.bytes;
	received_take(&sum->received, &result.received);
	sync_result_clear(&result);
	return ok;
}

static bool run(struct meeting *meeting, struct err *err)
{
	int round = 0;

	/* Who stands there is known before anything is given, or made for them. */
	if (!hello(meeting, err) || !compare_code(meeting, err)) {
		return false;
	}
	do {
		meeting->moved = false;
		if (!carry(meeting, err) || !hello(meeting, err) || !take(meeting, err) ||
			!give(meeting, err)) {
			return false;
		}
	} while (meeting->moved && ++round < MEETING_MAX_ROUNDS);
	return carry(meeting, err) &&
		refusals_drop_passed(&meeting->result->sync.received, meeting->node, err);
}

/* One of both was enrolled since the other heard of the district: its records go across first. */
static bool pass_trust(struct meeting *meeting, bool bring, struct err *err)
{
	struct sync sync = { .node = meeting->node,
		.result = &meeting->result->sync,
		.file_bytes = SYNC_FIRST_FILE_BYTES };
	bool brought, ok;

	peer_init(&sync.peer, meeting->node, meeting->peer.transport);
	ok = bring ? sync_bring_trust(&sync, &brought, err) : sync_fetch_trust(&sync, err);
	peer_clear(&sync.peer);
	return ok;
}

static bool open_session(struct meeting *meeting, struct err *err)
{
	struct err why = { 0 };

	if (peer_open(&meeting->peer, &why)) {
		return true;
	}
	if (why.code == ERR_UNKNOWN_DEVICE && node_enrolled(meeting->node)) {
		return pass_trust(meeting, true, err) && peer_open(&meeting->peer, err);
	}
	return err_set(err, why.code, "%s", why.detail);
}

/* ${who} must be known here by a trust record. */
static bool find_server(struct meeting *meeting, const struct neighbour *who, struct err *err)
{
	char name[DEVICE_TEXT_BYTES];

	device_id_print(name, who->device);
	if (!node_find_device(meeting->node, who->device, &meeting->server) &&
		!pass_trust(meeting, false, err)) {
		return false;
	}
	if (!node_find_device(meeting->node, who->device, &meeting->server)) {
		return err_set(err, ERR_UNKNOWN_DEVICE,
			ERR_BOTH("本机还不认识设备 %s:请先与区里交换",
				"device %s is not known here yet: exchange with the district first"),
			name, name);
	}
	return !meeting->server.revoked || err_set(err, ERR_REVOKED, "%s", name);
}

static bool meet(struct node *node, const struct transport *transport, bool hands_in,
	const struct meeting_options *options, struct meeting_result *result, struct err *err)
{
	struct meeting meeting = {
		.node = node, .options = options, .result = result, .hands_in = hands_in
	};
	struct neighbour who;
	bool ok;

	peer_init(&meeting.peer, node, transport);
	ok = neighbour_ask(&who, node, transport, err) && open_session(&meeting, err) &&
		find_server(&meeting, &who, err) && run(&meeting, err);
	json_decref(meeting.theirs);
	peer_clear(&meeting.peer);
	return ok;
}

bool exchange_meet(struct node *node, const struct transport *transport,
	const struct meeting_options *options, struct meeting_result *result, struct err *err)
{
	memset(result, 0, sizeof(*result));
	return meet(node, transport, false, options, result, err);
}

bool exchange_hand_in(struct node *node, const struct transport *transport,
	const struct meeting_options *options, struct meeting_result *result, struct err *err)
{
	bool carries;

	memset(result, 0, sizeof(*result));
	return pouch_carries_for(node, NULL, &carries, err) &&
		(!carries || meet(node, transport, true, options, result, err));
}
