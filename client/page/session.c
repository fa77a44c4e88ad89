/* session.c -- who may use the page; see clerk.h. */
#include <inttypes.h>
#include <string.h>

#include "clerk.h"
#include "emit.h"
#include "linli/node.h"

#define WRONG_MAX 10 /* passphrases, after which only a new address helps */
#define FOREVER_S (7 * 24 * 3600)

/* Without telling by its time where they differ. */
static bool same_secret(const char *a, const char *b)
{
	unsigned different = strlen(a) != strlen(b);
	size_t i;

	for (i = 0; a[i] != '\0' && b[i] != '\0'; i++) {
		different |= (unsigned)(a[i] ^ b[i]);
	}
	return different == 0 && a[0] != '\0';
}

static bool new_secret(const struct env *env, char out[CLERK_SECRET_BYTES], struct err *err)
{
	uint8_t bytes[CLERK_SECRET_BYTES / 2];

	if (!env->random(env->ctx, bytes, sizeof(bytes), err)) {
		return false;
	}
	hex_encode(out, bytes, sizeof(bytes));
	return true;
}

void clerk_address(const struct clerk *clerk, struct buf *out)
{
	buf_printf(out, "http://127.0.0.1:%u/#open=%s", clerk->port, clerk->token);
}

void clerk_address_file(struct buf *out, const char *home)
{
	buf_printf(out, "%s/page.address", home);
}

bool clerk_new_token(struct clerk *clerk, struct err *err)
{
	struct buf path = { 0 }, address = { 0 };
	bool ok = new_secret(clerk->env, clerk->token, err);

	if (ok && clerk->node != NULL) {
		clerk_address_file(&path, node_home(clerk->node));
		clerk_address(clerk, &address);
		ok = buf_ok(&path, err) && buf_ok(&address, err) &&
			clerk->env->write_file(clerk->env->ctx, buf_str(&path),
				buf_as_view(&address), true, err);
	}
	buf_clear(&path);
	buf_wipe(&address);
	return ok;
}

struct node_options clerk_node_options(const struct clerk *clerk)
{
	struct node_options options = clerk->place.options;

	if (clerk->passphrase.len != 0) {
		options.passphrase = (const char *)clerk->passphrase.data;
	}
	return options;
}

void clerk_open_node(struct clerk *clerk)
{
	struct node_options options = clerk_node_options(clerk);
	struct err err = { 0 };

	if (clerk->node == NULL && !page_task_runs(clerk->task)) {
		clerk->closed = ERR_NONE;
		if (!node_open(&clerk->node, &options, &err)) {
			clerk->closed = err.code;
		} else if (clerk->port != 0 && !clerk_new_token(clerk, &err)) {
			clerk->token[0] = '\0'; /* then only this window remains */
		}
	}
}

/* ---- admission ------------------------------------------------------- */

static bool has_session(const struct page_call *call)
{
	const struct clerk *clerk = call->ctx;
	char secret[CLERK_SECRET_BYTES];

	return page_cookie(call->request, clerk->cookie, secret, sizeof(secret)) &&
		same_secret(secret, clerk->session);
}

/* What the page asks by itself now and then is no use of it. */
static bool is_use(const struct page_call *call)
{
	static const char *const asked[] = { PAGE_API "/status", PAGE_API "/task",
		PAGE_API "/session" };
	size_t i;

	for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		if (strcmp(call->request->path, asked[i]) == 0 &&
			strcmp(call->request->method, "GET") == 0) {
			return false;
		}
	}
	return true;
}

static void lock_if_idle(struct clerk *clerk)
{
	int64_t now_ms = clerk->env->now_ms(clerk->env->ctx);

	clerk->locked = clerk->locked || now_ms - clerk->used_ms > clerk->idle_ms;
}

bool clerk_admit(struct page_call *call, const struct page_route *route, struct err *err)
{
	struct clerk *clerk = call->ctx;

	call->node = clerk->node;
	if (route->kind == PAGE_ROUTE_OPEN) {
		return true;
	}
	if (!has_session(call)) {
		return err_set(err, ERR_SESSION, "no session");
	}
	lock_if_idle(clerk);
	if (clerk->locked) {
		return err_set(err, ERR_SESSION, "locked");
	}
	if (is_use(call)) {
		clerk->used_ms = clerk->env->now_ms(clerk->env->ctx);
	}
	return true;
}

/* ---- routes ---------------------------------------------------------- */

static const char *state_of(const struct page_call *call)
{
	struct clerk *clerk = call->ctx;

	if (!has_session(call)) {
		return "signed_out";
	}
	if (clerk->locked) {
		return "locked";
	}
	if (page_task_runs(clerk->task) && clerk->node == NULL) {
		return "joining";
	}
	return clerk->node != NULL                       ? "ready" :
		clerk->closed == ERR_NOT_INITIALISED     ? "join" :
		clerk->closed == ERR_PASSPHRASE          ? "passphrase" :
							   "broken";
}

static void community_json(struct buf *out, const struct clerk *clerk)
{
	struct node *node = clerk->node;
	char device[DEVICE_TEXT_BYTES];

	device_id_print(device, node_device(node));
	emit_member(out, "community", node_community(node));
	emit_member(out, "name", node_name(node));
	emit_member(out, "federation", node_federation(node)->name);
	emit_member(out, "url", node_federation(node)->url);
	emit_member(out, "device", device);
	emit_member_bool(out, "enrolled", node_enrolled(node));
}

static bool show_session(struct page_call *call, struct err *err)
{
	struct clerk *clerk = call->ctx;
	struct buf *out = &call->reply->body;
	const char *state;

	lock_if_idle(clerk);
	if (has_session(call) && !clerk->locked) {
		clerk_open_node(clerk);
	}
	state = state_of(call);
	emit_begin(out);
	emit_member(out, "state", state);
	emit_member_bool(out, "passphrase", clerk_node_options(clerk).passphrase != NULL);
	emit_member(out, "version", LINLI_VERSION);
	emit_member(out, "problem",
		strcmp(state, "broken") == 0 ? err_sentence(clerk->closed, call->zh) : NULL);
	if (strcmp(state, "ready") == 0) {
		community_json(out, clerk);
	}
	emit_end(out);
	return buf_ok(out, err);
}

static bool take_token(struct page_call *call, const char *token, struct err *err)
{
	struct clerk *clerk = call->ctx;

	if (!same_secret(token, clerk->token)) {
		return err_set(err, ERR_SESSION, "this address was used already");
	}
	if (!new_secret(clerk->env, clerk->session, err) || !clerk_new_token(clerk, err)) {
		return false;
	}
	clerk->locked = false;
	clerk->wrong = 0;
	clerk->used_ms = clerk->env->now_ms(clerk->env->ctx);
	reply_header_set(call->reply, HEADER_SET_COOKIE,
		"%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d", clerk->cookie,
		clerk->session, FOREVER_S);
	return true;
}

/* Opens records that are closed, or unlocks the page before them. */
static bool take_passphrase(struct clerk *clerk, const char *passphrase, struct err *err)
{
	const char *known = clerk_node_options(clerk).passphrase;

	if (clerk->wrong >= WRONG_MAX) {
		return err_set(err, ERR_SESSION, "too many wrong passphrases");
	}
	if (clerk->node == NULL) {
		buf_wipe(&clerk->passphrase);
		buf_text(&clerk->passphrase, passphrase);
		clerk_open_node(clerk);
	}
	if (clerk->node == NULL || (known != NULL && clerk->locked && !same_secret(passphrase, known)) ||
		(known == NULL && clerk->locked && clerk->passphrase.len == 0)) {
		clerk->wrong++;
		return err_set(err, ERR_PASSPHRASE, "wrong passphrase");
	}
	clerk->locked = false;
	clerk->wrong = 0;
	clerk->used_ms = clerk->env->now_ms(clerk->env->ctx);
	return true;
}

static bool begin_session(struct page_call *call, struct err *err)
{
	struct clerk *clerk = call->ctx;
	const char *token = page_text_or(call, "token", NULL);
	const char *passphrase = page_text_or(call, "passphrase", NULL);

	if (token != NULL) {
		if (!take_token(call, token, err)) {
			return false;
		}
		emit_begin(&call->reply->body);
		emit_end(&call->reply->body);
		return true;
	}
	if (passphrase == NULL || !has_session(call)) {
		return err_set(err, ERR_SESSION, "no token");
	}
	return take_passphrase(clerk, passphrase, err) && show_session(call, err);
}

static bool end_session(struct page_call *call, struct err *err)
{
	struct clerk *clerk = call->ctx;

	clerk->locked = true;
	return show_session(call, err);
}

const struct page_route clerk_session_routes[] = {
	{ "GET", "/session", show_session, PAGE_ROUTE_OPEN },
	{ "POST", "/session", begin_session, PAGE_ROUTE_OPEN },
	{ "DELETE", "/session", end_session, PAGE_ROUTE_SESSION },
	{ "POST", "/join/read", join_read, PAGE_ROUTE_SESSION },
	{ "POST", "/join", join_online, PAGE_ROUTE_SESSION },
	{ "POST", "/join/offline", join_offline, PAGE_ROUTE_SESSION },
	{ "POST", "/join/answer", join_answer, PAGE_ROUTE_SESSION },
	{ NULL, NULL, NULL, PAGE_ROUTE_SESSION },
};
