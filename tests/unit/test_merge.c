/* test_merge.c -- each merge rule, and the cases that are easily got wrong. */
#include "test.h"

#include "linli/env.h"
#include "merge.h"
#include "merge_entity.h"

/* Chains of the tests: EAST, WEST and DISTRICT in one scope, the others beside. */
enum { EAST, WEST, DISTRICT, EAST_COMMUNITY, EAST_FEDERATION, CHAINS };
#define MAX_SEQ 8


struct fixture {
	struct record *record;
	struct arena arena; /* texts of lines */
	uint32_t seen[CHAINS][MAX_SEQ][CHAINS];
	uint32_t calls; /* of seen_upto */
	struct merge_world world;
	struct buf text;
};

static uint32_t seen_upto(void *ctx, uint32_t chain, uint32_t seq, uint32_t other)
{
	struct fixture *fix = ctx;

	assert_true(chain < CHAINS && other < CHAINS && chain != other && seq < MAX_SEQ);
	fix->calls++;
	return fix->seen[chain][seq][other];
}

static bool chain_info(void *ctx, uint32_t chain, struct merge_chain *out)
{
	static const char *const communities[] = { "east", "west", DISTRICT_SLUG, "east", "east" };
	static const uint8_t devices[] = { 1, 2, 3, 1, 1 };

	(void)ctx;
	if (chain >= CHAINS) {
		return false;
	}
	memset(out, 0, sizeof(*out));
	out->device.bytes[0] = devices[chain];
	out->incarnation = 1;
	snprintf(out->community, sizeof(out->community), "%s", communities[chain]);
	return true;
}

static bool no_chain(void *ctx, uint32_t chain, struct merge_chain *out)
{
	(void)ctx;
	(void)chain;
	(void)out;
	return false;
}

static int setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	if (fix == NULL || (fix->record = record_new()) == NULL) {
		free(fix);
		return -1;
	}
	fix->world = (struct merge_world){ fix, seen_upto, chain_info, "east" };
	record_reset(fix->record, &topic);
	*state = fix;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fix = *state;

	record_free(fix->record);
	arena_clear(&fix->arena);
	buf_clear(&fix->text);
	free(fix);
	return 0;
}

static enum scope_kind scope_of(uint32_t chain)
{
	return chain == EAST_COMMUNITY ? SCOPE_COMMUNITY :
		chain == EAST_FEDERATION ? SCOPE_FEDERATION : SCOPE_DISTRICT;
}

/* Bundle ${seq} of ${chain}, and those after it, had seen ${other} up to ${upto}. */
static void saw(struct fixture *fix, uint32_t chain, uint32_t seq, uint32_t other, uint32_t upto)
{
	for (; seq < MAX_SEQ; seq++) {
		fix->seen[chain][seq][other] = upto;
	}
}

/* Apply the line whose change is ${change}, e.g. "put":{"title":"a"}. */
static void apply_line(struct fixture *fix, uint32_t chain, uint32_t seq, uint32_t n, int64_t t,
	const char *change)
{
	struct merge_origin origin = { chain, seq, n, scope_of(chain) };
	struct err err = { 0 };
	struct line line;
	struct view text;

	buf_reset(&fix->text);
	buf_printf(&fix->text, "{\"t\":%d,\"e\":\"topic\",\"id\":\"" ID "\",%s%s}", (int)t, change,
		chain == EAST_COMMUNITY ? ",\"n\":\"AAAAAAAAAAA=\"" : "");
	text = arena_copy(&fix->arena, buf_as_view(&fix->text));
	assert_ok(line_parse(&line, &fix->arena, text, &err), &err);
	assert_ok(merge_line_check(&topic, &line, origin.scope, &err), &err);
	assert_ok(record_apply(fix->record, &origin, &line, &fix->world, &err), &err);
}

static void apply(struct fixture *fix, uint32_t chain, uint32_t seq, int64_t t,
	const char *change)
{
	apply_line(fix, chain, seq, 1, t, change);
}

/* The value of a field in canonical JSON. */
static const char *shown(struct fixture *fix, size_t field)
{
	buf_reset(&fix->text);
	value_write(&fix->text, record_value(fix->record, &fields[field]));
	return buf_str(&fix->text);
}

/* The conflicts as text: "M1 title=\"a\",\"b\"", open ones with '!'; sorted by device. */
static const char *conflicts(struct fixture *fix)
{
	const struct merge_conflict *found;
	struct err err = { 0 };
	size_t count, i, j;

	assert_ok(record_conflicts(fix->record, &fix->world, &found, &count, &err), &err);
	buf_reset(&fix->text);
	for (i = 0; i < count; i++) {
		buf_printf(&fix->text, "%s%sM%d %s=", i > 0 ? " " : "", found[i].open ? "!" : "",
			(int)found[i].rule + 1,
			found[i].field != NULL ? found[i].field->name : "del");
		for (j = 0; j < found[i].candidate_count; j++) {
			buf_text(&fix->text, j > 0 ? "," : "");
			value_write(&fix->text, &found[i].candidates[j].value);
		}
	}
	return buf_str(&fix->text);
}

/* As if the record had been stored and read again. */
static void through_store(struct fixture *fix)
{
	struct value *columns = arena_alloc(&fix->arena, sizeof(*columns) * FIELD_COUNT);
	struct buf blob = { 0 };
	struct err err = { 0 };
	struct view copy;
	size_t i;

	assert_non_null(columns);
	for (i = 0; i < FIELD_COUNT; i++) {
		columns[i] = *record_value(fix->record, &fields[i]);
		if (columns[i].kind == VALUE_TEXT) {
			columns[i].text = arena_copy(&fix->arena, columns[i].text);
		}
	}
	record_save(fix->record, &blob);
	copy = arena_copy(&fix->arena, buf_as_view(&blob));
	buf_clear(&blob);
	assert_ok(record_load(fix->record, &topic, copy, columns, &err), &err);
}

static void test_sequence__later_in_a_chain_replaces(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 2, 5, "\"put\":{\"title\":\"new\"}");
	apply(fix, EAST, 1, 9, "\"put\":{\"title\":\"old\"}");
	assert_string_equal(shown(fix, TITLE), "\"new\"");
	assert_string_equal(conflicts(fix), "");
	assert_int_equal(record_line_count(fix->record), 2);
}

/* The place in the bundle decides, whatever the clock said. */
static void test_sequence__later_in_a_bundle_replaces(void **state)
{
	struct fixture *fix = *state;

	apply_line(fix, EAST, 1, 2, 1, "\"put\":{\"title\":\"second\"}");
	apply_line(fix, EAST, 1, 1, 9, "\"put\":{\"title\":\"first\"}");
	assert_string_equal(shown(fix, TITLE), "\"second\"");
}

/* A clock that is years behind must not make an informed change lose. */
static void test_seen__beats_the_clock(void **state)
{
	struct fixture *fix = *state;

	saw(fix, WEST, 1, EAST, 1);
	apply(fix, EAST, 1, 1000, "\"put\":{\"title\":\"first\"}");
	apply(fix, WEST, 1, 1, "\"put\":{\"title\":\"answer\"}");
	assert_string_equal(shown(fix, TITLE), "\"answer\"");
	assert_string_equal(conflicts(fix), "");
}

/*
 * WEST had seen EAST, and DISTRICT had seen WEST but not EAST: EAST stays
 * superseded, though the line that had seen it is superseded itself, also
 * when EAST comes last and after the state was stored.
 */
static void test_seen__superseded_lines_still_supersede(void **state)
{
	struct fixture *fix = *state;

	saw(fix, WEST, 1, EAST, 1);
	saw(fix, DISTRICT, 1, WEST, 1);
	apply(fix, WEST, 1, 2, "\"put\":{\"title\":\"west\"}");
	apply(fix, DISTRICT, 1, 1, "\"put\":{\"title\":\"district\"}");
	through_store(fix);
	apply(fix, EAST, 1, 9, "\"put\":{\"title\":\"east\"}");
	assert_string_equal(shown(fix, TITLE), "\"district\"");
	assert_string_equal(conflicts(fix), "");
}

/* EAST 2 had not been seen by DISTRICT, though EAST 1 had: they are concurrent. */
static void test_seen__is_not_transitive(void **state)
{
	struct fixture *fix = *state;

	saw(fix, WEST, 1, EAST, 2);
	saw(fix, DISTRICT, 1, WEST, 1);
	apply(fix, EAST, 2, 9, "\"put\":{\"title\":\"east\"}");
	apply(fix, DISTRICT, 1, 1, "\"put\":{\"title\":\"district\"}");
	assert_string_equal(conflicts(fix), "M1 title=\"east\",\"district\"");
	assert_string_equal(shown(fix, TITLE), "\"east\"");
}

/* Only a change of the same field supersedes: a bundle that saw a title leaves it alone. */
static void test_seen__other_fields_do_not_matter(void **state)
{
	struct fixture *fix = *state;

	saw(fix, WEST, 1, EAST, 1);
	apply(fix, EAST, 1, 1, "\"put\":{\"title\":\"east\"}");
	apply(fix, WEST, 1, 2, "\"put\":{\"area\":5}");
	assert_string_equal(shown(fix, TITLE), "\"east\"");
	assert_string_equal(shown(fix, AREA), "5");
	assert_string_equal(conflicts(fix), "");
}

/* Two that claim to have seen each other agree on nothing, in either order. */
static void test_seen__liars_leave_null(void **state)
{
	struct fixture *fix = *state;

	saw(fix, WEST, 1, EAST, 1);
	saw(fix, EAST, 1, WEST, 1);
	apply(fix, EAST, 1, 1, "\"put\":{\"title\":\"east\"}");
	through_store(fix);
	apply(fix, WEST, 1, 2, "\"put\":{\"title\":\"west\"}");
	assert_string_equal(shown(fix, TITLE), "null");
	through_store(fix);
	assert_string_equal(shown(fix, TITLE), "null");
	assert_string_equal(conflicts(fix), "");
}

static void test_m1__latest_wins_and_is_recorded(void **state)
{
	struct fixture *fix = *state;

	apply(fix, WEST, 1, 20, "\"put\":{\"title\":\"west\"}");
	apply(fix, EAST, 1, 10, "\"put\":{\"title\":\"east\"}");
	assert_string_equal(shown(fix, TITLE), "\"west\"");
	assert_string_equal(conflicts(fix), "M1 title=\"east\",\"west\"");
}

/* Whichever side computes it, a tie falls to the same device. */
static void test_m1__tie_is_symmetric(void **state)
{
	struct fixture *fix = *state;

	apply(fix, WEST, 1, 7, "\"put\":{\"title\":\"west\"}");
	apply(fix, EAST, 2, 7, "\"put\":{\"title\":\"east\"}");
	assert_string_equal(shown(fix, TITLE), "\"west\"");
	record_reset(fix->record, &topic);
	apply(fix, EAST, 2, 7, "\"put\":{\"title\":\"east\"}");
	apply(fix, WEST, 1, 7, "\"put\":{\"title\":\"west\"}");
	assert_string_equal(shown(fix, TITLE), "\"west\"");
}

/* Values are compared, not lines: the same answer twice troubles nobody. */
static void test_conflict__equal_values_are_none(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 1, "\"put\":{\"title\":\"same\",\"area\":5}");
	apply(fix, WEST, 1, 2, "\"put\":{\"title\":\"same\",\"area\":5}");
	assert_string_equal(conflicts(fix), "");
	through_store(fix);
	assert_string_equal(conflicts(fix), "");
	apply(fix, DISTRICT, 1, 3, "\"put\":{\"area\":6}");
	assert_string_equal(conflicts(fix), "!M9 area=5,5,6");
}

/* An empty field against a filled one is a difference. */
static void test_conflict__null_differs_from_a_value(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 1, "\"put\":{\"area\":5}");
	apply(fix, WEST, 1, 2, "\"put\":{\"area\":null}");
	assert_string_equal(shown(fix, AREA), "null");
	assert_string_equal(conflicts(fix), "!M9 area=5,null");
	through_store(fix);
	assert_string_equal(conflicts(fix), "!M9 area=5,null");
}

static void test_m2__first_wins(void **state)
{
	struct fixture *fix = *state;

	apply(fix, WEST, 1, 20, "\"put\":{\"opened\":\"2024-01-02\"}");
	apply(fix, EAST, 1, 10, "\"put\":{\"opened\":\"2024-01-01\"}");
	assert_string_equal(shown(fix, OPENED), "\"2024-01-01\"");
	assert_string_equal(conflicts(fix), "M2 opened=\"2024-01-01\",\"2024-01-02\"");
}

/* But who had seen the first may correct it. */
static void test_m2__an_informed_change_replaces_the_first(void **state)
{
	struct fixture *fix = *state;

	saw(fix, WEST, 1, EAST, 1);
	apply(fix, EAST, 1, 10, "\"put\":{\"opened\":\"2024-01-01\"}");
	apply(fix, WEST, 1, 20, "\"put\":{\"opened\":\"2024-01-02\"}");
	assert_string_equal(shown(fix, OPENED), "\"2024-01-02\"");
}

static void test_m3__own_community_beats_a_later_change(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 10, "\"put\":{\"points\":1}");
	apply(fix, WEST, 1, 30, "\"put\":{\"points\":2}");
	apply(fix, DISTRICT, 1, 20, "\"put\":{\"points\":3}");
	assert_string_equal(shown(fix, POINTS), "1");
	assert_string_equal(conflicts(fix), "M3 points=1,2,3");
}

/* A record that moves to another community is decided afresh, also after a restart. */
static void test_m3__settles_when_the_community_changes(void **state)
{
	struct fixture *fix = *state;
	struct err err = { 0 };

	apply(fix, EAST, 1, 10, "\"put\":{\"points\":1}");
	apply(fix, WEST, 1, 30, "\"put\":{\"points\":2}");
	through_store(fix);
	fix->world.community = "west";
	assert_ok(record_settle(fix->record, &fix->world, &err), &err);
	assert_string_equal(shown(fix, POINTS), "2");
	assert_true(record_field_changed(fix->record, &fields[POINTS]));
	fix->world.community = "east";
	apply(fix, DISTRICT, 1, 20, "\"put\":{\"area\":3}");
	assert_string_equal(shown(fix, POINTS), "1");
	fix->world.community = NULL;
	assert_ok(record_settle(fix->record, &fix->world, &err), &err);
	assert_string_equal(shown(fix, POINTS), "2");
}

static void test_m4__furthest_along_wins(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 10, "\"put\":{\"step\":\"done\"}");
	apply(fix, WEST, 1, 20, "\"put\":{\"step\":\"decided\"}");
	apply(fix, DISTRICT, 1, 30, "\"put\":{\"step\":null}");
	assert_string_equal(shown(fix, STEP), "\"done\"");
	assert_string_equal(conflicts(fix), "M4 step=\"done\",\"decided\",null");
}

/* Withdrawn stands early in the list and ends the topic all the same. */
static void test_m4__a_terminal_state_wins(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 10, "\"put\":{\"step\":\"withdrawn\"}");
	apply(fix, WEST, 1, 20, "\"put\":{\"step\":\"done\"}");
	assert_string_equal(shown(fix, STEP), "\"withdrawn\"");
}

static void test_m5_m6__by_value_without_conflict(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 10, "\"put\":{\"attendees\":40,\"least\":40,\"done\":true}");
	apply(fix, WEST, 1, 20, "\"put\":{\"attendees\":30,\"least\":30,\"done\":false}");
	apply(fix, DISTRICT, 1, 30, "\"put\":{\"attendees\":null,\"least\":null}");
	assert_string_equal(shown(fix, ATTENDEES), "40");
	assert_string_equal(shown(fix, LEAST), "30");
	assert_string_equal(shown(fix, DONE), "true");
	assert_string_equal(conflicts(fix), "");
}

/* A number that was too large can be corrected by who knows it. */
static void test_m5__an_informed_correction_goes_down(void **state)
{
	struct fixture *fix = *state;

	saw(fix, WEST, 1, EAST, 1);
	apply(fix, EAST, 1, 10, "\"put\":{\"attendees\":400}");
	apply(fix, WEST, 1, 20, "\"put\":{\"attendees\":40}");
	assert_string_equal(shown(fix, ATTENDEES), "40");
}

/* The same line by two carriers counts once, also after a restart. */
static void test_m7__every_line_counts_once(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 1, "\"add\":{\"served\":30}");
	assert_true(record_changed(fix->record));
	assert_true(record_field_changed(fix->record, &fields[SERVED]));
	apply(fix, EAST, 1, 1, "\"add\":{\"served\":30}");
	assert_false(record_changed(fix->record));
	assert_false(record_field_changed(fix->record, &fields[SERVED]));
	apply(fix, WEST, 1, 2, "\"add\":{\"served\":-5}");
	through_store(fix);
	apply(fix, EAST, 1, 1, "\"add\":{\"served\":30}");
	apply(fix, EAST, 2, 1, "\"add\":{\"served\":1}");
	assert_string_equal(shown(fix, SERVED), "26");
	assert_string_equal(conflicts(fix), "");
}

/* Nobody's addition is undone by somebody who had seen it. */
static void test_m7__nothing_is_superseded(void **state)
{
	struct fixture *fix = *state;

	saw(fix, WEST, 1, EAST, 1);
	apply(fix, EAST, 1, 1, "\"add\":{\"served\":30}");
	apply(fix, WEST, 1, 2, "\"add\":{\"served\":12}");
	assert_string_equal(shown(fix, SERVED), "42");
}

/* Beyond 64 bits the shown total stays at the limit, and comes back from it. */
static void test_m7__overflow_does_not_depend_on_order(void **state)
{
	static const char *const adds[] = { "\"add\":{\"served\":9223372036854775807}",
		"\"add\":{\"served\":9223372036854775807}",
		"\"add\":{\"served\":-9223372036854775808}",
		"\"add\":{\"served\":-9223372036854775808}" };
	struct fixture *fix = *state;
	uint32_t i;

	for (i = 0; i < 4; i++) {
		apply(fix, EAST, i + 1, 1, adds[i]);
		through_store(fix);
		assert_string_equal(shown(fix, SERVED), i < 2 ? "9223372036854775807" :
				i == 2 ? "9223372036854775806" : "-2");
	}
	record_reset(fix->record, &topic);
	for (i = 4; i > 0; i--) {
		apply(fix, EAST, i, 1, adds[i - 1]);
		through_store(fix);
	}
	assert_string_equal(shown(fix, SERVED), "-2");
}

static void test_m8__what_was_put_in_unseen_stays(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 1, "\"in\":{\"roles\":[\"leader\",\"member\"]}");
	apply(fix, WEST, 1, 9, "\"out\":{\"roles\":[\"leader\"]}");
	assert_string_equal(shown(fix, ROLES), "\"[\\\"leader\\\",\\\"member\\\"]\"");
	assert_string_equal(conflicts(fix), "");
}

/* Whoever had seen the element can take it out; who puts it in again anew, has it in. */
static void test_m8__seen_elements_can_be_taken_out(void **state)
{
	struct fixture *fix = *state;

	saw(fix, WEST, 1, EAST, 1);
	apply(fix, WEST, 1, 1, "\"out\":{\"roles\":[\"leader\"]}");
	through_store(fix);
	apply(fix, EAST, 1, 9, "\"in\":{\"roles\":[\"\\\"\",\"leader\"]}");
	assert_true(view_is(record_value(fix->record, &fields[ROLES])->text, "[\"\\\"\"]"));
	through_store(fix);
	apply(fix, EAST, 2, 2, "\"in\":{\"roles\":[\"leader\"]},\"out\":{\"roles\":[\"\\\"\"]}");
	assert_true(view_is(record_value(fix->record, &fields[ROLES])->text, "[\"leader\"]"));
	saw(fix, WEST, 2, EAST, 2);
	apply(fix, WEST, 2, 3, "\"out\":{\"roles\":[\"leader\"]}");
	assert_string_equal(shown(fix, ROLES), "null");
}

static void test_m9__stays_open_until_somebody_chose(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 10, "\"put\":{\"area\":100}");
	apply(fix, WEST, 1, 20, "\"put\":{\"area\":200}");
	assert_string_equal(shown(fix, AREA), "200");
	assert_string_equal(conflicts(fix), "!M9 area=100,200");
	saw(fix, DISTRICT, 1, EAST, 1);
	apply(fix, DISTRICT, 1, 30, "\"put\":{\"area\":100}");
	assert_string_equal(conflicts(fix), "!M9 area=200,100");
	saw(fix, DISTRICT, 2, WEST, 1);
	apply(fix, DISTRICT, 2, 31, "\"put\":{\"area\":100}");
	assert_string_equal(conflicts(fix), "");
	assert_string_equal(shown(fix, AREA), "100");
}

static void test_m10__a_delete_deletes(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 1, "\"put\":{\"title\":\"a\"}");
	assert_true(record_alive(fix->record));
	apply(fix, EAST, 2, 2, "\"del\":true");
	assert_false(record_alive(fix->record));
	assert_string_equal(conflicts(fix), "");
	through_store(fix);
	assert_false(record_alive(fix->record));
	apply(fix, EAST, 3, 3, "\"del\":false");
	assert_true(record_alive(fix->record));
	assert_string_equal(conflicts(fix), "");
}

static void test_m10__an_edit_that_had_not_seen_it_keeps_the_record(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 1, "\"put\":{\"title\":\"a\"}");
	saw(fix, WEST, 1, EAST, 1);
	apply(fix, WEST, 1, 2, "\"add\":{\"served\":1}");
	apply(fix, EAST, 2, 3, "\"del\":true");
	assert_true(record_alive(fix->record));
	assert_string_equal(conflicts(fix), "M10 del=true,null");
	through_store(fix);
	assert_string_equal(conflicts(fix), "M10 del=true,null");
}

/* To edit what one knows to be deleted does not bring it back. */
static void test_m10__an_edit_that_had_seen_it_does_not(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 1, "\"put\":{\"title\":\"a\"}");
	apply(fix, EAST, 2, 2, "\"del\":true");
	saw(fix, WEST, 1, EAST, 2);
	apply(fix, WEST, 1, 3, "\"put\":{\"title\":\"b\"}");
	assert_false(record_alive(fix->record));
	assert_string_equal(conflicts(fix), "");
}

/* Who had seen the edit and deletes, deletes; a second delete settles a conflict. */
static void test_m10__a_delete_by_one_who_had_seen_the_edit_settles_it(void **state)
{
	struct fixture *fix = *state;

	apply(fix, WEST, 1, 2, "\"put\":{\"title\":\"a\"}");
	apply(fix, EAST, 1, 3, "\"del\":true");
	assert_true(record_alive(fix->record));
	saw(fix, EAST, 2, WEST, 1);
	apply(fix, EAST, 2, 4, "\"del\":true");
	assert_false(record_alive(fix->record));
	assert_string_equal(conflicts(fix), "");
}

static void test_m10__delete_against_taking_back_is_a_conflict(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 1, "\"del\":true");
	saw(fix, WEST, 1, EAST, 1);
	saw(fix, DISTRICT, 1, EAST, 1);
	apply(fix, WEST, 1, 2, "\"del\":false");
	apply(fix, DISTRICT, 1, 3, "\"del\":true");
	assert_true(record_alive(fix->record));
	assert_string_equal(conflicts(fix), "M10 del=false,true");
}

/* A delete that was taken back since had seen the edit nevertheless. */
static void test_m10__earlier_deletes_count_too(void **state)
{
	struct fixture *fix = *state;

	apply(fix, WEST, 1, 1, "\"put\":{\"title\":\"a\"}");
	saw(fix, EAST, 1, WEST, 1);
	apply(fix, EAST, 1, 2, "\"del\":true");
	apply(fix, EAST, 2, 3, "\"del\":false");
	assert_true(record_alive(fix->record));
	saw(fix, DISTRICT, 1, EAST, 2);
	apply(fix, DISTRICT, 1, 4, "\"del\":true");
	assert_false(record_alive(fix->record));
	assert_string_equal(conflicts(fix), "");
}

/* Parts stand by themselves: a phone may go while the record stays. */
static void test_m10__each_scope_by_itself(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 1, "\"put\":{\"title\":\"a\"}");
	apply(fix, EAST_COMMUNITY, 1, 1, "\"put\":{\"phone\":\"1\"}");
	apply(fix, EAST_COMMUNITY, 2, 2, "\"del\":true");
	assert_int_equal(record_parts(fix->record), 1 << SCOPE_DISTRICT | 1 << SCOPE_COMMUNITY);
	assert_int_equal(record_alive_parts(fix->record), 1 << SCOPE_DISTRICT);
	assert_true(record_alive(fix->record));
	apply(fix, EAST, 2, 2, "\"del\":true");
	assert_false(record_alive(fix->record));
	apply(fix, EAST_FEDERATION, 1, 3, "\"put\":{\"name\":\"n\"}");
	assert_true(record_alive(fix->record));
	through_store(fix);
	assert_int_equal(record_alive_parts(fix->record), 1 << SCOPE_FEDERATION);
}

/* An update must touch no more columns than it changes. */
static void test_apply__tells_what_it_changed(void **state)
{
	struct fixture *fix = *state;

	apply(fix, EAST, 1, 1, "\"put\":{\"title\":\"a\",\"area\":1}");
	assert_true(record_field_changed(fix->record, &fields[TITLE]));
	through_store(fix);
	apply(fix, EAST, 2, 2, "\"put\":{\"title\":\"a\",\"area\":2}");
	assert_true(record_changed(fix->record));
	assert_false(record_field_changed(fix->record, &fields[TITLE]));
	assert_true(record_field_changed(fix->record, &fields[AREA]));
	apply(fix, WEST, 1, 1, "\"put\":{\"area\":3}");
	assert_true(record_changed(fix->record));
	assert_false(record_field_changed(fix->record, &fields[AREA]));
}

static void test_apply__unknown_chain_is_the_stores_fault(void **state)
{
	struct change change = { LINE_PUT, VIEW_LITERAL("area"), { VALUE_INT, 1, { NULL, 0 } } };
	struct line line = { .t = 1, .changes = &change, .change_count = 1 };
	struct merge_origin origin = { EAST, 1, 1, SCOPE_DISTRICT };
	struct fixture *fix = *state;
	struct err err;

	apply(fix, WEST, 1, 1, "\"put\":{\"area\":2}");
	fix->world.chain = no_chain;
	assert_refused(record_apply(fix->record, &origin, &line, &fix->world, &err), &err,
		ERR_STORE);
}

/* What a record of one chain shows is found without asking anybody. */
static void test_apply__one_chain_asks_nothing(void **state)
{
	struct fixture *fix = *state;

	fix->world.chain = no_chain;
	apply(fix, EAST, 1, 1, "\"put\":{\"title\":\"a\",\"points\":1}");
	apply(fix, EAST, 2, 2, "\"put\":{\"points\":2},\"in\":{\"roles\":[\"x\"]}");
	apply(fix, EAST, 3, 3, "\"del\":true");
	assert_int_equal(fix->calls, 0);
	assert_string_equal(shown(fix, POINTS), "2");
}

static void test_lines__are_all_kept_for_the_index(void **state)
{
	struct fixture *fix = *state;
	struct merge_origin origin;

	apply_line(fix, EAST, 1, 3, 1, "\"put\":{\"title\":\"a\"}");
	apply_line(fix, EAST, 1, 5, 1, "\"put\":{\"title\":\"b\"}");
	apply_line(fix, DISTRICT, 2, 1, 1, "\"add\":{\"served\":1}");
	apply_line(fix, EAST_COMMUNITY, 7, 4, 1, "\"del\":true");
	through_store(fix);
	assert_int_equal(record_line_count(fix->record), 4);
	record_line(fix->record, 1, &origin);
	assert_int_equal(origin.chain, EAST);
	assert_int_equal(origin.seq, 1);
	assert_int_equal(origin.n, 5);
	record_line(fix->record, 3, &origin);
	assert_int_equal(origin.chain, EAST_COMMUNITY);
	assert_int_equal(origin.seq, 7);
	assert_int_equal(origin.scope, SCOPE_COMMUNITY);
}

/* The blob stands in every row: a fresh record's must stay small. */
static void test_blob__a_fresh_record_is_small(void **state)
{
	struct fixture *fix = *state;
	struct buf blob = { 0 };

	apply_line(fix, EAST, 5, 70, 1000000, "\"put\":{\"title\":\"a\",\"opened\":\"2024-01-01\","
					     "\"points\":3,\"area\":4},\"add\":{\"served\":9}");
	record_save(fix->record, &blob);
	assert_true(blob.len <= 14); /* a real t takes five bytes more */
	buf_clear(&blob);
}

/* What is cut or changed is refused or means something, but never misleads the reader. */
static void test_blob__damage_is_found_or_harmless(void **state)
{
	struct fixture *fix = *state;
	struct value columns[FIELD_COUNT];
	struct buf blob = { 0 }, again = { 0 };
	struct record *other = record_new();
	size_t i, len, refused = 0;
	unsigned byte;
	struct err err;

	assert_non_null(other);
	saw(fix, WEST, 2, EAST, 1);
	apply(fix, EAST, 1, 5, "\"put\":{\"title\":\"a\",\"area\":1}");
	apply(fix, WEST, 1, 6, "\"put\":{\"title\":\"b\",\"area\":-1}");
	apply(fix, WEST, 2, 6, "\"put\":{\"area\":7}");
	apply(fix, DISTRICT, 1, 6, "\"put\":{\"opened\":null,\"area\":null},"
				  "\"in\":{\"roles\":[\"x\",\"y\"]}");
	apply(fix, EAST, 3, 6, "\"add\":{\"served\":9223372036854775807},"
			   "\"out\":{\"roles\":[\"z\"]}");
	apply(fix, DISTRICT, 2, 6, "\"del\":true");
	record_save(fix->record, &blob);
	for (i = 0; i < FIELD_COUNT; i++) {
		columns[i] = *record_value(fix->record, &fields[i]);
	}
	assert_ok(record_load(other, &topic, buf_as_view(&blob), columns, &err), &err);
	record_save(other, &again);
	assert_true(view_equal(buf_as_view(&again), buf_as_view(&blob)));
	for (len = 0; len < blob.len; len++) {
		uint8_t *cut = malloc(len != 0 ? len : 1);

		assert_non_null(cut);
		memcpy(cut, blob.data, len);
		assert_refused(record_load(other, &topic, (struct view){ (char *)cut, len },
				       columns, &err), &err, ERR_STORE);
		free(cut);
	}
	for (i = 0; i < blob.len; i++) {
		for (byte = 0; byte < 256; byte++) {
			uint8_t was = blob.data[i];

			blob.data[i] = (uint8_t)byte;
			err.code = ERR_NONE;
			if (record_load(other, &topic, buf_as_view(&blob), columns, &err)) {
				buf_reset(&again);
				record_save(other, &again);
				assert_true(view_equal(buf_as_view(&again), buf_as_view(&blob)));
			} else {
				assert_int_equal(err.code, ERR_STORE);
				refused++;
			}
			blob.data[i] = was;
		}
	}
	assert_true(refused > blob.len * 128);
	buf_byte(&blob, 0);
	assert_refused(record_load(other, &topic, buf_as_view(&blob), columns, &err), &err,
		ERR_STORE);
	buf_clear(&blob);
	buf_clear(&again);
	record_free(other);
}

/* Two nodes number chains as they like; what they show must hash alike. */
static void test_hash_text__says_all_that_is_shown(void **state)
{
	struct fixture *fix = *state;
	struct buf text = { 0 };
	struct err err;

	apply(fix, EAST, 1, 5, "\"put\":{\"title\":\"a\\n\",\"area\":1}");
	apply(fix, WEST, 2, 6, "\"put\":{\"area\":2}");
	apply(fix, EAST_FEDERATION, 1, 1, "\"put\":{\"name\":\"n\"}");
	assert_ok(record_hash_text(&text, fix->record, SCOPE_DISTRICT, &fix->world, &err), &err);
	assert_string_equal(buf_str(&text), "alive\ntitle=\"a\\n\"\narea=2\n?area M9\n"
					    "0100000000000000.1@1#1=1\n"
					    "0200000000000000.1@2#1=2\n");
	buf_reset(&text);
	assert_ok(record_hash_text(&text, fix->record, SCOPE_COMMUNITY, &fix->world, &err), &err);
	assert_int_equal(text.len, 0);
	buf_clear(&text);
}

/* The page a clerk is sent to says what the program says. */
static void test_rules__page_has_every_sentence(void **state)
{
	const struct env *env = env_system();
	struct buf page = { 0 }, row = { 0 };
	struct err err;
	int rule;

	(void)state;
	assert_ok(env->read_file(env->ctx, &page, "docs/merge-rules.md", 1 << 20, &err), &err);
	for (rule = 0; rule < RULES; rule++) {
		const char *zh = rule_sentence((enum merge_rule)rule, true);
		const char *en = rule_sentence((enum merge_rule)rule, false);

		buf_reset(&row);
		buf_printf(&row, " | %s | %s |\n", zh, en);
		assert_non_null(strstr(buf_str(&page), buf_str(&row)));
		buf_reset(&row);
		buf_printf(&row, "| M%d | ", rule + 1);
		assert_non_null(strstr(buf_str(&page), buf_str(&row)));
	}
	buf_clear(&page);
	buf_clear(&row);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sequence__later_in_a_chain_replaces),
		TEST(test_sequence__later_in_a_bundle_replaces),
		TEST(test_seen__beats_the_clock),
		TEST(test_seen__superseded_lines_still_supersede),
		TEST(test_seen__is_not_transitive),
		TEST(test_seen__other_fields_do_not_matter),
		TEST(test_seen__liars_leave_null),
		TEST(test_m1__latest_wins_and_is_recorded),
		TEST(test_m1__tie_is_symmetric),
		TEST(test_conflict__equal_values_are_none),
		TEST(test_conflict__null_differs_from_a_value),
		TEST(test_m2__first_wins),
		TEST(test_m2__an_informed_change_replaces_the_first),
		TEST(test_m3__own_community_beats_a_later_change),
		TEST(test_m3__settles_when_the_community_changes),
		TEST(test_m4__furthest_along_wins),
		TEST(test_m4__a_terminal_state_wins),
		TEST(test_m5_m6__by_value_without_conflict),
		TEST(test_m5__an_informed_correction_goes_down),
		TEST(test_m7__every_line_counts_once),
		TEST(test_m7__nothing_is_superseded),
		TEST(test_m7__overflow_does_not_depend_on_order),
		TEST(test_m8__what_was_put_in_unseen_stays),
		TEST(test_m8__seen_elements_can_be_taken_out),
		TEST(test_m9__stays_open_until_somebody_chose),
		TEST(test_m10__a_delete_deletes),
		TEST(test_m10__an_edit_that_had_not_seen_it_keeps_the_record),
		TEST(test_m10__an_edit_that_had_seen_it_does_not),
		TEST(test_m10__a_delete_by_one_who_had_seen_the_edit_settles_it),
		TEST(test_m10__delete_against_taking_back_is_a_conflict),
		TEST(test_m10__earlier_deletes_count_too),
		TEST(test_m10__each_scope_by_itself),
		TEST(test_apply__tells_what_it_changed),
		TEST(test_apply__unknown_chain_is_the_stores_fault),
		TEST(test_apply__one_chain_asks_nothing),
		TEST(test_lines__are_all_kept_for_the_index),
		TEST(test_blob__a_fresh_record_is_small),
		TEST(test_blob__damage_is_found_or_harmless),
		TEST(test_hash_text__says_all_that_is_shown),
		cmocka_unit_test(test_rules__page_has_every_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
