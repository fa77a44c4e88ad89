/*
 * fuzz_uploadpack.c -- whatever a stranger sends as git's request for a pack:
 * it is read within its bounds, and answered with well-formed lines.
 */
#include <assert.h>

#include "pktline.h"
#include "uploadpack.h"

static void check_lines(const struct buf *lines)
{
	struct cursor cursor = cursor_of(lines->data, lines->len);
	enum pkt_kind kind = PKT_DATA;
	struct view data;

	while (kind != PKT_END) {
		bool ok = pkt_next(&cursor, &kind, &data, NULL);

		assert(ok);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct ledger_ref ref = { .name = "refs/heads/zhizu/x" };
	static const struct ledger_refs refs = { .refs = &ref, .count = 1,
		.head = "refs/heads/zhizu/x" };
	struct upload_request request;
	struct arena arena = { 0 };
	struct buf out = { 0 };
	bool pack;

	if (upload_parse(&request, &arena, (struct view){ (const char *)data, len }, NULL)) {
		assert(request.want_count <= UPLOAD_MAX_WANTS);
		assert(request.have_count <= UPLOAD_MAX_HAVES);
		assert(request.prefix_count <= UPLOAD_MAX_PREFIXES);
		if (request.command == UPLOAD_LS_REFS) {
			upload_list(&out, &refs, &request);
		} else if (request.command == UPLOAD_FETCH) {
			assert(request.want_count != 0);
			upload_acknowledge(&out, &request, request.haves, request.have_count, true,
				&pack);
			assert(!request.done || pack);
			upload_finish(&out, &request);
		}
		assert(!out.failed);
		check_lines(&out);
	}
	buf_clear(&out);
	arena_clear(&arena);
	return 0;
}
