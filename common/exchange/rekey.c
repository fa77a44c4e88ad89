/* rekey.c -- the request of a rotation, and its answer; see linli/rekey.h. */
#include <string.h>

#include "age.h"
#include "enrol.h"
#include "json.h"
#include "linli/exchange.h"
#include "linli/rekey.h"
#include "peer.h"
#include "sshsig.h"

static const char what[] = "the rotation";
static const char namespace[] = "linli-request";

_Static_assert(ROTATION_SIGNATURE_BYTES >= SSHSIG_MAX_BYTES, "armour fits");

/* ---- the file ------------------------------------------------------- */

static json_t *heads_object(const struct rotation *rotation)
{
	json_t *heads = json_object();
	char chain[CHAIN_TEXT_BYTES], hash[2 * sizeof(rotation->heads[0].hash) + 1];
	size_t i;

	for (i = 0; heads != NULL && i < rotation->head_count; i++) {
		const struct head *head = &rotation->heads[i];

		chain_name_print(chain, &head->chain);
		hex_encode(hash, head->hash, sizeof(head->hash));
		if (json_object_set_new(heads, chain,
			    json_pack("[I, s]", (json_int_t)head->seq, hash)) != 0) {
			json_decref(heads);
			heads = NULL;
		}
	}
	return heads;
}

/* The members that are signed; NULL without memory. */
static json_t *statement(const struct rotation *rotation)
{
	char federation[DEVICE_TEXT_BYTES], old[2 * NODE_PUBLIC_KEY_BYTES + 1];
	char key[2 * NODE_PUBLIC_KEY_BYTES + 1];

	device_id_print(federation, rotation->federation);
	hex_encode(old, rotation->old_key, sizeof(rotation->old_key));
	hex_encode(key, rotation->public_key, sizeof(rotation->public_key));
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:o}", "linli", "rotation", "format",
		1, "federation", federation, "community", rotation->community, "old_key", old,
		"public_key", key, "age", rotation->age_recipient, "heads",
		heads_object(rotation));
}

bool rotation_print(struct buf *out, const struct rotation *rotation, struct err *err)
{
	json_t *root = statement(rotation);

	if (root != NULL &&
		(json_object_set_new(
			 root, "old_signature", json_string(rotation->old_signature)) != 0 ||
			json_object_set_new(
				root, "signature", json_string(rotation->signature)) != 0)) {
		json_decref(root);
		root = NULL;
	}
	return json_write_take(out, root, true, err);
}

/* One of the old key's chains that it may write, after the one before it. */
static bool read_head(struct rotation *out, const char *name, json_t *value)
{
	struct head *head = &out->heads[out->head_count];
	json_t *hash = json_array_get(value, 1);
	json_int_t seq = json_integer_value(json_array_get(value, 0));

	if (json_array_size(value) != 2 || seq < 1 || seq > UINT32_MAX ||
		!chain_name_parse(&head->chain, view_of(name)) || !json_is_string(hash) ||
		!hex_decode(head->hash, sizeof(head->hash),
			(struct view){ json_string_value(hash), json_string_length(hash) })) {
		return false;
	}
	head->seq = (uint32_t)seq;
	out->head_count++;
	return device_id_equal(head->chain.device, public_key_device(out->old_key)) &&
		scope_readable(&head->chain.scope, out->community) &&
		(out->head_count == 1 || chain_name_compare(&head[-1].chain, &head->chain) < 0);
}

static bool read_heads(struct rotation *out, json_t *heads, struct err *err)
{
	const char *name;
	json_t *value;

	json_object_foreach (heads, name, value) {
		if (!read_head(out, name, value)) {
			return err_set(err, ERR_FORMAT, "%s: a head that linli does not write",
				what);
		}
	}
	return true;
}

static bool read_members(struct rotation *out, json_t *root, struct err *err)
{
	struct members m = members_of(root, what, err);
	struct view old, signature;
	json_t *heads;

	members_kind(&m, "rotation");
	members_device(&m, "federation", &out->federation);
	members_slug(&m, "community", out->community);
	members_hex(&m, "old_key", out->old_key, sizeof(out->old_key));
	members_hex(&m, "public_key", out->public_key, sizeof(out->public_key));
	members_text(&m, "age", out->age_recipient, sizeof(out->age_recipient));
	heads = members_object(&m, "heads", ROTATION_MAX_HEADS);
	old = members_view(&m, "old_signature", sizeof(out->old_signature) - 1);
	signature = members_view(&m, "signature", sizeof(out->signature) - 1);
	if (!members_done(&m)) {
		return false;
	}
	memcpy(out->old_signature, old.data, old.len);
	memcpy(out->signature, signature.data, signature.len);
	return read_heads(out, heads, err);
}

static bool check_values(const struct rotation *rotation, struct err *err)
{
	struct age_recipient recipient;

	if (strcmp(rotation->community, DISTRICT_SLUG) == 0) {
		return err_set(err, ERR_FORMAT, "no community");
	}
	if (memcmp(rotation->old_key, rotation->public_key, NODE_PUBLIC_KEY_BYTES) == 0) {
		return err_set(err, ERR_FORMAT, "the new key is the old one");
	}
	return public_key_valid(rotation->old_key, err) &&
		public_key_valid(rotation->public_key, err) &&
		age_recipient_parse(&recipient, view_of(rotation->age_recipient), err);
}

bool rotation_parse(struct rotation *out, struct view file, struct err *err)
{
	struct buf again = { 0 };
	json_t *root = NULL;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	if (!json_read(&root, file, ROTATION_MAX_BYTES, what, err)) {
		return false;
	}
	if (!read_members(out, root, err) || !rotation_print(&again, out, err)) {
		goto out;
	}
	if (!view_equal(buf_as_view(&again), file)) {
		err_set(err, ERR_FORMAT, "%s is not written as linli writes it", what);
		goto out;
	}
	ok = check_values(out, err) || err_wrap(err, "%s", what);
out:
	json_decref(root);
	buf_clear(&again);
	return ok;
}

bool rotation_is(struct view file)
{
	struct members m;
	struct err ignored;
	json_t *root;
	bool is;

	if (!json_read(&root, file, ROTATION_MAX_BYTES, what, &ignored)) {
		return false;
	}
	m = members_of(root, what, &ignored);
	members_kind(&m, "rotation");
	is = !m.failed;
	json_decref(root);
	return is;
}

/* ---- asking ---------------------------------------------------------- */

struct asking {
	struct node *node;
	struct rotation rotation;
};

/* Where there are more than fit, those of its latest incarnations. */
static bool add_head(void *ctx, const struct head *head, struct err *err)
{
	struct asking *asking = ctx;
	struct rotation *rotation = &asking->rotation;

	(void)err;
	if (!device_id_equal(head->chain.device, node_device(asking->node)) || head->seq == 0) {
		return true;
	}
	if (rotation->head_count == ROTATION_MAX_HEADS) {
		rotation->head_count--;
		memmove(rotation->heads, rotation->heads + 1,
			rotation->head_count * sizeof(rotation->heads[0]));
	}
	rotation->heads[rotation->head_count++] = *head;
	return true;
}

static bool sign(char out[ROTATION_SIGNATURE_BYTES], const struct key *key, struct view text,
	struct err *err)
{
	struct buf armour = { 0 };
	bool ok = sshsig_sign(&armour, key, namespace, text, err) &&
		(armour.len < ROTATION_SIGNATURE_BYTES ||
			err_set(err, ERR_INTERNAL, "a signature of %zu bytes", armour.len));

	if (ok) {
		memcpy(out, buf_str(&armour), armour.len + 1);
	}
	buf_clear(&armour);
	return ok;
}

static bool write_request(void *ctx, const struct key *old, const struct key *fresh,
	struct buf *out, struct err *err)
{
	struct asking *asking = ctx;
	struct rotation *rotation = &asking->rotation;
	struct age_recipient recipient;
	struct buf text = { 0 };
	bool ok;

	memset(rotation, 0, sizeof(*rotation));
	rotation->federation = node_federation_id(asking->node);
	strcpy(rotation->community, node_community(asking->node));
	memcpy(rotation->old_key, key_public(old), sizeof(rotation->old_key));
	memcpy(rotation->public_key, key_public(fresh), sizeof(rotation->public_key));
	ok = age_recipient_of(&recipient, fresh, err) &&
		chains_each(asking->node, add_head, asking, err);
	if (ok) {
		age_recipient_print(rotation->age_recipient, &recipient);
		ok = json_write_take(&text, statement(rotation), false, err) &&
			sign(rotation->old_signature, old, buf_as_view(&text), err) &&
			sign(rotation->signature, fresh, buf_as_view(&text), err) &&
			rotation_print(out, rotation, err);
	}
	buf_clear(&text);
	return ok;
}

bool rotation_begin(struct node *node, const char *passphrase, struct err *err)
{
	struct asking asking = { .node = node };

	return rekey_waits(node, NULL) ||
		rekey_switch(node, passphrase, write_request, &asking, err);
}

bool exchange_rotate(struct node *node, const struct transport *transport,
	struct received *received, struct err *err)
{
	struct call call = {
		.method = "POST", .path = "rotate", .content_type = "application/json"
	};
	struct buf request = { 0 };
	struct peer peer;
	bool ok = false;

	peer_init(&peer, node, transport);
	if (!rekey_waits(node, &request)) {
		err_set(err, ERR_NOT_FOUND, "no change of keys waits for its answer");
		goto out;
	}
	call.body = buf_as_view(&request);
	ok = buf_ok(&request, err) && peer_ask(&peer, &call, err) &&
		answer_accept(node, buf_as_view(&peer.reply.body), received, err);
out:
	peer_clear(&peer);
	buf_clear(&request);
	return ok;
}

/* ---- answering ------------------------------------------------------- */

/* Is ${armour} a signature of ${text} by ${key}? */
static bool signed_by(const char *armour, const uint8_t key[NODE_PUBLIC_KEY_BYTES],
	struct view text, struct err *err)
{
	uint8_t signer[KEY_PUBLIC_BYTES];

	return sshsig_verify(signer, view_of(armour), namespace, text, err) &&
		(memcmp(signer, key, sizeof(signer)) == 0 ||
			err_set(err, ERR_SIGNATURE, "signed with another key than it states"));
}

static bool verify(const struct rotation *rotation, struct err *err)
{
	struct buf text = { 0 };
	bool ok;

	ok = json_write_take(&text, statement(rotation), false, err) &&
		signed_by(rotation->old_signature, rotation->old_key, buf_as_view(&text), err) &&
		signed_by(rotation->signature, rotation->public_key, buf_as_view(&text), err);
	buf_clear(&text);
	return ok;
}

static bool replace(struct node *district, const struct rotation *rotation, struct err *err)
{
	struct device_id old = public_key_device(rotation->old_key);
	struct enrolment enrolment = { 0 };
	struct device before;

	if (!node_find_device(district, old, &before) ||
		memcmp(before.public_key, rotation->old_key, sizeof(before.public_key)) != 0) {
		return err_set(err, ERR_UNKNOWN_DEVICE, "no trust record names the old key");
	}
	strcpy(enrolment.community, rotation->community);
	strcpy(enrolment.name, before.name);
	memcpy(enrolment.public_key, rotation->public_key, sizeof(enrolment.public_key));
	strcpy(enrolment.age_recipient, rotation->age_recipient);
	return node_replace(district, &enrolment, old, rotation->heads, rotation->head_count, err);
}

bool rotation_accept(struct node *district, struct view request, struct buf *answer,
	struct rotation *accepted, struct err *err)
{
	struct rotation rotation;
	struct tally packed;

	if (!node_is_district(district)) {
		return err_set(err, ERR_SCOPE, "only the district enrols");
	}
	if (!rotation_parse(&rotation, request, err)) {
		return false;
	}
	if (!device_id_equal(rotation.federation, node_federation_id(district))) {
		return err_set(err, ERR_FEDERATION, "the request");
	}
	if (!verify(&rotation, err) || !replace(district, &rotation, err) ||
		!outbox_pack(district, &packed, err) ||
		!enrol_answer(district, rotation.community, rotation.age_recipient, true, answer,
			err)) {
		return false;
	}
	if (accepted != NULL) {
		*accepted = rotation;
	}
	return true;
}
