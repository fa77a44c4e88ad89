/*
 * rekey.c -- a home goes over to another key; see linli/rekey.h.
 *
 * The facts: "device" (whose home it is), "rotation" (the request), "former"
 * (the devices that it was, latest last), "former_age" (their age identities,
 * sealed to the present one: what is addressed to them may still come).
 */
#include <stdlib.h>
#include <string.h>

#include "age.h"
#include "hmac.h"
#include "linli/rekey.h"
#include "repair.h"

#define LOST_FILE "device.key.lost" /* in the home */
#define FORMER_AGE_MAX_BYTES (REKEY_MAX_FORMER * (AGE_IDENTITY_TEXT_BYTES + 1))
#define SWITCH_MAX_TRIES 100
#define SHUT_OUT "shut_out" /* a fact: "1" */

/* ---- files --------------------------------------------------------- */

static bool read_file(struct node *node, const char *name, struct buf *out, bool *found,
	struct err *err)
{
	struct buf path = { 0 };
	struct err why = { 0 };
	bool ok = home_path(node, name, &path, err);

	*found = ok &&
		node->env->read_file(node->env->ctx, out, buf_str(&path), KEY_FILE_MAX_BYTES, &why);
	if (ok && !*found && why.code != ERR_NOT_FOUND) {
		ok = err_set(err, why.code, "%s", why.detail);
	}
	buf_clear(&path);
	return ok;
}

static bool write_secret(struct node *node, const char *name, struct view data, struct err *err)
{
	struct buf path = { 0 };
	bool ok = home_path(node, name, &path, err) &&
		node->env->write_file(node->env->ctx, buf_str(&path), data, true, err);

	buf_clear(&path);
	return ok;
}

static bool remove_new(struct node *node, struct err *err)
{
	struct buf path = { 0 };
	bool ok = home_path(node, KEY_NEW_FILE, &path, err) &&
		node->env->remove_file(node->env->ctx, buf_str(&path), err);

	buf_clear(&path);
	return ok;
}

bool rekey_find(struct node *node, const char *passphrase, struct key **key, struct buf *pem,
	struct err *err)
{
	struct err why = { 0 };
	bool found;

	*key = NULL;
	if (!read_file(node, KEY_NEW_FILE, pem, &found, err)) {
		return false;
	}
	/* One that was never in force is nobody's: nothing is lost with it. */
	if (found && key_read(key, buf_as_view(pem), passphrase, &why) &&
		!device_id_equal(key_device(*key), node->device)) {
		key_free(*key);
		*key = NULL;
	}
	return why.code != ERR_NOMEM || err_nomem(err);
}

bool rekey_finish(struct node *node, struct view pem, struct err *err)
{
	struct buf there = { 0 };
	bool found, ok;

	/* Within the lock: two programs may come to this at once. */
	if (!node_begin(node, err)) {
		return false;
	}
	ok = read_file(node, KEY_NEW_FILE, &there, &found, err);
	if (ok && found && view_equal(buf_as_view(&there), pem)) {
		ok = write_secret(node, KEY_FILE, pem, err) && node_write_incarnation(node, err) &&
			remove_new(node, err);
	}
	buf_wipe(&there);
	if (!ok) {
		node_abort(node);
		return err_wrap(err, "finishing the change of keys");
	}
	return node_commit(node, err);
}

/* ---- what it was before --------------------------------------------- */

bool rekey_each_former(struct node *node,
	bool (*each)(void *ctx, struct device_id device, struct err *err), void *ctx,
	struct err *err)
{
	struct buf text = { 0 };
	struct cursor words;
	bool ok = true;

	if (node_get(node, "former", &text)) {
		words = cursor_of(text.data, text.len);
		while (ok && cursor_left(&words) != 0) {
			struct device_id device;

			ok = device_id_parse(&device, cursor_until(&words, ' '))
				? each(ctx, device, err)
				: err_set(err, ERR_STORE, "a damaged list of former devices");
		}
	}
	buf_clear(&text);
	return ok;
}

/* Add this device to the list. */
static bool remember_device(struct node *node, struct err *err)
{
	const size_t room = REKEY_MAX_FORMER * DEVICE_TEXT_BYTES;
	struct buf list = { 0 };
	char name[DEVICE_TEXT_BYTES];
	struct view text;
	bool ok;

	if (!node_get(node, "former", &list)) {
		buf_reset(&list);
	}
	device_id_print(name, node->device);
	buf_printf(&list, "%s ", name);
	text = buf_as_view(&list);
	if (text.len > room) {
		text.data += text.len - room;
		text.len = room;
	}
	ok = buf_ok(&list, err) && node_set(node, "former", text, err);
	buf_clear(&list);
	return ok;
}

/* Append the identities of before, a line each; nothing if they cannot be read. */
static void former_identities(struct node *node, const struct key *key, struct buf *out)
{
	struct buf text = { 0 }, sealed = { 0 };
	struct err ignored;

	if (node_get(node, "former_age", &text) && text.len != 0 &&
		base64_decode(&sealed, buf_as_view(&text), true) &&
		!age_open(out, key, buf_as_view(&sealed), FORMER_AGE_MAX_BYTES, &ignored)) {
		buf_reset(out);
	}
	buf_clear(&text);
	buf_clear(&sealed);
}

/* Those that ${old} could open and its own, sealed to ${fresh}.  ${old} NULL: it is lost. */
static bool remember_identity(
	struct node *node, const struct key *old, const struct key *fresh, struct err *err)
{
	struct buf plain = { 0 }, sealed = { 0 }, text = { 0 };
	char line[AGE_IDENTITY_TEXT_BYTES];
	struct age_recipient recipient;
	struct age_identity identity;
	struct view kept;
	bool ok = false;

	if (old != NULL) {
		former_identities(node, old, &plain);
		age_identity_of(&identity, old);
		age_identity_print(line, &identity);
		buf_printf(&plain, "%s\n", line);
		age_identity_wipe(&identity);
		crypto_wipe(line, sizeof(line));
	}
	kept = buf_as_view(&plain);
	if (kept.len > FORMER_AGE_MAX_BYTES) {
		kept.data += AGE_IDENTITY_TEXT_BYTES; /* the first line, its newline for the NUL */
		kept.len -= AGE_IDENTITY_TEXT_BYTES;
	}
	if (buf_ok(&plain, err) && age_recipient_of(&recipient, fresh, err) &&
		age_seal(&sealed, &recipient, 1, kept, node->env, err)) {
		base64_encode(&text, sealed.data, sealed.len, true);
		ok = buf_ok(&text, err) && node_set(node, "former_age", buf_as_view(&text), err);
	}
	buf_wipe(&plain);
	buf_clear(&sealed);
	buf_clear(&text);
	return ok;
}

bool node_open_sealed(struct node *node, struct buf *out, struct view sealed, size_t cap,
	struct err *err)
{
	struct buf lines = { 0 };
	struct cursor cursor;
	struct err why = { 0 };
	bool ok;

	ok = age_open(out, node->key, sealed, cap, &why);
	if (!ok && why.code == ERR_SEALED) {
		former_identities(node, node->key, &lines);
		cursor = cursor_of(lines.data, lines.len);
		while (!ok && why.code == ERR_SEALED && cursor_left(&cursor) != 0) {
			struct age_identity identity;
			struct err ignored;

			if (age_identity_parse(
				    &identity, cursor_until(&cursor, '\n'), &ignored)) {
				ok = age_open_as(out, &identity, sealed, cap, &why);
			}
			age_identity_wipe(&identity);
		}
		buf_wipe(&lines);
	}
	return ok || err_set(err, why.code, "%s", why.detail);
}

bool rekey_waits(struct node *node, struct buf *out)
{
	struct buf text = { 0 };
	struct device self;
	bool waits;

	waits = node_get(node, "rotation", &text) && text.len != 0 &&
		!node_find_device(node, node->device, &self);
	if (waits && out != NULL) {
		buf_view(out, buf_as_view(&text));
	}
	buf_clear(&text);
	return waits;
}

/* ---- a key that is not taken any more -------------------------------- */

bool rekey_shut_out(struct node *node)
{
	const struct trusted *self = device_trusted(node, node->device);
	struct buf text = { 0 };
	bool noted = node_get(node, SHUT_OUT, &text) && text.len != 0;

	buf_clear(&text);
	return noted || (self != NULL && self->device.revoked);
}

bool rekey_shut_out_set(struct node *node, bool shut_out, struct err *err)
{
	return rekey_shut_out(node) == shut_out ||
		node_set(node, SHUT_OUT, view_of(shut_out ? "1" : ""), err);
}

/* ---- drafts of a key that is lost ----------------------------------- */

/* They are this device's now: with their clocks, and what they had seen at their old places. */
static bool drafts_issue(struct reissue *reissue, struct err *err)
{
	if (!reissue_unmerge(reissue, err) || !reissue_write(reissue, err)) {
		return false;
	}
	if (reissue->left != 0) {
		return err_set(err, ERR_MODEL,
			ERR_BOTH("有 %llu 行未签署的改动无法改用新密钥",
				"%llu unsigned changes cannot be issued under a new key"),
			(unsigned long long)reissue->left, (unsigned long long)reissue->left);
	}
	return true;
}

/* ---- the moment ------------------------------------------------------ */

/* A key on its way into force. */
struct fresh {
	struct key *key;
	struct buf pem;
};

static void fresh_clear(struct fresh *fresh)
{
	key_free(fresh->key);
	buf_wipe(&fresh->pem);
}

static bool fresh_make(
	struct fresh *fresh, struct node *node, const char *passphrase, struct err *err)
{
	return key_generate(&fresh->key, node->env, err) &&
		key_write(&fresh->pem, fresh->key, passphrase, node->env, err);
}

/* From here on, within the transaction, the node is the new device. */
static bool become(struct node *node, const struct fresh *fresh, struct view request,
	struct err *err)
{
	char name[DEVICE_TEXT_BYTES];

	if (!remember_device(node, err) ||
		!remember_identity(node, node->key, fresh->key, err)) {
		return false;
	}
	node->device = key_device(fresh->key);
	node->incarnation = 1;
	node->next_record = 1;
	node->facts_changed = true;
	device_id_print(name, node->device);
	return node_set(node, "device", view_of(name), err) &&
		node_set(node, "rotation", request, err) &&
		fact_set_int(node, "next_record", 1, err) &&
		fact_set_int(node, INCARNATION_SINCE, node->env->now_ms(node->env->ctx), err) &&
		fact_set_int(node, "incarnation", 1, err);
}

/* Whose home it was, to put back where the transaction is undone. */
struct self {
	struct device_id device;
	uint32_t incarnation;
	int64_t next_record;
};

static struct self self_of(const struct node *node)
{
	return (struct self){ node->device, node->incarnation, node->next_record };
}

static void self_restore(struct node *node, const struct self *self)
{
	node->device = self->device;
	node->incarnation = self->incarnation;
	node->next_record = self->next_record;
	node->cached = false;
}

/* Its key is in force now: the rest of the files. */
static bool take_over(struct node *node, struct fresh *fresh, struct err *err)
{
	key_free(node->key);
	node->key = fresh->key;
	fresh->key = NULL;
	return rekey_finish(node, buf_as_view(&fresh->pem), err);
}

static bool has_drafts(struct node *node, bool *has, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT 1 FROM draft");
	bool ok = stmt_step(stmt, has, err);

	stmt_reset(stmt);
	return ok;
}

/* Begin with every draft signed.  Another program may capture one in between. */
static bool begin_signed(struct node *node, struct err *err)
{
	struct tally packed;
	bool has = false;
	int tries;

	for (tries = 0; tries < SWITCH_MAX_TRIES; tries++) {
		if (!outbox_pack(node, &packed, err) || !node_begin(node, err)) {
			return false;
		}
		if (!outbox_waits(node)) {
			if (has_drafts(node, &has, err) && !has) {
				return true;
			}
			node_abort(node);
			return has &&
				err_set(err, ERR_FORK,
					ERR_BOTH("恢复以前的改动尚未签署,请先交换一次",
						"changes of before a restore are not signed yet; "
						"exchange first"));
		}
		node_abort(node);
	}
	return err_set(err, ERR_BUSY, "another program goes on writing");
}

bool rekey_switch(struct node *node, const char *passphrase, rekey_request_writer *write_request,
	void *ctx, struct err *err)
{
	struct self self;
	struct fresh fresh = { NULL, { 0 } };
	struct buf request = { 0 };
	bool ok = false;

	if (node->district || !node_enrolled(node)) {
		return err_set(err, ERR_SCOPE,
			node->district ? ERR_BOTH("区的建区密钥不能更换",
						 "a district's founding key cannot be replaced") :
					 ERR_BOTH("本机尚未登记,或已被吊销",
						 "this device is not enrolled, or was revoked"));
	}
	if (!fresh_make(&fresh, node, passphrase, err) || !begin_signed(node, err)) {
		goto out;
	}
	self = self_of(node);
	if (!write_request(ctx, node->key, fresh.key, &request, err) || !buf_ok(&request, err) ||
		!write_secret(node, KEY_NEW_FILE, buf_as_view(&fresh.pem), err) ||
		!become(node, &fresh, buf_as_view(&request), err)) {
		node_abort(node);
		self_restore(node, &self);
		goto out;
	}
	if (!node_commit(node, err)) {
		self_restore(node, &self);
		goto out;
	}
	ok = take_over(node, &fresh, err);
out:
	fresh_clear(&fresh);
	buf_clear(&request);
	return ok;
}

/* ---- a lost key ------------------------------------------------------ */

static bool check_home(struct node *node, const struct federation *federation,
	const char *community, const char *passphrase, struct err *err)
{
	struct buf pem = { 0 };
	struct key *key = NULL;
	struct err why = { 0 };
	bool found, usable;

	if (node->district) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("区服务器的密钥不能这样更换", "not for a district's home"));
	}
	if (memcmp(node->federation.key, federation->key, NODE_PUBLIC_KEY_BYTES) != 0 ||
		strcmp(node->community, community) != 0) {
		return err_set(err, ERR_INVITATION,
			ERR_BOTH("这里的记录属于", "the records here are those of") " %s",
			node->community);
	}
	if (!read_file(node, KEY_FILE, &pem, &found, err)) {
		return false;
	}
	usable = found && key_read(&key, buf_as_view(&pem), passphrase, &why) &&
		device_id_equal(key_device(key), node->device);
	key_free(key);
	buf_wipe(&pem);
	if (usable && !rekey_shut_out(node)) {
		return err_set(err, ERR_EXISTS,
			ERR_BOTH("密钥还在,可用 linli key rotate 更换",
				"the key is here: linli key rotate replaces it"));
	}
	return device_trusted(node, node->device) != NULL ||
		err_set(err, ERR_UNKNOWN_DEVICE,
			ERR_BOTH("本机从未登记过", "it never was enrolled"));
}

/* A file that cannot be opened now may be remembered how to open later. */
static bool keep_lost(struct node *node, struct err *err)
{
	struct buf pem = { 0 };
	bool found, ok;

	ok = read_file(node, KEY_FILE, &pem, &found, err) &&
		(!found || write_secret(node, LOST_FILE, buf_as_view(&pem), err));
	buf_wipe(&pem);
	return ok;
}

/* Within the transaction: the new key, and the drafts under it. */
static bool go_over(struct node *node, const struct fresh *fresh, struct err *err)
{
	struct reissue reissue = { .node = node, .given_up = rekey_shut_out(node),
		.maker = node->device, .maker_incarnation = node->incarnation };
	struct buf cuts = { 0 };
	bool ok;

	/* What they had seen is written down where it was not yet: incarnation_next(). */
	ok = keep_lost(node, err) &&
		write_secret(node, KEY_NEW_FILE, buf_as_view(&fresh->pem), err) &&
		branch_recall(&reissue, reissue.maker, reissue.given_up, &cuts, err) &&
		incarnation_next(node, node->incarnation, err) &&
		become(node, fresh, VIEW_LITERAL(""), err) && drafts_issue(&reissue, err) &&
		branch_let_go(node, &cuts, err) && rekey_shut_out_set(node, false, err);
	reissue_clear(&reissue);
	buf_clear(&cuts);
	return ok;
}

bool rekey_lost(struct node **out, const struct node_options *options,
	const struct federation *federation, const char *community, struct err *err)
{
	struct fresh fresh = { NULL, { 0 } };
	struct node *node = NULL;

	*out = NULL;
	if (!node_open_keyless(&node, options, err) ||
		!check_home(node, federation, community, options->passphrase, err) ||
		!fresh_make(&fresh, node, options->passphrase, err) || !node_begin(node, err)) {
		goto out;
	}
	if (!go_over(node, &fresh, err)) {
		node_abort(node);
		goto out;
	}
	if (!node_commit(node, err) || !take_over(node, &fresh, err)) {
		goto out;
	}
	*out = node;
	node = NULL;
out:
	fresh_clear(&fresh);
	node_close(node);
	return *out != NULL;
}

/* ---- another passphrase ---------------------------------------------- */

bool rekey_passphrase(struct node *node, const char *passphrase, struct err *err)
{
	struct buf pem = { 0 };
	bool ok = false;

	/* Under the lock, so that no other program changes keys meanwhile. */
	if (!key_write(&pem, node->key, passphrase, node->env, err) || !node_begin(node, err)) {
		goto out;
	}
	if (!write_secret(node, KEY_FILE, buf_as_view(&pem), err)) {
		node_abort(node);
		goto out;
	}
	ok = node_commit(node, err);
out:
	buf_wipe(&pem);
	return ok;
}
