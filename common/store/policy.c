/* policy.c -- what the district wants to see before it counts; see linli/review.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "linli/records.h"
#include "sha256.h"

static void copy_text(char *out, size_t room, struct view text)
{
	size_t len = text.len < room ? text.len : 0;

	memcpy(out, text.data, len);
	out[len] = '\0';
}

void policies_forget(struct node *node)
{
	free(node->policies);
	node->policies = NULL;
	node->policy_count = 0;
}

bool policies_load(struct node *node, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT entity, field, mode, reviewers FROM policy ORDER BY entity, field");
	bool row;

	policies_forget(node);
	for (;;) {
		struct policy *grown, *policy;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return true;
		}
		grown = realloc(node->policies, (node->policy_count + 1) * sizeof(*grown));
		if (grown == NULL) {
			stmt_reset(stmt);
			return err_nomem(err);
		}
		node->policies = grown;
		policy = &grown[node->policy_count++];
		memset(policy, 0, sizeof(*policy));
		copy_text(policy->entity, sizeof(policy->entity), stmt_get_text(stmt, 0));
		copy_text(policy->field, sizeof(policy->field), stmt_get_text(stmt, 1));
		policy->review = view_is(stmt_get_text(stmt, 2), "review");
		policy->reviewers = stmt_get_int(stmt, 3) > 1 ? POLICY_MAX_REVIEWERS : 1;
	}
}

const struct policy *policy_of(const struct node *node, const char *entity, const char *field)
{
	size_t i;

	for (i = 0; i < node->policy_count; i++) {
		if (strcmp(node->policies[i].entity, entity) == 0 &&
			strcmp(node->policies[i].field, field) == 0) {
			return &node->policies[i];
		}
	}
	return NULL;
}

/* "committee-member--since": entity and field as a slug; a hash where that is too long. */
static struct record_id policy_id(const char *entity, const char *field)
{
	char text[2 * MODEL_NAME_BYTES + 3];
	struct record_id id = { 0 };
	uint8_t hash[SHA256_BYTES];
	int len = snprintf(text, sizeof(text), "%s%s%s", entity, field[0] != '\0' ? "--" : "",
		field);
	int i;

	for (i = 0; i < len; i++) {
		text[i] = text[i] == '_' ? '-' : text[i];
	}
	if (len >= SLUG_TEXT_BYTES) {
		sha256(hash, text, (size_t)len);
		hex_encode(text, hash, (SLUG_TEXT_BYTES - 1) / 2);
	}
	id.len = (uint8_t)strlen(text);
	memcpy(id.bytes, text, id.len);
	return id;
}

static bool names_exist(struct node *node, const struct policy *policy, struct err *err)
{
	const struct entity *entity;

	if (strcmp(policy->entity, POLICY_FIRST_BUNDLE) == 0 && policy->field[0] == '\0') {
		return true;
	}
	entity = model_entity(node->model, view_of(policy->entity));
	if (entity == NULL || entity->trust) {
		return err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("没有这类记录", "there is no such entity") ": %s", policy->entity);
	}
	if (policy->field[0] != '\0' &&
		entity_field(entity, view_of(policy->field)) == NULL) {
		return err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("“%s”没有字段 %s", "%s has no field %s"), entity->label.zh,
			policy->field, entity->name, policy->field);
	}
	return true;
}

static struct assignment set(const struct entity *entity, const char *field, struct value value)
{
	return (struct assignment){ entity_field(entity, view_of(field)), ASSIGN_SET, value };
}

bool policy_set(struct node *node, const struct policy *policy, struct err *err)
{
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("policy"));
	struct record_id id, made;
	const struct audit_item detail[] = { { "entity", policy->entity, 0 },
		{ "field", policy->field, 0 }, { "mode", policy->review ? "review" : "accept", 0 },
		{ "reviewers", NULL, policy->reviewers }, { NULL, NULL, 0 } };
	struct assignment assignments[4];
	size_t count = 0;

	if (!node->district) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("审核规定由区里制定", "the district sets the policy"));
	}
	if (policy->reviewers < 1 || policy->reviewers > POLICY_MAX_REVIEWERS) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("审核人数只能是 1 或 2", "one or two reviewers"));
	}
	if (!names_exist(node, policy, err)) {
		return false;
	}
	id = policy_id(policy->entity, policy->field);
	assignments[count++] = set(entity, "entity",
		(struct value){ VALUE_TEXT, 0, view_of(policy->entity) });
	if (policy->field[0] != '\0') {
		assignments[count++] = set(entity, "field",
			(struct value){ VALUE_TEXT, 0, view_of(policy->field) });
	}
	assignments[count++] = set(entity, "mode",
		(struct value){ VALUE_TEXT, 0, view_of(policy->review ? "review" : "accept") });
	assignments[count++] = set(entity, "reviewers",
		(struct value){ VALUE_INT, policy->reviewers, { NULL, 0 } });
	if (!node_begin(node, err)) {
		return false;
	}
	if (!records_put(node, entity, &id, assignments, count, &made, err) ||
		!audit_add(node, NULL, AUDIT_POLICY_SET, detail, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}

static bool keep_last(void *ctx, const struct history_line *line, struct err *err)
{
	char *since = ctx;

	(void)err;
	strcpy(since, line->line);
	return true;
}

bool policy_each(struct node *node,
	bool (*each)(void *ctx, const struct policy *policy, struct err *err), void *ctx,
	struct err *err)
{
	const struct entity *entity;
	struct policy *policies;
	size_t i, count;
	bool ok = true;

	if (!node_refresh(node, err)) {
		return false;
	}
	entity = model_entity(node->model, VIEW_LITERAL("policy"));
	count = node->policy_count;
	policies = calloc(count + 1, sizeof(*policies));
	if (policies == NULL) {
		return err_nomem(err);
	}
	if (count != 0) {
		memcpy(policies, node->policies, count * sizeof(*policies));
	}
	for (i = 0; ok && i < count; i++) {
		struct record_id id = policy_id(policies[i].entity, policies[i].field);

		ok = records_history(node, entity, &id, keep_last, policies[i].since, err) &&
			each(ctx, &policies[i], err);
	}
	free(policies);
	return ok;
}
