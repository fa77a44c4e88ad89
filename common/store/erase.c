/* erase.c -- ordering erasures, and who has confirmed them; see linli/erase.h. */
#include "linli/erase.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "erasing.h"
#include "move_private.h"

/* Has ${entity} anything in the community's own scope? */
static bool erasable(struct node *node, const struct entity *entity, struct err *err)
{
	if (node->district) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("只有社区自己能抹除;区里能看到的内容请用删除",
				"only a community erases; what the district can read is deleted"));
	}
	if (entity->trust || (entity->scopes & (1U << SCOPE_COMMUNITY)) == 0) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("“%s”没有只存于本社区的内容,删除即可",
				"nothing of a %s is kept in the community alone: delete it"),
			entity->label.zh, entity->name);
	}
	return true;
}

/* ---- what would go ------------------------------------------------ */

struct planning {
	struct node *node;
	bool (*line)(void *ctx, const struct history_line *line, struct err *err);
	void *ctx;
	struct buf places; /* of struct place */
};

static bool plan_line(void *ctx, const struct history_line *line, struct err *err)
{
	struct planning *planning = ctx;
	struct arena arena = { 0 };
	struct line parsed;
	struct place place;
	bool ok;

	if (!place_parse(&place, view_of(line->line)) ||
		place.chain.scope.kind != SCOPE_COMMUNITY) {
		return true;
	}
	ok = line_parse(&parsed, &arena, line->text, err);
	if (ok && !parsed.has_del) {
		buf_add(&planning->places, &place, sizeof(place));
		ok = buf_ok(&planning->places, err) && planning->line(planning->ctx, line, err);
	}
	arena_clear(&arena);
	return ok;
}

/* Devices of the own community, as struct erase_device. */
static bool add_device(void *ctx, const struct device *device, struct err *err)
{
	struct erase_device found = { .device = *device };

	buf_add(ctx, &found, sizeof(found));
	return buf_ok(ctx, err);
}

static bool own_devices(struct node *node, struct buf *out, struct err *err)
{
	struct buf all = { 0 };
	bool ok = node_each_device(node, add_device, &all, err);
	size_t at;

	for (at = 0; ok && at < all.len; at += sizeof(struct erase_device)) {
		struct erase_device device;

		memcpy(&device, all.data + at, sizeof(device));
		if (strcmp(device.device.community, node->community) == 0) {
			buf_add(out, &device, sizeof(device));
		}
	}
	buf_clear(&all);
	return ok && buf_ok(out, err);
}

/* How many of ${places} the device is known to hold. */
static bool count_held(struct node *node, const struct buf *places, struct erase_device *device,
	struct err *err)
{
	struct place place;
	uint32_t known;
	size_t at;

	for (at = 0; at < places->len; at += sizeof(place)) {
		memcpy(&place, places->data + at, sizeof(place));
		if (device_id_equal(device->device.id, node->device) ||
			device_id_equal(device->device.id, place.chain.device)) {
			device->lines++;
			continue;
		}
		if (!chains_known(node, device->device.id, &place.chain, &known, err)) {
			return false;
		}
		device->lines += known >= place.seq;
	}
	return true;
}

bool erase_plan(struct node *node, const struct entity *entity, const struct record_id *id,
	bool (*line)(void *ctx, const struct history_line *line, struct err *err),
	bool (*device)(void *ctx, const struct erase_device *device, struct err *err), void *ctx,
	struct err *err)
{
	struct planning planning = { .node = node, .line = line, .ctx = ctx };
	struct buf devices = { 0 };
	bool ok;
	size_t at;

	ok = erasable(node, entity, err) &&
		records_history(node, entity, id, plan_line, &planning, err) &&
		own_devices(node, &devices, err);
	for (at = 0; ok && at < devices.len; at += sizeof(struct erase_device)) {
		struct erase_device one;

		memcpy(&one, devices.data + at, sizeof(one));
		ok = one.device.revoked ||
			(count_held(node, &planning.places, &one, err) && device(ctx, &one, err));
	}
	buf_clear(&planning.places);
	buf_clear(&devices);
	return ok;
}

/* ---- ordering ----------------------------------------------------- */

/* What the record of an erasure names. */
struct ordering {
	struct node *node;
	struct erase_names names;
	uint64_t count;
};

static bool name_line(void *ctx, const struct history_line *line, struct err *err)
{
	struct ordering *ordering = ctx;
	const struct chain *chain;
	struct place place;
	struct slot slot;

	ordering->count++;
	if (line->draft || !place_parse(&place, view_of(line->line))) {
		return true; /* it is named once it is signed */
	}
	chain = chain_find(ordering->node, &place.chain);
	if (chain == NULL) {
		return err_set(err, ERR_STORE, "a line of a chain that is not here");
	}
	if (!slot_read(ordering->node, chain, place.seq, &slot, err)) {
		return false;
	}
	/* What finds no room is named like lines that come later. */
	(void)erase_names_add(&ordering->names, slot.hash, place.n);
	slot_clear(&slot);
	return true;
}

static bool no_device(void *ctx, const struct erase_device *device, struct err *err)
{
	(void)ctx;
	(void)device;
	(void)err;
	return true;
}

#define ORDER_FIELDS 8

/* The assignments of an erasure's record; those without a value are left out. */
static size_t fill(struct assignment out[ORDER_FIELDS], const struct entity *erasure,
	const struct value values[ORDER_FIELDS])
{
	static const char *const names[ORDER_FIELDS] = { "target", "order_text", "lines", "at",
		"entity", "record", "count", "note" };
	size_t i, count = 0;

	for (i = 0; i < ORDER_FIELDS; i++) {
		const struct field *field = entity_field(erasure, view_of(names[i]));

		if (values[i].kind == VALUE_INT || values[i].text.len != 0) {
			out[count++] = (struct assignment){ field, ASSIGN_SET, values[i] };
		}
	}
	return count;
}

static struct value text_of(struct view text)
{
	return (struct value){ VALUE_TEXT, 0, text };
}

static struct value number_of(int64_t number)
{
	return (struct value){ VALUE_INT, number, { NULL, 0 } };
}

/* The erasure's record and the deletion, and the lines out of the record. */
static bool write_order(struct ordering *ordering, const struct entity *entity,
	const struct record_id *id, const struct erase_order *order, struct record_id *made,
	struct err *err)
{
	struct node *node = ordering->node;
	const struct entity *erasure = model_entity(node->model, view_of(ERASURE));
	char text[RECORD_ID_TEXT_BYTES], target[ERASE_TARGET_BYTES + 1];
	struct assignment assignments[ORDER_FIELDS];
	const char *holder;
	size_t count;

	record_id_print(text, id->bytes, id->len, entity->slug_ids);
	snprintf(target, sizeof(target), "%s %s", entity->name, text);
	/* What a former holder keeps of it is in no list any more: docs/moves.md. */
	holder = moves_home(node, entity, id);
	if ((holder == NULL || strcmp(holder, node->community) == 0) &&
		!records_delete(node, entity, id, true, err)) {
		return false;
	}
	count = fill(assignments, erasure,
		(const struct value[ORDER_FIELDS]){ text_of(view_of(target)),
			text_of(view_of(order->text)), text_of(erase_names_end(&ordering->names)),
			number_of(node->env->now_ms(node->env->ctx)),
			text_of(view_of(entity->name)), text_of(view_of(text)),
			number_of((int64_t)ordering->count), text_of(view_of(order->tell)) });
	return buf_ok(&ordering->names.text, err) &&
		records_put(node, erasure, NULL, assignments, count, made, err) &&
		erase_unmerge(node, err);
}

static bool order_in(struct ordering *ordering, const struct entity *entity,
	const struct record_id *id, const struct erase_order *order, struct record_id *made,
	struct err *err)
{
	char text[RECORD_ID_TEXT_BYTES];
	bool already;

	record_id_print(text, id->bytes, id->len, entity->slug_ids);
	if (!erase_is(ordering->node, view_of(entity->name), view_of(text), &already, err)) {
		return false;
	}
	if (already) {
		return err_set(err, ERR_EXISTS,
			ERR_BOTH("这条记录已经抹除过了", "this record was erased already"));
	}
	return erase_plan(ordering->node, entity, id, name_line, no_device, ordering, err) &&
		write_order(ordering, entity, id, order, made, err);
}

static bool text_fits(const char *text, struct err *err)
{
	size_t len = text != NULL ? strlen(text) : 0;

	return len <= ERASE_ORDER_MAX_BYTES ||
		err_set(err, ERR_TOO_LARGE,
			ERR_BOTH("依据最多 %d 字节", "an order has at most %d bytes"),
			ERASE_ORDER_MAX_BYTES, ERASE_ORDER_MAX_BYTES);
}

bool erase_record(struct node *node, const struct entity *entity, const struct record_id *id,
	const struct erase_order *order, struct erase_result *out, struct err *err)
{
	struct ordering ordering = { .node = node };
	struct record_id made = { 0 };
	struct tally packed;
	bool ok;

	if (!text_fits(order->text, err) || !text_fits(order->tell, err)) {
		return false;
	}
	if (order->text == NULL || order->text[0] == '\0') {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("请写明依据", "say by whose order, and why"));
	}
	/* Signed lines can be named at once. */
	if (!outbox_pack(node, &packed, err) || !node_begin(node, err)) {
		return false;
	}
	ok = order_in(&ordering, entity, id, order, &made, err);
	out->lines = ordering.count;
	record_id_print(out->id, made.bytes, made.len, false);
	buf_clear(&ordering.names.text);
	if (!ok) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err) && erase_finish(node, err);
}

/* ---- who has confirmed -------------------------------------------- */

struct confirmations {
	struct erase_device *devices;
	size_t count;
};

static const struct value *value_named(const struct record_view *view, const char *name)
{
	const struct field *field = entity_field(view->entity, view_of(name));

	return &view->values[field->index];
}

static bool note_confirmation(void *ctx, const struct record_view *view, struct err *err)
{
	struct confirmations *confirmations = ctx;
	const struct value *at = value_named(view, "at");
	struct device_id device;
	uint32_t incarnation;
	struct record_id id;
	size_t i;

	(void)err;
	if (at->kind != VALUE_INT || !record_id_parse(&id, view_of(view->id), false) ||
		!record_id_origin(id.bytes, id.len, &device, &incarnation)) {
		return true;
	}
	for (i = 0; i < confirmations->count; i++) {
		struct erase_device *one = &confirmations->devices[i];

		if (device_id_equal(one->device.id, device) &&
			(!one->confirmed || one->confirmed_ms > at->integer)) {
			one->confirmed = true;
			one->confirmed_ms = at->integer;
		}
	}
	return true;
}

struct listing {
	struct node *node;
	bool (*each)(void *ctx, const struct erasure *erasure, struct err *err);
	void *ctx;
	struct buf devices; /* of the own community */
};

static bool confirmations_of(struct listing *listing, const struct value *target,
	struct confirmations *out, struct err *err)
{
	const struct entity *entity = model_entity(listing->node->model, view_of(ERASURE_DONE));
	struct filter filter = { entity_field(entity, VIEW_LITERAL("target")), *target };
	size_t i;

	out->devices = (struct erase_device *)(void *)listing->devices.data;
	out->count = listing->devices.len / sizeof(*out->devices);
	for (i = 0; i < out->count; i++) {
		out->devices[i].confirmed = false;
		out->devices[i].confirmed_ms = 0;
	}
	return target->kind != VALUE_TEXT ||
		records_each(listing->node, entity, &filter, 1, note_confirmation, out, err);
}

static void copy_text(char *out, size_t room, struct view text)
{
	snprintf(out, room, "%.*s", (int)(text.len < room ? text.len : room - 1),
		text.data != NULL ? text.data : "");
}

static bool give_erasure(void *ctx, const struct record_view *view, struct err *err)
{
	struct listing *listing = ctx;
	struct erasure erasure = { .community = view->community };
	const struct value *target = value_named(view, "target");
	struct view entity = value_named(view, "entity")->text;
	struct view record = value_named(view, "record")->text;
	struct confirmations confirmations;
	uint32_t incarnation;
	struct record_id id;

	if (target->kind == VALUE_TEXT && !erase_target_split(target->text, &entity, &record)) {
		return err_set(err, ERR_STORE, "an erasure of no record");
	}
	if (!confirmations_of(listing, target, &confirmations, err)) {
		return false;
	}
	memcpy(erasure.id, view->id, sizeof(erasure.id));
	copy_text(erasure.entity, sizeof(erasure.entity), entity);
	copy_text(erasure.record, sizeof(erasure.record), record);
	erasure.order = value_named(view, "order_text")->text;
	erasure.told = value_named(view, "note")->text;
	erasure.at_ms = value_named(view, "at")->integer;
	erasure.lines = (uint64_t)value_named(view, "count")->integer;
	if (!record_id_parse(&id, view_of(view->id), false) ||
		!record_id_origin(id.bytes, id.len, &erasure.by, &incarnation)) {
		return err_set(err, ERR_STORE, "an erasure without a device");
	}
	erasure.devices = confirmations.devices;
	erasure.device_count = confirmations.count;
	return listing->each(listing->ctx, &erasure, err);
}

bool erasures_each(struct node *node,
	bool (*each)(void *ctx, const struct erasure *erasure, struct err *err), void *ctx,
	struct err *err)
{
	struct listing listing = { .node = node, .each = each, .ctx = ctx };
	bool ok;

	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = (node->district || own_devices(node, &listing.devices, err)) &&
		records_each(node, model_entity(node->model, view_of(ERASURE)), NULL, 0,
			give_erasure, &listing, err);
	node_read_end(node);
	buf_clear(&listing.devices);
	return ok;
}
