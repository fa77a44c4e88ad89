/* test_git.c -- names of objects, the object database, the ledger. */
#include "bundle_test.h"

#include "ledger.h"

/* A store of a few objects in memory. */
#define MAX_OBJECTS 16
struct stored {
	struct oid oid;
	enum git_type type;
	struct buf data;
};
struct memory {
	struct stored objects[MAX_OBJECTS];
	size_t count;
	size_t reads;
	bool broken; /* every read fails */
};

static struct stored *find(struct memory *memory, const struct oid *oid)
{
	size_t i;

	for (i = 0; i < memory->count; i++) {
		if (oid_equal(&memory->objects[i].oid, oid)) {
			return &memory->objects[i];
		}
	}
	return NULL;
}

static bool memory_read(void *ctx, const struct oid *oid, enum git_type *type, struct buf *data,
	struct err *err)
{
	struct memory *memory = ctx;
	struct stored *stored = find(memory, oid);

	memory->reads++;
	if (memory->broken) {
		return err_set(err, ERR_STORE, "the disk is broken");
	}
	if (stored == NULL) {
		return err_set(err, ERR_NOT_FOUND, "no such object");
	}
	*type = stored->type;
	buf_view(data, buf_as_view(&stored->data));
	return buf_ok(data, err);
}

static bool memory_exists(void *ctx, const struct oid *oid, bool *found, struct err *err)
{
	(void)err;
	*found = find(ctx, oid) != NULL;
	return true;
}

static bool memory_write(void *ctx, const struct oid *oid, enum git_type type, struct view data,
	struct err *err)
{
	struct memory *memory = ctx;
	struct stored *stored = &memory->objects[memory->count++];

	assert_true(memory->count <= MAX_OBJECTS);
	stored->oid = *oid;
	stored->type = type;
	buf_view(&stored->data, data);
	return buf_ok(&stored->data, err);
}

static struct object_source source_of(struct memory *memory)
{
	return (struct object_source){ memory, memory_read, memory_exists, memory_write };
}

static void memory_clear(struct memory *memory)
{
	size_t i;

	for (i = 0; i < memory->count; i++) {
		buf_clear(&memory->objects[i].data);
	}
}

static struct oid put(struct memory *memory, enum git_type type, struct view data)
{
	struct object_source source = source_of(memory);
	struct oid oid;
	struct err err;

	assert_ok(odb_write(&source, &oid, type, data, &err), &err);
	return oid;
}

/* A commit with one file holding ${content}. */
static struct oid put_commit(struct memory *memory, const char *content, const struct oid *parent)
{
	struct oid blob = put(memory, GIT_TYPE_BLOB, view_of(content)), tree, commit;
	char hex[OID_TEXT_BYTES];
	struct buf data = { 0 };

	buf_text(&data, "100644 changes.jsonl");
	buf_byte(&data, 0);
	buf_add(&data, blob.bytes, OID_BYTES);
	tree = put(memory, GIT_TYPE_TREE, buf_as_view(&data));
	buf_reset(&data);
	oid_print(hex, &tree);
	buf_printf(&data, "tree %s\n", hex);
	if (parent != NULL) {
		oid_print(hex, parent);
		buf_printf(&data, "parent %s\n", hex);
	}
	buf_text(&data, "author A <a@linli> 1764000000 +0800\n"
			"committer A <a@linli> 1764000000 +0800\n\nsubject\n");
	commit = put(memory, GIT_TYPE_COMMIT, buf_as_view(&data));
	buf_clear(&data);
	return commit;
}

/* The names are those that stock git gives. */
static void test_git_oid_of__is_gits(void **state)
{
	char hex[OID_TEXT_BYTES];
	struct oid oid, back;
	struct err err;

	(void)state;
	assert_ok(git_oid_of(&oid, GIT_TYPE_BLOB, view_of(""), &err), &err);
	oid_print(hex, &oid);
	assert_string_equal(hex, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
	assert_ok(git_oid_of(&oid, GIT_TYPE_TREE, view_of(""), &err), &err);
	oid_print(hex, &oid);
	assert_string_equal(hex, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
	assert_true(oid_parse(&back, view_of(hex)));
	assert_true(oid_equal(&oid, &back));
	assert_false(oid_parse(&back, view_of("4B825DC642CB6EB9A060E54BF8D69288FBEE4904")));
	assert_false(oid_parse(&back, view_of("4b825dc642")));
	assert_false(oid_is_zero(&oid));
}

/* What the store altered on its disk is not what it is called. */
static void test_odb__compares_content_with_name(void **state)
{
	struct memory memory = { 0 };
	struct object_source source = source_of(&memory);
	struct oid oid = put(&memory, GIT_TYPE_BLOB, view_of("twelve bytes"));
	struct buf data = { 0 };
	enum git_type type;
	struct err err;

	(void)state;
	assert_ok(odb_read(&source, &oid, &type, &data, &err), &err);
	assert_int_equal(type, GIT_TYPE_BLOB);
	assert_string_equal(buf_str(&data), "twelve bytes");
	memory.objects[0].data.data[0] ^= 1;
	assert_refused(odb_read(&source, &oid, &type, &data, &err), &err, ERR_HASH);
	oid.bytes[0] ^= 1;
	assert_refused(odb_read(&source, &oid, &type, &data, &err), &err, ERR_NOT_FOUND);
	memory.broken = true;
	assert_refused(odb_read(&source, &oid, &type, &data, &err), &err, ERR_STORE);
	memory_clear(&memory);
	buf_clear(&data);
}

static void test_odb__writes_an_object_once(void **state)
{
	struct memory memory = { 0 };
	struct oid first = put(&memory, GIT_TYPE_BLOB, view_of(""));
	struct oid second = put(&memory, GIT_TYPE_BLOB, view_of(""));

	(void)state;
	assert_true(oid_equal(&first, &second));
	assert_int_equal(memory.count, 1);
	memory_clear(&memory);
}

#define REFS(list, n) (&(const struct ledger_refs){ .refs = (list), .count = (n) })
#define CHAIN_REF "refs/chains/3f9a1c22d0b84e17.1/district/zhizu"

/* Stock git finds nothing wrong, at first and after each further export. */
static void test_ledger__is_a_sound_git_repository(void **state)
{
	const char *folder = *state;
	struct memory memory = { 0 };
	struct object_source source = source_of(&memory);
	struct ledger_written written;
	struct ledger_ref ref = { CHAIN_REF, put_commit(&memory, "{}\n", NULL) };
	char dir[96], hex[OID_TEXT_BYTES];
	struct err err;

	snprintf(dir, sizeof(dir), "%s/a/ledger.git", folder);
	assert_ok(ledger_export(&written, dir, &source, REFS(&ref, 1), NULL, &err), &err);
	assert_int_equal(written.objects, 3);
	assert_int_equal(written.refs, 1);
	assert_int_equal(run("git -C '%s' fsck --strict --full 2>/dev/null", dir), 0);

	ref.oid = put_commit(&memory, "{}\n{}\n", &ref.oid);
	assert_ok(ledger_export(&written, dir, &source, REFS(&ref, 1), NULL, &err), &err);
	assert_int_equal(written.objects, 3);
	assert_int_equal(written.refs, 1);
	assert_int_equal(run("git -C '%s' fsck --strict --full 2>/dev/null", dir), 0);
	oid_print(hex, &ref.oid);
	assert_int_equal(run("test \"$(git -C '%s' rev-parse " CHAIN_REF ")\" = %s", dir, hex), 0);
	assert_int_equal(run("test \"$(git -C '%s' rev-list --count " CHAIN_REF ")\" = 2", dir), 0);

	memory.reads = 0;
	assert_ok(ledger_export(&written, dir, &source, REFS(&ref, 1), NULL, &err), &err);
	assert_int_equal(written.objects, 0);
	assert_int_equal(written.refs, 0);
	assert_int_equal(memory.reads, 0);
	memory_clear(&memory);
}

/* What leaves as a ledger can be checked, signatures and all, with stock git alone. */
static void test_ledger__signatures_are_verified_by_stock_git(void **state)
{
	const char *folder = *state;
	struct test_chain chain = { .key = test_key(0) };
	struct view photo = VIEW_LITERAL("photo");
	struct memory memory = { 0 };
	struct object_source source = source_of(&memory);
	struct ledger_ref ref = { CHAIN_REF, { { 0 } } };
	char dir[96];
	struct err err;
	size_t i, k;

	chain_add(&chain, "district/zhizu", 3, NULL, 0);
	chain_add(&chain, "district/zhizu", 2, &photo, 1);
	for (i = 0; i < chain.count; i++) {
		for (k = 0; k < chain.made[i].raw.count; k++) {
			const struct raw_object *object = &chain.made[i].raw.objects[k];

			put(&memory, object->type, object->data);
		}
	}
	ref.oid = chain.made[1].raw.objects[RAW_COMMIT].oid;
	write_signers(folder, chain.key);
	assert_int_equal(run("mkdir '%s/r'", folder), 0);
	snprintf(dir, sizeof(dir), "%s/r", folder);
	assert_ok(ledger_export(NULL, dir, &source, REFS(&ref, 1), NULL, &err), &err);
	assert_int_equal(run("cd '%s' && git fsck --strict --full 2>/dev/null && "
			"git config gpg.ssh.allowedSignersFile ../signers && "
			"test $(git rev-list --all | wc -l) = 2 && "
			"for c in $(git rev-list --all); do "
			"git verify-commit $c 2>/dev/null || exit 1; done", dir), 0);
	memory_clear(&memory);
	chain_clear(&chain);
}

/* Two references with a common past: each object once. */
static void test_ledger__copies_what_branches_share_once(void **state)
{
	const char *folder = *state;
	struct memory memory = { 0 };
	struct object_source source = source_of(&memory);
	struct oid first = put_commit(&memory, "1\n", NULL);
	struct ledger_ref refs[] = {
		{ "refs/chains/a", put_commit(&memory, "2\n", &first) },
		{ "refs/heads/b", put_commit(&memory, "3\n", &first) },
	};
	struct ledger_written written;
	struct err err;

	assert_ok(ledger_export(&written, folder, &source, REFS(refs, 2), NULL, &err), &err);
	assert_int_equal(written.objects, memory.count);
	assert_int_equal(written.refs, 2);
	assert_int_equal(run("git -C '%s' fsck --strict --full 2>/dev/null", folder), 0);
	memory_clear(&memory);
}

/* Somebody's folder of photographs is not turned into a repository. */
static void test_ledger__leaves_other_folders_alone(void **state)
{
	const char *folder = *state;
	struct memory memory = { 0 };
	struct object_source source = source_of(&memory);
	struct ledger_ref ref = { CHAIN_REF, put_commit(&memory, "{}\n", NULL) };
	struct err err;

	assert_int_equal(run("touch '%s/.hidden'", folder), 0);
	assert_refused(ledger_export(NULL, folder, &source, REFS(&ref, 1), NULL, &err), &err,
		ERR_EXISTS);
	assert_int_equal(run("test \"$(ls -A '%s')\" = .hidden", folder), 0);
	memory_clear(&memory);
}

static bool stop(void *ctx, size_t done, size_t total)
{
	(void)done;
	(void)total;
	++*(int *)ctx;
	return false;
}

/* Nothing points to what is not wholly there. */
static void test_ledger__a_failed_export_sets_nothing(void **state)
{
	const char *folder = *state;
	struct memory memory = { 0 };
	struct object_source source = source_of(&memory);
	struct ledger_ref ref = { CHAIN_REF, put_commit(&memory, "{}\n", NULL) };
	int asked = 0;
	struct ledger_progress progress = { &asked, stop };
	struct err err;

	assert_refused(ledger_export(NULL, folder, &source, REFS(&ref, 1), &progress, &err), &err,
		ERR_CANCELLED);
	assert_true(asked > 0);
	memory.broken = true;
	assert_refused(ledger_export(NULL, folder, &source, REFS(&ref, 1), NULL, &err), &err,
		ERR_STORE);
	memory.broken = false;
	memory.objects[0].oid.bytes[0] ^= 1; /* the blob cannot be found */
	assert_refused(ledger_export(NULL, folder, &source, REFS(&ref, 1), NULL, &err), &err,
		ERR_NOT_FOUND);
	memory.objects[0].oid.bytes[0] ^= 1;
	assert_int_equal(run("test -z \"$(git -C '%s' for-each-ref)\"", folder), 0);
	ref.name = "refs/chains/../../config";
	assert_refused(ledger_export(NULL, folder, &source, REFS(&ref, 1), NULL, &err), &err,
		ERR_FORMAT);
	ref.name = "HEAD";
	assert_refused(ledger_export(NULL, folder, &source, REFS(&ref, 1), NULL, &err), &err,
		ERR_FORMAT);
	ref.name = CHAIN_REF;
	assert_ok(ledger_export(NULL, folder, &source, REFS(&ref, 1), NULL, &err), &err);
	assert_int_equal(run("git -C '%s' fsck --strict --full 2>/dev/null", folder), 0);
	memory_clear(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_git_oid_of__is_gits),
		cmocka_unit_test(test_odb__compares_content_with_name),
		cmocka_unit_test(test_odb__writes_an_object_once),
		cmocka_unit_test_setup_teardown(test_ledger__is_a_sound_git_repository,
			make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_ledger__signatures_are_verified_by_stock_git,
			make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_ledger__copies_what_branches_share_once,
			make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_ledger__leaves_other_folders_alone,
			make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_ledger__a_failed_export_sets_nothing,
			make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
