/* exchange_rig.c -- see exchange_rig.h. */
#include "exchange_rig.h"

#include <sys/stat.h>

static int64_t shifted_now(void *ctx)
{
	const struct rig *rig = ctx;

	return env_system()->now_ms(NULL) + rig->weather.clock_ms;
}

static int64_t server_now(void *ctx)
{
	const struct rig *rig = ctx;

	return shifted_now(ctx) + rig->weather.server_ms;
}

static bool weak_write(void *ctx, const char *path, struct view data, bool secret, struct err *err)
{
	struct rig *rig = ctx;

	if (rig->weather.disk != ERR_NONE && strstr(path, "/linli-") != NULL &&
		strstr(path, "linli-test") != NULL && strstr(path, "/stick/") != NULL &&
		rig->weather.disk_after-- <= 0) {
		return err_set(err, rig->weather.disk, "writing %s: planted", path);
	}
	return env_system()->write_file(NULL, path, data, secret, err);
}

/* The line between a node and the server. */
static bool send(void *ctx, const struct request *request, struct reply *reply, struct err *err)
{
	struct rig *rig = ctx;
	struct weather *weather = &rig->weather;
	bool upload = strcmp(request->method, "POST") == 0 &&
		strcmp(request->path, "/api/v1/uploads") == 0;

	if (weather->cut_after >= 0 && weather->messages >= weather->cut_after) {
		return err_set(err, ERR_NETWORK, "planted");
	}
	weather->messages++;
	weather->uploads += upload ? 1 : 0;
	if (upload && weather->swallow) {
		reply_reset(reply);
		buf_text(&reply->body,
			"{\"schema\":1,\"taken\":{\"bundles\":9,\"lines\":9,\"bytes\":9},"
			"\"duplicates\":0,\"refused\":[]}");
		reply->status = 201;
		reply_header_set(
			reply, HEADER_UPLOAD_OFFSET, "%zu", request->body.len);
		return true;
	}
	exchange_serve(rig->server, request, reply);
	return message_deliver(request, reply, err);
}

static struct node_options options_for(const struct rig *rig, struct buf *home, const char *name)
{
	buf_printf(home, "%s/%s", rig->folder, name);
	return (struct node_options){ .env = &rig->env, .home = buf_str(home) };
}

void rig_open(struct rig *rig)
{
	struct buf home = { 0 };
	struct node_options options;
	struct err err = { 0 };

	memset(rig, 0, sizeof(*rig));
	rig->folder = scratch_folder();
	rig->weather.cut_after = -1;
	rig->env = *env_system();
	rig->env.ctx = rig;
	rig->env.now_ms = shifted_now;
	rig->env.write_file = weak_write;
	rig->server_env = rig->env;
	rig->server_env.now_ms = server_now;
	rig->transport = (struct transport){ rig, send };
	options = options_for(rig, &home, "district");
	options.env = &rig->server_env;
	assert_ok(node_found(&rig->district, &options, "拱墅区", (struct view){ NULL, 0 }, &err),
		&err);
	assert_ok(exchange_server_open(&rig->server, rig->district, &err), &err);
	buf_clear(&home);
}

void rig_close(struct rig *rig)
{
	exchange_server_close(rig->server);
	node_close(rig->district);
	scratch_remove(rig->folder);
}

struct node *rig_join(
	struct rig *rig, const char *home_name, const char *community, const char *name)
{
	const struct invitation_terms terms = { community, name, "潮鸣街道", "" };
	struct buf home = { 0 }, file = { 0 }, request = { 0 };
	struct node_options options = options_for(rig, &home, home_name);
	struct received received = { 0 };
	struct invitation invitation;
	struct node *node = NULL;
	struct err err = { 0 };

	assert_ok(invitation_make(rig->district, &terms, &file, &err), &err);
	assert_ok(invitation_read(&invitation, buf_as_view(&file), &err), &err);
	assert_ok(node_join(&node, &options, &invitation.federation, invitation.community,
			  invitation.name, &err),
		&err);
	assert_ok(request_make(node, &invitation, &request, &err), &err);
	assert_ok(exchange_enrol(node, &rig->transport, buf_as_view(&request), &received, &err),
		&err);
	assert_int_equal(received.refused_count, 0);
	assert_true(node_enrolled(node));
	received_clear(&received);
	buf_clear(&home);
	buf_clear(&file);
	buf_clear(&request);
	return node;
}

static void copy_file(const struct rig *rig, const char *from, const char *to, const char *name)
{
	struct buf path = { 0 }, data = { 0 };
	struct err err = { 0 };

	buf_printf(&path, "%s/%s/%s", rig->folder, from, name);
	assert_ok(env_system()->read_file(NULL, &data, buf_str(&path), 256 << 20, &err), &err);
	buf_reset(&path);
	buf_printf(&path, "%s/%s/%s", rig->folder, to, name);
	assert_ok(env_system()->write_file(NULL, buf_str(&path), buf_as_view(&data), true, &err),
		&err);
	buf_clear(&path);
	buf_clear(&data);
}

/* The whole home, as somebody copies a folder. */
void rig_copy(struct rig *rig, const char *home, const char *copy)
{
	struct node_options options;
	struct buf path = { 0 }, from = { 0 };
	struct node *node = NULL;
	struct err err = { 0 };

	buf_printf(&path, "%s/%s", rig->folder, copy);
	assert_int_equal(mkdir(buf_str(&path), 0700), 0);
	buf_text(&path, "/store.db");
	options = options_for(rig, &from, home);
	assert_ok(node_open(&node, &options, &err), &err);
	assert_ok(node_backup(node, buf_str(&path), &err), &err);
	node_close(node);
	copy_file(rig, home, copy, "device.key");
	copy_file(rig, home, copy, "incarnation");
	buf_clear(&path);
	buf_clear(&from);
}

struct node *rig_put_back(
	struct rig *rig, struct node *node, const char *home_name, const char *copy)
{
	static const char *const names[] = { "store.db-wal", "store.db-shm" };
	struct buf home = { 0 }, path = { 0 };
	struct node_options options = options_for(rig, &home, home_name);
	struct err err = { 0 };
	size_t i;

	node_close(node);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		buf_reset(&path);
		buf_printf(&path, "%s/%s", buf_str(&home), names[i]);
		assert_ok(env_system()->remove_file(NULL, buf_str(&path), &err), &err);
	}
	copy_file(rig, copy, home_name, "store.db");
	copy_file(rig, copy, home_name, "incarnation");
	node = NULL;
	assert_ok(node_open(&node, &options, &err), &err);
	buf_clear(&home);
	buf_clear(&path);
	return node;
}

static void print_refused(const struct sync_result *result)
{
	size_t i;

	for (i = 0; i < result->received.refused_count; i++) {
		const struct refusal *refusal = &result->received.refused[i];

		printf("refused: %s: %s: %s\n", refusal->what, err_name(refusal->code),
			refusal->reason);
	}
	assert_int_equal(result->received.refused_count, 0);
}

struct sync_result rig_sync(struct rig *rig, struct node *node)
{
	struct sync_result result, copy;
	struct err err = { 0 };

	assert_ok(exchange_sync(node, &rig->transport, NULL, &result, &err), &err);
	print_refused(&result);
	copy = result;
	copy.received.refused = NULL;
	sync_result_clear(&result);
	return copy;
}

struct sync_result rig_carry(struct node *node, const char *dir)
{
	struct sync_result result, copy;
	struct err err = { 0 };

	assert_ok(exchange_carry(node, dir, &result, &err), &err);
	print_refused(&result);
	copy = result;
	copy.received.refused = NULL;
	sync_result_clear(&result);
	return copy;
}

void put_club(struct node *node, const char *name)
{
	char words[96];

	snprintf(words, sizeof(words), "name=%s", name);
	PUT(node, "club", NULL, NULL, words, "category=太极拳", "members=24", "active=true");
}

void put_person(struct node *node, const char *name)
{
	char words[96];

	snprintf(words, sizeof(words), "name=%s", name);
	PUT(node, "person", NULL, NULL, words, "phone=13857112233", "birth_decade=1960");
}

uint64_t unsent_of(struct node *node)
{
	struct outbox_counts counts;
	struct err err = { 0 };

	assert_ok(outbox_count(node, &counts, &err), &err);
	return counts.unsent_bundles;
}

void assert_agree(struct node *a, struct node *b)
{
	char x[65], y[65];
	struct err err = { 0 };

	assert_ok(chains_state_hash(a, x, &err), &err);
	assert_ok(chains_state_hash(b, y, &err), &err);
	assert_string_equal(x, y);
}

void pack_all(struct node *node)
{
	struct tally tally;
	struct err err = { 0 };

	assert_ok(outbox_pack(node, &tally, &err), &err);
}
