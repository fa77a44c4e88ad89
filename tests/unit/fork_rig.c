/* fork_rig.c -- see fork_rig.h. */
#include "fork_rig.h"

void put_dispute(struct node *node, const char *category)
{
	char word[CAPTION_BYTES + 16];

	snprintf(word, sizeof(word), "category=%s", category);
	PUT(node, "dispute", NULL, NULL, word, "opened_on=2024-03-01", "outcome=open");
}

struct search {
	const char *field, *value;
	size_t found;
};

static bool look(void *ctx, const struct record_view *view, struct err *err)
{
	struct search *search = ctx;
	const struct field *field = entity_field(view->entity, view_of(search->field));
	const struct value *value = &view->values[field->index];

	(void)err;
	search->found += value->kind == VALUE_TEXT && view_is(value->text, search->value) ? 1 : 0;
	return true;
}

size_t showing(struct node *node, const char *entity, const char *field, const char *value)
{
	struct search search = { field, value, 0 };
	struct err err = { 0 };

	assert_ok(records_each(node, model_entity(node_model(node), view_of(entity)), NULL, 0,
			  look, &search, &err),
		&err);
	return search.found;
}

size_t disputes(struct node *node, const char *category)
{
	return showing(node, "dispute", "category", category);
}

void meet(struct rig *rig, struct node *node)
{
	struct sync_result result;
	struct err err = { 0 };

	assert_ok(exchange_sync(node, &rig->transport, NULL, &result, &err), &err);
	sync_result_clear(&result);
}

void carry(struct rig *rig, struct node *node)
{
	struct sync_result result;
	struct buf stick = { 0 };
	struct err err = { 0 };

	buf_printf(&stick, "%s/stick", rig->folder);
	assert_ok(env_system()->make_dir(NULL, buf_str(&stick), &err), &err);
	assert_ok(exchange_carry(node, buf_str(&stick), &result, &err), &err);
	sync_result_clear(&result);
	buf_clear(&stick);
}

static bool count_repair(void *ctx, const struct repair *repair, struct err *err)
{
	struct repairs *repairs = ctx;

	(void)err;
	if (repairs->count++ == 0) {
		repairs->last = *repair;
	}
	return true;
}

struct repairs repairs_of(struct node *node)
{
	struct repairs repairs = { 0 };
	struct err err = { 0 };

	assert_ok(repairs_each(node, count_repair, &repairs, &err), &err);
	return repairs;
}

static bool count_open(void *ctx, const struct fork *fork, struct err *err)
{
	(void)err;
	*(size_t *)ctx += fork->settled_ms == 0 ? 1 : 0;
	return true;
}

size_t open_forks(struct node *node)
{
	size_t count = 0;
	struct err err = { 0 };

	assert_ok(forks_each(node, count_open, &count, &err), &err);
	return count;
}

static bool count_branch(void *ctx, const struct branch_bundle *bundle, struct err *err)
{
	(void)bundle;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

size_t set_aside(struct node *node)
{
	size_t count = 0;
	struct err err = { 0 };

	assert_ok(branches_each(node, count_branch, &count, &err), &err);
	return count;
}

uint64_t drafts_of(struct node *node)
{
	struct outbox_counts counts;
	struct err err = { 0 };

	assert_ok(outbox_count(node, &counts, &err), &err);
	return counts.draft_lines;
}

struct node *open_copy(struct rig *rig, const char *copy)
{
	struct node_options options = { .env = &rig->env };
	struct buf home = { 0 };
	struct node *node = NULL;
	struct err err = { 0 };

	buf_printf(&home, "%s/%s", rig->folder, copy);
	options.home = buf_str(&home);
	assert_ok(node_open(&node, &options, &err), &err);
	buf_clear(&home);
	return node;
}

void put_district_back(struct rig *rig, const char *copy)
{
	struct err err = { 0 };

	exchange_server_close(rig->server);
	rig->district = rig_put_back(rig, rig->district, "district", copy);
	assert_ok(exchange_server_open(&rig->server, rig->district, &err), &err);
}

struct gift {
	struct range ranges[16];
	size_t count;
};

static bool add_chain(void *ctx, const struct head *head, struct err *err)
{
	struct gift *gift = ctx;

	(void)err;
	if (head->chain.scope.kind != SCOPE_COMMUNITY && gift->count < 16) {
		gift->ranges[gift->count++] = (struct range){ head->chain, 0, 0 };
	}
	return true;
}

size_t give(struct node *from, struct node *to)
{
	struct received received = { 0 };
	struct gift gift = { .count = 0 };
	struct buf file = { 0 };
	struct tally tally;
	struct err err = { 0 };
	size_t i, forks = 0;
	bool more;

	assert_ok(chains_each(from, add_chain, &gift, &err), &err);
	assert_ok(chains_write(from, gift.ranges, gift.count, SIZE_MAX, &file, &tally, &more, &err),
		&err);
	assert_ok(receive_bundles(to, buf_as_view(&file), "test", &received, &err), &err);
	for (i = 0; i < received.refused_count; i++) {
		forks += received.refused[i].code == ERR_FORK ? 1 : 0;
	}
	received_clear(&received);
	buf_clear(&file);
	return forks;
}
