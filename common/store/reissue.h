/*
 * reissue.h -- what the parts of issuing again share; see repair.h.
 *
 * Lines are gathered and taken out of their records (reissue.c); those that own bundles
 * here say already are left out (reissue_known.c); records that are gone without
 * them get new ids (reissue_ids.c); the rest becomes sealed drafts (reissue_seal.c).
 */
#ifndef LINLI_REISSUE_H
#define LINLI_REISSUE_H

#include "line.h"
#include "repair.h"

struct loose_line {
	struct loose_place place; /* first: its own n */
	enum scope_kind scope;
	int64_t t;
	size_t at, len; /* in reissue->text */
};

/* A record that got another id. */
struct renamed {
	const struct entity *entity;
	struct record_id from, to;
};

/* The place whose lines are being written to chain ${target}. */
struct source {
	uint32_t target, chain, seq;
};

/* ---- reissue.c ------------------------------------------------------ */

struct loose_line *reissue_lines(const struct reissue *reissue, size_t *count);
struct view reissue_text(const struct reissue *reissue, const struct loose_line *loose);
/* Valid until the next. */
MUST_CHECK bool reissue_parse(struct reissue *reissue, const struct loose_line *loose,
	struct line *line, struct err *err);

/* ---- reissue_ids.c -------------------------------------------------- */

/* Of a branch of which a part was issued again before: what its records are called now. */
MUST_CHECK bool reissue_load_names(struct reissue *reissue, struct err *err);
MUST_CHECK bool reissue_keep_name(struct reissue *reissue, const struct renamed *renamed,
	struct err *err);
/* NULL: it goes by the id that it had. */
const struct renamed *reissue_renamed(const struct reissue *reissue, const struct entity *entity,
	const struct record_id *id);
/* A record that this device made, of which nothing is left, gets another id. */
MUST_CHECK bool reissue_name_if_gone(struct reissue *reissue, const struct loose_line *loose,
	struct err *err);
/* The ids in ${line} become those that the records go by now. */
MUST_CHECK bool reissue_rename(struct reissue *reissue, const struct entity *entity,
	struct line *line, struct err *err);

/* ---- reissue_known.c ------------------------------------------------ */

/*
 * Another life of this store may have signed, or issued again, what is to be
 * issued again now: by its clock it is known, whatever it is called there.
 */
MUST_CHECK bool reissue_drop_known(struct reissue *reissue, struct err *err);

/* ---- reissue_seal.c ------------------------------------------------- */

/* The next lines that are captured to ${target} are of ${place}. */
MUST_CHECK bool reissue_begin(struct reissue *reissue, struct chain *target,
	const struct loose_place *place, struct err *err);
/* The line as it was, until its draft, the last of ${target}, is signed. */
MUST_CHECK bool reissue_keep(struct reissue *reissue, const struct loose_line *loose,
	const struct chain *target, struct err *err);

#endif
