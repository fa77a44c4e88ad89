/* report.c -- see linli/report.h. */
#include "linli/report.h"

#include <stdio.h>
#include <string.h>

#include "linli/records.h"
#include "statement_text.h"

#define SOURCE_BYTES (DEVICE_TEXT_BYTES + 1 + RECORD_ID_TEXT_BYTES)

/* Fields of the entity, in the order of field_names. */
enum {
	FIELD_VALUE, /* first what is said: integers */
	FIELD_DENOMINATOR,
	FIELD_INCLUDED,
	FIELD_EXPECTED,
	FIELD_WAITING,
	FIELD_OPEN,
	FIELD_PERIOD, /* then of what */
	FIELD_FIGURE,
	FIELD_BREAKDOWN,
	FIELD_FROM,
	FIELD_TO,
	FIELD_STATED,
	FIELD_MODEL,
	FIELD_STATEMENT,
	FIELDS
};
#define NUMBERS (FIELD_OPEN + 1)

static const struct {
	const char *name;
	enum field_type type;
} wanted[FIELDS] = {
	[FIELD_PERIOD] = { "period", FIELD_TEXT },
	[FIELD_FIGURE] = { "figure", FIELD_TEXT },
	[FIELD_BREAKDOWN] = { "breakdown", FIELD_TEXT },
	[FIELD_VALUE] = { "value", FIELD_INTEGER },
	[FIELD_DENOMINATOR] = { "denominator", FIELD_INTEGER },
	[FIELD_INCLUDED] = { "included", FIELD_INTEGER },
	[FIELD_EXPECTED] = { "expected", FIELD_INTEGER },
	[FIELD_WAITING] = { "waiting_lines", FIELD_INTEGER },
	[FIELD_OPEN] = { "open_conflicts", FIELD_INTEGER },
	[FIELD_FROM] = { "from_on", FIELD_DATE },
	[FIELD_TO] = { "until_on", FIELD_DATE },
	[FIELD_STATED] = { "stated_on", FIELD_DATE },
	[FIELD_MODEL] = { "model", FIELD_TEXT },
	[FIELD_STATEMENT] = { "statement", FIELD_TEXT },
};

/* A figure that was said before. */
struct said {
	char id[RECORD_ID_TEXT_BYTES];
	const char *figure, *breakdown; /* in the arena; breakdown "": the whole */
	struct value numbers[NUMBERS];
	bool again; /* it is stated still */
};

struct reporting {
	struct node *district, *upper;
	const struct entity *entity; /* the upper model's */
	const struct field *fields[FIELDS];
	struct reported done;

	/* Of the statement that is being reported. */
	const struct statement *statement;
	struct arena arena;
	struct statement_file file;
	struct buf said; /* of struct said */
};

/* ---- what was said --------------------------------------------------- */

static struct said *said_at(const struct reporting *reporting, size_t index)
{
	return (struct said *)(void *)reporting->said.data + index;
}

static size_t said_count(const struct reporting *reporting)
{
	return reporting->said.len / sizeof(struct said);
}

static bool note(void *ctx, const struct record_view *view, struct err *err)
{
	struct reporting *reporting = ctx;
	const struct value *values = view->values;
	struct said said = { .again = false };
	size_t i;

	if (strcmp(view->community, node_community(reporting->upper)) != 0) {
		return true;
	}
	memcpy(said.id, view->id, sizeof(said.id));
	said.figure = arena_copy(&reporting->arena,
		values[reporting->fields[FIELD_FIGURE]->index].text).data;
	said.breakdown = arena_copy(&reporting->arena,
		values[reporting->fields[FIELD_BREAKDOWN]->index].text).data;
	for (i = 0; i < NUMBERS; i++) {
		said.numbers[i] = values[reporting->fields[i]->index];
	}
	if (said.figure == NULL || said.breakdown == NULL) {
		return err_nomem(err);
	}
	buf_add(&reporting->said, &said, sizeof(said));
	return buf_ok(&reporting->said, err);
}

static bool list_said(struct reporting *reporting, struct err *err)
{
	const struct filter filter = { .field = reporting->fields[FIELD_PERIOD],
		.value = { .kind = VALUE_TEXT,
			.text = view_of(reporting->file.period.name) } };

	buf_reset(&reporting->said);
	return records_each(reporting->upper, reporting->entity, &filter, 1, note, reporting, err);
}

static struct said *find_said(
	const struct reporting *reporting, const char *figure, const char *breakdown)
{
	size_t i;

	for (i = 0; i < said_count(reporting); i++) {
		struct said *said = said_at(reporting, i);

		if (strcmp(said->figure, figure) == 0 && strcmp(said->breakdown, breakdown) == 0) {
			return said;
		}
	}
	return NULL;
}

/* ---- what is said now ------------------------------------------------ */

struct setting {
	struct assignment list[FIELDS];
	size_t count;
};

static void set(struct setting *setting, const struct reporting *reporting, int which,
	struct value value)
{
	setting->list[setting->count++] = (struct assignment){
		.field = reporting->fields[which], .op = ASSIGN_SET, .value = value };
}

static struct value text(const char *text_)
{
	return (struct value){ .kind = text_ != NULL ? VALUE_TEXT : VALUE_NULL,
		.text = view_of(text_) };
}

static struct value number(int64_t n)
{
	return (struct value){ .kind = VALUE_INT, .integer = n };
}

static const struct statement_cover *cover_of(const struct statement_file *file)
{
	size_t i;

	for (i = 0; i < file->cover_count; i++) {
		if (file->covers[i].level == PLACE_DISTRICT) {
			return &file->covers[i];
		}
	}
	return NULL;
}

/* Write what ${setting} says into ${said}'s record, or a new one. */
static bool put(struct reporting *reporting, const struct said *said,
	const struct setting *setting, struct err *err)
{
	struct record_id id, written;

	if (said != NULL && !record_id_parse(&id, view_of(said->id), false)) {
		return err_set(err, ERR_STORE, "a record's id that is none");
	}
	return records_put(reporting->upper, reporting->entity, said != NULL ? &id : NULL,
		setting->list, setting->count, &written, err);
}

/* What is said of ${row}, in the order of the fields. */
static void numbers_of(struct value out[NUMBERS], const struct statement_row *row,
	const struct statement_cover *cover)
{
	static const struct statement_cover none;

	cover = cover != NULL ? cover : &none;
	out[FIELD_VALUE] = number(row->value.numerator);
	out[FIELD_DENOMINATOR] = number(row->value.denominator);
	out[FIELD_INCLUDED] = number((int64_t)cover->included);
	out[FIELD_EXPECTED] = number((int64_t)cover->expected);
	out[FIELD_WAITING] = number((int64_t)cover->waiting_lines);
	out[FIELD_OPEN] = number((int64_t)cover->open_conflicts);
}

static bool same_numbers(const struct value a[NUMBERS], const struct value b[NUMBERS])
{
	size_t i;

	for (i = 0; i < NUMBERS; i++) {
		if (a[i].kind != b[i].kind || a[i].integer != b[i].integer) {
			return false;
		}
	}
	return true;
}

/* Where the numbers come from. */
static void set_source(struct setting *setting, const struct reporting *reporting,
	const struct statement_row *row, char stated[CIVIL_DATE_BYTES], char name[SOURCE_BYTES])
{
	const struct statement_file *file = &reporting->file;
	char federation[DEVICE_TEXT_BYTES];

	civil_date_at(stated, file->at_ms);
	device_id_print(federation, file->federation);
	snprintf(name, SOURCE_BYTES, "%s/%s", federation, reporting->statement->id);
	set(setting, reporting, FIELD_PERIOD, text(file->period.name));
	set(setting, reporting, FIELD_FIGURE, text(row->figure));
	set(setting, reporting, FIELD_BREAKDOWN, text(row->breakdown));
	set(setting, reporting, FIELD_FROM, text(file->period.from));
	set(setting, reporting, FIELD_TO, text(file->period.to));
	set(setting, reporting, FIELD_STATED, text(stated));
	set(setting, reporting, FIELD_MODEL, text(file->model));
	set(setting, reporting, FIELD_STATEMENT, text(name));
}

static bool report_row(struct reporting *reporting, const struct statement_row *row,
	const struct statement_cover *cover, struct err *err)
{
	struct said *said = find_said(reporting, row->figure,
		row->breakdown != NULL ? row->breakdown : "");
	char stated[CIVIL_DATE_BYTES], name[SOURCE_BYTES];
	struct setting setting = { .count = 0 };
	struct value numbers[NUMBERS];
	int i;

	if (!row->value.there || !row->value.known || row->value.suppressed) {
		reporting->done.kept_back++;
		return true; /* what was said of it before is withdrawn */
	}
	numbers_of(numbers, row, cover);
	if (said != NULL) {
		said->again = true;
		if (same_numbers(said->numbers, numbers)) {
			reporting->done.unchanged++;
			return true;
		}
	}
	for (i = 0; i < NUMBERS; i++) {
		set(&setting, reporting, i, numbers[i]);
	}
	set_source(&setting, reporting, row, stated, name);
	reporting->done.written++;
	return put(reporting, said, &setting, err);
}

/* What an earlier statement of the period said and this one does not. */
static bool withdraw(struct reporting *reporting, struct err *err)
{
	struct setting setting = { .count = 0 };
	size_t i;

	set(&setting, reporting, FIELD_VALUE, text(NULL));
	for (i = 0; i < said_count(reporting); i++) {
		const struct said *said = said_at(reporting, i);

		if (said->again || said->numbers[FIELD_VALUE].kind == VALUE_NULL) {
			continue;
		}
		reporting->done.withdrawn++;
		if (!put(reporting, said, &setting, err)) {
			return false;
		}
	}
	return true;
}

/* ---- statements ------------------------------------------------------ */

static bool report_one(struct reporting *reporting, const struct statement *statement,
	struct err *err)
{
	const struct statement_cover *cover;
	struct buf document = { 0 };
	bool ok;
	size_t i;

	arena_reset(&reporting->arena);
	reporting->statement = statement;
	ok = statement_document(reporting->district, statement->id, &document, err) &&
		statement_parse(&reporting->file, &reporting->arena, buf_as_view(&document), err) &&
		list_said(reporting, err);
	cover = ok ? cover_of(&reporting->file) : NULL;
	for (i = 0; ok && i < reporting->file.row_count; i++) {
		const struct statement_row *row = &reporting->file.rows[i];

		ok = row->level != PLACE_DISTRICT || report_row(reporting, row, cover, err);
	}
	ok = ok && withdraw(reporting, err);
	reporting->done.statements++;
	buf_clear(&document);
	return ok;
}

/* The latest statement of each period: later ones of a period take its place. */
struct latest {
	struct arena arena;
	struct buf list; /* of struct statement, with id and period only */
};

static bool keep_latest(void *ctx, const struct statement *statement, struct err *err)
{
	struct latest *latest = ctx;
	struct statement *list = (struct statement *)(void *)latest->list.data;
	size_t i, count = latest->list.len / sizeof(*list);
	struct statement kept = { .at_ms = statement->at_ms };

	memcpy(kept.id, statement->id, sizeof(kept.id));
	for (i = 0; i < count; i++) {
		if (strcmp(list[i].period, statement->period) == 0) {
			kept.period = list[i].period;
			list[i] = kept;
			return true;
		}
	}
	kept.period = arena_copy(&latest->arena, view_of(statement->period)).data;
	if (kept.period == NULL) {
		return err_nomem(err);
	}
	buf_add(&latest->list, &kept, sizeof(kept));
	return buf_ok(&latest->list, err);
}

static bool report_all(void *ctx, struct err *err)
{
	struct reporting *reporting = ctx;
	struct latest latest = { .list = { 0 } };
	const struct statement *list;
	size_t i, count;
	bool ok = statements_each(reporting->district, keep_latest, &latest, err);

	list = (const struct statement *)(const void *)latest.list.data;
	count = latest.list.len / sizeof(*list);
	for (i = 0; ok && i < count; i++) {
		ok = report_one(reporting, &list[i], err);
	}
	buf_clear(&latest.list);
	arena_clear(&latest.arena);
	return ok;
}

static bool find_fields(struct reporting *reporting, struct err *err)
{
	size_t i;

	reporting->entity =
		model_entity(node_model(reporting->upper), VIEW_LITERAL(REPORT_ENTITY));
	for (i = 0; reporting->entity != NULL && i < FIELDS; i++) {
		const struct field *field =
			entity_field(reporting->entity, view_of(wanted[i].name));

		if (field == NULL || field->type != wanted[i].type) {
			return err_set(err, ERR_MODEL,
				ERR_BOTH("上级的数据模型中没有合适的字段",
					"the upper model has no such field") " %s.%s",
				REPORT_ENTITY, wanted[i].name);
		}
		reporting->fields[i] = field;
	}
	return reporting->entity != NULL ||
		err_set(err, ERR_MODEL,
			ERR_BOTH("上级的数据模型中没有", "the upper model has no") " "
			REPORT_ENTITY);
}

bool report_statements(struct node *district, struct node *upper, bool dry_run,
	struct reported *out, struct err *err)
{
	struct reporting reporting = { .district = district, .upper = upper };
	bool ok;

	if (!node_is_district(district) || node_is_district(upper) ||
		device_id_equal(node_federation_id(district), node_federation_id(upper))) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("应是区的文件夹,和它在上级联盟中的社区文件夹",
				"a district's home, and its community's home in an upper federation, "
				"are needed"));
	}
	ok = find_fields(&reporting, err) &&
		node_transaction(upper, report_all, &reporting, dry_run, err);
	*out = reporting.done;
	buf_clear(&reporting.said);
	arena_clear(&reporting.arena);
	return ok;
}
