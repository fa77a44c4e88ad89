/*
 * key_end.h -- where a key that was ended stops to be believed: the text
 * "<incarnation>/<scope>@<seq>:<hash> ..." in the district's record of its
 * device, one entry for each chain that counts.  Docs: docs/exchange.md.
 */
#ifndef LINLI_KEY_END_H
#define LINLI_KEY_END_H

#include "linli/names.h"

/* The entry of ${chain} in ${until}, after its '@'; NULL if there is none. */
const char *key_end_of(const char *until, const struct chain_name *chain);

/* Does ${until} still allow bundle ${seq} of ${chain}? */
bool key_end_within(const char *until, const struct chain_name *chain, uint32_t seq);

#endif
