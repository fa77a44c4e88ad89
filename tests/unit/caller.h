/*
 * caller.h -- somebody who makes single requests of a rig's server, with a session
 * or without one.
 */
#ifndef LINLI_TEST_CALLER_H
#define LINLI_TEST_CALLER_H

#include "exchange_rig.h"
#include "session.h"

struct caller {
	struct rig *rig;
	struct node *node;
	char token[SESSION_TOKEN_TEXT_BYTES];
	struct reply reply;
};

/* The status of the reply, which is kept. */
unsigned caller_call(struct caller *caller, const char *method, const char *path,
	const char *query, struct view body);
/* The text of member ${name} in the last reply. */
void caller_member(const struct caller *caller, const char *name, char *out, size_t size);
/* What opens a session with ${nonce}. */
void caller_write_session(struct node *node, const char *nonce, struct buf *body);
/* Open a session of ${node}. */
void caller_begin(struct caller *caller, struct rig *rig, struct node *node);
void caller_end(struct caller *caller);

#endif
