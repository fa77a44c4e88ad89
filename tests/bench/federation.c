/* federation.c -- a district and a community in one folder, and what goes between them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "linli/chains.h"

static bool failed(const char *what, const struct err *err)
{
	fprintf(stderr, "bench: %s: %s: %s\n", what, err_name(err->code), err->detail);
	return false;
}

struct giving {
	struct node *from, *to;
	struct range ranges[64];
	size_t count;
};

static bool add_range(void *ctx, const struct head *head, struct err *err)
{
	struct giving *giving = ctx;
	struct head there;

	if (!chains_head(giving->to, &head->chain, &there, err)) {
		return false;
	}
	if (there.seq < head->seq && scope_readable(&head->chain.scope, node_community(giving->to))) {
		giving->ranges[giving->count++] = (struct range){ head->chain, there.seq, 0 };
	}
	return true;
}

/* Append to ${file} what ${to} lacks of ${from}. */
static void write_missing(struct node *from, struct node *to, struct buf *file)
{
	struct giving giving = { .from = from, .to = to };
	struct err err = { 0 };
	struct tally tally;
	bool more;

	if (!chains_each(from, add_range, &giving, &err) ||
		!chains_write(from, giving.ranges, giving.count, SIZE_MAX, file, &tally, &more, &err)) {
		failed("writing bundles", &err);
		exit(1);
	}
}

void bench_receive(struct node *node, const struct buf *file)
{
	struct received received = { 0 };
	struct err err = { 0 };

	if (!receive_bundles(node, buf_as_view(file), "bench", &received, &err)) {
		failed("receiving", &err);
		exit(1);
	}
	if (received.refused_count != 0) {
		fprintf(stderr, "bench: refused: %s: %s\n", received.refused[0].what,
			received.refused[0].reason);
		exit(1);
	}
	received_clear(&received);
}

void bench_carry(struct node *from, struct node *to)
{
	struct buf file = { 0 };

	write_missing(from, to, &file);
	bench_receive(to, &file);
	buf_clear(&file);
}

static struct node_options options_for(char *home, size_t room, const char *folder,
	const char *name)
{
	snprintf(home, room, "%s/%s", folder, name);
	return (struct node_options){ .env = env_system(), .home = home };
}

struct node *bench_open(const char *folder, const char *name)
{
	char home[128];
	struct node_options options = options_for(home, sizeof(home), folder, name);
	struct node *node;
	struct err err = { 0 };

	if (!node_open(&node, &options, &err)) {
		failed("opening", &err);
		exit(1);
	}
	return node;
}

bool bench_federation(struct node **district, struct node **client, const char *folder)
{
	char home[128];
	struct node_options options = options_for(home, sizeof(home), folder, "district");
	struct enrolment enrolment = { .community = "zhizunong", .name = "知足弄社区" };
	struct tally tally;
	struct err err = { 0 };

	if (!node_found(district, &options, "拱墅区", (struct view){ NULL, 0 }, &err)) {
		return failed("founding", &err);
	}
	options = options_for(home, sizeof(home), folder, "a");
	if (!node_join(client, &options, node_federation(*district), "zhizunong", "知足弄社区",
		    &err)) {
		return failed("joining", &err);
	}
	node_public_key(*client, enrolment.public_key);
	if (!node_age_recipient(*client, enrolment.age_recipient, &err) ||
		!node_roster_add(*district, "zhizunong", "知足弄社区", "潮鸣街道", &err) ||
		!node_enrol(*district, &enrolment, &err) ||
		!outbox_pack(*district, &tally, &err)) {
		return failed("enrolling", &err);
	}
	bench_carry(*district, *client);
	return true;
}
