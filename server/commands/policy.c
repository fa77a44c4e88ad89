/* policy.c -- linlid policy: what is accepted at once, and what a person looks at first. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "district.h"
#include "emit.h"
#include "entry.h"
#include "linli/review.h"
#include "say.h"
#include "shown.h"
#include "table.h"

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

static const char *mode_word(bool review)
{
	return review ? in("须审核", "review") : in("直接接受", "accept");
}

/* ---- policy ------------------------------------------------------- */

struct listing {
	struct node *node;
	struct buf out;      /* JSON */
	struct table *table; /* NULL: JSON */
};

/* What a policy is about, as people read it; field "": all of them. */
struct subject {
	const char *entity, *field;
};

static struct subject subject_of(struct node *node, const struct policy *policy)
{
	const struct entity *entity = model_entity(node_model(node), view_of(policy->entity));
	const struct field *field =
		entity != NULL ? entity_field(entity, view_of(policy->field)) : NULL;
	bool first = strcmp(policy->entity, POLICY_FIRST_BUNDLE) == 0;

	return (struct subject){ first            ? in("设备的第一个数据包", "a device's first bundle")
			: entity != NULL ? shown_label(&entity->label)
					 : policy->entity,
		field != NULL ? shown_label(&field->label) : policy->field };
}

static void add_subject(struct table *table, struct node *node, const struct policy *policy)
{
	struct subject subject = subject_of(node, policy);

	table_add(table, view_of(subject.entity));
	table_add(table, view_of(subject.field));
}

static bool list_policy(void *ctx, const struct policy *policy, struct err *err)
{
	struct listing *listing = ctx;
	struct buf *out = &listing->out;

	if (listing->table != NULL) {
		add_subject(listing->table, listing->node, policy);
		table_add(listing->table, view_of(mode_word(policy->review)));
		if (policy->review) {
			table_printf(listing->table, "%" PRIu32, policy->reviewers);
		} else {
			table_add(listing->table, view_of(""));
		}
		table_add(listing->table, view_of(policy->since));
		return true;
	}
	emit_open(out, '{');
	emit_member(out, "entity", policy->entity);
	emit_member(out, "field", policy->field[0] != '\0' ? policy->field : NULL);
	emit_member(out, "mode", policy->review ? "review" : "accept");
	emit_member_integer(out, "reviewers", policy->review ? policy->reviewers : 0);
	emit_member(out, "since", policy->since);
	emit_close(out, '}');
	return buf_ok(out, err);
}

static bool list_json(struct listing *listing, struct err *err)
{
	const struct model *model = node_model(listing->node);
	struct buf *out = &listing->out;
	size_t i;

	emit_begin(out);
	emit_key(out, "policies");
	emit_open(out, '[');
	if (!policy_each(listing->node, list_policy, listing, err)) {
		return false;
	}
	emit_close(out, ']');
	emit_key(out, "always_reviewed");
	emit_open(out, '[');
	for (i = 0; i < model->entity_count; i++) {
		if (model->entities[i].always_reviewed) {
			emit_text(out, view_of(model->entities[i].name));
		}
	}
	emit_close(out, ']');
	emit_end(out);
	return cli_write_take(out, err);
}

/* What the model says stands in the same table: it holds as well. */
static void add_always(struct table *table, const struct model *model)
{
	size_t i;

	for (i = 0; i < model->entity_count; i++) {
		const struct entity *entity = &model->entities[i];

		if (entity->always_reviewed) {
			table_add(table, view_of(shown_label(&entity->label)));
			table_add(table, view_of(""));
			table_add(table, view_of(in("一律审核", "always review")));
			table_add(table, view_of(""));
			table_add(table, view_of(in("数据模型", "the model")));
		}
	}
}

static bool list_table(struct listing *listing, struct err *err)
{
	const struct table_column columns[] = {
		{ in("记录", "Entity"), TABLE_TEXT },
		{ in("字段", "Field"), TABLE_TEXT },
		{ in("方式", "Policy"), TABLE_TEXT },
		{ in("审核人数", "Reviewers"), TABLE_NUMBER },
		{ in("依据", "Set by"), TABLE_TEXT },
	};
	bool ok;

	if (!table_new(&listing->table, columns, sizeof(columns) / sizeof(columns[0]), err)) {
		return false;
	}
	table_hide_empty(listing->table);
	ok = policy_each(listing->node, list_policy, listing, err);
	if (ok) {
		add_always(listing->table, node_model(listing->node));
		ok = table_print(listing->table, err);
	}
	table_free(listing->table);
	if (ok) {
		say("\n没有列出的都直接接受。无论如何都须审核的:大批删除、明显超出范围的数、"
		    "违反规则的内容、\n时间超前一天以上的改动。",
			"\nWhat is not listed is accepted at once.  Whatever the policy, these wait "
			"for a person:\nunusually many deletions, implausible values, failed "
			"checks, clocks a day ahead.");
	}
	return ok;
}

static bool show(struct invocation *invocation, struct err *err)
{
	struct listing listing = { 0 };
	bool ok;

	if (invocation->word_count != 0 && strcmp(invocation->words[0], "show") != 0) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "policy 后面应是 show 或 set:%.60s"
					   : "policy is followed by show or set: %.60s",
			invocation->words[0]);
	}
	if (!district_open(&listing.node, invocation, err)) {
		return false;
	}
	ok = cli_common(invocation)->json ? list_json(&listing, err) : list_table(&listing, err);
	buf_clear(&listing.out);
	node_close(listing.node);
	return ok;
}

const struct command policy_command = {
	.name = "policy",
	.summary = { "显示哪些改动须经审核", "Show what is reviewed before it counts" },
	.usage = "[show]",
	.max_words = 1,
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = show,
};

/* ---- policy set --------------------------------------------------- */

struct set_options {
	struct cli_common common;
	int64_t reviewers; /* -1: not given */
};

static const struct set_options set_defaults = { .reviewers = -1 };

static const struct command_option set_options[] = {
	{ "--reviewers", OPTION_COUNT, offsetof(struct set_options, reviewers), "N",
		{ "须几人同意:1(默认)或 2", "how many must accept: 1 (default) or 2" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

struct setting {
	struct node *node;
	struct policy policy;
};

/* "club", "club.name", "群众性社团.社团名称" or first-bundle. */
static bool read_subject(struct setting *setting, const char *word, struct err *err)
{
	struct policy *policy = &setting->policy;
	const char *dot = strchr(word, '.');
	const struct entity *entity;
	const struct field *field = NULL;
	struct buf name = { 0 };
	bool ok;

	if (strcmp(word, POLICY_FIRST_BUNDLE) == 0) {
		strcpy(policy->entity, POLICY_FIRST_BUNDLE);
		return true;
	}
	buf_add(&name, word, dot != NULL ? (size_t)(dot - word) : strlen(word));
	ok = buf_ok(&name, err) && cli_entity(&entity, setting->node, buf_str(&name), err) &&
		(dot == NULL || entry_field(&field, entity, view_of(dot + 1), err));
	buf_clear(&name);
	if (ok) {
		/* The model's names are shorter than MODEL_NAME_BYTES. */
		strncpy(policy->entity, entity->name, sizeof(policy->entity) - 1);
		strncpy(policy->field, field != NULL ? field->name : "",
			sizeof(policy->field) - 1);
	}
	return ok;
}

static bool read_mode(bool *review, const char *word, struct err *err)
{
	static const char *const accepts[] = { "accept", "接受", "直接接受" };
	static const char *const reviews[] = { "review", "审核", "须审核" };
	size_t i;

	for (i = 0; i < sizeof(accepts) / sizeof(accepts[0]); i++) {
		*review = strcmp(word, reviews[i]) == 0;
		if (*review || strcmp(word, accepts[i]) == 0) {
			return true;
		}
	}
	return err_set(err, ERR_USAGE,
		terminal_chinese() ? "应写 accept(直接接受)或 review(须审核),而不是:%.60s"
				   : "say accept or review, not: %.60s",
		word);
}

static bool read_policy(
	struct setting *setting, const struct invocation *invocation, struct err *err)
{
	const struct set_options *given = (const void *)invocation->options;
	struct policy *policy = &setting->policy;

	if (!read_mode(&policy->review, invocation->words[1], err)) {
		return false;
	}
	if (given->reviewers != -1 && !policy->review) {
		return err_set(err, ERR_USAGE, "%s",
			in("--reviewers 只用于 review", "--reviewers goes with review only"));
	}
	if (given->reviewers == 0 || given->reviewers > POLICY_MAX_REVIEWERS) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "--reviewers 应为 1 或 %d" : "--reviewers: 1 or %d",
			POLICY_MAX_REVIEWERS);
	}
	policy->reviewers = given->reviewers > 1 ? (uint32_t)given->reviewers : 1;
	return true;
}

static bool set_it(void *ctx, struct err *err)
{
	struct setting *setting = ctx;

	return policy_set(setting->node, &setting->policy, err);
}

static bool set_json(const struct policy *policy, bool dry_run, struct err *err)
{
	struct buf out = { 0 };

	emit_begin(&out);
	emit_member(&out, "entity", policy->entity);
	emit_member(&out, "field", policy->field[0] != '\0' ? policy->field : NULL);
	emit_member(&out, "mode", policy->review ? "review" : "accept");
	emit_member_integer(&out, "reviewers", policy->review ? policy->reviewers : 0);
	emit_member_bool(&out, "dry_run", dry_run);
	emit_end(&out);
	return cli_write_take(&out, err);
}

static void set_text(const struct setting *setting, bool dry_run)
{
	const struct policy *policy = &setting->policy;
	struct subject subject = subject_of(setting->node, policy);
	const char *mode = mode_word(policy->review), *of = subject.field[0] != '\0' ? "." : "";

	if (dry_run) {
		say_result("将规定 %s%s%s:%s。", "Would set %s%s%s: %s.", subject.entity, of,
			subject.field, mode);
		return;
	}
	say_result("%s%s%s:%s。", "%s%s%s: %s.", subject.entity, of, subject.field, mode);
	if (policy->review && policy->reviewers > 1) {
		say_result("须 %" PRIu32 " 人先后同意。", "%" PRIu32 " people must accept.",
			policy->reviewers);
	}
	if (policy->review) {
		say("从现在起收到的改动要先审核:linlid review",
			"What is received from now on waits for a person: linlid review");
	} else {
		say("已在等待的改动仍须处理:linlid review",
			"What waits already goes on waiting: linlid review");
	}
}

static bool set(struct invocation *invocation, struct err *err)
{
	const struct set_options *given = (const void *)invocation->options;
	struct setting setting = { .node = NULL };
	bool ok;

	ok = read_policy(&setting, invocation, err) &&
		district_open_writing(&setting.node, invocation, err) &&
		read_subject(&setting, invocation->words[0], err) &&
		node_transaction(setting.node, set_it, &setting, given->common.dry_run, err);
	if (ok && given->common.json) {
		ok = set_json(&setting.policy, given->common.dry_run, err);
	} else if (ok) {
		set_text(&setting, given->common.dry_run);
	}
	node_close(setting.node);
	return ok;
}

const struct command policy_set_command = {
	.name = "policy set",
	.summary = { "规定某类记录或字段是否须审核", "Say whether an entity or a field is reviewed" },
	.notes = { "例:linlid policy set 群众性社团 review\n"
		   "    linlid policy set 群众性社团.社团名称 review --reviewers 2\n"
		   "    linlid policy set first-bundle review(设备的第一个数据包)",
		"As in: linlid policy set club review\n"
		"       linlid policy set club.name review --reviewers 2\n"
		"       linlid policy set first-bundle review (of each device)" },
	.usage = "ENTITY[.FIELD]|first-bundle accept|review",
	.min_words = 2,
	.max_words = 2,
	.options = set_options,
	.options_bytes = sizeof(struct set_options),
	.defaults = &set_defaults,
	.run = set,
};
