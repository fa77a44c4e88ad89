/* facets.h -- members of JSON objects that figures and what is behind them share. */
#ifndef LINLI_FACETS_H
#define LINLI_FACETS_H

#include "linli/figures.h"

#include "ratio.h"

/* A text, or null. */
void facets_text(struct buf *out, const char *text);
/* ,"name":value */
void facets_add(struct buf *out, const char *name, const char *text);
/* In both languages; null where there is none. */
void facets_label(struct buf *out, const char *name, const struct label *label);
/* In decimal, rounded to 6 digits after the point; null where it is unknown. */
void facets_ratio(struct buf *out, const char *name, struct ratio ratio);
struct ratio facets_ratio_of(struct figure_value value);

#endif
