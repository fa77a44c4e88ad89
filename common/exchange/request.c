/* request.c -- request files, and the code read over the phone; see linli/enrol.h. */
#include <stdio.h>
#include <string.h>

#include "age.h"
#include "enrol.h"
#include "hmac.h"
#include "json.h"
#include "sshsig.h"

/* The fact that keeps the request until it is answered. */
#define REQUEST_FACT "request"

static const char what[] = "the request";

_Static_assert(sizeof(((struct application *)0)->signature) >= SSHSIG_MAX_BYTES, "armour fits");

void short_code(char out[SHORT_CODE_BYTES], const uint8_t federation_key[NODE_PUBLIC_KEY_BYTES],
	const uint8_t device_key[NODE_PUBLIC_KEY_BYTES])
{
	static const char label[] = "linli-short-code\n";
	uint8_t hash[SHA256_BYTES];
	struct sha256 sum;
	struct cursor cursor;
	unsigned number;

	sha256_init(&sum);
	sha256_add(&sum, label, sizeof(label) - 1);
	sha256_add(&sum, federation_key, NODE_PUBLIC_KEY_BYTES);
	sha256_add(&sum, device_key, NODE_PUBLIC_KEY_BYTES);
	sha256_done(hash, &sum);
	cursor = cursor_of(hash, sizeof(hash));
	number = (unsigned)(cursor_u64be(&cursor) % 100000000);
	snprintf(out, SHORT_CODE_BYTES, "%04u %04u", number / 10000 % 10000, number % 10000);
}

/* The members that are signed; NULL without memory. */
static json_t *statement(const struct application *application)
{
	char federation[DEVICE_TEXT_BYTES], key[2 * NODE_PUBLIC_KEY_BYTES + 1];

	device_id_print(federation, application->federation);
	hex_encode(key, application->public_key, sizeof(application->public_key));
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "linli", "request", "format",
		1, "federation", federation, "community", application->community, "name",
		application->name, "public_key", key, "age", application->age_recipient,
		"invitation", application->invitation);
}

bool request_statement(struct buf *out, const struct application *application, struct err *err)
{
	return json_write_take(out, statement(application), false, err);
}

bool request_print(struct buf *out, const struct application *application, struct err *err)
{
	char mac[2 * sizeof(application->mac) + 1];
	json_t *root = statement(application);

	hex_encode(mac, application->mac, sizeof(application->mac));
	if (root != NULL &&
		(json_object_set_new(root, "mac", json_string(mac)) != 0 ||
			json_object_set_new(
				root, "signature", json_string(application->signature)) != 0)) {
		json_decref(root);
		root = NULL;
	}
	return json_write_take(out, root, true, err);
}

static bool read_members(struct application *out, json_t *root, struct err *err)
{
	struct members m = members_of(root, what, err);
	uint8_t name[(INVITATION_NAME_TEXT_BYTES - 1) / 2];
	struct view signature;

	members_kind(&m, "request");
	members_device(&m, "federation", &out->federation);
	members_slug(&m, "community", out->community);
	members_text(&m, "name", out->name, sizeof(out->name));
	members_hex(&m, "public_key", out->public_key, sizeof(out->public_key));
	members_text(&m, "age", out->age_recipient, sizeof(out->age_recipient));
	members_hex(&m, "invitation", name, sizeof(name));
	members_hex(&m, "mac", out->mac, sizeof(out->mac));
	signature = members_view(&m, "signature", sizeof(out->signature) - 1);
	if (!members_done(&m)) {
		return false;
	}
	hex_encode(out->invitation, name, sizeof(name));
	memcpy(out->signature, signature.data, signature.len);
	return true;
}

static bool check_values(const struct application *application, struct err *err)
{
	struct age_recipient recipient;

	if (!public_key_valid(application->public_key, err) ||
		!age_recipient_parse(&recipient, view_of(application->age_recipient), err)) {
		return false;
	}
	if (!enrol_name_valid(application->name, "the community's name", err)) {
		err->code = ERR_FORMAT;
		return false;
	}
	return true;
}

bool request_parse(struct application *out, struct view text, struct err *err)
{
	struct buf again = { 0 };
	json_t *root = NULL;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	if (!json_read(&root, text, REQUEST_MAX_BYTES, what, err)) {
		return false;
	}
	if (!read_members(out, root, err) || !request_print(&again, out, err)) {
		goto out;
	}
	if (!view_equal(buf_as_view(&again), text)) {
		err_set(err, ERR_FORMAT, "%s is not written as linli writes it", what);
		goto out;
	}
	ok = check_values(out, err) || err_wrap(err, "%s", what);
out:
	json_decref(root);
	buf_clear(&again);
	return ok;
}

/* Is the invitation one that ${node} can use? */
static bool check_invitation(
	struct node *node, const struct invitation *invitation, struct err *err)
{
	const struct env *env = node_env(node);
	const struct federation *federation = node_federation(node);

	if (memcmp(invitation->federation.key, federation->key, sizeof(federation->key)) != 0) {
		return err_set(err, ERR_INVITATION,
			ERR_BOTH("邀请属于另一个联盟", "it is for another federation"));
	}
	if (strcmp(invitation->community, node_community(node)) != 0) {
		return err_set(err, ERR_INVITATION, ERR_BOTH("邀请是给", "it is for") " %s",
			invitation->community);
	}
	if (env->now_ms(env->ctx) > invitation->expires_ms) {
		return err_set(err, ERR_INVITATION,
			ERR_BOTH("邀请已过有效期(或本机时钟偏快)",
				"it has expired (or this clock is ahead)"));
	}
	return true;
}

/* Authenticate and sign what is stated. */
static bool seal_statement(struct application *application, const struct key *key,
	const struct invitation *invitation, struct err *err)
{
	struct buf text = { 0 }, armour = { 0 };
	bool ok = false;

	if (!request_statement(&text, application, err) ||
		!sshsig_sign(&armour, key, "linli-request", buf_as_view(&text), err)) {
		goto out;
	}
	hmac_sha256(application->mac,
		(struct view){ (const char *)invitation->secret, sizeof(invitation->secret) },
		buf_as_view(&text));
	ok = armour.len < sizeof(application->signature) ||
		err_set(err, ERR_INTERNAL, "a signature of %zu bytes", armour.len);
	if (ok) {
		memcpy(application->signature, buf_str(&armour), armour.len + 1);
	}
out:
	buf_clear(&text);
	buf_clear(&armour);
	return ok;
}

bool request_make(
	struct node *node, const struct invitation *invitation, struct buf *out, struct err *err)
{
	struct application application = { .federation = node_federation_id(node) };
	struct age_recipient recipient;
	struct buf request = { 0 };
	bool ok;

	if (!check_invitation(node, invitation, err) ||
		!age_recipient_of(&recipient, node_key(node), err)) {
		return false;
	}
	strcpy(application.community, node_community(node));
	strcpy(application.name, node_name(node));
	node_public_key(node, application.public_key);
	age_recipient_print(application.age_recipient, &recipient);
	invitation_name(application.invitation, invitation);
	ok = seal_statement(&application, node_key(node), invitation, err) &&
		request_print(&request, &application, err) &&
		node_set(node, REQUEST_FACT, buf_as_view(&request), err);
	buf_view(out, buf_as_view(&request));
	buf_clear(&request);
	return ok && buf_ok(out, err);
}

bool request_waits(struct node *node, struct buf *out)
{
	struct buf text = { 0 };
	bool waits = !node_enrolled(node) && node_get(node, REQUEST_FACT, &text) && text.len != 0;

	if (waits && out != NULL) {
		buf_view(out, buf_as_view(&text));
	}
	buf_clear(&text);
	return waits;
}
