/* test_receive.c -- what a node refuses of well-formed, signed bundles, and that it loses nothing by it. */
#include "federation.h"

#include "bundle.h"
#include "linli/review.h"
#include "node_private.h"

/* A forger with a real, enrolled key: what may its bundles not say? */
struct forgery {
	char *folder;
	struct node *district, *a, *b;
	struct bundle_facts facts;
	struct buf lines;
};

static void begin_forgery(struct forgery *forgery)
{
	struct bundle_facts *facts = &forgery->facts;
	struct device_id federation;

	memset(forgery, 0, sizeof(*forgery));
	forgery->folder = scratch_folder();
	forgery->district = found_district(forgery->folder);
	forgery->a = join_community(forgery->folder, "a", forgery->district, "zhizunong",
		"知足弄社区");
	forgery->b = join_community(forgery->folder, "b", forgery->district, "wanglanfu",
		"望澜府社区");
	federation = node_federation_id(forgery->district);
	memcpy(facts->federation, federation.bytes, FEDERATION_BYTES);
	strcpy(facts->community, "zhizunong");
	facts->chain.device = node_device(forgery->a);
	facts->chain.incarnation = 1;
	facts->chain.scope.kind = SCOPE_DISTRICT;
	strcpy(facts->chain.scope.community, "zhizunong");
	facts->seq = 1;
	strcpy(facts->model, "gongshu@1");
	strcpy(facts->author, "知足弄社区");
	strcpy(facts->subject, "知足弄社区: 1 change (1 dispute)");
	facts->made_s = env_system()->now_ms(NULL) / 1000;
}

static void end_forgery(struct forgery *forgery)
{
	assert_sound(forgery->district);
	buf_clear(&forgery->lines);
	node_close(forgery->a);
	node_close(forgery->b);
	node_close(forgery->district);
	scratch_remove(forgery->folder);
}

/* A dispute with the id <device>.1.<n>, made at ${t}. */
static void add_dispute(struct forgery *forgery, struct device_id device, int n, int64_t t)
{
	char hex[DEVICE_TEXT_BYTES];

	device_id_print(hex, device);
	buf_printf(&forgery->lines,
		"{\"t\":%lld,\"e\":\"dispute\",\"id\":\"%s.1.%d\",\"put\":{\"category\":\"noise\","
		"\"opened_on\":\"2024-01-01\",\"outcome\":\"open\"}}\n",
		(long long)t, hex, n);
}

static int64_t now_t(void)
{
	return env_system()->now_ms(NULL) * 1000;
}

/* Sign with a's key and offer to the district; ERR_NONE if it was taken. */
static enum err_code offer(struct forgery *forgery)
{
	struct received received = { 0 };
	struct gitbundle_writer *writer = NULL;
	struct gitbundle_range range = { 0 };
	struct made_bundle made = { 0 };
	struct buf file = { 0 };
	struct err err = { 0 };
	enum err_code code;

	assert_ok(bundle_make(&made, &forgery->facts, buf_as_view(&forgery->lines), NULL, 0,
			  node_key(forgery->a), NULL, &err),
		&err);
	range.chain = forgery->facts.chain;
	range.tip = made.raw.objects[RAW_COMMIT].oid;
	range.parent = forgery->facts.parent;
	assert_ok(gitbundle_begin(&writer, &file, &range, 1, &err), &err);
	assert_ok(gitbundle_add(writer, made.raw.objects, made.raw.count, &err), &err);
	assert_ok(gitbundle_finish(writer, &err), &err);
	gitbundle_writer_free(writer);
	assert_ok(receive_bundles(forgery->district, buf_as_view(&file), "test", &received, &err),
		&err);
	code = received.refused_count != 0 ? received.refused[0].code : ERR_NONE;
	assert_int_equal(received.taken.bundles, code == ERR_NONE ? 1 : 0);
	memcpy(forgery->facts.parent_sha256, made.sha256, sizeof(made.sha256));
	forgery->facts.parent = range.tip;
	made_bundle_clear(&made);
	received_clear(&received);
	buf_clear(&file);
	return code;
}

/* The honest bundle goes in: what follows differs from it in one thing. */
static void test_receive__takes_the_honest_bundle(void **state)
{
	struct forgery forgery;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	assert_int_equal(offer(&forgery), ERR_NONE);
	assert_int_equal(count_of(forgery.district, "dispute"), 1);
	end_forgery(&forgery);
}

/* A bundle made for another federation must not be replayed here. */
static void test_receive__refuses_another_federation(void **state)
{
	struct forgery forgery;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	forgery.facts.federation[0] ^= 1;
	assert_int_equal(offer(&forgery), ERR_FEDERATION);
	end_forgery(&forgery);
}

/* Nor may a device speak for another community, in name or in scope. */
static void test_receive__refuses_another_community(void **state)
{
	struct forgery forgery;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	strcpy(forgery.facts.community, "wanglanfu");
	assert_int_equal(offer(&forgery), ERR_SCOPE);
	strcpy(forgery.facts.community, "zhizunong");
	strcpy(forgery.facts.chain.scope.community, "wanglanfu");
	memset(&forgery.facts.parent, 0, sizeof(forgery.facts.parent));
	memset(forgery.facts.parent_sha256, 0, sizeof(forgery.facts.parent_sha256));
	assert_int_equal(offer(&forgery), ERR_SCOPE);
	end_forgery(&forgery);
}

/* What leaked to the wrong node is not taken in there. */
static void test_receive__refuses_scopes_it_may_not_read(void **state)
{
	struct forgery forgery;
	struct node *district;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	district = forgery.district;
	give_all(district, forgery.b);
	forgery.district = forgery.b;
	assert_int_equal(offer(&forgery), ERR_SCOPE);
	assert_int_equal(count_of(forgery.b, "dispute"), 0);
	forgery.district = district;
	end_forgery(&forgery);
}

/* A line about another community's record is not this device's to write. */
static void test_receive__refuses_others_records(void **state)
{
	struct forgery forgery;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.b), 1, now_t());
	assert_int_equal(offer(&forgery), ERR_SCOPE);
	assert_int_equal(count_of(forgery.district, "dispute"), 0);
	end_forgery(&forgery);
}

/* The district's trust records are accepted from no one else. */
static void test_receive__refuses_forged_trust_records(void **state)
{
	struct forgery forgery;
	char hex[DEVICE_TEXT_BYTES];

	(void)state;
	begin_forgery(&forgery);
	device_id_print(hex, node_device(forgery.b));
	memset(&forgery.facts.chain.scope, 0, sizeof(forgery.facts.chain.scope));
	buf_printf(&forgery.lines,
		"{\"t\":%lld,\"e\":\"device\",\"id\":\"%s\",\"put\":{\"valid_until\":\"-\"}}\n",
		(long long)now_t(), hex);
	assert_int_equal(offer(&forgery), ERR_SCOPE);
	end_forgery(&forgery);
}

/* A place in a chain has one bundle; what comes too early waits for the gap. */
static void test_receive__refuses_gaps_and_forks(void **state)
{
	struct forgery forgery;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	forgery.facts.seq = 3;
	forgery.facts.parent.bytes[0] = 1;
	forgery.facts.parent_sha256[0] = 1;
	assert_int_equal(offer(&forgery), ERR_GAP);
	memset(&forgery.facts.parent, 0, sizeof(forgery.facts.parent));
	memset(forgery.facts.parent_sha256, 0, sizeof(forgery.facts.parent_sha256));
	forgery.facts.seq = 1;
	assert_int_equal(offer(&forgery), ERR_NONE);
	/* The same place again, with other content. */
	memset(&forgery.facts.parent, 0, sizeof(forgery.facts.parent));
	memset(forgery.facts.parent_sha256, 0, sizeof(forgery.facts.parent_sha256));
	add_dispute(&forgery, node_device(forgery.a), 2, now_t());
	assert_int_equal(offer(&forgery), ERR_FORK);
	assert_int_equal(count_of(forgery.district, "dispute"), 1);
	/* The next place, after another bundle than the one that is here. */
	forgery.facts.seq = 2;
	assert_int_equal(offer(&forgery), ERR_FORK);
	end_forgery(&forgery);
}

struct named_gaps {
	size_t count;
	bool named; /* the one looked for */
	char wanted[LINE_NAME_TEXT_BYTES];
};

static bool name_gap(void *ctx, const char *bundle, int64_t since_ms, struct err *err)
{
	struct named_gaps *gaps = ctx;

	(void)since_ms;
	(void)err;
	gaps->count++;
	gaps->named = gaps->named || strcmp(bundle, gaps->wanted) == 0;
	return true;
}

/* One device that sends bundles of a thousand incarnations must not hide what others wait for. */
static void test_receive__names_gaps_of_every_device(void **state)
{
	struct forgery forgery;
	struct named_gaps gaps = { 0 };
	struct chain_name other;
	struct place place = { .seq = 7 };
	struct err err = { 0 };

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	forgery.facts.seq = 3;
	forgery.facts.parent.bytes[0] = 1;
	forgery.facts.parent_sha256[0] = 1;
	for (; forgery.facts.chain.incarnation <= 30; forgery.facts.chain.incarnation++) {
		assert_int_equal(offer(&forgery), ERR_GAP);
	}
	other = forgery.facts.chain;
	other.device = node_device(forgery.b);
	place.chain = other;
	place_print(gaps.wanted, &place);
	assert_ok(gap_note(forgery.district, &other, 6, &err), &err);
	assert_ok(gap_note(forgery.district, &other, 7, &err), &err); /* it moves on */
	assert_ok(gaps_each(forgery.district, name_gap, &gaps, &err), &err);
	assert_true(gaps.named);
	assert_int_equal(gaps.count, 20 + 1);
	end_forgery(&forgery);
}

/* A line from far in the future would win every tie for years: it waits for a person. */
static void test_receive__holds_clocks_far_ahead(void **state)
{
	struct forgery forgery;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t() + 25LL * 3600 * 1000000);
	assert_int_equal(offer(&forgery), ERR_NONE);
	assert_int_equal(count_of(forgery.district, "dispute"), 0);
	assert_sound(forgery.district);
	end_forgery(&forgery);
}

/* One bad line refuses its bundle whole, and the chain goes on afterwards. */
static void test_receive__bad_line_leaves_nothing_behind(void **state)
{
	struct forgery forgery;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	buf_text(&forgery.lines, "{\"t\":1,\"e\":\"dispute\",\"id\":\"x\",\"del\":true} \n");
	assert_int_equal(offer(&forgery), ERR_FORMAT);
	assert_int_equal(count_of(forgery.district, "dispute"), 0);
	buf_reset(&forgery.lines);
	memset(&forgery.facts.parent, 0, sizeof(forgery.facts.parent));
	memset(forgery.facts.parent_sha256, 0, sizeof(forgery.facts.parent_sha256));
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	assert_int_equal(offer(&forgery), ERR_NONE);
	assert_int_equal(count_of(forgery.district, "dispute"), 1);
	end_forgery(&forgery);
}

/* A newer model's bundle is not lost: it comes again when the model has come. */
static void test_receive__newer_model_waits(void **state)
{
	struct forgery forgery;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	strcpy(forgery.facts.model, "gongshu@2");
	assert_int_equal(offer(&forgery), ERR_MODEL_NEWER);
	end_forgery(&forgery);
}

static bool count_row(void *ctx, int64_t received_ms, const char *source,
	const struct refusal *refusal, uint64_t bytes, struct err *err)
{
	(void)received_ms;
	(void)err;
	assert_true(strcmp(source, "noise") == 0 || strcmp(source, "other") == 0);
	assert_int_not_equal(refusal->code, ERR_NONE);
	if (strcmp(source, "other") == 0) {
		(*(size_t *)ctx) += 1000;
	}
	assert_int_equal(bytes, 100000);
	(*(size_t *)ctx)++;
	return true;
}

/*
 * What is refused is kept for whoever looks into it, in bounded space, and who
 * sends much of it does not push out what another sent.
 */
static void test_receive__quarantine_is_bounded(void **state)
{
	struct forgery forgery;
	struct received received = { 0 };
	struct buf noise = { 0 };
	struct err err = { 0 };
	size_t i, rows = 0;

	(void)state;
	begin_forgery(&forgery);
	assert_non_null(buf_grow(&noise, 100000));
	assert_ok(receive_bundles(forgery.district, buf_as_view(&noise), "other", &received, &err),
		&err);
	for (i = 0; i < 700; i++) {
		noise.data[i] ^= 1;
		assert_ok(receive_bundles(forgery.district, buf_as_view(&noise), "noise",
				  &received, &err),
			&err);
	}
	/* Nor is the list without end: the last one stands for the rest. */
	assert_int_equal(received.refused_count, RECEIVED_MAX_REFUSED + 1);
	assert_string_equal(received.refused[RECEIVED_MAX_REFUSED].what, RECEIVED_MORE);
	assert_ok(quarantine_each(forgery.district, count_row, &rows, &err), &err);
	assert_int_equal(rows, 1001 + 100);
	received_clear(&received);
	buf_clear(&noise);
	end_forgery(&forgery);
}

/*
 * The parent that git sees is the one that is signed for: otherwise the chain
 * could be passed on to nobody, nor what follows it in a file.
 */
static void test_receive__refuses_another_parent(void **state)
{
	struct forgery forgery;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	assert_int_equal(offer(&forgery), ERR_NONE);
	add_dispute(&forgery, node_device(forgery.a), 2, now_t());
	forgery.facts.seq = 2;
	forgery.facts.parent.bytes[3] ^= 1;
	assert_int_equal(offer(&forgery), ERR_FORK);
	assert_int_equal(count_of(forgery.district, "dispute"), 1);
	end_forgery(&forgery);
}

/* Nobody fills a store with chains of devices, or of incarnations, that there are not. */
static void test_receive__refuses_made_up_chains(void **state)
{
	struct forgery forgery;
	struct seen_head seen = { .seq = 1000000 };

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	seen.chain = forgery.facts.chain;
	forgery.facts.seen = &seen;
	forgery.facts.seen_count = 1;
	memset(seen.chain.device.bytes, 0xaa, DEVICE_BYTES);
	assert_int_equal(offer(&forgery), ERR_UNKNOWN_DEVICE);
	memset(forgery.facts.parent_sha256, 0, sizeof(forgery.facts.parent_sha256));
	memset(&forgery.facts.parent, 0, sizeof(forgery.facts.parent));
	seen.chain.device = node_device(forgery.b);
	seen.chain.incarnation = 1000000;
	assert_int_equal(offer(&forgery), ERR_TOO_LARGE);
	memset(forgery.facts.parent_sha256, 0, sizeof(forgery.facts.parent_sha256));
	memset(&forgery.facts.parent, 0, sizeof(forgery.facts.parent));
	forgery.facts.seen_count = 0;
	forgery.facts.chain.incarnation = 1000000;
	assert_int_equal(offer(&forgery), ERR_TOO_LARGE);
	end_forgery(&forgery);
}

/* Another device of the community has used the number that the next record was to get. */
static void test_receive__a_number_in_use_is_passed_over(void **state)
{
	struct forgery forgery;
	struct node *sibling;

	(void)state;
	begin_forgery(&forgery);
	sibling = join_community(forgery.folder, "c", forgery.district, "zhizunong", "知足弄社区");
	add_dispute(&forgery, node_device(sibling), 1, now_t());
	assert_int_equal(offer(&forgery), ERR_NONE);
	give_all(forgery.district, sibling);
	assert_int_equal(count_of(sibling, "dispute"), 1);
	PUT(sibling, "dispute", NULL, NULL, "category=noise", "opened_on=2024-01-02",
		"outcome=open");
	assert_int_equal(count_of(sibling, "dispute"), 2);
	assert_sound(sibling);
	node_close(sibling);
	end_forgery(&forgery);
}

static bool sum_rows(void *ctx, int64_t received_ms, const char *source,
	const struct refusal *refusal, uint64_t bytes, struct err *err)
{
	uint64_t *sums = ctx;

	(void)received_ms;
	(void)source;
	(void)refusal;
	(void)err;
	sums[0]++;
	sums[1] += bytes;
	return true;
}

/* A file of which much is refused is kept once, not once for each refusal. */
static void test_receive__a_refused_file_is_kept_once(void **state)
{
	enum { CHAINS = 5 };
	struct forgery forgery;
	struct gitbundle_range ranges[CHAINS] = { 0 };
	struct made_bundle made[CHAINS] = { 0 };
	struct gitbundle_writer *writer = NULL;
	struct received received = { 0 };
	struct buf file = { 0 };
	struct err err = { 0 };
	uint64_t sums[2] = { 0 };
	uint32_t i;

	(void)state;
	begin_forgery(&forgery);
	add_dispute(&forgery, node_device(forgery.a), 1, now_t());
	forgery.facts.federation[0] ^= 1;
	for (i = 0; i < CHAINS; i++) {
		forgery.facts.chain.incarnation = i + 1;
		assert_ok(bundle_make(&made[i], &forgery.facts, buf_as_view(&forgery.lines), NULL,
				  0, node_key(forgery.a), NULL, &err),
			&err);
		ranges[i].chain = forgery.facts.chain;
		ranges[i].tip = made[i].raw.objects[RAW_COMMIT].oid;
	}
	assert_ok(gitbundle_begin(&writer, &file, ranges, CHAINS, &err), &err);
	for (i = 0; i < CHAINS; i++) {
		assert_ok(gitbundle_add(writer, made[i].raw.objects, made[i].raw.count, &err), &err);
		made_bundle_clear(&made[i]);
	}
	assert_ok(gitbundle_finish(writer, &err), &err);
	gitbundle_writer_free(writer);
	assert_ok(receive_bundles(forgery.district, buf_as_view(&file), "test", &received, &err),
		&err);
	assert_int_equal(received.refused_count, CHAINS);
	assert_ok(quarantine_each(forgery.district, sum_rows, sums, &err), &err);
	assert_int_equal(sums[0], CHAINS);
	assert_int_equal(sums[1], file.len);
	received_clear(&received);
	buf_clear(&file);
	end_forgery(&forgery);
}

/* A device cannot make itself so many chains that its revocation does not fit. */
static void test_receive__every_device_can_be_revoked(void **state)
{
	struct forgery forgery;
	struct err err = { 0 };
	uint32_t i;

	(void)state;
	begin_forgery(&forgery);
	for (i = 1; i <= 400; i++) {
		buf_reset(&forgery.lines);
		add_dispute(&forgery, node_device(forgery.a), (int)i, now_t());
		forgery.facts.chain.incarnation = i;
		memset(forgery.facts.parent_sha256, 0, sizeof(forgery.facts.parent_sha256));
		memset(&forgery.facts.parent, 0, sizeof(forgery.facts.parent));
		assert_int_equal(offer(&forgery), ERR_NONE);
	}
	forgery.facts.seq = 2;
	add_dispute(&forgery, node_device(forgery.a), 1000, now_t());
	assert_int_equal(offer(&forgery), ERR_NONE);
	assert_ok(node_revoke(forgery.district, node_device(forgery.a), 0, &err), &err);
	forgery.facts.seq = 3;
	assert_int_equal(offer(&forgery), ERR_REVOKED);
	/* Those who come later still get the chain that had most. */
	forgery.facts.seq = 2;
	assert_int_equal(count_of(forgery.district, "dispute"), 401);
	buf_clear(&forgery.lines);
	node_close(forgery.a);
	node_close(forgery.b);
	node_close(forgery.district);
	scratch_remove(forgery.folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receive__refuses_another_parent),
		cmocka_unit_test(test_receive__refuses_made_up_chains),
		cmocka_unit_test(test_receive__a_number_in_use_is_passed_over),
		cmocka_unit_test(test_receive__a_refused_file_is_kept_once),
		cmocka_unit_test(test_receive__every_device_can_be_revoked),
		cmocka_unit_test(test_receive__takes_the_honest_bundle),
		cmocka_unit_test(test_receive__refuses_another_federation),
		cmocka_unit_test(test_receive__refuses_another_community),
		cmocka_unit_test(test_receive__refuses_scopes_it_may_not_read),
		cmocka_unit_test(test_receive__refuses_others_records),
		cmocka_unit_test(test_receive__refuses_forged_trust_records),
		cmocka_unit_test(test_receive__refuses_gaps_and_forks),
		cmocka_unit_test(test_receive__names_gaps_of_every_device),
		cmocka_unit_test(test_receive__holds_clocks_far_ahead),
		cmocka_unit_test(test_receive__bad_line_leaves_nothing_behind),
		cmocka_unit_test(test_receive__newer_model_waits),
		cmocka_unit_test(test_receive__quarantine_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
