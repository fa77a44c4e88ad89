/* review.c -- reviewers at the district, and what their decisions set off; see step.h. */
#include "linli/review.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "daybook.h"
#include "step.h"

#define MAX_LINES 64
#define ROUNDS_MAX 200

static const char *const reviewers[] = { "审核员甲", "审核员乙" };

/* ---- policy ----------------------------------------------------------- */

void step_policy(struct world *world)
{
	static const char *const entities[] = { "club", "activity", "person", "visit",
		POLICY_FIRST_BUNDLE };
	static const char *const fields[] = { "", "", "motto", "best", "roles" };
	struct machine *district = world_district(world);
	struct chance *chance = &world->chance;
	uint64_t which = chance_below(chance, 5);
	struct policy policy = { .review = !chance_one_in(chance, 3), .reviewers = 1 };
	struct err err = { 0 };
	int before = world_enter(district);
	bool ok;

	strcpy(policy.entity, entities[which]);
	if (which != 4 && chance_one_in(chance, 2)) {
		strcpy(policy.field, fields[chance_below(chance, 5)]);
	}
	policy.reviewers = policy.review && chance_one_in(chance, 4) ? POLICY_MAX_REVIEWERS : 1;
	world->done[WITH_POLICY_BIT]++;
	ok = policy_set(district->node, &policy, &err);
	world_leave(before);
	sim_note(world, "policy %s.%s: %s by %" PRIu32 ": %s", policy.entity, policy.field,
		policy.review ? "review" : "accept", policy.reviewers,
		ok ? "ok" : err_name(err.code));
	/* A field that the entity has not, an entity of a model to come. */
	if (!ok && err.code != ERR_NOT_FOUND) {
		sim_fail(world, "policy: %s: %s", err_name(err.code), err.detail);
	}
	check_balance(district);
}

/* ---- judging ---------------------------------------------------------- */

/* Drawn by lot among bundles. */
struct lot {
	struct chance *chance;
	struct place place;
	size_t seen;
};

static bool draw_held(void *ctx, const struct held_bundle *bundle, struct err *err)
{
	struct lot *lot = ctx;

	(void)err;
	if (chance_below(lot->chance, ++lot->seen) == 0) {
		lot->place = bundle->info.place;
	}
	return true;
}

static bool draw_any(void *ctx, const struct bundle_info *info, struct err *err)
{
	struct lot *lot = ctx;

	(void)err;
	if (strcmp(info->community, DISTRICT_SLUG) != 0 &&
		chance_below(lot->chance, ++lot->seen) == 0) {
		lot->place = info->place;
	}
	return true;
}

struct sight {
	uint32_t all[MAX_LINES], waiting[MAX_LINES];
	size_t count, waiting_count;
};

static bool see_line(void *ctx, const struct line_view *line, struct err *err)
{
	struct sight *sight = ctx;

	(void)err;
	if (sight->count < MAX_LINES) {
		sight->all[sight->count++] = line->n;
		if (line->state == LINE_WAITING) {
			sight->waiting[sight->waiting_count++] = line->n;
		}
	}
	return true;
}

/* Refusals that are in order: the base moved, a line that has no record, an own line. */
static bool judge_error(enum err_code code)
{
	return code == ERR_MOVED || code == ERR_SCOPE || code == ERR_VALUE ||
		code == ERR_NOT_FOUND || code == ERR_DISK_FULL;
}

/* Some of ${lines}, in order. */
static size_t choose_some(struct chance *chance, uint32_t *lines, size_t count)
{
	size_t i, kept = 0;

	if (chance_one_in(chance, 2)) {
		return count;
	}
	for (i = 0; i < count; i++) {
		if (chance_one_in(chance, 2)) {
			lines[kept++] = lines[i];
		}
	}
	return kept != 0 ? kept : (count != 0 ? 1 : 0);
}

static void judge(struct world *world, const struct judging *judging)
{
	struct machine *district = world_district(world);
	struct judged judged = { 0 };
	char place[LINE_NAME_TEXT_BYTES];
	struct err err = { 0 };
	int before = world_enter(district);
	bool ok;

	if ((world->with & WITH(CRASH)) != 0 && !world->at_rest &&
		chance_one_in(&world->chance, 20)) {
		disk_kill_after(district->number, 1 + chance_below(&world->chance, 16));
		world->done[WITH_CRASH_BIT]++;
	}
	ok = review_judge(district->node, judging, &judged, &err);
	world_leave(before);
	place_print(place, &judging->bundle);
	sim_note(world, "%s: %s of %zu lines: %" PRIu64 " accepted, %" PRIu64 " returned, %"
		PRIu64 " seconded: %s%s%s", place, judging->accept ? "acceptance" : "return",
		judging->count, judged.accepted, judged.returned, judged.seconded,
		ok ? "ok" : err_name(err.code), ok ? "" : ": ", ok ? "" : err.detail);
	world->done[WITH_REVIEW_BIT]++;
	if (!ok && !machine_was_hit(district, &err) && !judge_error(err.code)) {
		sim_fail(world, "judging %s: %s: %s", place, err_name(err.code), err.detail);
	}
	machine_settle(district, &err, !ok);
	check_balance(district);
}

/* A bundle with something that waits, sometimes any one: a reversal. */
static bool choose_bundle(struct world *world, struct lot *lot, bool any)
{
	struct machine *district = world_district(world);
	struct err err = { 0 };
	bool ok = any ? chains_log(district->node, 60, draw_any, lot, &err) :
			review_each(district->node, draw_held, lot, &err);

	if (!ok) {
		sim_fail(world, "listing what waits: %s: %s", err_name(err.code), err.detail);
	}
	return ok && lot->seen != 0;
}

static void judge_bundle(struct world *world, const struct place *place, bool any, bool accept)
{
	struct machine *district = world_district(world);
	struct chance *chance = &world->chance;
	struct sight sight = { .count = 0 };
	struct held_bundle bundle;
	char base[65];
	struct err err = { 0 };
	struct judging judging = { .bundle = *place, .accept = accept, .base = base,
		.reason = accept ? NULL : "不符", .reviewer = reviewers[chance_below(chance, 2)] };

	if (!review_show(district->node, place, &bundle, base, see_line, &sight, &err)) {
		sim_fail(world, "showing what waits: %s: %s", err_name(err.code), err.detail);
		return;
	}
	judging.lines = any ? sight.all : sight.waiting;
	judging.count = choose_some(chance, any ? sight.all : sight.waiting,
		any ? sight.count : sight.waiting_count);
	if (judging.count != 0) {
		judge(world, &judging);
	}
}

void step_review(struct world *world)
{
	struct lot lot = { .chance = &world->chance };
	bool any = chance_one_in(&world->chance, 4);

	if (choose_bundle(world, &lot, any)) {
		judge_bundle(world, &lot.place, any, !chance_one_in(&world->chance, 3));
	}
}

bool review_everything(struct world *world)
{
	struct machine *district = world_district(world);
	bool did = false;
	int round;

	for (round = 0; round < ROUNDS_MAX && !world->failed; round++) {
		struct lot lot = { .chance = &world->chance };
		struct judging judging = { .accept = !chance_one_in(&world->chance, 5),
			.reviewer = reviewers[round % 2] };
		struct judged judged;
		struct err err = { 0 };
		int before;

		if (!choose_bundle(world, &lot, false)) {
			return did;
		}
		judging.bundle = lot.place;
		judging.reason = judging.accept ? NULL : "不符";
		before = world_enter(district);
		/* Where two people must accept, nobody is both. */
		if (!review_judge(district->node, &judging, &judged, &err) &&
			err.code != ERR_SCOPE) {
			sim_fail(world, "judging at rest: %s: %s", err_name(err.code), err.detail);
		}
		world_leave(before);
		did = true;
	}
	sim_fail(world, "%d judgements, and still something waits", ROUNDS_MAX);
	return did;
}

/* ---- at the community -------------------------------------------------- */

static bool draw_letter(void *ctx, const struct inbox_line *line, struct err *err)
{
	struct lot *lot = ctx;

	(void)err;
	if (chance_below(lot->chance, ++lot->seen) == 0 &&
		!place_parse(&lot->place, view_of(line->line))) {
		lot->seen--;
	}
	return true;
}

/* Somebody looks into the inbox: sends a change again, or puts it aside. */
void step_inbox(struct world *world)
{
	struct machine *machine = world_any(world, true);
	struct lot lot = { .chance = &world->chance };
	struct record_id made;
	struct err err = { 0 };
	int before = world_enter(machine);
	bool fix = !chance_one_in(&world->chance, 4), ok;

	ok = inbox_each(machine->node, draw_letter, &lot, &err);
	if (ok && lot.seen != 0) {
		ok = fix ? inbox_fix(machine->node, &lot.place, NULL, 0, &made, &err) :
			   inbox_dismiss(machine->node, &lot.place, &err);
		sim_note(world, "%s %s a returned line: %s", machine->volume,
			fix ? "sends again" : "puts aside", ok ? "ok" : err_name(err.code));
	}
	world_leave(before);
	/* What it refers to, or the record itself, may be out as well. */
	if (!ok && err.code != ERR_VALUE && err.code != ERR_NOT_FOUND && err.code != ERR_SCOPE) {
		sim_fail(world, "%s: inbox: %s: %s", machine->volume, err_name(err.code),
			err.detail);
	}
	if (ok && lot.seen != 0) {
		daybook_capture(machine);
	}
	check_balance(machine);
}

/* ---- conflicts --------------------------------------------------------- */

struct dispute {
	struct chance *chance;
	size_t seen;
	const struct entity *entity;
	const struct field *field;
	struct record_id id;
	struct value value;
	char text[512];
};

static bool draw_conflict(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct dispute *dispute = ctx;
	const struct value *value;
	struct record_id id;

	(void)err;
	if (conflict->field == NULL || conflict->value_count == 0 ||
		!record_id_parse(&id, view_of(conflict->id), conflict->entity->slug_ids) ||
		chance_below(dispute->chance, ++dispute->seen) != 0) {
		return true;
	}
	value = &conflict->values[chance_below(dispute->chance, conflict->value_count)].value;
	dispute->entity = conflict->entity;
	dispute->field = conflict->field;
	dispute->id = id;
	dispute->value = *value;
	if (value->kind == VALUE_TEXT && value->text.len < sizeof(dispute->text)) {
		memcpy(dispute->text, value->text.data, value->text.len);
		dispute->value.text.data = dispute->text;
	} else if (value->kind == VALUE_TEXT) {
		dispute->entity = NULL;
	}
	return true;
}

/* Somebody chooses between values that stand against each other. */
void step_resolve(struct world *world)
{
	struct machine *machine = world_any(world, false);
	struct dispute dispute = { .chance = &world->chance };
	struct err err = { 0 };
	int before = world_enter(machine);
	bool ok;

	world->done[WITH_RESOLVE_BIT]++;
	ok = records_conflicts(machine->node, NULL, NULL, draw_conflict, &dispute, &err);

	if (ok && dispute.entity != NULL) {
		ok = records_resolve(machine->node, dispute.entity, &dispute.id, dispute.field,
			&dispute.value, &err);
		sim_note(world, "%s settles %s.%s: %s", machine->volume, dispute.entity->name,
			dispute.field->name, ok ? "ok" : err_name(err.code));
	}
	world_leave(before);
	if (ok && dispute.entity != NULL) {
		daybook_capture(machine);
	} else if (!ok && err.code != ERR_SCOPE && err.code != ERR_VALUE &&
		err.code != ERR_NOT_FOUND) {
		sim_fail(world, "%s: conflicts: %s: %s", machine->volume, err_name(err.code),
			err.detail);
	}
	check_balance(machine);
}
