/*
 * erase_bodies.c -- letting the bodies of lines go; see erasing.h.
 *
 * Each step is a transaction of its own and can be done again:
 *   1. lines that nobody has named as erased are named, in signed records;
 *   2. the bundles' blobs are replaced by erased ones, which prove that
 *      (those of drafts that can never be signed, by their leaf hashes; of bundles
 *      that were set aside only the commit is kept);
 *   3. the store's files are rewritten, as free pages and the log of SQLite
 *      still hold what was there;
 *   4. only then this device confirms it, in a record for all to see.
 *
 * Steps 1 and 4 sign, and are not done while bundles are being received: a store
 * that was put back from a copy would sign places that it has signed before
 * and is just about to get again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "erasing.h"
#include "linli/erase.h"
#include "linli/records.h"
#include "merkle.h"

#define SCRUB_FACT "erase_scrub" /* 1: step 3 is still to be done */
#define DEVICE_FACT "erase_device" /* the device that has confirmed all, as text */

/* A line that is due. */
struct due {
	struct merge_origin at;
	uint8_t hash[32]; /* of its bundle */
	bool draft;
	char entity[MODEL_NAME_BYTES];
	char id[RECORD_ID_TEXT_BYTES];
};

static void copy_text(char *out, size_t room, struct view text)
{
	size_t len = text.len < room ? text.len : room - 1;

	memcpy(out, text.data, len);
	out[len] = '\0';
}

/* The row that ${stmt} stands on: chain, seq, n, entity, id, head, hash. */
static struct due read_due(struct stmt *stmt)
{
	struct due due;
	struct view hash = stmt_get_blob(stmt, 6);

	memset(&due, 0, sizeof(due));
	due.at = (struct merge_origin){ (uint32_t)stmt_get_int(stmt, 0),
		(uint32_t)stmt_get_int(stmt, 1), (uint32_t)stmt_get_int(stmt, 2),
		SCOPE_COMMUNITY };
	copy_text(due.entity, sizeof(due.entity), stmt_get_text(stmt, 3));
	copy_text(due.id, sizeof(due.id), stmt_get_text(stmt, 4));
	due.draft = due.at.seq > stmt_get_int(stmt, 5);
	if (hash.len == sizeof(due.hash)) {
		memcpy(due.hash, hash.data, hash.len);
	}
	return due;
}

static bool list_due(struct stmt *stmt, struct buf *out, struct err *err)
{
	bool row = true;

	while (row) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			struct due due = read_due(stmt);

			buf_add(out, &due, sizeof(due));
		}
	}
	return buf_ok(out, err);
}

/* ---- naming ------------------------------------------------------- */

static struct assignment put_text(const struct entity *entity, const char *field,
	struct view text)
{
	return (struct assignment){ entity_field(entity, view_of(field)), ASSIGN_SET,
		{ VALUE_TEXT, 0, text } };
}

/* A record that names lines of ${due}'s record, beginning with the one at *at, which moves on. */
static bool name_some(struct node *node, const struct due *due, size_t count, size_t *at,
	struct err *err)
{
	const struct entity *entity = model_entity(node->model, view_of(ERASURE_DONE));
	const struct due *first = &due[*at];
	struct erase_names names = { .count = 0 };
	struct assignment assignments[2];
	char target[ERASE_TARGET_BYTES + 1];
	struct record_id made;
	bool ok;

	while (*at < count && strcmp(due[*at].entity, first->entity) == 0 &&
		strcmp(due[*at].id, first->id) == 0 &&
		erase_names_add(&names, due[*at].hash, due[*at].at.n)) {
		(*at)++;
	}
	snprintf(target, sizeof(target), "%s %s", first->entity, first->id);
	assignments[0] = put_text(entity, "target", view_of(target));
	assignments[1] = put_text(entity, "lines", erase_names_end(&names));
	ok = buf_ok(&names.text, err) &&
		records_put(node, entity, NULL, assignments, 2, &made, err);
	buf_clear(&names.text);
	return ok;
}

/* Name what is due and not named yet, of signed bundles. */
static bool name_all(struct node *node, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT d.chain, d.seq, d.n, d.entity, d.id, c.head, s.hash FROM erase_due d "
		"JOIN chain c ON c.number = d.chain "
		"JOIN slot s ON s.chain = d.chain AND s.seq = d.seq "
		"LEFT JOIN erased_line e ON e.bundle = s.hash AND e.n = d.n "
		"WHERE e.n IS NULL ORDER BY d.entity, d.id, d.chain, d.seq, d.n");
	struct buf list = { 0 };
	size_t at = 0;
	bool ok;

	if (!node_begin(node, err)) {
		return false;
	}
	ok = list_due(stmt, &list, err);
	while (ok && at < list.len / sizeof(struct due)) {
		ok = name_some(node, (const struct due *)(const void *)list.data,
			list.len / sizeof(struct due), &at, err);
	}
	buf_clear(&list);
	if (!ok) {
		node_abort(node);
		return err_wrap(err, "naming erased lines");
	}
	return node_commit(node, err);
}

/* ---- the bundles -------------------------------------------------- */

/* One bundle that is being erased. */
struct rewriting {
	struct node *node;
	bool changed;                   /* something was erased */
	struct buf dropped;             /* of struct erase_dropped */
	struct buf data, deflated;      /* of the bundle's objects */
	struct buf numbers;             /* of uint32_t: its lines that are due */
	struct buf sources;             /* of struct order_source */
	struct buf *texts;              /* commit and changes of each source */
	size_t text_count;
};

static void rewriting_reset(struct rewriting *rewriting)
{
	size_t i;

	for (i = 0; i < rewriting->text_count; i++) {
		buf_clear(&rewriting->texts[i]);
	}
	free(rewriting->texts);
	rewriting->texts = NULL;
	rewriting->text_count = 0;
	buf_reset(&rewriting->data);
	buf_reset(&rewriting->deflated);
	buf_reset(&rewriting->numbers);
	buf_reset(&rewriting->sources);
}

/* The line that names line ${n} of bundle ${hash}; seq 0: none is signed yet. */
static bool find_naming(struct node *node, const uint8_t hash[32], uint32_t n,
	struct merge_origin *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT e.chain, e.seq, e.line FROM erased_line e "
		"JOIN chain c ON c.number = e.chain WHERE e.bundle = ?1 AND e.n = ?2 AND e.seq <= c.head");
	bool row;

	memset(out, 0, sizeof(*out));
	stmt_blob_at(stmt, 1, hash, 32);
	stmt_int_at(stmt, 2, n);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row) {
		*out = (struct merge_origin){ (uint32_t)stmt_get_int(stmt, 0),
			(uint32_t)stmt_get_int(stmt, 1), (uint32_t)stmt_get_int(stmt, 2),
			SCOPE_COMMUNITY };
		stmt_reset(stmt);
	}
	return true;
}

static bool same_place(const struct merge_origin *a, const struct merge_origin *b)
{
	return a->chain == b->chain && a->seq == b->seq && a->n == b->n;
}

/* Load commit and changes of the bundle that ${naming} is a line of. */
static bool load_source(struct rewriting *rewriting, const struct merge_origin *naming,
	struct err *err)
{
	struct node *node = rewriting->node;
	const struct chain *chain = chain_by_number(node, naming->chain);
	struct order_source source = { .n = naming->n };
	struct buf *texts = realloc(rewriting->texts,
		(rewriting->text_count + 2) * sizeof(*texts));
	enum git_type type;
	struct slot slot;
	struct oid oid;
	bool ok;

	if (texts == NULL) {
		return err_nomem(err);
	}
	rewriting->texts = texts;
	memset(&texts[rewriting->text_count], 0, 2 * sizeof(*texts));
	texts += rewriting->text_count;
	rewriting->text_count += 2;
	if (chain == NULL) {
		return err_set(err, ERR_STORE, "an erasure of a chain that is not here");
	}
	if (!slot_read(node, chain, naming->seq, &slot, err)) {
		return false;
	}
	oid = slot_object(&slot, RAW_COMMIT);
	slot_clear(&slot);
	ok = object_get(node, &oid, &type, &texts[0], err) &&
		chain_changes(node, chain, naming->seq, &texts[1], err);
	source.commit = buf_as_view(&texts[0]);
	source.changes = buf_as_view(&texts[1]);
	buf_add(&rewriting->sources, &source, sizeof(source));
	return ok && buf_ok(&rewriting->sources, err);
}

/* The lines of one bundle that are named by signed lines, and those lines, each once. */
static bool gather(struct rewriting *rewriting, const struct due *due, size_t count,
	struct err *err)
{
	struct buf namings = { 0 };
	struct merge_origin naming, known;
	bool ok = true;
	size_t i, at;

	for (i = 0; ok && i < count; i++) {
		bool loaded = false;

		ok = find_naming(rewriting->node, due[i].hash, due[i].at.n, &naming, err);
		if (!ok || naming.seq == 0) {
			continue;
		}
		buf_add(&rewriting->numbers, &due[i].at.n, sizeof(due[i].at.n));
		for (at = 0; at < namings.len && !loaded; at += sizeof(known)) {
			memcpy(&known, namings.data + at, sizeof(known));
			loaded = same_place(&known, &naming);
		}
		if (!loaded) {
			buf_add(&namings, &naming, sizeof(naming));
			ok = load_source(rewriting, &naming, err);
		}
	}
	ok = ok && buf_ok(&namings, err) && buf_ok(&rewriting->numbers, err);
	buf_clear(&namings);
	return ok;
}

static bool holds(const struct raw_bundle *raw, const struct oid *oid)
{
	size_t i;

	for (i = 0; i < raw->count; i++) {
		if (oid_equal(&raw->objects[i].oid, oid)) {
			return true;
		}
	}
	return false;
}

/* Keep what is new of ${now}, and note what of ${before} is in it no more. */
static bool replace_objects(struct rewriting *rewriting, const struct due *due,
	const struct raw_bundle *before, const struct raw_bundle *now, struct err *err)
{
	struct stmt *stmt = db_prepare(rewriting->node->db,
		"UPDATE slot SET objects = ?3, bytes = ?4 WHERE chain = ?1 AND seq = ?2");
	struct buf oids = { 0 };
	int64_t bytes = 0;
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < now->count; i++) {
		const struct raw_object *object = &now->objects[i];

		buf_add(&oids, object->oid.bytes, OID_BYTES);
		bytes += (int64_t)object->deflated.len;
		ok = object_put(rewriting->node, &object->oid, object->type, object->len,
			object->deflated, err);
	}
	for (i = 0; i < before->count; i++) {
		struct erase_dropped dropped = { .oid = before->objects[i].oid };

		if (!holds(now, &dropped.oid)) {
			buf_add(&rewriting->dropped, &dropped, sizeof(dropped));
		}
	}
	stmt_int_at(stmt, 1, due->at.chain);
	stmt_int_at(stmt, 2, due->at.seq);
	stmt_blob_at(stmt, 3, oids.data, oids.len);
	stmt_int_at(stmt, 4, bytes);
	ok = ok && buf_ok(&oids, err) && buf_ok(&rewriting->dropped, err) && stmt_run(stmt, err);
	buf_clear(&oids);
	return ok;
}

static bool forget_due(struct node *node, const struct merge_origin *at, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM erase_due WHERE chain = ?1 AND seq = ?2 AND n = ?3");

	stmt_int_at(stmt, 1, at->chain);
	stmt_int_at(stmt, 2, at->seq);
	stmt_int_at(stmt, 3, at->n);
	return stmt_run(stmt, err);
}

/* Erase the lines ${rewriting}->numbers of the bundle of ${due}. */
static bool erase_lines(struct rewriting *rewriting, const struct due *due,
	const struct slot *slot, struct err *err)
{
	struct node *node = rewriting->node;
	const struct chain *chain = chain_by_number(node, due->at.chain);
	const uint32_t *numbers = (const uint32_t *)(const void *)rewriting->numbers.data;
	size_t count = rewriting->numbers.len / sizeof(*numbers), i;
	struct raw_object *objects = calloc(SLOT_MAX_OBJECTS, sizeof(*objects));
	struct raw_bundle raw = { .chain = chain->name, .objects = objects,
		.count = slot_object_count(slot) };
	struct merge_origin at = due->at;
	struct erased_bundle erased = { .line_count = 0 };
	struct tree tree;
	bool ok;

	ok = (objects != NULL || err_nomem(err)) &&
		slot_load(node, slot, objects, SLOT_MAX_OBJECTS, &rewriting->data,
			&rewriting->deflated, err);
	raw.erased = ok && tree_decode_erased(&tree, objects[RAW_TREE].data, NULL);
	ok = ok && bundle_erase(&erased, &raw, numbers, count,
			   (const struct order_source *)(const void *)rewriting->sources.data,
			   rewriting->sources.len / sizeof(struct order_source), err) &&
		replace_objects(rewriting, due, &raw, &erased.raw, err);
	for (i = 0; ok && i < count; i++) {
		at.n = numbers[i];
		ok = forget_due(node, &at, err);
	}
	rewriting->changed = true;
	erased_bundle_clear(&erased);
	free(objects);
	return ok;
}

/* The lines that are due of one bundle. */
static bool erase_bundle(struct rewriting *rewriting, const struct due *due, size_t count,
	struct err *err)
{
	const struct chain *chain = chain_by_number(rewriting->node, due->at.chain);
	struct slot slot;
	bool ok;

	rewriting_reset(rewriting);
	if (!gather(rewriting, due, count, err)) {
		return false;
	}
	if (rewriting->numbers.len == 0) {
		return true; /* what names them is to be signed first */
	}
	if (chain == NULL) {
		return err_set(err, ERR_STORE, "erasing in a chain that is not here");
	}
	if (!slot_read(rewriting->node, chain, due->at.seq, &slot, err)) {
		return false;
	}
	ok = erase_lines(rewriting, due, &slot, err);
	slot_clear(&slot);
	return ok;
}

/*
 * A draft of an incarnation that signs no more: its leaf hash stays, as the
 * bundle that was signed there may still come back.
 */
static bool erase_draft(struct node *node, const struct due *due, struct err *err)
{
	struct stmt *read = db_prepare(node->db,
		"SELECT line FROM draft WHERE chain = ?1 AND seq = ?2 AND n = ?3");
	struct stmt *write = db_prepare(node->db,
		"UPDATE draft SET line = ?4 WHERE chain = ?1 AND seq = ?2 AND n = ?3");
	char hex[2 * SHA256_BYTES + 2] = { '-' };
	uint8_t leaf[SHA256_BYTES];
	struct view line;
	bool row;

	stmt_int_at(read, 1, due->at.chain);
	stmt_int_at(read, 2, due->at.seq);
	stmt_int_at(read, 3, due->at.n);
	if (!stmt_step(read, &row, err)) {
		return false;
	}
	if (row) {
		line = stmt_get_text(read, 0);
		merkle_leaf_hash(leaf, line.data, line.len);
		hex_encode(hex + 1, leaf, sizeof(leaf));
		stmt_reset(read);
		stmt_int_at(write, 1, due->at.chain);
		stmt_int_at(write, 2, due->at.seq);
		stmt_int_at(write, 3, due->at.n);
		stmt_text_at(write, 4, view_of(hex));
	}
	return (!row || stmt_run(write, err)) && forget_due(node, &due->at, err);
}

/* ---- steps 2 and 3 ------------------------------------------------ */

/* How many of ${due} are of the first one's bundle. */
static size_t of_one_bundle(const struct due *due, size_t count)
{
	size_t i;

	for (i = 1; i < count; i++) {
		if (due[i].at.chain != due->at.chain || due[i].at.seq != due->at.seq) {
			break;
		}
	}
	return i;
}

/* Is the draft one that this device signs yet?  Then it is erased after that. */
static bool will_be_signed(struct node *node, const struct due *due)
{
	const struct chain *chain = chain_by_number(node, due->at.chain);

	return chain != NULL && device_id_equal(chain->name.device, node->device) &&
		chain->name.incarnation == node->incarnation;
}

static bool erase_each(struct rewriting *rewriting, struct err *err)
{
	struct stmt *stmt = db_prepare(rewriting->node->db,
		"SELECT d.chain, d.seq, d.n, d.entity, d.id, c.head, s.hash FROM erase_due d "
		"JOIN chain c ON c.number = d.chain "
		"LEFT JOIN slot s ON s.chain = d.chain AND s.seq = d.seq "
		"ORDER BY d.chain, d.seq, d.n");
	struct buf list = { 0 };
	bool ok = list_due(stmt, &list, err);
	const struct due *due = (const struct due *)(const void *)list.data;
	size_t count = list.len / sizeof(*due), at, n;

	for (at = 0; ok && at < count; at += n) {
		n = due[at].draft ? 1 : of_one_bundle(&due[at], count - at);
		if (!due[at].draft) {
			ok = erase_bundle(rewriting, &due[at], n, err);
		} else if (!will_be_signed(rewriting->node, &due[at])) {
			ok = erase_draft(rewriting->node, &due[at], err);
			rewriting->changed = true;
		}
	}
	buf_clear(&list);
	return ok;
}

static bool erase_all(struct node *node, struct err *err)
{
	struct rewriting rewriting = { .node = node };
	bool ok, aside = false, handed = false;

	if (!node_begin(node, err)) {
		return false;
	}
	ok = erase_each(&rewriting, err) &&
		erase_aside(node, &rewriting.dropped, &aside, err) &&
		erase_handovers(node, true, &handed, err);
	rewriting.changed = rewriting.changed || aside || handed;
	ok = ok && erase_drop_objects(node, &rewriting.dropped, err) &&
		(!rewriting.changed ||
			(erase_drop_caches(node, err) && fact_set_int(node, SCRUB_FACT, 1, err)));
	rewriting_reset(&rewriting);
	buf_clear(&rewriting.data);
	buf_clear(&rewriting.deflated);
	buf_clear(&rewriting.numbers);
	buf_clear(&rewriting.sources);
	buf_clear(&rewriting.dropped);
	if (!ok) {
		node_abort(node);
		return err_wrap(err, "erasing");
	}
	return node_commit(node, err);
}

static bool scrub(struct node *node, struct err *err)
{
	if (!db_scrub(node->db, err) || !node_begin(node, err)) {
		return err_wrap(err, "rewriting the store");
	}
	if (!fact_set_int(node, SCRUB_FACT, 0, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

/* ---- step 4 ------------------------------------------------------- */

/* Has this device, under any incarnation, confirmed that ${target} is erased? */
static bool confirmed(struct node *node, struct view target, bool *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT id FROM \"" ERASURE_DONE "\" WHERE target = ?1 AND at IS NOT NULL");
	bool row = true;

	*out = false;
	stmt_text_at(stmt, 1, target);
	while (row) {
		struct device_id device;
		uint32_t incarnation;
		struct view id;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		id = row ? stmt_get_blob(stmt, 0) : (struct view){ NULL, 0 };
		*out = *out || (row && record_id_origin(id.data, id.len, &device, &incarnation) &&
				       device_id_equal(device, node->device));
	}
	return true;
}

static bool confirm(struct node *node, struct view target, struct err *err)
{
	const struct entity *entity = model_entity(node->model, view_of(ERASURE_DONE));
	struct assignment assignments[2] = { put_text(entity, "target", target),
		{ entity_field(entity, VIEW_LITERAL("at")), ASSIGN_SET,
			{ VALUE_INT, node->env->now_ms(node->env->ctx), { NULL, 0 } } } };
	struct record_id made;
	bool done;

	return confirmed(node, target, &done, err) &&
		(done || records_put(node, entity, NULL, assignments, 2, &made, err));
}

/* Erased records of which nothing is due: targets, each with its NUL. */
static bool list_clean(struct node *node, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT entity, id FROM erased e WHERE NOT EXISTS (SELECT 1 FROM erase_due d "
		"WHERE d.entity = e.entity AND d.id = e.id) ORDER BY entity, id");
	bool row = true;

	while (row) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			buf_view(out, stmt_get_text(stmt, 0));
			buf_byte(out, ' ');
			buf_view(out, stmt_get_text(stmt, 1));
			buf_byte(out, '\0');
		}
	}
	return buf_ok(out, err);
}

static bool confirm_all(struct node *node, struct err *err)
{
	struct buf targets = { 0 };
	char device[DEVICE_TEXT_BYTES];
	size_t at;
	bool ok;

	if (!node_begin(node, err)) {
		return false;
	}
	ok = list_clean(node, &targets, err);
	for (at = 0; ok && at < targets.len; at += strlen(buf_str(&targets) + at) + 1) {
		ok = confirm(node, view_of(buf_str(&targets) + at), err);
	}
	buf_clear(&targets);
	device_id_print(device, node->device);
	if (!ok || !fact_set_int(node, ERASE_CONFIRM_FACT, 0, err) ||
		!node_set(node, DEVICE_FACT, view_of(device), err)) {
		node_abort(node);
		return err_wrap(err, "confirming an erasure");
	}
	return node_commit(node, err);
}

/* ---- the whole ---------------------------------------------------- */

static bool bodies_due(struct node *node, bool *due, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT 1 FROM erase_due");

	if (!stmt_step(stmt, due, err)) {
		return false;
	}
	stmt_reset(stmt);
	return *due || erase_handovers(node, false, due, err);
}

/* Is the fact set? */
static bool is_set(struct node *node, const char *fact)
{
	int64_t value = 0;

	return fact_int(node, fact, &value) && value != 0;
}

/* Has this computer another key now than when it confirmed?  It is another device. */
static bool other_device(struct node *node)
{
	char device[DEVICE_TEXT_BYTES];
	struct buf text = { 0 };
	bool other;

	device_id_print(device, node->device);
	other = node_get(node, DEVICE_FACT, &text) && !view_is(buf_as_view(&text), device);
	buf_clear(&text);
	return other;
}

bool erase_settle(struct node *node, struct err *err)
{
	bool due;

	if (node->depth != 0 || node->readers != 0 || node->district) {
		return true;
	}
	return bodies_due(node, &due, err) &&
		(!(due || is_set(node, ERASE_CONFIRM_FACT)) || erase_all(node, err)) &&
		(!is_set(node, SCRUB_FACT) || scrub(node, err));
}

bool erase_finish(struct node *node, struct err *err)
{
	struct tally packed;
	bool due;

	if (node->depth != 0 || node->readers != 0 || node->district) {
		return true;
	}
	return bodies_due(node, &due, err) &&
		(!due || (outbox_pack(node, &packed, err) && name_all(node, err) &&
				 outbox_pack(node, &packed, err))) &&
		erase_settle(node, err) &&
		(!(is_set(node, ERASE_CONFIRM_FACT) || other_device(node)) ||
			confirm_all(node, err));
}
