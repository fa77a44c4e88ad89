/* before.c -- see before.h. */
#include <string.h>

#include "before.h"
#include "linli/rekey.h"
#include "linli/users.h"

void before_clear(struct before *before)
{
	buf_clear(&before->users);
	buf_clear(&before->devices);
	buf_clear(&before->former);
	memset(before, 0, sizeof(*before));
}

static bool note_user(void *ctx, const struct user *user, struct err *err)
{
	struct buf *names = ctx;

	if (user->disabled_ms != 0) {
		buf_add(names, user->name, strlen(user->name) + 1);
	}
	return buf_ok(names, err);
}

static bool note_device(void *ctx, const struct device *device, struct err *err)
{
	struct buf *names = ctx;
	char name[DEVICE_TEXT_BYTES];

	if (device->revoked) {
		device_id_print(name, device->id);
		buf_add(names, name, sizeof(name));
	}
	return buf_ok(names, err);
}

static bool note_former(void *ctx, struct device_id device, struct err *err)
{
	struct buf *list = ctx;

	buf_add(list, &device, sizeof(device));
	return buf_ok(list, err);
}

bool before_look(struct before *out, const struct node_options *options, struct err *err)
{
	struct node *node = NULL;
	struct err damaged;

	memset(out, 0, sizeof(*out));
	if (!node_open(&node, options, &damaged)) {
		return true;
	}
	out->federation = node_federation_id(node);
	out->device = node_device(node);
	out->known =
		(!node_is_district(node) || users_each(node, note_user, &out->users, &damaged)) &&
		node_each_device(node, note_device, &out->devices, &damaged) &&
		rekey_each_former(node, note_former, &out->former, &damaged);
	node_close(node);
	if (!out->known) {
		before_clear(out);
		return damaged.code != ERR_NOMEM || err_nomem(err);
	}
	return true;
}

static bool was_once(const struct before *before, struct device_id device)
{
	struct device_id one;
	size_t at;

	for (at = 0; at < before->former.len; at += sizeof(one)) {
		memcpy(&one, before->former.data + at, sizeof(one));
		if (device_id_equal(one, device)) {
			return true;
		}
	}
	return false;
}

bool before_agrees(const struct before *before, struct device_id federation,
	struct device_id device, bool *older, struct err *err)
{
	*older = false;
	if (!before->known) {
		return true;
	}
	if (!device_id_equal(before->federation, federation)) {
		return err_set(err, ERR_FEDERATION,
			ERR_BOTH("文件夹里的记录属于另一个联盟,请另选空文件夹",
				"the records in the folder are of another one; take an empty "
				"folder"));
	}
	*older = was_once(before, device);
	return *older || device_id_equal(before->device, device) ||
		err_set(err, ERR_KEY,
			ERR_BOTH("文件夹里是另一台设备的记录,请另选空文件夹",
				"the records in the folder are another device's; take an empty "
				"folder"));
}

static bool user_again(struct node *node, const char *name, bool *again, struct err *err)
{
	struct user user;

	*again = false;
	if (!users_get(node, name, &user, err)) {
		return err->code == ERR_NOT_FOUND;
	}
	*again = user.disabled_ms == 0;
	return true;
}

static bool device_again(struct node *node, const char *name, bool *again, struct err *err)
{
	struct device_id id;
	struct device device;

	(void)err;
	*again = device_id_parse(&id, view_of(name)) && node_find_device(node, id, &device) &&
		!device.revoked && !device_id_equal(id, node_device(node));
	return true;
}

static bool compare(struct buf *out, const struct buf *names, struct node *node,
	bool (*is_again)(struct node *node, const char *name, bool *again, struct err *err),
	struct err *err)
{
	const char *name = buf_str(names), *end = name + names->len;
	bool again;

	for (; name < end; name += strlen(name) + 1) {
		if (!is_again(node, name, &again, err)) {
			return false;
		}
		if (again) {
			buf_add(out, name, strlen(name) + 1);
		}
	}
	return buf_ok(out, err);
}

bool before_compare(
	const struct before *before, struct node *node, struct restored *out, struct err *err)
{
	out->compared = before->known;
	return compare(&out->users, &before->users, node, user_again, err) &&
		compare(&out->devices, &before->devices, node, device_again, err);
}
