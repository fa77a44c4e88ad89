/* move_world.c -- see move_world.h. */
#include "move_world.h"

void world_open(struct world *world)
{
	world->folder = scratch_folder();
	world->district = found_district(world->folder);
	world->a = join_community(world->folder, "a", world->district, "zhizunong", "知足弄社区");
	world->b = join_community(world->folder, "b", world->district, "wanglanfu", "望澜府社区");
	world->c = join_community(world->folder, "c", world->district, "chaoming", "潮鸣社区");
	give_all(world->district, world->a);
	give_all(world->district, world->b);
}

void world_close(struct world *world)
{
	assert_sound(world->district);
	assert_sound(world->a);
	assert_sound(world->b);
	assert_sound(world->c);
	node_close(world->a);
	node_close(world->b);
	node_close(world->c);
	node_close(world->district);
	scratch_remove(world->folder);
}

void pack(struct node *node)
{
	struct tally tally;
	struct err err = { 0 };

	assert_ok(outbox_pack(node, &tally, &err), &err);
}

/* To the district and back, with all that follows. */
void exchange(struct world *world, struct node *node)
{
	pack(node);
	give_all(node, world->district);
	pack(world->district);
	give_all(world->district, node);
	pack(node);
}

void settle_all(struct world *world)
{
	struct node *const nodes[] = { world->a, world->b, world->c };
	size_t round, i;

	for (round = 0; round < 4; round++) {
		for (i = 0; i < 3; i++) {
			exchange(world, nodes[i]);
		}
	}
}

const struct entity *entity_of(struct node *node, const char *name)
{
	return model_entity(node_model(node), view_of(name));
}

struct record_id id_of(const char *text)
{
	struct record_id id;

	assert_true(record_id_parse(&id, view_of(text), false));
	return id;
}

void offer(struct node *node, const char *entity, const char *text, const char *to)
{
	struct record_id id = id_of(text);
	struct err err = { 0 };

	assert_ok(move_offer(node, entity_of(node, entity), &id, to, &err), &err);
}

void take(struct node *node, const char *entity, const char *text)
{
	struct record_id id = id_of(text);
	struct err err = { 0 };

	assert_ok(move_take(node, entity_of(node, entity), &id, 0, &err), &err);
}

const char *holder_of(struct node *node, const char *entity, const char *text)
{
	static char holder[SLUG_TEXT_BYTES];
	struct record_id id = id_of(text);
	struct err err = { 0 };

	assert_ok(move_holder(node, entity_of(node, entity), &id, holder, &err), &err);
	return holder;
}

enum err_code try_put(struct node *node, const char *entity_name, const char *text,
	const char *field, const char *value)
{
	const struct entity *entity = entity_of(node, entity_name);
	struct assignment assignment = { entity_field(entity, view_of(field)), ASSIGN_SET,
		{ VALUE_TEXT, 0, view_of(value) } };
	struct record_id id = id_of(text), made;
	struct err err = { 0 };

	return records_put(node, entity, &id, &assignment, 1, &made, &err) ? ERR_NONE : err.code;
}

struct seen_alive {
	bool alive;
};

static bool note_alive(void *ctx, const struct record_view *view, struct err *err)
{
	(void)err;
	((struct seen_alive *)ctx)->alive = view->alive;
	return true;
}

bool alive(struct node *node, const char *entity_name, const char *text)
{
	struct record_id id = id_of(text);
	struct seen_alive seen = { false };
	struct err err = { 0 };

	return records_get(node, entity_of(node, entity_name), &id, note_alive, &seen, &err) &&
		seen.alive;
}

static bool count_line(void *ctx, const struct history_line *line, struct err *err)
{
	(void)line;
	(void)err;
	(*(size_t *)ctx)++;
	return true;
}

size_t history_lines(struct node *node, const char *entity, const char *text)
{
	struct record_id id = id_of(text);
	struct err err = { 0 };
	size_t count = 0;

	assert_ok(records_history(node, entity_of(node, entity), &id, count_line, &count, &err),
		&err);
	return count;
}

void whole_hash(struct node *node, char out[65])
{
	struct err err = { 0 };

	assert_ok(chains_state_hash(node, out, &err), &err);
}

void merge(struct node *node, const char *entity, const char *from_text,
	const char *into_text, struct merge_counts *counts)
{
	struct record_id from = id_of(from_text), into = id_of(into_text);
	struct err err = { 0 };

	assert_ok(records_merge(node, entity_of(node, entity), &from, &into, counts, &err), &err);
}
