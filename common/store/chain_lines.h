/* chain_lines.h -- bundles as rows: slots, their objects and lines; only within common/store. */
#ifndef LINLI_CHAIN_LINES_H
#define LINLI_CHAIN_LINES_H

#include "bundle.h"
#include "linli/chains.h"
#include "node_private.h"

/* A row of table slot. */
struct slot {
	uint32_t seq;
	uint8_t hash[32];
	struct buf objects; /* oids in raw_bundle's order; released by slot_clear() */
	uint64_t bytes;
	uint32_t lines, applied, waiting, returned;
	int64_t made_s, received_ms;
};
void slot_clear(struct slot *slot);
struct oid slot_object(const struct slot *slot, size_t index);
size_t slot_object_count(const struct slot *slot);
/* ERR_NOT_FOUND if there is no such bundle. */
MUST_CHECK bool slot_read(struct node *node, const struct chain *chain, uint32_t seq,
	struct slot *out, struct err *err);

/*
 * Keep a verified bundle as the next of ${chain}: its objects, slot, Seen
 * and attachments; the chain's head moves.
 */
MUST_CHECK bool slot_add(struct node *node, struct chain *chain,
	const struct bundle_facts *facts, const uint8_t sha256[32],
	const struct raw_bundle *raw, struct err *err);

/*
 * Lines one after the other, each bundle being read once where they are asked
 * for by rising place.  Begins as { .node = node }; line_reader_clear() ends it.
 */
struct line_reader {
	struct node *node;
	uint32_t chain, seq; /* of what ${lines} are; 0: of nothing */
	struct buf changes;
	struct view *lines;
	size_t count, room;
};
/* *text is valid until the next call. */
MUST_CHECK bool line_reader_get(struct line_reader *reader, const struct merge_origin *origin,
	struct view *text, struct err *err);
void line_reader_clear(struct line_reader *reader);

/*
 * Append changes.jsonl of bundle ${seq}, or of the drafts.  Erased lines stand
 * in it as "-<64 hex>" (bundle_line_erased()).
 */
MUST_CHECK bool chain_changes(struct node *node, const struct chain *chain, uint32_t seq,
	struct buf *out, struct err *err);
/* Load a bundle's objects; ${data} and ${deflated} hold what they borrow. */
MUST_CHECK bool slot_load(struct node *node, const struct slot *slot,
	struct raw_object *objects, size_t room, struct buf *data, struct buf *deflated,
	struct err *err);

#define SLOT_MAX_OBJECTS 1024

#endif
