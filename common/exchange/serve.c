/* serve.c -- the server: routes, sessions, group commit; see linli/exchange.h. */
#include <stdlib.h>
#include <string.h>

#include "linli/enrol.h"
#include "linli/rekey.h"
#include "refusals.h"
#include "serve.h"
#include "sshsig.h"

#define PREFIX "/api/v1/"
#define SMALL_BODY_BYTES (16 * 1024)

bool exchange_server_open(struct exchange_server **out, struct node *node, struct err *err)
{
	struct exchange_server *server = calloc(1, sizeof(*server));

	*out = NULL;
	if (server == NULL) {
		return err_nomem(err);
	}
	server->node = node;
	if (!sessions_open(&server->sessions, node_env(node), err) ||
		!repeats_open(&server->repeats, node_env(node), err)) {
		exchange_server_close(server);
		return false;
	}
	*out = server;
	return true;
}

void exchange_server_close(struct exchange_server *server)
{
	if (server != NULL) {
		sessions_close(server->sessions);
		repeats_close(server->repeats);
		free(server);
	}
}

static int64_t now_ms(const struct visit *visit)
{
	const struct env *env = node_env(visit->node);

	return env->now_ms(env->ctx);
}

/* ---- who we are, who are you -------------------------------------- */

/* GET federation: what anybody may know. */
static bool serve_federation(struct visit *visit, struct err *err)
{
	const struct federation *federation = node_federation(visit->node);
	char id[DEVICE_TEXT_BYTES], key[2 * NODE_PUBLIC_KEY_BYTES + 1], device[DEVICE_TEXT_BYTES];
	json_t *reply;

	device_id_print(id, node_federation_id(visit->node));
	device_id_print(device, node_device(visit->node));
	hex_encode(key, federation->key, sizeof(federation->key));
	reply = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "schema", 1, "federation", id,
		"name", federation->name, "key", key, "device", device, "community",
		node_community(visit->node), "version", LINLI_VERSION);
	if (reply != NULL && !trust_heads(visit, reply, err)) {
		json_decref(reply);
		return false;
	}
	return reply_json_take(visit, reply, err);
}

/* POST enrol: a request file; the answer is sealed to who made it. */
static bool serve_enrol(struct visit *visit, struct err *err)
{
	visit->reply->status = 200;
	visit->reply->content_type = SERVE_SEALED;
	return repeats_allow(visit->server->repeats, visit->request->body, err) &&
		request_accept(
			visit->node, visit->request->body, &visit->reply->body, NULL, err);
}

/* POST rotate: whoever holds the old key and the new one may ask. */
static bool serve_rotate(struct visit *visit, struct err *err)
{
	visit->reply->status = 200;
	visit->reply->content_type = SERVE_SEALED;
	return repeats_allow(visit->server->repeats, visit->request->body, err) &&
		rotation_accept(
			visit->node, visit->request->body, &visit->reply->body, NULL, err);
}

/* POST nonce */
static bool serve_nonce(struct visit *visit, struct err *err)
{
	char nonce[NONCE_TEXT_BYTES];

	return nonce_make(visit->server->sessions, nonce, err) &&
		reply_json_take(visit,
			json_pack("{s:i, s:s, s:I, s:I}", "schema", 1, "nonce", nonce, "expires",
				(json_int_t)(now_ms(visit) + NONCE_VALID_MS), "at",
				(json_int_t)now_ms(visit)),
			err);
}

/* Has ${device} signed for ${nonce}? */
static bool verify_session(struct visit *visit, struct device_id device, struct view nonce,
	struct view signature, struct err *err)
{
	uint8_t key[KEY_PUBLIC_BYTES];
	struct buf text = { 0 };
	bool ok;

	if (!node_find_device(visit->node, device, &visit->device)) {
		return err_set(err, ERR_UNKNOWN_DEVICE, "no trust record names it");
	}
	if (visit->device.revoked) {
		return err_set(err, ERR_REVOKED, "a session");
	}
	session_statement(&text, node_federation_id(visit->node), device, nonce);
	ok = buf_ok(&text, err) &&
		sshsig_verify(key, signature, SESSION_NAMESPACE, buf_as_view(&text), err);
	buf_clear(&text);
	if (ok && memcmp(key, visit->device.public_key, sizeof(key)) != 0) {
		ok = err_set(err, ERR_SIGNATURE, "signed with another key");
	}
	return ok && nonce_use(visit->server->sessions, device, nonce, err);
}

/* POST session */
static bool serve_session(struct visit *visit, struct err *err)
{
	char token[SESSION_TOKEN_TEXT_BYTES];
	struct view nonce, signature;
	struct device_id device;
	int64_t expires_ms;
	struct members m;
	json_t *root;
	bool ok;

	if (!json_read(&root, visit->request->body, SMALL_BODY_BYTES, "the session", err)) {
		return false;
	}
	m = members_of(root, "the session", err);
	members_device(&m, "device", &device);
	nonce = members_view(&m, "nonce", NONCE_TEXT_BYTES);
	signature = members_view(&m, "signature", SSHSIG_MAX_BYTES);
	ok = members_done(&m) && verify_session(visit, device, nonce, signature, err) &&
		session_open(visit->server->sessions, device, token, &expires_ms, err) &&
		reply_json_take(visit,
			json_pack("{s:i, s:s, s:I, s:I}", "schema", 1, "token", token, "expires",
				(json_int_t)expires_ms, "at", (json_int_t)now_ms(visit)),
			err);
	json_decref(root);
	return ok;
}

/* ---- routes -------------------------------------------------------- */

enum route_rule {
	FOR_ALL = 1,    /* needs no session */
	OF_DISTRICT = 2 /* a neighbour does not serve it: it would give what is not sealed */
};
struct route {
	const char *method;
	const char *path; /* behind PREFIX; with a '/' at its end: and a name behind it */
	unsigned rules;   /* of enum route_rule */
	bool (*serve)(struct visit *visit, struct err *err);
};
static const struct route routes[] = {
	{ "GET", "federation", FOR_ALL, serve_federation },
	{ "POST", "enrol", FOR_ALL | OF_DISTRICT, serve_enrol },
	{ "POST", "rotate", FOR_ALL | OF_DISTRICT, serve_rotate },
	{ "POST", "trust", FOR_ALL, serve_trust },
	{ "POST", "nonce", FOR_ALL, serve_nonce },
	{ "POST", "session", FOR_ALL, serve_session },
	{ "POST", "heads", OF_DISTRICT, serve_heads },
	{ "POST", "bundles", OF_DISTRICT, serve_bundles_post },
	{ "GET", "bundles", 0, serve_bundles_get },
	{ "OPTIONS", "uploads", FOR_ALL | OF_DISTRICT, serve_uploads_options },
	{ "OPTIONS", "uploads/", FOR_ALL | OF_DISTRICT, serve_uploads_options },
	{ "POST", "uploads", OF_DISTRICT, serve_uploads_post },
	{ "HEAD", "uploads/", OF_DISTRICT, serve_upload_head },
	{ "GET", "uploads/", OF_DISTRICT, serve_upload_get },
	{ "PATCH", "uploads/", OF_DISTRICT, serve_upload_patch },
	{ "POST", "uploads/", OF_DISTRICT, serve_upload_post },
	{ "DELETE", "uploads/", OF_DISTRICT, serve_upload_delete },
	{ "POST", "relay", OF_DISTRICT, serve_relay_post },
	{ "GET", "relay/", OF_DISTRICT, serve_relay_get },
	{ "DELETE", "relay/", OF_DISTRICT, serve_relay_delete },
	{ "POST", "pouch", 0, serve_pouch },
	{ "GET", "pouch/", 0, serve_pouch_get },
	{ "POST", "pouch/", 0, serve_pouch_post },
	{ "POST", "custody", 0, serve_custody },
	{ "POST", "receipt/", 0, serve_receipt },
};
#define ROUTES (sizeof(routes) / sizeof(routes[0]))

/* What follows the route's path in ${path}; NULL if it is another. */
static const char *match(const struct route *route, const char *path)
{
	size_t len = strlen(route->path);

	if (strncmp(path, PREFIX, strlen(PREFIX)) != 0) {
		return NULL;
	}
	path += strlen(PREFIX);
	if (route->path[len - 1] == '/') {
		return strncmp(path, route->path, len) == 0 ? path + len : NULL;
	}
	return strcmp(path, route->path) == 0 ? path + len : NULL;
}

void exchange_server_on_visit(struct exchange_server *server,
	void (*visited)(void *ctx, const struct device *visitor, const char *code), void *ctx)
{
	server->visited = visited;
	server->visited_ctx = ctx;
}

bool exchange_serves(const char *path)
{
	size_t i;

	for (i = 0; i < ROUTES; i++) {
		if (match(&routes[i], path) != NULL) {
			return true;
		}
	}
	return false;
}

static const struct route *find_route(struct visit *visit, struct err *err)
{
	const char *method = visit->request->method;
	const struct route *get = NULL;
	bool known = false;
	size_t i;

	for (i = 0; i < ROUTES; i++) {
		const char *rest = match(&routes[i], visit->request->path);

		if (rest == NULL || ((routes[i].rules & OF_DISTRICT) != 0 &&
					    !node_is_district(visit->node))) {
			continue;
		}
		known = true;
		visit->rest = rest;
		if (strcmp(routes[i].method, method) == 0) {
			return &routes[i];
		}
		get = strcmp(routes[i].method, "GET") == 0 ? &routes[i] : get;
	}
	/* To HEAD the same is answered as to GET; the body stays behind. */
	if (get != NULL && strcmp(method, "HEAD") == 0) {
		return get;
	}
	visit->status = known ? 405 : 404;
	err_set(err, known ? ERR_USAGE : ERR_NOT_FOUND, "no such route");
	return NULL;
}

/* Whose session is it?  Asked anew each time, so that revoking takes effect at once. */
static bool authenticate(struct visit *visit, struct err *err)
{
	struct device_id device;

	if (!session_find(visit->server->sessions, visit->request->authorization, &device)) {
		visit->status = 401;
		return err_set(err, ERR_SESSION, "no session");
	}
	if (!node_find_device(visit->node, device, &visit->device)) {
		visit->status = 401;
		return err_set(err, ERR_UNKNOWN_DEVICE, "no trust record names it");
	}
	return !visit->device.revoked || err_set(err, ERR_REVOKED, "a session");
}

/* The request's route, once it is known that it may be taken. */
static const struct route *begin(struct visit *visit, struct exchange_server *server,
	const struct request *request, struct reply *reply, struct err *err)
{
	const struct route *route;

	*visit = (struct visit){
		.server = server, .node = server->node, .request = request, .reply = reply
	};
	reply_reset(reply);
	route = find_route(visit, err);
	if (route != NULL && !(route->rules & FOR_ALL) && !authenticate(visit, err)) {
		return NULL;
	}
	return route;
}

void exchange_serve(
	struct exchange_server *server, const struct request *request, struct reply *reply)
{
	struct err err = { 0 };
	struct visit visit;
	const struct route *route = begin(&visit, server, request, reply, &err);

	if (route == NULL || !route->serve(&visit, &err)) {
		reply_error(reply, &err, visit.status, route != NULL && !(route->rules & FOR_ALL));
		uploads_adorn(request, reply);
	}
}

/* ---- group commit -------------------------------------------------- */

struct one {
	struct visit visit;
	struct received received;
	bool is_one; /* of the requests, this is an upload that may be taken */
	bool by_tus; /* and it is one of serve_uploads.c */
};
struct group {
	struct exchange_server *server;
	struct one *uploads; /* by request */
	size_t count;
};

static bool take_group(void *ctx, struct err *err)
{
	struct group *group = ctx;
	size_t i;

	for (i = 0; i < group->count; i++) {
		struct one *upload = &group->uploads[i];

		if (upload->is_one && !bundles_take(&upload->visit, upload->visit.request->body,
					      &upload->received, err)) {
			return false;
		}
	}
	return true;
}

/* Find the uploads; how many there are. */
static size_t find_uploads(
	struct group *group, const struct request *const *requests, struct reply *const *replies)
{
	size_t i, found = 0;

	for (i = 0; i < group->count; i++) {
		struct one *upload = &group->uploads[i];
		struct err ignored;
		const struct route *route =
			begin(&upload->visit, group->server, requests[i], replies[i], &ignored);

		upload->by_tus = route != NULL && route->serve == serve_uploads_post &&
			uploads_whole(&upload->visit);
		upload->is_one = upload->by_tus ||
			(route != NULL && route->serve == serve_bundles_post);
		found += upload->is_one ? 1 : 0;
	}
	return found;
}

/* Answer the uploads from what was taken of them, the others as they are. */
static void reply_group(
	struct group *group, const struct request *const *requests, struct reply *const *replies)
{
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < group->count; i++) {
		struct one *upload = &group->uploads[i];

		if (!upload->is_one) {
			exchange_serve(group->server, requests[i], replies[i]);
		} else if (!(upload->by_tus ? uploads_whole_reply : bundles_reply)(
				   &upload->visit, &upload->received, &err)) {
			reply_error(replies[i], &err, 0, true);
		}
	}
}

void exchange_serve_batch(struct exchange_server *server, const struct request *const *requests,
	struct reply *const *replies, size_t count)
{
	struct group group = { .server = server, .count = count };
	struct err err = { 0 };
	bool together = false;
	size_t i;

	group.uploads = count > 1 ? calloc(count, sizeof(*group.uploads)) : NULL;
	if (group.uploads != NULL && find_uploads(&group, requests, replies) > 1) {
		together = node_transaction(server->node, take_group, &group, false, &err);
	}
	if (together) {
		reply_group(&group, requests, replies);
	}
	/* Where they fail together, each is tried alone. */
	for (i = 0; !together && i < count; i++) {
		exchange_serve(server, requests[i], replies[i]);
	}
	for (i = 0; group.uploads != NULL && i < count; i++) {
		received_clear(&group.uploads[i].received);
	}
	free(group.uploads);
}
