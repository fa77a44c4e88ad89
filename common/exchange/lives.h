/*
 * lives.h -- two computers may go by one key.
 *
 * Each goes on under an incarnation of its own, once it knows: by that, with
 * the device, they are told apart (docs/exchange.md, "Two computers with one
 * key").  A computer knows by the lists of heads of its community's own scope:
 * the district gives back the last one under its incarnation, and it
 * remembers which ones it has signed.
 */
#ifndef LINLI_EXCHANGE_LIVES_H
#define LINLI_EXCHANGE_LIVES_H

#include "json.h"
#include "linli/forks.h"

#define LIFE_TEXT_BYTES (DEVICE_TEXT_BYTES + 11)

/* "<device>.<incarnation>"; 0, whichever comes: the device alone. */
void life_print(char out[LIFE_TEXT_BYTES], struct device_id device, uint32_t incarnation);

/* Remember, before it is sent, that ${envelope}, a list of heads, was signed here. */
MUST_CHECK bool lives_remember(struct node *node, struct view envelope, struct err *err);
/* Was it, of the last some dozens? */
MUST_CHECK bool lives_remembered(struct node *node, json_t *envelope, bool *out, struct err *err);

/*
 * Take from ${*scopes}, a bit 1 << kind for each kind of scope, those in which ${heads}
 * names a bundle of this node's key that is not here: another life of it has signed
 * there, and that is to come before anything is issued again (forks_allow()).
 */
struct heads;
MUST_CHECK bool lives_heard(struct node *node, const struct heads *heads, unsigned *scopes,
	struct err *err);

#endif
