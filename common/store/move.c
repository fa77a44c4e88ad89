/* move.c -- the moves and the merged duplicates that are known here; see move_private.h. */
#include <stdlib.h>
#include <string.h>

#include "move_private.h"

struct moves {
	struct moved *moved;
	size_t moved_count;
	struct merged *merged;
	size_t merged_count;
	bool stale; /* a record of either was written since */
	struct buf came; /* of struct record_id: records of moves to act on */
};

void moves_forget(struct node *node)
{
	if (node->moves != NULL) {
		free(node->moves->moved);
		free(node->moves->merged);
		buf_clear(&node->moves->came);
		free(node->moves);
		node->moves = NULL;
	}
}

/* ---- reading ------------------------------------------------------ */

static int record_order(const char *a_entity, const struct record_id *a, const char *b_entity,
	const struct record_id *b)
{
	int order = strcmp(a_entity, b_entity);

	return order != 0 ? order :
		view_compare((struct view){ (const char *)a->bytes, a->len },
			(struct view){ (const char *)b->bytes, b->len });
}

static int by_number(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;
	int order = record_order(x->entity, &x->id, y->entity, &y->id);

	return order != 0 ? order : x->number < y->number ? -1 : x->number > y->number;
}

static int by_from(const void *a, const void *b)
{
	const struct merged *x = a, *y = b;
	int order = record_order(x->entity, &x->from, y->entity, &y->from);

	return order != 0 ? order : memcmp(x->device.bytes, y->device.bytes, DEVICE_BYTES);
}

static bool copy_text(char *out, size_t room, struct view text)
{
	if (text.len == 0 || text.len >= room) {
		return false;
	}
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return true;
}

/* The id ${text} of a record of the entity called ${name}, which is not the district's. */
static bool read_record(const struct node *node, char entity_name[MODEL_NAME_BYTES],
	struct record_id *id, struct view name, struct view text)
{
	const struct entity *entity = model_entity(node->model, name);

	return entity != NULL && !entity->district_writes && !entity->slug_ids &&
		copy_text(entity_name, MODEL_NAME_BYTES, name) &&
		record_id_parse(id, text, false);
}

/* False: this row names no move. */
static bool read_moved(const struct node *node, struct moved *out, struct stmt *stmt)
{
	struct view giver = stmt_get_text(stmt, 4), taker = stmt_get_text(stmt, 5);
	struct view slug = stmt_get_text(stmt, 0);

	memset(out, 0, sizeof(*out));
	out->number = stmt_get_int(stmt, 3);
	return read_record(node, out->entity, &out->id, stmt_get_text(stmt, 1),
		       stmt_get_text(stmt, 2)) &&
		slug_valid(giver) && slug_valid(taker) &&
		copy_text(out->giver, sizeof(out->giver), giver) &&
		copy_text(out->taker, sizeof(out->taker), taker) &&
		record_id_parse(&out->slug, slug, true);
}

/* "<entity> <from> <into>" */
static bool read_merged(const struct node *node, struct merged *out, struct stmt *stmt)
{
	struct view maker = stmt_get_blob(stmt, 0), community = stmt_get_text(stmt, 1);
	struct view text = stmt_get_text(stmt, 2), entity, from;
	struct cursor cursor = cursor_of(text.data, text.len);
	char again[MODEL_NAME_BYTES];
	uint32_t incarnation;

	memset(out, 0, sizeof(*out));
	entity = cursor_until(&cursor, ' ');
	from = cursor_until(&cursor, ' ');
	return !cursor.failed &&
		read_record(node, out->entity, &out->from, entity, from) &&
		read_record(node, again, &out->into, entity,
			(struct view){ (const char *)cursor.at, cursor_left(&cursor) }) &&
		copy_text(out->community, sizeof(out->community), community) &&
		record_id_origin(maker.data, maker.len, &out->device, &incarnation);
}

/* A larger array for one more than ${count} items of ${size}. */
static void *one_more(void *array, size_t count, size_t size)
{
	bool full = count == 0 || (count & (count - 1)) == 0;

	return full ? realloc(array, (count == 0 ? 1 : count * 2) * size) : array;
}

static bool load_moved(struct node *node, struct moves *moves, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT id, entity, record, number, giver, taker FROM moved");
	bool row;

	moves->moved_count = 0;
	for (;;) {
		struct moved *list;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			break;
		}
		list = one_more(moves->moved, moves->moved_count, sizeof(*list));
		if (list == NULL) {
			stmt_reset(stmt);
			return err_nomem(err);
		}
		moves->moved = list;
		moves->moved_count += read_moved(node, &list[moves->moved_count], stmt) ? 1 : 0;
	}
	if (moves->moved_count != 0) {
		qsort(moves->moved, moves->moved_count, sizeof(*moves->moved), by_number);
	}
	return true;
}

static bool load_merged(struct node *node, struct moves *moves, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT id, community, coalesce(public, reported, internal) FROM merged");
	bool row;

	moves->merged_count = 0;
	for (;;) {
		struct merged *list;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			break;
		}
		list = one_more(moves->merged, moves->merged_count, sizeof(*list));
		if (list == NULL) {
			stmt_reset(stmt);
			return err_nomem(err);
		}
		moves->merged = list;
		moves->merged_count +=
			read_merged(node, &list[moves->merged_count], stmt) ? 1 : 0;
	}
	if (moves->merged_count != 0) {
		qsort(moves->merged, moves->merged_count, sizeof(*moves->merged), by_from);
	}
	return true;
}

bool moves_load(struct node *node, struct err *err)
{
	if (node->moves == NULL) {
		node->moves = calloc(1, sizeof(*node->moves));
		if (node->moves == NULL) {
			return err_nomem(err);
		}
	}
	node->moves->stale = false;
	return load_moved(node, node->moves, err) && load_merged(node, node->moves, err);
}

bool moves_ready(struct node *node, struct err *err)
{
	return (node->moves != NULL && !node->moves->stale) || moves_load(node, err);
}

/* ---- looking ------------------------------------------------------ */

struct move_range moves_of(const struct node *node, const struct entity *entity,
	const struct record_id *id)
{
	const struct moves *moves = node->moves;
	struct move_range range = { NULL, 0 };
	size_t low = 0, high = moves != NULL ? moves->moved_count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct moved *one = &moves->moved[middle];

		if (record_order(one->entity, &one->id, entity->name, id) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (moves == NULL) {
		return range;
	}
	range.list = moves->moved + low;
	while (low + range.count < moves->moved_count &&
		record_order(range.list[range.count].entity, &range.list[range.count].id,
			entity->name, id) == 0) {
		range.count++;
	}
	return range;
}

const char *moves_home(const struct node *node, const struct entity *entity,
	const struct record_id *id)
{
	struct move_range range = moves_of(node, entity, id);

	return range.count != 0 ? range.list[range.count - 1].taker : NULL;
}

const char *moves_holder(struct node *node, const struct entity *entity,
	const struct record_id *id)
{
	const char *home = moves_home(node, entity, id);
	struct device_id device;
	uint32_t incarnation;

	if (home != NULL) {
		return home;
	}
	if (entity->slug_ids || entity->district_writes) {
		return DISTRICT_SLUG;
	}
	return record_id_origin(id->bytes, id->len, &device, &incarnation) ?
		device_community(node, device) : "";
}

bool moves_former(const struct node *node, const struct entity *entity,
	const struct record_id *id, const struct chain *chain)
{
	struct move_range range = moves_of(node, entity, id);
	const struct scope *scope = &chain->name.scope;
	const char *who = scope->kind == SCOPE_FEDERATION ? chain->community : scope->community;
	size_t i;

	for (i = 0; i < range.count; i++) {
		if (strcmp(range.list[i].giver, who) == 0 ||
			strcmp(range.list[i].taker, who) == 0) {
			return true;
		}
	}
	return false;
}

bool moves_mine(struct node *node, const struct entity *entity, const struct record_id *id,
	struct err *err)
{
	const char *home;

	if (!moves_ready(node, err)) {
		return false;
	}
	home = moves_home(node, entity, id);
	return node->district || home == NULL || strcmp(home, node->community) == 0 ||
		err_set(err, ERR_SCOPE,
			ERR_BOTH("这条记录已转给社区 %s,由其填写",
				"this record was handed over; it is held by %s"),
			home, home);
}

const struct merged *merged_find(struct node *node, const struct entity *entity,
	const struct record_id *id)
{
	const struct moves *moves = node->moves;
	size_t low = 0, high = moves != NULL ? moves->merged_count : 0;
	const char *holder;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct merged *one = &moves->merged[middle];

		if (record_order(one->entity, &one->from, entity->name, id) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (moves == NULL || low == moves->merged_count) {
		return NULL;
	}
	/* What another community says of the record is not listened to. */
	holder = moves_holder(node, entity, id);
	for (; low < moves->merged_count &&
		record_order(moves->merged[low].entity, &moves->merged[low].from, entity->name,
			id) == 0;
		low++) {
		if (strcmp(moves->merged[low].community, holder) == 0) {
			return &moves->merged[low];
		}
	}
	return NULL;
}

bool records_merged_into(struct node *node, const struct entity *entity,
	const struct record_id *id, struct record_id *out)
{
	const struct merged *merged;
	struct err ignored;
	int hops;

	if (!node_refresh(node, &ignored) || !moves_ready(node, &ignored)) {
		return false;
	}
	*out = *id;
	for (hops = 0; hops < 16; hops++) {
		merged = merged_find(node, entity, out);
		if (merged == NULL) {
			return hops != 0;
		}
		*out = merged->into;
	}
	return true;
}

bool move_holder(struct node *node, const struct entity *entity, const struct record_id *id,
	char out[SLUG_TEXT_BYTES], struct err *err)
{
	const char *holder;

	if (!node_refresh(node, err) || !moves_ready(node, err)) {
		return false;
	}
	holder = moves_holder(node, entity, id);
	memcpy(out, holder, strlen(holder) + 1);
	return true;
}

bool move_count(struct node *node, const struct entity *entity, const struct record_id *id,
	int64_t *out, struct err *err)
{
	struct move_range range;

	if (!node_refresh(node, err) || !moves_ready(node, err)) {
		return false;
	}
	range = moves_of(node, entity, id);
	*out = range.count != 0 ? range.list[range.count - 1].number : 0;
	return true;
}

/* ---- what was written --------------------------------------------- */

bool moves_note(struct node *node, const struct entity *entity, const struct record_id *id,
	struct err *err)
{
	bool moved = strcmp(entity->name, "moved") == 0;
	bool route = strcmp(entity->name, "move_route") == 0;
	bool work_follows = route || strcmp(entity->name, "move_offer") == 0 ||
		strcmp(entity->name, "move_accept") == 0;
	struct move_work work = { .kind = route ? WORK_TWICE : WORK_CONFIRM, .id = *id };

	if (node->moves == NULL && !moves_load(node, err)) {
		return false;
	}
	if (moved) {
		buf_add(&node->moves->came, id, sizeof(*id));
	}
	node->moves->stale = node->moves->stale || moved || strcmp(entity->name, "merged") == 0;
	if (work_follows && node->district) {
		memcpy(work.entity, entity->name, strlen(entity->name) + 1);
		return move_work_add(node, &work, err);
	}
	return buf_ok(&node->moves->came, err);
}

/* The next noted record of a move; false: none is left. */
bool moves_next_noted(struct node *node, struct record_id *out)
{
	struct buf *came = node->moves != NULL ? &node->moves->came : NULL;

	if (came == NULL || came->len < sizeof(*out)) {
		return false;
	}
	came->len -= sizeof(*out);
	memcpy(out, came->data + came->len, sizeof(*out));
	return true;
}

bool moves_each_moved(struct node *node,
	bool (*each)(struct node *node, const struct moved *moved,
		void (*problem)(void *ctx, const char *text), void *ctx, struct err *err),
	void (*problem)(void *ctx, const char *text), void *ctx, struct err *err)
{
	size_t i;

	for (i = 0; i < node->moves->moved_count; i++) {
		struct moved moved = node->moves->moved[i];

		if ((i == 0 || record_order(moved.entity, &moved.id,
				       node->moves->moved[i - 1].entity,
				       &node->moves->moved[i - 1].id) != 0) &&
			!each(node, &moved, problem, ctx, err)) {
			return false;
		}
	}
	return true;
}

bool moves_refresh(struct node *node, struct err *err)
{
	if (node->moves != NULL) {
		buf_reset(&node->moves->came);
	}
	return moves_load(node, err);
}
