/*
 * entry.h -- what people write for a record's fields, understood by the
 * fields' types: FIELD=VALUE on the command line, cells of a CSV file.
 *
 *   FIELD=VALUE    the new value; of a sum what it shall come to, of a
 *                  union what it shall hold ("a,b")
 *   FIELD=         none
 *   FIELD+=VALUE   sum: this much more; union: these in
 *   FIELD-=VALUE   sum: this much less; union: these out
 *
 * Fields, entities and members of enumerations go by name or by label in
 * either language, records by id or by title.
 */
#ifndef LINLI_ENTRY_H
#define LINLI_ENTRY_H

#include "linli/records.h"

/* Assignments to one record.  All zeros is empty. */
struct entry {
	struct arena arena;
	struct assignment *list;
	size_t count, room;
};
void entry_reset(struct entry *entry); /* empty, keeping its memory */
void entry_clear(struct entry *entry); /* releases, and is empty again */

/*
 * The value that ${text} is for ${field} (for one element of a union);
 * empty text is VALUE_NULL.  What it borrows lies in ${arena}.
 * Fails with ERR_VALUE, ERR_TOO_LARGE, ERR_NOMEM; the detail begins with
 * the field's label and name.
 */
MUST_CHECK bool entry_value(struct value *out, struct arena *arena, struct node *node,
	const struct field *field, struct view text, struct err *err);

/*
 * Add what ${text} assigns to ${field} of ${id} (NULL: a new record), whose
 * present value is looked up where that matters.  ${op}: of "=", "+=", "-=".
 */
MUST_CHECK bool entry_assign(struct entry *entry, struct node *node, const struct entity *entity,
	const struct record_id *id, const struct field *field, enum assign_op op, struct view text,
	struct err *err);

/* Is ${word} of the form FIELD=VALUE, FIELD+=VALUE or FIELD-=VALUE? */
bool entry_is_word(const char *word);

/* Add what such a ${word} says.  Also ERR_USAGE for an unknown field. */
MUST_CHECK bool entry_word(struct entry *entry, struct node *node, const struct entity *entity,
	const struct record_id *id, const char *word, struct err *err);

/*
 * The filter that the word FIELD=VALUE is.  "community=SLUG" goes for
 * every entity: where that is no field, *community is set to SLUG and
 * ${out}->field to NULL.
 */
MUST_CHECK bool entry_filter(struct filter *out, const char **community, struct arena *arena,
	struct node *node, const struct entity *entity, const char *word, struct err *err);

/* The field of ${entity} called ${name}.  ERR_USAGE, listing what there is. */
MUST_CHECK bool entry_field(
	const struct field **out, const struct entity *entity, struct view name, struct err *err);

/*
 * Is every required field of a new record of ${entity} given?  ERR_VALUE,
 * naming those that are not.
 */
MUST_CHECK bool entry_complete(
	const struct entry *entry, const struct entity *entity, struct err *err);

/* Would ${entry} change anything of the record ${id}?  ERR_NOT_FOUND. */
MUST_CHECK bool entry_changes(const struct entry *entry, struct node *node,
	const struct entity *entity, const struct record_id *id, bool *out, struct err *err);

/*
 * Append a sentence on ${assignment} if its value lies outside the field's
 * plausible range, which is asked about but not refused; false if it does
 * not.
 */
bool entry_doubtful(struct buf *out, const struct assignment *assignment);

#endif
