/* statement_make.c -- see statement_make.h. */
#include "statement_make.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "statement_small.h"

struct making {
	struct statement_file *out;
	struct arena *arena;
	struct node *node;
	struct figures_query query; /* of the pass at hand */
	struct buf heads, covers, rows;
};

static const char *keep(struct making *making, const char *text)
{
	return text == NULL ? NULL : arena_copy(making->arena, view_of(text)).data;
}

static bool add_head(void *ctx, const struct head *head, struct err *err)
{
	struct making *making = ctx;

	buf_add(&making->heads, head, sizeof(*head));
	return buf_ok(&making->heads, err);
}

/* The coverage is every figure's of a place: it is noted with the first. */
static bool add_cover(struct making *making, const struct figure *figure, struct err *err)
{
	const struct statement_cover *last = making->covers.len == 0 ? NULL :
		(const void *)(making->covers.data + making->covers.len - sizeof(*last));
	const struct coverage *from = &figure->coverage;
	struct statement_cover cover = { .level = making->query.level,
		.included = from->included, .expected = from->expected,
		.waiting_lines = from->waiting_lines, .open_conflicts = from->open_conflicts,
		.silent_count = from->silent_count };
	const char **silent;
	size_t i;

	if (last != NULL && last->level == cover.level && strcmp(last->place, figure->place) == 0) {
		return true;
	}
	cover.place = keep(making, figure->place);
	cover.silent = silent = arena_alloc(making->arena,
		(from->silent_count + 1) * sizeof(*silent));
	for (i = 0; silent != NULL && i < from->silent_count; i++) {
		silent[i] = keep(making, from->silent[i]);
	}
	if (cover.place == NULL || silent == NULL) {
		return err_nomem(err);
	}
	buf_add(&making->covers, &cover, sizeof(cover));
	return buf_ok(&making->covers, err);
}

/* A part that was not given has a label and no name: "" is not the whole. */
static const char *part_of(const struct figure *figure)
{
	return figure->breakdown == NULL && figure->breakdown_label != NULL ? "" :
									      figure->breakdown;
}

static bool add_row(void *ctx, const struct figure *figure, struct err *err)
{
	struct making *making = ctx;
	struct statement_row row = { .level = making->query.level,
		.figure = keep(making, figure->name), .place = keep(making, figure->place),
		.breakdown = keep(making, part_of(figure)),
		.value = { true, figure->known, false, figure->numerator,
			figure->denominator } };

	if (row.figure == NULL || row.place == NULL ||
		(part_of(figure) != NULL && row.breakdown == NULL)) {
		return err_nomem(err);
	}
	if (making->rows.len / sizeof(row) == STATEMENT_MAX_ROWS) {
		return err_set(err, ERR_TOO_LARGE, "more than %d figures", STATEMENT_MAX_ROWS);
	}
	buf_add(&making->rows, &row, sizeof(row));
	return buf_ok(&making->rows, err) && add_cover(making, figure, err);
}

/* As a whole, and broken down, at every level. */
static bool ask(struct making *making, const struct period *period, struct err *err)
{
	static const enum place_level levels[] = { PLACE_DISTRICT, PLACE_STREET,
		PLACE_COMMUNITY };
	struct figures_query *query = &making->query;
	size_t i;

	query->period = *period;
	for (i = 0; i < 2 * sizeof(levels) / sizeof(levels[0]); i++) {
		query->level = levels[i / 2];
		query->by_breakdown = i % 2 == 1;
		if (!figures_ask(making->node, query, add_row, making, err)) {
			return false;
		}
	}
	return true;
}

static int by_row(const void *a, const void *b)
{
	return statement_row_compare(a, b);
}

static int by_cover(const void *a, const void *b)
{
	const struct statement_cover *x = a, *y = b;

	return x->level != y->level ? (int)x->level - (int)y->level : strcmp(x->place, y->place);
}

static int by_chain(const void *a, const void *b)
{
	const struct head *x = a, *y = b;

	return chain_name_compare(&x->chain, &y->chain);
}

/* Sort ${from}, leave each of equals once, and move it to the arena. */
static void *settle(struct making *making, struct buf *from, size_t size, size_t *count,
	int (*compare)(const void *a, const void *b))
{
	size_t i, kept = 0, all = from->len / size;
	uint8_t *out = arena_alloc(making->arena, from->len + size);

	if (out == NULL) {
		return NULL;
	}
	if (all != 0) {
		qsort(from->data, all, size, compare);
	}
	for (i = 0; i < all; i++) {
		if (kept == 0 || compare(out + (kept - 1) * size, from->data + i * size) != 0) {
			memcpy(out + kept++ * size, from->data + i * size, size);
		}
	}
	*count = kept;
	return out;
}

static bool settle_all(struct making *making, struct err *err)
{
	struct statement_file *out = making->out;

	out->heads = settle(making, &making->heads, sizeof(*out->heads), &out->head_count,
		by_chain);
	out->covers = settle(making, &making->covers, sizeof(*out->covers), &out->cover_count,
		by_cover);
	out->rows = settle(making, &making->rows, sizeof(*out->rows), &out->row_count, by_row);
	return (out->heads != NULL && out->covers != NULL && out->rows != NULL) ||
		err_nomem(err);
}

static bool read_all(struct making *making, const struct period *period, struct err *err)
{
	const struct model *model;
	struct statement_file *out = making->out;
	char name[64];
	int64_t version;
	bool ok;

	if (!cells_begin(making->node, &version, err)) {
		return false;
	}
	model = node_model(making->node);
	snprintf(name, sizeof(name), "%s@%" PRId64, model->name, model->version);
	out->model = keep(making, name);
	out->model_sha256 = keep(making, model->sha256);
	ok = ((out->model != NULL && out->model_sha256 != NULL) || err_nomem(err)) &&
		chains_each(making->node, add_head, making, err) && ask(making, period, err);
	cells_end(making->node);
	return ok && settle_all(making, err) &&
		statement_keep_small(making->out, making->node, err);
}

bool statement_make(struct statement_file *out, struct arena *arena, struct node *node,
	const struct period *period, int64_t at_ms, struct err *err)
{
	struct making making = { .out = out, .arena = arena, .node = node };
	bool ok;

	memset(out, 0, sizeof(*out));
	out->federation = node_federation_id(node);
	out->period = *period;
	out->at_ms = at_ms;
	ok = read_all(&making, period, err);
	buf_clear(&making.heads);
	buf_clear(&making.covers);
	buf_clear(&making.rows);
	return ok;
}
