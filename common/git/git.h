/*
 * git.h -- names of git objects.
 *
 * common/git is the only door to libgit2.  An object's name is the SHA-1
 * of its type, length and content, by libgit2's hash that detects the
 * known collision attacks.  It only names: what is signed binds SHA-256.
 *
 * libgit2 is opened once per process, on the first call of any function
 * of this module, and reads no configuration of the system or the user.
 */
#ifndef LINLI_GIT_H
#define LINLI_GIT_H

#include "linli/bytes.h"

#define OID_BYTES 20
#define OID_TEXT_BYTES 41 /* with the NUL */

struct oid {
	uint8_t bytes[OID_BYTES];
};

/* The numbers are those of the pack format. */
enum git_type { GIT_TYPE_COMMIT = 1, GIT_TYPE_TREE = 2, GIT_TYPE_BLOB = 3 };

/* Open libgit2 if it is not open yet.  Fails with ERR_INTERNAL. */
MUST_CHECK bool git_open(struct err *err);

/* The name of an object.  Fails with ERR_HASH (it is half of a collision). */
MUST_CHECK bool git_oid_of(struct oid *out, enum git_type type, struct view data,
	struct err *err);

/* "commit", "tree", "blob"; static. */
const char *git_type_name(enum git_type type);

MUST_CHECK bool oid_parse(struct oid *out, struct view hex);
void oid_print(char out[OID_TEXT_BYTES], const struct oid *oid);
bool oid_equal(const struct oid *a, const struct oid *b);
bool oid_is_zero(const struct oid *oid);

#endif
