/* asked.h -- figures and periods as people type them. */
#ifndef LINLI_CLI_ASKED_H
#define LINLI_CLI_ASKED_H

#include "linli/figures.h"

/* The figure called ${typed}: its name, or its label in either language.  ERR_USAGE. */
MUST_CHECK bool cli_figure(
	const char **out, const struct model *model, const char *typed, struct err *err);
/* 2024, 2024-Q1 or 2024-03; ${typed} NULL: this year.  ERR_USAGE. */
MUST_CHECK bool cli_period(
	struct period *out, struct node *node, const char *typed, struct err *err);

#endif
