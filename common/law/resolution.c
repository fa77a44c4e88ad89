/* resolution.c -- residents' resolutions; see law.h. */
#include <inttypes.h>

#include "law.h"

/* The least n with n / whole >= 2/3, as n = whole - floor(whole / 3). */
static int64_t two_thirds(int64_t whole)
{
	return whole - whole / 3;
}

/* The least n with n / whole > 1/2. */
static int64_t more_than_half(int64_t whole)
{
	return whole / 2 + 1;
}

/* The least n with n / whole >= 3/4; of nobody, nobody is enough. */
static int64_t three_quarters(int64_t whole)
{
	return whole == 0 ? 1 : whole - whole / 4;
}

static int64_t short_of(int64_t have, int64_t need)
{
	return have >= need ? 0 : need - have;
}

static bool check_part(const char *what, int64_t part, int64_t whole, struct err *err)
{
	if (part < 0 || part > whole) {
		return err_set(err, ERR_VALUE, "%s is %" PRId64 ", not from 0 to %" PRId64, what,
			part, whole);
	}
	return true;
}

static bool check_vote(const struct law_vote *vote, struct err *err)
{
	if (vote->owners_total < 1 || vote->area_total < 1) {
		return err_set(err, ERR_VALUE, "there are no owners, or no area");
	}
	return check_part("owners_voted", vote->owners_voted, vote->owners_total, err) &&
		check_part("area_voted", vote->area_voted, vote->area_total, err) &&
		check_part("owners_for", vote->owners_for, vote->owners_voted, err) &&
		check_part("area_for", vote->area_for, vote->area_voted, err);
}

bool law_matter_parse(enum law_matter *out, struct view text)
{
	*out = view_is(text, "special") ? LAW_SPECIAL : LAW_ORDINARY;
	return *out == LAW_SPECIAL || view_is(text, "ordinary");
}

bool law_resolution(struct law_verdict *out, enum law_matter matter, const struct law_vote *vote,
	struct err *err)
{
	int64_t (*enough)(int64_t whole) = matter == LAW_SPECIAL ? three_quarters : more_than_half;

	*out = (struct law_verdict){ 0 };
	if (!check_vote(vote, err)) {
		return false;
	}
	out->owners_voted_missing = short_of(vote->owners_voted, two_thirds(vote->owners_total));
	out->area_voted_missing = short_of(vote->area_voted, two_thirds(vote->area_total));
	out->owners_for_missing = short_of(vote->owners_for, enough(vote->owners_voted));
	out->area_for_missing = short_of(vote->area_for, enough(vote->area_voted));
	out->valid = out->owners_voted_missing == 0 && out->area_voted_missing == 0;
	out->passed = out->valid && out->owners_for_missing == 0 && out->area_for_missing == 0;
	return true;
}

bool law_turnout(bool *valid, int64_t owners_total, int64_t area_total, int64_t owners_voted,
	int64_t area_voted, struct err *err)
{
	const struct law_vote vote = { owners_total, area_total, owners_voted, area_voted, 0, 0 };
	struct law_verdict verdict;
	bool ok = law_resolution(&verdict, LAW_ORDINARY, &vote, err);

	*valid = verdict.valid;
	return ok;
}

bool law_missing(int64_t *out, const struct law_verdict *verdict, struct view what,
	struct err *err)
{
	*out = 0;
	if (view_is(what, "owners_voted")) {
		*out = verdict->owners_voted_missing;
	} else if (view_is(what, "area_voted")) {
		*out = verdict->area_voted_missing;
	} else if (view_is(what, "owners_for")) {
		*out = verdict->owners_for_missing;
	} else if (view_is(what, "area_for")) {
		*out = verdict->area_for_missing;
	} else {
		return err_set(err, ERR_VALUE, "nothing can be missing of '%.*s'",
			(int)(what.len < 40 ? what.len : 40), what.len != 0 ? what.data : "");
	}
	return true;
}
