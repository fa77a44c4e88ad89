/* session.c -- see session.h. */
#include <stdlib.h>
#include <string.h>

#include "hmac.h"
#include "session.h"

#define NONCE_CHANCE_BYTES 8
#define NONCE_STATED_BYTES (8 + NONCE_CHANCE_BYTES)
#define NONCE_BYTES (NONCE_STATED_BYTES + SHA256_BYTES)
_Static_assert(NONCE_TEXT_BYTES == 2 * NONCE_BYTES + 1, "a nonce in hex");

struct session {
	uint8_t token[SHA256_BYTES]; /* hash of it */
	struct device_id device;
	int64_t expires_ms; /* 0: free */
};
struct used {
	uint8_t mac[SHA256_BYTES]; /* a nonce's */
	struct device_id device;   /* who signed it */
	int64_t expires_ms;
};
struct sessions {
	const struct env *env;
	uint8_t secret[SHA256_BYTES]; /* of nonces */
	struct session sessions[SESSION_MAX];
	struct used used[NONCE_USED_MAX];
};

bool sessions_open(struct sessions **out, const struct env *env, struct err *err)
{
	struct sessions *sessions = calloc(1, sizeof(*sessions));

	*out = NULL;
	if (sessions == NULL) {
		return err_nomem(err);
	}
	sessions->env = env;
	if (!env->random(env->ctx, sessions->secret, sizeof(sessions->secret), err)) {
		sessions_close(sessions);
		return false;
	}
	*out = sessions;
	return true;
}

void sessions_close(struct sessions *sessions)
{
	if (sessions != NULL) {
		crypto_wipe(sessions, sizeof(*sessions));
		free(sessions);
	}
}

static int64_t now_ms(const struct sessions *sessions)
{
	return sessions->env->now_ms(sessions->env->ctx);
}

static void nonce_mac(
	const struct sessions *sessions, uint8_t out[SHA256_BYTES], const uint8_t *stated)
{
	hmac_sha256(out, (struct view){ (const char *)sessions->secret, sizeof(sessions->secret) },
		(struct view){ (const char *)stated, NONCE_STATED_BYTES });
}

bool nonce_make(struct sessions *sessions, char out[NONCE_TEXT_BYTES], struct err *err)
{
	uint64_t now = (uint64_t)now_ms(sessions);
	uint8_t nonce[NONCE_BYTES];
	int i;

	for (i = 0; i < 8; i++) {
		nonce[i] = (uint8_t)(now >> (56 - 8 * i));
	}
	if (!sessions->env->random(sessions->env->ctx, nonce + 8, NONCE_CHANCE_BYTES, err)) {
		return false;
	}
	nonce_mac(sessions, nonce + NONCE_STATED_BYTES, nonce);
	hex_encode(out, nonce, sizeof(nonce));
	return true;
}

/* A place for a used nonce; NULL if all are taken, or ${device}'s share is. */
static struct used *free_place(struct sessions *sessions, struct device_id device,
	const uint8_t *mac, int64_t now, bool *again)
{
	struct used *place = NULL;
	size_t i, count = 0;

	*again = false;
	for (i = 0; i < NONCE_USED_MAX; i++) {
		struct used *used = &sessions->used[i];

		if (used->expires_ms <= now) {
			place = used;
			continue;
		}
		*again = *again || memcmp(used->mac, mac, SHA256_BYTES) == 0;
		count += device_id_equal(used->device, device) ? 1 : 0;
	}
	return count < NONCE_USED_OF_DEVICE ? place : NULL;
}

bool nonce_use(
	struct sessions *sessions, struct device_id device, struct view text, struct err *err)
{
	uint8_t nonce[NONCE_BYTES], mac[SHA256_BYTES];
	int64_t now = now_ms(sessions), made;
	struct cursor cursor;
	struct used *place;
	bool again;

	if (!hex_decode(nonce, sizeof(nonce), text)) {
		return err_set(err, ERR_SESSION, "no nonce of this server");
	}
	nonce_mac(sessions, mac, nonce);
	if (!crypto_equal(mac, nonce + NONCE_STATED_BYTES, sizeof(mac))) {
		return err_set(err, ERR_SESSION, "no nonce of this server");
	}
	cursor = cursor_of(nonce, sizeof(nonce));
	made = (int64_t)cursor_u64be(&cursor);
	if (made > now || now - made >= NONCE_VALID_MS) {
		return err_set(err, ERR_SESSION, "the nonce has expired");
	}
	place = free_place(sessions, device, mac, now, &again);
	if (again) {
		return err_set(err, ERR_SESSION, "the nonce was used already");
	}
	if (place == NULL) {
		return err_set(err, ERR_BUSY, "too many sessions are being opened");
	}
	memcpy(place->mac, mac, sizeof(mac));
	place->device = device;
	place->expires_ms = made + NONCE_VALID_MS;
	return true;
}

void session_statement(
	struct buf *out, struct device_id federation, struct device_id device, struct view nonce)
{
	char of[DEVICE_TEXT_BYTES], by[DEVICE_TEXT_BYTES];

	device_id_print(of, federation);
	device_id_print(by, device);
	buf_printf(out, "linli-session\n%s\n%s\n", of, by);
	buf_view(out, nonce);
	buf_byte(out, '\n');
}

void session_binding(char out[SESSION_BINDING_TEXT_BYTES], const char *token)
{
	static const char label[] = "linli-heads\n";
	uint8_t hash[SHA256_BYTES];
	struct sha256 sum;

	sha256_init(&sum);
	sha256_add(&sum, label, sizeof(label) - 1);
	sha256_add(&sum, token, strlen(token));
	sha256_done(hash, &sum);
	hex_encode(out, hash, (SESSION_BINDING_TEXT_BYTES - 1) / 2);
}

/* Where a new session of ${device} goes: its oldest where it has its share. */
static struct session *choose(struct sessions *sessions, struct device_id device)
{
	struct session *oldest = &sessions->sessions[0], *own = NULL;
	int64_t now = now_ms(sessions);
	size_t i, count = 0;

	for (i = 0; i < SESSION_MAX; i++) {
		struct session *session = &sessions->sessions[i];

		if (session->expires_ms < oldest->expires_ms) {
			oldest = session;
		}
		if (session->expires_ms > now && device_id_equal(session->device, device)) {
			count++;
			if (own == NULL || session->expires_ms < own->expires_ms) {
				own = session;
			}
		}
	}
	return count >= SESSION_MAX_OF_DEVICE ? own : oldest;
}

bool session_open(struct sessions *sessions, struct device_id device,
	char token[SESSION_TOKEN_TEXT_BYTES], int64_t *expires_ms, struct err *err)
{
	uint8_t secret[(SESSION_TOKEN_TEXT_BYTES - 1) / 2];
	struct session *session;

	if (!sessions->env->random(sessions->env->ctx, secret, sizeof(secret), err)) {
		return false;
	}
	hex_encode(token, secret, sizeof(secret));
	crypto_wipe(secret, sizeof(secret));
	session = choose(sessions, device);
	sha256(session->token, token, strlen(token));
	session->device = device;
	session->expires_ms = now_ms(sessions) + SESSION_VALID_MS;
	*expires_ms = session->expires_ms;
	return true;
}

bool session_find(struct sessions *sessions, const char *token, struct device_id *device)
{
	uint8_t hash[SHA256_BYTES];
	int64_t now = now_ms(sessions);
	size_t i;

	if (token == NULL || strlen(token) != SESSION_TOKEN_TEXT_BYTES - 1) {
		return false;
	}
	sha256(hash, token, strlen(token));
	for (i = 0; i < SESSION_MAX; i++) {
		const struct session *session = &sessions->sessions[i];

		if (session->expires_ms > now && memcmp(session->token, hash, sizeof(hash)) == 0) {
			*device = session->device;
			return true;
		}
	}
	return false;
}
