/* enrol.c -- accepting requests, and answers to them; see linli/enrol.h. */
#include <string.h>

#include "age.h"
#include "enrol.h"
#include "held.h"
#include "hmac.h"
#include "invitations.h"
#include "linli/records.h"
#include "linli/rekey.h"
#include "refusals.h"
#include "sshsig.h"

/* Of bundles in an answer, about; sealed it stays below ANSWER_MAX_BYTES. */
#define ANSWER_BUNDLES_BYTES (16 * 1024 * 1024)

/* ---- accepting a request ------------------------------------------ */

/* Did the applicant hold the secret of ${row}, and the key it states? */
static bool verify(
	const struct application *application, const struct invitation_row *row, struct err *err)
{
	uint8_t mac[SHA256_BYTES], key[KEY_PUBLIC_BYTES];
	struct buf text = { 0 };
	bool ok = false;

	if (!request_statement(&text, application, err)) {
		goto out;
	}
	hmac_sha256(mac, (struct view){ (const char *)row->secret, sizeof(row->secret) },
		buf_as_view(&text));
	if (!crypto_equal(mac, application->mac, sizeof(mac))) {
		err_set(err, ERR_INVITATION,
			ERR_BOTH("申请不是用这份邀请作的",
				"the request was not made with this invitation"));
		goto out;
	}
	if (!sshsig_verify(key, view_of(application->signature), "linli-request",
		    buf_as_view(&text), err)) {
		goto out;
	}
	ok = memcmp(key, application->public_key, sizeof(key)) == 0 ||
		err_set(err, ERR_SIGNATURE, "signed with another key than it states");
out:
	buf_clear(&text);
	return ok;
}

/* May ${row} still be used by the applicant?  Answering the same one again is harmless. */
static bool usable(struct node *district, const struct application *application,
	const struct invitation_row *row, struct err *err)
{
	const struct env *env = node_env(district);
	struct device_id device = public_key_device(application->public_key);
	char name[DEVICE_TEXT_BYTES];
	struct device enrolled;

	if (strcmp(row->community, application->community) != 0) {
		return err_set(err, ERR_INVITATION, "it is for %s, not %s", row->community,
			application->community);
	}
	if (node_find_device(district, device, &enrolled)) {
		if (enrolled.revoked) {
			return err_set(err, ERR_REVOKED, "a new key is needed");
		}
		if (strcmp(enrolled.community, application->community) != 0) {
			return err_set(err, ERR_INVITATION, "this device is enrolled for %s",
				enrolled.community);
		}
	}
	if (row->used && !device_id_equal(row->used_by, device)) {
		device_id_print(name, row->used_by);
		return err_set(err, ERR_INVITATION,
			ERR_BOTH("已被设备使用", "it was used already, by device") " %s", name);
	}
	if (!row->used && env->now_ms(env->ctx) > row->expires_ms) {
		return err_set(err, ERR_INVITATION, ERR_BOTH("已过有效期", "it has expired"));
	}
	return true;
}

struct accepting {
	struct node *node;
	const struct application *application;
};

/* The community's name is what the district calls it. */
static bool official_name(struct node *node, const struct application *application,
	char out[NODE_NAME_BYTES], struct err *err)
{
	const struct entity *entity = node_model(node)->community_entity;
	struct buf title = { 0 };
	bool ok;

	strcpy(out, application->name);
	if (entity != NULL &&
		records_title(node, entity, view_of(application->community), &title) &&
		title.len > 0 && title.len < NODE_NAME_BYTES) {
		memcpy(out, buf_str(&title), title.len + 1);
	}
	ok = buf_ok(&title, err);
	buf_clear(&title);
	return ok;
}

/* Once more within the transaction: another program may have used it up since. */
static bool still_usable(
	struct node *district, const struct application *application, struct err *err)
{
	struct invitation_row row;
	bool ok;

	ok = invitations_find(district, application->invitation, &row, err) &&
		usable(district, application, &row, err);
	crypto_wipe(&row, sizeof(row));
	return ok;
}

static bool enrol(void *ctx, struct err *err)
{
	const struct accepting *accepting = ctx;
	const struct application *application = accepting->application;
	struct enrolment enrolment = { 0 };

	if (!still_usable(accepting->node, application, err)) {
		return false;
	}
	strcpy(enrolment.community, application->community);
	memcpy(enrolment.public_key, application->public_key, sizeof(enrolment.public_key));
	strcpy(enrolment.age_recipient, application->age_recipient);
	return official_name(accepting->node, application, enrolment.name, err) &&
		node_enrol(accepting->node, &enrolment, err) &&
		invitations_use(accepting->node, application->invitation,
			public_key_device(application->public_key), err);
}

/* All chains that ${community} may read, or only those of trust. */
static bool readable_ranges(struct ranges *out, struct node *node, const char *community,
	bool trust_only, struct err *err)
{
	struct held held;
	bool ok = true;
	size_t i;

	if (!held_read(&held, node, err)) {
		return false;
	}
	for (i = 0; ok && i < held.count; i++) {
		const struct chain_name *chain = &held.heads[i].chain;

		if (trust_only ? chain_of_trust(node, chain)
			       : scope_readable(&chain->scope, community)) {
			ok = ranges_add(out, chain, 0, err);
		}
	}
	held_clear(&held);
	return ok;
}

/* *whole: ${out} holds all that there is. */
static bool write_bundles(struct node *district, const char *community, bool trust_only,
	struct buf *out, bool *whole, struct err *err)
{
	struct ranges ranges = { 0 };
	struct tally tally;
	bool more = false, ok;

	buf_reset(out);
	ok = readable_ranges(&ranges, district, community, trust_only, err) &&
		chains_write(district, ranges.list, ranges.count, ANSWER_BUNDLES_BYTES, out, &tally,
			&more, err);
	*whole = !more;
	ranges_clear(&ranges);
	return ok;
}

bool enrol_answer(struct node *district, const char *community, const char *to, bool trust_only,
	struct buf *answer, struct err *err)
{
	struct age_recipient recipient;
	struct buf plain = { 0 };
	bool whole, ok;

	ok = write_bundles(district, community, trust_only, &plain, &whole, err) &&
		/* Not all fits: then what the new device needs to understand the rest. */
		(whole || trust_only ||
			write_bundles(district, community, true, &plain, &whole, err)) &&
		age_recipient_parse(&recipient, view_of(to), err) &&
		age_seal(answer, &recipient, 1, buf_as_view(&plain), node_env(district), err);
	buf_clear(&plain);
	return ok;
}

static bool find_invitation(
	struct node *district, const char *name, struct invitation_row *row, struct err *err)
{
	if (invitations_find(district, name, row, err)) {
		return true;
	}
	return err->code == ERR_NOT_FOUND
		? err_set(err, ERR_INVITATION,
			  ERR_BOTH("本区没有发出这份邀请", "this district knows no invitation")
			  " %s", name)
		: false;
}

bool request_accept(struct node *district, struct view request, struct buf *answer,
	struct application *enrolled, struct err *err)
{
	struct application application;
	struct accepting accepting = { district, &application };
	struct invitation_row row;
	struct tally packed;
	bool ok = false;

	if (!node_is_district(district)) {
		return err_set(err, ERR_SCOPE, "only the district enrols");
	}
	if (!request_parse(&application, request, err)) {
		return false;
	}
	if (!device_id_equal(application.federation, node_federation_id(district))) {
		return err_set(err, ERR_FEDERATION, "the request");
	}
	if (!find_invitation(district, application.invitation, &row, err)) {
		return false;
	}
	ok = verify(&application, &row, err) && usable(district, &application, &row, err) &&
		node_transaction(district, enrol, &accepting, false, err) &&
		outbox_pack(district, &packed, err) &&
		enrol_answer(district, application.community, application.age_recipient, false,
			answer, err);
	crypto_wipe(&row, sizeof(row));
	if (ok && enrolled != NULL) {
		*enrolled = application;
	}
	return ok;
}

/* ---- the answer ---------------------------------------------------- */

bool answer_accept(
	struct node *node, struct view answer, struct received *received, struct err *err)
{
	struct buf plain = { 0 };
	bool ok = false;

	if (!node_open_sealed(node, &plain, answer, ANSWER_MAX_BYTES, err) ||
		!take_in(node, buf_as_view(&plain), "answer", received, err)) {
		err_wrap(err, "the answer");
		goto out;
	}
	ok = node_enrolled(node) ||
		err_set(err, ERR_INVITATION, "the answer holds no trust record of this device");
out:
	buf_clear(&plain);
	return ok;
}
