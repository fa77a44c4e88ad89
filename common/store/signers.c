/*
 * signers.c -- whose devices are whose, and the keys with which people sign
 * verdicts; see linli/users.h.
 *
 * A key is published as a record of the entity "signer", named as a device is by
 * its key.  It is never taken back: what was signed with it stays verifiable.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hmac.h"
#include "linli/civil.h"
#include "linli/records.h"
#include "linli/review.h"
#include "linli/users.h"
#include "node_private.h"
#include "sshsig.h"

#define MS_PER_DAY 86400000LL
#define LAST_MS 253402300799999LL /* 9999-12-31T23:59:59.999Z */
#define SSH_TYPE "ssh-ed25519"
#define REPLACED_MAX_STEPS 64

static bool is_district(const struct node *node, struct err *err)
{
	return node->district || err_set(err, ERR_SCOPE, "only the district has users");
}

static bool finish(struct node *node, bool ok, struct err *err)
{
	if (!ok) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

/* ---- whose devices are whose ------------------------------------------ */

static bool has_device(
	struct node *node, const char *name, struct device_id device, bool *has, struct err *err)
{
	struct stmt *stmt = db_prepare(
		node->db, "SELECT 1 FROM user_device WHERE \"user\" = :user AND device = :device");
	char text[DEVICE_TEXT_BYTES];
	bool ok;

	device_id_print(text, device);
	stmt_text(stmt, ":user", view_of(name));
	stmt_text(stmt, ":device", view_of(text));
	ok = stmt_step(stmt, has, err);
	stmt_reset(stmt);
	return ok;
}

/* Did ${later} take the place of ${device}, at once or after others?  Or is it that one? */
static bool took_place(struct node *node, struct device_id later, struct device_id device)
{
	int steps;

	for (steps = 0; steps < REPLACED_MAX_STEPS; steps++) {
		const struct trusted *trusted = device_trusted(node, later);

		if (device_id_equal(later, device)) {
			return true;
		}
		if (trusted == NULL || !trusted->device.replacing) {
			return false;
		}
		later = trusted->device.replaces;
	}
	return true; /* who knows */
}

bool users_owns_device(struct node *node, const char *name, struct device_id device)
{
	struct stmt *stmt;
	struct err ignored;
	bool owns = false, row = true;

	if (!node_refresh(node, &ignored)) {
		return true;
	}
	stmt = db_prepare(node->db, "SELECT device FROM user_device WHERE \"user\" = :user");
	stmt_text(stmt, ":user", view_of(name));
	while (row && !owns) {
		struct device_id theirs;

		if (!stmt_step(stmt, &row, &ignored)) {
			return true;
		}
		owns = row && (!device_id_parse(&theirs, stmt_get_text(stmt, 0)) ||
				      took_place(node, device, theirs) ||
				      took_place(node, theirs, device));
	}
	stmt_reset(stmt);
	return owns;
}

static bool room_for_device(struct node *node, const char *name, struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "SELECT count(*) FROM user_device WHERE \"user\" = :user");
	int64_t count;
	bool row;

	stmt_text(stmt, ":user", view_of(name));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	count = stmt_get_int(stmt, 0);
	stmt_reset(stmt);
	return count < USERS_MAX_DEVICES ||
		err_set(err, ERR_TOO_LARGE, "%d devices of one user", USERS_MAX_DEVICES);
}

static bool give_device(
	struct node *node, const char *name, struct device_id device, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO user_device (\"user\", device) VALUES (:user, :device)");
	char text[DEVICE_TEXT_BYTES];
	const struct audit_item detail[] = { { "device", text, 0 }, { "user", name, 0 },
		{ NULL, NULL, 0 } };
	struct user user;
	bool has;

	device_id_print(text, device);
	if (!users_get(node, name, &user, err) || !has_device(node, name, device, &has, err)) {
		return false;
	}
	if (has) {
		return true;
	}
	if (device_trusted(node, device) == NULL) {
		return err_set(
			err, ERR_NOT_FOUND, ERR_BOTH("没有设备", "no device") " %s", text);
	}
	stmt_text(stmt, ":user", view_of(name));
	stmt_text(stmt, ":device", view_of(text));
	return room_for_device(node, name, err) && stmt_run(stmt, err) &&
		audit_add(node, NULL, AUDIT_USER_DEVICE, detail, err);
}

bool users_give_device(
	struct node *node, const char *name, struct device_id device, struct err *err)
{
	return is_district(node, err) && node_begin(node, err) &&
		finish(node, give_device(node, name, device, err), err);
}

/* ---- who may judge ------------------------------------------------------ */

static bool may_judge(const struct user *user, struct err *err)
{
	if (user->disabled_ms != 0) {
		return err_set(err, ERR_SCOPE, ERR_BOTH("用户已停用", "disabled user") ": %s",
			user->name);
	}
	return user->role != USER_VIEWER ||
		err_set(err, ERR_SCOPE,
			ERR_BOTH("用户只能查看", "a user who may only look") ": %s", user->name);
}

bool users_may_judge(struct node *node, const char *name, struct err *err)
{
	struct err why = { 0 };
	struct user user;

	if (!users_get(node, name, &user, &why)) {
		return why.code == ERR_NOT_FOUND || err_set(err, why.code, "%s", why.detail);
	}
	return may_judge(&user, err);
}

/* ---- public keys as files ------------------------------------------------ */

bool signer_key_parse(uint8_t out[NODE_PUBLIC_KEY_BYTES], struct view file, struct err *err)
{
	static const uint8_t prefix[] = { 0, 0, 0, 11, 's', 's', 'h', '-', 'e', 'd', '2', '5', '5',
		'1', '9', 0, 0, 0, 32 };
	struct cursor cursor = cursor_of(file.data, file.len);
	struct buf blob = { 0 };
	struct view text;
	bool ok = false;

	if (!cursor_skip(&cursor, SSH_TYPE " ")) {
		return err_set(err, ERR_FORMAT,
			ERR_BOTH("不是 ssh-ed25519 公钥文件", "not a file of an %s public key"),
			SSH_TYPE);
	}
	text = (struct view){ (const char *)cursor.at, 0 };
	while (text.len < cursor_left(&cursor) && text.data[text.len] != ' ' &&
		text.data[text.len] != '\r' && text.data[text.len] != '\n') {
		text.len++;
	}
	if (base64_decode(&blob, text, true) &&
		blob.len == sizeof(prefix) + NODE_PUBLIC_KEY_BYTES &&
		memcmp(blob.data, prefix, sizeof(prefix)) == 0) {
		memcpy(out, blob.data + sizeof(prefix), NODE_PUBLIC_KEY_BYTES);
		ok = public_key_valid(out, err);
	} else {
		err_set(err, ERR_FORMAT, "not the bytes of an " SSH_TYPE " key");
	}
	buf_clear(&blob);
	return ok;
}

/* ---- records --------------------------------------------------------------- */

static bool copy_column(char *out, size_t room, struct view text)
{
	if (text.len >= room) {
		return false;
	}
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return true;
}

/* False: the row names no usable key. */
static bool read_signer(struct signer *out, struct stmt *stmt)
{
	memset(out, 0, sizeof(*out));
	return device_id_parse(&out->id, stmt_get_text(stmt, 0)) &&
		copy_column(out->name, sizeof(out->name), stmt_get_text(stmt, 1)) &&
		users_role_parse(&out->role, stmt_get_text(stmt, 2)) &&
		hex_decode(
			out->public_key, sizeof(out->public_key), stmt_get_text(stmt, 3)) &&
		device_id_equal(out->id, public_key_device(out->public_key)) &&
		copy_column(out->valid_until, sizeof(out->valid_until), stmt_get_text(stmt, 4));
}

bool signers_each(struct node *node,
	bool (*each)(void *ctx, const struct signer *signer, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT id, name, role, public_key, valid_until FROM signer ORDER BY id");
	bool ok = node_refresh(node, err), row = true;
	struct signer signer;

	while (ok && row) {
		ok = stmt_step(stmt, &row, err) &&
			(!row || !read_signer(&signer, stmt) || each(ctx, &signer, err));
	}
	stmt_reset(stmt);
	return ok;
}

/* *found: a key with that id was published. */
static bool find_signer(
	struct node *node, struct device_id id, struct signer *out, bool *found, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT id, name, role, public_key, valid_until FROM signer WHERE id = ?1");
	char text[DEVICE_TEXT_BYTES];
	bool ok;

	device_id_print(text, id);
	stmt_text_at(stmt, 1, view_of(text));
	ok = stmt_step(stmt, found, err);
	*found = ok && *found && read_signer(out, stmt);
	stmt_reset(stmt);
	return ok;
}

/* Of a time that a calendar can name; others come to its nearest end. */
static void print_until(char out[SIGNER_UNTIL_BYTES], int64_t unix_ms)
{
	int64_t ms = unix_ms < 0 ? 0 : unix_ms > LAST_MS ? LAST_MS : unix_ms;
	unsigned seconds = (unsigned)(ms % MS_PER_DAY / 1000);
	char date[CIVIL_DATE_BYTES], text[SIGNER_UNTIL_BYTES + 32];

	civil_from_days(date, ms / MS_PER_DAY);
	snprintf(text, sizeof(text), "%sT%02u:%02u:%02uZ", date, seconds / 3600,
		seconds / 60 % 60, seconds % 60);
	assert(strlen(text) == SIGNER_UNTIL_BYTES - 1);
	memcpy(out, text, SIGNER_UNTIL_BYTES);
}

static bool put_field(struct node *node, struct device_id id, const struct assignment *assignments,
	size_t count, struct err *err)
{
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("signer"));
	char name[DEVICE_TEXT_BYTES];
	struct record_id record, made;

	device_id_print(name, id);
	return (record_id_parse(&record, view_of(name), true) ||
		       err_set(err, ERR_INTERNAL, "a key's id that is no slug")) &&
		records_put(node, entity, &record, assignments, count, &made, err);
}

static struct assignment set_text(struct node *node, const char *field, const char *text)
{
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("signer"));

	return (struct assignment){ entity_field(entity, view_of(field)), ASSIGN_SET,
		{ VALUE_TEXT, 0, view_of(text) } };
}

/* *has: user ${name} has a key. */
static bool key_of(struct node *node, const char *name, uint8_t out[NODE_PUBLIC_KEY_BYTES],
	bool *has, struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "SELECT public_key FROM \"user\" WHERE name = :name");
	struct view key;
	bool row;

	*has = false;
	stmt_text(stmt, ":name", view_of(name));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row && !stmt_is_null(stmt, 0)) {
		key = stmt_get_blob(stmt, 0);
		*has = key.len == NODE_PUBLIC_KEY_BYTES;
		memcpy(out, key.data, *has ? key.len : 0);
	}
	stmt_reset(stmt);
	return true;
}

bool signer_end(struct node *node, const char *name, struct err *err)
{
	uint8_t key[NODE_PUBLIC_KEY_BYTES];
	char until[SIGNER_UNTIL_BYTES];
	struct assignment assignment;
	bool has;

	if (!key_of(node, name, key, &has, err) || !has) {
		return !has;
	}
	print_until(until, node->env->now_ms(node->env->ctx));
	assignment = set_text(node, "valid_until", until);
	return put_field(node, public_key_device(key), &assignment, 1, err);
}

static bool store_key(struct node *node, const char *name,
	const uint8_t key[NODE_PUBLIC_KEY_BYTES], struct err *err)
{
	struct stmt *stmt = db_prepare(
		node->db, "UPDATE \"user\" SET public_key = :key WHERE name = :name");

	stmt_blob(stmt, ":key", key, NODE_PUBLIC_KEY_BYTES);
	stmt_text(stmt, ":name", view_of(name));
	return stmt_run(stmt, err);
}

static bool publish(struct node *node, const struct user *user,
	const uint8_t key[NODE_PUBLIC_KEY_BYTES], struct err *err)
{
	char hex[2 * NODE_PUBLIC_KEY_BYTES + 1], name[DEVICE_TEXT_BYTES];
	struct device_id id = public_key_device(key);
	const struct audit_item detail[] = { { "key", name, 0 }, { "user", user->name, 0 },
		{ NULL, NULL, 0 } };

	hex_encode(hex, key, NODE_PUBLIC_KEY_BYTES);
	device_id_print(name, id);
	struct assignment assignments[] = {
		set_text(node, "name", user->name),
		set_text(node, "role", users_role_name(user->role)),
		set_text(node, "public_key", hex),
	};

	return put_field(node, id, assignments, sizeof(assignments) / sizeof(assignments[0]),
		       err) &&
		store_key(node, user->name, key, err) &&
		audit_add(node, NULL, AUDIT_USER_KEY, detail, err);
}

static bool set_key(struct node *node, const char *name,
	const uint8_t key[NODE_PUBLIC_KEY_BYTES], struct err *err)
{
	uint8_t before[NODE_PUBLIC_KEY_BYTES];
	struct signer known;
	struct user user;
	bool found, has;

	if (!users_get(node, name, &user, err) || !may_judge(&user, err) ||
		!key_of(node, name, before, &has, err) ||
		!find_signer(node, public_key_device(key), &known, &found, err)) {
		return false;
	}
	if (has && memcmp(before, key, sizeof(before)) == 0) {
		return true;
	}
	if (found || device_trusted(node, public_key_device(key)) != NULL) {
		return err_set(err, ERR_EXISTS,
			ERR_BOTH("这把密钥已在使用或已停用",
				"this key is somebody's already, or was ended"));
	}
	return signer_end(node, name, err) && publish(node, &user, key, err);
}

bool users_key_set(struct node *node, const char *name,
	const uint8_t public_key[NODE_PUBLIC_KEY_BYTES], struct err *err)
{
	return is_district(node, err) && public_key_valid(public_key, err) &&
		node_begin(node, err) && finish(node, set_key(node, name, public_key, err), err);
}

bool users_key_make(struct node *node, const char *name, const char *passphrase, struct buf *pem,
	struct err *err)
{
	struct key *key = NULL;
	bool ok;

	ok = is_district(node, err) && key_generate(&key, node->env, err) &&
		key_write(pem, key, passphrase, node->env, err) &&
		users_key_set(node, name, key_public(key), err);
	key_free(key);
	return ok;
}

/* ---- verdicts --------------------------------------------------------------- */

bool users_verdict_text(struct buf *out, struct node *node, const struct place *line,
	const uint8_t hash[32], bool accepted, struct view reason, struct err *err)
{
	char federation[DEVICE_TEXT_BYTES], name[LINE_NAME_TEXT_BYTES], of_bundle[65];
	char of_reason[2 * SHA256_BYTES + 1];
	uint8_t sum[SHA256_BYTES];

	device_id_print(federation, node->federation_id);
	place_print(name, line);
	hex_encode(of_bundle, hash, 32);
	sha256(sum, reason.data != NULL ? reason.data : "", reason.len);
	hex_encode(of_reason, sum, sizeof(sum));
	buf_printf(out, "linli verdict %s %s %s %s %s\n", federation, name, of_bundle,
		accepted ? "accepted" : "returned", of_reason);
	return buf_ok(out, err);
}

bool users_sign_verdict(struct node *node, const char *name, struct view key_pem,
	const char *passphrase, struct view text, struct buf *signature, struct err *err)
{
	uint8_t registered[NODE_PUBLIC_KEY_BYTES];
	struct key *key = NULL;
	struct user user;
	bool has, ok = false;

	if (!is_district(node, err) || !users_get(node, name, &user, err) ||
		!may_judge(&user, err) || !key_of(node, name, registered, &has, err) ||
		!key_read(&key, key_pem, passphrase, err)) {
		goto out;
	}
	if (!has || memcmp(registered, key_public(key), sizeof(registered)) != 0) {
		err_set(err, ERR_KEY,
			ERR_BOTH("这不是该用户登记的密钥", "not the key registered for") " %s", name);
		goto out;
	}
	ok = sshsig_sign(signature, key, SIGNER_NAMESPACE, text, err);
out:
	key_free(key);
	return ok;
}

bool users_verify_verdict(struct node *node, const char *name, struct view text,
	struct view signature, int64_t at_ms, struct err *err)
{
	uint8_t key[NODE_PUBLIC_KEY_BYTES];
	char at[SIGNER_UNTIL_BYTES];
	struct signer signer;
	bool found;

	if (!sshsig_verify(key, signature, SIGNER_NAMESPACE, text, err) ||
		!find_signer(node, public_key_device(key), &signer, &found, err)) {
		return false;
	}
	if (!found || strcmp(signer.name, name) != 0 ||
		memcmp(signer.public_key, key, sizeof(key)) != 0) {
		return err_set(err, ERR_SIGNATURE, "no published key of %s", name);
	}
	print_until(at, at_ms);
	return at_ms == 0 || signer.valid_until[0] == '\0' || strcmp(at, signer.valid_until) <= 0 ||
		err_set(err, ERR_REVOKED, "the key of %s was good until %s", name,
			signer.valid_until);
}

bool users_verify_signed(struct node *node, const struct place *line, const uint8_t hash[32],
	const struct verdict *verdict, struct buf *text, struct err *err)
{
	struct view signer = verdict->second.len != 0 ? verdict->second : verdict->reviewer;
	char name[USER_NAME_BYTES];
	struct buf out = { 0 };
	bool ok;

	if (!copy_column(name, sizeof(name), signer)) {
		return err_set(err, ERR_SIGNATURE, "the name of a reviewer is too long");
	}
	ok = users_verdict_text(&out, node, line, hash, verdict->state != LINE_RETURNED,
		     verdict->reason, err) &&
		users_verify_verdict(node, name, buf_as_view(&out), verdict->signature,
			verdict->at_ms, err);
	if (text != NULL) {
		buf_view(text, buf_as_view(&out));
	}
	buf_clear(&out);
	return ok;
}
