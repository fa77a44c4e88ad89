/* node.c -- a node's facts, transactions and clock; see linli/node.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "judge.h"
#include "linli/civil.h"
#include "move_private.h"

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

/* ---- transactions ------------------------------------------------- */

/* Within a transaction numbers that were used once are not used again. */
static void read_numbers(struct node *node)
{
	int64_t clock = node->depth > 0 ? node->clock : 0;
	int64_t next_record = node->depth > 0 ? node->next_record : 1;

	node->clock = 0;
	node->next_record = 1;
	fact_int(node, "clock", &node->clock);
	fact_int(node, "next_record", &node->next_record);
	node->clock = clock > node->clock ? clock : node->clock;
	node->next_record = next_record > node->next_record ? next_record : node->next_record;
}

/* Another program may have put another key in force (rekey.c). */
static bool same_device(struct node *node, struct err *err)
{
	struct buf text = { 0 };
	struct device_id device;
	bool other = node_get(node, "device", &text) &&
		device_id_parse(&device, buf_as_view(&text)) &&
		!device_id_equal(device, node->device);

	buf_clear(&text);
	return !other || err_set(err, ERR_BUSY,
				 ERR_BOTH("本机的密钥刚被更换,请再运行一次",
					 "this computer's key was just replaced: run this again"));
}

bool node_refresh(struct node *node, struct err *err)
{
	int64_t version = db_version(node->db), incarnation;

	if (node->cached && version == node->db_version) {
		return true;
	}
	if (!same_device(node, err)) {
		return false;
	}
	if (fact_int(node, "incarnation", &incarnation)) {
		node->incarnation = (uint32_t)incarnation;
	}
	read_numbers(node);
	if (!model_switch_refresh(node, err) || !chain_load_all(node, err) ||
		!devices_load(node, err) || !policies_load(node, err) ||
		!moves_refresh(node, err) || !follow_load(node, err)) {
		return false;
	}
	node->db_version = version;
	node->cached = true;
	return true;
}

/* On a full disk SQLite undoes the whole transaction by itself. */
static bool still_open(struct node *node, struct err *err)
{
	return db_in_transaction(node->db) ||
		err_set(err, ERR_STORE, "the transaction was undone by an earlier failure");
}

bool node_begin(struct node *node, struct err *err)
{
	if (node->depth > 0) {
		if (!still_open(node, err) || !node_refresh(node, err) ||
			!db_savepoint(node->db, err)) {
			return false;
		}
		node->depth++;
		return true;
	}
	if (node->readers > 0) {
		return err_set(err, ERR_INTERNAL, "writing while one state is being read");
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
	buf_reset(&node->verdicts);
	buf_reset(&node->receipts);
	node->touch_count = 0;
	return true;
}

void node_abort(struct node *node)
{
	if (--node->depth > 0) {
		db_rollback_to_savepoint(node->db);
		node->trust_changed = node->model_came = false;
		buf_reset(&node->verdicts);
		buf_reset(&node->receipts);
	} else {
		db_rollback(node->db);
	}
	node->cached = false;
}

bool node_read_begin(struct node *node, struct err *err)
{
	if (node->depth == 0 && node->readers == 0 &&
		!db_begin_reading(node->db, err)) {
		return false;
	}
	node->readers++;
	if (!node_refresh(node, err)) {
		node_read_end(node);
		return false;
	}
	return true;
}

void node_read_end(struct node *node)
{
	if (--node->readers == 0 && node->depth == 0) {
		db_rollback(node->db);
	}
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
	if (!still_open(node, err)) {
		node_abort(node);
		return false;
	}
	if (node->depth > 1) {
		if (!db_release(node->db, err)) {
			node_abort(node);
			return false;
		}
		node->depth--;
		return true;
	}
	if (!verdicts_settle(node, err)) {
		goto fail;
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
		return err_set(err, ERR_CLOCK,
			ERR_BOTH("早于本程序的发布日期", "before this program was made") ": %s",
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
	if (*t > now + CLOCK_AHEAD_MAX_US) {
		*t = now; /* this clock was far ahead once, and has been set right */
	}
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
