/* sync_chains.c -- the chains that both sides may read; see sync.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sync.h"

#define WANTS_AT_ONCE 32 /* an address of some 3 KiB */

static int64_t now_ms(const struct sync *sync)
{
	const struct env *env = node_env(sync->node);

	return env->now_ms(env->ctx);
}

/* Does ${received} list a refusal of a bundle of ${chain}? */
static bool chain_refused(const struct received *received, const struct chain_name *chain)
{
	char name[CHAIN_TEXT_BYTES];
	size_t i, len;

	chain_name_print(name, chain);
	len = strlen(name);
	for (i = 0; i < received->refused_count; i++) {
		const char *what = received->refused[i].what;

		if (strncmp(what, name, len) == 0 && (what[len] == '\0' || what[len] == '@')) {
			return true;
		}
	}
	return false;
}

/* ---- down ---------------------------------------------------------- */

struct want {
	struct range range;
	uint32_t upto; /* as their heads say; UINT32_MAX: whatever there is */
	bool trust, done;
};
struct wants {
	struct sync *sync;
	struct want *list; /* owned */
	size_t count, room;
	uint64_t got, total; /* bundles */
};

static bool add_want(struct wants *wants, const struct chain_name *chain, uint32_t after,
	uint32_t upto, struct err *err)
{
	struct want *list = wants->list;

	if (wants->count == wants->room) {
		wants->room = wants->room == 0 ? 64 : wants->room * 2;
		list = realloc(list, wants->room * sizeof(*list));
		if (list == NULL) {
			return err_nomem(err);
		}
		wants->list = list;
	}
	list[wants->count++] = (struct want){ .range = { *chain, after, upto == UINT32_MAX ? 0 : upto },
		.upto = upto,
		.trust = chain_of_trust(wants->sync->node, chain) };
	wants->total += upto == UINT32_MAX ? 0 : upto - after;
	return true;
}

static bool write_query(const struct sync *sync, const struct want *wants, size_t count,
	char out[REST_QUERY_BYTES], struct err *err)
{
	char chain[CHAIN_TEXT_BYTES];
	struct buf text = { 0 }, *query = &text;
	bool ok;
	size_t i;

	buf_printf(query, "max=%zu", sync->file_bytes);
	for (i = 0; i < count; i++) {
		if (!wants[i].done) {
			chain_name_print(chain, &wants[i].range.chain);
			buf_printf(query, "&want=%s@%" PRIu32, chain, wants[i].range.after);
			if (wants[i].range.last != 0) {
				buf_printf(query, "-%" PRIu32, wants[i].range.last);
			}
		}
	}
	ok = buf_ok(query, err) && (text.len < REST_QUERY_BYTES ||
		err_set(err, ERR_INTERNAL, "too long an address"));
	if (ok) {
		memcpy(out, buf_str(query), text.len + 1);
	}
	buf_clear(&text);
	return ok;
}

/* What has come of ${want}?  *advanced: something. */
static bool look_again(struct wants *wants, struct want *want, const struct received *received,
	bool *advanced, struct err *err)
{
	struct head head;

	if (want->done) {
		return true;
	}
	if (!chains_head(wants->sync->node, &want->range.chain, &head, err)) {
		return false;
	}
	if (head.seq > want->range.after) {
		wants->got += head.seq - want->range.after;
		want->range.after = head.seq;
		*advanced = true;
	}
	want->done = want->range.after >= want->upto || chain_refused(received, &want->range.chain);
	return true;
}

/* One request; *more: it brought something and there may be more. */
static bool fetch_once(
	struct wants *wants, struct want *batch, size_t count, bool *more, struct err *err)
{
	struct sync *sync = wants->sync;
	struct received received = { 0 };
	struct rest_download got = { .etag = "" };
	int64_t began_ms = now_ms(sync);
	size_t i, left = 0, before = 0;
	bool advanced = false, ok;

	*more = false;
	for (i = 0; i < count; i++) {
		before += batch[i].done ? 0 : 1;
	}
	ok = write_query(sync, batch, count, got.query, err) &&
		sync_get_file(sync, "bundles", true, &got, err);
	if (ok && got.file.len != 0) {
		sync_adapt(sync, now_ms(sync) - began_ms);
		ok = take_in(sync->node, buf_as_view(&got.file), "server", &received, err);
		for (i = 0; ok && i < count; i++) {
			ok = look_again(wants, &batch[i], &received, &advanced, err);
			left += batch[i].done ? 0 : 1;
		}
		*more = left > 0 && (advanced || left < before);
	}
	sync->moved = sync->moved || advanced;
	received_take(&sync->result->received, &received);
	rest_download_clear(&got);
	return ok && sync_report(sync, SYNC_RECEIVE, wants->got, wants->total, err);
}

static bool fetch_batch(struct wants *wants, struct want *batch, size_t count, struct err *err)
{
	bool more = count > 0;

	while (more) {
		if (!fetch_once(wants, batch, count, &more, err)) {
			return false;
		}
	}
	return true;
}

/* All of those that are (or are not) of trust. */
static bool fetch_part(struct wants *wants, bool trust, struct err *err)
{
	struct want batch[WANTS_AT_ONCE];
	size_t i, count = 0;

	for (i = 0; i < wants->count; i++) {
		if (wants->list[i].trust == trust) {
			batch[count++] = wants->list[i];
		}
		if (count == WANTS_AT_ONCE) {
			if (!fetch_batch(wants, batch, count, err)) {
				return false;
			}
			count = 0;
		}
	}
	return fetch_batch(wants, batch, count, err);
}

/* What devices are trusted comes first: the rest is verified by it. */
static bool fetch_all(struct wants *wants, struct err *err)
{
	return fetch_part(wants, true, err) && fetch_part(wants, false, err);
}

static bool want_missing(void *ctx, const struct head *theirs, struct err *err)
{
	struct wants *wants = ctx;
	struct sync *sync = wants->sync;
	enum fork_step step;
	struct head ours;

	if (theirs->chain.scope.kind == SCOPE_COMMUNITY ||
		!scope_readable(&theirs->chain.scope, node_community(sync->node))) {
		return true;
	}
	if (!chains_head(sync->node, &theirs->chain, &ours, err) ||
		!forks_step(sync->node, theirs, heads_device(sync->theirs)->id, &step, err)) {
		return false;
	}
	if (step == FORK_NONE && theirs->seq > ours.seq) {
		return add_want(wants, &theirs->chain, ours.seq, theirs->seq, err);
	}
	if (step == FORK_TOLD) {
		refusals_add_fork(&sync->result->received, theirs, "the server");
	}
	return true;
}

/* ---- forks --------------------------------------------------------- */

/* Fetch the server's branch of a chain from ${after} on. */
static bool fetch_branch(struct sync *sync, const struct head *theirs, uint32_t after,
	struct err *err)
{
	struct received branch = { 0 };
	bool more = true, ok = true;

	while (ok && more && after < theirs->seq) {
		struct want want = { .range = { theirs->chain, after, theirs->seq } };
		struct rest_download got = { .etag = "" };
		struct received received = { 0 };

		ok = write_query(sync, &want, 1, got.query, err) &&
			sync_get_file(sync, "bundles", true, &got, err) &&
			(got.file.len == 0 || take_in(sync->node, buf_as_view(&got.file), "server",
						      &received, err));
		more = received.refused_count == 0 &&
			received.taken.bundles + received.duplicates > 0;
		after += (uint32_t)(received.taken.bundles + received.duplicates);
		sync->moved = sync->moved || received.taken.bundles > 0;
		received_take(&branch, &received);
		rest_download_clear(&got);
	}
	received_take(&sync->result->received, &branch);
	return ok;
}

/* The chains whose other branch, which the server has, is to be merged here. */
struct forked {
	struct sync *sync;
	struct head *list; /* owned */
	size_t count;
};

static bool add_forked(void *ctx, const struct head *theirs, struct err *err)
{
	struct forked *forked = ctx;
	enum fork_step step;
	struct head *list;

	if (theirs->chain.scope.kind == SCOPE_COMMUNITY ||
		!scope_readable(&theirs->chain.scope, node_community(forked->sync->node))) {
		return true;
	}
	if (!forks_step(forked->sync->node, theirs, heads_device(forked->sync->theirs)->id, &step,
		    err)) {
		return false;
	}
	if (step != FORK_FETCH) {
		return true;
	}
	list = realloc(forked->list, (forked->count + 1) * sizeof(*list));
	if (list == NULL) {
		return err_nomem(err);
	}
	forked->list = list;
	list[forked->count++] = *theirs;
	return true;
}

static bool fetch_forked(struct sync *sync, struct err *err)
{
	struct forked forked = { .sync = sync };
	bool ok = heads_each(sync->theirs, add_forked, &forked, err);
	size_t i;

	for (i = 0; ok && i < forked.count; i++) {
		const struct head *theirs = &forked.list[i];
		struct head ours;
		uint32_t after = 0;

		ok = chains_head(sync->node, &theirs->chain, &ours, err) &&
			sync_common_place(sync, &theirs->chain,
				ours.seq < theirs->seq ? ours.seq : theirs->seq, &after, err);
		if (ok) {
			/* That it did not fit before is not news any more. */
			refusals_drop_forks(&sync->result->received, &theirs->chain);
			ok = fetch_branch(sync, theirs, after, err);
		}
	}
	free(forked.list);
	return ok;
}

/* What an earlier sync had begun to fetch; where it is of no use, it is left. */
static bool fetch_rest(struct sync *sync, struct err *err)
{
	struct received received = { 0 };
	struct rest_download rest;
	struct err why = { 0 };
	bool ok = true;

	if (sync->looked_down || !rest_load_download(sync->node, &rest)) {
		sync->looked_down = true;
		return true;
	}
	sync->looked_down = true;
	if (sync_get_file(sync, "bundles", true, &rest, &why)) {
		ok = rest.file.len == 0 ||
			take_in(sync->node, buf_as_view(&rest.file), "server", &received, err);
		sync->moved = sync->moved || received.taken.bundles > 0;
		received_take(&sync->result->received, &received);
	} else if (why.code == ERR_NETWORK || why.code == ERR_CANCELLED ||
		why.code == ERR_BUSY) {
		ok = err_set(err, why.code, "%s", why.detail);
	}
	if (ok) {
		rest_drop_download(sync->node);
	}
	rest_download_clear(&rest);
	return ok;
}

bool sync_download(struct sync *sync, struct err *err)
{
	struct wants wants = { .sync = sync };
	bool ok;

	ok = fetch_rest(sync, err) && heads_each(sync->theirs, want_missing, &wants, err) && fetch_all(&wants, err) &&
		fetch_forked(sync, err);
	free(wants.list);
	return ok;
}

bool sync_fetch_trust(struct sync *sync, struct err *err)
{
	struct chain_name next = { .device = node_federation_id(sync->node),
		.incarnation = 1,
		.scope = { .kind = SCOPE_FEDERATION } };
	struct wants wants = { .sync = sync };
	struct held held;
	size_t i;
	bool ok;

	if (!held_read(&held, sync->node, err)) {
		return false;
	}
	for (i = 0, ok = true; ok && i < held.count; i++) {
		const struct head *head = &held.heads[i];

		if (!chain_of_trust(sync->node, &head->chain)) {
			continue;
		}
		if (device_id_equal(head->chain.device, next.device) &&
			head->chain.incarnation >= next.incarnation) {
			next.incarnation = head->chain.incarnation + 1;
		}
		ok = add_want(&wants, &head->chain, head->seq, UINT32_MAX, err);
	}
	/* The founding device may have begun another incarnation. */
	ok = ok && add_want(&wants, &next, 0, UINT32_MAX, err) && fetch_all(&wants, err);
	free(wants.list);
	held_clear(&held);
	return ok;
}

/* ---- up ------------------------------------------------------------ */

/* Beyond which bundle of ${ours}'s chain does the server lack what is here? */
static bool lacking_after(struct sync *sync, const struct head *ours, const struct head *theirs,
	uint32_t *after, struct err *err)
{
	struct device_id server = heads_device(sync->theirs)->id;
	enum fork_step step;
	bool held_back;

	*after = theirs->seq;
	if (!forks_step(sync->node, theirs, server, &step, err) ||
		!forks_hold_back(sync->node, &ours->chain, &held_back, err)) {
		return false;
	}
	if (held_back) {
		*after = ours->seq;
		return true;
	}
	/* Its own chain it puts right itself, once it has both branches. */
	if (step == FORK_OFFER ||
		(step == FORK_FETCH && device_id_equal(ours->chain.device, server))) {
		return sync_common_place(sync, &ours->chain,
			ours->seq < theirs->seq ? ours->seq : theirs->seq, after, err);
	}
	if (step != FORK_NONE) {
		*after = ours->seq; /* the download looks at what differs */
	}
	return true;
}

/* What of the chains here the district may read and lacks: of trust, or not. */
static bool find_lacking(
	struct sync *sync, bool trust, struct ranges *out, uint64_t *bundles, struct err *err)
{
	struct held held;
	struct head theirs;
	uint32_t after;
	size_t i;
	bool ok = true;

	*bundles = 0;
	if (!held_read(&held, sync->node, err)) {
		return false;
	}
	for (i = 0; ok && i < held.count; i++) {
		const struct head *ours = &held.heads[i];

		if (!scope_readable(&ours->chain.scope, DISTRICT_SLUG) ||
			chain_of_trust(sync->node, &ours->chain) != trust) {
			continue;
		}
		heads_lookup(sync->theirs, sync->node, &ours->chain, &theirs);
		ok = lacking_after(sync, ours, &theirs, &after, err);
		if (!ok || after >= ours->seq) {
			continue;
		}
		*bundles += ours->seq - after;
		ok = ranges_add(out, &ours->chain, after, err);
	}
	held_clear(&held);
	return ok;
}

/* Remember what went into a file: ${before} and, moved on, ${ranges}. */
static bool remember_file(struct sync *sync, const struct range *before,
	const struct ranges *ranges, const struct tally *tally, struct err *err)
{
	struct sent_file *files = realloc(sync->files, (sync->file_count + 1) * sizeof(*files));
	struct sent_file *file;
	size_t i;

	if (files == NULL) {
		return err_nomem(err);
	}
	sync->files = files;
	file = &files[sync->file_count];
	*file = (struct sent_file){ .tally = *tally };
	file->ranges = calloc(ranges->count, sizeof(*file->ranges));
	if (file->ranges == NULL) {
		return err_nomem(err);
	}
	sync->file_count++;
	for (i = 0; i < ranges->count; i++) {
		if (ranges->list[i].after > before[i].after) {
			file->ranges[file->count++] = (struct sent_range){ before[i].chain,
				before[i].after, ranges->list[i].after };
		}
	}
	return true;
}

static bool read_refused(struct received *out, json_t *list, struct err *err)
{
	char name[LINE_NAME_TEXT_BYTES], code[32], reason[ERR_DETAIL_BYTES];
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		struct members m = members_of(json_array_get(list, i), "a refusal", err);

		members_shown(&m, "what", name, sizeof(name));
		members_shown(&m, "code", code, sizeof(code));
		members_shown(&m, "reason", reason, sizeof(reason));
		members_rest(&m);
		if (!members_done(&m)) {
			return false;
		}
		refusals_add(out, name, err_code_named(code), reason);
	}
	return true;
}

/* What became of a file: *took says whether any of it was of use. */
static bool read_upload_reply(
	struct sync *sync, struct received *refused, bool *took, struct err *err)
{
	int64_t bundles, duplicates;
	struct members m, taken;
	json_t *root, *list;
	bool ok;

	if (!peer_json(&sync->peer, &root, err)) {
		return false;
	}
	m = members_of(root, "the server's reply", err);
	taken = members_of(members_object(&m, "taken", 16), "the server's reply", err);
	members_integer(&taken, "bundles", 0, INT64_MAX, &bundles);
	members_rest(&taken);
	members_integer(&m, "duplicates", 0, INT64_MAX, &duplicates);
	list = members_array(&m, "refused", 100000);
	members_rest(&m);
	ok = members_done(&m) && members_done(&taken) && read_refused(refused, list, err);
	*took = bundles > 0 || duplicates > 0;
	json_decref(root);
	return ok;
}

/* Nothing more of the chains that the server refused. */
static void drop_refused(struct ranges *ranges, const struct received *refused)
{
	size_t i, kept = 0;

	for (i = 0; i < ranges->count; i++) {
		if (!chain_refused(refused, &ranges->list[i].chain)) {
			ranges->list[kept++] = ranges->list[i];
		}
	}
	ranges->count = kept;
}

/* The file that was remembered last; it is kept if it does not arrive. */
static bool post_file(struct sync *sync, struct view file, bool begun, struct ranges *ranges,
	bool *took, struct err *err)
{
	const struct sent_file *sent = &sync->files[sync->file_count - 1];
	struct received refused = { 0 };
	int64_t began_ms = now_ms(sync);
	bool kept = begun || file.len >= REST_EACH_BYTES, ok;

	if (kept && !begun) {
		rest_save_upload(sync->node, sent->ranges, sent->count, &sent->tally, file);
	}
	ok = sync_send_file(sync, file, begun, err);
	if (!ok && !kept && file.len >= REST_LEAST_BYTES) {
		rest_save_upload(sync->node, sent->ranges, sent->count, &sent->tally, file);
	} else if (kept && (ok || (err->code != ERR_NETWORK && err->code != ERR_CANCELLED))) {
		rest_drop_upload(sync->node);
	}
	sync_adapt(sync, now_ms(sync) - began_ms);
	ok = ok && read_upload_reply(sync, &refused, took, err);
	drop_refused(ranges, &refused);
	received_take(&sync->result->received, &refused);
	return ok;
}

/* Move ${ranges} past what ${rest} holds, if all of that is still lacking there. */
static bool moves_past(struct ranges *ranges, const struct rest_upload *rest)
{
	size_t i, k, found = 0;

	for (k = 0; k < 2; k++) {
		for (i = 0; i < ranges->count * rest->count; i++) {
			struct range *range = &ranges->list[i / rest->count];
			const struct sent_range *sent = &rest->ranges[i % rest->count];

			if (chain_name_compare(&range->chain, &sent->chain) != 0) {
				continue;
			}
			if (k == 1) {
				range->after = sent->last;
			} else if (range->after == sent->after) {
				found++;
			}
		}
		if (found != rest->count) {
			return false;
		}
	}
	return true;
}

/* What an earlier sync had begun to send; *begun: and still is to be sent. */
static bool rest_of_upload(struct sync *sync, struct ranges *ranges, struct buf *file,
	struct tally *tally, bool *begun)
{
	struct rest_upload rest;

	*begun = false;
	if (sync->looked_up || ranges->count == 0 || !rest_load_upload(sync->node, &rest)) {
		return false;
	}
	*begun = moves_past(ranges, &rest);
	if (*begun) {
		sync->looked_up = true;
		*tally = rest.tally;
		*file = rest.file;
		rest.file = (struct buf){ 0 };
	}
	rest_upload_clear(&rest);
	return *begun;
}

/* One file of what ${ranges} hold; they move on.  *more: there is more. */
static bool upload_once(struct sync *sync, struct ranges *ranges, bool *more, struct err *err)
{
	struct range *before = calloc(ranges->count + 1, sizeof(*before));
	struct buf file = { 0 };
	struct tally tally;
	bool took = false, begun = false, ok = false;

	*more = false;
	if (before == NULL) {
		return err_nomem(err);
	}
	memcpy(before, ranges->list, ranges->count * sizeof(*before));
	if (rest_of_upload(sync, ranges, &file, &tally, &begun)) {
		*more = true; /* or nothing, which is soon found */
	} else if (!chains_write(sync->node, ranges->list, ranges->count, sync->file_bytes, &file,
			   &tally, more, err)) {
		goto out;
	}
	ok = file.len == 0 ||
		(remember_file(sync, before, ranges, &tally, err) &&
			post_file(sync, buf_as_view(&file), begun, ranges, &took, err));
	sync->moved = sync->moved || took;
	sync->progress.sent.bundles += ok ? tally.bundles : 0;
	sync->progress.sent.lines += ok ? tally.lines : 0;
	sync->progress.sent.bytes += ok ? tally.bytes : 0;
out:
	buf_clear(&file);
	free(before);
	return ok;
}

static bool upload_part(struct sync *sync, bool trust, struct err *err)
{
	uint64_t begun = sync->progress.sent.bundles, total;
	struct ranges ranges = { 0 };
	bool more, ok;

	ok = find_lacking(sync, trust, &ranges, &total, err);
	more = ok && ranges.count > 0;
	while (ok && more) {
		ok = upload_once(sync, &ranges, &more, err) &&
			sync_report(
				sync, SYNC_SEND, sync->progress.sent.bundles - begun, total, err);
		more = more && ranges.count > 0;
	}
	ranges_clear(&ranges);
	return ok;
}

/* A district put back from a copy first needs its own trust records again. */
bool sync_upload(struct sync *sync, struct err *err)
{
	bool ok = upload_part(sync, true, err) && upload_part(sync, false, err);

	if (ok && !sync->looked_up) {
		sync->looked_up = true;
		rest_drop_upload(sync->node); /* what there is of it has come otherwise */
	}
	return ok;
}

/* ---- what counts as sent ------------------------------------------- */

/* How far the server acknowledges ${range}: up to *last. */
static void acknowledged(const struct sync *sync, const struct sent_range *range, uint32_t *last)
{
	struct head theirs;

	heads_lookup(sync->theirs, sync->node, &range->chain, &theirs);
	*last = range->after;
	if (theirs.seq > range->after && chains_holds(sync->node, &theirs)) {
		*last = theirs.seq < range->last ? theirs.seq : range->last;
	}
}

static bool no_line(void *ctx, uint32_t n, struct view text, struct err *err)
{
	(void)ctx;
	(void)n;
	(void)text;
	(void)err;
	return true;
}

/* Of a file that was taken in part: bundles and lines; bytes are not known. */
static bool count_part(
	struct sync *sync, const struct sent_range *range, uint32_t last, struct err *err)
{
	struct place place = { .chain = range->chain };
	struct bundle_info info;

	for (place.seq = range->after + 1; place.seq <= last; place.seq++) {
		if (!chains_show(sync->node, &place, &info, no_line, NULL, err)) {
			return false;
		}
		sync->result->sent.bundles++;
		sync->result->sent.lines += info.lines;
	}
	return true;
}

static bool count_file(struct sync *sync, struct sent_file *file, bool last, struct err *err)
{
	struct tally *sent = &sync->result->sent;
	bool whole = true;
	uint32_t upto;
	size_t i;

	for (i = 0; i < file->count; i++) {
		acknowledged(sync, &file->ranges[i], &upto);
		whole = whole && upto == file->ranges[i].last;
	}
	if (whole) {
		file->counted = true;
		sent->bundles += file->tally.bundles;
		sent->lines += file->tally.lines;
		sent->bytes += file->tally.bytes;
		return true;
	}
	for (i = 0; last && i < file->count; i++) {
		acknowledged(sync, &file->ranges[i], &upto);
		if (!count_part(sync, &file->ranges[i], upto, err)) {
			return false;
		}
	}
	return true;
}

bool sync_count_sent(struct sync *sync, bool last, struct err *err)
{
	size_t i;

	for (i = 0; i < sync->file_count; i++) {
		if (!sync->files[i].counted && !count_file(sync, &sync->files[i], last, err)) {
			return false;
		}
	}
	return true;
}

void sync_files_clear(struct sync *sync)
{
	size_t i;

	for (i = 0; i < sync->file_count; i++) {
		free(sync->files[i].ranges);
	}
	free(sync->files);
	sync->files = NULL;
	sync->file_count = 0;
}
