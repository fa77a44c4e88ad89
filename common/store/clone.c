/* clone.c -- the ledger as git sees it; see linli/clone.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain_lines.h"
#include "ledger.h"
#include "linli/clone.h"
#include "oidmap.h"
#include "push.h"
#include "sha256.h"

#define REF_BYTES (sizeof("refs/heads/") + SLUG_TEXT_BYTES + CHAIN_TEXT_BYTES)

/* What is wanted and had of a chain: bundles from had + 1 to wanted. */
struct part {
	uint32_t wanted, had;
};

struct clone {
	struct node *node;
	struct ledger_refs refs;
	struct ledger_ref *list;
	char (*names)[REF_BYTES];
	uint64_t bundles;
	struct part *parts; /* by chain number - 1 */
	size_t part_count;
};

/* ---- references ---------------------------------------------------- */

static bool is_shown(const struct chain *chain)
{
	return chain->head != 0 && chain->name.scope.kind != SCOPE_COMMUNITY;
}

static void add_ref(struct clone *clone, const struct chain *chain, const char *folder,
	const char *community)
{
	struct ledger_ref *ref = &clone->list[clone->refs.count];
	char *name = clone->names[clone->refs.count];

	snprintf(name, REF_BYTES, "%s%s%s%s", folder, community, community[0] != '\0' ? "/" : "",
		chain->text);
	ref->name = name;
	ref->oid = chain->oid;
	clone->refs.count++;
}

static int by_name(const void *a, const void *b)
{
	const struct ledger_ref *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool is_head(const struct node *node, const struct chain *chain)
{
	return chain->name.scope.kind == SCOPE_FEDERATION && chain->name.incarnation == 1 &&
		device_id_equal(chain->name.device, node->federation_id);
}

static bool list_refs(struct clone *clone, struct err *err)
{
	const struct node *node = clone->node;
	size_t i;

	clone->part_count = node->chain_count;
	clone->parts = calloc(node->chain_count + 1, sizeof(*clone->parts));
	clone->list = calloc(2 * node->chain_count + 1, sizeof(*clone->list));
	clone->names = calloc(2 * node->chain_count + 1, sizeof(*clone->names));
	if (clone->parts == NULL || clone->list == NULL || clone->names == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];

		if (!is_shown(chain)) {
			continue;
		}
		clone->bundles += chain->head;
		add_ref(clone, chain, "refs/chains/", "");
		add_ref(clone, chain, "refs/heads/", chain->community);
		if (is_head(node, chain)) {
			clone->refs.head = clone->names[clone->refs.count - 1];
		}
	}
	qsort(clone->list, clone->refs.count, sizeof(*clone->list), by_name);
	clone->refs.refs = clone->list;
	return true;
}

bool clone_open(struct clone **out, struct node *node, struct err *err)
{
	struct clone *clone = calloc(1, sizeof(*clone));

	*out = NULL;
	if (clone == NULL) {
		return err_nomem(err);
	}
	if (!node_read_begin(node, err)) {
		free(clone);
		return false;
	}
	clone->node = node;
	if (!list_refs(clone, err)) {
		clone_close(clone);
		return false;
	}
	*out = clone;
	return true;
}

void clone_close(struct clone *clone)
{
	if (clone != NULL) {
		node_read_end(clone->node);
		free(clone->list);
		free(clone->names);
		free(clone->parts);
		free(clone);
	}
}

const struct ledger_refs *clone_refs(const struct clone *clone)
{
	return &clone->refs;
}

uint64_t clone_bundles(const struct clone *clone)
{
	return clone->bundles;
}

/* ---- what is wanted ------------------------------------------------ */

/* The bundle whose commit has these bytes; *chain is NULL if none is shown. */
static bool find_bundle(struct node *node, struct view commit, const struct oid *oid,
	struct chain **chain, uint32_t *seq, struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "SELECT chain, seq, objects FROM slot WHERE hash = ?1");
	uint8_t hash[SHA256_BYTES];
	struct chain *found;
	bool row = true;

	*chain = NULL;
	sha256(hash, commit.data, commit.len);
	stmt_blob_at(stmt, 1, hash, sizeof(hash));
	while (*chain == NULL) {
		struct view objects;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return true;
		}
		found = chain_by_number(node, (uint32_t)stmt_get_int(stmt, 0));
		*seq = (uint32_t)stmt_get_int(stmt, 1);
		objects = stmt_get_blob(stmt, 2);
		if (found != NULL && is_shown(found) && *seq <= found->head &&
			objects.len >= OID_BYTES &&
			memcmp(objects.data, oid->bytes, OID_BYTES) == 0) {
			*chain = found;
		}
	}
	stmt_reset(stmt);
	return true;
}

/* The same by the commit's name. */
static bool find_commit(struct clone *clone, const struct oid *oid, struct chain **chain,
	uint32_t *seq, struct err *err)
{
	struct buf content = { 0 };
	struct err why = { 0 };
	enum git_type type;
	bool ok = true;

	*chain = NULL;
	if (!object_get(clone->node, oid, &type, &content, &why)) {
		ok = why.code == ERR_NOT_FOUND;
		if (!ok && err != NULL) {
			*err = why;
		}
	} else if (type == GIT_TYPE_COMMIT) {
		ok = find_bundle(clone->node, buf_as_view(&content), oid, chain, seq, err);
	}
	buf_clear(&content);
	return ok;
}

bool clone_want(struct clone *clone, const struct oid *oid, struct err *err)
{
	char hex[OID_TEXT_BYTES];
	struct chain *chain;
	struct part *part;
	uint32_t seq;

	if (!find_commit(clone, oid, &chain, &seq, err)) {
		return false;
	}
	if (chain == NULL) {
		oid_print(hex, oid);
		return err_set(err, ERR_NOT_FOUND, "not our ref %s", hex);
	}
	part = &clone->parts[chain->number - 1];
	part->wanted = seq > part->wanted ? seq : part->wanted;
	return true;
}

bool clone_have(struct clone *clone, const struct oid *oid, bool *common, struct err *err)
{
	struct chain *chain;
	struct part *part;
	uint32_t seq;

	*common = false;
	if (!find_commit(clone, oid, &chain, &seq, err)) {
		return false;
	}
	if (chain != NULL) {
		part = &clone->parts[chain->number - 1];
		part->had = seq > part->had ? seq : part->had;
		*common = true;
	}
	return true;
}

bool clone_ready(const struct clone *clone)
{
	size_t i;

	for (i = 0; i < clone->part_count; i++) {
		if (clone->parts[i].wanted != 0 && clone->parts[i].had == 0) {
			return false;
		}
	}
	return true;
}

/* ---- packs --------------------------------------------------------- */

/* Called for each object that belongs into the pack, once. */
struct walk {
	struct clone *clone;
	struct oidmap seen; /* all but commits, of which no two are alike */
	struct tally tally;
	uint32_t objects;
	struct pack_stream *stream; /* NULL: only counts */
	struct buf deflated;
};

static bool is_first(struct walk *walk, const struct oid *oid, bool *first, struct err *err)
{
	*first = oidmap_find(&walk->seen, oid) == NULL;
	return !*first || oidmap_put(&walk->seen, oid, 0, err);
}

static bool visit_object(struct walk *walk, const struct oid *oid, struct err *err)
{
	enum git_type type;
	size_t len;

	walk->objects++;
	if (walk->stream == NULL) {
		return true;
	}
	buf_reset(&walk->deflated);
	return object_get_deflated(walk->clone->node, oid, &type, &len, &walk->deflated, err) &&
		pack_stream_add(walk->stream, type, len, buf_as_view(&walk->deflated), err);
}

static bool visit_bundle(
	struct walk *walk, const struct chain *chain, uint32_t seq, struct err *err)
{
	struct slot slot;
	size_t i, count;
	bool ok;

	if (!slot_read(walk->clone->node, chain, seq, &slot, err)) {
		return false;
	}
	walk->tally.bundles++;
	walk->tally.lines += slot.lines;
	walk->tally.bytes += slot.bytes;
	count = slot_object_count(&slot);
	ok = walk->objects <= CLONE_MAX_OBJECTS && walk->tally.bytes <= CLONE_MAX_BYTES;
	if (!ok) {
		err_set(err, ERR_TOO_LARGE, "more than %u objects or %lld bytes for one pack",
			CLONE_MAX_OBJECTS, CLONE_MAX_BYTES);
	}
	for (i = 0; ok && i < count; i++) {
		struct oid oid = slot_object(&slot, i);
		bool first = true;

		ok = (i == RAW_COMMIT || is_first(walk, &oid, &first, err)) &&
			(!first || visit_object(walk, &oid, err));
	}
	slot_clear(&slot);
	return ok;
}

static bool walk_all(struct walk *walk, struct err *err)
{
	struct clone *clone = walk->clone;
	uint32_t seq;
	size_t i;

	for (i = 0; i < clone->part_count; i++) {
		const struct part *part = &clone->parts[i];
		const struct chain *chain = chain_by_number(clone->node, (uint32_t)i + 1);

		for (seq = part->had + 1; chain != NULL && seq <= part->wanted; seq++) {
			if (!visit_bundle(walk, chain, seq, err)) {
				return false;
			}
		}
	}
	return true;
}

bool clone_write(struct clone *clone,
	bool (*write)(void *ctx, struct view piece, struct err *err), void *ctx,
	struct tally *out, struct err *err)
{
	struct pack_stream stream = { .write = write, .ctx = ctx };
	struct walk walk = { .clone = clone };
	bool ok;

	/* Once to count, as the number of objects comes first. */
	ok = walk_all(&walk, err) && pack_stream_begin(&stream, walk.objects, err);
	if (ok) {
		*out = walk.tally;
		oidmap_clear(&walk.seen);
		walk = (struct walk){ .clone = clone, .stream = &stream };
		ok = walk_all(&walk, err) && pack_stream_end(&stream, err);
	}
	oidmap_clear(&walk.seen);
	buf_clear(&walk.deflated);
	return ok;
}

/* ---- copies elsewhere -------------------------------------------------------- */

static bool source_read(void *ctx, const struct oid *oid, enum git_type *type, struct buf *data,
	struct err *err)
{
	return object_get(ctx, oid, type, data, err);
}

static bool source_exists(void *ctx, const struct oid *oid, bool *found, struct err *err)
{
	struct node *node = ctx;
	struct stmt *stmt = db_prepare(node->db, "SELECT 1 FROM object WHERE oid = ?1");
	bool ok;

	stmt_blob_at(stmt, 1, oid->bytes, OID_BYTES);
	ok = stmt_step(stmt, found, err);
	stmt_reset(stmt);
	return ok;
}

bool chains_export(struct node *node, const char *dir, struct tally *out, struct err *err)
{
	const struct object_source source = { .ctx = node, .read = source_read,
		.exists = source_exists };
	struct clone *clone = NULL;
	bool ok;

	memset(out, 0, sizeof(*out));
	if (!clone_open(&clone, node, err)) {
		return false;
	}
	out->bundles = clone->bundles;
	ok = ledger_export(NULL, dir, &source, &clone->refs, NULL, err);
	clone_close(clone);
	return ok;
}

bool clone_push(struct node *node, const char *url, const struct push_options *options,
	bool dry_run, struct pushed *out, uint64_t *bundles, struct err *err)
{
	const struct object_source source = { .ctx = node, .read = source_read,
		.exists = source_exists };
	struct clone *clone = NULL;
	bool ok;

	memset(out, 0, sizeof(*out));
	if (!clone_open(&clone, node, err)) {
		return false;
	}
	*bundles = clone->bundles;
	ok = ledger_push(out, url, options, &source, &clone->refs, dry_run, err);
	clone_close(clone);
	return ok;
}
