/*
 * bundle_erased.h -- what an erased bundle has instead of changes.jsonl; only
 * within common/bundle.
 *
 * erased.jsonl begins with its orders, one a line:
 *   =<commit in hex> <n> <audit path in hex, or -> <line>
 * Then come the bundle's lines, each as it was or "-<64 hex>", its leaf hash.
 */
#ifndef LINLI_BUNDLE_ERASED_H
#define LINLI_BUNDLE_ERASED_H

#include "bundle.h"

/* Does one of ${lines} name the attachment ${sha256}? */
bool bundle_names_file(const struct view *lines, size_t count, const uint8_t sha256[SHA256_BYTES]);

/*
 * Read and verify the orders that ${erased} begins with into ${out}, whose facts
 * and lines are verified.  Fails with ERR_FORMAT, ERR_TOO_LARGE (more than erased
 * lines), ERR_HASH, ERR_SIGNATURE, ERR_KEY, ERR_NOMEM.
 */
MUST_CHECK bool bundle_orders_verify(struct bundle *out, struct view erased, struct arena *arena,
	struct err *err);

/* Append ${source} as an order.  Fails with ERR_VALUE (no such line), ERR_NOMEM. */
MUST_CHECK bool bundle_order_write(struct buf *out, const struct order_source *source,
	struct err *err);

#endif
