/* changes.c -- what is written again of a record; see move_private.h. */
#include <stdlib.h>
#include <string.h>

#include "move_private.h"

/* Of one line: with every byte escaped it stays within LINE_MAX_BYTES. */
#define LINE_TEXT_BYTES 9000
#define LINE_ELEMENTS 200

void changes_clear(struct changes *changes)
{
	free(changes->list);
	arena_clear(&changes->arena);
	memset(changes, 0, sizeof(*changes));
}

bool changes_add(struct changes *changes, const struct field *field, enum line_op op,
	const struct value *value, struct err *err)
{
	struct value kept = *value;

	if (changes->count == changes->room) {
		size_t room = changes->room == 0 ? 16 : changes->room * 2;
		struct field_change *list = realloc(changes->list, room * sizeof(*list));

		if (list == NULL) {
			return err_nomem(err);
		}
		changes->list = list;
		changes->room = room;
	}
	if (kept.kind == VALUE_TEXT) {
		kept.text = arena_copy(&changes->arena, value->text);
		if (kept.text.data == NULL) {
			return err_nomem(err);
		}
	}
	changes->list[changes->count++] =
		(struct field_change){ field, { op, view_of(field->name), kept } };
	return true;
}

/* The elements of the JSON array that a union field shows. */
static bool add_elements(struct changes *changes, const struct field *field,
	const struct value *value, struct err *err)
{
	struct value element = { VALUE_TEXT, 0, { NULL, 0 } };
	struct view rest = value->text;

	if (rest.len < 2) {
		return true;
	}
	rest.data++;
	rest.len -= 2;
	while (line_string_read(&element.text, &changes->arena, &rest)) {
		if (!changes_add(changes, field, LINE_IN, &element, err)) {
			return false;
		}
		if (rest.len == 0 || rest.data[0] != ',') {
			break;
		}
		rest.data++;
		rest.len--;
	}
	return true;
}

bool changes_add_shown(struct changes *changes, const struct field *field,
	const struct value *value, struct err *err)
{
	if (value->kind == VALUE_NULL) {
		return true;
	}
	switch (field->rule) {
	case RULE_SUM:
		return changes_add(changes, field, LINE_ADD, value, err);
	case RULE_UNION:
		return add_elements(changes, field, value, err);
	default:
		return changes_add(changes, field, LINE_PUT, value, err);
	}
}

struct gathering {
	struct changes *out;
	unsigned scopes;
	bool alive;
};

static bool gather(void *ctx, const struct record_view *view, struct err *err)
{
	struct gathering *gathering = ctx;
	size_t i;

	gathering->alive = view->alive;
	for (i = 0; view->alive && i < view->entity->field_count; i++) {
		const struct field *field = &view->entity->fields[i];

		if ((gathering->scopes & 1U << field->scope) != 0 &&
			!changes_add_shown(gathering->out, field, &view->values[i], err)) {
			return false;
		}
	}
	return true;
}

bool changes_of_record(struct node *node, struct changes *out, const struct entity *entity,
	const struct record_id *id, unsigned scopes, bool *found, struct err *err)
{
	struct gathering gathering = { out, scopes, false };
	struct err why = { 0 };
	bool ok = records_get(node, entity, id, gather, &gathering, &why);

	*found = ok && gathering.alive;
	return ok || why.code == ERR_NOT_FOUND || err_set(err, why.code, "%s", why.detail);
}

/* ---- writing ------------------------------------------------------ */

static int in_line_order(const void *a, const void *b)
{
	const struct field_change *x = a, *y = b;

	if (x->field->scope != y->field->scope) {
		return x->field->scope < y->field->scope ? -1 : 1;
	}
	if (x->change.op != y->change.op) {
		return x->change.op < y->change.op ? -1 : 1;
	}
	if (x->field->index != y->field->index) {
		return x->field->index < y->field->index ? -1 : 1;
	}
	return view_compare(x->change.value.text, y->change.value.text);
}

/* How many of the ${count} sorted changes at ${list} go into one line. */
static size_t fitting(const struct field_change *list, size_t count)
{
	size_t i, bytes = 0, elements = 0;

	for (i = 0; i < count && list[i].field->scope == list[0].field->scope; i++) {
		bytes += list[i].change.value.text.len;
		elements += list[i].change.op == LINE_IN || list[i].change.op == LINE_OUT;
		if (i != 0 && (bytes > LINE_TEXT_BYTES || elements > LINE_ELEMENTS)) {
			break;
		}
	}
	return i;
}

bool changes_write(struct node *node, const struct changes *changes,
	const struct entity *entity, const struct record_id *id, const char *owner,
	struct err *err)
{
	struct field_change *sorted = calloc(changes->count + 1, sizeof(*sorted));
	struct change *list = calloc(changes->count + 1, sizeof(*list));
	char text[RECORD_ID_TEXT_BYTES];
	bool ok = (sorted != NULL && list != NULL) || err_nomem(err);
	size_t at, i, count;

	record_id_print(text, id->bytes, id->len, entity->slug_ids);
	if (ok && changes->count != 0) {
		memcpy(sorted, changes->list, changes->count * sizeof(*sorted));
		qsort(sorted, changes->count, sizeof(*sorted), in_line_order);
	}
	for (at = 0; ok && at < changes->count; at += count) {
		struct line line = { .entity = view_of(entity->name), .id = view_of(text),
			.changes = list };
		struct scope scope = { .kind = sorted[at].field->scope };

		count = fitting(sorted + at, changes->count - at);
		for (i = 0; i < count; i++) {
			list[i] = sorted[at + i].change;
		}
		line.change_count = count;
		if (scope.kind != SCOPE_FEDERATION) {
			strcpy(scope.community, owner);
		}
		arena_reset(&node->arena);
		ok = clock_next(node, &line.t, err) && capture_line(node, &line, &scope, err);
	}
	free(sorted);
	free(list);
	return ok;
}
