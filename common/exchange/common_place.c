/*
 * common_place.c -- up to where this node and the server hold the same
 * bundles of a chain that forked; see sync.h.
 *
 * The server is asked for one bundle after another, at places that halve what
 * is left each time: is its commit the one that stands there here?
 */
#include <inttypes.h>
#include <string.h>

#include "gitbundle.h"
#include "sync.h"

/* The first commit in ${file}, a git bundle file of one chain; *found: there is one. */
static bool first_commit(struct view file, struct oid *out, bool *found, struct err *err)
{
	struct gitbundle_reader *reader = NULL;
	struct raw_bundle raw;
	bool done = true, ok;

	*found = false;
	if (file.len == 0) {
		return true;
	}
	ok = gitbundle_open(&reader, file, err) && gitbundle_next(reader, &raw, &done, err);
	if (ok && !done) {
		*out = raw.objects[RAW_COMMIT].oid;
		*found = true;
	}
	gitbundle_close(reader);
	return ok;
}

/* Is the server's bundle ${place} the one that is held here? */
static bool is_common(struct sync *sync, const struct place *place, bool *same, struct err *err)
{
	struct call call = { .method = "GET", .path = "bundles" };
	char chain[CHAIN_TEXT_BYTES], text[2 * OID_BYTES + 1];
	struct bundle_info info;
	struct buf query = { 0 };
	struct oid oid;
	bool found = false, ok;

	*same = false;
	chain_name_print(chain, &place->chain);
	buf_printf(&query, "max=1&want=%s@%" PRIu32, chain, place->seq - 1);
	call.query = buf_str(&query);
	ok = buf_ok(&query, err) && peer_call(&sync->peer, &call, err) &&
		first_commit(buf_as_view(&sync->peer.reply.body), &oid, &found, err);
	buf_clear(&query);
	if (!ok || !found) {
		return ok;
	}
	oid_print(text, &oid);
	if (!chains_show(sync->node, place, &info, NULL, NULL, err)) {
		return false;
	}
	*same = strcmp(text, info.commit) == 0;
	return true;
}

bool sync_common_place(struct sync *sync, const struct chain_name *chain, uint32_t upto,
	uint32_t *out, struct err *err)
{
	struct place place = { .chain = *chain };
	uint32_t low = 0; /* the same up to here, and no longer beyond ${upto} */
	bool same;

	while (low < upto) {
		place.seq = low + (upto - low + 1) / 2;
		if (!is_common(sync, &place, &same, err)) {
			return err_wrap(err, "finding where a chain forked");
		}
		if (same) {
			low = place.seq;
		} else {
			upto = place.seq - 1;
		}
	}
	*out = low;
	return true;
}
