/* review_judge.c -- verdicts given by people; see linli/review.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linli/users.h"
#include "review.h"

#define REASON_MAX_BYTES 4096

struct session {
	struct node *node;
	const struct judging *judging;
	struct chain chain; /* a copy: writing may move the node's */
	struct slot slot;
	char base[65];
	char community[SLUG_TEXT_BYTES];
	struct line_reader reader;
	struct judged *out;
};

static bool may_judge(const struct session *session, struct err *err)
{
	const struct judging *judging = session->judging;
	const struct chain *chain = &session->chain;

	if (strcmp(chain->community, DISTRICT_SLUG) == 0 ||
		chain->name.scope.kind == SCOPE_COMMUNITY) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("区里自己的数据包不需要审核",
				"bundles of the district itself are not judged"));
	}
	if (!users_may_judge(session->node, judging->reviewer, err)) {
		return false;
	}
	if (users_owns_device(session->node, judging->reviewer, chain->name.device)) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("不能审核自己设备上的改动:%s", "%s may not judge their own device's lines"),
			judging->reviewer, judging->reviewer);
	}
	return true;
}

static bool words_fit(const struct judging *judging, struct err *err)
{
	size_t reason = judging->reason != NULL ? strlen(judging->reason) : 0;

	if (!judging->accept && reason == 0) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("退回要写明理由", "a return needs a reason"));
	}
	if (judging->reviewer == NULL || judging->reviewer[0] == '\0' ||
		strlen(judging->reviewer) >= USER_NAME_BYTES) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("要写明审核人", "the reviewer must be named"));
	}
	return reason <= REASON_MAX_BYTES ||
		err_set(err, ERR_VALUE, ERR_BOTH("理由太长(最多 %d 字节)", "at most %d bytes of reason"),
			REASON_MAX_BYTES, REASON_MAX_BYTES);
}

/* How many people must accept the line. */
static bool reviewers_needed(struct session *session, const struct merge_origin *origin,
	uint32_t *needed, struct err *err)
{
	struct node *node = session->node;
	const struct policy *policy;
	struct view text;
	struct line line;
	char entity[MODEL_NAME_BYTES], field[MODEL_NAME_BYTES];
	size_t i;

	*needed = 1;
	if (node->policy_count == 0) {
		return true;
	}
	arena_reset(&node->arena);
	if (!line_reader_get(&session->reader, origin, &text, err) ||
		!line_parse(&line, &node->arena, text, err)) {
		return false;
	}
	snprintf(entity, sizeof(entity), "%.*s", (int)line.entity.len, line.entity.data);
	policy = policy_of(node, entity, "");
	*needed = policy != NULL && policy->review ? policy->reviewers : 1;
	for (i = 0; i < line.change_count; i++) {
		snprintf(field, sizeof(field), "%.*s", (int)line.changes[i].field.len,
			line.changes[i].field.data);
		policy = policy_of(node, entity, field);
		if (policy != NULL && policy->review && policy->reviewers > *needed) {
			*needed = policy->reviewers;
		}
	}
	return true;
}

static struct assignment set_text(const struct entity *entity, const char *field, const char *text)
{
	struct value value = { VALUE_TEXT, 0, view_of(text) };

	if (text[0] == '\0') {
		value = (struct value){ VALUE_NULL, 0, { NULL, 0 } };
	}
	return (struct assignment){ entity_field(entity, view_of(field)), ASSIGN_SET, value };
}

static struct assignment set_number(const struct entity *entity, const char *field,
	enum value_kind kind, int64_t number)
{
	return (struct assignment){ entity_field(entity, view_of(field)), ASSIGN_SET,
		{ kind, number, { NULL, 0 } } };
}

/* Write the verdict on line ${n} as ${state}. */
static bool write_verdict(struct session *session, uint32_t n, const char *state,
	const char *reviewer, const char *second, struct err *err)
{
	struct node *node = session->node;
	const struct judging *judging = session->judging;
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("verdict"));
	struct capture_options options = { .into = session->community };
	struct place place = { .chain = session->chain.name, .seq = session->slot.seq, .n = n };
	struct record_id id = verdict_id(session->slot.hash, n), made;
	bool returned = strcmp(state, "returned") == 0;
	char name[LINE_NAME_TEXT_BYTES];
	struct line_verdict before;
	struct buf signature = { 0 };
	bool ok;
	struct merge_origin origin = { session->chain.number, place.seq, n,
		place.chain.scope.kind };
	size_t count = 0;

	place_print(name, &place);
	if (!verdict_of(node, &origin, &before, err) ||
		(judging->sign != NULL && !judging->sign(judging->sign_ctx, &place,
						  session->slot.hash, &signature, err))) {
		buf_clear(&signature);
		return false;
	}
	struct assignment assignments[] = {
		set_text(entity, "line", name),
		set_text(entity, "state", state),
		set_text(entity, "reason", judging->reason != NULL ? judging->reason : ""),
		set_text(entity, "reviewer", reviewer),
		set_text(entity, "second", second),
		set_number(entity, "at", VALUE_INT, node->env->now_ms(node->env->ctx)),
		set_text(entity, "base", session->base),
		set_text(entity, "signature", buf_str(&signature)),
		set_number(entity, "withdrawn", VALUE_BOOL, returned),
	};

	count = sizeof(assignments) / sizeof(assignments[0]);
	/* Everybody who reads the line must learn that it is out, or in again. */
	if (origin.scope != SCOPE_FEDERATION || (!returned && !before.returned)) {
		count--;
	}
	ok = capture_put(node, entity, &id, &options, assignments, count, &made, err);
	buf_clear(&signature);
	return ok;
}

/* Does the first acceptance of a line count still, by somebody who may judge it now? */
static bool first_counts(const struct session *session, struct view reviewer)
{
	char name[USER_NAME_BYTES];
	struct err ignored = { 0 };

	if (reviewer.len >= sizeof(name)) {
		return false;
	}
	memcpy(name, reviewer.data, reviewer.len);
	name[reviewer.len] = '\0';
	return users_may_judge(session->node, name, &ignored) &&
		!users_owns_device(session->node, name, session->chain.name.device);
}

static bool judge_one(struct session *session, uint32_t n, struct err *err)
{
	const struct judging *judging = session->judging;
	struct merge_origin origin = { session->chain.number, session->slot.seq, n,
		session->chain.name.scope.kind };
	struct judged *out = session->out;
	struct arena arena = { 0 };
	struct verdict now;
	char first[USER_NAME_BYTES] = "";
	const char *state = judging->accept ? "accepted" : "returned", *second = "";
	uint32_t needed;
	bool found, ok;

	ok = verdict_read(session->node, session->slot.hash, n, &arena, &now, &found, err) &&
		reviewers_needed(session, &origin, &needed, err);
	if (ok && judging->accept && found && now.state == LINE_APPLIED) {
		arena_clear(&arena);
		return true; /* accepted already; if it waits, then for others */
	}
	snprintf(first, sizeof(first), "%s", judging->reviewer);
	if (ok && judging->accept && needed > 1) {
		bool before = found && now.state == LINE_WAITING &&
			first_counts(session, now.reviewer);

		if (before && view_is(now.reviewer, judging->reviewer)) {
			ok = err_set(err, ERR_SCOPE,
				ERR_BOTH("须由另一位审核人同意", "another person must accept it too"));
		} else if (before) {
			snprintf(first, sizeof(first), "%.*s", (int)now.reviewer.len,
				now.reviewer.data);
			second = judging->reviewer;
		} else {
			state = "seconded";
		}
	}
	arena_clear(&arena);
	if (!ok || !write_verdict(session, n, state, first, second, err)) {
		return false;
	}
	out->accepted += strcmp(state, "accepted") == 0;
	out->returned += strcmp(state, "returned") == 0;
	out->seconded += strcmp(state, "seconded") == 0;
	return true;
}

/* Every waiting line of the bundle. */
static bool judge_waiting(struct session *session, struct err *err)
{
	struct buf rows = { 0 };
	struct held held;
	bool ok = hold_of_bundle(session->node, &session->chain, session->slot.seq, &rows, err);
	size_t i;

	for (i = 0; ok && i < rows.len; i += sizeof(held)) {
		memcpy(&held, rows.data + i, sizeof(held));
		ok = held.state != LINE_WAITING || judge_one(session, held.origin.n, err);
	}
	buf_clear(&rows);
	return ok;
}

static bool judge_named(struct session *session, struct err *err)
{
	const struct judging *judging = session->judging;
	size_t i;

	for (i = 0; i < judging->count; i++) {
		if (judging->lines[i] < 1 || judging->lines[i] > session->slot.lines) {
			return err_set(err, ERR_NOT_FOUND,
				ERR_BOTH("数据包里没有第 %" PRIu32 " 行",
					"the bundle has no line %" PRIu32),
				judging->lines[i], judging->lines[i]);
		}
		if (!judge_one(session, judging->lines[i], err)) {
			return false;
		}
	}
	return true;
}

static bool note_judged(const struct session *session, const char *name, struct err *err)
{
	const struct judging *judging = session->judging;
	const struct audit_item detail[] = { { "accepted", NULL, (int64_t)session->out->accepted },
		{ "bundle", name, 0 }, { "returned", NULL, (int64_t)session->out->returned },
		{ "reviewer", judging->reviewer, 0 },
		{ "seconded", NULL, (int64_t)session->out->seconded }, { NULL, NULL, 0 } };

	return audit_add(session->node, NULL, AUDIT_JUDGED, detail, err);
}

static bool judge_in(struct session *session, struct err *err)
{
	const struct judging *judging = session->judging;
	const struct chain *chain;
	char name[LINE_NAME_TEXT_BYTES];

	if (!bundle_find(session->node, &judging->bundle, &chain, &session->slot, err)) {
		return false;
	}
	session->chain = *chain;
	if (!may_judge(session, err) ||
		!review_base(session->node, chain, &session->slot, session->base, err)) {
		return false;
	}
	place_print(name, &judging->bundle);
	if (judging->base != NULL && strcmp(judging->base, session->base) != 0) {
		return err_set(err, ERR_MOVED, "%s", name);
	}
	strcpy(session->community, session->chain.community);
	return (judging->lines != NULL ? judge_named(session, err) : judge_waiting(session, err)) &&
		note_judged(session, name, err) && verdicts_settle(session->node, err);
}

bool review_judge(struct node *node, const struct judging *judging, struct judged *out,
	struct err *err)
{
	struct session session = { .node = node, .judging = judging, .out = out,
		.reader = { .node = node } };
	bool ok;

	memset(out, 0, sizeof(*out));
	if (!node->district) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("审核由区里进行", "the district judges changes"));
	}
	if (!words_fit(judging, err) || !node_begin(node, err)) {
		return false;
	}
	ok = judge_in(&session, err);
	line_reader_clear(&session.reader);
	slot_clear(&session.slot);
	if (!ok) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}
