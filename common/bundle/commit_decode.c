/* commit_decode.c -- reading and verifying the commit of a bundle; see commit.h. */
#include <string.h>

#include "commit_payload.h"
#include "sshsig.h"

static bool malformed(struct err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, "commit: %s", what);
}

/* "${key}value\n", the value being *out. */
static bool take_field(struct cursor *cursor, const char *key, struct view *out)
{
	if (!cursor_skip(cursor, key)) {
		return false;
	}
	*out = cursor_until(cursor, '\n');
	return !cursor->failed;
}

static bool take_hex(struct cursor *cursor, const char *key, void *out, size_t len)
{
	struct view value;

	return take_field(cursor, key, &value) && hex_decode(out, len, value);
}

static bool take_number(struct cursor *cursor, const char *key, uint32_t *out)
{
	struct view value;
	int64_t n;

	if (!take_field(cursor, key, &value) || !int64_parse(&n, value) || n < 0 ||
		n > UINT32_MAX) {
		return false;
	}
	*out = (uint32_t)n;
	return true;
}

/* ${text} as a string in ${room} bytes, without a NUL within. */
static bool keep_text(char *out, size_t room, struct view text)
{
	if (text.len >= room || memchr(text.data, '\0', text.len) != NULL) {
		return false;
	}
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return true;
}

static bool take_text(struct cursor *cursor, const char *key, char *out, size_t room)
{
	struct view value;

	return take_field(cursor, key, &value) && keep_text(out, room, value);
}

/* "<chain>@<seq>:<16 hex>" */
static bool parse_head(struct chain_name *chain, uint32_t *seq, uint8_t hash[COMMIT_HASH_BYTES],
	struct view text)
{
	const size_t tail = 1 + 2 * COMMIT_HASH_BYTES;
	struct place place;
	struct view name, hex;

	if (text.len <= tail || text.data[text.len - tail] != ':') {
		return false;
	}
	name = (struct view){ text.data, text.len - tail };
	hex = (struct view){ text.data + name.len + 1, tail - 1 };
	if (!place_parse(&place, name) || place.n != 0 ||
		!hex_decode(hash, COMMIT_HASH_BYTES, hex)) {
		return false;
	}
	*chain = place.chain;
	*seq = place.seq;
	return true;
}

static bool parse_seen(struct bundle_facts *out, struct arena *arena, struct view text,
	struct err *err)
{
	struct seen_head *seen;
	size_t count = 1, at = 0, i;

	if (view_is(text, "-")) {
		return true;
	}
	for (i = 0; i < text.len; i++) {
		count += text.data[i] == ' ';
	}
	if (count > COMMIT_MAX_SEEN) {
		return err_set(err, ERR_TOO_LARGE, "commit: %zu heads in Seen", count);
	}
	seen = arena_alloc(arena, count * sizeof(*seen));
	if (seen == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < count; i++) {
		const char *start = text.data + at;
		const char *space = memchr(start, ' ', text.len - at);
		size_t len = space != NULL ? (size_t)(space - start) : text.len - at;

		if (!parse_head(&seen[i].chain, &seen[i].seq, seen[i].hash,
			    (struct view){ start, len })) {
			return malformed(err, "a malformed head in Seen");
		}
		at += len + 1;
	}
	out->seen = seen;
	out->seen_count = count;
	return true;
}

/* "Name <device@linli> seconds +0800"; the device is compared later. */
static bool parse_ident(struct bundle_facts *out, struct view text)
{
	const char *open = text.len != 0 ? memchr(text.data, '<', text.len) : NULL;
	const char *close = text.len != 0 ? memchr(text.data, '>', text.len) : NULL;
	const char *end = text.data + text.len, *zone = " +0800";
	struct view seconds;

	if (open == NULL || close == NULL || open == text.data || open[-1] != ' ' ||
		(size_t)(end - close) < 2 + strlen(zone) || close[1] != ' ' ||
		memcmp(end - strlen(zone), zone, strlen(zone)) != 0) {
		return false;
	}
	seconds = (struct view){ close + 2, (size_t)(end - close) - 2 - strlen(zone) };
	return keep_text(out->author, sizeof(out->author),
		       (struct view){ text.data, (size_t)(open - text.data) - 1 }) &&
		int64_parse(&out->made_s, seconds);
}

/* Tree, parent, author, committer. */
static bool parse_headers(struct bundle_facts *out, struct cursor *cursor, struct err *err)
{
	struct view value;

	if (!take_hex(cursor, "tree ", out->tree.bytes, OID_BYTES)) {
		return malformed(err, "no tree header");
	}
	if (cursor_skip(cursor, "parent ")) {
		value = cursor_until(cursor, '\n');
		if (!hex_decode(out->parent.bytes, OID_BYTES, value)) {
			return malformed(err, "a malformed parent header");
		}
	}
	if (!take_field(cursor, "author ", &value) || !parse_ident(out, value)) {
		return malformed(err, "a malformed author header");
	}
	if (!take_field(cursor, "committer ", &value)) {
		return malformed(err, "no committer header");
	}
	return true;
}

/* The armour without its indentation. */
static bool take_signature(struct buf *armour, struct cursor *cursor, struct err *err)
{
	struct view line;

	if (!cursor_skip(cursor, "gpgsig")) {
		return malformed(err, "no gpgsig header after the committer");
	}
	while (cursor_skip(cursor, " ") && armour->len <= SSHSIG_MAX_BYTES) {
		line = cursor_until(cursor, '\n');
		buf_view(armour, line);
		buf_byte(armour, '\n');
	}
	if (cursor->failed || armour->len == 0 || armour->len > SSHSIG_MAX_BYTES) {
		return malformed(err, "a malformed gpgsig header");
	}
	return buf_ok(armour, err);
}

bool commit_signature(struct buf *out, struct view commit, struct err *err)
{
	struct cursor cursor = cursor_of(commit.data, commit.len);

	/* Four headers come before it: tree, parent, author, committer; the first has none. */
	while (cursor_left(&cursor) != 0) {
		struct cursor line = cursor;

		if (cursor_skip(&line, "gpgsig")) {
			return take_signature(out, &cursor, err);
		}
		cursor_until(&cursor, '\n');
	}
	return malformed(err, "no gpgsig header");
}

static bool parse_trailers(struct bundle_facts *out, struct arena *arena, struct cursor *cursor,
	struct err *err)
{
	struct view scope, value;
	const char *missing =
		!cursor_skip(cursor, "Linli-Format: 1\n") ? "Linli-Format" :
		!take_hex(cursor, "Federation: ", out->federation, FEDERATION_BYTES) ? "Federation" :
		!take_text(cursor, "Community: ", out->community, sizeof(out->community)) ?
		"Community" :
		!take_hex(cursor, "Device: ", out->chain.device.bytes, DEVICE_BYTES) ? "Device" :
		!take_number(cursor, "Incarnation: ", &out->chain.incarnation) ? "Incarnation" :
		!take_field(cursor, "Scope: ", &scope) || !scope_parse(&out->chain.scope, scope) ?
		"Scope" :
		!take_number(cursor, "Seq: ", &out->seq) ? "Seq" :
		!take_hex(cursor, "Parent-SHA256: ", out->parent_sha256, SHA256_BYTES) ?
		"Parent-SHA256" :
		!take_hex(cursor, "Changes-Root: ", out->changes_root, SHA256_BYTES) ?
		"Changes-Root" :
		!take_number(cursor, "Changes-Count: ", &out->changes_count) ? "Changes-Count" :
		!take_text(cursor, "Model: ", out->model, sizeof(out->model)) ? "Model" :
		!take_field(cursor, "Seen: ", &value) ? "Seen" : NULL;

	if (missing != NULL) {
		return err_set(err, ERR_FORMAT, "commit: no trailer %s in its place", missing);
	}
	if (!parse_seen(out, arena, value, err)) {
		return false;
	}
	if (!take_field(cursor, "Receipt: ", &value)) {
		return malformed(err, "no trailer Receipt in its place");
	}
	out->has_receipt = !view_is(value, "-");
	if (out->has_receipt && !parse_head(&out->receipt_chain, &out->receipt_seq,
					out->receipt_hash, value)) {
		return malformed(err, "a malformed Receipt");
	}
	if (cursor_left(cursor) != 0) {
		return malformed(err, "something after the last trailer");
	}
	return true;
}

/*
 * Read everything, then write it again into ${payload} and compare: what the
 * lines above were too lenient about is refused here.
 */
static bool parse(struct bundle_facts *out, struct arena *arena, struct buf *armour,
	struct buf *payload, struct view commit, struct err *err)
{
	struct cursor cursor = cursor_of(commit.data, commit.len);
	const char *objection;
	size_t signed_at, signed_end, head;

	if (!parse_headers(out, &cursor, err)) {
		return false;
	}
	signed_at = commit.len - cursor_left(&cursor);
	if (!take_signature(armour, &cursor, err)) {
		return false;
	}
	signed_end = commit.len - cursor_left(&cursor);
	if (!cursor_skip(&cursor, "\n") ||
		!take_text(&cursor, "", out->subject, sizeof(out->subject)) ||
		!cursor_skip(&cursor, "\n")) {
		return malformed(err, "no subject after the headers");
	}
	if (!parse_trailers(out, arena, &cursor, err)) {
		return false;
	}
	objection = commit_objection(out);
	if (objection != NULL) {
		return malformed(err, objection);
	}
	commit_payload(payload, &head, out);
	if (!buf_ok(payload, err)) {
		return false;
	}
	if (head != signed_at || payload->len - head != commit.len - signed_end ||
		memcmp(payload->data, commit.data, head) != 0 ||
		memcmp(payload->data + head, commit.data + signed_end, payload->len - head) != 0) {
		return malformed(err, "not the bytes that these facts are written as");
	}
	return true;
}

bool commit_decode(struct bundle_facts *out, struct arena *arena, struct view commit,
	uint8_t signer[KEY_PUBLIC_BYTES], struct err *err)
{
	struct buf armour = { 0 }, payload = { 0 };
	struct bundle_facts facts;
	bool ok = false;

	if (commit.len > COMMIT_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "commit: %zu bytes", commit.len);
	}
	memset(&facts, 0, sizeof(facts));
	if (!parse(&facts, arena, &armour, &payload, commit, err)) {
		goto out;
	}
	/* The payload is, as was compared, the commit without its signature. */
	if (!sshsig_verify(signer, buf_as_view(&armour), COMMIT_SIGNATURE_NAMESPACE,
		    buf_as_view(&payload), err)) {
		err_wrap(err, "commit");
		goto out;
	}
	if (!device_id_equal(public_key_device(signer), facts.chain.device)) {
		err_set(err, ERR_SIGNATURE, "commit: signed by another device than it names");
		goto out;
	}
	*out = facts;
	ok = true;
out:
	buf_clear(&armour);
	buf_clear(&payload);
	return ok;
}
