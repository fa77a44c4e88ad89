/* invitation.c -- invitation files; see linli/enrol.h. */
#include <string.h>

#include "age.h"
#include "enrol.h"
#include "hmac.h"
#include "invitations.h"
#include "json.h"
#include "key.h"
#include "linli/audit.h"

static const char what[] = "the invitation";

bool enrol_name_valid(const char *name, const char *named, struct err *err)
{
	size_t i;

	if (name == NULL || name[0] == '\0' || strlen(name) >= NODE_NAME_BYTES) {
		return err_set(
			err, ERR_VALUE, "%s must have 1 to %d bytes", named, NODE_NAME_BYTES - 1);
	}
	for (i = 0; name[i] != '\0'; i++) {
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f) {
			return err_set(err, ERR_VALUE, "%s holds a control character", named);
		}
	}
	return utf8_valid(view_of(name)) || err_set(err, ERR_VALUE, "%s is not UTF-8", named);
}

/* "" (no server), or http:// or https:// and something printable. */
static bool url_valid(const char *url, struct err *err)
{
	struct view text = view_of(url);
	size_t i;

	if (text.len == 0) {
		return true;
	}
	if ((!view_begins(text, "http://") && !view_begins(text, "https://")) ||
		text.len >= sizeof(((struct federation *)0)->url)) {
		return err_set(err, ERR_VALUE, "the address must begin with http:// or https://");
	}
	for (i = 0; i < text.len; i++) {
		if (url[i] <= 0x20 || url[i] >= 0x7f) {
			return err_set(err, ERR_VALUE, "the address holds a strange character");
		}
	}
	return true;
}

void invitation_name(char out[INVITATION_NAME_TEXT_BYTES], const struct invitation *invitation)
{
	uint8_t hash[SHA256_BYTES];

	sha256(hash, invitation->secret, sizeof(invitation->secret));
	hex_encode(out, hash, (INVITATION_NAME_TEXT_BYTES - 1) / 2);
}

bool invitation_write(struct buf *out, const struct invitation *invitation, struct err *err)
{
	const struct federation *federation = &invitation->federation;
	char id[DEVICE_TEXT_BYTES], key[2 * NODE_PUBLIC_KEY_BYTES + 1];
	struct buf secret = { 0 };
	bool ok = false;

	device_id_print(id, public_key_device(federation->key));
	hex_encode(key, federation->key, sizeof(federation->key));
	base64_encode(&secret, invitation->secret, sizeof(invitation->secret), true);
	if (!buf_ok(&secret, err)) {
		goto out;
	}
	ok = json_write_take(out,
		json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "linli",
			"invitation", "format", 1, "federation", id, "district", federation->name,
			"key", key, "age", federation->age_recipient, "url", federation->url,
			"community", invitation->community, "name", invitation->name, "street",
			invitation->street, "secret", buf_str(&secret), "expires",
			(json_int_t)invitation->expires_ms),
		true, err);
out:
	buf_wipe(&secret);
	return ok;
}

static bool read_members(struct invitation *out, json_t *root, struct err *err)
{
	struct members m = members_of(root, what, err);
	struct federation *federation = &out->federation;
	struct device_id id;

	members_kind(&m, "invitation");
	members_device(&m, "federation", &id);
	members_text(&m, "district", federation->name, sizeof(federation->name));
	members_hex(&m, "key", federation->key, sizeof(federation->key));
	members_text(&m, "age", federation->age_recipient, sizeof(federation->age_recipient));
	members_text(&m, "url", federation->url, sizeof(federation->url));
	members_slug(&m, "community", out->community);
	members_text(&m, "name", out->name, sizeof(out->name));
	members_text(&m, "street", out->street, sizeof(out->street));
	members_base64(&m, "secret", out->secret, sizeof(out->secret));
	members_integer(&m, "expires", 1, INT64_MAX, &out->expires_ms);
	if (!members_done(&m)) {
		return false;
	}
	if (!device_id_equal(id, public_key_device(federation->key))) {
		return members_fail(&m, ERR_FORMAT, "federation", "is not that of the key");
	}
	return true;
}

static bool check_values(const struct invitation *invitation, struct err *err)
{
	struct age_recipient recipient;

	if (!public_key_valid(invitation->federation.key, err) ||
		!age_recipient_parse(
			&recipient, view_of(invitation->federation.age_recipient), err)) {
		return false;
	}
	if (strcmp(invitation->community, DISTRICT_SLUG) == 0 ||
		!enrol_name_valid(invitation->federation.name, "the district's name", err) ||
		!enrol_name_valid(invitation->name, "the community's name", err) ||
		!enrol_name_valid(invitation->street, "the street's name", err) ||
		!url_valid(invitation->federation.url, err)) {
		return err_set(err, ERR_FORMAT, "a name or address that linli does not write");
	}
	return true;
}

bool invitation_read(struct invitation *out, struct view text, struct err *err)
{
	struct buf again = { 0 };
	json_t *root = NULL;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	if (!json_read(&root, text, INVITATION_MAX_BYTES, what, err)) {
		return false;
	}
	if (!read_members(out, root, err) || !invitation_write(&again, out, err)) {
		goto out;
	}
	if (!view_equal(buf_as_view(&again), text)) {
		err_set(err, ERR_FORMAT, "%s is not written as linli writes it", what);
		goto out;
	}
	ok = check_values(out, err) || err_wrap(err, "%s", what);
out:
	json_decref(root);
	buf_wipe(&again);
	return ok;
}

/* ---- the district's side ------------------------------------------ */

struct making {
	struct node *node;
	const struct invitation *invitation;
};

static bool keep(void *ctx, struct err *err)
{
	const struct making *making = ctx;
	const struct invitation *invitation = making->invitation;
	struct invitation_row row = { .expires_ms = invitation->expires_ms };
	const struct audit_item detail[] = { { "community", row.community, 0 },
		{ "expires", NULL, row.expires_ms }, { "invitation", row.name, 0 },
		{ NULL, NULL, 0 } };
	bool ok;

	invitation_name(row.name, invitation);
	memcpy(row.community, invitation->community, sizeof(row.community));
	memcpy(row.secret, invitation->secret, sizeof(row.secret));
	ok = node_roster_add(making->node, invitation->community, invitation->name,
		     invitation->street, err) &&
		invitations_add(making->node, &row, err) &&
		audit_add(making->node, NULL, AUDIT_INVITED, detail, err);
	crypto_wipe(&row, sizeof(row));
	return ok;
}

/* The terms, checked, without the secret. */
static bool fill(struct invitation *out, struct node *district,
	const struct invitation_terms *terms, struct err *err)
{
	const struct env *env = node_env(district);
	const char *url;

	memset(out, 0, sizeof(*out));
	out->federation = *node_federation(district);
	url = terms->url != NULL ? terms->url : out->federation.url;
	if (!slug_valid(view_of(terms->community)) ||
		strcmp(terms->community, DISTRICT_SLUG) == 0) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("社区编号用 1 到 32 个小写字母、数字或 -",
				"a community's short name has 1 to 32 of a-z 0-9 - and is not "
				"'%s'"),
			DISTRICT_SLUG);
	}
	if (!enrol_name_valid(terms->name, "the community's name", err) ||
		!enrol_name_valid(terms->street, "the street's name", err) ||
		!url_valid(url, err)) {
		return false;
	}
	strcpy(out->community, terms->community);
	strcpy(out->name, terms->name);
	strcpy(out->street, terms->street);
	memmove(out->federation.url, url, strlen(url) + 1);
	out->expires_ms = env->now_ms(env->ctx) + INVITATION_VALID_MS;
	return true;
}

bool invitation_make(struct node *district, const struct invitation_terms *terms, struct buf *out,
	struct err *err)
{
	const struct env *env = node_env(district);
	struct invitation invitation;
	struct making making = { district, &invitation };
	struct buf file = { 0 };
	bool ok = false;

	if (!node_is_district(district)) {
		return err_set(err, ERR_SCOPE, "only the district invites");
	}
	if (!fill(&invitation, district, terms, err) ||
		!env->random(env->ctx, invitation.secret, sizeof(invitation.secret), err) ||
		!invitation_write(&file, &invitation, err) ||
		!node_transaction(district, keep, &making, false, err)) {
		goto out;
	}
	buf_view(out, buf_as_view(&file));
	ok = buf_ok(out, err);
out:
	crypto_wipe(&invitation, sizeof(invitation));
	buf_wipe(&file);
	return ok;
}
