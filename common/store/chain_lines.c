/* chain_lines.c -- bundles as rows; see chain_lines.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "chain_lines.h"
#include "deflate.h"
#include "sha256.h"

void slot_clear(struct slot *slot)
{
	buf_clear(&slot->objects);
}

size_t slot_object_count(const struct slot *slot)
{
	return slot->objects.len / OID_BYTES;
}

struct oid slot_object(const struct slot *slot, size_t index)
{
	struct oid oid;

	memcpy(oid.bytes, slot->objects.data + index * OID_BYTES, OID_BYTES);
	return oid;
}

bool slot_read(struct node *node, const struct chain *chain, uint32_t seq, struct slot *out,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT hash, objects, bytes, lines, applied, waiting, returned, made_s, received_ms "
		"FROM slot WHERE chain = ?1 AND seq = ?2");
	struct view hash;
	bool row;

	memset(out, 0, sizeof(*out));
	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, seq);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row) {
		return err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("没有数据包", "no bundle") " %s@%u", chain->text, seq);
	}
	hash = stmt_get_blob(stmt, 0);
	out->seq = seq;
	buf_view(&out->objects, stmt_get_blob(stmt, 1));
	out->bytes = (uint64_t)stmt_get_int(stmt, 2);
	out->lines = (uint32_t)stmt_get_int(stmt, 3);
	out->applied = (uint32_t)stmt_get_int(stmt, 4);
	out->waiting = (uint32_t)stmt_get_int(stmt, 5);
	out->returned = (uint32_t)stmt_get_int(stmt, 6);
	out->made_s = stmt_get_int(stmt, 7);
	out->received_ms = stmt_get_int(stmt, 8);
	if (hash.len == sizeof(out->hash)) {
		memcpy(out->hash, hash.data, hash.len);
	}
	stmt_reset(stmt);
	if (slot_object_count(out) < RAW_FILES || out->objects.len % OID_BYTES != 0) {
		slot_clear(out);
		return err_set(err, ERR_STORE, "a damaged row of table slot");
	}
	return true;
}

static bool insert_slot(struct node *node, const struct chain *chain,
	const struct bundle_facts *facts, const uint8_t sha256[32],
	const struct raw_bundle *raw, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO slot (chain, seq, hash, objects, bytes, lines, applied, waiting, "
		"returned, made_s, received_ms, told) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 0, 0, ?7, ?8, "
		"?9)");
	struct buf objects = { 0 };
	int64_t bytes = 0;
	bool ok;
	size_t i;

	for (i = 0; i < raw->count; i++) {
		buf_add(&objects, raw->objects[i].oid.bytes, OID_BYTES);
		bytes += (int64_t)raw->objects[i].deflated.len;
	}
	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, facts->seq);
	stmt_blob_at(stmt, 3, sha256, 32);
	stmt_blob_at(stmt, 4, objects.data, objects.len);
	stmt_int_at(stmt, 5, bytes);
	stmt_int_at(stmt, 6, facts->changes_count);
	stmt_int_at(stmt, 7, facts->made_s);
	stmt_int_at(stmt, 8, node->env->now_ms(node->env->ctx));
	/* The district answers every bundle of a community. */
	stmt_int_at(stmt, 9, !node->district || strcmp(chain->community, DISTRICT_SLUG) == 0);
	ok = buf_ok(&objects, err) && stmt_run(stmt, err);
	buf_clear(&objects);
	return ok;
}

static bool may_name(struct node *node, const struct chain_name *name, struct err *err)
{
	if (name->incarnation > CHAIN_MAX_INCARNATION) {
		return err_set(err, ERR_TOO_LARGE, "Seen names incarnation %" PRIu32,
			name->incarnation);
	}
	return device_community(node, name->device)[0] != '\0' ||
		err_set(err, ERR_UNKNOWN_DEVICE, "Seen names a device that is not known here yet");
}

static bool insert_seen(struct node *node, const struct chain *chain,
	const struct bundle_facts *facts, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO seen (chain, other, seq, upto) VALUES (?1, ?2, ?3, ?4)");
	uint32_t number = chain->number;
	size_t i;

	for (i = 0; i < facts->seen_count; i++) {
		struct chain *other = chain_find(node, &facts->seen[i].chain);

		/*
		 * Seen may name a chain that has not come yet; its number is given
		 * now.  That of a device that nobody knows could be made up.
		 */
		if (other == NULL && !may_name(node, &facts->seen[i].chain, err)) {
			return false;
		}
		if (other == NULL &&
			!chain_make(node, &facts->seen[i].chain,
				device_community(node, facts->seen[i].chain.device), &other,
				err)) {
			return false;
		}
		stmt_int_at(stmt, 1, number);
		stmt_int_at(stmt, 2, other->number);
		stmt_int_at(stmt, 3, facts->seq);
		stmt_int_at(stmt, 4, facts->seen[i].seq);
		if (!stmt_run(stmt, err)) {
			return false;
		}
	}
	return true;
}

/*
 * The receipt that the bundle names says what its maker knew of verdicts, also
 * for chains of other scopes than the district's answers.  Where it is of the
 * same scope, Seen says it.
 */
static bool insert_receipt(struct node *node, uint32_t number, const struct bundle_facts *facts,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO seen (chain, other, seq, upto) VALUES (?1, ?2, ?3, ?4)");
	const struct chain *other = facts->has_receipt ? chain_find(node, &facts->receipt_chain) :
		NULL;

	if (other == NULL || scope_equal(&other->name.scope, &facts->chain.scope) ||
		strcmp(other->community, DISTRICT_SLUG) != 0) {
		return true;
	}
	stmt_int_at(stmt, 1, number);
	stmt_int_at(stmt, 2, other->number);
	stmt_int_at(stmt, 3, facts->seq);
	stmt_int_at(stmt, 4, facts->receipt_seq);
	return stmt_run(stmt, err);
}

static bool insert_files(struct node *node, const struct raw_bundle *raw, struct err *err)
{
	size_t i;

	for (i = RAW_FIRST_FILE; i < raw->count; i++) {
		uint8_t hash[SHA256_BYTES];

		sha256(hash, raw->objects[i].data.data, raw->objects[i].data.len);
		if (!file_put(node, hash, &raw->objects[i].oid, err)) {
			return false;
		}
	}
	return true;
}

static bool move_head(struct node *node, const struct chain *chain, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"UPDATE chain SET head = ?2, hash = ?3, oid = ?4 WHERE number = ?1");

	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, chain->head);
	stmt_blob_at(stmt, 3, chain->hash, sizeof(chain->hash));
	stmt_blob_at(stmt, 4, chain->oid.bytes, OID_BYTES);
	return stmt_run(stmt, err);
}

bool slot_add(struct node *node, struct chain *chain, const struct bundle_facts *facts,
	const uint8_t hash[32], const struct raw_bundle *raw, struct err *err)
{
	uint32_t number = chain->number;
	size_t i;

	for (i = 0; i < raw->count; i++) {
		const struct raw_object *object = &raw->objects[i];

		if (!object_put(node, &object->oid, object->type, object->len, object->deflated,
			    err)) {
			return false;
		}
	}
	if (!insert_slot(node, chain, facts, hash, raw, err) ||
		!insert_seen(node, chain, facts, err) ||
		!insert_receipt(node, number, facts, err) || !insert_files(node, raw, err)) {
		return false;
	}
	chain = chain_by_number(node, number); /* insert_seen() may have moved it */
	chain->head = facts->seq;
	memcpy(chain->hash, hash, sizeof(chain->hash));
	chain->oid = raw->objects[RAW_COMMIT].oid;
	return move_head(node, chain, err) &&
		node_touch(node, "bundle", chain->community, err);
}

/* ---- lines -------------------------------------------------------- */

static bool draft_changes(struct node *node, const struct chain *chain, uint32_t seq,
	struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT line FROM draft WHERE chain = ?1 AND seq = ?2 ORDER BY n");
	bool row;

	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, seq);
	do {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			buf_view(out, stmt_get_text(stmt, 0));
			buf_byte(out, '\n');
		}
	} while (row);
	return buf_ok(out, err);
}

bool chain_changes(struct node *node, const struct chain *chain, uint32_t seq, struct buf *out,
	struct err *err)
{
	size_t before = out->len;
	enum git_type type;
	struct view lines;
	struct slot slot;
	struct oid oid;

	if (seq > chain->head) {
		return draft_changes(node, chain, seq, out, err);
	}
	if (!slot_read(node, chain, seq, &slot, err)) {
		return false;
	}
	oid = slot_object(&slot, RAW_CHANGES);
	slot_clear(&slot);
	if (!object_get(node, &oid, &type, out, err)) {
		return false;
	}
	/* Of an erased bundle only the lines; no line begins as an order does. */
	lines = bundle_erased_changes((struct view){ (char *)out->data + before, out->len - before });
	memmove(out->data + before, lines.data, lines.len);
	out->len = before + lines.len;
	return true;
}

static bool split_lines(struct line_reader *reader, struct err *err)
{
	struct cursor cursor = cursor_of(reader->changes.data, reader->changes.len);

	reader->count = 0;
	while (cursor_left(&cursor) != 0 && !cursor.failed) {
		if (reader->count == reader->room) {
			size_t room = reader->room == 0 ? 256 : reader->room * 2;
			struct view *lines = realloc(reader->lines, room * sizeof(*lines));

			if (lines == NULL) {
				return err_nomem(err);
			}
			reader->lines = lines;
			reader->room = room;
		}
		reader->lines[reader->count++] = cursor_until(&cursor, '\n');
	}
	return true;
}

bool line_reader_get(struct line_reader *reader, const struct merge_origin *origin,
	struct view *text, struct err *err)
{
	const struct chain *chain = chain_by_number(reader->node, origin->chain);

	if (chain == NULL) {
		return err_set(err, ERR_STORE, "a record names a chain that is not here");
	}
	if (reader->chain != origin->chain || reader->seq != origin->seq) {
		reader->chain = 0;
		buf_reset(&reader->changes);
		if (!chain_changes(reader->node, chain, origin->seq, &reader->changes, err) ||
			!split_lines(reader, err)) {
			return false;
		}
		reader->chain = origin->chain;
		reader->seq = origin->seq;
	}
	if (origin->n < 1 || origin->n > reader->count) {
		return err_set(err, ERR_STORE, "no line %" PRIu32 " in %s@%" PRIu32, origin->n,
			chain->text, origin->seq);
	}
	*text = reader->lines[origin->n - 1];
	return true;
}

void line_reader_clear(struct line_reader *reader)
{
	buf_clear(&reader->changes);
	free(reader->lines);
	memset(reader, 0, sizeof(*reader));
}

bool slot_load(struct node *node, const struct slot *slot, struct raw_object *objects,
	size_t room, struct buf *data, struct buf *deflated, struct err *err)
{
	size_t i, count = slot_object_count(slot), at_data = data->len, at_deflated = deflated->len;

	if (count > room) {
		return err_set(err, ERR_TOO_LARGE, "a bundle of %zu objects", count);
	}
	for (i = 0; i < count; i++) {
		struct oid oid = slot_object(slot, i);
		size_t used, data_len = data->len, deflated_len = deflated->len;

		memset(&objects[i], 0, sizeof(objects[i]));
		objects[i].oid = oid;
		if (!object_get_deflated(node, &oid, &objects[i].type, &objects[i].len, deflated,
			    err)) {
			return false;
		}
		objects[i].deflated.len = deflated->len - deflated_len;
		if (!deflate_unpack(data,
			    (struct view){ (char *)deflated->data + deflated_len,
				    objects[i].deflated.len },
			    &used, objects[i].len, err)) {
			return false;
		}
		objects[i].data.len = data->len - data_len;
	}
	/* Only now do the buffers stay where they are. */
	for (i = 0; i < count; i++) {
		objects[i].data.data = (char *)data->data + at_data;
		objects[i].deflated.data = (char *)deflated->data + at_deflated;
		at_data += objects[i].data.len;
		at_deflated += objects[i].deflated.len;
	}
	return true;
}
