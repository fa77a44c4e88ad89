/*
 * model.h -- what is recorded and counted: entities, fields, checks,
 * derived values, measures, indicators.
 *
 * A model is one JSON document (docs/model.md), read once and never
 * changed afterwards.  The engine knows no entity by name except those of
 * common/model/trust.json, which are part of every model.  The order of
 * entities and fields is part of the format of lines: a new version of a
 * model only appends (model_extends()).
 */
#ifndef LINLI_MODEL_H
#define LINLI_MODEL_H

#include "linli/names.h"

#define MODEL_MAX_BYTES (1024 * 1024)
#define MODEL_NAME_BYTES 33          /* [a-z][a-z0-9_]*, with the NUL */
#define MODEL_MAX_ENTITIES 200
#define MODEL_MAX_FIELDS 60          /* of one entity */
#define FIELD_TEXT_MAX_BYTES 8192
#define MEASURE_SMALL_MAX 1000 /* that small_below may be */

enum field_type {
	FIELD_TEXT,
	FIELD_INTEGER,
	FIELD_BOOLEAN,
	FIELD_DATE,      /* "YYYY-MM-DD" */
	FIELD_MONEY,     /* integer, fen */
	FIELD_AREA,      /* integer, square centimetres */
	FIELD_ENUM,
	FIELD_REFERENCE, /* the id of a record, as text in lines */
	FIELD_FILE,      /* SHA-256 in hex of an attachment */
	FIELD_TYPES
};

/* The rules of docs/merge-rules.md. */
enum merge_rule {
	RULE_LATEST,
	RULE_FIRST,
	RULE_OWNER,
	RULE_FORWARD,
	RULE_MAX,
	RULE_MIN,
	RULE_SUM,
	RULE_UNION,
	RULE_REVIEW,
	RULE_DELETE, /* of a record; never of a field */
	RULES
};

struct label {
	const char *zh, *en;
};

struct enum_member {
	const char *name;
	struct label label;
	bool terminal; /* rule forward: nothing follows it, it beats the others */
};

struct field {
	const char *name;
	struct label label;
	enum field_type type; /* rule union: of its elements */
	enum merge_rule rule;
	enum scope_kind scope;
	bool required;
	bool has_min, has_max;     /* the plausible range; outside: asked, not refused */
	int64_t min, max;
	const struct entity *reference; /* FIELD_REFERENCE, else NULL */
	const struct enum_member *members; /* FIELD_ENUM, in order, else NULL */
	size_t member_count;
	const char *unit; /* "" or e.g. "m" for people */
	size_t index; /* its place in entity->fields */
};

/* A sentence that must hold for a record: an SQL expression over its fields. */
struct check {
	const char *name;
	struct label sentence;
	const char *sql; /* true or NULL: holds */
};

/*
 * Values shown beside a record: SQL with :id, giving (label, value) rows.
 * A NULL label: the derived value's own.  ${type} says how to show the
 * values (FIELD_MONEY: fen, FIELD_AREA: square centimetres).
 */
struct derived {
	const char *name;
	struct label label;
	enum field_type type;
	const char *sql;
};

struct entity {
	const char *name;
	struct label label;
	bool slug_ids;         /* ids are slugs that the writer chooses */
	bool district_writes;  /* only the district creates and changes it */
	bool always_reviewed;
	bool trust;            /* of trust.json: nobody edits it by hand */
	const struct field *fields;
	size_t field_count;
	const struct check *checks;
	size_t check_count;
	const struct derived *derived;
	size_t derived_count;
	const struct field *title;     /* what people call a record by, or NULL */
	const struct field *community; /* the field that names its community, or NULL */
	unsigned scopes;               /* bit 1 << scope_kind for each scope it has fields of */
	size_t index;                  /* its place in the model */
};

enum aggregate {
	AGGREGATE_SUM,      /* rows (breakdown, number): added up */
	AGGREGATE_DISTINCT, /* rows (breakdown, key): distinct keys counted at each level */
	AGGREGATE_MEDIAN,   /* rows (breakdown, number): median at each level */
	AGGREGATE_MAX,      /* rows (breakdown, number): the greatest at each level */
	AGGREGATES
};

/*
 * SQL over the entity views with :community, :from, :to (half open): one
 * row for each record that counts, its columns named breakdown, value
 * (the number or the key) and record, the record's id.  So the rows that
 * make a figure are also the list of what is behind it.
 */
struct measure {
	const char *name;
	struct label label;
	enum aggregate aggregate;
	enum field_type type; /* of the value: FIELD_INTEGER, FIELD_MONEY, FIELD_AREA */
	const struct entity *records; /* whose ids the third column holds; NULL: it is NULL */
	struct label breakdown; /* what the first column is; "" where it is NULL */
	const char *breakdown_enum; /* "entity.field" that labels its values, or NULL */
	/* What labels the values: of breakdown_enum, or the measure's own; or NULL. */
	const struct enum_member *breakdown_members;
	size_t breakdown_member_count;
	struct label unit; /* what people read: of money yuan, of areas square metres */
	bool as_of; /* a state at :to, not a flow within [:from, :to) */
	/* Each row depends on its own record of ${records}, and on the district's own, alone. */
	bool per_record;
	/* Values from 1 up to below this are kept back in what leaves the district; 0: none. */
	int64_t small_below;
	const char *sql;
};

/*
 * (sum of numerator measures) * scale / (sum of denominator measures), or
 * the plain sum where there is no denominator.  By breakdown where
 * ${by_breakdown}, else over all.
 */
struct indicator {
	const char *name;
	struct label label;
	const struct measure *const *plus;  /* numerator: added */
	size_t plus_count;
	const struct measure *const *minus; /* numerator: taken off */
	size_t minus_count;
	const struct measure *const *over;  /* denominator: added */
	size_t over_count;
	bool by_breakdown;
	bool percent; /* shown as a percentage */
	struct label unit;
};

/* Figures watched year on year, with the direction that is good. */
struct series_item {
	const char *figure; /* name of a measure or an indicator */
	bool up_is_good;
	struct label label;
};
struct series {
	const char *name;
	struct label label;
	const struct series_item *items;
	size_t item_count;
};

struct model {
	const char *name; /* slug */
	int64_t version;
	struct label label;
	char sha256[65];      /* of the document's bytes, hex */
	struct view document; /* the bytes themselves */
	const struct entity *entities; /* trust.json's come first */
	size_t entity_count;
	const struct measure *measures;
	size_t measure_count;
	const struct indicator *indicators;
	size_t indicator_count;
	const struct series *series;
	size_t series_count;
	/* Which entities are the district's streets and communities. */
	const struct entity *community_entity, *street_entity;
	const struct field *community_name, *community_street, *street_name;
	struct arena arena; /* holds all of the above */
};

/*
 * Read ${json}.  On success the caller releases *out with model_free().
 * Fails with ERR_MODEL, the detail naming the place:
 * "entities[3] (club) .fields[2] (founded_on): unknown rule 'newest'",
 * ERR_MODEL_NEWER for a format it does not know, ERR_TOO_LARGE, ERR_NOMEM.
 */
MUST_CHECK bool model_parse(struct model **out, struct view json, struct err *err);
void model_free(struct model *model);

/* The document of common/model/gongshu.json, built in.  Static. */
struct view model_builtin(void);

/*
 * Can ${newer} replace ${older}: same name, higher version, every entity
 * and field still at its place with its type, scope and rule?
 * ERR_MODEL with the first difference.
 */
MUST_CHECK bool model_extends(const struct model *newer, const struct model *older,
	struct err *err);

/* NULL if there is none. */
const struct entity *model_entity(const struct model *model, struct view name);
const struct field *entity_field(const struct entity *entity, struct view name);
/* Also by label, in either language, for people's headers. */
const struct field *entity_field_labelled(const struct entity *entity, struct view name);
const struct enum_member *field_member(const struct field *field, struct view name);
const struct measure *model_measure(const struct model *model, struct view name);
const struct indicator *model_indicator(const struct model *model, struct view name);
const struct series *model_series(const struct model *model, struct view name);

/* "latest", ... as in the model; static. */
const char *rule_name(enum merge_rule rule);
/* "M1", ... as in docs/merge-rules.md; static. */
const char *rule_number(enum merge_rule rule);

#endif
