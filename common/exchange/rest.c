/* rest.c -- see rest.h. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "rest.h"

#define HEADER_MAX_BYTES ((size_t)1024 * 1024)
#define UPLOAD "upload"
#define DOWNLOAD "download"

static void name_file(struct node *node, const char *kind, struct buf *path)
{
	buf_printf(path, "%s/%s.rest", node_home(node), kind);
}

static void drop(struct node *node, const char *kind)
{
	const struct env *env = node_env(node);
	struct buf path = { 0 };
	struct err ignored;

	name_file(node, kind, &path);
	if (!path.failed) {
		(void)env->remove_file(env->ctx, buf_str(&path), &ignored);
	}
	buf_clear(&path);
}

/* ${header}, which is released, on a line, then ${file}. */
static void save_take(struct node *node, const char *kind, json_t *header, struct view file)
{
	const struct env *env = node_env(node);
	struct buf path = { 0 }, whole = { 0 };
	struct err ignored;

	name_file(node, kind, &path);
	if (json_write_take(&whole, header, false, &ignored)) {
		buf_byte(&whole, '\n');
		buf_view(&whole, file);
		if (!whole.failed && !path.failed) {
			(void)!env->write_file(env->ctx, buf_str(&path), buf_as_view(&whole), true,
				&ignored);
		}
	}
	buf_clear(&path);
	buf_clear(&whole);
}

/* Read the file: its header, which the caller releases, and its bytes. */
static json_t *load(struct node *node, const char *kind, struct buf *bytes)
{
	const struct env *env = node_env(node);
	struct buf path = { 0 }, whole = { 0 };
	json_t *header = NULL;
	struct cursor cursor;
	struct view line;
	struct err ignored;

	name_file(node, kind, &path);
	if (!path.failed &&
		env->read_file(env->ctx, &whole, buf_str(&path),
			HEADER_MAX_BYTES + MESSAGE_BODY_MAX_BYTES, &ignored)) {
		cursor = cursor_of(whole.data, whole.len);
		line = cursor_until(&cursor, '\n');
		if (cursor.failed || !json_read(&header, line, HEADER_MAX_BYTES, "a rest", &ignored)) {
			header = NULL;
		}
		buf_add(bytes, cursor.at, cursor_left(&cursor));
	}
	buf_clear(&path);
	buf_clear(&whole);
	return header;
}

/* ---- upload -------------------------------------------------------- */

static json_t *list_ranges(const struct sent_range *ranges, size_t count)
{
	json_t *list = json_array();
	char name[CHAIN_TEXT_BYTES];
	size_t i;

	for (i = 0; i < count; i++) {
		chain_name_print(name, &ranges[i].chain);
		if (json_array_append_new(list, json_pack("[s, I, I]", name,
				(json_int_t)ranges[i].after, (json_int_t)ranges[i].last)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

void rest_save_upload(struct node *node, const struct sent_range *ranges, size_t count,
	const struct tally *tally, struct view file)
{
	save_take(node, UPLOAD,
		json_pack("{s:s, s:i, s:I, s:I, s:I, s:o}", "linli", UPLOAD, "format", 1, "bundles",
			(json_int_t)tally->bundles, "lines", (json_int_t)tally->lines, "bytes",
			(json_int_t)tally->bytes, "ranges", list_ranges(ranges, count)),
		file);
}

static bool read_range(json_t *item, struct sent_range *out)
{
	const char *name = json_string_value(json_array_get(item, 0));
	json_int_t after = json_integer_value(json_array_get(item, 1));
	json_int_t last = json_integer_value(json_array_get(item, 2));

	if (name == NULL || json_array_size(item) != 3 ||
		!chain_name_parse(&out->chain, view_of(name)) || after < 0 || last <= after ||
		last > UINT32_MAX) {
		return false;
	}
	out->after = (uint32_t)after;
	out->last = (uint32_t)last;
	return true;
}

static bool read_upload(struct rest_upload *out, json_t *header)
{
	int64_t bundles = 0, lines = 0, bytes = 0;
	struct err ignored;
	struct members m = members_of(header, "a rest", &ignored);
	json_t *ranges;

	members_kind(&m, UPLOAD);
	members_integer(&m, "bundles", 0, INT64_MAX, &bundles);
	members_integer(&m, "lines", 0, INT64_MAX, &lines);
	members_integer(&m, "bytes", 0, INT64_MAX, &bytes);
	ranges = members_array(&m, "ranges", REST_RANGES_MAX);
	if (!members_done(&m)) {
		return false;
	}
	out->tally = (struct tally){ (uint64_t)bundles, (uint64_t)lines, (uint64_t)bytes };
	out->ranges = calloc(json_array_size(ranges) + 1, sizeof(*out->ranges));
	while (out->ranges != NULL && out->count < json_array_size(ranges)) {
		if (!read_range(json_array_get(ranges, out->count), &out->ranges[out->count])) {
			return false;
		}
		out->count++;
	}
	return out->count != 0;
}

bool rest_load_upload(struct node *node, struct rest_upload *out)
{
	json_t *header;
	bool ok;

	memset(out, 0, sizeof(*out));
	header = load(node, UPLOAD, &out->file);
	ok = header != NULL && read_upload(out, header) && !out->file.failed &&
		out->file.len != 0;
	json_decref(header);
	if (!ok) {
		rest_upload_clear(out);
		drop(node, UPLOAD);
	}
	return ok;
}

void rest_upload_clear(struct rest_upload *rest)
{
	free(rest->ranges);
	buf_clear(&rest->file);
	memset(rest, 0, sizeof(*rest));
}

void rest_drop_upload(struct node *node)
{
	drop(node, UPLOAD);
}

/* ---- download ------------------------------------------------------ */

void rest_save_download(struct node *node, const char *query, const char *etag, struct view file)
{
	save_take(node, DOWNLOAD,
		json_pack("{s:s, s:i, s:s, s:s}", "linli", DOWNLOAD, "format", 1, "query", query,
			"etag", etag),
		file);
}

bool rest_load_download(struct node *node, struct rest_download *out)
{
	struct err ignored;
	struct members m;
	json_t *header;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	header = load(node, DOWNLOAD, &out->file);
	if (header != NULL) {
		m = members_of(header, "a rest", &ignored);
		members_kind(&m, DOWNLOAD);
		members_text(&m, "query", out->query, sizeof(out->query));
		members_text(&m, "etag", out->etag, sizeof(out->etag));
		ok = members_done(&m) && !out->file.failed && out->file.len != 0;
	}
	json_decref(header);
	if (!ok) {
		rest_download_clear(out);
		drop(node, DOWNLOAD);
	}
	return ok;
}

void rest_download_clear(struct rest_download *rest)
{
	buf_clear(&rest->file);
	memset(rest, 0, sizeof(*rest));
}

void rest_drop_download(struct node *node)
{
	drop(node, DOWNLOAD);
}
