/* figures_show.c -- see figures_show.h. */
#include <inttypes.h>
#include <string.h>

#include "display.h"
#include "facets.h"
#include "figures_show.h"
#include "linli/records.h"
#include "ratio.h"
#include "table.h"
#include "terminal.h"

#define NOTE_MAX_SILENT 20 /* named, of a place; of the others only how many */
#define NOTE_MAX_PLACES 100

/* The two tables, and what is said beneath them. */
struct showing {
	struct node *node;
	bool zh;
	bool name_places; /* more than the one place that is meant anyway */
	bool by_community;
	struct table *figures, *series;
	const struct series *only_series; /* it is named above its table; NULL: there are several */
	bool any_figure, any_series;
	struct buf notes;
	char noted[NOTE_MAX_PLACES][NODE_NAME_BYTES]; /* places that there is a note on */
	size_t noted_count;
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

static bool begin(struct showing *showing, struct err *err)
{
	const struct table_column figures[] = {
		{ say_in(showing, "指标", "Figure"), TABLE_TEXT },
		{ say_in(showing, "地点", "Place"), TABLE_TEXT },
		{ say_in(showing, "其中", "Of which"), TABLE_TEXT },
		{ say_in(showing, "数值", "Value"), TABLE_NUMBER },
		{ say_in(showing, "单位", "Unit"), TABLE_TEXT },
		{ say_in(showing, "冲突区间", "Range of conflicts"), TABLE_TEXT },
		{ say_in(showing, "上期", "Last"), TABLE_NUMBER },
		{ say_in(showing, "上年同期", "Before"), TABLE_NUMBER },
		{ say_in(showing, "已报送", "Reported"), TABLE_NUMBER },
	};
	const struct table_column series[] = {
		{ say_in(showing, "系列", "Series"), TABLE_TEXT },
		{ say_in(showing, "地点", "Place"), TABLE_TEXT },
		{ say_in(showing, "项目", "Item"), TABLE_TEXT },
		{ say_in(showing, "本期", "Now"), TABLE_NUMBER },
		{ say_in(showing, "单位", "Unit"), TABLE_TEXT },
		{ say_in(showing, "上年同期", "Before"), TABLE_NUMBER },
		{ say_in(showing, "变化", "Change"), TABLE_NUMBER },
		{ say_in(showing, "评价", "Verdict"), TABLE_TEXT },
		{ say_in(showing, "已报送", "Reported"), TABLE_NUMBER },
	};

	if (!table_new(&showing->figures, figures, sizeof(figures) / sizeof(figures[0]), err) ||
		!table_new(&showing->series, series, sizeof(series) / sizeof(series[0]), err)) {
		return false;
	}
	table_hide_empty(showing->figures);
	table_hide_empty(showing->series);
	return true;
}

static void add_number(struct table *table, struct ratio ratio, bool percent, bool change)
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
	table_add(table, buf_as_view(&text));
	buf_clear(&text);
}

/* Between what it can come to while conflicts are open; nothing where none touches it. */
static void add_range(struct table *table, const struct figure *figure)
{
	const struct figure_value ends[] = { figure->low, figure->high };
	struct buf text = { 0 };
	size_t i;

	for (i = 0; figure->ranged && i < 2; i++) {
		buf_text(&text, i != 0 ? "–" : "");
		if (figure->percent) {
			ratio_print_percent(&text, facets_ratio_of(ends[i]), 1);
		} else {
			ratio_print(&text, facets_ratio_of(ends[i]), 2);
		}
	}
	if (!figure->ranged || ratio_compare(facets_ratio_of(ends[0]), facets_ratio_of(ends[1])) == 0) {
		buf_reset(&text);
	}
	if (!figure->ranged && figure->known && figure->breakdown == NULL) {
		buf_text(&text, "?");
	}
	table_add(table, buf_as_view(&text));
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
	return figure->good > 0 ? say_in(showing, "✓ 向好", "✓ better")
				: say_in(showing, "✗ 变差", "✗ worse");
}

static void add_comparison(struct showing *showing, const struct figure *figure, struct ratio value)
{
	struct ratio before = { figure->previous_known, figure->previous_numerator,
		figure->previous_denominator };
	struct ratio change = value;
	struct err ignored;

	if (!ratio_subtract(&change, before, &ignored)) {
		change = ratio_unknown();
	}
	add_number(showing->series, before, figure->percent, false);
	add_number(showing->series, change, figure->percent, true);
	table_add(showing->series, view_of(judgement(showing, figure)));
}

/* ---- beneath the tables ------------------------------------------- */

/* A community by its name, where there is a record of it. */
static void name_community(struct showing *showing, const char *slug)
{
	const struct entity *entity = node_model(showing->node)->community_entity;
	size_t before = showing->notes.len;

	if (entity == NULL ||
		!records_title(showing->node, entity, view_of(slug), &showing->notes) ||
		showing->notes.len == before) {
		buf_text(&showing->notes, slug);
	}
}

static void note_silent(struct showing *showing, const struct coverage *coverage)
{
	struct buf *notes = &showing->notes;
	char since[CIVIL_DATE_BYTES];
	size_t i;

	for (i = 0; i < coverage->silent_count && i < NOTE_MAX_SILENT; i++) {
		buf_text(notes,
			i == 0 ? say_in(showing, "。未报送:", ". Silent: ")
			       : say_in(showing, "、", ", "));
		name_community(showing, coverage->silent[i]);
		if (coverage->silent_since[i] == 0) {
			buf_text(notes, say_in(showing, "(从未)", " (never)"));
		} else {
			civil_date_at(since, coverage->silent_since[i]);
			buf_printf(notes, showing->zh ? "(最近 %s)" : " (last on %s)", since);
		}
	}
	if (coverage->silent_count > NOTE_MAX_SILENT) {
		buf_printf(notes, showing->zh ? "等 %zu 个" : " and others, %zu in all",
			coverage->silent_count);
	}
}

/* Who of the place has not reported, and what is unsettled there; once. */
static void note_place(struct showing *showing, const struct figure *figure)
{
	const struct coverage *coverage = &figure->coverage;
	struct buf *notes = &showing->notes;
	size_t i;

	for (i = 0; i < showing->noted_count; i++) {
		if (strncmp(showing->noted[i], figure->place, NODE_NAME_BYTES - 1) == 0) {
			return;
		}
	}
	if (showing->noted_count == NOTE_MAX_PLACES) {
		return;
	}
	strncpy(showing->noted[showing->noted_count++], figure->place, NODE_NAME_BYTES - 1);
	buf_printf(notes,
		showing->zh ? "%s:%" PRIu64 " 个社区中 %" PRIu64 " 个已报送"
			    : "%s: of %" PRIu64 " communities %" PRIu64 " have reported",
		figure->place_name, coverage->expected, coverage->included);
	if (coverage->waiting_lines != 0) {
		buf_printf(notes,
			showing->zh ? ",%" PRIu64 " 行待审核" : ", %" PRIu64 " lines wait",
			coverage->waiting_lines);
	}
	if (coverage->open_conflicts != 0) {
		buf_printf(notes,
			showing->zh ? ",%" PRIu64 " 处冲突未解决"
				    : ", %" PRIu64 " conflicts are open",
			coverage->open_conflicts);
	}
	note_silent(showing, coverage);
	buf_text(notes, say_in(showing, "。\n", ".\n"));
}

/* ---- rows ---------------------------------------------------------- */

/* Of a single community the table says all there is, unless something is unsettled. */
static bool worth_a_note(const struct showing *showing, const struct coverage *coverage)
{
	return coverage->expected > 1 || coverage->waiting_lines != 0 ||
		coverage->open_conflicts != 0 ||
		(!showing->by_community && coverage->included != coverage->expected);
}

/* A street without communities has nothing to count. */
static bool is_nowhere(const struct figure *figure)
{
	return figure->coverage.expected == 0 && (!figure->known || figure->numerator == 0);
}

static bool show_one(void *ctx, const struct figure *figure, struct err *err)
{
	struct showing *showing = ctx;
	struct table *table = figure->has_previous ? showing->series : showing->figures;
	struct ratio value = { figure->known, figure->numerator, figure->denominator };
	const char *part = figure->breakdown_label != NULL
		? label_of(showing, figure->breakdown_label)
		: figure->breakdown != NULL ? figure->breakdown
					    : "";

	(void)err;
	if (showing->name_places && is_nowhere(figure)) {
		return true;
	}
	showing->any_series = showing->any_series || figure->has_previous;
	showing->any_figure = showing->any_figure || !figure->has_previous;
	table_add(table,
		view_of(figure->has_previous && showing->only_series != NULL
				? ""
				: label_of(showing, figure->label)));
	table_add(table, view_of(showing->name_places ? figure->place_name : ""));
	table_add(table, view_of(part));
	add_number(table, value, figure->percent, false);
	table_add(table, view_of(figure->percent ? "%" : label_of(showing, figure->unit)));
	if (!figure->has_previous) {
		add_range(table, figure);
	}
	if (figure->has_previous) {
		add_comparison(showing, figure, value);
	} else if (figure->has_trends) {
		add_number(table, facets_ratio_of(figure->last), figure->percent, false);
		add_number(table, facets_ratio_of(figure->year_before), figure->percent, false);
	} else {
		table_add(table, VIEW_LITERAL(""));
		table_add(table, VIEW_LITERAL(""));
	}
	table_printf(table, "%" PRIu64 "/%" PRIu64, figure->coverage.included,
		figure->coverage.expected);
	if (worth_a_note(showing, &figure->coverage)) {
		note_place(showing, figure);
	}
	return true;
}

static bool end(struct buf *out, const struct showing *showing, const struct figures_query *query,
	struct table_style style, struct err *err)
{
	if (showing->any_figure && !table_render(out, showing->figures, style, err)) {
		return false;
	}
	buf_text(out, showing->any_figure && showing->any_series ? "\n" : "");
	if (showing->any_series && showing->only_series != NULL) {
		buf_printf(out, "%s%s\n", label_of(showing, &showing->only_series->label),
			say_in(showing, ":", ":"));
	}
	if (showing->any_series && !table_render(out, showing->series, style, err)) {
		return false;
	}
	buf_printf(out, showing->zh ? "\n时期:%s\n" : "\nPeriod: %s\n", query->period.name);
	if (query->as_of != NULL) {
		buf_printf(out, showing->zh ? "数据截至:%s\n" : "As known on: %s\n", query->as_of);
	}
	display_escape_lines(out, buf_as_view(&showing->notes));
	return buf_ok(&showing->notes, err) && buf_ok(out, err);
}

bool figures_to_text(struct buf *out, struct node *node, const struct figures_query *query, bool zh,
	struct table_style style, struct err *err)
{
	const struct model *model = node_model(node);
	struct showing showing = { .node = node,
		.zh = zh,
		.only_series = model->series_count == 1 ? &model->series[0] : NULL,
		.by_community = query->level == PLACE_COMMUNITY,
		.name_places = query->level == PLACE_STREET ||
			(query->level == PLACE_COMMUNITY && node_is_district(node)) };
	bool ok;

	ok = begin(&showing, err) && figures_ask(node, query, show_one, &showing, err) &&
		end(out, &showing, query, style, err);
	table_free(showing.figures);
	table_free(showing.series);
	buf_clear(&showing.notes);
	return ok;
}

bool figures_print(struct node *node, const struct figures_query *query, struct err *err)
{
	struct buf out = { 0 };
	bool ok;

	ok = figures_to_text(&out, node, query, terminal_chinese(), table_style_here(), err) &&
		terminal_write(buf_as_view(&out), err);
	buf_clear(&out);
	return ok;
}
