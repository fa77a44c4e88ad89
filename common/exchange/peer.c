/* peer.c -- see peer.h. */
#include <string.h>

#include "linli/enrol.h"
#include "peer.h"
#include "sshsig.h"

#define ERROR_REPLY_MAX_BYTES (64 * 1024)
#define PEER_TIME_MAX_MS 9007199254740991 /* 2^53 - 1 */
#define REPLY_MAX_BYTES (8 * 1024 * 1024) /* of JSON */

void peer_init(struct peer *peer, struct node *node, const struct transport *transport)
{
	memset(peer, 0, sizeof(*peer));
	peer->node = node;
	peer->transport = transport;
}

void peer_clear(struct peer *peer)
{
	reply_clear(&peer->reply);
	memset(peer, 0, sizeof(*peer));
}

enum err_code err_code_named(const char *name)
{
	int code;

	for (code = ERR_NONE + 1; code < ERR_CODES; code++) {
		if (strcmp(err_name((enum err_code)code), name) == 0) {
			return (enum err_code)code;
		}
	}
	return ERR_REFUSED;
}

/* What a reply that is no success says. */
static bool refused(struct peer *peer, struct err *err)
{
	json_t *root = NULL, *error;
	const char *name, *detail;
	char shown[ERR_DETAIL_BYTES / 2];
	struct err ignored;

	if (!json_read(&root, buf_as_view(&peer->reply.body), ERROR_REPLY_MAX_BYTES, "a reply",
		    &ignored)) {
		return err_set(err, peer->reply.status >= 500 ? ERR_NETWORK : ERR_REFUSED,
			"the server answered with status %u", peer->reply.status);
	}
	error = json_object_get(root, "error");
	name = json_string_value(json_object_get(error, "code"));
	detail = json_string_value(json_object_get(error, "detail"));
	text_shown(shown, sizeof(shown), detail != NULL && detail[0] != '\0' ? detail : name);
	err_set(err, name != NULL ? err_code_named(name) : ERR_REFUSED,
		ERR_BOTH("服务器答复", "the server says") ": %s", shown);
	json_decref(root);
	return false;
}

static bool send(struct peer *peer, const struct call *call, const char *token, struct err *err)
{
	struct buf path = { 0 };
	struct request request = { .method = call->method,
		.query = call->query != NULL ? call->query : "",
		.authorization = token,
		.content_type = call->content_type,
		.body = call->body };
	bool ok;

	buf_printf(&path, "/api/v1/%s", call->path);
	request.path = buf_str(&path);
	ok = buf_ok(&path, err) &&
		peer->transport->send(peer->transport->ctx, &request, &peer->reply, err);
	buf_clear(&path);
	return ok;
}

bool peer_ask(struct peer *peer, const struct call *call, struct err *err)
{
	return send(peer, call, NULL, err) && (peer->reply.status == 200 || refused(peer, err));
}

bool peer_json(struct peer *peer, json_t **out, struct err *err)
{
	return json_read(
		out, buf_as_view(&peer->reply.body), REPLY_MAX_BYTES, "the server's reply", err);
}

/* ---- opening a session --------------------------------------------- */

static bool ask_nonce(struct peer *peer, char nonce[NONCE_TEXT_BYTES], struct err *err)
{
	const struct call call = { .method = "POST", .path = "nonce" };
	const struct env *env = node_env(peer->node);
	int64_t before = env->now_ms(env->ctx), at;
	struct members m;
	json_t *root;
	bool ok;

	if (!peer_ask(peer, &call, err) || !peer_json(peer, &root, err)) {
		if (err->code == ERR_NOT_FOUND || err->code == ERR_REFUSED ||
			err->code == ERR_FORMAT) {
			err_set(err, ERR_NETWORK,
				ERR_BOTH("这个地址上没有邻里服务器",
					"there is no linli server at this address"));
		}
		return false;
	}
	m = members_of(root, "the nonce", err);
	members_text(&m, "nonce", nonce, NONCE_TEXT_BYTES);
	members_integer(&m, "at", 0, PEER_TIME_MAX_MS, &at);
	members_rest(&m);
	ok = members_done(&m);
	json_decref(root);
	if (ok) {
		/* Theirs against the middle of the time it took. */
		peer->clock_ahead_ms = at - (before + (env->now_ms(env->ctx) - before) / 2);
	}
	return ok;
}

static bool write_session(struct peer *peer, const char *nonce, struct buf *out, struct err *err)
{
	struct buf text = { 0 }, armour = { 0 };
	char device[DEVICE_TEXT_BYTES];
	bool ok;

	device_id_print(device, node_device(peer->node));
	session_statement(
		&text, node_federation_id(peer->node), node_device(peer->node), view_of(nonce));
	ok = buf_ok(&text, err) &&
		sshsig_sign(&armour, node_key(peer->node), SESSION_NAMESPACE, buf_as_view(&text),
			err) &&
		json_write_take(out,
			json_pack("{s:s, s:s, s:s}", "device", device, "nonce", nonce, "signature",
				buf_str(&armour)),
			false, err);
	buf_clear(&text);
	buf_clear(&armour);
	return ok;
}

bool peer_open(struct peer *peer, struct err *err)
{
	struct call call = {
		.method = "POST", .path = "session", .content_type = "application/json"
	};
	char nonce[NONCE_TEXT_BYTES];
	struct buf body = { 0 };
	json_t *root = NULL;
	struct members m;
	bool ok = false;

	if (!ask_nonce(peer, nonce, err) || !write_session(peer, nonce, &body, err)) {
		goto out;
	}
	call.body = buf_as_view(&body);
	if (!peer_ask(peer, &call, err) || !peer_json(peer, &root, err)) {
		goto out;
	}
	m = members_of(root, "the session", err);
	members_text(&m, "token", peer->token, sizeof(peer->token));
	members_rest(&m);
	ok = members_done(&m);
out:
	json_decref(root);
	buf_clear(&body);
	return ok || err_wrap(err, "opening a session");
}

bool peer_call(struct peer *peer, const struct call *call, struct err *err)
{
	bool fresh = false;

	for (;;) {
		if (peer->token[0] == '\0') {
			if (!peer_open(peer, err)) {
				return false;
			}
			fresh = true;
		}
		if (!send(peer, call, peer->token, err)) {
			return false;
		}
		if (peer->reply.status != 401 || fresh) {
			return peer->reply.status == 200 || refused(peer, err);
		}
		/* It has expired, or the server was started again. */
		peer->token[0] = '\0';
	}
}

bool exchange_enrol(struct node *node, const struct transport *transport, struct view request,
	struct received *received, struct err *err)
{
	const struct call call = { .method = "POST",
		.path = "enrol",
		.content_type = "application/json",
		.body = request };
	struct peer peer;
	bool ok;

	peer_init(&peer, node, transport);
	ok = peer_ask(&peer, &call, err) &&
		answer_accept(node, buf_as_view(&peer.reply.body), received, err);
	peer_clear(&peer);
	return ok;
}
