/* stick.h -- what the parts of carrying share; see linli/carry.h. */
#ifndef LINLI_EXCHANGE_STICK_H
#define LINLI_EXCHANGE_STICK_H

#include "age.h"
#include "heads.h"
#include "linli/carry.h"
#include "refusals.h"

/* Of bundles in one file, about; a bundle may have 16 MiB by itself. */
#define STICK_FILE_BYTES (8 * 1024 * 1024)
#define STICK_MAX_FILES_OF_AUDIENCE 9999
#define STICK_NAME_BYTES 64

enum stick_kind { STICK_HEADS, STICK_BUNDLES, STICK_REQUEST };

/* A file in the folder, by its name alone. */
struct stick_file {
	char name[STICK_NAME_BYTES];
	char token[TOKEN_TEXT_BYTES]; /* of writer and audience */
	enum stick_kind kind;
	unsigned k;               /* STICK_BUNDLES: from 1 */
	bool own;                 /* written by this device, or by this home under a former key */
	bool former;              /* the latter */
	bool first;               /* likely to hold trust records */
	bool done;                /* read, and nothing in it may go in later */
	struct received received; /* of the last attempt: what it refused */
};

/* When an audience of several devices holds a bundle. */
enum audience_rule {
	AUDIENCE_ANY,    /* one of them does: the district's */
	AUDIENCE_ALL,    /* all of them do */
	AUDIENCE_PRESENT /* all those do whose heads lie in the folder */
};
/* Devices for whom a part of the folder is written. */
struct audience {
	char name[SLUG_TEXT_BYTES]; /* of a community, or DISTRICT_SLUG */
	enum audience_rule rule;
	struct device *devices; /* owned */
	size_t count;
};

struct pouch;
struct carry {
	struct node *node;
	const struct env *env; /* of the files */
	bool looks;            /* nothing is to be changed */
	struct pouch *pouch;   /* NULL: a stick */
	struct sync_result *result;
	struct buf folder;        /* its path */
	struct stick_file *files; /* owned; as found, those of trust first */
	size_t file_count;
	struct heads **heads; /* of other devices, verified; owned */
	size_t heads_count;
	/* Of the district's files for this community: some could be opened, some not. */
	bool opened, not_for_us;
};

/* ---- carry.c --------------------------------------------------------- */

/* Carry (linli/carry.h) with the files of ${env}, which are a stick's (${pouch} NULL) or the pouch's. */
MUST_CHECK bool stick_carry(struct node *node, const struct env *env, struct pouch *pouch,
	const char *dir, struct sync_result *result, struct err *err);
/* The folder ${dir} must be there: else the stick is not plugged in. */
MUST_CHECK bool stick_find(struct carry *carry, const char *dir, struct err *err);
void stick_clear(struct carry *carry);

/* ---- carry_names.c -------------------------------------------------- */

/* Read a name of our own form: <32 hex>.heads, .<k>.bundle.age, .request.age. */
bool stick_name_parse(struct stick_file *out, struct view name);
void stick_name_print(
	char out[STICK_NAME_BYTES], const char *token, enum stick_kind kind, unsigned k);
/* The token of what ${writer} writes for ${audience}. */
void stick_token(char out[TOKEN_TEXT_BYTES], const struct node *node, struct device_id writer,
	const char *audience);
/* "<folder>/<name>" */
MUST_CHECK bool stick_path(
	struct buf *out, const struct carry *carry, const char *name, struct err *err);
/* List the folder, if it is there, and sweep what was left half written. */
MUST_CHECK bool stick_list(struct carry *carry, struct err *err);

/* ---- carry_read.c --------------------------------------------------- */

/* Learn from the lists of heads, before anything is signed, whether this is an old copy. */
MUST_CHECK bool stick_hear(struct carry *carry, struct err *err);
/* Take in what lies there for this node, and what others say they hold. */
MUST_CHECK bool stick_read(struct carry *carry, struct err *err);

/* Read the file called ${file}->name, of ${cap} bytes at most. */
MUST_CHECK bool stick_read_file(struct carry *carry, const struct stick_file *file, size_t cap,
	struct buf *out, struct err *err);
/* List the whole file as refused, unless it is gone or nothing to us. */
MUST_CHECK bool stick_refuse(struct carry *carry, const struct stick_file *file,
	const struct err *why, struct err *err);

/* ---- carry_request.c ------------------------------------------------ */

/* District: answer the requests for another key that lie there. */
MUST_CHECK bool stick_answer_requests(struct carry *carry, struct err *err);
/* Community: write the own request while it waits for its answer; remove it afterwards. */
MUST_CHECK bool stick_write_request(
	struct carry *carry, const struct audience *audience, struct err *err);

/* ---- carry_write.c -------------------------------------------------- */

MUST_CHECK bool stick_remove(struct carry *carry, const struct stick_file *file, struct err *err);
/* Seal ${plain} to the audience and this device, and write it. */
MUST_CHECK bool stick_seal(struct carry *carry, const struct audience *audience,
	const struct stick_file *file, struct view plain, struct err *err);

/* Write what others lack.  ERR_IO and ERR_DISK_FULL are the folder's. */
MUST_CHECK bool stick_write(struct carry *carry, struct err *err);

/* Up to where the audience as a whole holds ${ours}. */
MUST_CHECK bool stick_audience_known(struct carry *carry, const struct audience *audience,
	const struct head *ours, uint32_t *out, struct err *err);

/* ---- pouch_stick.c --------------------------------------------------- */

/*
 * In the pouch: *same: what would be written for the audience is what lies there; *meets:
 * it is whom we meet, and has not said yet what it holds, so that a list of heads is enough.
 */
MUST_CHECK bool pouch_compare(struct carry *carry, const struct audience *audience,
	const char *token, bool *same, bool *meets, uint8_t digest[32], struct err *err);

/* How much of ${ours} ${device} is known to hold. */
MUST_CHECK bool stick_known(struct carry *carry, const struct device *device,
	const struct head *ours, uint32_t *out, struct err *err);

#endif
