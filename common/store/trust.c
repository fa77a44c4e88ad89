/*
 * trust.c -- who may write what: the district's records of devices.
 *
 * They are ordinary records of the entity "device" in the district's
 * federation chain, which is accepted from no one else.  The founding
 * device is trusted by its full public key, which every member has from
 * its invitation.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "age.h"
#include "key_end.h"
#include "linli/chains.h"
#include "linli/records.h"
#include "node_private.h"
#include "move_private.h"

#define UNTIL_HASH_BYTES 4 /* of the last bundle's SHA-256, in valid_until */

bool node_age_recipient(struct node *node, char out[64], struct err *err)
{
	struct age_recipient recipient;

	if (!age_recipient_of(&recipient, node->key, err)) {
		return false;
	}
	age_recipient_print(out, &recipient);
	return true;
}

/* ---- reading ------------------------------------------------------ */

void devices_forget(struct node *node)
{
	size_t i;

	for (i = 0; i < node->device_count; i++) {
		free(node->devices[i].valid_until);
	}
	free(node->devices);
	node->devices = NULL;
	node->device_count = 0;
}

static void copy_column(char *out, size_t room, struct view text)
{
	size_t len = text.len < room ? text.len : 0;

	memcpy(out, text.data, len);
	out[len] = '\0';
}

/* False: this row names no usable device. */
static bool read_device(struct trusted *out, struct stmt *stmt)
{
	struct view until = stmt_get_text(stmt, 6);
	struct device *device = &out->device;

	memset(out, 0, sizeof(*out));
	if (!device_id_parse(&device->id, stmt_get_text(stmt, 0)) ||
		!hex_decode(device->public_key, sizeof(device->public_key),
			stmt_get_text(stmt, 3)) ||
		!device_id_equal(device->id, public_key_device(device->public_key))) {
		return false;
	}
	copy_column(device->community, sizeof(device->community), stmt_get_text(stmt, 1));
	copy_column(device->name, sizeof(device->name), stmt_get_text(stmt, 2));
	copy_column(device->age_recipient, sizeof(device->age_recipient),
		stmt_get_text(stmt, 4));
	device->server = strcmp(device->community, DISTRICT_SLUG) == 0;
	device->replacing = device_id_parse(&device->replaces, stmt_get_text(stmt, 7));
	device->revoked = until.len != 0;
	if (device->revoked && (out->valid_until = strndup(until.data, until.len)) == NULL) {
		return false;
	}
	return true;
}

bool devices_load(struct node *node, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT id, community, name, public_key, age_recipient, role, valid_until, replaces "
		"FROM device ORDER BY id");
	struct trusted *devices;
	bool row;

	devices_forget(node);
	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return true;
		}
		devices = realloc(node->devices, (node->device_count + 1) * sizeof(*devices));
		if (devices == NULL) {
			stmt_reset(stmt);
			return err_nomem(err);
		}
		node->devices = devices;
		node->device_count += read_device(&devices[node->device_count], stmt) ? 1 : 0;
	}
}

bool devices_settle(struct node *node, struct err *err)
{
	bool changed = node->trust_changed;

	node->trust_changed = false;
	return (!changed || (devices_load(node, err) && policies_load(node, err))) &&
		moves_arrived(node, err);
}

const struct trusted *device_trusted(const struct node *node, struct device_id id)
{
	size_t low = 0, high = node->device_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = memcmp(node->devices[middle].device.id.bytes, id.bytes, DEVICE_BYTES);

		if (order == 0) {
			return &node->devices[middle];
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return NULL;
}

bool node_find_device(struct node *node, struct device_id id, struct device *out)
{
	const struct trusted *found;
	struct err ignored;

	if (!node_refresh(node, &ignored) || (found = device_trusted(node, id)) == NULL) {
		return false;
	}
	*out = found->device;
	return true;
}

bool node_each_device(struct node *node,
	bool (*each)(void *ctx, const struct device *device, struct err *err), void *ctx,
	struct err *err)
{
	size_t i;

	if (!node_refresh(node, err)) {
		return false;
	}
	for (i = 0; i < node->device_count; i++) {
		struct device device = node->devices[i].device;

		if (!each(ctx, &device, err)) {
			return false;
		}
	}
	return true;
}

bool node_enrolled(struct node *node)
{
	struct device device;

	return node_find_device(node, node->device, &device) && !device.revoked;
}

bool trust_end(const struct node *node, const struct chain_name *chain, uint32_t *seq)
{
	const struct trusted *trusted = device_trusted(node, chain->device);
	const char *end;

	if (trusted == NULL || trusted->valid_until == NULL) {
		return false;
	}
	end = key_end_of(trusted->valid_until, chain);
	*seq = end != NULL ? (uint32_t)strtoul(end, NULL, 10) : 0;
	return true;
}

bool trust_end_fits(struct node *node, const struct chain_name *chain, uint32_t seq,
	const uint8_t hash[32], struct err *err)
{
	const struct trusted *trusted = device_trusted(node, chain->device);
	const char *end = trusted != NULL && trusted->valid_until != NULL ?
		key_end_of(trusted->valid_until, chain) : NULL;
	static const uint8_t unknown[UNTIL_HASH_BYTES];
	uint8_t stated[UNTIL_HASH_BYTES];

	if (end == NULL || seq != strtoul(end, NULL, 10) || (end = strchr(end, ':')) == NULL ||
		!hex_decode(stated, sizeof(stated),
			(struct view){ end + 1, strnlen(end + 1, 2 * sizeof(stated)) })) {
		return true;
	}
	return memcmp(stated, hash, sizeof(stated)) == 0 ||
		memcmp(stated, unknown, sizeof(stated)) == 0 ||
		err_set(err, ERR_REVOKED, "another bundle %" PRIu32 " than the last one of the key",
			seq);
}

bool trust_may_write(struct node *node, const struct chain_name *chain, uint32_t seq,
	const char *community, const uint8_t public_key[NODE_PUBLIC_KEY_BYTES], struct err *err)
{
	const struct trusted *trusted = device_trusted(node, chain->device);
	bool founder = device_id_equal(chain->device, node->federation_id);
	const uint8_t *expected = founder ? node->federation.key :
		trusted != NULL ? trusted->device.public_key : NULL;
	const char *home = founder ? DISTRICT_SLUG :
		trusted != NULL ? trusted->device.community : "";

	if (expected == NULL) {
		return err_set(err, ERR_UNKNOWN_DEVICE, "no trust record names it");
	}
	if (memcmp(expected, public_key, NODE_PUBLIC_KEY_BYTES) != 0) {
		return err_set(err, ERR_SIGNATURE, "signed with another key than the enrolled one");
	}
	if (strcmp(home, community) != 0) {
		return err_set(err, ERR_SCOPE, "the device belongs to %s, not %s", home, community);
	}
	if (!scope_readable(&chain->scope, home)) {
		return err_set(err, ERR_SCOPE, "a device of %s may not write in that scope", home);
	}
#ifdef LINLI_PLANT_REVOCATION_IGNORED
	return true;
#endif
	if (trusted != NULL && trusted->valid_until != NULL &&
		!key_end_within(trusted->valid_until, chain, seq)) {
		return err_set(err, ERR_REVOKED, "revoked before bundle %" PRIu32, seq);
	}
	return true;
}

/* ---- writing (district) ------------------------------------------- */

static struct assignment set_text(const struct entity *entity, const char *field,
	const char *text)
{
	return (struct assignment){ entity_field(entity, view_of(field)), ASSIGN_SET,
		{ VALUE_TEXT, 0, view_of(text) } };
}

static struct assignment set_int(const struct entity *entity, const char *field, int64_t n)
{
	return (struct assignment){ entity_field(entity, view_of(field)), ASSIGN_SET,
		{ VALUE_INT, n, { NULL, 0 } } };
}

/* What the audit log says of a record that was written. */
struct note {
	const char *event;
	const struct audit_item *detail;
};

/* Put the record, and note it where that wrote anything. */
static bool put_noted(struct node *node, const struct entity *entity, const struct record_id *id,
	const struct assignment *assignments, size_t count, const struct note *note,
	struct err *err)
{
	struct record_id made;
	int64_t before;

	if (!node_begin(node, err)) {
		return false;
	}
	before = node->clock; /* which every line moves */
	if (!records_put(node, entity, id, assignments, count, &made, err) ||
		(node->clock != before && !audit_add(node, NULL, note->event, note->detail, err))) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

/* ${replaces}: the device whose place it takes, or NULL. */
static bool enrol(struct node *node, const struct enrolment *enrolment,
	const struct device_id *replaces, struct err *err)
{
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("device"));
	struct device_id device = public_key_device(enrolment->public_key);
	char hex[2 * NODE_PUBLIC_KEY_BYTES + 1], name[DEVICE_TEXT_BYTES];
	char before[DEVICE_TEXT_BYTES] = "";
	bool server = strcmp(enrolment->community, DISTRICT_SLUG) == 0;
	const struct audit_item detail[] = { { "community", enrolment->community, 0 },
		{ "device", name, 0 }, { replaces != NULL ? "replaces" : NULL, before, 0 },
		{ NULL, NULL, 0 } };
	const struct note note = { replaces != NULL ? AUDIT_REPLACED : AUDIT_ENROLLED, detail };
	const struct trusted *known;
	struct record_id id;

	if (!public_key_valid(enrolment->public_key, err) || !node_refresh(node, err)) {
		return false;
	}
	known = device_trusted(node, device);
	if (known != NULL && known->device.revoked) {
		return err_set(err, ERR_REVOKED,
			ERR_BOTH("这台设备已被吊销,需要新的密钥",
				"this device was revoked: a new key is needed"));
	}
	if (known != NULL && strcmp(known->device.community, enrolment->community) != 0) {
		return err_set(err, ERR_EXISTS, "this device is enrolled for %s",
			known->device.community);
	}
	hex_encode(hex, enrolment->public_key, NODE_PUBLIC_KEY_BYTES);
	device_id_print(name, device);
	if (!record_id_parse(&id, view_of(name), true)) {
		return err_set(err, ERR_INTERNAL, "a device id that is no slug");
	}
	struct assignment assignments[] = {
		set_text(entity, "community", enrolment->community),
		set_text(entity, "name", enrolment->name),
		set_int(entity, "suite", 1),
		set_text(entity, "public_key", hex),
		set_text(entity, "age_recipient", enrolment->age_recipient),
		set_text(entity, "role", server ? "server" : "community"),
		set_text(entity, "replaces", before),
	};
	size_t count = sizeof(assignments) / sizeof(assignments[0]);

	if (replaces != NULL) {
		device_id_print(before, *replaces);
		assignments[count - 1].value.text = view_of(before);
	}
	return put_noted(node, entity, &id, assignments, replaces != NULL ? count : count - 1,
		&note, err);
}

bool node_enrol(struct node *node, const struct enrolment *enrolment, struct err *err)
{
	return enrol(node, enrolment, NULL, err);
}

/* Publish ${model} as a record with its document attached. */
static bool publish_model(struct node *node, const struct model *model, struct err *err)
{
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("model"));
	const struct audit_item detail[] = { { "sha256", model->sha256, 0 },
		{ "version", NULL, model->version }, { NULL, NULL, 0 } };
	const struct note note = { AUDIT_MODEL_PUBLISHED, detail };
	struct record_id id;
	char name[48], hex[65];

	snprintf(name, sizeof(name), "v%" PRId64, model->version);
	if (!record_id_parse(&id, view_of(name), true)) {
		return err_set(err, ERR_MODEL, "the version %s is no number", name);
	}
	if (!file_keep(node, model->document, hex, err)) {
		return false;
	}
	struct assignment assignments[] = {
		set_int(entity, "version", model->version),
		set_text(entity, "sha256", model->sha256),
		set_text(entity, "document", hex),
	};

	return put_noted(node, entity, &id, assignments,
		sizeof(assignments) / sizeof(assignments[0]), &note, err);
}

bool node_publish_model(struct node *node, struct view document, struct err *err)
{
	struct model *model = NULL;
	bool ok = false;

	if (!model_parse(&model, document, err)) {
		return false;
	}
	if (!node_begin(node, err)) {
		goto out;
	}
	if (!model_extends(model, node->model, err) || !publish_model(node, model, err) ||
		!model_switch_newest(node, err)) {
		node_abort(node);
		goto out;
	}
	ok = node_commit(node, err);
out:
	model_free(model);
	return ok;
}

bool trust_found(struct node *node, struct err *err)
{
	struct enrolment own = { 0 };

	strcpy(own.community, DISTRICT_SLUG);
	memcpy(own.name, node->name, sizeof(own.name));
	memcpy(own.public_key, node->federation.key, sizeof(own.public_key));
	memcpy(own.age_recipient, node->federation.age_recipient, sizeof(own.age_recipient));
	return audit_begin(node, err) && node_enrol(node, &own, err) &&
		publish_model(node, node->model, err);
}

/* How far one chain of a revoked device is good. */
struct end {
	char text[CHAIN_TEXT_BYTES]; /* the chain */
	uint32_t seq;
	uint8_t hash[UNTIL_HASH_BYTES]; /* of bundle ${seq}, as far as it is known */
};

/* Those with most bundles first. */
static int by_seq(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	if (x->seq != y->seq) {
		return x->seq > y->seq ? -1 : 1;
	}
	return strcmp(x->text, y->text);
}

/* The ends, as struct end, of the chains of ${id} that are held here. */
static void held_ends(const struct node *node, struct device_id id, struct buf *ends)
{
	size_t i;

	for (i = 0; i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];
		struct end end = { .seq = chain->head };

		if (device_id_equal(chain->name.device, id)) {
			memcpy(end.text, chain->text, sizeof(end.text));
			memcpy(end.hash, chain->hash, sizeof(end.hash));
			buf_add(ends, &end, sizeof(end));
		}
	}
}

/*
 * Those of its community's own scope, which the district cannot hold: what
 * another device of that community, itself not revoked, has signed that it
 * holds.  Of one chain there may be several, the furthest first.
 */
static bool known_ends(struct node *node, struct device_id id, struct buf *ends, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT device, chain, seq, hash FROM known WHERE chain LIKE ?1 || '.%/community/%' "
		"AND device <> ?1 ORDER BY chain, seq DESC");
	char name[DEVICE_TEXT_BYTES];
	bool row;

	device_id_print(name, id);
	stmt_text_at(stmt, 1, view_of(name));
	for (;;) {
		const struct trusted *holder = NULL;
		struct device_id device;
		struct view chain, hash;
		struct end end = { 0 };

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return buf_ok(ends, err);
		}
		if (device_id_parse(&device, stmt_get_text(stmt, 0))) {
			holder = device_trusted(node, device);
		}
		chain = stmt_get_text(stmt, 1);
		hash = stmt_get_blob(stmt, 3);
		if (holder != NULL && !holder->device.revoked && chain.len < sizeof(end.text) &&
			hash.len >= sizeof(end.hash)) {
			memcpy(end.text, chain.data, chain.len);
			memcpy(end.hash, hash.data, sizeof(end.hash));
			end.seq = (uint32_t)stmt_get_int(stmt, 2);
			buf_add(ends, &end, sizeof(end));
		}
	}
}

/* Those that the device has stated itself when another took its place. */
static bool stated_ends(struct device_id id, const struct head *stated, size_t count,
	struct buf *ends, struct err *err)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct end end = { .seq = stated[i].seq };

		if (!device_id_equal(stated[i].chain.device, id)) {
			return err_set(err, ERR_POSITION, "a head of another device's chain");
		}
		chain_name_print(end.text, &stated[i].chain);
		memcpy(end.hash, stated[i].hash, sizeof(end.hash));
		buf_add(ends, &end, sizeof(end));
	}
	return buf_ok(ends, err);
}

/* Append to ${until} that ${end}'s chain is good up to ${seq}, if there is room. */
static void add_until(struct buf *until, const struct end *end, uint32_t seq)
{
	static const uint8_t unknown[UNTIL_HASH_BYTES];
	char hash[2 * UNTIL_HASH_BYTES + 1], entry[CHAIN_TEXT_BYTES + 64];
	int len;

	/* Zeros: which bundle stands there is not known yet. */
	hex_encode(hash, seq == end->seq ? end->hash : unknown, UNTIL_HASH_BYTES);
	len = snprintf(entry, sizeof(entry), "%s%s@%" PRIu32 ":%s", until->len != 0 ? " " : "",
		end->text + DEVICE_TEXT_BYTES, seq, hash);
	if (until->len + (size_t)len <= FIELD_TEXT_MAX_BYTES) {
		buf_add(until, entry, (size_t)len);
	}
}

/*
 * What a device's valid_until says: "<incarnation>/<scope>@<seq>:<hash> ...",
 * "-" for nothing at all; of a chain that is named twice the first counts.
 * It ends every device, also one with more chains than fit: those with
 * fewest bundles are left out then.
 */
static bool write_until(struct node *node, struct device_id id, uint32_t from_seq,
	const struct head *stated, size_t stated_count, struct buf *until, struct err *err)
{
	struct buf ends = { 0 };
	struct end *list;
	size_t i, count;
	bool ok = false;

	held_ends(node, id, &ends);
	if (!stated_ends(id, stated, stated_count, &ends, err) ||
		!known_ends(node, id, &ends, err)) {
		goto out;
	}
	list = (struct end *)(void *)ends.data;
	count = ends.len / sizeof(*list);
	if (count != 0) {
		qsort(list, count, sizeof(*list), by_seq);
	}
	for (i = 0; i < count; i++) {
		if (from_seq != 0 && from_seq <= list[i].seq) {
			err_set(err, ERR_POSITION, "%s is held up to %" PRIu32, list[i].text,
				list[i].seq);
			goto out;
		}
		add_until(until, &list[i], from_seq != 0 ? from_seq - 1 : list[i].seq);
	}
	if (until->len == 0) {
		buf_text(until, "-");
	}
	ok = buf_ok(until, err);
out:
	buf_clear(&ends);
	return ok;
}

static bool revoke(struct node *node, struct device_id id, uint32_t from_seq, struct err *err)
{
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("device"));
	char name[DEVICE_TEXT_BYTES];
	const struct audit_item detail[] = { { "device", name, 0 }, { "from", NULL, from_seq },
		{ NULL, NULL, 0 } };
	const struct note note = { AUDIT_REVOKED, detail };
	struct assignment assignment;
	struct record_id record;
	struct buf until = { 0 };
	bool ok = false;

	device_id_print(name, id);
	if (device_trusted(node, id) == NULL || !record_id_parse(&record, view_of(name), true)) {
		return err_set(err, ERR_NOT_FOUND, ERR_BOTH("没有设备", "no device") " %s", name);
	}
	if (device_id_equal(id, node->federation_id)) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("建区的设备不能吊销", "the founding device cannot be revoked"));
	}
	if (write_until(node, id, from_seq, NULL, 0, &until, err)) {
		assignment = set_text(entity, "valid_until", buf_str(&until));
		ok = put_noted(node, entity, &record, &assignment, 1, &note, err);
	}
	buf_clear(&until);
	return ok;
}

bool node_revoke(struct node *node, struct device_id id, uint32_t from_seq, struct err *err)
{
	/* What is held must not grow between looking and writing. */
	if (!node_begin(node, err)) {
		return false;
	}
	if (!revoke(node, id, from_seq, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

/* May the applicant take the place of ${old}?  *done: it has done so before. */
static bool may_replace(struct node *node, const struct enrolment *enrolment,
	struct device_id old, bool *done, struct err *err)
{
	const struct trusted *before = device_trusted(node, old);
	const struct trusted *after =
		device_trusted(node, public_key_device(enrolment->public_key));
	char name[DEVICE_TEXT_BYTES];

	device_id_print(name, old);
	*done = false;
	if (before == NULL) {
		return err_set(err, ERR_UNKNOWN_DEVICE, ERR_BOTH("没有设备", "no device") " %s",
			name);
	}
	if (before->device.server ||
		strcmp(before->device.community, enrolment->community) != 0) {
		return err_set(err, ERR_SCOPE, "device %s belongs to %s", name,
			before->device.community);
	}
	if (after != NULL && (!after->device.replacing ||
				     !device_id_equal(after->device.replaces, old))) {
		return err_set(err, ERR_EXISTS, "the new key is that of a device already");
	}
	if (after != NULL && after->device.revoked) {
		return err_set(err, ERR_REVOKED, "a new key is needed");
	}
	*done = after != NULL && before->device.revoked;
	if (before->device.revoked && !*done) {
		return err_set(err, ERR_REVOKED,
			ERR_BOTH("旧密钥在此之前已被吊销或更换",
				"the old key was revoked or replaced before"));
	}
	return true;
}

static bool replace(struct node *node, const struct enrolment *enrolment, struct device_id old,
	const struct head *stated, size_t count, struct err *err)
{
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("device"));
	struct assignment assignment;
	char name[DEVICE_TEXT_BYTES];
	struct buf until = { 0 };
	struct record_id record, made;
	bool done, ok = false;

	if (!may_replace(node, enrolment, old, &done, err) || done) {
		return done;
	}
	device_id_print(name, old);
	if (!record_id_parse(&record, view_of(name), true)) {
		return err_set(err, ERR_INTERNAL, "a device id that is no slug");
	}
	if (write_until(node, old, 0, stated, count, &until, err)) {
		assignment = set_text(entity, "valid_until", buf_str(&until));
#ifdef LINLI_PLANT_OLD_KEY_SIGNS
		buf_clear(&until);
		return enrol(node, enrolment, &old, err);
#endif
		ok = enrol(node, enrolment, &old, err) &&
			records_put(node, entity, &record, &assignment, 1, &made, err);
	}
	buf_clear(&until);
	return ok;
}

bool node_replace(struct node *node, const struct enrolment *enrolment, struct device_id old,
	const struct head *ends, size_t count, struct err *err)
{
	if (!node_begin(node, err)) {
		return false;
	}
	if (!replace(node, enrolment, old, ends, count, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

/* The street called ${name}, made if there is none. */
static bool street_named(struct node *node, const char *name, struct record_id *out,
	struct err *err)
{
	const struct model *model = node->model;
	struct err why = { 0 };
	struct assignment assignment = { model->street_name, ASSIGN_SET,
		{ VALUE_TEXT, 0, view_of(name) } };

	if (records_find(node, model->street_entity, view_of(name), out, &why)) {
		return true;
	}
	if (why.code != ERR_NOT_FOUND) {
		return err_set(err, why.code, "%s", why.detail);
	}
	return records_put(node, model->street_entity, NULL, &assignment, 1, out, err);
}

bool node_roster_add(struct node *node, const char *community, const char *name,
	const char *street, struct err *err)
{
	const struct model *model = node->model;
	const struct audit_item detail[] = { { "community", community, 0 }, { "name", name, 0 },
		{ "street", street != NULL ? street : "", 0 }, { NULL, NULL, 0 } };
	struct note note = { AUDIT_COMMUNITY_ADDED, detail };
	char street_text[RECORD_ID_TEXT_BYTES];
	struct record_id id, street_id;
	struct assignment assignments[2];
	struct buf title = { 0 };
	size_t count = 1;
	bool ok;

	if (strcmp(community, DISTRICT_SLUG) == 0 ||
		!record_id_parse(&id, view_of(community), true)) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("不是社区编号", "no id of a community") ": %s", community);
	}
	if (model->community_entity == NULL) {
		return err_set(err, ERR_MODEL, "the model has no entity for communities");
	}
	if (!node_begin(node, err)) {
		return false;
	}
	if (records_title(node, model->community_entity, view_of(community), &title)) {
		note.event = AUDIT_COMMUNITY_CHANGED;
	}
	buf_clear(&title);
	assignments[0] = (struct assignment){ model->community_name, ASSIGN_SET,
		{ VALUE_TEXT, 0, view_of(name) } };
	ok = true;
	if (street != NULL && model->street_entity != NULL) {
		ok = street_named(node, street, &street_id, err);
		record_id_print(street_text, street_id.bytes, street_id.len,
			model->street_entity->slug_ids);
		assignments[count++] = (struct assignment){ model->community_street, ASSIGN_SET,
			{ VALUE_TEXT, 0, view_of(street_text) } };
	}
	if (!ok || !put_noted(node, model->community_entity, &id, assignments, count, &note, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}
