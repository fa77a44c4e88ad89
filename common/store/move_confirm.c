/*
 * move_confirm.c -- the district confirms a move once it holds both the
 * holder's offer and the other community's acceptance.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hold.h"
#include "move_private.h"
#include "sha256.h"

#define COVERS_ENTRY_BYTES (CHAIN_TEXT_BYTES + 16)

struct confirming {
	struct node *node;
	const struct entity *entity;
	struct record_id id;
	char text[RECORD_ID_TEXT_BYTES];
	int64_t number;
	char giver[SLUG_TEXT_BYTES], taker[SLUG_TEXT_BYTES];
};

/* Which record the offer or acceptance is about.  *found */
static bool read_said(struct confirming *confirming, const struct move_work *work, bool *found,
	struct err *err)
{
	struct node *node = confirming->node;
	struct stmt *stmt = db_prepare(node->db,
		strcmp(work->entity, "move_offer") == 0 ?
			"SELECT entity, record FROM move_offer WHERE id = ?1" :
			"SELECT entity, record FROM move_accept WHERE id = ?1");
	const struct entity *entity;

	*found = false;
	stmt_blob_at(stmt, 1, work->id.bytes, work->id.len);
	if (!stmt_step(stmt, found, err)) {
		return false;
	}
	if (!*found) {
		return true; /* it was taken back */
	}
	entity = model_entity(node->model, stmt_get_text(stmt, 0));
	*found = entity != NULL && !entity->trust && !entity->district_writes &&
		!entity->slug_ids &&
		record_id_parse(&confirming->id, stmt_get_text(stmt, 1), false);
	stmt_reset(stmt);
	confirming->entity = entity;
	return true;
}

/* Has its holder offered it to somebody who has accepted?  *found */
static bool find_pair(struct confirming *confirming, bool *found, struct err *err)
{
	struct node *node = confirming->node;
	struct stmt *stmt = db_prepare(node->db,
		"SELECT o.taker FROM move_offer o JOIN move_accept a ON a.record = o.record "
		"AND a.entity = o.entity AND a.number = o.number AND a.community = o.taker "
		"WHERE o.record = ?1 AND o.entity = ?2 AND o.number = ?3 AND o.community = ?4 "
		"AND o.taker <> ?4 ORDER BY o.id LIMIT 1");
	struct move_range range = moves_of(node, confirming->entity, &confirming->id);
	struct view taker;

	confirming->number = range.count != 0 ? range.list[range.count - 1].number + 1 : 1;
	strcpy(confirming->giver, moves_holder(node, confirming->entity, &confirming->id));
	record_id_print(confirming->text, confirming->id.bytes, confirming->id.len, false);
	stmt_text_at(stmt, 1, view_of(confirming->text));
	stmt_text_at(stmt, 2, view_of(confirming->entity->name));
	stmt_int_at(stmt, 3, confirming->number);
	stmt_text_at(stmt, 4, view_of(confirming->giver));
	if (!stmt_step(stmt, found, err)) {
		return false;
	}
	if (*found) {
		taker = stmt_get_text(stmt, 0);
		*found = slug_valid(taker) && !view_is(taker, DISTRICT_SLUG) &&
			confirming->giver[0] != '\0' &&
			strcmp(confirming->giver, DISTRICT_SLUG) != 0;
		if (*found) {
			memcpy(confirming->taker, taker.data, taker.len);
			confirming->taker[taker.len] = '\0';
		}
		stmt_reset(stmt);
	}
	return true;
}

/* Lines of the record that wait for a person are judged first. */
static bool waits(struct confirming *confirming, bool *later, struct err *err)
{
	struct buf lines = { 0 };
	struct held held;
	bool ok = hold_of_record(confirming->node, confirming->entity, &confirming->id, &lines,
		err);
	size_t i;

	for (i = 0; ok && i < lines.len; i += sizeof(held)) {
		memcpy(&held, lines.data + i, sizeof(held));
		*later = *later || held.state == LINE_WAITING;
	}
	buf_clear(&lines);
	return ok;
}

/* Add " ${entry}" where it fits. */
static void add_entry(struct buf *out, const char *entry)
{
	size_t len = strlen(entry) + (out->len != 0);

	if (out->len + len <= FIELD_TEXT_MAX_BYTES) {
		buf_printf(out, "%s%s", out->len != 0 ? " " : "", entry);
	}
}

/*
 * Lines of those chains that are returned just now: the values are made without
 * them, so that they are routed if the return is taken back.
 */
static bool except_returned(const struct confirming *confirming, struct buf *out,
	struct err *err)
{
	struct buf lines = { 0 };
	struct held held;
	bool ok = hold_of_record(confirming->node, confirming->entity, &confirming->id, &lines,
		err);
	size_t i;

	for (i = 0; ok && i < lines.len; i += sizeof(held)) {
		const struct chain *chain;
		char entry[LINE_NAME_TEXT_BYTES + 1] = "-";
		struct place place;

		memcpy(&held, lines.data + i, sizeof(held));
		chain = chain_by_number(confirming->node, held.origin.chain);
		if (held.state == LINE_RETURNED && chain->name.scope.kind == SCOPE_DISTRICT) {
			place = (struct place){ .chain = chain->name, .seq = held.origin.seq,
				.n = held.origin.n };
			place_print(entry + 1, &place);
			add_entry(out, entry);
		}
	}
	buf_clear(&lines);
	return ok;
}

/*
 * The giver's chains of district scope as far as they are held: what the record's
 * values are made of.  What lies beyond is routed when it comes.
 */
static bool covers(const struct confirming *confirming, struct buf *out, struct err *err)
{
	const struct node *node = confirming->node;
	char entry[COVERS_ENTRY_BYTES];
	size_t i;

	if (!except_returned(confirming, out, err)) {
		return false;
	}

	for (i = 0; i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];

		if (chain->name.scope.kind != SCOPE_DISTRICT || chain->head == 0 ||
			strcmp(chain->name.scope.community, confirming->giver) != 0) {
			continue;
		}
		snprintf(entry, sizeof(entry), "%s@%" PRIu32, chain->text, chain->head);
		add_entry(out, entry);
	}
	return buf_ok(out, err);
}

static struct assignment set_text(const struct entity *entity, const char *field,
	const char *text)
{
	return (struct assignment){ entity_field(entity, view_of(field)), ASSIGN_SET,
		{ VALUE_TEXT, 0, view_of(text) } };
}

/* The same for the same move, whichever of the district's devices writes it. */
static bool moved_slug(const struct confirming *confirming, struct record_id *out)
{
	uint8_t digest[SHA256_BYTES];
	struct sha256 hash;
	char text[160], hex[33];
	int len = snprintf(text, sizeof(text), "linli-move\n%s\n%s\n%" PRId64 "\n",
		confirming->entity->name, confirming->text, confirming->number);

	sha256_init(&hash);
	sha256_add(&hash, text, (size_t)len);
	sha256_done(digest, &hash);
	hex_encode(hex, digest, 16);
	return record_id_parse(out, view_of(hex), true);
}

static bool write_moved(struct confirming *confirming, struct err *err)
{
	struct node *node = confirming->node;
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("moved"));
	struct record_id slug, made;
	struct buf heads = { 0 };
	bool ok;

	if (!covers(confirming, &heads, err)) {
		buf_clear(&heads);
		return false;
	}
	struct assignment assignments[] = {
		set_text(entity, "entity", confirming->entity->name),
		set_text(entity, "record", confirming->text),
		{ entity_field(entity, VIEW_LITERAL("number")), ASSIGN_SET,
			{ VALUE_INT, confirming->number, { NULL, 0 } } },
		set_text(entity, "giver", confirming->giver),
		set_text(entity, "taker", confirming->taker),
		set_text(entity, "covers", heads.len != 0 ? buf_str(&heads) : "-"),
	};

	ok = buf_ok(&heads, err) &&
		(moved_slug(confirming, &slug) ||
			err_set(err, ERR_INTERNAL, "a move that has no slug")) &&
		records_put(node, entity, &slug, assignments,
			sizeof(assignments) / sizeof(assignments[0]), &made, err);
	buf_clear(&heads);
	return ok;
}

/* The change of ${list} that is of the same field, and for sets of the same element; or NULL. */
static const struct change *find_change(const struct changes *list,
	const struct field_change *like)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->list[i].field == like->field &&
			(like->change.op != LINE_IN ||
				value_equal(&list->list[i].change.value, &like->change.value))) {
			return &list->list[i].change;
		}
	}
	return NULL;
}

/* One that ${wanted} has and ${there} has not, or otherwise. */
static bool add_missing(struct changes *out, const struct field_change *one,
	const struct change *there, struct err *err)
{
	struct value value = one->change.value;

	if (one->change.op == LINE_ADD && there != NULL &&
		__builtin_sub_overflow(value.integer, there->value.integer, &value.integer)) {
		return err_set(err, ERR_TOO_LARGE, "a total that cannot be handed over");
	}
	/* A total of 0 that is there already is not added. */
	return (there != NULL && (one->change.op == LINE_ADD ? value.integer == 0 :
							       value_equal(&value, &there->value))) ||
		changes_add(out, one->field, one->change.op, &value, err);
}

/* One that ${there} has and nobody wants. */
static bool add_undone(struct changes *out, const struct field_change *one, struct err *err)
{
	struct value value = one->change.value;

	if (one->change.op == LINE_ADD && value.integer == 0) {
		return true;
	}
	if (one->change.op == LINE_PUT) {
		value = (struct value){ VALUE_NULL, 0, { NULL, 0 } };
	} else if (one->change.op == LINE_ADD &&
		__builtin_sub_overflow(0, value.integer, &value.integer)) {
		return err_set(err, ERR_TOO_LARGE, "a total that cannot be handed over");
	}
	return changes_add(out, one->field,
		one->change.op == LINE_IN ? LINE_OUT : one->change.op, &value, err);
}

/* What makes ${wanted} of what is ${there}. */
static bool difference(struct changes *out, const struct changes *wanted,
	const struct changes *there, struct err *err)
{
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < wanted->count; i++) {
		ok = add_missing(out, &wanted->list[i], find_change(there, &wanted->list[i]), err);
	}
	for (i = 0; ok && i < there->count; i++) {
		ok = find_change(wanted, &there->list[i]) != NULL ||
			add_undone(out, &there->list[i], err);
	}
	return ok;
}

/* What the record shows in the district's scope but for whose it is: that is said anew. */
static bool shown_here(struct confirming *confirming, struct changes *out, bool *alive,
	struct err *err)
{
	struct changes all = { 0 };
	bool ok = changes_of_record(confirming->node, &all, confirming->entity, &confirming->id,
		1U << SCOPE_DISTRICT, alive, err);
	size_t i;

	for (i = 0; ok && i < all.count; i++) {
		ok = all.list[i].field == confirming->entity->community ||
			changes_add(out, all.list[i].field, all.list[i].change.op,
				&all.list[i].change.value, err);
	}
	changes_clear(&all);
	return ok;
}

/*
 * What the record showed at the district, again, for its new holder.  One who
 * had it before has lines of its own, which count again now.
 */
static bool write_again(struct confirming *confirming, const struct changes *wanted,
	struct err *err)
{
	const struct field *community = confirming->entity->community;
	struct value taker = { VALUE_TEXT, 0, view_of(confirming->taker) };
	struct changes there = { 0 }, changes = { 0 };
	struct err none = { 0 };
	bool alive, ok;

	ok = shown_here(confirming, &there, &alive, err);
	/* It may have deleted the record too late, when it had it before. */
	if (ok && !alive) {
		ok = records_delete(confirming->node, confirming->entity, &confirming->id, false,
			     &none) ?
			shown_here(confirming, &there, &alive, err) :
			none.code == ERR_NOT_FOUND || err_set(err, none.code, "%s", none.detail);
	}
	ok = ok && difference(&changes, wanted, &there, err) &&
		(community == NULL || community->scope == SCOPE_COMMUNITY ||
			changes_add(&changes, community, LINE_PUT, &taker, err)) &&
		changes_write(confirming->node, &changes, confirming->entity, &confirming->id,
			confirming->taker, err);
	changes_clear(&there);
	changes_clear(&changes);
	return ok;
}

static bool confirm(struct confirming *confirming, struct err *err)
{
	const struct audit_item detail[] = { { "entity", confirming->entity->name, 0 },
		{ "from", confirming->giver, 0 }, { "record", confirming->text, 0 },
		{ "to", confirming->taker, 0 }, { NULL, NULL, 0 } };
	struct changes wanted = { 0 };
	bool alive, ok;

	ok = shown_here(confirming, &wanted, &alive, err) && write_moved(confirming, err) &&
		write_again(confirming, &wanted, err) &&
		audit_add(confirming->node, NULL, AUDIT_MOVED, detail, err);
	changes_clear(&wanted);
	return ok;
}

/* A record that was deleted in the meantime stays where it is. */
static bool deleted_here(struct confirming *confirming, bool *deleted, struct err *err)
{
	struct table *table = node_table(confirming->node, view_of(confirming->entity->name));
	struct loaded at;

	*deleted = false;
	arena_reset(&confirming->node->arena);
	if (table == NULL || !table_load(confirming->node, table, &confirming->id, &at, err)) {
		return table == NULL;
	}
	*deleted = at.found && !record_alive(table->record);
	return true;
}

bool move_confirm(struct node *node, const struct move_work *work, bool *later, struct err *err)
{
	struct confirming confirming = { .node = node };
	bool found, deleted;

	if (!node->district || !moves_acts(node, DISTRICT_SLUG, moves_founder(node))) {
		return true;
	}
	if (!read_said(&confirming, work, &found, err) ||
		(found && !find_pair(&confirming, &found, err))) {
		return false;
	}
	if (!found) {
		return true; /* the other half brings it up again */
	}
	if (!deleted_here(&confirming, &deleted, err) || !waits(&confirming, later, err)) {
		return false;
	}
	return deleted || *later || confirm(&confirming, err);
}
