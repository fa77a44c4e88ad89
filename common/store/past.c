/*
 * past.c -- a node as it was; see linli/past.h.
 *
 * Bundles are taken in again one by one, with the clock at the moment at
 * which each arrived: a line that was too far ahead then is so again.  Where
 * several arrived at one moment their order is not known any more, so those
 * that must wait for others of the same moment are tried again.
 */
#include <stdlib.h>
#include <string.h>

#include "linli/civil.h"
#include "linli/past.h"
#include "node_private.h"

#define DAY_MS (86400 * 1000LL)

struct past {
	struct env env; /* the system's, with the clock below */
	const struct env *system;
	int64_t now_ms;
	struct node *node;
};

/* ---- its environment ---------------------------------------------- */

static int64_t past_now(void *ctx)
{
	return ((struct past *)ctx)->now_ms;
}

static bool past_random(void *ctx, void *out, size_t len, struct err *err)
{
	const struct env *system = ((struct past *)ctx)->system;

	return system->random(system->ctx, out, len, err);
}

static bool refuse_file(const char *path, struct err *err)
{
	return err_set(err, ERR_INTERNAL, "the past has no files: %s", path);
}

static bool past_read(void *ctx, struct buf *out, const char *path, size_t cap, struct err *err)
{
	(void)ctx;
	(void)out;
	(void)cap;
	return refuse_file(path, err);
}

static bool past_write(void *ctx, const char *path, struct view data, bool secret,
	struct err *err)
{
	(void)ctx;
	(void)data;
	(void)secret;
	return refuse_file(path, err);
}

static bool past_path(void *ctx, const char *path, struct err *err)
{
	(void)ctx;
	return refuse_file(path, err);
}

static bool past_list(void *ctx, struct buf *out, const char *path, struct err *err)
{
	(void)ctx;
	(void)out;
	return refuse_file(path, err);
}

/* ---- heads -------------------------------------------------------- */

static int64_t end_of(const char *date)
{
	/* China: midnight is at 16:00 of the day before, UTC. */
	return (civil_days(view_of(date)) + 1) * DAY_MS - 8 * 3600 * 1000LL - 1;
}

bool past_heads(struct node *node, const char *date, struct head **out, size_t *count,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT s.chain, s.seq, s.hash FROM slot s JOIN (SELECT chain, max(seq) AS seq "
		"FROM slot WHERE received_ms <= :end GROUP BY chain) h "
		"ON h.chain = s.chain AND h.seq = s.seq ORDER BY s.chain");
	struct buf heads = { 0 };
	bool ok = false, row;

	*out = NULL;
	*count = 0;
	if (!civil_date_valid(view_of(date))) {
		return err_set(err, ERR_USAGE,
			ERR_BOTH("日期应写成 2024-03-31", "a date is 2024-03-31") ": %.40s", date);
	}
	if (!node_read_begin(node, err)) {
		return false;
	}
	stmt_int(stmt, ":end", end_of(date));
	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			goto out;
		}
		if (!row) {
			break;
		}
		struct head head = { .seq = (uint32_t)stmt_get_int(stmt, 1) };
		const struct chain *chain =
			chain_by_number(node, (uint32_t)stmt_get_int(stmt, 0));
		struct view hash = stmt_get_blob(stmt, 2);

		if (chain == NULL || hash.len != sizeof(head.hash)) {
			err_set(err, ERR_STORE, "a bundle of no chain");
			stmt_reset(stmt);
			goto out;
		}
		head.chain = chain->name;
		memcpy(head.hash, hash.data, hash.len);
		buf_add(&heads, &head, sizeof(head));
	}
	ok = buf_ok(&heads, err);
out:
	node_read_end(node);
	if (ok) {
		*count = heads.len / sizeof(**out);
		*out = calloc(*count + 1, sizeof(**out));
		ok = *out != NULL || err_nomem(err);
	}
	if (ok && *count != 0) {
		memcpy(*out, heads.data, heads.len);
	}
	buf_clear(&heads);
	return ok;
}

/* ---- replay ------------------------------------------------------- */

/* A bundle to be taken in again. */
struct replayed {
	struct chain_name chain;
	uint32_t seq;
	int64_t received_ms;
	bool taken;
};

struct replay {
	struct past *past;
	struct node *from;
	const struct head *heads;
	size_t head_count;
	struct replayed *bundles;
	size_t count;
	struct buf file;
	char why[ERR_DETAIL_BYTES]; /* the last one was not taken */
};

/* Up to where the chain is to be read; 0: not at all. */
static uint32_t last_of(const struct replay *replay, const struct chain_name *chain)
{
	size_t i;

	for (i = 0; i < replay->head_count; i++) {
		if (chain_name_compare(&replay->heads[i].chain, chain) == 0) {
			return replay->heads[i].seq;
		}
	}
	return 0;
}

/* Chain by chain: the chain's last seq is looked up once. */
static bool list_bundles(struct replay *replay, struct err *err)
{
	struct stmt *stmt = db_prepare(replay->from->db,
		"SELECT chain, seq, received_ms FROM slot ORDER BY chain, seq");
	struct buf list = { 0 };
	const struct chain *chain = NULL;
	uint32_t last = 0;
	bool row, ok;

	while ((ok = stmt_step(stmt, &row, err)) && row) {
		uint32_t number = (uint32_t)stmt_get_int(stmt, 0);
		struct replayed bundle = { .seq = (uint32_t)stmt_get_int(stmt, 1),
			.received_ms = stmt_get_int(stmt, 2) };

		if (chain == NULL || chain->number != number) {
			chain = chain_by_number(replay->from, number);
			last = chain != NULL ? last_of(replay, &chain->name) : 0;
		}
		if (bundle.seq <= last) {
			bundle.chain = chain->name;
			buf_add(&list, &bundle, sizeof(bundle));
		}
	}
	ok = ok && buf_ok(&list, err);
	replay->count = list.len / sizeof(*replay->bundles);
	replay->bundles = calloc(replay->count + 1, sizeof(*replay->bundles));
	ok = ok && (replay->bundles != NULL || err_nomem(err));
	if (ok && replay->count != 0) {
		memcpy(replay->bundles, list.data, list.len);
	}
	buf_clear(&list);
	return ok;
}

/* By arrival; of one moment the district's for everybody come first. */
static int compare_bundles(const void *left, const void *right)
{
	const struct replayed *a = left, *b = right;
	int order;

	if (a->received_ms != b->received_ms) {
		return a->received_ms < b->received_ms ? -1 : 1;
	}
	order = (a->chain.scope.kind != SCOPE_FEDERATION) -
		(b->chain.scope.kind != SCOPE_FEDERATION);
	if (order == 0) {
		order = chain_name_compare(&a->chain, &b->chain);
	}
	return order != 0 ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static bool take(struct replay *replay, struct replayed *bundle, struct err *err)
{
	struct range range = { .chain = bundle->chain, .after = bundle->seq - 1 };
	struct received received = { 0 };
	struct tally tally;
	bool more, ok;

	buf_reset(&replay->file);
	replay->past->now_ms = bundle->received_ms;
	ok = chains_write(replay->from, &range, 1, 1, &replay->file, &tally, &more, err) &&
		receive_bundles(replay->past->node, buf_as_view(&replay->file), "past", &received,
			err);
	bundle->taken = ok && received.refused_count == 0;
	if (received.refused_count != 0) {
		memcpy(replay->why, received.refused[0].reason, sizeof(replay->why));
	}
	received_clear(&received);
	return ok;
}

/* Try what is left; *taken counts. */
static bool take_rest(struct replay *replay, size_t *taken, size_t *left, struct err *err)
{
	size_t i;

	*taken = *left = 0;
	for (i = 0; i < replay->count; i++) {
		struct replayed *bundle = &replay->bundles[i];

		if (bundle->taken) {
			continue;
		}
		if (!take(replay, bundle, err)) {
			return false;
		}
		*(bundle->taken ? taken : left) += 1;
	}
	return true;
}

static bool take_all(void *ctx, struct err *err)
{
	struct replay *replay = ctx;
	size_t taken = 1, left = 1;

	while (left > 0 && taken > 0) {
		if (!take_rest(replay, &taken, &left, err)) {
			return false;
		}
	}
	return left == 0 || err_set(err, ERR_FORMAT, "%zu bundles cannot be merged again: %s", left,
					replay->why);
}

static bool past_is_link(void *ctx, const char *path)
{
	(void)ctx;
	(void)path;
	return false;
}

static bool replay_all(struct replay *replay, struct err *err)
{
	size_t i;
	bool ok;

	for (i = 0; i < replay->head_count; i++) {
		char name[CHAIN_TEXT_BYTES];

		chain_name_print(name, &replay->heads[i].chain);
		if (!chains_holds(replay->from, &replay->heads[i])) {
			return err_set(err, ERR_NOT_FOUND,
				ERR_BOTH("这里没有包", "bundle is not here") ": %s@%u", name,
				(unsigned)replay->heads[i].seq);
		}
	}
	if (!node_read_begin(replay->from, err)) {
		return false;
	}
	ok = list_bundles(replay, err);
	if (ok) {
		qsort(replay->bundles, replay->count, sizeof(*replay->bundles), compare_bundles);
		ok = node_transaction(replay->past->node, take_all, replay, false, err);
	}
	node_read_end(replay->from);
	return ok;
}

bool past_open(struct past **out, struct node *node, const struct head *heads, size_t count,
	int64_t now_ms, struct err *err)
{
	struct past *past = calloc(1, sizeof(*past));
	struct replay replay = { .past = past, .from = node, .heads = heads, .head_count = count };
	bool ok;

	*out = NULL;
	if (past == NULL) {
		return err_nomem(err);
	}
	past->system = node_env(node);
	past->env = (struct env){ past, past_now, past_random, past_read, past_write, past_path,
		past_list, past_path, past_is_link };
	ok = node_open_scratch(&past->node, node, &past->env, err) && replay_all(&replay, err);
	free(replay.bundles);
	buf_clear(&replay.file);
	if (!ok) {
		past_close(past);
		return err_wrap(err, "going back");
	}
	past->now_ms = now_ms;
	*out = past;
	return true;
}

bool past_open_on(struct past **out, struct node *node, const char *date, struct err *err)
{
	struct head *heads;
	size_t count;
	bool ok;

	*out = NULL;
	ok = past_heads(node, date, &heads, &count, err) &&
		past_open(out, node, heads, count, end_of(date), err);
	free(heads);
	return ok;
}

struct node *past_node(struct past *past)
{
	return past->node;
}

void past_close(struct past *past)
{
	if (past != NULL) {
		node_close(past->node);
		free(past);
	}
}
