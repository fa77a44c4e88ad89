/* figures_asked.h -- asking for figures in tests, and the district of most of them. */
#ifndef LINLI_FIGURES_ASKED_H
#define LINLI_FIGURES_ASKED_H

#include "figures_world.h"

struct figures_query ask_for(const char *const *name, const char *period);
/* Into a buf: "place[/breakdown]=n[/d] " for each figure; "?" where it is unknown. */
bool print_figure(void *ctx, const struct figure *figure, struct err *err);
void assert_query(struct node *node, const struct figures_query *query, const char *expected);
void assert_figure(struct node *node, const char *name, const char *period,
	enum place_level level, const char *expected);
/* For figures_check(): into an unsigned. */
void count_problem(void *ctx, const char *text);
/* Kept cells that are still true equal a recount; how many there are. */
uint64_t assert_recounts(struct node *node);

enum { DISTRICT, A, B, SILENT };

/* A district and three communities with four activities; the third has sent nothing. */
int make_world(void **state);
int end_world(void **state);
void activity(struct world *world, size_t node, const char *day, const char *served,
	const char *kind);

#endif
