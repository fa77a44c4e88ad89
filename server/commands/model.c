/* model.c -- linlid model: what is recorded and counted, and its next version. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "district.h"
#include "emit.h"
#include "say.h"
#include "shown.h"

/* ---- show ------------------------------------------------------------- */

static bool show(struct node *node, bool json, struct err *err)
{
	const struct model *model = node_model(node);
	struct buf out = { 0 };

	if (json) {
		emit_begin(&out);
		emit_member(&out, "name", model->name);
		emit_member_integer(&out, "version", model->version);
		emit_member(&out, "sha256", model->sha256);
		emit_member_integer(&out, "entities", (int64_t)model->entity_count);
		emit_member_integer(&out, "measures", (int64_t)model->measure_count);
		emit_member_integer(&out, "indicators", (int64_t)model->indicator_count);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	say_result("%s 第 %" PRId64 " 版(%s):%zu 类记录,%zu 个指标,%zu 个复合指标\n%s",
		"%s, version %" PRId64 " (%s): %zu entities, %zu measures, %zu indicators\n%s",
		model->name, model->version, shown_label(&model->label), model->entity_count,
		model->measure_count, model->indicator_count, model->sha256);
	return true;
}

static bool model_run(struct invocation *invocation, struct err *err)
{
	struct node *node = NULL;
	bool ok = district_open(&node, invocation, err) &&
		show(node, cli_common(invocation)->json, err);

	node_close(node);
	return ok;
}

const struct command model_command = {
	.name = "model",
	.summary = { "显示数据模型的版本", "Show the version of the model" },
	.usage = "",
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = model_run,
};

static bool document_run(struct invocation *invocation, struct err *err)
{
	struct node *node = NULL;
	bool ok = district_open(&node, invocation, err) &&
		terminal_write(node_model(node)->document, err);

	node_close(node);
	return ok;
}

const struct command model_document_command = {
	.name = "model document",
	.summary = { "输出数据模型的全文", "Write the model's document" },
	.usage = "",
	.options = cli_read_options,
	.options_bytes = sizeof(struct cli_common),
	.run = document_run,
};

/* ---- publish ------------------------------------------------------------ */

/* What a newer model has that the present one has not. */
struct news {
	const struct model *before, *after;
	struct buf entities, fields, figures; /* names, ", " between them */
};

static void add_name(struct buf *list, const char *of, const char *name)
{
	buf_printf(list, "%s%s%s%s", list->len != 0 ? ", " : "", of, of[0] != '\0' ? "." : "",
		name);
}

static void compare(struct news *news)
{
	const struct model *before = news->before, *after = news->after;
	size_t i, j;

	for (i = 0; i < after->entity_count; i++) {
		const struct entity *entity = &after->entities[i];
		const struct entity *old = model_entity(before, view_of(entity->name));

		if (old == NULL) {
			add_name(&news->entities, "", entity->name);
		}
		for (j = old != NULL ? old->field_count : entity->field_count;
			j < entity->field_count; j++) {
			add_name(&news->fields, entity->name, entity->fields[j].name);
		}
	}
	for (i = 0; i < after->measure_count; i++) {
		if (model_measure(before, view_of(after->measures[i].name)) == NULL) {
			add_name(&news->figures, "", after->measures[i].name);
		}
	}
	for (i = 0; i < after->indicator_count; i++) {
		if (model_indicator(before, view_of(after->indicators[i].name)) == NULL) {
			add_name(&news->figures, "", after->indicators[i].name);
		}
	}
}

static bool publish_show(const struct cli_common *given, const struct news *news, struct err *err)
{
	struct buf out = { 0 };

	if (given->json) {
		emit_begin(&out);
		emit_member(&out, "name", news->after->name);
		emit_member_integer(&out, "version", news->after->version);
		emit_member(&out, "sha256", news->after->sha256);
		emit_member(&out, "new_entities", buf_str(&news->entities));
		emit_member(&out, "new_fields", buf_str(&news->fields));
		emit_member(&out, "new_figures", buf_str(&news->figures));
		emit_member_bool(&out, "dry_run", given->dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (news->entities.len != 0) {
		say("新增的记录类别:%s", "New entities: %s", buf_str(&news->entities));
	}
	if (news->fields.len != 0) {
		say("新增的字段:%s", "New fields: %s", buf_str(&news->fields));
	}
	if (news->figures.len != 0) {
		say("新增的指标:%s", "New figures: %s", buf_str(&news->figures));
	}
	if (given->dry_run) {
		say_result("第 %" PRId64 " 版可以发布(现为第 %" PRId64 " 版)。",
			"Version %" PRId64 " can be published (now: %" PRId64 ").",
			news->after->version, news->before->version);
		return true;
	}
	say_result("已发布 %s 第 %" PRId64 " 版。", "Published %s, version %" PRId64 ".",
		news->after->name, news->after->version);
	say("各社区下次交换时收到;在此之前照旧版记录,不会丢失。",
		"Communities receive it with the next exchange; until then they go on with "
		"theirs, and nothing is lost.");
	return true;
}

struct publishing {
	struct node *node;
	struct view document;
};

static bool publish(void *ctx, struct err *err)
{
	struct publishing *publishing = ctx;

	return node_publish_model(publishing->node, publishing->document, err);
}

static bool publish_run(struct invocation *invocation, struct err *err)
{
	const struct cli_common *given = cli_common(invocation);
	struct publishing publishing = { 0 };
	struct model *before = NULL, *after = NULL;
	struct news news = { 0 };
	struct buf document = { 0 };
	bool ok = false;

	if (!cli_read_file(&document, invocation->words[0], MODEL_MAX_BYTES, err) ||
		!model_parse(&after, buf_as_view(&document), err) ||
		!district_open_writing(&publishing.node, invocation, err) ||
		/* A copy: the node goes over to the new one. */
		!model_parse(&before, node_model(publishing.node)->document, err)) {
		goto out;
	}
	publishing.document = buf_as_view(&document);
	news.before = before;
	news.after = after;
	compare(&news);
	ok = node_transaction(publishing.node, publish, &publishing, given->dry_run, err) &&
		publish_show(given, &news, err);
out:
	buf_clear(&news.entities);
	buf_clear(&news.fields);
	buf_clear(&news.figures);
	buf_clear(&document);
	node_close(publishing.node);
	model_free(before);
	model_free(after);
	return ok;
}

const struct command model_publish_command = {
	.name = "model publish",
	.summary = { "发布数据模型的新版本", "Publish a newer version of the model" },
	.notes = { "新版本只能增加:原有的记录类别和字段保持不变,版本号要更大。\n"
		   "先用 linlid model document > FILE 取得现有的全文,改好后用 --dry-run 检查。",
		"A newer version only adds: entities and fields stay as they are, and its number\n"
		"is higher.  Begin with linlid model document > FILE; --dry-run checks it." },
	.usage = "FILE",
	.min_words = 1,
	.max_words = 1,
	.options = cli_write_options,
	.options_bytes = sizeof(struct cli_common),
	.run = publish_run,
};
