/*
 * test_resume.c -- files over lines that break: what was sent is not sent
 * again, whichever byte was the last, and what is under way when a sync ends
 * goes on in the next.
 */
#include "exchange_rig.h"

#include <inttypes.h>

#include "linli/uploads.h"
#include "node_private.h"
#include "peer.h"
#include "rest.h"
#include "sha1.h"
#include "sync.h"

#define HEADERS_BYTES 400 /* of a request, and of a reply, about */
#define NEVER UINT64_MAX

/*
 * A line to the rig's server that breaks after so many bytes of either
 * direction.  The part of a request that has come reaches the server, that of a
 * reply the client.
 */
struct wire {
	struct rig *rig;
	struct transport transport;
	struct sync_options options;
	uint64_t left;     /* until it breaks */
	uint64_t every;    /* then so many again */
	bool headers;      /* count too */
	bool lose_partial; /* planted: what has come of a request does not reach the server */
	bool impatient;    /* whoever waits has had enough */
	uint64_t up, down; /* all that went through */
	unsigned breaks, waits;
	int64_t waited_ms;
	unsigned busy;     /* so many requests are answered with 503 */
};

static void break_off(struct wire *line, struct err *err)
{
	line->breaks++;
	line->left = line->every;
	err_set(err, ERR_NETWORK, "planted: the line broke");
}

/* Does ${bytes} go through?  *part: so much does. */
static bool pass(struct wire *line, size_t bytes, uint64_t *count, size_t *part)
{
	bool whole = line->left == NEVER || bytes <= line->left;

	*part = whole ? bytes : (size_t)line->left;
	*count += *part;
	if (line->left != NEVER) {
		line->left -= *part;
	}
	return whole;
}

static bool deliver_part(
	const struct request *request, struct reply *reply, size_t part, struct err *err)
{
	struct err ignored;

	if (request->take != NULL && part != 0 &&
		(reply->status == 200 || reply->status == 206)) {
		reply->body.len = part;
		(void)!request->take(
			request->take_ctx, reply, buf_as_view(&reply->body), &ignored);
	}
	reply_reset(reply);
	return err == NULL;
}

static bool send_over_line(
	void *ctx, const struct request *request, struct reply *reply, struct err *err)
{
	struct wire *line = ctx;
	size_t headers = line->headers ? HEADERS_BYTES : 0, part;
	struct request cut = *request;

	reply_reset(reply);
	if (line->busy != 0) {
		line->busy--;
		reply->status = 503;
		reply_header_set(reply, HEADER_RETRY_AFTER, "7");
		buf_text(&reply->body, "{\"schema\":1,\"error\":{\"code\":\"busy\"}}");
		return true;
	}
	if (!pass(line, headers + request->body.len, &line->up, &part)) {
		cut.cut = true;
		cut.body.len = part > headers ? part - headers : 0;
		if (cut.body.len != 0 && exchange_keeps_cut(&cut) && !line->lose_partial) {
			exchange_serve(line->rig->server, &cut, reply);
			reply_reset(reply);
		}
		break_off(line, err);
		return false;
	}
	exchange_serve(line->rig->server, request, reply);
	if (!pass(line, headers + reply->body.len, &line->down, &part)) {
		deliver_part(request, reply, part > headers ? part - headers : 0, err);
		break_off(line, err);
		return false;
	}
	return message_deliver(request, reply, err);
}

static bool wait_over_line(void *ctx, int64_t ms)
{
	struct wire *line = ctx;

	line->waits++;
	line->waited_ms = ms;
	return !line->impatient;
}

static void wire_open(struct wire *line, struct rig *rig)
{
	*line = (struct wire){ .rig = rig, .left = NEVER, .every = NEVER };
	line->transport = (struct transport){ line, send_over_line };
	line->options = (struct sync_options){ .ctx = line, .wait = wait_over_line };
}

/* As the inside of a sync: a session over ${line}. */
static void sync_open(struct sync *sync, struct wire *line, struct node *node,
	struct sync_result *result)
{
	struct err err = { 0 };

	memset(sync, 0, sizeof(*sync));
	memset(result, 0, sizeof(*result));
	sync->node = node;
	sync->options = &line->options;
	sync->result = result;
	sync->file_bytes = SYNC_FIRST_FILE_BYTES;
	peer_init(&sync->peer, node, &line->transport);
	sync->peer.patience = &line->options;
	assert_ok(peer_open(&sync->peer, &err), &err);
	/* Thousands of small transactions: what survives a power cut is tested elsewhere. */
	assert_ok(db_exec(line->rig->district->db, "PRAGMA synchronous = OFF", &err), &err);
}

static void sync_shut(struct sync *sync)
{
	sync_result_clear(sync->result);
	peer_clear(&sync->peer);
}

/* All that ${node} signed for the district. */
static void write_own(struct node *node, struct buf *file)
{
	struct chain_name chain = { .device = node_device(node), .incarnation = 1,
		.scope = { .kind = SCOPE_FEDERATION } };
	struct range range = { .chain = chain };
	struct tally tally;
	struct err err = { 0 };
	bool more;

	assert_ok(chains_write(node, &range, 1, SIZE_MAX, file, &tally, &more, &err), &err);
	assert_true(file->len > 300);
}

/* Whichever byte is the last before the line breaks, the upload goes on behind it. */
static void test_resume__upload_cut_at_every_byte(void **state)
{
	struct sync_result result;
	struct buf file = { 0 };
	struct wire line;
	struct node *node;
	struct sync sync;
	struct rig rig;
	struct err err = { 0 };
	uint64_t at;

	(void)state;
	rig_open(&rig);
	node = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_club(node, "太极拳队");
	pack_all(node);
	write_own(node, &file);
	wire_open(&line, &rig);
	sync_open(&sync, &line, node, &result);
	for (at = 0; at < file.len; at++) {
		line.left = at;
		line.up = line.breaks = 0;
		assert_ok(sync_send_file(&sync, buf_as_view(&file), false, &err), &err);
		assert_int_equal(line.breaks, 1);
		assert_int_equal(line.up, file.len);
		assert_non_null(strstr(buf_str(&sync.peer.reply.body), "\"taken\""));
		/* The next comes anew. */
		assert_ok(db_exec(rig.district->db, "DELETE FROM upload", &err), &err);
	}
	assert_int_equal(count_of(rig.district, "club"), 1);
	sync_shut(&sync);
	buf_clear(&file);
	node_close(node);
	rig_close(&rig);
}

/* Likewise downwards, and where nothing but the reply's headers has come. */
static void test_resume__download_cut_at_every_byte(void **state)
{
	struct rest_download whole = { .etag = "" }, got;
	char chain[CHAIN_TEXT_BYTES];
	struct chain_name name = { .incarnation = 1, .scope = { .kind = SCOPE_FEDERATION } };
	struct sync_result result;
	struct wire line;
	struct node *node;
	struct sync sync;
	struct rig rig;
	struct err err = { 0 };
	uint64_t at;

	(void)state;
	rig_open(&rig);
	node = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	name.device = node_device(rig.district);
	chain_name_print(chain, &name);
	snprintf(whole.query, sizeof(whole.query), "want=%s@0-1", chain);
	wire_open(&line, &rig);
	sync_open(&sync, &line, node, &result);
	assert_ok(sync_get_file(&sync, "bundles", true, &whole, &err), &err);
	assert_true(whole.file.len > 300);
	for (at = 0; at < whole.file.len; at++) {
		got = (struct rest_download){ .etag = "" };
		strcpy(got.query, whole.query);
		line.left = at;
		line.down = line.breaks = 0;
		assert_ok(sync_get_file(&sync, "bundles", true, &got, &err), &err);
		assert_int_equal(line.breaks, 1);
		assert_int_equal(line.down, whole.file.len);
		assert_true(view_equal(buf_as_view(&got.file), buf_as_view(&whole.file)));
		rest_download_clear(&got);
	}
	rest_download_clear(&whole);
	sync_shut(&sync);
	node_close(node);
	rig_close(&rig);
}

/* A whole sync, cut anywhere and given up, leaves the next one nothing odd. */
static void test_resume__any_cut_and_a_second_sync(void **state)
{
	struct sync_result result;
	struct wire line;
	struct node *a, *b;
	struct rig rig;
	struct err err = { 0 };
	uint64_t at;
	unsigned cut = 0;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	b = rig_join(&rig, "b", "cuihu", "翠湖社区");
	wire_open(&line, &rig);
	line.impatient = true;
	for (at = 7; at < 16000; at += 397) {
		put_club(a, "太极拳队");
		line.left = at;
		if (!exchange_sync(a, &line.transport, &line.options, &result, &err)) {
			assert_int_equal(err.code == ERR_CANCELLED || err.code == ERR_NETWORK, true);
			cut++;
		}
		sync_result_clear(&result);
		line.left = NEVER;
		assert_ok(exchange_sync(a, &line.transport, &line.options, &result, &err), &err);
		assert_int_equal(result.received.refused_count, 0);
		sync_result_clear(&result);
		assert_int_equal(unsent_of(a), 0);
	}
	assert_true(cut > 10);
	result = rig_sync(&rig, b);
	sync_result_clear(&result);
	assert_agree(a, rig.district);
	assert_sound(rig.district);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* Enough that does not deflate well: names by chance. */
static void put_much(struct node *node, unsigned clubs)
{
	const struct env *env = env_system();
	struct err err = { 0 };
	char name[81];
	uint8_t chance[40];
	unsigned i;

	assert_ok(db_exec(node->db, "PRAGMA synchronous = OFF", &err), &err);
	for (i = 0; i < clubs; i++) {
		assert_ok(env->random(env->ctx, chance, sizeof(chance), &err), &err);
		hex_encode(name, chance, sizeof(chance));
		put_club(node, name);
		if (i % 100 == 99) {
			pack_all(node);
		}
	}
	pack_all(node);
}

/* Bytes of ${node}'s own bundles, as they stand in files. */
static uint64_t payload_of(struct node *node, struct device_id device)
{
	struct chain_name chain = { .device = device, .incarnation = 1,
		.scope = { .kind = SCOPE_FEDERATION } };
	struct range ranges[2] = { { chain, 0, 0 }, { chain, 0, 0 } };
	struct buf file = { 0 };
	struct tally tally;
	struct err err = { 0 };
	uint64_t len;
	bool more;

	ranges[1].chain.scope.kind = SCOPE_DISTRICT;
	strcpy(ranges[1].chain.scope.community, "zhizunong");
	assert_ok(chains_write(node, ranges, 2, SIZE_MAX, &file, &tally, &more, &err), &err);
	len = file.len;
	buf_clear(&file);
	return len;
}

/* How much goes through, for each byte there is, on a line that breaks again and again. */
static double cost_of(bool lose_partial)
{
	struct sync_result result;
	struct wire line;
	struct node *a;
	struct rig rig;
	struct err err = { 0 };
	uint64_t payload;
	bool finished;
	double cost;

	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_much(a, 2000);
	payload = payload_of(a, node_device(a));
	wire_open(&line, &rig);
	line.headers = true;
	line.lose_partial = lose_partial;
	line.left = line.every = 40000;
	finished = exchange_sync(a, &line.transport, &line.options, &result, &err);
	assert_true(line.breaks >= 3);
	cost = finished ? (double)line.up / (double)payload : 1000;
	sync_result_clear(&result);
	if (finished) {
		assert_int_equal(unsent_of(a), 0);
		assert_agree(a, rig.district);
	}
	node_close(a);
	rig_close(&rig);
	return cost;
}

/*
 * 8 kB a second, a break every 20 s: as small a line, at a quarter of the
 * size, finishes, having sent little more than there was.
 */
static void test_resume__a_line_that_breaks_often_is_enough(void **state)
{
	(void)state;
	assert_true(cost_of(false) <= 1.1);
}

/* The measure would tell: where the server loses what came before each break, it costs more. */
static void test_resume__planted_loss_is_seen(void **state)
{
	(void)state;
	assert_true(cost_of(true) > 1.1);
}

static bool has_rest(struct rig *rig, const char *name)
{
	struct buf path = { 0 }, data = { 0 };
	struct err err = { 0 };
	bool has;

	buf_printf(&path, "%s/a/%s.rest", rig->folder, name);
	has = env_system()->read_file(NULL, &data, buf_str(&path), 64 << 20, &err);
	buf_clear(&path);
	buf_clear(&data);
	return has;
}

/* Stopped in the middle of a file, the next run -- another program -- sends only the rest. */
static void test_resume__second_run_goes_on(void **state)
{
	struct sync_result result;
	uint64_t payload;
	struct wire line;
	struct node *b;
	struct rig rig;
	struct err err = { 0 };

	(void)state;
	rig_open(&rig);
	b = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_much(b, 700);
	payload = payload_of(b, node_device(b));
	wire_open(&line, &rig);
	line.impatient = true;
	line.left = 30000;
	assert_refused(exchange_sync(b, &line.transport, &line.options, &result, &err), &err,
		ERR_CANCELLED);
	sync_result_clear(&result);
	assert_true(has_rest(&rig, "upload"));
	assert_true(line.up > 20000);
	line.left = NEVER;
	assert_ok(exchange_sync(b, &line.transport, &line.options, &result, &err), &err);
	sync_result_clear(&result);
	assert_false(has_rest(&rig, "upload"));
	assert_int_equal(unsent_of(b), 0);
	assert_true(line.up < payload + 15000);
	node_close(b);
	rig_close(&rig);
}

/* Likewise what was being fetched. */
static void test_resume__second_run_goes_on_fetching(void **state)
{
	struct sync_result result;
	struct wire line;
	struct node *a, *b;
	struct rig rig;
	struct err err = { 0 };
	uint64_t payload;

	(void)state;
	rig_open(&rig);
	b = rig_join(&rig, "b", "zhizunong", "知足弄社区");
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_much(b, 700);
	payload = payload_of(b, node_device(b));
	result = rig_sync(&rig, b);
	sync_result_clear(&result);
	wire_open(&line, &rig);
	line.impatient = true;
	line.left = 40000;
	assert_refused(exchange_sync(a, &line.transport, &line.options, &result, &err), &err,
		ERR_CANCELLED);
	sync_result_clear(&result);
	assert_true(has_rest(&rig, "download"));
	line.left = NEVER;
	assert_ok(exchange_sync(a, &line.transport, &line.options, &result, &err), &err);
	sync_result_clear(&result);
	assert_false(has_rest(&rig, "download"));
	assert_true(line.down < payload + 15000);
	assert_agree(a, b);
	node_close(a);
	node_close(b);
	rig_close(&rig);
}

/* What lies in the home folder is no more trusted than what comes over the line. */
static void test_resume__damaged_rests_are_dropped(void **state)
{
	static const char *const bad[] = { "", "x", "{}\n", "\n\n",
		"{\"linli\":\"download\",\"format\":1,\"query\":\"want=a\",\"etag\":\"\\\"x\\\"\"}\nabc",
		"{\"linli\":\"download\",\"format\":2,\"query\":\"\",\"etag\":\"\"}\nabc",
		"{\"linli\":\"upload\",\"format\":1,\"bundles\":1,\"lines\":1,\"bytes\":1,"
		"\"ranges\":[[\"x\",0,1]]}\nabc",
		"{\"linli\":\"upload\",\"format\":1,\"bundles\":1,\"lines\":1,\"bytes\":1,"
		"\"ranges\":[]}\nabc" };
	static const char *const names[] = { "upload", "download" };
	struct sync_result result;
	struct node *a;
	struct rig rig;
	struct err err = { 0 };
	size_t i, k;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (k = 0; k < 2; k++) {
			struct buf path = { 0 };

			buf_printf(&path, "%s/a/%s.rest", rig.folder, names[k]);
			assert_ok(env_system()->write_file(NULL, buf_str(&path), view_of(bad[i]),
					  true, &err),
				&err);
			buf_clear(&path);
		}
		put_club(a, "太极拳队");
		result = rig_sync(&rig, a);
		sync_result_clear(&result);
		assert_false(has_rest(&rig, "upload"));
		assert_false(has_rest(&rig, "download"));
	}
	assert_agree(a, rig.district);
	node_close(a);
	rig_close(&rig);
}

/* A server that says when to come again is not asked before. */
static void test_resume__waits_as_long_as_the_server_asks(void **state)
{
	struct sync_result result;
	struct wire line;
	struct node *a;
	struct rig rig;
	struct err err = { 0 };

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	wire_open(&line, &rig);
	line.busy = 1;
	assert_ok(exchange_sync(a, &line.transport, &line.options, &result, &err), &err);
	sync_result_clear(&result);
	assert_int_equal(line.waits, 1);
	assert_int_equal(line.waited_ms, 7000);
	/* But not for ever. */
	line.busy = 1000;
	assert_refused(exchange_sync(a, &line.transport, &line.options, &result, &err), &err,
		ERR_BUSY);
	sync_result_clear(&result);
	assert_true(line.waits < 20);
	/* And who never answers is not waited for. */
	line.busy = 0;
	line.left = line.every = 0;
	line.headers = true;
	line.waits = 0;
	assert_refused(exchange_sync(a, &line.transport, &line.options, &result, &err), &err,
		ERR_NETWORK);
	sync_result_clear(&result);
	assert_int_equal(line.waits, 0);
	node_close(a);
	rig_close(&rig);
}

/* ---- the protocol, as a stranger's client speaks it ------------------ */

struct asker {
	struct peer peer;
	struct call call;
	char path[80];
};

static unsigned ask(struct asker *asker, const char *method, const char *path, struct view body)
{
	struct err err = { 0 };

	asker->call.method = method;
	asker->call.path = path;
	asker->call.body = body;
	assert_ok(peer_try(&asker->peer, &asker->call, &err), &err);
	return asker->peer.reply.status;
}

static const char *told(const struct asker *asker, enum header header)
{
	const char *value = reply_header(&asker->peer.reply, header);

	return value != NULL ? value : "";
}

/* Begin an upload of ${length}; its path goes to ${asker}->path. */
static void create(struct asker *asker, const char *length)
{
	asker->call.headers[HEADER_UPLOAD_LENGTH] = length;
	assert_int_equal(ask(asker, "POST", "uploads", view_of("")), 201);
	assert_memory_equal(told(asker, HEADER_LOCATION), "/api/v1/uploads/", 16);
	snprintf(asker->path, sizeof(asker->path), "%s",
		told(asker, HEADER_LOCATION) + strlen("/api/v1/"));
	asker->call.headers[HEADER_UPLOAD_LENGTH] = NULL;
}

static void open_asker(struct asker *asker, struct rig *rig, struct node *node)
{
	struct err err = { 0 };

	memset(asker, 0, sizeof(*asker));
	peer_init(&asker->peer, node, &rig->transport);
	assert_ok(peer_open(&asker->peer, &err), &err);
	asker->call.headers[HEADER_TUS_RESUMABLE] = "1.0.0";
	asker->call.content_type = "application/offset+octet-stream";
}

/* The core protocol and its extensions, request by request. */
static void test_tus__answers_as_the_protocol_says(void **state)
{
	struct asker a, b;
	struct node *node, *other;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	node = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	other = rig_join(&rig, "b", "cuihu", "翠湖社区");
	open_asker(&a, &rig, node);
	open_asker(&b, &rig, other);
	assert_int_equal(ask(&a, "OPTIONS", "uploads", view_of("")), 204);
	assert_string_equal(told(&a, HEADER_TUS_VERSION), "1.0.0");
	assert_non_null(strstr(told(&a, HEADER_TUS_EXTENSION), "creation-with-upload"));
	assert_string_equal(told(&a, HEADER_TUS_CHECKSUM_ALGORITHM), "sha1,sha256");
	create(&a, "10");
	assert_string_equal(told(&a, HEADER_UPLOAD_OFFSET), "0");
	assert_non_null(strstr(told(&a, HEADER_UPLOAD_EXPIRES), " GMT"));
	/* Nobody else sees it. */
	assert_int_equal(ask(&b, "HEAD", a.path, view_of("")), 404);
	assert_int_equal(ask(&b, "DELETE", a.path, view_of("")), 404);
	a.call.headers[HEADER_UPLOAD_OFFSET] = "0";
	assert_int_equal(ask(&a, "PATCH", a.path, view_of("abc")), 204);
	assert_string_equal(told(&a, HEADER_UPLOAD_OFFSET), "3");
	assert_string_equal(told(&a, HEADER_TUS_RESUMABLE), "1.0.0");
	assert_int_equal(ask(&a, "PATCH", a.path, view_of("abc")), 409);
	assert_string_equal(told(&a, HEADER_TUS_RESUMABLE), "1.0.0");
	a.call.headers[HEADER_UPLOAD_OFFSET] = "3";
	assert_int_equal(ask(&a, "PATCH", a.path, view_of("12345678")), 413);
	/* A false sum changes nothing. */
	a.call.headers[HEADER_UPLOAD_CHECKSUM] = "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	assert_int_equal(ask(&a, "PATCH", a.path, view_of("def")), 460);
	a.call.headers[HEADER_UPLOAD_CHECKSUM] = "md5 AAAA";
	assert_int_equal(ask(&a, "PATCH", a.path, view_of("def")), 400);
	a.call.headers[HEADER_UPLOAD_CHECKSUM] = "sha1 WJwiM1o4HxItEpIl9cC6MFbtWBE=";
	assert_int_equal(ask(&a, "PATCH", a.path, view_of("def")), 204);
	a.call.headers[HEADER_UPLOAD_CHECKSUM] = NULL;
	a.call.content_type = "text/plain";
	a.call.headers[HEADER_UPLOAD_OFFSET] = "6";
	assert_int_equal(ask(&a, "PATCH", a.path, view_of("ghi")), 415);
	a.call.content_type = "application/offset+octet-stream";
	assert_int_equal(ask(&a, "HEAD", a.path, view_of("")), 200);
	assert_string_equal(told(&a, HEADER_UPLOAD_OFFSET), "6");
	assert_string_equal(told(&a, HEADER_UPLOAD_LENGTH), "10");
	a.call.headers[HEADER_TUS_RESUMABLE] = "0.2.2";
	assert_int_equal(ask(&a, "HEAD", a.path, view_of("")), 412);
	assert_string_equal(told(&a, HEADER_TUS_VERSION), "1.0.0");
	a.call.headers[HEADER_TUS_RESUMABLE] = "1.0.0";
	/* Its end: it was no bundle, which is said, and harms nobody. */
	assert_int_equal(ask(&a, "PATCH", a.path, view_of("ghij")), 204);
	assert_int_equal(ask(&a, "GET", a.path, view_of("")), 200);
	assert_non_null(strstr(buf_str(&a.peer.reply.body), "\"code\":\"format\""));
	assert_int_equal(ask(&a, "DELETE", a.path, view_of("")), 204);
	assert_int_equal(ask(&a, "HEAD", a.path, view_of("")), 404);
	a.call.headers[HEADER_UPLOAD_LENGTH] = "99999999999";
	assert_int_equal(ask(&a, "POST", "uploads", view_of("")), 413);
	a.call.headers[HEADER_UPLOAD_LENGTH] = "-1";
	assert_int_equal(ask(&a, "POST", "uploads", view_of("")), 400);
	peer_clear(&a.peer);
	peer_clear(&b.peer);
	node_close(node);
	node_close(other);
	rig_close(&rig);
}

/* Nobody fills the server's disk with uploads that never end. */
static void test_tus__uploads_are_bounded_and_expire(void **state)
{
	char first[80];
	struct asker a;
	struct node *node;
	struct rig rig;
	struct err err = { 0 };
	uint64_t count, bytes;
	int i;

	(void)state;
	rig_open(&rig);
	node = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	open_asker(&a, &rig, node);
	create(&a, "100");
	strcpy(first, a.path);
	a.call.headers[HEADER_UPLOAD_OFFSET] = "0";
	assert_int_equal(ask(&a, "PATCH", a.path, view_of("some bytes")), 204);
	for (i = 0; i < UPLOADS_OF_DEVICE; i++) {
		create(&a, "100");
	}
	assert_int_equal(ask(&a, "HEAD", first, view_of("")), 404);
	assert_ok(uploads_count(rig.district, &count, &bytes, &err), &err);
	assert_int_equal(count, UPLOADS_OF_DEVICE);
	assert_int_equal(bytes, 0);
	/* By bytes as well: three of the largest fit. */
	for (i = 0; i < 4; i++) {
		create(&a, "20971520");
	}
	assert_ok(uploads_count(rig.district, &count, &bytes, &err), &err);
	assert_int_equal(count, 3);
	assert_int_equal(ask(&a, "PATCH", a.path, view_of("some bytes")), 204);
	rig.weather.clock_ms += UPLOAD_VALID_MS;
	assert_int_equal(ask(&a, "HEAD", a.path, view_of("")), 404);
	create(&a, "100");
	assert_ok(uploads_count(rig.district, &count, &bytes, &err), &err);
	assert_int_equal(count, 1);
	assert_int_equal(bytes, 0);
	peer_clear(&a.peer);
	node_close(node);
	rig_close(&rig);
}

/* What has come survives the server's end, also if that was between the last byte and the receipt. */
static void test_tus__survives_the_server(void **state)
{
	struct buf file = { 0 };
	struct upload upload;
	char length[24];
	struct asker a;
	struct node *node;
	struct rig rig;
	struct err err = { 0 };

	(void)state;
	rig_open(&rig);
	node = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_club(node, "太极拳队");
	pack_all(node);
	write_own(node, &file);
	snprintf(length, sizeof(length), "%zu", file.len);
	open_asker(&a, &rig, node);
	create(&a, length);
	a.call.headers[HEADER_UPLOAD_OFFSET] = "0";
	assert_int_equal(
		ask(&a, "PATCH", a.path, (struct view){ (char *)file.data, 100 }), 204);
	exchange_server_close(rig.server);
	assert_ok(exchange_server_open(&rig.server, rig.district, &err), &err);
	assert_int_equal(ask(&a, "HEAD", a.path, view_of("")), 200);
	assert_string_equal(told(&a, HEADER_UPLOAD_OFFSET), "100");
	assert_ok(uploads_find(rig.district, strrchr(a.path, '/') + 1, node_device(node), &upload,
			  &err),
		&err);
	assert_ok(uploads_append(rig.district, &upload,
			  (struct view){ (char *)file.data + 100, file.len - 100 }, &err),
		&err);
	assert_int_equal(ask(&a, "GET", a.path, view_of("")), 200);
	assert_non_null(strstr(buf_str(&a.peer.reply.body), "\"taken\":{\"bundles\":1"));
	assert_int_equal(count_of(rig.district, "club"), 1);
	peer_clear(&a.peer);
	buf_clear(&file);
	node_close(node);
	rig_close(&rig);
}

/* ---- photos ----------------------------------------------------------- */

/* A photo is carried when all lines have gone, and alone. */
static void test_resume__photos_wait_for_lines(void **state)
{
	const size_t photo_bytes = 300000;
	struct chain_name chain = { .incarnation = 1 };
	struct range ranges[2] = { { .after = 0 }, { .after = 0 } };
	struct buf photo = { 0 }, file = { 0 };
	const struct entity *entity;
	struct assignment with_photo[4];
	struct record_id made;
	struct tally tally;
	struct node *a;
	struct rig rig;
	char hash[65];
	struct err err = { 0 };
	bool more;

	(void)state;
	rig_open(&rig);
	a = rig_join(&rig, "a", "zhizunong", "知足弄社区");
	put_club(a, "太极拳队"); /* signed with nothing after it */
	assert_ok(env_system()->random(NULL, buf_grow(&photo, photo_bytes), photo_bytes, &err),
		&err);
	entity = model_entity(node_model(a), VIEW_LITERAL("activity"));
	assert_ok(node_begin(a, &err), &err);
	assert_ok(file_keep(a, buf_as_view(&photo), hash, &err), &err);
	with_photo[0] = (struct assignment){ entity_field(entity, VIEW_LITERAL("photos")),
		ASSIGN_ADD, { VALUE_TEXT, 0, { hash, 64 } } };
	with_photo[1] = (struct assignment){ entity_field(entity, VIEW_LITERAL("title")),
		ASSIGN_SET, { VALUE_TEXT, 0, VIEW_LITERAL("会演") } };
	with_photo[2] = (struct assignment){ entity_field(entity, VIEW_LITERAL("held_on")),
		ASSIGN_SET, { VALUE_TEXT, 0, VIEW_LITERAL("2026-05-01") } };
	with_photo[3] = (struct assignment){ entity_field(entity, VIEW_LITERAL("kind")),
		ASSIGN_SET, { VALUE_TEXT, 0, VIEW_LITERAL("other") } };
	assert_ok(records_put(a, entity, NULL, with_photo, 4, &made, &err), &err);
	assert_ok(node_commit(a, &err), &err);
	put_club(a, "合唱队");
	pack_all(a);
	chain.device = node_device(a);
	ranges[0].chain = ranges[1].chain = chain;
	ranges[0].chain.scope.kind = SCOPE_FEDERATION;
	ranges[1].chain.scope.kind = SCOPE_DISTRICT;
	strcpy(ranges[1].chain.scope.community, "zhizunong");
	assert_ok(chains_write(a, ranges, 2, 65536, &file, &tally, &more, &err), &err);
	assert_true(more);
	assert_true(tally.bundles >= 2);
	assert_true(file.len < 20000);
	buf_reset(&file);
	assert_ok(chains_write(a, ranges, 2, 65536, &file, &tally, &more, &err), &err);
	assert_int_equal(tally.bundles, 1);
	assert_true(file.len > photo_bytes);
	assert_false(more);
	buf_clear(&photo);
	buf_clear(&file);
	node_close(a);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resume__upload_cut_at_every_byte),
		cmocka_unit_test(test_resume__download_cut_at_every_byte),
		cmocka_unit_test(test_resume__any_cut_and_a_second_sync),
		cmocka_unit_test(test_resume__a_line_that_breaks_often_is_enough),
		cmocka_unit_test(test_resume__planted_loss_is_seen),
		cmocka_unit_test(test_resume__second_run_goes_on),
		cmocka_unit_test(test_resume__second_run_goes_on_fetching),
		cmocka_unit_test(test_resume__damaged_rests_are_dropped),
		cmocka_unit_test(test_resume__waits_as_long_as_the_server_asks),
		cmocka_unit_test(test_tus__answers_as_the_protocol_says),
		cmocka_unit_test(test_tus__uploads_are_bounded_and_expire),
		cmocka_unit_test(test_tus__survives_the_server),
		cmocka_unit_test(test_resume__photos_wait_for_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
