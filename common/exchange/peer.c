/* peer.c -- see peer.h. */
#include <string.h>

#include "linli/enrol.h"
#include "peer.h"
#include "sshsig.h"

#define ERROR_REPLY_MAX_BYTES (64 * 1024)
#define PEER_TIME_MAX_MS 9007199254740991 /* 2^53 - 1 */
#define RETRIES_MAX 8
#define RETRY_FIRST_MS 500
#define RETRY_LONGEST_MS 30000
#define RETRY_AFTER_MAX_S 300 /* a server that asks for more is given up */
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
bool peer_refused(struct peer *peer, struct err *err)
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
		.body = call->body,
		.take = call->take,
		.take_ctx = call->take_ctx };
	bool ok;

	memcpy(request.headers, call->headers, sizeof(request.headers));
	buf_printf(&path, "/api/v1/%s", call->path);
	request.path = buf_str(&path);
	ok = buf_ok(&path, err) &&
		peer->transport->send(peer->transport->ctx, &request, &peer->reply, err);
	peer->answered = peer->answered || ok;
	buf_clear(&path);
	return ok;
}

/* ---- trying again --------------------------------------------------- */

/* What the server asks for; -1 if it asks for nothing, or too much. */
static int64_t asked_ms(const struct peer *peer)
{
	const char *text = reply_header(&peer->reply, HEADER_RETRY_AFTER);
	int64_t seconds;

	if (text == NULL || !int64_parse(&seconds, view_of(text)) || seconds < 0) {
		return 0; /* or a date, which needs both clocks to agree */
	}
	return seconds <= RETRY_AFTER_MAX_S ? seconds * 1000 : -1;
}

/* Twice as long each time, and between half of that and all of it. */
static bool pause_ms(const struct peer *peer, int64_t *out, struct err *err)
{
	const struct env *env = node_env(peer->node);
	int64_t longest = (int64_t)RETRY_FIRST_MS << (peer->failures - 1);
	uint32_t chance;

	if (!env->random(env->ctx, &chance, sizeof(chance), err)) {
		return false;
	}
	longest = longest < RETRY_LONGEST_MS ? longest : RETRY_LONGEST_MS;
	*out = longest / 2 + (int64_t)(chance % (uint32_t)(longest / 2 + 1));
	return true;
}

bool peer_again(struct peer *peer, struct err *err)
{
	const struct sync_options *patience = peer->patience;
	bool busy = err->code == ERR_BUSY &&
		(peer->reply.status == 503 || peer->reply.status == 429);
	int64_t ms, asked = busy ? asked_ms(peer) : 0;

	/* Who never answered is perhaps not there at all. */
	if (patience == NULL || patience->wait == NULL || !peer->answered || asked < 0 ||
		(err->code != ERR_NETWORK && !busy) || ++peer->failures > RETRIES_MAX ||
		!pause_ms(peer, &ms, err)) {
		return false;
	}
	return patience->wait(patience->ctx, asked > ms ? asked : ms) ||
		err_set(err, ERR_CANCELLED, "while waiting to try again");
}

static bool succeeded(struct peer *peer, struct err *err)
{
	if (peer->reply.status < 200 || peer->reply.status > 299) {
		return peer_refused(peer, err);
	}
	peer->failures = 0;
	return true;
}

bool peer_ask(struct peer *peer, const struct call *call, struct err *err)
{
	do {
		if (send(peer, call, NULL, err) && succeeded(peer, err)) {
			return true;
		}
	} while (peer_again(peer, err));
	return false;
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

static bool open_once(struct peer *peer, struct err *err)
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

bool peer_open(struct peer *peer, struct err *err)
{
	do {
		if (open_once(peer, err)) {
			return true;
		}
		/* The reply was lost, and the nonce is used up. */
	} while ((err->code == ERR_SESSION && peer->failures > 0 && peer->failures < RETRIES_MAX &&
			 ++peer->failures) ||
		peer_again(peer, err));
	return false;
}

bool peer_try(struct peer *peer, const struct call *call, struct err *err)
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
		if (peer->reply.status != 401) {
			return true;
		}
		if (fresh) {
			return peer_refused(peer, err);
		}
		/* It has expired, or the server was started again. */
		peer->token[0] = '\0';
	}
}

bool peer_call(struct peer *peer, const struct call *call, struct err *err)
{
	do {
		if (peer_try(peer, call, err) && succeeded(peer, err)) {
			return true;
		}
	} while (peer_again(peer, err));
	return false;
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
