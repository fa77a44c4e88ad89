/*
 * client.h -- the commands that only the community's program has, and
 * the options that they take.  The table is in main.c.
 */
#ifndef LINLI_CLIENT_CLIENT_H
#define LINLI_CLIENT_CLIENT_H

#include "cli.h"

struct join_options {
	struct cli_common common;
	bool offline, keep;
	const char *request; /* -o */
	const char *ca_file;
};
extern const struct command_option join_options[];
MUST_CHECK bool command_join(struct invocation *invocation, struct err *err);

struct key_rotate_options {
	struct cli_common common;
	const char *request; /* -o */
	const char *ca_file;
};
extern const struct command_option key_rotate_options[];
MUST_CHECK bool command_key_rotate(struct invocation *invocation, struct err *err);

MUST_CHECK bool command_put(struct invocation *invocation, struct err *err);

struct delete_options {
	struct cli_common common;
	bool undo;
};
extern const struct command_option delete_options[];
MUST_CHECK bool command_delete(struct invocation *invocation, struct err *err);

struct import_options {
	struct cli_common common;
	bool keep_good;
	const char *ignore; /* names of columns, with commas between them */
};
extern const struct command_option import_options[];
MUST_CHECK bool command_import(struct invocation *invocation, struct err *err);

struct inbox_options {
	struct cli_common common;
	const char *done; /* a line to be put aside */
};
extern const struct command_option inbox_options[];
MUST_CHECK bool command_inbox(struct invocation *invocation, struct err *err);
MUST_CHECK bool command_fix(struct invocation *invocation, struct err *err);

MUST_CHECK bool command_status(struct invocation *invocation, struct err *err);
MUST_CHECK bool command_pack(struct invocation *invocation, struct err *err);

struct transfer_options {
	struct cli_common common;
	int64_t limit_rate;
	const char *ca_file;
	const char *code; /* as a neighbour shows it */
	bool no_retry;
};
extern const struct command_option transfer_options[];
MUST_CHECK bool command_sync(struct invocation *invocation, struct err *err);

struct serve_options {
	struct cli_common common;
	const char *listen;
	bool lan;
};
extern const struct command_option serve_options[];
MUST_CHECK bool command_serve(struct invocation *invocation, struct err *err);
MUST_CHECK bool command_neighbours(struct invocation *invocation, struct err *err);

#endif
