/* district.c -- see district.h. */
#include "district.h"

#include <stdlib.h>

#include "linli/audit.h"
#include "linli/enrol.h"

_Static_assert(sizeof(struct district_code) >= SHORT_CODE_BYTES, "the code fits");

static bool check_role(struct node **node, struct err *err)
{
	if (node_is_district(*node)) {
		return true;
	}
	err_set(err, ERR_SCOPE,
		terminal_chinese() ? "%s 里是社区的记录,请使用 linli"
				   : "the records in %s are a community's: use linli",
		node_home(*node));
	node_close(*node);
	*node = NULL;
	return false;
}

bool district_open(struct node **out, const struct invocation *invocation, struct err *err)
{
	return cli_open(out, invocation, err) && check_role(out, err);
}

bool district_open_writing(struct node **out, const struct invocation *invocation, struct err *err)
{
	return cli_open_writing(out, invocation, err) && check_role(out, err);
}

bool district_required(const char *value, const char *name, struct err *err)
{
	return value != NULL ||
		err_set(err, ERR_USAGE, terminal_chinese() ? "还需要写明 %s" : "%s is needed",
			name);
}

struct district_code district_code(struct node *node, const uint8_t *public_key)
{
	struct district_code code;

	short_code(code.text, node_federation(node)->key, public_key);
	return code;
}

bool district_device_read(struct device_id *out, const char *word, struct err *err)
{
	return device_id_parse(out, view_of(word)) ||
		err_set(err, ERR_USAGE,
			terminal_chinese() ? "“%.40s”不是设备编号(16 位十六进制数)"
					   : "'%.40s' is no device id (16 hex digits)",
			word);
}

const char *district_login_name(void)
{
	static const char *const variables[] = { "USER", "LOGNAME" };
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *name = getenv(variables[i]);

		if (name != NULL && name[0] != '\0') {
			return name;
		}
	}
	return AUDIT_OPERATOR;
}

bool district_name_free(const struct env *env, const char *path, struct err *err)
{
	struct buf there = { 0 };
	struct err why = { 0 };
	bool found = env->read_file(env->ctx, &there, path, 1, &why);

	buf_wipe(&there);
	return (!found && why.code == ERR_NOT_FOUND) ||
		err_set(err, ERR_EXISTS,
			terminal_chinese() ? "文件 %s 已存在" : "there is a file %s already", path);
}
