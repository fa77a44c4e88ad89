/*
 * shown.h -- records and their values as people read them, as JSON, and as
 * cells of a CSV file.
 */
#ifndef LINLI_SHOWN_H
#define LINLI_SHOWN_H

#include "linli/records.h"

/* A label in the person's language. */
const char *shown_label(const struct label *label);

/*
 * Append ${value} of ${field} for a person: labels of members, yes and no,
 * yuan, square metres, titles of records, elements one after the other.
 * Nothing for VALUE_NULL.  The caller escapes it for a terminal.
 */
void shown_value(
	struct buf *out, struct node *node, const struct field *field, const struct value *value);

/*
 * Append ${value} as a cell of a CSV file that the import of this node
 * reads back as the same value.  ${names}: names and ids as in lines;
 * otherwise as for people, without units, and ids only where a title would
 * not lead back to the record.
 */
void shown_cell(struct buf *out, struct node *node, const struct field *field,
	const struct value *value, bool names);

/* The elements of a union field's value: text after text until false. */
struct shown_elements {
	struct view rest;
	struct arena arena;
};
void shown_elements_begin(struct shown_elements *elements, const struct value *value);
bool shown_elements_next(struct shown_elements *elements, struct view *element);
void shown_elements_end(struct shown_elements *elements);

/* Append ${value} of ${field} as JSON; ${field} NULL: of no field. */
void shown_json(struct buf *out, const struct field *field, const struct value *value);

/*
 * Append {"name":"…",…}: all values that are not null, and "community"
 * for every record whose community is known.
 */
void shown_values_json(struct buf *out, const struct record_view *view);

/* Append the title of a record for a person, or else its id. */
void shown_title(struct buf *out, struct node *node, const struct entity *entity, struct view id);

/* The name of the community ${slug}, or else the slug. */
void shown_community(struct buf *out, struct node *node, const char *slug);

/* Append a device's community and id. */
void shown_device(struct buf *out, struct node *node, struct device_id id);

/*
 * Append a conflict as a JSON object, as "conflicts --json" has it; for a
 * person: some lines, escaped.  Both only within a callback of
 * records_conflicts(), and fail as conflict_base() does.
 */
MUST_CHECK bool shown_conflict_json(
	struct buf *out, struct node *node, const struct conflict *conflict, struct err *err);
MUST_CHECK bool shown_conflict(
	struct buf *out, struct node *node, const struct conflict *conflict, struct err *err);

/* Append a line of a history as a JSON object. */
void shown_line_json(struct buf *out, const struct history_line *line);
/* Append which record the canonical line ${text} is about: "社团 太极拳队:". */
void shown_subject(struct buf *out, struct node *node, struct view text);

/*
 * Append what the canonical line ${text} changes, for a person, on one line
 * and escaped.
 */
void shown_change(struct buf *out, struct node *node, struct view text);

#endif
