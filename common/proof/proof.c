/*
 * proof.c -- verifying a proof; see linli/proof.h.
 *
 * First every commit and every line by itself, then who was allowed to
 * sign: the founding key, and whomever lines of the district's servers
 * enrol, as often as that says anything new.
 */
#include <string.h>

#include "commit.h"
#include "key_end.h"
#include "line.h"
#include "merkle.h"
#include "proof_text.h"

#define DEVICE_ENTITY "device"
#define DEVICE_FIELDS 3

/* What the district's lines say of a device; a text is NULL if nothing. */
struct holder {
	struct device_id id;
	const char *value[DEVICE_FIELDS]; /* by field_names */
	const struct checked *said[DEVICE_FIELDS]; /* by which line */
};
enum { HOLDER_COMMUNITY, HOLDER_NAME, HOLDER_UNTIL };
static const char *const field_names[DEVICE_FIELDS] = { "community", "name", "valid_until" };

/* A line whose signature and path are right. */
struct checked {
	const struct bundle_facts *facts;
	const struct proof_line *from;
	struct line line;
	struct place place;
	bool trust;   /* about a device, in the federation's scope */
	bool counted; /* into its holder */
};

struct checking {
	const struct proof_file *file;
	struct arena *arena;
	struct bundle_facts *facts;  /* one a commit */
	struct checked *lines;
	struct holder *holders;      /* one for each device that signed or is named */
	size_t holder_count, holder_room;
};

/* ---- each by itself ------------------------------------------------ */

static bool check_founder(const struct proof_file *file, struct err *err)
{
	uint8_t key[KEY_PUBLIC_BYTES];

	memcpy(key, file->founder, sizeof(key));
	return device_id_equal(public_key_device(key), file->federation) ||
		err_set(err, ERR_FEDERATION, "the founding key is not of the federation named");
}

static bool check_commits(struct checking *checking, struct err *err)
{
	const struct proof_file *file = checking->file;
	uint8_t signer[KEY_PUBLIC_BYTES];
	size_t i;

	for (i = 0; i < file->commit_count; i++) {
		struct bundle_facts *facts = &checking->facts[i];

		if (!commit_decode(facts, checking->arena, file->commits[i], signer, err)) {
			return err_wrap(err, "commit %zu", i + 1);
		}
		if (memcmp(facts->federation, file->federation.bytes, FEDERATION_BYTES) != 0) {
			return err_set(err, ERR_FEDERATION, "commit %zu", i + 1);
		}
	}
	return true;
}

static bool check_line(struct checking *checking, size_t index, struct err *err)
{
	const struct proof_file *file = checking->file;
	const struct proof_line *from = &file->lines[index];
	struct checked *out = &checking->lines[index];
	const struct bundle_facts *facts = &checking->facts[from->commit];
	uint8_t leaf[SHA256_BYTES];
	bool subject;

	out->facts = facts;
	out->from = from;
	out->place = (struct place){ facts->chain, facts->seq, from->n };
	merkle_leaf_hash(leaf, from->text.data, from->text.len);
	if (from->n > facts->changes_count) {
		return err_set(err, ERR_FORMAT, "a line that its bundle does not have");
	}
	if (!merkle_path_verify(facts->changes_root, leaf, from->n - 1, facts->changes_count,
		    from->path, err) ||
		!line_parse(&out->line, checking->arena, from->text, err)) {
		return false;
	}
	subject = view_is(out->line.entity, file->entity) && view_is(out->line.id, file->id);
	out->trust = view_is(out->line.entity, DEVICE_ENTITY) &&
		facts->chain.scope.kind == SCOPE_FEDERATION;
	return subject || out->trust ||
		err_set(err, ERR_FORMAT, "a line about something else");
}

/* In order of place, so that one content has one form and nothing stands twice. */
static bool check_order(const struct checked *line, const struct checked *before, struct err *err)
{
	int order = chain_name_compare(&before->place.chain, &line->place.chain);

	return order < 0 || (order == 0 && before->place.seq < line->place.seq) ||
		(order == 0 && before->facts == line->facts) ||
		err_set(err, ERR_FORMAT, "bundles are not in order");
}

static bool check_lines(struct checking *checking, struct err *err)
{
	size_t i;

	for (i = 0; i < checking->file->line_count; i++) {
		if (!check_line(checking, i, err) ||
			(i != 0 && !check_order(&checking->lines[i], &checking->lines[i - 1],
				err))) {
			return err_wrap(err, "line %zu", i + 1);
		}
	}
	return true;
}

/* ---- who was allowed to sign --------------------------------------- */

static struct holder *holder_of(struct checking *checking, struct device_id id)
{
	size_t i;

	for (i = 0; i < checking->holder_count; i++) {
		if (device_id_equal(checking->holders[i].id, id)) {
			return &checking->holders[i];
		}
	}
	return NULL;
}

static struct holder *holder_add(struct checking *checking, struct device_id id)
{
	struct holder *holder = holder_of(checking, id);

	if (holder == NULL && checking->holder_count < checking->holder_room) {
		holder = &checking->holders[checking->holder_count++];
		holder->id = id;
	}
	return holder;
}

static bool allowed(struct checking *checking, const struct checked *line, struct err *err)
{
	const struct bundle_facts *facts = line->facts;
	const struct holder *holder = holder_of(checking, facts->chain.device);
	bool founder = device_id_equal(facts->chain.device, checking->file->federation);
	const char *home = founder ? DISTRICT_SLUG :
		holder != NULL ? holder->value[HOLDER_COMMUNITY] : NULL;
	const char *until = holder != NULL ? holder->value[HOLDER_UNTIL] : NULL;

	if (home == NULL) {
		return err_set(err, ERR_UNKNOWN_DEVICE, "no proved line enrols it");
	}
	if (strcmp(home, facts->community) != 0 || !scope_readable(&facts->chain.scope, home)) {
		return err_set(err, ERR_SCOPE, "a device of %s signed for %s", home,
			facts->community);
	}
	return until == NULL || until[0] == '\0' ||
		key_end_within(until, &facts->chain, facts->seq) ||
		err_set(err, ERR_REVOKED, "its key had ended");
}

/* Rule "latest" of the merge: by clock, then by device, then by place. */
static bool is_later(const struct checked *line, const struct checked *than)
{
	int order;

	if (than == NULL || line->line.t != than->line.t) {
		return than == NULL || line->line.t > than->line.t;
	}
	order = chain_name_compare(&line->place.chain, &than->place.chain);
	return order > 0 || (order == 0 &&
		(line->place.seq > than->place.seq ||
			(line->place.seq == than->place.seq && line->place.n > than->place.n)));
}

/* Take what a line of one of the district's servers says of a device. */
static bool count(struct checking *checking, struct checked *line, struct err *err)
{
	struct device_id id;
	struct holder *holder;
	size_t i, f;

	line->counted = true;
	if (!device_id_parse(&id, line->line.id) || (holder = holder_add(checking, id)) == NULL) {
		return err_set(err, ERR_FORMAT, "a device that is none");
	}
	for (i = 0; i < line->line.change_count; i++) {
		const struct change *change = &line->line.changes[i];

		for (f = 0; f < DEVICE_FIELDS; f++) {
			if (change->op != LINE_PUT || !view_is(change->field, field_names[f]) ||
				!is_later(line, holder->said[f])) {
				continue;
			}
			holder->said[f] = line;
			holder->value[f] = change->value.kind != VALUE_TEXT ? "" :
				arena_copy(checking->arena, change->value.text).data;
			if (holder->value[f] == NULL) {
				return err_nomem(err);
			}
		}
	}
	return true;
}

/* The founding key's lines enrol servers, whose lines may enrol others. */
static bool count_all(struct checking *checking, struct err *err)
{
	bool more = true;
	size_t i;

	while (more) {
		more = false;
		for (i = 0; i < checking->file->line_count; i++) {
			struct checked *line = &checking->lines[i];

			if (!line->trust || line->counted ||
				strcmp(line->facts->community, DISTRICT_SLUG) != 0 ||
				!allowed(checking, line, NULL)) {
				continue;
			}
			if (!count(checking, line, err)) {
				return false;
			}
			more = true;
		}
	}
	return true;
}

/* ---- the whole ------------------------------------------------------ */

static bool give(struct checking *checking, struct proved *out, struct err *err)
{
	const struct proof_file *file = checking->file;
	struct proved_line *lines = arena_alloc(checking->arena,
		file->line_count * sizeof(*lines));
	size_t i;

	if (lines == NULL) {
		return err_nomem(err);
	}
	out->lines = lines;
	for (i = 0; i < file->line_count; i++) {
		const struct checked *line = &checking->lines[i];
		const struct holder *holder = holder_of(checking, line->place.chain.device);

		if (!allowed(checking, line, err)) {
			return err_wrap(err, "line %zu", i + 1);
		}
		if (!view_is(line->line.entity, file->entity) ||
			!view_is(line->line.id, file->id)) {
			if (!line->counted) {
				return err_set(err, ERR_SCOPE,
					"line %zu: a device enrolled by no server", i + 1);
			}
			out->trust_lines++;
			continue;
		}
		lines[out->count++] = (struct proved_line){ line->place, line->from->text,
			line->line.t, line->facts->made_s, line->facts->community,
			holder != NULL && holder->value[HOLDER_NAME] != NULL ?
				holder->value[HOLDER_NAME] : "" };
	}
	return out->count != 0 || err_set(err, ERR_FORMAT, "the proof: no line of the record");
}

bool proof_verify(struct proved *out, struct arena *arena, struct view file, struct err *err)
{
	struct proof_file *parsed = arena_alloc(arena, sizeof(*parsed));
	struct checking checking = { .file = parsed, .arena = arena };

	memset(out, 0, sizeof(*out));
	if (parsed == NULL) {
		return err_nomem(err);
	}
	if (!proof_parse(parsed, arena, file, err)) {
		return false;
	}
	checking.holder_room = parsed->line_count;
	checking.facts = arena_alloc(arena, parsed->commit_count * sizeof(*checking.facts));
	checking.lines = arena_alloc(arena, parsed->line_count * sizeof(*checking.lines));
	checking.holders = arena_alloc(arena, parsed->line_count * sizeof(*checking.holders));
	if (checking.facts == NULL || checking.lines == NULL || checking.holders == NULL) {
		return err_nomem(err);
	}
	device_id_print(out->federation, parsed->federation);
	memcpy(out->entity, parsed->entity, sizeof(out->entity));
	memcpy(out->id, parsed->id, sizeof(out->id));
	return check_founder(parsed, err) && check_commits(&checking, err) &&
		check_lines(&checking, err) && count_all(&checking, err) &&
		give(&checking, out, err);
}
