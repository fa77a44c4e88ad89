/* handover.c -- making, verifying and taking a handover; see linli/move.h. */
#include "handover.h"

#include <stdlib.h>
#include <string.h>

#include "age.h"
#include "bundle.h"
#include "linli/chains.h"
#include "linli/rekey.h"
#include "merkle.h"
#include "move_private.h"

/* ---- making ------------------------------------------------------- */

struct making {
	struct node *node;
	struct handover_file file;
	struct place last;  /* of the last commit */
	struct buf commits; /* of struct view */
	struct buf items;   /* of struct handover_item */
	struct arena arena; /* what they borrow */
	size_t bytes;
};

static bool add_proof(void *ctx, const struct line_proof *proof, struct err *err)
{
	struct making *making = ctx;
	struct handover_item item = { .n = proof->place.n };
	bool same = making->file.commit_count != 0 && proof->place.seq == making->last.seq &&
		chain_name_compare(&proof->place.chain, &making->last.chain) == 0;

	making->bytes += (same ? 0 : proof->commit.len) + proof->text.len + proof->path.len + 32;
	if (making->bytes > HANDOVER_PLAIN_MAX_BYTES - LINE_MAX_BYTES - 1024 ||
		making->file.commit_count == HANDOVER_MAX_COMMITS ||
		making->file.item_count == HANDOVER_MAX_LINES) {
		return err_set(err, ERR_TOO_LARGE,
			ERR_BOTH("这条记录的改动太多,无法移交",
				"the record has too many changes to be handed over"));
	}
	if (!same) {
		struct view commit = arena_copy(&making->arena, proof->commit);

		buf_add(&making->commits, &commit, sizeof(commit));
		making->file.commit_count++;
		making->last = proof->place;
		if (commit.data == NULL) {
			return err_nomem(err);
		}
	}
	item.commit = (uint32_t)(making->file.commit_count - 1);
	item.text = arena_copy(&making->arena, proof->text);
	item.path = arena_copy(&making->arena, proof->path);
	if (item.text.data == NULL || item.path.data == NULL) {
		return err_nomem(err);
	}
	buf_add(&making->items, &item, sizeof(item));
	making->file.item_count++;
	return buf_ok(&making->items, err) && buf_ok(&making->commits, err);
}

static int in_order(const void *a, const void *b)
{
	const struct field_change *x = a, *y = b;

	if (x->change.op != y->change.op) {
		return x->change.op < y->change.op ? -1 : 1;
	}
	if (x->field->index != y->field->index) {
		return x->field->index < y->field->index ? -1 : 1;
	}
	return view_compare(x->change.value.text, y->change.value.text);
}

/* The values that the own scope's fields show now, as one line. */
static bool summarise(struct making *making, const struct entity *entity,
	const struct changes *shown, struct buf *out, struct err *err)
{
	const struct env *env = node_env(making->node);
	struct line line = { .t = env->now_ms(env->ctx) * 1000, .entity = view_of(entity->name),
		.id = view_of(making->file.id), .has_salt = true };
	struct change *changes = arena_alloc(&making->arena,
		(shown->count + 1) * sizeof(*changes));
	size_t i;

	if (changes == NULL) {
		return err_nomem(err);
	}
	if (!env->random(env->ctx, line.salt, sizeof(line.salt), err)) {
		return false;
	}
	for (i = 0; i < shown->count; i++) {
		changes[i] = shown->list[i].change;
	}
	line.changes = changes;
	line.change_count = shown->count;
	line_write(out, &line);
	return buf_ok(out, err) &&
		(out->len <= LINE_MAX_BYTES ||
			err_set(err, ERR_TOO_LARGE, "the values have %zu bytes", out->len));
}

static bool gather(struct making *making, const struct entity *entity, const struct record_id *id,
	struct buf *summary, struct err *err)
{
	struct changes shown = { 0 };
	bool found, ok;

	ok = changes_of_record(making->node, &shown, entity, id, 1U << SCOPE_COMMUNITY, &found,
		err);
	if (ok && !found) {
		ok = err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("没有这条记录,或已删除", "no such record, or it was deleted"));
	}
	if (ok && shown.count != 0) {
		qsort(shown.list, shown.count, sizeof(*shown.list), in_order);
		ok = summarise(making, entity, &shown, summary, err);
	}
	making->file.summary = buf_as_view(summary);
	changes_clear(&shown);
	return ok && moves_each_proof(making->node, entity, id, add_proof, making, err);
}

/* The devices of ${community}, and this one. */
struct recipients {
	struct node *node;
	const char *community;
	struct buf list; /* of struct age_recipient */
};

static bool add_recipient(void *ctx, const struct device *device, struct err *err)
{
	struct recipients *recipients = ctx;
	struct age_recipient one;

	if (device->revoked || strcmp(device->community, recipients->community) != 0) {
		return true;
	}
	if (!age_recipient_parse(&one, view_of(device->age_recipient), err)) {
		return false;
	}
	buf_add(&recipients->list, &one, sizeof(one));
	return buf_ok(&recipients->list, err);
}

static bool seal(struct node *node, const char *taker, struct view plain, struct buf *out,
	struct err *err)
{
	struct recipients recipients = { .node = node, .community = taker };
	struct age_recipient own;
	bool ok = false;

	if (!node_each_device(node, add_recipient, &recipients, err)) {
		goto out;
	}
	if (recipients.list.len == 0) {
		err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("社区 %s 还没有设备", "%s has no device yet"), taker, taker);
		goto out;
	}
	if (!age_recipient_of(&own, node_key(node), err)) {
		goto out;
	}
	buf_add(&recipients.list, &own, sizeof(own));
	ok = buf_ok(&recipients.list, err) &&
		age_seal(out, (const void *)recipients.list.data,
			recipients.list.len / sizeof(own), plain, node_env(node), err);
out:
	buf_clear(&recipients.list);
	return ok;
}

/* A value without its signed line would be refused: by what nobody has signed nothing is shown. */
static bool is_signed(void *ctx, const struct history_line *line, struct err *err)
{
	struct place place;

	(void)ctx;
	return !line->draft || !place_parse(&place, view_of(line->line)) ||
		place.chain.scope.kind != SCOPE_COMMUNITY ||
		err_set(err, ERR_FORK,
			ERR_BOTH("恢复以前的改动尚未签署,请先交换一次",
				"changes of before a restore are not signed yet: exchange first"));
}

bool handover_write(struct node *node, const struct entity *entity, const struct record_id *id,
	const char *taker, struct buf *out, size_t *lines, struct err *err)
{
	struct making making = { .node = node };
	struct handover_file *file = &making.file;
	struct buf plain = { 0 }, summary = { 0 };
	char holder[SLUG_TEXT_BYTES];
	bool ok = false;

	if (!slug_valid(view_of(taker)) || strlen(taker) >= sizeof(file->taker)) {
		return err_set(err, ERR_VALUE, ERR_BOTH("不是社区编号", "no id of a community"));
	}
	file->federation = node_federation_id(node);
	strcpy(file->giver, node_community(node));
	strcpy(file->taker, taker);
	strcpy(file->entity, entity->name);
	record_id_print(file->id, id->bytes, id->len, entity->slug_ids);
	if (!move_holder(node, entity, id, holder, err) ||
		!move_count(node, entity, id, &file->number, err)) {
		return false;
	}
	file->number++;
	if (strcmp(holder, file->giver) != 0) {
		return err_set(err, ERR_SCOPE, ERR_BOTH("这是社区 %s 的记录", "it is a record of %s"),
			holder, holder);
	}
	if (records_history(node, entity, id, is_signed, NULL, err) &&
		gather(&making, entity, id, &summary, err)) {
		file->commits = (struct view *)(void *)making.commits.data;
		file->items = (struct handover_item *)(void *)making.items.data;
		handover_print(&plain, file);
		*lines = file->item_count;
		ok = buf_ok(&plain, err) && seal(node, taker, buf_as_view(&plain), out, err);
	}
	buf_clear(&making.commits);
	buf_clear(&making.items);
	arena_clear(&making.arena);
	buf_wipe(&plain);
	buf_clear(&summary);
	return ok;
}

/* ---- verifying ----------------------------------------------------- */

struct verifying {
	struct node *node;
	const struct handover_file *file;
	const struct entity *entity;
	struct record_id id;
	struct bundle_facts *facts; /* of each commit */
	struct line *lines;         /* of each item */
	struct handover_line *kept; /* the same for the store */
	struct arena arena;
};

static bool verify_head(struct verifying *verifying, struct err *err)
{
	const struct handover_file *file = verifying->file;
	struct node *node = verifying->node;
	const struct entity *entity = model_entity(node_model(node), view_of(file->entity));
	struct move_range range;
	const struct moved *last;

	if (!device_id_equal(file->federation, node_federation_id(node))) {
		return err_set(err, ERR_FEDERATION, "the handover");
	}
	if (strcmp(file->taker, node_community(node)) != 0) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("这份移交是给社区 %s 的", "the handover is for %s"), file->taker,
			file->taker);
	}
	if (entity == NULL) {
		return err_set(err, ERR_MODEL_NEWER, "no entity '%s' in the model", file->entity);
	}
	if (entity->trust || entity->district_writes || entity->slug_ids ||
		!record_id_parse(&verifying->id, view_of(file->id), false)) {
		return err_set(err, ERR_SCOPE, "%s does not move", entity->name);
	}
	verifying->entity = entity;
	if (!node_refresh(node, err) || !moves_ready(node, err)) {
		return false;
	}
	range = moves_of(node, entity, &verifying->id);
	last = range.count != 0 ? &range.list[range.count - 1] : NULL;
	if ((last != NULL && last->number == file->number &&
		    strcmp(last->taker, file->taker) == 0 &&
		    strcmp(last->giver, file->giver) == 0) ||
		(file->number == (last != NULL ? last->number + 1 : 1) &&
			strcmp(moves_holder(node, entity, &verifying->id), file->giver) == 0)) {
		return true;
	}
	return err_set(err, ERR_SCOPE,
		ERR_BOTH("这份移交不是由现在持有记录的社区作的,或已过时",
			"the handover is not by the record's holder, or is an old one"));
}

/* Signed by a device of the giver, in the giver's own scope, and each once. */
static bool verify_commit(struct verifying *verifying, size_t i, struct err *err)
{
	const struct handover_file *file = verifying->file;
	struct bundle_facts *facts = &verifying->facts[i], *before = i != 0 ? facts - 1 : NULL;
	uint8_t signer[KEY_PUBLIC_BYTES];
	int order;

	if (!commit_decode(facts, &verifying->arena, file->commits[i], signer, err)) {
		return false;
	}
	if (memcmp(facts->federation, file->federation.bytes, FEDERATION_BYTES) != 0) {
		return err_set(err, ERR_FEDERATION, "a bundle in the handover");
	}
	if (facts->chain.scope.kind != SCOPE_COMMUNITY ||
		strcmp(facts->chain.scope.community, file->giver) != 0) {
		return err_set(err, ERR_SCOPE, "a bundle of another scope in the handover");
	}
	order = before != NULL ? chain_name_compare(&before->chain, &facts->chain) : -1;
	if (order > 0 || (order == 0 && before->seq >= facts->seq)) {
		return err_set(err, ERR_FORMAT, "the handover's bundles are not in order");
	}
	return trust_may_write(verifying->node, &facts->chain, facts->seq, facts->community,
		signer, err);
}

static bool verify_item(struct verifying *verifying, size_t i, struct err *err)
{
	const struct handover_item *item = &verifying->file->items[i];
	const struct bundle_facts *facts = &verifying->facts[item->commit];
	struct place place = { facts->chain, facts->seq, item->n };
	struct line *line = &verifying->lines[i];
	uint8_t leaf[SHA256_BYTES];

	place_print(verifying->kept[i].name, &place);
	verifying->kept[i].text = item->text;
	merkle_leaf_hash(leaf, item->text.data, item->text.len);
	if (item->n > facts->changes_count ||
		!merkle_path_verify(facts->changes_root, leaf, item->n - 1, facts->changes_count,
			item->path, err)) {
		return item->n <= facts->changes_count ? false :
			err_set(err, ERR_FORMAT, "%s: no such line", verifying->kept[i].name);
	}
	if (!line_parse(line, &verifying->arena, item->text, err) ||
		!merge_line_check(verifying->entity, line, SCOPE_COMMUNITY, err)) {
		return err_wrap(err, "%s", verifying->kept[i].name);
	}
	return (view_is(line->entity, verifying->file->entity) &&
		       view_is(line->id, verifying->file->id)) ||
		err_set(err, ERR_SCOPE, "%s: a line of another record", verifying->kept[i].name);
}

/* Is ${change} of the summary borne out by the lines? */
static bool borne_out(const struct verifying *verifying, const struct change *change)
{
	int64_t total = 0;
	size_t i, j;

	for (i = 0; i < verifying->file->item_count; i++) {
		const struct line *line = &verifying->lines[i];

		for (j = 0; j < line->change_count; j++) {
			const struct change *signed_one = &line->changes[j];

			if (signed_one->op != change->op ||
				!view_equal(signed_one->field, change->field)) {
				continue;
			}
			if (change->op == LINE_ADD) {
				if (__builtin_add_overflow(
					    total, signed_one->value.integer, &total)) {
					return false;
				}
			} else if (value_equal(&signed_one->value, &change->value)) {
				return change->op != LINE_OUT;
			}
		}
	}
	return change->op == LINE_ADD && total == change->value.integer;
}

static bool verify_summary(struct verifying *verifying, struct err *err)
{
	const struct handover_file *file = verifying->file;
	struct line line;
	size_t i;

	if (file->summary.len == 0) {
		return true;
	}
	if (!line_parse(&line, &verifying->arena, file->summary, err) ||
		!merge_line_check(verifying->entity, &line, SCOPE_COMMUNITY, err)) {
		return err_wrap(err, "the handover's values");
	}
	if (line.has_del || !view_is(line.entity, file->entity) || !view_is(line.id, file->id)) {
		return err_set(err, ERR_FORMAT, "the handover's values are of another record");
	}
	for (i = 0; i < line.change_count; i++) {
		if (!borne_out(verifying, &line.changes[i])) {
			return err_set(err, ERR_SIGNATURE,
				ERR_BOTH("移交的内容没有签名可证",
					"nobody has signed a value in the handover")
				": %.*s",
				(int)line.changes[i].field.len, line.changes[i].field.data);
		}
	}
	return true;
}

static bool verify(struct verifying *verifying, struct err *err)
{
	const struct handover_file *file = verifying->file;
	struct arena *arena = &verifying->arena;
	size_t i;

	verifying->facts = arena_alloc(arena, (file->commit_count + 1) * sizeof(*verifying->facts));
	verifying->lines = arena_alloc(arena, (file->item_count + 1) * sizeof(*verifying->lines));
	verifying->kept = arena_alloc(arena, (file->item_count + 1) * sizeof(*verifying->kept));
	if (verifying->facts == NULL || verifying->lines == NULL || verifying->kept == NULL) {
		return err_nomem(err);
	}
	if (!verify_head(verifying, err)) {
		return false;
	}
	for (i = 0; i < file->commit_count; i++) {
		if (!verify_commit(verifying, i, err)) {
			return false;
		}
	}
	for (i = 0; i < file->item_count; i++) {
		if (!verify_item(verifying, i, err)) {
			return false;
		}
	}
	return verify_summary(verifying, err);
}

/* ---- taking -------------------------------------------------------- */

struct taking {
	struct node *node;
	const struct handed *handed;
	const struct verifying *verifying;
};

static bool take(void *ctx, struct err *err)
{
	const struct taking *taking = ctx;
	const struct handed *handed = taking->handed;
	char holder[SLUG_TEXT_BYTES];

	return handover_keep(taking->node, handed, taking->verifying->kept,
		       taking->verifying->file->summary, err) &&
		move_holder(taking->node, handed->entity, &handed->id, holder, err) &&
		/* Ours already: it completes what was confirmed before. */
		(strcmp(holder, node_community(taking->node)) == 0 ||
			move_take(taking->node, handed->entity, &handed->id, handed->number, err));
}

bool handover_take(struct node *node, struct view sealed, struct handed *out, struct err *err)
{
	struct handover_file file;
	struct verifying verifying = { .node = node, .file = &file };
	struct taking taking = { node, out, &verifying };
	struct buf plain = { 0 };
	bool ok = false;

	memset(out, 0, sizeof(*out));
	if (sealed.len > HANDOVER_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "a handover of %zu bytes", sealed.len);
	}
	if (node_open_sealed(node, &plain, sealed, HANDOVER_PLAIN_MAX_BYTES, err) &&
		handover_parse(&file, &verifying.arena, buf_as_view(&plain), err) &&
		verify(&verifying, err)) {
		out->entity = verifying.entity;
		out->id = verifying.id;
		out->number = file.number;
		strcpy(out->giver, file.giver);
		out->lines = file.item_count;
		ok = node_transaction(node, take, &taking, false, err);
	}
	arena_clear(&verifying.arena);
	buf_wipe(&plain);
	return ok;
}
