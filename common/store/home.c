/*
 * home.c -- making, opening and closing the folder of a node; see linli/node.h.
 *
 * A folder is made in this order: an empty store, then, while that is locked,
 * the key and all that is in the store at first, then the incarnation file.
 * What was interrupted before the store was filled is begun anew.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "functions.h"
#include "linli/chains.h"
#include "linli/forks.h"
#include "erasing.h"
#include "node_private.h"
#include "move_private.h"

#define KEY_MAX_BYTES 65536

static struct node *node_new(const struct node_options *options, struct err *err)
{
	struct node *node = calloc(1, sizeof(*node));

	if (node == NULL || (node->home = strdup(options->home)) == NULL) {
		free(node);
		err_nomem(err);
		return NULL;
	}
	node->env = options->env;
	return node;
}

void node_close(struct node *node)
{
	size_t i;

	if (node == NULL) {
		return;
	}
	schema_forget(node);
	model_free(node->model);
	for (i = 0; i < node->retired_count; i++) {
		model_free(node->retired[i]);
	}
	free(node->retired);
	devices_forget(node);
	policies_forget(node);
	moves_forget(node);
	key_free(node->key);
	db_close(node->db);
	arena_clear(&node->arena);
	buf_clear(&node->scratch);
	buf_clear(&node->blob);
	buf_clear(&node->verdicts);
	buf_clear(&node->receipts);
	free(node->chains);
	free(node->chain_order);
	free(node->touches);
	free(node->home);
	free(node);
}

bool home_path(const struct node *node, const char *name, struct buf *path, struct err *err)
{
	buf_reset(path);
	buf_printf(path, "%s/%s", node->home, name);
	return buf_ok(path, err);
}

static bool open_db(struct node *node, bool create, struct err *err)
{
	struct buf path = { 0 };
	bool ok = home_path(node, "store.db", &path, err) &&
		db_open(&node->db, buf_str(&path), create, err) &&
		functions_register(node->db, err);

	buf_clear(&path);
	return ok;
}

static bool open_key(struct node *node, const char *passphrase, struct err *err)
{
	struct buf path = { 0 }, pem = { 0 };
	bool ok = home_path(node, KEY_FILE, &path, err) &&
		node->env->read_file(node->env->ctx, &pem, buf_str(&path), KEY_MAX_BYTES, err) &&
		key_read(&node->key, buf_as_view(&pem), passphrase, err);

	if (!ok && err != NULL && err->code == ERR_NOT_FOUND) {
		err_set(err, ERR_KEY,
			ERR_BOTH("密钥文件 device.key 不见了", "the key file device.key is gone"));
	} else if (!ok) {
		err_wrap(err, KEY_FILE);
	}
	buf_wipe(&pem);
	buf_clear(&path);
	return ok;
}

static bool make_key(struct node *node, const char *passphrase, struct err *err)
{
	struct buf path = { 0 }, pem = { 0 };
	bool ok = key_generate(&node->key, node->env, err) &&
		key_write(&pem, node->key, passphrase, node->env, err) &&
		home_path(node, KEY_FILE, &path, err) &&
		node->env->write_file(node->env->ctx, buf_str(&path), buf_as_view(&pem), true, err);

	buf_wipe(&pem);
	buf_clear(&path);
	return ok;
}

/* Is there a file ${name} in the home? */
static bool has_file(struct node *node, const char *name, bool *has, struct err *err)
{
	struct buf path = { 0 }, data = { 0 };
	struct err absent = { 0 };
	bool ok = home_path(node, name, &path, err);

	if (ok) {
		*has = node->env->read_file(node->env->ctx, &data, buf_str(&path), KEY_MAX_BYTES,
			       &absent) ||
			absent.code != ERR_NOT_FOUND;
	}
	buf_wipe(&data);
	buf_clear(&path);
	return ok;
}

static bool in_use(const struct node *node, struct err *err)
{
	return err_set(err, ERR_EXISTS,
		ERR_BOTH("文件夹里已有密钥", "the folder holds a key already") ": %s", node->home);
}

/*
 * Make the folder and open the store in it, which begin_store() still has to
 * find empty.  A key that has no store beside it belongs to a lost one.
 */
static bool make_home(struct node *node, struct err *err)
{
	bool key, incarnation;
	struct err why = { 0 };

	if (!node->env->make_dir(node->env->ctx, node->home, err) ||
		!has_file(node, KEY_FILE, &key, err) ||
		!has_file(node, INCARNATION_FILE, &incarnation, err)) {
		return false;
	}
	if (incarnation) {
		return in_use(node, err);
	}
	if (open_db(node, !key, &why)) {
		return true;
	}
	return why.code == ERR_NOT_FOUND ? in_use(node, err) :
					   err_set(err, why.code, "%s", why.detail);
}

/* Lock the store and make its key, unless somebody has filled it already. */
static bool begin_store(struct node *node, const char *passphrase, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT count(*) FROM sqlite_master");
	int64_t tables = 0;
	bool row;

	if (!db_begin(node->db, err)) {
		return false;
	}
	node->depth = 1;
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	tables = row ? stmt_get_int(stmt, 0) : 0;
	stmt_reset(stmt);
	return tables == 0 ? make_key(node, passphrase, err) : in_use(node, err);
}

/* Copy a fact's text into ${out} of ${room} bytes, "" if there is none. */
static void fact_copy(struct node *node, const char *name, char *out, size_t room)
{
	struct buf text = { 0 };

	out[0] = '\0';
	if (node_get(node, name, &text) && text.len < room) {
		memcpy(out, buf_str(&text), text.len + 1);
	}
	buf_clear(&text);
}

/* Write what node_open() reads. */
static bool write_facts(struct node *node, struct err *err)
{
	char hex[2 * NODE_PUBLIC_KEY_BYTES + 1], device[DEVICE_TEXT_BYTES];
	const struct federation *federation = &node->federation;

	hex_encode(hex, federation->key, NODE_PUBLIC_KEY_BYTES);
	device_id_print(device, node->device);
	return node_set(node, "role", view_of(node->district ? "district" : "community"), err) &&
		node_set(node, "device", view_of(device), err) &&
		node_set(node, "community", view_of(node->community), err) &&
		node_set(node, "name", view_of(node->name), err) &&
		node_set(node, "federation_key", view_of(hex), err) &&
		node_set(node, "federation_name", view_of(federation->name), err) &&
		node_set(node, "federation_url", view_of(federation->url), err) &&
		node_set(node, "federation_age", view_of(federation->age_recipient), err) &&
		fact_set_int(node, "incarnation", node->incarnation, err);
}

static bool read_facts(struct node *node, struct err *err)
{
	char hex[2 * NODE_PUBLIC_KEY_BYTES + 1], role[16], device[DEVICE_TEXT_BYTES];
	struct federation *federation = &node->federation;
	int64_t incarnation = 0;

	fact_copy(node, "role", role, sizeof(role));
	fact_copy(node, "device", device, sizeof(device));
	fact_copy(node, "community", node->community, sizeof(node->community));
	fact_copy(node, "name", node->name, sizeof(node->name));
	fact_copy(node, "federation_key", hex, sizeof(hex));
	fact_copy(node, "federation_name", federation->name, sizeof(federation->name));
	fact_copy(node, "federation_url", federation->url, sizeof(federation->url));
	fact_copy(node, "federation_age", federation->age_recipient,
		sizeof(federation->age_recipient));
	if (role[0] == '\0') {
		return err_set(err, ERR_NOT_INITIALISED, "the store in %s is empty", node->home);
	}
	if (!fact_int(node, "incarnation", &incarnation) || incarnation < 1 ||
		incarnation > UINT32_MAX || !device_id_parse(&node->device, view_of(device)) ||
		!hex_decode(federation->key, NODE_PUBLIC_KEY_BYTES, view_of(hex))) {
		return err_set(err, ERR_STORE, "the store's facts are damaged");
	}
	node->district = strcmp(role, "district") == 0;
	forks_allow_as_ever(node);
	node->incarnation = (uint32_t)incarnation;
	node->federation_id = public_key_device(federation->key);
	return true;
}

/* Tables, facts and, of a district, the first trust records: one transaction. */
static bool fill_store(struct node *node, const char *passphrase, struct err *err)
{
	node->incarnation = 1;
	node->next_record = 1;
	if (!begin_store(node, passphrase, err)) {
		goto fail;
	}
	node->device = key_device(node->key);
	if (node->district) {
		memcpy(node->federation.key, key_public(node->key), NODE_PUBLIC_KEY_BYTES);
		if (!node_age_recipient(node, node->federation.age_recipient, err)) {
			goto fail;
		}
	}
	node->federation_id = public_key_device(node->federation.key);
	if (!schema_create(node->db, err) || !write_facts(node, err) ||
		!model_store(node, err) || !schema_apply_model(node, err) ||
		!node_refresh(node, err) || (node->district && !trust_found(node, err))) {
		goto fail;
	}
	return node_commit(node, err);
fail:
	if (node->depth > 0) {
		node_abort(node);
	}
	return false;
}

/* The end of making a node whose names and model are set. */
static bool make_node(struct node *node, const char *passphrase, struct err *err)
{
	struct tally packed;

	return make_home(node, err) && fill_store(node, passphrase, err) &&
		node_write_incarnation(node, err) && outbox_pack(node, &packed, err);
}

static bool copy_text(char *to, size_t room, const char *from, const char *what, struct err *err)
{
	size_t len = strlen(from);

	if (len == 0 || len >= room) {
		return err_set(err, ERR_VALUE, "%s must have 1 to %zu bytes", what, room - 1);
	}
	memcpy(to, from, len + 1);
	return true;
}

bool node_join(struct node **out, const struct node_options *options,
	const struct federation *federation, const char *community, const char *name,
	struct err *err)
{
	struct node *node = node_new(options, err);

	*out = NULL;
	if (node == NULL) {
		return false;
	}
	node->federation = *federation;
	if (!slug_valid(view_of(community)) || strcmp(community, DISTRICT_SLUG) == 0) {
		err_set(err, ERR_VALUE,
			ERR_BOTH("不是社区编号", "no id of a community") ": %s", community);
		goto out;
	}
	if (!copy_text(node->community, sizeof(node->community), community, "community", err) ||
		!copy_text(node->name, sizeof(node->name), name, "name", err) ||
		!model_parse(&node->model, model_builtin(), err) ||
		!make_node(node, options->passphrase, err)) {
		goto out;
	}
	*out = node;
	node = NULL;
out:
	node_close(node);
	return *out != NULL;
}

/* Has anything been recorded, received or signed here? */
static bool has_bundles(struct node *node, bool *has, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT 1 FROM chain");
	bool ok = stmt_step(stmt, has, err);

	stmt_reset(stmt);
	return ok;
}

bool node_reassign(struct node *node, const struct federation *federation,
	const char *community, const char *name, struct err *err)
{
	bool used;

	if (!node_begin(node, err)) {
		return false;
	}
	if (!has_bundles(node, &used, err)) {
		goto fail;
	}
	if (used || node->district || node_enrolled(node)) {
		err_set(err, ERR_EXISTS, ERR_BOTH("里面已有记录", "there are records"));
		goto fail;
	}
	node->federation = *federation;
	node->federation_id = public_key_device(federation->key);
	if (!copy_text(node->community, sizeof(node->community), community, "community", err) ||
		!copy_text(node->name, sizeof(node->name), name, "name", err) ||
		!write_facts(node, err)) {
		goto fail;
	}
	return node_commit(node, err);
fail:
	node_abort(node);
	return false;
}

bool node_found(struct node **out, const struct node_options *options, const char *name,
	struct view model, struct err *err)
{
	struct node *node = node_new(options, err);

	*out = NULL;
	if (node == NULL) {
		return false;
	}
	node->district = true;
	forks_allow_as_ever(node);
	if (!copy_text(node->community, sizeof(node->community), DISTRICT_SLUG, "community", err) ||
		!copy_text(node->name, sizeof(node->name), name, "name", err) ||
		!copy_text(node->federation.name, sizeof(node->federation.name), name, "name", err) ||
		!model_parse(&node->model, model.data != NULL ? model : model_builtin(), err) ||
		!make_node(node, options->passphrase, err)) {
		goto out;
	}
	*out = node;
	node = NULL;
out:
	node_close(node);
	return *out != NULL;
}

/* The store that is there, and its facts. */
static bool open_store(struct node *node, struct err *err)
{
	if (!open_db(node, false, err)) {
		if (err != NULL && err->code == ERR_NOT_FOUND) {
			err->code = ERR_NOT_INITIALISED;
		}
		return false;
	}
	return read_facts(node, err);
}

/* The key in force; one that has come into force unfinished is put in place. */
static bool settle_key(struct node *node, const char *passphrase, struct err *err)
{
	struct buf pem = { 0 };
	bool ok = rekey_find(node, passphrase, &node->key, &pem, err);

	if (ok && node->key != NULL) {
		ok = node_refresh(node, err) && rekey_finish(node, buf_as_view(&pem), err);
	} else if (ok) {
		ok = open_key(node, passphrase, err);
	}
	buf_wipe(&pem);
	if (ok && !device_id_equal(key_device(node->key), node->device)) {
		ok = err_set(err, ERR_KEY,
			ERR_BOTH("device.key 不是这个记录库的密钥",
				"device.key is not the key of this store"));
	}
	return ok;
}

bool node_open(struct node **out, const struct node_options *options, struct err *err)
{
	struct node *node = node_new(options, err);
	struct err later;

	*out = NULL;
	if (node == NULL) {
		return false;
	}
	if (!open_store(node, err) || !settle_key(node, options->passphrase, err) ||
		!node_refresh(node, err) || !incarnation_settle(node, err)) {
		goto out;
	}
#ifdef LINLI_PLANT_DRAFTS_DROPPED
	if (!db_exec(node->db, "DELETE FROM draft", err)) {
		goto out;
	}
#endif
	/* Nothing is signed here: it may be an older copy that does not know it yet. */
	if (!node->district && !erase_settle(node, &later)) {
		node->cached = false; /* what was interrupted goes on at another time */
	}
	*out = node;
	node = NULL;
out:
	node_close(node);
	return *out != NULL;
}

bool node_open_keyless(struct node **out, const struct node_options *options, struct err *err)
{
	struct node *node = node_new(options, err);

	*out = NULL;
	if (node == NULL) {
		return false;
	}
	if (open_store(node, err) && node_refresh(node, err)) {
		*out = node;
		return true;
	}
	node_close(node);
	return false;
}

/* Tables and facts of a store that begins with no record at all. */
static bool fill_scratch(struct node *node, struct err *err)
{
	if (!db_begin(node->db, err)) {
		return false;
	}
	node->depth = 1;
	if (schema_create(node->db, err) && write_facts(node, err) && model_store(node, err) &&
		schema_apply_model(node, err) && node_refresh(node, err)) {
		return node_commit(node, err);
	}
	node_abort(node);
	return false;
}

bool node_open_scratch(struct node **out, const struct node *like, const struct env *env,
	struct err *err)
{
	const struct node_options options = { .env = env, .home = like->home };
	struct node *node = node_new(&options, err);

	*out = NULL;
	if (node == NULL) {
		return false;
	}
	node->district = like->district;
	node->incarnation = 1;
	node->next_record = 1;
	node->federation = like->federation;
	node->federation_id = like->federation_id;
	memcpy(node->community, like->community, sizeof(node->community));
	memcpy(node->name, like->name, sizeof(node->name));
	if (db_open_scratch(&node->db, err) && functions_register(node->db, err) &&
		model_parse(&node->model, model_builtin(), err) && fill_scratch(node, err)) {
		*out = node;
		return true;
	}
	node_close(node);
	return false;
}

bool node_backup(struct node *node, const char *path, struct err *err)
{
	return db_backup(node->db, path, err);
}
