/* test_rekey.c -- another key for a device: rotation, a lost key, a passphrase; linli/rekey.h. */
#include "exchange_rig.h"

#include "age.h"
#include "key.h"
#include "linli/rekey.h"

/* A rig whose disk fails, for homes, from some writing call on: as if the power went. */
struct weak {
	struct rig rig;
	struct env env;
	int left; /* calls that still work; -1: all */
};

static bool works(struct weak *weak, struct err *err)
{
	if (weak->left == 0) {
		return err_set(err, ERR_IO, "planted");
	}
	weak->left -= weak->left > 0 ? 1 : 0;
	return true;
}

static bool weak_write(void *ctx, const char *path, struct view data, bool secret, struct err *err)
{
	return works(ctx, err) && env_system()->write_file(NULL, path, data, secret, err);
}

static bool weak_remove(void *ctx, const char *path, struct err *err)
{
	return works(ctx, err) && env_system()->remove_file(NULL, path, err);
}

static int set_up(void **state)
{
	struct weak *weak = calloc(1, sizeof(*weak));

	rig_open(&weak->rig);
	weak->left = -1;
	weak->env = *env_system();
	weak->env.ctx = weak;
	weak->env.write_file = weak_write;
	weak->env.remove_file = weak_remove;
	*state = weak;
	return 0;
}

static int tear_down(void **state)
{
	struct weak *weak = *state;

	rig_close(&weak->rig);
	free(weak);
	return 0;
}

static void path_of(const struct weak *weak, struct buf *out, const char *name)
{
	buf_reset(out);
	buf_printf(out, "%s/%s", weak->rig.folder, name);
}

static bool open_home(struct weak *weak, struct node **out, const char *home,
	const char *passphrase, struct err *err)
{
	struct buf path = { 0 };
	struct node_options options = { .env = &weak->env, .passphrase = passphrase };
	bool ok;

	path_of(weak, &path, home);
	options.home = buf_str(&path);
	ok = node_open(out, &options, err);
	buf_clear(&path);
	return ok;
}

static struct node *reopen(struct weak *weak, const char *home, const char *passphrase)
{
	struct node *node = NULL;
	struct err err = { 0 };

	assert_ok(open_home(weak, &node, home, passphrase, &err), &err);
	return node;
}

static bool has_file(const struct weak *weak, const char *name)
{
	struct buf path = { 0 }, data = { 0 };
	struct err err = { 0 };
	bool has;

	path_of(weak, &path, name);
	has = env_system()->read_file(NULL, &data, buf_str(&path), 1 << 20, &err);
	assert_true(has || err.code == ERR_NOT_FOUND);
	buf_clear(&path);
	buf_clear(&data);
	return has;
}

/* A device whose home is subject to the weather of ${weak}. */
static struct node *join(struct weak *weak, const char *home, const char *community)
{
	node_close(rig_join(&weak->rig, home, community, "知足弄社区"));
	return reopen(weak, home, NULL);
}

static void rotate(struct node *node)
{
	struct err err = { 0 };

	assert_ok(rotation_begin(node, NULL, &err), &err);
}

static bool is_revoked(struct node *node, struct device_id id)
{
	struct device device;

	assert_true(node_find_device(node, id, &device));
	return device.revoked;
}

/* ---- rotation ------------------------------------------------------ */

/* After a rotation all goes on as before, and nothing that the old key signed is doubted. */
static void test_rekey__a_rotated_device_goes_on(void **state)
{
	struct weak *weak = *state;
	struct node *node = join(weak, "a", "zhizu");
	struct node *other = join(weak, "b", "zhizu");
	struct device_id before = node_device(node);
	struct device device;

	put_club(node, "太极拳队");
	put_person(node, "金阿姨");
	rig_sync(&weak->rig, node);
	put_club(node, "合唱团"); /* signed with the old key, arrives later */
	put_person(node, "王阿姨");
	rotate(node);
	assert_false(device_id_equal(node_device(node), before));
	assert_false(node_enrolled(node));
	assert_true(rekey_waits(node, NULL));
	put_club(node, "书法社"); /* between request and answer */
	rig_sync(&weak->rig, node);
	assert_true(node_enrolled(node));
	assert_false(rekey_waits(node, NULL));
	put_club(node, "舞蹈队");
	put_person(node, "李阿姨");
	rig_sync(&weak->rig, node);
	assert_int_equal(unsent_of(node), 0);
	assert_int_equal(count_of(weak->rig.district, "club"), 4);
	assert_true(node_find_device(weak->rig.district, node_device(node), &device));
	assert_true(device.replacing);
	assert_true(device_id_equal(device.replaces, before));
	assert_true(is_revoked(weak->rig.district, before));
	/* The other computer of the community, with what is the community's own. */
	rig_sync(&weak->rig, other);
	rig_sync(&weak->rig, node);
	rig_sync(&weak->rig, other);
	assert_int_equal(count_of(other, "club"), 4);
	assert_int_equal(count_of(other, "person"), 3);
	assert_agree(node, other);
	assert_sound(node);
	assert_sound(other);
	assert_sound(weak->rig.district);
	node_close(node);
	node_close(other);
	node = reopen(weak, "a", NULL);
	assert_true(node_enrolled(node));
	node_close(node);
}

/* By files: request, enrol, answer; and again where an answer is lost. */
static void test_rekey__works_by_files_alone(void **state)
{
	struct weak *weak = *state;
	struct node *node = join(weak, "a", "zhizu");
	struct buf request = { 0 }, again = { 0 }, answer = { 0 };
	struct received received = { 0 };
	struct rotation rotation;
	struct err err = { 0 };

	put_club(node, "太极拳队");
	rotate(node);
	assert_true(rekey_waits(node, &request));
	rotate(node); /* once more is the same request */
	assert_true(rekey_waits(node, &again));
	assert_true(view_equal(buf_as_view(&request), buf_as_view(&again)));
	assert_true(rotation_is(buf_as_view(&request)));
	assert_ok(rotation_accept(weak->rig.district, buf_as_view(&request), &answer, &rotation,
			  &err),
		&err);
	assert_int_equal(rotation.head_count, 2);
	buf_reset(&answer);
	assert_ok(rotation_accept(weak->rig.district, buf_as_view(&request), &answer, NULL, &err),
		&err);
	assert_ok(answer_accept(node, buf_as_view(&answer), &received, &err), &err);
	assert_true(node_enrolled(node));
	assert_false(rekey_waits(node, NULL));
	rig_sync(&weak->rig, node);
	assert_int_equal(count_of(weak->rig.district, "club"), 1);
	assert_sound(weak->rig.district);
	received_clear(&received);
	buf_clear(&request);
	buf_clear(&again);
	buf_clear(&answer);
	node_close(node);
}

/* What the old key signed counts up to the heads that it stated; whoever stole it signs in vain. */
static void test_rekey__the_old_key_is_good_for_what_it_stated(void **state)
{
	struct weak *weak = *state;
	struct node *node = join(weak, "a", "zhizu"), *thief;
	struct buf stick = { 0 }, request = { 0 }, answer = { 0 };
	struct device_id before = node_device(node);
	struct sync_result result;
	struct err err = { 0 };

	put_club(node, "太极拳队");
	rig_sync(&weak->rig, node);
	put_club(node, "合唱团");
	pack_all(node);
	rig_copy(&weak->rig, "a", "stolen");
	rotate(node);
	assert_true(rekey_waits(node, &request));
	assert_ok(rotation_accept(weak->rig.district, buf_as_view(&request), &answer, NULL, &err),
		&err);
	/* A bundle beyond the stated heads, with a good signature of the old key. */
	thief = reopen(weak, "stolen", NULL);
	put_club(thief, "假社团");
	assert_refused(exchange_sync(thief, &weak->rig.transport, NULL, &result, &err), &err,
		ERR_REVOKED);
	sync_result_clear(&result);
	path_of(weak, &stick, "stick");
	assert_ok(env_system()->make_dir(NULL, buf_str(&stick), &err), &err);
	rig_carry(thief, buf_str(&stick));
	assert_ok(exchange_carry(weak->rig.district, buf_str(&stick), &result, &err), &err);
	assert_int_equal(count_of(weak->rig.district, "club"), 2); /* the stated one came */
	assert_true(result.received.refused_count != 0);
	assert_int_equal(result.received.refused[0].code, ERR_REVOKED);
	sync_result_clear(&result);
	/* The thief cannot put a key of theirs in its place either. */
	assert_refused(rotation_begin(thief, NULL, &err) &&
			exchange_sync(thief, &weak->rig.transport, NULL, &result, &err),
		&err, ERR_REVOKED);
	sync_result_clear(&result);
	/* And the owner goes on. */
	rig_sync(&weak->rig, node);
	assert_true(is_revoked(node, before));
	assert_int_equal(count_of(weak->rig.district, "club"), 2);
	assert_sound(weak->rig.district);
	assert_sound(node);
	node_close(thief);
	node_close(node);
	buf_clear(&stick);
	buf_clear(&request);
	buf_clear(&answer);
}

static void replace_in(struct buf *file, const char *from, const char *to)
{
	char *at = strstr((char *)file->data, from);

	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
}

/* A request that was changed on its way is refused, whatever was changed. */
static void test_rekey__an_altered_request_is_refused(void **state)
{
	struct weak *weak = *state;
	struct node *node = join(weak, "a", "zhizu");
	struct node *victim = join(weak, "v", "cuihu");
	struct device_id before = node_device(node);
	struct buf request = { 0 }, bad = { 0 }, answer = { 0 };
	struct rotation rotation, forged;
	struct err err = { 0 };
	size_t at;

	put_club(node, "太极拳队");
	rotate(node);
	assert_true(rekey_waits(node, &request));
	buf_view(&bad, buf_as_view(&request));
	replace_in(&bad, "\"community\": \"zhizu\"", "\"community\": \"cuihu\"");
	assert_refused(rotation_accept(weak->rig.district, buf_as_view(&bad), &answer, NULL, &err),
		&err, ERR_FORMAT); /* its chains are not that community's */
	/* The new key alone signs: somebody names another's device as the one they replace. */
	assert_ok(rotation_parse(&rotation, buf_as_view(&request), &err), &err);
	forged = rotation;
	node_public_key(victim, forged.old_key);
	forged.head_count = 0;
	buf_reset(&bad);
	assert_ok(rotation_print(&bad, &forged, &err), &err);
	assert_refused(rotation_accept(weak->rig.district, buf_as_view(&bad), &answer, NULL, &err),
		&err, ERR_SIGNATURE);
	/* The heads are stated by the old key. */
	forged = rotation;
	forged.heads[0].seq++;
	buf_reset(&bad);
	assert_ok(rotation_print(&bad, &forged, &err), &err);
	assert_refused(rotation_accept(weak->rig.district, buf_as_view(&bad), &answer, NULL, &err),
		&err, ERR_SIGNATURE);
	/* One signature in the place of both. */
	forged = rotation;
	memcpy(forged.old_signature, forged.signature, sizeof(forged.signature));
	buf_reset(&bad);
	assert_ok(rotation_print(&bad, &forged, &err), &err);
	assert_refused(rotation_accept(weak->rig.district, buf_as_view(&bad), &answer, NULL, &err),
		&err, ERR_SIGNATURE);
	/* Cut anywhere it is no request. */
	for (at = 0; at < request.len; at += 37) {
		struct view cut = { (const char *)request.data, at };

		assert_false(rotation_accept(weak->rig.district, cut, &answer, NULL, &err));
	}
	assert_int_equal(answer.len, 0);
	assert_false(is_revoked(weak->rig.district, before));
	assert_false(is_revoked(weak->rig.district, node_device(victim)));
	node_close(node);
	node_close(victim);
	buf_clear(&request);
	buf_clear(&bad);
	buf_clear(&answer);
}

/* Once revoked, a device does not come back by rotating; nor does a district rotate. */
static void test_rekey__only_enrolled_devices_rotate(void **state)
{
	struct weak *weak = *state;
	struct node *node = join(weak, "a", "zhizu");
	struct sync_result result;
	struct err err = { 0 };

	assert_ok(node_revoke(weak->rig.district, node_device(node), 0, &err), &err);
	pack_all(weak->rig.district);
	assert_ok(rotation_begin(node, NULL, &err), &err); /* it does not know yet */
	assert_refused(exchange_sync(node, &weak->rig.transport, NULL, &result, &err), &err,
		ERR_REVOKED);
	sync_result_clear(&result);
	assert_false(node_enrolled(node));
	assert_refused(rotation_begin(weak->rig.district, NULL, &err), &err, ERR_SCOPE);
	node_close(node);
}

/* What was sealed to a former key is opened still, also to the one before that. */
static void test_rekey__what_is_sealed_to_former_keys_opens(void **state)
{
	struct weak *weak = *state;
	struct node *node = join(weak, "a", "zhizu");
	struct buf sealed[3] = { { 0 } }, plain = { 0 };
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < 3; i++) {
		struct age_recipient recipient;
		char text[64];

		if (i != 0) {
			rotate(node);
			rig_sync(&weak->rig, node);
		}
		assert_ok(node_age_recipient(node, text, &err), &err);
		assert_ok(age_recipient_parse(&recipient, view_of(text), &err), &err);
		assert_ok(age_seal(&sealed[i], &recipient, 1, VIEW_LITERAL("名册"), &weak->env,
				  &err),
			&err);
	}
	node_close(node);
	node = reopen(weak, "a", NULL);
	for (i = 0; i < 3; i++) {
		buf_reset(&plain);
		assert_ok(node_open_sealed(node, &plain, buf_as_view(&sealed[i]), 1024, &err),
			&err);
		assert_string_equal(buf_str(&plain), "名册");
		buf_clear(&sealed[i]);
	}
	assert_refused(
		node_open_sealed(weak->rig.district, &plain, VIEW_LITERAL("x"), 1024, &err), &err,
		ERR_FORMAT);
	buf_clear(&plain);
	node_close(node);
}

/* ---- whatever fails ------------------------------------------------- */

/* Rotate with all writing calls after ${left} failing: the home is one or the other then. */
static bool rotate_weakly(struct weak *weak, struct node *node, int left, bool *over)
{
	struct device_id before = node_device(node);
	struct err err = { 0 };
	bool ok;

	weak->left = left;
	ok = rotation_begin(node, NULL, &err);
	node_close(node);
	weak->left = -1;
	node = reopen(weak, "a", NULL);
	*over = !device_id_equal(node_device(node), before);
	assert_true(*over || !ok);
	assert_false(has_file(weak, "a/device.key.new") && *over);
	assert_true(rekey_waits(node, NULL) == *over);
	assert_true(node_enrolled(node) != *over);
	put_club(node, "太极拳队");
	rig_sync(&weak->rig, node);
	assert_true(node_enrolled(node));
	assert_sound(node);
	node_close(node);
	return ok;
}

/* Power may go at every writing call of a rotation: the home has the old key or the new one. */
static void test_rekey__a_rotation_is_whole_or_not_at_all(void **state)
{
	struct weak *weak = *state;
	int left, stayed = 0, went = 0;
	bool ok = false, over;

	node_close(join(weak, "a", "zhizu"));
	for (left = 0; !ok; left++) {
		assert_true(left < 30);
		ok = rotate_weakly(weak, reopen(weak, "a", NULL), left, &over);
		stayed += over ? 0 : 1;
		went += over && !ok ? 1 : 0;
	}
	assert_true(stayed >= 1);
	assert_true(went >= 2);
	assert_int_equal(count_of(weak->rig.district, "club"), left);
	assert_sound(weak->rig.district);
}

/* ---- a lost key ------------------------------------------------------ */

static void lose_key(struct weak *weak)
{
	struct buf path = { 0 };
	struct err err = { 0 };

	path_of(weak, &path, "a/device.key");
	assert_ok(env_system()->remove_file(NULL, buf_str(&path), &err), &err);
	buf_clear(&path);
}

static bool recover(struct weak *weak, struct node **out, const char *community,
	const char *passphrase, struct err *err)
{
	struct buf path = { 0 };
	struct node_options options = { .env = &weak->env, .passphrase = passphrase };
	bool ok;

	path_of(weak, &path, "a");
	options.home = buf_str(&path);
	ok = rekey_lost(out, &options, node_federation(weak->rig.district), community, err);
	buf_clear(&path);
	return ok;
}

static void enrol_again(struct weak *weak, struct node *node)
{
	const struct invitation_terms terms = { "zhizu", "知足弄社区", "潮鸣街道", "" };
	struct buf file = { 0 }, request = { 0 };
	struct received received = { 0 };
	struct invitation invitation;
	struct err err = { 0 };

	assert_ok(invitation_make(weak->rig.district, &terms, &file, &err), &err);
	assert_ok(invitation_read(&invitation, buf_as_view(&file), &err), &err);
	assert_ok(request_make(node, &invitation, &request, &err), &err);
	assert_ok(exchange_enrol(node, &weak->rig.transport, buf_as_view(&request), &received, &err),
		&err);
	assert_true(node_enrolled(node));
	received_clear(&received);
	buf_clear(&file);
	buf_clear(&request);
}

/* A home whose key is gone keeps all its records, also what was not signed yet. */
static void test_rekey__a_home_outlives_its_key(void **state)
{
	struct weak *weak = *state;
	struct node *node = join(weak, "a", "zhizu");
	struct node *other = join(weak, "b", "zhizu");
	struct device_id before = node_device(node);
	char id[RECORD_ID_TEXT_BYTES];
	struct err err = { 0 };

	put_club(node, "太极拳队");
	put_person(node, "金阿姨");
	rig_sync(&weak->rig, node);
	PUT(node, "club", NULL, id, "name=合唱团", "members=12");
	put_person(node, "王阿姨");
	pack_all(node); /* signed, and not sent */
	PUT(node, "club", id, NULL, "members=13");
	put_person(node, "李阿姨");
	put_club(node, "书法社"); /* not signed */
	node_close(node);
	node = NULL;
	lose_key(weak);
	assert_refused(open_home(weak, &node, "a", NULL, &err), &err, ERR_KEY);
	assert_refused(recover(weak, &node, "cuihu", NULL, &err), &err, ERR_INVITATION);
	assert_ok(recover(weak, &node, "zhizu", NULL, &err), &err);
	assert_false(node_enrolled(node));
	assert_false(rekey_waits(node, NULL));
	assert_int_equal(count_of(node, "club"), 3);
	assert_int_equal(count_of(node, "person"), 3);
	assert_string_equal(value_of(node, "club", id, "members"), "13");
	enrol_again(weak, node);
	rig_sync(&weak->rig, node);
	assert_false(is_revoked(weak->rig.district, before));
	assert_ok(node_revoke(weak->rig.district, before, 0, &err), &err);
	pack_all(weak->rig.district);
	rig_sync(&weak->rig, other);
	rig_sync(&weak->rig, node);
	rig_sync(&weak->rig, other);
	assert_int_equal(count_of(weak->rig.district, "club"), 3);
	assert_string_equal(value_of(weak->rig.district, "club", id, "members"), "13");
	assert_int_equal(count_of(other, "person"), 3);
	assert_agree(node, other);
	assert_sound(node);
	assert_sound(other);
	assert_sound(weak->rig.district);
	node_close(node);
	node_close(other);
}

/* A forgotten passphrase is a lost key; but the file is kept, it may be remembered. */
static void test_rekey__a_forgotten_passphrase_is_a_lost_key(void **state)
{
	struct weak *weak = *state;
	struct node *node = join(weak, "a", "zhizu");
	struct err err = { 0 };

	put_club(node, "太极拳队");
	assert_ok(rekey_passphrase(node, "forgotten", &err), &err);
	node_close(node);
	node = NULL;
	assert_refused(recover(weak, &node, "zhizu", "forgotten", &err), &err, ERR_EXISTS);
	assert_ok(recover(weak, &node, "zhizu", "remembered", &err), &err);
	assert_true(has_file(weak, "a/device.key.lost"));
	enrol_again(weak, node);
	rig_sync(&weak->rig, node);
	assert_int_equal(count_of(weak->rig.district, "club"), 1);
	node_close(node);
	node = NULL;
	assert_refused(open_home(weak, &node, "a", NULL, &err), &err, ERR_PASSPHRASE);
	node = reopen(weak, "a", "remembered");
	assert_sound(node);
	node_close(node);
}

/* Power may go at every writing call: either the key is still lost, or the home has a new one. */
static void test_rekey__a_recovery_is_whole_or_not_at_all(void **state)
{
	struct weak *weak = *state;
	int left, stayed = 0, went = 0;
	bool ok = false;

	node_close(join(weak, "a", "zhizu"));
	for (left = 0; !ok; left++) {
		struct node *node = reopen(weak, "a", NULL);
		struct err err = { 0 };

		assert_true(left < 30);
		put_club(node, "太极拳队");
		node_close(node);
		node = NULL;
		lose_key(weak);
		weak->left = left;
		ok = recover(weak, &node, "zhizu", NULL, &err);
		node_close(node);
		weak->left = -1;
		node = NULL;
		if (!open_home(weak, &node, "a", NULL, &err)) {
			assert_int_equal(err.code, ERR_KEY);
			assert_false(ok);
			assert_ok(recover(weak, &node, "zhizu", NULL, &err), &err);
			stayed++;
		} else {
			went += ok ? 0 : 1;
		}
		assert_false(has_file(weak, "a/device.key.new"));
		enrol_again(weak, node);
		rig_sync(&weak->rig, node);
		assert_sound(node);
		node_close(node);
	}
	assert_true(stayed >= 1);
	assert_true(went >= 1);
	assert_int_equal(count_of(weak->rig.district, "club"), left);
	assert_sound(weak->rig.district);
}

/* ---- passphrases ------------------------------------------------------ */

/* A passphrase can be set, changed and removed; if that fails the former one holds. */
static void test_rekey__a_passphrase_is_changed_or_kept(void **state)
{
	struct weak *weak = *state;
	struct node *node = join(weak, "a", "zhizu");
	struct err err = { 0 };

	assert_ok(rekey_passphrase(node, "first", &err), &err);
	node_close(node);
	node = NULL;
	assert_refused(open_home(weak, &node, "a", NULL, &err), &err, ERR_PASSPHRASE);
	node = reopen(weak, "a", "first");
	weak->left = 0;
	assert_refused(rekey_passphrase(node, "second", &err), &err, ERR_IO);
	weak->left = -1;
	assert_refused(rekey_passphrase(node, "", &err), &err, ERR_PASSPHRASE);
	node_close(node);
	node = reopen(weak, "a", "first");
	assert_ok(rekey_passphrase(node, "second", &err), &err);
	node_close(node);
	node = NULL;
	assert_refused(open_home(weak, &node, "a", "first", &err), &err, ERR_PASSPHRASE);
	node = reopen(weak, "a", "second");
	assert_ok(rekey_passphrase(node, NULL, &err), &err);
	node_close(node);
	node = reopen(weak, "a", NULL);
	put_club(node, "太极拳队");
	rig_sync(&weak->rig, node);
	assert_int_equal(count_of(weak->rig.district, "club"), 1);
	node_close(node);
}

#define KEEPS(name) cmocka_unit_test_setup_teardown(test_rekey__##name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEEPS(a_rotated_device_goes_on),
		KEEPS(works_by_files_alone),
		KEEPS(the_old_key_is_good_for_what_it_stated),
		KEEPS(an_altered_request_is_refused),
		KEEPS(only_enrolled_devices_rotate),
		KEEPS(what_is_sealed_to_former_keys_opens),
		KEEPS(a_rotation_is_whole_or_not_at_all),
		KEEPS(a_home_outlives_its_key),
		KEEPS(a_forgotten_passphrase_is_a_lost_key),
		KEEPS(a_recovery_is_whole_or_not_at_all),
		KEEPS(a_passphrase_is_changed_or_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
