/* commit.c -- writing the commit of a bundle; see commit.h. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commit_payload.h"
#include "sshsig.h"

static bool all_zero(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (bytes[i] != 0) {
			return false;
		}
	}
	return true;
}

/* What git strips from both ends of a name (ident.c), beyond spaces. */
static bool crud(char c)
{
	return (unsigned char)c <= ' ' || strchr(".,:;<>\"\\'", c) != NULL;
}

static bool control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static bool line_valid(struct view text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (control(text.data[i])) {
			return false;
		}
	}
	return text.len != 0 && text.data[0] != ' ' && text.data[text.len - 1] != ' ' &&
		utf8_valid(text);
}

static bool author_valid(struct view name)
{
	return line_valid(name) && !crud(name.data[0]) && !crud(name.data[name.len - 1]) &&
		memchr(name.data, '<', name.len) == NULL &&
		memchr(name.data, '>', name.len) == NULL;
}

/* "name@version": a slug and a whole number from 1. */
static bool model_valid(struct view model)
{
	const char *at = model.len != 0 ? memchr(model.data, '@', model.len) : NULL;
	size_t len = at != NULL ? (size_t)(at - model.data) : 0;
	int64_t version;

	return at != NULL && slug_valid((struct view){ model.data, len }) &&
		int64_parse(&version, (struct view){ at + 1, model.len - len - 1 }) &&
		version >= 1;
}

static bool chain_valid(const struct chain_name *chain)
{
	bool named = slug_valid(view_of(chain->scope.community));

	return chain->incarnation >= 1 && (unsigned)chain->scope.kind < SCOPE_KINDS &&
		(chain->scope.kind == SCOPE_FEDERATION ? chain->scope.community[0] == '\0' : named);
}

static const char *object_to_seen(const struct bundle_facts *facts)
{
	size_t i;

	if (facts->seen_count > COMMIT_MAX_SEEN) {
		return "too many heads in Seen";
	}
	for (i = 0; i < facts->seen_count; i++) {
		const struct seen_head *head = &facts->seen[i];

		if (!chain_valid(&head->chain) || head->seq < 1) {
			return "a malformed head in Seen";
		}
		if (!scope_equal(&head->chain.scope, &facts->chain.scope)) {
			return "a head of another scope in Seen";
		}
		if (i != 0 && chain_name_compare(&facts->seen[i - 1].chain, &head->chain) >= 0) {
			return "Seen is not in order";
		}
		if (chain_name_compare(&head->chain, &facts->chain) == 0) {
			return "the chain itself in Seen";
		}
	}
	return NULL;
}

const char *commit_objection(const struct bundle_facts *facts)
{
	bool first = facts->seq == 1;

	if (!slug_valid(view_of(facts->community))) {
		return "Community is no slug";
	}
	if (!chain_valid(&facts->chain) || facts->seq < 1) {
		return "a malformed chain or Seq";
	}
	if (oid_is_zero(&facts->parent) != first ||
		all_zero(facts->parent_sha256, SHA256_BYTES) != first) {
		return "a parent for Seq 1, or none for a later one";
	}
	if (facts->changes_count < 1 || facts->changes_count > BUNDLE_MAX_LINES) {
		return "Changes-Count out of range";
	}
	if (!model_valid(view_of(facts->model))) {
		return "a malformed Model";
	}
	if (facts->has_receipt && (!chain_valid(&facts->receipt_chain) || facts->receipt_seq < 1)) {
		return "a malformed Receipt";
	}
	if (!author_valid(view_of(facts->author))) {
		return "an author's name that git would change";
	}
	if (facts->made_s < 0 || facts->made_s > COMMIT_MAX_TIME_S) {
		return "a time out of range";
	}
	if (!line_valid(view_of(facts->subject))) {
		return "a malformed subject";
	}
	return object_to_seen(facts);
}

static void add_hex(struct buf *out, const char *key, const uint8_t *bytes, size_t len)
{
	char hex[2 * SHA256_BYTES + 1];

	hex_encode(hex, bytes, len);
	buf_text(out, key);
	buf_add(out, hex, 2 * len);
	buf_byte(out, '\n');
}

static void add_text(struct buf *out, const char *key, const char *text)
{
	buf_text(out, key);
	buf_text(out, text);
	buf_byte(out, '\n');
}

static void add_number(struct buf *out, const char *key, uint32_t n)
{
	char text[12];

	snprintf(text, sizeof(text), "%" PRIu32, n);
	add_text(out, key, text);
}

/* "<chain>@<seq>:<16 hex>" */
static void add_head(struct buf *out, const struct chain_name *chain, uint32_t seq,
	const uint8_t hash[COMMIT_HASH_BYTES])
{
	char name[LINE_NAME_TEXT_BYTES], hex[2 * COMMIT_HASH_BYTES + 1];
	struct place place = { .chain = *chain, .seq = seq };

	place_print(name, &place);
	hex_encode(hex, hash, COMMIT_HASH_BYTES);
	buf_text(out, name);
	buf_byte(out, ':');
	buf_text(out, hex);
}

static void add_ident(struct buf *out, const char *role, const struct bundle_facts *facts)
{
	char device[DEVICE_TEXT_BYTES], rest[64];

	device_id_print(device, facts->chain.device);
	snprintf(rest, sizeof(rest), " <%s@linli> %" PRId64 " +0800\n", device, facts->made_s);
	buf_text(out, role);
	buf_text(out, facts->author);
	buf_text(out, rest);
}

static void add_trailers(struct buf *out, const struct bundle_facts *facts)
{
	char device[DEVICE_TEXT_BYTES], scope[SCOPE_TEXT_BYTES];
	size_t i;

	device_id_print(device, facts->chain.device);
	scope_print(scope, &facts->chain.scope);
	buf_text(out, "Linli-Format: 1\n");
	add_hex(out, "Federation: ", facts->federation, FEDERATION_BYTES);
	add_text(out, "Community: ", facts->community);
	add_text(out, "Device: ", device);
	add_number(out, "Incarnation: ", facts->chain.incarnation);
	add_text(out, "Scope: ", scope);
	add_number(out, "Seq: ", facts->seq);
	add_hex(out, "Parent-SHA256: ", facts->parent_sha256, SHA256_BYTES);
	add_hex(out, "Changes-Root: ", facts->changes_root, SHA256_BYTES);
	add_number(out, "Changes-Count: ", facts->changes_count);
	add_text(out, "Model: ", facts->model);
	buf_text(out, facts->seen_count == 0 ? "Seen: -" : "Seen:");
	for (i = 0; i < facts->seen_count; i++) {
		buf_byte(out, ' ');
		add_head(out, &facts->seen[i].chain, facts->seen[i].seq, facts->seen[i].hash);
	}
	buf_text(out, "\nReceipt: ");
	if (facts->has_receipt) {
		add_head(out, &facts->receipt_chain, facts->receipt_seq, facts->receipt_hash);
	} else {
		buf_byte(out, '-');
	}
	buf_byte(out, '\n');
}

void commit_payload(struct buf *out, size_t *head, const struct bundle_facts *facts)
{
	size_t start = out->len;

	add_hex(out, "tree ", facts->tree.bytes, OID_BYTES);
	if (facts->seq != 1) {
		add_hex(out, "parent ", facts->parent.bytes, OID_BYTES);
	}
	add_ident(out, "author ", facts);
	add_ident(out, "committer ", facts);
	*head = out->len - start;
	buf_byte(out, '\n');
	add_text(out, "", facts->subject);
	buf_byte(out, '\n');
	add_trailers(out, facts);
}

/* The header that carries ${armour}: each further line indented by one space. */
static void add_signature(struct buf *out, struct view armour)
{
	struct cursor cursor = cursor_of(armour.data, armour.len);
	struct view line = cursor_until(&cursor, '\n');

	buf_text(out, "gpgsig");
	for (; !cursor.failed; line = cursor_until(&cursor, '\n')) {
		buf_byte(out, ' ');
		buf_view(out, line);
		buf_byte(out, '\n');
	}
}

bool commit_encode(struct buf *out, const struct bundle_facts *facts, const struct key *signer,
	struct err *err)
{
	const char *objection = commit_objection(facts);
	struct buf payload = { 0 }, armour = { 0 };
	size_t head, start = out->len;
	bool ok = false;

	if (objection != NULL) {
		return err_set(err, ERR_VALUE, "commit: %s", objection);
	}
	if (!device_id_equal(key_device(signer), facts->chain.device)) {
		return err_set(err, ERR_SIGNATURE, "commit: the key is not the chain's device");
	}
	commit_payload(&payload, &head, facts);
	if (!buf_ok(&payload, err) ||
		!sshsig_sign(&armour, signer, COMMIT_SIGNATURE_NAMESPACE, buf_as_view(&payload),
			err)) {
		goto out;
	}
	buf_add(out, payload.data, head);
	add_signature(out, buf_as_view(&armour));
	buf_add(out, payload.data + head, payload.len - head);
	if (!buf_ok(out, err)) {
		goto out;
	}
	if (out->len - start > COMMIT_MAX_BYTES) {
		err_set(err, ERR_TOO_LARGE, "commit: %zu bytes", out->len - start);
		goto out;
	}
	ok = true;
out:
	if (!ok && out->data != NULL) {
		out->len = start;
		out->data[start] = 0;
	}
	buf_clear(&payload);
	buf_clear(&armour);
	return ok;
}

/* The length of the UTF-8 character at ${at}, in valid UTF-8. */
static size_t char_len(const char *at)
{
	unsigned char c = (unsigned char)*at;

	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Copy what is allowed of ${text}, whole characters, at most ${room} - 1 bytes. */
static size_t clean(char *out, size_t room, struct view text, bool author)
{
	size_t from = 0, len = 0;

	if (!utf8_valid(text)) {
		text.len = 0;
	}
	while (from < text.len) {
		size_t more = char_len(text.data + from);
		char c = text.data[from];
		bool unfit = control(c) || (author && (c == '<' || c == '>')) ||
			(len == 0 && (author ? crud(c) : c == ' '));

		if (!unfit && len + more >= room) {
			break;
		}
		if (!unfit) {
			memcpy(out + len, text.data + from, more);
			len += more;
		}
		from += more;
	}
	while (len != 0 && (author ? crud(out[len - 1]) : out[len - 1] == ' ')) {
		len--;
	}
	if (len == 0) {
		memcpy(out, "linli", 5);
		len = 5;
	}
	out[len] = '\0';
	return len;
}

void commit_clean_author(char out[COMMIT_AUTHOR_BYTES], struct view name)
{
	size_t len = clean(out, COMMIT_AUTHOR_BYTES, name, true);

	assert(author_valid((struct view){ out, len }));
}

void commit_clean_subject(char out[COMMIT_SUBJECT_BYTES], struct view text)
{
	size_t len = clean(out, COMMIT_SUBJECT_BYTES, text, false);

	assert(line_valid((struct view){ out, len }));
}
