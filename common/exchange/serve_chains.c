/* serve_chains.c -- bundles in and out; see serve.h. */
#include <string.h>

#include "held.h"
#include "refusals.h"
#include "serve.h"

#define WANTS_MAX 256

/* ---- POST bundles: a git bundle file ------------------------------ */

bool bundles_take(
	struct visit *visit, struct view file, struct received *received, struct err *err)
{
	char source[DEVICE_TEXT_BYTES];

	device_id_print(source, visit->device.id);
	return take_in(visit->node, file, source, received, err);
}

static json_t *refused_list(const struct received *received)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < received->refused_count; i++) {
		const struct refusal *refusal = &received->refused[i];

		if (json_array_append_new(list,
			    json_pack("{s:s, s:s, s:s}", "what", refusal->what, "code",
				    err_name(refusal->code), "reason", refusal->reason)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

bool bundles_reply(struct visit *visit, const struct received *received, struct err *err)
{
	const struct tally *taken = &received->taken;

	return reply_json_take(visit,
		json_pack("{s:i, s:{s:I, s:I, s:I}, s:I, s:o}", "schema", 1, "taken", "bundles",
			(json_int_t)taken->bundles, "lines", (json_int_t)taken->lines, "bytes",
			(json_int_t)taken->bytes, "duplicates", (json_int_t)received->duplicates,
			"refused", refused_list(received)),
		err);
}

bool serve_bundles_post(struct visit *visit, struct err *err)
{
	struct received received = { 0 };
	bool ok = bundles_take(visit, visit->request->body, &received, err) &&
		bundles_reply(visit, &received, err);

	received_clear(&received);
	return ok;
}

/* ---- GET bundles?want=<chain>@<after>-<last> ----------------------------- */

/* "<after>", or "<after>-<last>". */
static bool read_numbers(struct range *range, const char *text)
{
	const char *dash = strchr(text, '-');
	int64_t after, last = 0;

	if (dash != NULL && (!int64_parse(&last, view_of(dash + 1)) || last < 1)) {
		return false;
	}
	if (!int64_parse(&after, (struct view){ text, dash != NULL ? (size_t)(dash - text)
								   : strlen(text) }) ||
		after < 0 || after > UINT32_MAX || last > UINT32_MAX ||
		(dash != NULL && last <= after)) {
		return false;
	}
	range->after = (uint32_t)after;
	range->last = (uint32_t)last;
	return true;
}

static bool read_want(
	struct ranges *ranges, const char *community, const char *value, struct err *err)
{
	const char *at = strrchr(value, '@');
	struct range range = { .after = 0 };

	if (at == NULL ||
		!chain_name_parse(&range.chain, (struct view){ value, (size_t)(at - value) }) ||
		!read_numbers(&range, at + 1)) {
		return err_set(err, ERR_FORMAT,
			"'want' must be <chain>@<number> or <chain>@<number>-<number>");
	}
	if (!scope_readable(&range.chain.scope, community)) {
		return err_set(
			err, ERR_SCOPE, "%.*s is not for %s", (int)(at - value), value, community);
	}
	if (ranges->count >= WANTS_MAX) {
		return err_set(err, ERR_TOO_LARGE, "over %d chains at once", WANTS_MAX);
	}
	if (!ranges_add(ranges, &range.chain, range.after, err)) {
		return false;
	}
	ranges->list[ranges->count - 1].last = range.last;
	return true;
}

/* "max", if it is there: no more than that, about. */
static bool read_max(size_t *max_bytes, const char *value, struct err *err)
{
	int64_t max;

	if (!int64_parse(&max, view_of(value)) || max < 1) {
		return err_set(err, ERR_FORMAT, "'max' must be a number from 1");
	}
	if (max < EXCHANGE_FILE_BYTES) {
		*max_bytes = (size_t)max;
	}
	return true;
}

static bool read_wants(
	struct ranges *ranges, size_t *max_bytes, struct visit *visit, struct err *err)
{
	struct query query = query_of(visit->request->query);
	char name[QUERY_VALUE_BYTES], value[QUERY_VALUE_BYTES];
	bool bad;

	while (query_next(&query, name, value, &bad)) {
		bool ok;

		if (strcmp(name, "max") == 0) {
			ok = read_max(max_bytes, value, err);
		} else if (strcmp(name, "want") == 0) {
			ok = read_want(ranges, visit->device.community, value, err);
		} else {
			ok = err_set(err, ERR_FORMAT, "no such part of the address");
		}
		if (!ok) {
			return false;
		}
	}
	return !bad || err_set(err, ERR_FORMAT, "the address is not well-formed");
}

/* A neighbour gives nothing unsealed but what says whom to trust. */
static bool check_wants(struct visit *visit, const struct ranges *ranges, struct err *err)
{
	size_t i;

	for (i = 0; !node_is_district(visit->node) && i < ranges->count; i++) {
		if (!chain_of_trust(visit->node, &ranges->list[i].chain)) {
			return err_set(err, ERR_SCOPE, "not of a chain of the district's");
		}
	}
	return true;
}

bool serve_bundles_get(struct visit *visit, struct err *err)
{
	size_t max_bytes = EXCHANGE_FILE_BYTES;
	struct ranges ranges = { 0 };
	struct tally tally;
	bool more, ok;

	visit->reply->status = 200;
	visit->reply->content_type = SERVE_BUNDLES;
	/* Of chains that are not here nothing is written: an empty body. */
	ok = read_wants(&ranges, &max_bytes, visit, err) && check_wants(visit, &ranges, err) &&
		chains_write(visit->node, ranges.list, ranges.count, max_bytes, &visit->reply->body,
			&tally, &more, err);
	if (ok) {
		reply_tagged(visit);
	}
	ranges_clear(&ranges);
	return ok;
}
