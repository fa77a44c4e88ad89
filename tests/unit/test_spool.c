/* test_spool.c -- replies that are too large for memory. */
#include <dirent.h>
#include <unistd.h>

#include "test.h"

#include "spool.h"

static size_t files_in(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		count += entry->d_name[0] != '.' ? 1 : 0;
	}
	closedir(dir);
	return count;
}

/* Write ${bytes} in pieces; the reply has them. */
static bool spool_some(struct spool *spool, size_t bytes, struct reply *reply, struct err *err)
{
	struct spooled spooled = { .spool = spool };
	char piece[1000];
	size_t at;
	bool ok = true;

	memset(piece, 'x', sizeof(piece));
	for (at = 0; ok && at < bytes; at += sizeof(piece)) {
		size_t len = bytes - at < sizeof(piece) ? bytes - at : sizeof(piece);

		ok = spooled_write(&spooled, (struct view){ piece, len }, err);
	}
	ok = ok && spooled_take(&spooled, reply, err);
	spooled_clear(&spooled);
	return ok;
}

/* A small one needs no file; a large one leaves no name behind while it is sent. */
static void test_spool__keeps_small_replies_in_memory(void **state)
{
	struct reply small = { 0 }, large = { 0 };
	struct spool *spool;
	struct err err;
	char last;

	assert_ok(spool_open(&spool, *state, &err), &err);
	assert_ok(spool_some(spool, SPOOL_MEMORY_BYTES, &small, &err), &err);
	assert_false(small.file.is_open);
	assert_int_equal(small.body.len, SPOOL_MEMORY_BYTES);
	assert_ok(spool_some(spool, 3 * SPOOL_MEMORY_BYTES + 7, &large, &err), &err);
	assert_true(large.file.is_open);
	assert_int_equal(large.file.len, 3 * SPOOL_MEMORY_BYTES + 7);
	assert_int_equal(pread(large.file.fd, &last, 1, (off_t)large.file.len - 1), 1);
	assert_int_equal(last, 'x');
	assert_int_equal(pread(large.file.fd, &last, 1, (off_t)large.file.len), 0);
	assert_int_equal(files_in(*state), 0);
	close(large.file.fd);
	buf_clear(&small.body);
	spool_close(spool);
}

/* Who never takes their replies cannot fill the disk; who takes them makes room. */
static void test_spool__has_bounded_room(void **state)
{
	struct reply replies[SPOOL_FILES] = { 0 }, more = { 0 };
	struct spool *spool;
	struct err err;
	size_t i;

	assert_ok(spool_open(&spool, *state, &err), &err);
	for (i = 0; i < SPOOL_FILES; i++) {
		assert_ok(spool_some(spool, SPOOL_MEMORY_BYTES + 1, &replies[i], &err), &err);
	}
	assert_refused(spool_some(spool, SPOOL_MEMORY_BYTES + 1, &more, &err), &err, ERR_BUSY);
	assert_int_equal(files_in(*state), 0);
	close(replies[3].file.fd);
	assert_ok(spool_some(spool, SPOOL_MEMORY_BYTES + 1, &replies[3], &err), &err);
	assert_refused(spool_some(spool, SPOOL_MEMORY_BYTES + 1, &more, &err), &err, ERR_BUSY);
	for (i = 0; i < SPOOL_FILES; i++) {
		close(replies[i].file.fd);
	}
	spool_close(spool);
}

static int make_folder(void **state)
{
	static char folder[] = "/tmp/linli-spool.XXXXXX";

	*state = mkdtemp(folder);
	return *state == NULL;
}

static int remove_folder(void **state)
{
	return rmdir(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spool__keeps_small_replies_in_memory),
		cmocka_unit_test(test_spool__has_bounded_room),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
