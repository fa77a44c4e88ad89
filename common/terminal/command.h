/*
 * command.h -- run what was typed, and help.
 */
#ifndef LINLI_COMMAND_H
#define LINLI_COMMAND_H

#include "options.h"

/*
 * The body of main(): understand, run, say what failed, and return the
 * exit status of docs/commands.md.  Without any word the overview goes to
 * stderr, with status 2.
 */
int command_main(const struct program *program, int argc, char **argv);

/* Append the help of ${command}, or of the program if it is NULL. */
void command_help(struct buf *out, const struct program *program, const struct command *command);

#endif
