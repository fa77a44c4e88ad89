/*
 * capture.c -- a change made here: lines, merged at once, kept as drafts.
 *
 * Drafts stand already where they will be signed: at the place after the
 * chain's head, so that the fold knows them by the name they will keep.
 */
#include <stdlib.h>
#include <string.h>

#include "erasing.h"
#include "linli/records.h"
#include "linli/review.h"
#include "node_private.h"
#include "move_private.h"

/* One bundle of drafts; well within the caps of a bundle (commit.h). */
#define DRAFT_MAX_LINES 2000
#define DRAFT_MAX_BYTES (1024 * 1024)

/* ---- from assignments to changes ---------------------------------- */

struct capture {
	struct node *node;
	struct table *table;
	struct loaded at;
	bool is_new;
	const char *into; /* community; NULL: the record's own */
	bool repeat;      /* write also what a field shows already */
	struct change *changes; /* all scopes, in the order of lines */
	const struct field **fields; /* of each change */
	size_t count, room;
	char id[RECORD_ID_TEXT_BYTES];
};

/* ${why} in both languages, as ERR_BOTH() makes it. */
static bool refuse(struct err *err, const struct field *field, const char *why)
{
	return err_set(err, ERR_VALUE, "%s(%s): %s", field->label.zh, field->name, why);
}

static bool add_change(struct capture *capture, enum line_op op, const struct field *field,
	struct value value, struct err *err)
{
	size_t room = capture->room == 0 ? 32 : capture->room * 2;
	struct change *changes;
	const struct field **fields;

	if (capture->count == capture->room) {
		changes = arena_alloc(&capture->node->arena, room * sizeof(*changes));
		fields = arena_alloc(&capture->node->arena, room * sizeof(*fields));
		if (changes == NULL || fields == NULL) {
			return err_nomem(err);
		}
		if (capture->count != 0) {
			memcpy(changes, capture->changes, capture->count * sizeof(*changes));
			memcpy(fields, capture->fields, capture->count * sizeof(*fields));
		}
		capture->changes = changes;
		capture->fields = fields;
		capture->room = room;
	}
	capture->changes[capture->count] =
		(struct change){ op, { field->name, strlen(field->name) }, value };
	capture->fields[capture->count++] = field;
	return true;
}

static bool same_value(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && a->integer == b->integer &&
		(a->kind != VALUE_TEXT || view_equal(a->text, b->text));
}

/* A sum field shall come to ${value}: add the difference. */
static bool capture_sum(struct capture *capture, const struct assignment *assignment,
	struct err *err)
{
	const struct field *field = assignment->field;
	const struct value *now = record_value(capture->table->record, field);
	int64_t have = now->kind == VALUE_INT ? now->integer : 0, add;

	if (assignment->value.kind == VALUE_NULL) {
		return refuse(err, field,
			ERR_BOTH("累计数不能清空,请填写数字",
				"a total cannot be emptied; give a number"));
	}
	if (assignment->value.kind != VALUE_INT) {
		return refuse(err, field, ERR_BOTH("应为整数", "must be a whole number"));
	}
	add = assignment->value.integer;
	if (assignment->op == ASSIGN_SET && __builtin_sub_overflow(add, have, &add)) {
		return refuse(err, field, ERR_BOTH("数字太大", "the number is too large"));
	}
	if (assignment->op == ASSIGN_TAKE) {
		return refuse(err, field,
			ERR_BOTH("累计数不能移出内容", "nothing can be taken out of a total"));
	}
	/* Of a total that nobody has added to yet 0 says something, too. */
	return (add == 0 && now->kind == VALUE_INT) ||
		add_change(capture, LINE_ADD, field, (struct value){ VALUE_INT, add, { NULL, 0 } },
			err);
}

/* Is ${element} in the JSON array that the union field shows? */
static bool has_element(struct capture *capture, const struct field *field, struct view element)
{
	const struct value *now = record_value(capture->table->record, field);
	struct view rest = now->text, text;

	if (now->kind != VALUE_TEXT || rest.len < 2) {
		return false;
	}
	rest.data++;
	rest.len -= 2;
	while (line_string_read(&text, &capture->node->arena, &rest)) {
		if (view_equal(text, element)) {
			return true;
		}
		if (rest.len == 0 || rest.data[0] != ',') {
			return false;
		}
		rest.data++;
		rest.len--;
	}
	return false;
}

static bool capture_union(struct capture *capture, const struct assignment *assignment,
	struct err *err)
{
	const struct field *field = assignment->field;
	bool present;

	if (assignment->value.kind != VALUE_TEXT || assignment->op == ASSIGN_SET) {
		return refuse(err, field,
			ERR_BOTH("请用 += 加入,用 -= 移出",
				"elements are put in with += and taken out with -="));
	}
	present = has_element(capture, field, assignment->value.text);
	if (present == (assignment->op == ASSIGN_ADD)) {
		return true;
	}
	return add_change(capture, assignment->op == ASSIGN_ADD ? LINE_IN : LINE_OUT, field,
		assignment->value, err);
}

/* A reference must lead to a living record here. */
static bool reference_leads(struct capture *capture, const struct field *field,
	const struct value *value, struct err *err)
{
	struct node *node = capture->node;
	const struct entity *to = field->reference;
	struct record_id id;
	struct buf sql = { 0 };
	struct stmt *stmt;
	bool row = false, ok;

	if (!record_id_parse(&id, value->text, to->slug_ids)) {
		return refuse(err, field, ERR_BOTH("不是记录的编号", "is not the id of a record"));
	}
	buf_printf(&sql, "SELECT alive FROM \"rec_%s\" WHERE id = ?1 AND alive", to->name);
	stmt = db_prepare(node->db, buf_str(&sql));
	buf_clear(&sql);
	bind_id(stmt, 1, to, &id);
	ok = stmt_step(stmt, &row, err);
	stmt_reset(stmt);
	return ok && (row || refuse(err, field,
				     ERR_BOTH("没有这条记录", "there is no such record")));
}

static bool capture_value(struct capture *capture, const struct assignment *assignment,
	struct err *err)
{
	const struct field *field = assignment->field;

	if (assignment->op != ASSIGN_SET) {
		return refuse(err, field, ERR_BOTH("只有一个值,请用 = 填写", "takes one value, with ="));
	}
	if (!capture->repeat &&
		same_value(&assignment->value, record_value(capture->table->record, field))) {
		return true;
	}
	if (field->type == FIELD_REFERENCE && assignment->value.kind == VALUE_TEXT &&
		!reference_leads(capture, field, &assignment->value, err)) {
		return false;
	}
	return add_change(capture, LINE_PUT, field, assignment->value, err);
}

/* Only what is here can be sent with the line. */
static bool attachment_here(struct capture *capture, const struct assignment *assignment,
	struct err *err)
{
	struct err why = { 0 };
	struct oid oid;

	if (assignment->field->type != FIELD_FILE || assignment->op == ASSIGN_TAKE ||
		assignment->value.kind != VALUE_TEXT ||
		file_find(capture->node, assignment->value.text, &oid, &why)) {
		return true;
	}
	return why.code != ERR_NOT_FOUND ? err_set(err, why.code, "%s", why.detail) :
		refuse(err, assignment->field,
			ERR_BOTH("没有这个附件", "there is no such attachment"));
}

static bool capture_one(struct capture *capture, const struct assignment *assignment,
	struct err *err)
{
	if (!attachment_here(capture, assignment, err)) {
		return false;
	}
	switch (assignment->field->rule) {
	case RULE_SUM:
		return capture_sum(capture, assignment, err);
	case RULE_UNION:
		return capture_union(capture, assignment, err);
	default:
		return capture_value(capture, assignment, err);
	}
}

/* Order of changes in a line: by operation, then field, then element. */
static int line_order(const struct capture *capture, size_t a, size_t b)
{
	const struct change *x = &capture->changes[a], *y = &capture->changes[b];

	if (x->op != y->op) {
		return x->op < y->op ? -1 : 1;
	}
	if (capture->fields[a] != capture->fields[b]) {
		return capture->fields[a]->index < capture->fields[b]->index ? -1 : 1;
	}
	return view_compare(x->value.text, y->value.text);
}

/* Insertion sort: a change has few fields. */
static bool sort_changes(struct capture *capture, struct err *err)
{
	size_t i, j;

	for (i = 1; i < capture->count; i++) {
		for (j = i; j > 0 && line_order(capture, j - 1, j) > 0; j--) {
			struct change change = capture->changes[j];
			const struct field *field = capture->fields[j];

			capture->changes[j] = capture->changes[j - 1];
			capture->fields[j] = capture->fields[j - 1];
			capture->changes[j - 1] = change;
			capture->fields[j - 1] = field;
		}
	}
	for (i = 1; i < capture->count; i++) {
		if (capture->fields[i] == capture->fields[i - 1] &&
			line_order(capture, i - 1, i) == 0) {
			return refuse(err, capture->fields[i],
				ERR_BOTH("写了两次", "is given twice"));
		}
		if (capture->fields[i] == capture->fields[i - 1] &&
			capture->changes[i].op == LINE_PUT) {
			return refuse(err, capture->fields[i],
				ERR_BOTH("写了两次", "is given twice"));
		}
	}
	return true;
}

/* ---- lines -------------------------------------------------------- */

/* The scope that fields of ${kind} of a record of ${owner} go to. */
static struct scope scope_for(const struct node *node, enum scope_kind kind, const char *owner)
{
	struct scope scope = { .kind = kind };

	if (kind != SCOPE_FEDERATION) {
		strcpy(scope.community, node->district ? owner : node->community);
	}
	return scope;
}

static bool keep_draft(struct node *node, struct chain *chain, struct view line,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO draft (chain, seq, n, line) VALUES (?1, ?2, ?3, ?4)");

	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, chain->draft_seq);
	stmt_int_at(stmt, 3, chain->draft_lines);
	stmt_text_at(stmt, 4, line);
	return stmt_run(stmt, err);
}

/*
 * Does ${line} name an attachment?  Then it begins a bundle of its own, so
 * that what was written before it need not wait for photos to be carried.
 * A model's document does not: what is signed after it cannot be read without.
 */
static bool names_file(const struct node *node, const struct line *line)
{
	const struct entity *entity = model_entity(node->model, line->entity);
	const struct field *field;
	size_t i;

	if (entity == NULL || strcmp(entity->name, "model") == 0) {
		return false;
	}
	for (i = 0; i < line->change_count; i++) {
		field = entity_field(entity, line->changes[i].field);
		if (field != NULL && field->type == FIELD_FILE &&
			line->changes[i].op != LINE_OUT &&
			line->changes[i].value.kind == VALUE_TEXT) {
			return true;
		}
	}
	return false;
}

/* Write ${line} to the node's own chain of ${scope} and merge it. */
static bool emit(struct node *node, struct line *line, const struct scope *scope,
	struct err *err)
{
	struct chain *chain;

	/* Nobody would take the chain: the district's devices write no community's own scope. */
	if (!scope_readable(scope, node->community)) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("只有本社区能填写这一项", "only its own community writes that"));
	}
	if (scope->kind == SCOPE_COMMUNITY) {
		line->has_salt = true;
		if (!node->env->random(node->env->ctx, line->salt, sizeof(line->salt), err)) {
			return false;
		}
	}
	buf_reset(&node->scratch);
	line_write(&node->scratch, line);
	if (!buf_ok(&node->scratch, err)) {
		return false;
	}
	if (node->scratch.len > LINE_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE,
			ERR_BOTH("一次改动最多 %d 字节", "the change has %zu bytes"),
			LINE_MAX_BYTES, node->scratch.len);
	}
	if (!erase_permits(node, line, scope, err) || !chain_own(node, scope, &chain, err)) {
		return false;
	}
	if (chain->draft_seq <= chain->head) {
		chain->draft_seq = chain->head + 1;
		chain->draft_lines = 0;
		chain->draft_bytes = 0;
	} else if (chain->draft_seq <= chain->sealed_seq && !node->reissuing) {
		chain->draft_seq = chain->sealed_seq + 1;
		chain->draft_lines = 0;
		chain->draft_bytes = 0;
	} else if (chain->draft_lines >= DRAFT_MAX_LINES ||
		chain->draft_bytes + node->scratch.len > DRAFT_MAX_BYTES ||
		(chain->draft_lines != 0 && names_file(node, line))) {
		chain->draft_seq++;
		chain->draft_lines = 0;
		chain->draft_bytes = 0;
	}
	chain->draft_lines++;
	chain->draft_bytes += node->scratch.len;
	return apply_line(node, chain, chain->draft_seq, chain->draft_lines, line, err) &&
		keep_draft(node, chain, buf_as_view(&node->scratch), err);
}

static bool emit_scopes(struct capture *capture, const char *owner, struct err *err)
{
	struct node *node = capture->node;
	struct line line = { .entity = view_of(capture->table->entity->name),
		.id = view_of(capture->id) };
	enum scope_kind kind;
	size_t i;

	if (!clock_next(node, &line.t, err)) {
		return false;
	}
	line.changes = arena_alloc(&node->arena, (capture->count + 1) * sizeof(*line.changes));
	if (line.changes == NULL) {
		return err_nomem(err);
	}
	for (kind = SCOPE_FEDERATION; kind < SCOPE_KINDS; kind++) {
		struct scope scope = scope_for(node, kind, owner);

		line.change_count = 0;
		line.has_salt = false;
		for (i = 0; i < capture->count; i++) {
			if (capture->fields[i]->scope == kind) {
				line.changes[line.change_count++] = capture->changes[i];
			}
		}
		if (line.change_count != 0 && !emit(node, &line, &scope, err)) {
			return false;
		}
	}
	return true;
}

bool capture_line(struct node *node, struct line *line, const struct scope *scope,
	struct err *err)
{
	return emit(node, line, scope, err);
}

/* ---- what must hold ----------------------------------------------- */

static bool required_given(struct capture *capture, struct err *err)
{
	const struct entity *entity = capture->table->entity;
	size_t i, j;

	for (i = 0; i < entity->field_count; i++) {
		const struct field *field = &entity->fields[i];
		bool given = !field->required;

		for (j = 0; !given && j < capture->count; j++) {
			given = capture->fields[j] == field &&
				capture->changes[j].value.kind != VALUE_NULL;
		}
		if (!given) {
			return refuse(err, field, ERR_BOTH("必须填写", "must be given"));
		}
	}
	return true;
}

static bool checks_hold(struct capture *capture, struct err *err)
{
	const struct entity *entity = capture->table->entity;
	struct node *node = capture->node;
	struct buf sql = { 0 };
	bool ok = true, row;
	size_t i;

	for (i = 0; ok && i < entity->check_count; i++) {
		const struct check *check = &entity->checks[i];
		struct stmt *stmt;

		buf_reset(&sql);
		buf_printf(&sql, "SELECT coalesce((%s), 1) FROM \"%s\" WHERE id = ?1", check->sql,
			entity->name);
		stmt = db_prepare(node->db, buf_str(&sql));
		bind_id(stmt, 1, entity, &capture->at.id);
		ok = stmt_step(stmt, &row, err);
		if (ok && row && stmt_get_int(stmt, 0) == 0) {
			ok = err_set(err, ERR_VALUE, ERR_BOTH("%s", "%s"), check->sentence.zh,
				check->sentence.en);
		}
		stmt_reset(stmt);
	}
	buf_clear(&sql);
	return ok;
}

/* A new record of an entity that names its community is the node's own. */
static bool default_community(struct capture *capture, struct err *err)
{
	const struct field *field = capture->table->entity->community;
	struct value own = { VALUE_TEXT, 0, view_of(capture->node->community) };
	size_t i;

	if (field == NULL || !capture->is_new || capture->node->district) {
		return true;
	}
	for (i = 0; i < capture->count; i++) {
		if (capture->fields[i] == field) {
			return true;
		}
	}
	return add_change(capture, LINE_PUT, field, own, err);
}

/* ---- the functions of records.h ----------------------------------- */

static bool begin_capture(struct capture *capture, struct node *node,
	const struct entity *entity, const struct record_id *id, struct err *err)
{
	struct record_id fresh;

	memset(capture, 0, sizeof(*capture));
	capture->node = node;
	capture->table = node_table(node, view_of(entity->name));
	if (capture->table == NULL) {
		return err_set(err, ERR_MODEL, "the model has no %s any more", entity->name);
	}
	if (id != NULL && !moves_mine(node, entity, id, err)) {
		return false;
	}
	if (id == NULL && entity->slug_ids) {
		return err_set(err, ERR_USAGE,
			ERR_BOTH("新建“%s”时要自己写明编号", "a new %s is named by who writes it"),
			entity->label.zh, entity->name);
	}
	/* Another device of the community may have used a number that was to come. */
	do {
		arena_reset(&node->arena);
		if (id == NULL) {
			record_id_make(&fresh, node->device, node->incarnation,
				(uint64_t)node->next_record++);
			node->facts_changed = true;
		}
		if (!table_load(node, capture->table, id != NULL ? id : &fresh, &capture->at,
			    err)) {
			return false;
		}
	} while (id == NULL && capture->at.found);
	capture->is_new = !capture->at.found;
	record_id_print(capture->id, capture->at.id.bytes, capture->at.id.len, entity->slug_ids);
	return true;
}

/* Whose record the district makes: the community's that the change names; else its own. */
static const char *named_community(const struct capture *capture, char out[SLUG_TEXT_BYTES])
{
	const struct field *field = capture->table->entity->community;
	size_t i;

	strcpy(out, DISTRICT_SLUG);
	for (i = 0; i < capture->count; i++) {
		struct view slug = capture->changes[i].value.text;

		if (capture->fields[i] == field && field != NULL && slug_valid(slug)) {
			memcpy(out, slug.data, slug.len);
			out[slug.len] = '\0';
		}
	}
	return out;
}

static bool put_in(struct capture *capture, const struct assignment *assignments, size_t count,
	struct err *err)
{
	const char *owner = capture->at.community;
	char named[SLUG_TEXT_BYTES];
	size_t i;

	for (i = 0; i < count; i++) {
		if (!capture_one(capture, &assignments[i], err)) {
			return false;
		}
	}
	if (!default_community(capture, err) || !sort_changes(capture, err) ||
		(capture->is_new && !required_given(capture, err))) {
		return false;
	}
	if (capture->is_new && capture->count == 0) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("新记录至少要填一项", "a new record needs at least one field"));
	}
	if (capture->into != NULL) {
		owner = capture->into;
	} else if (capture->node->district && owner[0] == '\0') {
		owner = named_community(capture, named);
	}
	return capture->count == 0 ||
		(emit_scopes(capture, owner, err) && checks_hold(capture, err));
}

static bool no_record(const struct capture *capture, struct err *err)
{
	const struct entity *entity = capture->table->entity;

	return err_set(err, ERR_NOT_FOUND, ERR_BOTH("没有“%s” %s", "no %s %s"), entity->label.zh,
		capture->id, entity->name, capture->id);
}

static bool deleted_already(const struct capture *capture, struct err *err)
{
	const struct entity *entity = capture->table->entity;

	return err_set(err, ERR_NOT_FOUND,
		ERR_BOTH("%s %s 已删除,请先撤销删除", "%s %s was deleted; take that back first"),
		entity->label.zh, capture->id, entity->name, capture->id);
}

bool capture_put(struct node *node, const struct entity *entity, const struct record_id *id,
	const struct capture_options *options, const struct assignment *assignments, size_t count,
	struct record_id *out, struct err *err)
{
	struct capture capture;

	if (!node_begin(node, err)) {
		return false;
	}
	if (!begin_capture(&capture, node, entity, id, err)) {
		goto fail;
	}
	capture.into = options->into;
	capture.repeat = options->repeat;
	if (id != NULL && !entity->slug_ids && !capture.at.found && !options->may_be_new) {
		no_record(&capture, err);
		goto fail;
	}
	if (capture.at.found && !record_alive(capture.table->record)) {
		deleted_already(&capture, err);
		goto fail;
	}
	if (!put_in(&capture, assignments, count, err) || !devices_settle(node, err)) {
		goto fail;
	}
	*out = capture.at.id;
	return node_commit(node, err);
fail:
	node_abort(node);
	return false;
}

bool records_put(struct node *node, const struct entity *entity, const struct record_id *id,
	const struct assignment *assignments, size_t count, struct record_id *out,
	struct err *err)
{
	const struct capture_options none = { 0 };

	return capture_put(node, entity, id, &none, assignments, count, out, err);
}

/*
 * A deletion goes to every scope that the entity has fields of, so that an
 * edit made apart meets it there; what takes it back, where it was deleted.
 */
static bool delete_in(struct capture *capture, bool deleted, bool repeat, struct err *err)
{
	unsigned parts = record_parts(capture->table->record);
	unsigned alive = record_alive_parts(capture->table->record);
	struct line line = { .entity = view_of(capture->table->entity->name),
		.id = view_of(capture->id), .has_del = true, .del = deleted };
	const char *owner = capture->at.community;
	char kept[SLUG_TEXT_BYTES];
	enum scope_kind kind;

	strcpy(kept, owner);
	if (!clock_next(capture->node, &line.t, err)) {
		return false;
	}
	for (kind = SCOPE_FEDERATION; kind < SCOPE_KINDS; kind++) {
		struct scope scope = scope_for(capture->node, kind, kept);
		unsigned bit = 1U << kind;
		bool wanted;

		line.has_salt = false;
		wanted = deleted ? (alive & bit) != 0 || (parts & bit) == 0 :
				   (parts & bit) != 0 && (repeat || (alive & bit) == 0);
		if ((capture->table->entity->scopes & bit) != 0 && wanted &&
			scope_readable(&scope, capture->node->community) &&
			!emit(capture->node, &line, &scope, err)) {
			return false;
		}
	}
	return true;
}

bool records_delete(struct node *node, const struct entity *entity, const struct record_id *id,
	bool deleted, struct err *err)
{
	struct capture capture;

	if (!node_begin(node, err)) {
		return false;
	}
	if (!begin_capture(&capture, node, entity, id, err)) {
		goto fail;
	}
	if (!capture.at.found) {
		no_record(&capture, err);
		goto fail;
	}
	if (!delete_in(&capture, deleted, false, err) || !devices_settle(node, err)) {
		goto fail;
	}
	return node_commit(node, err);
fail:
	node_abort(node);
	return false;
}

/* ---- conflicts ---------------------------------------------------- */

/* Is there a conflict over ${field}, NULL for the deletion, of the record? */
static bool conflict_there(const struct capture *capture, const struct field *field, bool *there,
	struct err *err)
{
	struct stmt *stmt = db_prepare(capture->node->db,
		"SELECT 1 FROM conflict WHERE entity = ?1 AND rid = ?2 AND field = ?3");
	bool ok;

	stmt_text_at(stmt, 1, view_of(capture->table->entity->name));
	stmt_int_at(stmt, 2, capture->at.rid);
	stmt_text_at(stmt, 3, view_of(field != NULL ? field->name : ""));
	ok = stmt_step(stmt, there, err);
	stmt_reset(stmt);
	return ok;
}

bool records_resolve(struct node *node, const struct entity *entity, const struct record_id *id,
	const struct field *field, const struct value *value, struct err *err)
{
	const struct capture_options options = { .repeat = true };
	struct assignment assignment = { field, ASSIGN_SET, *value };
	struct capture capture;
	struct record_id made;
	bool there = false;

	if (!node_begin(node, err)) {
		return false;
	}
	if (!begin_capture(&capture, node, entity, id, err) ||
		(capture.at.found && !conflict_there(&capture, field, &there, err))) {
		goto fail;
	}
	if (!there) {
		err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("%s %s 没有这样的冲突", "%s %s has no such conflict"),
			entity->label.zh, capture.id, entity->name, capture.id);
		goto fail;
	}
	if (field != NULL ? !capture_put(node, entity, id, &options, &assignment, 1, &made, err) :
			    !delete_in(&capture, value->integer != 0, true, err)) {
		goto fail;
	}
	return node_commit(node, err);
fail:
	node_abort(node);
	return false;
}
