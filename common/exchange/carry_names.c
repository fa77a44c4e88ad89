/* carry_names.c -- the files of a stick by their names; see stick.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linli/rekey.h"
#include "stick.h"

#define HEADS_SUFFIX ".heads"
#define BUNDLES_SUFFIX ".bundle.age"
#define REQUEST_SUFFIX ".request.age"

void stick_token(char out[TOKEN_TEXT_BYTES], const struct node *node, struct device_id writer,
	const char *audience)
{
	char name[DEVICE_TEXT_BYTES + 1 + SLUG_TEXT_BYTES], device[DEVICE_TEXT_BYTES];

	device_id_print(device, writer);
	snprintf(name, sizeof(name), "%s|%s", device, audience);
	heads_token(out, node, name);
}

void stick_name_print(
	char out[STICK_NAME_BYTES], const char *token, enum stick_kind kind, unsigned k)
{
	if (kind == STICK_HEADS) {
		snprintf(out, STICK_NAME_BYTES, "%s" HEADS_SUFFIX, token);
	} else if (kind == STICK_REQUEST) {
		snprintf(out, STICK_NAME_BYTES, "%s" REQUEST_SUFFIX, token);
	} else {
		snprintf(out, STICK_NAME_BYTES, "%s.%u" BUNDLES_SUFFIX, token, k);
	}
}

bool stick_name_parse(struct stick_file *out, struct view name)
{
	const size_t token_len = TOKEN_TEXT_BYTES - 1, suffix_len = strlen(BUNDLES_SUFFIX);
	uint8_t token[(TOKEN_TEXT_BYTES - 1) / 2];
	struct view rest;
	int64_t k;

	memset(out, 0, sizeof(*out));
	if (name.len <= token_len || name.len >= sizeof(out->name) ||
		!hex_decode(token, sizeof(token), (struct view){ name.data, token_len })) {
		return false;
	}
	memcpy(out->name, name.data, name.len);
	memcpy(out->token, name.data, token_len);
	rest = (struct view){ name.data + token_len, name.len - token_len };
	if (view_is(rest, HEADS_SUFFIX) || view_is(rest, REQUEST_SUFFIX)) {
		out->kind = view_is(rest, HEADS_SUFFIX) ? STICK_HEADS : STICK_REQUEST;
		return true;
	}
	out->kind = STICK_BUNDLES;
	if (rest.data[0] != '.' || rest.len <= 1 + suffix_len ||
		!view_is((struct view){ rest.data + rest.len - suffix_len, suffix_len },
			BUNDLES_SUFFIX) ||
		!int64_parse(&k, (struct view){ rest.data + 1, rest.len - 1 - suffix_len }) ||
		k < 1 || k > STICK_MAX_FILES_OF_AUDIENCE) {
		return false;
	}
	out->k = (unsigned)k;
	return true;
}

bool stick_path(struct buf *out, const struct carry *carry, const char *name, struct err *err)
{
	buf_reset(out);
	buf_printf(out, "%s/%s", buf_str(&carry->folder), name);
	return buf_ok(out, err);
}

/* Tokens by which files are recognised. */
struct tokens {
	struct node *node;
	struct buf own;   /* of all audiences this device writes for, 33 bytes each */
	struct buf former; /* the same, as written under former keys */
	struct buf trust; /* of the district's devices, for this node's community */
};

static void add_token(
	struct buf *to, const struct node *node, struct device_id writer, const char *audience)
{
	char token[TOKEN_TEXT_BYTES];

	stick_token(token, node, writer, audience);
	buf_add(to, token, sizeof(token));
}

static bool add_device(void *ctx, const struct device *device, struct err *err)
{
	struct tokens *tokens = ctx;

	add_token(&tokens->own, tokens->node, node_device(tokens->node), device->community);
	if (device->server) {
		add_token(&tokens->trust, tokens->node, device->id, node_community(tokens->node));
	}
	return buf_ok(&tokens->own, err) && buf_ok(&tokens->trust, err);
}

static bool add_former(void *ctx, struct device_id device, struct err *err)
{
	struct tokens *tokens = ctx;

	add_token(&tokens->former, tokens->node, device, node_community(tokens->node));
	add_token(&tokens->former, tokens->node, device, DISTRICT_SLUG);
	return buf_ok(&tokens->former, err);
}

static bool among(const struct buf *tokens, const char *token)
{
	size_t at;

	for (at = 0; at < tokens->len; at += TOKEN_TEXT_BYTES) {
		if (memcmp(tokens->data + at, token, TOKEN_TEXT_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

static bool read_tokens(struct tokens *tokens, struct node *node, struct err *err)
{
	tokens->node = node;
	add_token(&tokens->own, node, node_device(node), node_community(node));
	add_token(&tokens->own, node, node_device(node), DISTRICT_SLUG);
	add_token(&tokens->trust, node, node_federation_id(node), node_community(node));
	return node_each_device(node, add_device, tokens, err) &&
		rekey_each_former(node, add_former, tokens, err);
}

/* Remove what a write that was cut off has left; not worth a failure. */
static void sweep(struct carry *carry, struct view name)
{
	static const char suffix[] = ENV_TEMPORARY_SUFFIX;
	const struct env *env = carry->env;
	struct stick_file ignored;
	struct buf path = { 0 };
	struct err err;
	size_t len = sizeof(suffix) - 1;

	if (!carry->looks && name.len > len && view_is((struct view){ name.data + name.len - len, len }, suffix) &&
		stick_name_parse(&ignored, (struct view){ name.data, name.len - len }) &&
		stick_path(&path, carry, name.data, &err) &&
		!env->remove_file(env->ctx, buf_str(&path), &err)) {
		buf_clear(&path); /* a stick that cannot be written to */
		return;
	}
	buf_clear(&path);
}

static int in_order(const void *a, const void *b)
{
	const struct stick_file *x = a, *y = b;
	int order = strcmp(x->token, y->token);

	if (x->first != y->first) {
		return x->first ? -1 : 1;
	}
	return order != 0 ? order : (x->k > y->k) - (x->k < y->k);
}

static bool add_file(
	struct carry *carry, struct view name, const struct tokens *tokens, struct err *err)
{
	struct stick_file *files, file;

	if (!stick_name_parse(&file, name)) {
		sweep(carry, name);
		return true;
	}
	files = realloc(carry->files, (carry->file_count + 1) * sizeof(*files));
	if (files == NULL) {
		return err_nomem(err);
	}
	carry->files = files;
	file.former = among(&tokens->former, file.token);
	file.own = file.former || among(&tokens->own, file.token);
	file.first = among(&tokens->trust, file.token);
	files[carry->file_count++] = file;
	return true;
}

bool stick_list(struct carry *carry, struct err *err)
{
	const struct env *env = carry->env;
	struct tokens tokens = { 0 };
	struct buf names = { 0 };
	size_t at = 0;
	bool ok;

	ok = env->list_dir(env->ctx, &names, buf_str(&carry->folder), err);
	if (!ok && err->code == ERR_NOT_FOUND) {
		buf_clear(&names);
		return true; /* nobody came by yet */
	}
	ok = ok && read_tokens(&tokens, carry->node, err);
	while (ok && at < names.len) {
		struct view name = view_of((const char *)names.data + at);

		ok = add_file(carry, name, &tokens, err);
		at += name.len + 1;
	}
	if (ok && carry->file_count > 1) {
		qsort(carry->files, carry->file_count, sizeof(*carry->files), in_order);
	}
	buf_clear(&names);
	buf_clear(&tokens.own);
	buf_clear(&tokens.former);
	buf_clear(&tokens.trust);
	return ok;
}
