/* test_gitbundle.c -- ranges of chains as git bundle files. */
#include "bundle_test.h"

#include "deflate.h"
#include "gitbundle.h"

/* Read ${file} to its end; *bundles and *objects, if not NULL, count what it holds. */
static bool read_file(struct view file, size_t *bundles, size_t *objects, struct err *err)
{
	struct gitbundle_reader *reader;
	struct raw_bundle raw;
	bool done = false, ok = true;

	if (!gitbundle_open(&reader, file, err)) {
		return false;
	}
	while (ok && !done) {
		ok = gitbundle_next(reader, &raw, &done, err);
		if (ok && !done && bundles != NULL) {
			*bundles += 1;
			*objects += raw.count;
		}
	}
	gitbundle_close(reader);
	return ok;
}

static bool decode_sample(struct view data, struct err *err)
{
	return read_file(data, NULL, NULL, err);
}

static void test_gitbundle__is_read_strictly(void **state)
{
	(void)state;
	check_samples("tests/data/gitbundle", decode_sample, 60);
}

#define PHOTO VIEW_LITERAL("photo photo photo")
#define SCAN VIEW_LITERAL("scan scan scan")

/* Three bundles with attachments, of which two share one. */
static void make_chain(struct test_chain *chain)
{
	struct view files[] = { PHOTO, SCAN };

	memset(chain, 0, sizeof(*chain));
	chain->key = test_key(0);
	chain_add(chain, "district/zhizu", 3, NULL, 0);
	chain_add(chain, "district/zhizu", 1, files, 1);
	chain_add(chain, "district/zhizu", 2, files, 2);
}

static void write_range(struct buf *file, const struct test_chain *chain, size_t from)
{
	struct gitbundle_range range = chain_range(chain, from);
	struct gitbundle_writer *writer;
	struct err err;
	size_t i;

	assert_ok(gitbundle_begin(&writer, file, &range, 1, &err), &err);
	for (i = from; i < chain->count; i++) {
		assert_ok(gitbundle_add(writer, chain->made[i].raw.objects, chain->made[i].raw.count,
				  &err), &err);
	}
	assert_ok(gitbundle_finish(writer, &err), &err);
	gitbundle_writer_free(writer);
}

/* What is read is what was written, object by object, and verifies. */
static void test_gitbundle__gives_back_what_was_written(void **state)
{
	struct test_chain chain;
	struct gitbundle_reader *reader;
	struct raw_bundle raw;
	struct bundle bundle;
	struct arena arena = { 0 };
	struct buf file = { 0 };
	bool done;
	struct err err;
	size_t i, k, refs;

	(void)state;
	make_chain(&chain);
	write_range(&file, &chain, 0);
	assert_ok(gitbundle_open(&reader, buf_as_view(&file), &err), &err);
	assert_int_equal(chain_name_compare(&gitbundle_refs(reader, &refs)[0].chain,
				 &chain.facts[0].chain), 0);
	assert_int_equal(refs, 1);
	for (i = 0; i < chain.count; i++) {
		const struct raw_bundle *made = &chain.made[i].raw;

		assert_ok(gitbundle_next(reader, &raw, &done, &err), &err);
		assert_false(done);
		assert_int_equal(raw.count, made->count);
		for (k = 0; k < raw.count; k++) {
			assert_int_equal(raw.objects[k].type, made->objects[k].type);
			assert_true(oid_equal(&raw.objects[k].oid, &made->objects[k].oid));
			assert_true(view_equal(raw.objects[k].data, made->objects[k].data));
			assert_true(view_equal(raw.objects[k].deflated, made->objects[k].deflated));
		}
		assert_ok(bundle_verify(&bundle, &raw, &arena, &err), &err);
		assert_memory_equal(bundle.sha256, chain.made[i].sha256, SHA256_BYTES);
	}
	assert_ok(gitbundle_next(reader, &raw, &done, &err), &err);
	assert_true(done);
	gitbundle_close(reader);
	arena_clear(&arena);
	buf_clear(&file);
	chain_clear(&chain);
}

/* The attachment that two bundles share travels once. */
static void test_gitbundle__repeats_no_object(void **state)
{
	struct test_chain chain;
	struct buf file = { 0 };
	size_t bundles = 0, objects = 0, in_pack;
	const char *pack;
	struct err err;

	(void)state;
	make_chain(&chain);
	write_range(&file, &chain, 0);
	assert_ok(read_file(buf_as_view(&file), &bundles, &objects, &err), &err);
	assert_int_equal(bundles, 3);
	assert_int_equal(objects, 3 + 5 + 6);
	pack = memmem(file.data, file.len, "PACK", 4);
	assert_non_null(pack);
	in_pack = (size_t)(unsigned char)pack[11];
	assert_int_equal(in_pack, objects - 1);
	buf_clear(&file);
	chain_clear(&chain);
}

/* A store keeps streams, whatever made them: the same range gives the same bytes. */
static void test_gitbundle__same_streams_same_bytes(void **state)
{
	struct test_chain chain;
	struct buf once = { 0 }, again = { 0 };

	(void)state;
	make_chain(&chain);
	write_range(&once, &chain, 1);
	write_range(&again, &chain, 1);
	assert_true(view_equal(buf_as_view(&once), buf_as_view(&again)));
	buf_clear(&once);
	buf_clear(&again);
	chain_clear(&chain);
}

/* Ranges and bundles that do not fit together are never written. */
static void test_gitbundle__writer_wants_whole_ranges(void **state)
{
	struct test_chain chain;
	struct gitbundle_range range;
	struct gitbundle_writer *writer;
	struct buf file = { 0 };
	struct err err;

	(void)state;
	make_chain(&chain);
	range = chain_range(&chain, 0);
	range.tip = chain.made[0].raw.objects[RAW_COMMIT].oid;
	assert_ok(gitbundle_begin(&writer, &file, &range, 1, &err), &err);
	assert_refused(gitbundle_finish(writer, &err), &err, ERR_INTERNAL);
	assert_ok(gitbundle_add(writer, chain.made[0].raw.objects, 3, &err), &err);
	assert_refused(gitbundle_add(writer, chain.made[1].raw.objects, 5, &err), &err,
		ERR_INTERNAL);
	gitbundle_writer_free(writer);
	buf_clear(&file);
	chain_clear(&chain);
}

/* Give ${object} other content, its stream being kept in ${stream}. */
static void replace(struct raw_object *object, struct view data, struct buf *stream)
{
	struct err err;

	assert_ok(deflate_pack(stream, data, &err), &err);
	assert_ok(git_oid_of(&object->oid, object->type, data, &err), &err);
	object->data = data;
	object->len = data.len;
	object->deflated = buf_as_view(stream);
}

#define BIG_OBJECTS (RAW_FIRST_FILE + 2)

/* Put two files, the halves of ${noise}, into the bundle ${objects} of ${facts}. */
static void fill(struct raw_object *objects, struct bundle_facts *facts, const struct key *key,
	struct view noise, struct buf streams[BIG_OBJECTS], struct buf *text)
{
	struct tree tree = { .changes = objects[RAW_CHANGES].oid, .has_files = true };
	struct tree_file names[2];
	struct err err;
	size_t i, big = noise.len / 2;

	for (i = 0; i < 2; i++) {
		struct raw_object *blob = &objects[RAW_FIRST_FILE + i];

		replace(blob, (struct view){ noise.data + i * big, big },
			&streams[RAW_FIRST_FILE + i]);
		memset(names[i].sha256, (int)i, SHA256_BYTES);
		names[i].blob = blob->oid;
	}
	tree_encode_files(text, names, 2);
	replace(&objects[RAW_FILES], buf_as_view(text), &streams[RAW_FILES]);
	tree.files = objects[RAW_FILES].oid;
	buf_reset(text);
	tree_encode(text, &tree);
	replace(&objects[RAW_TREE], buf_as_view(text), &streams[RAW_TREE]);
	facts->tree = objects[RAW_TREE].oid;
	buf_reset(text);
	assert_ok(commit_encode(text, facts, key, &err), &err);
	replace(&objects[RAW_COMMIT], buf_as_view(text), &streams[RAW_COMMIT]);
}

/* The file of one bundle with two files of ${big} bytes that do not compress. */
static void write_big(struct buf *file, size_t big)
{
	struct test_chain chain = { .key = test_key(0) };
	struct view files[2] = { VIEW_LITERAL("a"), VIEW_LITERAL("b") };
	struct raw_object objects[BIG_OBJECTS];
	struct buf noise = { 0 }, text = { 0 }, streams[BIG_OBJECTS];
	struct gitbundle_range range;
	struct gitbundle_writer *writer;
	struct err err;
	uint32_t x = 1;
	size_t i;

	memset(streams, 0, sizeof(streams));
	chain_add(&chain, "federation", 1, files, 2);
	memcpy(objects, chain.made[0].raw.objects, sizeof(objects));
	assert_non_null(buf_grow(&noise, 2 * big));
	for (i = 0; i < 2 * big; i++) {
		x = x * 1664525 + 1013904223;
		noise.data[i] = (uint8_t)(x >> 24);
	}
	fill(objects, &chain.facts[0], chain.key, buf_as_view(&noise), streams, &text);
	range = (struct gitbundle_range){ .chain = chain.facts[0].chain,
		.tip = objects[RAW_COMMIT].oid };
	assert_ok(gitbundle_begin(&writer, file, &range, 1, &err), &err);
	assert_ok(gitbundle_add(writer, objects, BIG_OBJECTS, &err), &err);
	assert_ok(gitbundle_finish(writer, &err), &err);
	gitbundle_writer_free(writer);
	for (i = 0; i < BIG_OBJECTS; i++) {
		buf_clear(&streams[i]);
	}
	buf_clear(&noise);
	buf_clear(&text);
	chain_clear(&chain);
}

/* Over 16 MiB packed is too much for one bundle, whatever its files are. */
static void test_gitbundle__has_a_cap_for_a_bundle(void **state)
{
	struct buf file = { 0 };
	struct err err;

	(void)state;
	write_big(&file, 7 * 1024 * 1024);
	assert_ok(read_file(buf_as_view(&file), NULL, NULL, &err), &err);
	buf_reset(&file);
	write_big(&file, 9 * 1024 * 1024);
	assert_refused(read_file(buf_as_view(&file), NULL, NULL, &err), &err, ERR_TOO_LARGE);
	buf_clear(&file);
}

/* The header alone cannot fill the memory. */
static void test_gitbundle__has_a_cap_for_its_header(void **state)
{
	struct buf file = { 0 };
	struct err err;
	unsigned i;

	(void)state;
	buf_text(&file, "# v2 git bundle\n");
	for (i = 0; i < 15000; i++) {
		buf_printf(&file, "%040u refs/chains/%016x.1/district/zhizu\n", 1, i);
	}
	buf_text(&file, "\n");
	assert_true(file.len > GITBUNDLE_HEADER_MAX_BYTES);
	assert_refused(read_file(buf_as_view(&file), NULL, NULL, &err), &err, ERR_TOO_LARGE);
	buf_clear(&file);
}

/* git bundle verify, git clone, git fsck, git verify-commit: with stock tools alone. */
static void test_gitbundle__works_with_stock_git(void **state)
{
	const char *folder = *state;
	struct test_chain chain;
	struct buf whole = { 0 }, later = { 0 };

	make_chain(&chain);
	write_range(&whole, &chain, 0);
	write_range(&later, &chain, 1);
	write_to(folder, "whole.bundle", buf_as_view(&whole));
	write_to(folder, "later.bundle", buf_as_view(&later));
	write_signers(folder, chain.key);
	assert_int_equal(run("cd '%s' && git init -q --bare r && cd r && "
			"git config gpg.ssh.allowedSignersFile '%s/signers' && "
			"git bundle verify -q ../whole.bundle 2>/dev/null >&2 && "
			"! git bundle verify -q ../later.bundle 2>/dev/null >&2",
			folder, folder), 0);
	assert_int_equal(run("cd '%s' && git clone -q --mirror whole.bundle m 2>/dev/null && "
			"cd m && git fsck --strict --full 2>/dev/null >&2 && "
			"git bundle verify -q ../later.bundle 2>/dev/null >&2", folder), 0);
	assert_int_equal(run("cd '%s/r' && git fetch -q ../whole.bundle 'refs/*:refs/*' && "
			"git fsck --strict --full 2>/dev/null >&2 && "
			"test $(git rev-list --all | wc -l) = 3 && "
			"for c in $(git rev-list --all); do "
			"git verify-commit $c 2>/dev/null || exit 1; done", folder), 0);
	buf_clear(&whole);
	buf_clear(&later);
	chain_clear(&chain);
}

/* What stock git writes of our commits, with deltas or its own comments, is not for us. */
static void test_gitbundle__refuses_what_stock_git_writes(void **state)
{
	const char *folder = *state;
	const struct env *env = env_system();
	struct test_chain chain = { .key = test_key(0) };
	struct buf file = { 0 };
	char path[256];
	struct err err;

	chain_add(&chain, "federation", 400, NULL, 0);
	chain_add(&chain, "federation", 401, NULL, 0);
	write_range(&file, &chain, 0);
	write_to(folder, "ours", buf_as_view(&file));
	assert_int_equal(run("cd '%s' && git clone -q --mirror ours m 2>/dev/null && cd m && "
			"git repack -qadf && git bundle create -q ../theirs --all", folder), 0);
	buf_reset(&file);
	snprintf(path, sizeof(path), "%s/theirs", folder);
	assert_ok(env->read_file(env->ctx, &file, path, 1 << 20, &err), &err);
	assert_refused(read_file(buf_as_view(&file), NULL, NULL, &err), &err, ERR_FORMAT);
	buf_clear(&file);
	chain_clear(&chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gitbundle__is_read_strictly),
		cmocka_unit_test(test_gitbundle__gives_back_what_was_written),
		cmocka_unit_test(test_gitbundle__repeats_no_object),
		cmocka_unit_test(test_gitbundle__same_streams_same_bytes),
		cmocka_unit_test(test_gitbundle__writer_wants_whole_ranges),
		cmocka_unit_test(test_gitbundle__has_a_cap_for_a_bundle),
		cmocka_unit_test(test_gitbundle__has_a_cap_for_its_header),
		cmocka_unit_test_setup_teardown(test_gitbundle__works_with_stock_git,
			make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_gitbundle__refuses_what_stock_git_writes,
			make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
