/* test_pack.c -- git packs without deltas. */
#include "bundle_test.h"

#include "deflate.h"
#include "pack.h"

#define SAMPLE_CAP (1024 * 1024)

/* Read all objects; append them, as a pack of our own, to ${again}. */
static bool read_all(struct view pack, struct buf *again, struct err *err)
{
	struct pack_reader reader;
	struct pack_writer writer;
	struct raw_object object;
	struct buf data = { 0 };
	bool ok = false;

	if (!pack_open(&reader, pack, err)) {
		return false;
	}
	pack_begin(&writer, again);
	while (reader.left != 0) {
		if (!pack_next(&reader, &object, &data, SAMPLE_CAP, err)) {
			goto out;
		}
		pack_add_deflated(&writer, object.type, object.len, object.deflated);
	}
	ok = pack_finish(&reader, err) && pack_end(&writer, err);
out:
	pack_close(&reader);
	buf_clear(&data);
	return ok;
}

static bool decode_sample(struct view data, struct err *err)
{
	struct buf again = { 0 };
	bool ok = read_all(data, &again, err);

	if (ok) {
		assert_true(view_equal(buf_as_view(&again), data));
	}
	buf_clear(&again);
	return ok;
}

static void test_pack__is_read_strictly(void **state)
{
	(void)state;
	check_samples("tests/data/pack", decode_sample, 40);
}

/* Two gigabytes announced in a file of 150 bytes: nothing is allocated for them. */
static void test_pack__allocates_nothing_over_the_cap(void **state)
{
	const struct env *env = env_system();
	struct buf file = { 0 }, data = { 0 };
	struct pack_reader reader;
	struct raw_object object;
	struct err err;

	(void)state;
	assert_ok(env->read_file(env->ctx, &file, "tests/data/pack/size-2-gb.too_large", 4096, &err),
		&err);
	assert_ok(pack_open(&reader, buf_as_view(&file), &err), &err);
	assert_refused(pack_next(&reader, &object, &data, 64 * 1024 * 1024, &err), &err,
		ERR_TOO_LARGE);
	assert_int_equal(data.room, 0);
	pack_close(&reader);
	buf_clear(&file);
	buf_clear(&data);
}

/* An object may be read again later, from where it began. */
static void test_pack__reads_an_object_again(void **state)
{
	struct buf pack = { 0 }, stream = { 0 }, data = { 0 };
	struct pack_writer writer;
	struct pack_reader reader;
	struct raw_object first, second, again;
	size_t at;
	struct err err;

	(void)state;
	pack_begin(&writer, &pack);
	assert_ok(deflate_pack(&stream, view_of("one"), &err), &err);
	pack_add_deflated(&writer, GIT_TYPE_BLOB, 3, buf_as_view(&stream));
	buf_reset(&stream);
	assert_ok(deflate_pack(&stream, view_of("three"), &err), &err);
	pack_add_deflated(&writer, GIT_TYPE_TREE, 5, buf_as_view(&stream));
	assert_ok(pack_end(&writer, &err), &err);

	assert_ok(pack_open(&reader, buf_as_view(&pack), &err), &err);
	at = reader.at;
	assert_ok(pack_next(&reader, &first, &data, 100, &err), &err);
	assert_ok(pack_next(&reader, &second, &data, 100, &err), &err);
	assert_ok(pack_again(&reader, at, &again, &data, 100, &err), &err);
	assert_string_equal(buf_str(&data), "onethreeone");
	assert_int_equal(again.type, GIT_TYPE_BLOB);
	assert_true(again.deflated.data == first.deflated.data);
	assert_int_equal(second.deflated.len, stream.len);
	assert_ok(pack_finish(&reader, &err), &err);
	assert_refused(pack_next(&reader, &again, &data, 100, &err), &err, ERR_FORMAT);
	pack_close(&reader);
	buf_clear(&pack);
	buf_clear(&stream);
	buf_clear(&data);
}

/* Stock git takes our packs; of its own only those without deltas are for us. */
static void test_pack__from_stock_git_without_deltas_only(void **state)
{
	const char *folder = *state;
	const struct env *env = env_system();
	struct buf plain = { 0 }, deltas = { 0 }, again = { 0 };
	char path[256];
	struct err err;

	assert_int_equal(run("git init -q --bare '%s/r' && cd '%s/r' && "
			"(seq 9000 && echo 1) | git hash-object -w --stdin >../list && "
			"(seq 9000 && echo 2) | git hash-object -w --stdin >>../list && "
			"git pack-objects -q --depth=0 --stdout <../list >../plain && "
			"git pack-objects -q --stdout <../list >../deltas", folder, folder), 0);
	snprintf(path, sizeof(path), "%s/plain", folder);
	assert_ok(env->read_file(env->ctx, &plain, path, SAMPLE_CAP, &err), &err);
	snprintf(path, sizeof(path), "%s/deltas", folder);
	assert_ok(env->read_file(env->ctx, &deltas, path, SAMPLE_CAP, &err), &err);
	assert_true(deltas.len < plain.len);

	assert_ok(read_all(buf_as_view(&plain), &again, &err), &err);
	assert_true(view_equal(buf_as_view(&plain), buf_as_view(&again)));
	write_to(folder, "ours", buf_as_view(&again));
	assert_int_equal(run("cd '%s/r' && git index-pack --strict --stdin <../ours >/dev/null",
			folder), 0);
	assert_refused(read_all(buf_as_view(&deltas), &again, &err), &err, ERR_FORMAT);
	buf_clear(&plain);
	buf_clear(&deltas);
	buf_clear(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pack__is_read_strictly),
		cmocka_unit_test(test_pack__allocates_nothing_over_the_cap),
		cmocka_unit_test(test_pack__reads_an_object_again),
		cmocka_unit_test_setup_teardown(test_pack__from_stock_git_without_deltas_only,
			make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
