/* chains.c -- heads, ranges and log of the chains held here; see linli/chains.h. */
#include "linli/chains.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain_lines.h"

/* ---- heads -------------------------------------------------------- */

static struct head head_of(const struct chain *chain)
{
	struct head head = { .chain = chain->name, .seq = chain->head };

	memcpy(head.hash, chain->hash, sizeof(head.hash));
	return head;
}

static int by_name(const void *a, const void *b)
{
	const struct head *x = a, *y = b;

	return chain_name_compare(&x->chain, &y->chain);
}

bool chains_each(struct node *node,
	bool (*each)(void *ctx, const struct head *head, struct err *err), void *ctx,
	struct err *err)
{
	struct head *heads;
	size_t i, count = 0;
	bool ok = true;

	if (!node_refresh(node, err)) {
		return false;
	}
	heads = calloc(node->chain_count + 1, sizeof(*heads));
	if (heads == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < node->chain_count; i++) {
		if (node->chains[i].head != 0) {
			heads[count++] = head_of(&node->chains[i]);
		}
	}
	qsort(heads, count, sizeof(*heads), by_name);
	for (i = 0; ok && i < count; i++) {
		ok = each(ctx, &heads[i], err);
	}
	free(heads);
	return ok;
}

bool chains_head(struct node *node, const struct chain_name *name, struct head *out,
	struct err *err)
{
	const struct chain *chain;

	if (!node_refresh(node, err)) {
		return false;
	}
	chain = chain_find(node, name);
	memset(out, 0, sizeof(*out));
	out->chain = *name;
	if (chain != NULL && chain->head != 0) {
		*out = head_of(chain);
	}
	return true;
}

bool chains_holds(struct node *node, const struct head *head)
{
	const struct chain *chain;
	struct err ignored;
	struct slot slot;
	bool same;

	if (!node_refresh(node, &ignored) || (chain = chain_find(node, &head->chain)) == NULL ||
		!slot_read(node, chain, head->seq, &slot, &ignored)) {
		return false;
	}
	same = memcmp(slot.hash, head->hash, sizeof(slot.hash)) == 0;
	slot_clear(&slot);
	return same;
}

bool chains_known_set(struct node *node, struct device_id device, const struct head *head,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO known (device, chain, seq, hash) VALUES (?1, ?2, ?3, ?4) "
		"ON CONFLICT (device, chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash");
	char name[DEVICE_TEXT_BYTES], chain[CHAIN_TEXT_BYTES];

	device_id_print(name, device);
	chain_name_print(chain, &head->chain);
	if (!node_begin(node, err)) {
		return false;
	}
	stmt_text_at(stmt, 1, view_of(name));
	stmt_text_at(stmt, 2, view_of(chain));
	stmt_int_at(stmt, 3, head->seq);
	stmt_blob_at(stmt, 4, head->hash, sizeof(head->hash));
	if (!stmt_run(stmt, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

bool chains_known(struct node *node, struct device_id device, const struct chain_name *name,
	uint32_t *seq, struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "SELECT seq FROM known WHERE device = ?1 AND chain = ?2");
	char text[DEVICE_TEXT_BYTES], chain[CHAIN_TEXT_BYTES];
	bool row;

	*seq = 0;
	device_id_print(text, device);
	chain_name_print(chain, name);
	stmt_text_at(stmt, 1, view_of(text));
	stmt_text_at(stmt, 2, view_of(chain));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row) {
		*seq = (uint32_t)stmt_get_int(stmt, 0);
		stmt_reset(stmt);
	}
	return true;
}

/* ---- ranges ------------------------------------------------------- */

/* A range as it will be written: bundles after+1 .. last. */
struct part {
	struct range *range;
	const struct chain *chain;
	uint32_t last;
};

static int by_range(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return chain_name_compare(&x->range->chain, &y->range->chain);
}

/* Sort; of a chain that was asked for twice only one range is written. */
static size_t in_order(struct part *parts, size_t count)
{
	size_t i, kept = 0;

	qsort(parts, count, sizeof(*parts), by_range);
	for (i = 0; i < count; i++) {
		if (kept == 0 || by_range(&parts[kept - 1], &parts[i]) != 0) {
			parts[kept++] = parts[i];
		}
	}
	return kept;
}

/* The size of the bundle behind ${part}; *any: is there one to be written? */
static bool next_size(struct node *node, const struct part *part, uint64_t *out, bool *any,
	struct err *err)
{
	uint32_t end = part->chain->head;
	struct slot slot;

	if (part->range->last != 0 && part->range->last < end) {
		end = part->range->last;
	}
	*any = part->last < end;
	if (!*any) {
		return true;
	}
	if (!slot_read(node, part->chain, part->last + 1, &slot, err)) {
		return false;
	}
	*out = slot.bytes;
	slot_clear(&slot);
	return true;
}

/* How far each range goes within ${max_bytes}; parts that get nothing go. */
static bool plan(struct node *node, struct part *parts, size_t *count, size_t max_bytes,
	bool *more, struct err *err)
{
	uint64_t bytes = 0, size = 0, least = UINT64_MAX;
	size_t i, kept = 0, smallest = 0;
	bool any;

	for (i = 0; i < *count; i++) {
		struct part *part = &parts[i];

		for (part->last = part->range->after;; part->last++) {
			if (!next_size(node, part, &size, &any, err)) {
				return false;
			}
			if (!any || bytes + size > max_bytes) {
				break;
			}
			bytes += size;
		}
		if (any && size < least) {
			least = size;
			smallest = i;
		}
	}
	if (bytes == 0 && least != UINT64_MAX) {
		parts[smallest].last++;
	}
	for (i = 0; i < *count; i++) {
		if (!next_size(node, &parts[i], &size, &any, err)) {
			return false;
		}
		*more = *more || any;
		if (parts[i].last > parts[i].range->after) {
			parts[kept++] = parts[i];
		}
	}
	*count = kept;
	return true;
}

static bool range_of(struct node *node, const struct part *part, struct gitbundle_range *out,
	struct err *err)
{
	struct slot slot;

	memset(out, 0, sizeof(*out));
	out->chain = part->chain->name;
	if (!slot_read(node, part->chain, part->last, &slot, err)) {
		return false;
	}
	out->tip = slot_object(&slot, RAW_COMMIT);
	slot_clear(&slot);
	if (part->range->after == 0) {
		return true;
	}
	if (!slot_read(node, part->chain, part->range->after, &slot, err)) {
		return false;
	}
	out->parent = slot_object(&slot, RAW_COMMIT);
	slot_clear(&slot);
	return true;
}

static bool write_bundle(struct node *node, struct gitbundle_writer *writer,
	const struct chain *chain, uint32_t seq, struct tally *out, struct err *err)
{
	struct raw_object *objects = NULL;
	struct buf deflated = { 0 };
	struct slot slot;
	size_t i, count, at = 0;
	bool ok = false;

	if (!slot_read(node, chain, seq, &slot, err)) {
		return false;
	}
	count = slot_object_count(&slot);
	objects = calloc(count, sizeof(*objects));
	if (objects == NULL) {
		err_nomem(err);
		goto out;
	}
	for (i = 0; i < count; i++) {
		objects[i].oid = slot_object(&slot, i);
		if (!object_get_deflated(node, &objects[i].oid, &objects[i].type,
			    &objects[i].len, &deflated, err)) {
			goto out;
		}
		objects[i].deflated.len = deflated.len - at;
		at = deflated.len;
	}
	for (i = 0, at = 0; i < count; i++) {
		objects[i].deflated.data = (char *)deflated.data + at;
		at += objects[i].deflated.len;
	}
	ok = gitbundle_add(writer, objects, count, err);
	out->bundles++;
	out->lines += slot.lines;
	out->bytes += slot.bytes;
out:
	free(objects);
	buf_clear(&deflated);
	slot_clear(&slot);
	return ok;
}

static bool write_parts(struct node *node, struct part *parts, size_t count, struct buf *file,
	struct tally *out, struct err *err)
{
	struct gitbundle_range *ranges = calloc(count, sizeof(*ranges));
	struct gitbundle_writer *writer = NULL;
	bool ok = ranges != NULL || err_nomem(err);
	uint32_t seq;
	size_t i;

	for (i = 0; ok && i < count; i++) {
		ok = range_of(node, &parts[i], &ranges[i], err);
	}
	ok = ok && gitbundle_begin(&writer, file, ranges, count, err);
	for (i = 0; ok && i < count; i++) {
		for (seq = parts[i].range->after + 1; ok && seq <= parts[i].last; seq++) {
			ok = write_bundle(node, writer, parts[i].chain, seq, out, err);
		}
	}
	ok = ok && gitbundle_finish(writer, err);
	for (i = 0; ok && i < count; i++) {
		parts[i].range->after = parts[i].last;
	}
	gitbundle_writer_free(writer);
	free(ranges);
	return ok;
}

bool chains_write(struct node *node, struct range *ranges, size_t count, size_t max_bytes,
	struct buf *file, struct tally *out, bool *more, struct err *err)
{
	struct part *parts = calloc(count + 1, sizeof(*parts));
	size_t i, kept = 0;
	bool ok = false;

	*more = false;
	memset(out, 0, sizeof(*out));
	if (parts == NULL) {
		return err_nomem(err);
	}
	if (!node_refresh(node, err)) {
		goto out;
	}
	for (i = 0; i < count; i++) {
		parts[kept].range = &ranges[i];
		parts[kept].chain = chain_find(node, &ranges[i].chain);
		kept += parts[kept].chain != NULL ? 1 : 0;
	}
	kept = in_order(parts, kept);
	if (!plan(node, parts, &kept, max_bytes, more, err)) {
		goto out;
	}
	ok = kept == 0 || write_parts(node, parts, kept, file, out, err);
out:
	free(parts);
	return ok;
}

/* ---- looking ------------------------------------------------------ */

bool chains_last_made(
	struct node *node, struct device_id device, int64_t *made_s, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT coalesce(max(s.made_s), 0) FROM slot s JOIN chain c ON c.number = s.chain "
		"WHERE c.name LIKE ?1 || '.%'");
	char name[DEVICE_TEXT_BYTES];
	bool row;

	device_id_print(name, device);
	stmt_text_at(stmt, 1, view_of(name));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	*made_s = stmt_get_int(stmt, 0);
	stmt_reset(stmt);
	return true;
}

/* Fill ${info} of bundle ${seq}. */
static bool describe(struct node *node, const struct chain *chain, uint32_t seq,
	struct bundle_info *info, struct err *err)
{
	struct buf commit = { 0 };
	uint8_t signer[KEY_PUBLIC_BYTES];
	struct bundle_facts facts;
	enum git_type type;
	struct slot slot;
	struct oid oid;
	bool ok;

	memset(info, 0, sizeof(*info));
	if (!slot_read(node, chain, seq, &slot, err)) {
		return false;
	}
	oid = slot_object(&slot, RAW_COMMIT);
	info->place = (struct place){ chain->name, seq, 0 };
	memcpy(info->hash, slot.hash, sizeof(info->hash));
	oid_print(info->commit, &oid);
	info->made_s = slot.made_s;
	info->received_ms = slot.received_ms;
	info->lines = slot.lines;
	info->applied = slot.applied;
	info->waiting = slot.waiting;
	info->returned = slot.returned;
	slot_clear(&slot);
	arena_reset(&node->arena);
	ok = object_get(node, &oid, &type, &commit, err) &&
		commit_decode(&facts, &node->arena, buf_as_view(&commit), signer, err);
	if (ok) {
		memcpy(info->community, facts.community, sizeof(info->community));
		snprintf(info->subject, sizeof(info->subject), "%s", facts.subject);
	}
	buf_clear(&commit);
	return ok;
}

/* Has the district signed that it holds this bundle? */
static bool was_sent(struct node *node, const struct chain *chain, uint32_t seq)
{
	struct err ignored;
	uint32_t known;
	size_t i;

	for (i = 0; i < node->device_count; i++) {
		if (node->devices[i].device.server &&
			chains_known(node, node->devices[i].device.id, &chain->name, &known,
				&ignored) &&
			known >= seq) {
			return true;
		}
	}
	return false;
}


/* Pairs of uint32_t: chain's number and seq of each bundle, newest first. */
static bool list_bundles(struct node *node, uint32_t limit, struct buf *places, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT chain, seq FROM slot ORDER BY received_ms DESC, chain DESC, seq DESC LIMIT ?1");
	bool row;

	stmt_int_at(stmt, 1, limit != 0 ? (int64_t)limit : -1);
	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return buf_ok(places, err);
		}
		uint32_t pair[2] = { (uint32_t)stmt_get_int(stmt, 0),
			(uint32_t)stmt_get_int(stmt, 1) };

		buf_add(places, pair, sizeof(pair));
	}
}

static bool log_bundle(struct node *node, const uint32_t pair[2], struct bundle_info *info,
	struct err *err)
{
	const struct chain *chain = chain_by_number(node, pair[0]);

	if (chain == NULL) {
		return err_set(err, ERR_STORE, "a bundle of a chain that is not here");
	}
	if (!describe(node, chain, pair[1], info, err)) {
		return false;
	}
	info->sent = was_sent(node, chain, pair[1]);
	return true;
}

bool chains_log(struct node *node, uint32_t limit,
	bool (*each)(void *ctx, const struct bundle_info *info, struct err *err), void *ctx,
	struct err *err)
{
	struct buf places = { 0 };
	struct bundle_info info;
	uint32_t pair[2];
	size_t at;
	bool ok;

	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = list_bundles(node, limit, &places, err);
	for (at = 0; ok && at < places.len; at += sizeof(pair)) {
		memcpy(pair, places.data + at, sizeof(pair));
		ok = log_bundle(node, pair, &info, err) && each(ctx, &info, err);
	}
	node_read_end(node);
	buf_clear(&places);
	return ok;
}

/* Describe the bundle; *changes gets its lines. */
static bool read_bundle(struct node *node, const struct place *place, struct bundle_info *info,
	struct buf *changes, struct err *err)
{
	const struct chain *chain = chain_find(node, &place->chain);
	char name[CHAIN_TEXT_BYTES];

	if (chain == NULL) {
		chain_name_print(name, &place->chain);
		return err_set(err, ERR_NOT_FOUND, "no chain %s", name);
	}
	if (!describe(node, chain, place->seq, info, err)) {
		return false;
	}
	info->sent = was_sent(node, chain, place->seq);
	return chain_changes(node, chain, place->seq, changes, err);
}

/* Of a bundle that describe() has described. */
static bool read_signature(struct node *node, const struct bundle_info *info,
	struct buf *signature, struct err *err)
{
	struct buf commit = { 0 };
	enum git_type type;
	struct oid oid;
	bool ok;

	ok = (hex_decode(oid.bytes, sizeof(oid.bytes), view_of(info->commit)) ||
		     err_set(err, ERR_STORE, "no commit %s", info->commit)) &&
		object_get(node, &oid, &type, &commit, err) &&
		commit_signature(signature, buf_as_view(&commit), err);
	buf_clear(&commit);
	return ok;
}

bool chains_signed(struct node *node, const struct place *place, struct bundle_info *info,
	struct buf *signature, struct err *err)
{
	const struct chain *chain;
	bool ok;

	if (!node_read_begin(node, err)) {
		return false;
	}
	chain = chain_find(node, &place->chain);
	ok = chain != NULL ? describe(node, chain, place->seq, info, err) &&
			read_signature(node, info, signature, err) :
			     err_set(err, ERR_NOT_FOUND, "no such chain");
	node_read_end(node);
	return ok;
}

bool chains_show(struct node *node, const struct place *place, struct bundle_info *info,
	bool (*line)(void *ctx, uint32_t n, struct view text, struct err *err), void *ctx,
	struct err *err)
{
	struct buf changes = { 0 };
	struct cursor cursor;
	uint32_t n = 0;
	bool ok;

	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = read_bundle(node, place, info, &changes, err);
	node_read_end(node);
	cursor = cursor_of(changes.data, changes.len);
	while (ok && line != NULL && cursor_left(&cursor) != 0) {
		struct view text = cursor_until(&cursor, '\n');

		n++;
		ok = (place->n != 0 && place->n != n) || line(ctx, n, text, err);
	}
	buf_clear(&changes);
	return ok;
}
