/* receipt.c -- who took a parcel says so, signed; see pouch.h. */
#include <stdio.h>
#include <string.h>

#include "hmac.h"
#include "linli/enrol.h"
#include "pouch.h"
#include "sshsig.h"

#define RECEIPT_MAX_BYTES 4096

static const char what[] = "the receipt";

/* {"linli":"custody","format":1,...} on one line. */
static bool write_document(struct buf *out, struct node *node, struct device_id from,
	struct device_id to, const struct parcel *parcel, int64_t at_ms, struct err *err)
{
	char federation[DEVICE_TEXT_BYTES], giver[DEVICE_TEXT_BYTES], taker[DEVICE_TEXT_BYTES];
	char writer[DEVICE_TEXT_BYTES];

	device_id_print(federation, node_federation_id(node));
	device_id_print(giver, from);
	device_id_print(taker, to);
	device_id_print(writer, parcel->writer);
	return json_write_take(out,
		json_pack("{s:s, s:i, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:I, s:I, s:I}", "linli",
			"custody", "format", 1, "federation", federation, "from", giver, "to",
			taker, "at", (json_int_t)at_ms, "token", parcel->token, "writer", writer,
			"audience", parcel->audience, "made", (json_int_t)parcel->made_ms, "files",
			(json_int_t)parcel->files, "bytes", (json_int_t)parcel->bytes),
		false, err);
}

bool receipt_write(struct node *node, struct device_id from, const struct parcel *parcel,
	struct buf *out, struct err *err)
{
	const struct env *env = node_env(node);
	struct buf document = { 0 }, signature = { 0 };
	bool ok;

	ok = write_document(&document, node, from, node_device(node), parcel,
		     env->now_ms(env->ctx), err) &&
		sshsig_sign(&signature, node_key(node), CUSTODY_NAMESPACE, buf_as_view(&document),
			err) &&
		json_write_take(out,
			json_pack("{s:s, s:s}", "document", buf_str(&document), "signature",
				buf_str(&signature)),
			false, err);
	buf_clear(&document);
	buf_clear(&signature);
	return ok;
}

/* Does ${document} say just that, at some time? */
static bool says(struct view document, struct node *node, const struct device *to,
	const struct parcel *parcel, struct err *err)
{
	struct buf again = { 0 };
	json_t *root;
	bool ok;

	if (!json_read(&root, document, RECEIPT_MAX_BYTES, what, err)) {
		return false;
	}
	ok = write_document(&again, node, node_device(node), to->id, parcel,
		     (int64_t)json_integer_value(json_object_get(root, "at")), err) &&
		(view_equal(buf_as_view(&again), document) ||
			err_set(err, ERR_POSITION, "%s is for something else", what));
	json_decref(root);
	buf_clear(&again);
	return ok;
}

bool receipt_verify(struct node *node, const struct device *to, const struct parcel *parcel,
	json_t *envelope, struct err *err)
{
	struct members m = members_of(envelope, what, err);
	struct view document = members_view(&m, "document", RECEIPT_MAX_BYTES);
	struct view signature = members_view(&m, "signature", SSHSIG_MAX_BYTES);
	uint8_t key[KEY_PUBLIC_BYTES];

	if (!members_done(&m) ||
		!sshsig_verify(key, signature, CUSTODY_NAMESPACE, document, err)) {
		return false;
	}
	if (memcmp(key, to->public_key, sizeof(key)) != 0) {
		return err_set(err, ERR_SIGNATURE, "%s is signed with another key", what);
	}
	return says(document, node, to, parcel, err);
}

bool receipt_note(struct node *node, bool given, struct device_id peer,
	const struct parcel *parcel, const char *receipt, struct err *err)
{
	const struct env *env = node_env(node);
	struct custody custody = { .at_ms = env->now_ms(env->ctx),
		.given = given,
		.peer = peer,
		.writer = parcel->writer,
		.files = parcel->files,
		.bytes = parcel->bytes,
		.lines = CUSTODY_UNKNOWN,
		.receipt = receipt };
	uint8_t digest[SHA256_BYTES];
	uint64_t lines;

	memcpy(custody.audience, parcel->audience, sizeof(custody.audience));
	memcpy(custody.token, parcel->token, sizeof(custody.token));
	if (device_id_equal(parcel->writer, node_device(node)) &&
		pouch_noted(node, parcel->token, &lines, digest)) {
		custody.lines = (int64_t)lines;
	}
	return custody_add(node, &custody, err);
}

void neighbour_statement(struct buf *out, struct device_id federation, struct device_id server,
	struct device_id visitor, const uint8_t challenge[CHALLENGE_BYTES])
{
	char of[DEVICE_TEXT_BYTES], by[DEVICE_TEXT_BYTES], to[DEVICE_TEXT_BYTES];
	char hex[2 * CHALLENGE_BYTES + 1];

	device_id_print(of, federation);
	device_id_print(by, server);
	device_id_print(to, visitor);
	hex_encode(hex, challenge, CHALLENGE_BYTES);
	buf_printf(out, "linli-neighbour\n%s\n%s\n%s\n%s\n", of, by, to, hex);
}

void neighbour_code(char out[SHORT_CODE_BYTES], const uint8_t federation_key[NODE_PUBLIC_KEY_BYTES],
	const uint8_t a[NODE_PUBLIC_KEY_BYTES], const uint8_t b[NODE_PUBLIC_KEY_BYTES])
{
	uint8_t both[2 * NODE_PUBLIC_KEY_BYTES], key[SHA256_BYTES];
	bool swap = memcmp(a, b, NODE_PUBLIC_KEY_BYTES) > 0;

	/* The same on both sides; then as short_code() of what stands for the pair. */
	memcpy(both, swap ? b : a, NODE_PUBLIC_KEY_BYTES);
	memcpy(both + NODE_PUBLIC_KEY_BYTES, swap ? a : b, NODE_PUBLIC_KEY_BYTES);
	sha256(key, both, sizeof(both));
	short_code(out, federation_key, key);
}
