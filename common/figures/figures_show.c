/* figures_show.c -- see figures_show.h. */
#include <inttypes.h>
#include <string.h>

#include "display.h"
#include "figures_show.h"
#include "ratio.h"
#include "table.h"
#include "terminal.h"

#define NOTE_MAX_SILENT 20 /* named; of the others only how many */
#define MAX_COLUMNS 9

/* Which columns the table has, and what has been seen of the places. */
struct showing {
	struct table *table;
	bool zh;
	bool places, parts, series;
	char place[NODE_NAME_BYTES]; /* of the first figure */
	bool any, one_place;
	struct buf note; /* on that place */
};

static const char *say_in(const struct showing *showing, const char *zh, const char *en)
{
	return showing->zh ? zh : en;
}

static const char *label_of(const struct showing *showing, const struct label *label)
{
	if (label == NULL || label->zh == NULL) {
		return "";
	}
	return showing->zh ? label->zh : label->en;
}

static bool asks_for_series(const struct model *model, const struct figures_query *query)
{
	size_t i;

	for (i = 0; i < query->name_count; i++) {
		if (model_series(model, view_of(query->names[i])) != NULL) {
			return true;
		}
	}
	return query->name_count == 0 && model->series_count > 0;
}

static bool begin(struct showing *showing, struct err *err)
{
	struct table_column columns[MAX_COLUMNS];
	size_t count = 0;

	columns[count++] = (struct table_column){ say_in(showing, "指标", "Figure"), TABLE_TEXT };
	if (showing->places) {
		columns[count++] =
			(struct table_column){ say_in(showing, "地点", "Place"), TABLE_TEXT };
	}
	if (showing->parts) {
		columns[count++] =
			(struct table_column){ say_in(showing, "其中", "Of which"), TABLE_TEXT };
	}
	columns[count++] = (struct table_column){ say_in(showing, "数值", "Value"), TABLE_NUMBER };
	columns[count++] = (struct table_column){ say_in(showing, "单位", "Unit"), TABLE_TEXT };
	if (showing->series) {
		columns[count++] = (struct table_column){
			say_in(showing, "上年同期", "Year before"), TABLE_NUMBER };
		columns[count++] =
			(struct table_column){ say_in(showing, "变化", "Change"), TABLE_NUMBER };
		columns[count++] =
			(struct table_column){ say_in(showing, "评价", "Which is"), TABLE_TEXT };
	}
	columns[count++] =
		(struct table_column){ say_in(showing, "已报送", "Reported"), TABLE_NUMBER };
	return table_new(&showing->table, columns, count, err);
}

static void add_number(struct showing *showing, struct ratio ratio, bool percent, bool change)
{
	struct buf text = { 0 };

	if (!ratio.known) {
		buf_text(&text, "–");
	} else {
		buf_text(&text, change && ratio.numerator > 0 ? "+" : "");
		if (percent) {
			ratio_print_percent(&text, ratio, 1);
		} else {
			ratio_print(&text, ratio, 2);
		}
	}
	table_add(showing->table, buf_as_view(&text));
	buf_clear(&text);
}

static const char *judgement(const struct showing *showing, const struct figure *figure)
{
	if (!figure->known || !figure->previous_known) {
		return say_in(showing, "无法比较", "not comparable");
	}
	if (figure->good == 0) {
		return say_in(showing, "持平", "unchanged");
	}
	return figure->good > 0 ? say_in(showing, "向好 ✓", "better ✓") :
				  say_in(showing, "变差 ✗", "worse ✗");
}

static void add_series_cells(struct showing *showing, const struct figure *figure,
	struct ratio value)
{
	struct ratio before = { figure->previous_known, figure->previous_numerator,
		figure->previous_denominator };
	struct ratio change = value;
	struct err ignored;

	if (!figure->has_previous) {
		table_add(showing->table, VIEW_LITERAL(""));
		table_add(showing->table, VIEW_LITERAL(""));
		table_add(showing->table, VIEW_LITERAL(""));
		return;
	}
	if (!ratio_subtract(&change, before, &ignored)) {
		change = ratio_unknown();
	}
	add_number(showing, before, figure->percent, false);
	add_number(showing, change, figure->percent, true);
	table_add(showing->table, view_of(judgement(showing, figure)));
}

/* Who of the place has not reported, and what is unsettled there. */
static void note_coverage(struct showing *showing, const struct figure *figure)
{
	const struct coverage *coverage = &figure->coverage;
	struct buf *note = &showing->note;
	char since[CIVIL_DATE_BYTES];
	size_t i;

	buf_printf(note,
		showing->zh ? "%s:%" PRIu64 " 个社区中 %" PRIu64 " 个已报送" :
			      "%s: of %" PRIu64 " communities %" PRIu64 " have reported",
		figure->place_name, coverage->expected, coverage->included);
	buf_printf(note,
		showing->zh ? ",%" PRIu64 " 行待审核,%" PRIu64 " 处冲突未解决" :
			      ", %" PRIu64 " lines wait, %" PRIu64 " conflicts are open",
		coverage->waiting_lines, coverage->open_conflicts);
	for (i = 0; i < coverage->silent_count && i < NOTE_MAX_SILENT; i++) {
		buf_text(note, i == 0 ? say_in(showing, "。未报送:", ". Silent: ") :
					say_in(showing, "、", ", "));
		buf_text(note, coverage->silent[i]);
		if (coverage->silent_since[i] == 0) {
			buf_text(note, say_in(showing, "(从未)", " (never)"));
		} else {
			civil_date_at(since, coverage->silent_since[i]);
			buf_printf(note, showing->zh ? "(最近 %s)" : " (last on %s)", since);
		}
	}
	if (coverage->silent_count > NOTE_MAX_SILENT) {
		buf_printf(note, showing->zh ? "等 %zu 个" : " and others, %zu in all",
			coverage->silent_count);
	}
	buf_text(note, say_in(showing, "。\n", ".\n"));
}

static void note_place(struct showing *showing, const struct figure *figure)
{
	if (!showing->any) {
		showing->any = showing->one_place = true;
		buf_reset(&showing->note);
		note_coverage(showing, figure);
		strncpy(showing->place, figure->place, sizeof(showing->place) - 1);
	} else if (strncmp(showing->place, figure->place, sizeof(showing->place) - 1) != 0) {
		showing->one_place = false;
	}
}

static bool show_one(void *ctx, const struct figure *figure, struct err *err)
{
	struct showing *showing = ctx;
	struct ratio value = { figure->known, figure->numerator, figure->denominator };
	const char *part = figure->breakdown_label != NULL ?
		label_of(showing, figure->breakdown_label) :
		figure->breakdown != NULL ? figure->breakdown : "";

	(void)err;
	note_place(showing, figure);
	table_add(showing->table, view_of(label_of(showing, figure->label)));
	if (showing->places) {
		table_add(showing->table, view_of(figure->place_name));
	}
	if (showing->parts) {
		table_add(showing->table, view_of(part));
	}
	add_number(showing, value, figure->percent, false);
	table_add(showing->table, view_of(figure->percent ? "%" : label_of(showing, figure->unit)));
	if (showing->series) {
		add_series_cells(showing, figure, value);
	}
	table_printf(showing->table, "%" PRIu64 "/%" PRIu64, figure->coverage.included,
		figure->coverage.expected);
	return true;
}

bool figures_to_table(struct table **out, struct buf *notes, struct node *node,
	const struct figures_query *query, bool zh, struct err *err)
{
	struct showing showing = { .zh = zh,
		.places = query->level != PLACE_DISTRICT || query->place != NULL };
	bool ok;

	showing.series = asks_for_series(node_model(node), query);
	showing.parts = query->by_breakdown || showing.series;
	*out = NULL;
	ok = begin(&showing, err) && figures_ask(node, query, show_one, &showing, err);
	if (ok && showing.one_place) {
		buf_view(notes, buf_as_view(&showing.note));
		ok = buf_ok(notes, err) && buf_ok(&showing.note, err);
	}
	if (ok) {
		*out = showing.table;
		showing.table = NULL;
	}
	table_free(showing.table);
	buf_clear(&showing.note);
	return ok;
}

bool figures_print(struct node *node, const struct figures_query *query, struct err *err)
{
	struct buf notes = { 0 }, shown = { 0 };
	struct table *table = NULL;
	bool ok = figures_to_table(&table, &notes, node, query, terminal_chinese(), err) &&
		table_print(table, err);

	display_escape_lines(&shown, buf_as_view(&notes));
	ok = ok && buf_ok(&shown, err) && terminal_write(buf_as_view(&shown), err);
	table_free(table);
	buf_clear(&notes);
	buf_clear(&shown);
	return ok;
}
