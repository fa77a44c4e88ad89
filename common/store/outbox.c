/* outbox.c -- signing drafts into bundles; see linli/chains.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deflate.h"
#include "line.h"
#include "repair.h"
#include "move_private.h"

#define SUBJECT_MAX_ENTITIES 4
#define HEADS_SEEN_MAX 2000 /* of one bundle, within COMMIT_MAX_BYTES; the rest in the next */
#define ATTACHMENTS_MAX (SLOT_MAX_OBJECTS - RAW_FIRST_FILE)

bool outbox_count(struct node *node, struct outbox_counts *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT count(*) FROM draft");
	struct stmt *unsent = db_prepare(node->db,
		"SELECT count(*), coalesce(sum(s.lines), 0) FROM slot s JOIN chain c "
		"ON c.number = s.chain WHERE (c.name LIKE ?1 || '.%' OR (SELECT f.value FROM fact f "
		"WHERE f.name = 'former') LIKE '%' || substr(c.name, 1, 16) || ' %') "
		"AND c.name NOT LIKE '%/community/%' "
		"AND s.seq > coalesce((SELECT max(k.seq) FROM known k WHERE k.chain = c.name AND "
		"k.device IN (SELECT id FROM device WHERE community = 'district')), 0)");
	char device[DEVICE_TEXT_BYTES];
	bool row;

	memset(out, 0, sizeof(*out));
	device_id_print(device, node->device);
	if (!node_refresh(node, err) || !stmt_step(stmt, &row, err)) {
		return false;
	}
	out->draft_lines = (uint64_t)stmt_get_int(stmt, 0);
	stmt_reset(stmt);
	stmt_text_at(unsent, 1, view_of(device));
	if (!stmt_step(unsent, &row, err)) {
		return false;
	}
	if (!node->district) {
		out->unsent_bundles = (uint64_t)stmt_get_int(unsent, 0);
		out->unsent_lines = (uint64_t)stmt_get_int(unsent, 1);
	}
	stmt_reset(unsent);
	return true;
}

bool outbox_each_draft(struct node *node,
	bool (*each)(void *ctx, const char *place, struct view line, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT chain, seq, n, line FROM draft ORDER BY chain, seq, n");
	char text[LINE_NAME_TEXT_BYTES];
	bool ok = node_refresh(node, err), row = true;

	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			const struct chain *chain =
				chain_by_number(node, (uint32_t)stmt_get_int(stmt, 0));
			struct place place = { .seq = (uint32_t)stmt_get_int(stmt, 1),
				.n = (uint32_t)stmt_get_int(stmt, 2) };

			place.chain = chain != NULL ? chain->name : place.chain;
			place_print(text, &place);
			ok = each(ctx, text, stmt_get_text(stmt, 3), err);
		}
	}
	stmt_reset(stmt);
	return ok;
}

/* ---- what a bundle says of itself --------------------------------- */

/* "知足弄社区: 12 changes (3 club, 9 activity)" */
static bool describe(struct node *node, struct view changes, char out[COMMIT_SUBJECT_BYTES],
	uint32_t *count, struct err *err)
{
	size_t *counts = calloc(node->model->entity_count, sizeof(*counts));
	struct cursor cursor = cursor_of(changes.data, changes.len);
	struct buf text = { 0 };
	size_t i, named = 0;
	bool ok = counts != NULL || err_nomem(err);

	*count = 0;
	while (ok && cursor_left(&cursor) != 0) {
		struct view raw = cursor_until(&cursor, '\n');
		const struct entity *entity;
		struct line line;

		arena_reset(&node->arena);
		ok = line_parse(&line, &node->arena, raw, err);
		entity = ok ? model_entity(node->model, line.entity) : NULL;
		if (entity != NULL) {
			counts[entity->index]++;
		}
		(*count)++;
	}
	buf_printf(&text, "%s: %" PRIu32 " change%s (", node->name, *count, *count == 1 ? "" : "s");
	for (i = 0; ok && i < node->model->entity_count; i++) {
		if (counts[i] != 0 && ++named <= SUBJECT_MAX_ENTITIES) {
			buf_printf(&text, "%s%zu %s", named > 1 ? ", " : "", counts[i],
				node->model->entities[i].name);
		}
	}
	buf_text(&text, named > SUBJECT_MAX_ENTITIES ? ", ...)" : ")");
	ok = ok && buf_ok(&text, err);
	if (ok) {
		commit_clean_subject(out, buf_as_view(&text));
	}
	buf_clear(&text);
	free(counts);
	return ok;
}

static int by_name(const void *a, const void *b)
{
	const struct seen_head *x = a, *y = b;

	return chain_name_compare(&x->chain, &y->chain);
}

/* The heads of the same scope that have moved since the chain's last bundle. */
static bool heads_seen(struct node *node, const struct chain *chain, struct buf *out,
	struct err *err)
{
	struct merge_world world = node_world(node);
	size_t i;

	if (chain->head + 1 <= chain->sealed_seq) {
		return reissue_seen(node, chain, out, err);
	}
	for (i = 0; i < node->chain_count; i++) {
		const struct chain *other = &node->chains[i];
		struct seen_head head = { .chain = other->name, .seq = other->head };
		uint32_t before;

		if (other == chain || other->head == 0 ||
			!scope_equal(&other->name.scope, &chain->name.scope)) {
			continue;
		}
		before = chain->head == 0 ? 0 :
			world.seen_upto(node, chain->number, chain->head, other->number);
		if (other->head > before && out->len / sizeof(head) < HEADS_SEEN_MAX) {
			memcpy(head.hash, other->hash, sizeof(head.hash));
			buf_add(out, &head, sizeof(head));
		}
	}
	if (out->len != 0) {
		qsort(out->data, out->len / sizeof(struct seen_head), sizeof(struct seen_head),
			by_name);
	}
	return world_ok(node, err) && buf_ok(out, err);
}

static bool state_facts(struct node *node, const struct chain *chain, struct view changes,
	struct buf *seen, struct bundle_facts *facts, struct err *err)
{
	memset(facts, 0, sizeof(*facts));
	memcpy(facts->federation, node->federation_id.bytes, sizeof(facts->federation));
	strcpy(facts->community, node->community);
	facts->chain = chain->name;
	facts->seq = chain->head + 1;
	if (chain->head != 0) {
		memcpy(facts->parent_sha256, chain->hash, sizeof(facts->parent_sha256));
		facts->parent = chain->oid;
	}
	snprintf(facts->model, sizeof(facts->model), "%s@%" PRId64, node->model->name,
		node->model->version);
	commit_clean_author(facts->author, view_of(node->name));
	facts->made_s = node->env->now_ms(node->env->ctx) / 1000;
	if (!receipt_held(node, facts, err) || !heads_seen(node, chain, seen, err) ||
		!describe(node, changes, facts->subject, &facts->changes_count, err)) {
		return false;
	}
	facts->seen = (const struct seen_head *)(const void *)seen->data;
	facts->seen_count = seen->len / sizeof(struct seen_head);
	return true;
}

/* ---- attachments -------------------------------------------------- */

/* Gather the names of the files that ${line} puts into fields. */
static void names_in(const struct entity *entity, const struct line *line, struct buf *names)
{
	size_t i;

	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];
		const struct field *field = entity_field(entity, change->field);

		if (field != NULL && field->type == FIELD_FILE && change->op != LINE_OUT &&
			change->value.kind == VALUE_TEXT && change->value.text.len == 64) {
			buf_add(names, change->value.text.data, 64);
		}
	}
}

static bool seen_before(const struct buf *names, size_t at)
{
	size_t i;

	for (i = 0; i < at; i += 64) {
		if (memcmp(names->data + i, names->data + at, 64) == 0) {
			return true;
		}
	}
	return false;
}

/* Load the attachments of ${changes}: their bytes in ${data}, ends in ${ends}. */
static bool load_files(struct node *node, struct view changes, struct buf *data,
	size_t *ends, size_t *count, struct err *err)
{
	struct cursor cursor = cursor_of(changes.data, changes.len);
	struct buf names = { 0 };
	bool ok = true;
	size_t at;

	*count = 0;
	while (ok && cursor_left(&cursor) != 0) {
		struct view raw = cursor_until(&cursor, '\n');
		const struct entity *entity;
		struct line line;

		arena_reset(&node->arena);
		ok = line_parse(&line, &node->arena, raw, err);
		entity = ok ? model_entity(node->model, line.entity) : NULL;
		if (entity != NULL) {
			names_in(entity, &line, &names);
		}
	}
	ok = ok && buf_ok(&names, err);
	for (at = 0; ok && at < names.len; at += 64) {
		struct view name = { (char *)names.data + at, 64 };
		enum git_type type;
		struct oid oid;

		if (seen_before(&names, at)) {
			continue;
		}
		ok = *count < ATTACHMENTS_MAX ||
			err_set(err, ERR_TOO_LARGE, "too many attachments in one bundle");
		ok = ok && file_find(node, name, &oid, err) &&
			object_get(node, &oid, &type, data, err);
		if (ok) {
			ends[(*count)++] = data->len;
		}
	}
	buf_clear(&names);
	return ok;
}

/* ---- packing ------------------------------------------------------ */

static bool drop_drafts(struct node *node, const struct chain *chain, uint32_t seq,
	struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "DELETE FROM draft WHERE chain = ?1 AND seq = ?2");

	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, seq);
	return stmt_run(stmt, err);
}

/* Sign the drafts of the place after ${chain}'s head. */
static bool pack_one(struct node *node, struct chain *chain, struct deflater *deflater,
	struct tally *out, struct err *err)
{
	struct buf changes = { 0 }, seen = { 0 }, data = { 0 };
	struct view files[ATTACHMENTS_MAX];
	size_t ends[ATTACHMENTS_MAX], count, i, at = 0;
	struct made_bundle made = { 0 };
	struct bundle_facts facts;
	uint32_t number = chain->number;
	bool ok = false;

	if (!chain_changes(node, chain, chain->head + 1, &changes, err) ||
		!state_facts(node, chain, buf_as_view(&changes), &seen, &facts, err) ||
		!load_files(node, buf_as_view(&changes), &data, ends, &count, err)) {
		goto out;
	}
	for (i = 0; i < count; i++) {
		files[i] = (struct view){ (char *)data.data + at, ends[i] - at };
		at = ends[i];
	}
	if (!bundle_make(&made, &facts, buf_as_view(&changes), files, count, node->key, deflater,
		    err) ||
		!reissue_unseal(node, chain, facts.seq, err) ||
		!slot_add(node, chain, &facts, made.sha256, &made.raw, err) ||
		!drop_drafts(node, chain_by_number(node, number), facts.seq, err)) {
		goto out;
	}
	out->bundles++;
	out->lines += facts.changes_count;
	for (i = 0; i < made.raw.count; i++) {
		out->bytes += made.raw.objects[i].deflated.len;
	}
	ok = true;
out:
	made_bundle_clear(&made);
	buf_clear(&changes);
	buf_clear(&seen);
	buf_clear(&data);
	return ok;
}

static bool has_drafts(const struct node *node, const struct chain *chain)
{
	return device_id_equal(chain->name.device, node->device) &&
		chain->name.incarnation == node->incarnation && chain->draft_seq > chain->head;
}

/* May they be signed now? */
static bool packable(const struct node *node, const struct chain *chain)
{
	return has_drafts(node, chain) &&
		(chain->sealed_seq <= chain->head ||
			(node->allowed & 1U << chain->name.scope.kind) != 0);
}

static bool pack_all(struct node *node, struct tally *out, struct err *err)
{
	struct deflater *deflater = NULL;
	bool ok = deflater_new(&deflater, err);
	uint32_t number;

	for (number = 1; ok && number <= node->chain_count; number++) {
		while (ok && packable(node, chain_by_number(node, number))) {
			ok = pack_one(node, chain_by_number(node, number), deflater, out, err);
		}
	}
	deflater_free(deflater);
	return ok;
}

bool outbox_waits(const struct node *node)
{
	size_t i;

	for (i = 0; i < node->chain_count; i++) {
		if (packable(node, &node->chains[i])) {
			return true;
		}
	}
	return false;
}

static bool sign(struct node *node, bool receipts, struct tally *out, struct err *err)
{
	memset(out, 0, sizeof(*out));
	if (!node_refresh(node, err) || (receipts && !moves_settle(node, err))) {
		return false;
	}
	receipts = receipts && receipts_due(node);
	if (!outbox_waits(node) && !outbox_unsealed(node) && !receipts) {
		return true;
	}
	if (node->depth != 0 && !outbox_unsealed(node)) {
		return true; /* those can be signed whenever */
	}
	if (node->depth != 0) {
		/* The incarnation file must not run ahead of what is committed. */
		return err_set(err, ERR_INTERNAL, "packing within a transaction");
	}
	if (!node_begin(node, err)) {
		return false;
	}
	/* What stands behind changes that have to wait had seen no more than this. */
	if ((receipts && !receipts_write(node, err)) || !pack_all(node, out, err) ||
		(outbox_unsealed(node) && !reissue_seal(node, err))) {
		node_abort(node);
		return err_wrap(err, "signing changes");
	}
	return node_commit(node, err) && node_write_incarnation(node, err);
}

bool outbox_unsealed(const struct node *node)
{
	size_t i;

	for (i = 0; i < node->chain_count; i++) {
		if (has_drafts(node, &node->chains[i]) &&
			node->chains[i].draft_seq > node->chains[i].sealed_seq) {
			return true;
		}
	}
	return false;
}

bool outbox_pack(struct node *node, struct tally *out, struct err *err)
{
	return sign(node, true, out, err);
}

bool outbox_pack_drafts(struct node *node, struct tally *out, struct err *err)
{
	return sign(node, false, out, err);
}
