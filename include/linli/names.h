/*
 * names.h -- what things are called: devices, scopes, chains, bundles,
 * lines and records.  Plain values; text and bytes map one to one, and a
 * reader takes only the text that the writer would have written.
 *
 *   device     16 hex digits of SHA-256 of its public key  3f9a1c22d0b84e17
 *   scope      federation | district/<community> | community/<community>
 *   chain      <device>.<incarnation>/<scope>
 *   bundle     <chain>@<seq>
 *   line       <chain>@<seq>#<n>, n from 1
 *   record     <device>.<incarnation>.<n>, or a slug for entities that
 *              the district names itself ("key":"slug" in the model)
 */
#ifndef LINLI_NAMES_H
#define LINLI_NAMES_H

#include "linli/bytes.h"

#define DEVICE_BYTES 8
#define DEVICE_TEXT_BYTES 17    /* with the NUL, as all *_TEXT_BYTES */
#define SLUG_TEXT_BYTES 33      /* [a-z0-9-]{1,32} */
#define SCOPE_TEXT_BYTES 43     /* "community/" and a slug */
#define CHAIN_TEXT_BYTES 72
#define LINE_NAME_TEXT_BYTES 96
#define RECORD_ID_BYTES 32      /* at most; no NUL */
#define RECORD_ID_TEXT_BYTES 49

/* The community that stands for the district itself in trailers. */
#define DISTRICT_SLUG "district"

struct device_id {
	uint8_t bytes[DEVICE_BYTES];
};
MUST_CHECK bool device_id_parse(struct device_id *out, struct view text);
void device_id_print(char out[DEVICE_TEXT_BYTES], struct device_id device);
bool device_id_equal(struct device_id a, struct device_id b);

bool slug_valid(struct view text);

enum scope_kind { SCOPE_FEDERATION, SCOPE_DISTRICT, SCOPE_COMMUNITY, SCOPE_KINDS };
struct scope {
	enum scope_kind kind;
	char community[SLUG_TEXT_BYTES]; /* "" for the federation's */
};
MUST_CHECK bool scope_parse(struct scope *out, struct view text);
void scope_print(char out[SCOPE_TEXT_BYTES], const struct scope *scope);
bool scope_equal(const struct scope *a, const struct scope *b);
/* May a device of ${community} read, and write, the chains of ${scope}? */
bool scope_readable(const struct scope *scope, const char *community);

struct chain_name {
	struct device_id device;
	uint32_t incarnation; /* from 1 */
	struct scope scope;
};
MUST_CHECK bool chain_name_parse(struct chain_name *out, struct view text);
void chain_name_print(char out[CHAIN_TEXT_BYTES], const struct chain_name *chain);
/* Order of the printed names' parts: device bytes, incarnation, scope text. */
int chain_name_compare(const struct chain_name *a, const struct chain_name *b);

/* A place in a chain: <chain>@<seq>[#<n>]; n is 0 for the whole bundle. */
struct place {
	struct chain_name chain;
	uint32_t seq; /* from 1 */
	uint32_t n;   /* from 1; 0: the bundle */
};
MUST_CHECK bool place_parse(struct place *out, struct view text);
void place_print(char out[LINE_NAME_TEXT_BYTES], const struct place *place);

/*
 * A record's id as bytes: device (8), then incarnation and n, each as one
 * length byte and that many big-endian bytes without leading zeros, so
 * that byte order is creation order.  A slug id is its text.
 */
struct record_id {
	uint8_t len;
	uint8_t bytes[RECORD_ID_BYTES];
};
/* ${slug}: the entity's ids are slugs. */
MUST_CHECK bool record_id_parse(struct record_id *out, struct view text, bool slug);
/* "" when the bytes are no id of that kind. */
void record_id_print(char out[RECORD_ID_TEXT_BYTES], const void *bytes, size_t len, bool slug);
void record_id_make(struct record_id *out, struct device_id device, uint32_t incarnation,
	uint64_t n);
/* The device and the incarnation a (non-slug) id was made by; false if none. */
bool record_id_origin(const void *bytes, size_t len, struct device_id *device,
	uint32_t *incarnation);

#endif
