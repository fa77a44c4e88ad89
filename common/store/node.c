/* node.c -- opening and closing a node, its facts and transactions; see linli/node.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "functions.h"
#include "linli/civil.h"
#include "node_private.h"

#define KEY_MAX_BYTES 65536
#define CLOCK_AHEAD_MAX_US (24LL * 3600 * 1000 * 1000)
#define TOUCH_LOOK_BACK 8

struct db *node_db(struct node *node)
{
	return node->db;
}

const struct env *node_env(const struct node *node)
{
	return node->env;
}

const struct model *node_model(const struct node *node)
{
	return node->model;
}

const char *node_home(const struct node *node)
{
	return node->home;
}

bool node_is_district(const struct node *node)
{
	return node->district;
}

struct device_id node_device(const struct node *node)
{
	return node->device;
}

uint32_t node_incarnation(const struct node *node)
{
	return node->incarnation;
}

const char *node_community(const struct node *node)
{
	return node->community;
}

const char *node_name(const struct node *node)
{
	return node->name;
}

const struct federation *node_federation(const struct node *node)
{
	return &node->federation;
}

struct device_id node_federation_id(const struct node *node)
{
	return node->federation_id;
}

const struct key *node_key(const struct node *node)
{
	return node->key;
}

void node_public_key(const struct node *node, uint8_t out[NODE_PUBLIC_KEY_BYTES])
{
	memcpy(out, key_public(node->key), NODE_PUBLIC_KEY_BYTES);
}

/* ---- facts -------------------------------------------------------- */

bool node_get(struct node *node, const char *name, struct buf *out)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT value FROM fact WHERE name = :name");
	struct err ignored;
	bool row;

	stmt_text(stmt, ":name", view_of(name));
	if (!stmt_step(stmt, &row, &ignored) || !row) {
		return false;
	}
	buf_view(out, stmt_get_text(stmt, 0));
	stmt_reset(stmt);
	return true;
}

bool node_set(struct node *node, const char *name, struct view value, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO fact (name, value) VALUES (:name, :value) "
		"ON CONFLICT (name) DO UPDATE SET value = excluded.value");

	stmt_text(stmt, ":name", view_of(name));
	stmt_text(stmt, ":value", value);
	return stmt_run(stmt, err);
}

bool fact_int(struct node *node, const char *name, int64_t *out)
{
	struct buf text = { 0 };
	bool ok = node_get(node, name, &text) && int64_parse(out, buf_as_view(&text));

	buf_clear(&text);
	return ok;
}

bool fact_set_int(struct node *node, const char *name, int64_t value, struct err *err)
{
	struct buf text = { 0 };
	bool ok;

	buf_printf(&text, "%" PRId64, value);
	ok = buf_ok(&text, err) && node_set(node, name, buf_as_view(&text), err);
	buf_clear(&text);
	return ok;
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

/* ---- transactions ------------------------------------------------- */

bool node_refresh(struct node *node, struct err *err)
{
	int64_t version = db_version(node->db), incarnation;

	if (node->cached && version == node->db_version) {
		return true;
	}
	node->clock = 0;
	node->next_record = 1;
	if (fact_int(node, "incarnation", &incarnation)) {
		node->incarnation = (uint32_t)incarnation;
	}
	fact_int(node, "clock", &node->clock);
	fact_int(node, "next_record", &node->next_record);
	if (!model_switch_refresh(node, err) || !chain_load_all(node, err) ||
		!devices_load(node, err)) {
		return false;
	}
	node->db_version = version;
	node->cached = true;
	return true;
}

/* After a part was undone, what is in memory must be read again. */
static void forget(struct node *node)
{
	int64_t clock = node->clock, next_record = node->next_record;
	struct err ignored;

	node->cached = false;
	node->trust_changed = node->model_came = false;
	if (node_refresh(node, &ignored)) {
		/* Numbers that were used once are not used again. */
		node->clock = clock > node->clock ? clock : node->clock;
		node->next_record = next_record > node->next_record ? next_record :
								      node->next_record;
	}
}

bool node_begin(struct node *node, struct err *err)
{
	if (node->depth > 0) {
		if (!db_savepoint(node->db, err)) {
			return false;
		}
		node->depth++;
		return true;
	}
	if (!db_begin(node->db, err)) {
		return false;
	}
	if (!node_refresh(node, err)) {
		db_rollback(node->db);
		return false;
	}
	node->depth = 1;
	node->facts_changed = false;
	node->model_came = node->trust_changed = false;
	node->touch_count = 0;
	return true;
}

void node_abort(struct node *node)
{
	if (--node->depth > 0) {
		db_rollback_to_savepoint(node->db);
		forget(node);
		return;
	}
	db_rollback(node->db);
	node->cached = false;
}

bool node_touch(struct node *node, const char *entity, const char *community, struct err *err)
{
	struct touch *touches;
	size_t i, room;

	for (i = node->touch_count; i > 0 && node->touch_count - i < TOUCH_LOOK_BACK; i--) {
		if (strcmp(node->touches[i - 1].entity, entity) == 0 &&
			strcmp(node->touches[i - 1].community, community) == 0) {
			return true;
		}
	}
	if (node->touch_count == node->touch_room) {
		room = node->touch_room == 0 ? 64 : node->touch_room * 2;
		touches = realloc(node->touches, room * sizeof(*touches));
		if (touches == NULL) {
			return err_nomem(err);
		}
		node->touches = touches;
		node->touch_room = room;
	}
	memcpy(node->touches[node->touch_count].entity, entity, strlen(entity) + 1);
	memcpy(node->touches[node->touch_count].community, community, strlen(community) + 1);
	node->touch_count++;
	return true;
}

/* Number this transaction and note what it has touched. */
static bool write_touches(struct node *node, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO touched (entity, community, version) "
		"VALUES (:entity, :community, :version) "
		"ON CONFLICT (entity, community) DO UPDATE SET version = excluded.version");
	int64_t version = 0;
	size_t i;

	if (node->touch_count == 0) {
		return true;
	}
	fact_int(node, "version", &version);
	version++;
	for (i = 0; i < node->touch_count; i++) {
		stmt_text(stmt, ":entity", view_of(node->touches[i].entity));
		stmt_text(stmt, ":community", view_of(node->touches[i].community));
		stmt_int(stmt, ":version", version);
		if (!stmt_run(stmt, err)) {
			return false;
		}
	}
	return fact_set_int(node, "version", version, err);
}

bool node_commit(struct node *node, struct err *err)
{
	if (node->depth > 1) {
		if (!db_release(node->db, err)) {
			node_abort(node);
			return false;
		}
		node->depth--;
		return true;
	}
	if (node->facts_changed && (!fact_set_int(node, "clock", node->clock, err) ||
					   !fact_set_int(node, "next_record", node->next_record, err))) {
		goto fail;
	}
	if (!write_touches(node, err)) {
		goto fail;
	}
	node->depth = 0;
	if (!db_commit(node->db, err)) {
		node->cached = false;
		return false;
	}
	return true;
fail:
	node_abort(node);
	return false;
}

bool node_transaction(struct node *node, bool (*body)(void *ctx, struct err *err), void *ctx,
	bool dry_run, struct err *err)
{
	if (!node_begin(node, err)) {
		return false;
	}
	if (!body(ctx, err)) {
		node_abort(node);
		return false;
	}
	if (dry_run) {
		node_abort(node);
		return true;
	}
	return node_commit(node, err);
}

/* ---- opening ------------------------------------------------------ */

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
	key_free(node->key);
	db_close(node->db);
	arena_clear(&node->arena);
	buf_clear(&node->scratch);
	buf_clear(&node->blob);
	free(node->chains);
	free(node->touches);
	free(node->home);
	free(node);
}

static bool home_path(const struct node *node, const char *name, struct buf *path,
	struct err *err)
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
	bool ok = home_path(node, "device.key", &path, err) &&
		node->env->read_file(node->env->ctx, &pem, buf_str(&path), KEY_MAX_BYTES, err) &&
		key_read(&node->key, buf_as_view(&pem), passphrase, err);

	if (!ok) {
		err_wrap(err, "device.key");
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
		home_path(node, "device.key", &path, err) &&
		node->env->write_file(node->env->ctx, buf_str(&path), buf_as_view(&pem), true, err);

	buf_wipe(&pem);
	buf_clear(&path);
	return ok;
}

/* Make the folder, the key and an empty store; ERR_EXISTS if there is one. */
static bool make_home(struct node *node, const char *passphrase, struct err *err)
{
	const struct env *env = node->env;
	struct buf path = { 0 }, old = { 0 };
	struct err absent = { 0 };
	bool ok = false;

	if (!env->make_dir(env->ctx, node->home, err) ||
		!home_path(node, "device.key", &path, err)) {
		goto out;
	}
	if (env->read_file(env->ctx, &old, buf_str(&path), KEY_MAX_BYTES, &absent) ||
		absent.code != ERR_NOT_FOUND) {
		err_set(err, ERR_EXISTS,
			ERR_BOTH("文件夹里已有密钥", "the folder holds a key already") ": %s",
			node->home);
		goto out;
	}
	ok = open_db(node, true, err) && make_key(node, passphrase, err);
out:
	buf_wipe(&old);
	buf_clear(&path);
	return ok;
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
	node->incarnation = (uint32_t)incarnation;
	node->federation_id = public_key_device(federation->key);
	return true;
}

/* The end of making a node: facts and tables, in one transaction. */
static bool fill_store(struct node *node, struct err *err)
{
	node->device = key_device(node->key);
	node->incarnation = 1;
	node->next_record = 1;
	if (!db_begin(node->db, err)) {
		return false;
	}
	if (!schema_create(node->db, err) || !write_facts(node, err) ||
		!model_store(node, err) || !schema_apply_model(node, err)) {
		db_rollback(node->db);
		return false;
	}
	return db_commit(node->db, err) && node_refresh(node, err);
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
	node->federation_id = public_key_device(federation->key);
	if (!slug_valid(view_of(community)) || strcmp(community, DISTRICT_SLUG) == 0) {
		err_set(err, ERR_VALUE,
			ERR_BOTH("不是社区编号", "no id of a community") ": %s", community);
		goto out;
	}
	if (!copy_text(node->community, sizeof(node->community), community, "community", err) ||
		!copy_text(node->name, sizeof(node->name), name, "name", err) ||
		!model_parse(&node->model, model_builtin(), err) ||
		!make_home(node, options->passphrase, err) || !fill_store(node, err) ||
		!node_write_incarnation(node, err)) {
		goto out;
	}
	*out = node;
	node = NULL;
out:
	node_close(node);
	return *out != NULL;
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
	if (!copy_text(node->community, sizeof(node->community), DISTRICT_SLUG, "community", err) ||
		!copy_text(node->name, sizeof(node->name), name, "name", err) ||
		!copy_text(node->federation.name, sizeof(node->federation.name), name, "name", err) ||
		!model_parse(&node->model, model.data != NULL ? model : model_builtin(), err) ||
		!make_home(node, options->passphrase, err)) {
		goto out;
	}
	memcpy(node->federation.key, key_public(node->key), NODE_PUBLIC_KEY_BYTES);
	node->federation_id = key_device(node->key);
	if (!node_age_recipient(node, node->federation.age_recipient, err) || !fill_store(node, err) || !trust_found(node, err) ||
		!node_write_incarnation(node, err)) {
		goto out;
	}
	*out = node;
	node = NULL;
out:
	node_close(node);
	return *out != NULL;
}

bool node_open(struct node **out, const struct node_options *options, struct err *err)
{
	struct node *node = node_new(options, err);

	*out = NULL;
	if (node == NULL) {
		return false;
	}
	if (!open_db(node, false, err)) {
		if (err != NULL && err->code == ERR_NOT_FOUND) {
			err->code = ERR_NOT_INITIALISED;
		}
		goto out;
	}
	if (!read_facts(node, err) || !open_key(node, options->passphrase, err)) {
		goto out;
	}
	if (!device_id_equal(key_device(node->key), node->device)) {
		err_set(err, ERR_KEY,
			ERR_BOTH("device.key 不是这个记录库的密钥",
				"device.key is not the key of this store"));
		goto out;
	}
	if (!node_refresh(node, err) || !incarnation_settle(node, err)) {
		goto out;
	}
	*out = node;
	node = NULL;
out:
	node_close(node);
	return *out != NULL;
}

bool node_backup(struct node *node, const char *path, struct err *err)
{
	return db_backup(node->db, path, err);
}

/* ---- clock -------------------------------------------------------- */

bool node_clock_sound(struct node *node, struct err *err)
{
	/* No program runs before it was written. */
	static const int64_t released_ms = 1790000000000; /* 2026-09-21 */
	int64_t now_ms = node->env->now_ms(node->env->ctx);
	char now[17], last[17];

	civil_time_at(now, now_ms);
	if (!node_refresh(node, err)) {
		return false;
	}
	if (now_ms < released_ms) {
		return err_set(err, ERR_CLOCK, ERR_BOTH("早于本程序的发布日期", "before this program was made") ": %s",
			now);
	}
	if (node->clock > now_ms * 1000 + 60LL * 1000 * 1000) {
		civil_time_at(last, node->clock / 1000);
		return err_set(err, ERR_CLOCK,
			ERR_BOTH("现在是 %s,却已有以后的改动",
				"a change was recorded later than now: %s"),
			now, last);
	}
	return true;
}

bool clock_next(struct node *node, int64_t *t, struct err *err)
{
	int64_t now = node->env->now_ms(node->env->ctx) * 1000;

	*t = now > node->clock ? now : node->clock + 1;
	if (*t > LINE_MAX_T || *t < 1) {
		return err_set(err, ERR_CLOCK, "the clock is beyond the year 2255");
	}
	node->clock = *t;
	node->facts_changed = true;
	return true;
}

void clock_merge(struct node *node, int64_t t)
{
	int64_t now = node->env->now_ms(node->env->ctx) * 1000;

	if (t > node->clock && t <= now + CLOCK_AHEAD_MAX_US) {
		node->clock = t;
		node->facts_changed = true;
	}
}

bool clock_too_far(const struct node *node, int64_t t)
{
	return t > node->env->now_ms(node->env->ctx) * 1000 + CLOCK_AHEAD_MAX_US;
}
