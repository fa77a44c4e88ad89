/* bundle_test.h -- chains of bundles, folders of samples, stock tools, for tests of bundles. */
#ifndef LINLI_BUNDLE_TEST_H
#define LINLI_BUNDLE_TEST_H

#include "test.h"

#include <unistd.h>

#include "bundle.h"
#include "linli/env.h"

/* ---- samples ---- */

/*
 * Each file of ${folder} is called <what>.<code>: ${decode} must answer with
 * that code, "none" being success.  There are ${at_least} of them.
 */
static inline void check_samples(const char *folder,
	bool (*decode)(struct view data, struct err *err), size_t at_least)
{
	const struct env *env = env_system();
	struct buf names = { 0 }, path = { 0 }, file = { 0 };
	size_t at, count = 0;
	struct err err;

	assert_ok(env->list_dir(env->ctx, &names, folder, &err), &err);
	for (at = 0; at < names.len; at += strlen((char *)names.data + at) + 1) {
		const char *name = (char *)names.data + at, *expected = strrchr(name, '.') + 1;
		struct err got = { 0 };

		buf_reset(&path);
		buf_reset(&file);
		buf_printf(&path, "%s/%s", folder, name);
		assert_ok(env->read_file(env->ctx, &file, buf_str(&path), 1 << 20, &err), &err);
		if (!decode(buf_as_view(&file), &got) && got.code == ERR_NONE) {
			fail_msg("%s: refused without saying why", name);
		}
		if (strcmp(err_name(got.code), expected) != 0) {
			fail_msg("%s: got %s: %s", name, err_name(got.code), got.detail);
		}
		count++;
	}
	assert_true(count >= at_least);
	buf_clear(&names);
	buf_clear(&path);
	buf_clear(&file);
}

/* ---- chains ---- */

#define CHAIN_MAX_BUNDLES 8

struct test_chain {
	struct key *key;
	struct bundle_facts facts[CHAIN_MAX_BUNDLES];
	struct made_bundle made[CHAIN_MAX_BUNDLES];
	struct buf changes[CHAIN_MAX_BUNDLES];
	size_t count;
};

static inline struct key *test_key(uint8_t first)
{
	uint8_t seed[KEY_SEED_BYTES];
	struct key *key;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(seed); i++) {
		seed[i] = (uint8_t)(first + i);
	}
	assert_ok(key_from_seed(&key, seed, &err), &err);
	return key;
}

/* Facts for the first bundle of a chain of ${key}. */
static inline struct bundle_facts test_facts(const struct key *key, const char *scope)
{
	struct bundle_facts facts;

	memset(&facts, 0, sizeof(facts));
	memcpy(facts.federation, "\x00\x11\x22\x33\x44\x55\x66\xaa", FEDERATION_BYTES);
	snprintf(facts.community, sizeof(facts.community), "zhizu");
	facts.chain.device = key_device(key);
	facts.chain.incarnation = 1;
	assert_true(scope_parse(&facts.chain.scope, view_of(scope)));
	facts.seq = 1;
	facts.changes_count = 1;
	snprintf(facts.model, sizeof(facts.model), "gongshu@1");
	snprintf(facts.author, sizeof(facts.author), "知足弄社区");
	facts.made_s = 1764000000;
	snprintf(facts.subject, sizeof(facts.subject), "知足弄社区: 1 change (1 club)");
	return facts;
}

/* Add a bundle of ${lines} lines and ${count} attachments to ${chain}. */
static inline void chain_add(struct test_chain *chain, const char *scope, unsigned lines,
	const struct view *files, size_t count)
{
	size_t n = chain->count++;
	struct bundle_facts *facts = &chain->facts[n];
	struct err err;
	unsigned i;

	assert_true(chain->count <= CHAIN_MAX_BUNDLES);
	*facts = test_facts(chain->key, scope);
	if (n != 0) {
		facts->seq = chain->facts[n - 1].seq + 1;
		facts->parent = chain->made[n - 1].raw.objects[RAW_COMMIT].oid;
		memcpy(facts->parent_sha256, chain->made[n - 1].sha256, SHA256_BYTES);
	}
	for (i = 0; i < lines; i++) {
		buf_printf(&chain->changes[n], "{\"t\":%zu,\"e\":\"club\",\"id\":\"%u\"}\n", n, i);
	}
	assert_ok(bundle_make(&chain->made[n], facts, buf_as_view(&chain->changes[n]), files, count,
			  chain->key, NULL, &err), &err);
}

static inline void chain_clear(struct test_chain *chain)
{
	size_t i;

	for (i = 0; i < chain->count; i++) {
		made_bundle_clear(&chain->made[i]);
		buf_clear(&chain->changes[i]);
	}
	key_free(chain->key);
}

/* The range of ${chain} from its bundle ${from} (from 0) on. */
static inline struct gitbundle_range chain_range(const struct test_chain *chain, size_t from)
{
	return (struct gitbundle_range){
		.chain = chain->facts[from].chain,
		.tip = chain->made[chain->count - 1].raw.objects[RAW_COMMIT].oid,
		.parent = chain->facts[from].parent,
	};
}

/* ---- stock tools ---- */

static inline int run(const char *fmt, ...) PRINTF_LIKE(1, 2);
static inline int run(const char *fmt, ...)
{
	char command[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	return system(command);
}

/* A fresh folder, as *state; for cmocka. */
static inline int make_folder(void **state)
{
	char *path = strdup("/tmp/linli-test-bundle-XXXXXX");

	*state = path;
	return path != NULL && mkdtemp(path) != NULL ? 0 : -1;
}

static inline int remove_folder(void **state)
{
	int status = run("rm -rf '%s'", (char *)*state);

	free(*state);
	return status;
}

static inline void write_to(const char *folder, const char *name, struct view data)
{
	const struct env *env = env_system();
	char path[256];
	struct err err;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_ok(env->write_file(env->ctx, path, data, false, &err), &err);
}

/* ${folder}/signers: who may sign, for git and ssh-keygen. */
static inline void write_signers(const char *folder, const struct key *key)
{
	struct buf line = { 0 };
	char device[DEVICE_TEXT_BYTES];
	struct err err;

	device_id_print(device, key_device(key));
	buf_printf(&line, "%s@linli namespaces=\"git\" ", device);
	assert_ok(key_openssh_public(&line, key_public(key), "", &err), &err);
	buf_text(&line, "\n");
	write_to(folder, "signers", buf_as_view(&line));
	buf_clear(&line);
}

#endif
