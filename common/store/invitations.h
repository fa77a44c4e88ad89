/* invitations.h -- the district's invitations and who has used them. */
#ifndef LINLI_INVITATIONS_H
#define LINLI_INVITATIONS_H

#include "linli/node.h"

#define INVITATION_ROW_NAME_BYTES 17
#define INVITATION_ROW_SECRET_BYTES 32

struct invitation_row {
	char name[INVITATION_ROW_NAME_BYTES]; /* 16 hex digits of SHA-256 of the secret */
	char community[SLUG_TEXT_BYTES];
	uint8_t secret[INVITATION_ROW_SECRET_BYTES];
	int64_t expires_ms;
	bool used;
	struct device_id used_by; /* if ${used} */
};

/* Keep a new one; ${used} is not looked at. */
MUST_CHECK bool invitations_add(
	struct node *node, const struct invitation_row *row, struct err *err);
/* Fails with ERR_NOT_FOUND. */
MUST_CHECK bool invitations_find(
	struct node *node, const char *name, struct invitation_row *out, struct err *err);
/* From now on it is ${device}'s. */
MUST_CHECK bool invitations_use(
	struct node *node, const char *name, struct device_id device, struct err *err);

#endif
