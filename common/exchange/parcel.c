/* parcel.c -- parcels: the files of one writer for one audience; see pouch.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pouch.h"

/* ---- whose it is ------------------------------------------------------ */

struct matching {
	struct node *node;
	struct parcel *parcel;
	bool found;
};

static bool match(struct matching *matching, const char *audience)
{
	char token[TOKEN_TEXT_BYTES];

	if (!matching->found) {
		stick_token(token, matching->node, matching->parcel->writer, audience);
		if (strcmp(token, matching->parcel->token) == 0) {
			matching->found = true;
			memcpy(matching->parcel->audience, audience, strlen(audience) + 1);
		}
	}
	return matching->found;
}

static bool match_device(void *ctx, const struct device *device, struct err *err)
{
	(void)err;
	(void)match(ctx, device->community);
	return true;
}

/* For whom would ${writer} have made it? */
static bool find_audience(struct parcel *parcel, struct node *node, const struct device *writer,
	struct err *err)
{
	struct matching matching = { node, parcel, false };

	if (match(&matching, DISTRICT_SLUG) || match(&matching, writer->community) ||
		match(&matching, node_community(node))) {
		return true;
	}
	/* The district writes for every community, and this node for neighbours. */
	if ((writer->server || device_id_equal(writer->id, node_device(node))) &&
		!node_each_device(node, match_device, &matching, err)) {
		return false;
	}
	return matching.found ||
		err_set(err, ERR_SCOPE, "a parcel of nobody's, or for nobody that is known");
}

bool parcel_of(struct parcel *out, struct node *node, const char *token, struct view text,
	struct err *err)
{
	struct heads *heads;
	bool ok;

	memset(out, 0, sizeof(*out));
	if (strlen(token) != TOKEN_TEXT_BYTES - 1) {
		return err_set(err, ERR_FORMAT, "no token of a parcel");
	}
	memcpy(out->token, token, TOKEN_TEXT_BYTES);
	if (!heads_read(&heads, node, text, err)) {
		return false;
	}
	out->writer = heads_device(heads)->id;
	out->made_ms = heads_at_ms(heads);
	ok = find_audience(out, node, heads_device(heads), err);
	heads_free(heads);
	return ok;
}

/* ---- what is here ----------------------------------------------------- */

/* Every file here, sorted by name, so that those of one parcel lie together. */
struct listing {
	struct pouch_file *files; /* owned */
	size_t count;
};

static bool add_file(void *ctx, const struct pouch_file *file, struct err *err)
{
	struct listing *listing = ctx;
	struct pouch_file *files =
		realloc(listing->files, (listing->count + 1) * sizeof(*listing->files));

	if (files == NULL) {
		return err_nomem(err);
	}
	listing->files = files;
	files[listing->count++] = *file;
	return true;
}

static bool same_parcel(const struct pouch_file *file, const char *token)
{
	return strncmp(file->name, token, POUCH_TOKEN_CHARS) == 0;
}

static bool read_heads(
	struct parcel *out, struct node *node, const char *token, struct err *err)
{
	char name[STICK_NAME_BYTES];
	struct buf text = { 0 };
	bool ok;

	stick_name_print(name, token, STICK_HEADS, 0);
	ok = pouch_get(node, name, &text, err) &&
		parcel_of(out, node, token, buf_as_view(&text), err);
	buf_clear(&text);
	return ok;
}

static void count_files(struct parcel *parcel, const struct listing *listing)
{
	size_t i;

	for (i = 0; i < listing->count; i++) {
		if (same_parcel(&listing->files[i], parcel->token)) {
			parcel->files++;
			parcel->bytes += (int64_t)listing->files[i].bytes;
		}
	}
}

bool parcel_here(struct parcel *out, struct node *node, const char *token, struct err *err)
{
	struct listing listing = { 0 };
	bool ok = read_heads(out, node, token, err) &&
		pouch_each(node, add_file, &listing, err);

	if (ok) {
		count_files(out, &listing);
	}
	free(listing.files);
	return ok;
}

/* A parcel that is not in order, or of a device that is not trusted (any more), rests. */
static bool each_in(struct node *node, const struct listing *listing,
	bool (*each)(void *ctx, const struct parcel *parcel, struct err *err), void *ctx,
	struct err *err)
{
	char token[TOKEN_TEXT_BYTES] = "";
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < listing->count; i++) {
		struct parcel parcel;
		struct err why;

		if (token[0] != '\0' && same_parcel(&listing->files[i], token)) {
			continue;
		}
		snprintf(token, sizeof(token), "%.*s", POUCH_TOKEN_CHARS, listing->files[i].name);
		if (read_heads(&parcel, node, token, &why)) {
			count_files(&parcel, listing);
			ok = each(ctx, &parcel, err);
		}
	}
	return ok;
}

bool parcels_each(struct node *node,
	bool (*each)(void *ctx, const struct parcel *parcel, struct err *err), void *ctx,
	struct err *err)
{
	struct listing listing = { 0 };
	bool ok = pouch_each(node, add_file, &listing, err) &&
		each_in(node, &listing, each, ctx, err);

	free(listing.files);
	return ok;
}

struct carrying {
	struct node *node;
	const char *community; /* NULL: for anybody else */
	bool carries;
};

static bool look_whose(void *ctx, const struct parcel *parcel, struct err *err)
{
	struct carrying *carrying = ctx;
	struct device writer;

	(void)err;
	if (!device_id_equal(parcel->writer, node_device(carrying->node)) &&
		node_find_device(carrying->node, parcel->writer, &writer) && !writer.server &&
		(carrying->community == NULL ||
			strcmp(writer.community, carrying->community) == 0)) {
		carrying->carries = true;
	}
	return true;
}

bool pouch_carries_for(
	struct node *node, const char *community, bool *out, struct err *err)
{
	struct carrying carrying = { node, community, false };

	*out = false;
	if (!parcels_each(node, look_whose, &carrying, err)) {
		return false;
	}
	*out = carrying.carries;
	return true;
}

struct telling {
	const struct listing *listing;
	json_t *list;
};

static bool tell(void *ctx, const struct parcel *parcel, struct err *err)
{
	struct telling *telling = ctx;
	json_t *files = json_array();
	size_t i;

	for (i = 0; i < telling->listing->count; i++) {
		const struct pouch_file *file = &telling->listing->files[i];

		if (same_parcel(file, parcel->token) &&
			json_array_append_new(files, json_pack("[s, I]", file->name,
							     (json_int_t)file->bytes)) != 0) {
			json_decref(files);
			return err_nomem(err);
		}
	}
	if (json_array_size(telling->list) >= PARCELS_MAX ||
		json_array_size(files) > PARCEL_MAX_FILES) {
		json_decref(files);
		return true;
	}
	return json_array_append_new(telling->list,
		       json_pack("{s:s, s:I, s:o}", "token", parcel->token, "made",
			       (json_int_t)parcel->made_ms, "files", files)) == 0 ||
		err_nomem(err);
}

bool parcels_json(struct node *node, json_t **out, struct err *err)
{
	struct listing listing = { 0 };
	struct telling telling = { &listing, json_array() };
	bool ok;

	ok = (telling.list != NULL || err_nomem(err)) &&
		pouch_each(node, add_file, &listing, err) &&
		each_in(node, &listing, tell, &telling, err);
	free(listing.files);
	if (!ok) {
		json_decref(telling.list);
		return false;
	}
	*out = telling.list;
	return true;
}

/* ---- taking ----------------------------------------------------------- */

struct beginning {
	struct node *node;
	struct device_id from;
	const struct parcel *parcel;
	struct view text;
	bool newer; /* what is here goes */
};

static bool begin(void *ctx, struct err *err)
{
	const struct beginning *beginning = ctx;
	struct listing listing = { 0 };
	char name[STICK_NAME_BYTES];
	bool ok = pouch_each(beginning->node, add_file, &listing, err);
	size_t i;

	for (i = 0; ok && beginning->newer && i < listing.count; i++) {
		ok = !same_parcel(&listing.files[i], beginning->parcel->token) ||
			pouch_drop(beginning->node, listing.files[i].name, err);
	}
	free(listing.files);
	stick_name_print(name, beginning->parcel->token, STICK_HEADS, 0);
	return ok && pouch_put(beginning->node, name, beginning->from, beginning->text, err);
}

bool parcel_begin(struct node *node, struct device_id from, const char *token, struct view text,
	struct parcel *out, struct err *err)
{
	struct beginning beginning = { node, from, out, text, true };
	struct parcel here;
	struct err why = { 0 };

	if (text.len > HEADS_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "%zu bytes", text.len);
	}
	if (!parcel_of(out, node, token, text, err)) {
		return false;
	}
	if (device_id_equal(out->writer, node_device(node))) {
		return err_set(err, ERR_SCOPE, "a parcel of this device's own");
	}
	if (read_heads(&here, node, token, &why)) {
		if (here.made_ms > out->made_ms) {
			return err_set(err, ERR_POSITION, "a newer one is here");
		}
		beginning.newer = here.made_ms < out->made_ms;
	}
	return node_transaction(node, begin, &beginning, false, err);
}

bool parcel_add(struct node *node, struct device_id from, const char *name, struct view data,
	struct err *err)
{
	char heads[STICK_NAME_BYTES];
	struct stick_file file;
	struct device_id begun;

	if (!stick_name_parse(&file, view_of(name)) || file.kind != STICK_BUNDLES ||
		file.k > PARCEL_MAX_FILES) {
		return err_set(err, ERR_FORMAT, "no name of a file that is handed on");
	}
	if (data.len == 0 || data.len > CARRY_BUNDLES_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "%zu bytes", data.len);
	}
	stick_name_print(heads, file.token, STICK_HEADS, 0);
	if (!pouch_from(node, heads, &begun) || !device_id_equal(begun, from)) {
		return err_set(err, ERR_POSITION, "its list of heads comes first");
	}
	return pouch_put(node, name, from, data, err);
}
