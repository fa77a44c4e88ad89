/* figures_world.c -- see figures_world.h. */
#include "test.h"

#include <ftw.h>
#include <unistd.h>

#include "figures_world.h"
#include "linli/chains.h"

#define MAX_FIELDS 16

static int64_t world_now(void *ctx)
{
	return ((struct world *)ctx)->now_ms;
}

void world_set_date(struct world *world, const char *today)
{
	world->now_ms = civil_days(view_of(today)) * 86400000 + 4 * 3600000; /* noon in China */
}

/* The real system's files and chance, but the world's clock. */
static bool world_random(void *ctx, void *out, size_t len, struct err *err)
{
	(void)ctx;
	return env_system()->random(env_system()->ctx, out, len, err);
}

static bool world_read(void *ctx, struct buf *out, const char *path, size_t cap,
	struct err *err)
{
	(void)ctx;
	return env_system()->read_file(env_system()->ctx, out, path, cap, err);
}

static bool world_write(void *ctx, const char *path, struct view data, bool secret,
	struct err *err)
{
	(void)ctx;
	return env_system()->write_file(env_system()->ctx, path, data, secret, err);
}

static bool world_make_dir(void *ctx, const char *path, struct err *err)
{
	(void)ctx;
	return env_system()->make_dir(env_system()->ctx, path, err);
}

static bool world_list(void *ctx, struct buf *out, const char *path, struct err *err)
{
	(void)ctx;
	return env_system()->list_dir(env_system()->ctx, out, path, err);
}

static bool world_remove(void *ctx, const char *path, struct err *err)
{
	(void)ctx;
	return env_system()->remove_file(env_system()->ctx, path, err);
}

static bool world_is_link(void *ctx, const char *path)
{
	(void)ctx;
	return env_system()->is_link(env_system()->ctx, path);
}

void world_init(struct world *world, const char *today)
{
	struct node_options options = { .env = &world->env };
	char home[64];
	struct err err;

	memset(world, 0, sizeof(*world));
	world->env = (struct env){ world, world_now, world_random, world_read, world_write,
		world_make_dir, world_list, world_remove, world_is_link };
	world_set_date(world, today);
	strcpy(world->dir, "/tmp/linli-figures-XXXXXX");
	assert_non_null(mkdtemp(world->dir));
	snprintf(home, sizeof(home), "%s/0", world->dir);
	options.home = home;
	assert_ok(node_found(&world->nodes[0], &options, "拱墅区", (struct view){ NULL, 0 }, &err),
		&err);
	world->count = 1;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
	(void)info;
	(void)kind;
	(void)where;
	return remove(path);
}

void world_clear(struct world *world)
{
	size_t i;

	for (i = 0; i < world->count; i++) {
		node_close(world->nodes[i]);
	}
	nftw(world->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

size_t world_join(struct world *world, const char *slug, const char *name, const char *street)
{
	struct node *district = world->nodes[WORLD_DISTRICT], *node;
	struct node_options options = { .env = &world->env };
	struct enrolment enrolment = { .age_recipient = "age1x" };
	char home[64];
	struct err err;

	assert_true(world->count < WORLD_MAX_NODES);
	snprintf(home, sizeof(home), "%s/%zu", world->dir, world->count);
	options.home = home;
	assert_ok(node_join(&node, &options, node_federation(district), slug, name, &err), &err);
	world->nodes[world->count++] = node;
	strcpy(enrolment.community, slug);
	strcpy(enrolment.name, name);
	node_public_key(node, enrolment.public_key);
	assert_ok(node_roster_add(district, slug, name, street, &err), &err);
	assert_ok(node_enrol(district, &enrolment, &err), &err);
	world_send(world, WORLD_DISTRICT, world->count - 1);
	return world->count - 1;
}

static struct assignment parse(const struct entity *entity, const char *text)
{
	const char *equals = strchr(text, '=');
	struct assignment assignment = { .op = ASSIGN_SET };
	struct err err = { .code = ERR_USAGE };

	assert_non_null(equals);
	assignment.field = entity_field(entity, (struct view){ text, (size_t)(equals - text) });
	if (assignment.field == NULL) {
		fail_msg("%s has no field for %s", entity->name, text);
	}
	switch (assignment.field->type) {
	case FIELD_INTEGER:
	case FIELD_MONEY:
	case FIELD_AREA:
		assignment.value.kind = VALUE_INT;
		assert_ok(int64_parse(&assignment.value.integer, view_of(equals + 1)), &err);
		break;
	case FIELD_BOOLEAN:
		assignment.value.kind = VALUE_BOOL;
		assignment.value.integer = strcmp(equals + 1, "true") == 0;
		break;
	default:
		assignment.value.kind = VALUE_TEXT;
		assignment.value.text = view_of(equals + 1);
	}
	return assignment;
}

static void put(struct node *node, const struct record_id *id, struct record_id *out,
	const char *entity_name, va_list args)
{
	const struct entity *entity = model_entity(node_model(node), view_of(entity_name));
	struct assignment assignments[MAX_FIELDS];
	const char *text;
	size_t count = 0;
	struct err err;

	assert_non_null(entity);
	while ((text = va_arg(args, const char *)) != NULL) {
		assert_true(count < MAX_FIELDS);
		assignments[count++] = parse(entity, text);
	}
	assert_ok(records_put(node, entity, id, assignments, count, out, &err), &err);
}

void world_put(struct world *world, size_t node, struct record_id *id, const char *entity, ...)
{
	struct record_id made;
	va_list args;

	va_start(args, entity);
	put(world->nodes[node], NULL, id != NULL ? id : &made, entity, args);
	va_end(args);
}

void world_change(struct world *world, size_t node, const struct record_id *id,
	const char *entity, ...)
{
	struct record_id same;
	va_list args;

	va_start(args, entity);
	put(world->nodes[node], id, &same, entity, args);
	va_end(args);
}

/* What ${from} can offer ${to}. */
struct offer {
	struct node *to;
	struct range ranges[64];
	size_t count;
};

static bool offer_chain(void *ctx, const struct head *head, struct err *err)
{
	struct offer *offer = ctx;
	struct head held;

	if (!scope_readable(&head->chain.scope, node_community(offer->to))) {
		return true;
	}
	if (!chains_head(offer->to, &head->chain, &held, err)) {
		return false;
	}
	assert_true(offer->count < 64);
	if (held.seq < head->seq) {
		offer->ranges[offer->count++] = (struct range){ head->chain, held.seq, 0 };
	}
	return true;
}

void world_send(struct world *world, size_t from, size_t to)
{
	struct offer offer = { .to = world->nodes[to] };
	struct received received = { 0 };
	struct buf file = { 0 };
	struct tally tally;
	struct err err;
	bool more = true;

	assert_ok(outbox_pack(world->nodes[from], &tally, &err), &err);
	assert_ok(chains_each(world->nodes[from], offer_chain, &offer, &err), &err);
	while (offer.count > 0 && more) {
		buf_reset(&file);
		assert_ok(chains_write(world->nodes[from], offer.ranges, offer.count, 1 << 20,
				  &file, &tally, &more, &err), &err);
		assert_ok(receive_bundles(world->nodes[to], buf_as_view(&file), "test",
				  &received, &err), &err);
	}
	if (received.refused_count != 0) {
		fail_msg("%s: %s", received.refused[0].what, received.refused[0].reason);
	}
	received_clear(&received);
	buf_clear(&file);
}
