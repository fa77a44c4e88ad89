/* story.h -- where a record has been: moves, handovers, what it was merged into. */
#ifndef LINLI_CLI_STORY_H
#define LINLI_CLI_STORY_H

#include "linli/records.h"

/* Append the members "moves", "merged_into" and "handed_over" to an open object. */
MUST_CHECK bool story_json(struct buf *out, struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err);
/* The same for a person; nothing where there is nothing to tell. */
MUST_CHECK bool story_text(struct buf *out, struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err);

#endif
