/* serve_pouch.c -- a neighbour, or who carries for one, has come; see serve.h and pouch.h. */
#include <string.h>

#include "pouch.h"
#include "serve.h"
#include "sshsig.h"

#define SMALL_BODY_BYTES (16 * 1024)

/* ---- POST pouch -------------------------------------------------------- */

/* Sign for ${challenge}: who serves here. */
static bool prove(struct visit *visit, const uint8_t challenge[CHALLENGE_BYTES], struct buf *out,
	struct err *err)
{
	struct buf text = { 0 };
	bool ok;

	neighbour_statement(&text, node_federation_id(visit->node), node_device(visit->node),
		visit->device.id, challenge);
	ok = buf_ok(&text, err) &&
		sshsig_sign(out, node_key(visit->node), NEIGHBOUR_NAMESPACE, buf_as_view(&text),
			err);
	buf_clear(&text);
	return ok;
}

static bool reply_pouch(
	struct visit *visit, const uint8_t challenge[CHALLENGE_BYTES], struct err *err)
{
	const struct env *env = node_env(visit->node);
	char device[DEVICE_TEXT_BYTES];
	struct buf proof = { 0 };
	json_t *parcels;
	bool ok;

	device_id_print(device, node_device(visit->node));
	ok = prove(visit, challenge, &proof, err) && parcels_json(visit->node, &parcels, err) &&
		reply_json_take(visit,
			json_pack("{s:i, s:s, s:I, s:s, s:o}", "schema", 1, "device", device, "at",
				(json_int_t)env->now_ms(env->ctx), "proof", buf_str(&proof),
				"parcels", parcels),
			err);
	buf_clear(&proof);
	return ok;
}

static void tell_visit(struct visit *visit)
{
	struct exchange_server *server = visit->server;
	uint8_t own[NODE_PUBLIC_KEY_BYTES];
	char code[SHORT_CODE_BYTES];

	if (server->visited != NULL && !visit->device.server) {
		node_public_key(visit->node, own);
		neighbour_code(code, node_federation(visit->node)->key, own,
			visit->device.public_key);
		server->visited(server->visited_ctx, &visit->device, code);
	}
}

bool serve_pouch(struct visit *visit, struct err *err)
{
	uint8_t challenge[CHALLENGE_BYTES];
	struct sync_result result = { 0 };
	struct members m;
	json_t *root;
	bool ok;

	if (!json_read(&root, visit->request->body, SMALL_BODY_BYTES, "the visit", err)) {
		return false;
	}
	m = members_of(root, "the visit", err);
	members_hex(&m, "challenge", challenge, sizeof(challenge));
	ok = members_done(&m);
	json_decref(root);
	if (!ok) {
		return false;
	}
	tell_visit(visit);
	/* What was handed in before is taken in, and what is to be given is made ready. */
	ok = pouch_carry(visit->node, visit->device.community, &result, err) &&
		reply_pouch(visit, challenge, err);
	sync_result_clear(&result);
	return ok;
}

/* ---- GET, POST pouch/<name> -------------------------------------------- */

bool serve_pouch_get(struct visit *visit, struct err *err)
{
	struct stick_file file;

	visit->reply->status = 200;
	visit->reply->content_type = SERVE_SEALED;
	if (!stick_name_parse(&file, view_of(visit->rest))) {
		return err_set(err, ERR_NOT_FOUND, "no such name");
	}
	return pouch_get(visit->node, file.name, &visit->reply->body, err);
}

bool serve_pouch_post(struct visit *visit, struct err *err)
{
	struct view body = visit->request->body;
	struct stick_file file;
	struct parcel parcel;
	bool ok;

	if (!stick_name_parse(&file, view_of(visit->rest))) {
		return err_set(err, ERR_FORMAT, "no name of a file that is handed on");
	}
	ok = file.kind == STICK_HEADS
		? parcel_begin(visit->node, visit->device.id, file.token, body, &parcel, err)
		: parcel_add(visit->node, visit->device.id, file.name, body, err);
	return ok && reply_json_take(visit, reply_object(), err);
}

/* ---- receipts ----------------------------------------------------------- */

/* POST custody {"token"}: the visitor has handed all of a parcel over. */
bool serve_custody(struct visit *visit, struct err *err)
{
	uint8_t token[(TOKEN_TEXT_BYTES - 1) / 2];
	char name[TOKEN_TEXT_BYTES];
	struct buf receipt = { 0 };
	struct parcel parcel;
	struct members m;
	json_t *root;
	bool ok;

	if (!json_read(&root, visit->request->body, SMALL_BODY_BYTES, "the parcel", err)) {
		return false;
	}
	m = members_of(root, "the parcel", err);
	members_hex(&m, "token", token, sizeof(token));
	hex_encode(name, token, sizeof(token));
	ok = members_done(&m) && parcel_here(&parcel, visit->node, name, err) &&
		receipt_write(visit->node, visit->device.id, &parcel, &receipt, err) &&
		receipt_note(visit->node, false, visit->device.id, &parcel, buf_str(&receipt), err);
	json_decref(root);
	if (ok) {
		visit->reply->status = 200;
		visit->reply->content_type = SERVE_JSON;
		buf_view(&visit->reply->body, buf_as_view(&receipt));
		ok = buf_ok(&visit->reply->body, err);
	}
	buf_clear(&receipt);
	return ok;
}

/* POST receipt/<token>: the visitor has taken a parcel, and says so. */
bool serve_receipt(struct visit *visit, struct err *err)
{
	struct buf text = { 0 };
	struct parcel parcel;
	json_t *root;
	bool ok;

	if (!json_read(&root, visit->request->body, SMALL_BODY_BYTES, "the receipt", err)) {
		return false;
	}
	ok = parcel_here(&parcel, visit->node, visit->rest, err) &&
		receipt_verify(visit->node, &visit->device, &parcel, root, err) &&
		json_write_take(&text, json_incref(root), false, err) &&
		receipt_note(visit->node, true, visit->device.id, &parcel, buf_str(&text), err) &&
		reply_json_take(visit, reply_object(), err);
	json_decref(root);
	buf_clear(&text);
	return ok;
}
