/*
 * carry_request.c -- a request to be enrolled, or for another key, travels on the stick by
 * itself; see stick.h.  The answer is the trust record, which comes with the district's bundles.
 */
#include <string.h>

#include "key.h"
#include "linli/enrol.h"
#include "linli/forks.h"
#include "linli/rekey.h"
#include "stick.h"

#define REQUEST_FILE_MAX_BYTES (ROTATION_MAX_BYTES + 16 * 1024) /* sealed */

/* ---- district -------------------------------------------------------- */

/* *open: it is a request, for this node; what is wrong with it is in ${why}. */
static bool open_request(struct carry *carry, const struct stick_file *file, struct buf *plain,
	struct err *why)
{
	struct buf sealed = { 0 };
	bool ok;

	ok = stick_read_file(carry, file, REQUEST_FILE_MAX_BYTES, &sealed, why) &&
		node_open_sealed(carry->node, plain, buf_as_view(&sealed), REQUEST_FILE_MAX_BYTES, why);
	buf_clear(&sealed);
	return ok;
}

/* A request for another key; one that was granted already is nothing. */
static bool rotate(struct carry *carry, struct view plain, struct err *err)
{
	struct buf answer = { 0 };
	struct rotation rotation;
	struct device known;
	bool ok;

	if (!rotation_parse(&rotation, plain, err)) {
		return false;
	}
	if (node_find_device(carry->node, public_key_device(rotation.public_key), &known)) {
		return true;
	}
	ok = rotation_accept(carry->node, plain, &answer, NULL, err);
	carry->result->keys_replaced += ok ? 1 : 0;
	buf_clear(&answer);
	return ok;
}

/* A request to be enrolled. */
static bool enrol(struct carry *carry, struct view plain, struct err *err)
{
	struct application application;
	struct buf answer = { 0 };
	struct device known;
	bool ok;

	if (!request_parse(&application, plain, err)) {
		return false;
	}
	if (node_find_device(carry->node, public_key_device(application.public_key), &known)) {
		return true;
	}
	ok = request_accept(carry->node, plain, &answer, NULL, err);
	carry->result->devices_enrolled += ok ? 1 : 0;
	buf_clear(&answer);
	return ok;
}

static bool answer_one(struct carry *carry, const struct stick_file *file, struct err *err)
{
	struct buf plain = { 0 };
	struct err why = { 0 };
	bool ok;

	ok = open_request(carry, file, &plain, &why) &&
		(rotation_is(buf_as_view(&plain)) ? rotate(carry, buf_as_view(&plain), &why)
						  : enrol(carry, buf_as_view(&plain), &why));
	buf_clear(&plain);
	return ok || stick_refuse(carry, file, &why, err);
}

bool stick_answer_requests(struct carry *carry, struct err *err)
{
	size_t i;

	if (!node_is_district(carry->node) || forks_may_come_back(carry->node)) {
		return true; /* the next time */
	}
	for (i = 0; i < carry->file_count; i++) {
		if (carry->files[i].kind == STICK_REQUEST && !answer_one(carry, &carry->files[i], err)) {
			return err_wrap(err, "%s", carry->files[i].name);
		}
	}
	return true;
}

/* ---- community ------------------------------------------------------- */

/* Is there one of before, that has been answered? */
static bool remove_request(struct carry *carry, const struct stick_file *request, struct err *err)
{
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < carry->file_count; i++) {
		const struct stick_file *file = &carry->files[i];

		ok = file->kind != STICK_REQUEST || strcmp(file->token, request->token) != 0 ||
			stick_remove(carry, file, err);
	}
	return ok;
}

bool stick_write_request(struct carry *carry, const struct audience *audience, struct err *err)
{
	struct stick_file file = { .kind = STICK_REQUEST };
	struct buf request = { 0 };
	bool ok;

	if (node_is_district(carry->node) || strcmp(audience->name, DISTRICT_SLUG) != 0) {
		return true;
	}
	stick_token(file.token, carry->node, node_device(carry->node), DISTRICT_SLUG);
	if (rekey_waits(carry->node, &request)) {
		carry->result->key_request = KEY_REQUEST_CARRIED;
	} else if (request_waits(carry->node, &request)) {
		carry->result->enrolment = KEY_REQUEST_CARRIED;
	}
	if (request.len == 0) {
		ok = remove_request(carry, &file, err);
	} else {
		ok = buf_ok(&request, err) &&
			stick_seal(carry, audience, &file, buf_as_view(&request), err);
	}
	buf_clear(&request);
	return ok;
}
