/* identity.c -- see identity.h. */
#include "identity.h"
#include "key.h"
#include "linli/env.h"

#define PEM_BEGINS "-----BEGIN "

void identity_wipe(struct age_identity *identities, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		age_identity_wipe(&identities[i]);
	}
}

static bool of_key(
	struct age_identity *out, struct view pem, const char *passphrase, struct err *err)
{
	struct key *key = NULL;

	if (!key_read(&key, pem, passphrase, err)) {
		return false;
	}
	age_identity_of(out, key);
	key_free(key);
	return true;
}

/* The next line, without its end; the last may have none. */
static struct view next_line(struct cursor *cursor)
{
	struct cursor ahead = *cursor;
	struct view line = cursor_until(&ahead, '\n');

	if (ahead.failed) {
		line = (struct view){ (const char *)cursor->at, cursor_left(cursor) };
		cursor->at = cursor->end;
	} else {
		*cursor = ahead;
	}
	if (line.len != 0 && line.data[line.len - 1] == '\r') {
		line.len--;
	}
	return line;
}

static bool of_lines(struct age_identity *out, size_t *count, struct view text, struct err *err)
{
	struct cursor cursor = cursor_of(text.data, text.len);

	while (cursor_left(&cursor) != 0) {
		struct view line = next_line(&cursor);

		if (line.len == 0 || line.data[0] == '#') {
			continue;
		}
		if (*count == BACKUP_MAX_IDENTITIES) {
			return err_set(err, ERR_TOO_LARGE,
				ERR_BOTH("私钥最多 %d 个", "identities at most: %d"),
				BACKUP_MAX_IDENTITIES, BACKUP_MAX_IDENTITIES);
		}
		if (!age_identity_parse(&out[*count], line, err)) {
			/* The line may hold a secret, somewhat misspelt. */
			return err_set(err, ERR_FORMAT,
				ERR_BOTH("有一行不是 age 私钥", "a line is no identity of age"));
		}
		(*count)++;
	}
	return *count != 0 ||
		err_set(err, ERR_FORMAT, ERR_BOTH("没有 age 私钥", "no identity of age in it"));
}

bool identity_read(struct age_identity out[BACKUP_MAX_IDENTITIES], size_t *count, const char *path,
	const char *passphrase, const struct env *env, struct err *err)
{
	struct buf text = { 0 };
	bool ok;

	*count = 0;
	ok = env->read_file(env->ctx, &text, path, IDENTITY_FILE_MAX_BYTES, err);
	if (!ok && err->code == ERR_NOT_FOUND) {
		err->code = ERR_NO_FILE;
	}
	if (ok && view_begins(buf_as_view(&text), PEM_BEGINS)) {
		ok = of_key(&out[0], buf_as_view(&text), passphrase, err);
		*count = ok ? 1 : 0;
	} else if (ok) {
		ok = of_lines(out, count, buf_as_view(&text), err);
	}
	buf_wipe(&text);
	return ok || err_wrap(err, "%s", path);
}
