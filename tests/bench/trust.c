/* trust.c -- the rows of the trust loop: judging, un-merging, catching up after a restore. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linli/chains.h"
#include "linli/records.h"
#include "linli/review.h"

#include "bench.h"

#define PER_BUNDLE 100
#define JUDGED_LINES 10000
#define RETURNED_LINES 1000

struct trust {
	struct node *client, *district;
	struct place places[JUDGED_LINES / PER_BUNDLE];
	uint32_t count;
};

static bool fail(const char *what, const struct err *err)
{
	fprintf(stderr, "%s: %s: %s\n", what, err_name(err->code), err->detail);
	return false;
}

static bool capture_batch(void *ctx, struct err *err)
{
	struct node *client = ctx;
	const struct entity *entity = model_entity(node_model(client), VIEW_LITERAL("activity"));
	struct record_id made;
	uint32_t i;

	for (i = 0; i < PER_BUNDLE; i++) {
		struct row row;

		row_make(&row, i);
		struct assignment assignments[] = {
			{ entity_field(entity, VIEW_LITERAL("title")), ASSIGN_SET,
				{ VALUE_TEXT, 0, view_of(row.title) } },
			{ entity_field(entity, VIEW_LITERAL("kind")), ASSIGN_SET,
				{ VALUE_TEXT, 0, view_of(row.kind) } },
			{ entity_field(entity, VIEW_LITERAL("held_on")), ASSIGN_SET,
				{ VALUE_TEXT, 0, view_of(row.held_on) } },
		};

		if (!records_put(client, entity, NULL, assignments, 3, &made, err)) {
			return false;
		}
	}
	return true;
}

/* Bundles that wait at the district. */
static bool send_waiting(struct trust *trust)
{
	struct policy policy = { .entity = "activity", .review = true, .reviewers = 1 };
	struct range range = { 0 };
	struct err err = { 0 };
	struct tally tally;
	bool ok = policy_set(trust->district, &policy, &err) &&
		outbox_pack(trust->district, &tally, &err);

	range.chain.device = node_device(trust->client);
	range.chain.incarnation = 1;
	range.chain.scope.kind = SCOPE_DISTRICT;
	strcpy(range.chain.scope.community, node_community(trust->client));
	while (ok && trust->count < JUDGED_LINES / PER_BUNDLE) {
		struct received received = { 0 };
		struct buf file = { 0 };
		struct head head;
		bool more;

		ok = chains_head(trust->client, &range.chain, &head, &err);
		range.after = head.seq;
		ok = ok && node_transaction(trust->client, capture_batch, trust->client, false, &err) &&
			outbox_pack(trust->client, &tally, &err) &&
			chains_write(trust->client, &range, 1, SIZE_MAX, &file, &tally, &more,
				&err) &&
			receive_bundles(trust->district, buf_as_view(&file), "bench", &received,
				&err) &&
			received.refused_count == 0;
		trust->places[trust->count++] =
			(struct place){ .chain = range.chain, .seq = head.seq + 1 };
		received_clear(&received);
		buf_clear(&file);
	}
	return ok || fail("sending", &err);
}

static bool judge(struct trust *trust, uint32_t bundles, bool accept, uint64_t *lines)
{
	uint32_t all[PER_BUNDLE], i;
	struct err err = { 0 };

	for (i = 0; i < PER_BUNDLE; i++) {
		all[i] = i + 1;
	}
	*lines = 0;
	for (i = 0; i < bundles; i++) {
		struct judging judging = { .bundle = trust->places[i], .lines = all,
			.count = PER_BUNDLE, .accept = accept,
			.reason = accept ? NULL : "重复", .reviewer = "审核员" };
		struct judged judged;

		if (!review_judge(trust->district, &judging, &judged, &err)) {
			return fail("judging", &err);
		}
		*lines += judged.accepted + judged.returned;
	}
	return true;
}

bool trust_rows(struct node *client, struct node *district)
{
	struct trust trust = { .client = client, .district = district };
	uint64_t lines;
	double start;

	if (!send_waiting(&trust)) {
		return false;
	}
	start = seconds_now();
	if (!judge(&trust, trust.count, true, &lines)) {
		return false;
	}
	printf("%-44s %10.0f lines/s, %" PRIu64 " lines in bundles of %d\n",
		"accepting lines that wait", (double)lines / (seconds_now() - start), lines,
		PER_BUNDLE);
	start = seconds_now();
	if (!judge(&trust, RETURNED_LINES / PER_BUNDLE, false, &lines)) {
		return false;
	}
	printf("%-44s %10.0f lines/s, %" PRIu64 " lines\n", "returning lines, un-merged",
		(double)lines / (seconds_now() - start), lines);
	return true;
}

bool catch_up_row(struct node *restored, struct node *from)
{
	struct received received = { 0 };
	struct range range = { 0 };
	struct buf file = { 0 };
	struct err err = { 0 };
	struct tally tally;
	double start;
	bool more, ok;

	range.chain.device = node_device(restored);
	range.chain.incarnation = 1;
	range.chain.scope.kind = SCOPE_DISTRICT;
	strcpy(range.chain.scope.community, node_community(restored));
	ok = chains_write(from, &range, 1, SIZE_MAX, &file, &tally, &more, &err);
	start = seconds_now();
	ok = ok && receive_bundles(restored, buf_as_view(&file), "bench", &received, &err);
	if (ok) {
		printf("%-44s %10.0f bundles/s, %" PRIu64 " bundles, %" PRIu64 " lines\n",
			"a restored client gets its own back",
			(double)received.taken.bundles / (seconds_now() - start),
			received.taken.bundles, received.taken.lines);
	}
	received_clear(&received);
	buf_clear(&file);
	return ok || fail("catching up", &err);
}
