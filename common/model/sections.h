/*
 * sections.h -- the parts of a model's document, each read on its own.
 *
 * All of them report through the reader and leave in the model what lies
 * in its arena.
 */
#ifndef LINLI_MODEL_SECTIONS_H
#define LINLI_MODEL_SECTIONS_H

#include "reader.h"

#define MODEL_MAX_MEMBERS 200 /* of one enumeration */
#define MODEL_MAX_CHECKS 40   /* of one entity */
#define MODEL_MAX_DERIVED 20  /* of one entity */
#define MODEL_MAX_MEASURES 400
#define MODEL_MAX_INDICATORS 200
#define MODEL_MAX_TERMS 20 /* measures added in an indicator */
#define MODEL_MAX_SERIES 50
#define MODEL_MAX_SERIES_ITEMS 40

/*
 * The entities of ${trust} (trust.json, read whole) and then those of
 * ${root}: model->entities and model->entity_count.
 */
MUST_CHECK bool entities_read(struct reader *r, struct model *model, json_t *trust,
	json_t *root);

/* The member "places", once the entities are there; also checks their communities. */
MUST_CHECK bool entities_read_places(struct reader *r, struct model *model, json_t *root);

/* Enumeration members: "members" of a field, "breakdown_members" of a measure. */
MUST_CHECK bool entities_read_members(struct reader *r, json_t *object, const char *member,
	bool terminal, const struct enum_member **out, size_t *count);

/* The words of enum field_type, in order. */
extern const struct reader_words entities_types;

/* Measures, indicators and series, once the entities are there. */
MUST_CHECK bool measures_read(struct reader *r, struct model *model, json_t *root);

#endif
