/* test_commit.c -- what a bundle says of itself, and who signed it. */
#include "bundle_test.h"

#include "commit.h"

static struct seen_head head_of(const char *text, uint8_t first)
{
	struct seen_head head;
	struct place place;

	memset(&head, 0, sizeof(head));
	assert_true(place_parse(&place, view_of(text)));
	head.chain = place.chain;
	head.seq = place.seq;
	head.hash[0] = first;
	return head;
}

static bool decode_sample(struct view data, struct err *err)
{
	struct arena arena = { 0 };
	struct bundle_facts facts;
	uint8_t signer[KEY_PUBLIC_BYTES];
	bool ok = commit_decode(&facts, &arena, data, signer, err);

	arena_clear(&arena);
	return ok;
}

/*
 * A second valid form of a signed commit has another id: whoever can make one
 * can make it look as if a device had signed two bundles for one place.
 */
static void test_commit__has_one_form_only(void **state)
{
	(void)state;
	check_samples("tests/data/commit", decode_sample, 60);
}

static void test_commit__round_trips(void **state)
{
	struct key *key = test_key(0);
	struct bundle_facts facts = test_facts(key, "district/zhizu"), back;
	struct seen_head seen[] = {
		head_of("0011223344556677.9/district/zhizu@4294967295", 1),
		head_of("0011223344556677.10/district/zhizu@1", 2),
	};
	struct seen_head receipt = head_of("fedcba9876543210.3/district/zhizu@12", 3);
	struct buf commit = { 0 };
	struct arena arena = { 0 };
	uint8_t signer[KEY_PUBLIC_BYTES];
	struct err err;

	(void)state;
	facts.seq = 2;
	memset(facts.parent.bytes, 0x12, OID_BYTES);
	memset(facts.parent_sha256, 0x34, SHA256_BYTES);
	memset(facts.changes_root, 0x56, SHA256_BYTES);
	memset(facts.tree.bytes, 0x78, OID_BYTES);
	facts.seen = seen;
	facts.seen_count = 2;
	facts.has_receipt = true;
	facts.receipt_chain = receipt.chain;
	facts.receipt_seq = receipt.seq;
	memcpy(facts.receipt_hash, receipt.hash, COMMIT_HASH_BYTES);
	assert_ok(commit_encode(&commit, &facts, key, &err), &err);
	assert_ok(commit_decode(&back, &arena, buf_as_view(&commit), signer, &err), &err);

	assert_memory_equal(signer, key_public(key), KEY_PUBLIC_BYTES);
	assert_memory_equal(back.federation, facts.federation, FEDERATION_BYTES);
	assert_string_equal(back.community, "zhizu");
	assert_int_equal(chain_name_compare(&back.chain, &facts.chain), 0);
	assert_int_equal(back.seq, 2);
	assert_true(oid_equal(&back.parent, &facts.parent));
	assert_true(oid_equal(&back.tree, &facts.tree));
	assert_memory_equal(back.parent_sha256, facts.parent_sha256, SHA256_BYTES);
	assert_memory_equal(back.changes_root, facts.changes_root, SHA256_BYTES);
	assert_int_equal(back.changes_count, 1);
	assert_string_equal(back.model, "gongshu@1");
	assert_int_equal(back.seen_count, 2);
	assert_int_equal(back.seen[0].seq, UINT32_MAX);
	assert_int_equal(back.seen[1].chain.incarnation, 10);
	assert_int_equal(back.seen[1].hash[0], 2);
	assert_true(back.has_receipt);
	assert_int_equal(chain_name_compare(&back.receipt_chain, &receipt.chain), 0);
	assert_int_equal(back.receipt_seq, 12);
	assert_string_equal(back.author, "知足弄社区");
	assert_int_equal(back.made_s, 1764000000);
	assert_string_equal(back.subject, facts.subject);
	arena_clear(&arena);
	buf_clear(&commit);
	key_free(key);
}

/* A writer never states what a reader would refuse. */
static void test_commit__refuses_to_state_what_nobody_reads(void **state)
{
	struct key *key = test_key(0), *other = test_key(1);
	const struct bundle_facts good = test_facts(key, "district/zhizu");
	struct seen_head seen[2] = {
		head_of("0011223344556677.2/district/zhizu@1", 1),
		head_of("0011223344556677.1/district/zhizu@1", 1),
	};
	struct bundle_facts bad[14];
	struct buf commit = { 0 };
	struct err err;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < 14; i++) {
		bad[i] = good;
	}
	bad[n++].seq = 0;
	bad[n++].seq = 2; /* without a parent */
	bad[n++].parent.bytes[0] = 1;
	bad[n++].chain.incarnation = 0;
	bad[n++].chain.scope.community[0] = '\0';
	bad[n++].community[0] = 'Z';
	bad[n++].changes_count = 0;
	bad[n++].changes_count = BUNDLE_MAX_LINES + 1;
	bad[n++].model[7] = '\0';
	bad[n++].author[0] = '\0';
	bad[n++].subject[0] = '\n';
	bad[n++].made_s = -1;
	bad[n].seen = seen; /* in the wrong order */
	bad[n++].seen_count = 2;
	bad[n++].has_receipt = true; /* of no chain */
	assert_int_equal(n, 14);
	for (i = 0; i < n; i++) {
		assert_refused(commit_encode(&commit, &bad[i], key, &err), &err, ERR_VALUE);
		assert_int_equal(commit.len, 0);
	}
	assert_refused(commit_encode(&commit, &good, other, &err), &err, ERR_SIGNATURE);
	assert_ok(commit_encode(&commit, &good, key, &err), &err);
	buf_clear(&commit);
	key_free(key);
	key_free(other);
}

/* Caps hold before anything is allocated for what is over them. */
static void test_commit__has_caps(void **state)
{
	struct key *key = test_key(0);
	struct bundle_facts facts = test_facts(key, "federation");
	struct seen_head *seen = calloc(COMMIT_MAX_SEEN + 1, sizeof(*seen));
	struct buf commit = { 0 }, many = { 0 };
	struct arena arena = { 0 };
	uint8_t signer[KEY_PUBLIC_BYTES];
	struct view before, after;
	struct err err;
	const char *cut;
	size_t i;

	(void)state;
	assert_non_null(seen);
	for (i = 0; i <= COMMIT_MAX_SEEN; i++) {
		seen[i] = head_of("0011223344556677.1/federation@1", 0);
		seen[i].chain.incarnation = (uint32_t)i + 1;
	}
	facts.seen = seen;
	facts.seen_count = COMMIT_MAX_SEEN;
	assert_ok(commit_encode(&commit, &facts, key, &err), &err);
	assert_ok(commit_decode(&facts, &arena, buf_as_view(&commit), signer, &err), &err);
	assert_int_equal(facts.seen_count, COMMIT_MAX_SEEN);

	/* One more, put in by hand. */
	cut = strstr(buf_str(&commit), "\nReceipt: ");
	before = (struct view){ buf_str(&commit), (size_t)(cut - buf_str(&commit)) };
	after = view_of(cut);
	buf_view(&many, before);
	buf_text(&many, " 0011223344556677.4097/federation@1:0000000000000000");
	buf_view(&many, after);
	assert_refused(commit_decode(&facts, &arena, buf_as_view(&many), signer, &err), &err,
		ERR_TOO_LARGE);
	facts.seen = seen;
	facts.seen_count = COMMIT_MAX_SEEN + 1;
	assert_refused(commit_encode(&commit, &facts, key, &err), &err, ERR_VALUE);

	/* Fewer, but longer than a commit may be. */
	facts = test_facts(key, "district/a2345678901234567890123456789012");
	for (i = 0; i < COMMIT_MAX_SEEN; i++) {
		seen[i].chain.scope = facts.chain.scope;
	}
	facts.seen = seen;
	facts.seen_count = COMMIT_MAX_SEEN;
	buf_reset(&commit);
	assert_refused(commit_encode(&commit, &facts, key, &err), &err, ERR_TOO_LARGE);
	assert_int_equal(commit.len, 0);
	assert_non_null(buf_grow(&commit, COMMIT_MAX_BYTES + 1));
	assert_refused(commit_decode(&facts, &arena, buf_as_view(&commit), signer, &err), &err,
		ERR_TOO_LARGE);
	arena_clear(&arena);
	buf_clear(&commit);
	buf_clear(&many);
	free(seen);
	key_free(key);
}

/* Whatever a community calls itself, git keeps it as it is. */
static void test_commit__any_name_can_be_made_fit(void **state)
{
	static const char *const names[][2] = {
		{ "知足弄社区", "知足弄社区" },
		{ "  <b>\"Zhizu\" Lane</b>. ", "b\"Zhizu\" Lane/b" },
		{ "a\nb\tc", "abc" },
		{ "...", "linli" },
		{ "", "linli" },
		{ "\xff\xfe", "linli" },
		{ "长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长a",
		  "长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长" },
	};
	char author[COMMIT_AUTHOR_BYTES], subject[COMMIT_SUBJECT_BYTES];
	struct key *key = test_key(0);
	struct bundle_facts facts = test_facts(key, "federation");
	struct buf commit = { 0 };
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		commit_clean_author(author, view_of(names[i][0]));
		assert_string_equal(author, names[i][1]);
		memcpy(facts.author, author, sizeof(author));
		commit_clean_subject(subject, view_of(names[i][0]));
		memcpy(facts.subject, subject, sizeof(subject));
		assert_ok(commit_encode(&commit, &facts, key, &err), &err);
	}
	buf_clear(&commit);
	key_free(key);
}

/* Stock git says who signed it; for an altered commit it says no. */
static void test_commit__is_verified_by_stock_git(void **state)
{
	const char *folder = *state;
	struct key *key = test_key(0);
	struct bundle_facts facts = test_facts(key, "district/zhizu");
	struct view empty_tree = { "", 0 };
	struct buf commit = { 0 };
	char device[DEVICE_TEXT_BYTES];
	struct err err;

	device_id_print(device, key_device(key));
	assert_ok(git_oid_of(&facts.tree, GIT_TYPE_TREE, empty_tree, &err), &err);
	assert_ok(commit_encode(&commit, &facts, key, &err), &err);
	write_to(folder, "commit", buf_as_view(&commit));
	write_signers(folder, key);
	assert_int_equal(run("git init -q --bare '%s/r' && cd '%s/r' && "
			"git config gpg.ssh.allowedSignersFile '%s/signers' && "
			"git hash-object -w -t tree /dev/null >/dev/null && "
			"git hash-object -w -t commit ../commit >../id && "
			"git fsck --strict 2>/dev/null >&2", folder, folder, folder), 0);
	assert_int_equal(run("cd '%s/r' && git verify-commit $(cat ../id) 2>../says && "
			"grep -q 'Good \"git\" signature for %s@linli' ../says", folder, device), 0);
	assert_int_equal(run("cd '%s/r' && sed s/gongshu@1/gongshu@2/ ../commit >../altered && "
			"! git verify-commit $(git hash-object -w -t commit ../altered) 2>/dev/null",
			folder), 0);
	buf_clear(&commit);
	key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit__has_one_form_only),
		cmocka_unit_test(test_commit__round_trips),
		cmocka_unit_test(test_commit__refuses_to_state_what_nobody_reads),
		cmocka_unit_test(test_commit__has_caps),
		cmocka_unit_test(test_commit__any_name_can_be_made_fit),
		cmocka_unit_test_setup_teardown(test_commit__is_verified_by_stock_git,
			make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
