/* refusals.c -- see refusals.h. */
#include <stdio.h>
#include <string.h>

#include "refusals.h"

bool refusal_may_pass(enum err_code code)
{
	return code == ERR_GAP || code == ERR_UNKNOWN_DEVICE || code == ERR_MODEL_NEWER;
}

bool received_may_pass(const struct received *received)
{
	size_t i;

	for (i = 0; i < received->refused_count; i++) {
		if (refusal_may_pass(received->refused[i].code)) {
			return true;
		}
	}
	return false;
}

void refusals_add(struct received *out, const char *what, enum err_code code, const char *reason)
{
	struct err why = { .code = code };
	size_t i;

	for (i = 0; i < out->refused_count; i++) {
		if (out->refused[i].code == code && strcmp(out->refused[i].what, what) == 0) {
			return;
		}
	}
	snprintf(why.detail, sizeof(why.detail), "%s", reason);
	received_refuse(out, what, &why);
}

void refusals_add_fork(struct received *out, const struct head *theirs, const char *whose)
{
	struct place place = { .chain = theirs->chain, .seq = theirs->seq };
	char what[LINE_NAME_TEXT_BYTES], reason[128];

	place_print(what, &place);
	snprintf(reason, sizeof(reason), "%s holds another bundle there than this node", whose);
	refusals_add(out, what, ERR_FORK, reason);
}

void refusals_drop_forks(struct received *out, const struct chain_name *chain)
{
	char name[CHAIN_TEXT_BYTES];
	size_t i, len, kept = 0;

	chain_name_print(name, chain);
	len = strlen(name);
	for (i = 0; i < out->refused_count; i++) {
		if (out->refused[i].code != ERR_FORK ||
			strncmp(out->refused[i].what, name, len) != 0 ||
			out->refused[i].what[len] != '@') {
			out->refused[kept++] = out->refused[i];
		}
	}
	out->refused_count = kept;
}

bool refusals_drop_passed(struct received *out, struct node *node, struct err *err)
{
	size_t i, kept = 0;
	bool ok = true;

	for (i = 0; i < out->refused_count; i++) {
		struct head held = { 0 };
		struct place place;

		if (ok && refusal_may_pass(out->refused[i].code) &&
			place_parse(&place, view_of(out->refused[i].what))) {
			ok = chains_head(node, &place.chain, &held, err);
		}
		if (!ok || held.seq == 0 || held.seq < place.seq) {
			out->refused[kept++] = out->refused[i];
		}
	}
	out->refused_count = kept;
	return ok;
}

void received_take(struct received *out, struct received *from)
{
	size_t i;

	out->taken.bundles += from->taken.bundles;
	out->taken.lines += from->taken.lines;
	out->taken.bytes += from->taken.bytes;
	out->duplicates += from->duplicates;
	for (i = 0; i < from->refused_count; i++) {
		refusals_add(
			out, from->refused[i].what, from->refused[i].code, from->refused[i].reason);
	}
	received_clear(from);
}

bool take_in(struct node *node, struct view file, const char *source, struct received *out,
	struct err *err)
{
	struct received whole = { 0 }, part;
	bool first = true, again, ok;

	do {
		memset(&part, 0, sizeof(part));
		ok = receive_bundles(node, file, source, &part, err);
		again = ok && part.taken.bundles > 0 && received_may_pass(&part);
		if (!first) {
			part.duplicates = 0; /* the first attempt has counted them */
		}
		first = false;
		if (again) {
			whole.taken.bundles += part.taken.bundles;
			whole.taken.lines += part.taken.lines;
			whole.taken.bytes += part.taken.bytes;
			whole.duplicates += part.duplicates;
			received_clear(&part);
		} else {
			received_take(&whole, &part);
		}
	} while (again);
	received_take(out, &whole);
	return ok;
}
