/* pouch_stick.c -- the pouch as a stick: its files are rows of the store; see pouch.h. */
#include <string.h>

#include "pouch.h"
#include "sha256.h"

static struct node *node_of(void *ctx)
{
	return ((struct pouch *)ctx)->node;
}

/* The file's name alone: there are no folders. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static int64_t now_ms(void *ctx)
{
	const struct env *env = node_env(node_of(ctx));

	return env->now_ms(env->ctx);
}

static bool chance(void *ctx, void *out, size_t len, struct err *err)
{
	const struct env *env = node_env(node_of(ctx));

	return env->random(env->ctx, out, len, err);
}

static bool read_file(void *ctx, struct buf *out, const char *path, size_t cap, struct err *err)
{
	size_t before = out->len;

	return pouch_get(node_of(ctx), name_of(path), out, err) &&
		(out->len - before <= cap ||
			err_set(err, ERR_TOO_LARGE, "%s is over %zu bytes", name_of(path), cap));
}

static bool write_file(
	void *ctx, const char *path, struct view data, bool secret, struct err *err)
{
	(void)secret;
	return pouch_put(node_of(ctx), name_of(path), node_device(node_of(ctx)), data, err);
}

static bool make_dir(void *ctx, const char *path, struct err *err)
{
	(void)ctx;
	(void)path;
	(void)err;
	return true;
}

static bool add_name(void *ctx, const struct pouch_file *file, struct err *err)
{
	struct buf *names = ctx;

	buf_add(names, file->name, strlen(file->name) + 1);
	return buf_ok(names, err);
}

static bool list_dir(void *ctx, struct buf *out, const char *path, struct err *err)
{
	(void)path;
	return pouch_each(node_of(ctx), add_name, out, err);
}

static bool remove_file(void *ctx, const char *path, struct err *err)
{
	return pouch_drop(node_of(ctx), name_of(path), err);
}

static bool is_link(void *ctx, const char *path)
{
	(void)ctx;
	(void)path;
	return false;
}

/* ---- what is new ------------------------------------------------------- */

static bool present(const struct carry *carry, const struct audience *audience)
{
	size_t i, j;

	for (i = 0; i < carry->heads_count; i++) {
		for (j = 0; j < audience->count; j++) {
			if (device_id_equal(heads_device(carry->heads[i])->id,
				    audience->devices[j].id)) {
				return true;
			}
		}
	}
	return false;
}

static bool digest_chains(struct carry *carry, const struct audience *audience, bool meets,
	struct sha256 *sum, struct err *err)
{
	struct held held;
	uint32_t numbers[2];
	bool ok = true;
	size_t i;

	if (!held_read(&held, carry->node, err)) {
		return false;
	}
	for (i = 0; ok && i < held.count; i++) {
		const struct head *ours = &held.heads[i];
		char name[CHAIN_TEXT_BYTES];

		if (!scope_readable(&ours->chain.scope, audience->name)) {
			continue;
		}
		numbers[0] = ours->seq;
		ok = meets || stick_audience_known(carry, audience, ours, &numbers[1], err);
		numbers[1] = meets ? 0 : numbers[1];
		chain_name_print(name, &ours->chain);
		sha256_add(sum, name, strlen(name) + 1);
		sha256_add(sum, numbers, sizeof(numbers));
		sha256_add(sum, ours->hash, sizeof(ours->hash));
	}
	held_clear(&held);
	return ok;
}

bool pouch_compare(struct carry *carry, const struct audience *audience, const char *token,
	bool *same, bool *meets, uint8_t digest[32], struct err *err)
{
	const char *met = carry->pouch->meet;
	uint8_t before[SHA256_BYTES];
	struct sha256 sum;
	uint64_t lines;
	size_t i;

	*meets = met != NULL && strcmp(met, audience->name) == 0 && !present(carry, audience);
	sha256_init(&sum);
	sha256_add(&sum, *meets ? "h" : "b", 1);
	/* Who can open it. */
	for (i = 0; i < audience->count; i++) {
		sha256_add(&sum, audience->devices[i].id.bytes, DEVICE_BYTES);
	}
	if (!digest_chains(carry, audience, *meets, &sum, err)) {
		return false;
	}
	sha256_done(digest, &sum);
	*same = pouch_noted(carry->node, token, &lines, before) &&
		memcmp(before, digest, sizeof(before)) == 0;
	return true;
}

bool pouch_carry(
	struct node *node, const char *meet, struct sync_result *result, struct err *err)
{
	struct pouch pouch = { .node = node, .meet = meet };

	pouch.env = (struct env){ .ctx = &pouch,
		.now_ms = now_ms,
		.random = chance,
		.read_file = read_file,
		.write_file = write_file,
		.make_dir = make_dir,
		.list_dir = list_dir,
		.remove_file = remove_file,
		.is_link = is_link };
	return stick_carry(node, &pouch.env, &pouch, "", result, err);
}
