/* heads.c -- signing and verifying what a node holds; see heads.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "heads.h"
#include "json.h"
#include "said.h"
#include "sshsig.h"

struct heads {
	struct device device;
	struct heads_text text;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct heads_entry *)a)->name, ((const struct heads_entry *)b)->name);
}

static bool wanted(const struct head *head, const struct heads_options *options)
{
	return scope_readable(&head->chain.scope, options->reader) &&
		(!options->own_scope || head->chain.scope.kind == SCOPE_COMMUNITY);
}

static bool fill_entries(struct heads_text *text, struct node *node,
	const struct heads_options *options, struct err *err)
{
	struct held held;
	size_t i;

	if (!held_read(&held, node, err)) {
		return false;
	}
	text->entries = calloc(held.count + 1, sizeof(*text->entries));
	if (text->entries == NULL) {
		held_clear(&held);
		return err_nomem(err);
	}
	for (i = 0; i < held.count; i++) {
		struct heads_entry *entry = &text->entries[text->count];
		char chain[CHAIN_TEXT_BYTES];

		if (!wanted(&held.heads[i], options)) {
			continue;
		}
		chain_name_print(chain, &held.heads[i].chain);
		if (text->names == HEADS_HMAC) {
			heads_token(entry->name, node, chain);
		} else {
			memcpy(entry->name, chain, sizeof(chain));
		}
		entry->seq = held.heads[i].seq;
		memcpy(entry->hash, held.heads[i].hash, sizeof(entry->hash));
		text->count++;
	}
	qsort(text->entries, text->count, sizeof(*text->entries), by_name);
	held_clear(&held);
	return text->count <= HEADS_MAX_CHAINS ||
		err_set(err, ERR_TOO_LARGE, "%zu chains are more than a list of heads names",
			text->count);
}

static bool write_document(struct node *node, const struct heads_options *options,
	struct buf *document, struct err *err)
{
	const struct env *env = node_env(node);
	struct heads_text text = { .federation = node_federation_id(node),
		.incarnation = node_incarnation(node),
		.at_ms = env->now_ms(env->ctx),
		.names = options->names };
	size_t nonce = options->nonce != NULL ? strlen(options->nonce) : 0;
	char device[DEVICE_TEXT_BYTES];
	bool ok;

	assert(nonce < sizeof(text.nonce));
	memcpy(text.nonce, options->nonce != NULL ? options->nonce : "", nonce + 1);
	device_id_print(device, node_device(node));
	if (options->names == HEADS_HMAC) {
		heads_token(text.device, node, device);
	} else {
		memcpy(text.device, device, sizeof(device));
	}
	ok = fill_entries(&text, node, options, err) && heads_print(document, &text, err);
	heads_text_clear(&text);
	return ok;
}

bool heads_write(
	struct node *node, const struct heads_options *options, struct buf *out, struct err *err)
{
	struct buf document = { 0 }, signature = { 0 };
	size_t before = out->len;
	bool ok = false;

	if (!write_document(node, options, &document, err) ||
		!sshsig_sign(
			&signature, node_key(node), HEADS_NAMESPACE, buf_as_view(&document), err)) {
		goto out;
	}
	ok = json_write_take(out,
		json_pack("{s:s, s:s}", "document", buf_str(&document), "signature",
			buf_str(&signature)),
		false, err);
	if (ok && out->len - before > HEADS_MAX_BYTES) {
		ok = err_set(err, ERR_TOO_LARGE, "the list of heads comes to %zu bytes",
			out->len - before);
	}
out:
	buf_clear(&document);
	buf_clear(&signature);
	return ok;
}

/* The enrolled device with that key. */
static bool find_signer(
	struct device *out, struct node *node, const uint8_t key[KEY_PUBLIC_BYTES], struct err *err)
{
	struct device_id id = public_key_device(key);
	char name[DEVICE_TEXT_BYTES];

	device_id_print(name, id);
	if (!node_find_device(node, id, out)) {
		return err_set(err, ERR_UNKNOWN_DEVICE, "the list of heads is signed by %s", name);
	}
	if (memcmp(out->public_key, key, KEY_PUBLIC_BYTES) != 0) {
		return err_set(err, ERR_SIGNATURE, "the list of heads: not the key of %s", name);
	}
	if (out->revoked) {
		return err_set(err, ERR_REVOKED, "the list of heads is signed by %s", name);
	}
	return true;
}

/* Is what was signed of this federation, and does it name its signer? */
static bool check_names(const struct heads *heads, struct node *node, struct err *err)
{
	char name[TOKEN_TEXT_BYTES], device[DEVICE_TEXT_BYTES];

	if (!device_id_equal(heads->text.federation, node_federation_id(node))) {
		return err_set(err, ERR_FEDERATION, "the list of heads");
	}
	device_id_print(device, heads->device.id);
	if (heads->text.names == HEADS_HMAC) {
		heads_token(name, node, device);
	} else {
		memcpy(name, device, sizeof(device));
	}
	return strcmp(name, heads->text.device) == 0 ||
		err_set(err, ERR_SIGNATURE, "the list of heads names another device than %s",
			device);
}

bool heads_read_json(struct heads **out, struct node *node, json_t *envelope, struct err *err)
{
	struct members m = members_of(envelope, "the signed list of heads", err);
	struct view document = members_view(&m, "document", HEADS_MAX_BYTES);
	struct view signature = members_view(&m, "signature", SSHSIG_MAX_BYTES);
	uint8_t key[KEY_PUBLIC_BYTES];
	struct heads *heads = NULL;
	bool ok = false;

	*out = NULL;
	if (!members_done(&m) || !sshsig_verify(key, signature, HEADS_NAMESPACE, document, err)) {
		return false;
	}
	heads = calloc(1, sizeof(*heads));
	if (heads == NULL) {
		return err_nomem(err);
	}
	if (!heads_parse(&heads->text, document, err) ||
		!find_signer(&heads->device, node, key, err) || !check_names(heads, node, err)) {
		goto out;
	}
	*out = heads;
	heads = NULL;
	ok = true;
out:
	heads_free(heads);
	return ok;
}

bool heads_read(struct heads **out, struct node *node, struct view envelope, struct err *err)
{
	json_t *root;
	bool ok;

	*out = NULL;
	if (!json_read(&root, envelope, HEADS_MAX_BYTES, "the signed list of heads", err)) {
		return false;
	}
	ok = heads_read_json(out, node, root, err);
	json_decref(root);
	return ok;
}

void heads_free(struct heads *heads)
{
	if (heads != NULL) {
		heads_text_clear(&heads->text);
		free(heads);
	}
}

const struct device *heads_device(const struct heads *heads)
{
	return &heads->device;
}

int64_t heads_at_ms(const struct heads *heads)
{
	return heads->text.at_ms;
}

uint32_t heads_incarnation(const struct heads *heads)
{
	return heads->text.incarnation;
}

bool heads_is_for(const struct heads *heads, const char *nonce)
{
	return nonce[0] != '\0' && strcmp(heads->text.nonce, nonce) == 0;
}

void heads_lookup(const struct heads *heads, const struct node *node,
	const struct chain_name *chain, struct head *out)
{
	struct heads_entry key;
	const struct heads_entry *found;
	char name[CHAIN_TEXT_BYTES];

	chain_name_print(name, chain);
	if (heads->text.names == HEADS_HMAC) {
		heads_token(key.name, node, name);
	} else {
		memcpy(key.name, name, sizeof(name));
	}
	memset(out, 0, sizeof(*out));
	out->chain = *chain;
	found = bsearch(&key, heads->text.entries, heads->text.count, sizeof(key), by_name);
	if (found != NULL) {
		out->seq = found->seq;
		memcpy(out->hash, found->hash, sizeof(out->hash));
	}
}

bool heads_each(const struct heads *heads,
	bool (*each)(void *ctx, const struct head *head, struct err *err), void *ctx,
	struct err *err)
{
	size_t i;

	for (i = 0; heads->text.names == HEADS_PLAIN && i < heads->text.count; i++) {
		const struct heads_entry *entry = &heads->text.entries[i];
		struct head head = { .seq = entry->seq };
		bool parsed = chain_name_parse(&head.chain, view_of(entry->name));

		assert(parsed); /* heads_parse() took no other */
		memcpy(head.hash, entry->hash, sizeof(head.hash));
		if (!each(ctx, &head, err)) {
			return false;
		}
	}
	return true;
}

/* What to record: those of the chains held here that moved. */
struct news {
	const struct heads *heads;
	struct node *node;
	struct head *list;
	size_t count;
};

static bool set_all(void *ctx, struct err *err)
{
	const struct news *news = ctx;
	size_t i;

	for (i = 0; i < news->count; i++) {
		if (!chains_known_set(news->node, news->heads->device.id, &news->list[i], err)) {
			return false;
		}
	}
	return true;
}

static bool collect(struct news *news, const struct held *held, bool current, struct err *err)
{
	uint32_t known;
	size_t i;

	for (i = 0; i < held->count; i++) {
		struct head *head = &news->list[news->count];

		heads_lookup(news->heads, news->node, &held->heads[i].chain, head);
		if (head->seq == 0) {
			continue;
		}
		if (!chains_known(news->node, news->heads->device.id, &head->chain, &known, err)) {
			return false;
		}
		if (head->seq != known && (current || head->seq > known) &&
			chains_holds(news->node, head)) {
			news->count++;
		}
	}
	return true;
}

bool heads_note(const struct heads *heads, struct node *node, bool current, struct err *err)
{
	struct news news = { .heads = heads, .node = node };
	struct held held;
	bool ok = false;

	if (!held_read(&held, node, err)) {
		return false;
	}
	news.list = calloc(held.count + 1, sizeof(*news.list));
	if (news.list == NULL) {
		err_nomem(err);
		goto out;
	}
	ok = collect(&news, &held, current, err) &&
		(news.count == 0 || node_transaction(node, set_all, &news, false, err)) &&
		said_hear(heads, node, &held, current, err);
out:
	free(news.list);
	held_clear(&held);
	return ok;
}
