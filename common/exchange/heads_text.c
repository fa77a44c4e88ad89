/* heads_text.c -- the text of a heads document; see heads.h. */
#include <stdlib.h>
#include <string.h>

#include "heads.h"
#include "hmac.h"
#include "json.h"

static const char what[] = "the list of heads";

void heads_token(char out[TOKEN_TEXT_BYTES], const struct node *node, const char *name)
{
	const struct federation *federation = node_federation(node);
	uint8_t mac[SHA256_BYTES];

	hmac_sha256(mac, (struct view){ (const char *)federation->key, sizeof(federation->key) },
		view_of(name));
	hex_encode(out, mac, (TOKEN_TEXT_BYTES - 1) / 2);
}

void heads_text_clear(struct heads_text *text)
{
	free(text->entries);
	memset(text, 0, sizeof(*text));
}

static json_t *entry_value(const struct heads_entry *entry)
{
	char hash[2 * sizeof(entry->hash) + 1];

	hex_encode(hash, entry->hash, sizeof(entry->hash));
	return json_pack("[I, s]", (json_int_t)entry->seq, hash);
}

bool heads_print(struct buf *out, const struct heads_text *text, struct err *err)
{
	char federation[DEVICE_TEXT_BYTES];
	json_t *heads = json_object(), *document;
	size_t i;

	for (i = 0; i < text->count; i++) {
		if (json_object_set_new(
			    heads, text->entries[i].name, entry_value(&text->entries[i])) != 0) {
			json_decref(heads);
			return err_nomem(err);
		}
	}
	device_id_print(federation, text->federation);
	document = json_pack("{s:s, s:i, s:s, s:s, s:I, s:I, s:s, s:s*, s:o}", "linli", "heads",
		"format", 1, "federation", federation, "device", text->device, "incarnation",
		(json_int_t)text->incarnation, "at", (json_int_t)text->at_ms, "names",
		text->names == HEADS_HMAC ? "hmac" : "plain", "nonce",
		text->nonce[0] != '\0' ? text->nonce : NULL, "heads", heads);
	return json_write_take(out, document, false, err);
}

/* Is ${name} of the kind that ${names} says? */
static bool name_valid(const char *name, enum heads_names names)
{
	uint8_t token[(TOKEN_TEXT_BYTES - 1) / 2];
	struct chain_name chain;

	return names == HEADS_HMAC ? hex_decode(token, sizeof(token), view_of(name))
				   : chain_name_parse(&chain, view_of(name));
}

static bool read_entry(struct heads_entry *out, const char *name, json_t *value,
	enum heads_names names, struct err *err)
{
	json_t *seq = json_array_get(value, 0), *hash = json_array_get(value, 1);
	size_t len = strlen(name);

	if (len >= sizeof(out->name) || !name_valid(name, names)) {
		return err_set(err, ERR_FORMAT, "%s: a name that is none", what);
	}
	memcpy(out->name, name, len + 1);
	if (json_array_size(value) != 2 || !json_is_integer(seq) || json_integer_value(seq) < 1 ||
		json_integer_value(seq) > UINT32_MAX ||
		!hex_decode(out->hash, sizeof(out->hash),
			(struct view){ json_string_value(hash), json_string_length(hash) })) {
		return err_set(err, ERR_FORMAT, "%s: no head at %s", what, out->name);
	}
	out->seq = (uint32_t)json_integer_value(seq);
	return true;
}

static bool read_entries(struct heads_text *out, json_t *heads, struct err *err)
{
	void *at;

	out->entries = calloc(json_object_size(heads) + 1, sizeof(*out->entries));
	if (out->entries == NULL) {
		return err_nomem(err);
	}
	for (at = json_object_iter(heads); at != NULL; at = json_object_iter_next(heads, at)) {
		struct heads_entry *entry = &out->entries[out->count];

		if (!read_entry(entry, json_object_iter_key(at), json_object_iter_value(at),
			    out->names, err)) {
			return false;
		}
		if (out->count > 0 && strcmp(entry[-1].name, entry->name) >= 0) {
			return err_set(err, ERR_FORMAT, "%s is not sorted", what);
		}
		out->count++;
	}
	return true;
}

static bool read_names(struct members *m, enum heads_names *out)
{
	char names[8];

	members_text(m, "names", names, sizeof(names));
	*out = strcmp(names, "hmac") == 0 ? HEADS_HMAC : HEADS_PLAIN;
	return m->failed || *out == HEADS_HMAC || strcmp(names, "plain") == 0 ||
		members_fail(m, ERR_FORMAT, "names", "is of no known kind");
}

static bool read_members(struct heads_text *out, json_t *root, struct err *err)
{
	struct members m = members_of(root, what, err);
	uint8_t name[(TOKEN_TEXT_BYTES - 1) / 2], nonce[(HEADS_NONCE_TEXT_BYTES - 1) / 2];
	int64_t incarnation;
	json_t *heads;

	members_kind(&m, "heads");
	members_device(&m, "federation", &out->federation);
	members_text(&m, "device", out->device, sizeof(out->device));
	members_integer(&m, "incarnation", 1, UINT32_MAX, &incarnation);
	members_integer(&m, "at", 0, INT64_MAX, &out->at_ms);
	if (read_names(&m, &out->names) && !m.failed &&
		!hex_decode(name, out->names == HEADS_HMAC ? sizeof(name) : DEVICE_BYTES,
			view_of(out->device))) {
		members_fail(&m, ERR_FORMAT, "device", "is none");
	}
	if (members_has(&m, "nonce")) {
		members_text(&m, "nonce", out->nonce, sizeof(out->nonce));
		if (!m.failed && !hex_decode(nonce, sizeof(nonce), view_of(out->nonce))) {
			members_fail(&m, ERR_FORMAT, "nonce", "is none");
		}
	}
	heads = members_object(&m, "heads", HEADS_MAX_CHAINS);
	if (!members_done(&m)) {
		return false;
	}
	out->incarnation = (uint32_t)incarnation;
	return read_entries(out, heads, err);
}

bool heads_parse(struct heads_text *out, struct view document, struct err *err)
{
	struct buf again = { 0 };
	json_t *root = NULL;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	if (!json_read(&root, document, HEADS_MAX_BYTES, what, err) ||
		!read_members(out, root, err) || !heads_print(&again, out, err)) {
		goto out;
	}
	ok = view_equal(buf_as_view(&again), document) ||
		err_set(err, ERR_FORMAT, "%s is not written as linli writes it", what);
out:
	json_decref(root);
	buf_clear(&again);
	return ok;
}
