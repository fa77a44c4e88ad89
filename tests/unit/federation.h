/*
 * federation.h -- a small federation in temporary folders, for tests: a
 * district and communities, joined to each other without any carrier.
 */
#ifndef LINLI_TEST_FEDERATION_H
#define LINLI_TEST_FEDERATION_H

#include "linli/chains.h"
#include "linli/node.h"
#include "linli/records.h"
#include "test.h"

/* A fresh folder under TMPDIR; ended by scratch_remove(). */
char *scratch_folder(void);
/* Remove it, what is in it, and the name. */
void scratch_remove(char *folder);

/* A district in ${folder}/district; fails the test if it cannot be made. */
struct node *found_district(const char *folder);
/* A device of ${community} in ${folder}/${home}, enrolled at ${district}, knowing its trust records. */
struct node *join_community(const char *folder, const char *home, struct node *district,
	const char *community, const char *name);

/* Give ${to} all that ${from} holds and ${to}'s community may read; how many were taken. */
size_t give_all(struct node *from, struct node *to);

/* "name=value" words into records_put(); the id as text. */
void put_words(struct node *node, const char *entity, const char *id, char out[RECORD_ID_TEXT_BYTES],
	const char *const *words);
#define PUT(node, entity, id, out, ...) \
	put_words(node, entity, id, out, (const char *const[]){ __VA_ARGS__, NULL })

/* The value of a field as text: "" for null; fails the test if there is no record. */
const char *value_of(struct node *node, const char *entity, const char *id, const char *field);
size_t count_of(struct node *node, const char *entity);
/* Fails the test if chains_check() finds anything. */
void assert_sound(struct node *node);

#endif
