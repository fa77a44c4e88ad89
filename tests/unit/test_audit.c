/* test_audit.c -- the district's audit log: what is in it, and that no change of it stays unseen. */
#include "federation.h"
#include "linli/audit.h"
#include "node_private.h"
#include "sha256.h"
#include "sshsig.h"

/* ---- what the tests ask ---------------------------------------------- */

struct seen {
	size_t count;
	char events[1024]; /* oldest first, each with a space behind it */
	char actor[AUDIT_ACTOR_BYTES], detail[AUDIT_DETAIL_MAX_BYTES + 1]; /* of the newest */
	bool detail_sound;
	int64_t number, at_ms;
	uint8_t hash[AUDIT_HASH_BYTES];
};

static bool see(void *ctx, const struct audit_row *row, struct err *err)
{
	struct seen *seen = ctx;
	char before[sizeof(seen->events)];

	(void)err;
	strcpy(before, seen->events);
	snprintf(seen->events, sizeof(seen->events), "%.*s %.900s", (int)row->event.len,
		row->event.data, before);
	if (seen->count++ == 0) {
		snprintf(seen->actor, sizeof(seen->actor), "%.*s", (int)row->actor.len,
			row->actor.data);
		snprintf(seen->detail, sizeof(seen->detail), "%.*s", (int)row->detail.len,
			row->detail.data);
		seen->detail_sound = row->detail_sound;
		seen->number = row->number;
		seen->at_ms = row->at_ms;
		memcpy(seen->hash, row->hash, sizeof(seen->hash));
	}
	return true;
}

static struct seen look(struct node *node, uint32_t limit)
{
	struct seen seen = { 0 };
	struct err err = { 0 };

	assert_ok(audit_each(node, limit, see, &seen, &err), &err);
	return seen;
}

static void keep_text(void *ctx, const char *text)
{
	assert_string_equal(ctx, ""); /* it is told one thing at most */
	snprintf(ctx, 512, "%s", text);
}

/* What audit_verify() finds, "" for nothing; the rows that fit. */
static const char *problem(struct node *node, uint64_t *count)
{
	static char text[512];
	uint8_t hash[AUDIT_HASH_BYTES];
	struct err err = { 0 };

	text[0] = '\0';
	assert_ok(audit_verify(node, count, hash, keep_text, text, &err), &err);
	return text;
}

static void assert_whole(struct node *node, uint64_t rows)
{
	uint64_t count;

	assert_string_equal(problem(node, &count), "");
	assert_int_equal(count, rows);
}

/* It is found, by these words, after ${fit} rows that are as they were. */
static void assert_found(struct node *node, const char *words, uint64_t fit)
{
	uint64_t count;
	const char *found = problem(node, &count);

	if (strstr(found, words) == NULL) {
		fail_msg("expected '%s', got '%s'", words, found);
	}
	assert_int_equal(count, fit);
}

static void add(struct node *node, const char *event, const char *text)
{
	const struct audit_item detail[] = { { "n", NULL, 7 }, { "text", text, 0 },
		{ NULL, NULL, 0 } };
	struct err err = { 0 };

	assert_ok(audit_add(node, NULL, event, detail, &err), &err);
}

static void run_sql(struct node *node, const char *sql)
{
	struct err err = { 0 };

	assert_ok(db_exec(node->db, sql, &err), &err);
}

/* A district whose log has rows 1 to 8. */
static struct node *district_with_rows(const char *folder)
{
	struct node *node = found_district(folder);

	add(node, "backed_up", "a");
	add(node, "ledger_exported", "b");
	add(node, "restored", "c");
	add(node, "served", "d");
	add(node, "user_added", "e");
	assert_whole(node, 8);
	return node;
}

/* ---- what is in it --------------------------------------------------- */

/* A log that does not begin with the district could have had another beginning. */
static void test_audit__it_begins_with_the_district(void **state)
{
	char *folder = scratch_folder();
	struct node *node = found_district(folder);
	struct seen seen = look(node, 0);

	(void)state;
	assert_string_equal(seen.events, "founded enrolled model_published ");
	assert_string_equal(seen.actor, "operator");
	assert_whole(node, 3);
	node_close(node);
	scratch_remove(folder);
}

/* Who was let in, and who was put out, must be found later. */
static void test_audit__what_changes_trust_is_in_it_once(void **state)
{
	char *folder = scratch_folder();
	struct node *node = found_district(folder);
	struct node *a = join_community(folder, "a", node, "zhizunong", "知足弄社区");
	struct enrolment again = { 0 };
	struct tally packed;
	struct err err = { 0 };
	char expected[128], id[DEVICE_TEXT_BYTES];

	(void)state;
	assert_string_equal(look(node, 0).events,
		"founded enrolled model_published community_added enrolled ");
	device_id_print(id, node_device(a));
	snprintf(expected, sizeof(expected), "{\"community\":\"zhizunong\",\"device\":\"%s\"}", id);
	assert_string_equal(look(node, 1).detail, expected);

	/* What changes nothing adds nothing. */
	strcpy(again.community, "zhizunong");
	strcpy(again.name, "知足弄社区");
	node_public_key(a, again.public_key);
	assert_ok(node_age_recipient(a, again.age_recipient, &err), &err);
	assert_ok(node_enrol(node, &again, &err), &err);
	assert_ok(node_roster_add(node, "zhizunong", "知足弄社区", "潮鸣街道", &err), &err);
	assert_int_equal(look(node, 0).count, 5);
	assert_ok(node_roster_add(node, "zhizunong", "知足弄", "潮鸣街道", &err), &err);
	assert_string_equal(look(node, 1).events, "community_changed ");
	assert_string_equal(look(node, 1).detail,
		"{\"community\":\"zhizunong\",\"name\":\"知足弄\",\"street\":\"潮鸣街道\"}");

	audit_act_as(node, "user:沈洁");
	assert_ok(node_revoke(node, node_device(a), 0, &err), &err);
	assert_string_equal(look(node, 1).events, "revoked ");
	assert_string_equal(look(node, 1).actor, "user:沈洁");
	assert_ok(outbox_pack(node, &packed, &err), &err);
	assert_whole(node, 7);
	assert_sound(node);
	node_close(a);
	node_close(node);
	scratch_remove(folder);
}

static bool add_roster_row(void *ctx, struct err *err)
{
	return node_roster_add(ctx, "zhizunong", "知足弄社区", "潮鸣街道", err);
}

static bool add_and_fail(void *ctx, struct err *err)
{
	return add_roster_row(ctx, err) && err_set(err, ERR_CANCELLED, "on purpose");
}

/* The log says what happened, not what was tried. */
static void test_audit__what_is_undone_is_not_in_it(void **state)
{
	char *folder = scratch_folder();
	struct node *node = found_district(folder);
	struct err err = { 0 };

	(void)state;
	assert_ok(node_transaction(node, add_roster_row, node, true, &err), &err);
	assert_refused(
		node_transaction(node, add_and_fail, node, false, &err), &err, ERR_CANCELLED);
	assert_whole(node, 3);
	assert_ok(node_transaction(node, add_roster_row, node, false, &err), &err);
	assert_whole(node, 4);
	node_close(node);
	scratch_remove(folder);
}

static void test_audit__a_community_keeps_none(void **state)
{
	char *folder = scratch_folder();
	struct node *node = found_district(folder);
	struct node *a = join_community(folder, "a", node, "zhizunong", "知足弄社区");
	uint8_t hash[AUDIT_HASH_BYTES];
	struct err err = { 0 };
	uint64_t count;
	char text[512] = "";

	(void)state;
	add(a, "backed_up", "a");
	assert_int_equal(look(a, 0).count, 0);
	assert_refused(
		audit_verify(a, &count, hash, keep_text, text, &err), &err, ERR_SCOPE);
	node_close(a);
	node_close(node);
	scratch_remove(folder);
}

/* The bytes of docs/format.md, "Audit log", made by other means. */
static void test_audit__a_row_hashes_as_the_format_says(void **state)
{
	char *folder = scratch_folder();
	struct node *node = found_district(folder);
	struct seen before = look(node, 1), row;
	uint8_t hash[SHA256_BYTES];
	struct buf text = { 0 };

	(void)state;
	assert_int_equal(before.number, 3);
	add(node, "backed_up", "引号\"和\\\n换行\x01");
	row = look(node, 1);
	assert_int_equal(row.number, 4);
	assert_string_equal(
		row.detail, "{\"n\":7,\"text\":\"引号\\\"和\\\\\\n换行\\u0001\"}");
	assert_true(row.detail_sound);
	buf_add(&text, before.hash, sizeof(before.hash));
	buf_printf(&text,
		"{\"number\":4,\"at\":%lld,\"actor\":\"operator\",\"event\":\"backed_up\","
		"\"detail\":%s}",
		(long long)row.at_ms, row.detail);
	sha256(hash, text.data, text.len);
	assert_memory_equal(hash, row.hash, sizeof(hash));
	buf_clear(&text);
	node_close(node);
	scratch_remove(folder);
}

/* Whatever stands in a file's name, the row can be read again. */
static void test_audit__strange_texts_leave_it_sound(void **state)
{
	char *folder = scratch_folder();
	struct node *node = found_district(folder);
	char text[3001];
	size_t i;

	(void)state;
	memset(text, '\x02', 3000);
	text[3000] = '\0';
	add(node, "backed_up", text);
	assert_true(look(node, 1).detail_sound);
	for (i = 0; i < 3000; i += 3) {
		memcpy(text + i, "社", 3);
	}
	add(node, "backed_up", text + 1);
	add(node, "backed_up", text);
	assert_true(look(node, 1).detail_sound);
	/* 170 whole characters of three bytes are at most 512 bytes. */
	assert_int_equal(strlen(look(node, 1).detail), strlen("{\"n\":7,\"text\":\"\"}") + 510);
	add(node, "backed_up", "\xff\xfe");
	assert_string_equal(look(node, 1).detail, "{\"n\":7,\"text\":\"?\"}");
	add(node, "backed_up", "");
	assert_whole(node, 8);
	node_close(node);
	scratch_remove(folder);
}

/* ---- what was done to it --------------------------------------------- */

/* Whichever row and column is altered, the row is named. */
static void test_audit__an_altered_column_is_found_in_every_row(void **state)
{
	static const char *const changes[] = {
		"at_ms = at_ms + 1",
		"at_ms = at_ms + 0.5",
		"actor = actor || 'x'",
		"actor = CAST(actor AS BLOB)",
		"actor = 'user:x\",\"event\":\"y'",
		"event = 'x' || event",
		"event = ''",
		"detail = '{}'",
		"detail = detail || ' '",
		"detail = 7",
		"hash = zeroblob(32)",
		"hash = substr(hash, 1, 31)",
		"hash = 'text'",
	};
	char *folder = scratch_folder();
	struct node *node = district_with_rows(folder);
	char sql[256], words[32];
	struct err err = { 0 };
	unsigned row;
	size_t i;

	(void)state;
	for (row = 1; row <= 8; row++) {
		for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
			assert_ok(node_begin(node, &err), &err);
			snprintf(sql, sizeof(sql), "UPDATE audit SET %s WHERE number = %u",
				changes[i], row);
			run_sql(node, sql);
			snprintf(words, sizeof(words), "row %u ", row);
			assert_found(node, words, row - 1);
			assert_int_equal(look(node, 0).count, 8); /* it can still be listed */
			node_abort(node);
		}
	}
	assert_whole(node, 8);
	node_close(node);
	scratch_remove(folder);
}

static void test_audit__removed_and_moved_rows_are_found(void **state)
{
	static const struct {
		const char *sql, *words;
		uint64_t fit;
	} cases[] = {
		{ "DELETE FROM audit WHERE number = 1", "row 1 ", 0 },
		{ "DELETE FROM audit WHERE number = 4", "row 4 ", 3 },
		{ "DELETE FROM audit WHERE number = 8", "row 8 ", 7 },
		{ "DELETE FROM audit WHERE number > 5", "row 6 ", 5 },
		{ "DELETE FROM audit", "row 1 ", 0 },
		{ "UPDATE audit SET number = 99 WHERE number = 8", "row 8 ", 7 },
		{ "UPDATE audit SET number = 0 WHERE number = 4", "row 1 ", 0 },
		{ "UPDATE audit SET number = -5 WHERE number = 1", "row 1 ", 0 },
		{ "UPDATE audit SET number = 100 WHERE number = 4;"
		  "UPDATE audit SET number = 4 WHERE number = 5;"
		  "UPDATE audit SET number = 5 WHERE number = 100",
			"row 4 ", 3 },
		{ "DELETE FROM audit WHERE number = 4;"
		  "UPDATE audit SET number = number - 1 WHERE number > 4",
			"row 4 ", 3 },
		{ "INSERT INTO audit SELECT 9, at_ms, actor, event, detail, hash FROM audit "
		  "WHERE number = 8",
			"row 9 ", 8 },
		{ "DELETE FROM fact WHERE name = 'audit_head'", "not signed", 8 },
		{ "UPDATE fact SET value = '' WHERE name = 'audit_head'", "not signed", 8 },
		{ "UPDATE fact SET value = replace(value, ' 8 ', ' 7 ') WHERE name = 'audit_head';"
		  "DELETE FROM audit WHERE number = 8",
			"not signed", 7 },
		{ "DELETE FROM fact WHERE name = 'audit_head'; DELETE FROM audit", "not signed", 0 },
	};
	char *folder = scratch_folder();
	struct node *node = district_with_rows(folder);
	struct err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_ok(node_begin(node, &err), &err);
		run_sql(node, cases[i].sql);
		assert_found(node, cases[i].words, cases[i].fit);
		/* Nor does it heal when the log goes on. */
		add(node, "served", "later");
		add(node, "served", "and later");
		assert_found(node, "", cases[i].fit < 8 ? cases[i].fit : 8);
		node_abort(node);
	}
	assert_whole(node, 8);
	node_close(node);
	scratch_remove(folder);
}

/* Somebody who can compute hashes, but has not the key, adds or rewrites rows. */
static void forge_row(struct node *node, int64_t number, const uint8_t before[AUDIT_HASH_BYTES])
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT OR REPLACE INTO audit (number, at_ms, actor, event, detail, hash) "
		"VALUES (?1, 1, 'operator', 'served', '{}', ?2)");
	uint8_t hash[SHA256_BYTES];
	struct buf text = { 0 };
	struct err err = { 0 };

	buf_add(&text, before, AUDIT_HASH_BYTES);
	buf_printf(&text,
		"{\"number\":%lld,\"at\":1,\"actor\":\"operator\",\"event\":\"served\","
		"\"detail\":{}}",
		(long long)number);
	sha256(hash, text.data, text.len);
	stmt_int_at(stmt, 1, number);
	stmt_blob_at(stmt, 2, hash, sizeof(hash));
	assert_ok(stmt_run(stmt, &err), &err);
	buf_clear(&text);
}

static void test_audit__rows_of_a_stranger_are_found(void **state)
{
	char *folder = scratch_folder();
	struct node *node = found_district(folder);
	struct seen third = look(node, 1);
	struct err err = { 0 };

	(void)state;
	add(node, "backed_up", "a");
	assert_ok(node_begin(node, &err), &err);
	forge_row(node, 5, look(node, 1).hash);
	assert_found(node, "row 5 ", 4);
	add(node, "served", "later");
	assert_found(node, "row ", 5);
	node_abort(node);
	assert_ok(node_begin(node, &err), &err);
	forge_row(node, 4, third.hash);
	assert_found(node, "row 4 ", 3);
	add(node, "served", "later");
	assert_found(node, "row 5 ", 4);
	node_abort(node);
	assert_whole(node, 4);
	node_close(node);
	scratch_remove(folder);
}

/* A head that is well-formed, but another key's, or for another purpose, is none. */
static void test_audit__a_head_of_another_key_is_none(void **state)
{
	static const uint8_t seed[KEY_SEED_BYTES] = { 1 };
	char *folder = scratch_folder();
	struct node *node = found_district(folder);
	struct seen last = look(node, 1);
	struct key *other = NULL;
	struct buf text = { 0 }, head = { 0 };
	char hash[SHA256_TEXT_BYTES], id[DEVICE_TEXT_BYTES];
	struct err err = { 0 };
	int i;

	(void)state;
	assert_ok(key_from_seed(&other, seed, &err), &err);
	hex_encode(hash, last.hash, sizeof(last.hash));
	device_id_print(id, node_federation_id(node));
	buf_printf(&text, "linli audit %s 3 %s\n", id, hash);
	for (i = 0; i < 3; i++) {
		buf_reset(&head);
		buf_view(&head, buf_as_view(&text));
		assert_ok(sshsig_sign(&head, i == 0 ? other : node->key,
				  i == 1 ? "git" : "linli-audit", buf_as_view(&text), &err),
			&err);
		assert_ok(node_set(node, "audit_head", buf_as_view(&head), &err), &err);
		if (i < 2) {
			assert_found(node, "not signed", 3);
		} else {
			assert_whole(node, 3); /* so that is what was signed */
		}
	}
	key_free(other);
	buf_clear(&text);
	buf_clear(&head);
	node_close(node);
	scratch_remove(folder);
}

/* The log goes on where it was when the program starts again. */
static void test_audit__it_goes_on_after_reopening(void **state)
{
	char *folder = scratch_folder();
	struct node *node = district_with_rows(folder);
	struct buf home = { 0 };
	struct node_options options = { .env = env_system() };
	struct err err = { 0 };

	(void)state;
	audit_act_as(node, "device:0011223344556677");
	node_close(node);
	buf_printf(&home, "%s/district", folder);
	options.home = buf_str(&home);
	assert_ok(node_open(&node, &options, &err), &err);
	assert_whole(node, 8);
	add(node, "served", "again");
	assert_string_equal(look(node, 1).actor, "operator");
	assert_whole(node, 9);
	buf_clear(&home);
	node_close(node);
	scratch_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_audit__it_begins_with_the_district),
		cmocka_unit_test(test_audit__what_changes_trust_is_in_it_once),
		cmocka_unit_test(test_audit__what_is_undone_is_not_in_it),
		cmocka_unit_test(test_audit__a_community_keeps_none),
		cmocka_unit_test(test_audit__a_row_hashes_as_the_format_says),
		cmocka_unit_test(test_audit__strange_texts_leave_it_sound),
		cmocka_unit_test(test_audit__an_altered_column_is_found_in_every_row),
		cmocka_unit_test(test_audit__removed_and_moved_rows_are_found),
		cmocka_unit_test(test_audit__rows_of_a_stranger_are_found),
		cmocka_unit_test(test_audit__a_head_of_another_key_is_none),
		cmocka_unit_test(test_audit__it_goes_on_after_reopening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
