/* uploadpack.c -- see uploadpack.h. */
#include <string.h>

#include "pktline.h"
#include "uploadpack.h"

#define BAND_BYTES (1000 - 5)               /* side-band: 1000 bytes a line */
#define BAND_64K_BYTES (PKT_MAX_BYTES - 5)
#define OID_DIGITS (OID_TEXT_BYTES - 1)

/* ---- offering ------------------------------------------------------ */

static void advertise_2(struct buf *out, const char *agent)
{
	pkt_line(out, "version 2\n");
	pkt_line(out, "agent=%s\n", agent);
	pkt_line(out, "ls-refs\n");
	pkt_line(out, "fetch\n");
	pkt_line(out, "object-format=sha1\n");
	pkt_flush(out);
}

static const struct ledger_ref *head_of(const struct ledger_refs *refs)
{
	size_t i;

	for (i = 0; refs->head != NULL && i < refs->count; i++) {
		if (strcmp(refs->refs[i].name, refs->head) == 0) {
			return &refs->refs[i];
		}
	}
	return NULL;
}

/* The first line carries what is offered, behind a NUL. */
static void advertise_first(struct buf *out, const struct ledger_refs *refs,
	const struct ledger_ref *first, const char *name, const char *agent)
{
	struct buf line = { 0 };
	char oid[OID_TEXT_BYTES], length[5];
	static const struct oid none;

	oid_print(oid, first != NULL ? &first->oid : &none);
	buf_printf(&line, "%s %s", oid, name);
	buf_byte(&line, 0);
	buf_text(&line, "multi_ack_detailed side-band side-band-64k ofs-delta no-progress "
			"object-format=sha1");
	if (refs->head != NULL) {
		buf_printf(&line, " symref=HEAD:%s", refs->head);
	}
	buf_printf(&line, " agent=%s\n", agent);
	hex_encode(length, (const uint8_t[]){ (uint8_t)((line.len + 4) >> 8),
				   (uint8_t)(line.len + 4) }, 2);
	buf_text(out, length);
	buf_view(out, buf_as_view(&line));
	out->failed = out->failed || line.failed;
	buf_clear(&line);
}

void upload_advertise(struct buf *out, const struct ledger_refs *refs, const char *agent,
	bool version_2)
{
	const struct ledger_ref *head = head_of(refs);
	char oid[OID_TEXT_BYTES];
	size_t i = 0;

	pkt_line(out, "# service=git-upload-pack\n");
	pkt_flush(out);
	if (version_2) {
		advertise_2(out, agent);
		return;
	}
	if (head != NULL) {
		advertise_first(out, refs, head, "HEAD", agent);
	} else if (refs->count != 0) {
		advertise_first(out, refs, &refs->refs[0], refs->refs[0].name, agent);
		i = 1;
	} else {
		advertise_first(out, refs, NULL, "capabilities^{}", agent);
	}
	for (; i < refs->count; i++) {
		oid_print(oid, &refs->refs[i].oid);
		pkt_line(out, "%s %s\n", oid, refs->refs[i].name);
	}
	pkt_flush(out);
}

static bool is_wanted(const struct upload_request *request, const char *name)
{
	size_t i;

	for (i = 0; i < request->prefix_count; i++) {
		struct view prefix = request->prefixes[i];

		if (strncmp(name, prefix.data, prefix.len) == 0) {
			return true;
		}
	}
	return request->prefix_count == 0;
}

void upload_list(struct buf *out, const struct ledger_refs *refs,
	const struct upload_request *request)
{
	const struct ledger_ref *head = head_of(refs);
	char oid[OID_TEXT_BYTES];
	size_t i;

	if (head != NULL && is_wanted(request, "HEAD")) {
		oid_print(oid, &head->oid);
		if (request->symrefs) {
			pkt_line(out, "%s HEAD symref-target:%s\n", oid, refs->head);
		} else {
			pkt_line(out, "%s HEAD\n", oid);
		}
	}
	for (i = 0; i < refs->count; i++) {
		if (is_wanted(request, refs->refs[i].name)) {
			oid_print(oid, &refs->refs[i].oid);
			pkt_line(out, "%s %s\n", oid, refs->refs[i].name);
		}
	}
	pkt_flush(out);
}

/* ---- reading ------------------------------------------------------- */

struct parser {
	struct cursor cursor;
	enum pkt_kind kind;
	struct view text; /* of the present line */
	struct buf wants, haves, prefixes;
	struct upload_request *out;
	struct err *err;
};

static bool next(struct parser *parser)
{
	struct view data;

	if (!pkt_next(&parser->cursor, &parser->kind, &data, parser->err)) {
		return false;
	}
	parser->text = pkt_text(data);
	return true;
}

static bool refused(struct parser *parser, const char *why)
{
	struct view shown = parser->text;

	return err_set(parser->err, ERR_FORMAT, "%s: '%.*s'", why,
		(int)(shown.len < 80 ? shown.len : 80), shown.data);
}

/* What follows ${word} in the line; false if it begins otherwise. */
static bool after(struct parser *parser, const char *word, struct view *rest)
{
	size_t len = strlen(word);

	*rest = (struct view){ "", 0 };
	if (!view_begins(parser->text, word)) {
		return false;
	}
	*rest = (struct view){ parser->text.data + len, parser->text.len - len };
	return true;
}

static bool add_oid(struct parser *parser, struct buf *list, struct view hex, size_t max)
{
	struct oid oid;

	if (!oid_parse(&oid, hex)) {
		return refused(parser, "no name of an object");
	}
	if (list->len / sizeof(oid) >= max) {
		return err_set(parser->err, ERR_TOO_LARGE, "more than %zu names of objects", max);
	}
	buf_add(list, &oid, sizeof(oid));
	return buf_ok(list, parser->err);
}

/* One of the words behind the first want of version 0. */
static bool take_capability(struct parser *parser, struct view word)
{
	struct upload_request *out = parser->out;

	if (view_is(word, "multi_ack_detailed")) {
		out->detailed = true;
	} else if (view_is(word, "side-band-64k")) {
		out->band_bytes = BAND_64K_BYTES;
	} else if (view_is(word, "side-band")) {
		out->band_bytes = out->band_bytes != 0 ? out->band_bytes : BAND_BYTES;
	} else if (!view_is(word, "ofs-delta") && !view_is(word, "no-progress") &&
		!view_is(word, "object-format=sha1") && !view_begins(word, "agent=")) {
		return refused(parser, "asks for what was not offered");
	}
	return true;
}

static bool take_capabilities(struct parser *parser, struct view words)
{
	size_t at = 0;

	while (at < words.len) {
		const char *end = memchr(words.data + at, ' ', words.len - at);
		size_t len = end != NULL ? (size_t)(end - words.data) - at : words.len - at;

		if (len != 0 && !take_capability(parser, (struct view){ words.data + at, len })) {
			return false;
		}
		at += len + 1;
	}
	return true;
}

/* "want <oid>[ capabilities]" lines up to a flush. */
static bool parse_wants(struct parser *parser)
{
	struct view rest;

	for (;;) {
		struct view words = { "", 0 };

		if (parser->kind == PKT_FLUSH) {
			return true;
		}
		if (parser->kind != PKT_DATA || !after(parser, "want ", &rest)) {
			return refused(parser, "expected a want");
		}
		if (rest.len > OID_DIGITS && parser->wants.len == 0) {
			words = (struct view){ rest.data + OID_DIGITS, rest.len - OID_DIGITS };
			rest.len = OID_DIGITS;
		}
		if (!add_oid(parser, &parser->wants, rest, UPLOAD_MAX_WANTS) ||
			!take_capabilities(parser, words) || !next(parser)) {
			return false;
		}
	}
}

/* "have <oid>" lines with flushes between, then perhaps "done", which is the end. */
static bool parse_haves(struct parser *parser)
{
	struct view rest;

	for (;;) {
		if (!next(parser)) {
			return false;
		}
		if (parser->kind == PKT_END) {
			return true;
		}
		if (parser->kind == PKT_FLUSH) {
			parser->out->flushed = true;
			continue;
		}
		if (parser->kind == PKT_DATA && view_is(parser->text, "done")) {
			parser->out->done = true;
			return (next(parser) && parser->kind == PKT_END) ||
				refused(parser, "something behind done");
		}
		if (parser->kind != PKT_DATA || !after(parser, "have ", &rest)) {
			return refused(parser, "expected a have");
		}
		if (!add_oid(parser, &parser->haves, rest, UPLOAD_MAX_HAVES)) {
			return false;
		}
	}
}

static bool parse_0(struct parser *parser)
{
	parser->out->command = UPLOAD_FETCH;
	return parse_wants(parser) && parse_haves(parser);
}

/* ---- version 2 ----------------------------------------------------- */

static bool take_fetch(struct parser *parser)
{
	static const char *const harmless[] = { "ofs-delta", "no-progress", "thin-pack",
		"include-tag" };
	struct view rest;
	size_t i;

	if (after(parser, "want ", &rest)) {
		return add_oid(parser, &parser->wants, rest, UPLOAD_MAX_WANTS);
	}
	if (after(parser, "have ", &rest)) {
		return add_oid(parser, &parser->haves, rest, UPLOAD_MAX_HAVES);
	}
	if (view_is(parser->text, "done")) {
		parser->out->done = true;
		return true;
	}
	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		if (view_is(parser->text, harmless[i])) {
			return true;
		}
	}
	return refused(parser, "asks for what was not offered");
}

static bool take_ls_refs(struct parser *parser)
{
	struct view rest;

	if (view_is(parser->text, "symrefs")) {
		parser->out->symrefs = true;
		return true;
	}
	if (view_is(parser->text, "peel")) {
		return true; /* there are no tags */
	}
	if (after(parser, "ref-prefix ", &rest)) {
		if (parser->prefixes.len / sizeof(rest) >= UPLOAD_MAX_PREFIXES) {
			return err_set(parser->err, ERR_TOO_LARGE, "too many prefixes");
		}
		buf_add(&parser->prefixes, &rest, sizeof(rest));
		return buf_ok(&parser->prefixes, parser->err);
	}
	return refused(parser, "asks for what was not offered");
}

/* "agent=...", "object-format=sha1" up to what divides them from the arguments. */
static bool parse_headers_2(struct parser *parser)
{
	for (;;) {
		if (!next(parser)) {
			return false;
		}
		if (parser->kind == PKT_DELIM || parser->kind == PKT_FLUSH) {
			return true;
		}
		if (parser->kind != PKT_DATA || (!view_begins(parser->text, "agent=") &&
							!view_is(parser->text, "object-format=sha1"))) {
			return refused(parser, "asks for what was not offered");
		}
	}
}

static bool parse_2(struct parser *parser, struct view command)
{
	struct upload_request *out = parser->out;
	bool (*take)(struct parser *parser);

	out->version_2 = true;
	out->band_bytes = BAND_64K_BYTES;
	if (view_is(command, "fetch")) {
		out->command = UPLOAD_FETCH;
		take = take_fetch;
	} else if (view_is(command, "ls-refs")) {
		out->command = UPLOAD_LS_REFS;
		take = take_ls_refs;
	} else {
		return refused(parser, "no such command");
	}
	if (!parse_headers_2(parser)) {
		return false;
	}
	while (parser->kind != PKT_FLUSH) {
		if (!next(parser) || (parser->kind == PKT_DATA && !take(parser))) {
			return false;
		}
		if (parser->kind != PKT_DATA && parser->kind != PKT_FLUSH) {
			return refused(parser, "not ended by a flush");
		}
	}
	return (next(parser) && parser->kind == PKT_END) || refused(parser, "one command only");
}

static bool parse(struct parser *parser)
{
	struct view command;

	if (!next(parser)) {
		return false;
	}
	if (parser->kind == PKT_DATA && after(parser, "command=", &command)) {
		return parse_2(parser, command);
	}
	if (parser->kind == PKT_FLUSH && cursor_left(&parser->cursor) == 0) {
		return true; /* UPLOAD_NOTHING */
	}
	return parse_0(parser);
}

/* Move a list into the arena. */
static bool keep(struct arena *arena, const struct buf *list, const void **out, struct err *err)
{
	void *copy = list->len != 0 ? arena_alloc(arena, list->len) : NULL;

	*out = copy;
	if (list->len == 0) {
		return true;
	}
	if (copy == NULL) {
		return err_nomem(err);
	}
	memcpy(copy, list->data, list->len);
	return true;
}

bool upload_parse(struct upload_request *out, struct arena *arena, struct view body,
	struct err *err)
{
	struct parser parser = { .cursor = cursor_of(body.data, body.len), .out = out,
		.err = err };
	const void *wants, *haves, *prefixes;
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = parse(&parser) && keep(arena, &parser.wants, &wants, err) &&
		keep(arena, &parser.haves, &haves, err) &&
		keep(arena, &parser.prefixes, &prefixes, err);
	if (ok) {
		out->wants = wants;
		out->want_count = parser.wants.len / sizeof(struct oid);
		out->haves = haves;
		out->have_count = parser.haves.len / sizeof(struct oid);
		out->prefixes = prefixes;
		out->prefix_count = parser.prefixes.len / sizeof(struct view);
		ok = out->command != UPLOAD_FETCH || out->want_count != 0 ||
			err_set(err, ERR_FORMAT, "nothing is wanted");
	}
	buf_clear(&parser.wants);
	buf_clear(&parser.haves);
	buf_clear(&parser.prefixes);
	return ok || err_wrap(err, "git-upload-pack");
}

/* ---- answering ----------------------------------------------------- */

static void acknowledge_2(struct buf *out, const struct upload_request *request,
	const struct oid *common, size_t count, bool ready, bool *pack)
{
	char oid[OID_TEXT_BYTES];
	size_t i;

	*pack = request->done || (ready && count != 0);
	if (!request->done) {
		pkt_line(out, "acknowledgments\n");
		for (i = 0; i < count; i++) {
			oid_print(oid, &common[i]);
			pkt_line(out, "ACK %s\n", oid);
		}
		if (count == 0) {
			pkt_line(out, "NAK\n");
		}
		if (!*pack) {
			pkt_flush(out);
			return;
		}
		pkt_line(out, "ready\n");
		pkt_delim(out);
	}
	pkt_line(out, "packfile\n");
}

/* As git's own upload-pack does it for multi_ack_detailed, or for none of its kind. */
static void acknowledge_0(struct buf *out, const struct upload_request *request,
	const struct oid *common, size_t count, bool ready, bool *pack)
{
	char oid[OID_TEXT_BYTES] = "";
	size_t i;

	for (i = 0; i < count; i++) {
		oid_print(oid, &common[i]);
		if (request->detailed) {
			pkt_line(out, "ACK %s common\n", oid);
		} else if (i == 0) {
			pkt_line(out, "ACK %s\n", oid);
		}
	}
	*pack = request->done;
	if (request->done) {
		if (count == 0) {
			pkt_line(out, "NAK\n");
		} else if (request->detailed) {
			pkt_line(out, "ACK %s\n", oid);
		}
		return;
	}
	if (!request->flushed) {
		return;
	}
	if (request->detailed && ready && count != 0) {
		pkt_line(out, "ACK %s ready\n", oid);
	}
	if (request->detailed || count == 0) {
		pkt_line(out, "NAK\n");
	}
}

void upload_acknowledge(struct buf *out, const struct upload_request *request,
	const struct oid *common, size_t count, bool ready, bool *pack)
{
	if (request->version_2) {
		acknowledge_2(out, request, common, count, ready, pack);
	} else {
		acknowledge_0(out, request, common, count, ready, pack);
	}
}

void upload_finish(struct buf *out, const struct upload_request *request)
{
	if (request->band_bytes != 0) {
		pkt_flush(out);
	}
}

void upload_refuse(struct buf *out, const char *sentence)
{
	pkt_line(out, "ERR %s\n", sentence);
}
