/* carry.c -- exchange through a folder; see linli/carry.h. */
#include <stdlib.h>
#include <string.h>

#include "linli/enrol.h"
#include "linli/erase.h"
#include "linli/rekey.h"
#include "lives.h"
#include "stick.h"

/* The community's other devices. */
struct siblings {
	struct node *node;
	size_t count;
	struct device_id asked; /* is it one that this home was? */
	bool former;
};

bool stick_find(struct carry *carry, const char *dir, struct err *err)
{
	const struct env *env = carry->env;
	char federation[DEVICE_TEXT_BYTES];
	struct buf names = { 0 };
	bool ok;

	device_id_print(federation, node_federation_id(carry->node));
	buf_printf(&carry->folder, "%s/linli-%s", dir, federation);
	ok = env->list_dir(env->ctx, &names, dir, err) && buf_ok(&carry->folder, err);
	buf_clear(&names);
	/* What is written there must stay on the stick. */
	if (ok && env->is_link(env->ctx, buf_str(&carry->folder))) {
		ok = err_set(err, ERR_FORMAT,
			ERR_BOTH("是链接,不是文件夹", "is a link, not a folder") ": %s",
			buf_str(&carry->folder));
	}
	return ok;
}

static bool is_one(void *ctx, struct device_id former, struct err *err)
{
	struct siblings *siblings = ctx;

	(void)err;
	siblings->former = siblings->former || device_id_equal(former, siblings->asked);
	return true;
}

/* Other computers of the community; not what this home was before its key was lost. */
static bool count_sibling(void *ctx, const struct device *device, struct err *err)
{
	struct siblings *siblings = ctx;

	if (device->revoked || device_id_equal(device->id, node_device(siblings->node)) ||
		strcmp(device->community, node_community(siblings->node)) != 0) {
		return true;
	}
	siblings->asked = device->id;
	siblings->former = false;
	if (!rekey_each_former(siblings->node, is_one, siblings, err)) {
		return false;
	}
	siblings->count += !siblings->former;
	return true;
}

/*
 * What may come back signed is signed where those who would know of it have left
 * word, and nobody names more of this node's key than is here.
 */
static bool allow_known(struct carry *carry, struct err *err)
{
	const unsigned common = 1U << SCOPE_FEDERATION | 1U << SCOPE_DISTRICT,
		       own = 1U << SCOPE_COMMUNITY;
	struct siblings siblings = { .node = carry->node };
	unsigned scopes = FORKS_ALL_SCOPES, told = 0;
	size_t i;

	if (node_is_district(carry->node) || !forks_may_come_back(carry->node)) {
		forks_allow_as_ever(carry->node);
		return true;
	}
	if (!node_each_device(carry->node, count_sibling, &siblings, err)) {
		return false;
	}
	told = siblings.count == 0 ? own : 0;
	for (i = 0; i < carry->heads_count; i++) {
		const struct device *device = heads_device(carry->heads[i]);

		told |= device->server ? common : 0;
		told |= strcmp(device->community, node_community(carry->node)) == 0 ? own : 0;
		if (!lives_heard(carry->node, carry->heads[i], &scopes, err)) {
			return false;
		}
	}
	forks_allow(carry->node, scopes & told);
	return true;
}

static bool run(struct carry *carry, const char *dir, struct err *err)
{
	struct tally packed;
	struct err why = { 0 };

	/*
	 * What was changed here is signed before anything is merged, so that
	 * "Seen" is exact; the answers to what lay there go home on the same stick.
	 */
	forks_allow(carry->node, 0);
	if (!stick_find(carry, dir, err) || !stick_list(carry, err) ||
		!stick_hear(carry, err) ||
		!erase_finish(carry->node, err) || !outbox_pack(carry->node, &packed, err) ||
		!stick_answer_requests(carry, err) || !stick_read(carry, err) ||
		!allow_known(carry, err) ||
		!erase_finish(carry->node, err) || !outbox_pack(carry->node, &packed, err)) {
		return false;
	}
	if (stick_write(carry, &why)) {
		return true;
	}
	if (why.code == ERR_IO || why.code == ERR_DISK_FULL) {
		why.code = ERR_PARTIAL;
	}
	return err_set(
		err, why.code,
		ERR_BOTH("已收下里面的内容,但写出失败",
			"what lay there was taken in, but writing failed")
		": %s", why.detail);
}

void stick_clear(struct carry *carry)
{
	size_t i;

	for (i = 0; i < carry->file_count; i++) {
		received_clear(&carry->files[i].received);
	}
	for (i = 0; i < carry->heads_count; i++) {
		heads_free(carry->heads[i]);
	}
	free(carry->files);
	free(carry->heads);
	buf_clear(&carry->folder);
}

/*
 * The district seals to all whose key it takes.  Where it has not sealed to an
 * enrolled device, that one is shut out, or the files are older than it.
 */
static bool note_shut_out(struct carry *carry, struct err *err)
{
	struct node *node = carry->node;

	if (carry->pouch != NULL || node_is_district(node) ||
		(!carry->opened && !carry->not_for_us)) {
		return true;
	}
	carry->result->shut_out = !carry->opened && node_enrolled(node);
	return rekey_shut_out_set(node, carry->result->shut_out, err);
}

bool stick_carry(struct node *node, const struct env *env, struct pouch *pouch, const char *dir,
	struct sync_result *result, struct err *err)
{
	struct carry carry = { .node = node, .env = env, .pouch = pouch, .result = result };
	bool waited = rekey_waits(node, NULL), asked = request_waits(node, NULL), ok;
	struct balance balance;

	memset(result, 0, sizeof(*result));
	ok = run(&carry, dir, err) && note_shut_out(&carry, err) &&
		refusals_drop_passed(&result->received, node, err) &&
		chains_balance(node, &balance, err);
	forks_allow_as_ever(node);
	if (waited && !rekey_waits(node, NULL)) {
		result->key_request = KEY_REQUEST_CONFIRMED;
	}
	if (asked && !waited && node_enrolled(node)) {
		result->enrolment = KEY_REQUEST_CONFIRMED;
	}
	stick_clear(&carry);
	return ok;
}

bool exchange_carry(struct node *node, const char *dir, struct sync_result *result, struct err *err)
{
	return stick_carry(node, node_env(node), NULL, dir, result, err) ||
		err_wrap(err, "%s", dir);
}
