/* main.c -- linlid, the district's program. */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "cli_commands.h"
#include "district.h"

/* The commands of both programs. */
static const struct command shared[] = {
	CLI_LIST,
	CLI_GET,
	CLI_HISTORY,
	CLI_STATS,
	CLI_CONFLICTS,
	CLI_EXPORT,
	CLI_LOG,
	CLI_SHOW,
	CLI_CARRY,
	CLI_CHECK,
	CLI_BACKUP,
	CLI_KEY,
};

/* In the order of help. */
static const struct command *const all[] = {
	&init_command,
	&serve_command,
	&invite_command,
	&enrol_command,
	&communities_command,
	&devices_command,
	&revoke_command,
	&shared[0],
	&shared[1],
	&shared[2],
	&shared[3],
	&shared[4],
	&shared[5],
	&shared[6],
	&shared[7],
	&shared[8],
	&ledger_export_command,
	&ledger_signers_command,
	&quarantine_command,
	&shared[9],
	&shared[10],
	&restore_command,
	&shared[11],
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
	const char *data = getenv("XDG_DATA_HOME"), *user = getenv("HOME");
	char path[4096] = "";

	if (passphrase != NULL && passphrase[0] != '\0') {
		setenv("LINLI_PASSPHRASE", passphrase, 1);
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
