/*
 * district.h -- the commands that only the district has.  What they write:
 * docs/commands.md.
 */
#ifndef LINLID_DISTRICT_H
#define LINLID_DISTRICT_H

#include "cli.h"

/* Each an entry of the program's table. */
extern const struct command init_command, serve_command;
extern const struct command invite_command, enrol_command;
extern const struct command communities_command, devices_command, revoke_command;
extern const struct command ledger_export_command, ledger_push_command,
	ledger_signers_command;
extern const struct command policy_command, policy_set_command;
extern const struct command review_command, review_show_command;
extern const struct command review_accept_command, review_return_command;
extern const struct command model_command, model_document_command, model_publish_command;
extern const struct command publish_command, restate_command, recount_command;
extern const struct command report_command;
extern const struct command statements_compare_command;
extern const struct command quarantine_command, audit_command;
extern const struct command user_add_command, user_key_command, user_device_command;
extern const struct command user_token_command;
extern const struct command user_list_command, user_disable_command;

/*
 * Open the node of ${invocation}, which must be a district's; the caller
 * ends it with node_close().  Fails as cli_open() does, and with ERR_SCOPE.
 */
MUST_CHECK bool district_open(
	struct node **out, const struct invocation *invocation, struct err *err);
/* The same for a command that writes: an odd clock is told on stderr. */
MUST_CHECK bool district_open_writing(
	struct node **out, const struct invocation *invocation, struct err *err);

/* Who sits here, as the system knows them: the default of --as. */
const char *district_login_name(void);

/* ERR_USAGE unless the option ${name} was given. */
MUST_CHECK bool district_required(const char *value, const char *name, struct err *err);

/* ERR_EXISTS where there is anything called ${path}: what is secret is never written over. */
MUST_CHECK bool district_name_free(const struct env *env, const char *path, struct err *err);

/* A device id that a person typed.  ERR_USAGE. */
MUST_CHECK bool district_device_read(struct device_id *out, const char *word, struct err *err);

/* What both sides read out to each other when ${public_key} was enrolled. */
struct district_code {
	char text[10];
};
struct district_code district_code(struct node *node, const uint8_t *public_key);

#endif
