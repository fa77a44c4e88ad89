/* test_uploadpack.c -- git's protocol for fetching: what is taken, how it is answered. */
#include "bundle_test.h"

#include "pktline.h"
#include "uploadpack.h"

static const struct ledger_ref list[] = {
	{ .name = "refs/chains/3f9a1c22d0b84e17.1/federation", .oid = { { 1 } } },
	{ .name = "refs/heads/district/3f9a1c22d0b84e17.1/federation", .oid = { { 1 } } },
	{ .name = "refs/heads/zhizu/4f9a1c22d0b84e17.1/district/zhizu", .oid = { { 2 } } },
};
static const struct ledger_refs refs = { .refs = list, .count = 3,
	.head = "refs/heads/district/3f9a1c22d0b84e17.1/federation" };

static bool parse_sample(struct view data, struct err *err)
{
	struct upload_request request;
	struct arena arena = { 0 };
	bool ok = upload_parse(&request, &arena, data, err);

	arena_clear(&arena);
	return ok;
}

/* Whoever can reach the server sends this. */
static void test_upload__requests_are_read_strictly(void **state)
{
	(void)state;
	check_samples("tests/data/uploadpack", parse_sample, 50);
}

/* Any number of names in one request would take memory for nothing. */
static void test_upload__names_are_counted(void **state)
{
	char line[64], oid[OID_TEXT_BYTES] = "";
	struct buf body = { 0 };
	struct upload_request request;
	struct arena arena = { 0 };
	struct err err;
	size_t i;

	(void)state;
	memset(oid, 'a', OID_TEXT_BYTES - 1);
	snprintf(line, sizeof(line), "want %s\n", oid);
	for (i = 0; i < UPLOAD_MAX_WANTS; i++) {
		pkt_line(&body, "%s", line);
	}
	pkt_flush(&body);
	assert_ok(upload_parse(&request, &arena, buf_as_view(&body), &err), &err);
	assert_int_equal(request.want_count, UPLOAD_MAX_WANTS);
	body.len -= 4;
	pkt_line(&body, "%s", line);
	pkt_flush(&body);
	assert_refused(upload_parse(&request, &arena, buf_as_view(&body), &err), &err,
		ERR_TOO_LARGE);
	arena_clear(&arena);
	buf_clear(&body);
}

static void assert_text(struct buf *out, const char *expected)
{
	assert_string_equal(buf_str(out), expected);
	buf_reset(out);
}

#define HEX(first) first "00000000000000000000000000000000000000"

/* The exact words of gitprotocol-v2(5). */
static void test_upload__lists_what_is_asked_for(void **state)
{
	struct view prefixes[] = { VIEW_LITERAL("refs/heads/zh"), VIEW_LITERAL("HEAD") };
	struct upload_request request = { .command = UPLOAD_LS_REFS, .symrefs = true,
		.prefixes = prefixes, .prefix_count = 2 };
	struct buf out = { 0 };

	(void)state;
	upload_list(&out, &refs, &request);
	assert_text(&out,
		"0072" HEX("01") " HEAD symref-target:refs/heads/district/3f9a1c22d0b84e17.1/"
				 "federation\n"
		"0060" HEX("02") " refs/heads/zhizu/4f9a1c22d0b84e17.1/district/zhizu\n"
		"0000");
	request.prefix_count = 0;
	request.symrefs = false;
	upload_list(&out, &refs, &request);
	assert_true(strstr(buf_str(&out), "refs/chains/") != NULL);
	assert_true(strstr(buf_str(&out), "symref-target") == NULL);
	buf_clear(&out);
}

/* With a pack only once it is known what is lacking, or git has no more to say. */
static void test_upload__acknowledges_as_git_does(void **state)
{
	struct oid common[] = { { { 1 } }, { { 2 } } };
	struct upload_request v0 = { .flushed = true, .detailed = true };
	struct upload_request v2 = { .version_2 = true };
	struct buf out = { 0 };
	bool pack;

	(void)state;
	upload_acknowledge(&out, &v0, common, 0, true, &pack);
	assert_false(pack);
	assert_text(&out, "0008NAK\n");
	upload_acknowledge(&out, &v0, common, 2, true, &pack);
	assert_false(pack);
	assert_text(&out, "0038ACK " HEX("01") " common\n0038ACK " HEX("02") " common\n"
			  "0037ACK " HEX("02") " ready\n0008NAK\n");
	v0.done = true;
	upload_acknowledge(&out, &v0, common, 1, false, &pack);
	assert_true(pack);
	assert_text(&out, "0038ACK " HEX("01") " common\n0031ACK " HEX("01") "\n");
	upload_acknowledge(&out, &v0, common, 0, false, &pack);
	assert_text(&out, "0008NAK\n");

	upload_acknowledge(&out, &v2, common, 1, false, &pack);
	assert_false(pack);
	assert_text(&out, "0014acknowledgments\n0031ACK " HEX("01") "\n0000");
	upload_acknowledge(&out, &v2, common, 0, true, &pack);
	assert_false(pack);
	assert_text(&out, "0014acknowledgments\n0008NAK\n0000");
	upload_acknowledge(&out, &v2, common, 1, true, &pack);
	assert_true(pack);
	assert_text(&out, "0014acknowledgments\n0031ACK " HEX("01") "\n000aready\n0001"
			  "000dpackfile\n");
	v2.done = true;
	upload_acknowledge(&out, &v2, common, 1, true, &pack);
	assert_true(pack);
	assert_text(&out, "000dpackfile\n");
	buf_clear(&out);
}

static bool gather(void *ctx, struct view piece, struct err *err)
{
	buf_view(ctx, piece);
	return buf_ok(ctx, err);
}

/* However the pack comes, its lines are as long as can be, and give it back. */
static void test_band__gives_back_what_went_in(void **state)
{
	struct buf out = { 0 }, in = { 0 }, again = { 0 };
	struct band_writer band = { .write = gather, .ctx = &out, .line_max = PKT_MAX_BYTES - 5 };
	struct cursor cursor;
	enum pkt_kind kind;
	struct view data;
	struct err err;
	size_t i, lines = 0;

	(void)state;
	for (i = 0; i < 200000; i++) {
		buf_byte(&in, (unsigned)(i * 7));
	}
	for (i = 0; i < in.len; i += 1000) {
		struct view piece = { (char *)in.data + i, 1000 };

		assert_ok(band_write(&band, piece, &err), &err);
	}
	assert_ok(band_end(&band, &err), &err);
	cursor = cursor_of(out.data, out.len);
	for (;;) {
		assert_ok(pkt_next(&cursor, &kind, &data, &err), &err);
		if (kind == PKT_END) {
			break;
		}
		assert_int_equal(data.data[0], 1);
		buf_add(&again, data.data + 1, data.len - 1);
		lines++;
	}
	assert_int_equal(lines, 4);
	assert_true(view_equal(buf_as_view(&again), buf_as_view(&in)));
	band_clear(&band);
	buf_clear(&in);
	buf_clear(&out);
	buf_clear(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upload__requests_are_read_strictly),
		cmocka_unit_test(test_upload__names_are_counted),
		cmocka_unit_test(test_upload__lists_what_is_asked_for),
		cmocka_unit_test(test_upload__acknowledges_as_git_does),
		cmocka_unit_test(test_band__gives_back_what_went_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
