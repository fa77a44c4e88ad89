/*
 * cli.h -- what the commands of both programs begin with: the home folder,
 * the passphrase, the node; and what they ask of every person's words.
 *
 * Home: --home, else $LINLI_HOME, else linli in the XDG data folder.
 * Passphrase: --passphrase-file, else $LINLI_PASSPHRASE, else none.
 */
#ifndef LINLI_CLI_H
#define LINLI_CLI_H

#include "linli/records.h"
#include "options.h"

#define CLI_PASSPHRASE_FILE_MAX_BYTES 4096

/*
 * The first member of every command's struct of options, so that its
 * options have the same place in all of them.
 */
struct cli_common {
	bool json, dry_run;
	const char *passphrase_file;
};
#define CLI_OPTION_JSON \
	{ \
		"--json", OPTION_FLAG, offsetof(struct cli_common, json), NULL, \
		{ \
			"以 JSON 输出", "write JSON" \
		} \
	}
#define CLI_OPTION_DRY_RUN \
	{ \
		"--dry-run", OPTION_FLAG, offsetof(struct cli_common, dry_run), NULL, \
		{ \
			"只说明会做什么,不改动任何内容", "say what would be done, change nothing" \
		} \
	}
#define CLI_OPTION_PASSPHRASE \
	{ \
		"--passphrase-file", OPTION_VALUE, offsetof(struct cli_common, passphrase_file), \
			"FILE", \
		{ \
			"从文件读取密钥口令(默认 $LINLI_PASSPHRASE)", \
				"read the key's passphrase from FILE (default $LINLI_PASSPHRASE)" \
		} \
	}
#define CLI_OPTION_END \
	{ \
		NULL, OPTION_FLAG, 0, NULL, \
		{ \
			NULL, NULL \
		} \
	}

/* The options of an invocation, whatever its command. */
const struct cli_common *cli_common(const struct invocation *invocation);

/*
 * How to make or open the node of an invocation.  All zeros is empty;
 * release with cli_place_clear(), which overwrites the passphrase.
 * Fails with ERR_USAGE (no home can be told), ERR_IO and what
 * env->read_file() fails with, ERR_PASSPHRASE (an empty file).
 */
struct cli_place {
	struct node_options options; /* borrows what follows */
	struct buf home, passphrase;
};
MUST_CHECK bool cli_place_find(
	struct cli_place *out, const struct invocation *invocation, struct err *err);
void cli_place_clear(struct cli_place *place);

/* Open the node of ${invocation}; the caller ends it with cli_close(). */
MUST_CHECK bool cli_open(struct node **out, const struct invocation *invocation, struct err *err);
/*
 * For this thread from now on: commands that would open a node get this one,
 * and leave it open.  NULL undoes that.
 */
void cli_lend(struct node *node);
void cli_close(struct node *node); /* NULL is accepted */
/* The same for the passphrase: it goes before every other.  Borrowed. */
void cli_lend_passphrase(const char *passphrase);
/* The same for a command that writes: an odd clock is told on stderr. */
MUST_CHECK bool cli_open_writing(
	struct node **out, const struct invocation *invocation, struct err *err);
void cli_warn_clock(struct node *node);

/*
 * The entity called ${word}: its name, or its label in either language.
 * Fails with ERR_USAGE, the detail listing what there is.
 */
MUST_CHECK bool cli_entity(
	const struct entity **out, struct node *node, const char *word, struct err *err);

/*
 * The record of ${entity} meant by ${word}: its id, or the title of one
 * living record only.  Fails with ERR_NOT_FOUND, ERR_AMBIGUOUS; an id need
 * not lead to a record.
 */
MUST_CHECK bool cli_record(struct record_id *out, struct node *node, const struct entity *entity,
	const char *word, struct err *err);

/*
 * Append a file that the person named.  Fails as env->read_file() does, but
 * where there is none with ERR_NO_FILE.
 */
MUST_CHECK bool cli_read_file(struct buf *out, const char *path, size_t cap, struct err *err);

/* A passphrase: the first line of a file.  The caller wipes ${out}.  ERR_PASSPHRASE: it is empty. */
MUST_CHECK bool cli_read_passphrase(struct buf *out, const char *path, struct err *err);

/* ${out}, and a newline, to stdout; ${out} is released, even on failure. */
MUST_CHECK bool cli_write_take(struct buf *out, struct err *err);

/* "2024-03-05 14:07" in China, of Unix milliseconds; "–" for 0. */
struct cli_time {
	char text[20];
};
struct cli_time cli_time(int64_t unix_ms);

#endif
