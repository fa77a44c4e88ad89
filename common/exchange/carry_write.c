/* carry_write.c -- writing on a stick what others lack; see stick.h. */
#include <stdlib.h>
#include <string.h>

#include "linli/forks.h"
#include "pouch.h"
#include "stick.h"

/* ---- what a device is known to hold --------------------------------- */

/* What ${device}'s list of heads on the stick, if any (*found), says of ${ours}. */
static bool lookup(struct carry *carry, const struct device *device, const struct head *ours,
	bool *found, uint32_t *out, struct err *err)
{
	enum fork_step step;
	struct head theirs;
	size_t i;

	*found = false;
	*out = 0;
	for (i = 0; i < carry->heads_count; i++) {
		if (!device_id_equal(heads_device(carry->heads[i])->id, device->id)) {
			continue;
		}
		*found = true;
		heads_lookup(carry->heads[i], carry->node, &ours->chain, &theirs);
		if (!forks_step(carry->node, &theirs, device->id, &step, err)) {
			return false;
		}
		if (step == FORK_OFFER ||
			(step == FORK_FETCH && device_id_equal(device->id, ours->chain.device))) {
			*out = 0; /* where they part is not known: all of it */
			return true;
		}
		if (step != FORK_NONE) {
			theirs.seq = ours->seq; /* what is here would not fit */
		}
		*out = theirs.seq > *out ? theirs.seq : *out;
	}
	return true;
}

bool stick_known(struct carry *carry, const struct device *device, const struct head *ours,
	uint32_t *out, struct err *err)
{
	bool found;

	if (!lookup(carry, device, ours, &found, out, err)) {
		return false;
	}
	if (found) {
		return true;
	}
	if (device_id_equal(device->id, ours->chain.device)) {
		*out = ours->seq; /* it has said nothing: its own chain it will have */
		return true;
	}
	return chains_known(carry->node, device->id, &ours->chain, out, err);
}

static bool present(const struct carry *carry, const struct device *device)
{
	size_t i;

	for (i = 0; i < carry->heads_count; i++) {
		if (device_id_equal(heads_device(carry->heads[i])->id, device->id)) {
			return true;
		}
	}
	return false;
}

bool stick_audience_known(struct carry *carry, const struct audience *audience,
	const struct head *ours, uint32_t *out, struct err *err)
{
	bool first = true;
	uint32_t known;
	size_t i;

	*out = 0;
	for (i = 0; i < audience->count; i++) {
		const struct device *device = &audience->devices[i];

		if (audience->rule == AUDIENCE_PRESENT && !present(carry, device)) {
			continue;
		}
		if (!stick_known(carry, device, ours, &known, err)) {
			return false;
		}
		if (first || (audience->rule == AUDIENCE_ANY ? known > *out : known < *out)) {
			*out = known;
		}
		first = false;
	}
	return true;
}

/* ---- files ---------------------------------------------------------- */

static bool write_named(struct carry *carry, const char *token, enum stick_kind kind, unsigned k,
	struct view data, struct err *err)
{
	const struct env *env = carry->env;
	char name[STICK_NAME_BYTES];
	struct buf path = { 0 };
	bool ok;

	stick_name_print(name, token, kind, k);
	ok = stick_path(&path, carry, name, err) &&
		env->write_file(env->ctx, buf_str(&path), data, false, err);
	buf_clear(&path);
	return ok;
}

bool stick_remove(struct carry *carry, const struct stick_file *file, struct err *err)
{
	const struct env *env = carry->env;
	struct buf path = { 0 };
	bool ok = stick_path(&path, carry, file->name, err) &&
		env->remove_file(env->ctx, buf_str(&path), err);

	buf_clear(&path);
	return ok;
}

/* Remove the audience's files of bundles beyond number ${last}. */
static bool remove_beyond(struct carry *carry, const char *token, unsigned last, struct err *err)
{
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < carry->file_count; i++) {
		const struct stick_file *file = &carry->files[i];

		ok = file->kind != STICK_BUNDLES || file->k <= last ||
			strcmp(file->token, token) != 0 || stick_remove(carry, file, err);
	}
	return ok;
}

/* What the audience may read and lacks: of trust, or not. */
static bool find_lacking(struct carry *carry, const struct audience *audience, bool trust,
	struct ranges *out, struct err *err)
{
	struct held held;
	uint32_t known;
	bool ok = true;
	size_t i;

	if (!held_read(&held, carry->node, err)) {
		return false;
	}
	for (i = 0; ok && i < held.count; i++) {
		const struct head *ours = &held.heads[i];
		bool held_back;

		if (!scope_readable(&ours->chain.scope, audience->name) ||
			chain_of_trust(carry->node, &ours->chain) != trust) {
			continue;
		}
		ok = forks_hold_back(carry->node, &ours->chain, &held_back, err);
		if (!ok || held_back) {
			continue;
		}
		ok = stick_audience_known(carry, audience, ours, &known, err) &&
			(known >= ours->seq || ranges_add(out, &ours->chain, known, err));
	}
	held_clear(&held);
	return ok;
}

/* The audience's devices and, last, this one, so that it can check what it wrote. */
static bool recipients_of(struct carry *carry, const struct audience *audience,
	struct age_recipient **out, struct err *err)
{
	size_t i;

	*out = calloc(audience->count + 1, sizeof(**out));
	if (*out == NULL) {
		return err_nomem(err);
	}
	if (!age_recipient_of(&(*out)[audience->count], node_key(carry->node), err)) {
		free(*out);
		*out = NULL;
		return false;
	}
	for (i = 0; i < audience->count; i++) {
		if (!age_recipient_parse(
			    &(*out)[i], view_of(audience->devices[i].age_recipient), err)) {
			free(*out);
			*out = NULL;
			return err_wrap(err, "the age recipient of a device of %s", audience->name);
		}
	}
	return true;
}

bool stick_seal(struct carry *carry, const struct audience *audience,
	const struct stick_file *file, struct view plain, struct err *err)
{
	struct age_recipient *recipients = NULL;
	struct buf sealed = { 0 };
	bool ok;

	ok = recipients_of(carry, audience, &recipients, err) &&
		age_seal(&sealed, recipients, audience->count + 1, plain, node_env(carry->node),
			err) &&
		write_named(carry, file->token, file->kind, file->k, buf_as_view(&sealed), err);
	free(recipients);
	buf_clear(&sealed);
	return ok;
}

/* One sealed file of what ${ranges} hold; they move on. */
static bool write_bundles(struct carry *carry, const struct audience *audience, const char *token,
	unsigned *k, struct ranges *ranges, bool *more, struct err *err)
{
	struct stick_file file = { .kind = STICK_BUNDLES, .k = *k + 1 };
	struct buf plain = { 0 };
	struct tally *sent = &carry->result->sent, tally;
	bool ok = false;

	*more = false;
	if (!chains_write(carry->node, ranges->list, ranges->count, STICK_FILE_BYTES, &plain,
		    &tally, more, err)) {
		goto out;
	}
	if (plain.len == 0) {
		ok = true;
		goto out;
	}
	if (*k == STICK_MAX_FILES_OF_AUDIENCE) {
		err_set(err, ERR_TOO_LARGE, "over %d files for %s", STICK_MAX_FILES_OF_AUDIENCE,
			audience->name);
		goto out;
	}
	memcpy(file.token, token, sizeof(file.token));
	ok = stick_seal(carry, audience, &file, buf_as_view(&plain), err);
	if (ok) {
		(*k)++;
		sent->bundles += tally.bundles;
		sent->lines += tally.lines;
		sent->bytes += tally.bytes;
	}
out:
	buf_clear(&plain);
	return ok;
}

static bool write_part(struct carry *carry, const struct audience *audience, const char *token,
	bool trust, unsigned *k, struct err *err)
{
	struct ranges ranges = { 0 };
	bool more, ok;

	ok = find_lacking(carry, audience, trust, &ranges, err);
	more = ok && ranges.count > 0;
	while (ok && more) {
		ok = write_bundles(carry, audience, token, k, &ranges, &more, err);
	}
	ranges_clear(&ranges);
	return ok;
}

static bool write_heads(
	struct carry *carry, const struct audience *audience, const char *token, struct err *err)
{
	const struct heads_options options = { .reader = audience->name, .names = HEADS_HMAC };
	struct buf text = { 0 };
	bool ok;

	ok = heads_write(carry->node, &options, &text, err) &&
		write_named(carry, token, STICK_HEADS, 0, buf_as_view(&text), err);
	buf_clear(&text);
	return ok;
}

static bool write_files(struct carry *carry, const struct audience *audience, const char *token,
	bool heads_alone, struct err *err)
{
	unsigned k = 0;

	/* The trust records in files of their own, before all others. */
	return (heads_alone ||
		       (stick_write_request(carry, audience, err) &&
			       write_part(carry, audience, token, true, &k, err) &&
			       write_part(carry, audience, token, false, &k, err))) &&
		remove_beyond(carry, token, k, err) && write_heads(carry, audience, token, err);
}

static bool write_audience(struct carry *carry, const struct audience *audience, struct err *err)
{
	uint64_t lines = carry->result->sent.lines;
	bool same = false, meets = false;
	char token[TOKEN_TEXT_BYTES];
	uint8_t digest[32];

	if (audience->count == 0) {
		return true;
	}
	stick_token(token, carry->node, node_device(carry->node), audience->name);
	if (carry->pouch == NULL) {
		return write_files(carry, audience, token, false, err);
	}
	return pouch_compare(carry, audience, token, &same, &meets, digest, err) &&
		(same ||
			(write_files(carry, audience, token, meets, err) &&
				pouch_note(carry->node, token, carry->result->sent.lines - lines,
					digest, err)));
}

/* ---- audiences ------------------------------------------------------ */

struct gathering {
	struct carry *carry;
	struct audience *audience;
};

static bool add_device(void *ctx, const struct device *device, struct err *err)
{
	struct gathering *gathering = ctx;
	struct audience *audience = gathering->audience;
	struct device *devices;

	if (device->revoked || strcmp(device->community, audience->name) != 0 ||
		device_id_equal(device->id, node_device(gathering->carry->node))) {
		return true;
	}
	devices = realloc(audience->devices, (audience->count + 1) * sizeof(*devices));
	if (devices == NULL) {
		return err_nomem(err);
	}
	audience->devices = devices;
	devices[audience->count++] = *device;
	return true;
}

/* Where no trust record has come yet: what the invitation told. */
static bool add_founder(struct carry *carry, struct audience *audience, struct err *err)
{
	const struct federation *federation = node_federation(carry->node);
	struct gathering gathering = { carry, audience };
	struct device founder = { .id = node_federation_id(carry->node), .server = true };

	strcpy(founder.community, DISTRICT_SLUG);
	memcpy(founder.public_key, federation->key, sizeof(founder.public_key));
	memcpy(founder.age_recipient, federation->age_recipient, sizeof(founder.age_recipient));
	return add_device(&gathering, &founder, err);
}

/* Write for the active devices of ${name}, other than this one. */
static bool write_for(
	struct carry *carry, const char *name, enum audience_rule rule, struct err *err)
{
	struct audience audience = { .rule = rule };
	struct gathering gathering = { carry, &audience };
	bool ok;

	memcpy(audience.name, name, strlen(name) + 1);
	ok = node_each_device(carry->node, add_device, &gathering, err);
	if (ok && audience.count == 0 && rule == AUDIENCE_ANY) {
		ok = add_founder(carry, &audience, err);
	}
	ok = ok && write_audience(carry, &audience, err);
	free(audience.devices);
	return ok;
}

/* Was ${carry}->heads[${at}]'s community written for already? */
static bool written(const struct carry *carry, size_t at)
{
	const char *name = heads_device(carry->heads[at])->community;
	size_t i;

	for (i = 0; i < at; i++) {
		if (strcmp(heads_device(carry->heads[i])->community, name) == 0) {
			return true;
		}
	}
	return false;
}

/* District: for each community that came by. */
static bool write_for_communities(struct carry *carry, struct err *err)
{
	size_t i;

	for (i = 0; i < carry->heads_count; i++) {
		const struct device *device = heads_device(carry->heads[i]);

		if (!device->server && !written(carry, i) &&
			!write_for(carry, device->community, AUDIENCE_PRESENT, err)) {
			return false;
		}
	}
	return true;
}

/* What this home wrote under former keys is said again by what it writes now. */
static bool remove_former(struct carry *carry, struct err *err)
{
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < carry->file_count; i++) {
		ok = !carry->files[i].former || stick_remove(carry, &carry->files[i], err);
	}
	return ok;
}

/* A neighbour of another community. */
static bool write_for_met(struct carry *carry, struct err *err)
{
	const char *met = carry->pouch != NULL ? carry->pouch->meet : NULL;

	return met == NULL || node_is_district(carry->node) || strcmp(met, DISTRICT_SLUG) == 0 ||
		strcmp(met, node_community(carry->node)) == 0 ||
		write_for(carry, met, AUDIENCE_PRESENT, err);
}

bool stick_write(struct carry *carry, struct err *err)
{
	const struct env *env = carry->env;

	if (!env->make_dir(env->ctx, buf_str(&carry->folder), err)) {
		return false;
	}
	if (node_is_district(carry->node) ? !write_for_communities(carry, err)
					  : !write_for(carry, DISTRICT_SLUG, AUDIENCE_ANY, err)) {
		return false;
	}
	return write_for(carry, node_community(carry->node), AUDIENCE_ALL, err) &&
		remove_former(carry, err) && write_for_met(carry, err) &&
		(carry->pouch != NULL || node_is_district(carry->node) ||
			pouch_to_stick(carry, err));
}
