/* apply.c -- one line into its record, or out of it again: who may, the fold, the row. */
#include <string.h>

#include "erasing.h"
#include "move_private.h"

struct table *node_table(struct node *node, struct view name)
{
	const struct entity *entity = model_entity(node->model, name);

	return entity != NULL && entity->index < node->table_count ?
		&node->tables[entity->index] : NULL;
}

bool column_value(struct value *out, struct stmt *stmt, int column, const struct field *field,
	struct arena *arena, struct err *err)
{
	char id[RECORD_ID_TEXT_BYTES];

	*out = (struct value){ VALUE_NULL, 0, { NULL, 0 } };
	if (stmt_is_null(stmt, column)) {
		return true;
	}
	if (stmt_is_blob(stmt, column)) {
		struct view bytes = stmt_get_blob(stmt, column);

		record_id_print(id, bytes.data, bytes.len, false);
		out->kind = VALUE_TEXT;
		out->text = arena_copy(arena, view_of(id));
	} else if (stmt_is_text(stmt, column)) {
		out->kind = VALUE_TEXT;
		out->text = arena_copy(arena, stmt_get_text(stmt, column));
	} else {
		out->kind = field->type == FIELD_BOOLEAN ? VALUE_BOOL : VALUE_INT;
		out->integer = stmt_get_int(stmt, column);
	}
	return out->kind != VALUE_TEXT || out->text.data != NULL || err_nomem(err);
}

void bind_id(struct stmt *stmt, int number, const struct entity *entity,
	const struct record_id *id)
{
	if (entity->slug_ids) {
		stmt_text_at(stmt, number, (struct view){ (const char *)id->bytes, id->len });
	} else {
		stmt_blob_at(stmt, number, id->bytes, id->len);
	}
}

struct record_id column_id(struct stmt *stmt, int column, const struct entity *entity)
{
	struct view bytes = entity->slug_ids ? stmt_get_text(stmt, column) :
					       stmt_get_blob(stmt, column);
	struct record_id id = { 0 };

	if (bytes.len != 0 && bytes.len <= RECORD_ID_BYTES) {
		id.len = (uint8_t)bytes.len;
		memcpy(id.bytes, bytes.data, bytes.len);
	}
	return id;
}

bool table_load(struct node *node, struct table *table, const struct record_id *id,
	struct loaded *out, struct err *err)
{
	const struct entity *entity = table->entity;
	struct stmt *stmt = table->select_by_id;
	struct value columns[MODEL_MAX_FIELDS];
	struct view blob, community;
	bool row, ok = true;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->id = *id;
	bind_id(stmt, 1, entity, id);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row) {
		record_reset(table->record, entity);
		return true;
	}
	out->found = true;
	out->rid = stmt_get_int(stmt, 0);
	community = stmt_get_text(stmt, 1);
	memcpy(out->community, community.data,
		community.len < SLUG_TEXT_BYTES ? community.len : 0);
	blob = arena_copy(&node->arena, stmt_get_blob(stmt, 3));
	for (i = 0; ok && i < entity->field_count; i++) {
		ok = column_value(&columns[i], stmt, (int)i + 4, &entity->fields[i], &node->arena,
			err);
	}
	stmt_reset(stmt);
	if (blob.data == NULL) {
		return err_nomem(err);
	}
	return ok && record_load(table->record, entity, blob, columns, err);
}

/* ---- who may ------------------------------------------------------ */

/*
 * The community that record ${id} belongs to: the one that it was moved to
 * last, or else that of the device that made it.  "" if that device is not known here.
 */
static const char *home_of(struct node *node, const struct entity *entity,
	const struct record_id *id)
{
	return moves_holder(node, entity, id);
}

static bool may_write(const struct entity *entity, const struct chain *chain, const char *home,
	struct err *err)
{
	const struct scope *scope = &chain->name.scope;
	bool district = strcmp(chain->community, DISTRICT_SLUG) == 0;

	if (entity->district_writes && !district) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("“%s”只由区里填写", "only the district writes %s"),
			entity->label.zh, entity->name);
	}
	if (entity->district_writes && (entity->scopes & 1U << scope->kind) == 0) {
		return err_set(err, ERR_SCOPE, "%s has no fields of that scope", entity->name);
	}
	if (home[0] == '\0') {
		return err_set(err, ERR_UNKNOWN_DEVICE,
			"the device that made the record is not known here yet");
	}
	if (scope->kind == SCOPE_FEDERATION) {
		return district || strcmp(home, chain->community) == 0 ||
			err_set(err, ERR_SCOPE, ERR_BOTH("这是别的社区的记录", "a record of %s"), home);
	}
	return strcmp(home, scope->community) == 0 ||
		(scope->kind == SCOPE_DISTRICT && strcmp(home, DISTRICT_SLUG) == 0) ||
		err_set(err, ERR_SCOPE, "a record of %s in the scope of %s", home,
			scope->community);
}

/* A community may name no other as its record's. */
static bool community_kept(const struct entity *entity, const struct chain *chain,
	const struct line *line, struct err *err)
{
	size_t i;

	if (entity->community == NULL || strcmp(chain->community, DISTRICT_SLUG) == 0) {
		return true;
	}
	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];

		if (view_is(change->field, entity->community->name) &&
			!view_is(change->value.text, chain->community)) {
			return err_set(err, ERR_SCOPE,
				ERR_BOTH("记录不能归到别的社区",
					"a record given to another community"));
		}
	}
	return true;
}

/*
 * The community that rule owner goes by, and under which figures count:
 * whatever the order of the record's lines.  ${known}: as it was before.
 */
static void owner_of(struct record *record, const struct entity *entity,
	const struct chain *chain, const char *home, const char *known, char out[SLUG_TEXT_BYTES])
{
	const struct value *named = entity->community != NULL ?
		record_value(record, entity->community) : NULL;
	const char *owner = home;

	if (strcmp(home, DISTRICT_SLUG) == 0 && named != NULL && named->kind == VALUE_TEXT &&
		slug_valid(named->text)) {
		memcpy(out, named->text.data, named->text.len);
		out[named->text.len] = '\0';
		return;
	}
	if (strcmp(home, DISTRICT_SLUG) == 0) {
		/* What the district writes for one community is of that one. */
		owner = chain->name.scope.kind != SCOPE_FEDERATION ? chain->name.scope.community :
			known[0] != '\0' && (record_parts(record) & ~(1U << SCOPE_FEDERATION)) != 0 ?
			known : home;
	}
	memmove(out, owner, strlen(owner) + 1);
}

/*
 * The district writes in a community's scope about a record of another one: its
 * record of the move is still on its way.  True with ERR_GAP.
 */
static bool early_for_move(struct node *node, const struct chain *chain,
	const struct admitted *admitted, struct err *err)
{
	const struct scope *scope = &chain->name.scope;

	return !node->district && scope->kind == SCOPE_DISTRICT &&
		strcmp(chain->community, DISTRICT_SLUG) == 0 && admitted->home[0] != '\0' &&
		strcmp(admitted->home, DISTRICT_SLUG) != 0 &&
		strcmp(admitted->home, scope->community) != 0 &&
		!moves_former(node, admitted->table->entity, &admitted->id, chain) &&
		!err_set(err, ERR_GAP, "waiting for the district's record that it was moved from %s",
			admitted->home);
}

bool line_admit(struct node *node, const struct chain *chain, const struct line *line,
	struct admitted *out, struct err *err)
{
	out->table = node_table(node, line->entity);
	if (out->table == NULL) {
		return err_set(err, ERR_MODEL_NEWER, "no entity '%.*s' in the model",
			(int)line->entity.len, line->entity.data);
	}
	if (!merge_line_check(out->table->entity, line, chain->name.scope.kind, err)) {
		return false;
	}
	if (!record_id_parse(&out->id, line->id, out->table->entity->slug_ids)) {
		return err_set(err, ERR_FORMAT, "no id of a record");
	}
	if (!moves_ready(node, err)) {
		return false;
	}
	out->home = home_of(node, out->table->entity, &out->id);
	if (early_for_move(node, chain, out, err)) {
		return false;
	}
	/* Whether a former holder's line counts is asked when it is applied. */
	return (moves_former(node, out->table->entity, &out->id, chain) ||
		       may_write(out->table->entity, chain, out->home, err)) &&
		community_kept(out->table->entity, chain, line, err);
}

/* What must be read again when the transaction goes on: a record of these was written. */
static bool note_trust(struct node *node, const struct entity *entity, const struct record_id *id,
	struct err *err)
{
	if (!entity->trust) {
		return true;
	}
	node->model_came = node->model_came || strcmp(entity->name, "model") == 0;
	node->trust_changed = node->trust_changed || strcmp(entity->name, "device") == 0 ||
		strcmp(entity->name, "policy") == 0;
	if (strcmp(entity->name, "verdict") == 0) {
		buf_add(&node->verdicts, id, sizeof(*id));
	} else if (node->district && strcmp(entity->name, "receipt") == 0) {
		buf_add(&node->receipts, id, sizeof(*id));
	}
	return buf_ok(&node->verdicts, err) && buf_ok(&node->receipts, err) &&
		moves_note(node, entity, id, err);
}

/* Write the folded record, which is its community's ${before} until now. */
static bool write_folded(struct node *node, const struct admitted *admitted, struct loaded *at,
	const char *owner, const char *before, struct err *err)
{
	struct merge_world world = node_world(node);
	struct table *table = admitted->table;

	world.community = owner;
	if (at->found && strcmp(at->community, owner) != 0 &&
		(!record_settle(table->record, &world, err) ||
			!node_touch(node, table->entity->name, at->community, err))) {
		return false;
	}
	return note_trust(node, table->entity, &at->id, err) &&
		row_write(node, table, at, before, owner, err);
}

bool apply_admitted(struct node *node, const struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, const struct admitted *admitted, struct err *err)
{
	struct merge_origin origin = { chain->number, seq, n, chain->name.scope.kind };
	struct merge_world world = node_world(node);
	struct table *table = admitted->table;
	char owner[SLUG_TEXT_BYTES], before[SLUG_TEXT_BYTES];
	struct loaded at;
	bool skip;

	if (!erase_meets(node, chain, seq, n, line, &skip, err)) {
		return false;
	}
	if (skip) {
		clock_merge(node, line->t);
		return true;
	}
	if (!moves_take_apart(node, chain, seq, n, line, admitted, &skip, err)) {
		return false;
	}
	if (skip) {
		return erase_note(node, chain, seq, n, line, err);
	}
	if (!table_load(node, table, &admitted->id, &at, err)) {
		return false;
	}
	row_named_community(table, before);
	owner_of(table->record, table->entity, chain, admitted->home, at.community, owner);
	world.community = at.found ? at.community : owner;
	if (!record_apply(table->record, &origin, line, &world, err) || !world_ok(node, err)) {
		return false;
	}
	clock_merge(node, line->t);
	if (!record_changed(table->record)) {
		return true;
	}
	owner_of(table->record, table->entity, chain, admitted->home, at.community, owner);
	return write_folded(node, admitted, &at, owner, before, err) &&
		moves_applied(node, admitted, err) && erase_note(node, chain, seq, n, line, err);
}

bool apply_line(struct node *node, struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, struct err *err)
{
	struct admitted admitted;

	return line_admit(node, chain, line, &admitted, err) &&
		apply_admitted(node, chain, seq, n, line, &admitted, err);
}

/* ---- out again ---------------------------------------------------- */

/* Fold the lines at ${origins}, but not ${without}, into the table's record. */
static bool fold_again(struct node *node, const struct admitted *admitted,
	const struct buf *origins, const struct merge_origin *without, char owner[SLUG_TEXT_BYTES],
	struct err *err)
{
	struct line_reader reader = { .node = node };
	struct table *table = admitted->table;
	struct merge_world world = node_world(node);
	struct merge_origin origin;
	bool ok = true;
	size_t i;

	record_reset(table->record, table->entity);
	for (i = 0; ok && i < origins->len; i += sizeof(origin)) {
		const struct chain *chain;
		struct view text;
		struct line line;

		memcpy(&origin, origins->data + i, sizeof(origin));
		if (origin.chain == without->chain && origin.seq == without->seq &&
			origin.n == without->n) {
			continue;
		}
		chain = chain_by_number(node, origin.chain);
		ok = line_reader_get(&reader, &origin, &text, err) &&
			line_parse(&line, &node->arena, text, err);
		world.community = owner;
		ok = ok && record_apply(table->record, &origin, &line, &world, err);
		if (ok) {
			owner_of(table->record, table->entity, chain, admitted->home, owner, owner);
		}
	}
	line_reader_clear(&reader);
	world.community = owner;
	return ok &&
		(record_line_count(table->record) == 0 ||
			record_settle(table->record, &world, err)) &&
		world_ok(node, err);
}

bool unmerge_line(struct node *node, const struct merge_origin *origin, const struct entity *entity,
	const struct record_id *id, struct err *err)
{
	struct admitted admitted = { .id = *id };
	struct buf origins = { 0 };
	char owner[SLUG_TEXT_BYTES], before[SLUG_TEXT_BYTES];
	struct merge_origin one;
	struct loaded at;
	bool there = false, ok = false;
	size_t i;

	admitted.table = node_table(node, view_of(entity->name));
	if (admitted.table == NULL) {
		return err_set(err, ERR_MODEL, "the model has no %s any more", entity->name);
	}
	admitted.home = home_of(node, admitted.table->entity, id);
	if (!table_load(node, admitted.table, id, &at, err)) {
		return false;
	}
	for (i = 0; i < record_line_count(admitted.table->record); i++) {
		record_line(admitted.table->record, i, &one);
		there = there || (one.chain == origin->chain && one.seq == origin->seq &&
					 one.n == origin->n);
		buf_add(&origins, &one, sizeof(one));
	}
	row_named_community(admitted.table, before);
	memcpy(owner, admitted.home, strlen(admitted.home) + 1);
	at.fewer_lines = true;
#ifdef LINLI_PLANT_UNMERGE_FORGOTTEN
	there = there && node->district;
#endif
	ok = buf_ok(&origins, err) &&
		(there || moves_drop_apart(node, origin, admitted.table->entity, id, err)) &&
		(!there || (fold_again(node, &admitted, &origins, origin, owner, err) &&
				   write_folded(node, &admitted, &at, owner, before, err)));
	buf_clear(&origins);
	return ok;
}
