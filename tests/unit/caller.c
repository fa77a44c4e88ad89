/* caller.c -- see caller.h. */
#include <stdio.h>
#include <string.h>

#include "caller.h"
#include "sshsig.h"

unsigned caller_call(struct caller *caller, const char *method, const char *path, const char *query,
	struct view body)
{
	const struct request request = { .method = method,
		.path = path,
		.query = query,
		.authorization = caller->token[0] != '\0' ? caller->token : NULL,
		.content_type = NULL,
		.body = body };

	exchange_serve(caller->rig->server, &request, &caller->reply);
	return caller->reply.status;
}

/* The text of member ${name} in the last reply. */
void caller_member(const struct caller *caller, const char *name, char *out, size_t size)
{
	char key[64];
	const char *at;
	size_t len;

	snprintf(key, sizeof(key), "\"%s\":\"", name);
	at = strstr(buf_str(&caller->reply.body), key);
	assert_non_null(at);
	at += strlen(key);
	len = strcspn(at, "\"");
	assert_true(len < size);
	memcpy(out, at, len);
	out[len] = '\0';
}

void caller_write_session(struct node *node, const char *nonce, struct buf *body)
{
	char device[DEVICE_TEXT_BYTES];
	struct buf text = { 0 }, armour = { 0 };
	struct err err = { 0 };
	size_t i;

	device_id_print(device, node_device(node));
	session_statement(&text, node_federation_id(node), node_device(node), view_of(nonce));
	assert_ok(sshsig_sign(&armour, node_key(node), SESSION_NAMESPACE, buf_as_view(&text), &err),
		&err);
	buf_printf(body, "{\"device\":\"%s\",\"nonce\":\"%s\",\"signature\":\"", device, nonce);
	for (i = 0; i < armour.len; i++) {
		if (armour.data[i] == '\n') {
			buf_text(body, "\\n");
		} else {
			buf_byte(body, armour.data[i]);
		}
	}
	buf_text(body, "\"}");
	buf_clear(&text);
	buf_clear(&armour);
}

void caller_begin(struct caller *caller, struct rig *rig, struct node *node)
{
	char nonce[NONCE_TEXT_BYTES];
	struct buf body = { 0 };

	memset(caller, 0, sizeof(*caller));
	caller->rig = rig;
	caller->node = node;
	assert_int_equal(caller_call(caller, "POST", "/api/v1/nonce", "", view_of("")), 200);
	caller_member(caller, "nonce", nonce, sizeof(nonce));
	caller_write_session(node, nonce, &body);
	assert_int_equal(caller_call(caller, "POST", "/api/v1/session", "", buf_as_view(&body)), 200);
	caller_member(caller, "token", caller->token, sizeof(caller->token));
	buf_clear(&body);
}

void caller_end(struct caller *caller)
{
	reply_clear(&caller->reply);
}
