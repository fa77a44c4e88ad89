/* signing.c -- see signing.h. */
#include "signing.h"

#include <stdlib.h>

#include "cli.h"
#include "district.h"
#include "key.h"
#include "linli/users.h"

#define PUBLIC_FILE_MAX_BYTES 4096
#define KEY_PASSPHRASE_VARIABLE "LINLID_KEY_PASSPHRASE"

static bool sign_line(void *ctx, const struct place *line, const uint8_t hash[32],
	struct buf *signature, struct err *err)
{
	const struct signing *signing = ctx;
	const struct judging *judging = signing->judging;
	struct buf text = { 0 };
	bool ok;

	ok = users_verdict_text(&text, signing->node, line, hash, judging->accept,
		     view_of(judging->reason != NULL ? judging->reason : ""), err) &&
		users_sign_verdict(signing->node, judging->reviewer, buf_as_view(&signing->pem),
			NULL, buf_as_view(&text), signature, err);
	buf_clear(&text);
	return ok;
}

/* Open the key in ${file} and keep it without its passphrase. */
static bool open_key(struct signing *signing, const char *file, const char *passphrase,
	struct err *err)
{
	struct buf pem = { 0 };
	struct key *key = NULL;
	bool ok;

	ok = cli_read_file(&pem, file, KEY_FILE_MAX_BYTES, err) &&
		(key_read(&key, buf_as_view(&pem), passphrase, err) || err_wrap(err, "%s", file)) &&
		key_write(&signing->pem, key, NULL, node_env(signing->node), err);
	key_free(key);
	buf_wipe(&pem);
	return ok;
}

/* One signature on trial: that the key is not the reviewer's is told before anything is judged. */
static bool try_key(struct signing *signing, struct err *err)
{
	struct buf signature = { 0 };
	bool ok = users_sign_verdict(signing->node, signing->judging->reviewer,
		buf_as_view(&signing->pem), NULL, VIEW_LITERAL("linli verdict\n"), &signature, err);

	buf_clear(&signature);
	return ok;
}

bool signing_open(struct signing *signing, struct node *node, struct judging *judging,
	const char *file, const char *passphrase_file, struct err *err)
{
	const char *passphrase = getenv(KEY_PASSPHRASE_VARIABLE);
	struct buf line = { 0 };
	bool ok = true;

	*signing = (struct signing){ .node = node, .judging = judging };
	if (passphrase != NULL && passphrase[0] == '\0') {
		passphrase = NULL;
	}
	if (passphrase_file != NULL) {
		ok = cli_read_passphrase(&line, passphrase_file, err);
		passphrase = ok ? buf_str(&line) : NULL;
	}
	ok = ok && open_key(signing, file, passphrase, err) && try_key(signing, err);
	buf_wipe(&line);
	if (ok) {
		judging->sign = sign_line;
		judging->sign_ctx = signing;
	}
	return ok;
}

void signing_clear(struct signing *signing)
{
	buf_wipe(&signing->pem);
}

bool signing_read_public(uint8_t out[NODE_PUBLIC_KEY_BYTES], const char *path, struct err *err)
{
	struct buf file = { 0 };
	bool ok = cli_read_file(&file, path, PUBLIC_FILE_MAX_BYTES, err) &&
		(signer_key_parse(out, buf_as_view(&file), err) || err_wrap(err, "%s", path));

	buf_clear(&file);
	return ok;
}
