/* explain_json.c -- see explain_json.h. */
#include <inttypes.h>
#include <string.h>

#include "cells.h"
#include "explain_json.h"
#include "figures_json.h"
#include "facets.h"
#include "settle.h"

/* How deep the writing stands: each is an array that is open. */
enum depth { IN_FIGURE, IN_PARTS, IN_COMMUNITIES, IN_RECORDS, IN_BUNDLES };

struct writing {
	struct buf *out;
	size_t begin;
	enum depth depth;
	const struct explain_query *query;
};

static bool has_room(const struct writing *writing, struct err *err)
{
	return writing->out->len - writing->begin <= FIGURES_JSON_MAX_BYTES ?
		buf_ok(writing->out, err) :
		err_set(err, ERR_TOO_LARGE, "ask for a smaller place or period, or fewer records");
}

/* Close what is deeper than ${depth}; the next there is another element. */
static void close_to(struct writing *writing, enum depth depth)
{
	for (; writing->depth > depth; writing->depth--) {
		buf_text(writing->out, "]}");
	}
}

static void add_comma(struct writing *writing)
{
	if (writing->out->len != 0 &&
		writing->out->data[writing->out->len - 1] == '}') {
		buf_byte(writing->out, ',');
	}
}

static bool write_part(void *ctx, const struct explain_part *part, struct err *err)
{
	static const char *const roles[] = { "plus", "minus", "over" };
	struct writing *writing = ctx;
	struct buf *out = writing->out;

	close_to(writing, IN_PARTS);
	add_comma(writing);
	buf_text(out, "{\"figure\":");
	facets_text(out, part->figure);
	facets_add(out, "measure", part->measure->name);
	facets_label(out, "label", &part->measure->label);
	facets_label(out, "unit", &part->measure->unit);
	facets_add(out, "role", roles[part->role]);
	facets_ratio(out, "value", facets_ratio_of(part->value));
	buf_text(out, ",\"communities\":[");
	writing->depth = IN_COMMUNITIES;
	return has_room(writing, err);
}

static bool write_community(void *ctx, const struct explain_community *community,
	struct err *err)
{
	struct writing *writing = ctx;
	struct buf *out = writing->out;

	close_to(writing, IN_COMMUNITIES);
	add_comma(writing);
	buf_text(out, "{\"community\":");
	facets_text(out, community->slug);
	facets_add(out, "name", community->name);
	facets_ratio(out, "value", facets_ratio_of(community->value));
	buf_printf(out, ",\"rows\":%zu,\"records\":[", community->rows);
	writing->depth = IN_RECORDS;
	return has_room(writing, err);
}

static void write_line(struct buf *out, const struct explain_line *line)
{
	char bundle[LINE_NAME_TEXT_BYTES], device[DEVICE_TEXT_BYTES];

	place_print(bundle, &line->bundle);
	device_id_print(device, line->device);
	buf_text(out, "{\"line\":");
	facets_text(out, line->line);
	facets_add(out, "bundle", line->draft ? NULL : bundle);
	facets_add(out, "device", device);
	buf_printf(out, ",\"t\":%" PRId64 "}", line->t);
}

static bool write_record(void *ctx, const struct explain_record *record, struct err *err)
{
	struct writing *writing = ctx;
	struct buf *out = writing->out;
	size_t i;

	add_comma(writing);
	buf_text(out, "{\"entity\":");
	facets_text(out, record->entity->name);
	facets_add(out, "id", record->id);
	facets_add(out, "title", record->title[0] != '\0' ? record->title : NULL);
	facets_add(out, "breakdown", record->breakdown);
	facets_ratio(out, "value", facets_ratio_of(record->value));
	buf_text(out, ",\"lines\":[");
	for (i = 0; i < record->line_count; i++) {
		buf_text(out, i != 0 ? "," : "");
		write_line(out, &record->lines[i]);
	}
	buf_text(out, "]}");
	return has_room(writing, err);
}

static bool write_bundle(void *ctx, const struct explain_bundle *bundle, struct err *err)
{
	const struct bundle_info *info = &bundle->info;
	struct writing *writing = ctx;
	struct buf *out = writing->out;
	char name[LINE_NAME_TEXT_BYTES], device[DEVICE_TEXT_BYTES], hash[65];

	if (writing->depth != IN_BUNDLES) {
		close_to(writing, IN_PARTS);
		buf_text(out, "],\"bundles\":[");
		writing->depth = IN_BUNDLES;
	}
	add_comma(writing);
	place_print(name, &info->place);
	device_id_print(device, info->place.chain.device);
	hex_encode(hash, info->hash, sizeof(info->hash));
	buf_text(out, "{\"bundle\":");
	facets_text(out, name);
	facets_add(out, "hash", hash);
	facets_add(out, "commit", info->commit);
	facets_add(out, "community", info->community);
	facets_add(out, "device", device);
	facets_add(out, "signer", bundle->signer);
	facets_add(out, "subject", info->subject);
	buf_printf(out, ",\"made\":%" PRId64 ",\"received\":%" PRId64, info->made_s * 1000,
		info->received_ms);
	facets_add(out, "signature", bundle->signature);
	buf_byte(out, '}');
	return has_room(writing, err);
}

static bool write_figure(void *ctx, const struct figure *figure, struct err *err)
{
	struct writing *writing = ctx;

	if (writing->query->breakdown != NULL && figure->breakdown != NULL &&
		!figure->has_previous &&
		strcmp(writing->query->breakdown, figure->breakdown) != 0) {
		return true;
	}
	add_comma(writing);
	figures_json_one(writing->out, figure);
	return has_room(writing, err);
}

bool explain_to_json(struct buf *out, struct node *node, const struct explain_query *query,
	struct err *err)
{
	struct writing writing = { .out = out, .begin = out->len, .query = query };
	const struct explain_sink sink = { write_part, write_community, write_record,
		write_bundle, &writing };
	struct figures_query figures = { .names = &query->figure, .name_count = 1,
		.period = query->period, .place = query->place,
		.by_breakdown = query->breakdown != NULL };

	int64_t version;
	bool ok;

	if (figures.place == NULL && !node_is_district(node)) {
		figures.place = node_community(node);
	}
	/* The figure and what is behind it are of one state. */
	if (!settle(node, err) || !cells_begin(node, &version, err)) {
		return false;
	}
	buf_text(out, "{\"schema\":1,\"figures\":[");
	ok = figures_ask(node, &figures, write_figure, &writing, err);
	buf_text(out, "],\"parts\":[");
	writing.depth = IN_PARTS;
	ok = ok && explain(node, query, &sink, err);
	cells_end(node);
	if (writing.depth != IN_BUNDLES) {
		close_to(&writing, IN_PARTS);
		buf_text(out, "],\"bundles\":[");
	}
	buf_text(out, "]}");
	return ok && buf_ok(out, err);
}
