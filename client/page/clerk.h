/*
 * clerk.h -- the community's page as it is served to one person on this
 * computer: who may use it, the records that are open, work that is under way.
 *
 * Nobody else on the computer, and no other page in the browser, gets in:
 * it listens on the loopback only; the address that "linli open" opens holds
 * a token that is good once, for which the browser gets a cookie that no
 * script can read and no other site sends.  After a while without any use it
 * locks itself; the key's passphrase, or "linli open" again, unlocks it.
 */
#ifndef LINLI_CLIENT_CLERK_H
#define LINLI_CLIENT_CLERK_H

#include "cli.h"
#include "page.h"
#include "page_task.h"

#define CLERK_SECRET_BYTES 33 /* 32 hex digits */

struct clerk {
	const struct env *env;
	struct cli_place place;
	struct buf passphrase;  /* given on the page; "" if none was */
	struct node *node;      /* NULL: not joined yet, or locked by the passphrase */
	enum err_code closed;   /* why it is NULL */
	struct page_task *task;
	struct home_lock *lock; /* from when there are records */

	char token[CLERK_SECRET_BYTES];   /* of the address that opens the page next */
	char session[CLERK_SECRET_BYTES]; /* "": none */
	char cookie[32];                  /* its name */
	unsigned port;
	int64_t used_ms, idle_ms; /* last use; how long without locks it */
	bool locked;
	unsigned wrong; /* passphrases, since the last right one */
};

/* A new token, and, where there are records, the file from which "linli open" reads it. */
MUST_CHECK bool clerk_new_token(struct clerk *clerk, struct err *err);
/* The address that opens the page, appended. */
void clerk_address(const struct clerk *clerk, struct buf *out);
/* The file of that address in ${home}. */
void clerk_address_file(struct buf *out, const char *home);

/* Open the records if they are not open; ${closed} says why they stay closed. */
void clerk_open_node(struct clerk *clerk);
/* How to open them once more, for work beside the page. */
struct node_options clerk_node_options(const struct clerk *clerk);

/* page_options' admit(). */
MUST_CHECK bool clerk_admit(
	struct page_call *call, const struct page_route *route, struct err *err);

extern const struct page_route clerk_session_routes[]; /* session.c, join.c */
extern const struct page_route clerk_routes[];         /* routes.c */

/* ---- handlers of several files --------------------------------------- */

page_handler edit_check_new, edit_check, edit_create, edit_change, edit_delete, edit_restore,
	edit_fix;
page_handler join_read, join_online, join_offline, join_answer;
page_handler sending_outbox, sending_sticks;
page_handler desk_drafts, desk_draft_keep, desk_draft_drop, desk_preferences,
	desk_preferences_keep;

#endif
