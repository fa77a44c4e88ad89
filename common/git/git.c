/* git.c -- names of git objects; see git.h. */
#include <pthread.h>
#include <string.h>

#include <git2.h>

#include "fail.h"
#include "git.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int opened = -1; /* result of open_library() */

/*
 * Nothing on this computer but the repository itself may change what is
 * read or written, and what is written survives a power cut.
 */
static void open_library(void)
{
	static const int levels[] = { GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
		GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL };
	int result = git_libgit2_init();
	size_t i;

	for (i = 0; result >= 0 && i < sizeof(levels) / sizeof(levels[0]); i++) {
		result = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
	}
	if (result >= 0) {
		result = git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1);
	}
	if (result >= 0) {
		result = git_libgit2_opts(GIT_OPT_ENABLE_STRICT_SYMBOLIC_REF_CREATION, 1);
	}
	if (result >= 0) {
		result = git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
	}
	if (result >= 0) {
		result = git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	}
	opened = result;
}

bool git_failed(struct err *err, int result, enum err_code otherwise, const char *doing)
{
	const git_error *last = git_error_last();
	enum err_code code = otherwise;

	if (result == GIT_ENOTFOUND) {
		code = ERR_NOT_FOUND;
	} else if (result == GIT_EEXISTS) {
		code = ERR_EXISTS;
	} else if (result == GIT_ERROR && last != NULL && last->message != NULL &&
		strcmp(last->message, "Out of memory") == 0) { /* not what it says of deltas */
		code = ERR_NOMEM;
	}
	return err_set(err, code, "%s: libgit2: %s (%d)", doing,
		last != NULL && last->message != NULL ? last->message : "no message", result);
}

bool git_open(struct err *err)
{
	pthread_once(&once, open_library);
	return opened >= 0 || git_failed(err, opened, ERR_INTERNAL, "opening libgit2");
}

bool git_oid_of(struct oid *out, enum git_type type, struct view data, struct err *err)
{
	git_oid id;
	int result;

	if (!git_open(err)) {
		return false;
	}
	result = git_odb_hash(&id, data.len != 0 ? data.data : "", data.len, (git_object_t)type);
	if (result != 0) {
		return git_failed(err, result, ERR_HASH, "naming an object");
	}
	memcpy(out->bytes, id.id, OID_BYTES);
	return true;
}

const char *git_type_name(enum git_type type)
{
	switch (type) {
	case GIT_TYPE_COMMIT:
		return "commit";
	case GIT_TYPE_TREE:
		return "tree";
	case GIT_TYPE_BLOB:
		return "blob";
	}
	return "unknown";
}

bool oid_parse(struct oid *out, struct view hex)
{
	return hex_decode(out->bytes, OID_BYTES, hex);
}

void oid_print(char out[OID_TEXT_BYTES], const struct oid *oid)
{
	hex_encode(out, oid->bytes, OID_BYTES);
}

bool oid_equal(const struct oid *a, const struct oid *b)
{
	return memcmp(a->bytes, b->bytes, OID_BYTES) == 0;
}

bool oid_is_zero(const struct oid *oid)
{
	static const struct oid zero;

	return oid_equal(oid, &zero);
}
