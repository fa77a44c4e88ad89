/* carry_look.c -- what lies on a stick, before anything of it is taken in; see linli/carry.h. */
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "linli/rekey.h"
#include "stick.h"

struct looking {
	struct carry carry;
	struct carry_found *list; /* owned; by device */
	size_t count;
	struct buf seen; /* commits already counted, OID_BYTES each */
};

static struct carry_found *found_of(struct looking *looking, const struct bundle_facts *facts)
{
	struct carry_found *list = looking->list;
	struct device device;
	size_t i;

	for (i = 0; i < looking->count; i++) {
		if (device_id_equal(list[i].device, facts->chain.device)) {
			return &list[i];
		}
	}
	list = realloc(list, (looking->count + 1) * sizeof(*list));
	if (list == NULL) {
		return NULL;
	}
	looking->list = list;
	list += looking->count++;
	memset(list, 0, sizeof(*list));
	list->device = facts->chain.device;
	list->first_s = list->last_s = facts->made_s;
	memcpy(list->community, facts->community, sizeof(list->community));
	if (node_find_device(looking->carry.node, facts->chain.device, &device)) {
		list->known = true;
		memcpy(list->name, device.name, sizeof(list->name));
	}
	return list;
}

static bool counted(const struct looking *looking, const struct oid *commit)
{
	size_t at;

	for (at = 0; at < looking->seen.len; at += OID_BYTES) {
		if (memcmp(looking->seen.data + at, commit->bytes, OID_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

/* Its signature is verified: what is shown is who signed, not who is said to have. */
static bool look_at_bundle(struct looking *looking, const struct raw_bundle *raw, struct err *err)
{
	const struct raw_object *commit = &raw->objects[RAW_COMMIT];
	uint8_t signer[KEY_PUBLIC_BYTES];
	struct arena arena = { 0 };
	struct bundle_facts facts;
	struct carry_found *found;
	bool have, ok;

	if (!chains_have_commit(looking->carry.node, commit->oid.bytes, &have, err)) {
		return false;
	}
	if (have || counted(looking, &commit->oid)) {
		return true;
	}
	ok = commit_decode(&facts, &arena, commit->data, signer, err);
	if (ok) {
		found = found_of(looking, &facts);
		buf_add(&looking->seen, commit->oid.bytes, OID_BYTES);
		ok = (found != NULL && buf_ok(&looking->seen, err)) || err_nomem(err);
	}
	if (ok) {
		found->bundles++;
		found->lines += facts.changes_count;
		found->first_s = facts.made_s < found->first_s ? facts.made_s : found->first_s;
		found->last_s = facts.made_s > found->last_s ? facts.made_s : found->last_s;
	}
	arena_clear(&arena);
	return ok;
}

/* What cannot be read says so when it is to be taken in; here it is passed over. */
static bool look_at_file(struct looking *looking, const struct stick_file *file, struct err *err)
{
	struct gitbundle_reader *reader = NULL;
	struct buf sealed = { 0 }, plain = { 0 };
	struct raw_bundle raw;
	struct err why = { 0 };
	bool done = false, ok;

	ok = stick_read_file(&looking->carry, file, CARRY_BUNDLES_MAX_BYTES, &sealed, &why) &&
		node_open_sealed(looking->carry.node, &plain, buf_as_view(&sealed),
			CARRY_BUNDLES_MAX_BYTES, &why) &&
		gitbundle_open(&reader, buf_as_view(&plain), &why);
	while (ok && !done) {
		ok = gitbundle_next(reader, &raw, &done, &why) &&
			(done || look_at_bundle(looking, &raw, &why));
	}
	gitbundle_close(reader);
	buf_clear(&sealed);
	buf_clear(&plain);
	return ok || why.code != ERR_NOMEM || err_nomem(err);
}

static int by_community(const void *a, const void *b)
{
	const struct carry_found *x = a, *y = b;
	int order = strcmp(x->community, y->community);

	return order != 0 ? order : memcmp(x->device.bytes, y->device.bytes, DEVICE_BYTES);
}

bool exchange_carry_look(struct node *node, const char *dir,
	bool (*each)(void *ctx, const struct carry_found *found, struct err *err), void *ctx,
	struct err *err)
{
	struct looking looking = { .carry = { .node = node, .env = node_env(node), .looks = true } };
	struct carry *carry = &looking.carry;
	bool ok;
	size_t i;

	ok = stick_find(carry, dir, err) && stick_list(carry, err);
	for (i = 0; ok && i < carry->file_count; i++) {
		if (carry->files[i].kind == STICK_BUNDLES && !carry->files[i].own) {
			ok = look_at_file(&looking, &carry->files[i], err);
		}
	}
	if (looking.count > 1) {
		qsort(looking.list, looking.count, sizeof(*looking.list), by_community);
	}
	for (i = 0; ok && i < looking.count; i++) {
		ok = each(ctx, &looking.list[i], err);
	}
	free(looking.list);
	buf_clear(&looking.seen);
	stick_clear(carry);
	return ok || err_wrap(err, "%s", dir);
}
