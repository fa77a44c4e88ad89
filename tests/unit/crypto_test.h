/* crypto_test.h -- what the tests of common/crypto share. */
#ifndef LINLI_CRYPTO_TEST_H
#define LINLI_CRYPTO_TEST_H

#include <unistd.h>

#include "test.h"

#include "key.h"
#include "linli/env.h"
#include "sha256.h"

/*
 * Randomness from a counter, the same on every run; it fails at call
 * fail_at, counted from 1.
 */
struct chance {
	struct env env;
	uint64_t calls, fail_at;
};

static inline bool chance_random(void *ctx, void *out, size_t len, struct err *err)
{
	struct chance *chance = ctx;
	uint8_t hash[SHA256_BYTES], *to = out;
	uint64_t seed[2] = { ++chance->calls, 0 };
	size_t n;

	if (chance->calls == chance->fail_at) {
		return err_set(err, ERR_IO, "no randomness");
	}
	for (; len != 0; len -= n, to += n) {
		n = len < sizeof(hash) ? len : sizeof(hash);
		sha256(hash, seed, sizeof(seed));
		memcpy(to, hash, n);
		seed[1]++;
	}
	return true;
}

static inline const struct env *chance_init(struct chance *chance, uint64_t fail_at)
{
	*chance = (struct chance){ .env = *env_system(), .fail_at = fail_at };
	chance->env.ctx = chance;
	chance->env.random = chance_random;
	return &chance->env;
}

/* The key of the seed 00 01 ... 1f, which the samples are made for. */
static inline struct key *sample_key(void)
{
	struct err err = { 0 };
	uint8_t seed[KEY_SEED_BYTES];
	struct key *key;
	unsigned i;

	for (i = 0; i < sizeof(seed); i++) {
		seed[i] = (uint8_t)i;
	}
	assert_ok(key_from_seed(&key, seed, &err), &err);
	return key;
}

/*
 * Give every sample in ${folder}, called <what>.<code>, to ${read}, and
 * expect success for "none", else failure with that code.  Fails if there are
 * fewer than ${least}.
 */
static inline void check_samples(
	const char *folder, size_t least, bool (*read)(struct view sample, struct err *err))
{
	const struct env *env = env_system();
	struct buf names = { 0 }, path = { 0 }, sample = { 0 };
	struct err err = { 0 };
	size_t at, count = 0;

	assert_ok(env->list_dir(env->ctx, &names, folder, &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1, count++) {
		const char *name = (char *)names.data + at, *code = strrchr(name, '.');
		bool ok;

		assert_non_null(code);
		buf_reset(&path);
		buf_reset(&sample);
		buf_printf(&path, "%s/%s", folder, name);
		assert_ok(env->read_file(env->ctx, &sample, buf_str(&path), 1 << 20, &err), &err);
		err = (struct err){ 0 };
		ok = read(buf_as_view(&sample), &err);
		if (ok != (strcmp(code + 1, "none") == 0) ||
			strcmp(code + 1, err_name(err.code)) != 0) {
			fail_msg("%s: %s (%s)", name, err_name(err.code), err.detail);
		}
	}
	assert_true(count >= least);
	buf_clear(&names);
	buf_clear(&path);
	buf_clear(&sample);
}

/* Skips the test, aloud, where ${program} is not installed. */
#define skip_without(program) \
	do { \
		if (system("command -v " program " >/dev/null 2>&1") != 0) { \
			printf("skipped: " program " is not installed\n"); \
			skip(); \
		} \
	} while (0)

/* A folder for files of other programs, removed by folder_remove(). */
static inline void folder_make(char path[32])
{
	strcpy(path, "/tmp/linli-test-XXXXXX");
	assert_non_null(mkdtemp(path));
}

static inline void folder_remove(const char *path)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", path);
	assert_int_equal(system(command), 0);
}

static inline void folder_write(const char *folder, const char *name, struct view content)
{
	const struct env *env = env_system();
	struct err err = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_ok(env->write_file(env->ctx, path, content, true, &err), &err);
}

/* Appends the file to ${out}. */
static inline void folder_read(struct buf *out, const char *folder, const char *name)
{
	const struct env *env = env_system();
	struct err err = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_ok(env->read_file(env->ctx, out, path, 1 << 25, &err), &err);
}

/* The status of ${command}, run in ${folder} without output. */
static inline int folder_run(const char *folder, const char *command)
{
	char line[512];

	assert_true(snprintf(line, sizeof(line), "cd %s && { %s; } >out 2>log", folder, command) <
		(int)sizeof(line));
	return system(line);
}

#endif
