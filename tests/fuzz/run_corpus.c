/*
 * run_corpus.c -- run a fuzz target over its corpus without a fuzzer: each
 * file whole, cut short, and with single bytes changed, by a fixed rule.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "linli/env.h"

#define CORPUS_FILE_MAX_BYTES (4 * 1024 * 1024)
#define VARIANTS 400 /* of each file */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* xorshift64*: the same variants on every machine. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dU;
}

static void run_variants(const struct buf *file)
{
	uint64_t state = 0x9e3779b97f4a7c15U ^ file->len;
	struct buf copy = { 0 };
	int i;

	LLVMFuzzerTestOneInput(file->data, file->len);
	for (i = 0; i < VARIANTS && file->len != 0; i++) {
		uint64_t r = next(&state);
		size_t at = (size_t)(r >> 16) % file->len;

		buf_reset(&copy);
		buf_add(&copy, file->data, r & 1 ? file->len : at);
		if (copy.len > at) {
			copy.data[at] = (uint8_t)(r >> 8);
		}
		LLVMFuzzerTestOneInput(copy.data, copy.len);
	}
	buf_clear(&copy);
}

int main(int argc, char **argv)
{
	const struct env *env = env_system();
	struct buf names = { 0 }, path = { 0 }, file = { 0 };
	struct err err = { 0 };
	size_t at, count = 0;
	int status = 1;

	if (argc != 2 || !env->list_dir(env->ctx, &names, argv[1], &err)) {
		fprintf(stderr, "no corpus: %s\n", err.detail);
		goto out;
	}
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1) {
		buf_reset(&path);
		buf_reset(&file);
		buf_printf(&path, "%s/%s", argv[1], (char *)names.data + at);
		if (!env->read_file(env->ctx, &file, buf_str(&path), CORPUS_FILE_MAX_BYTES, &err)) {
			fprintf(stderr, "%s\n", err.detail);
			goto out;
		}
		run_variants(&file);
		count++;
	}
	printf("%zu files, %d variants each\n", count, VARIANTS);
	status = count != 0 ? 0 : 1;
out:
	buf_clear(&names);
	buf_clear(&path);
	buf_clear(&file);
	return status;
}
