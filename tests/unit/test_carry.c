/* test_carry.c -- exchange through a folder; see linli/carry.h. */
#include "age.h"
#include "exchange_rig.h"

#include <sys/stat.h>
#include <unistd.h>

static char *new_stick(const struct rig *rig, const char *name)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s", rig->folder, name);
	assert_int_equal(mkdir(buf_str(&path), 0700), 0);
	return (char *)path.data;
}

/* Call ${each} for every file of the federation's folder on the stick. */
static size_t each_file(const struct rig *rig, const char *stick,
	void (*each)(void *ctx, const char *path, struct buf *data), void *ctx)
{
	char federation[DEVICE_TEXT_BYTES];
	struct buf folder = { 0 }, names = { 0 }, path = { 0 }, data = { 0 };
	struct err err = { 0 };
	size_t at, count = 0;

	device_id_print(federation, node_federation_id(rig->district));
	buf_printf(&folder, "%s/linli-%s", stick, federation);
	assert_ok(env_system()->list_dir(NULL, &names, buf_str(&folder), &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1) {
		buf_reset(&path);
		buf_reset(&data);
		buf_printf(&path, "%s/%s", buf_str(&folder), (char *)names.data + at);
		assert_ok(
			env_system()->read_file(NULL, &data, buf_str(&path), 32 << 20, &err), &err);
		each(ctx, buf_str(&path), &data);
		count++;
	}
	buf_clear(&folder);
	buf_clear(&names);
	buf_clear(&path);
	buf_clear(&data);
	return count;
}

static void count_bundles(void *ctx, const char *path, struct buf *data)
{
	(void)data;
	*(size_t *)ctx += strstr(path, ".bundle.age") != NULL ? 1 : 0;
}

static size_t bundle_files(const struct rig *rig, const char *stick)
{
	size_t count = 0;

	each_file(rig, stick, count_bundles, &count);
	return count;
}

/* One stick, two communities that never see a network, the district, and the way home. */
static void test_carry__there_and_back(void **state)
{
	struct sync_result result;
	struct node *b, *c;
	struct rig rig;
	char *stick;

	(void)state;
	rig_open(&rig);
	b = rig_join(&rig, "b", "com-b", "社区b");
	c = rig_join(&rig, "c", "com-c", "社区c");
	stick = new_stick(&rig, "stick");
	put_club(b, "队伍b");
	put_person(b, "夏女士");
	put_club(c, "队伍c");
	result = rig_carry(b, stick);
	assert_int_equal(result.sent.lines, 3);
	rig_carry(c, stick);
	result = rig_carry(rig.district, stick);
	assert_int_equal(result.received.taken.bundles, 4);
	assert_int_equal(count_of(rig.district, "club"), 2);
	rig_carry(c, stick);
	rig_carry(b, stick);
	assert_int_equal(unsent_of(b), 0);
	assert_int_equal(unsent_of(c), 0);
	/* Each sees the other's club, and nobody's persons. */
	assert_int_equal(count_of(b, "club"), 2);
	assert_int_equal(count_of(c, "club"), 2);
	assert_int_equal(count_of(c, "person"), 0);
	assert_sound(b);
	assert_sound(c);
	assert_sound(rig.district);
	free(stick);
	node_close(b);
	node_close(c);
	rig_close(&rig);
}

static void open_own(void *ctx, const char *path, struct buf *data)
{
	struct buf plain = { 0 };
	struct err err = { 0 };

	if (strstr(path, ".bundle.age") != NULL) {
		assert_ok(age_open(&plain, node_key(ctx), buf_as_view(data), 32 << 20, &err), &err);
		assert_true(view_begins(buf_as_view(&plain), "# v2 git bundle\n"));
	}
	buf_clear(&plain);
}

/* Both who writes and who reads can look into a file with stock tools. */
static void test_carry__sealed_files_are_git_bundles(void **state)
{
	struct node *a;
	struct rig rig;
	char *stick;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	stick = new_stick(&rig, "stick");
	put_club(a, "太极拳队");
	rig_carry(a, stick);
	assert_int_equal(bundle_files(&rig, stick), 1);
	each_file(&rig, stick, open_own, a);
	each_file(&rig, stick, open_own, rig.district);
	free(stick);
	node_close(a);
	rig_close(&rig);
}

/* What has been acknowledged leaves the stick. */
static void test_carry__what_arrived_is_removed(void **state)
{
	struct node *a;
	struct rig rig;
	char *stick;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	stick = new_stick(&rig, "stick");
	put_club(a, "太极拳队");
	rig_carry(a, stick);
	assert_int_equal(bundle_files(&rig, stick), 1);
	rig_carry(rig.district, stick);
	rig_carry(a, stick);
	rig_carry(rig.district, stick);
	assert_int_equal(bundle_files(&rig, stick), 0);
	assert_int_equal(rig_carry(a, stick).sent.bundles, 0);
	free(stick);
	node_close(a);
	rig_close(&rig);
}

/* Two devices of one community share everything by stick, too. */
static void test_carry__devices_of_a_community_agree(void **state)
{
	struct node *a, *b;
	struct rig rig;
	char *stick;
	int i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	stick = new_stick(&rig, "stick");
	/* a learns of b from the district. */
	rig_carry(a, stick);
	rig_carry(rig.district, stick);
	put_person(a, "夏女士");
	put_person(b, "王先生");
	for (i = 0; i < 2; i++) {
		rig_carry(a, stick);
		rig_carry(b, stick);
	}
	assert_agree(a, b);
	assert_int_equal(count_of(a, "person"), 2);
	rig_carry(rig.district, stick);
	assert_int_equal(count_of(rig.district, "person"), 2);
	assert_string_equal(node_community(a), "zhizunong");
	assert_sound(a);
	assert_sound(b);
	free(stick);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

struct search {
	const char *const *words;
	size_t found;
};

static void search_file(void *ctx, const char *path, struct buf *data)
{
	struct search *search = ctx;
	size_t i;

	for (i = 0; search->words[i] != NULL; i++) {
		const char *word = search->words[i];

		if (strstr(strrchr(path, '/'), word) != NULL ||
			memmem(data->data, data->len, word, strlen(word)) != NULL) {
			search->found++;
		}
	}
}

/* A lost stick tells nothing: no name of a record, a community or a chain. */
static void test_carry__a_lost_stick_tells_nothing(void **state)
{
	char device[DEVICE_TEXT_BYTES];
	const char *const words[] = { "太极拳队", "区队", "夏女士", "13857112233", "zhizunong",
		"知足弄", "拱墅", "federation/", "district/", "community/", device, NULL };
	struct search search = { words, 0 };
	struct node *a;
	struct rig rig;
	char *stick;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	stick = new_stick(&rig, "stick");
	device_id_print(device, node_device(a));
	put_club(a, "太极拳队");
	put_person(a, "夏女士");
	rig_carry(a, stick);
	assert_int_equal(each_file(&rig, stick, search_file, &search), 2);
	put_club(rig.district, "区队");
	rig_carry(rig.district, stick);
	assert_int_equal(each_file(&rig, stick, search_file, &search), 5); /* trust apart */
	rig_carry(a, stick);
	assert_int_equal(each_file(&rig, stick, search_file, &search), 4);
	assert_int_equal(search.found, 0);
	free(stick);
	node_close(a);
	rig_close(&rig);
}

static void damage_file(void *ctx, const char *path, struct buf *data)
{
	struct err err = { 0 };

	(void)ctx;
	data->data[data->len * 2 / 3] = 0xff;
	assert_ok(env_system()->write_file(NULL, path, buf_as_view(data), false, &err), &err);
}

/* Damage is told, changes nothing, and a sound copy then goes in. */
static void test_carry__damage_is_told(void **state)
{
	struct sync_result result;
	char before[65], after[65];
	struct err err = { 0 };
	struct node *a;
	struct rig rig;
	char *stick;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	stick = new_stick(&rig, "stick");
	put_club(a, "太极拳队");
	rig_carry(a, stick);
	assert_ok(chains_state_hash(rig.district, before, &err), &err);
	assert_int_equal(each_file(&rig, stick, damage_file, NULL), 2);
	assert_ok(exchange_carry(rig.district, stick, &result, &err), &err);
	assert_int_equal(result.received.refused_count, 2);
	assert_int_equal(result.received.taken.bundles, 0);
	sync_result_clear(&result);
	assert_ok(chains_state_hash(rig.district, after, &err), &err);
	assert_string_equal(before, after);
	rig_carry(a, stick);
	assert_int_equal(rig_carry(rig.district, stick).received.taken.bundles, 2);
	free(stick);
	node_close(a);
	rig_close(&rig);
}

/* Names that are not ours are left alone; links and pipes hang nothing; leftovers go. */
static void test_carry__strange_files_hang_nothing(void **state)
{
	static const char *const strange[] = { "evil.bundle.age", "README",
		"0123456789abcdef0123456789abcdef.0.bundle.age",
		"0123456789abcdef0123456789abcdef.01.bundle.age",
		"0123456789abcdef0123456789abcdef.99999.bundle.age",
		"0123456789ABCDEF0123456789abcdef.heads",
		"0123456789abcdef0123456789abcdef.heads.bak" };
	struct buf folder = { 0 }, path = { 0 };
	char federation[DEVICE_TEXT_BYTES];
	struct sync_result result;
	struct err err = { 0 };
	struct node *a;
	struct rig rig;
	char *stick;
	size_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	stick = new_stick(&rig, "stick");
	put_club(a, "太极拳队");
	rig_carry(a, stick);
	device_id_print(federation, node_federation_id(rig.district));
	buf_printf(&folder, "%s/linli-%s", stick, federation);
	for (i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		buf_reset(&path);
		buf_printf(&path, "%s/%s", buf_str(&folder), strange[i]);
		assert_ok(env_system()->write_file(NULL, buf_str(&path), view_of("x"), false, &err),
			&err);
	}
	/* Of our form, but a link and a pipe: told, not followed. */
	buf_reset(&path);
	buf_printf(&path, "%s/%032d.1.bundle.age", buf_str(&folder), 0);
	assert_int_equal(symlink("/etc/passwd", buf_str(&path)), 0);
	buf_reset(&path);
	buf_printf(&path, "%s/%032d.heads", buf_str(&folder), 0);
	assert_int_equal(mkfifo(buf_str(&path), 0600), 0);
	buf_reset(&path);
	buf_printf(&path, "%s/%032d.2.bundle.age" ENV_TEMPORARY_SUFFIX, buf_str(&folder), 0);
	assert_ok(env_system()->write_file(NULL, buf_str(&path), view_of("x"), false, &err), &err);
	assert_ok(exchange_carry(rig.district, stick, &result, &err), &err);
	assert_int_equal(result.received.refused_count, 2);
	assert_int_equal(result.received.taken.bundles, 2);
	sync_result_clear(&result);
	assert_int_equal(access(buf_str(&path), F_OK), -1);
	for (i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		buf_reset(&path);
		buf_printf(&path, "%s/%s", buf_str(&folder), strange[i]);
		assert_int_equal(access(buf_str(&path), F_OK), 0);
	}
	buf_clear(&folder);
	buf_clear(&path);
	free(stick);
	node_close(a);
	rig_close(&rig);
}

/* A full or read-only stick: what it held is in, and people are told why nothing was written. */
static void test_carry__a_full_stick_still_gives(void **state)
{
	static const enum err_code codes[] = { ERR_DISK_FULL, ERR_IO };
	struct sync_result result;
	struct err err = { 0 };
	struct node *a;
	struct rig rig;
	char *stick, name[32];
	size_t i;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	stick = new_stick(&rig, "stick");
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		snprintf(name, sizeof(name), "队伍%zu", i);
		put_club(a, name);
		rig_carry(a, stick);
		rig.weather.disk = codes[i];
		rig.weather.disk_after = 0;
		assert_refused(
			exchange_carry(rig.district, stick, &result, &err), &err, ERR_PARTIAL);
		assert_non_null(strstr(err.detail, "planted"));
		assert_int_equal(result.received.taken.bundles, 2);
		sync_result_clear(&result);
		rig.weather.disk = ERR_NONE;
		rig_carry(rig.district, stick);
		rig_carry(a, stick);
		assert_int_equal(unsent_of(a), 0);
	}
	free(stick);
	node_close(a);
	rig_close(&rig);
}

/* A stick that is not plugged in is not made up. */
static void test_carry__no_folder_is_an_error(void **state)
{
	struct sync_result result;
	struct buf path = { 0 };
	struct err err = { 0 };
	struct rig rig;

	(void)state;
	rig_open(&rig);
	buf_printf(&path, "%s/nowhere", rig.folder);
	assert_refused(
		exchange_carry(rig.district, buf_str(&path), &result, &err), &err, ERR_NOT_FOUND);
	sync_result_clear(&result);
	assert_int_equal(access(buf_str(&path), F_OK), -1);
	buf_clear(&path);
	rig_close(&rig);
}

/* What went by the network need not be on the stick, and the other way about. */
static void test_carry__knows_what_went_by_the_network(void **state)
{
	struct node *a;
	struct rig rig;
	char *stick;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	stick = new_stick(&rig, "stick");
	put_club(a, "太极拳队");
	rig_sync(&rig, a);
	assert_int_equal(rig_carry(a, stick).sent.bundles, 0);
	put_club(a, "舞蹈队");
	assert_int_equal(rig_carry(a, stick).sent.bundles, 2);
	rig_carry(rig.district, stick);
	assert_int_equal(rig_sync(&rig, a).sent.bundles, 0);
	assert_int_equal(rig_carry(a, stick).sent.bundles, 0);
	free(stick);
	node_close(a);
	rig_close(&rig);
}

/* A stick serves a district that was put back from a copy. */
static void test_carry__fills_a_restored_district(void **state)
{
	struct err err = { 0 };
	struct node *a;
	struct rig rig;
	char *stick;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	stick = new_stick(&rig, "stick");
	rig_copy(&rig, "district", "district.old");
	put_club(a, "太极拳队");
	rig_carry(a, stick);
	rig_carry(rig.district, stick);
	rig_carry(a, stick);
	assert_int_equal(unsent_of(a), 0);
	exchange_server_close(rig.server);
	rig.district = rig_put_back(&rig, rig.district, "district", "district.old");
	assert_ok(exchange_server_open(&rig.server, rig.district, &err), &err);
	assert_int_equal(count_of(rig.district, "club"), 0);
	/* Its new list of heads asks for what it lost. */
	rig_carry(rig.district, stick);
	rig_carry(a, stick);
	rig_carry(rig.district, stick);
	assert_int_equal(count_of(rig.district, "club"), 1);
	assert_sound(rig.district);
	free(stick);
	node_close(a);
	rig_close(&rig);
}

/* Keep a second copy of every list of heads, under a name of its own. */
static void keep_heads(void *ctx, const char *path, struct buf *data)
{
	const char *slash = strrchr(path, '/');
	struct buf copy = { 0 };
	struct err err = { 0 };
	int *kept = ctx;

	if (strstr(path, ".heads") != NULL) {
		buf_printf(&copy, "%.*s/%032d.heads", (int)(slash - path), path, (*kept)++);
		assert_ok(env_system()->write_file(NULL, buf_str(&copy), buf_as_view(data), false,
				  &err),
			&err);
		buf_clear(&copy);
	}
}

/*
 * An old list of heads, kept by somebody under another name, does not speak
 * for a district that was put back from a copy since.
 */
static void test_carry__a_renamed_list_of_heads_says_nothing(void **state)
{
	struct err err = { 0 };
	struct node *a;
	struct rig rig;
	int kept = 0;
	char *stick;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	stick = new_stick(&rig, "stick");
	rig_copy(&rig, "district", "district.old");
	put_club(a, "太极拳队");
	rig_carry(a, stick);
	rig_carry(rig.district, stick);
	each_file(&rig, stick, keep_heads, &kept);
	assert_true(kept > 0);
	rig_carry(a, stick);
	exchange_server_close(rig.server);
	rig.district = rig_put_back(&rig, rig.district, "district", "district.old");
	assert_ok(exchange_server_open(&rig.server, rig.district, &err), &err);
	rig_carry(rig.district, stick);
	rig_carry(a, stick);
	rig_carry(rig.district, stick);
	assert_int_equal(count_of(rig.district, "club"), 1);
	free(stick);
	node_close(a);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_carry__there_and_back),
		cmocka_unit_test(test_carry__sealed_files_are_git_bundles),
		cmocka_unit_test(test_carry__what_arrived_is_removed),
		cmocka_unit_test(test_carry__devices_of_a_community_agree),
		cmocka_unit_test(test_carry__a_lost_stick_tells_nothing),
		cmocka_unit_test(test_carry__damage_is_told),
		cmocka_unit_test(test_carry__strange_files_hang_nothing),
		cmocka_unit_test(test_carry__a_full_stick_still_gives),
		cmocka_unit_test(test_carry__no_folder_is_an_error),
		cmocka_unit_test(test_carry__knows_what_went_by_the_network),
		cmocka_unit_test(test_carry__fills_a_restored_district),
		cmocka_unit_test(test_carry__a_renamed_list_of_heads_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
