/* audit.c -- the district's audit log; see linli/audit.h. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "line.h"
#include "linli/audit.h"
#include "node_private.h"
#include "sha256.h"
#include "sshsig.h"

#define HEAD_FACT "audit_head"
#define HEAD_NAMESPACE "linli-audit"

_Static_assert(AUDIT_HASH_BYTES == SHA256_BYTES, "hashes are SHA-256");

/* The last row there is, as it was signed. */
struct audit_head {
	int64_t number; /* 0: none yet */
	uint8_t hash[AUDIT_HASH_BYTES];
};

void audit_act_as(struct node *node, const char *actor)
{
	assert(strlen(actor) < sizeof(node->actor));
	memcpy(node->actor, actor, strlen(actor) + 1);
}

/* ---- rows as text -------------------------------------------------- */

/* As much of ${text} as fits, ending with a whole character. */
static struct view fitting(const char *text)
{
	struct view whole = view_of(text);

	if (whole.len > AUDIT_TEXT_MAX_BYTES) {
		whole.len = AUDIT_TEXT_MAX_BYTES;
		while (whole.len > 0 && ((unsigned char)text[whole.len] & 0xc0) == 0x80) {
			whole.len--;
		}
	}
	return utf8_valid(whole) ? whole : VIEW_LITERAL("?");
}

static bool write_detail(struct buf *out, const struct audit_item *detail, struct err *err)
{
	const struct audit_item *item;

	buf_byte(out, '{');
	for (item = detail; item->name != NULL; item++) {
		assert(item == detail || strcmp(item[-1].name, item->name) < 0);
		buf_printf(out, "%s\"%s\":", item == detail ? "" : ",", item->name);
		if (item->text != NULL) {
			line_string_write(out, fitting(item->text));
		} else {
			buf_printf(out, "%" PRId64, item->number);
		}
	}
	buf_byte(out, '}');
	if (!buf_ok(out, err)) {
		return false;
	}
	return out->len <= AUDIT_DETAIL_MAX_BYTES ||
		err_set(err, ERR_TOO_LARGE, "the audit log's detail has %zu bytes", out->len);
}

static bool take_byte(struct view *rest, char byte)
{
	if (rest->len == 0 || rest->data[0] != byte) {
		return false;
	}
	rest->data++;
	rest->len--;
	return true;
}

/* A text or a whole number. */
static bool take_value(struct view *rest, struct arena *arena)
{
	struct view number = { rest->data, 0 }, text;
	int64_t ignored;

	if (rest->len > 0 && rest->data[0] == '"') {
		return line_string_read(&text, arena, rest);
	}
	while (number.len < rest->len && rest->data[number.len] != ',' &&
		rest->data[number.len] != '}') {
		number.len++;
	}
	rest->data += number.len;
	rest->len -= number.len;
	return int64_parse(&ignored, number);
}

/* Is it what write_detail() writes? */
static bool detail_sound(struct view text)
{
	struct view rest = text, name, before = { "", 0 };
	struct arena arena = { 0 };
	bool ok = text.len <= AUDIT_DETAIL_MAX_BYTES && take_byte(&rest, '{');

	while (ok && !take_byte(&rest, '}')) {
		ok = (before.len == 0 || take_byte(&rest, ',')) &&
			line_string_read(&name, &arena, &rest) &&
			view_compare(before, name) < 0 && take_byte(&rest, ':') &&
			take_value(&rest, &arena);
		before = name;
	}
	arena_clear(&arena);
	return ok && rest.len == 0;
}

/* SHA-256 of the hash before and of the row's text. */
static bool hash_row(uint8_t out[AUDIT_HASH_BYTES], const uint8_t before[AUDIT_HASH_BYTES],
	const struct audit_row *row, struct err *err)
{
	struct buf text = { 0 };
	struct sha256 hash;
	bool ok;

	buf_printf(&text, "{\"number\":%" PRId64 ",\"at\":%" PRId64 ",\"actor\":", row->number,
		row->at_ms);
	line_string_write(&text, row->actor);
	buf_text(&text, ",\"event\":");
	line_string_write(&text, row->event);
	buf_text(&text, ",\"detail\":");
	buf_view(&text, row->detail);
	buf_byte(&text, '}');
	ok = buf_ok(&text, err);
	if (ok) {
		sha256_init(&hash);
		sha256_add(&hash, before, AUDIT_HASH_BYTES);
		sha256_add(&hash, text.data, text.len);
		sha256_done(out, &hash);
	}
	buf_clear(&text);
	return ok;
}

/* ---- the signed head ----------------------------------------------- */

/* What is signed. */
static void head_write(struct buf *out, const struct node *node, const struct audit_head *head)
{
	char federation[DEVICE_TEXT_BYTES], hash[SHA256_TEXT_BYTES];

	device_id_print(federation, node->federation_id);
	hex_encode(hash, head->hash, sizeof(head->hash));
	buf_printf(out, "linli audit %s %" PRId64 " %s\n", federation, head->number, hash);
}

static bool head_sign(struct node *node, const struct audit_head *head, struct err *err)
{
	struct buf text = { 0 }, armour = { 0 };
	bool ok;

	head_write(&text, node, head);
	ok = buf_ok(&text, err) &&
		sshsig_sign(&armour, node->key, HEAD_NAMESPACE, buf_as_view(&text), err);
	buf_view(&text, buf_as_view(&armour));
	ok = ok && buf_ok(&text, err) && node_set(node, HEAD_FACT, buf_as_view(&text), err);
	buf_clear(&text);
	buf_clear(&armour);
	return ok;
}

/* Take apart what head_sign() has kept; the rest of it is the signature. */
static bool head_parse(
	struct audit_head *out, const struct node *node, struct view kept, struct view *armour)
{
	struct cursor cursor = cursor_of(kept.data, kept.len);
	struct device_id federation;

	if (!cursor_skip(&cursor, "linli audit ") ||
		!device_id_parse(&federation, cursor_until(&cursor, ' ')) ||
		!device_id_equal(federation, node->federation_id) ||
		!int64_parse(&out->number, cursor_until(&cursor, ' ')) || out->number < 0 ||
		!hex_decode(out->hash, sizeof(out->hash), cursor_until(&cursor, '\n'))) {
		return false;
	}
	*armour = (struct view){ (const char *)cursor.at, cursor_left(&cursor) };
	return !cursor.failed;
}

/* False: there is none that this node has signed. */
static bool head_read(struct audit_head *out, struct node *node)
{
	uint8_t signer[NODE_PUBLIC_KEY_BYTES];
	struct buf kept = { 0 };
	struct view armour, text;
	struct err ignored;
	bool ok = node_get(node, HEAD_FACT, &kept) &&
		head_parse(out, node, buf_as_view(&kept), &armour);

	if (ok) {
		text = buf_as_view(&kept);
		text.len -= armour.len;
		ok = sshsig_verify(signer, armour, HEAD_NAMESPACE, text, &ignored) &&
			memcmp(signer, key_public(node->key), sizeof(signer)) == 0;
	}
	buf_clear(&kept);
	return ok;
}

/* ---- adding -------------------------------------------------------- */

static bool last_number(struct node *node, int64_t *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT coalesce(max(number), 0) FROM audit");
	bool row;

	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	*out = stmt_get_int(stmt, 0);
	stmt_reset(stmt);
	return true;
}

/*
 * What the next row follows on: the signed head, whatever the table holds,
 * and no number that is in use.  Without a sound head a number is left out,
 * which shows for ever.
 */
static bool find_head(struct node *node, struct audit_head *out, struct err *err)
{
	bool sound = head_read(out, node);
	int64_t last;

	if (!last_number(node, &last, err)) {
		return false;
	}
	if (last < 0 || last >= INT64_MAX - 2 || (sound && out->number >= INT64_MAX - 2)) {
		return err_set(err, ERR_STORE, "the audit log has no number left");
	}
	if (!sound) {
		memset(out, 0, sizeof(*out));
		out->number = last + 1;
	} else if (last > out->number) {
		out->number = last;
	}
	return true;
}

static bool insert_row(struct node *node, const struct audit_row *row, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO audit (number, at_ms, actor, event, detail, hash) "
		"VALUES (:number, :at, :actor, :event, :detail, :hash)");

	stmt_int(stmt, ":number", row->number);
	stmt_int(stmt, ":at", row->at_ms);
	stmt_text(stmt, ":actor", row->actor);
	stmt_text(stmt, ":event", row->event);
	stmt_text(stmt, ":detail", row->detail);
	stmt_blob(stmt, ":hash", row->hash, sizeof(row->hash));
	return stmt_run(stmt, err);
}

static bool append(struct node *node, struct audit_row *row, struct err *err)
{
	struct audit_head head;

	if (!find_head(node, &head, err)) {
		return false;
	}
	row->number = head.number + 1;
	if (!hash_row(row->hash, head.hash, row, err) || !insert_row(node, row, err)) {
		return false;
	}
	head.number = row->number;
	memcpy(head.hash, row->hash, sizeof(head.hash));
	return head_sign(node, &head, err);
}

bool audit_add(struct node *node, const char *actor, const char *event,
	const struct audit_item *detail, struct err *err)
{
	const char *acting = node->actor[0] != '\0' ? node->actor : AUDIT_OPERATOR;
	struct audit_row row = { .at_ms = node->env->now_ms(node->env->ctx),
		.actor = view_of(actor != NULL ? actor : acting),
		.event = view_of(event) };
	struct buf text = { 0 };
	bool ok = false;

	assert(row.actor.len < AUDIT_ACTOR_BYTES && row.event.len < AUDIT_EVENT_BYTES);
	if (!node->district) {
		return true;
	}
	if (!write_detail(&text, detail, err) || !node_begin(node, err)) {
		goto out;
	}
	row.detail = buf_as_view(&text);
	if (!append(node, &row, err)) {
		err_wrap(err, "the audit log");
		node_abort(node);
		goto out;
	}
	ok = node_commit(node, err);
out:
	buf_clear(&text);
	return ok;
}

bool audit_begin(struct node *node, struct err *err)
{
	static const struct audit_head none = { 0 };
	char federation[DEVICE_TEXT_BYTES];
	const struct audit_item detail[] = { { "federation", federation, 0 },
		{ "name", node->federation.name, 0 }, { NULL, NULL, 0 } };

	device_id_print(federation, node->federation_id);
	return head_sign(node, &none, err) && audit_add(node, NULL, AUDIT_FOUNDED, detail, err);
}

/* ---- reading ------------------------------------------------------- */

static bool is_integer(struct stmt *stmt, int column)
{
	return !stmt_is_null(stmt, column) && !stmt_is_text(stmt, column) &&
		!stmt_is_blob(stmt, column) && !stmt_is_real(stmt, column);
}

/* *sound: it is of the form that audit_add() writes. */
static void read_row(struct audit_row *out, struct stmt *stmt, bool *sound)
{
	/* Asked first: reading a column as text makes it one. */
	bool kinds = is_integer(stmt, 1) && stmt_is_text(stmt, 2) && stmt_is_text(stmt, 3) &&
		stmt_is_text(stmt, 4) && stmt_is_blob(stmt, 5);
	struct view hash = stmt_get_blob(stmt, 5);

	memset(out, 0, sizeof(*out));
	out->number = stmt_get_int(stmt, 0);
	out->at_ms = stmt_get_int(stmt, 1);
	out->actor = stmt_get_text(stmt, 2);
	out->event = stmt_get_text(stmt, 3);
	out->detail = stmt_get_text(stmt, 4);
	out->detail_sound = detail_sound(out->detail);
	if (hash.len == sizeof(out->hash)) {
		memcpy(out->hash, hash.data, hash.len);
	}
	*sound = kinds && hash.len == sizeof(out->hash) && out->actor.len < AUDIT_ACTOR_BYTES &&
		out->event.len < AUDIT_EVENT_BYTES && utf8_valid(out->actor) &&
		utf8_valid(out->event) && out->detail_sound;
}

/* Of a text that may have been altered, what is shown. */
static struct view shown(struct view text, size_t room)
{
	return text.len < room && utf8_valid(text) ? text : VIEW_LITERAL("?");
}

bool audit_each(struct node *node, uint32_t limit,
	bool (*each)(void *ctx, const struct audit_row *row, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT number, at_ms, actor, event, detail, hash FROM audit "
		"ORDER BY number DESC LIMIT :limit");
	bool ok = true, row = true, sound;
	struct audit_row found;

	stmt_int(stmt, ":limit", limit != 0 ? limit : INT64_MAX);
	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			read_row(&found, stmt, &sound);
			found.actor = shown(found.actor, AUDIT_ACTOR_BYTES);
			found.event = shown(found.event, AUDIT_EVENT_BYTES);
			found.detail = shown(found.detail, AUDIT_DETAIL_MAX_BYTES + 1);
			ok = each(ctx, &found, err);
		}
	}
	stmt_reset(stmt);
	return ok;
}

/* ---- verifying ----------------------------------------------------- */

struct verifying {
	bool signed_by_us; /* there is a sound head */
	struct audit_head head;
	struct audit_head at;  /* the last row that fits */
	char text[512];        /* the problem; "" while there is none */
};

/* Does the row that ${stmt} stands on follow?  Else it says why not. */
static bool check_row(struct verifying *verifying, struct stmt *stmt, struct err *err)
{
	int64_t expected = verifying->at.number + 1;
	uint8_t hash[AUDIT_HASH_BYTES];
	struct audit_row row;
	bool sound;

	read_row(&row, stmt, &sound);
	if (row.number != expected) {
		snprintf(verifying->text, sizeof(verifying->text),
			ERR_BOTH("审计日志缺第 %" PRId64 " 行", "row %" PRId64
				" of the audit log is missing"),
			expected, expected);
		return true;
	}
	if (sound && !hash_row(hash, verifying->at.hash, &row, err)) {
		return false;
	}
	if (!sound || memcmp(hash, row.hash, sizeof(hash)) != 0) {
		snprintf(verifying->text, sizeof(verifying->text),
			ERR_BOTH("审计日志第 %" PRId64 " 行被改动,或与上一行不衔接",
				"row %" PRId64 " of the audit log was altered, or does not "
				"follow on the one before"),
			expected, expected);
		return true;
	}
	if (verifying->signed_by_us && (row.number > verifying->head.number ||
			(row.number == verifying->head.number &&
				memcmp(hash, verifying->head.hash, sizeof(hash)) != 0))) {
		snprintf(verifying->text, sizeof(verifying->text),
			ERR_BOTH("审计日志第 %" PRId64 " 行不是本服务器写的",
				"row %" PRId64 " of the audit log was not written by this server"),
			expected, expected);
		return true;
	}
	verifying->at.number = row.number;
	memcpy(verifying->at.hash, hash, sizeof(hash));
	return true;
}

static void check_head(struct verifying *verifying)
{
	int64_t missing = verifying->at.number + 1;

	if (!verifying->signed_by_us) {
		snprintf(verifying->text, sizeof(verifying->text),
			ERR_BOTH("审计日志的末行没有本服务器的签名",
				"the end of the audit log is not signed by this server"));
	} else if (verifying->at.number != verifying->head.number) {
		snprintf(verifying->text, sizeof(verifying->text),
			ERR_BOTH("审计日志缺第 %" PRId64 " 行及以后各行",
				"row %" PRId64 " of the audit log and what followed it are missing"),
			missing, missing);
	}
}

static bool walk(struct node *node, struct verifying *verifying, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT number, at_ms, actor, event, detail, hash FROM audit ORDER BY number");
	bool ok = true, row = true;

	verifying->signed_by_us = head_read(&verifying->head, node);
	while (ok && row && verifying->text[0] == '\0') {
		ok = stmt_step(stmt, &row, err) && (!row || check_row(verifying, stmt, err));
	}
	stmt_reset(stmt);
	if (ok && verifying->text[0] == '\0') {
		check_head(verifying);
	}
	return ok;
}

bool audit_verify(struct node *node, uint64_t *count, uint8_t hash[AUDIT_HASH_BYTES],
	void (*problem)(void *ctx, const char *text), void *ctx, struct err *err)
{
	struct verifying verifying = { 0 };
	bool ok;

	if (!node->district) {
		return err_set(err, ERR_SCOPE, "only the district keeps an audit log");
	}
	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = walk(node, &verifying, err);
	node_read_end(node);
	if (ok && verifying.text[0] != '\0') {
		problem(ctx, verifying.text);
	}
	*count = (uint64_t)verifying.at.number;
	memcpy(hash, verifying.at.hash, AUDIT_HASH_BYTES);
	return ok;
}
