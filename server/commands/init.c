/* init.c -- linlid init: a district's first node. */
#include <string.h>
#include <unistd.h>

#include "district.h"
#include "emit.h"
#include "say.h"

struct init_options {
	struct cli_common common;
	const char *name, *model, *url;
};

static const struct command_option options[] = {
	{ "--name", OPTION_VALUE, offsetof(struct init_options, name), "NAME",
		{ "区的名称,如“拱墅区”", "name of the district" } },
	{ "--model", OPTION_VALUE, offsetof(struct init_options, model), "FILE",
		{ "数据模型文件(默认使用内置模型)",
			"model document (default: the built-in one)" } },
	{ "--url", OPTION_VALUE, offsetof(struct init_options, url), "URL",
		{ "各社区访问本服务器的地址,写入邀请",
			"address at which communities reach this server; goes into invitations" } },
	CLI_OPTION_JSON,
	CLI_OPTION_DRY_RUN,
	CLI_OPTION_PASSPHRASE,
	CLI_OPTION_END,
};

/* The rest, such as strange characters, is refused when an invitation is made. */
static bool check_url(const char *url, struct err *err)
{
	struct view text = view_of(url);
	bool ok = (view_begins(text, "http://") || view_begins(text, "https://")) &&
		text.len < sizeof(((struct federation *)NULL)->url) &&
		strpbrk(url, " \t\r\n\"<>\\") == NULL;

	return ok ||
		err_set(err, ERR_VALUE,
			terminal_chinese() ? "--url 应以 http:// 或 https:// 开头:%.200s"
					   : "--url must begin with http:// or https://: %.200s",
			url);
}

/* What node_found() would refuse, without making anything. */
static bool try_out(const struct cli_place *place, struct view document, struct err *err)
{
	struct buf path = { 0 };
	struct model *model = NULL;
	bool ok = false;

	buf_printf(&path, "%s/device.key", place->options.home);
	if (!buf_ok(&path, err)) {
		goto out;
	}
	if (access(buf_str(&path), F_OK) == 0) {
		err_set(err, ERR_EXISTS,
			ERR_BOTH("文件夹里已有密钥", "the folder holds a key already") ": %s",
			place->options.home);
		goto out;
	}
	ok = model_parse(&model, document.len != 0 ? document : model_builtin(), err);
out:
	model_free(model);
	buf_clear(&path);
	return ok;
}

static bool make(const struct cli_place *place, const struct init_options *given,
	struct view document, struct node **out, struct err *err)
{
	return node_found(out, &place->options, given->name, document, err) &&
		(given->url == NULL || node_set(*out, "federation_url", view_of(given->url), err));
}

static bool show_json(struct node *node, const struct cli_place *place,
	const struct init_options *given, struct err *err)
{
	char id[DEVICE_TEXT_BYTES];
	struct buf out = { 0 };

	emit_begin(&out);
	emit_member(&out, "name", given->name);
	emit_member(&out, "home", place->options.home);
	emit_member(&out, "url", given->url);
	emit_member_bool(&out, "dry_run", node == NULL);
	if (node != NULL) {
		device_id_print(id, node_federation_id(node));
		emit_member(&out, "federation", id);
		device_id_print(id, node_device(node));
		emit_member(&out, "device", id);
		emit_member_integer(&out, "model", node_model(node)->version);
	}
	emit_end(&out);
	return cli_write_take(&out, err);
}

static void show(struct node *node, const struct cli_place *place, const struct init_options *given)
{
	char id[DEVICE_TEXT_BYTES];

	if (node == NULL) {
		say_result("将在 %s 建立“%s”。", "Would found \"%s\" in %s.", place->options.home,
			given->name);
		return;
	}
	device_id_print(id, node_federation_id(node));
	say_result("已建立“%s”,联盟编号 %s,记录保存在 %s。",
		"Founded \"%s\", federation %s; its records are in %s.", given->name, id,
		place->options.home);
	say("接下来:\n"
	    "  提供服务:linlid serve\n"
	    "  邀请社区:linlid invite 社区编号 --name 名称 --street 街道 -o 文件",
		"Next:\n"
		"  start the server:    linlid serve\n"
		"  invite a community:  linlid invite COMMUNITY --name NAME --street STREET -o "
		"FILE");
	if (place->options.passphrase == NULL) {
		say("密钥没有口令保护:请保管好 %s/device.key,并另存一份。",
			"The key has no passphrase: guard %s/device.key, and keep a copy "
			"elsewhere.",
			place->options.home);
	}
}

static bool run(struct invocation *invocation, struct err *err)
{
	const struct init_options *given = (const void *)invocation->options;
	struct cli_place place = { 0 };
	struct buf document = { 0 };
	struct node *node = NULL;
	bool ok = false;

	if (!district_required(given->name, "--name", err) ||
		(given->url != NULL && !check_url(given->url, err)) ||
		!cli_place_find(&place, invocation, err)) {
		goto out;
	}
	if (given->model != NULL && !cli_read_file(&document, given->model, MODEL_MAX_BYTES, err)) {
		goto out;
	}
	ok = given->common.dry_run ? try_out(&place, buf_as_view(&document), err)
				   : make(&place, given, buf_as_view(&document), &node, err);
	if (!ok) {
		goto out;
	}
	if (given->common.json) {
		ok = show_json(node, &place, given, err);
	} else {
		show(node, &place, given);
	}
out:
	node_close(node);
	buf_clear(&document);
	cli_place_clear(&place);
	return ok;
}

const struct command init_command = {
	.name = "init",
	.summary = { "在本机建立一个新的区", "Found a new district on this computer" },
	.usage = "--name NAME [--url URL]",
	.options = options,
	.options_bytes = sizeof(struct init_options),
	.run = run,
};
