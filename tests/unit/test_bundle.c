/* test_bundle.c -- making and verifying bundles. */
#include "bundle_test.h"

#include "merkle.h"

#define CHANGES "{\"t\":1}\n{\"t\":2}\n{\"t\":3}\n"

/* A bundle of CHANGES and two attachments, whose objects a test may replace. */
struct fixture {
	struct key *key;
	struct bundle_facts facts;
	struct made_bundle made;
	struct raw_object objects[RAW_FIRST_FILE + 2];
	struct raw_bundle raw;
	struct arena arena;
	struct bundle bundle;
	struct buf text;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct view files[] = { VIEW_LITERAL("scan"), VIEW_LITERAL("photo"), VIEW_LITERAL("scan") };
	struct err err;

	assert_non_null(f);
	f->key = test_key(0);
	f->facts = test_facts(f->key, "district/zhizu");
	assert_ok(bundle_make(&f->made, &f->facts, view_of(CHANGES), files, 3, f->key, NULL, &err),
		&err);
	assert_int_equal(f->made.raw.count, RAW_FIRST_FILE + 2);
	memcpy(f->objects, f->made.raw.objects, sizeof(f->objects));
	f->raw = f->made.raw;
	f->raw.objects = f->objects;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	made_bundle_clear(&f->made);
	arena_clear(&f->arena);
	buf_clear(&f->text);
	key_free(f->key);
	free(f);
	return 0;
}

static bool verify(struct fixture *f, struct err *err)
{
	return bundle_verify(&f->bundle, &f->raw, &f->arena, err);
}

/* Other content under its right name, all names that lead to it adjusted, signed again. */
static void sign_again(struct fixture *f, struct view changes)
{
	struct tree tree = { .has_files = f->raw.count > RAW_FILES };
	struct err err;

	f->objects[RAW_CHANGES].data = changes;
	assert_ok(git_oid_of(&tree.changes, GIT_TYPE_BLOB, changes, &err), &err);
	f->objects[RAW_CHANGES].oid = tree.changes;
	tree.files = f->objects[RAW_FILES].oid;
	buf_reset(&f->text);
	tree_encode(&f->text, &tree);
	f->objects[RAW_TREE].data = arena_copy(&f->arena, buf_as_view(&f->text));
	assert_ok(git_oid_of(&f->facts.tree, GIT_TYPE_TREE, buf_as_view(&f->text), &err), &err);
	f->objects[RAW_TREE].oid = f->facts.tree;
	buf_reset(&f->text);
	assert_ok(commit_encode(&f->text, &f->facts, f->key, &err), &err);
	f->objects[RAW_COMMIT].data = buf_as_view(&f->text);
}

static void test_bundle__verifies_what_was_made(void **state)
{
	struct fixture *f = *state;
	uint8_t hash[SHA256_BYTES];
	struct err err;

	assert_ok(verify(f, &err), &err);
	assert_int_equal(f->bundle.line_count, 3);
	assert_true(view_is(f->bundle.lines[0], "{\"t\":1}"));
	assert_true(view_is(f->bundle.lines[2], "{\"t\":3}"));
	assert_int_equal(f->bundle.facts.changes_count, 3);
	assert_memory_equal(f->bundle.sha256, f->made.sha256, SHA256_BYTES);
	sha256(hash, f->objects[RAW_COMMIT].data.data, f->objects[RAW_COMMIT].data.len);
	assert_memory_equal(f->bundle.sha256, hash, SHA256_BYTES);
	assert_memory_equal(f->bundle.signer, key_public(f->key), KEY_PUBLIC_BYTES);
	/* The same attachment twice is one; they stand in the order of their hashes. */
	assert_int_equal(f->bundle.file_count, 2);
	sha256(hash, f->bundle.files[0].data.data, f->bundle.files[0].data.len);
	assert_memory_equal(f->bundle.files[0].sha256, hash, SHA256_BYTES);
	assert_true(memcmp(f->bundle.files[0].sha256, f->bundle.files[1].sha256, SHA256_BYTES) < 0);
}

/* What is signed is the Merkle tree of RFC 6962 over the lines as they stand. */
static void test_bundle__root_is_that_of_the_lines(void **state)
{
	struct fixture *f = *state;
	struct merkle merkle;
	uint8_t root[SHA256_BYTES];

	merkle_init(&merkle);
	merkle_add_leaf(&merkle, "{\"t\":1}", 7);
	merkle_add_leaf(&merkle, "{\"t\":2}", 7);
	merkle_add_leaf(&merkle, "{\"t\":3}", 7);
	merkle_root(root, &merkle);
	assert_memory_equal(f->facts.changes_root, root, SHA256_BYTES);
}

/* Making is a function: same facts, lines, files and key, same bytes. */
static void test_bundle__made_twice_is_the_same(void **state)
{
	struct fixture *f = *state;
	struct view files[] = { VIEW_LITERAL("photo"), VIEW_LITERAL("scan") };
	struct bundle_facts facts = test_facts(f->key, "district/zhizu");
	struct made_bundle again = { 0 };
	struct err err;

	assert_ok(bundle_make(&again, &facts, view_of(CHANGES), files, 2, f->key, NULL, &err), &err);
	assert_memory_equal(again.sha256, f->made.sha256, SHA256_BYTES);
	assert_true(view_equal(buf_as_view(&again.deflated), buf_as_view(&f->made.deflated)));
	made_bundle_clear(&again);
}

/* SHA-1 only names: with every name adjusted, SHA-256 still tells. */
static void test_bundle__altered_lines_are_found(void **state)
{
	static const char *const altered[] = {
		"{\"t\":1}\n{\"t\":2}\n{\"t\":4}\n", /* another line */
		"{\"t\":1}\n{\"t\":2}\n",            /* one less */
		"{\"t\":1}\n{\"t\":2}\n{\"t\":3}\n{\"t\":3}\n", /* the last one twice */
		"{\"t\":2}\n{\"t\":1}\n{\"t\":3}\n", /* another order */
		"{\"t\":1}\r\n{\"t\":2}\r\n{\"t\":3}\r\n",
	};
	struct fixture *f = *state;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(altered) / sizeof(altered[0]); i++) {
		sign_again(f, view_of(altered[i]));
		assert_refused(verify(f, &err), &err, ERR_HASH);
	}
	sign_again(f, view_of(CHANGES));
	assert_ok(verify(f, &err), &err);
	/* Altered in the store, its name left as it was. */
	f->objects[RAW_CHANGES].data = view_of(altered[0]);
	assert_refused(verify(f, &err), &err, ERR_HASH);
}

static void test_bundle__lines_have_one_form(void **state)
{
	static const char *const malformed[] = { "", "\n", "{\"t\":1}", "{\"t\":1}\n\n{\"t\":2}\n",
		"{\"t\":1}\n{\"t\":2}\n\n", "{\"t\":1}\n{\"t\":2}\n{\"t\":3}" };
	struct fixture *f = *state;
	struct bundle_facts facts = f->facts;
	struct made_bundle made = { 0 };
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		sign_again(f, view_of(malformed[i]));
		assert_refused(verify(f, &err), &err, ERR_FORMAT);
		assert_refused(bundle_make(&made, &facts, view_of(malformed[i]), NULL, 0, f->key,
				       NULL, &err), &err, ERR_VALUE);
	}
	f->facts.changes_count = 2;
	sign_again(f, view_of(CHANGES));
	assert_refused(verify(f, &err), &err, ERR_FORMAT);
}

static void test_bundle__altered_attachments_are_found(void **state)
{
	struct fixture *f = *state;
	struct raw_object photo = f->objects[RAW_FIRST_FILE], scan = f->objects[RAW_FIRST_FILE + 1];
	struct err err;

	f->objects[RAW_FIRST_FILE].data = view_of("other");
	assert_refused(verify(f, &err), &err, ERR_HASH);
	f->objects[RAW_FIRST_FILE] = scan;
	f->objects[RAW_FIRST_FILE + 1] = photo;
	assert_refused(verify(f, &err), &err, ERR_HASH);
	f->objects[RAW_FIRST_FILE] = photo;
	f->raw.count--; /* one is missing */
	assert_refused(verify(f, &err), &err, ERR_HASH);
	f->raw.count = RAW_FILES; /* all are */
	assert_refused(verify(f, &err), &err, ERR_HASH);
}

/* Objects that are no bundle, whatever they say. */
static void test_bundle__objects_have_their_places(void **state)
{
	struct fixture *f = *state;
	struct raw_object tree = f->objects[RAW_TREE];
	struct err err;
	size_t count;

	for (count = 0; count < RAW_FIRST_FILE + 1; count++) {
		if (count != RAW_FILES) {
			f->raw.count = count;
			assert_refused(verify(f, &err), &err, ERR_FORMAT);
		}
	}
	f->raw.count = RAW_FIRST_FILE + 2;
	f->objects[RAW_TREE].type = GIT_TYPE_BLOB;
	assert_refused(verify(f, &err), &err, ERR_FORMAT);
	f->objects[RAW_TREE] = tree;
	f->objects[RAW_TREE].oid.bytes[0] ^= 1;
	assert_refused(verify(f, &err), &err, ERR_HASH);
	f->objects[RAW_TREE] = tree;
	assert_ok(verify(f, &err), &err);
}

/* A bundle cannot be carried under another chain's reference. */
static void test_bundle__says_where_it_stands(void **state)
{
	struct fixture *f = *state;
	struct err err;

	f->raw.chain.incarnation = 2;
	assert_refused(verify(f, &err), &err, ERR_POSITION);
	f->raw.chain = f->facts.chain;
	assert_true(scope_parse(&f->raw.chain.scope, view_of("federation")));
	assert_refused(verify(f, &err), &err, ERR_POSITION);
}

static void test_bundle__altered_commits_are_found(void **state)
{
	struct fixture *f = *state;
	struct view commit = f->objects[RAW_COMMIT].data;
	uint8_t *copy;
	struct err err;
	size_t i, step = 7;

	buf_view(&f->text, commit);
	copy = f->text.data;
	f->objects[RAW_COMMIT].data = buf_as_view(&f->text);
	assert_ok(verify(f, &err), &err);
	for (i = 0; i < commit.len; i += step) {
		copy[i] ^= 1;
		assert_false(verify(f, &err));
		assert_true(err.code == ERR_FORMAT || err.code == ERR_SIGNATURE ||
			err.code == ERR_KEY);
		copy[i] ^= 1;
	}
	assert_ok(verify(f, &err), &err);
}

/* Every cap that a reader has, a maker keeps; the last allowed size passes. */
static void test_bundle__has_caps(void **state)
{
	struct fixture *f = *state;
	struct bundle_facts facts = test_facts(f->key, "district/zhizu");
	struct made_bundle made = { 0 };
	struct buf lines = { 0 };
	struct view huge, files[TREE_MAX_FILES + 1];
	struct err err;
	size_t i;

	for (i = 0; i < BUNDLE_MAX_LINES; i++) {
		buf_text(&lines, "{}\n");
	}
	assert_ok(bundle_make(&made, &facts, buf_as_view(&lines), NULL, 0, f->key, NULL, &err),
		&err);
	assert_ok(bundle_verify(&f->bundle, &made.raw, &f->arena, &err), &err);
	made_bundle_clear(&made);
	buf_text(&lines, "{}\n");
	assert_refused(bundle_make(&made, &facts, buf_as_view(&lines), NULL, 0, f->key, NULL, &err),
		&err, ERR_TOO_LARGE);
	f->facts.changes_count = BUNDLE_MAX_LINES;
	sign_again(f, buf_as_view(&lines));
	assert_refused(verify(f, &err), &err, ERR_TOO_LARGE);

	buf_reset(&lines);
	assert_non_null(buf_grow(&lines, BUNDLE_LINE_MAX_BYTES));
	buf_text(&lines, "\n");
	assert_ok(bundle_make(&made, &facts, buf_as_view(&lines), NULL, 0, f->key, NULL, &err),
		&err);
	made_bundle_clear(&made);
	lines.data[lines.len - 1] = ' ';
	buf_text(&lines, "\n");
	assert_refused(bundle_make(&made, &facts, buf_as_view(&lines), NULL, 0, f->key, NULL, &err),
		&err, ERR_TOO_LARGE);

	for (i = 0; i <= TREE_MAX_FILES; i++) {
		files[i] = view_of("same");
	}
	assert_refused(bundle_make(&made, &facts, view_of("{}\n"), files, TREE_MAX_FILES + 1,
			       f->key, NULL, &err), &err, ERR_TOO_LARGE);
	buf_reset(&lines);
	assert_non_null(buf_grow(&lines, BUNDLE_FILE_MAX_BYTES + 1));
	huge = buf_as_view(&lines);
	assert_refused(bundle_make(&made, &facts, view_of("{}\n"), &huge, 1, f->key, NULL, &err),
		&err, ERR_TOO_LARGE);
	assert_int_equal(made.raw.count, 0);
	buf_clear(&lines);
}

/* Without the chain's own key nothing is made. */
static void test_bundle__needs_the_chains_key(void **state)
{
	struct fixture *f = *state;
	struct key *other = test_key(1);
	struct made_bundle made = { 0 };
	struct err err;

	assert_refused(bundle_make(&made, &f->facts, view_of(CHANGES), NULL, 0, other, NULL, &err),
		&err, ERR_SIGNATURE);
	assert_null(made.data.data);
	key_free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_bundle__##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verifies_what_was_made),
		TEST(root_is_that_of_the_lines),
		TEST(made_twice_is_the_same),
		TEST(altered_lines_are_found),
		TEST(lines_have_one_form),
		TEST(altered_attachments_are_found),
		TEST(objects_have_their_places),
		TEST(says_where_it_stands),
		TEST(altered_commits_are_found),
		TEST(has_caps),
		TEST(needs_the_chains_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
