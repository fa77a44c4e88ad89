/* figures_json.c -- see figures_json.h. */
#include <inttypes.h>

#include "figures_json.h"
#include "facets.h"

/* A series: the year before, the change, and whether it is a good one. */
static void add_previous(struct buf *out, const struct figure *figure, struct ratio now)
{
	struct ratio before = { figure->previous_known, figure->previous_numerator,
		figure->previous_denominator };
	struct ratio change = now;
	struct err ignored;

	facets_ratio(out, "previous", before);
	if (!ratio_subtract(&change, before, &ignored)) {
		change = ratio_unknown();
	}
	facets_ratio(out, "change", change);
	buf_printf(out, ",\"good\":%s", figure->good == 0 ? "null" : figure->good > 0 ? "true" :
											"false");
}

/* What it was before, and the change since. */
static void add_trend(struct buf *out, const char *name, const char *period,
	struct figure_value before, struct ratio now)
{
	struct ratio then = facets_ratio_of(before), change = now;
	struct err ignored;

	if (!ratio_subtract(&change, then, &ignored)) {
		change = ratio_unknown();
	}
	buf_printf(out, ",\"%s\":{\"period\":", name);
	facets_text(out, period);
	facets_ratio(out, "value", then);
	facets_ratio(out, "change", change);
	buf_byte(out, '}');
}

static void add_coverage(struct buf *out, const struct figure *figure)
{
	const struct coverage *coverage = &figure->coverage;
	size_t i;

	buf_printf(out, ",\"coverage\":{\"included\":%" PRIu64 ",\"expected\":%" PRIu64
			",\"silent\":[", coverage->included, coverage->expected);
	for (i = 0; i < coverage->silent_count; i++) {
		buf_text(out, i != 0 ? "," : "");
		facets_text(out, coverage->silent[i]);
	}
	buf_text(out, "],\"silent_since\":[");
	for (i = 0; i < coverage->silent_count; i++) {
		buf_text(out, i != 0 ? "," : "");
		if (coverage->silent_since[i] == 0) {
			buf_text(out, "null");
		} else {
			buf_printf(out, "%" PRId64, coverage->silent_since[i]);
		}
	}
	buf_printf(out, "],\"waiting_lines\":%" PRIu64 ",\"open_conflicts\":%" PRIu64,
		coverage->waiting_lines, coverage->open_conflicts);
	if (figure->ranged) {
		buf_text(out, ",\"range\":{\"low\":");
		ratio_print(out, facets_ratio_of(figure->low), RATIO_DIGITS);
		buf_text(out, ",\"high\":");
		ratio_print(out, facets_ratio_of(figure->high), RATIO_DIGITS);
		buf_text(out, "}}");
	} else {
		buf_text(out, ",\"range\":null}");
	}
}

void figures_json_one(struct buf *out, const struct figure *figure)
{
	struct ratio value = { figure->known, figure->numerator, figure->denominator };

	buf_text(out, "{\"figure\":");
	facets_text(out, figure->name);
	facets_label(out, "label", figure->label);
	facets_add(out, "period", figure->period);
	facets_add(out, "place", figure->place);
	facets_add(out, "place_name", figure->place_name);
	facets_add(out, "breakdown", figure->breakdown);
	facets_label(out, "breakdown_label", figure->breakdown_label);
	facets_ratio(out, "value", value);
	if (figure->known) {
		buf_printf(out, ",\"numerator\":%" PRId64 ",\"denominator\":%" PRId64,
			figure->numerator, figure->denominator);
	} else {
		buf_text(out, ",\"numerator\":null,\"denominator\":null");
	}
	facets_label(out, "unit", figure->unit);
	buf_printf(out, ",\"percent\":%s", figure->percent ? "true" : "false");
	if (figure->has_previous) {
		add_previous(out, figure, value);
	}
	if (figure->has_trends) {
		add_trend(out, "last", figure->last_period, figure->last, value);
		add_trend(out, "year_before", figure->year_before_period, figure->year_before, value);
	}
	add_coverage(out, figure);
	buf_byte(out, '}');
}

struct writing {
	struct buf *out;
	size_t begin;
	bool first;
};

static bool write_one(void *ctx, const struct figure *figure, struct err *err)
{
	struct writing *writing = ctx;

	buf_text(writing->out, writing->first ? "" : ",");
	writing->first = false;
	figures_json_one(writing->out, figure);
	if (writing->out->len - writing->begin > FIGURES_JSON_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "ask for fewer figures or places");
	}
	return buf_ok(writing->out, err);
}

bool figures_to_json(struct buf *out, struct node *node, const struct figures_query *query,
	struct err *err)
{
	struct writing writing = { out, out->len, true };

	buf_text(out, "{\"schema\":1");
	if (query->as_of != NULL) {
		facets_add(out, "as_of", query->as_of);
	}
	buf_text(out, ",\"figures\":[");
	writing.begin = out->len;
	if (!figures_ask(node, query, write_one, &writing, err)) {
		return false;
	}
	buf_text(out, "]}");
	return buf_ok(out, err);
}
