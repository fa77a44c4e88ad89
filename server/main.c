/* main.c -- linlid, the district's program. */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "commands.h"
#include "district.h"

/* The commands of both programs. */
static const struct command fields_shared = CLI_FIELDS;
static const struct command list_shared = CLI_LIST;
static const struct command get_shared = CLI_GET;
static const struct command history_shared = CLI_HISTORY;
static const struct command prove_shared = CLI_PROVE;
static const struct command verify_shared = CLI_VERIFY;
static const struct command moves_shared = CLI_MOVES;
static const struct command stats_shared = CLI_STATS;
static const struct command statements_shared = CLI_STATEMENTS;
static const struct command explain_shared = CLI_EXPLAIN;
static const struct command erasures_shared = CLI_ERASURES;
static const struct command conflicts_shared = CLI_CONFLICTS;
static const struct command resolve_shared = CLI_RESOLVE;
static const struct command export_shared = CLI_EXPORT;
static const struct command log_shared = CLI_LOG;
static const struct command forks_shared = CLI_FORKS;
static const struct command show_shared = CLI_SHOW;
static const struct command carry_shared = CLI_CARRY;
static const struct command custody_shared = CLI_CUSTODY;
static const struct command check_shared = CLI_CHECK;
static const struct command backup_shared = CLI_BACKUP;
static const struct command restore_shared = CLI_RESTORE(cli_restore_district);
static const struct command key_shared = CLI_KEY;
static const struct command key_passphrase_shared = CLI_KEY_PASSPHRASE;

/* In the order of help. */
static const struct command *const all[] = {
	&init_command,
	&serve_command,
	&invite_command,
	&enrol_command,
	&communities_command,
	&devices_command,
	&revoke_command,
	&model_command,
	&model_document_command,
	&model_publish_command,
	&policy_command,
	&policy_set_command,
	&review_command,
	&review_show_command,
	&review_accept_command,
	&review_return_command,
	&fields_shared,
	&list_shared,
	&get_shared,
	&history_shared,
	&prove_shared,
	&verify_shared,
	&moves_shared,
	&stats_shared,
	&publish_command,
	&statements_shared,
	&statements_compare_command,
	&restate_command,
	&report_command,
	&recount_command,
	&explain_shared,
	&erasures_shared,
	&conflicts_shared,
	&resolve_shared,
	&export_shared,
	&log_shared,
	&show_shared,
	&carry_shared,
	&custody_shared,
	&ledger_export_command,
	&ledger_push_command,
	&ledger_signers_command,
	&quarantine_command,
	&forks_shared,
	&user_add_command,
	&user_key_command,
	&user_device_command,
	&user_token_command,
	&user_list_command,
	&user_disable_command,
	&audit_command,
	&check_shared,
	&backup_shared,
	&restore_shared,
	&key_shared,
	&key_passphrase_shared,
};
#define COMMANDS (sizeof(all) / sizeof(all[0]))

/*
 * The commands of both programs look at LINLI_HOME and LINLI_PASSPHRASE.
 * Where LINLID_HOME or LINLID_PASSPHRASE is set it stands in for them, and
 * so does the district's own data folder where neither home is given.
 */
static void settle_environment(void)
{
	const char *home = getenv("LINLID_HOME"), *passphrase = getenv("LINLID_PASSPHRASE");
	const char *renewed = getenv("LINLID_NEW_PASSPHRASE");
	const char *data = getenv("XDG_DATA_HOME"), *user = getenv("HOME");
	char path[4096] = "";

	if (passphrase != NULL && passphrase[0] != '\0') {
		setenv("LINLI_PASSPHRASE", passphrase, 1);
	}
	if (renewed != NULL && renewed[0] != '\0') {
		setenv("LINLI_NEW_PASSPHRASE", renewed, 1);
	}
	if (home != NULL && home[0] != '\0') {
		setenv("LINLI_HOME", home, 1);
		return;
	}
	if (data != NULL && data[0] == '/') {
		snprintf(path, sizeof(path), "%s/linlid", data);
	} else if (user != NULL && user[0] != '\0') {
		snprintf(path, sizeof(path), "%s/.local/share/linlid", user);
	}
	if (path[0] != '\0') {
		setenv("LINLI_HOME", path, 0); /* not where it is given */
	}
}

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS + 1];
	const struct program program = {
		.name = "linlid",
		.version = LINLI_VERSION,
		.summary = { "邻里 · 区级服务端", "linli, the district's program" },
		.commands = commands,
	};
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		commands[i] = *all[i];
	}
	settle_environment();
	return command_main(&program, argc, argv);
}
