/*
 * options.h -- the commands of a program, their options, and what a person
 * typed.
 *
 * A program is a table of commands, each with a table of options whose
 * values land in a struct of the command's own.  Options may stand
 * anywhere, also before the command: "--name value", "--name=value";
 * "--" ends them; all else are words, FIELD=VALUE among them.  Every
 * command takes --home DIR and --help (-h); --version and the command
 * "help" exist in every program.
 *
 * Mistakes fail with ERR_USAGE, and the detail, in the language of the
 * person, says what was probably meant.
 */
#ifndef LINLI_OPTIONS_H
#define LINLI_OPTIONS_H

#include "terminal.h"

#define COMMAND_MAX_OPTIONS 32
#define COMMAND_MAX_WORDS 512
#define COMMAND_STRUCT_MAX_BYTES 512
#define COMMAND_ANY_WORDS COMMAND_MAX_WORDS

enum option_kind {
	OPTION_FLAG,  /* bool: it was given */
	OPTION_VALUE, /* const char *: the text, never empty; once at most */
	OPTION_COUNT, /* int64_t: a whole number, 0 or more; once at most */
	OPTION_LIST,  /* struct option_list: texts, never empty; as often as it has room */
};

#define OPTION_LIST_MAX 16

struct option_list {
	size_t count;
	const char *values[OPTION_LIST_MAX];
};

struct command_option {
	const char *name; /* "--reason", or "-o" */
	enum option_kind kind;
	size_t target;     /* offsetof() the field in the command's struct */
	const char *value; /* what follows it, for help: "TEXT"; NULL for a flag */
	struct phrase help;
};

struct invocation;

struct command {
	const char *name;      /* "put"; two words where commands share one: "user add" */
	struct phrase summary; /* one line, without a full stop */
	const char *usage;     /* its words: "ENTITY [ID] FIELD=VALUE…", or "" */
	size_t min_words, max_words;
	const struct command_option *options; /* ended by a name of NULL; or NULL */
	size_t options_bytes;                 /* size of its struct */
	const void *defaults;                 /* the struct's content beforehand; NULL: zeros */
	/*
	 * Returns false with ${err} set, which is then shown; or true, when
	 * all has been shown, with the exit status in ${invocation}->status.
	 */
	bool (*run)(struct invocation *invocation, struct err *err);
	struct phrase notes; /* more for its help, lines of 80 columns at most; or NULL */
};

struct program {
	const char *name, *version;
	struct phrase summary;
	const struct command *commands; /* in the order of help; ended by a name of NULL */
};

enum invocation_kind { INVOCATION_RUN, INVOCATION_HELP, INVOCATION_VERSION };

/* What was typed.  Its texts are those of argv. */
struct invocation {
	enum invocation_kind kind;
	const struct command *command; /* NULL: help or version of the program */
	const char *home;              /* of --home; NULL if not given */
	bool json;                     /* --json is among the options, known or not */
	int status;                    /* 0 beforehand */
	size_t word_count;
	const char *words[COMMAND_MAX_WORDS];
	_Alignas(max_align_t) unsigned char options[COMMAND_STRUCT_MAX_BYTES];
};

/*
 * Understand ${argv}.  ${out}->json is set also on failure.
 * Fails with ERR_USAGE.
 */
MUST_CHECK bool options_parse(struct invocation *out, const struct program *program, int argc,
	char **argv, struct err *err);

#endif
