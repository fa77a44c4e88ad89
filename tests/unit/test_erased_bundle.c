/* test_erased_bundle.c -- lines give way to their hashes, and what was signed still verifies. */
#include "bundle_test.h"

#include "deflate.h"
#include "gitbundle.h"

#define SCOPE "community/zhizu"
#define PHOTO VIEW_LITERAL("photo photo photo")
#define SCAN VIEW_LITERAL("scan scan scan")

/* Read the git bundle file ${data} and verify each bundle. */
static bool read_and_verify(struct view data, struct err *err)
{
	struct gitbundle_reader *reader;
	struct arena arena = { 0 };
	struct raw_bundle raw;
	struct bundle bundle;
	bool done = false, ok;

	if (!gitbundle_open(&reader, data, err)) {
		return false;
	}
	do {
		ok = gitbundle_next(reader, &raw, &done, err) &&
			(done || bundle_verify(&bundle, &raw, &arena, err));
	} while (ok && !done);
	gitbundle_close(reader);
	arena_clear(&arena);
	return ok;
}

/* Written by another program: what both take and refuse is the format. */
static void test_erased_bundle__is_read_strictly(void **state)
{
	(void)state;
	check_samples("tests/data/erased", read_and_verify, 50);
}

/* A bundle of three lines and two attachments, and one whose line 2 says why. */
struct fixture {
	struct test_chain chain;
	struct buf changes;
	struct made_bundle made;
	struct order_source order;
	struct arena arena;
};

static void hex_name(char out[65], struct view data)
{
	uint8_t hash[SHA256_BYTES];

	sha256(hash, data.data, data.len);
	hex_encode(out, hash, sizeof(hash));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct view files[] = { PHOTO, SCAN };
	struct bundle_facts facts;
	char photo[65], scan[65];
	struct err err;

	assert_non_null(f);
	f->chain.key = test_key(0);
	chain_add(&f->chain, SCOPE, 3, NULL, 0);
	f->order = (struct order_source){ f->chain.made[0].raw.objects[RAW_COMMIT].data,
		buf_as_view(&f->chain.changes[0]), 2 };
	hex_name(photo, PHOTO);
	hex_name(scan, SCAN);
	buf_printf(&f->changes, "{\"a\":\"%s\"}\n{\"b\":\"%s\"}\n{\"c\":\"%s\"}\n", photo, scan, photo);
	facts = test_facts(f->chain.key, SCOPE);
	assert_ok(bundle_make(&f->made, &facts, buf_as_view(&f->changes), files, 2, f->chain.key,
			  NULL, &err), &err);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	made_bundle_clear(&f->made);
	chain_clear(&f->chain);
	buf_clear(&f->changes);
	arena_clear(&f->arena);
	free(f);
	return 0;
}

/* The same commit verifies, with a hash in place of each line that is gone. */
static void test_erased_bundle__verifies(void **state)
{
	struct fixture *f = *state;
	struct erased_bundle erased = { .line_count = 0 };
	static const uint32_t lines[] = { 1, 3 };
	struct bundle bundle;
	uint8_t leaf[SHA256_BYTES];
	struct err err;

	assert_ok(bundle_erase(&erased, &f->made.raw, lines, 2, &f->order, 1, &err), &err);
	assert_int_equal(erased.line_count, 2);
	assert_ok(bundle_verify(&bundle, &erased.raw, &f->arena, &err), &err);
	assert_memory_equal(bundle.sha256, f->made.sha256, SHA256_BYTES);
	assert_true(bundle.erased);
	assert_int_equal(bundle.line_count, 3);
	assert_int_equal(bundle.erased_count, 2);
	assert_true(bundle_line_erased(bundle.lines[0], leaf));
	assert_true(view_begins(bundle.lines[1], "{\"b\""));
	/* The attachment that lines 1 and 3 named went with them, the other stays. */
	assert_int_equal(bundle.file_count, 1);
	assert_true(view_equal(bundle.files[0].data, SCAN));
	assert_int_equal(bundle.order_count, 1);
	assert_int_equal(bundle.orders[0].n, 2);
	assert_true(view_begins(bundle.orders[0].line, "{\"t\":0"));
	erased_bundle_clear(&erased);
}

/* Somebody else of the same bundle may ask later. */
static void test_erased_bundle__can_be_erased_further(void **state)
{
	struct fixture *f = *state;
	struct erased_bundle first = { .line_count = 0 }, second = { .line_count = 0 };
	static const uint32_t one[] = { 1 }, all[] = { 1, 2, 3 };
	struct bundle bundle;
	struct err err;

	assert_ok(bundle_erase(&first, &f->made.raw, one, 1, &f->order, 1, &err), &err);
	assert_ok(bundle_verify(&bundle, &first.raw, &f->arena, &err), &err);
	assert_int_equal(bundle.file_count, 2); /* line 3 names the photo, too */
	assert_ok(bundle_erase(&second, &first.raw, all, 3, &f->order, 1, &err), &err);
	assert_int_equal(second.line_count, 2);
	assert_ok(bundle_verify(&bundle, &second.raw, &f->arena, &err), &err);
	assert_int_equal(bundle.erased_count, 3);
	assert_int_equal(bundle.order_count, 2);
	assert_int_equal(bundle.file_count, 0);
	erased_bundle_clear(&first);
	erased_bundle_clear(&second);
}

/* The same erasure of the same bundle gives the same bytes, whoever does it. */
static void test_erased_bundle__is_a_function(void **state)
{
	struct fixture *f = *state;
	struct erased_bundle a = { .line_count = 0 }, b = { .line_count = 0 };
	static const uint32_t lines[] = { 2 };
	struct err err;

	assert_ok(bundle_erase(&a, &f->made.raw, lines, 1, &f->order, 1, &err), &err);
	assert_ok(bundle_erase(&b, &f->made.raw, lines, 1, &f->order, 1, &err), &err);
	assert_true(view_equal(buf_as_view(&a.changes), buf_as_view(&b.changes)));
	assert_true(view_equal(buf_as_view(&a.tree), buf_as_view(&b.tree)));
	erased_bundle_clear(&a);
	erased_bundle_clear(&b);
}

static void test_erased_bundle__names_what_is_there(void **state)
{
	struct fixture *f = *state;
	struct erased_bundle erased = { .line_count = 0 };
	static const uint32_t beyond[] = { 4 }, falling[] = { 2, 1 }, zero[] = { 0 };
	struct order_source order = f->order;
	struct err err;

	assert_refused(bundle_erase(&erased, &f->made.raw, beyond, 1, &order, 1, &err), &err,
		ERR_VALUE);
	assert_refused(bundle_erase(&erased, &f->made.raw, falling, 2, &order, 1, &err), &err,
		ERR_VALUE);
	assert_refused(bundle_erase(&erased, &f->made.raw, zero, 1, &order, 1, &err), &err,
		ERR_VALUE);
	order.n = 4;
	assert_refused(bundle_erase(&erased, &f->made.raw, beyond, 0, &order, 1, &err), &err,
		ERR_VALUE);
	assert_int_equal(erased.objects.len, 0);
}

/* A whole tree may not stand in for an erased one, nor the other way round. */
static void test_erased_bundle__says_which_it_is(void **state)
{
	struct fixture *f = *state;
	struct erased_bundle erased = { .line_count = 0 };
	static const uint32_t lines[] = { 2 };
	struct raw_bundle raw = f->made.raw;
	struct bundle bundle;
	struct err err;

	raw.erased = true;
	assert_refused(bundle_verify(&bundle, &raw, &f->arena, &err), &err, ERR_HASH);
	assert_ok(bundle_erase(&erased, &f->made.raw, lines, 1, &f->order, 1, &err), &err);
	raw = erased.raw;
	raw.erased = false;
	assert_refused(bundle_verify(&bundle, &raw, &f->arena, &err), &err, ERR_HASH);
	erased_bundle_clear(&erased);
}

/* It travels in a git bundle file between others, and comes out as it went in. */
static void test_erased_bundle__travels(void **state)
{
	struct fixture *f = *state;
	struct erased_bundle erased = { .line_count = 0 };
	static const uint32_t lines[] = { 1, 2 };
	struct gitbundle_writer *writer;
	struct gitbundle_reader *reader;
	struct gitbundle_range range;
	struct buf file = { 0 };
	struct raw_bundle raw;
	bool done;
	struct err err;
	size_t i, k;

	chain_add(&f->chain, SCOPE, 1, NULL, 0);
	assert_ok(bundle_erase(&erased, &f->chain.made[0].raw, lines, 2, &f->order, 1, &err), &err);
	range = chain_range(&f->chain, 0);
	assert_ok(gitbundle_begin(&writer, &file, &range, 1, &err), &err);
	assert_ok(gitbundle_add(writer, erased.raw.objects, erased.raw.count, &err), &err);
	assert_ok(gitbundle_add(writer, f->chain.made[1].raw.objects, f->chain.made[1].raw.count, &err),
		&err);
	assert_ok(gitbundle_finish(writer, &err), &err);
	gitbundle_writer_free(writer);
	assert_ok(read_and_verify(buf_as_view(&file), &err), &err);
	assert_ok(gitbundle_open(&reader, buf_as_view(&file), &err), &err);
	for (i = 0; i < 2; i++) {
		const struct raw_bundle *sent = i == 0 ? &erased.raw : &f->chain.made[1].raw;

		assert_ok(gitbundle_next(reader, &raw, &done, &err), &err);
		assert_int_equal(raw.erased, i == 0);
		assert_int_equal(raw.count, sent->count);
		for (k = 0; k < raw.count; k++) {
			assert_true(oid_equal(&raw.objects[k].oid, &sent->objects[k].oid));
			assert_true(view_equal(raw.objects[k].data, sent->objects[k].data));
		}
	}
	gitbundle_close(reader);
	erased_bundle_clear(&erased);
	buf_clear(&file);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_erased_bundle__##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_erased_bundle__is_read_strictly),
		TEST(verifies),
		TEST(can_be_erased_further),
		TEST(is_a_function),
		TEST(names_what_is_there),
		TEST(says_which_it_is),
		TEST(travels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
