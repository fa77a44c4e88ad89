/* pouch_on_stick.c -- what is carried for neighbours goes by stick as well; see pouch.h. */
#include <stdlib.h>
#include <string.h>

#include "pouch.h"

/* ---- from the pouch to the stick --------------------------------------- */

struct laying {
	struct carry *carry;
	struct parcel *list; /* owned */
	size_t count;
};

/* When the stick's own of ${token} was made; -1: there is none that is in order. */
static int64_t made_on_stick(struct carry *carry, const char *token)
{
	struct stick_file file = { .kind = STICK_HEADS };
	struct buf text = { 0 };
	struct parcel parcel;
	struct err ignored;
	int64_t made_ms = -1;

	stick_name_print(file.name, token, STICK_HEADS, 0);
	if (stick_read_file(carry, &file, HEADS_MAX_BYTES, &text, &ignored) &&
		parcel_of(&parcel, carry->node, token, buf_as_view(&text), &ignored)) {
		made_ms = parcel.made_ms;
	}
	buf_clear(&text);
	return made_ms;
}

static bool add_parcel(void *ctx, const struct parcel *parcel, struct err *err)
{
	struct laying *laying = ctx;
	struct carry *carry = laying->carry;
	struct parcel *list;

	/* One's own is written afresh; what is not for the district waits for whom it is for. */
	if (device_id_equal(parcel->writer, node_device(carry->node)) ||
		strcmp(parcel->audience, DISTRICT_SLUG) != 0 ||
		made_on_stick(carry, parcel->token) >= parcel->made_ms) {
		return true;
	}
	list = realloc(laying->list, (laying->count + 1) * sizeof(*list));
	if (list == NULL) {
		return err_nomem(err);
	}
	laying->list = list;
	list[laying->count++] = *parcel;
	return true;
}

static bool lay_file(struct carry *carry, const char *name, struct err *err)
{
	const struct env *env = carry->env;
	struct buf path = { 0 }, data = { 0 };
	bool ok;

	ok = pouch_get(carry->node, name, &data, err) && stick_path(&path, carry, name, err) &&
		env->write_file(env->ctx, buf_str(&path), buf_as_view(&data), false, err);
	buf_clear(&path);
	buf_clear(&data);
	return ok;
}

static bool add_name(void *ctx, const struct pouch_file *file, struct err *err)
{
	struct buf *names = ctx;

	buf_add(names, file->name, strlen(file->name) + 1);
	return buf_ok(names, err);
}

/* The list of heads last, as always; older files beyond the new ones go. */
static bool lay(struct carry *carry, const struct parcel *parcel, const struct buf *names,
	struct err *err)
{
	char heads[STICK_NAME_BYTES];
	struct stick_file file;
	unsigned last = 0;
	bool ok = true;
	size_t at, i;

	for (at = 0; ok && at < names->len;) {
		const char *name = (const char *)names->data + at;

		if (stick_name_parse(&file, view_of(name)) && file.kind == STICK_BUNDLES &&
			strcmp(file.token, parcel->token) == 0) {
			last = file.k > last ? file.k : last;
			ok = lay_file(carry, name, err);
		}
		at += strlen(name) + 1;
	}
	for (i = 0; ok && i < carry->file_count; i++) {
		const struct stick_file *old = &carry->files[i];

		ok = old->kind != STICK_BUNDLES || old->k <= last ||
			strcmp(old->token, parcel->token) != 0 || stick_remove(carry, old, err);
	}
	stick_name_print(heads, parcel->token, STICK_HEADS, 0);
	return ok && lay_file(carry, heads, err);
}

bool pouch_to_stick(struct carry *carry, struct err *err)
{
	struct laying laying = { .carry = carry };
	struct buf names = { 0 };
	bool ok;
	size_t i;

	ok = parcels_each(carry->node, add_parcel, &laying, err) &&
		pouch_each(carry->node, add_name, &names, err);
	for (i = 0; ok && i < laying.count; i++) {
		ok = lay(carry, &laying.list[i], &names, err);
	}
	free(laying.list);
	buf_clear(&names);
	return ok;
}

/* ---- from the stick to the pouch --------------------------------------- */

/* What the district has written for a community that is carried for. */
static bool wanted(struct carry *carry, const struct parcel *parcel, bool *out, struct err *err)
{
	struct device writer;

	*out = false;
	if (!node_find_device(carry->node, parcel->writer, &writer) || !writer.server ||
		strcmp(parcel->audience, node_community(carry->node)) == 0) {
		return true;
	}
	return pouch_carries_for(carry->node, parcel->audience, out, err);
}

static bool pick_up(struct carry *carry, const struct stick_file *heads, struct err *err)
{
	struct device_id self = node_device(carry->node);
	struct buf text = { 0 }, data = { 0 };
	struct parcel parcel, here;
	struct err why = { 0 };
	bool take = false, ok;
	size_t i;

	ok = stick_read_file(carry, heads, HEADS_MAX_BYTES, &text, &why) &&
		parcel_of(&parcel, carry->node, heads->token, buf_as_view(&text), &why);
	if (!ok) {
		buf_clear(&text);
		return true; /* of nobody known; carry itself has told what is damaged */
	}
	ok = wanted(carry, &parcel, &take, err);
	take = take && !(parcel_here(&here, carry->node, heads->token, &why) &&
			       here.made_ms >= parcel.made_ms);
	take = ok && take &&
		parcel_begin(carry->node, self, heads->token, buf_as_view(&text), &parcel, &why);
	for (i = 0; take && i < carry->file_count; i++) {
		const struct stick_file *file = &carry->files[i];

		buf_reset(&data);
		/* What does not fit or cannot be read comes another time. */
		if (file->kind == STICK_BUNDLES && strcmp(file->token, heads->token) == 0 &&
			(!stick_read_file(carry, file, CARRY_BUNDLES_MAX_BYTES, &data, &why) ||
				!parcel_add(carry->node, self, file->name, buf_as_view(&data),
					&why)) &&
			why.code == ERR_NOMEM) {
			ok = err_nomem(err);
			take = false;
		}
	}
	buf_clear(&text);
	buf_clear(&data);
	return ok;
}

bool pouch_from_stick(struct carry *carry, struct err *err)
{
	bool carries;
	size_t i;

	if (!pouch_carries_for(carry->node, NULL, &carries, err)) {
		return false;
	}
	for (i = 0; carries && i < carry->file_count; i++) {
		if (carry->files[i].kind == STICK_HEADS && !carry->files[i].own &&
			!pick_up(carry, &carry->files[i], err)) {
			return false;
		}
	}
	return true;
}
