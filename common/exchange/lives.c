/* lives.c -- computers that go by one key are told apart; see lives.h. */
#include "lives.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "heads.h"
#include "sha256.h"

#define LISTS_FACT "own_lists" /* what was signed last: MARK_CHARS of each, the newest first */
#define LISTS_MAX 64
#define MARK_CHARS 16

void life_print(char out[LIFE_TEXT_BYTES], struct device_id device, uint32_t incarnation)
{
	device_id_print(out, device);
	if (incarnation != 0) {
		snprintf(out + DEVICE_TEXT_BYTES - 1, LIFE_TEXT_BYTES - DEVICE_TEXT_BYTES + 1,
			".%" PRIu32, incarnation);
	}
}

/* What the list in ${envelope} is remembered by; false: there is none in it. */
static bool mark_of(char out[SHA256_TEXT_BYTES], json_t *envelope)
{
	const char *document = json_string_value(json_object_get(envelope, "document"));

	if (document == NULL) {
		return false;
	}
	sha256_hex(out, document, strlen(document));
	out[MARK_CHARS] = '\0';
	return true;
}

bool lives_remember(struct node *node, struct view envelope, struct err *err)
{
	struct buf marks = { 0 }, before = { 0 };
	char mark[SHA256_TEXT_BYTES];
	json_t *root = NULL;
	bool ok;

	ok = json_read(&root, envelope, HEADS_MAX_BYTES, "the signed list of heads", err);
	if (ok && mark_of(mark, root)) {
		buf_text(&marks, mark);
		if (node_get(node, LISTS_FACT, &before)) {
			buf_view(&marks, buf_as_view(&before));
		}
		if (marks.len > LISTS_MAX * MARK_CHARS) {
			marks.len = LISTS_MAX * MARK_CHARS;
		}
		ok = buf_ok(&marks, err) && node_set(node, LISTS_FACT, buf_as_view(&marks), err);
	}
	json_decref(root);
	buf_clear(&marks);
	buf_clear(&before);
	return ok;
}

bool lives_remembered(struct node *node, json_t *envelope, bool *out, struct err *err)
{
	char mark[SHA256_TEXT_BYTES];
	struct buf marks = { 0 };
	bool ok = true;
	size_t at;

	*out = false;
	if (mark_of(mark, envelope) && node_get(node, LISTS_FACT, &marks)) {
		ok = buf_ok(&marks, err);
		for (at = 0; ok && !*out && at + MARK_CHARS <= marks.len; at += MARK_CHARS) {
			*out = memcmp(marks.data + at, mark, MARK_CHARS) == 0;
		}
	}
	buf_clear(&marks);
	return ok;
}

/* ---- what other lives have signed -------------------------------------- */

/* Incarnations beyond the present one that others may have begun. */
#define LATER_INCARNATIONS 8

bool lives_heard(struct node *node, const struct heads *heads, unsigned *scopes, struct err *err)
{
	struct chain_name chain = { .device = node_device(node) };
	uint32_t last = node_incarnation(node) + LATER_INCARNATIONS;
	struct head theirs;
	bool lacks;
	int kind;

	for (kind = 0; kind < SCOPE_KINDS; kind++) {
		chain.scope.kind = (enum scope_kind)kind;
		if (kind != SCOPE_FEDERATION) {
			strcpy(chain.scope.community, node_community(node));
		}
		for (chain.incarnation = 1; chain.incarnation <= last; chain.incarnation++) {
			heads_lookup(heads, node, &chain, &theirs);
			if (!forks_lacks(node, &theirs, &lacks, err)) {
				return false;
			}
			*scopes &= lacks ? ~(1U << kind) : FORKS_ALL_SCOPES;
		}
	}
	return true;
}
