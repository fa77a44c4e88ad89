/* test_erase.c -- what was erased is gone from every device and every file, and all still verifies. */
#include <ftw.h>
#include <unistd.h>

#include "deflate.h"
#include "erasing.h"
#include "federation.h"
#include "linli/erase.h"
#include "linli/review.h"

/* Nothing else in a home looks like these. */
#define NAME "ZZQname夏女士"
#define PHONE "ZZQphone13857112233"
#define NOTE "ZZQnote腿脚不便"
#define LATE "ZZQlate13900000001"
#define MARK "ZZQ"

/* ---- looking for traces ------------------------------------------- */

static size_t traces; /* files with MARK in them */

static bool has_mark(struct view data)
{
	return data.len != 0 && memmem(data.data, data.len, MARK, sizeof(MARK) - 1) != NULL;
}

static int look_into(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	const struct env *env = env_system();
	struct buf data = { 0 };
	struct err err = { 0 };

	(void)at;
	if (kind == FTW_F && st->st_size != 0) {
		assert_ok(env->read_file(env->ctx, &data, path, 1 << 28, &err), &err);
		traces += has_mark(buf_as_view(&data));
		buf_clear(&data);
	}
	return 0;
}

/* Bytes as they lie in the files of ${home}, and all git objects unpacked. */
static size_t traces_in(struct node *node)
{
	struct stmt *stmt = db_prepare(node_db(node), "SELECT size, deflated FROM object");
	struct err err = { 0 };
	bool row = true;

	traces = 0;
	assert_int_equal(nftw(node_home(node), look_into, 16, FTW_PHYS), 0);
	while (row) {
		struct buf data = { 0 };
		size_t used;

		assert_ok(stmt_step(stmt, &row, &err), &err);
		if (row) {
			assert_ok(deflate_unpack(&data, stmt_get_blob(stmt, 1), &used,
					  (size_t)stmt_get_int(stmt, 0), &err),
				&err);
			traces += has_mark(buf_as_view(&data));
		}
		buf_clear(&data);
	}
	return traces;
}

/* ---- a community with devices ------------------------------------- */

struct world {
	char *folder;
	struct node *district, *a, *b;
	char person[RECORD_ID_TEXT_BYTES];
};

/* As before an exchange. */
static void pack(struct node *node)
{
	struct tally tally;
	struct err err = { 0 };

	assert_ok(erase_finish(node, &err), &err);
	assert_ok(outbox_pack(node, &tally, &err), &err);
}

/* Give each other everything until nothing is left to give. */
static void exchange(struct node *x, struct node *y)
{
	size_t moved;

	do {
		pack(x);
		pack(y);
		moved = give_all(x, y) + give_all(y, x);
	} while (moved != 0);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err err = { 0 };

	assert_non_null(w);
	w->folder = scratch_folder();
	w->district = found_district(w->folder);
	w->a = join_community(w->folder, "a", w->district, "zhizunong", "知足弄社区");
	w->b = join_community(w->folder, "b", w->district, "zhizunong", "知足弄社区");
	/* However SQLite was built: what is deleted stays in the file until it is rewritten. */
	assert_ok(db_exec(node_db(w->a), "PRAGMA secure_delete=OFF", &err), &err);
	assert_ok(db_exec(node_db(w->b), "PRAGMA secure_delete=OFF", &err), &err);
	exchange(w->district, w->a);
	exchange(w->district, w->b);
	/* Another person in the same bundle, who stays. */
	PUT(w->a, "person", NULL, NULL, "name=高先生", "phone=13900001111", "birth_decade=1950");
	PUT(w->a, "person", NULL, w->person, "name=" NAME, "phone=" PHONE, "birth_decade=1960");
	pack(w->a);
	PUT(w->a, "person", w->person, NULL, "note=" NOTE);
	exchange(w->a, w->b);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	node_close(w->a);
	node_close(w->b);
	node_close(w->district);
	scratch_remove(w->folder);
	free(w);
	return 0;
}

static const struct entity *person_entity(struct node *node)
{
	return model_entity(node_model(node), VIEW_LITERAL("person"));
}

static struct record_id id_of(const char *text)
{
	struct record_id id;

	assert_true(record_id_parse(&id, view_of(text), false));
	return id;
}

static uint64_t erase(struct node *node, const char *person)
{
	struct erase_order order = { .text = "街道办 2026-17 号", .tell = "2026-17" };
	struct record_id id = id_of(person);
	struct erase_result result;
	struct err err = { 0 };

	assert_ok(erase_record(node, person_entity(node), &id, &order, &result, &err), &err);
	return result.lines;
}

static void assert_same_state(struct node *x, struct node *y)
{
	struct err err = { 0 };
	char a[65], b[65];

	assert_ok(chains_state_hash(x, a, &err), &err);
	assert_ok(chains_state_hash(y, b, &err), &err);
	assert_string_equal(a, b);
}

static uint64_t erased_lines(struct node *node)
{
	struct check_report report;
	struct err err = { 0 };

	assert_ok(chains_check(node, &report, NULL, NULL, NULL, &err), &err);
	assert_int_equal(report.problems, 0);
	return report.erased;
}

struct confirmed {
	size_t erasures, devices, confirmed;
	char told[64], order[64], record[RECORD_ID_TEXT_BYTES];
};

static bool note_erasure(void *ctx, const struct erasure *erasure, struct err *err)
{
	struct confirmed *confirmed = ctx;
	size_t i;

	(void)err;
	confirmed->erasures++;
	for (i = 0; i < erasure->device_count; i++) {
		confirmed->devices++;
		confirmed->confirmed += erasure->devices[i].confirmed;
	}
	snprintf(confirmed->told, sizeof(confirmed->told), "%.*s", (int)erasure->told.len,
		erasure->told.data);
	snprintf(confirmed->order, sizeof(confirmed->order), "%.*s", (int)erasure->order.len,
		erasure->order.len != 0 ? erasure->order.data : "");
	memcpy(confirmed->record, erasure->record, sizeof(confirmed->record));
	return true;
}

static struct confirmed confirmed_at(struct node *node)
{
	struct confirmed confirmed = { .erasures = 0 };
	struct err err = { 0 };

	assert_ok(erasures_each(node, note_erasure, &confirmed, &err), &err);
	return confirmed;
}

static struct node *open_again(const char *folder, const char *home)
{
	struct buf path = { 0 };
	struct node_options options = { .env = env_system() };
	struct node *node = NULL;
	struct err err = { 0 };

	buf_printf(&path, "%s/%s", folder, home);
	options.home = buf_str(&path);
	assert_ok(node_open(&node, &options, &err), &err);
	buf_clear(&path);
	return node;
}

/* ---- the promises -------------------------------------------------- */

/* The person asked for it: no byte of the name is left in any file of any device. */
static void test_erase__leaves_no_trace_on_any_device(void **state)
{
	struct world *w = *state;

	assert_true(traces_in(w->a) != 0); /* it can be found where it is */
	assert_true(traces_in(w->b) != 0);
	assert_int_equal(erase(w->a, w->person), 2);
	assert_int_equal(traces_in(w->a), 0);
	exchange(w->a, w->b);
	assert_int_equal(traces_in(w->a), 0);
	assert_int_equal(traces_in(w->b), 0);
	/* The other person of the same bundle is there. */
	assert_int_equal(count_of(w->b, "person"), 1);
}

/* Signatures, Merkle roots, the balance and the state hold at every node as before. */
static void test_erase__all_still_verifies(void **state)
{
	struct world *w = *state;

	erase(w->a, w->person);
	exchange(w->a, w->b);
	exchange(w->a, w->district);
	exchange(w->b, w->district);
	exchange(w->a, w->b);
	assert_int_equal(erased_lines(w->a), 2);
	assert_int_equal(erased_lines(w->b), 2);
	assert_sound(w->district);
	assert_same_state(w->a, w->b);
	assert_int_equal(count_of(w->district, "person"), 1);
}

/* Who ordered it can see which devices have done it; the district sees that it was done. */
static void test_erase__shows_who_has_confirmed(void **state)
{
	struct world *w = *state;
	struct confirmed confirmed;

	erase(w->a, w->person);
	confirmed = confirmed_at(w->a);
	assert_int_equal(confirmed.erasures, 1);
	assert_int_equal(confirmed.devices, 2);
	assert_int_equal(confirmed.confirmed, 1);
	assert_string_equal(confirmed.order, "街道办 2026-17 号");
	exchange(w->a, w->b);
	assert_int_equal(confirmed_at(w->a).confirmed, 2);
	assert_int_equal(confirmed_at(w->b).confirmed, 2);
	exchange(w->a, w->district);
	confirmed = confirmed_at(w->district);
	assert_int_equal(confirmed.erasures, 1);
	assert_int_equal(confirmed.devices, 0);
	assert_string_equal(confirmed.record, w->person);
	assert_string_equal(confirmed.told, "2026-17");
	assert_string_equal(confirmed.order, "");
}

/* A computer that joins later gets erased bundles, and holds the same as the others. */
static void test_erase__a_later_device_ends_in_the_same_state(void **state)
{
	struct world *w = *state;
	struct node *c;

	erase(w->a, w->person);
	PUT(w->a, "person", NULL, NULL, "name=沈女士", "birth_decade=1970");
	exchange(w->a, w->b);
	exchange(w->a, w->district);
	exchange(w->b, w->district);
	c = join_community(w->folder, "c", w->district, "zhizunong", "知足弄社区");
	exchange(c, w->b);
	exchange(c, w->district);
	exchange(w->a, w->b);
	exchange(w->district, w->a);
	exchange(w->district, w->b);
	exchange(w->a, c);
	exchange(w->b, c);
	assert_int_equal(traces_in(c), 0);
	assert_int_equal(erased_lines(c), 2);
	assert_int_equal(count_of(c, "person"), 2);
	assert_same_state(w->a, c);
	assert_same_state(w->b, c);
	assert_int_equal(confirmed_at(c).devices, 3);
	assert_int_equal(confirmed_at(c).confirmed, 3);
	node_close(c);
}

/* Somebody else wrote to the record before they heard of it: that goes, too, everywhere. */
static void test_erase__takes_what_was_written_apart(void **state)
{
	struct world *w = *state;

	PUT(w->b, "person", w->person, NULL, "phone=" LATE);
	pack(w->b);
	erase(w->a, w->person);
	give_all(w->b, w->a); /* a knows of the erasure when the line comes */
	assert_int_equal(erased_lines(w->a), 2);
	pack(w->a);
	assert_int_equal(erased_lines(w->a), 3);
	assert_int_equal(traces_in(w->a), 0);
	exchange(w->a, w->b);
	assert_int_equal(traces_in(w->a), 0);
	assert_int_equal(traces_in(w->b), 0);
	assert_int_equal(erased_lines(w->a), 3);
	assert_int_equal(erased_lines(w->b), 3);
	assert_same_state(w->a, w->b);
	assert_int_equal(count_of(w->a, "person"), 1);
}

/* What is not signed yet when the erasure comes is signed and goes. */
static void test_erase__takes_drafts(void **state)
{
	struct world *w = *state;

	PUT(w->b, "person", w->person, NULL, "phone=" LATE);
	pack(w->a);
	erase(w->a, w->person);
	give_all(w->a, w->b);
	pack(w->b);
	assert_int_equal(traces_in(w->b), 0);
	exchange(w->a, w->b);
	assert_int_equal(erased_lines(w->a), 3);
	assert_same_state(w->a, w->b);
	assert_int_equal(traces_in(w->a), 0);
}

/* Two devices erase the same record apart: once is enough, and they agree. */
static void test_erase__may_be_ordered_twice_apart(void **state)
{
	struct world *w = *state;

	erase(w->a, w->person);
	erase(w->b, w->person);
	exchange(w->a, w->b);
	assert_int_equal(erased_lines(w->a), 2);
	assert_int_equal(erased_lines(w->b), 2);
	assert_same_state(w->a, w->b);
	assert_int_equal(traces_in(w->a) + traces_in(w->b), 0);
}

/* Two persons of one bundle, one after the other. */
static void test_erase__one_bundle_can_be_erased_twice(void **state)
{
	struct world *w = *state;
	char second[RECORD_ID_TEXT_BYTES], third[RECORD_ID_TEXT_BYTES];

	PUT(w->a, "person", NULL, second, "name=" MARK "second");
	PUT(w->a, "person", NULL, third, "name=" MARK "third");
	exchange(w->a, w->b);
	erase(w->a, w->person);
	erase(w->a, second);
	exchange(w->a, w->b);
	assert_true(traces_in(w->b) != 0);
	erase(w->b, third);
	exchange(w->a, w->b);
	assert_int_equal(traces_in(w->a) + traces_in(w->b), 0);
	assert_int_equal(erased_lines(w->a), 4);
	assert_int_equal(erased_lines(w->b), 4);
	assert_same_state(w->a, w->b);
}

static bool put_phone(struct node *node, const char *person, struct err *err)
{
	const struct entity *entity = person_entity(node);
	struct assignment assignment = { entity_field(entity, VIEW_LITERAL("phone")), ASSIGN_SET,
		{ VALUE_TEXT, 0, VIEW_LITERAL(LATE) } };
	struct record_id id = id_of(person), made;

	return records_put(node, entity, &id, &assignment, 1, &made, err);
}

/* What would vanish again is refused while somebody is there to be told. */
static void test_erase__refuses_to_write_or_restore(void **state)
{
	struct world *w = *state;
	struct record_id id = id_of(w->person);
	struct erase_order order = { .text = "再次" };
	struct erase_result result;
	struct err err;

	erase(w->a, w->person);
	assert_false(put_phone(w->a, w->person, &err));
	assert_refused(records_delete(w->a, person_entity(w->a), &id, false, &err), &err, ERR_VALUE);
	assert_refused(erase_record(w->a, person_entity(w->a), &id, &order, &result, &err), &err,
		ERR_EXISTS);
	assert_int_equal(erased_lines(w->a), 2);
}

/* What the district can read has no salt: a hash would tell it, so it is deleted instead. */
static void test_erase__is_for_a_communitys_own_scope(void **state)
{
	struct world *w = *state;
	const struct entity *club = model_entity(node_model(w->a), VIEW_LITERAL("club"));
	struct erase_order order = { .text = "依据" };
	struct erase_result result;
	char text[RECORD_ID_TEXT_BYTES];
	struct record_id id;
	struct err err;

	PUT(w->a, "club", NULL, text, "name=太极拳队", "category=太极拳");
	id = id_of(text);
	assert_refused(erase_record(w->a, club, &id, &order, &result, &err), &err, ERR_VALUE);
	exchange(w->a, w->district);
	id = id_of(w->person);
	assert_refused(erase_record(w->district, person_entity(w->district), &id, &order, &result,
			       &err),
		&err, ERR_SCOPE);
	order.text = "";
	assert_refused(erase_record(w->a, person_entity(w->a), &id, &order, &result, &err), &err,
		ERR_VALUE);
	id = id_of("00112233445566aa.1.7");
	order.text = "依据";
	assert_refused(erase_record(w->a, person_entity(w->a), &id, &order, &result, &err), &err,
		ERR_NOT_FOUND);
}

static void put_back(const char *folder, const char *home, const char *copy)
{
	char path[512];

	snprintf(path, sizeof(path), "rm -f '%s/%s/store.db'* && cp '%s/%s' '%s/%s/store.db'", folder,
		home, folder, copy, folder, home);
	assert_int_equal(system(path), 0);
}

/* A copy from before brings the person back for as long as nobody tells it. */
static void test_erase__is_done_again_after_a_restore(void **state)
{
	struct world *w = *state;
	struct buf path = { 0 };
	struct err err = { 0 };

	PUT(w->b, "person", w->person, NULL, "phone=" LATE); /* a draft in the copy */
	buf_printf(&path, "%s/copy.db", w->folder);
	assert_ok(node_backup(w->b, buf_str(&path), &err), &err);
	buf_clear(&path);
	exchange(w->a, w->b);
	erase(w->a, w->person);
	exchange(w->a, w->b);
	assert_int_equal(traces_in(w->b), 0);
	node_close(w->b);
	put_back(w->folder, "b", "copy.db");
	w->b = open_again(w->folder, "b");
	assert_true(traces_in(w->b) != 0);
	exchange(w->a, w->b);
	assert_int_equal(traces_in(w->b), 0);
	assert_int_equal(erased_lines(w->b), 3);
	assert_same_state(w->a, w->b);
	exchange(w->a, w->district);
	exchange(w->b, w->district);
	exchange(w->a, w->b);
	assert_same_state(w->a, w->b);
}

/*
 * Another program reads the store just then: it goes on with the next exchange.  Not
 * by opening the node alone, which signs nothing: it may be an older copy of itself.
 */
static void test_erase__goes_on_after_an_interruption(void **state)
{
	struct world *w = *state;
	struct node *reader = open_again(w->folder, "a");
	struct erase_order order = { .text = "依据" };
	struct record_id id = id_of(w->person);
	struct erase_result result;
	struct err err = { 0 };

	assert_ok(node_read_begin(reader, &err), &err);
	assert_refused(erase_record(w->a, person_entity(w->a), &id, &order, &result, &err), &err,
		ERR_BUSY);
	assert_int_equal(confirmed_at(w->a).confirmed, 0);
	node_read_end(reader);
	node_close(reader);
	node_close(w->a);
	w->a = open_again(w->folder, "a");
	assert_ok(erase_finish(w->a, &err), &err);
	assert_int_equal(traces_in(w->a), 0);
	assert_int_equal(confirmed_at(w->a).confirmed, 1);
}

/* A bundle that gave way to another branch of its chain is kept aside: not with the name in it. */
static void test_erase__empties_bundles_that_were_set_aside(void **state)
{
	struct world *w = *state;
	struct stmt *aside = db_prepare(node_db(w->a),
		"INSERT INTO branch (oid, chain, seq, hash, objects, lines, made_s, aside_ms, own, "
		"fork_seq, fork_t) SELECT substr(s.objects, 1, 20), s.chain, s.seq, s.hash, s.objects, "
		"s.lines, 0, 0, 0, s.seq, 0 FROM slot s JOIN chain c ON c.number = s.chain "
		"WHERE c.name LIKE '%/community/%'");
	struct stmt *left = db_prepare(node_db(w->a),
		"SELECT count(*) FROM branch WHERE length(objects) > 20");
	struct err err = { 0 };
	bool row;

	assert_ok(stmt_run(aside, &err), &err);
	assert_int_equal(db_changes(node_db(w->a)), 2);
	erase(w->a, w->person);
	assert_int_equal(traces_in(w->a), 0);
	assert_ok(stmt_step(left, &row, &err), &err);
	assert_int_equal(stmt_get_int(left, 0), 0);
	stmt_reset(left);
}

/* A community that the record came from had handed over what it knew: also when that comes late. */
static void test_erase__empties_what_was_handed_over(void **state)
{
	struct world *w = *state;
	struct stmt *given = db_prepare(node_db(w->a),
		"INSERT INTO handover (entity, id, giver, summary, written) "
		"VALUES ('person', ?1, 'wanglanfu', '{\"name\":\"" NAME "\"}', 1)");
	struct stmt *line = db_prepare(node_db(w->a),
		"INSERT INTO handover_line (entity, id, line, giver, text) "
		"VALUES ('person', ?1, 'x', 'wanglanfu', '{\"phone\":\"" PHONE "\"}')");
	struct record_id id = id_of(w->person);
	struct err err = { 0 };

	stmt_blob_at(given, 1, id.bytes, id.len);
	assert_ok(stmt_run(given, &err), &err);
	erase(w->a, w->person);
	assert_int_equal(traces_in(w->a), 0);
	stmt_blob_at(line, 1, id.bytes, id.len);
	assert_ok(stmt_run(line, &err), &err);
	assert_true(traces_in(w->a) != 0);
	assert_ok(erase_finish(w->a, &err), &err);
	assert_int_equal(traces_in(w->a), 0);
}

/* The own chain of ${node} in its community's scope. */
static struct chain *own_chain(struct node *node)
{
	struct scope scope = { .kind = SCOPE_COMMUNITY };
	struct chain *chain;
	struct err err = { 0 };

	strcpy(scope.community, node_community(node));
	assert_ok(node_begin(node, &err), &err);
	assert_ok(chain_own(node, &scope, &chain, &err), &err);
	assert_ok(node_commit(node, &err), &err);
	return chain;
}

static bool count_erased(void *ctx, const struct line_view *line, struct err *err)
{
	(void)err;
	*(size_t *)ctx += line->erased;
	assert_true(!line->erased || (line->entity == NULL && line->text.len == 64));
	return true;
}

/* Whoever looks at a bundle line by line is shown what is gone, not an error. */
static void test_erase__an_erased_line_can_be_looked_at(void **state)
{
	struct world *w = *state;
	struct place place = { .seq = 1 };
	struct held_bundle bundle;
	char base[65], again[65];
	struct err err = { 0 };
	size_t erased = 0;

	erase(w->a, w->person);
	exchange(w->a, w->b);
	place.chain = own_chain(w->a)->name;
	assert_ok(review_show(w->b, &place, &bundle, base, count_erased, &erased, &err), &err);
	assert_int_equal(erased, 1);
	assert_ok(review_show(w->b, &place, &bundle, again, count_erased, &erased, &err), &err);
	assert_string_equal(base, again);
}

/* ---- what erasure must not be used for ---------------------------- */

/* Give ${to} the last bundle of ${from}'s own chain with line 1 erased by ${order}. */
static void give_forged(struct node *from, struct node *to, const struct order_source *order,
	struct received *received)
{
	const struct chain *chain = own_chain(from);
	struct raw_object objects[RAW_FIRST_FILE];
	struct raw_bundle raw = { .chain = chain->name, .objects = objects };
	struct gitbundle_range range = { .chain = chain->name, .tip = chain->oid };
	struct erased_bundle erased = { .line_count = 0 };
	struct buf data = { 0 }, deflated = { 0 }, file = { 0 };
	struct gitbundle_writer *writer;
	uint32_t line = 1;
	struct err err = { 0 };
	struct slot slot;

	assert_ok(slot_read(from, chain, chain->head - 1, &slot, &err), &err);
	range.parent = slot_object(&slot, RAW_COMMIT);
	slot_clear(&slot);
	assert_ok(slot_read(from, chain, chain->head, &slot, &err), &err);
	raw.count = slot_object_count(&slot);
	assert_ok(slot_load(from, &slot, objects, RAW_FIRST_FILE, &data, &deflated, &err), &err);
	slot_clear(&slot);
	assert_ok(bundle_erase(&erased, &raw, &line, 1, order, order != NULL, &err), &err);
	assert_ok(gitbundle_begin(&writer, &file, &range, 1, &err), &err);
	assert_ok(gitbundle_add(writer, erased.raw.objects, erased.raw.count, &err), &err);
	assert_ok(gitbundle_finish(writer, &err), &err);
	gitbundle_writer_free(writer);
	assert_ok(receive_bundles(to, buf_as_view(&file), "test", received, &err), &err);
	erased_bundle_clear(&erased);
	buf_clear(&data);
	buf_clear(&deflated);
	buf_clear(&file);
}

/* Whoever passes bundles on cannot leave out a line that nobody ordered to be erased. */
static void test_erase__cannot_hide_a_line(void **state)
{
	struct world *w = *state;
	struct buf commit = { 0 }, changes = { 0 };
	struct order_source order = { .n = 1 };
	struct received received = { 0 };
	struct err err = { 0 };
	enum git_type type;
	struct slot slot;
	struct chain *chain;
	struct oid oid;

	/* A true order, but for another record's lines. */
	erase(w->a, w->person);
	exchange(w->a, w->b);
	chain = own_chain(w->a);
	for (;; order.n = 1, chain->head--) {
		bool found = false;
		struct cursor lines;

		assert_int_not_equal(chain->head, 0);
		assert_ok(slot_read(w->a, chain, chain->head, &slot, &err), &err);
		oid = slot_object(&slot, RAW_COMMIT);
		slot_clear(&slot);
		buf_reset(&commit);
		buf_reset(&changes);
		assert_ok(object_get(w->a, &oid, &type, &commit, &err), &err);
		assert_ok(chain_changes(w->a, chain, chain->head, &changes, &err), &err);
		lines = cursor_of(changes.data, changes.len);
		for (order.n = 1; cursor_left(&lines) != 0 && !found; order.n += !found) {
			struct view line = cursor_until(&lines, '\n');

			found = memmem(line.data, line.len, "\"lines\"", 7) != NULL;
		}
		if (found) {
			break;
		}
	}
	order.commit = buf_as_view(&commit);
	order.changes = buf_as_view(&changes);
	node_close(w->a);
	w->a = open_again(w->folder, "a");
	PUT(w->a, "person", NULL, NULL, "name=赵女士");
	pack(w->a);
	give_forged(w->a, w->b, NULL, &received);
	assert_int_equal(received.taken.bundles, 0);
	assert_int_equal(received.refused_count, 1);
	assert_int_equal(received.refused[0].code, ERR_FORMAT);
	received_clear(&received);
	give_forged(w->a, w->b, &order, &received);
	assert_int_equal(received.taken.bundles, 0);
	assert_int_equal(received.refused_count, 1);
	assert_int_equal(received.refused[0].code, ERR_FORMAT);
	assert_non_null(strstr(received.refused[0].reason, "for no line"));
	received_clear(&received);
	/* The bundle itself is taken as if nothing had been. */
	exchange(w->a, w->b);
	assert_int_equal(count_of(w->b, "person"), 2);
	assert_same_state(w->a, w->b);
	buf_clear(&commit);
	buf_clear(&changes);
}

/* ---- names of lines ------------------------------------------------ */

static bool count_name(void *ctx, const uint8_t hash[32], uint32_t n, struct err *err)
{
	(void)hash;
	(void)err;
	*(uint64_t *)ctx = *(uint64_t *)ctx * 7 + n;
	return true;
}

/* Names are read as they are written, and in no other form. */
static void test_erase__names_have_one_form(void **state)
{
#define H "0000000000000000000000000000000000000000000000000000000000000000"
	static const char *const bad[] = { "", H, H ":", H ":0", H ":01", H ":2-2", H ":3-2", H ":1,2",
		H ":2,1", H ":1,1", H ":10001", H ":1 ", H ":1  " H ":1", " " H ":1", H ":1,",
		H ":-1", H ":1-", "0" H ":1" };
	struct erase_names names = { .count = 0 };
	uint8_t hash[32] = { 0 };
	uint64_t sum = 0;
	struct err err;
	size_t i;

	(void)state;
	assert_true(erase_names_add(&names, hash, 1));
	assert_true(erase_names_add(&names, hash, 4));
	assert_true(erase_names_add(&names, hash, 5));
	assert_true(erase_names_add(&names, hash, 6));
	hash[31] = 1;
	assert_true(erase_names_add(&names, hash, 7));
	assert_true(view_is(erase_names_end(&names),
		H ":1,4-6 0000000000000000000000000000000000000000000000000000000000000001:7"));
	assert_ok(erase_names_each(buf_as_view(&names.text), count_name, &sum, &err), &err);
	assert_int_equal(sum, (((1 * 7 + 4) * 7 + 5) * 7 + 6) * 7 + 7);
	buf_clear(&names.text);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused(erase_names_each(view_of(bad[i]), count_name, &sum, &err), &err,
			ERR_VALUE);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_erase__##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(leaves_no_trace_on_any_device),
		TEST(all_still_verifies),
		TEST(shows_who_has_confirmed),
		TEST(a_later_device_ends_in_the_same_state),
		TEST(takes_what_was_written_apart),
		TEST(takes_drafts),
		TEST(may_be_ordered_twice_apart),
		TEST(one_bundle_can_be_erased_twice),
		TEST(refuses_to_write_or_restore),
		TEST(is_for_a_communitys_own_scope),
		TEST(is_done_again_after_a_restore),
		TEST(goes_on_after_an_interruption),
		TEST(empties_bundles_that_were_set_aside),
		TEST(empties_what_was_handed_over),
		TEST(an_erased_line_can_be_looked_at),
		TEST(cannot_hide_a_line),
		cmocka_unit_test(test_erase__names_have_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
