/* browse.c -- see linli/browse.h. */
#include <inttypes.h>
#include <string.h>

#include "linli/browse.h"
#include "linli/civil.h"
#include "node_private.h"

#define BOUND_MAX (2 * BROWSE_MAX_FILTERS + 4)

/* A query that is put together, with what is to be bound to ?1, ?2, ... */
struct asking {
	const struct browse *browse;
	struct buf sql;
	struct value bound[BOUND_MAX];
	struct record_id ids[BOUND_MAX]; /* instead, where len is not 0 */
	char dates[BOUND_MAX][CIVIL_DATE_BYTES];
	size_t count;
};

/* ?N for the value that is bound next. */
static struct value *bind_next(struct asking *asking)
{
	buf_printf(&asking->sql, "?%zu", ++asking->count);
	return &asking->bound[asking->count - 1];
}

static void bind_text(struct asking *asking, struct view text)
{
	*bind_next(asking) = (struct value){ .kind = VALUE_TEXT, .text = text };
}

static void bind_date(struct asking *asking, const char *date)
{
	char *copy = asking->dates[asking->count];

	memcpy(copy, date, CIVIL_DATE_BYTES);
	bind_text(asking, view_of(copy));
}

static void bind_all(struct stmt *stmt, const struct asking *asking)
{
	size_t i;

	for (i = 0; i < asking->count; i++) {
		const struct value *value = &asking->bound[i];

		if (asking->ids[i].len != 0) {
			stmt_blob_at(stmt, (int)i + 1, asking->ids[i].bytes, asking->ids[i].len);
		} else if (value->kind == VALUE_TEXT) {
			stmt_text_at(stmt, (int)i + 1, value->text);
		} else {
			stmt_int_at(stmt, (int)i + 1, value->integer);
		}
	}
}

/* ---- conditions --------------------------------------------------- */

/* Whose a record is, as shown. */
static const char *community_sql(const struct entity *entity)
{
	return entity->community != NULL ? "COALESCE(\"community\", owner)" :
		entity_field(entity, VIEW_LITERAL("community")) != NULL ? "owner" :
									  "community";
}

static bool refers(const struct field *field)
{
	return field->type == FIELD_REFERENCE && field->rule != RULE_UNION &&
		field->reference->title != NULL;
}

/* The title of the record that ${field} refers to. */
static void title_sql(struct buf *sql, const struct entity *entity, const struct field *field)
{
	buf_printf(sql, "(SELECT r.\"%s\" FROM \"rec_%s\" r WHERE r.id = \"rec_%s\".\"%s\")",
		field->reference->title->name, field->reference->name, entity->name, field->name);
}

static void search_sql(struct asking *asking)
{
	const struct entity *entity = asking->browse->entity;
	size_t i;

	buf_text(&asking->sql, " AND finds(");
	bind_text(asking, asking->browse->search);
	for (i = 0; i < entity->field_count; i++) {
		const struct field *field = &entity->fields[i];

		if (refers(field)) {
			buf_text(&asking->sql, ", ");
			title_sql(&asking->sql, entity, field);
		} else if (field->type == FIELD_TEXT || field->type == FIELD_DATE) {
			buf_printf(&asking->sql, ", \"%s\"", field->name);
		}
	}
	buf_text(&asking->sql, ")");
}

static bool no_such_value(const struct browse_filter *filter, struct err *err)
{
	return err_set(err, ERR_VALUE, ERR_BOTH("“%s”不能是 %.*s", "%s cannot be %.*s"),
		filter->field->label.zh, (int)(filter->value.len < 60 ? filter->value.len : 60),
		filter->value.data, filter->field->name,
		(int)(filter->value.len < 60 ? filter->value.len : 60), filter->value.data);
}

static bool date_sql(struct asking *asking, const struct browse_filter *filter, struct err *err)
{
	struct period period;

	if (civil_date_valid(filter->value)) {
		buf_printf(&asking->sql, "\"%s\" = ", filter->field->name);
		bind_text(asking, filter->value);
		return true;
	}
	if (!period_parse(&period, filter->value, err)) {
		return no_such_value(filter, err);
	}
	buf_printf(&asking->sql, "(\"%s\" >= ", filter->field->name);
	bind_date(asking, period.from);
	buf_printf(&asking->sql, " AND \"%s\" < ", filter->field->name);
	bind_date(asking, period.to);
	buf_text(&asking->sql, ")");
	return true;
}

static bool number_sql(struct asking *asking, const struct browse_filter *filter, struct err *err)
{
	const struct field *field = filter->field;
	int64_t number = view_is(filter->value, "true");

	if (field->type == FIELD_BOOLEAN ? !view_is(filter->value, "true") &&
				!view_is(filter->value, "false") :
					   !int64_parse(&number, filter->value)) {
		return no_such_value(filter, err);
	}
	buf_printf(&asking->sql, "\"%s\" = ", field->name);
	*bind_next(asking) = (struct value){ .kind = VALUE_INT, .integer = number };
	return true;
}

static bool reference_sql(struct asking *asking, const struct browse_filter *filter,
	struct err *err)
{
	struct record_id id;

	if (!record_id_parse(&id, filter->value, filter->field->reference->slug_ids)) {
		return no_such_value(filter, err);
	}
	buf_printf(&asking->sql, "\"%s\" = ", filter->field->name);
	if (filter->field->reference->slug_ids) {
		bind_text(asking, filter->value);
	} else {
		bind_next(asking);
		asking->ids[asking->count - 1] = id;
	}
	return true;
}

static bool filter_sql(struct asking *asking, const struct browse_filter *filter, struct err *err)
{
	const struct field *field = filter->field;

	if (filter->value.len == 0) {
		buf_printf(&asking->sql,
			field->rule == RULE_UNION ? "(\"%s\" IS NULL OR \"%s\" = '[]')" :
						    "\"%s\" IS NULL",
			field->name, field->name);
		return true;
	}
	if (field->rule == RULE_UNION) {
		buf_printf(&asking->sql,
			"EXISTS (SELECT 1 FROM json_each(\"rec_%s\".\"%s\") WHERE value = ",
			asking->browse->entity->name, field->name);
		bind_text(asking, filter->value);
		buf_text(&asking->sql, ")");
		return true;
	}
	switch (field->type) {
	case FIELD_DATE:
		return date_sql(asking, filter, err);
	case FIELD_REFERENCE:
		return reference_sql(asking, filter, err);
	case FIELD_INTEGER:
	case FIELD_MONEY:
	case FIELD_AREA:
	case FIELD_BOOLEAN:
		return number_sql(asking, filter, err);
	default:
		buf_printf(&asking->sql, "\"%s\" = ", field->name);
		bind_text(asking, filter->value);
		return true;
	}
}

/* AND (a OR b) for the filters of each field, but for those of ${except}. */
static bool filters_sql(struct asking *asking, const struct field *except, struct err *err)
{
	const struct browse *browse = asking->browse;
	size_t i, other;

	for (i = 0; i < browse->filter_count; i++) {
		const struct field *field = browse->filters[i].field;
		bool first = true;

		for (other = 0; other < i && first; other++) {
			first = browse->filters[other].field != field;
		}
		if (field == except || !first) {
			continue;
		}
		buf_text(&asking->sql, " AND (");
		for (other = i; other < browse->filter_count; other++) {
			if (browse->filters[other].field != field) {
				continue;
			}
			buf_text(&asking->sql, other != i ? " OR " : "");
			if (!filter_sql(asking, &browse->filters[other], err)) {
				return false;
			}
		}
		buf_text(&asking->sql, ")");
	}
	return true;
}

static bool where_sql(struct asking *asking, const struct field *except, struct err *err)
{
	const struct browse *browse = asking->browse;

	if (browse->filter_count > BROWSE_MAX_FILTERS) {
		return err_set(err, ERR_VALUE, "more than %d filters", BROWSE_MAX_FILTERS);
	}
	buf_printf(&asking->sql, " WHERE alive = %d", !browse->deleted);
	if (browse->community != NULL) {
		buf_printf(&asking->sql, " AND %s = ", community_sql(browse->entity));
		bind_text(asking, view_of(browse->community));
	}
	if (!filters_sql(asking, except, err)) {
		return false;
	}
	if (browse->search.len != 0) {
		search_sql(asking);
	}
	return true;
}

/* ---- order -------------------------------------------------------- */

/* What ${field} is sorted by: titles, the order of members, the value. */
static void key_sql(struct buf *sql, const struct entity *entity, const struct field *field)
{
	size_t i;

	if (refers(field)) {
		title_sql(sql, entity, field);
	} else if (field->type == FIELD_ENUM && field->rule != RULE_UNION) {
		buf_printf(sql, "NULLIF(instr(',");
		for (i = 0; i < field->member_count; i++) {
			buf_printf(sql, "%s,", field->members[i].name);
		}
		buf_printf(sql, "', ',' || \"%s\" || ','), 0)", field->name);
	} else {
		buf_printf(sql, "\"%s\"", field->name);
	}
}

static void order_sql(struct asking *asking)
{
	const struct browse *browse = asking->browse;
	const char *way = browse->descending ? " DESC" : "";

	buf_text(&asking->sql, " ORDER BY ");
	if (browse->sort != NULL) {
		key_sql(&asking->sql, browse->entity, browse->sort);
		buf_text(&asking->sql, " IS NULL, ");
		key_sql(&asking->sql, browse->entity, browse->sort);
		buf_printf(&asking->sql, "%s, ", way);
	}
	buf_printf(&asking->sql, "rid%s", way);
}

/* ---- asking ------------------------------------------------------- */

static bool ask(struct stmt **out, struct asking *asking, struct node *node, struct err *err)
{
	if (!buf_ok(&asking->sql, err) ||
		!db_prepare_reading(out, node->db, buf_str(&asking->sql), NULL, err)) {
		return false;
	}
	bind_all(*out, asking);
	return true;
}

static bool count_records(struct node *node, const struct browse *browse, uint64_t *total,
	struct err *err)
{
	struct asking asking = { .browse = browse };
	struct stmt *stmt = NULL;
	bool ok, row;

	buf_printf(&asking.sql, "SELECT COUNT(*) FROM \"rec_%s\"", browse->entity->name);
	ok = where_sql(&asking, NULL, err) && ask(&stmt, &asking, node, err) &&
		stmt_step(stmt, &row, err);
	*total = ok ? (uint64_t)stmt_get_int(stmt, 0) : 0;
	stmt_free(stmt);
	buf_clear(&asking.sql);
	return ok;
}

static bool give_window(struct node *node, const struct browse *browse,
	bool (*each)(void *ctx, const struct record_view *view, struct err *err), void *ctx,
	struct err *err)
{
	struct asking asking = { .browse = browse };
	struct stmt *stmt = NULL;
	bool ok = false, row;

	records_select(&asking.sql, browse->entity);
	if (!where_sql(&asking, NULL, err)) {
		goto out;
	}
	order_sql(&asking);
	buf_printf(&asking.sql, " LIMIT %" PRIu64 " OFFSET %" PRIu64, browse->limit,
		browse->offset);
	if (!ask(&stmt, &asking, node, err)) {
		goto out;
	}
	do {
		ok = stmt_step(stmt, &row, err) &&
			(!row || records_give(browse->entity, stmt, each, ctx, err));
	} while (ok && row);
out:
	stmt_free(stmt);
	buf_clear(&asking.sql);
	return ok;
}

bool browse_records(struct node *node, const struct browse *browse, uint64_t *total,
	bool (*each)(void *ctx, const struct record_view *view, struct err *err), void *ctx,
	struct err *err)
{
	bool ok;

	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = count_records(node, browse, total, err) &&
		(browse->limit == 0 || give_window(node, browse, each, ctx, err));
	node_read_end(node);
	return ok;
}

/* The values of ${field}, a row for each record, of a union for each element. */
static bool facet_sql(struct asking *asking, const struct field *field, struct err *err)
{
	buf_printf(&asking->sql, "SELECT %s, COUNT(*) FROM (SELECT \"%s\" AS v FROM \"rec_%s\"",
		field->rule == RULE_UNION         ? "e.value" :
			field->type == FIELD_DATE ? "substr(v, 1, 4)" :
						    "v",
		field->name, asking->browse->entity->name);
	if (!where_sql(asking, field, err)) {
		return false;
	}
	buf_printf(&asking->sql, ")%s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %d",
		field->rule == RULE_UNION ? " LEFT JOIN json_each(v) e" : "", BROWSE_FACET_VALUES);
	return true;
}

/* The value of the first column, as filters write it. */
static struct view facet_value(char text[RECORD_ID_TEXT_BYTES], struct stmt *stmt,
	const struct field *field)
{
	struct record_id id;

	if (stmt_is_null(stmt, 0)) {
		return (struct view){ "", 0 };
	}
	if (field->type == FIELD_BOOLEAN) {
		return view_of(stmt_get_int(stmt, 0) != 0 ? "true" : "false");
	}
	if (field->type == FIELD_REFERENCE && stmt_is_blob(stmt, 0)) {
		id = column_id(stmt, 0, field->reference);
		record_id_print(text, id.bytes, id.len, false);
		return view_of(text);
	}
	return stmt_get_text(stmt, 0);
}

bool browse_facet(struct node *node, const struct browse *browse, const struct field *field,
	bool (*each)(void *ctx, struct view value, uint64_t count, struct err *err), void *ctx,
	struct err *err)
{
	struct asking asking = { .browse = browse };
	char text[RECORD_ID_TEXT_BYTES];
	struct stmt *stmt = NULL;
	bool ok = false, row;

	if (!facet_sql(&asking, field, err) || !node_refresh(node, err) ||
		!ask(&stmt, &asking, node, err)) {
		goto out;
	}
	do {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			ok = each(ctx, facet_value(text, stmt, field),
				(uint64_t)stmt_get_int(stmt, 1), err);
		}
	} while (ok && row);
out:
	stmt_free(stmt);
	buf_clear(&asking.sql);
	return ok;
}
